"""tf.DeviceSpec: the parts of a device's name."""

from __future__ import annotations

import re
from typing import Any


class DeviceSpec:
    """A device, as far as it is named: /job:worker/replica:0/task:1/device:GPU:0.

    Args:
        job: the name of the job.
        replica: the number of the replica.
        task: the number of the task.
        device_type: "CPU", "GPU" or "TPU".
        device_index: the number of the device.

    >>> import addax as tf
    >>> tf.DeviceSpec(job="ps", device_type="CPU", device_index=0).to_string()
    '/job:ps/device:CPU:0'
    """

    __slots__ = ("device_index", "device_type", "job", "replica", "task")

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        set_ = object.__setattr__
        set_(self, "job", None if job is None else str(job))
        set_(self, "replica", None if replica is None else int(replica))
        set_(self, "task", None if task is None else int(task))
        set_(self, "device_type", None if device_type is None else str(device_type).upper())
        set_(self, "device_index", None if device_index is None else int(device_index))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"DeviceSpec cannot be changed (setting {name!r}); use replace().")

    @classmethod
    def from_string(cls, spec: str) -> DeviceSpec:
        """The parts of a name.

        Raises:
            ValueError: a part that is not known.
        """
        found: dict[str, Any] = {}
        for part in spec.strip("/").split("/") if spec.strip("/") else ():
            match = re.fullmatch(r"(job|replica|task|device|cpu|gpu|tpu|CPU|GPU|TPU):([\w*]+)(?::(\d+|\*))?", part)
            if match is None:
                raise ValueError(f"Unknown attribute {part!r} is encountered in the device string {spec!r}")
            key, value, index = match.groups()
            if key in ("job",):
                found["job"] = value
            elif key in ("replica", "task"):
                found[key] = int(value)
            elif key == "device":
                found["device_type"] = None if value == "*" else value
                found["device_index"] = None if index in (None, "*") else int(index)
            else:
                found["device_type"] = key
                found["device_index"] = None if value == "*" else int(value)
        return cls(**found)

    def parse_from_string(self, spec: str) -> DeviceSpec:
        """The parts of a name; the older spelling of `from_string`."""
        return type(self).from_string(spec)

    def to_string(self) -> str:
        """The name."""
        parts = []
        if self.job is not None:
            parts.append(f"/job:{self.job}")
        if self.replica is not None:
            parts.append(f"/replica:{self.replica}")
        if self.task is not None:
            parts.append(f"/task:{self.task}")
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            parts.append(f"/device:{self.device_type}:{index}")
        return "".join(parts)

    def make_merged_spec(self, dev: DeviceSpec) -> DeviceSpec:
        """This one, with what `dev` says in its place."""
        return DeviceSpec(
            **{
                name: getattr(self, name) if getattr(dev, name) is None else getattr(dev, name)
                for name in DeviceSpec.__slots__
            }
        )

    def replace(self, **kwargs: Any) -> DeviceSpec:
        """This one with other parts."""
        return DeviceSpec(**{**{name: getattr(self, name) for name in DeviceSpec.__slots__}, **kwargs})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in sorted(DeviceSpec.__slots__))
        return f"DeviceSpec({parts})"
