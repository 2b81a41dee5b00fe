"""Z: `.keras` archives and other zips."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from attempts import Attempt, Box, case, changed
from bases import data, good, keras, members, net, npz_bytes, victim, zipped

load = keras.models.load_model
WEIGHTS = "model.weights.h5"


def feed(box: Box, payload: bytes, label: str, *names: str, **options: Any) -> Iterator[Attempt]:
    """A spoiled `.keras` archive to every entry point that opens one."""
    path = box.file(payload, "m.keras")
    said = ("m.keras", *names)
    yield Attempt(f"load_model {label}", lambda: load(path), said, **options)
    yield Attempt(f"load_model safe_mode=None {label}", lambda: load(path, safe_mode=None), said, **options)
    yield Attempt(f"load_weights {label}", lambda: victim().load_weights(path), said, keeps=victim(), **options)
    folder = os.path.join(box.path("whole"))
    os.makedirs(folder)
    os.link(path, os.path.join(folder, "model.keras"))
    yield Attempt(f"load_model folder {label}", lambda: load(folder), ("model.keras", *names), **options)


def feed_zip(box: Box, payload: bytes, label: str, *names: str, **options: Any) -> Iterator[Attempt]:
    """A spoiled zip archive to the other readers of zips too: extraction and arrays."""
    yield from feed(box, payload, label, *names, **options)
    yield from extract(box, payload, "a.zip", label, *names, **options)
    path = box.file(payload, "boston.npz")
    yield Attempt(f"datasets .npz {label}", lambda: boston(path), ("boston.npz", *names), **options)


def extract(box: Box, payload: bytes, name: str, label: str, *names: str, **options: Any) -> Iterator[Attempt]:
    """An archive to get_file(extract=True), from a file URL into a fresh cache."""
    source = box.file(payload, name)
    cache = box.path("cache")
    options.setdefault("writes", cache)
    yield Attempt(f"get_file {label}", lambda: fetch(source, cache), (name, *names), **options)


def fetch(source: str, cache: str) -> list[str]:
    """What get_file puts into a cache."""
    keras.utils.get_file(origin="file://" + source, cache_dir=cache, extract=True)
    return sorted(os.listdir(os.path.join(cache, "datasets")))


def boston(path: str) -> Any:
    """A data set read from a file of the caller's."""
    os.environ["ADDAX_DATASETS_TRUST_LOCAL"] = "1"
    return keras.datasets.boston_housing.load_data(path=path)


# ---------------------------------------------------------------------------- zips made by hand


def local(
    name: bytes,
    payload: bytes,
    size: int | None = None,
    method: int = 0,
    crc: int | None = None,
    flags: int = 0,
    extra: bytes = b"",
) -> bytes:
    """A member with its local header."""
    size = len(payload) if size is None else size
    crc = zlib.crc32(payload) if crc is None else crc
    return (
        struct.pack(
            "<4sHHHHHIIIHH", b"PK\3\4", 20, flags, method, 0, 0x21, crc, len(payload), size, len(name), len(extra)
        )
        + name
        + extra
        + payload
    )


def central(
    name: bytes,
    payload: bytes,
    at: int,
    size: int | None = None,
    method: int = 0,
    crc: int | None = None,
    flags: int = 0,
    attributes: int = 0,
    extra: bytes = b"",
) -> bytes:
    """The entry of a member in the directory."""
    size = len(payload) if size is None else size
    crc = zlib.crc32(payload) if crc is None else crc
    return (
        struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            b"PK\1\2",
            0x314,
            20,
            flags,
            method,
            0,
            0x21,
            crc,
            len(payload),
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            attributes,
            at,
        )
        + name
        + extra
    )


def ended(body: bytes, directory: bytes, count: int) -> bytes:
    """An archive from its members and its directory; zip64 where the count asks for it."""
    end = b""
    if count > 0xFFFE:
        end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body))
        end += struct.pack("<4sIQI", b"PK\6\7", 0, len(body) + len(directory), 1)
    few = min(count, 0xFFFF)
    return body + directory + end + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, few, few, len(directory), len(body), 0)


