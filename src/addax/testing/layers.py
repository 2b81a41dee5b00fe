"""Checks of layers."""

from __future__ import annotations

import contextlib
import copy
import inspect
import json
import pickle  # noqa: TID251 (in this process, of what it made itself)
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from addax.core import trees
from addax.core.function import Function
from addax.core.tape import GradientTape
from addax.keras import dtype_policy, graph, models, registry
from addax.keras.layers import Input, Layer
from addax.ops import math as ops_math
from addax.testing.checks import Checks, as_tensor, require, require_close
from addax.testing.tracing import trace_count


def check_layer(
    layer_class: type[Layer],
    config: dict[str, Any] | Callable[[], dict[str, Any]] | None = None,
    *,
    input_shape: Any = None,
    inputs: Any = None,
    arguments: dict[str, Any] | None = None,
    input_dtype: str = "float32",
    output_shape: Sequence[int | None] | None = None,
    output_dtype: str | None = None,
    trainable_weights: int | None = None,
    non_trainable_weights: int | None = None,
    supports_masking: bool | None = None,
    policies: Sequence[str] | None = None,
    custom_objects: dict[str, Any] | None = None,
    trains: bool = True,
    pickles: bool = True,
) -> list[str]:
    """Check that a layer behaves as Keras's layers do, from its configuration to a step of training.

    It is made from `config`, called eagerly, on symbolic inputs and in a `tf.function`; rebuilt from its own
    configuration; saved in a model and loaded; copied and pickled; given masks; computed in float64 and in mixed
    precision; trained for a step. Shapes, dtypes and numbers have to agree throughout, and nothing may be compiled anew
    by a second call or a second step.

    Args:
        layer_class: the class.
        config: arguments of its constructor; a function that makes them anew where they hold layers.
        input_shape: with the batch first, None where a size is free: `(None, 8)`; a list of shapes for several inputs.
        inputs: arrays to use instead of random ones; needed where not all numbers will do.
        arguments: further arguments of each call, by name: arrays (or lists of them) and anything else.
        input_dtype: of random inputs; integers are drawn from 0 to 3.
        output_shape: what its output must have, None where it is free.
        output_dtype: what its output must have.
        trainable_weights, non_trainable_weights: how many there must be.
        supports_masking: what the attribute must say; whatever it says is tried with a mask.
        policies: dtype policies to try besides its own; by default float64, mixed_bfloat16 and mixed_float16, if its
            outputs are floats.
        custom_objects: classes and functions that its configuration mentions, beside itself.
        trains: it is differentiable by its inputs or weights, and has its place in a model that is trained.
        pickles: it can be pickled.

    Returns:
        The names of the checks.

    Raises:
        AssertionError: one or more failed; all are listed.

    >>> import addax as tf
    >>> from addax.testing import check_layer
    >>> check_layer(tf.keras.layers.Dense, {"units": 3}, input_shape=(None, 4), output_shape=(None, 3))[:3]
    ['constructor', 'eager call', 'symbolic call']
    """
    if input_shape is None and inputs is None:
        raise ValueError("check_layer: expected `input_shape` or `inputs`, received neither.")
    with registry.custom_object_scope({layer_class.__name__: layer_class, **(custom_objects or {})}):
        subject = _Subject(layer_class, config or {}, input_shape, inputs, input_dtype, arguments or {})
        checks = subject.checks
        with checks("constructor", essential=True):
            subject.make()
        with checks("eager call", essential=True):
            subject.call_eagerly(output_shape, output_dtype)
        with checks("symbolic call", essential=True):
            subject.call_symbolically()
        for name, check in (
            ("free sizes", subject.check_free_sizes),
            ("compute_output_shape", subject.check_output_shape),
            ("weights", lambda: subject.check_weights(trainable_weights, non_trainable_weights)),
            ("config", subject.check_config),
            ("rebuilt from its config", subject.check_rebuilt),
            ("inference is repeatable", subject.check_repeatable),
            ("in a tf.function", subject.check_compiled),
            ("saved in a model", subject.check_saved),
            ("copied", subject.check_copied),
        ):
            with checks(name):
                check()
        if pickles:
            with checks("pickled"):
                subject.check_pickled()
        with checks("masks"):
            subject.check_masks(supports_masking)
        for policy in (_POLICIES if subject.gives_floats else ()) if policies is None else policies:
            with checks(f"policy {policy}"):
                subject.check_policy(policy)
        if trains:
            with checks("a step of training"):
                subject.check_training()
        return checks.finish()


