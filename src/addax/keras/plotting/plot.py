"""`tf.keras.utils.plot_model` and `model_to_dot`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from addax.formats.atomic import atomic_write

if TYPE_CHECKING:
    from addax.keras.plotting.dot import Dot

__all__ = ["model_to_dot", "plot_model"]


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 96,
    subgraph: bool = False,
    layer_range: Sequence[str] | None = None,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Dot:
    """Describe a model as a graph of boxes and arrows.

    Args:
        model: a built model.
        show_shapes: say what shapes each layer takes and gives (batch dimension included).
        show_dtype: say the dtype of each layer.
        show_layer_names: say the layers' names, not only their classes.
        rankdir: "TB" for arrows that lead downwards, "LR" to the right, "BT" upwards, "RL" to the left.
        expand_nested: show what nested models are made of, in a frame.
        dpi: dots an inch.
        subgraph: give a cluster, to be put into another graph.
        layer_range: names (or patterns) of the first and last layer to show.
        show_layer_activations: say the activations of layers that have one.
        show_trainable: say which layers are trainable.

    Returns:
        a Dot: `to_string()` is its text in the DOT language, `create(format="png")` its picture.

    Raises:
        ValueError: the model is not built, layer_range does not fit it, or an unknown rankdir.

    Example:
        >>> import addax as tf
        >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
        >>> tf.keras.utils.model_to_dot(model).to_string().startswith("digraph")
        True
    """
    if rankdir not in ("TB", "LR", "BT", "RL"):
        raise ValueError(f"plot_model(rankdir): expected 'TB', 'LR', 'BT' or 'RL'; received {rankdir!r}")
    # Here, as few programs draw models.
    from addax.keras.plotting.diagram import Options, describe
    from addax.keras.plotting.dot import Dot

    options = Options(show_shapes, show_dtype, show_layer_names, expand_nested, show_layer_activations, show_trainable)
    return Dot(describe(model, options, layer_range), rankdir, dpi, subgraph)


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 96,
    layer_range: Sequence[str] | None = None,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Any:
    """Draw a model into a file. Needs the extra `addax[plot]` (grandalf and matplotlib), and no other program.

    Args:
        model: a built model.
        to_file: the file; its ending chooses the format: png (also without an ending), svg, pdf, jpg, ..., or dot for
            the text of Graphviz.
        show_shapes: say what shapes each layer takes and gives (batch dimension included).
        show_dtype: say the dtype of each layer.
        show_layer_names: say the layers' names, not only their classes.
        rankdir: "TB" for arrows that lead downwards, "LR" to the right, "BT" upwards, "RL" to the left.
        expand_nested: show what nested models are made of, in a frame.
        dpi: dots an inch, of pictures made of dots.
        layer_range: names (or patterns) of the first and last layer to show.
        show_layer_activations: say the activations of layers that have one.
        show_trainable: say which layers are trainable.

    Returns:
        an IPython image in a notebook, else None.

    Raises:
        ValueError: the model is not built, layer_range does not fit it, or an unknown rankdir or format.
        ImportError: the extra is not installed.

    Example:
        >>> import pathlib, tempfile, addax as tf
        >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
        >>> path = pathlib.Path(tempfile.mkdtemp(), "model.png")
        >>> tf.keras.utils.plot_model(model, path, show_shapes=True)
        >>> path.read_bytes()[:4]
        b'\\x89PNG'
    """
    from addax.keras.plotting.drawing import FORMATS

    path = os.fspath(to_file)
    ending = os.path.splitext(path)[1][1:].lower()
    if not ending:
        path, ending = path + ".png", "png"
    if ending not in (*FORMATS, "dot"):
        raise ValueError(
            f"plot_model(to_file): expected a file ending in {', '.join(FORMATS)} or dot; received {path!r}"
        )
    dot = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        layer_range=layer_range,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
    )
    data = dot.create(format=ending)
    with atomic_write(path) as file:
        file.write(data)
    return _notebook_image(path, ending)


def _notebook_image(path: str, ending: str) -> Any:
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None or ending not in ("png", "jpg", "jpeg", "svg"):
        return None
    display = sys.modules["IPython.display"] if "IPython.display" in sys.modules else ipython.display
    return display.SVG(filename=path) if ending == "svg" else display.Image(filename=path)
