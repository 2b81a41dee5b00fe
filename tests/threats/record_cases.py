"""R: TFRecord files and Examples; I: pictures and sound; E: event files; P: pickled batches and CSV files."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from array_cases import safetensors
from attempts import Attempt, Box, case, changed
from bases import keras, npy_bytes, tf
from gadget_cases import Trap
from zip_cases import zipped

from addax.formats import protobuf
from addax.formats.crc32c import masked_crc32c
from addax.formats.tfrecord import frame

Dataset = tf.data.Dataset
RECORDS = [b"first", b"second" * 20, b"", b"last"]


def records() -> bytes:
    """A good TFRecord file."""
    return b"".join(frame(record) for record in RECORDS)


def feed(box: Box, payload: bytes, label: str, compression: str = "", **options: Any) -> Iterator[Attempt]:
    """A spoiled TFRecord file to the readers of records, and to data sets that were saved as such files."""
    path = box.file(payload, "a.tfrecord")
    said = ("a.tfrecord",)
    yield Attempt(f"TFRecordDataset {label}", lambda: list(tf.data.TFRecordDataset(path, compression)), said, **options)
    yield Attempt(
        f"TFRecordDataset in batches {label}",
        lambda: list(tf.data.TFRecordDataset(path, compression).batch(2)),
        said,
        **options,
    )
    yield Attempt(
        f"parallel {label}",
        lambda: list(tf.data.TFRecordDataset([path], compression, num_parallel_reads=2)),
        said,
        **options,
    )
    folder = stored(box, compression)
    with open(os.path.join(folder, "elements-00000.tfrecord"), "wb") as file:
        file.write(payload)
    for name, read in readers(folder, compression).items():
        yield Attempt(f"{name} {label}", read, ("elements-00000.tfrecord",), **options)


def stored(box: Box, compression: str = "") -> str:
    """The folder of a data set that was saved."""
    folder = os.path.join(os.path.dirname(box.path()), "saved")
    Dataset.range(5).save(folder, compression=compression or None)
    return folder


def readers(folder: str, compression: str = "") -> dict[str, Callable[[], Any]]:
    """The ways to read such a folder."""
    del compression
    return {
        "Dataset.load": lambda: list(Dataset.load(folder)),
        "experimental.load": lambda: list(tf.data.experimental.load(folder)),
    }


def spoiled_record(change: Callable[[bytearray], Any]) -> bytes:
    """The records with something changed."""
    made = bytearray(records())
    change(made)
    return bytes(made)


@case("R1")
def length_crc(box: Box) -> Iterator[Attempt]:
    for place in (0, 3, 8, 11):
        yield from feed(box, changed(records(), place), f"byte {place}")
    second = len(frame(RECORDS[0]))
    yield from feed(box, changed(records(), second + 8), "of the second record")


@case("R2")
def data_crc(box: Box) -> Iterator[Attempt]:
    first = len(frame(RECORDS[0]))
    for place in (12, first - 1, first + 20):
        yield from feed(box, changed(records(), place), f"byte {place}")


@case("R3")
def long_record(box: Box) -> Iterator[Attempt]:
    for size in (1 << 63, (1 << 64) - 1, 1 << 40, (1 << 31) - 100, 1000):
        head = struct.pack("<Q", size)
        yield from feed(box, head + struct.pack("<I", masked_crc32c(head)) + b"data", f"{size} bytes")
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    size = 1 << 30
    head = struct.pack("<Q", size)
    bomb = packed.compress(head + struct.pack("<I", masked_crc32c(head)))
    for _ in range(64):
        bomb += packed.compress(bytes(1 << 20))
    yield from feed(box, bomb + packed.flush(), "1 GiB announced, gzipped zeros", "GZIP", seconds=10)


@case("R4")
def truncated(box: Box) -> Iterator[Attempt]:
    whole = records()
    for cut in (1, 3, 5, 10, 15, 19):
        yield from feed(box, whole[:-cut], f"{cut} bytes missing")


@case("R5")
def empty_record(box: Box) -> Iterator[Attempt]:
    path = box.file(records(), "a.tfrecord")
    yield Attempt(
        "TFRecordDataset", lambda: [each.numpy() for each in tf.data.TFRecordDataset(path)] == RECORDS, loads=True
    )
    nothing = box.file(b"", "a.tfrecord")
    yield Attempt("a file without records", lambda: list(tf.data.TFRecordDataset(nothing)) == [], loads=True)


@case("R6")
def compressed(box: Box) -> Iterator[Attempt]:
    for kind, pack in (("GZIP", gzip.compress), ("ZLIB", zlib.compress)):
        whole = pack(records())
        for label, payload in (
            ("truncated", whole[:-9]),
            ("half", whole[: len(whole) // 2]),
            ("damaged", changed(whole, 15, 0xFF)),
            ("garbage", os.urandom(100)),
            ("plain", records()),
        ):
            yield from feed(box, payload, f"{kind} {label}", kind)
            path = box.file(payload, "a.txt")
            if label != "plain" or kind != "x":
                yield Attempt(
                    f"TextLineDataset {kind} {label}",
                    lambda p=path, k=kind: list(tf.data.TextLineDataset(p, k)),
                    ("a.txt",),
                )
            yield Attempt(
                f"FixedLengthRecordDataset {kind} {label}",
                lambda p=path, k=kind: list(tf.data.FixedLengthRecordDataset(p, 3, compression_type=k)),
                ("a.txt",),
            )
            if label == "garbage":
                yield Attempt(f"decode_compressed {kind}", lambda d=payload, k=kind: tf.io.decode_compressed(d, k))
    bomb = gzip.compress(bytes(1 << 28))
    yield Attempt("decode_compressed a bomb", lambda: tf.io.decode_compressed(bomb, "GZIP"))
    for name, read in (("pipe", os.mkfifo), ("folder", os.mkdir)):
        path = box.path("a.tfrecord")
        read(path)
        yield Attempt(f"TFRecordDataset of a {name}", lambda p=path: list(tf.data.TFRecordDataset(p)), ("a.tfrecord",))
        yield Attempt(f"TextLineDataset of a {name}", lambda p=path: list(tf.data.TextLineDataset(p)), ("a.tfrecord",))
        yield Attempt(
            f"FixedLengthRecordDataset of a {name}",
            lambda p=path: list(tf.data.FixedLengthRecordDataset(p, 3)),
            ("a.tfrecord",),
        )


@case("R7")
def skip_and_count(box: Box) -> Iterator[Attempt]:
    path = box.file(changed(records(), 30), "a.tfrecord")

    def counted() -> bool:
        dataset = tf.data.TFRecordDataset([path, path]).ignore_errors()
        return sum(1 for _ in dataset) == 2  # one of each file; after an error comes the next file

    yield Attempt("ignore_errors ends", counted, loads=True)
    yield Attempt("skip and take end", lambda: list(tf.data.TFRecordDataset(path).skip(1).take(1)), ("a.tfrecord",))
    bad = box.file(b"\0" * 4096, "a.tfrecord")
    yield Attempt(
        "ignore_errors of zeros ends", lambda: list(tf.data.TFRecordDataset(bad).ignore_errors()) == [], loads=True
    )
    text = box.file(b"not a compressed file", "a.gz")
    yield Attempt(
        "ignore_errors of lines ends",
        lambda: list(tf.data.TextLineDataset(text, "GZIP").ignore_errors()) == [],
        loads=True,
    )
    csv = box.file(b'a,b\n1,"x\n2,3,4\n', "a.csv")
    yield Attempt(
        "ignore_errors of CSV ends",
        lambda: list(tf.data.experimental.CsvDataset(csv, [0, 0]).ignore_errors()) == [],
        loads=True,
    )


def feature(number: int, values: bytes) -> bytes:
    """A feature whose list of kind `number` has this payload."""
    return protobuf.bytes_field(number, values)


def example(name: str, value: bytes) -> bytes:
    """An Example of one feature."""
    entry = protobuf.bytes_field(1, name) + protobuf.bytes_field(2, value)
    return protobuf.bytes_field(1, protobuf.bytes_field(1, entry))


@case("R8")
def examples(box: Box) -> Iterator[Attempt]:
    good = example("a", feature(3, protobuf.bytes_field(1, protobuf.packed_varints([1, 2]))))
    spec = {"a": tf.io.FixedLenFeature([2], tf.int64)}
    wrong = {
        "wrong wire type": protobuf.varint_field(1, 7),
        "list of another kind": example("a", feature(2, protobuf.bytes_field(1, bytes(8)))),
        "missing": example("b", feature(3, b"")),
        "too short": example("a", feature(3, protobuf.varint_field(1, 1))),
        "no feature": example("a", b""),
        "truncated": good[:-1],
        "length 2**63": b"\x0a" + protobuf.varint(1 << 63),
        "noise": bytes(range(7, 60)),
        "group": b"\x0b\x0c",
        "number 0": b"\x00\x01",
        "endless varint": b"\x08" + b"\xff" * 20,
        "name of no text": protobuf.bytes_field(1, protobuf.bytes_field(1, protobuf.bytes_field(1, b"\xff\xfe")))
        + b"\x0a",
    }
    for label, payload in wrong.items():
        if label not in ("missing", "too short", "no feature", "list of another kind"):
            yield Attempt(f"Example.FromString {label}", lambda p=payload: tf.train.Example.FromString(p))
            yield Attempt(
                f"SequenceExample.FromString {label}", lambda p=payload: tf.train.SequenceExample.FromString(p)
            )
        yield Attempt(f"parse_single_example {label}", lambda p=payload: tf.io.parse_single_example(p, spec))
        yield Attempt(f"parse_example {label}", lambda p=payload: tf.io.parse_example([good, p], spec))
        path = box.file(frame(good) + frame(payload), "a.tfrecord")
        yield Attempt(
            f"TFRecordDataset.map {label}",
            lambda p=path: list(tf.data.TFRecordDataset(p).map(lambda each: tf.io.parse_single_example(each, spec))),
        )
        yield Attempt(
            f"parse_example in batches {label}",
            lambda p=path: list(tf.data.TFRecordDataset(p).batch(2).map(lambda each: tf.io.parse_example(each, spec))),
        )
    many = example("a", feature(1, protobuf.bytes_field(1, b"") * 1_000_000))
    yield Attempt("a million empty strings", lambda: tf.io.parse_single_example(many, spec))
    deep = b""
    for _ in range(10_000):
        deep = protobuf.bytes_field(1, deep)
    yield Attempt("10,000 messages inside each other", lambda: tf.train.Example.FromString(deep))
    for text in (b"[" * 100_000, b'{"features": 7}', b"{not json", b'{"features": {"feature": [1]}}', b"\xff"):
        yield Attempt(f"decode_json_example {text[:12]!r}", lambda t=text: tf.io.decode_json_example(t))
    for payload in (
        b"\xff" * 20,
        b"\x08\x01\x12" + protobuf.varint(1 << 63),
        protobuf.varint_field(1, 99),
        protobuf.varint_field(1, 1)
        + protobuf.bytes_field(2, protobuf.bytes_field(2, protobuf.varint_field(1, 1 << 40))),
    ):
        yield Attempt(f"parse_tensor {payload[:6]!r}", lambda p=payload: tf.io.parse_tensor(p, tf.float32), peak=200)
    for name, content in (
        ("noise", os.urandom(50)),
        ("deep", b"[" * 5000),
        ("a list", b"[]"),
        ("no spec", b'{"count": 1}'),
        ("empty", b""),
        (
            "a spec of an unknown kind",
            b'{"version":1,"compression":"","count":1,"element_spec":{"evil":1},"shards":[0]}',
        ),
        (
            "a negative shard",
            b'{"version":1,"compression":"","count":1,"element_spec":{"tensor":[[],"int64"]},"shards":[-1]}',
        ),
        (
            "a compression",
            b'{"version":1,"compression":"../x","count":1,"element_spec":{"tensor":[[],"int64"]},"shards":[0]}',
        ),
        (
            "a huge spec",
            b'{"version":1,"compression":"","count":1,"element_spec":{"tensor":[[-7],"object"]},"shards":[0]}',
        ),
    ):
        folder = stored(box)
        with open(os.path.join(folder, "dataset.json"), "wb") as file:
            file.write(content)
        for reader, read in readers(folder).items():
            yield Attempt(f"{reader} description: {name}", read, (os.path.dirname(folder),))
    head = b'[["int64",[1099511627776],8]]'
    for label, payload in (
        ("huge shape", head),
        ("negative size", b'[["int64",[],-8]]'),
        ("strings", b'[["string",[2],[-5,1099511627776]]]'),
        ("an unknown dtype", b'[["object",[],8]]'),
        ("deep", b"[" * 5000),
        ("no list", b"7"),
        ("numbers", b"[[1,2,3]]"),
    ):
        folder = stored(box)
        with open(os.path.join(folder, "elements-00000.tfrecord"), "wb") as file:
            file.write(frame(struct.pack("<I", len(payload)) + payload + bytes(8)))
        for reader, read in readers(folder).items():
            yield Attempt(f"{reader} element: {label}", read, ("elements-00000.tfrecord",))


# ---------------------------------------------------------------------------- pictures and sound


def picture(box: Box, payload: bytes, label: str, *kinds: str, **options: Any) -> Iterator[Attempt]:
    """A spoiled picture to every decoder, and to what reads pictures from files."""
    for kind in ("image", *kinds):
        decode = getattr(tf.io, f"decode_{kind}")
        yield Attempt(f"decode_{kind} {label}", lambda d=decode: d(payload), **options)
    path = box.file(payload, "a.png")
    yield Attempt(f"load_img {label}", lambda: keras.utils.load_img(path), ("a.png",), **options)
    top = box.path("pictures")
    for name in ("one", "two"):
        os.makedirs(os.path.join(top, name))
        os.link(path, os.path.join(top, name, "a.png"))
    yield Attempt(
        f"image_dataset_from_directory {label}",
        lambda: list(keras.utils.image_dataset_from_directory(top, image_size=(8, 8), shuffle=False)),
        ("a.png",),
        **options,
    )


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF of this size, with hardly any pixels in it."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    image = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02L\x01\x00"
    return head + image * frames + b";"


@case("I1")
def huge_gif(box: Box) -> Iterator[Attempt]:
    yield from picture(box, gif(32767, 32767), "32767 x 32767", "gif")
    yield from picture(box, gif(65535, 65535), "65535 x 65535", "gif")
    many = gif(2000, 2000, 2000)
    yield Attempt("decode_gif 2000 frames", lambda: tf.io.decode_gif(many), peak=600, seconds=20)
    yield Attempt("decode_image 2000 frames", lambda: tf.io.decode_image(many), peak=600, seconds=20)


def bmp(width: int, height: int, bits: int = 24, offset: int = 54, payload: bytes = bytes(12)) -> bytes:
    """A BMP file."""
    return (
        b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 54 + len(payload), 0, 0, offset, 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
        + payload
    )


@case("I2")
def odd_bmp(box: Box) -> Iterator[Attempt]:
    for label, payload in (
        ("negative width", bmp(-2, 2)),
        ("overflow", bmp(1 << 30, 1 << 30)),
        ("huge", bmp(2**31 - 1, 2)),
        ("least height", bmp(2, -(2**31))),
        ("bits", bmp(2, 2, 77)),
        ("offset", bmp(2, 2, 24, 1 << 31)),
        ("too few pixels", bmp(200, 200)),
        ("no header", b"BM"),
    ):
        yield from picture(box, payload, label, "bmp")


def png() -> bytes:
    """A good PNG."""
    return tf.io.encode_png(np.random.default_rng(1).integers(0, 255, (40, 40, 3)).astype("uint8")).numpy()


def jpeg() -> bytes:
    """A good JPEG."""
    return tf.io.encode_jpeg(np.random.default_rng(1).integers(0, 255, (40, 40, 3)).astype("uint8")).numpy()


@case("I3")
def truncated_pictures(box: Box) -> Iterator[Attempt]:
    for kind, whole in (("png", png()), ("jpeg", jpeg())):
        for percent in (1, 10, 30, 60, 90):
            yield from picture(box, whole[: len(whole) * percent // 100], f"{kind} {percent} %", kind)
    yield from picture(box, changed(png(), 300), "png with a flipped byte", "png")


def chunk(name: bytes, payload: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def empty_png(width: int, height: int, *more: bytes) -> bytes:
    """A PNG of this size and no pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")


