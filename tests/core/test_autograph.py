"""AutoGraph: converted functions give the numbers and gradients of the Python code that they were."""

from __future__ import annotations

import functools
import gc
import traceback
import warnings
import weakref
from typing import Any

import numpy as np
import pytest

import addax as tf
from addax.core import autograph

F32 = np.float32


# ---------------------------------------------------------------------------- state


def test_variables_written_in_branches_and_loops():
    v, w = tf.Variable(0.0), tf.Variable(1.0)

    def step(x):
        if x > 0:
            v.assign_add(x)
        else:
            w.assign(x)
        for i in tf.range(3):
            v.assign_add(tf.cast(i, tf.float32))
            if v > 4.0:
                w.assign_sub(1.0)
        while v < 20.0:
            v.assign_add(3.0)
        return v + w

    compiled = tf.function(step)
    for x in (1.0, -1.0):
        compiled(tf.constant(x))
    got = (v.numpy(), w.numpy())
    v.assign(0.0), w.assign(1.0)
    for x in (1.0, -1.0):
        step(tf.constant(x))
    assert got == (v.numpy(), w.numpy())


def test_python_numbers_become_tensors():
    @tf.function
    def fibonacci(n):
        a, b = 0, 1
        for _ in tf.range(n):
            a, b = b, a + b
        return a

    result = fibonacci(tf.constant(10))
    assert result.numpy() == 55
    assert result.dtype == tf.int32


def test_structures_and_attributes():
    class Box:
        pass

    @tf.function
    def f(x):
        box, d = Box(), {"a": x, "b": [x, x]}
        box.v = x
        if x > 0:
            d["a"] = x * 2
        else:
            d = {"a": -x, "b": [x, x + 1]}
        pair = (d["a"], d["b"][1])
        for i in tf.range(3):
            pair = (pair[0] + 1, pair[1] * 2)
            d["a"] = d["a"] + pair[0]
            box.v = box.v + i
        return d, pair, box.v

    d, pair, v = f(tf.constant(1))
    assert [int(d["a"]), [int(each) for each in d["b"]]] == [14, [1, 1]]
    assert [int(each) for each in pair] == [5, 8]
    assert int(v) == 4


def test_lists_of_unknown_length_run_eagerly():
    @tf.function
    def f(n):
        out = []
        for i in tf.range(n):
            out.append(i)
        return tf.stack(out)

    with pytest.warns(UserWarning, match="collects tensors"):
        assert f(tf.constant(3)).numpy().tolist() == [0, 1, 2]


def test_growing_shapes():
    @tf.function
    def known():
        x = tf.ones((1,))
        for _ in tf.range(3):
            x = tf.concat([x, x], 0)
        return x

    @tf.function
    def symbolic(n):
        x = tf.ones((1,))
        for _ in tf.range(n):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(x, tf.TensorShape([None]))])
            x = tf.concat([x, x], 0)
        return x

    assert known().shape == (8,)
    with pytest.warns(UserWarning, match="'x' has shape"):
        assert symbolic(tf.constant(3)).shape == (8,)


def test_maximum_iterations():
    @tf.function
    def f(n):
        count = 0
        for _ in tf.range(n):
            tf.autograph.experimental.set_loop_options(maximum_iterations=3)
            count += 1
        other = 0
        while other < n:
            tf.autograph.experimental.set_loop_options(maximum_iterations=2)
            other += 1
        return count, other

    assert [int(each) for each in f(tf.constant(10))] == [3, 2]
    assert [int(each) for each in f(tf.constant(1))] == [1, 1]


def test_python_effects_happen_once_per_trace():
    seen = []

    @tf.function
    def f(x):
        seen.append("f")
        for i in tf.range(3):
            seen.append("loop")
            x += i
        if x > 0:
            seen.append("yes")
        else:
            seen.append("no")
        return x

    assert [int(f(tf.constant(v))) for v in (1, 2)] == [4, 5]
    assert seen == ["f", "loop", "yes", "no"]


def test_names_without_a_value_before():
    @tf.function
    def f(n):
        for i in tf.range(n):
            last = i * 2
        return last

    @tf.function
    def g(x):
        best = None
        for row in x:
            best = row if best is None else tf.maximum(best, row)
        return best

    assert int(f(tf.constant(3))) == 4
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least once to initialize last"):
        f(tf.constant(0))
    assert int(g(tf.constant([3, 5, 4]))) == 5


# ---------------------------------------------------------------------------- what is converted


def clipped(x):
    if x > 3:
        return tf.constant(3)
    return x


def factorial(n, depth):
    if depth == 0:
        return tf.constant(1)
    if n > 1:
        return n * factorial(n - 1, depth - 1)
    return tf.constant(1)


def test_called_functions_are_converted():
    assert int(tf.function(lambda x: clipped(x) + 1)(tf.constant(9))) == 4
    assert int(tf.function(factorial)(tf.constant(4), 6)) == 24
    assert int(tf.function(functools.partial(lambda k, x: x if x > k else -x, 2))(tf.constant(1))) == -1
    assert tf.function(lambda x: tf.map_fn(clipped, x))(tf.constant([1, 5])).numpy().tolist() == [1, 3]


