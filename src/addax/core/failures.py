"""What JAX and XLA raise, as TensorFlow's exceptions with an explanation on top."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import re
from collections.abc import Callable, Collection, Sequence
from opcode import opmap
from typing import Any, TypeVar

import jax
import numpy as np

from addax.core import context, errors
from addax.core.tensor import NotCompilable

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type)

_STATUS = {
    "RESOURCE_EXHAUSTED": errors.ResourceExhaustedError,
    "INVALID_ARGUMENT": errors.InvalidArgumentError,
    "UNIMPLEMENTED": errors.UnimplementedError,
    "FAILED_PRECONDITION": errors.FailedPreconditionError,
    "DEADLINE_EXCEEDED": errors.DeadlineExceededError,
    "CANCELLED": errors.CancelledError,
    "UNAVAILABLE": errors.UnavailableError,
    "OUT_OF_RANGE": errors.OutOfRangeError,
}


class UnfitError(errors.InvalidArgumentError, TypeError, ValueError):
    """Arguments that an op does not take: a dtype, a number that the dtype beside it cannot hold, shapes.

    TensorFlow finds out in one of several places (a kernel, its Python wrapper, a conversion of some constant in there,
    the graph), and each raises another type. This is all of them.
    """

    def __init__(self, message: str) -> None:
        super().__init__(None, None, message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message,)


class UnfitKeyError(UnfitError, KeyError):
    """The same where Python raised a KeyError, which programs may expect."""


class UnfitIndexError(UnfitError, IndexError):
    """The same where Python raised an IndexError."""


class UnfitAttributeError(UnfitError, AttributeError):
    """The same where Python raised an AttributeError."""


_UNFIT: dict[type[BaseException], type[UnfitError]] = {
    KeyError: UnfitKeyError,
    IndexError: UnfitIndexError,
    AttributeError: UnfitAttributeError,
}


class UnknownSizeError(ValueError, TypeError):
    """A weight whose shape is not known: TensorFlow's initializers raise one or the other."""


class UncomputableError(errors.UnimplementedError, errors.NotFoundError, errors.InvalidArgumentError):
    """A dtype that there is no computation for: some of TensorFlow's ops know that, others only their kernels."""

    def __init__(self, message: str) -> None:
        super().__init__(None, None, message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message,)


class RefusedDtypeError(UnfitError, errors.NotFoundError):
    """A dtype that an op is not defined for, or that TensorFlow has no kernel for on this device."""


def explained(
    error: BaseException,
    name: str,
    names: Sequence[str] = (),
    arrays: Sequence[Any] = (),
    options: Sequence[str] = (),
    optional: Collection[str] = (),
) -> BaseException:
    """The exception to raise for one that the body of an op, or its compilation, raised.

    Args:
        error: what was raised. TensorFlow's errors and those of an op's own checks are returned as they are.
        name: of the op.
        names: of its array arguments.
        arrays: the array arguments, in that order.
        options: the other arguments, as the message shows them.
        optional: which of `names` may be None.
    """
    if type(error) is errors.InvalidArgumentError and context.state.trace is not None:
        found = errors.GraphArgumentError(*error.args)
        found.__cause__, found.__suppress_context__ = error.__cause__, True
        return found.with_traceback(error.__traceback__)
    if isinstance(error, errors.OpError | NotCompilable) or _is_ours(error):
        return error
    if isinstance(error, jax.errors.UnexpectedTracerError):
        return _out_of_scope(name)
    who = name if name.startswith("tf.") else f"tf.{name}"
    if isinstance(error, jax.errors.ConcretizationTypeError | jax.errors.TracerArrayConversionError):
        found: BaseException = NotCompilable(f"{who} needs values that are not known while the function is traced.")
    elif isinstance(error, jax.errors.JaxRuntimeError):
        return of_runtime(error, who)
    elif isinstance(error, MemoryError):
        return of_runtime(MemoryError(f"RESOURCE_EXHAUSTED: {error}"), who)
    elif isinstance(error, NotImplementedError) or _refuses_half(error):
        found = UncomputableError(
            errors.message(
                who,
                expected=f"arguments that XLA has this computation for ({_first_line(error)})",
                received=_received(names, arrays, options),
                hint="cast them to float32 or float64",
            )
        )
    elif isinstance(error, _OF_ARGUMENTS) or type(error).__module__.startswith(("jax", "mlir")):
        found = _of_arguments(error, who, names, arrays, options, optional)
    else:
        return error
    found.__cause__, found.__suppress_context__ = None, True
    return found


def _refuses_half(error: BaseException) -> bool:
    """Whether it says that there is no computation for half precision, as JAX does by either of two types."""
    return isinstance(error, TypeError) and re.search("does not accept dtype b?float16", str(error)) is not None


