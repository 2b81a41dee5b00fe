"""``tf.compat.v1``: Addax itself, and the older names that programs for TensorFlow 2 still call.

A `Session` runs what a `tf.Graph` recorded; names that need variables of graphs are absent, and say so.
"""

from __future__ import annotations

import itertools
import logging as _logging
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import addax
from addax.compat import v1_decays, v1_losses, v1_optimizers
from addax.core.graph import get_default_graph as get_default_graph
from addax.core.graph_evaluation import Session as Session
from addax.core.graph_evaluation import placeholder as placeholder
from addax.core.names import missing_text
from addax.formats import event as _event
from addax.formats.errors import CorruptFileError
from addax.formats.event import Event as Event
from addax.formats.event import HistogramProto as HistogramProto
from addax.formats.event import LogMessage as LogMessage
from addax.formats.event import SessionLog as SessionLog
from addax.formats.event import Summary as Summary
from addax.formats.event import SummaryMetadata as SummaryMetadata
from addax.formats.example import DecodeError
from addax.formats.graph_def import AttrValue as AttrValue
from addax.formats.graph_def import GraphDef as GraphDef
from addax.formats.graph_def import NodeDef as NodeDef
from addax.formats.tfrecord import read_tfrecords
from addax.ops.ctc import sparse_loss

STANDS_BEFORE = addax  # what answers for all other names, also where they are imported

_GRAPHS = frozenset(
    "ConfigProto GPUOptions InteractiveSession disable_eager_execution disable_v2_behavior get_collection "
    "get_default_session get_variable global_variables global_variables_initializer local_variables_initializer "
    "placeholder_with_default reset_default_graph trainable_variables variable_scope".split()
)


def __getattr__(name: str) -> Any:
    if name in _GRAPHS:
        raise AttributeError(
            f"tf.compat.v1.{name} works on TensorFlow 1's variables of graphs, sessions and collections; here are "
            "none of them. Write the step as a function under tf.function, variables in a tf.Module or tf.keras.Model."
        )
    try:
        return getattr(addax, name)
    except AttributeError:
        if name.startswith("__"):
            raise
        known = {key for key in (*globals(), *dir(addax)) if not key.startswith("_")}
        raise AttributeError(f"tf.compat.v1 has no attribute {name!r}. {missing_text(name, known)}") from None


class _Extended(ModuleType):
    """A module of Addax with older names in it."""

    def __init__(self, base: Any, **names: Any) -> None:
        super().__init__(f"{__name__}.{base.__name__.rpartition('.')[2]}", base.__doc__)
        self.__dict__.update(names, STANDS_BEFORE=base)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["STANDS_BEFORE"], name)

    def __dir__(self) -> list[str]:
        return sorted({*dir(self.STANDS_BEFORE), *vars(self)} - {"STANDS_BEFORE"})


class _Records:
    """The records of a file one by one; asked again at its end it finds what was written since (TensorBoard does)."""

    def __init__(self, path: str, compression: str | None) -> None:
        self._path, self._compression = path, compression
        self._read = 0
        self._records: Iterator[bytes] | None = read_tfrecords(path, compression)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._records is None:
            self._records = itertools.islice(read_tfrecords(self._path, self._compression), self._read, None)
        try:
            record = next(self._records)
        except BaseException:
            self._records = None
            raise
        self._read += 1
        return record


def tf_record_iterator(path: str, options: Any = None) -> Iterator[bytes]:
    """The records of a TFRecord file (`tf.compat.v1.io.tf_record_iterator`).

    Args:
        path: the file.
        options: a compression type or `tf.io.TFRecordOptions`.
    """
    return _Records(path, getattr(options, "compression_type", options))


def summary_iterator(path: str) -> Iterator[Event]:
    """The events of a TensorBoard event file (`tf.compat.v1.train.summary_iterator`).

    Args:
        path: the file.

    Returns:
        An iterator over `Event`s; `tf.make_ndarray(value.tensor)` is the array of an `event.summary.value`.

    Raises:
        CorruptFileError: a record that is damaged, or no event.

    >>> import addax as tf, os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with tf.summary.create_file_writer(folder).as_default():
    ...     _ = tf.summary.scalar("loss", 0.5, step=2)
    >>> events = tf.compat.v1.train.summary_iterator(os.path.join(folder, os.listdir(folder)[0]))
    >>> [(e.step, v.tag, float(tf.make_ndarray(v.tensor))) for e in events for v in e.summary.value]
    [(2, 'loss', 0.5)]
    """
    for record in _Records(path, None):
        try:
            yield Event.FromString(record)
        except (DecodeError, ValueError, RecursionError) as error:
            raise CorruptFileError(path, f"a record is no event ({error})") from None


def set_random_seed(seed: int) -> None:
    """`tf.random.set_seed`.

    >>> import addax as tf
    >>> tf.compat.v1.set_random_seed(1)
    """
    addax.random.set_seed(seed)


def enable_eager_execution(config: Any = None, device_policy: Any = None, execution_mode: Any = None) -> None:
    """Nothing to do: operations run at once. So for the other two `enable_...`."""


def enable_v2_behavior() -> None:
    """Nothing to do: this is TensorFlow 2's behaviour."""


