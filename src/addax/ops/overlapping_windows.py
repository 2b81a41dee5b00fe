"""The largest element and the sum of each window where windows overlap; their gradients are one pass over the input.

Forward it is a fold along one dimension after the other; so it is back where windows have many places. For the gradient
of the largest, each window remembers at which of its places it was. Its change is a pick of the input's changes; the
transpose of that is a sum, for each element, over the few windows that reach it. Elements at the same place between two
strides (a phase) are reached by the same places of windows, so each phase is one sum of slices without steps. These are
JAX primitives, each with its transpose: what JAX would make of the slices is one padded copy of the input for each.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import ShapedArray
from jax.interpreters import ad, batching, mlir

from addax.core.primitives import Primitive
from addax.core.sizes import is_open
from addax.ops.computed_once import computed_once
from addax.ops.windows import Windows, padded

__all__ = ["MOST_PLACES", "divided", "fold", "found_together", "largest", "linear_primitive", "total"]

_LONGEST_FOLD = 32
_SLICES_TO_PAD = 9  # for more, all of the input is padded
_CHANNELS = 8  # with fewer, one dimension after the other is faster
MOST_PLACES = 32  # of a window along one dimension; each is written out
_TOGETHER = 12  # places of a window along all its dimensions; more are faster one dimension after the other


def fold(x: Any, w: Windows, combine: Any, start: Any, ready: Any = None) -> Any:
    """Combine the elements of each window; the last dimension first, so that ties resolve in row-major order.

    Args:
        x: (batch, *sizes, channels), an array without its padding.
        w: the windows.
        combine: `lax.max` or `lax.add`; an op that reads an element twice would have XLA compute it twice, and what
            it is made of four times.
        start: what padding holds.
        ready: makes elements ready to be combined.
    """
    if is_open(w.out):
        x = padded(x if ready is None else ready(x), w, start)
        for i in reversed(range(len(w.kernel))):
            x = _scanned(x, i, w, combine, start)
        return x
    if max(w.kernel) > _SLICES_TO_PAD:
        x, w, ready = padded(x if ready is None else ready(x), w, start), replace(w, pads=((0, 0),) * len(w.pads)), None
    at_once = 1 < math.prod(w.kernel) <= _TOGETHER and x.shape[-1] >= _CHANNELS and all(lo <= 0 for lo, _ in w.pads)
    passes = [w] if at_once else [_of_dimension(i, x.shape[1:-1], w) for i in reversed(range(len(w.kernel)))]
    for each in passes:
        if max(each.kernel) > _LONGEST_FOLD:
            x = _scanned(padded(x, each, start), each.kernel.index(max(each.kernel)), each, combine, start)
        elif math.prod(each.kernel) > 1 or each.out != x.shape[1:-1] or any(map(any, each.pads)):
            x = computed_once(functools.partial(_combined, w=each, combine=combine, start=start, ready=ready), x)
    return x


def _of_dimension(i: int, sizes: tuple[int, ...], w: Windows) -> Windows:
    """The windows along the i-th dimension, of an array whose later dimensions are windows already."""
    only = [at == i for at in range(len(sizes))]
    pick = [
        tuple(value if mine else 1 for mine, value in zip(only, each, strict=True))
        for each in (w.kernel, w.strides, w.dilations)
    ]
    pads = tuple(pair if mine else (0, 0) for mine, pair in zip(only, w.pads, strict=True))
    out = tuple(count if at >= i else size for at, (count, size) in enumerate(zip(w.out, sizes, strict=True)))
    return Windows(*pick, pads, out)


def _scanned(x: Any, i: int, w: Windows, combine: Any, start: Any) -> Any:
    spans, steps, gaps = ([1] * x.ndim for _ in range(3))
    spans[i + 1], steps[i + 1], gaps[i + 1] = w.kernel[i], w.strides[i], w.dilations[i]
    if spans[i + 1] == steps[i + 1] == 1:
        return x
    # of an array that is traced, JAX would not know that this is a sum or a maximum
    return lax.reduce_window(x, np.asarray(start, x.dtype), combine, spans, steps, "VALID", window_dilation=gaps)


def _combined(x: Any, w: Windows, combine: Any, start: Any, ready: Any) -> Any:
    places = itertools.product(*map(range, w.kernel))
    return functools.reduce(combine, (_seen(x, w, place, start, ready) for place in places))


def _seen(x: Any, w: Windows, place: tuple[int, ...], padding: Any, ready: Any = None) -> Any:
    """What all windows see at one place. The slices are padded: a padded x would be copied as a whole."""
    begins, ends, around = [0], [x.shape[0]], [(0, 0, 0)]
    given = zip(x.shape[1:-1], w.out, w.strides, w.dilations, w.pads, place, strict=True)
    for size, count, step, apart, (lo, _), at in given:
        first = at * apart - lo  # where the first window looks
        some = max(0, -(first // step)) if first < 0 else 0  # windows that look before the array
        until = max(some, min(count, (size - 1 - first) // step + 1))
        begins.append(first + some * step if until > some else 0)
        ends.append(first + (until - 1) * step + 1 if until > some else 0)
        around.append((some, count - until, 0))
    part = lax.slice(x, [*begins, 0], [*ends, x.shape[-1]], [1, *w.strides, 1])
    return lax.pad(part if ready is None else ready(part), np.asarray(padding, x.dtype), [*around, (0, 0, 0)])


def divided(w: Windows, sizes: Any) -> list[list[Windows]]:
    """Windows of few places each, which one after the other give what `w` gives.

    Args:
        w: windows over an array of these sizes.
        sizes: without padding.

    Returns:
        One list for each pass over the array, the last dimension first, so that ties resolve in row-major order.
        The results of a pass's windows are to be put together; those of the first come first.
    """
    if math.prod(w.kernel) <= _TOGETHER or sum(k > 1 for k in w.kernel) == 1 and max(w.kernel) <= MOST_PLACES:
        return [[w]]
    passes, sizes = [], list(sizes)
    for i in reversed(range(len(sizes))):
        for k, step, before, count in _steps(w.kernel[i], w.strides[i], w.dilations[i], w.pads[i][0], w.out[i]):
            passes.append(_along(i, sizes, k, step, w.dilations[i], before, count))
            sizes[i] = count
    return passes


def _steps(k: int, step: int, apart: int, before: int, count: int) -> list[tuple[int, int, int, int]]:
    """(size, step, padding before, number) of windows along one dimension that make up longer ones."""
    if k == step == 1:
        return []
    if apart == 1 and 1 < step < k and k % step == 0:  # side by side first, then some of these
        return [(step, step, before, count - 1 + k // step), (k // step, 1, 0, count)]
    return [(k, step, before, count)]


def _along(i: int, sizes: list[int], k: int, step: int, apart: int, before: int, count: int) -> list[Windows]:
    """Windows along the i-th dimension, as many as it takes for each to be written out."""

    def only(value: Any, other: Any) -> tuple[Any, ...]:
        return tuple(value if at == i else other for at in range(len(sizes)))

    out, made = tuple(count if at == i else size for at, size in enumerate(sizes)), []
    for first in range(0, k, MOST_PLACES):
        some, lo = min(k - first, MOST_PLACES), before - first * apart
        hi = (count - 1) * step + (some - 1) * apart + 1 - sizes[i] - lo
        made.append(Windows(only(some, 1), only(step, 1), only(apart, 1), only((lo, hi), (0, 0)), out))
    return made


def total(x: Any, w: Windows) -> Any:
    """The sum of each window of x (batch, *sizes, channels), an array without its padding."""
    return _total_p.bind(x, w=w)


def largest(x: Any, w: Windows, folded: Any, lowest: Any, least: Any) -> Any:
    """The largest element of each window of x (batch, *sizes, channels); the first of equals gets the gradient.

    Args:
        x: an array without its padding.
        w: windows of at most `MOST_PLACES` places.
        folded: computes the same of x where nobody asks for a gradient.
        lowest: what padding holds.
        least: what the search begins with; NaN is not greater than it.
    """

    @jax.custom_jvp
    def of(x: Any) -> Any:
        return folded(x)

    @of.defjvp
    def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
        (x,), (change,) = primals, tangents
        if set(w.strides) == {1} or math.prod(w.kernel) > _SLICES_TO_PAD:
            # faster together where all slices are whole
            total, chosen = found_together((part for _, part in _places(x, w, lowest)), least)
        else:
            total = of(x)  # its change is this rule again
            chosen = computed_once(functools.partial(_first_place, w=w, lowest=lowest), x, total)
        return total, _pick_p.bind(change, chosen, w=w)

    return of(x)


def found_together(parts: Iterable[Any], least: Any) -> tuple[Any, Any]:
    """The largest of arrays, place by place, and the number of the first that has it; 0 where none is above `least`."""
    total, chosen = None, None
    for number, part in enumerate(parts):
        if total is None:
            total, chosen = jnp.where(part > least, part, least), jnp.zeros(part.shape, np.int8)
        else:
            better = part > total
            chosen, total = jnp.where(better, np.int8(number), chosen), jnp.where(better, part, total)
    return total, chosen


def _first_place(x: Any, total: Any, w: Windows, lowest: Any) -> Any:
    """At which place of each window its largest is; 0 where none is a number."""
    chosen = jnp.zeros(total.shape, np.int8)
    for number, place in reversed([*enumerate(itertools.product(*map(range, w.kernel)))]):
        chosen = jnp.where(_seen(x, w, place, lowest) == total, np.int8(number), chosen)
    return chosen


def _places(x: Any, w: Windows, padding: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """For each place in a window, in row-major order: (place, the elements of all windows at it)."""
    # Padded once: `padded` and then `by_phase` for each dimension copy a large x several times, three times as slow.
    n = len(w.kernel)
    sizes = [
        -(-((count - 1) * step + (k - 1) * apart + 1) // step) * step
        for count, step, k, apart in zip(w.out, w.strides, w.kernel, w.dilations, strict=True)
    ]
    around = [(lo, size - lo - have, 0) for (lo, _), size, have in zip(w.pads, sizes, x.shape[1:-1], strict=True)]
    x = lax.pad(x, jnp.asarray(padding, x.dtype), [(0, 0, 0), *around, (0, 0, 0)])
    both = itertools.chain(*((size // step, step) for size, step in zip(sizes, w.strides, strict=True)))
    x = x.reshape(x.shape[0], *both, x.shape[-1])
    for place in itertools.product(*map(range, w.kernel)):
        index: list[Any] = [slice(None)] * (2 * n + 2)
        for i, at in enumerate(place):
            first, phase = divmod(at * w.dilations[i], w.strides[i])
            index[1 + 2 * i], index[2 + 2 * i] = slice(first, first + w.out[i]), phase
        yield place, x[tuple(index)]


def _pick(change: Any, chosen: Any, *, w: Windows) -> Any:
    """For each window the element of `change` (batch, *sizes, channels) at its chosen place."""
    nothing = jnp.zeros((), change.dtype)
    parts = enumerate(part for _, part in _places(change, w, 0))
    return sum((jnp.where(chosen == number, part, nothing) for number, part in parts), start=nothing)


def _put(given: Any, chosen: Any, *, w: Windows, sizes: tuple[int, ...]) -> Any:
    """For each element of (batch, *sizes, channels) the sum of what the windows give that chose it; all, if None."""
    n, nothing = len(w.kernel), jnp.zeros((), given.dtype)
    most = [(k - 1) * apart // step for k, apart, step in zip(w.kernel, w.dilations, w.strides, strict=True)]
    around = [(0, 0, 0), *((m, m, 0) for m in most), (0, 0, 0)]
    given = lax.pad(given, nothing, around)
    chosen = None if chosen is None else lax.pad(chosen, np.int8(-1), around)
    counts = [count + m for count, m in zip(w.out, most, strict=True)]
    sums: dict[tuple[int, ...], Any] = {}
    for number, place in enumerate(itertools.product(*map(range, w.kernel))):
        reached = [divmod(at * apart, step) for at, apart, step in zip(place, w.dilations, w.strides, strict=True)]
        begins = [m - first for m, (first, _) in zip(most, reached, strict=True)]
        index = (slice(None), *(slice(a, a + count) for a, count in zip(begins, counts, strict=True)))
        part = given[index] if chosen is None else jnp.where(chosen[index] == number, given[index], nothing)
        phase = tuple(each for _, each in reached)
        sums[phase] = sums[phase] + part if phase in sums else part
    out = _interleaved(sums, w.strides, n)
    sides = zip(w.pads, out.shape[1:-1], sizes, strict=True)
    return lax.pad(out, nothing, [(0, 0, 0), *((-lo, lo + size - have, 0) for (lo, _), have, size in sides), (0, 0, 0)])


def _interleaved(sums: dict[tuple[int, ...], Any], strides: tuple[int, ...], n: int) -> Any:
    """The phases' sums as one array; a phase that no window reaches is zero."""
    zeros = jnp.zeros_like(next(iter(sums.values())))
    parts = {phase: sums.get(phase, zeros) for phase in itertools.product(*map(range, strides))}
    for i in range(n - 1, -1, -1):
        kept = sorted({phase[:i] for phase in parts})
        parts = {phase: jnp.stack([parts[(*phase, at)] for at in range(strides[i])], 2 + i) for phase in kept}
    out = parts[()]
    sizes = [zeros.shape[1 + i] * strides[i] for i in range(n)]
    return out.reshape(out.shape[0], *sizes, out.shape[-1])


