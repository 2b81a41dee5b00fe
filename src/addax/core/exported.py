"""Compiled functions as bytes: a traced function written with `jax.export`, and read again without its Python code.

The program takes (values of variables, arguments) and gives (results, new values of the written variables). Dimensions
that are open when it is written are symbols in it, so one program serves every size. Reading runs nothing from the file
but that program, and refuses one that calls out of XLA (a callback could call any address of the process).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
from jax import export

from addax.core import context, errors
from addax.core.dispatch import run_plan
from addax.core.plans import Plan
from addax.core.sizes import asked, scope_of
from addax.core.spec import TensorSpec
from addax.core.structures import flatten_result, result_tensors
from addax.core.tensor import NotCompilable
from addax.core.trace import Lifted, lift
from addax.core.variable import Variable
from addax.formats.errors import CorruptFileError, UnsafeFileError

# Programs are written for all of these; XLA picks at run time.
PLATFORMS = ("cpu", "cuda", "tpu")
# What a program may call: parts of XLA itself, and the linear algebra that jaxlib brings along.
_ALLOWED = re.compile(
    r"(Sharding|SPMDFullToShardShape|SPMDShardToFullShape|annotate_device_placement|shape_assertion|"
    r"stablehlo\.dynamic_\w+|mhlo\.\w+|chlo\.\w+|dynamic_\w+|ApproxTopK|TopK|Qr|Eigh|LuDecomposition|"
    r"ProductOfElementaryHouseholderReflectors|lapack_\w+|cusolver_\w+|cublas_\w+|cuda_\w*threefry\w*|"
    r"cu_\w+|hip\w+|tpu_custom_call_none)\Z"
)
_CALLS = re.compile(r'custom_call(?:\s+@(?:"([^"]*)"|([\w.$]+))|\()?')


class Program:
    """A traced function as a program for several platforms.

    Args:
        exported: what `jax.export` made of it.
        lifted: the traced function.
        specs: the specs of its arguments.
    """

    def __init__(self, exported: export.Exported, lifted: Lifted, specs: Sequence[TensorSpec]) -> None:
        self.exported = exported
        self.specs = list(specs)
        self.variables: list[Variable] = lifted.variables
        self.written: list[Variable] = lifted.written
        self.structure = lifted.out_tree

    @property
    def outputs(self) -> list[TensorSpec]:
        """The specs of the results."""
        avals = self.exported.out_avals[: len(self.exported.out_avals) - len(self.written)]
        return [TensorSpec(_open(aval.shape), aval.dtype) for aval in avals]

    def to_bytes(self, gradients: bool = True) -> bytes:
        """The program and, if it is wanted and there is one, its gradient."""
        if gradients:
            try:
                return bytes(self.exported.serialize(vjp_order=1))
            except Exception:  # no gradient through it (a loop without a fixed length, say): then without
                pass
        return bytes(self.exported.serialize(vjp_order=0))

    @property
    def stablehlo(self) -> dict[str, Any]:
        """The program for other readers of StableHLO: its bytes, version and platforms."""
        return {
            "module": self.exported.mlir_module_serialized,
            "version": self.exported.calling_convention_version,
            "platforms": self.exported.platforms,
        }


def _open(shape: Any) -> list[int | None]:
    return [size if isinstance(size, int) else None for size in shape]


# ---------------------------------------------------------------------------- writing


def write_program(
    function: Callable[..., Any], specs: Sequence[TensorSpec], guess: Sequence[Variable], who: str
) -> Program:
    """A function of tensors as a program.

    Args:
        function: called with one tensor per spec; returns any structure of tensors.
        specs: the arguments; dimensions that are None stay open.
        guess: variables that the function may touch.
        who: its name, for messages.

    Raises:
        NotCompilable: it does what no program can (strings, Python, shapes that depend on values), or needs to know a
            dimension that is open.
    """
    for spec in specs:
        if spec.shape.rank is None or spec.dtype.name == "string":
            reason = "strings stay in Python" if spec.dtype.name == "string" else "an unknown rank"
            raise NotCompilable(f"{who}: {spec} cannot be an argument of a compiled program ({reason}).")

    def traced(*inputs: Any) -> tuple[list[Any], Any]:
        return flatten_result(result_tensors(function(*inputs)))

    problem: Exception | None = None
    fixed: dict[str, int] = {}  # open sizes of which only one number fits: columns that meet a matrix
    for arguments in _symbolic(specs, fixed):
        asked.numbers.clear()
        try:
            with _portable():
                lifted = lift(traced, arguments, guess)
                return Program(_export(lifted, arguments), lifted, specs)
        except NotCompilable:
            raise
        except Exception as error:
            if not any(_is_open(argument) for argument in arguments):
                raise
            problem = error
            fixed.update(asked.numbers)
    text = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    raise NotCompilable(
        errors.message(
            who, expected=f"a function that works for every size of the open dimensions of {list(specs)}",
            received=f"{type(problem).__name__}: {text}",
            hint="give the sizes in its TensorSpecs (input_signature), or take sizes from tensors that have them",
        )
    ) from problem  # fmt: skip


class _portable:  # noqa: N801
    """While a program is written, ops take the way that every platform has."""

    def __enter__(self) -> None:
        self._before = context.state.portable
        context.state.portable = True

    def __exit__(self, *_: Any) -> None:
        context.state.portable = self._before


def _is_open(argument: jax.ShapeDtypeStruct) -> bool:
    return any(not isinstance(size, int) for size in argument.shape)


def _symbolic(specs: Sequence[TensorSpec], fixed: dict[str, int]) -> Iterator[list[jax.ShapeDtypeStruct]]:
    """The arguments with symbols for open dimensions: all different, then one for the batch, then one for each axis.

    When sizes were added to `fixed` meanwhile, the same follows with numbers for these.
    """
    shapes = [spec.shape.as_list() for spec in specs]
    ways = [
        lambda i, axis: f"d{i}_{axis}",
        lambda i, axis: "batch" if axis == 0 else f"d{i}_{axis}",
        lambda i, axis: f"d{axis}",
    ]
    seen = set()
    for way in ways:
        known = -1
        while known < len(fixed):
            known = len(fixed)
            parts = [[way(i, axis) if n is None else str(n) for axis, n in enumerate(s)] for i, s in enumerate(shapes)]
            names = [tuple(str(fixed.get(name, name)) for name in each) for each in parts]
            pattern = _pattern(names)
            if pattern in seen:
                break
            seen.add(pattern)
            scope = scope_of(names)
            yield [
                jax.ShapeDtypeStruct(
                    tuple(map(int, each))
                    if all(name.isdigit() for name in each)
                    else export.symbolic_shape(", ".join(each), scope=scope),
                    spec.dtype.np,
                )
                for each, spec in zip(names, specs, strict=True)
            ]


def _pattern(names: list[tuple[str, ...]]) -> tuple[Any, ...]:
    """Names up to renaming."""
    numbers: dict[str, int] = {}
    return tuple(
        tuple(name if name.isdigit() else ("open", numbers.setdefault(name, len(numbers))) for name in parts)
        for parts in names
    )


def _export(lifted: Lifted, arguments: Sequence[jax.ShapeDtypeStruct]) -> export.Exported:
    variables = [jax.ShapeDtypeStruct(v._array.shape, v._array.dtype) for v in lifted.variables]

    def run(values: list[Any], inputs: list[Any]) -> Any:
        return lifted.pure(values, inputs)

    compiled = jax.jit(run, keep_unused=True)
    if lifted.closed.effects:
        raise NotCompilable("it prints or checks values in Python, which a program without Python cannot.")
    try:
        return export.export(compiled, platforms=PLATFORMS)(variables, list(arguments))
    except Exception:  # an op that not every platform has: then for the one at hand
        return export.export(compiled)(variables, list(arguments))


# ---------------------------------------------------------------------------- reading


def read_program(data: bytes, file: str, member: str) -> Callable[[Sequence[Any]], list[Any]]:
    """The program that `Program.to_bytes` wrote.

    Args:
        data: the bytes.
        file: the file they come from, for messages.
        member: the function in it.

    Returns:
        A function of a list of tensors (values of variables, then arguments) that gives a list of tensors (results,
        then new values of written variables); tapes record it.

    Raises:
        CorruptFileError: damaged.
        UnsafeFileError: it calls something outside of XLA.
    """
    try:
        exported = export.deserialize(bytearray(data))
        text = exported.mlir_module()
    except ImportError:
        raise
    except Exception as error:
        raise CorruptFileError(
            file, f"damaged program ({type(error).__name__}: {str(error)[:100]})", member=member
        ) from None
    for found in _CALLS.finditer(text):
        target = found.group(1) or found.group(2)
        if target is None or not _ALLOWED.match(target):
            raise UnsafeFileError(file, "a program that calls out of XLA", member=member, received=repr(target))
    count = len(exported.in_avals)

    def body(*values: Any) -> list[Any]:
        return jax.tree.leaves(exported.call(*jax.tree.unflatten(exported.in_tree, values)[0]))

    plan = Plan(f"saved function {member}", body if exported.has_vjp() else _without_gradient(body, file, member))

    def run(inputs: Sequence[Any]) -> list[Any]:
        if len(inputs) != count:
            raise CorruptFileError(
                file, "a call with another number of inputs", member=member, expected=count, received=len(inputs)
            )
        return list(run_plan(plan, tuple(inputs)))

    return run


def _without_gradient(body: Callable[..., Any], file: str, member: str) -> Callable[..., Any]:
    """`body`, refusing to be differentiated."""
    refusing = jax.custom_jvp(body)

    @refusing.defjvp
    def refuse(primals: Any, tangents: Any) -> Any:
        raise LookupError(
            f"No gradient defined for the function {member!r} of {file}: it was saved without one.\n  To do: save it "
            "with SaveOptions(experimental_custom_gradients=True), or wrap the result in tf.stop_gradient."
        )

    return refusing
