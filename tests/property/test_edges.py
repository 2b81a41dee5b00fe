"""NaN, infinities, empty arrays, broadcasting and negative axes: as NumPy has them, or as TensorFlow was measured."""

import warnings

import numpy as np
import pytest

import addax as tf

EDGES = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e30, -1e30, 1e-30], np.float32)
UNARY = (
    "abs ceil cos cosh exp expm1 floor isfinite isinf isnan log log1p negative reciprocal rint sign sin sinh sqrt "
    "square tan tanh acos acosh asin asinh atan atanh"
).split()
NUMPY = {
    "isfinite": "is_finite", "isinf": "is_inf", "isnan": "is_nan", "acos": "acos", "acosh": "acosh", "asin": "asin",
    "asinh": "asinh", "atan": "atan", "atanh": "atanh",
}  # fmt: skip
ARC = {"acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan", "atanh": "arctanh"}
BINARY = "add subtract multiply divide maximum minimum pow floordiv floormod atan2 equal less greater_equal".split()
BINARY_NUMPY = {"divide": "true_divide", "pow": "power", "floordiv": "floor_divide", "floormod": "mod",
                "atan2": "arctan2", "greater_equal": "greater_equal"}  # fmt: skip
REDUCTIONS = {"reduce_sum": np.sum, "reduce_prod": np.prod, "reduce_max": np.max, "reduce_min": np.min,
              "reduce_mean": np.mean, "reduce_variance": np.var, "reduce_std": np.std}  # fmt: skip


def same(found, wanted, rtol=2e-6):
    found = np.asarray(found)
    assert found.shape == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-37)


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    with np.errstate(all="ignore"):
        wanted = getattr(np, ARC.get(name, name))(EDGES)
    function = getattr(tf.math, NUMPY.get(name, name))
    same(function(EDGES), wanted)
    same(function(EDGES[:0]), wanted[:0])
    same(function(EDGES.reshape(3, 1, 4)), wanted.reshape(3, 1, 4))
    if wanted.dtype == np.float32 and name in ("abs", "ceil", "floor", "negative", "rint", "sqrt", "sin"):
        assert np.array_equal(np.signbit(function(EDGES[3:5]).numpy()), np.signbit(wanted[3:5]))  # the sign of zero


@pytest.mark.parametrize("name", BINARY)
def test_binary_and_broadcasting(name):
    function, numpy = getattr(tf.math, name), getattr(np, BINARY_NUMPY.get(name, name))
    for x, y in (
        (EDGES[:, None], EDGES[None]),
        (EDGES[5:9], np.float32(2.0)),
        (EDGES[:, None, None], EDGES[:0]),
        (np.zeros((0, 3), np.float32), EDGES[5:8]),
        (np.ones((2, 1, 3), np.float32), EDGES[5:9].reshape(4, 1)),
    ):
        with np.errstate(all="ignore"):
            wanted = numpy(x, y)
            keep = (np.abs(y) > 0.1) & (np.abs(x) + np.abs(y) < 1e5)
        if name in ("floordiv", "floormod"):  # libraries differ for infinities; TensorFlow's are in tests/golden
            wanted, found = np.where(keep, wanted, 0), np.where(keep, function(x, y).numpy(), 0)
            same(found, wanted)
        else:
            same(function(x, y), wanted, rtol=1e-5)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (2, 0), (1, 1, 4), (3,)])
