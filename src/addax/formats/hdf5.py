"""Reading HDF5 files that others wrote.

Only what stands in the file itself is read: objects reached by hard links, datasets stored in the file (no external or
virtual storage), unpacked by HDF5's own filters. Sizes are compared with what is stored before anything is allocated.
`h5py` is imported when a file is opened.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from addax.formats.errors import (
    CorruptFileError,
    TooLargeError,
    TruncatedFileError,
    UnsafeFileError,
    UnsupportedFormatError,
)
from addax.formats.hdf5_budget import Budget
from addax.formats.limits import open_regular, unpacked_limit
from addax.formats.memory import PIECE, aligned_empty, run_all

__all__ = ["HDF5Dataset", "HDF5File", "HDF5Group", "import_library", "open_hdf5"]

# deflate, shuffle, fletcher32 and lzf: built into HDF5 or h5py. Any other would be a plug-in loaded from a folder.
_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
_COMPRESSING = {1, 32000}
_DEFLATE_RATIO = 1032
_MAX_ATTRIBUTE_ITEMS = 1 << 20
_MAX_TEXT_ITEMS = 1 << 20
_MAX_DEPTH = 100
_LARGE = 1 << 16  # bytes; smaller arrays are read by HDF5
# What h5py raises on damaged bytes.
_FAILURES = (
    OSError,
    RuntimeError,
    KeyError,
    ValueError,
    TypeError,
    OverflowError,
    MemoryError,
    UnicodeError,
    SystemError,
)


def import_library() -> None:
    """Import what files are read with, ahead of the first of them."""
    import h5py  # noqa: F401


def open_hdf5(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    *,
    name: str | None = None,
    max_bytes: int | None = None,
    max_objects: int = 100_000,
) -> HDF5File:
    """Open an HDF5 file, or the bytes of one, for reading.

    Args:
        source: path of the file, or its bytes or a seekable stream of them (a member of an archive).
        name: what errors call it; default the path.
        max_bytes: most bytes that may be read out of it in all; default 100 times the file, plus 64 MiB.
        max_objects: most groups and datasets visited.

    Returns:
        an HDF5File: the root group, and a context manager.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: no HDF5 file, or damaged; UnsafeFileError or TooLargeError (subclasses) where it asks for what
            is never done. The message names the file and the object.

    Example:
        >>> import os, tempfile, h5py
        >>> from addax.formats.hdf5 import open_hdf5
        >>> path = os.path.join(tempfile.mkdtemp(), "a.h5")
        >>> with h5py.File(path, "w") as out:
        ...     out["layer/kernel"] = [1.0, 2.0]
        >>> with open_hdf5(path) as file:
        ...     file["layer"]["kernel"].read((2,))
        array([1., 2.])
    """
    return HDF5File(source, name=name, max_bytes=max_bytes, max_objects=max_objects)


class HDF5Dataset:
    """An array in an HDF5 file. Its storage was checked; its values are read by `read` or `read_text`."""

    def __init__(self, dataset: Any, file: str, path: str, budget: Budget) -> None:
        self._dataset = dataset
        self._file = file
        self._budget = budget
        self.path = path
        try:
            self.shape: tuple[int, ...] | None = None if dataset.shape is None else tuple(dataset.shape)
            self.dtype: np.dtype = dataset.dtype
            self._check_storage()
        except CorruptFileError:
            raise
        except _FAILURES as error:
            raise CorruptFileError(file, f"unreadable dataset ({error})", member=path) from None

    def _check_storage(self) -> None:
        if self._dataset.external or self._dataset.is_virtual:
            kind = "external" if self._dataset.external else "virtual"
            raise UnsafeFileError(
                self._file, f"has {kind} storage: its values would come from other files", member=self.path
            )
        if self.shape is None:
            raise UnsupportedFormatError(self._file, "is an empty dataset without a shape", member=self.path)
        properties = self._dataset.id.get_create_plist()
        filters = [properties.get_filter(i)[0] for i in range(properties.get_nfilters())]
        unknown = [code for code in filters if code not in _FILTERS]
        if unknown:
            raise UnsupportedFormatError(
                self._file,
                "is packed by a filter that is not read",
                member=self.path,
                expected="gzip, lzf, shuffle or fletcher32",
                received=f"filter {unknown[0]}",
            )
        self._check_size(any(code in _COMPRESSING for code in filters))

    def _check_size(self, compressed: bool) -> None:
        announced = math.prod(self.shape or ()) * max(1, self.dtype.itemsize)
        stored = self._dataset.id.get_storage_size()
        # No filter of ours makes more of its bytes than deflate; without one every byte must be there.
        possible = stored * _DEFLATE_RATIO if compressed else stored
        if announced > possible:
            raise TooLargeError(
                self._file,
                "announces more than it stores",
                member=self.path,
                expected=f"at most {possible} bytes",
                received=f"{announced} bytes: {self.dtype} {self.shape}",
            )
        if announced > self._budget.limit:
            raise TooLargeError(
                self._file,
                "unpacks to more than the limit",
                member=self.path,
                expected=f"at most {self._budget.limit} bytes",
                received=f"{announced} bytes: {self.dtype} {self.shape}",
                hint="Pass max_bytes= if you trust the file",
            )

    def _spend(self, count: int) -> None:
        self._budget.left -= count
        if self._budget.left < 0:
            raise TooLargeError(
                self._file,
                "the datasets read unpack to more than the limit",
                member=self.path,
                expected=f"at most {self._budget.limit} bytes in all",
                hint="Pass max_bytes= if you trust the file",
            )

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes, see `HDF5Group.attributes`."""
        return _attributes(self._dataset, self._file, self.path, self._budget)

    def read(
        self, shape: tuple[int, ...] | None = None, dtype: Any = None, later: list[Callable[[], None]] | None = None
    ) -> np.ndarray:
        """The numbers of the dataset.

        Args:
            shape: the shape that is expected, or None for any; checked before anything is read.
            dtype: convert to this dtype, or None for the stored one (in native byte order).
            later: a list that is given the functions which still have to run, on any thread, before the array is used
                (dtype None); None to read at once.

        Raises:
            CorruptFileError: another shape, not numeric, or damaged.
        """
        if shape is not None and tuple(shape) != self.shape:
            raise CorruptFileError(
                self._file, "has another shape", member=self.path, expected=str(tuple(shape)), received=str(self.shape)
            )
        if self.dtype.kind not in "?biufc" and not _is_bfloat16(self.dtype):
            raise UnsupportedFormatError(
                self._file, "does not hold numbers", member=self.path, expected="numbers", received=str(self.dtype)
            )
        assert self.shape is not None
        self._spend(math.prod(self.shape) * self.dtype.itemsize)
        place = self._place()
        try:
            array = aligned_empty(self.shape, self.dtype)
            if array.size and place is None:
                self._dataset.read_direct(array)
        except _FAILURES as error:
            raise CorruptFileError(self._file, f"damaged values ({error})", member=self.path) from None
        if place is not None:
            if later is None:
                run_all(self._pieces(array, place))
            else:
                later.extend(self._pieces(array, place))
        return array.astype(dtype or self.dtype.newbyteorder("="), copy=False)

    def _place(self) -> int | None:
        """Where the values stand in the file, if they do as the array has them in memory; None for small ones too."""
        import h5py

        size = math.prod(self.shape or ()) * self.dtype.itemsize
        if size < _LARGE or self.dtype.kind not in "iuf" or not self.dtype.isnative or not self._budget.has_places:
            return None
        try:
            properties = self._dataset.id.get_create_plist()
            plain = properties.get_layout() == h5py.h5d.CONTIGUOUS and properties.get_nfilters() == 0
            if not plain or h5py.h5t.py_create(self.dtype) != self._dataset.id.get_type():
                return None
            return self._dataset.id.get_offset()
        except _FAILURES:
            return None

    def _pieces(self, array: np.ndarray, place: int) -> list[Callable[[], None]]:
        """Functions that read a part of the values each; they may run on any thread."""
        whole = memoryview(array.reshape(-1).view(np.uint8))

        def read(start: int) -> None:
            piece = whole[start : start + PIECE]
            count = self._budget.read_at(place + start, piece)
            if count < len(piece):
                raise TruncatedFileError(
                    self._file, "ends before its values do", member=self.path, expected=f"{len(whole)} bytes",
                    received=f"{start + count} bytes",
                )  # fmt: skip

        return [functools.partial(read, start) for start in range(0, len(whole), PIECE)]

    def read_text(self) -> list[str] | str:
        """The strings of the dataset: a str for a scalar, else a flat list.

        Raises:
            CorruptFileError: not text, or not UTF-8, or damaged.
        """
        import h5py

        if h5py.check_string_dtype(self.dtype) is None:
            raise UnsupportedFormatError(
                self._file, "does not hold text", member=self.path, expected="strings", received=str(self.dtype)
            )
        assert self.shape is not None
        if math.prod(self.shape) > _MAX_TEXT_ITEMS:
            raise TooLargeError(self._file, "holds too many strings", member=self.path, received=str(self.shape))
        try:
            self._check_heaps()
            if self.shape == ():
                return self._text(self._dataset[()])
            # One at a time: many elements of a hostile file can point to one long string.
            return [self._text(self._dataset[index]) for index in np.ndindex(self.shape)]
        except CorruptFileError:
            raise
        except _FAILURES as error:
            raise CorruptFileError(self._file, f"damaged text ({error})", member=self.path) from None

    def _check_heaps(self) -> None:
        """Look at the heaps that strings of any length lie in, before HDF5 does."""
        import h5py

        if h5py.check_string_dtype(self.dtype).length is not None:
            return
        size = 16 * math.prod(self.shape or ())
        place = self._dataset.id.get_offset() if self._budget.has_places else None
        if place is None or self._dataset.id.get_storage_size() != size:
            _ = self._budget.longest_text
            return
        value = bytearray(size)
        self._budget.read_at(place, memoryview(value))
        self._budget.text_bytes(bytes(value), self.path)

    def _text(self, value: Any) -> str:
        text = value if isinstance(value, bytes) else str(value).encode()
        self._spend(len(text))
        return text.decode("utf-8")


