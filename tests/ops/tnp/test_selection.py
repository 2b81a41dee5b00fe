"""Numbers and dtypes of TensorFlow's experimental NumPy API: selection."""

import pytest

CASES = [
    ('tnp.sort(i32,axis=0)', 'int32', [[1, -2, 3], [4, 0, 6]]),
    ('tnp.sort(i32,axis=None)', 'int32', [-2, 0, 1, 3, 4, 6]),
    ('tnp.argsort(i32,axis=0)', 'int64', [[0, 0, 0], [1, 1, 1]]),
    ('tnp.argsort(i32,axis=None)', 'int64', [1, 4, 0, 2, 3, 5]),
    ('tnp.select([i32>0,i32<0],[i32,i32*2])', 'int32', [[1, -4, 3], [4, 0, 6]]),
    ('tnp.select([i32>2],[1],2.5)', 'float64', [[2.5, 2.5, 1.0], [1.0, 2.5, 1.0]]),
    ('tnp.where(b,1,2)', 'int64', [[2, 2, 1], [1, 2, 1]]),
    ('tnp.where(b,i32,2.5)', 'float64', [[2.5, 2.5, 3.0], [4.0, 2.5, 6.0]]),
    ('tnp.take(L,[0,2])', 'int64', [1, 3]),
    ('tnp.take(i32,[0,2])', 'int32', [1, 3]),
    ('tnp.take_along_axis(i32,[[0,1,0]],0)', 'int32', [[1, 0, 3]]),
    ('tnp.take_along_axis(i32,tnp.argsort(i32),-1)', 'int32', [[-2, 1, 3], [0, 4, 6]]),
    ('tnp.compress([True,False],i32,axis=0)', 'int32', [[1, -2, 3]]),
    ('tnp.compress([0,1,1],i32,axis=1)', 'int32', [[-2, 3], [0, 6]]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dtype", "numbers"), CASES, ids=[case[0] for case in CASES])
def test_recorded(check, expression, dtype, numbers):
    check(expression, dtype, numbers)
