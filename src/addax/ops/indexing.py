"""`x[...]` of tensors and variables, tf.slice and tf.strided_slice.

Run eagerly, where a slice starts is an argument of the compiled code and only sizes are compiled in, so that a loop
over `x[i]` or `x[i:i + 32]` compiles once. In a traced function everything known is compiled in.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, errors, small_tensors
from addax.core.convert import FreeLike
from addax.core.dispatch import op, run_plan
from addax.core.plans import Plan
from addax.core.sizes import SizesTensor, is_open
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor, Tracer

_state = context.state
_WHO = "x[...]"


def _wrong(item: Any) -> TypeError:
    return TypeError(
        "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are "
        f"valid indices, got {item!r}"
    )


class _Parts:
    """An index taken apart: what happens to each axis (hashable), and where cuts start.

    An entry of `pattern` is "new", or ("int",), ("cut", size), ("step", start, size, step) for the next axis.
    """

    __slots__ = ("pattern", "starts", "symbolic")

    def __init__(self) -> None:
        self.pattern: list[Any] = []
        self.starts: list[Any] = []
        self.symbolic = False


def _scalar(item: Any) -> Any:
    """An index as an int, or as a scalar tracer; None if it is neither."""
    if isinstance(item, int | np.integer):
        return int(item)
    if isinstance(item, Tensor) or hasattr(item, "__tf_value__") or isinstance(item, jax.Array | np.ndarray):
        value = convert.value_of(item)
        if value.ndim or value.dtype not in (np.int32, np.int64, np.int16):
            return None
        return value if isinstance(value, Tracer) else int(value)
    if hasattr(item, "__index__"):
        return item.__index__()
    return None


def _bound(item: Any) -> Any:
    """A bound of a slice as an int, or as a symbol; None if there is none."""
    if item is None:
        return None
    if isinstance(item, SizesTensor) and not isinstance(item.sizes, tuple):
        return item.sizes
    found = _scalar(item)
    if found is None:
        raise _wrong(item)
    if isinstance(found, Tracer):
        raise NotCompilable(
            errors.message(
                _WHO,
                expected="bounds of slices that are known while the function is traced (they decide a shape)",
                received=errors.describe(Tensor(found)),
                hint="use tf.slice with a fixed size, or tf.gather",
            )
        )
    return found


def _expand(items: tuple[Any, ...], rank: int) -> list[Any]:
    """The items with an ellipsis written out as slices."""
    named = sum(1 for item in items if item is not None and item is not Ellipsis)
    if named > rank:
        if rank == 0:
            raise _refusal()(errors.message(f"{_WHO}: Attempting to slice scalar input", received=f"index {items}"))
        raise _refusal()(
            errors.message(
                f"{_WHO}: Index out of range using input dim {rank}; input has only {rank} dims",
                received=f"index {items}",
            )
        )
    spots = [i for i, item in enumerate(items) if item is Ellipsis]
    if len(spots) > 1:
        raise _refusal()(f"{_WHO}: Multiple ellipses in slice spec not allowed: {items}")
    fill = [slice(None)] * (rank - named)
    if not spots:
        return [*items, *fill]
    return [*items[: spots[0]], *fill, *items[spots[0] + 1 :]]


def _refusal() -> type[errors.InvalidArgumentError]:
    """What a wrong index raises: TensorFlow's graphs raise ValueError for it."""
    return errors.InvalidArgumentError if _state.trace is None else errors.GraphArgumentError


def _cut(item: slice, size: int) -> tuple[int, int, int]:
    """(start, size, step) of a slice along an axis."""
    step = 1 if item.step is None else _bound(item.step)
    if step == 0:
        raise _refusal()(f"{_WHO}: strides must be non-zero, received {item}")
    start, stop = _bound(item.start), _bound(item.stop)
    if is_open([size, start or 0, stop or 0]):
        return *_open_cut(start, stop, size, step), step
    start, stop, step = slice(start, stop, step).indices(size)
    return start, len(range(start, stop, step)), step


