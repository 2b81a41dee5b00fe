"""A step repeated inside XLA: one compiled loop over many batches, variables in the carry.

The loop's length is an input, so that one program serves chunks of every size. Batches come from arrays on the device:
consecutive rows, or rows picked by a permutation. fit, evaluate and predict are loops over such chunks.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, effects, garbage, host_memory, mesh_placement, program_sharing
from addax.core.compiler_options import compiler_options
from addax.core.executable import by_donation, places_in
from addax.core.interruption import whole_step
from addax.core.primitives import lowering_a_loop
from addax.core.structures import flatten_result, rebuild
from addax.core.tensor import Tensor
from addax.core.trace import Lifted, lift
from addax.core.variable import _COPY, Variable

_one_at_a_time = threading.Lock()  # in the order in which they are needed; XLA uses several threads for each


class _Loop:
    """The program of a step and its repetitions; it knows no variables, so that others can use it.

    Args:
        closed: the step's jaxpr, over variables and a batch; gives results and the new values of variables.
        inputs: for each variable, whether it is written, and its place among those that are or are not.
        order: for each of the written variables, its place in the jaxpr's results.
        specs, permuted, collect: as for `Repeated`.
    """

    def __init__(
        self, closed: Any, inputs: Sequence[tuple[bool, int]], order: Sequence[int], specs: Sequence[Any],
        permuted: bool, collect: bool,
    ) -> None:  # fmt: skip
        self._closed, self._inputs, self._order = closed, inputs, order
        self._specs, self._permuted, self._collect = specs, permuted, collect
        self._size = specs[0].shape[0] if specs else 0
        options = compiler_options(closed)
        self.program = jax.jit(self._loop, donate_argnums=(0,), static_argnames=("most",), compiler_options=options)
        self.single = jax.jit(self._once, donate_argnums=(0,), compiler_options=options)

    def _step(self, written: Any, others: Any, batch: Any) -> tuple[Any, Any]:
        values = [written[i] if changes else others[i] for changes, i in self._inputs]
        out = jax.core.eval_jaxpr(self._closed.jaxpr, self._closed.consts, *values, *batch)
        count = len(out) - len(self._order)
        return [out[count + place] for place in self._order], out[:count]

    def _batch(self, arrays: Any, order: Any, index: Any) -> list[Any]:
        if self._permuted:
            rows = jax.lax.dynamic_slice_in_dim(order, index * self._size, self._size)
            return [_take(array, rows) for array in arrays]
        sizes = [spec.shape[:1] for spec in self._specs]  # datasets that were zipped may have batches of other sizes
        return [_slice(each, index * n[0], n[0]) if n else each for each, n in zip(arrays, sizes, strict=True)]

    def _loop(
        self, large: Any, small: Any, others: Any, arrays: Any, order: Any, start: Any, stop: Any, most: int
    ) -> Any:  # fmt: skip
        written = [*large, *small]
        if not self._permuted:
            arrays = [_longer(array, spec.shape) for array, spec in zip(arrays, self._specs, strict=True)]
        shapes = self._closed.out_avals[: len(self._closed.out_avals) - len(self._order)]
        lead = (most,) if self._collect else ()
        outputs = [jnp.zeros(lead + tuple(shape.shape), shape.dtype) for shape in shapes]

        def body(index: Any, carry: Any) -> Any:
            written, outputs = carry
            after, out = self._step(written, others, self._batch(arrays, order, index))
            if self._collect:
                out = [
                    jax.lax.dynamic_update_index_in_dim(all_steps, one, index - start, 0)
                    for all_steps, one in zip(outputs, out, strict=True)
                ]
            return after, out

        return jax.lax.fori_loop(start, stop, body, (written, outputs))

    def _once(self, large: Any, small: Any, others: Any, batch: Any) -> Any:
        after, out = self._step([*large, *small], others, list(batch))
        return after, [each[None] for each in out] if self._collect else out


class Repeated:
    """A step over flat batch tensors, compiled to run on a range of batches.

    Args:
        step: called with one Tensor per batch array; returns a structure of tensors.
        specs: shapes and dtypes of the batch arrays (`jax.ShapeDtypeStruct`s or arrays).
        variables: a guess of the variables the step touches.
        permuted: whether rows are picked by an order array; otherwise they are consecutive.
        collect: whether the outputs of all steps are kept (stacked on a new first axis), not only the last.
        lasting: the variables that somebody holds after the trace; see `lift`.

    Raises:
        NotCompilable: the step does what XLA cannot compile.
    """

    def __init__(
        self,
        step: Callable[..., Any],
        specs: Sequence[Any],
        variables: Sequence[Variable],
        permuted: bool,
        collect: bool,
        lasting: Callable[[], Sequence[Variable]] | None = None,
    ) -> None:
        self._specs = [jax.ShapeDtypeStruct(spec.shape, spec.dtype) for spec in specs]
        self._lifted: Lifted = lift(
            lambda *tensors: flatten_result(step(*tensors)), self._specs, variables, lasting=lasting
        )
        self._permuted = permuted
        self._collect = collect
        mesh = self._lifted.mesh
        self._on_mesh = None if mesh is None else mesh_placement.OnMesh(mesh)
        self._compiling: threading.Thread | None = None
        self._large, self._small = by_donation(self._lifted.written)
        written = {id(variable) for variable in self._lifted.written}
        self._written = [*self._large, *self._small]
        self._others = [variable for variable in self._lifted.variables if id(variable) not in written]
        self._loop = self._found()

    def _found(self) -> _Loop:
        """The program, which may be there already: of a step that computes the same on other variables."""
        inputs = places_in(self._written, self._others, self._lifted.variables)
        places = {id(variable): i for i, variable in enumerate(self._lifted.written)}
        order = tuple(places[id(variable)] for variable in self._written)
        specs = tuple((tuple(spec.shape), np.dtype(spec.dtype)) for spec in self._specs)
        closed = self._lifted.closed
        make = functools.partial(_Loop, closed, inputs, order, self._specs, self._permuted, self._collect)
        if self._on_mesh is not None:
            return make()
        return program_sharing.find(closed, (inputs, order, specs, self._permuted, self._collect), make)

    @property
    def variables(self) -> list[Variable]:
        """The variables the step uses."""
        return self._lifted.variables

    @property
    def effects(self) -> bool:
        """Whether the step prints, checks or writes something on the host."""
        return bool(self._lifted.closed.effects)

    def once(self, batch: Sequence[Any]) -> Any:
        """Run a batch that is whole arrays, without a loop around it; what a single small call costs least.

        XLA may round differently from a loop's step, so this is not for training.
        """
        return self._finish(self._loop.single(*self._state(), list(batch)))

    def __call__(self, arrays: Sequence[Any], order: Any, start: int, stop: int, most: int = 0) -> Any:
        """Run batches start..stop-1; variables are updated.

        Args:
            arrays: flat arrays on the device, examples on axis 0.
            order: int32 row numbers (if permuted), otherwise None.
            start: the first batch.
            stop: the batch after the last.
            most: the size of the collected outputs; at least stop - start.

        Returns:
            The step's structure: of the last step, or of all steps if collected.
        """
        most = most if self._collect else 0
        if self._on_mesh is not None:
            arrays = self._on_mesh(list(arrays))
        if self._compiling is not None and self._compiling.is_alive():
            self._compiling.join()
        with whole_step, lowering_a_loop:  # variables that were given away must get their new arrays
            return self._finish(
                self._loop.program(*self._state(), list(arrays), order, np.int32(start), np.int32(stop), most=most)
            )

    def prepare(self, arrays: Sequence[Any] | None, order: Any) -> None:
        """Lower the loop now, and compile it on a thread of its own, for calls with such arrays.

        Args:
            arrays: as for a call; None: arrays of one batch.
            order: as for a call.
        """
        if self._on_mesh is not None or self._compiling is not None:
            return
        large, small, others = ([v._array for v in part] for part in (self._large, self._small, self._others))
        with garbage.kept(), lowering_a_loop:
            lowered = self._loop.program.lower(
                large, small, others, list(self._specs if arrays is None else arrays), order, np.int32(0), np.int32(1),
                most=0,
            )  # fmt: skip
        self._compiling = threading.Thread(target=_compile, args=(lowered,), name="addax compile")
        self._compiling.start()

    def ready(self, seconds: float = 0.0) -> bool:
        """Whether what `prepare` began is compiled, or is within so many seconds."""
        if self._compiling is not None:
            self._compiling.join(seconds)
        return self._compiling is None or not self._compiling.is_alive()

    def _state(self) -> tuple[list[Any], list[Any], list[Any]]:
        """The variables' arrays: those that are donated, the other written ones, those that are read."""
        if self._on_mesh is not None:
            mesh_placement.place(self._lifted.mesh, self._lifted.variables)
        large = [_COPY.run(v._array) if v._handed_out else v._array for v in self._large]
        return large, [v._array for v in self._small], [v._array for v in self._others]

    def _finish(self, result: Any) -> Any:
        """Give the variables their values; the step's structure."""
        after, out = result
        for variable, value in zip(self._written, after, strict=True):
            variable._array = value
            variable._handed_out = False
        if self.effects:
            effects.finish()
        return rebuild(self._lifted.out_tree, [Tensor(value) for value in out])


