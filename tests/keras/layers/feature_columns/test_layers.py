"""DenseFeatures and SequenceFeatures; the numbers are TensorFlow's."""

import gzip
import json

import numpy as np
import pytest

import addax as tf

fc = tf.feature_column


def _columns():
    voc = fc.categorical_column_with_vocabulary_list("c", ["x", "y", "z"], num_oov_buckets=2)
    buckets = fc.bucketized_column(fc.numeric_column("a"), [0.0, 1.0, 2.0])
    weighted = fc.weighted_categorical_column(fc.categorical_column_with_identity("i", 5), "w")
    hashed = fc.categorical_column_with_hash_bucket("h", 4, dtype=tf.int64)
    half = tf.keras.initializers.Constant(0.5)
    return [
        fc.numeric_column("n", shape=(2,)),
        buckets,
        fc.indicator_column(voc),
        fc.embedding_column(fc.crossed_column(["c", buckets], 10), 3, initializer=half),
        fc.indicator_column(weighted),
        fc.embedding_column(hashed, 2, combiner="sqrtn", initializer=half),
    ]


FEATURES = {
    "n": np.array([[1.0, 2], [3, 4]], np.float32),
    "a": np.array([-1.0, 1.5], np.float32),
    "c": np.array([["x", "q"], ["", "zz"]]),
    "i": np.array([[1, 3], [4, -1]]),
    "w": np.array([[0.5, 2.0], [3, 0.0]], np.float32),
    "h": np.array([[7, 8], [9, -1]]),
}
TABLE = np.arange(8, dtype=np.float32).reshape(4, 2)
EXPECTED = [
    [1, 0, 0, 0, 0.5, 0.5, 0.5, 1, 0, 0, 0, 1, 4.242640495300293, 5.656854152679443, 0, 0.5, 0, 2, 0, 1, 2],
    [0, 0, 1, 0, 0.5, 0.5, 0.5, 0, 0, 0, 1, 0, 2, 3, 0, 0, 0, 0, 3, 3, 4],
]


def test_dense_features_are_tensorflows():
    layer = tf.keras.layers.DenseFeatures(_columns(), name="dense_features")
    layer(FEATURES)
    layer.weights[1].assign(TABLE)
    parts = {}
    assert np.array_equal(layer(FEATURES, cols_to_output_tensors=parts), np.float32(EXPECTED))
    assert [w.name for w in layer.weights] == [
        "dense_features/a_bucketized_X_c_embedding/embedding_weights:0",
        "dense_features/h_embedding/embedding_weights:0",
    ]
    assert len(parts) == 6 and layer.compute_output_shape((None,)).as_list() == [None, 21]


def test_sparse_and_ragged_features_are_the_same():
    layer = tf.keras.layers.DenseFeatures([_columns()[2]])
    want = layer(FEATURES).numpy().tolist()
    assert layer({"c": tf.ragged.constant([["x", "q"], ["zz"]])}).numpy().tolist() == want
    sparse = tf.SparseTensor([[0, 0], [0, 1], [1, 1]], ["x", "q", "zz"], [2, 2])
    assert layer({"c": sparse}).numpy().tolist() == want


def test_a_config_is_a_layer_again():
    layer = tf.keras.layers.DenseFeatures(_columns(), name="f")
    config = json.loads(json.dumps(layer.get_config()))
    assert config["feature_columns"][4]["config"]["categorical_column"]["config"] == {
        "categorical_column": {
            "class_name": "IdentityCategoricalColumn",
            "config": {"key": "i", "number_buckets": 5, "default_value": None},
        },
        "weight_feature_key": "w",
        "dtype": "float32",
    }
    again = tf.keras.layers.DenseFeatures.from_config(config)
    assert again.get_config() == layer.get_config()
    assert np.array_equal(again(FEATURES), layer(FEATURES))


def test_a_model_with_columns_learns_and_is_saved(tmp_path):
    column = fc.embedding_column(fc.categorical_column_with_identity("i", 5), 2)
    inputs = {"i": tf.keras.Input((2,), dtype="int64", name="i"), "n": tf.keras.Input((2,), name="n")}
    features = tf.keras.layers.DenseFeatures([column, fc.numeric_column("n", shape=2)])(inputs)
    assert features.shape.as_list() == [None, 4]
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(features))
    model.compile("adam", "mse")
    given = {"i": FEATURES["i"], "n": FEATURES["n"]}
    before = model.layers[-2].weights[0].numpy()
    model.fit(given, np.ones((2, 1)), epochs=2, verbose=0)
    moved = np.abs(model.layers[-2].weights[0].numpy() - before).sum(1) > 0
    assert moved.tolist() == [False, True, False, True, True]
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    assert np.array_equal(again.predict(given, verbose=0), model.predict(given, verbose=0))


