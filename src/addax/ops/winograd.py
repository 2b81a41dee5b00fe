"""3x3 convolutions on a CPU with 16 multiplications where 36 are asked for: Winograd's minimal filtering.

Four outputs (2x2) of a window of 3x3 depend on a tile of 4x4. Tile and filters are transformed (sums and differences),
multiplied element by element, and the products are transformed back; over channels that is one matrix product for each
of the 16 elements of a tile. The gradient of the filters goes the same way, with the outputs in the filters' place.
Measured against float64, the results are as exact as those of the direct sum, or more so: their sums are shorter.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), F(2x2, 3x3) and F(3x3, 2x2).
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.ops.windows import Windows

__all__ = ["change_of_filters", "correlate", "pays"]

_LEAST_CHANNELS, _LEAST_OUTPUTS = 64, 32  # with fewer the transforms cost more than the products
_LEAST_ROWS = 256  # of a matrix product
_LEAST_WORK = 2e8  # multiplications of the direct sum; below, compiling the transforms is not worth it
_TILES_AT_ONCE = 2**21  # elements of the transformed tiles; more leave the processor's caches


def pays(shape: tuple[int, ...], filters: Any, w: Windows) -> bool:
    """Whether this is faster than the direct sum, forward and for the gradient of the filters.

    Args:
        shape: (batch, height, width, channels) of the input.
        filters: (height, width, channels, outputs), or the shape and dtype of it.
        w: the windows.
    """
    plain = w.kernel == (3, 3) and set(w.strides) == {1} and set(w.dilations) == {1}
    channels, outputs = filters.shape[-2:]
    if not plain or filters.dtype != np.float32 or shape[-1] != channels or min(w.out) < 4:
        return False
    tiles = _tiles(w)
    rows = shape[0] // _parts(shape[0], max(channels, outputs), tiles) * math.prod(tiles)
    enough = channels >= _LEAST_CHANNELS and outputs >= _LEAST_OUTPUTS and rows >= _LEAST_ROWS
    return enough and shape[0] * math.prod(w.out) * math.prod(filters.shape) >= _LEAST_WORK


def correlate(x: Any, filters: Any, w: Windows) -> Any:
    """The convolution of x (batch, height, width, channels) with filters (3, 3, channels, outputs)."""
    outputs, tiles = filters.shape[-1], _tiles(w)
    turned = _matrices(_filters_of(filters))

    def one_part(x: Any) -> Any:
        products = lax.dot_general(_matrices(_inputs_of(_padded(x, w))), turned, (((2,), (1,)), ((0,), (0,))))
        products = lax.optimization_barrier(products).reshape(4, 4, -1, *tiles, outputs)
        columns = lax.optimization_barrier(_outputs(*products))
        out = [_outputs(*column) for column in columns]  # by place in the tile: column, row
        rows = [jnp.stack([out[0][i], out[1][i]], 3) for i in range(2)]
        return jnp.stack(rows, 2).reshape(-1, 2 * tiles[0], 2 * tiles[1], outputs)

    parts = _parts(x.shape[0], max(filters.shape[-2:]), tiles)
    if parts == 1:
        out = one_part(x)
    else:
        out = lax.map(one_part, x.reshape(parts, -1, *x.shape[1:]))
    return out.reshape(x.shape[0], *out.shape[-3:])[:, : w.out[0], : w.out[1]]


def change_of_filters(x: Any, change: Any, w: Windows) -> Any:
    """The gradient of the filters, (3, 3, channels, outputs), from that of the convolution's result."""
    channels, outputs, tiles = x.shape[-1], change.shape[-1], _tiles(w)
    around = [(0, 2 * count - size, 0) for count, size in zip(tiles, w.out, strict=True)]

    def one_part(total: Any, part: Any) -> tuple[Any, None]:
        x, change = part
        change = lax.pad(change, np.zeros((), change.dtype), [(0, 0, 0), *around, (0, 0, 0)])
        seen, said = _matrices(_inputs_of(_padded(x, w))), _matrices(_changes_of(change))
        return total + lax.dot_general(seen, said, (((1,), (1,)), ((0,), (0,)))), None

    parts = _parts(x.shape[0], max(channels, outputs), tiles)
    nothing = jnp.zeros((16, channels, outputs), x.dtype)
    divided = [each.reshape(parts, -1, *each.shape[1:]) for each in (x, change)]
    if parts == 1:
        products = one_part(nothing, [each[0] for each in divided])[0]
    else:
        products = lax.scan(one_part, nothing, divided)[0]
    columns = _places(*products.reshape(4, 4, channels, outputs))
    found = [_places(*column) for column in columns]  # by column, row
    return jnp.stack([jnp.stack([found[i][j] for i in range(3)]) for j in range(3)])


