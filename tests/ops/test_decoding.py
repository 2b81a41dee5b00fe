"""tf.io: raw bytes, base64, compression, JSON, CSV, serialized tensors, WAV; results measured from TensorFlow."""

import gzip
import io
import struct
import wave
import zlib

import numpy as np
import pytest

import addax as tf

Invalid = tf.errors.InvalidArgumentError


def test_raw():
    assert tf.io.decode_raw(["abcd", "efgh"], tf.uint8).numpy().tolist() == [[97, 98, 99, 100], [101, 102, 103, 104]]
    assert tf.io.decode_raw([["ab"], ["cd"]], tf.uint8).shape == [2, 1, 2]
    assert tf.io.decode_raw(["ab"], tf.bool).numpy().tolist() == [[True, True]]
    assert tf.io.decode_raw(["abcd"], tf.int16, little_endian=False).numpy().tolist() == [[24930, 25444]]
    assert tf.io.decode_raw(["abcdef", "a"], tf.int16, fixed_length=4).numpy().tolist() == [[25185, 25699], [97, 0]]
    assert tf.io.decode_raw(tf.constant([], tf.string), tf.uint8).shape == [0, 0]
    complex_ = np.array([1 + 2j], ">c8")
    assert tf.io.decode_raw(complex_.tobytes(), tf.complex64, little_endian=False).numpy() == [1 + 2j]
    for data, kind, text in [
        (["abc"], tf.int16, "not a multiple of 2"),
        (["ab", "abcd"], tf.uint8, "element 1 has size"),
    ]:
        with pytest.raises(Invalid, match=text):
            tf.io.decode_raw(data, kind)
    with pytest.raises(Invalid, match="fixed_length"):
        tf.io.decode_raw(["ab"], tf.int16, fixed_length=3)
    with pytest.raises(Invalid, match="dtype of numbers"):
        tf.io.decode_raw(["ab"], tf.string)


@pytest.mark.parametrize("text, coded", [(b"", b""), (b"a", b"YQ"), (b"ab", b"YWI"), (b"\xff\xfe??", b"__4_Pw")])
def test_base64(text, coded):
    assert tf.io.encode_base64(text).numpy() == coded
    padded = tf.io.encode_base64([text], pad=True).numpy()[0]
    assert padded == coded + b"=" * (-len(coded) % 4)
    assert tf.io.decode_base64([coded, padded]).numpy().tolist() == [text, text]


@pytest.mark.parametrize("text", ["YW+/", "Y", "YQ=", "Y W", "===="])
def test_no_base64(text):
    with pytest.raises(Invalid):
        tf.io.decode_base64(text)


def test_compressed():
    assert tf.io.decode_compressed([zlib.compress(b"hello")], "ZLIB").numpy() == [b"hello"]
    assert tf.io.decode_compressed([gzip.compress(b"hello")], "GZIP").numpy() == [b"hello"]
    assert tf.io.decode_compressed(["hello"]).numpy() == [b"hello"]
    with pytest.raises(tf.errors.DataLossError):
        tf.io.decode_compressed([b"hello"], "ZLIB")
    with pytest.raises(tf.errors.DataLossError):
        tf.io.decode_compressed([b"hello"], "GZIP")
    with pytest.raises(Invalid, match="supported compressions"):
        tf.io.decode_compressed([b"hello"], "X")


def test_json_examples():
    text = (
        '{"features":{"feature":{"a":{"int64List":{"value":["3",4]}},"b":{"floatList":{"value":[1.5,"2"]}},'
        '"c":{"bytes_list":{"value":["aGk="]}}}}}'
    )
    expected = (
        b"\n-\n\x0b\n\x01a\x12\x06\x1a\x04\x08\x03\x08\x04\n\x11\n\x01b\x12\x0c\x12\n\r\x00\x00\xc0?\r\x00\x00\x00@"
        b"\n\x0b\n\x01c\x12\x06\n\x04\n\x02hi"
    )
    assert tf.io.decode_json_example([text, "{}"]).numpy().tolist() == [expected, b""]
    for wrong in ["nope", '{"x":1}', '{"features":3}', '{"features":{"feature":{"a":{"int64List":{"value":["x"]}}}}}']:
        with pytest.raises(Invalid, match="Error while parsing JSON"):
            tf.io.decode_json_example(wrong)


