"""Ctrl-C ends fit after the running step."""

import os
import signal
import threading

import numpy as np
import pytest

from addax import keras
from addax.core import interruption

X = np.ones((64, 2), "float32")


@pytest.fixture(autouse=True)
def python_handles_ctrl_c():
    """A shell's background jobs start with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def model_of(eager):
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(2,))])
    model.compile("adam", "mse", run_eagerly=eager, steps_per_execution=1)
    return model


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
def test_ctrl_c_leaves_whole_variables_and_the_history(eager):
    model = model_of(eager)

    class Killer(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if self.model.history.epoch == [0] and batch == 2:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        model.fit(X, X, batch_size=8, epochs=5, verbose=0, callbacks=[Killer()])
    assert model.history.epoch == [0] and len(model.history.history["loss"]) == 1
    assert int(model.optimizer.iterations.numpy()) == 8 + 2
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    model.fit(X, X, batch_size=8, verbose=0)  # goes on
    assert int(model.optimizer.iterations.numpy()) == 10 + 8
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_in_a_step_waits_for_its_end():
    done = []
    with interruption.interruptible():
        with pytest.raises(KeyboardInterrupt):
            with interruption.whole_step:
                os.kill(os.getpid(), signal.SIGINT)
                done.append("the rest of the step")
        with pytest.raises(KeyboardInterrupt):  # who asks twice does not wait
            with interruption.whole_step:
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)
                done.append("not reached")
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert done == ["the rest of the step"]


def test_other_handlers_and_threads_are_left_alone():
    mine = lambda number, frame: None  # noqa: E731
    before = signal.signal(signal.SIGINT, mine)
    try:
        with interruption.interruptible():
            assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, before)
    trained = []
    thread = threading.Thread(target=lambda: trained.append(model_of(True).fit(X, X, verbose=0)))
    thread.start()
    thread.join()
    assert len(trained) == 1
