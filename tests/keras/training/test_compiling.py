"""compile: what its config says."""

import pytest

import addax as tf


def _model():
    return tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])


def test_the_optimizer_is_written_down_as_it_was_given():
    model = _model()
    model.compile("adam", "mse")
    assert model.get_compile_config()["optimizer"] == "adam"  # as TensorFlow's
    model.optimizer.learning_rate = 0.5  # which the name does not say
    assert model.get_compile_config()["optimizer"]["config"]["learning_rate"] == 0.5
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    assert model.get_compile_config()["optimizer"]["class_name"] == "SGD"
    again = _model()
    assert again.get_compile_config() == {}
    again.compile_from_config({"optimizer": "adam", "loss": "mse"})
    assert type(again.optimizer).__name__ == "Adam"


def test_arguments_that_are_misspelt():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    with pytest.warns(match="unknown argument 'metric'; did you mean 'metrics'"):  # as guides have it
        model.compile("sgd", "mse", metric=["mae"])
    with pytest.raises(TypeError, match=r"Model.compile: expected arguments of compile: optimizer, loss"):
        model.compile("sgd", "mse", zzz=1)
    model.compile("sgd", "mse", sample_weight_mode=None)
