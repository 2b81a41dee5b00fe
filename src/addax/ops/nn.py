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
from addax.ops.blocks import (
    batch_to_space,
    depth_to_space,
    required_space_to_batch_paddings,
    space_to_batch,
    space_to_batch_nd,
    space_to_depth,
    with_space_to_batch,
)
from addax.ops.candidate_sampling import (
    all_candidate_sampler,
    compute_accidental_hits,
    fixed_unigram_candidate_sampler,
    learned_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    nce_loss,
    sampled_softmax_loss,
    uniform_candidate_sampler,
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
from addax.ops.conv_gradients import conv, conv2d_backprop_filter_v2, conv2d_backprop_input_v2
from addax.ops.cross_entropy import (
    compute_average_loss,
    l2_loss,
    log_poisson_loss,
    scale_regularization_loss,
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from addax.ops.ctc import collapse_repeated, ctc_beam_search_decoder, ctc_greedy_decoder, ctc_loss, ctc_unique_labels
from addax.ops.elementwise import sigmoid, tanh
from addax.ops.embedding import embedding_lookup, embedding_lookup_sparse, safe_embedding_lookup_sparse
from addax.ops.fractional_pooling import fractional_avg_pool, fractional_max_pool
from addax.ops.isotonic import isotonic_regression
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
