"""keras.backend: the functions against NumPy, and the state behind them."""

import numpy as np
import pytest

import addax as tf

K = tf.keras.backend
X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("abs", np.abs), ("exp", np.exp), ("square", np.square), ("sign", np.sign), ("sin", np.sin), ("cos", np.cos),
        ("tanh", np.tanh), ("round", np.round), ("transpose", np.transpose), ("sum", np.sum), ("mean", np.mean),
        ("std", np.std), ("var", np.var), ("max", np.max), ("min", np.min), ("prod", np.prod),
        ("sqrt", lambda x: np.sqrt(np.maximum(x, 0))), ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("softplus", lambda x: np.log1p(np.exp(x))), ("softsign", lambda x: x / (1 + np.abs(x))),
        ("hard_sigmoid", lambda x: np.clip(0.2 * x + 0.5, 0, 1)), ("relu", lambda x: np.maximum(x, 0)),
        ("argmax", lambda x: x.argmax(-1)), ("argmin", lambda x: x.argmin(-1)), ("cumsum", lambda x: x.cumsum(0)),
        ("flatten", np.ravel), ("expand_dims", lambda x: x[..., None]), ("batch_flatten", lambda x: x),
        ("l2_normalize", lambda x: x / np.sqrt((x * x).sum())), ("zeros_like", np.zeros_like),
    ],
)  # fmt: skip
def test_functions_of_one_array(name, expected):
    np.testing.assert_allclose(getattr(K, name)(tf.constant(X)).numpy(), expected(X), rtol=1e-5, atol=1e-6)


def test_reductions_along_axes():
    np.testing.assert_allclose(K.std(X, axis=1, keepdims=True), X.std(1, keepdims=True), rtol=1e-5)
    assert float(K.mean([True, True, False, False])) == 0.5
    assert bool(K.any([0, 1])) and not bool(K.all([0, 1]))


def test_shapes_and_joining():
    assert K.repeat(tf.ones((2, 3)), 4).shape == (2, 4, 3)
    assert K.repeat_elements(tf.ones((2, 3)), 2, 1).shape == (2, 6)
    assert K.concatenate([tf.ones((2, 3)), tf.ones((2, 1))]).shape == (2, 4)
    assert K.tile(tf.ones((1, 2)), (3, 1)).shape == (3, 2)
    assert K.permute_dimensions(tf.ones((1, 2, 3)), (2, 0, 1)).shape == (3, 1, 2)
    assert K.temporal_padding(tf.ones((1, 2, 3)), (1, 2)).shape == (1, 5, 3)
    assert K.spatial_2d_padding(tf.ones((1, 2, 2, 1)), data_format="channels_first").shape == (1, 2, 4, 3)
    assert K.resize_images(tf.ones((1, 2, 2, 1)), 2, 3, "channels_last").shape == (1, 4, 6, 1)
    assert K.resize_volumes(tf.ones((1, 1, 1, 1, 2)), 2, 2, 2, "channels_last").shape == (1, 2, 2, 2, 2)
    assert K.int_shape(tf.keras.Input((3, None))) == (None, 3, None)
    assert (K.ndim(tf.ones((1, 2))), K.count_params(tf.ones((2, 3))), K.dtype(tf.ones(1))) == (2, 6, "float32")
    with pytest.raises(ValueError, match="matrix"):
        K.repeat(tf.ones(3), 2)


