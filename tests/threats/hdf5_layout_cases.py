"""H17 to H26: HDF5 files whose layers, names, attributes and groups are not as they should be."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from attempts import Attempt, Box, case
from bases import L, data, edited, good, keras, net, victim, with_weights
from hdf5_cases import KERNEL, SHAPE, feed, feed_edited, feed_good, names_of, replace

load = keras.models.load_model


@case("H17")
def other_layers(box: Box) -> Iterator[Attempt]:
    def missing(file: Any, place: str, folder: str) -> None:
        del file[place.rpartition("/")[0]]

    yield from feed_edited(box, missing, "missing")

    def renamed(file: Any, place: str, folder: str) -> None:
        parent = place.rpartition("/")[0]
        file[parent + "_renamed"] = file[parent]
        del file[parent]

    yield from feed_edited(box, renamed, "renamed")

    def extra(file: Any, place: str, folder: str) -> None:
        root = file["model_weights"] if "model_weights" in file else file
        if "layer_names" in root.attrs:
            root.attrs["layer_names"] = [*names_of(root), b"more"]
            group = root.create_group("more")
            group.attrs["weight_names"] = [b"w"]
            group["w"] = np.zeros(3, "float32")
        else:
            file.copy("layers/dense", "layers/dense_2")
            file["layers/dense/vars/2"] = np.zeros(3, "float32")

    for one in feed_edited(box, extra, "one more"):
        if "by_name" not in one.name:  # by name, what has no place is passed over
            yield one

    def turned(file: Any, place: str, folder: str) -> None:
        root = file["model_weights"] if "model_weights" in file else file
        if "layer_names" in root.attrs:
            root.attrs["layer_names"] = names_of(root)[::-1]
        else:
            file.move("layers/dense", "layers/x")
            file.move("layers/dense_1", "layers/dense")
            file.move("layers/x", "layers/dense_1")

    for one in feed_edited(box, turned, "in another order"):
        if "by_name" not in one.name:
            yield one


@case("H18")
def weight_names(box: Box) -> Iterator[Attempt]:
    for label, names in (
        ("absolute", [b"/last/last/kernel:0", b"/last/last/bias:0"]),
        ("dots", [b"../last/last/kernel:0", b"first/bias:0"]),
        ("missing", [b"first/nothing:0", b"first/bias:0"]),
        ("too few", [b"first/kernel:0"]),
        ("twice", [b"first/kernel:0"] * 2),
        ("too many", [b"first/kernel:0", b"first/bias:0", b"first/bias:0"]),
        ("not UTF-8", [b"first/kern\xff\xfe", b"first/bias:0"]),
        ("empty", [b"", b""]),
        ("numbers", np.arange(2)),
        ("a number", 7),
        ("deep", [b"a/" * 500, b"first/bias:0"]),
    ):

        def edit(file: Any, names: Any = names) -> None:
            root = file["model_weights"] if "model_weights" in file else file
            root["first"].attrs["weight_names"] = names

        for key in ("h5", "legacy"):
            path = edited(box, key, edit)
            if key == "h5":
                yield Attempt(f"load_model {label}", lambda p=path: load(p), ("m.h5",))
            yield Attempt(
                f"load_weights {key} {label}", lambda p=path: victim().load_weights(p), ("m.h5",), keeps=victim()
            )
            if label != "missing" or key != "legacy":
                continue
            yield Attempt(
                f"load_weights by_name {label}",
                lambda p=path: victim().load_weights(p, by_name=True),
                ("m.h5",),
                keeps=victim(),
            )


@case("H19")
def split_attributes(box: Box) -> Iterator[Attempt]:
    def split(file: Any, place: str, folder: str, missing: bool = False) -> None:
        root = file["model_weights"] if "model_weights" in file else file
        if "layer_names" not in root.attrs:
            return
        names = names_of(root)
        del root.attrs["layer_names"]
        for number, name in enumerate(names):
            if not (missing and number == 0):
                root.attrs[f"layer_names{number}"] = [name]

    yield from feed_good(box, split, "in pieces", lambda model: float(model.weights[0].numpy()[0, 0]) == 0.5)
    for key in ("h5", "legacy"):
        path = edited(box, key, lambda file: split(file, "", "", True))
        yield Attempt(
            f"load_weights {key}, the first piece missing",
            lambda p=path: victim().load_weights(p),
            ("m.h5",),
            keeps=victim(),
        )
    model = keras.Sequential([L.Input((1,)), *[L.Dense(1, name=f"layer_{n:04d}_" + "x" * 1000) for n in range(80)]])
    where = box.path("many.h5")
    model.save_weights(where)
    yield Attempt("80 long names", lambda: model.load_weights(where), loads=True)


@case("H20")
def filters(box: Box) -> Iterator[Attempt]:
    """A filter that is not built in would be a shared library; none is looked for."""

    def edit(file: Any, place: str, folder: str) -> None:
        del file[place]
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk(SHAPE)
        properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (1,))
        space = h5py.h5s.create_simple(SHAPE)
        made = h5py.h5d.create(
            file[place.rpartition("/")[0]].id, place.rpartition("/")[2].encode(), h5py.h5t.IEEE_F32LE, space, properties
        )
        made.write_direct_chunk((0, 0), bytes(48))

    with open(os.path.join(os.getcwd(), "libh5canary.so"), "wb") as out:
        out.write(b"\x7fELF nothing")
    os.environ["HDF5_PLUGIN_PATH"] = os.getcwd()
    yield from feed_edited(box, edit, "number 32015", "filter")


@case("H21")
def not_numbers(box: Box) -> Iterator[Attempt]:
    values = np.array([np.nan, np.inf, -np.inf] * 4, "float32").reshape(SHAPE)
    yield from feed_good(
        box,
        lambda f, p, _: replace(f, p, values),
        "NaN and infinity",
        lambda model: model.weights[0].numpy().tobytes() == values.tobytes(),
    )


@case("H22")
def model_config(box: Box) -> Iterator[Attempt]:
    for label, value in (
        ("absent", None),
        ("not JSON", "{not json"),
        ("a number", 7),
        ("a list", "[1]"),
        ("an array", np.arange(9)),
        ("bytes of no text", np.void(b"\xff\x00\xfe")),
        ("empty", ""),
    ):

        def edit(file: Any, value: Any = value) -> None:
            del file.attrs["model_config"]
            if value is not None:
                file.attrs["model_config"] = value

        path = edited(box, "h5", edit)
        yield Attempt(
            f"load_model {label}", lambda p=path: load(p), ("m.h5", "model config" if value is None else "model_config")
        )
    for label, convert in (
        ("bytes", lambda t: np.bytes_(t.encode())),
        ("text", str),
        ("text as bytes", lambda t: t.encode()),
    ):
        path = edited(box, "h5", lambda f, c=convert: f.attrs.create("model_config", c(f.attrs["model_config"])))
        yield Attempt(f"load_model {label}", lambda p=path: load(p).count_params() == 26, loads=True)


@case("H23")
def many_groups(box: Box) -> Iterator[Attempt]:
    def edit(file: Any, place: str, folder: str) -> None:
        parent = file[place.rpartition("/")[0]]
        leaf, links = place.rpartition("/")[2].encode(), parent.id.links
        for number in range(120_000):
            links.create_hard(b"n%d" % number, parent.id, leaf)

    path = edited(box, "weights", lambda file: edit(file, KERNEL["weights"], ""))
    yield Attempt("load_weights .weights.h5", lambda: victim().load_weights(path), ("m.weights.h5",), keeps=victim())
    with open(path, "rb") as file:
        archive = box.file(with_weights(file.read()), "m.keras")
    yield Attempt("load_model .keras", lambda: load(archive), ("m.keras",))

    def names(file: Any) -> None:
        root = file["model_weights"] if "model_weights" in file else file
        root.attrs["layer_names"] = np.array([b"first", b"last"] * 4000)

    for key in ("h5", "legacy"):
        where = edited(box, key, names)
        yield Attempt(
            f"load_weights {key} names a layer 4000 times",
            lambda p=where: victim().load_weights(p),
            ("m.h5",),
            keeps=victim(),
        )
    deep = edited(box, "weights", lambda file: file.create_group("layers/dense/" + "g/" * 3000))
    yield Attempt("groups 3000 deep are not read", lambda: net().load_weights(deep), loads=True)


@case("H24")
def exchanged(box: Box) -> Iterator[Attempt]:
    def group(file: Any, place: str, folder: str) -> None:
        del file[place]
        file.create_group(place)

    yield from feed_edited(box, group, "a group for an array", "group")

    def array(file: Any, place: str, folder: str) -> None:
        parent = place.rpartition("/")[0].rpartition("/")[0] or place.partition("/")[0]
        del file[parent]
        file[parent] = np.zeros(3)

    yield from feed_edited(box, array, "an array for a group")


@case("H25")
def locked(box: Box) -> Iterator[Attempt]:
    path = box.path("m.h5")
    shutil.copyfile(good("h5"), path)

    def while_open() -> Any:
        with open(path, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            return load(path)

    yield Attempt(
        "load_model while another has it locked for writing", while_open, ("m.h5",), writes=os.path.dirname(path)
    )
    swmr = box.path("m.weights.h5")
    with h5py.File(swmr, "w", libver="latest") as file:
        file["layers/dense/vars/0"] = np.zeros(SHAPE, "float32")
    made = bytearray(open(swmr, "rb").read())
    made[11] = 5  # the flag of a writer that never ended
    where = box.file(bytes(made), "m.weights.h5")
    yield Attempt(
        "load_weights of a file that a writer left open",
        lambda: victim().load_weights(where),
        ("m.weights.h5",),
        keeps=victim(),
    )


@case("H26")
def user_block(box: Box) -> Iterator[Attempt]:
    for size in (512, 2048):
        path = box.path("m.h5")
        with h5py.File(path, "w", userblock_size=size) as out, h5py.File(good("h5"), "r") as source:
            for name in source:
                source.copy(name, out)
            out.attrs.update(source.attrs)
        with open(path, "r+b") as file:
            file.write(b"#!/bin/sh\n")
        yield Attempt(f"load_model {size} bytes in front", lambda p=path: load(p).count_params() == 26, loads=True)
    yield from feed(box, b"\0" * 300 + data("h5"), "300 bytes in front")
