"""Numbers and dtypes of TensorFlow's experimental NumPy API: logic."""

import pytest

CASES = [
    ('tnp.any(i32,axis=0)', 'bool', [True, True, True]),
    ('tnp.all(i32,axis=1)', 'bool', [True, False]),
    ('tnp.all(i32,axis=1,keepdims=True)', 'bool', [[True], [False]]),
    ('tnp.any(f32,axis=(0,1))', 'bool', True),
    ('tnp.allclose(v32,v32+1e-9)', 'bool', True),
    ('tnp.allclose(L,[1,2,4])', 'bool', False),
    ('tnp.isclose(1.,1.1,rtol=.2)', 'bool', True),
    ('tnp.isclose(1.,1.1,atol=.2)', 'bool', True),
    ('tnp.array_equal(L,[1,2])', 'bool', False),
    ('tnp.array_equal(L,[1,2,3.])', 'bool', True),
    ('tnp.logical_and(1,0)', 'bool', False),
    ('tnp.logical_or(L,[0,0,1])', 'bool', [True, True, True]),
    ('tnp.logical_not(0)', 'bool', True),
    ('tnp.logical_not(i32)', 'bool', [[False, False, False], [False, True, False]]),
    ('tnp.equal(i8, pu8)', 'bool', [[True, False, True], [True, False, True]]),
    ('tnp.equal(i32, F)', 'bool', [[False, False, False], [False, False, False]]),
    ('tnp.not_equal(i8, pu8)', 'bool', [[False, True, False], [False, True, False]]),
    ('tnp.not_equal(i32, F)', 'bool', [[True, True, True], [True, True, True]]),
    ('tnp.less(i8, pu8)', 'bool', [[False, True, False], [False, True, False]]),
    ('tnp.less(i32, F)', 'bool', [[False, True, False], [False, True, False]]),
    ('tnp.less_equal(i8, pu8)', 'bool', [[True, True, True], [True, True, True]]),
    ('tnp.less_equal(i32, F)', 'bool', [[False, True, False], [False, True, False]]),
    ('tnp.greater(i8, pu8)', 'bool', [[False, False, False], [False, False, False]]),
    ('tnp.greater(i32, F)', 'bool', [[True, False, True], [True, False, True]]),
    ('tnp.greater_equal(i8, pu8)', 'bool', [[True, False, True], [True, False, True]]),
    ('tnp.greater_equal(i32, F)', 'bool', [[True, False, True], [True, False, True]]),
    ('tnp.logical_and(i8, pu8)', 'bool', [[True, True, True], [True, False, True]]),
    ('tnp.logical_or(i8, pu8)', 'bool', [[True, True, True], [True, True, True]]),
    ('tnp.logical_xor(i8, pu8)', 'bool', [[False, False, False], [False, True, False]]),
    ('tnp.logical_xor(i32, F)', 'bool', [[False, False, False], [False, True, False]]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "dtype", "numbers"), CASES, ids=[case[0] for case in CASES])
def test_recorded(check, expression, dtype, numbers):
    check(expression, dtype, numbers)
