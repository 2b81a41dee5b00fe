"""IMDB: reviews of films as lists of word indices, positive or negative (A. Maas et al., 2011)."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.keras.datasets import words
from addax.keras.datasets.download import dataset_file, read_arrays
from addax.keras.datasets.split import shuffled

__all__ = ["get_word_index", "load_data"]

_SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_INDEX_MD5 = "bfafd718b763782e994055a2d397834f"

Pair = tuple[np.ndarray, np.ndarray]


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int | None = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    cache_dir: str | os.PathLike[str] | None = None,
    **kwargs: Any,
) -> tuple[Pair, Pair]:
    """Load the IMDB reviews: 25,000 for training and 25,000 for testing, as lists of word indices by frequency.

    Args:
        path: name of the file under `datasets` in the cache folder, or an absolute path.
        num_words: keep words of an index below this; None keeps all.
        skip_top: leave out the most frequent words, those of an index below this.
        maxlen: keep only reviews shorter than this (in words, the start mark included).
        seed: of the shuffling.
        start_char: put in front of each review; None for nothing.
        oov_char: put in the place of words left out; None drops them.
        index_from: added to each word's rank; 0 is left for padding.
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.
        **kwargs: `nb_words`, the old name of num_words.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: object arrays of lists of ints, and int labels, 1 positive, 0 negative.

    Raises:
        ValueError: maxlen leaves no review.
        DownloadError: no valid local file and no network; see `mnist.load_data`.
        CorruptFileError: a damaged file, or one that holds anything but lists of ints.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), _ = tf.keras.datasets.imdb.load_data(num_words=10000)  # doctest: +SKIP
    """
    num_words = words.number_of_words(num_words, kwargs, "imdb.load_data")
    file = dataset_file("imdb.npz", _SHA256, path=path, cache_dir=cache_dir)
    data = read_arrays(file, members=["x_train", "y_train", "x_test", "y_test"], integer_lists=True)
    rng = np.random.RandomState(seed)
    raw_train, y_train = shuffled(data["x_train"], data["y_train"], rng)
    raw_test, y_test = shuffled(data["x_test"], data["y_test"], rng)
    x_train = words.with_offset(raw_train, start_char, index_from)
    x_test = words.with_offset(raw_test, start_char, index_from)
    if maxlen:
        x_train, y_train = words.keep_short(maxlen, x_train, y_train)
        x_test, y_test = words.keep_short(maxlen, x_test, y_test)
        if not x_train or not x_test:
            raise ValueError(f"imdb.load_data(maxlen): no review is shorter than {maxlen} words. Increase maxlen")
    kept = words.cut_vocabulary(x_train + x_test, num_words, skip_top, oov_char)
    count = len(x_train)
    return (words.as_objects(kept[:count]), y_train), (words.as_objects(kept[count:]), y_test)


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """The rank of each word of the IMDB reviews, 1 being the most frequent.

    Args:
        path: name of the file under `datasets` in the cache folder, or an absolute path.

    Returns:
        ranks by word; `load_data` adds `index_from` (3) to them.

    Raises:
        DownloadError: no valid local file and no network; see `mnist.load_data`.

    Example:
        >>> import addax as tf
        >>> tf.keras.datasets.imdb.get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return words.read_word_index("imdb_word_index.json", path, _INDEX_MD5)
