"""Small things many times: an eager op, an eager tape, a step of guide 3's linear regression."""

from __future__ import annotations

import itertools
import warnings

import numpy as np

from benchmarks.work import Work, tensorflow, timed_many

add = Work("add", "eager op: a + b, 2x2 (JAX: jit of it)", "us")
tape = Work("tape", "eager tape: gradient of sqrt(square(a) + square(b)), 2x2", "us")
linear_eager = Work("linear_eager", "linear regression step, batch 256: eager", "us")
linear_function = Work("linear_function", "linear regression step, batch 256: tf.function (JAX: jit)", "us")
numbers = Work("numbers", "tf.function of 3 elements, another Python number each call (JAX: a static argument)", "us")
WORKS = [add, tape, linear_eager, linear_function, numbers]

_FIRST = 8  # calls with other numbers, before they are timed
_A = np.array([[1.0, -2.0], [3.0, 0.5]], "float32")
_B = np.array([[0.3, 1.0], [-1.0, 2.0]], "float32")


def batch() -> tuple[np.ndarray, np.ndarray]:
    """One batch of guide 3's two clouds of points: (256, 2) features and (256, 1) labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=(256, 1)).astype("float32")
    features = rng.normal(size=(256, 2)).astype("float32") + np.where(labels, [3.0, 0.0], [0.0, 3.0])
    return features.astype("float32"), labels


def _seconds(scale: float) -> float:
    return max(0.02, 0.5 * scale)


@add.by("addax", "tf")
def _add(framework: str, scale: float):
    tf = tensorflow(framework)
    a, b = tf.constant(_A), tf.constant(_B)
    return timed_many(lambda: a + b, lambda last: last.numpy(), _seconds(scale))


@add.by("torch")
def _add_torch(framework: str, scale: float):
    import torch

    a, b = torch.from_numpy(_A), torch.from_numpy(_B)
    return timed_many(lambda: a + b, lambda last: last.numpy(), _seconds(scale))


@add.by("jax")
def _add_jax(framework: str, scale: float):
    import jax
    import jax.numpy as jnp

    a, b, compiled = jnp.asarray(_A), jnp.asarray(_B), jax.jit(lambda a, b: a + b)
    return timed_many(lambda: compiled(a, b), jax.block_until_ready, _seconds(scale))


@tape.by("addax", "tf")
def _tape(framework: str, scale: float):
    tf = tensorflow(framework)
    a, b = tf.Variable(_A), tf.constant(_B)

    def gradient():
        with tf.GradientTape() as tape:
            c = tf.sqrt(tf.square(a) + tf.square(b))
        return tape.gradient(c, a)

    return timed_many(gradient, lambda last: last.numpy(), _seconds(scale))


@tape.by("torch")
def _tape_torch(framework: str, scale: float):
    import torch

    a, b = torch.from_numpy(_A).requires_grad_(), torch.from_numpy(_B)

    def gradient():
        c = torch.sqrt(torch.square(a) + torch.square(b))
        return torch.autograd.grad(c.sum(), a)[0]

    return timed_many(gradient, lambda last: last.numpy(), _seconds(scale))


@linear_eager.by("addax", "tf")
def _linear_eager(framework: str, scale: float):
    return _linear(tensorflow(framework), scale, compiled=False)


@linear_function.by("addax", "tf")
def _linear_function(framework: str, scale: float):
    return _linear(tensorflow(framework), scale, compiled=True)


def _linear(tf, scale: float, compiled: bool):
    """Guide 3's `train_on_batch`, on one batch again and again."""
    w, b = tf.Variable(tf.random.uniform(shape=(2, 1))), tf.Variable(tf.zeros(shape=(1,)))
    features, labels = (tf.constant(each) for each in batch())

    def train_on_batch(x, y):
        with tf.GradientTape() as tape:
            predictions = tf.matmul(x, w) + b
            loss = tf.reduce_mean(tf.square(y - predictions))
            dloss_dw, dloss_db = tape.gradient(loss, [w, b])
        w.assign_sub(0.01 * dloss_dw)
        b.assign_sub(0.01 * dloss_db)
        return loss

    step = tf.function(train_on_batch) if compiled else train_on_batch
    return timed_many(lambda: step(features, labels), lambda last: last.numpy(), _seconds(scale))


@linear_eager.by("torch")
def _linear_torch(framework: str, scale: float):
    import torch

    w, b = torch.rand(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    x, y = (torch.from_numpy(each) for each in batch())

    def step():
        loss = torch.mean(torch.square(y - (x @ w + b)))
        dw, db = torch.autograd.grad(loss, [w, b])
        with torch.no_grad():
            w.sub_(0.01 * dw)
            b.sub_(0.01 * db)
        return loss

    return timed_many(step, lambda last: last.detach().numpy(), _seconds(scale))


@linear_function.by("jax")
def _linear_jax(framework: str, scale: float):
    import jax
    import jax.numpy as jnp

    x, y = (jnp.asarray(each) for each in batch())

    @jax.jit
    def step(parameters, x, y):
        def loss_of(parameters):
            w, b = parameters
            return jnp.mean(jnp.square(y - (x @ w + b)))

        loss, gradients = jax.value_and_grad(loss_of)(parameters)
        return jax.tree.map(lambda p, g: p - 0.01 * g, parameters, gradients), loss

    state = [(jnp.full((2, 1), 0.5), jnp.zeros((1,)))]

    def run():
        state[0], loss = step(state[0], x, y)
        return loss

    return timed_many(run, jax.block_until_ready, _seconds(scale))


@numbers.by("addax", "tf")
def _numbers(framework: str, scale: float):
    tf = tensorflow(framework)
    warnings.filterwarnings("ignore", ".*was traced")
    product, x, number = tf.function(lambda x, k: x * k), tf.ones([3]), itertools.count()
    for _ in range(_FIRST):
        product(x, next(number) + 0.5)
    return timed_many(lambda: product(x, next(number) + 0.5), lambda last: last.numpy(), _seconds(scale))


@numbers.by("jax")
def _numbers_jax(framework: str, scale: float):
    import jax
    import jax.numpy as jnp

    product, x, number = jax.jit(lambda x, k: x * k, static_argnums=1), jnp.ones([3]), itertools.count()
    for _ in range(_FIRST):
        product(x, next(number) + 0.5)
    return timed_many(lambda: product(x, next(number) + 0.5), jax.block_until_ready, _seconds(scale))
