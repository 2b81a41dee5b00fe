"""Diagonals, decompositions, solvers and functions of matrices."""

import itertools

import numpy as np
import pytest
import scipy.linalg

import addax as tf

RNG = np.random.RandomState(0)
A = RNG.randn(2, 4, 4)
SPD = A @ A.swapaxes(1, 2) + 4 * np.eye(4)
TALL = RNG.randn(5, 3)
B = RNG.randn(2, 4, 2)

# ---------------------------------------------------------------------------- diagonals


@pytest.mark.parametrize("align", ["RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT"])
@pytest.mark.parametrize("k", [0, 1, -2, (-1, 2), (-2, -1), (0, 1)])
def test_diagonals_there_and_back(k, align):
    x = np.arange(1.0, 13.0).reshape(3, 4)
    low, high = k if isinstance(k, tuple) else (k, k)
    part = tf.linalg.diag_part(x, k=k, align=align, padding_value=-1.0)
    rows = part.numpy().reshape(high - low + 1, -1)
    for row, d in zip(rows, range(high, low - 1, -1), strict=True):
        expected = np.diagonal(x, d)
        right = align.split("_")[0 if d >= 0 else 1] == "RIGHT"
        assert (row[len(row) - len(expected) :] if right else row[: len(expected)]).tolist() == expected.tolist()
    band = (np.arange(4) - np.arange(3)[:, None] >= low) & (np.arange(4) - np.arange(3)[:, None] <= high)
    made = tf.linalg.diag(part, k=k, num_rows=3, num_cols=4, align=align)
    np.testing.assert_array_equal(made, np.where(band, x, 0))
    np.testing.assert_array_equal(tf.linalg.set_diag(x, part * 10, k=k, align=align), np.where(band, 10 * x, x))


def test_diagonal_gradients(check_gradient):
    check_gradient(lambda x: tf.linalg.diag_part(x, k=(-1, 1)), A[0, :3, :3])
    check_gradient(lambda x: tf.linalg.diag(x, k=1), A[0, 0, :3])
    check_gradient(lambda x, d: tf.linalg.set_diag(x, d), A[0, :2, :2], A[0, 0, :2])


def test_bands_traces_and_tensors():
    x = np.arange(12.0).reshape(3, 4)
    for low, high in itertools.product([-1, 0, 1], [-1, 0, 2]):
        expected = np.tril(np.triu(x, -low if low >= 0 else -9), high if high >= 0 else 9)
        np.testing.assert_array_equal(tf.linalg.band_part(x, low, high), expected)
    np.testing.assert_allclose(tf.linalg.trace(A), np.trace(A, axis1=1, axis2=2))
    assert tf.linalg.tensor_diag([[1, 2]]).shape == (1, 2, 1, 2)
    assert tf.linalg.tensor_diag_part(tf.linalg.tensor_diag([[1, 2]])).numpy().tolist() == [[1, 2]]


def test_diagonal_refusals():
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of bound"):
        tf.linalg.diag_part(np.ones((3, 4)), k=7)
    with pytest.raises(tf.errors.InvalidArgumentError, match="diagonal"):
        tf.linalg.set_diag(np.ones((3, 3)), [0.0, 0.0])
    with pytest.raises(ValueError, match="align"):
        tf.linalg.diag([1.0], align="UP")


# ---------------------------------------------------------------------------- decompositions


