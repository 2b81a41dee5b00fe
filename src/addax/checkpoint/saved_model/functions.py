"""Functions as SavedModels hold them: a FunctionDef around a compiled program.

The body reads variables, calls the program (`XlaCallModule`, which TensorFlow runs too) and stores what it wrote. What
Addax needs to run it, the program with its gradient, stands beside it in an attribute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addax.checkpoint.saved_model import values
from addax.checkpoint.saved_model.traces import Trace
from addax.core import trees
from addax.core.exported import Program
from addax.core.spec import TensorSpec
from addax.core.structures import rebuild
from addax.core.tensor import Tensor
from addax.formats import saved_model as files

PROGRAM = "_addax_program"
_PLATFORMS = {"cpu": b"CPU", "cuda": b"CUDA", "rocm": b"ROCM", "tpu": b"TPU"}


class WrittenFunction:
    """A FunctionDef and what stands about it in the objects' graph.

    Args:
        name: its name in the library.
        trace: the call that it is.
        program: the call, compiled.
        captured: node numbers of its variables.
    """

    def __init__(self, name: str, trace: Trace, program: Program, captured: list[int], gradients: bool) -> None:
        self.name = name
        self.trace = trace
        self.program = program
        self.captured = captured
        self.inputs = values.specs_in(trace.structure)
        self.constants: list[Any] = []
        self.outputs = self._outputs()
        self.definition = self._definition(gradients)

    def _outputs(self) -> Any:
        """What it returns: specs, None, and names of constants (strings), in the function's structure."""
        specs = self.program.outputs
        numbered = rebuild(self.program.structure, list(range(len(specs))))

        def one(leaf: Any) -> Any:
            if isinstance(leaf, int) and not isinstance(leaf, bool):
                return _Result(specs[leaf], f"call:output:{leaf}")
            if isinstance(leaf, Tensor):
                self.constants.append(leaf.numpy())
                return _Result(TensorSpec(leaf.shape, leaf.dtype), f"constant_{len(self.constants) - 1}:output:0")
            return leaf

        return trees.map_structure(one, numbered)

    @property
    def results(self) -> list[_Result]:
        """The tensors that it returns, in order."""
        return [leaf for leaf in trees.flatten(self.outputs) if isinstance(leaf, _Result)]

    @property
    def output_structure(self) -> Any:
        """What it returns, with specs for tensors."""
        return trees.map_structure(lambda leaf: leaf.spec if isinstance(leaf, _Result) else leaf, self.outputs)

    def _definition(self, gradients: bool) -> dict[str, Any]:
        arguments = [{"name": f"input_{i}", "type": values.number_of(s.dtype)} for i, s in enumerate(self.inputs)]
        resources = [
            {"name": f"variable_{i}", "type": files.RESOURCE, "handle_data": [_dtype_and_shape(variable)]}
            for i, variable in enumerate(self.program.variables)
        ]
        nodes = [
            _node(f"read_{i}", "ReadVariableOp", [f"variable_{i}"], {"dtype": _type(variable)})
            for i, variable in enumerate(self.program.variables)
        ]
        nodes.append(self._call(gradients))
        nodes += [
            _node(f"constant_{i}", "Const", [], {
                "value": {"tensor": files.tensor_message(each)}, "dtype": {"type": files.dtype_number(each.dtype)},
            })
            for i, each in enumerate(self.constants)
        ]  # fmt: skip
        places = {id(variable): i for i, variable in enumerate(self.program.variables)}
        first = len(self.program.outputs)
        assigned = []
        for i, variable in enumerate(self.program.written):
            inputs = [f"variable_{places[id(variable)]}", f"call:output:{first + i}"]
            nodes.append(_node(f"assign_{i}", "AssignVariableOp", inputs, {"dtype": _type(variable)}))
            assigned.append(f"assign_{i}")
        returned = []
        for i, result in enumerate(self.results):
            inputs = [result.place, *(f"^{name}" for name in assigned)]
            nodes.append(_node(f"result_{i}", "Identity", inputs, {"T": {"type": values.number_of(result.spec.dtype)}}))
            returned.append({"name": f"output_{i}", "type": values.number_of(result.spec.dtype)})
        shapes = [files.shape_message(_dims(spec)) for spec in self.inputs] + [{} for _ in resources]
        return {
            "signature": {
                "name": self.name, "input_arg": arguments + resources, "output_arg": returned, "is_stateful": True,
                "control_output": assigned,
            },
            "node_def": nodes,
            "ret": {f"output_{i}": f"result_{i}:output:0" for i in range(len(returned))},
            "control_ret": {name: name for name in assigned},
            "attr": {"_input_shapes": {"list": {"shape": shapes}}},
        }  # fmt: skip

    def _call(self, gradients: bool) -> dict[str, Any]:
        module = self.program.stablehlo
        inputs = [f"read_{i}:value:0" for i in range(len(self.program.variables))]
        inputs += [f"input_{i}" for i in range(len(self.inputs))]
        given = [_type(variable)["type"] for variable in self.program.variables]
        given += [values.number_of(spec.dtype) for spec in self.inputs]
        out = [TensorSpec(variable.shape, variable.dtype) for variable in self.program.written]
        out = [*self.program.outputs, *out]
        platforms = [_PLATFORMS.get(name, name.upper().encode()) for name in module["platforms"]]
        return _node("call", "XlaCallModule", inputs, {
            "version": {"i": module["version"]},
            "module": {"s": module["module"]},
            "Sout": {"list": {"shape": [files.shape_message(_dims(spec)) for spec in out]}},
            "Tout": {"list": {"type": [values.number_of(spec.dtype) for spec in out]}},
            "Tin": {"list": {"type": given}},
            "dim_args_spec": {"list": {}},
            "platforms": {"list": {"s": platforms}},
            "function_list": {"list": {}},
            "has_token_input_output": {"b": False},
            "disabled_checks": {"list": {}},
            PROGRAM: {"s": self.program.to_bytes(gradients)},
        })  # fmt: skip

    def signature_message(self) -> dict[str, Any]:
        """The SavedConcreteFunction."""
        return {
            "bound_inputs": self.captured,
            "canonicalized_input_signature": values.to_message((self.trace.args, self.trace.kwargs)),
            "output_signature": values.to_message(self.output_structure),
        }


