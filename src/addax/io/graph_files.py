"""Graphs in files."""

from __future__ import annotations

import os
from typing import Any

from addax.io import gfile

__all__ = ["write_graph"]


def write_graph(graph_or_graph_def: Any, logdir: str, name: str, as_text: bool = True) -> str:
    """Write a graph as a protocol buffer, text or binary.

    Args:
        graph_or_graph_def: a `tf.Graph`, or a GraphDef.
        logdir: the folder, which is made if it is not there.
        name: the file's name in it.
        as_text: whether to write text.

    Returns:
        The path of the file.

    >>> import tempfile, addax as tf
    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     _ = tf.constant(1, name="one")
    >>> path = tf.io.write_graph(g, tempfile.mkdtemp(), "graph.pbtxt")
    >>> tf.io.gfile.GFile(path).read().splitlines()[:2]
    ['node {', '  name: "one"']
    """
    made = graph_or_graph_def.as_graph_def() if hasattr(graph_or_graph_def, "as_graph_def") else graph_or_graph_def
    gfile.makedirs(logdir)
    path = os.path.join(logdir, name)
    with gfile.GFile(path, "w" if as_text else "wb") as file:
        file.write(str(made) if as_text else made.SerializeToString())
    return path
