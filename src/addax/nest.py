"""`tf.nest`: functions on nested structures of lists, tuples, dicts and leaves."""

from addax.core.trees import assert_same_structure as assert_same_structure
from addax.core.trees import flatten as flatten
from addax.core.trees import is_nested as is_nested
from addax.core.trees import map_structure as map_structure
from addax.core.trees import pack as pack_sequence_as

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]
