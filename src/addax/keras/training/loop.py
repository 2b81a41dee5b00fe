"""One pass over data: compiled chunks of steps, sized so that somebody can look every tenth of a second or so.

A chunk never crosses a step where a callback has to look. What XLA cannot compile runs step by step, eagerly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import autograph, convert, errors, garbage, random, trace, trees
from addax.core.function import functions_run_eagerly
from addax.core.interruption import whole_step
from addax.core.repeat import Repeated, is_ready, wait
from addax.core.tensor import NotCompilable, Tensor
from addax.keras.layers.static_shapes import FollowsInputs, Told, data_of, open_batch, open_sizes
from addax.keras.training.data import Batches, Rows
from addax.keras.training.labels import TargetCheck
from addax.keras.training.lost_weights import once_made
from addax.keras.training.own_functions import OwnFunction
from addax.keras.training.streams import BYTES, MOST, Block, RowStream, Stream, Waiting
from addax.summary import writer as summary

if TYPE_CHECKING:
    from addax.keras.training.ahead import Ahead

TARGET_SECONDS = 0.08
_EAGER = "eager"


class Pace:
    """How many steps fit into a chunk of TARGET_SECONDS, learned from the last chunks."""

    def __init__(self, fixed: int | None) -> None:
        self.fixed = fixed
        self.seconds: float | None = None
        self._runs = 0
        self._asked = 0

    def size(self) -> int:
        """The number of steps to run next."""
        if self.fixed is not None:
            return self.fixed
        if self.seconds is None:
            return 1 if self._runs == 0 else 8
        each = max(self.seconds, 1e-7)
        return max(1, int(TARGET_SECONDS / each))

    @property
    def unsure(self) -> bool:
        """Whether a step that runs alone should be timed: the first ones, and some later."""
        self._asked += 1
        return self._runs < 4 or self._asked % 32 == 0

    def note(self, steps: int, seconds: float) -> None:
        """A chunk took this long; the first one, which compiles, does not count."""
        self._runs += 1
        if self._runs > 1:
            each = seconds / steps
            self.seconds = each if self.seconds is None else 0.5 * (self.seconds + each)


class Programs:
    """The compiled steps of a model, by kind and batch signature."""

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}
        self._writers: dict[Any, Any] = {}  # the summary writer when each was traced
        self.paces: dict[str, Pace] = {}
        self.together: dict[str, int] = {}  # by kind of step, how many batches of a stream are put behind each other
        self.warm: set[Any] = set()  # which programs ran on blocks of which shape
        self.told: set[Told] = set()  # what the model was told of its data, see `_tell`

    def __reduce__(self) -> Any:
        return Programs, ()  # a copy of the model compiles its own

    def has(self, kind: str) -> bool:
        """Whether a step of a kind is compiled."""
        return any(key[0] == kind for key in self._made)

    def pace(self, kind: str, fixed: int | None) -> Pace:
        """The pace of a kind of step (train, test, predict)."""
        found = self.paces.get(kind)
        if found is None or found.fixed != fixed:
            found = self.paces[kind] = Pace(fixed)
        return found

    def get(
        self, model: Any, kind: str, step: Callable[[Any], Any], specs: list[Any], rebuild: Callable[[Any], Any],
        structure: Any, permuted: bool, collect: bool, told: Told | None,
    ) -> Repeated | None:  # fmt: skip
        """The program for batches of these shapes; None if the step has to run eagerly."""
        key = (kind, tuple((tuple(s.shape), s.dtype) for s in specs), structure, permuted, collect)
        found = self._made.get(key)
        if model._run_eagerly or functions_run_eagerly():
            return None
        if found is None or self._writes_elsewhere(key, found):
            if model.run_eagerly or any(spec.dtype.kind == "O" for spec in specs):
                return None
            self._writers[key] = summary.default_writer()
            found = self._made[key] = self._make(model, kind, step, specs, rebuild, permuted, collect, told)
        return None if found is _EAGER else found

    def _writes_elsewhere(self, key: Any, found: Any) -> bool:
        """Whether a program writes its summaries to another writer than today's, or may have some to write."""
        writer, traced = summary.default_writer(), self._writers[key]
        return writer is not traced and found is not _EAGER and (found.effects or traced is None)

    def _make(
        self, model: Any, kind: str, step: Any, specs: list[Any], rebuild: Any, permuted: bool, collect: bool,
        told: Told | None,
    ) -> Any:  # fmt: skip
        def of_flat(*tensors: Tensor) -> Any:
            model._forget_losses()
            try:
                data = rebuild(list(tensors))
                with data_of(data[0] if isinstance(data, tuple) else data, told):
                    result = autograph.converted_method(step)(data)
                model._count_step(kind)
            finally:
                model._keep_symbols_of_losses()  # they belong to this trace
            return plain_logs(result) if kind != "predict" else result

        guess = [*model._all_variables(), *random.variables()]
        if len(guess) < 2000:
            guess += trace.reachable(model)
        try:
            with garbage.kept():
                return once_made(
                    model, kind, lambda: _lasting(model, step),
                    lambda: Repeated(of_flat, specs, guess, permuted, collect, lambda: _lasting(model, step)),
                )  # fmt: skip
        except NotCompilable as error:
            errors.warn_once(
                ("step not compiled", id(model), kind),
                f"Model {model.name!r}: its {kind} step runs eagerly, because XLA cannot compile it: {error}",
            )
            return _EAGER