def test_cholesky(check_gradient):
    np.testing.assert_allclose(tf.linalg.cholesky(SPD), np.linalg.cholesky(SPD))
    below = np.tril(SPD[0]) + np.triu(np.full((4, 4), 99.0), 1)
    np.testing.assert_allclose(tf.linalg.cholesky(below), np.linalg.cholesky(SPD[0]))
    assert np.isnan(tf.linalg.cholesky([[1.0, 2.0], [2.0, 1.0]])).any()
    x = tf.constant(SPD[0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.linalg.cholesky(x))
    grad = tape.gradient(y, x).numpy()
    np.testing.assert_allclose(grad, grad.T)
    np.testing.assert_allclose(tf.linalg.cholesky_solve(tf.linalg.cholesky(SPD), B), np.linalg.solve(SPD, B))
    check_gradient(tf.linalg.cholesky_solve, np.linalg.cholesky(SPD[0]), B[0])


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
@pytest.mark.parametrize("full", [False, True])
def test_qr_and_svd(shape, full):
    x = RNG.randn(2, *shape)
    q, r = tf.linalg.qr(x, full_matrices=full)
    np.testing.assert_allclose(q @ r, x, atol=1e-12)
    assert q.shape[-1] == (shape[0] if full else min(shape))
    np.testing.assert_allclose(tf.matmul(q, q, adjoint_a=True), np.eye(q.shape[-1]) + np.zeros((2, 1, 1)), atol=1e-12)
    s, u, v = tf.linalg.svd(x, full_matrices=full)
    k = min(shape)
    np.testing.assert_allclose((u[..., :k] * s[:, None]) @ tf.linalg.adjoint(v[..., :k]), x, atol=1e-12)
    np.testing.assert_allclose(tf.linalg.svd(x, compute_uv=False), np.linalg.svd(x, compute_uv=False))


def test_gradients_of_qr_and_svd(check_gradient):
    check_gradient(lambda x: tf.linalg.qr(x)[1], TALL[:3, :2])
    check_gradient(lambda x: tf.linalg.qr(x)[1], TALL[:3, :2].T)
    check_gradient(lambda x: tf.linalg.svd(x, compute_uv=False), TALL[:3, :2])


def test_lu():
    packed, p = tf.linalg.lu(A)
    np.testing.assert_allclose(tf.linalg.lu_reconstruct(packed, p), A)
    np.testing.assert_allclose(tf.linalg.lu_solve(packed, p, B), np.linalg.solve(A, B))
    np.testing.assert_allclose(tf.linalg.lu_matrix_inverse(packed, p), np.linalg.inv(A))
    assert tf.linalg.lu(A, output_idx_type=tf.int64).p.dtype == tf.int64


def test_eigenvalues(check_gradient):
    e, v = tf.linalg.eigh(SPD)
    np.testing.assert_allclose(e, np.linalg.eigvalsh(SPD))
    np.testing.assert_allclose(SPD @ v, v * e[:, None], atol=1e-10)
    e, v = tf.linalg.eig(A)
    np.testing.assert_allclose(tf.cast(A, tf.complex128) @ v, v * e[:, None], atol=1e-10)
    np.testing.assert_allclose(np.sort_complex(tf.linalg.eigvals(A[0])), np.sort_complex(np.linalg.eigvals(A[0])))
    check_gradient(lambda x: tf.linalg.eigvalsh(x + tf.linalg.adjoint(x)), A[0, :3, :3])
    check_gradient(lambda x: tf.abs(tf.linalg.eig(x)[1]), np.array([[2.0, 1.0], [0.5, -1.0]]))


def test_eigenvalues_of_tridiagonal_matrices():
    alpha, beta = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.7])
    full = np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1)
    expected = np.linalg.eigvalsh(full)
    e, v = tf.linalg.eigh_tridiagonal(alpha, beta, eigvals_only=False)
    np.testing.assert_allclose(e, expected)
    np.testing.assert_allclose(full @ v, v * e, atol=1e-12)
    np.testing.assert_allclose(tf.linalg.eigh_tridiagonal(alpha, beta, select="i", select_range=(0, 1)), expected[:2])
    inside = tf.linalg.eigh_tridiagonal(alpha, beta, select="v", select_range=(1.5, 9.0))
    np.testing.assert_allclose(inside, expected[1:])
    with pytest.raises(ValueError, match="select"):
        tf.linalg.eigh_tridiagonal(alpha, beta, select="x")


# ---------------------------------------------------------------------------- solvers


def test_inverse_and_solve(check_gradient):
    np.testing.assert_allclose(tf.linalg.inv(A), np.linalg.inv(A))
    np.testing.assert_allclose(tf.linalg.inv(A, adjoint=True), np.linalg.inv(A.swapaxes(1, 2)))
    np.testing.assert_allclose(tf.linalg.solve(A, B), np.linalg.solve(A, B))
    np.testing.assert_allclose(tf.linalg.solve(A, B, adjoint=True), np.linalg.solve(A.swapaxes(1, 2), B))
    check_gradient(tf.linalg.inv, A[0])
    check_gradient(tf.linalg.solve, A[0], B[0])


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("adjoint", [True, False])
def test_triangular_solve(lower, adjoint):
    expected = scipy.linalg.solve_triangular(A[0], B[0], lower=lower, trans="T" if adjoint else "N")
    np.testing.assert_allclose(tf.linalg.triangular_solve(A[0], B[0], lower=lower, adjoint=adjoint), expected)
    np.testing.assert_allclose(tf.linalg.triangular_solve(A, B[0], lower=lower, adjoint=adjoint)[0], expected)


