"""Ops of a CPU's programs that a function of this process computes, given where arrays lie: XLA's foreign functions.

XLA calls a C function with a description of the call: the addresses of what comes in and goes out, and a text that the
program holds. Here the C function is one of `ctypes`, for libraries that are called through `ctypes` as well; so no
compiler is needed, and what the library computes runs without Python's lock. A call costs some 15 us.

XLA runs small programs in the thread that asks for them. In the main thread an interrupt could break off the Python
part of a call, and XLA would go on with a result that nobody computed. So each call is handed the result of so many
computations that its program is none of the small ones; and where every program runs in the caller's thread
(`jax_cpu_enable_async_dispatch` is off) there are no such calls.

Source: the structures are those of jaxlib's `include/xla/ffi/api/c_api.h`, whose layout is kept between versions.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["call", "possible", "register"]

Run = Callable[[str, Sequence[int], Sequence[int]], None]

_INTERNAL = 13  # XLA_FFI_Error_Code
_COMPUTATIONS = 2000  # twice as many as a small program has
_pointer, _size, _int64 = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64


def _structure(name: str, *fields: tuple[str, Any]) -> Any:
    """One of XLA's structures, which all begin with their size and a list of extensions."""
    return type(name, (ctypes.Structure,), {"_fields_": [("size_of", _size), ("extension", _pointer), *fields]})


_Version = _structure("Version", ("major", ctypes.c_int), ("minor", ctypes.c_int))
_ErrorOf = _structure("ErrorOf", ("message", ctypes.c_char_p), ("code", ctypes.c_int))
_make_error = ctypes.CFUNCTYPE(_pointer, ctypes.POINTER(_ErrorOf))
_Api = _structure("Api", ("version", _Version), ("internal", _pointer), ("error", _make_error))
_Buffer = _structure("Buffer", ("dtype", ctypes.c_int), ("data", _pointer), ("rank", _int64), ("dims", _pointer))
_Buffers = _structure(
    "Buffers", ("count", _int64), ("types", _pointer), ("each", ctypes.POINTER(ctypes.POINTER(_Buffer)))
)


class _Text(ctypes.Structure):
    _fields_ = [("start", _pointer), ("length", _size)]


class _Metadata(ctypes.Structure):
    _fields_ = [("size_of", _size), ("version", _Version), ("traits", ctypes.c_uint32), ("state", _int64)]


class _Extension(ctypes.Structure):
    """Of a call that asks which version a function is made for."""

    _fields_ = [
        ("size_of", _size), ("kind", ctypes.c_int), ("next", _pointer), ("metadata", ctypes.POINTER(_Metadata))
    ]  # fmt: skip


_Attributes = _structure(
    "Attributes", ("count", _int64), ("types", _pointer), ("names", _pointer),
    ("each", ctypes.POINTER(ctypes.POINTER(_Text))),
)  # fmt: skip
_Call = _structure(
    "Call", ("api", ctypes.POINTER(_Api)), ("context", _pointer), ("stage", ctypes.c_int), ("inputs", _Buffers),
    ("outputs", _Buffers), ("attributes", _Attributes),
)  # fmt: skip
_Function = ctypes.CFUNCTYPE(_pointer, ctypes.POINTER(_Call))

_registered: dict[str, Any] = {}  # the C functions live as long as the process
_one_at_a_time = threading.Lock()


def register(name: str, run: Run) -> None:
    """Make a function known to XLA, once.

    Args:
        name: what programs call it.
        run: is given a text, and the addresses of the inputs and outputs, which it fills. It may be called in any
            thread but the main one.
    """
    with _one_at_a_time:
        if name not in _registered:
            function = _Function(_handler(run))
            address = ctypes.cast(function, _pointer).value
            jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(address), platform="cpu")
            _registered[name] = function


def call(name: str, text: str, result: Any, *arrays: Any) -> Any:
    """The op in a program that is traced: what a registered function makes of arrays.

    Args:
        name: as given to `register`.
        text: handed to the function.
        result: the shape and dtype of what it makes.
        *arrays: of numbers, what it is given, each in rows (C order); the first is not empty.
    """
    work = jnp.arange(_COMPUTATIONS, dtype=arrays[0].dtype) * arrays[0].ravel()[0]
    return jax.ffi.ffi_call(name, result)(*arrays, work, text=text)


def possible() -> bool:
    """Whether programs run in threads of their own."""
    return bool(jax.config.values.get("jax_cpu_enable_async_dispatch", True))


def _handler(run: Run) -> Callable[[Any], int | None]:
    def handle(pointer: Any) -> int | None:
        given = pointer.contents
        if given.extension:
            return _tell_version(given)
        text = given.attributes.each[0].contents
        inputs, outputs = _addresses(given.inputs)[:-1], _addresses(given.outputs)
        name = ctypes.string_at(text.start, text.length).decode()
        try:
            run(name, inputs, outputs)
        except BaseException as error:  # must not be lost in C
            return _error_of(given, error)
        return None

    return handle


def _addresses(buffers: Any) -> list[int]:
    each = buffers.each
    return [each[i].contents.data for i in range(buffers.count)]


def _tell_version(given: Any) -> None:
    """The version of the structures above; every later one has their fields in the same places."""
    metadata = ctypes.cast(given.extension, ctypes.POINTER(_Extension)).contents.metadata.contents
    metadata.version.major, metadata.version.minor = 0, given.api.contents.version.minor if given.api else 3


def _error_of(given: Any, error: BaseException) -> int | None:
    made = _ErrorOf(ctypes.sizeof(_ErrorOf), None, f"{type(error).__name__}: {error}".encode(), _INTERNAL)
    return given.api.contents.error(ctypes.byref(made))
