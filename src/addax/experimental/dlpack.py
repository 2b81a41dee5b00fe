"""`tf.experimental.dlpack`: arrays shared with other libraries."""

from addax.core.memory_exchange import from_dlpack, to_dlpack
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
