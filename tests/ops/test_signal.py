"""Fourier and cosine transforms, windows, frames, spectrograms."""

import numpy as np
import pytest
import scipy.fft
import scipy.signal

import addax as tf

RNG = np.random.RandomState(0)
X = RNG.randn(3, 4, 8)


@pytest.mark.parametrize(("n", "suffix"), [(1, ""), (2, "2d"), (3, "3d")])
def test_fourier(n, suffix):
    axes = tuple(range(-n, 0))
    z = X + 1j * X[::-1]
    np.testing.assert_allclose(getattr(tf.signal, f"fft{suffix}")(tf.constant(z)), np.fft.fftn(z, axes=axes))
    np.testing.assert_allclose(getattr(tf.signal, f"ifft{suffix}")(tf.constant(z)), np.fft.ifftn(z, axes=axes))
    half = np.fft.rfftn(X, axes=axes)
    np.testing.assert_allclose(getattr(tf.signal, f"rfft{suffix}")(tf.constant(X)), half, atol=1e-12)
    np.testing.assert_allclose(getattr(tf.signal, f"irfft{suffix}")(tf.constant(half)), X, atol=1e-12)
    assert getattr(tf.signal, f"rfft{suffix}")(X.astype("float32")).dtype == tf.complex64


def test_lengths_and_axes():
    np.testing.assert_allclose(tf.signal.rfft(tf.constant(X), [5]), np.fft.rfft(X, 5), atol=1e-12)
    np.testing.assert_allclose(tf.signal.rfft(tf.constant(X), [11]), np.fft.rfft(X, 11), atol=1e-12)
    half = np.fft.rfft(X)
    np.testing.assert_allclose(tf.signal.irfft(tf.constant(half), [7]), np.fft.irfft(half, 7), atol=1e-12)
    z = X.astype(complex)
    np.testing.assert_allclose(tf.signal.fftnd(z, axes=[0, 2]), np.fft.fftn(z, axes=[0, 2]), atol=1e-12)
    np.testing.assert_allclose(tf.signal.ifftnd(z, norm="ortho"), np.fft.ifftn(z, norm="ortho"), atol=1e-12)
    np.testing.assert_allclose(tf.signal.rfftnd(X, [2, 6], [0, 2]), np.fft.rfftn(X, [2, 6], [0, 2]), atol=1e-12)
    np.testing.assert_allclose(tf.signal.irfftnd(tf.signal.rfftnd(X)), X, atol=1e-12)
    np.testing.assert_array_equal(tf.signal.fftshift(X), np.fft.fftshift(X))
    np.testing.assert_array_equal(tf.signal.ifftshift(X, axes=[1]), np.fft.ifftshift(X, axes=[1]))


