"""RNN with cells of the user's, states, constants, nesting."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.random.default_rng(0).standard_normal((4, 5, 3)).astype("float32")


class Leaky(L.Layer):
    """A cell with a trained kernel and a counter of its steps."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight("kernel", (shape[-1], self.units))
        self.steps = self.add_weight("steps", (), initializer="zeros", trainable=False)

    def call(self, inputs, states):
        self.steps.assign_add(1.0)
        state = 0.5 * states[0] + tf.matmul(inputs, self.kernel)
        return state, [state]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def reference(kernel):
    state, outputs = np.zeros((4, 2)), []
    for t in range(5):
        state = 0.5 * state + X[:, t] @ kernel
        outputs.append(state)
    return np.stack(outputs, 1)


def test_a_custom_cell_eager_and_compiled_with_gradients_and_written_variables():
    layer = L.RNN(Leaky(2), return_sequences=True, return_state=True)
    out, state = layer(X)
    expected = reference(layer.cell.kernel.numpy())
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(state, expected[:, -1], rtol=1e-5, atol=1e-6)
    assert float(layer.cell.steps) == 5

    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(X)[0] ** 2)
        return tape.gradient(loss, layer.cell.kernel)

    np.testing.assert_allclose(tf.function(gradient)(), gradient(), rtol=1e-4)
    assert float(layer.cell.steps) == 15
    np.testing.assert_allclose(tf.function(layer)(X)[0], expected, rtol=1e-5, atol=1e-6)


def test_masks_of_a_custom_cell_eager_and_compiled():
    layer = L.RNN(Leaky(2), return_sequences=True)
    mask = np.array([[1, 0, 1, 1, 0]] * 4, bool)
    eager = layer(X, mask=tf.constant(mask))
    np.testing.assert_allclose(eager[:, 1], eager[:, 0])
    compiled = tf.function(lambda x, m: layer(x, mask=m))(tf.constant(X), tf.constant(mask))
    np.testing.assert_allclose(compiled, eager, rtol=1e-6)


def test_config_with_a_custom_cell():
    layer = L.RNN(Leaky(2), go_backwards=True)
    with tf.keras.saving.custom_object_scope({"Leaky": Leaky}):
        again = L.RNN.from_config(layer.get_config())
    assert again.cell.units == 2 and again.go_backwards


def test_stateful_layers_carry_their_state():
    layer = L.GRU(3, stateful=True, return_sequences=True)
    whole = L.GRU.from_config({**layer.get_config(), "stateful": False})
    layer(X[:, :3])
    whole(X)
    whole.set_weights(layer.get_weights())
    layer.reset_states()
    parts = np.concatenate([layer(X[:, :3]), layer(X[:, 3:])], 1)
    np.testing.assert_allclose(parts, whole(X), rtol=1e-5, atol=1e-6)
    layer.reset_states(states=np.ones((4, 3), "float32"))
    np.testing.assert_array_equal(layer.states[0], np.ones((4, 3)))
    assert len(layer.weights) == 3
    with pytest.raises(ValueError, match="expects 1 states"):
        layer.reset_states([np.ones((4, 3)), np.ones((4, 3))])
    with pytest.raises(ValueError, match="found shape"):
        layer.reset_states(np.ones((4, 2)))
    with pytest.raises(AttributeError, match="stateful"):
        whole.reset_states()


def test_stateful_needs_a_batch_size():
    with pytest.raises(ValueError, match="batch size"):
        L.LSTM(2, stateful=True)(tf.keras.Input((5, 3)))


def test_unroll_needs_a_length():
    with pytest.raises(ValueError, match="Cannot unroll"):
        L.LSTM(2, unroll=True)(tf.keras.Input((None, 3)))


def test_initial_states_by_keyword_by_list_and_symbolic():
    layer = L.LSTM(2)
    h, c = np.ones((4, 2), "float32"), np.zeros((4, 2), "float32")
    by_keyword = layer(X, initial_state=[h, c])
    by_list = layer([tf.constant(X), tf.constant(h), tf.constant(c)])
    np.testing.assert_allclose(by_keyword, by_list)
    inputs = [tf.keras.Input((5, 3)), tf.keras.Input((2,)), tf.keras.Input((2,))]
    model = tf.keras.Model(inputs, layer(inputs[0], initial_state=inputs[1:]))
    np.testing.assert_allclose(model([X, h, c]), by_keyword, rtol=1e-6)


