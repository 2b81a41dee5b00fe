import pytest

from addax.keras import initializers


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("zeros", "Zeros"), ("one", "Ones"), ("uniform", "RandomUniform"), ("normal", "RandomNormal"),
        ("glorot_uniform", "GlorotUniform"), ("HeNormal", "HeNormal"), ("identity", "Identity"),
        ("orthogonal", "Orthogonal"), ("variance_scaling", "VarianceScaling"),
    ],
)  # fmt: skip
def test_names(name, kind):
    assert type(initializers.get(name)).__name__ == kind


def test_identifiers():
    assert type(initializers.get(initializers.Ones)) is initializers.Ones
    assert initializers.get(None) is None
    make = lambda shape, dtype=None: 0
    assert initializers.get(make) is make
    with pytest.raises(ValueError, match="glorot"):
        initializers.get("glort_uniform")
    with pytest.raises(ValueError, match="Could not interpret"):
        initializers.get(3)


def test_round_trip():
    made = initializers.serialize(initializers.GlorotUniform(3))
    assert made == {
        "module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": 3}, "registered_name": None
    }  # fmt: skip
    assert initializers.deserialize(made).seed == 3
    assert initializers.serialize(initializers.Zeros(), use_legacy_format=True) == {"class_name": "Zeros", "config": {}}
