"""Distiller: a model that trains a student from targets and from a teacher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.core import trees
from addax.keras import losses, metrics, ops, registry
from addax.keras.models.model import Functional, Model

_OUTPUT = "final_output"


class Distiller(Model):
    """Trains `student`: the loss is part the student's own, part what `distillation_losses` say of student and teacher.

    Args:
        teacher: a trained model; it is frozen.
        student: the model to train, of the same inputs and outputs.
        distillation_losses: one `DistillationLoss`, or a list of them.
        distillation_loss_weights: a factor for each; 1 by default.
        student_loss_weight: the share of the student's own loss, from 0 to 1.
        name: of this model.
        **kwargs: as for every model.

    Raises:
        ValueError: models or losses that do not fit.

    >>> import numpy as np
    >>> from addax import keras
    >>> teacher, student = (keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]) for _ in range(2))
    >>> distiller = keras.distillation.Distiller(teacher, student, keras.distillation.LogitsDistillation(2.0))
    >>> distiller.compile("adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> history = distiller.fit(np.ones((4, 2)), np.zeros(4), verbose=0)
    >>> sorted(history.history)
    ['distillation_loss', 'loss', 'student_loss', 'total_loss']
    """

    _serialized_as = ("keras.distillation", None)

    def __init__(
        self, teacher: Any, student: Any, distillation_losses: Any, distillation_loss_weights: Any = None,
        student_loss_weight: float = 0.5, name: str = "distiller", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name=name, **kwargs)
        _check_models(teacher, student)
        if not isinstance(student_loss_weight, int | float) or not 0.0 <= student_loss_weight <= 1.0:
            raise ValueError(f"student_loss_weight must be between 0.0 and 1.0, got {student_loss_weight}")
        if distillation_losses is None:
            raise ValueError(
                "'distillation_losses' cannot be `None`. Provide a distillation loss (e.g. LogitsDistillation) or "
                "a list of them."
            )
        several = isinstance(distillation_losses, list | tuple)
        found = list(distillation_losses) if several else [distillation_losses]
        weights = [1.0] * len(found) if distillation_loss_weights is None or not several else distillation_loss_weights
        if len(weights) != len(found):
            raise ValueError(
                f"Number of distillation_loss_weights ({len(weights)}) must match number of distillation_losses "
                f"({len(found)})"
            )
        for each in found:
            each.validate_model_compatibility(teacher, student)
        self.teacher, self.student = teacher, student
        self.student_loss_weight = student_loss_weight
        self.distillation_losses, self.distillation_loss_weights = found, list(weights)
        # Seen by nobody who lists layers.
        features = [
            (side, _with_features(model, [getattr(each, f"{side}_layer_name", None) for each in found]))
            for side, model in (("teacher", teacher), ("student", student))
        ]
        object.__setattr__(self, "_features", dict(features))
        teacher.trainable = False
        names = ("loss", "student_loss", "distillation_loss", "total_loss")
        self._trackers = [metrics.Mean(name=each) for each in names]
        self._student_loss: Any = None

    def compile(self, optimizer: Any = "adam", loss: Any = None, metrics: Any = None, **kwargs: Any) -> None:
        """Set the optimizer, the student's own loss (by output as the student's outputs are) and metrics."""
        if loss is None:
            raise ValueError("'loss' cannot be `None`.")
        if metrics is not None and not isinstance(metrics, list | tuple):
            raise ValueError(f"metrics must be a list or tuple, got {type(metrics)}")
        super().compile(optimizer=optimizer, loss=None, metrics=metrics, **kwargs)
        made = trees.map_structure(lambda each: losses.get(each) if isinstance(each, str) else each, loss)
        object.__setattr__(self, "_student_loss", made)
        self._compile_arguments["loss"] = loss

    def call(self, inputs: Any, training: Any = None, **kwargs: Any) -> Any:
        """The student's outputs."""
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The student's loss and what is distilled, in the shares that `student_loss_weight` says."""
        if y_pred is None:
            y_pred = self(x, training=training)
        share, own, distilled = self.student_loss_weight, 0.0, 0.0
        if share > 0.0 and y is not None:
            parts = [trees.flatten(each) for each in (self._student_loss, y, y_pred)]
            own = sum(ops.mean(loss(*pair)) for loss, *pair in zip(*parts, strict=True))
        if share < 1.0:
            distilled = self._distilled(x, y_pred)
        total = share * own + (1.0 - share) * distilled
        for tracker, value in zip(self._trackers, (total, own, distilled, total), strict=True):
            tracker.update_state(value)
        return total

    def _distilled(self, x: Any, y_pred: Any) -> Any:
        seen = {}
        for side, model, training in (("teacher", self.teacher, False), ("student", self.student, True)):
            extract = self._features[side]
            if extract is not None:
                seen[side] = extract(x, training=training)
            else:
                seen[side] = {_OUTPUT: model(x, training=False) if side == "teacher" else y_pred}
        total: Any = 0.0
        for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights, strict=True):
            outputs = [seen["teacher"][_OUTPUT], y_pred]
            if getattr(loss, "teacher_layer_name", None) is not None:
                outputs = [seen[side][getattr(loss, f"{side}_layer_name") or _OUTPUT] for side in seen]
            loss.validate_outputs(*outputs)
            value = loss.compute_loss(*outputs)
            if len(value.shape):
                raise ValueError(
                    f"{type(loss).__name__}.compute_loss must return a scalar. Received: shape {tuple(value.shape)}"
                )
            total = total + weight * value
        return total

    def get_config(self) -> dict[str, Any]:
        """Both models, the losses and their weights."""
        write = registry.serialize_keras_object
        return {
            **super().get_config(), "name": self.name, "teacher": write(self.teacher), "student": write(self.student),
            "distillation_losses": [write(each) for each in self.distillation_losses],
            "distillation_loss_weights": list(self.distillation_loss_weights),
            "student_loss_weight": self.student_loss_weight,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A model of a config."""
        read = registry.deserialize_keras_object
        made = {name: read(config[name], custom_objects) for name in ("teacher", "student")}
        found = [read(each, custom_objects) for each in config["distillation_losses"]]
        rest = {name: value for name, value in config.items() if name not in ("trainable", "dtype")}
        return cls(**{**rest, **made, "distillation_losses": found})


def _check_models(teacher: Any, student: Any) -> None:
    """Refuse models whose inputs or outputs differ in shape or dtype."""
    for who, model in (("Teacher", teacher), ("Student", student)):
        if not isinstance(model, Model):
            raise ValueError(f"{who} must be a keras.Model, got {type(model)}")
    for what in ("inputs", "outputs"):
        both = [getattr(model, what, None) for model in (teacher, student)]
        if not all(both):
            continue
        if len(both[0]) != len(both[1]):
            raise ValueError(f"Teacher and student have different numbers of {what}: {len(both[0])}, {len(both[1])}.")
        for one, other in zip(*both, strict=True):
            if not one.shape.is_compatible_with(other.shape):
                raise ValueError(
                    f"Teacher and student {what[:-1]} shapes are incompatible. Teacher: {tuple(one.shape)}, Student: "
                    f"{tuple(other.shape)}. All dimensions must match."
                )
            if one.dtype != other.dtype:
                raise ValueError(
                    f"Teacher and student {what[:-1]} dtypes must match. Teacher: {one.dtype.name}, Student: "
                    f"{other.dtype.name}."
                )


def _with_features(model: Any, names: list[str | None]) -> Any:
    """A model of the outputs and of those of layers; None where no layer is asked for."""
    wanted = [name for name in dict.fromkeys(names) if name]
    if not wanted:
        return None
    outputs = {_OUTPUT: model.output, **{name: model.get_layer(name=name).output for name in wanted}}
    return Functional(model.input, outputs, name=f"{model.name}_features")


registry.register("model", Distiller)
