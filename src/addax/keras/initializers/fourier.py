"""STFT: the kernels of a short-time Fourier transform; an initializer of Keras 3."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert
from addax.core.tensor import Tensor
from addax.keras import registry
from addax.keras.initializers.base import Initializer, dims, float_dtype


def check_window(window: Any, scaling: str | None) -> Any:
    """A window as it can stand in a config.

    Raises:
        ValueError: an unknown name, or scaling.
    """
    if scaling not in (None, "density", "spectrum"):
        raise ValueError(f"Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received scaling={scaling}")
    if window is None or isinstance(window, str):
        if window is not None:
            window_of(window, 1, False)
        return window
    return np.asarray(window).tolist()


def window_of(window: Any, length: int, periodic: bool) -> np.ndarray:
    """The numbers of a window, by its name in `scipy.signal.windows` or as they are."""
    if isinstance(window, str):
        from scipy.signal import get_window  # heavy, and needed here alone

        window = get_window(window, length, periodic)
    made = np.asarray(window, np.float64)
    if made.shape != (length,):
        raise ValueError(
            f"The shape of `window` must be equal to [frame_length] ([{length}]). Received: window shape={made.shape}"
        )
    return made


class STFT(Initializer):
    """Kernels (frame length, 1, frequencies) that make a convolution a short-time Fourier transform.

    Args:
        side: "real" or "imag", the part to compute.
        window: a name in `scipy.signal.windows`, numbers, or None.
        scaling: "density" divides by the window's L2 norm, "spectrum" by the sum of its absolute values; or None.
        periodic: whether the window is that of a periodic signal.

    Raises:
        ValueError: an unknown side, window or scaling.

    >>> import addax as tf
    >>> tf.keras.initializers.STFT("real", None)((2, 1, 3)).numpy().round(4).tolist()
    [[[1.0, 1.0, 1.0]], [[1.0, 0.0, -1.0]]]
    """

    def __init__(
        self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False
    ) -> None:
        if side not in ("real", "imag"):
            raise ValueError(f"side should be 'real' or 'imag', not {side}")
        self.side = side
        self.window = check_window(window, scaling)
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """The kernels; see `Initializer`.

        Raises:
            ValueError: a shape that is not (frame length, 1, frequencies), or a window of another length.
        """
        made, size = float_dtype(dtype), dims(shape, kwargs)
        if len(size) != 3 or size[1] != 1 or size[2] < 2:
            raise ValueError(f"STFT makes kernels (frame length, 1, frequencies). Received: shape={size}")
        length, _, frequencies = size
        angles = -np.pi / (frequencies - 1) * np.arange(length)[:, None, None] * np.arange(frequencies)
        kernel = np.cos(angles) if self.side == "real" else np.sin(angles)
        if self.window is not None:
            window = window_of(self.window, length, self.periodic)
            kernel = kernel * window[:, None, None]
            norm = np.sqrt(np.square(window).sum()) if self.scaling == "density" else np.abs(window).sum()
            if self.scaling is not None and norm:  # a symmetric Hann window of two numbers is all zeros
                kernel /= norm
        return Tensor(convert.to_device(kernel.astype(made.np)))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"side": self.side, "window": self.window, "periodic": self.periodic, "scaling": self.scaling}


registry.register("initializer", STFT, "stft", "STFTInitializer")