_POLICIES = ("float64", "mixed_bfloat16", "mixed_float16")


class _Subject:
    """A layer under test, with inputs for it."""

    def __init__(
        self, cls: type[Layer], config: Any, shape: Any, inputs: Any, dtype: str, arguments: dict[str, Any]
    ) -> None:
        self.make_config: Callable[[], dict[str, Any]] = config if callable(config) else lambda: config
        self.config = self.make_config()
        said = ", ".join(f"{key}={value!r}" for key, value in self.config.items())
        self.checks = Checks(f"layer {cls.__name__}({said})")
        self.cls = cls
        self.arguments = trees.map_structure(_as_argument, arguments)
        self.tensor_arguments = {key: value for key, value in self.arguments.items() if _holds_tensors(value)}
        self.dtype = np.dtype(dtype)
        self.rng = np.random.default_rng(0)
        if inputs is not None:
            self.inputs = trees.map_structure(lambda each: as_tensor(np.asarray(each)), inputs)
            self.shapes = trees.map_structure(lambda each: (None, *each.shape.as_list()[1:]), self.inputs)
        else:
            several = bool(shape) and all(isinstance(each, list | tuple) for each in shape)
            self.shapes = [tuple(each) for each in shape] if several else tuple(shape)
            self.inputs = self.draw(3)
        self.given = inputs is not None

    # ------------------------------------------------------------------ inputs

    def draw(self, free: int, batch: int = 4) -> Any:
        """Random inputs with `batch` rows and `free` in place of other free sizes."""

        def one(shape: tuple[int | None, ...]) -> Any:
            sizes = [batch if shape[0] is None else shape[0]] + [free if size is None else size for size in shape[1:]]
            if self.dtype.kind in "iub":
                return as_tensor(
                    self.rng.integers(0, 2 if self.dtype.kind == "b" else 4, size=sizes).astype(self.dtype)
                )
            return as_tensor(self.rng.normal(size=sizes).astype(self.dtype))

        return [one(each) for each in self.shapes] if isinstance(self.shapes, list) else one(self.shapes)

    def symbolic(self) -> Any:
        """Keras inputs for the shapes, with a free batch where they have one."""

        def one(shape: tuple[int | None, ...], x: Any) -> Any:
            return Input(shape=shape[1:], batch_size=shape[0], dtype=x.dtype.name)

        if isinstance(self.shapes, tuple) and not trees.is_nested(self.inputs):
            return one(self.shapes, self.inputs)
        return trees.map_structure_up_to(self.inputs, lambda x, shape: one(shape, x), self.inputs, self.shapes)

    def symbolic_call(self, layer: Layer) -> tuple[Any, Any]:
        """Keras inputs for everything that a call takes, and what the layer makes of them."""
        inputs = self.symbolic()
        if not self.tensor_arguments:
            return inputs, layer(inputs, **self.arguments)
        more = trees.map_structure(
            lambda x: Input(shape=x.shape[1:], batch_size=self.fixed_batch, dtype=x.dtype.name),
            {key: self.arguments[key] for key in self.tensor_arguments},
        )
        return [inputs, *more.values()], layer(inputs, **(self.arguments | more))

    def all_inputs(self) -> Any:
        """What a model of the layer is given."""
        return [self.inputs, *self.tensor_arguments.values()] if self.tensor_arguments else self.inputs

    @property
    def gives_floats(self) -> bool:
        """Whether something that comes out is of a floating dtype."""
        return any(leaf.dtype.is_floating for leaf in trees.flatten(self.outputs))

    @property
    def fixed_batch(self) -> int | None:
        """The batch size that the shapes ask for."""
        return self.shapes[0] if isinstance(self.shapes, tuple) else self.shapes[0][0] if self.shapes else None

    # ------------------------------------------------------------------ making and calling

    def make(self, **more: Any) -> None:
        self.layer = self.cls(**(self.make_config() | more))
        require(isinstance(self.layer.name, str) and bool(self.layer.name), f"its name is {self.layer.name!r}.")

    def call(self, layer: Layer, inputs: Any = None, training: bool = False, rows: int | None = None) -> Any:
        """Outputs of a layer or model; stateful ones start from zero each time."""
        if layer.stateful and layer.built:
            layer.reset_states()
        inputs = self.inputs if inputs is None else inputs
        arguments = self.arguments
        if rows is not None:
            arguments = trees.map_structure(lambda x: x[:rows] if hasattr(x, "shape") else x, arguments)
        if isinstance(layer, models.Model):
            more = [arguments[key] for key in self.tensor_arguments]
            return layer([inputs, *more] if more else inputs, training=training)
        return layer(inputs, **arguments, training=training)

    def call_eagerly(self, shape: Sequence[int | None] | None, dtype: str | None) -> None:
        self.outputs = self.call(self.layer)
        require(self.layer.built, "after a call, `built` is False: build() was overridden without setting it.")
        first = trees.flatten(self.outputs)[0]
        if shape is not None:
            received = first.shape.as_list()
            fits = len(received) == len(shape) and all(b in (None, a) for a, b in zip(received, shape, strict=True))
            require(fits, f"the output has shape {tuple(received)}, not {tuple(shape)}.")
        if dtype is not None:
            require(first.dtype.name == dtype, f"the output has dtype {first.dtype.name}, not {dtype}.")
        for leaf in trees.flatten(self.outputs):
            if leaf.dtype.is_floating:
                require(bool(np.isfinite(leaf.numpy()).all()), "the output is not finite.")

    def call_symbolically(self) -> None:
        self.symbolic_inputs, self.symbolic_outputs = self.symbolic_call(self.layer)
        trees.assert_same_structure(self.symbolic_outputs, self.outputs)
        self._require_fit(self.symbolic_outputs, self.outputs)
        self.model = models.Model(self.symbolic_inputs, self.symbolic_outputs)
        require_close(self.call(self.model), self.outputs, "as a functional model")

    def _require_fit(self, symbolic: Any, actual: Any) -> None:
        for promise, tensor in zip(trees.flatten(symbolic), trees.flatten(actual), strict=True):
            require(graph.is_symbolic(promise), f"on symbolic inputs it gives {type(promise).__name__}.")
            require(
                promise.shape.is_compatible_with(tensor.shape),
                f"symbolic inputs promise shape {promise.shape}, tensors give {tensor.shape}.",
            )
            require(promise.dtype == tensor.dtype, f"promised dtype {promise.dtype.name}, given {tensor.dtype.name}.")

    # ------------------------------------------------------------------ shapes

    def check_free_sizes(self) -> None:
        """Other batch sizes, and other sizes where the shape says None."""
        if self.fixed_batch is not None:
            return
        if self.given:
            half = trees.map_structure(lambda each: each[:1], self.inputs)
            self._require_fit(self.symbolic_outputs, self.call(self.layer, half, rows=1))
            return
        free, batch = 5, 2
        inputs = self.draw(free, batch)
        outputs = self.call(self.layer, inputs, rows=batch)
        self._require_fit(self.symbolic_outputs, outputs)
        require_close(self.call(self.model, inputs, rows=batch), outputs, f"free size {free}, batch {batch}")

    def check_output_shape(self) -> None:
        function = self.layer.compute_output_shape
        shape_of = lambda each: tuple(each.shape.as_list())  # noqa: E731
        taken = inspect.signature(function).parameters
        more = {f"{k}_shape": trees.map_structure(shape_of, v) for k, v in self.tensor_arguments.items()}
        if more and not set(more) <= set(taken):
            return  # the inputs alone do not say it
        promised = function(trees.map_structure(shape_of, self.inputs), **more)
        first = trees.flatten(self.outputs)[0].shape
        if not isinstance(self.outputs, list | tuple | dict):
            require(first.is_compatible_with(tuple(promised)), f"it says {tuple(promised)}, the output has {first}.")

    # ------------------------------------------------------------------ weights and configuration

    def check_weights(self, trainable: int | None, non_trainable: int | None) -> None:
        layer = self.layer
        require(
            len(layer.weights) == len(layer.trainable_weights) + len(layer.non_trainable_weights),
            "`weights` is not trainable_weights + non_trainable_weights.",
        )
        for what, count in (("trainable_weights", trainable), ("non_trainable_weights", non_trainable)):
            held = len(getattr(layer, what))
            require(count is None or held == count, f"there are {held} {what}, not {count}.")
        was = layer.trainable
        layer.trainable = False
        held = len(layer.trainable_weights)
        layer.trainable = was
        require(held == 0, f"with trainable = False there are still {held} trainable weights.")
        self.call(layer)
        layer.set_weights(layer.get_weights())
        require(layer.count_params() == sum(w.shape.num_elements() for w in layer.weights), "count_params() is wrong.")

    def check_config(self) -> None:
        config = self.layer.get_config()
        json.dumps(config, default=str)
        parameters = inspect.signature(self.cls.__init__).parameters.values()
        named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)} - {"self"}
        missing = sorted((named & set(self.config)) - set(config))
        require(not missing, f"get_config() leaves out {missing}.")
        again = self.cls.from_config(copy.deepcopy(config)).get_config()
        require(_plain(again) == _plain(config), f"from_config(get_config()) says {again} instead of {config}.")

    def rebuilt(self) -> Layer:
        layer = self.cls.from_config(self.layer.get_config())
        self.call(layer)
        require(
            [w.shape for w in layer.weights] == [w.shape for w in self.layer.weights],
            "made from its config, the layer has weights of other shapes.",
        )
        layer.set_weights(self.layer.get_weights())
        return layer

    def check_rebuilt(self) -> None:
        require_close(self.call(self.rebuilt()), self.call(self.layer), "with the same weights, the output")

    # ------------------------------------------------------------------ calling again

    def check_repeatable(self) -> None:
        first = self.call(self.layer)
        with trace_count(at_most=0):
            second = self.call(self.layer)
        require_close(second, first, "a second call", rtol=0, atol=0)

    def check_compiled(self) -> None:
        layer = self.rebuilt()
        eager = self.call(layer)
        layer.set_weights(self.layer.get_weights())
        compiled = Function(lambda inputs: self.call(layer, inputs))
        require_close(compiled(self.inputs), eager, "compiled", rtol=1e-4, atol=1e-5)
        with trace_count(at_most=0):
            compiled(self.inputs)
        require(compiled.experimental_get_tracing_count() == 1, "it is traced again by a second call.")

    # ------------------------------------------------------------------ saving

    def check_saved(self) -> None:
        expected = self.call(self.model)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            self.model.save(path)
            again = models.load_model(path)
            require_close(self.call(again), expected, "the loaded model")
            weights = Path(folder) / "model.weights.h5"
            self.model.save_weights(weights)
            again.set_weights([np.zeros(w.shape.as_list(), w.dtype.np) for w in again.weights])
            again.load_weights(weights)
            require_close(again.get_weights(), self.model.get_weights(), "loaded weights", rtol=0, atol=0)

    def check_copied(self) -> None:
        twin = copy.deepcopy(self.layer)
        require_close(self.call(twin), self.call(self.layer), "the copy's output")
        before = self.layer.get_weights()
        twin.set_weights([np.zeros_like(weight) for weight in before])
        require_close(self.layer.get_weights(), before, "the layer, after its copy was changed", rtol=0, atol=0)

    def check_pickled(self) -> None:
        again = pickle.loads(pickle.dumps(self.layer))
        require_close(self.call(again), self.call(self.layer), "the pickled layer's output")

    # ------------------------------------------------------------------ masks, dtypes, training

    def check_masks(self, supports: bool | None) -> None:
        layer = self.layer
        says = bool(layer.supports_masking)
        require(supports is None or says == supports, f"supports_masking is {says}, not {supports}.")
        masked = trees.map_structure(_masked, self.inputs)
        outputs = trees.flatten(self.call(layer, masked))
        masks = [getattr(out, "_keras_mask", None) for out in outputs]
        if not says and type(layer).compute_mask is Layer.compute_mask:
            given = {id(each) for each in trees.flatten(masked)}  # what comes back as it is keeps its mask
            within = any(isinstance(each, Layer) for each in layer.submodules)  # so does what a layer within made
            stops = all(mask is None or id(out) in given for out, mask in zip(outputs, masks, strict=True)) or within
            require(stops, "its output has a mask, though supports_masking is False.")
            return
        for out, mask in zip(outputs, masks, strict=True):
            if mask is not None:
                require(mask.dtype.name == "bool", f"its mask has dtype {mask.dtype.name}.")
                fits = mask.shape.is_compatible_with(out.shape[: len(mask.shape)])
                require(fits, f"its mask has shape {mask.shape}, its output {out.shape}.")

    def check_policy(self, policy: str) -> None:
        with _global_policy(policy):
            layer = self.cls(**self.make_config())
            want = layer.compute_dtype
            arguments, self.arguments = self.arguments, trees.map_structure(lambda x: _cast(x, want), self.arguments)
            self.symbolic_call(layer)
            for weight in layer.weights:
                if weight.dtype.is_floating:
                    kept = layer.variable_dtype
                    require(weight.dtype.name == kept, f"{weight.name} is {weight.dtype.name}, not {kept}.")
            layer.set_weights(self.layer.get_weights())
            if policy == "mixed_bfloat16":  # the others differ in dtypes alone
                outputs = self.call_with_gradients(layer, training=False)
            else:
                outputs = Function(lambda: self.call(layer))()
            self.arguments = arguments
            for leaf in trees.flatten(outputs):
                if leaf.dtype.is_floating:
                    require(leaf.dtype.name == want, f"the output has dtype {leaf.dtype.name}, not {want}.")
            rough = 1e-4 if want == "float64" else 0.1
            require_close(outputs, self.outputs, "the output", rtol=rough, atol=rough)
        again = self.cls.from_config(layer.get_config())
        kept = again.dtype_policy.name
        require(kept == layer.dtype_policy.name, f"made from its config, it has policy {kept}.")

    def check_training(self) -> None:
        layer = self.rebuilt()
        self.call_with_gradients(layer, training=True)
        inputs, outputs = self.symbolic_call(layer)
        model = models.Model(inputs, outputs)
        model.compile("sgd", "mse")
        targets = trees.map_structure(lambda each: np.full(each.shape.as_list(), 0.7, each.dtype.np), self.outputs)
        before = layer.get_weights()
        arrays = trees.map_structure(lambda each: each.numpy(), self.all_inputs())
        step = {"batch_size": len(trees.flatten(arrays)[0]), "epochs": 1, "shuffle": False, "verbose": 0}
        history = model.fit(arrays, targets, **step)
        require(bool(np.isfinite(history.history["loss"]).all()), f"the loss is {history.history['loss']}.")
        if layer.trainable_weights:
            moved = any(np.any(a != b) for a, b in zip(before, layer.get_weights(), strict=True))
            require(moved, "a step of training changed no weight.")
        with trace_count(at_most=0):
            model.fit(arrays, targets, **step)

    def call_with_gradients(self, layer: Layer, training: bool) -> Any:
        """Outputs of a compiled call; a finite gradient in the weight's dtype has to reach every weight."""

        def run() -> Any:
            with GradientTape() as tape:
                outputs = self.call(layer, training=training)
                floats = [leaf for leaf in trees.flatten(outputs) if leaf.dtype.is_floating]
                loss = sum((_mean(leaf) for leaf in floats[1:]), start=_mean(floats[0]))
            return outputs, tape.gradient(loss, layer.trainable_weights)

        outputs, gradients = Function(run)()
        for weight, gradient in zip(layer.trainable_weights, gradients, strict=True):
            require(gradient is not None, f"no gradient reaches {weight.name}.")
            values = as_tensor(gradient)
            require(bool(np.isfinite(values.numpy()).all()), f"the gradient of {weight.name} is not finite.")
            require(values.dtype == weight.dtype, f"the gradient of {weight.name} is {values.dtype.name}.")
        return outputs


