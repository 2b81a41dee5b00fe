"""tf.Graph: names, types and inputs as TensorFlow 2.21 gives them (recorded), and what reads them."""

import numpy as np
import pytest

import addax as tf

v1 = tf.compat.v1


def described(graph):
    return [(op.name, op.type, [each.name for each in op.inputs]) for op in graph.get_operations()]


@pytest.fixture
def graph():
    made = tf.Graph()
    with made.as_default():
        c = tf.constant([1.0, 2.0], name="c")
        total = tf.add(c, 1.0, name="sum")
        _ = total + c, 2.0 * total, tf.split(total, 2)
    return made


def test_names_types_and_inputs(graph):
    assert described(graph) == [
        ("c", "Const", []),
        ("sum/y", "Const", []),
        ("sum", "AddV2", ["c:0", "sum/y:0"]),
        ("add", "AddV2", ["sum:0", "c:0"]),
        ("mul/x", "Const", []),
        ("mul", "Mul", ["mul/x:0", "sum:0"]),
        ("split/split_dim", "Const", []),
        ("split", "Split", ["split/split_dim:0", "sum:0"]),
    ]
    total = graph.get_tensor_by_name("sum:0")
    assert total.graph is graph and total.op.outputs == [total] and total.consumers()[0].name == "add"
    assert repr(total) == "<tf.Tensor 'sum:0' shape=(2,) dtype=float32>"
    assert repr(total.op) == "<tf.Operation 'sum' type=AddV2>"
    assert graph.get_tensor_by_name("split:1").value_index == 1
    assert tf.executing_eagerly() and isinstance(total, tf.Tensor) and tf.is_tensor(total)


# Type and inputs of the last operation of each call, with x, y: (2, 3), m: (3, 3), b: bool.
_CALLS = {
    "x - y": ("sub", "Sub", ["x:0", "y_:0"]),
    "x / y": ("truediv", "RealDiv", ["x:0", "y_:0"]),
    "x // y": ("floordiv", "FloorDiv", ["x:0", "y_:0"]),
    "x % y": ("mod", "FloorMod", ["x:0", "y_:0"]),
    "x ** 2.0": ("pow", "Pow", ["x:0", "pow/y:0"]),
    "-x": ("Neg", "Neg", ["x:0"]),
    "x @ m": ("matmul", "MatMul", ["x:0", "m:0"]),
    "x > y": ("Greater", "Greater", ["x:0", "y_:0"]),
    "b & b": ("and", "LogicalAnd", ["b:0", "b:0"]),
    "~b": ("LogicalNot", "LogicalNot", ["b:0"]),
    "tf.divide(x, y)": ("truediv", "RealDiv", ["x:0", "y_:0"]),
    "tf.add(x, y)": ("Add", "AddV2", ["x:0", "y_:0"]),
    "tf.math.rsqrt(x)": ("Rsqrt", "Rsqrt", ["x:0"]),
    "tf.math.squared_difference(x, y)": ("SquaredDifference", "SquaredDifference", ["x:0", "y_:0"]),
    "tf.reduce_sum(x)": ("Sum", "Sum", ["x:0", "Const:0"]),
    "tf.reduce_mean(x, axis=-1)": ("Mean", "Mean", ["x:0", "Mean/reduction_indices:0"]),
    "tf.argmax(x, 1)": ("ArgMax", "ArgMax", ["x:0", "ArgMax/dimension:0"]),
    "tf.cumsum(x)": ("Cumsum", "Cumsum", ["x:0", "Cumsum/axis:0"]),
    "tf.matmul(x, m)": ("MatMul", "MatMul", ["x:0", "m:0"]),
    "tf.transpose(x)": ("transpose", "Transpose", ["x:0", "transpose/perm:0"]),
    "tf.reshape(x, [3, 2])": ("Reshape", "Reshape", ["x:0", "Reshape/shape:0"]),
    "tf.expand_dims(x, 0)": ("ExpandDims", "ExpandDims", ["x:0", "ExpandDims/dim:0"]),
    "tf.concat([x, y], 0)": ("concat", "ConcatV2", ["x:0", "y_:0", "concat/axis:0"]),
    "tf.stack([x, y])": ("stack", "Pack", ["x:0", "y_:0"]),
    "tf.tile(x, [2, 1])": ("Tile", "Tile", ["x:0", "Tile/multiples:0"]),
    "tf.pad(x, [[1, 1], [0, 0]])": ("Pad", "Pad", ["x:0", "Pad/paddings:0"]),
    "tf.gather(x, [0, 1])": ("GatherV2", "GatherV2", ["x:0", "GatherV2/indices:0", "GatherV2/axis:0"]),
    "tf.slice(x, [0, 0], [1, 2])": ("Slice", "Slice", ["x:0", "Slice/begin:0", "Slice/size:0"]),
    "tf.identity(x)": ("Identity", "Identity", ["x:0"]),
    "tf.cast(x, tf.int32)": ("Cast", "Cast", ["x:0"]),
    "tf.where(b, x, y)": ("SelectV2", "SelectV2", ["b:0", "x:0", "y_:0"]),
    "tf.nn.relu(x, name='act')": ("act", "Relu", ["x:0"]),
    "tf.nn.softmax(x)": ("Softmax", "Softmax", ["x:0"]),
    "tf.nn.log_softmax(x)": ("LogSoftmax", "LogSoftmax", ["x:0"]),
    "tf.add_n([x, y])": ("AddN", "AddN", ["x:0", "y_:0"]),
    "tf.ensure_shape(x, [2, 3])": ("EnsureShape", "EnsureShape", ["x:0"]),
}


