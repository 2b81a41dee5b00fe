"""One trace of Python for many shapes: what it sees, what it computes, and what happens where that cannot be."""

import numpy as np
import pytest

import addax as tf

ROWS = tf.TensorSpec([None, 2], tf.float32)


def seeing(body, **options):
    """(tf.function of `body`, the static shapes that Python saw)."""
    seen = []

    def f(x):
        seen.append(str(x.shape))
        return body(x)

    return tf.function(f, **options), seen


def test_python_is_traced_once_and_sees_none():
    f, seen = seeing(lambda x: tf.reduce_sum(x), input_signature=[ROWS])
    assert [f(tf.ones([n, 2])).numpy() for n in (3, 1, 4)] == [6.0, 2.0, 8.0]
    assert seen == ["(None, 2)"] and f.experimental_get_tracing_count() == 1
    assert [each["traces"] for each in f.experimental_compile_stats()] == [1, 0, 0]


def test_shapes_that_change_are_relaxed():
    f, seen = seeing(lambda x: tf.reduce_sum(x), reduce_retracing=True)
    for shape in ([1, 2], [2, 2], [3, 2], [3, 4], [7, 9], [1, 2]):
        assert f(tf.ones(shape)).numpy() == np.prod(shape)
    assert seen == ["(1, 2)", "(None, 2)", "(None, None)"]


