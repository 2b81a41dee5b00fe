"""RE2's regular expressions, which TensorFlow takes, as Python's.

The two agree on what matches first. They differ in spelling (``\\p{L}``, ``[[:alpha:]]``, ``\\x{4E00}``, ``(?U)``), in
what is refused (look-around, references back), and in classes: RE2's ``\\w`` and ``\\b`` know ASCII, Python's all
letters. Text is UTF-8; a byte that is none becomes a lone surrogate, which no class covers (so there is no ``\\C``).
Syntax: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from typing import Any

Ranges = tuple[tuple[int, int], ...]

_BROKEN = (0xDC80, 0xDCFF)  # bytes that are no UTF-8, as `surrogateescape` writes them
_DIGITS, _SPACES, _WORDS = "0-9", "\t\n\f\r ", "0-9A-Za-z_"
_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": "\0-\x7f", "blank": "\t ", "cntrl": "\0-\x1f\x7f",
    "digit": _DIGITS, "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@[-`{-~", "space": "\t-\r ",
    "upper": "A-Z", "word": _WORDS, "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_LETTERS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_REPEAT = re.compile(r"[*+?]|\{(\d+)(?:(,)(\d*))?\}")
_CHARACTER = re.compile(
    r"\\(?:x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2})|([afnrtv])|([^\w\s]|_))", re.ASCII
)
_GROUP = re.compile(r"\((?:\?P<(\w+)>|\?([a-zA-Z-]*)([:)])|(?!\?))")
_PROPERTY = re.compile(r"\\[pP](?:\{(\^?)(\w+)\}|([A-Z]))")
_POSIX_CLASS = re.compile(r"\[:(\^?)(\w+):\]")
_HAN = ("CJK UNIFIED", "CJK COMPATIBILITY IDEO", "CJK RADICAL", "KANGXI", "IDEOGRAPHIC ITER", "HANGZHOU")
_MOST = 1000  # repetitions that RE2 counts


class PatternError(ValueError):
    """A pattern that RE2 would refuse."""


def text_of(data: bytes) -> str:
    """UTF-8 as text; other bytes become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """What `text_of` read."""
    return text.encode("utf-8", "surrogateescape")


class Expression:
    """A compiled pattern.

    Args:
        pattern: in RE2's syntax.

    Raises:
        PatternError: RE2 would refuse it.
    """

    def __init__(self, pattern: str) -> None:
        try:
            self._compiled = re.compile(_Translation(pattern).written())
        except re.error as error:
            raise PatternError(str(error)) from None
        # An empty match next to another one counts in Python, not in RE2.
        self._may_be_empty = self._compiled.fullmatch("") is not None or "\\b" in self._compiled.pattern

    def matches_all(self, data: bytes) -> bool:
        """Whether the whole text matches."""
        return self._compiled.fullmatch(text_of(data)) is not None

    def replaced(self, data: bytes, rewrite: Rewrite, once: bool = False) -> bytes:
        """The text with matches rewritten, all or only the first."""
        if rewrite.groups > self._compiled.groups or (once and rewrite.broken):
            return data
        text = text_of(data)
        if self._may_be_empty:
            return bytes_of(self._one_by_one(text, rewrite, once))
        return bytes_of(self._compiled.sub(rewrite, text, count=int(once)))

    def _one_by_one(self, text: str, rewrite: Rewrite, once: bool) -> str:
        out, at, last = [], 0, -1
        while at <= len(text) and (found := self._compiled.search(text, at)):
            start, end = found.span()
            out.append(text[at:start])
            if start == end == last:
                out.append(text[start : start + 1])
                at = start + 1
                continue
            out.append(rewrite(found))
            at = last = end
            if once:
                break
        return "".join(out) + text[at:]


class Rewrite:
    r"""What comes in place of a match: \1 to \9 are groups, \0 the match, \\ a backslash; others end it.

    Args:
        text: as the user wrote it.
    """

    def __init__(self, text: str) -> None:
        pieces = re.split(r"\\(.?)", text, flags=re.DOTALL)
        self._pieces: list[str | int] = [pieces[0]]
        self.broken = False
        for escaped, plain in zip(pieces[1::2], pieces[2::2], strict=True):
            if escaped != "\\" and not ("0" <= escaped <= "9"):
                self.broken = True
                break
            self._pieces += [escaped if escaped == "\\" else int(escaped), plain]
        self.groups = max((piece for piece in self._pieces if isinstance(piece, int)), default=0)

    def __call__(self, found: re.Match[str]) -> str:
        return "".join(piece if isinstance(piece, str) else found[piece] or "" for piece in self._pieces)


