"""tf.experimental.StructuredTensor; the recorded values are TensorFlow's."""

import numpy as np
import pytest

import addax as tf

ST = tf.experimental.StructuredTensor
RP = tf.experimental.RowPartition
DOCS = [{"docs": [{"t": ["a", "b"]}, {"t": ["c"]}]}, {"docs": [{"t": ["d"]}]}]
DEEP = [{"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}]}, {"a": [{"b": [{"c": 5}]}]}]


def flat():
    return ST.from_pyval([{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3]}])


def deep():
    return ST.from_pyval([[{"a": 1, "b": [1, 2]}], [], [{"a": 2, "b": [3]}, {"a": 5, "b": []}]])


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2], "b": [[1, 2], [3]], "c": {"x": 3, "y": b"hi"}}, {}, [{}], [[{}], []],
        [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3]}], [[{"a": 1}], [], [{"a": 2}, {"a": 5}]],
        {"u": [{"k": [1, 2], "n": {"m": 1}}, {"k": [3], "n": {"m": 2}}], "z": b"q"},
        [{"a": []}, {"a": [1.5]}], DEEP, [{"a": {"b": 1}}, {"a": {"b": 2}}],
        {"a": 1.5, "b": True, "c": b"x", "d": 2**40},
    ],
)  # fmt: skip
def test_round_trip(value):
    made = ST.from_pyval(value)
    assert made.to_pyval() == value
    assert tf.nest.pack_sequence_as(made, tf.nest.flatten(made, True), True).to_pyval() == value


def test_what_it_says():
    s = deep()
    assert (s.rank, s.shape.as_list(), int(s.nrows()), s.field_names()) == (2, [3, None], 3, ("a", "b"))
    assert repr(s.row_partitions) == "(tf.RowPartition(row_splits=[0 1 1 3]),)"
    assert s.field_value("b").to_list() == [[[1, 2]], [], [[3], []]]
    assert ST.from_pyval(DEEP).field_value(("a", "b", "c")).to_list() == [[[1, 2], []], [[5]]]
    assert ST.from_pyval({"a": 1}).nrows() is None
    assert repr(flat()) == (
        '<StructuredTensor(\n    fields={\n        "a": tf.Tensor([1 2], shape=(2,), dtype=int32),\n'
        '        "b": <tf.RaggedTensor [[1, 2], [3]]>},\n    shape=(2,))>'
    )
    assert s.with_shape_dtype(tf.int32).field_value("b").row_splits.dtype is tf.int32


def test_from_pyval_of_other_values():
    assert ST.from_pyval([1, 2]).numpy().tolist() == [1, 2]
    assert isinstance(ST.from_pyval([[1, 2], [3, 4]]), tf.RaggedTensor)
    spec = ST.Spec._from_fields_and_rank({"a": tf.RaggedTensorSpec([None, None], tf.float32)}, 1)
    assert ST.from_pyval([{"a": [3]}], spec).field_value("a").dtype is tf.float32
    assert ST.from_pyval([], spec).shape.as_list() == [0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (0, {"a": 1, "b": [1, 2]}), (-1, {"a": 2, "b": [3]}), (slice(1, None), [{"a": 2, "b": [3]}]),
        (slice(None, None, 2), [{"a": 1, "b": [1, 2]}]),
    ],
)  # fmt: skip
def test_rows(key, value):
    assert flat()[key].to_pyval() == value


def test_parts():
    s = deep()
    assert int(s[2, 1, "a"]) == 5
    assert s[:, :1].to_pyval() == [[{"a": 1, "b": [1, 2]}], [], [{"a": 2, "b": [3]}]]
    assert s[:, :, "a"].to_list() == [[1], [], [2, 5]]
    assert s[2].to_pyval() == [{"a": 2, "b": [3]}, {"a": 5, "b": []}]
    one = ST.from_pyval({"a": [1, 2], "c": {"x": 3}})
    assert (int(one["a", 1]), int(one["c", "x"])) == (2, 3)
    dense = ST.from_fields({"x": tf.zeros([2, 3, 4])}, shape=[2, 3])
    assert dense[:, 1:].shape.as_list() == [2, 2]
    assert dense[0, 1]["x"].shape.as_list() == [4]
    assert [row.to_pyval() for row in flat()] == flat().to_pyval()


def test_merge_and_partition():
    assert deep().merge_dims(0, 1).to_pyval() == [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3]}, {"a": 5, "b": []}]
    three = ST.from_pyval([[[{"a": 1}]], [[{"a": 2}, {"a": 3}], []]])
    assert three.merge_dims(1, 2).to_pyval() == [[{"a": 1}], [{"a": 2}, {"a": 3}]]
    assert three.merge_dims(0, 1).to_pyval() == [[{"a": 1}], [{"a": 2}, {"a": 3}], []]
    parted = flat().partition_outer_dimension(RP.from_row_lengths([0, 2]))
    assert parted.to_pyval() == [[], flat().to_pyval()]
    assert flat().partition_outer_dimension(RP.from_uniform_row_length(1, nrows=2)).shape.as_list() == [2, 1]


def test_promote():
    made = ST.from_pyval(DOCS).promote(("docs", "t"), "all")
    assert made.field_value("all").to_list() == [[b"a", b"b", b"c"], [b"d"]]
    made = ST.from_pyval(DEEP).promote(("a", "b", "c"), "c2")
    assert made.field_value(("a", "c2")).to_list() == [[[1, 2], []], [[5]]]
    one = ST.from_pyval({"u": [{"k": [1, 2]}, {"k": [3]}]}).promote(("u", "k"), "uk")
    assert one.field_value("uk").numpy().tolist() == [1, 2, 3]


