"""Random state: a seed and a counter in a variable, so that it is lifted, saved and restored like any other state.

A draw takes a key made of (seed, counter) and adds one to the counter. Even and normal numbers of a key are those of
`philox` from a position that the key says, numbers of rarer distributions are JAX's. On a CPU XLA's own generator takes
five times as long (it computes four words again for each of them).
"""

from __future__ import annotations

import contextlib
import math
import operator
import os
import random as python_random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from addax.core import context, errors, philox
from addax.core.plans import Plan
from addax.core.tensor import Tensor
from addax.core.threefry import threefry
from addax.core.variable import Variable

IMPLEMENTATION = "rbg"
_SEEDS = (1 << 31) - 1  # TensorFlow takes seeds modulo this number
_NO_SEED = 87654321  # the program's, where none was set


def key_of(seed: Any, counter: Any) -> Any:
    """Key data (uint32 [4]) for a draw; runs inside compiled code."""
    key = jax.random.fold_in(jax.random.key(seed, impl=IMPLEMENTATION), counter.astype(np.uint32))
    return jax.random.key_data(key)


def _advance(state: Any) -> tuple[Any, Any]:
    return key_of(state[0], state[1]), state.at[1].add(1)


_ADVANCE = Plan("random key", _advance)
_STATELESS = Plan("random key", philox.seeded)


def position(key: Any) -> Any:
    """Key data, or a position of Philox (`stateless_key`), as the position where `philox` draws from; for op bodies."""
    if key.dtype == np.uint64:
        return key
    words = key.astype(np.uint64)
    return jax.numpy.stack([np.uint64(0), words[0] << 32 | words[1], words[2] << 32 | words[3]])


def chosen(key: Any, share: Any, dims: tuple[int, ...]) -> Any:
    """Each of an array of this shape is True with probability `share`; for op bodies."""
    return philox.uniform(position(key), dims, np.float32) < np.float32(share)


def normal(key: Any, dims: tuple[int, ...], dtype: Any, within: float = 1.0) -> Any:
    """Normal numbers of a stream's key, from the middle share `within` of the distribution; for op bodies.

    By the error function's inverse, in half the time of `philox.normal`, which are TensorFlow's numbers.
    """
    kind = np.promote_types(dtype, np.float32)
    even = philox.uniform(position(key), dims, kind) * kind.type(2 * within) - kind.type(within)
    even = jax.numpy.maximum(even, np.nextafter(kind.type(-1), kind.type(0)))
    return (jax.lax.erf_inv(even) * kind.type(math.sqrt(2))).astype(dtype)


def unwrap(key: Any) -> Any:
    """Key data, or a position of Philox (`stateless_key`), as the typed key that jax.random takes; for op bodies."""
    if key.dtype == np.uint64:
        low, high = key & np.uint64(0xFFFFFFFF), key >> np.uint64(32)
        key = jax.numpy.stack([low[2] ^ low[0], high[2] ^ high[0], low[1], high[1]]).astype(np.uint32)
    return jax.random.wrap_key_data(key, impl=IMPLEMENTATION)


class StreamVariable(Variable):
    """The seed and counter of a stream.

    Compiled programs of the user's own do not see the counter go on: for those, runs are counted on the host.
    """

    _seed, _runs = 0, 0

    def start(self, seed: int) -> StreamVariable:
        """Note that the stream starts over."""
        self._seed, self._runs = seed & 0x7FFFFFFFFFFFFFFF, 0
        return self

    def next_run(self) -> tuple[int, int]:
        """The seed, and the number of the run."""
        self._runs += 1
        return self._seed, self._runs


def advance(variable: StreamVariable) -> Any:
    """The next key of a stream, as an array."""
    value = variable.__tf_value__()
    key, after = _ADVANCE.run(value) if context.state.trace is None else _ADVANCE.body(value)
    variable.set_value(after)
    return key


class RandomState:
    """A stream of random keys.

    Args:
        seed: any integer.
        name: of the variable that holds (seed, counter).
    """

    def __init__(self, seed: int, name: str = "random_state") -> None:
        with context.init_scope(), context.outside_strategies():
            self.state = StreamVariable(
                np.array([np.int64(seed & 0x7FFFFFFFFFFFFFFF), 0]), trainable=False, name=name, dtype="int64"
            ).start(seed)

    def reset(self, seed: int) -> None:
        """Start the stream over with another seed."""
        self.state.start(seed).assign(np.array([np.int64(seed & 0x7FFFFFFFFFFFFFFF), 0]))

    def next(self) -> Tensor:
        """The next key, as a uint32 tensor of shape (4,)."""
        trace = context.state.trace
        if trace is not None and trace.graph is not None:
            return trace.draw(self)
        key = advance(self.state)
        aggregator = context.state.aggregator
        return Tensor(key if aggregator is None else aggregator.own_key(key, self.state))

    def next_on_host(self) -> list[int]:
        """The next key as four integers, for draws that Python makes; outside of compiled code."""
        seed, counter = np.asarray(self.state.__tf_value__()).tolist()
        self.state.assign(np.array([seed, counter + 1]))
        half = threefry((seed >> 32 & 0xFFFFFFFF, seed & 0xFFFFFFFF), (0, counter & 0xFFFFFFFF))
        return [*half, *half]


_global: RandomState | None = None
_by_op_seed: dict[int, RandomState] = {}
_global_seed: int | None = None
_host_draws = 0
_operations: python_random.Random | None = None  # where ops without a seed have theirs from
_initial: python_random.Random | None = None  # None: Python's own generator, as long as no seed is set
_initial_stays = False


