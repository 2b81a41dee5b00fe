"""Connectionist temporal classification: the loss, its decoders and label helpers (Graves et al. 2006)."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import context, errors
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor, value_of
from addax.core.dispatch import op
from addax.core.failures import UnfitError
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.control_flow import check
from addax.ops.shaping import transpose

__all__ = ["collapse_repeated", "ctc_beam_search_decoder", "ctc_greedy_decoder", "ctc_loss", "ctc_unique_labels"]

_NEVER = float(np.log(np.finfo(np.float64).tiny))  # the log probability of what cannot happen

# ---------------------------------------------------------------------------- the loss


@op(name="nn.ctc_loss")
def _ctc_loss(labels: FreeLike, logits: FreeLike, label_length: FreeLike, logit_length: FreeLike, blank):
    return _alignments(labels, logits, label_length, logit_length, blank)


@op(name="keras.losses.ctc")
def loss_of_padded(labels: FreeLike, logits: FreeLike):
    """The loss for labels [batch, longest] that 0, the blank, fills up, and logits [batch, frames, classes]."""
    if labels.ndim != 2:
        raise ValueError(
            "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in integer format. "
            f"Received: y_true.shape={labels.shape}"
        )
    if logits.ndim != 3:
        raise ValueError(
            "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, num_classes)`. "
            f"Received: y_pred.shape={logits.shape}"
        )
    lengths = jnp.full((logits.shape[0],), logits.shape[1], np.int32)
    return _alignments(labels, logits.transpose(1, 0, 2), jnp.sum(labels != 0, 1, dtype=np.int32), lengths, 0)


def _alignments(labels: Any, logits: Any, label_length: Any, logit_length: Any, blank: int, merged: bool = True) -> Any:
    """The negative log of the summed probability of all alignments of labels with frames (logits time first).

    `merged`: a label that comes again in the next frame is the same one.
    """
    frames, batch, classes = logits.shape
    blank = blank % classes
    wide = logits.astype(np.promote_types(logits.dtype, np.float32))
    log_p = jax.nn.log_softmax(wide, -1)
    labels = labels.astype(np.int32)
    if blank:  # TensorFlow moves the blank to the front, by which a label of that number becomes the one before it
        labels = jnp.where(labels == blank, blank - 1, labels)
    # Blanks between, before and after the labels: 2 L + 1 states.
    states = 2 * labels.shape[1] + 1
    path = jnp.full((batch, states), blank, np.int32).at[:, 1::2].set(labels)
    emitted = jnp.take_along_axis(log_p, jnp.broadcast_to(path, (frames, batch, states)), 2)
    before = jnp.pad(path, ((0, 0), (2, 0)), constant_values=-1)[:, :states]
    may_skip = (path != blank) & ((path != before) if merged else True)
    never = jnp.asarray(_NEVER, wide.dtype)
    first = jnp.where(np.arange(states) < 2, emitted[0], never)

    def step(alpha: Any, frame: Any) -> Any:
        number, out = frame
        one = jnp.concatenate([jnp.full((batch, 1), never), alpha[:, :-1]], 1)
        two = jnp.concatenate([jnp.full((batch, 2), never), alpha[:, :-2]], 1)[:, :states]
        two = jnp.where(may_skip, two, never)
        stay = alpha if merged else jnp.where(path == blank, alpha, never)
        reached = jnp.logaddexp(jnp.logaddexp(stay, one), two) + out
        return jnp.where((number < logit_length)[:, None], jnp.maximum(reached, never), alpha), None

    alpha, _ = lax.scan(step, first, (jnp.arange(1, frames), emitted[1:]))
    last = (2 * label_length.astype(np.int32))[:, None]
    at_blank = jnp.take_along_axis(alpha, last, 1)[:, 0]
    at_label = jnp.take_along_axis(alpha, jnp.maximum(last - 1, 0), 1)[:, 0]
    at_label = jnp.where(last[:, 0] > 0, at_label, never)
    return -jnp.logaddexp(at_blank, at_label).astype(logits.dtype)


@op(name="nn.ctc_loss")
def _exact(
    labels: FreeLike, logits: FreeLike, label_length: FreeLike, logit_length: FreeLike, blank, merged, longer, ended
):  # fmt: skip
    """Infinite where labels and the blanks between repeated ones need more frames than there are.

    Then the derivative by the logits is their softmax, as TensorFlow's is; `longer`: 0 for more labels than frames.
    """
    frames, classes = logits.shape[0], logits.shape[2]
    labels, label_length = labels.astype(np.int32), label_length.astype(np.int32)
    place = np.arange(labels.shape[1])
    if 0 < blank < classes - 1:  # as TensorFlow, which moves the blank to the end
        labels = jnp.where(labels == blank, blank - 1, labels)
    first_end = classes - 1 if ended and blank == classes - 1 else classes
    inside = jnp.cumsum(labels >= first_end, 1) == 0  # others end the labels
    inside &= place < label_length[:, None]
    labels, length = jnp.where(inside, labels, 0), jnp.sum(inside, 1, dtype=np.int32)
    loss = _alignments(labels, logits, length, logit_length, blank, merged)
    again = inside[:, 1:] & (labels[:, 1:] == labels[:, :-1]) if merged else np.zeros((1, 0), bool)
    possible = length + jnp.sum(again, 1, dtype=np.int32) <= logit_length
    alive = np.arange(frames)[:, None] < logit_length
    total = jnp.sum(jnp.where(alive, jax.nn.logsumexp(logits, 2), 0), 0)
    endless = np.asarray(np.inf, loss.dtype) + (total - lax.stop_gradient(total)).astype(loss.dtype)
    loss = jnp.where(possible, loss, endless)
    return jnp.where(label_length > logit_length, 0, loss) if longer else loss


@op(name="nn.ctc_loss")
def _collapsed(labels: FreeLike, label_length: FreeLike):
    """Labels without repetitions, and how many are left."""
    same = jnp.pad(labels[:, 1:] == labels[:, :-1], ((0, 0), (1, 0)))
    keep = ~same & (np.arange(labels.shape[1]) < label_length[:, None])
    spot = jnp.where(keep, jnp.cumsum(keep, 1) - 1, labels.shape[1])
    rows = np.arange(labels.shape[0])[:, None]
    return jnp.zeros_like(labels).at[rows, spot].set(labels, mode="drop"), jnp.sum(keep, 1, dtype=np.int32)


def loss_of_sequences(
    labels: Any, logits: Any, label_length: Any, logit_length: Any, blank: int = -1,
    collapse: bool = False, merged: bool = True, longer: bool = False, ended: bool = True,
) -> Tensor:  # fmt: skip
    """The loss as TensorFlow's operation `CTCLoss` has it: labels that cannot be aligned are refused, or infinite.

    Args:
        labels: integers (batch, longest); what is no class ends a sequence, see `ended`.
        logits: (frames, batch, classes).
        label_length: integers (batch,).
        logit_length: integers (batch,).
        blank: the class of the blank.
        collapse: whether labels are rid of repetitions first.
        merged: whether a class in neighbouring frames is one label.
        longer: whether more labels than frames give 0 rather than an error.
        ended: whether the blank ends a sequence too, where it is the last class; otherwise it is a label like others.

    Raises:
        InvalidArgumentError: no labels, negative ones, or too few frames for them; in a compiled function when it runs.
    """
    _check_lengths(labels, logits, label_length, logit_length)
    blank = int(blank) % int(logits.shape[-1])
    if collapse:
        labels, label_length = _collapsed(labels, label_length)
    if not any(hasattr(each, "__symbolic_call__") for each in (labels, logits, label_length, logit_length)):
        _check_alignable(labels, logits, label_length, logit_length, blank, longer)
    return _exact(labels, logits, label_length, logit_length, blank, merged, longer, ended)


def sparse_loss(
    labels: Any, logits: Any, logit_length: Any, time_major: bool, blank: int,
    collapse: bool = False, merged: bool = True, longer: bool = False, ended: bool = True,
) -> Tensor:  # fmt: skip
    """`loss_of_sequences` for a SparseTensor of labels."""
    logits = logits if time_major else transpose(logits, [1, 0, 2])
    rows, longest = (int(n) for n in concrete(labels.dense_shape, "nn.ctc_loss"))
    dense, length = _dense_labels(labels.indices, labels.values, rows, longest)
    return loss_of_sequences(dense, logits, length, logit_length, blank, collapse, merged, longer, ended)


def _check_alignable(labels: Any, logits: Any, label_length: Any, logit_length: Any, blank: int, longer: bool) -> None:
    if context.state.portable or context.one_of_several() is not None:  # programs that cannot ask the host
        return
    frames, last = int(logits.shape[0]), int(logits.shape[2]) - 1
    values = [value_of(each) for each in (labels, label_length, logit_length)]
    library: Any = jnp if any(isinstance(each, jax.core.Tracer) for each in values) else np

    def problems(labels: Any, length: Any, frame_count: Any, library: Any) -> Any:
        used = library.arange(labels.shape[1]) < length[:, None]
        small = library.any(used & ((labels < 0) | ((labels == blank) & (blank == 0))), 1)
        ends = used & (labels >= (last if blank == last else last + 1))
        after = library.any(used & ~ends & (library.cumsum(ends, 1) > 0), 1)
        return library.stack([length == 0, frame_count > frames, (length > frame_count) & (not longer), small, after])

    def text(labels: Any, length: Any, frame_count: Any) -> str:
        kind, row = np.argwhere(problems(labels, length, frame_count, np))[0]
        facts = (
            "Labels length is zero in batch {row}",
            f"sequence_length({row}) <= {frames}",
            f"Not enough time for target transition sequence (required: {length[row]}, available: {frame_count[row]})",
            "All labels must be nonnegative integers, and not the blank",
            "Saw a non-null label following a null label (the blank, or what is no class)",
        )
        fact = facts[int(kind)].format(row=row)
        return errors.message(
            f"ctc_loss: {fact}, batch: {row}",
            expected=f"for each example one label or more, and at least as many of the {frames} frames",
            received=f"labels {labels[row].tolist()}, label_length {length[row]}, frames {frame_count[row]}",
            hint="leave such examples out, or make the frames more",
        )

    check(library.logical_not(library.any(problems(*values, library))), text, *values)


@op(name="nn.ctc_loss")
def _dense_labels(indices: FreeLike, values: FreeLike, rows, longest):
    row, column = indices[:, 0], indices[:, 1]
    dense = jnp.zeros((rows, longest), np.int32).at[row, column].set(values.astype(np.int32), mode="drop")
    return dense, jnp.zeros((rows,), np.int32).at[row].add(1, mode="drop")


def ctc_loss(
    labels: Any,
    logits: Any,
    label_length: Any,
    logit_length: Any,
    logits_time_major: bool = True,
    unique: Any = None,
    blank_index: int | None = None,
    name: str | None = None,
) -> Tensor:
    """The negative log probability of label sequences, over all ways to align them with the frames.

    Args:
        labels: integers of shape (batch, longest label sequence), or a SparseTensor of them.
        logits: a floating tensor of shape (frames, batch, classes).
        label_length: integers of shape (batch,); None with sparse labels.
        logit_length: integers of shape (batch,), the frames of each example.
        logits_time_major: False where logits have the shape (batch, frames, classes).
        unique: the result of `tf.nn.ctc_unique_labels(labels)`, with which TensorFlow computes the same faster; the
            method used here has no need of it.
        blank_index: the class of the blank; negative counts from the end. By default 0 (required for sparse labels).
        name: ignored.

    Returns:
        A tensor of shape (batch,), in nats.

    Raises:
        ValueError: sparse labels without blank_index.
        InvalidArgumentError: logits that are not of rank 3.

    >>> import addax as tf
    >>> loss = tf.nn.ctc_loss([[1]], tf.zeros([1, 1, 2]), [1], [1], blank_index=0)
    >>> loss.numpy().round(4).tolist()
    [0.6930999755859375]
    """
    logits = logits if hasattr(logits, "__symbolic_call__") else convert_to_tensor(logits)
    if logits.shape.rank != 3:
        raise errors.InvalidArgumentError(
            errors.message("tf.nn.ctc_loss", expected="logits of 3 dimensions", received=f"shape {logits.shape}")
        )
    if not logits.dtype.is_floating:
        raise UnfitError(errors.message("tf.nn.ctc_loss", expected="floating logits", received=logits))
    _check_whole("blank_index", blank_index)
    if hasattr(labels, "dense_shape"):
        if blank_index is None:
            raise ValueError("tf.nn.ctc_loss: blank_index must be provided when labels is a SparseTensor.")
        return sparse_loss(labels, logits, logit_length, logits_time_major, int(blank_index), ended=False)
    if not logits_time_major:
        logits = transpose(logits, [1, 0, 2])
    _check_lengths(labels, logits, label_length, logit_length)
    return _ctc_loss(labels, logits, label_length, logit_length, 0 if blank_index is None else int(blank_index))


def _check_whole(what: str, value: Any) -> None:
    if value is not None and concrete(value, "nn.ctc_loss").dtype.kind not in "iu":
        raise UnfitError(errors.message("tf.nn.ctc_loss", expected=f"{what}, a whole number", received=value))


def _check_lengths(labels: Any, logits: Any, *lengths: Any) -> None:
    """Refuse labels and lengths that are no whole numbers, or not of the batch."""
    if any(hasattr(each, "__symbolic_call__") for each in (labels, logits, *lengths)):
        return
    labels, found = convert_to_tensor(labels), [convert_to_tensor(each) for each in lengths]
    batch = logits.shape[1]
    if (
        not (labels.dtype.is_integer and found[0].dtype.is_integer)
        or labels.shape.rank != 2
        or labels.shape[0] != batch
        or any(each.shape.as_list() != [batch] for each in found)
    ):
        raise UnfitError(
            errors.message(
                "tf.nn.ctc_loss",
                expected=f"integers: labels (batch, longest) and lengths (batch,), for a batch of {batch}",
                received={"labels": labels, "label_length": found[0], "logit_length": found[1]},
            )
        )


# ---------------------------------------------------------------------------- labels


@op(name="nn.ctc_unique_labels")
def ctc_unique_labels(labels: TensorLike, name: str | None = None) -> Any:
    """The distinct labels of each sequence, in the order of their appearance.

    Args:
        labels: integers of shape (batch, length).
        name: ignored.

    Returns:
        (unique, idx): the labels, with zeros behind, and for each label its place among them; both of labels' shape.

    >>> import addax as tf
    >>> unique, idx = tf.nn.ctc_unique_labels([[3, 4, 4, 3]])
    >>> unique.numpy().tolist(), idx.numpy().tolist()
    ([[3, 4, 0, 0]], [[0, 1, 1, 0]])
    """
    same = labels[:, :, None] == labels[:, None, :]
    length = labels.shape[1]
    first = jnp.argmax(same, axis=2)  # where each label appears first
    new = first == np.arange(length)
    number = jnp.cumsum(new, axis=1, dtype=np.int32) - 1
    idx = jnp.take_along_axis(number, first, 1)
    spot = jnp.where(new, number, length)
    rows = np.arange(labels.shape[0])[:, None]
    unique = jnp.zeros(labels.shape, np.int64).at[rows, spot].set(labels.astype(np.int64), mode="drop")
    return unique, idx


def collapse_repeated(labels: Any, seq_length: Any, name: str | None = None) -> Any:
    """Label sequences without the repetitions of a label right after itself.

    Args:
        labels: integers of shape (batch, length).
        seq_length: integers of shape (batch,).
        name: ignored.

    Returns:
        (labels, lengths): the new labels of shape (batch, longest), with zeros behind, and their lengths.

    >>> import addax as tf
    >>> collapsed, length = tf.nn.collapse_repeated([[1, 1, 2, 2, 1]], [5])
    >>> collapsed.numpy().tolist(), length.numpy().tolist()
    ([[1, 2, 1]], [3])
    """
    host, lengths = concrete(labels, "nn.collapse_repeated"), concrete(seq_length, "nn.collapse_repeated")
    if host.ndim == 2 and not lengths.ndim:  # one for all, as TensorFlow broadcasts it
        lengths = np.full(host.shape[0], lengths)
    if host.ndim != 2 or lengths.shape != host.shape[:1]:
        raise UnfitError(
            errors.message(
                "tf.nn.collapse_repeated",
                expected="labels of shape (batch, length) and lengths of shape (batch,)",
                received=f"labels {host.shape}, seq_length {lengths.dtype} {lengths.shape}",
            )
        )
    keep = np.ones(host.shape, bool)
    keep[:, 1:] = host[:, 1:] != host[:, :-1]
    keep &= np.arange(host.shape[1]) < lengths[:, None]
    counts = keep.sum(1)
    out = np.zeros((host.shape[0], int(counts.max(initial=0))), host.dtype)
    for row, mask, kept, count in zip(out, keep, host, counts, strict=True):
        row[:count] = kept[mask]
    return convert_to_tensor(out), convert_to_tensor(counts.astype(lengths.dtype))


# ---------------------------------------------------------------------------- decoders


def _sparse(paths: list[list[int]]) -> Any:
    """Sequences as a sparse tensor of int64."""
    from addax.ops.sparse_tensor import SparseTensor  # loaded by programs that use sparse tensors only

    indices = np.array([(row, i) for row, path in enumerate(paths) for i in range(len(path))], np.int64).reshape(-1, 2)
    values = np.array([label for path in paths for label in path], np.int64)
    shape = np.array([len(paths), max((len(path) for path in paths), default=0)], np.int64)
    return SparseTensor(indices, convert_to_tensor(values), shape)


class _FramesError(errors.InvalidArgumentError, errors.FailedPreconditionError):
    """Lengths that do not fit the frames: TensorFlow's decoders find out in their state, others by their arguments."""


