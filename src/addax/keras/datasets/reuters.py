"""Reuters: newswires as lists of word indices, in 46 topics (Reuters-21578)."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.keras.datasets import words
from addax.keras.datasets.download import dataset_file, read_arrays
from addax.keras.datasets.split import shuffled

__all__ = ["get_label_names", "get_word_index", "load_data"]

_SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_INDEX_MD5 = "4d44cc38712099c9e383dc6e5f11a921"
_LABELS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude
    nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel
    rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead
"""

Pair = tuple[np.ndarray, np.ndarray]


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int | None = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
    cache_dir: str | os.PathLike[str] | None = None,
    **kwargs: Any,
) -> tuple[Pair, Pair]:
    """Load the Reuters newswires: 11,228 texts of 46 topics, as lists of word indices by frequency.

    Args:
        path: name of the file under `datasets` in the cache folder, or an absolute path.
        num_words: keep words of an index below this; None keeps all.
        skip_top: leave out the most frequent words, those of an index below this.
        maxlen: keep only texts shorter than this (in words, the start mark included).
        test_split: part of the data that is kept for testing.
        seed: of the shuffling.
        start_char: put in front of each text; None for nothing.
        oov_char: put in the place of words left out; None drops them.
        index_from: added to each word's rank; 0 is left for padding.
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.
        **kwargs: `nb_words`, the old name of num_words.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: object arrays of lists of ints, and int labels, 0 to 45.

    Raises:
        DownloadError: no valid local file and no network; see `mnist.load_data`.
        CorruptFileError: a damaged file, or one that holds anything but lists of ints.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), _ = tf.keras.datasets.reuters.load_data(num_words=10000)  # doctest: +SKIP
    """
    num_words = words.number_of_words(num_words, kwargs, "reuters.load_data")
    file = dataset_file("reuters.npz", _SHA256, path=path, cache_dir=cache_dir)
    data = read_arrays(file, members=["x", "y"], integer_lists=True)
    raw, labels = shuffled(data["x"], data["y"], np.random.RandomState(seed))
    texts = words.with_offset(raw, start_char, index_from)
    if maxlen:
        texts, labels = words.keep_short(maxlen, texts, labels)
        if not texts:
            raise ValueError(f"reuters.load_data(maxlen): no text is shorter than {maxlen} words. Increase maxlen")
    texts = words.cut_vocabulary(texts, num_words, skip_top, oov_char)
    count = int(len(texts) * (1 - test_split))
    x_train, x_test = words.as_objects(texts[:count]), words.as_objects(texts[count:])
    return (x_train, labels[:count].copy()), (x_test, labels[count:].copy())


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """The rank of each word of the newswires, 1 being the most frequent.

    Args:
        path: name of the file under `datasets` in the cache folder, or an absolute path.

    Returns:
        ranks by word; `load_data` adds `index_from` (3) to them.

    Raises:
        DownloadError: no valid local file and no network; see `mnist.load_data`.

    Example:
        >>> import addax as tf
        >>> tf.keras.datasets.reuters.get_word_index()["the"]  # doctest: +SKIP
        1
    """
    return words.read_word_index("reuters_word_index.json", path, _INDEX_MD5)


def get_label_names() -> tuple[str, ...]:
    """The names of the 46 topics, in the order of the labels.

    Example:
        >>> from addax.keras.datasets import reuters
        >>> len(reuters.get_label_names()), reuters.get_label_names()[3]
        (46, 'earn')
    """
    return tuple(_LABELS.split())
