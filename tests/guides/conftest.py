"""Runs each guide once in a session, by `addax run`, with the 10,000 real digits standing in for MNIST."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent


class Report:
    """What the blocks of one guide did."""

    def __init__(self, blocks, folder):
        self.blocks, self.folder = blocks, folder

    def block(self, part, index=0):
        """The record of the block that holds this text."""
        found = [block for block in self.blocks if part in block["source"]]
        assert len(found) > index, f"no block with {part!r}"
        return found[index]

    def printed(self, part, index=0):
        return self.block(part, index)["printed"]

    def history(self, part, index=0):
        return self.block(part, index)["history"]["values"]

    def facts(self, part, index=0):
        return self.block(part, index)["facts"]


def spread(digits):
    """60,000 of 10,000: the last 10,000, and the 10,000 before, hold digits that stand nowhere else."""
    parts = [(digits[:8000], 5), (digits[8000:9000], 10), (digits[9000:], 10)]
    return np.concatenate([part for part, times in parts for _ in range(times)])


@pytest.fixture(scope="session")
def environment(shared, tmp_path_factory):
    """Environment variables under which `mnist.load_data()` reads the stand-in."""
    home = tmp_path_factory.mktemp("keras_home")
    (home / "datasets").mkdir()
    with np.load(shared / "data" / "mnist_10k.npz") as real:
        arrays = {name: real[name] for name in real.files}
    arrays.update(x_train=spread(arrays["x_train"]), y_train=spread(arrays["y_train"]))
    np.savez(home / "datasets" / "mnist.npz", **arrays)
    return {**os.environ, "KERAS_HOME": str(home), "ADDAX_DATASETS_TRUST_LOCAL": "1", "MPLBACKEND": "Agg"}


@pytest.fixture(scope="session")
def addax_run(environment):
    """Runs `addax run ARGUMENTS` in a folder."""

    def run(*arguments, cwd):
        command = [sys.executable, "-m", "addax", "run", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)

    return run


@pytest.fixture(scope="session")
def record(shared, addax_run, tmp_path_factory):
    """record(guide, plan): the Report of a guide; each guide runs once."""
    reports = {}

    def run(guide, plan):
        if guide not in reports:
            folder = tmp_path_factory.mktemp("guide")
            (folder / "plan.json").write_text(json.dumps(plan))
            guides = shared / "guides"
            files = [guides / "run_guide.py", guides / guide, folder / "plan.json", folder / "report.json"]
            done = addax_run(HERE / "record_guide.py", *files, cwd=folder)
            assert done.returncode == 0, done.stderr[-3000:]
            reports[guide] = Report(json.loads((folder / "report.json").read_text()), folder)
        return reports[guide]

    return run
