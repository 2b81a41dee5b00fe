import numpy as np
import pytest

from addax.core import errors
from addax.core.convert import constant
from addax.ops import penalties


def test_values():
    x = constant([[3.0, 0.0], [4.0, 0.0]])
    assert float(penalties.l1_l2(x, 2.0, 0.5)) == 14.0 + 12.5
    np.testing.assert_allclose(penalties.unit_norms(x).numpy(), [[0.6, 0.0], [0.8, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(penalties.limit_norms(x, 0.0, 10.0).numpy(), x.numpy(), rtol=1e-6)
    assert penalties.not_negative(constant([-1.0, 2.0])).numpy().tolist() == [0.0, 2.0]


def test_penalties_are_of_floats():
    with pytest.raises(errors.InvalidArgumentError, match="floating"):
        penalties.l1_l2(constant([1, 2]), 1.0, 0.0)


def test_l1_of_integers_has_a_factor_cut_to_an_integer():
    x = constant(np.array([[1, -2], [0, 1]], np.int32))
    assert penalties.l1_l2(x, 0.01).numpy() == 0 and penalties.l1_l2(x, 2.5).numpy() == 8
    assert penalties.l1_l2(x, 2.5).dtype.name == "int32"
    with pytest.raises(errors.InvalidArgumentError, match="floating"):
        penalties.l1_l2(x, None, 0.1)