def _frames(inputs: Any, sequence_length: Any, who: str) -> tuple[np.ndarray, np.ndarray]:
    logits, lengths = concrete(inputs, who), concrete(sequence_length, who)
    if logits.dtype not in (np.float32, np.float64) or lengths.dtype.kind not in "iu":
        raise UnfitError(
            f"tf.{who}: expected float32 or float64 inputs and whole numbers for lengths, received {logits.dtype} and "
            f"{lengths.dtype}."
        )
    if logits.ndim != 3 or lengths.shape != (logits.shape[1],) or lengths.max(initial=0) > logits.shape[0]:
        raise _FramesError(
            errors.message(
                f"tf.{who}",
                expected="inputs of shape (frames, batch, classes) and, for each example, at most as many frames",
                received=f"inputs {logits.shape}, sequence_length {lengths.tolist()}",
            )
        )
    return logits, lengths


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True, blank_index: int | None = None
) -> Any:
    """The labels of the likeliest class of each frame, without repetitions and blanks.

    Args:
        inputs: logits of shape (frames, batch, classes).
        sequence_length: integers of shape (batch,).
        merge_repeated: whether equal classes of neighbouring frames count once.
        blank_index: the class of the blank; by default the last one.

    Returns:
        ([decoded], neg_sum_logits): a SparseTensor of labels, and the negative sum of the chosen logits, (batch, 1).

    Raises:
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> _, cost = tf.nn.ctc_greedy_decoder([[[5.0, 0.0]], [[0.0, 3.0]]], [2])
    >>> cost.numpy().tolist()
    [[-8.0]]
    """
    logits, lengths = _frames(inputs, sequence_length, "nn.ctc_greedy_decoder")
    classes = logits.shape[2]
    if blank_index is not None and not -classes <= blank_index < classes:
        raise errors.InvalidArgumentError(
            f"tf.nn.ctc_greedy_decoder: blank_index expected to be between {-classes} and {classes - 1}, "
            f"received {blank_index}."
        )
    blank = (classes - 1 if blank_index is None else int(blank_index)) % classes
    best, paths = logits.argmax(2), []
    inside = np.arange(logits.shape[0])[:, None] < lengths
    costs = -np.where(inside, logits.max(2), 0).sum(0)
    for b, length in enumerate(lengths):
        line = best[:length, b]
        keep = line != blank
        if merge_repeated:
            keep[1:] &= line[1:] != line[:-1]
        paths.append(line[keep].tolist())
    return [_sparse(paths)], convert_to_tensor(costs.astype(logits.dtype)[:, None])


