"""Devices by TensorFlow's names: listing, memory, `tf.device`, and the switches of `tf.config`.

Addax computes where JAX does. Settings that JAX has are passed on; those that only steer TensorFlow's own runtime
(thread pools, soft placement) are kept and reported, because programs set them and read them back.
"""

from __future__ import annotations

import collections
import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax

from addax.core import context, errors

PhysicalDevice = collections.namedtuple("PhysicalDevice", ["name", "device_type"])
LogicalDevice = collections.namedtuple("LogicalDevice", ["name", "device_type"])

_KINDS = {"cuda": "GPU", "rocm": "GPU", "gpu": "GPU"}


class LogicalDeviceConfiguration(NamedTuple):
    """How much of a device a program may use.

    Args:
        memory_limit: megabytes.
        experimental_priority: must be None.
        experimental_device_ordinal: must be None.

    >>> import addax as tf
    >>> tf.config.LogicalDeviceConfiguration(memory_limit=1024).memory_limit
    1024
    """

    memory_limit: float | None = None
    experimental_priority: Any = None
    experimental_device_ordinal: Any = None


def device_kind(device: Any) -> str:
    """TensorFlow's word for a JAX device: CPU, GPU or TPU."""
    return _KINDS.get(device.platform, device.platform.upper())


def jax_devices(device_type: str | None = None) -> list[Any]:
    """JAX's devices of one kind (all kinds: the CPU first)."""
    found: list[Any] = []
    with contextlib.suppress(RuntimeError):
        found += jax.devices("cpu")
    found += [device for device in jax.devices() if device not in found]
    return [device for device in found if device_type in (None, device_kind(device))]


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine.

    Args:
        device_type: "CPU", "GPU" or "TPU"; all by default.

    >>> import addax as tf
    >>> tf.config.list_physical_devices("CPU")[0].name
    '/physical_device:CPU:0'
    """
    counts: collections.Counter[str] = collections.Counter()
    listed = []
    for device in jax_devices(device_type):
        kind = device_kind(device)
        if kind == "CPU" and counts[kind] and _divided_cpu():
            continue  # they are parts of the first
        listed.append(PhysicalDevice(f"/physical_device:{kind}:{counts[kind]}", kind))
        counts[kind] += 1
    return listed


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices as programs name them.

    >>> import addax as tf
    >>> tf.config.list_logical_devices("CPU")[0].name
    '/device:CPU:0'
    """
    visible = get_visible_devices(device_type)
    if _divided_cpu():
        parts = [device for device in jax_devices("CPU") if device_type in (None, "CPU")]
        visible = [device for device in visible if device.device_type != "CPU"]
        listed = [LogicalDevice(f"/device:CPU:{i}", "CPU") for i in range(len(parts))]
        return listed + [LogicalDevice("/device:" + d.name.split(":", 1)[1], d.device_type) for d in visible]
    return [LogicalDevice("/device:" + device.name.split(":", 1)[1], device.device_type) for device in visible]


