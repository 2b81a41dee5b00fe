"""Checks of layers."""

from __future__ import annotations

import copy
import inspect
import json
import pickle  # noqa: TID251 (in this process, of what it made itself)
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from addax.core import trees
from addax.core.function import Function
from addax.core.tape import GradientTape
from addax.keras import graph, models, registry
from addax.keras.layers import Input, Layer
from addax.ops import math as ops_math
from addax.testing.checks import Checks, as_tensor, require, require_close
from addax.testing.tracing import trace_count


def check_layer(
    layer_class: type[Layer],
    config: dict[str, Any] | None = None,
    *,
    input_shape: Any = None,
    inputs: Any = None,
    input_dtype: str = "float32",
    output_shape: Sequence[int | None] | None = None,
    output_dtype: str | None = None,
    trainable_weights: int | None = None,
    non_trainable_weights: int | None = None,
    supports_masking: bool | None = None,
    policies: Sequence[str] = (),
    custom_objects: dict[str, Any] | None = None,
    trains: bool = True,
    pickles: bool = True,
) -> list[str]:
    """Check that a layer behaves as Keras's layers do, from its configuration to a step of training.

    It is made from `config`, called eagerly, on symbolic inputs and in a `tf.function`; rebuilt from its own
    configuration; saved in a model and loaded; copied and pickled; trained for a step. Shapes, dtypes and numbers have
    to agree throughout, and nothing may be compiled anew by a second call.

    Args:
        layer_class: the class.
        config: arguments of its constructor.
        input_shape: with the batch first, None where a size is free: `(None, 8)`; a list of shapes for several inputs.
        inputs: arrays to use instead of random ones; needed where not all numbers will do.
        input_dtype: of random inputs; integers are drawn from 0 to 3.
        output_shape: what its output must have, None where it is free.
        output_dtype: what its output must have.
        trainable_weights, non_trainable_weights: how many there must be.
        supports_masking: what the attribute must say; if true, a mask has to pass through.
        policies: dtype policies to try besides its own: "float64", "mixed_bfloat16".
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
        subject = _Subject(layer_class, config or {}, input_shape, inputs, input_dtype)
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
        if supports_masking is not None:
            with checks("masks"):
                subject.check_masks(supports_masking)
        for policy in policies:
            with checks(f"policy {policy}"):
                subject.check_policy(policy)
        if trains:
            with checks("a step of training"):
                subject.check_training()
        return checks.finish()


class _Subject:
    """A layer under test, with inputs for it."""

    def __init__(self, cls: type[Layer], config: dict[str, Any], shape: Any, inputs: Any, dtype: str) -> None:
        said = ", ".join(f"{key}={value!r}" for key, value in config.items())
        self.checks = Checks(f"layer {cls.__name__}({said})")
        self.cls, self.config = cls, config
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

    @property
    def fixed_batch(self) -> int | None:
        """The batch size that the shapes ask for."""
        return self.shapes[0] if isinstance(self.shapes, tuple) else self.shapes[0][0] if self.shapes else None

    # ------------------------------------------------------------------ making and calling

    def make(self, **more: Any) -> None:
        self.layer = self.cls(**(self.config | more))
        require(isinstance(self.layer.name, str) and bool(self.layer.name), f"its name is {self.layer.name!r}.")

    def call(self, layer: Layer, inputs: Any = None, training: bool = False) -> Any:
        """Outputs of a layer or model; stateful ones start from zero each time."""
        if layer.stateful and layer.built:
            layer.reset_states()
        return layer(self.inputs if inputs is None else inputs, training=training)

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
        self.symbolic_inputs = self.symbolic()
        self.symbolic_outputs = self.layer(self.symbolic_inputs)
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
            self._require_fit(self.symbolic_outputs, self.call(self.layer, half))
            return
        for free, batch in ((3, 1), (5, 2)):
            inputs = self.draw(free, batch)
            outputs = self.call(self.layer, inputs)
            self._require_fit(self.symbolic_outputs, outputs)
            require_close(self.call(self.model, inputs), outputs, f"free size {free}, batch {batch}")

    def check_output_shape(self) -> None:
        shapes = trees.map_structure(lambda each: tuple(each.shape.as_list()), self.inputs)
        promised = self.layer.compute_output_shape(shapes)
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
        for weight in twin.weights:
            weight.assign(ops_math.cast(np.zeros(weight.shape.as_list()), weight.dtype))
        require_close(self.layer.get_weights(), before, "the layer, after its copy was changed", rtol=0, atol=0)

    def check_pickled(self) -> None:
        again = pickle.loads(pickle.dumps(self.layer))
        require_close(self.call(again), self.call(self.layer), "the pickled layer's output")

    # ------------------------------------------------------------------ masks, dtypes, training

    def check_masks(self, supports: bool) -> None:
        says = bool(self.layer.supports_masking)
        require(says == supports, f"supports_masking is {says}, not {supports}.")
        if not supports:
            return
        masks = trees.map_structure(_mask_of, self.inputs)
        outputs = self.layer(self.inputs, mask=masks) if self.layer._layer_call.takes_mask else self.call(self.layer)
        mask = self.layer.compute_mask(self.inputs, masks)
        for out, each in zip(trees.flatten(outputs), trees.flatten(mask), strict=False):
            if each is not None:
                require(each.dtype.name == "bool", f"its mask has dtype {each.dtype.name}.")
                count = len(each.shape)
                fits = out.shape.as_list()[:count] == each.shape.as_list()
                require(fits, f"its mask has shape {each.shape}, its output {out.shape}.")

    def check_policy(self, policy: str) -> None:
        layer = self.cls(**(self.config | {"dtype": policy}))
        outputs = self.call(layer)
        want = layer.compute_dtype
        for leaf in trees.flatten(outputs):
            if leaf.dtype.is_floating:
                require(leaf.dtype.name == want, f"the output has dtype {leaf.dtype.name}, not {want}.")
        for weight in layer.weights:
            if weight.dtype.is_floating:
                kept = layer.variable_dtype
                require(weight.dtype.name == kept, f"{weight.name} is {weight.dtype.name}, not {kept}.")

    def check_training(self) -> None:
        layer = self.rebuilt()
        with GradientTape() as tape:
            outputs = [leaf for leaf in trees.flatten(self.call(layer, training=True)) if leaf.dtype.is_floating]
            loss = sum((ops_math.reduce_mean(ops_math.square(leaf)) for leaf in outputs[1:]), start=_mean(outputs[0]))
        for weight, gradient in zip(layer.trainable_weights, tape.gradient(loss, layer.trainable_weights), strict=True):
            require(gradient is not None, f"no gradient reaches {weight.name}.")
            require(
                bool(np.isfinite(as_tensor(gradient).numpy()).all()), f"the gradient of {weight.name} is not finite."
            )
        inputs = self.symbolic()
        model = models.Model(inputs, layer(inputs))
        model.compile("sgd", "mse")
        targets = trees.map_structure(lambda each: np.full(each.shape.as_list(), 0.7, each.dtype.np), self.outputs)
        before = layer.get_weights()
        arrays = trees.map_structure(lambda each: each.numpy(), self.inputs)
        history = model.fit(arrays, targets, batch_size=self.fixed_batch or 2, epochs=1, verbose=0)
        require(bool(np.isfinite(history.history["loss"]).all()), f"the loss is {history.history['loss']}.")
        if layer.trainable_weights:
            moved = any(np.any(a != b) for a, b in zip(before, layer.get_weights(), strict=True))
            require(moved, "a step of training changed no weight.")


def _mask_of(inputs: Any) -> Any:
    """The first two steps of every row; of inputs without steps, the first two rows."""
    sizes = inputs.shape.as_list()
    steps = sizes[:2] if len(sizes) > 2 or not inputs.dtype.is_floating else sizes[:1]
    return as_tensor(np.broadcast_to(np.arange(steps[-1]) < 2, steps))


def _mean(tensor: Any) -> Any:
    return ops_math.reduce_mean(ops_math.square(tensor))


def _plain(config: Any) -> Any:
    """A configuration without what differs between equal ones: tuples as lists, arrays as lists."""
    if isinstance(config, dict):
        return {key: _plain(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [_plain(value) for value in config]
    return config.tolist() if isinstance(config, np.ndarray | np.generic) else config
