"""`keras.random`: Keras 3's random numbers; with a seed, those that Keras 3 draws on JAX."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes
from addax.core import random as streams
from addax.core.names import missing_name
from addax.core.variable import Variable
from addax.keras import config, naming
from addax.keras.ops.function import named
from addax.keras.ops.promotion import floats, tensor
from addax.ops import creation, key_draws, shaping


class SeedGenerator:
    """A seed and a counter: each draw with it has other numbers, and a program draws the same again.

    Args:
        seed: an integer; by default a random one.
        name: of the state.

    Attributes:
        state: a variable, uint32 (2,): the seed, and how often `next` was called.

    Raises:
        ValueError: `seed` is not an integer.

    >>> from addax import keras
    >>> generator = keras.random.SeedGenerator(1)
    >>> first, second = keras.random.normal((3,), seed=generator), keras.random.normal((3,), seed=generator)
    >>> bool((first.numpy() == second.numpy()).any())
    False
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.name = naming.unique_name("seed_generator") if name is None else name
        self._initial_seed = seed
        if seed is None:
            seed = int(np.random.SeedSequence(streams.host_seed()).generate_state(1)[0])
        if not isinstance(seed, int):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed}")
        start = np.array([seed % 2**32, 0], np.uint32)
        self.state = Variable(start, trainable=False, name="seed_generator_state")

    @property
    def __seed_state__(self) -> Variable:
        return self.state

    def next(self, ordered: bool = True) -> Any:
        """The key of the next draw, (2,) uint32.

        Args:
            ordered: whether the counter goes up by one; otherwise both numbers change in a way of their own.
        """
        now = shaping.identity(self.state)
        if ordered:
            self.state.assign(now + tensor(np.array([0, 1], np.uint32)))
        else:
            one, factor, bound = (tensor(np.uint32(n)) for n in (1, 5387, 933199))
            self.state.assign((now + one) * factor % bound)
        return now

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator from what `get_config` returned."""
        return cls(**config)


def _key(seed: Any) -> Any:
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        return streams.next_key()
    if isinstance(seed, int | np.integer):
        return tensor(np.array([int(seed) % 2**32, 0], np.uint32))
    if getattr(seed, "dtype", None) is not None:
        return tensor(seed, "uint32")
    raise ValueError(
        "Argument `seed` must be either an integer or an instance of `SeedGenerator`. "
        f"Received: seed={seed} (of type {type(seed)})"
    )


def _float(dtype: Any) -> dtypes.DType:
    return dtypes.as_dtype(dtype or config.floatx())


def _dims(shape: Any) -> list[int]:
    return [int(n) for n in (shape if hasattr(shape, "__iter__") else (shape,))]


def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normally distributed numbers.

    Args:
        shape: of the result.
        mean: their mean.
        stddev: their standard deviation.
        dtype: by default `floatx()`.
        seed: an integer (the same numbers each time), a `SeedGenerator`, or None.

    >>> from addax import keras
    >>> keras.random.normal((2,), seed=1).numpy().round(3).tolist() == keras.random.normal(
    ...     (2,), seed=1).numpy().round(3).tolist()
    True
    """
    kind = _float(dtype)
    return key_draws.normal(_key(seed), tensor(mean, kind), tensor(stddev, kind), _dims(shape), kind)


def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normally distributed numbers, none further from the mean than two standard deviations.

    >>> from addax import keras
    >>> bool((abs(keras.random.truncated_normal((100,), seed=1).numpy()) <= 2.0).all())
    True
    """
    kind = _float(dtype)
    return key_draws.truncated_normal(_key(seed), tensor(mean, kind), tensor(stddev, kind), _dims(shape), kind)


def uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Evenly distributed numbers in [minval, maxval).

    >>> from addax import keras
    >>> draws = keras.random.uniform((100,), 2.0, 3.0, seed=1).numpy()
    >>> bool((draws >= 2.0).all() and (draws < 3.0).all())
    True
    """
    kind = _float(dtype)
    if not kind.is_floating:
        raise ValueError(f"`keras.random.uniform` requires a floating point `dtype`. Received: dtype={kind.name} ")
    return key_draws.uniform(_key(seed), tensor(minval, kind), tensor(maxval, kind), _dims(shape), kind)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Integers in [minval, maxval).

    >>> from addax import keras
    >>> sorted(set(keras.random.randint((100,), 2, 4, seed=1).numpy().tolist()))
    [2, 3]
    """
    kind = dtypes.as_dtype(dtype)
    if not kind.is_integer:
        raise ValueError(f"`keras.random.randint` requires an integer `dtype`. Received: dtype={kind.name} ")
    return key_draws.randint(_key(seed), tensor(minval, kind), tensor(maxval, kind), _dims(shape), kind)


@named("random.categorical")
def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Class numbers, (batch, num_samples), of unnormalised log-probabilities (batch, classes).

    >>> from addax import keras
    >>> keras.random.categorical([[-100.0, 100.0]], 3, seed=1).numpy().tolist()
    [[1, 1, 1]]
    """
    made = tensor(logits)
    if len(made.shape) != 2:
        raise ValueError(f"`logits` should be a 2-D tensor with shape [batch_size, num_classes]. Received: {made}")
    return key_draws.categorical(_key(seed), made, int(num_samples), dtypes.as_dtype(dtype))


@named("random.dropout")
def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Numbers at 0 with a probability, and the others scaled up.

    Args:
        inputs: a tensor.
        rate: the probability.
        noise_shape: where decisions are shared: 1; None for the size of the inputs.
        seed: an integer, a `SeedGenerator`, or None.

    >>> from addax import keras
    >>> keras.random.dropout([1.0, 2.0], 0.0).numpy().tolist()
    [1.0, 2.0]
    """
    made = floats(inputs)
    if rate >= 1.0:
        return creation.zeros_like(made)
    if rate <= 0.0:
        return made
    sizes = made.shape.as_list()
    shape = sizes if noise_shape is None else [n if n is not None else sizes[i] for i, n in enumerate(noise_shape)]
    return key_draws.dropout(made, _key(seed), float(rate), shape)


@named("random.shuffle")
def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """Each line along an axis in random order.

    >>> from addax import keras
    >>> sorted(keras.random.shuffle([1, 2, 3], seed=1).numpy().tolist())
    [1, 2, 3]
    """
    return key_draws.shuffle(tensor(x), _key(seed), axis)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Gamma distributed numbers; `alpha` broadcasts with the shape.

    >>> from addax import keras
    >>> keras.random.gamma((3, 2), [0.5, 1.5], seed=1).shape
    TensorShape([3, 2])
    """
    kind = _float(dtype)
    return key_draws.gamma(_key(seed), tensor(alpha, kind), _dims(shape), kind)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Beta distributed numbers.

    >>> from addax import keras
    >>> draws = keras.random.beta((100,), 2.0, 5.0, seed=1).numpy()
    >>> bool((draws > 0.0).all() and (draws < 1.0).all())
    True
    """
    kind = _float(dtype)
    return key_draws.beta(_key(seed), tensor(alpha, kind), tensor(beta, kind), _dims(shape), kind)


def binomial(shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> Any:
    """How many of `counts` trials succeed.

    >>> from addax import keras
    >>> set(keras.random.binomial((100,), 2.0, 0.5, seed=1).numpy().tolist()) <= {0.0, 1.0, 2.0}
    True
    """
    kind = _float(dtype)
    return key_draws.binomial(_key(seed), tensor(counts, kind), tensor(probabilities, kind), _dims(shape), kind)


__getattr__ = missing_name(__name__, globals())
