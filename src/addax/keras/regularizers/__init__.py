"""Regularizers: penalties on weights and outputs."""

from addax.keras.regularizers.base import L1, L1L2, L2, OrthogonalRegularizer, Regularizer, l1_l2
from addax.keras.regularizers.lookup import deserialize, get, serialize

l1 = L1
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer
