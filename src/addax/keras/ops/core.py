"""`keras.ops`: dtypes, shapes, slices, and control flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, trees
from addax.core.custom_gradient import custom_gradient as _custom_gradient
from addax.keras.graph import KerasTensor
from addax.keras.ops.function import function, named
from addax.keras.ops.promotion import tensor
from addax.ops import casting, comparison, conditionals, control_flow, indexing, joining, mapping, placing, shaping
from addax.ops import clip as clipping

# ---------------------------------------------------------------------------- dtypes and shapes


@function
def cast(x: Any, dtype: Any) -> Any:
    """A tensor as another dtype.

    >>> from addax.keras import ops
    >>> ops.cast([1.5, 2.0], "int32").numpy().tolist()
    [1, 2]
    """
    return casting.cast(tensor(x), dtype)


@function
def saturate_cast(x: Any, dtype: Any) -> Any:
    """A tensor as another dtype; what that cannot hold becomes the nearest number that it can.

    >>> from addax.keras import ops
    >>> ops.saturate_cast([300.0, -1.0], "uint8").numpy().tolist()
    [255, 0]
    """
    return casting.saturate_cast(tensor(x), dtype)


def convert_to_tensor(x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None) -> Any:
    """A tensor of a NumPy array, a variable, numbers, or lists of them.

    Args:
        x: what to convert; a symbolic tensor stays one.
        dtype: the dtype; by default that of `x`, int32 for Python's ints and `floatx()` for its floats.
        sparse: False makes a sparse tensor dense.
        ragged: False makes a ragged tensor dense.

    Returns:
        A tensor.

    >>> from addax.keras import ops
    >>> ops.convert_to_tensor([1, 2]).dtype, ops.convert_to_tensor([1.0, 2.0]).dtype
    (tf.int32, tf.float32)
    """
    if isinstance(x, KerasTensor):
        return x if dtype is None or x.dtype == dtypes.as_dtype(dtype) else cast(x, dtype)
    if isinstance(x, trees.CompositeTensor):
        if hasattr(x, "dense_shape"):
            if sparse is not False:
                return x
            from addax.ops import sparse_shaping  # few programs have sparse tensors

            return tensor(sparse_shaping.to_dense(x), dtype)
        if ragged is not False:
            return x
        return tensor(x.to_tensor(), dtype)  # type: ignore[attr-defined]
    return tensor(x, dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """A tensor's numbers as a NumPy array.

    >>> from addax.keras import ops
    >>> ops.convert_to_numpy(ops.ones((2,)))
    array([1., 1.], dtype=float32)
    """
    return np.array(tensor(x).numpy() if not isinstance(x, np.ndarray) else x)


def is_tensor(x: Any) -> bool:
    """Whether it is a tensor, symbolic ones included.

    >>> from addax.keras import ops
    >>> ops.is_tensor(ops.ones((2,))), ops.is_tensor([1.0])
    (True, False)
    """
    return isinstance(x, KerasTensor) or convert.is_tensor(x)


def dtype(x: Any) -> str:
    """The name of a tensor's dtype.

    >>> from addax.keras import ops
    >>> ops.dtype(ops.convert_to_tensor([1, 2]))
    'int32'
    """
    own = getattr(x, "dtype", None)
    return dtypes.as_dtype(own).name if own is not None else tensor(x).dtype.name


def shape(x: Any) -> tuple[Any, ...]:
    """The shape, as a tuple; None where a symbolic tensor's is not known.

    >>> from addax.keras import ops
    >>> ops.shape([[1, 2, 3]])
    (1, 3)
    """
    made = x if isinstance(x, KerasTensor) or isinstance(x, trees.CompositeTensor) else tensor(x)
    return tuple(made.shape.as_list())


@function
def stop_gradient(variable: Any) -> Any:
    """The same numbers, through which no gradient flows.

    >>> from addax.keras import ops
    >>> import addax as tf
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * ops.stop_gradient(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(3.0)
    """
    return shaping.stop_gradient(tensor(variable))


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function with a gradient of its own: `f` returns (result, function from the upstream gradient to gradients).

    >>> import addax as tf
    >>> from addax.keras import ops
    >>> @ops.custom_gradient
    ... def doubled(x):
    ...     return x, lambda upstream: 2 * upstream
    >>> x = tf.Variable(1.0)
    >>> with tf.GradientTape() as tape:
    ...     y = doubled(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(2.0)
    """
    return _custom_gradient(f)


# ---------------------------------------------------------------------------- places in tensors


@function
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:  # noqa: A001
    """The block of a shape that begins at `start_indices`; a size of -1 reaches to the end.

    >>> from addax.keras import ops
    >>> ops.slice([[1, 2], [3, 4]], [1, 0], [1, 2]).numpy().tolist()
    [[3, 4]]
    """
    made, sizes = tensor(inputs), [int(n) for n in shape]
    if -1 in sizes:
        ends = made.shape.as_list()
        sizes = [ends[i] - int(start_indices[i]) if n == -1 else n for i, n in enumerate(sizes)]
    return placing.dynamic_slice(made, _indices(start_indices), sizes)


@function
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """`inputs` with the block at `start_indices` replaced by `updates`.

    >>> from addax.keras import ops
    >>> ops.slice_update([1, 2, 3], [1], [9]).numpy().tolist()
    [1, 9, 3]
    """
    made = tensor(inputs)
    return placing.dynamic_update_slice(made, tensor(updates, made.dtype), _indices(start_indices))


@function
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Zeros with values added at their places.

    Args:
        indices: integers of shape (..., dimensions that are indexed).
        values: of shape (..., *rest of `shape`).
        shape: of the result.

    >>> from addax.keras import ops
    >>> ops.scatter([[0], [2]], [1.0, 2.0], (4,)).numpy().tolist()
    [1.0, 0.0, 2.0, 0.0]
    """
    return placing.scatter(tensor(values), _indices(indices), [int(n) for n in shape])


@function
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """`inputs` with elements or rows replaced.

    Args:
        inputs: a tensor.
        indices: integers of shape (..., dimensions that are indexed).
        updates: of shape (..., *rest of `inputs`).
        reduction: None replaces; "add", "max", "min" and "mul" combine with what is there.

    >>> from addax.keras import ops
    >>> ops.scatter_update([1, 2, 3], [[0], [2]], [7, 8]).numpy().tolist()
    [7, 2, 8]
    """
    if reduction not in placing.UPDATES:
        raise ValueError(f"Invalid reduction: {reduction}. Supported values are {list(placing.UPDATES)}.")
    made = tensor(inputs)
    return placing.scatter_update(made, tensor(updates, made.dtype), _indices(indices), reduction)


def _indices(x: Any) -> Any:
    if isinstance(x, list | tuple) and any(not isinstance(each, int | list | tuple) for each in x):
        return joining.stack([tensor(each, "int32") for each in x])
    return tensor(x, "int32" if isinstance(x, list | tuple) else None)


@function
def unstack(x: Any, num: int | None = None, axis: int = 0) -> Any:
    """The slices along an axis, in a list.

    >>> from addax.keras import ops
    >>> [part.numpy().tolist() for part in ops.unstack([[1, 2], [3, 4]], axis=1)]
    [[1, 3], [2, 4]]
    """
    return joining.unstack(tensor(x), num, axis)


# ---------------------------------------------------------------------------- control flow


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """`true_fn()` where the predicate holds, `false_fn()` where it does not.

    >>> from addax.keras import ops
    >>> ops.cond(ops.convert_to_tensor(True), lambda: 1, lambda: 2).numpy()
    np.int32(1)
    """
    return conditionals.as_tensors(conditionals.cond(tensor(pred, "bool"), true_fn, false_fn))


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """`branches[index](*operands)`; an index that is too small or large counts as the first or last.

    >>> from addax.keras import ops
    >>> ops.switch(1, [lambda x: x + 1, lambda x: x - 1], 5.0).numpy()
    np.float32(4.0)
    """
    return _switch(index, list(branches), operands)


@named("switch")
def _switch(index: Any, branches: list[Callable[..., Any]], operands: tuple[Any, ...]) -> Any:
    number = clipping.clip_by_value(tensor(index, "int32"), 0, len(branches) - 1)
    made = trees.map_structure(tensor, operands)
    return conditionals.as_tensors(
        conditionals.switch_case(number, [lambda each=each: each(*made) for each in branches])
    )


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: Any = None
) -> Any:
    """Repeat `body` while `cond` holds.

    Args:
        cond: from the loop variables to a bool.
        body: from the loop variables to new ones.
        loop_vars: a tuple or list of tensors (given one by one), or one tensor.
        maximum_iterations: a limit.

    Returns:
        The last loop variables: a tuple, or one tensor.

    >>> from addax.keras import ops
    >>> ops.while_loop(lambda i: i < 10, lambda i: i + 3, (0,))[0].numpy()
    np.int32(12)
    """
    several = isinstance(loop_vars, list | tuple)
    start = trees.map_structure(tensor, tuple(loop_vars) if several else (loop_vars,))

    def step(*values: Any) -> Any:
        after = body(*values)
        return tuple(after) if several and isinstance(after, list | tuple) else (after,)

    out = control_flow.while_loop(cond, step, start, maximum_iterations=maximum_iterations)
    return tuple(out) if several else out[0]


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """`value = body_fun(i, value)` for i from `lower` to before `upper`.

    >>> from addax.keras import ops
    >>> ops.fori_loop(0, 4, lambda i, total: total + i, 0).numpy()
    np.int32(6)
    """
    first, last = tensor(lower, "int32"), tensor(upper, "int32")
    start = trees.map_structure(tensor, init_val)
    out = control_flow.while_loop(
        lambda i, value: comparison.less(i, last), lambda i, value: (i + 1, body_fun(i, value)), (first, start)
    )
    return out[1]


@function
def scan(
    f: Callable[[Any, Any], Any], init: Any, xs: Any = None, length: int | None = None, reverse: bool = False,
    unroll: Any = 1,
) -> Any:  # fmt: skip
    """`carry, y = f(carry, x)` over the rows of `xs`.

    Args:
        f: from (carry, row) to (carry, result).
        init: the first carry.
        xs: a structure of tensors of one size along axis 0, or None.
        length: how often, where there are no `xs`.
        reverse: whether to begin with the last row.
        unroll: how many steps a compiled loop does at once. XLA chooses here; results are the same.

    Returns:
        (the last carry, the results, stacked).

    >>> from addax.keras import ops
    >>> total, sums = ops.scan(lambda c, x: (c + x, c + x), 0, ops.convert_to_tensor([1, 2, 3]))
    >>> total.numpy(), sums.numpy().tolist()
    (np.int32(6), [1, 3, 6])
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(f"`unroll` must be an positive integer or boolean. Received: unroll={unroll}")
    if xs is None and length is None:
        raise ValueError("Got no `xs` to scan over and `length` not provided.")
    given = xs is not None
    rows = trees.map_structure(tensor, xs) if given else tensor(np.arange(length, dtype=np.int32))
    if given and length is not None and any(leaf.shape[0] != length for leaf in trees.flatten(rows)):
        raise ValueError(f"keras.ops.scan: length={length}, but the rows of `xs` are another number.")
    results: list[bool] = []

    def step(carry: Any, row: Any) -> Any:
        after, out = f(carry, row if given else None)
        results.append(out is not None)
        return after, () if out is None else out

    last, outs = mapping.scan_rows("keras.ops.scan", step, trees.map_structure(tensor, init), rows, reverse)
    return last, outs if any(results) else None


@function
def map(f: Callable[[Any], Any], xs: Any) -> Any:  # noqa: A001
    """The results of `f` on each row, stacked.

    >>> from addax.keras import ops
    >>> ops.map(lambda x: x * x, ops.convert_to_tensor([1, 2, 3])).numpy().tolist()
    [1, 4, 9]
    """
    return mapping.scan_rows("keras.ops.map", lambda _, row: ((), f(row)), (), trees.map_structure(tensor, xs))[1]


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """The results of a function on each row, computed together.

    >>> from addax.keras import ops
    >>> ops.vectorized_map(lambda x: ops.sum(x), ops.convert_to_tensor([[1, 2], [3, 4]])).numpy().tolist()
    [3, 7]
    """
    return mapping.vectorized_map(function, trees.map_structure(tensor, elements))


@function
def associative_scan(f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """All prefixes combined by an associative function, in about 2 log2(n) steps (Blelloch 1990).

    Args:
        f: from two structures of slices (of several prefixes each) to one of them combined.
        elems: a structure of tensors of one size along the axis.
        reverse: whether to begin at the end.
        axis: the axis.

    >>> from addax.keras import ops
    >>> ops.associative_scan(lambda a, b: a + b, ops.convert_to_tensor([1, 2, 3, 4])).numpy().tolist()
    [1, 3, 6, 10]
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    made = trees.map_structure(tensor, elems)
    flat = trees.flatten(made)
    axis = axis % len(flat[0].shape)
    if len({leaf.shape[axis] for leaf in flat}) != 1:
        raise ValueError(
            "Array inputs to associative_scan must have the same first dimension. "
            f"(saw: {[tuple(leaf.shape) for leaf in flat]})"
        )
    flip = (lambda x: joining.reverse(x, [axis])) if reverse else (lambda x: x)

    def combine(first: list[Any], second: list[Any]) -> list[Any]:
        return trees.flatten(f(trees.pack(made, first), trees.pack(made, second)))

    return trees.pack(made, [flip(x) for x in _prefixes(combine, [flip(x) for x in flat], axis)])


def _part(x: Any, axis: int, start: int | None, stop: int | None, step: int | None = None) -> Any:
    return indexing.getitem(x, (*[_slice(None)] * axis, _slice(start, stop, step)))


_slice = type(np.s_[:])  # Python's, whose name is Keras's function here


def _prefixes(combine: Callable[[list[Any], list[Any]], list[Any]], elems: list[Any], axis: int) -> list[Any]:
    count = elems[0].shape[axis]
    if count < 2:
        return elems
    odd = _prefixes(
        combine,
        combine([_part(x, axis, 0, count - 1, 2) for x in elems], [_part(x, axis, 1, None, 2) for x in elems]),
        axis,
    )
    before = odd if count % 2 else [_part(x, axis, 0, -1) for x in odd]
    even = [_part(x, axis, 0, 1) for x in elems]
    if count > 2:
        later = combine(before, [_part(x, axis, 2, None, 2) for x in elems])
        even = [joining.concat([x, y], axis) for x, y in zip(even, later, strict=True)]
    return [_interleaved(x, y, axis) for x, y in zip(even, odd, strict=True)]


def _interleaved(even: Any, odd: Any, axis: int) -> Any:
    count = odd.shape[axis]
    paired = joining.stack([_part(even, axis, 0, count), odd], axis + 1)
    sizes = odd.shape.as_list()
    sizes[axis] = 2 * count
    flat = shaping.reshape(paired, sizes)
    return flat if even.shape[axis] == count else joining.concat([flat, _part(even, axis, count, None)], axis)
