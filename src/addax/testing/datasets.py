"""Checks of datasets."""

from __future__ import annotations

import itertools
from typing import Any

from addax.core import trees
from addax.core.spec import spec_of
from addax.core.tensor import Tensor
from addax.data import Dataset
from addax.testing.checks import Checks, as_tensor, require, require_close


def check_dataset(
    dataset: Dataset,
    expected: list[Any] | None = None,
    deterministic: bool = True,
    most: int = 1000,
) -> list[str]:
    """Check that a dataset keeps its promises: its spec, its cardinality, order, and restorable iterators.

    Args:
        dataset: what is checked; of an endless one, its first elements.
        expected: its elements as structures of arrays, where they are known.
        deterministic: each pass gives the same elements in the same order; False for one that shuffles anew.
        most: how many elements are looked at.

    Returns:
        The names of the checks.

    Raises:
        AssertionError: one or more failed; all are listed.

    >>> import addax as tf
    >>> from addax.testing import check_dataset
    >>> check_dataset(tf.data.Dataset.range(5).batch(2), expected=[[0, 1], [2, 3], [4]])[:2]
    ['first pass', 'elements']
    """
    checks = Checks(f"{dataset!r:.200}")
    elements: list[Any] = []
    with checks("first pass", essential=True):
        elements.extend(_first(dataset, most))
    if expected is not None:
        with checks("elements"):
            require(len(elements) == len(expected), f"{len(elements)} elements instead of {len(expected)}.")
            for number, (element, wanted) in enumerate(zip(elements, expected, strict=True)):
                parts = trees.flatten_up_to(element, wanted)
                for part, want in zip(trees.flatten(element), parts, strict=True):
                    require_close(
                        part, as_tensor(want) if isinstance(want, list | tuple) else want, f"element {number}"
                    )
    with checks("element_spec"):
        for number, element in enumerate(elements):
            _require_spec(dataset, element, number)
    with checks("cardinality"):
        _require_cardinality(dataset, len(elements), most)
    with checks("second pass"):
        _require_same(_first(dataset, most), elements, deterministic)
    with checks("an iterator left early"):
        next(iter(dataset), None)
        _require_same(_first(dataset, most), elements, deterministic)
    if deterministic:
        with checks("take and skip"):
            cut = len(elements) // 2
            both = _first(dataset.take(cut), most) + _first(dataset.skip(cut), most - cut)
            _require_same(both, elements, True)
        with checks("prefetch"):
            _require_same(_first(dataset.prefetch(2), most), elements, True)
        with checks("as_numpy_iterator"):
            if all(isinstance(leaf, Tensor) for leaf in trees.flatten(elements)):  # others become arrays of other kinds
                _require_same(list(itertools.islice(dataset.as_numpy_iterator(), most)), elements, True)
    with checks("iterators go on from a state"):
        _require_restorable(dataset, min(len(elements), 20))
    return checks.finish()


def _first(dataset: Dataset, most: int) -> list[Any]:
    return list(itertools.islice(dataset, most))


def _require_spec(dataset: Dataset, element: Any, number: int) -> None:
    spec = dataset.element_spec
    trees.assert_same_structure(spec, element)
    for want, leaf in zip(trees.flatten(spec), trees.flatten(element), strict=True):
        received = spec_of(leaf)
        require(want.is_compatible_with(leaf), f"element {number} is {received}, element_spec says {want}.")


def _require_cardinality(dataset: Dataset, count: int, most: int) -> None:
    said = int(dataset.cardinality())
    if said == -2:  # unknown
        return
    if said == -1:  # endless
        require(count == most, f"cardinality says endless, but there are {count} elements.")
    elif count < most:
        require(said == count, f"cardinality says {said}, but there are {count} elements.")


def _require_same(received: list[Any], expected: list[Any], ordered: bool) -> None:
    require(len(received) == len(expected), f"{len(received)} elements instead of {len(expected)}.")
    if ordered:
        for number, (one, other) in enumerate(zip(received, expected, strict=True)):
            require_close(one, other, f"element {number}", rtol=0, atol=0)


def _require_restorable(dataset: Dataset, steps: int) -> None:
    """At a few places: what comes after the place is what a new iterator with its state gives."""
    for place in sorted({0, 1, steps // 2, steps}):
        iterator = iter(dataset)
        for _ in range(min(place, steps)):
            next(iterator)
        state = iterator.get_state()
        again = iter(dataset)
        again.set_state(state)
        for offset in range(3):
            one, other = next(iterator, None), next(again, None)
            require((one is None) == (other is None), f"restored at {place}: it ends at another place.")
            if one is None:
                break
            require_close(other, one, f"restored at {place}, element {place + offset}", rtol=0, atol=0)
