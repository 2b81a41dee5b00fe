"""GradientTape: what was computed, and its derivatives.

A tape writes down (plan, inputs, outputs) of each op that touches a watched tensor. A backward rule is `jax.vjp` of the
op's own body. The first time a structure of records is seen, the rules run one by one; from the second time on, all of
them are one compiled call. Both ways are ops themselves, so that outer tapes can record them.
"""

from __future__ import annotations

import enum
from typing import Any

import jax
import numpy as np

from addax.core import context, convert, errors, trees
from addax.core.backward import backward, jacobian_rows, seeds_of
from addax.core.deferral import Deferral, begin
from addax.core.dispatch import leaves_of
from addax.core.explain import Story, explain
from addax.core.links import inexact
from addax.core.plans import Plan
from addax.core.public_methods import refuse
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.core.ways import Node, forest

_state = context.state


class UnconnectedGradients(enum.Enum):
    """What `gradient` gives for a source that the target does not depend on: nothing, or zeros.

    >>> import addax as tf
    >>> x, y = tf.Variable(1.0), tf.Variable(2.0)
    >>> with tf.GradientTape() as tape:
    ...     z = 2.0 * x
    >>> tape.gradient(z, y, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy()
    np.float32(0.0)
    """

    NONE = "none"
    ZERO = "zero"


ZEROS = (UnconnectedGradients.ZERO, "zero")  # what asks for zeros
_KINDS = (UnconnectedGradients.NONE, "none", *ZEROS)


class Record:
    """One op on a tape."""

    __slots__ = ("arrays", "inputs", "outputs", "plan", "pull", "values")

    def __init__(self, plan: Plan, inputs: Any, outputs: Any, arrays: Any, values: Any, pull: Any) -> None:
        self.plan = plan
        self.inputs = inputs  # the slot of each input leaf, -1 for what is not watched
        self.outputs = outputs  # the slot of each output leaf, -1 for what has no gradient
        self.arrays = arrays
        self.values = values
        self.pull = pull


