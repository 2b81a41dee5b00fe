"""Config: named values of a program, as attributes and as a dict (keras.utils.Config)."""

from __future__ import annotations

import difflib
import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any


class Config:
    """Values by name, set and read as attributes or as a dict's, which can be frozen and written as JSON.

    Args:
        **kwargs: the values to begin with.

    Raises:
        ValueError: a change after `freeze()`.
        AttributeError: a name that is not there, with the nearest one that is.

    >>> from addax import keras
    >>> config = keras.utils.Config(learning_rate=0.1)
    >>> config.use_ema = True
    >>> config["learning_rate"], config.use_ema, config.to_json()
    (0.1, True, '{"learning_rate": 0.1, "use_ema": true}')
    """

    __slots__ = ("_config", "_frozen")

    def __init__(self, **kwargs: Any) -> None:
        object.__setattr__(self, "_config", kwargs)
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self) -> bool:
        """Whether changes are refused."""
        return self._frozen

    def freeze(self) -> None:
        """Refuse changes from now on."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Allow changes again."""
        object.__setattr__(self, "_frozen", False)

    def _changed(self) -> dict[str, Any]:
        if self._frozen:
            raise ValueError("Cannot mutate attribute(s) because the config is frozen. To do: call unfreeze() first.")
        return self._config

    def as_dict(self) -> dict[str, Any]:
        """The values in a dict of their own."""
        return dict(self._config)

    def to_json(self) -> str:
        """The values as JSON."""
        return json.dumps(self._config)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._config.keys()

    def values(self) -> ValuesView[Any]:
        """The values."""
        return self._config.values()

    def items(self) -> ItemsView[str, Any]:
        """Pairs of names and values."""
        return self._config.items()

    def get(self, keyname: str, value: Any = None) -> Any:
        """The value of a name; `value` where there is none."""
        return self._config.get(keyname, value)

    def pop(self, *args: Any) -> Any:
        """Take a name and its value out, as `dict.pop` does."""
        return self._changed().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several values, as `dict.update` does."""
        self._changed().update(*args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise AttributeError(f"Config: {name!r} is a method's name. To do: config[{name!r}] = ...")
        self._changed()[name] = value

    def __getattr__(self, name: str) -> Any:
        try:
            return self._config[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._config, n=1, cutoff=0.7)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise AttributeError(f"Unknown attribute: '{name}'.{hint}") from None

    def __reduce__(self) -> Any:
        return _made, (self._config, self._frozen)

    def __setitem__(self, key: str, item: Any) -> None:
        self._changed()[key] = item

    def __getitem__(self, key: str) -> Any:
        return self._config[key]

    def __delitem__(self, key: str) -> None:
        del self._changed()[key]

    def __contains__(self, item: object) -> bool:
        return item in self._config

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._config))

    def __len__(self) -> int:
        return len(self._config)

    def __repr__(self) -> str:
        return f"<Config {self._config}>"


def _made(values: dict[str, Any], frozen: bool) -> Config:
    config = Config(**values)
    if frozen:
        config.freeze()
    return config
