"""fit, evaluate, predict: their arguments, what they return, and what happens when something goes wrong."""

import gc
import threading

import numpy as np
import pandas as pd
import pytest

import addax as tf
from addax import keras
from addax.core import errors
from addax.core.tensor import Tracer

rng = np.random.default_rng(1)
X = rng.normal(size=(40, 3)).astype("float32")
Y = X @ np.array([[1.0], [-2.0], [0.5]], "float32") + 0.3


@pytest.fixture(autouse=True)
def fresh_warnings():
    errors.forget_warnings()


def linear(optimizer=None, loss="mse", **options):
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros", input_shape=(3,))])
    model.compile(optimizer or keras.optimizers.SGD(0.1), loss, **options)
    return model


def kernel(model):
    return model.weights[0].numpy().copy()


def no_tracers(model):
    """Neither variables nor added losses may hold what belongs to a trace that is over."""
    held = [
        *model.weights,
        *getattr(model.optimizer, "variables", []),
        *[v for m in model.metrics for v in m.variables],
    ]
    assert not [v.name for v in held if isinstance(v._value, Tracer)]
    assert not any(isinstance(getattr(loss, "_value", None), Tracer) for loss in model.losses)


class Recorder(keras.callbacks.Callback):
    """Notes each hook as it is called."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def note(self, hook, where, logs):
        self.calls.append((hook, where, sorted(logs or {})))


def _hook(name, takes_number):
    def numbered(self, number, logs=None):
        self.note(name, number, logs)

    def plain(self, logs=None):
        self.note(name, None, logs)

    return numbered if takes_number else plain


for _name in ("epoch_begin", "epoch_end", "train_batch_begin", "train_batch_end", "test_batch_begin", "test_batch_end",
              "predict_batch_begin", "predict_batch_end"):  # fmt: skip
    setattr(Recorder, f"on_{_name}", _hook(_name, True))
for _name in ("train_begin", "train_end", "test_begin", "test_end", "predict_begin", "predict_end"):
    setattr(Recorder, f"on_{_name}", _hook(_name, False))


# ---------------------------------------------------------------------------- hooks and logs


def test_every_hook_is_called_in_keras_order():
    model, seen = linear(metrics=["mae"]), Recorder()
    model.fit(X[:8], Y[:8], batch_size=4, epochs=1, validation_data=(X[:4], Y[:4]), verbose=0, callbacks=[seen])
    logs, values = ["loss", "mae"], ["loss", "mae", "val_loss", "val_mae"]
    assert seen.calls == [
        ("train_begin", None, []),
        ("epoch_begin", 0, []),
        ("train_batch_begin", 0, []), ("train_batch_end", 0, logs),
        ("train_batch_begin", 1, []), ("train_batch_end", 1, logs),
        ("test_begin", None, []), ("test_batch_begin", 0, []), ("test_batch_end", 0, logs), ("test_end", None, logs),
        ("epoch_end", 0, values),
        ("train_end", None, values),
    ]  # fmt: skip
    seen.calls.clear()
    model.predict(X[:6], batch_size=4, verbose=0, callbacks=[seen])
    assert [call[:2] for call in seen.calls] == [
        ("predict_begin", None), ("predict_batch_begin", 0), ("predict_batch_end", 0), ("predict_batch_begin", 1),
        ("predict_batch_end", 1), ("predict_end", None),
    ]  # fmt: skip
    seen.calls.clear()
    model.evaluate(X[:6], Y[:6], batch_size=4, verbose=0, callbacks=[seen])
    assert [call[0] for call in seen.calls] == ["test_begin", *["test_batch_begin", "test_batch_end"] * 2, "test_end"]


def test_history_and_params():
    model = linear(metrics=["mae"])
    history = model.fit(X, Y, epochs=5, initial_epoch=2, batch_size=10, validation_split=0.25, verbose=0)
    assert history is model.history
    assert history.epoch == [2, 3, 4]
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"]
    assert history.params == {"verbose": 0, "epochs": 5, "steps": 3}
    assert all(type(value) is float for values in history.history.values() for value in values)


@pytest.mark.parametrize(("frequency", "epochs"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4]), ([1, 5], [1, 5])])
def test_validation_freq(frequency, epochs):
    class Epochs(keras.callbacks.Callback):
        found = []

        def on_epoch_end(self, epoch, logs=None):
            if "val_loss" in logs:
                self.found.append(epoch + 1)

    seen = Epochs()
    seen.found = []
    linear().fit(X, Y, epochs=5, validation_data=(X, Y), validation_freq=frequency, verbose=0, callbacks=[seen])
    assert seen.found == epochs


def test_validation_split_is_the_end_and_is_not_trained_on():
    x, y = X.copy(), Y.copy()
    y[30:] = np.nan
    model = linear()
    history = model.fit(x, y, validation_split=0.25, verbose=0, epochs=2).history
    assert np.isfinite(kernel(model)).all() and np.isfinite(history["loss"]).all()
    assert np.isnan(history["val_loss"]).all()


def test_validation_data_with_weights_and_steps():
    model, weights = linear(), np.arange(40, dtype="float32")
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y, weights), validation_batch_size=8).history
    expected = model.evaluate(X, Y, sample_weight=weights, batch_size=5, verbose=0)
    np.testing.assert_allclose(history["val_loss"], [expected], rtol=1e-5)
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y), validation_steps=2, validation_batch_size=10).history
    np.testing.assert_allclose(history["val_loss"], [model.evaluate(X[:20], Y[:20], verbose=0)], rtol=1e-5)
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(10)
    history = model.fit(X, Y, verbose=0, validation_data=dataset, validation_steps=2).history
    np.testing.assert_allclose(history["val_loss"], [model.evaluate(X[:20], Y[:20], verbose=0)], rtol=1e-5)


# ---------------------------------------------------------------------------- steps


def test_steps_per_epoch_goes_on_in_the_data():
    rows = np.arange(12, dtype="float32").reshape(12, 1)
    seen = []

    class Spy(keras.Model):
        def train_step(self, data):
            seen.append(data[0].numpy().ravel().tolist())
            return {"loss": tf.constant(0.0)}

    model = Spy()
    model.compile("sgd", run_eagerly=True)
    dataset = tf.data.Dataset.from_tensor_slices((rows, rows)).batch(2).repeat()
    model.fit(dataset, steps_per_epoch=4, epochs=3, verbose=0)
    assert [batch[0] for batch in seen] == [0, 2, 4, 6, 8, 10, 0, 2, 4, 6, 8, 10]
    seen.clear()
    model.fit(rows, rows, batch_size=2, steps_per_epoch=4, epochs=3, shuffle=False, verbose=0)
    assert [batch[0] for batch in seen] == [0, 2, 4, 6, 8, 10, 0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize("kind", ["generator", "dataset"])
def test_data_that_ends_early_ends_training_with_one_exact_warning(kind):
    def batches():
        for start in range(0, 40, 8):
            yield X[start : start + 8], Y[start : start + 8]

    data = batches() if kind == "generator" else tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    model = linear()
    with pytest.warns(UserWarning, match=r"ran out of data after 2 of 3 steps; interrupting training") as seen:
        history = model.fit(data, steps_per_epoch=3, epochs=5, verbose=0)
    assert len(seen) == 1
    assert history.epoch == [0, 1]


def test_evaluate_on_data_that_ends_early_warns():
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    model = linear()
    expected = model.evaluate(dataset, verbose=0)
    with pytest.warns(UserWarning, match=r"ran out of data after 5 of 9 steps"):
        assert model.evaluate(dataset, steps=9, verbose=0) == expected
    with pytest.warns(UserWarning, match=r"ran out of data after 5 of 9 steps"):
        assert model.predict(dataset, steps=9, verbose=0).shape == (40, 1)


def test_a_finite_generator_without_steps_is_one_epoch():
    model = linear()
    history = model.fit(((X[i : i + 8], Y[i : i + 8]) for i in range(0, 40, 8)), verbose=0)
    assert len(history.history["loss"]) == 1
    reference = linear()
    reference.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(kernel(model), kernel(reference))


def test_a_finite_generator_ends_training_and_validation_with_a_warning_each():
    def batches():
        return ((X[i : i + 8], Y[i : i + 8]) for i in range(0, 40, 8))

    model = linear()
    with pytest.warns(errors.AddaxWarning, match="Model.fit: Your input ran out of data after 0 of 5 steps") as said:
        history = model.fit(batches(), epochs=4, verbose=0).history
    assert len(said) == 1
    assert len(history["loss"]) == 2 and history["loss"][1] == 0.0  # as Keras 2 records the epoch without data
    with pytest.warns(errors.AddaxWarning, match="Model.evaluate: Your input ran out of data") as said:
        history = model.fit(X, Y, epochs=3, verbose=0, validation_data=batches()).history
    assert len(said) == 1 and len(history["loss"]) == 3 and len(history["val_loss"]) == 1
    with pytest.raises(ValueError, match="gave no batch"):
        model.fit(iter(()), verbose=0)


def test_shuffling():
    orders = []

    class Spy(keras.Model):
        def train_step(self, data):
            orders[-1].extend(data[0].numpy().ravel().astype(int).tolist())
            return {"loss": tf.constant(0.0)}

    model = Spy()
    model.compile("sgd", run_eagerly=True)
    rows = np.arange(13, dtype="float32").reshape(-1, 1)

    def order(shuffle, epochs=1):
        orders.append([])
        model.fit(rows, rows, batch_size=4, shuffle=shuffle, epochs=epochs, verbose=0)
        return orders[-1]

    assert order(False) == list(range(13))
    tf.random.set_seed(5)
    first = order(True, epochs=2)
    assert first[:13] != first[13:] and sorted(first[:13]) == sorted(first[13:]) == list(range(13))
    tf.random.set_seed(5)
    assert order(True, epochs=2) == first
    tf.random.set_seed(0)
    batches = order("batch")
    assert sorted(batches) == list(range(13)) and batches[12] == 12
    assert all(batches[i + 1] == batches[i] + 1 for i in range(12) if i % 4 != 3)


# ---------------------------------------------------------------------------- weights


def test_class_weight_is_a_sample_weight_by_class():
    x, labels = X, (X[:, 0] > 0).astype("int32")

    def classifier():
        model = keras.Sequential([
            keras.layers.Dense(2, activation="softmax", kernel_initializer="zeros", input_shape=(3,))
        ])  # fmt: skip
        model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
        return model

    weights = np.where(labels == 1, 4.0, 0.5).astype("float32")
    by_class, by_sample, on_dataset = classifier(), classifier(), classifier()
    options = {"batch_size": 8, "shuffle": False, "epochs": 2, "verbose": 0}
    first = by_class.fit(x, labels, class_weight={0: 0.5, 1: 4.0}, **options).history
    second = by_sample.fit(x, labels, sample_weight=weights, **options).history
    dataset = tf.data.Dataset.from_tensor_slices((x, labels)).batch(8)
    third = on_dataset.fit(dataset, class_weight={0: 0.5, 1: 4.0}, epochs=2, verbose=0).history
    assert first == second == third
    np.testing.assert_array_equal(kernel(by_class), kernel(by_sample))
    np.testing.assert_array_equal(kernel(by_class), kernel(on_dataset))
    both = classifier()
    both.fit(
        x,
        np.eye(2)[labels].argmax(1),
        class_weight={0: 1.0, 1: 2.0},
        sample_weight=np.full(40, 0.5, "float32"),
        **options,
    )
    other = classifier()
    other.fit(x, labels, sample_weight=np.where(labels == 1, 1.0, 0.5).astype("float32"), **options)
    np.testing.assert_array_equal(kernel(both), kernel(other))


def test_zero_weights_leave_rows_out_of_weighted_metrics():
    weights = (np.arange(40) < 20).astype("float32")
    model = linear(metrics=["mae"], weighted_metrics=[keras.metrics.MeanAbsoluteError(name="weighted")])
    found = model.evaluate(X, Y, sample_weight=weights, return_dict=True, verbose=0)
    assert np.isclose(found["mae"], np.abs(Y).mean(), rtol=1e-5)
    assert np.isclose(found["weighted"], np.abs(Y[:20]).mean(), rtol=1e-5)
    assert np.isclose(found["loss"], (Y[:20] ** 2).sum() / 40, rtol=1e-5)


# ---------------------------------------------------------------------------- structures


def two_in_two_out():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    shared = keras.layers.Concatenate()([a, b])
    first = keras.layers.Dense(1, kernel_initializer="zeros", name="first")(shared)
    second = keras.layers.Dense(1, kernel_initializer="zeros", name="second")(shared)
    model = keras.Model([a, b], [first, second])
    model.compile(
        keras.optimizers.SGD(0.05), {"first": "mse", "second": "mae"}, loss_weights={"first": 1.0, "second": 0.2},
        metrics={"first": ["mae"]},
    )  # fmt: skip
    return model


def test_many_inputs_and_outputs_by_list_dict_and_dataset():
    x_list, x_dict = [X, 2 * X], {"a": X, "b": 2 * X}
    y_list, y_dict = [Y, -Y], {"first": Y, "second": -Y}
    w_list = [np.ones(40, "float32"), np.arange(40, dtype="float32")]
    w_dict = {"first": w_list[0], "second": w_list[1]}
    options = {"batch_size": 16, "shuffle": False, "epochs": 2, "verbose": 0}
    results = []
    for x, y, w in [
        (x_list, y_list, w_list),
        (x_dict, y_dict, w_dict),
        (x_list, y_dict, w_list),
        (tuple(x_list), y_list, w_dict),
    ]:
        model = two_in_two_out()
        results.append((model.fit(x, y, sample_weight=w, **options).history, [w.numpy() for w in model.weights]))
    model = two_in_two_out()
    dataset = tf.data.Dataset.from_tensor_slices((x_dict, y_dict, w_dict)).batch(16)
    results.append((model.fit(dataset, epochs=2, verbose=0).history, [w.numpy() for w in model.weights]))
    history, weights = results[0]
    assert list(history) == ["loss", "first_loss", "second_loss", "first_mae"]
    np.testing.assert_allclose(
        history["loss"], np.add(history["first_loss"], np.multiply(0.2, history["second_loss"])), rtol=1e-5
    )
    for other_history, other_weights in results[1:]:
        assert other_history == history
        for mine, theirs in zip(other_weights, weights, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    first, second = model.predict(x_dict, verbose=0, batch_size=7)
    assert first.shape == second.shape == (40, 1)
    values = model.evaluate(x_list, y_list, verbose=0)
    named = model.evaluate(x_list, y_list, verbose=0, return_dict=True)
    assert values == [named[name] for name in model.metrics_names]


def test_outputs_in_a_dict():
    inputs = keras.Input((3,))
    dense = keras.layers.Dense
    model = keras.Model(inputs, {"z": dense(1, name="p")(inputs), "a": dense(2, name="q")(inputs)})
    model.compile("sgd", {"z": "mse", "a": "mae"}, metrics={"a": "mse"})
    history = model.fit(X, {"z": Y, "a": np.concatenate([Y, Y], 1)}, verbose=0).history
    assert set(history) == {"loss", "p_loss", "q_loss", "q_mse"}
    found = model.predict(X, verbose=0)
    assert {name: value.shape for name, value in found.items()} == {"z": (40, 1), "a": (40, 2)}


def test_pandas():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model, reference = linear(), linear()
    options = {"shuffle": False, "verbose": 0, "batch_size": 8}
    model.fit(frame, pd.Series(Y[:, 0]), sample_weight=pd.Series(np.ones(40)), **options)
    reference.fit(X, Y, **options)
    np.testing.assert_array_equal(kernel(model), kernel(reference))
    assert model.fit(frame, pd.DataFrame(Y), validation_split=0.2, verbose=0).history["val_loss"]
    assert model.predict(frame, verbose=0).shape == (40, 1)


def test_lists_of_numbers_and_float64_and_sparse():
    sparse = pytest.importorskip("scipy.sparse")
    reference = linear()
    reference.fit(X, Y, shuffle=False, verbose=0)
    for x, y in [(X.astype("float64"), Y.astype("float64")), (sparse.csr_matrix(X), Y), (X.tolist(), Y.tolist())]:
        model = linear()
        model.fit(x, y, shuffle=False, verbose=0)
        np.testing.assert_array_equal(kernel(model), kernel(reference))


def test_sequences_end_their_epochs():
    class Data(keras.utils.Sequence):
        ends, calls = 0, []

        def __len__(self):
            return 5

        def __getitem__(self, index):
            return X[index * 8 : index * 8 + 8], Y[index * 8 : index * 8 + 8]

        def on_epoch_end(self):
            self.ends += 1

    data, model = Data(), linear()
    held_out = Data()
    model.fit(data, epochs=3, verbose=0, validation_data=held_out)
    assert data.ends == 3 and held_out.ends == 3
    assert model.predict(data, verbose=0).shape == (40, 1)
    model.evaluate(data, steps=2, verbose=0)
    assert data.ends == 5
    assert np.isclose(model.evaluate(data, verbose=0), model.evaluate(X, Y, verbose=0), rtol=1e-5)


# ---------------------------------------------------------------------------- single batches


def test_single_batches():
    model, reference = linear(metrics=["mae"]), linear(metrics=["mae"])
    loss, mae = model.train_on_batch(X, Y)
    history = reference.fit(X, Y, batch_size=40, shuffle=False, verbose=0).history
    assert loss == history["loss"][0] and mae == history["mae"][0]
    np.testing.assert_array_equal(kernel(model), kernel(reference))
    assert model.test_on_batch(X, Y, return_dict=True) == reference.evaluate(
        X, Y, batch_size=40, return_dict=True, verbose=0
    )
    np.testing.assert_array_equal(model.predict_on_batch(X), reference.predict(X, verbose=0, batch_size=40))
    first = model.test_on_batch(X[:10], Y[:10])
    model.test_on_batch(X[:10], Y[:10])
    both = model.test_on_batch(X[10:], Y[10:], reset_metrics=False)
    whole = model.test_on_batch(X, Y)
    np.testing.assert_allclose(both, whole, rtol=1e-5)
    assert first != whole


# ---------------------------------------------------------------------------- stopping


def test_stop_training_in_the_middle_of_an_epoch():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                self.model.stop_training = True

    model, reference = linear(), linear()
    history = model.fit(X, Y, batch_size=8, epochs=4, shuffle=False, verbose=0, callbacks=[Stop()])
    reference.fit(X[:24], Y[:24], batch_size=8, shuffle=False, verbose=0)
    assert history.epoch == [0]
    np.testing.assert_array_equal(kernel(model), kernel(reference))
    assert model.stop_training
    assert len(model.fit(X, Y, epochs=2, verbose=0).epoch) == 2  # the next fit starts anew


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError("mine")])
@pytest.mark.parametrize("eager", [False, True])
def test_what_a_callback_raises_leaves_the_last_whole_step(error, eager):
    class Raise(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1 and self.params["epochs"] == 3 and len(self.model.history.epoch) == 1:
                raise error

    model, reference = linear("adam", run_eagerly=eager), linear("adam")
    with pytest.raises(type(error) if isinstance(error, Exception) else error):
        model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[Raise()])
    reference.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    reference.fit(X[:16], Y[:16], batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_allclose(kernel(model), kernel(reference), rtol=1e-6)
    assert model.history.epoch == [0] and len(model.history.history["loss"]) == 1
    assert int(model.optimizer.iterations.numpy()) == 7
    no_tracers(model)
    model.fit(X, Y, verbose=0)  # and it goes on


class Dies(keras.callbacks.Callback):
    """Ends training after a number of batches."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("power failure")


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(("after", "frequency"), [(3, 1), (8, 3), (5, 1), (7, "epoch")])
def test_an_interrupted_training_goes_on_exactly(tmp_path, shuffle, after, frequency):
    def model():
        keras.utils.set_random_seed(4)
        made = keras.Sequential(
            [keras.layers.Dense(4, input_shape=(3,)), keras.layers.Dropout(0.3), keras.layers.Dense(1)]
        )
        made.compile("adam", "mse", metrics=["mae"])
        return made

    options = {"batch_size": 8, "epochs": 3, "shuffle": shuffle, "verbose": 0}
    whole = model()
    expected = whole.fit(X, Y, **options).history
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=frequency)
    with pytest.raises(RuntimeError, match="power failure"):
        model().fit(X, Y, callbacks=[backup, Dies(after)], **options)
    again = model()
    keras.utils.set_random_seed(99)  # the next process
    found = again.fit(
        X, Y, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=frequency)], **options
    )
    for mine, theirs in zip(again.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    for name, values in found.history.items():
        assert values == expected[name][found.epoch[0] :]


def test_errors_name_the_callback_and_the_batch():
    class Mine(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as caught:
        linear().fit(X, Y, verbose=0, callbacks=[Mine()])
    assert "In the callback Mine.on_epoch_end(0, ...)" in caught.value.__notes__[0]

    def data():
        yield X[:8], Y[:8]
        raise ValueError("yours")

    with pytest.raises(ValueError, match="yours") as caught:
        linear().fit(data(), verbose=0)
    assert "In the data: batch 1" in caught.value.__notes__[0]


def test_an_exception_while_tracing_leaves_variables_whole():
    class Broken(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)
            self.broken = True

        def call(self, inputs):
            outputs = self.dense(inputs)
            self.add_loss(tf.reduce_sum(outputs))
            if self.broken:
                raise RuntimeError("mine")
            return outputs

    model = Broken()
    model.compile("adam", "mse")
    with pytest.raises(RuntimeError, match="mine"):
        model.fit(X, Y, verbose=0)
    no_tracers(model)
    model.broken = False
    assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"]).all()
    no_tracers(model)


def test_an_exception_in_a_generator_leaves_the_last_whole_step():
    def data():
        yield X[:8], Y[:8]
        yield X[8:16], Y[8:16]
        raise OSError("the disk is gone")

    model, reference = linear(), linear()
    with pytest.raises(OSError, match="the disk is gone"):
        model.fit(data(), steps_per_epoch=5, verbose=0)
    reference.fit(X[:16], Y[:16], batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_array_equal(kernel(model), kernel(reference))


# ---------------------------------------------------------------------------- state


def test_tensors_handed_out_survive_training():
    model = linear("adam")
    variable = model.weights[0]
    handed = [variable.value(), variable.read_value(), tf.convert_to_tensor(variable), tf.identity(variable)]
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    during = variable.value()
    kept = during.numpy()
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    model.train_on_batch(X, Y)
    for tensor in handed:
        np.testing.assert_array_equal(tensor.numpy(), np.zeros((3, 1)))
    np.testing.assert_array_equal(during.numpy(), kept)
    assert not np.array_equal(variable.numpy(), kept)
    initial = tf.constant(np.ones((3, 1), "float32"))
    variable.assign(initial)
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(initial.numpy(), np.ones((3, 1)))


def test_assignments_between_epochs_count():
    class Reset(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.weights[0].assign(np.zeros((3, 1)))
            self.model.weights[1].assign([0.0])
            self.model.optimizer.learning_rate.assign(0.05)

    model = linear(keras.optimizers.SGD(0.1))
    history = model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[Reset()]).history
    assert history["loss"][0] == history["loss"][1] == history["loss"][2]


def test_added_losses_hold_no_tracers():
    class Penalty(keras.layers.Layer):
        def call(self, inputs):
            self.add_loss(0.1 * tf.reduce_mean(inputs**2))
            self.add_metric(tf.reduce_mean(inputs), name="mean")
            return inputs

    model = keras.Sequential([
        keras.layers.Dense(2, input_shape=(3,), activity_regularizer="l2", kernel_regularizer="l2"), Penalty(),
        keras.layers.Dense(1),
    ])  # fmt: skip
    model.compile("sgd", "mse")
    history = model.fit(X, Y, batch_size=16, verbose=0, validation_data=(X, Y)).history
    assert set(history) == {"loss", "mean", "val_loss", "val_mean"}
    no_tracers(model)
    model.predict(X, verbose=0)
    no_tracers(model)
    model(X)
    assert len(model.losses) == 3
    assert all(np.isfinite(float(loss)) for loss in model.losses)


def test_changes_of_trainable_need_a_compile():
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,)), keras.layers.Dense(1)])
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    frozen = model.layers[0].kernel.numpy()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), frozen)
    model.layers[0].trainable = True
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(model.layers[0].kernel.numpy(), frozen)


