"""What every layer must do: config, symbolic shapes, compiled calls, training, pickling, float64."""

import pickle

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
R = np.random.default_rng(0)


def floats(*shape):
    return R.standard_normal(shape).astype("float32")


SEQUENCE, IMAGE, VOLUME, MATRIX = floats(2, 6, 4), floats(2, 6, 6, 3), floats(1, 4, 4, 4, 2), floats(4, 5)
FILMS = floats(2, 3, 5, 5, 2)
PAIR = [floats(2, 3, 4), floats(2, 5, 4)]

# name: (how to make it, its input, whether it computes the same in training and inference)
CASES = {
    "Activation": (lambda: L.Activation("tanh"), MATRIX, True),
    "ActivityRegularization": (lambda: L.ActivityRegularization(0.1), MATRIX, True),
    "Add": (lambda: L.Add(), [MATRIX, MATRIX], True),
    "AdditiveAttention": (lambda: L.AdditiveAttention(), PAIR, True),
    "AlphaDropout": (lambda: L.AlphaDropout(0.3), MATRIX, False),
    "Attention": (lambda: L.Attention(use_scale=True), PAIR, True),
    "Average": (lambda: L.Average(), [MATRIX, MATRIX], True),
    "AveragePooling1D": (lambda: L.AveragePooling1D(), SEQUENCE, True),
    "AveragePooling2D": (lambda: L.AveragePooling2D(3, 2, "same"), IMAGE, True),
    "AveragePooling3D": (lambda: L.AveragePooling3D(), VOLUME, True),
    "BatchNormalization": (lambda: L.BatchNormalization(), IMAGE, False),
    "Bidirectional": (lambda: L.Bidirectional(L.GRU(3, return_sequences=True)), SEQUENCE, True),
    "CenterCrop": (lambda: L.CenterCrop(4, 3), IMAGE, True),
    "Concatenate": (lambda: L.Concatenate(axis=1), [MATRIX, MATRIX], True),
    "Conv1D": (lambda: L.Conv1D(3, 2, padding="causal"), SEQUENCE, True),
    "Conv1DTranspose": (lambda: L.Conv1DTranspose(3, 2, strides=2), SEQUENCE, True),
    "Conv2D": (lambda: L.Conv2D(4, 3, 2, "same", activation="relu"), IMAGE, True),
    "Conv2DTranspose": (lambda: L.Conv2DTranspose(4, 3, 2, "same"), IMAGE, True),
    "Conv3D": (lambda: L.Conv3D(2, 2), VOLUME, True),
    "Conv3DTranspose": (lambda: L.Conv3DTranspose(2, 2), VOLUME, True),
    "ConvLSTM1D": (lambda: L.ConvLSTM1D(2, 3, padding="same"), floats(2, 3, 5, 2), True),
    "ConvLSTM2D": (lambda: L.ConvLSTM2D(2, 2, return_sequences=True), FILMS, True),
    "ConvLSTM3D": (lambda: L.ConvLSTM3D(2, 2), floats(1, 2, 3, 3, 3, 1), True),
    "Cropping1D": (lambda: L.Cropping1D(1), SEQUENCE, True),
    "Cropping2D": (lambda: L.Cropping2D(((1, 0), (2, 1))), IMAGE, True),
    "Cropping3D": (lambda: L.Cropping3D(1), VOLUME, True),
    "Dense": (lambda: L.Dense(3, activation="relu", kernel_regularizer="l2"), SEQUENCE, True),
    "DepthwiseConv1D": (lambda: L.DepthwiseConv1D(2, depth_multiplier=2), SEQUENCE, True),
    "DepthwiseConv2D": (lambda: L.DepthwiseConv2D(2), IMAGE, True),
    "Dot": (lambda: L.Dot(axes=2), PAIR, True),
    "Dropout": (lambda: L.Dropout(0.4), MATRIX, False),
    "ELU": (lambda: L.ELU(0.5), MATRIX, True),
    "EinsumDense": (lambda: L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d"), SEQUENCE, True),
    "Flatten": (lambda: L.Flatten(), IMAGE, True),
    "GRU": (lambda: L.GRU(3, return_sequences=True), SEQUENCE, True),
    "GaussianDropout": (lambda: L.GaussianDropout(0.3), MATRIX, False),
    "GaussianNoise": (lambda: L.GaussianNoise(0.3), MATRIX, False),
    "GlobalAveragePooling1D": (lambda: L.GlobalAveragePooling1D(), SEQUENCE, True),
    "GlobalAveragePooling2D": (lambda: L.GlobalAveragePooling2D(keepdims=True), IMAGE, True),
    "GlobalAveragePooling3D": (lambda: L.GlobalAveragePooling3D(), VOLUME, True),
    "GlobalMaxPooling1D": (lambda: L.GlobalMaxPooling1D(), SEQUENCE, True),
    "GlobalMaxPooling2D": (lambda: L.GlobalMaxPooling2D(), IMAGE, True),
    "GlobalMaxPooling3D": (lambda: L.GlobalMaxPooling3D(), VOLUME, True),
    "GroupNormalization": (lambda: L.GroupNormalization(3), IMAGE, True),
    "Identity": (lambda: L.Identity(), MATRIX, True),
    "LSTM": (lambda: L.LSTM(3), SEQUENCE, True),
    "Lambda": (lambda: L.Lambda(tf.math.square), MATRIX, True),
    "LayerNormalization": (lambda: L.LayerNormalization(), SEQUENCE, True),
    "LeakyReLU": (lambda: L.LeakyReLU(), MATRIX, True),
    "LocallyConnected1D": (lambda: L.LocallyConnected1D(3, 2), SEQUENCE, True),
    "LocallyConnected2D": (lambda: L.LocallyConnected2D(2, 2, implementation=2), floats(2, 4, 4, 2), True),
    "Masking": (lambda: L.Masking(), SEQUENCE, True),
    "MaxPooling1D": (lambda: L.MaxPooling1D(3, 1, "same"), SEQUENCE, True),
    "MaxPooling2D": (lambda: L.MaxPooling2D(), IMAGE, True),
    "MaxPooling3D": (lambda: L.MaxPooling3D(), VOLUME, True),
    "Maximum": (lambda: L.Maximum(), [MATRIX, -MATRIX], True),
    "Minimum": (lambda: L.Minimum(), [MATRIX, -MATRIX], True),
    "Multiply": (lambda: L.Multiply(), [MATRIX, MATRIX], True),
    "PReLU": (lambda: L.PReLU(shared_axes=[1]), SEQUENCE, True),
    "Permute": (lambda: L.Permute((2, 1)), SEQUENCE, True),
    "RNN": (lambda: L.RNN([L.LSTMCell(3), L.SimpleRNNCell(2)]), SEQUENCE, True),
    "RMSNormalization": (lambda: L.RMSNormalization(), SEQUENCE, True),
    "ReLU": (lambda: L.ReLU(1.0, 0.1, 0.2), MATRIX, True),
    "RepeatVector": (lambda: L.RepeatVector(3), MATRIX, True),
    "Rescaling": (lambda: L.Rescaling(0.5, 1.0), IMAGE, True),
    "Reshape": (lambda: L.Reshape((2, -1)), SEQUENCE, True),
    "Resizing": (lambda: L.Resizing(4, 5), IMAGE, True),
    "SeparableConv1D": (lambda: L.SeparableConv1D(3, 2), SEQUENCE, True),
    "SeparableConv2D": (lambda: L.SeparableConv2D(3, 2, depth_multiplier=2), IMAGE, True),
    "SimpleRNN": (lambda: L.SimpleRNN(3, go_backwards=True), SEQUENCE, True),
    "Softmax": (lambda: L.Softmax(), MATRIX, True),
    "SpatialDropout1D": (lambda: L.SpatialDropout1D(0.3), SEQUENCE, False),
    "SpatialDropout2D": (lambda: L.SpatialDropout2D(0.3), IMAGE, False),
    "SpatialDropout3D": (lambda: L.SpatialDropout3D(0.3), VOLUME, False),
    "SpectralNormalization": (lambda: L.SpectralNormalization(L.Dense(3)), MATRIX, False),
    "Subtract": (lambda: L.Subtract(), [MATRIX, MATRIX], True),
    "ThresholdedReLU": (lambda: L.ThresholdedReLU(0.5), MATRIX, True),
    "TimeDistributed": (lambda: L.TimeDistributed(L.Dense(3)), SEQUENCE, True),
    "UnitNormalization": (lambda: L.UnitNormalization(), MATRIX, True),
    "UpSampling1D": (lambda: L.UpSampling1D(2), SEQUENCE, True),
    "UpSampling2D": (lambda: L.UpSampling2D((2, 3), interpolation="bilinear"), IMAGE, True),
    "UpSampling3D": (lambda: L.UpSampling3D(2), VOLUME, True),
    "ZeroPadding1D": (lambda: L.ZeroPadding1D((1, 2)), SEQUENCE, True),
    "ZeroPadding2D": (lambda: L.ZeroPadding2D(1), IMAGE, True),
    "ZeroPadding3D": (lambda: L.ZeroPadding3D(1), VOLUME, True),
}
NAMES = sorted(CASES)


def tensors(data, dtype="float32"):
    return (
        [tf.constant(part.astype(dtype)) for part in data]
        if isinstance(data, list)
        else tf.constant(data.astype(dtype))
    )


def shapes(data, batch):
    parts = [(batch, *part.shape[1:]) for part in (data if isinstance(data, list) else [data])]
    return parts if isinstance(data, list) else parts[0]


def leaves(value):
    return [np.asarray(leaf) for leaf in (value if isinstance(value, list | tuple) else [value])]


@pytest.mark.parametrize("name", NAMES)
def test_config_makes_the_same_layer_again(name):
    make, data, _ = CASES[name]
    layer = make()
    first = layer(tensors(data))
    copy = type(layer).from_config(layer.get_config())
    copy(tensors(data))
    copy.set_weights(layer.get_weights())
    for a, b in zip(leaves(first), leaves(copy(tensors(data))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_symbolic_and_computed_shapes_are_the_real_ones(name):
    make, data, _ = CASES[name]
    layer = make()
    inputs = [tf.keras.Input(batch_shape=s) for s in shapes([data] if not isinstance(data, list) else data, None)]
    symbolic = layer(inputs if isinstance(data, list) else inputs[0])
    real = tuple(layer(tensors(data)).shape)
    assert tuple(symbolic.shape) == (None, *real[1:])
    computed = layer.compute_output_shape(shapes(data, real[0]))
    assert tuple(computed) == real
    model = tf.keras.Model(inputs, symbolic)
    np.testing.assert_allclose(model(tensors(data)), layer(tensors(data)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("Lambda",)])
def test_pickled_layers_compute_the_same(name):
    make, data, _ = CASES[name]
    layer = make()
    first = layer(tensors(data))
    again = pickle.loads(pickle.dumps(layer))
    for a, b in zip(leaves(first), leaves(again(tensors(data))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_compiled_step_computes_the_same_compiles_once_and_reaches_every_weight(name):
    make, data, quiet = CASES[name]
    layer = make()
    expected = layer(tensors(data))
    inputs = tensors(data)
    flat = inputs if isinstance(inputs, list) else [inputs]
    traces = []

    @tf.function
    def step():
        traces.append(1)
        with tf.GradientTape() as tape:
            for each in flat:
                tape.watch(each)
            output = layer(inputs, training=True) if takes_training(layer) else layer(inputs)
            loss = tf.reduce_sum(output * output)
        return output, tape.gradient(loss, layer.trainable_weights + flat)

    for _ in range(2):
        output, gradients = step()
    assert len(traces) == 1
    assert all(gradient is not None and np.isfinite(np.asarray(gradient)).all() for gradient in gradients)
    if quiet:
        np.testing.assert_allclose(output, expected, rtol=2e-5, atol=1e-6)


def takes_training(layer):
    return layer._layer_call.takes_training


@pytest.mark.parametrize("name", [n for n in NAMES if not CASES[n][2]])
def test_training_changes_what_it_should(name):
    make, data, _ = CASES[name]
    layer = make()
    inputs = tensors(data)
    quiet = layer(inputs, training=False)
    assert not np.allclose(quiet, layer(inputs, training=True))


WITH_DTYPES = [
    "Dense",
    "Conv2D",
    "LSTM",
    "GRU",
    "BatchNormalization",
    "LayerNormalization",
    "MaxPooling2D",
    "Attention",
]


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", WITH_DTYPES)
def test_dtype_policies(name, dtype):
    make, data, _ = CASES[name]
    config = make().get_config()
    layer = type(make()).from_config({**config, "dtype": dtype})
    policy = tf.keras.mixed_precision.Policy(dtype)
    with tf.GradientTape() as tape:
        output = layer(tensors(data, "float64"))
        loss = tf.reduce_sum(tf.cast(output, "float32"))
    assert output.dtype.name == policy.compute_dtype
    gradients = tape.gradient(loss, layer.trainable_weights)
    assert all(w.dtype.name == policy.variable_dtype for w in layer.weights)
    assert all(g.dtype == w.dtype for g, w in zip(gradients, layer.trainable_weights, strict=True))


def test_every_public_layer_is_registered():
    from addax.keras import registry

    for name in dir(L):
        target = getattr(L, name)
        if isinstance(target, type) and issubclass(target, L.Layer) and name == target.__name__ and name != "Layer":
            assert registry.builtin("layer", name) is target, name
