"""Architectures: as Keras builds them, with weights from files, and what their pictures need."""

import hashlib
import json
import re

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras import applications

# Recorded from tf_keras 2.21: parameters, layers, a hash of all layers' names and weights' shapes in their order.
RECORDED = {
    "MobileNet": (4_253_864, 91, "960d4b39e6de3833"),
    "MobileNetV2": (3_538_984, 156, "456b3bf474c30555"),
    "MobileNetV3Small": (2_554_968, 239, "4e1a1e64310c6931"),
    "MobileNetV3Large": (5_507_432, 273, "7a5415da7c27c418"),
    "EfficientNetB0": (5_330_571, 240, "8adbe0e3e611c648"),
    "RegNetY002": (3_183_844, 197, "237b3fba621dac2f"),
    "NASNetMobile": (5_326_716, 771, "b5c1a5fc1f18a731"),
    "ResNet50": (25_636_712, 177, "f63554693d6ca45a"),
    "InceptionV3": (23_851_784, 313, "8f1620616263e2f9"),
    "EfficientNetV2B1": (8_212_124, 337, "3676556c8ef939a7"),
    "RegNetX002": (2_705_640, 145, "6606104635b6f34b"),
    "ResNet50V2": (25_613_800, 192, "e3edb3958991c599"),
    "ResNetRS50": (35_745_288, 274, "043be1146ab45030"),
    "Xception": (22_910_480, 134, "6a409b8bfc325d43"),
    "InceptionResNetV2": (55_873_736, 782, "b5e1c92cb9d4de68"),
    "DenseNet121": (8_062_504, 429, "5cf0b985788f12e5"),
    "ConvNeXtTiny": (28_589_128, 153, "5220a04e9522affa"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_graphs_are_those_of_keras(name):
    keras.backend.clear_session()
    model = getattr(applications, name)(weights=None)
    names = [layer.name for layer in model.layers]
    shapes = [list(weight.shape) for layer in model.layers for weight in layer.weights]
    found = hashlib.sha256(json.dumps([names, shapes]).encode()).hexdigest()[:16]
    assert (model.count_params(), len(names), found) == RECORDED[name]


def test_excited_channels_are_multiplied_as_keras_calls_it():
    config = applications.RegNetY002(weights=None).get_config()
    calls = [layer["inbound_nodes"] for layer in config["layers"] if layer["name"].startswith("tf.math.multiply")]
    assert len(calls) == 13 and all(set(call[0][3]) == {"y"} for call in calls)  # recorded; `a * b` has a name too


def test_blocks_are_left_out_as_in_the_unscaled_model():
    model = applications.EfficientNetV2B1(weights=None, include_top=False)
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    np.testing.assert_allclose(rates[:3], np.array([1, 3, 4]) * 0.2 / 21)
    assert rates[-1] > 0.24  # recorded; the model has 27 blocks


def test_means_of_colors_are_for_three_channels():
    gray = applications.EfficientNetV2B0(weights=None, include_top=False, input_shape=(32, 32, 1)).layers
    assert (gray[1].scale, gray[1].offset, gray[2].name) == (1 / 128, -1, "stem_conv")  # recorded
    with pytest.raises(TypeError, match="unknown argument"):
        applications.EfficientNetB0(weights=None, classifier_activations="relu")


def small(**options):
    return applications.MobileNet(weights=None, input_shape=(32, 32, 3), alpha=0.25, **options)


def test_a_file_of_weights(tmp_path):
    model = small(classes=5)
    model.save_weights(tmp_path / "own.weights.h5")
    again = applications.MobileNet(
        weights=str(tmp_path / "own.weights.h5"), input_shape=(32, 32, 3), alpha=0.25, classes=5
    )
    x = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
    np.testing.assert_array_equal(again(x), model(x))


def test_published_weights_come_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    from addax.keras.applications import weights

    model = small(include_top=False)
    (tmp_path / "models").mkdir()
    path = tmp_path / "models" / "mobilenet_2_5_224_tf_no_top.h5"
    model.save_weights(path, save_format="h5")
    assert weights._table()["mobilenet_0.25_224 notop"][0].endswith(path.name)
    again = applications.MobileNet(input_shape=(32, 32, 3), alpha=0.25, include_top=False)
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_every_model_has_its_published_files():
    from addax.keras.applications import weights

    for key, (path, file_hash, *_) in weights._table().items():
        assert re.fullmatch(r".+ (top|notop)", key) and path.endswith(".h5")
        assert file_hash is None or re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", file_hash)
    with pytest.raises(ValueError, match="no published weights for 'mine'"):
        weights.published("mine", True)


def test_without_the_classifier():
    assert small(include_top=False).output_shape == (None, 1, 1, 256)
    assert small(include_top=False, pooling="avg").output_shape == (None, 256)
    assert small(include_top=False, pooling="max").output_shape == (None, 256)
    assert applications.MobileNetV2(weights=None, include_top=False, alpha=0.35).input_shape == (None, None, None, 3)
    logits = small(classes=4, classifier_activation=None)
    assert logits.layers[-1].activation is keras.activations.linear


def test_mobilenets_are_named_after_the_size_of_their_images():
    assert small(include_top=False).name == "mobilenet_0.25_32"
    wide = applications.MobileNetV2(weights=None, input_shape=(40, 32, 3), alpha=0.35, include_top=False)
    assert wide.name == "mobilenetv2_0.35_40"
    assert applications.MobileNet(weights=None, alpha=0.25, include_top=False).name == "mobilenet_0.25_None"


def test_from_a_tensor_of_ones_own():
    pictures = keras.Input((40, 40, 3))
    model = small_on = applications.MobileNet(
        weights=None, input_tensor=pictures * 2.0, input_shape=(40, 40, 3), alpha=0.25, include_top=False
    )
    assert model.inputs[0] is pictures and small_on.layers[1].name == "tf.math.multiply"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "nowhere.h5"}, "weights"),
        ({"weights": "imagenet", "classes": 7}, "should be 1000"),
        ({"weights": None, "input_shape": (16, 16, 3)}, "at least 32x32"),
        ({"weights": None, "input_shape": (64, 64)}, "a tuple of three"),
        ({"weights": None, "input_shape": (None, None, 3)}, "known size"),
        ({"weights": "imagenet", "input_shape": (64, 64, 4), "include_top": False}, "3 channels"),
        ({"weights": "imagenet", "input_shape": (64, 64, 3)}, "224"),
        ({"weights": "imagenet", "classifier_activation": "relu"}, "softmax"),
        ({"weights": None, "classifier_activations": "relu"}, "unknown argument"),
    ],
)
def test_arguments_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=f"(?s)ResNet50.*{message}"):
        applications.ResNet50(**options)
    with pytest.raises(ValueError, match="alpha"):
        applications.MobileNet(alpha=0.3)


