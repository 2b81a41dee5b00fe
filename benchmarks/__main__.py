"""Run the benchmarks, print seconds and ratios, write them to `benchmarks/results/`; `--check` judges them."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import arrays, draws, layers, measure, micro, mnist, ops, peers, pipeline, saving, startup, training
from benchmarks.work import Work

WORKS: dict[str, tuple[str, Work]] = {
    work.name: (module.__name__.rpartition(".")[2], work)
    for module in (mnist, training, layers, draws, arrays, micro, ops, pipeline, saving, startup)
    for work in module.WORKS
}
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "weights": 1.0}
COLUMNS = {
    "addax": "Addax", "addax-cached": "Addax, cache", "addax-keras": "Addax, tf.keras",
    "addax-arrays": "Addax, arrays", "tf": "TensorFlow",
    "tf-keras": "TF, tf.keras", "keras-jax": "Keras on JAX",
    "numpy": "NumPy", "numpy-unsynced": "NumPy, no fsync",
    "torch": "PyTorch", "jax": "JAX by hand", "jax-bare": "JAX, train only",
}  # fmt: skip
# (work, compared with, at least this many times as fast as it)
GOALS = [
    ("mlp_fit", "tf", 6.0),
    ("mlp_fit", "keras-jax", 1.0),
    ("linear_eager", "tf", 7.0),
    ("linear_function", "tf", 10.0),
    ("eager_loop", "tf", 6.0),
    ("dataset", "tf", 10.0),
    ("dataset_map", "tf", 8.0),
    ("dataset_augment", "tf", 2.0),
    ("dataset_generator", "tf", 2.0),
    ("dataset_records", "tf", 1.0),
    ("dataset_records_map", "tf", 1.0),
    ("fit_dataset", "addax-arrays", 1 / 1.1),
    *((f"{what}_{form}", "numpy", 0.7) for form in saving.FORMATS for what in ("save", "load")),
    ("saving_memory", "numpy", 1 / 1.3),
    ("tiny_fit", "keras-jax", 4.0),
    ("wide_fit", "keras-jax", 1 / 1.05),
    ("cnn_fit", "tf", 1.0),
    ("lstm_fit", "keras-jax", 1.3),
    ("transformer_fit", "keras-jax", 1.3),
    ("call_one", "jax", 0.5),
    ("build_100", "tf", 5.0),
    ("ops40", "tf", 2.0),
    *((work.name, peer, 1.0) for work in layers.WORKS for peer in ("tf", "keras-jax")),
    *((work.name, "tf", 1.0) for work in (*draws.WORKS, *arrays.WORKS)),
    ("import", "jax", 1 / 1.2),
]


def report(work: Work, figures: dict[str, Any]) -> str:
    """A work's lines: framework, median, spread, first run, how many times Addax is as fast."""
    lines = [f"\n{work.name}: {work.title}"]
    own = figures.get("addax", {}).get("median")
    for framework, figure in figures.items():
        name = COLUMNS[framework]
        if "error" in figure:
            lines.append(f"  {name:16} failed: {figure['error'].strip().splitlines()[-1][:200]}")
            continue
        unit = UNITS[work.unit]
        low, high = min(figure["runs"]) / unit, max(figure["runs"]) / unit
        ratio = f"{figure['median'] / own:7.2f} times" if own and framework != "addax" else " " * 13
        first = "" if work.name in ("import", "first_epoch") else f"   first run {figure['first'] / unit:.4g}"
        lines.append(
            f"  {name:16} {figure['median'] / unit:9.4g} {work.unit:2}  {ratio}   [{low:.4g} to {high:.4g}]{first}"
        )
    return "\n".join(lines)


def check(results: dict[str, Any]) -> bool:
    """Print which goals are reached; returns whether all are."""
    print("\nGoals (how many times as fast as the other):")
    good = True
    for name, other, least in GOALS:
        figures = results["works"].get(name, {})
        own, theirs = figures.get("addax", {}).get("median"), figures.get(other, {}).get("median")
        if own and theirs:
            reached = theirs / own >= least
            verdict = "pass       " if reached else "FALLS SHORT"
            print(f"  {verdict} {name:16} {theirs / own:6.2f} of {least:5.2f} times {COLUMNS[other]}")
        else:
            reached = False
            print(f"  NOT MEASURED {name} beside {COLUMNS[other]}")
        good = good and reached
    return good


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure the works that were asked for."""
    chosen = options.works or ([name for name, _, _ in GOALS] if options.check else list(WORKS))
    chosen = [name for name in WORKS if name in chosen]
    given = {"tf": options.tf_python, "torch": options.torch_python}
    needed = {framework for name in chosen for framework in WORKS[name][1].setups}
    if options.frameworks:
        needed &= set(options.frameworks.split(","))
    pythons = {framework: peers.python_of(framework, given) for framework in sorted(needed)}
    pythons = {framework: python for framework, python in pythons.items() if python is not None}
    facts = measure.machine()
    results: dict[str, Any] = {
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": facts, "rounds": options.rounds, "scale": options.scale, "works": {},
    }  # fmt: skip
    print(f"{facts['cores']} cores of {facts['processor'] or 'an unnamed processor'}, Python {facts['python']},")
    print(f"load {facts['load']:.1f} before. Medians of {options.rounds} alternated rounds, [fastest to slowest];")
    print("'times': as long as Addax takes.", flush=True)
    if options.scale != 1.0:
        print(f"Sizes scaled by {options.scale}: no figures to be quoted.")
    for name in chosen:
        family, work = WORKS[name]
        results["works"][name] = measure.measure(family, work, pythons, options.rounds, options.scale)
        print(report(work, results["works"][name]), flush=True)
    versions = {f["version"] for figures in results["works"].values() for f in figures.values() if f.get("version")}
    results["versions"] = sorted(versions)
    print(f"\nVersions: {'; '.join(sorted(versions))}. Load after: {measure.machine()['load']:.1f}.")
    return results


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"which works, all without: {', '.join(WORKS)}")
    parser.add_argument("--rounds", type=int, default=5, help="alternated rounds; a figure is their median (default 5)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the works, 0.02 for a trial")
    parser.add_argument(
        "--frameworks", help="only these, with commas: addax,tf,keras-jax,torch,jax,jax-bare,addax-cached"
    )
    parser.add_argument("--tf-python", help="a Python that has tensorflow, tf-keras, keras and jax")
    parser.add_argument("--torch-python", help="a Python that has torch")
    parser.add_argument("--check", action="store_true", help="judge by the goals; the exit status says so")
    parser.add_argument("--from", dest="source", type=Path, help="judge or print these results again, measure nothing")
    parser.add_argument("--output", type=Path, help="the file for results")
    options = parser.parse_args(argv)
    unknown = [name for name in options.works if name not in WORKS]
    if unknown:
        parser.error(f"unknown work {unknown[0]!r}; there are {', '.join(WORKS)}")
    if options.source:
        results = json.loads(options.source.read_text())
        print("\n".join(report(WORKS[name][1], figures) for name, figures in results["works"].items()))
    else:
        results = run(options)
        stamp = results["when"].replace(":", "").replace("+0000", "")
        path = options.output or peers.ROOT / "benchmarks" / "results" / f"{stamp}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results, indent=1))
        print(f"Written to {path}.")
    return 0 if not options.check or check(results) else 1


if __name__ == "__main__":
    sys.exit(main())
