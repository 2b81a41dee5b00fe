"""tf.TensorArray: a list of tensors that loops write and read by index."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, dtypes, errors, trees
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.failures import refusing_methods
from addax.core.shapes import TensorShape
from addax.core.sizes import SizesTensor, is_open
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.ops.gathering import gather
from addax.ops.joining import concat, split, stack, unstack

_state = context.state


@op(name="TensorArray.write")
def _write(array: TensorLike, value: TensorLike, index: FreeLike) -> Any:
    return jax.lax.dynamic_update_index_in_dim(array, value, index, 0)


@op(name="TensorArray.read")
def _read(array: FreeLike, index: FreeLike) -> Any:
    return jax.lax.dynamic_index_in_dim(array, index, 0, keepdims=False)


@refusing_methods("tf.TensorArray")
class TensorArray(trees.CompositeTensor):
    """A list of tensors, written and read by index.

    Run eagerly it is a Python list. In a traced function, a write at a symbolic index makes it one array; then its size
    is fixed, and elements have one shape.

    Args:
        dtype: the dtype of the elements.
        size: how many elements.
        dynamic_size: whether writes behind the end make it longer.
        clear_after_read: whether an element can be read once only (True unless said otherwise).
        tensor_array_name: ignored.
        handle: must be None.
        flow: ignored.
        infer_shape: whether all elements must have one shape.
        element_shape: the shape of an element, which may be partly unknown.
        colocate_with_first_write_call: ignored.
        name: ignored.

    >>> import addax as tf
    >>> ta = tf.TensorArray(tf.float32, size=2)
    >>> ta = ta.write(0, 1.0).write(1, 2.0)
    >>> ta.stack().numpy().tolist()
    [1.0, 2.0]
    """

    __is_tf_composite__ = True

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        if handle is not None:
            raise ValueError("tf.TensorArray: handle belongs to TensorFlow's graphs; it must be None.")
        self._dtype = dtypes.as_dtype(dtype)
        self._dynamic = bool(dynamic_size)
        self._clear = True if clear_after_read is None else bool(clear_after_read)
        self._same_shape = infer_shape
        self._element_shape = TensorShape(element_shape)
        self._open: Any = None  # the number of elements, if it is a symbol: while a function is traced for open sizes
        if isinstance(size, SizesTensor) and is_open([size.sizes]):
            self._open, size = size.sizes, None
        count = 0 if size is None else int(concrete(size, "TensorArray"))
        self._items: list[Tensor | None] = [None] * count
        self._read_once: set[int] = set()
        self._stacked: Tensor | None = None  # all elements as one array, once an index was symbolic

    # ------------------------------------------------------------------ what it is

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def element_shape(self) -> TensorShape:
        """The shape of an element, as far as it is known."""
        return self._element_shape

    @property
    def dynamic_size(self) -> bool:
        """Whether writes behind the end make it longer."""
        return self._dynamic

    @property
    def handle(self) -> None:
        """None; TensorFlow's graphs have handles."""
        return None

    @property
    def flow(self) -> Tensor:
        """A scalar that stands for the order of writes; it has no use here."""
        return convert.constant(0, dtypes.int32)

    def _count(self) -> Any:
        if self._stacked is not None:
            return self._stacked._value.shape[0]
        return len(self._items) if self._open is None else self._open

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements."""
        count = self._count()
        return SizesTensor(count, np.int32) if is_open([count]) else convert.constant(count, dtypes.int32)

    def __repr__(self) -> str:
        return f"<tf.TensorArray size={self._count()} dtype={self._dtype.name} element_shape={self._element_shape}>"

    def _copy(self) -> TensorArray:
        made = object.__new__(TensorArray)
        made.__dict__.update(self.__dict__)
        made._items, made._read_once = list(self._items), set(self._read_once)
        return made

    def _changed(self) -> TensorArray:
        """The object that a write returns: this one eagerly; while tracing another, as branches must not see it."""
        return self if _state.trace is None else self._copy()

    def identity(self) -> TensorArray:
        """A copy."""
        return self._copy()

    def close(self, name: str | None = None) -> None:
        """Forget the elements."""
        self._items, self._stacked = [None] * self._count(), None

    def grad(self, source: Any, flow: Any = None, name: str | None = None) -> Any:
        """Gradients are computed by tapes, through reads and writes."""
        raise RuntimeError("TensorArray.grad belongs to TensorFlow 1's graphs; use tf.GradientTape.")

    # ------------------------------------------------------------------ one element

    def _element(self, value: Any) -> Any:
        hint = None if hasattr(value, "dtype") else self._dtype
        made = value if hasattr(value, "__symbolic_call__") else convert.convert_to_tensor(value, hint)
        if made.dtype != self._dtype:
            raise errors.GraphArgumentError(
                errors.message(
                    "tf.TensorArray", expected=f"values of dtype {self._dtype.name}", received={"value": made},
                    hint=f"tf.cast(value, tf.{self._dtype.name})",
                )
            )  # fmt: skip
        if not self._element_shape.is_compatible_with(made.shape):
            raise ValueError(
                f"tf.TensorArray: Incompatible shape for value ({made.shape}), expected ({self._element_shape})"
            )
        return made

    def _learn(self, shape: Any) -> None:
        if self._same_shape and not self._element_shape.is_fully_defined():
            self._element_shape = TensorShape(shape)

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value` at `index`.

        Raises:
            OutOfRangeError: an index behind the end, and dynamic_size is False.
        """
        where = convert.value_of(index)
        made = self._element(value)
        out = self._changed()
        out._learn(made.shape)
        if isinstance(where, Tracer) or self._stacked is not None or self._open is not None:
            return out._write_array(where, made)
        spot = int(np.asarray(where))
        if spot < 0 or spot >= len(out._items):
            if spot < 0 or not self._dynamic:
                raise errors.OutOfRangeError(
                    f"Tried to write to index {spot} but array is not resizeable and size is: {len(out._items)}"
                )
            out._items += [None] * (spot + 1 - len(out._items))
        out._items[spot] = made
        out._read_once.discard(spot)
        return out

    def _write_array(self, where: Any, made: Tensor) -> TensorArray:
        if self._dynamic:
            raise NotCompilable("a TensorArray of dynamic size that is written at a symbolic index")
        if self._stacked is None:
            self._stacked = self._together(tuple(made._value.shape))
        self._stacked = _write(self._stacked, made, Tensor(where))
        return self

    def _together(self, shape: tuple[int, ...]) -> Tensor:
        """The elements as one array, zeros where none was written."""
        if self._open is not None:
            return Tensor(jnp.zeros((self._open, *shape), self._dtype.np))
        blank = Tensor(jnp.zeros(shape, self._dtype.np))
        if not self._items:
            return Tensor(jnp.zeros((0, *shape), self._dtype.np))
        if all(item is None for item in self._items):
            return Tensor(jnp.zeros((len(self._items), *shape), self._dtype.np))
        return stack([blank if item is None else item for item in self._items])

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """The element at `index`."""
        where = convert.value_of(index)
        if (isinstance(where, Tracer) or self._open is not None) and self._stacked is None:
            self._stacked = self.stack()
        if self._stacked is not None:
            return _read(self._stacked, Tensor(where))
        spot = int(np.asarray(where))
        if not 0 <= spot < len(self._items):
            raise errors.OutOfRangeError(f"Tried to read from index {spot} but array size is: {len(self._items)}")
        item = self._items[spot]
        if item is None:
            if spot in self._read_once:
                raise errors.InvalidArgumentError(
                    f"Could not read index {spot} twice because it was cleared after a previous read (perhaps try "
                    "setting clear_after_read = false?)"
                )
            if not self._element_shape.is_fully_defined():
                raise errors.InvalidArgumentError(
                    f"Could not read index {spot}: nothing was written there, and the shape of elements is not known."
                )
            return Tensor(jnp.zeros(tuple(self._element_shape.as_list()), self._dtype.np))
        if self._clear and _state.trace is None:
            self._items[spot] = None
            self._read_once.add(spot)
        return item

    # ------------------------------------------------------------------ many elements

    def stack(self, name: str | None = None) -> Tensor:
        """All elements, stacked along a new first axis."""
        if self._stacked is not None:
            return self._stacked
        written = next((item for item in self._items if item is not None), None)
        if written is None and not self._element_shape.is_fully_defined():
            if self._items or self._open is not None:
                raise errors.InvalidArgumentError(
                    "TensorArray.stack: no element was written, and the shape of elements is not known."
                )
            return Tensor(jnp.zeros((0,), self._dtype.np))
        if written is not None and written.dtype is dtypes.string:
            return stack([item if item is not None else convert.constant("") for item in self._items])
        shape = tuple(self._element_shape.as_list()) if written is None else tuple(written._value.shape)
        return self._together(shape)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements at `indices`, stacked."""
        return gather(self.stack(), indices)

    def concat(self, name: str | None = None) -> Tensor:
        """All elements, joined along their first axis."""
        if self._stacked is not None:
            return concat(unstack(self._stacked), 0)
        return concat([item for item in self._items if item is not None], 0)

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """The array with the rows of `value` as its elements."""
        made = value if isinstance(value, Tensor) else convert.convert_to_tensor(value, self._dtype)
        count = made.shape[0]
        out = self._changed()
        if is_open([count]):
            out._learn(made.shape[1:])
            out._items, out._stacked, out._open = [], made, count
            return out
        if count > out._count() and not self._dynamic:
            raise ValueError(
                f"tf.TensorArray: Size of TensorArray ({out._count()}) must be at least the number of rows ({count})."
            )
        out._learn(made.shape[1:])
        out._stacked = None
        rows = [self._element(row) for row in unstack(made)]
        out._items = rows + [None] * (max(out._count(), count) - count)
        return out

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with row i of `value` at indices[i]."""
        made = value if isinstance(value, Tensor) else convert.convert_to_tensor(value, self._dtype)
        out = self
        for i, row in zip(unstack(convert.convert_to_tensor(indices)), unstack(made), strict=True):
            out = out.write(i, row)
        return out

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """The array with pieces of `value` of the given lengths as its elements."""
        made = value if isinstance(value, Tensor) else convert.convert_to_tensor(value, self._dtype)
        sizes = np.asarray(convert.value_of(lengths)).tolist()
        out = self._changed()
        if len(sizes) > out._count() and not self._dynamic:
            raise ValueError(
                f"tf.TensorArray: expected at most {out._count()} lengths, the array's size, received {len(sizes)}."
            )
        pieces = split(made, sizes, 0)
        out._same_shape, out._stacked = False, None
        out._items = [*pieces, *([None] * (out._count() - len(sizes)))]
        return out

    # ------------------------------------------------------------------ in loops and results of functions

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        options = (self._dtype, self._dynamic, self._clear, self._same_shape, self._element_shape, self._count())
        if self._stacked is None and not self._element_shape.is_fully_defined() and all(i is None for i in self._items):
            return options, ()
        return options, (self.stack(),)

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> TensorArray:
        dtype, dynamic, clear, same_shape, element_shape, count = metadata
        fixed = None if is_open([count]) else count
        made = cls(dtype, fixed, dynamic, clear, infer_shape=same_shape, element_shape=element_shape)
        made._open = count if fixed is None else None
        if parts:
            if isinstance(parts[0]._value, Tracer) or _state.trace is not None:
                made._stacked = parts[0]
            else:
                made._items = list(unstack(parts[0]))
        return made

    def _with_room(self, later: TensorArray) -> TensorArray:
        """This array with storage of the shape that `later` turned out to have (for loops)."""
        made = self._copy()
        made._learn(later._element_shape)
        return made
