"""Tar archives: good ones are read; links, devices, bombs and damage are refused."""

import io
import tarfile

import pytest

from addax.formats.errors import CorruptFileError, TooLargeError, UnsafeFileError
from addax.formats.tar import is_tar, read_tar, read_tar_member


def info(name, kind=tarfile.REGTYPE, data=b"", link=""):
    result = tarfile.TarInfo(name)
    result.type, result.linkname, result.size, result.mode = kind, link, len(data), 0o4777
    return result, data


def make(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for header, data in members:
            archive.addfile(header, io.BytesIO(data))
    return path


GOOD = [info("./", tarfile.DIRTYPE), info("d", tarfile.DIRTYPE), info("d/a", data=b"text" * 300), info("./b", data=b"")]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_reads(tmp_path, mode):
    path = make(tmp_path / "a.tar", GOOD, mode)
    assert is_tar(path)
    members = [(name, None if stream is None else stream.read()) for name, stream in read_tar(path)]
    assert members == [("d", None), ("d/a", b"text" * 300), ("b", b"")]
    assert [name for name, _ in read_tar(path)] == ["d", "d/a", "b"]  # streams need not be read
    assert read_tar_member(path, "d/a") == b"text" * 300
    with pytest.raises(CorruptFileError, match="'d/c'.*missing"):
        read_tar_member(path, "d/c")


@pytest.mark.parametrize(
    "member",
    [
        info("../x"),
        info("/abs"),
        info("a/../../x"),
        info("C:\\x"),
        info("link", tarfile.SYMTYPE, link="/etc"),
        info("link", tarfile.LNKTYPE, link="../../x"),
        info("pipe", tarfile.FIFOTYPE),
        info("device", tarfile.CHRTYPE),
        info("d"),  # repeats a name
    ],
)
def test_refused_members(tmp_path, member):
    path = make(tmp_path / "a.tar", [info("d", data=b"1"), member])
    with pytest.raises(UnsafeFileError, match="a.tar"):
        list(read_tar(path))


def test_bombs(tmp_path):
    path = make(tmp_path / "a.tar.gz", [info(str(i), data=bytes(10 << 20)) for i in range(8)], "w:gz")
    with pytest.raises(TooLargeError):
        list(read_tar(path))
    assert len(list(read_tar(path, max_bytes=1 << 30))) == 8
    with pytest.raises(TooLargeError, match="members"):
        list(read_tar(make(tmp_path / "b.tar", [info(str(i)) for i in range(20)]), max_members=19))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_every_truncation(tmp_path, mode):
    path = make(tmp_path / "a.tar", [info("a", data=bytes(range(256)) * 8)], mode)
    good = path.read_bytes()
    end = 512 + 2048 if mode == "w" else len(good)  # what follows are blocks of padding
    for size in range(0, end, max(1, end // 100)):
        path.write_bytes(good[:size])
        with pytest.raises(CorruptFileError):
            for _, stream in read_tar(path):
                stream.read()


def test_flipped_bytes_never_crash(tmp_path):
    path = make(tmp_path / "a.tar.gz", GOOD, "w:gz")
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :])
        try:
            is_tar(path)
            for _, stream in read_tar(path):
                stream and stream.read()
        except CorruptFileError:
            pass


def test_not_tar(tmp_path):
    for content in (b"", b"text", bytes(1024), b"x" * 2000):
        (tmp_path / "a").write_bytes(content)
        assert not is_tar(tmp_path / "a")


def test_what_a_damaged_file_holds_cannot_be_told(tmp_path):
    (tmp_path / "a").write_bytes(b"\x1f\x8bjunk")
    with pytest.raises(CorruptFileError, match="damaged compressed file"):
        is_tar(tmp_path / "a")
    with pytest.raises(CorruptFileError, match="not a regular file"):
        is_tar(tmp_path)
