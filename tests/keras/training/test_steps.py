"""Parts of a step overridden by the user; numbers of TensorFlow 2.21 with Keras 2."""

import numpy as np
import pytest

import addax as tf
from addax import keras

X = np.random.default_rng(0).standard_normal((20, 5)).astype("float32")
Y = (X @ np.random.default_rng(0).standard_normal((5, 1))).astype("float32")


def trained(**parts):
    cls = type("Own", (keras.Model,), parts)
    inputs = keras.Input((5,))
    model = cls(inputs, keras.layers.Dense(1, kernel_regularizer="l2")(inputs))
    rng = np.random.default_rng(1)
    model.set_weights([rng.standard_normal(w.shape).astype("float32") * 0.3 for w in model.get_weights()])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0, shuffle=False, validation_data=(X, Y)).history
    return model, history


def own_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
    return tf.reduce_mean(tf.abs(y_pred - y)) * 3.0 + sum(self.losses)


def own_metrics(self, x, y, y_pred, sample_weight):
    return {**keras.Model.compute_metrics(self, x, y, y_pred, sample_weight), "extra": tf.reduce_max(y_pred)}


def test_a_loss_of_ones_own_is_not_reported_as_the_compiled_one():
    model, history = trained(compute_loss=own_loss)
    assert list(history) == ["mae", "val_mae"] and model.metrics_names == ["mae"]
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), 0.7237359, rtol=1e-4)
    np.testing.assert_allclose(model.train_on_batch(X, Y), 0.7237359, rtol=1e-4)
    _, history = trained(compute_loss=own_loss, compute_metrics=own_metrics)
    assert list(history) == ["mae", "extra", "val_mae", "val_extra"]


def test_a_loss_that_builds_on_the_compiled_one_is_reported():
    def twice(self, *args, **kwargs):
        return 2.0 * keras.Model.compute_loss(self, *args, **kwargs)

    model, history = trained(compute_loss=twice)
    assert list(history) == ["loss", "mae", "val_loss", "val_mae"] and model.metrics_names == ["loss", "mae"]


@pytest.mark.parametrize("part", ["predict_step", "test_step"])
def test_steps_of_ones_own_return_what_they_like(part):
    def predict_step(self, data):
        return {"out": self(data), "ones": tf.ones(tf.shape(data)[:1])}

    def test_step(self, data):
        x, y = data
        self.compiled_metrics.update_state(y, self(x, training=False))
        return {"sum": tf.reduce_sum(y), **{metric.name: metric.result() for metric in self.metrics}}

    model, history = trained(**{part: {"predict_step": predict_step, "test_step": test_step}[part]})
    if part == "test_step":
        assert [name for name in history if name.startswith("val_")] == ["val_sum", "val_loss", "val_mae"]
    else:
        assert {name: value.shape for name, value in model.predict(X, verbose=0).items()} == {
            "out": (20, 1),
            "ones": (20,),
        }


def test_losses_are_scaled_unless_told_otherwise():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, dtype="mixed_float16", input_shape=(2,))])
    model._policy = tf.keras.mixed_precision.Policy("mixed_float16")
    model.compile("sgd", "mse")
    assert isinstance(model.optimizer, tf.keras.mixed_precision.LossScaleOptimizer)
    model.compile("sgd", "mse", auto_scale_loss=False)
    assert not isinstance(model.optimizer, tf.keras.mixed_precision.LossScaleOptimizer)
