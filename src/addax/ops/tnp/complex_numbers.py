"""Parts of complex numbers, and which numbers are complex."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import casting, comparison
from addax.ops.tnp.promotion import as_tensor, dtype_of
from addax.ops.tnp.trigonometry import scaled


def _is_complex(x: Any) -> bool:
    return dtype_of(x).kind == "c"


def real(val: Any) -> Tensor:
    """The real part.

    >>> import addax.experimental.numpy as np
    >>> np.real([1 + 2j, 3]).numpy().tolist()
    [1.0, 3.0]
    """
    made = as_tensor(val)
    return casting.real(made) if _is_complex(made) else made


@op(name="experimental.numpy.zeros_like", differentiable=False)
def _zeros(x: FreeLike, dtype: Any) -> Any:
    return jnp.zeros(x.shape, dtype.np if hasattr(dtype, "np") else dtype)


def imag(val: Any) -> Tensor:
    """The imaginary part; zeros where there is none.

    >>> import addax.experimental.numpy as np
    >>> np.imag([1 + 2j, 3]).numpy().tolist()
    [2.0, 0.0]
    """
    made = as_tensor(val)
    return casting.imag(made) if _is_complex(made) else _zeros(made, dtype_of(made).name)


def angle(z: Any, deg: bool = False) -> Tensor:
    """The angle of complex numbers, in radians or degrees.

    >>> import addax as tf
    >>> tf.experimental.numpy.angle([1, 1j], deg=True).numpy().tolist()
    [0.0, 90.0]
    """
    made = as_tensor(z)
    # Of real numbers TensorFlow gives float32, whatever they are.
    found = casting.angle(made if _is_complex(made) else as_tensor(made, np.dtype(np.float32)))
    return scaled(found, 180.0 / math.pi) if deg else found


def conj(x: Any) -> Tensor:
    """The complex conjugate.

    >>> import addax.experimental.numpy as np
    >>> np.conj([1 + 2j]).numpy().tolist()
    [(1-2j)]
    """
    return casting.conj(as_tensor(x))


def conjugate(x: Any) -> Tensor:
    """The complex conjugate.

    >>> import addax.experimental.numpy as np
    >>> np.conjugate([1 + 2j]).numpy().tolist()
    [(1-2j)]
    """
    return conj(x)


@op(name="experimental.numpy.iscomplex", differentiable=False)
def _iscomplex(x: FreeLike) -> Any:
    return jnp.imag(x) != 0 if x.dtype.kind == "c" else jnp.zeros(x.shape, bool)


def iscomplex(x: Any) -> Tensor:
    """Whether the imaginary part is not 0.

    >>> import addax.experimental.numpy as np
    >>> np.iscomplex([1 + 0j, 1j]).numpy().tolist()
    [False, True]
    """
    return _iscomplex(as_tensor(x))


def isreal(x: Any) -> Tensor:
    """Whether the imaginary part is 0.

    >>> import addax.experimental.numpy as np
    >>> np.isreal([1 + 0j, 1j]).numpy().tolist()
    [True, False]
    """
    return comparison.logical_not(_iscomplex(as_tensor(x)))


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex.

    >>> import addax.experimental.numpy as np
    >>> np.iscomplexobj([1j]), np.iscomplexobj([1.0])
    (True, False)
    """
    return _is_complex(as_tensor(x))


def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex.

    >>> import addax.experimental.numpy as np
    >>> np.isrealobj([1j]), np.isrealobj([1.0])
    (False, True)
    """
    return not iscomplexobj(x)
