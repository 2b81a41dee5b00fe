"""tf.data.experimental.get_model_proto."""

import time

import pytest

import addax as tf
from addax.formats.pipeline_model import ModelProto

Dataset = tf.data.Dataset


def test_nodes_inputs_and_times():
    def slow(v):
        time.sleep(0.002)
        return v

    data = Dataset.zip((Dataset.range(6).map(lambda v: tf.py_function(slow, [v], tf.int64)), Dataset.range(6)))
    it = iter(data.batch(2))
    next(it)
    model = tf.data.experimental.get_model_proto(it)
    names = {number: node.name for number, node in model.nodes.items()}
    last = model.nodes[model.output]
    (zipped,) = last.inputs
    assert names[model.output] == "Batch" and names[zipped] == "Zip"
    mapped, plain = model.nodes[zipped].inputs
    assert [names[mapped], names[plain]] == ["Map", "Range"]
    assert [names[i] for i in model.nodes[mapped].inputs] == ["Range"]
    assert last.num_elements == 3 and model.nodes[mapped].num_elements == 6
    assert model.nodes[mapped].processing_time > 10_000_000  # nanoseconds
    assert model.id_counter == len(model.nodes) + 1
    assert len(list(it)) == 2  # the iterator is where it was


def test_bytes():
    model = tf.data.experimental.get_model_proto(iter(Dataset.range(2)))
    again = ModelProto.FromString(model.SerializeToString())
    assert again == model and again.nodes[1].name == "Range"
    assert model.SerializeToString()[:1] == b"\x0a"  # field 1, a map's entry


def test_what_is_no_iterator():
    for value in (Dataset.range(3), 3):
        with pytest.raises(ValueError, match="tf.data.Iterator"):
            tf.data.experimental.get_model_proto(value)
