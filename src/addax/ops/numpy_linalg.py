"""Linear algebra with NumPy's conventions, segments and short-time spectra as `keras.ops` has them: one op each."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op

_SEGMENTS = {
    "sum": jax.ops.segment_sum, "max": jax.ops.segment_max, "min": jax.ops.segment_min, "prod": jax.ops.segment_prod,
}  # fmt: skip


@op
def segments(data: FreeLike, ids: FreeLike, count, how, ordered):
    """Rows of each segment combined; those of other ids are left out."""
    return _SEGMENTS[how](data, ids, count, indices_are_sorted=ordered)


@op(kinds="fc")
def norm(x: TensorLike, order, axis, keepdims):
    """NumPy's norm of vectors or matrices."""
    return jnp.linalg.norm(x, order, axis, keepdims)


@op(kinds="fc")
def svd(x: TensorLike, full, vectors):
    """(u, s, the adjoint of v), or s."""
    out = jnp.linalg.svd(x, full, vectors)
    return tuple(out) if vectors else out


@op(kinds="fc")
def qr(x: TensorLike, mode):
    """(q, r); mode is "reduced" or "complete"."""
    return tuple(jnp.linalg.qr(x, mode))


@op(kinds="fc")
def lu_factor(x: TensorLike):
    """(L and U in one matrix, which row each was exchanged with)."""
    code = jax.scipy.linalg.lu_factor
    for _ in range(x.ndim - 2):
        code = jax.vmap(code)
    return tuple(code(x))


@op(kinds="fc")
def lstsq(a: TensorLike, b: TensorLike, rcond):
    """The least solution with the least squares; singular values below rcond times the largest count as 0."""
    return jnp.linalg.lstsq(a, b, rcond=rcond)[0]


@op(kinds="fc")
def pinv(x: TensorLike, rcond):
    """The pseudoinverse."""
    return jnp.linalg.pinv(x, rtol=rcond)


@op(kinds="fc")
def matrix_rank(x: TensorLike, tol):
    """How many singular values exceed tol (relative to the largest)."""
    return jnp.linalg.matrix_rank(x, rtol=tol).astype(np.int32)


@op(kinds="fc")
def triangular(a: TensorLike, b: TensorLike, lower):
    """x with a x = b, for a vector or a matrix b."""
    vector = b.ndim == a.ndim - 1
    right = b[..., None] if vector else b
    lead = jnp.broadcast_shapes(a.shape[:-2], right.shape[:-2])
    out = lax.linalg.triangular_solve(
        jnp.broadcast_to(a, (*lead, *a.shape[-2:])), jnp.broadcast_to(right, (*lead, *right.shape[-2:])),
        left_side=True, lower=lower,
    )  # fmt: skip
    return out[..., 0] if vector else out


@op(kinds="fc")
def solve(a: TensorLike, b: TensorLike):
    """x with a x = b, for a vector or a matrix b."""
    vector = b.ndim == a.ndim - 1
    out = jnp.linalg.solve(a, b[..., None] if vector else b)
    return out[..., 0] if vector else out


def _frames(count: int, size: int, step: int) -> np.ndarray:
    return np.arange(count)[:, None] * step + np.arange(size)


@op(kinds="f")
def short_time_spectra(x: TensorLike, window: TensorLike, size, step, center):
    """The real and imaginary parts of the spectra of windows of `size`, each (..., windows, size // 2 + 1)."""
    if center:
        x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(size // 2, size // 2)], mode="reflect")
    out = jnp.fft.rfft(x[..., _frames(1 + (x.shape[-1] - size) // step, size, step)] * window, n=size)
    return out.real, out.imag


@op(kinds="f")
def from_short_time_spectra(real: TensorLike, imag: TensorLike, window: TensorLike, size, step, factor):
    """Signals from spectra: overlapping windows added, over the sum of squares of what they were multiplied with."""
    parts = jnp.fft.irfft(lax.complex(real, imag), n=size) * window
    places = _frames(parts.shape[-2], size, step)
    length = size + step * (parts.shape[-2] - 1)
    total = jnp.zeros((*parts.shape[:-2], length), parts.dtype).at[..., places].add(parts)
    squares = jnp.zeros((length,), parts.dtype).at[places].add(jnp.square(window))
    return total * jnp.asarray(factor, total.dtype) / jnp.where(squares > 1e-10, squares, 1)
