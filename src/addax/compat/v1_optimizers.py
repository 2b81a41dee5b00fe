"""``tf.compat.v1.train``'s optimizers, as TensorFlow 2 has them outside of graphs: losses are functions.

They are Keras's legacy optimizers with other methods, so `model.compile` takes them, and checkpoints keep their slots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

import addax as tf
from addax.core import context
from addax.keras.optimizers.legacy.optimizer import Optimizer as Legacy
from addax.keras.optimizers.legacy.optimizer import _Slots

State = dict[str, tf.Tensor]


class Optimizer(Legacy):
    """The base of them; a subclass makes slots in `_create_slots` and changes a variable in `_resource_apply_dense`.

    Args:
        use_locking: accepted for TensorFlow's signature: steps do not run side by side.
        name: of the optimizer.

    >>> import addax as tf
    >>> v = tf.Variable([1.0])
    >>> optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.25)
    >>> optimizer.minimize(lambda: tf.reduce_sum(v * v), var_list=[v])
    >>> v.numpy().tolist()
    [0.5]
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        super().__init__(name)
        self._use_locking = use_locking

    def get_name(self) -> str:
        """The name that was given."""
        return self._name

    # ------------------------------------------------------------------ steps

    def minimize(  # type: ignore[override]
        self, loss: Any, global_step: Any = None, var_list: Any = None, gate_gradients: int = GATE_OP,
        aggregation_method: Any = None, colocate_gradients_with_ops: bool = False, name: str | None = None,
        grad_loss: Any = None, tape: Any = None,
    ) -> Any:  # fmt: skip
        """Compute gradients of a loss and apply them.

        Args:
            loss: a function without arguments.
            global_step: a variable that counts steps.
            var_list: variables; by default all that the loss reads and that are trainable.
            gate_gradients: without meaning outside of graphs, like the next two.
            aggregation_method: see there.
            colocate_gradients_with_ops: see there.
            name: ignored.
            grad_loss: the gradient of what the loss is part of.
            tape: with it `loss` is a tensor and the second argument the variables: Keras's call.

        Raises:
            RuntimeError: a loss that is a tensor.
            ValueError: no variable has a gradient.
        """
        if tape is not None:
            variables = list(global_step if var_list is None else var_list)
            return self.apply_gradients(list(zip(tape.gradient(loss, variables, grad_loss), variables, strict=True)))
        pairs = self.compute_gradients(loss, var_list, grad_loss=grad_loss)
        return self.apply_gradients(pairs, global_step)

    def compute_gradients(
        self, loss: Any, var_list: Any = None, gate_gradients: int = GATE_OP, aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False, grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:  # fmt: skip
        """Pairs of a gradient (or None) and its variable; see `minimize`."""
        if not callable(loss):
            raise RuntimeError("`loss` passed to Optimizer.compute_gradients should be a function outside of graphs.")
        with tf.GradientTape() as tape:
            if var_list is not None:
                tape.watch(var_list)
            value = loss()
        variables = list(tape.watched_variables() if var_list is None else tf.nest.flatten(var_list))
        return list(zip(tape.gradient(value, variables, grad_loss), variables, strict=True))

    def apply_gradients(  # type: ignore[override]
        self, grads_and_vars: Iterable[tuple[Any, Any]], global_step: Any = None, name: str | None = None
    ) -> None:
        """Make one step, and count it in `global_step` if there is one.

        Raises:
            ValueError: no pairs, or none with a gradient.
        """
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("No variables provided.")
        kept = [(grad, variable) for grad, variable in pairs if grad is not None]
        if not kept:
            raise ValueError(f"No gradients provided for any variable: {[str(variable) for _, variable in pairs]}.")
        with context.init_scope():
            self._create_slots([variable for _, variable in kept])
        for call in self.__dict__.pop("_when_parts_come", ()):  # values that a checkpoint has for these variables
            call()
        self._prepare()
        for grad, variable in kept:
            if isinstance(grad, tf.IndexedSlices):
                self._resource_apply_sparse(grad.values, variable, grad.indices)
            else:
                self._resource_apply_dense(tf.convert_to_tensor(grad), variable)
        self._finish([], name)
        counter = self._iterations if global_step is None else global_step
        if counter is not None:
            counter.assign_add(np.asarray(1, counter.dtype.np))

    def _prepare(self) -> None:  # type: ignore[override]
        """What a step needs before variables change; subclasses override it."""

    def _finish(self, update_ops: Any, name_scope: Any) -> None:
        """What a step does after variables changed; subclasses override it."""

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) and not isinstance(param, tf.Variable) else param

    def _number(self, param: Any, like: Any) -> Any:
        """A hyperparameter (number, tensor or function) in the dtype of a variable."""
        return tf.cast(self._call_if_callable(param), like.dtype)

    # ------------------------------------------------------------------ slots

    def _get_or_make_slot(self, var: Any, val: Any, slot_name: str, op_name: str) -> tf.Variable:
        slots = self._slots.setdefault(id(var), _Slots(var))
        if slot_name not in slots:
            same = [slot for slot in slots.values() if f"/{op_name}" in slot.name]
            slots[slot_name] = tf.Variable(
                val, name=f"{var._shared_name}/{op_name}" + (f"_{len(same)}" if same else ""), trainable=False
            )
            self._weights.append(slots[slot_name])
        return slots[slot_name]

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> tf.Variable:
        return self._get_or_make_slot(var, tf.zeros(var.shape, var.dtype), slot_name, op_name)

    def get_slot(self, var: Any, name: str) -> Any:
        """The slot of a variable, or None."""
        return self._slots.get(id(var), {}).get(name)

    def get_slot_names(self) -> list[str]:
        """The names of all slots."""
        return sorted({name for slots in self._slots.values() for name in slots})


