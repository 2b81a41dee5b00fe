"""Checkpoints: the state of objects in TensorFlow's files."""

from types import ModuleType

from addax.core import checkpointing


def _manager() -> ModuleType:
    from addax.checkpoint import manager  # when a checkpoint is made

    return manager


checkpointing.bind_later(_manager)
