"""get_file: from a real local HTTP server and from file URLs; every failure leaves the cache as it was."""

import contextlib
import hashlib
import http.server
import io
import os
import stat
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from addax.formats.errors import CorruptFileError
from addax.keras import files, network
from addax.keras.files import DownloadError, cache_folder, get_file

DATA = bytes(range(256)) * 40
SHA = hashlib.sha256(DATA).hexdigest()
MD5 = hashlib.md5(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves each path as the test told it to, and counts the requests."""

    def do_GET(self):
        self.server.requests.append(self.path)
        status, headers, body = self.server.answers[self.path.split("?")[0]]
        if callable(body):
            status, headers, body = body(len(self.server.requests))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.answers = {"/data.bin": (200, {}, DATA)}
        running.requests = []
        running.url = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(network.time, "sleep", lambda _: None)


def test_downloads_once_with_progress(server, tmp_path, capsys):
    url = server.url + "/data.bin?version=2"
    path = get_file(origin=url, cache_dir=tmp_path)
    assert path == str(tmp_path / "datasets" / "data.bin")
    assert Path(path).read_bytes() == DATA
    out = capsys.readouterr().out
    assert f"Downloading data from {url}" in out and "100%" in out
    assert get_file(origin=url, cache_dir=tmp_path) == path
    assert len(server.requests) == 1 and capsys.readouterr().out == ""
    assert os.listdir(tmp_path / "datasets") == ["data.bin"]


@pytest.mark.parametrize(
    "options",
    [{"file_hash": SHA}, {"file_hash": SHA.upper()}, {"md5_hash": MD5}, {"file_hash": MD5, "hash_algorithm": "md5"}],
)
def test_hash_is_checked(server, tmp_path, options):
    path = tmp_path / "sub" / "name"
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    assert get_file("name", server.url + "/data.bin", cache_dir=tmp_path, cache_subdir="sub", **options) == str(path)
    assert path.read_bytes() == DATA
    get_file("name", server.url + "/data.bin", cache_dir=tmp_path, cache_subdir="sub", **options)
    assert len(server.requests) == 1


def test_wrong_hash_keeps_what_was(server, tmp_path):
    path = tmp_path / "datasets" / "data.bin"
    path.parent.mkdir()
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match=r"sha256.*0000.*received " + SHA):
        get_file(origin=server.url + "/data.bin", file_hash="0" * 64, cache_dir=tmp_path)
    assert path.read_bytes() == b"old" and os.listdir(path.parent) == ["data.bin"]


def test_file_urls_and_absolute_names(tmp_path):
    (tmp_path / "source.txt").write_text("data")
    target = tmp_path / "elsewhere.txt"
    assert get_file(target, (tmp_path / "source.txt").as_uri(), cache_dir=tmp_path / "c") == str(target)
    assert target.read_text() == "data"


def test_forced_download(tmp_path):
    source = tmp_path / "source.txt"
    source.write_text("old")
    url = source.as_uri()
    path = get_file("copy.txt", url, cache_dir=tmp_path)
    source.write_text("new")
    assert Path(get_file("copy.txt", url, cache_dir=tmp_path)).read_text() == "old"
    assert Path(get_file("copy.txt", url, cache_dir=tmp_path, force_download=True)).read_text() == "new"
    assert Path(path).read_text() == "new"


def test_keras_home_is_read_at_the_call(tmp_path, monkeypatch):
    (tmp_path / "source.txt").write_text("data")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    assert cache_folder() == str(tmp_path / "home")
    assert get_file(origin=(tmp_path / "source.txt").as_uri()) == str(tmp_path / "home" / "datasets" / "source.txt")
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    assert cache_folder() == str(tmp_path / "user" / ".keras")


def test_short_body_is_refused_after_three_attempts(server, tmp_path):
    server.answers["/data.bin"] = (200, {"Content-Length": str(len(DATA) + 5)}, DATA)
    with pytest.raises(DownloadError, match=r"tried 3 times.*put there by hand") as caught:
        get_file(origin=server.url + "/data.bin", cache_dir=tmp_path)
    assert str(tmp_path / "datasets" / "data.bin") in str(caught.value)
    assert len(server.requests) == 3 and os.listdir(tmp_path / "datasets") == []


def test_a_failing_server_is_asked_again(server, tmp_path):
    server.answers["/data.bin"] = (0, {}, lambda n: (503, {}, b"") if n < 3 else (200, {}, DATA))
    assert Path(get_file(origin=server.url + "/data.bin", cache_dir=tmp_path)).read_bytes() == DATA
    server.requests.clear()
    server.answers["/gone"] = (404, {}, b"")
    with pytest.raises(DownloadError, match="404"):
        get_file(origin=server.url + "/gone", cache_dir=tmp_path)
    assert len(server.requests) == 1


def test_no_server(tmp_path):
    with pytest.raises(DownloadError, match="http://127.0.0.1:9/x.npz.*refused"):
        get_file(origin="http://127.0.0.1:9/x.npz", cache_dir=tmp_path)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://localhost/x", "gopher://x"])
def test_redirections_stay_on_the_network(server, tmp_path, target):
    server.answers["/data.bin"] = (302, {"Location": target}, b"")
    with pytest.raises(DownloadError, match="302"):
        get_file(origin=server.url + "/data.bin", cache_dir=tmp_path)
    assert os.listdir(tmp_path / "datasets") == []
    server.answers["/data.bin"] = (302, {"Location": "/other"}, b"")
    server.answers["/other"] = (200, {}, DATA)
    assert Path(get_file(origin=server.url + "/data.bin", cache_dir=tmp_path)).read_bytes() == DATA


@pytest.mark.parametrize(
    "origin", ["http://x/a/..", "http://x/", "http://x", "http://x/%2e%2e", "http://x/a%5Cb", "http://x/a/."]
)
def test_a_url_does_not_choose_a_folder(tmp_path, origin):
    with pytest.raises(ValueError, match="fname"):
        get_file(origin=origin, cache_dir=tmp_path)


def test_bad_arguments(tmp_path):
    with pytest.raises(ValueError, match="origin"):
        get_file("x")
    with pytest.raises(ValueError, match="s3"):
        get_file("x", "s3://bucket/x", cache_dir=tmp_path)
    with pytest.raises(ValueError, match="sha1"):
        get_file("x", "http://x/y", hash_algorithm="sha1", cache_dir=tmp_path)


def test_a_planted_link_is_replaced_not_followed(server, tmp_path):
    folder = tmp_path / "datasets"
    folder.mkdir()
    (tmp_path / "victim").write_bytes(b"keep")
    (folder / "data.bin").symlink_to(tmp_path / "victim")
    get_file(origin=server.url + "/data.bin", file_hash=SHA, cache_dir=tmp_path)
    assert (tmp_path / "victim").read_bytes() == b"keep" and (folder / "data.bin").read_bytes() == DATA


def archive(path, kind, names=("top/a", "top/b")):
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as out:
            for name in names:
                out.writestr(name, name)
    else:
        with tarfile.open(path, "w:gz") as out:
            for name in names:
                header = tarfile.TarInfo(name)
                header.size = len(name)
                out.addfile(header, io.BytesIO(name.encode()))
    return path.as_uri()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_extract(tmp_path, kind):
    origin = archive(tmp_path / f"top.{kind}", kind)
    path = get_file(origin=origin, extract=True, cache_dir=tmp_path)
    assert path == str(tmp_path / "datasets" / f"top.{kind}")
    assert (tmp_path / "datasets" / "top" / "a").read_text() == "top/a"
    get_file("plain", origin, cache_dir=tmp_path / "2", extract=True, archive_format=None)
    assert os.listdir(tmp_path / "2" / "datasets") == ["plain"]
    with pytest.raises(ValueError, match="rar"):
        get_file("plain", origin, cache_dir=tmp_path / "3", extract=True, archive_format="rar")


def test_untar(tmp_path):
    origin = archive(tmp_path / "top.tar.gz", "tar.gz")
    for name in ("top", "top.tar.gz"):
        assert get_file(name, origin, untar=True, cache_dir=tmp_path) == str(tmp_path / "datasets" / "top")
    assert sorted(os.listdir(tmp_path / "datasets")) == ["top", "top.tar.gz"]
    assert sorted(os.listdir(tmp_path / "datasets" / "top")) == ["a", "b"]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_that_leaves_the_folder_unpacks_nothing(tmp_path, kind):
    origin = archive(tmp_path / f"x.{kind}", kind, ["good", "../../evil"])
    with pytest.raises(CorruptFileError, match="evil"):
        get_file(origin=origin, extract=True, cache_dir=tmp_path)
    assert os.listdir(tmp_path / "datasets") == [f"x.{kind}"] and not (tmp_path / "evil").exists()


def test_a_cache_that_cannot_be_written_to(tmp_path, monkeypatch):
    (tmp_path / "source.txt").write_text("data")
    monkeypatch.setattr(files.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(files.os, "access", lambda *_: False)
    path = get_file(origin=(tmp_path / "source.txt").as_uri(), cache_dir=tmp_path / "locked")
    own = os.path.dirname(os.path.dirname(path))
    assert os.path.dirname(own) == str(tmp_path) and stat.S_IMODE(os.stat(own).st_mode) == 0o700
    os.rename(own, own + "2")
    os.symlink(own + "2", own)
    with pytest.raises(DownloadError, match="not yours"):
        get_file(origin=(tmp_path / "source.txt").as_uri(), cache_dir=tmp_path / "locked")
