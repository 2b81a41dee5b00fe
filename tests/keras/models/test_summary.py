"""model.summary(): character for character what tf_keras 2.21 printed for the same models (summaries.json)."""

import json
from pathlib import Path

import pytest

import addax as tf
from addax.keras.models.summary import readable_size

L = tf.keras.layers
EXPECTED = json.loads(Path(__file__).with_name("summaries.json").read_text())


@pytest.fixture(autouse=True)
def fresh_names():
    tf.keras.backend.clear_session()


def linear():
    model = tf.keras.Sequential(
        [L.Dense(64, activation="relu", input_shape=(784,), name="dense"), L.BatchNormalization(name="bn"),
         L.Dense(10, name="out")], name="seq",
    )  # fmt: skip
    model.layers[0].trainable = False
    return model


def graph():
    a, b = tf.keras.Input((32, 32, 3), name="img"), tf.keras.Input((None, 10), name="ts_input_with_a_long_name")
    x = L.GlobalMaxPooling2D(name="gp")(L.Conv2D(3, 3, name="c1")(a))
    y = L.GlobalMaxPooling1D(name="gp1")(L.Conv1D(3, 3, name="c2")(b))
    c = L.concatenate([x, y], name="cat")
    outputs = [
        L.Dense(1, name="score")(c),
        L.Dense(5, activation="softmax", name="class_output_long_layer_name")(c),
    ]
    return tf.keras.Model([a, b], outputs, name="f")


def nested():
    inner = tf.keras.Sequential([L.Dense(4, input_shape=(3,), name="i1"), L.Dense(2, name="i2")], name="inner")
    x, shared = tf.keras.Input((3,), name="x"), L.Dense(3, name="sh")
    return tf.keras.Model(x, L.Add(name="add")([inner(shared(x)), inner(shared(shared(x)))]), name="g")


def ops():
    z = tf.keras.Input((2,), name="z")
    return tf.keras.Model(z, [z, L.Dense(1, name="w")(z * 2.0)], name="q")


def many_outputs():
    z = tf.keras.Input((2,), name="z")
    return tf.keras.Model(z, L.LSTM(3, return_state=True, name="l")(L.Reshape((2, 1), name="r")(z)), name="rr")


@pytest.mark.parametrize(
    ("name", "make", "options"),
    [
        ("linear", linear, {}),
        ("trainable_column", linear, {"show_trainable": True}),
        ("narrow", linear, {"line_length": 40, "positions": [0.4, 0.7, 1.0]}),
        ("range", linear, {"layer_range": ["bn", "out"]}),
        ("graph", graph, {}),
        ("graph_trainable", graph, {"show_trainable": True}),
        ("nested", nested, {}),
        ("nested_expanded", nested, {"expand_nested": True, "show_trainable": True}),
        ("ops", ops, {}),
        ("many_outputs", many_outputs, {}),
    ],
)
def test_as_keras_prints_it(name, make, options):
    lines = []
    make().summary(print_fn=lines.append, **options)
    assert lines == EXPECTED[name]


def test_subclassed(capsys):
    class Small(tf.keras.Model):
        def __init__(self):
            super().__init__(name="small")
            self.used, self.spare = L.Dense(1, name="used"), L.Dense(2, name="spare")

        def call(self, inputs):
            return self.used(inputs)

    model = Small()
    with pytest.raises(ValueError, match="not yet been built"):
        model.summary()
    model(tf.ones((2, 3)))
    model.summary()
    text = capsys.readouterr().out
    assert " used (Dense)                multiple                  4 " in text
    assert "0 (unused)" in text
    assert "Total params: 4 (16.00 Byte)" in text


def test_layer_range_errors():
    with pytest.raises(ValueError, match="2 strings"):
        linear().summary(layer_range=["bn"])
    with pytest.raises(ValueError, match="do not match"):
        linear().summary(layer_range=["bn", "nothing"])


def test_sizes():
    assert [readable_size(n) for n in (0, 1023, 1024, 210600, 3 * 1024**3)] == [
        "0.00 Byte", "1023.00 Byte", "1.00 KB", "205.66 KB", "3.00 GB",
    ]  # fmt: skip


def test_lines_too_short_for_their_columns_end_too():
    inputs = tf.keras.Input((3,))
    lines = []
    tf.keras.Model(inputs, tf.keras.layers.Dense(2)(inputs)).summary(line_length=20, print_fn=lines.append)
    assert any(line.startswith("=") for line in lines)
