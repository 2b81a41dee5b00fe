"""Keras' activation functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from addax.core import convert
from addax.core.failures import refusing
from addax.core.tensor import Tensor
from addax.keras import registry
from addax.ops import activations as ops_nn
from addax.ops import clip as ops_clip
from addax.ops import elementwise as ops_math
from addax.ops import reductions, smooth


def _tensor(x: Any) -> Any:
    known = isinstance(x, Tensor) or hasattr(x, "__tf_value__") or hasattr(x, "__symbolic_call__")
    return x if known or hasattr(x, "flat_values") else convert.convert_to_tensor(x)


def _of_values(function: Callable[..., Any], x: Any, *options: Any) -> Any:
    """A function of each number; of a ragged tensor, of its values."""
    if hasattr(x, "with_flat_values"):
        return x.with_flat_values(function(x.flat_values, *options))
    return function(x, *options)


def from_logits(kind: str, out: Any, x: Any, axis: int = -1) -> Any:
    """Remember what a softmax or sigmoid was computed from: cross-entropies are exact on it."""
    if type(out) is Tensor:
        out._keras_logits = (kind if axis == -1 else f"{kind}:{axis}", x)
    return out


@refusing("tf.keras.activations.softmax")
def softmax(x: Any, axis: int | Sequence[int] = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis, or over several.

    Args:
        x: a tensor of rank 2 or more.
        axis: the axis that sums to 1, or those that do together.

    Returns:
        A tensor of the shape of `x`.

    Raises:
        ValueError: rank 1.

    >>> import addax as tf
    >>> tf.keras.activations.softmax(tf.constant([[0.0, 0.0]])).numpy().tolist()
    [[0.5, 0.5]]
    """
    x = _tensor(x)
    if len(x.shape) <= 1:
        raise ValueError(f"Cannot apply softmax to a tensor that is {len(x.shape)}D. Received input: {x}")
    if isinstance(axis, Sequence):
        powers = ops_math.exp(x - reductions.reduce_max(x, axis, keepdims=True))
        return powers / reductions.reduce_sum(powers, axis, keepdims=True)
    return from_logits("softmax", ops_nn.softmax(x, axis), x, axis)


@refusing("tf.keras.activations.log_softmax")
def log_softmax(x: Any, axis: int = -1) -> Any:
    """x - log(sum(exp(x))) along an axis.

    >>> import addax as tf
    >>> tf.keras.activations.log_softmax(tf.constant([[0.0]])).numpy().tolist()
    [[0.0]]
    """
    return ops_nn.log_softmax(_tensor(x), axis)


@refusing("tf.keras.activations.elu")
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha (exp(x) - 1) below (Clevert et al. 2016, arXiv:1511.07289).

    Args:
        x: a floating tensor.
        alpha: minus the limit for small x.

    >>> import addax as tf
    >>> tf.keras.activations.elu(tf.constant([1.0, 0.0])).numpy().tolist()
    [1.0, 0.0]
    """
    return ops_nn.elu(_tensor(x)) if alpha == 1 else _of_values(smooth.scaled_elu, _tensor(x), alpha)


@refusing("tf.keras.activations.selu")
def selu(x: Any) -> Any:
    """Scaled ELU, which keeps mean 0 and variance 1 through layers (Klambauer et al. 2017, arXiv:1706.02515).

    >>> import addax as tf
    >>> round(float(tf.keras.activations.selu(tf.constant(1.0))), 4)
    1.0507
    """
    return ops_nn.selu(_tensor(x))


@refusing("tf.keras.activations.softplus")
def softplus(x: Any) -> Any:
    """log(exp(x) + 1).

    >>> import addax as tf
    >>> round(float(tf.keras.activations.softplus(tf.constant(0.0))), 4)
    0.6931
    """
    return ops_nn.softplus(_tensor(x))


@refusing("tf.keras.activations.softsign")
def softsign(x: Any) -> Any:
    """x / (|x| + 1).

    >>> import addax as tf
    >>> float(tf.keras.activations.softsign(tf.constant(1.0)))
    0.5
    """
    return ops_nn.softsign(_tensor(x))


@refusing("tf.keras.activations.swish")
def swish(x: Any) -> Any:
    """x sigmoid(x), also called SiLU (Ramachandran et al. 2017, arXiv:1710.05941).

    >>> import addax as tf
    >>> float(tf.keras.activations.swish(tf.constant(0.0)))
    0.0
    """
    return ops_nn.silu(_tensor(x))


@refusing("tf.keras.activations.mish")
def mish(x: Any) -> Any:
    """x tanh(softplus(x)) (Misra 2020, arXiv:1908.08681).

    >>> import addax as tf
    >>> float(tf.keras.activations.mish(tf.constant(0.0)))
    0.0
    """
    return smooth.mish(_tensor(x))


@refusing("tf.keras.activations.relu")
def relu(
    x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0, *,
    negative_slope: float | None = None,
) -> Any:  # fmt: skip
    """max(x, 0), with a slope below, a limit above, and a threshold.

    Args:
        x: a tensor.
        alpha: the slope below the threshold.
        max_value: the largest result; None for no limit.
        threshold: below it, the result is alpha (x - threshold).
        negative_slope: Keras 3's name of `alpha`.

    Returns:
        A tensor of the shape of `x`.

    >>> import addax as tf
    >>> tf.keras.activations.relu(tf.constant([-1.0, 3.0]), max_value=2.0).numpy().tolist()
    [0.0, 2.0]
    """
    x = _tensor(x)
    alpha = alpha if negative_slope is None else negative_slope
    if alpha == 0 and max_value is None and threshold == 0:
        return ops_nn.relu(x)
    if max_value is None and threshold == 0:
        return ops_nn.leaky_relu(x, alpha)
    if max_value == 6 and threshold == 0 and alpha == 0:
        return ops_nn.relu6(x)
    return _of_values(smooth.bent_relu, x, alpha, max_value, threshold)


@refusing("tf.keras.activations.relu6")
def relu6(x: Any) -> Any:
    """max(x, 0), at most 6.

    >>> import addax as tf
    >>> float(tf.keras.activations.relu6(tf.constant(9.0)))
    6.0
    """
    return ops_nn.relu6(_tensor(x))


@refusing("tf.keras.activations.leaky_relu")
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x above 0, negative_slope x below.

    >>> import addax as tf
    >>> float(tf.keras.activations.leaky_relu(tf.constant(-1.0), 0.5))
    -0.5
    """
    return ops_nn.leaky_relu(_tensor(x), negative_slope)


