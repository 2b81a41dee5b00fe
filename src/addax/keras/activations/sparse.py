"""Activations of Keras 3 that are flat somewhere, or that gate."""

from __future__ import annotations

from typing import Any

from addax.core.failures import refusing
from addax.keras import registry
from addax.keras.activations.functions import _tensor
from addax.ops import shrinking


@refusing("tf.keras.activations.glu")
def glu(x: Any, axis: int = -1) -> Any:
    """The first half along the axis times the sigmoid of the second (Dauphin et al. 2016, arXiv:1612.08083).

    >>> import addax as tf
    >>> tf.keras.activations.glu(tf.constant([3.0, 0.0])).numpy().tolist()
    [1.5]
    """
    return shrinking.glu(_tensor(x), axis)


@refusing("tf.keras.activations.hard_shrink")
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where it is further from 0 than the threshold, 0 elsewhere.

    >>> import addax as tf
    >>> tf.keras.activations.hard_shrink(tf.constant([-1.0, 0.25])).numpy().tolist()
    [-1.0, 0.0]
    """
    return shrinking.hard_shrink(_tensor(x), threshold)


@refusing("tf.keras.activations.soft_shrink")
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved towards 0 by the threshold, at most to 0.

    >>> import addax as tf
    >>> tf.keras.activations.soft_shrink(tf.constant([-1.0, 0.25])).numpy().tolist()
    [-0.5, 0.0]
    """
    return shrinking.soft_shrink(_tensor(x), threshold)


@refusing("tf.keras.activations.tanh_shrink")
def tanh_shrink(x: Any) -> Any:
    """x - tanh(x).

    >>> import addax as tf
    >>> tf.keras.activations.tanh_shrink(tf.constant([0.0])).numpy().tolist()
    [0.0]
    """
    return shrinking.tanh_shrink(_tensor(x))


@refusing("tf.keras.activations.sparse_plus")
def sparse_plus(x: Any) -> Any:
    """0 up to -1, (x + 1)² / 4 up to 1, x beyond.

    >>> import addax as tf
    >>> tf.keras.activations.sparse_plus(tf.constant([-2.0, 0.0, 3.0])).numpy().tolist()
    [0.0, 0.25, 3.0]
    """
    return shrinking.sparse_plus(_tensor(x))


@refusing("tf.keras.activations.sparse_sigmoid")
def sparse_sigmoid(x: Any) -> Any:
    """(x + 1) / 2, at least 0 and at most 1.

    >>> import addax as tf
    >>> tf.keras.activations.sparse_sigmoid(tf.constant([-2.0, 0.0, 3.0])).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return shrinking.sparse_sigmoid(_tensor(x))


@refusing("tf.keras.activations.squareplus")
def squareplus(x: Any, b: float = 4) -> Any:
    """(x + sqrt(x² + b)) / 2 (Barron 2021, arXiv:2112.11687).

    >>> import addax as tf
    >>> tf.keras.activations.squareplus(tf.constant([0.0])).numpy().tolist()
    [1.0]
    """
    return shrinking.squareplus(_tensor(x), b)


@refusing("tf.keras.activations.threshold")
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x above the threshold, another value elsewhere.

    >>> import addax as tf
    >>> tf.keras.activations.threshold(tf.constant([1.0, 3.0]), 2.0, 9.0).numpy().tolist()
    [9.0, 3.0]
    """
    return shrinking.threshold(_tensor(x), threshold, default_value)


@refusing("tf.keras.activations.sparsemax")
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The point of the probability simplex nearest to x (Martins & Astudillo 2016, arXiv:1602.02068).

    >>> import addax as tf
    >>> tf.keras.activations.sparsemax(tf.constant([[1.0, 1.5, 0.0]])).numpy().tolist()
    [[0.25, 0.75, 0.0]]
    """
    return shrinking.sparsemax(_tensor(x), axis)


for _function in (
    glu, hard_shrink, soft_shrink, tanh_shrink, sparse_plus, sparse_sigmoid, squareplus, threshold, sparsemax,
):  # fmt: skip
    registry.register("activation", _function)
