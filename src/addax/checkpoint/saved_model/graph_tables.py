"""Lookup tables of TensorFlow's graphs: filled from constants, text files among the assets, or a checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import context, convert
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.formats import saved_model as files
from addax.formats.errors import CorruptFileError, UnsafeFileError, UnsupportedFormatError
from addax.formats.limits import open_regular
from addax.ops import array, math, string_numbers

if TYPE_CHECKING:
    from addax.checkpoint.saved_model.graph_run import GraphNode

_MAX_FILE = 1 << 30


class Table:
    """A table from keys to values.

    Args:
        key_dtype: of the keys.
        value_dtype: of the values.
        changes: whether functions may change it; those that look something up then run eagerly.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any, changes: bool = False) -> None:
        self.changes = changes
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self.keys = np.zeros(0, object if key_dtype.name == "string" else key_dtype.np)
        self.values = np.zeros(0, object if value_dtype.name == "string" else value_dtype.np)
        self._places: dict[Any, int] = {}

    def fill(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Take over keys and values."""
        self.keys, self.values = keys.reshape(-1), values.reshape(-1)
        self._places = {key: i for i, key in enumerate(self.keys.tolist())}

    def change(self, keys: np.ndarray, values: np.ndarray | None) -> None:
        """Set the values of keys, or forget the keys (values None)."""
        entries = dict(zip(self.keys.tolist(), self.values.tolist(), strict=True))
        if values is None:
            for key in keys.reshape(-1).tolist():
                entries.pop(key, None)
        else:
            entries.update(zip(keys.reshape(-1).tolist(), values.reshape(-1).tolist(), strict=True))
        made = [np.empty(len(entries), part.dtype) for part in (self.keys, self.values)]
        made[0][:], made[1][:] = list(entries), list(entries.values())
        self.fill(*made)

    def find(self, keys: Tensor, default: Any) -> Tensor:
        """The values of keys, `default` where there is none."""
        if isinstance(keys._value, Tracer):
            return self._find_compiled(keys, default)
        flat = np.asarray(keys.numpy()).reshape(-1).tolist()
        other = np.asarray(convert.convert_to_tensor(default).numpy()).item()
        found = [self.values[self._places[key]] if key in self._places else other for key in flat]
        made = np.empty(len(flat), self.values.dtype)
        made[:] = found
        return convert.convert_to_tensor(made.reshape(keys.shape.as_list()))

    def _find_compiled(self, keys: Tensor, default: Any) -> Tensor:
        if self.keys.dtype == object or self.values.dtype == object or self.changes:
            raise NotCompilable("a table of strings, or one that changes, is looked up in Python")
        default = convert.convert_to_tensor(default)
        if not len(self.keys):
            return array.zeros_like(keys, dtype=default.dtype) + default
        order = np.argsort(self.keys)
        known, values = convert.convert_to_tensor(self.keys[order]), convert.convert_to_tensor(self.values[order])
        flat = array.reshape(keys, [-1])
        at = math.minimum(array.searchsorted(known, flat), len(self.keys) - 1)
        found = array.where(math.equal(array.gather(known, at), flat), array.gather(values, at), default)
        return array.reshape(found, keys.shape.as_list())


def _made(node: GraphNode, given: Sequence[Any]) -> Table:
    return Table(node.dtype("key_dtype"), node.dtype("value_dtype"))


def _made_to_change(node: GraphNode, given: Sequence[Any]) -> Table:
    return Table(node.dtype("key_dtype"), node.dtype("value_dtype"), changes=True)


def _change(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    table = _table(node, given[0])
    arrays = [convert.convert_to_tensor(each) for each in given[1:]]
    if not table.changes or any(isinstance(each._value, Tracer) for each in arrays):
        raise NotCompilable("a table that changes is changed in Python")
    table.change(*(np.asarray(each.numpy()) for each in arrays), *([None] if len(arrays) == 1 else []))
    return []


def _exported(node: GraphNode, given: Sequence[Any]) -> tuple[Tensor, Tensor]:
    table = _table(node, given[0])
    return convert.convert_to_tensor(table.keys), convert.convert_to_tensor(table.values)


def _size(node: GraphNode, given: Sequence[Any]) -> Tensor:
    table = _table(node, given[0])
    if table.changes and context.state.trace is not None:
        raise NotCompilable("the size of a table that changes")
    return convert.convert_to_tensor(np.int64(len(table.keys)))


def _table(node: GraphNode, item: Any) -> Table:
    if not isinstance(item, Table):
        raise UnsupportedFormatError(
            node.library.file, "a table that was not made in the SavedModel", member=node.name
        )  # fmt: skip
    return item


def _import(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    table, keys, values = _table(node, given[0]), given[1], given[2]
    table.fill(np.asarray(keys.numpy()), np.asarray(values.numpy()))
    return []


def _from_file(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    """Lines of an asset: their text or number as keys, values, or both."""
    path = np.asarray(given[1].numpy()).item().decode()
    inside = os.path.join(os.path.dirname(os.path.abspath(node.library.file)), files.ASSETS)
    if os.path.commonpath([inside, os.path.abspath(path)]) != inside:
        raise UnsafeFileError(
            node.library.file, "a table from a file that is no asset", member=node.name, received=path
        )
    with open_regular(path) as file:
        lines = file.read(_MAX_FILE).decode("utf-8").splitlines()
    table = _table(node, given[0])
    delimiter = node.text("delimiter", "\t")
    try:
        columns = [
            _column(lines, node.attr(which, -1), dtype, delimiter)
            for which, dtype in (("key_index", table.key_dtype), ("value_index", table.value_dtype))
        ]
    except (ValueError, IndexError) as error:
        raise CorruptFileError(path, f"not lines of a table ({error})", member=node.name) from None
    table.fill(*columns)
    return []


def _column(lines: list[str], index: int, dtype: Any, delimiter: str) -> np.ndarray:
    if index == -1:  # the number of the line
        return np.arange(len(lines), dtype=dtype.np)
    texts = lines if index == -2 else [line.split(delimiter)[index] for line in lines]
    if dtype.name == "string":
        made = np.empty(len(texts), object)
        made[:] = [text.encode() for text in texts]
        return made
    return np.array([int(text) if dtype.np.kind in "iu" else float(text) for text in texts], dtype.np)


def _find(node: GraphNode, given: Sequence[Any]) -> Tensor:
    return _table(node, given[0]).find(convert.convert_to_tensor(given[1]), given[2])


def _bincount(node: GraphNode, given: Sequence[Any]) -> Tensor:
    size = int(np.asarray(given[1].numpy()))
    weights = given[2] if given[2].shape.num_elements() else None
    return math.bincount(
        given[0], weights=weights, minlength=size, maxlength=size, dtype=given[2].dtype,
        axis=-1 if len(given[0].shape) > 1 else None, binary_output=bool(node.attr("binary_output", False)),
    )  # fmt: skip


TABLES: dict[str, Callable[..., Any]] = {
    "DenseBincount": _bincount,
    "HashTableV2": _made,
    "InitializeTableFromTextFileV2": _from_file,
    "LookupTableFindV2": _find,
    "LookupTableImportV2": _import,
    "LookupTableExportV2": _exported,
    "LookupTableInsertV2": _change,
    "LookupTableRemoveV2": _change,
    "LookupTableSizeV2": _size,
    "MutableHashTableV2": _made_to_change,
    "StringToHashBucketFast": lambda node, given: string_numbers.to_hash_bucket_fast(
        given[0], node.attr("num_buckets", 1)
    ),
}
