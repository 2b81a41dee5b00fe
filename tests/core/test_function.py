"""tf.function: one trace per signature, variables, structures, and what runs eagerly instead."""

import collections
import dataclasses
import functools
import gc
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import addax as tf
from addax.core import errors, function
from addax.core.tensor import Tracer


@pytest.fixture(autouse=True)
def fresh_warnings():
    errors.forget_warnings()


def traced(body):
    """(tf.function of `body`, list that grows with each trace)."""
    traces = []

    @functools.wraps(body)
    def counted(*args, **kwargs):
        traces.append(args)
        return body(*args, **kwargs)

    return tf.function(counted), traces


# ---------------------------------------------------------------------------- signatures


def test_one_trace_per_shape_dtype_and_python_value():
    f, traces = traced(lambda x, scale=2: x * scale)
    assert f(tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]
    f(tf.constant([3.0, 4.0]))
    f(np.array([3.0, 4.0], "float32"))  # an array is a tensor
    assert len(traces) == 1
    f(tf.constant([3.0])), f(tf.constant([3, 4])), f(tf.constant([3.0, 4.0]), 3)
    assert len(traces) == 4
    assert f(tf.constant([3.0, 4.0]), scale=3).numpy().tolist() == [9.0, 12.0]
    assert len(traces) == 4  # a keyword is put into its place
    assert f.experimental_get_tracing_count() == 4


def test_python_numbers_that_are_equal_share_a_trace_as_in_tensorflow():
    f, traces = traced(lambda value: tf.constant(value))
    assert [f(1).dtype.name, f(True).dtype.name, f(1.0).dtype.name] == ["int32", "int32", "int32"]
    assert len(traces) == 1 and f("1").dtype == tf.string and len(traces) == 2


def test_retracing_warns_and_names_what_changed():
    f, traces = traced(lambda x, n: x + n)
    with pytest.warns(UserWarning, match=r"was traced 6 times.*\n.*: n was 4 and became 5\.") as seen:
        for n in range(12):
            f(tf.constant(1.0), float(n) if n > 90 else n)
    assert len(seen) == 1 and len(traces) == 12


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f, i: f(tf.zeros([2]), {"a": [tf.zeros([i + 1, 3])]}), "d['a'][0] was a tensor float32 (5, 3) and bec"),
        (lambda f, i: f(tf.zeros([2]), "x" * i), "d was 'xxxx' and became 'xxxxx'"),
        (lambda f, i: f(tf.zeros([2]), [0] * i), "d was list(0, 0, 0, 0) and became list(0, 0, 0, 0, 0)"),
        (lambda f, i: f(tf.zeros([2]), None, other=i), "other was 4 and became 5"),
        (
            lambda f, i: f(tf.zeros([i], [tf.int32, tf.float32][i % 2]), None),
            "x was a tensor int32 (4,) and became a t",
        ),
        (lambda f, i: f(tf.zeros([2]), *([1] * i)), "left out"),
    ],
)
def test_a_retrace_names_the_argument(call, words):
    f = tf.function(lambda x, d=None, *rest, other=0: 1)
    with pytest.warns(UserWarning, match="was traced") as seen:
        for i in range(7):
            call(f, i)
    assert words in str(seen[0].message)


def test_a_retrace_of_a_method_does_not_count_self():
    class Model:
        @tf.function
        def call(self, x, n):
            return x * n

    model = Model()
    with pytest.warns(UserWarning, match="n was 4 and became 5"):
        for n in range(7):
            model.call(tf.constant(1), n)


def test_compile_stats():
    f = tf.function(lambda x: x + 1)
    for shape in ([2], [3], [2], [2]):
        f(tf.zeros(shape))
    stats = f.experimental_compile_stats()
    assert [each["signature"][0].shape.as_list() for each in stats] == [[2], [3]]
    for each in stats:
        assert each["traces"] == each["compiles"] == 1
        assert 0 < each["trace_seconds"] < 60 and 0 < each["compile_seconds"] < 60
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        f(x)
    assert f.experimental_compile_stats()[0]["compiles"] == 2  # under a tape it is another program


