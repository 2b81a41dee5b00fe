"""Attention layers by definition, and what they refuse."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
R = np.random.default_rng(0)
QUERY, VALUE = R.standard_normal((2, 3, 4)), R.standard_normal((2, 5, 4))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_dot_product_attention():
    out, weights = L.Attention(dtype="float64")([QUERY, VALUE], return_attention_scores=True)
    expected = softmax(QUERY @ VALUE.swapaxes(1, 2))
    np.testing.assert_allclose(weights, expected)
    np.testing.assert_allclose(out, expected @ VALUE)


def test_multi_head_attention_by_definition():
    layer = L.MultiHeadAttention(2, 3, value_dim=2, dtype="float64")
    out = layer(QUERY, VALUE)
    qk, qb, kk, kb, vk, vb, ok, ob = layer.get_weights()
    q, k, v = (
        np.einsum("btd,dhk->bhtk", x, w) + b[:, None] for x, w, b in ((QUERY, qk, qb), (VALUE, kk, kb), (VALUE, vk, vb))
    )
    heads = softmax(q @ k.swapaxes(2, 3) / np.sqrt(3)) @ v
    np.testing.assert_allclose(out, np.einsum("bhtk,hkd->btd", heads, ok) + ob)


def test_multi_head_attention_config_builds_its_projections():
    layer = L.MultiHeadAttention(2, 3, output_shape=6, attention_axes=(1,))
    expected = layer(QUERY, VALUE)
    again = L.MultiHeadAttention.from_config(layer.get_config())
    assert [w.shape for w in again.weights] == [w.shape for w in layer.weights]
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(again(QUERY, VALUE), expected, rtol=1e-6)


@pytest.mark.parametrize("masked", ["causal", "given"])
def test_masks_of_multi_head_attention(masked):
    layer = L.MultiHeadAttention(2, 3)
    if masked == "causal":
        _, weights = layer(QUERY, QUERY, use_causal_mask=True, return_attention_scores=True)
        assert np.allclose(np.triu(np.asarray(weights), 1), 0, atol=1e-6)
    else:
        mask = R.random((2, 3, 5)) > 0.4
        mask[..., 0] = True
        _, weights = layer(QUERY, VALUE, attention_mask=tf.constant(mask), return_attention_scores=True)
        hidden = np.broadcast_to(~mask[:, None], weights.shape)
        np.testing.assert_allclose(np.asarray(weights)[hidden], 0, atol=1e-6)


def test_dropout_of_weights_in_training():
    for layer, call in (
        (L.Attention(dropout=0.5), lambda layer, t: layer([QUERY, VALUE], training=t)),
        (L.MultiHeadAttention(2, 3, dropout=0.5), lambda layer, t: layer(QUERY, VALUE, training=t)),
    ):
        assert not np.allclose(call(layer, True), call(layer, True))
        np.testing.assert_allclose(call(layer, False), call(layer, False))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: L.Attention()(QUERY), "list of inputs"),
        (lambda: L.Attention()([QUERY]), "length 2 or 3"),
        (lambda: L.Attention()([QUERY, VALUE], mask=tf.ones((2, 5))), "mask must be a list"),
        (lambda: L.Attention(score_mode="cosine"), "score_mode"),
        (lambda: L.EinsumDense("ab,bc>ac", 3)(QUERY[0]), "Invalid einsum equation"),
        (lambda: L.EinsumDense("abc,cd->abe", (None, 3))(QUERY), "no corresponding dim"),
        (lambda: L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="z")(QUERY), "Bias dimension"),
    ],
)
def test_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_gates_and_windows_of_multi_head_attention():
    """Arguments of Keras 3; configs hold them where they are used."""
    layer = L.MultiHeadAttention(2, 3, use_gate=True, sliding_window=2, dtype="float64")
    out, weights = layer(QUERY, VALUE, return_attention_scores=True)
    outside = np.abs(np.arange(3)[:, None] - np.arange(5)) >= 2
    assert not np.asarray(weights)[..., outside].any() and np.asarray(weights)[..., ~outside].all()
    names = [weight.name.split("/")[-2] for weight in layer.weights[::2]]
    assert names == ["query", "key", "gate", "value", "attention_output"]
    gate, bias = layer.get_weights()[4:6]
    heads = np.einsum("bhqk,bkhd->bqhd", weights, layer._value_dense(VALUE))
    heads /= 1 + np.exp(-(np.einsum("btd,dhk->bthk", QUERY, gate) + bias))
    np.testing.assert_allclose(out, layer._output_dense(tf.constant(heads)), rtol=1e-6)
    copy = L.MultiHeadAttention.from_config(layer.get_config())
    assert copy.use_gate and copy.sliding_window == 2 and len(copy.weights) == 10
    assert not {"use_gate", "sliding_window"} & set(L.MultiHeadAttention(2, 3).get_config())
    with pytest.raises(ValueError, match="sliding_window"):
        L.MultiHeadAttention(2, 3, sliding_window=0)
    with pytest.raises(ValueError, match="XLA chooses"):
        L.MultiHeadAttention(2, 3, flash_attention=True)


def test_what_attention_returns_is_regularized():
    layer = L.MultiHeadAttention(2, 3, activity_regularizer=tf.keras.regularizers.L2(1.0))
    returned = layer(QUERY, VALUE, return_attention_scores=True)
    expected = [np.sum(np.square(each)) / len(QUERY) for each in returned]  # as Keras 2: one term for each output
    np.testing.assert_allclose(layer.losses, expected, rtol=1e-5)
    again = L.MultiHeadAttention.from_config(layer.get_config())
    assert again.activity_regularizer.get_config() == {"l2": 1.0}


def test_masks_of_each_input():
    layer = L.MultiHeadAttention(2, 3)
    queries, values = np.array([[1, 1, 0], [1, 0, 1]], bool), R.random((2, 5)) > 0.4
    keys = np.array([[1, 1, 1, 1, 0]] * 2, bool)
    together = queries[:, :, None] & values[:, None] & keys[:, None]
    expected = layer(QUERY, VALUE, attention_mask=together)
    found = layer(QUERY, VALUE, query_mask=queries, value_mask=values, key_mask=keys)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("options", [{}, {"attention_axes": (1, 2)}])
def test_multi_head_attention_of_an_empty_batch(options):
    shape = (0, 2, 3, 4) if options else (0, 3, 4)
    layer = L.MultiHeadAttention(2, 3, **options)
    outputs, scores = layer(tf.zeros(shape), tf.zeros(shape), return_attention_scores=True)
    assert outputs.shape == shape and scores.shape[:2] == (0, 2)


def test_the_computed_shape_is_that_of_the_queries():
    for layer in (L.Attention(), L.AdditiveAttention()):
        assert layer.compute_output_shape([(2, 3, 4), (2, 5, 3), (2, 5, 4)]).as_list() == [2, 3, 4]


def test_an_output_shape_of_0_is_the_querys():
    layer = L.MultiHeadAttention(2, 3, output_shape=0)
    assert layer(tf.ones((2, 3, 4)), tf.ones((2, 5, 4))).shape == (2, 3, 4)
    assert layer.get_config()["output_shape"] == 0


@pytest.mark.parametrize("layer", [tf.keras.layers.Attention, tf.keras.layers.AdditiveAttention])
def test_masks_are_a_list_of_bools(layer):
    q, mask = np.ones((1, 3, 4), "f"), np.array([[True, False, True]])
    assert layer()([q, q], mask=[mask, None]).numpy()[0, 1].tolist() == [0.0] * 4
    with pytest.raises(ValueError, match="mask must be a list"):
        layer()([q, q], mask=(mask, None))
    assert layer()([q, q], mask=[mask.astype("int32"), None]).numpy()[0, 1].tolist() == [0.0] * 4
    with pytest.raises(tf.errors.InvalidArgumentError, match="bool tensor for the values"):
        layer()([q, q], mask=[None, mask.astype("int32")])
