"""What `fit`, `evaluate` and `predict` are fed with, as batches.

Everything becomes one of two kinds. `Rows`: arrays in memory, run on the device by row numbers. `Batches`: an iterator
of batches (generators, Sequences, streaming datasets), run as they come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.core import convert, errors, random, trees
from addax.core.repeat import on_device
from addax.core.tensor import Tensor
from addax.keras import config
from addax.keras.layers.static_shapes import Told, open_batch, open_sizes

SERIES_NAMES = ("DataFrame", "Series")


class Rows:
    """Arrays in memory: (x, y, sample_weight) with examples on axis 0.

    Args:
        data: NumPy arrays or tensors, in the structure in which a step takes them (x, or (x, y, sample_weight)).
        batch_size: examples per batch.
        order: makes the row numbers of one pass (int32 or int64 array), None for rows as they are.
        count: examples in a pass.
        drop_remainder: leave the last smaller batch out.
    """

    def __init__(
        self, data: Any, batch_size: int, order: Callable[[], Any] | None, count: int,
        drop_remainder: bool = False,
    ) -> None:  # fmt: skip
        self.data = data
        self.batch_size = min(batch_size, count) if count else batch_size
        self.order = order
        self.count = count
        self.full = count // self.batch_size if count else 0
        self.tail = 0 if drop_remainder else count - self.full * self.batch_size
        self.flat = trees.flatten(data)
        self.ran_out = False  # whether it was said that the data ended early
        self.told: Told | None = open_batch if self.tail else None
        self._device: list[Any] | None = None

    @property
    def steps(self) -> int:
        """Batches in a pass."""
        return self.full + bool(self.tail)

    def end_of_pass(self) -> None:
        """Nobody asked to hear of it."""

    def on_device(self) -> list[Any]:
        """The flat arrays on the device; moved once."""
        if self._device is None:
            self._device = [on_device(array) for array in self.flat]
        return self._device

    def rebuild(self, flat: Any) -> Any:
        """A flat batch in the structure of the data."""
        return trees.pack(self.data, list(flat))


class Batches:
    """Batches that come from an iterator.

    Args:
        make: makes a new iterator for a pass.
        steps: batches in a pass, None if not known.
        endless: whether one iterator goes on from epoch to epoch.
        epoch_end: called after each pass.
        anew: whether every epoch starts with the first batch, however many steps the last one had.
        told: what the source tells of the shape of the inputs, None if everything.
    """

    def __init__(
        self, make: Callable[[], Iterator[Any]], steps: float | None, endless: bool = False,
        epoch_end: Callable[[], None] | None = None, anew: bool = False, told: Told | None = open_sizes,
    ) -> None:  # fmt: skip
        self.anew = anew
        self.told = told
        self.make = make
        self.steps = steps
        self.endless = endless
        self.epoch_end = epoch_end
        self.expected = steps if steps != math.inf else None  # batches in a pass, as far as known or seen
        self.ran_out = False
        self.has_given = False  # a batch, in any pass

    def end_of_pass(self) -> None:
        """Tell the data that a pass over it is over."""
        if self.epoch_end is not None:
            self.epoch_end()


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of what a dataset yields: x alone, or a tuple of up to three."""
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if len(data) > 3:
        raise ValueError(
            f"Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, found a tuple of "
            f"{len(data)} elements."
        )
    return (*data, None, None, None)[:3]  # type: ignore[return-value]


def pack(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """The shortest form of (x, y, sample_weight): x alone is itself, unless it is a list or tuple of inputs."""
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, list | tuple) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


# ---------------------------------------------------------------------------- arrays


def is_array_like(x: Any) -> bool:
    """Whether `x` (or every leaf of it) is data in memory."""
    leaves = trees.flatten(x)
    return bool(leaves) and all(_is_array(leaf) for leaf in leaves)


def _is_array(leaf: Any) -> bool:
    if isinstance(leaf, np.ndarray | np.generic | Tensor | int | float | str) or convert.is_tensor(leaf):
        return True
    if type(leaf).__name__ in SERIES_NAMES:
        return True
    return hasattr(leaf, "__array__") or hasattr(leaf, "toarray") or hasattr(leaf, "__jax_array__")


