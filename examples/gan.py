"""A DCGAN on 8x8 digits: a generator that paints from noise against a discriminator that tells real from painted.

One `train_step`, two optimizers. Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks", 2015.
"""

from __future__ import annotations

import small_data

import addax as tf
from addax.keras import layers

LATENT = 32


def build_generator() -> tf.keras.Model:
    return tf.keras.Sequential(
        [
            layers.Dense(2 * 2 * 64, input_shape=(LATENT,)),
            layers.Reshape((2, 2, 64)),
            layers.Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid"),
        ],
        name="generator",
    )


def build_discriminator() -> tf.keras.Model:
    return tf.keras.Sequential(
        [
            layers.Conv2D(32, 4, strides=2, padding="same", input_shape=(8, 8, 1)),
            layers.LeakyReLU(0.2),
            layers.Conv2D(64, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(1),
        ],
        name="discriminator",
    )


class GAN(tf.keras.Model):
    """Generator and discriminator, each with an optimizer and a metric of its own."""

    def __init__(self):
        super().__init__()
        self.generator, self.discriminator = build_generator(), build_discriminator()
        self.g_loss = tf.keras.metrics.Mean(name="g_loss")
        self.d_loss = tf.keras.metrics.Mean(name="d_loss")

    def compile(self, g_optimizer, d_optimizer, **kwargs):
        super().compile(**kwargs)
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.loss_of = tf.keras.losses.BinaryCrossentropy(from_logits=True)

    @property
    def metrics(self):
        return [self.g_loss, self.d_loss]

    def train_step(self, real):
        count = tf.shape(real)[0]
        ones, zeros = tf.ones((count, 1)), tf.zeros((count, 1))

        painted = self.generator(tf.random.normal((count, LATENT)), training=True)
        with tf.GradientTape() as tape:
            on_real = self.discriminator(real, training=True)
            on_painted = self.discriminator(painted, training=True)
            d_loss = self.loss_of(0.9 * ones, on_real) + self.loss_of(zeros, on_painted)
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))

        with tf.GradientTape() as tape:
            painted = self.generator(tf.random.normal((count, LATENT)), training=True)
            g_loss = self.loss_of(ones, self.discriminator(painted, training=True))
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))

        self.g_loss.update_state(g_loss)
        self.d_loss.update_state(d_loss)
        return {metric.name: metric.result() for metric in self.metrics}


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    parser = small_data.arguments(__doc__, epochs=60, samples=1797)
    parser.add_argument("--picture", help="write painted digits to this PNG file")
    options = parser.parse_args(argv)
    tf.keras.utils.set_random_seed(options.seed)

    (x_train, _), _ = small_data.images("digits", options.samples)
    dataset = tf.data.Dataset.from_tensor_slices(x_train[..., None]).shuffle(len(x_train)).batch(64)
    gan = GAN()
    gan.compile(
        g_optimizer=tf.keras.optimizers.Adam(1e-3, beta_1=0.5),
        d_optimizer=tf.keras.optimizers.Adam(5e-4, beta_1=0.5),
    )
    history = gan.fit(dataset, epochs=options.epochs, verbose=options.verbose).history
    painted = gan.generator.predict(tf.random.normal((36, LATENT), seed=1), verbose=0)[..., 0]
    print(f"Mean brightness: real {x_train.mean():.3f}, painted {painted.mean():.3f}.")
    if options.picture:
        small_data.draw_grid([painted[:12], painted[12:24], painted[24:]], options.picture)
    return history


if __name__ == "__main__":
    main()