def test_methods_super_and_private_names():
    class Base:
        def __init__(self):
            self.__scale = 3

        def size(self, x):
            return x if x > 0 else -x * self.__scale

    class Derived(Base):
        def size(self, x):
            y = super().size(x)
            if y > 2:
                y = y * 2
            return y

        @tf.function
        def __call__(self, x):
            return self.size(x)

    thing = Derived()
    assert [int(thing(tf.constant(v))) for v in (1, -5)] == [1, 30]
    assert [int(tf.function(thing.size)(tf.constant(v))) for v in (1, -5)] == [1, 30]


def test_closures_decorators_and_keyword_arguments():
    count = 0

    def plus_one(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            nonlocal count
            count += 1
            return function(*args, **kwargs) + 1

        return wrapper

    @tf.function
    @plus_one
    def f(x, *args, scale=2, **kwargs):
        if x > 0:
            return x * scale
        return x * kwargs["other"] + sum(args)

    assert [int(f(tf.constant(v), 1, 2, scale=3, other=5)) for v in (1, -1)] == [4, -1]
    assert count == 1


def test_inner_functions_and_try():
    @tf.function
    def f(x):
        def helper(t):
            if t > 0:
                return t
            return -t

        try:
            result = helper(x) + helper(-x)
        except ValueError as error:
            raise TypeError from error
        finally:
            x = None
        return result

    assert int(f(tf.constant(-3))) == 6


def test_do_not_convert():
    @tf.autograph.experimental.do_not_convert
    def plain(x):
        return x if x > 0 else -x

    assert int(plain(tf.constant(-1))) == 1
    with pytest.raises(TypeError, match="Python bool"):
        tf.function(lambda x: plain(x))(tf.constant(-1))
    with pytest.raises(TypeError, match="Python bool"):
        tf.function(lambda x: x if x > 0 else -x, autograph=False)(tf.constant(-1))


def test_functions_without_source_run_as_they_are():
    space = {}
    exec("def f(x, flag):\n    return x + 1 if flag else x", space)
    assert int(tf.function(space["f"])(tf.constant(1), True)) == 2
    with pytest.raises(ValueError, match="converting"):
        tf.autograph.to_code(space["f"])


def test_several_lambdas_on_a_line():
    first, second = tf.function(lambda x: x if x > 0 else -x), tf.function(lambda x: x * 2 if x > 0 else x)
    assert [int(first(tf.constant(-1))), int(second(tf.constant(4)))] == [1, 8]


def test_code_is_converted_once():
    def make():
        return lambda x: clipped(x)

    codes = {autograph.converted(make()).__code__ for _ in range(3)}
    assert len(codes) == 1


def test_to_graph_and_to_code():
    converted = tf.autograph.to_graph(clipped)
    assert [int(converted(tf.constant(v))) for v in (2, 7)] == [2, 3]
    code = tf.autograph.to_code(clipped)
    assert code.startswith("def tf__clipped(x):")
    assert "ag__.if_stmt" in code
    assert tf.autograph.to_code(tf.function(clipped).python_function) == code


def test_verbosity(capsys):
    space = {}
    exec("def f(x):\n    return x", space)
    tf.autograph.set_verbosity(1, alsologtostdout=True)
    try:
        autograph.converted(space["f"])
    finally:
        tf.autograph.set_verbosity(0)
    assert "does not convert" in capsys.readouterr().out


# ---------------------------------------------------------------------------- builtins, print, assert


def test_builtins_over_tensors():
    @tf.function
    def f(x, n):
        total = 0
        for i in range(n):
            total += i
        return total, len(x), abs(n), min(n, 2), max(x), any(x > 2), all(x > 2), int(x[0]), float(n), sorted(x)

    got = [np.asarray(each).tolist() for each in f(tf.constant([3.5, 1.0]), tf.constant(4))]
    assert got == [6, 2, 4, 2, 3.5, True, False, 3, 4.0, [1.0, 3.5]]


def test_chains_evaluate_each_operand_once():
    calls = []

    def middle():
        calls.append(1)
        return tf.constant(2)

    @tf.function
    def f(x):
        return 0 < middle() < x

    assert bool(f(tf.constant(3)))
    assert len(calls) == 1


def test_print(capsys):
    @tf.function
    def traced(x):
        print("tracing", x.dtype)
        return x

    traced(tf.constant(1)), traced(tf.constant(2))
    assert capsys.readouterr().out.count("tracing") == 1

    @tf.function(experimental_autograph_options=tf.autograph.experimental.Feature.ALL)
    def running(x):
        for i in tf.range(x):
            print("at", i)
        return x

    running(tf.constant(2)), running(tf.constant(1))
    assert capsys.readouterr().out == "at 0\nat 1\nat 0\n"


def test_assert():
    @tf.function(experimental_autograph_options=tf.autograph.experimental.Feature.ASSERT_STATEMENTS)
    def f(x):
        assert x > 0, "must be positive"
        return x

    assert int(f(tf.constant(1))) == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be positive"):
        f(tf.constant(-1))


def test_dataset_in_a_function():
    @tf.function
    def f(n):
        total = n
        for batch in tf.data.Dataset.range(4).batch(2):
            total += tf.reduce_sum(batch)
        return total

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert int(f(tf.constant(1, tf.int64))) == 7


# ---------------------------------------------------------------------------- errors


def test_dtypes_must_agree():
    @tf.function
    def branch(x):
        if x > 0:
            y = 1
        else:
            y = 2.0
        return y

    @tf.function
    def loop(x):
        z = 1
        while x > 0:
            x -= 1
            z = 0.5
        return z

    with pytest.raises(TypeError, match="'y' has dtype int32 in the main branch, but dtype float32 in the else"):
        branch(tf.constant(1))
    with pytest.raises(TypeError, match="'z' has dtype int32 before the loop, but dtype float32 after one"):
        loop(tf.constant(1))


def test_values_in_one_branch_only():
    @tf.function
    def assigned(x):
        if x > 0:
            y = 1
        return y

    @tf.function
    def returned(x):
        if x > 0:
            return x

    @tf.function
    def none(x):
        if x > 0:
            y = None
        else:
            y = x
        return y

    with pytest.raises(ValueError, match="'y' must also be initialized in the else branch"):
        assigned(tf.constant(1))
    with pytest.raises(ValueError, match="else branch must also have a return statement"):
        returned(tf.constant(1))
    with pytest.raises(ValueError, match="'y' is None at the end of the main branch"):
        none(tf.constant(1))


def test_conditions_must_be_bool_scalars():
    @tf.function
    def f(x):
        return 1 if x else 0

    for value in (tf.constant(2), tf.constant([True, False])):
        with pytest.raises(ValueError, match="expected a `tf.bool` scalar"):
            f(value)


def test_errors_point_at_the_users_line():
    @tf.function
    def f(n):
        for _ in tf.range(n):
            y = tf.ones((2,)) + tf.ones((3,))  # the line
        return y

    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        f(tf.constant(2))
    frames = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == __file__]
    assert frames[-1].line.endswith("# the line")


