"""Numbers and dtypes of TensorFlow's experimental NumPy API: manipulation."""

import pytest

CASES = [
    ('tnp.reshape(i32,(3,2))', 'int32', [[1, -2], [3, 4], [0, 6]]),
    ('tnp.reshape(i32,-1)', 'int32', [1, -2, 3, 4, 0, 6]),
    ('tnp.ravel(LL)', 'int64', [1, 2, 3, 4, 5, 6]),
    ('tnp.flatten(i32)', 'int32', [1, -2, 3, 4, 0, 6]),
    ("tnp.flatten(i32,order='F')", 'int32', [1, 4, -2, 0, 3, 6]),
    ('tnp.transpose(LL)', 'int64', [[1, 4], [2, 5], [3, 6]]),
    ('tnp.squeeze(tnp.ones((1,2,1)))', 'float64', [1.0, 1.0]),
    ('tnp.squeeze(tnp.ones((1,2,1)),axis=0)', 'float64', [[1.0], [1.0]]),
    ('tnp.expand_dims(i32,0)', 'int32', [[[1, -2, 3], [4, 0, 6]]]),
    ('tnp.expand_dims(i32,-1)', 'int32', [[[1], [-2], [3]], [[4], [0], [6]]]),
    ('tnp.broadcast_to(L,(2,3))', 'int64', [[1, 2, 3], [1, 2, 3]]),
    ('tnp.broadcast_to(v32,(2,3))', 'float32', [[1.0, 2.0, -3.0], [1.0, 2.0, -3.0]]),
    ('tnp.concatenate([L,L])', 'int64', [1, 2, 3, 1, 2, 3]),
    ('tnp.concatenate([L,LF])', 'float64', [1.0, 2.0, 3.0, 1.0, 2.5, -3.0]),
    ('tnp.stack([L,LF])', 'float64', [[1.0, 2.0, 3.0], [1.0, 2.5, -3.0]]),
    ('tnp.stack([v32,v32],axis=1)', 'float32', [[1.0, 1.0], [2.0, 2.0], [-3.0, -3.0]]),
    ('tnp.hstack([L,LF])', 'float64', [1.0, 2.0, 3.0, 1.0, 2.5, -3.0]),
    ('tnp.hstack((I,F))', 'float64', [3.0, 0.5]),
    ('tnp.vstack([L,LF])', 'float64', [[1.0, 2.0, 3.0], [1.0, 2.5, -3.0]]),
    ('tnp.vstack([i32,L])', 'int64', [[1, -2, 3], [4, 0, 6], [1, 2, 3]]),
    ('tnp.dstack([L,LF])', 'float64', [[[1.0, 1.0], [2.0, 2.5], [3.0, -3.0]]]),
    ('tnp.append(L,4)', 'int64', [1, 2, 3, 4]),
    ('tnp.append(L,[4.5])', 'float64', [1.0, 2.0, 3.0, 4.5]),
    ('tnp.flip(i32,0)', 'int32', [[4, 0, 6], [1, -2, 3]]),
    ('tnp.flip(i32,-1)', 'int32', [[3, -2, 1], [6, 0, 4]]),
    ('tnp.flipud(L)', 'int64', [3, 2, 1]),
    ('tnp.rot90(i32,2)', 'int32', [[6, 0, 4], [3, -2, 1]]),
    ('tnp.rot90(i32,3)', 'int32', [[4, 1], [0, -2], [6, 3]]),
    ('tnp.roll(L,1)', 'int64', [3, 1, 2]),
    ('tnp.roll(i32,1)', 'int32', [[6, 1, -2], [3, 4, 0]]),
    ('tnp.repeat(L,2)', 'int64', [1, 1, 2, 2, 3, 3]),
    ('tnp.repeat(i32,[1,2],axis=0)', 'int32', [[1, -2, 3], [4, 0, 6], [4, 0, 6]]),
    ('tnp.tile(L,2)', 'int64', [1, 2, 3, 1, 2, 3]),
    ('tnp.tile(I,3)', 'int64', [3, 3, 3]),
    ('tnp.ravel(i32)', 'int32', [1, -2, 3, 4, 0, 6]),
    ('tnp.transpose(i32)', 'int32', [[1, 4], [-2, 0], [3, 6]]),
    ('tnp.atleast_1d(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.atleast_1d(c64)', 'complex64', [[(1+0j), (-2+0j), (3+0j)], [(4+0j), 0j, (6+0j)]]),
    ('tnp.atleast_2d(i32)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.atleast_2d(c64)', 'complex64', [[(1+0j), (-2+0j), (3+0j)], [(4+0j), 0j, (6+0j)]]),
    ('tnp.atleast_3d(i32)', 'int32', [[[1], [-2], [3]], [[4], [0], [6]]]),
    ('tnp.atleast_3d(c64)', 'complex64', [[[(1+0j)], [(-2+0j)], [(3+0j)]], [[(4+0j)], [0j], [(6+0j)]]]),
    ('tnp.fliplr(i32)', 'int32', [[3, -2, 1], [6, 0, 4]]),
    ('tnp.fliplr(c64)', 'complex64', [[(3+0j), (-2+0j), (1+0j)], [(6+0j), 0j, (4+0j)]]),
    ('tnp.flipud(i32)', 'int32', [[4, 0, 6], [1, -2, 3]]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dtype", "numbers"), CASES, ids=[case[0] for case in CASES])
def test_recorded(check, expression, dtype, numbers):
    check(expression, dtype, numbers)