class GradientTape:
    """Records ops for automatic differentiation.

    Trainable variables that are read inside are watched; tensors are watched by `watch`. Tapes nest for higher
    derivatives, and work the same inside `tf.function`.

    Args:
        persistent: whether `gradient` can be called several times.
        watch_accessed_variables: whether trainable variables are watched as they are read.

    >>> import addax as tf
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * x
    >>> tape.gradient(y, x).numpy()
    np.float32(6.0)
    """

    forward = False  # whether it computes derivatives as ops run

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self._persistent = persistent
        self._watch_variables = watch_accessed_variables
        self._recording = False
        self._used = False
        self._story: Story | None = None  # of the last gradient that was None
        self._fresh = True
        self._clear()

    def _clear(self) -> None:
        self._forget_records()
        self._variables: dict[int, Variable] = {}

    def _forget_records(self) -> None:
        self._slots: dict[int, int] = {}
        self._cuts: list[tuple[str, tuple[int, ...]]] = []  # ops without a gradient, and the slots they saw
        self._left: set[int] = set()  # slots that were read as NumPy, and ids of variables without a slot
        self._alive: list[Any] = []  # what has a slot, kept so that its id() stays its own
        self._records: list[Record] = []
        self._node: Node | None = forest.root
        self._deferral: Deferral | None = None

    # ------------------------------------------------------------------ recording

    def __enter__(self) -> GradientTape:
        if self._recording:
            raise ValueError("Tape is already recording.")
        if not self._fresh:
            self._clear()
        self._fresh = self._used = False
        self._start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._recording:
            self._stop()

    def _start(self) -> None:
        self._recording = True
        self._deferral = begin(self) if forest.root.paths else None
        context.set_tapes((*_state.tapes, self))

    def _stop(self) -> None:
        self._recording = False
        context.set_tapes(tuple(tape for tape in _state.tapes if tape is not self))

    def watch(self, tensor: Any) -> None:
        """Record what is done with `tensor` (a tensor, a variable, or a nest of them) from now on.

        Raises:
            ValueError: something that is not a tensor.
        """
        for each in trees.flatten(tensor, expand_composites=True):
            if not isinstance(each, Tensor | Variable):
                raise ValueError(f"Passed in object {each!r:.80} of type {type(each).__name__}, not tf.Tensor.")
            if not inexact(convert.value_of(each).dtype):
                errors.warn_once(
                    ("watch", each.dtype.name),
                    f"The dtype of the watched tensor must be floating (e.g. tf.float32), got {each.dtype!r}: "
                    "it has no gradient.",
                )
                continue
            self._slot(each)
            if isinstance(each, Variable):
                self._variables[id(each)] = each

    def _slot(self, each: Any) -> int:
        slot = self._slots.get(id(each))
        if slot is None:
            slot = len(self._alive)
            self._slots[id(each)] = slot
            self._alive.append(each)
        return slot

    def inputs_of(self, leaves: Any) -> tuple[int, ...] | None:
        """The slots of an op's inputs, lists opened (-1: not watched), None if it need not be recorded.

        Trainable variables become watched as they are accessed.
        """
        get, found, slots = self._slots.get, False, []
        for leaf in leaves:
            slot = get(id(leaf), -1)
            if slot < 0 and type(leaf) is not Tensor:
                if leaf is None or isinstance(leaf, list | tuple):
                    return self.inputs_of(leaves_of(leaves))
                if isinstance(leaf, Variable) and self._watches(leaf):
                    slot = self._slot(leaf)
                    self._variables[id(leaf)] = leaf
            if slot >= 0:
                found = True
            slots.append(slot)
        return tuple(slots) if found else None

    def _watches(self, variable: Variable) -> bool:
        return self._watch_variables and variable.trainable and inexact(variable._value.dtype)

    def record(self, plan: Plan, inputs: tuple[int, ...], arrays: Any, values: Any, result: Any, pull: Any) -> None:
        """Write down an op whose inputs `inputs_of` found to be of interest."""
        if type(result) is Tensor:
            if inexact(result._value.dtype):
                slot = self._slots[id(result)] = len(self._alive)
                self._alive.append(result)
                outputs: tuple[int, ...] = (slot,)
            else:
                outputs = (-1,)
        else:
            leaves = leaves_of(result)
            outputs = tuple([self._slot(leaf) if inexact(leaf._value.dtype) else -1 for leaf in leaves])
        self._records.append(Record(plan, inputs, outputs, arrays, values, pull))
        node = self._node
        if node is not None:
            if _state.trace is not None or plan.custom is not None:  # such a plan does not come again
                self._node = None
                return
            step = (plan, inputs, outputs)
            self._node = node.after.get(step) or forest.grown(node, step)

    def put_off(self, plan: Plan, inputs: Any, arrays: Any, result: Tensor, outputs: Any, node: Node) -> Record:
        """Write down an op that is computed later."""
        self._slots[id(result)] = len(self._alive)
        self._alive.append(result)
        record = Record(plan, inputs, outputs, arrays, None, None)
        self._records.append(record)
        self._node = node
        return record

    def cut(self, name: str, inputs: tuple[int, ...]) -> None:
        """Write down that an op without a gradient took watched inputs; for `explain`."""
        self._cuts.append((name, inputs))

    def left(self, each: Any) -> None:
        """Write down that a tensor or variable was read as NumPy; for `explain`."""
        self._left.add(self._slots.get(id(each), id(each)))

    def follow(self, tensor: Any, origin: Any) -> None:
        """A user's gradient stands for what `tensor` was made of."""

    def knows(self, tensor: Any) -> bool:
        """Whether `tensor` is watched, or depends on what is."""
        return id(tensor) in self._slots

    def stop_recording(self) -> _Paused:
        """A context manager: ops inside are not recorded.

        Raises:
            ValueError: the tape is not recording.
        """
        if not self._recording:
            raise ValueError("Tape is not recording.")
        return _Paused(self)

    def reset(self) -> None:
        """Forget everything recorded and watched, and go on recording.

        Raises:
            ValueError: the tape is not recording.
        """
        if not self._recording:
            raise ValueError("Tape is not recording.")
        self._clear()

    def watched_variables(self) -> tuple[Any, ...]:
        """The watched variables, in the order in which they were made."""
        return tuple(sorted(self._variables.values(), key=lambda variable: getattr(variable, "_number", 0)))

    # ------------------------------------------------------------------ derivatives

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
    ) -> Any:
        """The derivative of (the sum of) `target` with respect to `sources`.

        Args:
            target: a tensor or a nest of them; several are summed.
            sources: a tensor or variable, or a nest of them, watched while the tape recorded.
            output_gradients: what to weigh each element of the target with, in the target's structure.
            unconnected_gradients: "none" (default) or "zero", for sources that the target does not depend on.

        Returns:
            A structure like `sources`, of tensors (None where there is no gradient).

        Raises:
            RuntimeError: a second call on a tape that is not persistent.
            ValueError: sources that are no tensors, or output gradients that do not fit the target.
        """
        try:
            rows = [each for each in trees.flatten(sources) if hasattr(each, "with_flat_values")]
            if rows:
                return self._of_ragged(target, sources, output_gradients, unconnected_gradients)
            flat_sources = self._check(target, sources, unconnected_gradients)
            if type(target) is Tensor:
                targets = [target]
            else:
                targets = [each for each in trees.flatten(target, expand_composites=True) if each is not None]
                self.inputs_of(targets)  # a variable that is a target is read here, if nowhere else
            seeds = [None] * len(targets) if output_gradients is None else seeds_of(targets, output_gradients)
            was_recording = self._recording
            if was_recording and not self._persistent:
                self._stop()
            try:
                grads = backward(self, targets, seeds, flat_sources)
                if any(grad is None for grad in grads):
                    self._story = Story(self, targets, flat_sources).tell()
            finally:
                if not self._persistent:
                    self._used = True
                    self._forget_records()
            if unconnected_gradients in ZEROS:
                grads = [
                    _zeros(source) if grad is None else grad for grad, source in zip(grads, flat_sources, strict=True)
                ]
            if type(sources) is list and len(sources) == len(grads):
                return grads if sources is flat_sources else trees.pack(sources, grads)
            return trees.pack(sources, grads) if trees.is_nested(sources) else grads[0]
        except Exception as error:
            refuse(error, self.gradient, target, sources, output_gradients, unconnected_gradients)

    def _of_ragged(self, target: Any, sources: Any, *options: Any) -> Any:
        """The same where some sources are ragged: the derivatives by their values, in their rows."""
        flat = trees.flatten(sources)
        found = self.gradient(target, [getattr(each, "flat_values", each) for each in flat], *options)
        grads = [
            each.with_flat_values(grad) if grad is not None and hasattr(each, "with_flat_values") else grad
            for each, grad in zip(flat, found, strict=True)
        ]
        return trees.pack(sources, grads) if trees.is_nested(sources) else grads[0]

    def explain(self, target: Any, source: Any) -> str:
        """Say in words why a gradient is None, or which ops it goes through (ours, not TensorFlow's).

        Args:
            target: a tensor or a nest of them, as for `gradient`.
            source: a tensor or variable, or a nest of them.

        Returns:
            A sentence per source: the link that is missing (not watched, an integer dtype, an op without a gradient,
            NumPy in between, never used).

        Raises:
            ValueError: something that is not a tensor or variable.

        >>> import addax as tf
        >>> x = tf.Variable(3.0, name="x")
        >>> with tf.GradientTape(persistent=True) as tape:
        ...     y = tf.floor(x) * 2.0
        >>> print(tape.explain(y, x))
        The gradient with respect to variable 'x:0' is None: the way to the target ends at tf.floor, which has no ...
        """
        return explain(self, self._story if self._used else None, target, source)

    def _check(self, target: Any, sources: Any, unconnected: UnconnectedGradients | str) -> list[Any]:
        if self._used:
            raise RuntimeError(
                "GradientTape.gradient: a tape that is not persistent can be used once, and it was.\n"
                "  To do: ask for all gradients in one call (sources can be a list), or make it "
                "tf.GradientTape(persistent=True)."
            )
        if target is None:
            raise TypeError("GradientTape.gradient: target must be a tensor or a nest of them, not None.")
        for each in [target] if isinstance(target, Tensor) else trees.flatten(target, expand_composites=True):
            if isinstance(each, int | float | complex | np.ndarray | np.generic):
                raise TypeError(
                    f"GradientTape.gradient: target must be a tensor, received {each!r:.80} of type "
                    f"{type(each).__name__}, of which the tape cannot know where it comes from."
                )
        plain = type(sources) is list and all([type(each) is Variable or type(each) is Tensor for each in sources])
        flat = sources if plain else trees.flatten(sources)
        for source in flat:
            if not isinstance(source, Tensor | Variable):
                raise ValueError(
                    f"GradientTape.gradient: sources must be tensors or variables, received {source!r:.80} "
                    f"of type {type(source).__name__}."
                )
        if unconnected not in _KINDS:
            raise ValueError(f"Unknown value for unconnected_gradients: {unconnected!r}; it is 'none' or 'zero'.")
        if self._recording and self._persistent:
            errors.warn_once(
                "tape.gradient inside",
                "GradientTape.gradient was called on a persistent tape inside its own context: the gradient is "
                "recorded too, which costs time and memory. Call it outside, unless you want higher derivatives.",
            )
        return flat

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each element of `target` with respect to each element of `sources`.

        Args:
            target: one tensor.
            sources: a tensor or variable, or a nest of them.
            unconnected_gradients: "none" or "zero".
            parallel_iterations: has no effect on the result; rows are computed together.
            experimental_use_pfor: False computes the rows one after another, which needs less memory.

        Returns:
            A structure like `sources`, of tensors of shape target.shape + source.shape (None: not connected).

        >>> import addax as tf
        >>> x = tf.constant([1.0, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> tape.jacobian(y, x).numpy().tolist()
        [[2.0, 0.0], [0.0, 4.0]]
        """
        flat_sources = self._check(target, sources, unconnected_gradients)
        if self._recording and not self._persistent:
            self._stop()
        try:
            rows = jacobian_rows(self, convert.convert_to_tensor(target), flat_sources, experimental_use_pfor)
        finally:
            if not self._persistent:
                self._used = True
                self._forget_records()
        if unconnected_gradients in ZEROS:
            shape = tuple(target.shape)
            rows = [
                Tensor(jax.numpy.zeros(shape + tuple(s.shape), s.dtype.np)) if row is None else row
                for row, s in zip(rows, flat_sources, strict=True)
            ]
        return trees.pack(sources, rows) if trees.is_nested(sources) else rows[0]

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The jacobian of each example by itself, where example i of the target depends on example i of the source.

        Args:
            target: a tensor of shape (batch, ...).
            source: a tensor of shape (batch, ...).
            unconnected_gradients: "none" or "zero".
            parallel_iterations: has no effect on the result.
            experimental_use_pfor: as for `jacobian`.

        Returns:
            A tensor of shape (batch,) + target.shape[1:] + source.shape[1:]; zeros where they are not connected.

        Raises:
            ValueError: the batch sizes differ, or examples are scalars.
        """
        shape, source_shape = tuple(target.shape), tuple(source.shape)
        if not shape or not source_shape or shape[0] != source_shape[0]:
            raise ValueError(
                f"Need first dimension of target shape ({shape}) and source shape ({source_shape}) to match."
            )
        if len(shape) < 2:
            raise ValueError(
                f"GradientTape.batch_jacobian: target of shape {shape} must have rank at least 2, (batch, ...).\n"
                "  To do: where each example is one number, use target[:, tf.newaxis]."
            )
        (source,) = self._check(target, source, unconnected_gradients)
        if self._recording and not self._persistent:
            self._stop()
        try:
            (rows,) = jacobian_rows(self, target, [source], experimental_use_pfor, by_example=True)
        finally:
            if not self._persistent:
                self._used = True
                self._forget_records()
        if rows is None:
            return Tensor(jax.numpy.zeros(shape + source_shape[1:], source.dtype.np))
        return rows


class _Paused:
    """`with tape.stop_recording():`"""

    def __init__(self, tape: GradientTape) -> None:
        self._tape = tape

    def __enter__(self) -> None:
        self._tape._stop()

    def __exit__(self, *exc: object) -> None:
        self._tape._start()


def _zeros(source: Any) -> Tensor:
    value = convert.value_of(source)
    return Tensor(jax.numpy.zeros(value.shape, value.dtype))
