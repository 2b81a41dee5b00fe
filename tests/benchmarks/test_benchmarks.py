"""The benchmarks run, write what they measured, and judge it rightly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import GOALS

ROOT = Path(__file__).parents[2]


def run(*args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "benchmarks", *[str(arg) for arg in args]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_figures_are_written(tmp_path):
    path = tmp_path / "results.json"
    own = ("--frameworks", "addax,jax", "--rounds", 2, "--scale", 0.02)
    done = run("add", "import", *own, "--output", path)
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads(path.read_text())
    assert results["rounds"] == 2 and results["machine"]["cores"] >= 1
    assert set(results["works"]) == {"add", "import"}
    for name, figures in results["works"].items():
        assert set(figures) == {"addax", "jax"}, name
        for figure in figures.values():
            assert len(figure["runs"]) == 2 and min(figure["runs"]) <= figure["median"] <= max(figure["runs"])
    add = results["works"]["add"]["jax"]
    assert 1e-7 < add["median"] < 1e-2 and "jax 0." in add["version"]
    assert "JAX by hand" in done.stdout and "no figures to be quoted" in done.stdout


def results(tmp_path: Path, **seconds: float) -> Path:
    """A file of results in which Addax takes 1 s and others what is said, as `work_framework`."""
    works: dict[str, dict] = {}
    for key, value in seconds.items():
        name, _, framework = key.rpartition("__")
        figures = works.setdefault(name, {"addax": {"runs": [1.0], "median": 1.0, "first": 1.0}})
        figures[framework.replace("_", "-")] = {"runs": [value], "median": value, "first": value}
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"works": works}))
    return path


GOOD = {f"{work}__{peer.replace('-', '_')}": 1.05 * times for work, peer, times in GOALS}


@pytest.mark.parametrize(
    ("worse", "status", "said"),
    [
        ({}, 0, "pass"),
        ({"mlp_fit__tf": 5.9}, 1, "FALLS SHORT mlp_fit            5.90 of  6.00 times TensorFlow"),
        ({"import__jax": 0.7}, 1, "FALLS SHORT import"),
        ({"dataset__tf": None}, 1, "NOT MEASURED dataset"),
    ],
)
def test_goals_are_judged(tmp_path, worse, status, said):
    figures = {key: value for key, value in (GOOD | worse).items() if value is not None}
    done = run("--from", results(tmp_path, **figures), "--check")
    assert done.returncode == status, done.stderr
    assert said in done.stdout


def test_a_framework_that_fails_is_told_of_and_left_out(tmp_path):
    path = tmp_path / "results.json"
    done = run("add", "--frameworks", "jax,torch", "--torch-python", sys.executable, "--rounds", 1, "--scale", 0.02,
               "--output", path)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "PyTorch          failed: ModuleNotFoundError" in done.stdout
    assert "median" in json.loads(path.read_text())["works"]["add"]["jax"]


def test_unknown_works_are_refused():
    done = run("sleep")
    assert done.returncode == 2 and "unknown work 'sleep'; there are mlp_fit" in done.stderr


def test_scaling_keeps_its_bounds_of_memory():
    code = (
        "from benchmarks import scaling; "
        "scaling.samples(1, largest=10_000); "
        "scaling.BOUND = 24 << 20; scaling.STREAMED = 100.0; assert scaling.streaming(1, megabytes=48); "
        "assert scaling.memory(1, predicts=200, fits=40, models=4, steps=1000, numbers=300)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "10,000 samples" in done.stdout and "48 MiB of data" in done.stdout and "200 predict calls" in done.stdout
