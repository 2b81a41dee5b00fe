"""AutoGraph: converted functions give the numbers and gradients of the Python code that they were."""

from __future__ import annotations

import functools
import traceback
import warnings

import numpy as np
import pytest

import addax as tf
from addax.core import autograph

F32 = np.float32


def outcomes(function, *args):
    """[value, gradients of the floating arguments]: eagerly, compiled under a tape, and with the tape inside."""
    args = [tf.constant(arg) for arg in args]
    floats = [arg for arg in args if arg.dtype.is_floating]

    def run(callee):
        with tf.GradientTape() as tape:
            for each in floats:
                tape.watch(each)
            value = callee(*args)
        return [value, *tape.gradient(value, floats)]

    @tf.function
    def inside(*args):
        floats = [arg for arg in args if arg.dtype.is_floating]
        with tf.GradientTape() as tape:
            for each in floats:
                tape.watch(each)
            value = function(*args)
        return [value, *tape.gradient(value, floats)]

    return [[each.numpy() for each in result] for result in (run(function), run(tf.function(function)), inside(*args))]


# ---------------------------------------------------------------------------- functions with gradients


def branches(x):
    if x > 0:
        y = x * x
    elif x < -1:
        y = tf.sin(x)
    else:
        y = -x
    return y


def nested_branches(x):
    y = x
    if x > 0:
        if x > 2:
            y = x * 3.0
        z = y * y
    else:
        z = y - 1.0
    return z + y


def ternaries(x):
    return x * 2.0 if 0 < x < 5 else (x * 3.0 if x < -3 or x > 10 else x * x)


def logic(x):
    if not (x > 3) and (x > 1 or x < -1):
        return x * x
    return x


def range_of_tensor(x, n):
    y = x
    for _ in tf.range(n):
        y = tf.sin(y) * x
    return y


def known_range(x):
    y = x
    for i in tf.range(4):
        y = tf.sin(y) * x + tf.cast(i, tf.float32)
    return y


def rows(x):
    total = tf.zeros(())
    for row in x:
        if tf.reduce_sum(row) > 3.0:
            continue
        total += tf.reduce_sum(row * row)
    return total


def rows_until(x):
    total = tf.zeros(())
    for each in x:
        if each < 0.0:
            break
        total += each * each
    return total


def first_large(x):
    for each in x:
        if each > 2.5:
            return each * each
    return tf.reduce_sum(x)


def doubling(x):
    while tf.reduce_sum(x) < 100.0:
        x = x * 1.5
    return tf.reduce_sum(x)


def endless(x, n):
    i, y = tf.constant(0), x
    while True:
        if i >= n:
            break
        i += 1
        if i == 2:
            continue
        y = y * x
    return y


def loops_in_loops(x, n):
    y = x
    for i in tf.range(n):
        j = tf.constant(0)
        while j < i:
            if tf.reduce_sum(y) > 5.0:
                y = y * 0.5
            else:
                y = y + x
            j += 1
    return tf.reduce_sum(y)


def list_of_results(x):
    collected = []
    for i in tf.range(3):
        collected.append(x * tf.cast(i, tf.float32))
    return tf.reduce_sum(tf.stack(collected))


def array_of_results(x):
    array = tf.TensorArray(tf.float32, size=4)
    for i in tf.range(4):
        array = array.write(i, x * tf.cast(i, tf.float32))
    return tf.reduce_sum(array.stack())


def python_loop_until(x):
    for i in range(4):
        if x > 10.0:
            break
        x = x * x + float(i)
    return x


def counted(x):
    total = tf.zeros(())
    for i, (a, b) in enumerate(zip(x, x * 2.0, strict=True)):
        total += tf.cast(i, tf.float32) * a * b
    return total


@pytest.mark.parametrize(
    ("function", "args"),
    [
        *[(branches, (F32(v),)) for v in (2.0, -0.5, -3.0)],
        *[(nested_branches, (F32(v),)) for v in (1.0, 3.0, -1.0)],
        *[(ternaries, (F32(v),)) for v in (1.0, 6.0, 11.0, -4.0, -1.0)],
        *[(logic, (F32(v),)) for v in (4.0, 2.0, 0.5, -2.0)],
        *[(range_of_tensor, (F32(0.7), n)) for n in (5, 0)],
        (known_range, (F32(0.7),)),
        (rows, (F32([[1, 2], [3, 4], [0.5, 0.1]]),)),
        (rows_until, (F32([1, 2, -3, 4]),)),
        (first_large, (F32([1, 2, 3, 4]),)),
        (first_large, (F32([1, 2]),)),
        (doubling, (F32([1, 2]),)),
        (endless, (F32(1.5), 4)),
        (loops_in_loops, (F32([1, 2]), 4)),
        (list_of_results, (F32(2.0),)),
        (array_of_results, (F32(2.0),)),
        (python_loop_until, (F32(1.2),)),
        (counted, (F32([1, 2, 3]),)),
    ],
)
def test_value_and_gradient(function, args):
    eager, compiled, inside = outcomes(function, *args)
    for result in (compiled, inside):
        for want, got in zip(eager, result, strict=True):
            assert want.dtype == got.dtype
            np.testing.assert_allclose(got, want, rtol=1e-5)


def test_gradient_of_a_long_while():
    # More iterations than are kept, so that states are computed again on the way back.
    def wave(x, n):
        i = tf.constant(0)
        y = x
        while i < n:
            y = tf.sin(y * x) + x
            i += 1
        return y

    eager, compiled, _ = outcomes(wave, F32(0.9), 300)
    np.testing.assert_allclose(compiled, eager, rtol=1e-4)


def test_second_order():
    @tf.function
    def power(x, n):
        y = tf.ones(())
        for _ in tf.range(n):
            y = y * x
        return y

    x, n = tf.constant(3.0), tf.constant(4)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = power(x, n)
        slope = inner.gradient(y, x)
    assert slope.numpy() == pytest.approx(108.0)
    assert outer.gradient(slope, x).numpy() == pytest.approx(108.0)


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


def test_forward_mode_through_a_loop():
    @tf.function
    def f(x, n):
        y = x
        for _ in tf.range(n):
            y = tf.sin(y) * x
        return y

    x, n = tf.constant(0.7), tf.constant(5)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as forward:
        y = f(x, n)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = f(x, n)
    assert forward.jvp(y).numpy() == pytest.approx(tape.gradient(z, x).numpy())
