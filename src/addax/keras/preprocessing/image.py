"""Pictures as arrays, files and batches (tf.keras.preprocessing.image)."""

from addax.core.names import missing_name
from addax.keras.image_files import array_to_img, img_to_array, load_img, save_img
from addax.keras.preprocessing.image_data_generator import ImageDataGenerator
from addax.keras.preprocessing.image_iterators import DataFrameIterator, DirectoryIterator, Iterator, NumpyArrayIterator
from addax.keras.preprocessing.image_transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
    smart_resize,
)

__getattr__ = missing_name(__name__, globals())
