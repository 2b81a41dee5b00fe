"""Distillation; the numbers are Keras 3's on JAX."""

import numpy as np
import pytest

from addax import keras

D = keras.distillation
_random = np.random.RandomState(0)
TEACHER, STUDENT = (_random.randn(4, 3).astype("f") for _ in range(2))
X, Y = _random.randn(16, 5).astype("f"), (_random.rand(16) * 3).astype("i4")


def model(name, deep):
    inputs = keras.Input((5,))
    x = keras.layers.Dense(4, activation="tanh", name="feat")(inputs)
    if deep:
        x = keras.layers.Dense(4, name="more")(x)
    made = keras.Model(inputs, keras.layers.Dense(3, name="out")(x), name=name)
    random = np.random.RandomState(7)
    for weight in made.weights:
        weight.assign(np.asarray(random.randn(*weight.shape) * 0.3).astype("f"))
    return made


@pytest.mark.parametrize(
    "loss, value",
    [
        (lambda: D.LogitsDistillation(), 2.5342097),
        (lambda: D.LogitsDistillation(2.0, loss=keras.losses.KLDivergence()), 0.4008836),
        (lambda: D.LogitsDistillation(2.0, loss="mse"), 0.3759626),
        (lambda: D.LogitsDistillation(loss=keras.losses.CategoricalCrossentropy(from_logits=True)), 0.7646491),
        (lambda: D.FeatureDistillation(), 1.5038502),
        (lambda: D.FeatureDistillation("cosine_similarity"), -0.4259408),
    ],
)
def test_losses(loss, value):
    np.testing.assert_allclose(loss().compute_loss(TEACHER, STUDENT), value, rtol=1e-5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss()))
    np.testing.assert_allclose(again.compute_loss(TEACHER, STUDENT), value, rtol=1e-5)


def test_some_outputs():
    loss = D.LogitsDistillation(2.0, loss=["mse", None])
    np.testing.assert_allclose(loss.compute_loss([TEACHER, STUDENT], [STUDENT, TEACHER]), 0.3759626, rtol=1e-5)


def test_training_and_saving(tmp_path):
    teacher, student = model("teacher", True), model("student", False)
    found = [D.LogitsDistillation(2.0), D.FeatureDistillation("mse", "feat", "feat")]
    distiller = D.Distiller(teacher, student, found, [1.0, 0.5], student_loss_weight=0.7)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    distiller.compile("adam", loss=loss, metrics=["accuracy"])
    history = distiller.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    wanted = {
        "accuracy": [0.1875, 0.1875], "distillation_loss": [1.32736, 1.30667], "loss": [1.29618, 1.28829],
        "student_loss": [1.28282, 1.28041], "total_loss": [1.29618, 1.28829],
    }  # fmt: skip
    assert sorted(history) == sorted(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(history[name], values, atol=2e-5)
    assert not teacher.trainable_weights and len(distiller.trainable_weights) == 4
    distiller.save(tmp_path / "d.keras")
    again = keras.models.load_model(tmp_path / "d.keras")
    np.testing.assert_allclose(again.predict(X[:2], verbose=0), student.predict(X[:2], verbose=0))
    assert again.name == "distiller" and again.distillation_loss_weights == [1.0, 0.5]


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda t, s: D.Distiller(t, s, None), "cannot be `None`"),
        (lambda t, s: D.Distiller(t, s, [D.FeatureDistillation("mse", "nope")]), "In teacher model"),
        (lambda t, s: D.Distiller(t, s, D.LogitsDistillation(), student_loss_weight=2.0), "between 0.0 and 1.0"),
        (lambda t, s: D.Distiller(t, s, [D.LogitsDistillation()], [1.0, 2.0]), "must match"),
        (
            lambda t, s: D.Distiller(t, keras.Model(t.input, t.layers[1].output), D.LogitsDistillation()),
            "output shapes",
        ),
        (lambda t, s: D.LogitsDistillation(0.0), "must be positive"),
        (lambda t, s: D.FeatureDistillation(None), "non-`None`"),
        (lambda t, s: D.Distiller(t, s, D.LogitsDistillation()).compile(), "'loss' cannot be `None`"),
    ],
)
def test_what_does_not_fit_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make(model("teacher", True), model("student", False))
