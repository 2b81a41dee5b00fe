"""The base class of optimizers: state, options and the step; algorithms are in the files beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from addax.core import context, convert, errors
from addax.core.public_methods import refuse
from addax.core.tape import GradientTape
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.keras.config import floatx
from addax.keras.optimizers.gradients import Pairs, divided, summed_over_replicas, with_gradients
from addax.keras.optimizers.options import check_options
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule
from addax.keras.optimizers.schedules.schedule import deserialize as deserialize_schedule
from addax.keras.optimizers.schedules.schedule import serialize as serialize_schedule
from addax.keras.optimizers.step import gradient_array, like, true_dtype
from addax.keras.optimizers.weights import OptimizerWeights, takes_learning_rate
from addax.ops import conditionals
from addax.ops import optimizers as rules


class Optimizer(OptimizerWeights):
    """Base class of optimizers; users subclass it to write their own.

    A subclass makes its slot variables in `build` (by `add_variable_from_reference`), and changes one variable by its
    gradient in `update_step`.

    Args:
        name: of the optimizer; the first part of its variables' names. The class's name by default.
        weight_decay: each step first takes `weight_decay * learning_rate` of every variable away.
        clipnorm: the largest L2 norm of each gradient.
        clipvalue: the largest absolute value of a gradient's elements.
        global_clipnorm: the largest L2 norm of all gradients together.
        use_ema: keep exponential moving averages of the variables; `finalize_variable_values` puts them in.
        ema_momentum: of those averages.
        ema_overwrite_frequency: put the averages into the variables every so many steps (None: only at the end).
        jit_compile: recorded for configurations; steps are compiled by XLA in any case.
        gradient_accumulation_steps: average the gradients of so many calls before a step is made (None: each call
            is a step). Keras 3's option.
        loss_scale_factor: what `minimize` multiplies the loss by and `apply_gradients` divides gradients by, against
            gradients too small for 16 bits (None: 1). Keras 3's option.
        learning_rate: a number or a schedule, for subclasses that do not make it themselves.
        **kwargs: names of older versions, which are refused or left alone with a warning (`lr`).

    >>> import addax as tf
    >>> class Sign(tf.keras.optimizers.Optimizer):
    ...     def __init__(self, learning_rate=0.5, name="Sign", **kwargs):
    ...         super().__init__(name=name, **kwargs)
    ...         self._learning_rate = self._build_learning_rate(learning_rate)
    ...     def update_step(self, gradient, variable):
    ...         variable.assign_sub(self.learning_rate * tf.sign(gradient))
    >>> v = tf.Variable([1.0, 1.0])
    >>> _ = Sign().apply_gradients([(tf.constant([3.0, -0.1]), v)])
    >>> v.numpy().tolist()
    [0.5, 1.5]
    """

    def __init__(
        self,
        name: Any = None,
        weight_decay: float | None = 0,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        jit_compile: bool = True,
        gradient_accumulation_steps: int | None = None,
        loss_scale_factor: float | None = None,
        learning_rate: Any = None,
        **kwargs: Any,
    ) -> None:
        self._translate_old_names(kwargs)
        if not isinstance(name, str | None):
            name, learning_rate = None, name  # Keras 3 has the learning rate first
        self.name = type(self).__name__ if name is None else name
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.global_clipnorm = global_clipnorm
        self.clipvalue = clipvalue
        self.use_ema = use_ema
        self.jit_compile = bool(jit_compile)
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.loss_scale_factor = loss_scale_factor
        check_options(self)
        self._variables: list[Variable] = []
        with context.init_scope():
            self._iterations = Variable(np.int64(0), name="iteration", dtype="int64", trainable=False)
        self._variables.append(self._iterations)
        self._base_has_rate = learning_rate is not None
        if self._base_has_rate:
            self._learning_rate = self._build_learning_rate(learning_rate)

    def _translate_old_names(self, kwargs: dict[str, Any]) -> None:
        """`lr` of older programs has no effect but a warning, as in Keras; other names are refused with the way out."""
        kwargs.pop("is_legacy_optimizer", None)  # written by get_config
        legacy = f"tf.keras.optimizers.legacy.{type(self).__name__}"
        if "lr" in kwargs:
            errors.warn_once(
                ("optimizer lr", type(self).__name__),
                f"{type(self).__name__}: `lr={kwargs.pop('lr')}` has no effect, as in Keras 2.11 and later.\n"
                f"  To do: say learning_rate, or take {legacy}.",
                stacklevel=4,
            )
        for key in kwargs:
            if key in ("decay", "gradient_aggregator", "gradient_transformers"):
                raise ValueError(
                    f"{type(self).__name__}: {key} is deprecated in the new Keras optimizer.\n"
                    f"  To do: use a schedule of tf.keras.optimizers.schedules as learning_rate, or {legacy}."
                )
            known = ("learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "name")
            hint = errors.suggest(key, known)
            raise TypeError(
                f"{type(self).__name__}: {key} is not a valid argument{'; ' + hint if hint else ''}. "
                f"Older arguments belong to {legacy}."
            )

    # ------------------------------------------------------------------ learning rate and counter

    def _build_learning_rate(self, learning_rate: Any) -> Any:
        """The learning rate as a variable, or the schedule as it is (with a variable for its current value)."""
        if isinstance(learning_rate, LearningRateSchedule):
            self._make_current_learning_rate(learning_rate)
            return learning_rate
        with context.init_scope():
            return Variable(learning_rate, name="learning_rate", dtype=floatx(), trainable=False)

    def _make_current_learning_rate(self, schedule: LearningRateSchedule) -> None:
        with context.init_scope():
            now = convert.convert_to_tensor(schedule(self._iterations))
            self._current_learning_rate = Variable(now, name="current_learning_rate", trainable=False)

    def _compute_current_learning_rate(self) -> None:
        """Ask the schedule, if there is one, for this step's learning rate."""
        rate = getattr(self, "_learning_rate", None)
        if isinstance(rate, LearningRateSchedule):
            if not hasattr(self, "_current_learning_rate"):
                self._make_current_learning_rate(rate)
            self._current_learning_rate.assign(rate(self.iterations))

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the current step, a variable; assignable unless a schedule gives it.

        Raises:
            ValueError: the subclass never set one.
            TypeError: assigned a number while a schedule is in charge.
        """
        rate = getattr(self, "_learning_rate", None)
        if rate is None:
            raise ValueError("Missing learning rate, please set self.learning_rate at optimizer creation time.")
        return self._current_learning_rate if isinstance(rate, LearningRateSchedule) else rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        if isinstance(learning_rate, LearningRateSchedule):
            self._make_current_learning_rate(learning_rate)
            self._learning_rate = learning_rate
            return
        current = getattr(self, "_learning_rate", None)
        if isinstance(current, LearningRateSchedule):
            raise TypeError(
                f"{type(self).__name__}: this optimizer was created with a `LearningRateSchedule` as its learning "
                "rate, so the learning rate is not settable. Create it with a number to be able to set it."
            )
        if current is None:
            self._learning_rate = self._build_learning_rate(learning_rate)
        else:
            current.assign(_as_float(learning_rate, current))

    @property
    def lr(self) -> Any:
        """The older name of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, learning_rate: Any) -> None:
        self.learning_rate = learning_rate

    @property
    def iterations(self) -> Any:
        """The number of steps made so far: an int64 variable (with gradient accumulation, a tensor).

        Raises:
            RuntimeError: set after the optimizer was built.
        """
        if self.gradient_accumulation_steps is not None:
            return self._iterations // self.gradient_accumulation_steps
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if getattr(self, "_built", False):
            raise RuntimeError(
                "Cannot set `iterations` to a new Variable after the Optimizer weights have been created. "
                f"Received: {variable}.\n  To do: set it before the first `apply_gradients()`, or assign to it."
            )
        self._variables = [variable if each is self._iterations else each for each in self._variables]
        self._iterations = variable

    # ------------------------------------------------------------------ slot variables

    def build(self, var_list: Sequence[Any]) -> None:
        """Make the slot variables of the model's variables. Subclasses extend it; the first call counts.

        Args:
            var_list: the variables that will be updated, all of them.
        """
        if getattr(self, "_built", False):
            return
        self._build_index_dict(var_list)
        if self.use_ema:
            self._model_variables_moving_average = [
                self.add_variable_from_reference(var, "average", initial_value=var) for var in var_list
            ]
        if self.gradient_accumulation_steps is not None:
            # Not among `variables`, whose order is Keras's.
            self._accumulated_gradients = [
                Variable(np.zeros(tuple(var.shape), true_dtype(var).np), name="gradient_accumulator", trainable=False)
                for var in var_list
            ]

    def _build_index_dict(self, var_list: Sequence[Any]) -> None:
        self._index_dict = {self._var_key(var): i for i, var in enumerate(var_list)}
        self._model_variables = _Held(list(var_list))

    def _var_key(self, variable: Any) -> int:
        """What `_index_dict` knows a variable by."""
        return id(variable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """After a copy the variables are others, so their keys are too."""
        self.__dict__.update(state)
        if "_model_variables" in state:
            self._index_dict = {id(var): i for i, var in enumerate(self._model_variables.variables)}

    # ------------------------------------------------------------------ gradients

    def compute_gradients(self, loss: Any, var_list: Any, tape: GradientTape | None = None) -> list[tuple[Any, Any]]:
        """Gradients of a loss.

        Args:
            loss: a function without arguments that returns the loss, or a tensor (then `tape` is needed).
            var_list: the variables, or a function that returns them after the loss was computed.
            tape: the tape on which the loss was recorded.

        Returns:
            A list of (gradient or None, variable).

        Raises:
            ValueError: a tensor without its tape.
        """
        if not callable(loss) and tape is None:
            raise ValueError(f"`tape` is required when a `Tensor` loss is passed. Received: loss={loss}, tape={tape}.")
        tape = GradientTape() if tape is None else tape
        if callable(loss):
            with tape:
                if not callable(var_list):
                    tape.watch(var_list)
                loss = loss()
            if not hasattr(loss, "dtype"):
                raise AttributeError(f"{self.name}: expected `loss` to return a tensor. Received: {loss!r:.80}.")
            var_list = var_list() if callable(var_list) else var_list
        return list(zip(tape.gradient(loss, var_list), var_list, strict=True))

    def minimize(self, loss: Any, var_list: Any, tape: GradientTape | None = None) -> None:
        """Compute gradients of `loss` and apply them; see `compute_gradients`.

        >>> import addax as tf
        >>> v = tf.Variable(2.0)
        >>> tf.keras.optimizers.SGD(0.25).minimize(lambda: v * v, [v])
        >>> v.numpy()
        np.float32(1.0)
        """
        pairs = self.compute_gradients if self.loss_scale_factor is None else self._scaled_pairs
        self.apply_gradients(pairs(loss, var_list, tape))

    def aggregate_gradients(self, grads_and_vars: Pairs) -> list[tuple[Any, Any]]:
        """Sum gradients over the replicas of a strategy."""
        try:
            return summed_over_replicas(grads_and_vars)
        except Exception as error:
            refuse(error, self.aggregate_gradients, grads_and_vars)

    def apply_gradients(
        self, grads_and_vars: Pairs, name: str | None = None, skip_gradients_aggregation: bool = False, **kwargs: Any
    ) -> Any:
        """Make one step.

        Args:
            grads_and_vars: pairs of a gradient (tensor, IndexedSlices or None) and its variable.
            name: the first part of the names of variables made now, by default the optimizer's name.
            skip_gradients_aggregation: True where the caller has summed gradients over devices.
            **kwargs: `experimental_aggregate_gradients`, the opposite of it in older programs.

        Returns:
            The counter of steps.

        Raises:
            ValueError: no gradient for any variable.
            KeyError: a variable that the optimizer was not built with.
            InvalidArgumentError: a gradient of another shape or dtype than its variable.
        """
        aggregate = kwargs.pop("experimental_aggregate_gradients", True) and not skip_gradients_aggregation
        if kwargs:
            raise TypeError(f"apply_gradients: {next(iter(kwargs))} is not an argument of {type(self).__name__}.")
        try:
            pairs = self.aggregate_gradients(grads_and_vars) if aggregate else list(grads_and_vars)
            if (among := context.one_of_several()) is not None:
                return among._together(lambda: self.apply_gradients(pairs, name, True))
            self._compute_current_learning_rate()
            if not pairs:
                return self._iterations
            grads, variables = with_gradients(pairs)
            if self.loss_scale_factor is not None:
                grads = [divided(grad, self.loss_scale_factor) for grad in grads]
            if not getattr(self, "_built", False):
                self._build_scoped([variable for _, variable in pairs], name)
            self._step(grads, variables)
            for variable in variables:
                if (constraint := variable.constraint) is not None:
                    variable.assign(constraint(variable))
            return self._iterations
        except Exception as error:
            refuse(error, self.apply_gradients, grads_and_vars, name)

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> Any:
        """Make one step with a gradient for each variable (by default, those it was built for); Keras 3's name.

        Raises:
            ValueError: the numbers differ, or no variables are known.
        """
        if trainable_variables is None:
            trainable_variables = getattr(self, "_model_variables", _Held([])).variables
        if len(grads) != len(trainable_variables) or not grads:
            raise ValueError(
                f"{type(self).__name__}.apply: expected a gradient for each of {len(trainable_variables)} variables. "
                f"Received: {len(grads)} gradients.\n  To do: pass trainable_variables, or build the optimizer first."
            )
        return self.apply_gradients(zip(grads, trainable_variables, strict=True))

    def _build_scoped(self, variables: list[Any], name: str | None, scoped: bool = True) -> None:
        """`build` outside of any trace, with names under the optimizer's if `scoped`."""
        count = len(self._variables)
        try:
            scope = context.name_scope(name or self.name or "optimizer") if scoped else nullcontext()
            with scope, context.init_scope():
                self.build(variables)
                self._built = True
        except Exception:
            del self._variables[count:]
            self._built = False
            self.__dict__.pop("_index_dict", None)
            raise
        for call in self.__dict__.pop("_when_parts_come", ()):  # values that a checkpoint has for these variables
            call()

    def _checkpoint_children(self) -> dict[str, Any]:
        """Parts by the names of TensorFlow's checkpoints: those of the attributes."""
        return {name: part for name, part in vars(self).items() if name != "_when_parts_come"}

    def _step(self, grads: list[Any], variables: list[Any]) -> None:
        """Change all variables by the subclass's `update_step`."""
        for variable in variables:
            self._position(variable)
        if self.gradient_accumulation_steps is not None:
            self._step_accumulated(grads, variables)
            return
        self._make_step(grads, variables)
        self._iterations.assign_add(np.int64(1))

    def _step_accumulated(self, grads: list[Any], variables: list[Any]) -> None:
        count = self.gradient_accumulation_steps
        sums = [self._accumulated_gradients[self._position(variable)] for variable in variables]
        for total, grad in zip(sums, grads, strict=True):
            total.assign_add(convert.convert_to_tensor(grad))

        def make() -> None:
            self._make_step([total / count for total in sums], variables)
            for total in sums:
                total.assign(total * 0)

        conditionals.cond((self._iterations + 1) % count == 0, make, lambda: None)
        self._iterations.assign_add(np.int64(1))

    def _make_step(self, grads: list[Any], variables: list[Any]) -> None:
        grads = self._clip_gradients(grads)
        self._apply_weight_decay(variables)
        for grad, variable in zip(grads, variables, strict=True):
            if takes_learning_rate(type(self)):
                self.update_step(grad, variable, self.learning_rate)
            else:
                self.update_step(grad, variable)
        if self.use_ema:
            self._update_model_variables_moving_average(variables)
            every = int(self.ema_overwrite_frequency or 0)
            for variable in variables if every else ():
                variable.assign(rules.overwritten(variable, self._average_of(variable), self.iterations, every))

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any = None) -> Any:
        """Change `variable` by its `gradient`; what an optimizer of one's own has to implement.

        Those that take a third argument are given the learning rate, as in Keras 3.
        """
        raise NotImplementedError(
            f"{type(self).__name__}.update_step(gradient, variable) is not implemented: a subclass of "
            "tf.keras.optimizers.Optimizer has to."
        )

    def _position(self, variable: Any) -> int:
        """Where the slots of a variable are."""
        found = self._index_dict.get(self._var_key(variable)) if hasattr(self, "_index_dict") else 0
        if found is None:
            raise KeyError(
                f"The optimizer cannot recognize variable {variable.name}: it was built for other variables, which "
                "happens when parts of a model are trained one after another.\n  To do: call "
                "`optimizer.build(variables)` with all variables before the first step, use an optimizer for each "
                f"part, or tf.keras.optimizers.legacy.{type(self).__name__}."
            )
        return found

    def _clip(self) -> tuple[tuple[str, float], ...]:
        """How gradients are clipped: the first of the options that is set."""
        for how, limit in (("norm", self.clipnorm), ("global_norm", self.global_clipnorm), ("value", self.clipvalue)):
            if limit and limit > 0:
                return ((how, float(limit)),)
        return ()

    def _clip_gradients(self, grads: Sequence[Any]) -> list[Any]:
        """Gradients within the optimizer's limits (None stays None)."""
        clip = self._clip()
        if not clip:
            return list(grads)
        kept = [gradient_array(grad) for grad in grads if grad is not None]
        clipped = rules.compiled_clip(clip)(kept) if context.state.trace is None else rules.clip(kept, clip)
        rest = iter(clipped)
        return [None if grad is None else like(grad, next(rest)) for grad in grads]

    # ------------------------------------------------------------------ weight decay and averages

    def exclude_from_weight_decay(
        self, var_list: Sequence[Any] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Leave variables out of weight decay; to be called before the first step.

        Args:
            var_list: variables.
            var_names: regular expressions; a variable whose name one of them is found in is left out.

        Raises:
            ValueError: the optimizer is built.
        """
        if getattr(self, "_built", False):
            raise ValueError("`exclude_from_weight_decay()` can only be configured before the optimizer is built.")
        self._exclude_from_weight_decay = [self._var_key(variable) for variable in var_list or ()]
        self._excluded_variables = _Held(list(var_list or ()))
        self._exclude_from_weight_decay_names = list(var_names or ())

    def _use_weight_decay(self, variable: Any) -> bool:
        if self._var_key(variable) in getattr(self, "_exclude_from_weight_decay", ()):
            return False
        names = getattr(self, "_exclude_from_weight_decay_names", ())
        return not any(re.search(name, variable.name) for name in names)

    def _decays(self, variables: Sequence[Any]) -> tuple[float, ...] | None:
        """The weight decay of each variable; None where there is none at all."""
        amount = float(self.weight_decay or 0)
        return tuple([amount if self._use_weight_decay(each) else 0.0 for each in variables]) if amount else None

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        for variable, amount in zip(variables, self._decays(variables) or (), strict=False):
            if amount:
                variable.assign(rules.decayed(variable, self.learning_rate, amount))

    def _average_of(self, variable: Any) -> Variable:
        return self._model_variables_moving_average[self._position(variable)]

    def _update_model_variables_moving_average(self, var_list: Sequence[Any]) -> None:
        for variable in var_list:
            average = self._average_of(variable)
            average.assign(rules.averaged(average, variable, float(self.ema_momentum)))

    def _overwrite_model_variables_with_average_value(self, var_list: Sequence[Any]) -> None:
        for variable in var_list:
            variable.assign(self._average_of(variable).value())

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Give variables their final values at the end of training: with `use_ema`, their averages."""
        if self.use_ema:
            self._overwrite_model_variables_with_average_value(var_list)

    # ------------------------------------------------------------------ configuration and saving

    def _serialize_hyperparameter(self, hyperparameter: Any) -> Any:
        if isinstance(hyperparameter, LearningRateSchedule):
            return serialize_schedule(hyperparameter)
        if isinstance(hyperparameter, Variable | Tensor):
            return hyperparameter.numpy()
        return hyperparameter() if callable(hyperparameter) else hyperparameter

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; subclasses add theirs."""
        config = {
            "name": self.name,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "jit_compile": self.jit_compile,
            "is_legacy_optimizer": False,
        }
        for option in ("gradient_accumulation_steps", "loss_scale_factor"):  # of Keras 3; Keras 2 does not know them
            if getattr(self, option) is not None:
                config[option] = getattr(self, option)
        if self.__dict__.get("_base_has_rate"):
            config["learning_rate"] = self._serialize_hyperparameter(self._learning_rate)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """An optimizer of a config that `get_config` gave."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = deserialize_schedule(config["learning_rate"], custom_objects=custom_objects)
        return cls(**config)


class _Held:
    """Keeps variables alive, so that their ids stay theirs, without listing them as the optimizer's own."""

    __slots__ = ("variables",)

    def __init__(self, variables: list[Any]) -> None:
        self.variables = variables


def _as_float(value: Any, like: Variable) -> Any:
    return value if isinstance(value, Tensor | Variable) else np.asarray(value, like.dtype.np)
