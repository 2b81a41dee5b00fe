"""Sequences of numbers: padding, and word pairs for skip-gram models (`tf.keras.preprocessing.sequence`)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["make_sampling_table", "pad_sequences", "skipgrams"]


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Sequences of different lengths as one array.

    Args:
        sequences: a list of sequences: each a list, or an array whose first axis is the sequence's.
        maxlen: length of the result; default that of the longest sequence.
        dtype: dtype of the result; object for strings of any length.
        padding: "pre" fills shorter sequences in front, "post" behind.
        truncating: "pre" cuts longer sequences in front, "post" behind.
        value: what they are filled with.

    Returns:
        an array (sequences, maxlen, ...).

    Raises:
        ValueError: no list of sequences, sequences whose items differ in shape, or another padding or truncating.

    Example:
        >>> import addax as tf
        >>> tf.keras.utils.pad_sequences([[1], [2, 3], [4, 5, 6]])
        array([[0, 0, 1],
               [0, 2, 3],
               [4, 5, 6]], dtype=int32)
    """
    for argument, choice in (("padding", padding), ("truncating", truncating)):
        if choice not in ("pre", "post"):
            raise ValueError(f"pad_sequences({argument}): expected 'pre' or 'post'; received {choice!r}")
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"pad_sequences: expected a list of sequences; received {type(sequences).__name__}")
    bad = next((i for i, s in enumerate(sequences) if not hasattr(s, "__len__")), None)
    if bad is not None:
        raise ValueError(
            f"pad_sequences: expected a list of sequences; received {sequences[bad]!r:.60} at position {bad}"
        )
    if isinstance(value, str) and np.dtype(dtype).kind not in "OU":
        raise ValueError(f"pad_sequences: value {value!r} does not fit dtype {dtype!r}. Pass dtype=object for strings")
    if maxlen is None:
        maxlen = max(len(s) for s in sequences)
    first = next((s for s in sequences if len(s)), ())
    item_shape = np.asarray(first).shape[1:]
    result = np.full((len(sequences), maxlen, *item_shape), value, dtype=dtype)
    for index, sequence in enumerate(sequences):
        if not len(sequence):
            continue
        # With maxlen 0 a cut in front leaves all, as the slice [-0:] does; NumPy then refuses what does not fit.
        kept = np.asarray(sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen], dtype=dtype)
        if kept.shape[1:] != item_shape:
            raise ValueError(
                f"pad_sequences: the items of the sequence at position {index} have shape {kept.shape[1:]}; expected "
                f"{item_shape}, as in the first one"
            )
        if padding == "pre":
            result[index, maxlen - len(kept) :] = kept
        else:
            result[index, : len(kept)] = kept
    return result


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """How often to keep each word, by its rank: frequent words less often (Mikolov et al., arXiv:1310.4546).

    The frequency of the word of a rank is taken from Zipf's law; it is kept with probability
    min(1, sqrt(sampling_factor / frequency)).

    Args:
        size: number of words.
        sampling_factor: the frequency at which words begin to be left out.

    Returns:
        float64 (size,): the probability for each rank.

    Example:
        >>> import addax as tf
        >>> tf.keras.preprocessing.sequence.make_sampling_table(3).round(4)
        array([0.0032, 0.0032, 0.0055])
    """
    rank = np.arange(size)
    rank[0] = 1
    # 1 / frequency, by the asymptotic expansion of the harmonic numbers (0.577: the Euler-Mascheroni constant).
    inverse = rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank)
    factor = sampling_factor * inverse
    return np.minimum(1.0, factor / np.sqrt(factor))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of words that stand near each other, and pairs that do not (Mikolov et al., arXiv:1301.3781).

    Args:
        sequence: word indices; 0 stands for no word and is skipped.
        vocabulary_size: largest index plus one.
        window_size: how far apart the words of a pair may stand.
        negative_samples: how many random pairs to make for each real one.
        shuffle: shuffle pairs and labels alike.
        categorical: labels as [1, 0] and [0, 1] instead of 0 and 1.
        sampling_table: probability to keep a word, by its index (`make_sampling_table`).
        seed: of the shuffling. Python's `random` is used throughout, and seeded by this where pairs are shuffled.

    Returns:
        (pairs, labels): lists; label 1 marks words that stand near each other.

    Example:
        >>> import addax as tf
        >>> tf.keras.preprocessing.sequence.skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
        ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    real, random_pair = ([0, 1], [1, 0]) if categorical else (1, 0)
    pairs: list[list[int]] = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for j in range(max(0, i - window_size), min(len(sequence), i + window_size + 1)):
            if j != i and sequence[j]:
                pairs.append([word, sequence[j]])
    labels: list[Any] = [real for _ in pairs]
    if negative_samples > 0:
        count = int(len(labels) * negative_samples)
        words = [pair[0] for pair in pairs]
        random.shuffle(words)
        pairs += [[words[i % len(words)], random.randint(1, int(vocabulary_size - 1))] for i in range(count)]
        labels += [random_pair] * count
    if shuffle:
        seed = random.randint(0, int(10e6)) if seed is None else seed
        for items in (pairs, labels):  # the same seed, so that pairs and labels stay together
            random.seed(seed)
            random.shuffle(items)
    return pairs, labels
