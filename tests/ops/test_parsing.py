"""tf.io.parse_example and its kind; results measured from TensorFlow."""

import numpy as np
import pytest

import addax as tf

F, V, S = tf.io.FixedLenFeature, tf.io.VarLenFeature, tf.io.FixedLenSequenceFeature
P, R = tf.io.SparseFeature, tf.io.RaggedFeature


def feature(*values):
    if not values:
        return tf.train.Feature()
    if isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def example(**features):
    made = tf.train.Features(feature={name: feature(*values) for name, values in features.items()})
    return tf.train.Example(features=made).SerializeToString()


E1 = example(a=[1], b=[1.0, 2.0], c=[b"x", b"y"])
E2 = example(a=[2], b=[3.0], c=[])


def plain(value):
    if isinstance(value, tf.SparseTensor):
        return [value.indices.numpy().tolist(), value.values.numpy().tolist(), value.dense_shape.numpy().tolist()]
    return value.to_list() if isinstance(value, tf.RaggedTensor) else value.numpy().tolist()


@pytest.mark.parametrize(
    "what, batch, single",
    [
        (F([], tf.int64), [1, 2], 1),
        (F([1], tf.int64), [[1], [2]], [1]),
        (V(tf.int64), [[[0, 0], [1, 0]], [1, 2], [2, 1]], [[[0]], [1], [1]]),
        (R(tf.int64), [[1], [2]], [1]),
        (P("a", "a", tf.int64, 10), [[[0, 1], [1, 2]], [1, 2], [2, 10]], [[[1]], [1], [10]]),
    ],
)
def test_features(what, batch, single):
    assert plain(tf.io.parse_example([E1, E2], {"a": what})["a"]) == batch
    assert plain(tf.io.parse_single_example(E1, {"a": what})["a"]) == single
    assert plain(tf.io.parse_example(E1, {"a": what})["a"]) == single


