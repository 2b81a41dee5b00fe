"""Checkpoints for rooms below the one that writes them, which says here where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_rooms: list[Callable[[], Any]] = []


def bind_later(loader: Callable[[], Any]) -> None:
    """Say how to get the module that has `Checkpoint` and `CheckpointManager`; it is loaded when it is needed."""
    _rooms.append(loader)


def managed(objects: dict[str, Any], arguments: dict[str, Any]) -> tuple[Any, Any]:
    """A checkpoint of some objects, and its manager.

    Args:
        objects: by the names that they have in the checkpoint.
        arguments: of `tf.train.CheckpointManager`, but for the checkpoint.
    """
    room = _rooms[-1]()
    checkpoint = room.Checkpoint(**objects)
    return checkpoint, room.CheckpointManager(checkpoint, **arguments)
