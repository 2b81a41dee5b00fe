"""The configuration of functional models: layers and the calls between them, as Keras 2 writes them.

A layer's entry is its own description with "name" and "inbound_nodes" beside it. A node of Keras 2 is the structure of
the call's first argument, each tensor as [layer, call, output, {other arguments}]; one of Keras 3 is
{"args", "kwargs"} with {"class_name": "__keras_tensor__"} for tensors. Both are read, the first is written.
"""

from __future__ import annotations

import collections
import heapq
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from addax.core import dtypes, errors, trees
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.formats.json_text import read_json
from addax.keras import dtype_policy, graph, registry
from addax.keras.graph import KerasTensor, Node
from addax.keras.layers.base import Layer
from addax.keras.layers.bidirectional import Bidirectional
from addax.keras.layers.rnn import RNN
from addax.keras.models.told_shapes import made_for

KERAS_VERSION = "2.21.0"
FUNCTIONAL_KEYS = frozenset({"name", "layers", "input_layers", "output_layers"})
_CONSTANT = "_CONSTANT_VALUE"


def is_functional_config(config: Mapping[str, Any]) -> bool:
    """Whether a config is one of a functional model."""
    return set(config) >= FUNCTIONAL_KEYS


# ---------------------------------------------------------------------------- writing


def functional_config(model: Any, serialize: Callable[[Any], Any] = registry.serialize_keras_object) -> dict[str, Any]:
    """The config of a functional model.

    Args:
        model: a model with a graph.
        serialize: what makes the entry of a layer; `registry.serialize_legacy` for HDF5 files and JSON of Keras 2.

    Returns:
        {"name", "trainable", "layers", "input_layers", "output_layers"}.

    Raises:
        TypeError: a call with an argument that JSON cannot hold.

    >>> import addax as tf
    >>> inputs = tf.keras.Input(shape=(2,), name="x")
    >>> model = tf.keras.Model(inputs, tf.keras.layers.Dense(1, name="y")(inputs))
    >>> model.get_config()["layers"][1]["inbound_nodes"]
    [[['x', 0, 0, {}]]]
    """
    numbers = _Numbers(model._graph)
    layers = []
    for layer in model._graph.layers:
        entry = dict(serialize(layer))
        entry["name"] = layer.name
        entry["inbound_nodes"] = [
            _node_config(node, numbers) for node in numbers.nodes_of(layer) if not _is_input(node)
        ]
        layers.append(entry)

    def place(leaf: KerasTensor) -> list[Any]:
        return numbers.place(leaf)

    ends = []
    for structure in (model._graph.inputs, model._graph.outputs):
        made = graph.map_leaves(place, structure)
        ends.append([made] if isinstance(structure, KerasTensor) else made)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": ends[0],
        "output_layers": ends[1],
    }


class _Numbers:
    """Which number each call has among its layer's calls inside one model."""

    def __init__(self, whole: Any) -> None:
        inside = {id(node) for node in whole.nodes}
        inside |= {id(tensor.node) for tensor in whole.flat_inputs if tensor.node is not None}
        self._nodes: dict[int, list[Node]] = {}
        self._numbers: dict[int, int] = {}
        for layer in whole.layers:
            kept = [node for node in layer._inbound_nodes if id(node) in inside]
            self._nodes[id(layer)] = kept
            first = int(has_call_of_its_own(layer))
            self._numbers.update({id(node): first + i for i, node in enumerate(kept)})

    def nodes_of(self, layer: Layer) -> list[Node]:
        return self._nodes[id(layer)]

    def place(self, tensor: KerasTensor) -> list[Any]:
        return [tensor.node.layer.name, self._numbers.get(id(tensor.node), 0), tensor.index]


def subclass_config(model: Any) -> dict[str, Any]:
    """What a subclassed model's constructor was called with; nothing where the class has a get_config of its own."""
    if not getattr(type(model).get_config, "automatic", False):
        return {}
    if type(model)._takes_only_base_arguments():
        return {"name": model.name, "trainable": model.trainable, "dtype": dtype_policy.serialize(model._policy)}
    try:
        return model._constructor_config()
    except NotImplementedError as error:
        errors.warn_once(
            ("model config", type(model)), f"The config of the model is empty, so no file makes it again: {error}"
        )
        return {}


