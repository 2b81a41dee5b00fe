"""TensorFlow's graphs, run node by node; numbers are TensorFlow's."""

import numpy as np
import pytest

import addax as tf
from addax.checkpoint.saved_model.graph_ops import known
from addax.checkpoint.saved_model.graph_run import Library
from addax.formats import saved_model as files
from addax.formats.errors import CorruptFileError, UnsupportedFormatError
from addax.formats.saved_model import tensor_message


def node(name, op, inputs=(), **attributes):
    made = {}
    for key, value in attributes.items():
        made[key] = value if isinstance(value, dict) else {"i": value}
    return {"name": name, "op": op, "input": list(inputs), "attr": made}


def const(name, value):
    return node(name, "Const", (), value={"tensor": tensor_message(np.asarray(value))}, dtype={"type": 1})


def function(name, inputs, nodes, returned, control=()):
    return {
        "signature": {
            "name": name, "input_arg": [{"name": each} for each in inputs],
            "output_arg": [{"name": f"o{i}"} for i in range(len(returned))],
        },
        "node_def": nodes,
        "ret": {f"o{i}": each for i, each in enumerate(returned)},
        "control_ret": {each: each for each in control},
    }  # fmt: skip


def run(*functions, inputs=()):
    first = functions[0]["signature"]["name"]
    found = Library(functions, "saved_model.pb").function(first)([tf.constant(each) for each in inputs])
    return [each.numpy().tolist() for each in found]


f32 = np.float32
ONE = {
    "Relu": ([-1.0, 2.0], [0.0, 2.0]), "Neg": ([1.0], [-1.0]), "Rsqrt": ([4.0], [0.5]),
    "Softplus": ([0.0], [0.6931472]),
    "Identity": ([1.0], [1.0]), "ZerosLike": ([3.0], [0.0]), "Selu": ([1.0], [1.050701]),
}  # fmt: skip


@pytest.mark.parametrize("op", ONE)
def test_elementwise(op):
    given, expected = ONE[op]
    (found,) = run(function("f", ["x"], [node("y", op, ["x"])], ["y:y:0"]), inputs=[np.array(given, f32)])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


X = np.arange(6, dtype=f32).reshape(2, 3)
CASES = {
    "matmul": (node("y", "MatMul", ["x", "x"], transpose_b={"b": True}), [[5.0, 14.0], [14.0, 50.0]]),
    "sum": (node("y", "Sum", ["x", "axes"], keep_dims={"b": True}), [[3.0], [12.0]]),
    "argmax": (node("y", "ArgMax", ["x", "axis"], output_type={"type": 3}), [2, 2]),
    "slice": (
        node("y", "StridedSlice", ["x", "begin", "end", "steps"], begin_mask=1, end_mask=1, shrink_axis_mask=2),
        [1.0, 4.0],
    ),
    "concat": (node("y", "ConcatV2", ["x", "x", "axis"]), [[0.0, 1, 2, 0, 1, 2], [3.0, 4, 5, 3, 4, 5]]),
    "pack": (node("y", "Pack", ["x", "x"], axis=2), [[[0, 0], [1, 1], [2, 2]], [[3, 3], [4, 4], [5, 5]]]),
    "gather": (node("y", "GatherV2", ["x", "axes", "axis"]), [[1.0], [4.0]]),
    "onehot": (node("y", "OneHot", ["axes", "three", "on", "off"], axis=-1), [[9.0, 8.0, 9.0]]),
    "cast": (node("y", "Cast", ["x"], DstT={"type": 3}), [[0, 1, 2], [3, 4, 5]]),
    "reshape": (node("y", "Reshape", ["x", "shape"]), [[0.0, 1], [2, 3], [4, 5]]),
    "bucketize": (node("y", "Bucketize", ["x"], boundaries={"list": {"f": [1.0, 4.0]}}), [[0, 1, 1], [1, 2, 2]]),
    "select": (node("y", "Select", ["rows", "x", "zero"]), [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]),
    "bincount": (node("y", "DenseBincount", ["ids", "three", "none"], binary_output={"b": True}), [[1.0, 1.0, 0.0]]),
}


@pytest.mark.parametrize("name", CASES)
def test_operations(name):
    made, expected = CASES[name]
    constants = {
        "axes": np.array([1], np.int32), "axis": np.int32(1), "begin": np.array([0, 1], np.int32),
        "end": np.array([0, 2], np.int32), "steps": np.array([1, 1], np.int32), "three": np.int32(3), "on": f32(8),
        "off": f32(9), "shape": np.array([3, -1], np.int32), "rows": np.array([True, False]),
        "zero": np.zeros((2, 3), f32), "ids": np.array([[0, 1, 1]], np.int32), "none": np.zeros([0], f32),
    }  # fmt: skip
    nodes = [const(key, value) for key, value in constants.items()]
    (found,) = run(function("f", ["x"], [*nodes, made], ["y:out:0"]), inputs=[X])
    np.testing.assert_allclose(found, expected)


