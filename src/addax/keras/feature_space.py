"""FeatureSpace: columns of a table, each prepared in its own way, joined into vectors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from addax.core import convert
from addax.data import Dataset
from addax.keras import layers, naming, registry
from addax.keras.layers.experimental import preprocessing
from addax.keras.saving import archive, paths
from addax.ops import shaping

_HOME = "tf_keras.src.utils.feature_space"  # what files of Keras say


class Cross:
    """Features whose combined value is hashed; made by `FeatureSpace.cross`."""

    _serialized_as = (_HOME, "Cross")

    def __init__(self, feature_names: Iterable[str], crossing_dim: int, output_mode: str = "one_hot") -> None:
        if output_mode not in ("int", "one_hot"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'int', 'one_hot'}. "
                f"Received: output_mode={output_mode}"
            )
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim
        self.output_mode = output_mode

    @property
    def name(self) -> str:
        """The names of the features, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "feature_names": self.feature_names, "crossing_dim": self.crossing_dim, "output_mode": self.output_mode,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Cross:
        """A cross of its config."""
        return cls(**config)


class Feature:
    """A column's dtype, the layer that prepares it and what to make of that; made by `FeatureSpace.feature`."""

    _serialized_as = (_HOME, "Feature")

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        if output_mode not in ("int", "one_hot", "float"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'int', 'one_hot', 'float'}. "
                f"Received: output_mode={output_mode}"
            )
        self.dtype = dtype
        if isinstance(preprocessor, Mapping):
            preprocessor = registry.deserialize_keras_object(dict(preprocessor))
        self.preprocessor: Any = preprocessor
        self.output_mode = output_mode

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        described = registry.serialize_keras_object(self.preprocessor)
        return {"dtype": self.dtype, "preprocessor": described, "output_mode": self.output_mode}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Feature:
        """A feature of its config."""
        return cls(**config)


