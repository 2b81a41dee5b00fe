"""`tf.summary`: numbers, pictures and texts over the steps of a training, for TensorBoard."""

from addax.summary import experimental as experimental
from addax.summary.audio import audio as audio
from addax.summary.graph import graph as graph
from addax.summary.histogram import histogram as histogram
from addax.summary.image import image as image
from addax.summary.scalar import scalar as scalar
from addax.summary.text import text as text
from addax.summary.trace import trace_export as trace_export
from addax.summary.trace import trace_off as trace_off
from addax.summary.trace import trace_on as trace_on
from addax.summary.writer import SummaryWriter as SummaryWriter
from addax.summary.writer import create_file_writer as create_file_writer
from addax.summary.writer import create_noop_writer as create_noop_writer
from addax.summary.writer import flush as flush
from addax.summary.writer import record_if as record_if
from addax.summary.writer import should_record_summaries as should_record_summaries
from addax.summary.writer import write as write

__all__ = [
    "SummaryWriter",
    "audio",
    "create_file_writer",
    "create_noop_writer",
    "experimental",
    "flush",
    "graph",
    "histogram",
    "image",
    "record_if",
    "scalar",
    "should_record_summaries",
    "text",
    "trace_export",
    "trace_off",
    "trace_on",
    "write",
]
