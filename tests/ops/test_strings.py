"""tf.strings: values that TensorFlow gives."""

import pytest

import addax as tf

s = tf.strings


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: s.lower("AÉ"), "aÉ"),
        (lambda: s.lower("AÉ", "utf-8"), "aé"),
        (lambda: s.upper("aé"), "Aé"),
        (lambda: s.strip(["  a b \n"]), [b"a b"]),
        (lambda: s.length(["aé日"], "UTF8_CHAR"), [3]),
        (lambda: s.length("aé"), 3),
        (lambda: s.substr("hello", -3, 2), b"ll"),
        (lambda: s.substr(["hello", "ab"], [1, 0], [2, 1]), [b"el", b"a"]),
        (lambda: s.substr("naïve", 2, 2, "UTF8_CHAR"), "ïv"),
        (lambda: s.join(["a", ["b", "c"]], "-"), [b"a-b", b"a-c"]),
        (lambda: s.reduce_join([["a", "b"], ["c", "d"]], [0, 1]), b"acbd"),
        (lambda: s.reduce_join([["a", "b"], ["c", "d"]], 1, True, "+"), [[b"a+b"], [b"c+d"]]),
        (lambda: s.unsorted_segment_join(["a", "b", "c"], [1, 0, 1], 2, "-"), [b"b", b"a-c"]),
        (lambda: s.split("a b  c"), [b"a", b"b", b"c"]),
        (lambda: s.split("a,b,,c", ","), [b"a", b"b", b"", b"c"]),
        (lambda: s.split(["a b", "c"]), [[b"a", b"b"], [b"c"]]),
        (lambda: s.bytes_split(["ab", ""]), [[b"a", b"b"], []]),
        (lambda: s.split(["a,b,c"], ",", 1), [[b"a", b"b,c"]]),
        (lambda: s.ngrams(["a", "b", "c"], [1, 2]), [b"a", b"b", b"c", b"a b", b"b c"]),
        (lambda: s.ngrams(["a", "b"], 3, pad_values=("L", "R")), [b"L L a", b"L a b", b"a b R", b"b R R"]),
        (lambda: s.ngrams(tf.ragged.constant([["a", "b"], ["c"]]), 2), [[b"a b"], []]),
        (lambda: s.regex_replace("hello world", "(l+)", r"<\1>", False), b"he<ll>o world"),
        (lambda: s.regex_full_match(["ab", "abc"], "a."), [True, False]),
        (lambda: s.as_string([1.5, 1 / 3]), [b"1.500000", b"0.333333"]),
        (lambda: s.as_string(3, width=5, fill="0"), b"00003"),
        (lambda: s.as_string(1e-5, shortest=True), b"1e-05"),
        (lambda: s.as_string([True]), [b"true"]),
        (lambda: s.to_number(["1.5", " 2 "]), [1.5, 2]),
        (lambda: s.to_number("7", tf.int32), 7),
        (lambda: s.to_hash_bucket_fast(["a", "bb", "hello world this is long"], 1000), [939, 82, 484]),
        (lambda: s.to_hash_bucket(["a"], 1000), [868]),
        (lambda: s.to_hash_bucket_strong(["a"], 1000, [1, 2]), [646]),
        (lambda: s.unicode_decode("aé", "UTF-8"), [97, 233]),
        (lambda: s.unicode_split(["aé"], "UTF-8"), [[b"a", "é".encode()]]),
        (lambda: s.unicode_decode_with_offsets("é日", "UTF-8")[1], [0, 2]),
        (lambda: s.unicode_encode([[97], [98]], "UTF-8"), [b"a", b"b"]),
        (lambda: s.unicode_transcode("aé", "UTF-8", "UTF-16-BE"), b"\x00a\x00\xe9"),
        (lambda: s.unicode_transcode(b"a\xffb", "UTF-8", "UTF-8"), "a\ufffdb"),
        (lambda: s.unicode_transcode(b"a\xffb", "UTF-8", "UTF-8", "ignore"), b"ab"),
        (lambda: s.unicode_script([97, 0x65E5, 0x3B1]), [25, 17, 14]),
        (lambda: s.format("{} {}", (tf.range(9), tf.constant("s"))), b'[0 1 2 ... 6 7 8] "s"'),
        (lambda: tf.constant("a") + tf.constant(["b"]), [b"ab"]),
    ],
)
def test_values(made, expected):
    out = made()
    found = out.to_list() if isinstance(out, tf.RaggedTensor) else out.numpy()
    found = found.tolist() if hasattr(found, "tolist") else found
    assert found == (expected.encode() if isinstance(expected, str) else expected)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: s.substr("ab", 5, 1), "out of range"),
        (lambda: s.to_number("x"), "could not correctly convert"),
        (lambda: s.to_number("1.5", tf.int32), "could not correctly convert"),
        (lambda: s.regex_replace("a", "(", "x"), "Invalid pattern"),
        (lambda: s.join([["a", "b"], ["c"] * 3]), "do not match"),
        (lambda: s.lower(tf.constant(1)), "expected strings"),
        (lambda: s.unicode_decode(b"\xff", "UTF-8", "strict"), "Invalid formatting"),
        (lambda: s.lower("a", "latin"), "utf-8"),
        (lambda: s.length("a", "WORD"), "BYTE"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        call()


def test_functions_with_strings_run_eagerly():
    shout = tf.function(lambda t: s.upper(t) + "!")
    with pytest.warns(UserWarning, match="runs eagerly.*strings.upper"):
        assert shout(tf.constant("hey")).numpy() == b"HEY!"


def test_strings_of_no_rows_and_bad_arguments():
    empty = tf.zeros((0, 2), tf.string)
    assert tf.strings.ngrams(empty, [1, 2], pad_values=("<", ">")).shape == (0, 5)
    assert tf.strings.ngrams(empty, 2).shape == (0, 1)
    assert tf.strings.reduce_join(empty, axis=-1, keepdims=True).shape == (0, 1)
    assert tf.strings.substr(b"\xff\xfe", 0, 1, unit="UTF8_CHAR").numpy() == b"\xff"
    with pytest.raises(ValueError, match="rank>0"):
        tf.strings.ngrams("a", 2)
    with pytest.raises(tf.errors.OutOfRangeError, match="dimension 3"):
        tf.strings.reduce_join(empty, axis=3)
    for bad in (lambda: tf.strings.to_hash_bucket("a", 0), lambda: tf.strings.substr(["a", "b"], [0, 0, 0], 1)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            bad()


def test_arguments_of_all_kinds():
    texts = tf.constant([["ab", "c"], ["", "d"]])
    assert tf.strings.reduce_join(texts, axis=tf.constant(1)).numpy().tolist() == [b"abc", b"d"]
    assert tf.strings.reduce_join(texts, axis=tf.constant([1, 0])).numpy() == b"abcd"
    assert tf.strings.join([]).numpy() == b""
    assert tf.strings.substr("hello", 1, -2).numpy() == b"ello"  # a negative length takes all
    assert tf.strings.substr("héllo", 1, -1, unit="UTF8_CHAR").numpy().decode() == "éllo"
    assert tf.strings.to_number(["0x10", "-0X1.8p3"]).numpy().tolist() == [16.0, -12.0]


def test_input_of_other_encodings():
    text = "Grüße".encode("cp1252")
    assert tf.strings.unicode_transcode([text], "windows-1252", "UTF-8").numpy()[0].decode() == "Grüße"
    assert tf.strings.unicode_decode(b"abc\xe9\x81\x83", "cp1252").numpy().tolist() == [97, 98, 99, 233, 129, 402]
    assert tf.strings.unicode_decode(b"abc\xe9\x81\x83", "koi8-r").numpy().tolist() == [97, 98, 99, 1048, 9474, 9488]
    assert tf.strings.unicode_decode(b"abc\xe9\x81\x83", "Shift_JIS").numpy().tolist() == [97, 98, 99, 39509, 65533]
    assert tf.strings.unicode_decode("é", "utf8").numpy().tolist() == [233]
    assert tf.strings.unicode_decode(b"\xe9", "latin1").numpy().tolist() == [233]
    for unknown in ("nope", "rot13", "idna", "unicode_escape"):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Could not create converter"):
            tf.strings.unicode_decode("a", unknown)
