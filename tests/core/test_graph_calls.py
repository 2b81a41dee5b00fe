"""Conditionals, loops and maps in a tf.Graph, run by sessions; names and values are TensorFlow 2.21's (recorded)."""

import numpy as np
import pytest

import addax as tf

v1 = tf.compat.v1


@pytest.fixture
def graph():
    with tf.Graph().as_default() as made:
        yield made


def scalar(name=None):
    return v1.placeholder(tf.float32, [], name=name)


def values(tensor, placeholder, *fed):
    with v1.Session() as session:
        return [session.run(tensor, {placeholder: value}) for value in fed]


def test_cond(graph):
    p, x = v1.placeholder(tf.bool, [], name="p"), v1.placeholder(tf.float32, [None], name="x")
    double, first = tf.cond(p, lambda: (x * 2, x[0]), lambda: (x + 1, x[1]), name="choose")
    assert repr(double) == "<tf.Tensor 'choose/Identity:0' shape=(None,) dtype=float32>"
    assert [(op.name, op.type, [each.name for each in op.inputs]) for op in graph.get_operations()] == [
        ("p", "Placeholder", []),
        ("x", "Placeholder", []),
        ("choose", "StatelessIf", ["p:0", "x:0"]),
        ("choose/Identity", "Identity", ["choose:0"]),
        ("choose/Identity_1", "Identity", ["choose:1"]),
    ]
    with v1.Session() as session:
        assert session.run(first, {p: True, x: [1.0, 2.0]}) == 1.0
        assert session.run(double, {p: False, x: [1.0, 2.0]}).tolist() == [2.0, 3.0]


def test_conditions_of_placeholders(graph):
    x = scalar()
    nested = tf.cond(x > 0, lambda: tf.cond(x > 10, lambda: x * 100, lambda: x * 10), lambda: -x)
    assert values(nested, x, 20.0, 3.0, -4.0) == [2000.0, 30.0, 4.0]
    assert values(tf.cond(x > 0, lambda: {"a": x, "b": 1}, lambda: {"a": -x, "b": 2}), x, -2.0) == [{"a": 2.0, "b": 2}]
    assert values(tf.cond(x > 0, lambda: "yes", lambda: "no"), x, 1.0, -1.0) == [b"yes", b"no"]
    assert tf.cond(x > 0, lambda: None, lambda: None) is None
    v = tf.Variable(3.0)
    assert values(tf.cond(x > 0, lambda: v * x, lambda: v), x, 2.0, -2.0) == [6.0, 3.0]
    halves = tf.cond(x > 0, lambda: tf.py_function(lambda t: t / 2, [x], tf.float32), lambda: x)
    assert values(halves, x, 1.0, -1.0) == [0.5, -1.0]


def test_conditions_that_do_not_fit(graph):
    x = scalar()
    with pytest.raises(TypeError, match="Python bool"):
        tf.cond(True, lambda: x, lambda: x)
    with pytest.raises(TypeError, match="same types"):
        tf.cond(x > 0, lambda: x, lambda: 1)


def test_case_and_switch_case(graph):
    x, i = scalar(), v1.placeholder(tf.int32, [])
    of = tf.case([(x < 2, lambda: 10), (x < 5, lambda: 20)], default=lambda: 30)
    assert of.name == "case/cond/Identity:0" and values(of, x, 1.0, 3.0, 9.0) == [10, 20, 30]
    without = tf.case([(x < 2, lambda: x), (x < 5, lambda: x * 2)])
    assert values(without, x, 3.0) == [6.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="None of the conditions"):
        values(without, x, 9.0)
    chosen = tf.switch_case(i, {0: lambda: x, 1: lambda: x * 2}, default=lambda: -x, name="sw")
    assert chosen.name == "sw/indexed_case/Identity:0"
    with v1.Session() as session:
        assert [session.run(chosen, {i: k, x: 2.0}) for k in (0, 1, 2, -1)] == [2.0, 4.0, -2.0, -2.0]


def test_while_loop(graph):
    n, x = v1.placeholder(tf.int32, []), v1.placeholder(tf.float32, [None])
    i, a = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2.0), (0, 1.0))
    assert (i.name, a.name) == ("while/Identity_2:0", "while/Identity_3:0")
    assert values((i, a), n, 5, 0) == [(5, 32.0), (0, 1.0)]
    assert values(tf.while_loop(lambda i: i < n, lambda i: (i + 1,), [0], maximum_iterations=3), n, 9, 2) == [[3], [2]]
    assert values(tf.while_loop(lambda i: i < 9, lambda i: (i + 1,), [0], maximum_iterations=n), n, 10, 2) == [[9], [2]]
    grown = tf.while_loop(
        lambda i, a: i < n, lambda i, a: (i + 1, tf.concat([a, a], 0)), (0, x),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
    )[1]  # fmt: skip
    _, rows = tf.while_loop(
        lambda i, t: i < 3, lambda i, t: (i + 1, t.write(i, x[i] * 2)), (0, tf.TensorArray(tf.float32, 3))
    )
    assert grown.shape.as_list() == [None]
    with v1.Session() as session:
        assert session.run(grown, {n: 2, x: [1.0]}).tolist() == [1.0] * 4
        assert session.run(rows.stack(), {x: [1.0, 2.0, 3.0]}).tolist() == [2.0, 4.0, 6.0]


def test_rows(graph):
    x, b = v1.placeholder(tf.float32, [None]), scalar()
    mapped = tf.map_fn(lambda r: (r, tf.cast(r * b, tf.int32)), x, fn_output_signature=(tf.float32, tf.int32))
    assert [each.name for each in mapped] == [
        "map/TensorArrayV2Stack/TensorListStack:0", "map/TensorArrayV2Stack_1/TensorListStack:0",
    ]  # fmt: skip
    scanned = tf.scan(lambda a, r: a * b + r, x, initializer=0.0)
    assert scanned.name == "scan/TensorArrayV2Stack/TensorListStack:0" and scanned.shape.as_list() == [None]
    folded = tf.foldl(lambda a, r: a * b + r, x), tf.foldr(lambda a, r: a * b + r, x)
    known = tf.map_fn(lambda r: r + b, np.arange(3.0, dtype=np.float32))
    with tf.name_scope("scope"):
        assert tf.map_fn(lambda r: r + b, x).name == "scope/map/TensorArrayV2Stack/TensorListStack:0"
    with v1.Session() as session:
        made = session.run([mapped, scanned, folded, known], {x: [1.0, 2.0, 3.0], b: 2.0})
    assert [each.tolist() for each in (*made[0], made[1], made[3])] == [
        [1.0, 2.0, 3.0], [2, 4, 6], [1.0, 4.0, 11.0], [2.0, 3.0, 4.0],
    ]  # fmt: skip
    assert made[2] == (11.0, 17.0)


def test_functions_are_called(graph):
    @tf.function
    def f(x):
        if x > 0:
            return x * 2
        return -x

    x = scalar()
    y = f(x)
    assert y.shape.rank == 0 and values(y, x, 2.0, -3.0) == [4.0, 3.0]


def test_a_function_that_refers_to_a_tensor_of_the_graph_sees_what_is_fed(graph):
    x, b = scalar(), scalar()
    y = tf.function(lambda x: x * b)(x)
    with v1.Session() as session:
        with pytest.warns(UserWarning, match="runs eagerly.*of a tf.Graph"):
            assert session.run(y, {x: 2.0, b: 3.0}) == 6.0
        assert session.run(y, {x: 2.0, b: 4.0}) == 8.0