def _open_cut(start: Any, stop: Any, size: Any, step: int) -> tuple[Any, Any]:
    """(start, size) of a slice along an axis whose size is a symbol, or one of whose bounds is."""
    if step != 1:
        raise NotCompilable(f"{_WHO}: a step of {step} along an axis whose size is open")

    def inside(bound: Any, otherwise: Any) -> Any:
        if bound is None:
            return otherwise
        if is_open([bound]) and not is_open([size]):
            return bound  # taken to lie inside: what is cut then fits what has that symbol for its size
        return jax.core.max_dim(size + bound, 0) if bound < 0 else jax.core.min_dim(bound, size)

    first = inside(start, 0)
    return first, jax.core.max_dim(inside(stop, size) - first, 0)


def _parse(items: tuple[Any, ...], shape: tuple[int, ...]) -> _Parts:
    parts, axis = _Parts(), 0
    for item in _expand(items, len(shape)):
        if item is None:
            parts.pattern.append("new")
            continue
        size = shape[axis]
        if isinstance(item, slice):
            start, count, step = (0, size, 1) if item == slice(None) else _cut(item, size)
            if step == 1:
                parts.pattern.append(("cut", count))
                parts.starts.append(start)
            else:
                parts.pattern.append(("step", start, count, step))
                parts.starts.append(0)
        else:
            start = _scalar(item)
            if start is None:
                raise _wrong(item)
            if isinstance(start, Tracer):
                parts.symbolic = True
                start = jnp.where(start < 0, start + size, start)
            else:
                where = start + size if start < 0 else start
                if not 0 <= where < size:
                    raise _refusal()(
                        errors.message(
                            f"{_WHO}: slice index {start} of dimension {axis} out of bounds",
                            received=f"index {start} into a tensor of shape {shape}",
                        )
                    )
                start = where
            parts.pattern.append(("int",))
            parts.starts.append(start)
        axis += 1
    return parts


def _take(pattern: tuple[Any, ...], x: Any, starts: Any) -> Any:
    """Cut `x` as `pattern` says; `starts` are ints (compiled in) or arrays."""
    entries = [entry for entry in pattern if entry != "new"]
    sizes, out = [], []
    for axis, entry in enumerate(entries):
        if entry[0] == "step":
            _, start, count, step = entry
            if not count:  # `start` may lie outside, even below 0
                x = jax.lax.slice_in_dim(x, 0, 0, 1, axis)
            elif step > 0:
                x = jax.lax.slice_in_dim(x, start, start + (count - 1) * step + 1, step, axis)
            else:
                low = start + (count - 1) * step
                x = jax.lax.rev(jax.lax.slice_in_dim(x, low, start + 1, -step, axis), (axis,))
            sizes.append(count)
        else:
            sizes.append(1 if entry[0] == "int" else entry[1])
    for axis, size in enumerate(sizes):
        if is_open([size]) and not is_open([x.shape[axis]]):  # rows outside are NaN or the lowest number
            rows = jnp.arange(size) + starts[axis]
            x, starts = jnp.take(x, rows, axis, mode="fill"), [*starts[:axis], 0, *starts[axis + 1 :]]
    if tuple(sizes) != x.shape:
        if all(isinstance(start, int) for start in starts):
            x = jax.lax.slice(x, starts, [a + b for a, b in zip(starts, sizes, strict=True)])
        else:
            x = jax.lax.dynamic_slice(x, [jnp.asarray(start, np.int32) for start in starts], sizes)
    left = iter(sizes)
    for entry in pattern:
        size = 1 if entry == "new" else next(left)
        if entry == "new" or entry[0] != "int":
            out.append(size)
    return x.reshape(out)


_plans: dict[Any, Plan] = {}


