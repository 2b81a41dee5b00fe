"""Update rules against NumPy and on a real problem; the step over all variables."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.core import errors
from addax.ops import optimizers as rules

ZERO = jnp.zeros((), jnp.int64)
RULES = {
    "sgd": (rules.sgd, 1, 0.05, {"momentum": 0.9, "nesterov": True}),
    "plain sgd": (rules.sgd, 0, 0.1, {"momentum": 0.0, "nesterov": False}),
    "rmsprop": (rules.rmsprop, 1, 0.05, {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}),
    "centered rmsprop": (rules.rmsprop, 3, 0.02, {"rho": 0.9, "momentum": 0.5, "epsilon": 1e-3, "centered": True}),
    "adam": (rules.adam, 2, 0.1, {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-7}),
    "amsgrad": (rules.adam, 3, 0.1, {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-7}),
    "adamax": (rules.adamax, 2, 0.1, {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-7}),
    "nadam": (rules.nadam, 2, 0.1, {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-7}),
    "adagrad": (rules.adagrad, 1, 0.9, {"epsilon": 1e-7}),
    "adadelta": (rules.adadelta, 2, 10.0, {"rho": 0.9, "epsilon": 1e-4}),
    "ftrl": (
        rules.ftrl, 2, 2.0, {"learning_rate_power": -0.5, "l1": 0.0, "l2": 0.0, "shrinkage": 0.0, "beta": 0.1},
    ),
    "adafactor": (
        rules.adafactor, 1, 0.5,
        {"beta_2_decay": -0.8, "epsilon_1": 1e-30, "epsilon_2": 0.1, "clip_threshold": 1.0, "relative_step": False},
    ),
    "lion": (rules.lion, 1, 0.02, {"beta_1": 0.9, "beta_2": 0.99}),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_rule_solves_a_badly_scaled_least_squares_problem(name):
    rule, count, rate, hyper = RULES[name]
    scale = jnp.array([1.0, 3.0], jnp.float32)
    target = jnp.array([1.0, -0.5], jnp.float32)

    def loss(w):
        return 0.5 * jnp.sum(jnp.square(scale * (w - target)))

    @jax.jit
    def many(w, slots, shared):
        def one(carry, i):
            w, slots, shared = carry
            if rule is rules.nadam:
                shared = rules.nadam_advance(shared, i, **hyper)
            w, slots = rule(w, jax.grad(loss)(w), slots, jnp.float32(rate), i, shared, **hyper)
            return (w, slots, shared), loss(w)

        return jax.lax.scan(one, (w, slots, shared), jnp.arange(400))

    start = jnp.zeros(2, jnp.float32)
    slots = tuple(jnp.full(2, 0.1, jnp.float32) if rule is rules.ftrl else jnp.zeros(2) for _ in range(count))
    slots = tuple(slot.astype(jnp.float32) for slot in slots)
    _, losses = many(start, slots, jnp.float32(1))
    assert float(loss(start)) > 1.5
    assert float(losses[-20:].mean()) < 5e-3


def test_adam_against_its_definition():
    rng = np.random.default_rng(0)
    w, m, v = rng.normal(size=3), np.zeros(3), np.zeros(3)
    ours, slots = jnp.asarray(w), (jnp.zeros(3), jnp.zeros(3))
    for t in range(1, 4):
        g = rng.normal(size=3)
        m, v = 0.875 * m + 0.125 * g, 0.984375 * v + 0.015625 * g * g
        w = w - 0.1 * np.sqrt(1 - 0.984375**t) / (1 - 0.875**t) * m / (np.sqrt(v) + 1e-8)
        ours, slots = rules.adam(
            ours,
            jnp.asarray(g),
            slots,
            jnp.float64(0.1),
            jnp.asarray(t - 1),
            None,
            beta_1=0.875,
            beta_2=0.984375,
            epsilon=1e-8,
        )
    np.testing.assert_allclose(ours, w, rtol=1e-12)


def test_adafactor_keeps_means_of_rows_and_columns_only():
    hyper = RULES["adafactor"][3]
    grad = jnp.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], jnp.float32)
    slots = (jnp.zeros(3, jnp.float32), jnp.zeros(2, jnp.float32), jnp.zeros((3, 2), jnp.float32))
    _, (rows, columns, _) = rules.adafactor(grad, grad, slots, jnp.float32(0.1), ZERO, None, **hyper)
    np.testing.assert_allclose(rows, np.mean(np.square(grad), 1))
    np.testing.assert_allclose(columns, np.mean(np.square(grad), 0), rtol=1e-6)


# ---------------------------------------------------------------------------- clipping


def test_clip_by_value_norm_and_global_norm():
    grads = [jnp.asarray([3.0, 4.0]), jnp.asarray([0.0, 12.0])]
    np.testing.assert_allclose(rules.clip(grads, (("value", 3.5),))[1], [0, 3.5])
    np.testing.assert_allclose(rules.clip(grads, (("norm", 1.0),))[0], [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose(rules.clip(grads, (("norm", 20.0),))[0], [3, 4], rtol=1e-6)
    clipped = rules.clip(grads, (("global_norm", 6.5),))
    np.testing.assert_allclose(clipped[0], [1.5, 2.0], rtol=1e-6)
    np.testing.assert_allclose(clipped[1], [0, 6.0], rtol=1e-6)
    np.testing.assert_allclose(rules.clip(grads, (("value", 4.0), ("norm", 1.0)))[1], [0, 1.0], rtol=1e-6)


def test_clip_of_zero_and_of_infinite_gradients():
    zero = jnp.zeros(2)
    assert np.all(np.asarray(rules.clip([zero], (("norm", 1.0),))[0]) == 0)
    assert np.isnan(np.asarray(rules.clip([zero, jnp.asarray([np.inf])], (("global_norm", 1.0),))[0])).all()


def test_slices_are_clipped_as_they_are_and_added_up_after():
    grad = rules.Slices(jnp.asarray([[2.0], [3.0]]), jnp.asarray([1, 1]))
    (clipped,) = rules.clip([grad], (("value", 2.5),))
    np.testing.assert_allclose(rules.dense(clipped, jnp.zeros((3, 1))), [[0], [4.5], [0]])


# ---------------------------------------------------------------------------- the step


def spec(**options):
    base = {
        "rule": rules.sgd, "advance": None, "hyper": (("momentum", 0.0), ("nesterov", False)), "clip": (),
        "decay": None, "ema": None, "accumulate": None, "lazy": None, "names": ("kernel", "bias"),
    }  # fmt: skip
    return rules.StepSpec(**{**base, **options})


def run(spec, params, grads, averages=(), sums=(), iteration=0, slots=None):
    params = [jnp.asarray(param, jnp.float32) for param in params]
    slots = [()] * len(params) if slots is None else slots
    return rules.step(
        spec, (slots, list(averages), list(sums)), params, grads, jnp.float32(0.5), jnp.asarray(iteration), None, {}
    )


def test_step_changes_all_variables_and_counts():
    _, params, iteration, _ = run(spec(), [[1.0, 2.0], 3.0], [jnp.float32([2.0, 2.0]), jnp.float32(1.0)])
    np.testing.assert_allclose(params[0], [0, 1])
    assert float(params[1]) == 2.5
    assert int(iteration) == 1


def test_step_decays_the_chosen_variables_before_the_update():
    _, params, _, _ = run(spec(decay=(0.1, 0.0)), [[1.0], [1.0]], [jnp.zeros(1, jnp.float32)] * 2)
    np.testing.assert_allclose([params[0][0], params[1][0]], [0.95, 1.0])


def test_step_averages_and_overwrites():
    (_, averages, _), params, _, _ = run(
        spec(ema=(0.5, 2)), [[1.0]], [jnp.float32([2.0])], averages=[jnp.float32([1.0])]
    )
    np.testing.assert_allclose([averages[0][0], params[0][0]], [0.5, 0.0])
    (_, averages, _), params, _, _ = run(
        spec(ema=(0.5, 2)), [[1.0]], [jnp.float32([2.0])], averages=[jnp.float32([1.0])], iteration=1
    )
    np.testing.assert_allclose([averages[0][0], params[0][0]], [0.5, 0.5])


def test_step_accumulates_means():
    total = [jnp.zeros(1, jnp.float32)]
    (_, _, sums), params, _, _ = run(spec(accumulate=2), [[1.0]], [jnp.float32([2.0])], sums=total)
    np.testing.assert_allclose([sums[0][0], params[0][0]], [2.0, 1.0])
    (_, _, sums), params, _, _ = run(spec(accumulate=2), [[1.0]], [jnp.float32([4.0])], sums=sums, iteration=1)
    np.testing.assert_allclose([sums[0][0], params[0][0]], [0.0, -0.5])


def test_lazy_steps_leave_other_rows_alone():
    grad = rules.Slices(jnp.float32([[1.0]]), jnp.asarray([1]))
    slots = [(jnp.ones((2, 1), jnp.float32),)]
    momentum = {"hyper": (("momentum", 0.5), ("nesterov", False))}
    (whole, _, _), params, _, _ = run(spec(**momentum), [[[0.0], [0.0]]], [grad], slots=slots)
    np.testing.assert_allclose(whole[0][0][:, 0], [0.5, 0.0])
    np.testing.assert_allclose(params[0][:, 0], [0.5, 0.0])
    (rows, _, _), params, _, _ = run(spec(lazy="rows", **momentum), [[[0.0], [0.0]]], [grad], slots=slots)
    np.testing.assert_allclose(rows[0][0][:, 0], [1.0, 0.0])
    np.testing.assert_allclose(params[0][:, 0], [0.0, 0.0])


@pytest.mark.parametrize(
    "grad, received",
    [(np.zeros(3, np.float32), r"float32 \(3,\)"), (np.zeros((2, 1), np.float64), r"float64 \(2, 1\)")],
)
def test_step_refuses_a_gradient_of_another_shape_or_dtype(grad, received):
    with pytest.raises(errors.InvalidArgumentError, match=f"'kernel'.*\n.*{received}"):
        run(spec(), [np.zeros((2, 1))], [jnp.asarray(grad)])


def test_a_gradient_that_broadcasts_is_broadcast():
    _, params, _, _ = run(spec(), [[1.0, 2.0]], [jnp.float32(2.0)])
    np.testing.assert_allclose(params[0], [0, 1])


def test_compiled_steps_are_kept_and_donate_their_state():
    made = rules.compiled(spec(hyper=(("momentum", 0.5), ("nesterov", False))))
    assert rules.compiled(spec(hyper=(("momentum", 0.5), ("nesterov", False)))) is made
    slot = jnp.zeros(2, jnp.float32) + 0
    made(([(slot,)], [], []), [jnp.ones(2, jnp.float32)], [jnp.ones(2, jnp.float32)], jnp.float32(0.1), ZERO, None, {})
    assert slot.is_deleted()


# ---------------------------------------------------------------------------- single ops


def test_loss_scale_doubles_halves_and_stays_in_range():
    def after(scale, good, finite):
        new, count = rules.next_loss_scale.body(jnp.float32(scale), jnp.asarray(good), jnp.asarray(finite), 3)
        return float(new), int(count)

    assert after(8.0, 0, True) == (8.0, 1)
    assert after(8.0, 2, True) == (16.0, 0)
    assert after(8.0, 2, False) == (4.0, 0)
    assert after(1.0, 0, False) == (1.0, 0)
    assert after(3e38, 2, True)[0] == np.float32(3e38)


def test_all_finite_and_unscaled():
    values = [jnp.float32([1.0, 2.0]), jnp.float16([4.0])]
    assert bool(rules.all_finite.body(values))
    assert not bool(rules.all_finite.body([*values, jnp.float32([np.nan])]))
    out = rules.unscaled.body(values, jnp.float32(2.0))
    assert [each.dtype for each in out] == [np.float32, np.float16]
    np.testing.assert_allclose(out[0], [0.5, 1.0])