class FeatureSpace(layers.Layer):
    """Prepares and encodes structured data: a dict of columns.

    Args:
        features: {name: feature}, a feature being the name of one of the factories below ("float_normalized") or what
            such a factory returned. Columns are scalars, or vectors of one element.
        output_mode: "concat" for one vector, features in the order of their names and crosses after them; "dict" for
            {name: encoded}.
        crosses: tuples of names of features whose combined value is hashed, or what `cross` returned.
        crossing_dim: values of a cross for which nothing else was said.
        hashing_dim: values of "integer_hashed" and "string_hashed".
        num_discretization_bins: bins of "float_discretized".
        name: of the layer.

    Raises:
        ValueError: features that there are none of.

    `adapt` has to look at data first, where a feature learns from it. The layers of features are in `preprocessors`,
    those of crosses in `crossers`.

    >>> import numpy as np, addax as tf
    >>> space = tf.keras.utils.FeatureSpace({"size": "float", "kind": "string_categorical"})
    >>> data = {"size": [1.5, 2.5], "kind": ["a", "b"]}
    >>> space.adapt(tf.data.Dataset.from_tensor_slices(data))
    >>> space(data).numpy().tolist()
    [[0.0, 0.0, 1.0, 1.5], [0.0, 1.0, 0.0, 2.5]]
    """

    # In "keras.utils", and a file of its own, though no model.
    _serialized_as = ("keras.utils", None)
    _saved_alone = True

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Iterable[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        *,
        name: str | None = None,
    ) -> None:
        if not features:
            raise ValueError("The `features` argument cannot be None or empty.")
        if output_mode not in ("dict", "concat"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'dict', 'concat'}. "
                f"Received: output_mode={output_mode}"
            )
        super().__init__(**({} if name is None else {"name": name}))
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.output_mode = output_mode
        self.features = {name: self._feature(name, value) for name, value in features.items()}
        self.crosses = [self._cross(cross) for cross in crosses or ()]
        self.crosses_by_name = {cross.name: cross for cross in self.crosses}
        self.inputs = {
            name: layers.Input(shape=(1,), dtype=feature.dtype, name=name) for name, feature in self.features.items()
        }
        self.preprocessors = {name: feature.preprocessor for name, feature in self.features.items()}
        self.crossers = {
            cross.name: layers.HashedCrossing(cross.crossing_dim, name=cross.name) for cross in self.crosses
        }
        self.one_hot_encoders: dict[str, Any] = {}
        self.encoded_features: Any = None
        self.concat: Any = None
        self._is_adapted = False

    def _feature(self, name: str, value: Any) -> Feature:
        if isinstance(value, Feature):
            return value
        if isinstance(value, Mapping):
            return registry.deserialize_keras_object(dict(value))
        makers = {
            "float": lambda: self.float(name=name),
            "float_normalized": lambda: self.float_normalized(name=name),
            "float_rescaled": lambda: self.float_rescaled(name=name),
            "float_discretized": lambda: self.float_discretized(self.num_discretization_bins, name=name),
            "integer_categorical": lambda: self.integer_categorical(name=name),
            "string_categorical": lambda: self.string_categorical(name=name),
            "integer_hashed": lambda: self.integer_hashed(self.hashing_dim, name=name),
            "string_hashed": lambda: self.string_hashed(self.hashing_dim, name=name),
        }
        if value not in makers:
            raise ValueError(f"Invalid feature type: {value}. Expected one of {sorted(makers)}.")
        return makers[value]()

    def _cross(self, value: Any) -> Cross:
        if isinstance(value, Mapping):
            value = registry.deserialize_keras_object(dict(value))
        made = value
        if not isinstance(value, Cross):
            if not self.crossing_dim:
                raise ValueError("When specifying `crosses`, `crossing_dim` should be specified as well.")
            made = Cross(value, self.crossing_dim)
        if not set(made.feature_names) <= set(self.features):
            raise ValueError(
                "All features referenced in the `crosses` argument should be present in the `features` dict. "
                f"Received unknown features: {made.feature_names}"
            )
        return made

    # ------------------------------------------------------------------ factories

    @classmethod
    def cross(cls, feature_names: Iterable[str], crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Features whose combined value is hashed to `crossing_dim` values; "int" leaves the number."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A feature of a layer of yours; `output_mode` is "int", "one_hot" or "float"."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        return Feature("float32", layers.Identity(dtype="float32", name=_named("float", name)), "float")

    @classmethod
    def float_rescaled(cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None) -> Feature:
        """Numbers times `scale` plus `offset`."""
        return Feature("float32", layers.Rescaling(scale, offset, name=_named("float_rescaled", name)), "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers less their mean, over their standard deviation."""
        return Feature("float32", layers.Normalization(axis=-1, name=_named("float_normalized", name)), "float")

    @classmethod
    def float_discretized(
        cls, num_bins: int, bin_boundaries: Any = None, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Numbers by bin, of equal counts where no boundaries are given."""
        layer = layers.Discretization(
            num_bins=num_bins, bin_boundaries=bin_boundaries, name=_named("float_discretized", name)
        )
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1, output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:  # fmt: skip
        """Whole numbers by their place among those seen."""
        layer = layers.IntegerLookup(
            name=_named("integer_categorical", name), max_tokens=max_tokens, num_oov_indices=num_oov_indices
        )
        return Feature("int64", layer, output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1, output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:  # fmt: skip
        """Strings by their place among those seen."""
        layer = layers.StringLookup(
            name=_named("string_categorical", name), max_tokens=max_tokens, num_oov_indices=num_oov_indices
        )
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Strings, hashed to `num_bins` values."""
        return Feature("string", layers.Hashing(num_bins, name=_named("string_hashed", name)), output_mode)

    @classmethod
    def integer_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Whole numbers, hashed to `num_bins` values."""
        return Feature("int64", layers.Hashing(num_bins, name=_named("integer_hashed", name)), output_mode)

    # ------------------------------------------------------------------ learning

    def _learning(self) -> list[str]:
        """The features whose layers learn from data."""
        return [
            name for name, layer in self.preprocessors.items()
            if _learns(layer) and getattr(layer, "input_mean", None) is None
        ]  # fmt: skip

    def adapt(self, dataset: Dataset) -> None:
        """Look at data: vocabularies, means, bins.

        Args:
            dataset: dicts of columns, one row or one batch at a time, without labels.

        Raises:
            ValueError: something else than a dataset.
        """
        if not isinstance(dataset, Dataset):
            raise ValueError(
                f"`adapt()` can only be called on a tf.data.Dataset. Received instead: {dataset!r:.200} "
                f"(of type {type(dataset)})"
            )
        for name in self._learning():
            column = dataset.map(lambda row, name=name: row[name])
            for first in column.take(1):
                rank = first.shape.rank
                if rank == 0:
                    column = column.batch(32)
                if rank in (0, 1):
                    column = column.map(lambda values: shaping.expand_dims(values, -1))
            self.preprocessors[name].adapt(column)
        self._is_adapted = True
        self.encoded_features = None
        self.built = False
        self._require_built()

    def _require_adapted(self) -> None:
        if not self._is_adapted and self._learning():
            raise ValueError("You need to call `.adapt(dataset)` on the FeatureSpace before you can start using it.")
        self._is_adapted = True

    def _require_built(self) -> None:
        self._require_adapted()
        if not self.built:
            self.one_hot_encoders = {}
            self.get_encoded_features()
            self.built = True

    # ------------------------------------------------------------------ encoding

    def get_inputs(self) -> dict[str, Any]:
        """Inputs of a functional model: {name: KerasTensor of shape (None, 1)}."""
        self._require_built()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """What `get_inputs` is encoded to, for a functional model.

        Raises:
            ValueError: `adapt` was not called, or features that cannot be joined.
        """
        self._require_adapted()
        if self.encoded_features is None:
            self.encoded_features = self._merged(*self._prepared(self.inputs))
        return self.encoded_features

    def _prepared(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The features, and the crosses of them."""
        found = {name: self.preprocessors[name](data[name]) for name in data}
        crossed = {
            cross.name: self.crossers[cross.name]([found[name] for name in cross.feature_names])
            for cross in self.crosses
        }
        return found, crossed

    def _merged(self, found: dict[str, Any], crossed: dict[str, Any]) -> Any:
        encoded = {name: self._encoded(name, found[name], self.features[name]) for name in sorted(found)}
        for name in sorted(crossed):
            encoded[name] = self._encoded(name, crossed[name], self.crosses_by_name[name])
        if self.output_mode == "dict":
            return encoded
        if self.concat is None:
            for name, value in encoded.items():
                if value.dtype.name == "string" or value.dtype.name.startswith("int"):
                    raise ValueError(
                        f"Cannot concatenate features because feature '{name}' has not been encoded (it has dtype "
                        f"{value.dtype.name}). Consider using `output_mode='dict'`."
                    )
            self.concat = layers.Concatenate(axis=-1)
        return self.concat(list(encoded.values()))

    def _encoded(self, name: str, value: Any, spec: Feature | Cross) -> Any:
        if spec.output_mode != "one_hot":
            return value
        if name not in self.one_hot_encoders:
            if not value.dtype.name.startswith("int"):
                raise ValueError(
                    f"Feature '{name}' has `output_mode='one_hot'`. Thus its preprocessor should return an int64 "
                    f"dtype. Instead it returns a {value.dtype.name} dtype."
                )
            layer = self.preprocessors.get(name) or self.crossers[name]
            self.one_hot_encoders[name] = layers.CategoryEncoding(_cardinality(name, layer), output_mode="multi_hot")
        return self.one_hot_encoders[name](value)

    def __call__(self, data: Any) -> Any:  # type: ignore[override]
        """Encode rows.

        Args:
            data: {name: values}, of one row (scalars) or of a batch: (batch,) or (batch, 1).

        Returns:
            A float tensor (batch, size), or {name: tensor}; without the batch for one row.

        Raises:
            ValueError: no dict, or `adapt` was not called.
            KeyError: other names than those of the features.
        """
        self._require_built()
        if not isinstance(data, Mapping):
            raise ValueError(
                f"A FeatureSpace can only be called with a dict. Received: data={data!r:.200} (of type {type(data)})"
            )
        if set(data) != set(self.features):
            raise KeyError(f"FeatureSpace: expected the features {sorted(self.features)}, received {sorted(data)}.")
        columns = {name: convert.convert_to_tensor(value) for name, value in data.items()}
        one_row = False
        for name, column in columns.items():
            if column.shape.rank == 0:
                columns[name], one_row = shaping.reshape(column, [1, 1]), True
            elif column.shape.rank == 1:
                columns[name] = shaping.expand_dims(column, -1)
        merged = self._merged(*self._prepared(columns))
        if not one_row:
            return merged
        if self.output_mode == "concat":
            return shaping.squeeze(merged, axis=0)
        return {
            name: shaping.squeeze(value, axis=0) if value.shape.rank == 2 and value.shape[0] == 1 else value
            for name, value in merged.items()
        }

    # ------------------------------------------------------------------ saving

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "features": registry.serialize_keras_object(self.features),
            "output_mode": self.output_mode,
            "crosses": registry.serialize_keras_object(self.crosses),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FeatureSpace:
        """A feature space of its config."""
        return cls(**config)

    def get_build_config(self) -> dict[str, Any]:
        """What the layers of the features were built for, by feature."""
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Build the layers of the features; what they learned comes from the file."""
        for name, each in config.items():
            if each is not None:
                self.preprocessors[name].build_from_config(each)
        self._is_adapted = True

    def save(self, filepath: Any) -> None:
        """Write a `.keras` file, which `keras.models.load_model` reads.

        Args:
            filepath: the path, which ends in ".keras".

        Raises:
            ValueError: a path that ends otherwise.
        """
        path = paths.as_path(filepath)
        if os.path.splitext(path)[1] != ".keras":
            raise ValueError(f"FeatureSpace.save: expected a filepath that ends in '.keras'. Received: {path}")
        paths.make_folder(path)
        archive.save(self, path)


def _named(kind: str, name: str | None) -> str:
    return f"{name or naming.unique_name(kind, zero_based=False)}_preprocessor"


def _learns(layer: Any) -> bool:
    """Whether a layer looks at data; hashing layers, which have `adapt` by their base class, have no use for it."""
    base = preprocessing.PreprocessingLayer
    if not isinstance(layer, base):
        return hasattr(layer, "adapt")
    return type(layer).adapt is not base.adapt or type(layer).update_state is not base.update_state


def _cardinality(name: str, layer: Any) -> int:
    """How many values a layer gives."""
    if isinstance(layer, layers.IntegerLookup | layers.StringLookup):
        return layer.vocabulary_size()
    if isinstance(layer, layers.CategoryEncoding):
        return layer.num_tokens
    if isinstance(layer, layers.Discretization):  # boundaries that were given tell their number themselves
        return layer.num_bins or len(layer.bin_boundaries) + 1
    if isinstance(layer, layers.HashedCrossing | layers.Hashing):
        return layer.num_bins
    raise ValueError(
        f"Feature '{name}' has `output_mode='one_hot'`. However it isn't a standard feature and the dimensionality of "
        "its output space is not known, thus it cannot be one-hot encoded. Try using `output_mode='int'`."
    )


for _class in (Cross, Feature, FeatureSpace):
    registry.register("model", _class)
