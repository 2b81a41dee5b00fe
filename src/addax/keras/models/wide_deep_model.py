"""WideDeepModel: a linear model and a deep one, trained together."""

from __future__ import annotations

from typing import Any

from addax.core import trees
from addax.core.tape import GradientTape
from addax.keras import activations, optimizers, registry
from addax.keras.models.model import Model
from addax.keras.training.data import unpack
from addax.ops import arithmetic


class WideDeepModel(Model):
    """activation(linear_model(inputs) + dnn_model(inputs)), or each with its own of a pair of inputs.

    Args:
        linear_model: the wide part, most often a `LinearModel`.
        dnn_model: the deep part.
        activation: a function, or the name of one; None for the identity.
        **kwargs: as for every `Model`.

    `compile` also takes a pair of optimizers: one for each part.

    Source: Cheng et al. 2016, https://arxiv.org/abs/1606.07792.

    >>> import addax as tf
    >>> linear = tf.keras.experimental.LinearModel(kernel_initializer="ones")
    >>> deep = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
    >>> tf.keras.experimental.WideDeepModel(linear, deep)(tf.ones((1, 3))).numpy().tolist()
    [[6.0]]
    """

    _serialized_as = ("keras.experimental", None)  # what files of Keras say

    def __init__(self, linear_model: Any, dnn_model: Any, activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.linear_model = linear_model
        self.dnn_model = dnn_model
        self.activation = activations.get(activation)

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, *args: Any, **kwargs: Any) -> None:
        """As for every model; `optimizer` may be a pair, the first one of the linear model.

        Raises:
            ValueError: a list of another length.
        """
        if not isinstance(optimizer, list | tuple):
            super().compile(optimizer, loss, *args, **kwargs)
            return
        if len(optimizer) != 2:
            raise ValueError(
                f"WideDeepModel.compile: expected one optimizer, or two: (linear, dnn). Received: {len(optimizer)}."
            )
        pair = [optimizers.get(each) for each in optimizer]
        super().compile(pair[0], loss, *args, **kwargs)
        self._compile_arguments["optimizer"] = pair
        self.optimizer = pair

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The activation of both parts' sum."""
        pair = isinstance(inputs, list | tuple) and len(inputs) == 2
        wide, deep = inputs if pair else (inputs, inputs)
        outputs = trees.map_structure(arithmetic.add, self.linear_model(wide), self.dnn_model(deep, training=training))
        return outputs if self.activation is None else trees.map_structure(self.activation, outputs)

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step, in which each part is updated by its own optimizer if there are two."""
        if not isinstance(self.optimizer, list | tuple):
            return super().train_step(data)
        x, y, sample_weight = unpack(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight)
        self._validate_target_and_loss(y, loss)
        parts = [self.linear_model.trainable_variables, self.dnn_model.trainable_variables]
        gradients = tape.gradient(loss, parts)
        for optimizer, found, variables in zip(self.optimizer, gradients, parts, strict=True):
            optimizer.apply_gradients(list(zip(found, variables, strict=True)))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype,
            "linear_model": registry.serialize_keras_object(self.linear_model),
            "dnn_model": registry.serialize_keras_object(self.dnn_model),
            "activation": activations.serialize(self.activation),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> WideDeepModel:
        """A model of its config."""
        given = dict(config)
        for key in ("linear_model", "dnn_model"):
            given[key] = registry.deserialize_keras_object(given[key], custom_objects)
        return cls(**given)


registry.register("layer", WideDeepModel)
