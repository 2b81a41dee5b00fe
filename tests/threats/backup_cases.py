"""B: backups and checkpoints that are interrupted, damaged or of something else."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from array_cases import restored
from attempts import Attempt, Box, case, changed
from bases import keras, net, npz_bytes, tf, victim

FILE = "training_state.npz"


def begun(folder: str, model: Any = None) -> Any:
    """The callback at the beginning of training."""
    callback = keras.callbacks.BackupAndRestore(folder)
    callback.set_model(net() if model is None else model)
    callback.on_train_begin()
    return callback


def backed_up(box: Box, epochs: int = 1) -> str:
    """A folder with backups of the ends of some epochs."""
    folder = os.path.dirname(box.path())
    callback = begun(folder)
    for epoch in range(epochs):
        callback.on_epoch_begin(epoch)
        callback.model.variables[0].assign(np.full((3, 4), epoch + 0.5, "float32"))
        callback.on_epoch_end(epoch)
    return folder


def arrays(folder: str) -> dict[str, Any]:
    """What a backup holds."""
    with np.load(os.path.join(folder, FILE)) as file:
        return dict(file)


def rewritten(folder: str, change: Callable[[dict[str, Any]], Any]) -> str:
    """The backup with something in it changed."""
    kept = arrays(folder)
    change(kept)
    with open(os.path.join(folder, FILE), "wb") as out:
        out.write(npz_bytes(kept))
    return folder


class Killed(BaseException):
    """Stands for a process that ends."""


@case("B1")
def killed(box: Box) -> Iterator[Attempt]:
    """Writing that ends at any of its steps leaves the file as it was, and nothing beside it under its name."""
    folder = backed_up(box)
    model = victim()
    archive = os.path.join(folder, "m.keras")
    model.save(archive)
    for step in ("fsync", "replace", "fdopen"):

        def run(step: str = step) -> bool:
            before = {name: open(os.path.join(folder, name), "rb").read() for name in (FILE, "m.keras")}
            callback = begun(folder)
            callback.on_epoch_begin(1)
            for write in (lambda: callback.on_epoch_end(1), lambda: model.save(archive)):
                kept = getattr(os, step)
                setattr(os, step, lambda *_, **__: (_ for _ in ()).throw(Killed()))
                try:
                    write()
                except Killed:
                    pass
                finally:
                    setattr(os, step, kept)
            return before == {name: open(os.path.join(folder, name), "rb").read() for name in before}

        yield Attempt(f"at {step}", run, loads=True, writes=folder)


@case("B2")
def newest_truncated(box: Box) -> Iterator[Attempt]:
    for label, spoil in (
        ("truncated", lambda data: data[: len(data) // 2]),
        ("empty", lambda data: b""),
        ("damaged", lambda data: changed(data, data.index(b"\x93NUMPY") + 130)),
    ):
        folder = backed_up(box, 2)
        path = os.path.join(folder, FILE)
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "wb") as file:
            file.write(spoil(content))

        def run(folder: str = folder) -> bool:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                callback = begun(folder)
            said = any(FILE in str(each.message) for each in caught)
            return said and callback._resume_point == (1, 0) and float(callback.model.variables[0].numpy()[0, 0]) == 0.5

        yield Attempt(f"the one before it is used, {label}", run, loads=True)
        os.remove(os.path.join(folder, "previous_" + FILE))
        yield Attempt(f"no other, {label}", lambda p=path: restored(p), (FILE,))
    between = backed_up(box, 2)
    os.remove(os.path.join(between, FILE))
    yield Attempt("ended between two backups", lambda: begun(between)._resume_point == (1, 0), loads=True)


@case("B3")
def position(box: Box) -> Iterator[Attempt]:
    for label, value in (
        ("missing", None),
        ("one number", np.array([1])),
        ("floats", np.array([1.0, 2.0])),
        ("text", np.array(["a", "b"])),
        ("negative", np.array([-1, 0])),
        ("scalar", np.array(7)),
        ("empty", np.zeros((0, 2), "int64")),
    ):
        folder = rewritten(backed_up(box), lambda a, v=value: a.pop("position") if v is None else a.update(position=v))
        yield Attempt(f"position {label}", lambda f=folder: begun(f, victim()), (FILE, "position"), keeps=victim())


@case("B4")
def torn(box: Box) -> Iterator[Attempt]:
    """Weights and position stand in one file, which is replaced as a whole: no half of it can be newer."""
    folder = backed_up(box)
    yield Attempt(
        "one file holds all",
        lambda: {"position", "order", "model/0", "optimizer/0"} <= set(arrays(folder)) and os.listdir(folder) == [FILE],
        loads=True,
    )
    for name in ("model/0", "optimizer/0"):
        spoiled = rewritten(backed_up(box), lambda a, n=name: a.pop(n))
        yield Attempt(f"without {name}", lambda f=spoiled: begun(f, victim()), (FILE, name), keeps=victim())


@case("B5")
def disk_full(box: Box) -> Iterator[Attempt]:
    folder = backed_up(box)
    big = keras.Sequential([keras.layers.Dense(5000, input_shape=(5000,), name="big")])
    archive = os.path.join(folder, "m.keras")
    victim().save(archive)
    before = {name: os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)}

    def same() -> None:
        left = {name: os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)}
        assert left == before, left

    def kept(write: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            try:
                return write()
            finally:
                same()

        return run

    yield Attempt("model.save", kept(lambda: big.save(archive)), writes=folder, peak=800)
    yield Attempt(
        "save_weights .h5", kept(lambda: big.save_weights(os.path.join(folder, "w.h5"))), writes=folder, peak=800
    )
    yield Attempt(
        "save_weights .weights.h5",
        kept(lambda: big.save_weights(os.path.join(folder, "w.weights.h5"))),
        writes=folder,
        peak=800,
    )
    yield Attempt(
        "Checkpoint.write",
        kept(lambda: tf.train.Checkpoint(root=big).write(os.path.join(folder, "ckpt"))),
        writes=folder,
        peak=800,
    )

    def back_up() -> Any:
        callback = keras.callbacks.BackupAndRestore(folder)
        callback.set_model(big)
        callback._order = np.zeros(3)
        try:
            return callback._back_up(1, 0)
        finally:
            os.remove(os.path.join(folder, "previous_" + FILE))
            same()

    yield Attempt("BackupAndRestore", back_up, writes=folder, peak=800)


@case("B6")
def no_folder(box: Box) -> Iterator[Attempt]:
    blocked = box.file(b"", "blocked")
    model = victim()
    place = os.path.join(blocked, "inside")
    for label, write in (
        ("model.save", lambda: model.save(place + ".keras")),
        ("save_weights", lambda: model.save_weights(place + ".h5")),
        ("Checkpoint.write", lambda: tf.train.Checkpoint(root=model).write(place)),
        ("BackupAndRestore", lambda: begun(place)._back_up(1, 0)),
    ):
        yield Attempt(label, write, ("blocked",), writes=box.folder)


@case("B7")
def of_something_else(box: Box) -> Iterator[Attempt]:
    other = keras.Sequential([keras.layers.Dense(7, input_shape=(3,))])
    other.compile("sgd", "mse")
    other.optimizer.build(other.trainable_variables)
    folder = backed_up(box)
    yield Attempt("another model", lambda: begun(folder, other), (FILE, "model/"), keeps=other)
    plain = keras.Sequential([keras.layers.Dense(4, input_shape=(3,)), keras.layers.Dense(2)])
    plain.compile("sgd", "mse")
    plain.optimizer.build(plain.trainable_variables)
    yield Attempt("another optimizer", lambda: begun(folder, plain), (FILE, "optimizer/"), keeps=plain)
    for label, value in (
        ("double", np.zeros((3, 4))),
        ("text", np.full((3, 4), "x")),
        ("flat", np.zeros(12, "float32")),
    ):
        spoiled = rewritten(backed_up(box), lambda a, v=value: a.update({"model/0": v}))
        yield Attempt(
            f"an array that is {label}", lambda f=spoiled: begun(f, victim()), (FILE, "model/0"), keeps=victim()
        )
    data = os.path.join(os.path.dirname(box.path()), "saved")
    tf.data.Dataset.range(3).save(data)
    yield Attempt("the folder of a data set", lambda: victim().load_weights(data), ("saved",), keeps=victim())
    shutil.rmtree(data)


@case("B8")
def two_jobs(box: Box) -> Iterator[Attempt]:
    folder = backed_up(box)

    def run() -> bool:
        first, second = begun(folder), begun(folder)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for epoch in (1, 2):
                for callback in (first, second):
                    callback.on_epoch_begin(epoch)
                    callback.on_epoch_end(epoch)
        said = [str(each.message) for each in caught if "another training" in str(each.message)]
        return len(said) == 2 and begun(folder)._resume_point == (3, 0)

    yield Attempt("each is warned, the file stays whole", run, loads=True, writes=folder)


@case("B9")
def random_state(box: Box) -> Iterator[Attempt]:
    for label, value in (
        ("longer", np.zeros(9, "int64")),
        ("another dtype", np.zeros(3, "float32")),
        ("scalar", np.array(1)),
        ("text", np.array(["a"] * 3)),
    ):
        folder = rewritten(backed_up(box), lambda a, v=value: a.update(order=v))
        yield Attempt(f"random state {label}", lambda f=folder: begun(f, victim()), (FILE, "order"), keeps=victim())
    prefix = os.path.join(os.path.dirname(box.path()), "ckpt")
    tf.train.Checkpoint(g=tf.Variable(np.zeros(5, "int64"))).write(prefix)
    generator = tf.Variable(np.zeros(3, "int64"))
    yield Attempt(
        "a generator's state in a checkpoint",
        lambda: tf.train.Checkpoint(g=generator).read(prefix),
        ("ckpt", "g/"),
        keeps=[generator],
    )
