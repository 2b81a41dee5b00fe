"""Columns of many Examples: the same as reading them one by one, whatever their layout."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addax.formats import protobuf
from addax.formats.example import BytesList, Feature, FloatList, Int64List
from addax.formats.example_columns import ExampleColumns, KindError, RecordError, decode_varints

LISTS = {"int64": Int64List, "float": FloatList, "bytes": BytesList}
KINDS = {"a": "int64", "bb": "float", "c" * 40: "bytes", "d": "int64"}


def record(features, extra=b""):
    """An Example whose features lie in the order of a dict: {name: (kind, values)}; kind None: nothing is set."""
    body = b""
    for name, (kind, values) in features.items():
        feature = Feature(**({} if kind is None else {f"{kind}_list": LISTS[kind](value=values)}))
        body += protobuf.bytes_field(1, protobuf.bytes_field(1, name) + protobuf.bytes_field(2, _bytes(feature, kind)))
    return protobuf.bytes_field(1, body) + extra


def _bytes(feature, kind):
    data = feature.SerializeToString()
    return data if data or kind is None else protobuf.bytes_field({"bytes": 1, "float": 2, "int64": 3}[kind], b"")


def columns(records, kinds=KINDS):
    found = ExampleColumns(kinds).parse(records)
    made = {}
    for name, column in found.items():
        ends = np.cumsum(column.counts)
        made[name] = [column.values[a:b].tolist() for a, b in zip(ends - column.counts, ends, strict=True)]
    return made


VALUES = {
    "int64": st.lists(st.sampled_from([0, 1, -1, 127, 128, 300, 2**40, -(2**63), 2**63 - 1]), max_size=4),
    "float": st.lists(st.integers(-5, 5).map(float), max_size=40),
    "bytes": st.lists(st.binary(max_size=3) | st.just(b"x" * 130), max_size=3),
}


@st.composite
def rows(draw):
    names = [*KINDS, "not asked for"]
    if draw(st.booleans()):
        names = draw(st.permutations(names))
    made = {}
    for name in names:
        if draw(st.integers(0, 9)):
            kind = KINDS.get(name, "bytes")
            made[name] = (kind, draw(VALUES[kind]))
    return made


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rows(), min_size=1, max_size=12), st.integers(1, 20))
def test_equal_to_reading_one_by_one(given_rows, times):
    expected = {name: [row.get(name, (None, []))[1] for row in given_rows] * times for name in KINDS}
    assert columns([record(row) for row in given_rows] * times) == expected


def test_many_values_and_many_records():
    many = [{"a": ("int64", list(range(n % 7))), "c" * 40: ("bytes", [b"w"] * (n % 90))} for n in range(300)]
    found = columns([record(row) for row in many])
    assert found["a"] == [row["a"][1] for row in many]
    assert found["c" * 40] == [row["c" * 40][1] for row in many]


def test_layouts_that_are_unlike_the_usual():
    unpacked = protobuf.varint_field(1, 5) + protobuf.varint_field(1, 6)
    entry = protobuf.bytes_field(1, "a") + protobuf.bytes_field(2, protobuf.bytes_field(3, unpacked))
    odd = protobuf.bytes_field(1, protobuf.bytes_field(1, entry))
    twice = {"a": ("int64", [1])}
    entries = b"".join(record({"a": ("int64", [n])})[2:] for n in (3, 4))
    double = protobuf.bytes_field(1, entries)  # of entries with one key the last counts
    unknown = record(twice, extra=protobuf.bytes_field(9, b"newer"))
    found = columns([odd, double, unknown, b"", record(twice)] * 3, {"a": "int64"})
    assert found["a"] == [[5, 6], [4], [1], [], [1]] * 3


def test_paths_are_learnt_once():
    reader = ExampleColumns({"a": "int64"})
    for _ in range(3):
        reader.parse([record({"a": ("int64", [n]), "z": ("float", [1.0])}) for n in range(50)])
    assert len(reader._paths) == 1


def test_presence():
    found = ExampleColumns({"a": "int64"}).parse(
        [record({"a": ("int64", [])}), record({"a": (None, [])}), record({}), record({"a": ("int64", [1])})]
    )["a"]
    assert found.present.tolist() == [True, False, False, True] and found.counts.tolist() == [0, 0, 0, 1]


def test_another_kind():
    records = [record({"a": ("int64", [1])})] * 5 + [record({"a": ("float", [1.0])})]
    with pytest.raises(KindError, match="record 5: feature 'a' holds float, expected int64"):
        ExampleColumns({"a": "int64"}).parse(records)


@pytest.mark.parametrize("count", [1, 300])
def test_damage(count):
    good = record({"a": ("int64", [300]), "c": ("bytes", [b"abc"])})
    for cut in range(1, len(good)):
        with pytest.raises(RecordError) as caught:
            ExampleColumns({"a": "int64", "c": "bytes"}).parse([good] * (count - 1) + [good[:cut]])
        assert caught.value.index == count - 1


def test_bits_that_flip_never_break_the_reader():
    good = record({"a": ("int64", [300, 1]), "b": ("float", [1.0, 2.0]), "c": ("bytes", [b"abc", b""])})
    kinds = {"a": "int64", "b": "float", "c": "bytes"}
    for place in range(len(good)):
        for bit in range(8):
            bad = bytearray(good)
            bad[place] ^= 1 << bit
            try:
                ExampleColumns(kinds).parse([good] * 6 + [bytes(bad)])
            except RecordError as error:
                assert error.index == 6


def test_varints():
    values = [0, 127, 128, 2**35, -1, 2**63 - 1]
    data = np.frombuffer(protobuf.packed_varints(values), np.uint8)
    found, last = decode_varints(data)
    assert found.tolist() == values and last[-1] == len(data) - 1


def test_records_of_one_length_are_read_as_those_before_them():
    def of(number, word, score):
        return record(
            {"a": ("int64", [number]), "bb": ("float", score), "c" * 40: ("bytes", [word]), "e": ("int64", [1])}
        )

    reader = ExampleColumns(KINDS)
    even = [[of(n + start, b"xyz", [n, 0.5]) for n in range(20)] for start in (0, 30, 60)]
    for batch, start in zip(even, (0, 30, 60), strict=True):
        found = reader.parse(batch)
        assert found["a"].values.tolist() == list(range(start, start + 20))
        assert found["bb"].values.tolist() == [v for n in range(20) for v in (n, 0.5)]
        assert found["c" * 40].values.tolist() == [b"xyz"] * 20 and not found["d"].present.any()
    assert reader._template is not None
    # as long, but with other names, kinds or numbers of bytes in one of them
    other = [
        of(300, b"xy", [1.0, 2.0]),
        even[0][0][:-1] + b"\x07",
        record({"a": ("int64", [5])}, b"\x12" + bytes([79]) + bytes(79)),
    ]
    assert [len(each) for each in other[:2]] == [len(even[0][0])] * 2
    for odd in other:
        batch = [*even[1], odd]
        assert {k: v.values.tolist() for k, v in reader.parse(batch).items()} == {
            k: v.values.tolist() for k, v in ExampleColumns(KINDS).parse(batch).items()
        }
        assert reader.parse(batch)["a"].values.tolist()[:20] == list(range(30, 50))
