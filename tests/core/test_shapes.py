"""TensorShape: what TensorFlow 2 answers for known, partly known and unknown shapes."""

import pickle

import numpy as np
import pytest

from addax.core.shapes import TensorShape, as_shape, dimension_value, unknown_shape

UNKNOWN = TensorShape(None)


@pytest.mark.parametrize(
    ("given", "dims"),
    [
        (None, None),
        (3, [3]),
        ([], []),
        ((2, None), [2, None]),
        ([np.int64(2), np.int32(3)], [2, 3]),
        (np.array([2, 3]), [2, 3]),
        (np.int64(4), [4]),
        (np.array(4), [4]),
        (TensorShape([1, None]), [1, None]),
        ((d for d in (5, 6)), [5, 6]),
    ],
)
def test_construction(given, dims):
    shape = TensorShape(given)
    assert shape.dims == dims
    assert all(d is None or type(d) is int for d in dims or ())
    assert pickle.loads(pickle.dumps(shape)) == shape


@pytest.mark.parametrize("given", ["ab", ["a"], [1.5], 2.0, b"x", object()])
def test_no_dimension(given):
    with pytest.raises(TypeError, match="TensorShape"):
        TensorShape(given)


def test_negative_dimension():
    with pytest.raises(ValueError, match="-1 must be >= 0"):
        TensorShape([2, -1])
    with pytest.raises(ValueError, match="-1 must be >= 0"):
        TensorShape((2, -1))


def test_text():
    assert (str(TensorShape([2, None])), repr(TensorShape([2, None]))) == ("(2, None)", "TensorShape([2, None])")
    assert (str(TensorShape([2])), repr(TensorShape([]))) == ("(2,)", "TensorShape([])")
    assert (str(UNKNOWN), repr(UNKNOWN)) == ("<unknown>", "TensorShape(None)")


def test_items():
    shape = TensorShape([2, None, 4])
    assert (shape[0], shape[1], shape[-1], len(shape), list(shape)) == (2, None, 4, 3, [2, None, 4])
    assert repr(shape[1:]) == "TensorShape([None, 4])" and repr(shape[::2]) == "TensorShape([2, 4])"
    with pytest.raises(IndexError):
        _ = shape[5]
    assert UNKNOWN[3] is None
    assert UNKNOWN[1:3].dims == [None, None] and UNKNOWN[:-1].dims is None and UNKNOWN[2:].dims is None
    with pytest.raises(ValueError, match="steps"):
        _ = UNKNOWN[0:4:2]
    for use in (len, list, TensorShape.as_list):
        with pytest.raises(ValueError, match="unknown"):
            use(UNKNOWN)
    a, b, *rest = shape
    assert (a, b, rest) == (2, None, [4])


def test_equality_and_hash():
    shape = TensorShape([2, None])
    assert shape == (2, None) and shape == [2, None] and shape == TensorShape([2, None]) and (2, None) == shape
    assert shape != (2, 3) and shape != "a" and shape != [2.5] and shape is not None and shape != None  # noqa: E711
    assert UNKNOWN == None and TensorShape(3) == 3  # noqa: E711
    assert hash(shape) == hash(TensorShape((2, None))) and len({shape, TensorShape([2, None])}) == 1


def test_counts():
    assert TensorShape([2, 3]).num_elements() == 6 and TensorShape([]).num_elements() == 1
    assert TensorShape([2, 0]).num_elements() == 0
    assert TensorShape([2, None]).num_elements() is None and UNKNOWN.num_elements() is None
    assert TensorShape([2]).is_fully_defined() and not TensorShape([None]).is_fully_defined()
    assert not UNKNOWN.is_fully_defined()
    assert (TensorShape([2, 3]).rank, TensorShape([2, 3]).ndims, UNKNOWN.rank, UNKNOWN.ndims) == (2, 2, None, None)
    assert bool(TensorShape([])) and not UNKNOWN


@pytest.mark.parametrize(
    ("a", "b", "fits"),
    [
        ([2, None], [2, 3], True),
        ([2, 3], [2, 4], False),
        ([2], [2, 3], False),
        (None, [2, 3], True),
        ([], [], True),
        ([None, None], [4, 5], True),
    ],
)
def test_compatible_and_merge(a, b, fits):
    left, right = TensorShape(a), TensorShape(b)
    assert left.is_compatible_with(right) is right.is_compatible_with(a) is fits
    if fits:
        left.assert_is_compatible_with(right)
        assert left.merge_with(right) == right == right.merge_with(left)
    else:
        for use in (left.assert_is_compatible_with, left.merge_with):
            with pytest.raises(ValueError, match="incompatible"):
                use(right)


def test_concatenate():
    shape = TensorShape([2, 3])
    assert shape + 1 == (2, 3, 1) and shape + [None] == (2, 3, None) and [1] + shape == (1, 2, 3) == (1,) + shape
    assert (shape + None).dims is None and shape.concatenate(UNKNOWN).dims is None


def test_ranks():
    shape = TensorShape([2, 3])
    assert shape.with_rank(2) is shape and UNKNOWN.with_rank(2).dims == [None, None]
    assert shape.with_rank_at_least(1) is shape and shape.with_rank_at_most(2) is shape
    shape.assert_has_rank(2)
    UNKNOWN.assert_has_rank(7)
    shape.assert_same_rank([4, 5])
    shape.assert_is_fully_defined()
    for use, argument in (
        (shape.with_rank, 3),
        (shape.with_rank_at_least, 3),
        (shape.with_rank_at_most, 1),
        (shape.assert_has_rank, 1),
        (shape.assert_same_rank, [1]),
    ):
        with pytest.raises(ValueError, match="rank"):
            use(argument)
    with pytest.raises(ValueError, match="not fully defined"):
        TensorShape([None]).assert_is_fully_defined()


def test_subtypes():
    assert TensorShape([2, 3]).is_subtype_of(TensorShape([2, None]))
    assert TensorShape([2, 3]).is_subtype_of(UNKNOWN)
    assert not TensorShape([2, None]).is_subtype_of(TensorShape([2, 3]))
    assert not UNKNOWN.is_subtype_of(TensorShape([2]))
    assert not TensorShape([2, 3]).is_subtype_of((2, 3))
    assert TensorShape([2, 3]).most_specific_common_supertype([TensorShape([2, 4]), TensorShape([2, 3])]) == (2, None)
    assert TensorShape([2]).most_specific_common_supertype([3]) is None
    assert TensorShape([2]).most_specific_compatible_shape([2, 3]).dims is None
    assert TensorShape([2, None]).most_specific_compatible_shape([2, None]) == (2, None)


def test_helpers():
    shape = TensorShape([2])
    assert as_shape(shape) is shape and as_shape([2]) == shape and TensorShape.of((2, None)) == (2, None)
    assert unknown_shape().dims is None and unknown_shape(2).dims == [None, None]
    assert dimension_value(3) == 3 and dimension_value(None) is None
