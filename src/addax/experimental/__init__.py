"""`tf.experimental`: types of the user's own, dispatch, NumPy's functions, and what else is new."""

from addax.core.asynchrony import async_clear_error, async_scope, enable_strict_mode
from addax.core.dtypes import (
    float4_e2m1fn,
    float8_e4m3b11fnuz,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    int2,
    int4,
    uint2,
    uint4,
)
from addax.core.extension_type import (
    BatchableExtensionType,
    ExtensionType,
    ExtensionTypeBatchEncoder,
    ExtensionTypeSpec,
)
from addax.core.names import missing_name

_DISPATCH = (
    "dispatch_for_api",
    "dispatch_for_binary_elementwise_apis",
    "dispatch_for_binary_elementwise_assert_apis",
    "dispatch_for_unary_elementwise_apis",
    "unregister_dispatch_for",
)
_LATER = {name: f"addax.experimental.dispatch:{name}" for name in _DISPATCH} | {
    "DynamicRaggedShape": "addax.ops.dynamic_ragged_shape:DynamicRaggedShape",
    "Optional": "addax.data.optional:Optional",
    "RowPartition": "addax.ops.row_partition:RowPartition",
    "StructuredTensor": "addax.ops.structured_tensor:StructuredTensor",
    "dlpack": "addax.experimental.dlpack",
    "extension_type": "addax.experimental.extension_type",
    "numpy": "addax.experimental.numpy",
}

__getattr__ = missing_name(__name__, globals(), _LATER)
