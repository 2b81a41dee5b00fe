"""Batches that come many at a time, and elements that are made ahead: the same elements, the same state."""

import numpy as np
import pytest

import addax as tf
from addax.data import prefetch
from addax.data.seeds import Position

Dataset = tf.data.Dataset
X = np.arange(700, dtype=np.float32).reshape(350, 2)
Y = np.arange(350, dtype=np.int32)


def plain(element):
    return tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element)


def one_by_one(dataset):
    """The elements as the nodes make them, each alone."""
    iterator = Position(dataset._node).iterator
    while (element := iterator.next()) is not prefetch.END:
        yield plain(element)


MADE = {
    "pairs": lambda: Dataset.from_tensor_slices((X, Y)).batch(7),
    "one array": lambda: Dataset.from_tensor_slices(X).batch(7, drop_remainder=True),
    "nested": lambda: Dataset.from_tensor_slices({"a": X, "b": (Y, Y + 1)}).batch(4),
    "shuffled": lambda: Dataset.from_tensor_slices((X, Y)).shuffle(50, seed=3).batch(3).prefetch(2),
    "repeated": lambda: Dataset.range(100).shuffle(9, seed=1).batch(3).repeat(3),
    "repeated before": lambda: Dataset.range(100).shuffle(9, seed=1).repeat(3).batch(3),
    "part": lambda: Dataset.from_tensor_slices((X, Y)).batch(2).skip(30).take(70),
    "mapped": lambda: Dataset.from_tensor_slices((X, Y)).map(lambda x, y: (x * 2, tf.one_hot(y, 3))).batch(5),
    "mapped ahead": lambda: Dataset.from_tensor_slices(X).map(lambda x: tf.reduce_sum(x)).batch(5).prefetch(1),
    "random": lambda: Dataset.range(200).map(lambda v: (v, tf.random.uniform([]))).batch(5).prefetch(1),
    "strings": lambda: Dataset.from_tensor_slices((Y, np.array(["a"] * 350))).batch(10),
}


@pytest.mark.parametrize("name", MADE)
def test_blocks_hold_the_elements_of_one_by_one(name):
    made = MADE[name]
    tf.random.set_seed(4)
    expected = list(one_by_one(made()))
    assert len(expected) > prefetch.Blocks.SINGLY + prefetch.Blocks.MOST
    tf.random.set_seed(4)
    assert [plain(element) for element in made()] == expected


@pytest.mark.parametrize("name", MADE)
def test_the_state_inside_of_a_block(name):
    data = MADE[name]()
    iterator = iter(data)
    states, seen = [], []
    while True:
        states.append(iterator.get_state())
        element = next(iterator, None)
        if element is None:
            break
        seen.append(plain(element))
    for position in {2, 5, 11, 20, len(seen) - 1, len(seen)}:
        again = iter(data)
        next(again)
        again.set_state(states[position])
        assert [plain(element) for element in again] == seen[position:], position


def test_blocks_skip():
    for start in (0, 3, 10, 25):
        blocks = prefetch.Blocks(Position(Dataset.range(500).batch(5)._node).iterator, ahead=True)
        for _ in range(start):
            blocks.next()
        assert blocks.skip(40) == 40
        assert blocks.next().numpy()[0] == 5 * (start + 40)
        assert blocks.skip(1000) == 100 - start - 41


def test_large_batches_are_moved_one_by_one(monkeypatch):
    monkeypatch.setattr(prefetch.Blocks, "BYTES", 100)
    monkeypatch.setattr(prefetch.Blocks, "_read", None)
    assert len(list(Dataset.from_tensor_slices(X).batch(10))) == 35


def test_nothing_is_made_ahead_where_a_variable_is_read():
    factor = tf.Variable(1.0)
    data = iter(Dataset.from_tensor_slices(X[:, 0]).map(lambda x: x * factor).batch(1))
    for number in range(30):
        factor.assign(float(number))
        assert next(data).numpy() == X[number, 0] * number
