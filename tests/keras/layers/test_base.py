"""Layer: state, calls, losses, metrics, names, dtypes, masks, copies and configs."""

import copy
import pickle

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.layers import base

L = keras.layers


class Linear(L.Layer):
    """A Dense layer as the guides write it."""

    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", trainable=True, name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=False, name="b")

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


# ---------------------------------------------------------------------------- building and weights


def test_lazy_building():
    layer = Linear()
    assert not layer.built and layer.weights == []
    with pytest.raises(ValueError, match="isn't built"):
        layer.count_params()
    assert layer(np.ones((3, 4))).numpy().tolist() == [[4.0, 4.0]] * 3
    assert layer.built and layer.count_params() == 10
    assert [w.name for w in layer.weights] == [f"{layer.name}/w:0", f"{layer.name}/b:0"]
    layer(tf.zeros((1, 4)))
    assert len(layer.weights) == 2


def test_add_weight():
    layer = L.Layer(name="l")
    assert layer.add_weight("a").shape == [] and layer.add_weight("i", shape=[2], dtype="int32").numpy().tolist() == [
        0,
        0,
    ]
    assert layer.add_weight("s", shape=(1,), synchronization=tf.VariableSynchronization.ON_READ).trainable in (
        True,
        False,
    )
    named = layer.add_weight(
        name="n", shape=(2,), initializer=lambda shape, dtype: tf.fill(shape, 3.0), constraint="non_neg"
    )
    assert named.name == "n:0" and named.numpy().tolist() == [3.0, 3.0] and named.constraint is not None
    assert layer.add_weight((2, 2), "zeros").shape == [2, 2]  # Keras 3's order
    with pytest.raises(ValueError, match=r"Layer l, add_weight\('x'\): expected a shape without unknown(.|\n)*To do: "):
        layer.add_weight("x", shape=(None, 2))


def test_weights_in_attributes_and_containers():
    class Holder(L.Layer):
        def __init__(self):
            super().__init__()
            self.first = tf.Variable(1.0)
            self.parts = {"list": [Linear(), [L.Dense(1)]], "v": tf.Variable(2.0, trainable=False)}
            self.later = []

        def call(self, inputs):
            return self.parts["list"][1][0](self.parts["list"][0](inputs)) * self.first

    holder = Holder()
    holder.later.append(L.Dense(3))
    holder(tf.ones((1, 2)))
    holder.later[0].build((None, 2))
    assert len(holder.trainable_weights) == 1 + 1 + 2 + 2
    assert len(holder.non_trainable_weights) == 2 and len(holder.weights) == 8
    assert len(holder.submodules) == 3
    holder.first = tf.Variable(5.0)  # replaced
    assert len(holder.weights) == 8
    del holder.first
    assert len(holder.weights) == 7


def test_get_and_set_weights():
    layer = Linear()
    layer(tf.ones((1, 3)))
    layer.set_weights([np.full((3, 2), 2.0), np.ones(2)])
    assert layer.get_weights()[0].dtype == np.float32 and layer(tf.ones((1, 3))).numpy().tolist() == [[7.0, 7.0]]
    with pytest.raises(ValueError, match="weight list of length 1"):
        layer.set_weights([np.ones((3, 2))])
    with pytest.raises(ValueError, match="not compatible"):
        layer.set_weights([np.zeros((3, 2)), np.ones(3)])
    assert layer.get_weights()[0].max() == 2.0  # nothing was changed


def test_trainable_reaches_inner_layers():
    outer = keras.Sequential([Linear(), keras.Sequential([L.Dense(2)])])
    outer(tf.ones((1, 2)))
    assert len(outer.trainable_weights) == 3
    outer.trainable = False
    assert outer.trainable_weights == [] and len(outer.non_trainable_weights) == 4
    assert not outer.layers[1].layers[0].trainable
    outer.layers[0].trainable = True
    assert outer.trainable_weights == []  # a frozen layer freezes what is inside
    outer.trainable = True
    assert len(outer.trainable_weights) == 3


