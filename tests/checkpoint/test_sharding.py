"""Checkpoints in several files (tf.train.experimental)."""

import glob
import os

import numpy as np
import pytest

import addax as tf
from addax.formats import tensor_slices
from addax.formats.tensor_bundle import TensorBundle, write_bundle

experimental = tf.train.experimental


def state(fill=1):
    """The variables of which TensorFlow's numbers below are."""
    return tf.train.Checkpoint(
        a=tf.Variable(tf.range(100, dtype=tf.float32) * fill),
        b=tf.Variable(tf.ones([7, 11]) * fill),
        c=tf.Variable(3 * fill),
        s=tf.Variable(tf.reshape(tf.range(60, dtype=tf.int64), [3, 20]) * fill),
    )


def sizes(prefix):
    return [os.path.getsize(path) for path in sorted(glob.glob(prefix + ".data*"))]


def options(callback):
    return tf.train.CheckpointOptions(experimental_sharding_callback=callback)


class OneEach(experimental.ShardingCallback):
    @property
    def description(self):
        return "a file per tensor"

    def __call__(self, shardable_tensors):
        self.seen = list(shardable_tensors)
        return [{each.checkpoint_key: {each.slice_spec: each.tensor}} for each in self.seen]


@pytest.mark.parametrize("limit", [100, 200, 1000, 6000])
def test_shards_of_a_size(tmp_path, limit):
    prefix = state().write(str(tmp_path / "ckpt"), options(experimental.MaxShardSizePolicy(limit)))
    graph = TensorBundle(prefix)["_CHECKPOINTABLE_OBJECT_GRAPH"].size  # a string, which is not cut
    found = sizes(prefix)
    assert all(size <= max(limit, graph) for size in found)
    assert len(found) <= {100: 15, 200: 8, 1000: 2, 6000: 1}[limit]  # TensorFlow: 13, 7, 2, 1
    other = state(0)
    other.read(prefix).assert_existing_objects_matched()
    assert np.array_equal(other.a.numpy(), np.arange(100))
    assert np.array_equal(other.s.numpy(), np.arange(60).reshape(3, 20))
    assert (other.b.numpy() == 1).all()
    assert dict(tf.train.list_variables(prefix))["b/.ATTRIBUTES/VARIABLE_VALUE"] == [7, 11]


def test_a_callback_of_ones_own(tmp_path):
    callback = OneEach()
    prefix = state().write(str(tmp_path / "ckpt"), options(callback))
    assert len(sizes(prefix)) == 5
    first = callback.seen[0]
    assert (first.name, first.dtype, first.shape, first.slice_spec) == (
        "a/.ATTRIBUTES/VARIABLE_VALUE", tf.float32, tf.TensorShape([100]), "",
    )  # fmt: skip
    assert isinstance(first.trackable, tf.Variable)
    assert first.device.device_type == "CPU"
    assert [each.name for each in callback.seen][-1] == "_CHECKPOINTABLE_OBJECT_GRAPH"
    state(0).read(prefix).assert_existing_objects_matched()


def test_weights_of_a_model(tmp_path):
    model = tf.keras.Sequential([tf.keras.layers.Dense(3, input_shape=(5,))])
    prefix = str(tmp_path / "weights")
    model.save_weights(prefix, options=options(experimental.MaxShardSizePolicy(40)))
    assert len(sizes(prefix)) >= 2
    before = model.get_weights()
    model.set_weights([np.zeros_like(each) for each in before])
    model.load_weights(prefix)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_over_one_another(tmp_path):
    prefix, plain = str(tmp_path / "ckpt"), state()
    for callback in (None, experimental.MaxShardSizePolicy(800), experimental.ShardByTaskPolicy(), OneEach(), None):
        plain.a.assign_add(tf.ones([100]))
        plain.write(prefix, options(callback))
        assert tf.train.load_variable(prefix, "a/.ATTRIBUTES/VARIABLE_VALUE")[0] == plain.a.numpy()[0]
    assert len(glob.glob(prefix + ".data*")) in (1, 2)


