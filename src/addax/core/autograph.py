"""AutoGraph: `if`, `while` and `for` over tensors become conditionals and loops of the compiled function.

A function is converted once per code object (transpiler.py): its control flow becomes calls of the operators that the
room above binds here. Conditions and iterables that are plain Python keep Python's meaning. Functions that are called
are converted as they are met, but not those of Addax and of libraries that know nothing of tensors. A function without
source, or with code that cannot be converted, runs as it is.
"""

from __future__ import annotations

import enum
import functools
import inspect
import logging
import sys
import threading
import types
from collections.abc import Callable, Iterable
from typing import Any

from addax.core import context

_UNSPECIFIED = object()
_LIBRARIES = frozenset(
    ("addax", "jax", "jaxlib", "numpy", "scipy", "malt", "pandas", "PIL", "matplotlib", "sklearn", "skimage", "h5py")
    + ("absl", "rich", "tensorboard", "pytest", "_pytest", "hypothesis", "ml_dtypes", "opt_einsum")
) | frozenset(sys.stdlib_module_names - {"__main__"})
# Addax's functions whose function arguments are user code to be converted too.
_HIGHER_ORDER = ("addax.ops.control_flow", "addax.ops.mapping")


class Feature(enum.Enum):
    """Optional features of the conversion (`tf.autograph.experimental.Feature`).

    >>> import addax as tf
    >>> tf.autograph.experimental.Feature.EQUALITY_OPERATORS.name
    'EQUALITY_OPERATORS'
    """

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls) -> tuple[Feature, ...]:
        """All features."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude: Any) -> tuple[Feature, ...]:
        """All features except one, or several."""
        left_out = set(exclude) if isinstance(exclude, list | tuple | set) else {exclude}
        return tuple(set(cls) - left_out - {cls.ALL})


# Features with an effect here; the others (lists, order of effects) hold always.
_OPTIONAL = (Feature.ASSERT_STATEMENTS, Feature.BUILTIN_FUNCTIONS, Feature.EQUALITY_OPERATORS)


class _Local(threading.local):
    disabled = False


_local = _Local()


# ---------------------------------------------------------------------------- names that may have no value


class Undefined:
    """The value of a name that has none yet."""

    __slots__ = ("symbol_name",)

    def __init__(self, symbol_name: str) -> None:
        self.symbol_name = symbol_name

    def read(self) -> Any:
        """The name is used: an error."""
        raise UnboundLocalError(f"'{self.symbol_name}' is used before assignment")

    def __repr__(self) -> str:
        return self.symbol_name


class UndefinedReturnValue:
    """The value of a function that has not returned yet."""


def ld(value: Any) -> Any:
    """Read a name."""
    if type(value) is Undefined:
        value.read()
    return value


def ldu(load: Callable[[], Any], name: str) -> Any:
    """Read `a.b` or `a['b']`, which may not exist yet."""
    try:
        return load()
    except (KeyError, AttributeError, NameError, IndexError):
        return Undefined(name)


# ---------------------------------------------------------------------------- what converted code calls


class FunctionScope:
    """The body of a converted function."""

    def __init__(self, function_name: str, scope_name: str, options: Any) -> None:
        self.function_name = function_name
        self.name = scope_name
        self.options = options
        self.callopts = options

    def __enter__(self) -> FunctionScope:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def ret(self, value: Any, did_return: Any) -> Any:
        """What the function returns; `did_return` says whether a `return` was reached."""
        if isinstance(value, UndefinedReturnValue):
            return None
        if hasattr(did_return, "is_symbolic") and did_return.is_symbolic:
            raise ValueError(
                f"{self.function_name}: the else branch must also have a return statement: a `return` under a "
                "condition on tensors needs one on every other way through the function."
            )
        return value


def with_function_scope(thunk: Callable[[FunctionScope], Any], scope_name: str, options: Any) -> Any:
    """The body of a converted lambda."""
    return thunk(FunctionScope("lambda", scope_name, options))


def autograph_artifact(entity: Any) -> Any:
    """Mark a function as converted."""
    try:
        entity.autograph_info__ = True
    except AttributeError:  # a builtin method, say
        pass
    return entity


_operators: dict[str, Callable[..., Any]] = {
    "ld": ld, "ldu": ldu, "Undefined": Undefined, "UndefinedReturnValue": UndefinedReturnValue,
    "FunctionScope": FunctionScope, "with_function_scope": with_function_scope,
    "autograph_artifact": autograph_artifact,
}  # fmt: skip
_overloads: dict[Any, Callable[..., Any]] = {}
_mutation: list[Callable[..., None]] = []


def bind(
    operators: dict[str, Callable[..., Any]], overloads: dict[Any, Callable[..., Any]], on_mutation: Callable[..., None]
) -> None:
    """Take the operators from the room above.

    Args:
        operators: `if_stmt`, `while_stmt`, `for_stmt`, `if_exp`, `and_`, ... by name.
        overloads: functions to call instead of others, such as `len` and `tf.range`.
        on_mutation: told of every list, dict or set of the user's before a method of it is called.
    """
    _operators.update(operators)
    _overloads.update(overloads)
    _mutation[:] = [on_mutation]


_loaders: list[Callable[[], object]] = []


def bind_later(loader: Callable[[], object]) -> None:
    """Let the room above call `bind` when the first function is converted; `loader` makes it do so."""
    _loaders.append(loader)


@functools.cache
def _namespace() -> Any:
    from addax.core import transpiler  # loads malt, which only functions that are converted need

    for loader in _loaders:
        loader()
    return transpiler.namespace({**_operators, "converted_call": converted_call})


# ---------------------------------------------------------------------------- converting


def _is_library(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return module.split(".", 1)[0] in _LIBRARIES


def _names_of(features: Any) -> frozenset[str]:
    if features is None:
        return frozenset()
    chosen = tuple(features) if isinstance(features, Iterable) else (features,)
    if Feature.ALL in chosen:
        chosen = tuple(Feature)
    return frozenset(feature.value for feature in chosen if feature in _OPTIONAL)


def _twin(function: types.FunctionType, options: Any) -> Any:
    """The converted twin of a plain function, or the function itself."""
    from addax.core import transpiler  # loads malt

    flags = function.__code__.co_flags
    if hasattr(function, "autograph_info__") or flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
        return function
    try:
        factory = transpiler.factory_of(function, options, set_loop_options)
    except transpiler.NotConvertible as why:
        _log(1, f"AutoGraph does not convert {function!r}: {why}")
        return function
    _log(2, f"AutoGraph converted {function!r}:\n{factory.source}")
    return autograph_artifact(factory.bind(function, _namespace()))


def converted(function: Callable[..., Any], features: Any = None, recursive: bool = True) -> Callable[..., Any]:
    """The function with its control flow over tensors converted; itself where it cannot be.

    Args:
        function: any callable.
        features: a `Feature` or several.
        recursive: whether functions that it calls are converted too.
    """
    from addax.core import transpiler  # loads malt

    options = transpiler.options_of(recursive, _names_of(features))
    if inspect.ismethod(function):
        inner = function.__func__
        if not isinstance(inner, types.FunctionType):
            return function
        return types.MethodType(_twin(inner, options), function.__self__)
    if isinstance(function, types.FunctionType):
        example = function.__code__.co_filename.startswith("<doctest")  # a user's, though it stands in a docstring
        return function if _is_library(function) and not example else _twin(function, options)
    if inspect.isclass(function) or inspect.isbuiltin(function) or _is_library(type(function)):
        if isinstance(function, functools.partial):
            return functools.partial(converted(function.func, features, recursive), *function.args, **function.keywords)
        return function
    own_call = inspect.getattr_static(type(function), "__call__", None)
    if isinstance(own_call, types.FunctionType) and not _is_library(own_call):
        return types.MethodType(_twin(own_call, options), function)
    return function


def converted_method(method: Any) -> Any:
    """While a function is traced, the converted twin of user code that Addax calls (`call` of a layer, losses, ...).

    Addax's own code, and everything under `do_not_convert`, comes back as it is.
    """
    if context.state.trace is None or _local.disabled:
        return method
    inner = getattr(method, "__func__", method)
    if not isinstance(inner, types.FunctionType) or _is_library(inner):
        return method
    return converted(method)


def _by_overload(function: Any) -> Callable[..., Any] | None:
    try:
        return _overloads.get(function)
    except TypeError:  # not hashable
        return None


def converted_call(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None, scope: Any = None, options: Any = None
) -> Any:
    """A call in converted code: of an overload, of the converted twin, or as it is."""
    kwargs = kwargs or {}
    options = options or scope.options
    overload = _by_overload(function)
    if overload is not None:
        return overload(*args, **kwargs)
    if isinstance(function, types.BuiltinFunctionType | type):
        return _call_builtin(function, args, kwargs, scope)
    if hasattr(function, "autograph_info__"):
        return function(*args, **kwargs)
    if type(function) is functools.partial:
        return converted_call(function.func, function.args + args, {**function.keywords, **kwargs}, scope, options)
    if not options.recursive:
        return function(*args, **kwargs)
    if isinstance(function, types.FunctionType):
        if not _is_library(function):
            return _twin(function, options)(*args, **kwargs)
        if function.__module__ in _HIGHER_ORDER:
            args = tuple(_converted_argument(each, options) for each in args)
            kwargs = {key: _converted_argument(value, options) for key, value in kwargs.items()}
        return function(*args, **kwargs)
    if inspect.ismethod(function):
        inner = function.__func__
        if isinstance(inner, types.FunctionType) and not _is_library(inner):
            return _twin(inner, options)(function.__self__, *args, **kwargs)
        return function(*args, **kwargs)
    own_call = inspect.getattr_static(type(function), "__call__", None)
    if isinstance(own_call, types.FunctionType) and not _is_library(own_call):
        return _twin(own_call, options)(function, *args, **kwargs)
    return function(*args, **kwargs)


def _converted_argument(value: Any, options: Any) -> Any:
    return _twin(value, options) if isinstance(value, types.FunctionType) and not _is_library(value) else value


def _call_builtin(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], scope: Any) -> Any:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, list | dict | set):
        _mutation[0](owner)
    elif function in (super, eval, globals, locals) and scope is not None:
        from addax.core import transpiler  # loads malt

        return transpiler.frame_builtins()[function](function, args, scope)
    return function(*args, **kwargs)


# ---------------------------------------------------------------------------- public


def do_not_convert(func: Callable[..., Any] | None = None) -> Any:
    """A decorator: the function, and what it calls, stay plain Python inside a `tf.function`.

    Args:
        func: the function; without it, a decorator is returned.

    >>> import addax as tf
    >>> @tf.autograph.experimental.do_not_convert
    ... def plain(x, flag):
    ...     return x + 1 if flag else x
    >>> int(plain(tf.constant(1), True))
    2
    """
    if func is None:
        return do_not_convert

    def unconverted(*args: Any, **kwargs: Any) -> Any:
        before, _local.disabled = _local.disabled, True
        try:
            return func(*args, **kwargs)
        finally:
            _local.disabled = before

    if inspect.isfunction(func) or inspect.ismethod(func):
        functools.update_wrapper(unconverted, func)
    return autograph_artifact(unconverted)


def set_loop_options(
    parallel_iterations: Any = _UNSPECIFIED,
    swap_memory: Any = _UNSPECIFIED,
    maximum_iterations: Any = _UNSPECIFIED,
    shape_invariants: Any = _UNSPECIFIED,
) -> None:
    """Options of the loop whose first statement this is; it has no effect anywhere else.

    Args:
        parallel_iterations: has no effect; XLA schedules.
        swap_memory: has no effect.
        maximum_iterations: a limit of the loop.
        shape_invariants: pairs (variable, shape) of variables whose shape changes. Compiled shapes are fixed, so such a
            loop is unrolled, or the function runs eagerly.

    >>> import addax as tf
    >>> @tf.function
    ... def count(n):
    ...     total = 0
    ...     for i in tf.range(n):
    ...         tf.autograph.experimental.set_loop_options(maximum_iterations=3)
    ...         total += 1
    ...     return total
    >>> int(count(tf.constant(10)))
    3
    """


def to_graph(
    entity: Callable[..., Any], recursive: bool = True, experimental_optional_features: Any = None
) -> Callable[..., Any]:
    """The converted twin of a function.

    Args:
        entity: a function or method; of a `tf.function`, its `python_function`.
        recursive: whether functions that it calls are converted too.
        experimental_optional_features: a `tf.autograph.experimental.Feature` or several.

    Returns:
        A function with the same arguments; for a method, with `self` in front.

    Raises:
        ValueError: it has no Python source, or uses what cannot be converted.

    >>> import addax as tf
    >>> def absolute(x):
    ...     return -x if x < 0 else x
    >>> int(tf.autograph.to_graph(absolute)(tf.constant(-2)))
    2
    """
    factory, function = _converted_code(entity, recursive, experimental_optional_features)
    return autograph_artifact(factory.bind(function, _namespace()))


def to_code(entity: Callable[..., Any], recursive: bool = True, experimental_optional_features: Any = None) -> str:
    """The source of the converted twin of a function.

    Args:
        entity: a function or method; of a `tf.function`, its `python_function`.
        recursive: whether functions that it calls are converted too.
        experimental_optional_features: a `tf.autograph.experimental.Feature` or several.

    Raises:
        ValueError: it has no Python source, or uses what cannot be converted.

    >>> import addax as tf
    >>> def absolute(x):
    ...     return -x if x < 0 else x
    >>> print(tf.autograph.to_code(absolute).splitlines()[0])
    def tf__absolute(x):
    """
    return _converted_code(entity, recursive, experimental_optional_features)[0].source


def _converted_code(entity: Any, recursive: bool, features: Any) -> tuple[Any, Any]:
    from addax.core import transpiler  # loads malt

    function = inspect.unwrap(entity) if hasattr(entity, "python_function") else entity
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType):
        raise ValueError(
            f"tf.autograph: cannot convert {entity!r:.80}, which has no Python code.\n"
            "  To do: pass a function; of a tf.function, its python_function."
        )
    options = transpiler.options_of(recursive, _names_of(features))
    try:
        return transpiler.factory_of(function, options, set_loop_options), function
    except transpiler.NotConvertible as why:
        raise ValueError(f"tf.autograph: converting {entity!r:.80}: {why}") from None


_verbosity = 0
_also_to_stdout = False


def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """How much the conversion tells: 0 nothing, 1 what is not converted and why, 2 converted code too.

    Args:
        level: the level.
        alsologtostdout: print as well; otherwise it goes to the logger "addax.autograph".

    >>> import addax as tf
    >>> tf.autograph.set_verbosity(0)
    """
    global _verbosity, _also_to_stdout
    _verbosity, _also_to_stdout = int(level), bool(alsologtostdout)


def _log(level: int, text: str) -> None:
    if _verbosity >= level:
        logging.getLogger("addax.autograph").info(text)
        if _also_to_stdout:
            print(text)


def trace(*args: Any) -> None:
    """Print while a function is traced.

    >>> import addax as tf
    >>> tf.autograph.trace("tracing", 3)
    tracing 3
    """
    print(*args)
