"""What a TensorBoard event file holds, as messages: an Event per record, with summaries of values in it.

Schemas: tensorflow/core/util/event.proto, tensorflow/core/framework/{summary,histogram}.proto.
"""

from __future__ import annotations

from addax.formats.messages import Message, many, one
from addax.formats.tensor_proto import TensorProto

__all__ = [
    "Event", "HistogramProto", "LogMessage", "SessionLog", "Summary", "SummaryDescription", "SummaryMetadata",
    "TaggedRunMetadata",
]  # fmt: skip


class HistogramProto(Message):
    """A histogram: its range, moments and the counts below each limit."""

    _fields = {
        "min": one(1, "double"), "max": one(2, "double"), "num": one(3, "double"), "sum": one(4, "double"),
        "sum_squares": one(5, "double"), "bucket_limit": many(6, "double"), "bucket": many(7, "double"),
    }  # fmt: skip


class _PluginData(Message):
    _fields = {"plugin_name": one(1, "string"), "content": one(2, "bytes")}


class SummaryMetadata(Message):
    """Which plugin of TensorBoard shows a value, and how."""

    PluginData = _PluginData
    _fields = {
        "plugin_data": one(1, _PluginData),
        "display_name": one(2, "string"),
        "summary_description": one(3, "string"),
        "data_class": one(
            4, "enum",
            ("DATA_CLASS_UNKNOWN", "DATA_CLASS_SCALAR", "DATA_CLASS_TENSOR", "DATA_CLASS_BLOB_SEQUENCE"),
        ),
    }  # fmt: skip


class _Image(Message):
    _fields = {
        "height": one(1, "int32"), "width": one(2, "int32"), "colorspace": one(3, "int32"),
        "encoded_image_string": one(4, "bytes"),
    }  # fmt: skip


class _Audio(Message):
    _fields = {
        "sample_rate": one(1, "float"), "num_channels": one(2, "int64"), "length_frames": one(3, "int64"),
        "encoded_audio_string": one(4, "bytes"), "content_type": one(5, "string"),
    }  # fmt: skip


class _Value(Message):
    _fields = {
        "tag": one(1, "string"),
        "simple_value": one(2, "float", group="value"),
        "obsolete_old_style_histogram": one(3, "bytes", group="value"),
        "image": one(4, _Image, group="value"),
        "histo": one(5, HistogramProto, group="value"),
        "audio": one(6, _Audio, group="value"),
        "node_name": one(7, "string"),
        "tensor": one(8, TensorProto, group="value"),
        "metadata": one(9, SummaryMetadata),
    }


class Summary(Message):
    """Values by tag.

    Example:
        >>> from addax.formats.event import Summary
        >>> summary = Summary(value=[Summary.Value(tag="loss", simple_value=0.5)])
        >>> Summary.FromString(summary.SerializeToString()).value[0].simple_value
        0.5
    """

    Value, Image, Audio = _Value, _Image, _Audio
    _fields = {"value": many(1, _Value)}


class SummaryDescription(Message):
    """How a summary is to be shown."""

    _fields = {"type_hint": one(1, "string")}


class LogMessage(Message):
    """A line of a log."""

    _fields = {"level": one(1, "enum"), "message": one(2, "string")}


class SessionLog(Message):
    """That a run of TensorFlow 1 started, stopped or saved a checkpoint."""

    _fields = {
        "status": one(1, "enum", ("STATUS_UNSPECIFIED", "START", "STOP", "CHECKPOINT")),
        "checkpoint_path": one(2, "string"), "msg": one(3, "string"),
    }  # fmt: skip


class TaggedRunMetadata(Message):
    """Measurements of a step under a tag."""

    _fields = {"tag": one(1, "string"), "run_metadata": one(2, "bytes")}


class _SourceMetadata(Message):
    _fields = {"writer": one(1, "string")}


class Event(Message):
    """A record of an event file: when (seconds since 1970), at which step, and one of its payloads.

    Example:
        >>> from addax.formats.event import Event
        >>> Event.FromString(Event(wall_time=1.5, step=3, file_version="brain.Event:2").SerializeToString()).step
        3
    """

    _fields = {
        "wall_time": one(1, "double"),
        "step": one(2, "int64"),
        "file_version": one(3, "string", group="what"),
        "graph_def": one(4, "bytes", group="what"),
        "summary": one(5, Summary, group="what"),
        "log_message": one(6, LogMessage, group="what"),
        "session_log": one(7, SessionLog, group="what"),
        "tagged_run_metadata": one(8, TaggedRunMetadata, group="what"),
        "meta_graph_def": one(9, "bytes", group="what"),
        "source_metadata": one(10, _SourceMetadata),
    }
