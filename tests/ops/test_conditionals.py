"""What conditionals return and refuse; recorded from TensorFlow 2.21."""

import pytest

import addax as tf

YES, ZERO = tf.constant(True), tf.constant(0)


@pytest.mark.parametrize("value", [1, 1.5, "a", True, [1, 2], (1, 2), {"a": 1}, [1], None, tf.float32])
def test_eager_results_are_what_the_branch_returned(value):
    def give():
        return value

    assert tf.cond(YES, give, give) is value
    assert tf.switch_case(ZERO, [give, give]) is value
    assert tf.case([(YES, give)]) is value
    assert tf.case([(YES, give)], default=give, strict=True) is value


def test_case_opens_lists_of_one_unless_strict():
    assert tf.case([(YES, lambda: [1])], default=lambda: [2]) == 1
    assert tf.case([(~YES, lambda: [1])], default=lambda: [2]) == 2
    assert tf.case([(YES, lambda: (1,)), (YES, lambda: (2,))]) == 1
    assert tf.case([(YES, lambda: [1])]) == [1]


@pytest.mark.parametrize(
    "choose",
    [
        lambda i: tf.cond(i > 0, lambda: 5, lambda: 7), lambda i: tf.switch_case(i, [lambda: 7, lambda: 5]),
        lambda i: tf.case([(i > 0, lambda: 5)], default=lambda: 7),
        lambda i: tf.cond(tf.constant(True), lambda: 5, lambda: 7), lambda i: tf.switch_case(ZERO, [lambda: 5]),
    ],
)  # fmt: skip
def test_in_a_function_results_are_tensors(choose):
    seen = []

    @tf.function
    def f(i):
        out = choose(i)
        seen.append(tf.is_tensor(out))
        return out

    assert f(tf.constant(1)).numpy() == 5 and all(seen)


def test_in_a_function_that_runs_eagerly_results_are_tensors():
    @tf.function
    def f(x):
        out = tf.cond(tf.size(tf.unique(x).y) > 1, lambda: 5, lambda: 7)
        return out.dtype.max + out * 0

    with pytest.warns(UserWarning, match="runs eagerly"):
        assert f(tf.constant([1, 2])).numpy() == 2147483647


def test_dicts_of_branches_may_have_other_orders():
    @tf.function
    def f(p):
        return tf.cond(p, lambda: {"a": 1, "b": 2.0}, lambda: {"b": 3.0, "a": 4})

    assert [(key, value.numpy()) for key, value in f(YES).items()] == [("a", 1), ("b", 2)]
    assert [(key, value.numpy()) for key, value in f(~YES).items()] == [("a", 4), ("b", 3)]


def one():
    return 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tf.switch_case(0, [one]), TypeError), (lambda: tf.switch_case(tf.constant(0.0), [one]), TypeError),
        (lambda: tf.switch_case(YES, [one, one]), TypeError), (lambda: tf.switch_case(ZERO, []), ValueError),
        (lambda: tf.switch_case(ZERO, {0: one, 2: one}), ValueError),
        (lambda: tf.switch_case(ZERO, {-1: one}), ValueError),
        (lambda: tf.switch_case(ZERO, [(0, one), (0, one)]), ValueError),
        (lambda: tf.switch_case(tf.constant([0]), [one]), tf.errors.InvalidArgumentError),
        (lambda: tf.case([(True, one)]), TypeError), (lambda: tf.case([], default=one), ValueError),
        (lambda: tf.case([(YES,)]), TypeError), (lambda: tf.case([[YES, one]]), TypeError),
        (lambda: tf.case([(YES, one)], default=3), TypeError), (lambda: tf.cond([True, False], one, one), ValueError),
        (lambda: tf.function(lambda: tf.cond(True, one, one))(), TypeError),
        (lambda: tf.while_loop(lambda i: True, lambda i: i, [ZERO], parallel_iterations=0), TypeError),
        (lambda: tf.while_loop(lambda i: True, lambda i: [i], [ZERO], maximum_iterations=2.5), TypeError),
    ],
)  # fmt: skip
def test_refusals(call, error):
    with pytest.raises(error):
        call()
