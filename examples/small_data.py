"""Data for the examples: scikit-learn's real handwritten digits, or MNIST where the network or `~/.keras` has it."""

from __future__ import annotations

import argparse

import numpy as np

import addax as tf

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def arguments(doc: str | None, epochs: int, samples: int) -> argparse.ArgumentParser:
    """The options that all examples have."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=epochs, help=f"passes over the data (default {epochs})")
    parser.add_argument("--samples", type=int, default=samples, help=f"size of the data (default {samples})")
    parser.add_argument("--verbose", type=int, default=1, choices=(0, 1, 2), help="0 quiet, 1 bars, 2 lines")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def images(name: str = "digits", samples: int | None = None) -> Split:
    """Grey images (count, height, width) from 0 to 1 with their labels, as (train, test); a fifth is for the test.

    Args:
        name: "digits" (1,797 of 8x8, part of scikit-learn) or "mnist" (70,000 of 28x28, downloaded once).
        samples: how many to use in all; None for all.
    """
    if name == "mnist":
        parts = tf.keras.datasets.mnist.load_data()
        x = np.concatenate([part[0] for part in parts]).astype("float32") / 255.0
        y = np.concatenate([part[1] for part in parts]).astype("int32")
    else:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        x, y = (bunch.images / 16.0).astype("float32"), bunch.target.astype("int32")
    order = np.random.default_rng(0).permutation(len(x))[:samples]
    x, y = x[order], y[order]
    cut = len(x) - len(x) // 5
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


def draw_grid(rows: list[np.ndarray], path: str) -> None:
    """Write a picture of images: one line per entry of `rows`, each (count, height, width)."""
    from matplotlib.figure import Figure

    sheet = np.concatenate([np.concatenate([np.pad(each, 1) for each in row], axis=1) for row in rows])
    figure = Figure(figsize=(sheet.shape[1] / 10, sheet.shape[0] / 10), dpi=60, layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=1)
    axes.set_axis_off()
    figure.savefig(path)
    print(f"Wrote {path}.")
