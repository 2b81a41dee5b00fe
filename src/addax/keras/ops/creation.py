"""`keras.ops`: new tensors. Their dtype is `floatx` unless one is given."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from addax.core import convert
from addax.core.static_arguments import concrete
from addax.keras import config
from addax.keras.ops.function import function, named
from addax.keras.ops.promotion import common_floats, is_integer, result_type, tensor
from addax.ops import creation, elementwise, numpy_arrays
from addax.ops.casting import cast
from addax.ops.shaping import broadcast_to
from addax.ops.shaping import identity as same
from addax.ops.tnp import creation as tnp
from addax.ops.tnp.joining import meshgrid as grid


def sizes(shape: Any) -> Any:
    """A shape as a sequence, where it is one number."""
    return (int(shape),) if isinstance(shape, int | np.integer) else shape


def array(x: Any, dtype: Any = None) -> Any:
    """A tensor of these numbers.

    >>> from addax.keras import ops
    >>> ops.array([1, 2]).dtype, ops.array([1, 2], dtype="float16").dtype
    (tf.int32, tf.float16)
    """
    return tensor(x, dtype)


@function
def copy(x: Any) -> Any:
    """A tensor of the same numbers.

    >>> from addax.keras import ops
    >>> ops.copy([1, 2]).numpy().tolist()
    [1, 2]
    """
    return same(tensor(x))


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Zeros of a shape.

    >>> from addax.keras import ops
    >>> ops.zeros((2,)).numpy().tolist()
    [0.0, 0.0]
    """
    return creation.zeros(sizes(shape), dtype or config.floatx())


def ones(shape: Any, dtype: Any = None) -> Any:
    """Ones of a shape.

    >>> from addax.keras import ops
    >>> ops.ones((2,), dtype="int32").numpy().tolist()
    [1, 1]
    """
    return creation.ones(sizes(shape), dtype or config.floatx())


