"""The update rule of Muon: momentum made orthogonal for matrices, Adam for the rest; see `addax.ops.optimizers`."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.ops.optimizers import Slots, _as, adam


def muon(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, momentum: Any, nesterov: bool, ns_steps: int, muon_a: Any, muon_b: Any, muon_c: Any, rms_rate: Any,
    adam_beta_1: Any, adam_beta_2: Any, epsilon: Any, adam_lr_ratio: Any,
):  # fmt: skip
    """Muon (Jordan 2024): momentum made orthogonal; with two slots Adam, for what is no hidden matrix.

    m <- momentum m + g;  u = orthogonal part of g + momentum m (without nesterov: of m), nearly;
    w <- w - rate sqrt(larger size) rms_rate u (Liu et al. 2025, arXiv:2502.16982; a negative rms_rate: - rate u).
    """
    if len(slots) == 2:
        rate = rate * _as(adam_lr_ratio, param)
        return adam(
            param, grad, slots, rate, iteration, shared, beta_1=adam_beta_1, beta_2=adam_beta_2, epsilon=epsilon
        )
    momentum = _as(momentum, param)
    m = slots[0] * momentum + grad
    unit = _orthogonal(grad + momentum * m if nesterov else m, ns_steps, (muon_a, muon_b, muon_c))
    scale = 1.0 if rms_rate < 0 else float(np.sqrt(max(param.shape))) * rms_rate
    return param - _as(scale, param) * rate * unit, (m,)


def _orthogonal(x: Any, steps: int, factors: tuple[Any, Any, Any]) -> Any:
    """A matrix with singular values near 1 and `x`'s vectors, by so many steps of a Newton-Schulz iteration."""
    a, b, c = [_as(each, x) for each in factors]
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (jnp.linalg.norm(x) + _as(1e-7, x))
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x
