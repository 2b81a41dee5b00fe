"""Functions of the public API that call the user's own for the user's own types.

A function that is dispatched gets other code (`core/interception.py`), so that it dispatches wherever it is called
from; the others stay as fast as they are.
"""

from __future__ import annotations

import importlib
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from addax.core import errors, interception

F = TypeVar("F", bound=Callable[..., Any])

_UNARY = (
    "bitwise.invert", "cast", "clip_by_value", "debugging.check_numerics", "image.adjust_brightness",
    "image.adjust_gamma", "image.convert_image_dtype", "image.random_brightness",
    "image.stateless_random_brightness", "io.decode_base64", "io.decode_compressed", "io.encode_base64", "math.abs",
    "math.acos", "math.acosh", "math.angle", "math.asin", "math.asinh", "math.atan", "math.atanh", "math.bessel_i0",
    "math.bessel_i0e", "math.bessel_i1", "math.bessel_i1e", "math.ceil", "math.conj", "math.cos", "math.cosh",
    "math.digamma", "math.erf", "math.erfc", "math.erfcinv", "math.erfinv", "math.exp", "math.expm1", "math.floor",
    "math.imag", "math.is_finite", "math.is_inf", "math.is_nan", "math.lgamma", "math.log", "math.log1p",
    "math.log_sigmoid", "math.logical_not", "math.ndtri", "math.negative", "math.nextafter", "math.real",
    "math.reciprocal", "math.reciprocal_no_nan", "math.rint", "math.round", "math.rsqrt", "math.sigmoid", "math.sign",
    "math.sin", "math.sinh", "math.softplus", "math.special.bessel_j0", "math.special.bessel_j1",
    "math.special.bessel_k0", "math.special.bessel_k0e", "math.special.bessel_k1", "math.special.bessel_k1e",
    "math.special.bessel_y0", "math.special.bessel_y1", "math.special.dawsn", "math.special.expint",
    "math.special.fresnel_cos", "math.special.fresnel_sin", "math.special.spence", "math.sqrt", "math.square",
    "math.tan", "math.tanh", "nn.elu", "nn.gelu", "nn.leaky_relu", "nn.log_softmax", "nn.relu", "nn.relu6", "nn.selu",
    "nn.silu", "nn.softsign", "ones_like", "saturate_cast", "strings.as_string", "strings.length", "strings.lower",
    "strings.regex_full_match", "strings.regex_replace", "strings.strip", "strings.substr", "strings.to_hash_bucket",
    "strings.to_hash_bucket_fast", "strings.to_hash_bucket_strong", "strings.to_number", "strings.unicode_script",
    "strings.unicode_transcode", "strings.upper", "zeros_like",
)  # fmt: skip
_BINARY = (
    "bitwise.bitwise_and", "bitwise.bitwise_or", "bitwise.bitwise_xor", "bitwise.left_shift", "bitwise.right_shift",
    "complex", "math.add", "math.atan2", "math.divide", "math.divide_no_nan", "math.equal", "math.floordiv",
    "math.floormod", "math.greater", "math.greater_equal", "math.less", "math.less_equal", "math.logical_and",
    "math.logical_or", "math.logical_xor", "math.maximum", "math.minimum", "math.multiply", "math.multiply_no_nan",
    "math.not_equal", "math.pow", "math.scalar_mul", "math.squared_difference", "math.subtract", "math.truediv",
    "math.xdivy", "math.xlog1py", "math.xlogy", "math.zeta", "nn.sigmoid_cross_entropy_with_logits", "realdiv",
    "truncatediv", "truncatemod",
)  # fmt: skip
_BINARY_ASSERT = (
    "debugging.assert_equal", "debugging.assert_greater", "debugging.assert_greater_equal", "debugging.assert_less",
    "debugging.assert_less_equal", "debugging.assert_near", "debugging.assert_none_equal",
)  # fmt: skip

# What was registered for a function of the user's: pairs of (API function, interceptor), and where it is kept.
_registered: dict[Callable[..., Any], list[tuple[Any, interception.Interceptor]]] = {}
_taken: dict[tuple[Any, ...], Callable[..., Any]] = {}


def _found(names: Iterable[str]) -> list[Any]:
    """The functions of the public API by these names, each once."""
    tf = importlib.import_module("addax")
    made: list[Any] = []
    for name in names:
        at: Any = tf
        for part in name.split("."):
            at = getattr(at, part)
        if at not in made:
            made.append(at)
    return made