# ---------------------------------------------------------------------------- models of the user's own


def test_a_subclassed_model_is_built_inside_fit():
    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = [keras.layers.Dense(4, activation="tanh"), keras.layers.Dropout(0.1)]
            self.out = keras.layers.Dense(1)

        def call(self, inputs, training=False):
            for layer in self.hidden:
                inputs = layer(inputs, training=training)
            return self.out(inputs)

    model = Mine()
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(X, Y, batch_size=8, epochs=2, validation_split=0.2, verbose=0).history
    assert list(history) == ["loss", "mae", "val_loss", "val_mae"]
    assert len(model.weights) == 4 and model.built
    no_tracers(model)
    assert model.predict(X, verbose=0).shape == (40, 1)


def test_two_optimizers_in_one_train_step():
    class Gan(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator = keras.Sequential([keras.layers.Dense(3, input_shape=(2,))])
            self.discriminator = keras.Sequential([keras.layers.Dense(1, input_shape=(3,))])
            self.loss_tracker = keras.metrics.Mean(name="d_loss")

        def compile(self, d_optimizer, g_optimizer):
            super().compile()
            self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer
            self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

        @property
        def metrics(self):
            return [self.loss_tracker]

        def train_step(self, real):
            size = tf.shape(real)[0]
            fake = self.generator(tf.random.normal((size, 2)))
            both, labels = tf.concat([fake, real], 0), tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], 0)
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(labels, self.discriminator(both))
            weights = self.discriminator.trainable_weights
            self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
            with tf.GradientTape() as tape:
                predictions = self.discriminator(self.generator(tf.random.normal((size, 2))))
                g_loss = self.loss_fn(tf.zeros((size, 1)), predictions)
            weights = self.generator.trainable_weights
            self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
            self.loss_tracker.update_state(d_loss)
            return {"d_loss": self.loss_tracker.result(), "g_loss": g_loss}

    keras.utils.set_random_seed(0)
    gan = Gan()
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.01))
    before = [w.numpy() for w in gan.trainable_weights]
    history = gan.fit(X, batch_size=16, epochs=2, verbose=0).history
    assert list(history) == ["d_loss", "g_loss"]
    assert len(before) == 4
    assert all(not np.array_equal(a, w.numpy()) for a, w in zip(before, gan.trainable_weights, strict=True))
    assert int(gan.d_optimizer.iterations.numpy()) == int(gan.g_optimizer.iterations.numpy()) == 6
    no_tracers(gan)


