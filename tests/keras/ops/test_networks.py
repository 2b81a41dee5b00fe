"""Values and dtypes of the functions of networks, linear algebra and images as Keras 3.15 (on JAX) gives them."""

# ruff: noqa: E501

import math

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras import ops

X = np.array([[1.5, -2.0, 0.5], [0.25, 4.0, -1.0]], "float32")
I = np.array([[3, -2, 0], [5, 1, -4]], "int32")  # noqa: E741
M = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.0], [0.5, 0.0, 2.0]], "float32")
R = np.arange(24, dtype="float32").reshape(1, 3, 4, 2) / 10
K = (np.arange(12, dtype="float32").reshape(2, 3, 1, 2) - 5) / 4
T = np.linspace(0, 1, 8, dtype="float32").reshape(1, 4, 2)
P = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], "float32")
IMG = np.arange(36, dtype="float32").reshape(1, 3, 4, 3) / 36
A = np.sin(np.arange(16, dtype="float32")).reshape(1, 2, 2, 4)
inf, nan = math.inf, math.nan

CASES = [
    ('cast(X, "int32")', [("int32", (2, 3), [1, -2, 0, 0, 4, -1])]),
    ('saturate_cast(X * 100, "uint8")', [("uint8", (2, 3), [150, 0, 50, 25, 255, 0])]),
    ("slice(X, [1, 2], [1, 2])", [("float32", (1, 2), [4.0, -1.0])]),
    ("slice_update(X, [0, 1], X[:, :1])", [("float32", (2, 3), [1.5, 1.5, 0.5, 0.25, 0.25, -1.0])]),
    ("scatter([[0], [2], [0]], X[0], (4,))", [("float32", (4,), [2.0, 0.0, -2.0, 0.0])]),
    ('scatter_update(X, [[0, 1], [1, 2]], X[0, :2], "mul")', [("float32", (2, 3), [1.5, -3.0, 0.5, 0.25, 4.0, 2.0])]),
    (
        "unstack(X, axis=1)",
        [("float32", (2,), [1.5, 0.25]), ("float32", (2,), [-2.0, 4.0]), ("float32", (2,), [0.5, -1.0])],
    ),
    ("gelu(X)", [("float32", (2, 3), [1.3996, -0.045402, 0.34571, 0.14968, 3.9999, -0.15881])]),
    ("sigmoid(X)", [("float32", (2, 3), [0.81757, 0.1192, 0.62246, 0.56218, 0.98201, 0.26894])]),
    ("softmax(X, axis=(0, 1))", [("float32", (2, 3), [0.071689, 0.0021648, 0.026373, 0.020539, 0.87335, 0.0058846])]),
    ("hard_silu(X)", [("float32", (2, 3), [1.125, -0.33333, 0.29167, 0.13542, 4.0, -0.33333])]),
    ("relu6(I)", [("float32", (2, 3), [3.0, 0.0, 0.0, 5.0, 1.0, 0.0])]),
    (
        'conv(R, K[:, :, :, :], 1, "same")',
        [
            (
                "float32",
                (1, 3, 4, 2),
                [
                    1.8,
                    2.5,
                    2.2,
                    3.25,
                    2.2,
                    3.55,
                    0.4,
                    1.3,
                    2.6,
                    4.1,
                    2.2,
                    4.45,
                    2.2,
                    4.75,
                    -0.4,
                    1.3,
                    -1.65,
                    -0.85,
                    -3.85,
                    -2.65,
                    -4.3,
                    -2.95,
                    -4.15,
                    -3.25,
                ],
            )
        ],
    ),
    ("depthwise_conv(R, K[:, :, :1].repeat(2, 2), 2)", [("float32", (1, 1, 1, 4), [2.2, 3.1, 2.2, 3.25])]),
    (
        'conv_transpose(R[..., :1], K.transpose(0, 1, 3, 2), 2, "same", 1)',
        [
            (
                "float32",
                (1, 5, 8, 2),
                [
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    -0.25,
                    -0.2,
                    -0.15,
                    -0.1,
                    -0.55,
                    -0.4,
                    -0.3,
                    -0.2,
                    -0.85,
                    -0.6,
                    -0.45,
                    -0.3,
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    0.05,
                    0.1,
                    0.15,
                    0.2,
                    0.35,
                    0.5,
                    0.3,
                    0.4,
                    0.65,
                    0.9,
                    0.45,
                    0.6,
                    -1.0,
                    -0.8,
                    -0.6,
                    -0.4,
                    -1.45,
                    -1.0,
                    -0.75,
                    -0.5,
                    -1.75,
                    -1.2,
                    -0.9,
                    -0.6,
                    -2.05,
                    -1.4,
                    -1.05,
                    -0.7,
                    0.2,
                    0.4,
                    0.6,
                    0.8,
                    1.25,
                    1.7,
                    0.75,
                    1.0,
                    1.55,
                    2.1,
                    0.9,
                    1.2,
                    1.85,
                    2.5,
                    1.05,
                    1.4,
                    -2.0,
                    -1.6,
                    -1.2,
                    -0.8,
                    -2.65,
                    -1.8,
                    -1.35,
                    -0.9,
                    -2.95,
                    -2.0,
                    -1.5,
                    -1.0,
                    -3.25,
                    -2.2,
                    -1.65,
                    -1.1,
                ],
            )
        ],
    ),
    (
        "max_pool(R, (2, 2), (1, 1))",
        [("float32", (1, 2, 3, 2), [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.8, 1.9, 2.0, 2.1, 2.2, 2.3])],
    ),
    ('average_pool(R, (2, 2), (2, 2), "same")', [("float32", (1, 2, 2, 2), [0.5, 0.6, 0.9, 1.0, 1.7, 1.8, 2.1, 2.2])]),
    (
        "adaptive_average_pool(R, (2, 3))",
        [("float32", (1, 2, 3, 2), [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8])],
    ),
    (
        "adaptive_max_pool(R, (2, 3))",
        [("float32", (1, 2, 3, 2), [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.8, 1.9, 2.0, 2.1, 2.2, 2.3])],
    ),
    (
        "unfold(R.transpose(0, 3, 1, 2), 2, 1, 1, 2)",
        [
            (
                "float32",
                (1, 8, 6),
                [
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    1.0,
                    1.4,
                    0.0,
                    0.0,
                    0.0,
                    0.8,
                    1.2,
                    0.0,
                    0.0,
                    0.2,
                    0.6,
                    0.0,
                    1.8,
                    2.2,
                    0.0,
                    0.4,
                    0.0,
                    1.6,
                    2.0,
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    1.1,
                    1.5,
                    0.0,
                    0.0,
                    0.0,
                    0.9,
                    1.3,
                    0.0,
                    0.0,
                    0.3,
                    0.7,
                    0.0,
                    1.9,
                    2.3,
                    0.1,
                    0.5,
                    0.0,
                    1.7,
                    2.1,
                    0.0,
                ],
            )
        ],
    ),
    (
        'depth_to_space(A.transpose(0, 3, 1, 2), 2, "channels_first")',
        [
            (
                "float32",
                (1, 1, 4, 4),
                [
                    0.0,
                    0.84147,
                    -0.7568,
                    -0.95892,
                    0.9093,
                    0.14112,
                    -0.27942,
                    0.65699,
                    0.98936,
                    0.41212,
                    -0.53657,
                    0.42017,
                    -0.54402,
                    -0.99999,
                    0.99061,
                    0.65029,
                ],
            )
        ],
    ),
    ("moments(X, [0])", [("float32", (3,), [0.875, 1.0, -0.25]), ("float32", (3,), [0.39062, 9.0, 0.5625])]),
    (
        "batch_normalization(X, X[0], np.abs(X[1]), -1, X[1], X[0])",
        [("float32", (2, 3), [0.25, 4.0, -1.0, -3.4925, -1.9993, -1.7496])],
    ),
    (
        "layer_normalization(X, X[0], X[1])",
        [("float32", (2, 3), [1.7786, 6.7175, -0.83016, -0.33835, 1.2544, -1.4903])],
    ),
    ("rms_normalization(X, X[0])", [("float32", (2, 3), [1.5286, 2.7175, 0.16984, 0.15724, -3.3545, -0.20966])]),
    ("normalize(X, order=1)", [("float32", (2, 3), [0.375, -0.5, 0.125, 0.047619, 0.7619, -0.19048])]),
    ("one_hot([2, -1], 3)", [("float32", (2, 3), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0])]),
    ("multi_hot([[0, 2]], 4)", [("float32", (1, 4), [1.0, 0.0, 1.0, 0.0])]),
    (
        "binary_crossentropy([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]], P)",
        [("float32", (2, 3), [0.22314, 0.69315, 1.204, 0.51083, 0.35667, 0.10536])],
    ),
    ("categorical_crossentropy([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], X, True)", [("float32", (2,), [3.8351, 3.7798])]),
    ("sparse_categorical_crossentropy([1, 0], P)", [("float32", (2,), [0.69315, 0.51083])]),
    ("ctc_loss([[1, 2]], X[None], [1], [2])", [("float32", (1,), [0.33447])]),
    (
        "ctc_decode(A[0].transpose(1, 0, 2), [2, 1])",
        [("int32", (1, 2, 2), [2, -1, 3, -1]), ("float32", (2, 1), [-1.8987, -0.65699])],
    ),
    (
        'ctc_decode(A[0].transpose(1, 0, 2), [2, 1], "beam_search", 4, 2)',
        [
            ("int32", (2, 2, 2), [1, -1, 3, -1, 2, -1, 2, -1]),
            ("float32", (2, 2), [-1.1573, -1.4148, -0.60648, -1.5429]),
        ],
    ),
    (
        "dot_product_attention(A, A[:, :, :1], A[:, :, 1:], is_causal=True)",
        [
            (
                "float32",
                (1, 2, 2, 4),
                [
                    -0.7568,
                    -0.95892,
                    -0.27942,
                    0.65699,
                    -0.7568,
                    -0.95892,
                    -0.27942,
                    0.65699,
                    -0.58131,
                    0.14002,
                    0.73262,
                    0.65165,
                    -0.71484,
                    -0.69615,
                    -0.037422,
                    0.65571,
                ],
            )
        ],
    ),
    (
        "polar(P, X)",
        [
            (
                "complex64",
                (2, 3),
                [
                    (0.014147 + 0.1995j),
                    (-0.20807 - 0.45465j),
                    (0.26327 + 0.14383j),
                    (0.58135 + 0.14844j),
                    (-0.19609 - 0.22704j),
                    (0.05403 - 0.084147j),
                ],
            )
        ],
    ),
    ("cdist(X, P)", [("float32", (2, 2), [2.8249, 2.502, 3.734, 3.8759])]),
    ("erfinv(P)", [("float32", (2, 3), [0.17914, 0.47694, 0.27246, 0.59512, 0.27246, 0.088856])]),
    ("extract_sequences(X, 2, 1)", [("float32", (2, 2, 2), [1.5, -2.0, -2.0, 0.5, 0.25, 4.0, 4.0, -1.0])]),
    (
        "fft2((X, X))",
        [
            ("float32", (2, 3), [3.25, 3.1651, -1.1651, -3.25, -2.9952, 9.9952]),
            ("float32", (2, 3), [3.25, -1.1651, 3.1651, -3.25, 9.9952, -2.9952]),
        ],
    ),
    (
        "irfft((P, X), 5)",
        [("float32", (2, 5), [0.36, 0.64801, 0.57572, -0.74516, -0.63857, 0.28, -1.1619, -1.2856, 1.3562, 1.4113])],
    ),
    (
        "stft(X.ravel(), 3, 2, 4)",
        [
            ("float32", (4, 3), [-0.375, -1.125, 2.625, -1.125, -0.375, 1.875, 3.1875, -3.0, 2.8125, 2.25, -3.0, 3.75]),
            ("float32", (4, 3), [0.0, 1.5, 0.0, 0.0, 1.5, 0.0, 0.0, -0.1875, 0.0, 0.0, 0.75, 0.0]),
        ],
    ),
    ("istft((T, T), 2, 1, 2)", [("float32", (1, 3), [-0.071429, -0.071429, -0.071429])]),
    ("in_top_k([1, 0], X, 2)", [("bool", (2,), [False, True])]),
    ("top_k(X, 2)", [("float32", (2, 2), [1.5, 0.5, 4.0, 0.25]), ("int32", (2, 2), [0, 2, 1, 0])]),
    ("segment_max(X, I[:, 0] - 3, 3)", [("float32", (3, 3), [1.5, -2.0, 0.5, -inf, -inf, -inf, 0.25, 4.0, -1.0])]),
    ("logsumexp(X, axis=1)", [("float32", (2,), [1.8351, 4.0298])]),
    ("cholesky(M, upper=True)", [("float32", (3, 3), [2.0, 0.5, 0.25, 0.0, 1.6583, -0.075378, 0.0, 0.0, 1.3899])]),
    ("eigh(M)[0]", [("float32", (3,), [1.8139, 2.5, 4.6861])]),
    ("lstsq(M[:, :2], M[:, 2])", [("float32", (2,), [0.21457, -0.1002])]),
    (
        "lu_factor(M)",
        [
            ("float32", (3, 3), [4.0, 1.0, 0.5, 0.25, 2.75, -0.125, 0.125, -0.045455, 1.9318]),
            ("int32", (3,), [0, 1, 2]),
        ],
    ),
    ('norm(M, "nuc", (0, 1))', [("float32", (), [9.0])]),
    ("norm(I, 1, 1)", [("float32", (2,), [5.0, 10.0])]),
    ("matrix_rank(M)", [("int32", (), [3])]),
    ("solve_triangular(M, X[0])", [("float32", (3,), [0.51042, -0.66667, 0.25])]),
    (
        'image.resize(IMG, (2, 3), "bicubic", True)',
        [
            (
                "float32",
                (1, 2, 3, 3),
                [
                    0.11909,
                    0.14687,
                    0.17465,
                    0.22826,
                    0.25604,
                    0.28382,
                    0.33744,
                    0.36521,
                    0.39299,
                    0.57923,
                    0.60701,
                    0.63479,
                    0.6884,
                    0.71618,
                    0.74396,
                    0.79758,
                    0.82535,
                    0.85313,
                ],
            )
        ],
    ),
    (
        "image.resize(IMG, (2, 2), pad_to_aspect_ratio=True)",
        [
            (
                "float32",
                (1, 2, 2, 3),
                [
                    0.125,
                    0.15278,
                    0.18056,
                    0.29167,
                    0.31944,
                    0.34722,
                    0.625,
                    0.65278,
                    0.68056,
                    0.79167,
                    0.81944,
                    0.84722,
                ],
            )
        ],
    ),
    (
        "image.pad_images(IMG[..., :1], 1, 0, target_height=5, target_width=4)",
        [
            (
                "float32",
                (1, 5, 4, 1),
                [
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                    0.083333,
                    0.16667,
                    0.25,
                    0.33333,
                    0.41667,
                    0.5,
                    0.58333,
                    0.66667,
                    0.75,
                    0.83333,
                    0.91667,
                    0.0,
                    0.0,
                    0.0,
                    0.0,
                ],
            )
        ],
    ),
    (
        "image.extract_patches(IMG[..., :1], 2, 1)",
        [
            (
                "float32",
                (1, 2, 3, 4),
                [
                    0.0,
                    0.083333,
                    0.33333,
                    0.41667,
                    0.083333,
                    0.16667,
                    0.41667,
                    0.5,
                    0.16667,
                    0.25,
                    0.5,
                    0.58333,
                    0.33333,
                    0.41667,
                    0.66667,
                    0.75,
                    0.41667,
                    0.5,
                    0.75,
                    0.83333,
                    0.5,
                    0.58333,
                    0.83333,
                    0.91667,
                ],
            )
        ],
    ),
    ('image.map_coordinates(X, [[0.5, 1.5], [-1.0, 1.2]], 1, "reflect")', [("float32", (2,), [0.875, 3.0])]),
    (
        'image.affine_transform(IMG[..., :1], np.array([0.5, 0.1, 0.3, 0, 1.2, -0.5, 0, 0], "float32"), "bilinear", "wrap")',
        [
            (
                "float32",
                (1, 3, 4, 1),
                [0.35833, 0.4, 0.44167, 0.48333, 0.26667, 0.30833, 0.35, 0.39167, 0.675, 0.71667, 0.75833, 0.8],
            )
        ],
    ),
    (
        'image.perspective_transform(IMG[0, ..., :1], np.array([[0, 0], [3, 0], [0, 2], [3, 2]], "float32"), np.array([[0, 0], [3, 0.5], [0, 2], [3, 2]], "float32"))',
        [
            (
                "float32",
                (3, 4, 1),
                [0.0, 0.055785, 0.09, 0.083333, 0.33333, 0.37121, 0.41667, 0.47222, 0.66667, 0.73485, 0.81667, 0.91667],
            )
        ],
    ),
    (
        'image.gaussian_blur(IMG[..., :1], (3, 3), (1.0, 0.5), "channels_last")',
        [
            (
                "float32",
                (1, 3, 4, 1),
                [
                    0.046179,
                    0.10996,
                    0.18442,
                    0.16752,
                    0.26482,
                    0.41667,
                    0.5,
                    0.40062,
                    0.42704,
                    0.63462,
                    0.70908,
                    0.54838,
                ],
            )
        ],
    ),
    (
        "image.sobel_edges(IMG[..., :1])",
        [
            (
                "float32",
                (1, 3, 4, 1, 2),
                [
                    1.0833,
                    0.58333,
                    1.6667,
                    0.5,
                    2.0,
                    0.5,
                    1.6667,
                    -0.83333,
                    2.0,
                    1.6667,
                    2.6667,
                    0.66667,
                    2.6667,
                    0.66667,
                    2.0,
                    -2.0,
                    -1.0833,
                    1.9167,
                    -1.6667,
                    0.5,
                    -2.0,
                    0.5,
                    -1.6667,
                    -2.1667,
                ],
            )
        ],
    ),
    (
        'image.scale_and_translate(X, (2, 2), [0.7], [0.1], (1,), "linear")',
        [("float32", (2, 2), [0.55769, -0.75, 1.2596, 1.5])],
    ),
]