def test_any_number_of_values():
    found = tf.io.parse_example([E1, E2], {"b": V(tf.float32), "c": V(tf.string), "d": V(tf.int64)})
    assert plain(found["b"]) == [[[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 3.0], [2, 2]]
    assert plain(found["c"]) == [[[0, 0], [0, 1]], [b"x", b"y"], [2, 2]]
    assert plain(found["d"]) == [[], [], [2, 0]] and found["d"].values.dtype == tf.int64
    padded = tf.io.parse_example([E1, E2], {"b": S([], tf.float32, True), "c": S([], tf.string, True, "-")})
    assert plain(padded["b"]) == [[1.0, 2.0], [3.0, 0.0]] and plain(padded["c"]) == [[b"x", b"y"], [b"-", b"-"]]
    assert plain(tf.io.parse_single_example(E1, {"b": S([2], tf.float32, True)})["b"]) == [[1.0, 2.0]]


def test_defaults():
    found = tf.io.parse_example([E1, E2], {"z": F([], tf.int64, 5), "y": F([2], tf.string, ["p", b"q"])})
    assert plain(found["z"]) == [5, 5] and plain(found["y"]) == [[b"p", b"q"]] * 2
    mixed = tf.io.parse_example([example(a=[1]), example()] * 20, {"a": F([], tf.int64, -1)})["a"]
    assert plain(mixed) == [1, -1] * 20


def test_sparse_features_are_sorted():
    data = example(i=[3, 0], j=[1, 2], v=[1.0, 2.0])
    found = tf.io.parse_example([data] * 2, {"s": P(["i", "j"], "v", tf.float32, [5, 6])})["s"]
    assert plain(found) == [[[0, 0, 2], [0, 3, 1], [1, 0, 2], [1, 3, 1]], [2.0, 1.0] * 2, [2, 5, 6]]
    kept = tf.io.parse_single_example(data, {"s": P("i", "v", tf.float32, 5, already_sorted=True)})["s"]
    assert plain(kept)[1] == [1.0, 2.0]


ROWS = example(v=[1, 2, 3, 4, 5, 6], s=[0, 2, 6], o=[1, 1], l=[2, 0, 4], st=[0, 1], li=[2, 6], id=[0, 0, 1, 1, 1, 1])
MORE = example(v=[7, 8], s=[0, 1, 1, 2], o=[3], l=[2], st=[0], li=[1, 2], id=[1, 1])


@pytest.mark.parametrize(
    "partitions, expected, rank",
    [
        ([R.RowSplits("s")], [[[1, 2], [3, 4, 5, 6]], [[7], [], [8]]], 2),
        ([R.RowLengths("l")], [[[1, 2], [], [3, 4, 5, 6]], [[7, 8]]], 2),
        ([R.RowStarts("st")], [[[1], [2, 3, 4, 5, 6]], [[7, 8]]], 2),
        ([R.RowLimits("li")], [[[1, 2], [3, 4, 5, 6]], [[7], [8]]], 2),
        ([R.ValueRowIds("id")], [[[1, 2], [3, 4, 5, 6]], [[], [7, 8]]], 2),
        ([R.RowLengths("o"), R.RowSplits("s")], [[[[1, 2]], [[3, 4, 5, 6]]], [[[7], [], [8]]]], 3),
        ([R.UniformRowLength(1), R.RowSplits("s")], [[[[1, 2]], [[3, 4, 5, 6]]], [[[7]], [[]], [[8]]]], 3),
        ([R.UniformRowLength(2)], [[[1, 2], [3, 4], [5, 6]], [[7, 8]]], 1),
    ],
)
def test_partitions(partitions, expected, rank):
    found = tf.io.parse_example([ROWS, MORE], {"x": R(tf.int64, "v", partitions)})["x"]
    assert found.to_list() == expected and found.ragged_rank == rank and found.row_splits.dtype == tf.int32
    single = tf.io.parse_single_example(ROWS, {"v": R(tf.int64, partitions=partitions, row_splits_dtype=tf.int64)})["v"]
    assert plain(single) == expected[0]


@pytest.mark.parametrize(
    "features, kind, text",
    [
        (
            {"a": F([2], tf.int64)},
            tf.errors.InvalidArgumentError,
            "Key: a, Index: 0.  Number of int64 values != expected",
        ),
        ({"a": F([], tf.float32)}, tf.errors.InvalidArgumentError, "Data types don't match. Data type: int64"),
        ({"z": F([], tf.int64)}, tf.errors.InvalidArgumentError, "Feature: z .* is required but could not be found"),
        ({"z": F([2], tf.int64, 5)}, tf.errors.InvalidArgumentError, "default_value"),
        ({"a": F([None], tf.int64)}, ValueError, "Consider using FixedLenSequenceFeature"),
        ({"a": F([], tf.int32)}, tf.errors.InvalidArgumentError, "then tf.cast it"),
        ({"b": S([], tf.float32)}, ValueError, "requires allow_missing to be True"),
        ({"b": S([2], tf.float32, True)}, tf.errors.InvalidArgumentError, "not a multiple of stride length"),
        ({"s": P("a", "b", tf.float32, 10)}, ValueError, "not compatible"),
        ({"b": R(tf.float32, partitions=[R.RowLengths("a")])}, tf.errors.InvalidArgumentError, "rows that hold all"),
        ({"a": V(tf.int64), "b": R(tf.float32, "a")}, ValueError, "Conflicting type for feature a"),
        ({}, ValueError, "cannot be None or falsy"),
        ({1: V(tf.string)}, TypeError, "names of features"),
        ({"a": 3}, ValueError, "Unsupported int 3"),
    ],
)
def test_refused(features, kind, text):
    with pytest.raises(kind, match=text):
        tf.io.parse_example([E1, E2], features)


def test_refused_records():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse example input, value: b'abc'"):
        tf.io.parse_example([b"abc"], {"a": V(tf.int64)})
    with pytest.raises(tf.errors.InvalidArgumentError, match="scalar or vector"):
        tf.io.parse_example([[E1]], {"a": V(tf.int64)})
    with pytest.raises(ValueError, match="must be a scalar"):
        tf.io.parse_single_example([E1], {"a": V(tf.int64)})
    with pytest.raises(tf.errors.InvalidArgumentError, match="Name: joe, Key: a"):
        tf.io.parse_example([E1], {"a": F([2], tf.int64)}, example_names=["joe"])
    with pytest.raises(TypeError, match="cannot be cast to any of the partition types"):
        R(tf.int64, partitions=[3])


def test_zero_bytes_at_the_end_of_a_record_are_kept():
    records = [example(c=[b"a\0\0"]), example(c=[b""])]
    assert plain(tf.io.parse_example(records, {"c": F([], tf.string)})["c"]) == [b"a\0\0", b""]


def sequence(context, lists):
    made = {name: tf.train.FeatureList(feature=[feature(*step) for step in steps]) for name, steps in lists.items()}
    return tf.train.SequenceExample(
        context=tf.train.Features(feature={name: feature(*values) for name, values in context.items()}),
        feature_lists=tf.train.FeatureLists(feature_list=made),
    ).SerializeToString()


A = sequence({"id": [1], "w": [b"a", b"b"]}, {"x": [[1.0, 2.0], [3.0, 4.0]], "t": [[1], [2, 3], []], "s": [[b"q"]]})
B = sequence({"id": [2]}, {"x": [[5.0, 6.0]], "t": []})


def test_sequences():
    context, steps, lengths = tf.io.parse_sequence_example(
        [A, B], {"id": F([], tf.int64), "w": V(tf.string)}, {"x": S([2], tf.float32), "t": V(tf.int64)}
    )
    assert plain(context["id"]) == [1, 2] and plain(context["w"])[1] == [b"a", b"b"]
    assert plain(steps["x"]) == [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [0.0, 0.0]]] and plain(lengths["x"]) == [2, 1]
    assert plain(steps["t"]) == [[[0, 0, 0], [0, 1, 0], [0, 1, 1]], [1, 2, 3], [2, 3, 2]]
    _, ragged, _ = tf.io.parse_sequence_example([A, B], None, {"t": R(tf.int64)})
    assert plain(ragged["t"]) == [[[1], [2, 3], []], []]
    _, rows, _ = tf.io.parse_sequence_example([A, B], None, {"t": R(tf.int64, partitions=[R.UniformRowLength(1)])})
    assert plain(rows["t"]) == [[[[1]], [[2], [3]], []], []]
    _, missing, lengths = tf.io.parse_sequence_example([A, B], None, {"s": S([], tf.string, True)})
    assert plain(missing["s"]) == [[b"q"], [b""]] and plain(lengths["s"]) == [1, 0]


