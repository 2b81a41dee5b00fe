"""`keras.ops`: normalization, cross-entropies and attention; with `windows` and `activations` Keras 3's ops.nn."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.keras import config
from addax.keras.ops.activations import celu as celu
from addax.keras.ops.activations import elu as elu
from addax.keras.ops.activations import gelu as gelu
from addax.keras.ops.activations import glu as glu
from addax.keras.ops.activations import hard_shrink as hard_shrink
from addax.keras.ops.activations import hard_sigmoid as hard_sigmoid
from addax.keras.ops.activations import hard_silu as hard_silu
from addax.keras.ops.activations import hard_swish as hard_swish
from addax.keras.ops.activations import hard_tanh as hard_tanh
from addax.keras.ops.activations import leaky_relu as leaky_relu
from addax.keras.ops.activations import log_sigmoid as log_sigmoid
from addax.keras.ops.activations import log_softmax as log_softmax
from addax.keras.ops.activations import relu as relu
from addax.keras.ops.activations import relu6 as relu6
from addax.keras.ops.activations import selu as selu
from addax.keras.ops.activations import sigmoid as sigmoid
from addax.keras.ops.activations import silu as silu
from addax.keras.ops.activations import soft_shrink as soft_shrink
from addax.keras.ops.activations import softmax as softmax
from addax.keras.ops.activations import softplus as softplus
from addax.keras.ops.activations import softsign as softsign
from addax.keras.ops.activations import sparse_plus as sparse_plus
from addax.keras.ops.activations import sparse_sigmoid as sparse_sigmoid
from addax.keras.ops.activations import sparsemax as sparsemax
from addax.keras.ops.activations import squareplus as squareplus
from addax.keras.ops.activations import swish as swish
from addax.keras.ops.activations import tanh_shrink as tanh_shrink
from addax.keras.ops.activations import threshold as threshold
from addax.keras.ops.function import function
from addax.keras.ops.promotion import common_floats, floats, result_type, tensor
from addax.keras.ops.windows import adaptive_average_pool as adaptive_average_pool
from addax.keras.ops.windows import adaptive_max_pool as adaptive_max_pool
from addax.keras.ops.windows import average_pool as average_pool
from addax.keras.ops.windows import conv as conv
from addax.keras.ops.windows import conv_transpose as conv_transpose
from addax.keras.ops.windows import depth_to_space as depth_to_space
from addax.keras.ops.windows import depthwise_conv as depthwise_conv
from addax.keras.ops.windows import fold as fold
from addax.keras.ops.windows import max_pool as max_pool
from addax.keras.ops.windows import separable_conv as separable_conv
from addax.keras.ops.windows import space_to_depth as space_to_depth
from addax.keras.ops.windows import unfold as unfold
from addax.ops import activations as act
from addax.ops import (
    arithmetic,
    casting,
    clip,
    creation,
    ctc,
    elementwise,
    gathering,
    joining,
    matrix_functions,
    normalizing_layers,
    reductions,
    shaping,
    unfolding,
)

# ---------------------------------------------------------------------------- normalization


@function
def moments(x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False) -> Any:
    """Mean and variance along axes, computed in at least float32.

    Args:
        x: a tensor.
        axes: a number or several.
        keepdims: whether the axes stay, with size 1.
        synchronized: whether over all replicas too; here a batch is one tensor however many devices hold it.

    >>> from addax.keras import ops
    >>> mean, variance = ops.moments([[1.0, 3.0], [2.0, 2.0]], axes=1)
    >>> mean.numpy().tolist(), variance.numpy().tolist()
    ([2.0, 2.0], [1.0, 0.0])
    """
    made = floats(x)
    narrow = made.dtype.name in ("float16", "bfloat16")
    wide = casting.cast(made, "float32") if narrow else made
    axes = [axes] if isinstance(axes, int) else list(axes)
    found = [reductions.reduce_mean(wide, axes, keepdims), reductions.reduce_variance(wide, axes, keepdims)]
    if not narrow:
        return tuple(found)
    top = float(np.finfo(np.float16).max)
    return tuple(casting.cast(clip.clip_by_value(each, -top, top), made.dtype) for each in found)


@function
def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with statistics along one axis.

    >>> from addax.keras import ops
    >>> ops.batch_normalization([[3.0]], [1.0], [4.0], -1, epsilon=0.0).numpy().tolist()
    [[1.0]]
    """
    made, *given = common_floats(x, *[each for each in (mean, variance, offset, scale) if each is not None])
    shape = [1] * len(made.shape)
    shape[axis] = -1
    rest = iter([shaping.reshape(each, shape) for each in given])
    mean, variance, offset, scale = (None if each is None else next(rest) for each in (mean, variance, offset, scale))
    inverse = elementwise.rsqrt(variance + epsilon)
    inverse = inverse if scale is None else inverse * scale
    out = made * inverse - mean * inverse
    return out if offset is None else out + offset


