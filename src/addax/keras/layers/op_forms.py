"""How TensorFlow notes the call of an op in a model's config: under which name, with which arguments.

TensorFlow notes what its dispatcher was called with. For functions in Python these are the arguments that were given;
for its generated ops all of them, `name` too; some functions call their predecessor of version 1, which has the
arguments of that. What is noted here is noted in TensorFlow's words, so that either reads what the other wrote.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from addax.core import convert, dtypes
from addax.keras import activations, graph, losses
from addax.ops import array, function_table, products, table


class Form(NamedTuple):
    """A call in a config.

    Attributes:
        name: of the function there.
        takes: its arguments in order, the first one first; "noted:ours" where they are called otherwise here.
        fixed: arguments that it is noted with and that decide nothing.
    """

    name: str
    takes: str
    fixed: Mapping[str, Any] = {}

    def pairs(self) -> list[tuple[str, str]]:
        """(the argument's name in configs, its name here)."""
        return [(noted, ours or noted) for noted, _, ours in (each.partition(":") for each in self.takes.split())]


_UNNAMED: dict[str, Any] = {"name": None}
# Functions that TensorFlow notes in another form, by their names here.
FORMS = {
    "__operators__.eq": Form("__operators__.eq", "x other:y"),
    "__operators__.ne": Form("__operators__.ne", "x other:y"),
    "boolean_mask": Form("compat.v1.boolean_mask", "tensor mask axis", {"name": "boolean_mask"}),
    "complex": Form("dtypes.complex", "real imag"),
    "gather": Form("compat.v1.gather", "params indices axis batch_dims", {"validate_indices": None, "name": None}),
    "gather_nd": Form("compat.v1.gather_nd", "params indices batch_dims", {"name": None, "bad_indices_policy": ""}),
    "math.floordiv": Form("compat.v1.floor_div", "x y", _UNNAMED),
    "math.in_top_k": Form("compat.v1.math.in_top_k", "predictions targets k", _UNNAMED),
    "nn.conv1d": Form("compat.v1.nn.conv1d", "input filters stride padding data_format dilations",
                      {"use_cudnn_on_gpu": True, "name": None}),
    "nn.conv2d": Form("compat.v1.nn.conv2d", "input filter:filters strides padding data_format dilations",
                      {"use_cudnn_on_gpu": True, "name": None}),
    "nn.crelu": Form("compat.v1.nn.crelu", "features axis", _UNNAMED),
    "nn.depthwise_conv2d": Form("compat.v1.nn.depthwise_conv2d",
                                "input filter strides padding rate:dilations data_format", _UNNAMED),
    "nn.embedding_lookup": Form("compat.v1.nn.embedding_lookup", "params ids max_norm",
                                {"partition_strategy": "div", "name": None}),
    "nn.pool": Form("compat.v1.nn.pool",
                    "input window_shape pooling_type padding dilation_rate:dilations strides data_format", _UNNAMED),
    "nn.sigmoid_cross_entropy_with_logits": Form("compat.v1.nn.sigmoid_cross_entropy_with_logits", "labels logits",
                                                 _UNNAMED),
    "nn.softmax_cross_entropy_with_logits": Form("compat.v1.nn.softmax_cross_entropy_with_logits_v2",
                                                 "labels logits axis", _UNNAMED),
    "nn.softplus": Form("math.softplus", "features"),
    "nn.sparse_softmax_cross_entropy_with_logits": Form("compat.v1.nn.sparse_softmax_cross_entropy_with_logits",
                                                        "labels logits", _UNNAMED),
    "norm": Form("compat.v1.norm", "tensor ord axis keepdims", _UNNAMED),
    "pad": Form("compat.v1.pad", "tensor paddings mode constant_values", _UNNAMED),
    "saturate_cast": Form("dtypes.saturate_cast", "value dtype"),
    "shape": Form("compat.v1.shape", "input out_type", _UNNAMED),
    "size": Form("compat.v1.size", "input out_type", _UNNAMED),
    "squeeze": Form("compat.v1.squeeze", "input axis", _UNNAMED),
    "transpose": Form("compat.v1.transpose", "a perm conjugate", {"name": "transpose"}),
}  # fmt: skip
# Functions of version 1 that only TensorFlow notes (Keras's backend calls them).
_READ = {
    "nn.avg_pool": Form("compat.v1.nn.avg_pool", "value:input ksize strides padding data_format"),
    "nn.avg_pool3d": Form("compat.v1.nn.avg_pool3d", "input ksize strides padding data_format"),
    "nn.convolution": Form("compat.v1.nn.convolution",
                           "input filter:filters padding strides dilation_rate:dilations data_format"),
    "nn.max_pool": Form("compat.v1.nn.max_pool", "value:input ksize strides padding data_format"),
    "nn.separable_conv2d": Form("compat.v1.nn.separable_conv2d",
                                "input depthwise_filter pointwise_filter strides padding rate:dilations data_format"),
}  # fmt: skip
_BY_NOTED = {form.name: (ours, form) for ours, form in {**_READ, **FORMS}.items()}
# TensorFlow's generated ops, which are noted with all of their arguments.
GENERATED = frozenset(
    """
    bitcast bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.invert bitwise.left_shift
    bitwise.right_shift broadcast_to debugging.check_numerics dynamic_partition dynamic_stitch
    image.hsv_to_rgb image.rgb_to_hsv
    linalg.band_part linalg.cholesky linalg.cross linalg.det linalg.inv linalg.lu linalg.qr linalg.solve linalg.sqrtm
    linalg.tensor_diag math.acosh math.asin math.asinh math.atan math.atan2 math.atanh math.betainc math.cos math.cosh
    math.digamma math.erf math.erfc math.expm1 math.floormod math.greater math.greater_equal math.igamma math.igammac
    math.invert_permutation math.is_finite math.is_inf math.is_nan math.less math.less_equal math.lgamma math.log
    math.log1p math.logical_and math.logical_not math.logical_or math.maximum math.minimum math.negative
    math.nextafter math.polygamma math.reciprocal math.rint math.segment_max math.segment_mean math.segment_min
    math.segment_prod math.segment_sum math.sin math.sinh math.square math.squared_difference math.tan math.tanh
    math.unsorted_segment_max math.unsorted_segment_min math.unsorted_segment_prod math.unsorted_segment_sum
    math.xlogy math.zeta nn.elu nn.l2_loss nn.local_response_normalization nn.relu nn.selu nn.softsign
    quantization.fake_quant_with_min_max_args quantization.fake_quant_with_min_max_vars
    quantization.fake_quant_with_min_max_vars_per_channel reverse scatter_nd signal.fft signal.fft2d signal.fft3d
    signal.ifft signal.ifft2d signal.ifft3d strings.as_string strings.lower strings.strip strings.upper
    strings.to_hash_bucket_fast strings.to_hash_bucket_strong tensor_scatter_nd_add tensor_scatter_nd_max
    tensor_scatter_nd_min tensor_scatter_nd_sub tile truncatediv truncatemod unravel_index
    """.split()
)
_WITH_POLICY = frozenset(
    ("scatter_nd", "tensor_scatter_nd_add", "tensor_scatter_nd_max", "tensor_scatter_nd_min", "tensor_scatter_nd_sub")
)


def noted(name: str, arguments: Mapping[str, Any], operator: bool) -> tuple[str, dict[str, Any]]:
    """A call as TensorFlow notes it.

    Args:
        name: the function's name here.
        arguments: all of them, by name.
        operator: whether an operator made the call (`x * y`).

    Returns:
        (the function's name in configs, its arguments: the first one first).

    >>> from addax.keras.layers import op_forms
    >>> op_forms.noted("norm", {"tensor": 1, "ord": "euclidean", "axis": None, "keepdims": False}, False)
    ('compat.v1.norm', {'tensor': 1, 'ord': 'euclidean', 'axis': None, 'keepdims': None, 'name': None})
    """
    form = FORMS.get(name)
    if form is not None:
        items = {key: arguments[ours] for key, ours in form.pairs() if ours in arguments}
        if name == "norm" and items.get("keepdims") is False:
            items["keepdims"] = None
        return form.name, {**items, **form.fixed}
    function = public(name)
    known = inspect.signature(function).parameters if function is not None else {}
    items = {key: arguments[key] for key in known if key in arguments}
    items.update((key, value) for key, value in arguments.items() if key not in items)
    if name in GENERATED:
        fixed = {"bad_indices_policy": ""} if name in _WITH_POLICY else {}
        return name, {**items, **fixed, "name": None}
    first = next(iter(items))
    kept = {key: value for key, value in items.items() if key == first or not _usual(value, known.get(key))}
    return name, {**kept, "name": None} if operator else kept


def public(name: str) -> Callable[..., Any] | None:
    """The public function of this name, which has defaults that an op behind it need not have."""
    known = function_table.functions()
    return None if name == "einsum" else known.get(name) or known.get(name.replace("math.", "nn."))


def _usual(value: Any, parameter: inspect.Parameter | None) -> bool:
    """Whether a value is a parameter's default."""
    if parameter is None or parameter.default is parameter.empty:
        return False
    default = parameter.default
    if isinstance(default, dtypes.DType) and value is not None:
        return dtypes.as_dtype(value) == default
    return value is default or type(value) is type(default) and not hasattr(value, "shape") and value == default


def reader(name: str, function: Callable[..., Any]) -> Callable[[Any, Any], tuple[Any, Any]]:
    """What makes the arguments of a call in a config (args, kwargs) those of the function here."""
    found = _BY_NOTED.get(name)
    pairs = found[1].pairs() if found is not None else []
    ours, fixed = dict(pairs), found[1].fixed if found is not None else {}
    known = _parameters(function)
    first = pairs[0][1] if pairs and known and pairs[0][1] != next(iter(known)) and pairs[0][1] in known else None

    def given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        made: dict[str, Any] = {}
        for key, value in kwargs.items():
            key = ours.get(key, key)
            said = key in known or not (value is None or key in fixed or key == "bad_indices_policy")
            if key != "name" and said:
                made[key] = value
        if name == "compat.v1.nn.embedding_lookup" and args and isinstance(args[0], list):
            args = (convert.convert_to_tensor(args[0]), *args[1:])  # not a list of tables
        if name == "compat.v1.norm":
            made["keepdims"] = bool(made.get("keepdims"))
        return ((), {first: args[0], **made}) if first is not None and args else (args, made)

    return given


def _parameters(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


# Names that TensorFlow's configs have besides the canonical ones.
_ALIASES = {"__operators__.add": "math.add", "__operators__.eq": "math.equal", "__operators__.ne": "math.not_equal"}


def function_of(name: Any) -> Callable[..., Any]:
    """A function by its name in a config: nothing but what is in the table.

    Raises:
        TypeError: no name.
        ValueError: not in the table.
    """
    if not isinstance(name, str):
        raise TypeError(f"TFOpLambda: expected the name of an op, received {name!r:.100}.")
    if name == "einsum":
        return products._einsum  # which takes the tensors as one list
    known = function_table.functions()
    plain = _ALIASES.get(name) or (_BY_NOTED[name][0] if name in _BY_NOTED else name.removeprefix("compat.v1."))
    for each in (plain, f"math.{plain}", f"nn.{plain}", f"linalg.{plain}", plain.replace("math.", "nn.")):
        if each in known:
            return known[each]
    found = of_keras(name)
    if found is None:
        raise ValueError(
            f"Unknown op {name!r:.100} in the config of a TFOpLambda layer; it is looked up among TensorFlow's ops "
            "of tensors, never imported."
        )
    return found


def of_keras(name: str) -> Callable[..., Any] | None:
    """A function of `keras.ops`, a loss, or one of Keras's backend, by its name in a config."""
    room, _, last = name.rpartition(".")
    if room == "keras.ops":
        from addax.keras import ops  # few models have them, and the room is large
        from addax.keras.ops.function import functions

        found = functions.get(name) if hasattr(ops, last) else None
        return found if found is not None and table.is_pure(found, name) else None
    if room == "RaggedTensor":
        named = graph.ragged_method if last in graph.RAGGED_METHODS else None
        return graph.ragged_property if last in graph.RAGGED_PROPERTIES else named
    if room == "keras.losses":
        return next((each for each, body in losses.functions.BODY_OF.items() if body == last), None)
    if room == "keras.activations":
        found = getattr(activations, last, None)
        return found if inspect.isfunction(found) and last not in ("get", "serialize", "deserialize") else None
    return _BACKEND.get(last) if room == "keras.backend" else None


def add_backend(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Let configs name these functions of `keras.backend`, which stands above layers."""
    _BACKEND.update(functions)


def _batch_flatten(x: Any) -> Any:
    return array.reshape(x, (-1, math.prod(int(size) for size in x.shape[1:])))


def _binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """One value for each element."""
    target, output = array.expand_dims(target, -1), array.expand_dims(output, -1)
    return losses.binary_crossentropy(target, output, from_logits=from_logits)


def _categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    return losses.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def _sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Any:
    return losses.sparse_categorical_crossentropy(
        target, output, from_logits=from_logits, axis=axis, ignore_class=ignore_class
    )


# What functions of the backend that have to see numbers give symbolically: structures of symbolic tensors.
RESULTS: dict[str, Callable[..., Any]] = {}
_BACKEND: dict[str, Callable[..., Any]] = {
    "batch_flatten": _batch_flatten, "binary_crossentropy": _binary_crossentropy,
    "categorical_crossentropy": _categorical_crossentropy,
    "sparse_categorical_crossentropy": _sparse_categorical_crossentropy,
}  # fmt: skip
