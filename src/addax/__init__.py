"""The `tf` namespace: every name of TensorFlow 2 that Addax has, from the room where it lives."""

# ruff: noqa: A004, E402, I001
# fmt: off
import gc as _gc

_collecting = _gc.isenabled()
_gc.disable()  # what is imported here stays; looking for garbage meanwhile takes a third of the time

from addax._version import __version__ as _addax_version

# tensors, variables and what describes them
from addax.core.tensor import Tensor
from addax.core.variable import Variable, VariableAggregation, VariableSynchronization
from addax.core.convert import (
    constant, convert_to_tensor, is_tensor, register_conversion as register_tensor_conversion_function,
)
from addax.core.dtypes import (
    as_dtype, bfloat16, bool, complex128, complex64, double, DType, float16, float32, float64, half, int16, int32,
    int64, int8, qint16, qint32, qint8, quint16, quint8, resource, string, uint16, uint32, uint64, uint8, variant,
)
from addax.core.shapes import TensorShape
from addax.core.spec import (
    IndexedSlicesSpec, NoneTensorSpec, RaggedTensorSpec, SparseTensorSpec, TensorSpec, spec_of as
    type_spec_from_value, TypeSpec,
)
from addax.core.indexed_slices import IndexedSlices
from addax.core.module import Module
from addax.ops.tensor_array import TensorArray

# gradients, functions, scopes and devices
from addax.core.tape import GradientTape, UnconnectedGradients
from addax.core.custom_gradient import custom_gradient, grad_pass_through, recompute_grad
from addax.core.function import function
from addax.core.context import executing_eagerly, init_scope, name_scope
from addax.core.devices import device

# control flow, printing and checks
from addax.ops.control_flow import (
    Assert, case, cond, control_dependencies, group, no_op, switch_case, tuple_ as tuple, while_loop,
)
from addax.ops.mapping import foldl, foldr, map_fn, scan, vectorized_map
from addax.ops.host_function import numpy_function, py_function
from addax.ops.printing import print_ as print, timestamp
from addax.ops.debugging import assert_equal, assert_greater, assert_less, assert_rank

# arithmetic and reductions
from addax.ops.math import (
    abs, acos, acosh, add, add_n, argmax, argmin, asin, asinh, atan, atan2, atanh, cast, clip_by_global_norm,
    clip_by_norm, clip_by_value, complex, cos, cosh, cumsum, divide, einsum, equal, exp, floor, greater,
    greater_equal, histogram_fixed_width, histogram_fixed_width_bins, less, less_equal, logical_and, logical_not,
    logical_or, matmul, maximum, minimum, multiply, negative, not_equal, pow, reduce_all, reduce_any,
    reduce_logsumexp, reduce_max, reduce_mean, reduce_min, reduce_prod, reduce_sum, round, saturate_cast,
    scalar_mul, sigmoid, sign, sin, sinh, sqrt, square, subtract, tan, tanh, tensordot, truediv, truncatediv,
    truncatemod,
)

# shapes, indices and order
from addax.ops.array import (
    approx_top_k, argsort, bitcast, boolean_mask, broadcast_dynamic_shape, broadcast_static_shape, broadcast_to,
    concat, dynamic_partition, dynamic_stitch, ensure_shape, expand_dims, eye, fill, gather, gather_nd,
    get_static_value, identity, identity_n, linspace, meshgrid, one_hot, ones, ones_like, pad, parallel_stack,
    range, rank, repeat, reshape, reverse, reverse_sequence, roll, scatter_nd, searchsorted, sequence_mask, shape,
    shape_n, size, slice, sort, split, squeeze, stack, stop_gradient, strided_slice, tensor_scatter_nd_add,
    tensor_scatter_nd_max, tensor_scatter_nd_min, tensor_scatter_nd_sub, tensor_scatter_nd_update, tile, transpose,
    unique, unique_with_counts, unravel_index, unstack, where, zeros, zeros_like,
)

# everything else
from addax.ops.linalg import eig, eigvals, sqrtm as matrix_square_root, norm
from addax.ops.image_geometry import extract_volume_patches
from addax.ops.fourier import fftnd, ifftnd, irfftnd, rfftnd
from addax.ops.nn import (
    batch_to_space, conv, conv2d_backprop_filter_v2, conv2d_backprop_input_v2, required_space_to_batch_paddings,
    space_to_batch, space_to_batch_nd,
)
from addax.ops.math import truediv as realdiv

# modules
from addax import autograph as autograph
from addax import (
    bitwise, config, data, debugging, dtypes, errors, image, keras, linalg, math, nest, nn, random, signal, summary,
)
from addax.keras.initializers.top_level import (
    constant_initializer, ones_initializer, random_normal_initializer, random_uniform_initializer, zeros_initializer,
)

from addax.compat.alias import install_alias
from addax.core.names import missing_name

newaxis = None
__version__ = f"2.21.0+addax.{_addax_version}"

__getattr__ = missing_name(__name__, globals())

if _collecting:
    _gc.enable()