def _tiles(w: Windows) -> tuple[int, int]:
    """How many tiles stand below and beside each other; each gives 2x2 outputs."""
    return -(-w.out[0] // 2), -(-w.out[1] // 2)


def _parts(batch: int, channels: int, tiles: tuple[int, int]) -> int:
    """Into how many equal parts the batch goes, so that the tiles of one stay in the processor's caches."""
    most = max(1, _TILES_AT_ONCE // (16 * math.prod(tiles) * channels))
    return next(n for n in range(1, batch + 1) if batch % n == 0 and batch // n <= most or n == batch)


def _padded(x: Any, w: Windows) -> Any:
    """x with the padding of the windows, and as much more as whole tiles need."""
    sizes = zip(w.pads, _tiles(w), x.shape[1:-1], strict=True)
    around = [(before, 2 * count + 2 - size - before, 0) for (before, _), count, size in sizes]
    return lax.pad(x, np.zeros((), x.dtype), [(0, 0, 0), *around, (0, 0, 0)])


def _matrices(each: Any) -> Any:
    """(4, 4, ..., channels) as 16 matrices whose rows have the channels."""
    return each.reshape(16, -1, each.shape[-1])


# ---------------------------------------------------------------------------- transforms
# Of rows first, then of columns, each in front of the other axes; arrays of both, (4 columns, 4 rows, ...), are laid
# out in memory, or XLA would compute them again for each use.


def _laid_out(parts: tuple[Any, ...]) -> Any:
    return lax.optimization_barrier(jnp.stack(lax.optimization_barrier(parts)))


def _halves(x: Any, axis: int) -> tuple[Any, Any]:
    """The elements at even and at odd places of an axis."""
    pairs = x.reshape(*x.shape[:axis], -1, 2, *x.shape[axis + 1 :])
    return lax.index_in_dim(pairs, 0, axis + 1, keepdims=False), lax.index_in_dim(pairs, 1, axis + 1, keepdims=False)


def _inputs_of(x: Any) -> Any:
    """Tiles of 4x4, two apart, of x (batch, height, width, channels): (4, 4, batch, *tiles, channels)."""
    for axis in (1, 3):
        even, odd = _halves(x, axis)
        count = even.shape[axis]
        a, c = (lax.slice_in_dim(even, at, count - 1 + at, axis=axis) for at in (0, 1))
        b, d = (lax.slice_in_dim(odd, at, count - 1 + at, axis=axis) for at in (0, 1))
        x = _laid_out((a - c, b + c, c - b, b - d))
    return x


def _changes_of(change: Any) -> Any:
    """Pieces of 2x2 of the result's gradient: (4, 4, batch, *tiles, outputs)."""
    for axis in (1, 3):
        a, b = _halves(change, axis)
        change = _laid_out((a, (a + b) * 0.5, (a - b) * 0.5, b))
    return change


def _filters_of(filters: Any) -> Any:
    for axis in (0, 1):
        a, b, c = (lax.index_in_dim(filters, i, axis, keepdims=False) for i in range(3))
        filters = _laid_out((a, (a + b + c) * 0.5, (a - b + c) * 0.5, c))
    return filters


def _outputs(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any]:
    """Two outputs next to each other from four products."""
    return a + b + c, b - c - d


def _places(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any, Any]:
    """What three places of the filters get from four products."""
    return a + b + c, b - c, b + c - d
