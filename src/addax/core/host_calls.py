"""What a compiled function tells the host where nothing else depends on it: told when the program is over.

A program that calls the host while it runs names an address in this process, so it cannot be kept on disk, and it waits
for the host's thread at each call. Messages at a function's top level (not within its loops and branches) need not
interrupt it: what they say are outputs, and the host is called with them afterwards, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from addax.core.primitives import uses

_CALL = "debug_callback"


class HostCalls:
    """The calls of a program, and the program that returns what they are about before its own results.

    Examples:
        >>> import jax
        >>> from addax.core import effects
        >>> def double(x):
        ...     effects.on_host(lambda value: print("given", value), x)
        ...     return x + x
        >>> calls = HostCalls.of(jax.make_jaxpr(double)(2.0))
        >>> told, doubled = jax.core.eval_jaxpr(calls.closed.jaxpr, calls.closed.consts, 3.0)
        >>> calls.tell([told])
        given 3.0
    """

    def __init__(self, closed: Any, calls: list[tuple[Callable[..., Any], int]]) -> None:
        self.closed = closed
        self._calls = calls
        self.count = sum(count for _, count in calls)  # outputs that come first

    @classmethod
    def of(cls, closed: Any) -> HostCalls | None:
        """A program's calls, if none is within a loop, a branch or another program, and no loop is to be waited for."""
        if not closed.effects:
            return None
        kept, told, calls = [], [], []
        for eqn in closed.jaxpr.eqns:
            if eqn.primitive.name == _CALL and not eqn.outvars:
                told += eqn.invars
                calls.append((eqn.params["callback"], len(eqn.invars)))
            elif eqn.effects:
                return None
            else:
                kept.append(eqn)
        jaxpr = closed.jaxpr
        if uses(jaxpr, ("while",)):  # which may take long: what comes before it is said before
            return None
        info = jaxpr.debug_info._replace(result_paths=None)  # names the results
        jaxpr = jaxpr.replace(eqns=kept, outvars=[*told, *jaxpr.outvars], effects=set(), debug_info=info)
        return cls(closed.replace(jaxpr=jaxpr), calls)

    def tell(self, values: Sequence[Any]) -> None:
        """Call the host with the first `count` outputs of a run."""
        at = 0
        for call, count in self._calls:
            call(*values[at : at + count])
            at += count
