"""What a student model learns from a teacher: its outputs, or the features of layers (Hinton et al. 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.core import trees
from addax.keras import losses, ops, registry

_HOME = "keras.distillation"


def _loss_functions(loss: Any, who: str) -> Any:
    """Names as losses, in their structure.

    Raises:
        ValueError: all of them are None.
    """
    made = trees.map_structure(lambda each: losses.get(each) if isinstance(each, str) else each, loss)
    if all(each is None for each in trees.flatten(made)):
        raise ValueError(f"The `loss` argument in `{who}` must contain at least one non-`None` value.")
    return made


def sum_of(loss: Any, *outputs: Any) -> Any:
    """The sum of the means of losses over a structure of outputs; None stands for no loss."""
    functions = trees.flatten(loss)
    parts = [trees.flatten(each) for each in outputs]
    found = [ops.mean(each(*pair)) for each, *pair in zip(functions, *parts, strict=True) if each is not None]
    return ops.sum(ops.stack(found))


class DistillationLoss:
    """A base class: subclasses define `compute_loss`.

    >>> from addax import keras
    >>> class Difference(keras.distillation.DistillationLoss):
    ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
    ...         return keras.ops.mean(keras.ops.abs(teacher_outputs - student_outputs))
    """

    _serialized_as: tuple[str, str | None] = (_HOME, None)

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """A scalar: how far the student is from the teacher.

        Args:
            teacher_outputs: a tensor, or a structure of them.
            student_outputs: the same of the student.
            **kwargs: for subclasses.
        """
        raise NotImplementedError(f"{type(self).__name__} must define compute_loss(teacher_outputs, student_outputs).")

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Refuse outputs that do not fit each other.

        Raises:
            ValueError: their structures differ.
        """
        trees.assert_same_structure(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """Refuse models that the loss cannot work with; here there are none."""

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A loss of its config."""
        return cls(**config)


class LogitsDistillation(DistillationLoss):
    """The student's logits become the teacher's, both divided by a temperature.

    With a `KLDivergence` object the softmax of both is compared, and the loss multiplied by the temperature squared;
    any other loss (also the function that the name "kl_divergence" stands for, as in Keras) is given the logits.

    Args:
        temperature: above 0; the higher, the more small logits count.
        loss: a name, a loss or a function of (teacher's, student's); a structure of them for several outputs, with
            None for outputs that do not count.

    Raises:
        ValueError: no loss, or a temperature that is not above 0.

    >>> from addax import keras
    >>> loss = keras.distillation.LogitsDistillation(2.0, loss="mse")
    >>> float(loss.compute_loss(keras.ops.ones((1, 2)), keras.ops.zeros((1, 2))))
    0.25
    """

    def __init__(self, temperature: float = 3.0, loss: Any = "kl_divergence") -> None:
        self.loss = _loss_functions(loss, "LogitsDistillation")
        if not isinstance(temperature, int | float):
            raise ValueError(f"temperature must be a number. Received: temperature={temperature!r}")
        if temperature <= 0.0:
            raise ValueError(f"temperature must be positive. Received: temperature={temperature}")
        self.temperature = temperature

    def _compared(self, loss: Any) -> Any:
        if not isinstance(loss, losses.KLDivergence):
            return loss
        return lambda *logits: loss(*(ops.softmax(each, axis=-1) for each in logits)) * self.temperature**2

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """The loss between logits, a scalar."""
        scaled = [
            trees.map_structure(lambda each: ops.divide(each, self.temperature), outputs)
            for outputs in (teacher_outputs, student_outputs)
        ]
        trees.assert_same_structure(self.loss, teacher_outputs)
        compared = [None if each is None else self._compared(each) for each in trees.flatten(self.loss)]
        return sum_of(compared, *(trees.flatten(each) for each in scaled))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {"temperature": self.temperature, "loss": registry.serialize_keras_object(self.loss)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LogitsDistillation:
        """A loss of its config."""
        return cls(**{**config, "loss": _restored(config["loss"])})


class FeatureDistillation(DistillationLoss):
    """The output of a layer of the student becomes the one of a layer of the teacher.

    Args:
        loss: as for `LogitsDistillation`.
        teacher_layer_name: a layer of the teacher; None for its output.
        student_layer_name: a layer of the student; None for its output.

    Raises:
        ValueError: no loss.

    >>> from addax import keras
    >>> loss = keras.distillation.FeatureDistillation("mae")
    >>> float(loss.compute_loss(keras.ops.ones((1, 2)), keras.ops.zeros((1, 2))))
    1.0
    """

    def __init__(
        self, loss: Any = "mse", teacher_layer_name: str | None = None, student_layer_name: str | None = None
    ) -> None:
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name
        self.loss = _loss_functions(loss, "FeatureDistillation")

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """Refuse models without the layers.

        Raises:
            ValueError: a layer is not there, or a model has no symbolic outputs of layers.
        """
        pairs = (("teacher", teacher, self.teacher_layer_name), ("student", student, self.student_layer_name))
        if any(name is not None for _, _, name in pairs):
            without = [who for who, model, _ in pairs if not getattr(model, "inputs", None)]
            if without:
                raise ValueError(
                    "FeatureDistillation of layers takes Functional or Sequential models; the "
                    f"{' and the '.join(without)} has no symbolic inputs.\n"
                    "  To do: leave the names of layers out, or use LogitsDistillation."
                )
        for who, model, name in pairs:
            if name is not None:
                try:
                    model.get_layer(name=name)
                except ValueError as error:
                    raise ValueError(f"In {who} model: {error}") from None

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Refuse outputs whose structure is not that of the losses."""
        super().validate_outputs(teacher_outputs, student_outputs)
        trees.assert_same_structure(self.loss, teacher_outputs)

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """The loss between features, a scalar."""
        return sum_of(self.loss, teacher_outputs, student_outputs)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        names = {"teacher_layer_name": self.teacher_layer_name, "student_layer_name": self.student_layer_name}
        return {"loss": registry.serialize_keras_object(self.loss), **names}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FeatureDistillation:
        """A loss of its config."""
        return cls(**{**config, "loss": _restored(config["loss"])})


def _restored(loss: Any) -> Any:
    if isinstance(loss, Mapping) and "class_name" not in loss:
        return {name: _restored(each) for name, each in loss.items()}
    if isinstance(loss, list | tuple):
        return [_restored(each) for each in loss]
    return loss if loss is None else losses.deserialize(loss)


for _class in (DistillationLoss, LogitsDistillation, FeatureDistillation):
    registry.register("model", _class)
