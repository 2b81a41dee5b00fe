"""Model: a layer that can be trained, evaluated, saved and described."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras import graph, registry, saving
from addax.keras.graph import KerasTensor
from addax.keras.layers import current_calls
from addax.keras.layers.base import Layer
from addax.keras.layers.build_shapes import symbolic_inputs
from addax.keras.layers.model_additions import AddLoss, AddMetric
from addax.keras.layers.tracking import fixed_of, parts_of, trainable_of, unique, weights_of
from addax.keras.metrics import Mean, Metric
from addax.keras.models.compiled_call import CompiledCall
from addax.keras.models.functional import Graph, attach_masks
from addax.keras.optimizers import Optimizer, legacy
from addax.keras.training.trainer import Trainer


def _functional_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return len(args) == 2 or len(args) == 1 and "outputs" in kwargs or "inputs" in kwargs and "outputs" in kwargs


_INFERENCE = {"training": False}


class Model(Trainer, Layer):
    """A model: functional (from inputs and outputs), or a subclass with its own `call`.

    Args:
        inputs: a `keras.Input`, or a list or dict of them.
        outputs: symbolic tensors computed from them, in any structure.
        name: the model's name.
        trainable: whether its variables are to be trained.

    >>> import addax as tf
    >>> inputs = tf.keras.Input(shape=(4,))
    >>> model = tf.keras.Model(inputs, tf.keras.layers.Dense(2)(inputs))
    >>> model(tf.ones((3, 4))).shape
    TensorShape([3, 2])
    """

    _graph: Graph | None = None
    inputs: Any = None  # the symbolic ones; a subclassed model has none
    outputs: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is Model and _functional_arguments(args, kwargs):
            return super().__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        functional = _functional_arguments(args, kwargs)
        if functional:
            inputs, outputs, kwargs = _pop_functional(args, kwargs)
        elif args and (type(self) is Model or len(args) > 1):  # subclasses often say `super().__init__(self)`
            raise TypeError(
                f"{type(self).__name__}: expected Model(inputs, outputs), or keyword arguments (name, trainable), "
                f"received {len(args)} positional arguments."
            )
        name = kwargs.get("name")
        if name is None and functional and type(self) is Functional:
            from addax.keras import naming

            kwargs = {**kwargs, "name": naming.unique_name("model")}
        super().__init__(**kwargs)
        self._init_training()
        if functional:
            self._init_graph(inputs, outputs)

    def _init_graph(self, inputs: Any, outputs: Any) -> None:
        self._graph = Graph(inputs, outputs)
        self._graph_layers = self._graph.layers
        self._symbolic_losses: list[int] = []
        self._symbolic_metrics: list[tuple[int, Metric]] = []
        self.inputs = self._graph.flat_inputs
        self.outputs = self._graph.flat_outputs
        self.supports_masking = self.built = True
        self._autocast = False  # its layers cast
        self._build_input_shape = graph.map_leaves(lambda leaf: TensorShape(leaf.shape), inputs)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_own_weights" not in self.__dict__ and isinstance(value, Layer | Metric):
            raise RuntimeError(
                f"{type(self).__name__}: it looks like you are subclassing `Model` and you forgot to call "
                "`super().__init__()`. Always start with this line."
            )
        super().__setattr__(name, value)

    # ------------------------------------------------------------------ running

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        own = self.__dict__.get("_graph")
        if own is not None and len(args) == 1 and (not kwargs or kwargs == _INFERENCE):
            if type(self).call in graph_calls and "call" not in self.__dict__:
                if own.compiled is None:
                    own.compiled = CompiledCall(own)
                outputs = own.compiled(args[0])
                if outputs is not None:
                    return outputs
        return super().__call__(*args, **kwargs)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the model on tensors.

        Args:
            inputs: in the structure of the model's inputs.
            training: whether layers behave as in training.
            mask: masks of the inputs.

        Returns:
            The outputs, in their structure.
        """
        if self._graph is None:
            raise NotImplementedError(
                f"Unimplemented `tf.keras.Model.call()`: if you intend to create a `Model` with the Functional API, "
                f"please provide `inputs` and `outputs` arguments. Otherwise, subclass `Model` with an overridden "
                f"`call()` method (class {type(self).__name__})."
            )
        if mask is not None:
            attach_masks(self._graph.match(inputs), mask)
        outputs, extra = self._graph.run(inputs, {"training": training})
        for index in self._symbolic_losses:
            self.add_loss(extra[index])
        for index, metric in self._symbolic_metrics:
            metric.update_state(extra[index])
        return outputs

    def _infer_by_numbers(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._graph is None or type(self).call not in graph_calls or len(args) != 1:
            return super()._infer_by_numbers(args, kwargs)
        return self._graph.infer(args[0])

    @property
    def _declared_spec(self) -> Any:
        return self._graph.input_spec if self._graph is not None else None

    def _inner_scopes(self, outer: tuple[str, ...]) -> tuple[str, ...]:
        """Graphs name their layers' variables without the model's name, and so does `build`, as in Keras."""
        if self._graph is not None:
            return ()
        return outer if self.__dict__.get("_symbolic_build", False) else (*outer, self._name)

    def build(self, input_shape: Any) -> None:
        """Create the variables of a subclassed model for inputs of this shape (with the batch dimension).

        Raises:
            ValueError: the model cannot be called on such inputs.
        """
        if self._graph is not None or type(self).call is Model.call:
            self.built = True
            return
        if not self.built and not self._building():
            inputs = symbolic_inputs(input_shape, self.compute_dtype or "float32")
            self._layer_call_symbolically(inputs)
        self._build_input_shape = input_shape
        self.built = True

    def _building(self) -> bool:
        """Whether we are inside this model's own first call, which creates the variables by itself."""
        return current_calls.calls.depth > 0 or self.__dict__.get("_symbolic_build", False)

    def _build_in_call(self, shape: Any) -> None:
        # The call itself makes the variables; `build` of a subclass may be what makes this call.
        if type(self).build is not Model.build and not self.__dict__.get("_symbolic_build", False):
            super()._build_in_call(shape)

    def _layer_call_symbolically(self, inputs: Any) -> None:
        self._symbolic_build = True
        try:
            kwargs = {"training": False} if self._layer_call.takes_training else {}
            self._infer((inputs,), kwargs)
        finally:
            self._symbolic_build = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks of the outputs."""
        if self._graph is None:
            return super().compute_mask(inputs, mask)
        outputs = self.output if graph.is_symbolic(inputs) else self.call(inputs, mask=mask)
        return graph.map_leaves(lambda leaf: getattr(leaf, "_keras_mask", None), outputs)

    @property
    def _computes_masks(self) -> bool:
        if self._graph is not None:
            return False  # the tensors of the graph carry their masks themselves
        return type(self).compute_mask not in (Layer.compute_mask, Model.compute_mask)

    @property
    def losses(self) -> list[Any]:
        """Scalars that the last call added, and those of regularizers; symbolic ones before the first call."""
        if self._graph is None:
            return super().losses
        kept = self._own_losses
        self._own_losses = []
        try:
            found = super().losses
        finally:
            self._own_losses = kept
        if not kept and self._symbolic_losses:
            kept = [self._graph.extra[index] for index in self._symbolic_losses]
        return [*found, *kept]

    def _symbolic_losses_of(self, layer: Any) -> list[Any]:
        """What a layer's last call added, or, in a graph that never ran, what it will add."""
        if self._graph is None or layer._own_losses or layer._activity_regularizer is None:
            return layer._own_losses
        if not any(node.layer is layer for node in self._graph.nodes):
            return []
        return [graph.infer(layer._activity_loss, (leaf,), {}) for leaf in graph.symbolic_leaves(layer.output)]

    def _add_symbolic_loss(self, loss: KerasTensor, layer_name: str | None = None) -> None:
        self._symbolic_losses.append(self._require(loss, "add_loss", AddLoss, {"name": layer_name}))

    def _add_symbolic_metric(self, value: KerasTensor, name: str | None, layer_name: str | None = None) -> None:
        settings = {"aggregation": "mean", "metric_name": name, "name": layer_name}
        index = self._require(value, "add_metric", AddMetric, settings)
        metric = Mean(name=name)
        self._own_metrics.append(metric)
        self._symbolic_metrics.append((index, metric))

    def _require(self, tensor: KerasTensor, what: str, kind: type[Layer], settings: dict[str, Any]) -> int:
        """Compute a tensor in every run, shown as a layer; its number."""
        if self._graph is None:
            raise ValueError(
                f"Model {self.name}, {what}: expected a value computed in call(); symbolic tensors fit functional "
                f"models only, received {tensor!r}."
            )
        self._graph.require(tensor, lambda: kind(dtype=tensor.dtype.name, **settings)(tensor))
        self._graph_layers = self._graph.layers
        self._forget_programs()
        return len(self._graph.extra) - 1

    # ------------------------------------------------------------------ what it holds

    def _children(self) -> list[Layer]:
        if self._graph is None:
            return super()._children()
        known = {id(layer) for layer in self._graph_layers}
        return [*self._graph_layers, *[layer for layer in super()._children() if id(layer) not in known]]

    def _inner_modules(self) -> list[Any]:
        inside = super()._inner_modules()
        return inside if self._graph is None else unique([*self._children(), *inside])

    def _tracked_parts(self) -> list[Any]:
        if self._graph is None:
            return super()._tracked_parts()
        ends = [tensor.node.layer for tensor in (*self._graph.flat_inputs, *self._graph.flat_outputs)]
        return [*ends, *self._children(), *super()._tracked_parts()]

    @property
    def layers(self) -> list[Layer]:
        """The layers, in the order in which data passes them (subclassed: of their attributes)."""
        children = self._children()
        return [layer for layer in children if not isinstance(layer, Metric)]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by name or index.

        Raises:
            ValueError: neither or both are given, or there is no such layer.
        """
        if (name is None) == (index is None):
            raise ValueError(f"get_layer: expected a name or an index, received name={name!r}, index={index!r}.")
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(layers)} layers."
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(f"No such layer: {name}. {errors.suggest(name, names)} Existing layers are: {names}.")

    @property
    def input_names(self) -> list[str] | None:
        """The names of the inputs; None for a subclassed model."""
        return self._graph.input_names if self._graph is not None else None

    @property
    def output_names(self) -> list[str] | None:
        """The names of the outputs; None for a subclassed model that was not run."""
        return self._graph.output_names if self._graph is not None else self.__dict__.get("_seen_output_names")

    @property
    def _output_keys(self) -> list[str] | None:
        """The keys of the outputs, in the order of their names, where they are a dict of tensors."""
        outputs = None if self._graph is None else self._graph.outputs
        if not isinstance(outputs, dict) or not all(isinstance(each, KerasTensor) for each in outputs.values()):
            return None
        return sorted(outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs."""
        if self._graph is None:
            return super().input
        return self._graph.inputs

    @property
    def output(self) -> Any:
        """The symbolic outputs."""
        if self._graph is None:
            return super().output
        return self._graph.outputs

    @property
    def input_shape(self) -> Any:
        """The shapes of the inputs, as tuples."""
        if self._graph is None:
            return super().input_shape
        return graph.shapes_of(self._graph.inputs)

    @property
    def output_shape(self) -> Any:
        """The shapes of the outputs, as tuples."""
        if self._graph is None:
            return super().output_shape
        return graph.shapes_of(self._graph.outputs)

    def _weighted_parts(self) -> list[Any]:
        """What has weights directly inside: layers, modules, metrics (those of layers do not count), containers."""
        return parts_of(self) if self._graph is None else [*self._graph_layers, *parts_of(self)]

    def _named_parts(self) -> list[tuple[str, Any]]:
        """What paths of weights begin with: layers of a graph by their names, else the model itself."""
        if self._graph is None:
            return [("", self)]
        return [(layer.name, layer) for layer in self._children()]

    def _set_masks(self, args: tuple[Any, ...], outputs: Any, masks: Any) -> None:
        if self._graph is None:  # the tensors of a graph have theirs
            super()._set_masks(args, outputs, masks)

    def _made_weights(self) -> list[Any]:
        """The variables, none while there may be some to make."""
        return list(self.weights) if self.built or self._graph is not None else []

    def _require_weights(self) -> None:
        """Refuse to list weights before a `build` that makes them."""
        if not self.built and self._graph is None and type(self).build is not Model.build:
            raise ValueError(
                f"Weights for model {self.name!r} have not yet been created. Weights are created when the model is "
                "first called on inputs or `build()` is called with an `input_shape`."
            )

    @property
    def weights(self) -> list[Any]:
        """All variables, layer by layer (a layer lists its trainable ones first), those of metrics among them.

        A list, tuple or dict in an attribute lists the trainable ones of all its layers and variables first, as in
        Keras 2.
        """
        self._require_weights()
        own = self._own_variables()
        own = [*[v for v in own if v.trainable], *[v for v in own if not v.trainable]]
        return unique([*[variable for part in self._weighted_parts() for variable in weights_of(part)], *own])

    @property
    def trainable_weights(self) -> list[Any]:
        """Variables that training updates: those of the layers, then the model's own."""
        self._require_weights()
        if not self.trainable:
            return []
        inside = [variable for part in self._weighted_parts() for variable in trainable_of(part)]
        return unique([*inside, *[variable for variable in self._own_variables() if variable.trainable]])

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables: those of the layers, then the model's own."""
        self._require_weights()
        own, parts = self._own_variables(), self._weighted_parts()
        fixed = [
            *[variable for part in parts for variable in fixed_of(part)],
            *[variable for variable in own if not variable.trainable],
        ]
        if self.trainable:
            return unique(fixed)
        inside = [variable for part in parts for variable in trainable_of(part)]
        return unique([*inside, *[variable for variable in own if variable.trainable], *fixed])

    @property
    def state_updates(self) -> list[Any]:
        """Empty: state is updated as layers run."""
        return []

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs for inputs of these shapes."""
        return super().compute_output_shape(input_shape)

    @property
    def stateful(self) -> bool:
        """Whether any layer keeps states from batch to batch."""
        return self._stateful or any(getattr(layer, "stateful", False) for layer in self.layers)

    @stateful.setter
    def stateful(self, value: bool) -> None:
        object.__setattr__(self, "_stateful", bool(value))

    def reset_states(self) -> None:
        """Reset the states of stateful layers."""
        for layer in self.layers:
            if getattr(layer, "stateful", False) and hasattr(layer, "reset_states"):
                layer.reset_states()

    def _checkpoint_prepare(self) -> None:
        """Make the optimizer's variables if a checkpoint has values that wait for them."""
        optimizer = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        if not self.built or "_when_parts_come" not in getattr(optimizer, "__dict__", {}):
            return
        if isinstance(optimizer, legacy.Optimizer):
            optimizer._build_scoped(self.trainable_variables)
        elif isinstance(optimizer, Optimizer) and not getattr(optimizer, "_built", False):
            optimizer._build_scoped(self.trainable_variables, None)

    # ------------------------------------------------------------------ files

    def save(self, filepath: Any, overwrite: bool = True, save_format: str | None = None, **kwargs: Any) -> None:
        """Save the model; see `keras.models.save_model`.

        Args:
            filepath: `.keras`, `.h5` or `.hdf5`; any other path is a folder.
            overwrite: replace what is there; otherwise ask on the terminal.
            save_format: "keras", "h5" or "tf" (a folder), instead of by suffix.
            **kwargs: `include_optimizer`, `signatures`, `options`, `save_traces` of the older formats.
        """
        saving.save_model(self, filepath, overwrite, save_format, **kwargs)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, save_format: str | None = None, options: Any = None,
        max_shard_size: float | None = None,
    ) -> Any:  # fmt: skip
        """Save the weights.

        Args:
            filepath: `.weights.h5` (Keras 3's layout, with the optimizer's state), `.h5` or `.hdf5` (Keras 2's),
                `.safetensors` (arrays by the names of variables); any other path is the prefix of a checkpoint.
            overwrite: replace what is there; otherwise ask on the terminal.
            save_format: "h5" or "tf", instead of by suffix.
            options: a `tf.train.CheckpointOptions`, for a checkpoint.
            max_shard_size: gigabytes that a file may have: several are written, and `.weights.json` names them.

        Raises:
            ValueError: the model is not built, or a format that does not fit the path.
        """
        return saving.save_weights(self, filepath, overwrite, save_format, options, max_shard_size)

    def export(
        self, filepath: Any, format: str = "tf_saved_model", verbose: Any = None, input_signature: Any = None
    ) -> None:
        """Write the model for serving: a SavedModel whose endpoint "serve" makes predictions, without Keras' config.

        Args:
            filepath: the folder. `tf.saved_model.load(filepath).serve(inputs)` runs it; `keras.models.load_model`
                needs what `save` writes.
            format: "tf_saved_model", the only one.
            verbose: whether to print where it was written and what the endpoint takes.
            input_signature: the inputs as `tf.TensorSpec`s or `keras.InputSpec`s; by default those of the model.

        Raises:
            ValueError: the model was never called, so the shapes of its inputs are not known; or another format.
        """
        from addax.keras.saving.export import export_model  # takes time to import

        export_model(self, filepath, format, verbose, input_signature)

    def save_spec(self, dynamic_batch: bool = True) -> Any:
        """The specs of the model's inputs: ((specs,), {}), or None before it is built.

        Args:
            dynamic_batch: leave the first dimension open.
        """
        from addax.keras.layers.served import call_specs

        specs = call_specs(self, dynamic_batch)
        return None if specs is None else ((specs,), {})

    def load_weights(
        self, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, options: Any = None
    ) -> Any:
        """Load weights; everything is checked before anything is set.

        Args:
            filepath: a file or the prefix of a checkpoint; what it is is seen from its contents.
            skip_mismatch: leave layers that do not fit as they are, with a warning.
            by_name: load layers of the same name only, from Keras 2's HDF5 files.
            options: a `tf.train.CheckpointOptions`, which asks for nothing here.

        Returns:
            None; for a checkpoint an object with `assert_consumed` and `expect_partial`.

        Raises:
            OSError: nothing is there.
            ValueError: a variable that does not fit: which, its shape, and the shape in the file.
        """
        return saving.load_weights(self, filepath, skip_mismatch, by_name, options)

    # ------------------------------------------------------------------ describing

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Args:
            line_length: in characters.
            positions: of the columns, in shares of the line.
            print_fn: called with each line; `print` by default.
            expand_nested: show the layers of nested models.
            show_trainable: show whether a layer is trained.
            layer_range: [first, last] layer names to show.

        Raises:
            ValueError: the model is not built.
        """
        from addax.keras.models import summary

        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling `build()` or by calling the "
                "model on a batch of data."
            )
        summary.print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to make the model again (without its weights).

        Of a subclass it is the arguments of the constructor, if they are plain values, and otherwise nothing.
        """
        from addax.keras.models import config

        return config.subclass_config(self) if self._graph is None else config.functional_config(self)

    get_config.automatic = True  # type: ignore[attr-defined]

    @classmethod
    def _takes_only_base_arguments(cls) -> bool:
        return cls.__init__ is Model.__init__

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model from what `get_config` returned."""
        from addax.keras.models import config as configs

        if {"name", "layers", "input_layers", "output_layers"} <= set(config):
            with registry.custom_object_scope(custom_objects or {}):
                return configs.functional_from_config(cls if cls is not Model else Functional, config)
        with registry.custom_object_scope(custom_objects or {}), registry.building(cls.__name__, config):
            return cls(**config)

    def to_json(self, **kwargs: Any) -> str:
        """The model's architecture as JSON.

        Args:
            **kwargs: passed on to `json.dumps`.
        """
        from addax.keras.models import config

        return config.to_json(self, **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """Not available, as in TensorFlow since 2.6: YAML configs could run code. Use `to_json`."""
        raise RuntimeError("Method `model.to_yaml()` has been removed due to security risk. Use `model.to_json()`.")


class Functional(Model):
    """A model made of inputs and outputs; what `keras.Model(inputs, outputs)` returns."""

    _serialized_as = ("tf_keras.src.engine.functional", "Functional")
    _lists_layers = True  # checkpoints name its layers by number
    operations = Model.layers  # Keras 3's word: ops on symbolic tensors are layers here


registry.register("model", Model)
registry.register("model", Functional)


def _pop_functional(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    rest = {key: value for key, value in kwargs.items() if key not in ("inputs", "outputs")}
    inputs = args[0] if args else kwargs["inputs"]
    outputs = args[1] if len(args) == 2 else kwargs["outputs"]
    return inputs, outputs, rest


graph_calls = {Model.call}  # the methods that do nothing but run the graph
