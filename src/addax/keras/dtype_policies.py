"""`keras.dtype_policies`: the policies of layers, under the names of Keras 3."""

from __future__ import annotations

from typing import Any

from addax.core.names import missing_name
from addax.keras import dtype_policy as policies
from addax.keras import registry
from addax.keras.dtype_policy import Policy as DTypePolicy
from addax.keras.dtype_policy import get as get
from addax.keras.dtype_policy_map import DTypePolicyMap as DTypePolicyMap

FloatDTypePolicy = DTypePolicy


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """A policy's description, for `deserialize`.

    >>> from addax import keras
    >>> keras.dtype_policies.serialize(keras.dtype_policies.DTypePolicy("mixed_float16"))["config"]
    {'name': 'mixed_float16'}
    """
    return registry.serialize_keras_object(dtype_policy)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> DTypePolicy:
    """A policy from its description.

    >>> from addax import keras
    >>> policies = keras.dtype_policies
    >>> policies.deserialize(policies.serialize(policies.DTypePolicy("mixed_bfloat16"))).compute_dtype
    'bfloat16'
    """
    if not custom_objects:
        return policies.get(config)
    with registry.CustomObjectScope(custom_objects):
        return policies.get(config)


__getattr__ = missing_name(__name__, globals())
