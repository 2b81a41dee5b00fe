"""oneDNN's convolutions against XLA's, and which programs have them."""

import collections
import concurrent.futures
import os
import subprocess
import sys
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import addax as tf
from addax.core.primitives import lowering_a_loop
from addax.ops import native_convolution, onednn
from addax.ops.correlation import _xla, correlate
from addax.ops.native_convolution import of_windows
from tests.ops.test_correlation import CASES, made

pytestmark = pytest.mark.skipif(not onednn.available(), reason="oneDNN is not installed")

FAR = np.float32(2e-6)


@pytest.fixture
def everything(monkeypatch):
    """Small convolutions too."""
    for name in ("_LEAST_WORK", "_LEAST_WORK_XLA_DOES_WELL", "_LEAST_WORK_OF_LINES", "_LEAST_WORK_BETWEEN_STEPS"):
        monkeypatch.setattr(native_convolution, name, 0)


def _far(found, exact):
    return np.abs(np.asarray(found) - np.asarray(exact)).max() / np.abs(np.asarray(exact)).max()


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    x, filters, w = made(name)
    exact, back = jax.vjp(lambda x, f: _xla(x, f, w), x, filters)
    change = jnp.asarray(np.random.default_rng(2).normal(size=exact.shape))
    small = [each.astype("float32") for each in (x, filters, change)]

    def computed(kind, a, b):
        given = of_windows(kind, x.shape, filters.shape, w)
        return jax.jit(lambda a, b: onednn.convolve(given, a, b))(a, b)

    assert _far(computed(onednn.FORWARD, small[0], small[1]), exact) < FAR
    for kind, wanted, operands in zip(
        (onednn.INPUT, onednn.FILTERS), back(change), ((small[2], small[1]), (small[0], small[2])), strict=True
    ):
        assert _far(computed(kind, *operands), wanted) < FAR


@pytest.mark.parametrize("name", ["picture", "groups", "volume", "line, strided", "depthwise", "strided, even"])
def test_gradients_of_gradients_and_batches(everything, name):
    x, filters, w = made(name)

    def twice(convolution):
        def loss(x, filters):
            return jnp.sum(jnp.sin(convolution(x, filters, w)))

        return jax.grad(lambda x, filters: jnp.sum(jax.grad(loss)(x, filters) ** 3), (0, 1))

    exact = twice(_xla)(x, filters)
    small = x.astype("float32"), filters.astype("float32")
    program = jax.jit(twice(correlate))
    assert "addax_onednn" in program.lower(*small).as_text()
    for found, wanted in zip(program(*small), exact, strict=True):
        assert _far(found, wanted) < 1e-4
    several = jax.vmap(lambda x, f: correlate(x, f, w), (0, None))(jnp.stack([small[0]] * 2), small[1])
    assert _far(several[1], _xla(x, filters, w)) < FAR


def _program():
    x, filters = jnp.ones((4, 16, 16, 16, 16), jnp.float32), jnp.ones((3, 3, 3, 16, 32), jnp.float32)
    return jax.jit(lambda x, f: tf.nn.conv3d(x, f, [1] * 5, "SAME")), x, filters


def test_programs_of_this_process_have_it_and_those_that_are_written_down_do_not():
    program, x, filters = _program()
    assert "addax_onednn" in program.lower(x, filters).as_text()
    exported = jax.export.export(program)(x, filters)
    assert "addax_onednn" not in exported.mlir_module()
    assert _far(exported.call(x, filters), program(x, filters)) < FAR


def test_lines_have_it_in_loops_and_where_they_are_large():
    def lowered(batch):
        x, filters = jnp.ones((batch, 64, 32), jnp.float32), jnp.ones((3, 32, 32), jnp.float32)
        program = jax.jit(lambda x, f: jax.grad(lambda f: jnp.sum(tf.nn.conv1d(x, f, 1, "SAME") ** 2))(f))
        return program.lower(x, filters).as_text()

    assert "addax_onednn" not in lowered(32) and "addax_onednn" in lowered(512)
    with lowering_a_loop:
        assert "addax_onednn" in lowered(32)


def test_programs_that_are_divided_among_devices_do_not_have_it():
    code = """
import jax, jax.numpy as jnp, numpy as np, addax as tf
mesh = jax.sharding.Mesh(np.array(jax.devices()), "d")
rows = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("d"))
x = jax.device_put(jnp.ones((4, 8, 16, 16, 16)), rows)
f = jnp.ones((3, 3, 3, 16, 32))
program = jax.jit(jax.grad(lambda f, x: jnp.sum(tf.nn.conv3d(x, f, [1] * 5, "SAME") ** 2)))
assert "addax_onednn" not in program.lower(f, x).as_text()
one = jax.jit(jax.grad(lambda f, x: jnp.sum(tf.nn.conv3d(x, f, [1] * 5, "SAME") ** 2)))
np.testing.assert_allclose(program(f, x), one(f, jnp.ones(x.shape)), rtol=1e-4)
"""
    several = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | several, timeout=300)


