"""H: HDF5 files, whole models and weights alone, by themselves and inside `.keras` archives."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import Any

import h5py
import numpy as np
from attempts import Attempt, Box, case, changed
from bases import data, edited, good, keras, net, victim, with_weights

load = keras.models.load_model
KERNEL = {
    "h5": "model_weights/first/first/kernel:0",
    "legacy": "first/first/kernel:0",
    "weights": "layers/dense/vars/0",
}
SHAPE = (3, 4)


def feed(box: Box, payload: bytes, label: str, *names: str, **options: Any) -> Iterator[Attempt]:
    """The bytes of a spoiled HDF5 file to every entry point that opens one."""
    whole, weights = box.file(payload, "m.h5"), box.file(payload, "m.weights.h5")
    archive = box.file(with_weights(payload), "m.keras")
    model = victim()
    yield Attempt(f"load_model .h5 {label}", lambda: load(whole), ("m.h5", *names), **options)
    yield Attempt(
        f"load_weights .h5 {label}", lambda: model.load_weights(whole), ("m.h5", *names), keeps=model, **options
    )
    yield Attempt(
        f"load_weights by_name {label}",
        lambda: model.load_weights(whole, by_name=True),
        ("m.h5", *names),
        keeps=model,
        **options,
    )
    yield Attempt(
        f"load_weights .weights.h5 {label}",
        lambda: model.load_weights(weights),
        ("m.weights.h5", *names),
        keeps=model,
        **options,
    )
    yield Attempt(
        f"load_model .keras {label}", lambda: load(archive), ("m.keras", "model.weights.h5", *names), **options
    )
    editor = keras.saving.KerasFileEditor
    yield Attempt(f"KerasFileEditor .weights.h5 {label}", lambda: editor(weights), ("m.weights.h5", *names), **options)
    yield Attempt(
        f"KerasFileEditor .keras {label}", lambda: editor(archive), ("m.keras", "model.weights.h5", *names), **options
    )
    yield Attempt(
        f"load_weights .keras {label}",
        lambda: model.load_weights(archive),
        ("m.keras", "model.weights.h5", *names),
        keeps=model,
        **options,
    )


def feed_edited(
    box: Box, edit: Callable[[Any, str, str], Any], label: str, *names: str, **options: Any
) -> Iterator[Attempt]:
    """`edit(file, path of the first kernel, folder)` of each layout, to the entry points of that layout."""
    model = victim()
    for key in KERNEL:
        path = edited(box, key, lambda file, k=key: edit(file, KERNEL[k], box.folder))
        name = os.path.basename(path)
        if key == "h5":
            yield Attempt(f"load_model .h5 {label}", lambda p=path: load(p), (name, *names), **options)
        yield Attempt(
            f"load_weights {key} {label}", lambda p=path: model.load_weights(p), (name, *names), keeps=model, **options
        )
        if key == "legacy":
            yield Attempt(
                f"load_weights by_name {label}",
                lambda p=path: model.load_weights(p, by_name=True),
                (name, *names),
                keeps=model,
                **options,
            )
        if key == "weights":
            with open(path, "rb") as file:
                archive = box.file(with_weights(file.read()), "m.keras")
            yield Attempt(f"load_model .keras {label}", lambda p=archive: load(p), ("m.keras", *names), **options)
            yield Attempt(
                f"load_weights .keras {label}",
                lambda p=archive: model.load_weights(p),
                ("m.keras", *names),
                keeps=model,
                **options,
            )


def feed_good(
    box: Box, edit: Callable[[Any, str, str], Any], label: str, check: Callable[[Any], bool]
) -> Iterator[Attempt]:
    """An unusual file that must load."""

    def weights(path: str) -> bool:
        model = net()
        model.load_weights(path)
        return check(model)

    for key in KERNEL:
        path = edited(box, key, lambda file, k=key: edit(file, KERNEL[k], box.folder))
        if key == "h5":
            yield Attempt(f"load_model .h5 {label}", lambda p=path: check(load(p)), loads=True)
        yield Attempt(f"load_weights {key} {label}", lambda p=path: weights(p), loads=True)


def names_of(root: Any) -> list[bytes]:
    """The names of layers in a file."""
    return [name if isinstance(name, bytes) else str(name).encode() for name in root.attrs["layer_names"]]


def replace(file: Any, place: str, value: Any = None, **settings: Any) -> Any:
    """Another dataset in the place of one."""
    del file[place]
    return file.create_dataset(place, data=value, **settings) if settings or value is not None else None


@case("H1")
def zero_bytes(box: Box) -> Iterator[Attempt]:
    yield from feed(box, b"", "empty")


@case("H2")
def signature(box: Box) -> Iterator[Attempt]:
    for key in ("h5", "weights", "legacy"):
        yield from feed(box, changed(data(key), 1), f"{key} bad signature")
    yield from feed(box, b"\x89HDF\r\n\x1a\n" + bytes(100), "a signature and nothing")


@case("H3")
def superblock(box: Box) -> Iterator[Attempt]:
    for key in ("h5", "weights", "legacy"):
        for version in (1, 4, 99, 255):
            made = bytearray(data(key))
            made[8] = version
            yield from feed(box, bytes(made), f"{key} superblock {version}")


@case("H4")
def truncated(box: Box) -> Iterator[Attempt]:
    for key in ("h5", "weights", "legacy"):
        whole = data(key)
        for percent in range(1, 100):
            for one in feed(box, whole[: len(whole) * percent // 100], f"{key} {percent} %"):
                if ".keras" not in one.name or percent % 10 == 0:
                    yield one


@case("H5")
def flipped(box: Box) -> Iterator[Attempt]:
    """Each attempt loads or is refused; what counts is that the process lives and the model stays."""
    from fuzz_cases import loads_or_refused

    for key, name in (("h5", "m.h5"), ("weights", "m.weights.h5"), ("legacy", "m.h5")):
        whole = data(key)
        places = [at for mark in (b"TREE", b"HEAP", b"SNOD", b"OHDR", b"OCHK") for at in _every(whole, mark)]
        for at in places[:12]:
            for step in (4, 6, 8, 17, 24, 33):
                if at + step < len(whole):
                    path = box.file(changed(whole, at + step, 0xFF), name)
                    yield Attempt(f"{key} byte {at + step}", loads_or_refused(path, key), loads=True)


def _every(whole: bytes, mark: bytes) -> Iterator[int]:
    at = whole.find(mark)
    while at >= 0:
        yield at
        at = whole.find(mark, at + 1)


@case("H6")
def external_storage(box: Box) -> Iterator[Attempt]:
    for source in (box.secret, "/etc/passwd", "secret.txt"):

        def edit(file: Any, place: str, folder: str, source: str = source) -> None:
            del file[place]
            file.create_dataset(place, SHAPE, "float32", external=[(source, 0, 48)])

        yield from feed_edited(box, edit, source[-10:], "external")


@case("H7")
def external_link(box: Box) -> Iterator[Attempt]:
    def edit(file: Any, place: str, folder: str) -> None:
        del file[place]
        file[place] = h5py.ExternalLink(good("legacy"), "first/first/kernel:0")

    yield from feed_edited(box, edit, "leaf", "link")


@case("H8")
def external_group(box: Box) -> Iterator[Attempt]:
    def edit(file: Any, place: str, folder: str) -> None:
        parent = place.rpartition("/")[0]
        del file[parent]
        file[parent] = h5py.ExternalLink(good("legacy"), "first/first")

    yield from feed_edited(box, edit, "the group above", "link")

    def top(file: Any, place: str, folder: str) -> None:
        first = place.partition("/")[0]
        kept = dict(file.attrs)
        del file[first]
        file[first] = h5py.ExternalLink(good("h5"), "/")
        file.attrs.update(kept)

    yield from feed_edited(box, top, "the first group", "link")


@case("H9")
def soft_links(box: Box) -> Iterator[Attempt]:
    for target in ("/nowhere", "last/last/kernel:0", "/", "."):

        def edit(file: Any, place: str, folder: str, target: str = target) -> None:
            del file[place]
            file[place] = h5py.SoftLink(target)

        yield from feed_edited(box, edit, f"to {target}", "link")


@case("H10")
def virtual(box: Box) -> Iterator[Attempt]:
    def edit(file: Any, place: str, folder: str) -> None:
        layout = h5py.VirtualLayout(shape=SHAPE, dtype="float32")
        layout[...] = h5py.VirtualSource(good("legacy"), "first/first/kernel:0", shape=SHAPE)
        del file[place]
        file.create_virtual_dataset(place, layout)

    yield from feed_edited(box, edit, "of another file", "virtual")


@case("H11")
def cycle(box: Box) -> Iterator[Attempt]:
    def edit(file: Any, place: str, folder: str) -> None:
        group = file[place.rpartition("/")[0]]
        group["again"] = file["/"]
        del file[place]
        file[place] = group

    yield from feed_edited(box, edit, "instead of an array")

    def beside(file: Any, place: str, folder: str) -> None:
        file["loop"] = file["/"]
        file[place.partition("/")[0] + "/loop"] = file["/"]

    yield from feed_good(box, beside, "beside what is read", lambda model: model.count_params() == 26)
    from addax.formats.hdf5 import open_hdf5

    path = edited(box, "legacy", lambda file: beside(file, KERNEL["legacy"], ""))
    yield Attempt("a walk ends", lambda: len(list(open_hdf5(path).walk())) < 20, loads=True)


@case("H12")
def shape_bomb(box: Box) -> Iterator[Attempt]:
    for label, settings in (
        ("no chunks", {"shape": (1 << 25, 1 << 25), "dtype": "float32", "chunks": (64, 64)}),
        (
            "gzip",
            {"shape": (1 << 20, 1 << 10), "dtype": "float32", "chunks": (1 << 10, 1 << 10), "compression": "gzip"},
        ),
        ("unlimited", {"shape": (1 << 40,), "dtype": "float64", "chunks": (1024,), "maxshape": (None,)}),
        ("long strings", {"shape": (4,), "dtype": f"S{1 << 30}", "chunks": (1,), "compression": "gzip"}),
    ):

        def edit(file: Any, place: str, folder: str, settings: dict[str, Any] = settings) -> None:
            del file[place]
            file.create_dataset(place, **settings)

        yield from feed_edited(box, edit, label)

    for key in ("legacy",):
        path = _one_string_many_times(box, key)
        yield Attempt(
            "load_weights names that share one string",
            lambda p=path: victim().load_weights(p),
            ("m.h5",),
            keeps=victim(),
        )


def _one_string_many_times(box: Box, key: str) -> str:
    """An attribute of 3000 strings, all of which lie at the same place of the file, 1 MiB long."""
    path = edited(
        box,
        key,
        lambda file: file.attrs.create(
            "layer_names",
            np.array(["x" * (1 << 20), *[f"y{i:05d}" for i in range(3000)]], object),
            dtype=h5py.string_dtype(),
        ),
    )
    with open(path, "rb") as file:
        whole = bytearray(file.read())
    # A reference to a string: length (4 bytes), address of a heap (8), index (4). All are made the first one's.
    first = struct.pack("<I", 1 << 20)
    at = next(at for at in _every(bytes(whole), first) if whole[at + 16 : at + 20] == struct.pack("<I", 6))
    for number in range(1, 3001):
        whole[at + 16 * number : at + 16 * number + 16] = whole[at : at + 16]
    with open(path, "wb") as file:
        file.write(whole)
    return path


def of_zeros(group: Any, name: str, side: int) -> None:
    """A packed array of zeros, of `side` rows and columns, without packing them all."""
    from zip_cases import zeros_deflated

    size = side * side * 4
    packed = b"\x78\xda" + zeros_deflated(size) + (size % 65521 << 16 | 1).to_bytes(4, "big")
    made = group.create_dataset(name, (side, side), "float32", chunks=(side, side), compression="gzip")
    made.id.write_direct_chunk((0, 0), packed)


@case("H13")
def many_bombs(box: Box) -> Iterator[Attempt]:
    def edit(file: Any, place: str, folder: str) -> None:
        for name in ("optimizer_weights", "optimizer"):
            file.pop(name, None)
        group = file.create_group("optimizer_weights" if "model_weights" in file else "optimizer/vars")
        names = []
        for number in range(40):
            name = str(number)
            of_zeros(group, name, 2048)
            names.append(name.encode())
        group.attrs["weight_names"] = names

    def kept(model: Any) -> bool:
        return model.count_params() == 26

    for one in feed_good(box, edit, "beside the weights", kept):
        one.peak = 300
        yield one

    def kernels(file: Any) -> None:
        for name in ("first", "last"):
            for key in list(file.get(name, {}).get(name, {})):
                del file[f"{name}/{name}/{key}"]
                of_zeros(file, f"{name}/{name}/{key}", 1 << 13)

    path = edited(box, "legacy", kernels)
    yield Attempt("load_weights every array a bomb", lambda: victim().load_weights(path), ("m.h5",), keeps=victim())


@case("H14")
def wrong_shapes(box: Box) -> Iterator[Attempt]:
    for label, shape in (
        ("transposed", (4, 3)),
        ("extra rank", (3, 4, 1)),
        ("flat", (12,)),
        ("off by one", (3, 5)),
        ("zero", (3, 0)),
        ("scalar", ()),
    ):
        yield from feed_edited(
            box, lambda f, p, _, s=shape: replace(f, p, np.zeros(s, "float32")), label, "kernel", "shape"
        )
    yield from feed_edited(box, lambda f, p, _: replace(f, p, h5py.Empty("f4")), "null")


@case("H15")
def wrong_dtypes(box: Box) -> Iterator[Attempt]:
    text = np.full(SHAPE, "text", object)
    yield from feed_edited(box, lambda f, p, _: replace(f, p, text, dtype=h5py.string_dtype()), "strings")
    yield from feed_edited(box, lambda f, p, _: replace(f, p, np.full(SHAPE, b"abcd")), "fixed strings")

    def references(file: Any, place: str, folder: str) -> None:
        replace(file, place, np.full(SHAPE, file["/"].ref, object), dtype=h5py.ref_dtype)

    yield from feed_edited(box, references, "references")
    yield from feed_edited(box, lambda f, p, _: replace(f, p, np.zeros(SHAPE, [("a", "f4"), ("b", "i4")])), "compound")
    yield from feed_edited(box, lambda f, p, _: replace(f, p, np.zeros(SHAPE, "complex64")), "complex")
    yield from feed_edited(box, lambda f, p, _: replace(f, p, np.zeros(SHAPE, "uint8")), "bytes")
    yield from feed_edited(box, lambda f, p, _: replace(f, p, np.zeros(SHAPE, bool)), "booleans")
    yield from feed_edited(box, lambda f, p, _: replace(f, p, np.zeros(SHAPE, "V7")), "opaque")


@case("H16")
def other_floats(box: Box) -> Iterator[Attempt]:
    for dtype in (">f4", "<f8", ">f8", "<f2"):
        yield from feed_good(
            box,
            lambda f, p, _, d=dtype: replace(f, p, np.full(SHAPE, 1.5, d)),
            dtype,
            lambda model: bool((model.weights[0].numpy() == 1.5).all()),
        )
