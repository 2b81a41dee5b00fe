"""tf.data.experimental.distributed_save: a folder of elements that the workers of a tf.data service make."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from typing import Any

from addax.core import errors
from addax.data.dataset import Dataset
from addax.data.node import END, INFINITE, NodeIterator
from addax.data.nodes.service import ServiceNode
from addax.data.seeds import Position
from addax.data.service_jobs import Terms
from addax.data.service_servers import dispatcher_at
from addax.data.service_sharding import ShardingPolicy
from addax.data.storage import Folder, Writer, compression_of


def distributed_save(
    dataset: Dataset, path: Any, data_service_address: str, compression: str | None = "AUTO"
) -> None:  # fmt: skip
    """Write a dataset to a folder, made by the workers of a tf.data service; `Dataset.load` reads it.

    It returns at once. The folder appears whole when all is written, or not at all; an error goes to the log. What is
    not done when the program ends is given up.

    Args:
        dataset: the dataset; each element is made by one of the workers.
        path: the folder.
        data_service_address: the `target` of a `DispatchServer` of this process.
        compression: "AUTO", None, "GZIP" or "ZLIB".

    Raises:
        tf.errors.InvalidArgumentError: the dataset is infinite.
        tf.errors.AlreadyExistsError: there is a dataset in the folder already, or one is being written there.
        tf.errors.UnimplementedError: a service of another process.
        ValueError: an unknown compression.

    >>> import addax as tf, os, tempfile, time
    >>> service = tf.data.experimental.service
    >>> dispatcher = service.DispatchServer()
    >>> worker = service.WorkerServer(service.WorkerConfig(dispatcher.target.split("://")[1]))
    >>> path = os.path.join(tempfile.mkdtemp(), "saved")
    >>> tf.data.experimental.distributed_save(tf.data.Dataset.range(3), path, dispatcher.target)
    >>> while not os.path.exists(path):
    ...     time.sleep(0.01)
    >>> sorted(int(v) for v in tf.data.Dataset.load(path))
    [0, 1, 2]
    """
    who, place = "distributed_save", os.path.abspath(os.fspath(path))
    kind = compression_of(compression)
    dispatcher = dispatcher_at(data_service_address, who)
    if dataset._node.cardinality() == INFINITE:
        raise errors.InvalidArgumentError(
            None, None, f"{who}: Saving an infinite dataset is not allowed.\n  To do: dataset.take(n)."
        )
    with _lock:
        if Folder.exists(place) or place in _going:
            raise errors.AlreadyExistsError(None, None, f"{who}: there is a dataset at {place} already.")
        writer = Writer(place, dataset.element_spec, kind)
        terms = Terms(dispatcher.register(dataset._node, None), ShardingPolicy.DYNAMIC)
        elements = Position(ServiceNode(dispatcher, dataset.element_spec, terms, None, None, None)).iterator
        thread = threading.Thread(
            target=_write, args=(place, elements, writer, dispatcher.saves), name="addax data save", daemon=True
        )
        _going[place] = thread
    thread.start()


_lock = threading.Lock()
_going: dict[str, threading.Thread] = {}
_over = threading.Event()  # the program ends


def _write(place: str, elements: NodeIterator, writer: Writer, turns: threading.BoundedSemaphore) -> None:
    """The thread of a save."""
    try:
        with turns:
            while (element := elements.next()) is not END:
                if _over.is_set():
                    raise errors.CancelledError(None, None, "the program ended")
                writer.write(element)
        writer.commit()
    except Exception as error:
        writer.abort()
        logging.getLogger("addax").error("distributed_save: nothing was written to %s: %s", place, error)
    finally:
        elements.close()
        with _lock:
            _going.pop(place, None)


def _end() -> None:
    """At exit, let the threads that write give up; those that wait for workers are left."""
    _over.set()
    for thread in list(_going.values()):
        thread.join(timeout=1.0)


atexit.register(_end)
