"""tf.compat.v1: older names over Addax itself."""

import glob

import pytest

import addax as tf
from addax.compat import alias


@pytest.fixture
def records(tmp_path):
    path = str(tmp_path / "a.tfrecord")
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(b"one")
        writer.write(b"two")
    return path


def test_records_one_by_one(records, tmp_path):
    assert list(tf.compat.v1.io.tf_record_iterator(records)) == [b"one", b"two"]
    assert list(tf.compat.v1.python_io.tf_record_iterator(records)) == [b"one", b"two"]
    packed = str(tmp_path / "b")
    with tf.io.TFRecordWriter(packed, "GZIP") as writer:
        writer.write(b"x")
    options = tf.io.TFRecordOptions("GZIP")
    assert list(tf.compat.v1.io.tf_record_iterator(packed, options)) == [b"x"]


def test_a_file_that_grows_is_read_on(records):
    iterator = tf.compat.v1.io.tf_record_iterator(records)
    assert list(iterator) == [b"one", b"two"]
    more = records + "2"
    with tf.io.TFRecordWriter(more) as writer:
        writer.write(b"three")
    with open(records, "ab") as file, open(more, "rb") as tail:
        file.write(tail.read())
    assert list(iterator) == [b"three"]


def test_older_names_do_what_the_new_ones_do(tmp_path):
    v1 = tf.compat.v1
    v1.set_random_seed(3)
    first = tf.random.normal([2]).numpy()
    tf.random.set_seed(3)
    assert (tf.random.normal([2]).numpy() == first).all()
    assert v1.to_float([1]).dtype == tf.float32 and v1.to_int64(1.5).numpy() == 1
    assert v1.gfile.Exists(str(tmp_path)) and v1.gfile.GFile is tf.io.gfile.GFile
    assert v1.dimension_value(tf.ones((2, 3)).shape[0]) == 2
    assert v1.data.make_one_shot_iterator(tf.data.Dataset.range(4, 6)).get_next().numpy() == 4
    assert v1.reduce_sum is tf.reduce_sum and v1.keras is tf.keras
    v1.enable_v2_behavior()
    before = v1.logging.get_verbosity()
    v1.logging.set_verbosity(v1.logging.ERROR)
    assert tf.get_logger().getEffectiveLevel() == v1.logging.ERROR == v1.logging.get_verbosity()
    v1.logging.set_verbosity(before)


def test_names_of_graphs_say_what_to_do():
    for name in ("get_variable", "ConfigProto", "disable_eager_execution"):
        with pytest.raises(AttributeError, match="of graphs, sessions.*tf.function"):
            getattr(tf.compat.v1, name)
    with pytest.raises(AttributeError, match="compat.v1 has no attribute 'nonsense'"):
        tf.compat.v1.nonsense  # noqa: B018


def test_imports_below_it():
    alias.install_alias()
    try:
        import tensorflow.compat.v1 as tf1
        from tensorflow.compat.v1 import gfile, logging
        from tensorflow.compat.v1.io import tf_record_iterator
        from tensorflow.compat.v1.keras.layers import Dense
    finally:
        alias.uninstall_alias()
    assert tf1 is tf.compat.v1 and Dense is tf.keras.layers.Dense
    assert (gfile, logging, tf_record_iterator) == (tf1.gfile, tf1.logging, tf1.io.tf_record_iterator)


def test_tensorboard_reads_events_through_it(tmp_path):
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        tf.summary.scalar("loss", 1.5, step=1)
    with open(glob.glob(str(tmp_path / "*"))[0], "rb") as file:
        assert file.read()
    records = list(tf.compat.v1.io.tf_record_iterator(glob.glob(str(tmp_path / "*"))[0]))
    assert b"loss" in records[-1]


def test_events_are_read_back(tmp_path):
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        tf.summary.scalar("loss", 1.5, step=1)
        tf.summary.text("said", "hey", step=4)
        tf.summary.histogram("weights", [1.0, 2.0], step=5)
    path = glob.glob(str(tmp_path / "*"))[0]
    first, *events = tf.compat.v1.train.summary_iterator(path)
    assert first.file_version == "brain.Event:2" and first.WhichOneof("what") == "file_version"
    found = [(e.step, v.tag, v.metadata.plugin_data.plugin_name) for e in events for v in e.summary.value]
    assert found == [(1, "loss", "scalars"), (4, "said", "text"), (5, "weights", "histograms")]
    assert tf.make_ndarray(events[0].summary.value[0].tensor) == 1.5
    assert tf.make_ndarray(events[1].summary.value[0].tensor).item() == b"hey"
    again = [tf.compat.v1.Event.FromString(r.numpy()) for r in tf.data.TFRecordDataset(path)]
    assert [e.step for e in again] == [0, 1, 4, 5]
    with tf.io.TFRecordWriter(str(tmp_path / "bad")) as writer:
        writer.write(b"no event at all")
    with pytest.raises(ValueError, match="bad: a record is no event"):
        list(tf.compat.v1.train.summary_iterator(str(tmp_path / "bad")))
