"""`tf.nest`: functions on nested structures of lists, tuples, dicts and leaves."""

from collections.abc import Sequence
from typing import Any

from addax.core import trees as _trees
from addax.core.names import missing_name
from addax.core.trees import assert_same_structure as assert_same_structure
from addax.core.trees import flatten as flatten
from addax.core.trees import map_structure as map_structure


def is_nested(seq: Any) -> bool:
    """Whether `seq` is a sequence, a mapping or another structure, and not a leaf.

    Args:
        seq: any value.

    >>> import addax as tf
    >>> tf.nest.is_nested([1]), tf.nest.is_nested("text")
    (True, False)
    """
    return _trees.is_nested(seq)


def pack_sequence_as(structure: Any, flat_sequence: Sequence[Any], expand_composites: bool = False) -> Any:
    """A structure like `structure`, with the leaves of `flat_sequence`.

    Args:
        structure: the model: a structure or a leaf.
        flat_sequence: as many leaves as `structure` has.
        expand_composites: whether ragged, sparse and indexed tensors count as their parts.

    Raises:
        TypeError: `flat_sequence` is no sequence.
        ValueError: it has another number of leaves.

    >>> import addax as tf
    >>> tf.nest.pack_sequence_as({"a": 0, "b": [0, 0]}, [1, 2, 3])
    {'a': 1, 'b': [2, 3]}
    """
    return _trees.pack(structure, flat_sequence, expand_composites)


__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]

__getattr__ = missing_name(__name__, globals())
