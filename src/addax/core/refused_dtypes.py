"""Dtypes that TensorFlow has no kernel for, beyond what the kinds of an op say.

Measured op by op from TensorFlow 2.21 on a CPU. Looked at while an op is traced; it costs a call nothing.
"""

from __future__ import annotations

__all__ = ["REFUSED", "SMALL", "UNSIGNED"]

_GROUPS = {
    "small": "int8 int16 uint8 uint16",
    "unsigned": "uint8 uint16 uint32 uint64",
    "other_ints": "int8 int16 uint8 uint16 uint32 uint64",
    "ints": "int8 int16 int32 int64 uint8 uint16 uint32 uint64",
    "halves": "bfloat16 float16",
    "complex": "complex64 complex128",
}
_SPECIAL = "dawsn expint fresnel_cos fresnel_sin spence"
_BESSEL = "i0 i0e i1 i1e special.j0 special.j1 special.k0 special.k0e special.k1 special.k1e special.y0 special.y1"

# Op: argument: what it does not take.
_TABLE = """
batch_to_space: input: bool complex
cross: a: complex
digamma: x: bfloat16
einsum: inputs: bool other_ints
erfinv: x: halves
extract_volume_patches: input: bool complex
fake_quant_with_min_max_args: inputs: halves float64
image.crop_and_resize: image: bool uint32 uint64 bfloat16 complex
image.draw_bounding_boxes: images: bool ints bfloat16 float64 complex
image.extract_glimpse: input: bool ints halves float64 complex
image.resize: images: uint32 uint64
image.resize_with_pad: image: uint32 uint64
image.rgb_to_yiq: images: bool ints
image.rgb_to_yuv: images: bool ints
image.sobel_edges: image: ints complex
image.total_variation: images: unsigned
image.yiq_to_rgb: images: bool ints
image.yuv_to_rgb: images: bool ints
keras.layers.ELU: x: bool ints
keras.layers.EinsumDense: inputs: bool ints
keras.layers.PReLU: x: bool ints
keras.layers.Softmax: x: bool ints
keras.layers.ThresholdedReLU: x: bool ints
lgamma: x: bfloat16
linalg.lu_reconstruct: lower_upper: bool other_ints
math.betainc: a: halves
math.bincount: arr: other_ints
math.bincount: weights: other_ints halves complex
math.igamma: a: halves
math.igammac: a: halves
math.top_k: input: complex
nn.conv1d: input: int8 int16 int64
nn.conv2d: input: int8 int16 int64
nn.conv3d: input: ints
nn.crelu: features: unsigned
nn.fractional_pool: value: other_ints halves
nn.isotonic_regression: inputs: unsigned
nn.local_response_normalization: input: bfloat16 float64
nn.max_pool: input: uint32 uint64
nn.sparse_softmax_cross_entropy_with_logits: labels: other_ints
random.categorical: logits: bool ints complex
random.stateless_categorical: logits: bool ints complex
rint: x: halves
searchsorted: sorted_sequence: bool complex
space_to_batch: input: bool complex
sparse.segment_sum: data: complex
tensordot: a: other_ints
linalg.matvec: a: other_ints
truncatediv: x: complex
truncatemod: x: other_ints halves
unravel_index: indices: bool other_ints halves float32 float64
"""


def _expanded(text: str) -> frozenset[str]:
    return frozenset(dtype for word in text.split() for dtype in _GROUPS.get(word, word).split())


def _read() -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for line in _TABLE.strip().splitlines():
        op, argument, dtypes = line.split(": ")
        found.setdefault(op, {})[argument] = _expanded(dtypes)
    for name in _SPECIAL.split():
        found[f"math.special.{name}"] = {"x": _expanded("halves")}
    for name in _BESSEL.split():
        found["math." + ("special.bessel_" + name[8:] if "." in name else "bessel_" + name)] = {
            "x": _expanded("bfloat16")
        }
    return found


REFUSED = _read()
SMALL, UNSIGNED = _expanded("small"), _expanded("unsigned")
