"""`tf.summary.experimental`."""

from addax.summary.writer import get_step as get_step
from addax.summary.writer import set_step as set_step
from addax.summary.writer import summary_scope as summary_scope
from addax.summary.writer import write_raw_pb as write_raw_pb

__all__ = ["get_step", "set_step", "summary_scope", "write_raw_pb"]
