"""The functions of `tf.nn`, from the files they are written in."""

from __future__ import annotations

from addax.ops.activations import (
    crelu,
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    relu6,
    selu,
    silu,
    softmax,
    softplus,
    softsign,
    swish,
)
from addax.ops.clip import l2_normalize
from addax.ops.conv import (
    atrous_conv2d,
    atrous_conv2d_transpose,
    avg_pool,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    conv1d,
    conv1d_transpose,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    conv_transpose,
    convolution,
    depthwise_conv2d,
    depthwise_conv2d_backprop_filter,
    depthwise_conv2d_backprop_input,
    dilation2d,
    erosion2d,
    max_pool,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_pool_with_argmax,
    pool,
    separable_conv2d,
)
from addax.ops.cross_entropy import (
    l2_loss,
    log_poisson_loss,
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from addax.ops.elementwise import sigmoid, tanh
from addax.ops.embedding import embedding_lookup
from addax.ops.normalization import (
    batch_norm_with_global_normalization,
    batch_normalization,
    bias_add,
    dropout,
    general_dropout,
    local_response_normalization,
    lrn,
    moments,
    normalize_moments,
    stateless_dropout,
    sufficient_statistics,
    weighted_moments,
)
from addax.ops.ranking import approx_max_k, approx_min_k, in_top_k, top_k
from addax.ops.reductions import zero_fraction
