"""tf.io.decode_proto and encode_proto; the recorded values are TensorFlow's."""

import numpy as np
import pytest

import addax as tf

# p.M: a int32 = 7, b repeated string, c double = 1.5, d bool = true, e repeated sint64, f fixed32 = 9, g uint64,
# h bytes = "xy", u uint32, fl repeated float, sf sfixed64 = -3; proto2.
FILE = (
    b'\n\xae\x01\n\x07t.proto\x12\x01p"\x97\x01\n\x01M\x12\x0c\n\x01a\x18\x01 \x01(\x05:\x017'
    b"\x12\t\n\x01b\x18\x02 \x03(\t\x12\x0e\n\x01c\x18\x03 \x01(\x01:\x031.5\x12\x0f\n\x01d\x18\x04 \x01(\x08:\x04true"
    b"\x12\t\n\x01e\x18\x05 \x03(\x12\x12\x0c\n\x01f\x18\x06 \x01(\x07:\x019\x12\t\n\x01g\x18\x07 \x01(\x04"
    b"\x12\r\n\x01h\x18\x08 \x01(\x0c:\x02xy\x12\t\n\x01u\x18\t \x01(\r\x12\n\n\x02fl\x18\n \x03(\x02"
    b"\x12\x0e\n\x02sf\x18\x0b \x01(\x10:\x02-3b\x06proto2"
)
SOURCE = b"bytes://" + FILE
TYPES = {
    "a": tf.int32, "b": tf.string, "c": tf.float64, "d": tf.bool, "e": tf.int64, "f": tf.uint32, "g": tf.uint64,
    "h": tf.string, "u": tf.uint32, "fl": tf.float32, "sf": tf.int64,
}  # fmt: skip


def ints(*values):
    return tf.train.Int64List(value=values).SerializeToString()


def test_rows_are_filled_up():
    sizes, (values,) = tf.io.decode_proto([ints(1, 2, -5), ints(7), b""], "tensorflow.Int64List", ["value"], [tf.int64])
    assert sizes.numpy().tolist() == [[3], [1], [0]]
    assert values.numpy().tolist() == [[1, 2, -5], [7, 0, 0], [0, 0, 0]]
    nested = tf.io.decode_proto([[ints(1)], [ints(2)]], "tensorflow.Int64List", ["value"], [tf.int64])
    assert (nested.sizes.shape, nested.values[0].shape) == ((2, 1, 1), (2, 1, 1))
    none = tf.io.decode_proto([b"", b""], "tensorflow.Int64List", ["value"], [tf.int64])
    assert none.values[0].shape == (2, 1)


def test_messages_in_messages_stay_serialized():
    feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2, 300])).SerializeToString()
    sizes, values = tf.io.decode_proto(
        feature, "tensorflow.Feature", ["int64_list", "float_list"], [tf.string, tf.string]
    )
    assert sizes.numpy().tolist() == [1, 0]
    assert [value.numpy().tolist() for value in values] == [[b"\n\x04\x01\x02\xac\x02"], [b""]]


def test_defaults_and_kinds():
    data = b"\x08\x05\x12\x01q\x12\x02rs\x38" + b"\xff" * 9 + b"\x01\x48\xff\xff\xff\xff\x0f"
    sizes, values = tf.io.decode_proto([b"", data], "p.M", list(TYPES), list(TYPES.values()), SOURCE)
    assert sizes.numpy()[1].tolist() == [1, 2, 0, 0, 0, 0, 1, 0, 1, 0, 0]
    found = {name: value.numpy().tolist() for name, value in zip(TYPES, values, strict=True)}
    assert found == {
        "a": [[7], [5]], "b": [[b"", b""], [b"q", b"rs"]], "c": [[1.5]] * 2, "d": [[True]] * 2, "e": [[0]] * 2,
        "f": [[9]] * 2, "g": [[0], [2**64 - 1]], "h": [[b"xy"]] * 2, "u": [[0], [2**32 - 1]], "fl": [[0.0]] * 2,
        "sf": [[-3]] * 2,
    }  # fmt: skip


def test_encode():
    made = tf.io.encode_proto(
        [[1, 2, 1]], [tf.constant([[4]]), tf.constant([["x", "y"]]), tf.constant([[2.5]], tf.float64)],
        ["a", "b", "c"], "p.M", SOURCE,
    )  # fmt: skip
    assert made.numpy().tolist() == [b"\x08\x04\x12\x01x\x12\x01y\x19\x00\x00\x00\x00\x00\x00\x04@"]
    two = tf.io.encode_proto([[2], [1]], [tf.constant([[1, 2], [3, 0]], tf.int64)], ["value"], "tensorflow.Int64List")
    assert two.numpy().tolist() == [b"\n\x02\x01\x02", b"\n\x01\x03"]


