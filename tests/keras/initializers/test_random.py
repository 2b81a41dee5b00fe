import numpy as np
import pytest

from addax.core import random
from addax.core.function import function
from addax.keras import initializers

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
    once = free((20, 30)).numpy()
    with pytest.warns(UserWarning, match="unseeded and being called multiple times"):
        assert np.array_equal(once, free((20, 30)).numpy())
    assert not np.array_equal(once, make()((20, 30)).numpy())
    random.set_seed(5)
    one = make()((4, 4)).numpy()
    random.set_seed(5)
    assert np.array_equal(one, make()((4, 4)).numpy())


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [  # of TensorFlow 2.21, seed 3, shape (3, 4)
        ("RandomUniform", {}, [-0.030408715829253197, 0.04393452778458595, 0.0032275207340717316]),
        ("RandomUniform", {"minval": -2, "maxval": 3}, [-1.0204358100891113, 2.6967263221740723, 0.6613759994506836]),
        ("RandomNormal", {"mean": 1.0, "stddev": 2.0}, [-0.34316956996917725, 4.352100849151611, -0.8884909152984619]),
        ("TruncatedNormal", {"mean": 0.5}, [0.4664207696914673, 0.5838025212287903, 0.45278772711753845]),
        ("GlorotUniform", {}, [-0.5630600452423096, 0.8135093450546265, 0.05976206064224243]),
        ("GlorotNormal", {}, [-0.40810221433639526, 1.0184862613677979, -0.5737900137901306]),
        ("HeUniform", {}, [-0.8600883483886719, 1.242655873298645, 0.09128808975219727]),
        ("LecunNormal", {}, [-0.4408007562160492, 1.1000908613204956, -0.6197640895843506]),
        ("Orthogonal", {"gain": 2.0}, [-1.2976868152618408, 1.1747055053710938, 0.8663991093635559]),
    ],
)
def test_the_numbers_are_tensorflows(name, options, expected):
    made = getattr(initializers, name)(seed=3, **options)((3, 4)).numpy()
    np.testing.assert_allclose(made.reshape(-1)[:3], expected, rtol=2e-6, atol=1e-6)


def test_whole_numbers_are_tensorflows():
    assert initializers.RandomUniform(0, 50, seed=3)((3, 4), dtype="int32").numpy()[0].tolist() == [38, 17, 32, 22]


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


def test_inside_a_compiled_function_the_seed_is_chosen_once():
    step = function(lambda: initializers.RandomNormal(stddev=1.0)((50,)))
    one, two = step().numpy(), step().numpy()
    assert np.array_equal(one, two) and abs(one.std() - 1) < 0.5


def test_axes_of_inputs_and_outputs():
    """Arguments of Keras 3; configs hold them where they are given, because Keras 2 does not know them."""
    plain, turned = (initializers.HeNormal(seed=1, **axes) for axes in ({}, {"input_axes": [1], "output_axes": [0]}))
    np.testing.assert_allclose(turned((8, 2)), np.asarray(plain((8, 2))) * 2, rtol=1e-6)
    assert plain.get_config() == {"seed": 1}
    assert initializers.HeNormal.from_config(turned.get_config()).get_config()["input_axes"] == [1]
