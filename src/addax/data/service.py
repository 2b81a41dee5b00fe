"""tf.data.experimental.service: input pipelines that workers run, for one or several consumers, in this process."""

from __future__ import annotations

from typing import Any

from addax.core import convert, errors
from addax.core.names import missing_name as _missing_name
from addax.core.tensor import Tensor
from addax.data.arguments import AUTOTUNE, integer
from addax.data.dataset import Dataset
from addax.data.nodes.service import ServiceNode
from addax.data.service_jobs import Terms
from addax.data.service_servers import DispatcherConfig as DispatcherConfig
from addax.data.service_servers import DispatchServer as DispatchServer
from addax.data.service_servers import WorkerConfig as WorkerConfig
from addax.data.service_servers import WorkerServer as WorkerServer
from addax.data.service_servers import dispatcher_at, same_specs
from addax.data.service_sharding import ShardingPolicy as ShardingPolicy
from addax.data.service_sharding import policy_of

__all__ = [
    "CrossTrainerCache", "DispatchServer", "DispatcherConfig", "ShardingPolicy", "WorkerConfig", "WorkerServer",
    "distribute", "from_dataset_id", "register_dataset",
]  # fmt: skip

_COMPRESSIONS = ("AUTO", None, "SNAPPY")
_TARGETS = ("AUTO", "ANY", "LOCAL")


class CrossTrainerCache:
    """Lets trainers that share a named job each see every element, from a window over the last ones in memory.

    Args:
        trainer_id: who this trainer is; trainers with the same name share a position.

    Raises:
        ValueError: an empty name.
    """

    def __init__(self, trainer_id: Any) -> None:
        if not trainer_id:
            raise ValueError("tf.data service cross-trainer cache requires a non-empty trainer ID.")
        self.trainer_id = trainer_id


def _compression(value: Any, who: str) -> None:
    if value not in _COMPRESSIONS:
        raise ValueError(
            f"{who}: Invalid `compression` argument: {value}. Must be one of {list(_COMPRESSIONS)}; elements stay in "
            "this process and are not compressed."
        )


def _job(name: Any, who: str) -> str | None:
    if name is None:
        return None
    if not isinstance(name, str):
        raise ValueError(
            f"{who}: `job_name` must be a string, but `job_name` was of type {type(name)}. job_name={name}"
        )
    if not name:
        raise ValueError(f"{who}: `job_name` must not be empty")
    return name


def _place(
    job_name: str | None, consumer_index: Any, num_consumers: Any, cache: CrossTrainerCache | None, who: str
) -> tuple[Any, int | None]:
    """Who a consumer is among those of a job, and how many go in step."""
    if (consumer_index is None) != (num_consumers is None):
        raise ValueError(errors.message(
            who, expected="consumer_index and num_consumers, both or none",
            received={"consumer_index": consumer_index, "num_consumers": num_consumers},
        ))  # fmt: skip
    if num_consumers is None:
        if cache is not None and job_name is None:
            raise errors.InvalidArgumentError(
                None, None, f"{who}: Cross-trainer caching requires named jobs. Got empty `job_name`."
            )
        return (None if cache is None else str(cache.trainer_id)), None
    if job_name is None:
        raise ValueError(
            f"{who}: `job_name` must be set when setting `num_consumers`. num_consumers was set to {num_consumers}."
        )
    if cache is not None:
        raise errors.InvalidArgumentError(
            None, None, f"{who}: cross_trainer_cache does not go with consumers that read in step (num_consumers)."
        )
    count, index = integer(num_consumers, who, "num_consumers"), integer(consumer_index, who, "consumer_index")
    if not 0 <= index < count:
        raise errors.FailedPreconditionError(
            None, None, f"{who}: Requesting data for consumer index {index}, but the number of consumers is {count}."
        )
    return index, count


