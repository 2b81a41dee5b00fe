"""Where datasets come from: the static constructors of tf.data.Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import dtypes, errors
from addax.data import elements
from addax.data.arguments import integer
from addax.data.nodes.range import RangeNode
from addax.data.nodes.slices import SlicesNode
from addax.data.nodes.tensors import TensorsNode
from addax.data.nodes.zip import ZipNode

if TYPE_CHECKING:
    from addax.data.dataset import Dataset


def _made(node: Any) -> Dataset:
    from addax.data.dataset import Dataset  # dataset derives from the class below

    return Dataset(node)


class Sources:
    """The constructors of `tf.data.Dataset`."""

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """A dataset whose elements are the rows of arrays.

        Args:
            tensors: an array, tensor, list or nested structure (tuples, dicts) of them, of one length in axis 0. Arrays
                that could still be written to are copied.
            name: ignored.

        Returns:
            A dataset of as many elements as there are rows.

        Raises:
            ValueError: a scalar, or arrays of different lengths.

        >>> import addax as tf
        >>> for x, y in tf.data.Dataset.from_tensor_slices(([1, 2], ["a", "b"])):
        ...     print(int(x), y.numpy())
        1 b'a'
        2 b'b'
        """
        return _made(SlicesNode(elements.apply(_kept, elements.from_user(tensors))))

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> Dataset:
        """A dataset of one element.

        Args:
            tensors: the element, a nested structure.
            name: ignored.

        Returns:
            A dataset of one element.

        >>> import addax as tf
        >>> len(tf.data.Dataset.from_tensors([1, 2, 3]))
        1
        """
        return _made(TensorsNode(elements.apply(_kept, elements.from_user(tensors))))

    @staticmethod
    def range(*args: Any, output_type: Any = dtypes.int64, name: str | None = None) -> Dataset:
        """Numbers in steps, as Python's `range`: `range(stop)`, `range(start, stop)` or `range(start, stop, step)`.

        Args:
            *args: integers.
            output_type: the dtype of the elements.
            name: ignored.

        Returns:
            A dataset of scalars.

        Raises:
            ValueError: no argument, or more than three.
            tf.errors.InvalidArgumentError: a step of 0.

        >>> import addax as tf
        >>> list(tf.data.Dataset.range(5, 0, -2).as_numpy_iterator())
        [np.int64(5), np.int64(3), np.int64(1)]
        """
        numbers = [integer(value, "Dataset.range", "every argument") for value in args]
        if not 1 <= len(numbers) <= 3:
            raise ValueError(f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(numbers)}.")
        start, stop = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
        step = numbers[2] if len(numbers) == 3 else 1
        if step == 0:
            raise errors.InvalidArgumentError("Dataset.range: expected a step other than 0, received step=0.")
        return _made(RangeNode(start, stop, step, output_type))

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """Elements of several datasets side by side, as Python's `zip`; ends with the shortest.

        Args:
            *args: datasets, or one nested structure (tuples, dicts) of them.
            datasets: the structure, by its older keyword.
            name: ignored.

        Returns:
            A dataset whose elements have the structure of the arguments.

        Raises:
            TypeError: something that is not a dataset.

        >>> import addax as tf
        >>> a, b = tf.data.Dataset.range(2), tf.data.Dataset.range(5, 8)
        >>> list(tf.data.Dataset.zip(a, b).as_numpy_iterator())
        [(np.int64(0), np.int64(5)), (np.int64(1), np.int64(6))]
        """
        if not args and datasets is None:
            raise TypeError("Must pass at least one dataset to `zip`.")
        if args and datasets is not None:
            raise TypeError("Both `*args` and `datasets` cannot be set.")
        structure = datasets if not args else args[0] if len(args) == 1 else args
        nodes: list[Any] = []
        return _made(ZipNode(_numbered(structure, nodes), nodes))

    @staticmethod
    def counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64, name: str | None = None) -> Dataset:
        """start, start + step, ... without end.

        Args:
            start: the first number.
            step: the difference.
            dtype: the dtype of the elements.
            name: ignored.

        Returns:
            An endless dataset of scalars.

        >>> import addax as tf
        >>> list(tf.data.Dataset.counter(10, 5).take(2).as_numpy_iterator())
        [np.int64(10), np.int64(15)]
        """
        first, difference = (integer(v, "Dataset.counter", n) for v, n in ((start, "start"), (step, "step")))
        return _made(RangeNode(first, None, difference, dtype))


def _kept(leaf: Any) -> Any:
    """An array that nobody else can write to."""
    if isinstance(leaf, np.ndarray) and leaf.flags.writeable:
        return leaf.copy()
    return leaf


def _numbered(structure: Any, nodes: list[Any]) -> Any:
    """The structure with datasets numbered in the order that they are met in."""
    from addax.data.dataset import Dataset  # dataset derives from the class above

    if isinstance(structure, Dataset):
        nodes.append(structure._node)
        return len(nodes) - 1
    if isinstance(structure, dict):
        return type(structure)((key, _numbered(item, nodes)) for key, item in structure.items())
    if isinstance(structure, tuple):
        parts = [_numbered(item, nodes) for item in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    what = "a Python `list`, for which a tuple has to be used" if isinstance(structure, list) else f"{structure!r:.80}"
    raise TypeError(f"Dataset.zip: expected (nested) structures of `tf.data.Dataset`s, received {what}.")