def test_it_can_be_turned_off():
    code = "from addax.ops import onednn; assert not onednn.available()"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0"})


def test_programs_that_run_in_the_main_thread_do_not_have_it():
    code = """
import jax
jax.config.update("jax_cpu_enable_async_dispatch", False)
from addax.ops import onednn
assert not onednn.available()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_the_main_thread_computes_nothing(monkeypatch):  # an interrupt there would leave a result half made
    ran, run = [], onednn._Ready.run
    monkeypatch.setattr(
        onednn._Ready, "run", lambda self, given: (ran.append(threading.current_thread()), run(self, given))
    )
    x, filters = tf.random.normal((16, 32, 32, 32)), tf.Variable(tf.random.normal((3, 3, 32, 32)))
    with tf.GradientTape() as tape:
        y = tf.nn.conv2d(x, filters, 1, "SAME")
    tape.gradient(y, filters).numpy()
    tf.function(lambda x: tf.nn.conv2d(x, filters, 1, "SAME"))(x).numpy()
    assert len(ran) == 3 and threading.main_thread() not in ran


def test_an_error_inside_reaches_the_caller(monkeypatch):
    monkeypatch.setattr(onednn, "_Ready", lambda library, given: 1 / 0)
    given = onednn.Convolution(onednn.FORWARD, (1, 5, 4, 3), (2, 1, 3, 7), (1, 1), (1, 1), (0, 0), (4, 4))
    with pytest.raises(jax.errors.JaxRuntimeError, match="ZeroDivisionError"):
        jax.block_until_ready(onednn.convolve(given, jnp.ones((1, 5, 4, 3)), jnp.ones((2, 1, 3, 7))))


def test_what_the_library_refuses_is_an_error():
    given = onednn.Convolution(onednn.FORWARD, (1, 5, 4, 3), (2, 1, 3, 7), (1, 1), (1, 1), (0, 0), (9, 4))
    with pytest.raises(RuntimeError, match="convolution_forward_primitive_desc_create failed with status"):
        onednn._Ready(onednn._library(), given._replace(before=(-3, 0)))


def test_threads_and_forgotten_programs(monkeypatch):
    monkeypatch.setattr(onednn, "_MOST", 2)
    monkeypatch.setattr(onednn, "_ready", collections.OrderedDict())
    rng = np.random.default_rng(3)
    filters = jnp.asarray(rng.normal(size=(3, 3, 4, 5)), jnp.float32)

    def one(size):
        x = jnp.asarray(rng.normal(size=(2, size, size, 4)), jnp.float32)
        given = onednn.Convolution(onednn.FORWARD, x.shape, filters.shape, (1, 1), (1, 1), (0, 0), (size - 2, size - 2))
        exact = jax.lax.conv_general_dilated(x, filters, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return _far(onednn.convolve(given, x, filters), exact)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert max(pool.map(one, [5, 6, 7, 8, 9] * 4)) < FAR
    assert len(onednn._ready) <= 2


@pytest.mark.parametrize("kind", [onednn.FORWARD, onednn.INPUT, onednn.FILTERS])
def test_one_thread_runs_what_another_made(kind):  # the library's own working memory would be the other's
    given = onednn.Convolution(kind, (8, 128, 128, 3), (16, 16, 3, 192), (16, 16), (1, 1), (0, 0), (8, 8))
    x, filters, change = ((8, 128, 128, 3), (16, 16, 3, 192), (8, 8, 8, 192))
    shapes = {onednn.FORWARD: (x, filters), onednn.INPUT: (change, filters), onednn.FILTERS: (x, change)}[kind]
    rng = np.random.default_rng(5)
    a, b = (rng.normal(size=shape).astype("float32") for shape in shapes)
    found = [np.full(given.result, np.nan, "float32") for _ in range(3)]

    def run(out):
        onednn._run(given.to_text(), [a.ctypes.data, b.ctypes.data], [out.ctypes.data])

    for out in found:
        thread = threading.Thread(target=run, args=(out,))
        thread.start()
        thread.join()
    exact = jax.jit(lambda a, b: onednn.convolve(given, a, b))(a, b)
    for out in found:
        np.testing.assert_array_equal(out, exact)