DRAWS = [
    ("normal((2,), 1.0, 2.0, seed=7)", [0.1241, -0.1791]),
    ("uniform((2,), -1.0, 2.0, seed=7)", [-0.0079, -0.1667]),
    ("randint((3,), 0, 100, seed=7)", [80.0, 14.0, 39.0]),
    ("truncated_normal((2,), seed=7)", [-0.4168, -0.5596]),
    ("gamma((2,), 2.0, seed=7)", [0.224, 2.1135]),
    ('categorical(np.array([[0.1, 0.2, 0.7]], "float32"), 4, seed=7)', [2.0, 2.0, 2.0, 1.0]),
    ('dropout(np.ones(4, "float32"), 0.4, seed=7)', [1.6667, 1.6667, 1.6667, 0.0]),
    ("shuffle(np.arange(4), seed=7)", [3.0, 0.0, 2.0, 1.0]),
]
NAMES = {"np": np, "X": X, "I": I, "M": M, "R": R, "K": K, "T": T, "P": P, "IMG": IMG, "A": A}


@pytest.mark.parametrize(("call", "expected"), CASES)
def test_numbers(call, expected):
    made = eval(f"ops.{call}", {**NAMES, "ops": ops})
    made = made if isinstance(made, list | tuple) else [made]
    assert len(made) == len(expected)
    for one, (dtype, shape, numbers) in zip(made, expected, strict=True):
        assert (one.dtype.name, tuple(one.shape)) == (dtype, shape)
        np.testing.assert_allclose(one.numpy().ravel(), np.array(numbers), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("call", "expected"), DRAWS)
