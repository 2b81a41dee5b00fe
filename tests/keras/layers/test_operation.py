"""keras.Operation and keras.Function of Keras 3."""

import numpy as np
import pytest

import addax as tf
from addax import keras


@keras.saving.register_keras_serializable("mine")
class Scaled(keras.Operation):
    def __init__(self, factor, name=None):
        super().__init__(name=name)
        self.factor = factor

    def call(self, x, y=None):
        return x * self.factor if y is None else x * self.factor + y

    def compute_output_spec(self, x, y=None):
        return keras.KerasTensor(x.shape, x.dtype)


def test_operations_compute_and_belong_to_models(tmp_path):
    x = np.float32([[1, 2, 3]])
    np.testing.assert_array_equal(Scaled(2.0)(x), 2 * x)
    inputs = keras.Input((3,))
    op = Scaled(2.0, name="twice")
    model = keras.Model(inputs, op(inputs, keras.ops.sin(inputs)))
    np.testing.assert_allclose(model(x), 2 * x + np.sin(x), rtol=1e-6)
    assert op in model.operations and op.output.shape == (None, 3)
    assert op.get_config() == {"name": "twice", "factor": 2.0}
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again(x), model(x))


def test_layers_are_operations_and_models_are_functions():
    assert isinstance(keras.layers.Dense(1), keras.Operation) and issubclass(keras.layers.Dense, keras.Operation)
    assert not isinstance(3, keras.Operation) and not isinstance(keras.layers.Dense(1), Scaled)
    inputs = keras.Input((2,))
    assert isinstance(keras.Model(inputs, inputs * 2), keras.Function)
    assert not isinstance(keras.layers.Dense(1), keras.Function)


def test_functions_are_called_with_structures():
    a, b = keras.KerasTensor((None, 2)), keras.KerasTensor((None, 2))
    function = keras.Function({"a": a, "b": b}, [keras.ops.add(a, b), a * 3.0], name="both")
    one = np.ones((1, 2), "float32")
    total, triple = function({"a": one, "b": 2 * one})
    np.testing.assert_array_equal(total, 3 * one)
    np.testing.assert_array_equal(triple, 3 * one)
    assert [each.shape for each in function.outputs] == [(None, 2)] * 2 and len(function.inputs) == 2
    assert function.operations
    assert not function.weights


def test_symbolic_tensors_have_methods():
    x = keras.Input((1, 6))
    assert x.reshape((-1, 2, 3)).shape == (None, 2, 3) and x.squeeze(1).shape == (None, 6)
    assert not x.sparse and not x.ragged
    assert keras.Input((3,), sparse=True).sparse and keras.Input((None,), ragged=True).ragged
    with pytest.raises(Exception, match="queeze"):
        x.squeeze(2)


def test_losses_that_know_of_training():
    seen = []

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
            seen.append(training)
            return super().compute_loss(x, y, y_pred, sample_weight, training)

    model = Model()
    model.compile("sgd", "mse", run_eagerly=True)
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    model.fit(x, y, batch_size=4, verbose=0)
    model.evaluate(x, y, verbose=0)
    assert seen[-2:] == [True, False]


def test_a_pure_function_of_the_loss():
    import jax

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((1, 2)), np.ones((1, 1)))
    model.set_weights([np.ones((2, 1))])
    state = [
        [v.value for v in part]
        for part in (model.trainable_variables, model.non_trainable_variables, model.metrics_variables)
    ]
    step = jax.value_and_grad(model.compute_loss_and_updates, has_aux=True)
    x, y = np.float32([[1, 2]]), np.float32([[1]])
    (loss, (unscaled, y_pred, _, metrics)), (gradient,) = step(*state, x, y, None, True)
    assert float(loss) == float(unscaled) == 4.0 and y_pred.tolist() == [[3.0]] and len(metrics) == len(state[2])
    np.testing.assert_allclose(gradient, [[4.0], [8.0]])


def test_states_by_the_batch_size():
    layer = keras.layers.LSTM(3)
    assert layer.state_size == [3, 3]
    assert [state.shape for state in layer.get_initial_state(batch_size=2)] == [(2, 3)] * 2
    assert [state.shape for state in layer.get_initial_state(4)] == [(4, 3)] * 2
    assert [state.shape for state in keras.layers.GRU(3).get_initial_state(tf.ones((5, 2, 1)))] == [(5, 3)]


@keras.saving.register_keras_serializable("test_operation")
class Nested(keras.Model):
    """A model whose `build` builds its layers, and tells nobody for which shape."""

    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Dense(3), keras.layers.Dense(1)]

    def build(self, input_shape):
        self.parts[0].build(input_shape)
        self.parts[1].build((None, 3))
        self.built = True

    def call(self, x):
        return self.parts[1](self.parts[0](x))

    def get_config(self):
        return {}


def test_what_a_model_was_built_for_is_saved(tmp_path):
    model = Nested()
    model.build((None, 4))
    x = np.ones((2, 4), "float32")
    model.predict(x, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(x), model(x))


def test_initializers_take_generators_of_seeds():
    initializer = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(3))
    first, second = initializer((2, 3)), initializer((2, 3))
    assert (first.numpy() != second.numpy()).any()
    again = keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(3))
    np.testing.assert_array_equal(again((2, 3)), first)
