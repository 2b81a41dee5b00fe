"""DTypePolicyMap: a dtype policy for each of a model's layers, found by the layer's path."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from addax.core import context
from addax.formats.patterns import check_patterns
from addax.keras import dtype_policy, registry
from addax.keras.dtype_policy import Policy


class DTypePolicyMap(Policy, MutableMapping):
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
        self._policies = {key: dtype_policy.get(policy) for key, policy in (policy_map or {}).items()}

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

    def __getitem__(self, key: str) -> Policy:
        """The policy of a pattern, or of the only pattern that all of a path matches; the default one otherwise."""
        if key in self._policies:
            return self._policies[key]
        matching = [pattern for pattern in self._policies if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(f"DTypePolicyMap: the path {key!r} matches several patterns: {matching}.")
        return self._policies[matching[0]] if matching else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        if key in self._policies:
            raise ValueError(f"DTypePolicyMap: {key!r} is there already, with {self._policies[key]}.")
        self._policies[key] = dtype_policy.get(policy)

    def __delitem__(self, key: str) -> None:
        del self._policies[key]

    def __len__(self) -> int:
        return len(self._policies)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicyMap) and (self._given, self._policies) == (other._given, other._policies)

    def __hash__(self) -> int:
        return id(self)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, serialized."""
        write = registry.serialize_keras_object
        return {
            "default_policy": None if self._given is None else write(self._given),
            "policy_map": {key: write(policy) for key, policy in self._policies.items()},
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
        pairs = [(key, policy.name) for key, policy in self._policies.items()]
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, mapping={pairs}>"


registry.register("policy", DTypePolicyMap)


def settle(layer: Any) -> None:
    """Give a layer that has a map for its policy the map's policy for its path, which is known by now."""
    if isinstance(layer._policy, DTypePolicyMap):
        scopes = context.state.scopes
        path = scopes if scopes and scopes[-1] == layer.name else (*scopes, layer.name)
        layer._policy_map, layer._policy = layer._policy, layer._policy["/".join(path)]
