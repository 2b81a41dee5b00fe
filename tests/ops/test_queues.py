"""tf.queue: order, waiting, closing and errors."""

import threading

import pytest

import addax as tf


def _in_thread(function):
    """Runs a function on a thread; what `join` gives back is (result, exception)."""
    got = []

    def run():
        try:
            got.append((function(), None))
        except Exception as error:
            got.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def join():
        thread.join(10)
        assert not thread.is_alive(), "it waits for ever"
        return got[0]

    return thread, join


def _waits(thread):
    thread.join(0.05)
    return thread.is_alive()


def test_first_in_first_out():
    q = tf.queue.FIFOQueue(3, [tf.int32, tf.float32], shapes=[(), (2,)])
    q.enqueue((1, [1.0, 2.0]))
    q.enqueue_many(([2, 3], [[3.0, 4.0], [5.0, 6.0]]))
    assert int(q.size()) == 3 and q.dtypes == [tf.int32, tf.float32]
    number, pair = q.dequeue()
    assert int(number) == 1 and pair.numpy().tolist() == [1.0, 2.0]
    numbers, pairs = q.dequeue_many(2)
    assert numbers.numpy().tolist() == [2, 3] and pairs.shape == (2, 2)
    assert q.dequeue_many(0)[1].shape == (0, 2)


def test_full_and_empty_queues_wait():
    q = tf.queue.FIFOQueue(1, tf.int32, shapes=[()])
    thread, join = _in_thread(q.dequeue)
    assert _waits(thread)
    q.enqueue(5)
    assert int(join()[0]) == 5
    q.enqueue(6)
    thread, join = _in_thread(lambda: q.enqueue(7))
    assert _waits(thread)
    assert int(q.dequeue()) == 6
    assert join() == (None, None) and int(q.dequeue()) == 7


def test_closed():
    q = tf.queue.FIFOQueue(4, tf.int32, shapes=[()])
    q.enqueue_many([[1, 2]])
    waiting, join = _in_thread(lambda: q.dequeue_many(3))
    assert _waits(waiting)
    q.close()
    assert isinstance(join()[1], tf.errors.OutOfRangeError)
    assert bool(q.is_closed())
    with pytest.raises(tf.errors.CancelledError, match="is closed"):
        q.enqueue(3)
    assert q.dequeue_up_to(5).numpy().tolist() == [1, 2]
    with pytest.raises(tf.errors.OutOfRangeError, match="requested 1, current size 0"):
        q.dequeue()
    with pytest.raises(tf.errors.CancelledError, match="already closed"):
        q.close()


def test_cancelled():
    q = tf.queue.FIFOQueue(1, tf.int32, shapes=[()])
    q.enqueue(1)
    thread, join = _in_thread(lambda: q.enqueue(2))
    assert _waits(thread)
    q.close(cancel_pending_enqueues=True)
    assert isinstance(join()[1], tf.errors.CancelledError)
    assert int(q.dequeue()) == 1


def test_names():
    q = tf.queue.FIFOQueue(3, [tf.int32, tf.string], names=["a", "b"], shapes=[(), ()])
    q.enqueue({"a": 1, "b": "x"})
    assert q.dequeue()["b"].numpy() == b"x"
    with pytest.raises(ValueError, match="dictionary"):
        q.enqueue((1, "x"))
    with pytest.raises(ValueError, match="do not match"):
        q.enqueue({"a": 1})


def test_padding():
    q = tf.queue.PaddingFIFOQueue(5, [tf.int32], shapes=[(None,)])
    q.enqueue(([1],))
    q.enqueue(([1, 2, 3],))
    assert q.dequeue_many(2).numpy().tolist() == [[1, 0, 0], [1, 2, 3]]
    with pytest.raises(ValueError, match="incompatible"):
        q.enqueue(3)
    with pytest.raises(ValueError, match="known rank"):
        tf.queue.PaddingFIFOQueue(5, [tf.int32], shapes=[tf.TensorShape(None)])


def test_priority():
    q = tf.queue.PriorityQueue(5, [tf.string], shapes=[()])
    q.enqueue_many(([3, 1, 2], ["c", "a", "b"]))
    assert q.dequeue_many(3)[1].numpy().tolist() == [b"a", b"b", b"c"]


def test_shuffle():
    q = tf.queue.RandomShuffleQueue(20, 4, tf.int32, shapes=[()], seed=3)
    q.enqueue_many([list(range(20))])
    first = q.dequeue_many(16).numpy().tolist()
    assert first != sorted(first)
    thread, join = _in_thread(q.dequeue)
    assert _waits(thread)  # four stay behind
    q.close()
    assert join()[1] is None
    assert sorted([*first, *q.dequeue_up_to(9).numpy().tolist()]) != []
    with pytest.raises(tf.errors.InvalidArgumentError, match="min_after_dequeue"):
        tf.queue.RandomShuffleQueue(3, 5, tf.int32)


def test_refused():
    q = tf.queue.FIFOQueue(3, [tf.int32, tf.int32])
    with pytest.raises(tf.errors.InvalidArgumentError, match="2 components"):
        q.enqueue((1,))
    with pytest.raises(TypeError, match="int32"):
        q.enqueue((1.5, 1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="specified shapes"):
        q.dequeue_many(1)
    shaped = tf.queue.FIFOQueue(3, [tf.int32], shapes=[(2,)])
    with pytest.raises(ValueError, match="incompatible"):
        shaped.enqueue(([1, 2, 3],))


def test_shared_and_chosen():
    a = tf.queue.FIFOQueue(3, tf.int32, shapes=[()], shared_name="one of two")
    b = tf.queue.FIFOQueue(3, tf.int32, shapes=[()], shared_name="one of two")
    c = tf.queue.FIFOQueue(3, tf.int32, shapes=[()])
    a.enqueue(4)
    assert int(b.size()) == 1
    assert int(tf.queue.QueueBase.from_list(1, [c, b]).dequeue()) == 4


@pytest.mark.filterwarnings("ignore:tf.function")
def test_in_a_function():
    q = tf.queue.FIFOQueue(3, tf.int32, shapes=[()])

    @tf.function
    def put(x):
        q.enqueue(x)
        return q.size()

    assert int(put(tf.constant(1))) == 1
    assert int(put(tf.constant(2))) == 2
