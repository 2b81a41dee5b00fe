"""`training` given to layers whose `call` has no such argument."""

import addax as tf


class Inner(tf.keras.layers.Layer):
    seen: object = "nothing"

    def call(self, x, training=None):
        self.seen = training
        return x


class Plain(tf.keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def call(self, x):
        return self.inner(x)


class Keywords(Plain):
    def call(self, x, **kwargs):
        self.kwargs = kwargs
        return self.inner(x)


def test_is_for_the_layers_inside():
    layer = Plain()
    layer(tf.ones((2,)), training=True)
    assert layer.inner.seen is True
    layer(tf.ones((2,)), training=False)
    assert layer.inner.seen is False


def test_reaches_bare_keyword_arguments():
    layer = Keywords()
    layer(tf.ones((2,)), training=True)
    assert layer.kwargs == {"training": True}
    assert layer.inner.seen is True


def test_models_without_the_argument_train():
    class Doubled(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf.keras.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    model = Doubled()
    model.compile("sgd", "mse")
    x, y = tf.ones((8, 2)), tf.ones((8, 1))
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert model.predict(x, verbose=0).shape == (8, 1)
