"""Every example runs on little data, learns something, and writes what it says it writes."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run(monkeypatch):
    """Run an example's `main` with arguments; returns what it returns."""
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def call(name: str, *args: object):
        return importlib.import_module(name).main([str(arg) for arg in args])

    yield call
    for path in EXAMPLES.glob("*.py"):
        sys.modules.pop(path.stem, None)


def is_picture(path: Path) -> bool:
    return path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_demo_writes_everything_and_is_right(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py", "--output", tmp_path / "out"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Epoch 30/30" in done.stdout and "val_accuracy" in done.stdout
    assert "the predictions are exactly the same" in done.stdout
    accuracy = float(done.stdout.split("Test accuracy: ")[1].split()[0])
    assert accuracy >= 0.95
    assert is_picture(tmp_path / "out/learning_curve.png") and is_picture(tmp_path / "out/predictions.png")
    assert (tmp_path / "out/digits.keras").stat().st_size > 10_000


def test_demo_says_so_when_the_result_is_bad(run, tmp_path, capsys):
    assert run("demo", "--epochs", 1, "--output", tmp_path) == 1
    assert "Something is wrong" in capsys.readouterr().err


def test_mnist_fit(run):
    assert run("mnist_fit", "--epochs", 10, "--verbose", 0) > 0.9


@pytest.mark.parametrize("eager", [(), ("--eager",)])
def test_mnist_custom_loop(run, eager):
    assert run("mnist_custom_loop", "--epochs", 3, "--verbose", 0, *eager) > 0.85


def test_cnn(run):
    assert run("cnn", "--epochs", 4, "--samples", 1000, "--verbose", 0) > 0.85


def test_lstm_text(run):
    assert run("lstm_text", "--epochs", 6, "--samples", 2000, "--verbose", 0) > 0.9


def test_time_series_beats_simple_forecasts(run):
    errors = run("time_series", "--epochs", 3, "--samples", 3000, "--verbose", 0)
    assert errors["network"] < min(errors["the same as now"], errors["the same as a day ago"])


def test_autoencoder_cleans(run, tmp_path):
    errors = run("autoencoder", "--epochs", 8, "--verbose", 0, "--picture", tmp_path / "out.png")
    assert errors["cleaned"] < errors["noisy"]
    assert is_picture(tmp_path / "out.png")


def test_vae(run, tmp_path):
    history = run("vae", "--epochs", 10, "--samples", 800, "--verbose", 0, "--picture", tmp_path / "vae.png")
    assert sorted(history) == ["loss", "reconstruction"]
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert is_picture(tmp_path / "vae.png")


def test_gan(run, tmp_path):
    history = run("gan", "--epochs", 6, "--samples", 240, "--verbose", 0, "--picture", tmp_path / "gan.png")
    assert sorted(history) == ["d_loss", "g_loss"]
    assert 0.1 < history["d_loss"][-1] < history["d_loss"][0]
    assert is_picture(tmp_path / "gan.png")


def test_multi_input_output(run):
    result = run("multi_input_output", "--epochs", 6, "--verbose", 0)
    assert result["department_accuracy"] > 0.9
    assert result["loss"] == pytest.approx(2.0 * result["urgency_loss"] + result["department_loss"], rel=1e-4)


def test_transfer_learning_helps(run):
    results = run("transfer_learning", "--epochs", 6, "--verbose", 0)
    assert results["frozen"] > results["from nothing"]


def test_every_example_has_a_test():
    text = Path(__file__).read_text()
    names = {path.stem for path in EXAMPLES.glob("*.py")} - {"small_data"}
    assert {name for name in names if f'"{name}"' not in text} == set()