@refusing("tf.keras.activations.gelu")
def gelu(x: Any, approximate: bool = False) -> Any:
    """x P(X <= x) for a standard normal X (Hendrycks & Gimpel 2016, arXiv:1606.08415).

    Args:
        x: a floating tensor.
        approximate: whether to approximate it by tanh.

    >>> import addax as tf
    >>> round(float(tf.keras.activations.gelu(tf.constant(1.0))), 4)
    0.8413
    """
    return ops_nn.gelu(_tensor(x), approximate)


@refusing("tf.keras.activations.tanh")
def tanh(x: Any) -> Any:
    """The hyperbolic tangent.

    >>> import addax as tf
    >>> float(tf.keras.activations.tanh(tf.constant(0.0)))
    0.0
    """
    return ops_math.tanh(_tensor(x))


@refusing("tf.keras.activations.sigmoid")
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)).

    >>> import addax as tf
    >>> float(tf.keras.activations.sigmoid(tf.constant(0.0)))
    0.5
    """
    x = _tensor(x)
    return from_logits("sigmoid", ops_math.sigmoid(x), x)


@refusing("tf.keras.activations.exponential")
def exponential(x: Any) -> Any:
    """exp(x).

    >>> import addax as tf
    >>> float(tf.keras.activations.exponential(tf.constant(0.0)))
    1.0
    """
    return ops_math.exp(_tensor(x))


@refusing("tf.keras.activations.hard_sigmoid")
def hard_sigmoid(x: Any) -> Any:
    """0.2 x + 0.5, within [0, 1].

    >>> import addax as tf
    >>> float(tf.keras.activations.hard_sigmoid(tf.constant(0.0)))
    0.5
    """
    return smooth.hard_sigmoid(_tensor(x))


@refusing("tf.keras.activations.hard_silu")
def hard_silu(x: Any) -> Any:
    """x relu6(x + 3) / 6, also called hard swish (Howard et al. 2019, arXiv:1905.02244).

    >>> import addax as tf
    >>> float(tf.keras.activations.hard_silu(tf.constant(3.0)))
    3.0
    """
    return smooth.hard_silu(_tensor(x))


@refusing("tf.keras.activations.hard_tanh")
def hard_tanh(x: Any) -> Any:
    """x within [-1, 1].

    >>> import addax as tf
    >>> float(tf.keras.activations.hard_tanh(tf.constant(3.0)))
    1.0
    """
    return ops_clip.clip_by_value(_tensor(x), -1.0, 1.0)


@refusing("tf.keras.activations.log_sigmoid")
def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)).

    >>> import addax as tf
    >>> round(float(tf.keras.activations.log_sigmoid(tf.constant(0.0))), 4)
    -0.6931
    """
    return -ops_nn.softplus(-_tensor(x))


@refusing("tf.keras.activations.celu")
def celu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha (exp(x / alpha) - 1) below (Barron 2017, arXiv:1704.07483).

    >>> import addax as tf
    >>> float(tf.keras.activations.celu(tf.constant(1.0)))
    1.0
    """
    return smooth.celu(_tensor(x), alpha)


def linear(x: Any) -> Any:
    """x itself.

    >>> import addax as tf
    >>> tf.keras.activations.linear(3)
    3
    """
    return x


for _function, _aliases in (
    (softmax, ()), (log_softmax, ()), (elu, ()), (selu, ()), (softplus, ()), (softsign, ()), (swish, ("silu",)),
    (mish, ()), (relu, ()), (relu6, ()), (leaky_relu, ()), (gelu, ()), (tanh, ()), (sigmoid, ()), (exponential, ()),
    (hard_sigmoid, ()), (hard_silu, ("hard_swish",)), (hard_tanh, ()), (log_sigmoid, ()), (celu, ()), (linear, ()),
):  # fmt: skip
    registry.register("activation", _function, *_aliases)

# TensorFlow's own functions, given as activations, are saved under Keras' names.
for _function, _name in (
    (ops_nn.softmax, "softmax"), (ops_nn.log_softmax, "log_softmax"), (ops_nn.elu, "elu"), (ops_nn.selu, "selu"),
    (ops_nn.softplus, "softplus"), (ops_nn.softsign, "softsign"), (ops_nn.silu, "swish"), (ops_nn.relu, "relu"),
    (ops_nn.relu6, "relu6"), (ops_nn.leaky_relu, "leaky_relu"), (ops_nn.gelu, "gelu"), (ops_math.tanh, "tanh"),
    (ops_math.sigmoid, "sigmoid"), (ops_math.exp, "exponential"),
):  # fmt: skip
    registry.same_as("activation", _function, _name)
