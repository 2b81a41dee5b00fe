"""Every public layer passes `check_layer`."""

import zlib

import jax
import numpy as np
import pytest

import addax as tf
from addax.keras import registry
from addax.testing import check_layer

L = tf.keras.layers
X = L.experimental
SEQUENCE, IMAGE, VOLUME, MATRIX = (None, 6, 4), (None, 6, 6, 3), (None, 4, 4, 4, 2), (None, 5)
PAIR, TWO = [(None, 3, 4), (None, 5, 4)], [MATRIX, MATRIX]
WORDS = np.array([["a", "b"], ["c", "a"], ["b", "zzz"]], object)
CODES = np.array([[1, 2], [3, 1], [2, 9]], "int64")
SEED = np.random.default_rng(0)
# Images are drawn by a generator whose state is part of the layer: every call is another one.
RANDOM = {"trains": False}
HOST = {"trains": False}


@tf.keras.saving.register_keras_serializable("test_every_layer")
def square(x):
    return x * x


def states(*sizes):
    return {"states": [np.full((4, size), 0.1, "float32") for size in sizes]}


# Constructor arguments, input shapes, and what else check_layer has to know.
CASES = {
    "Activation": ({"activation": "tanh"}, MATRIX),
    "ActivityRegularization": ({"l1": 0.1}, MATRIX),
    "AdaptiveAveragePooling1D": ({"output_size": 4}, SEQUENCE),
    "AdaptiveAveragePooling2D": ({"output_size": (2, 4)}, IMAGE),
    "AdaptiveAveragePooling3D": ({"output_size": 3}, VOLUME),
    "AdaptiveMaxPooling1D": ({"output_size": 4}, SEQUENCE),
    "AdaptiveMaxPooling2D": ({"output_size": 4, "data_format": "channels_first"}, IMAGE),
    "AdaptiveMaxPooling3D": ({"output_size": (1, 2, 3)}, VOLUME),
    "Add": ({}, TWO),
    "AdditiveAttention": ({}, PAIR),
    "AlphaDropout": ({"rate": 0.3}, MATRIX),
    "Attention": ({"use_scale": True}, PAIR),
    "AugMix": ({"num_chains": 1, "chain_depth": 1}, IMAGE, RANDOM),
    "AutoContrast": ({}, IMAGE, RANDOM),
    "Average": ({}, TWO),
    "AveragePooling1D": ({}, SEQUENCE),
    "AveragePooling2D": ({"pool_size": 3, "strides": 2, "padding": "same"}, IMAGE),
    "AveragePooling3D": ({}, VOLUME),
    "BatchNormalization": ({}, IMAGE),
    "Bidirectional": (lambda: {"layer": L.GRU(3, return_sequences=True)}, SEQUENCE),
    "CategoryEncoding": ({"num_tokens": 10}, CODES, HOST),
    "CenterCrop": ({"height": 4, "width": 3}, IMAGE),
    "Concatenate": ({"axis": 1}, TWO),
    "ContrastLimitedAdaptiveHistogramEqualization": ({"tile_grid_size": (2, 3)}, IMAGE, RANDOM),
    "Conv1D": ({"filters": 3, "kernel_size": 2, "padding": "causal"}, (None, None, 4)),
    "Conv1DTranspose": ({"filters": 3, "kernel_size": 2, "strides": 2}, SEQUENCE),
    "Conv2D": ({"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"}, IMAGE),
    "Conv2DTranspose": ({"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, IMAGE),
    "Conv3D": ({"filters": 2, "kernel_size": 2}, VOLUME),
    "Conv3DTranspose": ({"filters": 2, "kernel_size": 2}, VOLUME),
    "ConvLSTM1D": ({"filters": 2, "kernel_size": 3, "padding": "same"}, (None, 3, 5, 2)),
    "ConvLSTM2D": ({"filters": 2, "kernel_size": 2, "return_sequences": True}, (None, 3, 4, 4, 2)),
    "ConvLSTM3D": ({"filters": 2, "kernel_size": 2}, (None, 2, 3, 3, 3, 1)),
    "Cropping1D": ({"cropping": 1}, SEQUENCE),
    "Cropping2D": ({"cropping": ((1, 0), (2, 1))}, IMAGE),
    "Cropping3D": ({"cropping": 1}, VOLUME),
    "CutMix": ({}, IMAGE, RANDOM),
    "Dense": ({"units": 3, "activation": "relu", "kernel_regularizer": "l2"}, (None, None, 4)),
    "DepthwiseConv1D": ({"kernel_size": 2, "depth_multiplier": 2}, SEQUENCE),
    "DepthwiseConv2D": ({"kernel_size": 2}, IMAGE),
    "Discretization": ({"bin_boundaries": [0.0, 1.0]}, MATRIX, HOST),
    "Dot": ({"axes": 2}, PAIR),
    "Dropout": ({"rate": 0.4}, MATRIX),
    "ELU": ({"alpha": 0.5}, MATRIX),
    "EinsumDense": ({"equation": "abc,cd->abd", "output_shape": (None, 3), "bias_axes": "d"}, SEQUENCE),
    "Embedding": ({"input_dim": 10, "output_dim": 3, "mask_zero": True}, CODES),
    "Equalization": ({}, IMAGE, RANDOM),
    "Flatten": ({}, IMAGE),
    "GRU": ({"units": 3, "return_sequences": True}, (None, None, 4)),
    "GRUCell": ({"units": 3}, MATRIX, {"arguments": states(3)}),
    "GaussianDropout": ({"rate": 0.3}, MATRIX),
    "GaussianNoise": ({"stddev": 0.3}, MATRIX),
    "GlobalAveragePooling1D": ({}, (None, None, 4)),
    "GlobalAveragePooling2D": ({"keepdims": True}, IMAGE),
    "GlobalAveragePooling3D": ({}, VOLUME),
    "GlobalMaxPooling1D": ({}, SEQUENCE),
    "GlobalMaxPooling2D": ({}, IMAGE),
    "GlobalMaxPooling3D": ({}, VOLUME),
    "GroupQueryAttention": (
        {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "use_gate": True, "sliding_window": 3},
        SEQUENCE,
        {"arguments": {"value": SEED.normal(size=(4, 5, 4)).astype("float32")}},
    ),
    "GroupNormalization": ({"groups": 3}, IMAGE),
    "HashedCrossing": ({"num_bins": 5}, [WORDS[:, :1], WORDS[:, 1:]], HOST),
    "Hashing": ({"num_bins": 5}, WORDS, HOST),
    "Identity": ({}, MATRIX),
    "IntegerLookup": ({"vocabulary": [1, 2, 3]}, CODES, HOST),
    "LSTM": ({"units": 3}, SEQUENCE),
    "LSTMCell": ({"units": 3}, MATRIX, {"arguments": states(3, 3)}),
    "Lambda": ({"function": square}, MATRIX),
    "Layer": ({}, MATRIX),
    "LayerNormalization": ({}, SEQUENCE),
    "LeakyReLU": ({}, MATRIX),
    "LocallyConnected1D": ({"filters": 3, "kernel_size": 2}, SEQUENCE),
    "LocallyConnected2D": ({"filters": 2, "kernel_size": 2, "implementation": 2}, (None, 4, 4, 2)),
    "Masking": ({}, SEQUENCE),
    "MaxNumBoundingBoxes": ({"max_number": 3}, IMAGE, RANDOM),
    "MaxPooling1D": ({"pool_size": 3, "strides": 1, "padding": "same"}, SEQUENCE),
    "MaxPooling2D": ({}, IMAGE),
    "MaxPooling3D": ({}, VOLUME),
    "Maximum": ({}, TWO),
    "MelSpectrogram": ({"fft_length": 4, "sequence_stride": 2, "num_mel_bins": 3}, MATRIX, HOST),
    "Minimum": ({}, TWO),
    "MixUp": ({}, IMAGE, RANDOM),
    "MultiHeadAttention": (
        {"num_heads": 2, "key_dim": 3},
        SEQUENCE,
        {"arguments": {"value": SEED.normal(size=(4, 5, 4)).astype("float32")}},
    ),
    "Multiply": ({}, TWO),
    "Normalization": ({"mean": 2.0, "variance": 3.0}, MATRIX),
    "PReLU": ({"shared_axes": [1]}, SEQUENCE),
    "Permute": ({"dims": (2, 1)}, SEQUENCE),
    "Pipeline": (lambda: {"layers": [L.Rescaling(2.0), L.Dense(3), L.Dropout(0.1)]}, SEQUENCE),
    "RMSNormalization": ({}, SEQUENCE),
    "RNN": (lambda: {"cell": [L.LSTMCell(3), L.SimpleRNNCell(2)]}, SEQUENCE),
    "RandAugment": ({"num_ops": 1}, IMAGE, RANDOM),
    "RandomBrightness": ({"factor": 0.1}, IMAGE, RANDOM),
    "RandomColorDegeneration": ({"factor": 0.5}, IMAGE, RANDOM),
    "RandomColorJitter": ({"contrast_factor": 0.2, "hue_factor": 0.1}, IMAGE, RANDOM),
    "RandomContrast": ({"factor": 0.1}, IMAGE, RANDOM),
    "RandomCrop": ({"height": 3, "width": 4}, IMAGE, RANDOM),
    "RandomElasticTransform": ({}, IMAGE, RANDOM),
    "RandomErasing": ({}, IMAGE, RANDOM),
    "RandomFlip": ({}, IMAGE, RANDOM),
    "RandomGaussianBlur": ({}, IMAGE, RANDOM),
    "RandomGrayscale": ({}, IMAGE, RANDOM),
    "RandomHeight": ({"factor": 0.2}, IMAGE, RANDOM),
    "RandomHue": ({"factor": 0.3}, IMAGE, RANDOM),
    "RandomInvert": ({"factor": 0.5}, IMAGE, RANDOM),
    "RandomPerspective": ({}, IMAGE, RANDOM),
    "RandomPosterization": ({"factor": (3, 6)}, IMAGE, RANDOM),
    "RandomRotation": ({"factor": 0.1}, IMAGE, RANDOM),
    "RandomSaturation": ({"factor": 0.3}, IMAGE, RANDOM),
    "RandomSharpness": ({"factor": 0.7}, IMAGE, RANDOM),
    "RandomShear": ({"x_factor": 0.2}, IMAGE, RANDOM),
    "RandomTranslation": ({"height_factor": 0.1, "width_factor": 0.1}, IMAGE, RANDOM),
    "RandomWidth": ({"factor": 0.2}, IMAGE, RANDOM),
    "RandomZoom": ({"height_factor": 0.1}, IMAGE, RANDOM),
    "ReLU": ({"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, MATRIX),
    "RepeatVector": ({"n": 3}, MATRIX),
    "Rescaling": ({"scale": 0.5, "offset": 1.0}, IMAGE),
    "Reshape": ({"target_shape": (2, -1)}, SEQUENCE),
    "Resizing": ({"height": 4, "width": 5}, IMAGE),
    "STFTSpectrogram": ({"frame_length": 4, "padding": "same"}, SEQUENCE),
    "ReversibleEmbedding": ({"input_dim": 10, "output_dim": 3}, CODES),
    "SeparableConv1D": ({"filters": 3, "kernel_size": 2}, SEQUENCE),
    "SeparableConv2D": ({"filters": 3, "kernel_size": 2, "depth_multiplier": 2}, IMAGE),
    "SimpleRNN": ({"units": 3, "go_backwards": True}, SEQUENCE),
    "SimpleRNNCell": ({"units": 3}, MATRIX, {"arguments": states(3)}),
    "Softmax": ({}, (None, 4, 4)),  # a mask has to fit the inputs
    "Solarization": ({"addition_factor": 0.2, "threshold_factor": 0.5}, IMAGE, RANDOM),
    "SpatialDropout1D": ({"rate": 0.3}, SEQUENCE),
    "SpatialDropout2D": ({"rate": 0.3}, IMAGE),
    "SpatialDropout3D": ({"rate": 0.3}, VOLUME),
    "SpectralNormalization": (lambda: {"layer": L.Dense(3)}, MATRIX),
    "StackedRNNCells": (lambda: {"cells": [L.GRUCell(3), L.GRUCell(2)]}, MATRIX, {"arguments": states(3, 2)}),
    "StringLookup": ({"vocabulary": ["a", "b"]}, WORDS, HOST),
    "Subtract": ({}, TWO),
    "TextVectorization": ({"vocabulary": ["a", "b"], "output_sequence_length": 2}, WORDS[:, 0], HOST),
    "ThresholdedReLU": ({"theta": 0.5}, MATRIX),
    "TimeDistributed": (lambda: {"layer": L.Dense(3)}, SEQUENCE),
    "UnitNormalization": ({}, MATRIX),
    "UpSampling1D": ({"size": 2}, SEQUENCE),
    "UpSampling2D": ({"size": (2, 3)}, IMAGE),  # bilinear gives float32 under every policy, as Keras does
    "UpSampling3D": ({"size": 2}, VOLUME),
    "ZeroPadding1D": ({"padding": (1, 2)}, SEQUENCE),
    "ZeroPadding2D": ({"padding": 1}, IMAGE),
    "ZeroPadding3D": ({"padding": 1}, VOLUME),
    "experimental.RandomFourierFeatures": ({"output_dim": 3}, MATRIX),
    "experimental.SyncBatchNormalization": ({}, IMAGE),
}

# They share their code with a sibling that is checked under all policies; programs of these take long to compile.
SIBLINGS = """
AugMix ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MaxNumBoundingBoxes MixUp RandAugment
RandomColorDegeneration RandomColorJitter RandomElasticTransform RandomErasing RandomGaussianBlur RandomGrayscale
RandomPerspective RandomSaturation RandomSharpness RandomInvert RandomPosterization Solarization
AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
ConvLSTM2D ConvLSTM3D Conv2DTranspose Conv3DTranspose Conv3D DepthwiseConv1D
SeparableConv1D AveragePooling2D AveragePooling3D MaxPooling2D MaxPooling3D GlobalAveragePooling2D
GlobalAveragePooling3D GlobalMaxPooling2D GlobalMaxPooling3D ZeroPadding2D ZeroPadding3D Cropping2D
Cropping3D UpSampling3D SpatialDropout2D SpatialDropout3D LocallyConnected2D RNN
experimental.SyncBatchNormalization
""".split()

EXCEPTIONS = {
    "AbstractRNNCell": "what cells derive from: it computes nothing itself",
    "DenseFeatures": "takes a dict of features of many kinds; tests/keras/layers/feature_columns checks it",
    "InputLayer": "takes no inputs: it stands for them",
    "FlaxLayer": "needs Flax; tests/keras/layers/test_flax_layer.py checks it",
    "JaxLayer": "computes a function of the user's; tests/keras/layers/test_jax_layer.py checks it",
    "TFOpLambda": "made by calls of ops on symbolic tensors, never by name",
    "TFSMLayer": "calls a SavedModel; tests/keras/layers/test_saved_model_layer.py checks it",
    "Wrapper": "what wrappers derive from: it has no call of its own",
    "experimental.DynamicEmbedding": "counts terms on the host; tests/keras/layers/experimental checks it",
    "experimental.DynamicLookup": "counts terms on the host; tests/keras/layers/experimental checks it",
    "experimental.preprocessing.PreprocessingLayer": "what preprocessing layers derive from",
}


def public_layers():
    """Each public layer class under its first name."""
    found = {}
    for place, before in ((L, ""), (X, "experimental."), (X.preprocessing, "experimental.preprocessing.")):
        for name in sorted(dir(place)):
            target = getattr(place, name)
            if isinstance(target, type) and issubclass(target, L.Layer):
                found.setdefault(target, before + (target.__name__ if not before else name))
    return {name: target for target, name in found.items()}


def test_the_table_has_every_public_layer():
    assert set(SIBLINGS) <= set(CASES)
    public = set(public_layers())
    assert public == set(CASES) | set(EXCEPTIONS)
    assert not set(CASES) & set(EXCEPTIONS)


@pytest.fixture(scope="module", autouse=True)
def quick_compilations():
    """Nothing here runs for long: programs are compiled without most optimizations."""
    was = jax.config.values["jax_disable_most_optimizations"]
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", was)


@pytest.mark.parametrize("name", sorted(CASES))
def test_check_layer(name):
    config, inputs, *rest = CASES[name]
    options = dict(rest[0]) if rest else {}
    if name in SIBLINGS:
        options["policies"] = ["mixed_float16"]
    given = isinstance(inputs, np.ndarray) or isinstance(inputs[0], np.ndarray)
    tf.keras.utils.set_random_seed(zlib.crc32(name.encode()) % 1000)
    done = check_layer(public_layers()[name], config, **{"inputs" if given else "input_shape": inputs}, **options)
    assert {"config", "compute_output_shape", "free sizes", "masks", "saved in a model", "pickled"} <= set(done)


NOISY = ["AlphaDropout", "BatchNormalization", "Dropout", "GaussianDropout", "GaussianNoise", "RandomFlip"]
NOISY += ["SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"]


@pytest.mark.parametrize("name", NOISY)
def test_training_changes_what_it_should(name):
    config, shape = CASES[name][:2]
    layer = public_layers()[name](**config)
    inputs = tf.constant(SEED.normal(size=(4, *shape[1:])).astype("float32"))
    assert not np.allclose(layer(inputs, training=False), layer(inputs, training=True))


def test_every_public_layer_is_registered():
    for name, target in public_layers().items():
        if name not in ("Layer", "experimental.preprocessing.PreprocessingLayer"):
            assert registry.builtin("layer", target.__name__) is target, name


# ------------------------------------------------------------------------------------------ odd inputs


DTYPES = ["float16", "float64", "int32", "int64", "uint8", "bool", "complex64", "string"]
EXPLAINED = (ValueError, TypeError, NotImplementedError, RuntimeError, tf.errors.OpError)


def filled(shape, dtype):
    if dtype == "string":
        return tf.constant(np.full(shape, "a"))
    return tf.cast(tf.constant(SEED.integers(0, 3, size=shape).astype("float32")), dtype)


def odd_inputs(inputs, draws):
    """None, and two of an empty batch, another rank, another dtype; all inputs in the same way."""

    def each(make):
        several = isinstance(inputs, list)
        given = [
            tuple(np.shape(part)) if isinstance(part, np.ndarray) else part
            for part in (inputs if several else [inputs])
        ]
        made = [make([4 if n is None else n for n in shape]) for shape in given]
        return made if several else made[0]

    rank, dtype = int(draws.integers(0, 6)), DTYPES[draws.integers(0, len(DTYPES))]
    odd = [
        ("an empty batch", lambda: each(lambda shape: filled((0, *shape[1:]), "float32"))),
        (f"rank {rank}", lambda: each(lambda shape: filled([2] * rank, "float32"))),
        (dtype, lambda: each(lambda shape: filled(shape, dtype))),
    ]
    yield "None", each(lambda shape: None)
    for which in draws.choice(3, size=2, replace=False):
        yield odd[which][0], odd[which][1]()


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.filterwarnings("ignore")
def test_odd_inputs_work_or_are_explained(name):
    config, inputs, *rest = CASES[name]
    arguments = (rest[0] if rest else {}).get("arguments", {})
    if isinstance(inputs, list) and not isinstance(inputs[0], tuple | np.ndarray):
        inputs = tuple(inputs)
    unexplained = []
    for what, odd in odd_inputs(inputs, np.random.default_rng(zlib.crc32(name.encode()))):
        layer = public_layers()[name](**(config() if callable(config) else config))
        try:
            layer(odd, **arguments)
        except Exception as error:
            said = str(error)
            poor = "jax" in said.lower() or "<function" in said or len(said) < 15 or not isinstance(error, EXPLAINED)
            if poor or "In layer" not in said:
                unexplained.append(f"{what}: {type(error).__name__}: {said}")
    assert not unexplained, "\n".join(unexplained)
