"""Numbers and dtypes of TensorFlow's experimental NumPy API: creation."""

import pytest

CASES = [
    ('tnp.array(3)', 'int64', 3),
    ('tnp.array(3.5)', 'float64', 3.5),
    ('tnp.asarray(i32, dtype=tf.float32)', 'float32', [[1.0, -2.0, 3.0], [4.0, 0.0, 6.0]]),
    ("tnp.asarray([1,2], dtype='float32')", 'float32', [1.0, 2.0]),
    ('tnp.arange(5)', 'int64', [0, 1, 2, 3, 4]),
    ('tnp.arange(2,5)', 'int64', [2, 3, 4]),
    ('tnp.linspace(0,1,3)', 'float64', [0.0, 0.5, 1.0]),
    ('tnp.linspace(0,1,5,endpoint=False)', 'float64', [0.0, 0.2, 0.4, 0.6, 0.8]),
    ('tnp.logspace(0,2,3)', 'float64', [1.0, 10.0, 100.0]),
    ('tnp.logspace(0,2,3,base=2)', 'float64', [1.0, 2.0, 4.0]),
    ('tnp.geomspace(1,1000,4)', 'float64', [1.0, 10.0, 100.0, 1000.0]),
    ('tnp.geomspace(1.,256.,9)', 'float64', [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]),
    ('tnp.zeros(3)', 'float64', [0.0, 0.0, 0.0]),
    ('tnp.zeros((2,3))', 'float64', [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
    ('tnp.ones(3)', 'float64', [1.0, 1.0, 1.0]),
    ('tnp.ones((2,3), dtype=tf.int32)', 'int32', [[1, 1, 1], [1, 1, 1]]),
    ('tnp.empty((2,))', 'float64', [0.0, 0.0]),
    ('tnp.empty((2,),int)', 'int64', [0, 0]),
    ('tnp.full((2,),7)', 'int64', [7, 7]),
    ('tnp.full((2,),7.)', 'float64', [7.0, 7.0]),
    ('tnp.full_like(i32, 2.5)', 'int32', [[2, 2, 2], [2, 2, 2]]),
    ('tnp.full_like(f32, 2)', 'float32', [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]),
    ('tnp.ones_like(i32, dtype=float)', 'float64', [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
    ('tnp.zeros_like(i32, dtype=np.float32)', 'float32', [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
    ('tnp.empty_like(i32, dtype=np.float32)', 'float32', [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
    ('tnp.zeros_like(I)', 'int64', 0),
    ('tnp.eye(3)', 'float64', [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ('tnp.eye(3,k=1)', 'float64', [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
    ('tnp.identity(3)', 'float64', [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ('tnp.identity(2,dtype=int)', 'int64', [[1, 0], [0, 1]]),
    ('tnp.tri(3)', 'float64', [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]),
    ('tnp.vander(L,2)', 'int64', [[1, 1], [2, 1], [3, 1]]),
    ('tnp.vander(LF)', 'float64', [[1.0, 1.0, 1.0], [6.25, 2.5, 1.0], [9.0, -3.0, 1.0]]),
    ('tnp.copy(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.copy(c64)', 'complex64', [[(1+0j), (-2+0j), (3+0j)], [(4+0j), 0j, (6+0j)]]),
    ('tnp.ones_like(i32)', 'int32', [[1, 1, 1], [1, 1, 1]]),
    ('tnp.empty_like(i32)', 'int32', [[0, 0, 0], [0, 0, 0]]),
    ('tnp.ascontiguousarray(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.ascontiguousarray(c64)', 'complex64', [[(1+0j), (-2+0j), (3+0j)], [(4+0j), 0j, (6+0j)]]),
    ('tnp.asanyarray(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.asanyarray(c64)', 'complex64', [[(1+0j), (-2+0j), (3+0j)], [(4+0j), 0j, (6+0j)]]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dtype", "numbers"), CASES, ids=[case[0] for case in CASES])
def test_recorded(check, expression, dtype, numbers):
    check(expression, dtype, numbers)
