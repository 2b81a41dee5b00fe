"""`fit` of small, wide, convolutional, recurrent and attention models on random data, and `predict` of one sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.mnist import keras_of
from benchmarks.work import Work, timed, timed_many

tiny_fit = Work("tiny_fit", "fit: Dense(1), SGD, 20,000x2, batch 32, 1 epoch")
wide_fit = Work("wide_fit", "fit: MLP 1024-2048-2048-10, SGD, 4,096 samples, batch 256, 1 epoch")
cnn_fit = Work(
    "cnn_fit", "fit: CNN 28x28, conv 32, pool, conv 64, pool, dropout, dense, 8,192 samples, batch 128, 1 epoch"
)
lstm_fit = Work("lstm_fit", "fit: LSTM(64), 4,096x64x32, batch 64, 1 epoch")
transformer_fit = Work("transformer_fit", "fit: transformer block, 2,048x64 tokens, d 64, batch 32, 1 epoch")
predict_one = Work("predict_one", "predict of one sample, MLP 784-64-64-10", "ms")
call_one = Work("call_one", "model(x) of one sample, MLP 784-64-64-10 (JAX: jit)", "us")
build_100 = Work("build_100", "building a functional model of 100 Dense layers", "ms")
fold = Work("fold", "a fold of a cross validation: a model like those before, fit of 5 epochs of 400 rows, evaluate")
WORKS = [tiny_fit, wide_fit, cnn_fit, lstm_fit, transformer_fit, predict_one, call_one, build_100, fold]
KERAS = ("addax", "tf", "keras-jax")


def _floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape, dtype="float32")


def _classes(samples: int) -> np.ndarray:
    return np.random.default_rng(1).integers(10, size=samples).astype("int32")


def _epoch(model, x: np.ndarray, y: np.ndarray, batch: int) -> Callable[[], float]:
    return timed(lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0))


@tiny_fit.by(*KERAS)
def _tiny(framework: str, scale: float):
    keras = keras_of(framework)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    samples = int(20_000 * scale)
    return _epoch(model, _floats(samples, 2), _floats(samples, 1), 32)


@wide_fit.by(*KERAS)
def _wide(framework: str, scale: float):
    keras = keras_of(framework)
    dense = keras.layers.Dense
    model = keras.Sequential(
        [keras.Input((1024,)), dense(2048, "relu"), dense(2048, "relu"), dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    samples = max(256, int(4096 * scale))
    return _epoch(model, _floats(samples, 1024), _classes(samples), 256)


@cnn_fit.by(*KERAS)
def _cnn(framework: str, scale: float):
    keras = keras_of(framework)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    samples = max(128, int(8192 * scale))
    return _epoch(model, _floats(samples, 28, 28, 1), _classes(samples), 128)


@lstm_fit.by(*KERAS)
def _lstm(framework: str, scale: float):
    keras = keras_of(framework)
    model = keras.Sequential(
        [keras.Input((64, 32)), keras.layers.LSTM(64), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    samples = max(64, int(4096 * scale))
    return _epoch(model, _floats(samples, 64, 32), _classes(samples), 64)


@transformer_fit.by(*KERAS)
def _transformer(framework: str, scale: float):
    keras = keras_of(framework)
    layers = keras.layers
    tokens = keras.Input((64,), dtype="int32")
    x = layers.Embedding(1000, 64)(tokens)
    attended = layers.MultiHeadAttention(num_heads=4, key_dim=16)(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, attended]))
    hidden = layers.Dense(64)(layers.Dense(128, activation="relu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, hidden]))
    model = keras.Model(tokens, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling1D()(x)))
    model.compile("adam", "sparse_categorical_crossentropy")
    samples = max(32, int(2048 * scale))
    data = np.random.default_rng(0).integers(1000, size=(samples, 64)).astype("int32")
    return _epoch(model, data, _classes(samples), 32)


def _mlp(keras):
    dense = keras.layers.Dense
    return keras.Sequential(
        [keras.Input((784,)), dense(64, "relu"), dense(64, "relu"), dense(10, activation="softmax")]
    )


@predict_one.by(*KERAS)
def _predict(framework: str, scale: float):
    model, x = _mlp(keras_of(framework)), _floats(1, 784)
    return timed_many(lambda: model.predict(x, verbose=0), lambda last: last, max(0.1, scale))


@call_one.by(*KERAS)
def _call(framework: str, scale: float):
    model, x = _mlp(keras_of(framework)), _floats(1, 784)
    return timed_many(lambda: model(x), np.asarray, max(0.1, scale))


@call_one.by("jax")
def _call_jax(framework: str, scale: float):
    import jax
    import jax.numpy as jnp

    sizes = [(784, 64), (64, 64), (64, 10)]
    parameters = [(jnp.asarray(_floats(*size)), jnp.zeros(size[1])) for size in sizes]

    @jax.jit
    def model(parameters, x):
        for w, b in parameters[:-1]:
            x = jax.nn.relu(x @ w + b)
        return jax.nn.softmax(x @ parameters[-1][0] + parameters[-1][1])

    x = _floats(1, 784)
    return timed_many(lambda: model(parameters, x), np.asarray, max(0.1, scale))


@build_100.by(*KERAS)
def _build(framework: str, scale: float):
    keras = keras_of(framework)

    def build():
        x = inputs = keras.Input((32,))
        for _ in range(100):
            x = keras.layers.Dense(32, activation="relu")(x)
        return keras.Model(inputs, x)

    return timed(build)


@fold.by(*KERAS)
def _fold(framework: str, scale: float):
    keras = keras_of(framework)
    layers = keras.layers
    x, y = _floats(500, 20), _classes(500) % 2
    epochs = max(1, int(5 * scale))

    def run() -> None:
        model = keras.Sequential([
            keras.Input((20,)), layers.Dense(64, activation="relu"), layers.Dropout(0.2), layers.BatchNormalization(),
            layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid"),
        ])  # fmt: skip
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        model.fit(x[:400], y[:400], epochs=epochs, validation_data=(x[400:], y[400:]), verbose=0)
        model.evaluate(x[400:], y[400:], verbose=0)

    run()
    return timed(run)
