"""Keras' loss functions: one value per sample from targets and predictions.

The arithmetic is in `addax.ops.losses`, where each is one compiled call; here are their public faces. In all of them
`y_true` is cast to the dtype of `y_pred`, and shapes broadcast.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from addax.core import convert, errors
from addax.core.failures import refusing
from addax.core.jax_programs import in_kind
from addax.core.tensor import Tensor
from addax.keras import config, registry
from addax.keras.losses import labels, rows
from addax.ops import casting
from addax.ops import losses as ops_losses

# Functions whose formulas have the fuzz factor, and those that take the input of a sigmoid or softmax if it is known.
_FUZZY = {
    "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "poisson", "kl_divergence",
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
}  # fmt: skip
_OF_LOGITS = {
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
}  # fmt: skip

_OTHER_OPERATION = {body: "Softmax" if body.startswith("binary") else "Sigmoid" for body in _OF_LOGITS}


def _tensor(value: Any) -> Any:
    return value if type(value) is Tensor else convert.convert_to_tensor(value)


def prepare(body: str, y_true: Any, y_pred: Any, given: dict[str, Any]) -> tuple[Any, Any, tuple[Any, ...]]:
    """Tensors and hashable options of a call of `ops.losses`: fuzz factor, logits where known, labels checked."""
    y_true, y_pred = _tensor(y_true), _tensor(y_pred)
    if body in _OF_LOGITS:
        y_pred, given = _logits(body, y_pred, given)
        if body == "sparse_categorical_crossentropy":
            labels.check_concrete(y_true, y_pred, given.get("axis", -1), given.get("ignore_class"))
    if body == "huber" and y_pred.dtype.name != config.floatx():  # Keras computes this one in the default float
        y_pred = casting.cast(y_pred, config.floatx())
    if body in _FUZZY:
        given = {**given, "epsilon": config.epsilon()}
    return y_true, y_pred, tuple(given.items())


def _logits(body: str, y_pred: Any, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The input of the softmax or sigmoid that made `y_pred`, if known: exact where probabilities would be clipped.

    As in Keras 2, either activation will do: the binary cross-entropy of a softmax takes what went into the softmax
    for what a sigmoid would be given. Of the operations tf.nn.softmax and tf.sigmoid only the one that fits will do.
    """
    source = getattr(y_pred, "_keras_logits", None) if type(y_pred) is Tensor else None
    if source is None or source[0] == _OTHER_OPERATION[body]:
        return y_pred, given
    kind, _, axis = source[0].lower().partition(":")
    if given.get("from_logits"):
        errors.warn_once(
            ("from_logits", body),
            f"`{body}` received `from_logits=True`, but `y_pred` was produced by a {kind} activation and thus "
            "does not represent logits. Drop from_logits=True, or the activation.",
            stacklevel=4,
        )
    if body == "binary_focal_crossentropy" and (kind == "softmax" or given.get("from_logits")):
        given = {**given, "activation": (kind, int(axis or -1)), "twice": bool(given.get("from_logits"))}
    return source[1], {**given, "from_logits": True}


@in_kind
def _call(body: str, y_true: Any, y_pred: Any, given: dict[str, Any]) -> Any:
    if rows.is_ragged(y_pred) or rows.is_ragged(y_true):
        return rows.losses_of(functools.partial(_call, body, given=given), y_true, y_pred)
    y_true, y_pred, options = prepare(body, y_true, y_pred, given)
    return ops_losses.loss_values(y_true, y_pred, body, options)


BODY_OF: dict[Callable[..., Any], str] = {}


def _loss(*aliases: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function into the tables: by name for `get`, and for the fused calls of classes."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        function = refusing(f"tf.keras.losses.{function.__name__}")(function)
        BODY_OF[function] = function.__name__
        for kind in ("loss", "metric"):
            registry.register(kind, function, *aliases)
        return function

    return enter


@_loss("mse", "MSE")
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences: mean((y_true - y_pred)², axis=-1).

    Args:
        y_true: targets [batch, ..., d].
        y_pred: predictions [batch, ..., d].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.mean_squared_error([[0.0, 1.0]], [[1.0, 1.0]]).numpy().tolist()
    [0.5]
    """
    return _call("mean_squared_error", y_true, y_pred, {})


@_loss("mae", "MAE")
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the absolute differences: mean(|y_true - y_pred|, axis=-1).

    Args:
        y_true: targets [batch, ..., d].
        y_pred: predictions [batch, ..., d].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]]).numpy().tolist()
    [1.0]
    """
    return _call("mean_absolute_error", y_true, y_pred, {})


@_loss("mape", "MAPE")
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the differences in percent: 100 mean(|y_true - y_pred| / max(|y_true|, ε), axis=-1).

    Args:
        y_true: targets [batch, ..., d].
        y_pred: predictions [batch, ..., d].

    Returns:
        Losses [batch, ...], in percent.

    >>> import addax as tf
    >>> tf.keras.losses.mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).numpy().tolist()
    [25.0]
    """
    return _call("mean_absolute_percentage_error", y_true, y_pred, {})


@_loss("msle", "MSLE")
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Mean of the squared differences of logarithms: mean((log(y_true + 1) - log(y_pred + 1))², axis=-1).

    Args:
        y_true: targets [batch, ..., d]; values below ε count as ε.
        y_pred: predictions [batch, ..., d].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.mean_squared_logarithmic_error([[1.0]], [[1.0]]).numpy().tolist()
    [0.0]
    """
    return _call("mean_squared_logarithmic_error", y_true, y_pred, {})


