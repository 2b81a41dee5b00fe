"""Linear operators: every method of every operator against its dense matrix."""

import itertools

import numpy as np
import pytest
import scipy.linalg

import addax as tf

RNG = np.random.RandomState(0)
L = tf.linalg
A = RNG.randn(3, 3) + 3 * np.eye(3)
SPD = A @ A.T
BATCH = RNG.randn(2, 3, 3) + 3 * np.eye(3)
DIAG = L.LinearOperatorDiag(np.array([2.0, -3.0, 0.5]))
FULL = L.LinearOperatorFullMatrix(A)
POSITIVE = L.LinearOperatorFullMatrix(SPD, is_self_adjoint=True, is_positive_definite=True)
U = RNG.randn(3, 2)
SMALL = L.LinearOperatorFullMatrix(A[:2, :2])

CASES = {
    "full": (FULL, A),
    "batch": (L.LinearOperatorFullMatrix(BATCH), BATCH),
    "positive": (POSITIVE, SPD),
    "diag": (DIAG, np.diag([2.0, -3.0, 0.5])),
    "complex diag": (L.LinearOperatorDiag(np.array([1j, 2.0])), np.diag([1j, 2.0])),
    "identity": (L.LinearOperatorIdentity(3, dtype=tf.float64), np.eye(3)),
    "identities": (L.LinearOperatorIdentity(3, [2], tf.float64), np.stack([np.eye(3)] * 2)),
    "scaled": (L.LinearOperatorScaledIdentity(3, np.array([2.0, -1.0])), np.stack([2 * np.eye(3), -np.eye(3)])),
    "triangular": (L.LinearOperatorLowerTriangular(A), np.tril(A)),
    "tridiagonal": (
        L.LinearOperatorTridiag(np.array([[1.0, 2, 0], [4, 5, 6], [0, 0.5, 0.7]])),
        np.array([[4.0, 1, 0], [0.5, 5, 2], [0, 0.7, 6]]),
    ),
    "toeplitz": (
        L.LinearOperatorToeplitz(np.array([4.0, 1.0, 2.0]), np.array([4.0, -1.0, 0.5])),
        scipy.linalg.toeplitz([4.0, 1.0, 2.0], [4.0, -1.0, 0.5]),
    ),
    "reflection": (
        L.LinearOperatorHouseholder(np.array([1.0, 2.0, -1.0])),
        np.eye(3) - 2 * np.outer([1.0, 2.0, -1.0], [1.0, 2.0, -1.0]) / 6,
    ),
    "permutation": (L.LinearOperatorPermutation([2, 0, 1], tf.float64), np.eye(3)[[2, 0, 1]]),
    "adjoint": (L.LinearOperatorAdjoint(FULL), A.T),
    "inverse": (L.LinearOperatorInversion(FULL), np.linalg.inv(A)),
    "product": (L.LinearOperatorComposition([FULL, DIAG]), A @ np.diag([2.0, -3.0, 0.5])),
    "kronecker": (
        L.LinearOperatorKronecker([L.LinearOperatorFullMatrix(A[:2, :2]), FULL]), np.kron(A[:2, :2], A)
    ),
    "block diagonal": (L.LinearOperatorBlockDiag([FULL, DIAG]), scipy.linalg.block_diag(A, np.diag([2.0, -3.0, 0.5]))),
    "block triangular": (
        L.LinearOperatorBlockLowerTriangular([[FULL], [L.LinearOperatorFullMatrix(U.T), SMALL]]),
        np.block([[A, np.zeros((3, 2))], [U.T, A[:2, :2]]]),
    ),
    "update": (
        L.LinearOperatorLowRankUpdate(FULL, U, np.array([2.0, 0.5]), U[::-1]), A + U @ np.diag([2.0, 0.5]) @ U[::-1].T
    ),
    "update of an identity": (
        L.LinearOperatorLowRankUpdate(L.LinearOperatorIdentity(3, dtype=tf.float64), U), np.eye(3) + U @ U.T
    ),
    "circulant": (
        L.LinearOperatorCirculant(np.fft.fft([4.0, 1.0, 2.0]), tf.float64), scipy.linalg.circulant([4.0, 1.0, 2.0])
    ),
}  # fmt: skip
EACH = pytest.mark.parametrize(("operator", "dense"), CASES.values(), ids=list(CASES))


@EACH
def test_shape_and_dense(operator, dense):
    np.testing.assert_allclose(operator.to_dense(), dense, atol=1e-10)
    assert tuple(operator.shape) == dense.shape and operator.tensor_rank == dense.ndim
    assert operator.shape_tensor().numpy().tolist() == list(dense.shape)
    assert operator.batch_shape_tensor().numpy().tolist() == list(dense.shape[:-2])
    assert operator.domain_dimension == dense.shape[-1] and operator.is_square


