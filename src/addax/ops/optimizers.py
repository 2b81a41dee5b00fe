"""Update rules of optimizers, and the step that applies one to all variables in a single compiled call.

A rule is a pure function `(param, grad, slots, rate, iteration, shared, **hyper) -> (param, slots)` on the arrays of
one variable: `rate` has the parameter's dtype, `iteration` counts finished steps from 0 (int64), `shared` is what a
rule keeps once for all variables. Numbers are those of Keras 2's optimizers; where a paper has it differently, the rule
says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, FreeList, TensorLike
from addax.core.dispatch import op
from addax.core.inlining import traced_in_place

Slots = tuple[Any, ...]


def sgd(param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any, *, momentum: Any, nesterov: bool):
    """Gradient descent with momentum (Polyak 1964; Nesterov's form after Sutskever et al. 2013).

    m <- momentum m - rate g;  w <- w + m,  or with nesterov w <- w + momentum m - rate g.
    Without slots: w <- w - rate g.
    """
    if not slots:
        return param - grad * rate, ()
    momentum = _single(momentum, param)
    m = -grad * rate + slots[0] * momentum
    return param + (m * momentum - grad * rate if nesterov else m), (m,)


def rmsprop(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, rho: Any, momentum: Any, epsilon: Any, centered: bool, epsilon_outside: bool = False,
):  # fmt: skip
    """RMSprop (Tieleman and Hinton 2012, lecture 6.5), with momentum and centring after Graves 2013.

    v <- rho v + (1-rho) g²;  d = v + eps (centered: v - a² + eps, a <- rho a + (1-rho) g);  step = rate g / sqrt(d);
    with momentum p <- momentum p + step, w <- w - p. Slots: v, p where there is momentum, a where centered.
    `epsilon_outside` divides by sqrt(d) + eps instead, as the legacy optimizer does without momentum.
    """
    rest = list(slots)
    rest_of_rho, rho = _rest(rho, param), _as(rho, param)
    velocity = rho * rest.pop(0) + rest_of_rho * jnp.square(grad)
    has_momentum = len(rest) == (2 if centered else 1)
    denominator, new = velocity, [velocity]
    if centered:
        average = rho * rest[-1] + rest_of_rho * grad
        denominator = denominator - jnp.square(average)
    epsilon = _as(epsilon, param)
    if epsilon_outside:
        increment = rate * grad / (jnp.sqrt(denominator) + epsilon)
    else:
        increment = rate * grad * jax.lax.rsqrt(denominator + epsilon)
    if has_momentum:
        increment = _as(momentum, param) * rest[0] + increment
        new.append(increment)
    if centered:
        new.append(average)
    return param - increment, tuple(new)


def adam(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, beta_1: Any, beta_2: Any, epsilon: Any, adaptive_epsilon: bool = False,
):  # fmt: skip
    """Adam (Kingma and Ba 2014), in the form before section 2.1; three slots mean AMSGrad (Reddi et al. 2018).

    m <- m + (1-b1)(g - m);  v <- v + (1-b2)(g² - v);
    a = rate sqrt(1-b2^t) / (1-b1^t);  w <- w - a m / (sqrt(v) + eps).
    The epsilon is the paper's "epsilon hat", unless `adaptive_epsilon` scales it with sqrt(1-b2^t).
    AMSGrad takes the maximum of all v so far, without its bias correction.
    """
    step = (iteration + 1).astype(param.dtype)
    rest_1, rest_2 = _rest(beta_1, param), _rest(beta_2, param)
    beta_1, beta_2 = _single(beta_1, param), _single(beta_2, param)
    correction = jnp.sqrt(1 - _power(beta_2, step))
    alpha = rate * correction / (1 - _power(beta_1, step))
    epsilon = _as(epsilon, param) * correction if adaptive_epsilon else _as(epsilon, param)
    m = slots[0] + (grad - slots[0]) * rest_1
    v = slots[1] + (jnp.square(grad) - slots[1]) * rest_2
    if len(slots) == 2:
        return param - m * alpha / (jnp.sqrt(v) + epsilon), (m, v)
    largest = jnp.maximum(slots[2], v)
    return param - m * alpha / (jnp.sqrt(largest) + epsilon), (m, v, largest)


def adamax(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, beta_1: Any, beta_2: Any, epsilon: Any,
):  # fmt: skip
    """Adamax (Kingma and Ba 2014, section 7.1).

    m <- m + (1-b1)(g - m);  u <- max(b2 u, |g|);  w <- w - rate m / ((1-b1^t)(u + eps)).
    """
    rest, beta_1 = _rest(beta_1, param), _single(beta_1, param)
    correction = 1 - _power(beta_1, iteration + 1)
    m = slots[0] + (grad - slots[0]) * rest
    u = jnp.maximum(_as(beta_2, param) * slots[1], jnp.abs(grad))
    return param - rate * m / (correction * (u + _as(epsilon, param))), (m, u)


def nadam_momentum(beta_1: Any, step: Any, like: Any, schedule_decay: float) -> Any:
    """Nadam's momentum of a step (counted from 1): b1 (1 - 0.96^(schedule_decay step) / 2)."""
    exponent = _as(schedule_decay, like) * step.astype(like.dtype)
    return _single(beta_1, like) * (1 - _as(0.5, like) * _power(_single(0.96, like), exponent))


def nadam_advance(
    shared: Any, iteration: Any, *, beta_1: Any, beta_2: Any, epsilon: Any, schedule_decay: float = 1.0
) -> Any:
    """The running product of Nadam's momenta, one step on."""
    return shared * nadam_momentum(beta_1, iteration + 1, shared, schedule_decay)


def nadam_advance_traced(shared: Any, iteration: Any, position: int, count: int, **hyper: Any) -> Any:
    """The product in Keras 2's compiled steps, which multiply it at each of `count` variables in nearly every step.

    Whether it is up to date a counter tells there that runs while a step is traced, which is done twice; at the
    variable at `position` it does in step `count + position - 1` (from 0) alone.
    """
    return jnp.where(iteration == count + position - 1, shared, nadam_advance(shared, iteration, **hyper))


def nadam_advance_traced_once(shared: Any, iteration: Any, position: int, count: int, **hyper: Any) -> Any:
    """The same of an optimizer that was built before a function with its step was traced, which is done once then."""
    return nadam_advance_traced(shared, iteration, position, 0, **hyper)


def nadam(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, beta_1: Any, beta_2: Any, epsilon: Any, schedule_decay: float = 1.0,
):  # fmt: skip
    """Nadam: Adam with Nesterov momentum (Dozat 2016).

    u_t = b1 (1 - 0.96^(schedule_decay t) / 2), U_t = u_1 ... u_t (`shared`);  m, v as Adam's;
    mhat = u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t);  w <- w - rate mhat / (sqrt(v / (1-b2^t)) + eps).
    """
    now = nadam_momentum(beta_1, iteration + 1, param, schedule_decay)
    after = nadam_momentum(beta_1, iteration + 2, param, schedule_decay)
    product = shared.astype(param.dtype)
    beta_1, beta_2 = _single(beta_1, param), _single(beta_2, param)
    m = slots[0] + (grad - slots[0]) * (1 - beta_1)
    v = slots[1] + (jnp.square(grad) - slots[1]) * (1 - beta_2)
    ahead = after * m / (1 - product * after) + (1 - now) * grad / (1 - product)
    spread = v / (1 - _power(beta_2, iteration + 1))
    return param - ahead * rate / (jnp.sqrt(spread) + _as(epsilon, param)), (m, v)


def adagrad(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, epsilon: Any, epsilon_outside: bool = False,
):  # fmt: skip
    """Adagrad (Duchi et al. 2011).

    a <- a + g²;  w <- w - rate g / sqrt(a + eps), in the legacy optimizer / (sqrt(a) + eps).
    """
    total = slots[0] + grad * grad
    epsilon = _as(epsilon, param)
    divisor = jnp.sqrt(total) + epsilon if epsilon_outside else jnp.sqrt(total + epsilon)
    return param - rate * grad / divisor, (total,)


def adadelta(param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any, *, rho: Any, epsilon: Any):
    """Adadelta (Zeiler 2012), its step multiplied by the rate (the paper's rate is 1).

    a <- rho a + (1-rho) g²;  d = -sqrt(u + eps) / sqrt(a + eps) g;  u <- rho u + (1-rho) d²;  w <- w + rate d.
    """
    rest, rho, epsilon = _rest(rho, param), _as(rho, param), _as(epsilon, param)
    squares = rho * slots[0] + rest * grad * grad
    delta = -jnp.sqrt(slots[1] + epsilon) * grad / jnp.sqrt(squares + epsilon)
    deltas = rho * slots[1] + rest * delta * delta
    return param + rate * delta, (squares, deltas)


def ftrl(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, learning_rate_power: Any, l1: Any, l2: Any, shrinkage: Any, beta: Any,
):  # fmt: skip
    """FTRL-proximal (McMahan et al. 2013), with the shrinkage type of L2 that leaves the accumulators alone.

    n' = n + g²;  z <- z + g + 2 shrinkage w - (n'^p - n^p) / rate w, p = -learning_rate_power;
    w = (clip(z, -l1, l1) - z) / (n'^p / rate + 2 (l2 + beta / (2 rate))).
    """
    power, l1 = -_as(learning_rate_power, param), _as(l1, param)
    strength = _as(l2, param) + _as(beta, param) / (2 * rate)
    accum, linear = slots
    total = accum + jnp.square(grad)
    shrunk = grad + 2 * _as(shrinkage, param) * param
    linear = linear + shrunk - (jnp.power(total, power) - jnp.power(accum, power)) / rate * param
    quadratic = jnp.power(total, power) / rate + 2 * strength
    return (jnp.clip(linear, -l1, l1) - linear) / quadratic, (total, linear)


def adafactor(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, beta_2_decay: Any, epsilon_1: Any, epsilon_2: Any, clip_threshold: Any, relative_step: bool,
):  # fmt: skip
    """Adafactor (Shazeer and Stern 2018): second moments of matrices kept as row and column means.

    s = g² + eps1;  b = 1 - t^decay;  r, c <- means of s over columns, rows, averaged with b;  v = r c / mean(r);
    u = g / sqrt(v), divided by max(1, rms(u) / clip);  w <- w - max(eps2, rms(w)) min(rate, 1/sqrt(t)) u.
    Slots: r, c, v for rank 2 and more, v alone below.
    """
    step = (iteration + 1).astype(param.dtype)
    relative = jax.lax.rsqrt(step)
    if relative_step:
        rate = jnp.minimum(rate, relative)
    scale = jnp.maximum(_as(epsilon_2, param), _rms(param)) * jnp.minimum(rate, relative)
    squares = jnp.square(grad) + _as(epsilon_1, param)
    beta_2 = 1 - _power(step, _as(beta_2_decay, param))
    if param.ndim >= 2:
        rows = beta_2 * slots[0] + (1 - beta_2) * jnp.mean(squares, axis=-1)
        columns = beta_2 * slots[1] + (1 - beta_2) * jnp.mean(squares, axis=-2)
        spread = jnp.expand_dims(rows / jnp.mean(rows, axis=-1, keepdims=True), -1) * jnp.expand_dims(columns, -2)
        new: Slots = (rows, columns, spread)
    else:
        spread = beta_2 * slots[0] + (1 - beta_2) * squares
        new = (spread,)
    unit = grad * jax.lax.rsqrt(spread)
    unit = unit / jnp.maximum(_as(1.0, param), _rms(unit) / _as(clip_threshold, param))
    return param - scale * unit, new


def lion(param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any, *, beta_1: Any, beta_2: Any):
    """Lion (Chen et al. 2023): the sign of an interpolated momentum.

    w <- w - rate sign(b1 m + (1-b1) g);  m <- b2 m + (1-b2) g.
    """
    beta_1, beta_2 = _single(beta_1, param), _single(beta_2, param)
    (m,) = slots
    return param - rate * jnp.sign(m * beta_1 + grad * (1 - beta_1)), (m * beta_2 + grad * (1 - beta_2),)


def lamb(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, beta_1: Any, beta_2: Any, epsilon: Any,
):  # fmt: skip
    """LAMB (You et al. 2019, arXiv:1904.00962): Adam's direction, as long as the variable itself.

    m, v as Adam's;  u = m / (1-b1^t) / (sqrt(v / (1-b2^t)) + eps);  w <- w - rate |w| / |u| u (ratio 1 where one is 0).
    """
    step = iteration + 1
    rest_1, rest_2 = _rest(beta_1, param), _rest(beta_2, param)
    m = slots[0] + (grad - slots[0]) * rest_1
    v = slots[1] + (jnp.square(grad) - slots[1]) * rest_2
    spread = jnp.sqrt(v / (1 - _power(_as(beta_2, param), step))) + _as(epsilon, param)
    unit = m / (1 - _power(_as(beta_1, param), step)) / spread
    own, other = jnp.linalg.norm(param.ravel()), jnp.linalg.norm(unit.ravel())
    one = _as(1, param)
    ratio = jnp.where((own > 0) & (other > 0), own / jnp.where(other > 0, other, one), one)
    return param - ratio * rate * unit, (m, v)


def schedule_free_adamw(
    param: Any, grad: Any, slots: Slots, rate: Any, iteration: Any, shared: Any,
    *, beta_1: Any, beta_2: Any, epsilon: Any, warmup_steps: Any,
):  # fmt: skip
    """Schedule-free AdamW (Defazio et al. 2024, arXiv:2405.15682); what is trained is y.

    v as Adam's;  z' = z - rate g / (sqrt(v / (1-b2^t)) + eps);  x = (y - (1-b1) z) / b1;
    x' = (1 - 1/t) x + z' / t;  y' = (1-b1) z' + b1 x'.  The rate grows over `warmup_steps`.
    """
    step, keep = iteration + 1, _as(beta_1, param)
    now = step.astype(param.dtype)
    if warmup_steps > 0:
        rate = rate * jnp.minimum(now / _as(warmup_steps, param), _as(1, param))
    z, v = slots[0], slots[1] + (jnp.square(grad) - slots[1]) * _rest(beta_2, param)
    spread = jnp.sqrt(v / (1 - _power(_as(beta_2, param), step))) + _as(epsilon, param)
    moved = z - rate * grad / spread
    rest, share = _rest(beta_1, param), 1 / now
    mean = (1 - share) * (param - rest * z) / keep + share * moved
    return rest * moved + keep * mean, (moved, v)


def _as(value: Any, like: Any) -> Any:
    return jnp.asarray(value, like.dtype)


def _single(value: Any, like: Any) -> Any:
    """A number as `tf.cast` makes it one of a float64 tensor's: by way of float32."""
    return jnp.asarray(value, np.float32).astype(like.dtype) if like.dtype == np.float64 else _as(value, like)


def _rest(value: Any, like: Any) -> Any:
    """1 - value, rounded once where the value is a Python number: 1 - float32(0.999) is 5e-5 off."""
    return _as(1 - value, like) if isinstance(value, int | float) else 1 - _as(value, like)


def _power(base: Any, exponent: Any) -> Any:
    """A power of scalars, rounded once: 1 - beta^t multiplies the error of a float32 power by a thousand."""
    return jnp.power(base.astype(np.float64), exponent.astype(np.float64)).astype(base.dtype)


def _rms(x: Any) -> Any:
    return jnp.sqrt(jnp.mean(jnp.square(x)))


# ---------------------------------------------------------------------------- the step over all variables


class Slices(NamedTuple):
    """A gradient of some rows: row `indices[i]` gets `values[i]`, repeated indices add up."""

    values: Any
    indices: Any


class StepSpec(NamedTuple):
    """What is compiled into a step (hashable); see `step`."""

    rule: Callable[..., Any]
    advance: Callable[..., Any] | None
    hyper: tuple[tuple[str, Any], ...]
    clip: tuple[tuple[str, float], ...]  # pairs ("norm" | "global_norm" | "value", limit), one after another
    decay: tuple[float, ...] | None  # weight decay of each variable
    ema: tuple[float, int | None] | None  # momentum of the averages, every how many steps they overwrite
    accumulate: int | None  # gradients are averaged over this many calls before a step is made
    lazy: str | None  # Slices change only their "rows"; or only the "param"'s rows, but all of the slots
    names: tuple[str, ...]  # of the variables, for error messages
    advance_each: bool = False  # `advance` is called at each variable, with its position and their count


def step(
    spec: StepSpec,
    state: tuple[list[Slots], list[Any], list[Any]],
    params: list[Any],
    grads: list[Any],
    rate: Any,
    iteration: Any,
    shared: Any,
    dynamic: dict[str, Any],
) -> tuple[Any, list[Any], Any, Any]:
    """One step of an optimizer over all its variables, as a pure function.

    Args:
        spec: the rule and the options.
        state: slots of each variable; moving averages (empty unless spec.ema); accumulated gradients (empty unless
            spec.accumulate).
        params: values of the variables.
        grads: their gradients: arrays that broadcast to the parameters, or `Slices`.
        rate: the learning rate, a floating scalar.
        iteration: finished steps, int64.
        shared: what the rule keeps once, or None.
        dynamic: hyperparameters that are tensors.

    Returns:
        (state, params, iteration + 1, shared), new.

    Raises:
        InvalidArgumentError: a gradient of another dtype or shape than its variable.
    """
    grads = [_checked(spec, i, grad, param) for i, (grad, param) in enumerate(zip(grads, params, strict=True))]
    if spec.accumulate is None:
        slots, averages, _ = state
        with traced_in_place():
            slots, averages, params, shared = _update(
                spec, slots, averages, params, grads, rate, iteration, shared, dynamic
            )
        return (slots, averages, []), params, iteration + 1, shared
    return _accumulated(spec, state, params, grads, rate, iteration, shared, dynamic)


def _accumulated(
    spec: StepSpec, state: Any, params: Any, grads: Any, rate: Any, iteration: Any, shared: Any, dynamic: Any
) -> tuple[Any, list[Any], Any, Any]:
    """Add the gradients up; every `spec.accumulate` calls make a step with their mean."""
    slots, averages, sums = state
    count = spec.accumulate
    sums = [total + dense(grad, param) for total, grad, param in zip(sums, grads, params, strict=True)]

    def make(operands: Any) -> Any:
        slots, averages, sums, params, shared = operands
        means = [total / _as(count, total) for total in sums]
        done = _update(spec, slots, averages, params, means, rate, iteration // count, shared, dynamic)
        return done[0], done[1], [jnp.zeros_like(total) for total in sums], done[2], done[3]

    slots, averages, sums, params, shared = jax.lax.cond(
        (iteration + 1) % count == 0, make, lambda operands: operands, (slots, averages, sums, params, shared)
    )
    return (slots, averages, sums), params, iteration + 1, shared


def _update(
    spec: StepSpec, slots: Any, averages: Any, params: Any, grads: Any, rate: Any, iteration: Any, shared: Any,
    dynamic: Any,
) -> tuple[list[Slots], list[Any], list[Any], Any]:  # fmt: skip
    hyper = {**dict(spec.hyper), **dynamic}
    if spec.clip:
        grads = clip(grads, spec.clip)
    rows = [_touched(grad, param) if spec.lazy else None for grad, param in zip(grads, params, strict=True)]
    grads = [dense(grad, param) for grad, param in zip(grads, params, strict=True)]
    if spec.decay is not None:
        params = [
            param - param * _single(amount, param) * rate.astype(param.dtype) if amount else param
            for param, amount in zip(params, spec.decay, strict=True)
        ]
    if spec.advance is not None and not spec.advance_each:
        shared = spec.advance(shared, iteration, **hyper)
    new_params, new_slots = [], []
    for position, (param, grad, own, touched) in enumerate(zip(params, grads, slots, rows, strict=True)):
        if spec.advance is not None and spec.advance_each:
            shared = spec.advance(shared, iteration, position, len(params), **hyper)
        updated, kept = spec.rule(param, grad, tuple(own), rate.astype(param.dtype), iteration, shared, **hyper)
        if touched is not None:
            updated = jnp.where(touched, updated, param)
            if spec.lazy == "rows":
                kept = tuple(jnp.where(touched, slot, old) for slot, old in zip(kept, own, strict=True))
        new_params.append(updated.astype(param.dtype))
        new_slots.append(tuple(slot.astype(old.dtype) for slot, old in zip(kept, own, strict=True)))
    if spec.ema is not None:
        momentum, every = spec.ema
        averages = [
            _as(momentum, param) * average + _as(1 - momentum, param) * param
            for average, param in zip(averages, new_params, strict=True)
        ]
        if every:
            due = (iteration + 1) % every == 0
            new_params = [jnp.where(due, average, param) for average, param in zip(averages, new_params, strict=True)]
    return new_slots, averages, new_params, shared


def _checked(spec: StepSpec, index: int, grad: Any, param: Any) -> Any:
    """Refuse a gradient that cannot be this parameter's; runs while tracing only."""
    values = grad.values if isinstance(grad, Slices) else grad
    wanted = tuple(param.shape[1:]) if isinstance(grad, Slices) else tuple(param.shape)
    given = tuple(values.shape[1:]) if isinstance(grad, Slices) else tuple(values.shape)
    try:
        fits = np.broadcast_shapes(given, wanted) == wanted
    except ValueError:
        fits = False
    if fits and values.dtype == param.dtype:
        return grad
    raise errors.InvalidArgumentError(
        errors.message(
            f"apply_gradients, variable '{spec.names[index]}'",
            expected=f"a gradient like the variable: {param.dtype} {tuple(param.shape)}",
            received=f"{values.dtype} {tuple(values.shape)}",
            hint="pair each gradient with the variable that it was computed for"
            if values.dtype == param.dtype
            else f"cast the gradient: tf.cast(gradient, tf.{param.dtype})",
        )
    )


def dense(grad: Any, param: Any) -> Any:
    """A gradient as an array of the parameter's shape."""
    if isinstance(grad, Slices):
        return jnp.zeros(param.shape, param.dtype).at[grad.indices].add(grad.values)
    return grad if grad.shape == param.shape else jnp.broadcast_to(grad, param.shape)


def _touched(grad: Any, param: Any) -> Any:
    """Which rows a sparse gradient has, to be broadcast over the parameter; None for a dense one."""
    if not isinstance(grad, Slices):
        return None
    rows = jnp.zeros(param.shape[0], bool).at[grad.indices].set(True)
    return rows.reshape((-1,) + (1,) * (param.ndim - 1))


def clip(grads: Sequence[Any], clips: Sequence[tuple[str, float]]) -> list[Any]:
    """Clip gradients; of `Slices`, the values as they are, before repeated rows are added up.

    Args:
        grads: arrays or `Slices`.
        clips: pairs (how, limit): "norm" (each gradient's L2 norm), "global_norm" (that of all together) or "value"
            (each element), with the largest norm or absolute value; applied one after another.

    Returns:
        The clipped gradients. A global norm that is not finite makes all of them NaN.
    """
    for how, limit in clips:
        grads = _clipped(grads, how, limit)
    return list(grads)


def _clipped(grads: Sequence[Any], how: str, limit: float) -> list[Any]:
    if how == "value":
        return [_mapped(grad, lambda g: jnp.clip(g, _as(-limit, g), _as(limit, g))) for grad in grads]
    if how == "norm":

        def one(g: Any) -> Any:
            total = jnp.sum(jnp.square(g))
            norm = jnp.where(total > 0, jnp.sqrt(jnp.where(total > 0, total, 1)), total)
            return g * _as(limit, g) / jnp.maximum(norm, _as(limit, g))

        return [_mapped(grad, one) for grad in grads]
    values = [grad.values if isinstance(grad, Slices) else grad for grad in grads]
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(value.astype(_wide(value)))) for value in values))
    scale = limit * jnp.minimum(1 / norm, jnp.asarray(1 / limit, norm.dtype)) + (norm - norm)
    return [_mapped(grad, lambda g: g * scale.astype(g.dtype)) for grad in grads]


