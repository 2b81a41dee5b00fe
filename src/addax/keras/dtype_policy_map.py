"""DTypePolicyMap: a dtype policy for each of a model's layers, found by the layer's path."""

from __future__ import annotations

from typing import Any

from addax.core import context
from addax.formats.patterns import check_patterns
from addax.keras import dtype_policy, registry
from addax.keras.dtype_policy import Policy
from addax.keras.path_patterns import PathPatterns


class DTypePolicyMap(Policy, PathPatterns):
    """Policies of layers by patterns of their paths ("encoder/dense"); given to a layer as its `dtype`.

    A layer takes its own when its weights are made, and hands the map on to the layers that it makes with
    `dtype=self.dtype_policy`.

    Args:
        default_policy: of layers whose path no pattern matches; by default the global one.
        policy_map: {pattern: policy}.

    Raises:
        ValueError: a pattern that is there already, or, looking a path up, several that match it.

    >>> from addax import keras
    >>> policies = keras.dtype_policies.DTypePolicyMap()
    >>> policies["encoder/.*"] = keras.dtype_policies.DTypePolicy("mixed_bfloat16")
    >>> policies["encoder/dense"].compute_dtype, policies["decoder/dense"].compute_dtype
    ('bfloat16', 'float32')
    """

    _serialized_as = ("keras.dtype_policies", "DTypePolicyMap")

    def __init__(self, default_policy: Any = None, policy_map: dict[str, Any] | None = None) -> None:
        self._given = None if default_policy is None else dtype_policy.get(default_policy)
        self._found = {key: dtype_policy.get(policy) for key, policy in (policy_map or {}).items()}

    @property
    def default_policy(self) -> Policy:
        """The policy of layers that no pattern names."""
        return dtype_policy.global_policy() if self._given is None else self._given

    @property
    def name(self) -> str:
        """The default policy's name behind "map_"."""
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self) -> str | None:
        """The default policy's."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str | None:
        """The default policy's."""
        return self.default_policy.variable_dtype

    def _value(self, given: Any) -> Policy:
        return dtype_policy.get(given)

    def _otherwise(self) -> Policy:
        return self.default_policy

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicyMap) and (self._given, self._found) == (other._given, other._found)

    def __hash__(self) -> int:
        return id(self)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, serialized."""
        write = registry.serialize_keras_object
        return {
            "default_policy": None if self._given is None else write(self._given),
            "policy_map": {key: write(policy) for key, policy in self._found.items()},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> DTypePolicyMap:
        """A map from what `get_config` returned.

        Raises:
            ValueError: a pattern whose search may take for ever; files say what they like.
        """
        policies = config.get("policy_map") or {}
        check_patterns(policies, "DTypePolicyMap", "policy_map")
        return cls(config.get("default_policy"), policies)

    def __repr__(self) -> str:
        pairs = [(key, policy.name) for key, policy in self._found.items()]
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, mapping={pairs}>"


registry.register("policy", DTypePolicyMap)


def settle(layer: Any) -> None:
    """Give a layer that has a map for its policy the map's policy for its path, which is known by now."""
    if isinstance(layer._policy, DTypePolicyMap):
        scopes = context.state.scopes
        path = scopes if scopes and scopes[-1] == layer.name else (*scopes, layer.name)
        layer._policy_map, layer._policy = layer._policy, layer._policy["/".join(path)]
