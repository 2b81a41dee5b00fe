"""The `tf` namespace: every name of TensorFlow 2 that Addax has, from the room where it lives."""

# ruff: noqa: A004, E402, I001
# fmt: off
import gc as _gc

_collecting = _gc.isenabled()
_gc.disable()  # what is imported here stays; looking for garbage meanwhile takes a third of the time


# tensors, variables and what describes them
from addax.core.tensor import Tensor
from addax.core.variable import Variable, VariableAggregation, VariableSynchronization, variable_creator_scope
from addax.core.convert import (
    constant, convert_to_tensor, is_symbolic_tensor, is_tensor,
    register_conversion as register_tensor_conversion_function,
)
from addax.core.dtypes import (
    as_dtype, bfloat16, bool, complex128, complex64, double, DType, float16, float32, float64, half, int16, int32,
    int64, int8, qint16, qint32, qint8, quint16, quint8, resource, string, uint16, uint32, uint64, uint8, variant,
)
from addax.core.shapes import TensorShape
from addax.core.composite_specs import IndexedSlicesSpec, RaggedTensorSpec, SparseTensorSpec
from addax.core.spec import NoneTensorSpec, TensorSpec, TypeSpec
from addax.core.value_spec import type_spec_from_value

# gradients, functions, scopes and devices
from addax.core.tape import GradientTape, UnconnectedGradients
from addax.core.function import function
from addax.core.context import executing_eagerly, get_current_name_scope, init_scope, inside_function, name_scope

# arithmetic and reductions
from addax.ops.arithmetic import (
    add, atan2, divide, maximum, minimum, multiply, pow, scalar_mul, subtract, truediv, truncatediv,
    truncatemod,
)
from addax.ops.casting import cast, complex, saturate_cast
from addax.ops.clip import clip_by_global_norm, clip_by_norm, clip_by_value
from addax.ops.comparison import (
    equal, greater, greater_equal, less, less_equal, logical_and, logical_not, logical_or, not_equal,
)
from addax.ops.elementwise import (
    abs, acos, acosh, asin, asinh, atan, atanh, cos, cosh, exp, floor, negative, round, sigmoid, sign, sin, sinh,
    sqrt, square, tan, tanh,
)
from addax.ops.products import einsum, matmul, tensordot
from addax.ops.reductions import (
    argmax, argmin, reduce_all, reduce_any, reduce_logsumexp, reduce_max, reduce_mean, reduce_min, reduce_prod,
    reduce_sum,
)

# shapes, indices and order
from addax.ops.creation import (
    eye, fill, linspace, meshgrid, one_hot, ones, ones_like, range, sequence_mask, zeros, zeros_like,
)
from addax.ops.gathering import boolean_mask, dynamic_partition, dynamic_stitch, gather, gather_nd, where
from addax.ops.indexing import slice_ as slice, strided_slice
from addax.ops.joining import (
    concat, pad, parallel_stack, repeat, reverse, reverse_sequence, roll, split, stack, tile, unstack,
)
from addax.ops.scattering import (
    scatter_nd, tensor_scatter_nd_add, tensor_scatter_nd_max, tensor_scatter_nd_min, tensor_scatter_nd_sub,
    tensor_scatter_nd_update,
)
from addax.ops.sums import add_n
from addax.ops.shaping import (
    bitcast, broadcast_dynamic_shape, broadcast_static_shape, broadcast_to, ensure_shape, expand_dims,
    get_static_value, guarantee_const, identity, identity_n, rank, reshape, shape, shape_n, size, squeeze,
    stop_gradient, transpose,
)

# everything else
from addax.ops.arithmetic import truediv as realdiv

from addax import checkpoint as checkpoint, version