_visible: dict[str, list[PhysicalDevice]] = {}


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that the program lists.

    >>> import addax as tf
    >>> tf.config.get_visible_devices("CPU")[0].device_type
    'CPU'
    """
    kinds = [device_type] if device_type else sorted({device.device_type for device in list_physical_devices()})
    return [device for kind in kinds for device in _visible.get(kind, list_physical_devices(kind))]


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """List only these devices; when only CPUs are left, compute on the CPU.

    Args:
        devices: a physical device or a list of them; an empty list hides all of `device_type`.
        device_type: the kind that the list is about; all kinds by default.

    Raises:
        ValueError: a device that is not there.

    >>> import addax as tf
    >>> tf.config.set_visible_devices(tf.config.get_visible_devices())
    """
    chosen = [devices] if isinstance(devices, PhysicalDevice) else list(devices)
    known = list_physical_devices()
    for device in chosen:
        if device not in known:
            raise ValueError(f"tf.config.set_visible_devices: Unrecognized device: {device!r}; there are {known}.")
    for kind in [device_type] if device_type else {device.device_type for device in known}:
        _visible[kind] = [device for device in chosen if device.device_type == kind]
    others = [device for device in get_visible_devices() if device.device_type != "CPU"]
    if not others and any(device.device_type != "CPU" for device in known):
        jax.config.update("jax_default_device", jax.devices("cpu")[0])


def find(name: str | None) -> Any:
    """The JAX device that a device string names, None for one that says nothing.

    Raises:
        InvalidArgumentError: there is none.
    """
    if not name:
        return None
    if not isinstance(name, str):
        raise ValueError(f"tf.device: expected a string device name, received {name!r} of type {type(name).__name__}.")
    match = re.search(r"(?:device:)?(CPU|GPU|TPU)(?::(\d+|\*))?$", name.upper().replace("/", ":").strip(":"))
    if match is None:
        if re.fullmatch(r"/?(job:\w+)?(/replica:\d+)?(/task:\d+)?/?", name):
            return None
        raise ValueError(f"Unknown attribute is encountered in the device string '{name}'")
    kind, number = match.group(1), match.group(2)
    devices = jax_devices(kind)
    index = 0 if number in (None, "*") else int(number)
    if index >= len(devices):
        if kind != "CPU" and _settings["soft placement"]:
            return None
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.device('{name}')",
                expected="one of the devices " + ", ".join(device.name for device in list_logical_devices()),
                received=name,
            )
        )
    return devices[index]


@contextlib.contextmanager
def device(device_name: Any) -> Iterator[None]:
    """A block whose ops run on a device.

    Args:
        device_name: e.g. "/CPU:0" or "GPU:1"; None leaves things as they are. A missing GPU falls back to the default
            device (soft placement), as in TensorFlow.

    >>> import addax as tf
    >>> with tf.device("/CPU:0"):
    ...     tf.constant(1).device.split("/")[-1]
    'device:CPU:0'
    """
    text = device_name.to_string() if hasattr(device_name, "to_string") else device_name
    target = find(text)
    if target is None or context.state.trace is not None:  # one compiled program runs on one device
        yield
        return
    with computing_on(target):
        yield


@contextlib.contextmanager
def computing_on(target: Any) -> Iterator[None]:
    """A block whose ops run on one of JAX's devices."""
    outer = context.state.devices
    if target != (jax.config.jax_default_device or jax.devices()[0]):
        context.state.devices = (*outer, target)
    try:
        with jax.default_device(target):
            yield
    finally:
        context.state.devices = outer


# ---------------------------------------------------------------------------- settings

_settings: dict[str, Any] = {
    "soft placement": True, "inter op threads": 0, "intra op threads": 0, "jit": "", "synchronous": True,
    "optimizer options": {}, "device policy": "silent", "log placement": False,
}  # fmt: skip


def get_soft_device_placement() -> bool:
    """Whether a device that is missing is replaced by one that is there.

    >>> import addax as tf
    >>> tf.config.get_soft_device_placement()
    True
    """
    return _settings["soft placement"]


def set_soft_device_placement(enabled: bool) -> None:
    """Replace a missing device by one that is there (True, the default) or raise.

    >>> import addax as tf
    >>> tf.config.set_soft_device_placement(True)
    """
    _settings["soft placement"] = bool(enabled)


def get_inter_op_parallelism_threads() -> int:
    """What was set; 0: the system decides.

    >>> import addax as tf
    >>> tf.config.threading.get_inter_op_parallelism_threads()
    0
    """
    return _settings["inter op threads"]


def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """Keep a number that TensorFlow's runtime would use; XLA sizes its own thread pool.

    >>> import addax as tf
    >>> tf.config.threading.set_inter_op_parallelism_threads(0)
    """
    _settings["inter op threads"] = int(num_threads)


def get_intra_op_parallelism_threads() -> int:
    """What was set; 0: the system decides.

    >>> import addax as tf
    >>> tf.config.threading.get_intra_op_parallelism_threads()
    0
    """
    return _settings["intra op threads"]


