"""N: NumPy files and safetensors."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from attempts import Attempt, Box, case
from bases import keras, net, npy_bytes, npz_bytes, tf, victim
from gadget_cases import Trap
from zip_cases import boston, zipped

datasets = keras.datasets


def feed(box: Box, member: bytes, label: str, *names: str, **options: Any) -> Iterator[Attempt]:
    """One .npy file as member of the archives of data sets and backups."""
    payload = zipped({"x.npy": member, "y.npy": npy_bytes(np.zeros(3))})
    path = box.file(payload, "boston.npz")
    yield Attempt(f"boston_housing {label}", lambda: boston(path), ("boston.npz", "x.npy", *names), **options)
    whole = {name: npy_bytes(np.zeros(3)) for name in ("x_train", "y_train", "x_test", "y_test")}
    where = box.file(zipped({**{k + ".npy": v for k, v in whole.items()}, "x_train.npy": member}), "mnist.npz")
    yield Attempt(
        f"mnist {label}", lambda: datasets.mnist.load_data(where), ("mnist.npz", "x_train.npy", *names), **options
    )
    lists = box.file(zipped({**{k + ".npy": v for k, v in whole.items()}, "x_train.npy": member}), "imdb.npz")
    yield Attempt(
        f"imdb {label}", lambda: datasets.imdb.load_data(lists), ("imdb.npz", "x_train.npy", *names), **options
    )
    backup = box.file(
        zipped({"position.npy": npy_bytes(np.array([1, 0])), "model/0.npy": member}), "training_state.npz"
    )
    yield Attempt(
        f"BackupAndRestore {label}", lambda: restored(backup), ("training_state.npz", "model/0.npy", *names), **options
    )


def restored(path: str) -> Any:
    """Training that finds a backup."""
    model = net()
    callback = keras.callbacks.BackupAndRestore(os.path.dirname(path))
    callback.set_model(model)
    callback.on_train_begin()
    return model


def header(text: bytes, payload: bytes = b"", version: int = 1) -> bytes:
    """An .npy file with this header."""
    width = "<H" if version == 1 else "<I"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(width, len(text)) + text + payload


def described(shape: str, dtype: str = "'<f8'", order: str = "False") -> bytes:
    """The text of a header."""
    return f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()


@case("N1")
def pickled(box: Box) -> Iterator[Attempt]:
    trap = np.empty(1, object)
    trap[0] = Trap(os.path.join(box.outside, "ran"))
    yield from feed(box, npy_bytes(trap, True), "a gadget")
    plain = np.empty(2, object)
    plain[:] = [{"a": 1}, "text"]
    yield from feed(box, npy_bytes(plain, True), "plain objects")
    deep: Any = [1]
    for _ in range(100):
        deep = [deep]
    nested = np.empty(1, object)
    nested[0] = deep
    yield from feed(box, npy_bytes(nested, True), "nested lists")


@case("N2")
def shapes(box: Box) -> Iterator[Attempt]:
    for shape in (
        "(1 << 62,)",
        "(4611686018427387904,)",
        "(-1,)",
        "(9223372036854775807, 9223372036854775807)",
        "(10**30,)",
        "('a',)",
        "(2.5,)",
        "7",
        "(True, 3)",
        f"({'1,' * 100})",
    ):
        yield from feed(box, header(described(shape), bytes(24)), shape[:20])
    for dtype in ("'S0'", "'V0'", "'<U0'", "[]"):
        yield from feed(box, header(described("(4611686018427387903,)", dtype), b""), f"items of nothing {dtype}")
        yield from feed(box, header(described("(3000000000,)", dtype), b""), f"3e9 items of nothing {dtype}")


@case("N3")
def code(box: Box) -> Iterator[Attempt]:
    trace = os.path.join(box.outside, "ran")
    for text in (
        f"{{'descr': open({trace!r}, 'w'), 'fortran_order': False, 'shape': (3,)}}",
        f"__import__('os').system('touch {trace}')",
        "{'descr': '<f8'}",
        "[]",
        "7",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (3,), 'more': 1}",
        "(" * 5000,
        "{" * 200,
    ):
        yield from feed(box, header(text.encode(), bytes(24)), text[:20])
    for dtype in ("'O'", "[('a', 'O')]", "'no_such'", "'<f8, O'", "{'names': ['a']}", "'<M8[1000000000000000000000s]'"):
        yield from feed(box, header(described("(3,)", dtype), bytes(24)), dtype)


@case("N4")
def version(box: Box) -> Iterator[Attempt]:
    for number in (0, 4, 9, 255):
        yield from feed(
            box, b"\x93NUMPY" + bytes([number, 0]) + struct.pack("<H", 10) + b"{}" + bytes(40), f"version {number}"
        )


@case("N5")
def long_header(box: Box) -> Iterator[Attempt]:
    yield from feed(box, b"\x93NUMPY\x01\0\xff\xff" + described("(3,)"), "version 1")
    yield from feed(box, b"\x93NUMPY\x02\0\xff\xff\xff\xff" + described("(3,)"), "version 2")
    yield from feed(box, b"\x93NUM", "a few bytes")
    yield from feed(box, b"", "nothing")


@case("N6")
def truncated(box: Box) -> Iterator[Attempt]:
    whole = npy_bytes(np.arange(100.0))
    for percent in range(5, 100, 10):
        yield from feed(box, whole[: len(whole) * percent // 100], f"{percent} %")
    yield from feed(box, whole + b"more", "more than announced")


@case("N7")
def bombs(box: Box) -> Iterator[Attempt]:
    from zip_cases import by_hand, zeros_deflated

    head = header(described("(134217728,)"))
    packed = by_hand([(b"x.npy", zeros_deflated(1 << 30), {"method": 8, "crc": 0, "size": (1 << 30) + len(head)})])
    path = box.file(packed, "boston.npz")
    yield Attempt("boston_housing", lambda: boston(path), ("boston.npz", "x.npy"))
    lying = box.file(by_hand([(b"x.npy", head, {"size": 1 << 30, "crc": 0})]), "boston.npz")
    yield Attempt("boston_housing lying size", lambda: boston(lying), ("boston.npz", "x.npy"))


@case("N8")
def fortran(box: Box) -> Iterator[Attempt]:
    data = np.asfortranarray(np.arange(26.0).reshape(2, 13))
    path = box.file(npz_bytes({"x": data, "y": np.zeros(2)}), "boston.npz")
    yield Attempt("boston_housing", lambda: boston(path)[0][0].shape == (1, 13), loads=True)


def safetensors(head: Any, payload: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + payload


@case("N9")
def safe_tensors(box: Box) -> Iterator[Attempt]:
    entry = {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}
    name = "first/kernel"
    files = {
        "length 2**63": safetensors({name: entry}, bytes(48), 1 << 63),
        "length beyond the end": safetensors({name: entry}, bytes(48), 10_000),
        "overlapping": safetensors(
            {name: entry, "first/bias": {"dtype": "F32", "shape": [4], "data_offsets": [40, 56]}}, bytes(56)
        ),
        "out of range": safetensors({name: {**entry, "data_offsets": [0, 1 << 40]}}, bytes(48)),
        "negative": safetensors({name: {**entry, "data_offsets": [-48, 0]}}, bytes(48)),
        "turned": safetensors({name: {**entry, "data_offsets": [48, 0]}}, bytes(48)),
        "key twice": safetensors(
            b'{"a":' + json.dumps(entry).encode() + b',"a":' + json.dumps(entry).encode() + b"}", bytes(48)
        ),
        "size of another shape": safetensors({name: {**entry, "shape": [3, 5]}}, bytes(48)),
        "huge shape": safetensors({name: {**entry, "shape": [1 << 40, 1 << 40]}}, bytes(48)),
        "unknown dtype": safetensors({name: {**entry, "dtype": "O"}}, bytes(48)),
        "not JSON": safetensors(b"{not json", bytes(48)),
        "a list": safetensors([1, 2], bytes(48)),
        "deep": safetensors(b"[" * 5000, bytes(48)),
        "empty": b"",
        "a few bytes": b"\x08\0\0",
        "truncated": safetensors({name: entry}, bytes(20)),
        "no offsets": safetensors({name: {"dtype": "F32", "shape": [3]}}, bytes(12)),
    }
    for label, payload in files.items():
        path = box.file(payload, "m.safetensors")
        yield Attempt(
            f"load_weights {label}", lambda p=path: victim().load_weights(p), ("m.safetensors",), keeps=victim()
        )
        yield Attempt(f"load_model {label}", lambda p=path: keras.models.load_model(p), ("m.safetensors",))
    for pickled in (pickle.dumps(Trap("x")), b"\x80\x04K\x01."):
        path = box.file(pickled, "m.safetensors")
        yield Attempt(
            f"load_weights a pickle of {len(pickled)} bytes",
            lambda p=path: victim().load_weights(p),
            ("m.safetensors",),
            keeps=victim(),
        )
    _ = io, tf
