import pytest

from addax.keras import losses


@pytest.mark.parametrize("name", ["mse", "MSE", "mae", "mape", "msle", "kld", "bce", "huber", "huber_loss", "logcosh"])
def test_functions_by_name(name):
    assert callable(losses.get(name)) and losses.get(losses.serialize(losses.get(name))) is losses.get(name)


def test_classes_functions_and_none():
    assert type(losses.get("MeanSquaredError")) is losses.MeanSquaredError
    assert losses.get(None) is None
    function = lambda y_true, y_pred: 0.0
    assert losses.get(function) is function
    with pytest.raises(ValueError, match="Could not interpret"):
        losses.get(3)


def test_custom_objects():
    assert losses.deserialize("own", custom_objects={"own": losses.mse}) is losses.mse


def test_functions_are_described_by_dicts():
    made = losses.serialize(losses.mse)
    assert made == {
        "module": "builtins", "class_name": "function", "config": "mean_squared_error", "registered_name": "function"
    }  # fmt: skip
    assert losses.deserialize(made) is losses.mse
    assert losses.serialize(losses.mse, use_legacy_format=True) == "mean_squared_error"
