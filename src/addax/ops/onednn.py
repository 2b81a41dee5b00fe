"""oneDNN's convolutions, called through `ctypes`: the library that TensorFlow and PyTorch compute them with on a CPU.

Forward and both gradients take 1.2 to 3 times as little time as what XLA makes of any program that was measured. The
library comes with the extra `addax[onednn]`, for Linux on x86-64. As in TensorFlow, `TF_ENABLE_ONEDNN_OPTS=0` in the
environment turns it off.

Arrays stay as they are, channels last; the filters are put into the library's own order at each call, which costs
little: they are small.

Source: the C interface of oneDNN 3, https://uxlfoundation.github.io/oneDNN/.
"""

from __future__ import annotations

import collections
import ctypes
import functools
import importlib.metadata
import math
import os
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax

from addax.core import native_calls

__all__ = ["FILTERS", "FORWARD", "INPUT", "Convolution", "available", "convolve"]

FORWARD, INPUT, FILTERS = "forward", "input", "filters"  # what is computed: the result, or the change of an argument

_PACKAGE, _FILE, _TARGET = "onednn-cpu-gomp", "libdnnl.so.3", "addax_onednn_convolution"
_SWITCH, _WAITING = "TF_ENABLE_ONEDNN_OPTS", "OMP_WAIT_POLICY"
_ALIGNED = 64  # bytes
_MOST = 256  # convolutions that are kept ready, those used last

# Numbers of the C interface
_CPU, _IN_ORDER, _FLOAT32, _ANY_LAYOUT, _TRAINING, _DIRECT = 1, 1, 3, 1, 64, 1
_WEIGHTS, _CHANGED_WEIGHTS, _WORKING = 131, 132, 136  # of `query`
_WORKING_MEMORY, _FROM_CALLER = 80, 1
_SOURCE, _TARGET_OF_REORDER = 1, 17
_ARGUMENTS = {FORWARD: (1, 33, 17), INPUT: (145, 33, 129), FILTERS: (1, 145, 161)}  # two inputs, and what is computed
_pointer = ctypes.c_void_p


class Convolution(NamedTuple):
    """What one is: shapes and windows, channels last.

    Attributes:
        kind: FORWARD, INPUT or FILTERS.
        shape: (batch, *sizes, channels) of its input.
        filters: (*kernel, channels of a group, outputs).
        strides: steps between windows.
        dilations: steps inside of a window.
        before: how many zeros are before each dimension.
        out: how many windows there are along each dimension.
    """

    kind: str
    shape: tuple[int, ...]
    filters: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    out: tuple[int, ...]

    @property
    def result(self) -> tuple[int, ...]:
        """The shape of what is computed."""
        made = (self.shape[0], *self.out, self.filters[-1])
        return {FORWARD: made, INPUT: self.shape, FILTERS: self.filters}[self.kind]

    def to_text(self) -> str:
        """As programs name it: the kind and the numbers, "forward 1,5,5,2 3,3,2,4 1,1 1,1 0,0 3,3"."""
        return " ".join([self.kind, *(",".join(map(str, numbers)) for numbers in self[1:])])

    @classmethod
    def from_text(cls, text: str) -> Convolution:
        """What `to_text` wrote."""
        kind, *rest = text.split(" ")
        return cls(kind, *(tuple(map(int, numbers.split(","))) for numbers in rest))


class _Argument(ctypes.Structure):
    _fields_ = [("which", ctypes.c_int), ("memory", _pointer)]