def test_singular_matrices_are_refused():
    for op in (
        lambda: tf.linalg.inv(tf.zeros((2, 2))),
        lambda: tf.linalg.solve([[1.0, 2.0], [2.0, 4.0]], [[1.0], [2.0]]),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="not invertible"):
            op()
    with pytest.raises(tf.errors.InvalidArgumentError, match="square"):
        tf.linalg.inv(tf.ones((2, 3)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="rhs"):
        tf.linalg.solve(A[0], [1.0, 2.0, 3.0, 4.0])


def test_least_squares(check_gradient):
    b = RNG.randn(5, 2)
    expected = np.linalg.lstsq(TALL, b, rcond=None)[0]
    np.testing.assert_allclose(tf.linalg.lstsq(TALL, b), expected)
    np.testing.assert_allclose(tf.linalg.lstsq(TALL, b, fast=False), expected)
    ridge = np.linalg.solve(TALL.T @ TALL + 0.5 * np.eye(3), TALL.T @ b)
    np.testing.assert_allclose(tf.linalg.lstsq(TALL, b, l2_regularizer=0.5), ridge)
    wide = RNG.randn(3, 1)
    np.testing.assert_allclose(tf.linalg.lstsq(TALL.T, wide), np.linalg.lstsq(TALL.T, wide, rcond=None)[0])
    np.testing.assert_allclose(tf.linalg.pinv(TALL), np.linalg.pinv(TALL))
    np.testing.assert_allclose(tf.linalg.pinv([[1.0, 2.0], [2.0, 4.0]]), [[0.04, 0.08], [0.08, 0.16]], rtol=1e-5)
    check_gradient(tf.linalg.lstsq, TALL, b)


@pytest.mark.parametrize("options", [{}, {"partial_pivoting": False}, {"perturb_singular": True}])
def test_tridiagonal(options, check_gradient):
    above, main, below = [1.0, 2.0, 0.5, 0.0], [4.0, -3.0, 5.0, 2.0], [0.0, 1.0, 7.0, 1.0]
    full = np.diag(main) + np.diag(above[:3], 1) + np.diag(below[1:], -1)
    packed, rhs = np.array([above, main, below]), B[0]
    expected = np.linalg.solve(full, rhs)
    np.testing.assert_allclose(tf.linalg.tridiagonal_solve(packed, rhs, **options), expected)
    np.testing.assert_allclose(tf.linalg.tridiagonal_solve(packed, rhs[:, 0], **options), expected[:, 0])
    np.testing.assert_allclose(tf.linalg.tridiagonal_solve(packed, rhs.T, transpose_rhs=True, **options), expected)
    parts = [np.array(part) for part in (above[:3], main, below[1:])]
    np.testing.assert_allclose(tf.linalg.tridiagonal_solve(parts, rhs, "sequence", **options), expected)
    np.testing.assert_allclose(tf.linalg.tridiagonal_solve(full, rhs, "matrix", **options), expected)
    np.testing.assert_allclose(tf.linalg.tridiagonal_matmul(packed, rhs), full @ rhs)
    check_gradient(lambda d, r: tf.linalg.tridiagonal_solve(d, r, **options), packed, rhs[:, :1])


def test_tridiagonal_with_exchanged_rows_and_without_solution():
    hard = tf.constant([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0], [0.0, 5.0, 1.0]], tf.float64)
    full = np.array([[0.0, 1.0, 0.0], [5.0, 0.0, 2.0], [0.0, 1.0, 3.0]])
    np.testing.assert_allclose(tf.linalg.tridiagonal_solve(hard, [1.0, 2.0, 3.0]), np.linalg.solve(full, [1.0, 2, 3]))
    singular = [[1.0, 1.0, 0.0], [0.0, 4.0, 4.0], [0.0, 0.0, 1.0]]
    assert not np.isfinite(tf.linalg.tridiagonal_solve(singular, [1.0, 2.0, 3.0])).all()
    assert np.isfinite(tf.linalg.tridiagonal_solve(singular, [1.0, 2.0, 3.0], perturb_singular=True)).all()