def _plan(pattern: tuple[Any, ...], starts: tuple[int, ...] | None) -> Plan:
    key = (pattern, starts)
    plan = _plans.get(key)
    if plan is None:
        if len(_plans) >= 4096:
            _plans.clear()
        if starts is None:
            plan = Plan("getitem", lambda x, *begin: _take(pattern, x, begin))
        else:
            plan = Plan("getitem", lambda x: _take(pattern, x, starts))
        _plans[key] = plan
    return plan


def getitem(x: Any, key: Any) -> Any:
    """`x[key]`: ints, slices, `...`, None, scalar int tensors, or one boolean mask.

    Args:
        x: a tensor or variable.
        key: the index.

    Raises:
        InvalidArgumentError: an index out of bounds, or too many of them.
        TypeError: an index of another type.

    >>> import addax as tf
    >>> tf.constant([[1, 2], [3, 4]])[:, 1].numpy().tolist()
    [2, 4]
    """
    if hasattr(x, "__symbolic_call__"):
        return _strided(x, tuple(key) if isinstance(key, list | tuple) else (key,))
    if hasattr(x, "__ragged_getitem__"):
        return x.__ragged_getitem__(tuple(key) if isinstance(key, list | tuple) else key)
    if type(x) is Tensor and x._host is not None and _state.quiet and not _state.devices:
        found = small_tensors.element(x._host, key)
        if found is not None:
            return found
    later = type(x) is Tensor and x._jax is None and x._host is None and not _state.quiet
    value = x._form if later else x._value
    if type(key) is tuple and type(x) is Tensor and _state.quiet and type(value) is not np.ndarray:
        element = _element(value, key)
        if element is not None:
            return element
    if type(key) is int and _state.quiet and value.ndim and type(value) is not np.ndarray:
        shape = value.shape
        where = key + shape[0] if key < 0 else key
        if 0 <= where < shape[0]:
            plan = _plans.get(("row", shape))
            if plan is None:
                rest = tuple([("cut", size) for size in shape[1:]])
                zeros = (0,) * (len(shape) - 1)
                plan = Plan("getitem", lambda x, i: _take((("int",), *rest), x, (i, *zeros)))
                _plans[("row", shape)] = plan
            if type(x) is Tensor:
                return Tensor(plan.run(value, where))
            return _sliced(Tensor(plan.run(x.__tf_value__(), where)), x, key)
    if _is_mask(key):
        from addax.ops.gathering import boolean_mask  # gathering's functions index tensors

        return boolean_mask(x, key)
    parts = _parse(tuple(key) if isinstance(key, list | tuple) else (key,), tuple(value.shape))
    pattern, starts = tuple(parts.pattern), parts.starts
    if isinstance(value, np.ndarray):
        return Tensor(np.asarray(_take_text(pattern, starts, value), object))
    if type(x) is not Tensor:
        value = x.__tf_value__()
    if _state.trace is not None and not parts.symbolic:
        return _sliced(run_plan(_plan(pattern, tuple(starts)), (x,), [value]), x, key)
    if parts.symbolic:
        starts = [start if isinstance(start, Tracer) else np.int32(start) for start in starts]
    elif type(x) is Tensor and _state.trace is None:  # a tape may put it off
        return run_plan(_plan(pattern, None), (x, *map(np.int32, starts)))
    return _sliced(run_plan(_plan(pattern, None), (x, *starts), [x._value, *starts]), x, key)


def _element(value: Any, key: tuple[Any, ...]) -> Tensor | None:
    """`x[i, j]` with as many ints as there are axes, within bounds; None for everything else."""
    shape = value.shape
    if len(key) != len(shape):
        return None
    where = []
    for index, size in zip(key, shape, strict=True):
        if type(index) is not int or not -size <= index < size:
            return None
        where.append(index + size if index < 0 else index)
    plan = _plans.get(("element", shape))
    if plan is None:
        plan = _plans[("element", shape)] = Plan("getitem", lambda x, *where: _take((("int",),) * len(shape), x, where))
    return Tensor(plan.run(value, *where))


