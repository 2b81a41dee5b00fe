import pytest

from addax.keras import regularizers


def test_names():
    for name, kind in (
        ("l1", "L1"),
        ("L2", "L2"),
        ("l1_l2", "L1L2"),
        ("orthogonal_regularizer", "OrthogonalRegularizer"),
    ):
        assert type(regularizers.get(name)).__name__ == kind
    assert regularizers.get("l1_l2").l1 > 0 == regularizers.get("L1L2").l1
    assert regularizers.get(None) is None
    with pytest.raises(ValueError, match="Unknown regularizer"):
        regularizers.get("foo")


def test_round_trip():
    made = regularizers.serialize(regularizers.L1L2(0.5, 0.25))
    assert regularizers.deserialize(made).get_config() == {"l1": 0.5, "l2": 0.25}
    assert regularizers.serialize(regularizers.L2(0.5), True) == {"class_name": "L2", "config": {"l2": 0.5}}
    assert regularizers.serialize(None) is None