@function
def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None,
    rms_scaling: bool = False,
) -> Any:  # fmt: skip
    """x with mean 0 and variance 1 along axes, then scaled and shifted.

    Args:
        x: a tensor.
        gamma: the scale, of the shape of these axes.
        beta: the offset, likewise.
        axis: a number or several.
        epsilon: added to the variance; by default `epsilon()`.
        rms_scaling: whether to divide by the variance's root only, without centering (an older option).

    >>> from addax.keras import ops
    >>> ops.layer_normalization([[1.0, 3.0]], epsilon=0.0).numpy().tolist()
    [[-1.0, 1.0]]
    """
    made = floats(x)
    axes = _axes(axis, len(made.shape))
    small = config.epsilon() if epsilon is None else epsilon
    gamma, beta = (None if each is None else tensor(each, made.dtype) for each in (gamma, beta))
    if not rms_scaling:
        return normalizing_layers.layer_norm(made, gamma, beta, axes, small)
    variance = reductions.reduce_variance(casting.cast(made, _wide(made)), list(axes), keepdims=True)
    out = casting.cast(casting.cast(made, _wide(made)) * elementwise.rsqrt(variance + small), made.dtype)
    return out if gamma is None else out * shaping.reshape(gamma, _along(made, axes))


@function
def rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None) -> Any:
    """x over its root mean square along axes, then scaled.

    >>> from addax.keras import ops
    >>> ops.rms_normalization([3.0, 3.0], epsilon=0.0).numpy().tolist()
    [1.0, 1.0]
    """
    made = floats(x)
    axes = _axes(axis, len(made.shape))
    small = config.epsilon() if epsilon is None else epsilon
    sizes = [made.shape[i] for i in axes]
    factor = tensor(1.0 if scale is None else scale, made.dtype)
    factor = factor if len(factor.shape) else creation.ones(sizes, made.dtype) * factor
    return normalizing_layers.rms_norm(made, factor, axes, small)


def _axes(axis: Any, rank: int) -> tuple[int, ...]:
    return tuple(sorted(each % rank for each in ([axis] if isinstance(axis, int) else axis)))


def _along(x: Any, axes: tuple[int, ...]) -> list[int]:
    return [x.shape[i] if i in axes else 1 for i in range(len(x.shape))]


def _wide(x: Any) -> str:
    return "float32" if x.dtype.size < 4 else x.dtype.name


@function
def normalize(x: Any, axis: Any = -1, order: int = 2, epsilon: float | None = None) -> Any:
    """x over its norm along an axis.

    >>> from addax.keras import ops
    >>> ops.normalize([3.0, 4.0]).numpy().round(4).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    if not isinstance(order, int) or not order >= 1:
        raise ValueError(f"Argument `order` must be an int >= 1. Received: order={order}")
    made = floats(x)
    made = shaping.expand_dims(made, 0) if not len(made.shape) else made
    small = config.epsilon() if epsilon is None else epsilon
    if order == 2:
        squares = reductions.reduce_sum(elementwise.square(made), axis, keepdims=True)
        return made * arithmetic.minimum(elementwise.rsqrt(squares), 1.0 / small)
    return made / arithmetic.maximum(matrix_functions.norm(made, order, axis, keepdims=True), small)


# ---------------------------------------------------------------------------- classes


@function
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """Vectors with a 1 at the place of a class; zeros for a class that does not exist.

    >>> from addax.keras import ops
    >>> ops.one_hot([2, -1], 3).numpy().tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    made = tensor(x)
    made = made if made.dtype.is_integer else casting.cast(made, "int32")
    wanted = dtypes.as_dtype(dtype or config.floatx())
    dense = creation.one_hot(made, num_classes, axis=axis, dtype=dtypes.as_dtype("int32") if wanted.is_bool else wanted)
    dense = casting.cast(dense, wanted) if wanted.is_bool else dense
    return _sparse(dense) if sparse else dense


def _sparse(dense: Any) -> Any:
    from addax.ops import sparse_shaping  # few programs have sparse tensors

    return sparse_shaping.from_dense(dense)


@function
def multi_hot(
    inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, sparse: bool = False,
    num_tokens: int | None = None,
) -> Any:  # fmt: skip
    """Vectors with a 1 at the place of each class of a row.

    >>> from addax.keras import ops
    >>> ops.multi_hot([[0, 2]], 4).numpy().tolist()
    [[1.0, 0.0, 1.0, 0.0]]
    """
    count = num_classes if num_classes is not None else num_tokens
    if count is None:
        raise ValueError("Argument `num_classes` must be specified.")
    made = tensor(inputs)
    truth = dtype is not None and dtypes.as_dtype(dtype).is_bool
    dense = reductions.reduce_max(one_hot(made, count, axis, "int32" if truth else dtype), int(len(made.shape) > 1))
    dense = casting.cast(dense, dtype) if truth else dense
    return _sparse(dense) if sparse else dense


