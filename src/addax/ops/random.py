"""Random numbers: draws from the global stream (tf.random.normal, ...), and stateless ones from a seed of one's own.

Stateless uniform, normal, gamma and Poisson draws, and those of a `Generator`, are TensorFlow's numbers: their keys
are positions of Philox (`addax.core.philox`). Elsewhere the statistics are TensorFlow's, and the numbers are not.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors, philox, philox_rejection
from addax.core import random as streams
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import UnfitError, op
from addax.core.random import set_seed as set_seed
from addax.core.static_arguments import hashable
from addax.core.tensor import Tensor
from addax.ops.symbolic import takes_symbolic

# ---------------------------------------------------------------------------- the draws


_WITHIN = math.erf(math.sqrt(2))  # of normal numbers, this share is within two deviations


def _dims(shape: Any) -> tuple[int, ...]:
    """The sizes of what is drawn, checked."""
    sizes = hashable(shape, "random")
    if sizes is None:
        raise ValueError("tf.random: expected a shape, received None")
    wrong = not isinstance(sizes, tuple) or any(
        isinstance(size, float | bool) or (isinstance(size, int) and size < 0) for size in sizes
    )
    if wrong:
        raise errors.InvalidArgumentError(
            errors.message("tf.random", expected="a vector of sizes of 0 or more for a shape", received=f"{shape}")
        )
    return sizes


def exact(key: Any) -> bool:
    """Whether a key is a position of TensorFlow's Philox."""
    return key.dtype == np.uint64


def unit(key: Any, dims: tuple[int, ...], dtype: Any) -> Any:
    """Numbers in [0, 1) of either kind of key; for op bodies."""
    return philox.uniform(streams.position(key), dims, dtype)


@op(name="random.normal")
def _normal(key: FreeLike, mean: TensorLike, stddev: TensorLike, shape: Any, dtype: Any) -> Any:
    dims = _dims(shape)
    drawn = philox.normal(key, dims, dtype) if exact(key) else streams.normal(key, dims, dtype)
    return drawn * stddev + mean


@op(name="random.truncated_normal")
def _truncated_normal(key: FreeLike, mean: TensorLike, stddev: TensorLike, shape: Any, dtype: Any) -> Any:
    dims = _dims(shape)
    if exact(key):
        return philox.truncated_normal(key, dims, dtype) * stddev + mean
    # TensorFlow draws until a number fits, which takes some ten times as long
    end = np.nextafter(np.dtype(dtype).type(2), np.dtype(dtype).type(0))
    return jnp.clip(streams.normal(key, dims, dtype, _WITHIN), -end, end) * stddev + mean


@op(name="random.uniform")
def _uniform(key: FreeLike, minval: TensorLike, maxval: TensorLike, shape: Any, dtype: Any) -> Any:
    return unit(key, _dims(shape), dtype) * (maxval - minval) + minval


@op(name="random.uniform")
def _uniform_int(key: FreeLike, minval: TensorLike, maxval: TensorLike, shape: Any, dtype: Any) -> Any:
    return philox.integers(streams.position(key), _dims(shape), minval, maxval, dtype)


@op(name="random.uniform")
def _uniform_full(key: FreeLike, shape: Any, dtype: Any) -> Any:
    return philox.bits(streams.position(key), _dims(shape), dtype)


def _check_rows_of_logits(who: str, logits: Any) -> None:
    if logits.ndim != 2:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="logits of shape (batch, classes)", received={"logits": logits})
        )


@op(name="random.categorical")
def _categorical(key: FreeLike, logits: FreeLike, num_samples: int, dtype: Any) -> Any:
    _check_rows_of_logits("tf.random.categorical", logits)
    draws = jax.random.categorical(
        streams.unwrap(key), logits.astype(np.float32)[:, None, :], axis=-1, shape=(logits.shape[0], num_samples)
    )
    return draws.astype(dtype)


@op(name="random.stateless_categorical")
def _stateless_categorical(position: FreeLike, logits: FreeLike, num_samples: int, dtype: Any) -> Any:
    _check_rows_of_logits("tf.random.stateless_categorical", logits)
    return philox.categorical(position, logits, num_samples).astype(dtype)


def _check_end(who: str, dims: tuple[int, ...], each: tuple[int, ...]) -> None:
    if dims[len(dims) - len(each) :] != tuple(each):
        raise errors.InvalidArgumentError(
            errors.message(
                who,
                expected="a shape that ends with the broadcast shape of the parameters",
                received=f"{dims} for {each}",
            )
        )


