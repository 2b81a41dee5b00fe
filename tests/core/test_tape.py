"""Tapes: derivatives of every order, eager and compiled, and what a tape refuses."""

import numpy as np
import pytest

import addax as tf
from addax.core import context, errors
from addax.core.ways import forest

BOTH = pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])


@pytest.fixture(autouse=True)
def fresh_warnings():
    errors.forget_warnings()


# ---------------------------------------------------------------------------- first derivatives


@BOTH
def test_sources_of_any_structure(wrap):
    a, b, c = tf.Variable(2.0), tf.Variable([1.0, 3.0]), tf.Variable(5.0)

    def f():
        with tf.GradientTape() as t:
            y = a * tf.reduce_sum(b * b)
        return t.gradient(y, {"a": a, "rest": [b, (c,)]})

    found = wrap(f)()
    assert float(found["a"]) == 10.0
    assert found["rest"][0].numpy().tolist() == [4.0, 12.0]
    assert found["rest"][1][0] is None


@BOTH
def test_several_targets_are_summed(wrap):
    x = tf.Variable(3.0)

    def f():
        with tf.GradientTape() as t:
            targets = {"square": x * x, "list": [2.0 * x, tf.constant(1.0)]}
        return t.gradient(targets, x)

    assert float(wrap(f)()) == 8.0


@BOTH
def test_output_gradients(wrap):
    x = tf.constant([1.0, 2.0])

    def f(x):
        with tf.GradientTape(persistent=True) as t:
            t.watch(x)
            y, z = x * x, 3.0 * x
        weighed = t.gradient(y, x, output_gradients=tf.constant([10.0, 1.0]))
        return weighed, t.gradient([y, z], x, output_gradients=[x, None]), t.gradient(y, x, output_gradients=2.0)

    weighed, both, spread = wrap(f)(x)
    assert weighed.numpy().tolist() == [20.0, 4.0]
    assert both.numpy().tolist() == [2 + 3, 8 + 3]
    assert spread.numpy().tolist() == [4.0, 8.0]


def test_output_gradients_that_do_not_fit():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as t:
        y = x * x
    with pytest.raises(ValueError, match=r"structure of the target, which has 1 tensor\(s\)"):
        t.gradient(y, x, output_gradients=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"target's shape \(2,\)"):
        t.gradient(y, x, output_gradients=tf.ones(3))


@BOTH
def test_unconnected_gradients(wrap):
    x, y = tf.Variable([1.0, 2.0]), tf.Variable(3.0)

    def f(how):
        with tf.GradientTape() as t:
            z = y * y
        return t.gradient(z, [x, y], unconnected_gradients=how)

    nothing, six = wrap(lambda: f("none"))()
    zeros, _ = wrap(lambda: f(tf.UnconnectedGradients.ZERO))()
    assert nothing is None and float(six) == 6.0
    assert zeros.numpy().tolist() == [0.0, 0.0]


def test_a_target_is_its_own_source():
    x = tf.constant([3.0, 4.0])
    with tf.GradientTape() as t:
        t.watch(x)
    assert t.gradient(x, x).numpy().tolist() == [1.0, 1.0]


def test_values_of_the_time_of_recording_count():
    v = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = v * v
        v.assign(100.0)
        z = v * y
    assert float(t.gradient(z, v)) == 9.0 + 100.0 * 6.0


@BOTH
def test_indices_and_integers_have_no_gradient(wrap):
    x = tf.Variable([1.0, 2.0, 3.0])

    def f():
        with tf.GradientTape(persistent=True) as t:
            picked = tf.gather(x, tf.argmax(x))
            rounded = tf.cast(tf.cast(x, tf.int32), tf.float32)
        return t.gradient(picked, x), t.gradient(rounded, x)

    picked, rounded = wrap(f)()
    assert tf.convert_to_tensor(picked).numpy().tolist() == [0.0, 0.0, 1.0]
    assert rounded is None


