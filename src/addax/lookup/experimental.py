"""`tf.lookup.experimental`: tables that change."""

from addax.core.names import missing_name
from addax.ops.mutable_tables import DenseHashTable as DenseHashTable
from addax.ops.mutable_tables import MutableHashTable as MutableHashTable

__getattr__ = missing_name(__name__, globals())
