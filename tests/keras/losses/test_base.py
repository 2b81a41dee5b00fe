import numpy as np
import pytest

from addax.core.convert import constant
from addax.core.function import function
from addax.core.tape import GradientTape
from addax.keras import losses
from addax.keras.losses import Loss, LossFunctionWrapper, Reduction
from addax.ops import math as ops_math

Y = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], np.float32)
P = np.array([[1.0, 1.0], [2.0, 5.0], [4.0, 2.0]], np.float32)
EACH = ((Y - P) ** 2).mean(-1)


class Own(Loss):
    def call(self, y_true, y_pred):
        return ops_math.reduce_mean(ops_math.square(y_pred - y_true), axis=-1)


@pytest.mark.parametrize("loss_class", [losses.MeanSquaredError, Own])
def test_reductions_and_weights(loss_class):
    y, p = constant(Y), constant(P)
    w = np.array([1.0, 0.5, 2.0], np.float32)
    assert np.allclose(loss_class()(y, p), EACH.mean())
    assert np.allclose(loss_class(reduction="sum")(y, p), EACH.sum())
    assert np.allclose(loss_class(reduction=Reduction.NONE)(y, p), EACH)
    assert np.allclose(loss_class()(y, p, w), (EACH * w).mean())
    assert np.allclose(loss_class()(y, p, w[:, None]), (EACH * w).mean())
    assert np.allclose(loss_class()(y, p, 2.0), EACH.mean() * 2)
    assert np.allclose(loss_class(reduction="none")(y, p, w), EACH * w)


@pytest.mark.parametrize("loss_class", [losses.MeanSquaredError, Own])
def test_masks(loss_class):
    p = constant(P)
    p._keras_mask = constant([True, False, True])
    assert np.allclose(loss_class()(constant(Y), p), (EACH[0] + EACH[2]) / 2)
    assert np.allclose(loss_class(reduction="sum")(constant(Y), p), EACH[0] + EACH[2])
    assert np.allclose(loss_class(reduction="none")(constant(Y), p, [1.0, 1.0, 3.0]), [EACH[0], 0, 3 * EACH[2]])


def test_ranks_differ_by_an_axis_of_one():
    loss = losses.MeanSquaredError()
    column, vector = constant(P[:, :1]), constant(Y[:, 0])
    assert np.allclose(loss(vector, column), ((Y[:, 0] - P[:, 0]) ** 2).mean())
    assert np.allclose(loss(column, vector), ((Y[:, 0] - P[:, 0]) ** 2).mean())
    # Lists are taken as they are, as in Keras: [3] and [3, 1] broadcast.
    assert np.allclose(loss([1.0, 2.0], [[1.0], [2.0]]), 0.5)


def test_ignored_class_does_not_count_in_a_mean():
    logits = constant(P)
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)
    plain = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    each = plain([0, 0, 0], logits).numpy()
    assert np.allclose(loss([0, 1, 0], logits), (each[0] + each[2]) / 2)


def test_own_functions_compile_and_differentiate():
    def cubic(y_true, y_pred, scale=1.0):
        return ops_math.reduce_sum(scale * ops_math.abs(y_pred - y_true) ** 3, axis=-1)

    loss = LossFunctionWrapper(cubic, scale=2.0, name="cubic")
    p = constant(P)
    with GradientTape() as tape:
        tape.watch(p)
        value = loss(constant(Y), p)
    assert np.allclose(tape.gradient(value, p), 6 * (P - Y) * np.abs(P - Y) / 3)
    assert np.allclose(function(loss)(constant(Y), p), value)


def test_configs():
    assert Own(reduction="sum", name="own").get_config() == {"reduction": "sum", "name": "own"}
    config = losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1).get_config()
    assert config["fn"] == "binary_crossentropy" and config["label_smoothing"] == 0.1
    back = losses.BinaryCrossentropy.from_config(config)
    assert back.get_config() == config
    wrapped = LossFunctionWrapper(losses.huber, delta=3.0)
    assert LossFunctionWrapper.from_config(wrapped.get_config()).get_config() == wrapped.get_config()


def test_refuses():
    with pytest.raises(ValueError, match="avg"):
        losses.MeanSquaredError(reduction="avg")
    with pytest.raises(NotImplementedError, match="call"):
        Loss()([1.0], [1.0])


def test_float64_stays():
    assert losses.MeanSquaredError()(Y.astype(np.float64), P.astype(np.float64)).dtype.name == "float64"


def test_dtypes_of_losses():
    """An argument of Keras 3: what is computed in; without it the predictions' dtype decides, as in Keras 2."""
    loss = losses.MeanSquaredError(dtype="float64")
    found = loss(np.float32([[1.0]]), np.float32([[1.0 / 3.0]]))
    assert found.dtype == "float64" and loss.get_config()["dtype"] == "float64"
    assert losses.MeanSquaredError.from_config(loss.get_config()).dtype == "float64"
    assert "dtype" not in losses.MeanSquaredError().get_config()
    names = set(vars(losses)) - {"Loss", "LossFunctionWrapper", "Reduction"}
    classes = [each for name in names if isinstance(each := getattr(losses, name), type) and issubclass(each, Loss)]
    assert len(classes) >= 22 and all(each(dtype="float16").dtype == "float16" for each in classes)


def test_class_axes_of_sparse_cross_entropy():
    loss = losses.SparseCategoricalCrossentropy(axis=1)
    y_pred = np.float32([[[0.2, 0.5], [0.8, 0.5]]])
    np.testing.assert_allclose(loss([[1, 0]], y_pred), -np.log([0.8, 0.5]).mean(), rtol=1e-5)
    assert losses.SparseCategoricalCrossentropy.from_config(loss.get_config()).get_config() == loss.get_config()
    assert "axis" not in losses.SparseCategoricalCrossentropy().get_config()