# Keras, which makes one layer of a whole function that failed because its arguments are symbolic, puts it here:
# (error, public name, function, args, kwargs) -> the result, or NotImplemented.
take_over: Callable[[Exception, str, Callable[..., Any], Any, Any], Any] | None = None


def refusing(who: str) -> Callable[[F], F]:
    """A decorator for functions on the host: what Python, NumPy or JAX raise there about arguments is explained.

    What is raised by statement in Addax passes, for it says what it has to say; so does what comes out of a function of
    the user's that was called meanwhile, and what is wrong with the call itself (a missing argument).

    Args:
        who: the function's public name, for messages.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def public(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                if take_over is not None:
                    out = take_over(error, who, function, args, kwargs)
                    if out is not NotImplemented:
                        return out
                found = of_host(error, who, function, args[skipped:], kwargs)
                if found is error:
                    raise
                raise found from None

        skipped = int(_names_of(function)[:1] in _SELF)
        public.explains = True  # type: ignore[attr-defined]
        return public  # type: ignore[return-value]

    return decorate


_SELF = (("self",), ("cls",))


def _names_of(function: Callable[..., Any]) -> tuple[str, ...]:
    return inspect.unwrap(function).__code__.co_varnames


def refusing_methods(who: str) -> Callable[[C], C]:
    """`refusing` for a class: its constructor and all public methods that it defines.

    Args:
        who: the class's public name.
    """

    def decorate(cls: C) -> C:
        for name, value in list(vars(cls).items()):
            if name.startswith("_") and name != "__init__":
                continue
            shown = who if name == "__init__" else f"{who}.{name}"
            if isinstance(value, classmethod):
                setattr(cls, name, classmethod(refusing(shown)(value.__func__)))
            elif inspect.isfunction(value):
                setattr(cls, name, refusing(shown)(value))
        return cls

    return decorate


def of_host(
    error: Exception, who: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> BaseException:
    """What to raise for an exception that left a function on the host; the exception itself if it needs no words.

    Args:
        error: caught around the call, in the function that calls `of_host`.
        who: the function's public name.
        function: what was called.
        args: with what, but for the object whose method it is.
        kwargs: with what.
    """
    at = error.__traceback__
    if at is None or at.tb_next is None or isinstance(error, errors.OpError | NotCompilable) or _is_ours(error):
        return error
    at, own = at.tb_next, inspect.unwrap(function).__code__.co_filename
    while True:
        if not at.tb_frame.f_code.co_filename.startswith((*_NOBODYS, own)):
            return error  # it came through a function of the user's
        if at.tb_next is None:
            break
        at = at.tb_next
    code = at.tb_frame.f_code
    if code.co_filename.startswith((_PACKAGE, own)) and code.co_code[at.tb_lasti] == _RAISE:
        return error
    if isinstance(error, TypeError) and (unbound := _of_a_call(str(error), who, function)) is not None:
        return unbound
    names = _names_of(function)
    names = names[1:] if names[:1] in _SELF else names
    return explained(error, who, names, args, [f"{name} {errors.describe(kwargs[name])}" for name in kwargs], names)


def _of_a_call(text: str, who: str, function: Callable[..., Any]) -> TypeError | None:
    """For what Python says of a call that does not fit the function; None if it speaks of something else."""
    called, _, problem = text.partition("() ")
    if called != inspect.unwrap(function).__qualname__ or not problem.startswith(_MISCALLED):
        return None
    names = [name for name in inspect.signature(function).parameters if name[0] != "_" and (name,) not in _SELF]
    keyword = re.search(r"unexpected keyword argument '(\w+)'", problem)
    found = TypeError(
        errors.message(
            who,
            expected=f"a call with its arguments ({', '.join(names)})",
            received=problem,
            hint=(errors.suggest(keyword[1], names) if keyword else "") or "check the call against this list",
        )
    )
    found.__suppress_context__ = True
    return found


_MISCALLED = ("got an unexpected", "got multiple values", "missing ", "takes ")
_RAISE = opmap["RAISE_VARARGS"]
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# Code that a program did not write: what it raises says nothing of who was called with what.
_NOBODYS = (
    _PACKAGE,
    "<op ",
    "<frozen ",
    "<__array_function__ ",
    *(os.path.dirname(os.path.abspath(module.__file__)) + os.sep for module in (jax, np, re)),
    os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(jax.__file__))), "jaxlib") + os.sep,
    os.path.abspath(contextlib.__file__),
)


def _out_of_scope(name: str) -> BaseException:
    found = TypeError(
        errors.message(
            name if name.startswith("tf.") else f"tf.{name}",
            expected="tensors of this function, or ones that have a value",
            received="a tensor that is out of scope: it belongs to a function that was traced before",
            hint="return the tensor from that function; a list or attribute that was filled while it was traced keeps "
            "stand-ins without values. tf.Variable and tf.TensorArray keep values",
        )
    )
    found.__suppress_context__ = True
    return found


_OF_ARGUMENTS = (
    TypeError, ValueError, ZeroDivisionError, IndexError, KeyError, AttributeError, OverflowError, AssertionError,
    RecursionError, NameError,
)  # fmt: skip


class InaccessibleTensorError(ValueError, TypeError):
    """A tensor of a loop or a branch is used outside of it."""


def of_a_loop(who: str) -> BaseException:
    """The exception for a tensor of a loop or a branch that is used outside of it."""
    return InaccessibleTensorError(
        errors.message(
            who,
            expected="tensors that loops and branches give back",
            received="a tensor that is out of scope: it belongs to the body of a loop, or to a branch",
            hint="assign it to a local name of the function, which the loop carries, or to a tf.Variable; an attribute "
            "or a list that another function fills inside of the loop keeps a stand-in without a value",
        )
    )


def of_runtime(error: BaseException, who: str) -> BaseException:
    """What XLA raised while a program ran or was compiled: out of memory, usually."""
    status, _, rest = str(error).partition(":")
    kind = _STATUS.get(status.strip(), errors.InternalError)
    found = kind(
        errors.message(
            who,
            expected="the computation to run on this device",
            received=f"{status}: {(rest.strip() or str(error)).splitlines()[0][:300]}",
            hint="use smaller batches or shapes" if kind is errors.ResourceExhaustedError else None,
        )
    )
    found.__cause__, found.__suppress_context__ = None, True
    return found


def _of_arguments(
    error: BaseException,
    who: str,
    names: Sequence[str],
    arrays: Sequence[Any],
    options: Sequence[str],
    optional: Collection[str],
) -> BaseException:
    given = zip(names, arrays, strict=False)
    missing = next((each for each, array in given if array is None and each not in optional), None)
    if missing is not None:
        return ValueError(
            errors.message(
                who,
                expected=f"a tensor for {missing}",
                received="None: None values not supported",
                hint="check the function or dict that gave it",
            )
        )
    text = words_of(error)
    expected, hint = "arguments that fit each other", "check their shapes, and the step that made them"
    if text:
        expected += f" ({text})"
    if text and "incompatible shapes for broadcasting" in text.lower():
        shapes = [f"[{','.join(map(str, array.shape))}]" for array in arrays if hasattr(array, "shape")]
        pair = f"Incompatible shapes: {' vs. '.join(shapes)}" if len(shapes) > 1 else "Incompatible shapes"
        expected = f"shapes that can be broadcast: equal from the right, or 1 ({pair})"
        hint = "reshape one of them (tf.reshape, tf.expand_dims, tf.transpose), or check the step that made it"
    return _UNFIT.get(type(error), UnfitError)(
        errors.message(who, expected=expected, received=_received(names, arrays, options) or None, hint=hint)
    )


_FOREIGN = re.compile(r"jax|jnp|\blax\b|tracer|abstract array|\baval|mlir|stablehlo", re.IGNORECASE)
_FOREIGN_NAME = re.compile(r"^(jax(\.numpy|\.lax)?|jnp|lax)\.(\w+(\.\w+)*)(\(\))?:? ?(?=\S)", re.IGNORECASE)


def words_of(error: BaseException) -> str | None:
    """The first line of what an exception says, without names of JAX's functions; None where it speaks of JAX."""
    text = _FOREIGN_NAME.sub("", _first_line(error))
    return None if _FOREIGN.search(text) else text


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _received(names: Sequence[str], arrays: Sequence[Any], options: Sequence[str]) -> str:
    pairs = zip(names, arrays, strict=False)
    return ", ".join([*(f"{name} {_describe(array)}" for name, array in pairs if array is not None), *options])


def _is_ours(error: BaseException) -> bool:
    """Whether an op's own check raised this: its message starts with who it is, and it comes from here."""
    text = str(error)
    if text.startswith("Shape"):  # "Shape must be rank 2 ..." in TensorFlow's words; JAX has some of these, too
        return not _raised_by_jax(error)
    return text.startswith(("tf.", "Layer"))


def _raised_by_jax(error: BaseException) -> bool:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at is not None and at.tb_frame.f_globals.get("__name__", "").partition(".")[0] in ("jax", "jaxlib", "numpy")


def _describe(array: Any) -> str:
    if isinstance(array, list):
        return "[" + ", ".join(_describe(item) for item in array) + "]"
    return errors.describe(array)