def test_several_outputs():
    scale = np.ones(1, f32)
    parts = [const(name, scale * value) for name, value in (("g", 2.0), ("b", 1.0), ("m", 0.0), ("v", 1.0))]
    norm = node("n", "FusedBatchNormV3", ["x", "g", "b", "m", "v"], is_training={"b": True}, epsilon={"f": 0.0})
    x = np.array([1.0, 3.0], f32).reshape(2, 1, 1, 1)
    y, mean, variance = run(
        function("f", ["x"], [*parts, norm], ["n:y:0", "n:batch_mean:0", "n:batch_variance:0"]), inputs=[x]
    )
    assert np.ravel(y).tolist() == [-1.0, 3.0] and mean == [2.0] and variance == [2.0]
    split = [const("axis", np.int32(1)), node("s", "Split", ["axis", "x"], num_split=3)]
    assert run(function("f", ["x"], split, ["s:output:2"]), inputs=[X]) == [[[2.0], [5.0]]]


def test_branches_and_loops():
    more = function("more", ["x"], [const("c", f32(10)), node("y", "AddV2", ["x", "c:output:0"])], ["y:z:0"])
    less = function("less", ["x"], [node("y", "Neg", ["x"])], ["y:y:0"])
    branch = node("b", "If", ["p", "x"], then_branch={"func": {"name": "more"}}, else_branch={"func": {"name": "less"}})
    choose = function("f", ["p", "x"], [branch], ["b:output:0"])
    assert run(choose, more, less, inputs=[True, f32(1)]) == [11.0]
    assert run(choose, more, less, inputs=[False, f32(1)]) == [-1.0]
    traced = tf.function(lambda p, x: Library([choose, more, less], "f").function("f")([p, x])[0])
    assert float(traced(tf.constant(False), tf.constant(2.0))) == -2.0

    goes_on = function("goes_on", ["i", "x", "l"], [const("n", np.int32(3)), node("y", "Less", ["i", "n"])], ["y:z:0"])
    body = function("body", ["i", "x", "l"], [
        const("one", np.int32(1)), node("j", "AddV2", ["i", "one"]), node("z", "AddV2", ["x", "x"]),
        node("m", "TensorListSetItem", ["l", "i", "z:z:0"]),
    ], ["j:z:0", "z:z:0", "m:output_handle:0"])  # fmt: skip
    whole = function("f", ["x"], [
        const("zero", np.int32(0)), const("n", np.int32(3)), const("shape", np.array([-1], np.int32)),
        node("l", "TensorListReserve", ["shape", "n"], element_dtype={"type": 1}),
        node("w", "While", ["zero", "x", "l"], cond={"func": {"name": "goes_on"}}, body={"func": {"name": "body"}}),
        node("s", "TensorListStack", ["w:output:2", "shape"]),
    ], ["w:output:1", "s:tensor:0"])  # fmt: skip
    assert run(whole, goes_on, body, inputs=[np.array([1.0], f32)]) == [[8.0], [[2.0], [4.0], [8.0]]]
    by_value = function("f", ["i", "x"], [
        node("w", "While", ["i", "x", "x"], cond={"func": {"name": "goes_on"}}, body={"func": {"name": "plain"}}),
    ], ["w:output:1"])  # fmt: skip
    plain = function("plain", ["i", "x", "l"], [
        const("one", np.int32(1)), node("j", "AddV2", ["i", "one"]), node("z", "AddV2", ["x", "x"]),
    ], ["j:z:0", "z:z:0", "l"])  # fmt: skip
    traced = tf.function(lambda i: Library([by_value, goes_on, plain], "f").function("f")([i, tf.constant(1.0)])[0])
    assert float(traced(tf.constant(1))) == 4.0


def test_variables():
    library = Library([function("f", ["v", "x"], [
        node("r", "ReadVariableOp", ["v"]), node("a", "AssignAddVariableOp", ["v", "x"]),
        node("after", "ReadVariableOp", ["v", "^a"]),
    ], ["r:value:0", "after:value:0"], ["a"])], "saved_model.pb")  # fmt: skip
    variable = tf.Variable(2.0)
    before, after = library.function("f")([variable, tf.constant(3.0)])
    assert float(before) == 2.0 and float(after) == 5.0 and float(variable) == 5.0


