"""Control flow of `keras.ops` on symbolic tensors."""

import numpy as np

from addax import keras
from addax.keras import ops


def test_functions_of_functions_take_symbolic_tensors():
    x = keras.Input((4, 3))
    made = [
        ops.map(lambda row: row * 2, x),
        ops.scan(lambda carry, row: (carry + 1.0, row + carry), 0.0, x)[1],
        ops.associative_scan(lambda a, b: a + b, x, axis=1),
        ops.switch(1, [lambda a: a, lambda a: a * 3], x),
        ops.jvp(lambda a: a * a, (x,), (x,))[1],
    ]
    assert [tuple(each.shape) for each in made] == [(None, 4, 3)] * 5
    given = np.arange(24, dtype="float32").reshape(2, 4, 3)
    wanted = [given * 2, given + np.arange(2)[:, None, None], given.cumsum(1), given * 3, 2 * given * given]
    for found, exact in zip(keras.Model(x, made)(given), wanted, strict=True):
        np.testing.assert_allclose(found, exact)
