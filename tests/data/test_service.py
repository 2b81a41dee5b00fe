"""The tf.data service of one process: who gets what, errors, lifetimes. Facts recorded from TensorFlow 2.21."""

import gc
import threading
import time

import pytest

import addax as tf
from addax.data import service_servers

service = tf.data.experimental.service
Policy = service.ShardingPolicy
HINT = tf.data.experimental.SHARD_HINT
Dataset = tf.data.Dataset


def started(workers=2, **config):
    dispatcher = service.DispatchServer(service.DispatcherConfig(**config))
    address = dispatcher.target.split("://")[1]
    return dispatcher, [service.WorkerServer(service.WorkerConfig(address)) for _ in range(workers)]


def announced():
    """A dispatcher that knows its two workers beforehand."""
    dispatcher = service.DispatchServer(service.DispatcherConfig(worker_addresses=["a:1", "b:2"]))
    address = dispatcher.target.split("://")[1]
    return dispatcher, [service.WorkerServer(service.WorkerConfig(address, name)) for name in ("a:1", "b:2")]


def numbers(dataset):
    return [int(v) for v in dataset]


def ours():
    gc.collect()
    return [t for t in threading.enumerate() if t.name.startswith("addax data worker") and t.is_alive()]


def wait_until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_every_worker_or_each_element_once():
    dispatcher, workers = started()
    data = Dataset.range(10)
    for mode, times in [("parallel_epochs", 2), (Policy.OFF, 2), ("distributed_epoch", 1), (Policy.DYNAMIC, 1)]:
        made = data.apply(service.distribute(mode, dispatcher.target))
        assert sorted(numbers(made)) == sorted(list(range(10)) * times)
        assert sorted(numbers(made)) == sorted(list(range(10)) * times)  # each pass is a new one
    assert int(made.cardinality()) == tf.data.UNKNOWN_CARDINALITY
    assert int(data.repeat().apply(service.distribute("parallel_epochs", dispatcher.target)).cardinality()) == -1
    assert repr(made) == "<_DataServiceDatasetV2 element_spec=TensorSpec(shape=(), dtype=tf.int64, name=None)>"
    assert dispatcher._num_workers() == len(workers) == 2


def test_each_element_once_in_pipelines_of_several_steps():
    dispatcher, _workers = started(3)
    data = Dataset.range(40).shuffle(40).map(lambda v: (v, v * v)).repeat(2).batch(3)
    made = [tuple(map(int, pair)) for a, b in data.apply(service.distribute(Policy.DYNAMIC, dispatcher.target))
            for pair in zip(a.numpy(), b.numpy(), strict=True)]  # fmt: skip
    assert sorted(made) == sorted([(v, v * v) for v in range(40)] * 2)
    pairs = Dataset.zip((Dataset.range(20), Dataset.range(20).cache())).filter(lambda a, b: a % 2 == 0)
    made = [(int(a), int(b)) for a, b in pairs.apply(service.distribute(Policy.DYNAMIC, dispatcher.target))]
    assert sorted(made) == [(v, v) for v in range(0, 20, 2)]


def test_fixed_parts_of_files_and_of_elements(tmp_path):
    dispatcher, _workers = announced()
    for i in range(4):
        (tmp_path / f"f{i}").write_text(f"{i}a\n{i}b\n")
    names = [str(tmp_path / f"f{i}") for i in range(4)]
    lines = sorted(f"{i}{c}".encode() for i in range(4) for c in "ab")

    def read(data, mode):
        return [v.numpy() for v in data.apply(service.distribute(mode, dispatcher.target))]

    for files in (
        tf.data.TextLineDataset(names),
        Dataset.from_tensor_slices(names).interleave(tf.data.TextLineDataset, cycle_length=2),
    ):
        for mode in (Policy.FILE, Policy.DATA, Policy.FILE_OR_DATA):
            assert sorted(read(files, mode)) == lines
        assert sorted(read(files, Policy.OFF)) == sorted(lines * 2)
    with pytest.raises(tf.errors.NotFoundError, match="no shardable source"):
        read(Dataset.range(4), Policy.FILE)
    assert sorted(read(Dataset.range(5), Policy.DATA)) == sorted(read(Dataset.range(5), Policy.FILE_OR_DATA))
    hinted = Dataset.range(5).shard(HINT, HINT).map(lambda v: v * 10)
    assert sorted(read(hinted, Policy.HINT)) == [0, 10, 20, 30, 40]
    assert sorted(read(Dataset.range(2), Policy.HINT)) == [0, 0, 1, 1]  # no hint: nothing is divided
    with pytest.raises(tf.errors.InvalidArgumentError, match="SHARD_HINT"):
        list(hinted)


