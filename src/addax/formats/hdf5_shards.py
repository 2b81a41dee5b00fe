"""HDF5 files that are parts of one, and the index that names them, as Keras 3 writes large models' weights."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from addax.formats.errors import CorruptFileError
from addax.formats.hdf5 import HDF5Dataset, HDF5Group, open_hdf5
from addax.formats.json_text import read_json
from addax.formats.limits import open_regular

_MAX_INDEX = 64 * 2**20
_MAX_SHARDS = 4096


class MergedGroup(HDF5Group):
    """Groups of the same path in several files, as one.

    Args:
        groups: at least one.
    """

    def __init__(self, groups: list[HDF5Group]) -> None:
        first = groups[0]
        super().__init__(first._group, first._file, first.path, first._budget)
        self._groups = groups

    def keys(self) -> list[str]:
        """The names in any of the groups."""
        return list(dict.fromkeys(name for group in self._groups for name in group.keys()))

    def _child(self, name: str) -> Any:
        found = [group._child(name) for group in self._groups if name in group]
        groups = [each for each in found if isinstance(each, HDF5Group)]
        if len(found) > 1 and len(groups) < len(found):
            array = next(each for each in found if isinstance(each, HDF5Dataset))
            raise CorruptFileError(array._file, "is in several files", member=array.path)
        return MergedGroup(groups) if len(groups) > 1 else found[0] if found else super()._child(name)


@contextlib.contextmanager
def open_shards(index: str) -> Iterator[HDF5Group]:
    """The files that an index names, as one group.

    Args:
        index: the path of a JSON file `{"weight_map": {group: file or files}}`; the files lie beside it.

    Raises:
        CorruptFileError: a damaged or hostile index or file.
        OSError: one is missing.
    """
    with contextlib.ExitStack() as stack:
        folder = os.path.dirname(index)
        yield MergedGroup([stack.enter_context(open_hdf5(os.path.join(folder, name))) for name in shard_names(index)])


def shard_names(index: str) -> list[str]:
    """The files that an index names, in order."""
    with open_regular(index) as file:
        made = read_json(file.read(_MAX_INDEX + 1), file=index, max_bytes=_MAX_INDEX)
    places = made.get("weight_map") if isinstance(made, dict) else None
    if not isinstance(places, dict) or not places:
        raise CorruptFileError(index, "names no files of weights", expected='{"weight_map": {group: file, ...}}')
    names: dict[str, None] = {}
    for value in places.values():
        for name in value if isinstance(value, list) else [value]:
            if not isinstance(name, str) or name != os.path.basename(name) or not name.endswith(".h5") or "\\" in name:
                raise CorruptFileError(
                    index, "names a file that may not be one of weights",
                    expected="names of .h5 files beside the index", received=repr(name)[:80],
                )  # fmt: skip
            names[name] = None
    if len(names) > _MAX_SHARDS:
        raise CorruptFileError(index, f"names {len(names)} files", expected=f"at most {_MAX_SHARDS}")
    return list(names)
