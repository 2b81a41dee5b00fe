"""The five guides run as they are, and compute what they show.

Bounds are those of TensorFlow 2.21 on the same 10,000 digits, with room for another seed.
"""

import re

import pytest

FIRST = "1-intro.md"
LOOP = "2-custom-loop.md"
OVERVIEW = "3-overview.md"
BUILT_IN = "4-built-in-methods.md"
COMPILE = "5-losses-metrics-optimizers.md"

# What the three fragments of prose leave out: a layer to be inside of, and a folder of photographs.
LAYER = "from tensorflow.keras.layers import Layer\nself, shape = Layer(), (3, 4)"
PHOTOGRAPHS = """
import os
from skimage import data, io
from tensorflow.keras.utils import Sequence
os.makedirs('photographs')
filenames, labels, batch_size = [], [], 4
for label, photograph in enumerate([data.astronaut(), data.coffee(), data.chelsea()]):
    for corner in range(0, 120, 40):
        filenames.append('photographs/%d_%d.png' % (label, corner))
        labels.append(label)
        io.imsave(filenames[-1], photograph[corner:corner + 160, corner:corner + 160])
model = keras.Sequential([
    keras.Input(shape=(200, 200, 3)),
    layers.Conv2D(8, 5, 4, activation='relu', kernel_initializer=keras.initializers.GlorotUniform(1)),
    layers.GlobalAveragePooling2D(),
    layers.Dense(3, activation='softmax', kernel_initializer=keras.initializers.GlorotUniform(2)),
])
model.compile('adam', 'sparse_categorical_crossentropy')
"""
GRADIENT = {"a": "a", "b": "b", "dc_da": "dc_da"}

PLANS = {
    LOOP: {
        "probes": {
            "for epoch in range(epochs)": {
                "accuracy": "float(np.mean(np.argmax(model.predict(x_test, verbose=0), axis=1) == y_test))"
            }
        },
        "start": "import numpy as np",
    },
    OVERVIEW: {
        "before": {"w_init(shape=shape": LAYER, "self.w = self.add_weight(shape=shape, initial": LAYER},
        "probes": {
            "self.w = tf.Variable(initial_value=w_init(shape=shape": {"tracked": "[w is self.w for w in self.weights]"},
            "self.w = self.add_weight(shape=shape, initial": {"shapes": "[w.shape.as_list() for w in self.weights]"},
            "tape.watch(a)": GRADIENT,
            "a = tf.Variable(a)": GRADIENT,
            "d2c_da2": {"a": "a", "b": "b", "d2c_da2": "d2c_da2"},
            "predictions[:, 0] > 0.5": {
                "accuracy": "float(np.mean((predictions.numpy()[:, 0] > 0.5) == labels[:, 0]))"
            },
            "def train_on_batch(x, y):": {"traced": "hasattr(train_on_batch, 'get_concrete_function')"},
            "loss, acc = model.evaluate": {"loss": "loss", "accuracy": "acc"},
        },
    },
    BUILT_IN: {
        "before": {"class CIFAR10Sequence(Sequence)": PHOTOGRAPHS},
        "again": ["make_or_restore_model()"],
        "probes": {
            "validation_data=(x_val, y_val)": {"history": "history.history"},
            "Evaluate on test data": {"results": "results"},
            "dict(zip(model.metrics_names, result))": {"results": "dict(zip(model.metrics_names, result))"},
            "class CIFAR10Sequence(Sequence)": {
                "steps": "len(sequence)",
                "shape": "sequence[0][0].shape",
                "labels": "sequence[2][1]",
            },
        },
    },
    COMPILE: {
        "probes": {
            "training data": {"history": "history.history", "results": "results"},
            "validation_data=(x_val, y_val)": {"history": "history.history", "results": "results"},
            "basic_loss_function": {"mean_label": "float(y_train.mean())"},
        }
    },
}


def on_one_worker(guide):
    """Tests of one guide share its one run."""
    return pytest.mark.xdist_group(name=guide)


