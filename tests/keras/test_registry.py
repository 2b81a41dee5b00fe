import pytest

from addax.keras import activations, losses, optimizers, registry, regularizers


@registry.register_keras_serializable("tests")
class Boxed:
    def __init__(self, size=1):
        self.size = size

    def get_config(self):
        return {"size": self.size}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@registry.register_keras_serializable("tests", name="tripled")
def triple(x):
    return 3 * x


class Unregistered(Boxed):
    pass


def test_registered_names():
    assert registry.get_registered_name(Boxed) == "tests>Boxed"
    assert registry.get_registered_name(triple) == "tests>tripled"
    assert registry.get_registered_name(Unregistered) == "Unregistered"
    assert registry.get_registered_object("tests>Boxed") is Boxed
    assert registry.get_registered_object("nothing") is None
    assert registry.get_registered_object("a", {"a": 1}) == 1
    assert registry.get_registered_object("a", module_objects={"a": 2}) == 2


def test_register_refuses_classes_without_config():
    with pytest.raises(ValueError, match="get_config"):
        registry.register_keras_serializable()(type("Bare", (), {}))
    with pytest.raises(ValueError, match=">"):
        registry.register_keras_serializable("a>b")(triple)


def test_scope_opens_and_closes():
    with registry.custom_object_scope(custom_objects={"own": triple}):
        assert activations.get("own") is triple
    with pytest.raises(ValueError, match="Unknown activation"):
        activations.get("own")
    registry.get_custom_objects()["own"] = triple
    try:
        assert activations.get("own") is triple
    finally:
        del registry.get_custom_objects()["own"]


@pytest.mark.parametrize(
    ("get", "name", "near"),
    [
        (losses.get, "mean_sqared_error", "mean_squared_error"),
        (activations.get, "relv", "relu"),
        (regularizers.get, "l3", None),
        (optimizers.get, "adamm", "Adam"),
    ],
)
def test_unknown_names_suggest_the_nearest(get, name, near):
    with pytest.raises(ValueError) as caught:
        get(name)
    text = str(caught.value)
    assert name in text and "custom_objects" in text and "register_keras_serializable" in text
    if near:
        assert near.lower() in text.lower().split("did you mean")[1]


def test_objects_go_round():
    made = registry.serialize_keras_object(Boxed(4))
    assert made == {
        "module": Boxed.__module__, "class_name": "Boxed", "config": {"size": 4}, "registered_name": "tests>Boxed"
    }  # fmt: skip
    assert registry.deserialize_keras_object(made).size == 4
    own = registry.serialize_keras_object(Unregistered(2))
    with pytest.raises(TypeError, match="Unregistered"):
        registry.deserialize_keras_object(own)
    assert type(registry.deserialize_keras_object(own, {"Unregistered": Unregistered})) is Unregistered


def test_both_formats():
    new = losses.serialize(losses.Huber(0.5))
    old = losses.serialize(losses.Huber(0.5), use_legacy_format=True)
    assert set(new) == {"module", "class_name", "config", "registered_name"} and set(old) == {"class_name", "config"}
    for each in (new, old):
        assert losses.deserialize(each).get_config()["delta"] == 0.5
    assert regularizers.deserialize({"class_name": "tests>Boxed", "config": {"size": 7}}).size == 7
