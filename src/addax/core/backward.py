"""The way back: from what a tape wrote down to derivatives.

The first time a structure of records is seen, the rules run one by one; from the second time on, all of them are one
compiled call. Both ways are plans, so that outer tapes can record them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from sys import getrefcount
from typing import TYPE_CHECKING, Any

import jax

from addax.core import context, convert, deferral, derived_links, errors, trees
from addax.core.dispatch import _plain, run_plan, wrap
from addax.core.linearization import linearize, pull_back
from addax.core.plans import Plan
from addax.core.row_gradients import Rows, add, added, as_slices, dense, rows_back, slices_back, whole
from addax.core.tensor import Tensor
from addax.core.ways import Step, Way, forest

if TYPE_CHECKING:
    from addax.core.tape import GradientTape, Record

_state = context.state

_ONES = Plan("ones_like", lambda a: jax.numpy.ones(a.shape, a.dtype))
_SPREAD = Plan("broadcast_to", lambda a, b: jax.numpy.broadcast_to(a, b.shape))
_ONES.links, _SPREAD.links = (0,), (1,)


def seeds_of(targets: list[Any], given: Any) -> list[Any]:
    """One output gradient (or None) per target, of its shape."""
    seeds = trees.flatten(given, expand_composites=True)
    if len(seeds) != len(targets):
        raise ValueError(
            errors.message(
                "GradientTape.gradient",
                expected=f"output_gradients in the structure of the target, which has {len(targets)} tensor(s)",
                received=f"{len(seeds)}: {errors.describe(given)}",
                hint="pass a tensor of the target's shape, not a list of numbers" if len(targets) == 1 else None,
            )
        )
    return [None if seed is None else _seed(target, seed) for target, seed in zip(targets, seeds, strict=True)]


def _seed(target: Any, seed: Any) -> Any:
    seed, want = convert.convert_to_tensor(seed, dtype_hint=target.dtype), tuple(target.shape)
    have = tuple(seed.shape)
    if have == want:
        return seed
    if len(have) > len(want) or any(h not in (1, w) for h, w in zip(have[::-1], want[::-1], strict=False)):
        raise errors.GraphArgumentError(
            errors.message(
                "GradientTape.gradient", expected=f"output_gradients of the target's shape {want}", received=have
            )
        )
    return run_plan(_SPREAD, (seed, target))


def _relevant(records: list[Record], target_slots: list[int], source_slots: list[int]) -> list[Record]:
    """The records on the way from the sources to the targets, in the order of recording."""
    reached = set(source_slots)
    forward = []
    for record in records:
        if not reached.isdisjoint(record.inputs):
            reached.update(record.outputs)
            reached.discard(-1)
            forward.append(record)
    wanted = set(target_slots)
    kept = []
    for record in reversed(forward):
        if not wanted.isdisjoint(record.outputs):
            wanted.update(slot for slot in record.inputs if slot in reached)
            kept.append(record)
    kept.reverse()
    return kept


def backward(tape: GradientTape, targets: list[Any], seeds: list[Any], sources: list[Any]) -> list[Any]:
    """The gradient of each source, None where there is none."""
    target_slots, kept_seeds, kept_targets = [], [], []
    for each, seed in zip(targets, seeds, strict=True):
        slot = tape._slots.get(id(each))
        if slot is not None:
            target_slots.append(slot)
            kept_seeds.append(seed)
            kept_targets.append(each)
    source_slots = [tape._slots.get(id(source), -1) for source in sources]
    if not target_slots or max(source_slots, default=-1) < 0:
        return [None] * len(sources)
    node = tape._node
    later = tape._deferral
    key = _way_key(target_slots, source_slots, kept_seeds)
    way = None if node is None else node.ways.get(key)
    if later is not None:
        found = None if way is None else _together(tape, later, way, target_slots, source_slots, kept_seeds)
        if found is not None:
            return _as_gradients(found, sources)
        later.compute()
    if node is None or _state.trace is not None:
        records = _relevant(tape._records, target_slots, source_slots)
        return _one_by_one(records, target_slots, kept_targets, kept_seeds, source_slots)
    if way is None:
        records = _relevant(tape._records, target_slots, source_slots)
        if key not in node.ways or not records:
            forest.note(node, key)
            return _one_by_one(records, target_slots, kept_targets, kept_seeds, source_slots)
        places = {id(record): i for i, record in enumerate(tape._records)}
        way = Way(_whole(records, target_slots, source_slots), [places[id(record)] for record in records])
        forest.keep(node, key, way)
    every = tape._records
    way.used += 1
    if way.used == deferral.AFTER:
        deferral.learn(tape)
    return _run_whole(way.plan, [every[i] for i in way.numbers], kept_targets, kept_seeds, sources)


def _way_key(target_slots: list[int], source_slots: list[int], seeds: list[Any]) -> Any:
    return (tuple(target_slots), tuple(source_slots), tuple([seed is None for seed in seeds]))


def _whole(records: list[Record], target_slots: list[int], source_slots: list[int]) -> Plan:
    """One plan for the whole way back; takes all records' values and the target's seeds.

    Gradients of some rows come out as pairs (values, indices).
    """
    steps = [(record.plan, record.inputs, record.outputs) for record in records]
    wanted = _wanted(steps, source_slots)

    def body(all_values: Any, targets: Any, seeds: Any) -> list[Any]:
        cotangents = _starting(target_slots, targets, seeds)
        for (plan, inputs, outputs), values in zip(reversed(steps), reversed(all_values), strict=True):
            given = [cotangents.get(slot) for slot in outputs]
            mask = _linked(plan, given, tuple([slot in wanted for slot in inputs]), values)
            if not any(mask):
                continue
            rows = rows_back(plan, mask, given[0], values)
            back = [rows] if rows is not None else pull_back(plan.body, mask, [whole(each) for each in given], *values)
            _accumulate(cotangents, [slot for slot, take in zip(inputs, mask, strict=True) if take], back, added)
        return _found(cotangents, source_slots)

    names = sorted({plan.name for plan, _, _ in steps})
    whole_plan = Plan(f"gradient of {', '.join(names)}", body, None, any(plan.convolves for plan, _, _ in steps))
    if not any(derived_links.makes_rows(plan) for plan, _, _ in steps):
        whole_plan.derived = functools.partial(_links_of_whole, steps, target_slots, source_slots, wanted)
    elif all(derived_links.has_none(name) for name in names):
        whole_plan.derived = functools.partial(derived_links.by_jaxpr, body, {})
    return whole_plan


def _wanted(steps: list[Any], source_slots: list[int]) -> set[int]:
    """The slots that depend on the sources."""
    wanted = set(source_slots)
    for _, inputs, outputs in steps:
        if not wanted.isdisjoint(inputs):
            wanted.update(outputs)
    wanted.discard(-1)
    return wanted


def _starting(target_slots: list[int], targets: list[Any], seeds: list[Any]) -> dict[int, Any]:
    cotangents: dict[int, Any] = {}
    for slot, value, seed in zip(target_slots, targets, seeds, strict=True):
        seed = jax.numpy.ones(value.shape, value.dtype) if seed is None else seed.astype(value.dtype)
        cotangents[slot] = cotangents[slot] + seed if slot in cotangents else seed
    return cotangents


def _found(cotangents: dict[int, Any], source_slots: list[int]) -> list[Any]:
    found = [cotangents.get(slot) for slot in source_slots]
    return [(each.values, each.indices) if isinstance(each, Rows) else each for each in found]


def _together(
    tape: GradientTape, later: Any, way: Way, target_slots: list[int], source_slots: list[int], seeds: list[Any]
) -> list[Any] | None:
    """The gradients of a tape whose ops were put off (see deferral.py), and the results that are still in use.

    None where there is more on the tape than that.
    """
    start_values = [None if seed is None else seed._value for seed in seeds]  # one may have the ops computed
    results, records = later.later, tape._records
    if not results or len(records) != len(results) or not _state.quiet:
        return None
    if not {record.outputs[0] for record in records}.issuperset(target_slots):
        return None
    taken = way.taken
    if taken is None:  # a result that nobody uses any more is held by the tape, and by each op that took it
        every = [slot for record in records for slot in record.inputs]
        taken = way.taken = [_HELD + every.count(record.outputs[0]) for record in records]
    alive = tuple([count > most for count, most in zip(_held(results), taken, strict=True)])
    plan = way.joint.get(alive)
    if plan is None:
        if len(way.joint) >= 4:
            alive = (True,) * len(results)
        plan = way.joint.get(alive) or _joint(records, later.steps, way.numbers, target_slots, source_slots, alive)
        way.joint[alive] = plan
    grads, values = plan.run(later.given, start_values)
    for result, value in zip([result for result, use in zip(results, alive, strict=True) if use], values, strict=True):
        result._jax = value
    later.end()
    later.forget()
    return [None if grad is None else wrap(grad) if type(grad) is tuple else Tensor(grad) for grad in grads]


def _held(results: list[Any]) -> list[int]:
    """How many refer to each."""
    return [getrefcount(each) for each in results]


def _held_by_two_lists() -> int:
    results = [object()]
    tape = list(results)
    return _held(results)[0] * len(tape)


_HELD = _held_by_two_lists()


def _joint(
    records: list[Record],
    deferred: list[Step],
    numbers: list[int],
    target_slots: list[int],
    source_slots: list[int],
    alive: tuple[bool, ...],
) -> Plan:
    """One plan of the way forward and the way back: (given arguments, seeds) -> (gradients, results in use)."""
    steps = [(record.plan, record.inputs, record.outputs) for record in records]
    taken = [
        [a is not None for a in step.opened(record.arrays)] for step, record in zip(deferred, records, strict=True)
    ]
    matter = set(numbers)
    wanted = _wanted([steps[i] for i in numbers], source_slots)

    def body(given: list[Any], seeds: list[Any]) -> Any:
        values: dict[int, Any] = {}
        known, trail = iter(given), []
        for i, (plan, inputs, outputs) in enumerate(steps):
            slots = iter(inputs)
            own = []
            for form, there in zip(deferred[i].arguments, taken[i], strict=True):
                slot = next(slots) if there else -1
                own.append(next(known) if form is not None else values[slot] if there else None)
            own = deferred[i].closed(own)
            mask = tuple([slot in wanted for slot in inputs])
            if i in matter and any(mask):
                values[outputs[0]], pull = linearize(plan.body, mask, tuple(own))
                trail.append((plan, inputs, outputs, own, mask, pull))
            else:
                values[outputs[0]] = plan.body(*own)
        cotangents = _starting(target_slots, [values[slot] for slot in target_slots], seeds)
        for plan, inputs, outputs, own, mask, pull in reversed(trail):
            cotangent = cotangents.get(outputs[0])
            linked = _linked(plan, [cotangent], mask, own)
            if not any(linked):
                continue
            back = rows_back(plan, linked, cotangent, own)
            if back is not None:
                found = [back]
            else:
                every = iter(pull([whole(cotangent)]))
                pulled = [next(every) if take else None for take in mask]
                found = [each for each, take in zip(pulled, linked, strict=True) if take]
            _accumulate(cotangents, [slot for slot, take in zip(inputs, linked, strict=True) if take], found, added)
        return _found(cotangents, source_slots), [
            values[outputs[0]] for (_, _, outputs), use in zip(steps, alive, strict=True) if use
        ]

    names = sorted({plan.name for plan, _, _ in steps})
    return Plan(f"gradient of {', '.join(names)}", body, None, any(plan.convolves for plan, _, _ in steps))


def _links_of_whole(
    steps: list[Any], target_slots: list[int], source_slots: list[int], wanted: set[int], values: Any
) -> tuple[int, ...]:
    """What each gradient of a whole way back depends on: what those of its steps do."""
    own, seeds = derived_links.numbered(values)
    flows: dict[int, int] = {}
    for slot, seed in zip(target_slots, seeds, strict=True):
        flows[slot] = flows.get(slot, 0) | (seed or 0)
    for (plan, inputs, outputs), bits, arrays in zip(reversed(steps), reversed(own), reversed(values[0]), strict=True):
        given = [flows.get(slot) for slot in outputs]
        mask = _linked(plan, given, tuple([slot in wanted for slot in inputs]), arrays)
        if not any(mask):
            continue
        back = derived_links.pulled(plan, mask, given, bits, arrays)
        for slot, each in zip([slot for slot, take in zip(inputs, mask, strict=True) if take], back, strict=True):
            flows[slot] = flows.get(slot, 0) | each
    return tuple([flows[slot] for slot in source_slots if slot in flows])


def _linked(plan: Plan, given: Sequence[Any], mask: tuple[bool, ...], values: Any) -> tuple[bool, ...]:
    """Which inputs (of those in `mask`) something flows back to, given the cotangents of the outputs."""
    flowing = [i for i, each in enumerate(given) if each is not None]
    if not flowing:
        return ()
    found = plan.links
    if found is None and plan.derived is not None:
        found = plan.derived(values)
    if found is None:
        return mask
    reached = 0
    for i in flowing:
        reached |= found[i]
    return tuple([take and bool(reached >> i & 1) for i, take in enumerate(mask)])


def _accumulate(cotangents: dict[int, Any], slots: Sequence[int], back: Sequence[Any], add: Any) -> None:
    for slot, each in zip(slots, back, strict=True):
        if slot < 0 or each is None:
            continue
        cotangents[slot] = add(cotangents[slot], each) if slot in cotangents else each


def _run_whole(
    plan: Plan, records: list[Record], targets: list[Any], seeds: list[Any], sources: list[Any]
) -> list[Any]:
    if _state.quiet:
        out = plan.run(
            [record.values for record in records],
            [convert.value_of(each) for each in targets],
            [None if seed is None else seed._value for seed in seeds],
        )
        out = [None if grad is None else wrap(grad) if type(grad) is tuple else Tensor(grad) for grad in out]
        return _as_gradients(out, sources)
    arrays = ([list(record.arrays) for record in records], targets, seeds)
    values = [[list(record.values) for record in records], [convert.value_of(t) for t in targets], _plain(seeds)]
    return _as_gradients(run_plan(plan, arrays, values), sources)


def _as_gradients(found: list[Any], sources: list[Any]) -> list[Any]:
    """Pairs (values, indices) as IndexedSlices of their sources."""
    return [
        as_slices(*grad, source) if type(grad) is tuple else grad for grad, source in zip(found, sources, strict=True)
    ]


def _one_by_one(
    records: list[Record], target_slots: list[int], targets: list[Any], seeds: list[Any], source_slots: list[int]
) -> list[Any]:
    cotangents: dict[int, Any] = {}
    starts = [run_plan(_ONES, (each,)) if seed is None else seed for each, seed in zip(targets, seeds, strict=True)]
    _accumulate(cotangents, target_slots, starts, add)
    for record in reversed(records):
        given = [cotangents.get(slot) for slot in record.outputs]
        mask = _linked(record.plan, given, tuple([slot >= 0 for slot in record.inputs]), record.values)
        if not any(mask):
            continue
        rows = slices_back(record.plan, mask, given[0], record.arrays, record.values)
        if rows is None:
            given = [dense(each) for each in given]
        slots: Sequence[int] = [slot for slot, take in zip(record.inputs, mask, strict=True) if take]
        if rows is not None:
            back = [rows]
        elif record.plan.custom is not None:
            back = record.plan.custom(record, given)
            slots = record.inputs
        elif record.pull is not None and not _state.tapes:
            every = wrap(record.pull([None if each is None else each._value for each in given]))
            watched = [take for slot, take in zip(record.inputs, mask, strict=True) if slot >= 0]
            back = [each for each, take in zip(every, watched, strict=True) if take]
        else:
            back = run_plan(record.plan.pullback(mask), (given, *record.arrays), [_plain(given), *record.values])
        _accumulate(cotangents, slots, back, add)
    return [cotangents.get(slot) for slot in source_slots]


def jacobian_rows(
    tape: GradientTape, target: Tensor, sources: list[Any], together: bool, by_example: bool = False
) -> list[Any]:
    """Jacobians by pulling back unit vectors, all at once or one after another.

    By example, one unit vector per element of an example serves the whole batch.
    """
    if tape._deferral is not None:
        tape._deferral.compute()
    slot = tape._slots.get(id(target))
    source_slots = [tape._slots.get(id(source), -1) for source in sources]
    if slot is None:
        return [None] * len(sources)
    shape = target._value.shape
    count = target._value.size // shape[0] if by_example else target._value.size
    records = _relevant(tape._records, [slot], source_slots)

    def finish(row: Any) -> Any:
        if row is None:
            return None
        if not by_example:
            return row.reshape(shape + row.shape[1:])
        return jax.numpy.moveaxis(row, 0, 1).reshape(shape + row.shape[2:])

    def units(dtype: Any) -> Any:
        eye = jax.numpy.eye(count, dtype=dtype)
        if by_example:
            eye = jax.numpy.broadcast_to(eye[:, None], (count, shape[0], count))
        return eye.reshape((count, *shape))

    if any(record.plan.custom is not None for record in records):
        seeds = [Tensor(unit) for unit in units(target._value.dtype)]
        rows = [_one_by_one(records, [slot], [target], [seed], source_slots) for seed in seeds]
        columns = list(zip(*rows, strict=True))
        return [
            None if column[0] is None else Tensor(finish(jax.numpy.stack([dense(grad)._value for grad in column])))
            for column in columns
        ]
    plan = _whole(records, [slot], source_slots)
    shapes = [tuple(convert.value_of(source).shape) for source in sources]

    def body(all_values: Any, value: Any) -> list[Any]:
        one = lambda unit: [_filled(row, s) for row, s in zip(plan.body(all_values, [value], [unit]), shapes)]  # noqa: E731,B905
        rows = jax.vmap(one)(units(value.dtype)) if together else jax.lax.map(one, units(value.dtype))
        return [finish(row) for row in rows]

    arrays = ([list(record.arrays) for record in records], target)
    return run_plan(
        Plan("jacobian", body, None, plan.convolves), arrays, [[list(r.values) for r in records], target._value]
    )


def _filled(row: Any, shape: tuple[int, ...]) -> Any:
    return whole(Rows(*row, shape)) if type(row) is tuple else row
