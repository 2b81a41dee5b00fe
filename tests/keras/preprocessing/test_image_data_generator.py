"""ImageDataGenerator and its iterators."""

import numpy as np
import pytest

import addax as tf

I = tf.keras.preprocessing.image  # noqa: E741
X = np.random.default_rng(1).uniform(0, 255, (10, 6, 5, 3))
Y = np.arange(10) % 2


def test_flow_in_order():
    flow = I.ImageDataGenerator(rescale=0.5).flow(X, Y, batch_size=4, shuffle=False, sample_weight=np.arange(10.0))
    assert len(flow) == 3
    sizes = []
    for _ in range(4):
        x, y, weights = next(flow)
        sizes.append(len(x))
    assert sizes == [4, 4, 2, 4]  # and again from the first
    np.testing.assert_allclose(x, X[:4] * 0.5, rtol=1e-6)
    assert (y.tolist(), weights.tolist()) == ([0, 1, 0, 1], [0.0, 1.0, 2.0, 3.0])
    np.testing.assert_allclose(flow[2][0], X[8:] * 0.5, rtol=1e-6)
    with pytest.raises(ValueError, match="length 3"):
        flow[3]
    assert next(I.ImageDataGenerator().flow(X, batch_size=2)).shape == (2, 6, 5, 3)
    (x, other), _ = next(I.ImageDataGenerator().flow((X, Y), Y, batch_size=3, shuffle=False))
    assert (x.shape, other.tolist()) == ((3, 6, 5, 3), [0, 1, 0])


