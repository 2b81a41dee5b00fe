"""Transfer learning: what a network learned about the digits 0 to 4 helps it with 5 to 9, of which there are few.

First the convolutions are frozen and only a new head learns; then everything is trained a little further at a low rate.
The same network trained from nothing on the few digits is measured beside it.
"""

from __future__ import annotations

import numpy as np
import small_data

import addax as tf
from addax.keras import layers


def build_base() -> tf.keras.Model:
    return tf.keras.Sequential(
        [
            layers.Conv2D(32, 3, padding="same", activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
        ],
        name="base",
    )


def with_head(base: tf.keras.Model, rate: float) -> tf.keras.Model:
    """The base with a new layer that tells five digits apart."""
    inputs = tf.keras.Input(shape=(8, 8, 1))
    outputs = layers.Dense(5, activation="softmax")(base(inputs))
    model = tf.keras.Model(inputs, outputs)
    compile_at(model, rate)
    return model


def compile_at(model: tf.keras.Model, rate: float) -> None:
    model.compile(tf.keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])


def main(argv: list[str] | None = None) -> dict[str, float]:
    parser = small_data.arguments(__doc__, epochs=10, samples=1797)
    parser.add_argument("--few", type=int, default=20, help="how many digits from 5 to 9 there are to learn from")
    options = parser.parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)

    (x_train, y_train), (x_test, y_test) = small_data.images("digits", options.samples)
    x_train, x_test = x_train[..., None], x_test[..., None]
    low = y_train < 5
    few = np.flatnonzero(~low)[: options.few]
    x_few, y_few = x_train[few], y_train[few] - 5
    test = x_test[y_test >= 5], y_test[y_test >= 5] - 5
    fit = {"batch_size": 16, "verbose": options.verbose}
    on_few = fit | {"epochs": 5 * options.epochs}  # an epoch of a few digits is soon over

    base = build_base()
    with_head(base, 1e-3).fit(x_train[low], y_train[low], epochs=options.epochs, **fit)

    base.trainable = False
    model = with_head(base, 1e-2)
    frozen = [weight.numpy() for weight in base.weights]
    print(f"New head: {len(model.trainable_weights)} weights to train, {len(model.non_trainable_weights)} frozen.")
    model.fit(x_few, y_few, **on_few)
    assert all(np.array_equal(before, after.numpy()) for before, after in zip(frozen, base.weights, strict=True))
    results = {"frozen": model.evaluate(*test, verbose=0)[1]}

    base.trainable = True
    compile_at(model, 1e-4)  # what is trainable is fixed when a model is compiled
    model.fit(x_few, y_few, **on_few)
    results["fine-tuned"] = model.evaluate(*test, verbose=0)[1]

    scratch = with_head(build_base(), 1e-3)
    scratch.fit(x_few, y_few, **on_few)
    results["from nothing"] = scratch.evaluate(*test, verbose=0)[1]
    for name, accuracy in results.items():
        print(f"test accuracy {accuracy:.4f}: {name}")
    return results


if __name__ == "__main__":
    main()
