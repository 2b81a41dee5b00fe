"""Chunks of steps: whatever their length and whoever looks, the same bits."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.training.loop import Cursor, Pace, Pass, plain_logs, to_floats

ROWS, BATCH = 70, 8  # eight full batches and one of six
rng = np.random.default_rng(0)
X = rng.normal(size=(ROWS, 6)).astype("float32")
Y = (X[:, :1] * X[:, 1:2] > 0).astype("float32")


def make(steps_per_execution=None, run_eagerly=None, seed=3):
    """A small model with everything that has state: dropout, batch norm, slots, metrics."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([
        keras.layers.Dense(8, activation="relu", input_shape=(6,)),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.4),
        keras.layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    model.compile(
        "adam", "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(num_thresholds=20, name="auc")],
        steps_per_execution=steps_per_execution, run_eagerly=run_eagerly,
    )  # fmt: skip
    return model


class Batches(keras.callbacks.Callback):
    """Reads the logs of every batch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((batch, dict(logs)))


def trained(model, callbacks=(), **options):
    options = {"epochs": 3, "batch_size": BATCH, "verbose": 0, "validation_data": (X[:20], Y[:20]), **options}
    history = model.fit(X, Y, callbacks=list(callbacks), **options).history
    return history, [weight.numpy() for weight in [*model.weights, *model.optimizer.variables]]


pytestmark = pytest.mark.xdist_group("chunks")  # what the fixture makes is made once


@pytest.fixture(scope="module")
def plain():
    return trained(make())


@pytest.mark.parametrize("listening", [False, True], ids=["nobody looks", "a callback looks"])
@pytest.mark.parametrize("steps", [1, 2, 7, 1000, "auto"])
def test_the_length_of_chunks_changes_no_bit(plain, steps, listening):
    callbacks = [Batches()] if listening else []
    history, weights = trained(make(steps), callbacks)
    assert history == plain[0]
    for mine, theirs in zip(weights, plain[1], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    if listening:
        # The bound on the right of a chunk is what a callback sees, as in Keras.
        per_epoch = [batch for batch, _ in callbacks[0].seen]
        assert per_epoch[-1] == 8 and per_epoch.count(8) == 3


def test_logs_of_every_batch_do_not_depend_on_who_else_listens():
    alone, together = Batches(), Batches()
    trained(make(), [alone])
    trained(make(), [together, keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: None)])
    assert alone.seen == together.seen
    assert [batch for batch, _ in alone.seen] == list(range(9)) * 3


def test_eager_steps_agree_with_compiled_ones():
    options = {"epochs": 1, "batch_size": 16, "validation_data": (X[:8], Y[:8])}
    expected, theirs = trained(make(), **options)
    history, mine = trained(make(run_eagerly=True), **options)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=2e-4, atol=2e-5)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-4)


def test_functions_run_eagerly_reaches_fit():
    calls = []

    class Watched(keras.layers.Layer):
        def call(self, inputs):
            calls.append(tf.executing_eagerly())
            return inputs

    tf.config.run_functions_eagerly(True)
    try:
        model = keras.Sequential([keras.layers.Dense(1, input_shape=(6,)), Watched()])
        model.compile("sgd", "mse")
        calls.clear()
        model.fit(X[:16], Y[:16], batch_size=8, verbose=0)
    finally:
        tf.config.run_functions_eagerly(False)
    assert calls == [True, True]


# ---------------------------------------------------------------------------- last batches, against NumPy


def linear(loss="mse", **options):
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", input_shape=(2,))])
    model.compile(keras.optimizers.SGD(0.1), loss, **options)
    return model


def numpy_sgd(x, y, weights, batch, epochs=1, rate=0.1):
    """Linear regression by hand: (kernel, mean loss of each epoch weighted by rows)."""
    w, losses = np.ones((2, 1)), []
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(x), batch):
            a, b, c = (part[start : start + batch].astype("float64") for part in (x, y, weights))
            error = a @ w - b
            total += (c * (error**2).mean(-1)).sum()
            w = w - rate * 2 * (a * (c[:, None] * error)).sum(0)[:, None] / len(a)
        losses.append(total / len(x))
    return w, losses


@pytest.mark.parametrize("rows", [5, 16, 17, 23])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_last_smaller_batch_is_exact(rows, weighted):
    x, y = X[:rows, :2], Y[:rows]
    weights = np.arange(rows, dtype="float32") % 3 if weighted else np.ones(rows, "float32")
    model = linear()
    history = model.fit(
        x, y, batch_size=8, epochs=2, shuffle=False, verbose=0, sample_weight=weights if weighted else None
    )
    kernel, losses = numpy_sgd(x, y, weights, 8, epochs=2)
    np.testing.assert_allclose(model.weights[0].numpy(), kernel, rtol=1e-5)
    np.testing.assert_allclose(history.history["loss"], losses, rtol=1e-5)
    error = x.astype("float64") @ kernel - y
    evaluated = model.evaluate(x, y, batch_size=7, verbose=0, sample_weight=weights if weighted else None)
    np.testing.assert_allclose(evaluated, (weights * (error**2).mean(-1)).mean(), rtol=1e-5)
    np.testing.assert_allclose(model.predict(x, batch_size=4, verbose=0), x @ kernel, rtol=1e-5, atol=1e-6)


def test_each_shape_is_compiled_once():
    model, traces = linear(), []
    plain_step = model.train_step
    model.train_step = lambda data: traces.append(data[0].shape[0]) or plain_step(data)
    model.fit(X[:, :2], Y, batch_size=8, epochs=4, verbose=0)
    model.fit(X[:, :2], Y, batch_size=8, epochs=2, verbose=0)
    assert sorted(set(traces)) == [6, 8]
    assert len(traces) <= 4  # a step may be traced twice if it made variables


# ---------------------------------------------------------------------------- equal data of different kinds


def as_dataset(*parts, batch=BATCH):
    return tf.data.Dataset.from_tensor_slices(parts).batch(batch)


def as_generator(*parts, batch=BATCH):
    for start in range(0, len(parts[0]), batch):
        yield tuple(part[start : start + batch] for part in parts)


class Slices(keras.utils.Sequence):
    """The rows as a Sequence."""

    def __init__(self, *parts, batch=BATCH):
        self.parts, self.batch, self.ends = parts, batch, 0

    def __len__(self):
        return -(-len(self.parts[0]) // self.batch)

    def __getitem__(self, index):
        return tuple(part[index * self.batch : (index + 1) * self.batch] for part in self.parts)

    def on_epoch_end(self):
        self.ends += 1


def endless(*parts):
    while True:
        yield from as_generator(*parts)


SOURCES = {
    "dataset": lambda *parts: (as_dataset(*parts), {}),
    "streamed dataset": lambda *parts: (
        tf.data.Dataset.from_generator(
            lambda: as_generator(*parts),
            output_signature=tuple(tf.TensorSpec((None, *p.shape[1:]), p.dtype) for p in parts),
        ),
        {},
    ),
    "generator": lambda *parts: (endless(*parts), {"steps_per_epoch": 9}),
    "sequence": lambda *parts: (Slices(*parts), {"shuffle": False}),
    "threads": lambda *parts: (Slices(*parts), {"shuffle": False, "workers": 3}),
    "tensors": lambda *parts: (None, {}),
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_equal_data_of_any_kind_gives_the_same_bits(kind, weighted):
    weights = (np.arange(ROWS) % 4).astype("float32")
    parts = (X, Y, weights) if weighted else (X, Y)
    reference = make()
    expected = reference.fit(*parts[:2], sample_weight=weights if weighted else None, batch_size=BATCH, epochs=2,
                             shuffle=False, verbose=0).history  # fmt: skip
    other = make()
    source, options = SOURCES[kind](*parts)
    if kind == "tensors":
        found = other.fit(tf.constant(X), tf.constant(Y), sample_weight=tf.constant(weights) if weighted else None,
                          batch_size=BATCH, epochs=2, shuffle=False, verbose=0).history  # fmt: skip
    else:
        found = other.fit(source, epochs=2, verbose=0, **options).history
    assert found == expected
    for mine, theirs in zip(other.weights, reference.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())


# ---------------------------------------------------------------------------- small parts


def test_pace():
    fixed = Pace(7)
    fixed.note(7, 100.0)
    assert fixed.size() == 7
    pace = Pace(None)
    assert pace.size() == 1  # the first one compiles
    pace.note(1, 3.0)
    assert pace.size() == 8 and pace.seconds is None
    pace.note(8, 0.008)
    assert pace.size() == 80
    pace.note(80, 80 * 0.003)
    assert pace.size() == 40  # the mean of 1 and 3 ms
    slow = Pace(None)
    slow.note(1, 0.0)
    slow.note(8, 8.0)
    assert slow.size() == 1


def test_logs_as_numbers():
    logs = {"loss": tf.constant(0.5), "nested": {"a": tf.constant(1)}, "vector": tf.constant([1.0, 2.0])}
    found = to_floats(logs)
    assert found["loss"] == 0.5 and type(found["loss"]) is float and found["a"] == 1
    np.testing.assert_array_equal(found["vector"], [1.0, 2.0])
    read = plain_logs({"v": tf.Variable(2.0), "list": [tf.Variable(3.0)]})
    assert isinstance(read["v"], tf.Tensor) and float(read["list"][0]) == 3.0


def test_a_cursor_limits_the_passes():
    from addax.keras.training.data import rows_of

    model, steps = linear(), []
    rows = rows_of(X[:20, :2], Y[:20], None, 8, False, "fit")
    cursor = Cursor(2)
    this_pass = Pass(model, "train", lambda step: 3, lambda step: None, lambda s, r: steps.append(s))
    assert this_pass.run_rows(rows, 100, cursor) == 6
    assert cursor.passes == 2
    assert steps == [0, 1, 2, 4, 5]  # the first step alone (it compiles), never across the end of a pass


# ---------------------------------------------------------------------------- what cannot be compiled


def test_steps_that_cannot_be_compiled_run_eagerly_with_one_warning():
    class Host(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs) * float(tf.reduce_max(inputs).numpy() > 0)

    model = Host()
    model.compile("sgd", "mse", metrics=["mae"])
    with pytest.warns(UserWarning, match="runs eagerly") as seen:
        model.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    assert len([w for w in seen if "runs eagerly" in str(w.message)]) == 1
    with pytest.warns(UserWarning, match="predict step runs eagerly"):
        outputs = model.predict(X, batch_size=16, verbose=0)
    np.testing.assert_allclose(outputs, X @ model.dense.kernel.numpy() + model.dense.bias.numpy(), rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------------------- a given steps_per_execution


class Hooks(keras.callbacks.Callback):
    """Notes the batch hooks of training and of predictions."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_begin(self, batch, logs=None):
        self.seen.append(batch)

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.seen.append((batch, np.shape(logs["outputs"])))


