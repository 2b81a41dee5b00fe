"""The functions of tf.experimental.numpy: dtypes, errors, gradients, tracing."""

import numpy as np
import pytest

import addax as tf
from addax.core.errors import InvalidArgumentError

tnp = tf.experimental.numpy

RESULTS = [
    ((1,), "int64"),
    ((1.0,), "float64"),
    ((1, 2.0), "float64"),
    ((np.float32, np.int8), "float32"),
    ((), "float64"),
    ((tf.bfloat16, tf.float32), "float32"),
    (([1, 2],), "int64"),
    ((np.float32(1), 2.5), "float32"),
    (("int8", 1), "int8"),
]


@pytest.mark.parametrize(("operands", "dtype"), RESULTS)
def test_result_type(operands, dtype):
    assert tnp.result_type(*operands).name == dtype


ERRORS = [
    ("tnp.array([[1, 2], [3]])", ValueError),
    ("tnp.array(None)", ValueError),
    ("tnp.add(None, 1)", ValueError),
    ("tnp.arange(1, 5, 0)", ValueError),
    ("tnp.linspace(0, 1, -1)", ValueError),
    ("tnp.full((2,), L)", InvalidArgumentError),
    ("tnp.full_like(L, 3, shape=(2,))", ValueError),
    ("tnp.diag(t3)", ValueError),
    ("tnp.diag(3)", InvalidArgumentError),
    ("tnp.sum(L, axis=3)", InvalidArgumentError),
    ("tnp.mean(L, out=1)", ValueError),
    ("tnp.sort(L, kind='stable')", ValueError),
    ("tnp.clip(L, None, None)", ValueError),
    ("tnp.reshape(L, 3, order='K')", ValueError),
    ("tnp.reshape(L, 4)", InvalidArgumentError),
    ("tnp.swapaxes(t3, 5, 0)", IndexError),
    ("tnp.moveaxis(t3, (0, 1), (0,))", ValueError),
    ("tnp.moveaxis(t3, 5, 0)", InvalidArgumentError),
    ("tnp.broadcast_to(L, (3, 2))", InvalidArgumentError),
    ("tnp.stack([L, [1, 2]])", InvalidArgumentError),
    ("tnp.split(L, 2)", InvalidArgumentError),
    ("tnp.repeat([L], [1, 2, 3, 4], axis=1)", ValueError),
    ("tnp.pad(L, 1, 'edge')", ValueError),
    ("tnp.diff(L, n=-1)", ValueError),
    ("tnp.diff(3)", IndexError),
    ("tnp.cross([1, 2, 3, 4], [1, 2, 3, 4])", tf.errors.FailedPreconditionError),
    ("tnp.matmul(2, L)", ValueError),
    ("tnp.meshgrid(L, L, sparse=True)", ValueError),
    ("tnp.meshgrid(L, indexing='xx')", ValueError),
    ("tnp.ix_([[1]])", ValueError),
    ("tnp.ix_([1.5])", ValueError),
    ("tnp.select([], [])", ValueError),
    ("tnp.where(L, 1)", ValueError),
    ("tnp.take(L, 0, mode='raise')", ValueError),
    ("tnp.compress([[True]], L)", ValueError),
    ("tnp.size(L, 0)", NotImplementedError),
    ("tnp.finfo(tf.bfloat16)", ValueError),
    ("tnp.sign(L, out=1)", ValueError),
    ("tnp.gcd(1.5, 2)", ValueError),
    ("tnp.vander(t3)", ValueError),
    ("tnp.tril(L)", ValueError),
    ("tnp.average(t3, axis=(0, 1))", ValueError),
    ("tnp.average(t3, weights=L)", InvalidArgumentError),
    ("tnp.floor_divide(7, 0)", InvalidArgumentError),
    ("tnp.power(2, -1)", InvalidArgumentError),
    ("tnp.argsort([1j])", TypeError),
    ("tnp.fliplr(L)", InvalidArgumentError),
    ("tnp.flip(t3, (0, 1))", TypeError),
    ("tnp.bitwise_and(1.5, 2)", InvalidArgumentError),
    ("tnp.random.randint(5, dtype=np.float32)", ValueError),
    ("tnp.dsplit(L, 2)", IndexError),
]