@pytest.mark.parametrize(
    "lines, defaults, options, expected",
    [
        (["1,2.5,x", "3,,y"], [[0], [1.0], [""]], {}, [[1, 3], [2.5, 1.0], [b"x", b"y"]]),
        (['"a,b","c""d"'], [[""], [""]], {}, [[b"a,b"], [b'c"d']]),
        (["a|b"], [[""], [""]], {"field_delim": "|"}, [[b"a"], [b"b"]]),
        (["NA,1"], [[7], [0]], {"na_value": "NA"}, [[7], [1]]),
        (["1,2,3"], [[0], [0]], {"select_cols": [0, 2]}, [[1], [3]]),
        ("1,2", [[0], 0], {}, [1, 2]),
        ([["1,2"], ["3,4"]], [[0], [0]], {}, [[[1], [3]], [[2], [4]]]),
        (['a"b'], [[""]], {"use_quote_delim": False}, [[b'a"b']]),
        ([" 1 ,1e3"], [[0], [0.0]], {}, [[1], [1000.0]]),
    ],
)
def test_csv(lines, defaults, options, expected):
    found = tf.io.decode_csv(lines, defaults, **options)
    assert [column.numpy().tolist() for column in found] == expected


@pytest.mark.parametrize(
    "lines, defaults, options, kind, text",
    [
        (["1,2"], [[0]] * 3, {}, Invalid, "Expect 3 fields but have 2 in record 0"),
        (["a,1"], [[0]] * 2, {}, Invalid, "Field 0 in record 0 is not a valid int32: a"),
        (["99999999999"], [[0]], {}, Invalid, "not a valid int32"),
        (["1_0"], [[0]], {}, Invalid, "not a valid int32"),
        ([","], [np.zeros(0, np.int32), [0]], {}, Invalid, "Field 0 is required but missing in record 0!"),
        (['"a'], [[""]], {}, Invalid, "has to end with quote"),
        (['a"b'], [[""]], {}, Invalid, "Unquoted fields"),
        (["1\n"], [[0]], {}, Invalid, "Unquoted fields"),
        (['"a"b'], [[""]], {}, Invalid, "escaped by another quote"),
        (["1,2"], [[0]] * 2, {"field_delim": "ab"}, Invalid, "only 1 char"),
        (["1"], [[0, 1]], {}, Invalid, "only be 1 default"),
        (["1"], [[True]], {}, Invalid, "bool"),
        (["1"], [tf.int32], {}, ValueError, "an empty tensor of the dtype"),
        (["1,2"], [[0]] * 2, {"select_cols": [1, 0]}, ValueError, "not strictly increasing"),
        (["1,2"], [[0]], {"select_cols": [5]}, Invalid, "Expect 1 fields but have 0"),
        (["1,2"], [[0]], {"select_cols": [0, 1]}, ValueError, "do not match"),
    ],
)
def test_no_csv(lines, defaults, options, kind, text):
    with pytest.raises(kind, match=text):
        tf.io.decode_csv(lines, defaults, **options)


@pytest.mark.parametrize(
    "value, data",
    [
        (tf.constant([[1.5, 2]]), b'\x08\x01\x12\x08\x12\x02\x08\x01\x12\x02\x08\x02"\x08\x00\x00\xc0?\x00\x00\x00@'),
        (tf.constant(3), b'\x08\x03\x12\x00"\x04\x03\x00\x00\x00'),
        (tf.constant(["a", "bc"]), b"\x08\x07\x12\x04\x12\x02\x08\x02B\x01aB\x02bc"),
        (tf.constant(True), b'\x08\n\x12\x00"\x01\x01'),
        (tf.zeros([0, 3]), b"\x08\x01\x12\x06\x12\x00\x12\x02\x08\x03"),
        (tf.cast([1.0], tf.bfloat16), b'\x08\x0e\x12\x04\x12\x02\x08\x01"\x02\x80?'),
    ],
)
def test_tensors_as_strings(value, data):
    assert tf.io.serialize_tensor(value).numpy() == data
    again = tf.io.parse_tensor(data, value.dtype)
    assert again.dtype == value.dtype and again.shape == value.shape
    assert again.numpy().tolist() == value.numpy().tolist()


