"""Categories as one-hot rows, counts and weights; what the encoding layers share."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes, errors
from addax.core.shapes import TensorShape
from addax.keras.layers.preprocessing.base import is_ragged, is_sparse
from addax.ops import array, casting, categorical, sparse_tensor
from addax.ops import math as ops_math

INT, ONE_HOT, MULTI_HOT, COUNT, TF_IDF = "int", "one_hot", "multi_hot", "count", "tf_idf"


def check_mode(mode: Any, allowed: tuple[str, ...], who: str) -> str:
    """An output mode, with Keras's older names resolved.

    Raises:
        ValueError: an unknown one.
    """
    mode = {"binary": MULTI_HOT, "tf-idf": TF_IDF}.get(mode, mode)
    if mode not in allowed:
        raise ValueError(f"Unknown argument for `output_mode` of layer {who}: {mode!r}. Allowed values are: {allowed}.")
    return mode


def check_sparse(sparse: bool, mode: str) -> None:
    """Refuse sparse outputs of integers."""
    if sparse and mode == INT:
        raise ValueError(
            "`sparse` may only be true if `output_mode` is `'one_hot'`, `'multi_hot'`, `'count'` or `'tf_idf'`. "
            f"Received: sparse={sparse} and output_mode={mode}"
        )


def refuse_empty(layer: Any) -> None:
    """Refuse to look up without a vocabulary.

    Raises:
        FailedPreconditionError: always.
    """
    raise errors.FailedPreconditionError(
        f"Layer {layer.name} ({type(layer).__name__}): Table not initialized, there is no vocabulary.\n"
        "  To do: pass vocabulary=[...], or call layer.adapt(data) first."
    )


def encode(
    indices: Any, mode: str, depth: int, dtype: Any, sparse: bool = False, weights: Any = None, idf: Any = None
) -> Any:
    """Indices in one of the output modes.

    Args:
        indices: an integer tensor, dense, ragged or sparse.
        mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        depth: the number of categories.
        dtype: of the result.
        sparse: whether to return a SparseTensor.
        weights: what each entry counts, for "count".
        idf: (depth,) weights, for "tf_idf".

    Raises:
        ValueError: more than two dimensions.
    """
    if mode == INT:
        return casting.cast(indices, dtype)
    if is_ragged(indices) or is_sparse(indices):
        indices, weights = _dense(indices, weights)
    if indices.dtype.is_floating:
        indices = casting.cast(indices, dtypes.int64)
    if not len(indices.shape):
        indices = array.expand_dims(indices, -1)
    if mode == ONE_HOT and indices.shape[-1] != 1:
        indices = array.expand_dims(indices, -1)
    if len(indices.shape) > 2:
        raise ValueError(
            "When output_mode is not `'int'`, maximum supported output rank is 2. Received output_mode "
            f"{mode} and input shape {tuple(indices.shape)}, which would result in output rank {len(indices.shape)}."
        )
    made = categorical.counts(indices, weights, int(depth), mode in (ONE_HOT, MULTI_HOT), str(dtype))
    if mode == TF_IDF:
        if idf is None:
            raise ValueError("When output mode is `'tf_idf'`, idf_weights must be provided.")
        made = ops_math.multiply(made, casting.cast(idf, dtype))
    return to_sparse(made) if sparse else made


def to_sparse(dense: Any) -> Any:
    """The entries of a tensor that are not 0, as a SparseTensor."""
    return sparse_tensor.from_dense(dense)


def _dense(indices: Any, weights: Any) -> tuple[Any, Any]:
    """Ragged and sparse indices as dense ones, padded with -1, which encodings leave out."""
    if is_ragged(indices):
        signed = indices.with_flat_values(casting.cast(indices.flat_values, dtypes.int64))
        return signed.to_tensor(default_value=-1), None if weights is None else weights.to_tensor()
    signed = type(indices)(indices.indices, casting.cast(indices.values, dtypes.int64), indices.dense_shape)
    filled = sparse_tensor.to_dense(signed, default_value=-1)
    return filled, None if weights is None else sparse_tensor.to_dense(weights)


def encoded_shape(shape: Any, mode: str, depth: int | None) -> TensorShape:
    """The shape of `encode`'s result."""
    sizes = TensorShape(shape).as_list()
    if mode == INT:
        return TensorShape(sizes)
    if not sizes:
        return TensorShape([depth])
    if mode == ONE_HOT and sizes[-1] != 1:
        return TensorShape([*sizes, depth])
    return TensorShape([*sizes[:-1], depth])


def symbolic_shape(shape: TensorShape, mode: str, depth: int | None) -> TensorShape:
    """The shape of `encode`'s result for symbolic inputs.

    Raises:
        ValueError: more than two dimensions.
    """
    found = encoded_shape(shape, mode, depth)
    if mode != INT and len(found) > 2:
        raise ValueError(
            "When output_mode is not `'int'`, maximum supported output rank is 2. Received output_mode "
            f"{mode} and input shape {tuple(shape)}, which would result in output rank {len(found)}."
        )
    return found
