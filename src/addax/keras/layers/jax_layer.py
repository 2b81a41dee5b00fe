"""JaxLayer: a function written in JAX as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from addax.core import convert
from addax.core.shapes import TensorShape
from addax.keras import graph, registry
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.random import SeedGenerator
from addax.ops import creation
from addax.ops.jax_functions import JaxFunction, as_arrays, flatten

_KNOWN = ("params", "state", "rng", "inputs", "training")


class JaxLayer(Layer):
    """Calls a pure function over JAX arrays, with its parameters and state as weights.

    Args:
        call_fn: returns the outputs, or (outputs, new state) if it takes `state`. Its arguments are any of `params`,
            `state`, `rng` (a key of `jax.random`), `inputs` and `training`, by these names; `inputs` is needed.
        init_fn: returns the parameters, or (parameters, state) if `call_fn` takes `state`; its arguments are any of
            `rng`, `inputs` (zeros like the first inputs) and `training`.
        params: instead of `init_fn`, the parameters: arrays in a structure that JAX knows.
        state: the same for the state, which training does not change.
        seed: of the keys.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: arguments of `call_fn` that are not among these, or nothing to take its parameters from.

    >>> import addax as tf
    >>> layer = tf.keras.layers.JaxLayer(lambda params, inputs: inputs @ params["w"], params={"w": [[2.0], [3.0]]})
    >>> layer(tf.ones((1, 2))).numpy(), [weight.shape for weight in layer.trainable_weights]
    (array([[5.]], dtype=float32), [TensorShape([2, 1])])
    """

    def __init__(
        self, call_fn: Callable[..., Any], init_fn: Callable[..., Any] | None = None, params: Any = None,
        state: Any = None, seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self._names = _arguments(call_fn)
        if init_fn is None and params is None and state is None and {"params", "state"} & set(self._names):
            raise ValueError(
                "JaxLayer: `init_fn`, `params` and `state` cannot all be None when `call_fn` takes params or state."
            )
        self.call_fn, self.init_fn, self.seed = call_fn, init_fn, seed
        self.seed_generator = SeedGenerator(seed)
        self._function = JaxFunction(self._by_name, type(self).__name__)
        self._parts: dict[str, tuple[list[Any], Callable[[list[Any]], Any]]] = {}
        if init_fn is None:
            self._add("params", params, True)
            self._add("state", state, False)

    def _config_of_functions(self) -> dict[str, Any]:
        write = registry.serialize_keras_object
        return {
            "call_fn": write(self.call_fn), "init_fn": None if self.init_fn is None else write(self.init_fn),
        }  # fmt: skip

    def _by_name(self, given: dict[str, Any], training: bool) -> Any:
        values = {**given, "training": training}
        return self.call_fn(**{name: values[name] for name in self._names})

    def _add(self, what: str, values: Any, trainable: bool) -> None:
        """Make weights of a structure of values."""
        if values is None:
            return
        leaves, rebuild = flatten(_numbers(values))
        variables = []
        for value in leaves:
            value = convert.convert_to_tensor(value)
            trained = trainable and value.dtype.is_floating
            variable = self.add_weight(what, tuple(value.shape), value.dtype, initializer="zeros", trainable=trained)
            variable.assign(value)
            variables.append(variable)
        self._parts[what] = (variables, rebuild)

    @property
    def params(self) -> Any:
        """The parameters: variables in the structure of `call_fn`'s."""
        return self._part("params")

    @property
    def state(self) -> Any:
        """The state, the same way."""
        return self._part("state")

    def _part(self, what: str) -> Any:
        variables, rebuild = self._parts.get(what, ([], lambda none: None))
        return rebuild(variables)

    def build(self, input_shape: Any) -> None:
        """Make the weights that `init_fn` gives for inputs of this shape."""
        if self.init_fn is not None and not self._parts:
            names = _arguments(self.init_fn, ("rng", "inputs", "training"), "init_fn", ())
            dtype = self.compute_dtype or "float32"
            values = {"training": True}
            if "rng" in names:
                values["rng"] = self._keys_of_init()
            if "inputs" in names:
                values["inputs"] = graph.map_leaves(
                    lambda shape: creation.zeros([size or 1 for size in shape.as_list()], dtype)._value,
                    _as_shapes(input_shape),
                )
            made = self.init_fn(**{name: values[name] for name in names})
            params, state = made if "state" in self._names else (made, None)
            self._add("params", params, True)
            self._add("state", state, False)
        super().build(input_shape)

    def _keys_of_init(self) -> Any:
        """What `init_fn` gets as `rng`."""
        return self.seed_generator.next()._value

    def _keys_of_call(self, training: bool) -> Any:
        """What `call_fn` gets as `rng`."""
        return self.seed_generator.next()

    def call(self, inputs: Any, training: Any = False) -> Any:
        """What the function returns; its new state is kept."""
        given: dict[str, Any] = {"inputs": inputs}
        for what in ("params", "state"):
            if what in self._names:
                given[what] = self._part(what)
        if "rng" in self._names:
            given["rng"] = self._keys_of_call(bool(training))
        result = self._function(given, training=bool(training))
        if "state" not in self._names:
            return result
        outputs, state = result
        for variable, value in zip(self._parts["state"][0], flatten(state)[0], strict=True):
            variable.assign(value)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs; functions are found by their registered names."""
        return {**super().get_config(), **self._config_of_functions(), "seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> JaxLayer:
        """Make a layer from what `get_config` returned."""
        read = registry.deserialize_keras_object
        functions = {name: read(config[name]) for name in ("call_fn", "init_fn") if config.get(name) is not None}
        return cls(**{**config, **functions})


def _numbers(values: Any) -> Any:
    """Values of parameters as arrays; plain lists of numbers are one array."""
    if isinstance(values, list) and values and isinstance(values[0], int | float | list):
        return convert.convert_to_tensor(values).numpy()
    if isinstance(values, dict):
        return type(values)((name, _numbers(part)) for name, part in values.items())
    return as_arrays(values)


def _as_shapes(shape: Any) -> Any:
    """Shapes that are tuples of sizes as TensorShapes, in their structure."""
    if isinstance(shape, TensorShape):
        return shape
    if isinstance(shape, dict):
        return {name: _as_shapes(part) for name, part in shape.items()}
    if all(size is None or isinstance(size, int) for size in shape):
        return TensorShape(shape)
    return [_as_shapes(part) for part in shape]


def _arguments(
    function: Callable[..., Any], known: tuple[str, ...] = _KNOWN, who: str = "call_fn",
    needed: tuple[str, ...] = ("inputs",),
) -> list[str]:  # fmt: skip
    names = list(inspect.signature(function).parameters)
    for name in names:
        if name not in known:
            raise ValueError(f"JaxLayer: {who} takes {name!r}; its arguments can be {', '.join(known)}.")
    for name in needed:
        if name not in names:
            raise ValueError(f"JaxLayer: {who} has to take {name!r}; it takes {names}.")
    return names


arguments.register(JaxLayer)
