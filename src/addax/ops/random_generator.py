"""`tf.random.Generator`: a stream of random numbers with a state of its own."""

from __future__ import annotations

import enum
import math
import os
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, philox
from addax.core import random as streams
from addax.core.failures import refusing_methods
from addax.core.plans import Plan
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.ops import joining
from addax.ops import random as draws


class Algorithm(enum.Enum):
    """Names of random generators. PHILOX and AUTO_SELECT draw TensorFlow's numbers; THREEFRY has numbers of its own.

    >>> import addax as tf
    >>> tf.random.Algorithm.PHILOX.value
    1
    """

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


def _algorithm(alg: Any) -> int:
    return Algorithm.PHILOX.value if alg is None else draws.algorithm(alg)


def _words(alg: int) -> int:
    """How many words the state of an algorithm has: its counter, then the key."""
    return 2 if alg == draws.THREEFRY else 3


def create_rng_state(seed: Any, alg: Any) -> Tensor:
    """The state of a generator: [counter, counter, key] as int64 (two words for Threefry).

    Args:
        seed: an int, whose lowest 64 bits become the first word, and so on; or integers, which become the last words.
        alg: the algorithm's name.

    >>> import addax as tf
    >>> tf.random.create_rng_state(7, "philox").numpy().tolist()
    [7, 0, 0]
    >>> tf.random.create_rng_state([7, 8], "philox").numpy().tolist()
    [0, 7, 8]
    """
    size = _words(_algorithm(alg))
    if isinstance(seed, int):
        words = [(seed >> (64 * place)) & _MASK for place in range(size)]
    else:
        given = [int(word) & _MASK for word in np.asarray(convert.value_of(seed)).reshape(-1)][:size]
        words = [0] * (size - len(given)) + given
    return convert.constant(np.array(words, np.uint64).astype(np.int64))


def _next(state: Any, count: Any) -> tuple[Any, Any]:
    if state.shape[0] == 3:
        position = state.astype(np.uint64)
        return position, philox.after(position, count.astype(np.uint64)).astype(np.int64)
    return streams.key_of(state[-1], state[0]), state.at[0].add(1)


_MASK = 0xFFFFFFFFFFFFFFFF
_NEXT_KEY = Plan("random key", _next)


