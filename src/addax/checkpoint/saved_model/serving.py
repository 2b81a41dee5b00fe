"""The graph beside the functions: placeholders and calls of the signatures, and the operations that restore variables.

Addax does not need it; TensorFlow's servers and `saved_model_cli` do.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.checkpoint.saved_model import values
from addax.core.variable import Variable
from addax.formats import saved_model as files

if TYPE_CHECKING:
    from addax.checkpoint.saved_model.save import Package

PREDICT = "tensorflow/serving/predict"


@dataclasses.dataclass
class MainGraph:
    """The nodes, the signatures over them, and how variables are restored."""

    nodes: list[dict[str, Any]]
    signatures: dict[str, Any]
    saver: dict[str, Any] | None


def main_graph(package: Package, keys: dict[int, str], saver: Any) -> MainGraph:
    """The graph of a package.

    Args:
        package: what is written.
        keys: the names of variables in the checkpoint, by identity.
        saver: None for one that restores variables.
    """
    nodes: list[dict[str, Any]] = []
    variables = [node.item for node in package.nodes if isinstance(node.item, Variable)]
    handles = {}
    for index, variable in enumerate(variables):
        handles[id(variable)] = f"variable_{index}"
        nodes.append(_node(f"variable_{index}", "VarHandleOp", [], {
            "shared_name": {"s": f"variable_{index}".encode()},
            "dtype": {"type": values.number_of(variable.dtype)},
            "shape": {"shape": files.shape_message(variable.shape.as_list())},
        }))  # fmt: skip
    for index in range(sum(type(node.item).__name__ == "Asset" for node in package.nodes)):
        empty = files.tensor_message(np.array(b"", object))
        nodes.append(
            _node(f"asset_{index}", "Const", [], {"value": {"tensor": empty}, "dtype": {"type": files.STRING}})
        )
    signatures = {}
    for key, signature in package.signatures.items():
        signatures[key] = _call(nodes, key, signature, handles)
    nodes.append(_node("init", "NoOp", [], {}))
    unknown = {"name": "init", "tensor_shape": {"unknown_rank": True}}
    signatures["__saved_model_init_op"] = {"outputs": {"__saved_model_init_op": unknown}}
    if saver is not None:
        return MainGraph(nodes, signatures, None)
    return MainGraph(nodes, signatures, _saver(nodes, [(v, handles[id(v)], keys[id(v)]) for v in variables]))


def _call(nodes: list[dict[str, Any]], key: str, signature: Any, handles: dict[int, str]) -> dict[str, Any]:
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in key)
    inputs, arguments, types = {}, [], []
    for name, spec in signature.inputs.items():
        node = f"{plain}_{name}"
        shape = files.shape_message(None if spec.shape.rank is None else spec.shape.as_list())
        dtype = values.number_of(spec.dtype)
        nodes.append(_node(node, "Placeholder", [], {"dtype": {"type": dtype}, "shape": {"shape": shape}}))
        inputs[name] = {"name": f"{node}:0", "dtype": dtype, "tensor_shape": shape}
        arguments.append(node)
        types.append(dtype)
    for variable in signature.inner.program.variables:
        arguments.append(handles[id(variable)])
        types.append(files.RESOURCE)
    names = sorted(signature.outputs)
    specs = [signature.outputs[name].spec for name in names]
    nodes.append(_node(f"{plain}_call", "StatefulPartitionedCall", arguments, {
        "f": {"func": {"name": signature.name}},
        "Tin": {"list": {"type": types}},
        "Tout": {"list": {"type": [values.number_of(spec.dtype) for spec in specs]}},
    }))  # fmt: skip
    outputs = {
        name: {
            "name": f"{plain}_call:{index}",
            "dtype": values.number_of(spec.dtype),
            "tensor_shape": files.shape_message(None if spec.shape.rank is None else spec.shape.as_list()),
        }
        for index, (name, spec) in enumerate(zip(names, specs, strict=True))
    }
    return {"inputs": inputs, "outputs": outputs, "method_name": PREDICT}


def _saver(nodes: list[dict[str, Any]], variables: list[tuple[Variable, str, str]]) -> dict[str, Any]:
    """Operations that write and read all variables, by their names in the checkpoint."""
    string = {"type": files.STRING}
    nodes.append(_node("saver_filename", "Placeholder", [], {"dtype": string, "shape": {"shape": {}}}))

    def texts(name: str, parts: list[str]) -> None:
        message = files.tensor_message(np.array([part.encode() for part in parts] or [], object))
        nodes.append(_node(name, "Const", [], {"value": {"tensor": message}, "dtype": string}))

    types = [values.number_of(variable.dtype) for variable, _, _ in variables]
    texts("saver_names", [key for _, _, key in variables])
    texts("saver_slices", [""] * len(variables))
    restored = []
    if variables:
        nodes.append(_node("saver_restore", "RestoreV2", ["saver_filename", "saver_names", "saver_slices"], {
            "dtypes": {"list": {"type": types}},
        }))  # fmt: skip
    for index, (_, handle, _) in enumerate(variables):
        source = "saver_restore" if index == 0 else f"saver_restore:{index}"
        nodes.append(_node(f"saver_assign_{index}", "AssignVariableOp", [handle, source], {
            "dtype": {"type": types[index]},
        }))  # fmt: skip
        nodes.append(_node(f"saver_read_{index}", "ReadVariableOp", [handle], {"dtype": {"type": types[index]}}))
        restored.append(f"^saver_assign_{index}")
    if variables:
        inputs = ["saver_filename", "saver_names", "saver_slices", *(f"saver_read_{i}" for i in range(len(variables)))]
        nodes.append(_node("saver_save", "SaveV2", inputs, {"dtypes": {"list": {"type": types}}}))
    saved = ["^saver_save"] if variables else []
    nodes.append(_node("saver_done", "Identity", ["saver_filename", *saved], {"T": string}))
    nodes.append(_node("saver_restore_all", "NoOp", restored, {}))
    return {
        "filename_tensor_name": "saver_filename:0",
        "save_tensor_name": "saver_done:0",
        "restore_op_name": "saver_restore_all",
        "version": 2,
    }


def _node(name: str, op: str, inputs: list[str], attributes: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "op": op, "input": inputs, "attr": attributes}
