"""tf.train.Checkpoint: the variables of objects, saved and restored by the names of attributes."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.checkpoint import files, graph, sharding
from addax.checkpoint.restore import LoadStatus, Restorer
from addax.core import context
from addax.core.variable import Variable
from addax.formats.tensor_bundle import write_bundle


class CheckpointOptions:
    """Options of saving and restoring.

    Args:
        experimental_io_device: of TensorFlow's distributed runtime.
        experimental_enable_async_checkpoint: save in the background; saves here end before `save` returns.
        experimental_write_callbacks: functions called with the path after it is written.
        enable_async: the newer name of experimental_enable_async_checkpoint.
        experimental_skip_slot_variables: accepted.
        experimental_sharding_callback: divides what is saved into files; see
            `tf.train.experimental.ShardingCallback`. There is one file by default.

    >>> import addax as tf
    >>> tf.train.CheckpointOptions(enable_async=True).enable_async
    True
    """

    def __init__(
        self, experimental_io_device: str | None = None, experimental_enable_async_checkpoint: bool = False,
        experimental_write_callbacks: Any = None, enable_async: bool = False,
        experimental_skip_slot_variables: bool = False, experimental_sharding_callback: Any = None,
    ) -> None:  # fmt: skip
        self.experimental_io_device = experimental_io_device
        self.experimental_enable_async_checkpoint = experimental_enable_async_checkpoint or enable_async
        self.experimental_write_callbacks = experimental_write_callbacks
        self.enable_async = self.experimental_enable_async_checkpoint
        self.experimental_skip_slot_variables = experimental_skip_slot_variables
        self.experimental_sharding_callback = experimental_sharding_callback


class Checkpoint:
    """Saves and restores the state of objects: variables, modules, models, optimizers, lists and dicts of them.

    Args:
        root: an object whose parts become the checkpoint's own.
        **kwargs: objects by name.

    Raises:
        ValueError: an object that cannot hold state.

    >>> import addax as tf, os, tempfile
    >>> v = tf.Variable(3.0)
    >>> checkpoint = tf.train.Checkpoint(v=v)
    >>> path = checkpoint.save(os.path.join(tempfile.mkdtemp(), "ckpt"))
    >>> _ = v.assign(0.0)
    >>> _ = checkpoint.restore(path).assert_consumed()
    >>> float(v)
    3.0
    """

    def __init__(self, root: Any = None, **kwargs: Any) -> None:
        object.__setattr__(self, "_parts", {})
        self._save_counter: Variable | None = None
        self._root = root
        if root is not None:
            existing = graph.children(root)
            for name, part in kwargs.items():
                if name in existing and existing[name] is not part:
                    raise ValueError(
                        f"Cannot create a Checkpoint with keyword argument {name} if root.{name} already exists."
                    )
        for name, part in sorted(kwargs.items()):
            part = part() if isinstance(part, type(lambda: 0)) else part
            if not graph.holds_state(part) and not isinstance(part, list | dict | tuple | Checkpoint):
                raise ValueError(
                    "`Checkpoint` was expecting root to be a trackable object (an object derived from `Trackable`), "
                    f"got {name}={part!r:.100}. To do: pass variables, modules, models, optimizers, or lists and dicts "
                    "of them."
                )
            setattr(self, name, part)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if not name.startswith("_"):
            self._parts[name] = value
            for call in self.__dict__.pop("_when_parts_come", ()):
                call()

    def _checkpoint_children(self) -> dict[str, Any]:
        found = dict(graph.children(self._root)) if self._root is not None else {}
        found.update(self._parts)
        if self._root is not None:
            found["root"] = self._root
        if self._save_counter is not None:
            found["save_counter"] = self._save_counter
        return found

    @property
    def save_counter(self) -> Variable:
        """How often `save` was called: an int64 variable, saved too."""
        if self._save_counter is None:
            with context.init_scope():
                self._save_counter = Variable(np.int64(0), name="save_counter", dtype="int64", trainable=False)
            for call in self.__dict__.pop("_when_parts_come", ()):
                call()
        return self._save_counter

    # ------------------------------------------------------------------ writing

    def write(self, file_prefix: Any, options: CheckpointOptions | None = None) -> str:
        """Write the values as a checkpoint of exactly this prefix.

        Args:
            file_prefix: the path without `.index`.
            options: see `CheckpointOptions`.

        Returns:
            The prefix.
        """
        prefix = os.fspath(file_prefix)
        folder = os.path.dirname(prefix)
        if folder:
            os.makedirs(folder, exist_ok=True)
        nodes, tensors = graph.collect(self)
        tensors[graph.GRAPH_KEY] = np.array(graph.to_bytes(nodes), object)
        callback = None if options is None else options.experimental_sharding_callback
        plan = None if callback is None else sharding.planned(tensors, graph.owners(self), callback)
        write_bundle(prefix, tensors, plan)
        for call in (options.experimental_write_callbacks or ()) if options is not None else ():
            call(prefix)
        return prefix

    def save(self, file_prefix: Any, options: CheckpointOptions | None = None) -> str:
        """Write the values as the next numbered checkpoint, and note it in the folder's `checkpoint` file.

        Args:
            file_prefix: the path; "-1", "-2", ... is added.
            options: see `CheckpointOptions`.

        Returns:
            The prefix of the new checkpoint.
        """
        self.save_counter.assign_add(np.int64(1))
        path = self.write(f"{os.fspath(file_prefix)}-{int(self.save_counter.numpy())}", options)
        folder = os.path.dirname(path) or "."
        files.write_checkpoint_state(folder, path, [path])
        return path

    # ------------------------------------------------------------------ reading

    def read(self, save_path: Any, options: CheckpointOptions | None = None) -> LoadStatus:
        """Set the values of what `write` wrote.

        Args:
            save_path: the prefix.
            options: see `CheckpointOptions`.

        Returns:
            A status whose methods check what was matched. Variables that do not exist yet are set when they do.

        Raises:
            NotFoundError: there is no such checkpoint.
            ValueError: damaged, or a value that does not fit its variable; nothing is changed then.
        """
        restorer = Restorer(os.fspath(save_path))
        restorer.restore(self)
        return LoadStatus(restorer)

    def restore(self, save_path: Any, options: CheckpointOptions | None = None) -> LoadStatus:
        """Set the values of what `save` wrote; None does nothing. See `read`."""
        if save_path is None:
            return LoadStatus(None)
        path = files.prefix_of(save_path)
        restorer = Restorer(path)
        if "save_counter" in restorer.nodes[0].children:
            _ = self.save_counter
        restorer.restore(self)
        return LoadStatus(restorer)

    def sync(self) -> None:
        """Wait for saves in the background; there are none."""
