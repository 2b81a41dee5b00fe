"""ForwardAccumulator: derivatives in one direction, computed along with the ops (forward mode)."""

from __future__ import annotations

from typing import Any

import jax

from addax.core import context, convert, errors, trees
from addax.core.dispatch import leaves_of, run_plan
from addax.core.links import inexact
from addax.core.plans import Plan
from addax.core.primitives import uses
from addax.core.tape import ZEROS, GradientTape, UnconnectedGradients
from addax.core.tensor import Tensor
from addax.core.variable import Variable

_state = context.state


def _push(body: Any, mask: tuple[bool, ...], values: Any, tangents: Any) -> list[Any]:
    """Tangents of the outputs of `body`, given those of the inputs where `mask` is true."""
    leaves, tree = jax.tree.flatten(values)

    def of_moving(moving: list[Any]) -> list[Any]:
        rest = iter(moving)
        merged = [next(rest) if moves else leaf for leaf, moves in zip(leaves, mask, strict=True)]
        return [out for out in jax.tree.leaves(body(*jax.tree.unflatten(tree, merged))) if inexact(out.dtype)]

    moving = [leaf for leaf, moves in zip(leaves, mask, strict=True) if moves]
    cast = [given.astype(leaf.dtype) for given, leaf in zip(tangents, moving, strict=True)]
    if uses(jax.make_jaxpr(of_moving)(moving).jaxpr, ("custom_vjp",)):  # a gradient rule that knows reverse mode only
        return _push_in_reverse(of_moving, moving, cast)
    return jax.jvp(of_moving, (moving,), (cast,))[1]


def _push_in_reverse(function: Any, moving: list[Any], tangents: list[Any]) -> list[Any]:
    """The same for functions that know reverse mode only: the pullback is linear, and its own pullback is the push."""
    out, pull = jax.vjp(function, moving)
    _, push = jax.vjp(lambda cotangents: pull(cotangents)[0], [jax.numpy.zeros_like(each) for each in out])
    return push(tangents)[0]


def _linked(plan: Plan, mask: tuple[bool, ...], values: Any, count: int) -> list[bool]:
    """Which results of an op depend on what moves; the others have no tangent rather than zeros."""
    found = plan.links
    if found is None and plan.derived is not None:
        found = plan.derived(values)
    if found is None or len(found) != count:
        return [True] * count
    moving = sum(1 << i for i, moves in enumerate(mask) if moves)
    return [bool(each & moving) for each in found]