def _compile(lowered: Any) -> None:
    with _one_at_a_time, contextlib.suppress(Exception):  # an error comes again, and is told, where the program runs
        lowered.compile()


def _longer(array: Any, shape: tuple[int, ...]) -> Any:
    """A single batch as the first of two: XLA would leave out its slicing, fuse differently and round differently."""
    if not shape or isinstance(array, host_memory.RowsInPlace) or array.shape[0] != shape[0]:
        return array
    return jnp.concatenate([array, array])


def _take(array: Any, rows: Any) -> Any:
    if isinstance(array, host_memory.RowsInPlace):
        return array.take(rows)
    return array.at[rows].get(mode="promise_in_bounds")


def _slice(array: Any, start: Any, size: int) -> Any:
    if isinstance(array, host_memory.RowsInPlace):
        return array.slice(start, size)
    return jax.lax.dynamic_slice_in_dim(array, start, size)


def on_device(array: Any) -> Any:
    """A NumPy array or tensor as programs take it: large ones on a CPU as `RowsInPlace`; they must not change."""
    if isinstance(array, Tensor):
        return array._value
    if isinstance(array, jax.Array):
        return array
    if isinstance(array, np.ndarray):
        rows = host_memory.in_place(array) if jax.default_backend() == "cpu" else None
        if rows is None and array.nbytes < host_memory.LEAST:
            return array  # a program takes it over faster than device_put
        return jax.device_put(array) if rows is None else rows
    return convert.value_of(array)


def is_ready(structure: Any) -> bool:
    """Whether tensors are computed."""
    return all(leaf.is_ready() for leaf in _arrays_of(structure) if hasattr(leaf, "is_ready"))


def wait(structure: Any) -> None:
    """Wait until tensors are computed."""
    jax.block_until_ready(_arrays_of(structure))


def _arrays_of(structure: Any) -> list[Any]:
    leaves = jax.tree.leaves(structure, is_leaf=lambda leaf: isinstance(leaf, Tensor))
    return [leaf._value if isinstance(leaf, Tensor) else leaf for leaf in leaves]  # an array's own _value waits