@pytest.fixture
def guide(request, record):
    return record(request.param, PLANS.get(request.param, {}))


def of(name):
    def mark(function):
        return on_one_worker(name)(pytest.mark.parametrize("guide", [name], indirect=True, ids=[name[:-3]])(function))

    return mark


def numbers(text):
    return [float(word) for word in re.findall(r"-?\d+\.\d+(?:[eE][-+]?\d+)?", text)]


# ---------------------------------------------------------------- every block runs


@pytest.mark.parametrize("name", [pytest.param(g, marks=on_one_worker(g)) for g in [LOOP, OVERVIEW, BUILT_IN, COMPILE]])
def test_every_block_passes(name, record):
    report = record(name, PLANS.get(name, {}))
    failures = [
        f"line {b['line']}: {b['error']}\n{b.get('traceback', '')[-1500:]}" for b in report.blocks if b["error"]
    ]
    assert not failures, "\n".join(failures)
    assert len(report.blocks) >= 2


@pytest.mark.parametrize(("name", "passed"), [(FIRST, 2), (LOOP, 2)])
def test_run_guide_reports_success(name, passed, shared, addax_run, tmp_path):
    done = addax_run(shared / "guides" / "run_guide.py", shared / "guides" / name, cwd=tmp_path)
    assert done.stderr.splitlines()[-1] == f"{passed} passed, 0 failed", done.stderr[-3000:]
    assert done.returncode == 0


# ---------------------------------------------------------------- 2: a loop of one's own


@of(LOOP)
def test_own_loop_learns(guide):
    block = guide.block("for epoch in range(epochs)")
    losses = numbers(block["printed"])
    assert len(losses) == 12
    assert losses[0] > 1.9 and max(losses[-2:]) < 1.75
    assert block["printed"].count("Start of epoch") == 3
    assert "seen so far: 38464 samples" in block["printed"]
    assert block["facts"]["accuracy"] > 0.6


# ---------------------------------------------------------------- 3: overview


@of(OVERVIEW)
def test_tensors_print_as_shown(guide):
    assert guide.printed("print(x)") == "tf.Tensor(\n[[5 2]\n [1 3]], shape=(2, 2), dtype=int32)\n"
    assert guide.printed("x.dtype") == "dtype: <dtype: 'int32'>\nshape: (2, 2)\n"
    assert guide.printed("tf.ones(shape=(2, 1))") == (
        "tf.Tensor(\n[[1.]\n [1.]], shape=(2, 1), dtype=float32)\n"
        "tf.Tensor(\n[[0.]\n [0.]], shape=(2, 1), dtype=float32)\n"
    )
    assert guide.printed("a = tf.Variable(initial_value)").startswith(
        "<tf.Variable 'Variable:0' shape=(2, 2) dtype=float32, numpy=\narray([["
    )
    assert guide.printed("self.total.assign_add") == "[2. 2.]\n[4. 4.]\n"


@of(OVERVIEW)
def test_gradients_are_those_of_calculus(guide):
    import numpy as np

    for part in ("tape.watch(a)", "a = tf.Variable(a)"):
        facts = {name: np.array(value) for name, value in guide.facts(part).items()}
        np.testing.assert_allclose(facts["dc_da"], facts["a"] / np.hypot(facts["a"], facts["b"]), rtol=1e-5)
    facts = {name: np.array(value) for name, value in guide.facts("d2c_da2").items()}
    expected = facts["b"] ** 2 / np.hypot(facts["a"], facts["b"]) ** 3
    np.testing.assert_allclose(facts["d2c_da2"], expected, rtol=1e-4, atol=1e-5)


@of(OVERVIEW)
def test_linear_regression_separates_the_classes(guide):
    losses = numbers(guide.printed("for epoch in range(10)"))
    assert len(losses) == 10 and losses[-1] < 0.1
    assert guide.facts("predictions[:, 0] > 0.5")["accuracy"] > 0.97
    assert [b["facts"]["traced"] for b in guide.blocks if "traced" in b["facts"]] == [False, True]


