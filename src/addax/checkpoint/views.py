"""tf.train.CheckpointView and TrackableView: what a checkpoint, or an object, is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from addax.checkpoint import graph
from addax.checkpoint.files import prefix_of
from addax.checkpoint.restore import Restorer


class TrackableView:
    """The objects reachable from one, as checkpoints see them.

    Args:
        root: a module, model, checkpoint or the like.

    >>> import addax as tf
    >>> module = tf.Module()
    >>> module.v = tf.Variable(1.0)
    >>> list(tf.train.TrackableView(module).children(module))
    ['v']
    """

    def __init__(self, root: Any) -> None:
        self._root = root

    @property
    def root(self) -> Any:
        """The object that it begins with."""
        return self._root

    @classmethod
    def children(cls, obj: Any) -> dict[str, Any]:
        """The parts of an object by their names."""
        return graph.children(obj)

    def descendants(self) -> list[Any]:
        """All objects, nearest first."""
        return [item for item, _, _ in graph.walk(self._root)]


class CheckpointView:
    """The objects in a checkpoint, by number; the root is 0.

    Args:
        save_path: the path that `Checkpoint.save` gave, or a folder of checkpoints.

    Raises:
        NotFoundError: there is no such checkpoint.
        CorruptFileError: it is damaged, or was written without objects.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tf.train.Checkpoint(x=tf.Variable([1.0, 2.0])).save(tempfile.mkdtemp() + "/ckpt")
    >>> "x" in tf.train.CheckpointView(path).children(0)
    True
    """

    def __init__(self, save_path: Any) -> None:
        self._nodes = Restorer(prefix_of(save_path)).nodes

    def children(self, node_id: int) -> dict[str, int]:
        """The numbers of an object's parts by their names."""
        if not 0 <= node_id < len(self._nodes):
            raise IndexError(
                f"CheckpointView: expected an object from 0 to {len(self._nodes) - 1}; received {node_id}."
            )
        return dict(self._nodes[node_id].children)

    def descendants(self) -> list[int]:
        """The numbers of all objects, nearest first."""
        seen, order = {0}, [0]
        for number in order:
            for child in self._nodes[number].children.values():
                if child not in seen:
                    seen.add(child)
                    order.append(child)
        return order

    def match(self, obj: Any) -> dict[int, Any]:
        """The objects reachable from `obj`, by the number of what they would be restored from."""
        found, pending = {0: obj}, [(0, obj)]
        for number, item in pending:
            parts = graph.children(item)
            for name, child in self._nodes[number].children.items():
                if name in parts and child not in found:
                    found[child] = parts[name]
                    pending.append((child, parts[name]))
        return found

    def diff(self, obj: Any) -> tuple[dict[int, Any], list[int], list[Any]]:
        """What of the checkpoint and of an object has a counterpart.

        Returns:
            The matches (see `match`), the numbers of objects in the checkpoint without one, and the objects reachable
            from `obj` without one.
        """
        matches = self.match(obj)
        taken: Iterable[int] = {id(item) for item in matches.values()}
        without = [item for item, _, _ in graph.walk(obj) if id(item) not in taken]
        return matches, [number for number in self.descendants() if number not in matches], without