def test_initial_weights_argument():
    layer = L.Dense(1, weights=[np.full((2, 1), 3.0), np.zeros(1)])
    assert layer(tf.ones((1, 2))).numpy().tolist() == [[6.0]]


# ---------------------------------------------------------------------------- refused


def test_refused_arguments():
    with pytest.raises(TypeError, match="unknown keyword argument 'nmae'. did you mean 'name'"):
        L.Layer(nmae="x")
    with pytest.raises(TypeError, match="trainable must be a bool"):
        L.Layer(trainable="yes")
    with pytest.raises(TypeError, match="unknown arguments"):
        L.Layer().add_metric(1.0, name="a", other=2)


def test_super_init_forgotten():
    class Forgot(L.Layer):
        def __init__(self):
            self.units = 3

    with pytest.raises(RuntimeError, match=r"super\(\).__init__\(\) was not called"):
        Forgot()(tf.ones((1, 2)))


def test_errors_name_the_path_once():
    class Inner(L.Layer):
        def call(self, inputs):
            raise ValueError("mine")

    model = keras.Sequential([keras.Sequential([Inner(name="inner")], name="middle")], name="outer")
    with pytest.raises(ValueError) as caught:
        model(tf.ones((2, 3)))  # builds itself symbolically first
    assert str(caught.value) == "mine\n  In layer 'outer/middle/inner' (call arguments: float32 (2, 3))."
    inner = Inner(name="inner")

    class Holder(L.Layer):
        def call(self, inputs):
            return inner(inputs[:, :2])

    holder = Holder(name="holder")
    with pytest.raises(ValueError) as caught:
        holder(tf.ones((2, 3)))
    assert str(caught.value) == "mine\n  In layer 'holder/inner' (call arguments: float32 (2, 2))."
    with pytest.raises(ValueError) as caught:
        holder(keras.Input((3,)))
    assert str(caught.value) == "mine\n  In layer 'holder/inner' (call arguments of 'holder': float32 (None, 3))."
    assert base.calls.depth == 0 and base.calls.path == ()


# ---------------------------------------------------------------------------- calling


def test_inputs_become_tensors_of_the_compute_dtype():
    seen = []

    class Spy(L.Layer):
        def call(self, inputs):
            seen.append(inputs)
            return inputs

    Spy()(np.ones((2, 2), "float64"))
    Spy()([1.0, 2.0])
    Spy()({"a": np.ones(2), "b": [tf.ones(2, tf.float64), np.ones(2, "int64")]})
    Spy(autocast=False)(tf.ones(1, tf.float64))
    Spy(dtype="float64")(tf.ones(1))
    assert [each.dtype.name for each in (seen[0], seen[1], seen[2]["a"], *seen[2]["b"], seen[3], seen[4])] == [
        "float32", "float32", "float32", "float32", "int64", "float64", "float64",
    ]  # fmt: skip


def test_training_is_handed_down():
    seen = []

    class Inner(L.Layer):
        def call(self, inputs, training=None):
            if tf.executing_eagerly():  # not while shapes are inferred
                seen.append(training)
            return inputs

    class Outer(L.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, inputs, training=None):
            return self.inner(self.inner(inputs), training=False)

    outer = Outer()
    outer(tf.ones(1), training=True)
    assert seen == [True, False]
    seen.clear()
    keras.Sequential([outer])(tf.ones((1, 1)), training=True)
    Inner()(tf.ones(1))
    assert seen == [True, False, None]  # nobody said: as in Keras, not False
    seen.clear()
    keras.backend.set_learning_phase(1)
    try:
        Inner()(tf.ones(1))
    finally:
        base.set_learning_phase(None)
    assert seen == [True]


