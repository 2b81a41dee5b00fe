"""Wrapper, TimeDistributed, StackedRNNCells, SpectralNormalization."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.random.default_rng(0).standard_normal((2, 4, 6)).astype("float32")


def test_time_distributed_runs_all_steps_at_once():
    inner = L.Dense(3)
    out = L.TimeDistributed(inner)(X)
    np.testing.assert_allclose(out, inner(X), rtol=1e-5)
    images = np.ones((2, 3, 5, 5, 1), "float32")
    assert L.TimeDistributed(L.Conv2D(2, 3))(images).shape == (2, 3, 3, 3, 2)
    assert L.TimeDistributed(L.Conv2D(2, 3)).compute_output_shape((None, 7, 5, 5, 1)).as_list() == [None, 7, 3, 3, 2]
    with pytest.raises(ValueError, match="at least 3 dimensions"):
        L.TimeDistributed(L.Dense(2))(tf.ones((2, 3)))


def test_time_distributed_in_a_model_of_unknown_length():
    inputs = tf.keras.Input((None, 6))
    out = L.TimeDistributed(L.Dense(3))(inputs)
    assert out.shape.as_list() == [None, None, 3]
    assert tf.keras.Model(inputs, out)(X).shape == (2, 4, 3)


def test_wrappers_need_a_layer_and_come_back_from_configs():
    with pytest.raises(ValueError, match="valid Keras layer"):
        L.Wrapper(3)
    layer = L.TimeDistributed(L.Dense(3, activation="relu"))
    layer(X)
    again = L.TimeDistributed.from_config(layer.get_config())
    again(X)
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(again(X), layer(X))


@pytest.mark.parametrize("reverse", [False, True])
def test_stacked_cells_are_layers_in_a_row(reverse):
    first, second = L.LSTM(3, return_sequences=True), L.GRU(2)
    cells = L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(2)], reverse_state_order=reverse)
    stacked = L.RNN(cells, return_state=True)
    expected = second(first(X))
    stacked(X)
    stacked.set_weights([*first.get_weights(), *second.get_weights()])
    out, *states = stacked(X)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
    assert len(states) == 2
    np.testing.assert_allclose(states[0 if reverse else 1], expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="state_size"):
        L.StackedRNNCells([L.Dense(2)])


def test_spectral_normalization_brings_the_largest_singular_value_to_one():
    layer = L.SpectralNormalization(L.Dense(5), power_iterations=50)
    layer(X[:, 0], training=True)
    np.testing.assert_allclose(np.linalg.norm(layer.layer.kernel.numpy(), 2), 1, rtol=1e-3)
    assert [w.name.split("/")[-1] for w in layer.non_trainable_weights] == ["vector_u:0"]
    with pytest.raises(ValueError, match="power_iterations"):
        L.SpectralNormalization(L.Dense(2), power_iterations=0)
    with pytest.raises(ValueError, match="kernel"):
        L.SpectralNormalization(L.ReLU())(X)


def test_names_of_weights_below_a_sequential_start_anew():
    layer = L.TimeDistributed(tf.keras.Sequential([L.Dense(2, name="a"), L.Dense(3, name="b")]))
    layer(X[..., None])
    assert [w.name for w in layer.weights] == ["a/kernel:0", "a/bias:0", "b/kernel:0", "b/bias:0"]  # TensorFlow's


def test_submodules():
    layer = L.Bidirectional(L.LSTM(2))
    assert [each.name for each in layer.submodules][:3] == [f"{way}lstm" for way in ("forward_", "backward_", "")]
    tf.keras.backend.clear_session()
    attention = L.MultiHeadAttention(2, 3, dropout=0.1)
    attention(X, X)
    assert {each.name for each in attention.submodules} == {
        "query", "key", "value", "softmax", "dropout", "attention_output",
    }  # fmt: skip
    assert [L.Dropout(0.1).name, L.Softmax().name] == ["dropout_1", "softmax_1"]
    assert L.ConvLSTM2D(1, 1).cell.name == "conv_lstm_cell"


def test_a_mask_of_numpy_for_each_step():
    layer = tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(1, kernel_initializer="ones"))
    assert layer(np.ones((1, 3, 2), "f"), mask=np.array([[True, False, True]])).numpy().tolist() == [[[2.0]] * 3]