@case("I4")
def no_size(box: Box) -> Iterator[Attempt]:
    for label, payload in (
        ("png 0 x 5", empty_png(0, 5)),
        ("png 5 x 0", empty_png(5, 0)),
        ("gif 0 x 0", gif(0, 0)),
        ("bmp 0 x 0", bmp(0, 0)),
        ("png 2**31 x 2**31", empty_png(2**31 - 1, 2**31 - 1)),
        ("png 50000 x 50000", empty_png(50_000, 50_000)),
        ("png with a text bomb", empty_png(8, 8, *[chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1 << 24)))] * 30)),
    ):
        yield from picture(box, payload, label)


@case("I5")
def text_as_picture(box: Box) -> Iterator[Attempt]:
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(/tmp/x) (w) file\nshowpage\n"
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    for label, payload in (
        ("text", b"hello"),
        ("empty", b""),
        ("page", b"<html>"),
        ("PostScript", script),
        ("SVG", svg),
        ("a numpy array", npy_bytes(np.zeros(3))),
        ("a zip", zipped({"a": b"b"})),
        ("PDF", b"%PDF-1.4\n" + bytes(50)),
        ("a list of files", b"#EXTM3U\n/etc/passwd\n"),
    ):
        yield from picture(box, payload, label, "png", "jpeg", "gif", "bmp")