def test_draws(call, expected):
    made = eval(f"random.{call}", {"np": np, "random": keras.random})
    np.testing.assert_allclose(made.numpy().ravel(), expected, atol=2e-4)


def test_generators():
    generator = keras.random.SeedGenerator(3)

    @tf.function
    def draw():
        return keras.random.uniform((2,), seed=generator)

    first, second = draw().numpy(), draw().numpy()
    assert (first != second).all()
    assert generator.state.numpy().tolist() == [3, 2]
    again = keras.random.SeedGenerator.from_config(generator.get_config())
    np.testing.assert_array_equal(keras.random.uniform((2,), seed=again).numpy(), first)


def test_loops_in_functions():
    @tf.function
    def run(x):
        last, sums = ops.scan(lambda c, row: (c + row, 2 * c), 0.0, x)
        product = ops.fori_loop(0, 3, lambda i, v: v * x[i], 1.0)
        return (
            last,
            sums,
            product,
            ops.map(lambda row: ops.cast(row, "int32"), x),
            ops.switch(7, [ops.relu, ops.exp], -x),
        )

    x = tf.constant([1.0, 2.0, 3.0])
    found = [each.numpy().tolist() for each in run(x)]
    assert found[:4] == [6.0, [0.0, 2.0, 6.0], 6.0, [1, 2, 3]]
    np.testing.assert_allclose(found[4], np.exp([-1.0, -2.0, -3.0]), rtol=1e-6)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = ops.scan(lambda c, row: (c * row, c), 1.0, x)[0]
    assert tape.gradient(total, x).numpy().tolist() == [6.0, 3.0, 2.0]


