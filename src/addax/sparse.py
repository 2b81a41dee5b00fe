"""`tf.sparse`: tensors by their entries that are not zero."""

from addax.core.names import missing_name
from addax.ops.crossing import cross as cross
from addax.ops.crossing import cross_hashed as cross_hashed
from addax.ops.sparse_arithmetic import add as add
from addax.ops.sparse_arithmetic import eye as eye
from addax.ops.sparse_arithmetic import map_values as map_values
from addax.ops.sparse_arithmetic import mask as mask
from addax.ops.sparse_arithmetic import maximum as maximum
from addax.ops.sparse_arithmetic import minimum as minimum
from addax.ops.sparse_arithmetic import reduce_max as reduce_max
from addax.ops.sparse_arithmetic import reduce_sum as reduce_sum
from addax.ops.sparse_arithmetic import sampled_addmm as sampled_addmm
from addax.ops.sparse_arithmetic import softmax as softmax
from addax.ops.sparse_arithmetic import sparse_dense_matmul as sparse_dense_matmul
from addax.ops.sparse_counting import bincount as bincount
from addax.ops.sparse_segment import segment_mean as segment_mean
from addax.ops.sparse_segment import segment_sqrt_n as segment_sqrt_n
from addax.ops.sparse_segment import segment_sum as segment_sum
from addax.ops.sparse_shaping import concat as concat
from addax.ops.sparse_shaping import expand_dims as expand_dims
from addax.ops.sparse_shaping import fill_empty_rows as fill_empty_rows
from addax.ops.sparse_shaping import reset_shape as reset_shape
from addax.ops.sparse_shaping import reshape as reshape
from addax.ops.sparse_shaping import retain as retain
from addax.ops.sparse_shaping import slice_ as _slice
from addax.ops.sparse_shaping import split as split
from addax.ops.sparse_shaping import to_indicator as to_indicator
from addax.ops.sparse_shaping import transpose as transpose
from addax.ops.sparse_tensor import SparseTensor as SparseTensor
from addax.ops.sparse_tensor import from_dense as from_dense
from addax.ops.sparse_tensor import ordered as _ordered
from addax.ops.sparse_tensor import to_dense as to_dense

reorder, slice = _ordered, _slice  # noqa: A001  (TensorFlow's names)

__getattr__ = missing_name(__name__, globals())
