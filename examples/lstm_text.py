"""Sentences read by an LSTM: is the writer pleased? A "not" turns the word after it round, so that order matters.

The sentences are made up on the spot, of different lengths; shorter ones are padded with zeros, which `mask_zero` hides
from the LSTM.
"""

from __future__ import annotations

import numpy as np
import small_data

import addax as tf
from addax.keras import layers

GOOD = "good great lovely brilliant touching funny".split()
BAD = "bad awful boring silly painful flat".split()
OTHER = "the film was and its plot felt actors were music seemed rather quite".split()
VOCABULARY = {word: number for number, word in enumerate(["<pad>", "<unknown>", "not", *GOOD, *BAD, *OTHER])}
LENGTH = 12


def sentence(rng: np.random.Generator) -> tuple[str, int]:
    """A sentence, and 1 if it is kind."""
    kind = int(rng.integers(2))
    turned = rng.random() < 0.5
    words = list(rng.choice(OTHER, size=rng.integers(3, LENGTH - 2)))
    verdict = [str(rng.choice(GOOD if kind != turned else BAD))]
    place = int(rng.integers(len(words)))
    return " ".join(words[:place] + (["not"] if turned else []) + verdict + words[place:]), kind


def encode(sentences: list[str]) -> np.ndarray:
    """Rows of word numbers, zeros behind."""
    rows = np.zeros((len(sentences), LENGTH), "int32")
    for row, text in zip(rows, sentences, strict=True):
        numbers = [VOCABULARY.get(word, 1) for word in text.split()][:LENGTH]
        row[: len(numbers)] = numbers
    return rows


def main(argv: list[str] | None = None) -> float:
    options = small_data.arguments(__doc__, epochs=8, samples=3000).parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    texts, kinds = zip(*[sentence(rng) for _ in range(options.samples)], strict=True)
    x, y = encode(list(texts)), np.asarray(kinds, "float32")
    cut = len(x) * 4 // 5

    model = tf.keras.Sequential(
        [
            layers.Embedding(len(VOCABULARY), 16, mask_zero=True, input_length=LENGTH),
            layers.Bidirectional(layers.LSTM(16)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", tf.keras.metrics.AUC(name="auc")])
    model.optimizer.learning_rate = 5e-3
    model.fit(x[:cut], y[:cut], batch_size=64, epochs=options.epochs, verbose=options.verbose)
    _, accuracy, auc = model.evaluate(x[cut:], y[cut:], verbose=0)
    print(f"Test accuracy {accuracy:.4f}, AUC {auc:.4f}.")
    for text in ("the plot was not awful", "its music seemed not quite good", "actors were brilliant and funny"):
        kindness = float(model.predict(encode([text]), verbose=0)[0, 0])
        print(f"  {kindness:.2f}  {text}")
    return accuracy


if __name__ == "__main__":
    main()
