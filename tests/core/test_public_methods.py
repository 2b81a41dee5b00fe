"""Methods of exported classes explain what Python and JAX raise in them; what runs at each step is not wrapped."""

import inspect
import re
import warnings

import pytest

import addax as tf
from addax.core import errors


def variable():
    return tf.Variable([1.0, 2.0])


# The words that the message starts with, and the call.
CALLS = {
    "tf.data.Dataset.concatenate": lambda: tf.data.Dataset.range(2).concatenate("a"),
    "tf.keras.metrics.Mean.from_config": lambda: tf.keras.metrics.Mean.from_config(5),
    "tf.keras.metrics.MeanSquaredError.merge_state": lambda: tf.keras.metrics.MeanSquaredError().merge_state(3),
    "tf.keras.models.Sequential.get_layer": lambda: tf.keras.Sequential().get_layer(index=[1]),
    "tf.keras.optimizers.Adam.build": lambda: tf.keras.optimizers.Adam().build(3),
    "tf.keras.optimizers.SGD.add_variable_from_reference": lambda: tf.keras.optimizers.SGD(0.1, 0.9).apply_gradients(
        [(1.0, 3)]
    ),
    "tf.keras.optimizers.SGD.aggregate_gradients": lambda: tf.keras.optimizers.SGD().aggregate_gradients(3),
    "tf.keras.losses.Huber.from_config": lambda: tf.keras.losses.Huber.from_config([1, 2]),
    "tf.keras.initializers.RandomNormal": lambda: tf.keras.initializers.RandomNormal("a")((2, 2)),
    "tf.random.Generator.skip": lambda: tf.random.Generator.from_seed(1).skip("a"),
    "tf.TensorArray.read": lambda: tf.TensorArray(tf.float32, 3).read([1, 2]),
    "tf.TensorShape.with_rank_at_least": lambda: tf.TensorShape([1]).with_rank_at_least([1]),
}


@pytest.mark.parametrize("who", CALLS)
def test_methods_explain(who):
    for kind in (TypeError, ValueError, tf.errors.InvalidArgumentError):
        with pytest.raises(kind, match=rf"^{re.escape(who)}: expected(.|\n)*To do"):
            CALLS[who]()


def test_calls_that_do_not_fit_name_the_arguments():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"^tf.keras.models.Sequential.fit: expected(.|\n)*'epoch'(.|\n)*mean 'epochs'"):
        model.fit([[1.0]], [[1.0]], epoch=3)
    with pytest.raises(TypeError, match=r"Sequential.predict: expected(.|\n)*missing 1(.|\n)*'x'"):
        model.predict()
    with pytest.raises(ValueError, match=r"Sequential.fit: expected(.|\n)*Received: x [^<]*, verbose 'loud'"):
        model.fit([[1.0]], [[1.0]], verbose="loud")


def test_programs_that_expect_what_python_raises_still_catch_it():
    with pytest.raises(AttributeError, match=r"tf.data.Dataset.concatenate"):
        tf.data.Dataset.range(2).concatenate("a")


def test_variables_explain():
    for call in (
        lambda: tf.Variable([True]).assign_add([True]),
        lambda: int(variable()),
        lambda: [0, 1][variable()],
        lambda: float(variable()),
        lambda: variable().scatter_update(tf.IndexedSlices(tf.ones([2, 3]), [0])),
    ):
        with pytest.raises((TypeError, tf.errors.InvalidArgumentError), match="expected"):
            call()
    assert int(tf.Variable(2)) == 2 and [0, 1][tf.Variable(1)] == 1 and float(tf.Variable(1.5)) == 1.5


def test_what_runs_at_each_step_is_not_wrapped():
    optimizer = tf.keras.optimizers.SGD
    for method in (
        tf.Variable.assign, tf.Variable.assign_add, tf.Variable.read_value, tf.GradientTape.gradient,
        tf.GradientTape.record, optimizer.apply_gradients, tf.keras.layers.Dense.call, tf.keras.Model.__call__,
        tf.Tensor.numpy, tf.TensorShape.as_list, tf.keras.callbacks.CallbackList.on_train_batch_end,
    ):  # fmt: skip
        assert not hasattr(method, "explains"), method
    assert tf.data.Dataset.map.explains and tf.keras.Model.fit.explains


def test_what_users_raise_in_methods_passes():
    class Odd(tf.keras.metrics.Mean):
        def update_state(self, values, sample_weight=None):
            super().update_state(values)
            return {}["a"]

    with pytest.raises(KeyError) as caught:
        Odd()([1.0])
    assert not isinstance(caught.value, ValueError)
    assert inspect.signature(tf.keras.Model.fit).parameters["epochs"].default == 1


def test_wrappers_are_no_frames_of_warnings():
    monitor = tf.keras.callbacks.ReduceLROnPlateau(monitor="nope")
    monitor.set_model(tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))]))
    monitor.model.compile("sgd", "mse")
    with pytest.warns(UserWarning) as caught:
        tf.keras.callbacks.ReduceLROnPlateau(epsilon=0.1)
    assert caught[0].filename == __file__
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        errors.warn("text", UserWarning, 1)
    assert seen[0].filename == __file__


def test_names_that_keras_lacks_are_explained():
    for space in ("losses", "metrics", "optimizers", "initializers", "callbacks", "activations", "regularizers"):
        with pytest.raises(AttributeError, match="Addax does not have it"):
            getattr(tf.keras, space).nope


def test_registered_functions_are_what_their_names_find():
    for space, name in (("activations", "softmax"), ("losses", "mse"), ("metrics", "binary_accuracy")):
        room = getattr(tf.keras, space)
        assert room.get(name) is getattr(room, name)
    assert tf.keras.activations.get(None) is tf.keras.activations.linear