def enable_resource_variables() -> None:
    """Nothing to do: variables are no others."""


def executing_eagerly_outside_functions() -> bool:
    """True: there are no graphs to be outside of."""
    return True


def dimension_value(dimension: Any) -> int | None:
    """The size of a dimension, which TensorFlow 2 gives as a number already.

    >>> import addax as tf
    >>> tf.compat.v1.dimension_value(tf.ones((2, 3)).shape[1])
    3
    """
    return getattr(dimension, "value", dimension)


def to_float(x: Any, name: str = "ToFloat") -> addax.Tensor:
    """`tf.cast` to float32."""
    return addax.cast(x, addax.float32)


def to_int32(x: Any, name: str = "ToInt32") -> addax.Tensor:
    """`tf.cast` to int32."""
    return addax.cast(x, addax.int32)


def to_int64(x: Any, name: str = "ToInt64") -> addax.Tensor:
    """`tf.cast` to int64."""
    return addax.cast(x, addax.int64)


def ctc_loss(
    labels: Any, inputs: Any = None, sequence_length: Any = None, preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True, ignore_longer_outputs_than_inputs: bool = False, time_major: bool = True,
    logits: Any = None,
) -> addax.Tensor:  # fmt: skip
    """`tf.nn.ctc_loss` of sparse labels, the last class being the blank (`tf.compat.v1.nn.ctc_loss`).

    Args:
        labels: a SparseTensor of int32.
        inputs: logits of shape (frames, batch, classes).
        sequence_length: frames of each example (batch,).
        preprocess_collapse_repeated: whether labels are rid of repetitions first.
        ctc_merge_repeated: whether a class in neighbouring frames is one label.
        ignore_longer_outputs_than_inputs: whether more labels than frames give 0 rather than an error.
        time_major: False where the batch comes first in `inputs`.
        logits: another name of `inputs`.

    Returns:
        Losses (batch,).

    Raises:
        TypeError: labels that are no SparseTensor.
        InvalidArgumentError: no labels, or more of them than frames.

    >>> import addax as tf
    >>> labels = tf.sparse.from_dense([[1]])
    >>> tf.compat.v1.nn.ctc_loss(labels, tf.zeros([1, 1, 3]), [1]).numpy().round(4).tolist()
    [1.0986000299453735]
    """
    if not isinstance(labels, addax.SparseTensor):
        raise TypeError(f"tf.compat.v1.nn.ctc_loss: expected labels to be a SparseTensor, received {type(labels)}.")
    given = inputs if logits is None else logits
    return sparse_loss(
        labels, addax.convert_to_tensor(given), sequence_length, time_major, -1,
        preprocess_collapse_repeated, ctc_merge_repeated, ignore_longer_outputs_than_inputs,
    )  # fmt: skip


def _message(level: int) -> Any:
    return lambda message, *args: addax.get_logger().log(level, message, *args)


logging = ModuleType(f"{__name__}.logging", "TensorFlow's logger under its older names.")
vars(logging).update(
    DEBUG=_logging.DEBUG, INFO=_logging.INFO, WARN=_logging.WARNING, ERROR=_logging.ERROR, FATAL=_logging.CRITICAL,
    debug=_message(_logging.DEBUG), info=_message(_logging.INFO), warn=_message(_logging.WARNING),
    warning=_message(_logging.WARNING), error=_message(_logging.ERROR), fatal=_message(_logging.CRITICAL),
    log=lambda level, message, *args: addax.get_logger().log(level, message, *args),
    set_verbosity=lambda level: addax.get_logger().setLevel(level),
    get_verbosity=lambda: addax.get_logger().getEffectiveLevel(),
)  # fmt: skip

losses = v1_losses
nn = _Extended(addax.nn, ctc_loss=ctc_loss)
train = _Extended(
    addax.train, summary_iterator=summary_iterator,
    **{name: value for name, value in vars(v1_decays).items() if name.endswith(("_decay", "_constant", "_restarts"))},
    **{name: value for name, value in vars(v1_optimizers).items() if name.endswith("Optimizer")},
)  # fmt: skip
summary = _Extended(
    addax.summary, Event=Event, SessionLog=SessionLog, Summary=Summary, SummaryDescription=_event.SummaryDescription,
    TaggedRunMetadata=_event.TaggedRunMetadata,
)  # fmt: skip
io = _Extended(addax.io, tf_record_iterator=tf_record_iterator)
python_io = _Extended(addax.io, tf_record_iterator=tf_record_iterator)
data = _Extended(addax.data, make_one_shot_iterator=iter)
gfile = _Extended(
    addax.io.gfile, Exists=addax.io.gfile.exists, Glob=addax.io.gfile.glob, MakeDirs=addax.io.gfile.makedirs,
    MkDir=addax.io.gfile.mkdir, Remove=addax.io.gfile.remove, DeleteRecursively=addax.io.gfile.rmtree,
    ListDirectory=addax.io.gfile.listdir, IsDirectory=addax.io.gfile.isdir, Copy=addax.io.gfile.copy,
    Rename=addax.io.gfile.rename, Walk=addax.io.gfile.walk, Stat=addax.io.gfile.stat,
    Open=addax.io.gfile.GFile, FastGFile=addax.io.gfile.GFile,
)  # fmt: skip
