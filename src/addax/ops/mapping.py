"""A function over the rows of tensors: map_fn, vectorized_map, scan, foldl, foldr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import context, convert, dtypes, errors, trees
from addax.core.composite_specs import RaggedTensorSpec
from addax.core.dispatch import run_plan
from addax.core.graph_calls import call_in_graph
from addax.core.plans import Plan
from addax.core.staging import Shared, Staged, read_variables
from addax.core.structures import flatten_result, holds_text, rebuild
from addax.core.tensor import NotCompilable, Tensor
from addax.ops.joining import stack
from addax.ops.shaping import stop_gradient
from addax.ops.symbolic import takes_symbolic

_state = context.state


def _rows(who: str, elems: Any) -> tuple[Any, list[Tensor], int]:
    """(elems as tensors, their leaves, the number of rows)."""
    elems = trees.map_structure(_row_source, read_variables(elems))
    flat = trees.flatten(elems)
    if not flat:
        raise ValueError(f"{who}: elems must be a Tensor or (possibly nested) sequence of Tensors; received none.")
    for leaf in flat:
        if not len(leaf.shape):
            raise ValueError(f"{who}: elements in elems must be 1+ dimensional Tensors, not scalars.")
    counts = {leaf.shape[0] for leaf in flat}
    if len(counts) > 1:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="elems of one size along axis 0", received={"elems": list(flat)})
        )
    return elems, flat, counts.pop()


def _row_source(leaf: Any) -> Any:
    return leaf if isinstance(leaf, trees.CompositeTensor) else convert.convert_to_tensor(leaf)


def _staged(flat: list[Any]) -> bool:
    """Whether rows are to be mapped inside XLA."""
    if _state.trace is None:
        return False
    if any(isinstance(leaf, trees.CompositeTensor) for leaf in flat):
        raise NotCompilable("rows of ragged tensors, which have different shapes")
    return not any(isinstance(leaf._value, np.ndarray) for leaf in flat)


def _tensors(structure: Any) -> Any:
    return trees.map_structure(convert.convert_to_tensor, read_variables(structure))


@call_in_graph("map_fn")
@takes_symbolic("map_fn")
def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """The results of `fn` on each row of `elems`, stacked.

    Args:
        fn: from a row (in the structure of elems) to a structure of tensors.
        elems: a tensor, or a structure of tensors of one size along axis 0.
        dtype: the older name of fn_output_signature.
        parallel_iterations: has no effect.
        back_prop: False stops gradients.
        swap_memory: has no effect.
        infer_shape: has no effect; shapes are known.
        name: ignored.
        fn_output_signature: dtypes or specs in the structure of the result, where it differs from elems'.

    Returns:
        What fn returns, with one more axis in front.

    >>> import addax as tf
    >>> tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3])).numpy().tolist()
    [1, 4, 9]
    """
    if not callable(fn):
        raise TypeError(f"tf.map_fn: The provided function is not callable: {fn!r}")
    elems, flat, count = _rows("tf.map_fn", elems)
    signature = fn_output_signature if fn_output_signature is not None else dtype

    def row_result(row: Any) -> Any:
        return _typed(fn(row), elems if signature is None else signature, signature is not None)

    if _staged(flat):
        _, out = _scan_xla("tf.map_fn", lambda _, row: ((), row_result(row)), (), elems, flat, False)
    elif count == 0:
        out = _no_rows(row_result, elems, signature)
    else:
        rows = [row_result(trees.pack(elems, [_row(leaf, i) for leaf in flat])) for i in range(count)]
        specs = elems if signature is None else signature
        out = trees.map_structure_up_to(specs, lambda spec, *parts: _stacked(spec, parts), specs, *rows)
    return out if back_prop else trees.map_structure(stop_gradient, out)


def _row(leaf: Any, number: int) -> Any:
    """One row of a tensor, of a ragged or of a sparse one."""
    if not hasattr(leaf, "known_shape"):
        return leaf[number]
    from addax.ops import sparse_shaping  # few functions are mapped over sparse tensors

    return sparse_shaping.reshape(sparse_shaping.rows(leaf, np.array([number])), leaf.known_shape()[1:])


def _is_ragged(spec: Any) -> bool:
    return hasattr(spec, "with_flat_values") or isinstance(spec, RaggedTensorSpec)


def _stacked(spec: Any, parts: Any) -> Any:
    first = parts[0]
    if hasattr(first, "known_shape"):
        from addax.ops import sparse_shaping

        return sparse_shaping.concat(0, [sparse_shaping.expand_dims(part, 0) for part in parts])
    if _is_ragged(spec) and not hasattr(first, "__stack__"):
        from addax.ops import ragged_joining  # ragged tensors are made of these ops

        return ragged_joining.joining_rows(parts)
    return first.__stack__(list(parts), 0) if hasattr(first, "__stack__") else stack(list(parts))


def _typed(result: Any, signature: Any, given: bool) -> Any:
    """A row's result, checked against the dtypes (or specs) it shall have."""

    def one(spec: Any, value: Any) -> Any:
        if _is_ragged(spec) and not len(getattr(value, "shape", ())):
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.map_fn",
                    expected="fn to return rows, as fn_output_signature (or ragged elems without it) says",
                    received=value,
                    hint="give fn_output_signature the dtype of the result, e.g. tf.float32",
                )
            )
        if isinstance(value, trees.CompositeTensor):
            return value
        if not given:
            return convert.convert_to_tensor(value)
        kind = getattr(spec, "dtype", spec)
        made = convert.convert_to_tensor(value, None if isinstance(value, Tensor) else dtypes.as_dtype(kind))
        if made.dtype != dtypes.as_dtype(kind):
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.map_fn",
                    expected=f"fn to return {dtypes.as_dtype(kind).name} as fn_output_signature says",
                    received={"result": made},
                    hint="give fn_output_signature the dtype of the result",
                )
            )
        return made

    result = read_variables(result)
    if given:
        return trees.map_structure_up_to(signature, one, signature, result)
    try:
        trees.assert_same_structure(signature, result, False)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"tf.map_fn: fn must return the structure of elems, or fn_output_signature must be given: {error}"
        ) from None
    out = trees.map_structure(one, signature, result)
    for before, after in zip(trees.flatten(signature), trees.flatten(out), strict=True):
        if before.dtype != after.dtype:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.map_fn",
                    expected=f"fn to return the dtype of elems, {before.dtype.name} (no fn_output_signature is given)",
                    received={"result": after},
                    hint=f"fn_output_signature=tf.{after.dtype.name}",
                )
            )
    return out