def test_constants_reach_cells_that_take_them():
    class Scaled(Leaky):
        def call(self, inputs, states, constants=None):
            state = states[0] + tf.matmul(inputs, self.kernel) * constants[0]
            return state, [state]

    layer = L.RNN(Scaled(2))
    out = layer(X, constants=tf.constant(2.0))
    np.testing.assert_allclose(out, 2 * (X.sum(1) @ layer.cell.kernel.numpy()), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="does not support constants"):
        L.RNN(Leaky(2))(X, constants=tf.constant(1.0))


@pytest.mark.parametrize(
    "make", [lambda f: L.LSTM(3, activation=f), lambda f: L.GRU(3, activation=f), lambda f: L.SimpleRNN(3, f)]
)
def test_activations_of_the_user_compute_what_built_in_ones_do(make):
    own, built_in = make(lambda x: tf.tanh(x)), make("tanh")
    own(X), built_in(X)
    own.set_weights(built_in.get_weights())
    np.testing.assert_allclose(own(X), built_in(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [L.LSTM, L.GRU, L.SimpleRNN])
def test_dropout_is_drawn_anew_each_call_and_each_compiled_call(make):
    layer = make(3, dropout=0.4, recurrent_dropout=0.3)
    compiled = tf.function(lambda x: layer(x, training=True))
    for call in (lambda: layer(X, training=True), lambda: compiled(tf.constant(X))):
        assert not np.allclose(call(), call())
    np.testing.assert_allclose(layer(X), layer(X))


def test_cells_without_what_they_need():
    with pytest.raises(ValueError, match="state_size"):
        L.RNN(L.Dense(2))
    with pytest.raises(ValueError, match="positive integer"):
        L.LSTM(0)


def test_ragged_sequences():
    ragged = tf.RaggedTensor.from_row_lengths(tf.constant(X.reshape(-1, 3)[:8]), [5, 3])
    layer = L.LSTM(2, return_sequences=True)
    out = layer(ragged)
    np.testing.assert_allclose(out[1], layer(tf.constant(X.reshape(-1, 3)[5:8])[tf.newaxis])[0], rtol=1e-5, atol=1e-6)


def test_arrays_give_symbolic_inputs_their_batch():
    inputs = tf.keras.Input((5, 4))
    mask = tf.constant(np.ones((3, 5), bool))
    assert tf.keras.layers.GRU(2, return_sequences=True)(inputs, mask=mask).shape == (3, 5, 2)
    states = [tf.ones((3, 2)), tf.ones((3, 2))]
    outputs = tf.keras.layers.LSTM(2)(tf.keras.Input((None, 4)), initial_state=states)
    assert outputs.shape == (3, 2)
    with pytest.raises(ValueError, match=r"a state of shape \(3, 3\)"):
        tf.keras.layers.LSTM(2)(inputs, initial_state=[tf.ones((3, 3)), tf.ones((3, 2))])


def test_states_and_their_specs_have_the_structure_of_the_cells():
    stacked = L.RNN([L.GRUCell(2), L.LSTMCell(3)], stateful=True)
    assert list(stacked.states) == [None, [None, None]] and stacked.state_spec is None
    stacked(X)
    assert repr(stacked.state_spec) == (
        "[InputSpec(shape=(None, 2), ndim=2), [InputSpec(shape=(None, 3), ndim=2), InputSpec(shape=(None, 3), ndim=2)]]"
    )
    assert [v.shape.as_list() for v in (stacked.states[0], *stacked.states[1])] == [[4, 2], [4, 3], [4, 3]]
    stacked.reset_states([np.ones((4, 2)), [np.ones((4, 3))] * 2])
    np.testing.assert_array_equal(stacked.states[1][1], np.ones((4, 3)))
    assert len(L.LSTM(2).state_spec) == 2 and L.GRU(2).state_spec is None
    rows = L.ConvLSTM1D(2, 1)
    rows(tf.ones((1, 2, 3, 1)))
    assert [spec.shape for spec in rows.state_spec] == [(None, None, 2)] * 2


def test_specs_of_constants():
    class Shifted(L.LSTMCell):
        def call(self, inputs, states, constants=None):
            return super().call(inputs + constants[0], states)

    layer = L.RNN(Shifted(2))
    assert layer.constants_spec is None
    layer(X, constants=tf.ones((4, 3)))
    assert repr(layer.constants_spec) == "[InputSpec(shape=(4, 3), ndim=2)]"


def test_units_are_whole():
    with pytest.raises(TypeError):
        L.LSTM(2.5)


def test_states_by_keras_3s_names():
    layer = L.GRU(2, stateful=True)
    both = L.Bidirectional(L.LSTM(2, stateful=True))
    assert both.states == [None] * 4
    for each in (layer, both):
        each(X)
        assert any(np.any(state) for state in each.states)
        each.reset_state()
        assert not any(np.any(state) for state in each.states)


def test_a_stateful_layer_goes_on_from_what_it_keeps_rather_than_from_initial_states():
    layer = L.GRU(1, stateful=True)
    x, state = tf.constant([[[1.0], [2.0]]]), tf.constant([[0.5]])
    layer(x)
    rng = np.random.RandomState(0)
    layer.set_weights([rng.standard_normal(weight.shape) for weight in layer.get_weights()])
    layer.reset_states()
    found = [float(layer(x, initial_state=state)[0, 0]) for _ in range(3)]
    np.testing.assert_allclose(found, [0.5072086, 0.51417977, 0.5209266], rtol=1e-5)  # recorded
    layer.reset_states()
    np.testing.assert_allclose(layer(x)[0, 0], 0.04612709, rtol=1e-5)


def test_shapes_of_outputs_with_structure():
    class Pair(tf.keras.layers.Layer):
        state_size = [tf.TensorShape([3]), tf.TensorShape([3, 2])]
        output_size = state_size

        def call(self, inputs, states):
            return states, states

    shapes = L.RNN(Pair()).compute_output_shape((None, 4, 1))
    assert [shape.as_list() for shape in shapes] == [[None, 3], [None, 3, 2]]


def test_gradients_reach_constants_in_traced_functions_too():
    class Adding(tf.keras.layers.Layer):
        state_size = output_size = 2

        def call(self, x, states, constants):
            new = states[0] + x * constants[0]
            return new, [new]

    layer = tf.keras.layers.RNN(Adding())
    x, first = tf.constant([[[1.0, 2.0], [3.0, 4.0]]]), tf.zeros([1, 2])

    def gradient(memory):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(memory)
            y = layer(x, initial_state=[first], constants=[memory])
            _, z, _ = tf.keras.backend.rnn(lambda a, s: (a * s[1], [a * s[1] + s[0]]), x, [first], constants=[memory])
        return tape.gradient(y, memory), tape.gradient(z, memory)

    memory = tf.constant([[5.0, 6.0]])
    for found in (gradient(memory), tf.function(gradient)(memory)):
        assert [each.numpy().tolist() for each in found] == [[[4.0, 6.0]], [[4.0, 6.0]]]


def test_unrolled_backwards_masked_outputs_become_zero_by_the_mask_as_it_stands():
    # Numbers of TensorFlow 2.21: outputs are in the order of computation there, the mask is not.
    x = np.sin(np.arange(24) * 1.3).reshape(2, 4, 3).astype("float32")
    mask = np.array([[1, 1, 0, 0], [0, 1, 1, 0]], bool)
    layer = tf.keras.layers.SimpleRNN(
        2, unroll=True, go_backwards=True, return_sequences=True, return_state=True, zero_output_for_mask=True
    )
    layer(x)
    weights = [
        np.sin(np.arange(w.size) * 0.7 + i + 1).reshape(w.shape) * 0.5 for i, w in enumerate(layer.get_weights())
    ]
    layer.set_weights(weights)
    outputs, state = layer(x, mask=tf.constant(mask))
    expected = [[[0.0, 0.0]] * 4, [[0.0, 0.0], [-0.6167, -0.813], [0.4588, 0.2991], [0.0, 0.0]]]
    np.testing.assert_allclose(outputs, expected, atol=1e-4)
    np.testing.assert_allclose(state, [[0.0791, -0.3401], [0.4588, 0.2991]], atol=1e-4)
    cell = tf.keras.layers.RNN(
        layer.cell, unroll=True, go_backwards=True, return_sequences=True, zero_output_for_mask=True
    )
    np.testing.assert_allclose(cell(x, mask=tf.constant(mask)), expected, atol=1e-4)
    cell.unroll = False
    assert np.asarray(cell(x, mask=tf.constant(mask)))[0, 2:].any()


def test_copies_have_the_names_of_cells_under_their_layer():
    inputs = tf.keras.Input((4, 3))
    outputs = L.RNN(L.LSTMCell(2), name="one")(inputs), L.RNN([L.LSTMCell(2), L.GRUCell(3)], name="two")(inputs)
    model = tf.keras.Model(inputs, outputs)
    names = [weight.name for weight in model.weights]
    assert names[0] == "one/lstm_cell/kernel:0" and names[-1] == "two/stacked_rnn_cells/gru_cell/bias:0"
    assert [weight.name for weight in tf.keras.models.clone_model(model).weights] == names
    assert [weight.name for weight in tf.keras.models.model_from_json(model.to_json()).weights] == names


@pytest.mark.parametrize("cell", [L.SimpleRNNCell(2), L.GRUCell(2), L.LSTMCell(2), L.StackedRNNCells([L.GRUCell(2)])])
def test_first_states_of_symbolic_inputs(cell):
    states = tf.nest.flatten(cell.get_initial_state(inputs=tf.keras.Input((3,))))
    assert all(state.shape.as_list() == [None, 2] for state in states)
    states = tf.nest.flatten(L.RNN(cell).get_initial_state(tf.keras.Input((4, 3))))
    assert all(state.shape.as_list() == [None, 2] for state in states)


@pytest.mark.parametrize("known", [{}, {"batch_size": 2}, {"dtype": "float32"}])
def test_first_states_of_nothing_known(known):
    with pytest.raises(ValueError, match="batch_size and dtype cannot be None"):
        L.LSTMCell(2).get_initial_state(**known)


def test_cells_of_the_users_own_refuse_one_row():
    with pytest.raises(ValueError, match="rank at least 3"):
        L.RNN(Leaky(2))(tf.ones((2, 3)))


def test_masks_of_several_states_in_one():
    layer = L.RNN([L.GRUCell(2), L.LSTMCell(3)], return_state=True)
    assert layer.compute_mask(None, None) == [None, None, None]


def test_a_mask_that_is_too_short_for_a_custom_cell():
    with pytest.raises(ValueError, match=r"mask of shape \(4, 5\)"):
        L.RNN(Leaky(2))(X, mask=tf.ones((4, 3), tf.bool))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (L.GRU(2), [-0.0761, 0.05500874, 0.02216]),  # TensorFlow 2.21's
        (L.RNN(L.GRUCell(2)), [-0.0761, 0.05500874, 0.02216]),
        (L.GRU(2, reset_after=False), [-0.10704, 0.12622, -0.01672]),
        (L.SimpleRNN(2), [-0.22213799, -0.36660832, 0.09751529]),
        (L.LSTM(2), [-3.5454e-05, -3.55857e-05, -1.9744e-05]),
    ],
    ids=["gru", "rnn", "gru of another reset", "simple", "lstm"],
)
@pytest.mark.parametrize("compiled", [False, True])
def test_second_derivatives(layer, expected, compiled):
    x = tf.constant(np.sin(np.arange(24) * 1.3).reshape(2, 4, 3).astype("float32"))
    layer(x)
    layer.set_weights(
        [
            (np.sin(np.arange(w.size) * 0.7 + i + 1).reshape(w.shape) * 0.5).astype("float32")
            for i, w in enumerate(layer.get_weights())
        ]
    )

    def second(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(layer(x) ** 2)
            squares = tf.reduce_sum(inner.gradient(y, x) ** 2)
        return outer.gradient(squares, x)

    got = (tf.function(second) if compiled else second)(x)
    np.testing.assert_allclose(got[0, 3], expected, rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("options", [{}, {"go_backwards": True}, {"unroll": True}, {"return_sequences": True}])
@pytest.mark.parametrize("gate", ["sigmoid", "softmax"])
def test_a_gru_that_resets_first_is_its_cell_in_a_loop(masked, options, gate):
    rng, options = np.random.default_rng(0), {"return_state": True, "dtype": "float64", **options}
    x = tf.constant(rng.normal(size=(3, 6, 5)))
    mask = tf.constant(rng.random((3, 6)) > 0.3) if masked else None
    layer = tf.keras.layers.GRU(4, reset_after=False, recurrent_activation=gate, **options)
    cell = tf.keras.layers.GRUCell(4, reset_after=False, recurrent_activation=gate, dtype="float64")
    loop = tf.keras.layers.RNN(cell, **options)
    layer(x), loop(x)
    weights = [rng.normal(size=weight.shape) for weight in layer.get_weights()]
    found = []
    for each in (layer, loop):
        each.set_weights(weights)
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = each(x, mask=mask)
            loss = tf.add_n([tf.reduce_sum(tf.sin(output)) for output in outputs])
        found.append([*outputs, *tape.gradient(loss, [x, *each.trainable_variables])])
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, 1e-9, 1e-11)
