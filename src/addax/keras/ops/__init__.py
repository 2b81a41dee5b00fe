"""Keras 3's functions of tensors, `keras.ops`: NumPy's names, and those of neural networks."""

from addax.core.names import missing_name
from addax.keras.ops import numpy
from addax.keras.ops.numpy import (
    abs as abs,
)
from addax.keras.ops.numpy import (
    absolute as absolute,
)
from addax.keras.ops.numpy import (
    add as add,
)
from addax.keras.ops.numpy import (
    angle as angle,
)
from addax.keras.ops.numpy import (
    arccos as arccos,
)
from addax.keras.ops.numpy import (
    arccosh as arccosh,
)
from addax.keras.ops.numpy import (
    arcsin as arcsin,
)
from addax.keras.ops.numpy import (
    arcsinh as arcsinh,
)
from addax.keras.ops.numpy import (
    arctan as arctan,
)
from addax.keras.ops.numpy import (
    arctan2 as arctan2,
)
from addax.keras.ops.numpy import (
    arctanh as arctanh,
)
from addax.keras.ops.numpy import (
    bitwise_and as bitwise_and,
)
from addax.keras.ops.numpy import (
    bitwise_invert as bitwise_invert,
)
from addax.keras.ops.numpy import (
    bitwise_left_shift as bitwise_left_shift,
)
from addax.keras.ops.numpy import (
    bitwise_not as bitwise_not,
)
from addax.keras.ops.numpy import (
    bitwise_or as bitwise_or,
)
from addax.keras.ops.numpy import (
    bitwise_right_shift as bitwise_right_shift,
)
from addax.keras.ops.numpy import (
    bitwise_xor as bitwise_xor,
)
from addax.keras.ops.numpy import (
    cbrt as cbrt,
)
from addax.keras.ops.numpy import (
    ceil as ceil,
)
from addax.keras.ops.numpy import (
    clip as clip,
)
from addax.keras.ops.numpy import (
    conj as conj,
)
from addax.keras.ops.numpy import (
    conjugate as conjugate,
)
from addax.keras.ops.numpy import (
    cos as cos,
)
from addax.keras.ops.numpy import (
    cosh as cosh,
)
from addax.keras.ops.numpy import (
    deg2rad as deg2rad,
)
from addax.keras.ops.numpy import (
    divide as divide,
)
from addax.keras.ops.numpy import (
    divide_no_nan as divide_no_nan,
)
from addax.keras.ops.numpy import (
    exp as exp,
)
from addax.keras.ops.numpy import (
    exp2 as exp2,
)
from addax.keras.ops.numpy import (
    expm1 as expm1,
)
from addax.keras.ops.numpy import (
    fabs as fabs,
)
from addax.keras.ops.numpy import (
    floor as floor,
)
from addax.keras.ops.numpy import (
    floor_divide as floor_divide,
)
from addax.keras.ops.numpy import (
    fmax as fmax,
)
from addax.keras.ops.numpy import (
    fmin as fmin,
)
from addax.keras.ops.numpy import (
    fmod as fmod,
)
from addax.keras.ops.numpy import (
    gcd as gcd,
)
from addax.keras.ops.numpy import (
    heaviside as heaviside,
)
from addax.keras.ops.numpy import (
    hypot as hypot,
)
from addax.keras.ops.numpy import (
    i0 as i0,
)
from addax.keras.ops.numpy import (
    imag as imag,
)
from addax.keras.ops.numpy import (
    isfinite as isfinite,
)
from addax.keras.ops.numpy import (
    isinf as isinf,
)
from addax.keras.ops.numpy import (
    isnan as isnan,
)
from addax.keras.ops.numpy import (
    isneginf as isneginf,
)
from addax.keras.ops.numpy import (
    isposinf as isposinf,
)
from addax.keras.ops.numpy import (
    isreal as isreal,
)
from addax.keras.ops.numpy import (
    lcm as lcm,
)
from addax.keras.ops.numpy import (
    ldexp as ldexp,
)
from addax.keras.ops.numpy import (
    left_shift as left_shift,
)
from addax.keras.ops.numpy import (
    log as log,
)
from addax.keras.ops.numpy import (
    log1p as log1p,
)
from addax.keras.ops.numpy import (
    log2 as log2,
)
from addax.keras.ops.numpy import (
    log10 as log10,
)
from addax.keras.ops.numpy import (
    logaddexp as logaddexp,
)
from addax.keras.ops.numpy import (
    logaddexp2 as logaddexp2,
)
from addax.keras.ops.numpy import (
    maximum as maximum,
)
from addax.keras.ops.numpy import (
    minimum as minimum,
)
from addax.keras.ops.numpy import (
    mod as mod,
)
from addax.keras.ops.numpy import (
    multiply as multiply,
)
from addax.keras.ops.numpy import (
    nan_to_num as nan_to_num,
)
from addax.keras.ops.numpy import (
    negative as negative,
)
from addax.keras.ops.numpy import (
    nextafter as nextafter,
)
from addax.keras.ops.numpy import (
    power as power,
)
from addax.keras.ops.numpy import (
    rad2deg as rad2deg,
)
from addax.keras.ops.numpy import (
    real as real,
)
from addax.keras.ops.numpy import (
    reciprocal as reciprocal,
)
from addax.keras.ops.numpy import (
    right_shift as right_shift,
)
from addax.keras.ops.numpy import (
    round as round,
)
from addax.keras.ops.numpy import (
    sign as sign,
)
from addax.keras.ops.numpy import (
    signbit as signbit,
)
from addax.keras.ops.numpy import (
    sin as sin,
)
from addax.keras.ops.numpy import (
    sinc as sinc,
)
from addax.keras.ops.numpy import (
    sinh as sinh,
)
from addax.keras.ops.numpy import (
    sqrt as sqrt,
)
from addax.keras.ops.numpy import (
    square as square,
)
from addax.keras.ops.numpy import (
    subtract as subtract,
)
from addax.keras.ops.numpy import (
    tan as tan,
)
from addax.keras.ops.numpy import (
    tanh as tanh,
)
from addax.keras.ops.numpy import (
    true_divide as true_divide,
)
from addax.keras.ops.numpy import (
    trunc as trunc,
)
from addax.keras.ops.numpy import (
    view as view,
)

__getattr__ = missing_name(__name__, globals())
