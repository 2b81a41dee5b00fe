"""Connectionist temporal classification under Keras' names: labels and predictions batch first, probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, dtypes
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.keras.config import epsilon
from addax.keras.graph import KerasTensor
from addax.keras.layers import op_forms
from addax.ops import array, casting, ctc, math, sparse_tensor


def _logits(y_pred: Any) -> Tensor:
    """(batch, time, classes) of probabilities as logits with time first."""
    return math.log(array.transpose(convert.convert_to_tensor(y_pred), [1, 0, 2]) + epsilon())


def _lengths(value: Any) -> Tensor:
    value = casting.cast(value, "int32")
    return array.squeeze(value, -1) if len(value.shape) == 2 else value


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Tensor:
    """The CTC loss of each example (Graves et al. 2006).

    Args:
        y_true: labels (batch, longest).
        y_pred: probabilities (batch, time, classes), the last class the blank.
        input_length: frames of each example (batch, 1).
        label_length: labels of each example (batch, 1).

    Returns:
        Losses (batch, 1); infinite where blanks between repeated labels do not find room.

    Raises:
        InvalidArgumentError: no labels, or more of them than frames.

    >>> import addax as tf
    >>> p = tf.nn.softmax(tf.ones((1, 4, 3)))
    >>> tf.keras.backend.ctc_batch_cost([[0]], p, [[4]], [[1]]).shape
    TensorShape([1, 1])
    """
    loss = ctc.loss_of_sequences(
        casting.cast(y_true, "int32"), _logits(y_pred), _lengths(label_length), _lengths(input_length)
    )
    return array.expand_dims(loss, 1)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Tensor], Tensor]:
    """The most probable labels of each example.

    Args:
        y_pred: probabilities (batch, time, classes), the last class the blank.
        input_length: frames of each example (batch,).
        greedy: the best class of each frame; otherwise a beam search.
        beam_width: prefixes kept in the search.
        top_paths: how many results the search gives.

    Returns:
        (labels, (batch, longest) with -1 behind, best first; log probabilities).

    >>> from addax.keras import backend as K
    >>> frames = K.constant([[[0.1, 0.8, 0.1], [0.8, 0.1, 0.1]]])
    >>> labels, scores = K.ctc_decode(frames, K.constant([2.0]))
    >>> labels[0].numpy().tolist()
    [[1, 0]]
    """
    logits, lengths = _logits(y_pred), casting.cast(input_length, "int32")
    if greedy:
        decoded, scores = ctc.ctc_greedy_decoder(logits, lengths)
    else:
        decoded, scores = ctc.ctc_beam_search_decoder(logits, lengths, beam_width, top_paths)
    steps, count = int(logits.shape[0]), int(logits.shape[1])
    dense = []
    for each in decoded:
        whole = sparse_tensor.SparseTensor(each.indices, each.values, np.array([count, steps], np.int64))
        dense.append(sparse_tensor.to_dense(whole, -1))
    return dense, scores


def _decoded(y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1) -> Any:
    """What `ctc_decode` gives of symbolic tensors."""
    batch, steps, _ = y_pred.shape.as_list()
    rows = TensorShape(getattr(input_length, "shape", np.shape(input_length)))[0]
    paths = 1 if greedy else top_paths
    labels = [KerasTensor(TensorShape([batch, steps]), dtypes.int64) for _ in range(paths)]
    return labels, KerasTensor(TensorShape([rows, paths]), y_pred.dtype)


op_forms.RESULTS["keras.backend.ctc_decode"] = _decoded


def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> sparse_tensor.SparseTensor:
    """Labels (batch, longest) with the length of each as a sparse tensor.

    >>> from addax.keras import backend as K
    >>> labels = K.constant([[1, 2], [3, 7]], "int32")
    >>> K.to_dense(K.ctc_label_dense_to_sparse(labels, [2, 1])).numpy().tolist()
    [[1, 2], [3, 0]]
    """
    labels, lengths = np.asarray(labels), np.asarray(label_lengths).reshape(-1)
    places = np.argwhere(np.arange(labels.shape[1])[None, :] < lengths[:, None])
    return sparse_tensor.SparseTensor(
        places.astype(np.int64), labels[tuple(places.T)], np.array(labels.shape, np.int64)
    )