def test_operations_of_usual_calls_are_tensorflows():
    for call, expected in _CALLS.items():
        made = tf.Graph()
        with made.as_default():
            names = {"x": [2, 3], "y": [2, 3], "m": [3, 3]}
            known = {key: v1.placeholder(tf.float32, shape, {"y": "y_"}.get(key, key)) for key, shape in names.items()}
            known["b"] = v1.placeholder(tf.bool, [2, 3], "b")
            result = eval(call, {"tf": tf, **known})
        op = result.op
        assert (op.name, op.type, [each.name for each in op.inputs]) == expected, call
        assert op is made.get_operations()[-1]


def test_a_call_of_several_operations_gives_its_name_to_the_last():
    made = tf.Graph()
    with made.as_default():
        x = v1.placeholder(tf.float32, [2], "x")
        result = tf.keras.losses.mean_squared_error(x, x)
        assert result.op is made.get_operations()[-1]
        scaled = tf.nn.scale_regularization_loss(tf.reduce_sum(x))
    assert scaled.op.inputs[0].op.type in ("Sum", "RealDiv", "Mul")


def test_names_are_unique_and_in_scopes():
    made = tf.Graph()
    with made.as_default():
        x = tf.constant([1.0], name="x")
        with tf.name_scope("enc"):
            first = tf.nn.relu(x)
            with tf.name_scope("enc"):
                inner = tf.nn.relu(first)
        with tf.name_scope("enc"):
            again = tf.nn.relu(x, name="act")
        assert [each.op.name for each in (first, inner, again)] == ["enc/Relu", "enc/enc/Relu", "enc_1/act"]
        assert tf.constant(1).name == "Const:0" and tf.constant(1).name == "Const_1:0"
    names = [made.unique_name(each) for each in ("x", "x", "z", "z", "X")]
    assert names == ["x_1", "x_2", "z", "z_1", "X_3"]
    assert made.unique_name("q", mark_as_used=False) == made.unique_name("q") == "q"


def test_elements_are_found_by_name(graph):
    total = graph.get_tensor_by_name("sum:0")
    assert graph.as_graph_element("sum") is total.op is graph.get_operation_by_name("sum")
    assert graph.as_graph_element(total) is total and graph.as_graph_element(total.op) is total.op
    for wanted, kind, match in (
        ("sum", ValueError, "refers to an Operation, not a Tensor"),
        ("nope:0", KeyError, "The operation, 'nope', does not exist"),
        ("sum:4", KeyError, "only has 1 outputs"),
        (3, TypeError, "names are strings"),
    ):
        with pytest.raises(kind, match=match):
            graph.get_tensor_by_name(wanted)
    with pytest.raises(KeyError, match="Operation not in the graph"):
        graph.get_operation_by_name("nope")
    with pytest.raises(ValueError, match="appears to refer to a Tensor"):
        graph.get_operation_by_name("sum:0")
    with pytest.raises(ValueError, match="looks like a Tensor name"):
        graph.as_graph_element("a:b:c")
    with pytest.raises(ValueError, match="is not an element of this graph"):
        tf.Graph().as_graph_element(total)
    with pytest.raises(TypeError, match="Can not convert a int into a Tensor or Operation"):
        graph.as_graph_element(5)


def test_a_tensor_of_a_graph_has_no_value(graph):
    total = graph.get_tensor_by_name("sum:0")
    assert not hasattr(total, "numpy") and hash(total) == id(total) and total != graph.get_tensor_by_name("c:0")
    with pytest.raises(NotImplementedError, match="symbolic tf.Tensor"):
        np.asarray(total)
    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        bool(total)
    with pytest.raises(TypeError, match="len is not well defined"):
        len(total)
    with pytest.raises(TypeError, match="is out of scope"):
        total + 1.0
    with graph.as_default(), pytest.raises(tf.errors.InvalidArgumentError):
        tf.matmul(total, total)


def test_open_sizes_stay_open():
    with tf.Graph().as_default():
        x = v1.placeholder(tf.float32, [None, 3])
        assert tf.matmul(x, tf.ones([3, 4])).shape.as_list() == [None, 4]
        assert tf.split(x, 3, axis=1)[0].shape.as_list() == [None, 1]
        assert (x + tf.ones([5, 3])).shape.as_list() == [5, 3]
        assert tf.reshape(x, [-1]).shape.as_list() == [None]
        assert x[0].shape.as_list() == [3] and tf.shape(x).shape.as_list() == [2]
        unknown = v1.placeholder(tf.int32)
        assert unknown.shape.rank is None and (unknown + 1).shape.rank is None and (unknown + 1).dtype is tf.int32
        assert repr(unknown) == "<tf.Tensor 'Placeholder_1:0' shape=<unknown> dtype=int32>"