def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Keep a number that TensorFlow's runtime would use; XLA sizes its own thread pool.

    >>> import addax as tf
    >>> tf.config.threading.set_intra_op_parallelism_threads(0)
    """
    _settings["intra op threads"] = int(num_threads)


def get_jit() -> str:
    """What was set; functions are compiled by XLA either way.

    >>> import addax as tf
    >>> tf.config.optimizer.get_jit()
    ''
    """
    return _settings["jit"]


def set_jit(enabled: Any) -> None:
    """Accept TensorFlow's switch; functions are compiled by XLA either way.

    >>> import addax as tf
    >>> tf.config.optimizer.set_jit("")
    """
    _settings["jit"] = "autoclustering" if enabled is True or enabled == "autoclustering" else ""


def get_experimental_options() -> dict[str, Any]:
    """The options that were set.

    >>> import addax as tf
    >>> tf.config.optimizer.get_experimental_options()
    {}
    """
    return dict(_settings["optimizer options"])


def set_experimental_options(options: dict[str, Any]) -> None:
    """Keep options of TensorFlow's graph optimizer; XLA does its own optimizations.

    >>> import addax as tf
    >>> tf.config.optimizer.set_experimental_options({})
    """
    _settings["optimizer options"].update(options)


def get_synchronous_execution() -> bool:
    """What was set.

    >>> import addax as tf
    >>> tf.config.experimental.get_synchronous_execution()
    True
    """
    return _settings["synchronous"]


def set_synchronous_execution(enable: bool | None) -> None:
    """Keep TensorFlow's switch; JAX runs asynchronously and waits when values are read.

    >>> import addax as tf
    >>> tf.config.experimental.set_synchronous_execution(True)
    """
    _settings["synchronous"] = True if enable is None else bool(enable)


def get_device_policy() -> str:
    """What was set.

    >>> import addax as tf
    >>> tf.config.experimental.get_device_policy()
    'silent'
    """
    return _settings["device policy"]


def set_device_policy(device_policy: str | None) -> None:
    """Keep TensorFlow's policy on copies between devices; JAX raises where computations mix devices.

    >>> import addax as tf
    >>> tf.config.experimental.set_device_policy("silent")
    """
    allowed = (None, "silent", "silent_for_int32", "warn", "explicit")
    if device_policy not in allowed:
        raise ValueError(f"{device_policy!r} is not a valid device policy; it is one of {allowed[1:]}.")
    _settings["device policy"] = device_policy or "silent"


def get_log_device_placement() -> bool:
    """What was set.

    >>> import addax as tf
    >>> tf.debugging.get_log_device_placement()
    False
    """
    return _settings["log placement"]


def set_log_device_placement(enabled: bool) -> None:
    """Keep TensorFlow's switch; `tensor.device` says where a tensor is.

    >>> import addax as tf
    >>> tf.debugging.set_log_device_placement(False)
    """
    _settings["log placement"] = bool(enabled)


# ---------------------------------------------------------------------------- one device

_growth: dict[str, bool] = {}
_configurations: dict[str, list[LogicalDeviceConfiguration]] = {}


def _jax_device(name: Any) -> Any:
    text = name.name if isinstance(name, PhysicalDevice | LogicalDevice) else str(name)
    found = find(text.replace("physical_device:", ""))
    if found is None:
        raise ValueError(f"Unknown device {text!r}; there are {[device.name for device in list_physical_devices()]}.")
    return found


def get_memory_growth(device: PhysicalDevice) -> bool:
    """Whether memory growth was set for a device.

    >>> import addax as tf
    >>> cpu = tf.config.list_physical_devices("CPU")[0]
    >>> tf.config.experimental.get_memory_growth(cpu)
    False
    """
    return _growth.get(device.name, False)


def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
    """Keep the setting. How JAX takes memory is decided before it starts (XLA_PYTHON_CLIENT_PREALLOCATE).

    Raises:
        ValueError: not a GPU.
    """
    if device.device_type == "CPU":
        raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")
    _growth[device.name] = bool(enable)


def get_logical_device_configuration(device: PhysicalDevice) -> list[LogicalDeviceConfiguration] | None:
    """What was set for a device.

    >>> import addax as tf
    >>> cpu = tf.config.list_physical_devices("CPU")[0]
    >>> tf.config.get_logical_device_configuration(cpu) is None
    True
    """
    return _configurations.get(device.name)


def _divided_cpu() -> bool:
    """Whether the CPU was divided into several logical devices."""
    return len(_configurations.get("/physical_device:CPU:0", ())) > 1


def set_logical_device_configuration(device: PhysicalDevice, logical_devices: Sequence[Any] | None) -> None:
    """Divide the CPU into logical devices, or keep one configuration for another device.

    Args:
        device: a physical device.
        logical_devices: a `tf.config.LogicalDeviceConfiguration` for each part.

    Raises:
        ValueError: several for a GPU: JAX does not divide one.
        RuntimeError: the CPU is in use: tensors were made, or the program started with a number of CPU devices.
    """
    wanted = list(logical_devices or [])
    if len(wanted) > 1 and device.device_type != "CPU":
        raise ValueError("tf.config.set_logical_device_configuration: JAX does not divide a GPU into several devices.")
    if len(wanted) != max(1, len(_configurations.get(device.name, ()))) and device.device_type == "CPU":
        if jax.live_arrays() or len(jax_devices("CPU")) != max(1, len(_configurations.get(device.name, ()))):
            raise RuntimeError(
                "Virtual devices cannot be modified after being initialized.\n  To do: call "
                "tf.config.set_logical_device_configuration first of all, before tensors are made."
            )
        from jax.extend import backend  # here, because few programs divide their CPU

        backend.clear_backends()
        jax.config.update("jax_num_cpu_devices", max(1, len(wanted)))
    _configurations[device.name] = wanted


def get_device_details(device: PhysicalDevice) -> dict[str, Any]:
    """What is known of a device: its name, and for a GPU its compute capability.

    >>> import addax as tf
    >>> cpu = tf.config.list_physical_devices("CPU")[0]
    >>> tf.config.experimental.get_device_details(cpu)
    {}
    """
    if device.device_type == "CPU":
        return {}
    found = _jax_device(device)
    details: dict[str, Any] = {"device_name": found.device_kind}
    capability = getattr(found, "compute_capability", None)
    if capability:
        details["compute_capability"] = tuple(int(part) for part in str(capability).split("."))
    return details


def get_memory_info(device: Any) -> dict[str, int]:
    """Bytes in use on a device, now and at most: {"current": ..., "peak": ...}.

    Raises:
        ValueError: the device does not count (a CPU).
    """
    stats = _jax_device(device).memory_stats()
    if not stats:
        raise ValueError(f"No allocator stats for device: {device}")
    return {"current": stats["bytes_in_use"], "peak": stats.get("peak_bytes_in_use", stats["bytes_in_use"])}


def get_memory_usage(device: Any) -> int:
    """Bytes in use on a device; see `get_memory_info`."""
    return get_memory_info(device)["current"]


def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Let float32 products on GPUs round their inputs to TensorFloat-32 (True), or compute them in full (False).

    >>> import addax as tf
    >>> tf.config.experimental.enable_tensor_float_32_execution(True)
    """
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if enabled else "highest")


def tensor_float_32_execution_enabled() -> bool:
    """Whether float32 products may use TensorFloat-32.

    >>> import addax as tf
    >>> tf.config.experimental.tensor_float_32_execution_enabled()
    True
    """
    return jax.config.jax_default_matmul_precision not in ("highest", "float32")


def enable_op_determinism() -> None:
    """Nothing to switch: the same program, seed and device kind give the same bits.

    >>> import addax as tf
    >>> tf.config.experimental.enable_op_determinism()
    """
