"""What tests ask about the machine and the build: devices, GPUs, XLA."""

from __future__ import annotations

import functools
import platform
import unittest
from collections.abc import Callable
from typing import Any

import jax

from addax.core import devices, effects


def _has(platform_name: str) -> bool:
    """Whether JAX was installed with support for a platform ("cuda", "rocm")."""
    try:
        return bool(jax.devices(platform_name))
    except RuntimeError:  # no such platform
        return False


def is_built_with_cuda() -> bool:
    """Whether computations can run on NVIDIA GPUs here.

    >>> import addax as tf
    >>> tf.test.is_built_with_cuda() in (True, False)
    True
    """
    return _has("cuda")


def is_built_with_rocm() -> bool:
    """Whether computations can run on AMD GPUs here.

    >>> import addax as tf
    >>> isinstance(tf.test.is_built_with_rocm(), bool)
    True
    """
    return _has("rocm")


def is_built_with_gpu_support() -> bool:
    """Whether computations can run on GPUs here.

    >>> import addax as tf
    >>> isinstance(tf.test.is_built_with_gpu_support(), bool)
    True
    """
    return is_built_with_cuda() or is_built_with_rocm()


def is_built_with_xla() -> bool:
    """True: XLA compiles everything.

    >>> import addax as tf
    >>> tf.test.is_built_with_xla()
    True
    """
    return True


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None) -> bool:
    """Whether there is a GPU.

    Args:
        cuda_only: whether only NVIDIA's count.
        min_cuda_compute_capability: (major, minor) that it must have at least.

    >>> import addax as tf
    >>> isinstance(tf.test.is_gpu_available(), bool)
    True
    """
    if cuda_only and not is_built_with_cuda():
        return False
    for device in devices.list_physical_devices("GPU"):
        have = devices.get_device_details(device).get("compute_capability")
        if min_cuda_compute_capability is None or (have is not None and tuple(have) >= min_cuda_compute_capability):
            return True
    return False


def gpu_device_name() -> str:
    """The name of a GPU ("/device:GPU:0"), "" where there is none.

    >>> import addax as tf
    >>> tf.test.gpu_device_name() in ("", "/device:GPU:0")
    True
    """
    found = devices.list_logical_devices("GPU")
    return found[0].name if found else ""


_TARGETS = {"x86_64": ("x86_64", "amd64"), "aarch64": ("aarch64", "arm64"), "arm": ("arm",)}


def is_cpu_target_available(target: str) -> bool:
    """Whether the CPU compiler can make code for a machine ("x86_64", "aarch64"): it can for this one.

    >>> import addax as tf
    >>> tf.test.is_cpu_target_available("pdp11")
    False
    """
    machine = platform.machine().lower()
    return machine == target or machine in _TARGETS.get(target, ())


def sync_devices() -> None:
    """Wait until everything that was started has been computed.

    >>> import addax as tf
    >>> tf.test.experimental.sync_devices()
    """
    effects.finish()
    for device in jax.local_devices():
        jax.device_put(0, device).block_until_ready()


def disable_with_predicate(pred: Callable[[], bool], skip_message: str) -> Callable[..., Any]:
    """A decorator: the test is skipped where `pred()` is true.

    Args:
        pred: asked when the test would run.
        skip_message: the reason.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(self: unittest.TestCase, *args: Any, **kwargs: Any) -> Any:
            if pred():
                self.skipTest(skip_message)
            return function(self, *args, **kwargs)

        return wrapper

    return decorate


def with_eager_op_as_function(cls: Any = None, only_as_function: bool = False) -> Any:
    """A class decorator that changes nothing: every eager op is a compiled function already.

    Args:
        cls: the class; without it a decorator is returned.
        only_as_function: likewise without effect.
    """
    return cls if cls is not None else lambda each: each


def get_build_info() -> dict[str, object]:
    """What computations can run on here, as a dict with TensorFlow's keys.

    Returns:
        "is_cuda_build", "is_rocm_build", "is_tensorrt_build" (bools), and "platform_version", XLA's own description.

    >>> import addax as tf
    >>> tf.sysconfig.get_build_info()["is_tensorrt_build"]
    False
    """
    return {
        "is_cuda_build": is_built_with_cuda(),
        "is_rocm_build": is_built_with_rocm(),
        "is_tensorrt_build": False,
        "platform_version": jax.devices()[0].client.platform_version,
    }
