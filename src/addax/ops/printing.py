"""tf.print, tf.strings.format and tf.timestamp: text out of tensors, in compiled functions too."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import numpy as np

from addax.core import context, convert, effects
from addax.core.tensor import NotCompilable, Tensor, Tracer

_state = context.state


def element_text(item: Any, kind: str) -> str:
    """One element, as TensorFlow's printing shows it."""
    if kind == "O":
        return '"' + item.decode("utf-8", "replace") + '"'
    if kind == "b":
        return "1" if item else "0"
    if kind in "df":
        return _number(item, kind)
    if kind == "c":
        return f"({_number(item.real, 'f')},{_number(item.imag, 'f')})"
    return str(int(item))


def _number(item: Any, kind: str) -> str:
    """A float in as few digits as TensorFlow writes: 6 (15 for float64) if they say it all, else 9 (17)."""
    few, many, back = (15, 17, np.float64) if kind == "d" else (6, 9, np.float32)
    short = f"{float(item):.{few}g}"
    return short if back(short) == item or item != item else f"{float(item):.{many}g}"


def tensor_text(array: np.ndarray, summarize: int) -> str:
    """The elements of an array; of long axes the first and last `summarize` (-1: all)."""
    kind = array.dtype.kind
    if kind == "f" and array.dtype.itemsize == 8:
        kind = "d"
    elif kind == "V":
        kind = "f"
    if array.ndim == 0:
        return element_text(array[()], kind)

    def walk(part: np.ndarray, depth: int) -> str:
        if depth == array.ndim:
            return element_text(part[()] if isinstance(part, np.ndarray) else part, kind)
        size = part.shape[0]
        short = summarize < 0 or size <= 2 * summarize
        pieces = [walk(part[i], depth + 1) for i in (range(size) if short else range(summarize))]
        if not short:
            pieces += ["...", *[walk(part[i], depth + 1) for i in range(size - summarize, size)]]
        joint = " " if part.ndim == 1 else "\n" * (part.ndim - 1) + " " * (depth + 1)
        return "[" + joint.join(pieces) + "]"

    return walk(array, 0)


class _Arrays:
    """The tensors inside the arguments, taken out for the host and put back as text."""

    def __init__(self, summarize: int) -> None:
        self.arrays: list[Any] = []
        self.summarize = summarize

    def take(self, item: Any) -> Any:
        """A template of `item`: tensors are replaced by numbers of arrays."""
        if isinstance(item, Tensor) or hasattr(item, "__tf_value__"):
            value = convert.value_of(item)
            if isinstance(value, np.ndarray):
                return ("host", value)
            self.arrays.append(value)
            return ("array", len(self.arrays) - 1)
        if hasattr(item, "nested_row_splits"):  # a ragged tensor
            return ("ragged", [self.take(part) for part in (item.flat_values, *item.nested_row_splits)])
        if type(item).__name__ == "SparseTensor":
            return ("sparse", [self.take(part) for part in (item.indices, item.values, item.dense_shape)])
        if isinstance(item, dict):
            try:
                keys = sorted(item)
            except TypeError:
                keys = list(item)
            return ("dict", [(key, self.take(item[key])) for key in keys])
        if isinstance(item, list | tuple):
            return ("list" if isinstance(item, list) else "tuple", [self.take(part) for part in item])
        return ("python", item)

    def render(self, template: Any, values: Any, inside: bool = False) -> str:
        """The text of a template, given the arrays' values."""
        kind, content = template
        if kind == "host":
            return tensor_text(content, self.summarize)
        if kind == "array":
            return tensor_text(np.asarray(values[content]), self.summarize)
        if kind == "ragged":
            rows, *splits = [self._array(part, values) for part in content]
            return _rows_text(rows, splits, self.summarize)
        if kind == "sparse":
            indices, numbers, shape = [self.render(part, values) for part in content]
            return f"'SparseTensor(indices={indices}, values={numbers}, shape={shape})'"
        if kind == "dict":
            return "{" + ", ".join(f"{key!r}: {self.render(part, values, True)}" for key, part in content) + "}"
        if kind == "list":
            return "[" + ", ".join(self.render(part, values, True) for part in content) + "]"
        if kind == "tuple":
            inner = ", ".join(self.render(part, values, True) for part in content)
            return f"({inner},)" if len(content) == 1 else f"({inner})"
        return content if isinstance(content, str) and not inside else repr(content)

    def _array(self, template: Any, values: Any) -> np.ndarray:
        """The array that a template stands for."""
        kind, content = template
        return np.asarray(values[content]) if kind == "array" else content


def _rows_text(rows: np.ndarray, splits: list[np.ndarray], summarize: int) -> str:
    """A ragged tensor, as TensorFlow's printing shows it: Python's lists, with the first and last rows of long ones."""
    if splits:
        bounds = splits[0].tolist()
        parts: list[Any] = list(zip(bounds, bounds[1:], strict=False))
    else:
        if rows.ndim == 0:
            return _row_element(rows[()])
        parts = list(range(len(rows)))
    short = summarize < 0 or len(parts) <= 2 * summarize
    shown = parts if short else [*parts[:summarize], *parts[len(parts) - summarize :]]
    texts = [_part_text(rows, splits, part, summarize) for part in shown]
    if not short:
        texts.insert(summarize, "...")
    return "[" + ", ".join(texts) + "]"


