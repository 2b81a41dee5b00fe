"""Products of matrices and tensors."""

import numpy as np
import pytest

import addax as tf

RNG = np.random.RandomState(0)
A, B = RNG.randn(2, 3, 4), RNG.randn(2, 4, 5)


def test_matmul_values_and_flags():
    np.testing.assert_allclose(tf.matmul(A, B), A @ B)
    np.testing.assert_allclose(tf.matmul(A.swapaxes(1, 2), B, transpose_a=True), A @ B)
    np.testing.assert_allclose(tf.matmul(A, B.swapaxes(1, 2), transpose_b=True), A @ B)
    z = A + 1j * A[::-1]
    np.testing.assert_allclose(tf.matmul(z, z, adjoint_b=True), z @ z.conj().swapaxes(1, 2))
    np.testing.assert_allclose(tf.matmul(A, B[:1]), A @ B[:1])
    np.testing.assert_allclose(tf.constant(A) @ B, A @ B)


def test_matmul_dtypes():
    x = tf.constant([[100, 100]], tf.int8)
    assert tf.matmul(x, x, transpose_b=True, output_type=tf.int32).numpy().tolist() == [[20000]]
    assert tf.matmul([[1, 2]], [[3], [4]]).dtype == tf.int32
    assert tf.matmul(tf.ones((2, 2), tf.bfloat16), tf.ones((2, 2), tf.bfloat16)).dtype == tf.bfloat16


def test_matmul_gradients(check_gradient):
    check_gradient(tf.matmul, A[0, :2], B[0])
    check_gradient(lambda a, b: tf.matmul(a, b, transpose_a=True, transpose_b=True), A[0].T, B[0].T)


def test_matmul_refuses_and_explains():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\(2, 3\) float32.*\(4, 5\) float32"):
        tf.matmul(tf.ones((2, 3)), tf.ones((4, 5)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="transpose_b=True"):
        tf.matmul(tf.ones((2, 3)), tf.ones((3, 5)), transpose_b=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="batch"):
        tf.matmul(tf.ones((2, 2, 3)), tf.ones((3, 3, 5)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="matvec"):
        tf.matmul(tf.ones(3), tf.ones(3))
    with pytest.raises(tf.errors.InvalidArgumentError, match="float32.*float64|float64.*float32"):
        tf.matmul(tf.ones((2, 2)), tf.ones((2, 2), tf.float64))
    with pytest.raises(ValueError, match="only one"):
        tf.matmul(A, B, transpose_a=True, adjoint_a=True)


def test_matvec():
    np.testing.assert_allclose(tf.linalg.matvec(A, A[:, 0]), (A @ A[:, 0][..., None])[..., 0])
    np.testing.assert_allclose(tf.linalg.matvec(A[0], A[0, :, 0], transpose_a=True), A[0].T @ A[0, :, 0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="vector of 4"):
        tf.linalg.matvec(A, np.ones(3))


@pytest.mark.parametrize("axes", [1, 0, [[1], [0]], [[2, 1], [1, 2]]])
def test_tensordot(axes):
    other = B[0] if axes in (1, 0, [[1], [0]]) else np.moveaxis(A, 1, 2)[:, :, :]
    left = A if axes != [[1], [0]] else A[0]
    np.testing.assert_allclose(tf.tensordot(left, other, axes), np.tensordot(left, other, axes))


def test_tensordot_refuses():
    with pytest.raises(tf.errors.InvalidArgumentError, match="equal length"):
        tf.tensordot(tf.ones((2, 3)), tf.ones((2, 3)), 1)
    with pytest.raises(ValueError, match="between 0"):
        tf.tensordot(tf.ones(2), tf.ones(2), 2)


@pytest.mark.parametrize(
    "equation", ["bij,bjk->bik", "...ij,...jk->...ik", "bij,bjk->b", "bij,bjk", "b i j, b j k -> k b"]
)
def test_einsum(equation):
    np.testing.assert_allclose(tf.einsum(equation, A, B), np.einsum(equation.replace(" ", ""), A, B))


def test_einsum_gradient_and_errors(check_gradient):
    check_gradient(lambda a, b: tf.einsum("ij,jk->ki", a, b), A[0], B[0])
    assert tf.einsum("ii->i", [[1, 2], [3, 4]]).numpy().tolist() == [1, 4]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.einsum("ij,jk->ik", tf.ones((2, 3)), tf.ones((2, 3)))
    with pytest.raises(ValueError, match="2 inputs"):
        tf.einsum("ij,jk->ik", tf.ones((2, 3)))
    with pytest.raises(TypeError, match="unknown keyword"):
        tf.einsum("ij->i", tf.ones((2, 3)), axis=1)


def test_cross():
    a, b = RNG.randn(2, 3), RNG.randn(2, 3)
    np.testing.assert_allclose(tf.linalg.cross(a, b), np.cross(a, b))
    with pytest.raises(tf.errors.FailedPreconditionError, match="3"):
        tf.linalg.cross([1.0, 2.0], [1.0, 2.0])
