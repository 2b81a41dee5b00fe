"""Ragged and sparse inputs of layers and models: numbers recorded from TensorFlow 2.21 with Keras 2."""

import numpy as np
import pytest

import addax as tf
from addax import keras

L = keras.layers
IDS = tf.ragged.constant([[1, 2, 3], [4], [0, 2], [3, 3, 3, 1]], dtype=tf.int64)
TARGETS = np.array([[1.0], [0.0], [2.0], [1.0]], np.float32)
DENSE = np.array([[0, 1, 0, 0], [2, 0, 0, 3], [0, 0, 0, 0], [1, 0, 4, 0], [0, 0, 5, 0]], np.float32)
SPARSE = tf.sparse.from_dense(DENSE)
ANSWERS = np.array([[1.0], [2.0], [0.0], [1.0], [3.0]], np.float32)


def _weights(shape, cycle=None):
    numbers = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return (numbers if cycle is None else numbers % cycle) / 7 - 0.5


def ragged_model(*layers):
    inputs = keras.Input((None,), ragged=True, dtype="int64")
    x = L.Embedding(6, 3)(inputs)
    for layer in layers:
        x = layer(x)
    model = keras.Model(inputs, x)
    model.set_weights([_weights(w.shape, 7) for w in model.get_weights()])
    return model


def sparse_model():
    inputs = keras.Input((4,), sparse=True)
    model = keras.Model(inputs, L.Dense(1)(L.Dense(2, activation="tanh")(inputs)))
    model.set_weights([_weights(w.shape) for w in model.get_weights()])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


@pytest.mark.parametrize(
    ("layers", "first_row"),
    [
        ([L.GlobalAveragePooling1D()], [0.02381, -0.16667, -0.02381]),
        ([L.GlobalMaxPooling1D()], [0.35714, 0.07143, 0.21429]),
        ([L.LSTM(2)], [0.01059, 0.04908]),
        ([L.TimeDistributed(L.Dense(2))], [[-0.46429, -0.29082], [-0.59694, -0.52551], [-0.37245, -0.2602]]),
        (
            [L.Bidirectional(L.LSTM(2, return_sequences=True))],
            [
                [0.03208, 0.01769, 0.02342, 0.04514],
                [-0.0185, 0.05512, -0.02822, 0.05479],
                [0.01059, 0.04908, 0.01536, 0.01872],
            ],
        ),
    ],
    ids=lambda value: type(value[0]).__name__ if isinstance(value[0], L.Layer) else "",
)
def test_ragged_layers(layers, first_row):
    np.testing.assert_allclose(ragged_model(*layers)(IDS)[0], first_row, atol=1e-5)


