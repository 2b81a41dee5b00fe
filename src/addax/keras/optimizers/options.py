"""Checks of the options that every optimizer takes."""

from __future__ import annotations

from typing import Any


def check_options(optimizer: Any) -> None:
    """Refuse options that contradict each other or lie outside of their ranges.

    Raises:
        ValueError: names the option and what it was.
    """
    if optimizer.use_ema:
        _check_ema(optimizer.ema_momentum, optimizer.ema_overwrite_frequency)
    if optimizer.clipnorm is not None and optimizer.global_clipnorm is not None:
        raise ValueError(
            "At most one of `clipnorm` and `global_clipnorm` can be set. "
            f"Received: clipnorm={optimizer.clipnorm}, global_clipnorm={optimizer.global_clipnorm}."
        )
    steps = optimizer.gradient_accumulation_steps
    if steps is not None and (not isinstance(steps, int) or steps < 2):
        raise ValueError(
            "`gradient_accumulation_steps` must be an integer >= 2 or None. "
            f"Received: gradient_accumulation_steps={steps!r}."
        )


def _check_ema(momentum: float, every: int | None) -> None:
    if momentum > 1 or momentum < 0:
        raise ValueError(f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={momentum}")
    if every and (not isinstance(every, int) or every < 1):
        raise ValueError(
            f"`ema_overwrite_frequency` must be an integer > 1 or None. Received: ema_overwrite_frequency={every}"
        )
