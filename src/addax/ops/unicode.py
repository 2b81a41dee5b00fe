"""Strings as Unicode code points and characters."""

from __future__ import annotations

import bisect
import codecs
import contextlib
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.dispatch import UnfitError
from addax.core.static_arguments import concrete
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.strings import by_values, each, made, rows_of, texts
from addax.ops.symbolic import takes_symbolic

_CODECS = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be"}
_OTHERS = {"UTF-16": "utf-16", "UTF-16-LE": "utf-16-le", "UTF-32": "utf-32", "UTF-32-LE": "utf-32-le",
           "US-ASCII": "ascii", "ISO-8859-1": "latin-1"}  # fmt: skip


# Other encodings of input, by Python's names for them.
_LEGACY = {
    "ascii", "utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le", "koi8-r", "mac-roman",
    "shift_jis", "euc_jp", "gbk", "gb18030", "big5", "euc_kr", "iso8859-1", "iso8859-2", "iso8859-7", "iso8859-15",
    *(f"cp{number}" for number in range(1250, 1257)),
}  # fmt: skip


def _codec(who: str, encoding: str, output: bool = False) -> str:
    known = _CODECS if output else {**_CODECS, **_OTHERS}
    codec = known.get(encoding.upper())
    if codec is None and not output:
        with contextlib.suppress(LookupError):
            codec = codecs.lookup(encoding).name
        codec = codec if codec in _LEGACY else None
    if codec is None:
        raise errors.InvalidArgumentError(
            f"{who}: Could not create converter for input encoding: {encoding}; use {list(known)}"
            f"{'' if output else ', or one of ' + ', '.join(sorted(_LEGACY))}."
        )
    return codec


def _check_options(who: str, how: Any, replacement: Any) -> None:
    if (
        how not in ("replace", "strict", "ignore")
        or not isinstance(replacement, int)
        or not 0 <= replacement <= 0x10FFFF
    ):
        raise UnfitError(
            f"{who}: errors must be 'replace', 'strict' or 'ignore', and replacement_char a code point; received "
            f"{how!r} and {replacement!r}."
        )