@pytest.mark.parametrize(("expression", "error"), ERRORS, ids=[case[0] for case in ERRORS])
def test_refused(expression, error):
    names = {"tnp": tnp, "tf": tf, "np": np, "L": [1, 2, 3], "t3": tf.constant(np.arange(24.0).reshape(2, 3, 4))}
    with pytest.raises(error):
        eval(expression, names)


DERIVATIVES = [
    (lambda x: tnp.sum(tnp.hypot(x, 2.0) * tnp.log2(x)), [[0.5, 2.0], [1.5, 3.0]]),
    (lambda x: tnp.std(x, axis=0)[0] + tnp.var(x), [[0.5, 2.0], [1.5, 3.0]]),
    (lambda x: tnp.sum(tnp.kron(x, x)) + tnp.trace(x) + tnp.vdot(x, x), [[0.5, 2.0], [1.5, 3.0]]),
    (lambda x: tnp.sum(tnp.sort(x, axis=None) * tnp.arange(4.0)), [[0.5, 2.0], [1.5, 3.0]]),
    (
        lambda x: tnp.nanmean(tnp.where(x > 1, x, np.nan)) + tnp.polyval([1.0, 2.0, 3.0], x)[0, 0],
        [[0.5, 2.0], [1.5, 3.0]],
    ),
]


@pytest.mark.parametrize(("function", "point"), DERIVATIVES)
def test_gradients(function, point):
    x = tf.constant(point, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    slopes = np.zeros((2, 2))
    for where in np.ndindex(2, 2):
        step = np.zeros((2, 2))
        step[where] = 1e-6
        slopes[where] = (function(x + step) - function(x - step)) / 2e-6
    np.testing.assert_allclose(tape.gradient(y, x), slopes, rtol=1e-5, atol=1e-7)


def test_gradient_reaches_tensors_in_lists():
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = tnp.sum(tnp.array([x, 3.0, [x * x][0]]))
    assert y.dtype == tf.float32
    assert float(tape.gradient(y, x)) == 5.0


def test_traced():
    @tf.function
    def step(x, y):
        return tnp.concatenate([tnp.cumsum(x), tnp.take(y, [-1, 5])]), tnp.add(tnp.mean(x), [1, 2])

    joined, mean = step(tf.constant([1, 2]), tf.constant([0.5, 1.5]))
    assert joined.dtype == mean.dtype == tf.float64
    assert joined.numpy().tolist() == [1.0, 3.0, 0.5, 1.5]
    assert mean.numpy().tolist() == [2.5, 3.5]


def test_symbolic_inputs_become_layers():
    x = tf.keras.Input((2,))
    model = tf.keras.Model(x, tnp.add(tnp.sqrt(x), 1))
    assert model.predict(np.array([[4.0, 9.0]], np.float32), verbose=0).tolist() == [[3.0, 4.0]]


def test_random():
    tnp.random.seed(3)
    first = tnp.random.randn(2, 3), tnp.random.randint(2, 5, (100,)), tnp.random.uniform([0.0, 10.0], 20.0)
    tnp.random.seed(3)
    np.testing.assert_array_equal(first[0], tnp.random.standard_normal((2, 3)))
    assert [each.dtype.name for each in first] == ["float64", "int64", "float64"]
    assert set(first[1].numpy().tolist()) == {2, 3, 4}
    assert first[2].shape == (2,)
    assert tnp.random.poisson([1.0, 2.0], (3,)).shape == (3, 2)
    assert tnp.random.poisson(3.0).dtype == tf.int64
    assert tnp.random.rand(2).shape == tnp.random.random((2,)).shape == (2,)
    assert tnp.random.randint(7).shape == ()


def test_types():
    assert tnp.ndarray is tf.Tensor
    assert (tnp.float_, tnp.int_, tnp.string_) == (np.float64, np.int64, np.bytes_)
    assert tnp.finfo(tf.float32).eps == np.finfo(np.float32).eps
    assert tnp.iinfo(tf.int8).max == 127
    assert tnp.issubdtype(tf.float32, tnp.inexact)
    assert tnp.promote_types(tf.int32, "float32") == np.float64
    assert tnp.isscalar(tf.constant(1)) and tnp.isscalar("a") and not tnp.isscalar([1])
    assert (tnp.ndim([[1]]), tnp.size([1, 2]), tnp.shape([[1, 2]])) == (2, 2, (1, 2))
    assert tnp.iscomplexobj([1j]) and tnp.isrealobj([1])
