"""`tf.config`: devices and switches."""

from types import SimpleNamespace as _Namespace

from addax.core import devices as _devices
from addax.core.devices import LogicalDevice as LogicalDevice
from addax.core.devices import LogicalDeviceConfiguration as LogicalDeviceConfiguration
from addax.core.devices import PhysicalDevice as PhysicalDevice
from addax.core.devices import get_logical_device_configuration as get_logical_device_configuration
from addax.core.devices import get_soft_device_placement as get_soft_device_placement
from addax.core.devices import get_visible_devices as get_visible_devices
from addax.core.devices import list_logical_devices as list_logical_devices
from addax.core.devices import list_physical_devices as list_physical_devices
from addax.core.devices import set_logical_device_configuration as set_logical_device_configuration
from addax.core.devices import set_soft_device_placement as set_soft_device_placement
from addax.core.devices import set_visible_devices as set_visible_devices
from addax.core.function import functions_run_eagerly as functions_run_eagerly
from addax.core.function import run_functions_eagerly as run_functions_eagerly
from addax.core.names import missing_name

experimental_run_functions_eagerly = run_functions_eagerly
experimental_functions_run_eagerly = functions_run_eagerly

threading = _Namespace(
    get_inter_op_parallelism_threads=_devices.get_inter_op_parallelism_threads,
    get_intra_op_parallelism_threads=_devices.get_intra_op_parallelism_threads,
    set_inter_op_parallelism_threads=_devices.set_inter_op_parallelism_threads,
    set_intra_op_parallelism_threads=_devices.set_intra_op_parallelism_threads,
)

optimizer = _Namespace(
    get_experimental_options=_devices.get_experimental_options,
    get_jit=_devices.get_jit,
    set_experimental_options=_devices.set_experimental_options,
    set_jit=_devices.set_jit,
)

experimental = _Namespace(
    VirtualDeviceConfiguration=LogicalDeviceConfiguration,
    enable_op_determinism=_devices.enable_op_determinism,
    enable_tensor_float_32_execution=_devices.enable_tensor_float_32_execution,
    get_device_details=_devices.get_device_details,
    get_device_policy=_devices.get_device_policy,
    get_memory_growth=_devices.get_memory_growth,
    get_memory_info=_devices.get_memory_info,
    get_memory_usage=_devices.get_memory_usage,
    get_synchronous_execution=_devices.get_synchronous_execution,
    get_virtual_device_configuration=get_logical_device_configuration,
    get_visible_devices=get_visible_devices,
    list_logical_devices=list_logical_devices,
    list_physical_devices=list_physical_devices,
    set_device_policy=_devices.set_device_policy,
    set_memory_growth=_devices.set_memory_growth,
    set_synchronous_execution=_devices.set_synchronous_execution,
    set_virtual_device_configuration=set_logical_device_configuration,
    set_visible_devices=set_visible_devices,
    tensor_float_32_execution_enabled=_devices.tensor_float_32_execution_enabled,
)

__getattr__ = missing_name(__name__, globals())
