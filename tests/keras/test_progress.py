"""Progress bars, drawn and written."""

import io
import logging
import types

import numpy as np
import pytest

import addax as tf
from addax.keras import progress
from addax.keras.callbacks import CallbackList, ProgbarLogger
from addax.keras.progress import Progbar


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 1000.0

    def time(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(progress.time, "time", made.time)
    return made


@pytest.fixture
def terminal(monkeypatch):
    made = Terminal()
    monkeypatch.setattr(progress, "sys", types.SimpleNamespace(stdout=made, modules={}))
    return made


def shown(stream):
    """What stays on the terminal's lines."""
    return [line.split("\r")[-1].rstrip() for line in stream.getvalue().split("\n")]


def test_bar_as_keras_draws_it(clock, terminal):
    bar = Progbar(782)
    clock.now += 0.1
    bar.update(1, [("loss", 2.3)])
    assert terminal.getvalue() == "\r  1/782 [..............................] - ETA: 1:18 - loss: 2.3000"
    clock.now += 1.0
    bar.update(391, [("loss", 1.0)])
    assert shown(terminal) == ["391/782 [==============>...............] - ETA: 1s - loss: 1.0033"]
    clock.now += 0.9
    bar.update(782, [("loss", 0.5), ("val_loss", 0.0001)])
    assert shown(terminal) == [
        "782/782 [==============================] - 2s 2ms/step - loss: 0.7517 - val_loss: 1.0000e-04", "",
    ]  # fmt: skip


def test_updates_in_between_are_not_drawn_but_counted(clock, terminal):
    bar = Progbar(10, stateful_metrics=["acc"])
    clock.now += 1
    bar.update(1, [("loss", 1.0), ("acc", 0.1)])
    length = len(terminal.getvalue())
    for i in range(2, 10):
        clock.now += 0.001
        bar.update(i, [("loss", 2.0), ("acc", 0.2)])
    assert len(terminal.getvalue()) == length
    bar.update(10, [("loss", 3.0), ("acc", 0.3)])
    assert shown(terminal)[0].endswith("- loss: 2.0000 - acc: 0.3000")


def test_a_shorter_line_covers_the_longer_one(clock, terminal):
    bar = Progbar(100)
    clock.now += 40
    bar.update(1)
    clock.now += 1
    bar.update(99)
    lines = terminal.getvalue().split("\b")
    assert lines[0].endswith("ETA: 1:06:00")
    assert lines[-1].endswith("ETA: 0s     ")


def test_unknown_target(clock, terminal):
    bar = Progbar(None)
    clock.now += 1
    bar.update(3, [("loss", 1.0)])
    assert terminal.getvalue() == "\r      3/Unknown - 1s 333ms/step - loss: 1.0000"
    bar.add(2)
    bar.target = 5
    bar.update(5, [("loss", 1.0)], finalize=True)
    assert shown(terminal)[0].startswith("5/5 [==============================] - 1s 200ms/step")


def test_one_line_an_epoch(clock, capsys):
    bar = Progbar(4, verbose=2)
    for i in range(1, 5):
        clock.now += 0.5
        bar.update(i, [("loss", i * 0.5)])
    assert capsys.readouterr().out == "4/4 - 2s - loss: 1.2500 - 2s/epoch - 500ms/step\n"


def test_a_file_gets_finished_bars_only(clock, capsys):
    bar = Progbar(3)
    for i in range(1, 4):
        clock.now += 1
        bar.update(i, [("loss", 1.0)])
    assert capsys.readouterr().out == "3/3 [==============================] - 3s 1s/step - loss: 1.0000\n"
    bar = Progbar(3)
    clock.now += 100
    bar.update(1)
    assert capsys.readouterr().out == "1/3 [=========>....................] - ETA: 3:20\n"


def test_verbose_0_prints_nothing(capsys):
    Progbar(2, verbose=0).update(2)
    assert capsys.readouterr().out == ""


def test_values_that_are_no_numbers(capsys):
    bar = Progbar(1, stateful_metrics=["note"])
    bar.update(1, [("loss", tf.constant(2.0)), ("note", "hello"), ("many", np.array([1.0, 3.0]))])
    assert " - loss: 2.0000 - note: hello - many: 2.0000\n" in capsys.readouterr().out


@pytest.mark.parametrize("seconds, text", [(0, " 0s/step"), (2, " 2s/step"), (0.002, " 2ms/step"), (2e-6, " 2us/step")])
def test_times(seconds, text):
    assert progress._per_unit(seconds, "step") == text


def test_messages_can_go_to_logging(capsys, caplog):
    progress.disable_interactive_logging()
    try:
        assert not progress.is_interactive_logging_enabled()
        with caplog.at_level(logging.INFO, "addax"):
            progress.print_message("hello")
        assert capsys.readouterr().out == "" and caplog.messages == ["hello"]
    finally:
        progress.enable_interactive_logging()
    progress.print_message("hello")
    assert capsys.readouterr().out == "hello\n"


# ---------------------------------------------------------------------------- the callback


class Metric:
    name = "loss"


class Model:
    metrics = [Metric()]


def test_logger_prints_epochs_and_takes_chunks(capsys):
    listeners = CallbackList(None, add_progbar=True, model=Model(), verbose=1, epochs=2, steps=4)
    listeners.on_train_begin()
    for epoch in range(2):
        listeners.on_epoch_begin(epoch)
        listeners.on_train_batch_end(3, {"loss": tf.constant(1.0)})
        listeners.on_test_begin()
        listeners.on_test_batch_end(0, {"loss": 5.0})
        listeners.on_test_end({"loss": 5.0})
        listeners.on_epoch_end(epoch, {"loss": 0.5, "val_loss": 0.25})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2" and lines[2] == "Epoch 2/2" and len(lines) == 4
    assert lines[1].startswith("4/4 [=====") and lines[1].endswith(" - loss: 0.5000 - val_loss: 0.2500")


@pytest.mark.parametrize("verbose", [1, 2])
def test_logger_with_an_unknown_number_of_steps(capsys, verbose):
    listeners = CallbackList(None, add_progbar=True, model=Model(), verbose=verbose, epochs=1, steps=None)
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    listeners.on_train_batch_end(6, {"loss": 1.0})
    listeners.on_epoch_end(0, {"loss": 1.0})
    assert capsys.readouterr().out.startswith("7/7")


def test_logger_of_evaluate_and_predict(capsys):
    for mode in ("test", "predict"):
        listeners = CallbackList(None, add_progbar=True, model=Model(), verbose=1, epochs=1, steps=2)
        getattr(listeners, f"on_{mode}_begin")()
        getattr(listeners, f"on_{mode}_batch_end")(1, {"loss": 1.0})
        getattr(listeners, f"on_{mode}_end")({"loss": 1.0})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("loss: 1.0000") and lines[1].startswith("2/2") and "loss" not in lines[1]


def test_logger_counts_samples():
    logger = ProgbarLogger("samples")
    logger.set_params({"verbose": 0, "epochs": 1, "samples": 10})
    logger.on_epoch_begin(0)
    logger.on_train_batch_end(0, {"size": 4, "loss": 1.0})
    assert (logger.seen, logger.target) == (4, 10)
    with pytest.raises(ValueError, match="count_mode"):
        ProgbarLogger("epochs")


def test_values_that_are_averaged_can_be_named(capsys):
    bar = progress.Progbar(2, verbose=2, stateless_metrics=["a"])
    bar.update(1, [("a", 1.0), ("b", 1.0)])
    bar.update(2, [("a", 3.0), ("b", 3.0)])
    assert "a: 2.0000 - b: 3.0000" in capsys.readouterr().out
    with pytest.raises(ValueError, match="stateless_metrics"):
        progress.Progbar(2, stateful_metrics=["a"], stateless_metrics=["b"])


def test_one_line_shows_negative_values_as_keras_does(clock, capsys):
    bar = Progbar(4, verbose=2)
    bar.update(4, [("up", 2.5), ("down", -2.5)])
    assert "- up: 2.5000 - down: -2.5000e+00 -" in capsys.readouterr().out


def test_a_bar_shows_negative_values_as_keras_does(clock, terminal):
    bar = Progbar(4)
    bar.update(4, [("down", -2.5)])
    assert shown(terminal)[0].endswith("- down: -2.5000")