@refusing_methods("tf.random.Generator")
class Generator:
    """A stream of random numbers whose state is a variable: saved, restored and lifted like any other.

    Args:
        copy_from: another generator, whose state is copied.
        state: the state to start from; see `create_rng_state`.
        alg: the algorithm's name, with `state`.

    >>> import addax as tf
    >>> a, b = tf.random.Generator.from_seed(1), tf.random.Generator.from_seed(1)
    >>> bool(tf.reduce_all(a.normal([3]) == b.normal([3])))
    True
    """

    def __init__(self, copy_from: Generator | None = None, state: Any = None, alg: Any = None) -> None:
        if copy_from is not None:
            self._alg, value = copy_from._alg, copy_from._state_var.numpy()
        else:
            if state is None or alg is None:
                raise ValueError("tf.random.Generator: expected copy_from, or both state and alg.")
            self._alg, value = _algorithm(alg), np.array(convert.value_of(state)).astype(np.int64)
            if value.shape != (_words(self._alg),):
                raise ValueError(
                    f"tf.random.Generator: expected a state of shape ({_words(self._alg)},), received {value.shape}; "
                    "tf.random.create_rng_state makes one of a seed."
                )
        self._state_var = Variable(value, trainable=False, name="StateVar", dtype="int64")

    def _checkpoint_children(self) -> dict[str, Any]:
        return {"_state_var": self._state_var}

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> Generator:
        """A generator that a seed decides."""
        return cls(state=create_rng_state(seed, alg), alg=_algorithm(alg))

    @classmethod
    def from_state(cls, state: Any, alg: Any) -> Generator:
        """A generator that goes on from a state."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """A generator seeded by the operating system."""
        return cls.from_seed(int.from_bytes(os.urandom(8), "little", signed=True), alg)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: Any) -> Generator:
        """A generator with a given key and counter."""
        made = cls.from_seed(0, alg)
        if np.shape(convert.value_of(counter)) != (_words(made._alg) - 1,):
            raise ValueError(
                f"tf.random.Generator: expected a counter of shape ({_words(made._alg) - 1},), received "
                f"{np.shape(convert.value_of(counter))}."
            )
        made.reset_from_key_counter(key, counter)
        return made

    @property
    def algorithm(self) -> int:
        """The number of the algorithm."""
        return self._alg

    @property
    def state(self) -> Variable:
        """The state, a variable: counter words, then the key."""
        return self._state_var

    @property
    def key(self) -> Tensor:
        """The key, the last word of the state."""
        return self._state_var[-1]

    def reset(self, state: Any) -> None:
        """Go on from `state`."""
        self._state_var.assign(np.asarray(convert.value_of(state)).astype(np.int64))

    def reset_from_seed(self, seed: Any) -> None:
        """Start over with a seed."""
        self._state_var.assign(create_rng_state(seed, self._alg))

    def reset_from_key_counter(self, key: Any, counter: Any) -> None:
        """Start over with a key and a counter."""
        words = np.asarray(convert.value_of(counter)).astype(np.int64).reshape(-1)
        last = np.asarray(convert.value_of(key)).astype(np.int64).reshape(-1)
        self._state_var.assign(np.concatenate([words, last]))

    def skip(self, delta: Any) -> Tensor:
        """Move on as if `delta` numbers had been drawn; returns the state before."""
        before = self._state_var.value()
        self._step(convert.value_of(delta))
        return before

    def _next_key(self, shape: Any) -> Tensor:
        dims = draws._dims(shape)
        return Tensor(self._step(np.int64(math.prod(dims)))[0])

    def _step(self, count: Any) -> Any:
        value = self._state_var.__tf_value__()
        run = _NEXT_KEY.run if context.state.trace is None else _NEXT_KEY.body
        *out, after = run(value, count)
        self._state_var.set_value(after)
        return out

    def _seeds(self, count: int) -> Tensor:
        return draws._uniform_full(self._next_key([count]), (count,), np.dtype(np.int64))

    def make_seeds(self, count: int = 1) -> Tensor:
        """Seeds for stateless ops: an int64 tensor of shape (2, count), of which the second row is zero."""
        seeds = self._seeds(int(count))
        return joining.stack([seeds, convert.constant(np.zeros(int(count), np.int64))])

    def split(self, count: int = 1) -> list[Generator]:
        """New, independent generators."""
        zeros = [0] * (_words(self._alg) - 1)
        return [Generator(state=[*zeros, int(key)], alg=self._alg) for key in self._seeds(int(count)).numpy()]

    def normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, name: str | None = None
    ) -> Tensor:
        """Normal draws; see `tf.random.normal`."""
        kind = draws._float_dtype("Generator.normal", dtype)
        return draws._normal(self._next_key(shape), draws._number(mean, kind), draws._number(stddev, kind), shape, kind)

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, name: str | None = None
    ) -> Tensor:
        """Truncated normal draws; see `tf.random.truncated_normal`."""
        kind = draws._float_dtype("Generator.truncated_normal", dtype)
        key = self._next_key(shape)
        return draws._truncated_normal(key, draws._number(mean, kind), draws._number(stddev, kind), shape, kind)

    def uniform(
        self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = dtypes.float32, name: str | None = None
    ) -> Tensor:
        """Uniform draws; see `tf.random.uniform`."""
        return draws._draw_uniform("Generator.uniform", self._next_key(shape), shape, minval, maxval, dtype, True)

    def uniform_full_int(self, shape: Any, dtype: Any = dtypes.uint64, name: str | None = None) -> Tensor:
        """Uniform draws over all ints of a dtype."""
        return draws._uniform_full(self._next_key(shape), shape, dtypes.as_dtype(dtype).np)

    def binomial(
        self, shape: Any, counts: Any, probs: Any, dtype: Any = dtypes.int32, name: str | None = None
    ) -> Tensor:
        """Binomial draws; see `tf.random.stateless_binomial`."""
        return draws._binomial(self._next_key(shape), counts, probs, shape, dtypes.as_dtype(dtype).np)


_global: Generator | None = None


def get_global_generator() -> Generator:
    """The generator of the program, made on first use.

    >>> import addax as tf
    >>> tf.random.get_global_generator() is tf.random.get_global_generator()
    True
    """
    global _global
    if _global is None:
        _global = Generator.from_non_deterministic_state()
    return _global


def set_global_generator(generator: Generator) -> None:
    """Make `generator` the one of the program.

    >>> import addax as tf
    >>> tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    >>> tf.random.get_global_generator().normal([2]).shape
    TensorShape([2])
    """
    global _global
    _global = generator