def test_round_trip(tmp_path):
    path = tmp_path / "types.pb"
    path.write_bytes(FILE)
    rng = np.random.default_rng(3)
    values = {
        "a": np.int32([[-4], [5]]), "b": np.array([[b"x", b"\xff"], [b"", b"z"]], object), "c": rng.random((2, 1)),
        "d": np.array([[True], [False]]), "e": rng.integers(-(2**62), 2**62, (2, 2)), "f": np.uint32([[1], [2**31]]),
        "g": np.uint64([[2**63], [1]]), "h": np.array([[b""], [b"h"]], object), "u": np.uint32([[3], [2**31]]),
        "fl": rng.random((2, 2)).astype("f4"), "sf": np.int64([[-(2**60)], [8]]),
    }  # fmt: skip
    sizes = [[2 if name in ("b", "e", "fl") else 1 for name in values]] * 2
    made = tf.io.encode_proto(sizes, [tf.constant(each) for each in values.values()], list(values), "p.M", str(path))
    back = tf.io.decode_proto(made, "p.M", list(TYPES), list(TYPES.values()), str(path))
    assert back.sizes.numpy().tolist() == sizes
    for value, expected in zip(back.values, values.values(), strict=True):
        assert value.numpy().tolist() == expected.tolist()


def test_text():
    def values(text, name="tensorflow.Int64List", field="value", kind=tf.int64, source="local://"):
        return tf.io.decode_proto(text, name, [field], [kind], source, "text").values[0].numpy().tolist()

    assert values("value: 3 value: 4") == [3, 4]
    assert values("value: [ -3, 0x10 ] # more\nvalue: 010;") == [-3, 16, 8]
    assert values('b: "a\\n\\x41" "\\102" b: \'q\'', "p.M", "b", tf.string, SOURCE) == [b"a\nAB", b"q"]
    assert values("d: false", "p.M", "d", tf.bool, SOURCE) == [False]
    assert values("fl: 1.5f fl: -inf", "p.M", "fl", tf.float32, SOURCE) == [1.5, -np.inf]
    feature = values("int64_list { value: 1 } ", "tensorflow.Feature", "int64_list", tf.string)
    assert feature == [b"\n\x01\x01"]
    for wrong in ("value 3", "value: x", "other: 3", "value: {", "value: 3 }", "value: ?"):
        with pytest.raises(tf.errors.DataLossError):
            values(wrong)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda d: d(ints(1), "tensorflow.Int64List", ["zz"], [tf.int64]), "InvalidArgumentError", "Unknown field: zz"),
        (lambda d: d(ints(1), "tensorflow.Zz", ["value"], [tf.int64]), "InvalidArgumentError", "No descriptor found"),
        (lambda d: d(ints(1), "tensorflow.Int64List", ["value"], [tf.int32]), "InvalidArgumentError", "Unexpected"),
        (lambda d: d(b"", "p.M", ["u"], [tf.int64], SOURCE), "InvalidArgumentError", "Unexpected"),
        (lambda d: d(b"\xff", "tensorflow.Int64List", ["value"], [tf.int64]), "DataLossError", "parse binary"),
        (lambda d: d(b"", "p.M", ["a"], [tf.int32], b"bytes://\xff"), "InvalidArgumentError", "FileDescriptorSet"),
        (lambda d: d(b"", "p.M", ["a"], [tf.int32], "/no/such/file"), "NotFoundError", "descriptors"),
        (lambda d: d(b"", "p.M", ["a"], [], SOURCE), "InvalidArgumentError", "output type"),
        (lambda d: d(b"", "p.M", ["a"], [tf.int32], SOURCE, "json"), "InvalidArgumentError", "message_format"),
        (lambda d: encode([[3]], [[[1, 2, 3]]]), "InvalidArgumentError", "value"),
        (lambda d: encode([2], [tf.constant([1, 2], tf.int64)]), "InvalidArgumentError", "value"),
        (lambda d: encode([[3]], [tf.constant([[1, 2]], tf.int64)]), "InvalidArgumentError", "wider"),
    ],
)
def test_refused(call, error, words):
    with pytest.raises(getattr(tf.errors, error), match=words):
        call(tf.io.decode_proto)


def encode(sizes, values):
    return tf.io.encode_proto(sizes, values, ["value"], "tensorflow.Int64List")
