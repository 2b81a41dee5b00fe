"""Type specs: texts, equality, relations, parts."""

import pickle

import numpy as np
import pytest

from addax.core import dtypes, spec, trees
from addax.core.composite_specs import IndexedSlicesSpec, RaggedTensorSpec, SparseTensorSpec
from addax.core.shapes import TensorShape
from addax.core.spec import BoundedTensorSpec, NoneTensorSpec, TensorSpec, VariableSpec


class FakeTensor:
    """Has what a spec reads of a tensor."""

    def __init__(self, shape, dtype=dtypes.float32):
        self.shape, self.dtype = TensorShape(shape), dtypes.as_dtype(dtype)


TEXTS = [
    (TensorSpec([2, None]), "TensorSpec(shape=(2, None), dtype=tf.float32, name=None)"),
    (TensorSpec((), "int32", name="n"), "TensorSpec(shape=(), dtype=tf.int32, name='n')"),
    (TensorSpec(None, "string"), "TensorSpec(shape=<unknown>, dtype=tf.string, name=None)"),
    (
        BoundedTensorSpec([2], np.float32, 0, 1, "n"),
        "BoundedTensorSpec(shape=(2,), dtype=tf.float32, name='n', minimum=array(0., dtype=float32), "
        "maximum=array(1., dtype=float32))",
    ),
    (RaggedTensorSpec([2, None], "int32"), "RaggedTensorSpec(TensorShape([2, None]), tf.int32, 1, tf.int64)"),
    (
        RaggedTensorSpec([2, None], flat_values_spec=TensorSpec([None], "int8")),
        "RaggedTensorSpec(TensorShape([2, None]), tf.int8, 1, tf.int64, "
        "TensorSpec(shape=(None,), dtype=tf.int8, name=None))",
    ),
    (SparseTensorSpec(), "SparseTensorSpec(TensorShape(None), tf.float32)"),
    (
        IndexedSlicesSpec([2, 3], indices_dtype="int32", indices_shape=[2]),
        "IndexedSlicesSpec(TensorShape([2, 3]), tf.float32, tf.int32, None, TensorShape([2]))",
    ),
    (NoneTensorSpec(), "NoneTensorSpec()"),
    (VariableSpec([2, 3]), "VariableSpec(shape=(2, 3), dtype=tf.float32, trainable=True, alias_id=None)"),
]


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_text_equality_and_pickling(value, text):
    assert repr(value) == str(value) == text
    again = pickle.loads(pickle.dumps(value))
    assert again == value and hash(again) == hash(value) and not (again != value)
    others = [other for other, _ in TEXTS if other is not value]
    assert all(value != other for other in others) and value != 3
    assert value.is_compatible_with(again) and value.is_subtype_of(again)
    assert value.most_specific_common_supertype([again]) == value
    assert all(not value.is_subtype_of(other) for other in others if type(other) is not TensorSpec)


def test_tensor_spec():
    value = TensorSpec([2, None], "int32", "x")
    assert (value.shape, value.dtype, value.name) == (TensorShape([2, None]), dtypes.int32, "x")
    assert TensorSpec.from_spec(value) == value and TensorSpec.from_spec(value, "w").name == "w"
    assert TensorSpec.from_tensor(FakeTensor([2])) == TensorSpec([2])
    assert TensorSpec.from_tensor(FakeTensor([2]), "q").name == "q"
    assert value != TensorSpec([2, None], "int32") and TensorSpec((2,)) == TensorSpec([2])
    assert value.value_type.__name__ == "Tensor"
    with pytest.raises(TypeError, match="type_value"):
        TensorSpec([2], "foo")
    with pytest.raises(AttributeError):
        value.shape = TensorShape([1])


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        (FakeTensor([2, 3]), True),
        (TensorSpec([2, 3], name="b"), True),
        (FakeTensor([3, 3]), False),
        (FakeTensor([2, 3], "int32"), False),
        (np.ones((2, 3), np.float32), False),
        (RaggedTensorSpec([2, 3]), False),
        (None, False),
    ],
)
def test_tensor_spec_compatible(other, fits):
    assert TensorSpec([2, None], name="a").is_compatible_with(other) is fits


def test_tensor_spec_supertypes():
    named, plain = TensorSpec([2, 3], name="a"), TensorSpec([2, 3])
    assert plain.most_specific_common_supertype([TensorSpec([2, 4])]) == TensorSpec([2, None])
    assert named.most_specific_common_supertype([TensorSpec([2, 4], name="a")]) == TensorSpec([2, None], name="a")
    assert named.most_specific_common_supertype([plain]) is plain.most_specific_common_supertype([named]) is None
    assert plain.most_specific_common_supertype([TensorSpec([2, 3], "int32")]) is None
    assert plain.most_specific_compatible_type(TensorSpec([4])) == TensorSpec(None)
    with pytest.raises(ValueError, match="No TypeSpec is compatible"):
        plain.most_specific_compatible_type(RaggedTensorSpec([2, 3]))
    assert plain.is_subtype_of(TensorSpec([2, None], name="a")) and named.is_subtype_of(TensorSpec([2, None], name="a"))
    assert not named.is_subtype_of(TensorSpec([2, None])) and not named.is_subtype_of(TensorSpec([2, 3], name="b"))


