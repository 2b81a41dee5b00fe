"""`tf.train.experimental`: state in Python that is kept in checkpoints."""

from addax.checkpoint.python_state import PythonState as PythonState
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
