import numpy as np
import pytest

from addax.core.variable import Variable
from addax.keras import constraints

W = np.array([[3.0, 0.1], [4.0, -0.2], [0.0, 0.0]], np.float32)


def test_norms():
    norms = np.linalg.norm(W, axis=0, keepdims=True)
    np.testing.assert_allclose(
        constraints.MaxNorm(1.0)(W).numpy(), W * np.minimum(norms, 1) / (norms + 1e-7), rtol=1e-6
    )
    np.testing.assert_allclose(constraints.UnitNorm()(Variable(W)).numpy(), W / (norms + 1e-7), rtol=1e-6)
    wanted = 0.5 * np.clip(norms, 0.5, 1.0) + 0.5 * norms
    got = constraints.MinMaxNorm(0.5, 1.0, rate=0.5)(W).numpy()
    np.testing.assert_allclose(got, W * wanted / (norms + 1e-7), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(constraints.UnitNorm(axis=[0, 1])(W).numpy()), 1, rtol=1e-5)


def test_not_negative():
    assert (constraints.NonNeg()(W).numpy() == np.maximum(W, 0)).all()


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_radial(size):
    kernel = np.arange(size * size * 2, dtype=np.float32).reshape(size, size, 1, 2)
    out = constraints.RadialConstraint()(kernel).numpy()
    middle = (size - 1) / 2
    rings = np.ceil(np.maximum(*np.abs(np.meshgrid(*[np.arange(size) - middle] * 2))))
    for ring in np.unique(rings):
        assert len(np.unique(out[rings == ring, 0, 0])) == 1
    np.testing.assert_array_equal(out, np.rot90(out))


def test_radial_refuses():
    with pytest.raises(ValueError, match="rank 4"):
        constraints.RadialConstraint()(W)
    with pytest.raises(ValueError, match="square"):
        constraints.RadialConstraint()(np.ones((2, 3, 1, 1)))


@pytest.mark.parametrize(
    "constraint",
    [
        constraints.MaxNorm(3, axis=1),
        constraints.MinMaxNorm(0.1, 2.0, 0.5),
        constraints.NonNeg(),
        constraints.UnitNorm(1),
    ],
)
def test_configs(constraint):
    assert type(constraint).from_config(constraint.get_config()).get_config() == constraint.get_config()


def test_the_lower_limit_of_norms_wins():
    w = np.array([3.0, 4.0], np.float32)
    np.testing.assert_allclose(constraints.MinMaxNorm(2.0, 1.0)(w).numpy(), [1.2, 1.6], 1e-5)
    np.testing.assert_array_equal(constraints.MaxNorm(-1.0)(w), [0.0, 0.0])


def test_older_names():
    assert [type(constraints.get(name)).__name__ for name in ("maxnorm", "nonneg", "unitnorm")] == [
        "MaxNorm", "NonNeg", "UnitNorm",
    ]  # fmt: skip