def test_seeds():
    options = {"rotation_range": 20, "width_shift_range": 0.2, "height_shift_range": [1, 2], "shear_range": 5,
               "zoom_range": 0.2, "channel_shift_range": 10.0, "horizontal_flip": True, "vertical_flip": True,
               "brightness_range": (0.5, 1.5)}  # fmt: skip
    first, second = (next(I.ImageDataGenerator(**options).flow(X, Y, batch_size=4, seed=7))[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, next(I.ImageDataGenerator(**options).flow(X, Y, batch_size=4, seed=8))[0])


def test_flips():
    generator = I.ImageDataGenerator()
    np.testing.assert_array_equal(generator.apply_transform(X[0], {"flip_horizontal": True}), X[0][:, ::-1])
    np.testing.assert_array_equal(generator.apply_transform(X[0], {"flip_vertical": True}), X[0][::-1])
    np.testing.assert_array_equal(generator.random_transform(X[0], seed=1), X[0])


def test_fit_and_standardize():
    generator = I.ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rescale=1 / 255.0)
    generator.fit(X)
    scaled = X / 255
    np.testing.assert_allclose(generator.mean.ravel(), scaled.mean((0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(generator.std.ravel(), scaled.std((0, 1, 2)), rtol=1e-4)
    x = next(generator.flow(X, batch_size=10, shuffle=False))
    np.testing.assert_allclose(x.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(x.std((0, 1, 2)), 1, atol=1e-3)
    own = I.ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True)
    np.testing.assert_allclose(own.standardize(X[0].copy()).std(), 1, atol=1e-3)
    with pytest.warns(UserWarning, match="featurewise_center"):
        white = I.ImageDataGenerator(zca_whitening=True)
    white.fit(X, augment=True, rounds=2, seed=1)
    assert white.zca_whitening_matrix.shape == (90, 90)
    with pytest.warns(UserWarning, match="hasn't been fit"):
        I.ImageDataGenerator(featurewise_center=True).standardize(X[0].copy())


def test_subsets():
    generator = I.ImageDataGenerator(validation_split=0.4)
    train, valid = (
        generator.flow(X, Y, subset=name, shuffle=False, batch_size=10) for name in ("training", "validation")
    )
    np.testing.assert_allclose(next(train)[0], X[4:], rtol=1e-6)
    np.testing.assert_allclose(next(valid)[0], X[:4], rtol=1e-6)
    with pytest.raises(ValueError, match="number of classes"):
        generator.flow(X, np.arange(10), subset="training")
    with pytest.raises(ValueError, match="subset name"):
        generator.flow(X, Y, subset="test")


@pytest.fixture
def folder(tmp_path):
    for i in range(6):
        place = tmp_path / "ab"[i % 2]
        place.mkdir(exist_ok=True)
        tf.keras.utils.save_img(place / f"{i}.png", np.full((4, 4, 3), 10.0 * i), scale=False)
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    return tmp_path


def test_flow_from_directory(folder, capsys):
    generator = I.ImageDataGenerator()
    flow = generator.flow_from_directory(folder, target_size=(2, 2), batch_size=4, shuffle=False)
    assert "Found 6 images belonging to 2 classes." in capsys.readouterr().out
    assert flow.class_indices == {"a": 0, "b": 1}
    assert flow.filenames[:2] == ["a/0.png", "a/2.png"]
    x, y = next(flow)
    assert x[:, 0, 0, 0].tolist() == [0.0, 20.0, 40.0, 10.0]
    assert y.tolist() == [[1, 0], [1, 0], [1, 0], [0, 1]]
    for mode, expected in (("sparse", [0, 0, 0, 1]), ("binary", [0, 0, 0, 1])):
        assert (
            next(generator.flow_from_directory(folder, batch_size=4, shuffle=False, class_mode=mode))[1].tolist()
            == expected
        )
    x, y = next(generator.flow_from_directory(folder, class_mode="input", color_mode="grayscale"))
    np.testing.assert_array_equal(x, y)
    assert next(generator.flow_from_directory(folder, class_mode=None)).shape == (6, 256, 256, 3)
    split = I.ImageDataGenerator(validation_split=0.34)
    parts = [split.flow_from_directory(folder, subset=name).filenames for name in ("training", "validation")]
    assert sorted(sum(parts, [])) == sorted(flow.filenames) and len(parts[1]) == 2
    with pytest.raises(ValueError, match="class_mode"):
        generator.flow_from_directory(folder, class_mode="text")
    with pytest.raises(ValueError, match="color mode"):
        generator.flow_from_directory(folder, color_mode="cmyk")


def test_saved_pictures(folder, tmp_path):
    place = tmp_path / "seen"
    place.mkdir()
    next(I.ImageDataGenerator().flow(X, batch_size=3, shuffle=False, save_to_dir=place, save_prefix="p"))
    assert sorted(path.name.split("_")[1] for path in place.iterdir()) == ["0", "1", "2"]


def test_flow_from_dataframe(folder):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"filename": ["a/0.png", "b/1.png", "a/2.png", "missing.png"], "class": ["u", "v", "u", "v"],
         "value": [1.5, 2.0, 3.0, 4.0], "weight": [1.0, 2.0, 3.0, 4.0]}
    )  # fmt: skip
    generator = I.ImageDataGenerator()
    options = {"target_size": (2, 2), "shuffle": False}
    with pytest.warns(UserWarning, match="1 invalid image filename"):
        x, y, weights = next(generator.flow_from_dataframe(frame, folder, weight_col="weight", **options))
    assert x[:, 0, 0, 0].tolist() == [0.0, 10.0, 20.0]
    assert y.tolist() == [[1, 0], [0, 1], [1, 0]] and weights.tolist() == [1.0, 2.0, 3.0]
    frame = frame.iloc[:3]
    raw = generator.flow_from_dataframe(frame, folder, y_col="value", class_mode="raw", **options)
    assert next(raw)[1].tolist() == [1.5, 2.0, 3.0]
    both = generator.flow_from_dataframe(frame, folder, y_col=["value", "weight"], class_mode="multi_output", **options)
    assert [part.tolist() for part in next(both)[1]] == [[1.5, 2.0, 3.0], [1.0, 2.0, 3.0]]
    only = generator.flow_from_dataframe(frame, folder, classes=["v"], class_mode="categorical", **options)
    assert only.filenames == ["b/1.png"]
    with pytest.raises(ValueError, match="2 classes"):
        generator.flow_from_dataframe(frame.iloc[:1], folder, class_mode="binary")
    with pytest.raises(TypeError, match="must be a list"):
        generator.flow_from_dataframe(frame, folder, class_mode="multi_output")
    with pytest.raises(TypeError, match="unexpected keyword"):
        generator.flow_from_dataframe(frame, folder, extra=1)
    options = {"keep_aspect_ratio": True, "class_mode": None, "target_size": (2, 2)}
    assert next(generator.flow_from_dataframe(frame, folder, **options)).shape[1:] == (2, 2, 3)


def test_in_fit():
    model = tf.keras.Sequential([tf.keras.layers.Flatten(input_shape=(6, 5, 3)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    flow = I.ImageDataGenerator(rescale=1 / 255.0, horizontal_flip=True).flow(X, Y, batch_size=4, seed=1)
    assert len(model.fit(flow, epochs=2, verbose=0).history["loss"]) == 2


@pytest.mark.parametrize(
    "options", [{"data_format": "rows"}, {"validation_split": 2.0}, {"zoom_range": (1, 2, 3)}, {"brightness_range": 3}]
)
def test_wrong_arguments(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        I.ImageDataGenerator(**options)


def test_wrong_arrays():
    generator = I.ImageDataGenerator()
    with pytest.raises(ValueError, match="rank 4"):
        generator.flow(X[0])
    with pytest.raises(ValueError, match="rank 4"):
        generator.fit(X[0])
    with pytest.raises(ValueError, match="same length"):
        generator.flow(X, Y[:3])
    with pytest.warns(UserWarning, match="channels"):
        generator.flow(X[..., :2])
