"""tf.Modules in layers and models, and layers in modules: whose variables are whose, in TensorFlow 2.21's order."""

import addax as tf
from addax import keras

L = keras.layers


class Inner(tf.Module):
    def __init__(self):
        super().__init__()
        self.v = tf.Variable(1.0, name="v")
        self.f = tf.Variable(1.0, trainable=False, name="f")
        self.d = L.Dense(2, kernel_regularizer="l2", kernel_initializer="ones", name="inner")

    def __call__(self, x):
        return self.d(x) * self.v


def names(variables):
    return " ".join("/".join(v.name.split(":")[0].split("/")[-2:]) for v in variables)


def model_of_modules():
    class Around(keras.Model):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(1.0, name="w")
            self.module = Inner()
            self.d = L.Dense(1, kernel_initializer="ones", name="d")
            self.named = {"k": Inner()}

        def call(self, x):
            return self.d(self.named["k"](self.module(x))) * self.w

    model = Around()
    model(tf.ones([4, 2]))
    return model


def test_models_have_the_variables_of_modules_inside():
    model = model_of_modules()
    first, second = "f v inner/kernel inner/bias", "v inner/kernel inner/bias f"
    assert names(model.weights) == f"{first} d/kernel d/bias {second} w"
    assert names(model.trainable_weights) == ("v inner/kernel inner/bias d/kernel d/bias v inner/kernel inner/bias w")
    assert names(model.non_trainable_weights) == "f f"
    assert [layer.name for layer in model.layers] == ["d"] and model.losses == []
    assert [each.name for each in model.submodules] == ["inner", "d", "inner", "inner", "inner"]
    assert model.count_params() == 20
    model.trainable = False  # layers in modules are out of reach
    assert names(model.non_trainable_weights) == (
        "v inner/kernel inner/bias v inner/kernel inner/bias w f d/kernel d/bias f"
    )
    assert model.module.d.trainable


def test_fit_trains_modules_inside():
    model = model_of_modules()
    model.compile("sgd", "mse")
    losses = model.fit(tf.ones([4, 2]), tf.zeros([4, 1]), epochs=2, verbose=0).history["loss"]
    assert losses[0] == 64.0 and losses[1] < 1.0 and float(model.module.v) < 0


def test_layers_have_the_variables_of_modules_inside():
    class Around(L.Layer):
        def __init__(self):
            super().__init__()
            self.module = Inner()
            self.w = tf.Variable(1.0, name="w")
            self.listed = [Inner()]

        def call(self, x):
            return self.listed[0](self.module(x))

    layer = Around()
    layer(tf.ones([1, 2]))
    assert names(layer.weights) == "w v inner/kernel inner/bias v inner/kernel inner/bias f f"
    layer.trainable = False
    assert names(layer.weights) == "w f v inner/kernel inner/bias f v inner/kernel inner/bias"


def test_containers_of_variables_come_before_a_models_own():
    class Holder(keras.Model):
        def __init__(self):
            super().__init__()
            self.a = tf.Variable(1.0, name="a")
            self.listed = [tf.Variable(2.0, name="l0", trainable=False), tf.Variable(2.0, name="l1")]
            self.d = L.Dense(1, name="d")
            self.named = {"q": tf.Variable(1.0, name="q"), "e": L.Dense(2, name="e")}
            self.deep = [[tf.Variable(1.0, name="n"), L.Dense(2, name="g")]]

        def call(self, x):
            return self.d(self.deep[0][1](self.named["e"](x)))

    model = Holder()
    model(tf.ones([1, 2]))
    assert names(model.weights) == "l1 l0 d/kernel d/bias e/kernel e/bias q g/kernel g/bias n a"
    inputs = keras.Input([2])
    functional = keras.Model(inputs, L.Dense(1, name="d")(inputs))
    functional.listed = [tf.Variable(1.0, name="e", trainable=False)]
    functional.own = tf.Variable(1.0, name="o")
    functional.pair = (tf.Variable(2.0, name="e2"),)
    assert names(functional.weights) == "d/kernel d/bias e e2 o"
    assert names(functional.trainable_weights) == "d/kernel d/bias e2 o"


def test_modules_have_the_variables_of_layers_inside():
    class Around(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(1.0, name="v")
            self.d = L.Dense(2, name="d")
            self.nets = [keras.Sequential([L.Dense(1, name="e"), L.BatchNormalization(name="b")], name="s")]
            self.mean = keras.metrics.Mean(name="mean")

    module = Around()
    module.d(tf.ones([1, 2]))
    module.nets[0](tf.ones([1, 2]))
    assert names(module.variables) == (
        "v d/kernel d/bias total count b/moving_mean b/moving_variance b/gamma b/beta e/kernel e/bias"
    )
    assert names(module.trainable_variables) == "v d/kernel d/bias b/gamma b/beta e/kernel e/bias"
    kinds = [type(each).__name__ for each in module.submodules]
    assert kinds == ["Dense", "Mean", "Sequential", "InputLayer", "BatchNormalization", "Dense"]
    assert all(issubclass(kind, tf.Module) for kind in (L.Layer, keras.Model, keras.metrics.Metric))


def test_sequential_wraps_modules():
    class Times(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(2.0, name="v")

        def __call__(self, x):
            return x * self.v

    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((2,)), Times(), L.Dense(1, kernel_initializer="ones", name="d")])
    assert model(tf.ones([1, 2])).numpy().tolist() == [[4.0]] and names(model.weights) == "v d/kernel d/bias"
    assert [layer.name for layer in model.layers] == ["module_wrapper", "d"] and model.count_params() == 4