class _Ruled(Optimizer):
    """An optimizer that is one function of a variable, its gradient and its slots."""

    _initials: dict[str, float] = {}  # slots by name
    _by_rows = True  # rows that a sparse gradient does not name stay as they are, slots too

    def _slots_wanted(self) -> dict[str, float]:
        return self._initials

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for variable in var_list:
            for name, value in self._slots_wanted().items():
                filled = tf.fill(variable.shape, tf.cast(value, variable.dtype))
                self._get_or_make_slot(variable, filled, name, self._name)

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        raise NotImplementedError

    def _resource_apply_dense(self, grad: Any, handle: Any, apply_state: Any = None) -> None:
        self._change(handle, grad, lambda new, old: new)

    def _resource_apply_sparse(self, grad: Any, handle: Any, indices: Any, apply_state: Any = None) -> None:
        dense = tf.scatter_nd(indices[:, None], grad, tf.cast(tf.shape(handle), indices.dtype))
        ones = tf.ones(tf.shape(indices), tf.int32)
        named = tf.scatter_nd(indices[:, None], ones, tf.cast(tf.shape(handle)[:1], indices.dtype)) > 0
        named = tf.reshape(named, [-1] + [1] * (len(handle.shape) - 1))
        self._change(handle, dense, (lambda new, old: tf.where(named, new, old)) if self._by_rows else _new)

    def _change(self, var: Any, grad: Any, taken: Callable[[Any, Any], Any]) -> None:
        slots = self._slots.get(id(var), {})
        old = {name: tf.convert_to_tensor(slot) for name, slot in slots.items()}
        before = tf.convert_to_tensor(var)
        after, new = self._updated(before, tf.cast(grad, var.dtype), old)
        for name, value in new.items():
            slots[name].assign(taken(value, old[name]))
        var.assign(taken(after, before))


def _new(new: Any, old: Any) -> Any:
    return new


def _shrunk(var: Any, rate: Any, l1: Any, l2: Any) -> Any:
    """The proximal step of both penalties."""
    return tf.sign(var) * tf.maximum(tf.abs(var) - rate * l1, 0) / (1 + rate * l2)


