"""`tf.distribute.cluster_resolver`: who is in the cluster, and which of them this process is."""

from __future__ import annotations

import abc
import collections
import os
from typing import Any

from addax.core import devices
from addax.core.cluster_spec import ClusterSpec
from addax.core.names import missing_name
from addax.formats.json_text import read_json


class ClusterResolver(abc.ABC):
    """Base class of what knows a cluster; subclasses define `cluster_spec` and `master`."""

    @abc.abstractmethod
    def cluster_spec(self) -> ClusterSpec:
        """The addresses of all processes."""

    @abc.abstractmethod
    def master(self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None) -> str:
        """The address of a process."""

    def num_accelerators(
        self, task_type: str | None = None, task_id: int | None = None, config_proto: Any = None
    ) -> dict[str, int]:
        """How many GPUs and TPUs this process sees, by kind."""
        found = collections.Counter(device.device_type for device in devices.list_logical_devices())
        return {kind: count for kind, count in found.items() if kind != "CPU"}

    @property
    def environment(self) -> str:
        """Where the process runs, e.g. "google"; "" if nobody said."""
        return ""

    @property
    def task_type(self) -> Any:
        """This process' job, e.g. "worker"."""
        return getattr(self, "_task_type", None)

    @task_type.setter
    def task_type(self, task_type: Any) -> None:
        self._task_type = task_type

    @property
    def task_id(self) -> Any:
        """This process' number in its job."""
        return getattr(self, "_task_id", None)

    @task_id.setter
    def task_id(self, task_id: Any) -> None:
        self._task_id = task_id


def _url(address: str, rpc_layer: str | None) -> str:
    return f"{rpc_layer}://{address}" if rpc_layer else address


class SimpleClusterResolver(ClusterResolver):
    """A cluster that the program describes itself.

    Args:
        cluster_spec: the `tf.train.ClusterSpec`.
        master: the address that `master()` returns.
        task_type: this process' job.
        task_id: its number.
        environment: where it runs.
        num_accelerators: by kind; None: what this process sees.
        rpc_layer: the protocol in front of addresses.

    Raises:
        TypeError: no ClusterSpec.

    >>> import addax as tf
    >>> cluster = tf.train.ClusterSpec({"worker": ["a:1", "b:2"]})
    >>> tf.distribute.cluster_resolver.SimpleClusterResolver(cluster).master("worker", 1, rpc_layer="grpc")
    'grpc://b:2'
    """

    def __init__(
        self, cluster_spec: ClusterSpec, master: str = "", task_type: str | None = None, task_id: int | None = None,
        environment: str = "", num_accelerators: dict[str, int] | None = None, rpc_layer: str | None = None,
    ) -> None:  # fmt: skip
        if not isinstance(cluster_spec, ClusterSpec):
            raise TypeError(f"cluster_spec must be a `tf.train.ClusterSpec`. Received: {cluster_spec!r:.80}.")
        self._spec, self._master, self._environment = cluster_spec, master, environment
        self._task_type, self._task_id = task_type, task_id
        self._accelerators, self._rpc_layer = num_accelerators, rpc_layer

    def cluster_spec(self) -> ClusterSpec:
        """The addresses of all processes."""
        return self._spec

    def master(self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None) -> str:
        """The address of a process; without arguments, the one that was given."""
        if task_type is None or task_id is None:
            return _url(self._master, rpc_layer or self._rpc_layer) if self._master else self._master
        return _url(self._spec.task_address(task_type, task_id), rpc_layer or self._rpc_layer)

    def num_accelerators(
        self, task_type: str | None = None, task_id: int | None = None, config_proto: Any = None
    ) -> dict[str, int]:
        """How many accelerators a process has, by kind."""
        return super().num_accelerators() if self._accelerators is None else self._accelerators

    @property
    def environment(self) -> str:
        """Where the process runs."""
        return self._environment

    @property
    def rpc_layer(self) -> str | None:
        """The protocol in front of addresses."""
        return self._rpc_layer

    @rpc_layer.setter
    def rpc_layer(self, rpc_layer: str | None) -> None:
        self._rpc_layer = rpc_layer


