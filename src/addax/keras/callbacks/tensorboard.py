"""TensorBoard: logs of training for TensorBoard to show."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np

from addax import summary
from addax.core import errors, profiler
from addax.keras import config
from addax.keras.callbacks.callback import Callback, overridden_by_user
from addax.keras.callbacks.protocol import EVERY, WHENEVER
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule
from addax.keras.progress import python_value
from addax.ops import comparison
from addax.summary.events import encode_graph, encode_metadata

_OLD = ("write_grads", "embeddings_layer_names", "embeddings_data", "batch_size")


class TensorBoard(Callback):
    """Writes metrics, histograms of weights, the model's graph and profiles for TensorBoard.

    Args:
        log_dir: the folder; training goes to `train` in it, validation to `validation`.
        histogram_freq: histograms of all weights every so many epochs, 0 for none.
        write_graph: draw the model.
        write_images: with histograms, the weights as pictures too.
        write_steps_per_second: steps per second, of epochs and of batches.
        update_freq: "epoch"; "batch" or a number of batches, for the metrics of batches as well.
        profile_batch: the batch to profile, or a pair of the first and the last (also as "2,5"); 0 for none.
        embeddings_freq: Embedding weights for the projector every so many epochs, 0 for none.
        embeddings_metadata: a file with the words of the embedding, or a dict of them by the layers' names.
        **kwargs: names of TensorFlow 1, which have no effect and warn.

    Raises:
        ValueError: an unknown argument, a wrong profile_batch, embeddings_metadata for no Embedding layer.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.TensorBoard("logs", histogram_freq=1, update_freq=100)
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self._supports_tf_logs = True
        _check_old(kwargs)
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and (not isinstance(self.update_freq, int) or self.update_freq < 1):
            raise ValueError(
                f"TensorBoard: update_freq must be 'batch', 'epoch' or a positive integer, got {update_freq!r}."
            )
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._start_batch, self._stop_batch = _profiled(profile_batch)
        self._is_tracing = False
        self._writers: dict[str, summary.SummaryWriter] = {}
        self._defaults: list[ExitStack] = []
        self._begin_run()

    def _begin_run(self) -> None:
        self._global_train_batch = 0  # training batches over all epochs
        self._last_batch = -1
        self._batch_started = 0.0
        self._epoch_started = (0.0, 0)

    # ------------------------------------------------------------------ writers

    def _writer(self, part: str) -> summary.SummaryWriter:
        if part not in self._writers:
            self._writers[part] = summary.create_file_writer(os.path.join(self.log_dir, part))
        return self._writers[part]

    @property
    def _train_writer(self) -> summary.SummaryWriter:
        return self._writer("train")

    @property
    def _val_writer(self) -> summary.SummaryWriter:
        return self._writer("validation")

    def _push_writer(self, part: str) -> None:
        """Make a writer the default, so that tf.summary calls in a user's train_step write there."""
        if self.update_freq == "epoch":
            return
        kind = "train" if part == "train" else "test"

        def due() -> Any:  # asked where a step is traced: a chunk has many of them
            return comparison.equal(self.model._step_counter(kind) % np.int64(self.update_freq), np.int64(0))

        stack = ExitStack()
        stack.enter_context(self._writer(part).as_default(self._global_train_batch))
        stack.enter_context(summary.record_if(due))
        self._defaults.append(stack)

    def _pop_writer(self) -> None:
        if self.update_freq != "epoch" and self._defaults:
            self._defaults.pop().close()

    def set_model(self, model: Any) -> None:
        """Take the model; write its graph and the projector's settings."""
        super().set_model(model)
        self._writers = {}
        if self.write_graph:
            with self._train_writer.as_default(), summary.record_if(True):
                self._write_model()
        if self.embeddings_freq:
            self._configure_embeddings()

    def _write_model(self) -> None:
        try:
            text = self.model.to_json()
        except Exception:  # a subclassed model has no such description
            text = None
        if text is not None:
            data = np.array(text.encode(), object)
            summary.write("keras", data, step=0, metadata=encode_metadata("graph_keras_model", b"1"))
        summary.graph(encode_graph(_graph_nodes(self.model)))

    # ------------------------------------------------------------------ when to look

    def _implements_train_batch_hooks(self) -> bool:
        wants = self.write_steps_per_second or self.update_freq != "epoch" or self._start_batch > 0
        return wants or overridden_by_user(self, "train")

    def _batches_until_look(self, mode: str) -> float:
        done, waits = self._global_train_batch, [WHENEVER]
        if self.write_steps_per_second:
            return EVERY
        if self.update_freq != "epoch":
            waits.append(self.update_freq - done % self.update_freq)
        if done < self._start_batch - 1:
            waits.append(self._start_batch - 1 - done)
        elif self._start_batch and done < self._stop_batch:
            waits.append(self._stop_batch - done)
        return min(waits)

    # ------------------------------------------------------------------ hooks

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin counting batches."""
        self._begin_run()
        self._push_writer("train")

    def on_train_end(self, logs: Any = None) -> None:
        """Close the files."""
        self._pop_writer()
        if self._is_tracing:
            self._stop_trace()
        for writer in self._writers.values():
            writer.close()

    def on_test_begin(self, logs: Any = None) -> None:
        """Let tf.summary calls of the evaluation write to `validation`."""
        self._push_writer("validation")

    def on_test_end(self, logs: Any = None) -> None:
        """Write the evaluation's metrics over the optimizer's steps."""
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None and hasattr(optimizer, "iterations"):
            step = int(optimizer.iterations)
            with self._val_writer.as_default(), summary.record_if(True):
                for name, value in (logs or {}).items():
                    summary.scalar(f"evaluation_{name}_vs_iterations", python_value(value), step=step)
        self._pop_writer()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Start a profile, if it is time."""
        self._batch_started = time.time()
        if self._start_batch and not self._is_tracing and self._global_train_batch + 1 == self._start_batch:
            profiler.start(self.log_dir)
            self._is_tracing = True

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write the batch's metrics, if it is time; end a profile."""
        self._global_train_batch += batch + 1 if batch <= self._last_batch else batch - self._last_batch
        self._last_batch = batch
        step = self._global_train_batch
        if self.update_freq != "epoch" and step % self.update_freq == 0:
            with self._train_writer.as_default(), summary.record_if(True):
                if self.write_steps_per_second:
                    seconds = max(time.time() - self._batch_started, 1e-9)
                    summary.scalar("batch_steps_per_second", 1.0 / seconds, step=step)
                for name, value in (logs or {}).items():
                    summary.scalar(f"batch_{name}", python_value(value), step=step)
        if self._is_tracing and step >= self._stop_batch:
            self._stop_trace()

    def _stop_trace(self) -> None:
        profiler.stop()
        self._is_tracing = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note the time."""
        self._last_batch = -1
        if self.write_steps_per_second:
            self._epoch_started = (time.time(), int(self.model.optimizer.iterations))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the epoch's metrics, histograms and embeddings."""
        self._log_epoch_metrics(epoch, logs or {})
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._log_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self.model.save_weights(os.path.join(self.log_dir, "train", f"keras_embedding.ckpt-{epoch}"))

    # ------------------------------------------------------------------ contents

    def _log_epoch_metrics(self, epoch: int, logs: dict[str, Any]) -> None:
        if not logs:
            return
        train = {name: value for name, value in logs.items() if not name.startswith("val_")}
        validation = {name[4:]: value for name, value in logs.items() if name.startswith("val_")}
        schedule = getattr(self.model.optimizer, "_learning_rate", None)
        if schedule is None:  # a legacy optimizer
            schedule = getattr(self.model.optimizer, "lr", None)
        if isinstance(schedule, LearningRateSchedule):
            train["learning_rate"] = schedule(self.model.optimizer.iterations)
        if self.write_steps_per_second:
            began, iterations = self._epoch_started
            done = int(self.model.optimizer.iterations) - iterations
            train["steps_per_second"] = done / max(time.time() - began, 1e-9)
        with summary.record_if(True):
            for part, values in (("train", train), ("validation", validation)):
                if values:
                    with self._writer(part).as_default():
                        for name, value in values.items():
                            summary.scalar(f"epoch_{name}", python_value(value), step=epoch)

    def _log_weights(self, epoch: int) -> None:
        with self._train_writer.as_default(), summary.record_if(True):
            for layer in self.model.layers:
                for weight in layer.weights:
                    name = weight.name.replace(":", "_")
                    summary.histogram(f"{name}/histogram", weight, step=epoch)
                    if self.write_images:
                        picture = _as_image(np.asarray(weight.numpy()))
                        if picture is not None:
                            summary.image(f"{name}/image", picture, step=epoch)

    def _configure_embeddings(self) -> None:
        """Write the projector's settings: which tensor of the checkpoint, which file of words."""
        from addax.keras.layers import Embedding  # only the projector needs to know it

        names = dict(self.embeddings_metadata) if isinstance(self.embeddings_metadata, dict) else {}
        text, position = "", -1
        for layer in self.model.layers:
            position += bool(layer.weights) or isinstance(layer, Embedding)
            if not isinstance(layer, Embedding):
                continue
            tensor = f"layer_with_weights-{position}/embeddings/.ATTRIBUTES/VARIABLE_VALUE"
            text += f'embeddings {{\n  tensor_name: "{tensor}"\n'
            metadata = (
                self.embeddings_metadata if isinstance(self.embeddings_metadata, str) else names.pop(layer.name, None)
            )
            text += f'  metadata_path: "{metadata}"\n}}\n' if metadata is not None else "}\n"
        if names:
            raise ValueError(
                "Unrecognized `Embedding` layer names passed to `keras.callbacks.TensorBoard` `embeddings_metadata` "
                f"argument: {list(names)}"
            )
        os.makedirs(self.log_dir, exist_ok=True)
        with open(os.path.join(self.log_dir, "projector_config.pbtxt"), "w", encoding="utf-8") as stream:
            stream.write(text)


