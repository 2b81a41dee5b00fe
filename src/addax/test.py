"""`tf.test`: for tests of programs that use tensors."""

from types import SimpleNamespace

from addax.core.names import missing_name
from addax.testing.benchmark import Benchmark, main
from addax.testing.case import TestCase
from addax.testing.graphs import assert_equal_graph_def
from addax.testing.machine import (
    disable_with_predicate,
    gpu_device_name,
    is_built_with_cuda,
    is_built_with_gpu_support,
    is_built_with_rocm,
    is_built_with_xla,
    is_cpu_target_available,
    is_gpu_available,
    sync_devices,
    with_eager_op_as_function,
)
from addax.testing.numeric_gradient import compute_gradient

experimental = SimpleNamespace(sync_devices=sync_devices)

__getattr__ = missing_name(__name__, globals())
