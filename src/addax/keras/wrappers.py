"""Keras models as estimators of scikit-learn (keras.wrappers); needs scikit-learn."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core.names import missing_name
from addax.keras.models import Model
from addax.keras.models.cloning import clone_model

try:
    from sklearn import get_config as sklearn_config
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
    from sklearn.preprocessing import OneHotEncoder
    from sklearn.utils.metadata_routing import MetadataRequest
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "keras.wrappers needs scikit-learn 1.6 or later.\n  To do: pip install scikit-learn (or addax[sklearn])."
    ) from error


class _Estimator(BaseEstimator):
    """What the wrappers share: fitting a model, and what comes out of it."""

    def __init__(
        self,
        model: Model | Callable[..., Model],
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self) -> Any:
        model = copy.deepcopy(self.model) if isinstance(self.model, Model) else self.model
        return type(self)(model, self.warm_start, self.model_kwargs, self.fit_kwargs)

    @property
    def epoch_(self) -> Any:
        """The epochs of the last fit."""
        return self.history_.epoch if hasattr(self, "history_") else 0

    def set_fit_request(self, **kwargs: Any) -> Any:
        """Ask for metadata to be handed to `fit`, where scikit-learn's metadata routing is enabled.

        Args:
            **kwargs: True, False, None or another name, by parameter.

        Raises:
            RuntimeError: metadata routing is not enabled.
        """
        if not sklearn_config().get("enable_metadata_routing", False):
            raise RuntimeError(
                "This method is only available when metadata routing is enabled. You can enable it using "
                "sklearn.set_config(enable_metadata_routing=True)."
            )
        self._metadata_request = MetadataRequest(owner=self)
        for param, alias in kwargs.items():
            self._metadata_request.fit.add_request(param=param, alias=alias)
        return self

    def _fresh_model(self, X: Any, y: Any) -> Model:  # noqa: N803  # scikit-learn's name
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if not isinstance(self.model, Model):
            return self.model(X=X, y=y, **(self.model_kwargs or {}))
        if self.warm_start or not self.model.compiled:
            return self.model
        cloned = clone_model(self.model)
        cloned.compile_from_config(self.model.get_compile_config())
        return cloned

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Any:  # noqa: N803
        """Fit the model.

        Args:
            X: the samples, (number, features).
            y: the targets, (number,) or (number, outputs).
            **kwargs: arguments of `Model.fit`, before those of `fit_kwargs`.

        Returns:
            The estimator, with the model in `model_` and what `Model.fit` returned in `history_`.

        Raises:
            RuntimeError: a model that is not compiled.
        """
        X, y = validate_data(self, X, y, multi_output=True)
        y = self._targets(y)
        model = self._fresh_model(X, y)
        if not model.compiled or not model.loss or not model.optimizer:
            raise RuntimeError("Given model needs to be compiled, and have a loss and an optimizer.")
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def _outputs(self, X: Any) -> np.ndarray:  # noqa: N803
        check_is_fitted(self)
        verbose = (self.fit_kwargs or {}).get("verbose", "auto")  # who wants no bars in `fit` wants none here
        return self.model_.predict(validate_data(self, X, reset=False), verbose=verbose)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """What the model makes of samples, as targets."""
        outputs = self._outputs(X)
        return np.squeeze(outputs, axis=1) if self._flat and outputs.ndim == 2 else outputs

    def _targets(self, y: Any) -> Any:
        """Targets as the model gets them."""
        if type_of_target(y) == "unknown":
            raise ValueError(f"Unknown label type for data: {y!r}")
        self._flat = y.ndim == 1
        return y.reshape(-1, 1) if self._flat else y


class SKLearnClassifier(ClassifierMixin, _Estimator):
    """A classifier of scikit-learn around a model, whose targets are the classes one-hot.

    Args:
        model: a compiled model, which is cloned by each `fit`; or a function of `X`, `y` and `model_kwargs` that
            returns one.
        warm_start: whether `fit` goes on with the model that was fitted last, and takes the given one as it is.
        model_kwargs: arguments of the function.
        fit_kwargs: arguments of `Model.fit`; `predict` takes `verbose` from them too.

    Attributes:
        model_: the fitted model.
        history_: what `Model.fit` returned.
        classes_: the classes.

    >>> import numpy as np
    >>> from addax import keras
    >>> model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
    >>> model.compile("sgd", "categorical_crossentropy")
    >>> wrapped = keras.wrappers.SKLearnClassifier(model, fit_kwargs={"verbose": 0})
    >>> wrapped.fit(np.ones((4, 3)), ["no", "yes", "no", "yes"]).predict(np.ones((1, 3))).shape
    (1,)
    """

    def decision_function(self, X: Any) -> np.ndarray:  # noqa: N803
        """The model's outputs."""
        return self._outputs(X)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The classes of samples."""
        found = self._encoder.inverse_transform(self._outputs(X))
        return found[:, 0] if self._flat else found

    def _targets(self, y: Any) -> Any:
        kind = type_of_target(y)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"Only binary and multiclass target types are supported. Target type: {kind}")
        self.classes_ = np.unique(y)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        rows = super()._targets(y)
        self._encoder = OneHotEncoder(sparse_output=False).fit(rows)
        return self._encoder.transform(rows)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, _Estimator):
    """A regressor of scikit-learn around a model.

    Args:
        model: a compiled model, which is cloned by each `fit`; or a function of `X`, `y` and `model_kwargs` that
            returns one.
        warm_start: whether `fit` goes on with the model that was fitted last, and takes the given one as it is.
        model_kwargs: arguments of the function.
        fit_kwargs: arguments of `Model.fit`; `predict` takes `verbose` from them too.

    Attributes:
        model_: the fitted model.
        history_: what `Model.fit` returned.

    >>> import numpy as np
    >>> from addax import keras
    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> wrapped = keras.wrappers.SKLearnRegressor(model, fit_kwargs={"verbose": 0})
    >>> wrapped.fit(np.ones((4, 3)), np.ones(4)).predict(np.ones((2, 3))).shape
    (2,)
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, _Estimator):
    """A transformer of scikit-learn around a model: samples become the model's outputs.

    Args:
        model: a compiled model, which is cloned by each `fit`; or a function of `X`, `y` and `model_kwargs` that
            returns one.
        warm_start: whether `fit` goes on with the model that was fitted last, and takes the given one as it is.
        model_kwargs: arguments of the function.
        fit_kwargs: arguments of `Model.fit`; `predict` takes `verbose` from them too.

    Attributes:
        model_: the fitted model.
        history_: what `Model.fit` returned.

    >>> import numpy as np
    >>> from addax import keras
    >>> model = keras.Sequential([keras.layers.Dense(2)])
    >>> model.compile("sgd", "mse")
    >>> wrapped = keras.wrappers.SKLearnTransformer(model, fit_kwargs={"verbose": 0})
    >>> wrapped.fit(np.ones((4, 3)), np.ones((4, 2))).transform(np.ones((1, 3))).shape
    (1, 2)
    """

    def transform(self, X: Any) -> np.ndarray:  # noqa: N803
        """The model's outputs."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


__getattr__ = missing_name(__name__, globals())
