"""A tf.function called in another one: it is traced in place, and its results share sources as those of a call do.

TensorFlow calls one gradient function for all results: what one of them depends on has a gradient of zero with respect
to the others, and not none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import context, convert, trees
from addax.core.dispatch import run_plan
from addax.core.links import inexact
from addax.core.plans import Plan
from addax.core.tensor import Tensor, Tracer
from addax.core.zero_links import sharing

_state = context.state


def sharing_sources(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `call` gives; floating results that depend on different things count as depending on all of them.

    Args:
        call: the function as it is traced in place.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    if _state.trace is None or _state.trace.recorder is not None:
        return call(*args, **kwargs)
    if not _state.tapes:
        return _shared(_without_logits(call(*args, **kwargs)))
    starts = [(tape, len(tape._records)) for tape in _state.tapes if not tape.forward]
    result = _without_logits(call(*args, **kwargs))
    outputs = _floating(result)
    if len(outputs) < 2:
        return result
    shared: dict[int, Any] = {}
    for tape, start in starts:
        if tape in _state.tapes and len(tape._records) >= start:
            shared |= _unshared(tape, start, outputs)
    if not shared:
        return result
    count, sources = len(outputs), list(shared.values())
    plan = Plan("tf.function", lambda results, sources: sharing(results))
    every = (1 << len(sources)) - 1 << count
    plan.links = tuple([1 << i | every for i in range(count)])
    values = [[each._value for each in outputs], [convert.value_of(each) for each in sources]]
    return _with(result, outputs, run_plan(plan, (outputs, sources), values))


def _without_logits(result: Any) -> Any:
    """A result whose tensors are new where it is known which logits they were computed from: losses do not see those.

    In TensorFlow's graphs they were computed by a call.
    """
    noted = [each for each in _floating(result) if getattr(each, "_keras_logits", None) is not None]
    if not noted:
        return result
    same = Plan("identity", lambda x: x)
    return _with(result, noted, [run_plan(same, (each,), [each._value]) for each in noted])


def _shared(result: Any) -> Any:
    """A result for tapes outside of the traced function, which see its program."""
    outputs = [each for each in _floating(result) if isinstance(each._value, Tracer)]
    if len(outputs) < 2:
        return result
    return _with(result, outputs, [Tensor(value) for value in sharing([each._value for each in outputs])])


def _floating(result: Any) -> list[Tensor]:
    leaves = [each for each in trees.flatten(result, expand_composites=True) if type(each) is Tensor]
    return list({id(each): each for each in leaves if inexact(each._value.dtype)}.values())


def _with(result: Any, outputs: list[Tensor], made: list[Tensor]) -> Any:
    """A result with other tensors in the places of some."""
    new = {id(old): _like(each, old) for old, each in zip(outputs, made, strict=True)}
    return trees.map_structure(lambda each: new.get(id(each), each), result, expand_composites=True)


def _like(made: Tensor, old: Tensor) -> Tensor:
    """A tensor with the mask of the one that it stands for."""
    if hasattr(old, "_keras_mask"):
        made._keras_mask = old._keras_mask
    return made


def _unshared(tape: Any, start: int, outputs: list[Tensor]) -> dict[int, Any]:
    """The tensors and variables from outside that some of the outputs depend on and others do not."""
    sources: dict[int, int] = {}  # slot -> bit
    reached: dict[int, int] = {}
    for record in tape._records[start:]:
        given = [_bits(slot, reached, sources) for slot in record.inputs]
        for place, slot in enumerate(record.outputs):
            if slot >= 0:
                links = record.plan.links
                reached[slot] = 0
                for i, bits in enumerate(given):
                    if links is None or links[place] >> i & 1:
                        reached[slot] |= bits
    slots = [tape._slots.get(id(each), -1) for each in outputs]
    found = [_bits(slot, reached, sources) for slot in slots]
    every = 0
    for bits in found:
        every |= bits
    if all(bits == every for bits in found):
        return {}
    return {id(tape._alive[slot]): tape._alive[slot] for slot, bit in sources.items() if every & bit}


def _bits(slot: int, reached: dict[int, int], sources: dict[int, int]) -> int:
    """What a slot depends on, as the bits of a number; one that was there before is a source."""
    if slot < 0:
        return 0
    known = reached.get(slot)
    if known is None:
        known = sources.get(slot)
        if known is None:
            known = sources[slot] = 1 << len(sources)
    return known
