"""What TensorFlow calls the operations of its graphs: types, names of nodes, and which options are inputs there.

A table from our ops. An op that is not in it has its own name in capitals as its type, and its arrays as inputs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# Our op: TensorFlow's type, "@" what its nodes are called where that is something else, and its inputs in order: our
# argument, ":" what a constant there is called if not so. Options that are inputs there become constants.
_TABLE = """
add AddV2@Add x y
subtract Sub x y
multiply Mul x y
truediv RealDiv@truediv x y
divide_no_nan DivNoNan@div_no_nan x y
floordiv FloorDiv@floordiv x y
floormod FloorMod x y
pow Pow x y exponent:y
matmul MatMul a b
logical_and LogicalAnd x y
logical_or LogicalOr x y
logical_not LogicalNot x
negative Neg x
is_nan IsNan x
is_inf IsInf x
is_finite IsFinite x
equal Equal x y
not_equal NotEqual x y
greater Greater x y
greater_equal GreaterEqual x y
less Less x y
less_equal LessEqual x y
reduce_sum Sum input_tensor axis:reduction_indices
reduce_mean Mean input_tensor axis:reduction_indices
reduce_max Max input_tensor axis:reduction_indices
reduce_min Min input_tensor axis:reduction_indices
reduce_prod Prod input_tensor axis:reduction_indices
reduce_any Any input_tensor axis:reduction_indices
reduce_all All input_tensor axis:reduction_indices
argmax ArgMax input axis:dimension
argmin ArgMin input axis:dimension
cumsum Cumsum x axis
cumprod Cumprod x axis
add_n AddN inputs
einsum Einsum@einsum/Einsum inputs
tensordot MatMul@Tensordot/MatMul a b
transpose Transpose@transpose a perm
matrix_transpose Transpose@matrix_transpose/transpose a
reshape Reshape tensor shape
expand_dims ExpandDims input axis:dim
squeeze Squeeze input
concat ConcatV2@concat values axis
stack Pack@stack values
unstack Unpack@unstack value
split Split@split axis:split_dim value
tile Tile input multiples
pad Pad tensor paddings
gather GatherV2 params indices axis
gather_nd GatherNd params indices
slice Slice input_ begin size
getitem StridedSlice@strided_slice
shape Shape input
size Size input
rank Rank input
where SelectV2 condition:condition x:t y:e
one_hot OneHot@one_hot indices depth on_value off_value
reverse ReverseV2 tensor axis
roll Roll input shift axis
broadcast_to BroadcastTo input shape
zeros Const@zeros
ones Const@ones
eye Const@eye
range Const@range
zeros_like ZerosLike@zeros_like input
ones_like OnesLike@ones_like input
fill Fill dims value
clip_by_value ClipByValue@clip_by_value t clip_value_min clip_value_max
top_k TopKV2 input k
segment_sum SegmentSum data segment_ids
inv MatrixInverse input
det MatrixDeterminant input
cholesky Cholesky input
solve MatrixSolve@MatrixSolve matrix rhs
diag MatrixDiagV3@diag diagonal
diag_part MatrixDiagPartV3@diag_part input
band_part MatrixBandPart input num_lower num_upper
leaky_relu LeakyRelu features
bias_add BiasAdd value bias
softmax_cross_entropy_with_logits SoftmaxCrossEntropyWithLogits@softmax_cross_entropy_with_logits logits:features labels
sparse_softmax_cross_entropy_with_logits SparseSoftmaxCrossEntropyWithLogits logits:features labels
conv2d Conv2D input filters
conv3d Conv3D input filters
depthwise_conv2d DepthwiseConv2dNative@depthwise input filter
max_pool MaxPool@MaxPool2d input
avg_pool AvgPool@AvgPool2d input
resize ResizeBilinear@resize/ResizeBilinear images size
stateless_normal StatelessRandomNormalV2 key
random.normal RandomStandardNormal@random_normal
random.uniform RandomUniform@random_uniform/RandomUniform
random.shuffle RandomShuffle value
scatter_nd ScatterNd indices updates shape
tensor_scatter_nd TensorScatterUpdate tensor indices updates
space_to_batch SpaceToBatchND input block_shape paddings
l2_loss L2Loss t
tf.cond StatelessIf@cond
if StatelessIf@cond
tf.case StatelessCase@case
tf.switch_case StatelessCase@switch_case
tf.while_loop StatelessWhile@while
while StatelessWhile@while
for StatelessWhile@while
tf.map_fn StatelessWhile@map/while
tf.scan StatelessWhile@scan/while
"""
# What Python's operators call their nodes, where it is not the type.
OPERATORS = {
    "add": "add", "subtract": "sub", "multiply": "mul", "truediv": "truediv", "floordiv": "floordiv",
    "floormod": "mod", "pow": "pow", "matmul": "matmul", "logical_and": "and", "logical_or": "or",
    "logical_xor": "xor", "bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "xor",
}  # fmt: skip
ATTRIBUTES = {"keepdims": "keep_dims", "num": "num", "axis": "axis"}
_REDUCTIONS = frozenset(("Sum", "Mean", "Max", "Min", "Prod", "Any", "All"))


class OperationType(NamedTuple):
    """A type of operations: its name, what nodes are called, and (our argument, its name there) of inputs, or None."""

    type: str
    node: str
    inputs: tuple[tuple[str, str], ...] | None


def _row(line: str) -> tuple[str, OperationType]:
    ours, theirs, *inputs = line.split()
    kind, _, node = theirs.partition("@")
    pairs = [(name, called or name) for name, _, called in (each.partition(":") for each in inputs)]
    return ours, OperationType(kind, node or kind, tuple(pairs) or None)


_TYPES = dict(_row(line) for line in _TABLE.strip().splitlines())


def operation_type(name: str) -> OperationType:
    """The type of what our op of a name becomes.

    >>> from addax.core.operation_types import operation_type
    >>> operation_type("nn.log_softmax").type, operation_type("add").node
    ('LogSoftmax', 'Add')
    """
    name = name.partition(" ")[0]
    last = name.rpartition(".")[2]
    found = _TYPES.get(name) or _TYPES.get(last)
    if found is None:
        kind = "".join(part[:1].upper() + part[1:] for part in last.split("_"))
        found = OperationType(kind, kind, None)
    return found


def operator_node(name: str) -> str | None:
    """What the nodes of a Python operator are called that runs our op of a name."""
    return OPERATORS.get(name.partition(" ")[0].rpartition(".")[2])


def implied(kind: str, argument: str, rank: int | None) -> Any:
    """The constant that stands for an option that was left out; None where there is no input then."""
    if rank is None:
        return None
    if kind in _REDUCTIONS and argument == "axis":
        return np.arange(rank, dtype=np.int32)
    if kind == "Transpose" and argument == "perm":
        return np.arange(rank, dtype=np.int32)[::-1]
    return np.int32(0) if kind == "GatherV2" and argument == "axis" else None
