"""concrete_function.graph: the operations of a traced function, with TensorFlow's names (recorded from 2.21)."""

import addax as tf


def described(graph):
    return [(op.name, op.type, [each.name for each in op.inputs]) for op in graph.get_operations()]


def test_operations_inputs_and_outputs():
    v = tf.Variable([1.0, 2.0], name="v")
    captured = tf.constant([5.0, 6.0])

    @tf.function
    def f(x, k):
        y = x * v + captured
        if tf.reduce_sum(y) > 0:
            y = y + 1
        v.assign_add(x)
        return {"a": y, "b": (k @ tf.transpose(k), 3)}

    concrete = f.get_concrete_function(tf.TensorSpec([2], name="inp"), k=tf.TensorSpec([None, 2]))
    graph = concrete.graph
    assert concrete.graph is graph and isinstance(graph, tf.Graph) and graph.name == "f"
    assert described(graph) == [
        ("inp", "Placeholder", []),
        ("k", "Placeholder", []),
        ("v/resource", "Placeholder", []),  # TensorFlow: "mul/ReadVariableOp/resource"
        ("mul/ReadVariableOp", "ReadVariableOp", ["v/resource:0"]),
        ("mul", "Mul", ["inp:0", "mul/ReadVariableOp:0"]),
        ("add/y", "Const", []),
        ("add", "AddV2", ["mul:0", "add/y:0"]),
        ("Const", "Const", []),
        ("Sum", "Sum", ["add:0", "Const:0"]),
        ("Greater/y", "Const", []),
        ("Greater", "Greater", ["Sum:0", "Greater/y:0"]),
        ("cond", "StatelessIf", ["Greater:0", "add:0"]),
        ("AssignAddVariableOp", "AssignAddVariableOp", ["v/resource:0", "inp:0"]),
        ("transpose/perm", "Const", []),
        ("transpose", "Transpose", ["k:0", "transpose/perm:0"]),
        ("matmul", "MatMul", ["k:0", "transpose:0"]),
        ("Identity", "Identity", ["cond:0"]),
        ("Identity_1", "Identity", ["matmul:0"]),
        ("Const_1", "Const", []),
        ("Identity_2", "Identity", ["Const_1:0"]),
    ]
    assert [each.name for each in graph.inputs] == ["inp:0", "k:0", "v/resource:0"]
    assert repr(graph.structured_outputs["b"][0]) == "<tf.Tensor 'Identity_1:0' shape=(None, None) dtype=float32>"
    assert graph.variables == (v,) and [each.name for each in graph.control_outputs] == ["AssignAddVariableOp"]
    assert len(graph.as_graph_def().node) == 20 and graph.finalized
    assert v.numpy().tolist() == [1.0, 2.0]


def test_a_graph_is_only_made_when_somebody_asks():
    traces = []

    @tf.function
    def f(x):
        traces.append(x)
        return tf.nn.relu(x)

    concrete = f.get_concrete_function(tf.TensorSpec([None], name="x"))
    before = len(traces)
    f(tf.ones([3]))
    assert len(traces) == before
    names = [op.name for op in concrete.graph.get_operations()]
    assert names == ["x", "Relu", "Identity"] and concrete.graph.inputs[0].shape.as_list() == [None]
    assert len(traces) == before + 1 and f.experimental_get_tracing_count() == 1


def test_a_signature_has_defaults_in_it():
    spec = tf.TensorSpec([], name="x")
    concrete = tf.function(lambda x, y=3, *, z=4, w: x).get_concrete_function(spec, w=2)
    assert concrete.structured_input_signature == ((spec, 3), {"z": 4, "w": 2})

    class Scaled(tf.Module):
        @tf.function
        def call(self, x, k=1):
            return x * k

    module = Scaled()
    assert module.call.get_concrete_function(tf.TensorSpec([])).structured_input_signature == ((spec, 1), {})
    assert module.call.get_concrete_function(tf.TensorSpec([None])).structured_input_signature[0][1] == 1


def test_layers_are_operations_in_scopes():
    dense = tf.keras.layers.Dense(3, name="d")
    f = tf.function(lambda x: dense(x)).get_concrete_function(tf.TensorSpec([None, 2], name="x"))
    operations = f.graph.get_operations()
    assert operations[-1].inputs[0].op.name.startswith("d/")
    assert {each.name for each in f.graph.variables} == {"d/kernel:0", "d/bias:0"}


def test_tensors_of_a_function_have_names_operations_and_a_graph():
    seen = []

    @tf.function
    def f(x):
        y = tf.add(x, 1.0, name="plus")
        graph = tf.compat.v1.get_default_graph()
        seen.append((y.name, y.op.type, y.op.name, [each.name for each in y.op.inputs]))
        seen.append((x.name, x.graph is y.graph is graph, hasattr(y * 2.0, "op")))
        return y

    assert f(tf.constant([1.0])).numpy() == [2.0]
    assert seen[-2:] == [("plus:0", "AddV2", "plus", ["x:0", "plus/y:0"]), ("x:0", True, True)]
    assert f.experimental_get_tracing_count() == 1
    assert not hasattr(tf.constant(1), "op") and not hasattr(tf.constant(1), "name")