def wav(
    size: int | None = None, data_size: int | None = None, channels: int = 1, bits: int = 16, samples: bytes = bytes(8)
) -> bytes:
    """A WAV file."""
    form = struct.pack("<HHIIHH", 1, channels, 8000, 16000, 2 * channels & 0xFFFF, bits)
    body = b"WAVE" + b"fmt " + struct.pack("<I", 16 if size is None else size) + form
    body += b"data" + struct.pack("<I", len(samples) if data_size is None else data_size) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


@case("I6")
def lying_wav(box: Box) -> Iterator[Attempt]:
    for label, payload in (
        ("data beyond the end", wav(data_size=1 << 31)),
        ("form beyond the end", wav(size=(1 << 32) - 1)),
        ("form of nothing", wav(size=0)),
        ("no channels", wav(channels=0)),
        ("odd bits", wav(bits=17)),
        ("text", b"hello"),
        ("empty", b""),
        ("a head", b"RIFF\x04\0\0\0WAVE"),
        ("chunks of nothing", b"RIFF\xff\xff\xff\xffWAVE" + b"junk\0\0\0\0" * 200_000),
    ):
        yield Attempt(f"decode_wav {label}", lambda p=payload: tf.audio.decode_wav(p))


# ---------------------------------------------------------------------------- event files, pickles, CSV


