import numpy as np
import pytest

from addax.core import errors
from addax.keras import losses

CLASSES = {
    "MeanSquaredError": "mean_squared_error",
    "MeanAbsoluteError": "mean_absolute_error",
    "MeanAbsolutePercentageError": "mean_absolute_percentage_error",
    "MeanSquaredLogarithmicError": "mean_squared_logarithmic_error",
    "Huber": "huber",
    "LogCosh": "log_cosh",
    "Poisson": "poisson",
    "CosineSimilarity": "cosine_similarity",
    "CategoricalHinge": "categorical_hinge",
    "Hinge": "hinge",
    "SquaredHinge": "squared_hinge",
    "KLDivergence": "kl_divergence",
    "BinaryCrossentropy": "binary_crossentropy",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
}
Y = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
P = np.array([[0.6, 0.4], [0.7, 0.3]], np.float32)


@pytest.mark.parametrize("name", CLASSES)
def test_class_is_the_mean_of_its_function(name):
    loss = getattr(losses, name)()
    assert np.allclose(loss(Y, P), getattr(losses, CLASSES[name])(Y, P).numpy().mean(), rtol=1e-6)
    back = losses.deserialize(losses.serialize(loss))
    assert type(back) is type(loss) and back.get_config() == loss.get_config()


def test_default_names():
    assert losses.Huber().name == "huber_loss"
    assert losses.KLDivergence().name == "kl_divergence"
    assert losses.SparseCategoricalCrossentropy().name == "sparse_categorical_crossentropy"


def test_columns_of_weights_on_one_value():
    # Rank 1 is one sample: its loss is a scalar, which a column of weights repeats.
    loss = losses.Hinge()([1.0, 0.0], [0.5, 0.5], sample_weight=[[0.0], [1.0]])
    assert float(loss) == 0.5 * float(losses.Hinge()([1.0, 0.0], [0.5, 0.5]))


def test_weights_for_the_parts_of_one_value_are_refused():
    with pytest.raises(
        errors.InvalidArgumentError, match="sample_weight"
    ):  # a vector is one sample: its loss is one value
        losses.MeanSquaredError()([1.0, 0.0], [0.5, 0.5], sample_weight=[0.5, 1.0])


def test_huber_has_the_default_float():
    for dtype in ("float16", "float64"):
        assert losses.huber(Y.astype(dtype), P.astype(dtype)).dtype == "float32"
        assert losses.Huber(reduction="none")(Y, P.astype(dtype)).dtype == "float32"
