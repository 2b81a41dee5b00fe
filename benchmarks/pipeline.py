"""Datasets: guide 3's pass over pairs, maps of arithmetic and of pictures, a generator, records, and `fit`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks import mnist
from benchmarks.work import Work, tensorflow, timed

dataset_pass = Work("dataset", "dataset: one pass over 20,000 pairs, shuffle 1,024, batch 256", "ms")
dataset_map = Work("dataset_map", "dataset: 20,000 pairs of 28x28 bytes, map(scale, reshape, one-hot), batch 256", "ms")
dataset_augment = Work(
    "dataset_augment", "dataset: 5,000 pictures 32x32x3, map(random flip, crop, brightness), batch 128", "ms"
)
dataset_generator = Work("dataset_generator", "dataset: 20,000 pairs from a Python generator, batch 256", "ms")
dataset_records = Work(
    "dataset_records", "dataset: 20,000 records of a TFRecord file, shuffle 1,024, batch 256, parse_example", "ms"
)
dataset_records_map = Work(
    "dataset_records_map", "dataset: 20,000 records of a TFRecord file, map(parse_single_example), batch 256", "ms"
)
fit_dataset = Work("fit_dataset", "fit: the MLP of mlp_fit without validation, from a dataset or from its arrays", "s")
WORKS = [
    dataset_pass, dataset_map, dataset_augment, dataset_generator, dataset_records, dataset_records_map, fit_dataset,
]  # fmt: skip


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


def record_file(tf, count: int) -> tempfile.TemporaryDirectory:
    """A folder with a file of Examples: 16 numbers and a label."""
    rng = np.random.default_rng(0)
    folder = tempfile.TemporaryDirectory()
    with tf.io.TFRecordWriter(str(Path(folder.name) / "records")) as writer:
        for x, y in zip(rng.normal(size=(count, 16)), rng.integers(10, size=count), strict=True):
            features = {
                "x": tf.train.Feature(float_list=tf.train.FloatList(value=x)),
                "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[y])),
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    return folder


def records(tf, count: int):
    """The dataset of a file of records, their features, and the folder, which goes with whoever holds it."""
    folder = record_file(tf, count)
    features = {"x": tf.io.FixedLenFeature([16], tf.float32), "y": tf.io.FixedLenFeature([], tf.int64)}
    return tf.data.TFRecordDataset(str(Path(folder.name) / "records")), features, folder


@dataset_records.by("addax", "tf")
def _records(framework: str, scale: float):
    tf = tensorflow(framework)
    count = int(20_000 * scale)
    dataset, features, folder = records(tf, count)

    def parsed(serialized):
        found = tf.io.parse_example(serialized, features)
        return found["x"], found["y"]

    run = passes(dataset.shuffle(1024).batch(256).map(parsed, num_parallel_calls=tf.data.AUTOTUNE), count)
    return lambda: run() if folder else 0.0


@dataset_records_map.by("addax", "tf")
def _records_map(framework: str, scale: float):
    tf = tensorflow(framework)
    count = int(20_000 * scale)
    dataset, features, folder = records(tf, count)

    def parsed(serialized):
        found = tf.io.parse_single_example(serialized, features)
        return found["x"] / 2.0, found["y"]

    run = passes(dataset.map(parsed, num_parallel_calls=tf.data.AUTOTUNE).batch(256), count)
    return lambda: run() if folder else 0.0


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