@op(name="random.gamma")
def _gamma(key: FreeLike, alpha: TensorLike, beta: TensorLike, shape: Any, whole: bool) -> Any:
    each = jnp.broadcast_shapes(alpha.shape, beta.shape)
    dims = _dims(shape) if whole else _dims(shape) + each
    if exact(key):
        _check_end("tf.random.stateless_gamma", dims, each)
        drawn = philox_rejection.gamma(key, jnp.broadcast_to(alpha, each), dims).astype(alpha.dtype)
    else:
        drawn = jax.random.gamma(streams.unwrap(key), alpha, dims, alpha.dtype)
    return jnp.maximum(drawn / beta, jnp.finfo(alpha.dtype).tiny)


@op(name="random.poisson")
def _poisson(key: FreeLike, lam: FreeLike, shape: Any, dtype: Any, whole: bool) -> Any:
    if exact(key):
        _check_end("tf.random.stateless_poisson", _dims(shape), lam.shape)
        drawn = philox_rejection.poisson(key, _dims(shape), lam)
        return (drawn if np.dtype(dtype).kind == "f" else jnp.nan_to_num(drawn)).astype(dtype)
    # JAX has Poisson draws for its Threefry generator only, whose keys are two words.
    words = jax.random.key_data(streams.unwrap(key))
    small = jax.random.wrap_key_data(words[:2] ^ words[2:], impl="threefry2x32")
    dims = _dims(shape) if whole else _dims(shape) + lam.shape
    return jax.random.poisson(small, lam, dims, np.int32).astype(dtype)


@op(name="random.binomial")
def _binomial(key: FreeLike, counts: FreeLike, probs: FreeLike, shape: Any, dtype: Any) -> Any:
    kind = np.promote_types(np.promote_types(counts.dtype, probs.dtype), np.float32)
    draws = jax.random.binomial(streams.unwrap(key), counts.astype(kind), probs.astype(kind), _dims(shape), kind)
    return draws.astype(dtype)


@op(name="random.shuffle")
def _shuffle(key: FreeLike, value: FreeLike) -> Any:
    return jax.random.permutation(streams.unwrap(key), value, axis=0)


@op(name="random.stateless_shuffle")
def _exchanged(key: FreeLike, size: int) -> Any:
    """TensorFlow's order: each place in turn is exchanged with itself or a later one (Fisher and Yates 1938)."""
    drawn = philox.bits(key, (max(size - 1, 0),), np.uint32)

    def exchange(place: Any, order: Any) -> Any:
        other = place + (drawn[place] % (size - place).astype(np.uint32)).astype(np.int32)
        return order.at[place].set(order[other]).at[other].set(order[place])

    return jax.lax.fori_loop(np.int32(0), np.int32(max(size - 1, 0)), exchange, jnp.arange(size, dtype=np.int32))


@op(name="random.permutation")
def _permutation(key: FreeLike, size: int) -> Any:
    return jax.random.permutation(streams.unwrap(key), size)


@op(name="random.stateless_parameterized_truncated_normal")
def _between(
    key: FreeLike, means: TensorLike, stddevs: TensorLike, minvals: TensorLike, maxvals: TensorLike, shape: Any
) -> Any:
    low, high = (minvals - means) / stddevs, (maxvals - means) / stddevs
    draws = jax.random.truncated_normal(streams.unwrap(key), low, high, _dims(shape), means.dtype)
    return draws * stddevs + means


# ---------------------------------------------------------------------------- shared by both families

THREEFRY = 2
_ALGORITHMS = {"philox": 1, "threefry": THREEFRY, "auto_select": 3}


def algorithm(alg: Any) -> int:
    """The number of an algorithm given by its name, number or enum member.

    Raises:
        ValueError: it is none of the three.
    """
    number = getattr(alg, "value", alg)
    if isinstance(number, str):
        number = _ALGORITHMS.get(number.lower())
    if isinstance(number, int) and number in (1, 2, 3):
        return number
    raise ValueError(f"tf.random: Argument `alg` got unsupported value {alg!r}; it is {', '.join(_ALGORITHMS)}.")


def _float_dtype(who: str, dtype: Any) -> np.dtype:
    made = dtypes.as_dtype(dtype)
    if not made.is_floating:
        raise UnfitError(f"{who}: expected a floating dtype, received {made.name}.")
    return made.np


def _number(value: Any, dtype: np.dtype) -> Any:
    """A parameter of a distribution in the dtype of the draws."""
    if isinstance(value, Tensor) or hasattr(value, "__symbolic_call__") or hasattr(value, "__tf_value__"):
        return value
    return convert.constant(value, dtypes.from_numpy(dtype))


