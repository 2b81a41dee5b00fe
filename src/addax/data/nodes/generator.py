"""Dataset.from_generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.core import convert, dtypes, trees
from addax.core.spec import NoneTensorSpec, TensorSpec, TypeSpec
from addax.core.tensor import Tensor
from addax.data import functions
from addax.data.node import END, UNKNOWN, Node, NodeIterator
from addax.data.seeds import Pass


class GeneratorNode(Node):
    """What a Python generator yields, converted to the declared specs."""

    label = "_FlatMapDataset"

    def __init__(self, generator: Callable[..., Any], args: tuple[Any, ...], spec: Any) -> None:
        super().__init__()
        self._generator, self._args, self._spec = generator, args, spec

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        return UNKNOWN

    def how(self) -> str:
        return "in Python, element by element"

    def iterator(self, run: Pass) -> NodeIterator:
        return GeneratorIterator(self._generator, self._args, self._spec)


class GeneratorIterator(NodeIterator):
    """Runs the generator. Its position is how many elements were taken: going back runs it again."""

    def __init__(self, generator: Callable[..., Any], args: tuple[Any, ...], spec: Any) -> None:
        self._generator, self._args, self._spec = generator, args, spec
        self._running: Iterator[Any] | None = None
        self._taken = 0
        self._over = False

    def _step(self) -> Any:
        if self._over:
            return END
        try:
            if self._running is None:
                self._running = iter(self._generator(*self._args))
            return next(self._running)
        except StopIteration:
            self._over = True
            return END
        except Exception as error:
            self._over = True
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> Exception:
        return functions.explained(error, "Dataset.from_generator", self._taken, functions.place_of(self._generator))

    def next(self) -> Any:
        value = self._step()
        if value is END:
            return END
        try:
            return conform(value, self._spec)
        except Exception as error:  # the generator itself goes on, as in TensorFlow
            raise self._explained(error) from error
        finally:
            self._taken += 1

    def skip(self, count: int) -> int:
        for done in range(count):
            if self._step() is END:
                return done
            self._taken += 1
        return count

    def state(self) -> Any:
        return {"taken": self._taken, "over": self._over}

    def restore(self, state: Any) -> None:
        self.close()
        self._running, self._taken, self._over = None, 0, False
        self.skip(int(state["taken"]))
        self._over = bool(state["over"])

    def close(self) -> None:
        close = getattr(self._running, "close", None)
        if close is not None:
            close()


def conform(value: Any, spec: Any) -> Any:
    """What a generator yielded as an element of `spec`; arrays are copied, for the generator may write to its own."""
    if type(spec) is TensorSpec:
        return _array(value, spec)
    if isinstance(spec, NoneTensorSpec):
        return None
    if isinstance(spec, TypeSpec):
        return _composite(value, spec)
    if isinstance(spec, dict):
        if not isinstance(value, dict) or set(value) != set(spec):
            raise TypeError(_mismatch(value, spec))
        return type(spec)((key, conform(value[key], spec[key])) for key in spec)
    if not isinstance(value, tuple | list) or len(value) != len(spec):
        raise TypeError(_mismatch(value, spec))
    parts = [conform(item, each) for item, each in zip(value, spec, strict=True)]
    return type(spec)(*parts) if hasattr(spec, "_fields") else tuple(parts)


def _mismatch(value: Any, spec: Any) -> str:
    return (
        "`generator` yielded an element that did not match the expected structure. "
        f"The expected structure was {spec}, but the yielded element was {value!r:.200}."
    )


def _array(value: Any, spec: TensorSpec) -> np.ndarray:
    want = spec.dtype.np
    try:
        if spec.dtype == dtypes.string:
            # As objects: fixed-width strings lose zero bytes at their end.
            array = convert.as_object_array(value._value if isinstance(value, Tensor) else np.array(value, object))
        elif type(value) is np.ndarray or want.kind not in "iub":
            array = np.array(_of_dtype(value, want) if isinstance(value, Tensor) else value, want)
        else:
            array = _whole(value, want)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            "`generator` yielded an element that could not be converted to the expected type. "
            f"The expected type was {spec.dtype.name}, but the yielded element was {value!r:.200}."
        ) from None
    shape = spec.shape._dims if hasattr(spec.shape, "_dims") else spec.shape.dims
    if shape is not None and array.shape != shape and not spec.shape.is_compatible_with(array.shape):
        raise TypeError(
            f"`generator` yielded an element of shape {array.shape} where an element of shape {spec.shape} "
            "was expected."
        )
    return array


def _of_dtype(value: Tensor, want: np.dtype) -> Any:
    """The array of a tensor, which is not cast."""
    if value.dtype.np != want:
        raise TypeError
    return value._value


def _whole(value: Any, want: np.dtype) -> np.ndarray:
    """Integers or booleans as an array: what is too large wraps, what has a fraction is refused."""
    if isinstance(value, Tensor):
        return np.array(_of_dtype(value, want))
    if isinstance(value, np.generic):
        return np.array(value, want)
    array = np.array(value)
    fits = array.dtype.kind == "b" if want.kind == "b" else array.dtype.kind in "iub" or not array.size
    if not fits or (array.dtype.kind == "b" and want.itemsize == 1 and want.kind == "u"):
        raise TypeError
    return array.astype(want, copy=False)


def _composite(value: Any, spec: TypeSpec) -> Any:
    if not isinstance(value, trees.CompositeTensor) and getattr(spec, "ragged_rank", None) == 0:
        return _array(value, TensorSpec(spec.shape, spec.dtype))  # type: ignore[attr-defined]
    if not spec.is_compatible_with(value):
        raise TypeError(f"`generator` yielded an element of {value!r:.200} where an element of {spec} was expected.")
    return value


def signature_from_types(output_types: Any, output_shapes: Any) -> Any:
    """The specs that the older arguments output_types and output_shapes mean."""
    if isinstance(output_types, dict):
        return type(output_types)(
            (key, signature_from_types(kind, None if output_shapes is None else output_shapes[key]))
            for key, kind in output_types.items()
        )
    if isinstance(output_types, tuple | list):
        shapes = [None] * len(output_types) if output_shapes is None else output_shapes
        parts = [signature_from_types(kind, shape) for kind, shape in zip(output_types, shapes, strict=True)]
        return type(output_types)(*parts) if hasattr(output_types, "_fields") else tuple(parts)
    return TensorSpec(output_shapes, output_types)
