"""Layers forward and backward: the gradients of one layer's weights and input, compiled, batch after batch.

`python -m benchmarks` knows each by its name; TensorFlow runs them in `tf.function`, Keras on JAX in `jax.jit`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.mnist import keras_of
from benchmarks.work import Work, tensorflow, time_each

# name: (how to make the layer, the shape of its input)
LAYERS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "dense": (lambda layers: layers.Dense(256, activation="relu"), (128, 512)),
    "conv1d": (lambda layers: layers.Conv1D(64, 5, padding="same"), (32, 128, 64)),
    "conv1d_causal": (lambda layers: layers.Conv1D(64, 2, padding="causal", dilation_rate=4), (16, 256, 32)),
    "conv2d": (lambda layers: layers.Conv2D(64, 3, padding="same"), (32, 16, 16, 64)),
    "conv2d_first": (lambda layers: layers.Conv2D(32, 3, padding="same"), (64, 32, 32, 3)),
    "conv2d_strided": (lambda layers: layers.Conv2D(64, 3, 2, padding="same"), (32, 16, 16, 64)),
    "conv2d_5x5": (lambda layers: layers.Conv2D(64, 5, padding="same"), (32, 16, 16, 32)),
    "conv2d_dilated": (lambda layers: layers.Conv2D(64, 3, padding="same", dilation_rate=2), (32, 16, 16, 64)),
    "conv2d_lenet": (lambda layers: layers.Conv2D(6, 5, padding="same"), (64, 28, 28, 1)),
    "conv3d": (lambda layers: layers.Conv3D(32, 3, padding="same"), (4, 16, 16, 16, 16)),
    "conv2d_transpose": (lambda layers: layers.Conv2DTranspose(32, 4, 2, padding="same"), (32, 14, 14, 64)),
    "depthwise": (lambda layers: layers.DepthwiseConv2D(3, padding="same"), (32, 28, 28, 32)),
    "depthwise_strided": (lambda layers: layers.DepthwiseConv2D(3, 2, padding="same"), (32, 28, 28, 64)),
    "depthwise_multiplier": (
        lambda layers: layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        (16, 14, 14, 32),
    ),
    "separable": (lambda layers: layers.SeparableConv2D(64, 3, padding="same"), (32, 28, 28, 32)),
    "max_pooling": (lambda layers: layers.MaxPooling2D(), (64, 28, 28, 32)),
    "max_pooling_3": (lambda layers: layers.MaxPooling2D(3, 2, padding="same"), (64, 28, 28, 32)),
    "max_pooling_13": (lambda layers: layers.MaxPooling2D(13, 1, padding="same"), (4, 20, 20, 128)),
    "average_pooling_8": (lambda layers: layers.AveragePooling2D(8), (16, 32, 32, 64)),
    "average_pooling": (lambda layers: layers.AveragePooling2D(2), (64, 28, 28, 32)),
    "average_pooling_1d": (lambda layers: layers.AveragePooling1D(2), (32, 256, 64)),
    "global_average_pooling": (lambda layers: layers.GlobalAveragePooling2D(), (32, 28, 28, 64)),
    "global_max_pooling": (lambda layers: layers.GlobalMaxPooling2D(), (32, 28, 28, 64)),
    "batch_norm": (lambda layers: layers.BatchNormalization(), (64, 28, 28, 32)),
    "layer_norm": (lambda layers: layers.LayerNormalization(), (64, 128, 128)),
    "prelu": (lambda layers: layers.PReLU(), (64, 28, 28, 32)),
    "softmax_of_3": (lambda layers: layers.Softmax(), (4, 128, 128, 3)),
    "dropout": (lambda layers: layers.Dropout(0.3), (64, 128, 256)),
    "lstm": (lambda layers: layers.LSTM(64, return_sequences=True), (32, 64, 32)),
    "gru": (lambda layers: layers.GRU(64, return_sequences=True), (32, 64, 32)),
    "simple_rnn": (lambda layers: layers.SimpleRNN(64), (32, 64, 32)),
    "stacked_cells": (lambda layers: layers.RNN([layers.LSTMCell(64), layers.LSTMCell(64)]), (32, 32, 32)),
    "attention": (lambda layers: layers.MultiHeadAttention(4, 16), (16, 64, 64)),
    "embedding": (lambda layers: layers.Embedding(10_000, 64), (64, 64)),
}
_TRAINING = ("batch_norm", "dropout")  # these do something else while training
WORKS = [
    Work(f"layer_{name}", f"{name.replace('_', ' ')}, input {'x'.join(map(str, shape))}: forward and backward", "ms")
    for name, (_, shape) in LAYERS.items()
]


def _layer(framework: str, name: str) -> tuple[Any, np.ndarray, tuple[Any, ...]]:
    """A built layer, its input, and what it takes besides."""
    make, shape = LAYERS[name]
    layer = make(keras_of(framework).layers)
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype("float32")
    if name == "embedding":
        x = rng.integers(10_000, size=shape).astype("int32")
    return layer, x, (x,) if name == "attention" else ()


def _gradients(framework: str, name: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    if framework == "keras-jax":
        return _gradients_of_keras_jax(name)
    tf = tensorflow(framework)
    layer, x, _ = _layer(framework, name)
    inputs = tf.constant(x)
    call = (lambda x: layer(x, x)) if name == "attention" else lambda x: layer(x, training=name in _TRAINING)
    call(inputs)
    sources = [*layer.trainable_variables]

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            if name != "embedding":
                tape.watch(x)
            y = call(x)
            loss = tf.reduce_sum(y * y)
        # weights first, as JAX's program of Keras 3 has them: XLA computes in that order
        return tape.gradient(loss, sources if name == "embedding" else [*sources, x])

    def finish(last: Any) -> Any:
        last = last[-1]
        return (last.values if hasattr(last, "indices") else last).numpy()

    return lambda: step(inputs), finish


def _gradients_of_keras_jax(name: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    import jax
    import jax.numpy as jnp

    layer, x, more = _layer("keras-jax", name)
    inputs = jnp.asarray(x)
    layer(inputs, *([inputs] if more else []))
    training = {"training": True} if name in _TRAINING else {}
    weights = [variable.value for variable in layer.trainable_variables]
    rest = [variable.value for variable in layer.non_trainable_variables]

    def loss(weights: Any, x: Any) -> Any:
        y, _ = layer.stateless_call(weights, rest, x, *([x] if more else []), **training)
        return jnp.sum(y * y)

    step = jax.jit(jax.grad(loss, 0 if name == "embedding" else (0, 1)))
    return lambda: step(weights, inputs), lambda last: np.asarray(jax.tree.leaves(last)[-1])


time_each(WORKS, LAYERS, ("addax", "tf", "keras-jax"), _gradients)