def test_static_shapes_of_results():
    def shapes(x):
        parts = [
            x[0],
            x[:2],
            x[:, 1:],
            x[1:],
            tf.concat([x, x], 0),
            tf.transpose(x),
            tf.reshape(x, [-1]),
            x @ tf.ones([2, 5]),
        ]
        seen.append([each.shape.as_list() for each in parts])
        assert repr(x) == "<tf.Tensor 'x:0' shape=(None, 2) dtype=float32>" and x.get_shape()[0] is None
        return parts[3], parts[5], parts[6]

    seen = []
    f = tf.function(lambda x: shapes(x), input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    for n in (2, 3):
        x = np.arange(2 * n, dtype="float32").reshape(n, 2)
        rest, turned, flat = f(x)
        assert np.array_equal(rest, x[1:]) and np.array_equal(turned, x.T) and np.array_equal(flat, x.ravel())
    expected = [[2], [None, 2], [None, 1], [None, 2], [None, 2], [2, None], [None]]
    assert len(seen) == 1 and seen[0] == [*expected, [None, 5]]


def test_open_sizes_decide_shapes():
    @tf.function(input_signature=[ROWS])
    def f(x):
        traces.append(1)
        n, total = tf.shape(x)[0], 0.0
        for row in x:
            total += row[0]
        for i in tf.range(n):
            total += tf.cast(i, tf.float32)
        return tf.zeros([n, 3]), tf.range(n), tf.reshape(x, [n * 2]), len(x), total, tf.random.uniform([n])

    traces = []
    for n in (2, 5):
        zeros, numbers, flat, length, total, drawn = f(tf.ones([n, 2]))
        assert zeros.shape == [n, 3] and numbers.numpy().tolist() == list(range(n)) and flat.shape == [2 * n]
        assert int(length) == n and float(total) == n + n * (n - 1) / 2 and drawn.shape == [n]
    assert len(traces) == 1


@pytest.mark.parametrize("size", [2, 3])
def test_gradients_through_one_trace(size):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def f(x):
        return tf.reduce_sum(tf.nn.relu(x) ** 2) + tf.reduce_max(tf.nn.softmax(x))

    f(tf.ones([7]))
    x = tf.constant(np.arange(1.0, size + 1), tf.float32)
    results = []
    for function in (f, f.python_function):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            slope = tape.gradient(y, x)
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as forward:
            y = function(x)
        results.append([slope, outer.gradient(slope, x), forward.jvp(y)])
    for ours, plain in zip(*results, strict=True):
        assert np.allclose(ours, plain, rtol=1e-5)
    assert f.experimental_get_tracing_count() == 1


def test_a_step_of_training_with_a_partial_batch():
    w = tf.Variable([[1.0], [2.0]])

    @tf.function(input_signature=[ROWS, tf.TensorSpec([None, 1], tf.float32)])
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((x @ w - y) ** 2)
        slope = tape.gradient(loss, w)
        w.assign_sub(0.1 * slope)
        return loss

    assert [float(step(tf.ones([n, 2]), tf.ones([n, 1]))) for n in (4, 3)] == pytest.approx([4.0, 1.44])
    assert step.experimental_get_tracing_count() == 1


def test_sizes_that_agree_in_one_call_only():
    f = tf.function(lambda x, y: x + y, input_signature=[tf.TensorSpec([None], tf.float32)] * 2)
    assert f([1.0, 2.0], [3.0, 4.0]).numpy().tolist() == [4.0, 6.0]
    assert f([1.0, 2.0, 3.0], [1.0]).numpy().tolist() == [2.0, 3.0, 4.0]
    assert f([5.0, 2.0, 3.0], [1.0, 1.0, 1.0]).numpy().tolist() == [6.0, 3.0, 4.0]


def test_what_needs_a_size_is_traced_for_each():
    f, seen = seeing(lambda x: x * float(x.shape[0]), input_signature=[ROWS])
    assert f(tf.ones([2, 2])).numpy()[0, 0] == 2.0 and f(tf.ones([3, 2])).numpy()[0, 0] == 3.0
    assert seen == ["(None, 2)", "(2, 2)", "(3, 2)"]
    g, _ = seeing(lambda x: tf.reduce_sum(x), input_signature=[ROWS])
    assert g(tf.ones([0, 2])).numpy() == 0.0


def test_recurrent_loops_over_open_time():
    w, traces = tf.Variable([[0.1, 0.2], [0.3, 0.4]]), []

    def body(x):
        traces.append(1)
        with tf.GradientTape() as tape:
            h, ta = tf.zeros([2]), tf.TensorArray(tf.float32, size=tf.shape(x)[0])
            rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True).unstack(x)
            for i in tf.range(tf.shape(x)[0]):
                h = tf.tanh(tf.linalg.matvec(w, rows.read(i)) + h)
                ta = ta.write(i, h)
            mask = tf.linalg.band_part(tf.ones([tf.shape(x)[0], tf.shape(x)[0]]), -1, 0)
            y = tf.reduce_sum(tf.matmul(mask, ta.stack()) ** 2)
        return y, tape.gradient(y, w), ta.size()

    f = tf.function(body, input_signature=[ROWS])
    assert int(f(tf.ones([3, 2]))[-1]) == 3
    x = tf.constant([[0.1, 0.4], [0.7, 1.0]])
    for ours, plain in zip(f(x), body(x), strict=True):
        assert np.allclose(ours, plain, rtol=1e-5)
    assert len(traces) == 2 and f.experimental_get_tracing_count() == 1


def test_sizes_that_do_not_fit_are_told_as_ever():
    f, seen = seeing(lambda x: tf.reshape(x, [2, 2]), input_signature=[ROWS])
    assert f(tf.ones([2, 2])).shape == [2, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="tf.reshape"):
        f(tf.ones([3, 2]))
    assert f(tf.ones([2, 2])).shape == [2, 2] and seen == ["(None, 2)", "(3, 2)"]


def test_concrete_function_of_open_specs():
    f, seen = seeing(lambda x: {"twice": x * 2})
    concrete = f.get_concrete_function(tf.TensorSpec([None, 2], tf.float32, name="rows"))
    assert seen == ["(None, 2)"] and concrete.structured_outputs["twice"].shape.as_list() == [None, 2]
    assert concrete(rows=tf.ones([3, 2]))["twice"].shape == [3, 2] and concrete(tf.ones([1, 2]))["twice"].shape == [
        1,
        2,
    ]
    assert f(tf.ones([5, 2]))["twice"].shape == [5, 2] and len(seen) == 1
    f(tf.ones([5, 3]))
    assert seen[1:] == ["(5, 3)"]


