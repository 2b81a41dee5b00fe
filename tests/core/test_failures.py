"""Functions on the host: what Python raises about arguments says who refuses, and is of each type TensorFlow has."""

import re

import numpy as np
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


@refusing("tf.pick_by")
def pick_by(function, items):
    if items is None:
        raise KeyError("no items")
    if items == "long":
        return pick_by.__wrapped__(function, items)
    if items == "large":
        return np.empty(2**57)
    return [function(item).upper() for item in items]


def test_what_the_users_function_raises_passes():
    with pytest.raises(ZeroDivisionError):
        pick_by(eval(compile("lambda item: item / 0", "program.py", "eval")), [1])
    with pytest.raises(KeyError, match="no items") as caught:  # raised by statement
        pick_by(str, None)
    assert type(caught.value) is KeyError


def test_exceptions_of_any_type_are_explained():
    with pytest.raises(TypeError, match=r"tf.pick_by: expected .*no attribute 'upper'(.|\n)*Received") as caught:
        pick_by(abs, [1])
    assert isinstance(caught.value, tf.errors.InvalidArgumentError)
    with pytest.raises(TypeError, match="tf.pick_by: expected"):
        pick_by(str, "long")
    with pytest.raises(tf.errors.ResourceExhaustedError, match="tf.pick_by"):
        pick_by(str, "large")


def test_messages_do_not_speak_of_jax():
    x = tf.ones((1, 4, 4, 1))
    for call in (
        lambda: tf.space_to_batch(x, 2, [[[1, 1]], [[1, 1]]]),
        lambda: tf.debugging.assert_greater("a", x),
        lambda: tf.keras.ops.pad(x, [[1, 1]] * 7),
        lambda: tf.keras.losses.cosine_similarity([1.0], [2.0], axis="x"),
        lambda: tf.keras.losses.huber([1.0, 2.0], [[3.0, 4.0, 5.0]], delta="a"),
        lambda: tf.experimental.numpy.cos(np.zeros(2, [("qint8", "i1")])),
    ):
        with pytest.raises((TypeError, ValueError, tf.errors.OpError), match="tf.|convert") as caught:
            call()
        assert not re.search(r"jax|jnp|lax|tracer|abstract array", str(caught.value), re.IGNORECASE), caught.value


RAGGED = tf.RaggedTensor.from_row_splits([3.0, 1.0, 4.0], [0, 2, 3])


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.random.Generator.from_seed(1).normal([2**40, 2**40]),
        lambda: tf.random.Generator.from_seed(1).skip("a"),
        lambda: tf.random.Generator("a"),
        lambda: RAGGED.merge_dims([1], 0),
        lambda: tf.RaggedTensor.from_nested_row_lengths([1.0], slice(0, 1)),
        lambda: tf.TensorArray(tf.float32, 3).read([1, 2]),
        lambda: tf.SparseTensor.from_value(tf.ones(2)),
        lambda: tf.keras.layers.RMSNormalization()(tf.ones(())),
        lambda: tf.keras.layers.Equalization()({"a": 1}),
        lambda: tf.keras.layers.RandomContrast([]),
    ],
)
def test_methods_and_constructors_explain(call):
    with pytest.raises(TypeError, match=r"^tf\.[\w. ()]+: expected(.|\n)*Received: [a-z]"):
        call()


def test_layers_of_users_raise_what_they_like():
    class Broken(tf.keras.layers.Layer):
        def call(self, inputs):
            return {}["a"]

    for layer in (Broken(), tf.keras.layers.Lambda(lambda x: {}["a"])):
        with pytest.raises(KeyError):
            layer(tf.ones(2))


def test_functions_made_of_ops_explain():
    with pytest.raises(TypeError, match=r"tf.keras.ops.diag: expected (.|\n)*Received: x float32"):
        tf.keras.ops.diag(tf.ones(4), "a")


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


def test_shapes_that_do_not_broadcast_are_named_as_in_tensorflow():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2,3\] vs\. \[4\]"):
        tf.ones((2, 3)) + tf.ones(4)
