"""A variational autoencoder: digits become points of a plane, and points of the plane become digits.

The encoder is a layer that says, for each digit, where in the plane it lies (a mean) and how surely (a variance); a
`Sampling` layer draws a point from there; the decoder paints it. The Kullback-Leibler divergence, which keeps the
points near the origin, is added by `add_loss`; `train_step` says what one step of training is.

Kingma and Welling, "Auto-Encoding Variational Bayes", 2013.
"""

from __future__ import annotations

import numpy as np
import small_data

import addax as tf
from addax.keras import layers


class Sampling(layers.Layer):
    """A point drawn from a normal distribution, so that gradients reach its mean and variance."""

    def call(self, inputs):
        mean, log_variance = inputs
        return mean + tf.exp(0.5 * log_variance) * tf.random.normal(tf.shape(mean))


class Encoder(layers.Layer):
    """Pixels to (mean, log of the variance, a point drawn from there)."""

    def __init__(self, latent: int, hidden: int, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(hidden, activation="relu")
        self.mean = layers.Dense(latent)
        self.log_variance = layers.Dense(latent)
        self.sampling = Sampling()

    def call(self, pixels):
        x = self.hidden(pixels)
        mean, log_variance = self.mean(x), self.log_variance(x)
        return mean, log_variance, self.sampling((mean, log_variance))


class Decoder(layers.Layer):
    """A point to pixels."""

    def __init__(self, pixels: int, hidden: int, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(hidden, activation="relu")
        self.out = layers.Dense(pixels, activation="sigmoid")

    def call(self, points):
        return self.out(self.hidden(points))


class VariationalAutoEncoder(tf.keras.Model):
    """Encoder and decoder, trained together."""

    def __init__(self, pixels: int, latent: int = 2, hidden: int = 128, **kwargs):
        super().__init__(**kwargs)
        self.pixels = pixels
        self.encoder = Encoder(latent, hidden)
        self.decoder = Decoder(pixels, hidden)
        self.loss_tracker = tf.keras.metrics.Mean(name="loss")
        self.reconstruction_tracker = tf.keras.metrics.Mean(name="reconstruction")

    @property
    def metrics(self):
        return [self.loss_tracker, self.reconstruction_tracker]

    def call(self, pixels):
        mean, log_variance, points = self.encoder(pixels)
        divergence = -0.5 * tf.reduce_sum(log_variance - tf.square(mean) - tf.exp(log_variance) + 1, axis=-1)
        self.add_loss(tf.reduce_mean(divergence))
        return self.decoder(points)

    def _losses_of(self, pixels, training):
        painted = self(pixels, training=training)
        reconstruction = self.pixels * tf.reduce_mean(tf.keras.losses.binary_crossentropy(pixels, painted))
        return reconstruction + sum(self.losses), reconstruction

    def _logs(self, loss, reconstruction):
        self.loss_tracker.update_state(loss)
        self.reconstruction_tracker.update_state(reconstruction)
        return {metric.name: metric.result() for metric in self.metrics}

    def train_step(self, data):
        pixels = data[0] if isinstance(data, tuple) else data
        with tf.GradientTape() as tape:
            loss, reconstruction = self._losses_of(pixels, training=True)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return self._logs(loss, reconstruction)

    def test_step(self, data):
        pixels = data[0] if isinstance(data, tuple) else data
        return self._logs(*self._losses_of(pixels, training=False))


def draw(vae: VariationalAutoEncoder, size: int, path: str, steps: int = 12) -> None:
    """The plane from (-2, -2) to (2, 2) as digits."""
    axis = np.linspace(-2, 2, steps, dtype="float32")
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    painted = vae.decoder(plane).numpy().reshape(steps, steps, size, size)
    small_data.draw_grid(list(painted), path)


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    parser = small_data.arguments(__doc__, epochs=60, samples=1797)
    parser.add_argument("--data", default="digits", choices=("digits", "mnist"))
    parser.add_argument("--picture", default="vae.png", help="where the picture of generated digits goes")
    options = parser.parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)

    (x_train, _), (x_test, _) = small_data.images(options.data, options.samples)
    size = x_train.shape[1]
    x_train, x_test = x_train.reshape(len(x_train), -1), x_test.reshape(len(x_test), -1)

    vae = VariationalAutoEncoder(size * size)
    vae.compile(optimizer=tf.keras.optimizers.Adam(3e-3))
    history = vae.fit(x_train, batch_size=64, epochs=options.epochs, verbose=options.verbose)
    result = vae.evaluate(x_test, verbose=0, return_dict=True)
    print(
        f"On digits it has not seen: loss {result['loss']:.2f}, of that reconstruction {result['reconstruction']:.2f}."
    )
    draw(vae, size, options.picture)
    return history.history


if __name__ == "__main__":
    main()