def test_many_signatures_are_forgotten(monkeypatch):
    monkeypatch.setattr(function, "_MOST_SIGNATURES", 8)
    f, traces = traced(lambda x, n: x + n)
    x = tf.constant(1.0)
    with pytest.warns(UserWarning, match="was traced"):
        for n in range(30):
            assert float(f(x, n)) == 1.0 + n
    assert len(f._cache) == 8
    assert float(f(x, 0)) == 1.0 and len(traces) == 31


def test_arguments_are_not_kept_alive():
    f = tf.function(lambda x: x + 1.0)
    x = tf.constant([1.0, 2.0])
    f(x)
    gone = weakref.ref(x)
    del x
    gc.collect()
    assert gone() is None


def test_input_signature():
    f, traces = traced(lambda x, y=None: x * 2.0)
    f = tf.function(f.python_function, input_signature=[tf.TensorSpec([None], tf.float32)])
    assert f([1, 2]).numpy().tolist() == [2.0, 4.0]
    assert f(np.array([1.0, 2.0], "float32")).numpy().tolist() == [2.0, 4.0] and len(traces) == 1
    for wrong in (tf.constant([[1.0]]), tf.constant([1])):
        with pytest.raises(TypeError, match="by its input_signature") as caught:
            f(wrong)
        assert "Received: " in str(caught.value) and "To do: " in str(caught.value)
    with pytest.raises(TypeError, match="expected 1 arguments"):
        f(tf.constant([1.0]), tf.constant(1.0))


def test_wrong_arguments_name_the_function():
    @tf.function
    def scale(x, by):
        return x * by

    with pytest.raises(TypeError, match="'scale'.*unexpected keyword argument 'too'"):
        scale(tf.constant(1.0), 2.0, too=2.0)
    with pytest.raises(TypeError, match="expected a function, received 3"):
        tf.function(3)


# ---------------------------------------------------------------------------- structures


@dataclasses.dataclass
class Pair:
    """Two tensors."""

    left: object
    right: object


Point = collections.namedtuple("Point", "x y")


def test_structures_go_in_and_out():
    seen = []

    @tf.function
    def f(data, *, flag):
        seen.append(type(data["pair"]))
        point, (a, b) = data["point"], data["list"]
        return {
            "point": Point(point.x + 1.0, point.y), "pair": Pair(a, [b, None, "text"]), "flag": flag,
            "ordered": collections.OrderedDict(z=a, y=b), "number": 3, "empty": (),
        }  # fmt: skip

    data = {"point": Point(tf.constant(1.0), tf.constant(2.0)), "list": [tf.constant(3.0), tf.constant(4)],
            "pair": Pair(tf.constant(1), 2)}  # fmt: skip
    for _ in range(2):
        found = f(data, flag=None)
        assert seen == [Pair]
        assert isinstance(found["point"], Point) and float(found["point"].x) == 2.0
        assert isinstance(found["pair"], Pair) and int(found["pair"].right[0]) == 4 and found["pair"].right[1] is None
        assert list(found["ordered"]) == ["z", "y"] and type(found["ordered"]) is collections.OrderedDict
        assert found["flag"] is None and int(found["number"]) == 3 and tf.is_tensor(found["number"])
        assert found["empty"] == ()


def test_functions_without_arguments_or_results():
    v = tf.Variable(0)

    @tf.function
    def count():
        v.assign_add(1)

    assert count() is None and count() is None
    assert int(v.numpy()) == 2


def test_returning_an_argument_or_a_variable():
    v = tf.Variable([1.0])
    f = tf.function(lambda x: (x, v, v + 0.0))
    x = tf.constant([5.0])
    same, variable, read = f(x)
    v.assign([7.0])
    assert same.numpy().tolist() == [5.0] and read.numpy().tolist() == [1.0]
    assert np.asarray(variable).tolist() in ([1.0], [7.0])


# ---------------------------------------------------------------------------- variables


