"""`tf.dtypes`: element types."""

from types import SimpleNamespace as _Namespace

from addax.core.dtypes import DType as DType
from addax.core.dtypes import as_dtype as as_dtype
from addax.core.dtypes import bfloat16 as bfloat16
from addax.core.dtypes import bool as bool
from addax.core.dtypes import complex64 as complex64
from addax.core.dtypes import complex128 as complex128
from addax.core.dtypes import double as double
from addax.core.dtypes import float16 as float16
from addax.core.dtypes import float32 as float32
from addax.core.dtypes import float64 as float64
from addax.core.dtypes import half as half
from addax.core.dtypes import int8 as int8
from addax.core.dtypes import int16 as int16
from addax.core.dtypes import int32 as int32
from addax.core.dtypes import int64 as int64
from addax.core.dtypes import qint8 as qint8
from addax.core.dtypes import qint16 as qint16
from addax.core.dtypes import qint32 as qint32
from addax.core.dtypes import quint8 as quint8
from addax.core.dtypes import quint16 as quint16
from addax.core.dtypes import resource as resource
from addax.core.dtypes import string as string
from addax.core.dtypes import uint8 as uint8
from addax.core.dtypes import uint16 as uint16
from addax.core.dtypes import uint32 as uint32
from addax.core.dtypes import uint64 as uint64
from addax.core.dtypes import variant as variant
from addax.core.names import missing_name
from addax.ops.math import cast as cast
from addax.ops.math import complex as complex
from addax.ops.math import saturate_cast as saturate_cast

experimental = _Namespace(
    **{
        name: as_dtype(name)
        for name in (
            "float4_e2m1fn", "float8_e4m3b11fnuz", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2",
            "float8_e5m2fnuz", "int2", "int4", "uint2", "uint4",
        )
    }
)  # fmt: skip

QUANTIZED_DTYPES = frozenset({qint8, quint8, qint16, quint16, qint32})

__getattr__ = missing_name(__name__, globals())
