"""Writes happen whole or not at all."""

import os
import stat
import subprocess
import sys

import pytest

from addax.formats import atomic
from addax.formats.atomic import atomic_directory, atomic_write


def test_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with atomic_write(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a"]


def test_failure_leaves_what_was(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]
    with pytest.raises(RuntimeError), atomic_write(tmp_path / "b"):
        raise RuntimeError
    assert os.listdir(tmp_path) == ["a"]


def test_permissions_and_links(tmp_path):
    path = tmp_path / "a"
    old = os.umask(0o022)
    try:
        with atomic_write(path, "w") as file:
            file.write("text")
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        path.chmod(0o600)
        with atomic_write(path, "w") as file:
            file.write("text")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)
    (tmp_path / "elsewhere").write_text("keep")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with atomic_write(tmp_path / "link", "w") as file:
        file.write("new")
    assert (tmp_path / "elsewhere").read_text() == "keep" and (tmp_path / "link").read_text() == "new"


def test_mode_is_checked(tmp_path):
    with pytest.raises(ValueError, match="'ab'"), atomic_write(tmp_path / "a", "ab"):
        pass


@pytest.mark.parametrize("exchange", [True, False])
def test_directory_is_replaced_whole(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    path = tmp_path / "model"
    for round_ in ("1", "2"):
        with atomic_directory(path) as folder:
            os.mkdir(os.path.join(folder, "sub"))
            with open(os.path.join(folder, "sub", round_), "w") as file:
                file.write(round_)
        assert os.listdir(path / "sub") == [round_]
    with pytest.raises(RuntimeError), atomic_directory(path):
        raise RuntimeError
    assert os.listdir(path / "sub") == ["2"] and os.listdir(tmp_path) == ["model"]


def test_directory_over_a_file_is_refused(tmp_path):
    (tmp_path / "a").write_text("keep")
    with pytest.raises(NotADirectoryError), atomic_directory(tmp_path / "a"):
        pass
    assert (tmp_path / "a").read_text() == "keep"


def test_killed_while_writing(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    code = (
        "import os, sys; from addax.formats.atomic import atomic_write\n"
        f"with atomic_write({str(path)!r}) as f:\n    f.write(b'x' * 100); f.flush(); os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == -9
    assert path.read_text() == "old"
    assert [n for n in os.listdir(tmp_path) if not n.endswith(".partial")] == ["a"]