def test_fixed_parts_need_announced_workers():
    dispatcher, _workers = started(1)
    with pytest.raises(tf.errors.NotFoundError, match="not in the workers list"):
        list(Dataset.range(3).apply(service.distribute(Policy.DATA, dispatcher.target)))
    known, _pair = announced()
    with pytest.raises(RuntimeError, match="not in the workers list"):
        service.WorkerServer(service.WorkerConfig(known.target.split("://")[1], "c:3"))


def test_a_named_job_is_shared():
    dispatcher, _workers = started()
    data = Dataset.range(200)
    first = iter(data.apply(service.distribute("parallel_epochs", dispatcher.target, job_name="job")))
    second = iter(data.apply(service.distribute("parallel_epochs", dispatcher.target, job_name="job")))
    made = [int(next(first)), int(next(second)), int(next(first))]
    made += numbers(first) + numbers(second)
    assert sorted(made) == sorted(list(range(200)) * 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match="different parameters"):
        list(data.apply(service.distribute("distributed_epoch", dispatcher.target, job_name="job")))


def test_consumers_in_step():
    dispatcher, _workers = started()
    data = Dataset.range(10).repeat()

    def consumer(index, data=data, job="rr"):
        return iter(
            data.apply(
                service.distribute(
                    "parallel_epochs", dispatcher.target, job_name=job, consumer_index=index, num_consumers=2
                )
            )
        )

    one, two = consumer(0), consumer(1)
    pairs = [(int(next(one)), int(next(two))) for _ in range(12)]
    assert all(b == a + 1 and a % 2 == 0 for a, b in pairs)
    assert [a for a, _ in pairs[::2]] == [a for a, _ in pairs[1::2]] == [0, 2, 4, 6, 8, 0]
    with pytest.raises(tf.errors.FailedPreconditionError, match="end of sequence"):
        next(consumer(0, Dataset.range(4).filter(lambda v: v < 0), "unknown"))
    with pytest.raises(tf.errors.FailedPreconditionError, match="infinite"):
        next(consumer(0, Dataset.range(4), "finite"))


def test_trainers_that_each_see_everything():
    dispatcher, _workers = started(1)
    data = Dataset.range(5).repeat()

    def trainer(name, data=data, job="cc"):
        cache = service.CrossTrainerCache(name)
        return data.apply(
            service.distribute("parallel_epochs", dispatcher.target, job_name=job, cross_trainer_cache=cache)
        )

    a, b = iter(trainer("a")), iter(trainer("b"))
    assert [int(next(a)) for _ in range(8)] == [int(next(b)) for _ in range(8)] == [0, 1, 2, 3, 4, 0, 1, 2]
    assert int(next(iter(trainer("a")))) == 3  # the same trainer goes on
    with pytest.raises(tf.errors.InvalidArgumentError, match="infinite"):
        numbers(trainer("a", Dataset.range(3), "other"))


def test_registered_datasets():
    dispatcher, _workers = started()
    data = Dataset.range(4)
    assert int(service.register_dataset(dispatcher.target, data)) == 1000
    assert int(service.register_dataset(dispatcher.target, data)) == 1001
    assert service.register_dataset(dispatcher.target, data, dataset_id="mine").numpy() == b"mine"
    service.register_dataset(dispatcher.target, data.map(lambda v: v * 3), dataset_id="mine")  # the first one stays
    assert sorted(numbers(service.from_dataset_id(Policy.DYNAMIC, dispatcher.target, "mine"))) == [0, 1, 2, 3]
    with pytest.raises(tf.errors.InvalidArgumentError, match="same ID"):
        service.register_dataset(dispatcher.target, data.batch(2), dataset_id="mine")
    with pytest.raises(tf.errors.NotFoundError, match="register_dataset"):
        service.from_dataset_id(Policy.OFF, dispatcher.target, "nope", data.element_spec)
    with pytest.raises(ValueError, match="element spec"):
        service.from_dataset_id(Policy.OFF, dispatcher.target, "nope")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"processing_mode": "foo"}, ValueError),
        ({"service": ""}, ValueError),
        ({"service": "localhost:1"}, tf.errors.UnimplementedError),
        ({"compression": "GZIP"}, ValueError),
        ({"job_name": 3}, ValueError),
        ({"job_name": ""}, ValueError),
        ({"target_workers": "foo"}, ValueError),
        ({"consumer_index": 0, "num_consumers": 2}, ValueError),
        ({"consumer_index": 0, "job_name": "a"}, ValueError),
        ({"consumer_index": 3, "num_consumers": 2, "job_name": "a"}, tf.errors.FailedPreconditionError),
        ({"max_outstanding_requests": 0}, tf.errors.InvalidArgumentError),
        ({"cross_trainer_cache": service.CrossTrainerCache("a")}, tf.errors.InvalidArgumentError),
    ],
)
def test_arguments(more, error):
    dispatcher, _workers = started(1)
    given = {"processing_mode": "parallel_epochs", "service": dispatcher.target, **more}
    with pytest.raises(error):
        Dataset.range(3).apply(service.distribute(**given))


