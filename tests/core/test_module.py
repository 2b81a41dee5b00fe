"""tf.Module, IndexedSlices and devices."""

import pytest

import addax as tf


class Inner(tf.Module):
    def __init__(self):
        super().__init__("deep")
        self.w = tf.Variable(1.0)


class MyOuter(tf.Module):
    def __init__(self):
        super().__init__()
        self.list = [tf.Variable(2, trainable=False), {"k": Inner()}]
        self.again = self.list[1]["k"]

    @tf.Module.with_name_scope
    def build(self):
        self.w = tf.Variable(3.0, name="w")


def test_what_a_module_finds():
    outer = MyOuter()
    outer.build()
    assert outer.name == "my_outer" and outer.w.name == "my_outer/w:0"
    assert [v.numpy() for v in outer.variables] == [2, 3.0, 1.0]
    assert [v.numpy() for v in outer.trainable_variables] == [3.0, 1.0]
    assert [v.numpy() for v in outer.non_trainable_variables] == [2]
    assert outer.submodules == (outer.again,)
    with pytest.raises(ValueError, match="identifier"):
        tf.Module("1st")


def test_indexed_slices():
    rows = tf.IndexedSlices([[1.0, 2.0], [3.0, 4.0]], [1, 1], dense_shape=[2, 2])
    assert str(rows).endswith("dense_shape=tf.Tensor([2 2], shape=(2,), dtype=int32))")
    assert tf.convert_to_tensor(-rows).numpy().tolist() == [[0, 0], [-4, -6]]
    assert rows.shape == (2, 2) and rows.dtype == tf.float32
    doubled = tf.function(lambda s: tf.convert_to_tensor(s) * 2.0)(rows)
    assert doubled.numpy().tolist() == [[0, 0], [8, 12]]
    with pytest.raises(ValueError, match="unknown shape"):
        tf.convert_to_tensor(tf.IndexedSlices([[1.0]], [0]))


def test_devices():
    assert tf.config.list_physical_devices("CPU")[0].device_type == "CPU"
    with tf.device("/CPU:0"):
        assert tf.constant(1.0).device.endswith("CPU:0")
    with tf.device("/GPU:17"):  # soft placement
        assert tf.constant(1.0).numpy() == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="CPU:99"), tf.device("/CPU:99"):
        pass
    with pytest.raises(ValueError, match="Unknown attribute"), tf.device("/nonsense:0"):
        pass
    tf.config.threading.set_intra_op_parallelism_threads(2)
    assert tf.config.threading.get_intra_op_parallelism_threads() == 2
    with pytest.raises(ValueError, match="non-GPU"):
        tf.config.experimental.set_memory_growth(tf.config.list_physical_devices("CPU")[0], True)
