"""tf.strings: functions of byte strings. They run on the host; a tf.function that calls one runs eagerly."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert, errors, unknown_shapes
from addax.core.failures import UnfitError
from addax.core.shapes import TensorShape
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.regular_expressions import Expression, PatternError, Rewrite, text_of
from addax.ops.symbolic import takes_symbolic

_SPACE = b" \t\n\r\x0b\x0c"


def texts(who: str, x: Any) -> np.ndarray:
    """An object array of bytes."""
    value = convert.value_of(x)
    if isinstance(value, Tracer):
        raise NotCompilable(f"{who}: a symbolic tensor cannot become strings; XLA has none")
    if isinstance(x, list | tuple) and not value.size:
        return np.empty(value.shape, object)  # no strings
    if value.dtype.kind != "O":
        raise errors.InvalidArgumentError(errors.message(who, expected="strings", received={"input": Tensor(value)}))
    return value


def _separator(text: Any) -> bytes:
    if not isinstance(text, str | bytes | None):
        raise TypeError(f"tf.strings: expected a string for the separator, received {text!r}.")
    return text.encode() if isinstance(text, str) else text or b""


def made(array: Any) -> Tensor:
    """Bytes or numbers as a tensor."""
    array = np.asarray(array)
    return Tensor(array if array.dtype.kind == "O" else convert.to_device(array))


def each(function: Callable[[bytes], Any], array: np.ndarray, dtype: Any = object) -> np.ndarray:
    """`function` of each element."""
    out = np.empty(array.shape, dtype)
    flat = out.reshape(-1)
    for i, item in enumerate(array.reshape(-1)):
        flat[i] = function(item)
    return flat.reshape(array.shape)


def by_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of strings that takes ragged tensors too, as their values."""

    @functools.wraps(function)
    def wrapped(input: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(input, RaggedTensor):
            return input.with_flat_values(function(input.flat_values, *args, **kwargs))
        return function(input, *args, **kwargs)

    return wrapped


# ---------------------------------------------------------------------------- case, length, parts


@takes_symbolic("strings.lower")
@by_values
def lower(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Strings in lower case (ASCII letters; all with encoding "utf-8").

    >>> import addax as tf
    >>> tf.strings.lower("AbC").numpy()
    b'abc'
    """
    change = (lambda b: b.decode("utf-8", "replace").lower().encode()) if _is_utf8("lower", encoding) else bytes.lower
    return made(each(change, texts("tf.strings.lower", input)))


@takes_symbolic("strings.upper")
@by_values
def upper(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Strings in upper case (ASCII letters; all with encoding "utf-8").

    >>> import addax as tf
    >>> tf.strings.upper("AbC").numpy()
    b'ABC'
    """
    change = (lambda b: b.decode("utf-8", "replace").upper().encode()) if _is_utf8("upper", encoding) else bytes.upper
    return made(each(change, texts("tf.strings.upper", input)))


def _is_utf8(who: str, encoding: str) -> bool:
    if encoding not in ("", "utf-8"):
        raise errors.InvalidArgumentError(
            f"tf.strings.{who}: only utf-8 or '' (no encoding) is supported, received {encoding}"
        )
    return encoding == "utf-8"


@takes_symbolic("strings.strip")
@by_values
def strip(input: Any, name: str | None = None) -> Any:
    """Strings without white space at their ends.

    >>> import addax as tf
    >>> tf.strings.strip([" a b ", "c"]).numpy().tolist()
    [b'a b', b'c']
    """
    return made(each(lambda b: b.strip(_SPACE), texts("tf.strings.strip", input)))


def _is_chars(who: str, unit: str) -> bool:
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise errors.InvalidArgumentError(f"tf.strings.{who}: unit must be 'BYTE' or 'UTF8_CHAR', received {unit!r}")
    return unit == "UTF8_CHAR"


@takes_symbolic("strings.length")
@by_values
def length(input: Any, unit: str = "BYTE", name: str | None = None) -> Any:
    """The lengths of strings, as int32.

    Args:
        input: strings.
        unit: "BYTE" or "UTF8_CHAR".
        name: ignored.

    >>> import addax as tf
    >>> tf.strings.length(["a", "bc"]).numpy().tolist()
    [1, 2]
    """
    count = (lambda b: sum(byte & 0xC0 != 0x80 for byte in b)) if _is_chars("length", unit) else len
    return made(each(count, texts("tf.strings.length", input), np.int32))


@takes_symbolic("strings.substr")
def substr(input: Any, pos: Any, len: Any, unit: str = "BYTE", name: str | None = None) -> Any:
    """Parts of strings.

    Args:
        input: strings.
        pos: where parts begin; negative counts from the end; broadcasts.
        len: how long they are at most; negative takes all to the end; broadcasts.
        unit: "BYTE" or "UTF8_CHAR".
        name: ignored.

    Raises:
        InvalidArgumentError: a position outside of the string.

    >>> import addax as tf
    >>> tf.strings.substr("hello", 1, 3).numpy()
    b'ell'
    """
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(substr(input.flat_values, pos, len, unit))
    chars = _is_chars("substr", unit)
    given = texts("tf.strings.substr", input), np.asarray(convert.value_of(pos)), np.asarray(convert.value_of(len))
    if given[1].shape != given[2].shape or given[1].dtype.kind != "i" or given[2].dtype.kind != "i":
        raise UnfitError(
            errors.message(
                "tf.strings.substr",
                expected="int32 or int64 pos and len of equal shape",
                received={"pos": given[1], "len": given[2]},
            )
        )
    try:
        whole, begins, sizes = np.broadcast_arrays(*given)
    except ValueError:
        shapes = ", ".join(str(part.shape) for part in given)
        raise errors.InvalidArgumentError(
            f"tf.strings.substr: input, pos and len do not broadcast: their shapes are {shapes}"
        ) from None
    out = np.empty(whole.shape, object)
    for place in np.ndindex(whole.shape):
        item: Any = whole[place].decode("utf-8", "surrogateescape") if chars else whole[place]
        begin, count = int(begins[place]), item.__len__()
        if not -count <= begin <= count:
            raise errors.InvalidArgumentError(
                f"tf.strings.substr: pos {begin} out of range for string {whole[place]!r}"
            )
        begin += count if begin < 0 else 0
        size = int(sizes[place])
        part = item[begin : begin + size] if size >= 0 else item[begin:]
        out[place] = part.encode("utf-8", "surrogateescape") if chars else part
    return made(out)


# ---------------------------------------------------------------------------- joining and splitting


@takes_symbolic("strings.join")
def join(inputs: Sequence[Any], separator: str = "", name: str | None = None) -> Any:
    """Strings joined element by element.

    Args:
        inputs: a list of tensors of strings of one shape; scalars are repeated. None at all make an empty string.
        separator: what stands between.
        name: ignored.

    >>> import addax as tf
    >>> tf.strings.join(["a", ["b", "c"]], separator="-").numpy().tolist()
    [b'a-b', b'a-c']
    """
    ragged = next((each for each in inputs if isinstance(each, RaggedTensor)), None)
    if ragged is not None:
        return ragged.with_flat_values(
            join([each.flat_values if isinstance(each, RaggedTensor) else each for each in inputs], separator)
        )
    arrays = [texts("tf.strings.join", each) for each in inputs]
    shapes = {array.shape for array in arrays if array.ndim}
    if len(shapes) > 1:
        first, second = list(shapes)[:2]
        raise errors.InvalidArgumentError(
            f"tf.strings.join: Input shapes do not match: {list(first)} vs. {list(second)}"
        )
    between = _separator(separator)
    wide = np.broadcast_arrays(*arrays) if arrays else [np.full((), b"", object)]
    out = np.empty(wide[0].shape, object)
    for place in np.ndindex(out.shape):
        out[place] = between.join(array[place] for array in wide)
    return made(out)


@takes_symbolic("strings.reduce_join")
def reduce_join(
    inputs: Any, axis: Any = None, keepdims: bool = False, separator: str = "", name: str | None = None
) -> Any:
    """Strings joined along axes.

    Args:
        inputs: strings.
        axis: an int, or several (in that order); all by default.
        keepdims: whether reduced axes stay, with length 1.
        separator: what stands between.
        name: ignored.

    >>> import addax as tf
    >>> tf.strings.reduce_join([["a", "b"], ["c", "d"]], 1).numpy().tolist()
    [b'ab', b'cd']
    """
    between = _separator(separator)
    if isinstance(inputs, RaggedTensor):
        return inputs.__ragged_call__("reduce_join", inputs, axis, keepdims, separator)
    array = texts("tf.strings.reduce_join", inputs)
    if axis is None:
        axes = tuple(range(array.ndim))
    else:  # what is named first is joined first, so it is the innermost
        axes = (axis,) if isinstance(axis, int) else tuple(np.asarray(axis).reshape(-1).astype(int).tolist()[::-1])
        for a in axes:
            if not -array.ndim <= a < array.ndim:
                raise errors.OutOfRangeError(
                    f"tf.strings.reduce_join: Invalid reduction dimension {a} for input with {array.ndim} dimension(s)"
                )
        axes = tuple(a % array.ndim for a in axes)
    kept = [a for a in range(array.ndim) if a not in axes]
    moved = np.transpose(array, [*kept, *axes]) if axes else array
    if axes:
        moved = moved.reshape((*[array.shape[a] for a in kept], int(np.prod([array.shape[a] for a in axes]))))
    out = np.empty(moved.shape[:-1] if axes else array.shape, object)
    for place in np.ndindex(out.shape):
        out[place] = between.join(moved[place]) if axes else array[place]
    return made(out.reshape([1 if a in axes else array.shape[a] for a in range(array.ndim)]) if keepdims else out)


def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """Strings of each segment joined.

    >>> import addax as tf
    >>> tf.strings.unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 2, "-").numpy().tolist()
    [b'b', b'a-c']
    """
    array = texts("tf.strings.unsorted_segment_join", inputs)
    ids, number = np.asarray(convert.value_of(segment_ids)), np.asarray(convert.value_of(num_segments))
    fit = (
        ids.dtype.kind == "i" and array.shape[: ids.ndim] == ids.shape and number.dtype.kind == "i" and not number.ndim
    )
    if not fit or ids.size and (ids.min() < 0 or ids.max() >= number):
        raise UnfitError(
            errors.message(
                "tf.strings.unsorted_segment_join",
                expected="int32 or int64 segment_ids from 0 to num_segments - 1, of the shape that inputs start with",
                received=f"inputs {array.shape}, segment_ids {ids.tolist()}, num_segments {number.tolist()}",
            )
        )
    groups, count = ids.reshape(-1), int(number)
    between = _separator(separator)
    rest = array.shape[ids.ndim :]
    flat = array.reshape((groups.size, *rest))
    out = np.empty((count, *rest), object)
    for place in np.ndindex(rest):
        for i in range(count):
            out[(i, *place)] = between.join(flat[(j, *place)] for j in np.flatnonzero(groups == i))
    return made(out)


def rows_of(rows: list[list[Any]], shape: tuple[int, ...], dtype: Any = object) -> Any:
    """One list per string as a tensor (for a scalar string), or as a ragged tensor of one dimension more."""
    flat = [item for row in rows for item in row]
    values = np.empty(len(flat), object) if dtype is object else np.zeros(len(flat), dtype)
    values[:] = flat
    if not shape:
        return made(values)
    out: Any = RaggedTensor.from_row_lengths(
        made(values), np.array([len(row) for row in rows], np.int64), validate=False
    )
    for size in reversed(shape[1:]):
        out = RaggedTensor.from_uniform_row_length(out, size)
    return out


def _split_rows(
    input: Any, function: Callable[[np.ndarray], tuple[list[list[Any]], tuple[int, ...]]], dtype: Any = object
) -> Any:
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(_split_rows(input.flat_values, function, dtype))
    rows, shape = function(convert.value_of(input))
    found = rows_of(rows, shape, dtype)
    if not shape and isinstance(found, Tensor):  # other strings have other numbers of parts
        unknown_shapes.note(found._value, TensorShape([None]))
    return found


@takes_symbolic("strings.split")
def split(input: Any, sep: str | None = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """Strings cut at a separator.

    Args:
        input: a string (the result is a 1-D tensor), or a tensor of strings (the result is ragged).
        sep: the separator; white space by default.
        maxsplit: the most cuts, -1 for no limit.
        name: ignored.

    >>> import addax as tf
    >>> tf.strings.split(["a b", "c"])
    <tf.RaggedTensor [[b'a', b'b'], [b'c']]>
    """
    mark = sep.encode() if isinstance(sep, str) else sep
    mark = mark or None

    def cut(array: Any) -> Any:
        array = texts("tf.strings.split", Tensor(array))
        return [item.split(mark, maxsplit) for item in array.reshape(-1)], array.shape

    return _split_rows(input, cut)


@takes_symbolic("strings.bytes_split")
def bytes_split(input: Any, name: str | None = None) -> Any:
    """Strings cut into their bytes; see `split` on the shape of the result.

    >>> import addax as tf
    >>> tf.strings.bytes_split("abc").numpy().tolist()
    [b'a', b'b', b'c']
    """

    def cut(array: Any) -> Any:
        array = texts("tf.strings.bytes_split", Tensor(array))
        return [[item[i : i + 1] for i in range(item.__len__())] for item in array.reshape(-1)], array.shape

    return _split_rows(input, cut)


@takes_symbolic("strings.ngrams")
def ngrams(
    data: Any,
    ngram_width: Any,
    separator: str = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Any:
    """Groups of neighbouring strings, joined.

    Args:
        data: strings; groups are made along the last axis.
        ngram_width: how many together: an int or several.
        separator: what stands between.
        pad_values: a string, or one for the left and one for the right, to put at the ends.
        padding_width: how many of them; one less than the width by default.
        preserve_short_sequences: whether a row too short for any group gives itself, joined.
        name: ignored.

    >>> import addax as tf
    >>> tf.strings.ngrams(["a", "b", "c"], 2).numpy().tolist()
    [b'a b', b'b c']
    """
    widths = (ngram_width,) if isinstance(ngram_width, int) else tuple(ngram_width)
    if any(width < 1 for width in widths):
        raise ValueError(f"tf.strings.ngrams: All ngram_widths must be greater than 1. Got {widths}")
    if padding_width is not None and (pad_values is None or padding_width < 1):
        raise ValueError(
            "tf.strings.ngrams: padding_width must be greater than 0, and comes with pad_values; received "
            f"padding_width={padding_width}, pad_values={pad_values!r}."
        )
    left, right = (
        (pad_values, pad_values) if isinstance(pad_values, str | bytes) or pad_values is None else tuple(pad_values)
    )
    left, right = (item.encode() if isinstance(item, str) else item for item in (left, right))
    between = _separator(separator)

    def grams(row: list[bytes]) -> list[bytes]:
        found = []
        for width in widths:
            pad = 0 if left is None else width - 1 if padding_width is None else min(padding_width, width - 1)
            padded = [left] * pad + list(row) + [right] * pad
            found += [between.join(padded[i : i + width]) for i in range(padded.__len__() - width + 1)]
        if not found and preserve_short_sequences and row:
            found = [between.join(row)]
        return found

    if isinstance(data, RaggedTensor):
        if isinstance(data.values, RaggedTensor):
            return data.with_values(
                ngrams(data.values, widths, separator, pad_values, padding_width, preserve_short_sequences)
            )
        return rows_of([grams(row) for row in data.to_list()], (data.nrows_known(),))
    array = texts("tf.strings.ngrams", data)
    if not array.ndim:
        raise ValueError("tf.strings.ngrams: Data must have rank>0, received a scalar.")
    rows = [grams(list(row)) for row in array.reshape((int(np.prod(array.shape[:-1])), array.shape[-1]))]
    if array.ndim == 1:
        return rows_of(rows, ())
    width = grams([b""] * array.shape[-1]).__len__()
    out = np.empty((rows.__len__(), width), object)
    for i, row in enumerate(rows):
        out[i, :] = row
    return made(out.reshape((*array.shape[:-1], width)))


# ---------------------------------------------------------------------------- patterns


@functools.lru_cache(maxsize=256)
def _pattern(who: str, pattern: str | bytes) -> Expression:
    try:
        return Expression(pattern if isinstance(pattern, str) else pattern.decode())
    except (PatternError, UnicodeDecodeError) as error:
        raise errors.InvalidArgumentError(f"{who}: Invalid pattern: {pattern!s}, error: {error}") from None


def _scalar_text(value: Any) -> Any:
    return value if isinstance(value, str | bytes) else texts("tf.strings", value)[()]


@takes_symbolic("strings.regex_replace")
@by_values
def regex_replace(input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None) -> Any:
    r"""Strings in which matches of a pattern are replaced.

    Args:
        input: strings.
        pattern: a regular expression in RE2's syntax; strings are UTF-8.
        rewrite: what comes in their place; \1 to \9 are groups, \0 the match.
        replace_global: whether to replace all matches or only the first.
        name: ignored.

    >>> import addax as tf
    >>> tf.strings.regex_replace("hello", "l+", "L").numpy()
    b'heLo'
    """
    compiled = _pattern("tf.strings.regex_replace", _scalar_text(pattern))
    text = _scalar_text(rewrite)
    written = Rewrite(text if isinstance(text, str) else text_of(text))
    once = not replace_global
    return made(each(lambda b: compiled.replaced(b, written, once), texts("tf.strings.regex_replace", input)))


@takes_symbolic("strings.regex_full_match")
@by_values
def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Any:
    """Whether each string as a whole matches a regular expression.

    >>> import addax as tf
    >>> tf.strings.regex_full_match(["ab", "abc"], "a.").numpy().tolist()
    [True, False]
    """
    compiled = _pattern("tf.strings.regex_full_match", _scalar_text(pattern))
    return made(each(compiled.matches_all, texts("tf.strings.regex_full_match", input), bool))