def has_call_of_its_own(layer: Any) -> bool:
    """Whether Keras counts a model's own graph as its call number 0."""
    return getattr(layer, "_graph", None) is not None


def _is_keras3_call(node: Any) -> bool:
    return isinstance(node, Mapping) and set(node) == {"args", "kwargs"}


def _is_input(node: Node) -> bool:
    return not node.inputs and getattr(node.layer, "is_input", False)


def _keras3_leaf(leaf: Any, numbers: _Numbers) -> Any:
    if not isinstance(leaf, KerasTensor):
        return _argument(leaf, numbers)
    shape, history = leaf.shape.as_list(), numbers.place(leaf)
    config = {"shape": shape, "dtype": leaf.dtype.name, "keras_history": history}
    return {"class_name": "__keras_tensor__", "config": config}


def _node_config(node: Node, numbers: _Numbers) -> Any:
    """One call: the first argument with the other arguments beside each tensor; as Keras 3 does for its own layers."""
    if getattr(node.layer, "_in_keras3_alone", False):
        args, kwargs = graph.map_leaves(lambda leaf: _keras3_leaf(leaf, numbers), (list(node.args), dict(node.kwargs)))
        return {"args": args, "kwargs": kwargs}
    parameters = list(_parameters(node.layer))
    args, kwargs = list(node.args), dict(node.kwargs)
    first = args.pop(0) if args else kwargs.pop(next(iter(kwargs)))
    others = {**dict(zip(parameters[1:], args, strict=False)), **kwargs}
    if isinstance(node.layer, RNN | Bidirectional):
        first, others = _with_states(first, others)
    if isinstance(first, int) and not isinstance(first, bool) and any(t.dtype.is_floating for t in node.inputs):
        first = float(first)  # 2 * x: TensorFlow looks at the first argument for the dtype
    try:
        others = _slices_as_dicts(graph.map_leaves(lambda leaf: _argument(leaf, numbers), others))
        json.dumps(others)
    except TypeError:
        kinds = graph.map_leaves(type, others)
        raise TypeError(
            f"Layer {node.layer.name} was passed non-JSON-serializable arguments. Arguments had types: {kinds}. They "
            "cannot be serialized out when saving the model."
        ) from None

    def leaf_config(leaf: Any) -> list[Any]:
        if isinstance(leaf, KerasTensor):
            return [*numbers.place(leaf), others]
        return [_CONSTANT, -1, _argument(leaf, numbers), others]

    made = graph.map_leaves(leaf_config, first)
    return made if isinstance(first, list | tuple | dict) or _keeps_structure(node.layer) else [made]


