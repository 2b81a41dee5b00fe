"""The ops: one function over JAX arrays each. Importing the room gives tensors their operators."""

from addax.ops import autograph_operators, operators

__all__ = ["autograph_operators", "operators"]