def _decoded(who: str, data: bytes, codec: str, how: str, replacement: int, controls: bool) -> list[tuple[int, int]]:
    """(code point, where its bytes begin) of each character; broken bytes are replaced, left out or refused."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(data):
        try:
            text, end, broken = data[at:].decode(codec), len(data), None
        except UnicodeDecodeError as error:
            text, end, broken = data[at : at + error.start].decode(codec), at + error.start, at + error.end
        for character in text:
            found.append((ord(character), at))
            at += len(character.encode(codec))
        if broken is not None and codec.startswith("cp125"):  # bytes without a meaning stand for themselves there
            found.append((data[end], end))
            at = broken
        elif broken is not None:
            if how == "strict":
                raise errors.InvalidArgumentError(f"{who}: Invalid formatting on input string {data!r}")
            if how == "replace":
                found.append((replacement, end))
            at = broken
    if controls:
        found = [(replacement if code < 32 else code, place) for code, place in found]
    return found


def _apply(input: Any, function: Any, dtype: Any) -> Any:
    """Lists of each string, as a tensor for a scalar and as a ragged tensor otherwise."""
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(_apply(input.flat_values, function, dtype))
    array = texts("tf.strings", input)
    return rows_of([function(item) for item in array.reshape(-1)], array.shape, dtype)


@takes_symbolic("strings.unicode_decode")
def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """The code points of strings, as int32.

    Args:
        input: strings.
        input_encoding: "UTF-8", "UTF-16-BE", "UTF-32-BE", ...
        errors: what broken bytes become: "replace", "ignore" (nothing) or "strict" (an error).
        replacement_char: the code point for "replace".
        replace_control_characters: whether control characters are replaced too.
        name: ignored.

    Returns:
        A tensor for a scalar string, a ragged tensor of one dimension more otherwise.

    >>> import addax as tf
    >>> tf.strings.unicode_decode("ab", "UTF-8").numpy().tolist()
    [97, 98]
    """
    codec = _codec("tf.strings.unicode_decode", input_encoding)
    _check_options("tf.strings.unicode_decode", errors, replacement_char)
    options = (codec, errors, replacement_char, replace_control_characters)
    return _apply(input, lambda b: [code for code, _ in _decoded("tf.strings.unicode_decode", b, *options)], np.int32)


@takes_symbolic("strings.unicode_decode_with_offsets")
def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """(code points, where their bytes begin); see `unicode_decode`.

    >>> import addax as tf
    >>> points, starts = tf.strings.unicode_decode_with_offsets("né!", "UTF-8")
    >>> points.numpy().tolist(), starts.numpy().tolist()
    ([110, 233, 33], [0, 1, 3])
    """
    who = "tf.strings.unicode_decode_with_offsets"
    _check_options(who, errors, replacement_char)
    options = (_codec(who, input_encoding), errors, replacement_char, replace_control_characters)
    codes = _apply(input, lambda b: [code for code, _ in _decoded(who, b, *options)], np.int32)
    return codes, _apply(input, lambda b: [at for _, at in _decoded(who, b, *options)], np.int64)


def _characters(who: str, codec: str, how: str, replacement: int) -> Any:
    def cut(data: bytes) -> list[bytes]:
        return [chr(code).encode(codec) for code, _ in _decoded(who, data, codec, how, replacement, False)]

    return cut


@takes_symbolic("strings.unicode_split")
def unicode_split(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 0xFFFD, name: str | None = None
) -> Any:
    """The characters of strings, each as a string; see `unicode_decode`.

    >>> import addax as tf
    >>> tf.strings.unicode_split("abc", "UTF-8").numpy().tolist()
    [b'a', b'b', b'c']
    """
    who = "tf.strings.unicode_split"
    _check_options(who, errors, replacement_char)
    return _apply(input, _characters(who, _codec(who, input_encoding), errors, replacement_char), object)


@takes_symbolic("strings.unicode_split_with_offsets")
def unicode_split_with_offsets(
    input: Any, input_encoding: str, errors: str = "replace", replacement_char: int = 0xFFFD, name: str | None = None
) -> tuple[Any, Any]:
    """(characters, where their bytes begin); see `unicode_decode`.

    >>> import addax as tf
    >>> parts, starts = tf.strings.unicode_split_with_offsets("ab", "UTF-8")
    >>> parts.numpy().tolist(), starts.numpy().tolist()
    ([b'a', b'b'], [0, 1])
    """
    who = "tf.strings.unicode_split_with_offsets"
    _check_options(who, errors, replacement_char)
    codec = _codec(who, input_encoding)
    places = _apply(
        input, lambda b: [at for _, at in _decoded(who, b, codec, errors, replacement_char, False)], np.int64
    )
    return unicode_split(input, input_encoding, errors, replacement_char), places


@takes_symbolic("strings.unicode_encode")
def unicode_encode(
    input: Any, output_encoding: str, errors: str = "replace", replacement_char: int = 0xFFFD, name: str | None = None
) -> Any:
    """Code points as strings: the last axis becomes one string.

    >>> import addax as tf
    >>> tf.strings.unicode_encode([97, 98], "UTF-8").numpy()
    b'ab'
    """
    who = "tf.strings.unicode_encode"
    _check_options(who, errors, replacement_char)
    codec = _codec(who, output_encoding, True)

    def text(codes: Any) -> bytes:
        out = ""
        for code in codes:
            valid = 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
            if not valid and errors == "strict":
                raise _invalid(f"{who}: Code point is out of range for Unicode, or a noncharacter: {code}")
            out += chr(code) if valid else chr(replacement_char) if errors == "replace" else ""
        return out.encode(codec)

    if isinstance(input, RaggedTensor):
        if isinstance(input.values, RaggedTensor):
            return input.with_values(unicode_encode(input.values, output_encoding, errors, replacement_char))
        return made(np.array([text(row) for row in input.to_list()], object))
    array = _code_points(who, input)
    if not array.ndim:
        raise ValueError(f"{who}: input's rank must be 1 or more, received a scalar.")
    out = np.empty(array.shape[:-1], object)
    for place in np.ndindex(out.shape):
        out[place] = text(array[place].tolist())
    return made(out)


_invalid = errors.InvalidArgumentError


def _code_points(who: str, x: Any) -> np.ndarray:
    array = concrete(convert.convert_to_tensor(x), who)
    if array.dtype != np.int32 and not (isinstance(x, np.ndarray) and array.dtype.kind == "i"):
        raise UnfitError(errors.message(who, expected="int32 code points", received={"input": array}))
    return array


@takes_symbolic("strings.unicode_transcode")
@by_values
def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """Strings in another encoding; see `unicode_decode`.

    >>> import addax as tf
    >>> tf.strings.unicode_transcode("a", "UTF-8", "UTF-16-BE").numpy()
    b'\\x00a'
    """
    who = "tf.strings.unicode_transcode"
    _check_options(who, errors, replacement_char)
    source, target = _codec(who, input_encoding), _codec(who, output_encoding, True)

    def change(data: bytes) -> bytes:
        codes = _decoded(who, data, source, errors, replacement_char, replace_control_characters)
        return "".join(chr(code) for code, _ in codes).encode(target)

    return made(each(change, texts(who, input)))


# The first code point of each block and its script, by ICU's numbers, for the scripts of living languages (Unicode 15,
# Scripts.txt, shortened to blocks): 0 common, 1 inherited, 2 Arabic, 3 Armenian, 4 Bengali, 5 Bopomofo, 6 Cherokee, ...
_SCRIPTS = [
    (0x0000, 0), (0x0041, 25), (0x005B, 0), (0x0061, 25), (0x007B, 0), (0x00AA, 25), (0x00AB, 0), (0x00BA, 25),
    (0x00BB, 0), (0x00C0, 25), (0x00D7, 0), (0x00D8, 25), (0x00F7, 0), (0x00F8, 25), (0x02B9, 0), (0x02E0, 25),
    (0x02E5, 0), (0x0300, 1), (0x0370, 14), (0x0374, 0), (0x0375, 14), (0x037E, 0), (0x037F, 14), (0x0385, 0),
    (0x0386, 14), (0x0387, 0), (0x0388, 14), (0x03E2, 7), (0x03F0, 14), (0x0400, 8), (0x0485, 1), (0x0487, 8),
    (0x0531, 3), (0x0589, 0), (0x058A, 3), (0x0591, 19), (0x0600, 2), (0x0605, 0), (0x0606, 2), (0x060C, 0),
    (0x060D, 2), (0x061B, 0), (0x061C, 2), (0x061F, 0), (0x0620, 2), (0x0640, 0), (0x0641, 2), (0x064B, 1),
    (0x0656, 2), (0x0670, 1), (0x0671, 2), (0x06DD, 0), (0x06DE, 2), (0x0700, 34), (0x0750, 2), (0x0780, 37),
    (0x0900, 10), (0x0951, 1), (0x0955, 10), (0x0964, 0), (0x0966, 10), (0x0980, 4), (0x0A01, 16), (0x0A81, 15),
    (0x0B01, 31), (0x0B82, 35), (0x0C00, 36), (0x0C80, 21), (0x0D00, 26), (0x0D81, 33), (0x0E01, 38), (0x0E3F, 0),
    (0x0E40, 38), (0x0E81, 24), (0x0F00, 39), (0x1000, 28), (0x10A0, 12), (0x10FB, 0), (0x10FC, 12), (0x1100, 18),
    (0x1200, 11), (0x13A0, 6), (0x1400, 40), (0x1680, 29), (0x16A0, 32), (0x1780, 23), (0x1800, 27), (0x1C80, 8),
    (0x1C90, 12), (0x1CC0, 0), (0x1D00, 25), (0x1D26, 14), (0x1D2B, 8), (0x1D2C, 25), (0x1DC0, 1), (0x1E00, 25),
    (0x1F00, 14), (0x2000, 0), (0x2071, 25), (0x2072, 0), (0x207F, 25), (0x2080, 0), (0x2090, 25), (0x20A0, 0),
    (0x20D0, 1), (0x2100, 0), (0x2126, 14), (0x2127, 0), (0x212A, 25), (0x212C, 0), (0x2132, 25), (0x2133, 0),
    (0x2160, 25), (0x2189, 0), (0x2C60, 25), (0x2C80, 7), (0x2D00, 12), (0x2D80, 11), (0x2DE0, 8), (0x2E00, 0),
    (0x2E80, 17), (0x2FF0, 0), (0x3005, 17), (0x3006, 0), (0x3007, 17), (0x3008, 0), (0x3021, 17), (0x302A, 1),
    (0x302E, 18), (0x3030, 0), (0x3038, 17), (0x303C, 0), (0x3041, 20), (0x3099, 1), (0x309B, 0), (0x309D, 20),
    (0x30A0, 0), (0x30A1, 22), (0x30FB, 0), (0x30FD, 22), (0x3105, 5), (0x3131, 18), (0x3190, 0), (0x31A0, 5),
    (0x31C0, 0), (0x31F0, 22), (0x3200, 18), (0x3220, 0), (0x3260, 18), (0x327F, 0), (0x32D0, 22), (0x32FF, 0),
    (0x3300, 22), (0x3358, 0), (0x3400, 17), (0x4DC0, 0), (0x4E00, 17), (0xA000, 41), (0xA640, 8), (0xA700, 0),
    (0xA722, 25), (0xA788, 0), (0xA78B, 25), (0xA960, 18), (0xAC00, 18), (0xD800, 103), (0xE000, 103), (0xF900, 17),
    (0xFB00, 25), (0xFB13, 3), (0xFB1D, 19), (0xFB50, 2), (0xFD3E, 0), (0xFD50, 2), (0xFE00, 1), (0xFE10, 0),
    (0xFE20, 1), (0xFE30, 0), (0xFE70, 2), (0xFEFF, 0), (0xFF21, 25), (0xFF3B, 0), (0xFF41, 25), (0xFF5B, 0),
    (0xFF66, 22), (0xFF70, 0), (0xFF71, 22), (0xFF9E, 0), (0xFFA0, 18), (0xFFE0, 0), (0x1F000, 0), (0x20000, 17),
    (0x323B0, 103),
]  # fmt: skip
_STARTS = [start for start, _ in _SCRIPTS]


@takes_symbolic("strings.unicode_script")
def unicode_script(input: Any, name: str | None = None) -> Any:
    """The script of each code point, by ICU's numbers (25 is Latin, 17 Han), -1 for what is no code point.

    >>> import addax as tf
    >>> tf.strings.unicode_script([97, 0x65E5, 0x3B1]).numpy().tolist()
    [25, 17, 14]
    """
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(unicode_script(input.flat_values))
    codes = _code_points("tf.strings.unicode_script", input)

    def script(code: int) -> int:
        return _SCRIPTS[bisect.bisect_right(_STARTS, code) - 1][1] if 0 <= code <= 0x10FFFF else -1

    return convert.tensor_of(np.vectorize(script, otypes=[np.int32])(codes) if codes.size else codes)
