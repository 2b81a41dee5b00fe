"""Checks that are all made, whatever fails, and told of together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import convert, trees
from addax.core.tensor import Tensor


class Checks:
    """Collects what passes and what fails of a subject.

    >>> checks = Checks("the number 4")
    >>> with checks("is even"):
    ...     assert 4 % 2 == 0
    >>> checks.finish()
    ['is even']
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.passed: list[str] = []
        self.failed: list[tuple[str, Exception]] = []

    @contextlib.contextmanager
    def __call__(self, name: str, essential: bool = False) -> Iterator[None]:
        """A check in a `with` block; after an essential one failed, the rest is not tried."""
        try:
            yield
        except Exception as error:  # whatever a user's code raises is a finding
            self.failed.append((name, error))
            if essential:
                self.finish()
        else:
            self.passed.append(name)

    def finish(self) -> list[str]:
        """The names of the checks that passed.

        Raises:
            AssertionError: some failed; the message lists them, the first is its cause.
        """
        if not self.failed:
            return self.passed
        lines = [f"{self.subject}: {len(self.failed)} of {len(self.failed) + len(self.passed)} checks failed."]
        for name, error in self.failed:
            said = str(error).strip() or "(no message)"
            kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            lines.append(f"- {name}: {kind}" + said.replace("\n", "\n    "))
        raise AssertionError("\n".join(lines)) from self.failed[0][1]


def require(condition: bool, message: str) -> None:
    """Raise an AssertionError with a message unless the condition holds (also under `python -O`)."""
    if not condition:
        raise AssertionError(message)


def arrays(structure: Any) -> list[np.ndarray]:
    """The leaves of a structure of tensors as NumPy arrays, ragged and sparse ones by their parts."""
    found: list[np.ndarray] = []
    for leaf in trees.flatten(structure, expand_composites=True):
        if leaf is not None:
            found.append(np.asarray(leaf) if isinstance(leaf, np.ndarray) else convert.convert_to_tensor(leaf).numpy())
    return [np.asarray(each) for each in found]


def require_close(received: Any, expected: Any, what: str, rtol: float = 1e-5, atol: float = 1e-5) -> None:
    """Two structures hold the same numbers, up to rounding."""
    left, right = arrays(received), arrays(expected)
    require(len(left) == len(right), f"{what}: {len(left)} arrays instead of {len(right)}.")
    for one, other in zip(left, right, strict=True):
        require(one.shape == other.shape, f"{what}: shape {one.shape} instead of {other.shape}.")
        if one.dtype.kind in "fcV":
            wide = np.complex128 if one.dtype.kind == "c" else np.float64
            off = ~np.isclose(one.astype(wide), other.astype(wide), rtol=rtol, atol=atol, equal_nan=True)
        else:
            off = one != other
        if off.any():
            place = tuple(int(i) for i in np.argwhere(off)[0])
            raise AssertionError(
                f"{what}: {int(off.sum())} of {off.size} numbers differ, the first at {place}: "
                f"{one[place]} instead of {other[place]}."
            )


def as_tensor(array: Any) -> Tensor:
    """An array as a tensor with the array's dtype."""
    return convert.convert_to_tensor(array)