class VariableSlice(Tensor):
    """`variable[...]`: a tensor that can be assigned to, which changes the variable."""

    __slots__ = ()  # the variable and the key are in Tensor's slot `_origin`

    def __tf_value__(self) -> Any:
        return self._value

    def value(self) -> Tensor:
        """The tensor."""
        return self

    read_value = value

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Replace this part of the variable.

        Args:
            value: a tensor of this dtype that broadcasts to this shape, or anything that becomes one.
            use_locking: accepted for TensorFlow's signature.
            name: ignored.
            read_value: False returns None.

        Returns:
            The variable.

        Raises:
            ValueError: another shape or dtype; the variable keeps its value.
        """
        variable, key = self._origin
        made = convert.value_of(value, None, self._value.dtype)
        if made.dtype != self._value.dtype or not _fits(made.shape, self._value.shape):
            raise ValueError(
                errors.message(
                    f"Variable '{variable.name}', assign to a slice",
                    expected=f"a value of dtype {self.dtype.name} that broadcasts to {tuple(self._value.shape)}",
                    received=errors.describe(Tensor(made)),
                )
            )
        where = tuple(_scalar(item) if _scalar(item) is not None else item for item in key)
        variable.assign(Tensor(jnp.asarray(variable.__tf_value__()).at[where].set(made)))
        return variable if read_value else None


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    """Whether `shape` broadcasts to `into`."""
    tail = into[len(into) - len(shape) :] if len(shape) <= len(into) else None
    return tail is not None and all(a in (1, b) for a, b in zip(shape, tail, strict=True))


def _sliced(tensor: Tensor, x: Any, key: Any) -> Tensor:
    """The slice of a variable remembers where it is from; that of a tensor does not."""
    if type(x) is not Tensor and hasattr(x, "assign"):
        tensor.__class__ = VariableSlice  # the same object, which tapes know
        tensor._origin = (x, tuple(key) if isinstance(key, list | tuple) else (key,))
    return tensor


def _take_text(pattern: tuple[Any, ...], starts: list[int], value: np.ndarray) -> Any:
    index: list[Any] = []
    begin = iter(starts)
    for entry in pattern:
        if entry == "new":
            index.append(None)
        elif entry[0] == "step":
            next(begin)
            _, start, count, step = entry
            index.append(np.arange(start, start + count * step, step) if count else slice(0, 0))
            if len(pattern) > 1:  # NumPy's advanced indices move axes; take a plain slice
                stop = start + count * step
                index[-1] = slice(start, None if stop < 0 else stop, step) if count else slice(0, 0)
        else:
            start = next(begin)
            index.append(start if entry[0] == "int" else slice(start, start + entry[1]))
    return value[tuple(index)]


def _is_mask(key: Any) -> bool:
    if isinstance(key, bool | np.bool_):
        return True
    if isinstance(key, Tensor) or hasattr(key, "__tf_value__") or isinstance(key, np.ndarray):
        return getattr(key.dtype, "name", "") == "bool"
    return False


@op(name="getitem")
def _strided(x: FreeLike, key: Any) -> Any:
    """Indexing of Keras's symbolic tensors, whose batch size is not known."""
    index = tuple(slice(*item[1:]) if isinstance(item, tuple) and item[:1] == ("slice",) else item for item in key)
    named = sum(1 for item in index if item is not None and item is not Ellipsis)
    if named > x.ndim:
        raise errors.InvalidArgumentError(
            f"{_WHO}: Index out of range using input dim {x.ndim}; input has only {x.ndim} dims"
        )
    for axis, item in enumerate(_expand(index, x.ndim) if None not in index else ()):
        if isinstance(item, int) and isinstance(x.shape[axis], int) and not -x.shape[axis] <= item < x.shape[axis]:
            raise errors.InvalidArgumentError(f"{_WHO}: slice index {item} of dimension {axis} out of bounds")
    return x[index]


