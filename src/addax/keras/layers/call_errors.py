"""What errors of a layer's call say: which layer, and what it was given."""

from __future__ import annotations

from typing import Any

from addax.core import convert, errors, trees
from addax.core.failures import of_host


def of_none(error: Exception, path: str, args: Any) -> Exception:
    """What to raise for an error that a None among the inputs led to; other errors stay as they are."""
    if "'NoneType'" not in str(error) or not args or all(leaf is not None for leaf in trees.flatten(args[0])):
        return error
    refused = TypeError(
        f"Inputs to a layer should be tensors. Received: None.\n"
        f"  To do: check the function or layer that made it: does it return its result?\n  In layer '{path}'."
    )
    refused._addax_layer = path  # type: ignore[attr-defined]
    return refused


def of_own(error: Exception, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception:
    """What to raise for an error of a kind that layers do not raise; those of users raise what they like."""
    call = type(layer).call
    if not str(call.__module__).startswith("addax."):
        return error
    return of_host(error, f"tf.keras.layers.{type(layer).__name__}", call, args, kwargs)  # type: ignore[return-value]


def add_path(error: Exception, path: str, args: Any, inferring: int) -> None:
    """Say once, at the end of the message, which layer raised and what it was given.

    While shapes are inferred, sizes stand for unknown ones: the arguments are those of the symbolic call around.
    """
    if getattr(error, "_addax_layer", None) is not None or not error.args:
        return
    inner = error.__dict__.setdefault("_addax_inner", path)
    if inferring:
        return
    received = ", ".join(errors.describe(leaf) for leaf in trees.flatten(args) if convert.is_tensor(leaf))
    whose = "" if inner == path else f" of '{path}'"
    note = f"\n  In layer '{inner}' (call arguments{whose}: {received})."
    error._addax_layer = path  # type: ignore[attr-defined]
    if isinstance(error, errors.OpError):
        error._message = error.message + note
    if isinstance(error.args[-1], str):
        error.args = (*error.args[:-1], error.args[-1] + note)