def ctc_beam_search_decoder(inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1) -> Any:
    """The likeliest label sequences, by prefix beam search; the last class is the blank.

    Args:
        inputs: logits of shape (frames, batch, classes).
        sequence_length: integers of shape (batch,).
        beam_width: how many prefixes are kept at each frame.
        top_paths: how many sequences to return, at most beam_width.

    Returns:
        (decoded, log_probability): a list of `top_paths` SparseTensors of labels, and a tensor (batch, top_paths).

    Raises:
        InvalidArgumentError: shapes that do not fit, or more paths than beams.

    >>> import addax as tf
    >>> _, log_probability = tf.nn.ctc_beam_search_decoder([[[0.0, 0.0]]], [1])
    >>> log_probability.numpy().round(4).tolist()
    [[-0.6930999755859375]]
    """
    logits, lengths = _frames(inputs, sequence_length, "nn.ctc_beam_search_decoder")
    beam_width, top_paths = int(beam_width), int(top_paths)
    if top_paths > beam_width:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.ctc_beam_search_decoder",
                expected="top_paths of at most beam_width",
                received=f"top_paths={top_paths}, beam_width={beam_width}",
            )
        )
    wide = logits.astype(np.float64)
    shifted = wide - wide.max(2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(2, keepdims=True))
    beams = [_search(log_p[:length, b], beam_width, top_paths) for b, length in enumerate(lengths)]
    decoded = [_sparse([list(beam[i][0]) if i < len(beam) else [] for beam in beams]) for i in range(top_paths)]
    scores = [[beam[i][1] if i < len(beam) else -np.inf for i in range(top_paths)] for beam in beams]
    return decoded, convert_to_tensor(np.array(scores, logits.dtype).reshape(len(beams), top_paths))


