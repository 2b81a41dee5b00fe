"""Lists and dicts that a checkpoint has more parts for than they have: they tell when something is put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class WaitingList(list):
    """A list that calls functions after it was changed; after all came that was waited for it is a list like any."""

    def __init__(self, items: Iterable[Any]) -> None:
        super().__init__(items)
        self._hooks: list[Callable[[], None]] = []

    def __reduce__(self) -> Any:
        return list, (list(self),)


class WaitingDict(dict):
    """The same of a dict."""

    def __init__(self, items: Any) -> None:
        super().__init__(items)
        self._hooks: list[Callable[[], None]] = []

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def _telling(cls: type, base: type, *names: str) -> None:
    def wrapped(method: Callable[..., Any]) -> Callable[..., Any]:
        def told(self: Any, *args: Any, **kwargs: Any) -> Any:
            made = method(self, *args, **kwargs)
            hooks, self._hooks = self._hooks, []
            for call in hooks:  # who still waits puts itself in again
                call()
            return made

        return told

    for name in names:
        setattr(cls, name, wrapped(getattr(base, name)))


_telling(WaitingList, list, "append", "extend", "insert", "__setitem__", "__iadd__")
_telling(WaitingDict, dict, "__setitem__", "update", "setdefault", "__ior__")


def open_ended(parent: Any, name: str, names: Iterable[str]) -> Any:
    """The part of an object by its name in a checkpoint; a list or dict without all of `names` in it waits from now on.

    Args:
        parent: an object, list or dict.
        name: the name of the part.
        names: the parts that the checkpoint has of it.

    Returns:
        The part, None where there is none that could wait.
    """
    places = list(_places(parent))
    keys = [(place, _key(place, name)) for place in places]
    part = next((place[key] for place, key in keys if key is not None), None)
    if type(part) not in (list, dict) or all(_key(part, each) is not None for each in names):
        return part
    made = WaitingList(part) if type(part) is list else WaitingDict(part)
    for place in places:
        for key, value in list(enumerate(place) if isinstance(place, list) else place.items()):
            if value is part:
                place[key] = made
    return made


def _places(parent: Any) -> Iterator[Any]:
    """Where an object keeps its parts: itself, its attributes, and what was noted of them."""
    if type(parent) in (list, dict, WaitingList, WaitingDict):
        yield parent
    elif hasattr(parent, "__dict__"):
        own = vars(parent)
        yield own
        yield from (own[name] for name in ("_parts", "_noted") if isinstance(own.get(name), dict))
        if own.get("_root") is not None and own["_root"] is not parent:
            yield from _places(own["_root"])


def _key(place: Any, name: str) -> Any:
    """The index or key of a part, None where there is no such part."""
    if isinstance(place, list):
        return int(name) if name.isdecimal() and int(name) < len(place) else None
    return name if name in place else None
