"""A tensor of open sizes of which a program says more: it counts as of these sizes, and each run checks that it is.

`tf.ensure_shape` of a function whose sizes are open is a primitive that is nothing when it runs. Python sees the sizes
it says while the function is traced; when the program is made for a shape that comes, another size is refused.
"""

from __future__ import annotations

from typing import Any

from jax.core import ShapedArray
from jax.interpreters import ad, batching, mlir

from addax.core import errors
from addax.core.primitives import Primitive

_sized_p = Primitive("known_sizes")


def _agree(have: Any, sizes: tuple[Any, ...]) -> None:
    pairs = zip(have, sizes, strict=True)
    if any(isinstance(one, int) and isinstance(other, int) and one != other for one, other in pairs):
        raise errors.InvalidArgumentError(
            f"tf.ensure_shape: Shape of tensor x {list(have)} is not compatible with expected shape {list(sizes)}"
        )


def _abstract(x: Any, *, sizes: tuple[Any, ...]) -> Any:
    _agree(x.shape, sizes)
    return ShapedArray(sizes, x.dtype)


def _run(x: Any, *, sizes: tuple[Any, ...]) -> Any:
    _agree(x.shape, sizes)
    return x


def _batched(operands: Any, dims: Any, *, sizes: tuple[Any, ...]) -> Any:
    (x,), (at,) = operands, dims
    return sized(x, (*sizes[:at], x.shape[at], *sizes[at:])), at


_sized_p.def_impl(_run)
_sized_p.def_abstract_eval(_abstract)
mlir.register_lowering(_sized_p, lambda context, x, sizes: [x])
ad.deflinear2(_sized_p, lambda cotangent, x, sizes: [sized(cotangent, x.aval.shape)])
batching.primitive_batchers[_sized_p] = _batched


def sized(x: Any, sizes: tuple[Any, ...]) -> Any:
    """`x`, which counts as of these sizes (ints, or symbols) from here on.

    Raises:
        InvalidArgumentError: a size that is known is another; when the program runs for a shape, too.
    """
    return _sized_p.bind(x, sizes=tuple(sizes))
