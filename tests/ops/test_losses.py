from __future__ import annotations

import numpy as np

from addax.core.convert import TensorLike, constant
from addax.core.dispatch import op
from addax.core.tape import GradientTape
from addax.ops import losses


def _gradient(function, x):
    x = constant(x)
    with GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x).numpy().tolist()


@op
def clipped(x: TensorLike):
    return losses.clip(x, 0.0, 1.0)


def test_clip_passes_the_gradient_at_its_borders():
    assert _gradient(clipped, [-0.5, 0.0, 0.5, 1.0, 1.5]) == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_one_call_does_function_weights_mask_and_reduction():
    y, p = constant([[0.0], [0.0], [0.0]]), constant([[1.0], [2.0], [3.0]])
    whole = losses.weighted_loss(
        y, p, constant([1.0, 1.0, 2.0]), constant([True, False, True]), "mean_squared_error", (), "sum_over_batch_size"
    )
    assert float(whole) == (1 + 18) / 2
    assert float(losses.loss(y, p, "mean_squared_error", (), "sum")) == 14.0
    assert np.allclose(
        _gradient(lambda p: losses.loss(y, p, "mean_squared_error", (), "sum"), [[1.0], [2.0], [3.0]]), [[2], [4], [6]]
    )


def test_empty_batches_have_no_loss():
    empty = constant(np.zeros((0, 2), np.float32))
    assert float(losses.loss(empty, empty, "mean_squared_error", (), "sum_over_batch_size")) == 0.0


def test_softmax_crossentropy_twice_differentiable():
    x = constant([[0.3, -0.2, 0.5]])
    y = constant([[0.0, 1.0, 0.0]])
    with GradientTape() as outer:
        outer.watch(x)
        with GradientTape() as inner:
            inner.watch(x)
            loss = losses.loss(y, x, "categorical_crossentropy", (("from_logits", True),), "sum")
        first = inner.gradient(loss, x)
    p = np.exp(x.numpy()) / np.exp(x.numpy()).sum()
    np.testing.assert_allclose(first.numpy(), p - y.numpy(), rtol=1e-5)
    hessian = outer.jacobian(first, x).numpy().reshape(3, 3)
    np.testing.assert_allclose(hessian, np.diag(p[0]) - np.outer(p, p), rtol=1e-4, atol=1e-6)


def test_no_gradient_passes_a_clip_at_nan():
    assert _gradient(clipped, np.array([np.nan, 0.5], np.float32)) == [0.0, 1.0]
