"""tf.quantization: TensorFlow's numbers and gradients."""

import numpy as np
import pytest

import addax as tf

X = np.array([-3.0, -1.5, -0.2, 0.0, 0.5, 1.5, 2.0, 7.0], np.float32)
# Recorded from TensorFlow 2.21: quantize(X, -4, 4, dtype, mode).
QUANTIZED = {
    ("qint8", "MIN_COMBINED"): [-96, -48, -7, -1, 15, 47, 63, 127],
    ("quint8", "MIN_FIRST"): [32, 80, 122, 128, 144, 176, 192, 255],
    ("qint16", "SCALED"): [-24575, -12288, -1638, 0, 4096, 12288, 16384, 32767],
}


@pytest.mark.parametrize(("kind", "mode"), list(QUANTIZED))
def test_quantize_and_back(kind, mode):
    found = tf.quantization.quantize(X, -4.0, 4.0, kind, mode=mode)
    assert found.output.dtype.name == kind
    assert found.output.numpy().tolist() == QUANTIZED[kind, mode]
    back = tf.quantization.dequantize(found.output, found.output_min, found.output_max, mode=mode)
    np.testing.assert_allclose(back, np.clip(X, -4, 4), atol=0.05)


def test_slices_have_ranges_of_their_own():
    x = np.array([[0.5, 5.0], [-1.0, -10.0]], np.float32)
    found = tf.quantization.quantize(x, [-1.0, -10.0], [1.0, 10.0], tf.qint8, mode="SCALED", axis=1)
    assert found.output.numpy()[:, 0].tolist() == found.output.numpy()[:, 1].tolist()


def test_quantized_tensors_move_but_do_not_compute():
    q = tf.quantization.quantize(X, -4.0, 4.0, tf.qint8).output
    assert tf.reshape(q, [2, 4]).dtype == tf.qint8
    assert tf.concat([q, q], 0).dtype == tf.qint8
    assert tf.cast(q, tf.int32).numpy().tolist() == q.numpy().tolist()
    assert "dtype=qint8" in repr(q)
    with pytest.raises(tf.errors.InvalidArgumentError, match="qint8"):
        tf.add(q, q)
    assert tf.constant([1, -2], tf.qint8).numpy().tolist() == [1, -2]


def test_refused():
    q = tf.quantization
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be larger"):
        q.quantize([1.0], 2.0, 1.0, tf.qint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match="dtypes"):
        q.quantize([1.0], 1.0, 2.0, tf.int8)
    with pytest.raises(tf.errors.InvalidArgumentError, match="mode"):
        q.quantize([1.0], 1.0, 2.0, tf.qint8, mode="x")
    with pytest.raises(tf.errors.InvalidArgumentError, match="num_bits"):
        q.fake_quant_with_min_max_args([1.0], num_bits=17)
    with pytest.raises(tf.errors.InvalidArgumentError, match="smaller"):
        q.fake_quant_with_min_max_args([1.0], 2.0, 1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="rank 0"):
        q.fake_quant_with_min_max_vars([1.0], [0.0], [1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid range"):
        q.quantize_and_dequantize_v2([1.0], 2.0, 1.0, range_given=True)


def _with_gradients(function, *values):
    values = [tf.constant(value, tf.float32) for value in values]
    with tf.GradientTape() as tape:
        tape.watch(values)
        out = function(*values)
    return out.numpy(), [np.asarray(each) for each in tape.gradient(out, values)]


def test_fake_quant_trains_its_range():
    out, (x, low, high) = _with_gradients(tf.quantization.fake_quant_with_min_max_vars, X, -1.0, 1.0)
    np.testing.assert_allclose(
        out, [-0.9960785, -0.9960785, -0.1960784, 0.0, 0.5019608, 1.0039216, 1.0039216, 1.0039216], rtol=1e-6
    )
    assert x.tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert (low, high) == (2.0, 3.0)
    channels = np.stack([X, X], 1)
    out2, (_, low2, high2) = _with_gradients(
        tf.quantization.fake_quant_with_min_max_vars_per_channel, channels, [-1.0, -10.0], [1.0, 10.0]
    )
    np.testing.assert_array_equal(out2[:, 0], out)
    assert low2.tolist() == [2.0, 0.0] and high2.tolist() == [3.0, 0.0]
    same = tf.quantization.fake_quant_with_min_max_vars_gradient(np.ones_like(X), X, -1.0, 1.0)
    assert [float(same.backprop_wrt_min), float(same.backprop_wrt_max)] == [2.0, 3.0]


def test_quantize_and_dequantize():
    out, (x,) = _with_gradients(lambda t: tf.quantization.quantize_and_dequantize_v2(t, -1.0, 2.0, num_bits=4), X)
    np.testing.assert_allclose(out, [-3.0, -2.0, -0.0, 0.0, 0.0, 2.0, 2.0, 7.0], rtol=1e-6)
    assert x.tolist() == [0, 0, 1, 1, 1, 1, 1, 0]
    _, (x,) = _with_gradients(lambda t: tf.quantization.quantize_and_dequantize(t, -1.0, 2.0, range_given=True), X)
    assert x.tolist() == [1] * 8


def test_joined_with_one_range():
    a = tf.quantization.quantize(X, -4.0, 4.0, tf.quint8, mode="MIN_FIRST").output
    same = tf.quantization.quantized_concat(0, [a, a], [-4.0, -4.0], [4.0, 4.0])
    assert same.output.numpy().tolist() == a.numpy().tolist() * 2
    other = tf.quantization.quantized_concat(0, [a, a], [-4.0, -8.0], [4.0, 8.0])
    assert [float(other.output_min), float(other.output_max)] == [-8.0, 8.0]


def test_compiled():
    @tf.function
    def f(x):
        q = tf.quantization.quantize(x, -4.0, 4.0, tf.qint8)
        return tf.quantization.dequantize(q.output, q.output_min, q.output_max)

    plain = f.python_function(tf.constant(X))
    np.testing.assert_array_equal(f(tf.constant(X)), plain)
