"""Class vectors and normalization, with values of tf_keras 2.21."""

import numpy as np
import pytest

from addax.keras.numpy_helpers import normalize, to_categorical, to_ordinal


def test_to_categorical():
    np.testing.assert_array_equal(to_categorical([0, 2, 1]), np.eye(3)[[0, 2, 1]])
    assert to_categorical([0, 1]).dtype == np.float32 and to_categorical([1, 0], dtype="int32").dtype == np.int32
    np.testing.assert_array_equal(to_categorical([[0], [1]], 3), [[1, 0, 0], [0, 1, 0]])
    assert to_categorical([[0, 1], [1, 2]]).shape == (2, 2, 3)
    assert to_categorical(2).tolist() == [0, 0, 1]
    assert to_categorical([1.0, 0.0]).tolist() == [[0, 1], [1, 0]]
    with pytest.raises(IndexError):
        to_categorical([3], 3)


def test_to_ordinal():
    assert to_ordinal([0, 1, 2, 3]).tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert to_ordinal([[0], [2]], 4, dtype="int8").tolist() == [[0, 0, 0], [1, 1, 0]]
    assert to_ordinal([[0, 1], [1, 2]]).shape == (2, 2, 2)


def test_normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(normalize(x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(normalize(x, axis=0, order=1), [[1, 1], [0, 0]])
    assert x[0, 0] == 3.0
    np.testing.assert_allclose(normalize([3.0, 4.0]), [[0.6, 0.8]])  # as Keras: at least rank 2
