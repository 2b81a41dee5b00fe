"""Sampling of classes, and losses over samples (Jean et al. 2014, Gutmann and Hyvarinen 2010)."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import context, errors, random
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor
from addax.core.dispatch import from_host, op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.formats.lines import read_lines
from addax.ops.casting import cast
from addax.ops.gathering import gather
from addax.ops.joining import concat
from addax.ops.shaping import reshape

__all__ = [
    "all_candidate_sampler",
    "compute_accidental_hits",
    "fixed_unigram_candidate_sampler",
    "learned_unigram_candidate_sampler",
    "log_uniform_candidate_sampler",
    "nce_loss",
    "sampled_softmax_loss",
    "uniform_candidate_sampler",
]


class CandidateSampler(NamedTuple):
    """The result of a candidate sampler."""

    sampled_candidates: Any
    true_expected_count: Any
    sampled_expected_count: Any


# ---------------------------------------------------------------------------- drawing


def _draw_unique(key: Any, cumulative: Any, count: int) -> tuple[Any, Any]:
    """Draw until there are `count` different classes; returns them and the number of draws."""

    def unfinished(state: Any) -> Any:
        return state[1] < count

    def draw(state: Any) -> Any:
        drawn, found, tries = state
        u = jax.random.uniform(jax.random.fold_in(key, tries), (), np.float64) * cumulative[-1]
        candidate = jnp.searchsorted(cumulative, u, side="right").astype(np.int64)
        new = ~jnp.any(drawn == candidate)
        drawn = jnp.where(new, drawn.at[found].set(candidate), drawn)
        return drawn, found + new.astype(np.int32), tries + 1

    start = (jnp.full((count,), -1, np.int64), jnp.zeros((), np.int32), jnp.zeros((), np.int32))
    drawn, _, tries = lax.while_loop(unfinished, draw, start)
    return drawn, tries


def _expected(p: Any, count: int, tries: Any) -> Any:
    """How often a class of probability p is expected among the draws; at most once where they are made unique."""
    unique = -jnp.expm1(tries * jnp.log1p(-jnp.minimum(p, 1 - 1e-12)))
    return jnp.where(tries == count, p * count, unique).astype(np.float32)


@op(name="random.candidate_sampler", differentiable=False)
def _sample(true_classes: FreeLike, weights: FreeLike, key: FreeLike, num_sampled, unique):
    cumulative = jnp.cumsum(weights.astype(np.float64))
    p = weights.astype(np.float64) / cumulative[-1]
    plain = random.unwrap(key)
    if unique:
        drawn, tries = _draw_unique(plain, cumulative, num_sampled)
    else:
        u = jax.random.uniform(plain, (num_sampled,), np.float64) * cumulative[-1]
        drawn, tries = (
            jnp.searchsorted(cumulative, u, side="right").astype(np.int64),
            jnp.asarray(num_sampled, np.int32),
        )
    return drawn, _expected(p[true_classes], num_sampled, tries), _expected(p[drawn], num_sampled, tries)


def _sampled(
    who: str, true_classes: Any, num_true: Any, num_sampled: Any, unique: Any, weights: np.ndarray | Tensor, seed: Any
) -> CandidateSampler:
    true_classes = convert_to_tensor(true_classes, dtype_hint="int64")
    count, classes = int(concrete(num_sampled, who)), int(weights.shape[0])
    if true_classes.shape.rank != 2 or true_classes.shape[1] != num_true:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}",
                expected=f"true_classes of shape (batch, num_true={num_true})",
                received=f"shape {true_classes.shape}",
            )
        )
    if count < 1 or (unique and count > classes):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}",
                expected=f"num_sampled between 1 and the {classes} classes there are, where they must be unique",
                received=f"num_sampled={count}",
            )
        )
    return CandidateSampler(*_sample(true_classes, weights, random.next_key(seed), count, bool(unique)))


# ---------------------------------------------------------------------------- samplers


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> CandidateSampler:
    """Sample classes, all alike.

    Args:
        true_classes: the true classes, integers of shape (batch, num_true).
        num_true: how many true classes an example has.
        num_sampled: how many classes to sample.
        unique: whether the sampled classes must differ.
        range_max: how many classes there are.
        seed: an integer for a stream of its own.
        name: ignored.

    Returns:
        (sampled_candidates, true_expected_count, sampled_expected_count): int64 classes (num_sampled,), and how often
        the true ones and the sampled ones are expected among the draws.

    Raises:
        InvalidArgumentError: shapes or numbers that do not fit.

    >>> import addax as tf
    >>> tf.random.uniform_candidate_sampler([[1], [2]], 1, 4, True, 50)[0].shape
    TensorShape([4])
    """
    who = "random.uniform_candidate_sampler"
    return _sampled(who, true_classes, num_true, num_sampled, unique, np.ones(int(range_max)), seed)


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> CandidateSampler:
    """Sample classes by Zipf's law, log((k + 2) / (k + 1)), for classes sorted by decreasing frequency.

    Arguments and results are those of `tf.random.uniform_candidate_sampler`.

    >>> import addax as tf
    >>> tf.random.log_uniform_candidate_sampler([[1], [2]], 1, 4, True, 50)[0].shape
    TensorShape([4])
    """
    weights = np.log1p(1.0 / (np.arange(int(range_max)) + 1))
    who = "random.log_uniform_candidate_sampler"
    return _sampled(who, true_classes, num_true, num_sampled, unique, weights, seed)


# How often each class was seen by `learned_unigram_candidate_sampler`, per range and seed.
_seen: dict[tuple[int, int | None], Variable] = {}


def learned_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> CandidateSampler:
    """Sample classes as often as they were true in the calls before (each class counts 1 at the start).

    Arguments and results are those of `tf.random.uniform_candidate_sampler`; calls with the same `range_max` and
    `seed` learn together.

    >>> import addax as tf
    >>> tf.nn.learned_unigram_candidate_sampler([[1], [2]], 1, 4, True, 50)[0].shape
    TensorShape([4])
    """
    key = (int(range_max), seed)
    if key not in _seen:
        with context.init_scope():
            _seen[key] = Variable(np.ones(key[0], np.float64), trainable=False, name="learned_unigrams")
    counts = _seen[key]
    out = _sampled(
        "nn.learned_unigram_candidate_sampler", true_classes, num_true, num_sampled, unique, counts.value(), seed
    )
    counts.assign(_count_more(counts.value(), convert_to_tensor(true_classes)))
    return out


@op(name="nn.learned_unigram_candidate_sampler", differentiable=False)
def _count_more(counts: FreeLike, classes: FreeLike):
    return counts.at[classes.reshape(-1)].add(1.0, mode="drop")


def _weights_in(path: str) -> list[float]:
    """The last column of a CSV file."""
    return [float(line.rstrip().rsplit(",", 1)[-1]) for line in read_lines(path) if line.strip()]


def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Any = (),
    seed: int | None = None,
    name: str | None = None,
) -> CandidateSampler:
    """Sample classes in proportion to given weights.

    Args:
        true_classes: the true classes, integers of shape (batch, num_true).
        num_true: how many true classes an example has.
        num_sampled: how many classes to sample.
        unique: whether the sampled classes must differ.
        range_max: how many classes there are.
        vocab_file: a CSV file whose last column is the weight of the class of that line; or
        unigrams: the weights.
        distortion: the exponent of the weights, e.g. 0.75 for word2vec.
        num_reserved_ids: how many classes of weight 0 to put before the others.
        num_shards: of how many shards
        shard: this is which one: only classes with class % num_shards == shard are sampled.
        seed: an integer for a stream of its own.
        name: ignored.

    Returns:
        As `tf.random.uniform_candidate_sampler`.

    Raises:
        ValueError: not exactly one of vocab_file and unigrams.
        InvalidArgumentError: another number of weights than range_max.

    >>> import addax as tf
    >>> tf.random.fixed_unigram_candidate_sampler([[1]], 1, 1, True, 2, unigrams=[0.0, 1.0])[0].numpy().tolist()
    [1]
    """
    if bool(vocab_file) == bool(len(unigrams)):
        raise ValueError("tf.random.fixed_unigram_candidate_sampler: provide exactly one of vocab_file and unigrams.")
    unigrams = _weights_in(vocab_file) if vocab_file else unigrams
    weights = np.concatenate([np.zeros(num_reserved_ids), np.asarray(unigrams, np.float64) ** distortion])
    weights[:num_reserved_ids] = 0.0
    if len(weights) != range_max:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.random.fixed_unigram_candidate_sampler",
                expected=f"range_max={range_max} weights, reserved ids included",
                received=f"{len(weights)}",
            )
        )
    weights = np.where(np.arange(len(weights)) % num_shards == shard, weights, 0.0)
    who = "random.fixed_unigram_candidate_sampler"
    return _sampled(who, true_classes, num_true, num_sampled, unique, weights, seed)


def all_candidate_sampler(
    true_classes: Any, num_true: int, num_sampled: int, unique: bool, seed: int | None = None, name: str | None = None
) -> CandidateSampler:
    """Take every class from 0 to num_sampled - 1 once, for tests and comparisons.

    Args:
        true_classes: the true classes, integers of shape (batch, num_true).
        num_true: how many true classes an example has.
        num_sampled: how many classes there are.
        unique: they are, either way.
        seed: nothing is drawn; accepted for the common signature.
        name: ignored.

    Returns:
        As `tf.random.uniform_candidate_sampler`; every count is 1.

    >>> import addax as tf
    >>> tf.random.all_candidate_sampler([[1]], 1, 3, True)[0].numpy().tolist()
    [0, 1, 2]
    """
    shape = convert_to_tensor(true_classes).shape.as_list()
    return CandidateSampler(
        *from_host((np.arange(num_sampled), np.ones(shape, np.float32), np.ones(num_sampled, np.float32)))
    )


def compute_accidental_hits(
    true_classes: Any, sampled_candidates: Any, num_true: int, seed: int | None = None, name: str | None = None
) -> Any:
    """Where sampled classes are true ones by accident.

    Args:
        true_classes: integers of shape (batch, num_true).
        sampled_candidates: integers of shape (num_sampled,).
        num_true: how many true classes an example has.
        seed: nothing is drawn; accepted for the common signature.
        name: ignored.

    Returns:
        (indices, ids, weights): the examples, the places among the samples, and the lowest float32 for each.

    >>> import addax as tf
    >>> indices, ids, _ = tf.nn.compute_accidental_hits([[1], [2]], [2, 1, 5], 1)
    >>> indices.numpy().tolist(), ids.numpy().tolist()
    ([0, 1], [1, 0])
    """
    true = concrete(true_classes, "nn.compute_accidental_hits")
    sampled = concrete(sampled_candidates, "nn.compute_accidental_hits")
    if true.ndim != 2 or true.shape[1] != num_true:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.compute_accidental_hits",
                expected=f"true_classes of shape (batch, num_true={num_true})",
                received=f"shape {true.shape}",
            )
        )
    rows, places = np.nonzero((true[:, None, :] == sampled[None, :, None]).any(2))
    lowest = np.full(len(rows), np.finfo(np.float32).min, np.float32)
    return from_host((rows.astype(np.int32), places.astype(np.int64), lowest))


# ---------------------------------------------------------------------------- losses


@op(name="nn.sampled_softmax_loss")
def _sampled_logits(
    rows: TensorLike,
    biases: TensorLike,
    labels: FreeLike,
    inputs: TensorLike,
    sampled: FreeLike,
    true_expected: FreeLike,
    sampled_expected: FreeLike,
    num_true,
    remove_hits,
    loss,
):
    labels = labels.reshape(-1, num_true)
    if rows.ndim != 2 or inputs.ndim != 2 or rows.shape[1] != inputs.shape[1]:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{loss}",
                expected="weights of shape (classes, dim) and inputs of shape (batch, dim)",
                received=f"weights of {tuple(rows.shape[1:])} each, inputs {tuple(inputs.shape)}",
            )
        )
    dtype = inputs.dtype
    true_rows = rows[: labels.size].reshape(*labels.shape, -1)
    true = jnp.einsum("bd,btd->bt", inputs, true_rows) + biases[: labels.size].reshape(labels.shape)
    other = inputs @ rows[labels.size :].T + biases[labels.size :]
    true = true - jnp.log(true_expected.astype(dtype).reshape(labels.shape))
    if remove_hits:
        hit = jnp.any(labels[:, :, None] == sampled[None, None, :].astype(labels.dtype), 1)
        other = jnp.where(hit, jnp.asarray(np.finfo(np.float32).min, dtype), other)
    other = other - jnp.log(sampled_expected.astype(dtype))
    logits = jnp.concatenate([true, other], 1)
    targets = jnp.concatenate([jnp.full(true.shape, 1.0 / num_true, dtype), jnp.zeros_like(other)], 1)
    if loss == "sampled_softmax_loss":
        return -jnp.sum(targets * jax.nn.log_softmax(logits), 1)
    losses = jax.nn.softplus(logits) - logits * targets
    return jnp.sum(losses, 1)


def _table(weights: Any) -> Any:
    """A table given in parts (rows of the first part first) as one."""
    if isinstance(weights, list | tuple) and any(hasattr(part, "shape") for part in weights):
        return concat(list(weights), 0) if len(weights) > 1 else weights[0]
    return weights


def _sampling_loss(loss: str, weights: Any, biases: Any, labels: Any, inputs: Any, options: dict[str, Any]) -> Tensor:
    labels = convert_to_tensor(labels, dtype_hint="int64")
    num_true, values = options["num_true"], options["sampled_values"]
    if values is None:
        values = log_uniform_candidate_sampler(
            labels, num_true, options["num_sampled"], True, options["num_classes"], options["seed"]
        )
    # What flows back through the gathers stays rows: few of the many classes.
    ids = concat([cast(reshape(labels, [-1]), "int64"), cast(values[0], "int64")], 0)
    rows, few = gather(_table(weights), ids), gather(biases, ids)
    return _sampled_logits(rows, few, labels, inputs, *values, num_true, bool(options["remove"]), loss)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    seed: int | None = None,
    name: str | None = "sampled_softmax_loss",
) -> Tensor:
    """The softmax cross entropy over the true classes and a sample of the others, for training with many classes.

    Args:
        weights: the classes' weights, shape (num_classes, dim), or a list of tensors of some rows each.
        biases: the classes' biases, shape (num_classes,).
        labels: the true classes, integers of shape (batch, num_true).
        inputs: a tensor of shape (batch, dim).
        num_sampled: how many classes to sample.
        num_classes: how many classes there are.
        num_true: how many true classes an example has.
        sampled_values: the result of a candidate sampler; by default one of `tf.random.log_uniform_candidate_sampler`.
        remove_accidental_hits: whether sampled classes that are true are left out.
        seed: an integer for a stream of its own.
        name: ignored.

    Returns:
        A tensor of shape (batch,).

    >>> import addax as tf
    >>> tf.nn.sampled_softmax_loss(tf.ones([8, 3]), tf.zeros([8]), [[0], [3]], tf.ones([2, 3]), 3, 8).shape
    TensorShape([2])
    """
    options = {
        "num_sampled": num_sampled,
        "num_classes": num_classes,
        "num_true": num_true,
        "sampled_values": sampled_values,
        "remove": remove_accidental_hits,
        "seed": seed,
    }
    return _sampling_loss("sampled_softmax_loss", weights, biases, labels, inputs, options)


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    name: str | None = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: tell the true classes from sampled ones, each by a sigmoid.

    Arguments and result are those of `tf.nn.sampled_softmax_loss`.

    >>> import addax as tf
    >>> tf.nn.nce_loss(tf.ones([8, 3]), tf.zeros([8]), [[0], [3]], tf.ones([2, 3]), 3, 8).shape
    TensorShape([2])
    """
    options = {
        "num_sampled": num_sampled,
        "num_classes": num_classes,
        "num_true": num_true,
        "sampled_values": sampled_values,
        "remove": remove_accidental_hits,
        "seed": None,
    }
    return _sampling_loss("nce_loss", weights, biases, labels, inputs, options)
