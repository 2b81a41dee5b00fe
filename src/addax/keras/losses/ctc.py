"""Connectionist temporal classification as a loss: what Keras 3 added."""

from __future__ import annotations

from typing import Any

from addax.core import convert
from addax.core.failures import refusing
from addax.keras import registry
from addax.keras.losses.base import LossFunctionWrapper
from addax.keras.losses.reduction import Reduction
from addax.ops import ctc as ops


@refusing("tf.keras.losses.ctc")
def ctc(y_true: Any, y_pred: Any) -> Any:
    """The negative log probability of label sequences, over all ways to align them with the frames.

    Args:
        y_true: integer labels [batch, longest], filled up with 0, which stands for the blank and is no label.
        y_pred: logits [batch, frames, classes].

    Returns:
        Losses [batch], in nats.

    Raises:
        ValueError: other ranks.

    Source: Graves et al. 2006, https://doi.org/10.1145/1143844.1143891. Labels that do not fit into the frames have
    an infinite loss, about 700 here, where Keras on JAX gives about 100,000.

    >>> import addax as tf
    >>> tf.keras.losses.ctc([[1, 0]], tf.zeros([1, 1, 2])).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    symbolic = hasattr(y_pred, "__symbolic_call__") or hasattr(y_true, "__symbolic_call__")
    if not symbolic:
        y_true, y_pred = convert.convert_to_tensor(y_true), convert.convert_to_tensor(y_pred)
    return ops.loss_of_padded(y_true, y_pred)


class CTC(LossFunctionWrapper):
    """The loss of label sequences that are not aligned with the frames; see `ctc`.

    Args:
        reduction: a `tf.keras.losses.Reduction`.
        name: the name.
        dtype: see `Loss`.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.CTC()([[1, 0]], tf.zeros([1, 1, 2]))), 4)
    0.6931
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = "ctc", *, dtype: Any = None) -> None:
        super().__init__(ctc, reduction=reduction, name=name, dtype=dtype)


registry.register("loss", ctc)
registry.register("loss", CTC)
