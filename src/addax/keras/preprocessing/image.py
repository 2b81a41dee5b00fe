"""Pictures as arrays and files (tf.keras.preprocessing.image)."""

from addax.core.names import missing_name
from addax.keras.image_files import array_to_img, img_to_array, load_img, save_img

__getattr__ = missing_name(__name__, globals())
