"""The sum of products behind every convolution, as a JAX primitive with gradients that each device runs fast.

Forward it is XLA's convolution, or `winograd`'s where that is faster. On a CPU XLA's own gradients of it are slow where
it matters most: inside the compiled loop of a training epoch they were measured 10 to 50 times slower than outside. So
there

- the gradient of the input is again a forward convolution, of the padded gradient with the turned filters; where
  windows are some steps apart, with the filters of all phases side by side. Where that would multiply with too many
  zeros, it is one matrix product whose results are added up where they belong;
- the gradient of the filters is a matrix product for each position of the window, in parts of the batch that fit the
  processor's caches; for few channels or long windows a convolution over the batch;
- few channels, and channels with filters of their own, are sums of shifted products of elements;
- 3 dimensions are 2, with what a window sees at its depths as channels;
- points and groups are products of patches or of shifted inputs.

Elsewhere everything is XLA's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import ShapedArray
from jax.interpreters import ad, batching, mlir
from jax.interpreters.ad import UndefinedPrimal

from addax.core.context import state as _state
from addax.core.primitives import Primitive
from addax.core.sizes import is_open
from addax.ops import native_convolution, winograd
from addax.ops.computed_once import computed_once
from addax.ops.native_convolution import lines_alone, of_windows
from addax.ops.onednn import FILTERS, FORWARD, INPUT
from addax.ops.windows import Windows, by_phase, padded, shifts

_LARGEST_PATCHES = 2**26  # elements; beyond it patches are not laid out in memory
_MOST_PARTS = 8
_SUMS_TOGETHER = 9  # more no longer stay in the processor's registers
_ROWS_WRITTEN_OUT, _ROWS_AGAIN = (8, 7, 6, 5), 4  # that the compiler writes out; best first
_ROWS_OF_A_PRODUCT = 1024  # enough for a matrix product to run at full speed,
_WORK_OF_A_PRODUCT = 2**21  # multiplications; with few channels and outputs that takes more rows
_ZEROS = 1.3  # times the work: a convolution that multiplies with more of them is slower than products put in place
_FEW_PRODUCTS = 32  # for each output of a position
_FEW_SUMS = 1024  # products for all outputs of a position
_ALMOST_EIGHT = 5  # channels
_FEW_CHANNELS = 8  # fewer are joined, or the products would be too thin
_LONG, _LARGE_BATCH = 5, 32  # a window, and so many examples that their number need not be a multiple of eight
_LETTERS = {1: "W", 2: "HW", 3: "DHW"}


def correlate(x: Any, filters: Any, w: Windows) -> Any:
    """The convolution of x (batch, *sizes, channels) with filters (*kernel, channels of a group, outputs)."""
    if jax.default_backend() != "cpu" or _state.portable or is_open([*x.shape, *w.out]):
        return _xla(x, filters, w)
    if 0 in x.shape:  # an empty batch: nothing to lay out
        return _xla(x, filters, w)
    if filters.shape[-2] == 1 and filters.shape[-1] > x.shape[-1] > 1:  # of each channel's outputs each has its own
        x = jnp.repeat(x, filters.shape[-1] // x.shape[-1], -1)
    if _composes(x, filters, w):
        given = of_windows(FORWARD, x.shape, filters.shape, w)
        if not native_convolution.serves(given, x.dtype):
            return _composed(x, filters, w)
    if len(w.kernel) == 1:
        return _correlate_p.bind(x[:, None], filters[None], w=_lifted(w))[:, 0]
    return _correlate_p.bind(x, filters, w=w)


def _composes(x: Any, filters: Any, w: Windows) -> bool:
    """Whether a convolution is put together from other ops."""
    return math.prod(w.kernel) == 1 and x.shape[-1] == filters.shape[-2] or len(w.kernel) == 3


def _composed(x: Any, filters: Any, w: Windows) -> Any:
    if math.prod(w.kernel) == 1 or x.shape[-1] != filters.shape[-2]:  # points are a matrix product
        return _by_products(x, filters, w)
    return _by_depths(x, filters, w)


def _lifted(w: Windows) -> Windows:
    """Windows over a line as windows over a picture of one row, which XLA runs faster."""
    return Windows((1, *w.kernel), (1, *w.strides), (1, *w.dilations), ((0, 0), *w.pads), (1, *w.out))


def _by_depths(x: Any, filters: Any, w: Windows) -> Any:
    """A convolution in 3 dimensions as one of pictures: what a window sees at its depths are channels side by side."""
    reach, step, apart, count = w.kernel[0], w.strides[0], w.dilations[0], w.out[0]
    deep = lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), (*w.pads[0], 0), *[(0, 0, 0)] * 3])
    last = (count - 1) * step + 1
    seen = [lax.slice_in_dim(deep, at, at + last, step, 1) for at in range(0, reach * apart, apart)]
    pictures = jnp.concatenate(seen, -1).reshape(x.shape[0] * count, *x.shape[2:-1], -1)
    flat = Windows(w.kernel[1:], w.strides[1:], w.dilations[1:], w.pads[1:], w.out[1:])
    beside = jnp.moveaxis(filters, 0, 2).reshape(*filters.shape[1:3], -1, filters.shape[-1])
    return correlate(pictures, beside, flat).reshape(x.shape[0], *w.out, filters.shape[-1])


def _xla(x: Any, filters: Any, w: Windows) -> Any:
    letters = _LETTERS[len(w.kernel)]
    layout = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    pads = w.pads
    if is_open([size for pair in pads for size in pair]):  # they depend on sizes that come later
        x, pads = padded(x, w), ((0, 0),) * len(pads)
    return lax.conv_general_dilated(
        x,
        filters,
        w.strides,
        pads,
        rhs_dilation=w.dilations,
        dimension_numbers=layout,
        feature_group_count=x.shape[-1] // filters.shape[-2],
        preferred_element_type=x.dtype,
    )


def transposed(function: Any, like: Any, out: Any) -> Any:
    """What the gradient of a linear function's result says of its argument.

    Args:
        function: linear, of one array.
        like: an array, or the shape and dtype of one, such as the function takes.
        out: the gradient of the result.
    """
    return jax.vjp(function, jnp.zeros(like.shape, like.dtype))[1](out)[0]


def spread(change: Any, filters: Any, shape: tuple[int, ...], w: Windows) -> Any:
    """The transpose of `correlate` in its first argument: each output goes back to where its window looked.

    Args:
        change: (batch, *out, outputs).
        filters: (*kernel, channels, outputs).
        shape: (batch, *sizes, channels) of the result.
        w: the windows over the result.
    """
    usual = jax.default_backend() != "cpu" or _state.portable or is_open([*shape, *w.out])
    if usual or 0 in shape or len(w.kernel) == 3 or math.prod(w.kernel) == 1 or shape[-1] != filters.shape[-2]:
        return transposed(lambda x: correlate(x, filters, w), jax.ShapeDtypeStruct(shape, change.dtype), change)
    if len(w.kernel) == 1:
        flat = (shape[0], 1, *shape[1:])
        return _spread_p.bind(change[:, None], filters[None], w=_lifted(w), shape=flat)[:, 0]
    return _spread_p.bind(change, filters, w=w, shape=tuple(shape))


# ---------------------------------------------------------------------------- gradients of the primitive


def _change_of_input(change: Any, x: Any, filters: Any, *, w: Windows) -> Any:
    aval, back, around = x.aval, _turned(x.aval.shape, w), tuple(range(len(w.kernel)))
    if _composes(aval, filters, w):
        return transposed(lambda x: _composed(x, filters, w), aval, change)
    if back is not None and _by_channel(aval.shape[-1], filters.shape):
        return _correlate_p.bind(change, jnp.flip(filters, around), w=back)
    if aval.shape[-1] != filters.shape[-2]:
        return transposed(lambda x: _by_products(x, filters, w), aval, change)
    if back is not None and not _few(filters) and math.prod(aval.shape[1:-1]) <= _ZEROS * math.prod(w.out):
        return _correlate_p.bind(change, jnp.swapaxes(jnp.flip(filters, around), -1, -2), w=back)
    if back is None and set(w.dilations) == {1} and _work_between_strides(w) <= _ZEROS:
        return _between_strides(change, filters, aval.shape, w)
    if set(w.strides) == {1} or set(w.dilations) == {1}:
        return _put_in_place(change, filters, aval.shape, w)
    return transposed(lambda x: _by_products(x, filters, w), aval, change)


def _by_channel(channels: int, filters: tuple[int, ...]) -> bool:
    """Whether each channel has one filter of its own."""
    return filters[-2] == 1 and filters[-1] == channels > 1


def _few(filters: Any) -> bool:
    """Whether an output is the sum of so few products that a product of matrices would be thin."""
    return math.prod(filters.shape[:-1]) <= _FEW_PRODUCTS


def _by_sums(filters: Any) -> bool:
    """Whether sums of elements are faster than products of matrices."""
    return _few(filters) or filters.shape[-2] < _FEW_CHANNELS and math.prod(filters.shape) <= _FEW_SUMS


def _turned(shape: tuple[int, ...], w: Windows) -> Windows | None:
    """The windows over the output's gradient whose sums are the input's, or None where strides leave gaps."""
    pads = []
    for size, k, apart, (before, _), count in zip(shape[1:-1], w.kernel, w.dilations, w.pads, w.out, strict=True):
        reach = (k - 1) * apart
        pads.append((reach - before, size - count + before))
    if any(step != 1 for step in w.strides) or any(size < 0 for size in itertools.chain(*pads)):
        return None
    return Windows(w.kernel, w.strides, w.dilations, tuple(pads), tuple(shape[1:-1]))


def _between_strides(change: Any, filters: Any, shape: tuple[int, ...], w: Windows) -> Any:
    """The gradient of the input where windows are more than one step apart: one convolution for all phases.

    Position s * q + r of the padded input met the filters' positions s * t + r, in window q - t. So the filters at the
    phases r are outputs side by side of one convolution over windows, which are then put behind each other.
    """
    n, (channels, outputs) = len(w.kernel), filters.shape[-2:]
    times = [-(-k // step) for k, step in zip(w.kernel, w.strides, strict=True)]
    whole = [(0, t * step - k, 0) for t, step, k in zip(times, w.strides, w.kernel, strict=True)]
    parts = lax.pad(filters, jnp.zeros((), filters.dtype), [*whole, (0, 0, 0), (0, 0, 0)])
    parts = parts.reshape(*itertools.chain(*zip(times, w.strides, strict=True)), channels, outputs)
    ts, rs = range(0, 2 * n, 2), range(1, 2 * n, 2)
    parts = jnp.flip(parts.transpose(*ts, 2 * n + 1, *rs, 2 * n), tuple(range(n)))
    parts = parts.reshape(*times, outputs, math.prod(w.strides) * channels)
    ones, found = (1,) * n, tuple(count + t - 1 for count, t in zip(w.out, times, strict=True))
    back = Windows(tuple(times), ones, ones, tuple((t - 1, t - 1) for t in times), found)
    return _interleaved(correlate(change, parts, back), shape, w)


def _work_between_strides(w: Windows) -> float:
    """How much more than the products of the windows the convolution for all phases multiplies."""
    parts = [(-(-k // s), s, k, n) for k, s, n in zip(w.kernel, w.strides, w.out, strict=True)]
    return math.prod(times * step * (n + times - 1) / (k * n) for times, step, k, n in parts)


def _interleaved(phases: Any, shape: tuple[int, ...], w: Windows) -> Any:
    """What the phases (batch, *found, strides * channels) say of an array of `shape`, put behind each other."""
    n, found = len(w.kernel), phases.shape[1:-1]
    out = phases.reshape(shape[0], *found, *w.strides, shape[-1])
    out = out.transpose(0, *itertools.chain(*((1 + i, 1 + n + i) for i in range(n))), 2 * n + 1)
    sizes = [count * step for count, step in zip(found, w.strides, strict=True)]
    cut = [(-lo, lo + size - have, 0) for (lo, _), size, have in zip(w.pads, shape[1:-1], sizes, strict=True)]
    return lax.pad(out.reshape(shape[0], *sizes, shape[-1]), jnp.zeros((), out.dtype), [(0, 0, 0), *cut, (0, 0, 0)])


def _put_in_place(change: Any, filters: Any, shape: tuple[int, ...], w: Windows) -> Any:
    """The gradient of the input by one matrix product, whose results for the window's positions are added up."""
    channels, outputs = filters.shape[-2:]
    turned = jnp.moveaxis(filters, -1, 0).reshape(outputs, -1)
    strides, phases = w.strides, [*itertools.product(*map(range, w.strides))]
    times = [-(-k // step) for k, step in zip(w.kernel, strides, strict=True)]

    def pads_of(at: tuple[int, ...]) -> list[tuple[int, int, int]]:
        """Around what the windows say at this position: up to the input's sizes, or to those of a phase."""
        if len(phases) > 1:
            return [(a // step, t - 1 - a // step, 0) for a, step, t in zip(at, strides, times, strict=True)]
        first = [a * apart - lo for a, apart, (lo, _) in zip(at, w.dilations, w.pads, strict=True)]
        return [(lo, size - lo - count, 0) for lo, size, count in zip(first, shape[1:-1], w.out, strict=True)]

    def one_part(change: Any) -> Any:
        products = lax.optimization_barrier(_dot(change.reshape(-1, outputs), turned))
        products = products.reshape(*change.shape[:-1], *w.kernel, channels)
        zero, sums = jnp.zeros((), products.dtype), {}
        for at in itertools.product(*map(range, w.kernel)):
            phase = tuple(a % step for a, step in zip(at, strides, strict=True))
            placed = lax.pad(products[(..., *at, slice(None))], zero, [(0, 0, 0), *pads_of(at), (0, 0, 0)])
            sums[phase] = sums[phase] + placed if phase in sums else placed
        if len(phases) == 1:
            return sums[phases[0]]
        nothing = jnp.zeros_like(next(iter(sums.values())))
        found = jnp.concatenate([sums.get(phase, nothing) for phase in phases], -1)
        return _interleaved(found, (change.shape[0], *shape[1:]), w)

    if _few(filters):
        return one_part(change)
    parts = _parts(change.shape[0], math.prod(w.out), channels * outputs)
    return lax.map(one_part, change.reshape(parts, -1, *change.shape[1:])).reshape(shape)


def _change_of_filters(change: Any, x: Any, filters: Any, *, w: Windows) -> Any:
    aval, channels, outputs = filters.aval, x.shape[-1], change.shape[-1]
    if _composes(x, aval, w):
        return transposed(lambda filters: _composed(x, filters, w), aval, change)
    if _by_channel(channels, aval.shape):
        sums = _filters_by_channel(x, change, w)
        return sums.reshape(aval.shape).astype(aval.dtype)
    if aval.shape[-2] != channels:
        return transposed(lambda filters: _by_products(x, filters, w), aval, change)
    if winograd.pays(x.shape, aval, w):
        return winograd.change_of_filters(lax.optimization_barrier(x), change, w)
    if _convolved(x, aval):
        return _filters_by_convolution(x, change, w)
    x = lax.optimization_barrier(padded(x, w))  # or XLA computes what made it, a pool say, again for each slice
    if channels < _FEW_CHANNELS:  # those of a row of the window side by side
        slices, positions = [part for _, part in shifts(x, w)], x.shape[0] * math.prod(w.out)
        rows, width = change.reshape(positions, outputs), w.kernel[-1]
        joined = [jnp.concatenate(slices[i : i + width], -1) for i in range(0, len(slices), width)]
        flat = [part.reshape(positions, part.shape[-1]) for part in joined]
        wide = jnp.promote_types(x.dtype, jnp.float32)
        sums = [jnp.matmul(part.T, rows, preferred_element_type=wide) for part in flat]
    else:
        sums = _filters_by_parts(x, change, w)
    return jnp.stack(sums).reshape(aval.shape).astype(aval.dtype)


def _filters_by_channel(x: Any, change: Any, w: Windows) -> Any:
    """Sum over all positions of each channel times its output, for each position of the window.

    A few positions of the window are summed in one loop over some rows, which reads what they share once. So few rows
    that the compiler writes that loop out: then it computes neighbouring channels together.
    """
    wide = jnp.promote_types(x.dtype, jnp.float32)
    axis, rows, more = _written_out(w.out)
    if more:
        out, pads = list(w.out), list(w.pads)
        out[axis], pads[axis] = out[axis] + more, (pads[axis][0], pads[axis][1] + more * w.strides[axis])
        w = Windows(w.kernel, w.strides, w.dilations, tuple(pads), tuple(out))
        around = [(0, more if at == axis + 1 else 0, 0) for at in range(change.ndim)]
        change = lax.pad(change, np.zeros((), change.dtype), around)
    x, change = lax.optimization_barrier((_phases(padded(x, w), w), change))
    products = [(each * change).astype(wide) for each in _slices(x, w)]
    sums = []
    for at in range(0, len(products), _SUMS_TOGETHER):
        some = _rows_summed(products[at : at + _SUMS_TOGETHER], axis + 1, rows)
        axes = [i for i, size in enumerate(some[0].shape[:-1]) if size % _ROWS_AGAIN == 0]
        sums += _rows_summed(some, axes[0], _ROWS_AGAIN) if axes else some
    return jnp.sum(jnp.stack(sums).reshape(len(sums), -1, sums[0].shape[-1]), 1)


def _rows_summed(arrays: list[Any], axis: int, rows: int) -> list[Any]:
    """Of each of some arrays of one shape, the sums over so many rows at a time along an axis, in one loop."""
    shape = arrays[0].shape
    divided = [each.reshape(*shape[:axis], -1, rows, *shape[axis + 1 :]) for each in arrays]
    starts = [np.zeros((), arrays[0].dtype)] * len(arrays)
    return lax.optimization_barrier(lax.reduce(divided, starts, _added, (axis + 1,)))


def _added(a: list[Any], b: list[Any]) -> list[Any]:
    return [one + other for one, other in zip(a, b, strict=True)]


def _written_out(sizes: tuple[int, ...]) -> tuple[int, int, int]:
    """The axis to sum in parts, how many rows a part has, and how many rows of zeros that takes."""
    ways = itertools.product(_ROWS_WRITTEN_OUT, range(len(sizes)))
    rows, axis = min(ways, key=lambda way: -sizes[way[1]] % way[0] / sizes[way[1]])
    return axis, rows, -sizes[axis] % rows


def _convolved(x: Any, filters: Any) -> bool:
    """Whether a convolution is faster for the gradient of the filters than a matrix product for each position."""
    batch, channels = x.shape[0], x.shape[-1]
    thin = channels <= _FEW_CHANNELS or channels % 8 or max(filters.shape[:-2]) >= _LONG
    whole = batch % 8 == 0 or batch >= _LARGE_BATCH
    return bool(lines_alone(x.shape, filters.shape) or thin and whole) and filters.dtype == np.float32


def _filters_by_convolution(x: Any, change: Any, w: Windows) -> Any:
    """The gradient of the filters as a convolution: the channels are its batch, and the batch its channels.

    So XLA lays out the transpose of a convolution by itself, but not inside a loop, where it takes a hundred times as
    long.
    """
    sizes = zip(x.shape[1:-1], w.kernel, w.strides, w.dilations, w.pads, w.out, strict=True)
    around = [
        (lo, (k - 1) * apart + (count - 1) * step + 1 - size - lo) for size, k, step, apart, (lo, _), count in sizes
    ]
    turned = lax.optimization_barrier((x.transpose(3, 1, 2, 0), change.transpose(1, 2, 0, 3)))
    layout = ("NHWC", "HWIO", "NHWC")
    out = lax.conv_general_dilated(*turned, w.dilations, around, rhs_dilation=w.strides, dimension_numbers=layout)
    return out.transpose(1, 2, 0, 3)


def _filters_by_parts(x: Any, change: Any, w: Windows) -> list[Any]:
    """Sum over all positions of each channel times each output, for each position of the window.

    The batch goes part by part: what a part lays out in memory is still in the processor's cache when it is read.
    """
    channels, outputs = x.shape[-1], change.shape[-1]
    parts, wide = _parts(x.shape[0], math.prod(w.out), channels * outputs), jnp.promote_types(x.dtype, jnp.float32)

    def one_part(sums: list[Any], part: Any) -> tuple[list[Any], None]:
        x, change = part
        turned = lax.optimization_barrier(change.reshape(-1, outputs).T)  # once, rather than for each product
        slices = [each.reshape(-1, channels) for each in _slices(x, w)]
        products = [jnp.matmul(turned, each, preferred_element_type=wide) for each in slices]
        return [total + product for total, product in zip(sums, products, strict=True)], None

    divided = [each.reshape(parts, -1, *each.shape[1:]) for each in (_phases(x, w), change)]
    nothing = [jnp.zeros((outputs, channels), wide)] * math.prod(w.kernel)
    sums, _ = lax.scan(one_part, nothing, tuple(divided))
    return [each.T for each in sums]


def _phases(x: Any, w: Windows) -> Any:
    """Padded x with the positions of each phase of the strides together: (batch, *strides, *sizes, channels).

    Slices with steps are copied element by element, these are not.
    """
    n = len(w.kernel)
    if set(w.strides) == {1}:
        return x
    for axis in range(n, 0, -1):
        x = by_phase(x, axis, w.strides[axis - 1])
    return lax.optimization_barrier(x.transpose(0, *range(2, 2 * n + 1, 2), *range(1, 2 * n, 2), 2 * n + 1))


def _slices(x: Any, w: Windows) -> Iterator[Any]:
    """For each position of the window, what all windows see there; x is as `_phases` gives it."""
    if set(w.strides) == {1}:
        yield from (part for _, part in shifts(x, w))
        return
    for position in itertools.product(*map(range, w.kernel)):
        reached = [p * apart for p, apart in zip(position, w.dilations, strict=True)]
        phase = (r % step for r, step in zip(reached, w.strides, strict=True))
        first = [r // step for r, step in zip(reached, w.strides, strict=True)]
        yield x[(slice(None), *phase, *(slice(a, a + count) for a, count in zip(first, w.out, strict=True)))]


def _parts(batch: int, positions: int, width: int) -> int:
    """Into how many parts the batch is divided, each large enough for a matrix product at full speed.

    Args:
        batch: how many there are.
        positions: rows of the product that each gives.
        width: multiplications for a row.
    """
    rows = max(_ROWS_OF_A_PRODUCT, _WORK_OF_A_PRODUCT // width)
    return max((n for n in range(1, _MOST_PARTS + 1) if batch % n == 0 and batch * positions >= n * rows), default=1)


# ---------------------------------------------------------------------------- the primitive


def _batched(operands: Any, dims: Any, *, w: Windows) -> Any:
    (x, filters), (x_at, filters_at) = operands, dims
    if filters_at is None:  # one larger batch
        x = jnp.moveaxis(x, x_at, 0)
        out = _correlate_p.bind(x.reshape(-1, *x.shape[2:]), filters, w=w)
        return out.reshape(*x.shape[:2], *out.shape[1:]), 0
    if x_at is None and x.shape[-1] == filters.shape[-2 if filters_at < filters.ndim - 2 else -3]:  # more outputs
        filters = jnp.moveaxis(filters, filters_at, -2)
        count, outputs = filters.shape[-2:]
        out = _correlate_p.bind(x, filters.reshape(*filters.shape[:-2], count * outputs), w=w)
        return out.reshape(*out.shape[:-1], count, outputs), out.ndim - 1
    return jax.vmap(lambda x, filters: _xla(x, filters, w), (x_at, filters_at))(x, filters), 0


def _forward(x: Any, filters: Any, *, w: Windows) -> Any:
    if _composes(x, filters, w):
        return _composed(x, filters, w)
    if _by_channel(x.shape[-1], filters.shape):
        return computed_once(lambda x, filters: _by_products(x, filters, w), x, filters)
    if x.shape[-1] == filters.shape[-2] and _by_sums(filters):
        # computed once, rather than by each of those that use them
        return computed_once(lambda x, filters: _by_elements(x, filters, w), x, filters)
    if winograd.pays(x.shape, filters, w):
        return winograd.correlate(x, filters, w)
    if _ALMOST_EIGHT <= x.shape[-1] < 8 and x.shape[-1] == filters.shape[-2]:  # XLA is faster at eight
        more = 8 - x.shape[-1]
        x = lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0)] * 3 + [(0, more, 0)])
        filters = lax.pad(filters, jnp.zeros((), filters.dtype), [(0, 0, 0)] * 2 + [(0, more, 0), (0, 0, 0)])
    return _xla(x, filters, w)


def _by_elements(x: Any, filters: Any, w: Windows) -> Any:
    """Each element times all the outputs' filters: where channels are few, products of matrices would be thin."""
    total: Any = None
    for position, part in shifts(padded(x, w), w):
        for channel in range(x.shape[-1]):
            product = part[..., channel : channel + 1] * filters[position][channel]
            total = product if total is None else total + product
    return total


def _result(x: Any, filters: Any, *, w: Windows) -> Any:
    return ShapedArray((x.shape[0], *w.out, filters.shape[-1]), x.dtype)


def _spread(change: Any, filters: Any, *, w: Windows, shape: tuple[int, ...]) -> Any:
    return _change_of_input(change, UndefinedPrimal(ShapedArray(shape, change.dtype)), filters, w=w)


def _spread_batched(operands: Any, dims: Any, *, w: Windows, shape: tuple[int, ...]) -> Any:
    (change, filters), (change_at, filters_at) = operands, dims
    if filters_at is not None:
        return jax.vmap(lambda change, filters: _spread(change, filters, w=w, shape=shape), dims)(change, filters), 0
    change = jnp.moveaxis(change, change_at, 0)  # one larger batch
    count, batch = change.shape[:2]
    out = _spread_p.bind(change.reshape(-1, *change.shape[2:]), filters, w=w, shape=(count * batch, *shape[1:]))
    return out.reshape(count, *shape), 0


def _match(x: Any, change: Any, *, w: Windows, shape: tuple[int, ...]) -> Any:
    return _change_of_filters(change, x, UndefinedPrimal(ShapedArray(shape, x.dtype)), w=w)


def _match_batched(operands: Any, dims: Any, *, w: Windows, shape: tuple[int, ...]) -> Any:
    return jax.vmap(lambda x, change: _match(x, change, w=w, shape=shape), dims)(*operands), 0


def _primitive(name: str, body: Any, result: Any, batched: Any, described: Any) -> Any:
    made = Primitive(name)
    made.def_impl(body)
    made.def_abstract_eval(result)
    mlir.register_lowering(made, native_convolution.lowering(described, body))
    batching.primitive_batchers[made] = batched
    return made


# Three sums of products of an input, filters and an output: one of the three is computed from the others. The gradient
# of each in one of its arguments is one of the other two.
_correlate_p = _primitive(
    "correlate", _forward, _result, _batched,
    lambda x, filters, *, w: of_windows(FORWARD, x.shape, filters.shape, w),
)  # fmt: skip
_spread_p = _primitive(
    "correlate_input", _spread, lambda change, filters, *, w, shape: ShapedArray(shape, change.dtype), _spread_batched,
    lambda change, filters, *, w, shape: of_windows(INPUT, shape, filters.shape, w),
)  # fmt: skip
_match_p = _primitive(
    "correlate_filters", _match, lambda x, change, *, w, shape: ShapedArray(shape, x.dtype), _match_batched,
    lambda x, change, *, w, shape: of_windows(FILTERS, x.shape, shape, w),
)  # fmt: skip
ad.defbilinear(
    _correlate_p,
    lambda out, x, filters, *, w: _spread_p.bind(out, filters, w=w, shape=x.aval.shape),
    lambda out, x, filters, *, w: _match_p.bind(x, out, w=w, shape=filters.aval.shape),
)
ad.defbilinear(
    _spread_p,
    lambda out, change, filters, *, w, shape: _correlate_p.bind(out, filters, w=w),
    lambda out, change, filters, *, w, shape: _match_p.bind(out, change, w=w, shape=filters.aval.shape),
)
ad.defbilinear(
    _match_p,
    lambda out, x, change, *, w, shape: _spread_p.bind(change, out, w=w, shape=x.aval.shape),
    lambda out, x, change, *, w, shape: _correlate_p.bind(x, out, w=w),
)

# ---------------------------------------------------------------------------- products


def _by_products(x: Any, filters: Any, w: Windows) -> Any:
    positions, channels, outputs = math.prod(w.kernel), x.shape[-1], filters.shape[-1]
    groups = channels // filters.shape[-2]
    x = padded(x, w)
    if groups > 1:
        return _grouped(x, filters, w, groups)
    if positions * channels * x.shape[0] * math.prod(w.out) > _LARGEST_PATCHES:
        products = (_dot(part, filters[position]) for position, part in shifts(x, w))
        return sum(products, start=jnp.zeros((), x.dtype))
    patches = [part for _, part in shifts(x, w)]
    rows = patches[0] if positions == 1 else jnp.concatenate(patches, -1)
    out = _dot(rows.reshape(-1, positions * channels), filters.reshape(-1, outputs))
    return out.reshape(x.shape[0], *w.out, outputs)


def _dot(a: Any, b: Any) -> Any:
    return jnp.matmul(a, b, preferred_element_type=a.dtype)


def _grouped(x: Any, filters: Any, w: Windows, groups: int) -> Any:
    """Each group of channels has its own filters; outputs are ordered group by group."""
    per_group, outputs = filters.shape[-2], filters.shape[-1]
    if per_group == 1:  # depthwise: products of elements
        return sum(part * filters[position][0] for position, part in shifts(x, w))
    patches = jnp.stack([part for _, part in shifts(x, w)], -2)  # (batch, *out, positions, channels)
    patches = patches.reshape(*patches.shape[:-1], groups, per_group)
    kernel = filters.reshape(-1, per_group, groups, outputs // groups)
    out = jnp.einsum("...pgc,pcgo->...go", patches, kernel, preferred_element_type=x.dtype)
    return out.reshape(x.shape[0], *w.out, outputs)
