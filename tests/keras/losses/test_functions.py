import numpy as np
import pytest

from addax.core import errors
from addax.core.convert import constant
from addax.core.tape import GradientTape
from addax.keras import activations, losses

RNG = np.random.default_rng(0)
Y, P = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
ONE_HOT = np.eye(3)[[0, 2, 1, 2]]
PROBABILITIES = np.exp(P) / np.exp(P).sum(-1, keepdims=True)
SIGNS = np.sign(Y)
EPS = 1e-7


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


REFERENCES = {
    "mean_squared_error": (Y, P, ((Y - P) ** 2).mean(-1)),
    "mean_absolute_error": (Y, P, np.abs(Y - P).mean(-1)),
    "mean_absolute_percentage_error": (Y, P, 100 * np.abs((Y - P) / np.abs(Y)).mean(-1)),
    "mean_squared_logarithmic_error": (
        Y**2, P**2, ((np.log1p(Y**2) - np.log1p(P**2)) ** 2).mean(-1),
    ),
    "huber": (Y, P, np.where(np.abs(Y - P) <= 1, (Y - P) ** 2 / 2, np.abs(Y - P) - 0.5).mean(-1)),
    "log_cosh": (Y, P, np.log(np.cosh(P - Y)).mean(-1)),
    "poisson": (Y**2, P**2, (P**2 - Y**2 * np.log(P**2 + EPS)).mean(-1)),
    "cosine_similarity": (Y, P, -(Y * P).sum(-1) / np.linalg.norm(Y, axis=-1) / np.linalg.norm(P, axis=-1)),
    "hinge": (SIGNS, P, np.maximum(1 - SIGNS * P, 0).mean(-1)),
    "squared_hinge": (SIGNS, P, (np.maximum(1 - SIGNS * P, 0) ** 2).mean(-1)),
    "categorical_hinge": (
        ONE_HOT, P, np.maximum(((1 - ONE_HOT) * P).max(-1) - (ONE_HOT * P).sum(-1) + 1, 0),
    ),
    "kl_divergence": (PROBABILITIES, PROBABILITIES[::-1],
                      (PROBABILITIES * np.log(PROBABILITIES / PROBABILITIES[::-1])).sum(-1)),
    "binary_crossentropy": (
        ONE_HOT, _sigmoid(P), -(ONE_HOT * np.log(_sigmoid(P)) + (1 - ONE_HOT) * np.log(1 - _sigmoid(P))).mean(-1),
    ),
    "categorical_crossentropy": (ONE_HOT, PROBABILITIES, -(ONE_HOT * np.log(PROBABILITIES)).sum(-1)),
    "sparse_categorical_crossentropy": (
        np.array([0, 2, 1, 2]), PROBABILITIES, -(ONE_HOT * np.log(PROBABILITIES)).sum(-1),
    ),
    "binary_focal_crossentropy": (
        np.ones((4, 3)), _sigmoid(P), (-((1 - _sigmoid(P)) ** 2) * np.log(_sigmoid(P))).mean(-1),
    ),
    "categorical_focal_crossentropy": (
        ONE_HOT, PROBABILITIES, -(ONE_HOT * 0.25 * (1 - PROBABILITIES) ** 2 * np.log(PROBABILITIES)).sum(-1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFERENCES)
def test_values_are_those_of_the_formula(name):
    y, p, expected = REFERENCES[name]
    np.testing.assert_allclose(getattr(losses, name)(y, p).numpy(), expected, rtol=2e-6, atol=1e-7)
    single = getattr(losses, name)(y, p.astype(np.float32))
    assert single.dtype.name == "float32"
    np.testing.assert_allclose(single.numpy(), expected, rtol=2e-5, atol=1e-5)


def test_logits_equal_probabilities():
    for name, y, p in (
        ("binary_crossentropy", ONE_HOT, _sigmoid(P)),
        ("categorical_crossentropy", ONE_HOT, PROBABILITIES),
        ("sparse_categorical_crossentropy", np.array([0, 2, 1, 2]), PROBABILITIES),
        ("categorical_focal_crossentropy", ONE_HOT, PROBABILITIES),
        ("binary_focal_crossentropy", ONE_HOT, _sigmoid(P)),
    ):
        function = getattr(losses, name)
        np.testing.assert_allclose(function(y, P, from_logits=True).numpy(), function(y, p).numpy(), rtol=1e-5)


def test_saturated_probabilities_are_clipped_as_keras_does():
    out = losses.binary_crossentropy([[0.0, 0.0, 1.0, 1.0]], [[1.0, 1.0, 1.0, 0.0]])
    assert abs(float(out[0]) - 11.522857) < 1e-3


def _gradient(function, x):
    x = constant(x)
    with GradientTape() as tape:
        tape.watch(x)
        out = function(x)
    return tape.gradient(out, x).numpy()


def test_gradients_where_tensorflow_differs_from_jax():
    # At a hinge's corner the whole gradient passes.
    assert _gradient(lambda p: losses.hinge([1.0], p), [1.0]).tolist() == [-1.0]
    # Cross-entropy of logits: softmax - labels, also where labels do not sum to one.
    logits = np.array([[1.0, 2.0]], np.float32)
    softmax = np.exp(logits) / np.exp(logits).sum()
    got = _gradient(lambda x: losses.categorical_crossentropy([[0.0, 0.0]], x, from_logits=True), logits)
    np.testing.assert_allclose(got, softmax, rtol=1e-6)
    # Clipped probabilities have no gradient.
    assert _gradient(lambda p: losses.binary_crossentropy([1.0], p), [0.0]).tolist() == [0.0]


def test_known_logits_are_used():
    scores = np.array([[100.0, -100.0]], np.float32)
    known = losses.sparse_categorical_crossentropy([1], activations.softmax(constant(scores)))
    clipped = losses.sparse_categorical_crossentropy([1], activations.softmax(constant(scores)).numpy())
    assert float(known[0]) == 200.0 and float(clipped[0]) < 20
    known = losses.binary_crossentropy([[0.0]], activations.sigmoid(constant([[50.0]])))
    assert float(known[0]) == 50.0
    with pytest.warns(errors.AddaxWarning, match="from_logits=True"):
        errors.forget_warnings()
        losses.sparse_categorical_crossentropy([1], activations.softmax(constant(scores)), from_logits=True)


def test_ignore_class_leaves_samples_out():
    out = losses.sparse_categorical_crossentropy([0, 2], np.log(PROBABILITIES[:2]), from_logits=True, ignore_class=2)
    assert float(out[1]) == 0 and out._keras_mask.numpy().tolist() == [True, False]


def test_axis():
    np.testing.assert_allclose(
        losses.categorical_crossentropy(ONE_HOT.T, P.T, from_logits=True, axis=0).numpy(),
        losses.categorical_crossentropy(ONE_HOT, P, from_logits=True).numpy(),
    )
    np.testing.assert_allclose(
        losses.sparse_categorical_crossentropy([0, 2, 1, 2], P.T, from_logits=True, axis=0).numpy(),
        losses.sparse_categorical_crossentropy([0, 2, 1, 2], P, from_logits=True).numpy(),
    )


def test_bad_arguments():
    with pytest.raises(TypeError, match="int32"):
        losses.binary_crossentropy([0, 1], [1, 0])
    with pytest.raises(ValueError, match="incompatible"):
        losses.categorical_crossentropy([0, 1, 2, 1], P)
    with pytest.raises(errors.InvalidArgumentError, match="mean_squared_error") as caught:
        losses.mean_squared_error(np.ones((2, 3)), np.ones((2, 4)))
    assert "(2, 3)" in str(caught.value) and "(2, 4)" in str(caught.value)
    with pytest.raises(ValueError, match="one class index per prediction"):
        losses.sparse_categorical_crossentropy(np.ones((4, 3)), P)


def test_integers_stay_integers():
    assert losses.mean_squared_error([1, 2], [3, 5]).numpy() == 6


def test_aliases():
    assert losses.mse is losses.MSE is losses.mean_squared_error
    assert losses.kld is losses.kullback_leibler_divergence is losses.kl_divergence
    assert losses.logcosh is losses.log_cosh


def test_log_cosh_of_64_bits_has_the_logarithm_of_32_bits():
    assert float(losses.log_cosh(np.zeros(2), np.zeros(2))) == np.log(2) - float(np.log(np.float32(2)))


def test_crossentropies_take_what_went_into_either_activation():
    z, y = constant([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]]), constant([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    cases = {
        "binary_crossentropy": [0.47142223, 1.684999], "categorical_crossentropy": [0.5045969, 4.0658841],
        "categorical_focal_crossentropy": [0.0198073, 0.9819093],
    }  # fmt: skip
    for name, expected in cases.items():
        for made in (activations.softmax(z), activations.sigmoid(z), activations.softmax(z, axis=0)):
            np.testing.assert_allclose(getattr(losses, name)(y, made).numpy(), expected, 1e-5)
    sparse = losses.sparse_categorical_crossentropy([0, 2], activations.sigmoid(z))
    np.testing.assert_allclose(sparse.numpy(), [0.5045969, 4.0658841], 1e-5)
    focal = losses.binary_focal_crossentropy(y, activations.sigmoid(z))
    np.testing.assert_allclose(focal.numpy(), [0.1339577, 1.2138118], 1e-5)


def test_hinges_of_nan_are_nan():
    y, p = constant([[1.0, 0.0, 0.0]]), constant([[np.nan, 1.0, 2.0]])
    for loss, slopes in ((losses.hinge, [0.0, 1 / 3, 1 / 3]), (losses.squared_hinge, [0.0, 4 / 3, 2.0])):
        with GradientTape() as tape:
            tape.watch(p)
            value = loss(y, p)
        assert np.isnan(value.numpy()).all()
        np.testing.assert_allclose(tape.gradient(value, p).numpy(), [slopes], 1e-6)


def test_focal_crossentropy_wants_one_hot_classes_of_the_same_shape():
    with pytest.raises(ValueError, match="incompatible"):
        losses.categorical_focal_crossentropy(constant(np.ones((4, 3))), constant(np.ones((3, 3))))