def _with_states(first: Any, others: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The call of a recurrent layer as Keras notes it: initial states and constants behind the input, in one list."""
    behind: list[Any] = []
    for name in ("initial_state", "constants"):
        given = others.get(name)
        given = [] if given is None else given if isinstance(given, list | tuple) else [given]
        if not all(isinstance(each, KerasTensor) for each in given):
            return first, others
        behind += given
    if not behind or not isinstance(first, KerasTensor):
        return first, others
    kept = {name: value for name, value in others.items() if name not in ("initial_state", "constants")}
    return [first, *behind], kept


def _slices_as_dicts(item: Any) -> Any:
    """Arguments with slices as JSON has them."""
    if isinstance(item, slice):
        return {key: getattr(item, key) for key in ("start", "stop", "step")}
    if isinstance(item, dict):
        return {key: _slices_as_dicts(part) for key, part in item.items()}
    return type(item)(_slices_as_dicts(part) for part in item) if type(item) in (list, tuple) else item


def _keeps_structure(layer: Layer) -> bool:
    """Op layers take their first argument as it is written; for others a list of one tensor is that tensor."""
    return hasattr(layer, "_function")


def _parameters(layer: Layer) -> list[str]:
    return [name for name, each in inspect.signature(layer.call).parameters.items() if each.kind.name != "VAR_KEYWORD"]


def _argument(leaf: Any, numbers: _Numbers) -> Any:
    if isinstance(leaf, KerasTensor):
        return numbers.place(leaf)
    if isinstance(leaf, Tensor | np.ndarray) or hasattr(leaf, "__tf_value__"):
        return _plain(np.asarray(leaf.numpy() if hasattr(leaf, "numpy") else leaf).tolist())
    if isinstance(leaf, np.generic):
        return leaf.item()
    if isinstance(leaf, TensorShape):
        return leaf.as_list()
    if isinstance(leaf, dtypes.DType | np.dtype):
        return leaf.name
    if leaf is Ellipsis:
        return {"class_name": "__ellipsis__"}
    return leaf


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.decode("utf-8") if isinstance(value, bytes) else value


# ---------------------------------------------------------------------------- reading


def functional_from_config(cls: Any, config: Mapping[str, Any]) -> Any:
    """A functional model from its config.

    Args:
        cls: the class to make: `Functional`, or a subclass of Model that takes (inputs, outputs, name).
        config: of Keras 2 or Keras 3.

    Returns:
        The model, its layers new.

    Raises:
        ValueError: layers that refer to layers or outputs that are not there, or to each other in a circle.
    """
    with registry.building(cls.__name__, config):
        return _functional_from_config(cls, config)


def _functional_from_config(cls: Any, config: Mapping[str, Any]) -> Any:
    reader = _Reader(config)
    inputs, outputs = (reader.ends(config[key], key) for key in ("input_layers", "output_layers"))
    model = cls(inputs=inputs, outputs=outputs, name=config["name"])
    if not config.get("trainable", True):
        model._trainable = False
    for kind, tensor, settings in reader.added:
        if kind == "AddLoss":
            model._add_symbolic_loss(tensor, settings.get("name"))
        else:
            model._add_symbolic_metric(tensor, settings.get("metric_name"), settings.get("name"))
    return model


class _NotReady(LookupError):
    """A call needs an output that is not made yet: that of a layer's call, by its name and number."""


class _Reader:
    """Makes the layers of a config and calls them in an order that works."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.name = config.get("name")
        self.layers: dict[str, Layer] = {}
        self.uncalled: dict[str, dict[str, Any]] = {}  # descriptions of layers, until they are called
        self.made: dict[tuple[str, int], Node] = {}
        self.added: list[tuple[str, KerasTensor, Mapping[str, Any]]] = []
        entries = self._check(config["layers"])
        waiting: dict[str, list[Any]] = {}
        extra = []
        for entry in entries:
            if entry["class_name"] in ("AddLoss", "AddMetric"):
                extra.append(entry)
                continue
            description = _description(entry)
            layer = registry.deserialize_keras_object(description, kinds=("layer", "model"))
            if not isinstance(layer, Layer):
                raise ValueError(f"Model {self.name!r}, config: {entry['class_name']!r} is not a layer.")
            self.layers[entry["name"]], self.uncalled[entry["name"]] = layer, description
            if layer.is_input:
                self.made[entry["name"], 0] = layer._inbound_nodes[0]
            waiting[entry["name"]] = list(entry["inbound_nodes"])
        self._call_all(waiting)
        for entry in extra:
            for node in entry["inbound_nodes"]:
                args, _ = self._arguments(node)
                self.added.append((entry["class_name"], graph.symbolic_leaves(args)[0], entry["config"]))

    def _check(self, entries: Any) -> list[Mapping[str, Any]]:
        entries = registry.checked_layers(entries, f"Model {self.name!r:.100}")
        seen: set[str] = set()
        for entry in entries:
            whole = isinstance(entry, Mapping) and isinstance(entry.get("class_name"), str)
            if not whole or not isinstance(entry.get("name", entry.get("config", {}).get("name")), str):
                raise ValueError(
                    f"Model {self.name!r}, config: expected a layer's dict with 'class_name', 'config', 'name' and "
                    f"'inbound_nodes', received {entry!r:.200}."
                )
        entries = [{"name": e.get("config", {}).get("name"), "inbound_nodes": [], **e} for e in entries]
        for entry in entries:
            if entry["name"] in seen or not isinstance(entry["inbound_nodes"], list):
                problem = "appears twice" if entry["name"] in seen else "has inbound_nodes that are not a list"
                raise ValueError(f"Model {self.name!r}, config: layer {entry['name']!r:.100} {problem}.")
            seen.add(entry["name"])
        return entries

    def _call_all(self, waiting: dict[str, list[Any]]) -> None:
        """Call layers in rounds, in their order; one that waits for another's call is met again when that was made."""
        # Keras 3 counts from 0; a file of ours may have its calls beside those of Keras 2.
        keras3 = all(_is_keras3_call(node) for nodes in waiting.values() for node in nodes)
        counts = {name: int(not keras3 and has_call_of_its_own(layer)) for name, layer in self.layers.items()}
        names = list(waiting)
        asleep: dict[Any, list[int]] = {}  # by the call that is waited for
        due = [(0, number) for number, name in enumerate(names) if waiting[name]]
        while due:
            turn, number = heapq.heappop(due)
            name = names[number]
            layer, nodes = self.layers[name], collections.deque(waiting[name])
            while nodes:
                try:
                    args, kwargs = self._arguments(nodes[0], _keeps_structure(layer))
                except _NotReady as error:
                    asleep.setdefault(error.args[0], []).append(number)
                    break
                layer = self._call(name, layer, args, kwargs)
                key = (name, counts[name])
                self.made[key] = layer._inbound_nodes[-1]
                counts[name] += 1
                nodes.popleft()
                for other in asleep.pop(key, ()):
                    heapq.heappush(due, (turn + (other < number), other))
            waiting[name] = list(nodes)
        stuck = sorted(name for name, nodes in waiting.items() if nodes)
        if stuck:
            raise ValueError(
                f"Model {self.name!r}, config: the layers {stuck!s:.300} refer to calls that are never made "
                "(a circle, or a number of a call that does not exist)."
            )

    def _call(self, name: str, layer: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Layer:
        """Call a layer on what a config says; without a tensor of the model it would compute something now."""
        if not graph.symbolic_leaves((args, kwargs)):
            raise ValueError(f"Model {self.name!r}, config: layer {name!r:.100} is called on no tensor of the model.")
        description = self.uncalled.pop(name, None)
        if description is not None:
            self.layers[name] = layer = made_for(layer, description, args, kwargs)
        else:
            layer(*args, **kwargs)
        return layer

    # ---- arguments of a call

    def _arguments(self, node: Any, as_written: bool = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if _is_keras3_call(node):
            args, kwargs = (self._keras3(node[key]) for key in ("args", "kwargs"))
            return tuple(args), {key: value for key, value in kwargs.items() if value is not None}
        kwargs: dict[str, Any] = {}
        first = self._structure(node, kwargs)
        if isinstance(first, list) and len(first) == 1 and not as_written:
            first = first[0]
        return (first,), kwargs

    def _structure(self, item: Any, kwargs: dict[str, Any]) -> Any:
        """The first argument of a call of Keras 2; the others are put into `kwargs`."""
        if _is_reference(item):
            if len(item) > 3 and isinstance(item[3], Mapping):
                kwargs.update({key: self._plain_argument(value) for key, value in item[3].items()})
            if item[0] == _CONSTANT and item[1] == -1:
                return item[2]
            return self.tensor(*item[:3])
        if isinstance(item, Mapping):
            return {key: self._structure(part, kwargs) for key, part in item.items()}
        if isinstance(item, list | tuple):
            return [self._structure(part, kwargs) for part in item]
        raise ValueError(f"Model {self.name!r}: improperly formatted model config, at {item!r:.100}.")

    def _plain_argument(self, item: Any) -> Any:
        if _is_reference(item) and len(item) == 3 and item[0] in self.layers:
            return self.tensor(*item)
        if isinstance(item, Mapping):
            if set(item) == {"start", "stop", "step"}:
                return slice(*(self._plain_argument(item[key]) for key in ("start", "stop", "step")))
            if item.get("class_name") == "__ellipsis__":
                return Ellipsis
            return {key: self._plain_argument(part) for key, part in item.items()}
        if isinstance(item, list | tuple):
            return [self._plain_argument(part) for part in item]
        return item

    def _keras3(self, item: Any) -> Any:
        if isinstance(item, Mapping):
            if item.get("class_name") == "__keras_tensor__":
                return self.tensor(*item["config"]["keras_history"])
            if "class_name" in item and "config" in item:
                return registry.deserialize_keras_object(item)
            return {key: self._keras3(part) for key, part in item.items()}
        if isinstance(item, list | tuple):
            return [self._keras3(part) for part in item]
        return item

    def tensor(self, name: Any, call: Any, output: Any) -> KerasTensor:
        """An output of a call that was made."""
        if not isinstance(name, str) or name not in self.layers:
            raise ValueError(f"Model {self.name!r}, config: there is no layer {name!r:.100} to take a tensor from.")
        layer = self.layers[name]
        node = self.made.get((name, 0 if layer.is_input else call))
        if node is None:
            raise _NotReady((name, call))
        outputs = trees.flatten(node.output)
        if not isinstance(output, int) or not 0 <= output < len(outputs):
            raise ValueError(
                f"Model {self.name!r}, config: layer {name!r} has {len(outputs)} outputs, not a number {output!r}."
            )
        return outputs[output]

    def ends(self, structure: Any, what: str) -> Any:
        """The inputs or outputs, in their structure."""
        try:
            made = self._ends(structure)
        except _NotReady:
            raise ValueError(f"Model {self.name!r}, config: {what} refers to a call that is never made.") from None
        if isinstance(made, list) and len(made) == 1 and isinstance(made[0], KerasTensor):
            return made[0]
        return made

    def _ends(self, item: Any) -> Any:
        if _is_reference(item):
            return self.tensor(*item[:3])
        if isinstance(item, Mapping):
            return {key: self._ends(part) for key, part in item.items()}
        if isinstance(item, list | tuple):
            return [self._ends(part) for part in item]
        raise ValueError(f"Model {self.name!r}: improperly formatted model config, at {item!r:.100}.")


def _is_reference(item: Any) -> bool:
    """Whether this is [layer, call, output(, arguments)]; a tensor's value stands third for constants."""
    return (
        isinstance(item, list | tuple)
        and len(item) in (3, 4)
        and isinstance(item[0], str)
        and isinstance(item[1], int)
        and (isinstance(item[2], int) or item[0] == _CONSTANT)
    )


def _description(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("name", "inbound_nodes")}


# ---------------------------------------------------------------------------- JSON


def json_ready(value: Any) -> Any:
    """Configs as plain JSON data: tuples become lists, NumPy's numbers Python's."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(part) for part in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json_ready(registry.serialize_keras_object(value))


def model_config(model: Any) -> dict[str, Any]:
    """{"class_name", "config", "keras_version", "backend"}: what JSON texts and HDF5 files say about a model.

    Raises:
        NotImplementedError: a model (or a layer in it) that has no config.
    """
    return json_ready(
        {
            "class_name": type(model).__name__,
            "config": model.get_config(),
            "keras_version": KERAS_VERSION,
            "backend": "tensorflow",
        }
    )


def to_json(model: Any, **kwargs: Any) -> str:
    """The architecture of a model as JSON; see `Model.to_json`."""
    return json.dumps(model_config(model), **kwargs)


def model_from_config(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A model from a dict with its class and config.

    Args:
        config: {"class_name": ..., "config": ...}, as `json.loads(model.to_json())` gives.
        custom_objects: names of classes and functions of the caller's own.

    Returns:
        A new model, its weights initialized anew.

    Raises:
        TypeError: a list (use `Sequential.from_config`), or a class that is not known.

    >>> import addax as tf
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    >>> config = {"class_name": "Sequential", "config": model.get_config()}
    >>> tf.keras.models.model_from_config(config).output_shape
    (None, 2)
    """
    if isinstance(config, list):
        raise TypeError(
            f"`model_from_config` expects a dictionary, not a list. Received: config={config!r:.200}. Did you mean to "
            "use `Sequential.from_config(config)`?"
        )
    if not isinstance(config, Mapping) or not {"class_name", "config"} <= set(config):
        raise ValueError(
            f"model_from_config: expected a dict with 'class_name' and 'config', received {config!r:.200}."
        )
    return registry.deserialize_keras_object(dict(config), custom_objects, kinds=("model", "layer"))


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A model from `model.to_json()`.

    Args:
        json_string: the text.
        custom_objects: names of classes and functions of the caller's own.

    Returns:
        A new model, its weights initialized anew.

    Raises:
        ValueError: not JSON.
        TypeError: a class that is not known.

    >>> import addax as tf
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    >>> tf.keras.models.model_from_json(model.to_json()).output_shape
    (None, 2)
    """
    if not isinstance(json_string, str | bytes):
        raise TypeError(f"model_from_json: expected a string, received {type(json_string).__name__}.")
    return model_from_config(read_json(json_string, file="<json_string>", allow_nan=True), custom_objects)


def model_from_yaml(yaml_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Not available, as in TensorFlow since 2.6: YAML texts could run code. Use `model_from_json`."""
    raise RuntimeError(
        "Method `model_from_yaml()` has been removed due to security risk. Please use `Model.to_json()` and "
        "`model_from_json()` instead."
    )
