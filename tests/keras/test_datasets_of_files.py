"""Datasets from folders, windows of series, splits, and the tuples of training data."""

import os

import numpy as np
import pytest

import addax as tf

U = tf.keras.utils


@pytest.fixture
def pictures(tmp_path):
    for label, base in (("cat", 0), ("dog", 100)):
        (tmp_path / label).mkdir()
        for i in range(3):
            U.save_img(tmp_path / label / f"{i}.png", np.full((4, 6, 3), base + i * 10.0), scale=False)
    return tmp_path


def test_pictures_in_order(pictures, capsys):
    found = U.image_dataset_from_directory(pictures, image_size=(2, 2), batch_size=4, shuffle=False)
    assert capsys.readouterr().out == "Found 6 files belonging to 2 classes.\n"
    assert found.class_names == ["cat", "dog"]
    assert [os.path.relpath(path, pictures) for path in found.file_paths[:2]] == ["cat/0.png", "cat/1.png"]
    batches = [(x.numpy(), y.numpy()) for x, y in found]
    assert [x.shape for x, _ in batches] == [(4, 2, 2, 3), (2, 2, 2, 3)]
    assert batches[0][0].dtype == np.float32 and batches[0][1].dtype == np.int32
    np.testing.assert_array_equal(batches[0][0][:, 0, 0, 0], [0.0, 10.0, 20.0, 100.0])
    np.testing.assert_array_equal(np.concatenate([y for _, y in batches]), [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("options", "spec"),
    [
        ({"label_mode": "categorical"}, [((None, 8, 8, 3), "float32"), ((None, 2), "float32")]),
        ({"label_mode": "binary"}, [((None, 8, 8, 3), "float32"), ((None, 1), "float32")]),
        ({"color_mode": "grayscale"}, [((None, 8, 8, 1), "float32"), ((None,), "int32")]),
        ({"label_mode": None}, [((None, 8, 8, 3), "float32")]),
        ({"batch_size": None, "crop_to_aspect_ratio": True}, [((8, 8, 3), "float32"), ((), "int32")]),
    ],
)
def test_forms(options, spec, pictures):
    found = U.image_dataset_from_directory(pictures, image_size=(8, 8), **options)
    flat = tf.nest.flatten(found.element_spec)
    assert [(tuple(each.shape.as_list()), each.dtype.name) for each in flat] == spec
    first = tf.nest.flatten(next(iter(found)))
    assert first[0].shape[-3:] == tf.TensorShape(spec[0][0][-3:])


def test_subsets_do_not_overlap(pictures):
    options = {"image_size": (2, 2), "validation_split": 0.34, "seed": 3}
    train, valid = U.image_dataset_from_directory(pictures, subset="both", **options)
    assert (len(train.file_paths), len(valid.file_paths)) == (4, 2)
    assert not set(train.file_paths) & set(valid.file_paths)
    alone = U.image_dataset_from_directory(pictures, subset="validation", **options)
    assert alone.file_paths == valid.file_paths


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"label_mode": "text"}, "label_mode"),
        ({"labels": [0]}, "len\\(labels\\) is 1"),
        ({"validation_split": 0.2}, "subset"),
        ({"validation_split": 2.0, "subset": "both"}, "between 0 and 1"),
        ({"validation_split": 0.2, "subset": "both"}, "seed"),
        ({"class_names": ["bird"]}, "did not match"),
        ({"color_mode": "cmyk"}, "color_mode"),
    ],
)
def test_wrong_arguments(options, says, pictures):
    with pytest.raises(ValueError, match=says):
        U.image_dataset_from_directory(pictures, **options)


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(NotADirectoryError, match="Could not find"):
        U.image_dataset_from_directory(tmp_path / "nothing")
    (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match="No files found"):
        U.image_dataset_from_directory(tmp_path)


def test_texts(tmp_path):
    for label in ("neg", "pos"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "a.txt").write_text(f"{label} text")
    found = U.text_dataset_from_directory(tmp_path, batch_size=2, shuffle=False, max_length=5)
    [(texts, labels)] = list(found)
    assert texts.numpy().tolist() == [b"neg t", b"pos t"]
    assert labels.numpy().tolist() == [0, 1]


def test_series():
    found = U.timeseries_dataset_from_array(
        np.arange(12), np.arange(12) * 10, sequence_length=4, sequence_stride=2, sampling_rate=2, batch_size=2
    )
    x, y = next(iter(found))
    assert x.numpy().tolist() == [[0, 2, 4, 6], [2, 4, 6, 8]]
    assert y.numpy().tolist() == [0, 20]
    shuffled = U.timeseries_dataset_from_array(np.arange(30.0), None, 3, shuffle=True, seed=1, batch_size=None)
    rows = np.array([row.numpy() for row in shuffled])
    np.testing.assert_array_equal(np.sort(rows[:, 0]), np.arange(28.0))
    whole = U.timeseries_dataset_from_array(np.arange(5), None, 5)  # as long as the series, as in Keras
    assert [batch.numpy().tolist() for batch in whole] == [[[0, 1, 2, 3, 4]]]
    assert list(U.timeseries_dataset_from_array(np.arange(3), None, 5)) == []
    with pytest.raises(ValueError, match="sequence_length"):
        U.timeseries_dataset_from_array(np.arange(3), None, 0)


