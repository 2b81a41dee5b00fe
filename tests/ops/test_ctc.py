"""Connectionist temporal classification."""

import itertools

import numpy as np
import pytest
import scipy.special as sp

import addax as tf
from addax.ops import ctc

RNG = np.random.RandomState(0)
LOGITS = RNG.randn(5, 2, 4)
LABELS = np.array([[1, 2], [3, 0]])
LENGTHS, FRAMES = [2, 1], [5, 4]


def probability(log_p, labels, blank):
    """The definition: the sum over all paths that collapse to the labels."""
    total = 0.0
    for path in itertools.product(range(log_p.shape[1]), repeat=log_p.shape[0]):
        collapsed = [c for i, c in enumerate(path) if (i == 0 or path[i - 1] != c) and c != blank]
        if collapsed == list(labels):
            total += np.exp(sum(log_p[t, c] for t, c in enumerate(path)))
    return total


def test_loss_is_the_sum_over_alignments(check_gradient):
    log_p = sp.log_softmax(LOGITS, -1)
    expected = [
        -np.log(probability(log_p[:f, b], LABELS[b, :n], 0))
        for b, (n, f) in enumerate(zip(LENGTHS, FRAMES, strict=True))
    ]
    loss = tf.nn.ctc_loss(LABELS, LOGITS, LENGTHS, FRAMES, blank_index=0)
    np.testing.assert_allclose(loss, expected)
    check_gradient(lambda x: tf.nn.ctc_loss(LABELS, x, LENGTHS, FRAMES, blank_index=0), LOGITS)


def test_spellings_agree():
    expected = tf.nn.ctc_loss(LABELS, LOGITS, LENGTHS, FRAMES, blank_index=0)
    batches = LOGITS.swapaxes(0, 1)
    np.testing.assert_allclose(
        tf.nn.ctc_loss(LABELS, batches, LENGTHS, FRAMES, logits_time_major=False, blank_index=0), expected
    )
    last = np.roll(LOGITS, -1, -1)
    np.testing.assert_allclose(tf.nn.ctc_loss(LABELS - 1, last, LENGTHS, FRAMES, blank_index=-1), expected)
    sparse = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 2, 3]), [2, 2])
    np.testing.assert_allclose(tf.nn.ctc_loss(sparse, LOGITS, None, FRAMES, blank_index=0), expected)
    repeated = tf.nn.ctc_loss([[2, 2]], LOGITS[:, :1], [2], [5], blank_index=0)
    np.testing.assert_allclose(repeated, [-np.log(probability(sp.log_softmax(LOGITS[:, 0], -1), [2, 2], 0))])


def test_what_cannot_be_is_very_unlikely_but_finite():
    loss = tf.nn.ctc_loss([[1, 2, 3]], LOGITS[:2, :1], [3], [2], blank_index=0).numpy()
    assert 600 < loss[0] < 800


def test_refusals():
    sparse = tf.SparseTensor([[0, 0]], tf.constant([1]), [1, 1])
    with pytest.raises(ValueError, match="blank_index"):
        tf.nn.ctc_loss(sparse, LOGITS[:, :1], None, [5])
    with pytest.raises(tf.errors.InvalidArgumentError, match="3 dimensions"):
        tf.nn.ctc_loss(LABELS, LOGITS[0], LENGTHS, FRAMES)
    with pytest.raises(tf.errors.InvalidArgumentError, match="top_paths"):
        tf.nn.ctc_beam_search_decoder(LOGITS, FRAMES, beam_width=1, top_paths=2)
    with pytest.raises(tf.errors.InvalidArgumentError, match="frames"):
        tf.nn.ctc_greedy_decoder(LOGITS, [9, 9])