def test_values_under_just_the_metrics_names_end_as_the_metrics_results():
    class Latest(keras.Model):
        def train_step(self, data):
            x, y = data
            loss = self.compiled_loss(y, self(x))
            return {"loss": loss}  # of one batch; the metric of this name holds the mean of all

        def test_step(self, data):
            return {**self.train_step(data), "b": tf.constant(2.0), "a": tf.constant(1.0)}

    inputs = keras.Input((1,))
    model = Latest(inputs, keras.layers.Lambda(lambda x: x)(inputs))
    model.compile("sgd", "mse")
    x, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.zeros((4, 1))
    seen = []
    look = keras.callbacks.LambdaCallback(on_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    history = model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=[look]).history
    assert seen == [1.0, 4.0, 9.0, 16.0] and history == {"loss": [7.5]}
    assert model.evaluate(x, y, batch_size=1, verbose=0) == [16.0, 1.0, 2.0]  # other names by the alphabet


def test_overridden_steps_and_losses():
    class Mine(keras.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return 2.0 * tf.reduce_mean((y - y_pred) ** 2)

        def test_step(self, data):
            return {"answer": tf.constant(42.0)}

        def predict_step(self, data):
            return {"twice": 2.0 * self(data[0] if isinstance(data, tuple) else data)}

    inputs = keras.Input((3,))
    model = Mine(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs))
    model.compile(keras.optimizers.SGD(0.05))
    reference = linear(keras.optimizers.SGD(0.1))
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    reference.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    np.testing.assert_allclose(kernel(model), kernel(reference), rtol=1e-5)
    assert model.evaluate(X, Y, verbose=0, return_dict=True) == {"answer": 42.0}
    np.testing.assert_allclose(model.predict(X, verbose=0)["twice"], 2 * model(X).numpy(), rtol=1e-6)