def _search(log_p: np.ndarray, width: int, top: int) -> list[tuple[tuple[int, ...], float]]:
    """Prefix beam search over one example: (labels, log probability), the best first."""
    blank = log_p.shape[1] - 1
    # Each prefix has the log probabilities of ending with a blank, and with its last label.
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}
    for frame in log_p:
        grown: dict[tuple[int, ...], tuple[float, float]] = {}

        def add(prefix: tuple[int, ...], by_blank: float, by_label: float, grown: Any = grown) -> None:
            old = grown.get(prefix, (-np.inf, -np.inf))
            grown[prefix] = (float(np.logaddexp(old[0], by_blank)), float(np.logaddexp(old[1], by_label)))

        for prefix, (ends_blank, ends_label) in beams.items():
            total = float(np.logaddexp(ends_blank, ends_label))
            again = ends_label + frame[prefix[-1]] if prefix else -np.inf
            add(prefix, total + frame[blank], again)
            for label in range(blank):
                before = ends_blank if prefix and prefix[-1] == label else total
                add((*prefix, label), -np.inf, before + frame[label])
        ranked = sorted(grown.items(), key=lambda item: -np.logaddexp(*item[1]))
        beams = dict(ranked[:width])
    best = sorted(beams.items(), key=lambda item: -np.logaddexp(*item[1]))[:top]
    return [(prefix, float(np.logaddexp(*ends))) for prefix, ends in best]
