"""tf.train.Coordinator and ClusterSpec; what they do was measured from TensorFlow."""

import threading

import pytest

import addax as tf


def failing(coordinator, error):
    with coordinator.stop_on_exception():
        raise error


def test_stop():
    coordinator = tf.train.Coordinator()
    assert not coordinator.should_stop() and not coordinator.wait_for_stop(0.001)
    coordinator.request_stop()
    assert coordinator.should_stop() and coordinator.wait_for_stop() and not coordinator.joined
    coordinator.join([])
    assert coordinator.joined
    coordinator.clear_stop()
    assert not coordinator.should_stop() and not coordinator.joined


def test_errors_are_handed_on():
    coordinator = tf.train.Coordinator()
    thread = threading.Thread(target=failing, args=(coordinator, ValueError("boom")))
    thread.start()
    with pytest.raises(ValueError, match="boom"):
        coordinator.join([thread])
    with pytest.raises(ValueError, match="boom"):
        coordinator.raise_requested_exception()
    for clean, error in [((ValueError,), ValueError("x")), (None, tf.errors.OutOfRangeError(None, None, "end"))]:
        coordinator = tf.train.Coordinator(clean)
        coordinator.request_stop(error)
        coordinator.join()
    with pytest.raises(TypeError):
        tf.train.Coordinator().request_stop("abc")


def test_late_threads():
    coordinator, done = tf.train.Coordinator(), threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    coordinator.register_thread(thread)
    coordinator.request_stop()
    with pytest.raises(RuntimeError, match="threads still running"):
        coordinator.join(stop_grace_period_secs=0.01)
    coordinator.join([thread], stop_grace_period_secs=0.01, ignore_live_threads=True)
    done.set()
    thread.join()


def test_clusters():
    spec = tf.train.ClusterSpec({"worker": ["a:1", "b:2"], "ps": {3: "c:3"}})
    assert repr(spec) == "ClusterSpec({'ps': {3: 'c:3'}, 'worker': ['a:1', 'b:2']})"
    assert spec.jobs == ["worker", "ps"] and spec.as_dict() == {"worker": ["a:1", "b:2"], "ps": {3: "c:3"}}
    assert spec.job_tasks("ps") == [None, None, None, "c:3"] and spec.task_indices("ps") == [3]
    assert spec and not tf.train.ClusterSpec({}) and spec == tf.train.ClusterSpec(spec)
    proto = spec.as_cluster_def()
    assert tf.train.ClusterSpec(proto) == spec and tf.train.ClusterDef.FromString(proto.SerializeToString()) == proto
    assert proto.job[0].tasks == {3: "c:3"} and tf.train.ClusterSpec({}) != spec
    for call in (spec.num_tasks, spec.task_indices, spec.job_tasks):
        with pytest.raises(ValueError, match="No such job in cluster: 'x'"):
            call("x")
    with pytest.raises(ValueError, match="No task with index 0"):
        spec.task_address("ps", 0)
    for wrong in (3, {"a": "b"}, {"a": [3]}):
        with pytest.raises(TypeError):
            tf.train.ClusterSpec(wrong)


def test_servers_are_bytes_of_tensorflow():
    cluster = tf.train.ClusterSpec({"ps": {3: "c:3"}}).as_cluster_def()
    server = tf.train.ServerDef(cluster=cluster, job_name="worker", task_index=1, protocol="grpc", port=5)
    assert (
        server.SerializeToString()
        == b"\n\x0f\n\r\n\x02ps\x12\x07\x08\x03\x12\x03c:3\x12\x06worker\x18\x01*\x04grpc0\x05"
    )
    job = tf.train.JobDef(name="x", tasks={0: "q"})
    assert job.SerializeToString() == b"\n\x01x\x12\x05\x08\x00\x12\x01q"
    assert str(job) == 'name: "x"\ntasks {\n  key: 0\n  value: "q"\n}\n'
    job.tasks[0] = "r"
    job.tasks[1] = "s"
    del job.tasks[0]
    assert dict(job.tasks) == {1: "s"}
    with pytest.raises(KeyError):
        del job.tasks[0]
