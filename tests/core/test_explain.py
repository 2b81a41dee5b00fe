"""tape.explain: the missing link, in words."""

import gc

import numpy as np
import pytest

import addax as tf


def said(make, watch=(), source=None, **options):
    source = tf.Variable([1.5, 2.0], name="v") if source is None else source
    with tf.GradientTape(persistent=True, **options) as tape:
        tape.watch(list(watch))
        target = make(source)
    text = tape.explain(target, source)
    assert ("is None" in text) == (tape.gradient(target, source) is None)
    assert tape.explain(target, source) == text
    return text


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda v: tf.reduce_sum(tf.stop_gradient(v * 2.0) * 3.0), "ends at tf.stop_gradient"),
        (lambda v: tf.round(v) + 1.0, "ends at tf.round"),
        (lambda v: tf.cast(tf.argmax(v), tf.float32) * 2.0, "integers: tf.argmax"),
        (lambda v: tf.argmax(v), "integers: tf.argmax"),
        (lambda v: tf.constant(v.numpy()) * 2.0, "read through NumPy only"),
        (lambda v: tf.constant((v * 1.0).numpy()) * 2.0, "left through NumPy"),
        (lambda v: tf.constant(np.sin(v * 1.0)) * 2.0, "left through NumPy"),
        (lambda v: tf.constant(2.0) * 2.0, "was not used while the tape recorded"),
        (lambda v: (v * 2.0, tf.Variable(1.0) * 2.0)[1], "not computed from it; the last use of it was in tf.multiply"),
        (lambda v: tf.function(lambda a: tf.floor(a))(v), "inside tf.function no result depends on it"),
    ],
)
def test_the_missing_link(make, words):
    text = said(make)
    assert text.startswith("The gradient with respect to variable 'v:0' is None: ") and words in text


def test_sources_that_were_never_watched():
    frozen = tf.Variable(1.0, trainable=False, name="frozen")
    assert "not trainable" in said(lambda v: v * 2.0, source=frozen)
    assert "watch_accessed_variables=False" in said(lambda v: v * 2.0, watch_accessed_variables=False)
    assert "call tape.watch(x) before" in said(lambda x: x * 2.0, source=tf.constant([1.0, 2.0]))
    assert "dtype is int32" in said(lambda v: v * 2, source=tf.Variable(3))
    x = tf.constant(2.0)
    assert "watched, but never used" in said(lambda _: tf.Variable(1.0) * 1.0, watch=[x], source=x)


def test_a_gradient_that_exists_and_several_sources():
    v, w = tf.Variable(2.0, name="v"), tf.Variable(2.0, name="w")
    with tf.GradientTape() as tape:
        y = tf.exp(tf.sin(v * 2.0))
    assert tape.explain(y, [v, w]).splitlines() == [
        "There is a gradient with respect to variable 'v:0', through multiply -> sin -> exp.",
        "The gradient with respect to variable 'w:0' is None: it was not used while the tape recorded.",
    ]
    assert tape.gradient(y, [v, w])[1] is None  # afterwards the tape is used up, and still knows why
    assert "not used" in tape.explain(y, w) and "through multiply" in tape.explain(y, v)


def test_inside_a_function():
    v, told = tf.Variable(2.0, name="v"), []

    @tf.function
    def f():
        with tf.GradientTape() as tape:
            y = tf.round(v) * 2.0
        told.append(tape.explain(y, v))
        return y

    assert float(f()) == 4.0
    assert "ends at tf.round" in told[0]


def test_refuses_other_things():
    with tf.GradientTape() as tape:
        pass
    with pytest.raises(ValueError, match="expected tensors or variables"):
        tape.explain(3.0, tf.Variable(1.0))


def test_keras_says_why():
    v, w = tf.Variable(2.0, name="v"), tf.Variable(2.0, name="w")
    optimizer = tf.keras.optimizers.SGD(0.1)

    def gradients():
        with tf.GradientTape() as tape:
            loss = v * v + tf.floor(w)
        return tape.gradient(loss, [v, w])

    found = gradients()
    gc.collect()
    with pytest.warns(UserWarning, match=r"\['w:0'\] when minimizing the loss(?s:.*)w:0: .*ends at tf.floor"):
        optimizer.apply_gradients(zip(found, [v, w], strict=True))
