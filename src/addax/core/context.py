"""What the current thread is doing: which tapes record, whether a function is being traced, which names are open."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from addax.core.tape import GradientTape
    from addax.core.trace import Trace


class State(threading.local):
    """Per-thread state. `quiet` is true when an op has nobody to tell: no tape, no trace, no observer."""

    tapes: tuple[GradientTape, ...] = ()
    trace: Trace | None = None
    quiet: bool = True
    scopes: tuple[str, ...] = ()
    devices: tuple[Any, ...] = ()  # those of open blocks that are not the usual one
    creators: tuple[Callable[..., Any], ...] = ()
    everything: Any = None  # the tape that records all of the function being traced, if it asked for one
    observer: Callable[[str, Any, Any], None] | None = None  # sees each op: (name, values, results)
    portable: bool = False  # what is traced now will run elsewhere, with open dimensions maybe
    steps: dict[Any, Any] | None = None  # compiled bodies of loops over datasets, while a function runs around them
    stands_in: bool = False  # what runs eagerly now is a tf.function that XLA cannot compile
    in_pipeline: bool = False  # a dataset calls a function of the user's on its element
    relaxed: bool = False  # sizes of what is traced now may be symbols, which users see as None
    strategy: Any = None  # the tf.distribute strategy whose scope is open
    open_scopes: int = 0  # how many scopes of strategies are open
    replica: Any = None  # the replica context of its `run`; None outside of it, and in what replicas do together
    aggregator: Any = None  # in one of several replicas: what brings their assignments and draws together
    lineage: int | None = None  # the thread that a replica's thread works for


state = State()
relaxing: list[bool] = []  # one entry for each thread that is `relaxed`: false nearly always, and fast to ask


def set_tapes(tapes: tuple[GradientTape, ...]) -> None:
    """Make `tapes` the ones that record on this thread."""
    state.tapes = tapes
    state.quiet = not tapes and state.trace is None and state.observer is None


def set_trace(trace: Trace | None) -> None:
    """Make `trace` the function trace that this thread is in."""
    state.trace = trace
    state.quiet = not state.tapes and trace is None and state.observer is None


def set_observer(observer: Callable[[str, Any, Any], None] | None) -> None:
    """Have `observer(name of the op, values, results)` called for each op of this thread; None ends it."""
    state.observer = observer
    state.quiet = not state.tapes and state.trace is None and observer is None


def left_tapes(each: Any) -> None:
    """Tell the tapes that a tensor or variable is read as NumPy, where they cannot follow."""
    for tape in state.tapes:
        tape.left(each)


def executing_eagerly() -> bool:
    """Whether ops run at once (True) or are being traced into a function (False).

    Returns:
        False inside a `tf.function`, also one that runs as plain Python because XLA cannot compile it; True elsewhere.

    >>> import addax as tf
    >>> tf.executing_eagerly()
    True
    """
    return state.trace is None and not state.stands_in


def inside_function() -> bool:
    """Whether a `tf.function` is being traced, or runs as plain Python because XLA cannot compile it.

    >>> import addax as tf
    >>> tf.inside_function()
    False
    """
    return state.trace is not None or state.stands_in


def get_current_name_scope() -> str:
    """The open name scopes, joined by "/".

    >>> import addax as tf
    >>> with tf.name_scope("a"), tf.name_scope("b"):
    ...     tf.get_current_name_scope()
    'a/b'
    """
    return "/".join(state.scopes)


@contextlib.contextmanager
def isolated(trace: Trace | None) -> Iterator[None]:
    """Run a block under `trace`, with no tape of the caller recording."""
    tapes, outer = state.tapes, state.trace
    state.tapes, state.trace, state.quiet = (), trace, trace is None and state.observer is None
    try:
        yield
    finally:
        state.tapes, state.trace = tapes, outer
        state.quiet = not tapes and outer is None and state.observer is None


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Leave every trace and tape: what runs inside happens now, eagerly.

    >>> import addax as tf
    >>> with tf.init_scope():
    ...     tf.executing_eagerly()
    True
    """
    import jax  # here, because a context without arrays has no other use for it

    with at_once():
        if state.trace is None and not state.tapes:
            yield
            return
        with isolated(None), jax.ensure_compile_time_eval():
            yield


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """A block that is no part of the `tf.function` which runs as plain Python around it."""
    outer, state.stands_in = state.stands_in, False
    try:
        yield
    finally:
        state.stands_in = outer


class name_scope:  # noqa: N801  (TensorFlow's spelling)
    """Prefix the names of variables and ops made inside.

    Args:
        name: the scope's name; `a/b` opens both.

    >>> import addax as tf
    >>> with tf.name_scope("encoder"):
    ...     tf.Variable(0.0, name="w").name
    'encoder/w:0'
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise ValueError(f"tf.name_scope: name must be a string, not {name!r}.")
        self.name = name

    def __enter__(self) -> str:
        self._outer = state.scopes
        name = self.name.rstrip("/")
        if state.trace is not None and state.trace.recorder is not None and name and not self.name.endswith("/"):
            # Each scope of a graph has a name of its own.
            name = state.trace.recorder.graph.unique_name(scoped(name)).rpartition("/")[2]
        # A name that ends with "/" is absolute, as in TensorFlow.
        state.scopes = (name,) if self.name.endswith("/") else (*state.scopes, name) if name else ()
        return "/".join(state.scopes) + "/" if state.scopes else ""

    def __exit__(self, *exc: object) -> None:
        state.scopes = self._outer


@contextlib.contextmanager
def outside_strategies() -> Iterator[None]:
    """A block whose variables are of no strategy."""
    outer, state.strategy = state.strategy, None
    try:
        yield
    finally:
        state.strategy = outer


def replicas() -> int:
    """How many replicas the strategy in charge has."""
    return 1 if state.strategy is None else state.strategy.num_replicas_in_sync


def one_of_several() -> Any:
    """The context of the replica that runs, if its strategy has several; otherwise None."""
    replica = state.replica
    return None if replica is None or replica.num_replicas_in_sync == 1 else replica


def scoped(name: str) -> str:
    """`name` behind the open name scopes."""
    return "/".join((*state.scopes, name)) if state.scopes else name
