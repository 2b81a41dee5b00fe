"""Mixed precision: dtype policies, and loss scaling."""

from addax.keras.dtype_policy import Policy as DTypePolicy  # the names of Keras 3
from addax.keras.dtype_policy import Policy as Policy
from addax.keras.dtype_policy import global_policy as dtype_policy
from addax.keras.dtype_policy import global_policy as global_policy
from addax.keras.dtype_policy import set_global_policy as set_dtype_policy
from addax.keras.dtype_policy import set_global_policy as set_global_policy
from addax.keras.optimizers import LossScaleOptimizer as LossScaleOptimizer