_strided.op.public = getitem


@op(name="slice", host=True)
def _slice(input_: FreeLike, begin: Any, size: Any) -> Any:
    begin, size = tuple(begin), list(size)
    if len(begin) != input_.ndim or len(size) != input_.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.slice: Expected begin and size arguments to be 1-D tensors of size {input_.ndim}",
                received=f"begin {list(begin)}, size {size}",
            )
        )
    for axis, (start, count, whole) in enumerate(zip(begin, list(size), input_.shape, strict=True)):
        if count == -1:
            size[axis] = whole - start
        if not 0 <= start <= whole:
            raise errors.InvalidArgumentError(
                errors.message(f"tf.slice: Expected begin[{axis}] in [0, {whole}], but got {start}")
            )
        if not 0 <= size[axis] <= whole - start:
            raise errors.InvalidArgumentError(
                errors.message(f"tf.slice: Expected size[{axis}] in [0, {whole - start}], but got {count}")
            )
    return input_[tuple(slice(a, a + n) for a, n in zip(begin, size, strict=True))]


@op(name="slice")
def _slice_from(input_: FreeLike, begin: FreeLike, size: Any) -> Any:
    if any(count < 0 for count in size):
        raise NotCompilable("tf.slice: a size of -1 with a begin that is only known when the function runs")
    return jax.lax.dynamic_slice(input_, list(begin), size)


def slice_(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """A block of a tensor.

    Args:
        input_: a tensor.
        begin: where it starts, an int per axis.
        size: its size, an int per axis; -1: up to the end.
        name: ignored.

    >>> import addax as tf
    >>> tf.slice([[1, 2, 3], [4, 5, 6]], [1, 0], [1, 2]).numpy().tolist()
    [[4, 5]]
    """
    if not hasattr(input_, "__symbolic_call__"):
        start = convert.convert_to_tensor(begin)
        if isinstance(start._value, Tracer):
            return _slice_from(input_, start, size)
    return _slice(input_, begin, size)


slice_.__name__ = "slice"


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """`input_[begin:end:strides]`, axis by axis; bit i of a mask is about entry i.

    Args:
        input_: a tensor.
        begin: where slices start.
        end: where they end, not included.
        strides: their steps; 1 by default.
        begin_mask: entries whose begin is left out.
        end_mask: entries whose end is left out.
        ellipsis_mask: the entry that stands for `...`.
        new_axis_mask: entries that are new axes.
        shrink_axis_mask: entries that are ints, whose axes are dropped.
        var: must be None.
        name: ignored.

    >>> import addax as tf
    >>> tf.strided_slice([1, 2, 3, 4], [0], [4], [2]).numpy().tolist()
    [1, 3]
    """
    starts = concrete(convert.convert_to_tensor(begin), "strided_slice").tolist()
    ends = concrete(convert.convert_to_tensor(end), "strided_slice").tolist()
    steps = [1] * np.size(starts)
    if strides is not None:
        steps = concrete(convert.convert_to_tensor(strides), "strided_slice").tolist()
    given = (starts, ends, steps)
    if not all(isinstance(each, list) for each in given) or len({*map(len, given)}) > 1:
        raise _refusal()(
            errors.message(
                "tf.strided_slice",
                expected="begin, end and strides as vectors of equal size",
                received=f"begin {starts}, end {ends}, strides {steps}",
            )
        )
    key: list[Any] = []
    for i, (a, b, step) in enumerate(zip(starts, ends, steps, strict=True)):
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(Ellipsis)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(a)
        else:
            key.append(slice(None if begin_mask & bit else a, None if end_mask & bit else b, step))
    if not hasattr(input_, "__symbolic_call__"):
        input_ = input_ if hasattr(input_, "__tf_value__") else convert.convert_to_tensor(input_)
    return getitem(input_, tuple(key))
