"""JAX forgets the programs of shapes that do not come back; what is still in use goes on."""

import jax
import numpy as np
import pytest

import addax as tf
from addax.core import machine_memory, program_memory


@pytest.fixture
def forgotten(monkeypatch):
    """How often JAX forgot its programs, which it does after every twenty."""
    times = []
    clear = jax.clear_caches
    monkeypatch.setattr(program_memory._Kept, "most", 20)
    monkeypatch.setattr(program_memory._Kept, "count", 0)
    monkeypatch.setattr(jax, "clear_caches", lambda: (times.append(1), clear()))
    return times


def test_ops_of_ever_new_shapes(forgotten):
    weights = tf.Variable(np.arange(12.0, dtype="float32").reshape(4, 3))
    programs = jax.jit(lambda x: x * 2)  # of the user's own
    for size in range(100, 118):
        rows = np.full((size, 4), 0.5, "float32")
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(tf.constant(rows) @ weights))
        slope = tape.gradient(loss, weights)
        expected = 0.5 / 3 / (1 + np.exp(-rows[0] @ weights.numpy()))
        np.testing.assert_allclose(slope, np.broadcast_to(expected, (4, 3)), rtol=1e-5)
        np.testing.assert_array_equal(programs(rows[0]), 2 * rows[0])
    assert len(forgotten) >= 2


def test_training_goes_on(forgotten):
    def losses(between):
        tf.keras.utils.set_random_seed(3)
        model = tf.keras.Sequential([tf.keras.layers.Dense(5, activation="tanh"), tf.keras.layers.Dense(1)])
        model.compile("adam", "mse")
        x = np.linspace(-1, 1, 120, dtype="float32").reshape(30, 4)
        call = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: between(epoch))
        return model.fit(x, x[:, :1], epochs=3, verbose=0, callbacks=[call]).history["loss"]

    def many(epoch):
        for size in range(200 + 15 * epoch, 215 + 15 * epoch):
            tf.math.sin(tf.ones([size, 9]))

    alone = losses(lambda epoch: None)
    assert losses(many) == alone
    assert len(forgotten) >= 2


def test_an_eighth_of_the_memory(monkeypatch, tmp_path):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(machine_memory, "_LIMITS", (str(limit),))
    monkeypatch.setattr(machine_memory.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 8 << 20}.get)
    monkeypatch.setattr(machine_memory, "available", machine_memory.available.__wrapped__)  # asked anew each time
    assert program_memory.most_programs() == 2048  # 4 GiB of 32
    limit.write_text("max\n")
    assert program_memory.most_programs() == 2048
    limit.write_text(str(16 << 30))
    assert program_memory.most_programs() == 1024
    limit.write_text(str(1 << 30))
    assert program_memory.most_programs() == 512