def test_variables_read_and_written():
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(3.0)

    @tf.function
    def step(x):
        v.assign_sub([x * w, x * w])
        before = w.value()
        w.assign(w * 2.0)
        return v.read_value(), before, w + 0.0

    first = step(tf.constant(1.0))
    second = step(tf.constant(1.0))
    assert first[0].numpy().tolist() == [-2.0, -1.0] and second[0].numpy().tolist() == [-8.0, -7.0]
    assert [float(each) for each in (*first[1:], *second[1:])] == [3.0, 6.0, 6.0, 12.0]
    assert v.numpy().tolist() == [-8.0, -7.0] and float(w.numpy()) == 12.0
    v.assign([0.0, 0.0])
    assert step(tf.constant(0.0))[0].numpy().tolist() == [0.0, 0.0]


def test_tensors_handed_out_survive_donation():
    v = tf.Variable([1.0, 2.0])
    bump = tf.function(lambda: v.assign_add([1.0, 1.0]))
    handed = [v.value(), tf.identity(v), v.read_value(), tf.convert_to_tensor(v), v + 0.0]
    start = tf.constant([9.0, 9.0])
    bump()
    v2 = tf.Variable(start)
    tf.function(lambda: v2.assign_add([1.0, 1.0]))()
    bump()
    for tensor in handed:
        assert tensor.numpy().tolist() == [1.0, 2.0]
    assert start.numpy().tolist() == [9.0, 9.0]
    between = v.value()
    copy = tf.Variable(v)
    bump()
    assert between.numpy().tolist() == copy.numpy().tolist() == [3.0, 4.0]


def test_two_variables_with_one_array():
    a = tf.Variable([1.0])
    b = tf.Variable(a.value())
    b.assign(a.value())

    @tf.function
    def both():
        a.assign_add([1.0])
        b.assign_add([10.0])

    both(), both()
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([3.0], [21.0])


def test_swapping_variables():
    a, b = tf.Variable([1.0]), tf.Variable([2.0])

    @tf.function
    def swap():
        kept = a.value()
        a.assign(b)
        b.assign(kept)

    swap(), swap(), swap()
    assert (a.numpy().tolist(), b.numpy().tolist()) == ([2.0], [1.0])


