"""Optimizers of Keras 3: Lamb and Muon; the numbers are its own, on JAX."""

import io
import zipfile

import h5py
import numpy as np
import pytest

import addax as tf

optimizers = tf.keras.optimizers


def four_steps(optimizer):
    """Four variables after four steps."""
    values = {
        "kernel": [[1, 2, 3], [-1, 0.5, 0.25]], "bias": [0.5, -1, 2],
        "embeddings": [[1, 0.5], [0.2, 0.1], [-3, 1]], "zeros": [[0, 0], [0, 0]],
    }  # fmt: skip
    variables = [tf.Variable(np.float32(value), name=name) for name, value in values.items()]
    for i in range(4):
        grads = [
            np.float32([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]) * (i + 1), np.float32([0.1, 0.2, -0.3]) / (i + 1),
            np.float32([[0.1, 0.5], [0.2, 0.1], [-0.3, 0.1]]), np.float32([[1, 2], [3, 4]]) * i,
        ]  # fmt: skip
        optimizer.apply_gradients(zip([tf.constant(grad) for grad in grads], variables, strict=True))
    return [variable.numpy() for variable in variables]


LAMB = [
    (
        {},
        [[0.3623659, 2.6376340, 2.3623657], [-1.6376344, -0.1376344, 0.8876344]], [-0.0866782, -1.5866785, 2.5866786],
        [[0.5013405, 0.0013401], [-0.2986597, -0.3986595], [-2.5013402, 0.5013405]], [-0.0900396, -0.0900396],
    ),
    (
        {
            "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.05, "clipnorm": 0.5,
        },
        [[0.3620680, 2.5842209, 2.3145547], [-1.6070330, -0.1374047, 0.8729147]], [-0.0819973, -1.5562556, 2.5377629],
        [[0.4935070, -0.0015407], [-0.2937088, -0.3886276], [-2.4496686, 0.4935070]], [-0.0903885, -0.0910471],
    ),
    (
        {"gradient_accumulation_steps": 2},
        [[0.6817850, 2.3182149, 2.6817851], [-1.3182150, 0.1817849, 0.5682151]], [0.2267169, -1.2732834, 2.2732832],
        [[0.7348262, 0.2348260], [-0.0651739, -0.1651738], [-2.7348261, 0.7348262]], [-0.1099992, -0.1099993],
    ),
]  # fmt: skip
MUON = [
    (
        {},
        [[0.9270803, 2.0270562, 2.9368539], [-1.0632313, 0.4462589, 0.3079430]], [0.1367852, -1.3608212, 2.3592241],
        [[0.5986527, 0.0994452], [-0.2000725, -0.2999082], [-2.5954490, 0.5986527]], [0.0577329, -0.0700214],
    ),
    (
        {
            "adam_beta_1": 0.8, "adam_beta_2": 0.9, "adam_weight_decay": 0.1, "weight_decay": None,
            "exclude_layers": ["kern"], "exclude_embeddings": False, "momentum": 0.8, "ns_steps": 3,
            "nesterov": False, "rms_rate": None, "adam_lr_ratio": 0.5, "epsilon": 1e-3,
        },
        [[0.7711104, 2.1120889, 2.6904135], [-1.1522099, 0.2885397, 0.4320037]], [0.3081562, -1.1353030, 2.0967712],
        [[0.9262418, 0.1158706], [0.0346715, 0.0267365], [-2.7470598, 0.9168410]], [0.1909705, -0.2412294],
    ),
    (
        {"gradient_accumulation_steps": 2, "global_clipnorm": 0.5, "use_ema": True, "adam_weight_decay": None},
        [[0.9635256, 2.0135334, 2.9684143], [-1.0316284, 0.4731187, 0.2789831]], [0.3268197, -1.1732033, 2.1732111],
        [[0.8183507, 0.3183219], [0.0183327, -0.0816493], [-2.8183265, 0.8183507]], [0.0384963, -0.0466902],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "case"), [*(("Lamb", each) for each in LAMB), *(("Muon", each) for each in MUON)])
def test_steps(name, case):
    options, *expected = case
    kernel, bias, embeddings, zeros = four_steps(getattr(optimizers, name)(0.1, **options))
    for found, value in zip((kernel, bias, embeddings, zeros[0]), expected, strict=True):
        np.testing.assert_allclose(found, value, atol=3e-6)


def test_variables_left_out_of_weight_decay():
    optimizer = optimizers.Muon(0.1)
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    kernel, bias, *_ = four_steps(optimizer)
    np.testing.assert_allclose(kernel[0], [0.9286366, 2.0302725, 2.9416161], atol=3e-6)
    np.testing.assert_allclose(bias, MUON[0][2], atol=3e-6)


def test_configs_of_keras_3_are_read():
    config = {
        "name": "muon", "learning_rate": 0.1, "weight_decay": 0.004, "clipnorm": None, "global_clipnorm": None,
        "clipvalue": None, "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
        "gradient_accumulation_steps": None, "adam_beta_1": 0.9, "adam_beta_2": 0.999, "epsilon": 1e-07,
        "exclude_layers": ["head"], "muon_a": 3.4445, "muon_b": -4.775, "muon_c": 2.0315, "adam_lr_ratio": 1,
        "momentum": 0.95, "ns_steps": 5, "nesterov": True, "exclude_embeddings": True, "adam_weight_decay": 0.004,
        "rms_rate": 0.2,
    }  # fmt: skip
    found = optimizers.Muon.from_config(config).get_config()
    assert {key: value for key, value in found.items() if key in config and key != "learning_rate"} == {
        key: value for key, value in config.items() if key in found and key != "learning_rate"
    }


def test_schedule_free_adamw_by_definition():
    """Defazio et al. 2024, with a warm-up of 3 steps."""
    grads = np.float32([[0.3, -0.2], [0.1, 0.4], [-0.5, 0.2]])
    variable = tf.Variable(np.float32([1.0, -2.0]))
    optimizer = optimizers.ScheduleFreeAdamW(0.1, beta_1=0.8, beta_2=0.9, warmup_steps=3)
    x = z = variable.numpy().astype(float)
    v = np.zeros(2)
    for t, grad in enumerate(grads, 1):
        optimizer.apply_gradients([(tf.constant(grad), variable)])
        v = 0.9 * v + 0.1 * grad.astype(float) ** 2
        z = z - 0.1 * min(t / 3, 1) * grad / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)
        x = (1 - 1 / t) * x + z / t
        np.testing.assert_allclose(variable.numpy(), 0.2 * z + 0.8 * x, rtol=2e-5)


@pytest.mark.parametrize("name", ["Lamb", "Muon", "ScheduleFreeAdamW"])
def test_trains_saves_and_goes_on(name, tmp_path):
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    y = x @ np.float32([[1], [2], [3]])
    model = tf.keras.Sequential([tf.keras.layers.Dense(4), tf.keras.layers.Dense(1)])
    model.compile(getattr(optimizers, name)(0.01), "mse")
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "checkpoint")
    again = tf.keras.models.load_model(tmp_path / "model.keras")
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    first, second = model.train_on_batch(x, y), again.train_on_batch(x, y)
    np.testing.assert_allclose(first, second, rtol=1e-6)
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        (place,) = [each for each in archive.namelist() if each.endswith(".h5")]
        with h5py.File(io.BytesIO(archive.read(place))) as file:
            saved = file["optimizer/vars"]
            assert len(saved) == len(model.optimizer.variables) + 1  # Keras 3 keeps the learning rate among them
            assert saved["1"].shape == () and saved["1"][()] == np.float32(0.01)