def to_array(leaf: Any) -> Any:
    """One array of the data as NumPy or a tensor: pandas and sparse ones made dense, floats in Keras's float type."""
    if leaf is None or isinstance(leaf, Tensor):
        return _float(leaf) if isinstance(leaf, Tensor) else leaf
    if hasattr(leaf, "__tf_value__"):
        return leaf.read_value()
    if getattr(leaf, "__is_tf_composite__", False):
        return leaf
    if hasattr(leaf, "toarray") and hasattr(leaf, "nnz"):  # SciPy's sparse matrices
        leaf = leaf.toarray()
    if type(leaf).__name__ in SERIES_NAMES:
        leaf = leaf.to_numpy()
        if leaf.dtype == object and leaf.size and not isinstance(leaf.reshape(-1)[0], str | bytes):
            leaf = np.array(leaf.tolist())
    array = np.asarray(leaf)
    if array.dtype.kind in "OSU":
        return convert.as_object_array(array)
    return _float(array)


def _float(array: Any) -> Any:
    """Floating data in `floatx`, as Keras casts it."""
    dtype = array.dtype.np if isinstance(array, Tensor) else array.dtype
    want = np.dtype(config.floatx())
    if dtype.kind != "f" or dtype == want:
        return array
    if isinstance(array, Tensor):
        from addax.ops import casting

        return casting.cast(array, want)
    return array.astype(want)


def rows_of(
    x: Any,
    y: Any,
    sample_weight: Any,
    batch_size: int | None,
    shuffle: Any,
    what: str,
    class_weight: Any = None,
    steps: int | None = None,
) -> Rows:
    """Arrays as `Rows`.

    Raises:
        ValueError: arrays of different lengths, no data, or weights that do not fit.
    """
    x, y = _arrays(x), _arrays(y)
    sample_weight = _arrays(sample_weight)
    sizes = {name: sorted({_length(leaf, name, what) for leaf in trees.flatten(part) if leaf is not None})
             for name, part in (("x", x), ("y", y), ("sample_weight", sample_weight)) if part is not None}  # fmt: skip
    all_sizes = {size for found in sizes.values() for size in found}
    if len(all_sizes) > 1:
        raise ValueError(
            f"Data cardinality is ambiguous ({what}): make sure all arrays contain the same number of samples.\n"
            + "\n".join(f"  {name} sizes: {', '.join(map(str, found))}" for name, found in sizes.items())
            + "\n  To do: cut them to the same rows, or check how they were loaded."
        )
    count = all_sizes.pop() if all_sizes else 0
    if count == 0:
        raise ValueError(
            errors.message(what, expected="at least one sample", received=f"empty data ({_describe(x)})",
                           hint="check how x was sliced or loaded")
        )  # fmt: skip
    if class_weight is not None:
        sample_weight = with_class_weight(y, sample_weight, class_weight)
    if y is not None and sample_weight is not None:
        sample_weight = trees.map_structure(lambda leaf: _or_ones(leaf, count), sample_weight)
    by_default = 32 if not steps or steps < 1 else math.ceil(count / steps)  # as Keras cuts data into steps
    size = by_default if batch_size is None else int(batch_size)
    if size < 1:
        raise ValueError(f"Model.{what}: expected a batch_size of at least 1, received a batch size of {batch_size}.")
    order = _permutation(count, size, shuffle) if shuffle else None
    rows = Rows(pack(x, y, sample_weight), size, order, count)
    rows.told = open_batch if count % size else None
    return rows


def _arrays(part: Any) -> Any:
    if part is None:
        return None
    if isinstance(part, list | tuple) and part and all(isinstance(leaf, int | float | bool | str) for leaf in part):
        return to_array(list(part))
    if isinstance(part, list) and part and all(isinstance(leaf, list | tuple) for leaf in part) and _numbers(part):
        return to_array(part)
    return trees.map_structure(to_array, part)


