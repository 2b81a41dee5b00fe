"""The cache of compiled programs: where it lies, how it is turned off."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from addax.core import compilation_cache


@pytest.fixture
def restored(monkeypatch):
    names = (
        "jax_compilation_cache_dir",
        "jax_persistent_cache_min_compile_time_secs",
    )
    kept = {name: getattr(jax.config, name) for name in names}
    jax.config.update("jax_compilation_cache_dir", None)
    monkeypatch.delenv("ADDAX_COMPILATION_CACHE", raising=False)
    monkeypatch.setattr(compilation_cache.atexit, "register", lambda *args: None)
    yield monkeypatch
    for name, value in kept.items():
        jax.config.update(name, value)


@pytest.mark.parametrize("value", ["off", "0", "False", "no"])
def test_off(restored, value):
    restored.setenv("ADDAX_COMPILATION_CACHE", value)
    assert compilation_cache.enable() is None and jax.config.jax_compilation_cache_dir is None


def test_a_folder_of_ones_own(restored, tmp_path):
    restored.setenv("ADDAX_COMPILATION_CACHE", str(tmp_path / "programs"))
    assert compilation_cache.enable() == tmp_path / "programs" and (tmp_path / "programs").is_dir()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / "programs")


def test_jaxs_own_setting_is_left_alone(restored, tmp_path):
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    assert compilation_cache.enable() is None and jax.config.jax_compilation_cache_dir == str(tmp_path)


def test_a_folder_that_cannot_be_made(restored, tmp_path):
    (tmp_path / "file").write_text("")
    restored.setenv("ADDAX_COMPILATION_CACHE", str(tmp_path / "file" / "inside"))
    assert compilation_cache.enable() is None


def test_the_users_cache_folder(restored, tmp_path):
    restored.setattr(sys, "platform", "linux")
    restored.setattr(os, "name", "posix")
    restored.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compilation_cache.default_directory() == tmp_path / "addax" / "xla"
    restored.delenv("XDG_CACHE_HOME")
    assert compilation_cache.default_directory() == Path.home() / ".cache" / "addax" / "xla"
    restored.setattr(sys, "platform", "darwin")
    assert compilation_cache.default_directory() == Path.home() / "Library" / "Caches" / "addax" / "xla"


def test_programs_are_kept(tmp_path):
    program = (
        "import addax as tf\n"
        "from addax.core import compilation_cache\n"
        "import jax\n"
        "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.0)\n"
        "print(float(tf.function(lambda x: tf.reduce_sum(tf.matmul(x, x)))(tf.ones([8, 8]))))\n"
    )
    environment = {**os.environ, "ADDAX_COMPILATION_CACHE": str(tmp_path), "JAX_PLATFORMS": "cpu"}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    out = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "512.0"
    assert any(tmp_path.iterdir())
    assert (tmp_path / "trimmed").exists()


def test_programs_that_were_not_used_for_long_leave_first(tmp_path):
    for age, name in enumerate(("new", "old", "older")):
        path = tmp_path / f"jit_{name}-cache"
        path.write_bytes(bytes(1000))
        os.utime(path, (1e9 - age, 1e9 - age))
    other = tmp_path / "notes.txt"
    other.write_bytes(bytes(5000))
    os.utime(other, (0, 0))
    assert compilation_cache.trim(tmp_path, 2500) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"jit_new-cache", "jit_old-cache", "notes.txt"}
    assert compilation_cache.trim(tmp_path, 2500) == 0


def test_the_folder_is_looked_through_once_a_day(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(compilation_cache, "trim", calls.append)
    compilation_cache._trim_now_and_then(tmp_path)
    compilation_cache._trim_now_and_then(tmp_path)
    assert calls == [tmp_path]
    os.utime(tmp_path / "trimmed", (0, 0))
    compilation_cache._trim_now_and_then(tmp_path)
    assert len(calls) == 2