# ---------------------------------------------------------------------------- Keras


def test_layers_losses_and_steps_of_the_user():
    keras = tf.keras

    class Gate(keras.layers.Layer):
        def call(self, x):
            if tf.reduce_sum(x) > 0:
                return x * 2.0
            return -x

    def loss(y, p):
        if tf.reduce_mean(p) > 100.0:
            return tf.reduce_mean(tf.abs(y - p), -1)
        return tf.reduce_mean((y - p) ** 2, -1)

    class Stepping(keras.Model):
        def __init__(self):
            super().__init__()
            self.gate, self.scale = Gate(), tf.Variable(2.0)

        def call(self, x, training=None):
            return self.gate(x) * self.scale

        def train_step(self, data):
            x, y = data
            if tf.reduce_sum(x) > 0:
                self.scale.assign_add(1.0)
            return {"loss": tf.reduce_mean(loss(y, self(x)))}

    x, y = np.ones((4, 2), F32), np.zeros((4, 2), F32)
    model = keras.Sequential([Gate()])
    model.compile("sgd", loss, metrics=[loss])
    assert model.evaluate(x, y, verbose=0) == pytest.approx([4.0, 4.0])
    assert model.evaluate(-x, y, verbose=0) == pytest.approx([1.0, 1.0])
    stepping = Stepping()
    stepping.compile("sgd")
    history = stepping.fit(x, y, batch_size=2, epochs=1, verbose=0)
    assert history.history["loss"] == pytest.approx([64.0])


def test_what_a_function_inside_writes_through_nonlocal_is_state():
    @tf.function
    def branch(x):
        n = tf.constant(0)

        def add():
            nonlocal n
            n = n + 5

        if x > 0:
            add()
        return n

    @tf.function
    def loops(x):
        n = tf.constant(0)

        def add(k):
            nonlocal n
            n = n + k

        for i in tf.range(x):
            add(i)
        while x > 0:
            add(x)
            x -= 1
        return n

    assert int(branch(tf.constant(1))) == 5 and int(branch(tf.constant(-1))) == 0
    assert int(loops(tf.constant(4))) == 16


def inner(x):  # the names that converted code is wrapped in were once these
    return x * 2.0


def outer(x):
    return x + 1.0


def test_functions_called_inner_and_outer_are_the_users_own():
    @tf.function
    def step(x):
        if tf.reduce_sum(x) > 0.0:
            return outer(inner(x))
        return x

    np.testing.assert_array_equal(step(tf.constant([1.0, 3.0])), [3.0, 7.0])


def test_functions_without_source_are_dropped_with_what_they_refer_to():
    names: dict[str, Any] = {"tf": tf}
    exec("def made(weight):\n    return tf.function(lambda x: x * weight)", names)
    weight = tf.Variable([2.0])
    for function in (names["made"](weight), names["made"](weight)):  # the second finds what is remembered of the first
        assert function([3.0]).numpy() == [6.0]
    seen = weakref.ref(weight)
    del weight, function
    gc.collect()
    assert seen() is None
