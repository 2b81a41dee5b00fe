"""Arrays given to other libraries and taken from them without a copy, by DLPack."""

from __future__ import annotations

from typing import Any

import jax

from addax.core import errors
from addax.core.tensor import Tensor, not_concrete

_HOST = (1, 0)  # DLPack's words for "CPU"


class _Offered:
    """A capsule as the object that the exchange protocol asks for it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        device = jax.devices()[0]
        return _HOST if device.platform == "cpu" else (2, device.id)


def to_dlpack(tf_tensor: Any) -> Any:
    """The memory of a tensor as a DLPack capsule, which one other library may take.

    Args:
        tf_tensor: a tensor.

    Returns:
        A capsule.

    Raises:
        InvalidArgumentError: no tensor, or one of strings.

    >>> import addax as tf
    >>> capsule = tf.experimental.dlpack.to_dlpack(tf.constant([1, 2]))
    >>> tf.experimental.dlpack.from_dlpack(capsule).numpy().tolist()
    [1, 2]
    """
    if not isinstance(tf_tensor, Tensor) or tf_tensor.dtype.name == "string":
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.experimental.dlpack.to_dlpack: The argument to `to_dlpack` must be a TF tensor, not Python object",
                received={"tf_tensor": tf_tensor},
            )
        )
    if tf_tensor.is_symbolic:
        raise not_concrete("tf.experimental.dlpack.to_dlpack", tf_tensor._value)
    return tf_tensor.__dlpack__()


def from_dlpack(dlcapsule: Any) -> Tensor:
    """A tensor over the memory of a DLPack capsule, or of an array of another library.

    Args:
        dlcapsule: a capsule, or an object with `__dlpack__` (an array of NumPy, PyTorch, JAX, CuPy, ...).

    Returns:
        A tensor.

    Raises:
        InvalidArgumentError: something else, or a capsule that was taken before.

    >>> import numpy as np
    >>> import addax as tf
    >>> tf.experimental.dlpack.from_dlpack(np.array([1.0, 2.0], "float32")).numpy().tolist()
    [1.0, 2.0]
    """
    offered = dlcapsule if hasattr(dlcapsule, "__dlpack__") else _Offered(dlcapsule)
    try:
        return Tensor(jax.dlpack.from_dlpack(offered))
    except (TypeError, ValueError, RuntimeError, jax.errors.JaxRuntimeError) as error:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.experimental.dlpack.from_dlpack",
                expected=f"a DLPack capsule that nobody took yet, or an array with __dlpack__ ({error})",
                received=f"a {type(dlcapsule).__name__}",
            )
        ) from None
