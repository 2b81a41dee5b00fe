"""Datasets of WAV files."""

import numpy as np
import pytest

import addax as tf
from addax.keras.audio_datasets import _resampled

make = tf.keras.utils.audio_dataset_from_directory


@pytest.fixture
def sounds(tmp_path):
    for label in "ab":
        (tmp_path / label).mkdir()
        for i in range(3):
            wav = tf.audio.encode_wav(np.full((4 + i, 2), 0.25 * (i + 1), "float32"), 8000)
            (tmp_path / label / f"{i}.wav").write_bytes(wav.numpy())
    return tmp_path


def test_padded_to_the_longest_of_a_batch(sounds, capsys):
    found = make(sounds, batch_size=2, shuffle=False)
    assert capsys.readouterr().out == "Found 6 files belonging to 2 classes.\n"
    assert found.class_names == ["a", "b"] and len(found.file_paths) == 6
    batches = [(x.numpy(), y.numpy().tolist()) for x, y in found]
    assert [x.shape for x, _ in batches] == [(2, 5, 2), (2, 6, 2), (2, 6, 2)]
    assert [y for _, y in batches] == [[0, 0], [0, 1], [1, 1]]
    np.testing.assert_allclose(batches[0][0][0, :, 0], [0.25] * 4 + [0.0], atol=1e-4)


def test_ragged(sounds):
    (x, y), *_ = make(sounds, ragged=True, label_mode="binary", shuffle=False)
    assert isinstance(x, tf.RaggedTensor) and x.row_lengths().numpy().tolist() == [4, 5, 6, 4, 5, 6]
    assert y.shape == (6, 1) and y.dtype == tf.float32


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({"output_sequence_length": 5}, (6, 5, 2)),
        ({"batch_size": None}, (4, 2)),
        ({"label_mode": "categorical"}, (6, 6, 2)),
        ({"sampling_rate": 4000}, (6, 3, 2)),
    ],
)
def test_shapes(sounds, options, shape):
    x, _ = next(iter(make(sounds, shuffle=False, **options)))
    assert x.shape == shape and x.dtype == tf.float32


def test_without_labels_and_split(sounds):
    one, two = make(sounds, label_mode=None, validation_split=0.5, subset="both", seed=3)
    assert [len(list(each.unbatch())) for each in (one, two)] == [3, 3]
    assert not set(one.file_paths) & set(two.file_paths)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ragged": True, "output_sequence_length": 3}, "Cannot set both `ragged` and `output_sequence_length`"),
        ({"sampling_rate": 2.5}, "should have an integer value"),
        ({"sampling_rate": 0}, "should be higher than 0"),
        ({"label_mode": "x"}, "`label_mode`"),
    ],
)
def test_refused(sounds, options, says):
    with pytest.raises(ValueError, match=says):
        make(sounds, **options)


@pytest.mark.parametrize(("rate_in", "rate_out"), [(8000, 12000), (8000, 4000), (44100, 16000)])
def test_a_tone_keeps_its_pitch(rate_in, rate_out):
    def tone(rate):
        return np.sin(2 * np.pi * 440 * np.arange(rate // 10) / rate)[:, None].astype("float32")

    found, wanted = _resampled(tone(rate_in), rate_in, rate_out), tone(rate_out)
    assert found.shape == wanted.shape
    middle = slice(len(wanted) // 4, -len(wanted) // 4)
    np.testing.assert_allclose(found[middle], wanted[middle], atol=2e-3)


def test_what_the_lower_rate_cannot_hold_is_filtered_out():
    high = np.sin(2 * np.pi * 3000 * np.arange(2000) / 8000)[:, None]
    assert np.abs(_resampled(high, 8000, 4000)[200:-200]).max() < 2e-3