def by_hand(entries: list[tuple[bytes, bytes, dict[str, Any]]]) -> bytes:
    """An archive from (name, bytes, settings of the headers)."""
    body, directory = b"", b""
    for name, payload, settings in entries:
        kept = {key: value for key, value in settings.items() if key != "attributes"}
        directory += central(name, payload, len(body), **settings)
        body += local(name, payload, **kept)
    return ended(body, directory, len(entries))


def with_member(name: bytes, payload: bytes, **settings: Any) -> bytes:
    """The good archive with one more member, written as it is told."""
    entries = [(key.encode(), value, {}) for key, value in members().items()]
    return by_hand([*entries, (name, payload, settings)])


def zeros_deflated(size: int) -> bytes:
    """`size` zero bytes (a multiple of 1 MiB), deflated as strongly as may be, without deflating them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block + again * ((size >> 20) - 1) + packer.flush()


def crc_of_zeros(size: int) -> int:
    """The CRC-32 of many zero bytes: each multiplies the remainder by x**8, so a power of x says it."""

    def times(a: int, b: int) -> int:  # polynomials modulo that of CRC-32, lowest powers in the highest bits
        product = 0
        for bit in range(31, -1, -1):
            product ^= b if a >> bit & 1 else 0
            b = b >> 1 ^ (0xEDB88320 if b & 1 else 0)
        return product

    power, square, exponent = 1 << 31, 1 << 30, 8 * size
    while exponent:
        power = times(power, square) if exponent & 1 else power
        square, exponent = times(square, square), exponent >> 1
    return times(0xFFFFFFFF, power) ^ 0xFFFFFFFF


def bomb(member: str, size: int, honest: bool = True) -> bytes:
    """The good archive with one member replaced by zeros."""
    packed = zeros_deflated(size)
    entries = [(key.encode(), value, {}) for key, value in members().items() if key != member]
    settings = {"method": 8, "crc": 0, "size": size if honest else 1000}
    return by_hand([*entries, (member.encode(), packed, settings)])


# ---------------------------------------------------------------------------- cases


@case("Z1")
def zero_bytes(box: Box) -> Iterator[Attempt]:
    yield from feed(box, b"", "empty")
    path = box.file(b"", "boston.npz")
    yield Attempt("datasets .npz", lambda: boston(path), ("boston.npz",))


@case("Z2")
def random_bytes(box: Box) -> Iterator[Attempt]:
    noise = bytes((i * 197 + (i >> 3)) & 0xFF for i in range(5000))
    yield from feed(box, noise, "noise")
    yield from feed(box, b"PK\3\4" + noise, "noise with a zip's first bytes")
    path = box.file(noise, "boston.npz")
    yield Attempt("datasets .npz", lambda: boston(path), ("boston.npz",))


@case("Z3")
def a_page(box: Box) -> Iterator[Attempt]:
    yield from feed(box, b"<!DOCTYPE html><html><body>404 Not Found</body></html>" * 20, "a page")


@case("Z4")
def no_directory(box: Box) -> Iterator[Attempt]:
    whole = data("keras")
    yield from feed(box, whole[: whole.rfind(b"PK\1\2")], "without its directory")
    yield from feed(box, whole[: whole.find(b"PK\1\2")], "without all of its directory")


@case("Z5")
def truncated(box: Box) -> Iterator[Attempt]:
    whole, arrays = data("keras"), npz_bytes({"x": [1.0] * 50, "y": [2.0] * 50})
    for percent in range(1, 100):
        path = box.file(whole[: len(whole) * percent // 100], "m.keras")
        yield Attempt(f"load_model {percent} %", lambda p=path: load(p), ("m.keras",))
        yield Attempt(
            f"load_weights {percent} %", lambda p=path: victim().load_weights(p), ("m.keras",), keeps=victim()
        )
        path = box.file(arrays[: len(arrays) * percent // 100], "boston.npz")
        yield Attempt(f"datasets .npz {percent} %", lambda p=path: boston(p), ("boston.npz",))


@case("Z6")
def flipped(box: Box) -> Iterator[Attempt]:
    with zipfile.ZipFile(good("keras")) as archive:
        members = archive.infolist()
    whole = data("keras")
    places = {}
    for info in members:  # the data lies after a header of 30 bytes, the name and what the header has more
        lengths = struct.unpack_from("<HH", whole, info.header_offset + 26)
        places[info.filename] = (info.header_offset + 30 + sum(lengths), info.file_size)
    for name, (start, size) in places.items():
        for part in (0.1, 0.5, 0.9):
            spoiled = changed(whole, start + int(size * part))
            for one in feed(box, spoiled, f"{name} at {part:.0%}", name):
                if name == WEIGHTS or "load_weights" not in one.name:
                    yield one


@case("Z7")
def encrypted(box: Box) -> Iterator[Attempt]:
    yield from feed(box, with_member(b"secret.bin", b"x" * 40, flags=1), "encrypted member", "secret.bin")
    entries = [(k.encode(), v, {"flags": 1} if k == "config.json" else {}) for k, v in members().items()]
    yield from feed(box, by_hand(entries), "encrypted config", "config.json")


@case("Z8")
def twice(box: Box) -> Iterator[Attempt]:
    entries = [(k.encode(), v, {}) for k, v in members().items()]
    yield from feed(box, by_hand([*entries, (b"config.json", b"{}", {})]), "two configs", "config.json")
    yield from feed(box, by_hand([*entries, (WEIGHTS.encode(), b"", {})]), "two weights", WEIGHTS)
    twin = by_hand([(b"x.npy", b"1", {}), (b"x.npy", b"2", {})])
    yield from extract(box, twin, "a.zip", "two members of a name", "x.npy")


@case("Z9")
def missing(box: Box) -> Iterator[Attempt]:
    for name in ("config.json", "metadata.json", WEIGHTS):
        payload = zipped({key: value for key, value in members().items() if key != name})
        for one in feed(box, payload, f"without {name}", name):
            if name == WEIGHTS or "load_weights" not in one.name:
                yield one


@case("Z10")
def unknown_member(box: Box) -> Iterator[Attempt]:
    payload = zipped({**members(), "extra/notes.txt": b"hello", "_private": b"\0\1"})
    yield from feed_good(box, payload, "more members than known")


def feed_good(box: Box, payload: bytes, label: str) -> Iterator[Attempt]:
    """An unusual archive that is none the worse for it."""
    path = box.file(payload, "m.keras")
    yield Attempt(f"load_model {label}", lambda: right(load(path)), loads=True)
    model = net()

    def weights() -> bool:
        model.load_weights(path)
        return right(model)

    yield Attempt(f"load_weights {label}", weights, loads=True)


def right(model: Any) -> bool:
    """Whether a model holds the numbers of the good files."""
    return all(float(variable.numpy().ravel()[0]) == number + 0.5 for number, variable in enumerate(model.weights))


@case("Z11")
def overlapping(box: Box) -> Iterator[Attempt]:
    payload = local(b"a", b"x" * 100)
    body = payload + b"".join(local(key.encode(), value) for key, value in members().items())
    directory, at = central(b"a", b"x" * 100, 0) + central(b"b", b"x" * 100, 0), len(payload)
    for key, value in members().items():
        directory += central(key.encode(), value, at)
        at += len(local(key.encode(), value))
    yield from feed_zip(box, ended(body, directory, 2 + len(members())), "two entries, one place", "a")
    quoted = local(b"a", local(b"b", b"y" * 10))
    directory = central(b"a", local(b"b", b"y" * 10), 0) + central(b"b", b"y" * 10, 31)
    yield from feed_zip(box, ended(quoted, directory, 2), "one entry inside the other", "a")


@case("Z12")
def nested(box: Box) -> Iterator[Attempt]:
    inner = zipped({"config.json": b"{}"})
    yield from feed_good(box, zipped({**members(), "inner.zip": inner, "assets/inner.keras": inner}), "a zip inside")
    yield from feed(box, zipped({**members(), WEIGHTS: inner}), "a zip for weights", WEIGHTS)


@case("Z13")
def bomb_in_config(box: Box) -> Iterator[Attempt]:
    yield from feed(box, bomb("config.json", 1 << 30), "honest", "config.json")
    for one in feed(box, bomb("config.json", 1 << 30, honest=False), "lying", "config.json"):
        if "load_weights" not in one.name:
            yield one
    spaces = zipped({**members(), "config.json": b"[" + b" " * (60 << 20) + b"]"}, zipfile.ZIP_DEFLATED)
    for one in feed(box, spaces, "60 MiB of spaces", "config.json"):
        if "load_weights" not in one.name:
            yield one


@case("Z14")
def bomb_in_weights(box: Box) -> Iterator[Attempt]:
    yield from feed(box, bomb(WEIGHTS, 1 << 30), "honest", WEIGHTS)
    yield from feed(box, bomb(WEIGHTS, 1 << 30, honest=False), "lying", WEIGHTS)


@case("Z15")
def bomb_in_asset(box: Box) -> Iterator[Attempt]:
    yield from feed(box, bomb("assets/gadget/vocabulary.txt", 1 << 30), "honest", "vocabulary.txt")
    yield from extract(box, bomb("assets/x.bin", 1 << 30), "a.zip", "honest", "x.bin")
    yield from extract(box, bomb("assets/x.bin", 1 << 30, honest=False), "a.zip", "lying", "x.bin")
    path = box.file(
        by_hand([(b"x.npy", zeros_deflated(1 << 30), {"method": 8, "crc": 0, "size": 1 << 30})]), "boston.npz"
    )
    yield Attempt("datasets .npz", lambda: boston(path), ("boston.npz", "x.npy"))


@case("Z16")
def many_bombs(box: Box) -> Iterator[Attempt]:
    piece = zeros_deflated(32 << 20)
    entries = [(b"assets/%05d" % i, piece, {"method": 8, "crc": 0, "size": 32 << 20}) for i in range(300)]
    entries = [(k.encode(), v, {}) for k, v in members().items()] + entries
    yield from feed_zip(box, by_hand(entries), "9 GiB in all", "assets/")
    lying = [(b"assets/%05d" % i, b"", {"size": 100 << 20, "crc": 0}) for i in range(10_000)]
    yield from feed(box, by_hand(lying), "1 TB announced", "assets/")


@case("Z17")
def below_a_floor(box: Box) -> Iterator[Attempt]:
    size = 3900 << 20
    yield from feed(box, bomb(WEIGHTS, size), "3.9 GiB of weights", WEIGHTS)
    yield from extract(box, bomb("x.bin", size), "a.zip", "3.9 GiB", "x.bin")


@case("Z18")
def many_members(box: Box) -> Iterator[Attempt]:
    body = local(b"0", b"")
    head, tail = central(b"NUMBER", b"", 0).split(b"NUMBER")
    directory = b"".join([head + b"%06d" % i + tail for i in range(1_000_000)])
    yield from feed_zip(box, ended(body, directory, 1_000_000), "a million members")


@case("Z19")
def lying_sizes(box: Box) -> Iterator[Attempt]:
    huge = struct.pack("<HHQQ", 1, 16, 1 << 62, 1 << 62)
    entries = [(k.encode(), v, {}) for k, v in members().items()]
    body = b"".join(local(name, payload) for name, payload, _ in entries)
    directory, at = b"", 0
    for name, payload, _ in entries:
        head = central(name, payload, at, extra=huge)
        directory += head[:20] + b"\xff" * 8 + head[28:]
        at += len(local(name, payload))
    yield from feed(box, ended(body, directory, len(entries)), "zip64 sizes", ".json")
    short = [(n, p, {"size": len(p) // 2, "method": 0}) for n, p, _ in entries]
    yield from feed(box, by_hand(short), "sizes too small, stored")
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = packed.compress(members()["config.json"]) + packed.flush()
    crc = zlib.crc32(members()["config.json"])
    short = [*entries[:0], (b"config.json", stream, {"size": 10, "method": 8, "crc": crc})]
    short += [entry for entry in entries if entry[0] != b"config.json"]
    for one in feed(box, by_hand(short), "sizes too small, deflated", "config.json"):
        if "load_weights" not in one.name:
            yield one
    far = bytearray(data("keras"))
    at = far.rfind(b"PK\5\6")
    far[at + 16 : at + 20] = struct.pack("<I", 1 << 31)
    yield from feed(box, bytes(far), "a directory outside")
    far[at + 10 : at + 12] = b"\xff\xff"
    yield from feed(box, bytes(far), "another number of members")


NAMES = [
    b"../x",
    b"a/../../x",
    b"/etc/x",
    b"C:\\x",
    b"C:x",
    b"..\\x",
    b"a\\b",
    b"a\0b",
    b"n" * 4096,
    b"",
    b"a/..",
    "\u202ex\x7f".encode(),
    b"CONFIG.json",
    "e\u0301".encode(),
]


@case("Z20")
def names(box: Box) -> Iterator[Attempt]:
    for name in NAMES:
        flags = 0x800 if not name.isascii() else 0
        payload = with_member(name, b"x", flags=flags)
        if name == "e\u0301".encode():  # the same letter, written in two ways
            entries = [(k.encode(), v, {}) for k, v in members().items()]
            payload = by_hand([*entries, ("\u00e9".encode(), b"x", {"flags": 0x800}), (name, b"y", {"flags": 0x800})])
        yield from feed_zip(box, payload, f"{name[:20]!r}")


@case("Z21")
def symlink(box: Box) -> Iterator[Attempt]:
    attributes = 0o120777 << 16
    payload = with_member(b"assets/link", box.secret.encode(), attributes=attributes)
    yield from feed_zip(box, payload, "a link among the assets", "assets/link")
    entries = [(k.encode(), v, {}) for k, v in members().items() if k != WEIGHTS]
    payload = by_hand([*entries, (WEIGHTS.encode(), b"/etc/passwd", {"attributes": attributes})])
    yield from feed(box, payload, "a link for weights", WEIGHTS)
    payload = with_member(b"fifo", b"", attributes=0o010644 << 16)
    yield from extract(box, payload, "a.zip", "a pipe", "fifo")


@case("Z22")
def methods(box: Box) -> Iterator[Attempt]:
    for method in (9, 12, 14, 93, 97, 255):
        yield from feed_zip(box, with_member(b"odd.bin", b"x" * 10, method=method), f"method {method}", "odd.bin")


@case("Z23")
def not_a_file(box: Box) -> Iterator[Attempt]:
    folder = box.path("m.keras")
    os.makedirs(folder)
    fifo, link = box.path("m.keras"), box.path("m.keras")
    os.mkfifo(fifo)
    os.symlink("/dev/zero", link)
    for label, path in (("folder", folder), ("pipe", fifo), ("device", "/dev/zero"), ("link to a device", link)):
        said = ("zero",) if path == "/dev/zero" else ("m.keras",)
        yield Attempt(f"load_model {label}", lambda p=path: load(p), said)
        yield Attempt(f"load_weights {label}", lambda p=path: victim().load_weights(p), said, keeps=victim())
    for label, path in (("pipe", fifo), ("device", "/dev/zero"), ("folder", folder)):
        yield Attempt(f"datasets .npz {label}", lambda p=path: boston(p), (os.path.basename(path),))


@case("Z24")
def prefix(box: Box) -> Iterator[Attempt]:
    yield from feed(box, b"#!/bin/sh\necho junk\n" + data("keras"), "a script in front")
    yield from feed(box, b"\x89HDF\r\n\x1a\n" + data("keras"), "HDF5's first bytes in front")
    stream = io.BytesIO(data("keras"))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = b"a comment is no harm"
    yield from feed_good(box, stream.getvalue(), "a comment behind")
    junk = bytearray(zipped(members()))
    yield from feed(box, b"PK\3\4 junk" + bytes(junk), "junk that begins as a zip does")
