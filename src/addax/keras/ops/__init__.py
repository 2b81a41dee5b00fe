"""Keras 3's functions of tensors, `keras.ops`: NumPy's names, and those of neural networks."""

from addax.core.names import missing_name
from addax.keras.ops import image, linalg, nn, numpy
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
from addax.keras.ops.core import associative_scan as associative_scan
from addax.keras.ops.core import cast as cast
from addax.keras.ops.core import cond as cond
from addax.keras.ops.core import convert_to_numpy as convert_to_numpy
from addax.keras.ops.core import convert_to_tensor as convert_to_tensor
from addax.keras.ops.core import custom_gradient as custom_gradient
from addax.keras.ops.core import dtype as dtype
from addax.keras.ops.core import fori_loop as fori_loop
from addax.keras.ops.core import is_tensor as is_tensor
from addax.keras.ops.core import map as map
from addax.keras.ops.core import saturate_cast as saturate_cast
from addax.keras.ops.core import scan as scan
from addax.keras.ops.core import scatter as scatter
from addax.keras.ops.core import scatter_update as scatter_update
from addax.keras.ops.core import shape as shape
from addax.keras.ops.core import slice as slice
from addax.keras.ops.core import slice_update as slice_update
from addax.keras.ops.core import stop_gradient as stop_gradient
from addax.keras.ops.core import switch as switch
from addax.keras.ops.core import unstack as unstack
from addax.keras.ops.core import vectorized_map as vectorized_map
from addax.keras.ops.core import while_loop as while_loop
from addax.keras.ops.linalg import cholesky as cholesky
from addax.keras.ops.linalg import cholesky_inverse as cholesky_inverse
from addax.keras.ops.linalg import det as det
from addax.keras.ops.linalg import eig as eig
from addax.keras.ops.linalg import eigh as eigh
from addax.keras.ops.linalg import inv as inv
from addax.keras.ops.linalg import jvp as jvp
from addax.keras.ops.linalg import lstsq as lstsq
from addax.keras.ops.linalg import lu_factor as lu_factor
from addax.keras.ops.linalg import matrix_rank as matrix_rank
from addax.keras.ops.linalg import norm as norm
from addax.keras.ops.linalg import pinv as pinv
from addax.keras.ops.linalg import qr as qr
from addax.keras.ops.linalg import solve as solve
from addax.keras.ops.linalg import solve_triangular as solve_triangular
from addax.keras.ops.linalg import svd as svd
from addax.keras.ops.math import cdist as cdist
from addax.keras.ops.math import erf as erf
from addax.keras.ops.math import erfc as erfc
from addax.keras.ops.math import erfinv as erfinv
from addax.keras.ops.math import extract_sequences as extract_sequences
from addax.keras.ops.math import fft as fft
from addax.keras.ops.math import fft2 as fft2
from addax.keras.ops.math import ifft2 as ifft2
from addax.keras.ops.math import in_top_k as in_top_k
from addax.keras.ops.math import irfft as irfft
from addax.keras.ops.math import istft as istft
from addax.keras.ops.math import logdet as logdet
from addax.keras.ops.math import logsumexp as logsumexp
from addax.keras.ops.math import rfft as rfft
from addax.keras.ops.math import rsqrt as rsqrt
from addax.keras.ops.math import segment_max as segment_max
from addax.keras.ops.math import segment_min as segment_min
from addax.keras.ops.math import segment_prod as segment_prod
from addax.keras.ops.math import segment_sum as segment_sum
from addax.keras.ops.math import stft as stft
from addax.keras.ops.math import top_k as top_k
from addax.keras.ops.math import view_as_complex as view_as_complex
from addax.keras.ops.math import view_as_real as view_as_real
from addax.keras.ops.nn import adaptive_average_pool as adaptive_average_pool
from addax.keras.ops.nn import adaptive_max_pool as adaptive_max_pool
from addax.keras.ops.nn import average_pool as average_pool
from addax.keras.ops.nn import batch_normalization as batch_normalization
from addax.keras.ops.nn import binary_crossentropy as binary_crossentropy
from addax.keras.ops.nn import categorical_crossentropy as categorical_crossentropy
from addax.keras.ops.nn import conv as conv
from addax.keras.ops.nn import conv_transpose as conv_transpose
from addax.keras.ops.nn import ctc_decode as ctc_decode
from addax.keras.ops.nn import ctc_loss as ctc_loss
from addax.keras.ops.nn import depth_to_space as depth_to_space
from addax.keras.ops.nn import depthwise_conv as depthwise_conv
from addax.keras.ops.nn import dot_product_attention as dot_product_attention
from addax.keras.ops.nn import fold as fold
from addax.keras.ops.nn import layer_normalization as layer_normalization
from addax.keras.ops.nn import max_pool as max_pool
from addax.keras.ops.nn import moments as moments
from addax.keras.ops.nn import multi_hot as multi_hot
from addax.keras.ops.nn import normalize as normalize
from addax.keras.ops.nn import one_hot as one_hot
from addax.keras.ops.nn import polar as polar
from addax.keras.ops.nn import psnr as psnr
from addax.keras.ops.nn import rms_normalization as rms_normalization
from addax.keras.ops.nn import separable_conv as separable_conv
from addax.keras.ops.nn import space_to_depth as space_to_depth
from addax.keras.ops.nn import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from addax.keras.ops.nn import unfold as unfold
from addax.keras.ops.numpy import (
    abs,
    absolute,
    add,
    all,
    allclose,
    amax,
    amin,
    angle,
    any,
    append,
    arange,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    argmax,
    argmin,
    argpartition,
    argsort,
    array,
    array_split,
    average,
    bartlett,
    bincount,
    bitwise_and,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    blackman,
    broadcast_to,
    cbrt,
    ceil,
    clip,
    concatenate,
    conj,
    conjugate,
    copy,
    corrcoef,
    correlate,
    cos,
    cosh,
    count_nonzero,
    cross,
    cumprod,
    cumsum,
    deg2rad,
    diag,
    diagflat,
    diagonal,
    diff,
    digitize,
    divide,
    divide_no_nan,
    dot,
    dsplit,
    dstack,
    einsum,
    empty,
    empty_like,
    equal,
    exp,
    exp2,
    expand_dims,
    expm1,
    eye,
    fabs,
    flip,
    fliplr,
    flipud,
    floor,
    floor_divide,
    fmax,
    fmin,
    fmod,
    full,
    full_like,
    gcd,
    geomspace,
    get_item,
    greater,
    greater_equal,
    hamming,
    hanning,
    heaviside,
    histogram,
    hsplit,
    hstack,
    hypot,
    i0,
    identity,
    imag,
    inner,
    isclose,
    isfinite,
    isin,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    kaiser,
    kron,
    lcm,
    ldexp,
    left_shift,
    less,
    less_equal,
    linspace,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    logspace,
    matmul,
    max,
    maximum,
    mean,
    median,
    meshgrid,
    min,
    minimum,
    mod,
    moveaxis,
    multiply,
    nan_to_num,
    nanargmax,
    nanargmin,
    nancumprod,
    nancumsum,
    nanmax,
    nanmean,
    nanmedian,
    nanmin,
    nanpercentile,
    nanprod,
    nanquantile,
    nanstd,
    nansum,
    nanvar,
    ndim,
    negative,
    nextafter,
    nonzero,
    not_equal,
    ones,
    ones_like,
    outer,
    pad,
    percentile,
    power,
    prod,
    ptp,
    quantile,
    rad2deg,
    ravel,
    real,
    reciprocal,
    repeat,
    reshape,
    right_shift,
    roll,
    rot90,
    round,
    searchsorted,
    select,
    sign,
    signbit,
    sin,
    sinc,
    sinh,
    size,
    slogdet,
    sort,
    split,
    sqrt,
    square,
    squeeze,
    stack,
    std,
    subtract,
    sum,
    swapaxes,
    take,
    take_along_axis,
    tan,
    tanh,
    tensordot,
    tile,
    trace,
    transpose,
    trapezoid,
    tri,
    tril,
    triu,
    true_divide,
    trunc,
    unique,
    unravel_index,
    vander,
    var,
    vdot,
    vectorize,
    view,
    vsplit,
    vstack,
    where,
    zeros,
    zeros_like,
)
from addax.keras.ops.rearranging import rearrange as rearrange

__getattr__ = missing_name(__name__, globals())
