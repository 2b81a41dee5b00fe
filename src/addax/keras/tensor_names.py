"""Names of symbolic tensors as TensorFlow gives them: the layer's name, then the last operation of its graph.

There is no such graph here, so a table says which operation it would be. Layers that are not in it (the user's own, for
example) give their name alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ACTIVATIONS = {
    "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softmax": "Softmax", "elu": "Elu", "selu": "Selu",
    "gelu": "Gelu/mul_2", "swish": "IdentityN", "silu": "IdentityN", "mish": "mul", "softplus": "Softplus",
    "softsign": "Softsign", "exponential": "Exp", "hard_sigmoid": "clip_by_value", "relu6": "Relu6",
    "leaky_relu": "LeakyRelu", "log_softmax": "LogSoftmax",
}  # fmt: skip
# Ops whose node is not simply their name in capitals.
_OPS = {
    "multiply": "Mul", "subtract": "Sub", "truediv": "truediv", "negative": "Neg", "floor_div": "FloorDiv",
    "floormod": "FloorMod", "__operators__.add": "AddV2", "__operators__.eq": "Equal", "__operators__.ne": "NotEqual",
    "__operators__.getitem": "strided_slice", "matmul": "MatMul", "reduce_sum": "Sum", "reduce_mean": "Mean",
    "reduce_max": "Max", "reduce_min": "Min", "reduce_prod": "Prod", "reduce_std": "reduce_std/Sqrt",
    "reduce_variance": "reduce_variance/Mean_1", "reduce_logsumexp": "ReduceLogSumExp", "argmax": "ArgMax",
    "reduce_any": "Any", "reduce_all": "All", "argmin": "ArgMin", "reduce_euclidean_norm": "EuclideanNorm",
    "zero_fraction": "zero_fraction/fraction", "gelu": "Gelu/mul_2", "silu": "IdentityN", "crelu": "CRelu/Relu",
    "log_softmax": "LogSoftmax", "gather": "GatherV2", "where": "SelectV2", "einsum": "einsum/Einsum",
    "norm": "norm/Squeeze", "top_k": "TopKV2", "sort": "sort/Neg_1", "reverse": "ReverseV2",
    "dropout": "dropout/SelectV2", "conv1d": "conv1d/Squeeze", "lower": "StringLower", "upper": "StringUpper",
    "meshgrid": "meshgrid/mul",
}  # fmt: skip
_OPS_AS_CALLED = frozenset(
    "clip_by_value concat l2_normalize one_hot ones_like range split stack transpose unstack zeros_like".split()
)
_WARPED = "transform/ImageProjectiveTransformV3"
_KEPT = "Placeholder"  # what a layer that hands its input on gives


def name_of(tensor: Any) -> str:
    """The name of an output of a layer's call.

    >>> from addax import keras
    >>> from addax.keras.tensor_names import name_of
    >>> name_of(keras.layers.Dense(2, "relu", name="d")(keras.Input((3,))))
    'd/Relu:0'
    """
    node, index = tensor.node, tensor.index
    layer = node.layer
    inner = getattr(layer, "_graph", None)  # of a model
    if inner is not None and index < len(inner.flat_outputs):
        return f"{layer.name}/{inner.flat_outputs[index].name}"
    operation = name_of_operation(layer, node, index)
    return operation if operation.startswith(f"{_KEPT}:") else f"{layer.name}/{operation}" if operation else layer.name


def name_of_operation(layer: Any, node: Any, index: int) -> str:
    """What follows the layer's name; nothing for layers that are not in the table."""
    kind = next((each.__name__ for each in type(layer).__mro__ if each.__name__ in _LAYERS), None)
    if kind is None or not type(layer).__module__.startswith(__name__.rpartition(".")[0]):
        return ""
    rule = _LAYERS[kind]
    operation = (rule if isinstance(rule, str) else rule(layer, node, index)) or _KEPT
    return operation if ":" in operation else f"{operation}:{index if kind == 'TFOpLambda' else 0}"