def test_reductions(name, shape):
    x = np.linspace(-2, 3, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    for axis in (None, 0, -1, *([(0, -1)] if len(shape) > 1 else [])):
        for keepdims in (False, True):
            sizes = np.array(shape)[list(range(len(shape))) if axis is None else np.atleast_1d(axis)]
            if name in ("reduce_max", "reduce_min") and 0 in sizes:  # TensorFlow: the neutral element
                start = -np.inf if name == "reduce_max" else np.inf
                wanted = REDUCTIONS[name](x, axis=axis, keepdims=keepdims, initial=start)
            else:
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # "mean of empty slice"
                    wanted = REDUCTIONS[name](x, axis=axis, keepdims=keepdims)
            same(getattr(tf, name, getattr(tf.math, name, None))(x, axis=axis, keepdims=keepdims), wanted, rtol=1e-5)


def test_reductions_of_edges():
    with np.errstate(all="ignore"):
        for name, numpy in REDUCTIONS.items():
            function = getattr(tf.math, name)
            for part in (EDGES[:3], EDGES[1:3], EDGES[1:2], EDGES[3:9]):
                same(function(part), numpy(part.astype(np.float64)).astype(np.float32), rtol=1e-4)
    assert tf.argmax(EDGES[1:]).numpy() == 0 and tf.argmin(EDGES[1:]).numpy() == 1
    assert tf.reduce_logsumexp([-np.inf, -np.inf]).numpy() == -np.inf
    assert tf.reduce_logsumexp(np.zeros(0, np.float32)).numpy() == -np.inf
    assert tf.reduce_all(np.zeros((0, 2), bool), axis=0).numpy().tolist() == [True, True]
    assert tf.reduce_any(np.zeros((0, 2), bool), axis=0).numpy().tolist() == [False, False]


@pytest.mark.parametrize(
    ("call", "numpy"),
    [
        (lambda x: tf.concat([x, x], -1), lambda x: np.concatenate([x, x], -1)),
        (lambda x: tf.stack([x, x], -2), lambda x: np.stack([x, x], -2)),
        (lambda x: tf.expand_dims(x, -2), lambda x: np.expand_dims(x, -2)),
        (lambda x: tf.reverse(x, [-1, 0]), lambda x: x[::-1, ..., ::-1]),
        (lambda x: tf.roll(x, 1, -1), lambda x: np.roll(x, 1, -1)),
        (lambda x: tf.cumsum(x, -2), lambda x: np.cumsum(x, -2)),
        (lambda x: tf.math.cumprod(x, -1), lambda x: np.cumprod(x, -1)),
        (lambda x: tf.sort(x, -2), lambda x: np.sort(x, -2)),
        (lambda x: tf.argsort(x, -1, stable=True), lambda x: np.argsort(x, -1, kind="stable")),
        (lambda x: tf.squeeze(x[:, None], -2 - (x.ndim - 2)), lambda x: x),
        (lambda x: tf.transpose(x), np.transpose),
        (lambda x: tf.tile(x, [2] * x.ndim), lambda x: np.tile(x, [2] * x.ndim)),
        (lambda x: tf.repeat(x, 2, axis=-1), lambda x: np.repeat(x, 2, axis=-1)),
        (
            lambda x: tf.gather(x, [0, -0], axis=-1) if x.shape[-1] else x,
            lambda x: x[..., [0, 0]] if x.shape[-1] else x,
        ),
        (lambda x: tf.split(x, 1, -1)[0], lambda x: x),
        (lambda x: tf.unstack(x, axis=-1)[-1:], lambda x: [x[..., -1]] if x.shape[-1] else []),
        (lambda x: tf.pad(x, [[0, 1]] * x.ndim), lambda x: np.pad(x, [(0, 1)] * x.ndim)),
        (lambda x: tf.reshape(x, [-1, 1]), lambda x: x.reshape(x.size, 1)),
        (lambda x: tf.broadcast_to(x, [2, *x.shape]), lambda x: np.broadcast_to(x, [2, *x.shape])),
        (lambda x: tf.matmul(x, x, transpose_b=True), lambda x: x @ np.swapaxes(x, -1, -2)),
        (lambda x: tf.where(x > 0, x, 0.0), lambda x: np.where(x > 0, x, np.float32(0))),
        (lambda x: tf.boolean_mask(x, x > 0), lambda x: x[x > 0]),
        (lambda x: tf.nn.softmax(x, -1), lambda x: np.exp(x) / np.sum(np.exp(x), -1, keepdims=True)),
        (lambda x: x[..., ::-1][:1], lambda x: x[..., ::-1][:1]),
        (lambda x: x[:0], lambda x: x[:0]),
    ],
)
@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (2, 0), (1, 2, 4)])
def test_shapes_empty_and_negative_axes(call, numpy, shape):
    x = np.cos(np.arange(int(np.prod(shape)), dtype=np.float32)).reshape(shape)
    with np.errstate(all="ignore"):
        wanted = numpy(x)
    found = call(tf.constant(x))
    if isinstance(found, list):
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted, strict=True):
            same(a, b)
    else:
        same(found, wanted)


def test_axes_out_of_range_are_refused():
    x = tf.ones([2, 3])
    for call in (
        lambda: tf.reduce_sum(x, axis=2), lambda: tf.concat([x, x], -3), lambda: tf.stack([x, x], 4),
        lambda: tf.argmax(x, -3), lambda: tf.gather(x, [0], axis=5), lambda: tf.reverse(x, [2]),
        lambda: tf.cumsum(x, 2), lambda: tf.expand_dims(x, 4), lambda: tf.squeeze(x, 0), lambda: tf.unstack(x, axis=2),
    ):  # fmt: skip
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
            call()
