"""Layer: the class that everything in Keras is made of."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from addax.core import autograph, context, convert, dtypes, errors, failures, trees
from addax.core.jax_programs import arrays_of, gives_arrays, tensors_of
from addax.core.module import Module
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.core.tracebacks import shorten
from addax.core.variable import Variable, VariableAggregation, VariableSynchronization
from addax.keras import (
    allowance,
    config,
    constraints,
    constructors,
    distribution,
    dtype_policy,
    graph,
    initial_values,
    initializers,
    naming,
    regularizers,
    rematerialization,
)
from addax.keras.dtype_policy_map import settle
from addax.keras.layers import autocast
from addax.keras.layers.autocast import AutoCastVariable
from addax.keras.layers.build_shapes import build_shape, first_float, remembering, without_probes
from addax.keras.layers.call_errors import add_path, of_none, of_own
from addax.keras.layers.call_signature import CallSignature
from addax.keras.layers.contents import Contents
from addax.keras.layers.current_calls import (
    calls,
    calls_are_special,
    global_learning_phase,
    learning_phase,
    set_learning_phase,
)
from addax.keras.layers.description import Description
from addax.keras.layers.input_spec import InputSpec, check_inputs
from addax.keras.layers.saved_state import SavedState
from addax.keras.layers.stateless_calls import StatelessCalls
from addax.keras.layers.symbolic_calls import SymbolicCalls
from addax.keras.layers.weight_arguments import with_keras_3
from addax.keras.metrics import Mean, Metric
from addax.keras.stateless import collect
from addax.ops import casting

# Layers that called add_loss in their last call; an outermost call forgets the losses of the layers below it.
_with_losses: weakref.WeakSet[Layer] = weakref.WeakSet()


class Layer(SavedState, StatelessCalls, SymbolicCalls, Contents, Description, Module):
    """State (variables) and a computation (`call`).

    Subclasses create their variables in `build(input_shape)` or `__init__`, and compute in `call(inputs, ...)`.

    Args:
        trainable: whether the layer's variables are to be trained.
        name: the layer's name; made from the class name by default.
        dtype: of the variables and computations: a dtype, a name, or a `tf.keras.mixed_precision.Policy`.
        dynamic: whether `call` must run as plain Python.
        input_shape: the shape of an input without the batch dimension, for the first layer of a Sequential.
        input_dim: the same for vectors.
        batch_input_shape: the shape with the batch dimension.
        batch_size: the batch dimension, together with `input_shape`.
        weights: initial values for `set_weights`, applied when the layer is built.
        activity_regularizer: a regularizer of the output.
        autocast: whether floating inputs are cast to the layer's compute dtype.
        implementation: of the oldest Keras; means something to recurrent and locally connected layers alone.

    >>> import addax as tf
    >>> class Scale(tf.keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.scale = self.add_weight("scale", shape=(input_shape[-1],), initializer="ones")
    ...     def call(self, inputs):
    ...         return inputs * self.scale
    >>> layer = Scale()
    >>> layer(tf.ones((2, 3))).shape, len(layer.weights)
    (TensorShape([2, 3]), 1)
    """

    is_input = False
    _remat: Any = None  # the scope whose layers are computed again for their gradients
    _hands_masks_on = False  # whether a function of the user's is given the mask

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        constructors.explain(cls)
        if "build" in vars(cls) and not cls.__module__.startswith("addax."):
            cls.build = remembering(cls.build)  # type: ignore[method-assign]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = super().__new__(cls)
        object.__setattr__(made, "_init_arguments", (args, kwargs))
        return made

    def __init__(
        self,
        trainable: bool = True,
        name: str | None = None,
        dtype: Any = None,
        dynamic: bool = False,
        *,
        input_shape: Any = None,
        input_dim: int | None = None,
        batch_input_shape: Any = None,
        batch_size: int | None = None,
        weights: Any = None,
        activity_regularizer: Any = None,
        autocast: bool = True,
        implementation: Any = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise TypeError(
                f"Layer {type(self).__name__}: unknown keyword argument {next(iter(unknown))!r}. "
                f"{errors.suggest(next(iter(unknown)), ['trainable', 'name', 'dtype', 'input_shape', 'input_dim'])}"
            )
        if not isinstance(trainable, bool | np.bool_):
            raise TypeError(f"Layer {type(self).__name__}: trainable must be a bool, received {trainable!r}.")
        if not isinstance(name, str | None):
            raise TypeError(f"Layer {type(self).__name__}: name must be a string, received {name!r}.")
        self._name = name if name is not None else naming.unique_name(naming.to_snake_case(type(self).__name__))
        self._trainable = bool(trainable)
        self.built = False
        self.stateful = False
        self.supports_masking = False
        self._dynamic = dynamic
        self._autocast = autocast
        self._policy = dtype_policy.get(dtype)
        self._input_spec = None
        self._own_weights: list[Variable] = []
        self._own_losses: list[Any] = []
        self._loss_functions: list[Any] = []
        self._own_metrics: list[Metric] = []
        self._inbound_nodes: list[graph.Node] = []
        self._outbound_nodes: list[graph.Node] = []
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self._initial_weights = weights
        self._layer_call = CallSignature(self)
        if (scope := rematerialization.current()) is not None:
            self._remat = scope
        if input_dim is not None and input_shape is None:
            input_shape = (input_dim,)
        if batch_input_shape is None and input_shape is not None:
            if not isinstance(input_shape, Iterable):
                raise TypeError(f"Layer {type(self).__name__}: input_shape must be a tuple, received {input_shape!r}.")
            batch_input_shape = (batch_size, *input_shape)
        if batch_input_shape is not None:
            self._batch_input_shape = tuple(batch_input_shape)

    # ------------------------------------------------------------------ for subclasses

    def build(self, input_shape: Any) -> None:
        """Create the variables for inputs of this shape; called once, before the first `call`."""
        self._build_input_shape = input_shape
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The computation."""
        return inputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs, given that of the inputs."""
        if not self.supports_masking:
            if any(each is not None for each in trees.flatten(mask)):
                raise TypeError(
                    f"Layer {self.name} does not support masking, but was passed an input_mask: {mask!r:.100}.\n"
                    "  To do: set self.supports_masking = True, or override compute_mask."
                )
            return None
        return mask

    @with_keras_3
    def add_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
        *,
        experimental_autocast: bool = True,
        getter: Any = None,
        partitioner: Any = None,
        collections: Any = None,
        layout: Any = None,
        autocast: bool = True,
    ) -> Variable:
        """Create a variable of this layer.

        Args:
            name: behind the layer's name.
            shape: its shape; a scalar by default.
            dtype: by default the layer's variable dtype.
            initializer: by default glorot_uniform for floats, zeros otherwise.
            regularizer: its value is added to the losses.
            trainable: by default True.
            constraint: applied by optimizers after an update.
            use_resource: accepted; there is one kind of variable.
            synchronization: a `tf.VariableSynchronization`.
            aggregation: a `tf.VariableAggregation`.
            experimental_autocast: whether mixed-precision layers see it in their compute dtype.
            getter: accepted for Keras 2's signature; variables are made here.
            partitioner: must be None.
            collections: must be None.
            layout: accepted for Keras 2's signature.
            autocast: Keras 3's word for `experimental_autocast`.

        Returns:
            The variable.
        """
        if partitioner is not None or collections is not None:
            raise ValueError(f"Layer {self.name}: partitioner and collections belong to TensorFlow 1.")
        shape = () if shape is None else tuple(TensorShape(shape).as_list())
        if None in shape:
            raise failures.UnknownSizeError(
                errors.message(
                    f"Layer {self.name}, add_weight({name!r})",
                    expected="a shape without unknown dimensions",
                    received=shape,
                    hint="give the input's last dimension, e.g. keras.Input(shape=(16,))",
                )
            )
        settle(self)
        dtype = dtypes.as_dtype(dtype or self._policy.variable_dtype or "float32")
        allowance.spend(f"layer {self.name}, weight {name or 'Variable'}", shape, dtype.size)
        if trainable is None:
            trainable = synchronization != VariableSynchronization.ON_READ
        elif trainable and synchronization == VariableSynchronization.ON_READ:
            raise ValueError(f"Layer {self.name}, add_weight({name!r}): a variable that is ON_READ cannot be trained.")
        if initializer is None:
            initializer = "glorot_uniform" if dtype.is_floating else "zeros"
        initializer = initializers.get(initializer)
        seen_cast = experimental_autocast and autocast and dtype.is_floating
        mixed = seen_cast and self._policy.compute_dtype != self._policy.variable_dtype
        constraint = constraints.get(constraint)

        def made(first: Callable[[], Any]) -> Variable:
            return (AutoCastVariable if mixed else Variable)(
                first, trainable=trainable, name=name or "Variable", dtype=dtype, constraint=constraint,
                synchronization=synchronization, aggregation=aggregation,
            )  # fmt: skip

        variable = initial_values.made_by(initializer, shape, dtype, made)
        variable._regularizer = regularizers.get(regularizer)
        if variable._regularizer is not None:
            self._loss_functions.append(variable)  # its penalty is one of the losses, from here on
        self._own_weights.append(variable)
        if calls.made is not None:
            calls.made.append((variable, "/".join(calls.path), context.state.trace is not None))
        return distribution.placed(variable, self.name)

    def add_loss(self, losses: Any, **kwargs: Any) -> None:
        """Add to what training minimizes.

        Args:
            losses: a scalar tensor or several, computed by this call; or functions without arguments (regularizers).
            **kwargs: `inputs` of Keras 1, accepted.
        """
        if kwargs and set(kwargs) != {"inputs"}:
            raise TypeError(f"Layer {self.name}, add_loss: unknown arguments {sorted(set(kwargs) - {'inputs'})}.")
        for loss in trees.flatten(losses):
            if loss is None:
                continue
            if callable(loss) and not convert.is_tensor(loss):
                self._loss_functions.append(loss)
            elif isinstance(loss, graph.KerasTensor):
                self._add_symbolic_loss(loss)
            else:
                if not convert.is_tensor(loss):
                    loss = convert.convert_to_tensor(loss, config.floatx())
                if not calls.path:
                    raise ValueError(
                        f"Layer {self.name}, add_loss: expected a symbolic tensor or a function without arguments, "
                        f"outside of a call. Received: {loss!r:.100}\n  To do: wrap the computation in a lambda, or "
                        "add the loss inside call()."
                    )
                self._own_losses.append(convert.convert_to_tensor(loss))
                _with_losses.add(self)
                collect(self._own_losses[-1])

    def _add_symbolic_loss(self, loss: graph.KerasTensor) -> None:
        raise ValueError(
            f"Layer {self.name}, add_loss: {loss!r} is symbolic; only functional models take symbolic losses.\n"
            "  To do: call self.add_loss inside call(), or model.add_loss on the model."
        )

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = None, **kwargs: Any) -> None:
        """Report a value with the metrics.

        Args:
            value: a tensor, averaged over the batches; or what a metric object returned.
            name: the metric's name.
            aggregation: "mean", or None if the value comes from a metric.
            **kwargs: nothing else is taken.
        """
        if kwargs:
            raise TypeError(f"Layer {self.name}, add_metric: unknown arguments {sorted(kwargs)}.")
        source = next((m for m in self._flatten_metrics() if m.returned(value)), None)
        if name is None and source is None:
            raise ValueError(f"Layer {self.name}, add_metric: expected a name, as in add_metric(value, name='mean_x').")
        if source is not None:
            return
        if isinstance(value, graph.KerasTensor):
            self._add_symbolic_metric(value, name)
            return
        if not calls.path:
            raise ValueError(
                f"Layer {self.name}, add_metric: expected a symbolic tensor for the metric value, outside of a call. "
                f"Received: {value!r:.100}"
            )
        metric = next((m for m in self._own_metrics if m.name == name), None)
        if metric is None:
            with context.name_scope(self.name):
                metric = Mean(name=name)
            self._own_metrics.append(metric)
        metric.update_state(value)

    def _add_symbolic_metric(self, value: graph.KerasTensor, name: str | None) -> None:
        raise ValueError(f"Layer {self.name}, add_metric: {value!r} is symbolic; only functional models take those.")

    # ------------------------------------------------------------------ calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "_layer_call" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}: super().__init__() was not called.\n"
                "  To do: make it the first line of the layer's __init__."
            )
        signature = self._layer_call
        if not args and "inputs" not in kwargs and (kwargs or signature.needs_first):
            args, kwargs = signature.first_from(kwargs, self)
        if graph.is_symbolic(args) or kwargs and graph.is_symbolic(kwargs):
            return self._symbolic_call(args, kwargs)
        if not args and "inputs" in kwargs:
            args, kwargs = (kwargs["inputs"],), {k: v for k, v in kwargs.items() if k != "inputs"}
        if args:
            if type(args[0]) is not Tensor and gives_arrays((args, kwargs)):
                return arrays_of(self._run(tensors_of((self._to_inputs(args[0]), *args[1:])), tensors_of(kwargs)))
            args = (self._to_inputs(args[0]), *args[1:])
        return self._run(args, kwargs)

    def _to_inputs(self, inputs: Any) -> Any:
        """Arrays and numbers as tensors, floats in the compute dtype."""
        if type(inputs) is Tensor:
            return self._cast(inputs)
        if isinstance(inputs, Variable):
            return self._cast(inputs)
        if isinstance(inputs, np.ndarray | np.generic | float | int):
            return self._cast(convert.convert_to_tensor(inputs))
        if isinstance(inputs, list | tuple) and inputs and all(isinstance(i, int | float) for i in inputs):
            return self._cast(convert.convert_to_tensor(inputs))
        if isinstance(inputs, list | tuple | dict):
            return graph.map_leaves(self._to_inputs, inputs)
        return inputs

    def _cast(self, tensor: Any) -> Any:
        want = self._policy.compute_dtype
        if not self._autocast or want is None:
            return tensor
        dtype = tensor._form.dtype
        if dtype.kind not in "fV" or dtype == self._compute_np or self._compute_np.kind in "iub":
            return tensor
        cast = casting.cast(tensor, want)
        mask = getattr(tensor, "_keras_mask", None)
        if mask is not None:
            cast._keras_mask = mask
        return cast

    @property
    def _compute_np(self) -> Any:
        cached = self.__dict__.get("_compute_np_cache")
        if cached is None or cached[0] is not self._policy:
            cached = (self._policy, convert.numpy_dtype(self._policy.compute_dtype))
            object.__setattr__(self, "_compute_np_cache", cached)
        return cached[1]

    def _run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call on real tensors."""
        state, signature = context.state, self._layer_call
        outer_training, outer_path, outer_scopes = calls.training, calls.path, state.scopes
        outer_autocast = autocast.scope.dtype
        if calls.depth == 0 and _with_losses:
            self._forget_losses()
        calls.depth += 1
        try:
            calls.path = (*outer_path, self._name)
            state.scopes = self._inner_scopes(outer_scopes)
            if not self.built:
                self._maybe_build(args, kwargs)
            if self.input_spec is not None and args:
                check_inputs(self.input_spec, args[0], self._name)
            policy = self._policy
            autocast.scope.dtype = None if policy.compute_dtype == policy.variable_dtype else self._compute_np
            if signature.takes_training:
                kwargs = self._with_training(args, kwargs)
                calls.training = signature.training_of(args, kwargs)
            elif "training" in kwargs:
                calls.training, kwargs = signature.pass_training_on(kwargs, calls.training)
            masks = signature.takes_mask or self.supports_masking or self._computes_masks
            if masks:
                kwargs, input_masks = self._with_mask(args, kwargs)
            call = self.call if state.trace is None else autograph.converted_method(self.call)
            if self._remat is not None:
                call = self._remat.applied(self, call, args, kwargs)
            outputs = call(*args, **kwargs)
            if masks:
                self._set_masks(args, outputs, input_masks)
            if self._activity_regularizer is not None:
                self._regularize_activity(outputs)
            return outputs
        except (errors.OpError, ValueError, TypeError) as error:
            add_path(error, "/".join(calls.path), args, calls.inferring)
            shorten(error)
            raise
        except (AttributeError, LookupError, ArithmeticError) as error:
            path = "/".join(calls.path)
            refused = of_none(error, path, args)
            if refused is error:
                refused = of_own(error, self, args, kwargs)
                if refused is error:
                    raise
                add_path(refused, path, args, calls.inferring)
            raise refused from None
        finally:
            calls.depth -= 1
            calls.training, calls.path, state.scopes = outer_training, outer_path, outer_scopes
            autocast.scope.dtype = outer_autocast

    def _inner_scopes(self, outer: tuple[str, ...]) -> tuple[str, ...]:
        """The name scopes of variables made inside this layer."""
        return (*outer, self._name)

    @property
    def _computes_masks(self) -> bool:
        return type(self).compute_mask is not Layer.compute_mask

    def _with_training(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Fill `training` in: from the call, the call around it, the global phase, or the default."""
        if self._layer_call.training_of(args, kwargs) is not None or self._layer_call.training_position < len(args):
            return kwargs
        value = calls.training
        if value is None:
            value = global_learning_phase()
        if value is None:
            value = self._layer_call.training_default
        return {**kwargs, "training": value}

    def _with_mask(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """The masks that came with the inputs; passed to `call` if it takes a mask and none was given."""
        if not args:
            return kwargs, kwargs.get("mask")
        if "mask" in kwargs:
            return kwargs, kwargs["mask"]
        inputs = args[0]
        if type(inputs) is Tensor:
            carried = getattr(inputs, "_keras_mask", None)
        else:
            carried = graph.map_leaves(lambda leaf: getattr(leaf, "_keras_mask", None), inputs)
            if not isinstance(carried, list | tuple | dict) or all(m is None for m in trees.flatten(carried)):
                carried = None
        if carried is not None and self._layer_call.takes_mask and self._layer_call.mask_free(args):
            kwargs = {**kwargs, "mask": carried}
        return kwargs, carried

    def _set_masks(self, args: tuple[Any, ...], outputs: Any, masks: Any) -> None:
        if not self.supports_masking and not self._computes_masks and masks is None:
            return
        if not args or not (self._computes_masks or masks is not None):
            return
        if not self.supports_masking and not self._computes_masks:
            return  # Keras: a layer that consumes the mask does not pass it on
        computed = self.compute_mask(args[0], masks)
        flat_outputs = trees.flatten(outputs)
        flat_masks = trees.flatten(computed) if isinstance(computed, list | tuple | dict) else [computed]
        if computed is None:
            flat_masks = [None] * len(flat_outputs)
        for output, mask in zip(flat_outputs, flat_masks, strict=False):  # one mask is that of the first output
            if type(output) is Tensor:
                output._keras_mask = mask

    def _maybe_build(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.input_spec is not None and args:
            check_inputs(self.input_spec, args[0], self._name)
        settle(self)
        if self._policy.compute_dtype is None:
            self._policy = dtype_policy.get(first_float(args) or "float32")
        shape = build_shape(args, kwargs)
        self.__dict__["_seen_dtypes"] = [leaf.dtype.name for leaf in trees.flatten(args[:1]) if hasattr(leaf, "dtype")]
        with naming.apart(context.state.trace is not None), context.init_scope():
            scopes = context.state.scopes
            object.__setattr__(self, "_path", "/".join(scopes))
            self._build_in_call(shape)
            context.state.scopes = scopes
        self.built = True
        if self.__dict__.get("_build_input_shape") is None:
            self._build_input_shape = shape
        if calls.inferring:  # sizes that stand for unknown ones do not belong into configs
            self._build_input_shape = without_probes(self._build_input_shape)
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None
        self._parts_came()

    def _build_in_call(self, shape: Any) -> None:
        """What a first call does for the layer's variables."""
        self.build(shape)

    def _regularize_activity(self, outputs: Any) -> None:
        for output in trees.flatten(outputs):
            self.add_loss(self._activity_loss(output))

    def _activity_loss(self, output: Any) -> Any:
        size = casting.cast(max(output._form.shape[0] if output._form.ndim else 1, 1), output.dtype)
        assert self._activity_regularizer is not None
        return self._activity_regularizer(output) / size

    def _forget_losses(self) -> None:
        for layer in self._flatten_layers():
            if layer._own_losses:
                layer._own_losses.clear()
                _with_losses.discard(layer)

    def _keep_symbols_of_losses(self) -> None:
        """Leave symbols in place of the losses of a trace that ends: `losses` has as many as after a call."""
        for layer in self._flatten_layers():
            layer._own_losses[:] = [graph.KerasTensor(loss.shape, loss.dtype) for loss in layer._own_losses]

    @classmethod
    def _takes_only_base_arguments(cls) -> bool:
        return cls.__init__ is Layer.__init__

    def __reduce__(self) -> Any:
        return _unpickle, (type(self), {k: v for k, v in self.__dict__.items() if k not in _NOT_PICKLED})


_NOT_PICKLED = ("_layer_call", "_inbound_nodes", "_outbound_nodes", "_own_losses", "_compute_np_cache")


def _unpickle(cls: type, kept: dict[str, Any]) -> Layer:
    made = object.__new__(cls)
    made.__dict__.update(kept)
    made.__dict__.update(_own_losses=[], _inbound_nodes=[], _outbound_nodes=[])
    object.__setattr__(made, "_layer_call", CallSignature(made))
    return made


__all__ = ["InputSpec", "Layer", "calls_are_special", "learning_phase", "set_learning_phase"]
