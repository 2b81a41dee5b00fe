"""Values and dtypes as Keras 3.15 (on JAX) gives them."""

import numpy as np
import pytest

import addax as tf
from addax.keras import ops
from addax.keras.ops.function import functions

X = np.array([[1.5, -2.0, 0.5], [0.25, 4.0, -1.0]], "float32")
Y = np.array([[2.0, 1.0, -0.5], [0.25, -3.0, 2.0]], "float32")
I = np.array([[3, -2, 0], [5, 1, -4]], "int32")  # noqa: E741
N = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, -1.0]], "float32")
S = np.array([1, -2, 100], "int8")
H = np.array([0.5, 2.0], "float16")

CASES = [
    ("add", (I, 0.5), {}, [("float32", (2, 3), [3.5, -1.5, 0.5, 5.5, 1.5, -3.5])]),
    ("add", (S, I), {}, [("int32", (2, 3), [4, -4, 100, 6, -1, 96])]),
    ("multiply", (H, 3), {}, [("float16", (2,), [1.5, 6])]),
    ("divide", (I, 4), {}, [("float32", (2, 3), [0.75, -0.5, 0, 1.25, 0.25, -1])]),
    ("floor_divide", (I, 2), {}, [("int32", (2, 3), [1, -1, 0, 2, 0, -2])]),
    ("mod", (I, 3), {}, [("int32", (2, 3), [0, 1, 0, 2, 1, 2])]),
    ("fmod", (I, 3), {}, [("int32", (2, 3), [0, -2, 0, 2, 1, -1])]),
    ("power", (I, 2), {}, [("int32", (2, 3), [9, 4, 0, 25, 1, 16])]),
    ("maximum", (X, I), {}, [("float32", (2, 3), [3, -2, 0.5, 5, 4, -1])]),
    ("fmin", (N, X), {}, [("float32", (2, 3), [1, -2, 0.5, 0.25, 2, -1])]),
    ("divide_no_nan", (X, I), {}, [("float32", (2, 3), [0.5, 1, 0, 0.05, 4, 0.25])]),
    ("arctan2", (X, Y), {}, [("float32", (2, 3), [0.6435, -1.1071, 2.3562, 0.7854, 2.2143, -0.46365])]),
    ("arctan2", (H, 2.0), {}, [("float32", (2,), [0.24498, 0.7854])]),
    ("hypot", (X, Y), {}, [("float32", (2, 3), [2.5, 2.2361, 0.70711, 0.35355, 5, 2.2361])]),
    ("logaddexp", (X, Y), {}, [("float32", (2, 3), [2.4741, 1.0486, 0.81326, 0.94315, 4.0009, 2.0486])]),
    ("heaviside", (I, 0.5), {}, [("float32", (2, 3), [1, 0, 0.5, 1, 1, 0])]),
    ("ldexp", (X, I), {}, [("float32", (2, 3), [12, -0.5, 0.5, 8, 8, -0.0625])]),
    ("gcd", (I, 6), {}, [("int32", (2, 3), [3, 2, 6, 1, 1, 2])]),
    ("lcm", (I, 4), {}, [("int32", (2, 3), [12, 4, 0, 20, 4, 4])]),
    ("left_shift", (I, 1), {}, [("int32", (2, 3), [6, -4, 0, 10, 2, -8])]),
    ("bitwise_xor", (I, 6), {}, [("int32", (2, 3), [5, -8, 6, 3, 7, -6])]),
    ("bitwise_not", (S,), {}, [("int8", (3,), [-2, 1, -101])]),
    ("clip", (I, -0.5, 2.5), {}, [("float32", (2, 3), [2.5, -0.5, 0, 2.5, 1, -0.5])]),
    ("abs", (S,), {}, [("int8", (3,), [1, 2, 100])]),
    ("cbrt", (X,), {}, [("float32", (2, 3), [1.1447, -1.2599, 0.7937, 0.62996, 1.5874, -1])]),
    ("exp2", (I,), {}, [("float32", (2, 3), [8, 0.25, 1, 32, 2, 0.0625])]),
    ("log2", ([1, 2, 8],), {}, [("float32", (3,), [0, 1, 3])]),
    ("sinc", (X,), {}, [("float32", (2, 3), [-0.21221, 2.7828e-08, 0.63662, 0.90032, 2.7828e-08, -2.7828e-08])]),
    ("i0", (X,), {}, [("float32", (2, 3), [1.6467, 2.2796, 1.0635, 1.0157, 11.302, 1.2661])]),
    ("round", (X * 10, -1), {}, [("float32", (2, 3), [20, -20, 0, 0, 40, -10])]),
    ("trunc", (X,), {}, [("float32", (2, 3), [1, -2, 0, 0, 4, -1])]),
    ("floor", (I,), {}, [("float32", (2, 3), [3, -2, 0, 5, 1, -4])]),
    ("sign", (I,), {}, [("int32", (2, 3), [1, -1, 0, 1, 1, -1])]),
    ("angle", (X,), {}, [("float32", (2, 3), [0, 3.1416, 0, 0, 0, 3.1416])]),
    ("nan_to_num", (N, 7.0), {}, [("float32", (2, 3), [1, 7, 3, 7, 2, -1])]),
    ("isposinf", (X,), {}, [("bool", (2, 3), [0, 0, 0, 0, 0, 0])]),
    ("isclose", (X, X + 1e-06), {}, [("bool", (2, 3), [1, 1, 1, 1, 1, 1])]),
    ("isin", (I, [1, 3]), {}, [("bool", (2, 3), [1, 0, 0, 0, 1, 0])]),
    ("less_equal", (I, 0.5), {}, [("bool", (2, 3), [0, 1, 1, 0, 0, 1])]),
    ("logical_xor", (I, X), {}, [("bool", (2, 3), [0, 0, 1, 0, 0, 0])]),
    ("sum", (S,), {}, [("int32", (), [99])]),
    ("sum", (X, 0, True), {}, [("float32", (1, 3), [1.75, 2, -0.5])]),
    ("prod", (S,), {"dtype": "float32"}, [("float32", (), [-200])]),
    ("mean", (I, -1), {}, [("float32", (2,), [0.33333, 0.66667])]),
    ("mean", (H,), {}, [("float16", (), [1.25])]),
    ("max", (X,), {"axis": 1, "initial": 2.0}, [("float32", (2,), [2, 4])]),
    ("ptp", (I, 1), {}, [("int32", (2,), [5, 9])]),
    ("argmax", (X,), {"axis": 1, "keepdims": True}, [("int32", (2, 1), [0, 1])]),
    ("argmin", (I,), {}, [("int32", (), [5])]),
    ("std", (X, 1), {}, [("float32", (2,), [1.472, 2.1246])]),
    ("var", (I,), {}, [("float32", (), [8.9167])]),
    ("average", (X,), {"axis": 1, "weights": [1.0, 2.0, 1.0]}, [("float32", (2,), [-0.5, 1.8125])]),
    ("median", (I,), {"axis": 1}, [("float32", (2,), [0, 1])]),
    ("quantile", (X, [0.25, 0.5]), {"axis": 1}, [("float32", (2, 2), [-0.75, -0.375, 0.5, 0.25])]),
    ("percentile", (X, 30.0), {"method": "lower"}, [("float32", (), [-1])]),
    ("nanquantile", (N, 0.5), {"axis": 1, "keepdims": True}, [("float32", (2, 1), [2, 0.5])]),
    ("nansum", (N, 0), {}, [("float32", (3,), [1, 2, 2])]),
    ("nanprod", (N,), {}, [("float32", (), [-6])]),
    ("nanmax", (N, 1), {}, [("float32", (2,), [3, 2])]),
    ("nanmean", (N, 1), {}, [("float32", (2,), [2, 0.5])]),
    ("nanstd", (N,), {}, [("float32", (), [1.479])]),
    ("nanmedian", (N,), {}, [("float32", (), [1.5])]),
    ("nanargmin", (N, 1), {}, [("int32", (2,), [0, 2])]),
    ("nancumsum", (N, 1), {}, [("float32", (2, 3), [1, 1, 4, 0, 2, 1])]),
    ("cumsum", (S,), {}, [("int8", (3,), [1, -1, 99])]),
    ("cumprod", (X, 1), {}, [("float32", (2, 3), [1.5, -3, -1.5, 0.25, 1, -1])]),
    ("count_nonzero", (I, 1), {}, [("int32", (2,), [2, 3])]),
    ("all", (I, 1), {}, [("bool", (2,), [0, 1])]),
    ("any", (I,), {}, [("bool", (), [1])]),
    ("reshape", (I, (3, -1)), {}, [("int32", (3, 2), [3, -2, 0, 5, 1, -4])]),
    ("squeeze", (X[None],), {}, [("float32", (2, 3), [1.5, -2, 0.5, 0.25, 4, -1])]),
    ("expand_dims", (H, (0, 2)), {}, [("float16", (1, 2, 1), [0.5, 2])]),
    ("pad", (I, ((1, 0), (0, 1))), {"constant_values": 9}, [("int32", (3, 4), [9, 9, 9, 9, 3, -2, 0, 9, 5, 1, -4, 9])]),
    (
        "pad",
        (X, 1),
        {"mode": "edge"},
        [
            (
                "float32",
                (4, 5),
                [1.5, 1.5, -2, 0.5, 0.5, 1.5, 1.5, -2, 0.5, 0.5, 0.25, 0.25, 4, -1, -1, 0.25, 0.25, 4, -1, -1],
            )
        ],
    ),
    ("transpose", (I,), {}, [("int32", (3, 2), [3, 5, -2, 1, 0, -4])]),
    ("moveaxis", (X[None], (0, 1), (-1, 0)), {}, [("float32", (2, 3, 1), [1.5, -2, 0.5, 0.25, 4, -1])]),
    ("swapaxes", (I, 0, 1), {}, [("int32", (3, 2), [3, 5, -2, 1, 0, -4])]),
    ("rot90", (I,), {}, [("int32", (3, 2), [0, -4, -2, 1, 3, 5])]),
    ("roll", (I, 1), {}, [("int32", (2, 3), [-4, 3, -2, 0, 5, 1])]),
    ("flip", (I, (0, 1)), {}, [("int32", (2, 3), [-4, 1, 5, 0, -2, 3])]),
    ("concatenate", ([I, X],), {"axis": 1}, [("float32", (2, 6), [3, -2, 0, 1.5, -2, 0.5, 5, 1, -4, 0.25, 4, -1])]),
    ("append", (I, H), {}, [("float16", (8,), [3, -2, 0, 5, 1, -4, 0.5, 2])]),
    ("stack", ([1, 2.5],), {}, [("float32", (2,), [1, 2.5])]),
    ("dstack", ([H, H],), {}, [("float16", (1, 2, 2), [0.5, 0.5, 2, 2])]),
    ("array_split", (S, 2), {}, [("int8", (2,), [1, -2]), ("int8", (1,), [100])]),
    ("hsplit", (I, [1]), {}, [("int32", (2, 1), [3, 5]), ("int32", (2, 2), [-2, 0, 1, -4])]),
    ("repeat", (I, 2), {"axis": 0}, [("int32", (4, 3), [3, -2, 0, 3, -2, 0, 5, 1, -4, 5, 1, -4])]),
    ("tile", (H, (2, 1)), {}, [("float16", (2, 2), [0.5, 2, 0.5, 2])]),
    (
        "meshgrid",
        (H, S),
        {"indexing": "ij"},
        [("float16", (2, 3), [0.5, 0.5, 0.5, 2, 2, 2]), ("int8", (2, 3), [1, -2, 100, 1, -2, 100])],
    ),
    ("arange", (1, 2, 0.25), {}, [("float32", (4,), [1, 1.25, 1.5, 1.75])]),
    ("arange", (5,), {}, [("int32", (5,), [0, 1, 2, 3, 4])]),
    ("linspace", (0, -10, 4), {"dtype": "int32"}, [("int32", (4,), [0, -4, -7, -10])]),
    (
        "linspace",
        (0, 1, 4),
        {"endpoint": False, "retstep": True},
        [("float32", (4,), [0, 0.25, 0.5, 0.75]), ("float32", (), [0.25])],
    ),
    ("logspace", (0, 2, 3), {"base": 2}, [("float32", (3,), [1, 2, 4])]),
    ("geomspace", (1, 8, 4), {}, [("float32", (4,), [1, 2, 4, 8])]),
    ("eye", (2, 3, 1, "int32"), {}, [("int32", (2, 3), [0, 1, 0, 0, 0, 1])]),
    ("tri", (2, 3), {}, [("float32", (2, 3), [1, 0, 0, 1, 1, 0])]),
    ("full", ((2,), 3), {}, [("float32", (2,), [3, 3])]),
    ("full_like", (I, 2.7), {}, [("int32", (2, 3), [2, 2, 2, 2, 2, 2])]),
    ("vander", (H, 3), {}, [("float16", (2, 3), [0.25, 0.5, 1, 4, 2, 1])]),
    ("kaiser", (4, 2.0), {}, [("float32", (4,), [0.43868, 0.92431, 0.92431, 0.43868])]),
    ("hamming", (3,), {}, [("float32", (3,), [0.08, 1, 0.08])]),
    ("where", (I, H[:1], 2), {}, [("float16", (2, 3), [0.5, 0.5, 2, 0.5, 0.5, 0.5])]),
    ("nonzero", (I,), {}, [("int32", (5,), [0, 0, 1, 1, 1]), ("int32", (5,), [0, 1, 0, 1, 2])]),
    ("select", ([I > 2, I < 0], [I, X], 9), {}, [("float32", (2, 3), [3, -2, 9, 5, 9, -1])]),
    ("take", (I, [[0, -1]]), {"axis": 1}, [("int32", (2, 1, 2), [3, 0, 5, -4])]),
    ("take", (X, 7), {}, [("float32", (), [np.nan])]),
    ("take_along_axis", (I, [[2], [0]]), {"axis": 1}, [("int32", (2, 1), [0, 5])]),
    ("unravel_index", ([4, 1], (2, 3)), {}, [("int32", (2,), [1, 0]), ("int32", (2,), [1, 1])]),
    ("sort", (I,), {}, [("int32", (2, 3), [-2, 0, 3, -4, 1, 5])]),
    ("argsort", (X,), {"axis": 0}, [("int32", (2, 3), [1, 0, 1, 0, 1, 0])]),
    ("argpartition", (S, 1), {}, [("int32", (3,), [1, 0, 2])]),
    ("searchsorted", ([1, 3, 5], [3, 4], "right"), {}, [("int32", (2,), [2, 2])]),
    ("digitize", (X, [0.0, 1.0]), {}, [("int32", (2, 3), [2, 0, 1, 1, 2, 0])]),
    (
        "unique",
        ([3, 1, 3],),
        {"return_index": True, "return_inverse": True, "return_counts": True},
        [("int32", (2,), [1, 3]), ("int32", (2,), [1, 0]), ("int32", (3,), [1, 0, 1]), ("int32", (2,), [1, 2])],
    ),
    ("unique", (I,), {"size": 3}, [("int32", (3,), [-4, -2, 0])]),
    ("bincount", (np.array([0, 2, 2]),), {"minlength": 4}, [("int32", (4,), [1, 0, 2, 0])]),
    (
        "bincount",
        (np.array([0, 2, 2]),),
        {"weights": np.array([0.5, 1, 1], "float32")},
        [("float32", (3,), [0.5, 0, 2])],
    ),
    ("histogram", (X[0], 2), {}, [("float32", (2,), [1, 2]), ("float32", (3,), [-2, -0.25, 1.5])]),
    ("get_item", (I, (slice(None), [0, 2])), {}, [("int32", (2, 2), [3, 0, 5, -4])]),
    ("matmul", (S[None], S[:, None]), {}, [("int32", (1, 1), [10005])]),
    ("dot", (X, I.T), {}, [("float32", (2, 2), [8.5, 3.5, -7.25, 9.25])]),
    ("inner", (I, I), {}, [("int32", (2, 2), [13, 13, 13, 42])]),
    ("outer", (H, [1, 2]), {}, [("float16", (2, 2), [0.5, 1, 2, 4])]),
    ("kron", (H, I), {}, [("float16", (2, 6), [1.5, -1, 0, 6, -4, 0, 2.5, 0.5, -2, 10, 2, -8])]),
    ("vdot", (I, I), {}, [("int32", (), [55])]),
    ("tensordot", (X, Y, 2), {}, [("float32", (), [-13.188])]),
    ("einsum", ("ij,kj->ik", X, I), {}, [("float32", (2, 2), [8.5, 3.5, -7.25, 9.25])]),
    ("cross", (X, Y), {}, [("float32", (2, 3), [0.5, 1.75, 5.5, 5, -0.75, -1.75])]),
    ("slogdet", (X[:, :2],), {}, [("float32", (), [1]), ("float32", (), [1.8718])]),
    ("diag", (I, 1), {}, [("int32", (2,), [-2, -4])]),
    ("diagflat", (H,), {}, [("float16", (2, 2), [0.5, 0, 0, 2])]),
    ("diagonal", (I,), {}, [("int32", (2,), [3, 1])]),
    ("trace", (S[None] + S[:, None],), {}, [("int32", (), [-58])]),
    ("tril", (I,), {}, [("int32", (2, 3), [3, 0, 0, 5, 1, 0])]),
    ("diff", (I,), {}, [("int32", (2, 2), [-5, 2, -4, -5])]),
    ("trapezoid", (X,), {"dx": 2.0}, [("float32", (2,), [-2, 7.25])]),
    ("corrcoef", (X,), {}, [("float32", (2, 2), [1, -0.86603, -0.86603, 1])]),
    ("correlate", (X[0], H, "same"), {}, [("float32", (3,), [3, -3.25, 0])]),
    ("view", (H, "int16"), {}, [("int16", (2,), [14336, 16384])]),
]


