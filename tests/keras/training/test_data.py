"""Arrays as rows: conversion, orders, splits, class weights."""

import numpy as np
import pandas as pd
import pytest

import addax as tf
from addax.keras.training import data
from addax.keras.training.data import OutputClassWeights, Rows, pack, rows_of, split, unpack, with_class_weight

X = np.arange(10, dtype="float32").reshape(10, 1)


def test_packing_and_unpacking():
    assert pack(1) == 1 and pack((1, 2)) == ((1, 2),) and pack([1]) == ([1],) and pack({"a": 1}) == {"a": 1}
    assert pack(1, 2) == (1, 2) and pack(1, 2, 3) == (1, 2, 3) and pack(1, None, 3) == (1, None, 3)
    assert unpack(1) == (1, None, None) and unpack([1, 2]) == unpack((1, 2)) == (1, 2, None) and unpack((1,))[0] == 1
    assert unpack({"x": 1}) == ({"x": 1}, None, None)
    with pytest.raises(ValueError, match="a tuple of 4 elements"):
        unpack((1, 2, 3, 4))


def test_full_batches_and_the_rest():
    rows = rows_of(X, X, None, 4, False, "fit")
    assert (rows.batch_size, rows.full, rows.tail, rows.steps, rows.order) == (4, 2, 2, 3, None)
    assert rows_of(X, None, None, None, False, "fit").batch_size == 10  # 32, but there are no more
    assert rows_of(X, None, None, 5, False, "fit").tail == 0
    assert Rows(X, 4, None, 10, drop_remainder=True).steps == 2
    assert rows.on_device() is rows.on_device() and rows.rebuild([1, 2]) == (1, 2)


@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_orders_are_permutations(shuffle):
    tf.random.set_seed(1)
    order = rows_of(X, None, None, 4, shuffle, "fit").order
    first, second = order(), order()
    assert sorted(first) == sorted(second) == list(range(10)) and not np.array_equal(first, second)
    assert first.dtype == np.int32
    if shuffle == "batch":
        assert first[8:].tolist() == [8, 9] and {tuple(first[:4]), tuple(first[4:8])} == {(0, 1, 2, 3), (4, 5, 6, 7)}


@pytest.mark.parametrize(
    ("leaf", "dtype", "shape"),
    [
        (np.ones((2, 3)), "float32", (2, 3)),
        (np.ones(2, "int64"), "int64", (2,)),
        (np.ones(2, "float16"), "float32", (2,)),
        (pd.Series([1.0, 2.0]), "float32", (2,)),
        (pd.DataFrame({"a": [1, 2]}), "int64", (2, 1)),
        (tf.constant([1.0, 2.0], tf.float64), "float32", (2,)),
        (tf.Variable([1.0]), "float32", (1,)),
        (pd.Series([True, False]), "bool", (2,)),
    ],
)
def test_arrays_in_keras_dtype(leaf, dtype, shape):
    found = data.to_array(leaf)
    name = found.dtype.name
    assert (name, tuple(found.shape)) == (dtype, shape)


def test_strings_and_lists():
    assert data.to_array(np.array(["a", "b"])).tolist() == [b"a", b"b"]
    rows = rows_of([1, 2, 3], [[1.0], [2.0], [3.0]], None, 2, False, "fit")
    assert rows.count == 3 and len(rows.flat) == 2 and rows.data[1].shape == (3, 1)
    assert data.is_array_like([X, {"a": X}]) and not data.is_array_like([]) and not data.is_array_like([object()])


def test_cardinalities():
    with pytest.raises(ValueError, match=r"ambiguous \(fit\)(.|\n)*x sizes: 10\n  y sizes: 9"):
        rows_of(X, X[:9], None, 4, False, "fit")
    with pytest.raises(ValueError, match="at least one sample"):
        rows_of(X[:0], None, None, 4, False, "fit")
    with pytest.raises(ValueError, match="examples on its first axis"):
        rows_of(np.float32(1), None, None, 4, False, "fit")


def test_splits():
    first, second = split(({"a": X}, X, None), 0.25)
    assert first[0]["a"].ravel().tolist() == [0, 1, 2, 3, 4, 5, 6] and second[1].ravel().tolist() == [7, 8, 9]
    assert first[2] is None
    (first, *_), (second, *_) = split((pd.DataFrame(X), None, None), 0.5)
    assert first.shape == second.shape == (5, 1)
    for fraction in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            split((X,), fraction)
    with pytest.raises(ValueError, match="not sufficient"):
        split((X[:1],), 0.5)
    with pytest.raises(ValueError, match="validation_data instead"):
        split((object(),), 0.5)


