"""LoRA: names, shapes, numbers, files and refusals as in Keras 3."""

import numpy as np
import pytest

import addax as tf
from addax.keras import layers

CASES = {
    "dense": (lambda **kw: layers.Dense(4, activation="relu", **kw), (3, 8), "kernel", (8, 2), (2, 4)),
    "einsum": (
        lambda **kw: layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="e", **kw),
        (2, 4, 5),
        "kernel",
        (5, 2, 2),
        (2, 3),
    ),
    "conv": (lambda **kw: layers.Conv2D(4, 3, groups=2, **kw), (2, 5, 5, 4), "kernel", (3, 3, 2, 2), (2, 4)),
    "embedding": (lambda **kw: layers.Embedding(5, 6, **kw), (2, 3), "embeddings", (5, 2), (2, 6)),
}


@pytest.mark.parametrize("name", CASES)
def test_adds_the_product_to_the_frozen_weight(name):
    make, shape, attribute, first, second = CASES[name]
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, shape) if name == "embedding" else rng.normal(size=shape).astype("float32")
    layer = make()
    before = layer(x).numpy()
    weight = getattr(layer, attribute)
    layer.enable_lora(2, lora_alpha=3.0)
    np.testing.assert_allclose(layer(x), before, rtol=1e-6)
    bias = ["bias"] * (len(layer.weights) - 3)
    names = [each.name.split("/")[-1].split(":")[0] for each in layer.weights]
    assert names == [attribute, *bias, f"lora_{attribute}_a", f"lora_{attribute}_b"]
    assert [each.name.split("/")[-1].split(":")[0] for each in layer.trainable_weights] == names[1:]
    a, b = layer.weights[-2:]
    assert (tuple(a.shape), tuple(b.shape)) == (first, second)
    b.assign(rng.normal(size=second).astype("float32"))
    merged = weight.numpy() + 1.5 * a.numpy() @ b.numpy()
    np.testing.assert_allclose(getattr(layer, attribute), merged, rtol=1e-5, atol=1e-6)
    plain = make()
    plain(x)
    plain.set_weights([merged, *[layer.bias.numpy() for _ in bias]])
    np.testing.assert_allclose(layer(x), plain(x), rtol=1e-4, atol=1e-5)

    store = {}
    layer.save_own_variables(store)
    np.testing.assert_allclose(store["0"], merged, rtol=1e-5, atol=1e-6)
    assert len(store) == 1 + len(bias)
    again = type(layer).from_config(layer.get_config())
    again.build(shape)
    assert (again.lora_rank, again.lora_alpha, len(again.trainable_weights)) == (2, 3.0, 2 + len(bias))
    again.load_own_variables(store)
    np.testing.assert_allclose(again(x), layer(x), rtol=1e-4, atol=1e-5)
    assert not again.weights[-2].numpy().any()


def test_trains_and_is_saved(tmp_path):
    inputs = tf.keras.Input((3,))
    model = tf.keras.Model(inputs, layers.Dense(1, lora_rank=2, lora_alpha=8)(inputs))
    model.compile("sgd", "mse")
    kernel = model.layers[1]._kernel.numpy()
    model.fit(np.ones((8, 3)), np.ones((8, 1)), epochs=2, verbose=0)
    np.testing.assert_array_equal(model.layers[1]._kernel, kernel)
    assert model.layers[1].lora_kernel_b.numpy().any() and model.layers[1].lora_alpha == 8
    model.save(tmp_path / "m.keras")
    loaded = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(loaded.predict(np.ones((2, 3)), verbose=0), model(np.ones((2, 3))), rtol=1e-5)
    assert loaded.layers[1].lora_enabled


def test_refusals():
    layer = layers.Dense(2)
    with pytest.raises(ValueError, match="isn't yet built"):
        layer.enable_lora(2)
    layer.build((None, 3))
    layer.enable_lora(2)
    with pytest.raises(ValueError, match="already enabled"):
        layer.enable_lora(2)
    layer = layers.Dense(2, kernel_constraint="non_neg")
    layer.build((None, 3))
    with pytest.raises(ValueError, match="constraint"):
        layer.enable_lora(2)
    with pytest.raises(AttributeError, match="no attribute 'kernel'"):
        layers.Dense(2).kernel  # noqa: B018
