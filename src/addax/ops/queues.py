"""tf.queue: queues that threads share; taking from an empty one waits, and so does putting into a full one."""

from __future__ import annotations

import collections
import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, errors
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor

__all__ = ["FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue"]

_state = context.state
_numbers = itertools.count()


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


class _Store:
    """The elements of a queue in the order in which they leave it: first in, first out."""

    def __init__(self) -> None:
        self._items: Any = collections.deque()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Any) -> None:
        self._items.append(item)

    def take(self) -> Any:
        return self._items.popleft()


class _ShuffledStore(_Store):
    """Elements leave in random order."""

    def __init__(self, seed: int | None) -> None:
        self._items = []
        self._random = np.random.default_rng(seed)

    def take(self) -> Any:
        at = int(self._random.integers(len(self._items)))
        self._items[at], self._items[-1] = self._items[-1], self._items[at]
        return self._items.pop()


class _PriorityStore(_Store):
    """Elements leave by their first component, the smallest first."""

    def __init__(self) -> None:
        self._items = []
        self._order = itertools.count()

    def put(self, item: Any) -> None:
        heapq.heappush(self._items, (int(np.asarray(item[0]._value)), next(self._order), item))

    def take(self) -> Any:
        return heapq.heappop(self._items)[2]


class _Core:
    """What all handles of one queue share: its elements, and who waits for what."""

    def __init__(self, kind: str, capacity: int, least: int, store: _Store) -> None:
        self.kind = kind
        self.number = next(_numbers)
        self.capacity = capacity if capacity > 0 else (1 << 62 if capacity < 0 else 0)
        self.least = least  # how many stay behind while the queue is open
        self.store = store
        self.changed = threading.Condition()
        self.closed = self.cancelled = False

    def put(self, items: Sequence[Any]) -> None:
        """Put elements in one after another, waiting for room."""
        with self.changed:
            if self.closed:
                raise errors.CancelledError(None, None, f"{self.kind} '{self.number}' is closed.")
            for item in items:
                self.changed.wait_for(lambda: self.cancelled or len(self.store) < self.capacity)
                if self.cancelled:
                    raise errors.CancelledError(None, None, "Enqueue operation was cancelled")
                self.store.put(item)
                self.changed.notify_all()

    def take(self, count: int, fewer: bool) -> list[Any]:
        """Take elements out; from a closed queue the rest, if `fewer` than `count` will do."""

        def ready() -> bool:
            return len(self.store) - (0 if self.closed else self.least) >= count or self.closed

        with self.changed:
            self.changed.wait_for(ready)
            have = len(self.store)
            if have < count and not (fewer and have):
                raise errors.OutOfRangeError(
                    None,
                    None,
                    f"{self.kind} '{self.number}' is closed and has insufficient elements (requested {count}, current "
                    f"size {have})",
                )
            taken = [self.store.take() for _ in range(min(count, have))]
            self.changed.notify_all()
            return taken

    def close(self, cancel: bool) -> None:
        """Let nothing in any more."""
        with self.changed:
            if self.closed and not (cancel and not self.cancelled):
                raise errors.CancelledError(None, None, f"Queue '{self.number}' is already closed.")
            self.closed, self.cancelled = True, self.cancelled or cancel
            self.changed.notify_all()


_shared: dict[tuple[str, str], _Core] = {}


