"""The few old data sets that were published as pickles, read without Python's unpickler.

A pickle is a program for a small stack machine, and the machine of the standard library can call any function of any
module. The one here knows only the instructions that build numbers, text, bytes, lists, tuples, dicts and NumPy
arrays; whatever else a file holds is refused. Nothing is called, nothing is imported, and no instruction can ask for
more memory than the file's own size accounts for.
Instructions: the `pickletools` module of Python's standard library.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from addax.formats.errors import CorruptFileError, UnsafeFileError
from addax.formats.limits import unpacked_limit

__all__ = ["read_pickled_data"]

_DTYPE, _RECONSTRUCT, _NDARRAY, _ENCODE = (object() for _ in range(4))
# The only names a pickle may hold; each stands for something the machine does itself.
_NAMES = {
    ("numpy", "dtype"): _DTYPE,
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("_codecs", "encode"): _ENCODE,
}
_MARK = object()
# A run of small integers, the bulk of a data set of word indices, is taken in one step.
_INTEGERS = re.compile(rb"(?:K.|M..|J.{4}){2,}", re.DOTALL)
_INTEGER = re.compile(rb"K.|M..|J.{4}", re.DOTALL)
_MAX_DIGITS = 300


class _Refused(Exception):
    pass


class _Damaged(Exception):
    pass


class _DType:
    """A dtype under construction."""

    def __init__(self, code: Any) -> None:
        self.code = code.decode("latin1") if isinstance(code, bytes) else code
        self.order = "="

    def resolve(self) -> np.dtype:
        if not isinstance(self.code, str) or not re.fullmatch(r"[<>|=]?(?:[biufc]\d{1,2}|O8?)", self.code):
            raise _Refused(f"an array of type {self.code!r}")
        if self.code.lstrip("<>|=")[0] == "O":
            return np.dtype(object)
        try:
            dtype = np.dtype(self.code)
        except TypeError:
            raise _Refused(f"an array of type {self.code!r}") from None
        return dtype.newbyteorder(self.order) if self.order in ("<", ">") else dtype


class _Array:
    """An array under construction: the instruction that makes it comes before the one that fills it."""

    def __init__(self) -> None:
        self.shape: tuple[int, ...] | None = None
        self.items: list[Any] = []
        self.value: np.ndarray | None = None

    def fill(self, state: Any, spend: Callable[[int], None]) -> None:
        if not isinstance(state, tuple) or len(state) not in (4, 5) or self.shape is not None:
            raise _Damaged("array state of an unknown form")
        shape, dtype, fortran, data = state[-4:]
        if not isinstance(dtype, _DType) or not isinstance(shape, tuple):
            raise _Damaged("array state of an unknown form")
        if not all(type(n) is int and 0 <= n < 1 << 62 for n in shape) or len(shape) > 32:
            raise _Damaged(f"array of shape {shape!r:.80}")
        kind, count = dtype.resolve(), 1
        for n in shape:
            count *= n
        if kind.hasobject:
            if not isinstance(data, list) or len(data) != count or len(shape) != 1:
                raise _Damaged("array of objects without its list")
            self.shape, self.items = shape, data
            return
        if isinstance(data, str | bytes):
            spend(len(data))
        if isinstance(data, str):
            data = data.encode("latin1")
        if not isinstance(data, bytes) or len(data) != count * kind.itemsize:
            raise _Damaged("array whose bytes do not fit its shape")
        self.shape = shape
        self.value = np.frombuffer(data, kind).reshape(shape, order="F" if fortran else "C").copy()


class _Machine:
    """The stack machine: `load` runs a pickle's instructions and gives what it builds."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self.data = data
        self.at = 0
        self.encoding = encoding
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.left = unpacked_limit(len(data))

    def spend(self, size: int) -> None:
        """Count bytes that are made of what may be recalled again and again."""
        self.left -= size
        if self.left < 0:
            raise _Refused("more bytes than the file accounts for")

    def load(self) -> Any:
        data, table, stop = self.data, _TABLE, ord(".")
        while True:
            if self.at >= len(data):
                raise _Damaged("it ends early")
            code = data[self.at]
            if code == stop:
                return self.pop()
            run = _INTEGERS.match(data, self.at) if code in b"KMJ" else None
            if run is not None:
                self.stack += map(_VALUES.__getitem__, _INTEGER.findall(run.group()))
                self.at = run.end()
                continue
            instruction = table.get(code)
            if instruction is None:
                raise _Refused(f"instruction {chr(code)!r}")
            self.at += 1
            instruction(self)

    def pop(self) -> Any:
        if not self.stack or self.stack[-1] is _MARK:
            raise _Damaged("its stack is empty")
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise _Damaged(f"no {kind.__name__} where one is filled")
        return self.stack[-1]

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        if size < 0 or len(piece) != size:
            raise _Damaged("it ends early")
        self.at += size
        return piece

    def number(self, form: str) -> int:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def line(self) -> bytes:
        end = self.data.find(b"\n", self.at)
        if end < 0:
            raise _Damaged("it ends early")
        piece = self.data[self.at : end]
        self.at = end + 1
        return piece

    def marked(self) -> list[Any]:
        """The items above the last mark, both taken away."""
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] is _MARK:
                items = self.stack[index + 1 :]
                del self.stack[index:]
                return items
        raise _Damaged("its stack holds no mark")

    def text(self, raw: bytes) -> str | bytes:
        return raw if self.encoding == "bytes" else raw.decode(self.encoding)

    def decimal(self) -> int | bool:
        line = self.line()
        if line in (b"00", b"01"):
            return line == b"01"
        if len(line) > _MAX_DIGITS:
            raise _Damaged("a number of too many digits")
        return int(line.removesuffix(b"L"))

    def quoted(self) -> str | bytes:
        line = self.line().strip()
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in b"'\"":
            raise _Damaged("text without its quotes")
        return self.text(line[1:-1].decode("unicode_escape").encode("latin1"))

    def tuple_of(self, count: int) -> None:
        items = [self.pop() for _ in range(count)]
        self.stack.append(tuple(reversed(items)))

    def set_items(self, items: list[Any]) -> None:
        target = self.top(dict)
        if len(items) % 2:
            raise _Damaged("a key without a value")
        for key in items[::2]:
            if not isinstance(key, (str, bytes, int, float, bool, type(None))):
                raise _Refused(f"a dict key of type {type(key).__name__}")
        target.update(zip(items[::2], items[1::2], strict=True))

    def name(self, module: Any, name: Any) -> None:
        meaning = _NAMES.get((module, name)) if isinstance(module, str) and isinstance(name, str) else None
        if meaning is None:
            raise _Refused(f"the name {module}.{name}")
        self.stack.append(meaning)

    def reduce(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(arguments, tuple):
            raise _Damaged("a call without its arguments")
        if function is _RECONSTRUCT:
            self.stack.append(_Array())
        elif function is _DTYPE and arguments:
            self.stack.append(_DType(arguments[0]))
        elif function is _ENCODE and len(arguments) == 2 and isinstance(arguments[0], str):
            if arguments[1] not in ("latin1", b"latin1"):
                raise _Refused(f"text in {arguments[1]!r:.40}")
            self.spend(len(arguments[0]))
            self.stack.append(arguments[0].encode("latin1"))
        else:
            raise _Refused("a call of something else than NumPy's array reconstruction")

    def build(self) -> None:
        state = self.pop()
        target = self.stack[-1] if self.stack else None
        if isinstance(target, _Array):
            target.fill(state, self.spend)
        elif isinstance(target, _DType) and isinstance(state, tuple) and len(state) > 1:
            order = state[1].decode("latin1") if isinstance(state[1], bytes) else state[1]
            if order not in ("<", ">", "=", "|"):
                raise _Damaged(f"byte order {order!r:.20}")
            target.order = order
        else:
            raise _Refused(f"a state for a {type(target).__name__}")

    def recall(self, index: int) -> None:
        if index not in self.memo:
            raise _Damaged(f"it recalls item {index}, which was not kept")
        self.stack.append(self.memo[index])

    def keep(self, index: int) -> None:
        if not self.stack:
            raise _Damaged("its stack is empty")
        self.memo[index] = self.stack[-1]


class _Integers(dict):
    """The value of an integer instruction; those of one and two bytes are kept, at most 65,792 of them."""

    def __missing__(self, piece: bytes) -> int:
        value = int.from_bytes(piece[1:], "little", signed=piece[0] == 74)  # "J" is signed, "K" and "M" are not
        if len(piece) < 5:
            self[piece] = value
        return value


_VALUES = _Integers()


def _push(value: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    return lambda machine: machine.stack.append(value(machine))


def _protocol(machine: _Machine) -> None:
    if machine.number("B") > 4:
        raise _Refused("a protocol later than 4")


def _dict_of(machine: _Machine) -> None:
    items = machine.marked()
    machine.stack.append({})
    machine.set_items(items)


def _extend(machine: _Machine) -> None:
    items = machine.marked()
    machine.top(list).extend(items)


def _append(machine: _Machine) -> None:
    item = machine.pop()
    machine.top(list).append(item)


def _set_item(machine: _Machine) -> None:
    value, key = machine.pop(), machine.pop()
    machine.set_items([key, value])


def _stack_name(machine: _Machine) -> None:
    name, module = machine.pop(), machine.pop()
    machine.name(module, name)


def _long(machine: _Machine, form: str) -> int:
    size = machine.number(form)
    if size > _MAX_DIGITS:
        raise _Damaged("a number of too many digits")
    return int.from_bytes(machine.take(size), "little", signed=True)


_TABLE: dict[int, Callable[[_Machine], Any]] = {
    ord(code): action
    for code, action in {
        "\x80": _protocol,
        "\x95": lambda m: m.take(8),
        "(": _push(lambda m: _MARK),
        "0": lambda m: m.pop(),
        "1": lambda m: m.marked(),
        "N": _push(lambda m: None),
        "\x88": _push(lambda m: True),
        "\x89": _push(lambda m: False),
        "I": _push(lambda m: m.decimal()),
        "L": _push(lambda m: m.decimal()),
        "J": _push(lambda m: m.number("i")),
        "K": _push(lambda m: m.number("B")),
        "M": _push(lambda m: m.number("H")),
        "\x8a": _push(lambda m: _long(m, "B")),
        "\x8b": _push(lambda m: _long(m, "i")),
        "F": _push(lambda m: float(m.line())),
        "G": _push(lambda m: struct.unpack(">d", m.take(8))[0]),
        "S": _push(lambda m: m.quoted()),
        "T": _push(lambda m: m.text(m.take(m.number("i")))),
        "U": _push(lambda m: m.text(m.take(m.number("B")))),
        "V": _push(lambda m: m.line().decode("raw_unicode_escape")),
        "X": _push(lambda m: m.take(m.number("I")).decode("utf-8", "surrogatepass")),
        "\x8c": _push(lambda m: m.take(m.number("B")).decode("utf-8", "surrogatepass")),
        "\x8d": _push(lambda m: m.take(m.number("Q")).decode("utf-8", "surrogatepass")),
        "B": _push(lambda m: m.take(m.number("I"))),
        "C": _push(lambda m: m.take(m.number("B"))),
        "\x8e": _push(lambda m: m.take(m.number("Q"))),
        "]": _push(lambda m: []),
        "l": _push(lambda m: m.marked()),
        "a": _append,
        "e": _extend,
        ")": _push(lambda m: ()),
        "t": _push(lambda m: tuple(m.marked())),
        "\x85": lambda m: m.tuple_of(1),
        "\x86": lambda m: m.tuple_of(2),
        "\x87": lambda m: m.tuple_of(3),
        "}": _push(lambda m: {}),
        "d": _dict_of,
        "s": _set_item,
        "u": lambda m: m.set_items(m.marked()),
        "c": lambda m: m.name(m.line().decode(), m.line().decode()),
        "\x93": _stack_name,
        "R": lambda m: m.reduce(),
        "b": lambda m: m.build(),
        "g": lambda m: m.recall(m.decimal()),
        "h": lambda m: m.recall(m.number("B")),
        "j": lambda m: m.recall(m.number("I")),
        "p": lambda m: m.keep(m.decimal()),
        "q": lambda m: m.keep(m.number("B")),
        "r": lambda m: m.keep(m.number("I")),
        "\x94": lambda m: m.keep(len(m.memo)),
    }.items()
}


def read_pickled_data(
    stream: BinaryIO, *, file: str | os.PathLike[str], member: str | None = None, encoding: str = "ascii"
) -> Any:
    """Plain data and numeric arrays out of a pickle (protocols 0 to 4), nothing of it being run.

    Args:
        stream: the pickle.
        file: path to name in errors.
        member: archive member to name in errors.
        encoding: how 8-bit strings of Python 2 are read ("bytes" keeps them).

    Returns:
        numbers, str, bytes, None, and lists, tuples, dicts and arrays of them.

    Raises:
        UnsafeFileError: the pickle holds a name, call or instruction beyond these.
        CorruptFileError: it is damaged.

    Example:
        >>> import io
        >>> from addax.formats.pickles import read_pickled_data
        >>> read_pickled_data(io.BytesIO(b"]K\\x01a."), file="x")
        [1]
    """
    try:
        return _settle(_Machine(stream.read(), encoding).load())
    except _Refused as error:
        raise UnsafeFileError(
            file,
            "holds a pickle that asks for more than data, which is never done",
            member=member,
            expected="plain numbers, text and numeric arrays",
            received=str(error),
        ) from None
    except (_Damaged, struct.error, ValueError, TypeError, OverflowError, RecursionError) as error:
        if isinstance(error, CorruptFileError):
            raise
        raise CorruptFileError(file, f"holds a damaged pickle ({error})", member=member) from None


def _settle(root: Any) -> Any:
    """A value with its arrays finished, every shared part once; a value that holds itself is refused."""
    done: dict[int, Any] = {}
    open_: set[int] = set()

    def settle(value: Any, depth: int) -> Any:
        if value is None or isinstance(value, (bool, int, float, str, bytes)):
            return value
        key = id(value)
        if key in done:
            return done[key]
        if key in open_ or depth > 50:
            raise _Damaged("data that hold themselves, or are nested too deep")
        open_.add(key)
        if isinstance(value, _Array):
            result = _finished(value, lambda item: settle(item, depth + 1))
        elif isinstance(value, list):
            if set(map(type, value)) != {int}:  # lists of word indices, the bulk, stay as they are
                value[:] = [settle(item, depth + 1) for item in value]
            result = value
        elif isinstance(value, tuple):
            result = tuple(settle(item, depth + 1) for item in value)
        elif isinstance(value, dict):
            for name in value:
                value[name] = settle(value[name], depth + 1)
            result = value
        else:
            raise _Damaged("an unfinished value")
        open_.discard(key)
        done[key] = result
        return result

    return settle(root, 0)


def _finished(array: _Array, settle: Callable[[Any], Any]) -> np.ndarray:
    if array.value is not None:
        return array.value
    if array.shape is None:
        raise _Damaged("an array that was never filled")
    result = np.empty(array.shape, dtype=object)
    for index, item in enumerate(array.items):
        result[index] = settle(item)
    return result
