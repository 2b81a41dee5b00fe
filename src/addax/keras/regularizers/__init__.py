"""Regularizers: penalties on weights and outputs."""

from addax.core.names import missing_name
from addax.keras.regularizers.base import L1, L1L2, L2, OrthogonalRegularizer, Regularizer, l1_l2
from addax.keras.regularizers.lookup import deserialize, get, serialize

l1 = L1
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer

__getattr__ = missing_name(__name__, globals())