def test_ragged_training():
    model = ragged_model(L.GlobalAveragePooling1D(), L.Dense(1))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(IDS, TARGETS, batch_size=2, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(history.history["loss"], [2.0049, 0.859], atol=1e-4)
    np.testing.assert_allclose(model.get_weights()[0].ravel()[:3], [-0.5879, -0.4282, -0.262], atol=1e-4)
    again = ragged_model(L.GlobalAveragePooling1D(), L.Dense(1))
    again.compile("sgd", "mse")
    assert again.evaluate(IDS, TARGETS, batch_size=2, verbose=0) == pytest.approx(2.3925, abs=1e-4)
    expected = [[-0.44728], [-0.62755], [-0.25], [-0.42092]]
    np.testing.assert_allclose(again.predict(IDS, batch_size=3, verbose=0), expected, atol=1e-5)


def test_symbolic_ragged_tensors():
    inputs = keras.Input((None,), ragged=True, dtype="int64")
    rows = L.Embedding(6, 3)(inputs)
    assert rows.type_spec == tf.RaggedTensorSpec([None, None, 3], tf.float32, 1)
    model = keras.Model(inputs, [inputs.row_lengths(), inputs.to_tensor(), L.Lambda(lambda x: x + 1)(inputs)])
    lengths, padded, more = model(IDS)
    assert lengths.numpy().tolist() == [3, 1, 2, 4] and padded.shape == (4, 4) and more[1].numpy().tolist() == [5]
    assert model.outputs[1].shape.as_list() == [None, None] and model.outputs[2].type_spec.ragged_rank == 1
    assert ragged_model().predict(IDS, batch_size=3, verbose=0).shape.as_list() == [4, None, 3]


def test_sparse_training(tmp_path):
    model = sparse_model()
    assert model.inputs[0].type_spec == tf.SparseTensorSpec([None, 4])
    expected = [[-0.04899], [-0.44227], [-0.14655], [-0.244], [-0.64811]]
    np.testing.assert_allclose(model.predict(SPARSE, batch_size=2, verbose=0), expected, atol=1e-5)
    history = model.fit(SPARSE, ANSWERS, batch_size=2, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(history.history["loss"], [3.1147, 1.1597], atol=1e-4)
    from_data = sparse_model()
    data = tf.data.Dataset.from_tensor_slices((SPARSE, ANSWERS)).batch(2)
    from_data.fit(data, epochs=2, verbose=0)
    for have, want in zip(from_data.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(have, want, atol=1e-6)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(restored(SPARSE), model(SPARSE), atol=1e-6)


def test_sparse_gradients_of_dense_are_rows():
    layer = L.Dense(2)
    layer.build((None, 4))
    layer.set_weights([_weights((4, 2)), _weights((2,))])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(SPARSE) ** 2)
    kernel, _ = tape.gradient(loss, layer.trainable_variables)
    assert isinstance(kernel, tf.IndexedSlices) and kernel.indices.numpy().tolist() == [1, 0, 3, 2]
    expected = [[-1.42857, -0.85714], [-3.14286, 2.0], [-2.57143, 2.57143], [-7.14286, 8.28572]]
    np.testing.assert_allclose(kernel.values, expected, rtol=1e-4)


def test_sparse_embedding():
    ids = tf.SparseTensor([[0, 0], [0, 1], [2, 0], [2, 2]], np.array([1, 3, 2, 0]), [4, 3])
    layer, thin = L.Embedding(5, 2), L.Embedding(5, 2, sparse=True)
    for each in (layer, thin):
        each.build(None)
        each.set_weights([_weights((5, 2))])
    out = layer(ids)
    np.testing.assert_allclose(out[0], [[-0.21429, -0.07143], [0.35714, 0.5], [-0.5, -0.35714]], atol=1e-5)
    assert out.shape == (4, 3, 2)
    assert thin(ids).shape == (4, 3, 2) and thin(ids).values.shape == (8,)


def test_sparse_encodings_in_models():
    inputs = keras.Input((2,), dtype="int64")
    encoded = L.CategoryEncoding(4, output_mode="multi_hot", sparse=True)(inputs)
    model = keras.Model(inputs, L.Dense(1)(encoded))
    model.set_weights([_weights((4, 1)), _weights((1,))])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    data = np.array([[0, 1], [2, 3], [1, 1]])
    with pytest.warns(Warning, match="eager"):
        loss = model.fit(data, np.ones((3, 1)), batch_size=2, shuffle=False, verbose=0).history["loss"]
    assert loss == pytest.approx([3.4007], abs=1e-4)


@pytest.mark.parametrize(
    ("make", "lazy"),
    [
        (lambda: keras.optimizers.SGD(0.05, momentum=0.9), False),
        (lambda: keras.optimizers.Adam(0.05), False),
        (lambda: keras.optimizers.legacy.SGD(0.05, momentum=0.9), True),
        (lambda: keras.optimizers.legacy.Adagrad(0.05), False),
    ],
)
def test_embedding_gradients_reach_optimizers_as_rows(make, lazy):
    ids = np.array([[1, 2, 2], [0, 4, 1]])

    def trained(dense):
        layer, optimizer = L.Embedding(6, 2), make()
        layer.build(None)
        layer.set_weights([_weights((6, 2))])
        for batch in (ids, ids[:1]):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(batch) ** 2)
            (grad,) = tape.gradient(loss, layer.trainable_variables)
            assert isinstance(grad, tf.IndexedSlices)
            optimizer.apply_gradients([(tf.convert_to_tensor(grad) if dense else grad, layer.trainable_variables[0])])
        return layer.get_weights()[0]

    rows, whole = trained(False), trained(True)
    if not lazy:
        np.testing.assert_allclose(rows, whole, atol=1e-6)
    else:  # rows without a gradient keep still, where a dense step moves them on
        assert np.abs(rows[4] - whole[4]).max() > 1e-3
        np.testing.assert_allclose(rows[1:3], whole[1:3], atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "bool"])
def test_embedding_of_other_integers(dtype):
    rows = tf.keras.initializers.Constant([[0.0], [1.0], [2.0], [3.0], [4.0]])
    layer = L.Embedding(5, 1, embeddings_initializer=rows)
    assert layer(tf.cast([1, 0, 1], dtype)).numpy().ravel().tolist() == [1.0, 0.0, 1.0]
