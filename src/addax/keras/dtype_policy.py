"""Dtype policies: which dtype a layer computes in, and which its variables have."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.keras import config as settings
from addax.keras import registry

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}


class Policy:
    """The dtypes of a layer.

    Args:
        name: the name of a dtype ("float32": computations and variables have it), "mixed_float16" or
            "mixed_bfloat16" (computations in 16 bits, variables in float32).

    Raises:
        TypeError: `name` is not a string.
        ValueError: an unknown name.

    >>> import addax as tf
    >>> policy = tf.keras.mixed_precision.Policy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    quantization_mode: str | None = None  # Keras 3's: there is no quantization

    def __init__(self, name: str) -> None:
        if isinstance(name, dtypes.DType):
            raise TypeError(
                f"'name' must be a string, not a DType. Instead, pass DType.name. Received: name={name.name}"
            )
        if not isinstance(name, str):
            raise TypeError(f"'name' must be a string, but got: {name}")
        self._name = name
        if name in _MIXED:
            self._compute_dtype: str | None = _MIXED[name]
            self._variable_dtype: str | None = "float32"
        elif name == "_infer":  # the dtype of the first input, as layers of TensorFlow 1 took it
            self._compute_dtype = self._variable_dtype = None
        else:
            self._compute_dtype = self._variable_dtype = _dtype_name(name)

    @property
    def name(self) -> str:
        """The name the policy was made with."""
        return self._name

    @property
    def compute_dtype(self) -> str | None:
        """The name of the dtype that layers compute in and cast their inputs to."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str | None:
        """The name of the dtype of the weights."""
        return self._variable_dtype

    def get_config(self) -> dict[str, Any]:
        """The name, for `from_config`."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Policy:
        """A policy from what `get_config` returned."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self._name == other._name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f'<Policy "{self._name}">'


def _dtype_name(name: str) -> str:
    try:
        return dtypes.as_dtype(name).name
    except TypeError:
        raise ValueError(
            f"Cannot convert value {name} to a mixed precision Policy. Valid policies include 'mixed_float16', "
            f"'mixed_bfloat16', and the name of any dtype such as 'float32'."
        ) from None


registry.register("policy", Policy, "DTypePolicy")

_global_policy: Policy | None = None


def global_policy() -> Policy:
    """The policy of layers that are given no dtype.

    Returns:
        What `set_global_policy` set, otherwise the policy of `floatx()`.

    >>> import addax as tf
    >>> tf.keras.mixed_precision.global_policy()
    <Policy "float32">
    """
    return _global_policy if _global_policy is not None else Policy(settings.floatx())


def set_global_policy(policy: Any) -> None:
    """Set the policy of layers that are given no dtype.

    Args:
        policy: a `Policy`, the name of one, or None for the policy of `floatx()`.

    Raises:
        ValueError: a policy that does not compute in floats.

    >>> import addax as tf
    >>> tf.keras.mixed_precision.set_global_policy("mixed_float16")
    >>> tf.keras.mixed_precision.set_global_policy(None)
    """
    global _global_policy
    made = None if policy is None else Policy(policy) if isinstance(policy, str) else get(policy)
    if made is not None and (made.compute_dtype is None or not dtypes.as_dtype(made.compute_dtype).is_floating):
        raise ValueError(
            "set_global_policy can only be used to set the global policy to floating-point policies, such as "
            f'"float32" and "mixed_float16", but got policy: {made.name}'
        )
    _global_policy = made


def get(identifier: Any) -> Policy:
    """A policy from a policy, a name, a dtype, a configuration, or None (the global one).

    >>> from addax.keras import dtype_policy
    >>> dtype_policy.get("float64").compute_dtype
    'float64'
    """
    if identifier is None:
        return global_policy()
    if isinstance(identifier, Policy):
        return identifier
    if isinstance(identifier, dict):
        found = registry.deserialize_keras_object(identifier, kinds=("policy",))
        if isinstance(found, Policy):
            return found
        raise ValueError(f"Could not interpret dtype policy: {identifier!r}")
    if isinstance(identifier, str):
        if identifier not in _MIXED:
            dtypes.as_dtype(identifier)  # its TypeError names the nearest dtype
        return Policy(identifier)
    return Policy(dtypes.as_dtype(identifier).name)


def serialize(policy: Policy) -> Any:
    """What a layer's configuration keeps of its policy: the name where it is a dtype's, otherwise all of it."""
    plain = type(policy) is Policy and policy.name not in _MIXED
    return policy.name if plain else registry.serialize_keras_object(policy)