@pytest.mark.parametrize(
    ("shards", "error"),
    [
        (lambda ts: [], ValueError),
        (lambda ts: [{each.checkpoint_key: {"": each.tensor} for each in ts}] * 2, ValueError),
        (lambda ts: [{each.checkpoint_key: {"": tf.zeros([2])} for each in ts}], ValueError),
        (lambda ts: [{"other": {"": ts[0].tensor}}], ValueError),
        (lambda ts: [{each.checkpoint_key: {"100 0,50": each.tensor[:50]} for each in ts[:1]}], ValueError),
        (lambda ts: 3, TypeError),
        (3, TypeError),
    ],
)
def test_refused(tmp_path, shards, error):
    with pytest.raises(error, match="experimental_sharding_callback"):
        state().write(str(tmp_path / "ckpt"), options(shards))
    assert not list(tmp_path.glob("*.index"))


def test_policies():
    with pytest.raises(TypeError):
        experimental.ShardingCallback()
    for wrong in (0, -1, 2.5, "x"):
        with pytest.raises(ValueError, match="max_shard_size"):
            experimental.MaxShardSizePolicy(wrong)
    assert experimental.MaxShardSizePolicy(5).description == "Split tensors into shards with a max shard size."
    assert experimental.ShardByTaskPolicy().description == (
        "Split tensors into shards based on their device spec task."
    )


def test_keys_of_slices():
    # As TensorFlow wrote them.
    assert tensor_slices.key("b/.ATTRIBUTES/VARIABLE_VALUE", ((4, 3), (2, 9))) == (
        b"\x00b/.ATTRIBUTES/VARIABLE_VALUE\x00\x01\x01\x02\x84\x83\x82\x89"
    )
    assert tensor_slices.key("v", ((0, 50), (50, 50)))[-4:] == b"\x80\xb2\xb2\xb2"
    # 64 and more take two bytes, 8192 and more three.
    assert tensor_slices.key("v", ((64, 8191), (8192, 1)))[-8:] == b"\xc0\x40\xdf\xff\xe0\x20\x00\x81"
    assert tensor_slices.message(((0, 50),)) == b"\n\x02\x102"
    assert tensor_slices.parsed(b"\n\x04\x082\x102", (100,)) == ((50, 50),)


def test_slices_larger_than_the_file(tmp_path):
    from addax.formats import protobuf, tensor_bundle

    prefix, size = str(tmp_path / "ckpt"), 1 << 36
    write_bundle(prefix, {"w": np.zeros(8, np.float32)})
    header = protobuf.varint_field(1, 1) + protobuf.bytes_field(3, protobuf.varint_field(1, 1))
    place = ((0, size),)
    whole = protobuf.varint_field(1, 1) + protobuf.bytes_field(2, tensor_bundle._dims((size,)))
    whole += protobuf.bytes_field(7, tensor_slices.message(place))
    piece = tensor_bundle._entry_message(1, (size,), 0, 0, 4 * size, 0)
    pairs = [(b"", header), (tensor_slices.key("v", place), piece), (b"v", whole)]
    (tmp_path / "ckpt.index").write_bytes(tensor_bundle._written_table(pairs))
    with pytest.raises(OSError, match="more bytes than its shards"):
        TensorBundle(prefix).read("v")


@pytest.mark.parametrize("places", [[((0, 3),)], [((0, 2),), ((0, 2),)], [((0, 5),)], [((0, 2), (0, 1)), ((2, 2),)]])
def test_damaged_slices(tmp_path, places):
    from addax.formats.tensor_bundle import Piece

    prefix = str(tmp_path / "ckpt")
    pieces = [Piece("v", np.zeros([length for _, length in place], np.float32), (4,), place) for place in places]
    write_bundle(prefix, {}, [pieces])
    with pytest.raises(OSError, match=r"slice|order"):
        TensorBundle(prefix).read("v")