@_loss("huber_loss")
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Half the square of the difference up to `delta`, linear beyond (Huber 1964).

    Args:
        y_true: targets [batch, ..., d].
        y_pred: predictions [batch, ..., d].
        delta: where the square ends.

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.huber([[0.0, 0.0]], [[1.0, 3.0]]).numpy().tolist()
    [1.5]
    """
    return _call("huber", y_true, y_pred, {"delta": delta})


@_loss("logcosh")
def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Mean of log(cosh(y_pred - y_true)): like half the square for small differences, like their size for large.

    Args:
        y_true: targets [batch, ..., d].
        y_pred: predictions [batch, ..., d].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> round(float(tf.keras.losses.log_cosh([0.0], [1.0])), 4)
    0.4338
    """
    return _call("log_cosh", y_true, y_pred, {})


@_loss()
def poisson(y_true: Any, y_pred: Any) -> Any:
    """Mean of y_pred - y_true log(y_pred + ε): a count's negative log-likelihood, up to a constant.

    Args:
        y_true: counts [batch, ..., d].
        y_pred: expected counts [batch, ..., d], not negative.

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> round(float(tf.keras.losses.poisson([1.0], [1.0])), 4)
    1.0
    """
    return _call("poisson", y_true, y_pred, {})


@_loss()
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The negative cosine of the angle between targets and predictions.

    Args:
        y_true: targets.
        y_pred: predictions of the same shape.
        axis: along which the vectors lie.

    Returns:
        Values from -1 (same direction) to 1 (opposite), with `axis` gone.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.cosine_similarity([0.0, 1.0], [0.0, 2.0])), 4)
    -1.0
    """
    return _call("cosine_similarity", y_true, y_pred, {"axis": axis})


@_loss()
def hinge(y_true: Any, y_pred: Any) -> Any:
    """Mean of max(1 - y_true y_pred, 0).

    Args:
        y_true: -1 or 1 (0 and 1 are taken as -1 and 1) [batch, ..., d].
        y_pred: scores [batch, ..., d].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.hinge([[-1.0, 1.0]], [[0.5, 0.5]]).numpy().tolist()
    [1.0]
    """
    return _call("hinge", y_true, y_pred, {})


@_loss()
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Mean of max(1 - y_true y_pred, 0)².

    Args:
        y_true: -1 or 1 (0 and 1 are taken as -1 and 1) [batch, ..., d].
        y_pred: scores [batch, ..., d].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.squared_hinge([[-1.0, 1.0]], [[0.0, 2.0]]).numpy().tolist()
    [0.5]
    """
    return _call("squared_hinge", y_true, y_pred, {})


@_loss()
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """max(1 + the best score of a wrong class - the score of the right one, 0).

    Args:
        y_true: one-hot classes [batch, ..., classes].
        y_pred: scores [batch, ..., classes].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.categorical_hinge([[0.0, 1.0]], [[0.5, 0.5]]).numpy().tolist()
    [1.0]
    """
    return _call("categorical_hinge", y_true, y_pred, {})


@_loss("kullback_leibler_divergence", "kld", "KLD")
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """sum(y_true log(y_true / y_pred), axis=-1), both clipped to [ε, 1].

    Args:
        y_true: probabilities [batch, ..., classes].
        y_pred: probabilities [batch, ..., classes].

    Returns:
        Losses [batch, ...].

    >>> import addax as tf
    >>> tf.keras.losses.kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).numpy().tolist()
    [0.0]
    """
    return _call("kl_divergence", y_true, y_pred, {})


