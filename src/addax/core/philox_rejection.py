"""Gamma and Poisson numbers as TensorFlow draws them: candidates from Philox until one is accepted.

Each number has a stream of its own, 256 steps from the one before it, of which it takes doubles in pairs, the second of
a pair first; normal and uniform numbers come from pairs of their own. Sources: Marsaglia and Tsang 2000, "A simple
method for generating gamma variables"; Hormann 1993, "The transformed rejection method for generating Poisson random
variables"; for small rates Knuth's product of uniform numbers.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core.philox import _SKIP_PER_NUMBER, _normals, _unit64, _words

_MANY = 10.0  # from this rate on, candidates are transformed uniform numbers


class _Source:
    """Numbers of one kind for each stream, from pairs that are drawn as they are needed."""

    def __init__(self, position: Any, first: Any, pair: Callable[[Any, Any], Any]) -> None:
        self._position, self._first, self._pair = position, first, pair

    def empty(self) -> tuple[Any, Any]:
        """Nothing left over: (number, whether there is one) for each stream."""
        return jnp.zeros(self._first.shape, np.float64), jnp.zeros(self._first.shape, bool)

    def next(self, step: Any, kept: tuple[Any, Any], wanted: Any) -> tuple[Any, Any, tuple[Any, Any]]:
        """(the next number of each stream, the step after it, what is left over); only `wanted` streams move on."""
        left, there = kept
        first, second = self._pair(self._position, self._first + step)
        value = jnp.where(there, left, second)
        drawn = wanted & ~there
        return value, step + drawn.astype(np.uint64), (jnp.where(drawn, first, left), jnp.where(wanted, ~there, there))


def _uniforms(position: Any, steps: Any) -> list[Any]:
    a, b, c, d = _words(position, steps)
    return [_unit64(a, b), _unit64(c, d)]


def _normal_pair(position: Any, steps: Any) -> list[Any]:
    return _normals(position, steps, True, jnp)


def _streams(dims: tuple[int, ...], parameters: Any) -> tuple[Any, Any]:
    """Where each number's stream begins, and its parameter; streams of one parameter follow one another."""
    each = math.prod(parameters.shape)
    samples = math.prod(dims) // each if each else 0
    order = np.arange(samples * each, dtype=np.uint64).reshape(each, samples).T.reshape(-1)
    wanted = jnp.broadcast_to(parameters.astype(np.float64).reshape(-1), (samples, each)).reshape(-1)
    return jnp.asarray(order * np.uint64(_SKIP_PER_NUMBER)), wanted


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def gamma(position: Any, alpha: Any, dims: tuple[int, ...]) -> Any:
    """Numbers of gamma distributions, as doubles.

    Args:
        position: where to start; see `philox`.
        alpha: the parameters, whose shape the result's ends with.
        dims: the shape of the result.
    """
    begins, shapes = _streams(dims, alpha)
    uniform, normal = _Source(position, begins, _uniforms), _Source(position, begins, _normal_pair)
    small = shapes < 1.0
    scale = shapes + jnp.where(small, 2.0 / 3.0, -1.0 / 3.0)
    width = 1.0 / 3.0 / jnp.sqrt(scale)
    first, after, kept = uniform.next(jnp.zeros(begins.shape, np.uint64), uniform.empty(), jnp.ones(begins.shape, bool))
    plain = shapes == 1.0  # exponential numbers

    def candidate(state: Any) -> Any:
        step, normals, uniforms, found, done = state
        x, step, normals = normal.next(step, normals, ~done)
        v = 1.0 + width * x
        fits = ~done & (v > 0.0)
        v = jnp.where(fits, v, 1.0) ** 3
        u, step, uniforms = uniform.next(step, uniforms, fits)
        bound = 0.5 * x * x + scale * (1.0 - v + jnp.log(v))
        taken = fits & ((u < 1.0 - 0.0331 * x**4) | (jnp.log(u) < bound))
        return step, normals, uniforms, jnp.where(taken, scale * v, found), done | taken

    start = (jnp.zeros_like(after), normal.empty(), uniform.empty(), -jnp.log1p(-first), plain | ~(shapes >= 0.0))
    step, _, uniforms, found, _ = jax.lax.while_loop(lambda state: ~jnp.all(state[4]), candidate, start)
    last, _, _ = uniform.next(step, uniforms, small)
    found = jnp.where(small, found * last ** (1.0 / shapes), found)
    return jnp.where(shapes >= 0.0, found, jnp.nan).reshape(dims)


@gamma.defjvp
def _gamma_moved(dims: tuple[int, ...], primals: Any, tangents: Any) -> Any:
    position, alpha = primals
    drawn = gamma(position, alpha, dims)
    slope = jax.lax.random_gamma_grad(jnp.broadcast_to(alpha.astype(np.float64), drawn.shape), drawn)
    return drawn, jnp.broadcast_to(slope * tangents[1].astype(np.float64), dims)


def poisson(position: Any, dims: tuple[int, ...], rates: Any) -> Any:
    """Numbers of Poisson distributions, as doubles.

    Args:
        position: where to start; see `philox`.
        dims: the shape of the result, which ends with that of the rates.
        rates: the rates.
    """
    begins, rate = _streams(dims, rates)
    uniform = _Source(position, begins, _uniforms)
    valid = jnp.isfinite(rate)
    many = valid & (rate >= _MANY)
    least = jnp.exp(-rate)
    safe = jnp.where(many, rate, _MANY)
    b = 0.931 + 2.53 * jnp.sqrt(safe)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    enough = 0.9277 - 3.6224 / (b - 2.0)

    def candidate(state: Any) -> Any:
        step, kept, product, count, done = state
        first, step, kept = uniform.next(step, kept, ~done)
        second, step, kept = uniform.next(step, kept, ~done & many)
        product = jnp.where(done | many, product, product * first)
        few = ~many & (product <= least)
        u = first - 0.5
        edge = 0.5 - jnp.abs(u)
        guess = jnp.floor((2.0 * a / edge + b) * u + safe + 0.43)
        apart = (guess < 0.0) | ((edge < 0.013) & (second > edge))
        chance = jnp.log(second * inverse / (a / (edge * edge) + b))
        likely = chance <= -safe + guess * jnp.log(safe) - jax.lax.lgamma(jnp.maximum(guess, 0.0) + 1.0)
        taken = jnp.where(many, ((edge >= 0.07) & (second <= enough)) | (~apart & likely), few)
        count = jnp.where(done, count, jnp.where(many, guess, jnp.where(few, count, count + 1.0)))
        return step, kept, product, count, done | taken

    start = (
        jnp.zeros(begins.shape, np.uint64), uniform.empty(), jnp.ones(begins.shape), jnp.zeros(begins.shape), ~valid,
    )  # fmt: skip
    found = jax.lax.while_loop(lambda state: ~jnp.all(state[4]), candidate, start)[3]
    return jnp.where(valid, found, jnp.nan).reshape(dims)
