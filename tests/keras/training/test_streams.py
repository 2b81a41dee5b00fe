"""Datasets that are made while the model trains: the same bits, however many batches are read or run at a time."""

import time

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras.training import streams
from addax.keras.training.loop import Pass

Dataset = tf.data.Dataset
ROWS = 46
rng = np.random.default_rng(0)
X = rng.normal(size=(ROWS, 6)).astype("float32")
Y = (X[:, 0] * X[:, 1] > 0).astype("int32")
PAIRS = (tf.TensorSpec((None, 6), tf.float32), tf.TensorSpec((None,), tf.int32))


def generate():
    for start in range(0, ROWS, 4):
        yield X[start : start + 4], Y[start : start + 4]


def arrays():
    return Dataset.from_tensor_slices((X, Y))


def both(x, y):
    return x * 2.0, y


MADE = {
    "mapped": lambda: arrays().shuffle(20, seed=1).map(both).batch(4).prefetch(2),
    "batches mapped": lambda: arrays().shuffle(20, seed=1).batch(4).map(both),
    "in Python": lambda: Dataset.from_generator(generate, output_signature=PAIRS),
    "small batch in the middle": lambda: arrays().shuffle(20, seed=1).batch(4).repeat(2),
    "shuffled batches": lambda: arrays().batch(4).shuffle(20, seed=1),
}


def trained(made, steps_per_execution, callbacks=(), **options):
    keras.utils.set_random_seed(2)
    data = made()
    model = keras.Sequential([
        keras.layers.Dense(8, activation="relu", input_shape=(6,)),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(2, activation="softmax"),
    ])  # fmt: skip
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], steps_per_execution=steps_per_execution
    )
    history = model.fit(data, epochs=2, verbose=0, callbacks=list(callbacks), **options).history
    return history, [weight.numpy() for weight in [*model.weights, *model.optimizer.variables]]


def assert_equal(one, other):
    assert one[0] == other[0]
    for mine, theirs in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", MADE)
def test_reading_several_batches_at_a_time_changes_no_bit(name):
    expected = trained(MADE[name], 1)
    assert_equal(trained(MADE[name], 5), expected)


def test_row_numbers_in_parts_give_the_bits_of_batches():
    """steps_per_epoch cuts passes over arrays anywhere; a generator hands the same batches over one by one."""
    endless = lambda: arrays().shuffle(20, seed=1).batch(4).repeat()  # noqa: E731

    def hand_over():
        return (element for element, _ in zip(endless(), range(14), strict=False))

    expected = trained(hand_over, 1, steps_per_epoch=7)
    assert_equal(trained(endless, None, steps_per_epoch=7), expected)
    assert_equal(trained(endless, 3, steps_per_epoch=7), expected)
    assert_equal(trained(endless, 1, steps_per_epoch=7), expected)


@pytest.mark.parametrize("name", ["batches mapped", "small batch in the middle"])
def test_class_weights(name):
    weights = {0: 0.5, 1: 3.0}
    expected = trained(MADE[name], 1, class_weight=weights)
    assert_equal(trained(MADE[name], 5, class_weight=weights), expected)
    assert expected[0]["loss"] != trained(MADE[name], 5)[0]["loss"]


def test_who_looks_at_batches_sees_all_of_them():
    seen = []
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    assert_equal(trained(MADE["mapped"], None, [callback]), trained(MADE["mapped"], None))
    assert seen == list(range(12)) * 2


def test_evaluate_and_predict_in_blocks():
    model = keras.Sequential([keras.layers.Dense(2, activation="softmax", input_shape=(6,))])
    model.compile(loss="sparse_categorical_crossentropy", steps_per_execution=5)
    data = arrays().batch(4).map(lambda x, y: (x, y))
    for made in (data, data.repeat(2), arrays().batch(4).repeat(2)):
        whole = model.predict(X, verbose=0)
        found = model.predict(made, verbose=0)
        np.testing.assert_allclose(found, np.concatenate([whole] * (len(found) // ROWS)), rtol=1e-6)
        np.testing.assert_allclose(model.evaluate(made, verbose=0), model.evaluate(X, Y, verbose=0), rtol=1e-5)


@pytest.mark.parametrize("steps", [1, 4])
def test_an_error_in_the_data_comes_after_the_steps_before_it(steps):
    def failing():
        for number, element in enumerate(generate()):
            if number == 6:
                raise RuntimeError("a broken file")
            yield element

    ended = []
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ended.append(batch))
    data = Dataset.from_generator(failing, output_signature=PAIRS)
    with pytest.raises(tf.errors.UnknownError, match="a broken file") as caught:
        trained(lambda: data, steps, [callback])
    assert ended[-1] == 5
    assert any("batch 6" in note for note in caught.value.__notes__)


def test_wrong_labels_are_refused_in_blocks():
    data = Dataset.from_tensor_slices((X, np.where(np.arange(ROWS) == 30, 7, Y).astype("int32")))
    for made in (data.map(both).batch(4), data.batch(4).repeat(2)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="7"):
            trained(lambda made=made: made, 4)


# ---------------------------------------------------------------------------- waiting


def slow():
    for element in [*generate()] * 2:
        time.sleep(0.004)
        yield element


def test_waiting_for_input_is_reported_once(monkeypatch):
    monkeypatch.setattr(streams, "WORTH_SAYING", 0.03)
    data = Dataset.from_generator(slow, output_signature=PAIRS)
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(6,))])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), steps_per_execution=1)
    model.fit(arrays().batch(4).map(both), verbose=0)  # compiles; fast data is not spoken of
    with pytest.warns(UserWarning) as caught:
        model.fit(data, epochs=4, verbose=0)
    said = [str(each.message) for each in caught if "waiting for input" in str(each.message)]
    assert len(said) == 1 and "explain()" in said[0]


def test_time_that_a_step_covers_is_no_waiting():
    model = keras.Sequential([keras.layers.Dense(2, input_shape=(6,))])
    model.compile("sgd", "mse")
    this_pass = Pass(model, "predict", lambda step: 1, lambda step: None, lambda step, result: None, collect=True)
    stream = streams.Stream(Dataset.from_tensor_slices(X).batch(4).map(lambda x: x), None)
    assert this_pass.run_stream(stream, None) == (12, True)
    assert 0 <= this_pass.waiting.seconds < 60


def test_the_longest_waits_are_left_out():
    waiting = streams.Waiting()
    for seconds in (3.0, 0.1, 0.2, 5.0, 0.3):
        waiting.add(seconds)
    assert abs(waiting.seconds - 0.6) < 1e-9


def test_zipped_datasets_with_batches_of_their_own_sizes():
    class Pairs(keras.Model):
        def train_step(self, data):
            (x, y), z = data
            return {"first": tf.reduce_sum(x) + tf.reduce_sum(y), "second": tf.reduce_sum(z)}

    few, many = np.arange(12, dtype="float32"), np.arange(8, dtype="float32")
    data = tf.data.Dataset.zip(
        (Dataset.from_tensor_slices((few, few)).batch(3), Dataset.from_tensor_slices(many).batch(2))
    )
    model = Pairs()
    model.compile()
    for source in (data.prefetch(1), data.map(lambda pair, z: (pair, z + 0.0 * tf.reduce_sum(z)))):
        history = model.fit(source, epochs=2, verbose=0).history
        assert history == {"first": [60.0, 60.0], "second": [13.0, 13.0]}
    one = model.fit(data.map(lambda pair, z: (pair, tf.reduce_max(z))), verbose=0).history
    assert one["second"] == [7.0]
