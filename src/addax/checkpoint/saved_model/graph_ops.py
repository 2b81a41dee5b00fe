"""The operations of TensorFlow's graphs that Addax runs: a closed table from their names to ops.

Operations that touch files, Python or other processes are not in it, and never will be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.checkpoint.saved_model.graph_control import CONTROL
from addax.checkpoint.saved_model.graph_nn import LAYERS
from addax.checkpoint.saved_model.graph_run import GraphNode, call_program
from addax.checkpoint.saved_model.graph_tables import TABLES
from addax.core import convert, dtypes
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.ops import array, linalg, math, nn, random

Handler = Callable[[GraphNode, Sequence[Any]], Any]

# Outputs of operations that have several of different names; others number theirs.
_OUTPUTS = {
    "FusedBatchNormV3": ("y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3"),
    "FusedBatchNorm": ("y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"),
    "LookupTableExportV2": ("keys", "values"),
    "TensorListPopBack": ("output_handle", "tensor"),
    "TopKV2": ("values", "indices"),
    "Unique": ("y", "idx"),
    "MaxPoolWithArgmax": ("output", "argmax"),
    "SoftmaxCrossEntropyWithLogits": ("loss", "backprop"),
    "SparseSoftmaxCrossEntropyWithLogits": ("loss", "backprop"),
    "Svd": ("s", "u", "v"),
    "Qr": ("q", "r"),
}

_ONE = {
    "Abs": math.abs, "Acos": math.acos, "Acosh": math.acosh, "Asin": math.asin, "Asinh": math.asinh, "Atan": math.atan,
    "Atanh": math.atanh, "Ceil": math.ceil, "Cos": math.cos, "Cosh": math.cosh, "Digamma": math.digamma,
    "Erf": math.erf, "Erfc": math.erfc, "Erfinv": math.erfinv, "Exp": math.exp,
    "Expm1": math.expm1, "Floor": math.floor,
    "IsFinite": math.is_finite, "IsInf": math.is_inf, "IsNan": math.is_nan, "Lgamma": math.lgamma, "Log": math.log,
    "Log1p": math.log1p, "LogicalNot": math.logical_not, "Neg": math.negative, "Reciprocal": math.reciprocal,
    "Inv": math.reciprocal, "Rint": math.rint, "Round": math.round, "Rsqrt": math.rsqrt, "Sigmoid": math.sigmoid,
    "Sign": math.sign, "Sin": math.sin, "Sinh": math.sinh, "Sqrt": math.sqrt, "Square": math.square, "Tan": math.tan,
    "Tanh": math.tanh, "Elu": nn.elu, "LogSoftmax": nn.log_softmax, "Relu": nn.relu, "Relu6": nn.relu6, "Selu": nn.selu,
    "Softmax": nn.softmax, "Softplus": nn.softplus, "Softsign": nn.softsign,     "Snapshot": array.identity,
    "StopGradient": array.stop_gradient, "PreventGradient": array.identity,
    "ZerosLike": array.zeros_like, "OnesLike": array.ones_like, "L2Loss": nn.l2_loss, "Real": math.real,
    "Imag": math.imag, "Conj": math.conj, "InvertPermutation": math.invert_permutation,
    "MatrixInverse": linalg.inv, "Cholesky": linalg.cholesky, "MatrixDeterminant": linalg.det,
    "Rank": array.rank, "DeepCopy": array.identity, "CheckNumerics": array.identity,
}  # fmt: skip
_TWO = {
    "Add": math.add, "AddV2": math.add, "Atan2": math.atan2, "Div": math.divide, "DivNoNan": math.divide_no_nan,
    "Equal": math.equal, "FloorDiv": math.floordiv, "FloorMod": math.floormod, "Greater": math.greater,
    "GreaterEqual": math.greater_equal, "Less": math.less, "LessEqual": math.less_equal, "LogicalAnd": math.logical_and,
    "LogicalOr": math.logical_or, "Maximum": math.maximum, "Minimum": math.minimum, "Mul": math.multiply,
    "MulNoNan": math.multiply_no_nan, "NotEqual": math.not_equal, "Pow": math.pow, "RealDiv": math.divide,
    "SquaredDifference": math.squared_difference, "Sub": math.subtract, "TruncateDiv": math.truncatediv,
    "TruncateMod": math.truncatemod, "Xdivy": math.xdivy, "Xlogy": math.xlogy, "Xlog1py": math.xlog1py,
    "GatherNd": array.gather_nd, "BroadcastTo": array.broadcast_to, "Fill": array.fill, "ReverseV2": array.reverse,
    "Tile": array.tile,
}  # fmt: skip
_REDUCTIONS = {
    "All": math.reduce_all, "Any": math.reduce_any, "Max": math.reduce_max, "Mean": math.reduce_mean,
    "Min": math.reduce_min, "Prod": math.reduce_prod, "Sum": math.reduce_sum,
    "EuclideanNorm": math.reduce_euclidean_norm,
}  # fmt: skip


def _ints(value: Any) -> Any:
    """A tensor that decides a shape, as a list or number."""
    return np.asarray(convert.convert_to_tensor(value).numpy()).tolist()


def _reduced(op: Callable[..., Any]) -> Handler:
    return lambda node, given: op(given[0], axis=_ints(given[1]), keepdims=bool(node.attr("keep_dims", False)))


def _argument(op: Callable[..., Any]) -> Handler:
    return lambda node, given: op(given[0], _ints(given[1]), output_type=node.dtype("output_type", dtypes.int64))


def _matmul(node: GraphNode, given: Sequence[Any]) -> Any:
    turned = bool(node.attr("transpose_a", False)), bool(node.attr("transpose_b", False))
    return linalg.matmul(given[0], given[1], transpose_a=turned[0], transpose_b=turned[1])


def _batch_matmul(node: GraphNode, given: Sequence[Any]) -> Any:
    turned = bool(node.attr("adj_x", False)), bool(node.attr("adj_y", False))
    return linalg.matmul(given[0], given[1], adjoint_a=turned[0], adjoint_b=turned[1])


def _strided_slice(node: GraphNode, given: Sequence[Any]) -> Any:
    masks = {
        name: node.attr(name, 0)
        for name in ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    }
    return array.strided_slice(given[0], *given[1:4], **masks)


def _gather(node: GraphNode, given: Sequence[Any]) -> Any:
    return array.gather(given[0], given[1], axis=_ints(given[2]), batch_dims=node.attr("batch_dims", 0))


def _split(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    return list(array.split(given[1], node.attr("num_split", 1), _ints(given[0])))


def _constant(node: GraphNode, given: Sequence[Any]) -> Any:
    return convert.convert_to_tensor(node.attr("value"))


def _one_hot(node: GraphNode, given: Sequence[Any]) -> Any:
    return array.one_hot(
        given[0], _ints(given[1]), given[2], given[3], axis=node.attr("axis", -1), dtype=given[2].dtype
    )


def _assign(change: str) -> Handler:
    def handler(node: GraphNode, given: Sequence[Any]) -> list[Any]:
        getattr(_variable(node, given[0]), change)(given[1])
        return []

    return handler


def _variable(node: GraphNode, item: Any) -> Variable:
    if not isinstance(item, Variable):
        raise TypeError(f"the operation {node.name!r} expects a variable, received {type(item).__name__}.")
    return item


def _read(node: GraphNode, given: Sequence[Any]) -> Any:
    return _variable(node, given[0]).read_value()


def _uniform(node: GraphNode, given: Sequence[Any]) -> Any:
    return random.uniform(_ints(given[0]), dtype=node.dtype("dtype"))


def _normal(node: GraphNode, given: Sequence[Any]) -> Any:
    return random.normal(_ints(given[0]), dtype=node.dtype("dtype"))


def _arranged(node: GraphNode, given: Sequence[Any]) -> Any:
    return array.range(*given, dtype=given[0].dtype)


def _bucketized(node: GraphNode, given: Sequence[Any]) -> Any:
    edges = convert.convert_to_tensor(np.array(node.attr("boundaries", []), np.float32))
    flat = array.reshape(math.cast(given[0], dtypes.float32), [-1])
    return array.reshape(array.searchsorted(edges, flat, side="right"), given[0].shape)


_OTHERS: dict[str, Handler] = {
    "ArgMax": _argument(math.argmax),
    "ArgMin": _argument(math.argmin),
    "AssignAddVariableOp": _assign("assign_add"),
    "AssignSubVariableOp": _assign("assign_sub"),
    "AssignVariableOp": _assign("assign"),
    "BatchMatMul": _batch_matmul,
    "BatchMatMulV2": _batch_matmul,
    "BatchMatMulV3": _batch_matmul,
    "Bucketize": _bucketized,
    "Cast": lambda node, given: math.cast(given[0], node.dtype("DstT")),
    "ClipByValue": lambda node, given: array.clip_by_value(*given),
    "ConcatV2": lambda node, given: array.concat(list(given[:-1]), _ints(given[-1])),
    "Const": _constant,
    "Cumsum": lambda node, given: math.cumsum(
        given[0], _ints(given[1]), exclusive=bool(node.attr("exclusive")), reverse=bool(node.attr("reverse"))
    ),
    "DepthToSpace": lambda node, given: nn.depth_to_space(given[0], node.attr("block_size"), _format(node)),
    "Einsum": lambda node, given: linalg.einsum(node.text("equation"), *given),
    "ExpandDims": lambda node, given: array.expand_dims(given[0], _ints(given[1])),
    "GatherV2": _gather,
    "Identity": lambda node, given: array.identity(given[0]) if isinstance(given[0], Tensor) else given[0],
    "LeakyRelu": lambda node, given: nn.leaky_relu(given[0], alpha=node.attr("alpha", 0.2)),
    "LinSpace": lambda node, given: array.linspace(given[0], given[1], _ints(given[2])),
    "MatMul": _matmul,
    "MirrorPad": lambda node, given: array.pad(given[0], _ints(given[1]), mode=node.text("mode")),
    "OneHot": _one_hot,
    "Pack": lambda node, given: array.stack(list(given), axis=node.attr("axis", 0)),
    "Pad": lambda node, given: array.pad(given[0], _ints(given[1])),
    "PadV2": lambda node, given: array.pad(given[0], _ints(given[1]), constant_values=given[2]),
    "RandomStandardNormal": _normal,
    "RandomUniform": _uniform,
    "Range": _arranged,
    "ReadVariableOp": _read,
    "Reshape": lambda node, given: array.reshape(given[0], _ints(given[1])),
    "ResourceGather": lambda node, given: array.gather(
        _variable(node, given[0]), given[1], batch_dims=node.attr("batch_dims", 0)
    ),
    "Roll": lambda node, given: array.roll(given[0], _ints(given[1]), _ints(given[2])),
    "ScatterNd": lambda node, given: array.scatter_nd(given[0], given[1], _ints(given[2])),
    "Select": lambda node, given: _select(*given),
    "SelectV2": lambda node, given: array.where(*given),
    "Shape": lambda node, given: array.shape(given[0], out_type=node.dtype("out_type", dtypes.int32)),
    "ShapeN": lambda node, given: [array.shape(each, out_type=node.dtype("out_type", dtypes.int32)) for each in given],
    "Size": lambda node, given: array.size(given[0], out_type=node.dtype("out_type", dtypes.int32)),
    "Slice": lambda node, given: array.slice(given[0], _ints(given[1]), _ints(given[2])),
    "SpaceToDepth": lambda node, given: nn.space_to_depth(given[0], node.attr("block_size"), _format(node)),
    "Split": _split,
    "SplitV": lambda node, given: list(array.split(given[0], _ints(given[1]), _ints(given[2]))),
    "Squeeze": lambda node, given: array.squeeze(given[0], axis=node.attr("squeeze_dims") or None),
    "StridedSlice": _strided_slice,
    "TensorScatterUpdate": lambda node, given: array.tensor_scatter_nd_update(*given),
    "TopKV2": lambda node, given: list(nn.top_k(given[0], _ints(given[1]), sorted=bool(node.attr("sorted", True)))),
    "Transpose": lambda node, given: array.transpose(given[0], _ints(given[1])),
    "TruncatedNormal": lambda node, given: random.truncated_normal(_ints(given[0]), dtype=node.dtype("dtype")),
    "Unpack": lambda node, given: list(array.unstack(given[0], node.attr("num"), node.attr("axis", 0))),
    "UnsortedSegmentSum": lambda node, given: math.unsorted_segment_sum(given[0], given[1], _ints(given[2])),
    "VarIsInitializedOp": lambda node, given: convert.convert_to_tensor(True),
    "Where": lambda node, given: array.where(given[0]),
    "XlaCallModule": call_program,
}


def _format(node: GraphNode) -> str:
    return node.text("data_format", "NHWC")


def _select(condition: Any, x: Any, y: Any) -> Any:
    """`Select` of TensorFlow 1: a vector of conditions chooses rows."""
    rank = len(x.shape)
    if len(condition.shape) == 1 and rank > 1:
        condition = array.reshape(condition, [-1] + [1] * (rank - 1))
    return array.where(condition, x, y)


_TABLE: dict[str, Handler] = {
    **{name: lambda node, given, op=op: op(given[0]) for name, op in _ONE.items()},
    **{name: lambda node, given, op=op: op(given[0], given[1]) for name, op in _TWO.items()},
    **{name: _reduced(op) for name, op in _REDUCTIONS.items()},
    **_OTHERS,
    **LAYERS,
    **CONTROL,
    **TABLES,
}


def known(op: str) -> bool:
    """Whether an operation is in the table."""
    return op in _TABLE


def run(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    """The outputs of an operation."""
    out = _TABLE[node.op](node, given)
    return list(out) if isinstance(out, list | tuple) else [out]


def output_index(op: str, output: str, number: int) -> int:
    """The place of an output among those that `run` returns."""
    names = _OUTPUTS.get(op)
    return names.index(output) if names is not None and output in names else number
