"""Lambdas in saved models: Python bytecode, which is written as Keras does and read with safe_mode=False only."""

from __future__ import annotations

import base64
import sys
from types import CodeType, FunctionType
from typing import Any

from addax.keras import registry, serialization


def dump(function: FunctionType) -> list[Any]:
    """[bytecode in base 64, default values, values of the closure]."""
    import marshal  # the only form that Keras has for lambdas

    code = base64.b64encode(marshal.dumps(function.__code__)).decode("ascii")
    closure = tuple(cell.cell_contents for cell in function.__closure__) if function.__closure__ else None
    return [code, function.__defaults__, closure]


def load(value: Any, globs: dict[str, Any] | None = None) -> FunctionType:
    """The function that `dump` described. This makes code from a file runnable: the caller must have said so.

    Raises:
        ValueError: in safe mode, or not what `dump` writes.
    """
    if registry.in_safe_mode():
        raise ValueError(
            "The model holds a lambda, which is Python bytecode: loading it could run any code. If you trust the file, "
            "pass `safe_mode=False` to the loading function."
        )
    import marshal  # as above

    code, defaults, closure = value if isinstance(value, list | tuple) else (value, None, None)
    try:
        made = marshal.loads(base64.b64decode(code, validate=False))
    except (ValueError, EOFError, TypeError) as error:
        raise ValueError(
            f"The bytecode of a lambda cannot be read ({error}); it may come from another version of Python."
        ) from None
    if not isinstance(made, CodeType):
        raise ValueError(f"The bytecode of a lambda cannot be read: it holds {type(made).__name__}.")
    cells = tuple((lambda x: lambda: x)(each).__closure__[0] for each in closure) if closure else None  # type: ignore[index]
    return FunctionType(made, _names() if globs is None else globs, name=made.co_name,
                        argdefs=tuple(defaults) if defaults else None, closure=cells)  # fmt: skip


def _names() -> dict[str, Any]:
    """What a loaded lambda sees: the names under which programs know TensorFlow and NumPy."""
    known = {"tf": "addax", "keras": "addax.keras", "K": "addax.keras.backend", "np": "numpy", "numpy": "numpy"}
    return {name: sys.modules[module] for name, module in known.items() if module in sys.modules}


serialization.lambda_writer = dump
serialization.lambda_reader = load
