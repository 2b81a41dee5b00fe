"""tf.debugging.enable_traceback_filtering."""

import os
import traceback

import numpy as np
import pytest

import addax as tf

HERE = os.path.basename(__file__)


def _files(call):
    with pytest.raises(Exception) as caught:
        call()
    return [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]


def _ours(files):
    return [name for name in files if f"{os.sep}addax{os.sep}" in name]


def _model():
    class Wrong(tf.keras.layers.Layer):
        def call(self, x):
            return tf.reshape(x, [7])

    model = tf.keras.Sequential([tf.keras.layers.Dense(2), Wrong()])
    model.compile("sgd", "mse")
    return model


def test_errors_show_the_program():
    x, y = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32)
    files = _files(lambda: _model().fit(x, y, verbose=0))
    assert len(_ours(files)) <= 1 and os.path.basename(files[-1]) == HERE
    f = tf.function(lambda v: tf.reshape(v, [7]))
    files = _files(lambda: f(tf.ones([2])))
    assert len(_ours(files)) <= 2 and os.path.basename(files[-1]) == HERE
    tf.debugging.disable_traceback_filtering()
    try:
        assert not tf.debugging.is_traceback_filtering_enabled()
        assert len(_ours(_files(lambda: _model().fit(x, y, verbose=0)))) > 8
    finally:
        tf.debugging.enable_traceback_filtering()


def test_names_and_signatures_stay():
    assert tf.keras.Model.fit.__name__ == "fit" and tf.keras.Model.fit.__doc__


def test_what_is_not_compiled_is_named_with_its_line():
    def inner(x):
        return tf.unique(x)[0]

    @tf.function
    def f(x):
        if tf.reduce_all(x > 0):
            x = x + 1
        return tf.reduce_sum(inner(x))

    with pytest.warns(UserWarning, match=r"unique(.|\n)*In: .*test_tracebacks\.py:\d+, in inner: return tf\.unique"):
        assert f(tf.constant([1, 2, 1])).numpy() == 5
