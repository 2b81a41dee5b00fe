"""tf.image.combined_non_max_suppression, alone and as part of a model; numbers of TensorFlow."""

import numpy as np
import pytest

import addax as tf

BOXES = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [0, 0, 9, 9]], "float32")[None, :, None] / 30
SCORES = np.array([[0.9, 0.85], [0.8, 0.7], [0.7, 0.8], [0.85, 0.9]], "float32")[None]


def test_what_is_kept_has_names():
    kept = tf.image.combined_non_max_suppression(BOXES, SCORES, 3, 5)
    np.testing.assert_allclose(kept.nmsed_scores, [[0.9, 0.9, 0.8, 0.7, 0]])
    assert kept.nmsed_classes.numpy().tolist() == [[0, 1, 1, 0, 0]] and kept.valid_detections.numpy().tolist() == [4]
    np.testing.assert_allclose(kept.nmsed_boxes[0, :, 2], [1 / 3, 0.3, 1, 1, 0])
    assert kept.nmsed_boxes.shape == [1, 5, 4]
    assert tf.image.combined_non_max_suppression(BOXES, SCORES, 1, 5, pad_per_class=True).nmsed_scores.shape == [1, 2]
    few = tf.image.combined_non_max_suppression(BOXES, SCORES, 3, 5, iou_threshold=0.5, score_threshold=0.75)
    assert few.valid_detections.numpy().tolist() == [3]


def test_boxes_of_each_class_and_outside_of_the_image():
    boxes = np.concatenate([BOXES, BOXES + 0.1], 2)
    kept = tf.image.combined_non_max_suppression(boxes, SCORES, 2, 2, clip_boxes=False)
    np.testing.assert_allclose(kept.nmsed_boxes[0], [boxes[0, 0, 0], boxes[0, 3, 1]])
    clipped = tf.image.combined_non_max_suppression(boxes + 0.9, SCORES, 2, 2)
    assert float(tf.reduce_max(clipped.nmsed_boxes)) == 1.0


def test_nothing_and_what_does_not_fit():
    empty = tf.image.combined_non_max_suppression(tf.zeros((2, 0, 1, 4)), tf.zeros((2, 0, 3)), 2, 3)
    assert [part.shape.as_list() for part in empty] == [[2, 3, 4], [2, 3], [2, 3], [2]]
    for boxes, scores, sizes in (
        (BOXES, SCORES, (0, 3)),
        (BOXES, SCORES, (2, 3, 1.5)),
        (np.repeat(BOXES, 3, 2), SCORES, (2, 3)),
        (BOXES.astype("float64"), SCORES.astype("float64"), (2, 3)),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="combined_non_max_suppression"):
            tf.image.combined_non_max_suppression(boxes, scores, *sizes)


def test_as_a_layer_of_a_detector():
    class Decode(tf.keras.layers.Layer):
        def call(self, predictions):
            scores = tf.nn.sigmoid(predictions[..., 4:])
            return tf.image.combined_non_max_suppression(tf.expand_dims(predictions[..., :4], 2), scores, 3, 3)

    inputs = tf.keras.Input((None, 6))
    model = tf.keras.Model(inputs, Decode()(inputs))
    assert [part.shape.as_list() for part in model.outputs][0] == [None, 3, 4]
    found = model.predict(np.concatenate([BOXES[:, :, 0], SCORES], -1), verbose=0)
    assert found.valid_detections.tolist() == [3] and found.nmsed_classes.tolist() == [[0, 1, 1]]


def test_other_results_with_names():
    image = tf.reshape(tf.range(16.0), (1, 4, 4, 1))
    assert tf.nn.max_pool_with_argmax(image, 2, 2, "VALID").argmax.numpy().ravel().tolist() == [5, 7, 13, 15]
    box = tf.image.sample_distorted_bounding_box((4, 4, 1), [[[0.0, 0.0, 1.0, 1.0]]], seed=1)
    assert box.bboxes.shape == [1, 1, 4] and box.begin.shape == box.size.shape == [3]