class QueueBase:
    """The base of the queues. Elements are tuples of tensors, or dicts if the components have names.

    A queue belongs to the host: a `tf.function` that uses one runs eagerly.

    Args:
        dtypes: the dtype of each component.
        shapes: the shape of each component, or None where elements may have any.
        names: the names of the components, or None.
        queue_ref: what holds the elements (of another queue's `queue_ref`).
    """

    def __init__(self, dtypes: Any, shapes: Any, names: Any, queue_ref: Any) -> None:
        self._dtypes = list(dtypes)
        count = len(self._dtypes)
        self._shapes = [TensorShape(shape) for shape in shapes] if shapes is not None else [TensorShape(None)] * count
        if len(self._shapes) != count:
            raise ValueError(f"tf.queue: expected as many shapes as dtypes, {count}; received {len(self._shapes)}.")
        self._names = names
        if names is not None and len(names) != count:
            raise ValueError(f"tf.queue: expected as many names as dtypes, {count}; received {len(names)}.")
        self._core: _Core = queue_ref
        self._name = "queue"

    @staticmethod
    def from_list(index: Any, queues: Sequence[QueueBase]) -> QueueBase:
        """The queue at a place of a list; its shapes are what the queues have in common.

        Args:
            index: an integer tensor.
            queues: queues with the same dtypes and names.

        Raises:
            TypeError: something that is not a queue, or queues of different dtypes.
        """
        if not queues or not all(isinstance(queue, QueueBase) for queue in queues):
            raise TypeError("tf.queue.QueueBase.from_list: expected a non-empty list of queues.")
        first = queues[0]
        if any(queue.dtypes != first.dtypes or queue.names != first.names for queue in queues):
            raise TypeError("tf.queue.QueueBase.from_list: expected queues with the same dtypes and names.")
        shapes = [
            one if all(queue.shapes[i] == one for queue in queues) else TensorShape(None)
            for i, one in enumerate(first.shapes)
        ]
        chosen = queues[int(concrete(index, "queue.QueueBase.from_list"))]
        return QueueBase(first.dtypes, shapes, first.names, chosen.queue_ref)

    @property
    def queue_ref(self) -> Any:
        """What holds the elements."""
        return self._core

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @property
    def dtypes(self) -> list[dtypes.DType]:
        """The dtype of each component."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shape of each component."""
        return self._shapes

    @property
    def names(self) -> Any:
        """The names of the components, or None."""
        return self._names

    # ------------------------------------------------------------------ in

    def _components(self, vals: Any) -> list[Tensor]:
        """The components of what was given, as tensors of the queue's dtypes."""
        _not_compiled()
        if isinstance(vals, dict):
            if self._names is None:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names) != sorted(vals):
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  "
                    f"Dictionary: {sorted(vals)},Queue: {sorted(self._names)}"
                )
            vals = [vals[name] for name in self._names]
        else:
            if self._names is not None:
                raise ValueError("You must enqueue a dictionary in a Queue with names")
            vals = _listed(vals)
        if len(vals) != len(self._dtypes):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.queue.{self._core.kind}",
                    expected=f"{len(self._dtypes)} components: {', '.join(each.name for each in self._dtypes)}",
                    received=f"{len(vals)}",
                )
            )
        return [convert.convert_to_tensor(value, kind) for value, kind in zip(vals, self._dtypes, strict=True)]

    def _check(self, value: Tensor, shape: TensorShape) -> None:
        if not value.shape.is_compatible_with(shape):
            raise ValueError(f"Shapes {value.shape} and {shape} are incompatible")

    def enqueue(self, vals: Any, name: str | None = None) -> None:
        """Put an element in; waits while the queue is full.

        Args:
            vals: a tensor, a tuple of tensors, or a dict if the components have names.
            name: ignored.

        Raises:
            CancelledError: the queue is closed, or is closed with `cancel_pending_enqueues` meanwhile.
        """
        values = self._components(vals)
        for value, shape in zip(values, self._shapes, strict=True):
            self._check(value, shape)
        self._core.put([tuple(values)])

    def enqueue_many(self, vals: Any, name: str | None = None) -> None:
        """Put several elements in, one for each entry along the first axis.

        Args:
            vals: as for `enqueue`, with one more axis at the front.
            name: ignored.
        """
        values = self._components(vals)
        count = None
        for value, shape in zip(values, self._shapes, strict=True):
            if not value.ndim:
                raise ValueError("Shape must be at least rank 1 but is rank 0: enqueue_many takes elements in a batch.")
            if count is not None and count != value.shape[0]:
                raise ValueError(f"Dimensions {count} and {value.shape[0]} are not compatible")
            count = value.shape[0]
            if not value.shape[1:].is_compatible_with(shape):
                raise ValueError(f"Shapes {value.shape[1:]} and {shape} are incompatible")
        rows = [list(value._rows()) for value in values]
        self._core.put([tuple(row[i] for row in rows) for i in range(count or 0)])

    # ------------------------------------------------------------------ out

    def _given_out(self, values: Sequence[Any]) -> Any:
        if self._names is not None:
            return dict(zip(self._names, values, strict=True))
        return values[0] if len(values) == 1 else list(values)

    def dequeue(self, name: str | None = None) -> Any:
        """Take an element out; waits while there is none.

        Raises:
            OutOfRangeError: the queue is closed and empty.
        """
        _not_compiled()
        return self._given_out(self._core.take(1, False)[0])

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out, stacked; waits while there are fewer.

        Args:
            n: how many.
            name: ignored.

        Raises:
            OutOfRangeError: the queue is closed and has fewer.
            InvalidArgumentError: the queue was made without shapes, or n is negative.
        """
        return self._several(n, False, "DequeueMany")

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out, or if the queue is closed those that are left."""
        return self._several(n, True, "DequeueUpTo")

    def _several(self, n: Any, fewer: bool, who: str) -> Any:
        _not_compiled()
        count = int(concrete(n, "queue"))
        if count < 0:
            raise errors.InvalidArgumentError(None, None, f"{who}Op requested {count} < 0 elements")
        self._check_stackable()
        taken = self._core.take(count, fewer) if count else []
        columns = list(zip(*taken, strict=True)) if taken else [()] * len(self._dtypes)
        return self._given_out([self._stacked(column, i) for i, column in enumerate(columns)])

    def _check_stackable(self) -> None:
        if not all(shape.is_fully_defined() for shape in self._shapes):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"{self._core.kind}'s DequeueMany and DequeueUpTo require the components to have specified shapes.",
            )

    def _stacked(self, column: Sequence[Tensor], component: int) -> Tensor:
        kind = self._dtypes[component]
        if not column:
            sizes = [0 if size is None else size for size in self._shapes[component].as_list()]
            return convert.convert_to_tensor(np.zeros([0, *sizes], kind.np))
        return convert.convert_to_tensor(np.stack([np.asarray(value._value) for value in column]), kind)

    # ------------------------------------------------------------------ state

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> None:
        """Let nothing in any more; what is in the queue can still be taken out.

        Args:
            cancel_pending_enqueues: whether those who wait to put something in fail (CancelledError).
            name: ignored.
        """
        _not_compiled()
        self._core.close(cancel_pending_enqueues)

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether the queue is closed, as a bool tensor."""
        return convert.constant(self._core.closed)

    def size(self, name: str | None = None) -> Tensor:
        """How many elements are in it, as an int32 tensor."""
        _not_compiled()
        with self._core.changed:
            return convert.constant(len(self._core.store), dtypes.int32)


def _not_compiled() -> None:
    if _state.trace is not None:
        raise NotCompilable("a tf.queue belongs to the host; compiled code has none")


def _core(kind: str, capacity: int, shared: str | None, store: Callable[[], _Store], least: int = 0) -> _Core:
    """A queue's core; queues of one kind with one `shared_name` have one."""
    if not shared:
        return _Core(kind, int(capacity), least, store())
    return _shared.setdefault((kind, shared), _Core(kind, int(capacity), least, store()))


