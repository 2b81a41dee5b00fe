"""The losses given to `compile`, put to the model's outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import context, convert, errors
from addax.core.spec import TensorSpec
from addax.keras import graph
from addax.keras import losses as losses_module
from addax.keras.losses.base import Loss, LossFunctionWrapper
from addax.keras.losses.reduction import Reduction
from addax.keras.metrics import Mean, Metric
from addax.keras.training import outputs
from addax.ops import array, casting, math


class CompiledLoss:
    """The total loss of a model, and the means that are reported.

    Args:
        loss: a loss, function or name; or a list or dict of them by output; None: only added losses.
        loss_weights: factors by output.
        output_names: the model's output names, None for a subclassed model.
    """

    def __init__(self, loss: Any, loss_weights: Any = None, output_names: list[str] | None = None) -> None:
        self._user_loss = loss
        self._user_weights = loss_weights
        self._names = output_names
        self._losses: list[Any] | None = None
        self._weights: list[Any] = []
        self.output_specs: Any = None  # shapes and dtypes of the outputs, in their structure
        self._total = Mean(name="loss")
        self._by_output: list[Any] = []

    @property
    def built(self) -> bool:
        """Whether the losses were put to outputs yet."""
        return self._losses is not None

    @property
    def output_names(self) -> list[str]:
        """The outputs' names; of a subclassed model they are known once it was built."""
        return self._names or []

    def class_indices(self) -> list[tuple[int, int, int | None, str]]:
        """The outputs whose targets are class indices: (number of the output, classes, ignored class, who says so)."""
        found = []
        for i, loss in enumerate(self._losses or ()):
            if getattr(loss, "fn", None) is not losses_module.sparse_categorical_crossentropy:
                continue
            options = loss.get_config()
            shape = outputs.flat_outputs(self.output_specs)[i].shape
            classes = shape[options.get("axis", -1)] if shape.rank else None
            if classes is not None:
                who = f"the loss {loss.name!r} of the output {self.output_names[i]!r}"
                found.append((i, classes, options.get("ignore_class"), who))
        return found

    @property
    def metrics(self) -> list[Metric]:
        """The mean of the total loss, and of each output's if there are several."""
        return [self._total, *[mean for mean in self._by_output if mean is not None]]

    def reset_state(self) -> None:
        """Start the means over."""
        for mean in self.metrics:
            mean.reset_state()

    def build(self, y_pred: Any) -> None:
        """Put the losses to the outputs that `y_pred` shows."""
        names = outputs.names_of(y_pred, self._names)
        self._names = names
        self.output_specs = graph.map_leaves(lambda leaf: TensorSpec(leaf.shape, leaf.dtype), y_pred)
        given = outputs.by_output(self._user_loss, names, y_pred, "loss", broadcast=True)
        self._weights = outputs.by_output(self._user_weights, names, y_pred, "loss_weights")
        self._losses = [_as_loss(each) for each in given]
        many = len(names) > 1
        self._by_output = [
            Mean(name=f"{name}_loss") if many and loss is not None else None
            for name, loss in zip(names, self._losses, strict=True)
        ]

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, regularization_losses: Sequence[Any] | None = None
    ) -> Any:
        """The total loss; updates the reported means.

        Args:
            y_true: targets, in the structure of the outputs.
            y_pred: the outputs.
            sample_weight: weights, one for all outputs or by output.
            regularization_losses: scalars to add.

        Returns:
            A scalar tensor; None if there is nothing to minimize.
        """
        if not self.built:
            self.build(y_pred)
        flat_pred = outputs.flat_outputs(y_pred)
        flat_true = outputs.by_output(y_true, self._names, y_pred, "y (the targets)") if self._has_loss else flat_pred
        flat_weight = outputs.by_output(sample_weight, self._names, y_pred, "sample_weight", broadcast=True)
        terms, shown, batch, replicas = [], [], None, context.replicas()
        entries = zip(flat_true, flat_pred, flat_weight, self._losses, self._weights, self._by_output, strict=True)
        for i, (true, pred, weight, loss, factor, mean) in enumerate(entries):
            if loss is None:
                continue
            if true is None:
                raise ValueError(
                    errors.message(
                        "fit/evaluate", expected=f"targets for the output {self._names[i]!r}, which has a loss",
                        received="None", hint="pass y, or leave this output's loss out of compile",
                    )
                )  # fmt: skip
            true, weight = match(true, pred, weight)
            loss._of_model = True
            value = loss(true, pred, sample_weight=weight)
            seen = value * replicas if replicas > 1 and loss.reduction == Reduction.SUM else value
            if loss.reduction == Reduction.NONE:  # what is minimized is the sum, what is shown the mean
                value = _scalar(value)
            if batch is None:
                batch = rows(pred)
            if mean is not None:
                mean.update_state(seen, sample_weight=batch)
            if factor is not None:
                value, seen = value * factor, seen * factor
            shown.append(seen)
            is_sum = loss.reduction in (Reduction.SUM, Reduction.NONE)
            terms.append(value if replicas == 1 or is_sum else value / replicas)
        if regularization_losses:
            own = [_scalar(each) for each in regularization_losses]
            shown.extend(convert.convert_to_tensor(each) for each in regularization_losses)
            terms.extend(own if replicas == 1 else [each / replicas for each in own])
        if not terms:
            return None
        total = _sum(terms)
        if batch is None:
            batch = rows(flat_pred[0]) if flat_pred else 1
        if replicas > 1 or any(each.shape.rank for each in shown):
            self._total.update_state(_shown_sum(shown), sample_weight=batch)
        else:
            self._total.update_state(total, sample_weight=batch)
        return total

    @property
    def _has_loss(self) -> bool:
        return any(loss is not None for loss in self._losses or ())