def _lasting(model: Any, step: Any) -> list[Any]:
    """The variables that a step may make: those that are there afterwards."""
    return [*model._all_variables(), *trace.reachable([model, step])]


def plain_logs(logs: Any) -> Any:
    """A step's result with variables read and nested dicts kept, so that a compiled step can return it."""
    if isinstance(logs, dict):
        return {key: plain_logs(value) for key, value in logs.items()}
    if isinstance(logs, list | tuple):
        return type(logs)(plain_logs(value) for value in logs)
    return logs.read_value() if hasattr(logs, "__tf_value__") else logs


def to_floats(logs: Any) -> dict[str, Any]:
    """Logs as Python numbers, nested dicts flattened; arrays stay NumPy."""
    found: dict[str, Any] = {}
    for key, value in (logs or {}).items():
        if isinstance(value, dict):
            found.update(to_floats(value))
            continue
        if hasattr(value, "numpy"):
            value = value.numpy()
        found[key] = value.item() if isinstance(value, np.ndarray | np.generic) and np.ndim(value) == 0 else value
    return found


class Pass:
    """One pass of a kind of step over a source.

    Args:
        model: with `train_step`, `test_step`, `predict_step` and their programs.
        kind: "train", "test" or "predict".
        look: (step) -> how many steps may run before a callback has to look.
        begin: called with the first step of a chunk, before its data is read.
        end: called with the last step of a chunk and the step's result; True stops the pass. With a given
            `steps_per_execution`, that many batches are one chunk, whatever their sizes.
        collect: hand over the results of all steps (predict), as [(stacked results, how many)], not only of the last.
    """

    def __init__(
        self, model: Any, kind: str, look: Callable[[int], int],
        begin: Callable[[int], None], end: Callable[[int, Any], Any], collect: bool = False,
    ) -> None:  # fmt: skip
        self.model, self.kind = model, kind
        self.step, self.compiled = model._step_of(kind)
        self.look, self.begin, self.end = look, begin, end
        self.collect = collect
        self.programs: Programs = model._programs
        self.targets = TargetCheck(model) if kind != "predict" else None
        self._python = not self.compiled or model.run_eagerly  # asks every layer: once a pass, not once a batch
        self.done = 0
        self.waiting = Waiting()
        self._last: Any = None
        self._together: int | None = model._steps_per_execution_fixed
        self.own = self.step if isinstance(self.step, OwnFunction) else None  # of the user's, over an iterator
        if self.own is not None:
            self._together = self._together or 1
        self.ahead: Ahead | None = None
        self.told: Told | None = None
        self._first: int | None = None  # the first step of the chunk that runs
        self._parts: list[Any] = []  # its results

    def _open(self) -> None:
        """Begin a chunk, unless one runs."""
        if self._first is None:
            self._first = self.done
            self.begin(self.done)

    def _room(self) -> float:
        """How many steps the chunk that runs has room for."""
        if self._together is None or self._first is None:
            return float("inf")
        return self._first + self._together - self.done

    def _ran(self, result: Any, count: int, last: bool) -> bool:
        """Note that steps ran, and end the chunk if it is full or the pass' last; True if a callback stops."""
        self.done += count
        self._parts.append((result, count))
        return bool((last or self._together is None or self._room() <= 0) and self._close())

    def _close(self) -> bool:
        """End the chunk that runs; one that was begun and got no data has no end."""
        parts, self._parts, self._first = self._parts, [], None
        if parts and self.own is not None:
            try:
                with whole_step:
                    result = self.own.run()
            except (StopIteration, errors.OutOfRangeError):  # it wanted more batches than were left
                return True
            parts = [(_stacked(result) if self.collect else result, 1)]
        return bool(parts and self.end(self.done - 1, parts if self.collect else parts[-1][0]))

    def run_rows(self, rows: Rows, limit: int | None, cursor: Cursor | None = None) -> int:
        """Run arrays; returns the number of steps run.

        With a cursor, the pass goes on where the last one ended, over as many passes as the cursor allows.
        """
        cursor = cursor or Cursor(1)
        steps = rows.steps if limit is None else limit
        while self.done < steps and cursor.passes < cursor.most:
            if cursor.at == 0:
                cursor.start(rows)
            if self._run_full(rows, cursor, steps):
                break
            if cursor.at == rows.full and self.done < steps:
                if rows.tail and self._run_tail(rows, cursor.order, steps):
                    break
                cursor.at = 0
                cursor.passes += 1
            elif cursor.at == rows.full and not rows.tail:
                cursor.at = 0
                cursor.passes += 1
        self._close()
        return self.done

    def _run_full(self, rows: Rows, cursor: Cursor, steps: int) -> bool:
        """Run the full batches that are left of a pass; True if a callback stops."""
        if cursor.at == rows.full:
            return False
        size = rows.batch_size
        program = self._program(size, rows, cursor.order is not None)
        if self.ahead is not None and program is not None:
            self.ahead.begin(program, rows, cursor.order_device, self)
        if self.targets is not None and program is not None:
            self.targets.rows(rows, cursor.order)
        pace = self.programs.pace(self.kind, self.model._steps_per_execution_fixed)
        most = max(1, min(rows.full, 256)) if self.collect else 0
        while cursor.at < rows.full and self.done < steps:
            self._open()
            left = min(rows.full - cursor.at, steps - self.done, self._room())
            count = int(max(1, min(pace.size(), self.look(self.done), left)))
            count = min(count, most) if self.collect else count
            begun, busy = time.perf_counter(), False
            if program is None:
                count = 1
                result = self._eager_result(rows.rebuild(_batch(rows, cursor.order, cursor.at * size, size)))
            elif self.kind == "predict" and rows.steps == 1 and cursor.order is None:
                result = program.once([getattr(array, "_value", array) for array in rows.flat])
            else:
                result = program(rows.on_device(), cursor.order_device, cursor.at, cursor.at + count, most)
                if self.ahead is not None and pace.seconds is not None:  # long enough to do something meanwhile
                    busy = self.ahead.work(partial(is_ready, result))
                wait(result)
            if not busy:
                pace.note(count, time.perf_counter() - begun)
            cursor.at += count
            if self._ran(result, count, self.done + count >= steps):
                return True
        return False

    def _program(self, size: int, rows: Rows, permuted: bool) -> Repeated | None:
        """The program for batches of so many rows."""
        if not self.compiled:
            return None
        specs = [_Spec((size, *tuple(a.shape)[1:]), _np_dtype(a)) for a in rows.flat]
        structure = _structure(rows.data)
        return self.programs.get(
            self.model, self.kind, self.step, specs, rows.rebuild, structure, permuted, self.collect, rows.told
        )

    def make_full(self, rows: Rows) -> None:
        """Make the program of whole batches in the order of the rows, before it is needed."""
        program = self._program(rows.batch_size, rows, False) if rows.full else None
        if program is not None:
            program.prepare(rows.on_device(), None)

    def make_tail(self, rows: Rows) -> None:
        """Make the program of the last, smaller batch, before it is needed."""
        program = self._program(rows.tail, rows, False) if rows.tail else None
        if program is not None:
            program.prepare(None, None)

    def _run_tail(self, rows: Rows, order: Any, steps: int) -> bool:
        """The last, smaller batch: a program of its own, compiled once."""
        batch = _batch(rows, order, rows.full * rows.batch_size, rows.tail)
        program = self._program(rows.tail, rows, False)
        if self.targets is not None and program is not None:
            self.targets.rows(rows, order)
        self._open()
        if program is None:
            result = self._eager_result(rows.rebuild(batch))
        elif self.kind == "predict":
            result = program.once([tensor._value for tensor in batch])
        else:
            result = program([tensor._value for tensor in batch], None, 0, 1, 1)
        return self._ran(result, 1, self.done + 1 >= steps)

    def run_batches(
        self, iterator: Iterator[Any], limit: float | None, expected: int | None = None
    ) -> tuple[int, bool]:  # fmt: skip
        """Run batches as they come; returns (steps run, whether the data ended before the limit).

        `expected` is how many batches there were the last time; where a batch is expected, its hook comes before it.
        """
        while limit is None or self.done < limit:
            if expected is None or self.done < expected:
                self._open()
            begun = time.perf_counter()
            try:
                data = next(iterator)
            except StopIteration:
                self._close()
                return self.done, True
            except Exception as error:
                self._close()
                error.add_note(f"  In the data: batch {self.done}; the model is as the last step left it.")
                raise
            if self._last is None or is_ready(self._last):
                self.waiting.add(time.perf_counter() - begun)
            self._open()
            self._last = result = self._one(data)
            if self._ran(result, 1, limit is not None and self.done + 1 >= limit):
                break
        return self.done, False

    def run_stream(self, stream: Stream, limit: float | None, expected: int | None = None) -> tuple[int, bool]:
        """Run batches of a dataset as they come; like `run_batches`, with several batches in a chunk."""
        pace = self.programs.pace(self.kind, self.model._steps_per_execution_fixed)
        while limit is None or self.done < limit:
            if expected is None or self.done < expected:
                self._open()
            begun = time.perf_counter()
            try:
                block = stream.block(self._wanted(stream, pace))
            except Exception as error:
                self._close()
                error.add_note(f"  In the data: batch {self.done}; the model is as the last step left it.")
                raise
            if block is None:
                self._close()
                return self.done, True
            if self._last is None or is_ready(self._last):
                self.waiting.add(time.perf_counter() - begun)
            self._open()
            begun = time.perf_counter()
            result, count, warm = self._run_block(block, pace, limit)
            self._last = result
            idle = False
            if block.done and pace.seconds is not None and (limit is None or self.done + count < limit):
                idle = self._prepare(stream, pace, result, count)
            if count > 1 or self.compiled and pace.unsure:
                wait(result)
                if warm and not idle:
                    pace.note(count, time.perf_counter() - begun)
            if self._ran(result, count, limit is not None and self.done + count >= limit):
                break
        return self.done, False

    def _wanted(self, stream: Stream, pace: Pace) -> int:
        """How many batches to read at a time: enough for a chunk, if that is worth a program of its own."""
        if self._python or (pace.seconds is None and pace.fixed is None):
            return 1
        if type(stream) is RowStream:
            return min(pace.size(), stream.most)
        found = self.programs.together.get(self.kind)
        if found is None:
            room = min(pace.size(), stream.most, BYTES // max(stream.bytes, 1))
            if room < 4 and pace.fixed is None:
                return 1
            found = self.programs.together[self.kind] = max(1, room)
        return 1 if self.look(self.done) == 1 else min(found, max(1, BYTES // max(stream.bytes, 1)))

    def _prepare(self, stream: Stream, pace: Pace, result: Any, count: int) -> bool:
        """Read the next batches while a chunk runs; whether it ended before they were there."""
        begun = time.perf_counter()
        stream.prepare(self._wanted(stream, pace))
        spent = time.perf_counter() - begun
        if not is_ready(result):
            return False
        assert pace.seconds is not None
        self.waiting.add(max(0.0, spent - count * pace.seconds))
        return True

    def _run_block(self, block: Block, pace: Pace, limit: float | None) -> tuple[Any, int, bool]:
        """Run batches of a block: (result, how many, whether its program had run before)."""
        if block.single:
            block.at = 1
            return self._one(block.data), 1, True
        program = self.programs.get(
            self.model, self.kind, self.step,
            [_Spec((block.size, *tuple(leaf.shape)[1:]), _np_dtype(leaf)) for leaf in block.leaves],
            block.rebuild, _structure(block.data), block.rows is not None, self.collect, self.told,
        ) if self.compiled else None  # fmt: skip
        block.at += 1
        if program is None:
            return self._eager_result(block.batch(block.at - 1)), 1, True
        if self.targets is not None and block.at == 1:
            self.targets.picked(block.data, None if block.rows is None else block.rows.reshape(-1))
        most = MOST if self.collect else 0
        left = min(block.count - block.at + 1, self._room())
        count = min(pace.size(), self.look(self.done), left, most or block.count)
        count = int(max(1, count if limit is None else min(count, limit - self.done)))
        start, block.at = block.at - 1, block.at - 1 + count
        result = program(block.on_device(), block.order, start, block.at, most)
        key = (id(program), tuple(block.leaves[0].shape))
        warm = key in self.programs.warm
        self.programs.warm.add(key)
        return result, count, warm

    def _one(self, data: Any) -> Any:
        """One batch, compiled if it can be."""
        flat = trees.flatten(data)
        if not self.compiled:
            return self._eager_result(data)
        if not all(type(leaf) is Tensor for leaf in flat):
            flat_known = [leaf for leaf in flat if leaf is not None]
            if not all(type(leaf) is Tensor for leaf in flat_known):
                return self._eager_result(data)  # ragged or sparse
        present = [leaf for leaf in flat if leaf is not None]

        def rebuild(tensors: list[Tensor]) -> Any:
            rest = iter(tensors)
            return trees.pack(data, [None if leaf is None else next(rest) for leaf in flat])

        specs = [_Spec(leaf._value.shape, leaf._value.dtype) for leaf in present]
        program = self.programs.get(
            self.model, self.kind, self.step, specs, rebuild, _structure(data), False, self.collect, self.told
        )
        if program is None:
            return self._eager_result(data)
        if self.targets is not None:
            self.targets.batch(data)
        return program([leaf._value for leaf in present], None, 0, 1, 1)

    def _eager_result(self, data: Any) -> Any:
        if self.own is not None:
            return self.own.add(data)
        inputs, told = data[0] if isinstance(data, tuple) else data, None if self._python else self.told
        with whole_step, data_of(inputs, told):
            result = self.step(data)
            self.model._count_step(self.kind)
        return _stacked(result) if self.collect else result


class Cursor:
    """Where a run over arrays stands: the order of this pass, the batch in it, the passes done.

    Args:
        most: how many passes there may be.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.at = 0
        self.passes = 0
        self.order: Any = None
        self.order_device: Any = None

    def start(self, rows: Rows, batch: int = 0) -> None:
        """Begin a pass, with one of its batches."""
        self.at = min(batch, rows.full)
        self.order = rows.order() if rows.order is not None else None
        self.order_device = None if self.order is None else convert.to_device(np.asarray(self.order, np.int32))


def _batch(rows: Rows, order: Any, start: int, size: int) -> list[Tensor]:
    """One batch, picked on the host."""
    picked: Any = slice(start, start + size) if order is None else np.asarray(order[start : start + size])
    return [Tensor(convert.to_device(np.asarray(array)[picked])) for array in rows.flat]


class _Spec:
    """A shape and a dtype, and enough of an array for the tracer."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = tuple(shape), np.dtype(dtype)


def _np_dtype(array: Any) -> np.dtype:
    return array._value.dtype if isinstance(array, Tensor) else array.dtype


def _stacked(result: Any) -> Any:
    """An eager step's outputs in the form of collected ones: a first axis of one step."""
    from addax.ops import array

    def stacked(leaf: Any) -> Any:
        return leaf if getattr(leaf, "__is_tf_composite__", False) else array.expand_dims(leaf, 0)

    return trees.map_structure(stacked, result)


def _structure(data: Any) -> Any:
    """A hashable description of a structure."""
    if isinstance(data, dict):
        return ("dict", tuple((key, _structure(data[key])) for key in data))
    if isinstance(data, list | tuple):
        return (type(data).__name__, tuple(_structure(part) for part in data))
    return data is None


def run(source: Rows | Batches, this_pass: Pass, limit: float | None, going_on: Any) -> tuple[int, bool, Any]:
    """Run one pass over either kind of source.

    Args:
        source: the data.
        this_pass: what to do with it.
        limit: steps after which the pass ends.
        going_on: a `Cursor` or iterator to go on with, None to start.

    Returns:
        (steps run, whether the data ended too early, what to go on with in the next epoch).
    """
    this_pass.told = source.told
    if source.told is not None:
        _tell(this_pass.model, source.told)
    if isinstance(source, Rows):
        count = this_pass.run_rows(source, None if limit is None else int(limit), going_on)
        stopped = bool(this_pass.model.stop_training)
        return count, limit is not None and count < limit and not stopped, going_on
    iterator = source.make() if going_on is None else going_on
    if isinstance(iterator, Stream):
        count, ended = this_pass.run_stream(iterator, limit, source.expected)
    else:
        count, ended = this_pass.run_batches(iterator, limit, source.expected)
    if ended and source.expected is None:
        source.expected = count
    return count, ended and limit is not None and count < limit, iterator


def _tell(model: Any, told: Told) -> None:
    """Tell models that describe themselves by their inputs of data whose sizes are not known.

    A step that is traced tells them by itself; this is for those whose program is there.
    """
    known = model._programs.told
    if told in known or model.run_eagerly:
        return
    if told in (open_batch, open_sizes):
        known.add(told)
    for layer in model._flatten_layers():
        if isinstance(layer, FollowsInputs):
            layer._hear(told if layer is model else open_batch)
