"""Handwritten digits by a loop of one's own: `tf.data`, `GradientTape`, `tf.function`, metrics by hand.

Without `@tf.function` (`--eager`) the same code runs line by line, for looking into it.
"""

from __future__ import annotations

import time

import small_data

import addax as tf


def main(argv: list[str] | None = None) -> float:
    parser = small_data.arguments(__doc__, epochs=12, samples=1797)
    parser.add_argument("--data", default="digits", choices=("digits", "mnist"))
    parser.add_argument("--eager", action="store_true", help="do not compile the step")
    options = parser.parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)

    (x_train, y_train), (x_test, y_test) = small_data.images(options.data, options.samples)
    train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1024).batch(64)
    test = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(64)

    model = tf.keras.Sequential(
        [tf.keras.layers.Flatten(), tf.keras.layers.Dense(128, activation="relu"), tf.keras.layers.Dense(10)]
    )
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.Adam(learning_rate=3e-3)
    mean_loss = tf.keras.metrics.Mean()
    accuracy = tf.keras.metrics.SparseCategoricalAccuracy()

    def train_step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_of(y, logits)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
        mean_loss.update_state(loss)
        accuracy.update_state(y, logits)

    def test_step(x, y):
        accuracy.update_state(y, model(x, training=False))

    if not options.eager:
        train_step, test_step = tf.function(train_step), tf.function(test_step)

    for epoch in range(options.epochs):
        begun = time.perf_counter()
        mean_loss.reset_state()
        accuracy.reset_state()
        for x, y in train:
            train_step(x, y)
        loss, on_train = float(mean_loss.result()), float(accuracy.result())
        accuracy.reset_state()
        for x, y in test:
            test_step(x, y)
        if options.verbose:
            seconds = time.perf_counter() - begun
            print(
                f"epoch {epoch + 1}: loss {loss:.4f}, accuracy {on_train:.4f}, test {float(accuracy.result()):.4f} "
                f"({seconds:.2f} s)"
            )
    return float(accuracy.result())


if __name__ == "__main__":
    main()