def test_layers_are_built_for_any_batch():
    layer = tf.keras.layers.Dense(2)
    f = tf.function(lambda x: layer(x), input_signature=[ROWS])
    assert f(tf.ones([3, 2])).shape == [3, 2] and f(tf.ones([4, 2])).shape == [4, 2]
    assert layer.get_build_config()["input_shape"] == (None, 2)


def test_calls_inside_of_functions_count_once_per_signature():
    @tf.function
    def inner(x):
        return x * 2

    @tf.function
    def outer(x):
        return inner(x) + inner(x + 1)

    assert outer(tf.constant(1)).numpy() == 6 and inner.experimental_get_tracing_count() == 1
    outer(tf.constant(1.0)), inner(tf.constant(1.0))
    assert inner.experimental_get_tracing_count() == 2


def test_a_signature_of_too_many_arguments():
    f = tf.function(lambda x: x, input_signature=[tf.TensorSpec([], tf.float32)] * 2)
    for _ in range(2):
        with pytest.raises(TypeError, match="1 extra type constraints"):
            f(1.0)


def test_defaults_written_out_are_no_other_signature():
    f, x = tf.function(lambda a, b=1, *, k=2: a * b + k), tf.constant(2)
    assert [int(each) for each in (f(x), f(x, 1), f(x, b=1), f(b=1, a=x, k=2))] == [4, 4, 4, 4]
    assert f.experimental_get_tracing_count() == 1 and int(f(x, 3)) == 8
    assert f.experimental_get_tracing_count() == 2


def test_an_unknown_rank_is_traced_once_for_each_rank():
    traces = []

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32)])
    def f(x):
        traces.append(str(x.shape))
        return tf.reduce_sum(x), tf.reshape(x, [-1])

    sums = [float(f(tf.ones(shape))[0]) for shape in ([2], [3], [2, 3], [], [5, 6])]
    assert sums == [2.0, 3.0, 6.0, 1.0, 30.0]
    assert traces == ["<unknown>"] * 3
    concrete = f.get_concrete_function()
    assert [each.shape.as_list() for each in concrete.structured_outputs] == [[], [None]]
    assert concrete.inputs[0].shape.rank is None and float(concrete(tf.ones([2, 1, 2]))[0]) == 4.0
    columns = tf.function(lambda x: x[:, 0]).get_concrete_function(tf.TensorSpec(None))
    assert columns.structured_outputs.shape.rank is None
    assert [op.type for op in columns.graph.get_operations()] == ["Placeholder", "StridedSlice", "Identity"]


def test_remainders_of_integers_have_no_rule_that_needs_sizes():
    f, seen = seeing(
        lambda x: tf.where(x % 2 == 0, x // 2, 3 * x + 1), input_signature=[tf.TensorSpec([None], tf.int32)]
    )
    assert f([1, 2]).numpy().tolist() == [4, 1] and f([7, 8, 9]).numpy().tolist() == [22, 4, 28]
    assert seen == ["(None,)"]


def test_programs_of_one_trace_are_no_retraces():
    f = tf.function(lambda x: x + 1.0, reduce_retracing=True)
    for size in range(1, 9):  # warnings are errors here
        f(tf.ones([size]))
    assert f.experimental_get_tracing_count() == 2


@pytest.mark.parametrize("pool", [tf.nn.max_pool2d, tf.nn.avg_pool2d])
def test_gradients_of_pools_with_open_sizes(pool):
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(pool(x, 2, 2, "VALID") ** 2)
        return tape.gradient(y, x)

    f, seen = seeing(slope, input_signature=[tf.TensorSpec([None, None, None, 1])])
    for size in (4, 2):
        x = tf.reshape(tf.range(size * size, dtype=tf.float32), [1, size, size, 1])
        np.testing.assert_allclose(f(x), slope(x))
    assert seen == ["(None, None, None, 1)"]