@of(OVERVIEW)
def test_fragments_add_weights(guide):
    assert guide.facts("w_init(shape=shape, dtype='float32'))")["tracked"] == [True]
    assert guide.facts("self.w = self.add_weight(shape=shape, initial")["shapes"] == [[3, 4]]


@of(OVERVIEW)
def test_losses_and_metrics_are_those_shown(guide):
    (loss,) = numbers(guide.printed("bce = "))
    assert loss == pytest.approx(11.522857, abs=1e-3)
    assert [line.split()[-1] for line in guide.printed("metrics.AUC()").splitlines()] == ["0.6666667", "0.71428573"]


@of(OVERVIEW)
def test_eager_loop_classifies_digits(guide):
    lines = numbers(guide.printed("accuracy.update_state(y, logits)"))
    losses, accuracies = lines[0::2], lines[1::2]
    assert len(losses) == 10 and losses[0] > 1.9
    assert accuracies == sorted(accuracies) and accuracies[-1] > 0.93
    (accuracy,) = numbers(guide.printed("accuracy.reset_states()"))
    assert accuracy >= 0.93


@of(OVERVIEW)
def test_losses_of_layers_are_added(guide):
    (loss,) = numbers(guide.printed("print(mlp.losses)"))
    assert 0 < loss < 10
    losses = [float(line.split()[1]) for line in guide.printed("loss += sum(mlp.losses)").splitlines()]
    assert losses[0] > 2.3 and losses[-1] < min(2.25, losses[0])  # the weights are drawn anew each time


@of(OVERVIEW)
def test_fit_of_the_overview_classifies_digits(guide):
    history = guide.history("model.fit(dataset, epochs=3)")
    assert list(history) == ["loss", "sparse_categorical_accuracy"]
    assert history["sparse_categorical_accuracy"][-1] > 0.98 and history["loss"][-1] < 0.1
    assert "938/938 [==============================]" in guide.printed("model.fit(dataset, epochs=3)")
    facts = guide.facts("loss, acc = model.evaluate")
    assert facts["accuracy"] >= 0.93 and facts["loss"] < 0.4
    history = guide.history("epochs=3,\n          batch_size=64)")
    assert list(history) == [
        "loss", "sparse_categorical_accuracy", "val_loss", "val_sparse_categorical_accuracy",
    ]  # fmt: skip
    assert history["val_sparse_categorical_accuracy"][-1] > 0.92


@of(OVERVIEW)
def test_early_stopping_stops_and_the_best_model_is_kept(guide):
    values = guide.history("EarlyStopping()")["val_loss"]
    assert 2 <= len(values) < 30
    assert values[-1] >= values[-2] and values[:-1] == sorted(values[:-1], reverse=True)
    assert (guide.folder / "my_model.keras").stat().st_size > 100_000


# ---------------------------------------------------------------- 4: built-in methods


@of(BUILT_IN)
def test_first_fit_evaluate_predict(guide):
    history = guide.facts("validation_data=(x_val, y_val)")["history"]
    assert list(history) == [
        "loss", "sparse_categorical_accuracy", "val_loss", "val_sparse_categorical_accuracy",
    ]  # fmt: skip
    assert [len(values) for values in history.values()] == [2, 2, 2, 2]
    assert history["loss"][1] < history["loss"][0] < 0.5
    assert history["val_sparse_categorical_accuracy"][1] > 0.92
    loss, accuracy = guide.facts("Evaluate on test data")["results"]
    assert loss < 0.4 and accuracy > 0.9
    assert "predictions shape: (3, 10)" in guide.printed("Evaluate on test data")


@of(BUILT_IN)
@pytest.mark.parametrize(
    ("part", "low", "high"),
    [
        ("def custom_mean_squared_error", 0.005, 0.03),
        ("class CustomMSE", 0.02, 0.06),
        ("class ActivityRegularizationLayer", 1.5, 4.0),
        ("class MetricLoggingLayer", 0.15, 0.5),
        ("model.add_loss(tf.reduce_sum(x1) * 0.1)", 1.5, 4.0),
        ('print("Fit with class weight")', 0.15, 0.6),
        ('print("Fit with sample weight")', 0.15, 0.6),
    ],
)
def test_loss_of_one_epoch(guide, part, low, high):
    (loss,) = guide.history(part)["loss"]
    assert low < loss < high


