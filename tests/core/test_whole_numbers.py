"""Axes and sizes are whole numbers, whatever was asked for before."""

import numpy as np
import pytest

import addax as tf

X = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
DEEP = tf.reshape(X, [1] * 9 + [2, 3])
# Numbers that no other test asks for.
CALLS = {
    "expand_dims": (lambda a: tf.expand_dims(DEEP, a), 11.0, 11),
    "concat": (lambda a: tf.concat([DEEP, DEEP], a), 10.0, 10),
    "split": (lambda a: tf.split(DEEP, 3, axis=a), 10.0, 10),
    "gather": (lambda a: tf.gather(DEEP, [0], axis=a), 10.0, 10),
    "reshape": (lambda a: tf.reshape(tf.zeros([158]), a), [79.0, 2.0], [79, 2]),
    "zeros": (tf.zeros, [79.0, 1.0], [79, 1]),
    "roll": (lambda a: tf.roll(X, a, 0), 79.0, 79),
    "one_hot": (lambda a: tf.one_hot([1], a), 79.0, 79),
    "transpose": (lambda a: tf.transpose(DEEP, a), [10.0, *range(10)], [10, *range(10)]),
    "reduce_sum": (lambda a: tf.reduce_sum(X, axis=a), tf.constant(1.0), 1),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_float_is_refused_and_the_whole_number_is_taken_afterwards(name):
    # Plans are found by their static arguments, and 2.0 == 2.
    call, wrong, right = CALLS[name]
    with pytest.raises(TypeError, match="whole numbers"):
        call(wrong)
    with pytest.raises(tf.errors.InvalidArgumentError):
        call(wrong)
    call(right)


def test_an_op_that_failed_for_a_float_works_for_the_whole_number():
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.linalg.band_part(X, 1.0, 0.0)
    assert tf.linalg.band_part(X, 1, 0).numpy().tolist() == [[1.0, 0.0, 0.0], [4.0, 5.0, 0.0]]


@pytest.mark.parametrize(
    "call",
    [
        lambda a: tf.reduce_sum(X, axis=a), lambda a: tf.reduce_sum(X, axis=(a,)), lambda a: tf.reduce_sum(X, axis=[a]),
        lambda a: tf.reshape(X, (a, 6)), lambda a: tf.transpose(X, (a, 0)), lambda a: tf.math.top_k(X, a),
        lambda a: tf.pad(X, ((a, a), (0, 0))), lambda a: tf.roll(X, 1, a), lambda a: tf.linalg.diag(X, k=a),
        lambda a: tf.zeros((a, 2)), lambda a: tf.linalg.band_part(X, a, 0), lambda a: tf.signal.frame(X, a, 1),
        lambda a: tf.split(X, a, axis=0), lambda a: tf.boolean_mask(X, [True] * 3, axis=a),
        lambda a: tf.image.crop_to_bounding_box(X[None, :, :, None], a, 0, 1, 1),
    ],
)  # fmt: skip
def test_a_float_is_refused_after_the_whole_number_was_taken(call):
    call(1)
    with pytest.raises((TypeError, ValueError)):
        call(1.0)
    call(1)


def test_numbers_that_tensorflow_takes_for_an_axis():
    for axis in (True, np.bool_(True), np.float64(1)):
        assert tf.reduce_sum(X, axis=axis).numpy().tolist() == [6, 15]
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.roll(X, 1, axis)
    assert tf.nn.softmax(X, axis=1.0).shape == tf.sort(X, axis=1.0).shape == (2, 3)
    with pytest.raises(TypeError):
        tf.cumsum(X, axis=1.0)


def test_text_is_no_axis_and_numpys_sizes_are_cast():
    with pytest.raises(TypeError, match="axis"):
        tf.math.cumprod(tf.ones((2, 3, 4)), axis="a")
    assert tf.zeros(np.array([2.0, 1.0])).shape == (2, 1)
    assert tf.reshape(X, np.array([3, 2], np.int64)).shape == (3, 2)
