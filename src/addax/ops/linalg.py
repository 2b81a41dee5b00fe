"""The functions of `tf.linalg`, from the files they are written in."""

from __future__ import annotations

from addax.ops.clip import global_norm, l2_normalize
from addax.ops.creation import eye
from addax.ops.decompositions import (
    cholesky,
    eig,
    eigh,
    eigh_tridiagonal,
    eigvals,
    eigvalsh,
    lu,
    lu_matrix_inverse,
    lu_reconstruct,
    lu_solve,
    qr,
    svd,
)
from addax.ops.diagonals import band_part, diag, diag_part, set_diag, tensor_diag, tensor_diag_part, trace
from addax.ops.matrix_functions import (
    adjoint,
    det,
    expm,
    logdet,
    logm,
    matrix_rank,
    matrix_transpose,
    norm,
    normalize,
    slogdet,
    sqrtm,
)
from addax.ops.products import cross, einsum, matmul, matvec, tensordot
from addax.ops.solvers import (
    banded_triangular_solve,
    cholesky_solve,
    inv,
    lstsq,
    pinv,
    solve,
    triangular_solve,
    tridiagonal_matmul,
    tridiagonal_solve,
)
