"""Datasets: guide 3's pass over 20,000 pairs."""

from __future__ import annotations

import numpy as np

from benchmarks.work import Work, tensorflow, timed

dataset_pass = Work("dataset", "dataset: one pass over 20,000 pairs, shuffle 1,024, batch 256", "ms")
WORKS = [dataset_pass]


@dataset_pass.by("addax", "tf")
def _pass(framework: str, scale: float):
    tf = tensorflow(framework)
    rng = np.random.default_rng(0)
    count = int(20_000 * scale)
    features = rng.normal(size=(count, 2)).astype("float32")
    labels = rng.integers(2, size=(count, 1)).astype("float32")
    dataset = tf.data.Dataset.from_tensor_slices((features, labels)).shuffle(buffer_size=1024).batch(256)

    def run():
        seen = 0
        for x, _ in dataset:
            seen += len(x)
        assert seen == count

    return timed(run)
