"""`tf.autograph.experimental`: options of the conversion."""

from addax.core.autograph import Feature as Feature
from addax.core.autograph import do_not_convert as do_not_convert
from addax.core.autograph import set_loop_options as set_loop_options
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
