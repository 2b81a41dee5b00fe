"""`tf.experimental`."""

from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals(), {"numpy": "addax.experimental.numpy"})
