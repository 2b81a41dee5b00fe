"""Where datasets come from: the static constructors of tf.data.Dataset."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import dtypes, errors, gfile, trees
from addax.core.spec import TensorSpec, TypeSpec
from addax.data import composites, elements
from addax.data.arguments import integer
from addax.data.nodes.cache import ReadNode, ShardNode
from addax.data.nodes.choose import ChooseNode, WeightedNode
from addax.data.nodes.generator import GeneratorNode, signature_from_types
from addax.data.nodes.random import RandomNode
from addax.data.nodes.range import RangeNode
from addax.data.nodes.slices import SlicesNode
from addax.data.nodes.tensors import ListNode, TensorsNode
from addax.data.nodes.zip import ZipNode
from addax.data.spec import DatasetSpec
from addax.data.storage import Folder, compression_of

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
        kept = elements.apply(_kept, elements.from_user(tensors))
        if any(isinstance(leaf, trees.CompositeTensor) for leaf in elements.flatten(kept)):
            return _made(_rows_one_by_one(kept))
        return _made(SlicesNode(kept))

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
        element = elements.apply(_kept, elements.from_user(tensors))
        if all(leaf is None for leaf in elements.flatten(element)):
            raise errors.InvalidArgumentError(
                errors.message("Dataset.from_tensors", expected="at least one tensor", received=repr(tensors)[:80])
            )
        return _made(TensorsNode(element))

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

    @staticmethod
    def from_generator(
        generator: Callable[..., Any], output_types: Any = None, output_shapes: Any = None, args: Any = None,
        output_signature: Any = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """What a Python generator yields.

        Args:
            generator: called anew for each pass; yields structures of anything that converts to the declared specs.
            output_types: the older way to declare: a structure of dtypes ...
            output_shapes: ... and one of shapes, unknown where it is not given.
            args: tensors that the generator is called with, as NumPy values.
            output_signature: a structure of `tf.TensorSpec`s (or other specs) of an element.
            name: ignored.

        Returns:
            A dataset of unknown length.

        Raises:
            TypeError: no callable, or no declaration. While iterating, `tf.errors.InvalidArgumentError` and relatives
                for what the generator raises or yields wrongly, with the element's number and the line.

        >>> import addax as tf
        >>> def count():
        ...     for i in range(3):
        ...         yield i, [0.5] * i
        >>> signature = (tf.TensorSpec((), tf.int32), tf.TensorSpec((None,), tf.float32))
        >>> [x.shape[0] for _, x in tf.data.Dataset.from_generator(count, output_signature=signature)]
        [0, 1, 2]
        """
        if not callable(generator):
            raise TypeError(
                f"`generator` must be a Python callable. Dataset.from_generator: received {generator!r:.80}."
            )
        if output_signature is not None and (output_types is not None or output_shapes is not None):
            raise TypeError(
                "The `output_signature` argument can not be used together with the `output_types` or `output_shapes` "
                "arguments. (Dataset.from_generator)"
            )
        if output_signature is None and output_types is None:
            raise TypeError(
                "To specify the output signature you need to provide either the `output_signature` argument or the "
                "`output_types` argument. (Dataset.from_generator)"
            )
        if output_signature is None:
            spec = signature_from_types(output_types, output_shapes)
        else:
            spec = _as_spec(output_signature)
        values = tuple([elements.to_numpy(elements.from_user(value)) for value in args or ()])
        return _made(GeneratorNode(generator, values, spec))

    @staticmethod
    def random(seed: Any = None, rerandomize_each_iteration: bool | None = None, name: str | None = None) -> Dataset:
        """Random integers (int64, from 0 to 2**32 - 1) without end.

        Args:
            seed: makes the numbers the same in every run of the program.
            rerandomize_each_iteration: each pass has other numbers.
            name: ignored.

        Returns:
            An endless dataset of scalars.

        >>> import addax as tf
        >>> len(list(tf.data.Dataset.random(seed=4).take(3)))
        3
        """
        return _made(RandomNode(seed, bool(rerandomize_each_iteration)))

    @staticmethod
    def choose_from_datasets(datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = True) -> Dataset:
        """Elements of several datasets, as a dataset of numbers says.

        Args:
            datasets: a list of datasets of one structure.
            choice_dataset: int64 scalars: the number of the dataset that gives the next element.
            stop_on_empty_dataset: end with the first dataset that has nothing left; otherwise pass over it.

        Returns:
            A dataset.

        Raises:
            ValueError: no datasets.
            TypeError: choices that are not int64 scalars.

        >>> import addax as tf
        >>> a, b = tf.data.Dataset.range(3), tf.data.Dataset.range(10, 13)
        >>> choice = tf.data.Dataset.from_tensor_slices(tf.constant([0, 1, 1], tf.int64))
        >>> [int(v) for v in tf.data.Dataset.choose_from_datasets([a, b], choice)]
        [0, 10, 11]
        """
        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        if choice_dataset.element_spec != TensorSpec([], dtypes.int64):
            raise TypeError(
                "Invalid `choice_dataset`. Elements of `choice_dataset` must be scalar `tf.int64` tensors but are "
                f"{choice_dataset.element_spec}."
            )
        nodes = [dataset._node for dataset in datasets]
        return _made(ChooseNode(choice_dataset._node, nodes, bool(stop_on_empty_dataset)))

    @staticmethod
    def sample_from_datasets(
        datasets: Any, weights: Any = None, seed: Any = None, stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: bool | None = None,
    ) -> Dataset:  # fmt: skip
        """Elements of several datasets, each time from one drawn at random.

        Args:
            datasets: a list of datasets of one structure.
            weights: the odds of each, a list or a dataset of such lists; equal by default.
            seed: makes the choice the same in every run of the program.
            stop_on_empty_dataset: end with the first dataset that has nothing left; otherwise pass over it.
            rerandomize_each_iteration: each pass has other choices.

        Returns:
            A dataset.

        Raises:
            ValueError: no datasets, or as many weights as there are not datasets.
        """
        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        nodes = [dataset._node for dataset in datasets]
        again = bool(rerandomize_each_iteration)
        if isinstance(weights, Sources):
            draws = RandomNode(seed, again)
            node = ChooseNode(WeightedNode(weights._node, draws, len(nodes)), nodes, bool(stop_on_empty_dataset))  # type: ignore[attr-defined]
            return _made(node)
        odds = np.ones(len(nodes)) if weights is None else elements.from_user(weights)
        if len(odds) != len(nodes):
            raise ValueError(
                "Invalid `weights`. `weights` should have the same length as `datasets` but got "
                f"`len(weights)={len(odds)}` vs. `len(datasets)={len(nodes)}`."
            )
        if odds.dtype not in (np.float32, np.float64):
            raise TypeError(
                "Invalid `weights`. `weights` type must be either `tf.float32` or `tf.float64` but is "
                f"{dtypes.from_numpy(odds.dtype)!r}."
            )
        odds = odds.astype(np.float64)
        kept = [number for number, weight in enumerate(odds) if weight > 0]
        if not kept:
            return _made(nodes[0]).take(0)
        if len(kept) == 1:
            return _made(nodes[kept[0]])
        choices = RandomNode(seed, again, odds[kept])
        return _made(ChooseNode(choices, [nodes[number] for number in kept], bool(stop_on_empty_dataset)))

    @staticmethod
    def list_files(
        file_pattern: Any, shuffle: bool | None = None, seed: Any = None, name: str | None = None
    ) -> Dataset:
        """The names of the files that match patterns.

        Args:
            file_pattern: a glob pattern, or a list or tensor of them.
            shuffle: random order, another one for each pass; True by default.
            seed: makes the order the same in every run of the program.
            name: ignored.

        Returns:
            A dataset of strings.

        Raises:
            tf.errors.InvalidArgumentError: nothing matches.
        """
        patterns = [os.fsdecode(item) for item in np.asarray(elements.from_user(file_pattern)).reshape(-1).tolist()]
        found = sorted({path for pattern in patterns for path in gfile.glob(pattern)})
        if not found:
            raise errors.InvalidArgumentError(None, None, f"No files matched pattern: {', '.join(patterns)}")
        made = Sources.from_tensor_slices(np.array([os.fsencode(path) for path in found], object))
        return made if shuffle is False else made.shuffle(len(found), seed=seed)

    @staticmethod
    def load(
        path: str, element_spec: Any = None, compression: str | None = None,
        reader_func: Callable[..., Any] | None = None, wait: bool = False,
    ) -> Dataset:  # fmt: skip
        """The dataset that `Dataset.save` wrote to a folder.

        Args:
            path: the folder.
            element_spec: the structure of specs of an element; by default the one that was saved.
            compression: may be left out: the folder says it. With another one, reading is an error.
            reader_func: takes a dataset of datasets, one per file, and returns the dataset to read.
            wait: wait until the folder is there.

        Returns:
            A dataset.

        Raises:
            tf.errors.NotFoundError: there is no such folder.
            ValueError: an unknown compression.
            tf.errors.InvalidArgumentError: reader_func gives no dataset.
        """
        where = os.fspath(path)
        while wait and not Folder.exists(where):
            time.sleep(0.1)
        if compression is not None:
            compression_of(compression)
        return read_folder(Folder(where, compression), element_spec, reader_func)


def read_folder(folder: Folder, spec: Any, reader_func: Callable[..., Any] | None) -> Dataset:
    """A dataset over the shards of a folder."""
    spec = folder.spec if spec is None else _as_spec(spec)
    if reader_func is None and len(folder.shards) <= 1:
        return _made(ShardNode(folder, folder.shards, spec))
    shards = [_made(ShardNode(folder, [shard], spec)) for shard in folder.shards]
    nested = _made(ListNode(shards, DatasetSpec(spec)))
    if reader_func is not None:
        read = reader_func(nested)
        if not isinstance(read, Sources):
            raise errors.InvalidArgumentError(
                None, None, f"Dataset.load: expected reader_func to return a dataset, received {read!r:.80}."
            )
        return _made(ReadNode(read._node, folder.count))  # type: ignore[attr-defined]
    whole = nested.interleave(lambda dataset: dataset, cycle_length=os.cpu_count() or 1)
    whole._node.count = folder.count  # type: ignore[attr-defined]
    return whole


def _as_spec(signature: Any) -> Any:
    """A structure of specs, with tuples for lists."""
    if isinstance(signature, TypeSpec):
        return signature
    if isinstance(signature, dict):
        return type(signature)((key, _as_spec(item)) for key, item in signature.items())
    if isinstance(signature, tuple | list):
        parts = [_as_spec(item) for item in signature]
        return type(signature)(*parts) if hasattr(signature, "_fields") else tuple(parts)
    raise TypeError(
        f"Dataset.from_generator: `output_signature` must contain objects that are subclass of `tf.TypeSpec` but found "
        f"{type(signature)} which is not."
    )


def _rows_one_by_one(structure: Any) -> ListNode:
    """The rows of a structure with ragged or sparse tensors in it."""
    columns = [composites.rows_of(leaf) for leaf in elements.flatten(structure)]
    sizes = {len(column) for column in columns}
    if len(sizes) != 1:
        raise ValueError(f"Dataset.from_tensor_slices: expected components of one length, received {sorted(sizes)}.")
    items = [
        elements.pack_like(
            structure, [column[row, ...] if isinstance(column, np.ndarray) else column[row] for column in columns]
        )
        for row in range(sizes.pop())
    ]
    return ListNode(items, elements.map_specs(lambda leaf: leaf._unbatch(), elements.spec_of(structure)))


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
