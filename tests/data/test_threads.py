"""Threads of prefetch, parallel map and interleave: order, errors, and that none is left behind."""

import gc
import threading
import time

import numpy as np
import pytest

import addax as tf
from addax.data import ending
from addax.data.nodes import parallel_map

Dataset = tf.data.Dataset


def ours():
    return [t for t in threading.enumerate() if t.name.startswith("addax") and t.is_alive()]


def wait_for_none(seconds=5.0):
    gc.collect()
    end = time.monotonic() + seconds
    while ours() and time.monotonic() < end:
        time.sleep(0.01)
    return ours()


def slow_numbers(n=10_000):
    yield from range(n)


def generated(n=10_000):
    return Dataset.from_generator(slow_numbers, args=(n,), output_signature=tf.TensorSpec((), tf.int64))


def add_one(v):
    return tf.numpy_function(lambda a: a + 1, [v], tf.int64)


@pytest.mark.parametrize(
    "made",
    [
        lambda: generated().prefetch(3),
        lambda: generated().map(add_one, num_parallel_calls=3),
        lambda: Dataset.range(5).interleave(lambda v: generated(), cycle_length=3, num_parallel_calls=3),
        lambda: generated().batch(2, num_parallel_calls=2).prefetch(1),
    ],
)
def test_iterators_that_are_dropped_leave_no_thread(made):
    data = made()
    for _ in range(20):
        next(iter(data))
    assert not wait_for_none()


def test_an_exhausted_iterator_leaves_no_thread():
    assert len(list(generated(50).prefetch(3))) == 50
    assert not wait_for_none()


def test_threads_keep_the_order():
    def uneven(v):
        def wait(a):
            time.sleep(0.002 * (a % 3))
            return a

        return tf.numpy_function(wait, [v], tf.int64)

    data = Dataset.range(30).map(uneven, num_parallel_calls=4)
    assert [int(v) for v in data] == list(range(30))
    loose = Dataset.range(30).map(uneven, num_parallel_calls=4, deterministic=False)
    assert sorted(int(v) for v in loose) == list(range(30))
    options = tf.data.Options()
    options.deterministic = False
    found = [int(v) for v in data.with_options(options)]
    assert sorted(found) == list(range(30))


def test_parallel_map_runs_calls_at_the_same_time():
    running, most, lock = [0], [0], threading.Lock()

    def work(a):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return a

    list(Dataset.range(8).map(lambda v: tf.numpy_function(work, [v], tf.int64), num_parallel_calls=4))
    assert most[0] > 1


def test_random_numbers_do_not_depend_on_threads():
    def draws(calls):
        tf.random.set_seed(3)
        data = (
            generated(20).filter(lambda v: v >= 0).map(lambda v: (v, tf.random.uniform([])), num_parallel_calls=calls)
        )
        return [[float(r) for _, r in data] for _ in range(2)]

    first = draws(4)
    assert first == draws(4) and first == draws(2)
    assert first[0] != first[1], "each pass draws others"


def test_parallel_interleave_has_the_order_of_the_plain_one():
    def made(calls):
        data = Dataset.range(6).interleave(
            lambda v: generated(int(v)), cycle_length=3, block_length=2, num_parallel_calls=calls
        )
        return [int(v) for v in data]

    assert made(3) == made(None)


# ---------------------------------------------------------------------------- errors


def failing():
    yield 1
    raise RuntimeError("no more luck")


@pytest.mark.parametrize("then", [lambda d: d, lambda d: d.prefetch(2), lambda d: d.batch(2), lambda d: d.shuffle(3)])
def test_a_generator_that_raises(then):
    data = then(Dataset.from_generator(failing, output_signature=tf.TensorSpec((), tf.int32)))
    with pytest.raises(tf.errors.UnknownError) as caught:
        list(data)
    text = str(caught.value)
    for word in (
        "RuntimeError: no more luck",
        "from_generator",
        "element 1",
        "test_threads.py",
        'raise RuntimeError("no',
    ):
        assert word in text
    assert not wait_for_none()


@pytest.mark.parametrize(
    "value, words",
    [([1, 2], "shape"), ("a", "could not be converted"), ((1, 2), "shape"), (None, "could not be converted")],
)
def test_a_generator_that_yields_wrongly(value, words):
    data = Dataset.from_generator(lambda: iter([1, value]), output_signature=tf.TensorSpec((), tf.int32))
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        list(data)


@pytest.mark.parametrize("calls", [None, 3])
def test_a_map_that_raises(calls):
    def picky(a):
        if a == 3:
            raise ValueError("not three")
        return a

    data = Dataset.range(6).map(lambda v: tf.numpy_function(picky, [v], tf.int64), num_parallel_calls=calls)
    seen = []
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        for v in data:
            seen.append(int(v))
    assert seen == [0, 1, 2]
    for word in ("not three", "Dataset.map", "element 3", 'raise ValueError("not three")'):
        assert word in str(caught.value)
    assert [int(v) for v in data.ignore_errors()] == [0, 1, 2, 4, 5]


def test_ignore_errors_always_ends():
    data = Dataset.from_generator(failing, output_signature=tf.TensorSpec((), tf.int32))
    kept = data.ignore_errors()
    assert [int(v) for v in kept] == [1]
    assert kept._node.ignored == 1


def test_a_check_in_a_map_is_made_for_each_element():
    data = Dataset.from_tensor_slices([1.0, 0.0, 2.0]).map(lambda v: tf.debugging.check_numerics(1.0 / v, "bad"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="bad"):
        list(data)
    assert [float(v) for v in data.ignore_errors()] == [1.0, 0.5]


def test_many_iterators():
    data = Dataset.from_tensor_slices(np.arange(1000)).shuffle(100).batch(10).prefetch(2)
    streaming = generated(100).prefetch(2)
    for _ in range(300):
        next(iter(data))
        next(iter(streaming))
    assert not wait_for_none()


def test_cheap_calls_stay_on_the_thread_that_asks(monkeypatch):
    def where():
        work = Dataset.range(12).map(
            lambda v: tf.numpy_function(lambda _: np.int64(threading.get_ident()), [v], tf.int64), tf.data.AUTOTUNE
        )
        return [int(v) for v in work]

    me = threading.get_ident()
    monkeypatch.setattr(parallel_map, "_CHEAP", 60.0)
    assert set(where()) == {me}
    monkeypatch.setattr(parallel_map, "_CHEAP", 0.0)
    assert me not in where()[4:], "calls that take their time go to threads"


def test_a_thread_that_computes_at_the_end_is_waited_for_and_one_that_stands_still_is_not(monkeypatch):
    monkeypatch.setattr(ending, "PATIENCE", 0.3)

    def compute():
        until = time.thread_time() + 0.4
        while time.thread_time() < until:
            sum(range(1000))

    release = threading.Event()
    busy, still = threading.Thread(target=compute), threading.Thread(target=release.wait, args=(30,))
    busy.start(), still.start()
    ending.await_threads([None, busy, still])
    assert not busy.is_alive()
    assert still.is_alive()
    release.set()
    still.join()
