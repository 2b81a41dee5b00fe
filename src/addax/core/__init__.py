"""The programming model: dtypes, tensors, variables, dispatch of ops, tapes, tf.function."""

from addax.core import compilation_cache, freed_memory

compilation_cache.enable()
freed_memory.keep()
