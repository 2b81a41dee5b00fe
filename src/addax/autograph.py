"""`tf.autograph`: Python's control flow over tensors."""

from types import SimpleNamespace as _Namespace

from addax.core import autograph as _autograph
from addax.core.autograph import set_verbosity as set_verbosity
from addax.core.autograph import to_code as to_code
from addax.core.autograph import to_graph as to_graph
from addax.core.autograph import trace as trace
from addax.core.names import missing_name

experimental = _Namespace(
    Feature=_autograph.Feature,
    do_not_convert=_autograph.do_not_convert,
    set_loop_options=_autograph.set_loop_options,
)

__getattr__ = missing_name(__name__, globals())
