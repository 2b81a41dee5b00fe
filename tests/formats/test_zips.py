"""Zip archives: good ones are read; every hostile or damaged one is refused with its file and member."""

import io
import os
import stat
import struct
import zipfile

import numpy as np
import pytest

from addax.formats.errors import CorruptFileError, TooLargeError, UnsafeFileError, UnsupportedFormatError
from addax.formats.zips import SafeZip


def make(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


GOOD = [("config.json", b"{}"), ("assets/", b""), ("assets/a.txt", b"text" * 50)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_reads(tmp_path, method):
    with SafeZip(make(tmp_path / "a.zip", GOOD, method)) as archive:
        assert archive.names == ("config.json", "assets/a.txt")
        assert archive.read("assets/a.txt") == b"text" * 50
        assert archive.open("config.json").read(1) == b"{"
        with pytest.raises(TooLargeError, match="a.txt"):
            archive.read("assets/a.txt", max_bytes=199)
        with pytest.raises(CorruptFileError, match="'weights.h5'.*missing.*config.json"):
            archive.read("weights.h5")


@pytest.mark.parametrize("content", [b"", b"PK", b"<html>404</html>" * 10, bytes(range(256)) * 9])
def test_not_an_archive(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(CorruptFileError, match="a.zip"):
        SafeZip(tmp_path / "a.zip")


def test_directories_pipes_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(UnsafeFileError, match="regular"):
            SafeZip(path)
    with pytest.raises(FileNotFoundError):
        SafeZip(tmp_path / "none")


def test_every_truncation_and_flipped_byte(tmp_path):
    path = make(tmp_path / "a.zip", GOOD, zipfile.ZIP_DEFLATED)
    good = path.read_bytes()

    def read_all():
        with SafeZip(path) as archive:
            return [(name, archive.read(name)) for name in archive.names]

    expected = read_all()
    for size in range(len(good)):
        path.write_bytes(good[:size])
        with pytest.raises(CorruptFileError):
            read_all()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
        try:
            # Dates, versions and comments are not content: a flip there may pass, but content is right or refused.
            assert [data for _, data in read_all()] == [data for _, data in expected]
        except CorruptFileError:
            pass


@pytest.mark.parametrize(
    "name", ["../x", "/abs", "a/../../x", "C:\\x", "C:x", "..\\x", "a\nb", "x" * 2000, "a/..", "\\\\host\\x"]
)
def test_bad_names(tmp_path, name):
    path = make(tmp_path / "a.zip", [(zipfile.ZipInfo(name), b"")])
    with pytest.raises(UnsafeFileError) as caught:
        SafeZip(path)
    assert caught.value.member is not None


def test_nul_in_a_name(tmp_path):
    path = make(tmp_path / "a.zip", [("okXevil", b"")])
    path.write_bytes(path.read_bytes().replace(b"okXevil", b"ok\x00evil"))
    with pytest.raises(UnsafeFileError, match="NUL|control"):
        SafeZip(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["config.json", "CONFIG.json"])
def test_repeated_names(tmp_path, second):
    path = make(tmp_path / "a.zip", [("config.json", b"{}"), (second, b"[]")])
    with pytest.raises(UnsafeFileError, match="collides"):
        SafeZip(path)


def test_unicode_forms_collide(tmp_path):
    path = make(tmp_path / "a.zip", [("\u00e9", b""), ("e\u0301", b"")])
    with pytest.raises(UnsafeFileError, match="collides"):
        SafeZip(path)


def test_symlink_member(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(UnsafeFileError, match="link"):
        SafeZip(make(tmp_path / "a.zip", [(info, b"/etc/passwd")]))


def test_bombs(tmp_path):
    one = make(tmp_path / "one.zip", [("big", bytes(80 << 20))], zipfile.ZIP_DEFLATED)
    with pytest.raises(TooLargeError, match="'big'"):
        SafeZip(one)
    with SafeZip(one, max_bytes=1 << 30) as archive:
        assert archive.size("big") == 80 << 20
    piece = bytes(10 << 20)
    many = make(tmp_path / "many.zip", [(str(i), piece) for i in range(9)], zipfile.ZIP_DEFLATED)
    with pytest.raises(TooLargeError, match="in all"):
        SafeZip(many)


def test_too_many_members_are_refused_before_they_are_parsed(tmp_path):
    path = make(tmp_path / "a.zip", [(str(i), b"") for i in range(50)])
    with pytest.raises(TooLargeError, match="too many members"):
        SafeZip(path, max_members=49)
    SafeZip(path, max_members=50).close()


def test_a_size_that_lies(tmp_path):
    path = make(tmp_path / "a.zip", [("a", b"x" * 1000)], zipfile.ZIP_DEFLATED)
    data = path.read_bytes()
    for lie in (10, 100_000):
        path.write_bytes(data.replace(struct.pack("<I", 1000), struct.pack("<I", lie)))
        with SafeZip(path) as archive, pytest.raises(CorruptFileError, match="'a'"):
            archive.read("a")


def test_encrypted_and_unknown_methods(tmp_path):
    data = make(tmp_path / "a.zip", [("a", b"x" * 100)]).read_bytes()
    central = data.index(b"PK\x01\x02")
    (tmp_path / "a.zip").write_bytes(data[: central + 8] + b"\x01" + data[central + 9 :])
    with pytest.raises(UnsupportedFormatError, match="encrypted"):
        SafeZip(tmp_path / "a.zip")
    with pytest.raises(UnsupportedFormatError, match="method"):
        SafeZip(make(tmp_path / "b.zip", [("a", b"x" * 100)], zipfile.ZIP_LZMA))


def test_overlapping_members(tmp_path):
    path = make(tmp_path / "a.zip", [("a", b"x" * 100), ("b", b"x" * 100)])
    data = path.read_bytes()
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    # the second entry points into the first one's data
    path.write_bytes(data[: second + 42] + struct.pack("<I", 20) + data[second + 46 :])
    with pytest.raises(UnsafeFileError, match="overlap"):
        SafeZip(path)


def test_bytes_in_front(tmp_path):
    path = make(tmp_path / "a.zip", GOOD)
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    with pytest.raises(CorruptFileError, match="a.zip"):
        SafeZip(path)


def test_nested_archives_are_only_bytes(tmp_path):
    inner = io.BytesIO()
    make(inner, GOOD)
    with SafeZip(make(tmp_path / "a.zip", [("inner.zip", inner.getvalue())])) as archive:
        assert archive.read("inner.zip") == inner.getvalue()


def test_random_bytes_never_crash(tmp_path):
    rng = np.random.default_rng(0)
    for _ in range(50):
        (tmp_path / "a.zip").write_bytes(rng.bytes(200) + b"PK\x05\x06" + rng.bytes(18))
        with pytest.raises(CorruptFileError):
            SafeZip(tmp_path / "a.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_window_reads_in_place(method, tmp_path):
    path = tmp_path / "a.zip"
    content = bytes(range(256)) * 20
    with zipfile.ZipFile(path, "w", method) as out:
        out.writestr("first", b"x")
        out.writestr("second", content)
        out.writestr("third", b"y")
    with SafeZip(path) as archive:
        view = archive.window("second")
        assert view.read() == content
        assert view.seek(-4, io.SEEK_END) == len(content) - 4
        assert view.read(100) == content[-4:]
        view.seek(300)
        assert view.read(3) == content[300:303]
    if method == zipfile.ZIP_STORED:
        damaged = bytearray(path.read_bytes())
        damaged[damaged.index(content[:256]) + 1000] ^= 1
        path.write_bytes(damaged)
        with SafeZip(path) as archive, pytest.raises(CorruptFileError, match="second.*CRC"):
            archive.window("second")