class _Translation:
    """One pattern on its way to Python's syntax."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0
        self._out: list[str] = []
        self._around: list[frozenset[str]] = []  # the flags of the groups around
        self._flags = frozenset[str]()
        self._operand = False  # whether there is something to repeat

    def written(self) -> str:
        while self._at < len(self._pattern):
            self._next()
        if self._around:
            raise PatternError(f"missing ): {self._pattern}")
        return "".join(self._out)

    # ------------------------------------------------------------------ what stands at a place

    def _next(self) -> None:
        char = self._pattern[self._at]
        if (repeat := _REPEAT.match(self._pattern, self._at)) is not None:
            self._repeat(repeat)
        elif char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self._alternative()
        elif char == "[":
            self._put(self._bracket())
        elif self._pattern.startswith(r"\Q", self._at):
            self._literal()
        elif char == "\\":
            self._put(self._escape())
        else:
            self._at += 1
            self._put({"^": self._start, "$": self._end, ".": self._dot}.get(char, lambda: re.escape(char))())

    def _put(self, atom: str) -> None:
        self._out.append(f"(?i:{atom})" if "i" in self._flags else atom)
        self._operand = True

    def _start(self) -> str:
        return "(?m:^)" if "m" in self._flags else r"\A"

    def _end(self) -> str:
        return "(?m:$)" if "m" in self._flags else r"\Z"

    def _dot(self) -> str:
        return _class(() if "s" in self._flags else ((10, 10),), negated=True)

    def _repeat(self, found: re.Match[str]) -> None:
        least, comma, most = found.groups()
        counts = [int(count) for count in (least, most) if count]
        if not self._operand:
            before = self._pattern[max(self._at - 1, 0) : self._at]
            twice = before in ("*", "+", "?", "}") and bool(before)
            what = f"bad repetition operator: {before}" if twice else "no argument for repetition operator: "
            raise PatternError(what + found[0])
        if any(count > _MOST for count in counts) or counts != sorted(counts):
            raise PatternError(f"invalid repetition size: {found[0]}")
        self._at = found.end()
        lazy = self._pattern.startswith("?", self._at)
        self._at += lazy
        self._out.append(found[0] + ("?" if lazy != ("U" in self._flags) and (least is None or comma) else ""))
        self._operand = False

    # ------------------------------------------------------------------ groups

    def _open(self) -> None:
        found = _GROUP.match(self._pattern, self._at)
        if found is None or (found[2] is not None and not re.fullmatch(r"[imsU]*(?:-[imsU]+)?", found[2])):
            raise PatternError(f"invalid perl operator: {self._pattern[self._at : self._at + 3]}")
        self._at = found.end()
        name, letters, closing = found.groups()
        flags = self._flags
        if letters:
            on, _, off = letters.partition("-")
            flags = flags.union(on).difference(off)
        if closing != ")":
            self._around.append(self._flags)
            self._out.append(f"(?P<{name}>" if name else "(" if letters is None else "(?:")
        self._flags, self._operand = flags, False

    def _close(self) -> None:
        if not self._around:
            raise PatternError(f"unexpected ): {self._pattern}")
        self._flags = self._around.pop()
        self._out.append(")")
        self._at += 1
        self._operand = True

    def _alternative(self) -> None:
        self._out.append("|")
        self._at += 1
        self._operand = False

    # ------------------------------------------------------------------ escapes and classes

    def _literal(self) -> None:
        r"""\Q...\E: all characters stand for themselves."""
        text, ended, _rest = self._pattern[self._at + 2 :].partition(r"\E")
        for char in text:
            self._put(re.escape(char))
        self._at += 2 + len(text) + (2 if ended else 0)

    def _escape(self) -> str:
        letter = self._pattern[self._at + 1 : self._at + 2]
        if letter in ("A", "z", "b", "B"):
            self._at += 2
            return {"A": r"\A", "z": r"\Z"}.get(letter) or f"(?a:\\{letter})"
        ranges = self._class_escape()
        if ranges is not None:
            return _class(ranges)
        return re.escape(chr(self._character()))

    def _class_escape(self) -> Ranges | None:
        r"""\d and its like, \p{...}."""
        letter = self._pattern[self._at + 1 : self._at + 2]
        if letter in ("d", "D", "s", "S", "w", "W"):
            self._at += 2
            ranges = _listed({"d": _DIGITS, "s": _SPACES, "w": _WORDS}[letter.lower()])
            return _others(ranges) if letter.isupper() else ranges
        if letter not in ("p", "P"):
            return None
        found = _PROPERTY.match(self._pattern, self._at)
        ranges = _property(found[2] or found[3]) if found else None
        if found is None or ranges is None:
            raise PatternError(f"invalid character class range: {found[0] if found else self._pattern[self._at :]}")
        self._at = found.end()
        return _others(ranges) if (letter == "P") != bool(found[1]) else ranges

    def _character(self) -> int:
        """The character at this place, which may be escaped."""
        if self._pattern[self._at] != "\\":
            self._at += 1
            return ord(self._pattern[self._at - 1])
        found = _CHARACTER.match(self._pattern, self._at)
        if found is None:
            bad = self._pattern[self._at : self._at + 2]
            raise PatternError("trailing \\" if bad == "\\" else f"invalid escape sequence: {bad}")
        self._at = found.end()
        wide, narrow, octal, letter, itself = found.groups()
        code = (
            int(octal, 8) if octal else int(wide or narrow, 16) if wide or narrow else ord(_LETTERS.get(letter, itself))
        )
        if code > sys.maxunicode:
            raise PatternError(f"invalid escape sequence: {found[0]}")
        return code

    def _bracket(self) -> str:
        begin = self._at
        negated = self._pattern.startswith("[^", begin)
        self._at += 1 + negated
        ranges: list[tuple[int, int]] = []
        while not (self._pattern.startswith("]", self._at) and self._at > begin + 1 + negated):
            if self._at >= len(self._pattern):
                raise PatternError(f"missing ]: {self._pattern[begin:]}")
            ranges += self._member()
        self._at += 1
        return _class(tuple(ranges), negated)

    def _member(self) -> Ranges:
        posix = _POSIX_CLASS.match(self._pattern, self._at)
        if posix is not None:
            if posix[2] not in _POSIX:
                raise PatternError(f"invalid character class range: {posix[0]}")
            self._at = posix.end()
            listed = _listed(_POSIX[posix[2]])
            return _others(listed) if posix[1] else listed
        if self._pattern[self._at] == "\\" and (ranges := self._class_escape()) is not None:
            return ranges
        begin = self._at
        first = last = self._character()
        follows = self._pattern[self._at : self._at + 2]
        if len(follows) == 2 and follows[0] == "-" and follows[1] != "]":
            self._at += 1
            last = self._character()
        if last < first:
            raise PatternError(f"invalid character class range: {self._pattern[begin : self._at]}")
        return ((first, last),)


def _class(ranges: Ranges, negated: bool = False) -> str:
    """A class in Python's syntax."""
    if negated:
        ranges = (*ranges, _BROKEN)
    if not ranges:
        return "(?!)"
    return (
        f"[{'^' if negated else ''}{''.join(f'{_spelt(a)}-{_spelt(b)}' if a != b else _spelt(a) for a, b in ranges)}]"
    )