@pytest.mark.parametrize("adjoint", [True, False])
def test_banded(adjoint):
    bands = np.array([[4.0, 5.0, 6.0], [9.0, 1.0, 2.0]])
    lower = np.diag(bands[0]) + np.diag(bands[1, 1:], -1)
    b = np.array([[1.0], [2.0], [3.0]])
    expected = np.linalg.solve(lower.T if adjoint else lower, b)
    np.testing.assert_allclose(tf.linalg.banded_triangular_solve(bands, b, adjoint=adjoint), expected)
    upper = np.diag(bands[0]) + np.diag(bands[1, :2], 1)
    expected = np.linalg.solve(upper.T if adjoint else upper, b)
    np.testing.assert_allclose(
        tf.linalg.banded_triangular_solve(bands[::-1], b, lower=False, adjoint=adjoint), expected
    )


# ---------------------------------------------------------------------------- functions of matrices


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, np.sqrt((TALL**2).sum())),
        ({"ord": 1}, np.abs(TALL).sum()),
        ({"ord": np.inf}, np.abs(TALL).max()),
        ({"ord": 3}, (np.abs(TALL) ** 3).sum() ** (1 / 3)),
        ({"ord": 2, "axis": 0}, np.linalg.norm(TALL, axis=0)),
        ({"ord": "fro", "axis": [0, 1]}, np.linalg.norm(TALL)),
        ({"ord": 1, "axis": [0, 1]}, np.linalg.norm(TALL, 1)),
        ({"ord": np.inf, "axis": [-2, -1]}, np.linalg.norm(TALL, np.inf)),
        ({"ord": 2, "axis": [0, 1]}, np.linalg.norm(TALL, 2)),
        ({"ord": 1, "axis": [0, 1], "keepdims": True}, [[np.linalg.norm(TALL, 1)]]),
    ],
)
def test_norms(options, expected):
    np.testing.assert_allclose(tf.norm(TALL, **options), expected)


def test_norm_options(check_gradient):
    check_gradient(lambda x: tf.norm(x, axis=1), TALL)
    unit, size = tf.linalg.normalize(TALL, axis=1)
    np.testing.assert_allclose(unit * size, TALL)
    for bad in ({"ord": "fro"}, {"ord": 3, "axis": [0, 1]}, {"ord": -1}, {"axis": [0, 0]}):
        with pytest.raises(ValueError, match="ord|axis"):
            tf.norm(TALL, **bad)


def test_determinants(check_gradient):
    np.testing.assert_allclose(tf.linalg.det(A), np.linalg.det(A))
    sign, log = tf.linalg.slogdet(A)
    np.testing.assert_allclose(sign * tf.exp(log), np.linalg.det(A))
    np.testing.assert_allclose(tf.linalg.logdet(SPD), np.linalg.slogdet(SPD)[1])
    check_gradient(tf.linalg.det, A[0])
    assert tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).numpy() == 1
    assert tf.linalg.matrix_rank(A).numpy().tolist() == [4, 4]


def test_exponential_logarithm_and_root(check_gradient):
    np.testing.assert_allclose(tf.linalg.expm(A), [scipy.linalg.expm(a) for a in A])
    root = tf.linalg.sqrtm(SPD)
    np.testing.assert_allclose(root @ root, SPD)
    np.testing.assert_allclose(root[0], scipy.linalg.sqrtm(SPD[0]))
    logarithm = tf.linalg.logm(tf.cast(SPD, tf.complex128))
    np.testing.assert_allclose(tf.linalg.expm(logarithm), SPD.astype(complex), rtol=1e-9, atol=1e-9)
    check_gradient(tf.linalg.expm, A[0, :3, :3])
    check_gradient(tf.linalg.sqrtm, SPD[0, :3, :3])


def test_transposes():
    z = A + 1j
    np.testing.assert_array_equal(tf.linalg.adjoint(z), z.conj().swapaxes(1, 2))
    np.testing.assert_array_equal(tf.linalg.matrix_transpose(z), z.swapaxes(1, 2))
    np.testing.assert_array_equal(tf.linalg.matrix_transpose(z, conjugate=True), z.conj().swapaxes(1, 2))
    with pytest.raises(ValueError, match="2 or more"):
        tf.linalg.matrix_transpose([1.0])


@pytest.mark.parametrize(
    ("shape", "order", "axis"), [((3, 0), 1, (-2, -1)), ((3, 0), 2, (-2, -1)), ((0, 3), np.inf, (0, 1))]
)
def test_norms_of_empty_matrices(shape, order, axis):
    assert tf.norm(tf.zeros(shape), order, axis).numpy() == -np.inf
    assert tf.linalg.matrix_rank(tf.zeros(shape)).numpy() == 0