def test_single_sequence():
    context, steps = tf.io.parse_single_sequence_example(
        A, {"id": F([], tf.int64)}, {"x": S([2], tf.float32), "t": V(tf.int64), "s": R(tf.string)}
    )
    assert plain(context["id"]) == 1 and plain(steps["x"]) == [[1.0, 2.0], [3.0, 4.0]]
    assert plain(steps["t"]) == [[[0, 0], [1, 0], [1, 1]], [1, 2, 3], [3, 2]] and plain(steps["s"]) == [[b"q"]]


@pytest.mark.parametrize(
    "context, steps, kind, text",
    [
        (None, {"s": S([], tf.string)}, tf.errors.InvalidArgumentError, "could not be found"),
        (None, {"x": S([3], tf.float32)}, tf.errors.InvalidArgumentError, "Number of values != expected"),
        (None, {"x": S([2], tf.int64)}, tf.errors.InvalidArgumentError, "Data types don't match"),
        ({"q": F([], tf.int64)}, None, tf.errors.InvalidArgumentError, "is required"),
        (None, {"x": F([2], tf.float32)}, ValueError, "Unsupported FixedLenFeature"),
        ({"id": S([], tf.int64, True)}, None, ValueError, "Unsupported FixedLenSequenceFeature"),
        (None, None, ValueError, "at least one"),
    ],
)
def test_refused_sequences(context, steps, kind, text):
    with pytest.raises(kind, match=text):
        tf.io.parse_sequence_example([A, B], context, steps)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid protocol message input"):
        tf.io.parse_single_sequence_example(b"abc", {"id": F([], tf.int64)})


def test_in_a_dataset_and_a_function(recwarn):
    data = tf.data.Dataset.from_tensor_slices([E1, E2])
    single = data.map(lambda r: tf.io.parse_single_example(r, {"a": F([], tf.int64)})["a"] * 2)
    batch = data.batch(2).map(lambda r: tf.io.parse_example(r, {"b": V(tf.float32)})["b"])
    assert [int(value) for value in single] == [2, 4] and plain(next(iter(batch)))[1] == [1.0, 2.0, 3.0]
    assert not recwarn.list
    raw = tf.data.Dataset.from_tensors(b"\x01\x02").map(lambda r: tf.io.decode_raw(r, tf.uint8))
    np.testing.assert_array_equal(next(iter(raw)), [1, 2])


def test_sequence_features_have_no_default_and_an_order():
    record = tf.train.SequenceExample().SerializeToString()
    wanted = {"f": S([], tf.int64, True), "v": V(tf.string)}
    _, lists = tf.io.parse_single_sequence_example(record, None, wanted)
    assert list(lists) == ["v", "f"]
    with pytest.raises(ValueError, match="must be None"):
        tf.io.parse_sequence_example([record], None, {"g": S([], tf.int64, True, default_value=3)})
