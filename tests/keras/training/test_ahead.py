"""Programs made while the first epoch begins: the same programs, the same numbers, and errors where they belong."""

import numpy as np
import pytest

import addax as tf
from addax.core import program_sharing
from addax.keras.training import ahead, trainer
from addax.testing import trace_count

X = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
VALIDATION = X[:35], Y[:35]


def made_model():
    tf.keras.utils.set_random_seed(3)
    model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    model.build((None, 4))
    return model


def trained(monkeypatch, on):
    if not on:
        monkeypatch.setattr(trainer, "ahead", lambda *args: None)
    model = made_model()
    program_sharing.clear()
    with trace_count() as count:
        history = model.fit(
            X, Y, batch_size=16, epochs=2, validation_data=VALIDATION, validation_batch_size=16, verbose=0
        )
    return history.history, [w.tobytes() for w in model.get_weights()], sorted(count.names)


def test_the_same_programs_and_the_same_bits(monkeypatch):
    with_it = trained(monkeypatch, True)
    assert with_it == trained(monkeypatch, False)
    assert with_it[2].count("jit(_loop)") == 4


def test_it_makes_the_programs_of_tails_and_validation(monkeypatch):
    monkeypatch.setattr(ahead.Ahead, "begin", begun := Begun())
    trained(monkeypatch, True)
    assert begun.count == 1  # of the first epoch only


class Begun:
    count = 0

    def __call__(self, program, rows, order, training):
        self.count += 1


def test_not_where_a_callback_could_tell():
    model = made_model()

    class Own(tf.keras.callbacks.Callback):
        pass

    rows = trainer.sources.source(X, Y, None, batch_size=16, what="fit")
    assert ahead.ahead(model, rows, None, None, [tf.keras.callbacks.EarlyStopping()]) is not None
    for callback in (Own(), tf.keras.callbacks.LambdaCallback(), object()):
        assert ahead.ahead(model, rows, None, None, [callback]) is None
    assert ahead.ahead(model, rows, None, 3, []) is None  # steps_per_epoch: there may be no tail

    class Stepping(tf.keras.Sequential):
        def train_step(self, data):
            return super().train_step(data)

    own = Stepping([tf.keras.layers.Dense(1)])
    own.compile("sgd", "mse")
    assert ahead.ahead(own, rows, None, None, []) is None


def test_what_fails_ahead_fails_where_it_belongs():
    model = made_model()
    seen = []
    with pytest.raises(ValueError, match="expected"):
        model.fit(
            X, Y, batch_size=16, validation_data=(X[:, :3], Y), verbose=0,
            callbacks=[History(seen)],
        )  # fmt: skip
    assert seen == [0]  # the epoch was trained before


class History(tf.keras.callbacks.History):
    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(epoch)


History.__module__ = "addax.tests"  # as one of Addax's own
