"""What goes wrong in pipelines: errors, kills, iterators that are dropped. Nothing hangs, leaks or looks whole."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import addax as tf

Dataset = tf.data.Dataset
NUMBER = tf.TensorSpec((), tf.int64)


def generated(n):
    return Dataset.from_generator(lambda: iter(range(n)), output_signature=NUMBER)


def ours():
    return [thread for thread in threading.enumerate() if thread.name.startswith("addax")]


def none_left(seconds=10.0):
    gc.collect()
    end = time.monotonic() + seconds
    while ours() and time.monotonic() < end:
        time.sleep(0.01)
        gc.collect()
    return not ours()


# ---------------------------------------------------------------------------- kills

CHILD = """
    import sys, time
    import addax as tf

    def slow():
        for number in range(100):
            if number == 60:
                print("writing", flush=True)
                time.sleep(60)
            yield number

    data = tf.data.Dataset.from_generator(slow, output_signature=tf.TensorSpec((), tf.int64))
    path, how = sys.argv[1:]
    if how == "save":
        data.save(path)
    elif how == "snapshot":
        list(data.snapshot(path))
    else:
        list(data.cache(path))
"""


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
@pytest.mark.parametrize("how", ["save", "cache", "snapshot"])
def test_a_process_killed_while_it_writes(tmp_path, how):
    path = str(tmp_path / "kept")
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), path, how], stdout=subprocess.PIPE, env=environment
    )
    assert child.stdout is not None and child.stdout.readline() == b"writing\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with pytest.raises(tf.errors.NotFoundError):
        Dataset.load(path if how != "cache" else path + ".cache")
    data = generated(5)
    if how == "save":
        data.save(path)
        found = Dataset.load(path)
    else:
        found = data.cache(path) if how == "cache" else data.snapshot(path)
    assert [int(v) for v in found] == [int(v) for v in found] == [0, 1, 2, 3, 4], "what was left is not taken for whole"


# ---------------------------------------------------------------------------- errors


def doubtful(v):
    def look(a):
        if a % 10 == 7:
            raise KeyError("unlucky")
        return a

    return tf.numpy_function(look, [v], tf.int64)


@pytest.mark.parametrize(
    "then",
    [
        lambda d: d,
        lambda d: d.prefetch(3),
        lambda d: d.batch(1, num_parallel_calls=2),
        lambda d: d.repeat(1).take(50),
        lambda d: Dataset.range(1).interleave(lambda _: d, cycle_length=2, num_parallel_calls=2),
    ],
)
@pytest.mark.parametrize("calls", [None, 3])
def test_an_error_names_the_node_the_element_and_the_line(then, calls):
    data = then(generated(40).map(doubtful, num_parallel_calls=calls))
    iterator, seen = iter(data), []
    with pytest.raises(tf.errors.UnknownError) as caught:
        for element in iterator:
            seen.append(int(np.asarray(element).reshape(())))
    assert seen == list(range(7))
    for word in ("KeyError: 'unlucky'", "Dataset.map: element 7", "test_survival.py", 'raise KeyError("unlucky")'):
        assert word in str(caught.value)
    del iterator, caught
    assert none_left()


@pytest.mark.parametrize("calls", [None, 3])
def test_elements_that_fail_are_left_out_and_counted(calls):
    data = generated(40).map(doubtful, num_parallel_calls=calls).ignore_errors()
    assert [int(v) for v in data] == [v for v in range(40) if v % 10 != 7]
    assert data._node.ignored == 4
    hopeless = generated(50).map(lambda v: tf.numpy_function(lambda a: 1 // 0, [v], tf.int64)).ignore_errors()
    assert not list(hopeless) and hopeless._node.ignored == 50


def test_damaged_records_are_left_out_and_reading_ends(tmp_path):
    path = str(tmp_path / "records")
    with tf.io.TFRecordWriter(path) as writer:
        for number in range(20):
            writer.write(bytes([65 + number]) * 50)
    whole = (tmp_path / "records").read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(whole[: rng.integers(1, len(whole))])
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
        (tmp_path / "records").write_bytes(damaged)
        data = tf.data.TFRecordDataset([path]).ignore_errors()
        found = [v.numpy() for v in data]
        assert len(found) < 20 and all(v in whole for v in found) and data._node.ignored >= 1


def flipped(where):
    return lambda data: data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :]


@pytest.mark.parametrize(
    "compression, damage, whole",
    [
        ("", flipped(2 * 66 + 3), 2),  # a length
        ("", flipped(2 * 66 + 9), 2),  # the checksum of a length
        ("", flipped(2 * 66 + 30), 2),  # a record
        ("", flipped(2 * 66 + 63), 2),  # the checksum of a record
        ("", lambda data: data[: 3 * 66 - 5], 2),
        ("", lambda data: data[: 2 * 66 + 4], 2),
        ("GZIP", lambda data: data[:-9], None),
        ("ZLIB", lambda data: data[: len(data) // 2], None),
    ],
)
def test_damage_is_a_loss_of_data_in_a_file_at_a_byte(tmp_path, compression, damage, whole):
    path = tmp_path / "records"
    records = [bytes(np.random.default_rng(number).integers(0, 256, 50, np.uint8)) for number in range(4)]
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for record in records:
            writer.write(record)
    path.write_bytes(damage(path.read_bytes()))
    data = tf.data.TFRecordDataset(str(path), compression)
    seen = []
    with pytest.raises(tf.errors.DataLossError, match=r"records.*byte \d+"):
        seen.extend(record.numpy() for record in data)
    kept = data.ignore_errors()
    found = [record.numpy() for record in kept]
    assert found == records[: len(found)] and kept._node.ignored == 1
    assert whole is None or len(found) == whole


# ---------------------------------------------------------------------------- iterators that are dropped


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read as Linux shows it")
def test_a_thousand_iterators_leave_neither_threads_nor_memory():
    rows = np.zeros((256, 4096), np.float32)  # 4 MiB: a thousand copies could not be missed
    made = [
        Dataset.from_tensor_slices(rows).shuffle(256).batch(64).prefetch(2),
        Dataset.from_tensor_slices(rows).map(lambda v: v + 1).batch(64).prefetch(2),
        Dataset.from_generator(lambda: iter(rows), output_signature=tf.TensorSpec((4096,))).batch(64).prefetch(2),
        Dataset.range(9).map(lambda v: tf.numpy_function(lambda a: rows[:64], [v], tf.float32), num_parallel_calls=2),
    ]

    def open_and_drop(times):
        for _ in range(times):
            for data in made:
                next(iter(data))

    open_and_drop(15)
    assert none_left()
    before = resident()
    open_and_drop(250)
    assert none_left()
    assert resident() - before < 200 << 20


# ---------------------------------------------------------------------------- orders


@settings(max_examples=30, deadline=None)
@given(size=st.integers(0, 300), buffer=st.integers(1, 320), seed=st.integers(0, 2**31), by_index=st.booleans())
def test_no_element_leaves_a_shuffle_too_early(size, buffer, seed, by_index):
    data = (Dataset.range(size) if by_index else generated(size)).shuffle(buffer, seed=seed)
    found = [int(v) for v in data.as_numpy_iterator()]
    assert sorted(found) == list(range(size))
    assert all(position >= element - buffer + 1 for position, element in enumerate(found))


@pytest.mark.parametrize("buffer", [4, 100])
def test_a_shuffle_of_everything_is_a_uniform_permutation(buffer):
    data, times = Dataset.range(4).shuffle(buffer, seed=7), 2400
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(times):
        order = tuple(data.as_numpy_iterator())
        counts[order] = counts.get(order, 0) + 1
    chi = sum((count - times / 24) ** 2 / (times / 24) for count in counts.values())
    assert len(counts) == 24 and chi < 60, chi  # 23 degrees of freedom: 60 is exceeded once in 30,000


def test_the_order_does_not_depend_on_threads():
    def made(calls):
        data = generated(40).shuffle(8, seed=1).map(lambda v: tf.numpy_function(uneven, [v], tf.int64), calls)
        data = data.interleave(lambda v: Dataset.from_tensors(v).repeat(2), 3, num_parallel_calls=calls)
        return [int(v) for v in data.shuffle(5, seed=2).prefetch(calls or 1)]

    def uneven(a):
        time.sleep(0.0005 * (int(a) % 3))
        return a

    assert made(None) == made(2) == made(3)


# ---------------------------------------------------------------------------- errors among several inputs


def failing(n, at):
    return Dataset.range(n).map(lambda v: tf.debugging.check_numerics(1.0 / tf.cast(v - at, tf.float32), "bad"))


def raising(n, at):
    for number in range(n):
        if number == at:
            raise KeyError(number)
        yield number


def outcomes(data):
    iterator, seen = iter(data), []
    while len(seen) < 20:
        try:
            seen.append(tf.nest.map_structure(lambda leaf: leaf.numpy().item(), next(iterator)))
        except StopIteration:
            return seen
        except tf.errors.OpError:
            seen.append("error")
    raise AssertionError(seen)


def test_what_is_zipped_stays_together_after_an_error():
    """Recorded: TensorFlow takes an element of each input, even where one of them fails."""
    first = outcomes(Dataset.zip((failing(5, 2), Dataset.range(5))))
    second = outcomes(Dataset.zip((Dataset.range(5), failing(5, 2))))
    assert first == [(-0.5, 0), (-1.0, 1), "error", (1.0, 3), (0.5, 4)]
    assert second == [each if each == "error" else each[::-1] for each in first]


@pytest.mark.parametrize("calls", [3, tf.data.AUTOTUNE])
def test_an_error_of_the_input_comes_after_the_elements_before_it(calls):
    made = Dataset.from_generator(lambda: raising(9, 6), output_signature=NUMBER)
    data = made.map(lambda v: tf.numpy_function(lambda a: a, [v], tf.int64), num_parallel_calls=calls)
    assert outcomes(data) == [0, 1, 2, 3, 4, 5, "error"]
    iterator = iter(data)
    next(iterator)
    other = iter(data)
    other.set_state(iterator.get_state())
    assert int(next(other)) == 1


def test_numbers_of_elements_of_endless_inputs():
    endless = Dataset.from_tensor_slices(np.zeros((4, 3, 2), np.float32)).repeat()
    first = Dataset.range(3).repeat()
    grouped = first.group_by_window(lambda v: v % 2, lambda _, group: group, 2)
    sampled = Dataset.sample_from_datasets([first, Dataset.range(3)])
    datasets = (grouped, endless.unbatch(), sampled, first.ignore_errors())
    assert [int(data.cardinality()) for data in datasets] == [-1, -1, -1, -2]
    buckets = endless.bucket_by_sequence_length(lambda e: tf.shape(e)[0], [2, 4], [2, 2, 2], drop_remainder=True)
    assert buckets.element_spec.shape.as_list() == [None, 3, 2] and int(buckets.cardinality()) == -1


@pytest.mark.parametrize("then", [lambda d: d.unbatch(), lambda d: d.rebatch(2)])
def test_scalars_of_which_nothing_was_known_have_no_rows(then):
    data = then(Dataset.range(2).map(lambda v: tf.py_function(lambda a: a, [v], tf.int64)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="non-scalar value in each component"):
        next(iter(data))


def batches(data):
    """What a dataset of batches gives, "error" in the place of an error."""
    iterator, seen = iter(data), []
    while len(seen) < 20:
        try:
            seen.append(np.round(np.float64(next(iterator)), 2).tolist())
        except StopIteration:
            return seen
        except tf.errors.OpError:
            seen.append("error")
    raise AssertionError(seen)


def test_the_batch_of_an_element_that_fails_is_gone():
    """Recorded: after a map TensorFlow leaves out the batch, elsewhere only what was read of it."""
    after_a_map = [[-0.5, -1.0], "error", [0.5, 0.33]]
    elsewhere = [[-0.5, -1.0], "error", [1.0, 0.5], [0.33]]
    data = failing(6, 2)
    assert batches(data.batch(2)) == after_a_map
    assert batches(data.batch(2).ignore_errors()) == [each for each in after_a_map if each != "error"]
    assert batches(data.window(2).flat_map(lambda window: window.batch(2))) == after_a_map
    assert batches(data.prefetch(1).batch(2)) == batches(data.padded_batch(2, [])) == elsewhere
    iterator = iter(data.window(2, shift=1))
    next(iterator)
    other = iter(data.window(2, shift=1))
    other.set_state(iterator.get_state())
    for each in (iterator, other):
        for _ in range(2):
            with pytest.raises(tf.errors.InvalidArgumentError, match="bad"):
                next(each)
        assert [float(v) for v in next(each)] == [1.0, 0.5]


def test_an_error_takes_its_turn_in_parallel_interleave():
    """Recorded."""
    data = Dataset.range(2).interleave(lambda _: failing(4, 2), cycle_length=2, num_parallel_calls=2)
    assert outcomes(data) == [-0.5, -0.5, -1.0, -1.0, "error", "error", 1.0, 1.0]


def test_after_a_wrong_number_of_elements():
    """Recorded: what gathers elements goes on as at the end, though the number was not the promised one."""
    data = Dataset.range(3).apply(tf.data.experimental.assert_cardinality(5))
    assert outcomes(Dataset.zip((data, Dataset.range(9)))) == [(0, 0), (1, 1), (2, 2), "error"]
    assert batches(data.window(2).flat_map(lambda window: window.batch(2))) == [[0, 1], [2]]
    grouped = data.group_by_window(lambda v: v * 0, lambda _, group: group.batch(2), 2)
    assert batches(grouped) == [[0, 1], "error", [2]]
