"""Layers under their names in `tf.keras.layers.experimental`."""

from addax.keras.layers.batch_normalization import SyncBatchNormalization
from addax.keras.layers.einsum_dense import EinsumDense
from addax.keras.layers.experimental import preprocessing
from addax.keras.layers.experimental.dynamic_embedding import DynamicEmbedding
from addax.keras.layers.experimental.dynamic_lookup import DynamicLookup
from addax.keras.layers.kernelized import RandomFourierFeatures
