"""Spectrograms; the numbers are Keras 3's, on JAX."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
SIGNAL = np.float32(np.sin(np.arange(60) * 0.3)).reshape(1, 30, 2)
MODES = [
    ({}, [0.3268838, 0.2830859, 0.1280784, -0.1952385, -0.7710203], -157.77934),
    ({"mode": "magnitude", "padding": "same"}, [1.6023538, 1.4953133, 1.2074046, 0.8243324, 0.4495742], 67.030907),
    ({"mode": "psd"}, [1.9227713, 3.5230212, 2.5839105, 1.3534678, 0.4278882], 103.583427),
    ({"mode": "real", "scaling": "spectrum"}, [0.6418898, 0.2517644, -0.3663906, -0.3418725, 0.0444587], 0.6399722),
    ({"mode": "imag", "scaling": None}, [0, -1.9615030, -1.3217100, 0.5870994, 0.7330691], -3.6312304),
    ({"mode": "angle", "window": None}, [0, -0.6363973, -2.0845213, 2.4242630, -1.2719122], None),
    (
        {"mode": "stft", "expand_dims": True, "periodic": True, "window": "hamming"},
        [1.0311890, 0.6657146, 0.6088057, 0.7596778, -0.7875613], -0.9652210,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("options", "first", "total"), MODES)
def test_modes(options, first, total):
    layer = L.STFTSpectrogram(frame_length=8, frame_step=5, fft_length=16, **options)
    found = layer(SIGNAL).numpy()
    np.testing.assert_allclose(found.ravel()[:5], first, atol=2e-5)
    if total is not None:
        np.testing.assert_allclose(found.sum(), total, rtol=2e-3, atol=2e-4)
    assert layer.compute_output_shape((None, 30, 2))[1:] == found.shape[1:]
    turned = L.STFTSpectrogram.from_config({**layer.get_config(), "data_format": "channels_first"})
    again = turned(SIGNAL.transpose(0, 2, 1)).numpy()
    again = again.transpose(0, 2, 3, 1) if layer.expand_dims else again.transpose(0, 2, 1)
    np.testing.assert_allclose(again, found, atol=1e-6)


def test_kernels_learn():
    layer = L.STFTSpectrogram(mode="psd", frame_length=8)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(SIGNAL))
    assert [w.name.rpartition("/")[2] for w in layer.trainable_weights] == ["real_kernel:0", "imag_kernel:0"]
    assert all(np.any(g.numpy()) for g in tape.gradient(loss, layer.trainable_weights))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"frame_step": 300}, "frame_step"), ({"fft_length": 8}, "fft_length"), ({"mode": "loud"}, "mode"),
        ({"window": "glass"}, "glass|window"), ({"scaling": "big"}, "caling"), ({"padding": "causal"}, "adding"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        L.STFTSpectrogram(**options)


def test_initializer():
    made = tf.keras.initializers.get({"class_name": "STFT", "config": {"side": "imag", "window": [1.0, 2.0]}})
    np.testing.assert_allclose(made((2, 1, 3))[:, 0], [[0, 0, 0], [0, -0.8944272, 0]], atol=1e-6)
    with pytest.raises(ValueError, match="shape"):
        made((3, 1, 3))


SMALL = {
    "fft_length": 16, "sequence_stride": 5, "sequence_length": 12, "sampling_rate": 100, "num_mel_bins": 5,
    "min_freq": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({}, [5.6079750, 9.5675325, 9.5708876, 9.5761786, 9.5829744, 9.6042023, 9.9306812]),
        ({"power_to_db": False}, [3.6374540, 9.0521812, 9.0591774, 9.0702200, 9.0844250, 9.1289368, 9.8416538]),
    ],
)
def test_mel_bands(options, first):
    layer = L.MelSpectrogram(**SMALL, **options)
    found = layer(SIGNAL[..., 0])
    assert found.shape == (1, 5, 7) == layer.compute_output_shape((1, 30))
    np.testing.assert_allclose(found[0, 0], first, rtol=2e-5)
    np.testing.assert_allclose(layer(SIGNAL[0, :, 0]), found[0], rtol=1e-5)
    assert L.MelSpectrogram.from_config(layer.get_config()).get_config() == layer.get_config()


def test_mel_refuses_frames_longer_than_the_transform():
    with pytest.raises(ValueError, match="sequence_length"):
        L.MelSpectrogram(fft_length=16, sequence_length=17)


def test_mel_bands_by_other_scales():
    layer = L.MelSpectrogram(**SMALL, mag_exp=1.0, min_power=1e-3, top_db=30.0, ref_power=0.5)
    found = layer(SIGNAL.reshape(2, 30))
    np.testing.assert_allclose(found[0, 0, :4], [4.1537657, 8.3141079, 6.7706504, 8.2725773], rtol=2e-5)
    np.testing.assert_allclose(tf.reduce_sum(found), -284.48666, rtol=1e-4)


def test_a_window_of_zeros_makes_no_nan():
    """A symmetric Hann window of two numbers is all zeros; Keras 3 divides by its norm."""
    for scaling in ("density", "spectrum", None):
        np.testing.assert_array_equal(tf.keras.initializers.STFT(scaling=scaling)((2, 1, 3)), np.zeros((2, 1, 3)))