def test_label_helpers():
    unique, idx = tf.nn.ctc_unique_labels([[3, 4, 4, 3], [5, 5, 5, 1]])
    assert unique.numpy().tolist() == [[3, 4, 0, 0], [5, 1, 0, 0]] and idx.numpy().tolist() == [
        [0, 1, 1, 0],
        [0, 0, 0, 1],
    ]
    collapsed, lengths = tf.nn.collapse_repeated([[1, 1, 2, 2, 1], [1, 2, 3, 4, 5]], [4, 3])
    assert collapsed.numpy().tolist() == [[1, 2, 0], [1, 2, 3]] and lengths.numpy().tolist() == [2, 3]


def test_greedy_decoder():
    one_hot = np.eye(4)[[0, 0, 3, 0, 1]][:, None] * 5.0
    (decoded,), cost = tf.nn.ctc_greedy_decoder(one_hot, [5])
    assert decoded.values.numpy().tolist() == [0, 0, 1] and cost.numpy().tolist() == [[-25.0]]
    (raw,), _ = tf.nn.ctc_greedy_decoder(one_hot, [5], merge_repeated=False)
    assert raw.values.numpy().tolist() == [0, 0, 0, 1]
    (other,), _ = tf.nn.ctc_greedy_decoder(one_hot, [4], blank_index=0)
    assert other.values.numpy().tolist() == [3] and other.dense_shape.numpy().tolist() == [1, 1]


def test_wide_beam_search_is_exact():
    log_p = sp.log_softmax(LOGITS[:4, 0], -1)
    decoded, scores = tf.nn.ctc_beam_search_decoder(LOGITS[:4, :1], [4], beam_width=400, top_paths=2)
    everything = {
        labels: probability(log_p, labels, 3) for n in range(5) for labels in itertools.product(range(3), repeat=n)
    }
    best = sorted(everything, key=everything.get, reverse=True)[:2]
    assert [tuple(d.values.numpy().tolist()) for d in decoded] == best
    np.testing.assert_allclose(scores[0], [np.log(everything[labels]) for labels in best])


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.nn.ctc_loss([[1.0, 2.0]], tf.zeros((3, 1, 4)), [2], [3]),
        lambda: tf.nn.ctc_loss([[1, 2]], tf.zeros((3, 1, 4), tf.int32), [2], [3]),
        lambda: tf.nn.ctc_loss([[1, 2]], tf.zeros((3, 1, 4)), [2, 1], [3]),
        lambda: tf.nn.ctc_loss([[1, 2]], tf.zeros((3, 1, 4)), [2.0], [3]),
        lambda: tf.nn.ctc_loss([[1, 2]], tf.zeros((3, 1, 4)), [2], [3], logits_time_major=False),
        lambda: tf.nn.ctc_loss([[1, 2]], tf.zeros((3, 1, 4)), [2], [3], blank_index=1.0),
        lambda: tf.nn.ctc_greedy_decoder(tf.zeros((3, 1, 4), tf.float16), [3]),
        lambda: tf.nn.ctc_greedy_decoder(tf.zeros((3, 1, 4)), [3], blank_index=9),
        lambda: tf.nn.ctc_beam_search_decoder(tf.zeros((3, 1, 4)), [3.0]),
        lambda: tf.nn.collapse_repeated([1, 1, 2], [3]),
    ],
)
def test_dtypes_and_shapes_that_tensorflow_refuses(call):
    with pytest.raises(tf.errors.InvalidArgumentError, match="tf.nn"):
        call()


def test_lengths_behind_the_frames():
    with pytest.raises(tf.errors.FailedPreconditionError, match="at most as many frames"):
        tf.nn.ctc_greedy_decoder(tf.zeros((3, 1, 4)), [9])


def test_one_length_for_all():
    labels, lengths = tf.nn.collapse_repeated([[1, 1, 2], [2, 2, 2]], 3)
    assert labels.numpy().tolist() == [[1, 2], [2, 0]] and lengths.numpy().tolist() == [2, 1]


# ---------------------------------------------------------------------------- labels that cannot be aligned


