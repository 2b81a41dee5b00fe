"""tf.data.Options: how a pipeline is to run."""

from __future__ import annotations

import enum
from typing import Any, ClassVar


class AutoShardPolicy(enum.IntEnum):
    """How a dataset is divided among workers.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    >>> options.experimental_distribute.auto_shard_policy.name
    'DATA'
    """

    OFF = -1
    AUTO = 0
    FILE = 1
    DATA = 2
    HINT = 3


class ExternalStatePolicy(enum.Enum):
    """What to do about state outside of the pipeline.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.experimental_external_state_policy = tf.data.experimental.ExternalStatePolicy.WARN
    >>> options.experimental_external_state_policy.name
    'WARN'
    """

    WARN = 0
    IGNORE = 1
    FAIL = 2


class AutotuneAlgorithm(enum.Enum):
    """How buffer sizes and threads are chosen.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.autotune.autotune_algorithm = tf.data.experimental.AutotuneAlgorithm.HILL_CLIMB
    >>> options.autotune.autotune_algorithm.name
    'HILL_CLIMB'
    """

    DEFAULT = 0
    HILL_CLIMB = 1
    GRADIENT_DESCENT = 2
    MAX_PARALLELISM = 3
    STAGE_BASED = 4


class _Settings:
    """Settings that know the types of their values; None is "not set"."""

    _kept = False  # whether they are a dataset's own
    _types: ClassVar[dict[str, Any]] = {}
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        for name, kind in self._types.items():
            made = kind() if isinstance(kind, type) and issubclass(kind, _Settings) else self._defaults.get(name)
            object.__setattr__(self, name, made)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._types:
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        if self._kept:
            raise ValueError(
                "Mutating `tf.data.Options()` returned by `tf.data.Dataset.options()` has no effect. Use "
                "`tf.data.Dataset.with_options(options)` to set or update dataset options."
            )
        kind = self._types[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise TypeError(f'Property "{name}" must be of type {kind}, got: {value} (type: {type(value)})')
        object.__setattr__(self, name, value)

    def _keep(self) -> Any:
        """These settings as what a dataset was given, which nobody can change."""
        for value in self._set().values():
            if isinstance(value, _Settings):
                value._keep()
        object.__setattr__(self, "_kept", True)
        return self

    def _set(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._types}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._set() == other._set()  # type: ignore[attr-defined]

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def _merge_from(self, *sources: Any) -> None:
        for source in sources:
            for name, value in source._set().items():
                mine = getattr(self, name)
                if isinstance(mine, _Settings):
                    mine._merge_from(value)
                elif value is not None and value != self._defaults.get(name):
                    object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._set().items() if value is not None)
        return f"{type(self).__name__}({shown})"


class AutotuneOptions(_Settings):
    """Settings of automatic tuning.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.autotune.enabled = False
    >>> options.autotune.enabled
    False
    """

    _types: ClassVar[dict[str, Any]] = {
        "enabled": bool, "cpu_budget": int, "ram_budget": int, "autotune_algorithm": AutotuneAlgorithm,
        "initial_parallelism": int, "min_parallelism": int,
    }  # fmt: skip


class DistributeOptions(_Settings):
    """Settings of division among workers.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.experimental_distribute.num_devices = 2
    >>> options.experimental_distribute.num_devices
    2
    """

    _types: ClassVar[dict[str, Any]] = {"auto_shard_policy": AutoShardPolicy, "num_devices": int}
    _defaults: ClassVar[dict[str, Any]] = {"auto_shard_policy": AutoShardPolicy.AUTO}


class OptimizationOptions(_Settings):
    """Settings of TensorFlow's graph rewrites. None of them changes results; Addax's pipelines have no such graph.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.experimental_optimization.map_fusion = True
    >>> options.experimental_optimization.map_fusion
    True
    """

    _types: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("apply_default_optimizations", "filter_fusion", "filter_parallelization", "inject_prefetch",
         "map_and_batch_fusion", "map_and_filter_fusion", "map_fusion", "map_parallelization", "noop_elimination",
         "parallel_batch", "seq_interleave_prefetch", "shuffle_and_repeat_fusion"),
        bool,
    )  # fmt: skip


class ServiceOptions(_Settings):
    """Settings of the tf.data service.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.experimental_service.pinned = False
    >>> options.experimental_service.pinned
    False
    """

    _types: ClassVar[dict[str, Any]] = {"pinned": bool}


class ThreadingOptions(_Settings):
    """Settings of threads. `private_threadpool_size` bounds the threads of each map.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.threading.private_threadpool_size = 4
    >>> options.threading.private_threadpool_size
    4
    """

    _types: ClassVar[dict[str, Any]] = {"max_intra_op_parallelism": int, "private_threadpool_size": int}


class Options(_Settings):
    """How a dataset is to run; given to `Dataset.with_options`.

    `deterministic` (False lets elements made on several threads come as they get ready) and
    `threading.private_threadpool_size` have an effect here; the others describe machinery that Addax does not have or
    need, and do not change results in TensorFlow either.

    >>> import addax as tf
    >>> options = tf.data.Options()
    >>> options.deterministic = False
    >>> tf.data.Dataset.range(3).with_options(options).options().deterministic
    False
    """

    _types: ClassVar[dict[str, Any]] = {
        "autotune": AutotuneOptions, "dataset_name": str, "deterministic": bool,
        "experimental_distribute": DistributeOptions, "experimental_external_state_policy": ExternalStatePolicy,
        "experimental_optimization": OptimizationOptions, "experimental_service": ServiceOptions,
        "experimental_slack": bool, "experimental_symbolic_checkpoint": bool, "experimental_warm_start": bool,
        "framework_type": list, "threading": ThreadingOptions,
    }  # fmt: skip
    _older: ClassVar[dict[str, str]] = {
        "experimental_deterministic": "deterministic",
        "experimental_threading": "threading",
    }

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(self._older.get(name, name), value)

    def __getattr__(self, name: str) -> Any:
        newer = self._older.get(name)
        if newer is None:
            raise AttributeError(f"'Options' object has no attribute {name!r}")
        return getattr(self, newer)

    def merge(self, options: Options) -> Options:
        """These options, with what `options` sets in their place."""
        merged = Options()
        merged._merge_from(self, options)
        return merged
