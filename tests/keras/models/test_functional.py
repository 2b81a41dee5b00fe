"""Functional models: graphs of calls, in every structure."""

import numpy as np
import pytest

import addax as tf
from addax import keras

L = keras.layers


def test_inputs_and_outputs_in_any_structure():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    total, product = L.Add(name="total")([a, b]), L.Multiply(name="product")([a, b])
    one, two = tf.constant([[1.0, 2.0]]), tf.constant([[3.0, 4.0]])
    for inputs in ([a, b], (a, b), {"a": a, "b": b}):
        model = keras.Model(inputs, {"sum": total, "rest": [product, (a,)]})
        for data in ([one, two], (one, two), {"b": two, "a": one}):
            found = model(data)
            assert found["sum"].numpy().tolist() == [[4.0, 6.0]]
            assert found["rest"][0].numpy().tolist() == [[3.0, 8.0]] and found["rest"][1][0].numpy().tolist() == [
                [1.0, 2.0]
            ]
    assert model.input_names == ["a", "b"]
    assert keras.Model([a, b], [total, product]).output_names == ["total", "product"]
    single = keras.Model([a], [L.Dense(1)(a)])
    assert single([one]).shape == single(one).shape == [1, 1]


def test_wrong_inputs():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    model = keras.Model([a, b], L.Add()([a, b]))
    for data in (tf.ones((1, 2)), [tf.ones((1, 2))], {"a": tf.ones((1, 2))}):
        with pytest.raises(ValueError, match=r"expects 2 input\(s\)|Missing data for input \"b\""):
            model(data)
    with pytest.raises(ValueError, match="symbolic tensors that come from keras.Input(.|\n)*To do: start from"):
        keras.Model(tf.ones((1, 2)), a)


def test_shared_layers_and_nested_models():
    shared = L.Dense(2, kernel_initializer="ones", name="shared")
    inner_in = keras.Input((3,))
    inner = keras.Model(inner_in, shared(inner_in), name="inner")
    x, y = keras.Input((3,)), keras.Input((3,))
    outer = keras.Model([x, y], L.Concatenate()([inner(x), inner(y), shared(x)]))
    found = outer([tf.ones((1, 3)), tf.zeros((1, 3))])
    assert found.numpy().tolist() == [[3.0, 3.0, 0.0, 0.0, 3.0, 3.0]]
    assert len(outer.weights) == 2 and len(outer.trainable_weights) == 2
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(outer([tf.ones((1, 3)), tf.zeros((1, 3))]))
    assert tape.gradient(loss, shared.kernel).numpy().tolist() == [[2.0, 2.0]] * 3


def test_models_from_the_middle():
    x = keras.Input((3,), name="x")
    h = L.Dense(4, name="h", activation="relu")(x)
    y = L.Dense(1, name="y")(h)
    whole, encoder = keras.Model(x, y), keras.Model(x, h)
    assert [layer.name for layer in encoder.layers] == ["x", "h"]
    extractor = keras.Model(whole.input, [whole.get_layer("h").output, whole.output])
    data = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(extractor(data)[0], encoder(data))
    head = keras.Model(h, y)  # from a tensor in the middle
    np.testing.assert_allclose(head(encoder(data)), whole(data), rtol=1e-6)


def test_layers_by_name_and_index():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, L.Dense(1, name="out")(L.Dense(2, name="hidden")(x)))
    assert model.get_layer("hidden") is model.get_layer(index=1) is model.layers[1]
    with pytest.raises(ValueError, match="No such layer: hiden. did you mean 'hidden'"):
        model.get_layer("hiden")
    with pytest.raises(ValueError, match="index 9 but model only has 3"):
        model.get_layer(index=9)
    with pytest.raises(ValueError, match="a name or an index"):
        model.get_layer()


def test_symbolic_losses_and_metrics():
    x = keras.Input((2,))
    hidden = L.Dense(3, kernel_initializer="ones")(x)
    model = keras.Model(x, hidden)
    model.add_loss(tf.reduce_sum(hidden) * 0.5)
    model.add_metric(tf.reduce_max(hidden), name="largest", aggregation="mean")
    model(tf.ones((2, 2)))
    assert [float(loss) for loss in model.losses] == [6.0]
    model.compile("sgd")
    history = model.fit(np.ones((4, 2), "float32"), verbose=0, batch_size=2).history
    assert list(history) == ["loss", "largest"] and history["loss"][0] < 6.0
    with pytest.raises(ValueError, match="symbolic"):
        L.Dense(1).add_loss(tf.reduce_sum(hidden))


def test_training_argument_and_masks():
    x = keras.Input((3,), dtype="int32")
    hidden = L.Dropout(0.5)(L.Embedding(5, 4, mask_zero=True)(x))
    model = keras.Model(x, L.LSTM(2)(hidden))
    data = tf.constant([[1, 2, 0], [3, 0, 0]])
    np.testing.assert_array_equal(model(data), model(data, training=False))
    assert not np.array_equal(model(data, training=True), model(data, training=True))
    np.testing.assert_allclose(model(data)[1], model(tf.constant([[3, 0, 0]]))[0], rtol=1e-5)


