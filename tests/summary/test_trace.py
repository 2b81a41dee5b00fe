"""Graphs of functions that ran, as TensorBoard reads them."""

import glob

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto import config_pb2, graph_pb2
from tensorboard.plugins.graph import graph_util

import addax as tf


@pytest.fixture(autouse=True)
def off():
    yield
    tf.summary.trace_off()


def exported(folder):
    found = {}
    for path in glob.glob(str(folder / "events*")):
        for event in EventFileLoader(path).Load():
            for value in event.summary.value:
                found[value.tag] = (event.step, value)
    return found


def test_a_function_as_tensorboard_sees_it(tmp_path):
    w = tf.Variable(tf.ones([3, 2]), name="w")

    @tf.function
    def layer(x):
        return tf.nn.relu(x @ w) + 1.0

    layer(tf.ones([1, 3]))  # before the trace: not in it
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        tf.summary.trace_on(graph=True)
        for _ in range(3):
            layer(tf.ones([4, 3]))
        assert tf.summary.trace_export("my_trace", step=7) is None
    writer.close()
    step, value = exported(tmp_path)["my_trace"]
    assert step == 7
    assert value.metadata.plugin_data.plugin_name == "graph_run_metadata_graph"
    assert value.metadata.plugin_data.content == b"1"
    run = config_pb2.RunMetadata.FromString(value.tensor.string_val[0])
    assert len(run.function_graphs) == len(run.partition_graphs) == 1
    graph = graph_util.merge_graph_defs([each.pre_optimization_graph for each in run.function_graphs])
    assert isinstance(graph, graph_pb2.GraphDef)
    operations = {node.op: node for node in graph.node}
    assert {"VarHandleOp", "Placeholder", "dot_general", "add", "Identity"} <= set(operations)
    assert operations["VarHandleOp"].name.endswith("/w")
    assert operations["Placeholder"].name.endswith("/x")
    names = {node.name for node in graph.node}
    assert len(names) == len(graph.node)
    assert all(source in names for node in graph.node for source in node.input)
    assert list(operations["dot_general"].input) == [operations["Placeholder"].name, operations["VarHandleOp"].name]
    assert operations["dot_general"].attr["shape"].s == b"float32[4,2]"


def test_under_a_tape_and_in_order(tmp_path):
    one, two = tf.function(lambda x: x * 2.0), tf.function(lambda x: tf.sin(x))
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default(step=1):
        tf.summary.trace_on()
        x = tf.constant(3.0)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = one(x)
        assert tape.gradient(y, x) == 2.0
        two(x)
        tf.summary.trace_export("both")
    writer.close()
    run = config_pb2.RunMetadata.FromString(exported(tmp_path)["both"][1].tensor.string_val[0])
    found = [{node.op for node in each.pre_optimization_graph.node} for each in run.function_graphs]
    assert ["mul" in found[0], "sin" in found[1]] == [True, True]


def test_when_it_is_on():
    with pytest.raises(ValueError, match="Must enable trace"):
        tf.summary.trace_export("x", 0)
    tf.summary.trace_off()
    tf.summary.trace_on()
    with pytest.warns(UserWarning, match="already enabled"):
        tf.summary.trace_on()
    with pytest.raises(ValueError, match="No step"):
        tf.summary.trace_export("x")
    tf.summary.trace_export("x", 1)  # without a writer there is nothing to write to
    with pytest.raises(ValueError, match="Must enable trace"):
        tf.summary.trace_export("x", 2)
    with pytest.warns(UserWarning, match="profiler_outdir"):
        tf.summary.trace_on(graph=False, profiler=True)
    tf.summary.trace_export("x")


def test_with_a_profile(tmp_path):
    tf.summary.trace_on(graph=False, profiler=True, profiler_outdir=str(tmp_path))
    tf.function(lambda x: x + 1)(np.float32(1))
    tf.summary.trace_export("x", 1)
    assert glob.glob(str(tmp_path / "plugins" / "profile" / "*" / "*.xplane.pb"))
