"""NumPy's functions on tensors, by the dtype rules of `tf.experimental.numpy`; one file per concept."""