def test_data_is_cast_and_shaped_to_the_declared_input():
    x = keras.Input((1,), dtype="float32")
    model = keras.Model(x, x * 2.0)
    assert model(np.array([1, 2])).numpy().tolist() == [[2.0], [4.0]]
    assert model(np.ones((2, 1), "float64")).dtype == tf.float32


def test_a_model_is_a_layer_of_itself_no_more_than_once():
    x = keras.Input((2,))
    layer = L.Dense(2, kernel_initializer="ones", use_bias=False)
    model = keras.Model(x, layer(layer(x)))
    assert model(tf.ones((1, 2))).numpy().tolist() == [[4.0, 4.0]] and len(model.layers) == 2


def test_many_layers_do_not_recurse():
    x = y = keras.Input((1,))
    layer = L.Lambda(lambda t: t + 1.0)
    for _ in range(300):
        y = layer(y)
    assert keras.Model(x, y)(tf.zeros((1, 1))).numpy().tolist() == [[300.0]]


def test_keys_that_name_no_input_are_told():
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    model = keras.Model([a, b], keras.layers.add([a, b]))
    ones = np.ones((2, 1), "float32")
    with pytest.warns(UserWarning, match=r"contained keys \['c'\] which did not match any model input"):
        np.testing.assert_array_equal(model({"a": ones, "b": ones, "c": ones}), 2 * ones)


def test_metrics_of_symbolic_tensors_are_not_among_the_weights():
    inputs = tf.keras.Input((4,))
    hidden = tf.keras.layers.Dense(3)(inputs)
    model = tf.keras.Model(inputs, hidden)
    model.add_metric(tf.reduce_mean(hidden), name="mean")
    assert len(model.weights) == 2 and [metric.name for metric in model.metrics] == ["mean"]
    model.counted = tf.keras.metrics.Mean()
    assert len(model.weights) == 4


def test_one_input_takes_its_name_only():
    inputs = keras.Input((2,), name="a")
    model = keras.Model(inputs, inputs * 2.0)
    x = np.ones((1, 2), np.float32)
    assert float(model({"a": x})[0, 0]) == float(model([x])[0, 0]) == 2
    with pytest.raises(ValueError, match='Missing data for input "a"'):
        model({"b": x})
    with pytest.raises(ValueError, match=r"expects 1 input\(s\)"):
        model([x, x])
    with pytest.raises(ValueError, match="same input multiple times"):
        keras.Model([inputs, inputs], inputs)


def test_outputs_in_a_dict_are_named_by_their_layers_and_keyed_by_the_dict():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, {"o1": L.Dense(1, name="y")(inputs), "o2": L.Dense(1, name="z")(inputs)})
    x, y = np.ones((2, 2), np.float32), {"o1": np.ones((2, 1)), "o2": np.ones((2, 1))}
    assert model.output_names == ["y", "z"]
    model.compile("sgd", {"o1": "mse", "o2": "mae"}, metrics={"o1": "mae"}, loss_weights={"o2": 2.0})
    assert list(model.fit(x, y, verbose=0).history) == ["loss", "y_loss", "z_loss", "y_mae"]
    with pytest.raises(ValueError, match="'o1', 'o2'"):
        model.fit(x, {"y": y["o1"], "z": y["o2"]}, verbose=0)
    with pytest.raises(ValueError, match="'o1', 'o2'"):
        model.compile("sgd", {"y": "mse", "z": "mae"})
    model.compile("sgd", ["mse", "mae"])
    assert list(model.fit(x, y, verbose=0).history) == ["loss", "y_loss", "z_loss"]


def test_a_loss_of_other_inputs_is_refused_and_the_model_stays_as_it_is():
    inputs, other = keras.Input((2,)), keras.Input((2,))
    model = keras.Model(inputs, inputs * 2.0)
    with pytest.raises(ValueError, match="Graph disconnected"):
        model.add_loss(tf.reduce_mean(other))
    assert model(np.ones((1, 2), np.float32)).shape == (1, 2) and model.supports_masking


def test_layers_of_losses_alone_stand_behind_all_others(tmp_path):
    inputs = tf.keras.Input((4,), name="i")
    hidden = L.Dense(3, name="hidden")(inputs)
    model = tf.keras.Model(inputs, L.Dense(2, name="out")(hidden))
    model.add_loss(tf.reduce_mean(L.Dense(1, name="first")(hidden)))
    model.add_metric(tf.reduce_mean(L.Dense(1, name="second")(hidden)), name="m", aggregation="mean")
    names = [layer.name for layer in model.layers if layer.weights]
    assert names == ["hidden", "out", "first", "second"]
    # As in Keras 2, where add_loss and add_metric are layers with numbers of their own.
    assert [model.layers.index(model.get_layer(n)) for n in names] == [1, 2, 3, 6]
    model(np.ones((2, 4), "float32"))
    model.compile("sgd", "mse")
    model.save(str(tmp_path / "m"), save_format="tf")  # the metric's variables belong to the calls
    loaded = tf.keras.models.load_model(str(tmp_path / "m"))
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_a_dict_of_inputs_is_taken_by_key():
    second, first = tf.keras.Input((1,), name="second"), tf.keras.Input((1,), name="first")
    model = tf.keras.Model({"second": second, "first": first}, second - first)
    assert model.input_names == ["first", "second"]
    ones, fives = np.ones((1, 1)), np.full((1, 1), 5.0)
    assert model([ones, fives]).numpy().item() == 4.0
    assert model({"second": fives, "first": ones}).numpy().item() == 4.0
    assert model.predict([ones, fives], verbose=0) == 4.0


