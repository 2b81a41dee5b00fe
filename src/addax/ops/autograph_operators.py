"""Hands AutoGraph's operators, and Python's builtins over tensors, over to the room below."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import autograph, context, convert
from addax.core.dtypes import float32, int32
from addax.core.sizes import SizesTensor, is_open
from addax.ops import arithmetic, casting, comparison, creation, printing, reductions, sorting
from addax.ops import autograph_conditional as conditional
from addax.ops import autograph_loops as loops
from addax.ops.autograph_rows import Rows, enumerate_, range_, tensor_range, zip_
from addax.ops.autograph_state import is_symbolic, on_mutation

_state = context.state


def _print(*objects: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False) -> None:
    """`print`; of symbolic tensors when the function runs."""
    if not any(is_symbolic(each) for each in objects):
        print(*objects, sep=sep, end=end, file=file, flush=flush)
        return
    printing.print_(
        *objects, output_stream=sys.stdout if file is None else file, sep=" " if sep is None else sep,
        end="\n" if end is None else end,
    )  # fmt: skip


def _number(kind: type, dtype: Any) -> Callable[..., Any]:
    def convert_number(*args: Any) -> Any:
        if len(args) == 1 and is_symbolic(args[0]):
            return casting.cast(args[0], dtype)
        return kind(*args)

    return convert_number


def _extreme(builtin: Callable[..., Any], pair: Callable[..., Any], reduce: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) == 1 and is_symbolic(args[0]) and args[0]._value.ndim == 1:
            return reduce(args[0])
        values = args if len(args) > 1 else list(args[0]) if isinstance(args[0], list | tuple) else []
        if not kwargs and values and any(is_symbolic(each) for each in values):
            return functools.reduce(pair, values)
        return builtin(*args, **kwargs)

    return extreme


def _quantified(
    builtin: Callable[..., Any], pair: Callable[..., Any], reduce: Callable[..., Any]
) -> Callable[..., Any]:
    def quantified(iterable: Any) -> Any:
        if is_symbolic(iterable) and iterable._value.ndim == 1:
            return reduce(casting.cast(iterable, "bool"))
        values = list(iterable)
        if not any(is_symbolic(each) for each in values):
            return builtin(values)
        return functools.reduce(pair, [casting.cast(convert.convert_to_tensor(each), "bool") for each in values])

    return quantified


def _sorted(iterable: Any, key: Any = None, reverse: bool = False) -> Any:
    """`sorted`; of a symbolic vector, `tf.sort`."""
    if is_symbolic(iterable) and iterable._value.ndim == 1 and key is None:
        return sorting.sort(iterable, direction="DESCENDING" if reverse else "ASCENDING")
    return sorted(iterable, key=key, reverse=reverse)


def _with_converted(builtin: Callable[..., Any]) -> Callable[..., Any]:
    def call(function: Any, *iterables: Any) -> Any:
        return builtin(function if function is None else autograph.converted(function), *iterables)

    return call


def _length(value: Any) -> Any:
    if isinstance(value, Rows):
        return value.count
    if is_symbolic(value) and value._value.ndim and is_open(value._value.shape[:1]):
        return SizesTensor(value._value.shape[0], np.int32)
    return len(value)


autograph.bind(
    {
        "if_stmt": conditional.if_stmt,
        "if_exp": conditional.if_exp,
        "and_": conditional.and_,
        "or_": conditional.or_,
        "not_": conditional.not_,
        "eq": conditional.eq,
        "not_eq": conditional.not_eq,
        "chain": conditional.chain,
        "assert_stmt": conditional.assert_stmt,
        "while_stmt": loops.while_stmt,
        "for_stmt": loops.for_stmt,
    },
    {
        print: _print,
        len: _length,
        range: range_,
        enumerate: enumerate_,
        zip: zip_,
        map: _with_converted(map),
        filter: _with_converted(filter),
        sorted: _sorted,
        int: _number(int, int32),
        float: _number(float, float32),
        bool: _number(bool, "bool"),
        min: _extreme(min, arithmetic.minimum, reductions.reduce_min),
        max: _extreme(max, arithmetic.maximum, reductions.reduce_max),
        any: _quantified(any, comparison.logical_or, reductions.reduce_any),
        all: _quantified(all, comparison.logical_and, reductions.reduce_all),
        creation.range: tensor_range,
    },
    on_mutation,
)