def _types(kinds: Any) -> list[dtypes.DType]:
    return [dtypes.as_dtype(kind) for kind in _listed(kinds)]


def _shape_list(shapes: Any, count: int) -> Any:
    """Shapes of all components; a single shape may be given by itself."""
    if shapes is None:
        return None
    if isinstance(shapes, TensorShape) or (count == 1 and (not shapes or not isinstance(shapes[0], list | tuple))):
        single = isinstance(shapes, list | tuple) and len(shapes) == 1 and isinstance(shapes[0], TensorShape)
        return shapes if single else [shapes]
    return shapes


class FIFOQueue(QueueBase):
    """A queue whose elements leave in the order in which they came.

    Args:
        capacity: how many elements it holds at most; -1 for any number.
        dtypes: the dtype, or a list of one per component.
        shapes: the shape of each component; needed for `dequeue_many`.
        names: names of the components: elements are then dicts.
        shared_name: queues with the same one share their elements.
        name: the queue's name.

    >>> import addax as tf
    >>> q = tf.queue.FIFOQueue(3, tf.int32, shapes=[()])
    >>> q.enqueue_many([[1, 2, 3]])
    >>> int(q.dequeue()), q.dequeue_many(2).numpy().tolist()
    (1, [2, 3])
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        kinds = _types(dtypes)
        core = _core("FIFOQueue", capacity, shared_name, _Store)
        super().__init__(kinds, _shape_list(shapes, len(kinds)), names, core)
        self._name = name


class PaddingFIFOQueue(QueueBase):
    """A `FIFOQueue` of components whose sizes differ; `dequeue_many` pads them with zeros to the largest.

    Args:
        capacity: how many elements it holds at most.
        dtypes: the dtype of each component.
        shapes: the shape of each component, of known rank, None for sizes that differ.
        names: names of the components.
        shared_name: queues with the same one share their elements.
        name: the queue's name.

    Raises:
        ValueError: not as many shapes as dtypes.

    >>> import addax as tf
    >>> q = tf.queue.PaddingFIFOQueue(3, [tf.int32], shapes=[(None,)])
    >>> q.enqueue(([1],))
    >>> q.enqueue(([1, 2],))
    >>> q.dequeue_many(2).numpy().tolist()
    [[1, 0], [1, 2]]
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        core = _core("PaddingFIFOQueue", capacity, shared_name, _Store)
        super().__init__(_types(dtypes), shapes, names, core)
        self._name = name
        if any(shape.rank is None for shape in self._shapes):
            raise ValueError(
                f"tf.queue.PaddingFIFOQueue: expected shapes of known rank, with None for sizes that differ; "
                f"received {shapes}."
            )

    def _check_stackable(self) -> None:
        """Any element can be padded."""

    def _stacked(self, column: Sequence[Tensor], component: int) -> Tensor:
        if not column:
            return super()._stacked(column, component)
        arrays = [np.asarray(value._value) for value in column]
        sizes = [
            max(array.shape[axis] for array in arrays) if size is None else size
            for axis, size in enumerate(self._shapes[component].as_list())
        ]
        filler = b"" if arrays[0].dtype.kind == "O" else 0
        out = np.full([len(arrays), *sizes], filler, arrays[0].dtype)
        for row, array in enumerate(arrays):
            out[(row, *(slice(size) for size in array.shape))] = array
        return convert.convert_to_tensor(out, self._dtypes[component])


