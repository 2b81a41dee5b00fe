"""Why a gradient is None: which link between a target and a source is missing, in words."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from addax.core import convert, errors, trees
from addax.core.links import inexact
from addax.core.tensor import Tensor
from addax.core.variable import Variable

if TYPE_CHECKING:
    from addax.core.tape import GradientTape

# That of the last None, for Keras's warning. It holds no arrays.
_latest: Story | None = None


class Story:
    """What a tape saw, without the arrays: enough to say why a gradient is None, after the tape was used up."""

    def __init__(self, tape: GradientTape, targets: Sequence[Any], sources: Sequence[Any]) -> None:
        self._slots = {id(each): (weakref.ref(each), tape._slots.get(id(each), -1)) for each in (*targets, *sources)}
        self._targets = [(self._slot(each), inexact(convert.value_of(each).dtype)) for each in targets]
        self._records = [_Step(r.plan.name, r.plan.links, r.inputs, r.outputs) for r in tape._records]
        self._cuts = list(tape._cuts)
        self._left = set(tape._left)
        self._watches = tape._watch_variables

    def tell(self) -> Story:
        """Remember this as the story of the last None."""
        global _latest
        _latest = self
        return self

    def knows(self, each: Any) -> bool:
        """Whether `each` was a target or source."""
        found = self._slots.get(id(each))
        return found is not None and found[0]() is each

    def reason(self, source: Any, target: Any = None) -> str | None:
        """Why there is no gradient of the target (by default that of the last call); None if there is one."""
        targets = self._targets
        if target is not None:
            targets = [(self._slot(target), inexact(convert.value_of(target).dtype))]
        slot = self._slot(source)
        if not inexact(convert.value_of(source).dtype):
            return f"its dtype is {source.dtype.name}, and only floating and complex values have gradients"
        if slot < 0:
            return self._unseen(source)
        target_slots = [each for each, _ in targets if each >= 0]
        reached = self._reached(slot)
        if not reached.isdisjoint(target_slots):
            return None
        end = self._end(reached)
        if end:
            return end
        if target_slots or reached != {slot}:
            return "the target was not computed from it" + self._last_use(slot, reached)
        if not all(differentiable for _, differentiable in targets):
            return "the target has an integer dtype, and only floating and complex values have gradients"
        return "the target was computed outside of the tape, or without it"

    def _slot(self, each: Any) -> int:
        return self._slots[id(each)][1] if self.knows(each) else -1

    def way(self, target: Any, source: Any) -> list[str]:
        """The ops between a source and a target."""
        wanted, names = {self._slot(target)}, []
        reached = self._reached(self._slot(source))
        for step in reversed(self._records):
            if not wanted.isdisjoint(step.outputs) and not reached.isdisjoint(step.inputs):
                wanted.update(slot for slot in step.inputs if slot in reached)
                names.append(step.name)
        return names[::-1]

    def _reached(self, slot: int) -> set[int]:
        """The slots of what depends on a slot."""
        reached = {slot}
        for step in self._records:
            bits = sum(1 << i for i, each in enumerate(step.inputs) if each in reached)
            if not bits:
                continue
            for i, out in enumerate(step.outputs):
                if out >= 0 and (step.links is None or step.links[i] & bits):
                    reached.add(out)
        return reached

    def _end(self, reached: set[int]) -> str | None:
        """Where the way from the source leaves what can be differentiated."""
        for name, inputs in self._cuts:
            if not reached.isdisjoint(inputs):
                return f"the way to the target ends at tf.{name}, which has no gradient"
        for step in self._records:
            if not reached.isdisjoint(step.inputs):
                if all(out < 0 for out in step.outputs):
                    return f"the way to the target goes through integers: {_named(step.name)} gives no floating values"
                if step.links is not None and reached.isdisjoint(step.outputs):
                    return f"inside {_named(step.name)} no result depends on it in a way that can be differentiated"
        if not reached.isdisjoint(self._left):
            return "it left through NumPy (.numpy() or a NumPy function), where the tape cannot follow"
        return None

    def _unseen(self, source: Any) -> str:
        if isinstance(source, Tensor):
            return "the tape did not watch it: call tape.watch(x) before it is used"
        if id(source) in self._left:
            return "it was read through NumPy only (.numpy() or a NumPy function), where the tape cannot follow"
        if not source.trainable:
            return "it is not trainable, and tapes watch trainable variables: call tape.watch(variable)"
        if not self._watches:
            return "the tape has watch_accessed_variables=False: call tape.watch(variable)"
        return "it was not used while the tape recorded"

    def _last_use(self, slot: int, reached: set[int]) -> str:
        used = [step.name for step in self._records if not reached.isdisjoint(step.inputs)]
        return f"; the last use of it was in {_named(used[-1])}" if used else "; it was watched, but never used"


class _Step:
    """A record without its arrays."""

    __slots__ = ("inputs", "links", "name", "outputs")

    def __init__(self, name: str, links: Any, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> None:
        self.name, self.links, self.inputs, self.outputs = name, links, inputs, outputs


def _named(name: str) -> str:
    return name if name.startswith(("tf.", "custom_gradient", "gradient of")) else f"tf.{name}"


def _called(each: Any) -> str:
    return f"variable '{each.name}'" if isinstance(each, Variable) else f"the tensor {errors.describe(each)}"


def explain(tape: GradientTape, story: Story | None, target: Any, source: Any) -> str:
    """What `GradientTape.explain` says."""
    targets = [each for each in trees.flatten(target, expand_composites=True) if each is not None]
    sources = trees.flatten(source)
    for each in (*targets, *sources):
        if not isinstance(each, Tensor | Variable):
            raise ValueError(f"GradientTape.explain: expected tensors or variables, received {each!r:.80}.")
    if story is None or not all(story.knows(each) for each in (*targets, *sources)):
        story = Story(tape, targets, sources)
    return "\n".join(_sentence(story, targets, each) for each in sources)


def _sentence(story: Story, targets: list[Any], source: Any) -> str:
    reasons = [story.reason(source, target) for target in targets] or ["there is no target"]
    if None not in reasons:
        return f"The gradient with respect to {_called(source)} is None: {reasons[0]}."
    names = story.way(targets[reasons.index(None)], source)
    way = " -> ".join(names if len(names) <= 8 else [*names[:4], "...", *names[-3:]])
    return f"There is a gradient with respect to {_called(source)}" + (f", through {way}." if way else ".")


def none_gradient_warning(variables: Sequence[Any]) -> None:
    """Keras's warning for variables that the loss does not depend on, with the reasons where they are known."""
    names = [variable.name for variable in variables]
    reasons = []
    for variable in variables:
        reason = _latest.reason(variable) if _latest is not None and _latest.knows(variable) else None
        if reason is not None:
            reasons.append(f"\n  {variable.name}: {reason}.")
    warnings.warn(
        f"Gradients do not exist for variables {names} when minimizing the loss. "
        "If you're using `model.compile()`, did you forget to provide a `loss` argument?" + "".join(reasons[:20]),
        stacklevel=3,
    )
