"""What tf.function's options may be."""

from __future__ import annotations

from typing import Any

from addax.core import trees
from addax.core.spec import TypeSpec

_ATTRIBUTES = frozenset(
    (
        "_disable_acd _implements _noinline _OutputsOnOpDevice _tf_data_function api_implements api_preferred_device "
        "disable_summaries_at_runtime experimental_ints_on_device function_runs_at_most_once go_backwards "
        "runtime_constant_optimization time_major"
    ).split()
)  # of TensorFlow's functions


def check_options(input_signature: Any, attributes: Any) -> None:
    """Refuse signatures and attributes that TensorFlow does not know.

    Raises:
        TypeError: something else than specs in `input_signature`.
        ValueError: an unknown attribute.
    """
    strange = [each for each in trees.flatten(input_signature) if each is not None and not isinstance(each, TypeSpec)]
    if strange:
        raise TypeError(
            "tf.function: input_signature must be a possibly nested sequence of TensorSpec objects, received "
            f"{strange!r:.120} in it."
        )
    unknown = sorted(set(attributes or ()) - _ATTRIBUTES)
    if unknown:
        raise ValueError(
            f"tf.function: {unknown[0]!r} is not supported as an attribute. Known are {sorted(_ATTRIBUTES)}."
        )