@of(BUILT_IN)
def test_own_metric_counts_samples(guide):
    counts = guide.history("class CategoricalTruePositives")["categorical_true_positives"]
    assert len(counts) == 3 and counts == sorted(counts)
    assert all(count == int(count) <= 50000 for count in counts)
    assert counts[0] > 42000 and counts[-1] > 47500


@of(BUILT_IN)
def test_added_metrics_are_logged(guide):
    assert 0.4 < guide.history("class MetricLoggingLayer")["std_of_activation"][0] < 2
    assert 0 <= guide.history("model.add_loss(tf.reduce_sum(x1) * 0.1)")["std_of_activation"][0] < 0.05
    history = guide.history("LogisticEndpoint(name=")
    assert list(history) == ["loss", "binary_accuracy"]
    assert 0.4 < history["loss"][0] < 3 and 0 <= history["binary_accuracy"][0] <= 1


@of(BUILT_IN)
def test_datasets_and_validation(guide):
    results = guide.facts("dict(zip(model.metrics_names, result))")["results"]
    assert list(results) == ["loss", "sparse_categorical_accuracy"]
    assert results["sparse_categorical_accuracy"] > 0.92
    history = guide.history("steps_per_epoch=100")
    assert len(history["loss"]) == 3 and history["loss"] == sorted(history["loss"], reverse=True)
    assert "100/100 [==============================]" in guide.printed("steps_per_epoch=100")
    for part in (
        "batch_size=64, validation_split=0.2, epochs=1",
        "validation_steps=10",
        "validation_data=val_dataset)",
    ):
        history = guide.history(part)
        assert {"val_loss", "val_sparse_categorical_accuracy"} < set(history)
        assert history["val_sparse_categorical_accuracy"][0] > 0.87
    assert "625/625 [====" in guide.printed("batch_size=64, validation_split=0.2, epochs=1")


@of(BUILT_IN)
def test_a_sequence_of_photographs_trains(guide):
    assert guide.facts("class CIFAR10Sequence") == {"steps": 3, "shape": [4, 200, 200, 3], "labels": [2]}
    block = guide.block("class CIFAR10Sequence")
    assert block["history"]["epoch"] == list(range(10))
    assert block["history"]["values"]["loss"][-1] < block["history"]["values"]["loss"][0]
    assert "3/3 [====" in block["printed"]


@of(BUILT_IN)
def test_weights_of_classes_and_samples_agree(guide):
    by_class, by_sample = (guide.history(f'print("Fit with {kind} weight")')["loss"][0] for kind in ("class", "sample"))
    assert by_class == pytest.approx(by_sample, rel=0.2)
    third = guide.history("from_tensor_slices((x_train, y_train, sample_weight))")
    assert third["loss"][0] == pytest.approx(by_sample, rel=0.2)
    assert third["sparse_categorical_accuracy"][0] > 0.87


@of(BUILT_IN)
def test_many_inputs_and_outputs(guide):
    from PIL import Image

    for part in ("model.fit([img_data, ts_data]", '{"img_input": img_data, "ts_input": ts_data},\n        {"score'):
        history = guide.history(part)
        assert list(history) == ["loss", "score_output_loss", "class_output_loss"]
        total = history["score_output_loss"][0] + history["class_output_loss"][0]
        assert history["loss"][0] == pytest.approx(total, rel=1e-4)
    assert guide.printed("model.fit([img_data, ts_data]").count("4/4 [====") == 2
    with Image.open(guide.folder / "multi_input_and_output_model.png") as picture:
        extrema = picture.convert("L").getextrema()
        assert picture.width > 300 and picture.height > 300
        assert extrema[0] < 100 and extrema[1] > 200


