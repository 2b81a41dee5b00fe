"""Feature columns: how to read the columns of a table, and the layers that do (tf.feature_column)."""
