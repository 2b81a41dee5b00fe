"""validation_split: the end of the data is kept for validation; for arrays, datasets and Sequences."""

from __future__ import annotations

import math
from typing import Any

from addax.core import errors
from addax.data import Dataset
from addax.data.nodes.shuffle import ShuffleNode
from addax.keras.data_sequence import Sequence
from addax.keras.training import data as arrays


def split(x: Any, y: Any, sample_weight: Any, fraction: float) -> tuple[tuple[Any, Any, Any], Any]:
    """Cut data into ((x, y, sample_weight) to train on, validation data).

    Arrays are cut between rows, datasets and Sequences between their batches.

    Raises:
        ValueError: a part would be empty, or the data cannot be cut.
    """
    if not isinstance(x, Dataset | Sequence):
        parts, rest = arrays.split((x, y, sample_weight), fraction)
        return parts, arrays.pack(*rest)  # type: ignore[return-value]
    if not 0 < fraction < 1:
        raise ValueError(f"validation_split must be between 0 and 1, received {fraction}.")
    who = f"Model.fit, validation_split={fraction} of a {type(x).__name__}"
    count = int(x.cardinality().numpy()) if isinstance(x, Dataset) else len(x)
    at = math.floor(count * (1.0 - fraction))
    if count < 0 or at == 0 or at == count:
        known = f"{count} batches" if count >= 0 else "a number of batches that is not known"
        raise ValueError(
            errors.message(who, expected="so many batches that both parts have some", received=known,
                           hint="pass validation_data, or tell the size: dataset.apply(assert_cardinality(n))")
        )  # fmt: skip
    if isinstance(x, Sequence):
        return (_Part(x, 0, at), y, sample_weight), _Part(x, at, count)
    if _changes(x._node):
        raise ValueError(
            errors.message(
                who, expected="the same order in every pass, or validation data would be trained on later",
                received="a dataset that is shuffled anew in every pass",
                hint="shuffle(..., reshuffle_each_iteration=False), or cut with take and skip before shuffle",
            )
        )  # fmt: skip
    return (x.take(at), y, sample_weight), x.skip(at)


def _changes(node: Any) -> bool:
    """Whether a pipeline has another order in every pass."""
    return isinstance(node, ShuffleNode) and node.seeds.again or any(map(_changes, node.inputs))


class _Part(Sequence):
    """Some batches of a Sequence. Its on_epoch_end is not called, for it may move rows into the other part."""

    def __init__(self, whole: Sequence, start: int, stop: int) -> None:
        self.whole, self.start, self.stop = whole, start, stop
        self.workers, self.use_multiprocessing = whole.workers, whole.use_multiprocessing
        self.max_queue_size = whole.max_queue_size

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, index: int) -> Any:
        return self.whole[self.start + index]
