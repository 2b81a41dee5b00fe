"""Forward passes that are computed with their gradient: the same numbers, whoever looks at them when."""

import gc
import threading
import weakref

import numpy as np
import pytest

import addax as tf
from addax.core import deferral
from addax.core.ways import forest


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Structures are learned when they come a second time."""
    monkeypatch.setattr(deferral, "AFTER", 1)
    forest.forget()
    yield
    forest.forget()


@pytest.fixture
def put_off(monkeypatch):
    """How many ops were put off, and how often they had to be computed before the gradient."""
    counts = {"ops": 0, "computed": 0}
    call, compute = deferral.Deferral.call, deferral.Deferral.compute

    def counted(self, *args):
        result = call(self, *args)
        counts["ops"] += result is not None
        return result

    def looked_at(self):
        counts["computed"] += bool(self.later)
        compute(self)

    monkeypatch.setattr(deferral.Deferral, "call", counted)
    monkeypatch.setattr(deferral.Deferral, "compute", looked_at)
    return counts


X = np.linspace(-1.0, 1.0, 12, dtype=np.float32).reshape(4, 3)
Y = np.linspace(0.0, 1.0, 4, dtype=np.float32).reshape(4, 1)


def linear(w, b, x, y):
    with tf.GradientTape() as tape:
        p = tf.matmul(x, w) + b
        loss = tf.reduce_mean(tf.square(y - p))
    return loss, p, tape.gradient(loss, [w, b])


def variables():
    return tf.Variable([[0.1], [-0.2], [0.3]]), tf.Variable([0.5])


def expected(w, b):
    p = X @ w + b
    error = p - Y
    return np.mean(error**2), p, [X.T @ error * 2 / 4, error.sum(0) * 2 / 4]


def test_a_repeated_step_is_put_off_and_gives_the_same_numbers(put_off):
    w, b = variables()
    x, y = tf.constant(X), tf.constant(Y)
    for step in range(6):
        loss, p, (dw, db) = linear(w, b, x, y)
        wanted = expected(w.numpy(), b.numpy())
        np.testing.assert_allclose(loss.numpy(), wanted[0], rtol=1e-5)
        np.testing.assert_allclose(p.numpy(), wanted[1], rtol=1e-5)
        np.testing.assert_allclose(dw.numpy(), wanted[2][0], rtol=1e-4)
        np.testing.assert_allclose(db.numpy(), wanted[2][1], rtol=1e-4)
        w.assign_sub(0.1 * dw)
        b.assign_sub(0.1 * db)
        assert put_off["ops"] == 5 * max(0, step - 1)
    assert put_off["computed"] == 0


@pytest.mark.parametrize("look", ["numpy", "float", "repr", "format", "op", "array", "bool", "dlpack"])
def test_a_value_that_is_read_before_the_gradient_is_there(put_off, look):
    def read(x):
        return {
            "numpy": lambda: x.numpy(),
            "float": lambda: float(x),
            "repr": lambda: float(repr(x).split("numpy=")[1].rstrip(">")),
            "format": lambda: float(f"{x}"),
            "op": lambda: tf.stop_gradient(x).numpy(),
            "array": lambda: np.asarray(x),
            "bool": lambda: x.numpy() if x > 0 else None,
            "dlpack": lambda: np.from_dlpack(x),
        }[look]()

    w, b = variables()
    for step in range(12):
        with tf.GradientTape() as tape:
            p = tf.matmul(tf.constant(X), w) + b
            loss = tf.reduce_mean(tf.square(Y - p))
            seen = None if step < 3 else read(loss)
        dw, db = tape.gradient(loss, [w, b])
        wanted = expected(w.numpy(), b.numpy())
        if seen is not None:
            np.testing.assert_allclose(seen, wanted[0], rtol=1e-4)
        np.testing.assert_allclose(dw.numpy(), wanted[2][0], rtol=1e-4)
        np.testing.assert_allclose(db.numpy(), wanted[2][1], rtol=1e-4)


def test_a_path_that_is_read_every_time_is_given_up(put_off):
    w = tf.Variable([1.0, 2.0])
    for _ in range(40):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(w))
        assert loss.numpy() == 5.0  # after the tape, before the gradient
        assert tape.gradient(loss, w).numpy().tolist() == [2.0, 4.0]
    assert put_off["computed"] <= 4


def test_shapes_and_dtypes_are_known_without_a_value(put_off):
    w = tf.Variable(X)
    for _ in range(5):
        with tf.GradientTape() as tape:
            y = tf.square(w)
            assert y.shape == (4, 3) and y.dtype == tf.float32 and y.ndim == 2 and len(y) == 4
            loss = tf.reduce_sum(y) / float(y.shape[0])
        np.testing.assert_allclose(tape.gradient(loss, w).numpy(), 2 * X / 4, rtol=1e-6)
    assert put_off["computed"] == 0 and put_off["ops"] == 9


def test_other_shapes_and_other_programs_run_at_once():
    w = tf.Variable(2.0)
    for n in [3, 3, 3, 4, 3, 5, 3]:
        x = tf.range(n, dtype=tf.float32)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(x * w) if n != 5 else tf.reduce_sum(tf.square(x * w))
        total = sum(range(n)) if n != 5 else 2 * 2 * sum(i * i for i in range(n))
        assert tape.gradient(loss, w).numpy() == total


def test_the_values_are_those_of_the_time_of_the_op():
    w = tf.Variable(3.0)
    for _ in range(6):
        w.assign(3.0)
        with tf.GradientTape() as tape:
            y = w * w
            w.assign(100.0)
            z = y + w
        assert tape.gradient(z, w).numpy() == 7.0
        assert z.numpy() == 109.0 and y.numpy() == 9.0


def test_sources_in_the_middle_targets_twice_and_seeds():
    w = tf.Variable([1.0, 2.0])
    for _ in range(5):
        with tf.GradientTape() as tape:
            y = w * 3.0
            z = tf.square(y)
        dy, dw = tape.gradient([z, y], [y, w], output_gradients=[tf.constant([1.0, 10.0]), None])
        assert dy.numpy().tolist() == [7.0, 121.0] and dw.numpy().tolist() == [21.0, 363.0]


def test_unconnected_and_none():
    w, v = tf.Variable(1.0), tf.Variable(2.0)
    for _ in range(5):
        with tf.GradientTape() as tape:
            z = tf.floor(w) + v * v + tf.stop_gradient(w)
        assert tape.gradient(z, [w, v])[0] is None
        with tf.GradientTape() as tape:
            z = w * 2.0
        grads = tape.gradient(z, [w, v], unconnected_gradients="zero")
        assert [g.numpy() for g in grads] == [2.0, 0.0]


def test_embeddings_give_slices():
    table = tf.Variable(np.arange(8, dtype=np.float32).reshape(4, 2))
    for _ in range(5):
        with tf.GradientTape() as tape:
            rows = tf.gather(table, [1, 1, 3])
            loss = tf.reduce_sum(rows * rows)
        grad = tape.gradient(loss, table)
        assert isinstance(grad, tf.IndexedSlices) and grad.indices.numpy().tolist() == [1, 1, 3]
        np.testing.assert_allclose(grad.values.numpy(), 2 * table.numpy()[[1, 1, 3]])


def test_persistent_and_nested_tapes_and_jacobians():
    w = tf.Variable([1.0, 2.0])
    for _ in range(5):
        with tf.GradientTape(persistent=True) as tape:
            y = tf.square(w)
        assert tape.gradient(y, w).numpy().tolist() == [2.0, 4.0]
        assert tape.gradient(y, w).numpy().tolist() == [2.0, 4.0]
        with tf.GradientTape() as tape:
            y = tf.square(w)
        assert tape.jacobian(y, w).numpy().tolist() == [[2.0, 0.0], [0.0, 4.0]]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                y = w * w * w
            first = inner.gradient(y, w)
        assert outer.gradient(first, w).numpy().tolist() == [6.0, 12.0]


def test_a_gradient_that_an_outer_tape_records():
    w = tf.Variable(2.0)
    for _ in range(5):
        with tf.GradientTape() as inner:
            y = w * w * w
        with tf.GradientTape() as outer:
            outer.watch(w)
            first = inner.gradient(y, w)
        assert first.numpy() == 12.0
        assert outer.gradient(first, w).numpy() == 8.0  # of 2 w w + y, where y comes from outside


def test_stopped_reset_and_used_again():
    w = tf.Variable(2.0)
    tape = tf.GradientTape()
    for _ in range(5):
        with tape:
            y = w * w
            with tape.stop_recording():
                z = y * y
            assert z.numpy() == 16.0
            u = y * 3.0
        assert tape.gradient(u, w).numpy() == 12.0
        with tape:
            lost = w * w
            tape.reset()
            y = w * 5.0
        assert tape.gradient(y, w).numpy() == 5.0 and lost.numpy() == 4.0


def test_a_value_that_nobody_asks_for_is_not_kept():
    w = tf.Variable(np.ones(10, np.float32))
    for _ in range(4):
        with tf.GradientTape() as tape:
            hidden = tf.square(w)
            loss = tf.reduce_sum(hidden)
            dead = weakref.ref(hidden)
            del hidden
        tape.gradient(loss, w)
        del tape
        assert dead() is None
    gc.collect()
    with tf.GradientTape() as tape:
        kept = [tf.square(w)]
        loss = tf.reduce_sum(kept[0])
    assert tape.gradient(loss, w).numpy().tolist() == [2.0] * 10
    assert kept[0].numpy().tolist() == [1.0] * 10


def test_values_without_a_gradient_and_after_an_error():
    w = tf.Variable(2.0)
    for _ in range(4):
        with tf.GradientTape() as tape:
            y = w * w
        assert tape.gradient(y, w).numpy() == 4.0
    with pytest.raises(ZeroDivisionError), tf.GradientTape():
        y = w * w
        raise ZeroDivisionError
    assert y.numpy() == 4.0
    with tf.GradientTape():
        y = w * w
    assert (y + 1.0).numpy() == 5.0


def test_errors_come_where_the_op_is():
    w = tf.Variable([1.0, 2.0])
    for _ in range(4):
        with tf.GradientTape() as tape:
            y = tf.square(w) + tf.constant([1.0, 1.0])
        tape.gradient(y, w)
    with tf.GradientTape() as tape, pytest.raises(tf.errors.InvalidArgumentError):
        y = tf.square(w) + tf.constant([1.0, 1.0, 1.0])
    with tf.GradientTape() as tape, pytest.raises((tf.errors.InvalidArgumentError, TypeError)):
        y = tf.square(w) + tf.constant([1, 1])


def test_other_threads_may_read():
    w = tf.Variable(2.0)
    for _ in range(4):
        with tf.GradientTape() as tape:
            y = w * w
        tape.gradient(y, w)
    with tf.GradientTape() as tape:
        y = w * w
        seen = []
        threads = [threading.Thread(target=lambda: seen.append(float(y))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [4.0] * 4 and tape.gradient(y, w).numpy() == 4.0


def test_devices_and_checks_inside_the_tape(put_off):
    w = tf.Variable(2.0)
    for _ in range(6):
        with tf.GradientTape() as tape, tf.device("/CPU:0"):
            y = w * w
        assert tape.gradient(y, w).numpy() == 4.0
    done = put_off["ops"]
    with tf.GradientTape():
        tf.debugging.enable_check_numerics()
        try:
            with pytest.raises(tf.errors.InvalidArgumentError):
                tf.math.log(w * 0.0 - 1.0)
        finally:
            tf.debugging.disable_check_numerics()
    assert put_off["ops"] == done


def test_half_precision_and_control_flow_run_at_once(put_off):
    w = tf.Variable(tf.constant([1.0, 2.0], tf.bfloat16))
    for _ in range(4):
        with tf.GradientTape() as tape:
            y = tf.square(w)
        tape.gradient(y, w)
    assert put_off["ops"] == 0


def test_a_keras_model_trains_in_a_loop_of_its_own():
    def losses(after):
        deferral.AFTER = after
        tf.keras.utils.set_random_seed(3)
        model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(2)])
        optimizer = tf.keras.optimizers.Adam(0.05)
        found = []
        for _ in range(6):
            with tf.GradientTape() as tape:
                out = model(tf.constant(X), training=True)
                loss = tf.reduce_mean(
                    tf.keras.losses.sparse_categorical_crossentropy([0, 1, 1, 0], out, from_logits=True)
                )
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables, strict=True))
            found.append(loss.numpy())
        return found

    np.testing.assert_allclose(losses(1), losses(10**9), rtol=1e-5)


def test_slices_rows_and_arrays_of_numpy(put_off):
    w = tf.Variable(X)
    for step in range(6):
        given = np.full((4, 2), float(step), np.float32)
        with tf.GradientTape() as tape:
            y = tf.square(w)
            part = y[:, 1:] * given
            given[:] = 100.0  # what was read stays read
            loss = tf.reduce_sum(part) + tf.reduce_sum(y[0]) + y[1, 2]
        wanted = np.zeros_like(X)
        wanted[:, 1:] = 2 * X[:, 1:] * step
        wanted[0] += 2 * X[0]
        wanted[1, 2] += 2 * X[1, 2]
        np.testing.assert_allclose(tape.gradient(loss, w).numpy(), wanted, rtol=1e-5)
    assert put_off["ops"] == 8 * 4 + 4 and put_off["computed"] == 0


def test_lists_of_tensors(put_off):
    w, v = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
    for _ in range(5):
        with tf.GradientTape() as tape:
            y = tf.concat([w * 2.0, v, tf.constant([5.0])], 0)
            loss = tf.reduce_sum(tf.stack([y, y * y]))
        dw, dv = tape.gradient(loss, [w, v])
        assert dw.numpy().tolist() == [10.0, 18.0] and dv.numpy().tolist() == [7.0]
    assert put_off["ops"] == 5 * 3 and put_off["computed"] == 0
    for count in (1, 2, 3, 2, 2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.concat([w] * count, 0))
        assert tape.gradient(loss, w).numpy().tolist() == [count, count]