def test_half_matrices():
    a = tf.constant([[2.0, 1.0], [0.0, 4.0]], tf.float16)
    assert tf.linalg.inv(a).dtype == tf.float16 and tf.linalg.inv(a).numpy().tolist() == [[0.5, -0.125], [0, 0.25]]
    q, r = tf.linalg.qr(a)
    assert q.dtype == r.dtype == tf.float16
    np.testing.assert_allclose(tf.matmul(q, r), a, atol=1e-3)


def test_dtypes_without_a_computation_are_bad_arguments():
    for kind in (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
        with pytest.raises(kind, match="bfloat16"):
            tf.linalg.cholesky(tf.eye(2, dtype=tf.bfloat16))


def weighted_slopes(function, value):
    value = tf.constant(value)
    with tf.GradientTape() as tape:
        tape.watch(value)
        outs = tf.nest.flatten(function(value))
    weights = [
        tf.cast(tf.reshape(tf.range(each.shape.num_elements()) % 5 + 1, each.shape), each.dtype) for each in outs
    ]
    return tape.gradient(outs, value, output_gradients=weights).numpy()


def test_matrices_of_no_rows():
    assert tf.linalg.sqrtm(np.zeros((2, 0, 0))).shape == (2, 0, 0)
    assert weighted_slopes(tf.linalg.det, np.zeros((2, 0, 0))).shape == (2, 0, 0)
    assert tf.linalg.slogdet(np.zeros((0, 0))).log_abs_determinant.numpy() == 0


def test_gradients_of_complex_determinants():
    # TensorFlow multiplies by the determinant itself, and takes the sign for a constant.
    a = np.array([[1 + 1j, 2], [0.5j, 3 - 1j]])
    inverse = np.linalg.inv(a).conj().T
    np.testing.assert_allclose(weighted_slopes(tf.linalg.det, a), np.linalg.det(a) * inverse)
    np.testing.assert_allclose(weighted_slopes(tf.linalg.slogdet, a), inverse)


def test_gradient_of_full_singular_vectors():
    a = np.array([[0.6, -0.4, 1.0], [0.3, 0.9, -0.7]])

    def parts(x):
        s, u, v = tf.linalg.svd(x, full_matrices=True)
        return [s, tf.abs(u) ** 2, tf.abs(v) ** 2]

    np.testing.assert_allclose(
        weighted_slopes(parts, a).ravel(), [0.6546, 0.9455, 1.5071, -1.4203, 4.0932, 2.4817], atol=1e-4
    )


def test_tridiagonal_gradients_are_not_conjugated():
    diagonals = np.array([[1 + 1j, 0.5j, 0], [4, 5 + 1j, 6], [0, 1 - 1j, 2]])
    with tf.GradientTape() as tape:
        rhs = tf.constant([1 + 0j, 2j, 3 + 0j])
        tape.watch(rhs)
        x = tf.linalg.tridiagonal_solve(diagonals, rhs)
    dense = np.array([[4, 1 + 1j, 0], [1 - 1j, 5 + 1j, 0.5j], [0, 2, 6]])
    np.testing.assert_allclose(tape.gradient(x, rhs), np.linalg.inv(dense).sum(0))


def test_norms_of_integers():
    assert tf.norm(tf.constant([[100, -100], [100, 3]], tf.int8), ord=1, axis=[-2, -1]).numpy() == 103
    assert tf.norm(tf.constant([1, -3]), ord=np.inf).dtype == tf.int32
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.norm(tf.constant([1, -3]))


def test_half_precision_and_no_rows():
    values = tf.linalg.eigh_tridiagonal(tf.constant([1, 2, 3], tf.float16), tf.constant([0.5, 0.5], tf.float16))
    assert values.dtype == tf.float16
    np.testing.assert_allclose(values, [0.7753, 2.0, 3.2247], atol=2e-3)
    assert tf.linalg.logm(tf.zeros([2, 0, 0], tf.complex64)).shape == (2, 0, 0)


def test_gradients_of_complex_square_roots_are_not_conjugated():
    x = tf.constant([[4j]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        root = tf.linalg.sqrtm(x)
    np.testing.assert_allclose(tape.gradient(root, x), 1 / (2 * root))  # and not the conjugate of that