def test_models_of_ops():
    inputs = keras.Input((4, 4, 2))
    x = ops.max_pool(ops.conv(inputs, np.ones((3, 3, 2, 2), "float32"), 1, "same"), (2, 2), (2, 2))
    x = ops.layer_normalization(ops.softmax(ops.reshape(x, (-1, 8))))
    model = keras.Model(inputs, ops.one_hot(ops.argmax(x, axis=-1), 8))
    assert model.output_shape == (None, 8)
    numbers = np.zeros((2, 4, 4, 2), "float32")
    numbers[:, 3, 3] = 1
    copied = keras.Model.from_config(model.get_config())
    assert copied(numbers).numpy().argmax(-1).tolist() == model(numbers).numpy().argmax(-1).tolist() == [6, 6]


def test_wrong_arguments():
    with pytest.raises(ValueError, match="one of the sides|exactly two"):
        ops.image.crop_images(IMG, 1, 1)
    with pytest.raises(ValueError, match="interpolation"):
        ops.image.resize(IMG, (2, 2), "cubic spline")
    with pytest.raises(ValueError, match="same shape"):
        ops.categorical_crossentropy(P, P[:1])
    with pytest.raises(ValueError, match="reduction"):
        ops.scatter_update(X, [[0, 0]], [1.0], "mean")
    with pytest.raises(ValueError, match="integer"):
        keras.random.randint((2,), 0, 3, "float32")
