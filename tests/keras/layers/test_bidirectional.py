"""Bidirectional."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.random.default_rng(0).standard_normal((2, 4, 3)).astype("float32")


@pytest.mark.parametrize(("mode", "join"), [("sum", np.add), ("mul", np.multiply), ("ave", lambda a, b: (a + b) / 2)])
def test_merge_modes(mode, join):
    layer = L.Bidirectional(L.LSTM(2, return_sequences=True), mode)
    out = layer(X)
    forward, backward = layer.forward_layer(X), np.flip(layer.backward_layer(X), 1)
    np.testing.assert_allclose(out, join(np.asarray(forward), backward), rtol=1e-6)


def test_no_merge_gives_both():
    first, second = L.Bidirectional(L.GRU(2), merge_mode=None)(X)
    assert first.shape == second.shape == (2, 2)


def test_names_weights_and_a_layer_of_ones_own_backwards():
    layer = L.Bidirectional(L.GRU(2), backward_layer=L.LSTM(3, go_backwards=True))
    assert layer(X).shape == (2, 5)
    assert len(layer.weights) == 6
    again = L.Bidirectional.from_config(layer.get_config())
    assert isinstance(again.backward_layer, L.LSTM)


def test_states_of_both_directions():
    layer = L.Bidirectional(L.LSTM(2, return_state=True))
    out, *states = layer(X)
    assert len(states) == 4
    again = layer(X, initial_state=states)
    assert not np.allclose(again[0], out)
    with pytest.raises(ValueError, match="initial_state"):
        layer(X, initial_state=states[:3])


def test_refused():
    with pytest.raises(ValueError, match="merge mode"):
        L.Bidirectional(L.LSTM(2), "max")
    with pytest.raises(ValueError, match="go_backwards"):
        L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(2))
    with pytest.raises(ValueError, match="recurrent layers"):
        L.Bidirectional(L.Dense(2))


@pytest.mark.parametrize("cls", [L.LSTM, L.GRU, L.SimpleRNN])
def test_masked_steps_of_sequences_are_zero(cls):
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    mask = tf.constant([[True, True, False], [False, True, True]])
    zero = np.abs(L.Bidirectional(cls(2, return_sequences=True))(x, mask=mask)).max(-1) == 0
    np.testing.assert_array_equal(zero, ~mask.numpy())


def test_a_given_backward_layer_is_renamed_as_keras_renames_it():
    L = tf.keras.layers
    layer = L.Bidirectional(L.LSTM(2, name="f"), backward_layer=L.GRU(2, go_backwards=True, name="b"), name="both")
    layer(tf.ones((1, 3, 2)))
    assert layer.weights[3].name == "both/backward_b/gru_cell/kernel:0"
    config = layer.get_config()
    assert config["backward_layer"]["config"]["name"] == "b"
    assert L.Bidirectional.from_config(config).backward_layer.name == "backward_b"


def test_cells_of_unregistered_classes():
    class Doubled(L.LSTMCell):
        def call(self, inputs, states, training=None):
            output, states = super().call(inputs, states, training=training)
            return output * 2, states

    for cells, width in ((Doubled(2), 4), ([Doubled(2), L.GRUCell(3)], 6)):
        layer = L.Bidirectional(L.RNN(cells))
        assert layer(X).shape == (2, width)
    assert type(L.Bidirectional(L.RNN(Doubled(2))).backward_layer.cell) is Doubled


def test_symbolic_sizes_count_the_units_of_both_directions():
    def both(mode):
        back = tf.keras.layers.GRU(3, go_backwards=True)
        return tf.keras.layers.Bidirectional(tf.keras.layers.GRU(2), mode, backward_layer=back)

    inputs = tf.keras.Input((4, 5))
    assert both("concat")(inputs).shape.as_list() == [None, 5]
    with pytest.raises(ValueError, match="Dimensions must be equal"):
        both("sum")(inputs)


class Shifted(L.Layer):
    state_size = 3

    def call(self, inputs, states, constants):
        return inputs + states[0] + constants[0], [inputs]


def test_a_model_with_constants_comes_back():
    x, constant = tf.keras.Input((4, 3)), tf.keras.Input((3,))
    layer = L.Bidirectional(L.RNN(Shifted()))
    model = tf.keras.Model([x, constant], layer(x, constants=constant))
    assert layer.get_config()["num_constants"] == 1
    again = tf.keras.Model.from_config(model.get_config(), custom_objects={"Shifted": Shifted})
    values = [X, np.ones((2, 3), "float32")]
    np.testing.assert_array_equal(again(values), model(values))
    np.testing.assert_allclose(model(values)[:, :3], X[:, 3] + X[:, 2] + 1, rtol=1e-6)


def test_it_is_trainable_if_its_layer_is():
    frozen = L.Bidirectional(L.LSTM(2, trainable=False))
    assert not frozen.trainable and not frozen.get_config()["trainable"]
    assert L.Bidirectional(L.LSTM(2, trainable=False), trainable=True).trainable
    assert L.Bidirectional(L.LSTM(2)).trainable