def _probabilities(output: Any) -> Any:
    return clip.clip_by_value(output, config.epsilon(), 1.0 - config.epsilon())


@function
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """The cross-entropy of each element.

    Args:
        target: 0, 1, or between.
        output: probabilities of the same shape.
        from_logits: whether they are logits.

    >>> from addax.keras import ops
    >>> ops.binary_crossentropy([0.0, 1.0], [0.5, 0.5]).numpy().round(4).tolist()
    [0.6930999755859375, 0.6930999755859375]
    """
    true, out = common_floats(target, output)
    _same_shape("binary_crossentropy", true, out)
    if from_logits:
        zero = arithmetic.maximum(out, 0.0)
        return zero - out * true + elementwise.log1p(elementwise.exp(-elementwise.abs(out)))
    p = _probabilities(out)
    return -(true * elementwise.log(p) + (1.0 - true) * elementwise.log(1.0 - p))


def _same_shape(who: str, target: Any, output: Any) -> None:
    if len(target.shape) != len(output.shape) or tuple(target.shape) != tuple(output.shape):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape. "
            f"Received: target.shape={tuple(target.shape)}, output.shape={tuple(output.shape)} (keras.ops.{who})"
        )


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Any:
    if from_logits:
        return act.log_softmax(output, axis)
    return elementwise.log(_probabilities(output / reductions.reduce_sum(output, axis, keepdims=True)))


