"""`keras.ops`: activations, with Keras 3's defaults. Integers become floats."""

from __future__ import annotations

from typing import Any

from addax.keras.activations import functions, sparse
from addax.keras.ops.function import function
from addax.keras.ops.promotion import common, floats, is_integer, numbers
from addax.ops import activations, array, casting, layers, math, shaping


@function
def relu(x: Any) -> Any:
    """x, at least 0.

    >>> from addax.keras import ops
    >>> ops.relu([-1.0, 2.0]).numpy().tolist()
    [0.0, 2.0]
    """
    return activations.relu(*numbers(x))


@function
def relu6(x: Any) -> Any:
    """x, at least 0 and at most 6.

    >>> from addax.keras import ops
    >>> ops.relu6([-1.0, 3.0, 9.0]).numpy().tolist()
    [0.0, 3.0, 6.0]
    """
    return activations.relu6(floats(x))


@function
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)).

    >>> from addax.keras import ops
    >>> ops.sigmoid([0.0, -100.0, 100.0]).numpy().tolist()
    [0.5, 0.0, 1.0]
    """
    return functions.sigmoid(floats(x))


@function
def softmax(x: Any, axis: Any = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis, or along several.

    >>> from addax.keras import ops
    >>> ops.softmax([[1.0, 1.0]]).numpy().tolist()
    [[0.5, 0.5]]
    """
    made = floats(x)
    if isinstance(axis, tuple | list):
        return layers.masked_softmax(made, None, tuple(axis), False)
    return activations.softmax(made, axis) if axis is not None else _over_all(activations.softmax, made)


@function
def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of `softmax`.

    >>> from addax.keras import ops
    >>> print(ops.log_softmax([0.0, 0.0]).numpy().round(4))
    [-0.6931 -0.6931]
    """
    made = floats(x)
    if isinstance(axis, tuple | list):
        return made - math.reduce_logsumexp(made, list(axis), keepdims=True)
    return activations.log_softmax(made, axis) if axis is not None else _over_all(activations.log_softmax, made)


def _over_all(code: Any, x: Any) -> Any:
    return shaping.reshape(code(shaping.reshape(x, [-1])), x.shape.as_list())


@function
def softplus(x: Any) -> Any:
    """log(1 + exp(x)).

    >>> from addax.keras import ops
    >>> print(ops.softplus([0.0, 1.0]).numpy().round(4))
    [0.6931 1.3133]
    """
    return activations.softplus(floats(x))


@function
def softsign(x: Any) -> Any:
    """x / (1 + |x|).

    >>> from addax.keras import ops
    >>> ops.softsign([-1, 0, 3]).numpy().tolist()
    [-0.5, 0.0, 0.75]
    """
    return activations.softsign(floats(x))


@function
def silu(x: Any) -> Any:
    """x * sigmoid(x).

    >>> from addax.keras import ops
    >>> print(ops.silu([0.0, 1.0]).numpy().round(4))
    [0.     0.7311]
    """
    return activations.silu(floats(x))


@function
def swish(x: Any) -> Any:
    """x * sigmoid(x).

    >>> from addax.keras import ops
    >>> print(ops.swish([0.0, 1.0]).numpy().round(4))
    [0.     0.7311]
    """
    return activations.silu(floats(x))


@function
def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)).

    >>> from addax.keras import ops
    >>> print(ops.log_sigmoid([0.0, -100.0]).numpy().round(4))
    [  -0.6931 -100.    ]
    """
    return functions.log_sigmoid(floats(x))


@function
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x above 0, a part of it below.

    Args:
        x: a tensor.
        negative_slope: the factor below 0.

    >>> from addax.keras import ops
    >>> ops.leaky_relu([-5.0, 2.0]).numpy().tolist()
    [-1.0, 2.0]
    """
    return activations.leaky_relu(floats(x), negative_slope)


@function
def hard_sigmoid(x: Any) -> Any:
    """relu6(x + 3) / 6.

    >>> from addax.keras import ops
    >>> ops.hard_sigmoid([-3.0, 0.0, 3.0]).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return activations.relu6(floats(x) + 3.0) / 6.0


@function
def hard_silu(x: Any) -> Any:
    """x * hard_sigmoid(x).

    >>> from addax.keras import ops
    >>> print(ops.hard_silu([0.0, 1.0]).numpy().round(4))
    [0.     0.6667]
    """
    return functions.hard_silu(floats(x))


@function
def hard_swish(x: Any) -> Any:
    """x * hard_sigmoid(x).

    >>> from addax.keras import ops
    >>> print(ops.hard_swish([0.0, 1.0]).numpy().round(4))
    [0.     0.6667]
    """
    return functions.hard_silu(floats(x))


@function
def hard_tanh(x: Any) -> Any:
    """x, at least -1 and at most 1.

    >>> from addax.keras import ops
    >>> ops.hard_tanh([-2.0, 0.5, 2.0]).numpy().tolist()
    [-1.0, 0.5, 1.0]
    """
    (made,) = numbers(x)
    found = functions.hard_tanh(floats(made))
    return casting.cast(found, made.dtype) if is_integer(made) else found


