"""A first look: train a small network on real handwritten digits, draw what it learned, save it and load it again.

`make demo` runs this. The 1,797 digits (8x8 pixels, written by 43 people) come with scikit-learn, so nothing is
downloaded. Everything that it writes goes to `demo_output/`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import addax as tf

GOAL = 0.95


def load() -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Training, validation and test digits: rows of 64 pixels from 0 to 1, and the numbers they show."""
    digits = load_digits()
    pixels = (digits.data / 16.0).astype("float32")
    numbers = digits.target.astype("int32")
    x, x_test, y, y_test = train_test_split(pixels, numbers, test_size=0.2, random_state=0, stratify=numbers)
    x_train, x_val, y_train, y_val = train_test_split(x, y, test_size=0.15, random_state=0, stratify=y)
    return (x_train, y_train), (x_val, y_val), (x_test, y_test)


def build() -> tf.keras.Model:
    """The multi-layer perceptron of the guides, for 64 pixels instead of 784."""
    inputs = tf.keras.Input(shape=(64,), name="digits")
    x = tf.keras.layers.Dense(64, activation="relu", name="dense_1")(inputs)
    x = tf.keras.layers.Dense(64, activation="relu", name="dense_2")(x)
    outputs = tf.keras.layers.Dense(10, activation="softmax", name="predictions")(x)
    model = tf.keras.Model(inputs, outputs, name="digits_mlp")
    model.compile(
        optimizer=tf.keras.optimizers.RMSprop(),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(),
        metrics=[tf.keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model


def draw_learning_curve(history: dict[str, list[float]], path: Path) -> None:
    """Loss and accuracy per epoch, on training and validation digits."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.5), layout="constrained")
    epochs = range(1, len(history["loss"]) + 1)
    for axes, key in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, history[key], label="training")
        axes.plot(epochs, history[f"val_{key}"], label="validation")
        axes.set(title=key, xlabel="epoch")
        axes.legend()
    figure.savefig(path, dpi=120)


def draw_predictions(x: np.ndarray, y: np.ndarray, probabilities: np.ndarray, path: Path) -> None:
    """Some test digits with what the model says; mistakes first, in red."""
    from matplotlib.figure import Figure

    answers = probabilities.argmax(axis=1)
    order = np.argsort(answers == y, kind="stable")[:24]
    figure = Figure(figsize=(9, 5), layout="constrained")
    for axes, row in zip(figure.subplots(3, 8).flat, order, strict=True):
        right = answers[row] == y[row]
        axes.imshow(x[row].reshape(8, 8), cmap="gray_r")
        title = f"{answers[row]} ({probabilities[row].max():.0%})" + ("" if right else f"\nreally {y[row]}")
        axes.set_title(title, fontsize=9, color="black" if right else "red")
        axes.set_axis_off()
    figure.savefig(path, dpi=120)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30, help="how often the model sees every training digit")
    parser.add_argument("--output", type=Path, default=Path("demo_output"), help="where the files go")
    options = parser.parse_args(argv)
    begun = time.perf_counter()
    options.output.mkdir(parents=True, exist_ok=True)
    tf.keras.utils.set_random_seed(1)

    (x_train, y_train), validation, (x_test, y_test) = load()
    print(f"Real handwritten digits: {len(x_train)} to learn from, {len(validation[0])} to check on the way,")
    print(f"{len(x_test)} kept aside for the test at the end. This is the network:\n")
    model = build()
    model.summary()

    print("\nIt learns now. The loss should fall, the accuracy should rise:\n")
    history = model.fit(x_train, y_train, batch_size=32, epochs=options.epochs, validation_data=validation)

    print("\nThe test, on digits that it has never seen:\n")
    _, accuracy = model.evaluate(x_test, y_test)
    probabilities = model.predict(x_test, verbose=0)

    file = options.output / "digits.keras"
    model.save(file)
    reloaded = tf.keras.models.load_model(file)
    same = bool(np.array_equal(reloaded.predict(x_test, verbose=0), probabilities))

    curve, pictures = options.output / "learning_curve.png", options.output / "predictions.png"
    draw_learning_curve(history.history, curve)
    draw_predictions(x_test, y_test, probabilities, pictures)

    right = int((probabilities.argmax(axis=1) == y_test).sum())
    print(f"\nTest accuracy: {accuracy:.4f} ({right} of {len(x_test)} digits read correctly).")
    print(f"Saved as {file}, loaded again: the predictions are {'exactly the same' if same else 'DIFFERENT'}.")
    print(f"How it learned: {curve}\nWhat it says of some digits: {pictures}")
    print(f"All of that took {time.perf_counter() - begun:.0f} seconds.")
    if not same or accuracy < GOAL:
        print(
            f"\nSomething is wrong: expected the same predictions and an accuracy of at least {GOAL}.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
