"""The programming model: dtypes, tensors, variables, tapes, ops' dispatch, tf.function."""
