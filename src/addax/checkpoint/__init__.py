"""Checkpoints: the state of objects in TensorFlow's files."""
