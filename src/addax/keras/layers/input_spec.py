"""InputSpec: what a layer takes, checked before it runs."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes, errors, trees
from addax.core.shapes import TensorShape
from addax.keras import graph


class InputSpec:
    """Rank, dtype, shape and sizes of some axes that a layer's input must have.

    Args:
        dtype: the expected dtype.
        shape: the expected shape, None for free dimensions.
        ndim: the expected rank.
        max_ndim: the largest rank.
        min_ndim: the smallest rank.
        axes: {axis: size}.
        allow_last_axis_squeeze: whether a last axis of size 1 may be missing or extra.
        name: the key of this input, if inputs come as a dict.
        optional: whether None may be given instead; Keras 3's argument.

    >>> import addax as tf
    >>> tf.keras.layers.InputSpec(ndim=4, axes={-1: 3})
    InputSpec(ndim=4, axes={-1: 3})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = None if dtype is None else dtypes.as_dtype(dtype).name
        self.shape = None if shape is None else tuple(TensorShape(shape).as_list())
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        try:
            self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        except (AttributeError, TypeError, ValueError):
            raise TypeError(f"InputSpec: axes must be a dict with integer keys, received {axes!r}.") from None
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional
        if self.ndim is not None or self.max_ndim is not None:
            rank = self.ndim if self.ndim is not None else self.max_ndim
            for axis in self.axes:
                if axis >= rank:
                    raise ValueError(f"InputSpec: axis {axis} is greater than the maximum allowed value: {rank - 1}.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this spec again."""
        return {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InputSpec:
        """Make a spec from what `get_config` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        fields = {"dtype": self.dtype, "shape": self.shape, "ndim": self.ndim, "max_ndim": self.max_ndim,
                  "min_ndim": self.min_ndim, "axes": self.axes or None}  # fmt: skip
        return "InputSpec(" + ", ".join(f"{key}={value}" for key, value in fields.items() if value is not None) + ")"


def check_inputs(specs: Any, inputs: Any, layer_name: str) -> None:
    """Check a layer's inputs against its spec or specs.

    Raises:
        ValueError: what does not fit, with the layer's name, what it expected and what it received.
    """
    if isinstance(specs, InputSpec):
        if hasattr(inputs, "shape"):  # the usual case, without flattening
            _check(specs, inputs, layer_name, 0)
            return
        specs = [specs]
    specs = trees.flatten(specs) if not isinstance(specs, dict) else [specs[key] for key in sorted(specs)]
    leaves = _by_name(specs, inputs) if isinstance(inputs, dict) else trees.flatten(inputs)
    if len(leaves) != len(specs):
        names = [spec.name for spec in specs if spec is not None and getattr(spec, "name", None)]
        told = f", {names}" if len(names) == len(specs) else ""
        raise ValueError(
            f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(leaves)} input tensors. '
            f"Inputs received: {_shapes(leaves)}.\n  To do: call it with a list of {len(specs)} tensors{told}."
        )
    for index, (spec, leaf) in enumerate(zip(specs, leaves, strict=True)):
        if leaf is None and spec is not None and not spec.optional:
            raise TypeError(
                f'Inputs to a layer should be tensors. Received: None for input {index} of layer "{layer_name}".\n'
                "  To do: give a tensor, or InputSpec(..., optional=True) where the layer can do without."
            )
        if spec is not None and hasattr(leaf, "shape"):
            _check(spec, leaf, layer_name, index)


def _by_name(specs: list[Any], inputs: dict[str, Any]) -> list[Any]:
    """The inputs that specs with names ask for, in their order; all, by key, where they have none."""
    names = [getattr(spec, "name", None) for spec in specs]
    if None in names:
        return trees.flatten(inputs)
    missing = [name for name in names if name not in inputs]
    if missing:
        raise ValueError(
            f'Missing data for input "{missing[0]}". You passed a data dictionary with keys {list(inputs)}. '
            f"Expected the following keys: {names}"
        )
    return [inputs[name] for name in names]


def _check(spec: InputSpec, leaf: Any, layer_name: str, index: int) -> None:
    shape = tuple(leaf.shape)
    rank = len(shape)
    who = f'Input {index} of layer "{layer_name}" is incompatible with the layer: '
    if spec.ndim is not None and rank != spec.ndim and not spec.allow_last_axis_squeeze:
        raise ValueError(
            _message(who, f"expected ndim={spec.ndim}", f"found ndim={rank}", shape, _rank_hint(spec.ndim - rank))
        )
    if spec.max_ndim is not None and rank > spec.max_ndim:
        hint = _rank_hint(spec.max_ndim - rank)
        raise ValueError(_message(who, f"expected max_ndim={spec.max_ndim}", f"found ndim={rank}", shape, hint))
    if spec.min_ndim is not None and rank < spec.min_ndim:
        hint = _rank_hint(spec.min_ndim - rank)
        raise ValueError(_message(who, f"expected min_ndim={spec.min_ndim}", f"found ndim={rank}", shape, hint))
    if spec.dtype is not None and dtypes.as_dtype(leaf.dtype).name != spec.dtype:
        found = dtypes.as_dtype(leaf.dtype).name
        hint = f"cast it: tf.cast(x, tf.{spec.dtype})"
        raise ValueError(_message(who, f"expected dtype={spec.dtype}", f"found dtype={found}", shape, hint))
    for axis, size in spec.axes.items():
        if size is not None and -rank <= axis < rank and shape[axis] not in (size, None):
            text = f"expected axis {axis} of input shape to have value {size}"
            raise ValueError(_message(who, text, None, shape, _SIZE_HINT))
    if spec.shape is not None:
        pair = (spec.shape, shape)
        if spec.allow_last_axis_squeeze:
            pair = tuple(each[:-1] if each and each[-1] == 1 else each for each in pair)
        for want, have in zip(*pair, strict=False):
            if want is not None and have is not None and want != have:
                text = f"expected shape={spec.shape}"
                raise ValueError(_message(who, text, f"found shape={shape}", None, _SIZE_HINT))


def with_known_sizes(spec: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments of a call whose symbolic input has the sizes that the layer takes where its own are unknown."""
    if not isinstance(spec, InputSpec) or not args or type(args[0]) is not graph.KerasTensor:
        return args
    given = args[0]
    sizes = given.shape.as_list()
    if None not in sizes[1:]:
        return args
    wanted = dict(enumerate(spec.shape or ())) | spec.axes
    for axis, size in wanted.items():
        if size is not None and axis and -len(sizes) <= axis < len(sizes) and sizes[axis] is None:
            sizes[axis] = size
    if sizes == given.shape.as_list():
        return args
    return graph.KerasTensor(sizes, given.dtype, None, given.node, given.index), *args[1:]


_SIZE_HINT = (
    "check the shape of the data and the layer before; a layer keeps the sizes it was built for, so make a new one"
)


def _rank_hint(missing: int) -> str:
    if missing == 1:
        return (
            "add the missing dimension: x[tf.newaxis] or dataset.batch(n) for a batch, x[..., tf.newaxis] for channels"
        )
    if missing > 0:
        return f"add the {missing} missing dimensions (tf.reshape, tf.expand_dims), or check the layer before"
    return "drop the dimensions that are too many (tf.reshape, keras.layers.Flatten), or check the layer before"


def _message(who: str, expected: str, found: str | None, shape: Any, hint: str) -> str:
    text = f"{who}{expected}"
    if found:
        text += f", {found}"
    text += f". Full shape received: {shape}" if shape is not None else ""
    return f"{text}\n  To do: {hint}."


def _shapes(leaves: list[Any]) -> str:
    return ", ".join(errors.describe(leaf) for leaf in leaves)