class TFConfigClusterResolver(ClusterResolver):
    """A cluster that the environment variable TF_CONFIG describes, in JSON.

    Args:
        task_type: this process' job, in place of the variable's.
        task_id: its number, in place of the variable's.
        rpc_layer: the protocol in front of addresses.
        environment: where the process runs.

    >>> import os
    >>> import addax as tf
    >>> os.environ["TF_CONFIG"] = '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}'
    >>> tf.distribute.cluster_resolver.TFConfigClusterResolver().task_type
    'worker'
    >>> del os.environ["TF_CONFIG"]
    """

    def __init__(
        self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None,
        environment: str | None = None,
    ) -> None:  # fmt: skip
        self._task_type, self._task_id = task_type, task_id
        self._rpc_layer, self._environment = rpc_layer, environment

    @staticmethod
    def _config() -> dict[str, Any]:
        return read_json(os.environ.get("TF_CONFIG", "{}"), file="the environment variable TF_CONFIG")

    def cluster_spec(self) -> ClusterSpec:
        """The addresses of all processes; empty without TF_CONFIG."""
        return ClusterSpec(self._config().get("cluster", {}))

    def master(self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None) -> str:
        """The address of a process; "" where there is one process only."""
        spec = self.cluster_spec().as_dict()
        if sum(len(tasks) for tasks in spec.values()) <= 1:
            return ""
        task_type = task_type if task_type is not None else self.task_type
        task_id = task_id if task_id is not None else self.task_id
        return _url(self.cluster_spec().task_address(task_type, task_id), rpc_layer or self.rpc_layer)

    @property
    def task_type(self) -> Any:
        """This process' job."""
        given = self._config().get("task", {}).get("type") if self._task_type is None else self._task_type
        return None if given is None else str(given)

    @task_type.setter
    def task_type(self, task_type: Any) -> None:
        self._task_type = task_type

    @property
    def task_id(self) -> Any:
        """This process' number in its job."""
        given = self._config().get("task", {}).get("index") if self._task_id is None else self._task_id
        return None if given is None else int(given)

    @task_id.setter
    def task_id(self, task_id: Any) -> None:
        self._task_id = task_id

    @property
    def environment(self) -> Any:
        """Where the process runs; None if nobody said."""
        return self._environment

    @property
    def rpc_layer(self) -> str | None:
        """The protocol in front of addresses."""
        return self._config().get("rpc_layer") if self._rpc_layer is None else self._rpc_layer

    @rpc_layer.setter
    def rpc_layer(self, rpc_layer: str | None) -> None:
        self._rpc_layer = rpc_layer


class UnionResolver(ClusterResolver):
    """Several clusters as one. What is said of this process, the first of them says.

    Args:
        *args: the resolvers of the clusters.
        rpc_layer: the protocol in front of addresses; by default the first resolver's.

    Raises:
        ValueError: no resolver.
        TypeError: something else among them.

    >>> import addax as tf
    >>> cluster = tf.train.ClusterSpec({"worker": ["a:1"]})
    >>> resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(cluster)
    >>> tf.distribute.cluster_resolver.UnionResolver(resolver).cluster_spec().jobs
    ['worker']
    """

    def __init__(self, *args: ClusterResolver, rpc_layer: str | None = None) -> None:
        if not args:
            raise ValueError("At least one ClusterResolver is required.")
        if not all(isinstance(each, ClusterResolver) for each in args):
            raise TypeError("All arguments must be a sub-class of `ClusterResolver.`")
        self._parts = args
        self._task_type, self._task_id = args[0].task_type, args[0].task_id
        self._rpc_layer = rpc_layer or getattr(args[0], "rpc_layer", None)

    def cluster_spec(self) -> ClusterSpec:
        """The addresses of all processes of all clusters.

        Raises:
            KeyError: numbers of tasks that two clusters give.
        """
        merged: dict[str, Any] = {}
        for part in self._parts:
            for job, tasks in part.cluster_spec().as_dict().items():
                known = merged.get(job)
                if known is None:
                    merged[job] = tasks
                elif isinstance(known, list) and isinstance(tasks, list):
                    merged[job] = known + tasks
                else:
                    one, other = (dict(enumerate(x)) if isinstance(x, list) else x for x in (known, tasks))
                    if one.keys() & other.keys():
                        raise KeyError(
                            f"Duplicate keys detected when merging two ClusterSpecs: {one.keys() & other.keys()}"
                        )
                    merged[job] = {**one, **other}
        return ClusterSpec(merged)

    def master(self, task_type: str | None = None, task_id: int | None = None, rpc_layer: str | None = None) -> str:
        """The address of a process; without arguments, the first cluster's."""
        if task_type is None or task_id is None:
            return self._parts[0].master(rpc_layer=rpc_layer or self._rpc_layer)
        return _url(self.cluster_spec().task_address(task_type, task_id), rpc_layer or self._rpc_layer)

    def num_accelerators(
        self, task_type: str | None = None, task_id: int | None = None, config_proto: Any = None
    ) -> dict[str, int]:
        """How many accelerators the first cluster's process has."""
        return self._parts[0].num_accelerators(task_type, task_id, config_proto)

    @property
    def environment(self) -> str:
        """Where the process runs."""
        return self._parts[0].environment

    @property
    def rpc_layer(self) -> str | None:
        """The protocol in front of addresses."""
        return self._rpc_layer

    @rpc_layer.setter
    def rpc_layer(self, rpc_layer: str | None) -> None:
        self._rpc_layer = rpc_layer


__getattr__ = missing_name(__name__, globals())
