"""Specs where shapes are open, datasets of datasets, and what becomes of elements after an error.

What is expected here was recorded from TensorFlow 2.21.
"""

import numpy as np
import pytest

import addax as tf

Dataset = tf.data.Dataset
EXPERIMENTAL = tf.data.experimental


def of_unknown_shape(count):
    return Dataset.range(count).map(lambda v: tf.numpy_function(lambda a: a, [v], tf.int64))


@pytest.mark.parametrize(
    "function",
    [
        lambda e: Dataset.from_tensors(e).repeat(2),
        lambda e: Dataset.from_tensor_slices(e),
        lambda e: Dataset.from_tensors(e).unbatch(),
        lambda e: Dataset.range(3).map(lambda v: v + e),
    ],
)
@pytest.mark.parametrize("count", [0, 2])
def test_datasets_of_elements_of_unknown_rank(function, count):
    assert of_unknown_shape(count).flat_map(function).element_spec == tf.TensorSpec(None, tf.int64)


def test_slices_beside_those_of_an_unknown_rank():
    data = of_unknown_shape(1).flat_map(lambda e: Dataset.from_tensor_slices((e, [1, 2])))
    assert data.element_spec == (tf.TensorSpec(None, tf.int64), tf.TensorSpec([], tf.int32))
    with pytest.raises(tf.errors.InvalidArgumentError, match="rank >= 1"):
        next(iter(data))


def test_made_up_ragged_elements_have_values():
    data = Dataset.range(0).map(lambda v: tf.ragged.range(tf.stack([1, 2]) + tf.cast(v, tf.int32)))
    assert data.map(lambda r: r.values).element_spec == tf.TensorSpec([None], tf.int32)
    assert data.map(lambda r: r.to_tensor()).element_spec == tf.TensorSpec([2, None], tf.int32)


def test_parts_of_a_string_are_of_any_number():
    data = Dataset.range(2).map(lambda v: tf.strings.split(tf.strings.as_string(v) + " b"))
    assert data.element_spec == tf.TensorSpec([None], tf.string)


def test_windows_know_the_specs_of_their_elements():
    window = next(iter(Dataset.range(4).batch(2).window(2)))
    assert window.element_spec == tf.TensorSpec([None], tf.int64)
    group = Dataset.range(4).batch(2).group_by_window(lambda v: v[0] * 0, lambda key, group: group.window(2), 2)
    assert next(iter(group)).element_spec == tf.TensorSpec([None], tf.int64)


def test_groups_of_ragged_rows_of_one_length():
    rows = Dataset.from_tensor_slices(tf.ragged.constant([[], [0], [0, 1], [5]], dtype=tf.int32, ragged_rank=1))
    groups = rows.group_by_window(lambda e: tf.cast(tf.size(e), tf.int64), lambda key, group: group.batch(4), 2)
    assert [group.to_list() for group in groups] == [[[0], [5]], [[]], [[0, 1]]]


def test_batches_of_windows():
    windows = Dataset.range(5).window(2)
    assert windows.batch(2).element_spec == tf.data.DatasetSpec(tf.TensorSpec([], tf.int64), [None])
    assert windows.batch(2, drop_remainder=True).element_spec == tf.data.DatasetSpec(tf.TensorSpec([], tf.int64), [2])
    for again in (windows.batch(2).unbatch(), windows.batch(2).rebatch(3).unbatch()):
        assert [[int(v) for v in window] for window in again] == [[0, 1], [2, 3], [4]]
    for apart in (lambda: windows.unbatch(), lambda: windows.rebatch(2)):
        with pytest.raises(ValueError, match="rank 0"):
            print(apart().element_spec)
    with pytest.raises(TypeError, match="as_numpy_iterator"):
        windows.as_numpy_iterator()


def test_composite_elements_in_numpy():
    ragged = next(Dataset.from_tensors(tf.ragged.constant([[1, 2], [3]])).as_numpy_iterator())
    assert isinstance(ragged, np.ndarray) and [row.tolist() for row in ragged] == [[1, 2], [3]]
    sparse = tf.SparseTensor([[0, 1], [2, 0]], ["a", "b"], [3, 2])
    found = next(Dataset.from_tensors(sparse).as_numpy_iterator())
    assert found.tolist() == [[b"", b"a"], [b"", b""], [b"b", b""]]


@pytest.mark.parametrize(
    "elements, error",
    [([1.5], TypeError), ([True], TypeError), (([1], [2]), tf.errors.InvalidArgumentError),
     (tf.ragged.constant([[1], [1]]), tf.errors.InvalidArgumentError)],
)  # fmt: skip
def test_what_unique_takes(elements, error):
    with pytest.raises(error, match="unique"):
        Dataset.from_tensor_slices(elements).unique()


def test_predicates_that_are_no_bools_are_refused_when_the_spec_is_asked_for():
    lengths = Dataset.from_tensor_slices(["a", "b"])
    for method in (lengths.filter, lengths.take_while):
        with pytest.raises(ValueError, match="tf.bool"):
            method(tf.strings.length)
    unknown = lengths.map(lambda v: tf.strings.split(v))
    with pytest.raises(ValueError, match="tf.bool"):
        unknown.filter(lambda v: tf.size(v)).element_spec  # noqa: B018


# ---------------------------------------------------------------------------- after errors


def outcomes(data):
    iterator, seen = iter(data), []
    while len(seen) < 20:
        try:
            seen.append(tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), next(iterator)))
        except StopIteration:
            return seen
        except tf.errors.OpError:
            seen.append("error")
    raise AssertionError(seen)


