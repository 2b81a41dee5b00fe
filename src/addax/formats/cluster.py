"""tf.train.ClusterDef, JobDef, ServerDef: which processes there are, as protocol buffers.

Schema: tensorflow/core/protobuf/cluster.proto and tensorflow_server.proto.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from addax.formats.messages import Field, Message, many, one

__all__ = ["ClusterDef", "JobDef", "ServerDef"]


class _Task(Message):
    """An entry of `JobDef.tasks`; both parts are written always, as those of maps are."""

    _fields = {"key": one(1, "int32"), "value": one(2, "string")}

    def _set_fields(self) -> list[tuple[str, Field, Any]]:
        return [(name, field, getattr(self, name)) for name, field in self._fields.items()]


class _Tasks(MutableMapping):
    """The entries of a job as a map from numbers to addresses."""

    def __init__(self, entries: Any) -> None:
        self._entries = entries

    def _find(self, key: int) -> _Task | None:
        return next((entry for entry in reversed(self._entries._items) if entry.key == key), None)

    def __getitem__(self, key: int) -> str:
        found = self._find(key)
        if found is None:
            raise KeyError(key)
        return found.value

    def __setitem__(self, key: int, value: str) -> None:
        made = _Task(key=key, value=value)
        if key in self:
            del self[key]
        self._entries.append(made)

    def __delitem__(self, key: int) -> None:
        if self._find(key) is None:
            raise KeyError(key)
        self._entries._items = [entry for entry in self._entries._items if entry.key != key]

    def __iter__(self) -> Iterator[int]:
        return iter(dict.fromkeys(entry.key for entry in self._entries._items))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __repr__(self) -> str:
        return repr(dict(self))

    def add(self) -> _Task:
        """A new entry (used while bytes are read)."""
        return self._entries.add()

    def extend(self, values: Mapping[int, str]) -> None:
        """Add entries."""
        self.update(values)


class JobDef(Message):
    """A job: `JobDef(name="worker", tasks={0: "host:2222"})`.

    Args:
        name: of the job.
        tasks: the address of each task by its number.

    Example:
        >>> from addax.formats.cluster import JobDef
        >>> JobDef(name="worker", tasks={0: "host:2222"}).tasks[0]
        'host:2222'
    """

    _fields = {"name": one(1, "string"), "tasks": many(2, _Task)}

    @property
    def tasks(self) -> _Tasks:
        """The address of each task by its number."""
        return _Tasks(Message.__getattr__(self, "tasks"))


class ClusterDef(Message):
    """A cluster: `ClusterDef(job=[JobDef(...), ...])`.

    >>> from addax.formats.cluster import ClusterDef, JobDef, ServerDef
    >>> cluster = ClusterDef(job=[JobDef(name="worker", tasks={0: "a:1"})])
    >>> cluster.job[0].tasks[0]
    'a:1'
    """

    _fields = {"job": many(1, JobDef)}


class ServerDef(Message):
    """A server of a cluster: which job and task it is, and how it is reached.

    >>> from addax.formats.cluster import ClusterDef, JobDef, ServerDef
    >>> ServerDef(job_name="worker", task_index=1).task_index
    1
    """

    _fields = {
        "cluster": one(1, ClusterDef),
        "job_name": one(2, "string"),
        "task_index": one(3, "int32"),
        "protocol": one(5, "string"),
        "port": one(6, "int32"),
        "replica": one(8, "int32"),
    }
