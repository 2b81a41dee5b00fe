"""Datasets: guide 3's pass over pairs, maps of arithmetic and of pictures, a generator, and `fit` fed by a dataset."""

from __future__ import annotations

import numpy as np

from benchmarks import mnist
from benchmarks.work import Work, tensorflow, timed

dataset_pass = Work("dataset", "dataset: one pass over 20,000 pairs, shuffle 1,024, batch 256", "ms")
dataset_map = Work("dataset_map", "dataset: 20,000 pairs of 28x28 bytes, map(scale, reshape, one-hot), batch 256", "ms")
dataset_augment = Work(
    "dataset_augment", "dataset: 5,000 pictures 32x32x3, map(random flip, crop, brightness), batch 128", "ms"
)
dataset_generator = Work("dataset_generator", "dataset: 20,000 pairs from a Python generator, batch 256", "ms")
fit_dataset = Work("fit_dataset", "fit: the MLP of mlp_fit without validation, from a dataset or from its arrays", "s")
WORKS = [dataset_pass, dataset_map, dataset_augment, dataset_generator, fit_dataset]


def passes(dataset, count: int):
    """run() of one pass over batches of pairs."""

    def run():
        seen = 0
        for x, _ in dataset:
            seen += len(np.asarray(x))  # waits for it
        assert seen == count

    return timed(run)


def pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 2)).astype("float32"), rng.integers(2, size=(count, 1)).astype("float32")


@dataset_pass.by("addax", "tf")
def _pass(framework: str, scale: float):
    tf = tensorflow(framework)
    count = int(20_000 * scale)
    return passes(tf.data.Dataset.from_tensor_slices(pairs(count)).shuffle(buffer_size=1024).batch(256), count)


@dataset_map.by("addax", "tf")
def _map(framework: str, scale: float):
    tf = tensorflow(framework)
    count = int(20_000 * scale)
    rng = np.random.default_rng(0)
    pixels = rng.integers(256, size=(count, 28, 28)).astype("uint8")
    labels = rng.integers(10, size=count).astype("int32")

    def prepared(x, y):
        return tf.reshape(tf.cast(x, tf.float32) / 255.0 * 2.0 - 1.0, [784]), tf.one_hot(y, 10)

    dataset = tf.data.Dataset.from_tensor_slices((pixels, labels))
    return passes(dataset.map(prepared, num_parallel_calls=tf.data.AUTOTUNE).batch(256), count)


@dataset_augment.by("addax", "tf")
def _augment(framework: str, scale: float):
    tf = tensorflow(framework)
    count = int(5_000 * scale)
    rng = np.random.default_rng(0)
    pictures = rng.random((count, 32, 32, 3), dtype="float32")
    labels = rng.integers(10, size=count).astype("int32")

    def augmented(x, y):
        x = tf.image.random_flip_left_right(x)
        x = tf.pad(x, [[4, 4], [4, 4], [0, 0]])
        x = tf.image.random_crop(x, [32, 32, 3])
        return tf.image.random_brightness(x, 0.2), y

    dataset = tf.data.Dataset.from_tensor_slices((pictures, labels))
    return passes(dataset.map(augmented, num_parallel_calls=tf.data.AUTOTUNE).batch(128), count)


@dataset_generator.by("addax", "tf")
def _generator(framework: str, scale: float):
    tf = tensorflow(framework)
    count = int(20_000 * scale)
    x, y = pairs(count)

    def generate():
        yield from zip(x, y, strict=True)

    signature = (tf.TensorSpec((2,), tf.float32), tf.TensorSpec((1,), tf.float32))
    return passes(tf.data.Dataset.from_generator(generate, output_signature=signature).batch(256), count)


@fit_dataset.by("addax", "addax-arrays", "tf")
def _fit(framework: str, scale: float):
    """The framework "addax-arrays" is `fit` on the arrays themselves."""
    (x, y), _ = mnist.fit_data(scale)
    tf = tensorflow(framework.partition("-")[0])
    model = mnist.guide_model(tf.keras)
    if framework == "addax-arrays":
        return timed(lambda: model.fit(x, y, batch_size=64, epochs=1, verbose=0))
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(buffer_size=1024).batch(64)
    return timed(lambda: model.fit(dataset, epochs=1, verbose=0))
