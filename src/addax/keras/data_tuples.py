"""(x, y, sample_weight): the form in which training takes data."""

from __future__ import annotations

from typing import Any


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Inputs, targets and weights as one value for datasets and `fit`.

    Args:
        x: the inputs.
        y: the targets.
        sample_weight: the weights.

    Returns:
        A tuple without what is None at its end; `x` alone where it is all (in a tuple of one if it is a tuple itself).

    >>> import addax as tf
    >>> tf.keras.utils.pack_x_y_sample_weight(1, 2)
    (1, 2)
    """
    if y is None:
        return (x,) if isinstance(x, tuple) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """The inputs, targets and weights that `pack_x_y_sample_weight` packed; None for what is not there.

    Args:
        data: a tuple of one to three, or the inputs alone.

    Raises:
        ValueError: a tuple of another length.

    >>> import addax as tf
    >>> tf.keras.utils.unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, found: "
            f"{len(data)} elements {data!r:.200}"
        )
    x, y, weight = (*data, None, None)[:3]
    return x, y, weight
