"""`tf.experimental.extension_type`."""

from addax.core.extension_type import as_dict
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
