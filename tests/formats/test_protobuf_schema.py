"""Messages by schema."""

import pytest

from addax.formats import protobuf
from addax.formats.protobuf_schema import Codec

CODEC = Codec(
    {
        "All": {
            1: "count int", 2: "zigzag sint", 3: "flag bool", 4: "f float", 5: "d double", 6: "text str",
            7: "raw bytes", 8: "inner All", 9: "names str*", 10: "numbers int*", 11: "parts All*",
            12: "by_name map All", 13: "fs float*",
        }
    },
    depth=5,
)  # fmt: skip
WHOLE = {
    "count": -3, "zigzag": -7, "flag": False, "f": 0.5, "d": -1.25, "text": "ä", "raw": b"\x00\xff",
    "inner": {"count": 1}, "names": ["a", ""], "numbers": [0, -1, 300], "parts": [{}, {"text": "x"}],
    "by_name": {"k": {"flag": True}, "l": {}}, "fs": [1.5, -2.0],
}  # fmt: skip


def test_there_and_back():
    assert CODEC.decode("All", CODEC.encode("All", WHOLE)) == WHOLE


def test_unknown_fields_are_passed_over():
    assert CODEC.decode("All", protobuf.bytes_field(99, b"?") + protobuf.varint_field(1, 5)) == {"count": 5}


def test_packed_and_single_numbers():
    packed = protobuf.bytes_field(10, protobuf.packed_varints([1, 2]))
    assert CODEC.decode("All", packed + protobuf.varint_field(10, 3)) == {"numbers": [1, 2, 3]}


@pytest.mark.parametrize(
    "data",
    [
        protobuf.varint_field(6, 1), protobuf.bytes_field(1, b"x"), protobuf.bytes_field(6, b"\xff"),
        protobuf.bytes_field(8, b"\x08"), protobuf.bytes_field(13, b"123"), protobuf.varint_field(4, 1),
    ],
)  # fmt: skip
def test_other_kinds_are_refused(data):
    with pytest.raises(protobuf.WireError):
        CODEC.decode("All", data)


def test_depth_is_bounded():
    deep = b""
    for _ in range(2000):
        deep = protobuf.bytes_field(8, deep)
    with pytest.raises(protobuf.WireError, match="nested more than 5 deep"):
        CODEC.decode("All", deep)


def test_unknown_names_are_refused():
    with pytest.raises(KeyError):
        CODEC.encode("All", {"nothing": 1})