def test_a_model_of_strings_inside_another_one():
    words, sizes = tf.keras.Input((1,), dtype="string", name="words"), tf.keras.Input((1,), name="sizes")
    places = tf.keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(words)
    inner = tf.keras.Model({"words": words, "sizes": sizes}, tf.concat([places, sizes * 2.0], 1))
    outer = tf.keras.Model([sizes, words], tf.keras.Sequential([tf.keras.layers.Dense(1)])(
        inner({"words": words, "sizes": sizes})))  # fmt: skip
    assert outer.output_shape == (None, 1) and inner.output_shape == (None, 4)
    outer.layers[-1].layers[0].kernel.assign([[1.0], [2.0], [4.0], [8.0]])
    found = outer([tf.constant([[1.0], [0.0]]), tf.constant([["a"], ["c"]])])
    assert found.numpy().tolist() == [[18.0], [1.0]]


def test_what_inputs_must_be():
    a, b = keras.Input((3,), name="a"), keras.Input((4,), name="b")
    one, joined = keras.Model(a, L.Dense(2)(a), name="one"), L.Concatenate()([a, b])
    assert [(spec.shape, spec.name) for spec in one.input_spec] == [((None, 3), "a")]
    assert [spec.name for spec in keras.Model({"y": a, "x": b}, joined).input_spec] == ["x", "y"]
    assert keras.Model({"x": [a, b]}, joined).input_spec is None  # a structure in a structure
    assert one(np.zeros((2, 3, 1), np.float32)).shape == (2, 2)  # a last axis of size 1 may be extra
    for shape in ((2, 4), (2, 2, 3)):
        with pytest.raises(ValueError, match='"one" is incompatible with the layer: expected shape=.None, 3.'):
            one(np.zeros(shape, np.float32))
    two = keras.Model([a, b], joined)
    assert two({"b": np.zeros((2, 4), np.float32), "a": np.zeros((2, 3), np.float32)}).shape == (2, 7)
    assert keras.Sequential([L.Dense(1, input_shape=(3,))]).input_spec[0].shape == (None, 3)
    deferred = keras.Sequential([L.Dense(1)])
    deferred.build((None, 3))
    assert deferred.input_spec is None
    one.input_spec = keras.layers.InputSpec(ndim=2)
    assert one.input_spec.ndim == 2


def test_losses_and_metrics_are_layers():
    inputs = keras.Input((3,), name="a")
    hidden = L.Dense(2, name="h")(inputs)
    outputs = L.Dense(1, name="o")(hidden)
    model = keras.Model(inputs, outputs)
    model.add_loss(tf.reduce_mean(hidden))
    model.add_metric(hidden, name="hm", aggregation="mean")
    assert [layer.name for layer in model.layers][3:] == ["tf.math.reduce_mean", "add_loss", "add_metric"]
    entries = model.get_config()["layers"]
    assert entries[-1]["config"]["metric_name"] == "hm" and entries[-2]["config"]["unconditional"] is False
    for copy in (keras.Model.from_config(model.get_config()), keras.models.clone_model(model)):
        assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
        copy(np.ones((2, 3), np.float32))
        assert len(copy.losses) == 1 and [metric.name for metric in copy.metrics] == ["hm"]
    stack = keras.Sequential([L.Dense(2, input_shape=(3,), name="d")])
    stack.add_loss(tf.reduce_mean(stack.output))
    assert [layer.name for layer in stack.layers] == ["d", "tf.math.reduce_mean_3", "add_loss_1"]
    stack(np.ones((2, 3), np.float32))
    assert len(stack.losses) == 1


def test_structures_within_a_dict_of_inputs():
    a, b, c = keras.Input((3,), name="a"), keras.Input((3,), name="b"), keras.Input((2,), name="c")
    model = keras.Model({"x": a, "y": [b, (c,)]}, [a + b, c * 2.0])
    given = {"y": [np.full((2, 3), 2.0), (np.ones((2, 2)),)], "x": np.ones((2, 3))}
    for total, doubled in (model(given), model.predict(given, verbose=0)):
        np.testing.assert_array_equal(total, np.full((2, 3), 3.0))
        np.testing.assert_array_equal(doubled, np.full((2, 2), 2.0))
    with pytest.raises(ValueError, match=r"3 inputs \['a', 'b', 'c'\]"):
        model({"x": np.ones((2, 3)), "y": [np.ones((2, 3))]})