@case("E1")
def events(box: Box) -> Iterator[Attempt]:
    """Cut event files, and records that are no events."""
    folder = box.path("logs")
    writer = tf.summary.create_file_writer(folder)
    with writer.as_default():
        tf.summary.scalar("loss", 1.0, step=1)
    writer.flush()
    path = os.path.join(folder, os.listdir(folder)[0])
    with open(path, "rb") as file:
        whole = file.read()
    for cut in (1, 5, 20):
        part = box.file(whole[:-cut], "events.out.tfevents")
        yield Attempt(
            f"TFRecordDataset {cut} bytes missing",
            lambda p=part: list(tf.data.TFRecordDataset(p)),
            ("events.out.tfevents",),
        )
    for label, bad in (("cut", whole[:-5]), ("no event", whole + frame(b"\x2a\xff\xff\xff\xff\x0f" + b"\xff" * 9))):
        part = box.file(bad, "events.out.tfevents")
        yield Attempt(
            f"summary_iterator {label}", lambda p=part: list(tf.compat.v1.train.summary_iterator(p)),
            ("events.out.tfevents",),
        )  # fmt: skip
    writer.close()


def batches(box: Box, payload: bytes) -> str:
    """A cache folder whose CIFAR-10 batches are this pickle."""
    home = box.path("home")
    folder = os.path.join(home, "datasets", "cifar-10-batches-py")
    os.makedirs(folder)
    for name in (*[f"data_batch_{n}" for n in range(1, 6)], "test_batch"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(payload)
    return home


@case("P1")
def pickles(box: Box) -> Iterator[Attempt]:
    from download_cases import cifar

    data = np.zeros((2, 3072), "uint8")
    good = {b"data": data, b"labels": [1, 2]}
    array = pickle.dumps(data, 2)
    trap = Trap(os.path.join(box.outside, "ran"))
    block = b"\x80\x02" + b"X" + struct.pack("<I", 1 << 20) + b"a" * (1 << 20) + b"q\x00" + b"0]("
    again = b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R" * 20_000
    fill = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01M\x00\x10\x85"
    fill += b"cnumpy\ndtype\nX\x02\x00\x00\x00u1K\x00K\x01\x87R\x89h\x01tb"
    for label, payload in (
        ("a gadget", pickle.dumps(trap, 2)),
        ("a gadget inside", pickle.dumps({**good, b"more": trap}, 2)),
        ("os.system", b"cos\nsystem\n(S'true'\ntR."),
        ("eval", b"c__builtin__\neval\n(S'1'\ntR."),
        ("stacked name", b"\x80\x04\x8c\x02os\x8c\x06system\x93."),
        ("numpy.load", b"cnumpy\nload\n(S'x'\ntR."),
        ("persistent id", b"Pfile\n."),
        ("extension", b"\x82\x01."),
        ("object", b"(i__main__\nTrap\n."),
        ("new object", b"\x80\x02cos\nsystem\n)\x81."),
        ("text again and again", block + again + b"e."),
        (
            "arrays again and again",
            b"\x80\x03C\x01xq\x00B" + struct.pack("<I", 4096) + bytes(4096) + b"q\x010](" + fill * 30_000 + b"e.",
        ),
        ("truncated", array[:-20]),
        ("empty", b""),
        ("deep", b"(" * 100_000 + b"t" * 100_000 + b"."),
        ("a list in itself", b"]q\x00h\x00a."),
        ("noise", os.urandom(500)),
        ("no batch", pickle.dumps([1, 2], 2)),
        ("other arrays", pickle.dumps({b"data": np.zeros(5), b"labels": [1]}, 2)),
        ("long number", b"I" + b"9" * 100_000 + b"\n."),
    ):
        home = batches(box, payload)
        yield Attempt(f"cifar10 {label}", lambda h=home: cifar(h), ("_batch",))
    _ = safetensors


@case("P2")
def csv_files(box: Box) -> Iterator[Attempt]:
    experimental = tf.data.experimental
    long = box.path("long.csv")
    with open(long, "wb") as file:
        file.write(b"a,b\n")
        file.truncate(1 << 30)
    for name, read in (
        ("CsvDataset", lambda: list(experimental.CsvDataset(long, [0, 0]))),
        ("TextLineDataset", lambda: list(tf.data.TextLineDataset(long))),
        ("make_csv_dataset", lambda: next(iter(experimental.make_csv_dataset(long, 2)))),
        ("vocabulary", lambda: keras.layers.StringLookup(vocabulary=long)),
        (
            "fixed_unigram_candidate_sampler",
            lambda: tf.nn.fixed_unigram_candidate_sampler([[1]], 1, 1, True, 5, vocab_file=long),
        ),
    ):
        yield Attempt(f"{name} a line of 1 GB", read, ("long.csv",), peak=900, seconds=15)
    packed = box.file(gzip.compress(b"a,b\n" + bytes(400 << 20), 1), "long.csv.gz")
    yield Attempt(
        "TextLineDataset 400 MB of zeros, gzipped",
        lambda: list(tf.data.TextLineDataset(packed, "GZIP")),
        ("long.csv.gz",),
        peak=900,
        seconds=15,
    )
    for label, content in (
        ("too few", b"1\n"),
        ("too many", b"1,2,3\n"),
        ("no number", b"1,x\n"),
        ("NUL", b"1,\0\n"),
        ("an open quote", b'1,"2\n'),
        ("a number of 5000 digits", b"1," + b"9" * 5000 + b"\n"),
        ("not UTF-8", b"1,\xff\n"),
        ("a field of 1 MB", b"1,x" + b"y" * (1 << 20) + b"\n"),
    ):
        path = box.file(content, "a.csv")
        yield Attempt(
            f"CsvDataset {label}", lambda p=path: list(experimental.CsvDataset(p, [tf.int32, tf.int32])), ("a.csv",)
        )
        whole = box.file(b"a,b\n1,2\n" + content, "a.csv")
        if label == "too many":
            continue  # it selects its columns
        yield Attempt(
            f"make_csv_dataset {label}",
            lambda p=whole: list(
                experimental.make_csv_dataset(p, 2, column_defaults=[tf.int32, tf.int32], num_epochs=1, shuffle=False)
            ),
            ("a.csv",),
        )
    for name, make in (("pipe", os.mkfifo), ("folder", os.mkdir)):
        path = box.path("a.csv")
        make(path)
        yield Attempt(f"CsvDataset of a {name}", lambda p=path: list(experimental.CsvDataset(p, [0])), ("a.csv",))
    words = box.file(b"\xff\xfe\xfd", "words.txt")
    yield Attempt("a vocabulary that is not UTF-8", lambda: keras.layers.StringLookup(vocabulary=words), ("words.txt",))
    _ = io
