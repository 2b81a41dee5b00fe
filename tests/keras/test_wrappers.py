"""keras.wrappers: models as estimators of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from addax import keras

QUIET = {"verbose": 0, "epochs": 5}


def _network(X, y, loss, units=8):  # noqa: N803
    last = "softmax" if loss == "categorical_crossentropy" else None
    outputs = y.shape[1] if y.ndim > 1 else 1
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(outputs, activation=last),
        ]
    )
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.05))
    return model


def test_classifier():
    keras.utils.set_random_seed(0)
    x, y = make_classification(64, 6, n_informative=4, n_classes=3, random_state=0)
    names = np.array(["a", "b", "c"])[y]
    wrapped = keras.wrappers.SKLearnClassifier(_network, model_kwargs={"loss": "categorical_crossentropy"})
    found = wrapped.fit(x, names, **QUIET).predict(x)
    assert found.shape == (64,) and set(found) <= set(names) and wrapped.score(x, names) > 0.5
    assert list(wrapped.classes_) == ["a", "b", "c"] and wrapped.decision_function(x).shape == (64, 3)
    np.testing.assert_array_equal(found, wrapped.classes_[wrapped.decision_function(x).argmax(1)])
    with pytest.raises(ValueError, match="only one class"):
        wrapped.fit(x, np.ones(64))
    with pytest.raises(ValueError, match="Target type: continuous"):
        wrapped.fit(x, x[:, 0])


def test_regressor_in_a_pipeline():
    keras.utils.set_random_seed(0)
    x, y = make_regression(60, 4, random_state=0)
    model = _network(x, y, "mse")
    wrapped = keras.wrappers.SKLearnRegressor(model, fit_kwargs=QUIET)
    piped = make_pipeline(StandardScaler(), clone(wrapped)).fit(x, y)
    assert piped.predict(x).shape == (60,)
    assert len(cross_val_score(wrapped, x, y, cv=2)) == 2
    assert not hasattr(wrapped, "model_") and piped[-1].model_ is not model
    assert piped[-1].epoch_ == list(range(5)) and wrapped.epoch_ == 0


def test_warm_start_goes_on():
    x, y = np.ones((4, 2)), np.ones((4, 1))
    model = _network(x, y, "mse")
    wrapped = keras.wrappers.SKLearnTransformer(model, warm_start=True, fit_kwargs={"verbose": 0})
    wrapped.fit(x, y)
    assert wrapped.fit(x, y).model_ is model and int(model.optimizer.iterations) == 2
    assert wrapped.transform(x).shape == (4, 1)


def test_refusals():
    plain = keras.Sequential([keras.layers.Dense(1)])
    with pytest.raises(RuntimeError, match="compiled"):
        keras.wrappers.SKLearnRegressor(plain).fit(np.ones((4, 2)), np.ones(4))
    with pytest.raises(RuntimeError, match="metadata routing"):
        keras.wrappers.SKLearnRegressor(plain).set_fit_request(sample_weight=True)