def test_a_variable_created_on_the_first_call():
    class Lazy(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = None

        @tf.function
        def __call__(self, x):
            if self.v is None:
                self.v = tf.Variable(tf.ones([2]) * 3.0)
            return self.v * x

    lazy = Lazy()
    assert lazy(tf.constant(2.0)).numpy().tolist() == [6.0, 6.0]
    assert not isinstance(lazy.v._value, Tracer)
    lazy.v.assign([1.0, 1.0])
    assert lazy(tf.constant(2.0)).numpy().tolist() == [2.0, 2.0]


def test_a_variable_created_from_the_first_argument():
    kept = []

    @tf.function
    def f(x):
        if not kept:
            kept.append(tf.Variable(x * 2.0))
        return kept[0] + x

    assert float(f(tf.constant(3.0))) == 9.0
    assert float(f(tf.constant(1.0))) == 7.0
    assert float(kept[0].numpy()) == 6.0


def test_a_variable_on_every_call_is_refused():
    @tf.function
    def f(x):
        return tf.Variable(1.0) * x

    with pytest.raises(ValueError, match="create variables on a call after the first") as caught:
        f(tf.constant(1.0))
        f(tf.constant([1.0]))
    assert "To do: create variables once" in str(caught.value)


def test_variables_in_closures_globals_containers_and_attributes():
    class Holder:
        pass

    holder = Holder()
    holder.deep = {"list": [tf.Variable(1.0)]}
    closed = tf.Variable(2.0)

    def inner(x):
        return x * closed + holder.deep["list"][0]

    f = tf.function(lambda x: inner(x))
    assert float(f(tf.constant(3.0))) == 7.0
    closed.assign(10.0)
    holder.deep["list"][0].assign(5.0)
    assert float(f(tf.constant(3.0))) == 35.0


def test_a_variable_as_an_argument():
    f, traces = traced(lambda v, x: v.assign_add(x))
    a, b = tf.Variable(1.0), tf.Variable(10.0)
    f(a, tf.constant(1.0)), f(a, tf.constant(1.0)), f(b, tf.constant(1.0))
    assert (float(a.numpy()), float(b.numpy())) == (3.0, 11.0)
    assert len(traces) == 2


def test_an_error_while_tracing_leaves_variables_alone():
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        v.assign_add(x)
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        f(tf.constant(1.0))
    assert float(v.numpy()) == 1.0 and not isinstance(v._value, Tracer)


# ---------------------------------------------------------------------------- methods


def test_methods_have_signatures_of_their_own():
    class Scaler:
        def __init__(self, by):
            self.v = tf.Variable(by)

        @tf.function
        def scale(self, x, plus=0.0):
            return x * self.v + plus

    a, b = Scaler(2.0), Scaler(3.0)
    assert [float(s.scale(tf.constant(5.0))) for s in (a, b, a)] == [10.0, 15.0, 10.0]
    assert float(a.scale(x=tf.constant(1.0), plus=1.0)) == 3.0
    assert a.scale is a.scale and Scaler.scale.experimental_get_tracing_count() == 3
    gone = weakref.ref(a)
    del a
    gc.collect()
    assert gone() is None


def test_decorated_inside_init():
    class Model(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(2.0)
            self.run = tf.function(self._run, input_signature=[tf.TensorSpec([], tf.float32)])

        def _run(self, x):
            return x * self.v

    model = Model()
    assert float(model.run(3.0)) == 6.0
    model.v.assign(5.0)
    assert float(model.run(3.0)) == 15.0


# ---------------------------------------------------------------------------- nesting


def test_functions_in_functions():
    v = tf.Variable(1.0)

    @tf.function
    def inner(x):
        v.assign_add(1.0)
        return x + v

    @tf.function
    def outer(x):
        return inner(inner(x))

    assert float(outer(tf.constant(0.0))) == 2.0 + 3.0
    assert float(v.numpy()) == 3.0
    assert float(inner(tf.constant(0.0))) == 4.0


def test_executing_eagerly_and_init_scope():
    seen = []

    @tf.function
    def f(x):
        seen.append(tf.executing_eagerly())
        with tf.init_scope():
            seen.append(tf.executing_eagerly())
            seen.append(float(tf.constant(2.0) * 3.0))
        return x

    f(tf.constant(1.0))
    assert seen == [False, True, 6.0]


def test_random_state_is_lifted():
    tf.random.set_seed(1)
    f = tf.function(lambda: tf.random.uniform([3]))
    first, second = f(), f()
    assert not np.array_equal(first, second)
    tf.random.set_seed(1)
    np.testing.assert_array_equal(f(), first)
    tf.random.set_seed(1)
    np.testing.assert_array_equal(tf.random.uniform([3]), first)


# ---------------------------------------------------------------------------- eager instead


def test_what_cannot_be_compiled_runs_eagerly_with_one_warning():
    @tf.function
    def f(x):
        return x + float(x.numpy().sum())

    with pytest.warns(
        UserWarning, match=r"tf.function 'f' runs eagerly, because XLA cannot compile it: Tensor.numpy"
    ) as seen:
        for value in (1.0, 2.0, 3.0):
            assert f(tf.constant([value, value])).numpy().tolist() == [3 * value] * 2
    assert len(seen) == 1


def test_data_dependent_shapes_run_eagerly():
    f = tf.function(lambda x: tf.boolean_mask(x, x > 1.0))
    with pytest.warns(UserWarning, match="runs eagerly"):
        assert f(tf.constant([1.0, 2.0, 3.0])).numpy().tolist() == [2.0, 3.0]
    assert f(tf.constant([5.0, 0.0, 0.0])).numpy().tolist() == [5.0]


@pytest.mark.filterwarnings("ignore:tf.function")
def test_strings():
    f = tf.function(lambda text, x: (tf.strings.join([text, "!"]), x * 2.0))
    for word in ("a", "b"):
        text, x = f(tf.constant(word), tf.constant(1.0))
        assert text.numpy() == f"{word}!".encode() and float(x) == 2.0


def test_run_functions_eagerly():
    f, traces = traced(lambda x: x * 2.0)
    tf.config.run_functions_eagerly(True)
    try:
        f(tf.constant(1.0)), f(tf.constant(1.0))
    finally:
        tf.config.run_functions_eagerly(False)
    assert len(traces) == 2 and tf.config.functions_run_eagerly() is False


# ---------------------------------------------------------------------------- concrete functions


def test_concrete_functions():
    v = tf.Variable(2.0)
    f, traces = traced(lambda x, n: {"out": x * v + n})
    concrete = f.get_concrete_function(tf.TensorSpec([2], tf.float32), 3)
    assert concrete is f.get_concrete_function(tf.constant([0.0, 0.0]), 3)
    assert concrete(tf.constant([1.0, 2.0]), 3)["out"].numpy().tolist() == [5.0, 7.0]
    assert len(traces) == 1
    assert [v is each for each in concrete.variables] == [True]
    assert concrete.structured_outputs == {"out": tf.TensorSpec([2], tf.float32)}
    with pytest.raises(TypeError, match=r"Received: float32 \(3,\)"):
        concrete(tf.constant([1.0, 2.0, 3.0]), 3)


# ---------------------------------------------------------------------------- threads


def test_threads_share_a_function():
    v = tf.Variable(0, dtype=tf.int64, trainable=False)
    f, traces = traced(lambda x, n: x * 2.0 + n)
    results, problems = {}, []

    def work(index):
        local = tf.Variable(float(index))
        g = tf.function(lambda x: local * x)
        try:
            results[index] = [float(f(tf.constant(float(index)), n)) + float(g(tf.constant(2.0))) for n in range(3)]
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert results == {i: [4.0 * i + n for n in range(3)] for i in range(4)}
    assert int(v.numpy()) == 0


def test_variables_are_returned_as_what_they_hold():
    made = []

    @tf.function
    def add(x):
        if not made:
            made.append(tf.Variable(1.0))
        return {"sum": made[0].assign_add(x)}

    first, second, third = add(1.0)["sum"], add(1.0)["sum"], add(1.0)["sum"]
    assert [float(first), float(second), float(third)] == [2.0, 3.0, 4.0]
    assert tf.is_tensor(first) and not isinstance(third, tf.Variable)
    with tf.GradientTape() as tape:
        held = tf.function(lambda: made[0])()
    assert float(tape.gradient(held, made[0])) == 1.0


@pytest.mark.filterwarnings("ignore:tf.function")
def test_strings_are_traced_once_and_run_eagerly_from_then_on():
    f, traces = traced(lambda x: tf.strings.join([x, "!"]))
    assert [f(tf.constant(text)).numpy() for text in "abca"] == [b"a!", b"b!", b"c!", b"a!"]
    assert f.experimental_get_tracing_count() == 1 and len(traces) == 3  # "a" has a program


@pytest.mark.filterwarnings("ignore:tf.function")
def test_a_concrete_function_of_strings_takes_other_strings():
    f = tf.function(lambda x, y: tf.strings.join([x, y]))
    concrete = f.get_concrete_function(tf.constant("a"), tf.constant("b"))
    assert concrete(y=tf.constant("q"), x=tf.constant("r")).numpy() == b"rq"
    assert concrete.structured_input_signature[0][1] == tf.TensorSpec([], tf.string, name="y")
    with pytest.raises(tf.errors.InvalidArgumentError, match="as it was traced"):
        concrete(tf.constant(1), tf.constant(2))


@pytest.mark.parametrize("shape", [None, []])
def test_python_values_of_a_concrete_function_may_be_left_out(shape):
    f = tf.function(lambda a, b: a**b)
    square = f.get_concrete_function(a=tf.TensorSpec(shape, tf.float32), b=2)
    three = tf.constant(3.0)
    assert [float(each) for each in (square(three), square(a=three), square(three, 2), square(three, b=2))] == [9.0] * 4
    for wrong in (lambda: square(three, b=3), lambda: square(), lambda: square(three, c=3)):
        with pytest.raises(TypeError):
            wrong()


def test_signatures_as_text():
    v = tf.Variable(2.0)

    @tf.function
    def f(a, n=3, *, k=None):
        return {"x": a * v, "y": (n, 2)}

    f([tf.constant(1.0)][0])
    assert f.pretty_printed_concrete_signatures() == "\n".join(
        [
            "Input Parameters:",
            "  a (POSITIONAL_OR_KEYWORD): TensorSpec(shape=(), dtype=tf.float32, name=None)",
            "  n (POSITIONAL_OR_KEYWORD): Literal[3]",
            "  k (KEYWORD_ONLY): Literal[None]",
            "Output Type:",
            "  Dict[['x', TensorSpec(shape=(), dtype=tf.float32, name=None)], ['y', Tuple[TensorSpec(shape=(), "
            "dtype=tf.int32, name=None), TensorSpec(shape=(), dtype=tf.int32, name=None)]]]",
            "Captures:",
            f"  {id(v)}: TensorSpec(shape=(), dtype=tf.resource, name=None)",
        ]
    )
    assert repr(f.get_concrete_function(tf.constant(1.0))).startswith("<ConcreteFunction (a: TensorSpec(shape=(), ")


def test_a_public_function_can_be_given_directly():
    """Before its first use anywhere, which a process of its own has for sure."""
    calls = "float(tf.function(tf.math.bessel_i0e)(0.0)), tf.function(tf.linalg.norm)([3., 4.])"
    code = f"import addax as tf; print({calls})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout.split()[0]) == pytest.approx(1.0) and "5.0" in done.stdout


def test_dicts_of_the_same_entries_share_a_trace():
    f, traces = traced(lambda d: d["a"] * 10 + d["b"])
    assert int(f({"a": tf.constant(1), "b": tf.constant(2)})) == 12
    assert int(f({"b": tf.constant(1), "a": tf.constant(2)})) == 21 and len(traces) == 1


def test_a_compiled_convolution_within_a_program_of_jax():
    import jax

    f = tf.function(lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"))
    x, w = np.ones((1, 8, 8, 3), "float32"), np.ones((3, 3, 3, 2), "float32")
    f(tf.constant(x), tf.constant(w))
    outer = jax.jit(lambda x, w: f(tf.Tensor(x), tf.Tensor(w))._value.sum())
    assert float(outer(x, w)) == 2904.0
    assert float(jax.grad(outer)(x, w).sum()) == 968.0 * 3


@pytest.mark.parametrize("spec", [tf.TensorSpec([4], tf.float32), tf.TensorSpec([None], tf.float32)])
def test_a_concrete_function_whose_values_decide_shapes_runs_eagerly(spec):
    function = tf.function(lambda x: tf.boolean_mask(x, x > 0))
    concrete = function.get_concrete_function(spec)
    with pytest.warns(UserWarning, match="runs eagerly"):
        found = concrete(tf.constant([1.0, -1.0, 2.0, -2.0]))
    assert found.numpy().tolist() == [1.0, 2.0]
    assert concrete(tf.constant([3.0, -1.0, -2.0, -2.0])).numpy().tolist() == [3.0]
    with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
        concrete(tf.constant([[1.0]]))


def test_a_concrete_function_that_writes_an_array_of_dynamic_size():
    @tf.function
    def squares(n):
        found = tf.TensorArray(tf.float32, 0, dynamic_size=True)
        for i in tf.range(n):
            if i > 3:
                break
            found = found.write(i, tf.cast(i * i, tf.float32))
        return found.stack()

    concrete = squares.get_concrete_function(tf.TensorSpec([], tf.int32))
    with pytest.warns(UserWarning, match="runs eagerly"):
        assert concrete(tf.constant(7)).numpy().tolist() == [0.0, 1.0, 4.0, 9.0]
    assert concrete(tf.constant(2)).numpy().tolist() == [0.0, 1.0]
