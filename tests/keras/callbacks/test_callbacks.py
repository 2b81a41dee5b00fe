"""Each callback on a model and a loop of a few lines: what it sees, when, and what it does."""

import csv
import http.server
import json
import os
import signal
import threading

import numpy as np
import pytest

import addax as tf
from addax.core import errors
from addax.keras import callbacks, optimizers


class Layer:
    """As much of a layer as TensorBoard looks at."""

    def __init__(self, name, weights):
        self.name, self.weights, self.dtype = name, weights, "float32"
        self._inbound_nodes = []


class Model:
    """As much of a model as callbacks look at (see callbacks.protocol)."""

    def __init__(self, optimizer=None):
        self.w = tf.Variable([[1.0, 2.0]], name="dense/kernel")
        self.optimizer = optimizer or optimizers.SGD(0.5, momentum=0.9)
        self.stop_training = False
        self.history = None
        self.metrics = []
        self.built = True
        self.saved = []
        self.layers = [Layer("dense", [self.w])]

    weights = trainable_variables = property(lambda self: [self.w])

    def get_weights(self):
        return [self.w.numpy()]

    def set_weights(self, weights):
        self.w.assign(weights[0])

    def save(self, filepath, overwrite=True, **kwargs):
        self.saved.append(("model", filepath, kwargs))
        with open(filepath, "w") as stream:
            stream.write("m")

    def save_weights(self, filepath, overwrite=True, **kwargs):
        self.saved.append(("weights", filepath, kwargs))

    def load_weights(self, filepath):
        self.saved.append(("load", filepath))

    def to_json(self):
        return '{"class_name": "Model"}'

    def train_step(self):
        self.optimizer.apply_gradients([(tf.constant([[1.0, 1.0]]), self.w)])


def fit(model, given, losses, steps=3, epochs=None, chunk=100, initial_epoch=0, **params):
    """A loop as the training room has it; `losses[epoch]` is a number or a dict of logs."""
    epochs = epochs or len(losses)
    listeners = callbacks.CallbackList(
        given, add_history=True, model=model, epochs=epochs, steps=steps, verbose=0, **params
    )
    model.stop_training = False
    listeners.on_train_begin()
    epoch, start = listeners.resume_point() or (initial_epoch, 0)
    logs = {}
    while epoch < epochs and not model.stop_training:
        listeners.on_epoch_begin(epoch)
        logs = losses[epoch] if isinstance(losses[epoch], dict) else {"loss": losses[epoch]}
        batch = start
        while batch < steps and not model.stop_training:
            count = int(min(listeners.until_look("train"), chunk, steps - batch))
            listeners.on_train_batch_begin(batch)
            for _ in range(count):
                model.train_step()
            batch += count
            listeners.on_train_batch_end(batch - 1, {"loss": tf.constant(logs.get("loss", 0.0))})
        logs = dict(logs)
        listeners.on_epoch_end(epoch, logs)
        epoch, start = epoch + 1, 0
    model.optimizer.finalize_variable_values(model.trainable_variables)
    listeners.on_train_end(logs)
    return model.history


@pytest.fixture(autouse=True)
def fresh_warnings():
    errors.forget_warnings()


# ---------------------------------------------------------------------------- the base class and the list


