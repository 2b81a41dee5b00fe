"""VGG: very deep networks of small convolutions (Simonyan & Zisserman, arXiv:1409.1556)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture

# Convolutions in each of the five blocks.
_BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


def vgg(name: str, arch: Architecture) -> Any:
    """A VGG; `name` says how deep."""
    x = arch.inputs
    for block, (count, filters) in enumerate(zip(_BLOCKS[name], (64, 128, 256, 512, 512), strict=True), 1):
        for n in range(1, count + 1):
            x = layers.Conv2D(filters, 3, activation="relu", padding="same", name=f"block{block}_conv{n}")(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    if not arch.include_top:
        return arch.model(arch.pooled(x, (None, None)), name)
    x = layers.Flatten(name="flatten")(x)
    for n in (1, 2):
        x = layers.Dense(4096, activation="relu", name=f"fc{n}")(x)
    x = layers.Dense(arch.classes, activation=arch.activation, name="predictions")(x)
    return arch.model(x, name)