def _limit(max_outstanding_requests: Any, who: str) -> int | None:
    if max_outstanding_requests is None:
        return None
    limit = integer(max_outstanding_requests, who, "max_outstanding_requests")
    if limit != AUTOTUNE and limit < 1:
        raise errors.InvalidArgumentError(
            None, None, f"{who}: max_outstanding_requests must be positive or -1; received {limit}."
        )
    return None if limit == AUTOTUNE else limit


def _target(value: Any, who: str) -> str:
    if not isinstance(value, str) or value.upper() not in _TARGETS:
        raise ValueError(
            errors.message(who, expected=f"target_workers as one of {', '.join(_TARGETS)}", received=f"{value!r:.80}")
        )
    return value.upper()


def _transfer(value: Any, who: str) -> None:
    if value is not None and not isinstance(value, str):
        raise ValueError(
            f"{who}: `data_transfer_protocol` must be a string, but it was of type {type(value)}: {value!r:.80}"
        )


def distribute(
    processing_mode: Any, service: str, job_name: str | None = None, consumer_index: Any = None,
    num_consumers: Any = None, max_outstanding_requests: Any = None, data_transfer_protocol: str | None = None,
    compression: str | None = "AUTO", cross_trainer_cache: CrossTrainerCache | None = None,
    target_workers: str = "AUTO",
) -> Any:  # fmt: skip
    """Let the workers of a tf.data service run a dataset; to be given to `Dataset.apply`.

    Each worker runs on a thread of this process. Elements come in the order in which they get ready.

    Args:
        processing_mode: a `ShardingPolicy`; "parallel_epochs" is OFF, "distributed_epoch" is DYNAMIC.
        service: the `target` of a `DispatchServer` of this process.
        job_name: datasets with the same one share a job: the n-th passes over them are one pass, whose elements go to
            whoever asks first. None: every pass is by itself.
        consumer_index: with `num_consumers` consumers that go in step: which one this is. In each round one worker
            gives one element to each of them. The dataset has to be infinite.
        num_consumers: how many consumers go in step.
        max_outstanding_requests: how many elements may be made ahead of this consumer.
        data_transfer_protocol: accepted: elements do not travel.
        compression: "AUTO", "SNAPPY" or None: elements do not travel, so they are not compressed.
        cross_trainer_cache: lets each of several trainers that share the job see all elements.
        target_workers: "AUTO", "ANY" or "LOCAL": all workers are local.

    Returns:
        A function from a dataset to a dataset of elements of the same specs.

    Raises:
        ValueError: an argument that is none of these.
        tf.errors.UnimplementedError: a service of another process.

    >>> import addax as tf
    >>> service = tf.data.experimental.service
    >>> dispatcher = service.DispatchServer()
    >>> config = service.WorkerConfig(dispatcher.target.split("://")[1])
    >>> workers = [service.WorkerServer(config), service.WorkerServer(config)]
    >>> data = tf.data.Dataset.range(3).apply(service.distribute("parallel_epochs", dispatcher.target))
    >>> sorted(int(v) for v in data)
    [0, 0, 1, 1, 2, 2]
    """
    who = "distribute"
    policy_of(processing_mode, who)
    _job(job_name, who)
    _compression(compression, who)

    def transformation(dataset: Dataset) -> Dataset:
        dispatcher = dispatcher_at(service, who)
        dataset_id = dispatcher.register(dataset._node, None)
        return _read(
            who, processing_mode, service, dataset_id, dataset.element_spec, job_name, consumer_index, num_consumers,
            max_outstanding_requests, data_transfer_protocol, cross_trainer_cache, target_workers,
        )  # fmt: skip

    return transformation


def _read(
    who: str, processing_mode: Any, service: str, dataset_id: str, spec: Any, job_name: str | None,
    consumer_index: Any, num_consumers: Any, max_outstanding_requests: Any, data_transfer_protocol: Any,
    cross_trainer_cache: CrossTrainerCache | None, target_workers: Any,
) -> Dataset:  # fmt: skip
    policy, name = policy_of(processing_mode, who), _job(job_name, who)
    place, consumers = _place(name, consumer_index, num_consumers, cross_trainer_cache, who)
    _transfer(data_transfer_protocol, who)
    terms = Terms(dataset_id, policy, consumers, cross_trainer_cache is not None, _target(target_workers, who))
    limit = _limit(max_outstanding_requests, who)
    return Dataset(ServiceNode(dispatcher_at(service, who), spec, terms, name, place, limit))