def empty(shape: Any, dtype: Any = None) -> Any:
    """A tensor of a shape whose numbers do not matter (zeros).

    >>> from addax.keras import ops
    >>> ops.empty((2, 3)).shape
    TensorShape([2, 3])
    """
    return zeros(shape, dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A tensor of a shape with one number everywhere.

    >>> from addax.keras import ops
    >>> ops.full((2,), 7).numpy().tolist()
    [7.0, 7.0]
    """
    return broadcast_to(tensor(fill_value, dtype or config.floatx()), sizes(shape))


@function
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros of x's shape and dtype (or another one).

    >>> from addax.keras import ops
    >>> ops.zeros_like([1, 2]).numpy().tolist()
    [0, 0]
    """
    return creation.zeros_like(tensor(x), dtype)


@function
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones of x's shape and dtype (or another one).

    >>> from addax.keras import ops
    >>> ops.ones_like([1, 2], dtype="float32").numpy().tolist()
    [1.0, 1.0]
    """
    return creation.ones_like(tensor(x), dtype)


@function
def empty_like(x: Any, dtype: Any = None) -> Any:
    """A tensor of x's shape and dtype whose numbers do not matter (zeros).

    >>> from addax.keras import ops
    >>> ops.empty_like([[1, 2]]).shape
    TensorShape([1, 2])
    """
    return creation.zeros_like(tensor(x), dtype)


@function
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One number everywhere, of x's shape and dtype (or another one).

    >>> from addax.keras import ops
    >>> ops.full_like([1, 2], 7).numpy().tolist()
    [7, 7]
    """
    made = tensor(x)
    return broadcast_to(tensor(fill_value, dtype or made.dtype), tuple(made.shape))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on the k-th diagonal of an N x M matrix (M is N by default), zeros elsewhere.

    >>> from addax.keras import ops
    >>> ops.eye(2, 3, k=1).numpy().tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return convert.constant(np.eye(N, M, int(k)), dtype or config.floatx())


def identity(n: int, dtype: Any = None) -> Any:
    """The n x n matrix with ones on its diagonal.

    >>> from addax.keras import ops
    >>> ops.identity(2).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """Ones on and below the k-th diagonal of an N x M matrix, zeros above.

    >>> from addax.keras import ops
    >>> ops.tri(3, 2).numpy().tolist()
    [[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
    """
    return convert.constant(np.tri(N, M, int(k)), dtype or config.floatx())


# ---------------------------------------------------------------------------- ranges


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """Numbers from `start` up to `stop` (not included), `step` apart; one argument is the stop.

    >>> from addax.keras import ops
    >>> ops.arange(2, 8, 3).numpy().tolist()
    [2, 5]
    """
    given = [each for each in (start, stop, step) if each is not None]
    target = result_type(*given) if dtype is None else dtype
    first, last, by = [
        None if each is None else concrete(tensor(each), "keras.ops.arange").item() for each in (start, stop, step)
    ]
    if last is None:
        first, last = 0, first
    return convert.constant(np.arange(first, last, 1 if by is None else by), target)


def _ends(start: Any, stop: Any, dtype: Any) -> tuple[list[Any], str]:
    """Both ends as floats, and the dtype of the result."""
    ends = common_floats(start, stop)
    return ends, ends[0].dtype if dtype is None else dtype


def _spaced(made: Any, dtype: Any) -> Any:
    """Numbers as a dtype; integers are the next ones below."""
    target = tensor(0).dtype if dtype is int else dtype
    rounded = cast(made, target)
    return cast(elementwise.floor(made), target) if is_integer(rounded) else rounded


@function
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    """`num` numbers from `start` to `stop`, evenly apart.

    Args:
        start: a number, or a tensor.
        stop: a number, or a tensor.
        num: how many.
        endpoint: whether `stop` is the last one.
        retstep: whether to return (numbers, step).
        dtype: of the result; by default the common one of both ends, of floats.
        axis: where the new axis goes.

    >>> from addax.keras import ops
    >>> ops.linspace(0, 1, 3).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    ends, target = _ends(start, stop, dtype)
    made = tnp.linspace(*ends, num, endpoint, retstep, float, axis)
    if retstep:
        return _spaced(made[0], target), cast(made[1], ends[0].dtype)
    return _spaced(made, target)


@function
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10, dtype: Any = None, axis: int = 0
) -> Any:
    """`num` numbers from base**start to base**stop, evenly apart on a logarithmic scale; see `linspace`.

    >>> from addax.keras import ops
    >>> print(ops.logspace(0, 2, 3).numpy().round(4))
    [  1.  10. 100.]
    """
    ends, target = _ends(start, stop, dtype)
    exponents = cast(tnp.linspace(*ends, num, endpoint, False, float, axis), ends[0].dtype)
    return _spaced(tensor(base, ends[0].dtype) ** exponents, target)


@function
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """`num` numbers from `start` to `stop`, each a constant multiple of the one before; see `linspace`.

    >>> from addax.keras import ops
    >>> print(ops.geomspace(1, 8, 4).numpy().round(4))
    [1. 2. 4. 8.]
    """
    ends, target = _ends(start, stop, dtype)
    return _spaced(tnp.geomspace(*ends, num, endpoint, None, axis), target)


def meshgrid(*x: Any, indexing: str = "xy") -> Any:
    """The coordinates of the points of a grid, one tensor for each vector.

    Args:
        *x: vectors.
        indexing: "xy": the first vector runs along the second axis, "ij": along the first.

    >>> from addax.keras import ops
    >>> ops.meshgrid([1, 2], [3])[1].numpy().tolist()
    [[3, 3]]
    """
    return _meshgrid(list(x), indexing)


@named("meshgrid")
def _meshgrid(vectors: Any, indexing: str) -> Any:
    return grid(*[tensor(each) for each in vectors], indexing=indexing)


@function
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of the numbers of a vector, one row for each.

    Args:
        x: a vector.
        N: how many powers; by default as many as there are numbers.
        increasing: whether the 0-th power comes first.

    >>> from addax.keras import ops
    >>> ops.vander([2, 3], 3).numpy().tolist()
    [[4, 2, 1], [9, 3, 1]]
    """
    made = tensor(x)
    return numpy_arrays.vander(made, made.shape[0] if N is None else int(N), bool(increasing))


# ---------------------------------------------------------------------------- windows


def _window(make: Any, x: Any) -> Any:
    size = int(concrete(tensor(x), "keras.ops, window functions"))
    return convert.constant(make(size), config.floatx())


def bartlett(x: Any) -> Any:
    """The triangular window of so many points.

    >>> from addax.keras import ops
    >>> ops.bartlett(5).numpy().tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _window(np.bartlett, x)


def blackman(x: Any) -> Any:
    """The Blackman window of so many points.

    >>> from addax.keras import ops
    >>> print(ops.blackman(5)[1:4].numpy().round(4))
    [0.34 1.   0.34]
    """
    return _window(np.blackman, x)


def hamming(x: Any) -> Any:
    """The Hamming window of so many points.

    >>> from addax.keras import ops
    >>> print(ops.hamming(3).numpy().round(4))
    [0.08 1.   0.08]
    """
    return _window(np.hamming, x)


def hanning(x: Any) -> Any:
    """The Hann window of so many points.

    >>> from addax.keras import ops
    >>> print(ops.hanning(5).numpy().round(4))
    [0.  0.5 1.  0.5 0. ]
    """
    return _window(np.hanning, x)


def kaiser(x: Any, beta: Any) -> Any:
    """The Kaiser window of so many points and a form.

    >>> from addax.keras import ops
    >>> print(ops.kaiser(3, 2.0).numpy().round(4))
    [0.4387 1.     0.4387]
    """
    form = float(concrete(tensor(beta), "keras.ops.kaiser"))
    return _window(functools.partial(np.kaiser, beta=form), x)
