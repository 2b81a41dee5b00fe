"""Columns of features (tf.feature_column)."""

from addax.core.names import missing_name
from addax.keras.layers.feature_columns.categorical import (
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
    crossed_column,
    weighted_categorical_column,
)
from addax.keras.layers.feature_columns.configs import make_parse_example_spec
from addax.keras.layers.feature_columns.dense import embedding_column, indicator_column, shared_embeddings
from addax.keras.layers.feature_columns.numeric import bucketized_column, numeric_column, sequence_numeric_column
from addax.keras.layers.feature_columns.sequence import (
    sequence_categorical_column_with_hash_bucket,
    sequence_categorical_column_with_identity,
    sequence_categorical_column_with_vocabulary_file,
    sequence_categorical_column_with_vocabulary_list,
)

__getattr__ = missing_name(__name__, globals())
