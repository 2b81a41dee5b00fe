"""`tf.bitwise`: operations on the bits of integers."""

from addax.core.names import missing_name
from addax.ops.bitwise import (
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    invert,
    left_shift,
    right_shift,
)

__all__ = [
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "left_shift",
    "right_shift",
]

__getattr__ = missing_name(__name__, globals())