@pytest.mark.parametrize("kind", ["arrays", "dataset", "generator"])
def test_steps_per_execution_counts_smaller_batches_too(kind):
    model = linear(steps_per_execution=4)
    x, y, hooks = np.ones((22, 2), "float32"), np.ones((22, 1), "float32"), Hooks()

    def batches(*parts):
        for start in range(0, 22, 4):
            yield tuple(part[start : start + 4] for part in parts)

    def data(*parts):
        if kind == "arrays":
            return {"x": parts[0], "y": parts[1] if len(parts) > 1 else None, "batch_size": 4}
        if kind == "dataset":
            return {"x": tf.data.Dataset.from_tensor_slices(parts).map(lambda *each: each).batch(4)}
        return {"x": batches(*parts)}

    steps = {"steps_per_epoch": 6} if kind == "generator" else {}
    model.fit(**data(x, y), **steps, verbose=0, callbacks=[hooks])
    assert hooks.seen == [0, 3, 4, 5]
    hooks.seen.clear()
    found = model.predict(**{key: value for key, value in data(x).items() if key != "y"}, callbacks=[hooks], verbose=0)
    assert found.shape == (22, 1) and hooks.seen == [(3, (16, 1)), (5, (6, 1))]


def test_hooks_come_before_data_is_read():
    hooks = Hooks()
    x = np.ones((6, 2), "float32")
    batches = ((x[:3], x[:3, :1]) for _ in range(3))
    with pytest.warns(UserWarning, match="ran out of data after 1 of 2 steps"):
        linear().fit(batches, steps_per_epoch=2, epochs=4, verbose=0, callbacks=[hooks])
    assert hooks.seen == [0, 0, 1, 1, 0, 0, 1]  # the last one was waited for, in vain


@pytest.mark.parametrize("kind", ["known shapes", "built by the data", "subclass"])
def test_a_step_is_traced_once_for_each_shape(kind):
    calls = []

    class Counted(keras.layers.Dense):
        def call(self, inputs):
            calls.append(inputs.shape[0])
            return super().call(inputs)

    class Subclass(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [keras.layers.Dense(4), Counted(1)]

        def call(self, inputs):
            return self.parts[1](self.parts[0](inputs))

    layers = [keras.layers.Dense(4), Counted(1)]
    if kind == "subclass":
        model = Subclass()
    else:
        model = keras.Sequential([keras.Input((6,)), *layers] if kind == "known shapes" else layers)
    model.compile("adam", "mse", metrics=["mae"])
    calls.clear()
    model.fit(X, Y, batch_size=BATCH, epochs=2, verbose=0)
    assert [size for size in calls if size in (BATCH, ROWS % BATCH)] == [BATCH, ROWS % BATCH]
