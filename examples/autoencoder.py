"""A denoising autoencoder: digits with noise on them go in, the clean ones should come out."""

from __future__ import annotations

import numpy as np
import small_data

import addax as tf
from addax.keras import layers


def build(size: int) -> tf.keras.Model:
    inputs = tf.keras.Input(shape=(size, size, 1))
    noisy = layers.GaussianNoise(0.4)(inputs)  # in training only
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(noisy)
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(x)
    outputs = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
    model = tf.keras.Model(inputs, outputs, name="autoencoder")
    model.compile(optimizer=tf.keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["mse"])
    return model


def main(argv: list[str] | None = None) -> dict[str, float]:
    parser = small_data.arguments(__doc__, epochs=20, samples=1797)
    parser.add_argument("--data", default="digits", choices=("digits", "mnist"))
    parser.add_argument("--picture", help="write clean, noisy and cleaned digits to this PNG file")
    options = parser.parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)

    (x_train, _), (x_test, _) = small_data.images(options.data, options.samples)
    x_train, x_test = x_train[..., None], x_test[..., None]
    model = build(x_train.shape[1])
    model.fit(x_train, x_train, batch_size=32, epochs=options.epochs, verbose=options.verbose)

    noise = np.random.default_rng(options.seed).normal(0, 0.4, x_test.shape)
    noisy = (x_test + noise).astype("float32")
    cleaned = model.predict(noisy, verbose=0)
    errors = {
        "noisy": float(np.square(np.clip(noisy, 0, 1) - x_test).mean()),
        "cleaned": float(np.square(cleaned - x_test).mean()),
    }
    print(f"Mean squared distance from the clean digits: noisy {errors['noisy']:.4f}, cleaned {errors['cleaned']:.4f}.")
    if options.picture:
        small_data.draw_grid([each[:12, ..., 0] for each in (x_test, noisy, cleaned)], options.picture)
    return errors


if __name__ == "__main__":
    main()
