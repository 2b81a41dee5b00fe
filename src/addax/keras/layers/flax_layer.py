"""FlaxLayer: a Flax module as a layer. Flax is imported when one is made."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from addax.keras import registry
from addax.keras.layers import arguments
from addax.keras.layers.jax_layer import JaxLayer


def _split(variables: Any) -> tuple[Any, Any]:
    """(parameters, state) of a module's collections of variables."""
    if variables is None:
        return None, None
    params = {name: part for name, part in variables.items() if name == "params"}
    return params, {name: part for name, part in variables.items() if name != "params"}


class FlaxLayer(JaxLayer):
    """Calls a `flax.linen.Module`: its parameters are trained, its other collections are the layer's state.

    Args:
        module: the module; its `__call__` (or `method`) takes the inputs, and `training` if it has to know.
        method: another method of the module, by name or as a function of the module.
        variables: what `module.init` returned; by default it is called with the first inputs.
        **kwargs: as for `JaxLayer`.

    Raises:
        ImportError: Flax is not installed.

    Example:
        class Block(flax.linen.Module):
            @flax.linen.compact
            def __call__(self, inputs, training=False):
                x = flax.linen.Dense(32)(inputs)
                return flax.linen.Dropout(0.1)(x, deterministic=not training)

        model = keras.Sequential([keras.Input((8,)), keras.layers.FlaxLayer(Block()), keras.layers.Dense(1)])
    """

    def __init__(self, module: Any, method: Any = None, variables: Any = None, **kwargs: Any) -> None:
        self.module, self.method = module, method
        mutable = importlib.import_module("flax.linen").DenyList(["params"])
        called = getattr(module, method) if isinstance(method, str) else method or module.__call__
        told = "training" in inspect.signature(called).parameters
        params, state = _split(variables)
        made = {} if variables is not None else {"init_fn": self._initial(told)}
        super().__init__(self._applied(told, mutable), **made, params=params, state=state, **kwargs)

    def _applied(self, told: bool, mutable: Any) -> Callable[..., Any]:
        """The module's computation as a `call_fn`."""

        def apply(params: Any, state: Any, rng: Any, inputs: Any, **options: Any) -> Any:
            variables = {**(params or {}), **(state or {})}
            return self.module.apply(
                variables, inputs, rngs=rng, method=self.method, mutable=mutable, **options
            )  # fmt: skip

        if told:
            return lambda params, state, rng, inputs, training: apply(params, state, rng, inputs, training=training)
        return lambda params, state, rng, inputs: apply(params, state, rng, inputs)

    def _initial(self, told: bool) -> Callable[..., Any]:
        """The module's first variables as an `init_fn`."""

        def init(rng: Any, inputs: Any, **options: Any) -> Any:
            return _split(self.module.init(rng, inputs, method=self.method, **options))

        if told:
            return lambda rng, inputs, training: init(rng, inputs, training=training)
        return lambda rng, inputs: init(rng, inputs)

    def _keys_of_init(self) -> Any:
        return {"params": self.seed_generator.next()._value, "dropout": self.seed_generator.next()._value}

    def _keys_of_call(self, training: bool) -> Any:
        return {"dropout": self.seed_generator.next()} if training else {}

    def _config_of_functions(self) -> dict[str, Any]:
        method = self.method
        if getattr(method, "__self__", None) is self.module and self.module is not None:
            method = method.__name__
        write = registry.serialize_keras_object
        return {"module": write(self.module), "method": write(method)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FlaxLayer:
        """Make a layer from what `get_config` returned."""
        read = registry.deserialize_keras_object
        return cls(**{**config, "module": read(config["module"]), "method": read(config["method"])})


arguments.register(FlaxLayer)
