"""Random boxes of images: those of TensorFlow for the same seed."""

import numpy as np
import pytest

import addax as tf

BOXES = [[[0.1, 0.2, 0.6, 0.8], [0.3, 0.3, 0.9, 0.5]]]
KINDS = [  # area_range, aspect_ratio_range, max_attempts, min_object_covered
    ((0.05, 1.0), (0.75, 1.33), 100, 0.1),
    ((0.3, 0.5), (0.9, 1.1), 10, 0.5),
    ((0.9, 1.0), (1.0, 1.0), 3, 0.9),
    ((0.05, 0.2), (0.5, 2.0), 100, 0.1),
]
MEASURED = [
    [[28, 5, 24, 23], [0, 1, 54, 67], [7, 2, 21, 27], [9, 38, 27, 34], [0, 17, 49, 49], [7, 4, 45, 36]],
    [[4, 20, 45, 44], [0, 14, 42, 45], [13, 31, 40, 44], [12, 28, 40, 43], [1, 15, 39, 38], [7, 32, 48, 44]],
    [[0, 0, 60, 80], [0, 0, 60, 80], [0, 0, 60, 80], [0, 0, 60, 80], [0, 0, 60, 80], [0, 0, 60, 80]],
    [[12, 24, 22, 24], [13, 29, 17, 30], [43, 34, 15, 29], [18, 1, 18, 33], [1, 21, 18, 20], [4, 32, 21, 13]],
]


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_boxes_of_seeds(kind):
    area, ratio, attempts, covered = KINDS[kind]
    for seed, expected in enumerate(MEASURED[kind]):
        begin, size, box = tf.image.stateless_sample_distorted_bounding_box(
            [60, 80, 3], tf.constant(BOXES), (seed, 2), covered, ratio, area, attempts
        )
        assert [*begin.numpy(), *size.numpy()] == [*expected[:2], 0, *expected[2:], -1]
        top, left, rows, columns = expected
        np.testing.assert_allclose(box[0, 0], [top / 60, left / 80, (top + rows) / 60, (left + columns) / 80], 1e-6)
