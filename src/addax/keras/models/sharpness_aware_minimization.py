"""Training towards flat minima: the gradients of a step are taken where the loss nearby is highest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.core import trees
from addax.core.tape import GradientTape
from addax.keras import layers, registry
from addax.keras.data_tuples import unpack_x_y_sample_weight
from addax.keras.models.model import Model
from addax.ops import joining
from addax.ops.matrix_functions import norm
from addax.ops.sums import add_n


@registry.register_keras_serializable()
class SharpnessAwareMinimization(Model):
    """A model that trains another one by sharpness-aware minimization.

    In each step the weights move by `rho` along their gradients, as one vector of that length; the gradients found
    there are applied to the weights where they were.

    Args:
        model: the model to train.
        rho: how far to move.
        num_batch_splits: parts of equal size that a batch is split into, each with a move of its own; their gradients
            are added. None does not split.
        name: of this model.

    Source: Foret et al. 2020, https://arxiv.org/abs/2010.01412.

    >>> import numpy as np, addax as tf
    >>> inner = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones", input_shape=(1,))])
    >>> model = tf.keras.models.experimental.SharpnessAwareMinimization(inner, rho=0.5)
    >>> model.compile(tf.keras.optimizers.SGD(0.25), "mse")
    >>> _ = model.fit(np.ones((1, 1)), np.zeros((1, 1)), verbose=0)
    >>> [round(float(weight.sum()), 3) for weight in inner.get_weights()]
    [0.146, -0.854]
    """

    def __init__(
        self, model: Any, rho: float = 0.05, num_batch_splits: int | None = None, name: str | None = None
    ) -> None:
        super().__init__(name=name)
        self.model = model
        self.rho = rho
        self.num_batch_splits = num_batch_splits

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The outputs of the inner model."""
        given = {"training": training, "mask": mask}
        return self.model(inputs, **{name: value for name, value in given.items() if value is not None})

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step; the loss that is reported is the mean of both places.

        Args:
            data: (x, y, sample_weight), the last ones optional.

        Returns:
            The metrics' results by name.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        sums: list[Any] | None = None
        predictions = []
        for part in self._parts((x, y, sample_weight)):
            prediction, gradients = self._gradients_nearby(*part)
            predictions.append(prediction)
            sums = gradients if sums is None else [_sum(*pair) for pair in zip(sums, gradients, strict=True)]
        self.optimizer.apply_gradients(list(zip(sums or [], self.model.trainable_variables, strict=True)))
        whole = predictions[0]
        if len(predictions) > 1:
            whole = trees.map_structure(lambda *rows: joining.concat(list(rows), axis=0), *predictions)
        return self.compute_metrics(x, y, whole, sample_weight)

    def _parts(self, data: Any) -> list[Any]:
        count = self.num_batch_splits
        if count is None:
            return [data]
        split = [None if leaf is None else joining.split(leaf, count) for leaf in trees.flatten(data)]
        return [trees.pack(data, [None if leaf is None else leaf[number] for leaf in split]) for number in range(count)]

    def _gradients_nearby(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, list[Any]]:
        """The predictions of the weights as they are, and the gradients at the place where the loss is highest."""
        variables = self.model.trainable_variables
        with GradientTape() as tape:
            prediction = self(x)
            loss = self.compiled_loss(y, prediction, sample_weight)  # type: ignore[misc]
        gradients = tape.gradient(loss, variables)
        lengths = [norm(gradient) for gradient in gradients if gradient is not None]
        scale = self.rho / (norm(joining.stack(lengths)) + 1e-12)
        moves = [None if gradient is None else gradient * scale for gradient in gradients]
        for variable, move in zip(variables, moves, strict=True):
            if move is not None:
                variable.assign_add(move)
        with GradientTape() as tape:
            loss = self.compiled_loss(y, self(x, training=True), sample_weight)  # type: ignore[misc]
        gradients = tape.gradient(loss, variables)
        for variable, move in zip(variables, moves, strict=True):
            if move is not None:
                variable.assign_sub(move)
        return prediction, gradients

    def get_config(self) -> dict[str, Any]:
        """The inner model, `rho` and `num_batch_splits`."""
        return {
            **super().get_config(), "model": registry.serialize_keras_object(self.model), "rho": self.rho,
            "num_batch_splits": self.num_batch_splits,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A model of a config."""
        made = dict(config)
        if isinstance(made["model"], Mapping):
            made["model"] = layers.deserialize(made["model"], custom_objects=custom_objects)
        return cls(**{name: made[name] for name in ("model", "rho", "num_batch_splits", "name") if name in made})


def _sum(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one if other is None else other
    return add_n([one, other])
