"""`tf.autodiff`: automatic differentiation, backward and forward."""

from addax.core.forward import ForwardAccumulator as ForwardAccumulator
from addax.core.names import missing_name
from addax.core.tape import GradientTape as GradientTape

__getattr__ = missing_name(__name__, globals())
