"""NumPy's functions among `keras.ops` (Keras 3's keras.ops.numpy)."""

from addax.keras.ops.elementwise import (
    abs as abs,
)
from addax.keras.ops.elementwise import (
    absolute as absolute,
)
from addax.keras.ops.elementwise import (
    add as add,
)
from addax.keras.ops.elementwise import (
    angle as angle,
)
from addax.keras.ops.elementwise import (
    arccos as arccos,
)
from addax.keras.ops.elementwise import (
    arccosh as arccosh,
)
from addax.keras.ops.elementwise import (
    arcsin as arcsin,
)
from addax.keras.ops.elementwise import (
    arcsinh as arcsinh,
)
from addax.keras.ops.elementwise import (
    arctan as arctan,
)
from addax.keras.ops.elementwise import (
    arctan2 as arctan2,
)
from addax.keras.ops.elementwise import (
    arctanh as arctanh,
)
from addax.keras.ops.elementwise import (
    bitwise_and as bitwise_and,
)
from addax.keras.ops.elementwise import (
    bitwise_invert as bitwise_invert,
)
from addax.keras.ops.elementwise import (
    bitwise_left_shift as bitwise_left_shift,
)
from addax.keras.ops.elementwise import (
    bitwise_not as bitwise_not,
)
from addax.keras.ops.elementwise import (
    bitwise_or as bitwise_or,
)
from addax.keras.ops.elementwise import (
    bitwise_right_shift as bitwise_right_shift,
)
from addax.keras.ops.elementwise import (
    bitwise_xor as bitwise_xor,
)
from addax.keras.ops.elementwise import (
    cbrt as cbrt,
)
from addax.keras.ops.elementwise import (
    ceil as ceil,
)
from addax.keras.ops.elementwise import (
    clip as clip,
)
from addax.keras.ops.elementwise import (
    conj as conj,
)
from addax.keras.ops.elementwise import (
    conjugate as conjugate,
)
from addax.keras.ops.elementwise import (
    cos as cos,
)
from addax.keras.ops.elementwise import (
    cosh as cosh,
)
from addax.keras.ops.elementwise import (
    deg2rad as deg2rad,
)
from addax.keras.ops.elementwise import (
    divide as divide,
)
from addax.keras.ops.elementwise import (
    divide_no_nan as divide_no_nan,
)
from addax.keras.ops.elementwise import (
    exp as exp,
)
from addax.keras.ops.elementwise import (
    exp2 as exp2,
)
from addax.keras.ops.elementwise import (
    expm1 as expm1,
)
from addax.keras.ops.elementwise import (
    fabs as fabs,
)
from addax.keras.ops.elementwise import (
    floor as floor,
)
from addax.keras.ops.elementwise import (
    floor_divide as floor_divide,
)
from addax.keras.ops.elementwise import (
    fmax as fmax,
)
from addax.keras.ops.elementwise import (
    fmin as fmin,
)
from addax.keras.ops.elementwise import (
    fmod as fmod,
)
from addax.keras.ops.elementwise import (
    gcd as gcd,
)
from addax.keras.ops.elementwise import (
    heaviside as heaviside,
)
from addax.keras.ops.elementwise import (
    hypot as hypot,
)
from addax.keras.ops.elementwise import (
    i0 as i0,
)
from addax.keras.ops.elementwise import (
    imag as imag,
)
from addax.keras.ops.elementwise import (
    isfinite as isfinite,
)
from addax.keras.ops.elementwise import (
    isinf as isinf,
)
from addax.keras.ops.elementwise import (
    isnan as isnan,
)
from addax.keras.ops.elementwise import (
    isneginf as isneginf,
)
from addax.keras.ops.elementwise import (
    isposinf as isposinf,
)
from addax.keras.ops.elementwise import (
    isreal as isreal,
)
from addax.keras.ops.elementwise import (
    lcm as lcm,
)
from addax.keras.ops.elementwise import (
    ldexp as ldexp,
)
from addax.keras.ops.elementwise import (
    left_shift as left_shift,
)
from addax.keras.ops.elementwise import (
    log as log,
)
from addax.keras.ops.elementwise import (
    log1p as log1p,
)
from addax.keras.ops.elementwise import (
    log2 as log2,
)
from addax.keras.ops.elementwise import (
    log10 as log10,
)
from addax.keras.ops.elementwise import (
    logaddexp as logaddexp,
)
from addax.keras.ops.elementwise import (
    logaddexp2 as logaddexp2,
)
from addax.keras.ops.elementwise import (
    maximum as maximum,
)
from addax.keras.ops.elementwise import (
    minimum as minimum,
)
from addax.keras.ops.elementwise import (
    mod as mod,
)
from addax.keras.ops.elementwise import (
    multiply as multiply,
)
from addax.keras.ops.elementwise import (
    nan_to_num as nan_to_num,
)
from addax.keras.ops.elementwise import (
    negative as negative,
)
from addax.keras.ops.elementwise import (
    nextafter as nextafter,
)
from addax.keras.ops.elementwise import (
    power as power,
)
from addax.keras.ops.elementwise import (
    rad2deg as rad2deg,
)
from addax.keras.ops.elementwise import (
    real as real,
)
from addax.keras.ops.elementwise import (
    reciprocal as reciprocal,
)
from addax.keras.ops.elementwise import (
    right_shift as right_shift,
)
from addax.keras.ops.elementwise import (
    round as round,
)
from addax.keras.ops.elementwise import (
    sign as sign,
)
from addax.keras.ops.elementwise import (
    signbit as signbit,
)
from addax.keras.ops.elementwise import (
    sin as sin,
)
from addax.keras.ops.elementwise import (
    sinc as sinc,
)
from addax.keras.ops.elementwise import (
    sinh as sinh,
)
from addax.keras.ops.elementwise import (
    sqrt as sqrt,
)
from addax.keras.ops.elementwise import (
    square as square,
)
from addax.keras.ops.elementwise import (
    subtract as subtract,
)
from addax.keras.ops.elementwise import (
    tan as tan,
)
from addax.keras.ops.elementwise import (
    tanh as tanh,
)
from addax.keras.ops.elementwise import (
    true_divide as true_divide,
)
from addax.keras.ops.elementwise import (
    trunc as trunc,
)
from addax.keras.ops.elementwise import (
    view as view,
)