def test_no_tensors():
    with pytest.raises(Invalid, match="Type mismatch between parsed tensor"):
        tf.io.parse_tensor(tf.io.serialize_tensor(1), tf.float32)
    with pytest.raises(Invalid, match="base64: YWJj"):
        tf.io.parse_tensor(b"abc", tf.float32)
    with pytest.raises(Invalid, match="to be a scalar"):
        tf.io.parse_tensor([b"abc"], tf.float32)


def test_sparse_tensors_as_strings():
    sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1.0, 2.0, 3.0], [3, 4])
    whole = tf.io.serialize_sparse(sparse)
    assert whole.numpy()[1] == b'\x08\x01\x12\x04\x12\x02\x08\x03"\x0c\x00\x00\x80?\x00\x00\x00@\x00\x00@@'
    rows = tf.io.serialize_many_sparse(sparse)
    assert rows.shape == [3, 3] and rows.numpy()[2, 0] == b"\x08\t\x12\x06\x12\x00\x12\x02\x08\x01"
    again = tf.io.deserialize_many_sparse(rows, tf.float32, rank=2)
    np.testing.assert_array_equal(again.indices, sparse.indices)
    np.testing.assert_array_equal(again.dense_shape, [3, 4])
    stacked = tf.io.deserialize_many_sparse([whole.numpy(), whole.numpy()], tf.float32)
    assert stacked.dense_shape.numpy().tolist() == [2, 3, 4] and stacked.values.shape == [6]
    with pytest.raises(Invalid, match="of type int32"):
        tf.io.deserialize_many_sparse(rows, tf.int32)
    with pytest.raises(ValueError, match="rank"):
        tf.io.deserialize_many_sparse(rows, tf.float32, rank=1)
    with pytest.raises(Invalid, match="should be > 1"):
        tf.io.serialize_many_sparse(tf.SparseTensor([[0]], [1], [3]))


def _wav(width, data, channels=1):
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(44100)
        file.writeframes(data)
    return stream.getvalue()


def test_wav():
    samples = tf.constant([[0.0, 1.0], [0.5, -1.0], [-0.5, 2.0], [0.25, 0.1]])
    data = tf.audio.encode_wav(samples, 8000)
    assert data.numpy() == (
        b"RIFF4\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00@\x1f\x00\x00\x00}\x00\x00\x04\x00\x10\x00data"
        b"\x10\x00\x00\x00\x00\x00\xff\x7f\x00@\x00\x80\x00\xc0\xff\x7f\x00 \xcd\x0c"
    )
    audio, rate = tf.audio.decode_wav(data)
    np.testing.assert_allclose(audio[:, 1], [0.9999695, -1.0, 0.9999695, 0.1000061], atol=1e-7)
    assert int(rate) == 8000 and rate.dtype == tf.int32
    assert tf.audio.decode_wav(data, 3, 6).audio.shape == [6, 3] and tf.audio.decode_wav(data, 1, 2).audio.shape == [
        2,
        1,
    ]
    own = tf.audio.decode_wav(_wav(2, struct.pack("<3h", 32767, -32768, 1)))
    np.testing.assert_allclose(own.audio[:, 0], [32767 / 32768, -1, 1 / 32768])
    for wrong in [b"abc", data.numpy()[:-3], _wav(1, b"\x00\x80"), _wav(3, bytes(6)), b"RIFF\0\0\0\0WAVE", bytes(40)]:
        with pytest.raises(Invalid):
            tf.audio.decode_wav(wrong)
    for audio, rate in [([1.0, 2.0], 8000), (tf.zeros([2, 0]), 8000), (samples, 0)]:
        with pytest.raises(Invalid):
            tf.audio.encode_wav(audio, rate)


def test_csv_lines_without_fields_and_numbers_as_c_reads_them():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expect 1 fields but have 0"):
        tf.io.decode_csv([""], [[5]])
    assert tf.io.decode_csv([], [[5]])[0].shape == (0,)
    assert tf.io.decode_csv(["0x10,-0X1p3"], [[0.0], [0.0]])[1].numpy().tolist() == [-8.0]