# ---------------------------------------------------------------------------- the primitives


def linear_primitive(name: str, function: Any, shape: Any) -> Any:
    """A primitive that is linear in its first operand; a second one says which places are chosen."""
    made = Primitive(name)
    made.def_impl(function)
    made.def_abstract_eval(lambda each, *chosen, **params: ShapedArray(shape(each.shape, **params), each.dtype))
    mlir.register_lowering(made, mlir.lower_fun(function, multiple_results=False))
    ad.primitive_jvps[made] = lambda primals, tangents, **params: (
        made.bind(*primals, **params),
        made.bind(tangents[0], *primals[1:], **params),
    )

    def batched(operands: Any, axes: Any, **params: Any) -> Any:
        count = next(each.shape[axis] for each, axis in zip(operands, axes, strict=True) if axis is not None)
        rows = [
            jnp.broadcast_to(each, (count, *each.shape)) if axis is None else jnp.moveaxis(each, axis, 0)
            for each, axis in zip(operands, axes, strict=True)
        ]
        out = made.bind(*(each.reshape(count * each.shape[1], *each.shape[2:]) for each in rows), **params)
        return out.reshape(count, rows[0].shape[1], *out.shape[1:]), 0

    batching.primitive_batchers[made] = batched
    return made


def _windows_of(shape: tuple[int, ...], w: Windows) -> tuple[int, ...]:
    return (shape[0], *w.out, shape[-1])


def _elements_of(shape: tuple[int, ...], w: Windows, sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[0], *sizes, shape[-1])


def _sizes(each: Any) -> tuple[int, ...]:
    return tuple(each.aval.shape[1:-1])


_pick_p = linear_primitive("pick_largest", _pick, _windows_of)
_put_p = linear_primitive("put_largest", _put, _elements_of)
_total_p = linear_primitive("total", lambda x, *, w: fold(x, w, lax.add, 0), _windows_of)
_spread_p = linear_primitive("spread", lambda given, *, w, sizes: _put(given, None, w=w, sizes=sizes), _elements_of)
ad.primitive_transposes[_pick_p] = lambda given, change, chosen, *, w: (
    _put_p.bind(given, chosen, w=w, sizes=_sizes(change)),
    None,
)
ad.primitive_transposes[_put_p] = lambda given, each, chosen, *, w, sizes: (_pick_p.bind(given, chosen, w=w), None)
ad.primitive_transposes[_total_p] = lambda given, x, *, w: (_spread_p.bind(given, w=w, sizes=_sizes(x)),)
ad.primitive_transposes[_spread_p] = lambda given, each, *, w, sizes: (_total_p.bind(given, w=w),)
