"""Threads beside training: TimedThread, StepsPerExecutionTuner."""

import logging
import threading

import pytest

import addax as tf

U = tf.keras.utils


class Counting(U.TimedThread):
    def __init__(self, interval, **options):
        super().__init__(interval, **options)
        self.calls, self.enough = 0, threading.Event()

    def on_interval(self):
        self.calls += 1
        if self.calls == 3:
            self.enough.set()


def test_repeats_until_it_is_stopped(caplog):
    timer = Counting(0.001, name="counting")
    assert not timer.is_alive()
    with timer as entered:
        assert entered is timer and timer.enough.wait(10)
        assert timer.thread.name == "counting" and timer.thread.daemon
        with caplog.at_level(logging.WARNING, "addax"):
            timer.start()
        assert "already running" in caplog.text
    timer.thread.join(10)
    assert not timer.is_alive()
    timer.start()  # again
    assert timer.is_alive()
    timer.stop()
    timer.thread.join(10)


def test_a_subclass_says_what_to_do():
    with pytest.raises(NotImplementedError, match="on_interval"):
        U.TimedThread(1).on_interval()


def test_tuner_follows_the_throughput():
    optimizer, steps = tf.keras.optimizers.SGD(), tf.Variable(4, dtype="int64")
    tuner = U.StepsPerExecutionTuner(optimizer, steps, change_spe_interval=1)
    tuner._begin()
    now, seen = tuner.start_time, []
    for done in (0, 10, 10, 30, 31, 61, 91):  # iterations, a second apart
        optimizer.iterations.assign(done)
        now += 1.0
        tuner._measure_and_tune(now)
        seen.append(int(steps))
    # nothing yet; faster; no step; faster; slower: turn; faster: less again; as fast: stay
    assert seen == [4, 6, 6, 9, 4, 2, 2]
    tuner.steps_per_execution = 7
    assert int(tuner.steps_per_execution) == 7 and tuner.init_spe == 7


def test_tuner_thread():
    tuner = U.StepsPerExecutionTuner(tf.keras.optimizers.SGD(), tf.Variable(1, dtype="int64"), interval=0.001)
    thread = tuner.start()
    assert tuner.start() is thread
    tuner.stop()
    thread.join(10)
    assert not thread.is_alive()
