"""What datasets say of parsed and decoded elements: TensorFlow's specs (recorded), whatever the elements are."""

import numpy as np
import pytest

import addax as tf

F = tf.io
R = F.RaggedFeature
T = tf.TensorSpec
Dataset = tf.data.Dataset


def sparse(*shape):
    return tf.SparseTensorSpec(list(shape), tf.int64)


def ragged(shape, rank, dtype=tf.int64):
    return tf.RaggedTensorSpec(shape, dtype, rank, tf.int32)


FEATURES = {
    "fixed": (F.FixedLenFeature([2, 1], tf.float32), T([None, 2, 1], tf.float32), T([2, 1], tf.float32)),
    "string": (F.FixedLenFeature([], tf.string, "d"), T([None], tf.string), T([], tf.string)),
    "steps": (
        F.FixedLenSequenceFeature([2], tf.float32, allow_missing=True),
        T([None, None, 2], tf.float32),
        T([None, 2], tf.float32),
    ),
    "any": (F.VarLenFeature(tf.int64), sparse(None, None), sparse(None)),
    "sparse": (F.SparseFeature("i", "v", tf.int64, 10), sparse(None, 10), sparse(10)),
    "rows": (R(tf.string), ragged([None, None], 1, tf.string), T([None], tf.string)),
    "lengths": (
        R(tf.int64, "v", [R.RowLengths("p")]),
        ragged([None, None, None], 2),
        tf.RaggedTensorSpec([None, None], tf.int64, 1, tf.int32),
    ),
    "uniform": (
        R(tf.float32, "w", [R.UniformRowLength(2)]),
        ragged([None, None, 2], 1, tf.float32),
        T([None, 2], tf.float32),
    ),
}


@pytest.mark.parametrize("name", FEATURES)
def test_parsed_features(name):
    feature, batched, single = FEATURES[name]
    records = Dataset.from_tensor_slices([b"", b""])  # nothing is in them
    found = records.batch(2).map(lambda record: F.parse_example(record, {"k": feature}))
    assert found.element_spec == {"k": batched}
    assert records.map(lambda record: F.parse_single_example(record, {"k": feature})).element_spec == {"k": single}


def test_all_kinds_of_rows():
    records = Dataset.from_tensors(b"")
    for kind in (R.RowSplits, R.RowLimits, R.RowStarts, R.ValueRowIds, R.RowLengths):
        feature = R(tf.int64, "v", [kind("p"), R.UniformRowLength(3)])
        found = records.map(lambda record, feature=feature: F.parse_single_example(record, {"k": feature}))
        assert found.element_spec["k"].shape.as_list() == [None, None, 3]


def test_sequence_examples():
    context = {"n": F.FixedLenFeature([], tf.int64)}
    steps = {"t": F.FixedLenSequenceFeature([3], tf.int64), "w": F.VarLenFeature(tf.int64)}
    found = Dataset.from_tensors(b"").map(lambda record: F.parse_single_sequence_example(record, context, steps))
    assert found.element_spec == ({"n": T([], tf.int64)}, {"t": T([None, 3], tf.int64), "w": sparse(None, None)})


PICTURE = tf.io.encode_png(np.zeros((5, 4, 3), np.uint8)).numpy()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (F.decode_png, T([None, None, None], tf.uint8)),
        (lambda x: F.decode_jpeg(x, channels=3), T([None, None, 3], tf.uint8)),
        (F.decode_image, T(None, tf.uint8)),
        (lambda x: F.decode_image(x, expand_animations=False), T([None, None, None], tf.uint8)),
        (lambda x: tf.image.resize(F.decode_png(x, channels=3), [4, 4]), T([4, 4, 3], tf.float32)),
        (lambda x: tf.image.random_crop(F.decode_png(x, channels=3), [3, 3, 3]), T([3, 3, 3], tf.uint8)),
        (lambda x: F.decode_raw(x, tf.uint8), T([None], tf.uint8)),
        (lambda x: F.decode_raw(x, tf.int16, fixed_length=8), T([4], tf.int16)),
        (lambda x: F.decode_csv(x, [0, ""]), (T([], tf.int32), T([], tf.string))),
        (lambda x: F.parse_tensor(x, tf.int32), T(None, tf.int32)),
        (F.read_file, T([], tf.string)),
        (F.decode_base64, T([], tf.string)),
        (lambda x: tf.audio.decode_wav(x, desired_channels=1)[0], T([None, 1], tf.float32)),
    ],
)
def test_decoded(function, expected):
    assert Dataset.from_tensors(PICTURE).map(function).element_spec == expected


def test_a_decoder_of_numbers_divides():
    pixels = F.decode_image(F.encode_png(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)), dtype=tf.float32)
    assert pixels.numpy().reshape(-1)[7] == np.float32(7) / np.float32(255)


def test_components_of_different_lengths_cannot_be_taken_apart():
    with pytest.raises(ValueError, match="Dimensions 2 and 3 are not compatible"):
        Dataset.from_tensors(([1, 2], [1, 2, 3])).unbatch()


def test_numbers_in_strings():
    lines = Dataset.from_tensor_slices(["1,2", "3"])
    assert lines.map(lambda line: tf.strings.to_number(line, tf.int32)).element_spec == T([], tf.int32)
    found = lines.map(lambda line: tf.strings.to_number(tf.strings.split(line, ",")))
    assert found.element_spec == T([None], tf.float32)
    assert [v.numpy().tolist() for v in found] == [[1.0, 2.0], [3.0]]
