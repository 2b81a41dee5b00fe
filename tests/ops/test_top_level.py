"""Functions of the tf namespace that belong to no larger family."""

import threading

import numpy as np
import pytest

import addax as tf


def test_index_shuffle_is_tensorflows():
    found = [int(tf.random_index_shuffle(i, [1, 2, 3], 1000000, rounds=8)) for i in range(5)]
    assert found == [738514, 225850, 754750, 129682, 734945]
    vector = tf.random_index_shuffle(tf.range(10, dtype=tf.int64), [4, 5, 6], 9)
    assert vector.dtype == tf.int64 and sorted(vector.numpy()) == list(range(10))
    with pytest.raises(tf.errors.InvalidArgumentError, match="max_index"):
        tf.random_index_shuffle(5, [1, 2, 3], 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Seed"):
        tf.random_index_shuffle(5, [1, 2], 9)


def test_fingerprints_are_tensorflows():
    assert tf.fingerprint(["abc"]).numpy().tolist() == [[105, 243, 231, 116, 160, 179, 165, 36]]
    assert tf.fingerprint([[1.0, 2.0]]).numpy().tolist() == [[223, 178, 164, 36, 10, 49, 237, 154]]
    assert tf.fingerprint([["e", "f"]]).numpy().tolist() == [[126, 162, 195, 107, 236, 27, 143, 247]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unsupported"):
        tf.fingerprint(["a"], method="md5")
    with pytest.raises(tf.errors.InvalidArgumentError, match="dimension"):
        tf.fingerprint(1)


def test_empty_rows_are_filled():
    values = tf.Variable([1.0, 2.0, 3.0, 4.0])
    default = tf.Variable(9.0)
    with tf.GradientTape() as tape:
        found = tf.ragged_fill_empty_rows(np.int64([0, 0, 2, 3]), values, 6, default)
        loss = tf.reduce_sum(found.output_values * [1.0, 2, 3, 4, 5, 6, 7])
    assert found.output_value_rowids.numpy().tolist() == [0, 0, 1, 2, 3, 4, 5]
    assert found.output_values.numpy().tolist() == [1, 2, 9, 3, 4, 9, 9]
    assert found.empty_row_indicator.numpy().tolist() == [False, True, False, False, True, True]
    assert found.reverse_index_map.numpy().tolist() == [0, 1, 3, 4]
    by_values, by_default = tape.gradient(loss, [values, default])
    assert tf.convert_to_tensor(by_values).numpy().tolist() == [1, 2, 4, 5] and float(by_default) == 16
    same = tf.ragged_fill_empty_rows_grad([0, 1, 3, 4], [1.0, 2, 3, 4, 5, 6, 7])
    assert same.d_values.numpy().tolist() == [1, 2, 4, 5] and float(same.d_default_value) == 16
    with pytest.raises(tf.errors.InvalidArgumentError, match="7 >= 6"):
        tf.ragged_fill_empty_rows([7], [1.0], 6, 0.0)


def test_calls_become_batches():
    sizes = []

    @tf.nondifferentiable_batch_function(1, 4, 300_000, [2, 4])
    def double(x):
        sizes.append(x.shape[0])
        return (x * 2,)

    results = {}
    threads = [
        threading.Thread(target=lambda i=i: results.update({i: double([float(i), 0.5])[0].numpy()})) for i in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: value.tolist() for key, value in results.items()} == {1: [2.0, 1.0], 2: [4.0, 1.0]}
    assert sizes == [4]  # both callers in one batch
    assert double([3.0])[0].numpy().tolist() == [6.0]
    assert sizes == [4, 2]  # padded to an allowed size
    assert double(np.arange(6.0))[0].numpy().tolist() == [0, 2, 4, 6, 8, 10]  # divided
    whole = tf.nondifferentiable_batch_function(1, 4, 1000, enable_large_batch_splitting=False)(lambda x: x)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Task size 5"):
        whole(np.zeros(5))
    failing = tf.nondifferentiable_batch_function(1, 4, 1000)(lambda x: tf.reshape(x, [3]))
    with pytest.raises(tf.errors.InvalidArgumentError):
        failing(np.zeros(2))
    with pytest.raises(tf.errors.InvalidArgumentError, match="ascend"):
        tf.nondifferentiable_batch_function(1, 4, 1000, [4, 2])


def test_tensor_array_spec():
    spec = tf.TensorArraySpec((None, 2))
    assert spec == tf.TensorArraySpec((None, 2), tf.float32) and spec.value_type is tf.TensorArray
    assert spec.is_compatible_with(tf.TensorArraySpec((3, 2)))
    assert spec.is_compatible_with(tf.TensorArray(tf.float32, 1, element_shape=(3, 2)))
    assert not spec.is_compatible_with(tf.TensorArraySpec((3, 2), tf.int32))
    assert tf.TensorArraySpec((3, 2)).is_subtype_of(spec)


def test_keras_rooms_under_tf():
    for room in ("initializers", "losses", "metrics", "optimizers"):
        assert getattr(tf, room) is getattr(tf.keras, room)


def test_kinds_of_functions_and_types():
    f = tf.function(lambda x: x + 1)
    kinds = tf.types.experimental
    assert isinstance(f, kinds.GenericFunction) and isinstance(f, kinds.Callable)
    assert isinstance(f.get_concrete_function(tf.constant(1)), kinds.ConcreteFunction)
    assert isinstance(tf.TensorShape([1]), kinds.TraceType) and isinstance(tf.float32, kinds.TraceType)
    assert isinstance(tf.constant(1), kinds.TensorLike) and not isinstance(object(), kinds.TensorLike)
    assert kinds.PolymorphicFunction is kinds.GenericFunction


def test_logger_and_build():
    assert tf.get_logger().name == "tensorflow"
    assert tf.sysconfig.get_build_info()["is_cuda_build"] == tf.test.is_built_with_cuda()


def test_profiler_options(tmp_path):
    options = tf.profiler.experimental.ProfilerOptions(host_tracer_level=1, delay_ms=60_000)
    tf.profiler.experimental.start(tmp_path, options)
    with pytest.raises(tf.errors.AlreadyExistsError):
        tf.profiler.experimental.start(tmp_path)
    tf.profiler.experimental.stop()  # before it began
    assert not list(tmp_path.rglob("*.xplane.pb"))
    with tf.profiler.experimental.Profile(tmp_path, tf.profiler.experimental.ProfilerOptions(python_tracer_level=0)):
        with tf.profiler.experimental.Trace("step", step_num=1) as trace:
            trace.set_metadata(size=3)
            tf.add(1, 2)
    assert list(tmp_path.rglob("*.xplane.pb"))
    with pytest.raises(tf.errors.UnavailableError):
        tf.profiler.experimental.stop()


def test_a_step_is_marked_in_a_profile():
    with tf.profiler.experimental.Trace("train", step_num=1, _r=1):
        assert float(tf.constant(1.0) + 1.0) == 2.0
