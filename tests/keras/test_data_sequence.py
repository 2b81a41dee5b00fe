"""Sequence, its workers, and the enqueuers."""

import threading
import time

import numpy as np
import pytest

from addax.core import errors
from addax.keras.data_sequence import (
    GeneratorEnqueuer,
    OrderedEnqueuer,
    PyDataset,
    Sequence,
    SequenceEnqueuer,
    prefetched,
)


class Slow(Sequence):
    """Early items take longest, so that workers finish out of order."""

    def __init__(self, size=6):
        self.size = size
        self.epochs = 0
        self.threads = set()

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        time.sleep(0.01 * (index % 2 == 0))
        self.threads.add(threading.get_ident())
        if index == 4 and self.size == 5:
            raise OSError("batch 4 is gone")
        return index

    def on_epoch_end(self):
        self.epochs += 1


class Plain:
    """Picklable by a worker process."""

    def __getitem__(self, index):
        return np.full(2, index)


def test_iteration_goes_over_all_batches_once():
    assert list(Slow()) == [0, 1, 2, 3, 4, 5]


def test_missing_methods_say_which():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        Sequence()[0]
    with pytest.raises(NotImplementedError, match="__len__"):
        len(Sequence())


def test_py_dataset_takes_the_workers():
    data = PyDataset(workers=3, use_multiprocessing=True, max_queue_size=5)
    assert (data.workers, data.use_multiprocessing, data.max_queue_size) == (3, True, 5)
    assert (Sequence.workers, Sequence.use_multiprocessing, Sequence.max_queue_size) == (1, False, 10)


def test_prefetched_keeps_the_order_and_works_on_several_threads():
    data = Slow(20)
    order = [3, 1, 2, 0, *range(19, 3, -1)]
    assert list(prefetched(data, order, workers=3, max_queue_size=4)) == order
    assert threading.get_ident() not in data.threads
    assert len(data.threads) > 1


def test_prefetched_makes_no_more_than_the_queue_holds():
    made = []

    class Counted(Slow):
        def __getitem__(self, index):
            made.append(index)
            return index

    items = prefetched(Counted(100), range(100), workers=2, max_queue_size=3)
    assert next(items) == 0
    time.sleep(0.05)
    assert len(made) <= 4
    items.close()


def test_an_error_in_a_batch_comes_out_in_its_place():
    items = prefetched(Slow(5), range(5), workers=2)
    assert [next(items) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(OSError, match="batch 4 is gone"):
        next(items)


def test_prefetched_by_processes():
    found = list(prefetched(Plain(), [2, 0, 1], workers=1, use_multiprocessing=True))
    assert [item.tolist() for item in found] == [[2, 2], [0, 0], [1, 1]]


@pytest.mark.parametrize("shuffle", [False, True])
def test_ordered_enqueuer_goes_round_and_calls_on_epoch_end(shuffle):
    data = Slow(6)
    enqueuer = OrderedEnqueuer(data, shuffle=shuffle)
    assert not enqueuer.is_running()
    enqueuer.start(workers=2, max_queue_size=3)
    items = enqueuer.get()
    first, second = [next(items) for _ in range(6)], [next(items) for _ in range(6)]
    assert enqueuer.is_running()
    enqueuer.stop()
    assert not enqueuer.is_running()
    assert sorted(first) == sorted(second) == list(range(6))
    assert shuffle or first == second == list(range(6))
    assert data.epochs >= 1
    assert not enqueuer.run_thread.is_alive()


def test_ordered_enqueuer_hands_errors_over_and_stops():
    enqueuer = OrderedEnqueuer(Slow(5))
    enqueuer.start()
    with pytest.raises(OSError, match="batch 4"):
        list(enqueuer.get())
    assert not enqueuer.is_running()


def test_generator_enqueuer_ends_with_its_generator():
    enqueuer = GeneratorEnqueuer(iter(range(5)))
    enqueuer.start(workers=4, max_queue_size=2)
    assert list(enqueuer.get()) == [0, 1, 2, 3, 4]


def test_generator_enqueuer_seeds_numpy():
    enqueuer = GeneratorEnqueuer((np.random.rand() for _ in range(2)), random_seed=3)
    enqueuer.start()
    np.testing.assert_array_equal(list(enqueuer.get()), np.random.RandomState(3).rand(2))


def test_generator_enqueuer_warns_that_processes_do_not_help():
    errors.forget_warnings()
    with pytest.warns(UserWarning, match="cannot be sent to other processes"):
        GeneratorEnqueuer(iter([]), use_multiprocessing=True)


def test_enqueuer_has_to_be_started():
    with pytest.raises(RuntimeError, match="start"):
        next(SequenceEnqueuer(Slow()).get())
    OrderedEnqueuer(Slow()).stop()
