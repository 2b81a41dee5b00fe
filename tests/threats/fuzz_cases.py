"""Bytes changed and files cut short at random places: each attempt loads or is refused in good order."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable, Iterator
from typing import Any

from attempts import Attempt, Box, case
from bases import data, keras, net, tf

from addax.core import errors

SEED = int(os.environ.get("ADDAX_FUZZ_SEED", "1"))
ROUNDS = int(os.environ.get("ADDAX_FUZZ_ROUNDS", "60"))
_models: list[Any] = []


def _model() -> Any:
    if not _models:
        _models.append(net())
    return _models[0]


def loads_or_refused(path: str, kind: str, name: str | None = None) -> Callable[[], bool]:
    """Feed a file to the entry points of its kind; a typed error must name the file and leave the model as it was."""

    def run() -> bool:
        for feed in _entries(path, kind):
            model = _model()
            before = [variable.numpy().tobytes() for variable in model.variables]
            try:
                feed()
            except UnicodeError:
                raise
            except (ValueError, TypeError, OSError, NotImplementedError, errors.OpError) as error:
                if (name or os.path.basename(path)) not in str(error):
                    raise AssertionError(f"does not name the file: {type(error).__name__}: {error}") from error
                if before != [variable.numpy().tobytes() for variable in model.variables]:
                    raise AssertionError(f"the model was changed: {error}") from error
        return True

    return run


def _entries(path: str, kind: str) -> list[Callable[[], Any]]:
    load = lambda: keras.models.load_model(path)
    weights = lambda: _model().load_weights(path)
    return {
        "keras": [load, weights],
        "h5": [load, weights],
        "weights": [weights],
        "legacy": [weights],
        "checkpoint": [lambda: _model().load_weights(path.removesuffix(".index"))],
        "npz": [lambda: _boston(path)],
        "tfrecord": [lambda: list(tf.data.TFRecordDataset(path, "GZIP" if path.endswith(".gz") else ""))],
    }[kind]


def _boston(path: str) -> Any:
    os.environ["ADDAX_DATASETS_TRUST_LOCAL"] = "1"
    return keras.datasets.boston_housing.load_data(path=path)


def spoiled(whole: bytes, chance: random.Random) -> bytes:
    """Bytes with a few of them changed, a piece repeated or left out, or an end cut off."""
    made = bytearray(whole)
    what = chance.random()
    if what < 0.15:
        return bytes(made[: chance.randrange(len(made))])
    if what < 0.25:
        start = chance.randrange(len(made))
        length = chance.randrange(1, 200)
        if chance.random() < 0.5:
            del made[start : start + length]
        else:
            made[start:start] = made[start : start + length]
        return bytes(made)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        at = chance.randrange(len(made))
        made[at] = chance.choice((made[at] ^ (1 << chance.randrange(8)), 0, 0xFF, chance.randrange(256)))
    return bytes(made)


def _sources() -> dict[str, tuple[str, bytes]]:
    """A good file of each kind: name and bytes."""
    import gzip

    from bases import npz_bytes, zipped
    from record_cases import records

    rows = npz_bytes({"x": [[1.0] * 13] * 4, "y": [1.0] * 4})
    return {
        "keras": ("m.keras", data("keras")),
        "h5": ("m.h5", data("h5")),
        "weights": ("m.weights.h5", data("weights")),
        "legacy": ("m.h5", data("legacy")),
        "npz": ("boston.npz", rows),
        "tfrecord": ("a.tfrecord", records()),
        "tfrecord.gz": ("a.gz", gzip.compress(records())),
        "zip": ("a.zip", zipped({"a/b.txt": b"text" * 50, "c": b"d"})),
    }


def _fuzz(box: Box, kind: str) -> Iterator[Attempt]:
    name, whole = _sources()[kind]
    for number in range(ROUNDS):
        payload = spoiled(whole, random.Random(f"{SEED} {kind} {number}"))
        path = box.file(payload, name)
        yield Attempt(f"seed {SEED} round {number}", loads_or_refused(path, kind.partition(".")[0]), loads=True)
        os.remove(path)


@case("fuzz keras")
def fuzz_keras(box: Box) -> Iterator[Attempt]:
    yield from _fuzz(box, "keras")


@case("fuzz h5")
def fuzz_h5(box: Box) -> Iterator[Attempt]:
    yield from _fuzz(box, "h5")


@case("fuzz weights")
def fuzz_weights(box: Box) -> Iterator[Attempt]:
    yield from _fuzz(box, "weights")


@case("fuzz legacy")
def fuzz_legacy(box: Box) -> Iterator[Attempt]:
    yield from _fuzz(box, "legacy")


@case("fuzz npz")
def fuzz_npz(box: Box) -> Iterator[Attempt]:
    yield from _fuzz(box, "npz")


@case("fuzz tfrecord")
def fuzz_tfrecord(box: Box) -> Iterator[Attempt]:
    yield from _fuzz(box, "tfrecord")
    yield from _fuzz(box, "tfrecord.gz")


@case("fuzz archives")
def fuzz_archives(box: Box) -> Iterator[Attempt]:
    from download_cases import member, tarred
    from zip_cases import fetch

    good = {"a.tar": tarred(member("d/a", b"x" * 600), member("b", b"y" * 40)), "a.zip": _sources()["zip"][1]}
    for name, whole in good.items():
        for number in range(ROUNDS):
            source = box.file(spoiled(whole, random.Random(f"{SEED} {name} {number}")), name)
            cache = box.path("cache")
            run = lambda s=source, c=cache: fetch(s, c)
            yield Attempt(f"{name} seed {SEED} round {number}", _refused_or_not(run, name), loads=True, writes=cache)


@case("fuzz checkpoint")
def fuzz_checkpoint(box: Box) -> Iterator[Attempt]:
    from checkpoint_cases import ENDINGS, copied

    for ending in ENDINGS:
        for number in range(ROUNDS):
            chance = random.Random(f"{SEED} {ending} {number}")
            prefix = copied(box, lambda files, e=ending, c=chance: files.update({e: spoiled(files[e], c)}))
            yield Attempt(
                f"{ending} seed {SEED} round {number}",
                loads_or_refused(prefix + ".index", "checkpoint", "ckpt"),
                loads=True,
            )


@case("fuzz SavedModel")
def fuzz_saved_model(box: Box) -> Iterator[Attempt]:
    from bases import saved_model, whole_config

    for number in range(ROUNDS):
        folder = saved_model(box, whole_config())
        place = os.path.join(folder, "keras_metadata.pb")
        with open(place, "rb") as file:
            whole = file.read()
        with open(place, "wb") as file:
            file.write(spoiled(whole, random.Random(f"{SEED} SavedModel {number}")))
        run = lambda f=folder: keras.models.load_model(f)
        yield Attempt(f"keras_metadata.pb seed {SEED} round {number}", _refused_or_not(run, "saved"), loads=True)


@case("fuzz data")
def fuzz_data(box: Box) -> Iterator[Attempt]:
    """Bytes that are parsed in memory: Examples, tensors, pictures, sound, JSON, pickles."""
    from record_cases import example, feature, gif, jpeg, png, protobuf, wav

    message = example("a", feature(3, protobuf.bytes_field(1, protobuf.packed_varints([1, 300]))))
    spec = {"a": tf.io.FixedLenFeature([2], tf.int64)}
    good = {
        "parse_example": (message, lambda d: tf.io.parse_example([d], spec)),
        "Example": (message, tf.train.Example.FromString),
        "parse_tensor": (tf.io.serialize_tensor([[1.0, 2.0]]).numpy(), lambda d: tf.io.parse_tensor(d, tf.float32)),
        "decode_png": (png(), tf.io.decode_png),
        "decode_jpeg": (jpeg(), tf.io.decode_jpeg),
        "decode_gif": (gif(3, 2, 2), tf.io.decode_gif),
        "decode_bmp": (
            b"BM" + struct.pack("<IHHIIiiHHI", 78, 0, 0, 54, 40, 3, 2, 1, 24, 0) + bytes(44),
            tf.io.decode_bmp,
        ),
        "decode_wav": (wav(), tf.audio.decode_wav),
        "model_from_json": (_model().to_json().encode(), keras.models.model_from_json),
    }
    for name, (whole, feed) in good.items():
        for number in range(ROUNDS):
            payload = spoiled(whole, random.Random(f"{SEED} {name} {number}"))
            yield Attempt(
                f"{name} seed {SEED} round {number}", _refused_or_not(lambda p=payload, f=feed: f(p), ""), loads=True
            )


def _refused_or_not(run: Callable[[], Any], name: str) -> Callable[[], bool]:
    """A run that may succeed, or be refused by a typed error that holds `name`."""

    def tried() -> bool:
        try:
            run()
        except UnicodeError:
            raise
        except (ValueError, TypeError, OSError, NotImplementedError, errors.OpError) as error:
            if name not in str(error):
                raise AssertionError(f"does not name {name}: {type(error).__name__}: {error}") from error
        return True

    return tried
