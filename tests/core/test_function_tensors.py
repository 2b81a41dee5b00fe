"""Inputs and outputs of concrete functions, as TensorFlow shows them; Python numbers that are equal share a trace."""

import collections

import addax as tf

Pair = collections.namedtuple("Pair", "a b")


def concrete():
    weight = tf.Variable(2.0, name="W")
    traced = tf.function(lambda a, k=3: {"x": a * weight, "y": (a, [a + 1.0]), "p": Pair(a, None), "s": "text", "n": 3})
    return traced.get_concrete_function(tf.TensorSpec([2], name="a"))


def test_outputs_have_names_shapes_and_dtypes():
    found = concrete().structured_outputs
    assert repr(found["x"]) == "<tf.Tensor 'Identity_3:0' shape=(2,) dtype=float32>"
    assert repr(found["p"]) == "Pair(a=<tf.Tensor 'Identity_1:0' shape=(2,) dtype=float32>, b=None)"
    assert repr(found["s"]) == "<tf.Tensor 'Identity_2:0' shape=() dtype=string>"
    assert [each.name for each in concrete().outputs] == ["Identity:0", *[f"Identity_{i}:0" for i in range(1, 6)]]
    assert found["x"] == tf.TensorSpec([2]) and hash(found["x"]) == hash(found["y"][0])
    assert concrete().output_dtypes["s"] is tf.string and concrete().output_shapes["n"].as_list() == []
    open_rows = tf.function(lambda a: a + 1.0).get_concrete_function(tf.TensorSpec([None, 2], name="a"))
    assert str(open_rows.structured_outputs) == 'Tensor("Identity:0", shape=(None, 2), dtype=float32)'


def test_inputs_end_with_what_comes_from_outside():
    constant, weight = tf.constant([5.0, 6.0]), tf.Variable(2.0)
    found = tf.function(lambda a: a + constant + weight).get_concrete_function(tf.ones([2])).inputs
    assert [(each.dtype.name, each.shape.as_list()) for each in found] == [
        ("float32", [2]), ("float32", [2]), ("resource", []),
    ]  # fmt: skip
    assert concrete().inputs[0].name == "a:0"


def test_equal_numbers_share_a_trace():
    seen = []

    @tf.function
    def f(a, k=1):
        seen.append((a, k))
        return a

    results = [f(each) for each in (1, 1.0, True, 2, 2.0)]
    assert [each.dtype for each in results] == [tf.int32] * 5 and seen == [(1, 1), (2, 1)]
    f(1, k=1.0), f((1, 2)), f((1.0, 2)), f({"a": 1}), f({"a": True}), f([1, 2])
    assert [a for a, _ in seen[2:]] == [(1, 2), {"a": 1}, [1, 2]]
    assert f.experimental_get_tracing_count() == 5