class ForwardAccumulator:
    """Computes Jacobian-vector products of what is done inside its context.

    Args:
        primals: a tensor or variable, or a nest of them.
        tangents: the direction, in the same structure.

    Raises:
        ValueError: the structures or shapes differ.

    >>> import addax as tf
    >>> x = tf.constant([2.0, 3.0])
    >>> with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as acc:
    ...     y = tf.reduce_sum(x * x)
    >>> acc.jvp(y).numpy()
    np.float32(4.0)
    """

    forward = True  # what a tape is not
    _deferral = None

    def __init__(self, primals: Any, tangents: Any) -> None:
        trees.assert_same_structure(primals, tangents)
        self._tangents: dict[int, Tensor] = {}
        self._alive: list[Any] = []  # what has a tangent, kept so that its id() stays its own
        self._plans: dict[Any, Plan] = {}
        self._recording = False
        for primal, tangent in zip(trees.flatten(primals), trees.flatten(tangents), strict=True):
            if not isinstance(primal, Tensor | Variable):
                raise ValueError(f"ForwardAccumulator: primals must be tensors or variables, received {primal!r:.80}.")
            made = convert.convert_to_tensor(tangent, primal.dtype)
            if not inexact(convert.value_of(primal).dtype):
                errors.warn_once(
                    ("watch primal", primal.dtype.name),
                    f"The dtype of the watched primal must be floating (e.g. tf.float32), got {primal.dtype!r}: "
                    "it has no derivative.",
                )
                continue
            if tuple(made.shape) != tuple(primal.shape):
                raise ValueError(
                    errors.message(
                        "ForwardAccumulator",
                        expected="tangents of the shapes of the primals",
                        received={"primal": primal, "tangent": made},
                    )
                )
            self._set(primal, made)

    def _set(self, primal: Any, tangent: Tensor) -> None:
        known = self._tangents.get(id(primal))
        self._tangents[id(primal)] = tangent if known is None else known + tangent
        self._alive.append(primal)

    def __enter__(self) -> ForwardAccumulator:
        if self._recording:
            raise ValueError("Accumulator is already recording.")
        self._recording = True
        context.set_tapes((*_state.tapes, self))  # type: ignore[arg-type]
        return self

    def __exit__(self, *exc: object) -> None:
        self._recording = False
        context.set_tapes(tuple(tape for tape in _state.tapes if tape is not self))

    # ------------------------------------------------------------------ what dispatch asks of a tape

    def inputs_of(self, leaves: Any) -> tuple[int, ...] | None:
        """Which inputs of an op, lists opened, have a tangent (0, else -1); None if none has."""
        slots = tuple([0 if id(leaf) in self._tangents else -1 for leaf in leaves_of(leaves)])
        return slots if 0 in slots else None

    def knows(self, tensor: Any) -> bool:
        """Whether `tensor` has a tangent."""
        return id(tensor) in self._tangents

    def follow(self, tensor: Tensor, origin: Any) -> None:
        """Take the tangent of what `tensor` was made of, where it has one, rather than what a user's gradient says."""
        known = self._tangents.get(id(origin))
        if known is not None:
            self._tangents[id(tensor)] = known

    def left(self, each: Any) -> None:
        """A tensor or variable was read as NumPy."""

    def cut(self, name: str, inputs: tuple[int, ...]) -> None:
        """An op without derivatives ran: its results have no tangents."""

    def record(self, plan: Plan, inputs: tuple[int, ...], arrays: Any, values: Any, result: Any, pull: Any) -> None:
        """An op ran: compute the tangents of its results, where other tapes can see it."""
        mask = tuple(slot >= 0 for slot in inputs)
        results = [result] if type(result) is Tensor else [leaf for leaf in leaves_of(result) if leaf is not None]
        if plan.custom is not None:
            self._record_custom(plan, mask, arrays, results)
            return
        push = self._plans.get((plan, mask))
        if push is None:
            body = lambda values, given: _push(plan.body, mask, values, given)  # noqa: E731
            push = Plan(f"derivative of {plan.name}", body, None, plan.convolves)
            self._plans[(plan, mask)] = push
        moving = [leaf for leaf, moves in zip(leaves_of(arrays), mask, strict=True) if moves]
        given = [self._tangents[id(leaf)] for leaf in moving]
        tapes = _state.tapes
        context.set_tapes(tuple(tape for tape in tapes if tape is not self))
        try:
            out = run_plan(push, (list(arrays), given), [list(values), [each._value for each in given]])
        finally:
            context.set_tapes(tapes)
        linked = _linked(plan, mask, values, len(results))
        flows = [(each, takes) for each, takes in zip(results, linked, strict=True) if inexact(each._value.dtype)]
        for (leaf, takes), tangent in zip(flows, out, strict=True):
            if takes:
                self._set(leaf, tangent)

    def _record_custom(self, plan: Plan, mask: tuple[bool, ...], arrays: Any, results: list[Tensor]) -> None:
        """A function with a gradient of the user's own ran: that is linear, so its own gradient is the push."""
        assert plan.custom is not None
        tapes = _state.tapes
        context.set_tapes(tuple(tape for tape in tapes if tape is not self))
        try:
            upstream = [Tensor(jax.numpy.zeros(each._value.shape, each._value.dtype)) for each in results]
            with GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(upstream)
                pulled = plan.custom(None, upstream)
            given = zip(leaves_of(arrays), mask, pulled, strict=True)
            known = [(back, self._tangents[id(leaf)]) for leaf, moves, back in given if moves and back is not None]
            out = tape.gradient([back for back, _ in known], upstream, [tangent for _, tangent in known])
        finally:
            context.set_tapes(tapes)
        for leaf, tangent in zip(results, out, strict=True):
            if tangent is not None:
                self._set(leaf, tangent)

    # ------------------------------------------------------------------ the derivative

    def jvp(self, primals: Any, unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.NONE) -> Any:
        """The derivative of `primals` in the direction of the tangents.

        Args:
            primals: a tensor computed inside, or a nest of them.
            unconnected_gradients: "none" (default) or "zero", for what does not depend on the accumulator's primals.

        Returns:
            A structure like `primals`.
        """

        def one(primal: Any) -> Any:
            found = self._tangents.get(id(primal))
            if found is None and unconnected_gradients in ZEROS:
                value = convert.value_of(primal)
                return Tensor(jax.numpy.zeros(value.shape, value.dtype))
            return found

        return trees.map_structure(one, primals) if trees.is_nested(primals) else one(primals)
