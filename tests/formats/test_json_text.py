"""JSON: what Python writes is read; hostile text is refused with its file."""

import pytest

from addax.formats.errors import CorruptFileError, TooLargeError
from addax.formats.json_text import read_json


def test_reads():
    assert read_json(b'{"a": [1, 2.5, "\\u00e9[{", null, true]}', file="c") == {"a": [1, 2.5, "é[{", None, True]}
    assert read_json("[" * 200 + "]" * 200, file="c")
    assert read_json("[NaN, -Infinity]", file="c", allow_nan=True)[1] == float("-inf")


@pytest.mark.parametrize(
    "text, error, match",
    [
        (b"\xff\xfe", CorruptFileError, "UTF-8"),
        ("[NaN]", CorruptFileError, "NaN"),
        ("[-Infinity]", CorruptFileError, "Infinity"),
        ('{"a": 1, "b": 2, "a": 3}', CorruptFileError, "repeats the key 'a'"),
        ("[" * 100_000 + "]" * 100_000, TooLargeError, "deep"),
        ("[" * 100_000, TooLargeError, "deep"),
        ("9" * 1_000_000, CorruptFileError, "JSON"),
        ("{'a': 1}", CorruptFileError, "valid"),
        ("", CorruptFileError, "valid"),
        ('{"a": 1} x', CorruptFileError, "valid"),
    ],
)
def test_refused(text, error, match):
    with pytest.raises(error, match=match) as caught:
        read_json(text, file="config.json", member="m")
    assert "config.json" in str(caught.value) and caught.value.member == "m"


def test_length_limit():
    with pytest.raises(TooLargeError, match="too long"):
        read_json('"' + "a" * 100 + '"', file="c", max_bytes=50)