_DRAWN = ("float16", "bfloat16", "float32", "float64", "int32", "int64", "uint32", "uint64")


def _draw_uniform(who: str, key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any, full: bool = False) -> Tensor:
    made = dtypes.as_dtype(dtype)
    if full and (made.name not in _DRAWN or (made.is_unsigned and (minval is not None or maxval is not None))):
        raise ValueError(
            f"{who}: expected dtype to be one of {', '.join(_DRAWN)}, the unsigned ones with minval=maxval=None; "
            f"received {made.name}."
        )
    if made.is_integer:
        if minval is None and maxval is None and full:
            return _uniform_full(key, shape, made.np)
        if full and (minval is None or maxval is None):
            raise ValueError(f"{who}: For integer dtype {made.name}, expected minval and maxval, or neither of them.")
        if maxval is None:
            raise ValueError(f"{who}: Must specify maxval for integer dtype {made!r}.")
        low, high = _number(0 if minval is None else minval, made.np), _number(maxval, made.np)
        if not getattr(low, "is_symbolic", True) and not getattr(high, "is_symbolic", True):
            if np.any(low.numpy() >= high.numpy()):
                raise errors.InvalidArgumentError(
                    errors.message(f"{who}: Need minval < maxval", received=f"{low.numpy()} >= {high.numpy()}")
                )
        return _uniform_int(key, low, high, shape, made.np)
    kind = _float_dtype(who, made)
    low = _number(0 if minval is None else minval, kind)
    return _uniform(key, low, _number(1 if maxval is None else maxval, kind), shape, kind)


# ---------------------------------------------------------------------------- draws from the streams


@takes_symbolic("random.normal")
def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Draws from a normal distribution.

    Args:
        shape: the shape of the result.
        mean: its mean; broadcasts.
        stddev: its standard deviation; broadcasts.
        dtype: a floating dtype.
        seed: an int for a stream of its own; together with `tf.random.set_seed` it decides the numbers.
        name: ignored.

    >>> import addax as tf
    >>> tf.random.normal([2, 3]).shape
    TensorShape([2, 3])
    """
    kind = _float_dtype("tf.random.normal", dtype)
    return _normal(streams.next_key(seed), _number(mean, kind), _number(stddev, kind), shape, kind)


@takes_symbolic("random.truncated_normal")
def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Draws from a normal distribution, of which those beyond two standard deviations are drawn again.

    Args:
        shape: the shape of the result.
        mean: the mean before truncation.
        stddev: the standard deviation before truncation.
        dtype: a floating dtype.
        seed: an int for a stream of its own.
        name: ignored.

    >>> import addax as tf
    >>> bool(tf.reduce_all(tf.abs(tf.random.truncated_normal([100])) <= 2.0))
    True
    """
    kind = _float_dtype("tf.random.truncated_normal", dtype)
    return _truncated_normal(streams.next_key(seed), _number(mean, kind), _number(stddev, kind), shape, kind)


@takes_symbolic("random.uniform")
def uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = dtypes.float32, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Draws from a uniform distribution over [minval, maxval).

    Args:
        shape: the shape of the result.
        minval: the lower end, included.
        maxval: the upper end, not included; 1 for floats, required for ints.
        dtype: a floating or integer dtype.
        seed: an int for a stream of its own.
        name: ignored.

    Raises:
        ValueError: ints without maxval.

    >>> import addax as tf
    >>> tf.random.uniform([3], maxval=5, dtype=tf.int32).shape
    TensorShape([3])
    """
    return _draw_uniform("tf.random.uniform", streams.next_key(seed), shape, minval, maxval, dtype)


@takes_symbolic("random.shuffle")
def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """The tensor with its rows (along axis 0) in random order.

    Args:
        value: a tensor.
        seed: an int for a stream of its own.
        name: ignored.

    >>> import addax as tf
    >>> sorted(tf.random.shuffle([1, 2, 3]).numpy().tolist())
    [1, 2, 3]
    """
    return _shuffled(streams.next_key(seed), value)


def _start(seed: Any, alg: Any) -> Tensor:
    """The position where the draws of a seed begin."""
    if algorithm(alg) == THREEFRY:
        raise errors.InvalidArgumentError(
            errors.message("a stateless random op", expected="alg 'philox' or 'auto_select'", received=f"{alg!r}")
        )
    return streams.stateless_key(seed)


def _shuffled(key: Tensor, value: Any) -> Tensor:
    if not hasattr(value, "__symbolic_call__"):
        array = convert.value_of(value)
        if isinstance(array, np.ndarray):
            return Tensor(array[np.asarray(_permutation(key, array.shape[0])._value)])
    return _shuffle(key, value)


@takes_symbolic("random.categorical")
def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Draws of class numbers.

    Args:
        logits: unnormalised log-probabilities, (batch, classes).
        num_samples: how many per row.
        dtype: tf.int64 (default) or tf.int32.
        seed: an int for a stream of its own.
        name: ignored.

    Returns:
        A tensor of shape (batch, num_samples).

    >>> import addax as tf
    >>> tf.random.categorical([[0.0, 100.0]], 3).numpy().tolist()
    [[1, 1, 1]]
    """
    kind = np.dtype(np.int64) if dtype is None else dtypes.as_dtype(dtype).np
    return _categorical(streams.next_key(seed), logits, num_samples, kind)