def _sum(terms: list[Any]) -> Any:
    dtype = terms[0].dtype
    return math.add_n([casting.cast(term, dtype) for term in terms]) if len(terms) > 1 else terms[0]


def _shown_sum(terms: list[Any]) -> Any:
    """The sum of what is shown, whose mean is taken; of terms of several shapes their means are added."""
    alike = len({tuple(term.shape) for term in terms}) == 1
    return _sum(terms if alike else [math.reduce_mean(term) if term.shape.rank else term for term in terms])


def _scalar(value: Any) -> Any:
    value = convert.convert_to_tensor(value)
    return math.reduce_sum(value) if value.shape.rank else value


def _as_loss(given: Any) -> Any:
    """A Loss object of a name, function, config or Loss."""
    if given is None or isinstance(given, Loss):
        return given
    found = losses_module.get(given)
    if isinstance(found, Loss):
        return found
    if not callable(found):
        raise ValueError(
            errors.message(
                "compile, loss", expected="a name, a function of (y_true, y_pred) or a tf.keras.losses.Loss",
                received=repr(given)[:80],
            )
        )  # fmt: skip
    name = getattr(found, "__name__", type(found).__name__)
    return LossFunctionWrapper(found, name=name)


def rows(tensor: Any) -> int:
    """The number of examples in a batch."""
    shape = tensor.shape
    return shape[0] if shape.rank else 1


def match(true: Any, pred: Any, weight: Any) -> tuple[Any, Any]:
    """Targets and weights in the predictions' rank and kind of dtype, as Keras fits them."""
    true = convert.convert_to_tensor(true) if not convert.is_tensor(true) else true
    if weight is not None and not convert.is_tensor(weight):
        weight = convert.convert_to_tensor(weight)
    if not hasattr(true, "_value"):  # ragged
        return true, weight
    if true.ndim == 1 and pred.ndim == 2:
        true = array.expand_dims(true, -1)
    if weight is not None and weight.ndim == 1 and pred.ndim == 2:
        weight = array.expand_dims(weight, -1)
    if true.dtype != pred.dtype and (
        true.dtype.is_floating and pred.dtype.is_floating or true.dtype.is_integer and pred.dtype.is_integer
    ):
        true = casting.cast(true, pred.dtype)
    if weight is not None and weight.dtype != pred.dtype and weight.dtype.is_floating and pred.dtype.is_floating:
        weight = casting.cast(weight, pred.dtype)
    return true, weight
