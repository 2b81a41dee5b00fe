"""`tf.experimental.numpy.random`: random numbers by NumPy's names."""

from addax.core.names import missing_name as _missing_name
from addax.ops.tnp.random import poisson, rand, randint, randn, random, seed, standard_normal, uniform

__getattr__ = _missing_name(__name__, globals())