def _op(layer: Any, node: Any, index: int) -> str:
    name = layer._op_name
    last = name.rpartition(".")[2]
    found = _OPS.get(name) or _OPS.get(last)
    if found is not None or last in _OPS_AS_CALLED:
        return found or last
    return "".join(part.capitalize() for part in last.split("_"))


def _activation(layer: Any, node: Any, index: int) -> str | None:
    """The activation's operation; None for the identity."""
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", None) or getattr(activation, "name", "")
    return None if activation is None or name == "linear" else _ACTIVATIONS.get(name, name.capitalize())


def _product(bare: str, biased: str = "BiasAdd") -> Callable[..., str]:
    """Layers that end with an activation, or a bias, or a product."""
    return lambda layer, node, index: _activation(layer, node, index) or (biased if layer.use_bias else bare)


def _dense(layer: Any, node: Any, index: int) -> str:
    return _product("Tensordot" if len(node.inputs[0].shape) > 2 else "MatMul")(layer, node, index)


def _convolution(layer: Any, node: Any, index: int) -> str:
    rank = layer.rank
    spread = any(rate > 1 for rate in layer.dilation_rate)
    end = "/BatchToSpaceND" if spread else "/Squeeze" if rank == 1 else ""
    return _product(f"Conv{rank}D{end}")(layer, node, index)


def _recurrent(layer: Any, node: Any, index: int) -> str:
    steps = node.inputs[0].shape[1] or 1
    unrolled = {
        "SimpleRNN": [f"simple_rnn_cell/Tanh_{steps - 1}"],
        "GRU": [f"gru_cell/add_{4 * steps - 1}"],
        "LSTM": [f"lstm_cell/mul_{3 * steps - 1}", f"lstm_cell/add_{2 * steps - 1}"],
    }.get(type(layer).__name__)
    if layer.unroll and unrolled is not None and (index or not layer.return_sequences):
        return unrolled[max(index - 1, 0)]
    if _standard(layer):
        return f"PartitionedCall:{index + 1 if index or layer.return_sequences else 0}"
    if index:
        return f"while:{index + 3}"
    return "transpose_1" if layer.return_sequences else "strided_slice_3"


def _standard(layer: Any) -> bool:
    """Whether a GPU's library has this recurrence; TensorFlow puts it behind a call then."""
    if type(layer).__name__ not in ("LSTM", "GRU") or not getattr(layer, "reset_after", True) or layer.unroll:
        return False
    names = [getattr(each, "__name__", "") for each in (layer.activation, layer.recurrent_activation)]
    return names == ["tanh", "sigmoid"] and layer.use_bias and not layer.recurrent_dropout


def _bidirectional(layer: Any, node: Any, index: int) -> str:
    if layer.merge_mode is None:
        inner = (layer.forward_layer, layer.backward_layer)[index % 2]
        return f"{inner.name}/{_recurrent(inner, node, 0)}"
    return {"concat": "concat", "sum": "add", "mul": "mul", "ave": "truediv"}[layer.merge_mode]


def _einsum(layer: Any, node: Any, index: int) -> str:
    return _activation(layer, node, index) or ("add" if layer.bias_axes else "einsum/Einsum")


def _normalized(layer: Any, node: Any, index: int) -> str:
    inner = layer.layer
    return f"{inner.name}/{name_of_operation(inner, node, index)}"


def _numbered(operation: str) -> Callable[..., str]:
    """Merges of more than two tensors end with a numbered operation."""
    return lambda layer, node, index: operation if len(node.inputs) < 3 else f"{operation}_{len(node.inputs) - 2}"


def _attention_scores(layer: Any, node: Any, index: int) -> str:
    return "softmax/Softmax" if index else "attention_output/add"


def _batch_normalization(layer: Any, node: Any, index: int) -> str:
    fused = getattr(layer, "fused", None) is not False and len(node.inputs[0].shape) == 4
    return "FusedBatchNormV3" if fused else "batchnorm/add_1"


def _upsampling(layer: Any, node: Any, index: int) -> str:
    return f"resize/Resize{'Bilinear' if layer.interpolation == 'bilinear' else 'NearestNeighbor'}"