@BOTH
def test_stop_gradient(wrap):
    x = tf.Variable(2.0)

    def f():
        with tf.GradientTape() as t:
            y = x * tf.stop_gradient(x * x)
        return t.gradient(y, x)

    assert float(wrap(f)()) == 4.0


# ---------------------------------------------------------------------------- watching


def test_watched_variables():
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    frozen, whole = tf.Variable(3.0, trainable=False), tf.Variable(4)
    with tf.GradientTape() as t:
        b * frozen * 2.0, a + 1.0, whole + 1
    assert [v is w for v, w in zip(t.watched_variables(), (a, b), strict=True)] == [True, True]
    with tf.GradientTape(watch_accessed_variables=False) as t:
        t.watch([a, {"x": frozen}])
        y = a * b * frozen
    assert len(t.watched_variables()) == 2
    grads = t.gradient(y, [a, b, frozen])
    assert [None if g is None else float(g) for g in grads] == [6.0, None, 2.0]


def test_watching_after_the_fact_is_too_late():
    x = tf.constant(2.0)
    with tf.GradientTape() as t:
        y = x * x
        t.watch(x)
        z = x * y
    assert float(t.gradient(z, x)) == 4.0


def test_watch_refuses_other_objects_and_warns_of_integers():
    with tf.GradientTape() as t:
        with pytest.raises(ValueError, match=r"Passed in object 3.0 of type float, not tf.Tensor"):
            t.watch(3.0)
        with pytest.warns(UserWarning, match="must be floating"):
            t.watch(tf.constant(1))


@BOTH
def test_stop_recording(wrap):
    x = tf.Variable(3.0)

    def f():
        with tf.GradientTape() as t:
            y = x * x
            with t.stop_recording():
                z = y * 10.0
                assert not tf.executing_eagerly() or not context.state.tapes
            y = y + z
        return t.gradient(y, x)

    assert float(wrap(f)()) == 6.0
    with tf.GradientTape() as t:
        pass
    with pytest.raises(ValueError, match="not recording"):
        t.stop_recording()


def test_reset_forgets():
    x = tf.Variable(3.0)
    with tf.GradientTape() as t:
        lost = x * x
        t.reset()
        y = 5.0 * x
        assert len(t.watched_variables()) == 1
    with tf.GradientTape(persistent=True) as p:
        z = x * x
    assert float(t.gradient(y, x)) == 5.0
    assert p.gradient(lost, x) is None and float(p.gradient(z, x)) == 6.0


def test_enter_again_starts_anew():
    x, t = tf.Variable(3.0), tf.GradientTape()
    with t:
        y = x * x
        with pytest.raises(ValueError, match="already recording"), t:
            pass
    assert float(t.gradient(y, x)) == 6.0
    with t:
        y = 2.0 * x
    assert float(t.gradient(y, x)) == 2.0


# ---------------------------------------------------------------------------- persistent and used-up tapes


def test_a_tape_is_used_up_by_any_derivative():
    x = tf.Variable([[3.0]])
    for use in ("gradient", "jacobian", "batch_jacobian"):
        with tf.GradientTape() as t:
            y = x * x
        getattr(t, use)(y, x)
        with pytest.raises(RuntimeError, match="can be used once") as caught:
            t.gradient(y, x)
        assert "persistent=True" in str(caught.value)


def test_persistent():
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = x * x
        z = y * y
    assert [float(t.gradient(z, each)) for each in (x, x)] == [108.0, 108.0]
    assert float(t.gradient(y, x)) == 6.0 and float(t.gradient(z, y)) == 18.0
    del t


def test_gradient_inside_its_own_context():
    x = tf.Variable(3.0)
    with tf.GradientTape() as t:
        y = x * x
        assert float(t.gradient(y, x)) == 6.0  # a tape that is not persistent stops recording
        assert not context.state.tapes
    with pytest.warns(UserWarning, match="inside its own context"), tf.GradientTape(persistent=True) as t:
        y = x * x * x
        g = t.gradient(y, x)
    assert float(t.gradient(g, x)) == 18.0


