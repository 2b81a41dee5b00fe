"""Functions that begin by parsing a record: many records are parsed at once, and the rest is traced and compiled.

`dataset.map(lambda record: f(tf.io.parse_single_example(record, features)))` is called with a stand-in for the record
first, which learns the features; then it is traced as a function of these. Where the function does something else with
the record, or with a string of it, it is called for each element instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, mapped
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.core.tensor import NotCompilable, Tensor
from addax.ops import parsing, parsing_features
from addax.ops.parsing_features import FixedLenFeature

_WHO = "tf.io.parse_single_example"


class _Found(BaseException):
    """Ends the first call: the features are known."""

    def __init__(self, features: Mapping[str, Any]) -> None:
        self.features = features


class _Text(Tensor):
    """A string of a record that is not known while the function is traced: it can be handed on only."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key

    @property
    def _value(self) -> Any:
        raise NotCompilable("a string of a record is not known while the function is traced")

    @property
    def _form(self) -> Any:
        return self._value


class _Record(_Text):
    """A record that is not known while the function is traced: it can be parsed only."""

    __slots__ = ("features", "parts")

    def __init__(self, features: Mapping[str, Any] | None = None, parts: Mapping[str, Any] | None = None) -> None:
        super().__init__("")
        self.features, self.parts = features, parts

    def __parse_single_example__(self, features: Mapping[str, Any]) -> dict[str, Any]:
        if self.parts is None:
            raise _Found(dict(features))
        if dict(features) != self.features:
            raise NotCompilable("the record is parsed in more than one way")
        return dict(self.parts)


class _Struct:
    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape, self.dtype = shape, dtype


class _Number:
    """The place of an output of the traced function."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index


class ParsedFirst:
    """A function of records as parsing of many at once, and a traced function of what was parsed.

    Args:
        function: the user's.
        features: what it parses; FixedLenFeatures.

    Raises:
        NotCompilable: it does more with the record, or needs values while it is traced.
    """

    def __init__(self, function: Callable[..., Any], features: Mapping[str, Any]) -> None:
        self._features = dict(features)
        self._kinds = parsing_features.columns_needed(_WHO, self._features)
        self._shapes = {
            key: parsing_features.known_shape(_WHO, key, feature) for key, feature in self._features.items()
        }
        self._numeric = [key for key, kind in self._kinds.items() if kind != "bytes"]
        structs = [_Struct(self._shapes[key], dtypes.as_dtype(self._features[key].dtype).np) for key in self._numeric]
        source, templates = mapped.converted(function), []

        def call(*tensors: Any) -> list[Any]:
            parts: dict[str, Any] = {key: _Text(key) for key in self._kinds}
            parts.update(zip(self._numeric, tensors, strict=True))
            outputs: list[Any] = []
            templates.append(_template(source(_Record(self._features, parts)), outputs))
            return outputs

        self._function = mapped.Mapped(call, structs, function)
        if self._function.others or self._function.effects:
            raise NotCompilable("what prints, or reads or writes variables, has to do so at its element")
        self._template = templates[-1]
        self.streams = len(self._function.streams)

    @property
    def spec(self) -> Any:
        """The spec of a result."""
        return _filled(self._template, self._spec_of_output, self._spec_of_text)

    def _spec_of_output(self, index: int) -> TensorSpec:
        output = self._function.outputs[index]
        return TensorSpec(TensorShape.of(tuple(output.shape)), dtypes.from_numpy(output.dtype))

    def _spec_of_text(self, key: str) -> TensorSpec:
        return TensorSpec(list(self._shapes[key]), dtypes.string)

    def many(self, records: Sequence[bytes], streams: Any) -> Any:
        """The results for some records, stacked.

        Raises:
            InvalidArgumentError: a record lacks a feature, or is none.
        """
        batch = parsing.Batch(_WHO, records, self._kinds, None, False)
        dense = {key: batch.dense(key, feature) for key, feature in self._features.items()}
        rows = [dense[key] for key in self._numeric]
        state = streams.take(self.streams) if self.streams else ()
        outputs, after = self._function.many(len(records), rows, state)
        if self.streams:
            streams.put(after)
        return _filled(self._template, lambda index: outputs[index], lambda key: dense[key])


def parsed_first(function: Callable[..., Any]) -> ParsedFirst | None:
    """The function in two parts, or None where it does not begin by parsing features of known shapes."""
    try:
        function(_Record())
    except _Found as found:
        features = found.features
    except Exception:
        return None  # it does something else with a record; calling it will tell
    else:
        return None
    if not all(isinstance(feature, FixedLenFeature) for feature in features.values()):
        return None
    try:
        return ParsedFirst(function, features)
    except Exception:
        return None  # called for each element it fails, or not, with a better message


def _template(result: Any, outputs: list[Any]) -> Any:
    """The structure of a result; what is computed is added to `outputs`."""
    if isinstance(result, _Record):
        raise NotCompilable("the record itself is returned")
    if isinstance(result, _Text) or result is None:
        return result
    if isinstance(result, dict):
        return type(result)((key, _template(item, outputs)) for key, item in result.items())
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*[_template(item, outputs) for item in result])
    if isinstance(result, list | tuple):
        return tuple([_template(item, outputs) for item in result])
    made = convert.convert_to_tensor(result)
    if made.dtype == dtypes.string:
        raise NotCompilable("strings are made")
    outputs.append(made)
    return _Number(len(outputs) - 1)


def _filled(template: Any, output: Callable[[int], Any], text: Callable[[str], Any]) -> Any:
    if isinstance(template, _Number):
        return output(template.index)
    if isinstance(template, _Text):
        return text(template.key)
    if isinstance(template, dict):
        return type(template)((key, _filled(item, output, text)) for key, item in template.items())
    if isinstance(template, tuple):
        parts = [_filled(item, output, text) for item in template]
        return type(template)(*parts) if hasattr(template, "_fields") else tuple(parts)
    return template