# Imported when they are first used, so that `import addax` costs little more than `import jax`.
_ROOMS = (
    "audio", "autodiff", "autograph", "bitwise", "config", "data", "debugging", "distribute", "dtypes", "errors",
    "experimental", "feature_column",
    "image", "io", "keras", "linalg", "lookup", "math", "nest", "nn", "profiler", "quantization", "queue", "ragged",
    "random", "saved_model", "sets", "signal", "sparse", "strings", "summary", "sysconfig", "test", "train", "types",
)
_LATER = {room: f"addax.{room}" for room in _ROOMS} | {
    "AggregationMethod": "addax.core.graph_gradients:AggregationMethod",
    "Assert": "addax.ops.control_flow:Assert",
    "CriticalSection": "addax.core.critical_section:CriticalSection",
    "DeviceSpec": "addax.core.device_spec:DeviceSpec",
    "Graph": "addax.core.graph:Graph",
    "IndexedSlices": "addax.core.indexed_slices:IndexedSlices",
    "Module": "addax.core.module:Module",
    "Operation": "addax.core.operation:Operation",
    "OptionalSpec": "addax.data.optional:OptionalSpec",
    "RaggedTensor": "addax.ops.ragged_tensor:RaggedTensor",
    "SparseTensor": "addax.ops.sparse_tensor:SparseTensor",
    "TensorArray": "addax.ops.tensor_array:TensorArray",
    "TensorArraySpec": "addax.ops.tensor_array_spec:TensorArraySpec",
    "approx_top_k": "addax.ops.sorting:approx_top_k",
    "argsort": "addax.ops.sorting:argsort",
    "as_string": "addax.ops.string_numbers:as_string",
    "assert_equal": "addax.ops.debugging:assert_equal",
    "assert_greater": "addax.ops.debugging:assert_greater",
    "assert_less": "addax.ops.debugging:assert_less",
    "assert_rank": "addax.ops.debugging:assert_rank",
    "batch_to_space": "addax.ops.nn:batch_to_space",
    "case": "addax.ops.conditionals:case",
    "cond": "addax.ops.conditionals:cond",
    "constant_initializer": "addax.keras.initializers.top_level:constant_initializer",
    "control_dependencies": "addax.ops.control_flow:control_dependencies",
    "conv": "addax.ops.nn:conv",
    "conv2d_backprop_filter_v2": "addax.ops.nn:conv2d_backprop_filter_v2",
    "conv2d_backprop_input_v2": "addax.ops.nn:conv2d_backprop_input_v2",
    "cumsum": "addax.ops.cumulative:cumsum",
    "custom_gradient": "addax.core.custom_gradient:custom_gradient",
    "device": "addax.core.devices:device",
    "edit_distance": "addax.ops.sparse_counting:edit_distance",
    "eig": "addax.ops.linalg:eig",
    "eigvals": "addax.ops.linalg:eigvals",
    "extract_volume_patches": "addax.ops.image_geometry:extract_volume_patches",
    "fftnd": "addax.ops.fourier_kernels:fftnd",
    "fingerprint": "addax.ops.fingerprinting:fingerprint",
    "foldl": "addax.ops.mapping:foldl",
    "foldr": "addax.ops.mapping:foldr",
    "get_logger": "addax.core.logger:get_logger",
    "grad_pass_through": "addax.core.custom_gradient:grad_pass_through",
    "gradients": "addax.core.graph_gradients:gradients",
    "group": "addax.ops.control_flow:group",
    "hessians": "addax.core.graph_gradients:hessians",
    "histogram_fixed_width": "addax.ops.counting:histogram_fixed_width",
    "histogram_fixed_width_bins": "addax.ops.counting:histogram_fixed_width_bins",
    "ifftnd": "addax.ops.fourier_kernels:ifftnd",
    "initializers": "addax.keras.initializers",
    "irfftnd": "addax.ops.fourier_kernels:irfftnd",
    "losses": "addax.keras.losses",
    "make_ndarray": "addax.core.tensor_proto:make_ndarray",
    "make_tensor_proto": "addax.core.tensor_proto:make_tensor_proto",
    "map_fn": "addax.ops.mapping:map_fn",
    "matrix_square_root": "addax.ops.linalg:sqrtm",
    "metrics": "addax.keras.metrics",
    "no_op": "addax.ops.control_flow:no_op",
    "nondifferentiable_batch_function": "addax.ops.batched_calls:nondifferentiable_batch_function",
    "norm": "addax.ops.linalg:norm",
    "numpy_function": "addax.ops.host_function:numpy_function",
    "ones_initializer": "addax.keras.initializers.top_level:ones_initializer",
    "optimizers": "addax.keras.optimizers",
    "print": "addax.ops.printing:print_",
    "py_function": "addax.ops.host_function:py_function",
    "ragged_fill_empty_rows": "addax.ops.ragged_rows:ragged_fill_empty_rows",
    "ragged_fill_empty_rows_grad": "addax.ops.ragged_rows:ragged_fill_empty_rows_grad",
    "random_index_shuffle": "addax.ops.index_shuffle:random_index_shuffle",
    "random_normal_initializer": "addax.keras.initializers.top_level:random_normal_initializer",
    "random_uniform_initializer": "addax.keras.initializers.top_level:random_uniform_initializer",
    "recompute_grad": "addax.core.custom_gradient:recompute_grad",
    "required_space_to_batch_paddings": "addax.ops.nn:required_space_to_batch_paddings",
    "rfftnd": "addax.ops.fourier_kernels:rfftnd",
    "scan": "addax.ops.mapping:scan",
    "searchsorted": "addax.ops.sorting:searchsorted",
    "sort": "addax.ops.sorting:sort",
    "space_to_batch": "addax.ops.nn:space_to_batch",
    "space_to_batch_nd": "addax.ops.nn:space_to_batch_nd",
    "switch_case": "addax.ops.conditionals:switch_case",
    "timestamp": "addax.ops.printing:timestamp",
    "tuple": "addax.ops.control_flow:tuple_",
    "unique": "addax.ops.sorting:unique",
    "unique_with_counts": "addax.ops.sorting:unique_with_counts",
    "unravel_index": "addax.ops.sorting:unravel_index",
    "vectorized_map": "addax.ops.mapping:vectorized_map",
    "while_loop": "addax.ops.control_flow:while_loop",
    "zeros_initializer": "addax.keras.initializers.top_level:zeros_initializer",
}

from addax.compat.alias import install_alias
from addax.core.names import missing_name

newaxis = None
__version__ = version.VERSION

__getattr__ = missing_name(__name__, globals(), _LATER)

if _collecting:
    _gc.enable()
