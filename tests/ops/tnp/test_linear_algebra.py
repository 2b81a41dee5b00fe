"""Numbers and dtypes of TensorFlow's experimental NumPy API: linear algebra."""

import pytest

CASES = [
    ('tnp.tril(i32,1)', 'int32', [[1, -2, 0], [4, 0, 6]]),
    ('tnp.tril(i32,-1)', 'int32', [[0, 0, 0], [4, 0, 0]]),
    ('tnp.triu(i32,1)', 'int32', [[0, -2, 3], [0, 0, 6]]),
    ('tnp.triu(i32,-1)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.diag(i32,1)', 'int32', [-2, 6]),
    ('tnp.diag(i32,-1)', 'int32', [4]),
    ('tnp.diagonal(sq)', 'float64', [0.0, 4.0, 8.0]),
    ('tnp.diagonal(sq,1)', 'float64', [1.0, 5.0]),
    ('tnp.trace(sq)', 'float64', 12.0),
    ('tnp.trace(sq,1)', 'float64', 6.0),
    ('tnp.diff(L)', 'int64', [1, 1]),
    ('tnp.diff(i32,n=2)', 'int32', [[8], [10]]),
    ('tnp.cross([1,2,3],[4,5,6])', 'int64', [-3, 6, -3]),
    ('tnp.cross([1.,2,3],[4,5,6])', 'float64', [-3.0, 6.0, -3.0]),
    ('tnp.dot(L,L)', 'int64', 14),
    ('tnp.dot(L,LF)', 'float64', -3.0),
    ('tnp.inner(L,LF)', 'float64', -3.0),
    ('tnp.inner(i32,pf32)', 'float64', [[6.0, 12.0], [22.0, 52.0]]),
    ('tnp.outer(L,LF)', 'float64', [[1.0, 2.5, -3.0], [2.0, 5.0, -6.0], [3.0, 7.5, -9.0]]),
    ('tnp.outer(2,L)', 'int64', [[2, 4, 6]]),
    ('tnp.vdot(L,LF)', 'float64', -3.0),
    ('tnp.vdot(c64,pc64)', 'complex64', (58+0j)),
    ('tnp.kron(L,LF)', 'float64', [1.0, 2.5, -3.0, 2.0, 5.0, -6.0, 3.0, 7.5, -9.0]),
    ('tnp.kron(2,L)', 'int64', [2, 4, 6]),
    ('tnp.matmul(m,m)', 'float32', [[5.0, 5.0], [5.0, 10.0]]),
    ('tnp.matmul(i32,tnp.transpose(pf32))', 'float64', [[6.0, 12.0], [22.0, 52.0]]),
    ('tnp.tensordot(i32,pf32,[[1],[1]])', 'float64', [[6.0, 12.0], [22.0, 52.0]]),
    ('tnp.tensordot(L,LF,0)', 'float64', [[1.0, 2.5, -3.0], [2.0, 5.0, -6.0], [3.0, 7.5, -9.0]]),
    ("tnp.einsum('ij,jk->ik',m,m)", 'float32', [[5.0, 5.0], [5.0, 10.0]]),
    ("tnp.einsum('ij,kj',i32,pf32)", 'float64', [[6.0, 12.0], [22.0, 52.0]]),
    ('tnp.polyval([1,2,3],2)', 'int64', 11),
    ('tnp.polyval([1.,2,3],[1,2])', 'float64', [6.0, 11.0]),
    ('tnp.diagflat(LF)', 'float64', [[1.0, 0.0, 0.0], [0.0, 2.5, 0.0], [0.0, 0.0, -3.0]]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dtype", "numbers"), CASES, ids=[case[0] for case in CASES])
def test_recorded(check, expression, dtype, numbers):
    check(expression, dtype, numbers)
