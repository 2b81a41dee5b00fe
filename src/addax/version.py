"""`tf.version`: which TensorFlow the names and numbers are those of, and which Addax this is."""

from addax._version import __version__ as _addax_version
from addax.core.names import missing_name

VERSION = f"2.21.0+addax.{_addax_version}"
GIT_VERSION = f"v2.21.0+addax.{_addax_version}"
COMPILER_VERSION = "XLA"
GRAPH_DEF_VERSION = 2474
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0

__getattr__ = missing_name(__name__, globals())
