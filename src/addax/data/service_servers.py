"""The servers of a tf.data service: a dispatcher, which knows datasets and jobs, and workers, which make elements.

They serve the process that they are in: they find each other by their addresses in a register of this process, and
workers are threads. The functions of a pipeline are Python objects; they cannot go to another process in a form that
the other side could check, and nothing here unpickles what a stranger sent.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Iterable
from typing import Any, NamedTuple

from addax.core import errors
from addax.core.spec import TypeSpec
from addax.data import elements
from addax.data.node import Node
from addax.data.service_jobs import RoundRun, Run, SharedRun, Terms, Worker

_PROTOCOLS = ("grpc", "grpc+local", "grpc_tls")
_GC_SECONDS = 300.0
_lock = threading.RLock()  # a server that is dropped while another one registers leaves in the same thread
_servers: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
_stopped: set[str] = set()  # addresses where a server of this process was
_ports = itertools.count(50051)


class _DispatcherFields(NamedTuple):
    port: int
    protocol: str
    work_dir: str | None
    fault_tolerant_mode: bool
    worker_addresses: Any
    job_gc_check_interval_ms: int
    job_gc_timeout_ms: int
    worker_timeout_ms: int | None
    worker_max_concurrent_snapshots: int


class _WorkerFields(NamedTuple):
    dispatcher_address: str
    worker_address: str
    port: int
    protocol: str
    heartbeat_interval_ms: int
    dispatcher_timeout_ms: int
    data_transfer_protocol: str | None
    data_transfer_address: str


class DispatcherConfig(_DispatcherFields):
    """How a `DispatchServer` is to be.

    Args:
        port: of its address; 0 for a free one. No socket is opened: addresses are names in this process.
        protocol: "grpc" where None; the first part of `DispatchServer.target`.
        work_dir: where a fault-tolerant dispatcher would keep its journal.
        fault_tolerant_mode: must be False: datasets are functions of this process, which no journal can hold.
        worker_addresses: the addresses of all workers, for the policies that give each worker a fixed part. An
            address without a port stands for one worker of that host.
        job_gc_check_interval_ms: accepted: whether a job is still read is known at any time here.
        job_gc_timeout_ms: for how long a named job that nobody reads is kept; 5 minutes where None or 0.
        worker_timeout_ms: accepted: workers of this process say when they stop.
        worker_max_concurrent_snapshots: how many `distributed_save`s run at a time; 0 for any number.

    >>> import addax as tf
    >>> tf.data.experimental.service.DispatcherConfig(port=5000).port
    5000
    """

    __slots__ = ()

    def __new__(
        cls, port: int = 0, protocol: str | None = None, work_dir: str | None = None,
        fault_tolerant_mode: bool = False, worker_addresses: Any = None, job_gc_check_interval_ms: int | None = None,
        job_gc_timeout_ms: int | None = None, worker_timeout_ms: int | None = None,
        worker_max_concurrent_snapshots: int = 0,
    ) -> DispatcherConfig:  # fmt: skip
        return super().__new__(
            cls, port, protocol or "grpc", work_dir, fault_tolerant_mode, worker_addresses,
            job_gc_check_interval_ms or 0, job_gc_timeout_ms or 0, worker_timeout_ms, worker_max_concurrent_snapshots,
        )  # fmt: skip


class WorkerConfig(_WorkerFields):
    """How a `WorkerServer` is to be.

    Args:
        dispatcher_address: "host:port" of a dispatcher of this process.
        worker_address: how it is called; "%port%" in it stands for the port. "localhost:%port%" where None.
        port: of its address; 0 for a free one.
        protocol: "grpc" where None.
        heartbeat_interval_ms: accepted: workers and dispatcher share their memory.
        dispatcher_timeout_ms: accepted: whether there is a dispatcher in this process is known at once.
        data_transfer_protocol: accepted: elements do not travel.
        data_transfer_address: accepted: elements do not travel.

    >>> import addax as tf
    >>> tf.data.experimental.service.WorkerConfig("localhost:5000").dispatcher_address
    'localhost:5000'
    """

    __slots__ = ()

    def __new__(
        cls, dispatcher_address: str, worker_address: str | None = None, port: int = 0, protocol: str | None = None,
        heartbeat_interval_ms: int | None = None, dispatcher_timeout_ms: int | None = None,
        data_transfer_protocol: str | None = None, data_transfer_address: str | None = None,
    ) -> WorkerConfig:  # fmt: skip
        return super().__new__(
            cls, dispatcher_address, worker_address or "localhost:%port%", port, protocol or "grpc",
            heartbeat_interval_ms or 0, dispatcher_timeout_ms or 0, data_transfer_protocol,
            data_transfer_address or "localhost:%dts_port%",
        )  # fmt: skip


class Registered(NamedTuple):
    """A dataset that a dispatcher knows."""

    node: Node
    spec: Any


def dispatcher_at(service: Any, who: str) -> Dispatcher:
    """The dispatcher that a `service` argument names.

    Raises:
        ValueError: it names none.
        tf.errors.UnavailableError: it was stopped.
        tf.errors.UnimplementedError: it is not in this process.
    """
    if not isinstance(service, str) or not service:
        raise ValueError(
            errors.message(
                who, expected='service as "protocol://address", as DispatchServer.target', received=f"{service!r:.80}"
            )
        )
    protocol, _, address = service.rpartition("://")
    if protocol and protocol not in _PROTOCOLS:
        raise errors.NotFoundError(None, None, f"{who}: no protocol {protocol!r}; there are {', '.join(_PROTOCOLS)}.")
    found = _servers.get(address)
    if isinstance(found, Dispatcher):
        return found
    if address in _stopped:
        raise errors.UnavailableError(None, None, f"{who}: the dispatcher at {address} was stopped.")
    raise errors.UnimplementedError(
        None, None,
        f"{who}: there is no dispatcher at {address} in this process, and dispatchers of other processes cannot be "
        "used: the functions of a pipeline are Python objects of this process, and nothing is unpickled.\n"
        "  To do: start tf.data.experimental.service.DispatchServer() and WorkerServers here; for several processes, "
        "dataset.shard(num_processes, index) in each.",
    )  # fmt: skip


def _check_protocol(value: Any, who: str) -> None:
    if value not in _PROTOCOLS:
        raise errors.NotFoundError(
            None, None, f"{who}: no server for the protocol {value!r}; there are {', '.join(_PROTOCOLS)}."
        )


def _register(server: Any, port: int, who: str) -> int:
    """Put a server into the register at a free port, or at one that is asked for."""
    with _lock:
        if port == 0:
            port = next(port for port in _ports if f"localhost:{port}" not in _servers)
        elif not 0 < port < 1 << 16:
            raise ValueError(errors.message(who, expected="a port from 0 to 65535", received=port))
        address = f"localhost:{port}"
        if address in _servers:
            raise RuntimeError(f"{who}: could not start: another server of this process is at {address}.")
        _servers[address] = server
        _stopped.discard(address)
    return port


def _unregister(server: Any, address: str) -> None:
    with _lock:
        if _servers.get(address) is server:
            del _servers[address]
            _stopped.add(address)


class Dispatcher:
    """What a running `DispatchServer` knows: workers, datasets, jobs and their passes."""

    def __init__(self, config: DispatcherConfig) -> None:
        self.lock = threading.RLock()  # held by whom the garbage collector may interrupt with `stop`
        self.port = _register(self, config.port, "DispatchServer")
        self.address = f"localhost:{self.port}"
        self.announced = _addresses(config.worker_addresses)
        self.saves = threading.BoundedSemaphore(config.worker_max_concurrent_snapshots or 1 << 16)
        self.workers: list[Worker] = []
        self._patience = config.job_gc_timeout_ms / 1e3 or _GC_SECONDS
        self._datasets: dict[str, Registered] = {}
        self._ids = itertools.count(1000)
        self._jobs: dict[str, Terms] = {}
        self._passes: dict[tuple[str, int], Run] = {}
        self._active: weakref.WeakSet[Run] = weakref.WeakSet()

    # ------------------------------------------------------------------ datasets

    def register(self, node: Node, dataset_id: str | None) -> str:
        """Keep a dataset; one that is kept under that name already stays."""
        spec = node.spec
        with self.lock:
            if dataset_id is None:
                dataset_id = next(name for each in self._ids if (name := str(each)) not in self._datasets)
            known = self._datasets.get(dataset_id)
            if known is None:
                self._datasets[dataset_id] = Registered(node, spec)
            elif not same_specs(known.spec, spec):
                raise errors.InvalidArgumentError(
                    None, None,
                    f"register_dataset: datasets with the same ID should have the same structure: {dataset_id!r} has "
                    f"elements of {known.spec}.\n  Received: a dataset of {spec}.",
                )  # fmt: skip
        return dataset_id

    def dataset(self, dataset_id: str) -> Registered:
        """A dataset by its name.

        Raises:
            tf.errors.NotFoundError: there is none.
        """
        found = self._datasets.get(dataset_id)
        if found is None:
            raise errors.NotFoundError(
                None, None,
                f"Dataset id {dataset_id} not found. It must be registered with `register_dataset` before calling "
                "`from_dataset_id`.",
            )  # fmt: skip
        return found

    # ------------------------------------------------------------------ jobs

    def run(self, name: str | None, number: int, terms: Terms) -> Run:
        """The pass with a number of a job; without a name, one that nobody shares."""
        with self.lock:
            node = self.dataset(terms.dataset).node
            if name is not None:
                self._agree(name, terms)
            run = None if name is None else self._passes.get((name, number))
            if run is not None and not (run.closed and not run.down):
                return run
            self._check(node, terms)
            kind = SharedRun if terms.shared else Run if terms.consumers is None else RoundRun
            run = kind(node, terms, len(self.announced), self._patience if name is not None else 0.0)
            if name is not None:
                self._passes = {key: each for key, each in self._passes.items() if not each.closed}
                self._passes[name, number] = run
            self._active.add(run)
            for worker in self.workers:
                run.add(worker)
        return run

    def _agree(self, name: str, terms: Terms) -> None:
        known = self._jobs.setdefault(name, terms)
        mine = (known.policy, known.consumers, known.shared, known.target)
        if mine != (terms.policy, terms.consumers, terms.shared, terms.target):
            raise errors.InvalidArgumentError(
                None, None,
                f"Tried to create job with name {name}, but found an existing job with different parameters: "
                f"{known} is there.\n  Received: {terms}.",
            )  # fmt: skip
        if known.dataset != terms.dataset:
            self._jobs[name] = terms

    def _check(self, node: Node, terms: Terms) -> None:
        if terms.shared and node.cardinality() >= 0:
            raise errors.InvalidArgumentError(
                None, None,
                "Cross-trainer caching requires the input dataset to be infinite. Got input with cardinality "
                f"{node.cardinality()}.",
            )  # fmt: skip
        if terms.consumers is not None and node.cardinality() >= 0:
            raise errors.FailedPreconditionError(
                None, None,
                "Round robin reads require that the input dataset has infinite cardinality, but the dataset has "
                f"cardinality {node.cardinality()}.\n  To do: dataset.repeat(), and take(n) behind the service.",
            )  # fmt: skip
        if terms.policy.is_fixed:
            for worker in self.workers:
                if worker.index is None:
                    raise errors.NotFoundError(
                        None, None,
                        f"{terms.policy!r}: Worker {worker.address} is not in the workers list. Got workers list "
                        f"{self.announced}.\n  To do: DispatcherConfig(worker_addresses=[...]) with all workers.",
                    )  # fmt: skip

    # ------------------------------------------------------------------ workers

    def add_worker(self, address: str) -> Worker:
        """A worker says that it is there."""
        host = address.rpartition(":")[0]
        with self.lock:
            taken = {worker.index for worker in self.workers}
            places = [i for i, each in enumerate(self.announced) if each in (address, host, f"{host}:%port%")]
            free = [i for i in places if i not in taken]
            if self.announced and not free:
                raise RuntimeError(
                    f"WorkerServer: Worker {address} is not in the workers list. Got workers list {self.announced}."
                )
            worker = Worker(address, free[0] if free else None)
            self.workers.append(worker)
            for run in list(self._active):
                run.add(worker)
        return worker

    def remove_worker(self, worker: Worker) -> None:
        """A worker stops."""
        with self.lock:
            if worker in self.workers:
                self.workers.remove(worker)
            for run in list(self._active):
                run.remove(worker)

    def stop(self) -> None:
        """End all passes."""
        _unregister(self, self.address)
        with self.lock:
            for run in list(self._active):
                run.close(f"the dispatcher at {self.address} was stopped")
            self._passes.clear()


def _addresses(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(
            errors.message("DispatcherConfig", expected="worker_addresses as a list of strings", received=value)
        )
    return [str(each) for each in value]


def same_specs(a: Any, b: Any) -> bool:
    """Whether two structures of specs go together."""
    if isinstance(a, TypeSpec) and isinstance(b, TypeSpec):
        return a.is_compatible_with(b) or a == b
    try:
        elements.merge_specs(a, b)
    except (TypeError, ValueError):
        return False
    return True


class _Server:
    """What both servers do: start, wait, stop."""

    _running: Any
    _finalizer: weakref.finalize

    def __init__(self) -> None:
        self._over = threading.Event()

    def join(self) -> None:
        """Wait until the server is stopped."""
        self._over.wait()

    def stop(self) -> None:
        """Stop: without a worker passes go on, without their dispatcher they end with `tf.errors.UnavailableError`."""
        if self._running is not None:
            self._finalizer()
            self._running = None
        self._over.set()

    _stop = stop


class DispatchServer(_Server):
    """Knows the datasets, jobs and workers of a tf.data service, in this process.

    Args:
        config: a `DispatcherConfig`.
        start: whether it starts at once.

    Raises:
        tf.errors.UnimplementedError: `fault_tolerant_mode`.

    >>> import addax as tf
    >>> service = tf.data.experimental.service
    >>> dispatcher = service.DispatchServer()
    >>> worker = service.WorkerServer(service.WorkerConfig(dispatcher.target.split("://")[1]))
    >>> data = tf.data.Dataset.range(4).apply(service.distribute("distributed_epoch", dispatcher.target))
    >>> sorted(int(v) for v in data)
    [0, 1, 2, 3]
    """

    def __init__(self, config: DispatcherConfig | None = None, start: bool = True) -> None:
        super().__init__()
        config = DispatcherConfig() if config is None else config
        if config.fault_tolerant_mode and config.work_dir is None:
            raise ValueError(
                "Cannot enable fault tolerant mode without configuring a work dir. Make sure to set `work_dir` in the "
                "`config` object passed to `DispatcherServer`."
            )
        if config.fault_tolerant_mode:
            raise errors.UnimplementedError(
                None, None,
                "DispatchServer: fault_tolerant_mode would keep datasets in files, and the functions of a pipeline are "
                "Python objects of this process.\n  To do: leave it False.",
            )  # fmt: skip
        _check_protocol(config.protocol, "DispatchServer")
        self._config = config
        self._running: Dispatcher | None = None
        if start:
            self.start()

    def start(self) -> None:
        """Start, if it does not run."""
        if self._running is None:
            self._over.clear()
            self._running = Dispatcher(self._config)
            self._finalizer = weakref.finalize(self, self._running.stop)

    @property
    def target(self) -> str:
        """What `distribute` takes as its `service`: "protocol://address".

        Raises:
            RuntimeError: it does not run.
        """
        if self._running is None:
            raise RuntimeError("DispatchServer.target: the server does not run.\n  To do: start().")
        return f"{self._config.protocol}://{self._running.address}"

    def _num_workers(self) -> int:
        return 0 if self._running is None else len(self._running.workers)


class WorkerServer(_Server):
    """Makes elements of datasets, on threads of this process, for the dispatcher that it belongs to.

    Args:
        config: a `WorkerConfig`.
        start: whether it starts at once.

    Raises:
        ValueError: no dispatcher's address.
        tf.errors.UnimplementedError: a dispatcher of another process.
        RuntimeError: the dispatcher has a list of workers, and this one is not in it.
    """

    def __init__(self, config: WorkerConfig, start: bool = True) -> None:
        super().__init__()
        if getattr(config, "dispatcher_address", None) is None or not config.dispatcher_address:
            raise ValueError(
                "Must specify a `dispatcher_address` in the `config` passed to `WorkerServer`.\n  To do: "
                'WorkerConfig(dispatcher_address=dispatcher.target.split("://")[1]).'
            )
        _check_protocol(config.protocol, "WorkerServer")
        self._config = config
        self._running: Worker | None = None
        if start:
            self.start()

    def start(self) -> None:
        """Start, if it does not run."""
        if self._running is not None:
            return
        dispatcher = dispatcher_at(self._config.dispatcher_address, "WorkerServer")
        place = _Place()
        port = _register(place, self._config.port, "WorkerServer")
        address = self._config.worker_address.replace("%port%", str(port))
        try:
            self._running = dispatcher.add_worker(address)
        except BaseException:
            _unregister(place, f"localhost:{port}")
            raise
        self._over.clear()
        self._finalizer = weakref.finalize(self, _withdraw, dispatcher, self._running, place, f"localhost:{port}")


class _Place:
    """What stands in the register for a worker."""


def _withdraw(dispatcher: Dispatcher, worker: Worker, place: _Place, address: str) -> None:
    _unregister(place, address)
    dispatcher.remove_worker(worker)
