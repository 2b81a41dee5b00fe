"""check_layer: good layers pass, and each way of being wrong is found."""

import numpy as np
import pytest

import addax as tf
from addax.keras import layers
from addax.testing import check_layer


class Scale(layers.Layer):
    """A good layer; the broken ones below differ in one thing each."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1],), initializer="ones")

    def call(self, inputs):
        return self.factor * inputs * self.w

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@pytest.mark.parametrize(
    ("layer", "config", "options"),
    [
        (Scale, {"factor": 3.0}, {"input_shape": (None, 5), "output_shape": (None, 5), "trainable_weights": 1}),
        (layers.Dense, {"units": 3}, {"input_shape": (None, None, 4), "policies": ["float64", "mixed_bfloat16"]}),
        (layers.BatchNormalization, {}, {"input_shape": (None, 5), "non_trainable_weights": 2}),
        (layers.Dropout, {"rate": 0.5}, {"input_shape": (None, 5), "supports_masking": True}),
        (layers.Embedding, {"input_dim": 5, "output_dim": 2}, {"inputs": np.array([[1, 2, 3], [0, 4, 4]])}),
        (layers.Concatenate, {}, {"input_shape": [(None, 3), (None, 4)], "output_shape": (None, 7)}),
        (layers.SimpleRNN, {"units": 2, "stateful": True}, {"input_shape": (4, 3, 2), "output_shape": (4, 2)}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_good_layers_pass(layer, config, options):
    done = check_layer(layer, config, **options)
    assert {"symbolic call", "config", "saved in a model", "pickled", "a step of training"} <= set(done)


class ForgetsFactor(Scale):
    def get_config(self):
        return layers.Layer.get_config(self)


class WrongPromise(Scale):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)


class NoGradient(Scale):
    def call(self, inputs):
        return self.factor * inputs * tf.stop_gradient(self.w)


class LosesState(Scale):
    def call(self, inputs):
        self.calls = getattr(self, "calls", 0) + 1
        return super().call(inputs) + float(self.calls)


class FixedBatch(Scale):
    def call(self, inputs):
        return super().call(inputs) + tf.zeros((4, inputs.shape[-1]))


class NotFinite(Scale):
    def call(self, inputs):
        return super().call(inputs) / 0.0


class WrongDtype(Scale):
    def call(self, inputs):
        return tf.cast(super().call(inputs), "float32")


class HiddenWeight(Scale):
    def build(self, input_shape):
        super().build(input_shape)
        self.hidden = [np.random.default_rng().normal()]

    def call(self, inputs):
        return super().call(inputs) + tf.cast(self.hidden[0], inputs.dtype)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (ForgetsFactor, r"config: get_config\(\) leaves out \['factor'\]"),
        (WrongPromise, r"compute_output_shape: it says \(4, 6\), the output has \(4, 5\)"),
        (NoGradient, "a step of training: no gradient reaches"),
        (LosesState, "symbolic call: as a functional model: 20 of 20 numbers differ"),
        (FixedBatch, "symbolic call|free sizes"),
        (NotFinite, "eager call: the output is not finite"),
        (WrongDtype, "policy float64: the output has dtype float32, not float64"),
        (HiddenWeight, "rebuilt from its config: with the same weights, the output: 20 of 20 numbers differ"),
    ],
)
def test_broken_layers_are_found(layer, said):
    with pytest.raises(AssertionError, match=said):
        check_layer(layer, {"factor": 3.0}, input_shape=(None, 5), policies=["float64"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"output_shape": (None, 6)}, r"the output has shape \(4, 5\), not \(None, 6\)"),
        ({"output_dtype": "int32"}, "has dtype float32, not int32"),
        ({"trainable_weights": 2}, "there are 1 trainable_weights, not 2"),
        ({"supports_masking": True}, "supports_masking is False, not True"),
    ],
)
def test_expectations_are_compared(options, said):
    with pytest.raises(AssertionError, match=said):
        check_layer(Scale, input_shape=(None, 5), trains=False, pickles=False, **options)


def test_the_message_names_the_layer_and_counts():
    with pytest.raises(AssertionError, match=r"layer ForgetsFactor\(factor=3.0\): [2-9] of 1\d checks failed"):
        check_layer(ForgetsFactor, {"factor": 3.0}, input_shape=(None, 5))


def test_inputs_are_needed():
    with pytest.raises(ValueError, match="input_shape"):
        check_layer(Scale)
