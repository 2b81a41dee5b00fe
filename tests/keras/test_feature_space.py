"""FeatureSpace: numbers as TensorFlow's."""

import numpy as np
import pytest

import addax as tf

FS = tf.keras.utils.FeatureSpace
DATA = {
    "f": np.array([0.0, 0.1, 0.2, 0.3], "float32"),
    "n": np.array([1.0, 2.0, 3.0, 5.0], "float32"),
    "s": np.array(["zero", "one", "two", "one"]),
    "i": np.array([0, 1, 2, 1]),
    "h": np.array([4, 5, 6, 7]),
    "r": np.array([1.0, 2.0, 3.0, 4.0], "float32"),
}
# Columns f (3 bins), h (4), i (4), n, r, s (4), then the cross (5).
ROWS = [
    [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, -1.1832159, 3, 0, 0, 1, 0, 0, 0, 0, 0, 1],
    [0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, -0.5070926, 5, 0, 1, 0, 0, 0, 1, 0, 0, 0],
    [0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0.1690309, 7, 0, 0, 0, 1, 0, 1, 0, 0, 0],
    [0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1.5212777, 9, 0, 1, 0, 0, 0, 1, 0, 0, 0],
]


def dataset(names=None):
    return tf.data.Dataset.from_tensor_slices({name: DATA[name] for name in names or DATA})


@pytest.fixture(scope="module")
def space():
    made = FS(
        {
            "f": FS.float_discretized(num_bins=3, name="f"),
            "n": "float_normalized",
            "s": "string_categorical",
            "i": "integer_categorical",
            "h": FS.integer_hashed(4, name="h"),
            "r": FS.float_rescaled(2.0, 1.0, name="r"),
        },
        crosses=[("s", "i")],
        crossing_dim=5,
    )
    with pytest.raises(ValueError, match=r"adapt\(dataset\)"):
        made(DATA)
    made.adapt(dataset())
    return made


def test_batches_rows_and_datasets(space):
    np.testing.assert_allclose(space(DATA), ROWS, atol=1e-5)
    np.testing.assert_allclose(space({name: column[1] for name, column in DATA.items()}), ROWS[1], atol=1e-5)
    np.testing.assert_allclose(next(iter(dataset().batch(3).map(space))), ROWS[:3], atol=1e-5)
    assert space.preprocessors["h"].num_bins == 4 and space.crossers["s_X_i"].num_bins == 5


def test_in_a_functional_model(space):
    assert space.get_encoded_features().shape == (None, 22)
    total = tf.keras.layers.Dense(1, kernel_initializer="ones")(space.get_encoded_features())
    model = tf.keras.Model(space.get_inputs(), total)
    columns = {name: column[:, None] for name, column in DATA.items()}
    np.testing.assert_allclose(model.predict(columns, verbose=0)[:, 0], np.sum(ROWS, 1), rtol=1e-5)


def test_there_and_back(space, tmp_path):
    path = tmp_path / "inner" / "space.keras"
    space.save(path)
    found = tf.keras.models.load_model(path)
    assert type(found) is FS
    np.testing.assert_array_equal(found(DATA), space(DATA))
    with pytest.raises(ValueError, match=r"\.keras"):
        space.save(tmp_path / "space.h5")


def test_numbers_in_a_dict():
    made = FS(
        {
            "s": FS.string_categorical(output_mode="int"),
            "i": FS.integer_categorical(output_mode="int", max_tokens=3),
            "n": "float",
        },
        crosses=[FS.cross(("s", "i"), 8, output_mode="int")],
        output_mode="dict",
    )
    made.adapt(dataset("sin").batch(2))
    found = made({name: DATA[name] for name in "sin"})
    assert {name: value.numpy()[:, 0].tolist() for name, value in found.items()} == {
        "i": [0, 1, 2, 1], "n": [1.0, 2.0, 3.0, 5.0], "s": [2, 1, 3, 1], "s_X_i": [1, 1, 3, 1],
    }  # fmt: skip
    assert made({name: DATA[name][1] for name in "sin"})["n"].shape == (1,)
    with pytest.raises(KeyError, match="expected the features"):
        made({"s": DATA["s"]})


def test_a_layer_of_ones_own_and_hashes_need_no_more():
    made = FS({"t": FS.feature("string", tf.keras.layers.TextVectorization(output_mode="tf_idf"), "float")})
    texts = {"t": ["1st string", "2nd string", "3rd string"]}
    made.adapt(tf.data.Dataset.from_tensor_slices(texts))
    np.testing.assert_allclose(made(texts)[0], [0.0, 0.5596158, 0.0, 0.0, 0.9162907], atol=1e-6)
    plain = FS({"r": "float_rescaled", "h": "integer_hashed"})  # nothing to adapt
    assert np.argmax(plain({"r": [1.0], "h": [4]})[0, :32]) == 31


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: FS({}), "cannot be None or empty"),
        (lambda: FS({"a": "zzz"}), "Invalid feature type: zzz"),
        (lambda: FS({"a": "float"}, output_mode="x"), "Expected one of {'dict', 'concat'}"),
        (lambda: FS({"a": "float"}, crosses=[("a", "b")]), "should be present in the `features`"),
        (lambda: FS({"a": "float"}, crosses=[("a", "a")], crossing_dim=0), "`crossing_dim` should be specified"),
        (lambda: FS.feature("float32", None, "zz"), "Expected one of {'int', 'one_hot', 'float'}"),
        (lambda: FS.cross(("a", "b"), 3, "q"), "Expected one of {'int', 'one_hot'}"),
        (lambda: FS({"s": "string_categorical"}).adapt(DATA), "can only be called on a tf.data.Dataset"),
        (lambda: FS({"s": FS.string_categorical(output_mode="int")}).adapt(dataset("s")), "Cannot concatenate"),
        (lambda: FS({"a": "float"})([1]), "can only be called with a dict"),
        (
            lambda: FS({"a": FS.feature("float32", tf.keras.layers.Rescaling(1.0), "one_hot")})({"a": [1]}),
            "int64 dtype",
        ),
        (
            lambda: FS({"a": FS.feature("int64", tf.keras.layers.Rescaling(1, dtype="int64"), "one_hot")})({"a": [1]}),
            "isn't a standard feature",
        ),
    ],
)
def test_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_layers_of_features_are_counted_from_one():
    tf.keras.backend.clear_session()
    made = [tf.keras.utils.FeatureSpace.float() for _ in range(2)]
    assert [each.preprocessor.name for each in made] == ["float_1_preprocessor", "float_2_preprocessor"]
