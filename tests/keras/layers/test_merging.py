"""Merging layers: what they refuse, and their functions."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
A, B = tf.ones((2, 3)), 2 * tf.ones((2, 3))


def test_functions_are_layers():
    assert L.add([A, B]).numpy()[0, 0] == 3
    assert L.dot([A, B], axes=1, normalize=True).numpy().ravel() == pytest.approx([1, 1])
    x, y = tf.keras.Input((3,)), tf.keras.Input((3,))
    model = tf.keras.Model([x, y], L.concatenate([L.multiply([x, y]), L.maximum([x, y])]))
    np.testing.assert_allclose(model([A, B]), 2 * np.ones((2, 6)))


def test_unknown_sizes_broadcast():
    x, y = tf.keras.Input((None, 3)), tf.keras.Input((1, 3))
    assert L.Add()([x, y]).shape.as_list() == [None, None, 3]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: L.Add()(A), "list of inputs"),
        (lambda: L.Add()([A, tf.ones((2, 4))]), "incompatible shapes"),
        (lambda: L.Add()([A, tf.ones((3, 3))]), "different batch sizes"),
        (lambda: L.Subtract()([A, A, A]), "exactly 2 inputs"),
        (lambda: L.Concatenate()([A, tf.ones((3, 3))]), "matching shapes except for the concatenation axis"),
        (lambda: L.Concatenate()([A, tf.ones((2, 3, 1))]), "matching shapes"),
        (lambda: L.Dot(axes=1)([A, tf.ones((2, 4))]), "Incompatible input shapes"),
        (lambda: L.Dot(axes=(1, 2, 3)), "two ints"),
    ],
)
def test_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_dot_over_an_axis_that_is_not_there():
    for axes in (3, (1, 2)):
        with pytest.raises(IndexError, match="needs inputs with these axes"):
            L.Dot(axes)([np.ones((2, 4)), np.ones((2, 4))])


def test_one_row_is_added_to_a_batch_that_fit_does_not_know():
    class Positions(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.add, self.dense = tf.keras.layers.Add(), tf.keras.layers.Dense(1)

        def call(self, x):
            return self.dense(self.add([x, tf.range(3.0)[tf.newaxis]]))

    model = Positions()
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), batch_size=2, verbose=0)
    with pytest.raises(ValueError, match="different batch sizes"):
        Positions()(tf.ones([4, 3]))


def test_symbolic_shapes_have_the_sizes_that_one_of_the_inputs_says():
    def made(layer, *shapes):
        return tuple(layer([tf.keras.Input(batch_shape=shape) for shape in shapes]).shape)

    layers = tf.keras.layers
    assert made(layers.Add(), (None, 1, None), (3, 4, 5)) == (3, 4, 5)
    assert made(layers.Add(), (None, 2, 1), (1, 2, None)) == (None, 2, None)
    assert made(layers.Concatenate(axis=1), (None, None, None, 4), (None, 2, 2, 4)) == (None, None, 2, 4)
    assert made(layers.Dot((1, 1)), (None, 4), (3, 4)) == (3, 1)


def test_computed_shapes_ignore_batches_that_differ():
    shapes = [(3, 4, 2), (4, 4, 1), (3, 4, 2)]
    assert tf.keras.layers.Add().compute_output_shape(shapes).as_list() == [None, 4, 2]
    assert tf.keras.layers.Add().compute_output_shape([(None, 2), (3, None)]).as_list() == [3, None]


def test_averages_of_integers():
    for dtype, wanted in (("int32", "float64"), ("int64", "float64"), ("uint8", "float32")):
        average = L.Average()([tf.constant([3, 4], dtype), tf.constant([2, 4], dtype)])
        assert average.dtype == wanted and average.numpy().tolist() == [2.5, 4.0]
    x = tf.keras.Input((3,), dtype="int32")
    assert L.Average()([x, x]).dtype == "float64"


@pytest.mark.parametrize(
    ("layer", "inputs", "kind"),
    [
        (L.Concatenate(3), [tf.keras.Input((3,))] * 2, IndexError),
        (L.Concatenate(-3), [tf.ones((2, 3))] * 2, IndexError),
        (L.Add(), [], IndexError),
        (L.Subtract(), [], IndexError),
        (L.Dot(0), [tf.keras.Input((3,))] * 2, ValueError),
    ],
)
def test_axes_and_lists_that_keras_refuses(layer, inputs, kind):
    with pytest.raises(kind):
        layer(inputs)