def _no_rows(row_result: Any, elems: Any, signature: Any) -> Any:
    """The result over no rows: shapes from a row of zeros."""
    row = trees.map_structure(lambda leaf: Tensor(jnp.zeros(leaf._value.shape[1:], leaf._value.dtype)), elems)
    return trees.map_structure(
        lambda leaf: Tensor(jnp.zeros((0, *leaf._value.shape), leaf._value.dtype)), row_result(row)
    )


def _scan_xla(
    who: str, step: Callable[[Any, Any], Any], start: Any, elems: Any, flat: list[Tensor], reverse: bool
) -> tuple[Any, Any]:
    """`step(carry, row) -> (carry, out)` over all rows as XLA's scan; returns (last carry, stacked outs)."""
    start = _tensors(start)
    carry_arrays, carry_structure = flatten_result(start)
    if holds_text(carry_structure):
        raise NotCompilable(f"{who} over strings, which XLA does not have")
    width = len(carry_arrays)

    def flat_step(*tensors: Tensor) -> Any:
        carry = rebuild(carry_structure, list(tensors[:width]))
        after, out = step(carry, trees.pack(elems, list(tensors[width:])))
        after_arrays, after_structure = flatten_result(_tensors(after))
        trees.assert_same_structure(start, rebuild(after_structure, [Tensor(a) for a in after_arrays]), False)
        return [Tensor(array) for array in after_arrays], _tensors(out)

    slices = [jax.ShapeDtypeStruct(leaf._value.shape[1:], leaf._value.dtype) for leaf in flat]
    staged = Staged(flat_step, [*carry_arrays, *slices])
    _check_carry(who, carry_arrays, staged.outputs)
    shared = Shared([staged])

    def body(variables: Any, carry: Any, rows: Any, captured: Any) -> Any:
        def one(state: Any, row: Any) -> Any:
            carry, written = state
            out, after = shared.run(staged, shared.merged(variables, written), [*carry, *row], captured)
            return (out[:width], after), out[width:]

        (carry, written), outs = jax.lax.scan(
            one, (list(carry), shared.written_of(variables)), list(rows), reverse=reverse
        )
        return carry, outs, written

    values = shared.values()
    caught = [tensor._value for tensor in shared.captured]
    carried = [leaf for leaf in trees.flatten(start)]
    carry, outs, written = run_plan(
        Plan(who, body),
        (shared.variables, carried, flat, shared.captured),
        [values, [leaf._value for leaf in carried], [leaf._value for leaf in flat], caught],
    )
    shared.store(written)
    after, out = staged.rebuild([*carry, *outs])
    return rebuild(carry_structure, list(after)), out


