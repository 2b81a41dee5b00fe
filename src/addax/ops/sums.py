"""Sums of a list of tensors of one shape and dtype, which do not broadcast."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes, errors
from addax.core.convert import TensorList, convert_to_tensor
from addax.core.dispatch import op
from addax.core.tensor import Tensor

__all__ = ["accumulate_n", "add_n"]


@op(kinds="fciu", name="add_n")
def _add_n(inputs: TensorList):
    if not inputs:
        raise ValueError(
            "tf.add_n: inputs must be a list of at least one tensor of equal shape and dtype; it is empty."
        )
    for each in inputs:
        if each.shape != inputs[0].shape:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.add_n",
                    expected="tensors of one shape (it does not broadcast)",
                    received=", ".join(str(tuple(part.shape)) for part in inputs),
                    hint="use a + b for broadcasting",
                )
            )
    total = inputs[0]
    for each in inputs[1:]:
        total = total + each
    return total


_add_n.op.first_decides = True


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of a list of tensors of one shape and dtype.

    Args:
        inputs: a list of tensors, or one tensor, whose rows are added.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes or dtypes differ.
        ValueError: an empty list.

    >>> import addax as tf
    >>> tf.add_n([[1, 2], [3, 4], [5, 6]]).numpy().tolist()
    [9, 12]
    """
    if isinstance(inputs, list | tuple):
        if len(inputs) == 1 and type(inputs[0]) is Tensor:
            return inputs[0]
        return _add_n(inputs)
    if hasattr(inputs, "__symbolic_call__"):
        return inputs
    if isinstance(inputs, Tensor):
        return add_n(list(inputs))
    raise ValueError(f"tf.add_n: inputs must be a list of tensors of equal shape and dtype, received {inputs!r:.80}.")


def accumulate_n(inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None) -> Tensor:
    """The sum of a list of tensors of one shape and dtype, which may be stated.

    Args:
        inputs: a list of tensors.
        shape: the shape they must have, or None.
        tensor_dtype: the dtype they must have, or None.
        name: ignored.

    Raises:
        ValueError: shapes differ or the list is empty.
        TypeError: `tensor_dtype` is another than theirs.

    >>> import addax as tf
    >>> tf.math.accumulate_n([[1, 2], [3, 4]]).numpy().tolist()
    [4, 6]
    """
    if not isinstance(inputs, list | tuple) or not inputs:
        raise ValueError("tf.math.accumulate_n: inputs must be a list of at least one tensor.")
    tensors = [each if hasattr(each, "__symbolic_call__") else convert_to_tensor(each) for each in inputs]
    expected = tensors[0].shape if shape is None else shape
    for each in tensors:
        if not each.shape.is_compatible_with(expected):
            raise ValueError(f"tf.math.accumulate_n: expected tensors of shape {expected}, received {each.shape}.")
        if tensor_dtype is not None and each.dtype != dtypes.as_dtype(tensor_dtype):
            raise TypeError(
                f"tf.math.accumulate_n: tensor_dtype is {tensor_dtype!r}, the tensors are {each.dtype.name}."
            )
    return add_n(tensors)