class _Library:
    """The functions of the library, the processor that they compute on, and memory that they work in.

    The library's own such memory belongs to the thread that makes a convolution; another thread must not run it.
    """

    def __init__(self, path: str) -> None:
        self._c = ctypes.CDLL(path)
        self._c.dnnl_primitive_desc_query_md.restype = _pointer
        self._c.dnnl_memory_desc_get_size.restype = ctypes.c_size_t
        self._c.dnnl_memory_set_data_handle.argtypes = [_pointer, _pointer]
        self._c.dnnl_primitive_execute.argtypes = [_pointer, _pointer, ctypes.c_int, _pointer]
        self.engine = self.made("engine_create", _CPU, ctypes.c_size_t(0))
        self.stream = self.made("stream_create", self.engine, _IN_ORDER)
        self.attributes = self.made("primitive_attr_create")
        mode = self._c.dnnl_primitive_attr_set_scratchpad_mode(self.attributes, _FROM_CALLER)
        self.check("primitive_attr_set_scratchpad_mode", mode)
        self._working = _room(0)

    def made(self, function: str, *arguments: Any) -> Any:
        """What one of the functions that make something makes."""
        out = _pointer()
        self.check(function, getattr(self._c, f"dnnl_{function}")(ctypes.byref(out), *arguments))
        return out

    def check(self, function: str, status: int) -> None:
        if status:
            raise RuntimeError(f"oneDNN: {function} failed with status {status}.")

    def layout(self, sizes: Sequence[int], steps: Sequence[int] | None) -> Any:
        """How an array of float32 lies in memory: so many elements apart, or as the library likes it (None)."""
        if steps is None:
            return self.made("memory_desc_create_with_tag", len(sizes), _numbers(sizes), _FLOAT32, _ANY_LAYOUT)
        return self.made("memory_desc_create_with_strides", len(sizes), _numbers(sizes), _FLOAT32, _numbers(steps))

    def memory(self, layout: Any, address: int = 0) -> Any:
        return self.made("memory_create", layout, self.engine, _pointer(address))

    def chosen(self, description: Any, which: int) -> Any:
        """The layout that the library chose for one of the arguments."""
        return _pointer(self._c.dnnl_primitive_desc_query_md(description, which, 0))

    def size(self, layout: Any) -> int:
        return self._c.dnnl_memory_desc_get_size(layout)

    def working(self, size: int) -> int:
        """The address of memory to work in, of at least so many bytes; all convolutions share it."""
        if len(self._working) < size + _ALIGNED:
            self._working = _room(size)
        return _start(self._working)

    def point(self, memory: Any, address: int) -> None:
        self.check("memory_set_data_handle", self._c.dnnl_memory_set_data_handle(memory, address))

    def run(self, primitive: Any, arguments: Any) -> None:
        status = self._c.dnnl_primitive_execute(primitive, self.stream, len(arguments), arguments)
        self.check("primitive_execute", status)

    def forget(self, what: str, made: Any) -> None:
        getattr(self._c, f"dnnl_{what}_destroy")(made)