def _check_carry(who: str, before: Any, after: Any) -> None:
    for a, b in zip(before, after, strict=False):
        if a.dtype != b.dtype:
            raise TypeError(
                errors.message(
                    who,
                    expected=f"fn to return the dtype of the initializer, {np.dtype(a.dtype).name}",
                    received=np.dtype(b.dtype).name,
                    hint="cast with tf.cast",
                )
            )
        if tuple(a.shape) != tuple(b.shape):
            raise NotCompilable(
                f"{who} whose fn changes the shape of what it carries, {tuple(a.shape)} to {tuple(b.shape)}"
            )


def _fold(who: str, fn: Any, elems: Any, initializer: Any, reverse: bool, collect: bool) -> Any:
    if not callable(fn):
        raise TypeError(f"{who}: The provided function is not callable: {fn!r}")
    elems, flat, count = _rows(who, elems)
    order = list(range(count))[:: -1 if reverse else 1]
    if initializer is None:
        if not order:
            raise errors.OutOfRangeError(f"{who}: expected an initializer, because elems have no rows.")
        first = order.pop(0)
        carry = trees.pack(elems, [leaf[first] for leaf in flat])
    else:
        first = None
        carry = _tensors(initializer)
    if _staged(flat):
        return _fold_xla(who, fn, elems, flat, carry, first, reverse, collect)
    collected = [] if first is None else [carry]
    for i in order:
        carry = _tensors(fn(carry, trees.pack(elems, [leaf[i] for leaf in flat])))
        collected.append(carry)
    if not collect:
        return carry
    if not collected:
        return trees.map_structure(lambda leaf: Tensor(jnp.zeros((0, *leaf._value.shape), leaf._value.dtype)), carry)
    if reverse:
        collected.reverse()
    return trees.map_structure(lambda *parts: stack(list(parts)), *collected)


def _fold_xla(
    who: str, fn: Any, elems: Any, flat: list[Tensor], carry: Any, first: int | None, reverse: bool, collect: bool
) -> Any:
    begin = carry
    if first is not None:
        flat = [leaf[:-1] if reverse else leaf[1:] for leaf in flat]
        elems = trees.pack(elems, flat)

    def step(carry: Any, row: Any) -> Any:
        after = _tensors(fn(carry, row))
        return after, after if collect else ()

    carry, outs = _scan_xla(who, step, carry, elems, flat, reverse)
    if not collect:
        return carry
    if first is None:
        return outs
    from addax.ops.joining import concat  # used here only

    def with_first(one: Tensor, rest: Tensor) -> Tensor:
        return concat([rest, one[None]] if reverse else [one[None], rest], 0)

    return trees.map_structure(with_first, begin, outs)


@call_in_graph("scan")
@takes_symbolic("scan")
def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All intermediate results of folding `fn` over the rows of `elems`.

    Args:
        fn: from (what has been accumulated, a row) to what is accumulated next, of the same structure and shapes.
        elems: a tensor, or a structure of tensors of one size along axis 0.
        initializer: what to begin with; by default the first row, which then is the first result too.
        parallel_iterations: has no effect.
        back_prop: False stops gradients.
        swap_memory: has no effect.
        infer_shape: has no effect.
        reverse: whether to begin with the last row.
        name: ignored.

    >>> import addax as tf
    >>> tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])).numpy().tolist()
    [1, 3, 6]
    """
    out = _fold("tf.scan", fn, elems, initializer, reverse, True)
    return out if back_prop else trees.map_structure(stop_gradient, out)


@call_in_graph("foldl")
@takes_symbolic("foldl")
def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The result of folding `fn(accumulated, row)` over the rows of `elems`, from the first to the last.

    Args:
        fn: from (what has been accumulated, a row) to what is accumulated next.
        elems: a tensor, or a structure of tensors of one size along axis 0.
        initializer: what to begin with; by default the first row.
        parallel_iterations: has no effect.
        back_prop: False stops gradients.
        swap_memory: has no effect.
        name: ignored.

    >>> import addax as tf
    >>> tf.foldl(lambda a, x: a - x, tf.constant([10, 2, 3])).numpy()
    np.int32(5)
    """
    out = _fold("tf.foldl", fn, elems, initializer, False, False)
    return out if back_prop else trees.map_structure(stop_gradient, out)


