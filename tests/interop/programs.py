"""Models that both sides build from the same code. `keras` is whichever package runs this."""

import numpy as np


def models(keras):
    """Functions by name that make (model, inputs)."""
    layers = keras.layers
    rng = np.random.default_rng(0)
    if "Doubled" not in keras.utils.get_custom_objects():
        keras.utils.get_custom_objects().update(Doubled=doubled(keras), squared_error=squared_error)

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

    def cells():
        model = keras.Sequential(
            [
                keras.Input((5, 3)),
                layers.TimeDistributed(layers.Dense(4, activation="tanh")),
                layers.RNN([layers.GRUCell(3), layers.LSTMCell(2)], return_sequences=True),
                layers.Bidirectional(layers.SimpleRNN(2), merge_mode="sum"),
            ]
        )
        return model, rng.normal(size=(4, 5, 3)).astype("float32")

    def attention():
        x = keras.Input((5, 6), name="x")
        mixed = layers.MultiHeadAttention(2, 3)(x, x)
        normed = layers.LayerNormalization()(layers.Add()([x, mixed]))
        return keras.Model(x, layers.Dense(2)(layers.Flatten()(normed))), rng.normal(size=(5, 5, 6)).astype("float32")

    def nested():
        inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)], name="inner")
        x = keras.Input((4,), name="x")
        return keras.Model(x, layers.Add()([inner(x), layers.Dense(2)(x)])), rng.normal(size=(5, 4)).astype("float32")

    def called_twice():
        inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation="tanh")], name="inner")
        x = keras.Input((4,), name="x")
        first = inner(x)
        return keras.Model(x, layers.Add()([first, inner(first)])), rng.normal(size=(5, 4)).astype("float32")

    def scheduled():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.LayerNormalization(), layers.Dense(2)])
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
        model.compile(keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True), "mse")
        return model, rng.normal(size=(5, 4)).astype("float32")

    def custom():
        x = keras.Input((4,), name="x")
        model = keras.Model(x, keras.utils.get_custom_objects()["Doubled"](3, name="doubled")(x))
        model.compile(keras.optimizers.RMSprop(0.01), squared_error)
        return model, rng.normal(size=(5, 4)).astype("float32")

    def half():
        x = keras.Input((4,), name="x")
        mixed = layers.Dense(3, dtype="mixed_float16", name="mixed")(x)
        return keras.Model(x, layers.Dense(2, name="wide")(mixed)), rng.normal(size=(5, 4)).astype("float32")

    def normalized():
        layer = layers.Normalization()
        layer.adapt(rng.normal(3, 2, size=(50, 3)).astype("float32"))
        model = keras.Sequential([keras.Input((3,)), layer, layers.Dense(2)])
        return model, rng.normal(size=(5, 3)).astype("float32")

    def looked_up():
        layer = layers.IntegerLookup(vocabulary=[3, 5, 7], output_mode="one_hot")
        model = keras.Sequential([keras.Input((1,), dtype="int64"), layer, layers.Dense(2)])
        return model, np.array([[3], [7], [4]])

    def legacy():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)])
        model.compile(keras.optimizers.legacy.Adam(0.01), "mse")
        return model, rng.normal(size=(5, 4)).astype("float32")

    found = [
        dense, shared, convolutions, recurrent, cells, attention, nested, called_twice, scheduled, custom, half,
        normalized, looked_up,
    ]  # fmt: skip
    if keras.__version__.startswith("2"):
        found.append(legacy)
    return {make.__name__: make for make in found}


def doubled(keras):
    """A layer of one's own."""

    class Doubled(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.inner = keras.layers.Dense(units)

        def build(self, input_shape):
            self.inner.build(input_shape)
            self.scale = self.add_weight(name="scale", shape=(self.units,), initializer="ones")
            self.built = True

        def call(self, inputs):
            return self.inner(inputs) * self.scale * 2.0

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    return Doubled


def squared_error(y_true, y_pred):
    """A loss of one's own."""
    return (y_true - y_pred) ** 2


def trained(model, inputs, keras):
    """The model after two steps, and its predictions."""
    if getattr(model, "optimizer", None) is None:
        model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    targets = np.ones_like(np.asarray(model.predict(inputs, verbose=0)))
    model.fit(inputs, targets, epochs=2, batch_size=5, shuffle=False, verbose=0)
    return np.asarray(model.predict(inputs, verbose=0))


def next_loss(model, data):
    """The loss of a third step, which depends on the optimizer's state."""
    model.fit(data["x"], np.ones_like(data["y"]), batch_size=5, shuffle=False, verbose=0)
    return np.asarray(model.predict(data["x"], verbose=0))
