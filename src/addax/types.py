"""`tf.types`: what values of the library can be, for annotations and isinstance."""

from addax.core import types as experimental
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
