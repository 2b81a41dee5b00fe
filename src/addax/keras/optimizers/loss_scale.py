"""LossScaleOptimizer: keeps small float16 gradients from becoming zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, errors
from addax.core.tape import GradientTape
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.keras import registry
from addax.keras.optimizers.gradients import Pairs, summed_over_replicas, with_gradients
from addax.keras.optimizers.legacy import Optimizer as LegacyOptimizer
from addax.keras.optimizers.optimizer import Optimizer
from addax.keras.optimizers.weights import CallableList
from addax.ops import conditionals
from addax.ops import optimizers as rules

INITIAL_SCALE = 2**15
GROWTH_STEPS = 2000


class LossScaleOptimizer(Optimizer):
    """An optimizer around another: the loss is multiplied by a scale, and the gradients are divided by it.

    The dynamic scale doubles after `dynamic_growth_steps` steps with finite gradients, and halves after a step without
    them, which changes no variable (Micikevicius et al. 2017). `compile` puts it around the optimizer by itself under
    the policy "mixed_float16".

    Args:
        inner_optimizer: the optimizer to wrap.
        dynamic: whether the scale changes.
        initial_scale: where it starts, 2**15 by default; must be given if not `dynamic`.
        dynamic_growth_steps: finite steps before it doubles, 2000 by default.

    Raises:
        TypeError: not an optimizer, or one with a loss scale already.
        ValueError: arguments that contradict each other.

    >>> import addax as tf
    >>> optimizer = tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.SGD(0.5), initial_scale=8.0)
    >>> float(optimizer.get_scaled_loss(tf.constant(2.0)))
    16.0
    """

    def __init__(
        self,
        inner_optimizer: Any,
        dynamic: bool = True,
        initial_scale: float | None = None,
        dynamic_growth_steps: int | None = None,
    ) -> None:
        _check(inner_optimizer, dynamic, initial_scale, dynamic_growth_steps)
        self._optimizer = inner_optimizer
        inner_optimizer._is_wrapped_by_loss_scale_optimizer = True
        self._dynamic = dynamic
        self._initial_scale = float(INITIAL_SCALE if initial_scale is None else initial_scale)
        self._growth_steps: int | None = None
        if dynamic:
            self._growth_steps = int(GROWTH_STEPS if dynamic_growth_steps is None else dynamic_growth_steps)
            with context.init_scope():
                self._current_loss_scale = Variable(
                    np.float32(self._initial_scale), name="current_loss_scale", trainable=False
                )
                self._good_steps = Variable(np.int64(0), name="good_steps", dtype="int64", trainable=False)
        self._scaled = self._unscaled = False

    # ------------------------------------------------------------------ the scale

    @property
    def inner_optimizer(self) -> Any:
        """The wrapped optimizer."""
        return self._optimizer

    @property
    def dynamic(self) -> bool:
        """Whether the scale changes."""
        return self._dynamic

    @property
    def loss_scale(self) -> Tensor:
        """The current scale, a float32 scalar."""
        if self._dynamic:
            return self._current_loss_scale.value()
        return convert.convert_to_tensor(np.float32(self._initial_scale))

    @property
    def dynamic_counter(self) -> Variable | None:
        """Finite steps since the scale last changed; None if it does not."""
        return self._good_steps if self._dynamic else None

    @property
    def initial_scale(self) -> float:
        """Where the scale started."""
        return self._initial_scale

    @property
    def dynamic_growth_steps(self) -> int | None:
        """Finite steps before the scale doubles; None if it does not."""
        return self._growth_steps

    def get_scaled_loss(self, loss: Any) -> Any:
        """The loss (a tensor, or a function that returns one) multiplied by the scale."""
        self._scaled = True
        if callable(loss):
            return lambda: self.get_scaled_loss(loss())
        return loss * rules.cast_like(self.loss_scale, loss)

    def get_unscaled_gradients(self, grads: Sequence[Any]) -> list[Any]:
        """Gradients of the scaled loss divided by the scale; None stays None."""
        self._unscaled = True
        values = [_values(grad) for grad in grads if grad is not None]
        rest = iter(rules.unscaled(values, self.loss_scale) if values else ())
        return [None if grad is None else _with_values(grad, next(rest)) for grad in grads]

    # ------------------------------------------------------------------ steps

    def compute_gradients(self, loss: Any, var_list: Any, tape: GradientTape | None = None) -> list[tuple[Any, Any]]:
        """Gradients of a loss, scaled for the way back and unscaled after it; see `Optimizer.compute_gradients`."""
        tape = GradientTape() if tape is None else tape
        with _recording(tape):
            scaled = self.get_scaled_loss(loss)
        compute = getattr(self._optimizer, "compute_gradients", None) or self._optimizer._compute_gradients
        pairs = compute(scaled, var_list, tape=tape)
        return list(
            zip(self.get_unscaled_gradients([grad for grad, _ in pairs]), [var for _, var in pairs], strict=True)
        )

    def apply_gradients(
        self, grads_and_vars: Pairs, name: str | None = None, skip_gradients_aggregation: bool = False, **kwargs: Any
    ) -> Any:
        """Make a step of the wrapped optimizer if all (unscaled) gradients are finite, and count it in any case."""
        self._warn_if_not_scaled()
        if (replica := context.one_of_several()) is not None:
            aggregate = kwargs.pop("experimental_aggregate_gradients", True) and not skip_gradients_aggregation
            summed = summed_over_replicas(grads_and_vars) if aggregate else list(grads_and_vars)
            return replica._together(lambda: self.apply_gradients(summed, name, True))
        pairs = list(grads_and_vars)
        if not pairs:
            return self.iterations
        grads, variables = with_gradients(pairs)
        self._prepare_inner(variables, name)

        def apply() -> None:
            self._optimizer.apply_gradients(list(zip(grads, variables, strict=True)), name=name)

        if not self._dynamic:
            apply()
            return self.iterations
        finite = rules.all_finite([_values(grad) for grad in grads])
        scale, good = rules.next_loss_scale(self._current_loss_scale, self._good_steps, finite, self._growth_steps)
        self._current_loss_scale.assign(scale)
        self._good_steps.assign(good)
        _when(finite, apply, self._count)
        return self.iterations

    def _count(self) -> None:
        counter = self._optimizer.__dict__.get("_iterations")
        (self._optimizer.iterations if counter is None else counter).assign_add(np.int64(1))

    def _prepare_inner(self, variables: list[Any], name: str | None) -> None:
        """Make the slot variables now: a branch of a traced function cannot."""
        if isinstance(self._optimizer, LegacyOptimizer):
            self._optimizer._build_scoped(variables)
        elif not getattr(self._optimizer, "_built", False):
            self._optimizer._build_scoped(variables, name, scoped=False)

    def _warn_if_not_scaled(self) -> None:
        if self._scaled and self._unscaled:
            return
        calls = [
            call
            for done, call in ((self._scaled, "get_scaled_loss()"), (self._unscaled, "get_unscaled_gradients()"))
            if not done
        ]
        errors.warn_once(
            ("loss scale", tuple(calls)),
            f"You forgot to call LossScaleOptimizer.{' and LossScaleOptimizer.'.join(calls)} before calling "
            "LossScaleOptimizer.apply_gradients(). This will likely result in worse model quality.\n"
            "  To do: scaled = opt.get_scaled_loss(loss) inside the tape, grads = opt.get_unscaled_gradients("
            "tape.gradient(scaled, variables)), then opt.apply_gradients(zip(grads, variables)).",
            stacklevel=3,
        )

    # ------------------------------------------------------------------ what is the wrapped optimizer's

    def build(self, var_list: Sequence[Any]) -> None:
        """Make the wrapped optimizer's slot variables."""
        (self._optimizer._build_scoped if isinstance(self._optimizer, LegacyOptimizer) else self._optimizer.build)(
            var_list
        )

    @property
    def iterations(self) -> Any:
        """The number of steps, the skipped ones counted."""
        return self._optimizer.iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        self._optimizer.iterations = variable

    @property
    def learning_rate(self) -> Any:
        """The wrapped optimizer's learning rate."""
        return self._optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        self._optimizer.learning_rate = learning_rate

    @property
    def variables(self) -> CallableList:
        """The wrapped optimizer's variables."""
        inner = self._optimizer.variables
        return CallableList(inner() if callable(inner) else inner)

    @property
    def _variables(self) -> list[Variable]:
        return list(self.variables)

    def __getattr__(self, name: str) -> Any:
        """Options (clipnorm, momentum, use_ema, ...) are the wrapped optimizer's."""
        if name.startswith("__") or "_optimizer" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.__dict__["_optimizer"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        inner = self.__dict__.get("_optimizer")
        own = name.startswith("_") or isinstance(getattr(type(self), name, None), property)
        if inner is None or own or not hasattr(inner, name):
            super().__setattr__(name, value)
        else:
            setattr(inner, name, value)

    @property
    def _checkpoint_owner(self) -> Any:
        return self._optimizer  # which says when variables are made

    def _checkpoint_children(self) -> dict[str, Any]:
        """Parts by the names of TensorFlow's checkpoints: those of the inner optimizer, and the scale."""
        found = dict(self._optimizer._checkpoint_children())
        if self._dynamic:
            state = {"current_loss_scale": self._current_loss_scale, "good_steps": self._good_steps}
            found["loss_scale"] = self.__dict__.setdefault("_loss_scale_state", state)
        return found

    def _checkpoint_slots(self) -> list[Any]:
        own = getattr(self._optimizer, "_checkpoint_slots", None)
        return [] if own is None else own()

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """See `Optimizer.finalize_variable_values`."""
        if isinstance(self._optimizer, Optimizer):
            self._optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "inner_optimizer": registry.serialize_keras_object(self._optimizer),
            "dynamic": self.dynamic,
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """An optimizer of a config that `get_config` gave."""
        config = dict(config)
        inner = config.pop("inner_optimizer")
        if isinstance(inner, Mapping):
            from addax.keras import optimizers  # the table of names, which imports this file

            inner = optimizers.deserialize(inner, custom_objects)
        return cls(inner, **config)


def _check(inner: Any, dynamic: Any, initial_scale: Any, growth_steps: Any) -> None:
    if isinstance(inner, LossScaleOptimizer):
        raise TypeError(f"LossScaleOptimizer cannot wrap another LossScaleOptimizer, but got: {inner}")
    if not isinstance(inner, Optimizer | LegacyOptimizer):
        raise TypeError(f'"inner_optimizer" must be an instance of `tf.keras.optimizers.Optimizer`, but got: {inner}.')
    if not isinstance(dynamic, bool):
        raise TypeError(f'"dynamic" argument to LossScaleOptimizer.__init__ must be a bool, but got: {dynamic!r}')
    if getattr(inner, "_is_wrapped_by_loss_scale_optimizer", False):
        raise ValueError(
            '"inner_optimizer" is already wrapped by a LossScaleOptimizer. An optimizer can only be wrapped by a '
            "single LossScaleOptimizer."
        )
    if not dynamic and initial_scale is None:
        raise ValueError('"initial_scale" must be specified if "dynamic" is False')
    if not dynamic and growth_steps is not None:
        raise ValueError(f'"dynamic_growth_steps" must be None if "dynamic" is False, but got: {growth_steps}')


def _values(grad: Any) -> Any:
    return grad.values if hasattr(grad, "indices") and hasattr(grad, "values") else grad


def _with_values(grad: Any, values: Any) -> Any:
    return values if _values(grad) is grad else type(grad)(values, grad.indices, getattr(grad, "dense_shape", None))


def _recording(tape: GradientTape) -> Any:
    """Record a little more on a tape whose block is over."""
    if tape._recording:
        return context.name_scope("")
    tape._start()
    return _Stopped(tape)


class _Stopped:
    def __init__(self, tape: GradientTape) -> None:
        self._tape = tape

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: object) -> None:
        self._tape._stop()


def _when(condition: Tensor, yes: Callable[[], None], no: Callable[[], None]) -> None:
    """Run one of two functions that change variables; traced, both become branches of a conditional."""
    if not condition.is_symbolic:
        (yes if condition else no)()
        return

    conditionals.cond(condition, yes, no)


registry.register("optimizer", LossScaleOptimizer, "lossscaleoptimizer", "LossScaleOptimizerV3", "LossScaleOptimizerV1")