@pytest.mark.parametrize("dtype", ["string", "int64"])
def test_tables(dtype):
    keys = np.array([b"a", b"b"], object) if dtype == "string" else np.array([30, 10])
    types = {"key_dtype": {"type": 7 if dtype == "string" else 9}, "value_dtype": {"type": 9}}
    nodes = [
        node("t", "HashTableV2", **types), const("k", keys), const("v", np.array([5, 6])), const("d", np.int64(-1)),
        node("fill", "LookupTableImportV2", ["t", "k", "v"]),
        node("y", "LookupTableFindV2", ["t", "x", "d", "^fill"]), node("n", "LookupTableSizeV2", ["t", "^fill"]),
    ]  # fmt: skip
    made = function("f", ["x"], nodes, ["y:values:0", "n:size:0"])
    given = [[b"b", b"z"]] if dtype == "string" else [np.array([10, 7])]
    assert run(made, inputs=given) == [[6, -1], 2]
    if dtype == "int64":
        traced = tf.function(lambda x: Library([made], "f").function("f")([x])[0])
        assert traced(tf.constant([7, 30, 10], tf.int64)).numpy().tolist() == [-1, 5, 6]


def test_tables_that_change():
    types = {"key_dtype": {"type": 7}, "value_dtype": {"type": 9}}
    nodes = [
        node("t", "MutableHashTableV2", **types), const("d", np.int64(-1)), const("k", np.array([b"a", b"b"], object)),
        const("v", np.array([5, 6])), const("gone", np.array([b"a"], object)),
        node("insert", "LookupTableInsertV2", ["t", "k", "v"]),
        node("remove", "LookupTableRemoveV2", ["t", "gone", "^insert"]),
        node("y", "LookupTableFindV2", ["t", "x", "d", "^remove"]), node("n", "LookupTableSizeV2", ["t", "^remove"]),
        node("all", "LookupTableExportV2", ["t", "^remove"]),
        node("h", "StringToHashBucketFast", ["x"], num_buckets=10),
    ]  # fmt: skip
    outputs = ["y:values:0", "n:size:0", "all:values:0", "h:output:0"]
    made = function("f", ["x"], nodes, outputs)
    assert run(made, inputs=[[b"a", b"b"]]) == [[-1, 6], 1, [6], [9, 2]]
    with pytest.warns(UserWarning, match="eager"):
        traced = tf.function(lambda x: Library([made], "f").function("f")([x])[0])
        assert traced(tf.constant(["b", "q"])).numpy().tolist() == [6, -1]


def test_tables_from_assets_only(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "words.txt").write_text("a\nb\n")
    (tmp_path / "secret.txt").write_text("a\nb\n")

    def find(path):
        nodes = [
            node("t", "HashTableV2", key_dtype={"type": 7}, value_dtype={"type": 9}), const("d", np.int64(-1)),
            const("p", np.array(str(path).encode(), object)),
            node("fill", "InitializeTableFromTextFileV2", ["t", "p"], key_index=-2, value_index=-1),
            node("y", "LookupTableFindV2", ["t", "x", "d", "^fill"]),
        ]  # fmt: skip
        library = Library([function("f", ["x"], nodes, ["y:values:0"])], str(tmp_path / files.FILE))
        return library.function("f")([tf.constant(["b"])])[0].numpy().tolist()

    assert find(tmp_path / "assets" / "words.txt") == [1]
    with pytest.raises(CorruptFileError, match="no asset"):
        find(tmp_path / "assets" / ".." / "secret.txt")


@pytest.mark.parametrize(
    "op", ["ReadFile", "WriteFile", "PyFunc", "EagerPyFunc", "LoadLibrary", "ShellExec", "MatchingFiles"]
)
def test_operations_outside_of_the_table(op):
    assert not known(op)
    made = Library([function("f", ["x"], [node("y", op, ["x"])], ["y:out:0"])], "saved_model.pb").function("f")
    with pytest.raises(UnsupportedFormatError, match=f"operations that Addax does not run; received {op}"):
        made([tf.constant("x")])


def test_graphs_that_do_not_fit_together():
    with pytest.raises(CorruptFileError, match="not there"):
        run(function("f", ["x"], [node("y", "Neg", ["z"])], ["y:y:0"]), inputs=[f32(1)])
    with pytest.raises(CorruptFileError, match="a circle"):
        run(function("f", [], [node("y", "Neg", ["z"]), node("z", "Neg", ["y"])], ["y:y:0"]))
    with pytest.raises(CorruptFileError, match="without end"):
        run(function("f", ["x"], [node("y", "PartitionedCall", ["x"], f={"func": {"name": "f"}})], ["y:output:0"]),
            inputs=[f32(1)])  # fmt: skip
    with pytest.raises(CorruptFileError, match="another number of inputs"):
        run(function("f", ["x"], [], ["x"]))
    with pytest.raises(CorruptFileError, match="output 3 that is not there"):
        run(function("f", ["x"], [node("y", "Neg", ["x"])], ["y:y:3"]), inputs=[f32(1)])
    with pytest.raises(UnsupportedFormatError, match="Addax did not write"):
        run(function("f", ["x"], [node("y", "XlaCallModule", ["x"])], ["y:output:0"]), inputs=[f32(1)])
