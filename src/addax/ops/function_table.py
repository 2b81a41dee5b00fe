"""Functions of tensors by TensorFlow's names, for configs of layers that name one: a closed table, beyond the ops."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from addax.core import convert
from addax.ops import casting, table

_RANDOM = (
    "categorical", "gamma", "normal", "poisson", "shuffle", "stateless_categorical", "stateless_gamma",
    "stateless_normal", "stateless_truncated_normal", "stateless_uniform", "truncated_normal", "uniform",
)  # fmt: skip


@functools.cache
def functions() -> dict[str, Callable[..., Any]]:
    """What a config may name, without `tf.`: pure ops, and functions made of them.

    >>> from addax.ops import function_table
    >>> [name in function_table.functions() for name in ("math.add", "image.resize", "io.read_file")]
    [True, True, False]
    """
    # Modules that few programs need.
    from addax.ops import (
        bitwise,
        counting,
        debugging,
        fake_quantization,
        fourier,
        image_boxes,
        image_color,
        image_geometry,
        image_quality,
        image_random,
        image_resize,
        quantization,
        random,
        signal,
        unicode,
    )

    modules = {
        "bitwise.": (bitwise,), "quantization.": (fake_quantization, quantization), "signal.": (fourier, signal),
        "image.": (image_boxes, image_color, image_geometry, image_quality, image_random, image_resize),
        "strings.": (unicode,),
    }  # fmt: skip
    found: dict[str, Callable[..., Any]] = {}
    for prefix, module in ((prefix, module) for prefix, each in modules.items() for module in each):
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and inspect.unwrap(value).__module__ == module.__name__
            if own and not name.startswith("_") and table.is_pure(value, name):
                found[prefix + name] = value
    found.update((f"random.{name}", getattr(random, name)) for name in _RANDOM)
    found["convert_to_tensor"] = convert.convert_to_tensor
    found["debugging.check_numerics"] = debugging.check_numerics
    found["dtypes.complex"], found["dtypes.saturate_cast"] = casting.complex, casting.saturate_cast
    found["histogram_fixed_width"] = counting.histogram_fixed_width
    found["histogram_fixed_width_bins"] = counting.histogram_fixed_width_bins
    return {**found, **table.pure_ops()}


@functools.cache
def _names() -> dict[int, str]:
    return {id(function): name for name, function in functions().items()}


def name_of(function: Callable[..., Any]) -> str | None:
    """The name of a function in the table; None if it is not in there.

    >>> from addax.ops import bitwise, function_table
    >>> function_table.name_of(bitwise.invert)
    'bitwise.invert'
    """
    return _names().get(id(function))