def test_keyword_inputs_and_extra_arguments():
    class Two(L.Layer):
        def call(self, x, y, scale=1.0, *, shift=0.0):
            return (x + y) * scale + shift

    layer = Two()
    assert float(layer(tf.constant(1.0), tf.constant(2.0), 3.0, shift=1.0)) == 10.0
    assert float(layer(x=tf.constant(1.0), y=tf.constant(2.0))) == 3.0
    a, b = keras.Input((1,)), keras.Input((1,))
    model = keras.Model([a, b], layer(a, y=b, scale=2.0))
    assert model([tf.ones((1, 1)), tf.ones((1, 1))]).numpy().tolist() == [[4.0]]


# ---------------------------------------------------------------------------- losses and metrics


def test_losses_belong_to_the_last_call():
    class Penalty(L.Layer):
        def call(self, inputs):
            self.add_loss(tf.reduce_sum(inputs))
            return inputs

    layer = Penalty()
    layer(tf.ones(2)), layer(tf.ones(3))
    assert [float(each) for each in layer.losses] == [3.0]
    outer = keras.Sequential(
        [layer, Penalty(), L.Dense(1, kernel_regularizer=keras.regularizers.L2(0.5), kernel_initializer="ones")]
    )
    outer(tf.ones((1, 2)))
    assert [float(each) for each in outer.losses] == [2.0, 2.0, 1.0]
    other = Penalty()
    other(tf.ones(5))
    assert [float(each) for each in outer.losses] == [2.0, 2.0, 1.0]  # calls of others do not touch them
    layer.add_loss(lambda: tf.constant(7.0))
    assert 7.0 in [float(each) for each in layer.losses]


def test_gradients_flow_through_added_losses():
    class Weighted(L.Layer):
        def build(self, shape):
            self.v = self.add_weight("v", shape=(), initializer="ones", regularizer=lambda w: 3.0 * w)

        def call(self, inputs):
            self.add_loss(self.v * tf.reduce_sum(inputs))
            return inputs

    layer = Weighted()
    with tf.GradientTape() as tape:
        layer(tf.ones(4))
        total = tf.add_n(layer.losses)
    assert float(tape.gradient(total, layer.v)) == 7.0


def test_metrics_of_a_layer():
    class Watched(L.Layer):
        def __init__(self):
            super().__init__()
            self.mean = keras.metrics.Mean(name="own")

        def call(self, inputs):
            self.add_metric(tf.reduce_max(inputs), name="largest")
            self.add_metric(self.mean(inputs))
            return inputs

    layer = Watched()
    layer(tf.constant([1.0, 2.0])), layer(tf.constant([3.0, 6.0]))
    found = {metric.name: float(metric.result()) for metric in layer.metrics}
    assert found == {"own": 3.0, "largest": 4.0}
    with pytest.raises(ValueError, match="expected a name"):
        layer.add_metric(tf.constant(1.0))


def test_activity_regularizer_is_a_mean_over_the_batch():
    layer = L.Dense(1, kernel_initializer="ones", activity_regularizer=keras.regularizers.L1(0.1))
    layer(tf.ones((4, 2)))
    np.testing.assert_allclose(layer.losses, [0.1 * 8 / 4], rtol=1e-6)


# ---------------------------------------------------------------------------- masks


def test_masks_travel():
    class Consumer(L.Layer):
        def call(self, inputs, mask=None):
            self.seen = mask
            return inputs

    consumer, embedding = Consumer(), L.Embedding(5, 2, mask_zero=True)
    out = L.Dropout(0.1)(embedding(tf.constant([[1, 0, 2]])))
    assert out._keras_mask.numpy().tolist() == [[True, False, True]]
    consumer(out)
    assert consumer.seen.numpy().tolist() == [[True, False, True]]
    consumer(out, mask=None)
    inputs = keras.Input((3,), dtype="int32")
    model = keras.Model(inputs, consumer(embedding(inputs)))
    model(tf.constant([[0, 0, 1]]))
    assert consumer.seen.numpy().tolist() == [[False, False, True]]
    with pytest.raises(TypeError, match="does not support masking"):
        L.Layer().compute_mask(tf.ones(1), tf.constant([True]))


