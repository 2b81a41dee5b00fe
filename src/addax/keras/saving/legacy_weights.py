"""Weights of older versions of Keras (1.x, and cuDNN's layers of 2.x) in today's order and layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.formats.hdf5 import HDF5Dataset
from addax.keras.layers.base import Layer

Named = list[tuple[str, Any]]
_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")


def convert(layer: Layer, arrays: Named, version: str = "2", backend: str | None = None) -> Named:
    """The arrays of a layer as the layer has them today.

    Args:
        layer: the layer they are for.
        arrays: (name, array not read yet), in the file's order.
        version: of the Keras that wrote them.
        backend: its backend; all that are read share TensorFlow's layout.

    Returns:
        (name, array) in the layer's order; those that need no change are still not read.
    """
    del backend
    kind = type(layer).__name__
    if kind == "Bidirectional":
        half = len(arrays) // 2
        return convert(layer.forward_layer, arrays[:half], version) + convert(
            layer.backward_layer, arrays[half:], version
        )
    if kind == "TimeDistributed":
        return convert(layer.layer, arrays, version)
    if kind in ("Model", "Sequential", "Functional"):
        return _convert_model(layer, arrays, version)
    if version.startswith("1"):
        arrays = _from_keras1(layer, kind, arrays)
    if kind in _CONVOLUTIONS and arrays and arrays[0][1].shape != tuple(layer.weights[0].shape):
        arrays = _transposed_convolution(layer, kind, arrays)
    if kind in ("LSTM", "GRU") and len(arrays) == 3:
        return _from_cudnn(layer, kind, arrays)
    return arrays


def _convert_model(model: Any, arrays: Named, version: str) -> Named:
    """A nested model's arrays: all trainable ones first, then the others."""
    count = len(model.trainable_weights)
    trainable, others = arrays[:count], arrays[count:]
    made: tuple[Named, Named] = ([], [])
    for layer in model.layers:
        first, second = len(layer.trainable_weights), len(layer.non_trainable_weights)
        if first + second == 0:
            continue
        converted = convert(layer, trainable[:first] + others[:second], version)
        made[0].extend(converted[:first])
        made[1].extend(converted[first:])
        trainable, others = trainable[first:], others[second:]
    return made[0] + trainable + made[1] + others


def _read(array: Any) -> np.ndarray:
    return array.read() if isinstance(array, HDF5Dataset) else array


def _with_first(arrays: Named, change: Any, count: int = 1) -> Named:
    changed = [(name, change(_read(array))) for name, array in arrays[:count]]
    return changed + arrays[count:]


def _transposed_convolution(layer: Any, kind: str, arrays: Named) -> Named:
    """Kernels as (filters, channels, rows, columns)."""
    if len(arrays[0][1].shape) != 4:
        return arrays
    made = _with_first(arrays, lambda w: np.transpose(w, (3, 2, 0, 1)), 2 if kind == "ConvLSTM2D" else 1)
    return made if made[0][1].shape == tuple(layer.weights[0].shape) else arrays


def _from_keras1(layer: Any, kind: str, arrays: Named) -> Named:
    if not arrays:
        return arrays
    first_layout = getattr(layer, "data_format", None) == "channels_first"
    if kind == "Conv1D" and len(arrays[0][1].shape) == 4:

        def one_dimensional(w: np.ndarray) -> np.ndarray:
            if w.shape[:2] != (layer.kernel_size[0], 1) or w.shape[3] != layer.filters:
                w = np.transpose(w, (2, 3, 1, 0))
            return w[:, 0, :, :]

        return _with_first(arrays, one_dimensional)
    if kind == "Conv2D" and first_layout:
        return _with_first(arrays, lambda w: np.transpose(w, (2, 3, 1, 0)))
    if kind == "Conv2DTranspose":
        axes = (2, 3, 0, 1) if first_layout else (0, 1, 3, 2)
        return _with_first(arrays, lambda w: np.transpose(w, axes))
    if kind == "Conv3D" and first_layout:
        return _with_first(arrays, lambda w: np.transpose(w, (2, 3, 4, 1, 0)))
    # One array for each gate: Keras 1 has them as i, c, f, o; today they are one array of i, f, c, o.
    if kind == "GRU" and len(arrays) == 9:
        return _joined(arrays, (0, 1, 2))
    if kind in ("LSTM", "ConvLSTM2D") and len(arrays) == 12:
        made = _joined(arrays, (0, 2, 1, 3))
        if kind == "ConvLSTM2D" and first_layout:
            made = _with_first(made, lambda w: np.transpose(w, (2, 3, 1, 0)), 2)
        return made
    return arrays


def _joined(arrays: Named, gates: tuple[int, ...]) -> Named:
    """Kernel, recurrent kernel and bias from those of single gates."""
    return [
        (arrays[part][0], np.concatenate([_read(arrays[3 * gate + part][1]) for gate in gates], axis=-1))
        for part in range(3)
    ]


def _from_cudnn(layer: Any, kind: str, arrays: Named) -> Named:
    """CuDNNLSTM's and CuDNNGRU's weights: kernels transposed gate by gate, twice the biases."""
    gates = 4 if kind == "LSTM" else 3
    units = layer.units
    bias = arrays[2][1].shape
    target = tuple(layer.weights[2].shape) if len(layer.weights) == 3 else None
    if bias != (2 * units * gates,) or target == bias:
        return arrays

    def gate_wise(w: np.ndarray, change: Any) -> np.ndarray:
        return np.hstack([change(part) for part in np.hsplit(w, gates)])

    # cuDNN keeps each gate's kernel in row order where ours is in column order.
    kernel = gate_wise(_read(arrays[0][1]), lambda part: part.T.reshape(part.shape, order="F"))
    recurrent = gate_wise(_read(arrays[1][1]), lambda part: part.T)
    both = _read(arrays[2][1])
    made = np.sum(np.split(both, 2, axis=0), axis=0) if kind == "LSTM" else both.reshape((2, -1))
    return [(arrays[0][0], kernel), (arrays[1][0], recurrent), (arrays[2][0], made)]
