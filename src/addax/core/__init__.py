"""The programming model: dtypes, tensors, variables, dispatch of ops, tapes, tf.function."""

from addax.core import compilation_cache

compilation_cache.enable()
