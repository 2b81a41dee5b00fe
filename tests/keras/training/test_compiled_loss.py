"""Losses given to compile, put to outputs."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.training.compiled_loss import CompiledLoss, match

ONES, TWOS = tf.ones((2, 1)), 2.0 * tf.ones((2, 1))


def values(loss):
    return {metric.name: float(metric.result()) for metric in loss.metrics}


def test_one_output():
    loss = CompiledLoss("mse")
    assert not loss.built and values(loss) == {"loss": 0.0}
    assert float(loss(ONES, 3.0 * ONES)) == 4.0 and loss.built
    assert float(loss(ONES, ONES, sample_weight=tf.constant([1.0, 3.0]))) == 0.0
    assert values(loss) == {"loss": 2.0}
    loss.reset_state()
    assert values(loss) == {"loss": 0.0}


def test_batches_count_by_their_rows():
    loss = CompiledLoss("mse")
    loss(tf.zeros((3, 1)), tf.ones((3, 1)))
    loss(tf.zeros((1, 1)), 3.0 * tf.ones((1, 1)))
    assert values(loss) == {"loss": (3 * 1 + 9) / 4}


@pytest.mark.parametrize(
    "given", [["mse", "mae"], {"a": "mse", "b": "mae"}, [keras.losses.mse, keras.losses.MeanAbsoluteError()]]
)
@pytest.mark.parametrize("weights", [[1.0, 10.0], {"b": 10.0}])
def test_several_outputs(given, weights):
    loss = CompiledLoss(given, weights, ["a", "b"])
    total = loss([ONES, ONES], [3.0 * ONES, TWOS])
    assert float(total) == 4.0 + 10.0
    assert values(loss) == {"loss": 14.0, "a_loss": 4.0, "b_loss": 1.0}


def test_some_outputs_have_no_loss():
    loss = CompiledLoss({"a": "mse"}, None, ["a", "b"])
    assert float(loss({"a": ONES}, [TWOS, ONES])) == 1.0
    assert values(loss) == {"loss": 1.0, "a_loss": 1.0}
    with pytest.raises(ValueError, match="targets for the output 'a'"):
        loss({"b": ONES}, [TWOS, ONES])


def test_one_loss_serves_all_outputs_and_structures():
    loss = CompiledLoss("mae")
    assert float(loss({"x": ONES, "y": TWOS}, {"x": ONES, "y": ONES})) == 1.0
    assert loss.output_names == ["x", "y"] and values(loss) == {"loss": 1.0, "x_loss": 0.0, "y_loss": 1.0}
    unnamed = CompiledLoss("mae")
    unnamed((ONES, ONES), (ONES, TWOS))
    assert list(values(unnamed)) == ["loss", "output_1_loss", "output_2_loss"]


def test_added_losses():
    loss = CompiledLoss("mse")
    assert float(loss(ONES, ONES, regularization_losses=[tf.constant(2.0), tf.constant([1.0, 2.0])])) == 5.0
    none = CompiledLoss(None)
    assert float(none(None, ONES, regularization_losses=[tf.constant(2.0)])) == 2.0 and values(none) == {"loss": 2.0}
    assert CompiledLoss(None)(None, ONES) is None


def test_unreduced_losses_are_summed():
    loss = CompiledLoss(keras.losses.MeanSquaredError(reduction="none"))
    assert float(loss(tf.zeros((3, 1)), tf.ones((3, 1)))) == 3.0


def test_functions_with_masks_and_weights():
    def own(y_true, y_pred):
        return tf.abs(y_true - y_pred)[:, 0]

    loss = CompiledLoss(own)
    assert float(loss(tf.zeros((2, 1)), tf.constant([[1.0], [3.0]]), sample_weight=tf.constant([1.0, 0.0]))) == 0.5
    with pytest.raises(ValueError, match="(?i)loss"):
        CompiledLoss(3.0)(ONES, ONES)


def test_targets_are_fitted_to_predictions():
    true, weight = match(np.array([1, 2]), tf.ones((2, 1)), np.array([1.0, 2.0]))
    assert true.shape == [2, 1] and true.dtype == tf.int64 and weight.shape == [2, 1] and weight.dtype == tf.float32
    true, _ = match(tf.ones((2, 1), tf.float64), tf.ones((2, 1)), None)
    assert true.dtype == tf.float32


def test_class_indices():
    sparse = keras.losses.SparseCategoricalCrossentropy(ignore_class=5, name="ce")
    loss = CompiledLoss({"a": sparse, "b": "mse", "c": "sparse_categorical_crossentropy"}, None, ["a", "b", "c"])
    assert loss.class_indices() == []  # the outputs are not known yet
    loss.build([keras.Input((7,)), keras.Input((1,)), keras.Input((4, 3))])
    assert [entry[:3] for entry in loss.class_indices()] == [(0, 7, 5), (2, 3, None)]
    assert "'ce' of the output 'a'" in loss.class_indices()[0][3]


def test_losses_of_examples_are_minimized_by_their_sum_and_shown_by_their_mean():
    x, y = np.arange(12.0).reshape(6, 2).astype("float32"), np.ones((6, 1), "float32")
    inputs = keras.Input((2,))
    heads = [keras.layers.Dense(1, kernel_initializer="ones", name=name)(inputs) for name in "ab"]
    model = keras.Model(inputs, heads)
    none = keras.losses.MeanSquaredError(reduction="none")
    model.compile(keras.optimizers.SGD(1e-4), none, loss_weights=[1.0, 0.5])
    history = model.fit(x, [y, y], batch_size=4, shuffle=False, verbose=0).history  # recorded from tf_keras 2.21
    np.testing.assert_allclose(
        [history[k][0] for k in ("loss", "a_loss", "b_loss")], [161.296844, 106.962097, 108.66948], rtol=1e-5
    )
    np.testing.assert_allclose(model.get_weights()[0].ravel(), [0.91374207, 0.9019335], rtol=1e-5)
