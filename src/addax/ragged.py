"""`tf.ragged`: ragged tensors."""

from addax.core.names import missing_name
from addax.ops.crossing import ragged_cross as _cross
from addax.ops.crossing import ragged_cross_hashed as _cross_hashed
from addax.ops.ragged import boolean_mask as boolean_mask
from addax.ops.ragged import constant as constant
from addax.ops.ragged import map_flat_values as map_flat_values
from addax.ops.ragged import range as range
from addax.ops.ragged import row_splits_to_segment_ids as row_splits_to_segment_ids
from addax.ops.ragged import segment_ids_to_row_splits as segment_ids_to_row_splits
from addax.ops.ragged import stack as stack
from addax.ops.ragged import stack_dynamic_partitions as stack_dynamic_partitions

cross, cross_hashed = _cross, _cross_hashed

__getattr__ = missing_name(__name__, globals())
