"""tf.saved_model.save: objects, their variables and their functions, in a folder that needs no Python code."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from addax.checkpoint import graph
from addax.checkpoint.saved_model import objects, serving, values
from addax.checkpoint.saved_model.fingerprint import write_fingerprint
from addax.checkpoint.saved_model.functions import WrittenFunction, WrittenSignature
from addax.checkpoint.saved_model.options import Asset, SaveOptions, VariablePolicy
from addax.checkpoint.saved_model.traces import (
    Trace,
    by_rank,
    has_any_rank,
    has_eager_calls,
    is_function,
    parameters_of,
    single_trace,
    traces_of,
)
from addax.core import errors, random
from addax.core.exported import Program
from addax.core.function import Function
from addax.core.tensor import NotCompilable
from addax.core.variable import Variable
from addax.formats import saved_model as files
from addax.formats.atomic import atomic_directory
from addax.formats.tensor_bundle import write_bundle

DEFAULT_SIGNATURE = "serving_default"
_DEFAULT_PART = "_default_save_signature"
_RANDOM = "_random_state"
_OURS = {files.FILE, "fingerprint.pb", "keras_metadata.pb", "variables", files.ASSETS, "debug", "model.keras"}


def save(obj: Any, export_dir: Any, signatures: Any = None, options: SaveOptions | None = None) -> None:
    """Write an object as a SavedModel: its variables, its assets, and its tf.functions as compiled programs.

    What is written is loaded and run without the object's Python class, by Addax and by TensorFlow. A function is
    kept for its `input_signature`, or else for each call it was traced for. Dimensions that a `tf.TensorSpec` leaves
    open stay open.

    Args:
        obj: a `tf.Module`, a Keras model or layer, or another object with variables among its attributes.
        export_dir: the folder; what an earlier SavedModel left there is replaced as a whole.
        signatures: a function with an `input_signature`, a concrete function, or a dict of them by name; by default
            the object's only function, if there is one that can be a signature.
        options: a `tf.saved_model.SaveOptions`.

    Raises:
        ValueError: the object cannot be saved, or a signature has no fixed arguments or other results than tensors.
        AssertionError: a function uses a variable that the object does not hold.
        UnimplementedError: a signature does what no compiled program can (strings, Python code).

    >>> import addax as tf, tempfile
    >>> class Scale(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.by = tf.Variable(2.0)
    ...     @tf.function(input_signature=[tf.TensorSpec([None])])
    ...     def __call__(self, x):
    ...         return x * self.by
    >>> folder = tempfile.mkdtemp()
    >>> tf.saved_model.save(Scale(), folder)
    >>> tf.saved_model.load(folder)([1.0, 2.0]).numpy().tolist()
    [2.0, 4.0]
    """
    write(obj, export_dir, signatures, options, {})


def write(
    obj: Any, export_dir: Any, signatures: Any, options: SaveOptions | None, other_files: Mapping[str, Any],
    serve: bool = True, without: Sequence[str] = (), quiet: bool = False,
) -> None:  # fmt: skip
    """As `save`, with more files, and perhaps less of the object.

    Args:
        obj: as for `save`.
        export_dir: as for `save`.
        signatures: as for `save`.
        options: as for `save`.
        other_files: functions by file name; given the nodes, they return the file's bytes.
        serve: keep the calls of layers and models.
        without: parts of the object that are left out.
        quiet: do not warn of functions that cannot be compiled; the object is loaded in another way too.
    """
    options = options or SaveOptions()
    if not isinstance(options, SaveOptions):
        raise TypeError(f"tf.saved_model.save(options): expected a SaveOptions, received {type(options).__name__}.")
    if not objects.can_be_saved(obj):
        raise ValueError(
            "Expected an object of type `Trackable`, such as `tf.Module` or a subclass of the `Trackable` class, for "
            f"export. Got {obj!r:.200} with type {type(obj)}."
        )
    path = os.path.abspath(os.fspath(export_dir))
    package = Package(obj, signatures, options, serve, without, quiet)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    inside = os.path.realpath(os.getcwd()) == os.path.realpath(path)
    with atomic_directory(path) as folder:
        package.write(folder)
        for name, make in other_files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(make(package.nodes))
        _keep_others(path, folder)
    if inside:
        os.chdir(path)


def _keep_others(path: str, folder: str) -> None:
    """What else lies in the folder stays there."""
    for name in os.listdir(path) if os.path.isdir(path) else ():
        source, target = os.path.join(path, name), os.path.join(folder, name)
        if name in _OURS or os.path.lexists(target):
            continue
        if os.path.isdir(source) and not os.path.islink(source):
            shutil.copytree(source, target, symlinks=True, copy_function=_link)
        else:
            _link(source, target)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


class Package:
    """A SavedModel before it is written.

    Args:
        root: the object.
        signatures: see `save`.
        options: see `SaveOptions`.
        serve: see `write`.
        without: see `write`.
        quiet: see `write`.
    """

    def __init__(
        self, root: Any, signatures: Any, options: SaveOptions, serve: bool = True, without: Sequence[str] = (),
        quiet: bool = False,
    ) -> None:  # fmt: skip
        self.options = options
        self._quiet = quiet
        self.signatures: dict[str, WrittenSignature] = {}
        self.names: dict[int, list[str]] = {}
        self.nodes = objects.walk(root, serve, without)
        self._calls: dict[Any, _Call | None] = {}
        self._random: dict[int, Variable] = {}
        chosen = {} if signatures is None else _chosen(signatures)
        programs = {key: self._call(trace, needed=True) for key, trace in chosen.items()}
        for node in self.nodes:
            if is_function(node.item):
                found = [call for trace in self._traces(node.item) for call in self._of_each_rank(trace)]
                self.names[id(node.item)] = [each.name for each in found]
        default = _default(self.nodes[0].parts) if signatures is None else None
        default = self._call(default, needed=False) if default is not None else None
        self._add_random_state()
        numbers = {id(node.item): i for i, node in enumerate(self.nodes)}
        self.functions = {each.name: self._finish(each, numbers) for each in self._calls.values() if each is not None}
        for key, call in programs.items():
            self._add_signature(key, call)
        if default is not None:
            with contextlib.suppress(ValueError):  # its results have no names: it is no signature then
                self._add_signature(DEFAULT_SIGNATURE, default)

    def _add_random_state(self) -> None:
        """Functions that draw random numbers need the state of the generators."""
        if self._random:
            extra = list(self._random.values())
            first = len(self.nodes)
            node = objects.Node(extra, {str(i): each for i, each in enumerate(extra)})
            node.children = {str(i): first + 1 + i for i in range(len(extra))}
            self.nodes += [node, *(objects.Node(each, {}) for each in extra)]
            self.nodes[0].parts[_RANDOM] = extra
            self.nodes[0].children[_RANDOM] = first

    def _add_signature(self, key: str, call: _Call) -> None:
        name = _plain(f"__inference_signature_wrapper_{key}_{len(self.signatures)}")
        self.signatures[key] = WrittenSignature(key, name, self.functions[call.name])

    # ------------------------------------------------------------------ functions

    def _traces(self, function: Any) -> list[Trace]:
        found = []
        if has_eager_calls(function) and function.input_signature is None and not self._quiet:
            warnings.warn(
                f"tf.saved_model.save: calls of {function.__name__!r} that ran eagerly are left out; loaded again, it "
                "cannot be called with such arguments."
            )
        for trace in traces_of(function):
            try:
                values.to_message(trace.structure)
            except TypeError as error:
                warnings.warn(f"tf.saved_model.save: a call of {trace.name!r} is left out, because {error}.")
                continue
            found.append(trace)
        return found

    def _of_each_rank(self, trace: Trace) -> list[_Call]:
        """The compiled programs of a call: one, or one for each rank that it works for."""
        if not has_any_rank(trace):
            found = self._call(trace, needed=False)
            return [] if found is None else [found]
        made, problem = [], None
        for each in by_rank(trace):
            try:
                call = self._call(each, needed=True)
            except (errors.OpError, ValueError, TypeError) as error:
                problem = error
            else:
                made.append(call)
        if not made and not self._quiet:
            warnings.warn(f"tf.saved_model.save: {trace.name!r} is left out; it cannot be compiled: {problem}")
        return made  # type: ignore[return-value]

    def _call(self, trace: Trace, needed: bool) -> _Call | None:
        """The compiled program of a call; each is compiled only once."""
        key = (trace.key, repr(trace.structure))
        if self._calls.get(key) is None and (needed or key not in self._calls):
            self._calls[key] = self._compiled(trace, needed)
        return self._calls[key]

    def _compiled(self, trace: Trace, needed: bool) -> _Call | None:
        try:
            program = trace.program()
        except NotCompilable as error:
            if needed:
                raise errors.UnimplementedError(
                    f"tf.saved_model.save: the signature {trace.name!r} cannot be compiled without Python: {error}"
                ) from None
            if not self._quiet:
                warnings.warn(f"tf.saved_model.save: {trace.name!r} is left out; it cannot be compiled: {error}")
            return None
        for variable in program.variables:
            if any(variable is each for each in random.variables()):
                self._random[id(variable)] = variable
        return _Call(_plain(f"__inference_{trace.name}_{len(self._calls)}"), trace, program)

    def _finish(self, call: _Call, numbers: Mapping[int, int]) -> WrittenFunction:
        captured = []
        for variable in call.program.variables:
            if id(variable) not in numbers:
                raise AssertionError(
                    "Tried to export a function which references an 'untracked' resource. TensorFlow objects (e.g. "
                    "tf.Variable) captured by functions must be 'tracked' by assigning them to an attribute of a "
                    "tracked object or assigned to an attribute of the main object directly. See the information "
                    f"below:\n\tFunction name = {call.trace.name}\n\tVariable = {variable!r:.200}"
                )
            captured.append(numbers[id(variable)])
        gradients = self.options.experimental_custom_gradients
        return WrittenFunction(call.name, call.trace, call.program, captured, gradients)

    # ------------------------------------------------------------------ the files

    def write(self, folder: str) -> None:
        """Write everything but Keras' own metadata."""
        os.makedirs(os.path.join(folder, "variables"))
        os.makedirs(os.path.join(folder, files.ASSETS))
        assets = self._copy_assets(folder)
        prefix = os.path.join(folder, files.VARIABLES)
        view = _View(self.nodes[0])
        nodes, tensors = graph.collect(view)
        tensors[graph.GRAPH_KEY] = np.array(graph.to_bytes(nodes), object)
        write_bundle(prefix, tensors)
        model = self._message(assets, {id(variable): key for key, variable in graph.owners(view).items()})
        with open(os.path.join(folder, files.FILE), "wb") as file:
            file.write(files.CODEC.encode("SavedModel", model))
        with open(prefix + ".index", "rb") as file:
            write_fingerprint(folder, model, file.read())
        if self.options.save_debug_info:
            os.makedirs(os.path.join(folder, "debug"))
            for name, function in self.functions.items():
                with open(os.path.join(folder, "debug", f"{name}.mlir"), "w", encoding="utf-8") as file:
                    file.write(function.program.exported.mlir_module())

    def _copy_assets(self, folder: str) -> dict[int, str]:
        """File names of assets by the identity of their objects."""
        names: dict[int, str] = {}
        for node in self.nodes:
            if not isinstance(node.item, Asset):
                continue
            source = node.item.asset_path.numpy().decode()
            stem, ending = os.path.splitext(os.path.basename(source))
            name, count = stem + ending, 0
            while name in names.values():
                count += 1
                name = f"{stem}_{count}{ending}"
            shutil.copyfile(source, os.path.join(folder, files.ASSETS, name))
            names[id(node.item)] = name
        return names

    def _message(self, assets: dict[int, str], keys: dict[int, str]) -> dict[str, Any]:
        order = list(assets)
        nodes = [self._node(node, order) for node in self.nodes]
        root = nodes[0].setdefault("children", [])
        root.append({"node_id": len(nodes), "local_name": "signatures"})
        numbers = {key: len(nodes) + 1 + i for i, key in enumerate(self.signatures)}
        nodes.append({
            "children": [{"node_id": number, "local_name": key} for key, number in numbers.items()],
            "user_object": {"identifier": "signature_map", "version": {"producer": 1, "min_consumer": 1}},
        })  # fmt: skip
        nodes += [_signature_node(signature) for signature in self.signatures.values()]
        written = [*self.functions.values(), *self.signatures.values()]
        main = serving.main_graph(self, keys, [] if self.options.experimental_skip_saver else None)
        graph_def = {
            "node": main.nodes,
            "library": {"function": [each.definition for each in written]},
            "versions": {"producer": 1987, "min_consumer": 12},
        }
        aliases = {
            name: alias
            for alias, function in self.options.function_aliases.items()
            for name in self.names.get(id(function), ())
        }
        info = {
            "tags": ["serve", *(self.options.extra_tags or [])],
            "tensorflow_version": "2.21.0",
            "tensorflow_git_version": "addax",
            "stripped_default_attrs": True,
            "function_aliases": aliases,
        }
        made: dict[str, Any] = {
            "meta_info_def": info,
            "graph_def": graph_def,
            "signature_def": main.signatures,
            "asset_file_def": [
                {"filename": name, "tensor_info": {"name": f"asset_{i}:0", "dtype": files.STRING, "tensor_shape": {}}}
                for i, name in enumerate(assets.values())
            ],
            "object_graph_def": {
                "nodes": nodes,
                "concrete_functions": {each.name: each.signature_message() for each in written},
            },
        }
        if main.saver is not None:
            made["saver_def"] = main.saver
        return {"saved_model_schema_version": 1, "meta_graphs": [made]}

    def _node(self, node: objects.Node, assets: list[int]) -> dict[str, Any]:
        item = node.item
        made: dict[str, Any] = {
            "children": [{"node_id": number, "local_name": name} for name, number in node.children.items()]
        }
        if isinstance(item, Variable):
            made["variable"] = self._variable(item)
        elif isinstance(item, Asset):
            made["asset"] = {"asset_file_def_index": assets.index(id(item))}
        elif is_function(item):
            spec = {"fullargspec": values.argspec_message(parameters_of(item)), "input_signature": {"none_value": {}}}
            # Inside a signature of any rank, TensorFlow would not see which of the programs fits.
            if (
                isinstance(item, Function)
                and item.input_signature is not None
                and not any(map(has_any_rank, traces_of(item)))
            ):
                spec["input_signature"] = values.to_message(item.input_signature)
            made["function"] = {"concrete_functions": self.names[id(item)], "function_spec": spec}
        else:
            identifier = objects.identifier_of(item)
            made["user_object"] = {"identifier": identifier, "version": {"producer": 1, "min_consumer": 1}}
        if node.slots:
            names = ("original_variable_node_id", "slot_name", "slot_variable_node_id")
            made["slot_variables"] = [dict(zip(names, slot, strict=True)) for slot in node.slots]
        return made

    def _variable(self, variable: Variable) -> dict[str, Any]:
        made = {
            "dtype": values.number_of(variable.dtype),
            "shape": files.shape_message(variable.shape.as_list()),
            "trainable": bool(variable.trainable),
            "name": variable.name.removesuffix(":0"),
        }
        if self.options.experimental_variable_policy is not VariablePolicy.NONE:
            made["device"] = variable.device
        return made


class _View:
    """The root with what is added to it, as checkpoints see it."""

    def __init__(self, root: objects.Node) -> None:
        self._parts = {name: part for name, part in root.parts.items() if graph.holds_state(part)}

    def _checkpoint_children(self) -> dict[str, Any]:
        return self._parts


@dataclasses.dataclass
class _Call:
    """A call of a function, compiled, under the name that its function gets."""

    name: str
    trace: Trace
    program: Program


def _signature_node(signature: WrittenSignature) -> dict[str, Any]:
    names = list(signature.inputs)
    fields: dict[str, Any] = {"args": [], "varargs": None, "varkw": None, "defaults": None, "kwonlyargs": names}
    pairs = [
        {"key": key, "value": values.to_message(value)}
        for key, value in {**fields, "kwonlydefaults": None, "annotations": {}}.items()
    ]
    spec = {"named_tuple_value": {"name": "FullArgSpec", "values": pairs}}
    return {
        "bare_concrete_function": {
            "concrete_function_name": signature.name,
            "argument_keywords": names,
            "allowed_positional_arguments": len(names),
            "function_spec": {"fullargspec": spec, "input_signature": {"none_value": {}}},
        }
    }


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() or letter == "_" else "_" for letter in name)


# ---------------------------------------------------------------------------- signatures


def _chosen(signatures: Any) -> dict[str, Trace]:
    """The calls that become signatures, by name."""
    if not isinstance(signatures, Mapping):
        signatures = {DEFAULT_SIGNATURE: signatures}
    made = {}
    for key, function in signatures.items():
        if not isinstance(key, str):
            raise ValueError(f"tf.saved_model.save(signatures): expected names, received {key!r}.")
        trace = single_trace(function) if is_function(function) else None
        if trace is None:
            raise ValueError(
                f"Expected a TensorFlow function for which to generate a signature, but got {function!r:.200}. Only "
                "`tf.functions` with an input signature or concrete functions can be used as a signature."
            )
        made[key] = trace
    return made


def _default(parts: Mapping[str, Any]) -> Trace | None:
    """The root's own choice, or its only function, if that can be a signature."""
    functions = {name: part for name, part in parts.items() if is_function(part)}
    if _DEFAULT_PART in functions:
        functions = {_DEFAULT_PART: functions[_DEFAULT_PART]}
    found = single_trace(next(iter(functions.values()))) if len(functions) == 1 else None
    return None if found is None or has_any_rank(found) else found