def failing(count, at):
    def look(v):
        checked = tf.debugging.check_numerics(1.0 / tf.cast(v - at, tf.float32), "bad")
        return tf.cast(checked * 0, tf.int64) + v

    return Dataset.range(count).map(look)


def test_shards_and_skips_after_an_error():
    assert outcomes(failing(8, 2).shard(3, 0)) == [0, "error", 5]
    assert outcomes(failing(8, 3).shard(3, 0)) == [0, "error", 4, 7]
    assert outcomes(failing(8, 0).shard(3, 2)) == ["error", 3, 6]
    assert outcomes(failing(8, 2).skip(3)) == ["error", 6, 7]


def test_rows_of_before_an_error_are_gone():
    assert outcomes(failing(6, 2).batch(2).rebatch(3)) == ["error", [4, 5]]


def test_what_was_reduced_before_an_error_counts():
    reducer = EXPERIMENTAL.Reducer(lambda key: key * 0, lambda state, v: state + v, lambda state: state)
    data = failing(8, 2).apply(EXPERIMENTAL.group_by_reducer(lambda v: v % 2, reducer))
    assert outcomes(data) == ["error", 10, 16]


def test_an_error_of_the_input_has_its_turn_in_parallel_interleave():
    data = failing(6, 5).interleave(lambda v: Dataset.from_tensors(v).repeat(2), 2, num_parallel_calls=2)
    assert outcomes(data) == [0, 1, 0, 1, 2, 3, 2, 3, 4, "error", 4]
    iterator = iter(data)
    rest = [int(next(iterator)) for _ in range(9)]
    other = iter(data)
    other.set_state(iterator.get_state())
    assert rest[-1] == 4
    for each in (iterator, other):
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad"):
            next(each)
        assert int(next(each)) == 4


def test_a_generator_goes_on_after_an_element_of_another_kind():
    def yielding():
        yield from ([1], 5, [2, 3])

    data = Dataset.from_generator(yielding, output_signature=tf.TensorSpec([None], tf.int32))
    assert outcomes(data) == [[1], "error", [2, 3]]


def test_sparse_batches_refuse_elements_one_by_one():
    data = Dataset.range(3).apply(EXPERIMENTAL.dense_to_sparse_batch(2, [2]))
    assert outcomes(data) == ["error"] * 3


# ---------------------------------------------------------------------------- arguments


def test_options_of_a_dataset_cannot_be_changed():
    options = tf.data.Options()
    options.threading.private_threadpool_size = 2
    kept = Dataset.range(2).with_options(options).options()
    options.threading.private_threadpool_size = 3
    for change in (lambda: setattr(kept, "deterministic", True), lambda: setattr(kept.autotune, "enabled", True)):
        with pytest.raises(ValueError, match="no effect"):
            change()
    with pytest.raises(TypeError, match="deterministic"):
        options.deterministic = None


def test_older_ways_to_say_things():
    iterator = iter(Dataset.range(1).prefetch(None))
    assert int(iterator.next()) == 0
    with pytest.raises(StopIteration):
        iterator.next()
    data = Dataset.range(1).map(lambda v: EXPERIMENTAL.Optional.from_value(v))
    assert repr(data.element_spec) == "OptionalSpec(TensorSpec(shape=(), dtype=tf.int64, name=None),)"
    assert tf.type_spec_from_value(Dataset.range(2)) == tf.data.DatasetSpec(tf.TensorSpec([], tf.int64))
    with pytest.raises(TypeError, match="TypeSpec"):
        tf.type_spec_from_value(object())


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: Dataset.range(3).map(lambda v: v, 0), tf.errors.InvalidArgumentError, "num_parallel_calls"),
        (lambda: Dataset.from_tensors(None), tf.errors.InvalidArgumentError, "at least one tensor"),
        (lambda: Dataset.from_tensors(()), tf.errors.InvalidArgumentError, "at least one tensor"),
        (lambda: Dataset.range(3).batch(2).rebatch([]), tf.errors.InvalidArgumentError, "batch_size"),
        (lambda: Dataset.range(3).padded_batch(2, ([], [])), ValueError, "padded shape"),
        (lambda: Dataset.range(3).group_by_window(lambda v: tf.cast(v, tf.int32), lambda k, d: d, 2), ValueError,
         "tf.int64"),
        (lambda: EXPERIMENTAL.CsvDataset("a", [tf.bool]), ValueError, "dtype"),
        (lambda: EXPERIMENTAL.CsvDataset("a", [tf.int32], select_cols=[1, 0]), tf.errors.InvalidArgumentError,
         "select_cols"),
        (lambda: EXPERIMENTAL.make_csv_dataset("nowhere*.csv", 2), ValueError, "No files match"),
    ],
)  # fmt: skip
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_files_that_are_no_whole_number_of_records(tmp_path):
    path = str(tmp_path / "records")
    (tmp_path / "records").write_bytes(bytes(range(65, 88)))
    assert outcomes(tf.data.FixedLengthRecordDataset(path, 5)) == ["error"]
    assert outcomes(tf.data.FixedLengthRecordDataset(path, 5, 2, 1)) == [b"CDEFG", b"HIJKL", b"MNOPQ", b"RSTUV"]
    with pytest.raises(tf.errors.NotFoundError):
        tf.io.TFRecordWriter(str(tmp_path / "nowhere" / "a"))
    writer = tf.io.TFRecordWriter(path)
    writer.close()
    with pytest.raises(tf.errors.FailedPreconditionError, match="closed"):
        writer.write(b"a")
