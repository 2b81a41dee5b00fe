"""Patterns as RE2 reads them; what is expected was recorded from TensorFlow 2.21."""

import pytest

import addax as tf
from addax.core import errors

TEXT = "Héllo 日本 Ωß x1_\tÉ."


@pytest.mark.parametrize(
    ("pattern", "rewrite", "expected"),
    [
        ("[^ a-zé]", "#", "#éllo ## ## x#####"),
        ("á|é", "e", "Hello 日本 Ωß x1_\tÉ."),
        (r"\W", "#", "H#llo#######x1_###"),
        (".", "#", "#" * 18),
        ("(?i)É", "#", "H#llo 日本 Ωß x1_\t#."),
        ("(?i:h)É?", "#", "#éllo 日本 Ωß x1_\tÉ."),
        (r"\p{L}", "#", "##### ## ## #1_\t#."),
        (r"\PL", "#", "Héllo#日本#Ωß#x###É#"),
        (r"\p{^Lu}", "#", "H########Ω######É#"),
        (r"\p{Greek}", "#", "Héllo 日本 #ß x1_\tÉ."),
        (r"[\p{Han}\d]", "#", "Héllo ## Ωß x#_\tÉ."),
        ("[^[:alpha:][:space:]]", "#", "H#llo ## ## x##\t##"),
        ("[[:^alpha:]]", "#", "H#llo#######x#####"),
        (r"[\x{4E00}-\x{9FFF}]", r"<\0>", "Héllo <日><本> Ωß x1_\tÉ."),
        (r"\Q.\E", "#", "Héllo 日本 Ωß x1_\tÉ#"),
        (r"\.\z", "#", "Héllo 日本 Ωß x1_\tÉ#"),
        ("(?P<n>H)", r"\1\1", "HHéllo 日本 Ωß x1_\tÉ."),
        ("(?U)l+", "#", "Hé##o 日本 Ωß x1_\tÉ."),
        (r"[\w-é]", "#", "##### 日本 Ωß ###\tÉ."),
        ("[^]H]", "#", "H" + "#" * 17),
        ("l*", "-", "-H-é-o- -日-本- -Ω-ß- -x-1-_-\t-É-.-"),
        (r"\b", "|", "|H|é|llo| 日本 Ωß |x1_|\tÉ."),
        ("(H)", r"\2", TEXT),
        ("H", r"\q", TEXT[1:]),
    ],
)
def test_replacing_in_text(pattern, rewrite, expected):
    assert tf.strings.regex_replace(TEXT, pattern, rewrite).numpy().decode() == expected


@pytest.mark.parametrize(
    ("text", "pattern", "rewrite", "expected"),
    [
        (b"a\nb\n", "$", "#", b"a\nb\n#"),
        (b"a\nb\n", "(?m)$", "#", b"a#\nb#\n#"),
        (b"a\xffb\xc3", ".", "#", b"#\xff#\xc3"),
        (b"a\xffb", "[^a]", "#", b"a\xff#"),
        (b"abc", "b*", r"<\0>", b"<>a<b>c<>"),
        (b"aaa", "a*?", "-", b"-a-a-a-"),
        (b"aab", "(a)|b", r"[\1]", b"[a][a][]"),
        (b"a(b", r"x|a\(|(?i)B", "-", b"--"),
        (b"ab", "a", b"\xff", b"\xffb"),
    ],
)
def test_replacing_in_bytes(text, pattern, rewrite, expected):
    assert tf.strings.regex_replace(text, pattern, rewrite).numpy() == expected


def test_only_the_first_match():
    assert tf.strings.regex_replace("aXbX", "X*", "#", replace_global=False).numpy() == b"#aXbX"
    assert tf.strings.regex_replace("aXbX", "X", r"\q", replace_global=False).numpy() == b"aXbX"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("é.", "éx", True),
        ("a.", "aé", True),
        (".*", "a\n", False),
        ("a|ab", "ab", True),
        (r"\d+", "١", False),
        ("(?i)straße", "STRASSE", False),
        (".", b"\xff", False),
    ],
)
def test_the_whole_text(pattern, text, expected):
    assert bool(tf.strings.regex_full_match(text, pattern)) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=H)",
        r"(H)\1",
        "a**",
        "l++",
        "*",
        "(",
        "a)",
        "[",
        "[b-a]",
        "[[:no:]]",
        "a{2000}",
        r"\h",
        r"\Z",
        "(?x)a",
        r"\p{No}x{2}*",
    ]
    + [r"\p{Nothing}", r"\x{FFFFFF}", "a\\", "(?<n>a)"],
)
def test_what_re2_refuses(pattern):
    with pytest.raises(errors.InvalidArgumentError, match="Invalid pattern"):
        tf.strings.regex_replace("a", pattern, "")