def _is_bfloat16(dtype: np.dtype) -> bool:
    return dtype.name == "bfloat16"


class HDF5Group:
    """A group of an HDF5 file: names to groups and datasets, checked as they are reached."""

    def __init__(self, group: Any, file: str, path: str, budget: Budget) -> None:
        self._group = group
        self._file = file
        self._budget = budget
        self.path = path

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes by name: numbers, arrays, str, or lists of str (bytes are decoded as UTF-8).

        Raises:
            CorruptFileError: damaged, references, or too many items.
        """
        return _attributes(self._group, self._file, self.path, self._budget)

    def keys(self) -> list[str]:
        """The names in the group, in the order of creation where the file keeps it, else sorted."""
        try:
            names = []
            for name in self._group:
                if len(names) >= self._budget.objects:
                    raise TooLargeError(
                        self._file,
                        "too many objects in a group",
                        member=self.path,
                        expected=f"at most {self._budget.objects}",
                    )
                names.append(_name(name, self._file, self.path))
            return names
        except CorruptFileError:
            raise
        except _FAILURES as error:
            raise CorruptFileError(self._file, f"damaged group ({error})", member=self.path) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, name: str) -> bool:
        """Whether a direct member has this name (it may still be refused when it is reached)."""
        return name in self.keys()

    def __getitem__(self, path: str) -> Any:
        """A group or dataset by its name, or by a path of names joined by "/"."""
        here: Any = self
        parts = [part for part in path.split("/") if part]
        if not parts or len(parts) > _MAX_DEPTH or "." in parts or ".." in parts:
            raise CorruptFileError(self._file, "not a path inside the file", member=path)
        for part in parts:
            if not isinstance(here, HDF5Group):
                raise CorruptFileError(
                    self._file, "is a dataset where a group is expected", member=here.path, received=f"path {path!r}"
                )
            here = here._child(part)
        return here

    def _child(self, name: str) -> Any:
        import h5py

        path = self.path.rstrip("/") + "/" + name
        try:
            link = self._group.get(name, getlink=True)
        except _FAILURES as error:
            raise CorruptFileError(self._file, f"damaged link ({error})", member=path) from None
        if link is None:
            have = ", ".join(self.keys()[:8]) or "nothing"
            raise CorruptFileError(self._file, "is missing", member=path, received=f"{self.path} holds: {have}")
        if not isinstance(link, h5py.HardLink):
            kind = {"SoftLink": "a soft link", "ExternalLink": "a link to another file"}.get(
                type(link).__name__, "a link"
            )
            raise UnsafeFileError(
                self._file, f"is {kind}, which is not followed", member=path, expected="a group or dataset"
            )
        try:
            item = self._group[name]
        except _FAILURES as error:
            raise CorruptFileError(self._file, f"damaged object ({error})", member=path) from None
        if isinstance(item, h5py.Dataset):
            return HDF5Dataset(item, self._file, path, self._budget)
        if isinstance(item, h5py.Group):
            return HDF5Group(item, self._file, path, self._budget)
        raise UnsupportedFormatError(self._file, "is neither a group nor a dataset", member=path)

    def walk(self) -> Iterator[HDF5Group | HDF5Dataset]:
        """Every group and dataset below, depth first, each once however it is linked.

        Raises:
            CorruptFileError: a refused or damaged object, or more than the limit of them.
        """
        import h5py

        seen: set[Any] = set()
        pending: list[tuple[Any, int]] = [(self, 0)]
        while pending:
            item, depth = pending.pop()
            raw = item._group if isinstance(item, HDF5Group) else item._dataset
            try:
                info = h5py.h5o.get_info(raw.id)
            except _FAILURES as error:
                raise CorruptFileError(self._file, f"damaged object ({error})", member=item.path) from None
            if (info.fileno, info.addr) in seen:
                continue
            seen.add((info.fileno, info.addr))
            if len(seen) > self._budget.objects or depth > _MAX_DEPTH:
                raise TooLargeError(self._file, "too many objects, or nested too deep", member=item.path)
            if item is not self:
                yield item
            if isinstance(item, HDF5Group):
                pending += [(item[name], depth + 1) for name in reversed(item.keys())]


class HDF5File(HDF5Group):
    """The root group of an open HDF5 file. Use `open_hdf5`."""

    def __init__(self, source: Any, *, name: str | None, max_bytes: int | None, max_objects: int) -> None:
        import h5py

        inside = isinstance(source, bytes) or hasattr(source, "readinto")
        path = name or ("<bytes>" if inside else os.fspath(source))
        try:
            if isinstance(source, bytes):
                size, handle = len(source), _open_bytes(source)
            elif inside:
                size, handle = _size(source), h5py.File(source, "r")
            else:
                with open_regular(source) as stream:
                    size = os.fstat(stream.fileno()).st_size
                handle = h5py.File(os.fspath(source), "r")
            root = handle["/"]
        except (FileNotFoundError, PermissionError, CorruptFileError):
            raise
        except _FAILURES as error:
            raise CorruptFileError(
                path, f"not a readable HDF5 file ({error})", expected="an HDF5 file", received=f"{_size(source)} bytes"
            ) from None
        self._handle = handle
        super().__init__(root, path, "/", Budget(size, unpacked_limit(size, max_bytes), max_objects, source))

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

    def __enter__(self) -> HDF5File:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _size(source: Any) -> int:
    if hasattr(source, "readinto"):
        at = source.tell()
        size = source.seek(0, os.SEEK_END)
        source.seek(at)
        return size
    return len(source) if isinstance(source, bytes) else os.path.getsize(source)


def _open_bytes(data: bytes) -> Any:
    import h5py

    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fapl_core(backing_store=False)
    access.set_file_image(data)
    return h5py.File(h5py.h5f.open(b"memory", h5py.h5f.ACC_RDONLY, fapl=access))


def _name(name: Any, file: str, path: str) -> str:
    """A name in a file; h5py gives bytes for those that are not UTF-8."""
    if not isinstance(name, str):
        raise CorruptFileError(file, "a name that is not UTF-8", member=path, received=f"{name!r:.100}")
    return name


def _attributes(owner: Any, file: str, path: str, budget: Budget) -> dict[str, Any]:
    import h5py

    result: dict[str, Any] = {}
    texts: dict[str, int] | None = None
    try:
        for name in owner.attrs:
            place = f"{path}@{_name(name, file, path)}"
            attribute = owner.attrs.get_id(name)
            count = math.prod(attribute.shape or ())
            if count > _MAX_ATTRIBUTE_ITEMS:
                raise TooLargeError(file, "attribute of too many items", member=place, received=str(attribute.shape))
            if count * attribute.dtype.itemsize > budget.size:  # attributes are never packed
                raise TooLargeError(
                    file, "attribute that announces more than the file holds", member=place,
                    received=f"{attribute.dtype} {attribute.shape}",
                )  # fmt: skip
            text = h5py.check_string_dtype(attribute.dtype)
            if attribute.dtype.kind not in "?biufcS" and text is None:
                raise UnsupportedFormatError(
                    file, "attribute of an unsupported type", member=place, received=str(attribute.dtype)
                )
            if text is not None and text.length is None:
                texts = budget.texts_of(owner) if texts is None else texts
                size = texts[name] if name in texts else count * budget.longest_text
                if size > budget.limit:
                    raise TooLargeError(
                        file, "attribute of strings that take more than the limit", member=place,
                        expected=f"at most {budget.limit} bytes", received=f"{size} bytes in {count} strings",
                        hint="Pass max_bytes= if you trust the file",
                    )  # fmt: skip
            value = owner.attrs[name]
            result[name] = _decoded(value, file, place) if text is not None else value
    except CorruptFileError:
        raise
    except _FAILURES as error:
        raise CorruptFileError(file, f"damaged attributes ({error})", member=path) from None
    return result


def _decoded(value: Any, file: str, place: str) -> Any:
    try:
        if isinstance(value, bytes):
            return value.decode("utf-8")
        if isinstance(value, np.ndarray):
            return [_decoded(item, file, place) for item in value.ravel().tolist()]
        text = str(value)
        text.encode("utf-8")  # h5py lets bytes that are no UTF-8 through as surrogates
        return text
    except UnicodeError as error:
        raise CorruptFileError(file, f"attribute that is not UTF-8 ({error.reason})", member=place) from None
