"""What a traced function computes, as nodes of a graph to be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from addax.core import trees
from addax.core.spec import TensorSpec

if TYPE_CHECKING:
    from addax.core.concrete_function import ConcreteFunction

# Primitives that only call a function: drawn as a group of what that computes.
_CALLS = ("call_jaxpr", "jaxpr", "fun_jaxpr")
_LOOPS = frozenset(("scan", "while", "cond"))


class GraphNode(NamedTuple):
    """A node: its name (slashes make groups), operation, names of its inputs, and texts by name."""

    name: str
    operation: str
    inputs: list[str]
    texts: dict[str, str]


class _Walk:
    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def fresh(self, name: str) -> str:
        self.taken[name] += 1
        return name if self.taken[name] == 1 else f"{name}_{self.taken[name] - 1}"

    def nodes(self, jaxpr: Any, sources: dict[Any, str], scope: str) -> Iterator[GraphNode]:
        for equation in jaxpr.eqns:
            inputs = [sources.get(var) if _is_variable(var) else None for var in equation.invars]
            inner = _called(equation)
            if inner is not None:
                group = self.fresh(f"{scope}/{equation.params.get('name') or equation.primitive.name}")
                below = {var: name for var, name in zip(inner.invars, inputs, strict=False) if name is not None}
                yield from self.nodes(inner, below, group)
                for outer, var in zip(equation.outvars, inner.outvars, strict=True):
                    if _is_variable(var) and var in below:
                        sources[outer] = below[var]
                continue
            name = self.fresh(f"{scope}/{equation.primitive.name}")
            shapes = ", ".join(var.aval.str_short() for var in equation.outvars)
            known = [each for each in inputs if each is not None]
            yield GraphNode(name, equation.primitive.name, known, {"shape": shapes})
            sources.update(dict.fromkeys(equation.outvars, name))


def _is_variable(var: Any) -> bool:
    return not hasattr(var, "val")  # literals have their value


def _called(equation: Any) -> Any:
    """The function that an equation only calls; None where it does something itself."""
    if equation.primitive.name in _LOOPS:
        return None
    for name in _CALLS:
        found = equation.params.get(name)
        found = getattr(found, "jaxpr", found)
        if found is not None and hasattr(found, "eqns") and len(found.invars) == len(equation.invars):
            return found
    return None


def graph_nodes(concrete: ConcreteFunction) -> list[GraphNode]:
    """The nodes of a traced function: its variables and arguments, what it computes, and its results.

    Args:
        concrete: a ConcreteFunction.

    >>> import addax as tf
    >>> from addax.core.graph_nodes import graph_nodes
    >>> f = tf.function(lambda x: tf.nn.relu(x) + 1.0).get_concrete_function(tf.TensorSpec([2]))
    >>> nodes = graph_nodes(f)
    >>> (nodes[0].operation, nodes[-1].operation, nodes[-1].inputs)
    ('Placeholder', 'Identity', ['<lambda>/add'])
    """
    walk, lifted, scope = _Walk(), concrete.lifted, concrete._owner.__name__
    jaxpr, made, sources = lifted.closed.jaxpr, [], {}
    names = [("VarHandleOp", variable.name.partition(":")[0]) for variable in lifted.variables]
    specs = [spec for spec in trees.flatten(concrete.structured_input_signature) if isinstance(spec, TensorSpec)]
    names += [("Placeholder", spec.name or "args") for spec in specs]
    del names[len(jaxpr.invars) :]
    names += [("Placeholder", "captured")] * (len(jaxpr.invars) - len(names))
    for var, (operation, name) in zip(jaxpr.invars, names, strict=True):
        sources[var] = walk.fresh(f"{scope}/{name}")
        made.append(GraphNode(sources[var], operation, [], {"shape": var.aval.str_short()}))
    for var in jaxpr.constvars:
        sources[var] = walk.fresh(f"{scope}/Const")
        made.append(GraphNode(sources[var], "Const", [], {"shape": var.aval.str_short()}))
    made += walk.nodes(jaxpr, sources, scope)
    for var in jaxpr.outvars[: len(jaxpr.outvars) - len(lifted.written)]:
        inputs = [sources[var]] if _is_variable(var) and var in sources else []
        made.append(GraphNode(walk.fresh(f"{scope}/Identity"), "Identity", inputs, {"shape": var.aval.str_short()}))
    return made
