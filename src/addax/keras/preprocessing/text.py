"""Texts as word lists, word numbers and count matrices (tf.keras.preprocessing.text)."""

from __future__ import annotations

import collections
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from addax.formats.json_text import read_json

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
        input_text: the text.
        filters: characters that are taken out (as if they were `split`).
        lower: whether to write all words small.
        split: what stands between words.

    >>> import addax as tf
    >>> tf.keras.preprocessing.text.text_to_word_sequence("Hi, you!")
    ['hi', 'you']
    """
    if lower:
        input_text = input_text.lower()
    table = str.maketrans({character: split for character in filters})
    return [word for word in input_text.translate(table).split(split) if word]


def one_hot(
    input_text: str, n: int, filters: str = FILTERS, lower: bool = True, split: str = " ",
    analyzer: Callable[[str], list[str]] | None = None,
) -> list[int]:  # fmt: skip
    """The words of a text as numbers below n, by Python's `hash` (which differs from run to run).

    >>> from addax.keras.preprocessing import text
    >>> numbers = text.one_hot("the cat and the dog", 50)
    >>> len(numbers), numbers[0] == numbers[3]
    (5, True)
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text: str, n: int, hash_function: Any = None, filters: str = FILTERS, lower: bool = True, split: str = " ",
    analyzer: Callable[[str], list[str]] | None = None,
) -> list[int]:  # fmt: skip
    """The words of a text as numbers from 1 to n - 1, by a hash; different words may get one number.

    Args:
        text: the text.
        n: one more than the largest number.
        hash_function: "md5", which is the same in every run, or a function of a word; by default Python's `hash`.
        filters: characters that are taken out.
        lower: whether to write all words small.
        split: what stands between words.
        analyzer: splits the text instead.

    >>> import addax as tf
    >>> tf.keras.preprocessing.text.hashing_trick("a b a", 10, "md5")
    [2, 5, 2]
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":
        hash_function = _md5
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Numbers for the words of texts: the most frequent word is 1 (0 is for padding).

    Args:
        num_words: keep the num_words - 1 most frequent words only.
        filters: characters that are taken out.
        lower: whether to write all words small.
        split: what stands between words.
        char_level: whether each character is a word.
        oov_token: stands for words that are not known; they are left out by default.
        analyzer: splits texts instead.
        **kwargs: `document_count`, when made from a config; `nb_words`, the older name of `num_words`.

    >>> import addax as tf
    >>> tokenizer = tf.keras.preprocessing.text.Tokenizer()
    >>> tokenizer.fit_on_texts(["the cat", "the dog"])
    >>> tokenizer.texts_to_sequences(["the dog"])
    [[1, 3]]
    """

    def __init__(
        self, num_words: int | None = None, filters: str = FILTERS, lower: bool = True, split: str = " ",
        char_level: bool = False, oov_token: str | None = None, analyzer: Callable[[str], list[str]] | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        document_count = kwargs.pop("document_count", 0)
        num_words = kwargs.pop("nb_words", num_words)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.word_counts: collections.OrderedDict[str, int] = collections.OrderedDict()
        self.word_docs: collections.defaultdict[str, int] = collections.defaultdict(int)
        self.filters, self.split, self.lower = filters, split, lower
        self.num_words = num_words
        self.document_count = document_count
        self.char_level = char_level
        self.oov_token = oov_token
        self.index_docs: collections.defaultdict[int, int] = collections.defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.analyzer = analyzer

    def _words(self, text: Any) -> list[str]:
        if self.char_level or isinstance(text, list):
            if self.lower:
                text = [word.lower() for word in text] if isinstance(text, list) else text.lower()
            return list(text)
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts (or lists of words) and number them by frequency."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        counted = sorted(self.word_counts.items(), key=lambda item: item[1], reverse=True)
        order = ([self.oov_token] if self.oov_token is not None else []) + [word for word, _ in counted]
        self.word_index = dict(zip(order, range(1, len(order) + 1), strict=True))
        self.index_word = {index: word for word, index in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Iterable[Any]) -> None:
        """Count in how many sequences of numbers each number is (for tf-idf)."""
        for sequence in sequences:
            self.document_count += 1
            for index in set(sequence):
                self.index_docs[index] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Texts as lists of numbers."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """Texts as lists of numbers, one after another."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts:
            numbers = []
            for word in self._words(text):
                index = self.word_index.get(word)
                if index is None or self.num_words and index >= self.num_words:
                    index = unknown
                if index is not None:
                    numbers.append(index)
            yield numbers

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Lists of numbers as texts, words joined by spaces."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """Lists of numbers as texts, one after another."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for sequence in sequences:
            words = []
            for number in sequence:
                word = self.index_word.get(number)
                if word is None or self.num_words and number >= self.num_words:
                    word = self.index_word[unknown] if unknown is not None else None
                if word is not None:
                    words.append(word)
            yield " ".join(words)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """Texts as rows with a column for each word; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray:
        """Lists of numbers as rows with a column for each word.

        Args:
            sequences: lists of numbers.
            mode: "binary" (is there), "count", "freq" (count by length) or "tfidf".

        Raises:
            ValueError: an unknown mode, or nothing to tell the number of columns from.
        """
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data first.")
        columns = self.num_words or len(self.word_index) + 1
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError(f"Unknown vectorization mode: {mode}")
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in enumerate(sequences):
            counts = collections.Counter(number for number in sequence if number < columns)
            for number, count in counts.items():
                matrix[row, number] = self._cell(mode, number, count, len(sequence))
        return matrix

    def _cell(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        if mode == "binary":
            return 1
        # Salton's: (1 + log of the frequency here) times log(1 + documents / (1 + documents with the word)).
        return (1 + np.log(count)) * np.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))

    def get_config(self) -> dict[str, Any]:
        """The settings and counts, the counts as JSON texts."""
        return {
            "num_words": self.num_words,
            "filters": self.filters,
            "lower": self.lower,
            "split": self.split,
            "char_level": self.char_level,
            "oov_token": self.oov_token,
            "document_count": self.document_count,
            "word_counts": json.dumps(self.word_counts),
            "word_docs": json.dumps(self.word_docs),
            "index_docs": json.dumps(self.index_docs),
            "index_word": json.dumps(self.index_word),
            "word_index": json.dumps(self.word_index),
        }

    def to_json(self, **kwargs: Any) -> str:
        """The tokenizer as JSON; see `tokenizer_from_json`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer that `to_json` described.

    Raises:
        ValueError: not the JSON of a tokenizer.

    >>> from addax.keras.preprocessing import text
    >>> tokenizer = text.Tokenizer()
    >>> tokenizer.fit_on_texts(["the cat"])
    >>> text.tokenizer_from_json(tokenizer.to_json()).word_index
    {'the': 1, 'cat': 2}
    """
    whole = read_json(json_string, file="<json_string>")
    config = dict(whole.get("config") or {}) if isinstance(whole, dict) else {}
    tables = {}
    for key in ("word_counts", "word_docs", "index_docs", "index_word", "word_index"):
        if not isinstance(config.get(key), str):
            raise ValueError(f"tokenizer_from_json: expected the JSON of Tokenizer.to_json, with {key!r}.")
        tables[key] = read_json(config.pop(key), file="<json_string>", member=key)
    made = Tokenizer(**config)
    made.word_counts.update(tables["word_counts"])
    made.word_docs.update(tables["word_docs"])
    made.index_docs.update({int(key): value for key, value in tables["index_docs"].items()})
    made.word_index = tables["word_index"]
    made.index_word = {int(key): value for key, value in tables["index_word"].items()}
    return made
