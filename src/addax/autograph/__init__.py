"""`tf.autograph`: Python's control flow over tensors."""

from addax.autograph import experimental as experimental
from addax.core.autograph import set_verbosity as set_verbosity
from addax.core.autograph import to_code as to_code
from addax.core.autograph import to_graph as to_graph
from addax.core.autograph import trace as trace
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
