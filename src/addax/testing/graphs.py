"""Comparing graphs in tests."""

from __future__ import annotations

from addax.formats.graph_def import GraphDef

__all__ = ["assert_equal_graph_def"]


def assert_equal_graph_def(expected: GraphDef, actual: GraphDef) -> None:
    """Check that two graphs have the same nodes, in whatever order.

    Args:
        expected: a GraphDef.
        actual: another one.

    Raises:
        AssertionError: they differ; the message says where.
        TypeError: no GraphDef.

    >>> import addax as tf
    >>> g = tf.Graph()
    >>> tf.test.assert_equal_graph_def(g.as_graph_def(), tf.Graph().as_graph_def())
    """
    for name, each in (("expected", expected), ("actual", actual)):
        if not isinstance(each, GraphDef):
            raise TypeError(f"Expected tf.GraphDef for {name}, got {type(each).__name__}")
    first = {node.name: node for node in expected.node}
    second = {node.name: node for node in actual.node}
    if first.keys() != second.keys():
        raise AssertionError(f"The graphs have different nodes: {sorted(first.keys() ^ second.keys())}")
    for name, node in first.items():
        other = second[name]
        same = (node.op, list(node.input), node.device) == (other.op, list(other.input), other.device)
        if not same or dict(node.attr.items()) != dict(other.attr.items()):
            raise AssertionError(f"The graphs differ in the node {name!r}:\n{node}\nand\n{other}")
