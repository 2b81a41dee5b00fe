"""Which kind of data was given: arrays, datasets, Sequences, generators; each as `Rows` or `Batches`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import convert, errors, trees
from addax.core.tensor import Tensor
from addax.data import Dataset
from addax.distribute.input import DistributedDataset, InputContext
from addax.keras.data_sequence import Sequence
from addax.keras.dataset_creator import DatasetCreator
from addax.keras.layers import static_shapes
from addax.keras.training import data as arrays
from addax.keras.training.data import Batches, Rows, unpack
from addax.keras.training.streams import RowStream, Stream
from addax.ops import sparse_shaping
from addax.ops.gathering import gather

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
    goes_on = isinstance(x, DatasetCreator) and what == "fit"
    if isinstance(x, DatasetCreator):
        if steps is None:
            raise ValueError(
                f"Model.{what}: the steps of a `tf.keras.utils.experimental.DatasetCreator` are not known; give "
                "`steps_per_epoch`, `validation_steps` or `steps`."
            )
        x = x(InputContext())
    if isinstance(x, DistributedDataset):
        _no_other(x, y, sample_weight, what)
        if steps is None:
            raise ValueError("When providing a distributed dataset, you must specify the number of steps to run.")
        if x.of_replicas and class_weight:
            raise ValueError(f"Model.{what}: yield sample weights from the dataset of each replica, not class_weight.")
        if x.of_replicas:
            return Batches(x.joined, None)
        x = x.dataset
    if isinstance(x, Dataset):
        _no_other(x, y, sample_weight, what)
        return _going_on(x, class_weight) if goes_on else _of_dataset(x, class_weight, steps)
    if isinstance(x, Sequence):
        _no_other(x, y, sample_weight, what)
        if workers == 1 and not use_multiprocessing:  # then the data's own wishes hold
            workers, use_multiprocessing, max_queue_size = x.workers, x.use_multiprocessing, x.max_queue_size
        return _of_sequence(x, class_weight, shuffle, workers, use_multiprocessing, max_queue_size)
    if inspect.isgenerator(x) or isinstance(x, Iterator):
        _no_other(x, y, sample_weight, what)
        return _of_generator(x, class_weight)
    if x is not None and arrays.is_array_like(x):
        if any(is_composite(leaf) for leaf in trees.flatten((x, y, sample_weight))):
            return _of_composites(x, y, sample_weight, batch_size, shuffle, what, class_weight, steps)
        return arrays.rows_of(x, y, sample_weight, batch_size, shuffle, what, class_weight, steps)
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


def in_one_batch(x: Any, y: Any, sample_weight: Any, what: str, class_weight: Any = None) -> Rows | Batches:
    """All of the data as one batch."""
    if any(is_composite(leaf) for leaf in trees.flatten((x, y, sample_weight))):
        return _of_composites(x, y, sample_weight, 1 << 40, False, what, class_weight)
    rows = arrays.rows_of(x, y, sample_weight, 1 << 40, False, what, class_weight)
    rows.told = None
    return rows


def is_composite(leaf: Any) -> bool:
    """Whether data is ragged or sparse, so that batches of it are no arrays of one shape."""
    return bool(getattr(leaf, "__is_tf_composite__", False))


def _of_composites(
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: int | None,
    shuffle: Any,
    what: str,
    class_weight: Any,
    steps: int | None = None,
) -> Batches:
    """Data in memory that is ragged or sparse, or partly so: batches of picked rows."""
    rows = arrays.rows_of(x, y, sample_weight, batch_size, shuffle, what, class_weight, steps)

    def batches() -> Iterator[Any]:
        order = np.arange(rows.count) if rows.order is None else np.asarray(rows.order())
        for start in range(0, rows.count, rows.batch_size):
            chosen = order[start : start + rows.batch_size]
            yield rows.rebuild([_picked(leaf, chosen) for leaf in rows.flat])

    return Batches(batches, rows.steps)


def _picked(leaf: Any, rows: np.ndarray) -> Any:
    """Some rows of an array, a ragged or a sparse tensor."""
    if leaf is None:
        return None
    if hasattr(leaf, "dense_shape"):
        return sparse_shaping.rows(leaf, rows)
    return gather(leaf if is_composite(leaf) else _tensor(leaf), convert.convert_to_tensor(rows))


def _of_dataset(dataset: Dataset, class_weight: Any, steps: int | None) -> Rows | Batches:
    size = int(dataset.cardinality().numpy())
    known = None if size == UNKNOWN else float("inf") if size == INFINITE else size
    plan = dataset._index_plan()
    told = _told_by(dataset)
    if plan is None or isinstance(plan.arrays, tuple) and len(plan.arrays) > 3:
        return Batches(lambda: Stream(dataset, class_weight), known, told=told)  # type: ignore[arg-type,return-value]
    if plan.regular and (steps is None or steps == size):
        rows = _of_plan(plan, class_weight)
        rows.told = told
        return rows
    return Batches(lambda: RowStream(plan, class_weight), known, told=told)  # type: ignore[arg-type,return-value]


def _going_on(dataset: Dataset, class_weight: Any) -> Batches:
    """Batches of one pass over a dataset, however many epochs take from it."""
    found = _of_dataset(dataset, class_weight, UNKNOWN)
    assert isinstance(found, Batches)  # rows are for whole passes
    running = found.make()
    return Batches(lambda: running, None, endless=True, told=found.told)


def _told_by(dataset: Dataset) -> static_shapes.Told | None:
    """What a dataset tells of the shape of a model's inputs."""
    spec = dataset.element_spec
    inputs = spec[0] if isinstance(spec, tuple) and spec else spec
    return static_shapes.told_by(getattr(inputs, "shape", None))


def _of_plan(plan: Any, class_weight: Any) -> Rows:
    """A dataset over arrays in memory as rows: the same batches, gathered on the device."""
    structure = plan.arrays
    first = _pass(plan)
    if class_weight is not None:
        x, y, weight = unpack(structure)
        structure = arrays.pack(x, y, arrays.with_class_weight(y, weight, class_weight))
    waiting = [first]
    return Rows(structure, plan.batch_size, lambda: waiting.pop() if waiting else _pass(plan), len(first))


def _pass(plan: Any) -> np.ndarray:
    """The row numbers of one pass."""
    batches, parts = plan.batches(), []
    while (block := batches.block(1 << 30)) is not None:
        parts.append(block.reshape(-1))
    return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)


def _numpy_batches(iterator: Iterator[Any], class_weight: Any) -> Iterator[Any]:
    """Batches of arrays as batches of tensors."""
    for element in iterator:
        x, y, weight = unpack(element)
        parts = [_tensors(part) for part in (x, y, weight)]
        yield arrays.weighted(arrays.pack(*parts), class_weight)


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
        if hasattr(sequence, "on_epoch_begin"):
            sequence.on_epoch_begin()
        order = np.arange(len(sequence))
        if shuffle:
            order = arrays._permutation(len(sequence), 1, True)()
        if workers > 1 or use_multiprocessing:
            from addax.keras.data_sequence import prefetched

            items = prefetched(sequence, order, workers, max_queue_size, use_multiprocessing)
        else:
            items = (sequence[int(i)] for i in order)
        return _numpy_batches(items, class_weight)

    return Batches(batches, len(sequence), epoch_end=sequence.on_epoch_end, anew=True)


def _of_generator(generator: Any, class_weight: Any) -> Batches:
    running = _numpy_batches(iter(generator), class_weight)
    return Batches(lambda: running, None, endless=True)
