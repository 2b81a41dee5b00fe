"""Input: where a functional model begins."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes, errors
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.keras import config, graph, naming, registry
from addax.keras.layers.base import Layer


class InputLayer(Layer):
    """The layer behind `keras.Input`; see there.

    >>> import addax as tf
    >>> tf.keras.layers.InputLayer((3,), name="x").output_shape
    [(None, 3)]
    """

    is_input = True

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        input_tensor: Any = None,
        sparse: bool | None = None,
        name: str | None = None,
        ragged: bool | None = None,
        type_spec: Any = None,
        batch_input_shape: Any = None,
        shape: Any = None,
        batch_shape: Any = None,
        optional: bool = False,
        **kwargs: Any,
    ) -> None:
        if batch_input_shape is None:
            batch_input_shape = batch_shape
        if batch_input_shape is not None:
            whole = tuple(batch_input_shape)
        elif type_spec is not None and getattr(type_spec, "shape", None) is None:
            raise ValueError(
                "Input: KerasTensor only supports TypeSpecs that have a shape field; got "
                f"{type(type_spec).__qualname__}, which does not have a shape. "
                "Give each of its tensors an Input of its own."
            )
        elif type_spec is not None:
            whole, dtype = tuple(type_spec.shape.as_list()), dtype or type_spec.dtype
        else:
            given = shape if shape is not None else input_shape
            given = (given,) if isinstance(given, int) else given
            whole = (batch_size, *tuple(TensorShape(given).as_list())) if given is not None else (batch_size,)
        if kwargs:
            raise ValueError(f"InputLayer: unrecognized keyword arguments: {list(kwargs)}")
        if sparse and ragged:
            raise ValueError(
                errors.message(
                    "Input", expected="sparse=True or ragged=True", received="both", hint="say what the data is"
                )
            )
        if name is None:
            name = naming.unique_name("input", zero_based=False)
        dtype = config.floatx() if dtype is None else dtype  # whatever the policy: layers cast what they take
        super().__init__(name=name, dtype=dtype)
        self._batch_input_shape = whole
        self.sparse = bool(sparse)
        self.ragged = bool(ragged)
        self.optional = bool(optional)
        self.built = True
        self._input_dtype = dtypes.as_dtype(dtype)
        node = graph.Node(self, (), {})
        if isinstance(input_tensor, graph.KerasTensor):
            node.output = input_tensor.placed(self.name, node, 0)
        else:
            kind: Any = graph.KerasTensor
            if self.ragged or isinstance(type_spec, RaggedTensorSpec):
                kind = graph.RaggedKerasTensor
            elif self.sparse or isinstance(type_spec, SparseTensorSpec):
                kind = graph.SparseKerasTensor
            node.output = kind(whole, self._input_dtype, self.name, node, 0)
        self._inbound_nodes.append(node)

    @property
    def dtype(self) -> str:
        """The dtype of the input, by name."""
        return self._input_dtype.name

    @property
    def input(self) -> graph.KerasTensor:
        """The symbolic tensor itself."""
        return self._inbound_nodes[0].output

    @property
    def input_shape(self) -> Any:
        """The shape, in a list as Keras has it for input layers."""
        return [self._batch_input_shape]

    @property
    def output_shape(self) -> Any:
        """The shape, in a list as Keras has it for input layers."""
        return [self._batch_input_shape]

    @property
    def _type_spec(self) -> TensorSpec:
        return TensorSpec(self._batch_input_shape, self._input_dtype, self.name)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            "batch_input_shape": self._batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
            "optional": self.optional,
        }


def Input(  # noqa: N802  (Keras's spelling)
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    tensor: Any = None,
    ragged: bool | None = None,
    type_spec: Any = None,
    batch_shape: Any = None,
    optional: bool = False,
    **kwargs: Any,
) -> graph.KerasTensor:
    """A symbolic tensor: the input of a functional model.

    Args:
        shape: the shape of one example, without the batch dimension; None for sizes that vary.
        batch_size: the batch dimension, if it is fixed.
        name: the input's name, the key under which dict data is found.
        dtype: `keras.config.floatx()` by default, also where the policy computes in another one.
        sparse: whether the data comes as sparse tensors.
        tensor: a symbolic tensor to wrap.
        ragged: whether the data comes as ragged tensors.
        type_spec: a `tf.TensorSpec` instead of shape and dtype.
        batch_shape: the shape with the batch dimension.
        optional: recorded in the config; None may be passed for the input.
        **kwargs: `batch_input_shape`, the older name of `batch_shape`.

    Returns:
        A KerasTensor.

    Raises:
        ValueError: neither a shape nor a tensor is given.

    >>> import addax as tf
    >>> tf.keras.Input(shape=(784,), name="digits").shape
    TensorShape([None, 784])
    """
    batch_shape = kwargs.pop("batch_input_shape", batch_shape)
    if kwargs:
        raise ValueError(f"The following keyword arguments passed to `Input` are not recognized: {sorted(kwargs)}.")
    if shape is None and batch_shape is None and tensor is None and type_spec is None:
        raise ValueError(
            "Please provide to Input a `shape` or a `tensor` or a `type_spec` argument. Note that "
            "`shape` does not include the batch dimension."
        )
    if shape is not None and batch_shape is not None:
        raise ValueError(
            "Only provide the `shape` OR `batch_input_shape` argument to Input, not both at the same time. "
            f"Received: shape={shape}, batch_shape={batch_shape}."
        )
    if batch_shape is None and tensor is not None:
        batch_shape, dtype = tuple(tensor.shape.as_list()), dtype or tensor.dtype
    layer = InputLayer(
        shape,
        batch_size,
        dtype,
        tensor,
        sparse,
        name,
        ragged,
        type_spec,
        batch_input_shape=batch_shape,
        optional=optional,
    )
    return layer.input


registry.register("layer", Layer)
registry.register("layer", InputLayer)