@_loss("bce", "BCE")
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """Mean of -(y log p + (1 - y) log(1 - p)).

    Probabilities are clipped to [ε, 1 - ε]. Where `y_pred` is known to come from a sigmoid, its input is used, which
    is exact.

    Args:
        y_true: 0 or 1 [batch, ..., d].
        y_pred: probabilities, or logits with `from_logits` [batch, ..., d].
        from_logits: whether `y_pred` are logits.
        label_smoothing: between 0 and 1: moves labels this far towards 0.5.
        axis: the axis of the mean.

    Returns:
        Losses, with `axis` gone.

    Raises:
        TypeError: integer predictions.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.binary_crossentropy([1.0, 0.0], [0.5, 0.5])), 4)
    0.6931
    """
    given = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
    return _call("binary_crossentropy", y_true, y_pred, given)


@_loss()
def binary_focal_crossentropy(
    y_true: Any, y_pred: Any, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
) -> Any:  # fmt: skip
    """Binary cross-entropy that counts hard samples more: times (1 - p_t)^gamma (Lin et al. 2018, arXiv:1708.02002).

    Args:
        y_true: 0 or 1 [batch, ..., d].
        y_pred: probabilities, or logits with `from_logits` [batch, ..., d].
        apply_class_balancing: weigh class 1 by `alpha` and class 0 by 1 - alpha.
        alpha: see `apply_class_balancing`.
        gamma: 0 gives plain cross-entropy.
        from_logits: whether `y_pred` are logits.
        label_smoothing: between 0 and 1: moves labels this far towards 0.5.
        axis: the axis of the mean.

    Returns:
        Losses, with `axis` gone.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.binary_focal_crossentropy([1.0], [0.5])), 4)
    0.1733
    """
    given = {
        "apply_class_balancing": apply_class_balancing, "alpha": alpha, "gamma": gamma, "from_logits": from_logits,
        "label_smoothing": label_smoothing, "axis": axis,
    }  # fmt: skip
    return _call("binary_focal_crossentropy", y_true, y_pred, given)


@_loss("cce", "CCE")
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """-sum(y_true log p) over the classes.

    Probabilities are made to sum to one and clipped to [ε, 1 - ε]. Where `y_pred` is known to come from a softmax,
    its input is used, which is exact.

    Args:
        y_true: one-hot classes [batch, ..., classes].
        y_pred: probabilities, or logits with `from_logits`, of the same shape.
        from_logits: whether `y_pred` are logits.
        label_smoothing: between 0 and 1: this much of each label is spread over all classes.
        axis: the axis of the classes.

    Returns:
        Losses, with `axis` gone.

    Raises:
        ValueError: shapes that do not fit; class indices in place of one-hot classes.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]), 4)
    0.6931
    """
    given = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
    return _call("categorical_crossentropy", y_true, y_pred, given)


@_loss()
def categorical_focal_crossentropy(
    y_true: Any, y_pred: Any, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
    label_smoothing: float = 0.0, axis: int = -1,
) -> Any:  # fmt: skip
    """Cross-entropy that counts hard samples more: times alpha (1 - p)^gamma (Lin et al. 2018, arXiv:1708.02002).

    Args:
        y_true: one-hot classes [batch, ..., classes].
        y_pred: probabilities, or logits with `from_logits`, of the same shape.
        alpha: the weight, one number or one per class.
        gamma: 0 gives plain cross-entropy times alpha.
        from_logits: whether `y_pred` are logits.
        label_smoothing: between 0 and 1: this much of each label is spread over all classes.
        axis: the axis of the classes.

    Returns:
        Losses, with `axis` gone.

    >>> import addax as tf
    >>> round(float(tf.keras.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])[0]), 4)
    0.0433
    """
    given = {
        "alpha": alpha, "gamma": gamma, "from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis
    }  # fmt: skip
    return _call("categorical_focal_crossentropy", y_true, y_pred, given)


@_loss("scce", "SCCE")
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Any:
    """-log p of the right class.

    Probabilities are clipped to [ε, 1 - ε] and made to sum to one. Where `y_pred` is known to come from a softmax, its
    input is used, which is exact.

    Args:
        y_true: class indices [batch, ...], or [batch, ..., 1]; floats are cut to integers.
        y_pred: probabilities, or logits with `from_logits` [batch, ..., classes].
        from_logits: whether `y_pred` are logits.
        axis: the axis of the classes.
        ignore_class: samples of this class have loss 0 and do not count in a mean.

    Returns:
        Losses [batch, ...].

    Raises:
        InvalidArgumentError: a class that does not exist (eagerly; in compiled code its loss is NaN).

    >>> import addax as tf
    >>> round(float(tf.keras.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 4)
    0.6931
    """
    given = {"from_logits": from_logits, "axis": axis, "ignore_class": ignore_class}
    result = _call("sparse_categorical_crossentropy", y_true, y_pred, given)
    if ignore_class is not None and type(result) is Tensor:
        target = _tensor(y_true)
        result._keras_mask = ops_losses.differs(target, ignore_class, tuple(result.shape))
    return result