class GradientDescentOptimizer(_Ruled):
    """`var -= learning_rate * grad`."""

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        return var - self._number(self._learning_rate, var) * grad, {}


class ProximalGradientDescentOptimizer(_Ruled):
    """Gradient descent with exact steps for penalties of absolute values and squares (Duchi and Singer 2009)."""

    def __init__(
        self, learning_rate: Any, l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
        use_locking: bool = False, name: str = "ProximalGradientDescent",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate, self._l1, self._l2 = learning_rate, l1_regularization_strength, l2_regularization_strength

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        rate = self._number(self._learning_rate, var)
        return _shrunk(var - rate * grad, rate, self._l1, self._l2), {}


class MomentumOptimizer(_Ruled):
    """Gradient descent with momentum, which is kept without the learning rate."""

    _initials = {"momentum": 0.0}

    def __init__(
        self, learning_rate: Any, momentum: Any, use_locking: bool = False, name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate, self._momentum, self._use_nesterov = learning_rate, momentum, use_nesterov

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        rate, kept = self._number(self._learning_rate, var), self._number(self._momentum, var)
        total = slots["momentum"] * kept + grad
        return var - rate * (grad + kept * total if self._use_nesterov else total), {"momentum": total}


class AdagradOptimizer(_Ruled):
    """Adagrad (Duchi et al. 2011): steps over the root of the sum of squared gradients."""

    def __init__(
        self, learning_rate: Any, initial_accumulator_value: float = 0.1, use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:  # fmt: skip
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate, self._initial_accumulator_value = learning_rate, initial_accumulator_value

    def _slots_wanted(self) -> dict[str, float]:
        return {"accumulator": self._initial_accumulator_value}

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        total = slots["accumulator"] + grad * grad
        return var - self._number(self._learning_rate, var) * grad / tf.sqrt(total), {"accumulator": total}


class ProximalAdagradOptimizer(AdagradOptimizer):
    """Adagrad with exact steps for penalties of absolute values and squares."""

    def __init__(
        self, learning_rate: Any, initial_accumulator_value: float = 0.1, l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0, use_locking: bool = False, name: str = "ProximalAdagrad",
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, initial_accumulator_value, use_locking, name)
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        total = slots["accumulator"] + grad * grad
        rate = self._number(self._learning_rate, var) / tf.sqrt(total)
        return _shrunk(var - rate * grad, rate, self._l1, self._l2), {"accumulator": total}


class AdadeltaOptimizer(_Ruled):
    """Adadelta (Zeiler 2012): steps by the ratio of past steps to past gradients."""

    _initials = {"accum": 0.0, "accum_update": 0.0}

    def __init__(
        self, learning_rate: Any = 0.001, rho: Any = 0.95, epsilon: Any = 1e-8, use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate, self._rho, self._epsilon = learning_rate, rho, epsilon

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        rho, epsilon = self._number(self._rho, var), self._number(self._epsilon, var)
        squares = slots["accum"] * rho + grad * grad * (1 - rho)
        change = tf.sqrt(slots["accum_update"] + epsilon) / tf.sqrt(squares + epsilon) * grad
        changes = slots["accum_update"] * rho + change * change * (1 - rho)
        return var - self._number(self._learning_rate, var) * change, {"accum": squares, "accum_update": changes}


class RMSPropOptimizer(_Ruled):
    """RMSProp (Tieleman and Hinton 2012), with momentum, and over the variance if `centered`."""

    def __init__(
        self, learning_rate: Any, decay: Any = 0.9, momentum: Any = 0.0, epsilon: Any = 1e-10,
        use_locking: bool = False, centered: bool = False, name: str = "RMSProp",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate, self._decay, self._momentum = learning_rate, decay, momentum
        self._epsilon, self._centered = epsilon, centered

    def _slots_wanted(self) -> dict[str, float]:
        return {"rms": 1.0, **({"mg": 0.0} if self._centered else {}), "momentum": 0.0}

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        kept = self._number(self._decay, var)
        new = {"rms": slots["rms"] + (grad * grad - slots["rms"]) * (1 - kept)}
        spread = new["rms"]
        if self._centered:
            new["mg"] = slots["mg"] + (grad - slots["mg"]) * (1 - kept)
            spread = spread - new["mg"] * new["mg"]
        step = self._number(self._learning_rate, var) * grad / tf.sqrt(spread + self._number(self._epsilon, var))
        new["momentum"] = slots["momentum"] * self._number(self._momentum, var) + step
        return var - new["momentum"], new


class FtrlOptimizer(_Ruled):
    """FTRL-proximal (McMahan et al. 2013)."""

    def __init__(
        self, learning_rate: Any, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0, use_locking: bool = False,
        name: str = "Ftrl", accum_name: str | None = None, linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0, beta: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        if initial_accumulator_value < 0.0 or learning_rate_power > 0.0 or l1_regularization_strength < 0.0:
            raise ValueError(
                "FtrlOptimizer: initial_accumulator_value and l1_regularization_strength need to be positive or zero, "
                f"learning_rate_power negative or zero. Received: {initial_accumulator_value}, "
                f"{l1_regularization_strength}, {learning_rate_power}"
            )
        self._learning_rate, self._power = learning_rate, learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength
        self._shrinkage, self._beta = l2_shrinkage_regularization_strength, beta or 0.0

    def _slots_wanted(self) -> dict[str, float]:
        return {"accum": self._initial_accumulator_value, "linear": 0.0}

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        rate = self._number(self._learning_rate, var)
        total = slots["accum"] + grad * grad
        after, before = total**-self._power, slots["accum"] ** -self._power
        linear = slots["linear"] + grad + 2 * self._shrinkage * var - (after - before) / rate * var
        curve = (after + self._beta) / rate + 2 * self._l2
        kept = (tf.sign(linear) * self._l1 - linear) / curve
        return tf.where(tf.abs(linear) > self._l1, kept, tf.zeros_like(var)), {"accum": total, "linear": linear}


class AdamOptimizer(_Ruled):
    """Adam (Kingma and Ba 2015), with `epsilon` beside the root before its correction."""

    _initials = {"m": 0.0, "v": 0.0}
    _by_rows = False

    def __init__(
        self, learning_rate: Any = 0.001, beta1: Any = 0.9, beta2: Any = 0.999, epsilon: Any = 1e-8,
        use_locking: bool = False, name: str = "Adam",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate, self._beta1, self._beta2, self._epsilon = learning_rate, beta1, beta2, epsilon

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        super()._create_slots(var_list)
        if "beta1_power" not in self.__dict__.get("_added", {}):
            first, second = self._call_if_callable(self._beta1), self._call_if_callable(self._beta2)
            self._weights.append(self.add_weight("beta1_power", initializer=np.float32(first), trainable=False))
            self._weights.append(self.add_weight("beta2_power", initializer=np.float32(second), trainable=False))

    def _updated(self, var: Any, grad: Any, slots: State) -> tuple[Any, State]:
        first, second = self._number(self._beta1, var), self._number(self._beta2, var)
        powers = [tf.cast(self._added[name], var.dtype) for name in ("beta1_power", "beta2_power")]
        rate = self._number(self._learning_rate, var) * tf.sqrt(1 - powers[1]) / (1 - powers[0])
        m = slots["m"] + (grad - slots["m"]) * (1 - first)
        v = slots["v"] + (grad * grad - slots["v"]) * (1 - second)
        return var - rate * m / (tf.sqrt(v) + self._number(self._epsilon, var)), {"m": m, "v": v}

    def _finish(self, update_ops: Any, name_scope: Any) -> None:
        for name, beta in (("beta1_power", self._beta1), ("beta2_power", self._beta2)):
            power = self._added[name]
            power.assign(power * self._number(beta, power))
