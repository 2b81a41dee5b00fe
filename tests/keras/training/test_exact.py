"""Bits do not depend on the length of chunks, on who looks, or on the kind of data."""

import numpy as np
import pytest

import addax as tf
from addax import keras

ROWS, BATCH = 22, 4  # five full batches and one of two
rng = np.random.default_rng(1)
TOKENS = rng.integers(0, 6, (ROWS, 5))
LABELS = rng.integers(0, 3, (ROWS, 5))
WEIGHTS = (np.arange(ROWS)[:, None] % 3 * np.ones((1, 5))).astype("float32")  # every third row counts nothing
SERIES = rng.normal(size=(20, 5, 2)).astype("float32")
TARGET = SERIES.sum((1, 2))[:, None].astype("float32")


def masked(steps):
    keras.utils.set_random_seed(4)
    model = keras.Sequential([
        keras.layers.Embedding(6, 4, mask_zero=True, input_length=5),
        keras.layers.LSTM(4, return_sequences=True, dropout=0.2),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(3, activation="softmax"),
    ])  # fmt: skip
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"],
        steps_per_execution=steps,
    )  # fmt: skip
    return model, (TOKENS, LABELS, WEIGHTS)


def stateful(steps):
    keras.utils.set_random_seed(4)
    model = keras.Sequential([
        keras.layers.GRU(4, stateful=True, batch_input_shape=(BATCH, 5, 2)), keras.layers.Dense(1)
    ])  # fmt: skip
    model.compile(
        keras.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=[keras.metrics.RootMeanSquaredError()],
        steps_per_execution=steps,
    )  # fmt: skip
    return model, (SERIES, TARGET, np.array([0.0, 1.0, 2.0, 0.0] * 5, "float32"))


class Looks(keras.callbacks.Callback):
    """Reads the logs of batches."""

    def __init__(self):
        super().__init__()
        self.logs = []

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append((batch, dict(logs)))


def trained(make, steps="auto", looks=False, kind="arrays"):
    model, parts = make(steps)
    callback = Looks()
    options = {"epochs": 2, "verbose": 0, "callbacks": [callback] if looks else None}

    def batches():
        for start in range(0, len(parts[0]), BATCH):
            yield tuple(part[start : start + BATCH] for part in parts)

    if kind == "arrays":
        history = model.fit(*parts[:2], sample_weight=parts[2], batch_size=BATCH, shuffle=False, **options)
    elif kind == "dataset":
        history = model.fit(tf.data.Dataset.from_tensor_slices(parts).batch(BATCH), **options)
    else:
        count = -(-len(parts[0]) // BATCH)
        history = model.fit((batch for _ in range(2) for batch in batches()), steps_per_epoch=count, **options)
    numbers = [variable.numpy() for variable in [*model.weights, *model.optimizer.variables]]
    numbers += [layer.states[0].numpy() for layer in model.layers if getattr(layer, "stateful", False)]
    return history.history, numbers, callback.logs


pytestmark = pytest.mark.xdist_group("exact")  # what the fixture makes is made once


@pytest.fixture(scope="module")
def plain():
    return {make: trained(make) for make in (masked, stateful)}


def same(found, expected):
    assert found[0] == expected[0]
    for mine, theirs in zip(found[1], expected[1], strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("make", [masked, stateful])
@pytest.mark.parametrize(("steps", "looks"), [(1, False), (2, True), (7, False), (1000, False), ("auto", True)])
def test_chunks_change_no_bit(make, steps, looks, plain):
    found = trained(make, steps, looks)
    same(found, plain[make])
    if looks:
        last = {name: value[-1] for name, value in found[0].items()}
        assert found[2][-1][1] == last  # the last batch's logs are the epoch's
        if make is stateful:
            assert [batch for batch, _ in found[2]] == {2: [1, 3, 4], "auto": list(range(5))}[steps] * 2


@pytest.mark.parametrize("make", [masked, stateful])
@pytest.mark.parametrize("kind", ["dataset", "generator"])
def test_equal_data_gives_the_same_bits(make, kind, plain):
    same(trained(make, kind=kind), plain[make])
