"""Constraints: projections of weights."""

from addax.core.names import missing_name
from addax.keras.constraints.base import Constraint, MaxNorm, MinMaxNorm, NonNeg, RadialConstraint, UnitNorm
from addax.keras.constraints.lookup import deserialize, get, serialize

max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
radial_constraint = RadialConstraint

__getattr__ = missing_name(__name__, globals())