@function
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-sum(target log(p)) along an axis, of probabilities (made to sum to one) or logits.

    Args:
        target: probabilities.
        output: probabilities or logits of the same shape.
        from_logits: whether `output` is logits.
        axis: of the classes.
    Raises:
        ValueError: the shapes differ.

    >>> from addax.keras import ops
    >>> print(ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4))
    [0.6931]
    """
    true, out = common_floats(target, output)
    _same_shape("categorical_crossentropy", true, out)
    if not len(true.shape):
        raise ValueError("Arguments `target` and `output` must be at least rank 1.")
    return -reductions.reduce_sum(true * _log_probabilities(out, from_logits, axis), axis)


@function
def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-log(p of the target class), of probabilities (made to sum to one) or logits.

    >>> from addax.keras import ops
    >>> ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    true, out = tensor(target, "int32"), floats(output)
    out = tensor(out, result_type(out, config.floatx()))  # Keras 3 multiplies with a one-hot tensor of floatx
    if not len(out.shape):
        raise ValueError("Argument `output` must be at least rank 1.")
    if len(true.shape) == len(out.shape) and true.shape[-1] == 1:
        true = shaping.squeeze(true, [-1])
    sizes = out.shape.as_list()
    sizes.pop(axis)
    if true.shape.as_list() != sizes:
        raise ValueError(
            "Arguments `target` and `output` must have the same shape up until the last dimension: "
            f"target.shape={tuple(true.shape)}, output.shape={tuple(out.shape)}"
        )
    chosen = creation.one_hot(true, out.shape[axis], axis=axis, dtype=out.dtype)
    return -reductions.reduce_sum(chosen * _log_probabilities(out, from_logits, axis), axis)


@function
def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0) -> Any:
    """The negative log probability of label sequences (Graves et al. 2006).

    Args:
        target: integers of shape (batch, longest label sequence).
        output: logits of shape (batch, frames, classes).
        target_length: integers of shape (batch,).
        output_length: integers of shape (batch,), the frames of each example.
        mask_index: the class of the blank.

    >>> from addax.keras import ops
    >>> print(ops.ctc_loss([[1]], [[[0.0, 0.0]]], [1], [1]).numpy().round(4))
    [0.6931]
    """
    return ctc.ctc_loss(
        tensor(target, "int32"), floats(output), tensor(target_length, "int32"), tensor(output_length, "int32"),
        logits_time_major=False, blank_index=mask_index,
    )  # fmt: skip


@function
def ctc_decode(
    inputs: Any, sequence_lengths: Any, strategy: str = "greedy", beam_width: int = 100, top_paths: int = 1,
    merge_repeated: bool = True, mask_index: int = 0,
) -> Any:  # fmt: skip
    """The likeliest label sequences.

    Args:
        inputs: logits of shape (batch, frames, classes).
        sequence_lengths: integers of shape (batch,).
        strategy: "greedy" or "beam_search".
        beam_width: how many prefixes the search keeps.
        top_paths: how many sequences it returns.
        merge_repeated: whether equal classes of neighbouring frames count once.
        mask_index: the class of the blank.

    Returns:
        (labels of shape (paths, batch, frames), filled up with -1; scores of shape (batch, paths)).

    >>> from addax.keras import ops
    >>> labels, scores = ops.ctc_decode([[[0.0, 5.0, 0.0], [0.0, 0.0, 5.0]]], [2])
    >>> labels.numpy().tolist()
    [[[1, 2]]]
    """
    if strategy not in ("greedy", "beam_search"):
        raise ValueError(f"Invalid strategy {strategy}. Supported values are 'greedy' and 'beam_search'.")
    x, lengths = floats(inputs), tensor(sequence_lengths, "int32")
    frames, classes = x.shape[1], x.shape[2]
    if strategy == "greedy":
        major = shaping.transpose(x, [1, 0, 2])
        found, scores = ctc.ctc_greedy_decoder(major, lengths, merge_repeated, mask_index)
        return shaping.expand_dims(_filled(found[0], frames), 0), scores
    # TensorFlow's blank is the last class.
    order = [i for i in range(classes) if i != mask_index % classes] + [mask_index % classes]
    major = shaping.transpose(gathering.gather(x, order, axis=2), [1, 0, 2])
    found, scores = ctc.ctc_beam_search_decoder(major, lengths, beam_width, top_paths)
    back = tensor(np.asarray([*order, -1], np.int32))
    numbers = [gathering.gather(back, _filled(each, frames, classes)) for each in found]
    return joining.stack(numbers), scores


def _filled(paths: Any, frames: int, fill: int = -1) -> Any:
    from addax.ops import sparse_shaping  # CTC decoders return sparse tensors

    dense = casting.cast(sparse_shaping.to_dense(paths, fill), "int32")
    return joining.pad(dense, [[0, 0], [0, frames - dense.shape[1]]], constant_values=fill)


# ---------------------------------------------------------------------------- attention and others


@function
def dot_product_attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None, scale: float | None = None,
    is_causal: bool = False, flash_attention: bool | None = None, attn_logits_soft_cap: float | None = None,
) -> Any:  # fmt: skip
    """softmax(scale query key^T + bias) value (Vaswani et al. 2017, arXiv:1706.03762).

    Args:
        query: (batch, targets, heads, depth).
        key: (batch, sources, heads, depth); fewer heads, that divide query's, are shared.
        value: like key.
        bias: added to the logits, (batch, heads, targets, sources) or what broadcasts.
        mask: True where attention may look; likewise.
        scale: by default 1 / sqrt(depth).
        is_causal: whether a target sees the sources up to its own place only.
        flash_attention: must not be True: the fused kernel is not asked for by name here; XLA decides.
        attn_logits_soft_cap: logits x become cap tanh(x / cap).

    Returns:
        A tensor like `query`.

    >>> from addax.keras import ops
    >>> x = ops.ones((1, 2, 1, 4))
    >>> ops.dot_product_attention(x, x, 3 * x).numpy()[0, 0, 0].tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    if flash_attention:
        raise ValueError(
            errors.message(
                "keras.ops.dot_product_attention", expected="flash_attention=None or False", received="True",
                hint="leave it out: XLA chooses how attention is computed",
            )
        )  # fmt: skip
    if any(len(tensor(each).shape) != 4 for each in (query, key, value)):
        raise ValueError(
            "`dot_product_attention` only supports 4D inputs. Received: "
            f"query.shape={tensor(query).shape}, key.shape={tensor(key).shape}, value.shape={tensor(value).shape}."
        )
    q, k, v = common_floats(query, key, value)
    bias, mask = (None if each is None else tensor(each) for each in (bias, mask))
    return unfolding.scaled_dot_product_attention(q, k, v, bias, mask, scale, is_causal, attn_logits_soft_cap)


@function
def polar(abs_: Any, angle: Any) -> Any:
    """The complex numbers of these absolute values and angles.

    >>> from addax.keras import ops
    >>> ops.polar(2.0, 0.0).numpy().item()
    (2+0j)
    """
    length, turn = (casting.cast(each, _wide(each)) for each in common_floats(abs_, angle))
    return casting.complex(length * elementwise.cos(turn), length * elementwise.sin(turn))


@function
def psnr(x1: Any, x2: Any, max_val: float) -> Any:
    """The peak signal-to-noise ratio of all elements together, in decibels.

    Args:
        x1: a tensor.
        x2: a tensor of the same shape.
        max_val: the largest value that a signal can have.

    >>> from addax.keras import ops
    >>> print(ops.psnr([0.0, 1.0], [0.0, 0.9], 1.0).numpy().round(4))
    23.0103
    """
    first, second = common_floats(x1, x2)
    if tuple(first.shape) != tuple(second.shape):
        raise ValueError(f"Input shapes {first.shape} and {second.shape} must match for PSNR calculation. ")
    error = reductions.reduce_mean(elementwise.square(first - second))
    decibels = 10.0 / float(np.log(10.0))
    return 20.0 * float(np.log10(max_val)) - decibels * elementwise.log(error)
