"""Scopes of asynchronous work: JAX hands work to the device without waiting, always; a scope waits at its end."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator

from addax.core import effects, errors


@contextlib.contextmanager
def async_scope() -> Iterator[None]:
    """A `with` block at whose end everything that was started has run; what failed meanwhile is raised there.

    Ops return before the device has computed them everywhere in Addax, so that the block changes only when errors of
    compiled functions' own prints and checks are seen.

    >>> import addax as tf
    >>> with tf.experimental.async_scope():
    ...     x = tf.constant([1.0]) + 1
    """
    yield
    effects.finish()


def async_clear_error() -> None:
    """Forget errors of asynchronous work that were not raised yet.

    >>> import addax as tf
    >>> tf.experimental.async_clear_error()
    """
    effects.forget()


def enable_strict_mode() -> None:
    """From now on, warnings of Addax about what is deprecated or falls back are errors.

    Raises, later on:
        AddaxWarning, DeprecationWarning: in place of the warnings.
    """
    warnings.filterwarnings("error", category=errors.AddaxWarning)
    warnings.filterwarnings("error", category=DeprecationWarning, module=r"addax(\.|$)")