# ---------------------------------------------------------------------------- names, shapes, configs


def test_names_are_unique_and_scoped():
    keras.backend.clear_session()
    names = [Linear().name, Linear().name, L.Dense(1).name, Linear(name="mine").name]
    assert names == ["linear", "linear_1", "dense", "mine"]
    outer = keras.Sequential([Linear(name="a")], name="s")
    outer(tf.ones((1, 2)))
    assert outer.weights[0].name == "a/w:0"


def test_output_shapes_and_signatures():
    layer = Linear(5)
    assert layer.compute_output_shape((None, 3)).as_list() == [None, 5] and layer.built
    spec = layer.compute_output_signature(tf.TensorSpec((4, 3)))
    assert (spec.shape, spec.dtype) == ((4, 5), tf.float32)
    x = keras.Input((3,))
    y = layer(x)
    assert layer.input is x and layer.output is y and (layer.input_shape, layer.output_shape) == ((None, 3), (None, 5))
    layer(keras.Input((3,)))
    assert layer.input is x  # Keras gives the first
    assert layer.output_shape == (None, 5) and layer.get_output_shape_at(1) == (None, 5)
    with pytest.raises(AttributeError, match="never been called"):
        _ = Linear().input


def test_configs():
    layer = Linear(3, name="x", dtype="float64", trainable=False)
    config = layer.get_config()
    assert config == {"name": "x", "trainable": False, "dtype": "float64", "units": 3}
    again = Linear.from_config(config)
    assert (again.units, again.name, again.dtype, again.trainable) == (3, "x", "float64", False)

    class Plain(L.Layer):
        def __init__(self, units, name=None):
            super().__init__(name=name)

    assert Plain(2, name="n").get_config() == {"name": "n", "units": 2}  # only what __init__ takes
    assert L.Layer(name="l").get_config() == {"name": "l", "trainable": True, "dtype": "float32"}

    class Holds(L.Layer):
        def __init__(self, what, **kwargs):
            super().__init__(**kwargs)
            self.what = what

    with pytest.raises(NotImplementedError, match=r"argument 'what'(.|\n)*def get_config"):
        Holds(Linear()).get_config()
    with pytest.raises(TypeError, match=r"deserializing class 'Holds'(.|\n)*get_config"):
        Holds.from_config({"name": "n"})


def test_copies_and_pickles():
    layer = L.Dense(2, name="d", kernel_regularizer="l2")
    x = tf.ones((1, 3))
    expected = layer(x).numpy()
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(x), expected)
        assert other.name == "d" and len(other.losses) == 1
        other.set_weights([np.zeros((3, 2)), np.zeros(2)])
        np.testing.assert_array_equal(layer(x), expected)


def test_mixed_precision_variables():
    layer = L.Dense(2, dtype="mixed_bfloat16")
    out = layer(tf.ones((1, 3)))
    assert out.dtype == tf.bfloat16 and layer.kernel.dtype == tf.float32
    assert (layer.compute_dtype, layer.variable_dtype, layer.dtype) == ("bfloat16", "float32", "float32")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.cast(layer(tf.ones((1, 3))), tf.float32))
    assert tape.gradient(loss, layer.kernel).dtype == tf.float32


def test_layers_of_tensors_of_any_kind():
    """A layer is also a function inside tf.function, and under jit its losses are fresh each time."""
    layer = Linear()
    f = tf.function(lambda x: layer(x))
    assert f(tf.ones((1, 2))).numpy().tolist() == [[2.0, 2.0]]
    layer.w.assign(tf.zeros((2, 2)))
    assert f(tf.ones((1, 2))).numpy().tolist() == [[0.0, 0.0]]