def test_dtypes_are_checked():
    with pytest.raises(tf.errors.InvalidArgumentError, match="complex"):
        tf.signal.fft(tf.constant([1.0, 2.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="float"):
        tf.signal.rfft(tf.constant([1j]))


def test_gradients(check_gradient):
    check_gradient(lambda x: tf.abs(tf.signal.rfft(x)), X[0, 0])
    check_gradient(lambda x: tf.signal.irfft(tf.cast(x, tf.complex128)), X[0, 0, :4])
    check_gradient(lambda x: tf.math.imag(tf.signal.fft(tf.complex(x, x * x))), X[0, 0])
    check_gradient(tf.signal.dct, X[0, 0])
    check_gradient(lambda x: tf.abs(tf.signal.stft(x, 4, 2)), X[0, 0])


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("norm", [None, "ortho"])
def test_cosine_transforms(kind, norm):
    if kind == 1 and norm:
        with pytest.raises(ValueError, match="Type-I"):
            tf.signal.dct(X, type=1, norm=norm)
        return
    np.testing.assert_allclose(tf.signal.dct(X, type=kind, norm=norm), scipy.fft.dct(X, kind, norm=norm), atol=1e-12)
    back = tf.signal.idct(tf.signal.dct(X, type=kind, norm=norm), type=kind, norm=norm)
    factor = 1.0 if norm else (2.0 * 7 if kind == 1 else 2.0 * 8)
    np.testing.assert_allclose(back, X * factor, atol=1e-10)


def test_cosine_transform_options():
    np.testing.assert_allclose(tf.signal.dct(X, n=5), scipy.fft.dct(X, n=5), atol=1e-12)
    np.testing.assert_allclose(tf.signal.dct(X, n=12), scipy.fft.dct(X, n=12), atol=1e-12)
    np.testing.assert_allclose(tf.signal.dct(X, axis=1), scipy.fft.dct(X, axis=1), atol=1e-12)
    for bad in ({"type": 5}, {"norm": "no"}, {"n": 0}):
        with pytest.raises(ValueError, match="tf.signal.dct"):
            tf.signal.dct(X, **bad)


@pytest.mark.parametrize("size", [1, 6, 9])
def test_windows(size):
    for name in ("hann", "hamming"):
        window = getattr(tf.signal, f"{name}_window")
        np.testing.assert_allclose(
            window(size, periodic=False, dtype=tf.float64), scipy.signal.get_window(name, size, fftbins=False)
        )
        if size % 2 == 0:
            np.testing.assert_allclose(window(size, dtype=tf.float64), scipy.signal.get_window(name, size))
    np.testing.assert_allclose(
        tf.signal.kaiser_window(size, 3.0, tf.float64), scipy.signal.get_window(("kaiser", 3.0), size, fftbins=False)
    )
    for name in ("vorbis", "kaiser_bessel_derived"):
        made = getattr(tf.signal, f"{name}_window")(8, dtype=tf.float64).numpy()
        np.testing.assert_allclose(made[:4] ** 2 + made[4:] ** 2, np.ones(4))
    with pytest.raises(ValueError, match="floating"):
        tf.signal.hann_window(4, dtype=tf.int32)


def test_frames():
    x = np.arange(1, 9)
    assert tf.signal.frame(x, 3, 2).numpy().tolist() == [[1, 2, 3], [3, 4, 5], [5, 6, 7]]
    assert tf.signal.frame(x, 3, 2, pad_end=True, pad_value=-1).numpy().tolist()[-1] == [7, 8, -1]
    assert tf.signal.frame(x, 10, 2).shape == (0, 10)
    assert tf.signal.frame(X, 2, 1, axis=1).shape == (3, 3, 2, 8)
    assert tf.signal.overlap_and_add([[1, 2, 3], [4, 5, 6]], 2).numpy().tolist() == [1, 2, 7, 5, 6]
    assert tf.signal.overlap_and_add([[1, 2], [3, 4]], 3).numpy().tolist() == [1, 2, 0, 3, 4]
    with pytest.raises(ValueError, match="positive"):
        tf.signal.frame(x, 3, 0)
    assert tf.signal.frame(x, 0, 2).shape == (5, 0)


def test_short_time_fourier_transform():
    x = RNG.randn(40)
    spectra = tf.signal.stft(x, 8, 4)
    window = scipy.signal.get_window("hann", 8)
    frames = np.stack([x[i : i + 8] * window for i in range(0, 33, 4)])
    np.testing.assert_allclose(spectra, np.fft.rfft(frames), atol=1e-12)
    assert tf.signal.stft(x, 6, 3, fft_length=7, window_fn=None, pad_end=True).shape == (14, 4)
    inverse = tf.signal.inverse_stft_window_fn(4)
    np.testing.assert_allclose(tf.signal.inverse_stft(spectra, 8, 4, window_fn=inverse)[4:-4], x[4:-4], atol=1e-12)


@pytest.mark.parametrize("norm", [None, "ortho"])
@pytest.mark.parametrize("window", [tf.signal.vorbis_window, tf.signal.kaiser_bessel_derived_window, None])
def test_modified_cosine_transform(norm, window):
    x = RNG.randn(32)
    coefficients = tf.signal.mdct(x, 8, window, norm=norm)
    assert coefficients.shape == (7, 4)
    back = tf.signal.inverse_mdct(coefficients, window, norm)
    np.testing.assert_allclose(back[4:-4], x[4:-4], atol=1e-12)
    with pytest.raises(ValueError, match="multiple of 4"):
        tf.signal.mdct(x, 7)


def test_mel_scale():
    weights = tf.signal.linear_to_mel_weight_matrix(4, 9, 8000, 100.0, 3000.0).numpy()
    assert weights.shape == (9, 4) and (weights >= 0).all() and (weights[0] == 0).all()
    np.testing.assert_allclose(weights[1], [0.6762, 0.3238, 0, 0], atol=1e-4)
    with pytest.raises(ValueError, match="Nyquist"):
        tf.signal.linear_to_mel_weight_matrix(4, 9, 8000, 100.0, 5000.0)
    mels = RNG.randn(2, 5)
    expected = scipy.fft.dct(mels, 2) / np.sqrt(10)
    np.testing.assert_allclose(tf.signal.mfccs_from_log_mel_spectrograms(mels), expected, atol=1e-12)


def test_data_that_is_no_tensor_is_transformed_in_single_precision():
    data = np.arange(4.0)
    for made in (tf.signal.rfft(data), tf.signal.rfft(np.arange(4)), tf.signal.fft(data), tf.signal.ifft(data + 0j)):
        assert made.dtype == tf.complex64
    assert tf.signal.rfft2d(data.reshape(2, 2)).dtype == tf.complex64
    assert tf.signal.irfft(data + 0j).dtype == tf.float32
    assert tf.signal.rfft(tf.constant(data)).dtype == tf.complex128
    assert tf.signal.rfft(data).numpy().tolist() == [6, -2 + 2j, -2]


def test_transforms_of_other_dtypes_are_refused():
    for call in (lambda: tf.signal.irfft(tf.ones(4)), lambda: tf.signal.rfft(tf.constant([1, 2]))):
        with pytest.raises(ValueError, match="input"):
            call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.signal.hann_window(-1),
        lambda: tf.signal.hann_window(4.0),
        lambda: tf.signal.hann_window(tf.constant(4, tf.int64)),
        lambda: tf.signal.hann_window("a"),
        lambda: tf.signal.hann_window(4, periodic=3),
        lambda: tf.signal.hamming_window([4]),
        lambda: tf.signal.kaiser_window(0),
        lambda: tf.signal.kaiser_window(4, beta=[1.0, 2.0]),
        lambda: tf.signal.kaiser_bessel_derived_window(-2),
        lambda: tf.signal.vorbis_window(4.0),
        lambda: tf.signal.stft(tf.ones(10), -4, 2),
        lambda: tf.signal.stft(tf.ones(10), 4.0, 2),
        lambda: tf.signal.stft(tf.ones(10), [4], 2),
        lambda: tf.signal.inverse_stft(tf.ones((4, 3)), 4, 2),
        lambda: tf.signal.inverse_stft_window_fn(0)(4, tf.float32),
        lambda: tf.signal.mdct(tf.ones(16), 8.0),
        lambda: tf.signal.frame(tf.range(10), 4, 2, pad_end=True, pad_value=[1, 2]),
        lambda: tf.signal.linear_to_mel_weight_matrix(4.0),
        lambda: tf.signal.linear_to_mel_weight_matrix("a"),
    ],
)
def test_arguments_that_are_no_sizes(call):
    with pytest.raises(ValueError, match="tf.signal"):
        call()


def test_windows_are_computed_in_their_dtype():
    assert tf.signal.hann_window(4, dtype=tf.float16).numpy().tolist() == [0.0, 0.499755859375, 1.0, 0.50048828125]
    beta = tf.signal.kaiser_window(4, beta=-3.0).numpy()
    np.testing.assert_allclose(beta, [82.6564, 1.22791, 1.22791, 82.6564], rtol=1e-5)
