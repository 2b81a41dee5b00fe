"""Programs without Python: written, read, run."""

import numpy as np
import pytest

import addax as tf
from addax.core.exported import read_program, write_program
from addax.core.sizes import SizesTensor
from addax.core.tensor import NotCompilable
from addax.core.trace import reachable
from addax.formats.errors import CorruptFileError, UnsafeFileError


def there_and_back(function, *specs):
    program = write_program(function, specs, reachable(function), "f")
    return program, read_program(program.to_bytes(), "file", "f")


OPEN = {
    "flatten": (lambda x: tf.reshape(x, [tf.shape(x)[0], -1]), (None, 3, 2)),
    "rows": (lambda x: tf.reshape(x, [-1, 2]), (None, 3, 2)),
    "calculated": (lambda x: tf.reshape(x, [tf.shape(x)[0] * 3, 2]) + 1.0, (None, 3, 2)),
    "zeros": (lambda x: tf.concat([x, tf.zeros([tf.shape(x)[0], 1])], 1), (None, 3)),
    "like": (lambda x: tf.zeros(tf.shape(x)) + tf.fill(tf.shape(x), 2.0), (None, 3)),
    "tile": (lambda x: tf.tile(tf.constant([[1.0, 2.0]]), [tf.shape(x)[0], 1]), (None, 3)),
    "count": (lambda x: tf.reduce_sum(x) / tf.cast(tf.shape(x)[0], tf.float32), (None, 3)),
    "positions": (lambda x: x + tf.reshape(tf.range(24.0), [8, 3])[1 : tf.shape(x)[0] + 1], (None, 3)),
    "all but one": (lambda x: x[: tf.shape(x)[0] - 1], (None, 3)),
    "rows but one": (lambda x: tf.reshape(x[:, :-1], [-1]), (None, None)),
    "rows but one, of three": (lambda x: tf.reshape(x[:, 1:], [-1]), (None, None, None)),
    "size": (lambda x: tf.cast(tf.size(x), tf.float32), (None, None)),
    "loop": (lambda x: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * 2.0), [0, x])[1], (None, 3)),
    "choice": (lambda x: tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x), (None, 3)),
}


@pytest.mark.parametrize("name", OPEN)
def test_open_dimensions(name):
    function, shape = OPEN[name]
    program, run = there_and_back(function, tf.TensorSpec(shape))
    assert program.exported.platforms == ("cpu", "cuda", "tpu")
    for batch in (1, 4):
        x = tf.constant(np.random.default_rng(0).normal(size=[size or batch for size in shape]).astype("float32"))
        np.testing.assert_allclose(run([x])[0], function(x), rtol=1e-6)


LAYERS = tf.keras.layers
MODELS = {
    "dense": ([LAYERS.Dense(3, activation="relu"), LAYERS.Dropout(0.5), LAYERS.Dense(2)], (4,)),
    "convolutions": ([LAYERS.Conv2D(2, 3), LAYERS.BatchNormalization(), LAYERS.MaxPooling2D()], (8, 8, 1)),
    "recurrent": ([LAYERS.LSTM(3)], (None, 2)),
}  # fmt: skip


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_layers(name, training):
    layers, shape = MODELS[name]
    model = tf.keras.Sequential(
        [tf.keras.Input(shape), *[type(each).from_config(each.get_config()) for each in layers]]
    )

    def call(x):
        return model(x, training=training)

    program, run = there_and_back(call, tf.TensorSpec((None, *shape)))
    x = tf.ones([3, *(size or 5 for size in shape)])
    with tf.GradientTape() as tape:
        out = run([*program.variables, x])
    grads = tape.gradient(out[0], [v for v in program.variables if v.trainable])
    assert all(grad is not None for grad in grads)
    if name != "dense" or not training:
        np.testing.assert_allclose(out[0], call(x), rtol=1e-5, atol=1e-6)
    else:
        assert program.written  # the state of random numbers