def test_what_keras_refuses_when_layers_and_weights_are_made():
    with pytest.raises(TypeError, match="name must be a string"):
        L.Layer(name=3)
    with pytest.raises(ValueError, match="ON_READ cannot be trained"):
        L.Layer().add_weight("w", (2,), synchronization=tf.VariableSynchronization.ON_READ, trainable=True)
    with pytest.raises(TypeError, match="must be an instance of InputSpec"):
        L.Layer().input_spec = 3


def test_only_floating_layers_cast():
    assert L.Layer(dtype="int32")(1.5).dtype == tf.float32
    assert L.Layer(dtype="float64")(1.5).dtype == tf.float64


def test_name_scope_and_trackable_children():
    layer = Linear(name="linear")
    assert layer.name_scope() == "linear/"
    with layer.name_scope:
        assert tf.Variable(1.0, name="v").name == "linear/v:0"
    layer(tf.ones((1, 2)))
    layer.parts = [L.Dense(1)]
    assert sorted(layer._trackable_children()) == ["b", "parts", "w"]


def test_symbolic_metrics_come_behind_those_of_layers():
    class Measured(L.Layer):
        def call(self, x):
            self.add_metric(tf.reduce_sum(x), name="sum")
            return x

    x = L.Input((2,))
    model = keras.Model(x, Measured()(x))
    model.add_metric(tf.reduce_max(model.output), name="max", aggregation="mean")
    assert [metric.name for metric in model.metrics] == ["sum", "max"]


def test_outputs_as_keras_3_says_them():
    class Told(L.Layer):
        def call(self, x, training=None):
            assert isinstance(x, tf.Tensor) and int(x[0, 0]) == 1  # needs real numbers
            return x * 2.0

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    x = keras.Input((2,))
    model = keras.Model(x, Told()(x))
    assert model.output_shape == (None, 2)
    assert model(tf.ones((1, 2))).numpy().tolist() == [[2.0, 2.0]]
    dense = L.Dense(3)
    assert dense.compute_output_spec(x).shape == (None, 3) == dense.symbolic_call(x).shape
    assert dense.input_dtype == "float32" and len(dense.inbound_nodes) == 1


def test_losses_come_in_the_order_in_which_they_were_added():
    class Both(L.Layer):
        def build(self, _):
            self.add_loss(lambda: tf.constant(1.0))
            self.add_weight("w", (), initializer="ones", regularizer=lambda w: w * 2.0)
            self.add_loss(lambda: tf.constant(3.0))

        def call(self, x):
            self.add_loss(tf.constant(0.0))
            return x

    layer = Both()
    layer(tf.ones(2))
    layer.add_loss(lambda: tf.constant(4.0))
    assert [float(loss) for loss in layer.losses] == [0.0, 1.0, 2.0, 3.0, 4.0]
    again = copy.deepcopy(layer)
    again.weights[0].assign(5.0)
    assert [float(loss) for loss in again.losses][-4:] == [1.0, 10.0, 3.0, 4.0]
    assert [float(loss) for loss in layer.losses] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_dynamic_is_no_part_of_a_config():
    assert "dynamic" not in L.Dense(2, dynamic=True).get_config() and L.Dense(2, dynamic=True).dynamic


def test_op_layers_say_their_shapes_as_tuples():
    x = keras.Input((3,))
    layer = keras.Model(x, tf.nn.relu(x)).layers[-1]
    assert layer.get_build_config() == {"input_shape": (None, 3)}


def test_arguments_of_the_oldest_keras():
    layers = keras.layers
    assert "implementation" not in layers.Dense(2, implementation=1).get_config()
    assert layers.LSTM(2, input_dim=3).get_config()["batch_input_shape"] == (None, None, 3)
    assert layers.GRU(2, input_dim=3, input_length=4).get_config()["batch_input_shape"] == (None, 4, 3)
    assert layers.StringLookup(autocast=False).dtype == "int64"
    with pytest.raises(TypeError, match="input_shape"):
        layers.Dense(2, input_shape=3)
    with pytest.raises(ValueError, match="unrecognized"):
        layers.InputLayer((3,), weights=[])
