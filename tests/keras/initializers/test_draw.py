import numpy as np

from addax.core import dtypes
from addax.core.function import function
from addax.keras.initializers import draw


def test_dtypes_and_empty_shapes():
    assert draw.normal((0, 3), 0.0, 1.0, dtypes.float32, 1).shape == (0, 3)
    assert draw.truncated_normal((), 0.0, 1.0, dtypes.float64, 1).dtype == dtypes.float64
    assert draw.uniform((2,), 0, 5, dtypes.int64, 1).numpy().dtype == np.int64


def test_compiled_draws_have_the_same_numbers():
    eager = draw.uniform((3, 2), -1.0, 2.0, dtypes.float32, 5).numpy()
    traced = function(lambda: draw.uniform((3, 2), -1.0, 2.0, dtypes.float32, 5))().numpy()
    np.testing.assert_allclose(eager, traced, rtol=1e-6)
