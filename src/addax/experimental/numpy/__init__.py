"""`tf.experimental.numpy`: NumPy's functions on tensors, with their gradients, in tf.functions and on accelerators.

Dtypes are NumPy's: Python's ints are int64, floats float64, and what is mixed is brought to a common dtype.

>>> import addax as tf
>>> tnp = tf.experimental.numpy
>>> tnp.mean(tnp.array([[1, 2], [3, 4]]), axis=0).numpy().tolist()
[2.0, 3.0]
"""

# ruff: noqa: A004

import numpy as _np

from addax.core.names import missing_name as _missing_name
from addax.core.tensor import Tensor as ndarray
from addax.experimental.numpy import random
from addax.ops.tnp.arithmetic import (
    add,
    clip,
    divide,
    divmod,
    float_power,
    floor_divide,
    heaviside,
    logaddexp,
    logaddexp2,
    maximum,
    minimum,
    mod,
    multiply,
    nextafter,
    power,
    remainder,
    subtract,
    true_divide,
)
from addax.ops.tnp.behavior import experimental_enable_numpy_behavior
from addax.ops.tnp.complex_numbers import (
    angle,
    conj,
    conjugate,
    imag,
    iscomplex,
    iscomplexobj,
    isreal,
    isrealobj,
    real,
)
from addax.ops.tnp.creation import (
    arange,
    array,
    asanyarray,
    asarray,
    ascontiguousarray,
    copy,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    geomspace,
    identity,
    linspace,
    logspace,
    ones,
    ones_like,
    tri,
    vander,
    zeros,
    zeros_like,
)
from addax.ops.tnp.elementwise import (
    abs,
    absolute,
    around,
    cbrt,
    ceil,
    exp,
    exp2,
    expm1,
    fabs,
    fix,
    floor,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    log,
    log1p,
    log2,
    log10,
    negative,
    positive,
    reciprocal,
    round,
    sign,
    signbit,
    sqrt,
    square,
)
from addax.ops.tnp.integers import (
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    gcd,
    lcm,
)
from addax.ops.tnp.joining import (
    append,
    concatenate,
    dsplit,
    dstack,
    hsplit,
    hstack,
    meshgrid,
    split,
    stack,
    vsplit,
    vstack,
)
from addax.ops.tnp.linear_algebra import (
    cross,
    diag,
    diag_indices,
    diagflat,
    diagonal,
    diff,
    dot,
    einsum,
    inner,
    kron,
    matmul,
    outer,
    polyval,
    tensordot,
    trace,
    tril,
    triu,
    vdot,
)
from addax.ops.tnp.logic import (
    all,
    allclose,
    any,
    array_equal,
    equal,
    greater,
    greater_equal,
    isclose,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
)
from addax.ops.tnp.manipulation import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_arrays,
    broadcast_to,
    expand_dims,
    flatten,
    flip,
    fliplr,
    flipud,
    isscalar,
    moveaxis,
    ndim,
    pad,
    ravel,
    repeat,
    reshape,
    roll,
    rot90,
    shape,
    size,
    squeeze,
    swapaxes,
    tile,
    transpose,
)
from addax.ops.tnp.reductions import (
    amax,
    amin,
    argmax,
    argmin,
    average,
    count_nonzero,
    cumprod,
    cumsum,
    max,
    mean,
    min,
    nanmean,
    nanprod,
    nansum,
    prod,
    ptp,
    std,
    sum,
    var,
)
from addax.ops.tnp.selection import (
    argsort,
    compress,
    ix_,
    nonzero,
    select,
    sort,
    take,
    take_along_axis,
    where,
)
from addax.ops.tnp.trigonometry import (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cos,
    cosh,
    deg2rad,
    hypot,
    rad2deg,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)
from addax.ops.tnp.types import (
    finfo,
    iinfo,
    issubdtype,
    promote_types,
    result_type,
)

bool_ = _np.bool_
complex128 = complex_ = _np.complex128
complex64 = _np.complex64
float16, float32 = _np.float16, _np.float32
float64 = float_ = _np.float64
inexact = _np.inexact
int8, int16, int32 = _np.int8, _np.int16, _np.int32
int64 = int_ = _np.int64
object_ = _np.object_
string_ = _np.bytes_
uint8, uint16, uint32, uint64 = _np.uint8, _np.uint16, _np.uint32, _np.uint64
unicode_ = _np.str_

e, inf, newaxis, pi = _np.e, _np.inf, None, _np.pi

__getattr__ = _missing_name(__name__, globals())