def test_combiners_norms_and_weights():
    ids = fc.weighted_categorical_column(fc.categorical_column_with_identity("i", 4), "w")
    rows = {"i": np.array([[0, 3], [2, 2]]), "w": np.array([[1.0, 3.0], [2.0, -1.0]], np.float32)}

    def vectors(**options):
        table = tf.keras.initializers.Constant(TABLE)
        return tf.keras.layers.DenseFeatures([fc.embedding_column(ids, 2, initializer=table, **options)])(rows).numpy()

    assert np.allclose(vectors(combiner="sum"), [[18, 22], [4, 5]])
    assert np.allclose(vectors(), [[4.5, 5.5], [4, 5]])
    assert np.allclose(vectors(combiner="sqrtn"), np.float32([[18, 22], [8, 10]]) / np.sqrt([[10], [4]]))
    norms = np.linalg.norm(vectors(combiner="sum", max_norm=1.0), axis=1)
    assert norms[0] <= 4 and abs(norms[1] - 1) < 1e-6
    with pytest.raises(ValueError, match="combiner"):
        vectors(combiner="max")


def test_sequences():
    half = tf.keras.initializers.Constant(0.5)
    layer = tf.keras.experimental.SequenceFeatures([
        fc.sequence_numeric_column("s"),
        fc.embedding_column(fc.sequence_categorical_column_with_identity("t", 5), 2, initializer=half),
        fc.indicator_column(fc.sequence_categorical_column_with_vocabulary_list("u", ["a", "b"])),
    ])  # fmt: skip
    given = {
        "s": tf.sparse.from_dense([[1.0, 2, 3], [4.0, 0, 0]]),
        "t": tf.sparse.from_dense([[1, 2, 4], [1, 0, 0]]),
        "u": tf.sparse.from_dense([["a", "b", "q"], ["b", "", ""]]),
    }
    rows, lengths = layer(given)
    assert rows.numpy().tolist() == [
        [[1, 0.5, 0.5, 1, 0], [2, 0.5, 0.5, 0, 1], [3, 0.5, 0.5, 0, 0]],
        [[4, 0.5, 0.5, 0, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
    ]
    assert lengths.numpy().tolist() == [3, 1] and lengths.dtype == tf.int64
    with pytest.raises(tf.errors.InvalidArgumentError, match="lengths"):
        layer({**given, "t": tf.sparse.from_dense([[1, 2, 0], [1, 0, 0]])})


def test_vocabulary_files(tmp_path):
    (tmp_path / "words").write_text("x\ny\n")
    column = fc.categorical_column_with_vocabulary_file("c", str(tmp_path / "words"), num_oov_buckets=1)
    layer = tf.keras.layers.DenseFeatures([fc.indicator_column(column)])
    assert layer({"c": np.array([["y", "q"]])}).numpy().tolist() == [[0, 1, 1]]
    with tf.io.TFRecordWriter(str(tmp_path / "records")) as writer:
        writer.write(b"x")
    (tmp_path / "records.gz").write_bytes(gzip.compress((tmp_path / "records").read_bytes()))
    packed = fc.categorical_column_with_vocabulary_file(
        "c", str(tmp_path / "records.gz"), file_format="tfrecord_gzip", default_value=0
    )
    assert packed.num_buckets == 1


def test_a_table_comes_from_a_checkpoint(tmp_path):
    path = tf.train.Checkpoint(table=tf.Variable(TABLE)).save(str(tmp_path / "ckpt"))
    ids = fc.categorical_column_with_identity("i", 4)
    name = "table/.ATTRIBUTES/VARIABLE_VALUE"
    column = fc.embedding_column(ids, 2, ckpt_to_load_from=path, tensor_name_in_ckpt=name, trainable=False)
    layer = tf.keras.layers.DenseFeatures([column])
    assert layer({"i": np.array([2])}).numpy().tolist() == [[4, 5]] and not layer.trainable_weights


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: fc.numeric_column(3), "key must be a string"),
        (lambda: fc.bucketized_column(fc.numeric_column("a"), [2.0, 1.0]), "sorted"),
        (lambda: fc.categorical_column_with_hash_bucket("a", 0), "at least 1"),
        (lambda: fc.categorical_column_with_identity("a", 3, 5), "not in range"),
        (lambda: fc.categorical_column_with_vocabulary_list("a", ["x", "x"]), "Duplicate keys"),
        (lambda: fc.crossed_column(["a", fc.categorical_column_with_hash_bucket("a", 5)], 5), "not supported"),
        (lambda: tf.keras.layers.DenseFeatures([]), "must not be empty"),
        (lambda: tf.keras.layers.DenseFeatures([fc.categorical_column_with_identity("a", 3)]), "wrap a categorical"),
        (lambda: tf.keras.layers.DenseFeatures([fc.numeric_column("n")])({"x": 1}), "Feature n is not in features"),
        (lambda: tf.keras.layers.DenseFeatures([fc.numeric_column("n")])(3.0), "dictionary"),
    ],
)
def test_bad_input_is_explained(make, text):
    with pytest.raises(ValueError, match=text):
        make()
