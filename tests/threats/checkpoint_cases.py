"""C: TensorFlow checkpoints and SavedModels."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from attempts import Attempt, Box, case, changed
from bases import data, good, keras, members, net, saved_model, tf, victim, whole_config

from addax.checkpoint import graph as object_graph
from addax.formats import protobuf
from addax.formats import tensor_bundle as bundle
from addax.formats.crc32c import crc32c, mask

ENDINGS = (".index", ".data-00000-of-00001")
Change = Callable[[dict[str, bytes]], Any]


def copied(box: Box, change: Change | None = None) -> str:
    """A copy of the good checkpoint, its files changed: {".index": ..., ".data-...": ...} (None removes one)."""
    prefix = box.path("ckpt")
    files: dict[str, Any] = {}
    for ending in ENDINGS:
        with open(good("checkpoint") + ending, "rb") as file:
            files[ending] = file.read()
    if change is not None:
        change(files)
    for ending, content in files.items():
        if content is not None:
            with open(prefix + ending, "wb") as file:
                file.write(content)
    return prefix


def feed(box: Box, change: Change, label: str, *names: str, reader: bool = True, **options: Any) -> Iterator[Attempt]:
    """A spoiled checkpoint to every entry point that reads one."""
    model = victim()
    prefix = copied(box, change)
    said = ("ckpt", *names)
    yield Attempt(f"load_weights {label}", lambda: model.load_weights(prefix), said, keeps=model, **options)
    yield Attempt(
        f"Checkpoint.read {label}", lambda: tf.train.Checkpoint(root=model).read(prefix), said, keeps=model, **options
    )
    yield Attempt(
        f"Checkpoint.restore {label}",
        lambda: tf.train.Checkpoint(root=model).restore(prefix),
        said,
        keeps=model,
        **options,
    )
    folder = os.path.dirname(prefix)
    with open(os.path.join(folder, "checkpoint"), "w") as file:
        file.write('model_checkpoint_path: "ckpt"\nall_model_checkpoint_paths: "ckpt"\n')
    manager = lambda: tf.train.CheckpointManager(tf.train.Checkpoint(root=model), folder, 3)
    yield Attempt(f"CheckpointManager {label}", lambda: manager().restore_or_initialize(), said, keeps=model, **options)
    yield Attempt(f"load_weights folder {label}", lambda: model.load_weights(folder), said, keeps=model, **options)
    if reader:
        yield Attempt(f"load_checkpoint {label}", lambda: everything(prefix), said, **options)
    saved = saved_model(box, whole_config())
    for ending in ENDINGS:
        target = os.path.join(saved, "variables", "variables" + ending)
        os.remove(target)
        if os.path.exists(prefix + ending):
            shutil.copyfile(prefix + ending, target)
    said = ("variables", *names)
    yield Attempt(f"load_model SavedModel {label}", lambda: keras.models.load_model(saved), said, **options)


def everything(prefix: str) -> dict[str, Any]:
    """All tensors of a checkpoint."""
    reader = tf.train.load_checkpoint(prefix)
    return {name: reader.get_tensor(name) for name, _ in tf.train.list_variables(prefix)}


def pairs() -> dict[bytes, bytes]:
    """The entries of the good index."""
    with open(good("checkpoint") + ".index", "rb") as file:
        return dict(bundle._table(file.read(), "good"))


def reindexed(change: Callable[[dict[bytes, bytes]], Any]) -> Change:
    """The index with its entries changed, written anew (with right checksums)."""

    def apply(files: dict[str, bytes]) -> None:
        entries = pairs()
        made = change(entries)
        files[".index"] = bundle._written_table(list(entries.items()) if made is None else made)

    return apply


KERNEL = next(key for key in ("layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE",))


def entry(
    dtype: int = 1, shape: Any = (3, 4), shard: int = 0, offset: int = 0, size: int = 48, crc: bytes = b"\0\0\0\0"
) -> bytes:
    """What the index says of a tensor."""
    dims = b"".join(protobuf.bytes_field(2, protobuf.varint_field(1, n)) for n in shape)
    made = protobuf.varint_field(1, dtype) + protobuf.bytes_field(2, dims) + protobuf.varint_field(3, shard)
    made += protobuf.varint_field(4, offset) + protobuf.varint_field(5, size)
    return made + protobuf.varint(6 << 3 | protobuf.FIXED32) + crc


@case("C1")
def state_file(box: Box) -> Iterator[Attempt]:
    for target in (
        "/etc/passwd",
        good("checkpoint"),
        "../ckpt",
        "missing",
        "",
        "a" * 5000,
        "..",
        "/",
        "ckpt\\0",
        "~/x",
    ):
        folder = os.path.dirname(copied(box))
        os.rename(os.path.join(folder, "ckpt.index"), os.path.join(folder, "hidden.index"))
        with open(os.path.join(folder, "checkpoint"), "w") as file:
            file.write(f'model_checkpoint_path: "{target}"\n')
        yield Attempt(f"load_weights {target[:20]}", lambda f=folder: victim().load_weights(f), keeps=victim())
        yield Attempt(
            f"latest_checkpoint {target[:20]}", lambda f=folder: tf.train.latest_checkpoint(f) is None, loads=True
        )
        yield Attempt(f"load_checkpoint {target[:20]}", lambda f=folder: tf.train.load_checkpoint(f))
        yield Attempt(f"CheckpointManager {target[:20]}", lambda f=folder: managed(f), loads=True)
    for label, content in (
        ("noise", os.urandom(2000)),
        ("no UTF-8", b'model_checkpoint_path: "\xff\xfe"'),
        ("empty", b""),
        ("quotes", b'model_checkpoint_path: "' + b'\\"' * 200_000),
        ("lines", b"x: 1\n" * 200_000),
    ):
        folder = os.path.dirname(copied(box))
        with open(os.path.join(folder, "checkpoint"), "wb") as file:
            file.write(content)
        yield Attempt(f"latest_checkpoint {label}", lambda f=folder: tf.train.latest_checkpoint(f) is None, loads=True)
        yield Attempt(f"load_weights {label}", lambda f=folder: victim().load_weights(f), keeps=victim())


def managed(folder: str) -> bool:
    """A manager of a folder whose list is wrong; it neither reads nor deletes anything elsewhere."""
    model = net()
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(root=model), folder, 1)
    try:
        manager.restore_or_initialize()
    except (OSError, ValueError, tf.errors.OpError):
        pass
    return all(os.path.dirname(path) == folder for path in manager.checkpoints) and os.path.exists(
        good("checkpoint") + ".index"
    )


@case("C2")
def shard_missing(box: Box) -> Iterator[Attempt]:
    yield from feed(box, lambda files: files.update({ENDINGS[1]: None}), "no data", "data-00000")
    header = protobuf.varint_field(1, 5) + protobuf.bytes_field(3, protobuf.varint_field(1, 1))
    yield from feed(box, reindexed(lambda e: e.update({b"": header})), "five shards", "of-00005")


@case("C3")
def beyond(box: Box) -> Iterator[Attempt]:
    for label, settings in (
        ("offset", {"offset": 1 << 40}),
        ("size", {"size": 1 << 40, "shape": (1 << 38,)}),
        ("negative offset", {"offset": (1 << 64) - 48}),
        ("negative size", {"size": (1 << 64) - 48}),
        ("shard", {"shard": 7}),
        ("negative shard", {"shard": (1 << 64) - 1}),
        ("overflow", {"offset": (1 << 63) - 1, "size": 48}),
        ("huge shape", {"shape": (1 << 62, 1 << 62)}),
        ("negative shape", {"shape": ((1 << 64) - 3, 4)}),
    ):
        yield from feed(box, reindexed(lambda e, s=settings: e.update({KERNEL.encode(): entry(**s)})), label)
    yield from feed(
        box, lambda files: files.update({ENDINGS[1]: files[ENDINGS[1]][:20]}), "a short shard", "data-00000"
    )


@case("C4")
def tensor_crc(box: Box) -> Iterator[Attempt]:
    for place in (1, 20, 60):
        yield from feed(
            box,
            lambda files, p=place: files.update({ENDINGS[1]: changed(files[ENDINGS[1]], p)}),
            f"byte {place}",
            "data-00000",
        )


@case("C5")
def index_damage(box: Box) -> Iterator[Attempt]:
    size = os.path.getsize(good("checkpoint") + ".index")
    for place in (3, size // 2, size - 70, size - 60, size - 50, size - 4):
        yield from feed(
            box, lambda files, p=place: files.update({".index": changed(files[".index"], p)}), f"byte {place}", "index"
        )
    for percent in (0, 10, 50, 90, 99):
        yield from feed(
            box,
            lambda files, p=percent: files.update({".index": files[".index"][: size * p // 100]}),
            f"{percent} %",
            "index",
        )

    def packed(kind: int) -> Change:
        def apply(files: dict[str, bytes]) -> None:
            whole = bytearray(files[".index"])
            handle, at = protobuf.read_varint(bytes(whole), len(whole) - 48), 0
            del handle, at
            made = bytearray()
            group = list(pairs().items())
            place = bundle._append_block(made, group)
            _, at = protobuf.read_varint(place, 0)
            length, _ = protobuf.read_varint(place, at)
            made[length] = kind
            made[length + 1 : length + 5] = struct.pack("<I", mask(crc32c(bytes(made[: length + 1]))))
            meta = bundle._append_block(made, [])
            top = bundle._append_block(made, [(group[-1][0], place)])
            made += (meta + top).ljust(40, b"\0") + struct.pack("<Q", bundle._MAGIC)
            files[".index"] = bytes(made)

        return apply

    for kind in (1, 2, 9):
        yield from feed(box, packed(kind), f"block compressed in way {kind}", "index")
    yield from feed(
        box, lambda files: files.update({".index": shared_prefixes()}), "names that share all but a byte", "index"
    )
    yield from feed(
        box, lambda files: files.update({".index": one_block_many_times()}), "one block a thousand times", "index"
    )


def shared_prefixes() -> bytes:
    """An index of 20,000 names, each as long as its number: 200 MB of names in a few hundred KB."""
    body = bytearray()
    for number in range(20_000):
        body += protobuf.varint(number) + protobuf.varint(1) + protobuf.varint(0) + b"a"
    return table_of(bytes(body))


def table_of(body: bytes, handles: int = 1) -> bytes:
    """A table of one block with this body."""
    block = body + struct.pack("<II", 0, 1)
    made = bytearray(block + b"\0" + struct.pack("<I", mask(crc32c(block + b"\0"))))
    place = protobuf.varint(0) + protobuf.varint(len(block))
    meta = bundle._append_block(made, [])
    top = bundle._append_block(made, [(b"z%06d" % number, place) for number in range(handles)])
    return bytes(made) + (meta + top).ljust(40, b"\0") + struct.pack("<Q", bundle._MAGIC)


def one_block_many_times() -> bytes:
    """An index whose one block of names is listed 3,000 times."""
    body = bytearray()
    for number in range(2000):
        key = b"name%08d" % number
        body += protobuf.varint(0) + protobuf.varint(len(key)) + protobuf.varint(0) + key
    return table_of(bytes(body), 3000)


@case("C6")
def other_variables(box: Box) -> Iterator[Attempt]:
    def twice(entries: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        made = []
        for key, value in entries.items():
            made += [(key, value)] * (2 if key == KERNEL.encode() else 1)
        return made

    yield from feed(box, reindexed(twice), "one name twice", "kernel")
    raw = np.zeros(12, "float32").tobytes()
    for label, settings in (
        ("transposed", {"shape": (4, 3)}),
        ("flat", {"shape": (12,)}),
        ("double", {"dtype": 2, "shape": (2, 3)}),
        ("int", {"dtype": 3}),
        ("half", {"dtype": 19, "shape": (3, 8)}),
        ("complex", {"dtype": 8, "shape": (3, 2)}),
        ("unknown", {"dtype": 99}),
        ("resource", {"dtype": 20}),
    ):
        crc = struct.pack("<I", mask(crc32c(raw)))
        names = ("kernel",)
        yield from feed(
            box,
            reindexed(lambda e, s=settings, c=crc: e.update({KERNEL.encode(): entry(crc=c, **s)})),
            label,
            *names,
            reader=label in ("unknown", "resource"),
        )
    for dtype in ("float64", "int32", "float16"):
        prefix = box.path("ckpt")
        model = net()
        holder = tf.train.Checkpoint(v=tf.Variable(np.ones((3, 4), dtype)))
        holder.write(prefix)
        target = tf.Variable(np.zeros((3, 4), "float32"))
        yield Attempt(
            f"Checkpoint.read {dtype} into float32",
            lambda p=prefix, t=target: tf.train.Checkpoint(v=t).read(p),
            ("ckpt", "v/"),
            keeps=[target],
        )
    _ = model


@case("C7")
def object_graphs(box: Box) -> Iterator[Attempt]:
    key = object_graph.GRAPH_KEY.encode()

    def with_graph(payload: bytes) -> Change:
        def apply(files: dict[str, bytes]) -> None:
            text = protobuf.varint(len(payload))
            check = struct.pack("<I", mask(crc32c(struct.pack("<I", len(payload)))))
            crc = struct.pack("<I", mask(crc32c(struct.pack("<I", len(payload)) + check + payload)))
            at = len(files[ENDINGS[1]])
            files[ENDINGS[1]] += text + check + payload
            size = len(text) + len(check) + len(payload)
            reindexed(lambda e: e.update({key: entry(7, (), 0, at, size, crc)}))(files)

        return apply

    def node(*children: tuple[int, str]) -> bytes:
        return protobuf.bytes_field(
            1,
            b"".join(
                protobuf.bytes_field(1, protobuf.varint_field(1, number) + protobuf.bytes_field(2, name))
                for number, name in children
            ),
        )

    for label, payload in (
        ("out of range", node((99, "root"))),
        ("negative", node(((1 << 64) - 1, "root"))),
        ("no message", b"\xff" * 30),
        ("empty", b""),
        ("truncated", node((0, "root"))[:-3]),
        ("a name of no text", protobuf.bytes_field(1, protobuf.bytes_field(1, protobuf.bytes_field(2, b"\xff\xfe")))),
    ):
        yield from feed(box, with_graph(payload), label, reader=False)
    for one in feed(
        box, with_graph(node((0, "root"), (0, "layer_with_weights-0"), (0, "_self"))), "circle", reader=False
    ):
        one.loads = True  # a circle is no harm: nothing in it has values
        yield one
    yield from feed(box, reindexed(lambda e: e.pop(key) and None), "none at all", reader=False)


@case("C8")
def saved_models(box: Box) -> Iterator[Attempt]:
    text = protobuf.bytes_field(5, b"{}")
    for label, payload in (
        ("truncated", protobuf.bytes_field(1, protobuf.bytes_field(3, "root") + text)[:-1]),
        ("length 2**63", b"\x0a" + protobuf.varint(1 << 63)),
        ("noise", os.urandom(500)),
        ("empty", b""),
        ("no root", protobuf.bytes_field(1, protobuf.bytes_field(3, "root.x") + text)),
        ("root of a number", protobuf.bytes_field(1, protobuf.varint_field(3, 7) + text)),
        ("no JSON", protobuf.bytes_field(1, protobuf.bytes_field(3, "root"))),
    ):
        folder = saved_model(box, whole_config(), metadata=payload)
        yield Attempt(
            f"load_model keras_metadata.pb {label}", lambda f=folder: keras.models.load_model(f), ("keras_metadata.pb",)
        )
    deep = b""
    for _ in range(10_000):
        deep = protobuf.bytes_field(1, deep)
    for label, payload in (
        ("truncated", b"\x08\x01\x12\xff\x01abc"),
        ("deep", protobuf.varint_field(1, 1) + protobuf.bytes_field(2, deep)),
        ("length 2**63", b"\x12" + protobuf.varint(1 << 63)),
        ("noise", b"\xff" * 500),
        ("empty", b""),
    ):
        folder = saved_model(box, whole_config())
        with open(os.path.join(folder, "saved_model.pb"), "wb") as out:
            out.write(payload)
        if hasattr(tf, "saved_model"):
            yield Attempt(f"saved_model.load {label}", lambda f=folder: tf.saved_model.load(f), ("saved",))
        os.remove(os.path.join(folder, "keras_metadata.pb"))
        yield Attempt(f"load_model {label}", lambda f=folder: keras.models.load_model(f), ("saved",))
    for kind in ("pipe", "folder"):
        folder = saved_model(box, whole_config())
        place = os.path.join(folder, "keras_metadata.pb")
        os.remove(place)
        os.mkfifo(place) if kind == "pipe" else os.mkdir(place)
        yield Attempt(
            f"load_model keras_metadata.pb is a {kind}", lambda f=folder: keras.models.load_model(f), ("saved",)
        )


@case("C9")
def assets(box: Box) -> Iterator[Attempt]:
    """Names of assets lead nowhere outside the folder."""
    for name in ("../../canary/secret.txt", "/etc/passwd", box.secret):
        asset = protobuf.bytes_field(1, protobuf.bytes_field(1, "asset:0")) + protobuf.bytes_field(2, name)
        file_object = protobuf.bytes_field(1, protobuf.bytes_field(5, protobuf.varint_field(1, 0)))
        meta = protobuf.bytes_field(6, asset) + protobuf.bytes_field(7, file_object)
        folder = saved_model(box, whole_config())
        with open(os.path.join(folder, "saved_model.pb"), "wb") as out:
            out.write(protobuf.varint_field(1, 1) + protobuf.bytes_field(2, meta))
        yield Attempt(
            f"load_model {name[-10:]}: assets of the graph are not read",
            lambda f=folder: keras.models.load_model(f).count_params() == 26,
            loads=True,
        )
        if hasattr(tf, "saved_model"):
            yield Attempt(f"saved_model.load {name[-10:]}", lambda f=folder: inside(f), loads=True)
    _ = (data, members)


def inside(folder: str) -> bool:
    """Whether what is loaded has no path outside the folder, or is refused."""
    try:
        loaded = tf.saved_model.load(folder)
    except (ValueError, OSError, TypeError, tf.errors.OpError, KeyError):
        return True
    paths = [getattr(value, "asset_path", None) for value in vars(loaded).values()]
    return all(path is None or os.path.realpath(os.fsdecode(path.numpy())).startswith(folder) for path in paths)
