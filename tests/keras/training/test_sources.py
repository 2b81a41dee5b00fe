"""Which kind of data was given."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.training.data import Batches, Rows
from addax.keras.training.sources import source

X, Y = np.arange(10, dtype="float32").reshape(10, 1), np.arange(10)


def drained(found):
    return [tf.nest.map_structure(lambda leaf: np.asarray(leaf).ravel().tolist(), each) for each in found.make()]


def dataset(*parts):
    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])


def order_of(rows):
    return np.asarray(rows.order() if rows.order is not None else np.arange(rows.count))


def test_arrays_are_rows():
    assert isinstance(source(X, Y), Rows) and isinstance(source([X, X], {"a": Y}), Rows)
    assert isinstance(source(tf.constant(X)), Rows)
    found = source(X, Y)
    assert source(found) is found


def test_datasets_over_arrays_are_rows():
    plain = source(dataset(X, Y).batch(4))
    assert isinstance(plain, Rows) and (plain.batch_size, plain.full, plain.tail) == (4, 2, 2)
    assert order_of(plain).tolist() == list(range(10))
    taken = source(dataset(X, Y).skip(2).take(5).batch(2).prefetch(1))
    assert isinstance(taken, Rows) and order_of(taken).tolist() == [2, 3, 4, 5, 6]
    shuffled = source(dataset(X, Y).shuffle(10, seed=1).batch(3))
    first, second = order_of(shuffled), order_of(shuffled)
    assert sorted(first) == sorted(second) == list(range(10)) and not np.array_equal(first, second)
    assert source(dataset(X, Y).batch(4, drop_remainder=True)).tail == 0
    alone = source(dataset(X).batch(4))
    assert isinstance(alone, Rows) and not isinstance(alone.data, tuple)


def test_datasets_with_a_small_batch_in_the_middle_are_streamed():
    found = source(dataset(X, Y).batch(4).repeat(2))
    assert isinstance(found, Batches) and [len(x) for x, _ in drained(found)] == [4, 4, 2, 4, 4, 2]


def test_endless_and_unknown_datasets():
    assert source(dataset(X, Y).batch(2).repeat()).steps == float("inf")
    assert source(dataset(X, Y).filter(lambda x, y: y > 3).batch(2)).steps is None
    limited = source(dataset(X, Y).batch(2).repeat(), steps=3)
    assert isinstance(limited, Batches)


def test_generators_and_iterators():
    found = source((X[i : i + 4], Y[i : i + 4]) for i in (0, 4))
    assert isinstance(found, Batches) and found.steps is None and found.endless
    assert drained(found) == [([0.0, 1.0, 2.0, 3.0], [0, 1, 2, 3]), ([4.0, 5.0, 6.0, 7.0], [4, 5, 6, 7])]
    weighted = source(iter([(X[:2], Y[:2], np.array([1.0, 2.0]))]), class_weight={0: 1.0, 1: 10.0})
    assert drained(weighted)[0][2] == [1.0, 20.0]
    assert drained(source(iter([X[:2]]))) == [[0.0, 1.0]]
    assert drained(source(iter([([1.0, 2.0], [0, 1])]))) == [([1.0, 2.0], [0, 1])]


class Parts(keras.utils.Sequence):
    """Batches of four."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return X[index * 4 : index * 4 + 4], Y[index * 4 : index * 4 + 4]


@pytest.mark.parametrize("workers", [1, 3])
def test_sequences(workers):
    found = source(Parts(), workers=workers)
    assert found.steps == 3 and not found.endless
    assert [len(x) for x, _ in drained(found)] == [4, 4, 2]
    tf.random.set_seed(2)
    shuffled = [x[0] for _ in range(4) for x, _ in drained(source(Parts(), shuffle=True, workers=workers))]
    assert sorted(shuffled) == sorted([0.0, 4.0, 8.0] * 4) and shuffled != [0.0, 4.0, 8.0] * 4


def test_loaders_of_others():
    class Loader:
        def __len__(self):
            return 2

        def __iter__(self):
            return iter([(X[:5], Y[:5]), (X[5:], Y[5:])])

    found = source(Loader())
    assert found.steps == 2 and [len(x) for x, _ in drained(found)] == [5, 5] == [len(x) for x, _ in drained(found)]


@pytest.mark.parametrize("x", [None, object(), 3 + 0j, lambda: 1])
def test_unknown_kinds(x):
    with pytest.raises(TypeError, match=r"Model.fit, x: expected arrays"):
        source(x)


@pytest.mark.parametrize("x", [dataset(X, Y).batch(2), Parts(), iter([])])
def test_targets_beside_data_that_brings_its_own(x):
    for name in ("y", "sample_weight"):
        with pytest.raises(ValueError, match=f"`{name}` argument is not supported when x is a .*yield it from x"):
            source(x, **{name: Y})


def test_a_dataset_creator_makes_one_pass_for_all_epochs():
    creator = keras.utils.experimental.DatasetCreator(lambda _: dataset(X, Y).batch(5))
    found = source(creator, steps=2)
    assert isinstance(found, Batches) and found.make() is found.make()
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="ran out of data"):
        history = model.fit(creator, epochs=3, steps_per_epoch=2, verbose=0).history
    assert len(history["loss"]) == 2 and history["loss"][1] == 0.0  # as Keras 2
    assert isinstance(source(creator, steps=2, what="evaluate"), Rows)


def test_a_sequence_hears_of_an_epochs_end_after_validation_and_callbacks():
    heard = []

    class Told(Parts):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def on_epoch_end(self):
            heard.append(self.name)

    def stop(epoch, logs):
        heard.append(f"callbacks {epoch}")
        model.stop_training = epoch == 1

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    telling = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    model.fit(Told("train"), validation_data=Told("held out"), epochs=3, shuffle=False, callbacks=[telling], verbose=0)
    assert heard == ["held out", "callbacks 0", "train", "held out", "callbacks 1"]  # as TensorFlow 2.21's
