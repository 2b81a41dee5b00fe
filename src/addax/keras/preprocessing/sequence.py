"""Sequences of numbers (tf.keras.preprocessing.sequence)."""

from addax.core.names import missing_name
from addax.keras.preprocessing.timeseries_generator import TimeseriesGenerator
from addax.keras.sequence import make_sampling_table, pad_sequences, skipgrams

__getattr__ = missing_name(__name__, globals())
