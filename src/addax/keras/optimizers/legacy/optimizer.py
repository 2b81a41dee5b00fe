"""The base class of the legacy optimizers (tf.keras.optimizers.legacy), as TensorFlow 2.0 to 2.10 had them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, errors
from addax.core.explain import none_gradient_warning
from addax.core.graph_gradients import gradients as gradients_in_graph
from addax.core.indexed_slices import IndexedSlices
from addax.core.tape import GradientTape
from addax.core.tensor import Tensor
from addax.core.trees import flatten
from addax.core.variable import Variable
from addax.keras.optimizers import step
from addax.keras.optimizers.gradients import summed_over_replicas
from addax.keras.optimizers.schedules.schedule import LearningRateSchedule
from addax.keras.optimizers.schedules.schedule import deserialize as deserialize_schedule
from addax.keras.optimizers.schedules.schedule import serialize as serialize_schedule
from addax.ops import optimizers as rules

Pairs = Iterable[tuple[Any, Any]]
_OPTIONS = ("clipnorm", "clipvalue", "lr", "decay", "global_clipnorm")


class Optimizer:
    """Base class of legacy optimizers; users subclass it to write their own.

    A subclass names its hyperparameters with `_set_hyper`, makes slot variables in `_create_slots` with `add_slot`, and
    changes a variable in `_resource_apply_dense(grad, var, apply_state=None)` (`_resource_apply_sparse(grad, var,
    indices, apply_state=None)` for the rows of an IndexedSlices).

    Args:
        name: of the optimizer; the first part of its variables' names.
        gradient_aggregator: a function of pairs (gradient, variable) that sums gradients over devices; by default there
            is nothing left to sum.
        gradient_transformers: functions from pairs to pairs, applied after clipping.
        **kwargs: `clipnorm`, `clipvalue`, `global_clipnorm`, `decay` (of the rate with time) and `lr` (the old name of
            the learning rate).

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.keras.optimizers.legacy.SGD(learning_rate=0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([1.0]), v)])
    >>> v.numpy().tolist()
    [0.5]
    """

    _rule: Callable[..., Any] | None = None  # the built-in optimizers' rule, see addax.ops.optimizers
    _advance: Callable[..., Any] | None = None
    _lazy: str | None = None  # what a sparse gradient leaves alone, see StepSpec.lazy
    loss_scale_factor: float | None = None  # an option of Keras 3's optimizers, which LossScaleOptimizer asks for

    def __init__(
        self,
        name: str,
        gradient_aggregator: Callable[..., Any] | None = None,
        gradient_transformers: Sequence[Callable[..., Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        object.__setattr__(self, "_hyper", {})
        self._use_locking = True  # optimizers of users' own hand it to assign
        _check_options(kwargs)
        self._name = name or type(self).__name__
        self._slots: dict[int, dict[str, Variable]] = {}
        self._slot_names: list[str] = []
        self._weights: list[Variable] = []
        self._iterations: Variable | None = None
        self._hypers_created = False
        self._initial_decay = kwargs.get("decay") or 0.0
        self.gradient_aggregator = gradient_aggregator
        self.gradient_transformers = list(gradient_transformers or ())
        self.clipnorm = kwargs.get("clipnorm")
        self.clipvalue = kwargs.get("clipvalue")
        self.global_clipnorm = kwargs.get("global_clipnorm")
        if self.clipnorm is not None and self.global_clipnorm is not None:
            raise ValueError(
                "Cannot accept both `clipnorm` and `global_clipnorm`. Received: "
                f"`clipnorm`={self.clipnorm}, `global_clipnorm`={self.global_clipnorm}."
            )
        clipped = any(limit is not None for limit in (self.clipnorm, self.clipvalue, self.global_clipnorm))
        if clipped and self.gradient_transformers:
            raise ValueError(
                "`clipnorm`, `clipvalue` and `global_clipnorm` cannot be set when `gradient_transformers` is set. "
                "Use the transformers to clip."
            )

    # ------------------------------------------------------------------ hyperparameters

    def _set_hyper(self, name: str, value: Any) -> None:
        """Name a hyperparameter (a number, tensor, schedule or function), or change it."""
        previous = self._hyper.get(name)
        if isinstance(previous, Variable) and not isinstance(value, LearningRateSchedule):
            previous.assign(value if isinstance(value, Tensor | Variable) else np.asarray(value, previous.dtype.np))
        else:
            self._hyper[name] = value

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        """The value of a hyperparameter, cast to `dtype` unless it is a schedule."""
        self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return value
        if callable(value) and not isinstance(value, Variable | Tensor):
            value = value()
        if dtype is None:
            return value
        want = dtypes.as_dtype(dtype).np
        return (
            rules.cast_like(value, np.zeros((), want))
            if isinstance(value, Variable | Tensor)
            else convert.convert_to_tensor(np.asarray(value, want))
        )

    def _create_hypers(self) -> None:
        """Make variables of the hyperparameters that are numbers, so that they can be changed."""
        if self._hypers_created:
            return
        with context.init_scope():
            for name, value in sorted(self._hyper.items()):
                if isinstance(value, Tensor | Variable) or callable(value):
                    continue
                self._hyper[name] = Variable(np.asarray(value, np.float32), name=name, trainable=False)
        self._hypers_created = True

    def __getattr__(self, name: str) -> Any:
        """Hyperparameters are attributes; `lr` is the learning rate."""
        hyper = self.__dict__.get("_hyper", {})
        name = "learning_rate" if name == "lr" else name
        if name in hyper:
            return self._get_hyper(name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", ()):
            self._set_hyper(name, value)
        else:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *self._hyper}
        return sorted(names | {"lr"} if "learning_rate" in names else names)

    def _decayed_lr(self, var_dtype: Any) -> Any:
        """The learning rate of this step, after schedule and decay."""
        rate = self._get_hyper("learning_rate", var_dtype)
        if isinstance(rate, LearningRateSchedule):
            like = np.zeros((), dtypes.as_dtype(var_dtype).np)
            rate = rules.cast_like(rate(rules.cast_like(self.iterations, like)), like)
        if self._initial_decay > 0.0:
            rate = rules.time_decayed(rate, self.iterations, float(self._initial_decay))
        return rate

    # ------------------------------------------------------------------ variables

    @property
    def iterations(self) -> Variable:
        """The number of steps made so far, an int64 variable.

        Raises:
            RuntimeError: set when there is one.
        """
        if self._iterations is None:
            with context.init_scope():
                self._iterations = Variable(np.int64(0), name="iter", dtype="int64", trainable=False)
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if self._iterations is not None:
            raise RuntimeError(
                "Cannot set `iterations` to a new Variable after the Optimizer weights have been created. "
                f"Received: {variable}."
            )
        self._iterations = variable
        self._weights.append(variable)

    def add_weight(
        self, name: str, shape: Any = (), dtype: Any = None, initializer: Any = "zeros", trainable: bool | None = None,
        synchronization: int = 0, aggregation: int = 0,
    ) -> Variable:  # fmt: skip
        """Make a variable of the optimizer's own (which `weights` lists only if the subclass adds it)."""
        with context.init_scope():
            value = _initial(initializer, tuple(shape or ()), dtypes.as_dtype(dtype or "float32"))
            made = Variable(
                value, name=name, dtype=dtype or "float32", trainable=True if trainable is None else trainable,
                synchronization=synchronization, aggregation=aggregation,
            )  # fmt: skip
        self.__dict__.setdefault("_added", {})[name] = made
        return made

    def add_slot(self, var: Any, slot_name: str, initializer: Any = "zeros", shape: Any = None) -> Variable:
        """The slot variable of `var` named `slot_name`, made on first use."""
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slots = self._slots.setdefault(id(var), _Slots(var))
        if slot_name not in slots:
            dtype = step.true_dtype(var)
            made = Variable(
                _initial(initializer, tuple(var.shape if shape is None else shape), dtype),
                name=f"{var._shared_name}/{slot_name}", dtype=dtype, trainable=False,
            )  # fmt: skip
            slots[slot_name] = made
            self._weights.append(made)
        return slots[slot_name]

    def get_slot(self, var: Any, slot_name: str) -> Variable:
        """The slot variable of `var` named `slot_name`; KeyError if there is none."""
        return self._slots[id(var)][slot_name]

    def get_slot_names(self) -> list[str]:
        """The names of all slots."""
        return self._slot_names

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Make slot variables; subclasses override it."""

    def _create_all_weights(self, var_list: Sequence[Any]) -> None:
        _ = self.iterations
        self._create_hypers()
        self._create_slots(var_list)

    def _build_scoped(self, var_list: Sequence[Any]) -> None:
        """Make all variables, with names under the optimizer's."""
        with context.name_scope(self._name), context.init_scope():
            self._create_all_weights(list(var_list))
        for call in self.__dict__.pop("_when_parts_come", ()):  # values that a checkpoint has for these variables
            call()

    # ------------------------------------------------------------------ checkpoints

    def _checkpoint_children(self) -> dict[str, Any]:
        """Parts by the names of TensorFlow's checkpoints: hyperparameters, the counter of steps, added weights."""
        found = {**self.__dict__.get("_added", {}), **self._hyper}
        return found if self._iterations is None else {**found, "iter": self._iterations}

    def _checkpoint_slots(self) -> list[tuple[Any, str, Variable]]:
        """(variable, name, slot variable) of each slot."""
        return [(slots.variable, name, slot) for slots in self._slots.values() for name, slot in slots.items()]

    def _saved_model_identifier(self) -> str:
        """Under which TensorFlow knows what has slot variables."""
        return "optimizer"

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__["_slots"] = {id(slots.variable): slots for slots in self._slots.values()}

    # ------------------------------------------------------------------ steps

    def minimize(
        self, loss: Any, var_list: Any, grad_loss: Any = None, name: str | None = None, tape: GradientTape | None = None
    ) -> Any:
        """Compute gradients of `loss` (a function, or a tensor with its tape) and apply them."""
        pairs = self._compute_gradients(loss, var_list=var_list, grad_loss=grad_loss, tape=tape)
        return self.apply_gradients(pairs, name=name)

    def _compute_gradients(
        self, loss: Any, var_list: Any, grad_loss: Any = None, tape: GradientTape | None = None
    ) -> list[tuple[Any, Any]]:
        if not callable(loss) and tape is None:
            raise ValueError(f"`tape` is required when a `Tensor` loss is passed. Received: loss={loss}, tape={tape}.")
        tape = GradientTape() if tape is None else tape
        if callable(loss):
            with tape:
                if not callable(var_list):
                    tape.watch(var_list)
                loss = loss()
            if callable(var_list):
                var_list = var_list()
        var_list = flatten(var_list)
        return list(zip(tape.gradient(loss, var_list, grad_loss), var_list, strict=True))

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """In a `tf.function` or a `tf.Graph`: the clipped gradients of `loss`, as TensorFlow 1 had it.

        Args:
            loss: a tensor computed in that function or graph.
            params: variables, in any structure.

        Returns:
            A list with one gradient for each variable.

        Raises:
            ValueError: no gradient for one of them; so it is for every loss that was computed eagerly.
        """
        params = flatten(params)
        symbolic = context.state.trace is not None
        found = gradients_in_graph(loss, params) if symbolic else [None] * len(params)
        for gradient, variable in zip(found, params, strict=True):
            if gradient is None:
                hint = "use operations that can be differentiated" if symbolic else "use `minimize`, or a GradientTape"
                raise ValueError(
                    errors.message(
                        f"{self._name}: variable {variable.name} has `None` for gradient",
                        expected="a loss that depends on it, computed in a tf.function or tf.Graph",
                        received=errors.describe(loss),
                        hint=hint,
                    )
                )
        pairs = self._transform_gradients(list(zip(found, params, strict=True)))
        return [gradient for gradient, _ in pairs]

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """In a `tf.function` or a `tf.Graph`: make one step down `loss`; a list with what that step gives.

        Raises:
            ValueError: no gradient for one of `params`, see `get_gradients`.
        """
        params = flatten(params)
        gradients = self.get_gradients(loss, params)
        return [self.apply_gradients(list(zip(gradients, params, strict=True)))]

    def apply_gradients(
        self, grads_and_vars: Pairs, name: str | None = None, experimental_aggregate_gradients: bool = True
    ) -> Any:
        """Make one step.

        Args:
            grads_and_vars: pairs of a gradient (tensor, IndexedSlices or None) and its variable.
            name: accepted for Keras's signature.
            experimental_aggregate_gradients: False leaves `gradient_aggregator` out.

        Returns:
            The counter of steps; None where there are no pairs.

        Raises:
            ValueError: no gradient for any variable.
        """
        if (replica := context.one_of_several()) is not None:
            given = list(grads_and_vars)
            summed = summed_over_replicas(given) if experimental_aggregate_gradients else given
            return replica._together(lambda: self.apply_gradients(summed, name, False))
        pairs = _filtered(list(grads_and_vars))
        variables = [variable for _, variable in pairs]
        self._build_scoped(variables)
        if not pairs:
            return None
        if experimental_aggregate_gradients and self.gradient_aggregator is not None:
            pairs = list(self.gradient_aggregator(pairs))
        once = len({id(variable) for variable in variables}) == len(variables)
        if once and self._rule is not None and self._is_whole() and not self.gradient_transformers:
            self._run(pairs)
        else:
            self._apply_one_by_one(self._transform_gradients(pairs))
            self.iterations.assign_add(np.int64(1))
        for grad, variable in pairs:
            if variable.constraint is not None:
                _refuse_sparse(grad, variable)
                variable.assign(variable.constraint(variable))
        return self.iterations

    def _is_whole(self) -> bool:
        """Whether the step may be one call: the class brings its rule and nobody overrode the step."""
        cls = type(self)
        return (
            cls._resource_apply_dense is Optimizer._resource_apply_dense
            and cls._resource_apply_sparse is Optimizer._resource_apply_sparse
        )

    def _rule_hyper(self) -> dict[str, Any]:
        """The rule's hyperparameters by name."""
        raise NotImplementedError

    def _shared(self) -> Variable | None:
        return None

    def _clips(self) -> tuple[tuple[str, float], ...]:
        limits = (("value", self.clipvalue), ("norm", self.clipnorm), ("global_norm", self.global_clipnorm))
        return tuple([(how, float(limit)) for how, limit in limits if limit is not None])

    def _run(self, pairs: Sequence[tuple[Any, Any]], clips: Any = None, count: bool = True) -> None:
        """The step of the rule over pairs, as one call."""
        variables = [variable for _, variable in pairs]
        hyper, dynamic = step.split(self._rule_hyper())
        spec = rules.StepSpec(
            type(self)._rule, type(self)._advance if count else None, hyper, self._clips() if clips is None else clips,
            None, None, None, self._lazy_kind(), tuple([variable._shared_name for variable in variables]),
        )  # fmt: skip
        step.run_step(
            spec,
            variables,
            [grad for grad, _ in pairs],
            [tuple(self._slots.get(id(variable), {}).values()) for variable in variables],
            step.rate_of(self._decayed_lr(step.true_dtype(variables[0]))),
            self.iterations,
            dynamic,
            shared=self._shared(),
            count=count,
        )

    def _lazy_kind(self) -> str | None:
        return type(self)._lazy

    def _apply_one_by_one(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        apply_state = self._prepare([variable for _, variable in pairs])
        shared, advance = self._shared(), type(self)._advance
        if shared is not None and advance is not None:
            advanced = advance(step.read(shared), step.read(self.iterations), **self._rule_hyper())
            shared.set_value(advanced)
        for grad, variable in pairs:
            if not hasattr(grad, "indices"):
                self._resource_apply_dense(grad, variable, **_accepted(self._resource_apply_dense, apply_state))
            else:
                self._resource_apply_sparse_duplicate_indices(
                    grad.values, variable, grad.indices, **_accepted(self._resource_apply_sparse, apply_state)
                )

    def _transform_gradients(self, pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        """Clip, then apply the transformers."""
        clips = self._clips()
        if clips:
            arrays = [step.gradient_array(grad) for grad, _ in pairs]
            clipped = rules.compiled_clip(clips)(arrays) if context.state.trace is None else rules.clip(arrays, clips)
            pairs = [(step.like(grad, array), var) for (grad, var), array in zip(pairs, clipped, strict=True)]
        for function in self.gradient_transformers:
            pairs = list(function(pairs))
        return pairs

    def _prepare(self, var_list: Sequence[Any]) -> dict[Any, dict[str, Any]]:
        """What updates of one device and dtype share, under (device, dtype); `_prepare_local` fills it in."""
        state: dict[Any, dict[str, Any]] = {}
        for device, dtype in {(var.device, step.true_dtype(var)) for var in var_list}:
            state[device, dtype] = {}
            self._prepare_local(device, dtype, state)
        return state

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: dict[Any, dict[str, Any]]) -> None:
        if "learning_rate" in self._hyper:
            apply_state[var_device, var_dtype]["lr_t"] = self._decayed_lr(var_dtype)

    def _fallback_apply_state(self, var_device: Any, var_dtype: Any) -> dict[str, Any]:
        state: dict[Any, dict[str, Any]] = {(var_device, var_dtype): {}}
        self._prepare_local(var_device, var_dtype, state)
        return state[var_device, var_dtype]

    def _resource_apply_dense(self, grad: Any, handle: Any, apply_state: Any = None) -> Any:
        """Change one variable by its gradient; what an optimizer of one's own has to implement."""
        if self._rule is None:
            raise NotImplementedError("`_resource_apply_dense` must be implemented in subclasses.")
        self._run([(grad, handle)], clips=(), count=False)

    def _resource_apply_sparse(self, grad: Any, handle: Any, indices: Any, apply_state: Any = None) -> Any:
        """Change rows of one variable; `indices` has no repetitions."""
        if self._rule is None:
            raise NotImplementedError("`_resource_apply_sparse` must be implemented in subclasses.")
        self._run([(_Rows(grad, indices), handle)], clips=(), count=False)

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, handle: Any, indices: Any, **kwargs: Any) -> Any:
        """Add repeated rows up and call `_resource_apply_sparse`."""
        where, inverse = np.unique(np.asarray(indices), return_inverse=True)
        values = np.zeros((len(where), *grad.shape[1:]), np.asarray(grad).dtype)
        np.add.at(values, inverse.reshape(-1), np.asarray(grad))
        return self._resource_apply_sparse(
            convert.convert_to_tensor(values), handle, convert.convert_to_tensor(where), **kwargs
        )

    def _resource_scatter_add(self, x: Any, i: Any, v: Any) -> Any:
        """Rows `v` added to rows `i` of a variable; for optimizers of one's own."""
        return x.scatter_add(IndexedSlices(convert.convert_to_tensor(v), convert.convert_to_tensor(i)))

    def _resource_scatter_update(self, x: Any, i: Any, v: Any) -> Any:
        """Rows `i` of a variable made `v`; for optimizers of one's own."""
        return x.scatter_update(IndexedSlices(convert.convert_to_tensor(v), convert.convert_to_tensor(i)))

    # ------------------------------------------------------------------ configuration and saving

    def _serialize_hyperparameter(self, hyperparameter_name: str) -> Any:
        value = self._hyper[hyperparameter_name]
        if isinstance(value, LearningRateSchedule):
            return serialize_schedule(value)
        if isinstance(value, Variable | Tensor):
            return value.numpy()
        return value() if callable(value) else value

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; subclasses add theirs."""
        options = {"clipnorm": self.clipnorm, "clipvalue": self.clipvalue, "global_clipnorm": self.global_clipnorm}
        return {"name": self._name, **{name: value for name, value in options.items() if value is not None}}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """An optimizer of a config that `get_config` gave."""
        config = dict(config)
        config.pop("is_legacy_optimizer", None)
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = deserialize_schedule(config["learning_rate"], custom_objects=custom_objects)
        return cls(**config)

    def variables(self) -> list[Variable]:
        """The counter and the slot variables, in the order in which they were made."""
        return self._weights

    @property
    def weights(self) -> list[Variable]:
        """The same as `variables()`."""
        return self._weights

    def get_weights(self) -> list[Any]:
        """The values of `weights` as NumPy arrays."""
        return [variable.numpy() for variable in self._weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the values of `weights`, in their order; ValueError where number or shapes differ."""
        arrays = self._as_now([np.asarray(weight) for weight in weights])
        if len(arrays) != len(self._weights):
            raise ValueError(
                f"You called `set_weights(weights)` on optimizer {self._name} with a weight list of length "
                f"{len(arrays)}, but the optimizer was expecting {len(self._weights)} weights."
            )
        for variable, array in zip(self._weights, arrays, strict=True):
            if tuple(variable.shape) != array.shape:
                raise ValueError(
                    f"Optimizer weight shape {tuple(variable.shape)} not compatible with provided weight shape "
                    f"{array.shape}."
                )
        for variable, array in zip(self._weights, arrays, strict=True):
            variable.assign(array.astype(variable.dtype.np))

    def _as_now(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Weights as they are listed now, of those that Keras 1 saved; classes that differed then override it."""
        return arrays


class _Slots(dict):
    """The slot variables of one variable, by name; keeps the variable, so that its id stays its own."""

    def __init__(self, variable: Any, items: Any = ()) -> None:
        super().__init__(items)
        self.variable = variable

    def __reduce__(self) -> Any:
        return _Slots, (self.variable, dict(self))


class _Rows:
    """Rows of a gradient, as IndexedSlices has them."""

    def __init__(self, values: Any, indices: Any) -> None:
        self.values, self.indices = values, indices


def _check_options(kwargs: dict[str, Any]) -> None:
    for key, value in kwargs.items():
        if key not in _OPTIONS:
            hint = errors.suggest(key, (*_OPTIONS, "learning_rate", "name"))
            raise TypeError(
                f"Unexpected keyword argument passed to optimizer: {key}. Allowed kwargs are {set(_OPTIONS)}."
                + (f" {hint}" if hint else "")
            )
        if value is not None and not callable(value) and value < 0:
            raise ValueError(f"Expected {key} >= 0, received: {value}")
        if key == "lr":
            errors.warn("The `lr` argument is deprecated, use `learning_rate` instead.", stacklevel=4)


def _initial(initializer: Any, shape: tuple[int, ...], dtype: dtypes.DType) -> Any:
    if initializer == "zeros" if isinstance(initializer, str) else False:
        return np.zeros(shape, dtype.np)
    if isinstance(initializer, str):
        from addax.keras import initializers  # only optimizers of users' own come here

        initializer = initializers.get(initializer)
    return initializer(shape, dtype=dtype) if callable(initializer) else initializer


def _filtered(pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    kept = [(grad, variable) for grad, variable in pairs if grad is not None]
    if pairs and not kept:
        raise ValueError(f"No gradients provided for any variable: {([variable.name for _, variable in pairs],)}.")
    if len(kept) < len(pairs):
        none_gradient_warning([variable for grad, variable in pairs if grad is None])
    return kept


def _refuse_sparse(grad: Any, variable: Any) -> None:
    if hasattr(grad, "indices"):
        raise RuntimeError(f"Cannot use a constraint function on a sparse variable. Received: {variable.name}.")


def _accepted(function: Callable[..., Any], apply_state: Any) -> dict[str, Any]:
    """`apply_state` for a method that takes it."""
    plain = getattr(function, "__func__", None) or inspect.unwrap(function)  # a method, or a tf.function
    code = plain.__code__
    return {"apply_state": apply_state} if "apply_state" in code.co_varnames[: code.co_argcount] else {}