def _flat(result):
    return [part for each in result for part in _flat(each)] if isinstance(result, list | tuple) else [result]


@pytest.mark.parametrize(
    ("name", "args", "options", "expected"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)]
)
def test_numbers_and_dtypes(name, args, options, expected):
    found = _flat(getattr(ops, name)(*args, **options))
    assert len(found) == len(expected)
    for part, (dtype, shape, values) in zip(found, expected, strict=True):
        assert (part.dtype.name, tuple(part.shape)) == (dtype, shape)
        np.testing.assert_allclose(np.asarray(part, np.float64).ravel(), values, rtol=1e-3, atol=1e-6)


def test_64_bits_stay():
    wide = I.astype("int64")
    assert ops.sum(wide).dtype == ops.add(wide, I).dtype == ops.multiply(wide, 2).dtype == tf.int64
    assert ops.exp(wide).dtype == ops.add(wide, X).dtype == ops.add(wide, 0.5).dtype == tf.float32
    assert ops.mean(X.astype("float64")).dtype == tf.float64


def test_functions_of_models_are_layers_and_saved(tmp_path):
    x = tf.keras.Input((3,))
    joined = ops.concatenate([ops.exp(x), ops.max(x, axis=-1, keepdims=True)], axis=-1)
    products = ops.einsum("bi,bi->b", joined, joined)
    left, right = ops.split(joined, 2, axis=-1)
    outputs = [ops.where(joined > 1.0, joined, 0), products, left, right, ops.get_item(joined, (slice(None), 1))]
    assert [tuple(each.shape) for each in outputs] == [(None, 4), (None,), (None, 2), (None, 2), (None,)]
    model = tf.keras.Model(x, outputs)
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    for found, expected in zip(loaded(X), model(X), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(model(X)[2], np.exp(X)[:, :2], rtol=1e-6)


def test_a_config_names_functions_of_the_table_only():
    assert len(functions) > 180
    with pytest.raises(ValueError, match="Unknown op"):
        tf.keras.layers.TFOpLambda.from_config({"function": "keras.ops.vectorize", "name": "f"})


def test_gradients_eager_and_compiled():
    variable = tf.Variable(X[0])

    def gradient():
        with tf.GradientTape() as tape:
            loss = ops.sum(ops.square(ops.add(variable, [1, 2, 3])) * ops.cumsum(variable))
        return tape.gradient(loss, variable)

    np.testing.assert_allclose(gradient(), tf.function(gradient)(), rtol=1e-6)
    np.testing.assert_allclose(gradient(), [26.0, 12.25, 12.25], rtol=1e-6)


def test_vectorize():
    pair = ops.vectorize(lambda a, b: (a + b, a * b))([1.0, 2.0], [[3.0], [4.0]])
    assert [each.numpy().tolist() for each in pair] == [[[4.0, 5.0], [5.0, 6.0]], [[3.0, 6.0], [4.0, 8.0]]]
    rows = ops.vectorize(ops.matmul, signature="(m,k),(k)->(m)")(np.stack([X, Y]), [1.0, 1.0, 1.0])
    np.testing.assert_allclose(rows, [[0.0, 3.25], [2.5, -0.75]])
    power = ops.vectorize(lambda a, n: a**n, excluded={1})([1, 2, 3], 2)
    assert power.numpy().tolist() == [1, 4, 9]
    with pytest.raises(ValueError, match="2 arguments by place"):
        ops.vectorize(ops.matmul, signature="(m,k),(k)->(m)")(X)


@pytest.mark.parametrize(
    ("function", "args", "options", "words"),
    [
        (ops.split, (X, 2), {"axis": 1}, "array_split"),
        (ops.where, (X, X), {}, "both of x1 and x2"),
        (ops.pad, (X, 1, "reflect"), {"constant_values": 1}, "'constant' only"),
        (ops.select, ([X > 0], []), {}, "as many choices"),
        (ops.searchsorted, (X, 1.0), {}, "a vector in order"),
        (ops.rot90, ([1, 2],), {}, "at least 2 axes"),
        (ops.rot90, (X,), {"axes": (1, 1)}, "two different axes"),
    ],
)
def test_refused(function, args, options, words):
    with pytest.raises(ValueError, match=words):
        function(*args, **options)
    with pytest.raises(TypeError, match="of integers"):
        ops.ldexp(X, X)


def test_what_keras_3_says_of_odd_arguments():
    angles = ops.angle(np.float32([np.nan, -0.0, 0.0, -2.0])).numpy()
    assert np.isnan(angles[0]) and np.allclose(angles[1:], [np.pi, 0.0, np.pi])
    assert ops.slice(np.arange(12).reshape(3, 4), [1, 1], [-1, 2]).numpy().tolist() == [[5, 6], [9, 10]]
    assert ops.searchsorted([1.0, 2.0], [np.nan, 1.5]).numpy().tolist() == [2, 1]
    assert np.allclose(ops.rms_normalization(np.float32([3.0, 3.0]), 2.0), 2.0)
    assert np.allclose(ops.erfinv(np.float16([0.5])), 0.4769, atol=1e-3)


def test_elastic_noise_is_that_of_keras_3():
    image = np.float32(np.sin(np.arange(48.0))).reshape(1, 6, 8, 1)
    moved = ops.image.elastic_transform(image, seed=1).numpy()
    assert np.allclose(moved.ravel()[:3], [0.57012659, 0.66607279, 0.55699962], atol=1e-5)
