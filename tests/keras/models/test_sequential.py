"""Sequential: adding, popping, building when the shape is known."""

import numpy as np
import pytest

import addax as tf
from addax import keras

L = keras.layers


def test_three_ways_to_say_the_input_shape():
    for layers in (
        [keras.Input((4,)), L.Dense(2)],
        [L.InputLayer((4,)), L.Dense(2)],
        [L.Dense(2, input_shape=(4,))],
        [L.Dense(2, input_dim=4)],
    ):
        model = keras.Sequential(layers)
        assert (
            model.built
            and len(model.weights) == 2
            and model.input_shape == (None, 4)
            and model.output_shape == (None, 2)
        )
        assert len(model.layers) == 1


def test_without_a_shape_it_waits_for_data():
    model = keras.Sequential([L.Dense(2), L.Dropout(0.1), L.Dense(1)])
    assert not model.built and model.inputs is None and model.supports_masking
    for kind in ("weights", "trainable_variables", "non_trainable_weights"):
        with pytest.raises(ValueError, match="have not yet been created"):
            getattr(model, kind)
    with pytest.raises(ValueError, match="not yet been built"):
        model.summary()
    assert model(tf.ones((3, 4))).shape == [3, 1]
    assert model.built and len(model.weights) == 4
    assert model(tf.ones((7, 4))).shape == [7, 1]
    with pytest.raises(ValueError, match="must provide an `input_shape`"):
        keras.Sequential([L.Dense(2)]).build()


def test_add_and_pop():
    model = keras.Sequential(name="s")
    model.add(keras.Input((4,)))
    model.add(L.Dense(3, name="a"))
    model.add(L.Dense(2, name="b"))
    assert model.output_shape == (None, 2)
    model.pop()
    assert [layer.name for layer in model.layers] == ["a"] and model.output_shape == (None, 3)
    model.add(L.Dense(5, name="c"))
    assert model(tf.ones((1, 4))).shape == [1, 5]
    model.pop(), model.pop()
    with pytest.raises(TypeError, match="no layers"):
        model.pop()


def test_what_cannot_be_added():
    model = keras.Sequential([L.Dense(1, name="a", input_shape=(2,))], name="s")
    with pytest.raises(TypeError, match=r"s, add: expected an instance(.|\n)*To do: call the class"):
        model.add(L.Dense)
    with pytest.raises(ValueError, match="Name 'a' is already"):
        model.add(L.Dense(1, name="a"))
    with pytest.raises(ValueError, match="Input must come first"):
        model.add(keras.Input((2,)))
    with pytest.raises(ValueError, match="single output tensor"):
        keras.Sequential([keras.Input((3, 2)), L.LSTM(2, return_state=True)])


def test_programs_follow_changes():
    model = keras.Sequential([L.Dense(2, input_shape=(2,), kernel_initializer="ones")])
    x = np.ones((3, 2), "float32")
    assert model.predict(x, verbose=0).shape == (3, 2)
    model.add(L.Dense(1, kernel_initializer="ones"))
    assert model.predict(x, verbose=0).tolist() == [[4.0]] * 3
    model.pop()
    assert model.predict(x, verbose=0).tolist() == [[2.0, 2.0]] * 3


def test_models_inside():
    inner = keras.Sequential([L.Dense(3, input_shape=(2,)), L.Dense(2)])
    model = keras.Sequential([inner, L.Dense(1)])
    assert model.built and model.input_shape == (None, 2) and len(model.weights) == 6
    late = keras.Sequential([keras.Sequential([L.Dense(2)]), keras.Sequential([L.Dense(1)])])
    assert late(tf.ones((1, 3))).shape == [1, 1] and len(late.weights) == 4


def test_slices_of_layers_share_weights():
    model = keras.Sequential([L.Dense(3, input_shape=(2,)), L.Dense(2), L.Dense(1)])
    middle = keras.Model(model.inputs, model.layers[1].output)
    part = keras.Sequential(model.layers[:2])
    x = tf.ones((1, 2))
    np.testing.assert_allclose(part(x), middle(x), rtol=1e-6)
    assert part.weights[0] is model.weights[0]


def test_configs():
    model = keras.Sequential([keras.Input((4,)), L.Dense(2, activation="relu", name="d")], name="s")
    again = keras.Sequential.from_config(model.get_config())
    assert again.name == "s" and again.built and again.layers[0].name == "d"
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(tf.ones((1, 4))), model(tf.ones((1, 4))))
    unbuilt = keras.Sequential([L.Dense(2)])
    unbuilt(tf.ones((1, 3)))
    assert keras.Sequential.from_config(unbuilt.get_config()).built


def test_a_batch_size_that_is_fixed():
    model = keras.Sequential([L.Dense(1, batch_input_shape=(4, 2))])
    assert model.input_shape == (4, 2) and model.predict(np.ones((8, 2)), batch_size=4, verbose=0).shape == (8, 1)


def test_metrics_in_attributes_are_not_among_the_weights():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.counted = tf.keras.metrics.Mean()
    model.build((None, 2))
    assert len(model.weights) == 2  # in a functional or subclassed model there are four
