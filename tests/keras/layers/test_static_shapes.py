"""What a deferred Sequential describes itself by; shapes measured from Keras 2."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.layers import static_shapes

L = keras.layers
X, Y = np.ones((100, 3), np.float32), np.ones((100, 1), np.float32)


def batches(drop_remainder):
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(25, drop_remainder=drop_remainder)


def deferred(**options):
    model = keras.Sequential([L.Dense(4), L.Dense(1)])
    model.compile("sgd", "mse", **options)
    return model


def shapes(model):
    return [model.input_shape[0], *(layer.output_shape[0] for layer in model.layers)]


def test_calls_widen_what_differs():
    model = deferred()
    model(X[:2])
    before = model.get_weights()
    assert shapes(model) == [2, 2, 2] and model.get_config()["layers"][0]["config"]["batch_input_shape"] == (2, 3)
    model(X[:5])
    assert shapes(model) == [None] * 3 and [len(layer.inbound_nodes) for layer in model.layers] == [1, 1]
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    rows = []
    model = deferred()
    model(np.ones((2, 4, 3), np.float32))
    model(np.ones((2, 5, 3), np.float32))
    model.summary(print_fn=rows.append)
    assert "(2, None, 4)" in rows[4] and model.output_shape == (2, None, 1)
    model(X[:2])  # another rank says nothing
    assert model.output_shape == (2, None, 1)


@pytest.mark.parametrize(("given", "first"), [((6, 3), 6), ((None, 3), None), ([6, 3], 6)])
def test_build(given, first):
    model = deferred()
    model.build(given)
    model.build((7, 3))
    assert shapes(model) == [first] * 3
    model(X[:2])
    assert shapes(model) == [None] * 3


@pytest.mark.parametrize(
    ("run", "first"),
    [
        (lambda m: m.fit(X[:96], Y[:96], verbose=0), 32),
        (lambda m: m.fit(X, Y, verbose=0), None),
        (lambda m: m.fit(X, Y, steps_per_epoch=2, verbose=0), 50),
        (lambda m: m.predict(X[:64], verbose=0), 32),
        (lambda m: m.predict(X[:7], verbose=0), None),
        (lambda m: m.train_on_batch(X[:8], Y[:8]), 8),
        (lambda m: m.predict_on_batch(X[:7]), 7),
        (lambda m: m.evaluate(batches(False), verbose=0), None),
        (lambda m: m.evaluate(batches(True), verbose=0), 25),
    ],
)  # fmt: skip
def test_sources_tell_what_they_know(run, first):
    model = deferred()
    run(model)
    assert shapes(model) == [first] * 3


def test_eager_steps_know_their_batches():
    model = deferred(run_eagerly=True)
    model.predict(X[:7], verbose=0)
    assert shapes(model) == [7] * 3


def test_a_pass_whose_program_is_there_tells_too():
    model = deferred()
    model.fit(X[:96], Y[:96], verbose=0)
    count, programs = int(model.optimizer.iterations.numpy()), model._programs
    model.fit(tf.data.Dataset.from_tensor_slices((X[:96], Y[:96])).batch(32), verbose=0)
    assert shapes(model) == [None] * 3 and model._programs is programs
    assert int(model.optimizer.iterations.numpy()) == 2 * count


def test_generators_tell_the_rank_alone():
    def batches():
        for _ in range(2):
            yield np.ones((4, 8, 8, 3), np.float32), np.ones((4, 1), np.float32)

    model = keras.Sequential([L.Conv2D(2, 3), L.Flatten(), L.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(batches(), verbose=0)
    assert [layer.output_shape for layer in model.layers] == [(None, None, None, 2), (None, None), (None, 1)]


def test_functions_and_symbolic_calls():
    model = deferred()
    run = tf.function(lambda x: model(x), input_signature=[tf.TensorSpec((None, 3))])
    run(X[:2])
    assert shapes(model) == [None] * 3
    model = deferred()
    model(X[:2])
    model(keras.Input((3,)))
    assert shapes(model) == [None] * 3
    model = deferred()
    model(keras.Input((3,), batch_size=5))
    assert shapes(model) == [5] * 3


def test_models_inside_models():
    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner, self.head = deferred(), L.Dense(1)

        def call(self, x):
            return self.head(self.inner(x))

    model = Outer()
    model(X[:2])
    assert shapes(model.inner) == [2] * 3
    model.compile("sgd", "mse")
    model.predict(X[:7], verbose=0)
    assert shapes(model.inner) == [None] * 3
    with pytest.raises(AttributeError):
        _ = model.head.output_shape


def test_layers_that_need_the_batch():
    model = keras.Sequential([L.Reshape((3, 1)), L.SimpleRNN(2, stateful=True)])
    assert model(X[:2]).shape == (2, 2) and model.output_shape == (2, 2)
    with pytest.raises(ValueError, match="expected shape"):
        model(X[:5])


def test_inputs_have_the_dtype_of_the_data():
    model = keras.Sequential([L.Dense(2, kernel_initializer="ones"), L.Dense(1, kernel_initializer="ones")])
    model(np.ones((2, 3), np.int32))
    half = np.full((2, 3), 0.5, np.float32)
    assert model.inputs[0].dtype == tf.int32 and float(model(half)[0, 0]) == 0.0  # cut to integers, as by Keras 2
    model(np.full((3, 3), 0.5, np.float32))
    assert model.inputs[0].dtype == tf.float32 and float(model(half)[0, 0]) == 3.0


def test_adding_popping_and_parts():
    model = deferred()
    model(X[:2])
    part = keras.Model(model.inputs, model.layers[0].output)
    model.add(L.Dense(5))
    assert model.output_shape == (2, 5)
    model.pop()
    model(X[:3])
    assert shapes(model) == [None] * 3 and part(X[:4]).shape == (4, 4)
    part.summary(print_fn=lambda row: None)
    assert part.get_config()["output_layers"] == [[model.layers[0].name, 0, 0]]
    only = keras.Sequential([L.Dense(2)])
    only(X[:2])
    only.pop()
    assert not only.built and only.inputs is None
    only.add(L.Dense(3))
    assert only(X[:2]).shape == (2, 3)


def test_models_that_are_saved_take_any_batch(tmp_path):
    model = deferred()
    model(X[:2])
    assert keras.Sequential.from_config(model.get_config()).input_shape == (2, 3)
    tf.saved_model.save(model, str(tmp_path / "m"))
    assert shapes(model) == [None] * 3
    assert tf.saved_model.load(str(tmp_path / "m"))(tf.ones((7, 3))).shape == (7, 1)


def test_fitting_a_deferred_part_to_a_dict():
    inputs = {name: keras.Input((1,), name=name) for name in ("a", "b")}
    model = keras.Model(inputs, deferred()(L.Concatenate()([inputs["a"], inputs["b"], inputs["a"]])))
    model.compile("sgd", "mse")
    model.fit({name: np.ones((4, 1), "float32") for name in inputs}, np.ones(4), verbose=0)
    assert model.output_shape == (None, 1)


def test_what_sources_tell():
    assert static_shapes.told_by(tf.TensorShape((25, 3))) is None
    assert static_shapes.told_by(tf.TensorShape((None, 3))) is static_shapes.open_batch
    assert static_shapes.told_by(tf.TensorShape(None)) is static_shapes.open_sizes
    assert static_shapes.told_by(tf.TensorShape((None, None, 3)))((4, 8, 3)) == (None, None, 3)
    assert static_shapes.relaxed((2, 3), (2,)) is None
