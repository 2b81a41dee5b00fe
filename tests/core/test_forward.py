"""Forward derivatives, device names, critical sections."""

import numpy as np
import pytest

import addax as tf


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_jacobian_vector_products(wrap):
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])

    def f(x, v):
        with tf.autodiff.ForwardAccumulator(x, v) as acc:
            y = tf.tanh(tf.linalg.matvec(w, x)) * tf.reduce_sum(x * x)
        return y, acc.jvp(y)

    x, v = tf.constant([0.1, -0.2]), tf.constant([1.0, 0.5])
    _, tangent = wrap(f)(x, v)
    step = 1e-3
    ahead, behind = (f(x + s * v, v)[0].numpy() for s in (step, -step))
    np.testing.assert_allclose(tangent, (ahead - behind) / (2 * step), rtol=1e-3, atol=1e-4)


def test_forward_over_reverse_is_a_hessian_vector_product():
    x = tf.constant([1.0, 2.0])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x[0] ** 3 * x[1]
        g = tape.gradient(y, x)
    np.testing.assert_allclose(acc.jvp(g), [12.0, 3.0], rtol=1e-6)
    assert acc.jvp(tf.constant(1.0)) is None
    assert acc.jvp(tf.constant(1.0), tf.UnconnectedGradients.ZERO).numpy() == 0


def test_refusals():
    with pytest.raises(ValueError, match="shapes"):
        tf.autodiff.ForwardAccumulator(tf.constant([1.0]), tf.constant([1.0, 2.0]))


def test_gradients_of_the_users_own_push_too():
    scale = tf.Variable(2.0)

    @tf.custom_gradient
    def f(x, y):
        def grad(upstream, variables=None):
            return (upstream * 10.0 * x, None), [upstream * 100.0]

        return tf.floor(x * scale) * y, grad  # nothing inside has a tangent

    x = tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator([x, scale], [tf.constant(1.0), tf.constant(0.5)]) as outer:
        with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as inner:
            z = f(x, tf.constant(5.0)) * 2.0
        slope = inner.jvp(z)
    assert slope.numpy() == 60.0 and outer.jvp(z).numpy() == 160.0 and outer.jvp(slope).numpy() == 20.0


def test_device_names():
    spec = tf.DeviceSpec.from_string("/job:worker/replica:0/task:1/device:GPU:2")
    assert (spec.job, spec.task, spec.device_type, spec.device_index) == ("worker", 1, "GPU", 2)
    assert tf.DeviceSpec.from_string("/gpu:0").to_string() == "/device:GPU:0"
    merged = spec.make_merged_spec(tf.DeviceSpec(task=5))
    assert merged.to_string() == "/job:worker/replica:0/task:5/device:GPU:2" == spec.replace(task=5).to_string()
    with pytest.raises(ValueError, match="Unknown attribute"):
        tf.DeviceSpec.from_string("/room:1")
    with tf.device(tf.DeviceSpec(device_type="CPU", device_index=0)):
        assert tf.constant(1).device.endswith("CPU:0")


def test_creators_and_sections():
    names = []

    def creator(next_creator, **kwargs):
        names.append(kwargs["name"])
        return next_creator(**kwargs)

    with tf.variable_creator_scope(creator):
        v = tf.Variable([1.0, 2.0], name="made")
    assert names == ["made"] and tf.CriticalSection().execute(lambda: v + 1.0).numpy().tolist() == [2, 3]
    assert v.sparse_read([1]).numpy() == 2 and v.gather_nd([[0]]).numpy() == 1
    count = tf.Variable(0)
    assert [count.count_up_to(2).numpy(), count.count_up_to(2).numpy()] == [0, 1]
    with pytest.raises(tf.errors.OutOfRangeError, match="limit of 2"):
        count.count_up_to(2)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_tangents_of_what_is_inside_come_before_a_gradient_of_the_users_own(wrap):
    square = tf.custom_gradient(lambda x: (x * x, lambda dy: dy * 100.0))
    floor = tf.custom_gradient(lambda x: (tf.floor(x), lambda dy: dy * 7.0))

    def f(x):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as acc:
            y, z = square(x) + x, floor(x)
        return acc.jvp(y), acc.jvp(z)

    assert [each.numpy() for each in wrap(f)(tf.constant(2.5))] == [6.0, 7.0]


def test_whole_numbers_have_no_tangents():
    x = tf.constant(1)
    with (
        pytest.warns(UserWarning, match="watched primal must be floating"),
        tf.autodiff.ForwardAccumulator(x, tf.constant(1)) as acc,
    ):
        y = x * 2
    assert acc.jvp(y) is None


def test_ops_of_lists_and_of_arguments_left_out():
    x, ids = tf.constant([[1.0, 2.0]]), tf.SparseTensor([[0, 0]], tf.constant([0], tf.int64), [1, 1])
    with tf.autodiff.ForwardAccumulator(x, tf.constant([[0.5, 3.0]])) as acc:
        found = [
            tf.concat([x, tf.zeros([1, 2])], 0),
            tf.stack([x[0], x[0]]),
            tf.add_n([x, x]),
            tf.nn.embedding_lookup_sparse(x, ids, None, combiner="sum"),
        ]
    expected = [[[0.5, 3.0], [0.0, 0.0]], [[0.5, 3.0], [0.5, 3.0]], [[1.0, 6.0]], [[0.5, 3.0]]]
    assert [each.numpy().tolist() for each in acc.jvp(found)] == expected


def test_gradients_that_do_not_depend_on_the_primals_have_no_tangent():
    x, y = tf.constant(2.0), tf.constant(3.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            out = x * y + x
        of_x, of_y = tape.gradient(out, [x, y])
    assert [None if each is None else float(each) for each in acc.jvp([of_x, of_y])] == [None, 1.0]
