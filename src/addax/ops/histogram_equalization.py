"""Images whose values are spread evenly over their range: all at once, or tile by tile."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.ops.color_augmentation import BYTES, Range, moved
from addax.ops.windows import from_last, to_last


@op(name="keras.layers.Equalization")
def equalize(x: FreeLike, bins: int, values: Range, first: bool) -> Any:
    """Each channel, over all images, by its histogram; what falls into one bin stays."""
    last = to_last(moved(x, values, BYTES), first)
    channels = last.shape[-1]
    scaled = last.astype(np.float32) * (bins - 1) / 255
    counted = jnp.clip(scaled.astype(np.int32), 0, bins - 1).reshape(-1, channels)
    histograms = jnp.zeros((channels, bins), np.int64).at[jnp.arange(channels), counted].add(1)
    cumulated = histograms.cumsum(-1)
    lowest = jnp.take_along_axis(cumulated, (cumulated > 0).argmax(-1)[:, None], -1)
    above = cumulated[:, -1:] - lowest
    table = ((cumulated - lowest) * 255).astype(np.float32) / jnp.where(above == 0, 1, above).astype(np.float32)
    table = jnp.clip(jnp.round(table), 0, 255)
    looked_up = jnp.clip(last / 255.0 * (bins - 1), 0, bins - 1).astype(np.int32)
    flat = (histograms > 0).sum(-1) <= 1
    made = jnp.where(flat, last, table[jnp.arange(channels), looked_up].astype(last.dtype))
    return moved(from_last(made, first), BYTES, values).astype(x.dtype)


def _tile_tables(tiles: Any, limit: float) -> Any:
    """For (..., pixels) of whole numbers below 256, what each becomes, (..., 256): clipped histograms, cumulated."""
    lead, pixels = tiles.shape[:-1], tiles.shape[-1]
    flat = tiles.reshape(-1, pixels)
    rows = jnp.arange(flat.shape[0])[:, None]
    histograms = jnp.zeros((flat.shape[0], 256), np.float32).at[rows, flat].add(1.0)
    if limit > 0:
        clipped = jnp.clip(histograms, 0, np.float32(limit * pixels / 256.0))
        histograms = clipped + (histograms - clipped).sum(-1, keepdims=True) / 256.0
    cumulated = histograms.cumsum(-1)
    lowest = cumulated.min(-1, keepdims=True)
    above = pixels - lowest
    table = (cumulated - lowest) * 255.0 / jnp.where(above == 0, 1.0, above)
    return jnp.clip(table, 0, 255).reshape(*lead, 256)


def _neighbours(size: int, count: int) -> tuple[Any, Any, Any]:
    """For positions in `count` tiles of a size: the tiles whose centers lie around, in a frame of one, and a share."""
    at = (np.arange(size * count, dtype=np.float32) - size / 2.0) / size + 1.0
    low = np.floor(at)
    inside = [np.clip(tile, 0, count + 1).astype(np.int32) for tile in (low, low + 1)]
    return inside[0], inside[1], at - low


@op(name="keras.layers.ContrastLimitedAdaptiveHistogramEqualization")
def equalize_tiles(x: FreeLike, limit: float, grid: tuple[int, int], values: Range, first: bool) -> Any:
    """Each channel of each image by the histograms of the tiles around each pixel (Zuiderveld 1994)."""
    last = to_last(moved(x.astype(np.float32), values, BYTES), first)
    batch, height, width, channels = last.shape
    (rows, columns), tall, wide = grid, -(-height // grid[0]), -(-width // grid[1])
    sides = [(0, 0), (0, tall * rows - height), (0, wide * columns - width), (0, 0)]
    whole = jnp.clip(jnp.pad(last, sides, "symmetric"), 0, 255).astype(np.int32)
    tiles = whole.reshape(batch, rows, tall, columns, wide, channels).transpose(0, 1, 3, 5, 2, 4)
    tables = _tile_tables(tiles.reshape(batch, rows, columns, channels, tall * wide), limit)
    tables = jnp.pad(tables, [(0, 0), (1, 1), (1, 1), (0, 0), (0, 0)], "edge")
    upper, lower, down = _neighbours(tall, rows)
    left, right, across = _neighbours(wide, columns)
    images, kinds = jnp.arange(batch)[:, None, None, None], jnp.arange(channels)

    def read(row: Any, column: Any) -> Any:
        return tables[images, row[:, None, None], column[:, None], kinds, whole]

    down, across = down[:, None, None], across[:, None]
    above = read(upper, left) * (1.0 - across) + read(upper, right) * across
    below = read(lower, left) * (1.0 - across) + read(lower, right) * across
    made = (above * (1.0 - down) + below * down)[:, :height, :width]
    return moved(from_last(made, first), BYTES, values).astype(x.dtype)
