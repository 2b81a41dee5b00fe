"""Assertions and printing, eager and in compiled functions."""

import io

import numpy as np
import pytest

import addax as tf

d = tf.debugging
INVALID = tf.errors.InvalidArgumentError


@pytest.mark.parametrize(
    ("check", "args", "words"),
    [
        (d.assert_equal, ([1, 2], [1, 3]), "Condition x == y did not hold"),
        (d.assert_none_equal, ([1], [1]), "Condition x != y"),
        (d.assert_less, (2, 1), "Condition x < y"),
        (d.assert_less_equal, (2, 1), "x <= y"),
        (d.assert_greater, (1, 1), "x > y"),
        (d.assert_greater_equal, (1, [2, 0]), "x >= y"),
        (d.assert_near, (1.0, 2.0), "tolerance"),
        (d.assert_positive, ([0],), "x > 0"),
        (d.assert_negative, ([0],), "x < 0"),
        (d.assert_non_negative, ([-1],), "x >= 0"),
        (d.assert_non_positive, ([1],), "x <= 0"),
    ],
)
def test_values_now_and_when_a_function_runs(check, args, words):
    with pytest.raises(INVALID, match=words):
        check(*args)
    with pytest.raises(INVALID, match=words):
        tf.function(check)(*[tf.constant(arg) for arg in args])
    with pytest.raises(INVALID, match="on my mind"):
        check(*args, message="on my mind")


def test_what_holds_passes_and_the_function_goes_on():
    f = tf.function(lambda x: [d.assert_positive(x), d.check_numerics(x, "x") + 1.0][1])
    assert f(tf.constant([1.0])).numpy() == [2.0]
    with pytest.raises(INVALID, match="x : Tensor had Inf"):
        f(tf.constant([np.inf]))
    assert f(tf.constant([2.0])).numpy() == [3.0]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: d.assert_rank([1], 2), ValueError, "must have rank 2"),
        (lambda: d.assert_rank_at_least(1.0, 1), ValueError, "at least 1"),
        (lambda: d.assert_rank_in([1], (0, 2)), ValueError, r"in \(0, 2\)"),
        (lambda: d.assert_scalar([1]), ValueError, "scalar"),
        (lambda: d.assert_type(tf.constant(1), tf.float32), TypeError, "must be of type"),
        (lambda: d.assert_integer(tf.constant(1.0)), TypeError, "integer"),
        (lambda: d.assert_proper_iterable(tf.constant([1])), TypeError, "proper"),
        (lambda: d.assert_same_float_dtype([tf.constant(1.0), tf.constant(1)]), ValueError, "same type"),
        (lambda: d.assert_shapes([(tf.ones((2, 3)), ("a", "b")), (tf.ones((3,)), "a")]), ValueError, "size 2"),
        (lambda: d.assert_shapes([(tf.ones((2, 3)), ("...", 4))]), ValueError, "explicitly"),
        (lambda: d.assert_equal(tf.ones(2), tf.ones(3)), INVALID, "Incompatible shapes"),
        (lambda: d.check_numerics([np.inf], "w"), INVALID, "w : Tensor had Inf"),
        (lambda: tf.Assert(False, [tf.range(9), "x"]), INVALID, r"\[0, 1, 2, ...\]"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def printed(*args, **kwargs):
    stream = io.StringIO()
    tf.print(*args, output_stream=stream, **kwargs)
    return stream.getvalue().rstrip("\n")


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (([1.0, 2.5], "a"), "[1.0, 2.5] a"),
        ((tf.constant([1.0, 2.5]),), "[1 2.5]"),
        ((tf.range(10),), "[0 1 2 ... 7 8 9]"),
        ((tf.constant(1 / 3),), "0.333333343"),
        ((tf.constant(1e-7), tf.constant(True)), "1e-07 1"),
        ((tf.constant(["a"]),), '["a"]'),
        (({"b": [1, tf.constant(2)], "a": tf.constant("s")},), "{'a': \"s\", 'b': [1, 2]}"),
        ((None, (1,)), "None (1,)"),
        ((tf.constant([[1, 2], [3, 4]]),), "[[1 2]\n [3 4]]"),
    ],
)
def test_print(args, text):
    assert printed(*args) == text


def test_print_in_a_function_each_time_it_runs():
    stream = io.StringIO()
    f = tf.function(lambda x: tf.print("x", x, output_stream=stream))
    f(tf.constant(1))
    f(tf.constant(2))
    assert stream.getvalue().split() == ["x", "1", "x", "2"]


def test_summaries_and_files(tmp_path):
    assert printed(tf.range(5), summarize=1) == "[0 ... 4]"
    assert printed(tf.range(5), summarize=-1) == "[0 1 2 3 4]"
    assert printed(1, 2, sep="|") == "1|2"
    tf.print("text", output_stream=f"file://{tmp_path}/out")
    assert (tmp_path / "out").read_text().strip() == "text"


def test_a_checked_scalar_is_not_handed_back():
    assert tf.debugging.assert_scalar(tf.constant(1.0)) is None
