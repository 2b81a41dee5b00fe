"""What TensorBoard asks TensorFlow for around older functions: silence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """A block without warnings on old names; Addax gives none."""
    yield
