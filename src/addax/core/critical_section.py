"""tf.CriticalSection: functions that run one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class CriticalSection:
    """Runs functions one at a time, also when several threads call.

    Args:
        name: a name.
        shared_name: sections of one shared name exclude each other.
        critical_section_def: must be None (TensorFlow 1's graphs).
        import_scope: must be None (TensorFlow 1's graphs).

    >>> import addax as tf
    >>> tf.CriticalSection().execute(lambda: tf.constant(1) + 1).numpy()
    np.int32(2)
    """

    _shared: dict[str, threading.RLock] = {}

    def __init__(
        self,
        name: str | None = None,
        shared_name: str | None = None,
        critical_section_def: Any = None,
        import_scope: Any = None,
    ) -> None:
        if critical_section_def is not None or import_scope is not None:
            raise ValueError(
                "tf.CriticalSection: critical_section_def and import_scope belong to TensorFlow 1's graphs."
            )
        self._name = name or "critical_section"
        self._lock = self._shared.setdefault(shared_name, threading.RLock()) if shared_name else threading.RLock()

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    def execute(self, fn: Callable[[], Any], exclusive_resource_access: bool = True, name: str | None = None) -> Any:
        """The result of `fn()`, while no other function of this section runs.

        Args:
            fn: a function without arguments.
            exclusive_resource_access: has no effect; the lock is this section's alone.
            name: ignored.
        """
        with self._lock:
            return fn()