@function
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha (exp(x) - 1) below.

    Args:
        x: a tensor.
        alpha: minus the limit for small x.

    >>> from addax.keras import ops
    >>> print(ops.elu([-1.0, 2.0]).numpy().round(4))
    [-0.6321  2.    ]
    """
    return functions.elu(floats(x), alpha)


@function
def selu(x: Any) -> Any:
    """The scaled `elu` that keeps mean and variance (Klambauer et al. 2017, arXiv:1706.02515).

    >>> from addax.keras import ops
    >>> print(ops.selu([-1.0, 1.0]).numpy().round(4))
    [-1.1113  1.0507]
    """
    return activations.selu(floats(x))


@function
def celu(x: Any, alpha: float = 1.0) -> Any:
    """max(x, 0) + min(alpha (exp(x / alpha) - 1), 0).

    Args:
        x: a tensor.
        alpha: minus the limit for small x.

    >>> from addax.keras import ops
    >>> print(ops.celu([-1.0, 2.0], alpha=2.0).numpy().round(4))
    [-0.7869  2.    ]
    """
    return functions.celu(floats(x), alpha)


@function
def gelu(x: Any, approximate: bool = True) -> Any:
    """x times the normal distribution's cumulative function, by default its approximation with tanh.

    >>> from addax.keras import ops
    >>> ops.gelu([0.0]).numpy().tolist()
    [0.0]
    """
    return activations.gelu(floats(x), approximate)


@function
def glu(x: Any, axis: int = -1) -> Any:
    """The first half along the axis times the sigmoid of the second.

    Args:
        x: a tensor of an even length along the axis.
        axis: the axis that is halved.

    >>> from addax.keras import ops
    >>> ops.glu([2.0, 4.0, 0.0, 0.0]).numpy().tolist()
    [1.0, 2.0]
    """
    return sparse.glu(floats(x), axis)


@function
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where it is further from 0 than the threshold, 0 elsewhere.

    >>> from addax.keras import ops
    >>> ops.hard_shrink([-1.0, 0.25, 2.0]).numpy().tolist()
    [-1.0, 0.0, 2.0]
    """
    return sparse.hard_shrink(floats(x), threshold)


@function
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved towards 0 by the threshold, at most to 0.

    >>> from addax.keras import ops
    >>> ops.soft_shrink([-1.0, 0.25, 2.0]).numpy().tolist()
    [-0.5, 0.0, 1.5]
    """
    return sparse.soft_shrink(floats(x), threshold)


@function
def tanh_shrink(x: Any) -> Any:
    """x - tanh(x).

    >>> from addax.keras import ops
    >>> print(ops.tanh_shrink([0.0, 1.0]).numpy().round(4))
    [0.     0.2384]
    """
    return sparse.tanh_shrink(floats(x))


@function
def sparse_plus(x: Any) -> Any:
    """0 up to -1, (x + 1)² / 4 up to 1, x beyond.

    >>> from addax.keras import ops
    >>> ops.sparse_plus([-2.0, 0.0, 3.0]).numpy().tolist()
    [0.0, 0.25, 3.0]
    """
    return sparse.sparse_plus(floats(x))


@function
def sparse_sigmoid(x: Any) -> Any:
    """(x + 1) / 2, at least 0 and at most 1.

    >>> from addax.keras import ops
    >>> ops.sparse_sigmoid([-2.0, 0.0, 3.0]).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return sparse.sparse_sigmoid(floats(x))


@function
def squareplus(x: Any, b: float = 4) -> Any:
    """(x + sqrt(x² + b)) / 2.

    Args:
        x: a tensor.
        b: how smooth the bend at 0 is; 0: `relu`.

    >>> from addax.keras import ops
    >>> ops.squareplus([0.0, 1.5]).numpy().tolist()
    [1.0, 2.0]
    """
    return sparse.squareplus(floats(x), b)


@function
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The point of the probability simplex nearest to x.

    Source: Martins and Astudillo 2016, arXiv:1602.02068.

    >>> from addax.keras import ops
    >>> ops.sparsemax([1.0, 0.5, -1.0]).numpy().tolist()
    [0.75, 0.25, 0.0]
    """
    return sparse.sparsemax(floats(x), axis)


@function
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x above the threshold, another value elsewhere.

    Args:
        x: a tensor.
        threshold: what x has to exceed.
        default_value: what stands where it does not.

    >>> from addax.keras import ops
    >>> ops.threshold([0.5, 2.0], 1.0, -1.0).numpy().tolist()
    [-1.0, 2.0]
    """
    made, other = common(x, default_value)
    if is_integer(made):
        return array.where(floats(made) > float(threshold), made, other)
    return sparse.threshold(floats(made), threshold, default_value)
