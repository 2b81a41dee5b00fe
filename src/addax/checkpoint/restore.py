"""Restoring objects from a checkpoint: matched by the names of their parts, checked before anything is set."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.checkpoint import graph, waiting
from addax.core import context, errors
from addax.core.host_memory import taken_over
from addax.core.variable import Variable
from addax.formats.errors import CorruptFileError, with_others
from addax.formats.tensor_bundle import TensorBundle


class Restorer:
    """One restore: what was matched, and what waits for objects that do not exist yet.

    Args:
        prefix: the checkpoint's path without `.index`.

    Raises:
        NotFoundError: it is not there.
        CorruptFileError: damaged, or written without an object graph.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        try:
            self.bundle = TensorBundle(prefix)
        except FileNotFoundError as error:
            raise errors.NotFoundError(
                errors.message(
                    "tf.train.Checkpoint",
                    expected=f"a checkpoint at {prefix!r}: {error}",
                    hint="tf.train.latest_checkpoint(folder) names the newest one of a folder",
                )
            ) from None
        if graph.GRAPH_KEY not in self.bundle:
            raise CorruptFileError(
                self.bundle.index, "has no object graph: it was written by TensorFlow 1's Saver",
                hint="read it by names with tf.train.load_checkpoint",
            )  # fmt: skip
        self.nodes = graph.from_bytes(self.bundle.read(graph.GRAPH_KEY).item(), self.bundle.index)
        self.matched: dict[int, Any] = {}
        self.root: Any = None
        self._before: list[tuple[Any, Any]] | None = None  # what was set and its value, while it may have to go back
        self._failed = False

    def restore(self, root: Any) -> None:
        """Set everything reachable from `root` that the checkpoint has a value for.

        Raises:
            CorruptFileError: a value that does not fit; nothing is changed then.
        """
        self.root, self._before = root, []
        try:
            self._apply(root, 0)
            for item, _, _ in list(graph.walk(root)):
                prepare = getattr(type(item), "_checkpoint_prepare", None)
                if prepare is not None:  # a model makes its optimizer's variables, if values wait for them
                    prepare(item)
        except BaseException:
            self._failed = True
            with context.init_scope():
                for item, value in reversed(self._before):
                    item.assign(value) if isinstance(item, Variable) else item._checkpoint_load(value)
            raise
        finally:
            self._before = None

    def _apply(self, root: Any, number: int) -> None:
        found: list[tuple[Any, int, Any]] = []
        fresh: dict[int, Any] = {}
        pending = [(root, number, root)]
        while pending:
            item, at, owner = pending.pop()
            if at in self.matched or at in fresh:
                continue
            fresh[at] = item
            owner = item if hasattr(item, "__dict__") and not isinstance(item, Variable) else owner
            found.append((item, at, owner))
            parts = self._present(item, at)
            pending.extend((part, self.nodes[at].children[name], owner) for name, part in parts.items())
        slots = self._slots([(item, at) for item, at, _ in found], fresh)
        pairs = sorted([*((item, at) for item, at, _ in found), *slots], key=lambda pair: pair[1])
        values = self._values([(item, self.nodes[at]) for item, at in pairs if self.nodes[at].tensors])
        with context.init_scope():
            for item, tensors in values:
                self._set(item, tensors)
            for item, _, _ in found:
                finish = getattr(type(item), "_checkpoint_restored", None)
                if finish is not None:  # a layer computes something of its state
                    finish(item)
        self.matched.update(fresh)
        for item, at, owner in found:
            self._wait(item, at, owner)

    def _present(self, item: Any, number: int) -> dict[str, Any]:
        """The parts of an object that the checkpoint knows, by their names; lists and dicts that lack some wait."""
        parts, present = graph.children(item), {}
        for name, child in self.nodes[number].children.items():
            part = parts.get(name)
            if self.nodes[child].children and (part is None or type(part) in (list, dict)):
                container = waiting.open_ended(item, name, self.nodes[child].children)
                part = container if isinstance(container, list | dict) else part
            if part is not None:
                present[name] = part
        return present

    def _slots(self, found: list[tuple[Any, int]], fresh: dict[int, Any]) -> list[tuple[Any, int]]:
        """The slot variables of optimizers that exist, with their nodes; they are noted in `fresh`."""
        pairs = []
        for item, at in found:
            if not (self.nodes[at].slots and graph.has_slots(item)):
                continue
            existing = {(id(variable), name): slot for variable, name, slot in item._checkpoint_slots()}
            for number, name, slot_number in self.nodes[at].slots:
                variable = fresh.get(number, self.matched.get(number))
                slot = existing.get((id(variable), name))
                if slot is not None and slot_number not in self.matched and slot_number not in fresh:
                    fresh[slot_number] = slot
                    pairs.append((slot, slot_number))
        return pairs

    def _slots_missing(self, item: Any, at: int) -> bool:
        return graph.has_slots(item) and any(slot not in self.matched for _, _, slot in self.nodes[at].slots)

    def _apply_slots(self, item: Any, at: int) -> None:
        """Set slot variables that have come to be."""
        fresh: dict[int, Any] = {}
        values = self._values([(slot, self.nodes[n]) for slot, n in self._slots([(item, at)], fresh)])
        with context.init_scope():
            for slot, tensors in values:
                self._set(slot, tensors)
        self.matched.update(fresh)

    def _values(self, pairs: list[tuple[Any, graph.Node]]) -> list[tuple[Any, dict[str, np.ndarray]]]:
        """The values of objects by attribute; all of them are checked before the first is read."""
        problems: list[CorruptFileError] = []
        named = [(item, graph.tensors_of(item, node)) for item, node in pairs]
        for item, tensors in named:
            for attribute, key in tensors.items():
                try:
                    if key not in self.bundle:
                        raise CorruptFileError(self.bundle.index, "is missing", member=key)
                    if isinstance(item, Variable) and attribute == graph.VALUE:
                        self._check(item, key)
                except CorruptFileError as error:
                    problems.append(error)
        if problems:
            raise with_others(problems, "restore it into objects of the shapes that were saved")
        found = self.bundle.read_all(key for _, tensors in named for key in tensors.values())
        return [(item, {name: found[key] for name, key in tensors.items()}) for item, tensors in named]

    def _check(self, variable: Variable, key: str) -> None:
        entry = self.bundle[key]
        want = tuple(variable.shape.as_list())
        fits = len(want) == len(entry.shape) and all(a in (None, b) for a, b in zip(want, entry.shape, strict=True))
        text = variable.dtype.name == "string"
        if not fits or text != (entry.dtype is None) or not text and entry.dtype != variable.dtype.np:
            raise CorruptFileError(
                self.bundle.index, f"does not fit the variable {variable.name!r}", member=key,
                expected=f"shape {want} {variable.dtype.name}",
                received=f"shape {entry.shape} {'string' if entry.dtype is None else entry.dtype}",
            )  # fmt: skip

    def _wait(self, item: Any, number: int, owner: Any) -> None:
        """Restore parts of an object (of containers in it too) when they come to be; it says so itself."""
        parts = self._present(item, number)
        owner = getattr(owner, "_checkpoint_owner", owner)
        complete = all(name in parts for name in self.nodes[number].children) and not self._slots_missing(item, number)
        if complete or not hasattr(owner, "__dict__"):
            return
        if isinstance(item, waiting.WaitingList | waiting.WaitingDict):
            owner = item
        hooks = "_hooks" if owner is item and isinstance(item, list | dict) else "_when_parts_come"

        def later() -> None:
            if self._failed:
                return
            now = self._present(item, number)
            for name, part in now.items():
                if self.nodes[number].children[name] not in self.matched:
                    self._apply(part, self.nodes[number].children[name])
            if graph.has_slots(item):
                self._apply_slots(item, number)
            if any(name not in now for name in self.nodes[number].children) or self._slots_missing(item, number):
                owner.__dict__.setdefault(hooks, []).append(later)

        owner.__dict__.setdefault(hooks, []).append(later)

    def _set(self, item: Any, tensors: dict[str, np.ndarray]) -> None:
        if isinstance(item, Variable):
            value = tensors.get(graph.VALUE)
            if value is None:
                return
            if self._before is not None:
                self._before.append((item, item.read_value()))
            item.assign(value if value.dtype == object else taken_over(value.astype(item.dtype.np, copy=False)))
        elif graph.is_saveable(item):
            if self._before is not None:
                self._before.append((item, item._checkpoint_save()))
            item._checkpoint_load(tensors)

    # ------------------------------------------------------------------ what was matched

    def unmatched_values(self) -> list[str]:
        """Tensors of the checkpoint that no object took."""
        return [
            key for number, node in enumerate(self.nodes) if number not in self.matched for key in node.tensors.values()
        ]

    def unmatched_objects(self) -> list[str]:
        """Variables of the program that got no value."""
        taken = {id(item) for item in self.matched.values()}
        return [
            f"(root).{path.replace('/', '.')}"
            for item, path, _ in graph.walk(self.root)
            if isinstance(item, Variable) and id(item) not in taken
        ]


