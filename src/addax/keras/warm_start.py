"""Embeddings for a vocabulary that has changed."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.core import convert
from addax.core.tensor import Tensor
from addax.keras import initializers
from addax.ops import gathering, scattering


def warmstart_embedding_matrix(
    base_vocabulary: Any, new_vocabulary: Any, base_embeddings: Any, new_embeddings_initializer: Any = "uniform"
) -> Tensor:
    """The rows of an embedding in the order of a new vocabulary, with new rows for new terms.

    Args:
        base_vocabulary: the terms of `base_embeddings`: a list, an array or tensor of one dimension, or the path of a
            text file with a term in each line. Of a term that stands there twice the last row is taken.
        new_vocabulary: the terms of the result, in the same forms.
        base_embeddings: (len(base_vocabulary), size), an array or tensor of floats.
        new_embeddings_initializer: an initializer, or its name, for the terms that are new. For a matrix of your own:
            `keras.initializers.Constant(matrix)`, of the result's shape.

    Returns:
        A tensor (len(new_vocabulary), size) of the dtype of `base_embeddings`.

    Raises:
        ValueError: a vocabulary of another form, an empty one, or a file that is not there.

    >>> import numpy as np, addax as tf
    >>> old = np.array([[1.0, 1.0], [2.0, 2.0]], "float32")
    >>> tf.keras.utils.warmstart_embedding_matrix(["a", "b"], ["b", "c", "a"], old, "zeros").numpy().tolist()
    [[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]
    """
    base, new = _terms(base_vocabulary), _terms(new_vocabulary)
    rows = {term: row for row, term in enumerate(base)}
    embeddings = convert.convert_to_tensor(base_embeddings)
    made = initializers.get(new_embeddings_initializer)(shape=(len(new), embeddings.shape[1]), dtype=embeddings.dtype)
    kept = [row for row, term in enumerate(new) if term in rows]
    if not kept:
        return convert.convert_to_tensor(made)
    values = gathering.gather(embeddings, [rows[new[row]] for row in kept])
    return scattering.tensor_scatter_nd_update(made, np.array(kept)[:, None], values)


def _terms(vocabulary: Any) -> list[Any]:
    """The terms, strings as bytes so that lists and tensors of the same words meet.

    Raises:
        ValueError: no vocabulary, or an empty one.
    """
    if convert.is_tensor(vocabulary):
        found = list(np.asarray(vocabulary.numpy()).tolist())
    elif isinstance(vocabulary, np.ndarray | tuple | list):
        found = list(vocabulary)
    elif isinstance(vocabulary, str):
        if not os.path.exists(vocabulary):
            raise ValueError(f"Vocabulary file {vocabulary} does not exist.")
        with open(vocabulary, encoding="utf-8") as file:
            found = file.read().splitlines()
    else:
        raise ValueError(
            "warmstart_embedding_matrix: a vocabulary is a NumPy array, a list, a 1D tensor or the path of a text "
            f"file. Received: {type(vocabulary).__name__}"
        )
    if not found:
        raise ValueError("warmstart_embedding_matrix: a vocabulary needs at least one term. Received: none.")
    return [term.encode("utf-8") if isinstance(term, str) else term for term in found]
