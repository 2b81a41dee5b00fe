import numpy as np
import pytest

from addax.core import dtypes, random
from addax.core.function import function
from addax.keras import initializers
from addax.keras.initializers import draw

NAMES = [
    "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "GlorotUniform", "GlorotNormal",
    "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "Orthogonal",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_seeds(name):
    make = getattr(initializers, name)
    seeded = make(seed=3)
    first = seeded((20, 30)).numpy()
    assert first.dtype == np.float32 and first.shape == (20, 30)
    assert np.array_equal(first, seeded((20, 30)).numpy()) and np.array_equal(first, make(seed=3)((20, 30)).numpy())
    assert not np.array_equal(first, make(seed=4)((20, 30)).numpy())
    free = make()
    assert not np.array_equal(free((20, 30)).numpy(), free((20, 30)).numpy())
    random.set_seed(5)
    one = make()((4, 4)).numpy()
    random.set_seed(5)
    assert np.array_equal(one, make()((4, 4)).numpy())


@pytest.mark.parametrize("name", NAMES)
def test_configs_and_dtypes(name):
    initializer = getattr(initializers, name)(seed=1)
    assert type(initializer).from_config(initializer.get_config()).get_config() == initializer.get_config()
    for dtype in ("float64", "float16", "bfloat16"):
        assert initializer((3, 3), dtype=dtype).dtype.name == dtype
    with pytest.raises((ValueError, TypeError)):
        initializer((3, 3), dtype="string")
    with pytest.raises(TypeError, match="foo"):
        initializer((3, 3), foo=1)


def test_distributions():
    normal = initializers.RandomNormal(2.0, 0.5, seed=1)((200, 200)).numpy()
    assert abs(normal.mean() - 2) < 0.01 and abs(normal.std() - 0.5) < 0.01
    cut = initializers.TruncatedNormal(0.0, 1.0, seed=1)((200, 200)).numpy()
    assert np.abs(cut).max() <= 2 and abs(cut.std() - 0.8796) < 0.01
    even = initializers.RandomUniform(-1.0, 3.0, seed=1)((200, 200)).numpy()
    assert even.min() >= -1 and even.max() < 3 and abs(even.mean() - 1) < 0.02
    whole = initializers.RandomUniform(0, 4, seed=1)((200,), dtype="int32").numpy()
    assert whole.dtype == np.int32 and sorted(set(whole.tolist())) == [0, 1, 2, 3]


@pytest.mark.parametrize("shape", [(100, 120), (3, 3, 10, 12)])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
def test_variance(shape, mode, distribution):
    values = initializers.VarianceScaling(2.0, mode, distribution, seed=2)(shape).numpy()
    field = np.prod(shape[:-2])
    fan = {"fan_in": shape[-2] * field, "fan_out": shape[-1] * field}.get(mode, (shape[-2] + shape[-1]) * field / 2)
    assert abs(values.var() / (2.0 / fan) - 1) < 0.1


def test_variance_scaling_refuses():
    for options in ({"scale": -1.0}, {"mode": "x"}, {"distribution": "x"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            initializers.VarianceScaling(**options)


@pytest.mark.parametrize("shape", [(30, 30), (40, 20), (20, 40), (3, 3, 4, 8)])
def test_orthogonal(shape):
    flat = initializers.Orthogonal(gain=2.0, seed=1)(shape).numpy().reshape(-1, shape[-1]).astype(np.float64)
    product = flat.T @ flat if flat.shape[0] >= flat.shape[1] else flat @ flat.T
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)
    with pytest.raises(ValueError, match="two-dimensional"):
        initializers.Orthogonal()((3,))


def test_inside_a_compiled_function_values_are_drawn_each_time():
    step = function(lambda: initializers.RandomNormal(stddev=1.0)((50,)))
    one, two = step().numpy(), step().numpy()
    assert not np.array_equal(one, two) and abs(one.std() - 1) < 0.5
    assert not np.array_equal(*[function(lambda: initializers.GlorotUniform()((4, 4)))().numpy() for _ in range(2)])
    cut = function(lambda: initializers.TruncatedNormal(stddev=1.0)((500,)))().numpy()
    assert np.abs(cut).max() <= 2


def test_large_arrays_are_drawn_on_the_device(monkeypatch):
    monkeypatch.setattr(draw, "_ON_HOST", 10)
    for name in ("RandomNormal", "TruncatedNormal", "RandomUniform"):
        values = getattr(initializers, name)(seed=1)((40, 50)).numpy()
        assert np.array_equal(values, getattr(initializers, name)(seed=1)((40, 50)).numpy())
        assert 0.01 < values.std() < 0.06
        assert initializers.get(name)((40, 50), dtype=dtypes.float64).dtype.name == "float64"
