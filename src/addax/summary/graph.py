"""`tf.summary.graph`: what computes what."""

from __future__ import annotations

from typing import Any

from addax.core import context
from addax.core.tensor import Tensor
from addax.summary.writer import write_graph

__all__ = ["graph"]


def graph(graph_data: Any) -> Tensor:
    """Write a graph for TensorBoard's graph view.

    Args:
        graph_data: a GraphDef: its bytes (`addax.summary.events.encode_graph` makes them), or an object with
            `SerializeToString`, or one with `as_graph_def` that gives such an object.

    Returns:
        a bool tensor: whether it was written.

    Raises:
        ValueError: something else, or inside a function that is being traced.

    Example:
        >>> import tempfile, addax as tf
        >>> from addax.summary.events import encode_graph
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     _ = tf.summary.graph(encode_graph([("x", "Input", [], {}), ("y", "Dense", ["x"], {})]))
    """
    if not context.executing_eagerly():
        raise ValueError("tf.summary.graph: cannot be called inside a function that is being traced")

    def data() -> bytes:
        found = graph_data.as_graph_def() if hasattr(graph_data, "as_graph_def") else graph_data
        if hasattr(found, "SerializeToString"):
            found = found.SerializeToString()
        if not isinstance(found, bytes):
            raise ValueError(
                "tf.summary.graph(graph_data): expected a tf.Graph or GraphDef (or its bytes); received "
                f"{graph_data!r:.80} of type {type(graph_data).__name__}"
            )
        return found

    return write_graph(data)
