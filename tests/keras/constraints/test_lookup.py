import pytest

from addax.keras import constraints


def test_names():
    for name, kind in (("max_norm", "MaxNorm"), ("NonNeg", "NonNeg"), ("nonneg", "NonNeg"), ("unit_norm", "UnitNorm")):
        assert type(constraints.get(name)).__name__ == kind
    assert constraints.get(None) is None
    own = lambda w: w
    assert constraints.get(own) is own
    with pytest.raises(ValueError, match="max_norm"):
        constraints.get("max_nrm")


def test_round_trip():
    made = constraints.serialize(constraints.MaxNorm(3, axis=1))
    assert constraints.deserialize(made).get_config() == {"max_value": 3, "axis": 1}
