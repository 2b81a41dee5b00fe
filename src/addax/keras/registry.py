"""Names of Keras objects: built-in classes, classes of the user's, and their dicts.

A name in a file is looked up here and nowhere else: in the custom objects of the caller, in what was registered with
`register_keras_serializable`, and in the closed table of built-in classes and functions. Nothing is ever imported by
a name.
"""

from __future__ import annotations

import contextlib
import reprlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import FunctionType, TracebackType
from typing import Any, TypeVar

from addax.core import errors

T = TypeVar("T")

# Where the public names of a kind live; what serialized objects say in "module".
MODULES = {
    "layer": "keras.layers",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "optimizer": "keras.optimizers",
    "legacy_optimizer": "keras.optimizers.legacy",
    "schedule": "keras.optimizers.schedules",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "activation": "keras.activations",
    "policy": "keras.mixed_precision",
    "model": "keras",
    "op": "tf",
}
_WORDS = {"activation": "activation function", "loss": "loss function", "metric": "metric function"}
# Kinds whose functions may be named by a string in a file.
_FUNCTION_KINDS = ("activation", "loss", "metric", "op")

_tables: dict[str, dict[str, Any]] = {kind: {} for kind in MODULES}
_later: list[Callable[[], Any]] = []  # what enters the classes that few programs need
_builtin: dict[Any, tuple[str, str]] = {}  # class or function -> (kind, its first name)
_custom_objects: dict[str, Any] = {}
_custom_names: dict[Any, str] = {}


class _Local(threading.local):
    scopes: tuple[dict[str, Any], ...] = ()
    safe_mode: bool = True


_local = _Local()


# ---------------------------------------------------------------------------- built-in names


def register(kind: str, target: T, *aliases: str) -> T:
    """Enter a built-in class or function into the table of its kind, under its own name and `aliases`.

    Args:
        kind: a key of `MODULES`, e.g. "layer" or "loss".
        target: the class or function.
        aliases: other names that find it.

    Returns:
        `target`.

    >>> from addax.keras import registry
    >>> @lambda cls: registry.register("layer", cls)
    ... class Demo: pass
    >>> registry.builtin("layer", "Demo") is Demo
    True
    >>> del registry._tables["layer"]["Demo"]
    """
    table = _tables[kind]
    name = target.__name__  # type: ignore[attr-defined]
    for each in (name, *aliases):
        table[each] = target
    _builtin.setdefault(target, (kind, name))
    return target


def when_missing(enter: Callable[[], Any]) -> None:
    """What to call when a name is in no table yet: it imports the rest of a room, which registers itself."""
    _later.append(enter)


def builtin(kind: str, name: str) -> Any:
    """The built-in class or function of a kind by name, None where there is none."""
    table = _tables[kind]
    if name not in table:
        _enter_rest()
    return table.get(name)


def names(kind: str) -> list[str]:
    """The names of the built-in objects of a kind."""
    _enter_rest()
    return sorted(_tables[kind])


def _enter_rest() -> None:
    for enter in list(_later):
        enter()
        if enter in _later:  # another thread may have been here
            _later.remove(enter)


def same_as(kind: str, target: Any, name: str) -> None:
    """Save a function of another room under the name of a built-in one."""
    _builtin.setdefault(target, (kind, name))


def builtin_name(kind: str, target: Any) -> str | None:
    """The name under which a built-in object of a kind is saved, None for others."""
    try:
        found = _builtin.get(target)
    except TypeError:
        return None
    return found[1] if found is not None and found[0] == kind else None


def kind_of(target: Any) -> str | None:
    """The kind of a built-in class or function, None for others."""
    try:
        found = _builtin.get(target)
    except TypeError:
        return None
    return found[0] if found else None


# ---------------------------------------------------------------------------- the user's names


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[T], T]:
    """Decorator that lets saved models find a class or function of yours.

    Args:
        package: the package, the first half of the registered name.
        name: the second half; by default the name of the class or function.

    Returns:
        A decorator that registers its argument as "package>name" and returns it.

    Raises:
        ValueError: a class without `get_config`, or a name that is taken.

    >>> import addax as tf
    >>> @tf.keras.saving.register_keras_serializable("my_package")
    ... def double(x):
    ...     return 2 * x
    >>> tf.keras.saving.get_registered_name(double)
    'my_package>double'
    """

    def decorate(target: T) -> T:
        registered = f"{package}>{name if name is not None else target.__name__}"  # type: ignore[attr-defined]
        if isinstance(target, type) and not hasattr(target, "get_config"):
            raise ValueError(f"Cannot register a class that does not have a get_config() method: {target.__name__}.")
        if ">" in package:
            raise ValueError(f"register_keras_serializable: package must not contain '>'. Received: {package!r}.")
        _custom_objects[registered] = target
        _custom_names[target] = registered
        return target

    return decorate