@pytest.mark.parametrize(
    "y", [np.array([0, 1, 2]), np.array([[0], [1], [2]]), np.eye(3, dtype="float32"), np.array([0.0, 1.0, 2.0])]
)
def test_class_weights(y):
    assert with_class_weight(y, None, {0: 0.5, 1: 2, 2: 1}).tolist() == [0.5, 2.0, 1.0]
    assert with_class_weight(y, np.array([2.0, 2.0, 3.0]), {2: 1.0, 0: 0.5, 1: 1}).tolist() == [1.0, 2.0, 3.0]


def test_class_weights_refused():
    with pytest.raises(ValueError, match="expected targets"):
        with_class_weight(None, None, {0: 1.0})
    with pytest.raises(ValueError, match="3\\+ dimensional"):
        with_class_weight(np.ones((2, 2, 2)), None, {0: 1.0})
    with pytest.raises(ValueError, match="single output"):
        with_class_weight([X, X], None, {0: 1.0})
    for gap in ({-1: 1.0}, {0: 1.0, 2: 1.0}):
        with pytest.raises(ValueError, match="keys from 0 to one less than the number of classes"):
            with_class_weight(np.array([0]), None, gap)
    with pytest.raises(tf.errors.InvalidArgumentError, match="class 2 in row 1"):
        with_class_weight(np.array([0, 2]), None, {0: 1.0, 1: 2.0})


def test_class_weights_by_output():
    y = {"a": np.array([0, 1]), "b": np.array([[1.0], [2.0]])}
    weights = OutputClassWeights.of({"a": {0: 2.0, 1: 3.0}}, ["a", "b"])
    found = with_class_weight(y, {"b": np.array([5.0, 6.0])}, weights)
    assert {key: value.tolist() for key, value in found.items()} == {"a": [2.0, 3.0], "b": [5.0, 6.0]}
    as_list = OutputClassWeights.of([{0: 2.0, 1: 3.0}, None], ["a", "b"])
    found = with_class_weight(list(y.values()), np.array([10.0, 1.0]), as_list)
    assert [value.tolist() for value in found] == [[20.0, 3.0], [10.0, 1.0]]
    assert OutputClassWeights.of({0: 1.0}, ["a"]) == {0: 1.0}
    with pytest.raises(ValueError, match="'c'"):
        OutputClassWeights.of({"c": {0: 1.0}}, ["a", "b"])
    with pytest.raises(ValueError, match="one entry for each"):
        OutputClassWeights.of([None], ["a", "b"])


def two_outputs(nested=False):
    inputs = tf.keras.Input((2,))
    first, second = (tf.keras.layers.Dense(1, kernel_initializer="ones", name=n)(inputs) for n in "ab")
    return tf.keras.Model(inputs, [first, {"z": second}] if nested else [first, second])


PAIRS = np.arange(20, dtype="float32").reshape(10, 2) / 10
SUMS = PAIRS[:, :1] * 0.5


def test_an_output_without_sample_weights_has_ones():
    weights = np.arange(10.0)

    def batches():
        yield PAIRS, [SUMS, SUMS], [weights, None]

    for source, more in (((PAIRS, [SUMS, SUMS]), {"sample_weight": [weights, None]}), ((batches(),), {})):
        model = two_outputs()
        model.compile("sgd", "mse", loss_weights=[1.0, 0.5], metrics=[["mae"], ["mse"]])
        logs = model.fit(*source, batch_size=None, verbose=0, shuffle=False, steps_per_epoch=1, **more).history
        wanted = {"loss": 21.4025, "a_loss": 19.98, "b_loss": 2.845, "a_mae": 1.45, "b_mse": 2.845}
        assert {key: round(value[0], 4) for key, value in logs.items()} == pytest.approx(wanted)


def test_losses_and_targets_in_the_structure_of_nested_outputs():
    model = two_outputs(nested=True)
    model.compile("sgd", ["mse", {"z": "mae"}], metrics=[["mae"], {"z": ["mse"]}])
    logs = model.fit(PAIRS, [SUMS, {"z": SUMS}], verbose=0, shuffle=False).history
    assert {key: round(value[0], 4) for key, value in logs.items()} == pytest.approx(
        {"loss": 4.295, "a_loss": 2.845, "b_loss": 1.45, "a_mae": 1.45, "b_mse": 2.845}
    )
    first, second = model.predict(PAIRS, verbose=0)
    assert first.shape == second["z"].shape == (10, 1)


@pytest.mark.parametrize("words", [["a b", "b"], ("a b", "b"), [["a b"], ["b"]]])
def test_lists_of_strings_are_examples(words):
    lookup = tf.keras.layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=2)
    assert tf.keras.Sequential([lookup]).predict(words, verbose=0).tolist() == [[2, 3], [3, 0]]
