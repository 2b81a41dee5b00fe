"""The warning of functions that are called with strings: which op, which line, once."""

import warnings

import numpy as np
import pytest

import addax as tf


def warned(function, *calls):
    """What calls give, and the warnings that they give."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        results = [function(*args) for args in calls]
    return results, [str(each.message) for each in seen]


_TABLE = {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (lambda s: tf.strings.upper(s), "tf.strings.upper"),
        (lambda s: s + "!", "tf.add"),
        (lambda s: s == "a", "tf.equal"),
        (lambda s: tf.concat([s, s], 0), "tf.concat"),
        (lambda s: tf.strings.to_hash_bucket_fast(s, 10), "tf.strings.to_hash_bucket_fast"),
        (lambda s: tf.print(s), "tf.print"),
        (lambda s: tf.identity(s).shape.rank, "tf.identity"),
        (lambda s: s.numpy(), "Tensor.numpy"),
    ],
)
def test_the_op_and_its_line_are_named(function, named):
    compiled = tf.function(function)
    calls = [(tf.constant(["a"]),), (tf.constant(["b"]),), (tf.constant(["a"]),), (tf.constant(["c"]),)]
    found = warned(compiled, *calls)[1]
    assert len(found) == 1 and f"cannot compile it: {named} of a string argument: XLA has no strings" in found[0]
    line = function.__code__.co_firstlineno
    assert f"\n  In: {__file__}:{line}, in <lambda>: (lambda s: " in found[0]


def test_a_warning_points_at_the_call_and_comes_once_for_all_objects():
    class Upper(tf.Module):
        @tf.function
        def __call__(self, s):
            return self.inner(s)

        def inner(self, s):
            return tf.strings.upper(s)

    with pytest.warns(UserWarning, match="'__call__' runs eagerly.*strings.upper(.|\n)*in inner: return") as seen:
        first = Upper()(tf.constant("a"))
    assert first.numpy() == b"A" and seen[0].filename == __file__
    assert Upper()(tf.constant("b")).numpy() == b"B"


def test_an_argument_is_named_where_no_op_takes_it():
    compiled = tf.function(lambda x, text: (text, x * 2))
    one, none = warned(compiled, (1.0, tf.constant("a")), (1.0, tf.constant("a")))
    assert none == [] and one[1][0].numpy() == b"a"
    _, found = warned(compiled, (1.0, tf.constant("b")), (1.0, tf.constant("c")))
    assert len(found) == 1 and "it: 'text' are strings, which XLA does not have\n  In: " in found[0]


def test_no_warning_where_nothing_runs_eagerly():
    @tf.function
    def join(x, mode="a"):
        return tf.strings.join(["a", mode, "c"]), x + 1

    _, found = warned(join, (1,), (1, "b"), (tf.constant(2), "b"))
    assert found == []


def test_datasets_take_functions_of_strings():
    upper = tf.function(lambda s: tf.strings.upper(s))
    lines = tf.data.Dataset.from_tensor_slices(["a", "b", "c"])
    results, found = warned(lambda: list(lines.map(upper).as_numpy_iterator()), ())
    assert results == [[b"A", b"B", b"C"]] and found == []


def test_functions_get_tensors_and_give_tensors():
    @tf.function
    def shown(s):
        return s, type(s) is tf.Tensor or isinstance(s, tf.Tensor), tf.size(s)

    with pytest.warns(UserWarning, match="tf.size of a string argument"):
        text, is_tensor, size = shown(np.array(["a", "b"]))
    assert type(text) is tf.Tensor and text.numpy().tolist() == [b"a", b"b"]
    assert bool(is_tensor) and int(size) == 2


@pytest.mark.filterwarnings("ignore:tf.function")
@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda n: tf.cond(n > 1, lambda: "a", lambda: "b"), [b"b", b"a"]),
        (lambda n: tf.case([(n > 1, lambda: tf.constant("a"))], default=lambda: tf.constant("b")), [b"b", b"a"]),
        (lambda n: tf.switch_case(n - 1, [lambda: "a", lambda: "b"]), [b"a", b"b"]),
        (lambda n: tf.while_loop(lambda i, s: i < n, lambda i, s: (i + 1, s + "b"), (0, ""))[1], [b"b", b"bb"]),
        (lambda n: tf.map_fn(lambda i: tf.constant("a"), n[None], None, fn_output_signature=tf.string)[0], [b"a"] * 2),
        (lambda n: tf.foldl(lambda s, i: s + "b", tf.stack([n, n]), tf.constant("")), [b"bb"] * 2),
    ],
)  # fmt: skip
def test_branches_and_loops_give_strings(function, expected):
    compiled = tf.function(function)
    assert [compiled(tf.constant(n)).numpy() for n in (1, 2)] == expected
