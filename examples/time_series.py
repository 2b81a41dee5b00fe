"""Forecasting: the next value of a noisy series with a daily and a weekly rhythm, from the 48 values before it.

A forecast is worth something only if it beats the simple ones, so "the same as now" and "the same as a day ago" are
measured beside it.
"""

from __future__ import annotations

import numpy as np
import small_data

import addax as tf
from addax.keras import layers

HISTORY, DAY = 48, 24


def series(length: int, rng: np.random.Generator) -> np.ndarray:
    """Hourly values: two rhythms, a slow wave, and noise."""
    hours = np.arange(length)
    daily = np.sin(2 * np.pi * hours / DAY)
    weekly = 0.5 * np.sin(2 * np.pi * hours / (7 * DAY))
    drift = 0.3 * np.sin(2 * np.pi * hours / 1111)
    return (daily + weekly + drift + 0.1 * rng.standard_normal(length)).astype("float32")


def windows(values: np.ndarray, shuffle: bool) -> tf.data.Dataset:
    """Batches of ((batch, 48, 1) values, (batch, 1) value that follows)."""
    pieces = np.lib.stride_tricks.sliding_window_view(values, HISTORY + 1)
    dataset = tf.data.Dataset.from_tensor_slices((pieces[:, :-1, None], pieces[:, -1:]))
    return (dataset.shuffle(len(pieces)) if shuffle else dataset).batch(64).prefetch(tf.data.AUTOTUNE)


def main(argv: list[str] | None = None) -> dict[str, float]:
    options = small_data.arguments(__doc__, epochs=6, samples=5000).parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)
    values = series(options.samples, np.random.default_rng(options.seed))
    cut = len(values) * 4 // 5
    train, test = values[:cut], values[cut - HISTORY :]

    model = tf.keras.Sequential(
        [
            layers.Conv1D(16, 5, activation="relu", padding="causal", input_shape=(HISTORY, 1)),
            layers.GRU(24),
            layers.Dense(1),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(5e-3), loss="huber", metrics=["mae"])
    model.fit(windows(train, shuffle=True), epochs=options.epochs, verbose=options.verbose)

    errors = {
        "network": model.evaluate(windows(test, shuffle=False), verbose=0, return_dict=True)["mae"],
        "the same as now": float(np.abs(test[HISTORY:] - test[HISTORY - 1 : -1]).mean()),
        "the same as a day ago": float(np.abs(test[HISTORY:] - test[HISTORY - DAY : -DAY]).mean()),
    }
    for name, error in errors.items():
        print(f"mean absolute error {error:.4f}: {name}")
    return errors


if __name__ == "__main__":
    main()
