"""InputSpec: what a layer takes."""

import pytest

import addax as tf
from addax.keras.layers.input_spec import InputSpec, check_inputs

L = tf.keras.layers


@pytest.mark.parametrize(
    ("spec", "right", "wrong", "text"),
    [
        (InputSpec(ndim=2), (1, 2), (1,), "expected ndim=2, found ndim=1"),
        (InputSpec(min_ndim=2), (1, 2, 3), (1,), "expected min_ndim=2, found ndim=1"),
        (InputSpec(max_ndim=2), (1,), (1, 2, 3), "expected max_ndim=2, found ndim=3"),
        (InputSpec(axes={-1: 3}), (5, 3), (5, 4), "expected axis -1 of input shape to have value 3"),
        (InputSpec(shape=(None, 3)), (5, 3), (5, 4), r"expected shape=\(None, 3\), found shape=\(5, 4\)"),
        (InputSpec(dtype="float32"), (1,), None, "expected dtype=float32, found dtype=int32"),
        (InputSpec(shape=(None, 3), allow_last_axis_squeeze=True), (5, 3, 1), (5, 2, 3), "expected shape"),
    ],
)
def test_checks(spec, right, wrong, text):
    check_inputs(spec, tf.ones(right), "name")
    with pytest.raises(ValueError, match=f'Input 0 of layer "name" is incompatible with the layer: {text}') as caught:
        check_inputs(spec, tf.ones(wrong) if wrong else tf.ones(1, tf.int32), "name")
    assert "To do: " in str(caught.value)


def test_several_inputs():
    specs = [InputSpec(ndim=1), InputSpec(ndim=2)]
    check_inputs(specs, [tf.ones(1), tf.ones((1, 1))], "name")
    check_inputs({"a": specs[0], "b": specs[1]}, {"b": tf.ones((1, 1)), "a": tf.ones(1)}, "name")
    with pytest.raises(ValueError, match='Input 1 of layer "name"'):
        check_inputs(specs, [tf.ones(1), tf.ones(1)], "name")
    with pytest.raises(ValueError, match=r'"name" expects 2 input\(s\), but it received 1'):
        check_inputs(specs, [tf.ones(1)], "name")


def test_config_and_repr():
    spec = InputSpec(min_ndim=2, axes={-1: 3})
    again = InputSpec.from_config(spec.get_config())
    assert repr(again) == repr(spec) == "InputSpec(min_ndim=2, axes={-1: 3})"
    with pytest.raises(ValueError, match="axis 3 is greater"):
        InputSpec(ndim=2, axes={3: 1})


@pytest.mark.parametrize(
    ("layer", "shape", "expected", "other"),
    [  # recorded from tf_keras
        (L.LSTM(2), (2, 3, 4), (None, None, 4), (2, 3, 5)),
        (L.LSTM(2, stateful=True), (2, 3, 4), (2, None, 4), (3, 3, 4)),
        (L.LSTM(2, stateful=True, time_major=True), (2, 3, 4), (None, 3, 4), (2, 5, 4)),
        (L.RNN(L.GRUCell(2)), (2, 3, 4), (None, None, 4), (2, 3, 5)),
        (L.ConvLSTM1D(1, 2), (2, 3, 4, 1), (None, None, 4, 1), (2, 3, 6, 1)),
        (L.TimeDistributed(L.Dense(3)), (2, 3, 4), (None, None, 4), (2, 3, 4, 4)),
    ],
)
def test_layers_over_steps_keep_the_sizes_they_were_built_with(layer, shape, expected, other):
    layer.build(shape)
    spec = layer.input_spec
    assert (spec if isinstance(spec, InputSpec) else spec[0]).shape == expected
    with pytest.raises(ValueError, match="is incompatible with the layer: expected"):
        layer(tf.ones(other))


def test_ranks_and_axes_of_layers():
    layer = L.SeparableConv1D(2, 2)
    layer.build((2, 3, 4))
    assert (layer.input_spec.ndim, layer.input_spec.min_ndim) == (3, None)
    layers = L.PReLU(), L.PReLU(shared_axes=[1])
    for layer in layers:
        layer.build((2, 3, 4))
    assert [layer.input_spec.axes for layer in layers] == [{}, {2: 4}]


def test_axes_are_numbers():
    with pytest.raises(TypeError, match="dict with integer keys"):
        InputSpec(axes={"a": 1})


def test_optional_inputs_may_be_none():
    class Shift(L.Layer):
        def __init__(self, optional):
            super().__init__()
            self.input_spec = [InputSpec(ndim=2), InputSpec(ndim=2, optional=optional)]

        def call(self, inputs):
            x, y = inputs
            return x if y is None else x + y

    x = tf.ones((1, 2))
    assert Shift(True)([x, None]).numpy().tolist() == [[1.0, 1.0]]
    with pytest.raises(TypeError, match="None for input 1 of layer"):
        Shift(False)([x, None])


def test_upsampling_of_volumes_asks_for_no_rank():
    layer = tf.keras.layers.UpSampling3D(2)
    assert layer.input_spec is None  # as in Keras 2, unlike the other layers that sample up
    assert layer(tf.ones((2, 3, 3, 3))).shape == (2, 6, 6, 6)
    with pytest.raises(IndexError, match="UpSampling3D"):
        layer(tf.ones((3,)))