def test_two_inputs_of_one_batch():
    program, run = there_and_back(lambda x, y: x + y, tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2]))
    assert program.outputs == [tf.TensorSpec([None, 2])]
    np.testing.assert_allclose(run([tf.ones([3, 2]), tf.ones([3, 2])])[0], np.full((3, 2), 2.0))


def test_columns_that_meet_a_matrix_have_its_size():
    first, second = tf.Variable(tf.ones([4, 3])), tf.Variable(tf.ones([3, 2]))
    specs = tf.TensorSpec([None, None]), tf.TensorSpec([None, 2])
    program, run = there_and_back(lambda x, y: x @ first @ second + y, *specs)
    for rows in (1, 5):
        out = run([*program.variables, tf.ones([rows, 4]), tf.ones([rows, 2])])[0]
        np.testing.assert_allclose(out, np.full((rows, 2), 13.0))
    with pytest.raises(NotCompilable, match="give the sizes"):
        write_program(lambda x: x @ first + x @ second, [tf.TensorSpec([None, None])], [], "f")


def test_variables_are_read_and_written():
    v = tf.Variable([1.0, 2.0])

    def step(x):
        v.assign_add(x)
        return {"sum": tf.reduce_sum(v)}

    program, run = there_and_back(step, tf.TensorSpec([2]))
    assert program.variables == program.written == [v] and program.outputs == [tf.TensorSpec([])]
    total, new = run([v, tf.constant([1.0, 1.0])])
    assert float(total) == 5.0 and new.numpy().tolist() == [2.0, 3.0]
    assert v.numpy().tolist() == [1.0, 2.0]


def test_what_no_program_can():
    with pytest.raises(NotCompilable, match="strings stay in Python"):
        write_program(lambda x: x, [tf.TensorSpec([], tf.string)], [], "f")
    with pytest.raises(NotCompilable, match="unknown rank"):
        write_program(lambda x: x, [tf.TensorSpec(None)], [], "f")
    with pytest.raises(NotCompilable, match="give the sizes"):
        write_program(lambda x: x * float(np.zeros(x.shape).size), [tf.TensorSpec([None])], [], "f")
    with pytest.raises(NotCompilable, match="prints or checks"):
        write_program(lambda x: (tf.print(x), x)[1], [tf.TensorSpec([2])], [], "f")


def test_damaged_programs():
    program = write_program(lambda x: x + 1.0, [tf.TensorSpec([2])], [], "f")
    data = program.to_bytes()
    for bad in (b"", b"nothing", data[: len(data) // 2]):
        with pytest.raises(CorruptFileError, match="member 'f'"):
            read_program(bad, "file", "f")
    with pytest.raises(CorruptFileError, match="another number of inputs"):
        read_program(data, "file", "f")([])


def test_programs_that_call_out_are_refused():
    import jax
    from jax import export

    def call(values, inputs):
        return [jax.ffi.ffi_call("xla_ffi_python_cpu_callback", jax.ShapeDtypeStruct((2,), np.float32))(inputs[0])], []

    allowed = [export.DisabledSafetyCheck.custom_call("xla_ffi_python_cpu_callback")]
    made = export.export(jax.jit(call, keep_unused=True), disabled_checks=allowed)
    written = bytes(made([], [jax.ShapeDtypeStruct((2,), np.float32)]).serialize())
    with pytest.raises(UnsafeFileError, match="calls out of XLA; received 'xla_ffi_python_cpu_callback'"):
        read_program(written, "file", "f")


def test_sizes_are_tensors_too():
    sizes = SizesTensor((2, 3), np.int32)
    assert sizes.numpy().tolist() == [2, 3] and [each.sizes for each in sizes] == [2, 3]
    assert (sizes[0] * 4).sizes == 8 and (10 - sizes[1]).sizes == 7 and sizes[1:].sizes == (3,)
    assert (sizes + tf.constant([1, 1])).numpy().tolist() == [3, 4]
