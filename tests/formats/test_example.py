"""tf.train.Example: bytes as TensorFlow 2.21 wrote them, behaviour as its protocol buffers have."""

import copy
import pickle  # noqa: TID251

import numpy as np
import pytest

from addax.formats import protobuf
from addax.formats.example import (
    BytesList,
    DecodeError,
    Example,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
    SequenceExample,
)

# Written by TensorFlow 2.21 (deterministic serialization).
GOLDEN = (
    b"\nL\n\x12\n\x01b\x12\r\n\x0b\n\x07xy\n\x00\xe3\"'\n\x00\n\x07\n\x01e\x12\x02\x1a\x00\n\x15\n\x01f\x12\x10\x12\x0e"
    b"\n\x0c\x00\x00\xc0?\xcd\xcc\xcc\xbd\x08\xe5<\x1e\n\x16\n\x01i\x12\x11\x1a\x0f\n\r\x01\xfe\xff\xff\xff\xff\xff\xff"
    b"\xff\xff\x01\xac\x02"
)
GOLDEN_SEQUENCE = b"\n\x0c\n\n\n\x01a\x12\x05\x1a\x03\n\x01\x01\x12\x0e\n\x0c\n\x01w\x12\x07\n\x05\n\x03\n\x01a"


def example():
    feature = {
        "i": Feature(int64_list=Int64List(value=[1, -2, 300])),
        "f": Feature(float_list=FloatList(value=np.float64([1.5, -0.1, 1e-20]))),
        "b": Feature(bytes_list=BytesList(value=[b"xy\n\x00\xe3\"'", b""])),
        "e": Feature(int64_list=Int64List(value=[])),
    }
    return Example(features=Features(feature=feature))


def test_bytes_are_tensorflows():
    assert example().SerializeToString() == GOLDEN
    sequence = SequenceExample(
        context=Features(feature={"a": Feature(int64_list=Int64List(value=[1]))}),
        feature_lists=FeatureLists(
            feature_list={"w": FeatureList(feature=[Feature(bytes_list=BytesList(value=[b"a"]))])}
        ),
    )
    assert sequence.SerializeToString() == GOLDEN_SEQUENCE
    assert SequenceExample.FromString(GOLDEN_SEQUENCE) == sequence


def test_reading_back():
    back = Example.FromString(GOLDEN)
    assert back == example()
    feature = back.features.feature
    assert sorted(feature) == ["b", "e", "f", "i"]
    assert feature["i"].int64_list.value == [1, -2, 300]
    np.testing.assert_array_equal(feature["f"].float_list.value, np.float32([1.5, -0.1, 1e-20]))
    assert list(feature["b"].bytes_list.value) == [b"xy\n\x00\xe3\"'", b""]
    assert feature["e"].WhichOneof("kind") == "int64_list"
    assert feature["new"].WhichOneof("kind") is None and "new" in feature


def test_unpacked_numbers_and_unknown_fields_are_read():
    data = protobuf.varint_field(1, 5) + protobuf.varint_field(1, -1) + protobuf.bytes_field(9, b"later")
    assert Int64List.FromString(data).value == [5, -1]
    assert FloatList.FromString(protobuf.float_field(1, 0.5)).value == [0.5]


def test_changing_a_message_in_place():
    message = Example()
    assert not message.HasField("features")
    message.features.feature["a"].int64_list.value.append(4)
    assert message.HasField("features")
    assert message.SerializeToString() == b"\n\x0c\n\n\n\x01a\x12\x05\x1a\x03\n\x01\x04"
    feature = message.features.feature["a"]
    feature.float_list.value.extend([1.0])  # the other alternative takes its place
    assert feature.WhichOneof("kind") == "float_list" and list(feature.int64_list.value) == []
    message.MergeFrom(message.FromString(message.SerializeToString()))
    assert message.ByteSize() == len(message.SerializeToString())
    message.Clear()
    assert message.SerializeToString() == b""


def test_copies_are_independent():
    first = example()
    for second in (copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        second.features.feature["i"].int64_list.value[0] = 9
        assert first.features.feature["i"].int64_list.value == [1, -2, 300]
        assert second != first


def test_printed_form():
    text = str(Example(features=Features(feature={"a": Feature(float_list=FloatList(value=[1.0, 0.1]))})))
    assert text.split() == ('features { feature { key: "a" value { float_list { value: 1 value: 0.1 } } } }'.split())
    assert 'value: "xy\\n\\000\\343\\"\\\'"' in str(example())


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: BytesList(value=["a"]), TypeError, "bytes"),
        (lambda: Int64List(value=[1.5]), TypeError, "float"),
        (lambda: Int64List(value=[True]), TypeError, "boolean"),
        (lambda: Int64List(value=[2**63]), ValueError, "9223372036854775808"),
        (lambda: Int64List(value=3), TypeError, "list"),
        (lambda: FloatList(value=["a"]), TypeError, "str"),
        (lambda: Feature(nothing=1), ValueError, "int64_list"),
        (lambda: Features(feature={1: Feature()}), TypeError, "str"),
        (lambda: setattr(Feature(), "int64_list", 3), AttributeError, "CopyFrom"),
        (lambda: Feature().missing, AttributeError, "missing"),
        (lambda: Feature(int64_list=FloatList(value=[1])), TypeError, "Int64List"),
    ],
)
def test_bad_values(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_damaged_bytes_never_hang_or_crash():
    rng = np.random.default_rng(0)
    for _ in range(300):
        data = bytearray(GOLDEN)
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        try:
            Example.FromString(bytes(data[: rng.integers(len(data) + 1)]))
        except DecodeError:
            pass
    with pytest.raises(DecodeError, match="Example"):
        Example.FromString(b"\xff")
    with pytest.raises(DecodeError):
        Example.FromString(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f")


def test_repeated_fields_as_arrays_have_the_dtype_of_the_field():
    for kind, values, dtype in (
        (FloatList, [1.5, 2.0], "float32"),
        (Int64List, [1, 2], "int64"),
        (BytesList, [b"ab", b"c"], "S2"),
    ):
        array = np.array(kind(value=values).value)
        assert array.dtype == dtype and array.tolist() == values
        assert np.array(kind(value=values).value, dtype=object).tolist() == values
    assert np.array(Int64List().value).dtype == "int64"
