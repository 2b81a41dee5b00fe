"""Models that both sides build from the same code. `keras` is whichever package runs this."""

import numpy as np


def models(keras):
    layers = keras.layers
    rng = np.random.default_rng(0)

    def dense():
        model = keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(8, activation="relu", name="first"),
                layers.Dense(3, activation="softmax"),
            ],
            name="dense",
        )
        return model, rng.normal(size=(5, 4)).astype("float32")

    def shared():
        x = keras.Input((6,), name="x")
        twice = layers.Dense(3, activation="tanh", name="twice")
        joined = layers.Concatenate()([twice(x), twice(layers.Dense(6)(x))])
        return keras.Model(x, layers.Dense(1)(layers.Dropout(0.3)(joined))), rng.normal(size=(5, 6)).astype("float32")

    def convolutions():
        model = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(4, 3, activation="relu"),
                layers.BatchNormalization(),
                layers.MaxPooling2D(),
                layers.DepthwiseConv2D(2),
                layers.GlobalAveragePooling2D(),
                layers.Dense(2),
            ]
        )
        return model, rng.normal(size=(5, 8, 8, 1)).astype("float32")

    def recurrent():
        model = keras.Sequential(
            [
                keras.Input((6,)),
                layers.Embedding(11, 4, mask_zero=True),
                layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
                layers.GRU(4),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        return model, rng.integers(0, 11, (5, 6)).astype("float32")

    def attention():
        x = keras.Input((5, 6), name="x")
        mixed = layers.MultiHeadAttention(2, 3)(x, x)
        normed = layers.LayerNormalization()(layers.Add()([x, mixed]))
        return keras.Model(x, layers.Dense(2)(layers.Flatten()(normed))), rng.normal(size=(5, 5, 6)).astype("float32")

    def nested():
        inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)], name="inner")
        x = keras.Input((4,), name="x")
        return keras.Model(x, layers.Add()([inner(x), layers.Dense(2)(x)])), rng.normal(size=(5, 4)).astype("float32")

    found = [dense, shared, convolutions, recurrent, attention, nested]
    return {make.__name__: make for make in found}


def trained(model, inputs, keras):
    """The model after two steps, its predictions, and the loss of a third."""
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    targets = np.ones_like(np.asarray(model.predict(inputs, verbose=0)))
    model.fit(inputs, targets, epochs=2, batch_size=5, shuffle=False, verbose=0)
    return np.asarray(model.predict(inputs, verbose=0))
