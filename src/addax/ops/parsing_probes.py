"""Serialized examples that hold what features ask for: made up, to learn the shapes of what is parsed.

A dataset says of the results of a function what TensorFlow's traced program would know. So its function is called with
elements that are made up (`core/unknown_shapes.py`), and where these are parsed, examples with some values each take
their place: whatever differs between two numbers of values is not known beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import unknown_shapes
from addax.formats.example import (
    BytesList,
    Example,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
    SequenceExample,
)
from addax.ops import parsing_features as features_of
from addax.ops.parsing_features import FixedLenFeature, FixedLenSequenceFeature, RaggedFeature, SparseFeature

_NONE = {"bytes": b"", "float": 0.0, "int64": 0}


def examples(who: str, like: np.ndarray, features: Mapping[str, Any]) -> np.ndarray:
    """Examples for `like` if shapes are asked for; else `like` itself."""
    count = unknown_shapes.many()
    if count is None:
        return like
    made = Example(features=Features(feature=_features(_lists(who, features, count))))
    return _filled(like, made.SerializeToString())


def sequence_examples(
    who: str, like: np.ndarray, context: Mapping[str, Any], sequence: Mapping[str, Any]
) -> np.ndarray:
    """Sequence examples for `like` if shapes are asked for; else `like` itself."""
    count = unknown_shapes.many()
    if count is None:
        return like
    steps = {}
    for key, feature in sequence.items():
        once = feature
        if isinstance(feature, FixedLenSequenceFeature):
            once = FixedLenFeature(feature.shape, feature.dtype)
        for name, each in _features(_lists(who, {key: once}, count)).items():
            steps[name] = FeatureList(feature=[each] * count)
    made = SequenceExample(
        context=Features(feature=_features(_lists(who, context, count))),
        feature_lists=FeatureLists(feature_list=steps),
    )
    return _filled(like, made.SerializeToString())


def _filled(like: np.ndarray, record: bytes) -> np.ndarray:
    flat = np.empty(like.size, object)
    flat[:] = [record] * like.size  # np.full would take trailing zeros away
    return flat.reshape(like.shape)


def _features(lists: Mapping[str, tuple[str, Sequence[Any]]]) -> dict[str, Feature]:
    kinds = {"bytes": BytesList, "float": FloatList, "int64": Int64List}
    return {name: Feature(**{f"{kind}_list": kinds[kind](value=values)}) for name, (kind, values) in lists.items()}


def _lists(who: str, features: Mapping[str, Any], count: int) -> dict[str, tuple[str, Sequence[Any]]]:
    """The stored features that are needed: their kinds and values."""
    found: dict[str, tuple[str, Sequence[Any]]] = {}
    for key, feature in features.items():
        kind = features_of.kind_of(who, key, feature.dtype)
        zero = [_NONE[kind]]
        if isinstance(feature, FixedLenFeature | FixedLenSequenceFeature):
            size = math.prod(features_of.known_shape(who, key, feature))
            found[key] = kind, zero * (size if isinstance(feature, FixedLenFeature) else size * count)
        elif isinstance(feature, SparseFeature):
            found[feature.value_key] = kind, zero * count
            found.update((index, ("int64", range(count))) for index in features_of.index_keys(feature))
        elif isinstance(feature, RaggedFeature):
            found |= _ragged(key, feature, kind, count)
        else:
            found[key] = kind, zero * count
    return found


def _ragged(key: str, feature: RaggedFeature, kind: str, count: int) -> dict[str, tuple[str, Sequence[Any]]]:
    """Values in rows of one value each, where rows are not of a known length."""
    uniform = RaggedFeature.UniformRowLength
    rows = count * math.prod(int(each.length) for each in feature.partitions if isinstance(each, uniform))
    found: dict[str, tuple[str, Sequence[Any]]] = {feature.value_key or key: (kind, [_NONE[kind]] * rows)}
    for each in reversed(feature.partitions):
        if isinstance(each, uniform):
            rows //= int(each.length)
        elif isinstance(each, RaggedFeature.RowLengths):
            found[each.key] = "int64", [1] * rows
        elif isinstance(each, RaggedFeature.RowSplits):
            found[each.key] = "int64", range(rows + 1)
        else:
            first = isinstance(each, RaggedFeature.RowLimits)
            found[each.key] = "int64", range(first, rows + first)
    return found
