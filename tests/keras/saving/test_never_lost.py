"""What stood there stays whole: saves that end at 200 random moments, and saves on a full disk.

One process saves in a loop. It is stopped at random moments, and what is on the disk then, which is what it would
leave if it were killed then, is kept and read later. At the end it is killed.
"""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import addax as tf

FORMS = ["m.keras", "m.h5", "m.weights.h5", "w.h5", "ckpt", "m.safetensors", "folder"]
MOMENTS = 200
on_one_worker = pytest.mark.xdist_group("moments")


@pytest.fixture(scope="module")
def moments(tmp_path_factory):
    """(form, folder as it was) of each moment, and what full disks did by form."""
    work, kept = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("kept")
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(Path(__file__).with_name("saver.py")), str(work)]
    child = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert child.stdin is not None and child.stdout is not None
    rng, found, full = random.Random(0), [], {}
    try:
        for number, form in enumerate(FORMS):
            child.stdin.write(f"{form}\n".encode())
            while (said := child.stdout.readline().decode().split()) == ["saved"]:
                pass  # the last of the form before
            full[form] = said
            for moment in range(MOMENTS // len(FORMS) + (number < MOMENTS % len(FORMS))):
                if moment % 4 == 3:  # on a busy machine too, it saves in between
                    assert child.stdout.readline() == b"saved\n"
                time.sleep(rng.uniform(0.0, 0.03))
                os.kill(child.pid, signal.SIGSTOP)
                os.waitpid(child.pid, os.WUNTRACED)
                found.append((form, kept / str(len(found))))
                shutil.copytree(work, found[-1][1], ignore=shutil.ignore_patterns(*(set(FORMS) - {form})))
                os.kill(child.pid, signal.SIGCONT)
        time.sleep(rng.uniform(0.0, 0.03))
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()
    return [*found, (FORMS[-1], work)], full


@on_one_worker
@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_what_a_killed_save_leaves_is_whole(moments):
    layers = [tf.keras.layers.Dense(60, name=f"d{index}") for index in range(4)]
    model = tf.keras.Sequential([tf.keras.Input((60,)), *layers])
    seen = {form: set() for form in FORMS}
    for form, folder in moments[0]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.load_weights(folder / form)
        values = {float(each) for array in model.get_weights() for each in np.unique(array)}
        assert values in ({1.0}, {2.0}), (form, values)
        seen[form] |= values
        if form == "ckpt":
            assert tf.train.latest_checkpoint(folder) == str(folder / form)
    assert len(moments[0]) == MOMENTS + 1
    assert sum(len(values) == 2 for values in seen.values()) >= 2, "it was saved in between"
    for form in ("m.keras", "m.h5", "folder"):
        last = [folder for each, folder in moments[0] if each == form][-1]
        assert tf.keras.models.load_model(last / form).count_params() == model.count_params()


@on_one_worker
@pytest.mark.skipif(os.name == "nt", reason="limits as POSIX has them")
def test_a_full_disk_leaves_what_was(moments):
    for form, results in moments[1].items():
        assert results == ["full"] + ["refused"] * 4, form


@pytest.mark.parametrize("form", FORMS)
def test_no_space_told_late_leaves_what_was(form, tmp_path, monkeypatch):
    """Some file systems say that the disk is full when a file is created, synced or renamed: each of these calls."""

    def net(value):
        model = tf.keras.Sequential([tf.keras.layers.Dense(3, input_shape=(4,), name="only")])
        model.set_weights([np.full(each.shape, value) for each in model.get_weights()])
        return model

    def save(model):
        if form == "folder":
            model.save(str(tmp_path / form), save_traces=False)  # which change no file but the one that they are in
        else:
            (model.save if form in ("m.keras", "m.h5") else model.save_weights)(str(tmp_path / form))

    def counted(name):
        real = getattr(os, name)

        def call(*args, **kwargs):
            made = name == "open" and not args[1] & os.O_CREAT
            if not made:
                calls.append(name)
                if len(calls) == fails_at:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, call)

    calls, fails_at, first, second, target = [], None, net(1.0), net(2.0), net(1.0)
    save(first)
    for name in ("open", "fsync", "replace", "rename", "mkdir"):
        counted(name)
    names = sorted(os.listdir(tmp_path))
    refused = 0
    for fails_at in range(1, 60):
        calls.clear()
        try:
            save(second)
        except OSError as error:
            assert error.errno == errno.ENOSPC
            refused += 1
        if len(calls) < fails_at:
            break
        assert not [name for name in os.listdir(tmp_path) if "partial" in name]
        target.load_weights(tmp_path / form)
        assert {float(each) for array in target.get_weights() for each in array.flat} in ({1.0}, {2.0})
        if form == "ckpt":
            assert tf.train.latest_checkpoint(tmp_path) == str(tmp_path / form)
    else:
        pytest.fail("it never ended")
    assert refused >= 3
    assert form in names or form == "ckpt"
    target.load_weights(tmp_path / form)
    assert float(target.get_weights()[0].min()) == 2.0
