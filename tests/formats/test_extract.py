"""Unpacking: the files arrive, or nothing does."""

import io
import os
import tarfile
import zipfile

import pytest

from addax.formats.errors import CorruptFileError, UnsafeFileError
from addax.formats.extract import archive_kind, extract_archive


def make_tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size, header.mode = len(data), 0o4777
            archive.addfile(header, io.BytesIO(data))
    return path


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("make", [make_tar, make_zip])
def test_files_arrive(tmp_path, make):
    path = make(tmp_path / "archive", {"d/a": b"1", "d/e/b": b"2", "c": b"3"})
    target = tmp_path / "out"
    (target / "d").mkdir(parents=True)
    (target / "d" / "a").write_bytes(b"old")
    (target / "d" / "kept").write_bytes(b"kept")
    assert extract_archive(path, target)
    found = {str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()}
    assert found == {"d/a": b"1", "d/e/b": b"2", "c": b"3", "d/kept": b"kept"}
    assert (target / "c").stat().st_mode & 0o7000 == 0


@pytest.mark.parametrize("make", [make_tar, make_zip])
def test_nothing_arrives_from_a_bad_archive(tmp_path, make):
    path = make(tmp_path / "archive", {"good": b"1", "../evil": b"2"})
    with pytest.raises(UnsafeFileError, match="evil"):
        extract_archive(path, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == [] and sorted(os.listdir(tmp_path)) == ["archive", "out"]
    path = make(tmp_path / "archive", {"good": os.urandom(5000)})
    path.write_bytes(path.read_bytes()[:-200])
    if archive_kind(path):
        with pytest.raises(CorruptFileError):
            extract_archive(path, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_links_planted_in_the_folder_are_not_written_through(tmp_path):
    outside, target = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    target.mkdir()
    (target / "d").symlink_to(outside)
    with pytest.raises(UnsafeFileError, match="symbolic link"):
        extract_archive(make_tar(tmp_path / "archive", {"d/a": b"1", "b": b"2"}), target)
    assert os.listdir(outside) == [] and os.listdir(target) == ["d"]


def test_file_over_folder(tmp_path):
    (tmp_path / "out" / "a").mkdir(parents=True)
    with pytest.raises(UnsafeFileError, match="folder by a file"):
        extract_archive(make_zip(tmp_path / "archive", {"a": b"1"}), tmp_path / "out")


def test_kinds(tmp_path):
    (tmp_path / "text").write_text("no archive")
    assert not extract_archive(tmp_path / "text", tmp_path / "out")
    path = make_zip(tmp_path / "a.zip", {"a": b"1"})
    assert archive_kind(path) == "zip" and archive_kind(path, ["tar"]) is None
    with pytest.raises(ValueError, match="'rar'"):
        archive_kind(path, ["rar"])