@of(BUILT_IN)
def test_early_stopping_waits_for_its_patience(guide):
    block = guide.block("patience=2")
    values = block["history"]["values"]["val_loss"]
    assert 3 <= len(values) < 20
    assert f"Epoch {len(values)}: early stopping" in block["printed"]
    assert min(values[-2:]) > min(values[:-2]) - 1e-2


@of(BUILT_IN)
def test_checkpoints_are_written_when_the_loss_improves(guide):
    block = guide.block('filepath="mymodel_{epoch}"')
    first, second = block["history"]["values"]["val_loss"]
    assert f"Epoch 1: val_loss improved from inf to {first:.5f}, saving model to mymodel_1" in block["printed"]
    assert (guide.folder / "mymodel_1").exists()
    assert (guide.folder / "mymodel_2").exists() == (second < first)


@of(BUILT_IN)
def test_a_restored_checkpoint_continues_from_its_loss(guide):
    first, again = (guide.block("make_or_restore_model()", index) for index in (0, 1))
    assert "Creating a new model" in first["printed"]
    (restored,) = re.findall(r"Restoring from \./ckpt/ckpt-loss=(\d\.\d\d)", again["printed"])
    (ended,) = first["history"]["values"]["loss"]
    assert float(restored) == pytest.approx(ended, abs=0.03)
    assert again["history"]["values"]["loss"][0] < 0.6 * ended
    assert again["history"]["values"]["sparse_categorical_accuracy"][0] > 0.96


# ---------------------------------------------------------------- 5: losses, metrics, optimizers


@of(COMPILE)
def test_metric_and_loss_agree(guide):
    facts = guide.facts("validation_data=(x_val, y_val)")
    assert list(facts["history"]) == [
        "loss", "sparse_categorical_crossentropy", "val_loss", "val_sparse_categorical_crossentropy",
    ]  # fmt: skip
    for key in ("", "val_"):
        by_loss = facts["history"][key + "loss"]
        assert by_loss == pytest.approx(facts["history"][key + "sparse_categorical_crossentropy"], rel=1e-3)
        assert len(by_loss) == 3
    assert facts["history"]["loss"][-1] < 0.1
    assert facts["results"][0] == pytest.approx(facts["results"][1], rel=1e-3)
    assert facts["results"][0] < 0.4


@of(COMPILE)
def test_an_unknown_argument_of_compile_is_a_warning(guide):
    block = guide.block("optimizers=keras.optimizers.Adam()")
    assert "unknown argument 'optimizers'; did you mean 'optimizer'?" in block["warned"]
    expected = block["facts"]["mean_label"] - 0.1  # the mean of a softmax over ten classes
    assert block["history"]["values"]["loss"] == pytest.approx([expected] * 3, abs=2e-3)


@of(COMPILE)
def test_own_loss_and_own_metric(guide):
    losses = guide.history("class WeightedBinaryCrossEntropy")["loss"]
    assert len(losses) == 3 and losses == sorted(losses, reverse=True)
    assert 10 < losses[-1] < 12 and losses[0] < 14
    counts = guide.history("class CategoricalTruePositives")["categorical_true_positive"]
    assert counts == sorted(counts) and counts[0] > 44000 and 49000 < counts[-1] <= 50000


@of(COMPILE)
def test_losses_and_metrics_of_layers(guide):
    assert 1.5 < guide.history("class ActivityRegularizationLayer")["loss"][0] < 4
    assert 0.4 < guide.history("class MetricLoggingLayer")["std_of_activation"][0] < 2
    assert 0 <= guide.history("model.add_metric(keras.backend.std(x1)")["std_of_activation"][0] < 0.05


@of(COMPILE)
def test_one_step_of_an_epoch(guide):
    history = guide.history("steps_per_epoch=1)")
    assert set(history) == {"loss", "sparse_categorical_accuracy", "val_loss", "val_sparse_categorical_accuracy"}
    assert 1.5 < history["loss"][0] < 4
