"""What XLA makes of a traced function, as text or bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from addax.core import errors
from addax.core.trace import Lifted

_STAGES: dict[str, Callable[[Any], str | bytes]] = {
    "hlo": lambda lowered: lowered.as_text("hlo"),
    "hlo_serialized": lambda lowered: lowered.compiler_ir("hlo").as_serialized_hlo_module_proto(),
    "stablehlo": lambda lowered: lowered.as_text("stablehlo"),
    "optimized_hlo": lambda lowered: lowered.compile().as_text(),
    "optimized_hlo_serialized": lambda lowered: _optimized(lowered).as_serialized_hlo_module_proto(),
}


def _optimized(lowered: Any) -> Any:
    return lowered.compile().runtime_executable().hlo_modules()[0]


def text_of(lifted: Lifted, stage: str) -> str | bytes:
    """The program of a traced function at a stage of XLA's work.

    Args:
        lifted: the traced function; its variables come before its arguments.
        stage: "hlo", "stablehlo" or "optimized_hlo" (text), "hlo_serialized" or "optimized_hlo_serialized" (bytes of a
            module).

    Raises:
        ValueError: another stage.
    """
    if stage not in _STAGES:
        raise ValueError(
            errors.message("experimental_get_compiler_ir", expected=f"a stage of {sorted(_STAGES)}", received=stage)
        )
    specs = [jax.ShapeDtypeStruct(aval.shape, aval.dtype) for aval in lifted.closed.in_avals]
    count = len(lifted.variables)
    return _STAGES[stage](jax.jit(lifted.pure).lower(specs[:count], specs[count:]))