_LAYERS: dict[str, str | Callable[..., str | None]] = {
    "TFOpLambda": _op, "Dense": _dense, "Activation": _activation,
    "Conv1D": _convolution, "Conv2D": _convolution, "Conv3D": _convolution,
    "Conv1DTranspose": _product("conv1d_transpose/Squeeze"), "Conv2DTranspose": _product("conv2d_transpose"),
    "Conv3DTranspose": _product("conv3d_transpose"), "SeparableConv2D": _product("separable_conv2d"),
    "SeparableConv1D": _product("Squeeze", "Squeeze"), "DepthwiseConv1D": _product("Squeeze", "Squeeze"),
    "DepthwiseConv2D": _product("depthwise"), "LocallyConnected1D": _product("transpose", "add"),
    "LocallyConnected2D": _product("transpose", "add"), "EinsumDense": _einsum, "SpectralNormalization": _normalized,
    "LSTM": _recurrent, "GRU": _recurrent, "SimpleRNN": _recurrent, "Bidirectional": _bidirectional,
    "RNN": _recurrent, "TimeDistributed": "Reshape_1", "ConvLSTM": "strided_slice_2",
    "MaxPooling1D": "Squeeze", "MaxPooling2D": "MaxPool", "MaxPooling3D": "MaxPool3D", "AveragePooling1D": "Squeeze",
    "AveragePooling2D": "AvgPool", "AveragePooling3D": "AvgPool3D", "GlobalMaxPooling1D": "Max",
    "GlobalMaxPooling2D": "Max", "GlobalMaxPooling3D": "Max", "GlobalAveragePooling1D": "Mean",
    "GlobalAveragePooling2D": "Mean", "GlobalAveragePooling3D": "Mean", "ZeroPadding1D": "Pad", "ZeroPadding2D": "Pad",
    "ZeroPadding3D": "Pad", "Cropping1D": "strided_slice", "Cropping2D": "strided_slice", "Cropping3D": "strided_slice",
    "UpSampling1D": "concat", "UpSampling2D": _upsampling, "UpSampling3D": "concat_2", "Flatten": "Reshape",
    "Reshape": "Reshape", "Permute": "transpose", "RepeatVector": "Tile", "Dropout": "Identity",
    "GaussianNoise": _KEPT, "GaussianDropout": _KEPT, "AlphaDropout": _KEPT, "ActivityRegularization": _KEPT,
    "Masking": "mul", "Embedding": "embedding_lookup/Identity", "BatchNormalization": _batch_normalization,
    "LayerNormalization": "add", "GroupNormalization": "Reshape_4", "UnitNormalization": "l2_normalize",
    "LeakyReLU": "LeakyRelu", "PReLU": "add", "ELU": "Elu", "ThresholdedReLU": "mul", "Softmax": "Softmax",
    "ReLU": lambda layer, node, index: "Relu6" if layer.max_value == 6 else "Relu", "Rescaling": "add",
    "Resizing": "resize/ResizeBilinear", "CenterCrop": "cond/Identity", "RandomCrop": "cond/Identity",
    "RandomRotation": _WARPED, "RandomZoom": _WARPED, "RandomTranslation": _WARPED,
    "RandomContrast": "clip_by_value", "RandomBrightness": "clip_by_value",
    "RandomFlip": lambda layer, node, index: (
        f"stateless_random_flip_{'left_right' if layer.mode == 'horizontal' else 'up_down'}/add"
    ), "Normalization": "truediv",
    "Discretization": "Identity", "CategoryEncoding": "bincount/DenseBincount", "IntegerLookup": "Identity",
    "StringLookup": "Identity", "TextVectorization": "RaggedToTensor/RaggedTensorToTensor",
    "Add": _numbered("add"), "Subtract": "sub", "Multiply": _numbered("mul"), "Average": "truediv",
    "Maximum": _numbered("Maximum"), "Minimum": _numbered("Minimum"), "Concatenate": "concat", "Dot": "Squeeze",
    "Attention": "MatMul_1", "AdditiveAttention": "MatMul", "MultiHeadAttention": _attention_scores,
}  # fmt: skip