def test_with_updates():
    s = ST.from_pyval({"u": [{"k": [1, 2], "n": {"m": 1}}, {"k": [3], "n": {"m": 2}}], "z": "q"})
    made = s.with_updates({("u", "k"): lambda v: v * 2, ("u", "n", "m"): None, "z": None, ("u", "new"): [9, 8]})
    assert made.to_pyval() == {"u": [{"k": [2, 4], "n": {}, "new": 9}, {"k": [6], "n": {}, "new": 8}]}
    assert tf.function(lambda t: t.with_updates({"a": lambda v: v + 1}))(flat()).to_pyval()[1] == {"a": 3, "b": [3]}


def test_from_fields():
    made = ST.from_fields({"x": [[1, 2], [3, 4]], "y": tf.ragged.constant([[5, 6], [3, 4]])}, shape=[2, None])
    assert made.shape.as_list() == [2, 2]
    inner = ST.from_pyval([[{"q": 1}, {"q": 2}], [{"q": 4}]])
    made = ST.from_fields_and_rank({"x": tf.ragged.constant([[1, 2], [3]]), "y": inner}, 2)
    assert made.to_pyval() == [[{"x": 1, "y": {"q": 1}}, {"x": 2, "y": {"q": 2}}], [{"x": 3, "y": {"q": 4}}]]
    assert ST.from_fields({}, shape=[2, 1]).to_pyval() == [[{}], [{}]]
    assert ST.from_fields({}, shape=[None], nrows=4).shape.as_list() == [4]
    shape = tf.experimental.DynamicRaggedShape.from_lengths([2, (2, 1)])
    assert ST.from_shape(shape).to_pyval() == [[{}, {}], [{}]]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ST.from_fields([1]), TypeError, "dictionary"),
        (lambda: ST.from_fields({1: 2}), TypeError, "key"),
        (lambda: ST.from_fields({"x": [1, 2]}, shape=[3]), ValueError, "not compatible"),
        (lambda: ST.from_fields({"x": [1, 2], "y": [1]}, shape=[2]), ValueError, "shape of y"),
        (lambda: ST.from_fields({}, shape=[None]), ValueError, "nrows"),
        (lambda: ST.from_fields_and_rank({}, 1), ValueError, "at least one field"),
        (lambda: ST.from_fields({"x": tf.sparse.from_dense([1])}, shape=[1]), TypeError, "Unexpected type"),
        (lambda: ST.from_pyval([{"a": 1}, {"b": 1}]), KeyError, "b"),
        (lambda: ST.from_pyval([{"a": 1}, 2]), ValueError, "Expected dict"),
        (lambda: ST.from_pyval([{"a": 1}, {"a": [1]}]), ValueError, "parsing path"),
        (lambda: ST.from_pyval({"a": None}), ValueError, "parsing path"),
        (lambda: ST.from_pyval({"a": 3}, flat()._type_spec), ValueError, "typespec"),
        (lambda: flat()["a"], TypeError, "Only integers"),
        (lambda: flat()[None], ValueError, "newaxis"),
        (lambda: flat()[:, "b", 0], ValueError, "ragged"),
        (lambda: flat().field_value("zz"), KeyError, "zz"),
        (lambda: flat()[5], tf.errors.InvalidArgumentError, "out of bounds"),
        (lambda: flat().merge_dims(0, 1), ValueError, "out of bounds"),
        (lambda: flat().partition_outer_dimension(3), TypeError, "RowPartition"),
        (
            lambda: flat().partition_outer_dimension(RP.from_row_lengths([1])), tf.errors.InvalidArgumentError,
            "one per row",
        ),
        (lambda: flat().promote(("a",), "x"), ValueError, "two"),
        (lambda: flat().promote(("a", "b"), ("x",)), ValueError, "string"),
        (lambda: flat().with_updates({"zz": None}), ValueError, "cannot delete"),
        (lambda: flat().with_updates({"zz": lambda x: x}), ValueError, "cannot update"),
        (lambda: flat().with_updates({("zz", "y"): 1}), ValueError, "cannot create"),
        (lambda: flat().with_updates({("a", "k"): 1, "a": None}), ValueError, "parent and child"),
        (lambda: flat().with_updates({"new": [5, 6, 7]}), ValueError, "failed"),
    ],
)  # fmt: skip
def test_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_in_datasets():
    data = tf.data.Dataset.from_tensor_slices(flat())
    assert [row.to_pyval() for row in data] == flat().to_pyval()
    assert [rows.to_pyval() for rows in data.batch(2)] == [flat().to_pyval()]
    assert [int(n) for n in data.map(lambda row: row["a"] * 2)] == [2, 4]
    nested = tf.data.Dataset.from_tensor_slices(deep())
    assert [rows.to_pyval() for rows in nested.batch(3)] == [deep().to_pyval()]
    assert isinstance(next(iter(data.take(1).batch(1))).field_value("b"), tf.RaggedTensor)


def test_as_one_value():
    assert bool(flat() == flat())
    assert tf.identity(flat()).to_pyval() == flat().to_pyval()
    assert tf.function(lambda s: s.field_value("a") * 2)(flat()).numpy().tolist() == [2, 4]
    mapped = tf.map_fn(lambda s: s["a"] * 2, flat(), fn_output_signature=tf.int32)
    assert np.asarray(mapped).tolist() == [2, 4]
