"""A model with two inputs and two outputs: support tickets, of which we know some words and who wrote them.

Predicted are how urgent a ticket is (a number) and which department should have it (one of four). Inputs, outputs,
losses, their weights and metrics go by name. The tickets are made up.
"""

from __future__ import annotations

import numpy as np
import small_data

import addax as tf
from addax.keras import layers

WORDS, LENGTH, DEPARTMENTS = 60, 10, 4


def tickets(count: int, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Made-up tickets: words 0 to 39 belong to departments (ten each), 50 to 59 are urgent ones."""
    department = rng.integers(DEPARTMENTS, size=count)
    words = rng.integers(40, WORDS, size=(count, LENGTH))
    topical = rng.random((count, LENGTH)) < 0.4
    words = np.where(topical, department[:, None] * 10 + rng.integers(10, size=(count, LENGTH)), words)
    customer = rng.normal(size=(count, 3)).astype("float32")
    urgency = 0.1 * (words >= 50).sum(axis=1) + 0.3 * customer[:, 0] + 0.02 * rng.normal(size=count)
    inputs = {"words": words.astype("int32"), "customer": customer}
    return inputs, {"urgency": urgency.astype("float32")[:, None], "department": department.astype("int32")}


def build() -> tf.keras.Model:
    words = tf.keras.Input(shape=(LENGTH,), dtype="int32", name="words")
    customer = tf.keras.Input(shape=(3,), name="customer")
    text = layers.GlobalAveragePooling1D()(layers.Embedding(WORDS, 16)(words))
    both = layers.Concatenate()([text, layers.Dense(8, activation="relu")(customer), customer])
    both = layers.Dense(32, activation="relu")(both)
    outputs = {
        "urgency": layers.Dense(1, name="urgency")(both),
        "department": layers.Dense(DEPARTMENTS, activation="softmax", name="department")(both),
    }
    model = tf.keras.Model({"words": words, "customer": customer}, outputs, name="tickets")
    model.compile(
        optimizer=tf.keras.optimizers.Adam(1e-2),
        loss={"urgency": "mse", "department": "sparse_categorical_crossentropy"},
        loss_weights={"urgency": 2.0, "department": 1.0},
        metrics={"urgency": ["mae"], "department": ["accuracy"]},
    )
    return model


def main(argv: list[str] | None = None) -> dict[str, float]:
    options = small_data.arguments(__doc__, epochs=12, samples=2000).parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    x, y = tickets(options.samples, rng)
    model = build()
    if options.verbose:
        model.summary()
    model.fit(x, y, batch_size=64, epochs=options.epochs, verbose=options.verbose)
    result = model.evaluate(*tickets(500, rng), verbose=0, return_dict=True)
    print({name: round(value, 4) for name, value in result.items()})
    return result


if __name__ == "__main__":
    main()