def _spelt(code: int) -> str:
    return chr(code) if chr(code).isalnum() else f"\\U{code:08x}"


def _listed(text: str) -> Ranges:
    """A class that is written as `a-z_`."""
    found = re.findall(r"(.)-(.)|(.)", text, re.DOTALL)
    return tuple((ord(a or c), ord(b or c)) for a, b, c in found)


def _others(ranges: Ranges) -> Ranges:
    """All characters but these."""
    out, at = [], 0
    for first, last in sorted((*ranges, _BROKEN)):
        if first > at:
            out.append((at, first - 1))
        at = max(at, last + 1)
    return (*out, (at, sys.maxunicode)) if at <= sys.maxunicode else tuple(out)


@functools.lru_cache(maxsize=64)
def _property(name: str) -> Ranges | None:
    """The characters of a general category (`L`, `Lu`), or of a script, as far as their names tell; or None."""
    codes = range(sys.maxunicode + 1)
    if name == "Any":
        return ((0, sys.maxunicode),)
    if len(name) <= 2:
        within = [code for code in codes if unicodedata.category(chr(code)).startswith(name)]
    else:
        known = {
            "Han": ("CJK UNIFIED", "CJK COMPATIBILITY IDEO", "CJK RADICAL", "KANGXI", "IDEOGRAPHIC ITER", "HANGZHOU")
        }
        starts = known.get(name) or (f"{name.upper().replace('_', ' ')} ", f"FULLWIDTH {name.upper()} ")
        within = [code for code in codes if unicodedata.name(chr(code), "").startswith(starts)]
    ranges: list[Any] = []
    for code in within:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return tuple(ranges) or None