def test_split():
    left, right = U.split_dataset((np.arange(10), np.arange(10) * 2), left_size=0.7)
    assert [int(a) for a, _ in left] == list(range(7))
    assert [int(b) for _, b in right] == [14, 16, 18]
    left, right = U.split_dataset(tf.data.Dataset.range(10), right_size=3, shuffle=True, seed=1)
    assert sorted(int(v) for part in (left, right) for v in part) == list(range(10))
    for sizes in ({}, {"left_size": 1.5}, {"left_size": 11}, {"left_size": 0.8, "right_size": 0.8}):
        with pytest.raises(ValueError, match="size"):
            U.split_dataset(np.arange(10), **sizes)
    with pytest.raises(TypeError, match="must be either"):
        U.split_dataset("text", left_size=1)


def test_tuples():
    assert U.unpack_x_y_sample_weight(5) == (5, None, None)
    assert U.unpack_x_y_sample_weight((1, 2, 3)) == (1, 2, 3)
    assert U.pack_x_y_sample_weight([1]) == [1] and U.pack_x_y_sample_weight({"a": 1}) == {"a": 1}
    assert U.pack_x_y_sample_weight((1, 2)) == ((1, 2),)
    assert U.pack_x_y_sample_weight(1, 2, 3) == (1, 2, 3)
    with pytest.raises(ValueError, match="4 elements"):
        U.unpack_x_y_sample_weight((1, 2, 3, 4))


def test_folders_are_read_by_name_whatever_their_numbers(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(2):
            picture = tf.io.encode_png(np.full((4, 3, 3), 10 * number, np.uint8))
            tf.io.write_file(str(tmp_path / name / f"{number}.png"), picture)

    def read(**options):
        return tf.keras.utils.image_dataset_from_directory(
            str(tmp_path), image_size=(2, 2), shuffle=False, batch_size=4, **options
        )

    turned = read(class_names=["dog", "cat"], interpolation="nearest")
    assert [os.path.basename(os.path.dirname(path)) for path in turned.file_paths] == ["cat", "cat", "dog", "dog"]
    pictures, labels = next(iter(turned))
    assert labels.numpy().tolist() == [1, 1, 0, 0] and pictures.dtype == tf.uint8
    assert read(labels=None).class_names == [""] and read(labels=[3, 1, 1, 3]).class_names == [1, 3]


def test_targets_of_windows_that_start_later():
    made = tf.keras.utils.timeseries_dataset_from_array(
        np.arange(20), np.arange(20) * 10, 3, sequence_stride=3, sampling_rate=2, start_index=2, end_index=18
    )
    ((rows, targets),) = made
    assert rows.numpy()[:2].tolist() == [[2, 4, 6], [5, 7, 9]] and targets.numpy().tolist() == [20, 50, 80, 110]


def test_splits_of_lists_and_windows_of_nothing():
    left, right = tf.keras.utils.split_dataset([np.arange(4), np.arange(4) * 2], left_size=1)
    assert [tuple(int(v) for v in pair) for pair in right] == [(1, 2), (2, 4), (3, 6)] and len(left) == 1
    with pytest.raises(ValueError, match="end_index"):
        tf.keras.utils.timeseries_dataset_from_array(np.arange(9), None, 2, start_index=5, end_index=4)


def test_arguments_of_keras_3(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    tf.keras.utils.save_img(tmp_path / "a" / "x.png", np.full((2, 4, 3), 200.0), scale=False)
    made = tf.keras.utils.image_dataset_from_directory(
        tmp_path, labels=None, image_size=(4, 4), pad_to_aspect_ratio=True, data_format="channels_first", verbose=False
    )
    picture = next(iter(made)).numpy()
    assert picture.shape == (1, 3, 4, 4) and capsys.readouterr().out == ""
    np.testing.assert_array_equal(picture[0, 0, :, 0], [0.0, 200.0, 200.0, 0.0])
    with pytest.raises(ValueError, match="Only one of"):
        tf.keras.utils.image_dataset_from_directory(tmp_path, pad_to_aspect_ratio=True, crop_to_aspect_ratio=True)


def test_without_labels_their_options_do_not_matter(pictures):
    options = {"labels": None, "label_mode": "binary", "class_names": ["a", "b", "c"], "image_size": (2, 2)}
    assert U.image_dataset_from_directory(pictures, **options).element_spec.shape == (None, 2, 2, 3)
    with pytest.raises(NotImplementedError, match="interpolation"):
        U.image_dataset_from_directory(pictures, interpolation="none")


def test_windows_of_lists_hold_what_tensors_of_lists_hold():
    for series, dtype in ((list(range(6)), "int32"), ([0.5] * 6, "float32"), (np.zeros(6), "float64")):
        windows, targets = U.timeseries_dataset_from_array(series, series, 2).element_spec
        assert windows.dtype.name == targets.dtype.name == dtype


def test_files_without_labels_are_of_one_class(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("one")
    U.text_dataset_from_directory(tmp_path, labels=None)
    assert capsys.readouterr().out == "Found 1 files belonging to 1 classes.\n"


def test_sources_of_what_is_not_symbolic():
    assert U.get_source_inputs(3) == 3
    tensor = tf.constant(1.0)
    assert U.get_source_inputs(tensor) is tensor


def test_hidden_folders_are_no_classes_and_labels_stay_as_given(tmp_path, capsys):
    for name in ("a", ".cache"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.txt").write_text("one")
    assert U.text_dataset_from_directory(tmp_path).class_names == ["a"]
    for labels, expected in ((["x", "y"], [b"x", b"y"]), ([0.5, 2.0], [0.5, 2.0])):
        found = U.text_dataset_from_directory(tmp_path, labels=labels, shuffle=False, batch_size=2)
        assert next(iter(found))[1].numpy().tolist() == expected
