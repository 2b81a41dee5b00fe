import pytest

from addax.keras.metrics import thresholds


def test_checked():
    assert thresholds.checked(None) == [0.5] and thresholds.checked(0.3) == [0.3]
    assert thresholds.checked([0.3, 1]) == [0.3, 1.0]
    with pytest.raises(ValueError, match="2"):
        thresholds.checked([0.3, 2])


def test_even_steps():
    assert thresholds.even_steps([0.0, 0.25, 0.5, 0.75, 1.0]) == 5
    assert thresholds.even_steps([0.0, 1.0]) == 0 and thresholds.even_steps([0.1, 0.2, 0.3]) == 0
    assert thresholds.spread(5) == [0.25, 0.5, 0.75]
