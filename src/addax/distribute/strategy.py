"""Strategy: on which devices a program computes, and how replicas of it share the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from addax.core import autograph, context, devices, errors
from addax.core.variable import Variable
from addax.distribute import combining
from addax.distribute.copies import Copies
from addax.distribute.reduce_op import as_reduce_op
from addax.distribute.replica_context import ReplicaContext
from addax.distribute.scopes import Scope, default_strategy, for_all, in_replica, require_cross_replica
from addax.distribute.values import Mirrored, PerReplica, holds_distributed, is_distributed, regroup, select

_state = context.state


class StrategyExtended:
    """What a strategy offers to libraries: devices, reductions towards variables, updates of variables.

    Args:
        container_strategy: the strategy that this belongs to.
    """

    def __init__(self, container_strategy: Any) -> None:
        self._container = container_strategy
        self._names: tuple[str, ...] = ("",)
        self._parameters: tuple[str, ...] | None = None

    @property
    def worker_devices(self) -> tuple[str, ...]:
        """The names of the devices that replicas compute on."""
        return self._names

    @property
    def worker_devices_by_replica(self) -> list[list[str]]:
        """The names of each replica's devices."""
        return [[name] for name in self._names]

    @property
    def parameter_devices(self) -> tuple[str, ...]:
        """The names of the devices that variables are on."""
        return self._names if self._parameters is None else self._parameters

    @property
    def experimental_require_static_shapes(self) -> bool:
        """Whether batches of other sizes are refused: they are not."""
        return False

    @property
    def should_checkpoint(self) -> bool:
        """Whether this process writes checkpoints."""
        return True

    @property
    def should_save_summary(self) -> bool:
        """Whether this process writes summaries."""
        return True

    @property
    def experimental_between_graph(self) -> bool:
        """Whether each process builds its own graph."""
        return False

    @property
    def experimental_should_init(self) -> bool:
        """Whether this process initializes variables."""
        return True

    def variable_created_in_scope(self, v: Any) -> bool:
        """Whether a variable was made in this strategy's scope.

        >>> import addax as tf
        >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
        >>> strategy.extended.variable_created_in_scope(tf.Variable(1.0))
        False
        """
        return getattr(v, "_strategy", None) is (None if self._container.is_default else self._container)

    def value_container(self, value: Any) -> Any:
        """The distributed object that a replica's value belongs to: variables are their own."""
        return value

    def colocate_vars_with(self, colocate_with_variable: Any) -> Any:
        """A block in which variables are made where another one is: where the strategy's variables are anyway.

        Raises:
            RuntimeError: outside of the strategy's scope.
        """
        if _state.strategy is not self._container:
            raise RuntimeError(f'Need to be inside "with strategy.scope()" for {self._container}')
        return Scope(self._container)

    def reduce_to(self, reduce_op: Any, value: Any, destinations: Any, options: Any = None) -> Any:
        """Reduce a value of all replicas to where `destinations` (a variable or device) is.

        Raises:
            RuntimeError: inside of a replica.
        """
        require_cross_replica()
        result = combining.reduce_to_one(self._container, as_reduce_op(reduce_op), value)
        return self._container._everywhere(result)

    def batch_reduce_to(self, reduce_op: Any, value_destination_pairs: Any, options: Any = None) -> list[Any]:
        """`reduce_to` for several (value, destinations)."""
        return [self.reduce_to(reduce_op, value, where, options) for value, where in value_destination_pairs]

    def broadcast_to(self, tensor: Any, destinations: Any) -> Any:
        """A tensor, on all devices."""
        require_cross_replica()
        return self._container._everywhere(combining.tensor(tensor))

    def update(
        self, var: Any, fn: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Any = None, group: bool = True
    ) -> Any:
        """Call `fn(var, *args)` to update a variable on all devices.

        Args:
            var: the variable.
            fn: changes it, by `assign` or the like.
            args: more arguments; of distributed values, each device gets its own.
            kwargs: keyword arguments, likewise.
            group: False: return what `fn` returned for each device.

        Returns:
            What `fn` returned.

        Raises:
            RuntimeError: inside of a replica.
        """
        require_cross_replica()
        with for_all(None if self._container.is_default else self._container):
            result = fn(var, *select(0, args), **select(0, kwargs or {}))
        return result if group else (result,) * len(self._container)

    def update_non_slot(
        self, colocate_with: Any, fn: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Any = None,
        group: bool = True,
    ) -> Any:  # fmt: skip
        """Call `fn(*args)`, which updates variables that are no slots."""
        require_cross_replica()
        result = fn(*select(0, args), **select(0, kwargs or {}))
        return result if group else (result,)

    def non_slot_devices(self, var_list: Any) -> tuple[str, ...]:
        """The names of the devices for variables that are no slots."""
        return self._names

    def read_var(self, v: Any) -> Any:
        """The value of a variable, outside of replicas."""
        return v.read_value()

    def call_for_each_replica(self, fn: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        """Call a function once per replica; see `Strategy.run`."""
        return self._container.run(fn, args, kwargs)


class Strategy:
    """A way to share the work of a program among devices.

    Variables made in its `scope()` are the strategy's; `run` calls a function once per replica, each with its part of
    a batch; `reduce` brings results together.

    Args:
        extended: a `tf.distribute.StrategyExtended`.

    >>> import addax as tf
    >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
    >>> with strategy.scope():
    ...     total = tf.Variable(0.0, aggregation=tf.VariableAggregation.SUM)
    >>> result = strategy.run(lambda x: total.assign_add(x), args=(tf.constant(2.0),))
    >>> total.numpy()
    np.float32(2.0)
    """

    marks_variables = False  # whether variables know that they are this strategy's (ours, not TensorFlow's)
    _devices: tuple[Any, ...] = ()  # JAX's, one per replica; none: wherever JAX computes

    def __init__(self, extended: Any) -> None:
        self._extended = extended

    def __len__(self) -> int:
        return max(1, len(self._devices))

    def __bool__(self) -> bool:
        return True

    def __deepcopy__(self, memo: Any) -> Any:
        return self  # copies of models and variables are of the same strategy

    @property
    def is_default(self) -> bool:
        """Whether this is the strategy of programs that open no scope (ours, not TensorFlow's)."""
        return self is default_strategy()

    @property
    def extended(self) -> Any:
        """The `tf.distribute.StrategyExtended`."""
        return self._extended

    @property
    def num_replicas_in_sync(self) -> int:
        """How many replicas there are."""
        return len(self)

    @property
    def cluster_resolver(self) -> Any:
        """What knows the processes of the cluster; None where there is one process."""
        return None

    # ------------------------------------------------------------------ scopes and variables

    def scope(self) -> Any:
        """A block in which this strategy is in charge: variables made inside are its own.

        Raises:
            RuntimeError: inside of another strategy's scope, or of a replica.
        """
        return Scope(self)

    def _enter_device(self) -> Any:
        return None

    def _new_variable(self, make: Callable[..., Variable], args: tuple[Any, ...], options: dict[str, Any]) -> Variable:
        """A variable that is made in this strategy's scope."""
        return make(*args, **options)

    def _describe(self, variable: Variable) -> str:
        """A variable of this strategy, for people."""
        raise NotImplementedError

    def _everywhere(self, value: Any) -> Any:
        """A value that every replica gets."""
        return value if len(self) == 1 else Mirrored([value] * len(self))

    def colocate_vars_with(self, colocate_with_variable: Any) -> Any:
        """See `StrategyExtended.colocate_vars_with`."""
        return self.extended.colocate_vars_with(colocate_with_variable)

    # ------------------------------------------------------------------ running

    def run(self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None, options: Any = None) -> Any:
        """Call a function once per replica.

        Args:
            fn: the function; in a replica, `get_replica_context()` says which.
            args: positional arguments; of distributed values, each replica gets its own.
            kwargs: keyword arguments, likewise.
            options: a `tf.distribute.RunOptions`; they steer TPUs' dynamic shapes, which XLA has not.

        Returns:
            What `fn` returned: of several replicas `PerReplica` values, of one the value itself.

        Raises:
            ValueError: args is no list or tuple.
            RuntimeError: inside of a replica.
            TypeError: `fn` is no function.
        """
        if not isinstance(args, list | tuple):
            raise ValueError(f"positional args must be a list or tuple, got {type(args)}")
        require_cross_replica()
        if not callable(fn):
            raise TypeError(f"{type(fn).__name__!r} object is not callable: strategy.run takes a function.")
        return self._run(fn, tuple(args), dict(kwargs or {}))

    def _run(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if holds_distributed(args) or kwargs and holds_distributed(list(kwargs.values())):
            args, kwargs = select(0, args), select(0, kwargs)
        if _state.trace is not None:
            fn = autograph.converted_method(fn)
        with in_replica(None if self.is_default else self, ReplicaContext(self, 0)):
            return fn(*args, **kwargs)

    # ------------------------------------------------------------------ results

    def reduce(self, reduce_op: Any, value: Any, axis: Any) -> Any:
        """One value of what all replicas have.

        Args:
            reduce_op: "SUM" or "MEAN".
            value: what `run` returned, or a structure of it.
            axis: of each replica's tensors, reduced first (the mean counts the elements of all); None: none.

        Returns:
            A tensor, or a structure of tensors.

        Raises:
            ValueError: another reduction, or a sum of what is not distributed.
            RuntimeError: inside of a replica.

        >>> import addax as tf
        >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
        >>> strategy.reduce("MEAN", tf.constant([1.0, 3.0]), axis=0).numpy()
        np.float32(2.0)
        """
        require_cross_replica()
        op = as_reduce_op(reduce_op)
        if axis is None:
            return _each(lambda leaf: combining.reduce_to_one(self, op, leaf), value)
        return _each(lambda leaf: combining.reduced_over(self, op, leaf, axis), value)

    def gather(self, value: Any, axis: int) -> Any:
        """The tensors of all replicas one after another along an axis.

        Raises:
            ValueError: scalars.
            RuntimeError: inside of a replica.
        """
        require_cross_replica()
        return _each(
            lambda leaf: combining.joined(list(leaf.values), axis) if is_distributed(leaf) else combining.tensor(leaf),
            value,
        )

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        """The values of the replicas of this process.

        Args:
            value: what `run` returned, or a variable.

        Returns:
            A tuple with one value per replica; of what is not distributed, with that alone.
        """
        if is_distributed(value):
            return tuple(value.values)
        if isinstance(value, list | tuple):
            return tuple(value)
        if isinstance(value, Copies):
            return value.local_values()
        if isinstance(value, Variable) and value._strategy is not None:
            return (value,) * len(value._strategy)
        return (value,)

    unwrap = experimental_local_results

    def group(self, value: Any, name: str | None = None) -> None:
        """Nothing: what was called has run (TensorFlow 1 needed an op to run all)."""
        return None

    # ------------------------------------------------------------------ data

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        """A dataset of global batches as one of `PerReplica` batches: each replica gets its share of the rows.

        Args:
            dataset: a batched `tf.data.Dataset`.
            options: a `tf.distribute.InputOptions`.

        Returns:
            A `tf.distribute.DistributedDataset`.

        >>> import addax as tf
        >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
        >>> dataset = strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2))
        >>> [batch.numpy().tolist() for batch in dataset]
        [[0, 1], [2, 3]]
        """
        from addax.distribute.input import DistributedDataset, batches_of

        return DistributedDataset(self, batches_of(dataset, self), dataset)

    def distribute_datasets_from_function(self, dataset_fn: Callable[..., Any], options: Any = None) -> Any:
        """A dataset of batches of the size of a replica's, made by a function; each replica gets whole batches.

        Args:
            dataset_fn: takes a `tf.distribute.InputContext`, returns a batched dataset.
            options: a `tf.distribute.InputOptions`.

        Returns:
            A `tf.distribute.DistributedDataset`.
        """
        from addax.distribute.input import DistributedDataset, InputContext

        dataset = dataset_fn(InputContext(1, 0, len(self)))
        return DistributedDataset(self, None, dataset)

    def experimental_distribute_datasets_from_function(
        self, dataset_fn: Callable[..., Any], options: Any = None
    ) -> Any:
        """The older name of `distribute_datasets_from_function`."""
        return self.distribute_datasets_from_function(dataset_fn, options)

    def make_dataset_iterator(self, dataset: Any) -> Any:
        """An iterator of `experimental_distribute_dataset`, as in TensorFlow 1."""
        return iter(self.experimental_distribute_dataset(dataset))

    def make_input_fn_iterator(self, input_fn: Callable[..., Any], replication_mode: Any = None) -> Any:
        """An iterator of `distribute_datasets_from_function`, as in TensorFlow 1."""
        return iter(self.distribute_datasets_from_function(input_fn))

    def experimental_run(self, fn: Callable[..., Any], input_iterator: Any = None) -> Any:
        """`run` on the next element of an iterator, as in TensorFlow 1."""
        return self.run(fn) if input_iterator is None else self.run(fn, args=(next(input_iterator),))

    def experimental_distribute_values_from_function(self, value_fn: Callable[[Any], Any]) -> Any:
        """A distributed value of what a function returns for each replica.

        Args:
            value_fn: takes a `tf.distribute.experimental.ValueContext`.

        Returns:
            A `PerReplica` value, or a structure of them.
        """
        from addax.distribute.input import ValueContext

        values = [value_fn(ValueContext(i, len(self))) for i in range(len(self))]
        return regroup(values, PerReplica, always_wrap=True)

    # ------------------------------------------------------------------ TensorFlow 1

    def configure(
        self, session_config: Any = None, cluster_spec: Any = None, task_type: Any = None, task_id: Any = None
    ) -> None:
        """Nothing to configure: there are no sessions."""

    def update_config_proto(self, config_proto: Any) -> Any:
        """The configuration of a session, as it is."""
        return config_proto


def _each(function: Callable[[Any], Any], value: Any) -> Any:
    """A function of each leaf of a structure, distributed values being leaves."""
    if isinstance(value, dict):
        return {key: _each(function, part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [_each(function, part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return function(value)


def resolve(names: Sequence[Any]) -> list[tuple[str, Any]]:
    """Devices as pairs of (TensorFlow's full name, JAX's device). One that is missing is replaced, with a warning.

    Raises:
        ValueError: several devices, one of which is not there.
    """
    found = []
    for name in names:
        text = name.to_string() if hasattr(name, "to_string") else str(name)
        try:
            device = devices.find(text)
        except errors.InvalidArgumentError:
            device = None
        if device is None:
            known = ", ".join(each.name for each in devices.list_logical_devices())
            if len(names) > 1:
                raise ValueError(errors.message("tf.distribute", expected=f"devices among {known}", received=text))
            errors.warn_once(
                ("missing device", text),
                f"Some requested devices in `tf.distribute.Strategy` are not visible: {text}. It computes on the "
                f"default device; there are {known}.",
            )
            device = devices.jax_devices()[0]
        kind = devices.device_kind(device)
        number = devices.jax_devices(kind).index(device)
        found.append((f"/job:localhost/replica:0/task:0/device:{kind}:{number}", device))
    return found