def test_refused_arguments():
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as t:
        y = x * x
    with pytest.raises(ValueError, match="sources must be tensors or variables, received 3.0"):
        t.gradient(y, 3.0)
    with pytest.raises(TypeError, match="target must be a tensor"):
        t.gradient(None, x)
    with pytest.raises(ValueError, match="unconnected_gradients"):
        t.gradient(y, x, unconnected_gradients="maybe")


# ---------------------------------------------------------------------------- higher orders


@BOTH
def test_third_derivative(wrap):
    def f(x):
        with tf.GradientTape() as t3:
            t3.watch(x)
            with tf.GradientTape() as t2:
                t2.watch(x)
                with tf.GradientTape() as t1:
                    t1.watch(x)
                    y = x**4 + tf.sin(x)
                first = t1.gradient(y, x)
            second = t2.gradient(first, x)
        return first, second, t3.gradient(second, x)

    x = 0.7
    for _ in range(3):  # the structure's second time runs compiled whole
        found = [float(each) for each in wrap(f)(tf.constant(x))]
        expected = [4 * x**3 + np.cos(x), 12 * x**2 - np.sin(x), 24 * x - np.cos(x)]
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@BOTH
def test_gradient_penalty(wrap):
    """The gradient of a function of a gradient, as in WGAN-GP."""
    w = tf.Variable([[1.0], [2.0]])

    def f(x):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.square(tf.matmul(x, w)))
            slope = inner.gradient(y, x)
            penalty = tf.reduce_sum(slope * slope)
        return outer.gradient(penalty, w)

    x = np.array([[1.0, -1.0], [0.5, 2.0]], "float32")

    def penalty(kernel):
        return ((2 * (x @ kernel) @ kernel.T) ** 2).sum()

    kernel, numeric = np.array([[1.0], [2.0]]), np.zeros((2, 1))
    for i in range(2):
        step = np.zeros((2, 1))
        step[i] = 1e-5
        numeric[i] = (penalty(kernel + step) - penalty(kernel - step)) / 2e-5
    for _ in range(2):
        np.testing.assert_allclose(wrap(f)(tf.constant(x)), numeric, rtol=1e-4)


