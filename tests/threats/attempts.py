"""What a threat case is made of: attempts to feed one hostile input to one entry point."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any


@dataclasses.dataclass
class Attempt:
    """One input and one entry point.

    Args:
        name: entry point and variant, unique within its case.
        run: feeds the input to the entry point.
        names: texts that the error must hold: the file, the member.
        loads: the input is harmless and must load; `run` returns False if what was loaded is wrong.
        keeps: a model, or list of variables, that must be bit for bit the same afterwards.
        peak: MiB that the attempt may take at most.
        seconds: time of the processor that it may take at most.
        writes: folder that the attempt may write to.
        runs_code: code from the file may run: the caller said so.
        serves: it asks a server in this process.
    """

    name: str
    run: Callable[[], Any]
    names: tuple[str, ...] = ()
    loads: bool = False
    keeps: Any = None
    peak: int = 400
    seconds: float = 6.0
    writes: str | None = None
    runs_code: bool = False
    serves: bool = False


Make = Callable[["Box"], Iterator[Attempt]]
CASES: dict[str, Make] = {}


def case(identifier: str) -> Callable[[Make], Make]:
    """Decorator: a generator of the attempts of a case."""

    def decorate(make: Make) -> Make:
        assert identifier not in CASES, identifier
        CASES[identifier] = make
        return make

    return decorate


class Box:
    """A folder for the files of one case, and the canaries that nothing may touch.

    Args:
        root: the folder of the whole run.
        name: of the case.
    """

    def __init__(self, root: str, name: str) -> None:
        self.root = root
        self.folder = os.path.join(root, "cases", name)
        os.makedirs(self.folder)
        self._count = 0

    @property
    def secret(self) -> str:
        """A file that no input may have opened."""
        return os.path.join(self.root, "canary", "secret.txt")

    @property
    def outside(self) -> str:
        """A folder in which no input may have anything written."""
        return os.path.join(self.root, "canary")

    def path(self, name: str = "model.keras") -> str:
        """The path of a new file, in a folder of its own."""
        self._count += 1
        folder = os.path.join(self.folder, str(self._count))
        os.makedirs(folder)
        return os.path.join(folder, name)

    def file(self, data: bytes, name: str = "model.keras") -> str:
        """A new file with these bytes."""
        path = self.path(name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def changed(data: bytes, at: int, by: int = 0x40) -> bytes:
    """Bytes with one of them changed."""
    made = bytearray(data)
    made[at] ^= by
    return bytes(made)
