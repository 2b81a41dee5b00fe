"""Small NumPy helpers of `tf.keras.utils`: class vectors as matrices, and normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["normalize", "to_categorical", "to_ordinal"]


def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> np.ndarray:
    """Class numbers as one-hot rows.

    Args:
        y: integers from 0 to `num_classes` - 1, of any shape; a last axis of one is dropped.
        num_classes: number of classes; default the largest number plus one.
        dtype: dtype of the result.

    Returns:
        an array of the shape of `y` with an axis of `num_classes` behind it.

    Raises:
        IndexError: a number outside the classes.

    Example:
        >>> import addax as tf
        >>> tf.keras.utils.to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]], dtype=float32)
    """
    numbers, shape, num_classes = _class_numbers(y, num_classes)
    result = np.zeros((numbers.size, num_classes), dtype=dtype)
    if numbers.size and not -num_classes <= numbers.min() <= numbers.max() < num_classes:
        raise IndexError(
            f"to_categorical: expected class numbers from 0 to {num_classes - 1}, for num_classes={num_classes}. "
            f"Received: numbers from {numbers.min()} to {numbers.max()}, out of bounds."
        )
    result[np.arange(numbers.size), numbers] = 1
    return result.reshape(*shape, num_classes)


def to_ordinal(y: Any, num_classes: int | None = None, dtype: Any = "float32") -> np.ndarray:
    """Class numbers as rows that begin with as many ones, for ordinal regression.

    Args:
        y: integers from 0 to `num_classes` - 1, of any shape; a last axis of one is dropped.
        num_classes: number of classes; default the largest number plus one.
        dtype: dtype of the result.

    Returns:
        an array of the shape of `y` with an axis of `num_classes` - 1 behind it.

    Example:
        >>> import addax as tf
        >>> tf.keras.utils.to_ordinal([0, 2, 1])
        array([[0., 0.],
               [1., 1.],
               [1., 0.]], dtype=float32)
    """
    numbers, shape, num_classes = _class_numbers(y, num_classes)
    result = (np.arange(num_classes - 1) < numbers[:, None]).astype(dtype)
    return result.reshape(*shape, num_classes - 1)


def _class_numbers(y: Any, num_classes: int | None) -> tuple[np.ndarray, tuple[int, ...], int]:
    numbers = np.array(y, dtype=int)
    shape = numbers.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return numbers.reshape(-1), shape, num_classes or int(numbers.max()) + 1


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """An array divided by its norms along an axis; where a norm is zero, the values stay as they are.

    Args:
        x: an array.
        axis: along which the norms are taken.
        order: order of the norm, 2 for the Euclidean one.

    Example:
        >>> import addax as tf
        >>> import numpy as np
        >>> tf.keras.utils.normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    norms = np.atleast_1d(np.linalg.norm(x, order, axis))
    norms[norms == 0] = 1
    return x / np.expand_dims(norms, axis)
