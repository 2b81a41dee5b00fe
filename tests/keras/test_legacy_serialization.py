"""Objects as dicts in the form of Keras before 2.13."""

import pytest

import addax as tf

legacy = tf.keras.utils.legacy


def test_a_layer_there_and_back():
    layer = tf.keras.layers.Dense(2, name="d", kernel_regularizer="l2")
    found = legacy.serialize_keras_object(layer)
    assert list(found) == ["class_name", "config"]
    assert found["config"]["kernel_regularizer"]["class_name"] == "L2"
    made = legacy.deserialize_keras_object(found, module_objects=vars(tf.keras.layers))
    assert made.get_config() == layer.get_config()


def test_objects_in_a_config_are_marked_and_made_again():
    class Inner:
        def __init__(self, size):
            self.size = size

        def get_config(self):
            return {"size": self.size}

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    class Outer(Inner):
        pass

    found = legacy.serialize_keras_object(Outer(Inner(3)))
    marked = {"class_name": "Inner", "config": {"size": 3}, "__passive_serialization__": True}
    assert found == {"class_name": "Outer", "config": {"size": marked}}
    made = legacy.deserialize_keras_object(found, custom_objects={"Inner": Inner, "Outer": Outer})
    assert type(made) is Outer and type(made.size) is Inner and made.size.size == 3


def test_functions_go_by_name():
    def mine(x):
        return x

    assert legacy.serialize_keras_object(tf.keras.activations.relu) == "relu"
    assert legacy.serialize_keras_object(None) is None
    assert legacy.deserialize_keras_object("mine", custom_objects={"mine": mine}) is mine
    assert legacy.deserialize_keras_object(mine) is mine
    assert legacy.deserialize_keras_object(None) is None
    config = {"class_name": "Activation", "config": {"activation": "mine", "name": "mine"}}
    made = legacy.deserialize_keras_object(config, vars(tf.keras.layers), {"mine": mine})
    assert made.activation is mine and made.name == "mine"


@pytest.mark.parametrize(
    ("identifier", "says"),
    [
        ("x", "Unknown object: 'x'"),
        ({"class_name": "Z", "config": {}}, "Unknown object: 'Z'"),
        ({"a": 1}, "Improper config format"),
        (3, "Could not interpret serialized object: 3"),
    ],
)
def test_refused(identifier, says):
    with pytest.raises(ValueError, match=says):
        legacy.deserialize_keras_object(identifier)


@pytest.mark.parametrize("value", [3, [1]])
def test_no_config(value):
    with pytest.raises(ValueError, match="doesn't implement `get_config"):
        legacy.serialize_keras_object(value)


def test_schedules_in_keras_experimental():
    assert tf.keras.experimental.CosineDecay is tf.keras.optimizers.schedules.CosineDecay
    assert tf.keras.experimental.CosineDecayRestarts is tf.keras.optimizers.schedules.CosineDecayRestarts
