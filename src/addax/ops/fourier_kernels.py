"""tf.fftnd and its relatives at the top of the namespace: as `tf.signal`'s, with the kernel's names of arguments."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.core.tensor import Tensor
from addax.ops import fourier
from addax.ops.casting import cast


def fftnd(input: Any, fft_length: Any, axes: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The Fourier transform over axes of a complex tensor; see `tf.signal.fftnd`.

    Args:
        input: a complex tensor.
        fft_length: lengths to cut or pad the axes to.
        axes: the axes.
        name: ignored.

    >>> import addax as tf
    >>> tf.fftnd(tf.ones([2], tf.complex64), [2], [0]).numpy()
    array([2.+0.j, 0.+0.j], dtype=complex64)
    """
    return fourier.fftnd(input, fft_length, axes)


def ifftnd(input: Any, fft_length: Any, axes: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The inverse of `fftnd`.

    Args:
        input: a complex tensor.
        fft_length: lengths to cut or pad the axes to.
        axes: the axes.
        name: ignored.

    >>> import addax as tf
    >>> tf.ifftnd(tf.ones([2], tf.complex64), [2], [0]).numpy()
    array([1.+0.j, 0.+0.j], dtype=complex64)
    """
    return fourier.ifftnd(input, fft_length, axes)


def rfftnd(
    input: Any,  # noqa: A002
    fft_length: Any,
    axes: Any,
    Tcomplex: Any = dtypes.complex64,  # noqa: N803
    name: str | None = None,
) -> Tensor:
    """The Fourier transform over axes of a real tensor; see `tf.signal.rfftnd`.

    Args:
        input: a real tensor.
        fft_length: lengths to cut or pad the axes to.
        axes: the axes.
        Tcomplex: the dtype of the result.
        name: ignored.

    >>> import addax as tf
    >>> tf.rfftnd([1.0, 0.0], [2], [0]).numpy()
    array([1.+0.j, 1.+0.j], dtype=complex64)
    """
    return cast(fourier.rfftnd(input, fft_length, axes), Tcomplex)


def irfftnd(
    input: Any,  # noqa: A002
    fft_length: Any,
    axes: Any,
    Treal: Any = dtypes.float32,  # noqa: N803
    name: str | None = None,
) -> Tensor:
    """The inverse of `rfftnd`.

    Args:
        input: a complex tensor.
        fft_length: lengths to cut or pad the axes to.
        axes: the axes.
        Treal: the dtype of the result.
        name: ignored.

    >>> import addax as tf
    >>> tf.irfftnd(tf.ones([2], tf.complex64), [2], [0]).numpy().tolist()
    [1.0, 0.0]
    """
    return cast(fourier.irfftnd(input, fft_length, axes), Treal)