@takes_symbolic("random.gamma")
def gamma(
    shape: Any, alpha: Any, beta: Any = None, dtype: Any = dtypes.float32, seed: int | None = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Draws from gamma distributions.

    Args:
        shape: how many per parameter.
        alpha: the shape parameter, a tensor.
        beta: the inverse scale, 1 by default; broadcasts with alpha.
        dtype: a floating dtype.
        seed: an int for a stream of its own.
        name: ignored.

    Returns:
        A tensor of shape `shape` + that of alpha and beta broadcast.

    >>> import addax as tf
    >>> tf.random.gamma([3], [0.5, 1.5]).shape
    TensorShape([3, 2])
    """
    kind = _float_dtype("tf.random.gamma", dtype)
    return _gamma(
        streams.next_key(seed), _number(alpha, kind), _number(1 if beta is None else beta, kind), shape, False
    )


@takes_symbolic("random.poisson")
def poisson(
    shape: Any, lam: Any, dtype: Any = dtypes.float32, seed: int | None = None, name: str | None = None
) -> Tensor:
    """Draws from Poisson distributions.

    Args:
        shape: how many per parameter.
        lam: the rates, a tensor.
        dtype: the dtype of the result.
        seed: an int for a stream of its own.
        name: ignored.

    Returns:
        A tensor of shape `shape` + that of lam.

    >>> import addax as tf
    >>> tf.random.poisson([3], [1.0, 2.0]).shape
    TensorShape([3, 2])
    """
    return _poisson(streams.next_key(seed), _number(lam, np.dtype(np.float32)), shape, dtypes.as_dtype(dtype).np, False)


# ---------------------------------------------------------------------------- stateless draws


@takes_symbolic("random.stateless_normal")
def stateless_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:  # fmt: skip
    """`tf.random.normal` from a seed of two ints: the same seed gives the same numbers.

    Args:
        shape: the shape of the result.
        seed: two ints.
        mean: the mean.
        stddev: the standard deviation.
        dtype: a floating dtype.
        name: ignored.
        alg: "philox" or "auto_select", which is the same; there is no Threefry, as in TensorFlow on a CPU.

    >>> import addax as tf
    >>> a, b = tf.random.stateless_normal([2], [1, 2]), tf.random.stateless_normal([2], [1, 2])
    >>> bool(tf.reduce_all(a == b))
    True
    """
    kind = _float_dtype("tf.random.stateless_normal", dtype)
    return _normal(_start(seed, alg), _number(mean, kind), _number(stddev, kind), shape, kind)


@takes_symbolic("random.stateless_truncated_normal")
def stateless_truncated_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = dtypes.float32, name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:  # fmt: skip
    """`tf.random.truncated_normal` from a seed of two ints; see `tf.random.stateless_normal`.

    >>> import addax as tf
    >>> bool(tf.reduce_max(tf.abs(tf.random.stateless_truncated_normal([100], seed=(1, 2)))) <= 2.0)
    True
    """
    kind = _float_dtype("tf.random.stateless_truncated_normal", dtype)
    return _truncated_normal(_start(seed, alg), _number(mean, kind), _number(stddev, kind), shape, kind)


@takes_symbolic("random.stateless_uniform")
def stateless_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = dtypes.float32, name: str | None = None,
    alg: Any = "auto_select",
) -> Tensor:  # fmt: skip
    """`tf.random.uniform` from a seed of two ints; minval=maxval=None draws over all ints of the dtype.

    >>> import addax as tf
    >>> first, second = [tf.random.stateless_uniform([2], seed=(1, 2)) for _ in range(2)]
    >>> bool(tf.reduce_all(first == second))
    True
    """
    return _draw_uniform("tf.random.stateless_uniform", _start(seed, alg), shape, minval, maxval, dtype, True)


def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """`tf.random.categorical` from a seed of two ints.

    >>> import addax as tf
    >>> tf.random.stateless_categorical([[-100.0, 100.0]], 3, seed=(1, 2)).numpy().tolist()
    [[1, 1, 1]]
    """
    return _stateless_categorical(streams.stateless_key(seed), logits, num_samples, dtypes.as_dtype(dtype).np)


def stateless_gamma(
    shape: Any, seed: Any, alpha: Any, beta: Any = None, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """Gamma draws from a seed of two ints; unlike `tf.random.gamma`, `shape` is the whole shape of the result.

    >>> import addax as tf
    >>> tf.random.stateless_gamma([3, 2], seed=(1, 2), alpha=[0.5, 1.5]).shape
    TensorShape([3, 2])
    """
    kind = _float_dtype("tf.random.stateless_gamma", dtype)
    key = streams.stateless_key(seed)
    return _gamma(key, _number(alpha, kind), _number(1 if beta is None else beta, kind), shape, True)


def stateless_poisson(shape: Any, seed: Any, lam: Any, dtype: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """Poisson draws from a seed of two ints; unlike `tf.random.poisson`, `shape` is the whole shape of the result.

    >>> import addax as tf
    >>> tf.random.stateless_poisson([3, 2], seed=(1, 2), lam=[5.0, 50.0]).shape
    TensorShape([3, 2])
    """
    rate = _number(lam, np.dtype(np.float32))
    return _poisson(streams.stateless_key(seed), rate, shape, dtypes.as_dtype(dtype).np, True)


def stateless_binomial(
    shape: Any, seed: Any, counts: Any, probs: Any, output_dtype: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """Binomial draws from a seed of two ints.

    Args:
        shape: the whole shape of the result.
        seed: two ints.
        counts: the number of trials; broadcasts.
        probs: the chance of each; broadcasts.
        output_dtype: the dtype of the result.
        name: ignored.

    >>> import addax as tf
    >>> tf.random.stateless_binomial([2], [1, 2], 10.0, 1.0).numpy().tolist()
    [10, 10]
    """
    return _binomial(streams.stateless_key(seed), counts, probs, shape, dtypes.as_dtype(output_dtype).np)


def stateless_parameterized_truncated_normal(
    shape: Any, seed: Any, means: Any = 0.0, stddevs: Any = 1.0, minvals: Any = -2.0, maxvals: Any = 2.0,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Normal draws kept between `minvals` and `maxvals` (values, not standard deviations), from a seed of two ints.

    >>> import addax as tf
    >>> draw = tf.random.stateless_parameterized_truncated_normal
    >>> bool(tf.reduce_min(draw([100], (1, 2), minvals=0.0, maxvals=1.0)) >= 0.0)
    True
    """
    return _between(streams.stateless_key(seed), means, stddevs, minvals, maxvals, shape)


def stateless_shuffle(value: Any, seed: Any, alg: Any = "auto_select", name: str | None = None) -> Tensor:
    """`tf.random.shuffle` from a seed of two ints.

    >>> import addax as tf
    >>> sorted(tf.random.experimental.stateless_shuffle([1, 2, 3], seed=(1, 2)).numpy().tolist())
    [1, 2, 3]
    """
    from addax.ops.gathering import gather  # gathering is above this file

    made = convert.convert_to_tensor(value)
    return gather(made, _exchanged(_start(seed, alg), made.shape[0]))


@op(name="random.fold_in")
def _fold(key: FreeLike, data: FreeLike) -> Any:
    folded = jax.random.fold_in(streams.unwrap(key), data.astype(np.uint32))
    return jax.random.key_data(folded)


def index_shuffle(index: Any, seed: Any, max_index: Any) -> Tensor:
    """Where `index` lands in a permutation of [0, max_index] that the seed decides.

    Args:
        index: an int, or a tensor of ints.
        seed: three ints (two are accepted).
        max_index: the largest index.

    >>> import addax as tf
    >>> sorted(int(tf.random.experimental.index_shuffle(i, [1, 2, 3], 4)) for i in range(5))
    [0, 1, 2, 3, 4]
    """
    from addax.ops.gathering import gather  # gathering is above this file

    made = convert.convert_to_tensor(seed)
    key = streams.stateless_key(made[:2])
    for extra in range(2, made.shape[0]):
        key = _fold(key, made[extra])
    where = convert.convert_to_tensor(index)
    order = _permutation(key, int(max_index) + 1)
    return Tensor(gather(order, where)._value.astype(where._value.dtype))