def _cast(value: Any, dtype: str) -> Any:
    return ops_math.cast(value, dtype) if hasattr(value, "dtype") and value.dtype.is_floating else value


def _as_argument(value: Any) -> Any:
    return as_tensor(value) if isinstance(value, np.ndarray) else value


def _holds_tensors(value: Any) -> bool:
    return any(hasattr(leaf, "shape") for leaf in trees.flatten(value))


@contextlib.contextmanager
def _global_policy(policy: str) -> Iterator[None]:
    before = dtype_policy._global_policy
    dtype_policy.set_global_policy(policy)
    try:
        yield
    finally:
        dtype_policy.set_global_policy(before)


def _masked(inputs: Any) -> Any:
    """The same inputs with a mask, as a layer before would give it."""
    masked = as_tensor(inputs.numpy())
    masked._keras_mask = _mask_of(inputs)
    return masked


def _mask_of(inputs: Any) -> Any:
    """The first two steps of every row; of inputs without steps, the first two rows."""
    sizes = inputs.shape.as_list()
    steps = sizes[:2] if len(sizes) > 2 or not inputs.dtype.is_floating else sizes[:1]
    return as_tensor(np.broadcast_to(np.arange(steps[-1]) < 2, steps))


def _mean(tensor: Any) -> Any:
    return ops_math.reduce_mean(ops_math.square(tensor))


def _plain(config: Any) -> Any:
    """A configuration without what differs between equal ones: tuples and arrays as lists, cells unbuilt."""
    if isinstance(config, dict):
        return {key: _plain(value) for key, value in config.items() if key != "build_config"}
    if isinstance(config, list | tuple):
        return [_plain(value) for value in config]
    return config.tolist() if isinstance(config, np.ndarray | np.generic) else config
