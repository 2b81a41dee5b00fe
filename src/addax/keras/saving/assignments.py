"""All or nothing: which arrays of a file go into which variables, checked before any is set."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.core.host_memory import taken_over
from addax.formats.errors import CorruptFileError, with_others
from addax.formats.hdf5 import HDF5Dataset
from addax.formats.memory import run_all
from addax.keras.saving import trackables

Array = np.ndarray | HDF5Dataset
_TO_DO = "load it into a model of the same layers, or pass skip_mismatch=True to leave out what does not fit"


class Assignments:
    """Pairs of a variable and an array.

    Args:
        file: path of the file, for messages.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._pairs: list[tuple[Any, Array, str]] = []
        self._problems: list[CorruptFileError] = []
        self._warnings: list[str] = []

    def add(self, variable: Any, array: Array, place: str) -> bool:
        """Plan to set a variable; an array that does not fit is noted as a problem. Whether it fits."""
        want, have = tuple(variable.shape), tuple(array.shape or ())
        if not variable.shape.is_compatible_with(have):
            self._problems.append(
                CorruptFileError(
                    self.file,
                    f"does not fit the variable {variable.name!r}",
                    member=place,
                    expected=f"shape {want}",
                    received=f"shape {have}",
                )
            )
            return False
        if not _suits(variable.dtype, array):
            self._problems.append(
                CorruptFileError(
                    self.file, f"does not fit the variable {variable.name!r}", member=place,
                    expected=f"numbers that are {variable.dtype.name}", received=str(array.dtype),
                )
            )  # fmt: skip
            return False
        self._pairs.append((variable, array, place))
        return True

    def problem(self, place: str, text: str) -> None:
        """Note something else that does not fit."""
        self._problems.append(CorruptFileError(self.file, text, member=place))

    def warn(self, text: str) -> None:
        """Warn of something once all else is known to fit."""
        self._warnings.append(text)

    def finish(self, custom: list[tuple[Any, Any]] | None = None, skip_mismatch: bool = False) -> None:
        """Read all arrays, then set all variables.

        Args:
            custom: objects whose own `load_own_variables` is called with their arrays.
            skip_mismatch: warn of problems instead of raising them.

        Raises:
            CorruptFileError: the first problem, and how many others there are; nothing is changed then.
        """
        if self._problems:
            if not skip_mismatch:
                raise with_others(self._problems, _TO_DO)
            for each in self._problems:
                warnings.warn(f"Could not load weights. Skipping object. {each}")
        for text in self._warnings:
            warnings.warn(text)
        reads: list[Callable[[], None]] = []
        values = [
            (variable, array.read(array.shape, later=reads) if isinstance(array, HDF5Dataset) else array)
            for variable, array, _ in self._pairs
        ]
        run_all(reads)
        calls = [lambda item=item, store=store: item.load_own_variables(store) for item, store in custom or ()]
        own = [variable for item, _ in custom or () for variable in trackables.own_variables(item)]
        _assign_all(values, calls, own, skip_mismatch)


@contextlib.contextmanager
def as_it_was(*optimizers: Any) -> Iterator[None]:
    """If what is done inside fails, optimizers have again the variables that they had, and none more."""
    every = [part for each in optimizers for part in (each, getattr(each, "inner_optimizer", None)) if part is not None]
    before = [(part, dict(vars(part))) for part in every]
    held = [(value, value.copy()) for _, found in before for value in found.values() if type(value) in (list, dict)]
    try:
        yield
    except BaseException:
        for part, found in before:
            vars(part).clear()
            vars(part).update(found)
        for value, copy in held:
            value.clear()
            value.extend(copy) if isinstance(value, list) else value.update(copy)
        raise


def finalize(model: Any) -> None:
    """Have layers compute what follows from weights that were loaded: bins, means to subtract."""
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def _suits(dtype: Any, array: Array) -> bool:
    """Whether values of an array mean the same in a dtype: floats of any size, integers for integers, counters."""
    kind = "f" if array.dtype.name == "bfloat16" else array.dtype.kind
    if kind not in "?biufc":
        return False
    if dtype.is_floating:
        return kind == "f" or kind in "iu" and not array.shape  # counters of steps are of either kind
    return kind != "c" or dtype.is_complex


def _assign_all(
    values: list[tuple[Any, np.ndarray]], calls: list[Callable[[], Any]], own: list[Any], skip: bool
) -> None:
    """Set variables, then run the loading code of users' classes, which sets `own`; if that fails, put all back."""
    changed = [*(variable for variable, _ in values), *own] if calls else []
    before = [(variable, variable.read_value()) for variable in changed]
    try:
        for variable, array in values:
            variable.assign(taken_over(array.astype(variable.dtype.np, copy=False)))
        for call in calls:
            try:
                call()
            except Exception as error:
                if not skip:
                    raise
                warnings.warn(f"Could not load weights. Skipping object. Exception encountered: {error}")
    except BaseException:
        for variable, value in before:
            variable.assign(value)
        raise