def test_servers_that_cannot_be():
    with pytest.raises(tf.errors.NotFoundError):
        service.DispatchServer(service.DispatcherConfig(protocol="foo"))
    with pytest.raises(ValueError, match="work_dir"):
        service.DispatchServer(service.DispatcherConfig(fault_tolerant_mode=True))
    with pytest.raises(tf.errors.UnimplementedError, match="journal|files"):
        service.DispatchServer(service.DispatcherConfig(fault_tolerant_mode=True, work_dir="x"))
    with pytest.raises(ValueError, match="dispatcher_address"):
        service.WorkerServer(service.WorkerConfig(""))
    with pytest.raises(tf.errors.UnimplementedError, match="another|other processes"):
        service.WorkerServer(service.WorkerConfig("localhost:1"))
    first = service.DispatchServer(service.DispatcherConfig(port=1234))
    with pytest.raises(RuntimeError, match="1234"):
        service.DispatchServer(service.DispatcherConfig(port=1234))
    assert first.target == "grpc://localhost:1234"


def test_an_error_in_a_worker_reaches_the_consumer():
    dispatcher, _workers = started(1)

    def checked(v):
        tf.debugging.assert_less(v, tf.constant(3, tf.int64))
        return v

    it = iter(Dataset.range(5).map(checked).apply(service.distribute("parallel_epochs", dispatcher.target)))
    assert [int(next(it)) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError):
        next(it)
    with pytest.raises(tf.errors.UnimplementedError, match="position"):
        it.get_state()


def test_requests_are_bounded():
    dispatcher, _workers = started(1)
    made = []

    def count():
        for i in range(100):
            made.append(i)
            yield i

    data = Dataset.from_generator(count, output_signature=tf.TensorSpec((), tf.int64))
    it = iter(data.apply(service.distribute("parallel_epochs", dispatcher.target, max_outstanding_requests=2)))
    next(it)
    assert wait_until(lambda: len(made) == 3)
    time.sleep(0.05)
    assert len(made) == 3


def test_workers_come_and_go():
    dispatcher, workers = started(0)
    data = Dataset.range(3).apply(service.distribute("parallel_epochs", dispatcher.target))
    box = []
    reader = threading.Thread(target=lambda: box.extend(numbers(data)))
    reader.start()
    time.sleep(0.05)
    assert not box  # it waits for a worker
    address = dispatcher.target.split("://")[1]
    workers = [service.WorkerServer(service.WorkerConfig(address))]
    reader.join(10)
    assert box == [0, 1, 2]
    it = iter(Dataset.range(3).repeat().apply(service.distribute("parallel_epochs", dispatcher.target)))
    next(it)
    workers.append(service.WorkerServer(service.WorkerConfig(address)))
    workers[0].stop()
    workers[0].join()
    assert dispatcher._num_workers() == 1
    for _ in range(20):  # the one that came goes on
        next(it)


def test_a_stopped_dispatcher_and_threads_that_end():
    dispatcher, _workers = started()
    target = dispatcher.target
    data = Dataset.range(3).repeat().apply(service.distribute("parallel_epochs", target))
    it = iter(data)
    next(it)
    assert ours()
    del it
    assert wait_until(lambda: not ours())  # the consumer went
    it = iter(data)
    next(it)
    dispatcher.stop()
    dispatcher.join()
    with pytest.raises(tf.errors.UnavailableError, match="stopped"):
        for _ in range(100):
            next(it)
    assert wait_until(lambda: not ours())
    with pytest.raises(tf.errors.UnavailableError, match="stopped"):
        Dataset.range(3).apply(service.distribute("parallel_epochs", target))
    with pytest.raises(RuntimeError, match="does not run"):
        _ = dispatcher.target


def test_threads_of_a_named_job_end_when_nobody_comes_back():
    dispatcher, _workers = started(1, job_gc_timeout_ms=50)
    data = Dataset.range(3).repeat().apply(service.distribute("parallel_epochs", dispatcher.target, job_name="gone"))
    it = iter(data)
    next(it)
    del it
    assert wait_until(lambda: not ours())


def test_servers_that_are_dropped_while_another_one_starts(monkeypatch):
    cycle = [started(workers=1)]
    cycle.append(cycle)
    del cycle  # the garbage collector finds it while the next server has the register

    def ports(usual):
        gc.collect()
        yield from usual

    monkeypatch.setattr(service_servers, "_ports", ports(service_servers._ports))
    made = []
    thread = threading.Thread(target=lambda: made.append(started(workers=1)), daemon=True)
    thread.start()
    thread.join(20)
    assert made