def test_control_inputs_devices_and_finalizing():
    made = tf.Graph()
    with made.as_default():
        a = tf.constant(1, name="a")
        with made.control_dependencies([a]), made.device("/cpu:0"):
            b = tf.identity(a)
        with made.name_scope("s") as scope:
            c = tf.identity(b, name="in")
    assert b.op.control_inputs == [a.op] and b.device == "/device:CPU:0" and c.op.control_inputs == []
    assert scope == "s/" and c.name == "s/in:0"
    made.finalize()
    with made.as_default(), pytest.raises(RuntimeError, match="finalized"):
        tf.constant(1)


def test_collections_and_what_sessions_may_do(graph):
    total = graph.get_tensor_by_name("sum:0")
    graph.add_to_collection("losses", total)
    graph.add_to_collections(["a", "b"], 1)
    assert graph.get_collection("losses") == [total] == graph.get_collection("losses", scope="s")
    assert graph.get_collection("losses", scope="t") == [] and sorted(graph.collections) == ["a", "b", "losses"]
    graph.get_collection_ref("a").append(2)
    graph.clear_collection("b")
    assert graph.get_collection("a") == [1, 2] and sorted(graph.get_all_collection_keys()) == ["a", "losses"]
    assert graph.is_feedable(total) and graph.is_fetchable(total)
    graph.prevent_feeding(total)
    graph.prevent_fetching(total)
    with pytest.raises(ValueError, match="may not be fed"):
        v1.Session(graph=graph).run("add:0", {total: [1.0, 1.0]})
    with pytest.raises(ValueError, match="not fetchable"):
        v1.Session(graph=graph).run(total)


def test_graphs_are_written(graph, tmp_path):
    written = graph.as_graph_def()
    assert [node.name for node in written.node][:3] == ["c", "sum/y", "sum"]
    node = written.node[2]
    assert list(node.input) == ["c", "sum/y"] and node.attr["T"].type == 1 and written.versions.producer == 2474
    assert str(graph.get_operation_by_name("c").node_def).endswith('dtype"\n  value {\n    type: DT_FLOAT\n  }\n}\n')
    assert graph.get_operation_by_name("sum").get_attr("T") is tf.float32
    with pytest.raises(ValueError, match="no attr named 'nope'"):
        graph.get_operation_by_name("sum").get_attr("nope")
    path = tf.io.write_graph(graph, str(tmp_path / "a"), "g.pb", as_text=False)
    with open(path, "rb") as file:
        read = v1.GraphDef.FromString(file.read())
    tf.test.assert_equal_graph_def(written, read)
    read.node[2].op = "Mul"
    with pytest.raises(AssertionError, match="'sum'"):
        tf.test.assert_equal_graph_def(written, read)


def test_sessions_run_what_was_recorded():
    variable = tf.Variable([10.0, 20.0])
    with tf.Graph().as_default() as made:
        x = v1.placeholder(tf.float32, [None, 2], "x")
        y = tf.reduce_sum(tf.nn.relu(x * variable), axis=1, name="y")
        drawn = tf.random.uniform([3])
        with v1.Session() as session:
            out = session.run({"y": y, "both": [x, "y:0"]}, {x: [[1.0, -1.0]]})
            np.testing.assert_array_equal(out["y"], [10.0])
            np.testing.assert_array_equal(out["both"][1], [10.0])
            np.testing.assert_array_equal(y.eval({x: [[1.0, 1.0], [0.0, 1.0]]}), [30.0, 20.0])
            assert session.run(y.op, {"x:0": [[1.0, 1.0]]}) is None
            assert (session.run(drawn) != session.run(drawn)).any()
            with pytest.raises(
                tf.errors.InvalidArgumentError, match="You must feed a value for placeholder tensor 'x'"
            ):
                session.run(y)
            with pytest.raises(ValueError, match="Cannot feed value of shape"):
                session.run(y, {x: [1.0]})
        with pytest.raises(RuntimeError, match="closed Session"):
            session.run(y, {x: [[1.0, 1.0]]})
    assert v1.Session(graph=made).run("y:0", {"x:0": [[2.0, 0.0]]}).tolist() == [20.0]
    with pytest.raises(ValueError, match="No default session"):
        y.eval()


def test_the_default_graph():
    with tf.Graph().as_default() as outer:
        assert v1.get_default_graph() is outer and not tf.executing_eagerly()
        with tf.Graph().as_default() as inner:
            assert v1.get_default_graph() is inner
        with tf.init_scope():
            assert tf.executing_eagerly()
    assert v1.get_default_graph() is v1.get_default_graph()
    with pytest.raises(RuntimeError, match="not compatible with eager execution"):
        v1.placeholder(tf.float32)
