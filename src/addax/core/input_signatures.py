"""Arguments as the `input_signature` of a `tf.function` declares them."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors, trees
from addax.core.extension_type import ExtensionTypeSpec
from addax.core.spec import TensorSpec


def fitted(who: str, spec: Any, arg: Any) -> Any:
    """An argument with tensors where its spec says so.

    Args:
        who: the function, for messages.
        spec: the declared spec, or a structure of them.
        arg: what was given.

    Raises:
        TypeError: it does not fit.
    """
    if isinstance(spec, TensorSpec):
        return _tensor(who, spec, arg)
    if isinstance(spec, ExtensionTypeSpec) and not spec.is_compatible_with(arg):
        raise TypeError(errors.message(who, expected=f"{spec} by its input_signature", received=f"{arg!r:.200}"))
    if isinstance(spec, list | tuple | dict):
        like = dict if isinstance(spec, dict) else list | tuple
        if not isinstance(arg, like) or len(arg) != len(spec) or (like is dict and arg.keys() != spec.keys()):
            raise TypeError(
                errors.message(
                    who,
                    expected=f"an argument in the structure of its input_signature, {spec}",
                    received=f"{arg!r:.200}",
                )
            )
    if isinstance(spec, list | tuple):
        made = [fitted(who, s, a) for s, a in zip(spec, arg, strict=True)]
        return type(spec)(*made) if hasattr(spec, "_fields") else type(spec)(made)
    if isinstance(spec, dict):
        return {key: fitted(who, spec[key], arg[key]) for key in spec}
    return arg


def _tensor(who: str, spec: TensorSpec, arg: Any) -> Any:
    try:
        tensor = convert.convert_to_tensor(arg, spec.dtype)
    except (ValueError, TypeError):
        tensor = None
    if tensor is None or not tensor.shape.is_compatible_with(spec.shape):
        raise TypeError(
            errors.message(
                who,
                expected=f"{spec} by its input_signature",
                received=errors.describe(arg),
                hint="cast or reshape the argument, or loosen the input_signature (None for a free dimension)",
            )
        )
    return tensor


def sample_of(leaf: Any) -> Any:
    """A tensor of zeros for a spec; anything else as it is."""
    if isinstance(leaf, ExtensionTypeSpec):
        parts = trees.flatten(leaf._component_specs, expand_composites=True)
        if any(not part.shape.is_fully_defined() for part in parts):
            raise ValueError(
                errors.message(
                    "get_concrete_function", expected="an extension type's spec whose shapes are known", received=leaf
                )
            )
        return trees.map_structure(sample_of, leaf, expand_composites=True)
    if isinstance(leaf, TensorSpec):
        made = convert.convert_to_tensor(np.zeros(leaf.shape.as_list(), leaf.dtype.np))
        if leaf.name:
            made._name = leaf.name
        return made
    return leaf