def test_higher_orders_through_a_layer_of_the_users_own():
    class Cube(tf.keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight("scale", shape=(), initializer="ones")

        def call(self, inputs):
            return self.scale * inputs**3

    layer, x = Cube(), tf.constant([2.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = layer(x)
        first = inner.gradient(y, x)
    second, mixed = outer.gradient(first, [x, layer.scale])
    assert [float(first[0]), float(second[0]), float(mixed)] == [12.0, 12.0, 12.0]


def test_two_tapes_over_the_same_ops():
    x = tf.Variable(3.0)
    with tf.GradientTape() as a, tf.GradientTape() as b:
        y = x * x
        z = y * x
    assert float(a.gradient(y, x)) == 6.0 and float(b.gradient(z, x)) == 27.0


# ---------------------------------------------------------------------------- jacobians


@BOTH
@pytest.mark.parametrize("together", [True, False])
def test_jacobian(wrap, together):
    matrix = np.arange(6.0, dtype="float32").reshape(2, 3)
    v = tf.Variable([1.0, 2.0, 3.0])

    def f():
        with tf.GradientTape(persistent=True) as t:
            y = tf.linalg.matvec(tf.constant(matrix), v * v)
            other = tf.constant([1.0])
        return (
            t.jacobian(y, {"v": v}, experimental_use_pfor=together)["v"],
            t.jacobian(other, v),
            t.jacobian(other, v, unconnected_gradients="zero"),
        )

    found, nothing, zeros = wrap(f)()
    np.testing.assert_allclose(found, matrix * 2 * np.array([1.0, 2.0, 3.0]))
    assert nothing is None and zeros.shape == (1, 3) and not zeros.numpy().any()


@BOTH
def test_hessian(wrap):
    def f(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(x**3)
            g = inner.gradient(y, x)
        return outer.jacobian(g, x)

    np.testing.assert_allclose(wrap(f)(tf.constant([1.0, 2.0])), [[6.0, 0.0], [0.0, 12.0]])


@BOTH
def test_batch_jacobian(wrap):
    def f(x):
        with tf.GradientTape() as t:
            t.watch(x)
            y = tf.stack([x[:, 0] * x[:, 1], x[:, 0] ** 2], axis=1)
        return t.batch_jacobian(y, x)

    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "float32")
    np.testing.assert_allclose(wrap(f)(tf.constant(x)), [[[b, a], [2 * a, 0]] for a, b in x])


def test_batch_jacobian_refuses_other_batch_sizes():
    x = tf.constant([[1.0], [2.0]])
    with tf.GradientTape() as t:
        t.watch(x)
        y = x[:1]
    with pytest.raises(ValueError, match="first dimension of target shape"):
        t.batch_jacobian(y, x)


# ---------------------------------------------------------------------------- tf.function in between


def test_a_tape_around_a_function():
    v = tf.Variable(3.0)
    count = tf.Variable(0, trainable=False)

    @tf.function
    def f(x):
        count.assign_add(1)
        return {"y": x * v, "integer": count + 0}

    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as t:
        t.watch(x)
        out = f(x)
        z = out["y"] * out["y"]
    assert [float(each) for each in t.gradient(z, [x, v])] == [36.0, 24.0]
    assert t.gradient(out["integer"], x) is None
    assert int(count.numpy()) == 1 and int(out["integer"]) == 1


def test_second_order_around_a_function():
    f = tf.function(lambda x: x**3)
    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, x)
    assert float(outer.gradient(g, x)) == 12.0


def test_a_tape_around_a_function_with_a_tape():
    v = tf.Variable(3.0)

    @tf.function
    def slope(x):
        with tf.GradientTape() as t:
            t.watch(x)
            y = x * x * v
        return t.gradient(y, x)

    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        g = slope(x)
    assert float(g) == 12.0
    assert [float(each) for each in outer.gradient(g, [x, v])] == [6.0, 4.0]


# ---------------------------------------------------------------------------- composites, dtypes


@BOTH
def test_embedding_rows(wrap):
    table = tf.Variable(np.arange(8.0, dtype="float32").reshape(4, 2))

    def f():
        with tf.GradientTape() as t:
            y = tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 1, 3]) * 2.0)
        return tf.convert_to_tensor(t.gradient(y, table))

    np.testing.assert_array_equal(wrap(f)(), [[0, 0], [4, 4], [0, 0], [2, 2]])


def test_complex_gradients_are_tensorflows():
    x = tf.Variable(3.0 + 2.0j)
    with tf.GradientTape() as t:
        y = x * x
    assert t.gradient(y, x).numpy() == np.conj(2 * (3 + 2j))


def test_lists_of_tensors():
    a, b = tf.Variable([1.0]), tf.Variable([2.0, 3.0])
    with tf.GradientTape() as t:
        joined = tf.concat([a, b * b], 0)
        packed = tf.stack([joined[0], joined[1]])
        y = tf.reduce_sum(tf.split(packed, 2)[1] * 5.0) + tf.reduce_sum(tf.convert_to_tensor([a[0], b[1]]))
    ga, gb = t.gradient(y, [a, b])
    assert ga.numpy().tolist() == [1.0] and gb.numpy().tolist() == [20.0, 1.0]


# ---------------------------------------------------------------------------- memory


def test_many_steps_keep_few_structures():
    v = tf.Variable([1.0, 2.0])

    def step(x):
        with tf.GradientTape() as t:
            loss = tf.reduce_sum(tf.square(v - x))
        v.assign_sub(0.1 * t.gradient(loss, v))

    step(0.0), step(0.0)
    before = (forest.nodes, forest.seen, forest.compiled)
    for _ in range(2000):
        step(3.0)
    np.testing.assert_allclose(v.numpy(), [3.0, 3.0], rtol=1e-5)
    assert (forest.nodes, forest.seen, forest.compiled) == before