def _register(target: F, pairs: list[tuple[Any, interception.Interceptor]]) -> F:
    for api, interceptor in pairs:
        interception.intercept(api, interceptor)
    _registered.setdefault(target, []).extend(pairs)
    return target


# ---------------------------------------------------------------------------- types of arguments


def _check_annotation(annotation: Any) -> None:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (list, typing.Union, types.UnionType) and arguments:
        for each in arguments:
            _check_annotation(each)
        return
    if not isinstance(annotation, type) or origin is not None:
        raise ValueError(
            f"Type annotation {annotation!r} is not currently supported by dispatch.  Supported annotations: type "
            "objects,  List[...], and Union[...]"
        )


def _fits(annotation: Any, value: Any) -> bool:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is list:
        return isinstance(value, list | tuple) and bool(value) and all(_fits(arguments[0], item) for item in value)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(each, value) for each in arguments)
    return isinstance(value, annotation)


# ---------------------------------------------------------------------------- one API


def dispatch_for_api(api: Any, *signatures: dict[str, Any]) -> Callable[[F], F]:
    """A decorator: `api` calls the decorated function where the types of its arguments fit.

    Args:
        api: a function of the public API, such as `tf.concat`.
        *signatures: dicts from parameters to types; one of them has to fit. By default the annotations of the
            decorated function. A type is a class, `list[...]` or a union of such.

    Returns:
        A decorator of functions that have the parameters of `api`.

    Raises:
        ValueError: `api` is no function of the API, a parameter is unknown, or the parameters differ.

    Example:
        >>> import addax as tf
        >>> class Celsius(tf.experimental.ExtensionType):
        ...     degrees: tf.Tensor
        >>> @tf.experimental.dispatch_for_api(tf.stack, {"values": list[Celsius]})
        ... def stack_celsius(values, axis=0, name="stack"):
        ...     return Celsius(tf.stack([value.degrees for value in values], axis))
        >>> tf.stack([Celsius(1.0), Celsius(2.0)]).degrees.numpy().tolist()
        [1.0, 2.0]
        >>> tf.experimental.unregister_dispatch_for(stack_celsius)
    """
    if not interception.can_intercept(api) or not api.__module__.startswith("addax."):
        raise ValueError(f"{api} does not support dispatch.")
    parameters = inspect.signature(api).parameters
    for signature in signatures:
        for name in signature:
            if name not in parameters:
                raise ValueError(f"signature includes annotation for unknown parameter {name!r}.")

    def decorator(target: F) -> F:
        given = list(signatures) or [_own_annotations(target)]
        if not all(given):
            raise ValueError(
                "The dispatch_for_api decorator must be called with at least one signature, or applied to a function "
                "that has type annotations on its parameters."
            )
        own = inspect.signature(target)
        nameless = "name" in parameters and "name" not in own.parameters
        if list(own.parameters) != [name for name in parameters if not (nameless and name == "name")]:
            raise ValueError(
                f"Dispatch function's signature {own} does not match API's signature {inspect.signature(api)}."
            )
        for signature in given:
            for annotation in signature.values():
                _check_annotation(annotation)
        places = {name: place for place, name in enumerate(parameters)}

        def interceptor(original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            for signature in given:
                if all(_argument_fits(places, name, kind, args, kwargs) for name, kind in signature.items()):
                    if nameless:
                        kwargs = {key: value for key, value in kwargs.items() if key != "name"}
                        args = args[: places["name"]] + args[places["name"] + 1 :]
                    return target(*args, **kwargs)
            return NotImplemented

        return _register(target, [(api, interceptor)])

    return decorator


_MISSING = object()


def _argument_fits(places: dict[str, int], name: str, kind: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    place = places[name]
    value = args[place] if place < len(args) else kwargs.get(name, _MISSING)
    return value is not _MISSING and _fits(kind, value)


def _own_annotations(target: Callable[..., Any]) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(target)
    except NameError:  # a class of the function that this stands in
        frame: Any = inspect.currentframe()
        while frame.f_back is not None and frame.f_code.co_filename == __file__:
            frame = frame.f_back
        hints = typing.get_type_hints(target, None, frame.f_locals)
    return {name: hint for name, hint in hints.items() if name != "return"}


# ---------------------------------------------------------------------------- many APIs


def dispatch_for_unary_elementwise_apis(x_type: Any) -> Callable[[F], F]:
    """A decorator: all functions of one tensor, element by element, call the decorated one for `x_type`.

    Args:
        x_type: the type of the first argument.

    Returns:
        A decorator of functions `(api, x)`; `api` is the function with its other arguments given.

    Raises:
        ValueError: another function is registered for the type.

    Example:
        >>> import addax as tf
        >>> class Celsius(tf.experimental.ExtensionType):
        ...     degrees: tf.Tensor
        >>> @tf.experimental.dispatch_for_unary_elementwise_apis(Celsius)
        ... def unary(api, x):
        ...     return Celsius(api(x.degrees))
        >>> tf.abs(Celsius(-2.0)).degrees.numpy()
        np.float32(2.0)
        >>> tf.experimental.unregister_dispatch_for(unary)
    """

    def decorator(target: F) -> F:
        _check_annotation(x_type)
        _take(
            ("unary", x_type),
            target,
            f"A unary elementwise dispatch handler ({{}}) has already been registered for {x_type}.",
        )
        return _register(target, [(api, _elementwise(api, target, (x_type,))) for api in _found(_UNARY)])

    return decorator


def dispatch_for_binary_elementwise_apis(x_type: Any, y_type: Any) -> Callable[[F], F]:
    """A decorator: all functions of two tensors, element by element, call the decorated one for these types.

    Args:
        x_type: the type of the first argument.
        y_type: the type of the second.

    Returns:
        A decorator of functions `(api, x, y)`; `api` is the function with its other arguments given.

    Raises:
        ValueError: another function is registered for the types.

    Example:
        >>> import addax as tf
        >>> class Celsius(tf.experimental.ExtensionType):
        ...     degrees: tf.Tensor
        >>> @tf.experimental.dispatch_for_binary_elementwise_apis(Celsius, Celsius)
        ... def binary(api, x, y):
        ...     return Celsius(api(x.degrees, y.degrees))
        >>> tf.maximum(Celsius(1.0), Celsius(2.0)).degrees.numpy()
        np.float32(2.0)
        >>> tf.experimental.unregister_dispatch_for(binary)
    """
    return _binary("binary elementwise", _BINARY, x_type, y_type)


def dispatch_for_binary_elementwise_assert_apis(x_type: Any, y_type: Any) -> Callable[[F], F]:
    """A decorator: the `tf.debugging.assert_...` functions of two tensors call the decorated one for these types.

    Args:
        x_type: the type of the first argument.
        y_type: the type of the second.

    Returns:
        A decorator of functions `(assert_function, x, y)`.

    Raises:
        ValueError: another function is registered for the types.
    """
    return _binary("binary elementwise assert", _BINARY_ASSERT, x_type, y_type)


def _binary(what: str, names: tuple[str, ...], x_type: Any, y_type: Any) -> Callable[[F], F]:
    def decorator(target: F) -> F:
        _check_annotation(x_type)
        _check_annotation(y_type)
        text = f"A {what} dispatch handler ({{}}) has already been registered for ({x_type}, {y_type})."
        _take((what, x_type, y_type), target, text)
        return _register(target, [(api, _elementwise(api, target, (x_type, y_type))) for api in _found(names)])

    return decorator


def _take(key: tuple[Any, ...], target: Callable[..., Any], text: str) -> None:
    if key in _taken:
        raise ValueError(text.format(_taken[key]))
    _taken[key] = target


def _elementwise(api: Any, target: Callable[..., Any], kinds: tuple[Any, ...]) -> interception.Interceptor:
    names = list(inspect.signature(api).parameters)[: len(kinds)]

    def interceptor(original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        values = list(args[: len(kinds)])
        for name in names[len(values) :]:
            if name not in kwargs:
                return NotImplemented
            values.append(kwargs[name])
        if not all(_fits(kind, value) for kind, value in zip(kinds, values, strict=True)):
            return NotImplemented
        rest = {name: value for name, value in kwargs.items() if name not in names}

        def with_the_rest(*arguments: Any) -> Any:
            return api(*arguments, *args[len(kinds) :], **rest)

        with_the_rest.__name__ = original.__name__
        return target(with_the_rest, *values)

    return interceptor


def unregister_dispatch_for(dispatch_target: Callable[..., Any]) -> None:
    """Undo what the decorators above did for a function.

    Args:
        dispatch_target: the decorated function.

    Raises:
        ValueError: it was not decorated.
    """
    pairs = _registered.pop(dispatch_target, None)
    if pairs is None:
        raise ValueError(
            errors.message(
                f"Function {dispatch_target} was not registered using a `@dispatch_for_*` decorator",
                hint="pass the decorated function itself",
            )
        )
    for api, interceptor in pairs:
        interception.leave_alone(api, interceptor)
    for key in [key for key, target in _taken.items() if target is dispatch_target]:
        del _taken[key]
