"""`tf.sparse`: tensors by their entries that are not zero."""

from addax.core.names import missing_name
from addax.ops.sparse_tensor import SparseTensor as SparseTensor
from addax.ops.sparse_tensor import from_dense as from_dense
from addax.ops.sparse_tensor import ordered as _ordered
from addax.ops.sparse_tensor import to_dense as to_dense

reorder = _ordered

__getattr__ = missing_name(__name__, globals())
