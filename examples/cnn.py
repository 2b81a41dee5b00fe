"""A convolutional network: convolutions, batch normalization, pooling, dropout, a learning-rate schedule."""

from __future__ import annotations

import small_data

import addax as tf
from addax.keras import layers


def build(size: int, steps: int) -> tf.keras.Model:
    inputs = tf.keras.Input(shape=(size, size, 1))
    x = inputs
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3)(x)
    outputs = layers.Dense(10)(x)
    model = tf.keras.Model(inputs, outputs, name="cnn")
    schedule = tf.keras.optimizers.schedules.CosineDecay(5e-3, decay_steps=steps)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(schedule),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def main(argv: list[str] | None = None) -> float:
    parser = small_data.arguments(__doc__, epochs=10, samples=1797)
    parser.add_argument("--data", default="digits", choices=("digits", "mnist"))
    options = parser.parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)

    (x_train, y_train), (x_test, y_test) = small_data.images(options.data, options.samples)
    model = build(x_train.shape[1], steps=options.epochs * (len(x_train) // 32 + 1))
    if options.verbose:
        model.summary()
    model.fit(x_train[..., None], y_train, batch_size=32, epochs=options.epochs, verbose=options.verbose)
    _, accuracy = model.evaluate(x_test[..., None], y_test, verbose=0)
    print(f"Test accuracy {accuracy:.4f}.")
    return accuracy


if __name__ == "__main__":
    main()