@EACH
@pytest.mark.parametrize(("adjoint", "adjoint_arg"), list(itertools.product([False, True], repeat=2)))
def test_products_and_solutions(operator, dense, adjoint, adjoint_arg):
    matrix = np.conj(np.swapaxes(dense, -1, -2)) if adjoint else dense
    x = RNG.randn(dense.shape[-1], 2).astype(dense.dtype)
    given = np.conj(x.T) if adjoint_arg else x
    np.testing.assert_allclose(operator.matmul(given, adjoint, adjoint_arg), matrix @ x, atol=1e-9)
    solved = operator.solve(given, adjoint, adjoint_arg)
    np.testing.assert_allclose(
        solved, np.linalg.solve(matrix, np.broadcast_to(x, (*dense.shape[:-2], *x.shape))), atol=1e-8
    )
    np.testing.assert_allclose(operator.matvec(x[:, 0], adjoint), matrix @ x[:, 0], atol=1e-9)
    np.testing.assert_allclose(operator.solvevec(x[:, 0], adjoint), np.linalg.inv(matrix) @ x[:, 0], atol=1e-8)


@EACH
def test_numbers(operator, dense):
    np.testing.assert_allclose(operator.determinant(), np.linalg.det(dense), rtol=1e-7)
    np.testing.assert_allclose(operator.log_abs_determinant(), np.linalg.slogdet(dense)[1], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(operator.trace(), np.trace(dense, axis1=-2, axis2=-1))
    np.testing.assert_allclose(operator.diag_part(), np.diagonal(dense, axis1=-2, axis2=-1), atol=1e-9)
    np.testing.assert_allclose(operator.add_to_tensor(np.ones_like(dense)), dense + 1, atol=1e-9)
    np.testing.assert_allclose(operator.cond(), np.linalg.cond(dense), rtol=1e-6)
    operator.assert_non_singular()


@EACH
def test_other_operators(operator, dense):
    np.testing.assert_allclose(operator.H.to_dense(), np.conj(np.swapaxes(dense, -1, -2)), atol=1e-9)
    np.testing.assert_allclose(operator.inverse().to_dense(), np.linalg.inv(dense), atol=1e-7)
    np.testing.assert_allclose(
        (operator @ operator.inverse()).to_dense(), np.eye(dense.shape[-1]) + 0 * dense, atol=1e-7
    )
    np.testing.assert_allclose(operator.solve(operator).to_dense(), np.eye(dense.shape[-1]) + 0 * dense, atol=1e-7)


@pytest.mark.parametrize("name", ["positive", "identity", "update of an identity"])
def test_cholesky_and_eigenvalues(name):
    operator, dense = CASES[name]
    np.testing.assert_allclose(operator.cholesky().to_dense(), np.linalg.cholesky(dense), atol=1e-9)
    np.testing.assert_allclose(np.sort(operator.eigvals()), np.linalg.eigvalsh(dense))
    operator.assert_positive_definite()
    operator.assert_self_adjoint()
    blocks = L.LinearOperatorBlockDiag([operator, operator])
    np.testing.assert_allclose(blocks.cholesky().matmul(blocks.cholesky().H.to_dense()), blocks.to_dense(), atol=1e-9)


@pytest.mark.parametrize("n", [2, 3])
def test_circulant_blocks(n):
    op = {2: L.LinearOperatorCirculant2D, 3: L.LinearOperatorCirculant3D}[n]
    shape = (2, 3, 2)[:n]
    kernel = RNG.randn(*shape)
    operator = op(np.fft.fftn(kernel), tf.float64)
    x = RNG.randn(*shape)
    wrapped = np.fft.ifftn(np.fft.fftn(kernel) * np.fft.fftn(x)).real
    np.testing.assert_allclose(operator.matvec(x.ravel()), wrapped.ravel(), atol=1e-12)
    np.testing.assert_allclose(operator.solvevec(wrapped.ravel()), x.ravel(), atol=1e-9)
    np.testing.assert_allclose(operator.convolution_kernel(), kernel, atol=1e-12)
    operator.assert_hermitian_spectrum()
    assert operator.block_shape == shape and operator.block_shape_tensor().numpy().tolist() == list(shape)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Hermitian"):
        op(1j * np.fft.fftn(kernel)).assert_hermitian_spectrum()


def test_zeros():
    operator = L.LinearOperatorZeros(2, 3, dtype=tf.float64, is_square=False, is_self_adjoint=False)
    assert operator.matmul(np.ones((3, 4))).shape == (2, 4) and operator.H.shape == (3, 2)
    assert operator.to_dense().numpy().sum() == 0 and not operator.is_square
    np.testing.assert_array_equal(operator.add_to_tensor(U.T), U.T)
    with pytest.raises(NotImplementedError):
        operator.solve(np.ones((2, 1)))


def test_batches_can_be_cut():
    operator = L.LinearOperatorFullMatrix(BATCH)
    np.testing.assert_array_equal(operator[1].to_dense(), BATCH[1])
    both = L.LinearOperatorComposition([operator, L.LinearOperatorDiag(np.ones((2, 3)))])
    np.testing.assert_array_equal(both[:1].to_dense(), BATCH[:1])
    assert L.LinearOperatorIdentity(3, [4])[1:3].shape == (2, 3, 3)


def test_gradients_reach_variables():
    diag = tf.Variable([2.0, 3.0])
    operator = L.LinearOperatorDiag(diag)
    assert [v is diag for v in operator.trainable_variables] == [True]
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(operator.solvevec([4.0, 9.0]))
    assert tape.gradient(y, diag).numpy().tolist() == [-1.0, -1.0]


def test_conjugate_gradient():
    rhs = RNG.randn(3)
    state = L.experimental.conjugate_gradient(POSITIVE, rhs, tol=1e-12)
    np.testing.assert_allclose(state.x, np.linalg.solve(SPD, rhs), rtol=1e-6)
    assert 0 < int(state.i) <= 20
    helped = L.experimental.conjugate_gradient(POSITIVE, rhs, preconditioner=POSITIVE.inverse(), tol=1e-10)
    assert int(helped.i) <= 2
    with pytest.raises(ValueError, match="self-adjoint"):
        L.experimental.conjugate_gradient(FULL, rhs)


@pytest.mark.parametrize(
    "make",
    [
        lambda: L.LinearOperatorDiag([1.0], is_self_adjoint=False),
        lambda: L.LinearOperatorFullMatrix(A, is_positive_definite=True, is_non_singular=False),
        lambda: L.LinearOperatorIdentity(2, is_square=False),
        lambda: L.LinearOperatorZeros(2, is_non_singular=True),
        lambda: L.LinearOperatorComposition([]),
        lambda: L.LinearOperatorComposition([FULL, L.LinearOperatorIdentity(2, dtype=tf.float64)]),
        lambda: L.LinearOperatorBlockLowerTriangular([[FULL], [FULL]]),
        lambda: FULL.cholesky(),
        lambda: FULL.matmul(np.ones((4, 1))),
    ],
)
def test_contradictions(make):
    with pytest.raises(ValueError, match="LinearOperator"):
        make()


def test_other_refusals():
    with pytest.raises(TypeError, match="floating"):
        L.LinearOperatorFullMatrix([[1, 2], [3, 4]])
    assert L.LinearOperatorDiag([1, 2]).to_dense().numpy().tolist() == [[1, 0], [0, 2]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="singular"):
        L.LinearOperatorScaledIdentity(2, [1.0, 0.0]).assert_non_singular()
    with pytest.raises(tf.errors.InvalidArgumentError, match="once"):
        L.LinearOperatorPermutation([0, 0])
    with pytest.raises(NotImplementedError, match="self-adjoint"):
        FULL.eigvals()
    with pytest.raises(tf.errors.InvalidArgumentError, match="Singular"):
        L.LinearOperatorDiag([1.0, 0.0]).assert_non_singular()
    with pytest.raises(tf.errors.InvalidArgumentError, match="positive definite"):
        DIAG.assert_positive_definite()
    with pytest.raises(tf.errors.InvalidArgumentError, match="adjoint"):
        FULL.assert_self_adjoint()


def test_dtypes_of_operators_of_complex_numbers():
    identity = tf.linalg.LinearOperatorIdentity(3, dtype=tf.complex128)
    assert identity.cond().dtype == identity.log_abs_determinant().dtype == tf.complex128
    axis = tf.constant([1 + 1j, 2j, 3 + 0j])
    circulant = tf.linalg.LinearOperatorCirculant(axis)
    assert circulant.cond().dtype == tf.float64
    assert tf.linalg.LinearOperatorCirculant([1.0, 2.0]).eigvals().dtype == tf.float32
    update = tf.linalg.LinearOperatorLowRankUpdate(tf.linalg.LinearOperatorDiag(axis), axis[:, None])
    expected = np.log(np.abs(np.linalg.det(update.to_dense().numpy())))
    np.testing.assert_allclose(update.log_abs_determinant().numpy(), expected + 0j)
    tf.linalg.LinearOperatorHouseholder(axis).assert_self_adjoint()
    tf.linalg.LinearOperatorToeplitz(axis, axis).assert_self_adjoint()
    with pytest.raises(tf.errors.InvalidArgumentError):
        circulant.assert_self_adjoint()
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.linalg.LinearOperatorToeplitz(axis, axis[::-1]).assert_self_adjoint()


@pytest.mark.parametrize(
    "make",
    [
        lambda: L.LinearOperatorZeros(2, 3),
        lambda: L.LinearOperatorZeros(2, is_self_adjoint=False),
        lambda: L.LinearOperatorFullMatrix(np.eye(2), is_square=False),
        lambda: L.LinearOperatorFullMatrix(np.ones((2, 3))).inverse(),
        lambda: L.LinearOperatorInversion(L.LinearOperatorFullMatrix(np.ones((2, 3)))),
        lambda: L.LinearOperatorLowerTriangular([1.0, 2.0]),
        lambda: L.LinearOperatorHouseholder(1.0),
        lambda: L.LinearOperatorBlockLowerTriangular([]),
        lambda: L.LinearOperatorPermutation(1),
        lambda: L.LinearOperatorPermutation([2, 0]),
        lambda: L.LinearOperatorIdentity(2.0),
        lambda: L.LinearOperatorIdentity(2, batch_shape=[1.5]),
    ],
)
def test_arguments_that_tensorflow_refuses(make):
    with pytest.raises(ValueError, match="LinearOperator"):
        make()