class Recorder(callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.events = []

    def on_train_batch_begin(self, batch, logs=None):
        self.events.append(("begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.events.append(("end", batch, logs))

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(("epoch", epoch, logs))


def test_overridden_batch_hooks_see_every_batch_and_python_numbers():
    recorder = Recorder()
    history = fit(Model(), [recorder], [0.5, 0.25], steps=2)
    assert [event[:2] for event in recorder.events] == [
        ("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("epoch", 0),
        ("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("epoch", 1),
    ]  # fmt: skip
    assert type(recorder.events[1][2]["loss"]) is float
    assert history.history == {"loss": [0.5, 0.25]} and history.epoch == [0, 1]


def test_batch_hooks_tells_who_needs_what():
    class OldName(callbacks.Callback):
        def on_batch_end(self, batch, logs=None):
            pass

    class Tester(callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            pass

    class Mine(callbacks.ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)

    class Opted(Recorder):
        def _implements_train_batch_hooks(self):
            return False

    needs = callbacks.batch_hooks
    assert needs(callbacks.Callback()) == (0, 0, 0)
    assert needs(Recorder()) == needs(OldName()) == needs(callbacks.TerminateOnNaN()) == (1, 0, 0)
    assert needs(Tester()) == (0, 1, 0)
    assert needs(callbacks.LambdaCallback(on_batch_end=print)) == (1, 0, 0)
    assert needs(callbacks.LambdaCallback(on_predict_batch_end=print)) == (0, 0, 1)
    assert needs(callbacks.LambdaCallback(on_epoch_end=print)) == (0, 0, 0)
    assert needs(callbacks.ModelCheckpoint("x.keras")) == (0, 0, 0)
    assert needs(callbacks.ModelCheckpoint("x.keras", save_freq=10)) == (10, 0, 0)
    assert needs(Mine("x.keras")) == needs(Mine("x.keras", save_freq=10)) == (1, 0, 0)
    assert needs(Opted()) == (0, 0, 0)
    assert needs(callbacks.EarlyStopping()) == needs(callbacks.History()) == (0, 0, 0)
    bar = callbacks.ProgbarLogger("steps")
    assert needs(bar) == (np.inf, np.inf, np.inf)
    bar.set_params({"verbose": 2, "epochs": 1, "steps": 10})
    assert needs(bar) == (0, 0, 0)
    assert needs(callbacks.TensorBoard("x")) == (0, 0, 0)
    assert needs(callbacks.TensorBoard("x", update_freq="batch")).train == 1
    assert needs(callbacks.TensorBoard("x", update_freq=50)).train == 50
    assert needs(callbacks.TensorBoard("x", profile_batch=(5, 9))).train == 4
    assert needs(callbacks.BackupAndRestore("x", save_freq=7)).train == 7


def test_the_list_asks_for_the_nearest_look_only():
    listeners = callbacks.CallbackList(
        [callbacks.ModelCheckpoint("x.keras", save_freq=10), callbacks.TensorBoard("x", update_freq=4)]
    )
    assert listeners.until_look("train") == 4
    assert listeners.until_look("test") == np.inf
    assert not listeners.wants_logs("predict")
    listeners.append(Recorder())
    assert listeners.until_look("train") == 1


def test_the_list_adds_history_and_progress_once():
    own = callbacks.History()
    listeners = callbacks.CallbackList(
        [[own], callbacks.ProgbarLogger("steps")], add_history=True, add_progbar=True, model=Model()
    )
    assert len(listeners.callbacks) == 2 and listeners.model.history is own
    assert len(callbacks.CallbackList(None, add_history=True, add_progbar=True).callbacks) == 2
    assert list(callbacks.CallbackList(own)) == [own]


def test_logs_stay_tensors_where_all_listeners_take_them():
    class Takes(Recorder):
        def __init__(self):
            super().__init__()
            self._supports_tf_logs = True

    taking = Takes()
    fit(Model(), [taking], [0.5], steps=1)
    assert isinstance(taking.events[1][2]["loss"], tf.Tensor)


def test_what_one_callback_puts_into_the_logs_later_ones_see():
    history = fit(Model(), [callbacks.LearningRateScheduler(lambda epoch: 0.25)], [0.5])
    assert history.history == {"loss": [0.5], "lr": [0.25]}


def test_slow_batch_hooks_are_told(caplog):
    import time

    slow = callbacks.LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(0.02))
    fit(Model(), [slow], [0.5], steps=8)
    assert "`on_train_batch_end` is slow compared to the batch time" in caplog.text


def test_lambda_callback_takes_any_hook():
    seen = []
    given = callbacks.LambdaCallback(
        on_train_begin=lambda logs: seen.append("begin"),
        on_epoch_begin=lambda epoch, logs: seen.append(epoch),
        on_epoch_end=lambda epoch, logs: seen.append(logs["loss"]),
        on_batch_begin=lambda batch, logs: seen.append("b"),
        on_train_end=lambda logs: seen.append("end"),
        extra=3,
    )
    fit(Model(), [given], [0.5], steps=2)
    assert seen == ["begin", 0, "b", "b", 0.5, "end"] and given.extra == 3


# ---------------------------------------------------------------------------- stopping and learning rates


def test_early_stopping_restores_the_best_weights(capsys):
    model = Model()
    stopper = callbacks.EarlyStopping("loss", patience=2, verbose=1, restore_best_weights=True)
    history = fit(model, [stopper], [3.0, 1.0, 2.0, 2.0, 0.5], steps=1)
    assert history.epoch == [0, 1, 2, 3]
    assert (stopper.stopped_epoch, stopper.best, stopper.best_epoch, stopper.wait) == (3, 1.0, 1, 2)
    np.testing.assert_array_equal(model.w.numpy(), stopper.best_weights[0])
    printed = capsys.readouterr().out
    assert "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n" in printed


@pytest.mark.parametrize(
    "options, losses, ran",
    [
        ({"patience": 0}, [1.0, 2.0, 3.0], 2),
        ({"patience": 1, "min_delta": 0.5}, [2.0, 1.8, 1.6, 1.4], 2),
        ({"patience": 1, "mode": "max"}, [1.0, 2.0, 1.5, 1.2], 3),
        ({"patience": 2, "baseline": 0.5}, [1.0, 0.9, 0.95, 0.4], 3),
        ({"patience": 1, "start_from_epoch": 2}, [1.0, 2.0, 3.0, 4.0, 5.0], 4),
    ],
)
def test_early_stopping_options(options, losses, ran):
    assert len(fit(Model(), [callbacks.EarlyStopping("loss", **options)], losses).epoch) == ran


def test_early_stopping_without_its_metric_warns():
    with pytest.warns(UserWarning, match="`val_loss` which is not available. Available metrics are: loss"):
        fit(Model(), [callbacks.EarlyStopping()], [1.0])
    with pytest.warns(UserWarning, match="mode upward is unknown"):
        assert callbacks.EarlyStopping("auc", mode="upward").monitor_op is np.greater


def test_terminate_on_nan_stops_at_the_batch(capsys):
    model = Model()
    fit(model, [callbacks.TerminateOnNaN()], [0.5, float("nan"), 0.5], steps=3)
    assert int(model.optimizer.iterations) == 4
    assert "Batch 0: Invalid loss, terminating training" in capsys.readouterr().out


def test_learning_rate_scheduler(capsys):
    model = Model()
    history = fit(model, [callbacks.LearningRateScheduler(lambda epoch, lr: lr * 0.5, verbose=1)], [1.0, 1.0])
    assert history.history["lr"] == [0.25, 0.125] and history.history["lr"][0].dtype == "float32"
    assert "\nEpoch 1: LearningRateScheduler setting learning rate to 0.25." in capsys.readouterr().out
    fit(model, [callbacks.LearningRateScheduler(lambda epoch: tf.constant(0.5))], [1.0])
    assert float(model.optimizer.lr) == 0.5
    for wrong in (lambda epoch: "fast", lambda epoch: tf.constant(1)):
        with pytest.raises(ValueError, match="float"):
            fit(model, [callbacks.LearningRateScheduler(wrong)], [1.0])


def test_reduce_lr_on_plateau(capsys):
    model = Model()
    plateau = callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=2, cooldown=1, min_lr=0.2, verbose=1)
    history = fit(model, [plateau], [1.0] * 8)
    np.testing.assert_allclose(history.history["lr"], [0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2])
    assert "Epoch 3: ReduceLROnPlateau reducing learning rate to 0.25." in capsys.readouterr().out
    with pytest.raises(ValueError, match="factor"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.warns(UserWarning, match="epsilon"):
        assert callbacks.ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5
    with pytest.warns(UserWarning, match="conditioned on metric `val_loss`"):
        fit(model, [callbacks.ReduceLROnPlateau()], [1.0])


# ---------------------------------------------------------------------------- files


def test_model_checkpoint_names_and_frequencies(tmp_path):
    model = Model()
    each = callbacks.ModelCheckpoint(tmp_path / "new" / "e{epoch:02d}-{loss:.2f}.keras")
    often = callbacks.ModelCheckpoint(str(tmp_path / "b{epoch}-{batch}"), save_weights_only=True, save_freq=4)
    fit(model, [each, often], [0.5, 0.25], steps=6)
    assert sorted(os.listdir(tmp_path / "new")) == ["e01-0.50.keras", "e02-0.25.keras"]
    weights = [os.path.basename(path) for kind, path, _ in model.saved if kind == "weights"]
    assert weights == ["b1-4", "b2-2", "b2-6"]


def test_model_checkpoint_saves_the_best_only(tmp_path, capsys):
    model = Model()
    best = callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), monitor="loss", save_best_only=True, verbose=1)
    fit(model, [best], [1.0, 2.0, 0.5])
    assert len(model.saved) == 2 and best.best == 0.5
    printed = capsys.readouterr().out
    assert f"\nEpoch 1: loss improved from inf to 1.00000, saving model to {tmp_path}/best.keras\n" in printed
    assert "\nEpoch 2: loss did not improve from 1.00000\n" in printed
    model = Model()
    high = callbacks.ModelCheckpoint(
        str(tmp_path / "best.keras"), monitor="acc", save_best_only=True, initial_value_threshold=0.5
    )
    fit(model, [high], [{"acc": 0.4}, {"acc": 0.6}])
    assert len(model.saved) == 1
    with pytest.warns(UserWarning, match="only with val_los available.*did you mean 'val_loss'"):
        fit(model, [callbacks.ModelCheckpoint("x.keras", monitor="val_los", save_best_only=True)], [{"val_loss": 1.0}])


def test_model_checkpoint_prints_what_it_saves(tmp_path, capsys):
    fit(Model(), [callbacks.ModelCheckpoint(str(tmp_path / "m.h5"), verbose=1)], [1.0])
    assert f"\nEpoch 1: saving model to {tmp_path}/m.h5\n" in capsys.readouterr().out


def test_model_checkpoint_refuses():
    class SaveOptions:
        pass

    with pytest.raises(ValueError, match="save_freq"):
        callbacks.ModelCheckpoint("x", save_freq="batch")
    with pytest.raises(ValueError, match="options"):
        callbacks.ModelCheckpoint("x.keras", options=SaveOptions())
    with pytest.raises(TypeError, match="CheckpointOptions"):
        callbacks.ModelCheckpoint("x", save_weights_only=True, options=SaveOptions())
    with pytest.raises(TypeError, match="not a valid argument"):
        callbacks.ModelCheckpoint("x", moniter="loss")
    with pytest.raises(KeyError, match="Failed to format.*acc.*Available: epoch, loss"):
        fit(Model(), [callbacks.ModelCheckpoint("{acc}.keras")], [1.0])


def test_model_checkpoint_passes_options_on(tmp_path):
    class SaveOptions:
        pass

    options, model = SaveOptions(), Model()
    fit(model, [callbacks.ModelCheckpoint(str(tmp_path / "m"), options=options)], [1.0])
    assert model.saved[0][2] == {"options": options}
    os.remove(tmp_path / "m")
    os.mkdir(tmp_path / "m")
    with pytest.raises(OSError, match="non-directory filepath"):
        fit(model, [callbacks.ModelCheckpoint(str(tmp_path / "m"))], [1.0])


def test_model_checkpoint_of_older_programs(tmp_path):
    with pytest.warns(UserWarning, match="period"):
        seldom = callbacks.ModelCheckpoint(str(tmp_path / "e{epoch}.h5"), period=2)
    fit(Model(), [seldom], [1.0] * 4)
    assert sorted(os.listdir(tmp_path)) == ["e2.h5", "e4.h5"]
    with pytest.warns(UserWarning, match="load_weights_on_restart"):
        again = callbacks.ModelCheckpoint(str(tmp_path / "e{epoch}.h5"), load_weights_on_restart=True)
    os.utime(tmp_path / "e2.h5", (2e9, 2e9))
    model = Model()
    fit(model, [again], [1.0])
    assert model.saved[0] == ("load", str(tmp_path / "e2.h5"))


def test_csv_logger(tmp_path):
    path = tmp_path / "log.csv"
    fit(
        Model(),
        [callbacks.CSVLogger(str(path), separator=";")],
        [{"loss": 0.5, "acc": np.array([1, 2])}, {"loss": 0.25}],
    )
    rows = list(csv.reader(path.read_text().splitlines(), delimiter=";"))
    assert rows[0] == ["epoch", "acc", "loss", "val_acc", "val_loss"]
    assert rows[1] == ["0", '"[1, 2]"', "0.5", "NA", "NA"]
    assert rows[2] == ["1", "NA", "0.25", "NA", "NA"]
    fit(Model(), [callbacks.CSVLogger(path, separator=";", append=True)], [{"loss": 1.0, "val_loss": 2.0}])
    assert path.read_text().splitlines()[3:] == ["0;1.0;2.0"]
    fit(Model(), [callbacks.CSVLogger(path)], [{"loss": 1.0, "val_loss": 2.0}])
    assert path.read_text() == "epoch,loss,val_loss\n0,1.0,2.0\n"


def test_base_logger_weighs_batches_by_their_size():
    logger = callbacks.BaseLogger(stateful_metrics=["acc"])
    logger.set_params({"metrics": ["loss", "acc"]})
    logger.on_epoch_begin(0)
    logger.on_batch_end(0, {"size": 3, "loss": 1.0, "acc": 0.1})
    logger.on_batch_end(1, {"size": 1, "loss": 5.0, "acc": 0.2})
    logs = {}
    logger.on_epoch_end(0, logs)
    assert logs == {"loss": 2.0, "acc": 0.2}


def test_remote_monitor_posts_and_survives():
    bodies = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append((self.path, self.headers["X-Key"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    root = f"http://127.0.0.1:{server.server_address[1]}"
    monitor = callbacks.RemoteMonitor(root, headers={"X-Key": "k"}, send_as_json=True)
    monitor.on_epoch_end(2, {"loss": np.float32(0.5)})
    callbacks.RemoteMonitor(root, path="/x", field="f").on_epoch_end(0, {"loss": 1.0})
    server.shutdown()
    server.server_close()
    thread.join()
    assert bodies[0][:2] == ("/publish/epoch/end/", "k")
    assert json.loads(bodies[0][2]) == {"epoch": 2, "loss": 0.5}
    assert bodies[1][0] == "/x" and bodies[1][2].startswith(b"f=%7B%22epoch")
    with pytest.warns(UserWarning, match="could not reach|Could not reach"):
        monitor.on_epoch_end(0, {})


# ---------------------------------------------------------------------------- averages, backups, TensorBoard


def test_swap_ema_weights():
    model = Model(optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5))
    swap = callbacks.SwapEMAWeights(swap_on_epoch=True)
    seen = []
    spy = callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(float(model.w[0, 0])),
        on_epoch_end=lambda epoch, logs: seen.append(float(model.w[0, 0])),
    )
    fit(model, [swap, spy], [1.0, 1.0], steps=1)
    # weights 1 -> 0 -> -1, averages 1 -> 0.5 -> -0.25
    assert seen == [1.0, 0.5, 0.0, -0.25]
    assert float(model.w[0, 0]) == -0.25
    with pytest.raises(ValueError, match="use_ema"):
        fit(Model(), [swap], [1.0])


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("save_freq, epoch, batch", [("epoch", 1, 1), (2, 1, 2)])
def test_backup_and_restore_goes_on_where_it_was(tmp_path, save_freq, epoch, batch):
    whole = Model(optimizers.Adam(0.1))
    fit(whole, None, [1.0, 0.9, 0.8], steps=4)

    class Fails(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, number, logs=None):
            if (self.epoch, number) == (epoch, batch):
                raise Interrupted

    def backup():
        return callbacks.BackupAndRestore(tmp_path / "backup", save_freq=save_freq)

    with pytest.raises(Interrupted):
        fit(Model(optimizers.Adam(0.1)), [backup(), Fails()], [1.0, 0.9, 0.8], steps=4)
    assert {"training_state.npz"} <= set(os.listdir(tmp_path / "backup")) <= {
        "training_state.npz", "previous_training_state.npz"
    }  # fmt: skip
    again = Model(optimizers.Adam(0.1))
    again.w.assign([[7.0, 7.0]])
    fit(again, [backup()], [1.0, 0.9, 0.8], steps=4)
    np.testing.assert_array_equal(again.w.numpy(), whole.w.numpy())
    assert int(again.optimizer.iterations) == 12
    assert os.listdir(tmp_path / "backup") == []


def test_backup_stays_if_wanted_and_restores_random_state(tmp_path):
    keep = callbacks.BackupAndRestore(str(tmp_path), delete_checkpoint=False)
    fit(Model(), [keep], [1.0], steps=1)
    drawn = tf.random.uniform([2]).numpy()
    tf.random.set_seed(99)
    fit(Model(), [callbacks.BackupAndRestore(str(tmp_path), delete_checkpoint=False)], [1.0], steps=1)
    np.testing.assert_array_equal(tf.random.uniform([2]).numpy(), drawn)


def test_a_backup_of_another_model_is_refused_before_anything_changes(tmp_path):
    fit(Model(), [callbacks.BackupAndRestore(str(tmp_path), delete_checkpoint=False)], [1.0], steps=1)
    other = Model()
    other.w = tf.Variable([5.0], name="w")
    with pytest.raises(ValueError, match="not of this model"):
        fit(other, [callbacks.BackupAndRestore(str(tmp_path))], [1.0], steps=1)
    assert float(other.w[0]) == 5.0


def test_backup_before_preemption(tmp_path):
    received = []
    before = signal.signal(signal.SIGTERM, lambda *_: received.append("term"))
    try:
        backup = callbacks.BackupAndRestore(
            tmp_path, save_freq=False, save_before_preemption=True, delete_checkpoint=False
        )
        kill = callbacks.LambdaCallback(
            on_batch_end=lambda batch, logs: batch == 1 and os.kill(os.getpid(), signal.SIGTERM) or None
        )
        fit(Model(), [kill, backup], [1.0], steps=3)
        assert received == ["term"]
        assert backup._path and os.path.exists(backup._path)
        from addax.formats import npz

        assert npz.read_npz(backup._path)["position"].tolist() == [0, 2]
    finally:
        signal.signal(signal.SIGTERM, before)
    with pytest.raises(ValueError, match="save_before_preemption"):
        callbacks.BackupAndRestore(tmp_path, save_freq=False)


def read_tags(folder):
    """(tag -> steps) of a folder's event files, by the real TensorBoard."""
    event_file_loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    found = {}
    for name in os.listdir(folder):
        if "tfevents" in name:
            for event in event_file_loader.EventFileLoader(os.path.join(folder, name)).Load():
                for value in event.summary.value:
                    found.setdefault(value.tag, []).append(event.step)
                if event.graph_def:
                    found["graph"] = [0]
    return found


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_writes_what_tensorboard_reads(tmp_path):
    model = Model(optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)))
    board = callbacks.TensorBoard(tmp_path, histogram_freq=1, write_images=True, update_freq=2)
    fit(model, [board], [{"loss": 1.0, "val_loss": 2.0}] * 2, steps=3)
    tags = read_tags(tmp_path / "train")
    assert tags["epoch_loss"] == tags["epoch_learning_rate"] == [0, 1]
    assert tags["batch_loss"] == [2, 4, 6]
    assert tags["dense/kernel_0/histogram"] == tags["dense/kernel_0/image"] == [0, 1]
    assert tags["keras"] == [0] and tags["graph"] == [0]
    assert read_tags(tmp_path / "validation") == {"epoch_loss": [0, 1]}


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_evaluations_and_speed(tmp_path):
    model = Model()
    board = callbacks.TensorBoard(tmp_path, write_graph=False, update_freq="batch", write_steps_per_second=True)
    fit(model, [board], [1.0], steps=2)
    listeners = callbacks.CallbackList([board], model=model, verbose=0, epochs=1, steps=1)
    listeners.on_test_begin()
    listeners.on_test_end({"loss": 0.5})
    listeners.on_train_end()
    tags = read_tags(tmp_path / "train")
    assert tags["batch_steps_per_second"] == [1, 2] and tags["epoch_steps_per_second"] == [0]
    assert read_tags(tmp_path / "validation") == {"evaluation_loss_vs_iterations": [2]}


def test_tensorboard_profiles_the_wanted_batches(tmp_path):
    fit(Model(), [callbacks.TensorBoard(tmp_path, write_graph=False, profile_batch="2,3")], [1.0], steps=5)
    runs = os.listdir(tmp_path / "plugins" / "profile")
    assert len(runs) == 1 and any(
        name.endswith(".xplane.pb") for name in os.listdir(tmp_path / "plugins" / "profile" / runs[0])
    )


@pytest.mark.parametrize("wrong", [-1, (3, 2), "1,2,3", 1.5])
def test_tensorboard_refuses_other_profile_batches(wrong):
    with pytest.raises(ValueError, match="profile_batch"):
        callbacks.TensorBoard("x", profile_batch=wrong)


def test_tensorboard_arguments():
    with pytest.raises(ValueError, match="Unrecognized arguments"):
        callbacks.TensorBoard("x", write_gradz=True)
    with pytest.warns(UserWarning, match="write_grads"):
        callbacks.TensorBoard("x", write_grads=True)
    with pytest.raises(ValueError, match="update_freq"):
        callbacks.TensorBoard("x", update_freq="never")


def test_a_bar_of_samples_ends_with_the_batches_that_were_seen(capsys):
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    data = np.ones((6, 1), "float32")
    model.fit(data, data, batch_size=2, callbacks=[callbacks.ProgbarLogger()])
    assert "3/3 [====" in capsys.readouterr().out


def test_rates_are_reduced_in_float32(capsys):
    model = Model(optimizers.SGD(0.05))
    fit(model, [callbacks.ReduceLROnPlateau("loss", patience=1, verbose=1)], [1.0] * 4)
    rates = [line.split()[-1] for line in capsys.readouterr().out.splitlines() if line]  # those of TensorFlow 2.21
    assert rates == ["0.005000000353902578.", "0.0005000000237487257.", "5.0000002374872565e-05."]


def test_summaries_of_a_step_are_written_when_batches_are(tmp_path):
    class Net(tf.keras.Sequential):
        def train_step(self, data):
            logs = super().train_step(data)
            tf.summary.scalar("mine", logs["loss"], step=self._train_counter)
            return logs

    model = Net([tf.keras.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    data = np.ones((10, 1), "float32")
    model.fit(data, data, batch_size=2, epochs=2, verbose=0, callbacks=[callbacks.TensorBoard(tmp_path, update_freq=2)])
    assert read_tags(tmp_path / "train")["mine"] == [0, 2, 4, 6, 8]  # as in Keras 2
    assert int(model._train_counter) == 10
    model.fit(data, data, batch_size=2, verbose=0)
    assert int(model._train_counter) == 5
    model.fit(data, data, batch_size=2, verbose=0, callbacks=[callbacks.TensorBoard(tmp_path / "b", update_freq=1)])
    assert read_tags(tmp_path / "b" / "train")["mine"] == [0, 1, 2, 3, 4]


def test_logs_of_loops_of_ones_own():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse", metrics=["mae"])
    model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
    made = callbacks.CallbackList([callbacks.History()], model=model)
    assert made.make_logs(model, {"a": 0}, [1.0, 2.0], "train", prefix="val_") == {
        "a": 0,
        "val_loss": 1.0,
        "val_mae": 2.0,
    }
    assert made.make_logs(model, {}, [1.0], "predict") == {"outputs": [1.0]}
    assert callbacks.CallbackList(model=model).make_logs(model, {}, [1.0], "train") == {}


def test_terminate_on_nan_may_raise():
    model = Model()
    with pytest.raises(RuntimeError, match="Inf loss encountered at batch 0"):
        fit(model, [callbacks.TerminateOnNaN(raise_error=True)], [float("inf")], steps=2)


def test_backup_without_the_one_before(tmp_path):
    for double, files in ((True, 2), (False, 1)):
        folder = tmp_path / str(double)
        keep = callbacks.BackupAndRestore(folder, delete_checkpoint=False, double_checkpoint=double)
        fit(Model(), [keep], [1.0, 1.0], steps=1)
        assert len(list(folder.iterdir())) == files


@pytest.mark.parametrize(
    "callback",
    [callbacks.ReduceLROnPlateau("loss", patience=1), callbacks.LearningRateScheduler(lambda epoch: 0.01)],
    ids=["plateau", "scheduler"],
)
def test_rates_that_a_schedule_gives_last_until_the_next_step(callback):
    schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
    with pytest.warns(UserWarning, match="LearningRateSchedule"):
        history = fit(Model(optimizers.SGD(schedule)), [callback], [1.0, 1.0, 1.0], steps=1)
    assert history.history["lr"][-1] in (0.125, np.float32(0.125))
