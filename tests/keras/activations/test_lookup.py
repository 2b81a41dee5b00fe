import pytest

from addax.keras import activations, registry
from addax.ops import activations as ops_nn


def test_names_go_round():
    for name in registry.names("activation"):
        function = activations.get(name)
        assert activations.get(activations.serialize(function)) is function


def test_identifiers():
    assert activations.get(None) is activations.linear
    assert activations.get("silu") is activations.get("swish") is activations.silu
    assert activations.serialize(activations.silu) == "swish"
    assert activations.get(ops_nn.relu) is ops_nn.relu and activations.serialize(ops_nn.relu) == "relu"
    with pytest.raises(TypeError, match="3"):
        activations.get(3)
    with pytest.raises(ValueError, match="relu"):
        activations.get("relv")


def test_own_functions():
    def own(x):
        return x

    made = activations.serialize(own)
    assert made["config"] == "own"
    assert activations.deserialize(made, custom_objects={"own": own}) is own
