"""RuleOptimizer: the base of the built-in optimizers, whose step over all variables is one compiled call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from addax.core.variable import Variable
from addax.keras.optimizers import step
from addax.keras.optimizers.optimizer import Optimizer
from addax.keras.optimizers.step import refuse_whole_numbers, run_step
from addax.ops import optimizers as rules

# What a subclass may override of a step; if it does, the step is not one call.
_PARTS = (
    "update_step", "_clip_gradients", "_apply_weight_decay", "_make_step", "_use_weight_decay",
    "_update_model_variables_moving_average", "_overwrite_model_variables_with_average_value",
)  # fmt: skip


class RuleOptimizer(Optimizer):
    """An optimizer that is a pure rule (see `addax.ops.optimizers`) with slot variables.

    A subclass names the rule and the attributes that hold the slots, makes the slots in `build`, and says its
    hyperparameters in `_hyper`. A user's subclass that overrides a part of the step goes the general way, variable by
    variable; everybody else's step is one call, in a trace as well as outside.
    """

    _rule: Callable[..., Any]
    _advance: Callable[..., Any] | None = None  # what the rule does once per step to its shared variable
    _slot_lists: tuple[str, ...] = ()  # attributes: lists with a slot variable for each of the model's
    _takes_whole_numbers: bool = False  # powers and roots of them would be cut off
    _whole: bool = True  # whether the step may be one call; settled per class below

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._whole = all(getattr(cls, part) is getattr(RuleOptimizer, part) for part in _PARTS)

    def _hyper(self) -> dict[str, Any]:
        """The rule's hyperparameters by name."""
        raise NotImplementedError

    def _shared(self) -> Variable | None:
        """The variable that the rule keeps once for all variables."""
        return None

    def _slots_of(self, index: int) -> tuple[Variable, ...]:
        """The slot variables of the model's variable `index`, in the rule's order."""
        return tuple([lists[index] for name in self._slot_lists if (lists := getattr(self, name))])

    def _make_slots(self, var_list: Sequence[Any], **names: str) -> None:
        """Make slot variables: for each of the model's, one for each `attribute=slot name`."""
        for attribute in names:
            setattr(self, attribute, [])
        for variable in var_list:
            for attribute, slot in names.items():
                getattr(self, attribute).append(self.add_variable_from_reference(variable, slot))

    def build(self, var_list: Sequence[Any]) -> None:
        """Make the slot variables of the model's variables; see `Optimizer.build`."""
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        if not self._takes_whole_numbers:
            refuse_whole_numbers(type(self).__name__, var_list)
        self._build_slots(list(var_list))
        self._built = True

    def _build_slots(self, var_list: list[Any]) -> None:
        raise NotImplementedError

    # ------------------------------------------------------------------ the step

    def _spec(self, variables: list[Any], whole: bool) -> tuple[rules.StepSpec, dict[str, Any]]:
        """What to compile, and the hyperparameters that are tensors."""
        hyper, dynamic = step.split(self._hyper())
        ema = None
        decay = self._decays(variables) if whole else None
        if whole and self.use_ema:
            ema = (float(self.ema_momentum), self.ema_overwrite_frequency)
        spec = rules.StepSpec(
            type(self)._rule,
            type(self)._advance if whole else None,
            hyper,
            self._clip() if whole else (),
            decay,
            ema,
            self.gradient_accumulation_steps if whole else None,
            None,
            tuple([variable._shared_name for variable in variables]),
        )
        return spec, dynamic

    def _step(self, grads: list[Any], variables: list[Any]) -> None:
        if not self._whole:
            super()._step(grads, variables)
            return
        self._run(grads, variables, True)

    def _make_step(self, grads: list[Any], variables: list[Any]) -> None:
        shared, advance = self._shared(), type(self)._advance
        if shared is not None and advance is not None:
            shared.set_value(advance(step.read(shared), step.read(self._iterations), **self._hyper()))
        super()._make_step(grads, variables)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any = None) -> None:
        """Change one variable by its gradient; the step that `apply_gradients` makes of all at once."""
        self._run([gradient], [variable], False, learning_rate)

    def _run(self, grads: list[Any], variables: list[Any], whole: bool, learning_rate: Any = None) -> None:
        """The rule on some variables; `whole` adds clipping, decay, averages and the counter."""
        positions = [self._position(variable) for variable in variables]
        if whole and len(set(positions)) < len(positions):  # one twice: by one gradient, then the other
            Optimizer._step(self, grads, variables)
            return
        spec, dynamic = self._spec(variables, whole)
        run_step(
            spec,
            variables,
            grads,
            [self._slots_of(position) for position in positions],
            step.rate_of(self.learning_rate if learning_rate is None else learning_rate),
            self._iterations,
            dynamic,
            shared=self._shared(),
            averages=[self._model_variables_moving_average[i] for i in positions] if spec.ema is not None else (),
            sums=[self._accumulated_gradients[i] for i in positions] if spec.accumulate is not None else (),
            count=whole,
        )