class _Ready:
    """A convolution that can be run: the library's program for it, and memory for the filters in its order."""

    def __init__(self, library: _Library, given: Convolution) -> None:
        self._library, self._made = library, []
        layouts = self._layouts(given)
        description = self._described(given, layouts)
        self._primitive = self._keep("primitive", library.made("primitive_create", description))
        inner = library.chosen(description, _CHANGED_WEIGHTS if given.kind == FILTERS else _WEIGHTS)
        self._buffer = _room(library.size(inner))
        ordered = self._keep("memory", library.memory(inner, _start(self._buffer)))
        place = 2 if given.kind == FILTERS else 1
        self._plain = [self._keep("memory", library.memory(layout)) for layout in layouts]
        memories = [*self._plain[:place], ordered, *self._plain[place + 1 :]]
        self._works_in: list[Any] = []
        self._working_size = 0
        self._arguments = self._with_working_memory(description, zip(_ARGUMENTS[given.kind], memories, strict=True))
        ends = [(layouts[place], self._plain[place]), (inner, ordered)]
        self._last = given.kind == FILTERS
        self._reorder, self._ends = self._reordering(*(reversed(ends) if self._last else ends))

    def _keep(self, what: str, made: Any) -> Any:
        self._made.append((what, made))
        return made

    def _layouts(self, given: Convolution) -> list[Any]:
        """Those of the two inputs and of what is computed."""
        library, (*kernel, channels, outputs) = self._library, given.filters
        groups = given.shape[-1] // channels
        sizes = (outputs, channels, *kernel) if groups == 1 else (groups, outputs // groups, channels, *kernel)
        steps = [1, outputs, *_steps(kernel, channels * outputs)]
        if groups > 1:
            steps.insert(0, outputs // groups)
        self._sizes = sizes
        x = self._keep("memory_desc", library.layout(*_channels_last(given.shape)))
        made = self._keep("memory_desc", library.layout(*_channels_last((given.shape[0], *given.out, outputs))))
        filters = self._keep("memory_desc", library.layout(sizes, steps))
        return {FORWARD: [x, filters, made], INPUT: [made, filters, x], FILTERS: [x, made, filters]}[given.kind]

    def _described(self, given: Convolution, layouts: list[Any]) -> Any:
        library, free = self._library, self._keep("memory_desc", self._library.layout(self._sizes, None))
        x, made = {FORWARD: (0, 2), INPUT: (2, 0), FILTERS: (0, 1)}[given.kind]
        after = [
            (count - 1) * step + (k - 1) * apart + 1 - size - lo
            for size, k, step, apart, lo, count in zip(
                given.shape[1:-1], given.filters, given.strides, given.dilations, given.before, given.out, strict=False
            )
        ]
        apart = [each - 1 for each in given.dilations]
        windows = [_numbers(each) for each in (given.strides, apart, given.before, after)]
        x, made, engine = layouts[x], layouts[made], library.engine
        forward = self._keep("primitive_desc", library.made(
            "convolution_forward_primitive_desc_create", engine, _TRAINING, _DIRECT, x, free, None, made, *windows,
            library.attributes,
        ))  # fmt: skip
        if given.kind == FORWARD:
            return forward
        name, between = ("data", ()) if given.kind == INPUT else ("weights", (None,))  # no bias
        return self._keep("primitive_desc", library.made(
            f"convolution_backward_{name}_primitive_desc_create", engine, _DIRECT, x, free, *between, made, *windows,
            forward, library.attributes,
        ))  # fmt: skip

    def _reordering(self, source: Any, target: Any) -> tuple[Any, Any]:
        engine = self._library.engine
        description = self._keep("primitive_desc", self._library.made(
            "reorder_primitive_desc_create", source[0], engine, target[0], engine, self._library.attributes
        ))  # fmt: skip
        primitive = self._keep("primitive", self._library.made("primitive_create", description))
        ends = [(_SOURCE, source[1]), (_TARGET_OF_REORDER, target[1])]
        return primitive, self._with_working_memory(description, ends)

    def _with_working_memory(self, description: Any, pairs: Any) -> Any:
        """What a primitive is given: some arguments, and memory to work in if it needs any."""
        layout = self._library.chosen(description, _WORKING)
        size = self._library.size(layout)
        if not size:
            return _arguments(pairs)
        memory = self._keep("memory", self._library.memory(layout))
        self._works_in.append(memory)
        self._working_size = max(self._working_size, size)
        return _arguments([*pairs, (_WORKING_MEMORY, memory)])

    def run(self, addresses: Sequence[int]) -> None:
        """Compute: two inputs, and where the result goes."""
        for memory, address in zip(self._plain, addresses, strict=True):
            self._library.point(memory, address)
        working = self._library.working(self._working_size)
        for memory in self._works_in:
            self._library.point(memory, working)
        if not self._last:
            self._library.run(self._reorder, self._ends)
        self._library.run(self._primitive, self._arguments)
        if self._last:
            self._library.run(self._reorder, self._ends)

    def __del__(self) -> None:
        for what, made in reversed(self._made):
            self._library.forget(what, made)


def _room(size: int) -> Any:
    """Memory of so many bytes from `_start` on."""
    return ctypes.create_string_buffer(size + _ALIGNED)


def _start(room: Any) -> int:
    return -(-ctypes.addressof(room) // _ALIGNED) * _ALIGNED


def _numbers(values: Sequence[int]) -> Any:
    return (ctypes.c_int64 * len(values))(*values)


def _arguments(pairs: Any) -> Any:
    each = [_Argument(which, memory) for which, memory in pairs]
    return (_Argument * len(each))(*each)


def _steps(sizes: Sequence[int], last: int) -> list[int]:
    """How far apart neighbours along each dimension are, if those along the last one are so many elements apart."""
    return [last * math.prod(sizes[i + 1 :]) for i in range(len(sizes))]


def _channels_last(shape: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Sizes and steps of an array (batch, *sizes, channels), in the library's order: batch, channels, sizes."""
    batch, *sizes, channels = shape
    return (batch, channels, *sizes), [channels * math.prod(sizes), 1, *_steps(sizes, channels)]


@functools.cache
def _library() -> _Library | None:
    """The library, if it is installed and wanted."""
    if os.environ.get(_SWITCH, "1").lower() in ("0", "false") or not native_calls.possible():
        return None
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    paths = [str(file.locate()) for file in files if file.name == _FILE]
    waiting = os.environ.get(_WAITING)
    os.environ[_WAITING] = waiting or "PASSIVE"  # its threads would keep XLA's from working while they wait
    try:
        return _Library(paths[0])
    except (IndexError, OSError, RuntimeError):  # it is incomplete, or another system's
        return None
    finally:
        if waiting is None:
            del os.environ[_WAITING]


def available() -> bool:
    """Whether the library is there."""
    return _library() is not None


_ready: collections.OrderedDict[str, _Ready] = collections.OrderedDict()
_one_at_a_time = threading.Lock()  # each uses all processors


def _run(text: str, inputs: Sequence[int], outputs: Sequence[int]) -> None:
    with _one_at_a_time:
        ready = _ready.get(text)
        if ready is None:
            library = _library()
            if library is None:
                raise RuntimeError(f"a program needs oneDNN, which {_PACKAGE} brings and {_SWITCH} does not turn off.")
            ready = _ready[text] = _Ready(library, Convolution.from_text(text))
            if len(_ready) > _MOST:
                _ready.popitem(last=False)
        else:
            _ready.move_to_end(text)
        ready.run([*inputs, *outputs])


def convolve(given: Convolution, a: Any, b: Any) -> Any:
    """The op in a program that is traced.

    Args:
        given: the convolution.
        a: its input; for INPUT the change of its result.
        b: its filters; for FILTERS the change of its result.
    """
    native_calls.register(_TARGET, _run)
    return native_calls.call(_TARGET, given.to_text(), jax.ShapeDtypeStruct(given.result, a.dtype), a, b)
