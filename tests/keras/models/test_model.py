"""Model: subclasses, building, describing, what it holds."""

import copy
import pickle

import numpy as np
import pytest

import addax as tf
from addax import keras

L = keras.layers


class Net(keras.Model):
    """Two layers and a dropout."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden, self.drop, self.out = L.Dense(units, activation="relu"), L.Dropout(0.5), L.Dense(1)

    def call(self, inputs, training=False):
        return self.out(self.drop(self.hidden(inputs), training=training))


def test_a_subclass_is_built_by_its_first_call():
    net = Net()
    assert not net.built and net.weights == []
    with pytest.raises(ValueError, match="not yet been built"):
        net.summary()
    assert net(tf.ones((2, 4))).shape == [2, 1]
    assert len(net.weights) == 4 and [layer.name for layer in net.layers] == [
        net.hidden.name,
        net.drop.name,
        net.out.name,
    ]
    net.summary(print_fn=lambda line: None)
    assert net.count_params() == 4 * 3 + 3 + 3 + 1


def test_build_by_shape():
    net = Net()
    net.build((None, 4))
    assert net.built and len(net.weights) == 4
    weights = net.get_weights()
    net(tf.ones((2, 4)))
    np.testing.assert_array_equal(net.get_weights()[0], weights[0])
    assert net.compute_output_shape((None, 4)).as_list() == [None, 1]


def test_compile_and_fit_before_any_call():
    net = Net()
    net.compile("sgd", "mse")
    net.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    assert net.built and len(net.weights) == 4


def test_forgotten_parts():
    class NoSuper(keras.Model):
        def __init__(self):
            self.dense = L.Dense(1)

    with pytest.raises(RuntimeError, match=r"forgot to call `super\(\).__init__\(\)`"):
        NoSuper()

    class NoCall(keras.Model):
        pass

    with pytest.raises(NotImplementedError, match=r"overridden `call\(\)` method \(class NoCall\)"):
        NoCall()(tf.ones(1))
    with pytest.raises(TypeError, match="received 1 positional"):
        keras.Model(3)


def test_a_functional_subclass():
    class Mine(keras.Model):
        def train_step(self, data):
            return {"mine": tf.constant(1.0)}

    x = keras.Input((2,))
    model = Mine(x, L.Dense(1)(x))
    assert isinstance(model, Mine) and model(tf.ones((1, 2))).shape == [1, 1]
    model.compile("sgd", "mse")
    assert model.fit(np.ones((2, 2)), np.ones((2, 1)), verbose=0).history == {"mine": [1.0]}


def test_outputs_inputs_and_shapes():
    x = keras.Input((2,))
    model = keras.Model(x, [L.Dense(1)(x), L.Dense(2)(x)])
    assert model.input is x and len(model.outputs) == 2
    assert model.input_shape == (None, 2) and model.output_shape == [(None, 1), (None, 2)]
    with pytest.raises(AttributeError):
        _ = Net().output


def test_models_in_attributes_and_lists():
    class Ensemble(keras.Model):
        def __init__(self):
            super().__init__()
            self.members = [Net(), Net()]
            self.by_name = {"extra": L.Dense(1)}

        def call(self, x):
            return sum(member(x) for member in self.members) + self.by_name["extra"](x)

    model = Ensemble()
    model(tf.ones((1, 2)))
    assert len(model.weights) == 10 and len(model.layers) == 3


def test_copies_and_pickles():
    x = keras.Input((2,))
    functional = keras.Model(x, L.Dense(1)(L.Dense(3, activation="tanh")(x)))
    sequential = keras.Sequential([L.Dense(2, input_shape=(2,)), L.Dense(1)])
    net = Net()
    net(tf.ones((1, 2)))
    data = tf.constant([[0.5, -1.0], [2.0, 3.0]])
    for model in (functional, sequential, net):
        expected = model(data).numpy()
        others = [copy.deepcopy(model)] + ([pickle.loads(pickle.dumps(model))] if model is not net else [])
        for other in others:
            np.testing.assert_array_equal(other(data), expected)
            other.set_weights([np.zeros_like(w) for w in other.get_weights()])
            assert not other(data).numpy().any()
            np.testing.assert_array_equal(model(data), expected)
            other.compile("sgd", "mse")
            other.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    np.testing.assert_array_equal(functional(data), functional(data))


def test_configs():
    net = Net(units=7, name="mine")
    assert net.get_config() == {"units": 7}  # as Keras 2 has it, without the name
    again = Net.from_config(net.get_config())
    assert again.units == 7
    x = keras.Input((2,), name="x")
    model = keras.Model(x, L.Dense(1, name="d")(x), name="m")
    again = keras.Model.from_config(model.get_config())
    assert again.name == "m" and [layer.name for layer in again.layers] == ["x", "d"]
    with pytest.raises(RuntimeError, match="to_json"):
        model.to_yaml()


def test_in_a_tf_function_and_a_tape():
    net = Net()
    net.build((None, 2))
    x = tf.ones((3, 2))
    optimizer = keras.optimizers.SGD(0.1)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(net(x, training=True) - 1.0))
        grads = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(grads, net.trainable_variables, strict=True))
        return loss

    losses = [float(step(x)) for _ in range(30)]
    assert losses[-1] < losses[0] and int(optimizer.iterations.numpy()) == 30


def test_metrics_in_attributes_count_among_a_models_weights_but_not_among_a_layers():
    class Inner(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seen = keras.metrics.Mean(name="seen")
            self.dense = keras.layers.Dense(1)

        def call(self, inputs):
            result = self.dense(inputs)
            self.add_metric(result, name="added")
            return result

    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner, self.mean = Inner(), keras.metrics.Mean(name="mean")
            self.others = [keras.metrics.Sum(name="sum")]

        def call(self, inputs):
            return self.inner(inputs)

    model = Outer()
    model(np.ones((2, 3), "float32"))
    assert [metric.name for metric in model.metrics] == ["mean", "sum", "seen", "added"]
    names = [variable.name.split("/")[-1] for variable in model.weights]
    assert names == ["kernel:0", "bias:0", "total:0", "count:0", "total:0"]
    assert model.non_trainable_weights == model.weights[2:] and len(model.inner.weights) == 2
    model.set_weights([np.full(variable.shape, 2.0) for variable in model.weights])
    assert float(model.mean.result()) == 1.0


def test_a_subclass_may_hand_itself_to_super_init():
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__(self)
            self.dense = tf.keras.layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    assert Own()(tf.ones((1, 3))).shape == (1, 2)


def test_predictions_can_be_written_into():
    model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    x = np.ones((5, 3), "float32")
    for found in (model.predict(x[:1], verbose=0), model.predict(x, 2, verbose=0), model.predict_on_batch(x)):
        found[0, 1] = 7.0
        assert found[0, 1] == 7.0


def test_submodules_come_level_by_level():
    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = keras.Sequential([L.Dense(1, name="a"), L.Dense(1, name="b")], name="inner")
            self.second = L.Dense(1, name="c")

    model = Outer()
    assert [each.name for each in model.submodules] == ["inner", "c", "a", "b"]
    assert model.inputs is None and model.outputs is None and not model.supports_masking


def test_weights_that_a_build_of_ones_own_makes_are_not_listed_before_it():
    class Own(keras.Model):
        def build(self, shape):
            self.scale = self.add_weight("scale", shape=())
            self.built = True

    model = Own()
    with pytest.raises(ValueError, match="have not yet been created"):
        model.get_weights()
    model.build((None, 1))
    assert len(model.get_weights()) == 1


def test_containers_of_layers_list_trainable_weights_first_and_dicts_by_key():
    class Holder(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.pair = (L.BatchNormalization(name="b1"), L.Dense(2, name="d1"))
            self.named = {"y": L.BatchNormalization(name="b2"), "x": L.Dense(2, name="d2")}
            frozen = L.Dense(2, name="f", trainable=False)
            self.deep = [[L.BatchNormalization(name="b3")], [L.Dense(2, name="d3"), frozen]]
            self.alone = L.BatchNormalization(name="b4")

        def call(self, x):
            for layer in (*self.pair, self.named["y"], self.named["x"], *self.deep[0], *self.deep[1], self.alone):
                x = layer(x)
            return x

    model = Holder()
    model(tf.ones((1, 2)))
    names = ["/".join(v.name.split(":")[0].split("/")[-2:]) for v in model.weights]
    assert " ".join(names) == (  # TensorFlow 2.21
        "b1/gamma b1/beta d1/kernel d1/bias b1/moving_mean b1/moving_variance "
        "d2/kernel d2/bias b2/gamma b2/beta b2/moving_mean b2/moving_variance "
        "b3/gamma b3/beta d3/kernel d3/bias b3/moving_mean b3/moving_variance f/kernel f/bias "
        "b4/gamma b4/beta b4/moving_mean b4/moving_variance"
    )
    assert [layer.name for layer in model.layers] == ["b1", "d1", "d2", "b2", "b3", "d3", "f", "b4"]


def test_a_build_of_ones_own_runs_once():
    shapes = []

    class Built(keras.Model):
        def build(self, input_shape):
            shapes.append(tuple(input_shape))
            self.dense = keras.layers.Dense(2)
            super().build(input_shape)

        def call(self, inputs):
            return self.dense(inputs)

    model = Built()
    model.build((None, 4))
    assert shapes == [(None, 4)] and model.built
    assert [tuple(weight.shape) for weight in model.weights] == [(4, 2), (2,)]
    model(np.ones((1, 4), "float32"))
    assert len(shapes) == 1


def test_a_subclass_called_on_symbols_gets_their_dtypes():
    class Picked(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3)

        def call(self, inputs):
            rows, numbers = inputs
            assert numbers.dtype == tf.int32
            return self.dense(tf.gather(rows, numbers, batch_dims=1))

    rows, numbers = keras.Input((10, 4)), keras.Input((), dtype="int32")
    model = Picked()
    outputs = model([rows, numbers])
    assert outputs.shape.as_list() == [None, 3]
    assert [weight.name for weight in model.weights] == ["picked/dense/kernel:0", "picked/dense/bias:0"]