@call_in_graph("foldr")
@takes_symbolic("foldr")
def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """`tf.foldl` from the last row to the first.

    >>> import addax as tf
    >>> tf.foldr(lambda a, x: a - x, tf.constant([1, 2, 10])).numpy()
    np.int32(7)
    """
    out = _fold("tf.foldr", fn, elems, initializer, True, False)
    return out if back_prop else trees.map_structure(stop_gradient, out)


@call_in_graph("vectorized_map")
@takes_symbolic("vectorized_map")
def vectorized_map(fn: Callable[..., Any], elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """`tf.map_fn` with all rows computed together, as one batched computation.

    Args:
        fn: from a row (in the structure of elems) to a structure of tensors.
        elems: a tensor, or a structure of tensors of one size along axis 0 (or of size 1, which is repeated).
        fallback_to_while_loop: whether to go row by row where fn cannot be batched (it assigns to variables, ...).
        warn: whether to say so.

    >>> import addax as tf
    >>> tf.vectorized_map(lambda x: tf.reduce_sum(x), tf.constant([[1, 2], [3, 4]])).numpy().tolist()
    [3, 7]
    """
    elems = trees.map_structure(convert.convert_to_tensor, read_variables(elems))
    flat = trees.flatten(elems)
    count = max((leaf.shape[0] for leaf in flat), default=0)
    shared_rows = [leaf.shape[0] == 1 and count > 1 for leaf in flat]
    try:
        return _vmapped(fn, elems, flat, shared_rows)
    except NotCompilable as error:
        if not fallback_to_while_loop:
            raise ValueError(f"tf.vectorized_map: fn cannot be batched: {error}") from None
        if warn:
            errors.warn_once(("vectorized_map", id(fn)), f"tf.vectorized_map goes row by row: {error}")
    rows = [
        _tensors(fn(trees.pack(elems, [leaf[0 if one else i] for leaf, one in zip(flat, shared_rows, strict=True)])))
        for i in range(count)
    ]
    return trees.map_structure(lambda *parts: stack(list(parts)), *rows)


def _vmapped(fn: Any, elems: Any, flat: list[Tensor], shared_rows: list[bool]) -> Any:
    def on_row(*tensors: Tensor) -> Any:
        return _tensors(fn(trees.pack(elems, list(tensors))))

    if any(isinstance(leaf._value, np.ndarray) for leaf in flat):
        raise NotCompilable("its rows are strings")
    staged = Staged(on_row, [jax.ShapeDtypeStruct(leaf._value.shape[1:], leaf._value.dtype) for leaf in flat])
    if staged.written:
        raise NotCompilable("it assigns to variables (or draws random numbers)")

    def body(variables: Any, rows: Any, captured: Any) -> Any:
        kept = [row[0] if one else row for row, one in zip(rows, shared_rows, strict=True)]
        axes = [None if one else 0 for one in shared_rows]
        return jax.vmap(lambda row: staged.pure(variables, row, captured)[0], in_axes=(axes,))(kept)

    values = [variable.__tf_value__() for variable in staged.variables]
    out = run_plan(
        Plan("tf.vectorized_map", body),
        (staged.variables, flat, staged.captured),
        [values, [leaf._value for leaf in flat], [tensor._value for tensor in staged.captured]],
    )
    return staged.rebuild(list(out))


def scan_rows(who: str, step: Callable[[Any, Any], Any], start: Any, elems: Any, reverse: bool = False) -> Any:
    """`step(carry, row) -> (carry, out)` over the rows of `elems`: (the last carry, the outs, stacked).

    Args:
        who: for messages.
        step: its outs may differ from the carry.
        start: the first carry.
        elems: a structure of tensors of one size along axis 0.
        reverse: whether to begin with the last row.
    """
    elems, flat, count = _rows(who, elems)
    if _staged(flat):
        return _scan_xla(who, step, start, elems, flat, reverse)
    carry, outs = _tensors(start), []
    if not count:
        blank = trees.pack(elems, [Tensor(jnp.zeros(leaf._value.shape[1:], leaf._value.dtype)) for leaf in flat])
        out = _tensors(step(carry, blank)[1])
        return carry, trees.map_structure(lambda x: Tensor(jnp.zeros((0, *x._value.shape), x._value.dtype)), out)
    for i in reversed(range(count)) if reverse else range(count):
        carry, out = step(carry, trees.pack(elems, [leaf[i] for leaf in flat]))
        carry = _tensors(carry)
        outs.append(_tensors(out))
    if reverse:
        outs.reverse()
    return carry, trees.map_structure(lambda *parts: stack(list(parts)), *outs)