def register_dataset(
    service: str, dataset: Dataset, compression: str | None = "AUTO", dataset_id: str | None = None
) -> Tensor:
    """Make a dataset known to a tf.data service, for `from_dataset_id`.

    Args:
        service: the `target` of a `DispatchServer` of this process.
        dataset: the dataset.
        compression: see `distribute`.
        dataset_id: its name; None for a new one. A dataset that has the name already stays, if the specs agree.

    Returns:
        The name, a string scalar.

    Raises:
        tf.errors.InvalidArgumentError: another dataset of other specs has the name.

    >>> import addax as tf
    >>> dispatcher = tf.data.experimental.service.DispatchServer()
    >>> data = tf.data.Dataset.range(3)
    >>> int(tf.data.experimental.service.register_dataset(dispatcher.target, data)) > 0
    True
    """
    _compression(compression, "register_dataset")
    dispatcher = dispatcher_at(service, "register_dataset")
    return convert.convert_to_tensor(dispatcher.register(dataset._node, dataset_id))


def from_dataset_id(
    processing_mode: Any, service: str, dataset_id: Any, element_spec: Any = None, job_name: str | None = None,
    consumer_index: Any = None, num_consumers: Any = None, max_outstanding_requests: Any = None,
    data_transfer_protocol: str | None = None, cross_trainer_cache: CrossTrainerCache | None = None,
    target_workers: str = "AUTO",
) -> Dataset:  # fmt: skip
    """The elements of a dataset that was registered, made by the workers of a tf.data service.

    Args:
        processing_mode: see `distribute`, as for all that is not told here.
        service: the `target` of a `DispatchServer` of this process.
        dataset_id: what `register_dataset` returned.
        element_spec: the specs of its elements; None for what the service knows.
        job_name: see `distribute`.
        consumer_index: see `distribute`.
        num_consumers: see `distribute`.
        max_outstanding_requests: see `distribute`.
        data_transfer_protocol: see `distribute`.
        cross_trainer_cache: see `distribute`.
        target_workers: see `distribute`.

    Returns:
        A dataset.

    Raises:
        tf.errors.NotFoundError: no dataset of this name.
        ValueError: no dataset of this name, and no `element_spec` either; or one that does not fit.

    >>> import addax as tf
    >>> service = tf.data.experimental.service
    >>> dispatcher = service.DispatchServer()
    >>> worker = service.WorkerServer(service.WorkerConfig(dispatcher.target.split("://")[1]))
    >>> number = service.register_dataset(dispatcher.target, tf.data.Dataset.range(3))
    >>> data = service.from_dataset_id("parallel_epochs", dispatcher.target, number, tf.TensorSpec([], tf.int64))
    >>> [int(v) for v in data]
    [0, 1, 2]
    """
    who = "from_dataset_id"
    dispatcher = dispatcher_at(service, who)
    value = dataset_id.numpy() if isinstance(dataset_id, Tensor) else dataset_id
    name = value.decode() if isinstance(value, bytes) else str(value)
    try:
        known = dispatcher.dataset(name).spec
    except errors.NotFoundError as error:
        if element_spec is None:
            raise ValueError(
                f"Failed to fetch element spec for dataset id {name} from tf.data service. {error.message}"
            ) from None
        raise
    if element_spec is not None and not same_specs(element_spec, known):
        raise ValueError(errors.message(who, expected=f"element_spec {known}", received=f"{element_spec}"))
    return _read(
        who, processing_mode, service, name, known if element_spec is None else element_spec, job_name, consumer_index,
        num_consumers, max_outstanding_requests, data_transfer_protocol, cross_trainer_cache, target_workers,
    )  # fmt: skip


__getattr__ = _missing_name(__name__, globals())
