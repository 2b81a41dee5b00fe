"""Columns as plain data, and what parses all of their features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from addax.core import dtypes
from addax.keras import initializers, registry
from addax.keras.layers.feature_columns import categorical, dense, numeric, sequence
from addax.keras.layers.feature_columns.base import FeatureColumn

_CLASSES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        numeric.NumericColumn, numeric.BucketizedColumn, numeric.SequenceNumericColumn,
        categorical.HashedCategoricalColumn, categorical.IdentityCategoricalColumn,
        categorical.VocabularyListCategoricalColumn, categorical.VocabularyFileCategoricalColumn,
        categorical.CrossedColumn, categorical.WeightedCategoricalColumn,
        sequence.SequenceCategoricalColumn, dense.IndicatorColumn, dense.EmbeddingColumn,
    )
}  # fmt: skip


def serialize(column: Any) -> Any:
    """A column (or the key of a feature) as plain data."""
    if isinstance(column, str):
        return column
    config = column.get_config()
    for key, value in config.items():
        if isinstance(value, FeatureColumn):
            config[key] = serialize(value)
        elif key == "keys":
            config[key] = [serialize(each) for each in value]
        elif key == "initializer":
            made = initializers.serialize(value)
            plain = isinstance(made, dict)
            config[key] = {"class_name": made["class_name"], "config": made["config"]} if plain else value.__name__
        elif key == "normalizer_fn" and value is not None:
            config[key] = value.__name__
    return {"class_name": type(column).__name__, "config": config}


def deserialize(data: Any, custom_objects: Mapping[str, Any] | None = None, known: dict[str, Any] | None = None) -> Any:
    """The column that `serialize` described.

    Raises:
        ValueError: an unknown class, or a normalizer that `custom_objects` does not have.
    """
    if isinstance(data, str):
        return data
    known = {} if known is None else known
    cls = _CLASSES.get(data["class_name"]) if isinstance(data, Mapping) and "class_name" in data else None
    if cls is None:
        raise ValueError(f"Unknown feature column: {data!r:.200}. Known: {', '.join(_CLASSES)}.")
    config = dict(data["config"])
    for key, value in config.items():
        if key in ("categorical_column", "source_column"):
            config[key] = deserialize(value, custom_objects, known)
        elif key == "keys":
            config[key] = tuple(deserialize(each, custom_objects, known) for each in value)
        elif key == "dtype":
            config[key] = dtypes.as_dtype(value)
        elif key == "initializer":
            config[key] = _named(value, custom_objects) or initializers.get(value)
        elif key == "normalizer_fn" and isinstance(value, str):
            config[key] = _named(value, custom_objects)
            if config[key] is None:
                raise ValueError(f"Unknown normalizer_fn {value!r}: pass it in custom_objects.")
        elif isinstance(value, list):
            config[key] = tuple(value)
    made = cls(**config)
    return known.setdefault(f"{cls.__name__}:{made.name}", made)


def _named(value: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    return {**registry.get_custom_objects(), **(custom_objects or {})}.get(value) if isinstance(value, str) else None


def make_parse_example_spec(feature_columns: Iterable[Any]) -> dict[str, Any]:
    """What `tf.io.parse_example` needs to read the features of all columns.

    Args:
        feature_columns: columns.

    Returns:
        A dict of keys to `tf.io.FixedLenFeature` or `tf.io.VarLenFeature`.

    Raises:
        ValueError: what is not a column, or two columns that read one feature in different ways.

    >>> import addax as tf
    >>> tf.feature_column.make_parse_example_spec([tf.feature_column.numeric_column("a")])["a"].shape
    (1,)
    """
    found: dict[str, Any] = {}
    for column in [feature_columns] if isinstance(feature_columns, FeatureColumn) else feature_columns:
        if not isinstance(column, FeatureColumn):
            raise ValueError(f"All feature_columns must be FeatureColumn instances. Given: {column}")
        for key, value in column.parse_example_spec.items():
            if key in found and found[key] != value:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. Given {value} and {found[key]}"
                )
            found[key] = value
    return found
