"""What `get_concrete_function` gives for specs that leave dimensions open, and for what is not compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from addax.core import dtypes, trees
from addax.core.concrete_function import Described, argument_names, common, completed, unfit
from addax.core.function_tensors import FunctionTensor, inputs_of
from addax.core.spec import TensorSpec
from addax.core.structures import rebuild
from addax.core.tensor import NotCompilable, Tensor
from addax.core.variable import Variable

if TYPE_CHECKING:
    from addax.core.function import Function


def is_open(structure: Any) -> bool:
    """Whether there is a `tf.TensorSpec` with dimensions that it leaves open, or strings, which are not compiled."""
    leaves = trees.flatten(structure)
    return any(
        isinstance(leaf, TensorSpec | Tensor) and (leaf.dtype is dtypes.string or not leaf.shape.is_fully_defined())
        for leaf in leaves
    )


_RANKS = ((1, 2), (2, 3), (0, 1), (3, 4), (1, 1), (2, 2), (0, 0), (3, 3), (4, 4))  # to try where none is known


class OpenConcreteFunction(Described):
    """A function for specs that leave dimensions open: compiled for each shape that it is called with.

    Or for strings, or for values that decide shapes, with which it runs eagerly.

    Args:
        owner: the tf.function.
        args: positional arguments, tensors as `tf.TensorSpec`s.
        kwargs: keyword arguments, likewise.
    """

    def __init__(self, owner: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._owner = owner
        self._given = (args, kwargs)
        positional = ((None,) * (owner._bound is not None)) + args
        names = argument_names(owner._function, positional, kwargs)

        def named(leaf: Any) -> Any:
            if isinstance(leaf, Tensor):
                return TensorSpec.from_tensor(leaf, names.get(id(leaf)))
            if not isinstance(leaf, TensorSpec):
                return leaf
            return TensorSpec(leaf.shape, leaf.dtype, leaf.name or names.get(id(leaf)))

        self._args, self._kwargs = trees.map_structure(named, (args, kwargs))
        self._traced: tuple[Any, Any] | None = None

    @property
    def inputs(self) -> list[FunctionTensor]:
        """The tensors it takes, without values; behind them what it has from outside (see `captured_inputs`)."""
        leaves = [leaf for leaf in trees.flatten((self._args, self._kwargs)) if isinstance(leaf, TensorSpec)]
        return inputs_of(leaves, [leaf.name for leaf in leaves], self.captured_inputs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call with tensors that fit the specs (Python values may be left out)."""
        args, kwargs = completed(self._owner, (self._args, self._kwargs), args, kwargs)
        given = trees.flatten((args, kwargs))
        wanted = trees.flatten((self._args, self._kwargs))
        for spec, value in zip(wanted, given, strict=False):
            if isinstance(spec, TensorSpec) and isinstance(value, Tensor) and not spec.is_compatible_with(value):
                raise unfit(self._owner, spec, value)
        return self._owner(*args, **kwargs)

    def trace(self) -> None:
        """Trace Python once for all sizes, where that is possible; errors of the function's come now."""
        specs = [leaf for leaf in trees.flatten(self._given) if isinstance(leaf, TensorSpec | Tensor)]
        if any(spec.dtype is dtypes.string or spec.shape.rank is None for spec in specs):
            return
        args, kwargs = self._with_sizes(2)
        self._owner._relax(args, kwargs, [spec.shape.as_list() for spec in specs])
        try:
            self._samples()
        except NotCompilable:  # then it runs eagerly
            return

    def _samples(self) -> tuple[Any, Any]:
        """The function traced with two sizes in the open places: what differs in the results is open too.

        With two ranks where these are open, if the function takes two.
        """
        error: Exception | None = None
        unknown = any(isinstance(leaf, TensorSpec) and leaf.shape.rank is None for leaf in trees.flatten(self._given))
        for first, second in _RANKS if unknown else _RANKS[:1]:
            if self._traced is None:
                try:
                    self._traced = (self._sample(2, first), self._sample(3, second))
                except Exception as found:  # of any type: the function does not take this rank
                    error = error or found
        if self._traced is None:
            assert error is not None
            raise error
        return self._traced

    def _sample(self, size: int, rank: int) -> Any:
        args, kwargs = self._with_sizes(size, rank)
        return self._owner._concrete(args, kwargs)

    def _with_sizes(self, size: int, rank: int = 0) -> Any:
        def one(leaf: Any) -> Any:
            if not isinstance(leaf, TensorSpec):
                return leaf
            sizes = [None] * rank if leaf.shape.rank is None else leaf.shape.as_list()
            shape = [size if each is None else each for each in sizes]
            return TensorSpec(shape, leaf.dtype, leaf.name)

        return trees.map_structure(one, self._given)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables it uses."""
        return self._samples()[0].variables

    @property
    def captured_inputs(self) -> list[Any]:
        """What it has from outside: tensors of the scopes around it, and variables."""
        return self._samples()[0].captured_inputs

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The trainable variables it uses."""
        return self._samples()[0].trainable_variables

    @property
    def output_specs(self) -> list[TensorSpec]:
        """The specs of the tensors it returns."""
        pairs = zip(*(each.output_specs for each in self._samples()), strict=True)
        return [TensorSpec(common(a.shape, b.shape), a.dtype) for a, b in pairs]

    @property
    def _output_structure(self) -> Any:
        """What it returns, tensors as `tf.TensorSpec`s."""
        return rebuild(self._samples()[0]._description, self.output_specs)
