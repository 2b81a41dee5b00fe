"""Results that no machine holds are refused with TensorFlow's types; XLA would end the process."""

import pytest

import addax as tf

LARGE = 2**40


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.ones([LARGE, LARGE]),
        lambda: tf.broadcast_to(1.0, [LARGE, LARGE]),
        lambda: tf.random.normal([2**62, 4]),
        lambda: tf.experimental.numpy.ones([LARGE, LARGE]),
        lambda: tf.pad([1.0], [[2**62, 2**62]]),
        tf.function(lambda: tf.ones([LARGE, LARGE])),
        lambda: tf.keras.ops.adaptive_average_pool(tf.ones((1, 3, 1)), 2**70),
        lambda: tf.image.resize(tf.ones((1, 4, 4, 3)), [2**31, 2**31]),
    ],
)
def test_more_elements_than_can_be_counted(call):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"less than 2\*\*63 elements"):
        call()


@pytest.mark.parametrize("call", [lambda: tf.zeros([2**60]), lambda: tf.random.uniform([2**31, 2**31])])
def test_more_bytes_than_can_be_addressed(call):
    with pytest.raises(tf.errors.ResourceExhaustedError, match="OOM"):
        call()
