import numpy as np
import pytest

from addax.core.convert import constant
from addax.core.tape import GradientTape
from addax.core.variable import Variable
from addax.keras import regularizers

X = np.array([[1.0, -2.0], [3.0, 0.5]], np.float32)


@pytest.mark.parametrize(
    ("regularizer", "expected"),
    [
        (regularizers.L1(0.5), 0.5 * np.abs(X).sum()),
        (regularizers.L2(0.5), 0.5 * (X**2).sum()),
        (regularizers.L1L2(0.5, 0.25), 0.5 * np.abs(X).sum() + 0.25 * (X**2).sum()),
        (regularizers.l1_l2(), 0.01 * np.abs(X).sum() + 0.01 * (X**2).sum()),
        (regularizers.L1L2(), 0.0),
        (regularizers.L1(l=0.5), 0.5 * np.abs(X).sum()),
    ],
)
def test_values_and_gradients(regularizer, expected):
    x = Variable(X)
    with GradientTape() as tape:
        value = regularizer(x)
    assert abs(float(value) - expected) < 1e-5
    gradient = tape.gradient(value, x)
    config = regularizer.get_config()
    if any(config.values()):
        slope = config.get("l1", 0) * np.sign(X) + 2 * config.get("l2", 0) * X
        np.testing.assert_allclose(gradient.numpy(), slope, rtol=1e-5)
    assert type(regularizer).from_config(config).get_config() == config


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_orthogonal(mode):
    value = regularizers.OrthogonalRegularizer(0.5, mode)(X)
    rows = X if mode == "rows" else X.T
    cosine = rows[0] @ rows[1] / np.linalg.norm(rows[0]) / np.linalg.norm(rows[1])
    assert abs(float(value) - 0.5 * abs(cosine)) < 1e-6
    with pytest.raises(ValueError, match="rank 2"):
        regularizers.OrthogonalRegularizer()(np.ones((2, 2, 2)))


def test_numbers_are_those_of_the_float_type():
    assert regularizers.L2(0.01).get_config() == {"l2": 0.009999999776482582}
    assert regularizers.L1(None).l1 == regularizers.L1().l1
    assert regularizers.L2(np.float64(0.5)).l2 == 0.5 and regularizers.L2(constant(0.5)).l2 == 0.5


def test_refuses():
    for bad in ("a", float("nan"), float("inf"), [1.0]):
        with pytest.raises(ValueError, match="not a valid regularization penalty"):
            regularizers.L1(bad)
    with pytest.raises(TypeError, match="zz"):
        regularizers.L2(zz=1)
    with pytest.raises(ValueError, match="mode=x"):
        regularizers.OrthogonalRegularizer(mode="x")
    with pytest.raises(NotImplementedError):
        regularizers.Regularizer().get_config()


def test_a_factor_of_0_keeps_what_is_not_finite():
    for name, value in (("L1", np.nan), ("L2", np.inf)):
        assert np.isnan(getattr(regularizers, name)(0.0)([value, 1.0]).numpy())
    assert float(regularizers.L1L2(0.0, 0.0)([np.nan, 1.0])) == 0.0
    assert np.isfinite(regularizers.L1L2(0.0, 0.5)([1.0, 2.0]).numpy())
