"""`tf.sysconfig`: how the program was built. (Paths and flags for kernels in C++ are absent: there is no C++ API.)"""

from addax.core.names import missing_name
from addax.testing.machine import get_build_info

__getattr__ = missing_name(__name__, globals())