def _check_old(kwargs: dict[str, Any]) -> None:
    unknown = set(kwargs) - set(_OLD)
    if unknown:
        raise ValueError(
            f"Unrecognized arguments in `TensorBoard` Callback: {unknown}. Supported kwargs are: {set(_OLD)}"
        )
    for name, value in kwargs.items():
        if value:
            errors.warn_once(("TensorBoard", name), f"TensorBoard: `{name}` has had no effect since TensorFlow 2.0.")


def _profiled(profile_batch: Any) -> tuple[int, int]:
    """The first and the last batch to profile; (0, 0) for none."""
    found = profile_batch
    if isinstance(found, str):
        found = tuple(int(part) for part in found.split(","))
        found = found[0] if len(found) == 1 else found
    if isinstance(found, int):
        found = (found, found)
    if not isinstance(found, tuple | list) or len(found) != 2 or found[0] < 0 or found[1] < found[0]:
        raise ValueError(
            "profile_batch must be a non-negative integer or 2-tuple of positive integers. A pair of positive integers "
            f"signifies a range of batches to profile. Found: {profile_batch}"
        )
    return int(found[0]), int(found[1])


def _graph_nodes(model: Any) -> Iterator[tuple[str, str, list[str], dict[str, str]]]:
    """The layers and what feeds them, as nodes of a graph."""
    known = {layer.name for layer in model.layers}
    before: list[str] = []
    for layer in model.layers:
        feeding = [
            each.name
            for node in getattr(layer, "_inbound_nodes", ())
            for each in getattr(node, "input_layers", ())
            if each.name in known
        ]
        inputs = list(dict.fromkeys(feeding)) or (before if type(model).__name__ == "Sequential" else [])
        yield layer.name, type(layer).__name__, inputs, {"dtype": str(getattr(layer, "dtype", ""))}
        before = [layer.name]


def _as_image(weight: np.ndarray) -> np.ndarray | None:
    """A weight as pictures (count, height, width, channels); None for what is none."""
    picture = np.squeeze(weight)
    if picture.ndim == 1:
        picture = picture.reshape(1, -1, 1, 1)
    elif picture.ndim == 2:
        picture = picture.T if picture.shape[0] > picture.shape[1] else picture
        picture = picture[None, :, :, None]
    elif picture.ndim == 3:
        if config.image_data_format() == "channels_last":
            picture = picture.transpose(2, 0, 1)
        picture = picture[..., None]
    return picture if picture.ndim == 4 and picture.shape[-1] in (1, 3, 4) else None
