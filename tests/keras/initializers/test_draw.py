import numpy as np

from addax.core import dtypes
from addax.keras.initializers import draw


def test_a_seed_is_a_stream_of_its_own():
    one, two = draw.generator(1), draw.generator(2)
    assert one.integers(1 << 60) == draw.generator(1).integers(1 << 60) != two.integers(1 << 60)
    assert draw.generator(-1) is not None


def test_dtypes_and_empty_shapes():
    assert draw.normal((0, 3), 0.0, 1.0, dtypes.float32, 1).shape == (0, 3)
    assert draw.truncated_normal((), 0.0, 1.0, dtypes.float64, 1).dtype == dtypes.float64
    assert draw.uniform((2,), 0, 5, dtypes.int64, 1).numpy().dtype == np.int64
