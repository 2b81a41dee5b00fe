"""tf.nn.RNNCellDropoutWrapper, RNNCellResidualWrapper, RNNCellDeviceWrapper; the numbers are TensorFlow's."""

import numpy as np
import pytest

import addax as tf

X = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]) * 0.1
AFTER = [[0.99850804], [0.9997532]]  # each of the three units


def cell():
    return tf.keras.layers.SimpleRNNCell(3, kernel_initializer="ones", recurrent_initializer="ones")


def near(tensor, expected):
    np.testing.assert_allclose(tensor.numpy(), np.broadcast_to(expected, tensor.shape), rtol=1e-6)


def test_residual():
    output, (state,) = tf.nn.RNNCellResidualWrapper(cell())(X, [tf.ones([2, 3])])
    near(output, [[1.098508, 1.198508, 1.298508], [1.3997532, 1.4997532, 1.5997531]])
    near(state, AFTER)
    wrapped = tf.nn.RNNCellResidualWrapper(cell(), residual_fn=lambda inputs, outputs: inputs * 10 + outputs)
    near(wrapped(X, [tf.ones([2, 3])])[0], [[1.998508, 2.998508, 3.998508], [4.999753, 5.999753, 6.999753]])
    again = tf.nn.RNNCellResidualWrapper.from_config(wrapped.get_config())
    near(again(X, [tf.ones([2, 3])])[0], [[1.998508, 2.998508, 3.998508], [4.999753, 5.999753, 6.999753]])
    near(tf.keras.layers.RNN(tf.nn.RNNCellResidualWrapper(cell()))(tf.ones([1, 2, 3]) * 0.1), 0.9255305)
    with pytest.raises(ValueError, match="Shapes"):
        tf.nn.RNNCellResidualWrapper(tf.keras.layers.SimpleRNNCell(4))(X, [tf.ones([2, 4])])


def test_older_methods():
    wrapped = tf.nn.RNNCellDeviceWrapper(cell(), "cpu:0")
    near(wrapped.apply(X, [tf.ones([2, 3])])[0], AFTER)
    assert list(wrapped.get_losses_for(None)) == list(wrapped.get_updates_for(None)) == []


def test_names_of_weights():
    wrapped = tf.nn.RNNCellResidualWrapper(cell(), name="wrapped")
    wrapped(X, [tf.ones([2, 3])])
    assert [v.name for v in wrapped.weights] == ["wrapped/kernel:0", "wrapped/recurrent_kernel:0", "wrapped/bias:0"]


def test_sizes_and_states():
    wrapped = tf.nn.RNNCellDeviceWrapper(cell(), "cpu:0")
    assert (wrapped.state_size, wrapped.output_size) == (3, 3)
    for states in (wrapped.get_initial_state(batch_size=2, dtype=tf.float32), wrapped.zero_state(2, tf.float32)):
        assert np.asarray(states[0] if isinstance(states, list) else states).tolist() == [[0.0] * 3] * 2
    near(wrapped(X, [tf.ones([2, 3])])[0], AFTER)
    assert tf.nn.RNNCellDeviceWrapper.from_config(wrapped.get_config()).get_config()["device"] == "cpu:0"


def test_dropout():
    ones = [tf.ones([2, 3])]
    near(tf.nn.RNNCellDropoutWrapper(cell())(X, ones)[0], AFTER)
    wrapped = tf.nn.RNNCellDropoutWrapper(cell(), state_keep_prob=0.5, seed=3)
    output, (state,) = wrapped(X, ones)
    near(output, AFTER)
    whole = 2 * np.array(AFTER)
    assert np.isclose(state / whole, 0).sum() + np.isclose(state / whole, 1).sum() == 6
    many = tf.nn.RNNCellDropoutWrapper(cell(), output_keep_prob=0.25)(tf.ones([400, 3]), [tf.ones([400, 3])])[0]
    assert abs(np.count_nonzero(many) / many.numpy().size - 0.25) < 0.06
    kept = tf.nn.RNNCellDropoutWrapper(cell(), state_keep_prob=0.5, dropout_state_filter_visitor=lambda part: False)
    near(kept(X, ones)[1][0], AFTER)
    assert wrapped.wrapped_cell is wrapped.cell
    config = tf.nn.RNNCellDropoutWrapper.from_config(wrapped.get_config()).get_config()
    assert {name: config[name] for name in ("input_keep_prob", "state_keep_prob", "variational_recurrent", "seed")} == {
        "input_keep_prob": 1.0, "state_keep_prob": 0.5, "variational_recurrent": False, "seed": 3,
    }  # fmt: skip


def test_variational_dropout_is_the_same_in_each_call():
    wrapped = tf.nn.RNNCellDropoutWrapper(
        cell(), 1.0, 0.5, variational_recurrent=True, dtype=tf.float32, input_size=3, seed=1
    )
    first = wrapped(tf.ones([5, 3]), [tf.ones([5, 3])])[0].numpy()
    assert (first == first[0]).all()
    assert np.array_equal(first, wrapped(tf.ones([5, 3]), [tf.ones([5, 3])])[0])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"input_keep_prob": 1.5}, ValueError),
        ({"state_keep_prob": -0.1}, ValueError),
        ({"variational_recurrent": True}, ValueError),
        ({"variational_recurrent": True, "dtype": tf.float32, "input_keep_prob": 0.5}, ValueError),
        ({"dropout_state_filter_visitor": 3}, TypeError),
        ({"cell": None}, AttributeError),
    ],
)
def test_refused(options, error):
    with pytest.raises(error, match="DropoutWrapper"):
        tf.nn.RNNCellDropoutWrapper(**{"cell": cell(), **options})


def test_trained_in_a_model():
    tf.keras.utils.set_random_seed(1)
    inputs = tf.keras.Input((4, 3))
    wrapped = tf.nn.RNNCellDropoutWrapper(tf.nn.RNNCellResidualWrapper(tf.keras.layers.LSTMCell(3)), 0.9)
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(tf.keras.layers.RNN(wrapped)(inputs)))
    model.compile("sgd", "mse")
    losses = model.fit(np.ones((8, 4, 3), "f4"), np.ones((8, 1), "f4"), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_loaded_weights_are_named_after_the_layer():
    inputs = tf.keras.Input((4, 3))
    cells = tf.nn.RNNCellResidualWrapper(tf.keras.layers.LSTMCell(3))
    model = tf.keras.Model(inputs, tf.keras.layers.RNN(cells, name="rnn")(inputs))
    names = [weight.name for weight in tf.keras.Model.from_config(model.get_config()).weights]
    assert names == [weight.name for weight in model.weights]
    assert names[0] == "rnn/residual_wrapper/kernel:0"