class LoadStatus:
    """What a restore did; its methods check that it did what was wanted."""

    def __init__(self, restorer: Restorer | None) -> None:
        self._restorer = restorer

    def assert_consumed(self) -> LoadStatus:
        """Check that every value of the checkpoint went into an object, and every variable got a value.

        Raises:
            AssertionError: otherwise, naming them.
        """
        self.assert_existing_objects_matched()
        left = self._restorer.unmatched_values() if self._restorer is not None else []
        if left:
            raise AssertionError(
                "Some Python objects were not bound to checkpointed values, likely due to changes in the program: "
                + _few(left)
            )
        return self

    def assert_existing_objects_matched(self) -> LoadStatus:
        """Check that every variable of the program got a value.

        Raises:
            AssertionError: otherwise, naming them.
        """
        left = self._restorer.unmatched_objects() if self._restorer is not None else []
        if left:
            raise AssertionError(f"No checkpointed values were found for these variables: {_few(left)}")
        return self

    def assert_nontrivial_match(self) -> LoadStatus:
        """Check that something besides the root matched.

        Raises:
            AssertionError: nothing did.
        """
        if self._restorer is not None and not any(self._restorer.nodes[n].tensors for n in self._restorer.matched):
            raise AssertionError("Nothing to load: no object of the program matches one of the checkpoint.")
        return self

    def expect_partial(self) -> LoadStatus:
        """Say that values may be left over; nothing is printed about them."""
        return self

    def initialize_or_restore(self, session: Any = None) -> None:
        """Nothing to do: values are set as soon as their variables exist."""

    run_restore_ops = initialize_or_restore


def _few(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f", and {len(names) - 8} more" if len(names) > 8 else "")