UNIFORM = np.zeros((3, 1, 4), np.float32)


def sequences(labels, label_length=None, frames=3, **options):
    length = len(labels) if label_length is None else label_length
    return ctc.loss_of_sequences(
        tf.constant([labels]), tf.constant(UNIFORM), tf.constant([length]), tf.constant([frames]), **options
    )


@pytest.mark.parametrize(
    ("labels", "length", "frames", "said"),
    [
        ([1, 1, 1, 1], 4, 3, "Not enough time"),
        ([1, 2], 0, 3, "Labels length is zero"),
        ([1, -1], 2, 3, "nonnegative"),
        ([1, 2], 2, 5, "sequence_length"),
        ([1, 3, 1], 3, 3, "following a null label"),
    ],
)
def test_labels_that_cannot_be_aligned_are_refused(labels, length, frames, said):
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        sequences(labels, length, frames)
    with pytest.raises(tf.errors.InvalidArgumentError, match=said):
        tf.function(lambda given: ctc.loss_of_sequences(
            given, tf.constant(UNIFORM), tf.constant([length]), tf.constant([frames])
        ))(tf.constant([labels]))  # fmt: skip


def test_repeated_labels_without_room_for_blanks_are_infinitely_improbable():
    logits = tf.Variable(UNIFORM)
    with tf.GradientTape() as tape:
        loss = ctc.loss_of_sequences([[1, 1, 1]], logits, [3], [3])
    assert np.isinf(loss.numpy()).all()
    np.testing.assert_allclose(tape.gradient(loss, logits).numpy(), np.full((3, 1, 4), 0.25), rtol=1e-6)
    assert np.isinf(tf.nn.ctc_loss(tf.sparse.from_dense([[1, 1, 1]]), UNIFORM, None, [3], blank_index=-1).numpy()).all()


def test_labels_end_at_the_blank_or_at_what_is_no_class():
    np.testing.assert_allclose(sequences([1, 9]).numpy(), [2.3671], rtol=1e-4)
    np.testing.assert_allclose(sequences([1, 3, 3]).numpy(), [2.3671], rtol=1e-4)


def test_older_ctc_loss_of_sparse_labels():
    logits = np.random.RandomState(0).rand(4, 2, 5).astype("f") * 3
    labels = tf.sparse.from_dense(tf.constant([[1, 1, 2], [3, 2, 2]]))
    older = tf.compat.v1.nn.ctc_loss
    with pytest.raises(tf.errors.InvalidArgumentError):
        older(labels, logits, [4, 2])
    ignored = older(labels, logits, [4, 2], ignore_longer_outputs_than_inputs=True).numpy()
    np.testing.assert_allclose(ignored, [7.8277, 0.0], rtol=1e-4)
    collapsed = older(labels, logits, [4, 3], preprocess_collapse_repeated=True, ctc_merge_repeated=False).numpy()
    np.testing.assert_allclose(collapsed, [7.6672, 2.3913], rtol=1e-4)
    first = older(labels, logits=tf.transpose(logits, [1, 0, 2]), sequence_length=[4, 3], time_major=False)
    assert np.isinf(first.numpy()).tolist() == [False, True]
    with pytest.raises(TypeError, match="SparseTensor"):
        older(tf.constant([[1]]), logits, [4, 4])


def test_the_last_blank_is_a_label_like_others_but_for_the_older_function():
    logits = np.random.RandomState(0).rand(4, 1, 4).astype("f") * 3
    labels = tf.SparseTensor([[0, 0], [0, 1], [0, 2]], np.array([1, 3, 3], np.int32), [1, 3])
    newer = tf.nn.ctc_loss(labels, logits, None, [4], blank_index=-1)
    older = tf.compat.v1.nn.ctc_loss(labels, logits, [4])
    np.testing.assert_allclose([newer[0], older[0]], [8.1056, 3.6509], atol=1e-4)