def test_batching():
    assert TensorSpec([2], name="n")._batch(4) == TensorSpec([4, 2]) and TensorSpec([2, 3])._unbatch() == TensorSpec(
        [3]
    )
    assert TensorSpec(None)._batch(4) == TensorSpec(None)
    assert RaggedTensorSpec([2, None])._batch(4) == RaggedTensorSpec([4, 2, None])
    assert RaggedTensorSpec([2, None, 3])._unbatch() == RaggedTensorSpec([None, 3])
    assert SparseTensorSpec([2, 3])._batch(None) == SparseTensorSpec([None, 2, 3])
    assert SparseTensorSpec([2, 3])._unbatch() == SparseTensorSpec([3])
    for scalar in (TensorSpec([]), SparseTensorSpec([])):
        with pytest.raises(ValueError, match="rank of at least 1"):
            scalar._unbatch()


def test_bounds():
    value = BoundedTensorSpec([2], "int32", [0, 1], 5)
    assert value.minimum.tolist() == [0, 1] and value.maximum.dtype == np.int32
    assert value != BoundedTensorSpec([2], "int32", [0, 1], 6) and value.is_compatible_with(TensorSpec([2], "int32"))
    with pytest.raises(ValueError, match="`maximum` to broadcast"):
        BoundedTensorSpec([2], "int32", 0, [1, 2, 3])
    with pytest.raises(ValueError, match="read-only"):
        value.minimum[0] = 3


@pytest.mark.parametrize(
    ("value", "shapes"),
    [
        (RaggedTensorSpec([2, None, 3]), [(None,), (3,), (None,)]),
        (RaggedTensorSpec([2, 4, None, 5], ragged_rank=2), [(None, 5), (3,), (None,)]),
        (RaggedTensorSpec([None, None, 5], ragged_rank=1), [(None, 5), (None,)]),
        (RaggedTensorSpec([2, 5], ragged_rank=0), [(2, 5)]),
        (RaggedTensorSpec(None, ragged_rank=2), [None, (None,), (None,)]),
        (SparseTensorSpec([2, 3]), [(None, 2), (None,), (2,)]),
        (IndexedSlicesSpec([2, 3], indices_shape=[2]), [(2, 3), (2,)]),
        (IndexedSlicesSpec([2, 3], dense_shape_dtype="int32"), [(2, 3), (None,), (2,)]),
    ],
)
def test_parts(value, shapes):
    parts = trees.flatten(value, expand_composites=True)
    assert [part.shape for part in parts] == [TensorShape(s) for s in shapes]


def test_part_dtypes():
    ragged = RaggedTensorSpec([2, None], "int8", row_splits_dtype="int32")._component_specs
    assert [part.dtype for part in ragged] == [dtypes.int8, dtypes.int32]
    assert [p.dtype for p in SparseTensorSpec([2], "int8")._component_specs] == [
        dtypes.int64,
        dtypes.int8,
        dtypes.int64,
    ]


def test_ragged_arguments():
    value = RaggedTensorSpec([2, None], "int32", row_splits_dtype="int32")
    assert (value.shape, value.dtype, value.ragged_rank, value.row_splits_dtype, value.flat_values_spec) == (
        TensorShape([2, None]),
        dtypes.int32,
        1,
        dtypes.int32,
        None,
    )
    with pytest.raises(ValueError, match="rank is known"):
        RaggedTensorSpec()
    with pytest.raises(ValueError, match="below the rank 1"):
        RaggedTensorSpec([2], ragged_rank=1)
    with pytest.raises(TypeError, match="an int"):
        RaggedTensorSpec([2, None], ragged_rank="a")
    assert RaggedTensorSpec([2, None]).most_specific_common_supertype([RaggedTensorSpec([3, None])]) == (
        RaggedTensorSpec([None, None])
    )
    assert RaggedTensorSpec([2, 3]).most_specific_common_supertype([RaggedTensorSpec([2, 3], ragged_rank=0)]) is None
    assert RaggedTensorSpec([2, 2], ragged_rank=0).is_compatible_with(FakeTensor([2, 2]))
    assert not RaggedTensorSpec([2, None]).is_compatible_with(FakeTensor([2, 2]))


class FakeSparse(trees.CompositeTensor):
    """Has what a spec reads of a sparse tensor."""

    def __init__(self, indices, values, dense_shape):
        self.indices, self.values, self.dense_shape = indices, values, dense_shape

    @property
    def _type_spec(self):
        return FakeSparseSpec([2, 3])


class FakeSparseSpec(SparseTensorSpec):
    """A spec of its own, so that the real one keeps its value type."""

    _registered_value_type = None  # another test may have brought in the real sparse tensors


def test_values_from_parts():
    with pytest.raises(TypeError, match="no class of values"):
        _ = FakeSparseSpec([2]).value_type
    assert FakeSparseSpec.register_value_type(FakeSparse) is FakeSparse
    value = FakeSparse("i", "v", "s")
    assert trees.flatten(value, expand_composites=True) == ["i", "v", "s"]
    again = trees.pack(value, ["a", "b", "c"], expand_composites=True)
    assert type(again) is FakeSparse and (again.indices, again.values, again.dense_shape) == ("a", "b", "c")
    assert spec.spec_of(value) == FakeSparseSpec.from_value(value) and FakeSparseSpec([2, None]).is_compatible_with(
        value
    )
    assert SparseTensorSpec._registered_value_type is not FakeSparse


def test_spec_of():
    assert spec.spec_of(FakeTensor([2], "int8")) == TensorSpec([2], "int8")
    assert spec.spec_of(np.ones(2)) is None and spec.spec_of(3) is None and spec.spec_of(FakeTensor) is None
    assert NoneTensorSpec().is_compatible_with(None) and not NoneTensorSpec().is_compatible_with(0)
    assert NoneTensorSpec().value_type is type(None)
    variable = VariableSpec([2], "int8", trainable=False, alias_id=3)
    assert (variable.shape, variable.dtype, variable.trainable, variable.alias_id) == ((2,), dtypes.int8, False, 3)
