"""tf.io.gfile, read_file and write_file; errors are those measured from TensorFlow."""

import os
import pathlib

import pytest

import addax as tf

g = tf.io.gfile
errors = tf.errors


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "x.txt").write_text("one\ntwo\nthree")
    return str(tmp_path)


def test_files(folder):
    path = folder + "/l.txt"
    with g.GFile(path, "w") as file:
        file.write("one\ntwo\nthree")
        assert file.tell() == 13
        file.flush()
        assert file.size() == 13
    file = g.GFile(path)
    assert (file.readline(), file.tell(), file.read(2)) == ("one\n", 4, "tw")
    file.seek(0)
    assert file.readlines() == ["one\n", "two\n", "three"] and file.readline() == "" == file.read()
    file.seek(-3, 2)
    assert file.read() == "ree"
    file.seek(position=2)
    assert file.tell() == 2 and file.seekable() and next(file) == "e\n" and list(file) == ["two\n", "three"]
    with pytest.raises(StopIteration):
        file.next()
    with pytest.raises(errors.OutOfRangeError):
        file.seek(100)
    for wrong in [(-1,), (0, 5)]:
        with pytest.raises(errors.InvalidArgumentError):
            file.seek(*wrong)
    with pytest.raises(TypeError):
        file.seek()
    file.close()
    file.close()
    assert (file.name, file.mode) == (path, "r")
    with g.GFile(path, "a") as file:
        file.write("!")
    with g.GFile(pathlib.Path(path), "rb") as file:
        assert file.read().endswith(b"three!")


def test_files_refuse(folder):
    with pytest.raises(errors.NotFoundError):
        g.GFile(folder + "/none").read()
    with pytest.raises(errors.NotFoundError):
        g.GFile(folder + "/zz/m.txt", "w").write("a")
    with pytest.raises(errors.FailedPreconditionError):
        g.GFile(folder).read()
    with pytest.raises(errors.PermissionDeniedError):
        g.GFile(folder + "/x.txt").write("a")
    with pytest.raises(errors.PermissionDeniedError):
        g.GFile(folder + "/x.txt", "w").read()
    with pytest.raises(errors.InvalidArgumentError):
        g.GFile(folder + "/x.txt", "q")
    with pytest.raises(TypeError):
        g.GFile(folder + "/y.txt", "wb").write(3)
    with pytest.raises(errors.UnimplementedError, match="File system scheme 'foo' not implemented"):
        g.exists("foo://x")
    with pytest.raises(TypeError):
        g.exists(3)
    assert (pathlib.Path(folder) / "x.txt").read_text() == "one\ntwo\nthree"  # nothing was changed on the way


def test_directories(folder):
    assert sorted(g.listdir(folder)) == ["a", "x.txt"] and g.isdir(folder + "/a") and not g.isdir(folder + "/x.txt")
    g.mkdir(folder + "/a")  # is there
    g.makedirs(folder + "/p/q")
    with pytest.raises(errors.NotFoundError):
        g.mkdir(folder + "/r/s")
    for wrong in ("/x.txt", "/x.txt/y"):
        with pytest.raises(errors.FailedPreconditionError):
            g.makedirs(folder + wrong)
    for wrong in ("/none", "/x.txt"):
        with pytest.raises(errors.NotFoundError):
            g.listdir(folder + wrong)
    assert list(g.walk(folder)) == [
        (folder, ["a", "p"], ["x.txt"]), (folder + "/a", ["b"], []), (folder + "/a/b", [], []),
        (folder + "/p", ["q"], []), (folder + "/p/q", [], []),
    ]  # fmt: skip
    assert [top for top, _, _ in g.walk(folder, topdown=False)][-1] == folder
    seen = []
    assert list(g.walk(folder + "/none", onerror=seen.append)) == [] and isinstance(seen[0], errors.NotFoundError)
    g.rmtree(folder + "/p")
    assert not g.exists(folder + "/p")
    with pytest.raises(errors.NotFoundError):
        g.rmtree(folder + "/p")
    assert "file" in g.get_registered_schemes()


def test_copies(folder):
    g.copy(folder + "/x.txt", folder + "/y.txt")
    with pytest.raises(errors.AlreadyExistsError):
        g.copy(folder + "/x.txt", folder + "/y.txt")
    g.copy(folder + "/x.txt", folder + "/y.txt", overwrite=True)
    with pytest.raises(errors.NotFoundError):
        g.copy(folder + "/none", folder + "/z")
    with pytest.raises(errors.AlreadyExistsError):
        g.rename(folder + "/x.txt", folder + "/y.txt")
    g.rename(folder + "/x.txt", folder + "/y.txt", overwrite=True)
    assert g.glob(folder + "/*.txt") == [folder + "/y.txt"] == g.glob([folder + "/y*", folder + "/none"])
    found = g.stat(folder + "/y.txt")
    assert (found.length, found.is_directory) == (13, False) and found.mtime_nsec > 1e18 and g.stat(folder).is_directory
    with pytest.raises(errors.FailedPreconditionError):
        g.remove(folder + "/a")
    g.remove(folder + "/y.txt")
    for act in (g.remove, g.stat):
        with pytest.raises(errors.NotFoundError):
            act(folder + "/y.txt")


def test_join():
    assert g.join("a", "b", "c") == os.path.join("a", "b", "c") and g.join("a", "/b") == "/b"
    assert g.join("gs://a", "b") == "gs://a/b" and g.join(b"a", b"b") == b"a/b"


def test_whole_files(folder):
    tf.io.write_file(folder + "/new/deep/c.bin", b"\x00hi\x00")
    assert tf.io.read_file(folder + "/new/deep/c.bin").numpy() == b"\x00hi\x00"
    assert tf.io.matching_files([folder + "/*", folder + "/a/*"]).numpy().tolist() == [
        f"{folder}/{name}".encode() for name in ("a", "a/b", "new", "x.txt")
    ]
    assert tf.io.matching_files(folder + "/none*").shape == [0]
    assert tf.io.match_filenames_once(folder + "/x*").numpy().tolist() == [f"{folder}/x.txt".encode()]
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        tf.io.read_file(folder + "/none")
    with pytest.raises(errors.FailedPreconditionError, match="Is a directory"):
        tf.io.read_file(folder)
    with pytest.raises(errors.FailedPreconditionError):
        tf.io.write_file(folder, "x")
    with pytest.raises(errors.InvalidArgumentError, match="must be scalar"):
        tf.io.read_file([folder])
    with pytest.raises(TypeError):
        tf.io.write_file(folder + "/x.txt", 3)
    assert tf.io.read_file(folder + "/x.txt").numpy() == b"one\ntwo\nthree"
