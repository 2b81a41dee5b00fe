"""Derivatives of an op's body, by JAX, in TensorFlow's conventions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def pull_back(body: Callable[..., Any], mask: tuple[bool, ...], cotangents: Any, *values: Any) -> list[Any]:
    """Cotangents of some leaves of `values`, by `jax.vjp` of the op's own body."""
    _, pull = linearize(body, mask, values)
    return pull(cotangents)


def linearize(body: Callable[..., Any], mask: tuple[bool, ...], values: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Run `body` forward; returns its result, and the function from cotangents (None: zero) to cotangents."""
    leaves, tree = jax.tree.flatten(values)
    wanted = [leaf for leaf, take in zip(leaves, mask, strict=True) if take]

    def of_wanted(wanted: list[Any]) -> Any:
        rest = iter(wanted)
        merged = [next(rest) if take else leaf for leaf, take in zip(leaves, mask, strict=True)]
        return body(*jax.tree.unflatten(tree, merged))

    out, pull = jax.vjp(of_wanted, wanted)
    primals, out_tree = jax.tree.flatten(out)

    def cotangents_in(cotangents: Any) -> list[Any]:
        # `cotangents` lists one entry per output leaf, None where nothing flows back.
        full = [_cotangent(primal, given) for primal, given in zip(primals, cotangents, strict=True)]
        back = [_conjugate(each) for each in pull(jax.tree.unflatten(out_tree, full))[0]]
        if getattr(body, "zero_stays_zero", False):
            back = [_zero_kept(full[0], each) for each in back]
        return back

    return out, cotangents_in


def _zero_kept(cotangent: Any, back: Any) -> Any:
    """Zero, where zero times an infinite slope is NaN."""
    lost = (cotangent == 0) & ~jax.numpy.isfinite(back)
    return jax.numpy.where(lost, jax.numpy.zeros_like(back), back)


def zero_safe(body: Callable[..., Any]) -> Callable[..., Any]:
    """`body` of `zero_stays_zero`, for JAX to differentiate with what is around it."""

    @jax.custom_vjp
    def safe(*values: Any) -> Any:
        return body(*values)

    def back(values: Any, cotangent: Any) -> Any:
        found = jax.vjp(body, *values)[1](cotangent)
        return tuple([_zero_kept(cotangent, each) for each in found])

    safe.defvjp(lambda *values: (body(*values), values), back)
    return safe


def _conjugate(value: Any) -> Any:
    """TensorFlow's gradients of complex numbers are the conjugates of JAX's."""
    return jax.numpy.conj(value) if value.dtype.kind == "c" else value


def _cotangent(primal: Any, given: Any) -> Any:
    if not jax.numpy.issubdtype(primal.dtype, np.inexact):
        return np.zeros(primal.shape, jax.dtypes.float0)
    if given is None:
        return jax.numpy.zeros(primal.shape, primal.dtype)
    return _conjugate(given.astype(primal.dtype) if given.dtype != primal.dtype else given)
