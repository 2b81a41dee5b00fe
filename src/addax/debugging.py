"""`tf.debugging`: assertions."""

from addax.core.devices import get_log_device_placement as get_log_device_placement
from addax.core.devices import set_log_device_placement as set_log_device_placement
from addax.core.names import missing_name
from addax.core.numerics import disable_check_numerics as disable_check_numerics
from addax.core.numerics import enable_check_numerics as enable_check_numerics
from addax.core.tracebacks import disable_traceback_filtering as disable_traceback_filtering
from addax.core.tracebacks import enable_traceback_filtering as enable_traceback_filtering
from addax.core.tracebacks import is_traceback_filtering_enabled as is_traceback_filtering_enabled
from addax.ops.control_flow import Assert as Assert
from addax.ops.debugging import assert_all_finite as assert_all_finite
from addax.ops.debugging import assert_equal as assert_equal
from addax.ops.debugging import assert_greater as assert_greater
from addax.ops.debugging import assert_greater_equal as assert_greater_equal
from addax.ops.debugging import assert_integer as assert_integer
from addax.ops.debugging import assert_less as assert_less
from addax.ops.debugging import assert_less_equal as assert_less_equal
from addax.ops.debugging import assert_near as assert_near
from addax.ops.debugging import assert_negative as assert_negative
from addax.ops.debugging import assert_non_negative as assert_non_negative
from addax.ops.debugging import assert_non_positive as assert_non_positive
from addax.ops.debugging import assert_none_equal as assert_none_equal
from addax.ops.debugging import assert_positive as assert_positive
from addax.ops.debugging import assert_proper_iterable as assert_proper_iterable
from addax.ops.debugging import assert_rank as assert_rank
from addax.ops.debugging import assert_rank_at_least as assert_rank_at_least
from addax.ops.debugging import assert_rank_in as assert_rank_in
from addax.ops.debugging import assert_same_float_dtype as assert_same_float_dtype
from addax.ops.debugging import assert_scalar as assert_scalar
from addax.ops.debugging import assert_shapes as assert_shapes
from addax.ops.debugging import assert_type as assert_type
from addax.ops.debugging import check_numerics as check_numerics
from addax.ops.debugging import is_numeric_tensor as is_numeric_tensor

__getattr__ = missing_name(__name__, globals())
