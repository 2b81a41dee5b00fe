"""tf.data.experimental: datasets of parsed examples."""

import pytest

import addax as tf

E = tf.data.experimental
SPEC = {"a": tf.io.FixedLenFeature([], tf.int64), "w": tf.io.VarLenFeature(tf.string)}


def example(number):
    features = {
        "a": tf.train.Feature(int64_list=tf.train.Int64List(value=[number])),
        "w": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"q"])),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


@pytest.fixture
def files(tmp_path):
    for file in range(2):
        with tf.io.TFRecordWriter(str(tmp_path / f"r{file}")) as writer:
            for number in range(5):
                writer.write(example(number + 10 * file))
    return str(tmp_path / "r*")


@pytest.mark.parametrize("calls", [1, 2])
def test_parse(calls):
    records = tf.data.Dataset.from_tensor_slices([example(n) for n in (1, 2, 3)]).batch(2)
    data = records.apply(E.parse_example_dataset(SPEC, num_parallel_calls=calls))
    assert data.element_spec["a"] == tf.TensorSpec([None], tf.int64)
    assert data.element_spec["w"] == tf.SparseTensorSpec([None, None], tf.string)
    assert [batch["a"].numpy().tolist() for batch in data] == [[1, 2], [3]]


def test_specs():
    ragged = tf.io.RaggedFeature
    features = {
        "f": tf.io.FixedLenFeature([3], tf.float32), "s": tf.io.FixedLenSequenceFeature([2], tf.int64, True),
        "p": tf.io.SparseFeature("i", "v", tf.float32, 5), "r": ragged(tf.int64),
        "u": ragged(tf.int64, "r", [ragged.RowLengths("l"), ragged.UniformRowLength(2)]),
    }  # fmt: skip
    data = tf.data.Dataset.from_tensors([b""]).repeat().batch(1).unbatch().apply(E.parse_example_dataset(features))
    spec = data.element_spec
    assert spec["f"].shape.as_list()[1:] == [3] and spec["s"].shape.as_list()[1:] == [None, 2]
    assert spec["p"].shape.as_list()[1:] == [5] and spec["r"].ragged_rank == 1 and spec["u"].ragged_rank == 2


@pytest.mark.parametrize("wrong", [lambda: tf.data.Dataset.from_tensors("a"), lambda: tf.data.Dataset.range(3)])
def test_refused(wrong):
    with pytest.raises(TypeError, match="should be a dataset of vectors of strings"):
        wrong().apply(E.parse_example_dataset(SPEC))
    with pytest.raises(ValueError, match="`features` is required"):
        E.parse_example_dataset(None)


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"num_epochs": 1}, [[0, 1, 2, 3], [4, 10, 11, 12], [13, 14]]),
        ({"num_epochs": 1, "drop_final_batch": True}, [[0, 1, 2, 3], [4, 10, 11, 12]]),
        ({"num_epochs": 1, "reader_num_threads": 2}, [[0, 10, 1, 11], [2, 12, 3, 13], [4, 14]]),
        ({}, [[0, 1, 2, 3], [4, 10, 11, 12], [13, 14, 0, 1]]),
    ],
)
def test_batches_of_files(files, options, expected):
    data = E.make_batched_features_dataset(files, 4, SPEC, shuffle=False, **options)
    assert [batch["a"].numpy().tolist() for batch in data.take(3)] == expected


def test_labels_and_readers(files):
    data = E.make_batched_features_dataset(files, 4, SPEC, label_key="a", num_epochs=1, shuffle_seed=3)
    labels = [label.numpy().tolist() for features, label in data if list(features) == ["w"]]
    assert sorted(sum(labels, [])) == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    own = E.make_batched_features_dataset(
        files, 10, SPEC, reader=tf.data.TFRecordDataset, reader_args=[""], num_epochs=1, shuffle=False
    )
    assert next(iter(own))["a"].shape == [10]
    with pytest.raises(ValueError, match="must be one of the `features` keys"):
        E.make_batched_features_dataset(files, 4, SPEC, label_key="zz")
    with pytest.raises(tf.errors.InvalidArgumentError, match="No files matched"):
        list(E.make_batched_features_dataset(files + "none", 4, SPEC, num_epochs=1))


def test_records_are_batched_whole(files, tmp_path):
    """Records come many at a time; damage is met where it was, and state is kept between batches."""
    data = tf.data.TFRecordDataset(sorted(tf.io.gfile.glob(files))).batch(3)
    assert [len(batch) for batch in data] == [3, 3, 3, 1]
    iterator = iter(data)
    next(iterator)
    state = iterator.get_state()
    rest = [batch.numpy().tolist() for batch in iterator]
    again = iter(data)
    again.set_state(state)
    assert [batch.numpy().tolist() for batch in again] == rest
    whole = (tmp_path / "r0").read_bytes()
    (tmp_path / "bad").write_bytes(whole[:-20] + b"?" + whole[-19:])
    bad = tf.data.TFRecordDataset(str(tmp_path / "bad"))
    read = []
    with pytest.raises(tf.errors.DataLossError, match="bad: at byte"):
        for record in bad:
            read.append(record)
    assert len(read) == 4
    with pytest.raises(tf.errors.DataLossError):
        list(bad.batch(5))
    assert [len(batch) for batch in bad.batch(2).ignore_errors()] == [2, 2]