def _wide(value: Any) -> Any:
    return value.dtype if value.dtype.itemsize >= 4 else np.float32


def _mapped(grad: Any, function: Callable[[Any], Any]) -> Any:
    return Slices(function(grad.values), grad.indices) if isinstance(grad, Slices) else function(grad)


_compiled: dict[StepSpec, Callable[..., Any]] = {}
_MOST_STEPS = 256


def compiled(spec: StepSpec) -> Callable[..., Any]:
    """`step` of this spec, compiled; its state is donated."""
    found = _compiled.get(spec)
    if found is None:
        if len(_compiled) >= _MOST_STEPS:
            _compiled.clear()

        def run(state: Any, params: Any, grads: Any, rate: Any, iteration: Any, shared: Any, dynamic: Any) -> Any:
            return step(spec, state, params, grads, rate, iteration, shared, dynamic)

        found = _compiled[spec] = jax.jit(run, donate_argnums=0)
    return found


_clippers: dict[tuple[tuple[str, float], ...], Callable[..., Any]] = {}


def compiled_clip(clips: tuple[tuple[str, float], ...]) -> Callable[[list[Any]], list[Any]]:
    """`clip` of one kind, compiled."""
    found = _clippers.get(clips)
    if found is None:
        found = _clippers[clips] = jax.jit(lambda grads: clip(grads, clips))
    return found


