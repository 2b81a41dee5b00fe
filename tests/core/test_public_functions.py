"""Functions that namespaces export explain what is raised in them, and stay the functions they are."""

import inspect
import pickle

import pytest

import addax as tf
from addax.core import public_functions
from addax.ops import conjugate_gradient


def test_what_python_raises_is_explained():
    for call in (
        lambda: tf.strings.unicode_decode(["a"], 3.0),
        lambda: tf.strings.format(..., 1),
        lambda: tf.keras.backend.dot(3, "a"),
        lambda: tf.experimental.numpy.einsum("ij->"),
        lambda: tf.experimental.numpy.cos(2**70),
        lambda: tf.random.split([1, 2], [float("nan")]),
        lambda: tf.linalg.conjugate_gradient(tf.ones(2), 3),
        lambda: tf.keras.ops.numpy.bartlett([[1, 2]]),
    ):
        for kind in (TypeError, ValueError, tf.errors.InvalidArgumentError):
            with pytest.raises(kind, match=r"^tf\.[a-z._]+: expected(.|\n)*Received(.|\n)*To do"):
                call()


@pytest.mark.filterwarnings("ignore")
def test_in_a_function():
    @tf.function
    def decoded(texts):
        return tf.strings.unicode_decode(texts, 3.0).flat_values

    with pytest.raises(TypeError, match=r"tf.strings.unicode_decode: expected"):
        decoded(tf.constant(["a"]))


def test_one_function_under_all_its_names():
    assert tf.norm is tf.linalg.norm
    public = tf.linalg.conjugate_gradient
    plain = public_functions.plain(public)
    assert public is conjugate_gradient.conjugate_gradient and plain is not public
    assert public_functions.plain(tf.add) is tf.add
    assert inspect.signature(public) == inspect.signature(plain) and public.__doc__ == plain.__doc__


def test_calls_without_an_argument_say_so():
    x = tf.keras.Input((3,))
    for call in (lambda: tf.keras.ops.outer(x), lambda: tf.keras.ops.outer(1.0)):
        with pytest.raises(TypeError, match="missing .*'x2'"):
            call()


def test_functions_are_pickled():
    assert pickle.loads(pickle.dumps(tf.norm))([3.0, 4.0]).numpy() == 5
