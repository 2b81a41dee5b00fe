"""model.losses and the older `causal` argument, against tf_keras 2.21."""

import numpy as np
import pytest

import addax as tf
from addax.keras import Input, Model, layers


def test_losses_before_and_after_a_call():
    x = Input((2,))
    y = layers.Dense(3, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1")(x)
    model = Model(x, y)
    assert [type(loss).__name__ for loss in model.losses] == ["KerasTensor", "Tensor"]
    model.add_loss(tf.reduce_mean(y))
    assert [tuple(loss.shape) for loss in model.losses] == [(), (), ()]
    model(tf.ones((1, 2)))
    np.testing.assert_allclose([float(loss) for loss in model.losses], [0.06, 0.06, 2.0], rtol=1e-6)


def test_causal_attention_by_the_constructor():
    x = tf.constant(np.random.RandomState(0).rand(2, 3, 4).astype("float32"))
    layer = layers.Attention(causal=True)
    assert abs(float(tf.reduce_sum(layer([x, x]))) - 13.901115) < 1e-4 and "causal" not in layer.get_config()
    assert layers.AdditiveAttention(causal=True).causal


def test_float_categories_are_cut_to_integers():
    assert layers.CategoryEncoding(4)(tf.constant([[1.7, 2.0, 0.0]])).numpy().tolist() == [[1.0, 1.0, 1.0, 0.0]]


def test_masks_of_cells_and_their_layers():
    ones = tf.ones((2, 4))
    for cell in (layers.LSTMCell(3, dropout=0.5), layers.GRU(3, dropout=0.5)):
        one = cell.get_dropout_mask_for_cell(ones, True)
        assert one.shape == [2, 4] and bool(tf.reduce_all(one == cell.get_dropout_mask_for_cell(ones, True)))
        cell.reset_dropout_mask()
        assert len(cell.get_dropout_mask_for_cell(ones, False, 4)) == 4
        assert cell.get_recurrent_dropout_mask_for_cell(ones, True) is None
        cell.reset_recurrent_dropout_mask()


def test_values_are_refused_outside_of_a_call():
    layer = layers.Dense(1)
    layer.build((None, 2))
    for loss in (1.0, tf.constant(1.0)):
        with pytest.raises(ValueError, match="outside of a call"):
            layer.add_loss(loss)
    with pytest.raises(TypeError):
        layer.add_loss("x")
    with pytest.raises(ValueError, match="outside of a call"):
        layer.add_metric(1.0, name="m")
    layer.add_loss(None)
    layer.add_loss(lambda: tf.reduce_sum(layer.bias))
    assert float(layer.losses[0]) == 0 and layer.metrics == []


class Adding(tf.keras.layers.Layer):
    """Adds the mean of its input."""

    def call(self, x):
        self.add_loss(tf.reduce_mean(x))
        return x


class Own(tf.keras.Model):
    """Regularizers, a layer that adds a loss, and a loss of its own."""

    def __init__(self):
        super().__init__()
        self.first = tf.keras.layers.Dense(3, activity_regularizer="l2", kernel_regularizer="l1")
        self.adding, self.last = Adding(), tf.keras.layers.Dense(2)

    def call(self, x):
        self.add_loss(tf.reduce_sum(x) * 0.1)
        return self.last(self.adding(self.first(x)))


def shared():
    x = tf.keras.Input((3,))
    dense = tf.keras.layers.Dense(3, activity_regularizer="l2")
    return tf.keras.Model(x, tf.keras.layers.Dense(2)(dense(dense(x))))


def sequential():
    return tf.keras.Sequential(
        [layers.Dense(3, activity_regularizer="l2"), Adding(), layers.Dense(2, kernel_regularizer="l2")]
    )


def repeated():
    inner = layers.Dense(2, activity_regularizer="l2", kernel_regularizer="l1")
    steps = [layers.Reshape((3, 1)), layers.TimeDistributed(inner), layers.Flatten(), layers.Dense(2)]
    return tf.keras.Sequential(steps)


@pytest.mark.parametrize(("make", "count"), [(Own, 4), (shared, 2), (sequential, 3), (repeated, 2)])
def test_losses_after_compiled_steps_are_as_many_as_tensorflow_has(make, count):
    model = make()
    x, y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=2, verbose=0)
    assert len(model.losses) == count
    model.evaluate(x, y, verbose=0)
    assert len(model.losses) == count
    model(x)
    assert len(model.losses) == count and float(tf.add_n(model.losses)) != 0.0