def test_unusual_channels_are_told_once():
    with pytest.warns(UserWarning, match="1 or 3 input channels"):
        applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 5))
    assert applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 5)).input_shape[-1] == 5


def test_tensors_that_do_not_fit():
    with pytest.raises(ValueError, match="input_tensor: expected a symbolic tensor"):
        applications.VGG16(weights=None, include_top=False, input_tensor=np.zeros((1, 40, 40, 3), "float32"))
    for build in (applications.MobileNetV2, applications.MobileNetV3Small):
        with pytest.raises(ValueError, match=r"axis 2 of size 40, as in input_shape=\(40, 40, 3\)"):
            build(weights=None, include_top=False, input_tensor=keras.Input((40, 48, 3)), input_shape=(40, 40, 3))


def test_pictures():
    x = np.full((1, 2, 2, 3), 255.0, "float32")
    caffe = applications.vgg16.preprocess_input(x.copy())
    np.testing.assert_allclose(caffe[0, 0, 0], [151.061, 138.221, 131.32], rtol=1e-5)
    torch = applications.densenet.preprocess_input(tf.constant(x))
    np.testing.assert_allclose(torch[0, 0, 0], [2.2489083, 2.4285715, 2.64], rtol=1e-5)
    first = applications.densenet.preprocess_input(np.moveaxis(x, -1, 1).copy(), data_format="channels_first")
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), torch, rtol=1e-6)
    assert applications.efficientnet.preprocess_input(x) is x
    four = np.arange(1.0, 5.0, dtype="float32")[None, None]  # recorded: what lies behind the three colors has no mean
    for mode, expected in (
        ("caffe", [-99.939, -113.779, -121.68, 1]),
        ("torch", [-2.100779, -2.000699, -1.752157, 0.015686]),
    ):
        found = applications.imagenet_utils.preprocess_input(four.copy(), mode=mode)
        np.testing.assert_allclose(found[0, 0], expected, rtol=1e-4)
    with pytest.raises(ValueError, match="caffe"):
        applications.imagenet_utils.preprocess_input(x, mode="other")


def test_words(monkeypatch, tmp_path):
    from addax.keras.applications import imagenet_utils

    path = tmp_path / "imagenet_class_index.json"
    path.write_text(json.dumps({str(n): [f"n{n:08}", f"class {n}"] for n in range(1000)}))
    monkeypatch.setattr(imagenet_utils, "get_file", lambda *args, **kwargs: str(path))
    monkeypatch.setattr(imagenet_utils, "_names", [])
    scores = np.zeros((1, 1000), "float32")
    scores[0, [3, 8]] = [0.75, 0.25]
    assert applications.resnet50.decode_predictions(scores, top=2) == [
        [("n00000003", "class 3", 0.75), ("n00000008", "class 8", 0.25)]
    ]
    with pytest.raises(ValueError, match="1000"):
        imagenet_utils.decode_predictions(scores[:, :10])


def test_training_by_freezing():
    base = small(include_top=False, pooling="avg")
    base.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    before = base.get_weights()
    model.fit(np.zeros((8, 32, 32, 3), "float32"), np.zeros(8), verbose=0)
    for old, new in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_models_take_a_name():
    small = {"weights": None, "include_top": False, "input_shape": (32, 32, 3)}
    assert applications.MobileNet(alpha=0.25, name="eyes", **small).name == "eyes"
    assert applications.MobileNetV3Small(alpha=0.35, minimalistic=True, name="look", **small).name == "look"


def test_layers_of_symbolic_pictures_are_keras_own():
    pictures = np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)
    for mode, names in (
        ("caffe", ["tf.__operators__.getitem", "tf.nn.bias_add"]),
        ("torch", ["tf.math.truediv", "tf.nn.bias_add", "tf.math.truediv_1"]),
    ):
        tf.keras.backend.clear_session()
        inputs = tf.keras.Input((2, 2, 3))
        model = tf.keras.Model(inputs, tf.keras.applications.imagenet_utils.preprocess_input(inputs, mode=mode))
        assert [layer.name for layer in model.layers[1:]] == names
        want = tf.keras.applications.imagenet_utils.preprocess_input(pictures.copy(), mode=mode)
        np.testing.assert_allclose(model(pictures), want, rtol=1e-5)
