"""`RNN` over Addax's own cells gives what it gives where each cell is called at each step."""

import numpy as np
import pytest

import addax as tf
from addax.keras.layers import fused_cells, rnn

L = tf.keras.layers


class _Own(L.LSTMCell):
    """A subclass is called at each step."""


class _OwnGRU(L.GRUCell):
    pass


class _OwnRNN(L.SimpleRNNCell):
    pass


CELLS = {
    "LSTM": (lambda: L.LSTMCell(3), lambda: _Own(3)),
    "GRU": (lambda: L.GRUCell(3), lambda: _OwnGRU(3)),
    "stack": (lambda: [L.LSTMCell(4), L.GRUCell(3)], lambda: [_Own(4), _OwnGRU(3)]),
    "turned": (
        lambda: L.StackedRNNCells([L.SimpleRNNCell(2), L.LSTMCell(3)], reverse_state_order=True),
        lambda: L.StackedRNNCells([_OwnRNN(2), _Own(3)], reverse_state_order=True),
    ),
}
OPTIONS = [  # return_sequences, go_backwards, zero_output_for_mask
    (False, False, False), (True, True, False), (True, False, True), (False, True, True)
]  # fmt: skip


@pytest.fixture
def taken(monkeypatch):
    """Whether the last layer ran by one op for each cell."""
    seen = []
    monkeypatch.setattr(rnn, "over_steps", lambda *args: (seen.append(fused_cells.over_steps(*args)), seen[-1])[1])
    return lambda: seen[-1] is not None


def _pair(name, **options):
    ours, called = (L.RNN(make(), return_state=True, **options) for make in CELLS[name])
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32"))
    ours(x), called(x)
    called.set_weights([w + 0.1 for w in ours.get_weights()])
    ours.set_weights(called.get_weights())
    return ours, called, x


def _all(layer, x, **options):
    with tf.GradientTape() as tape:
        tape.watch(x)
        results = layer(x, **options)
        loss = sum(tf.reduce_sum(part**2) for part in tf.nest.flatten(results))
    return tf.nest.flatten(results), tape.gradient(loss, [x, *layer.trainable_variables])


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", CELLS)
def test_results_and_gradients(name, masked, taken):
    mask = tf.constant([[True, False, True, True, False], [False, True, True, False, True]]) if masked else None
    for sequences, backwards, zero in OPTIONS if masked else OPTIONS[:2]:
        options = {"return_sequences": sequences, "go_backwards": backwards, "zero_output_for_mask": zero}
        ours, called, x = _pair(name, **options)
        found = tf.function(lambda x, layer=ours: _all(layer, x, mask=mask))(x)
        assert taken()
        wanted = tf.function(lambda x, layer=called: _all(layer, x, mask=mask))(x)
        assert not taken()
        for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6, err_msg=str(options))


def test_eagerly(taken):
    ours, called, x = _pair("stack")
    for one, other in zip(tf.nest.flatten(_all(ours, x)), tf.nest.flatten(_all(called, x)), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)


def test_first_states_time_major_and_kept_states(taken):
    ours, called, x = _pair("stack", time_major=True, return_sequences=True)
    states = [[tf.ones((5, 4)), tf.ones((5, 4)) * 2], tf.ones((5, 3))]
    for one, other in zip(
        tf.nest.flatten(ours(x, initial_state=states)), tf.nest.flatten(called(x, initial_state=states)), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    ours, called, x = _pair("stack", stateful=True, batch_input_shape=(2, 5, 3))
    ours.reset_states(), called.reset_states()
    for _ in range(2):
        np.testing.assert_allclose(ours(x)[0], called(x)[0], rtol=1e-5, atol=1e-6)
    assert not taken()


@pytest.mark.parametrize(
    "cell",
    [
        lambda: L.LSTMCell(3, dropout=0.5), lambda: L.LSTMCell(3, activity_regularizer="l2"),
        lambda: L.GRUCell(3, activation=lambda x: x * 0.5), lambda: L.GRUCell(3, dtype="mixed_bfloat16"),
        lambda: L.StackedRNNCells([L.StackedRNNCells([L.LSTMCell(3)])]), lambda: [_Own(3), L.GRUCell(2)],
    ],
)  # fmt: skip
def test_cells_whose_calls_somebody_would_miss_are_called(cell, taken):
    L.RNN(cell())(tf.ones((2, 5, 3)), training=True)
    assert not taken()


def test_a_call_of_ones_own_is_called():
    layer = L.RNN(L.SimpleRNNCell(3))
    layer.cell.call = lambda inputs, states, training=None: (states[0] + 1.0, [states[0] + 1.0])
    assert layer(tf.ones((2, 5, 3))).numpy().tolist() == [[5.0] * 3] * 2