def test_ever_new_structures_are_forgotten(monkeypatch):
    monkeypatch.setattr(forest, "most_compiled", 4)
    monkeypatch.setattr(forest, "most_nodes", 64)
    v = tf.Variable(1.0)
    for length in range(12):
        for _ in range(2):
            with tf.GradientTape() as t:
                y = v * 1.0
                for _ in range(length):
                    y = y + v
            assert float(t.gradient(y, v)) == length + 1
    assert forest.compiled <= 4 and forest.seen <= 32 and forest.nodes <= 64


def test_a_tape_lets_go_of_what_it_recorded():
    import gc
    import weakref

    v = tf.Variable([1.0])
    with tf.GradientTape() as t:
        y = v * 2.0
        z = y * 3.0
    gone = weakref.ref(y)
    t.gradient(z, v)
    del y
    gc.collect()
    assert gone() is None


def test_ragged_sources():
    rows = tf.ragged.constant([[1.0], [2.0, 3.0]])
    w = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([rows.flat_values, w])
        y = tf.reduce_sum(rows * rows) * w
    found = tape.gradient(y, {"r": rows, "w": w})
    assert found["r"].to_list() == [[4.0], [8.0, 12.0]] and found["w"].numpy() == 14.0
    assert tape.gradient(w, rows) is None
    assert tape.gradient(w, rows, unconnected_gradients="zero").to_list() == [[0.0], [0.0, 0.0]]


def test_what_has_no_derivative_is_refused_in_words():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y = x * x
    for target in (3.0, np.float32(3.0)):
        with pytest.raises(TypeError, match="target must be a tensor"):
            tape.gradient(target, x)
    with pytest.raises(tf.errors.InvalidArgumentError, match="output_gradients of the target's shape"):
        tape.gradient(y, x, output_gradients=tf.ones(3))
    with pytest.raises(ValueError, match="rank at least 2"):
        tape.batch_jacobian(y, x)
    with pytest.raises(ValueError, match="not recording"):
        tape.reset()


def test_batch_jacobian_of_what_is_not_connected_is_zeros():
    x, z = tf.ones((2, 3)), tf.ones((2, 2))
    with tf.GradientTape() as tape:
        tape.watch([x, z])
        y = x * 2.0
    np.testing.assert_array_equal(tape.batch_jacobian(y, z), np.zeros((2, 3, 2)))


def test_a_variable_is_a_target_though_nothing_read_it():
    chosen, other = tf.Variable(2.0), tf.Variable([1.0, 3.0])
    fixed = tf.Variable(1.0, trainable=False)
    with tf.GradientTape() as tape:
        result = chosen
    assert float(tape.gradient(result, chosen)) == 1.0
    with tf.GradientTape(persistent=True) as tape:
        result = [chosen, other, chosen, fixed]
    first, second, third = tape.gradient(result, [chosen, other, fixed])
    assert float(first) == 2.0
    np.testing.assert_array_equal(second, [1.0, 1.0])
    assert third is None
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        result = chosen
    assert tape.gradient(result, chosen) is None


def test_unconnected_gradients_is_an_enum():
    kinds = tf.UnconnectedGradients
    assert repr(kinds.NONE) == "<UnconnectedGradients.NONE: 'none'>" and kinds("zero") is kinds.ZERO
    x, y = tf.Variable(1.0), tf.Variable(2.0)
    for kind in (kinds.ZERO, "zero"):
        with tf.GradientTape() as tape:
            z = 2.0 * x
        assert float(tape.gradient(z, y, unconnected_gradients=kind)) == 0.0
    for kind in (kinds.NONE, "none"):
        with tf.GradientTape() as tape:
            z = 2.0 * x
        assert tape.gradient(z, y, unconnected_gradients=kind) is None
