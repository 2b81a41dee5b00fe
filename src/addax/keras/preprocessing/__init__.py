"""Preparing texts, sequences and pictures (tf.keras.preprocessing)."""

from addax.core.names import missing_name
from addax.keras.directory_datasets import image_dataset_from_directory, text_dataset_from_directory
from addax.keras.preprocessing import image, sequence, text
from addax.keras.timeseries import timeseries_dataset_from_array

__getattr__ = missing_name(__name__, globals())
