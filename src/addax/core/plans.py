"""What an op is to those who run it: its function, and a compiled plan for each combination of static arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from addax.core import derived_links, dtypes, errors, program_memory, whole_numbers
from addax.core.compiler_options import op_program
from addax.core.failures import RefusedDtypeError, UnfitError
from addax.core.linearization import pull_back
from addax.core.refused_dtypes import REFUSED
from addax.core.result_sizes import possible
from addax.core.static_arguments import hashable
from addax.core.tensor import Tensor
from addax.core.zero_links import with_zeros

__all__ = ["Op", "Plan"]

program_memory.bound()

# Ops of one result that TensorFlow's second derivatives are zero of, and not None.
_ZERO_TWICE = frozenset(("nn.relu", "nn.relu6", "nn.leaky_relu", "nn.crelu", "nn.max_pool"))

_KIND_WORDS = {"f": "floating", "i": "signed integer", "u": "unsigned integer", "c": "complex", "b": "bool"}


class Plan:
    """An op with its static arguments: the body, compiled forward, and compiled pullbacks."""

    __slots__ = (
        "_pullbacks",
        "body",
        "convolves",
        "curved",
        "custom",
        "derived",
        "links",
        "name",
        "row_pullbacks",
        "rows",
        "run",
    )

    def __init__(
        self, name: str, body: Callable[..., Any], run: Callable[..., Any] | None = None, convolves: bool = False
    ) -> None:
        self.name = name
        self.body = body
        self.convolves = convolves  # whether there are convolutions in it, which are compiled in a way of their own
        self.run = run or op_program(body, convolves)
        self.custom: Callable[..., Any] | None = None  # a gradient function of the user's (tf.custom_gradient)
        self.rows: Callable[..., Any] | None = None  # the rule of row_gradients, where it has one
        self.row_pullbacks: dict[bool, Plan] = {}
        # Which input leaves (bits of a number) each output leaf depends on; None: on all of them.
        self.links: tuple[int, ...] | None = None
        self.derived: Callable[[Any], tuple[int, ...] | None] | None = None  # finds the links of a derivative
        self.curved: int | None = None  # which input leaves the derivative of a tf.function depends on, where known
        self._pullbacks: dict[tuple[bool, ...], Plan] = {}

    def pullback(self, mask: tuple[bool, ...]) -> Plan:
        """A plan of (cotangents, *values) -> cotangents of the leaves where `mask` is true."""
        plan = self._pullbacks.get(mask)
        if plan is None:
            plan = Plan(f"gradient of {self.name}", functools.partial(pull_back, self.body, mask), None, self.convolves)
            if self.curved is not None:
                plan.derived = functools.partial(derived_links.of_function, self.curved, sum(mask))
            else:
                plan.derived = derived_links.of_plan(self.name, plan.body, self.body, sum(mask))
            self._pullbacks[mask] = plan
        return plan


class Op:
    """What `@op` knows of a function: its body, which arguments are arrays, and a plan per static arguments."""

    __slots__ = (
        "alike", "convolves", "differentiable", "entry", "first_decides", "function", "groups", "host", "kinds",
        "links", "name", "only", "pair", "plans", "public", "rows", "small", "small_plans", "sought", "statics",
        "whole", "zero_stays_zero",
    )  # fmt: skip

    def __init__(self, function: Callable[..., Any], name: str, kinds: str | None, host: Callable[..., Any] | None):
        self.function = function
        self.name = name
        self.kinds = kinds
        self.only: tuple[str, ...] = ()
        self.first_decides = False  # see `operands.prepare`
        self.links: tuple[int, ...] | None = None  # of its plans
        self.host = host
        self.small: Callable[..., Any] | None = None  # the same over NumPy's arrays, where it is the same to the bit
        self.small_plans: dict[Any, Any] = {}  # of small_tensors
        self.plans: dict[Any, Plan] = {}
        self.whole: Any = None  # a tuple of whole numbers that has been looked through (see `_compile`)
        self.rows: Callable[..., Any] | None = None  # (cotangent, *arguments) -> row_gradients.Rows or None
        self.sought: str | None = None  # the name by which Keras 2 looks for it in a graph (see `remember`)

    def bind(self, function: Callable[..., Any], static: tuple[Any, ...]) -> Callable[..., Any]:
        """`function` as one of the arrays alone, with these static arguments."""
        names = [name for name, _ in self.groups]
        fixed = dict(zip(self.statics, static, strict=True))
        if "name" in self.function.__code__.co_varnames[: self.function.__code__.co_argcount]:
            fixed["name"] = None
        return lambda *arrays: function(**dict(zip(names, arrays, strict=True)), **fixed)

    def remember(self, result: Any, arrays: tuple[Any, ...], static: tuple[Any, ...]) -> None:
        """Note on a traced result of softmax or sigmoid what it was computed from.

        Keras 2 finds these two in the graph behind a model's output, and computes cross-entropies from their input.
        """
        of = arrays[0]
        if type(of) is Tensor and (not static or static[0] in (None, -1, of.ndim - 1)):
            result._keras_logits = (self.sought, of)

    def plan(self, static: tuple[Any, ...]) -> Plan:
        """The plan of these static arguments, made on first use."""
        try:
            found = self.plans.get(static)
            if found is not None:
                return found
            key = static
        except TypeError:  # lists, arrays, tensors: made hashable below
            key = None
        named = zip(self.statics, static, strict=True)
        plain = tuple([self._hashable(name, value) for name, value in named])
        found = self.plans.get(plain)
        if found is None:
            body = self.bind(functools.partial(_checked, self), plain)
            if self.name in _ZERO_TWICE:
                body = with_zeros(body)
            body.zero_stays_zero = self.zero_stays_zero
            found = Plan(self.name, body, None, self.convolves)
            found.links = self.links
            if self.rows is not None:
                rule = self.rows
                found.rows = lambda cotangent, *arrays: self.bind(functools.partial(rule, cotangent), plain)(*arrays)
            if len(self.plans) >= 2048:  # e.g. one reshape per shape, for ever
                self.plans.clear()
            self.plans[plain] = found
        if key is not None:
            self.plans[key] = found
        return found

    def _hashable(self, name: str, value: Any) -> Any:
        if name not in whole_numbers.NAMES:
            return hashable(value, self.name)
        whole_numbers.check_dtype(value, name, self.name)
        plain = hashable(whole_numbers.cast(value) if name in whole_numbers.SIZES else value, self.name)
        whole_numbers.check(plain, name, self.name)
        return plain

    def forget(self, plan: Plan) -> None:
        """Make a plan anew when it is next asked for."""
        for key in [key for key, found in self.plans.items() if found is plan]:
            del self.plans[key]


def _checked(op: Op, **kwargs: Any) -> Any:
    """The body behind its dtype checks; runs while tracing only."""
    seen: dict[str, Any] = {}
    if (
        op.groups
        and kwargs[op.groups[0][0]] is None
        and "None" not in str(op.function.__annotations__[op.groups[0][0]])
    ):
        raise ValueError(
            errors.message(
                f"tf.{op.name}",
                expected=f"a tensor for {op.groups[0][0]}",
                received="None: None values not supported",
                hint="check the function or dict that gave it",
            )
        )
    refused = REFUSED.get(op.name)
    for group in op.groups:
        value = kwargs[group[0]]
        parts = value if isinstance(value, list | tuple) else (value,)
        for part in parts:
            if part is not None and refused is not None and str(part.dtype) in refused.get(group[0], ()):
                raise RefusedDtypeError(_refused_message(op, group[0], part))
            if part is None or group[1] == "free" or group[1] == "freelist":
                continue
            if op.kinds is not None and _kind(part.dtype) not in op.kinds or op.only and str(part.dtype) not in op.only:
                raise RefusedDtypeError(_kind_message(op, group[0], part))
            if seen and part.dtype != next(iter(seen.values())):
                raise UnfitError(_mix_message(op, seen, group[0], part))
            seen[group[0]] = part.dtype
    return possible(op.name, op.function(**kwargs))


def _kind(dtype: Any) -> str:
    return "f" if dtype.kind == "V" else dtype.kind


def _kind_message(op: Op, argument: str, part: Any) -> str:
    allowed = " or ".join(op.only) if op.only else ", ".join(_KIND_WORDS[kind] for kind in op.kinds or "")
    return errors.message(
        f"tf.{op.name}",
        expected=f"{argument} of a {allowed} dtype",
        received=f"{argument} {dtypes.from_numpy(part.dtype).name} {tuple(part.shape)}",
        hint=f"cast it: tf.cast({argument}, tf.float32)" if "f" in (op.kinds or "") else None,
    )


def _refused_message(op: Op, argument: str, part: Any) -> str:
    return errors.message(
        f"tf.{op.name}",
        expected=f"{argument} of a dtype that there is a kernel for",
        received=f"{argument} {dtypes.from_numpy(part.dtype).name} {tuple(part.shape)}",
        hint=f"cast it: tf.cast({argument}, tf.{'float32' if part.dtype.kind in 'fV' else 'int32'})",
    )


def _mix_message(op: Op, seen: dict[str, Any], argument: str, part: Any) -> str:
    first, dtype = next(iter(seen.items()))
    have, want = dtypes.from_numpy(part.dtype).name, dtypes.from_numpy(dtype).name
    return errors.message(
        f"tf.{op.name}",
        expected=f"tensors of one dtype: cannot compute it with {argument} as a {have} tensor where {first} is a "
        f"{want} tensor",
        received=f"{first} {want}, {argument} {have}",
        hint=f"cast one of them: tf.cast({argument}, tf.{want}) or tf.cast({first}, tf.{have})",
    )