def _or_ones(weights: Any, count: int) -> Any:
    """The weights of an output; ones for an output without, as in Keras."""
    return np.ones(count, np.float32) if weights is None else weights


def _numbers(part: Any) -> bool:
    while isinstance(part, list | tuple):
        if not part:
            return False
        part = part[0]
    return isinstance(part, int | float | bool | str)


def _length(leaf: Any, name: str, what: str) -> int:
    shape = tuple(leaf.shape)
    if not shape:
        raise ValueError(
            errors.message(what, expected=f"{name} with examples on its first axis", received=errors.describe(leaf))
        )
    return shape[0]


def _describe(x: Any) -> str:
    return ", ".join(errors.describe(leaf) for leaf in trees.flatten(x) if hasattr(leaf, "shape"))


def _permutation(count: int, batch_size: int, shuffle: Any) -> Callable[[], np.ndarray]:
    """Makes a new order for each pass, drawn from the global random state."""

    def order() -> np.ndarray:
        generator = np.random.Generator(np.random.SFC64(random.global_state().next_on_host()))
        if shuffle == "batch":
            batches = generator.permutation(count // batch_size)
            rows = (batches[:, None] * batch_size + np.arange(batch_size)).reshape(-1)
            return np.concatenate([rows, np.arange(len(rows), count)]).astype(np.int32)
        order = np.arange(count, dtype=np.int32)
        generator.shuffle(order)
        return order

    return order


def class_table(class_weight: dict[int, float]) -> np.ndarray:
    """Weights by class number.

    Raises:
        ValueError: the classes are not numbered from 0 without a gap.
    """
    weights = {int(key): float(value) for key, value in class_weight.items()}
    if set(weights) != set(range(len(weights))):
        raise ValueError(
            "Expected `class_weight` to be a dict with keys from 0 to one less than the number of classes, found "
            f"{class_weight}.\n  To do: give every class a weight; 1.0 changes nothing."
        )
    return np.array([weights[i] for i in range(len(weights))], np.float32)


class OutputClassWeights:
    """Class weights by output, for models with several.

    Args:
        by_name: {output name: {class: weight}}; None for an output without.
        names: the outputs' names in order.
    """

    def __init__(self, by_name: dict[str, Any], names: list[str]) -> None:
        self.by_name, self.names = by_name, names

    @classmethod
    def of(cls, class_weight: Any, names: list[str] | None, keys: list[str] | None = None) -> Any:
        """A `class_weight` argument: by output if it is a list or a dict of dicts, otherwise as it is.

        `keys` are those of a dict of outputs, in the order of `names`; a dict of weights may have either.

        Raises:
            ValueError: an output that the model does not have.
        """
        if isinstance(class_weight, list | tuple):
            names = names or [f"output_{i + 1}" for i in range(len(class_weight))]
            if len(class_weight) != len(names):
                raise ValueError(
                    errors.message("fit, class_weight", expected=f"one entry for each of the outputs {names}",
                                   received=f"{len(class_weight)}", hint="use None for outputs without class weights")
                )  # fmt: skip
            return cls(dict(zip(names, class_weight, strict=True)), names)
        if not isinstance(class_weight, dict) or not any(isinstance(each, dict) for each in class_weight.values()):
            return class_weight
        if names and keys:
            class_weight = {
                dict(zip(names, keys, strict=True)).get(key, key): each for key, each in class_weight.items()
            }
        names = keys or names or sorted(class_weight)
        for key in class_weight:
            if key not in names:
                raise ValueError(
                    errors.message("fit, class_weight", expected=f"keys among the outputs {names}", received=repr(key),
                                   hint=errors.suggest(str(key), names) or "name the output layers")
                )  # fmt: skip
        return cls(class_weight, names)

    def weights(self, y: Any, sample_weight: Any) -> Any:
        """Sample weights in the structure of `y`."""
        if not isinstance(y, dict | list | tuple):
            return with_class_weight(y, sample_weight, self.by_name.get(self.names[0]))
        keys = list(y) if isinstance(y, dict) else self.names
        targets = y if isinstance(y, dict) else dict(zip(keys, y, strict=True))
        if isinstance(sample_weight, list | tuple):
            sample_weight = dict(zip(self.names, sample_weight, strict=True))
        given = sample_weight if isinstance(sample_weight, dict) else dict.fromkeys(keys, sample_weight)
        found = {key: with_class_weight(targets[key], given.get(key), self.by_name.get(key)) for key in keys}
        return found if isinstance(y, dict) else [found[key] for key in keys]


def with_class_weight(y: Any, sample_weight: Any, class_weight: Any) -> Any:
    """Sample weights that the classes of `y` imply, times the given ones.

    Raises:
        ValueError: no targets, several outputs, or targets that do not name classes.
        tf.errors.InvalidArgumentError: a class without a weight.
    """
    if y is None:
        raise ValueError("class_weight: expected targets y, received None.")
    if isinstance(class_weight, OutputClassWeights):
        return class_weight.weights(y, sample_weight)
    leaves = trees.flatten(y)
    if len(leaves) > 1:
        raise ValueError(
            "`class_weight` is only supported for Models with a single output.\n"
            "  To do: pass {output name: {class: weight}}."
        )
    target = np.asarray(leaves[0])
    if class_weight is None:
        return np.ones(len(target), np.float32) if sample_weight is None else sample_weight
    if target.ndim > 2:
        raise ValueError("`class_weight` not supported for 3+ dimensional targets.")
    if target.ndim == 2 and target.shape[1] > 1:
        classes = target.argmax(axis=1)
    else:
        classes = target.reshape(-1).astype(np.int64)
    table = class_table(class_weight)
    outside = np.flatnonzero((classes < 0) | (classes >= len(table)))
    if outside.size:
        raise errors.InvalidArgumentError(
            errors.message("fit, class_weight", expected=f"a weight for every class; there are {len(table)}",
                           received=f"the class {classes[outside[0]]} in row {outside[0]} of the targets",
                           hint=f"add {classes[outside[0]]}: 1.0 to class_weight")
        )  # fmt: skip
    weights = table[classes]
    if sample_weight is None:
        return weights
    given = np.asarray(trees.flatten(sample_weight)[0]).astype(np.float32)
    return given * weights.reshape(weights.shape + (1,) * (given.ndim - 1))


def weighted(element: Any, class_weight: Any) -> Any:
    """A batch with the weights of its classes."""
    if class_weight is None:
        return element
    x, y, weight = unpack(element)
    y_host = trees.map_structure(np.asarray, y)
    weight = None if weight is None else trees.map_structure(np.asarray, weight)
    return x, y, trees.map_structure(convert.convert_to_tensor, with_class_weight(y_host, weight, class_weight))


def split(data: tuple[Any, ...], fraction: float) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The first and the last part of arrays, as validation_split cuts them.

    Raises:
        ValueError: not arrays, or a part that would be empty.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"validation_split must be between 0 and 1, received {fraction}.")
    leaves = [leaf for leaf in trees.flatten(data) if leaf is not None]
    if not leaves or not all(_is_array(leaf) for leaf in leaves):
        raise ValueError(
            "`validation_split` is only supported for Tensors or NumPy arrays, found: "
            f"{sorted({type(leaf).__name__ for leaf in leaves})}.\n  To do: pass validation_data instead."
        )
    parts = tuple(_arrays(part) for part in data)
    count = next(tuple(leaf.shape)[0] for leaf in trees.flatten(parts) if leaf is not None)
    at = math.floor(count * (1.0 - fraction))
    if at == 0 or at == count:
        raise ValueError(
            f"Training data contains {count} samples, which is not sufficient to split it into a validation and "
            f"training set as specified by `validation_split={fraction}`. Either provide more data, or a different "
            "value for the `validation_split` argument."
        )

    def cut(rows: slice) -> tuple[Any, ...]:
        return tuple(
            None if part is None else trees.map_structure(lambda leaf: None if leaf is None else leaf[rows], part)
            for part in parts
        )

    return cut(slice(0, at)), cut(slice(at, count))
