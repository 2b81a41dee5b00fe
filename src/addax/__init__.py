"""The `tf` namespace: every name of TensorFlow 2 that Addax has, from the room where it lives."""

# isort: skip_file
from addax.core.context import (
    executing_eagerly as executing_eagerly, init_scope as init_scope, name_scope as name_scope,
)
from addax.core.convert import (
    constant as constant, convert_to_tensor as convert_to_tensor, is_tensor as is_tensor, register_conversion as
    register_tensor_conversion_function,
)
from addax.core.dtypes import (
    as_dtype as as_dtype, bfloat16 as bfloat16, bool as bool, complex128 as complex128, complex64 as complex64,
    double as double, DType as DType, float16 as float16, float32 as float32, float64 as float64, half as half,
    int16 as int16, int32 as int32, int64 as int64, int8 as int8, qint16 as qint16, qint32 as qint32, qint8 as
    qint8, quint16 as quint16, quint8 as quint8, resource as resource, string as string, uint16 as uint16, uint32 as
    uint32, uint64 as uint64, uint8 as uint8, variant as variant,
)
from addax.core.function import (
    function as function,
)
from addax.core.shapes import (
    TensorShape as TensorShape,
)
from addax.core.spec import (
    IndexedSlicesSpec as IndexedSlicesSpec, NoneTensorSpec as NoneTensorSpec, RaggedTensorSpec as RaggedTensorSpec,
    SparseTensorSpec as SparseTensorSpec, TensorSpec as TensorSpec, TypeSpec as TypeSpec,
)
from addax.core.tape import (
    GradientTape as GradientTape, UnconnectedGradients as UnconnectedGradients,
)
from addax.core.tensor import (
    Tensor as Tensor,
)
from addax.core.variable import (
    Variable as Variable, VariableAggregation as VariableAggregation, VariableSynchronization as
    VariableSynchronization,
)
from addax.ops.math import (
    abs as abs, acos as acos, acosh as acosh, add as add, add_n as add_n, argmax as argmax, argmin as argmin, asin
    as asin, asinh as asinh, atan as atan, atan2 as atan2, atanh as atanh, cast as cast, clip_by_global_norm as
    clip_by_global_norm, clip_by_norm as clip_by_norm, clip_by_value as clip_by_value, complex as complex, cos as
    cos, cosh as cosh, cumsum as cumsum, divide as divide, einsum as einsum, equal as equal, exp as exp, floor as
    floor, greater as greater, greater_equal as greater_equal, less as less, less_equal as less_equal, logical_and
    as logical_and, logical_not as logical_not, logical_or as logical_or, matmul as matmul, maximum as maximum,
    minimum as minimum, multiply as multiply, negative as negative, not_equal as not_equal, pow as pow, reduce_all
    as reduce_all, reduce_any as reduce_any, reduce_logsumexp as reduce_logsumexp, reduce_max as reduce_max,
    reduce_mean as reduce_mean, reduce_min as reduce_min, reduce_prod as reduce_prod, reduce_sum as reduce_sum,
    round as round, saturate_cast as saturate_cast, scalar_mul as scalar_mul, sigmoid as sigmoid, sign as sign, sin
    as sin, sinh as sinh, sqrt as sqrt, square as square, subtract as subtract, tan as tan, tanh as tanh, tensordot
    as tensordot, truediv as truediv, truncatediv as truncatediv, truncatemod as truncatemod,
)
from addax.ops.array import (
    approx_top_k as approx_top_k, argsort as argsort, bitcast as bitcast, boolean_mask as boolean_mask,
    broadcast_dynamic_shape as broadcast_dynamic_shape, broadcast_static_shape as broadcast_static_shape,
    broadcast_to as broadcast_to, concat as concat, dynamic_partition as dynamic_partition, dynamic_stitch as
    dynamic_stitch, ensure_shape as ensure_shape, expand_dims as expand_dims, eye as eye, fill as fill, gather as
    gather, gather_nd as gather_nd, get_static_value as get_static_value, identity as identity, identity_n as
    identity_n, linspace as linspace, meshgrid as meshgrid, one_hot as one_hot, ones as ones, ones_like as
    ones_like, pad as pad, parallel_stack as parallel_stack, range as range, rank as rank, repeat as repeat, reshape
    as reshape, reverse as reverse, reverse_sequence as reverse_sequence, roll as roll, scatter_nd as scatter_nd,
    searchsorted as searchsorted, sequence_mask as sequence_mask, shape as shape, shape_n as shape_n, size as size,
    slice as slice, sort as sort, split as split, squeeze as squeeze, stack as stack, stop_gradient as
    stop_gradient, strided_slice as strided_slice, tensor_scatter_nd_add as tensor_scatter_nd_add,
    tensor_scatter_nd_max as tensor_scatter_nd_max, tensor_scatter_nd_min as tensor_scatter_nd_min,
    tensor_scatter_nd_sub as tensor_scatter_nd_sub, tensor_scatter_nd_update as tensor_scatter_nd_update, tile as
    tile, transpose as transpose, unique as unique, unique_with_counts as unique_with_counts, unravel_index as
    unravel_index, unstack as unstack, where as where, zeros as zeros, zeros_like as zeros_like,
)

from addax.core.custom_gradient import custom_gradient, grad_pass_through, recompute_grad
from addax.ops.control_flow import Assert, case, cond, control_dependencies, group, no_op, switch_case, while_loop
from addax.ops.control_flow import tuple_ as tuple
from addax.ops.host_function import numpy_function, py_function
from addax.ops.mapping import foldl, foldr, map_fn, scan, vectorized_map
from addax._version import __version__ as _addax_version
from addax.core.names import missing_name
from addax import (
    bitwise as bitwise, data as data, dtypes as dtypes, errors as errors, math as math, nest as nest, nn as nn, random as random,
)

newaxis = None
__version__ = f"2.21.0+addax.{_addax_version}"

__getattr__ = missing_name(__name__, globals())