def global_state() -> RandomState:
    """The stream behind every random op without a seed of its own."""
    global _global
    if _global is None:
        _global = RandomState(int.from_bytes(os.urandom(7), "little"), "global_random_state")
    return _global


def set_seed(seed: int) -> None:
    """Set the global seed, so that the program draws the same numbers each time.

    Args:
        seed: any integer.

    >>> import addax as tf
    >>> tf.random.set_seed(1)
    >>> a = tf.random.uniform([2])
    >>> tf.random.set_seed(1)
    >>> bool(tf.reduce_all(a == tf.random.uniform([2])))
    True
    """
    global _global_seed, _host_draws, _initial, _operations
    _global_seed = int(seed)
    _host_draws = 0
    if not _initial_stays:
        _initial = python_random.Random(_global_seed)
    _operations = python_random.Random(_global_seed)
    with context.init_scope():  # in a graph too, which records no assignments
        global_state().reset(_global_seed)
        for op_seed, stream in _by_op_seed.items():
            stream.reset(_mixed(op_seed))


def set_initial_seed(seed: int) -> None:
    """Set the seed of `initial_seed` for good: `set_seed` changes it no more, as in Keras."""
    global _initial, _initial_stays
    _initial, _initial_stays = python_random.Random(seed), True


class _Seeding(threading.local):
    source: Callable[[], list[int]] | None = None


_seeding = _Seeding()


@contextlib.contextmanager
def seeded_by(source: Callable[[], list[int]] | None) -> Iterator[Callable[[], list[int]] | None]:
    """While it lasts, `host_seed` of this thread asks `source` (None: the program). Yields the source before."""
    outer, _seeding.source = _seeding.source, source
    try:
        yield outer
    finally:
        _seeding.source = outer


def host_seed() -> list[int]:
    """Numbers to seed a generator on the host: others each time, the same in each run once `set_seed` was called."""
    global _host_draws
    if _seeding.source is not None:
        return _seeding.source()
    if _global_seed is None:
        return [int.from_bytes(os.urandom(8), "little")]
    _host_draws += 1
    return [_global_seed & 0xFFFFFFFFFFFFFFFF, _host_draws]


def seed_pair(seed: Any) -> tuple[int, int]:
    """The program's seed and an op's own, as TensorFlow makes them up where one of them was not given.

    Raises:
        TypeError: a seed that is no integer.
    """
    if seed is None:
        if _seeding.source is not None:
            return 0, int(np.random.SeedSequence(_seeding.source()).generate_state(1, np.uint64)[0])
        if _operations is None or _global_seed is None:
            return 0, int.from_bytes(os.urandom(8), "little")
        return _global_seed % _SEEDS, _operations.randint(0, _SEEDS) % _SEEDS
    try:
        own = operator.index(np.asarray(seed)[()]) % _SEEDS
    except TypeError:
        raise TypeError(f"seed: expected an integer, received {seed!r:.60}.") from None
    pair = (_NO_SEED if _global_seed is None else _global_seed % _SEEDS), own
    return (0, _SEEDS) if pair == (0, 0) else pair


def initial_seed() -> int:
    """The next seed for something that was given none and draws statelessly: initial weights, for example.

    It is the one that Keras takes under `tf.keras.utils.set_random_seed`; of Python's `random` before any seed is set.
    """
    return (_initial or python_random).randint(1, int(1e9))


def _mixed(op_seed: int) -> int:
    return int(op_seed) + 1_000_003 * (0 if _global_seed is None else _global_seed + 1)


def next_key(seed: int | None = None) -> Tensor:
    """The key of the next draw: from the global stream, or from the stream of an op's own seed."""
    if seed is None:
        if _seeding.source is not None and context.state.trace is None:  # what belongs to a pass over a dataset
            words = np.random.SeedSequence(_seeding.source()).generate_state(4, np.uint32)
            return Tensor(jax.numpy.asarray(words))
        return global_state().next()
    stream = _by_op_seed.get(int(seed))
    if stream is None:
        stream = _by_op_seed[int(seed)] = RandomState(_mixed(int(seed)), f"random_state_{int(seed)}")
    return stream.next()


def stateless_key(seed: Any) -> Tensor:
    """Where TensorFlow's Philox starts for a pair of integers: three uint64 words; see `addax.core.philox`.

    Raises:
        InvalidArgumentError: something else than two integers.
    """
    from addax.core.convert import convert_to_tensor  # convert is above tensor, not above this file's users

    value = convert_to_tensor(seed)._value
    if value.shape != (2,) or value.dtype not in (np.int32, np.int64):
        raise errors.InvalidArgumentError(
            errors.message(
                "a stateless random op",
                expected="seed to be two integers (an int32 or int64 tensor of shape (2,))",
                received=errors.describe(seed),
                hint="seed=(1, 2)",
            )
        )
    return Tensor(_STATELESS.run(value) if context.state.trace is None else _STATELESS.body(value))


@contextlib.contextmanager
def replayed(state: Any) -> Iterator[None]:
    """A block that draws as when the global stream held `state` (seed and counter); None changes nothing."""
    if state is None:
        yield
        return
    variable = global_state().state
    now = variable.numpy()
    variable.assign(state)
    try:
        yield
    finally:
        variable.assign(now)


def variables() -> list[Variable]:
    """The variables of all streams; a traced function may draw from any of them."""
    return [global_state().state, *(stream.state for stream in _by_op_seed.values())]
