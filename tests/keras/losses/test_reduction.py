import pytest

from addax.keras.losses import Reduction


def test_values():
    assert Reduction.all() == ("auto", "none", "sum", "sum_over_batch_size")


def test_validate():
    Reduction.validate("sum")
    with pytest.raises(ValueError, match="avg"):
        Reduction.validate("avg")