class _Result:
    """A tensor that a function returns: its spec, and the node it comes from."""

    def __init__(self, spec: TensorSpec, place: str) -> None:
        self.spec = spec
        self.place = place


class WrittenSignature:
    """A signature: a function by names of inputs and outputs that calls another.

    Args:
        key: the signature's name.
        name: the function's name in the library.
        inner: what it calls.

    Raises:
        ValueError: inputs without names or with the same name, or outputs that are not tensors by name.
    """

    def __init__(self, key: str, name: str, inner: WrittenFunction) -> None:
        self.key = key
        self.name = name
        self.inner = inner
        self.inputs = self._inputs()
        self.outputs = self._outputs()
        order = {result.place: i for i, result in enumerate(inner.results)}
        self.places = {name: order[result.place] for name, result in self.outputs.items()}
        self.definition = self._definition()

    def _inputs(self) -> dict[str, TensorSpec]:
        made: dict[str, TensorSpec] = {}
        for index, spec in enumerate(self.inner.inputs):
            name = re.sub(r"[^A-Za-z0-9_.\\-]", "_", spec.name or f"args_{index}")
            if name in made:
                raise ValueError(
                    f"Got a signature {self.key!r} whose inputs have the same name {name!r}. To do: give the "
                    "TensorSpecs of its input_signature names of their own."
                )
            made[name] = TensorSpec(spec.shape, spec.dtype, name)
        return made

    def _outputs(self) -> dict[str, _Result]:
        outputs = self.inner.outputs
        if isinstance(outputs, _Result):
            outputs = {"output_0": outputs}
        elif isinstance(outputs, list | tuple) and not hasattr(outputs, "_fields"):
            outputs = {f"output_{i}": each for i, each in enumerate(outputs)}
        elif hasattr(outputs, "_fields"):
            outputs = outputs._asdict()
        if not isinstance(outputs, Mapping) or not all(isinstance(name, str) for name in outputs):
            raise ValueError(
                f"Got a dictionary with a non-string key or no tensors in the output of the function used to generate "
                f"the SavedModel signature {self.key!r}: {self.inner.output_structure!r:.200}."
            )
        for name, each in outputs.items():
            if not isinstance(each, _Result):
                raise ValueError(
                    f"Got a non-Tensor value {each!r:.100} for key {name!r} in the output of the function "
                    f"{self.inner.trace.name} used to generate the SavedModel signature {self.key!r}. Outputs for "
                    "functions used as signatures must be a single Tensor, a sequence of Tensors, or a dictionary from "
                    "string to Tensor."
                )
        return dict(outputs)

    def _definition(self) -> dict[str, Any]:
        inner = self.inner
        arguments = [{"name": f"input_{i}", "type": values.number_of(s.dtype)} for i, s in enumerate(inner.inputs)]
        resources = [
            {"name": f"variable_{i}", "type": files.RESOURCE, "handle_data": [_dtype_and_shape(variable)]}
            for i, variable in enumerate(inner.program.variables)
        ]
        kinds = [each["type"] for each in arguments + resources]
        nodes = [_node("call", "StatefulPartitionedCall", [each["name"] for each in arguments + resources], {
            "f": {"func": {"name": inner.name}},
            "Tin": {"list": {"type": kinds}},
            "Tout": {"list": {"type": [values.number_of(result.spec.dtype) for result in inner.results]}},
        })]  # fmt: skip
        returned = []
        for i, name in enumerate(sorted(self.outputs)):
            dtype = values.number_of(self.outputs[name].spec.dtype)
            nodes.append(_node(f"result_{i}", "Identity", [f"call:output:{self.places[name]}"], {"T": {"type": dtype}}))
            returned.append({"name": f"output_{i}", "type": dtype})
        shapes = [files.shape_message(_dims(spec)) for spec in inner.inputs] + [{} for _ in resources]
        return {
            "signature": {
                "name": self.name, "input_arg": arguments + resources, "output_arg": returned, "is_stateful": True,
                "control_output": ["call"],
            },
            "node_def": nodes,
            "ret": {f"output_{i}": f"result_{i}:output:0" for i in range(len(returned))},
            "control_ret": {"call": "call"},
            "attr": {"_input_shapes": {"list": {"shape": shapes}}},
        }  # fmt: skip

    def signature_message(self) -> dict[str, Any]:
        """The SavedConcreteFunction."""
        outputs = {name: TensorSpec(r.spec.shape, r.spec.dtype, name) for name, r in self.outputs.items()}
        return {
            "bound_inputs": self.inner.captured,
            "canonicalized_input_signature": values.to_message(((), self.inputs)),
            "output_signature": values.to_message(outputs),
        }


def _node(name: str, op: str, inputs: list[str], attributes: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "op": op, "input": inputs, "attr": attributes}


def _type(variable: Any) -> dict[str, Any]:
    return {"type": values.number_of(variable.dtype)}


def _dtype_and_shape(variable: Any) -> dict[str, Any]:
    return {"dtype": values.number_of(variable.dtype), "shape": files.shape_message(variable.shape.as_list())}


def _dims(spec: TensorSpec) -> Any:
    return None if spec.shape.rank is None else spec.shape.as_list()
