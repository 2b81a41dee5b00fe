"""A plain tf.Module as a layer."""

from __future__ import annotations

from typing import Any

from addax.core.module import Module
from addax.keras.layers.base import Layer


class ModuleWrapper(Layer):
    """A layer that calls a `tf.Module`; a Sequential model wraps modules that are no layers.

    Args:
        module: a module that can be called, or has a method `call`.
        method_name: the method to call instead.
        **kwargs: see `Layer`.

    Raises:
        ValueError: the module has no such method.

    >>> import addax as tf
    >>> class Double(tf.Module):
    ...     def __call__(self, x):
    ...         return x * 2
    >>> model = tf.keras.Sequential([Double()])
    >>> model(tf.constant([[1.0]])).numpy().tolist(), model.layers[0].name.startswith("module_wrapper")
    ([[2.0]], True)
    """

    def __init__(self, module: Module, method_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if method_name is None:
            method_name = "__call__" if hasattr(module, "__call__") else "call"  # noqa: B004, as its own method is called
        if not hasattr(module, method_name):
            raise ValueError(f"ModuleWrapper: expected a module with a method {method_name!r}, received {module}.")
        self._module = module
        self._method_name = method_name

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the module's method gives."""
        return getattr(self._module, self._method_name)(*args, **kwargs)
