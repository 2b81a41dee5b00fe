"""A fence for XLA's CPU compiler: what is behind it is computed once, and laid out in memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core.sizes import is_open

__all__ = ["computed_once", "drawn_once"]


def computed_once(function: Callable[..., Any], *operands: Any) -> Any:
    """The array that `function` gives, which XLA would compute again inside each loop that reads it.

    The sum of a depthwise convolution took 60 times as long that way. XLA removes barriers before it joins loops, but
    joins no branches; the barrier keeps it from knowing which branch is taken until then.

    Args:
        function: cheap for each element, such as a sum of a few products.
        operands: its arrays.
    """
    if jax.default_backend() != "cpu":
        return function(*operands)
    out = jax.eval_shape(function, *operands)
    taken = lax.optimization_barrier(np.bool_(True))
    return lax.cond(taken, function, lambda *_: jnp.zeros(out.shape, out.dtype), *operands)


def drawn_once(draw: Callable[[Any], Any], key: Any, dims: tuple[int, ...], x: Any) -> Any:
    """Random numbers of shape `dims`; those that broadcast over x are not drawn again for each of its entries."""
    whole = is_open([*dims, *x.shape]) or math.prod(dims) == x.size
    return draw(key) if whole else computed_once(draw, key)