def get_registered_name(obj: Any) -> str:
    """The name a class or function was registered with, otherwise its `__name__`.

    >>> import addax as tf
    >>> tf.keras.saving.get_registered_name(dict)
    'dict'
    """
    try:
        return _custom_names.get(obj, obj.__name__)
    except TypeError:  # not hashable
        return obj.__name__


def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """The class or function of a name.

    Args:
        name: a registered name ("package>name") or a name in one of the dicts.
        custom_objects: looked at after the open `custom_object_scope`s and what is registered.
        module_objects: looked at last.

    Returns:
        The object, None if there is none of this name.

    >>> import addax as tf
    >>> tf.keras.saving.get_registered_object("nothing") is None
    True
    """
    for place in (*reversed(_local.scopes), _custom_objects, custom_objects or {}, module_objects or {}):
        if name in place:
            return place[name]
    return None


def get_custom_objects() -> dict[str, Any]:
    """The global dict of names to custom classes and functions; entries may be added to it.

    >>> import addax as tf
    >>> tf.keras.saving.get_custom_objects()["twice"] = lambda x: 2 * x
    >>> tf.keras.activations.get("twice")(3)
    6
    >>> del tf.keras.saving.get_custom_objects()["twice"]
    """
    return _custom_objects


class CustomObjectScope:
    """Within the scope, names find these classes and functions.

    Args:
        *args: dicts of names to classes or functions; later ones win.
        custom_objects: one more of them, by Keras 3's name.

    >>> import addax as tf
    >>> with tf.keras.saving.custom_object_scope({"halve": lambda x: x / 2}):
    ...     tf.keras.activations.get("halve")(3.0)
    1.5
    """

    def __init__(self, *args: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> None:
        self.custom_objects: dict[str, Any] = {}
        for each in (*args, custom_objects):
            self.custom_objects.update(each or {})

    def __enter__(self) -> CustomObjectScope:
        self._outer = _local.scopes
        _local.scopes = (*self._outer, self.custom_objects)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _local.scopes = self._outer


custom_object_scope = CustomObjectScope


class SafeModeScope:
    """Whether objects made inside may hold code from a file; a parameter of each load, never a global setting."""

    def __init__(self, safe_mode: bool | None = True) -> None:
        self.safe_mode = safe_mode is not False  # None is safe

    def __enter__(self) -> SafeModeScope:
        self._outer = _local.safe_mode
        _local.safe_mode = self.safe_mode
        return self

    def __exit__(self, *error: object) -> None:
        _local.safe_mode = self._outer


def in_safe_mode() -> bool:
    """Whether code from a file is refused here: True everywhere but inside a load with safe_mode=False."""
    return _local.safe_mode


# ---------------------------------------------------------------------------- looking names up


def unknown(kind: str, name: Any, extra: Iterable[str] = ()) -> ValueError:
    """The error for a name that nothing has, with the nearest names that there are."""
    word = _WORDS.get(kind, kind)
    style = str(name).islower()  # mean_squared_error for mean_sqared_error, not MeanSquaredError
    near = errors.nearest(str(name), sorted([*names(kind), *extra], key=lambda each: each.islower() != style))
    asked = f" Did you mean {' or '.join(repr(each) for each in near[:2])}?" if near else ""
    return about_a_name(
        ValueError(
            f"Unknown {word}: '{name}'.{asked}\n"
            f"  To do: take one of Keras' own {kind} names; for a class or function of your own, decorate it with "
            "@keras.saving.register_keras_serializable(), or name it in `custom_objects` or a "
            "keras.saving.custom_object_scope."
        )
    )


def find(kind: str, name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The class or function of a name: the user's first, then the built-in of this kind; None if there is none."""
    if custom_objects and name in custom_objects:
        return custom_objects[name]
    found = get_registered_object(name)
    return found if found is not None else builtin(kind, name)


def deserialize(
    kind: str, identifier: Any, custom_objects: Mapping[str, Any] | None = None, also: tuple[str, ...] = ()
) -> Any:
    """An object of a kind from its name or its dict (both of Keras' formats).

    Args:
        kind: e.g. "loss".
        identifier: a name, a dict with "class_name" and "config", or a built-in function's dict.
        custom_objects: names of the caller's own.
        also: other kinds whose classes may stand here (an activation may be a layer).

    Returns:
        An instance where the name is a class's (made without arguments, for a bare name), or the function.

    Raises:
        ValueError: an unknown name, with the nearest known ones.
    """
    if isinstance(identifier, str):
        found = find(kind, identifier, custom_objects)
        for other in also:
            found = builtin(other, identifier) if found is None else found
        if found is None:
            raise unknown(kind, identifier, custom_objects or ())
        return found() if isinstance(found, type) else found
    if not isinstance(identifier, Mapping) or "class_name" not in identifier or "config" not in identifier:
        raise ValueError(f"Could not interpret {_WORDS.get(kind, kind)} identifier: {shown(identifier)}")
    if identifier.get("module") is not None or "registered_name" in identifier:
        return deserialize_keras_object(dict(identifier), custom_objects, kinds=(kind, *also))
    name, config = identifier["class_name"], identifier["config"]
    if name == "function":
        return deserialize(kind, config, custom_objects, also)
    if not isinstance(name, str):
        raise ValueError(f"Could not interpret {_WORDS.get(kind, kind)} identifier: {shown(identifier)}")
    found = find(kind, name, custom_objects)
    for other in also:
        found = builtin(other, name) if found is None else found
    if found is None:
        raise unknown(kind, name, custom_objects or ())
    return _instantiate(found, config, custom_objects, identifier)


def serialize(obj: Any, use_legacy_format: bool = False) -> Any:
    """What `keras.<kind>s.serialize` does: the name of a built-in function, otherwise a dict."""
    if obj is None:
        return None
    if use_legacy_format:
        return serialize_legacy(obj)
    made = serialize_keras_object(obj)
    if isinstance(made, dict) and made.get("class_name") == "function" and kind_of(obj) is not None:
        return made["config"]
    return made


def serialize_legacy(obj: Any) -> Any:
    """Keras' dict before 2.13: {"class_name", "config"}, and the name of a function; see `legacy_serialization`."""
    if obj is None:
        return None
    if hasattr(obj, "get_config") and not isinstance(obj, type):
        config = {key: _legacy_item(item) for key, item in obj.get_config().items()}
        return {"class_name": get_registered_name(type(obj)), "config": config}
    if hasattr(obj, "__name__"):
        return get_registered_name(obj)
    raise ValueError(f"Cannot serialize {obj!r:.200} because it doesn't implement `get_config()`.")


def _legacy_item(item: Any) -> Any:
    """An item of a config; objects that were left in it are described, and marked to be made again."""
    if hasattr(item, "get_config") and not isinstance(item, type):
        return {**serialize_legacy(item), "__passive_serialization__": True}
    return get_registered_name(item) if hasattr(item, "__name__") else item


def get(kind: str, identifier: Any, also: tuple[str, ...] = ()) -> Any:
    """What `keras.<kind>s.get` does: None stays None, names and dicts are looked up, callables come back.

    Raises:
        ValueError: anything else, or an unknown name.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str | dict):
        return deserialize(kind, identifier, also=also)
    if isinstance(identifier, type):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(
        f"Could not interpret {_WORDS.get(kind, kind)} identifier: {shown(identifier)}\n"
        "  To do: pass a name, an object, a function, or what serialize() made of one."
    )


def _instantiate(target: Any, config: Any, custom_objects: Mapping[str, Any] | None, whole: Mapping[str, Any]) -> Any:
    if not isinstance(target, type):
        return target
    if not hasattr(target, "from_config"):
        raise TypeError(
            f"Unable to reconstruct an instance of '{target.__name__}' because the class is missing a "
            f"`from_config()` method. Full object config: {shown(whole)}"
        )
    if not isinstance(config, Mapping):
        raise TypeError(
            f"Unable to reconstruct an instance of '{target.__name__}': expected a dict as its config, received "
            f"{type(config).__name__}. Full object config: {shown(whole)}"
        )
    with CustomObjectScope(custom_objects or {}), building(target.__name__, config):
        return target.from_config(dict(config))


# What constructors raise when they are given something else than they expect, without having looked.
_UNFIT = (TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, AssertionError)


class UnknownClassError(TypeError, ValueError):
    """A class that is not known: TensorFlow raises TypeError for .keras files, and ValueError for HDF5 files."""


def about_a_name(error: T) -> T:
    """An error, which `of_unknown_name` will know, that is of TensorFlow's type."""
    error.names_unknown = True  # type: ignore[attr-defined]
    return error


def of_unknown_name(error: BaseException | None) -> bool:
    """Whether an error comes from a name in a description that nothing here has."""
    while error is not None:
        if isinstance(error, UnknownClassError) or getattr(error, "names_unknown", False):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def building(name: str, config: Any) -> Iterator[None]:
    """Errors of making an object from a config name the class and the config.

    Args:
        name: of the class.
        config: its config.

    Raises:
        TypeError: for any of the errors that a value of the wrong kind ends in.
        tf.errors.ResourceExhaustedError: the config asks for more memory than there is.
    """
    try:
        yield
    except MemoryError as error:
        text = f"{name} could not be made from its config {shown(config)}: it asks for too much memory ({error})."
        raise errors.ResourceExhaustedError(None, None, text) from None
    except _UNFIT as error:
        if getattr(error, "of_config", False):  # the innermost object says it best
            raise
        reason = str(error) if isinstance(error, TypeError) else f"{type(error).__name__}: {error}"
        kind = UnknownClassError if isinstance(error, UnknownClassError) else TypeError
        made = kind(f"{name} could not be made from its config {shown(config)}.\n  Reason: {reason}")
        made.of_config = True  # type: ignore[attr-defined]
        raise made from (None if isinstance(error, RecursionError) else error)


MAX_LAYERS = 20_000


def checked_layers(entries: Any, who: str) -> list[Any]:
    """The list of layers in the config of a model.

    Args:
        entries: what stands there.
        who: the model, for messages.

    Raises:
        ValueError: no list, or too long a one.
    """
    if not isinstance(entries, list | tuple):
        raise ValueError(f"{who}, config: expected a list of layers, received {entries!r:.100}.")
    if len(entries) > MAX_LAYERS:
        raise ValueError(f"{who}, config: {len(entries)} layers; at most {MAX_LAYERS} are made from a config.")
    return list(entries)


_short = reprlib.Repr()
_short.maxlevel, _short.maxdict, _short.maxlist, _short.maxtuple, _short.maxstring, _short.maxother = (
    6,
    30,
    20,
    20,
    80,
    80,
)


def shown(config: Any) -> str:
    """The beginning of a config, which may be long and nested deep."""
    return _short.repr(dict(config) if isinstance(config, Mapping) else config)[:500]


# ---------------------------------------------------------------------------- objects as dicts


def serialize_keras_object(obj: Any) -> Any:
    """A Keras object, function, tensor or structure of them as JSON-ready data.

    Args:
        obj: an object with `get_config`, a function, a tensor, an array, a dtype, a shape, plain Python data, or a
            list, tuple or dict of them.

    Returns:
        Plain data; an object becomes {"module", "class_name", "config", "registered_name"}.

    Raises:
        TypeError: an object without `get_config`.

    >>> import addax as tf
    >>> tf.keras.saving.serialize_keras_object(tf.keras.regularizers.L2(0.5))["class_name"]
    'L2'
    """
    from addax.keras import serialization  # the two halves of one format; serialization reads the tables here

    return serialization.serialize(obj)


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool | None = True,
    *,
    kinds: tuple[str, ...] = (),
) -> Any:
    """The object that `serialize_keras_object` described.

    Args:
        config: the description, or plain data.
        custom_objects: names of classes and functions of the caller's own.
        safe_mode: False lets code from the description run (lambdas). Only for descriptions you trust.
        kinds: where a class is looked for ("layer", "loss", ...) after the kind of its module.

    Returns:
        The object.

    Raises:
        TypeError: a class or function that is not known.
        ValueError: code, in safe mode.

    >>> import addax as tf
    >>> description = tf.keras.saving.serialize_keras_object(tf.keras.regularizers.L2(0.5))
    >>> float(tf.keras.saving.deserialize_keras_object(description).l2)
    0.5
    """
    from addax.keras import serialization  # as above

    return serialization.deserialize(config, custom_objects, safe_mode, kinds)


def is_function(obj: Any) -> bool:
    """Whether `obj` is a plain function (which is saved by its name)."""
    return isinstance(obj, FunctionType)
