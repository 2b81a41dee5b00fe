"""Products of many rows with a matrix: the values, dtypes and gradients are those of the products they replace."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from addax.ops.rows import contract, rows_times

EQUATIONS = [
    ("abc,cd->abd", (2, 3, 4), (4, 5)),
    ("abc,cde->abde", (2, 3, 4), (4, 2, 3)),
    ("abcd,cde->abe", (2, 3, 4, 2), (4, 2, 5)),
    ("...b,bc->...c", (2, 3, 4), (4, 5)),
    ("...x,xy->...y", (4,), (4, 5)),
    ("ab,bc->ca", (2, 3), (3, 4)),
    ("abc,bd->acd", (2, 3, 4), (3, 5)),
    ("abc,abd->acd", (2, 3, 4), (2, 3, 5)),
    ("aab,bc->ac", (2, 2, 3), (3, 4)),
    ("ab,b->a", (2, 3), (3,)),
    ("ab,cd->abcd", (2, 3), (4, 5)),
    ("ab , bc -> ac", (0, 3), (3, 4)),
]


def draw(seed, shape):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), "float32")


@pytest.mark.parametrize(("equation", "left", "right"), EQUATIONS)
def test_contract_is_einsum(equation, left, right):
    x, kernel = draw(0, left), draw(1, right)

    def both(f):
        return f(equation, x, kernel), jax.grad(lambda x, k: jnp.sum(f(equation, x, k) ** 2), (0, 1))(x, kernel)

    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-5), both(contract), both(jnp.einsum))


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (2, 0, 4), (1, 2, 3, 4)])
def test_rows_times_is_matmul(shape):
    x, matrix = draw(0, shape), draw(1, (4, 5))
    out = rows_times(x, matrix)
    np.testing.assert_allclose(out, jnp.matmul(x, matrix), rtol=1e-5, atol=1e-6)
    assert out.dtype == x.dtype and out.shape == (*shape[:-1], 5)
    assert rows_times(x.astype("bfloat16"), matrix.astype("bfloat16")).dtype == "bfloat16"
