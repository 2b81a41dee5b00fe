"""Connectionist temporal classification; the numbers are Keras 3's, on JAX."""

import numpy as np
import pytest

import addax as tf

LABELS = np.array([[1, 2, 2, 0], [3, 1, 0, 0], [0, 0, 0, 0]], "int32")
LOGITS = np.round(np.random.default_rng(0).normal(size=(3, 6, 4)), 2).astype("float32")
losses = tf.keras.losses


def test_losses_and_reductions():
    each = [7.65895, 5.140257, 8.688549]
    assert np.allclose(losses.ctc(LABELS, LOGITS), each)
    assert np.allclose(losses.CTC(reduction="none")(LABELS.astype("float32"), LOGITS), each)
    assert np.allclose(losses.CTC()(LABELS, LOGITS), 7.162585)
    assert np.allclose(losses.CTC(reduction="sum")(LABELS, LOGITS), 21.487755)
    assert np.allclose(losses.CTC()(LABELS, LOGITS, np.float32([1, 2, 0.5])), 7.427913)
    assert float(losses.ctc([[1, 1, 1, 1]], LOGITS[:1])[0]) > 500  # needs 7 frames
    assert float(tf.function(losses.CTC())(LABELS, LOGITS)) == pytest.approx(7.162585)


def test_gradient():
    logits = tf.Variable(LOGITS)
    with tf.GradientTape() as tape:
        loss = losses.CTC()(LABELS, logits)
    gradient = tape.gradient(loss, logits)
    assert np.allclose(
        gradient[0, :3],
        [[0.02971720, -0.22908668, 0.12596412, 0.07340538], [0.00924203, -0.02036099, -0.09308787, 0.10420684],
         [-0.12439902, 0.03002951, -0.05287655, 0.14724605]],
        atol=2e-6,
    )  # fmt: skip


def test_refuses_other_ranks():
    with pytest.raises(ValueError, match=r"`\(batch_size, max_length\)`.*\(4,\)"):
        losses.ctc(LABELS[0], LOGITS)
    with pytest.raises(ValueError, match=r"num_classes.*\(6, 4\)"):
        losses.ctc(LABELS, LOGITS[0])


def test_names_and_configs():
    assert losses.get("ctc") is losses.ctc
    assert losses.deserialize(losses.serialize(losses.CTC("sum"))).reduction == "sum"
    assert losses.CTC.from_config({"name": "ctc", "reduction": "sum_over_batch_size"}).name == "ctc"


def test_trains_a_model():
    model = tf.keras.Sequential([tf.keras.layers.Dense(4)])
    model.compile("adam", losses.CTC())
    losses_seen = model.fit(LOGITS, LABELS, epochs=2, verbose=0).history["loss"]
    assert losses_seen[1] < losses_seen[0]