def _part_text(rows: np.ndarray, splits: list[np.ndarray], part: Any, summarize: int) -> str:
    if not splits:
        each = rows[part]
        return _rows_text(each, [], summarize) if isinstance(each, np.ndarray) else _row_element(each)
    start, stop = part
    if len(splits) == 1:
        return _rows_text(rows[start:stop], [], summarize)
    return _rows_text(rows, [splits[1][start : stop + 1], *splits[2:]], summarize)


def _row_element(item: Any) -> str:
    if isinstance(item, bytes):
        return repr(item.decode("utf-8", "replace"))
    return f"{item:f}" if isinstance(item, float | np.floating) else str(item)


def _writer(output_stream: Any) -> Any:
    """A function that writes text to what `output_stream` names."""
    if isinstance(output_stream, str) and output_stream.startswith("file://"):
        path = output_stream[len("file://") :]

        def append(text: str) -> None:
            with open(path, "a", encoding="utf-8") as file:
                file.write(text)

        return append
    if output_stream in (sys.stdout, "stdout"):
        return lambda text: _flush(sys.stdout, text)
    if output_stream in (sys.stderr, "stderr", None) or isinstance(output_stream, str):
        return lambda text: _flush(sys.stderr, text)
    if hasattr(output_stream, "write"):
        return lambda text: _flush(output_stream, text)
    raise ValueError(f"tf.print: Unknown output stream, logging level, or file: {output_stream!r}")


def _flush(stream: Any, text: str) -> None:
    stream.write(text)
    stream.flush()


def print_(
    *inputs: Any,
    output_stream: Any = None,
    summarize: int = 3,
    sep: str = " ",
    end: str = os.linesep,
    name: str | None = None,
) -> None:
    """Print tensors and Python objects; in a compiled function, each time it runs.

    Args:
        *inputs: tensors, Python objects, and nests of both.
        output_stream: sys.stderr (default), sys.stdout, anything with `write`, or "file:///path" (appended to).
        summarize: how many elements to show at both ends of each axis, -1 for all.
        sep: what stands between two inputs.
        end: what stands behind the last.
        name: ignored.

    >>> import sys
    >>> import addax as tf
    >>> tf.print("x:", tf.range(10), output_stream=sys.stdout)
    x: [0 1 2 ... 7 8 9]
    """
    write = _writer(output_stream)
    arrays = _Arrays(3 if summarize is None else summarize)
    templates = [arrays.take(item) for item in inputs]

    if len(templates) == 1 and templates[0][0] == "host" and _is_text(templates[0][1]):  # alone, it stands unquoted
        templates = [("python", templates[0][1][()].decode("utf-8", "replace"))]

    def emit(*values: Any) -> None:
        write(sep.join(arrays.render(template, values) for template in templates) + end)

    if _state.trace is None:
        emit(*arrays.arrays)
    else:
        effects.on_host(emit, *arrays.arrays)


print_.__name__ = "print"


def _is_text(array: np.ndarray) -> bool:
    return array.ndim == 0 and isinstance(array[()], bytes)


def _nested_text(item: Any) -> str:
    """Rows of a ragged tensor as `tf.strings.format` writes them."""
    if isinstance(item, list):
        return "[" + ", ".join(_nested_text(each) for each in item) + "]"
    return f"{item:f}" if isinstance(item, float) else item.decode() if isinstance(item, bytes) else str(item)


def format_(template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: str | None = None) -> Tensor:
    """A string with tensors in the place of placeholders.

    Args:
        template: the text, with one placeholder per input.
        inputs: a tensor, or a list of them.
        placeholder: what is replaced.
        summarize: how many elements to show at both ends of each axis, -1 for all.
        name: ignored.

    Returns:
        A scalar string tensor.

    Raises:
        ValueError: the numbers of placeholders and inputs differ.

    >>> import addax as tf
    >>> tf.strings.format("x is {}", tf.constant([1, 2])).numpy()
    b'x is [1 2]'
    """
    items = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    if template.count(placeholder) != len(items):
        raise ValueError(
            f"tf.strings.format: {template.count(placeholder)} placeholder(s) in template does not match "
            f"{len(items)} tensor(s) provided as input"
        )
    pieces = template.split(placeholder)
    out = pieces[0]
    for item, piece in zip(items, pieces[1:], strict=True):
        if hasattr(item, "to_list"):
            out += _nested_text(item.to_list()) + piece
            continue
        value = convert.value_of(item)
        if isinstance(value, Tracer):
            raise NotCompilable("tf.strings.format of a symbolic tensor: strings cannot be compiled")
        out += tensor_text(np.asarray(value), summarize) + piece
    return Tensor(np.asarray(out.encode("utf-8"), object))


def timestamp(name: str | None = None) -> Tensor:
    """Seconds since the epoch, as float64: when it is called; a compiled function cannot ask for the time.

    >>> import addax as tf
    >>> tf.timestamp().dtype
    tf.float64
    """
    if _state.trace is not None:
        raise NotCompilable("tf.timestamp asks for the time each time a function runs")
    return convert.constant(np.float64(time.time()))