def test_a_train_function_of_the_users_own():
    class Counting(keras.Model):
        steps = 0

        def make_train_function(self, force=False):
            inner = super().make_train_function(force)

            def run(iterator):
                self.steps += 1
                return inner(iterator)

            return run

    inputs = keras.Input((3,))
    model = Counting(inputs, keras.layers.Dense(1, kernel_initializer="zeros")(inputs))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    expected = linear().fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    assert model.steps == 10


def test_nothing_to_minimize():
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(3,))], name="small")
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"Model 'small': No loss found(.|\n)*To do: model.compile"):
        model.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="Expected epochs to be positive. Received is 0"):
        linear().fit(X, Y, epochs=0)
    assert linear(metrics=["mae"]).metrics_names == []  # as in Keras, until data was seen


def test_stateful_metrics_of_the_user_start_over_each_epoch():
    class Count(keras.metrics.Metric):
        def __init__(self):
            super().__init__(name="count")
            self.total = self.add_weight("total", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(tf.cast(tf.shape(y_true)[0], tf.float32))

        def result(self):
            return self.total

    history = (
        linear(metrics=[Count()]).fit(X, Y, batch_size=16, epochs=3, verbose=0, validation_data=(X[:9], Y[:9])).history
    )
    assert history["count"] == [40.0] * 3 and history["val_count"] == [9.0] * 3


# ---------------------------------------------------------------------------- threads, memory


def test_two_threads_train_two_models():
    def train(out, index):
        keras_model = linear(keras.optimizers.Adam(0.01 * (index + 1)))
        keras_model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0)
        out[index] = kernel(keras_model)

    alone, together = {}, {}
    for i in range(2):
        train(alone, i)
    problems = []
    hook, threading.excepthook = threading.excepthook, problems.append
    try:
        threads = [threading.Thread(target=train, args=(together, i)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        threading.excepthook = hook
    assert not problems
    for i in range(2):
        np.testing.assert_array_equal(alone[i], together[i])


def test_programs_do_not_pile_up():
    model = linear()
    for _ in range(5):
        model.fit(X, Y, batch_size=8, verbose=0)
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
        model.train_on_batch(X[:8], Y[:8])
    assert len(model._programs._made) <= 8
    for rows in range(1, 9):
        model.predict_on_batch(X[:rows])
    sizes = len(model._programs._made)
    for rows in range(1, 9):
        model.predict_on_batch(X[:rows])
    assert len(model._programs._made) == sizes


def test_a_dropped_model_is_freed():
    import weakref

    model = linear("adam")
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    gone = weakref.ref(model), weakref.ref(model.weights[0])
    del model
    gc.collect()
    assert [each() for each in gone] == [None, None]


def test_refused_batches_reset_metrics():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    labels = np.zeros(40, int)
    model.evaluate(X, labels, verbose=0)
    with pytest.raises(ValueError, match="class_weight"):
        model.train_on_batch(X, labels, class_weight={1: 2.0})
    model.test_on_batch(X[:3], labels[:3], reset_metrics=False)
    assert model.metrics[0].count.numpy() == 3.0  # the samples of the last batch alone