# ---------------------------------------------------------------------------- pieces of a step as ops of their own


@op
def decayed(variable: TensorLike, rate: FreeLike, amount: float) -> Any:
    """A variable after weight decay: w - w amount rate (decoupled, Loshchilov and Hutter 2017)."""
    return variable - variable * _as(amount, variable) * rate.astype(variable.dtype)


@op
def averaged(average: TensorLike, variable: TensorLike, momentum: float) -> Any:
    """An exponential moving average, one step on: momentum a + (1-momentum) w."""
    return _as(momentum, average) * average + _as(1 - momentum, average) * variable


@op
def overwritten(variable: TensorLike, average: TensorLike, iteration: FreeLike, every: int) -> Any:
    """The average where a step (counted from 1) is a multiple of `every`, else the variable."""
    return jnp.where((iteration + 1) % every == 0, average, variable)


@op
def all_finite(values: FreeList) -> Any:
    """Whether every element of every array is finite, as a bool scalar."""
    return jnp.all(jnp.stack([jnp.all(jnp.isfinite(value)) for value in values]))


@op
def unscaled(values: FreeList, scale: FreeLike) -> Any:
    """Each array divided by the loss scale (by multiplication with its reciprocal), in its own dtype."""
    return [value * (1 / scale).astype(value.dtype) for value in values]


@op
def next_loss_scale(scale: FreeLike, good_steps: FreeLike, finite: FreeLike, growth_steps: int) -> Any:
    """(loss scale, good steps) after a step: doubled after `growth_steps` finite ones in a row, halved after a bad one.

    Micikevicius et al. 2017, "Mixed precision training". The scale stays finite and at least 1.
    """
    due = good_steps + 1 >= growth_steps
    doubled = jnp.where(jnp.isfinite(scale * 2), scale * 2, scale)
    grown = jnp.where(due, doubled, scale)
    count = jnp.where(due, 0, good_steps + 1)
    lower = jnp.maximum(scale / 2, 1).astype(scale.dtype)
    return jnp.where(finite, grown, lower), jnp.where(finite, count, 0).astype(good_steps.dtype)


@op
def cast_like(value: FreeLike, like: FreeLike) -> Any:
    """`value` in the dtype of `like`."""
    return value.astype(like.dtype)


@op
def time_decayed(rate: FreeLike, iteration: FreeLike, decay: float) -> Any:
    """The learning rate of optimizers with a decay: rate / (1 + decay iteration)."""
    return rate / (1 + _as(decay, rate) * iteration.astype(rate.dtype))
