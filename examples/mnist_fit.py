"""Handwritten digits by `fit`: compile, train with callbacks, evaluate, predict.

The 8x8 digits need no network and seconds; `--data mnist --samples 70000 --epochs 5` takes the real thing.
"""

from __future__ import annotations

import small_data

import addax as tf
from addax import keras


def build(shape: tuple[int, ...]) -> keras.Model:
    model = keras.Sequential(
        [
            keras.layers.Flatten(input_shape=shape),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(argv: list[str] | None = None) -> float:
    parser = small_data.arguments(__doc__, epochs=30, samples=1797)
    parser.add_argument("--data", default="digits", choices=("digits", "mnist"))
    options = parser.parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)

    (x_train, y_train), (x_test, y_test) = small_data.images(options.data, options.samples)
    model = build(x_train.shape[1:])
    callbacks = [
        keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=3),
    ]
    model.fit(
        x_train,
        y_train,
        batch_size=32,
        epochs=options.epochs,
        validation_split=0.1,
        callbacks=callbacks,
        verbose=options.verbose,
    )

    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    probabilities = model.predict(x_test[:5], verbose=0)
    print(f"Test accuracy {accuracy:.4f}; first digits {y_test[:5]}, predicted {probabilities.argmax(axis=1)}.")
    return accuracy


if __name__ == "__main__":
    main()
