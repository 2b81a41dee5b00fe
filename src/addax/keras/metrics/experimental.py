"""Experimental metrics."""

from addax.keras.metrics.py_metric import PyMetric as PyMetric
