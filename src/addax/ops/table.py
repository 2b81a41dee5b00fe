"""All ops by the names under which TensorFlow's configs know them: `math.reduce_sum`, `nn.relu`, `concat`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from addax.ops import array, indexing, linalg, math, nn, string_numbers, strings

# Ops that stand in `ops.math` or `ops.nn` but are known by another name.
_ELSEWHERE = {
    "matmul": "linalg.matmul", "matvec": "linalg.matvec", "cross": "linalg.cross", "cast": "cast",
    "saturate_cast": "saturate_cast", "clip_by_value": "clip_by_value", "clip_by_norm": "clip_by_norm",
    "clip_by_global_norm": "clip_by_global_norm", "global_norm": "linalg.global_norm", "einsum": "einsum",
    "tensordot": "tensordot", "complex": "complex", "truncatediv": "truncatediv", "truncatemod": "truncatemod",
    "norm": "norm", "getitem": "__operators__.getitem", "strided_slice": "strided_slice", "top_k": "math.top_k",
}  # fmt: skip


_STRINGS = (
    "bytes_split", "join", "length", "lower", "ngrams", "reduce_join", "split", "strip", "substr", "upper",
)  # fmt: skip
_STRING_NUMBERS = ("as_string", "to_hash_bucket", "to_hash_bucket_fast", "to_hash_bucket_strong", "to_number")


@functools.cache
def public_ops() -> dict[str, Callable[..., Any]]:
    """Every op by its canonical name, without `tf.`.

    >>> from addax.ops import table
    >>> table.public_ops()["math.reduce_sum"].__name__
    'reduce_sum'
    """
    found: dict[str, Callable[..., Any]] = {}
    for prefix, module in (("math.", math), ("linalg.", linalg), ("nn.", nn), ("", array)):
        for name, function in vars(module).items():
            if name.startswith("_") or not callable(function) or isinstance(function, type):
                continue
            found.setdefault(_ELSEWHERE.get(name, prefix + name), function)
    found["__operators__.getitem"] = indexing.getitem
    found.update((f"strings.{name}", getattr(strings, name)) for name in _STRINGS)
    found.update((f"strings.{name}", getattr(string_numbers, name)) for name in _STRING_NUMBERS)
    return found


# Arguments by which an op reaches for files, functions or state outside of its tensors.
_OUTSIDE = frozenset(
    ("vocab_file", "filename", "filenames", "file_pattern", "pattern", "path", "prefix", "directory", "output_stream",
     "func", "fn", "function", "body", "cond", "resource", "shared_name")
)  # fmt: skip
_STATEFUL = frozenset(("nn.learned_unigram_candidate_sampler",))


def is_pure(function: Callable[..., Any], name: str = "") -> bool:
    """Whether an op has nothing but tensors and numbers to do with, so that a file may name it.

    >>> from addax.ops import table
    >>> [table.is_pure(table.public_ops()[name]) for name in ("math.add", "nn.fixed_unigram_candidate_sampler")]
    [True, False]
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    return name not in _STATEFUL and not _OUTSIDE.intersection(parameters)


@functools.cache
def pure_ops() -> dict[str, Callable[..., Any]]:
    """The ops that the configs of layers may name."""
    return {name: function for name, function in public_ops().items() if is_pure(function, name)}


@functools.cache
def _names() -> dict[int, str]:
    names: dict[int, str] = {}
    for name, function in public_ops().items():
        names.setdefault(id(function), name)
    return names


def canonical_name(function: Callable[..., Any], otherwise: str) -> str:
    """The name of an op in layer names and configs.

    Args:
        function: the public function.
        otherwise: the op's own name, for ops that stand behind a public function of another name.
    """
    known = _names().get(id(function))
    if known is not None:
        return known
    name = otherwise.split()[0].removeprefix("tf.")
    ops = public_ops()
    for candidate in (_ELSEWHERE.get(name, ""), f"math.{name}", f"linalg.{name}", f"nn.{name}"):
        if candidate in ops:
            return candidate
    return name