def test_products():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 3, 4)).astype("float32"), rng.normal(size=(2, 4, 5)).astype("float32")
    np.testing.assert_allclose(K.dot(a, b[0]), np.tensordot(a, b[0], 1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(K.batch_dot(a, b), np.einsum("nij,njk->nik", a, b), rtol=1e-4, atol=1e-5)
    x, y = rng.normal(size=(2, 3)).astype("float32"), rng.normal(size=(2, 3)).astype("float32")
    np.testing.assert_allclose(K.batch_dot(x, y, axes=1), (x * y).sum(1, keepdims=True), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="rank < 2"):
        K.batch_dot(tf.ones(3), tf.ones(3))


def test_layers_as_functions():
    image = tf.ones((1, 4, 4, 2))
    assert K.conv2d(image, tf.ones((2, 2, 2, 3)), padding="same", strides=(2, 2)).shape == (1, 2, 2, 3)
    assert K.conv1d(tf.ones((1, 5, 2)), tf.ones((2, 2, 3)), padding="causal").shape == (1, 5, 3)
    assert K.conv3d(tf.ones((1, 3, 3, 3, 1)), tf.ones((2, 2, 2, 1, 1))).shape == (1, 2, 2, 2, 1)
    assert K.conv2d_transpose(image, tf.ones((2, 2, 3, 2)), (1, 8, 8, 3), strides=(2, 2)).shape == (1, 8, 8, 3)
    assert K.depthwise_conv2d(image, tf.ones((2, 2, 2, 3))).shape == (1, 3, 3, 6)
    assert K.separable_conv2d(image, tf.ones((2, 2, 2, 1)), tf.ones((1, 1, 2, 5))).shape == (1, 3, 3, 5)
    assert float(K.pool2d(image, (2, 2), pool_mode="avg")[0, 0, 0, 0]) == 1.0
    assert K.pool3d(tf.ones((1, 4, 4, 4, 1)), (2, 2, 2), (2, 2, 2)).shape == (1, 2, 2, 2, 1)
    np.testing.assert_allclose(K.bias_add(image, tf.constant([1.0, 2.0]))[0, 0, 0], [2.0, 3.0])
    same = K.local_conv1d(tf.ones((1, 4, 2)), tf.ones((3, 4, 5)), (2,), (1,))
    np.testing.assert_allclose(same, np.full((1, 3, 5), 4.0))
    assert K.local_conv2d(image, tf.ones((9, 8, 5)), (2, 2), (1, 1), (3, 3)).shape == (1, 3, 3, 5)
    normal, mean, variance = K.normalize_batch_in_training(tf.constant(X), tf.ones(4), tf.zeros(4), [0])
    np.testing.assert_allclose(mean, X.mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(normal, (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-3), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="pooling mode"):
        K.pool2d(image, (2, 2), pool_mode="sum")
    with pytest.raises(ValueError, match="data_format"):
        K.conv2d(image, tf.ones((2, 2, 2, 3)), data_format="rows")


def test_losses():
    p, y = np.array([[0.1, 0.9], [0.6, 0.4]], "float32"), np.array([[0.0, 1.0], [1.0, 0.0]], "float32")
    each = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    np.testing.assert_allclose(K.binary_crossentropy(y, p), each, rtol=1e-4)
    logits = np.log(p / (1 - p))
    np.testing.assert_allclose(K.binary_crossentropy(y, logits, from_logits=True), each, rtol=1e-4)
    np.testing.assert_allclose(K.categorical_crossentropy(y, p), -np.log([0.9, 0.6]), rtol=1e-4)
    np.testing.assert_allclose(K.sparse_categorical_crossentropy([1, 0], p), -np.log([0.9, 0.6]), rtol=1e-4)
    focal = 0.25 * (1 - np.array([0.9, 0.6])) ** 2 * -np.log([0.9, 0.6])
    np.testing.assert_allclose(K.categorical_focal_crossentropy(y, p), focal, rtol=1e-3)


def test_variables():
    v = K.variable([[1.0, -2.0]], name="v")
    K.set_value(v, [[3.0, 4.0]])
    K.update_add(v, [[1.0, 1.0]])
    K.update_sub(v, [[0.5, 0.5]])
    assert K.get_value(v).tolist() == [[3.5, 4.5]]
    K.moving_average_update(v, [[0.0, 0.0]], 0.5)
    assert K.batch_get_value([v])[0].tolist() == [[1.75, 2.25]]
    K.batch_set_value([(v, [[0.0, 0.0]])])
    assert K.eval(v).tolist() == [[0.0, 0.0]]
    assert K.random_uniform_variable((2, 3), 0.0, 1.0).shape == (2, 3)
    assert K.ones((2,)).assign_add([1.0, 1.0]) is not None


def test_random():
    assert set(np.unique(K.random_bernoulli((100,), 0.5))) <= {0.0, 1.0}
    assert np.abs(K.truncated_normal((1000,)).numpy()).max() <= 2.0
    assert K.random_normal((2,), dtype="float64").dtype == tf.float64


def test_phases():
    assert K.learning_phase() == 0
    with K.learning_phase_scope(1):
        assert K.learning_phase() == 1
        assert float(K.in_train_phase(tf.constant(1.0), lambda: tf.constant(2.0))) == 1.0
    assert float(K.in_test_phase(tf.constant(1.0), tf.constant(2.0))) == 1.0
    assert K.in_train_phase(1, 2, training=True) == 1
    with pytest.raises(ValueError, match="0 or 1"):
        K.set_learning_phase(2)
    K.set_learning_phase(1)
    dropped = tf.keras.layers.Dropout(0.5)(tf.ones((1, 100)))
    K.clear_session()
    assert 0 < int(tf.math.count_nonzero(dropped)) < 100
    assert K.learning_phase() == 0


def test_switch():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(K.switch(tf.constant([True, False]), x, -x), [[1, 2], [-3, -4]])
    assert float(K.switch(tf.constant(True), lambda: tf.constant(1.0), lambda: tf.constant(2.0))) == 1.0


def test_functions_and_placeholders():
    x = K.placeholder((None, 3))
    f = K.function([x], [K.sum(x, axis=1), x * 2.0])
    total, double = f([X[:, :3]])
    np.testing.assert_allclose(total, X[:, :3].sum(1), rtol=1e-5)
    np.testing.assert_allclose(double, X[:, :3] * 2)
    assert K.is_keras_tensor(x) and not K.is_keras_tensor(tf.ones(1))
    with pytest.raises(ValueError, match="unexpectedly|Unexpectedly"):
        K.is_keras_tensor(3)
    with pytest.raises(RuntimeError, match="GradientTape"):
        K.gradients(None, None)


@pytest.mark.parametrize("options", [{}, {"go_backwards": True}, {"zero_output_for_mask": True}, {"unroll": True}])
def test_rnn(options):
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    mask = np.array([[True, True, False, True], [True, False, True, True]])

    def step(inputs, states):
        state = inputs + 0.5 * states[0]
        return state, [state]

    last, outputs, states = K.rnn(step, tf.constant(x), [tf.zeros((2, 3))], mask=tf.constant(mask), **options)
    expected, state, before = [], np.zeros((2, 3)), np.zeros((2, 3))
    for t in range(3, -1, -1) if options.get("go_backwards") else range(4):
        new, keep = x[:, t] + 0.5 * state, mask[:, t, None]
        state = np.where(keep, new, state)
        before = np.where(keep, new, 0 if options.get("zero_output_for_mask") else before)
        expected.append(before)
    np.testing.assert_allclose(outputs.numpy(), np.stack(expected, 1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(last.numpy(), expected[-1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(states[0].numpy(), state, rtol=1e-5, atol=1e-6)


def test_names():
    K.clear_session()
    assert [K.get_uid("a"), K.get_uid("a"), tf.keras.layers.Dense(1).name, tf.keras.layers.Dense(1).name] == [
        1, 2, "dense", "dense_1",
    ]  # fmt: skip
    K.reset_uids()
    assert K.get_uid("a") == 1


def test_numbers_as_keras_has_them_at_edges():
    assert K.arange(-1).numpy().tolist() == []
    x = tf.reshape(tf.range(16.0), (4, 2, 2, 1))
    _, mean, variance = K.normalize_batch_in_training(x, tf.ones(1), tf.zeros(1), [0, 1, 2])
    np.testing.assert_allclose([mean.numpy()[0], variance.numpy()[0]], [7.5, 22.666666], rtol=1e-6)
    _, _, states = K.rnn(lambda x, s: (x, [x]), tf.ones((1, 2, 3)), [tf.zeros((1, 3))])
    assert isinstance(states, tuple)


def test_dtypes_and_kinds_at_edges_are_tensorflows():
    assert [K.arange(*a).dtype.name for a in ((5.0,), (0.0, 1.0, 0.25), (np.int64(4),), (3,))] == [
        "float32", "float32", "int64", "int32",
    ]  # fmt: skip
    assert not isinstance(K.zeros((0, 2)), tf.Variable) and isinstance(K.ones((1, 2)), tf.Variable)
    assert K.relu(tf.constant([-1.0, 3.0]), max_value=-1).numpy().tolist() == [0.0, 0.0]
    assert K.is_sparse(tf.keras.Input((2,), sparse=True))
    assert K.placeholder(shape=3).shape.as_list() == [3]
    whole = K.variable([1, 2], "int32")
    assert K.moving_average_update(K.variable([1.0, 2.0]), np.ones(2), 0.5).numpy().tolist() == [1.0, 1.5]
    assert K.eval(whole).tolist() == [1, 2]
    with pytest.raises(ValueError, match="interpolation"):
        K.resize_images(tf.ones((1, 2, 2, 1)), 2, 2, "channels_last", "x")


def test_sparse_tensors():
    eye = tf.sparse.eye(2)
    assert K.eval(eye).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert K.eval(K.concatenate([eye, eye])).tolist() == [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]]
    assert K.concatenate([eye, tf.ones((2, 1))]).numpy().tolist() == [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    assert K.dot(eye, tf.constant([[3.0], [4.0]])).numpy().tolist() == [[3.0], [4.0]]


def test_gradients_in_a_function():
    squared = tf.function(lambda x: K.gradients(K.sum(x * x * x), [x, tf.zeros(2)]))
    found = squared(tf.constant([1.0, 2.0]))
    assert found[0].numpy().tolist() == [3.0, 12.0] and found[1] is None
    with pytest.raises(RuntimeError, match="eager"):
        K.gradients(tf.ones(2), tf.ones(2))


def test_function_takes_one_tensor_for_one_input():
    x = tf.keras.Input((2,))
    np.testing.assert_array_equal(K.function([x], [x * 2.0])(tf.ones((3, 2)))[0], np.full((3, 2), 2.0))


@pytest.mark.parametrize(
    ("backwards", "expected"), [(False, [[0.0, 1.0, 1.0], [0.0, 1.0, 3.0]]), (True, [[0.0, 1.0, 1.0], [2.0, 3.0, 3.0]])]
)
def test_rnn_stops_where_samples_end(backwards, expected):
    x = tf.reshape(tf.range(3.0), (1, 3, 1)) * tf.ones((2, 1, 1))

    def step(now, states):
        assert isinstance(states, tuple)
        return now + states[0], [now + states[0]]

    last, outputs, states = K.rnn(step, x, [tf.zeros((2, 1))], backwards, input_length=tf.constant([2, 3]))
    assert outputs[..., 0].numpy().tolist() == expected
    assert last[:, 0].numpy().tolist() == [row[-1] for row in expected] == states[0][:, 0].numpy().tolist()


def test_rnn_keeps_the_structure_of_its_states():
    nested = [[tf.zeros((1, 2)), tf.ones((1, 2))], tf.zeros((1, 1))]
    for unroll in (False, True):
        _, _, states = K.rnn(lambda x, s: (x, s), tf.ones((1, 3, 2)), nested, unroll=unroll)
        assert isinstance(states, tuple) and isinstance(states[0], list) and len(states) == 2
    _, _, states = K.rnn(lambda x, s: (x, [s[0]]), tf.ones((1, 3, 2)), [tf.zeros((1, 2))], unroll=True)
    assert isinstance(states, list)


def test_functions_made_of_layers_use_up_no_names_and_no_precision():
    K.clear_session()
    tf.keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        x = tf.ones((1, 2, 2, 1))
        assert K.resize_images(x, 2, 2, "channels_last").dtype == K.batch_dot(x[..., 0], x[..., 0]).dtype == "float32"
        assert tf.keras.layers.UpSampling2D().name == "up_sampling2d" and tf.keras.layers.Dot(1).name == "dot"
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")


def test_cross_entropies_use_known_logits():
    scores = tf.constant(np.sin(np.arange(6) * 1.3).reshape(2, 3).astype("float32"))
    found = K.binary_crossentropy(tf.constant([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), tf.keras.activations.softmax(scores))
    numbers = [[0.6931472, 0.32319367, 0.98375416], [1.0950282, 0.3459645, 0.80648065]]  # TensorFlow's
    np.testing.assert_allclose(found.numpy(), numbers, rtol=1e-5)


def test_rnn_over_a_symbolic_tensor_of_unknown_length():
    x = tf.keras.Input((None, 4))
    last, outputs, states = tf.keras.backend.rnn(
        lambda now, before: (now + before[0], [now + before[0]]), x, [tf.zeros_like(x[:, 0])]
    )
    assert (last.shape, outputs.shape, states[0].shape) == ((None, 4), (None, None, 4), (None, 4))
    model = tf.keras.Model(x, [last, outputs])
    for length, total in ((3, 48.0), (5, 120.0)):
        last, outputs = model.predict(np.ones((2, length, 4), "float32"), verbose=0)
        assert last.shape == (2, 4) and outputs.shape == (2, length, 4) and outputs.sum() == total


def test_the_learning_phase_is_what_was_set_whatever_a_call_is_given():
    seen = []

    class Asks(tf.keras.layers.Layer):
        def call(self, x, training=None):
            seen.append(K.learning_phase())
            return K.in_train_phase(x, -x)

    assert float(Asks()(tf.constant(1.0), training=True)) == 1.0
    with K.learning_phase_scope(1):
        assert float(Asks()(tf.constant(1.0), training=False)) == -1.0
    assert seen == [0, 1]


def test_functions_that_see_numbers_become_layers(capfd):
    sparse = tf.keras.Input((3,), sparse=True)
    model = tf.keras.Model(sparse, K.print_tensor(K.to_dense(sparse), "is"))
    assert [layer.name for layer in model.layers[1:]] == ["tf.keras.backend.to_dense", "tf.keras.backend.print_tensor"]
    again = tf.keras.Model.from_config(model.get_config())
    assert again(tf.sparse.from_dense([[1.0, 0.0, 2.0]])).numpy().tolist() == [[1.0, 0.0, 2.0]]
    assert "is [[1 0 2]]" in "".join(capfd.readouterr())
    assert K.to_dense(model.output) is model.output


@pytest.mark.parametrize("greedy", [True, False])
def test_ctc_of_symbolic_tensors(greedy):
    frames, lengths = tf.keras.Input((5, 4)), tf.keras.Input((), dtype="int32")
    labels, scores = K.ctc_decode(frames, lengths, greedy=greedy, beam_width=3, top_paths=1 if greedy else 2)
    assert [each.shape for each in (*labels, scores)] == [(None, 5)] * len(labels) + [(None, len(labels))]
    model = tf.keras.Model([frames, lengths], [*labels, scores])
    given = [np.random.RandomState(0).rand(2, 5, 4).astype("float32"), np.array([5, 3], "int32")]
    best, *_, found = tf.keras.Model.from_config(model.get_config())(given)
    np.testing.assert_array_equal(best[0], [1, 0, 1, -1, -1])
    expected = [[0.703], [0.334]] if greedy else [[-3.642, -3.839], [-1.661, -2.084]]
    np.testing.assert_allclose(found, expected, atol=6e-4)


def test_ctc_costs_of_symbolic_tensors():
    shapes = ((2,), (5, 4), (1,), (1,))
    inputs = [tf.keras.Input(shape) for shape in shapes]
    model = tf.keras.Model(inputs, K.ctc_batch_cost(*inputs))
    frames = np.random.RandomState(0).rand(2, 5, 4).astype("float32")
    given = [np.array([[0, 1], [2, 0]], "float32"), frames, np.array([[5.0], [3.0]]), np.array([[2.0], [1.0]])]
    np.testing.assert_allclose(model(given), [[2.837], [2.731]], atol=6e-4)
