"""Candidate samplers and the losses over samples."""

import numpy as np
import pytest
import scipy.special as sp

import addax as tf

TRUE = tf.constant([[1], [2]], tf.int64)
SAMPLERS = [
    tf.random.uniform_candidate_sampler,
    tf.random.log_uniform_candidate_sampler,
    tf.random.learned_unigram_candidate_sampler,
]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("unique", [True, False])
def test_samplers(sampler, unique):
    tf.random.set_seed(1)
    sampled, true_count, sampled_count = sampler(TRUE, 1, 20, unique, 30)
    values = sampled.numpy()
    assert values.shape == (20,) and sampled.dtype == tf.int64 and values.min() >= 0 and values.max() < 30
    assert not unique or len(set(values)) == 20
    assert true_count.shape == (2, 1) and sampled_count.shape == (20,)
    assert (sampled_count.numpy() > 0).all() and (not unique or (sampled_count.numpy() <= 1).all())


def test_frequencies_follow_the_weights():
    tf.random.set_seed(2)
    sampled, _, counts = tf.random.fixed_unigram_candidate_sampler(
        TRUE, 1, 4000, False, 4, unigrams=[1.0, 2.0, 4.0], num_reserved_ids=1, distortion=0.5
    )
    weights = np.sqrt([1.0, 2.0, 4.0]) / np.sqrt([1.0, 2.0, 4.0]).sum()
    seen = np.bincount(sampled.numpy(), minlength=4) / 4000
    assert seen[0] == 0 and np.abs(seen[1:] - weights).max() < 0.03
    np.testing.assert_allclose(counts[0], 4000 * weights[int(sampled[0]) - 1], rtol=1e-6)
    zipf = np.bincount(tf.random.log_uniform_candidate_sampler(TRUE, 1, 4000, False, 3)[0], minlength=3) / 4000
    assert np.abs(zipf - np.log1p(1 / np.arange(1, 4)) / np.log(4)).max() < 0.03


def test_learned_sampler_learns():
    for _ in range(3):
        _, counts, _ = tf.random.learned_unigram_candidate_sampler(tf.constant([[5]] * 100), 1, 2, False, 11, seed=77)
    assert counts.numpy()[0, 0] > 1.8


def test_shards_and_files(tmp_path):
    words = tmp_path / "words.csv"
    words.write_text("a,1\nb,2\nc,3\nd,4\n")
    sampled = tf.random.fixed_unigram_candidate_sampler(
        TRUE, 1, 50, False, 4, vocab_file=str(words), num_shards=2, shard=1
    )[0]
    assert set(sampled.numpy()) == {1, 3}


def test_all_candidates_and_hits():
    sampled, true_count, _ = tf.random.all_candidate_sampler(TRUE, 1, 3, True)
    assert sampled.numpy().tolist() == [0, 1, 2] and true_count.numpy().tolist() == [[1.0], [1.0]]
    indices, ids, weights = tf.nn.compute_accidental_hits([[1, 5], [2, 1]], [2, 1, 5], 2)
    assert indices.numpy().tolist() == [0, 0, 1, 1] and ids.numpy().tolist() == [1, 2, 0, 1]
    assert (weights.numpy() < -1e38).all()


def test_losses(check_gradient):
    rng = np.random.RandomState(0)
    w, b, x = rng.randn(8, 3), rng.randn(8), rng.randn(2, 3)
    labels = np.array([[0], [3]])
    sampled, true_expected, expected = np.array([1, 3, 5]), np.array([[0.5], [0.25]]), np.array([0.1, 0.2, 0.3])
    values = (sampled, true_expected, expected)
    true = (x * w[labels[:, 0]]).sum(1, keepdims=True) + b[labels] - np.log(true_expected)
    other = x @ w[sampled].T + b[sampled] - np.log(expected)
    plain = np.concatenate([true, other], 1)
    hit = plain.copy()
    hit[1, 2] = -1e38
    softmax = tf.nn.sampled_softmax_loss(w, b, labels, x, 3, 8, sampled_values=values)
    np.testing.assert_allclose(softmax, -sp.log_softmax(hit, -1)[:, 0])
    kept = tf.nn.sampled_softmax_loss(w, b, labels, x, 3, 8, sampled_values=values, remove_accidental_hits=False)
    np.testing.assert_allclose(kept, -sp.log_softmax(plain, -1)[:, 0])
    nce = -sp.log_expit(plain[:, 0]) - sp.log_expit(-plain[:, 1:]).sum(1)
    np.testing.assert_allclose(tf.nn.nce_loss(w, b, labels, x, 3, 8, sampled_values=values), nce)
    parts = tf.nn.nce_loss([tf.constant(w[:5]), tf.constant(w[5:])], b, labels, x, 3, 8, sampled_values=values)
    np.testing.assert_allclose(parts, nce)
    check_gradient(lambda w, b, x: tf.nn.nce_loss(w, b, labels, x, 3, 8, sampled_values=values), w, b, x)


def test_refusals():
    with pytest.raises(tf.errors.InvalidArgumentError, match="unique"):
        tf.random.uniform_candidate_sampler(TRUE, 1, 10, True, 5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="num_true"):
        tf.random.uniform_candidate_sampler(TRUE, 2, 2, True, 5)
    with pytest.raises(ValueError, match="exactly one"):
        tf.random.fixed_unigram_candidate_sampler(TRUE, 1, 2, True, 5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="range_max"):
        tf.random.fixed_unigram_candidate_sampler(TRUE, 1, 2, True, 5, unigrams=[1.0])


@pytest.mark.parametrize("loss", [tf.nn.nce_loss, tf.nn.sampled_softmax_loss])
def test_gradients_of_the_classes_are_rows(loss):
    weights = tf.Variable(tf.reshape(tf.range(40.0) / 40.0, [10, 4]))
    biases = tf.Variable(tf.zeros([10]))
    sampled = (tf.constant([0, 7, 9], tf.int64), tf.constant([[0.5], [0.4]]), tf.constant([0.6, 0.2, 0.1]))
    with tf.GradientTape() as tape:
        losses = loss(weights, biases, [[1], [2]], tf.ones([2, 4]), 3, 10, sampled_values=sampled)
    rows, few = tape.gradient(losses, [weights, biases])
    assert isinstance(rows, tf.IndexedSlices) and isinstance(few, tf.IndexedSlices)
    assert rows.indices.numpy().tolist() == few.indices.numpy().tolist() == [1, 2, 0, 7, 9]
    assert rows.values.shape == (5, 4) and tf.convert_to_tensor(rows).shape == (10, 4)
