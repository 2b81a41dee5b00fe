"""Which kind of data was given: arrays, datasets, Sequences, generators; each as `Rows` or `Batches`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import convert, errors, trees
from addax.core.tensor import Tensor
from addax.data import Dataset
from addax.keras.data_sequence import Sequence
from addax.keras.training import data as arrays
from addax.keras.training.data import Batches, Rows, unpack

INFINITE, UNKNOWN = -1, -2


def source(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: Any = False,
    class_weight: Any = None,
    what: str = "fit",
    workers: int = 1,
    use_multiprocessing: bool = False,
    max_queue_size: int = 10,
) -> Rows | Batches:
    """The data of a call of fit, evaluate or predict.

    Raises:
        ValueError: arguments that do not fit the kind of data.
        TypeError: data of an unknown kind.
    """
    if isinstance(x, Rows | Batches):
        return x
    if isinstance(x, Dataset):
        _no_other(x, y, sample_weight, what)
        return _of_dataset(x, class_weight, steps)
    if isinstance(x, Sequence):
        _no_other(x, y, sample_weight, what)
        return _of_sequence(x, class_weight, shuffle, workers, use_multiprocessing, max_queue_size)
    if inspect.isgenerator(x) or isinstance(x, Iterator):
        _no_other(x, y, sample_weight, what)
        return _of_generator(x, class_weight)
    if x is not None and arrays.is_array_like(x):
        return arrays.rows_of(x, y, sample_weight, batch_size, shuffle, what, class_weight)
    if x is not None and hasattr(x, "__iter__") and hasattr(x, "__len__") and not isinstance(x, list | tuple | dict):
        return Batches(lambda: _numpy_batches(iter(x), class_weight), len(x))  # e.g. a torch DataLoader
    raise TypeError(
        errors.message(
            f"Model.{what}, x",
            expected="arrays, tensors, pandas data, a tf.data.Dataset, a generator or a keras.utils.Sequence "
            "(or a list or dict of arrays)",
            received="None" if x is None else f"{type(x).__name__}: {x!r:.80}",
        )
    )


def _no_other(x: Any, y: Any, sample_weight: Any, what: str) -> None:
    """Data in batches brings its targets itself (and its batch size, which TensorFlow 2.21 lets be given)."""
    kind = type(x).__name__
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(f"Model.{what}: `{name}` argument is not supported when x is a {kind}; yield it from x.")


def _of_dataset(dataset: Dataset, class_weight: Any, steps: int | None) -> Rows | Batches:
    size = int(dataset.cardinality().numpy())
    plan = dataset._index_plan()
    if plan is not None and size >= 0 and (steps is None or steps == size):
        rows = _of_plan(plan, class_weight)
        if rows is not None:
            return rows

    def batches() -> Iterator[Any]:
        return (_weighted(element, class_weight) for element in dataset)

    return Batches(batches, None if size == UNKNOWN else float("inf") if size == INFINITE else size)  # type: ignore[arg-type]


def _of_plan(plan: Any, class_weight: Any) -> Rows | None:
    """A dataset over arrays in memory as rows: the same batches, gathered on the device."""
    structure = plan.arrays
    if (
        isinstance(structure, tuple)
        and len(structure) > 3
        or any(a.dtype.kind == "O" for a in trees.flatten(structure))
    ):
        return None
    first = _pass(plan)
    if first is None:  # a smaller batch in the middle (batch, then repeat)
        return None
    if class_weight is not None:
        x, y, weight = unpack(structure)
        structure = arrays.pack(x, y, arrays.with_class_weight(y, weight, class_weight))
    waiting = [first]

    def order() -> np.ndarray:
        rows = waiting.pop() if waiting else _pass(plan)
        return rows if rows is not None else first

    return Rows(structure, plan.batch_size, order, len(first))


def _pass(plan: Any) -> np.ndarray | None:
    """The row numbers of one pass; None if a batch before the last is smaller than the others."""
    batches, parts, ended = plan.batches(), [], False
    while (block := batches.block(1 << 30)) is not None:
        if ended:
            return None
        ended = block.shape[1] != plan.batch_size
        parts.append(block.reshape(-1))
    return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)


def _weighted(element: Any, class_weight: Any) -> Any:
    """A batch with the weights of its classes."""
    if class_weight is None:
        return element
    x, y, weight = unpack(element)
    y_host = trees.map_structure(np.asarray, y)
    weight = None if weight is None else trees.map_structure(np.asarray, weight)
    return x, y, convert.convert_to_tensor(arrays.with_class_weight(y_host, weight, class_weight))


def _numpy_batches(iterator: Iterator[Any], class_weight: Any) -> Iterator[Any]:
    """Batches of arrays as batches of tensors."""
    for element in iterator:
        x, y, weight = unpack(element)
        parts = [_tensors(part) for part in (x, y, weight)]
        yield _weighted(arrays.pack(*parts), class_weight)


def _tensors(part: Any) -> Any:
    if part is None:
        return None
    if isinstance(part, list) and part and not any(hasattr(leaf, "shape") for leaf in part):
        return Tensor(convert.value_of(arrays.to_array(part)))
    return trees.map_structure(lambda leaf: leaf if leaf is None else _tensor(arrays.to_array(_plain(leaf))), part)


def _plain(leaf: Any) -> Any:
    return leaf.numpy() if type(leaf).__module__.startswith("torch") else leaf


def _tensor(array: Any) -> Any:
    return array if convert.is_tensor(array) else Tensor(convert.value_of(array))


def _of_sequence(
    sequence: Any, class_weight: Any, shuffle: Any, workers: int, use_multiprocessing: bool, max_queue_size: int
) -> Batches:
    def batches() -> Iterator[Any]:
        order = np.arange(len(sequence))
        if shuffle:
            order = arrays._permutation(len(sequence), 1, True)()
        if workers > 1 or use_multiprocessing:
            from addax.keras.data_sequence import prefetched

            items = prefetched(sequence, order, workers, max_queue_size, use_multiprocessing)
        else:
            items = (sequence[int(i)] for i in order)
        return _numpy_batches(items, class_weight)

    return Batches(batches, len(sequence), epoch_end=sequence.on_epoch_end)


def _of_generator(generator: Any, class_weight: Any) -> Batches:
    running = _numpy_batches(iter(generator), class_weight)
    return Batches(lambda: running, None, endless=True)
