"""Small public data sets: each module has `load_data()`, which gives NumPy arrays for training and for testing.

Files are kept under `datasets` in `$KERAS_HOME`, or `~/.keras`; their hashes are checked. A local file of another hash
is used only where the environment variable ADDAX_DATASETS_TRUST_LOCAL is 1 (for reduced or altered copies).
"""

from addax.keras.datasets import boston_housing as boston_housing
from addax.keras.datasets import california_housing as california_housing
from addax.keras.datasets import cifar10 as cifar10
from addax.keras.datasets import cifar100 as cifar100
from addax.keras.datasets import fashion_mnist as fashion_mnist
from addax.keras.datasets import imdb as imdb
from addax.keras.datasets import mnist as mnist
from addax.keras.datasets import reuters as reuters

__all__ = [
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
]
