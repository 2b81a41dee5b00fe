"""The ops: one function over JAX arrays each. Importing the room gives tensors their operators."""

from addax.ops import operators

__all__ = ["operators"]
