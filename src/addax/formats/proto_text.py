"""Protocol buffers written as text (`value: 3 inner { name: "x" }`), by a description of their messages.

Format: https://protobuf.dev/reference/protobuf/textformat-spec/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from addax.formats import descriptors
from addax.formats.descriptors import FieldType, encode_fields
from addax.formats.protobuf import WireError

__all__ = ["to_binary"]

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<word>[-+]?[A-Za-z0-9_.][A-Za-z0-9_.+-]*)"""
    r"""|(?P<sign>[-:,;{}<>\[\]])"""
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|.)", re.DOTALL)
_CONTROL = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_DEPTH = 100


def to_binary(text: str, messages: Mapping[str, Mapping[str, FieldType]], name: str) -> bytes:
    """A message written as text, serialized.

    Args:
        text: the message.
        messages: fields by name, by name of the message.
        name: which of them it is.

    Raises:
        WireError: the text is not such a message.

    >>> from addax.formats.descriptors import local_messages
    >>> to_binary("value: [3, 4]", local_messages(), "tensorflow.Int64List")
    b'\\n\\x02\\x03\\x04'
    """
    return _Reader(text, messages).message(name, None, 0)


class _Reader:
    def __init__(self, text: str, messages: Mapping[str, Mapping[str, FieldType]]) -> None:
        self.messages = messages
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise WireError(f"unexpected {text[at]!r}", at)
            if found.lastgroup is not None:
                self.tokens.append((found.lastgroup, found.group(), at))
            at = found.end()
        self.tokens.append(("end", "", len(text)))
        self.next = 0

    def take(self) -> tuple[str, str, int]:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def skip(self, *signs: str) -> bool:
        kind, text, _ = self.tokens[self.next]
        if kind != "sign" or text not in signs:
            return False
        self.next += 1
        return True

    def message(self, name: str, closing: str | None, depth: int) -> bytes:
        known = self.messages.get(name)
        if known is None or depth > _DEPTH:
            raise WireError(f"no description of {name}, or nested too deeply", self.tokens[self.next][2])
        found: dict[str, list[Any]] = {}
        while True:
            kind, text, at = self.take()
            if (kind == "end" and closing is None) or (kind == "sign" and text == closing):
                return encode_fields([(known[field], values) for field, values in found.items()])
            if kind != "word" or text not in known:
                raise WireError(f"unknown field {text!r} of {name}", at)
            field = known[text]
            values = found.setdefault(text, [])
            colon = self.skip(":")
            if self.skip("["):
                while not self.skip("]"):
                    values.append(self.value(field, depth))
                    self.skip(",")
            elif colon or field.type == descriptors.MESSAGE:
                values.append(self.value(field, depth))
            else:
                raise WireError(f"no ':' after {text}", at)
            if len(values) > 1 and not field.repeated:
                raise WireError(f"{text} twice, which is not repeated", at)
            self.skip(",", ";")

    def value(self, field: FieldType, depth: int) -> Any:
        kind, text, at = self.take()
        if field.type == descriptors.MESSAGE:
            if kind != "sign" or text not in "{<":
                raise WireError("no message in braces", at)
            return self.message(field.message, "}" if text == "{" else ">", depth + 1)
        if field.type in descriptors.TEXTS:
            if kind != "text":
                raise WireError("no text in quotes", at)
            data = _unquoted(text)
            while self.tokens[self.next][0] == "text":  # side by side, they are one
                data += _unquoted(self.take()[1])
            return data
        sign = "-" if kind == "sign" and text == "-" else ""
        if sign:
            kind, text, at = self.take()
        try:
            return _scalar(field, sign + text)
        except (KeyError, ValueError):
            raise WireError(f"no value of its field: {text!r}", at) from None


def _unquoted(text: str) -> bytes:
    def one(found: re.Match[bytes]) -> bytes:
        code = found.group(1)
        if code[:1].isdigit():
            return bytes([int(code, 8) & 0xFF])
        if len(code) > 1:
            return bytes([int(code[1:], 16)])
        return _CONTROL.get(code, code)

    return _ESCAPE.sub(one, text[1:-1].encode("utf-8"))


def _scalar(field: FieldType, text: str) -> Any:
    if field.type == descriptors.BOOL:
        return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}[text.lower()]
    if field.type in (descriptors.DOUBLE, descriptors.FLOAT):
        return float(text.rstrip("fF") if "inf" not in text.lower() and not text.startswith("0x") else text)
    if field.type == descriptors.ENUM and text in field.names:
        return field.names[text]
    octal = re.fullmatch(r"([-+]?)0([0-7]+)", text)
    return int(octal[1] + "0o" + octal[2], 0) if octal else int(text, 0)
