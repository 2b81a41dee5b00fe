"""From NumPy's memory to tensors' arrays: on the device, or kept as they are where they are few (see small_tensors)."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import numpy as np

from addax.core import context, tensor
from addax.core.tensor import Tensor, Tracer
from addax.formats import memory


@partial(jax.jit, donate_argnums=0)
def hand_over(array: np.ndarray) -> Any:
    """The array. jit hands NumPy's over four times faster than device_put, but is compiled for each shape (10 ms).

    It is donated, so that what was moved to the device is not copied there once more.
    """
    return array


_handed_over: dict[tuple[tuple[int, ...], np.dtype], int] = {}  # how often each came
_WORTH_IT, _MOST_SHAPES = 16, 4096
_LARGE = 2 << 20  # bytes; from here on one copy costs more than a call

SMALL = 1024  # elements; from there on XLA's program costs about as much as NumPy's, and runs on all cores


def small_tensor(array: Any) -> Tensor:
    """The tensor of NumPy's array or scalar, which nobody else writes to."""
    made = _new(Tensor)
    made._host, made._jax = array, None
    return made


_new = object.__new__


def kept(array: Any) -> Any:
    """NumPy's array as a small tensor holds it (see `small_tensors`), or as JAX's."""
    state = context.state
    if state.quiet and not state.devices and array.size <= SMALL and may_stay(array):
        return np.array(array)
    return to_device(array)


def may_stay(array: Any) -> bool:
    """Whether NumPy computes with such numbers as XLA does: not where denormal ones count as zero."""
    dtype = array.dtype
    if dtype.num not in _SMALL_DTYPES or not dtype.isnative or not on_cpu():
        return False
    if dtype.kind != "f":
        return True
    tiny = np.count_nonzero(np.absolute(array) < _NORMAL[dtype.itemsize])
    return not tiny or tiny == array.size - np.count_nonzero(array)


_SMALL_DTYPES = frozenset(np.dtype(name).num for name in ("bool", "uint8", "int32", "int64", "float32", "float64"))
_NORMAL = {4: np.finfo(np.float32).tiny, 8: np.finfo(np.float64).tiny}


@cache
def on_cpu() -> bool:
    """Whether the device that XLA takes by itself is a CPU."""
    return jax.default_backend() == "cpu"


def to_device(array: np.ndarray | np.generic) -> Any:
    """A NumPy array as a JAX array on the default device, concrete even while a function is traced."""
    if array.dtype.kind in "OSU":
        return as_object_array(array)
    transfer: Any = hand_over
    if array.nbytes >= _LARGE:
        array = _aligned_copy(array)
        transfer = jax.device_put
    else:
        array = np.array(array)  # JAX may keep the memory it is given, which the caller may write to
        shape = (array.shape, array.dtype)
        times = _handed_over.get(shape, 0)
        if times < _WORTH_IT:
            if len(_handed_over) >= _MOST_SHAPES:
                _handed_over.clear()
            _handed_over[shape] = times + 1
            transfer = jax.device_put
    if context.state.trace is None:
        made = transfer(array)
        if not isinstance(made, Tracer):  # as it is in a JAX program of the user's
            return made
    with jax.ensure_compile_time_eval():
        return jax.device_put(array)  # jit would keep an entry for each trace, and find none in the next


tensor.to_xla = to_device


def _aligned_copy(array: Any) -> np.ndarray:
    """A copy whose memory a CPU takes over as it is."""
    copy = memory.aligned_empty(array.shape, array.dtype)
    np.copyto(copy, array)
    return copy


def as_object_array(array: Any) -> np.ndarray:
    """Strings as TensorFlow holds them: an object array of bytes."""
    array = np.asarray(array)
    if array.dtype.kind == "S":
        return array.astype(object)
    flat = [item.encode("utf-8") if isinstance(item, str) else item for item in array.reshape(-1).tolist()]
    flat = [bytes(item) if isinstance(item, np.bytes_) else item for item in flat]
    for item in flat:
        if not isinstance(item, bytes):
            raise TypeError(f"cannot make a tensor of a Python {type(item).__name__}: {item!r:.80}")
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(array.shape)
