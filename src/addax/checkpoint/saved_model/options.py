"""What saving and loading a SavedModel can be told, and things that objects in one may hold."""

from __future__ import annotations

import enum
import errno
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from addax.core import convert, errors
from addax.core.tensor import Tensor


class VariablePolicy(enum.Enum):
    """Whether the devices of variables are written down.

    >>> import addax as tf
    >>> [policy.name for policy in tf.saved_model.experimental.VariablePolicy]
    ['NONE', 'SAVE_VARIABLE_DEVICES', 'EXPAND_DISTRIBUTED_VARIABLES']
    """

    NONE = None
    SAVE_VARIABLE_DEVICES = "save_variable_devices"
    EXPAND_DISTRIBUTED_VARIABLES = "expand_distributed_variables"

    @classmethod
    def from_obj(cls, obj: Any) -> VariablePolicy:
        """A policy, or the name of one.

        Raises:
            ValueError: neither.
        """
        if obj is None or isinstance(obj, cls):
            return obj or cls.NONE
        for policy in cls:
            if str(obj).lower() in (policy.value, policy.name.lower()):
                return policy
        raise ValueError(f"invalid value for variable policy: {obj!r}; expected one of {[p.value for p in cls]}.")


def _local(device: str | None, who: str) -> str | None:
    if device is not None and "localhost" not in device and "job:" in device:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="a device of this machine for experimental_io_device", received=repr(device))
        )
    return device


class SaveOptions:
    """How a SavedModel is written.

    Args:
        namespace_whitelist: namespaces of custom operations that may be written. Programs hold no operations of
            TensorFlow's, so any are fine.
        save_debug_info: also write each function's program as text into the folder `debug`.
        function_aliases: functions by names under which other tools look for them.
        experimental_debug_stripper: leave out operations that print or check; programs have none.
        experimental_io_device: a device of this machine, which does the writing.
        experimental_variable_policy: a `VariablePolicy` or its name; with "save_variable_devices", each variable's
            device is written.
        experimental_custom_gradients: write the gradients of functions, so that what is loaded can be trained.
        experimental_image_format: must be False; files are written whole.
        experimental_skip_saver: leave out the graph that TensorFlow's own servers restore variables with.
        experimental_sharding_callback: must be None; variables are written into one file.
        extra_tags: tags beside "serve".

    >>> import addax as tf
    >>> tf.saved_model.SaveOptions(extra_tags=["v2"]).extra_tags
    ['v2']
    """

    def __init__(
        self, namespace_whitelist: Sequence[str] | None = None, save_debug_info: bool = False,
        function_aliases: Mapping[str, Any] | None = None, experimental_debug_stripper: bool = False,
        experimental_io_device: str | None = None, experimental_variable_policy: Any = None,
        experimental_custom_gradients: bool = True, experimental_image_format: bool = False,
        experimental_skip_saver: bool = False, experimental_sharding_callback: Callable[..., Any] | None = None,
        extra_tags: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        for namespace in namespace_whitelist or ():
            if not isinstance(namespace, str):
                raise ValueError(
                    f"Whitelisted namespaces must be strings. Got: {namespace!r} of type {type(namespace)}."
                )
        if experimental_image_format or experimental_sharding_callback is not None:
            raise errors.UnimplementedError(
                errors.message(
                    "tf.saved_model.SaveOptions", expected="files written whole: experimental_image_format=False and "
                    "experimental_sharding_callback=None", received="one of them set", hint="leave them out",
                )
            )  # fmt: skip
        self.namespace_whitelist = list(namespace_whitelist or [])
        self.save_debug_info = save_debug_info
        self.function_aliases = dict(function_aliases or {})
        self.experimental_debug_stripper = experimental_debug_stripper
        self.experimental_io_device = _local(experimental_io_device, "tf.saved_model.SaveOptions")
        self.experimental_variable_policy = VariablePolicy.from_obj(experimental_variable_policy)
        self.experimental_custom_gradients = experimental_custom_gradients
        self.experimental_image_format = experimental_image_format
        self.experimental_skip_saver = experimental_skip_saver
        self.experimental_sharding_callback = experimental_sharding_callback
        self.extra_tags = None if extra_tags is None else list(extra_tags)


class LoadOptions:
    """How a SavedModel is read.

    Args:
        allow_partial_checkpoint: variables for which the file has no values are zeros, instead of an error.
        experimental_io_device: a device of this machine, which does the reading.
        experimental_skip_checkpoint: leave all variables at zero.
        experimental_variable_policy: a `VariablePolicy` or its name; devices are not restored.
        experimental_load_function_aliases: give the result an attribute `function_aliases`.

    >>> import addax as tf
    >>> tf.saved_model.LoadOptions(allow_partial_checkpoint=True).allow_partial_checkpoint
    True
    """

    def __init__(
        self, allow_partial_checkpoint: bool = False, experimental_io_device: str | None = None,
        experimental_skip_checkpoint: bool = False, experimental_variable_policy: Any = None,
        experimental_load_function_aliases: bool = False,
    ) -> None:  # fmt: skip
        self.allow_partial_checkpoint = allow_partial_checkpoint
        self.experimental_io_device = _local(experimental_io_device, "tf.saved_model.LoadOptions")
        self.experimental_skip_checkpoint = experimental_skip_checkpoint
        self.experimental_variable_policy = VariablePolicy.from_obj(experimental_variable_policy)
        self.experimental_load_function_aliases = experimental_load_function_aliases


class Asset:
    """A file that is copied into the SavedModel of the object that holds it.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is no such file.

    >>> import addax as tf, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "words.txt")
    >>> with open(path, "w") as file:
    ...     _ = file.write("one two")
    >>> tf.saved_model.Asset(path).asset_path.numpy().endswith(b"words.txt")
    True
    """

    def __init__(self, path: Any) -> None:
        path = os.fspath(path.numpy() if isinstance(path, Tensor) else path)
        self._path = path.decode() if isinstance(path, bytes) else path
        if not os.path.isfile(self._path):
            raise FileNotFoundError(errno.ENOENT, "tf.saved_model.Asset: there is no such file", self._path)

    @property
    def asset_path(self) -> Tensor:
        """Where the file is: a string tensor."""
        return convert.convert_to_tensor(self._path)


class TrackableResource:
    """A base class for things that own something outside of tensors.

    A subclass makes it in `_create_resource`, fills it in `_initialize` and gives it back in `_destroy_resource`.

    Args:
        device: where it lives; this machine's memory.

    >>> import addax as tf
    >>> class Words(tf.saved_model.experimental.TrackableResource):
    ...     def _create_resource(self):
    ...         return tf.constant(["a", "b"])
    >>> Words().resource_handle.numpy().tolist()
    [b'a', b'b']
    """

    def __init__(self, device: str = "") -> None:
        self._resource_device = device
        self._resource_handle: Any = None

    @property
    def resource_handle(self) -> Any:
        """What `_create_resource` returned; it is made and filled on first use."""
        if self._resource_handle is None:
            self._resource_handle = self._create_resource()
            self._initialize()
        return self._resource_handle

    def _create_resource(self) -> Any:
        raise NotImplementedError("TrackableResource._create_resource: to be written by the subclass.")

    def _initialize(self) -> None:
        """Fill what `_create_resource` made."""

    def _destroy_resource(self) -> None:
        """Give back what `_create_resource` made."""

    def __del__(self) -> None:
        if self.__dict__.get("_resource_handle") is not None:
            self._destroy_resource()

    def _checkpoint_children(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if not key.startswith("_resource")}
