"""The ops: one function over JAX arrays each. Importing the room gives tensors their operators."""

import importlib

from addax.core import autograph
from addax.ops import operators, reduction_lowering

autograph.bind_later(lambda: importlib.import_module("addax.ops.autograph_operators"))

__all__ = ["operators"]
