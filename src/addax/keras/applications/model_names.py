"""The names of the models that `keras.applications` builds."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def takes_name(build: F) -> F:
    """A function that builds a model, with one more argument: the model's `name`, as Keras 3 has it."""

    @functools.wraps(build)
    def public(*args: Any, name: str | None = None, **kwargs: Any) -> Any:
        model = build(*args, **kwargs)
        if name is not None:
            model._name = name
        return model

    known = inspect.signature(build)
    mine = inspect.Parameter("name", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None")
    others = list(known.parameters.values())
    place = len(others) - bool(others and others[-1].kind is inspect.Parameter.VAR_KEYWORD)
    public.__signature__ = known.replace(parameters=[*others[:place], mine, *others[place:]])  # type: ignore[attr-defined]
    return public  # type: ignore[return-value]
