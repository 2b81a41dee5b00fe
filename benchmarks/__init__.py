"""Speed beside TensorFlow, Keras on JAX, PyTorch and hand-written JAX, measured in one run: `python -m benchmarks`."""
