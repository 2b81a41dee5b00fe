"""Numbers and dtypes of TensorFlow's experimental NumPy API: reductions."""

import pytest

CASES = [
    ('tnp.sum(i32,axis=0)', 'int64', [5, -2, 9]),
    ('tnp.sum(i32,axis=(0,1))', 'int64', 12),
    ('tnp.prod(i32,axis=1)', 'int64', [-6, 0]),
    ('tnp.prod(i8,axis=1,dtype=float)', 'float64', [-6.0, 0.0]),
    ('tnp.mean(i32,axis=0)', 'float64', [2.5, -1.0, 4.5]),
    ('tnp.mean(i32,axis=0,dtype=np.float32)', 'float32', [2.5, -1.0, 4.5]),
    ('tnp.var(i32,axis=0)', 'float64', [2.25, 1.0, 2.25]),
    ('tnp.var(f32,axis=1,keepdims=True)', 'float32', [[4.222222], [6.222223]]),
    ('tnp.std(i32,axis=0)', 'float64', [1.5, 1.0, 1.5]),
    ('tnp.std(f32,axis=0)', 'float32', [1.5, 1.0, 1.5]),
    ('tnp.max(i32,axis=0)', 'int32', [4, 0, 6]),
    ('tnp.max(i32,axis=1,keepdims=True)', 'int32', [[3], [6]]),
    ('tnp.min(i32,axis=(0,1))', 'int32', -2),
    ('tnp.amax(i32,axis=0)', 'int32', [4, 0, 6]),
    ('tnp.amax(i32,axis=0,keepdims=True)', 'int32', [[4, 0, 6]]),
    ('tnp.amin(i32,axis=0)', 'int32', [1, -2, 3]),
    ('tnp.ptp(i32,axis=0)', 'int32', [3, 2, 3]),
    ('tnp.ptp(i32,axis=1,keepdims=True)', 'int32', [[5], [6]]),
    ('tnp.argmax(i32,axis=0)', 'int64', [1, 1, 1]),
    ('tnp.argmax(i32,axis=1)', 'int64', [2, 2]),
    ('tnp.argmin(i32,axis=-1)', 'int64', [1, 1]),
    ('tnp.cumsum(i32,axis=0)', 'int64', [[1, -2, 3], [5, -2, 9]]),
    ('tnp.cumsum(i32,axis=1)', 'int64', [[1, -1, 2], [4, 4, 10]]),
    ('tnp.cumprod(i32,axis=0)', 'int64', [[1, -2, 3], [4, 0, 18]]),
    ('tnp.cumprod(i32,axis=-1,dtype=np.float32)', 'float32', [[1.0, -2.0, -6.0], [4.0, 0.0, 0.0]]),
    ('tnp.nansum(tnp.array([[1,np.nan],[2,3.]]),axis=0)', 'float64', [3.0, 3.0]),
    ('tnp.nanprod(tnp.array([[1,np.nan],[2,3.]]),axis=0)', 'float64', [2.0, 3.0]),
    ('tnp.nanmean(tnp.array([[1,np.nan],[2,3.]]),axis=0)', 'float64', [1.5, 3.0]),
    ('tnp.nanmean(tnp.array([[1,np.nan],[2,3.]]),dtype=np.float32)', 'float32', 2.0),
    ('tnp.nansum(i32,dtype=float)', 'float64', 12.0),
    ('tnp.count_nonzero(i32,axis=0)', 'int64', [2, 1, 2]),
    ('tnp.count_nonzero(b,axis=1)', 'int64', [1, 2]),
    ('tnp.average(i32,axis=0)', 'float64', [2.5, -1.0, 4.5]),
    ('tnp.average(i32,axis=1,weights=[1,2,3])', 'float64', [1.0, 3.666667]),
    ('tnp.min(i32)', 'int32', -2),
    ('tnp.amin(i32)', 'int32', -2),
    ('tnp.argmin(i32)', 'int64', 1),
    ('tnp.nanprod(i32)', 'int64', 0),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dtype", "numbers"), CASES, ids=[case[0] for case in CASES])
def test_recorded(check, expression, dtype, numbers):
    check(expression, dtype, numbers)