class PriorityQueue(QueueBase):
    """A queue whose elements leave by priority: their first component, an int64, the smallest first.

    Args:
        capacity: how many elements it holds at most.
        types: the dtypes of the components after the priority.
        shapes: their shapes.
        names: names of the components, the priority's first.
        shared_name: queues with the same one share their elements.
        name: the queue's name.

    >>> import addax as tf
    >>> q = tf.queue.PriorityQueue(3, [tf.string], shapes=[()])
    >>> q.enqueue((2, "late"))
    >>> q.enqueue((1, "early"))
    >>> q.dequeue()[1].numpy()
    b'early'
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        kinds = _types(types)
        rest = _shape_list(shapes, len(kinds)) if kinds else []
        all_shapes = None if rest is None else [TensorShape([]), *rest]
        core = _core("PriorityQueue", capacity, shared_name, _PriorityStore)
        super().__init__([dtypes.int64, *kinds], all_shapes, names, core)
        self._name = name


class RandomShuffleQueue(QueueBase):
    """A queue whose elements leave in random order.

    Args:
        capacity: how many elements it holds at most.
        min_after_dequeue: how many stay behind, to be mixed with what comes, until the queue is closed.
        dtypes: the dtype of each component.
        shapes: the shape of each component.
        names: names of the components.
        seed: makes the order repeatable (the order is ours, not TensorFlow's).
        shared_name: queues with the same one share their elements.
        name: the queue's name.

    Raises:
        InvalidArgumentError: min_after_dequeue is not less than capacity.

    >>> import addax as tf
    >>> q = tf.queue.RandomShuffleQueue(4, 0, tf.int32, shapes=[()], seed=1)
    >>> q.enqueue_many([[1, 2, 3]])
    >>> sorted(q.dequeue_many(3).numpy().tolist())
    [1, 2, 3]
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        if not 0 <= min_after_dequeue < max(int(capacity), 0) and capacity >= 0:
            raise errors.InvalidArgumentError(
                None, None, f"min_after_dequeue {min_after_dequeue} must be >= 0 and < capacity {capacity}"
            )
        kinds = _types(dtypes)
        core = _core("RandomShuffleQueue", capacity, shared_name, lambda: _ShuffledStore(seed), int(min_after_dequeue))
        super().__init__(kinds, _shape_list(shapes, len(kinds)), names, core)
        self._name = name
