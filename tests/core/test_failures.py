"""Functions on the host: what Python raises about arguments says who refuses, and is of each type TensorFlow has."""

import pytest

import addax as tf
from addax.core import errors
from addax.core.failures import refusing


@refusing("tf.pick")
def pick(items, place=0):
    """An item."""
    if place == 99:
        raise errors.NotFoundError("tf.pick: no such place")
    if place == 98:
        raise ValueError("tf.pick: an own check")
    return items[place]


def test_errors_of_python_are_explained():
    assert pick([7]) == 7 and pick.__doc__ == "An item."
    for kind in (tf.errors.InvalidArgumentError, TypeError, ValueError):
        with pytest.raises(kind, match=r"tf.pick: expected(.|\n)*Received: items \[1(.|\n)*place 3"):
            pick([1], place=3)
    with pytest.raises(TypeError, match="subscriptable"):
        pick(5)


def test_own_errors_and_wrong_calls_pass():
    with pytest.raises(tf.errors.NotFoundError, match="no such place"):
        pick([1], 99)
    with pytest.raises(ValueError, match="an own check") as caught:
        pick([1], 98)
    assert type(caught.value) is ValueError
    with pytest.raises(TypeError, match="unexpected keyword") as called:
        pick([1], at=1)
    assert type(called.value) is TypeError


def test_boxes_are_refused_as_tensorflow_refuses_them():
    boxes, scores = tf.ones((4, 4)), tf.ones(4)
    for call in (
        lambda: tf.image.non_max_suppression(boxes, scores, [1]),
        lambda: tf.image.non_max_suppression_with_scores(boxes, scores, [1]),
        lambda: tf.image.non_max_suppression_overlaps(tf.ones(4), scores, 3),
        lambda: tf.image.combined_non_max_suppression(tf.ones((4, 1, 4)), tf.ones((1, 4, 2)), 2, 3),
        lambda: tf.unravel_index([5], "a"),
    ):
        with pytest.raises((tf.errors.InvalidArgumentError, TypeError), match="tf."):
            call()
