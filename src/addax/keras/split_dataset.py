"""split_dataset: two datasets from one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from addax.core import trees
from addax.data import Dataset


def split_dataset(
    dataset: Any, left_size: float | int | None = None, right_size: float | int | None = None, shuffle: bool = False,
    seed: int | None = None,
) -> tuple[Dataset, Dataset]:  # fmt: skip
    """Two datasets: the first elements of one, and the last.

    Args:
        dataset: a dataset, an array, or a list or tuple of arrays of one length.
        left_size: of the first: a share (float, 0 to 1) or a number of elements; by default the rest.
        right_size: of the second; by default the rest.
        shuffle: draw the elements in random order before.
        seed: of the order.

    Returns:
        (first, second).

    Raises:
        ValueError: no size, sizes out of range, or more than there is.
        TypeError: something that is no data.

    >>> import numpy as np, addax as tf
    >>> left, right = tf.keras.utils.split_dataset(np.arange(10), left_size=0.7)
    >>> len(left), len(right)
    (7, 3)
    """
    elements = _elements(dataset)
    if shuffle:
        random.Random(seed).shuffle(elements)
    left, right = _sizes(left_size, right_size, len(elements))
    return _dataset(elements[:left]), _dataset(elements[len(elements) - right :])


def _elements(dataset: Any) -> list[Any]:
    if isinstance(dataset, Dataset):
        return [trees.map_structure(lambda leaf: leaf.numpy(), element) for element in dataset]
    if isinstance(dataset, np.ndarray):
        whole = dataset.ndim == 1 and dataset.dtype.kind in "iu"  # single integers are int32, as in TensorFlow
        return list(dataset.astype(np.int32) if whole else dataset)
    if isinstance(dataset, list | tuple):
        odd = next((part for part in dataset if not hasattr(part, "__len__")), None)
        if odd is not None:
            raise ValueError(f"Expected a list of `numpy.ndarray` objects, received: {type(odd)}")
        lengths = {len(part) for part in dataset}
        if len(lengths) != 1:
            raise ValueError(f"split_dataset: expected arrays of one length, received lengths {sorted(lengths)}.")
        made = list(zip(*[np.asarray(part) for part in dataset], strict=True))
        return [list(each) for each in made] if isinstance(dataset, list) else made
    raise TypeError(
        "`dataset` must be either a tf.data.Dataset object or a list/tuple of arrays. "
        f"Received: dataset={dataset!r:.100} of type {type(dataset)}"
    )


def _sizes(left: Any, right: Any, total: int) -> tuple[int, int]:
    if left is None and right is None:
        raise ValueError("At least one of the `left_size` or `right_size` must be specified. Received: None for both.")
    for name, value in (("left_size", left), ("right_size", right)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TypeError(f"Invalid `{name}` type. It must be a float or an integer. Received: {type(value)}")
        top = 1 if isinstance(value, float) else total
        if value is not None and not 0 < value < top + (0 if isinstance(value, float) else 1):
            raise ValueError(
                f"`{name}` should be either a positive integer at most {total}, or a float between 0 and 1. "
                f"Received: {name}={value}"
            )
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError(f"The sum of `left_size` and `right_size` is greater than 1. Received: {left} and {right}")
    counts = [None if v is None else round(v * total) if isinstance(v, float) else v for v in (left, right)]
    first = total - counts[1] if counts[0] is None else counts[0]
    second = total - first if counts[1] is None else counts[1]
    if first + second > total:
        raise ValueError(
            f"The sum of `left_size` and `right_size` should be at most {total}. Received: {first} and {second}"
        )
    if first == 0 or second == 0:
        raise ValueError(f"With {total} elements, one of the two datasets would be empty: sizes {first} and {second}.")
    return first, second


def _dataset(elements: list[Any]) -> Dataset:
    parts = [tuple(each) if isinstance(each, list) else each for each in elements]
    stacked = trees.map_structure(lambda *leaves: np.stack(leaves), *parts) if parts else parts
    return Dataset.from_tensor_slices(stacked)
