"""What the data sets of word indices share: offsets, the start mark, and the words that are left out."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.formats.json_text import read_json
from addax.formats.limits import open_regular
from addax.keras.datasets.download import dataset_file

__all__ = ["as_objects", "cut_vocabulary", "keep_short", "number_of_words", "read_word_index", "with_offset"]

Sequences = list[list[int]]


def with_offset(sequences: Any, start_char: int | None, index_from: int) -> Sequences:
    """The sequences with `index_from` added to each word and `start_char` (unless None) in front."""
    if start_char is not None:
        return [[start_char] + [word + index_from for word in sequence] for sequence in sequences]
    if index_from:
        return [[word + index_from for word in sequence] for sequence in sequences]
    return list(sequences)


def keep_short(maxlen: int, sequences: Sequences, labels: np.ndarray) -> tuple[Sequences, np.ndarray]:
    """The sequences shorter than `maxlen`, and their labels."""
    kept = [i for i, sequence in enumerate(sequences) if len(sequence) < maxlen]
    return [sequences[i] for i in kept], labels[kept]


def cut_vocabulary(sequences: Sequences, num_words: int | None, skip_top: int, oov_char: int | None) -> Sequences:
    """The sequences with words outside `skip_top` <= word < `num_words` replaced by `oov_char`, or left out (None)."""
    if not num_words:
        num_words = max(max(sequence) for sequence in sequences)
    if oov_char is None:
        return [[word for word in sequence if skip_top <= word < num_words] for sequence in sequences]
    return [[word if skip_top <= word < num_words else oov_char for word in sequence] for sequence in sequences]


def as_objects(sequences: Sequences) -> np.ndarray:
    """An object array of the lists."""
    result = np.empty(len(sequences), dtype=object)
    result[:] = sequences
    return result


def number_of_words(num_words: int | None, old: dict[str, Any], who: str) -> int | None:
    """`num_words`, taken from the old keyword `nb_words` where that is given; other keywords are refused."""
    if "nb_words" in old and len(old) == 1:
        return old["nb_words"]
    if old:
        raise TypeError(f"{who}: unrecognized keyword arguments: {', '.join(old)}")
    return num_words


def read_word_index(name: str, path: str, file_hash: str) -> dict[str, int]:
    """The word index of a data set: the rank of each word."""
    file = dataset_file(name, file_hash, path=path)
    with open_regular(file) as stream:
        return read_json(stream.read(), file=os.path.abspath(file))
