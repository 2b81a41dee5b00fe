import numpy as np

from addax.core.convert import constant
from addax.core.tape import GradientTape
from addax.ops import smooth

X = np.linspace(-5, 5, 11)


def test_gradients_against_differences():
    for function in (smooth.mish, smooth.hard_silu, lambda x: smooth.celu(x, 0.7), lambda x: smooth.scaled_elu(x, 0.7),
                     lambda x: smooth.bent_relu(x, 0.1, 3.3, 0.4)):  # fmt: skip
        x = constant(X + 0.05)
        with GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        step = 1e-6
        slope = (function(x + step).numpy() - function(x - step).numpy()) / (2 * step)
        np.testing.assert_allclose(tape.gradient(y, x).numpy(), slope, atol=1e-6)


def test_no_overflow_far_out():
    x = constant([-1e4, 1e4])
    with GradientTape() as tape:
        tape.watch(x)
        y = smooth.scaled_elu(x, 0.5)
    assert y.numpy().tolist() == [-0.5, 1e4] and tape.gradient(y, x).numpy().tolist() == [0.0, 1.0]
