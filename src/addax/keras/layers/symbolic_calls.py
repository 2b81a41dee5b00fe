"""Layers called on symbolic tensors: the output's shapes are inferred, and the call is noted in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from addax.core import context, errors, random
from addax.core.tensor import NotCompilable
from addax.core.tracebacks import shorten
from addax.keras import graph, naming
from addax.keras.host_inference import infer_by_numbers
from addax.keras.layers.build_shapes import symbolic_inputs
from addax.keras.layers.call_errors import add_path
from addax.keras.layers.current_calls import calls
from addax.keras.layers.description import Description
from addax.keras.layers.input_spec import with_known_sizes
from addax.keras.layers.symbolic_masks import with_mask


class SymbolicCalls:
    """The part of a layer that answers calls on KerasTensors, and questions about shapes."""

    built: bool
    compute_output_spec: Callable[..., Any]
    _name: str
    _policy: Any
    input_spec: Any
    _inbound_nodes: list[graph.Node]
    _flatten_layers: Callable[[], Iterator[Any]]
    _inner_scopes: Callable[[tuple[str, ...]], tuple[str, ...]]
    _maybe_build: Callable[[tuple[Any, ...], dict[str, Any]], None]
    _to_inputs: Callable[[Any], Any]
    _run: Callable[[tuple[Any, ...], dict[str, Any]], Any]

    def _symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call on KerasTensors: build, infer the output's shapes, and note the call in the graph."""
        node = graph.Node(self, args, kwargs)
        path = calls.path
        try:
            if not self.built:
                with_scope = context.state.scopes
                context.state.scopes, calls.path = self._inner_scopes(with_scope), (*path, self._name)
                try:
                    with naming.apart():
                        self._maybe_build(args, kwargs)
                finally:
                    context.state.scopes, calls.path = with_scope, path
            told = type(self).compute_output_spec is not Description.compute_output_spec
            infer = self._told if told else self._infer
            with naming.apart():
                output = infer(with_known_sizes(self.input_spec, args), with_mask(self, args, kwargs))
        except (errors.OpError, ValueError, TypeError) as error:
            add_path(error, "/".join((*path, self._name)), args, calls.inferring)
            shorten(error)
            raise
        return self._connect(node, output)

    def _told(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The outputs that a subclass's `compute_output_spec` says."""
        return self.compute_output_spec(*args, **{k: v for k, v in kwargs.items() if k not in ("mask", "training")})

    def _connect(self, node: graph.Node, output: Any) -> Any:
        """Make the inferred tensors the outputs of a call."""
        fresh: list[graph.KerasTensor] = []
        inputs = {id(tensor) for tensor in node.inputs}

        def own(leaf: Any) -> Any:
            if isinstance(leaf, graph.KerasTensor):
                made = leaf.placed(None, node, len(fresh))
                fresh.append(made)
                return made
            return leaf

        assert not any(id(leaf) in inputs and leaf.node is node for leaf in graph.symbolic_leaves(output))
        node.output = graph.map_leaves(own, output)
        self._inbound_nodes.append(node)
        for layer in node.input_layers:
            layer._outbound_nodes.append(node)
        return node.output

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Abstract outputs; losses and metric updates of the abstract run are forgotten."""
        kept = [(layer, list(layer._own_losses)) for layer in self._flatten_layers()]
        depth = calls.depth
        calls.depth = max(depth, 1)
        calls.inferring += 1
        try:
            return graph.infer(self._abstract_call, args, kwargs)
        except NotCompilable:
            made = self._infer_by_numbers(args, kwargs)
            if made is None:
                raise
            return made
        finally:
            calls.inferring -= 1
            calls.depth = depth
            for layer, losses in kept:
                layer._own_losses[:] = losses
            for layer in self._flatten_layers():
                if all(layer is not known for known, _ in kept):
                    layer._own_losses.clear()

    def _infer_by_numbers(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The same where sizes depend on numbers, or text is read: of samples; None if none fit."""
        inner = [variable for layer in self._flatten_layers() for variable in layer._own_variables()]
        kept = [(variable, variable.value()) for variable in (*inner, *random.variables())]
        try:
            return infer_by_numbers(self._abstract_call, args, kwargs)
        finally:
            for variable, value in kept:
                if variable.value() is not value:
                    variable.assign(value)

    def _abstract_call(self, *args: Any, **kwargs: Any) -> Any:
        if args:
            args = (self._to_inputs(args[0]), *args[1:])
        elif "inputs" in kwargs:
            args, kwargs = (self._to_inputs(kwargs["inputs"]),), {k: v for k, v in kwargs.items() if k != "inputs"}
        return self._run(args, kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of this shape (with the batch dimension, None allowed)."""
        was_built = self.built
        inputs = symbolic_inputs(input_shape, self._policy.compute_dtype or "float32")
        if not was_built:
            self._maybe_build((inputs,), {})
        output = self._infer((inputs,), {})
        return graph.map_leaves(lambda leaf: leaf.shape, output)

    def compute_output_signature(self, input_signature: Any) -> Any:
        """The `tf.TensorSpec`s of the output for inputs of these specs."""
        inputs = graph.map_leaves(lambda spec: graph.KerasTensor(spec.shape, spec.dtype), input_signature)
        if not self.built:
            self._maybe_build((inputs,), {})
        return graph.map_leaves(lambda leaf: type(leaf.type_spec)(leaf.shape, leaf.dtype), self._infer((inputs,), {}))
