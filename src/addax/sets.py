"""`tf.sets`: sets along the last axis."""

from addax.core.names import missing_name
from addax.ops.sets import difference as difference
from addax.ops.sets import intersection as intersection
from addax.ops.sets import size as size
from addax.ops.sets import union as union

__getattr__ = missing_name(__name__, globals())
