"""Checkpoints: the state of objects in TensorFlow's files."""

import importlib

from addax.core import checkpointing

checkpointing.bind_later(lambda: importlib.import_module("addax.checkpoint.manager"))
