"""Every differentiable op: its gradient is the slope that central differences in float64 find.

A new op goes into OPS; one without a slope to compare goes into WITHOUT, with the reason.
"""

import inspect

import numpy as np
import pytest

import addax as tf

m, nn, la, im, sg = tf.math, tf.nn, tf.linalg, tf.image, tf.signal


def draw(*shape, low=-2.0, high=2.0):
    """Numbers between `low` and `high`, no two of an array equal or near zero (where ties and kinks are)."""
    rng = np.random.default_rng(abs(hash((shape, low, high))) % 2**32)
    count = int(np.prod(shape))
    line = np.linspace(low, high, count + 2)[1:-1] + (high - low) / (7.3 * (count + 2))
    return rng.permutation(line).reshape(shape)


X, Y = draw(2, 3), draw(2, 3, low=-1.7, high=2.1)
PLUS, UNIT, ABOVE = draw(2, 3, low=0.3, high=2.5), draw(2, 3, low=-0.9, high=0.9), draw(2, 3, low=1.2, high=3.0)
SQUARE = draw(3, 3) + 3.0 * np.eye(3)
POSITIVE = SQUARE @ SQUARE.T / 4.0 + np.eye(3)
LOWER = np.tril(draw(3, 3)) + 3.0 * np.eye(3)
PICTURE, COLOURS = draw(1, 5, 4, 2), draw(1, 6, 5, 3, low=0.1, high=0.9)
LARGE = draw(1, 12, 12, 1, low=0.1, high=0.9)
LINE, CUBE = draw(2, 7, 2), draw(1, 4, 4, 4, 1)
SIGNAL = draw(2, 8)
ROWS = [0, 0, 1]


def wave(x):
    return tf.complex(x, 2.0 * x)


def parts(z):
    return [m.real(z), m.imag(z)]


def fractional(pool, x):
    tf.random.set_seed(1)  # the same regions each time
    return pool(x, [1, 1.5, 1.3, 1], seed=1)[0]


OPS = {
    **{
        f"math.{name}": (getattr(m, name), X)
        for name in (
            "abs asinh atan bessel_i0 bessel_i0e bessel_i1 bessel_i1e conj cos cosh cumsum cumulative_logsumexp erf "
            "erfc exp expm1 l2_normalize log_sigmoid negative reciprocal reciprocal_no_nan reduce_euclidean_norm "
            "reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum reduce_variance "
            "sigmoid sign sin sinh softplus square tanh real cumprod"
        ).split()
    },
    **{f"math.{name}": (getattr(m, name), PLUS) for name in "digamma lgamma log log1p rsqrt sqrt lbeta".split()},
    **{f"math.{name}": (getattr(m, name), UNIT) for name in "acos asin atanh erfinv tan".split()},
    **{
        f"math.{name}": (getattr(m, name), X, Y)
        for name in (
            "add atan2 divide divide_no_nan maximum minimum multiply multiply_no_nan squared_difference subtract "
            "truediv"
        ).split()
    },
    **{f"math.{name}": (getattr(m, name), X, PLUS) for name in "xdivy xlog1py xlogy".split()},
    "math.acosh": (m.acosh, ABOVE),
    "math.accumulate_n": (lambda x, y: m.accumulate_n([x, y]), X, Y),
    "math.add_n": (lambda x, y: m.add_n([x, y]), X, Y),
    "math.angle": (lambda x, y: m.angle(tf.complex(x, y)), PLUS, Y),
    "math.betainc": (lambda x: m.betainc(tf.constant(2.0, tf.float64), tf.constant(1.5, tf.float64), x), PLUS / 3.0),
    "math.cumprod, reverse": (lambda x: m.cumprod(x, axis=1, exclusive=True, reverse=True), X),
    "math.cumsum, reverse": (lambda x: m.cumsum(x, axis=-1, exclusive=True, reverse=True), X),
    "math.erfcinv": (m.erfcinv, PLUS / 3.0),
    "math.floormod": (m.floormod, X, PLUS),
    "math.igamma": (lambda x: m.igamma(tf.constant(1.5, tf.float64), x), PLUS),
    "math.igammac": (lambda x: m.igammac(tf.constant(1.5, tf.float64), x), PLUS),
    "math.imag": (lambda x: m.imag(wave(x)), X),
    "math.ndtri": (m.ndtri, PLUS / 3.0),
    "math.polygamma": (lambda x: m.polygamma(tf.constant(1.0, tf.float64), x), PLUS),
    "math.polyval": (lambda a, b, x: m.polyval([a, b], x), X, Y, PLUS),
    "math.pow": (m.pow, PLUS, Y),
    "math.scalar_mul": (lambda x: m.scalar_mul(1.5, x), X),
    "math.segment_max": (lambda x: m.segment_max(x, ROWS), draw(3, 2)),
    "math.segment_mean": (lambda x: m.segment_mean(x, ROWS), draw(3, 2)),
    "math.segment_min": (lambda x: m.segment_min(x, ROWS), draw(3, 2)),
    "math.segment_prod": (lambda x: m.segment_prod(x, ROWS), draw(3, 2)),
    "math.segment_sum": (lambda x: m.segment_sum(x, ROWS), draw(3, 2)),
    "sort": (lambda x: tf.sort(x, axis=0, direction="DESCENDING"), X),
    "math.top_k": (lambda x: m.top_k(x, 2).values, X),
    "math.unsorted_segment_max": (lambda x: m.unsorted_segment_max(x, ROWS, 2), draw(3, 2)),
    "math.unsorted_segment_mean": (lambda x: m.unsorted_segment_mean(x, ROWS, 2), draw(3, 2)),
    "math.unsorted_segment_min": (lambda x: m.unsorted_segment_min(x, ROWS, 2), draw(3, 2)),
    "math.unsorted_segment_prod": (lambda x: m.unsorted_segment_prod(x, ROWS, 2), draw(3, 2)),
    "math.unsorted_segment_sqrt_n": (lambda x: m.unsorted_segment_sqrt_n(x, ROWS, 2), draw(3, 2)),
    "math.unsorted_segment_sum": (lambda x: m.unsorted_segment_sum(x, ROWS, 2), draw(3, 2)),
    "math.zeta": (lambda q: m.zeta(tf.constant(2.5, tf.float64), q), PLUS),
    # shapes
    "boolean_mask": (lambda x: tf.boolean_mask(x, [True, False]), X),
    "broadcast_to": (lambda x: tf.broadcast_to(x, [2, 2, 3]), X),
    "clip_by_global_norm": (lambda x, y: tf.clip_by_global_norm([x, y], 1.5)[0], X, Y),
    "clip_by_norm": (lambda x: tf.clip_by_norm(x, 1.5), X),
    "clip_by_value": (lambda x: tf.clip_by_value(x, -1.01, 1.03), X),
    "complex": (lambda x, y: parts(tf.complex(x, y) * tf.complex(y, x)), X, Y),
    "concat": (lambda x, y: tf.concat([x, y], 1), X, Y),
    "cast": (lambda x: tf.cast(tf.cast(x, tf.complex128), tf.float64), X),
    "dynamic_partition": (lambda x: tf.dynamic_partition(x, ROWS, 2), draw(3, 2)),
    "dynamic_stitch": (lambda x, y: tf.dynamic_stitch([[0, 2], [1, 3]], [x, y]), X, Y),
    "ensure_shape": (lambda x: tf.ensure_shape(x, [2, None]), X),
    "expand_dims": (lambda x: tf.expand_dims(x, 1), X),
    "fill": (lambda x: tf.fill([2, 2], x), np.array(0.7)),
    "gather": (lambda x: tf.gather(x, [2, 0, 2], axis=1), X),
    "gather_nd": (lambda x: tf.gather_nd(x, [[1, 2], [0, 0], [1, 2]]), X),
    "getitem": (lambda x: x[1:, ::-2], X),
    "identity": (tf.identity, X),
    "identity_n": (lambda x, y: tf.identity_n([x, y]), X, Y),
    "linspace": (lambda x, y: tf.linspace(x, y, 4), X, Y),
    "meshgrid": (lambda x, y: tf.meshgrid(x, y), draw(2), draw(3)),
    "one_hot": (lambda x, y: tf.one_hot([1, 0], 3, x, y), np.array(0.7), np.array(0.2)),
    "pad": (lambda x: tf.pad(x, [[1, 0], [0, 2]], "REFLECT"), X),
    "parallel_stack": (lambda x, y: tf.parallel_stack([x, y]), X, Y),
    "repeat": (lambda x: tf.repeat(x, [1, 2], axis=0), X),
    "reshape": (lambda x: tf.reshape(x, [3, 2]), X),
    "reverse": (lambda x: tf.reverse(x, [-1]), X),
    "reverse_sequence": (lambda x: tf.reverse_sequence(x, [2, 3], seq_axis=1), X),
    "roll": (lambda x: tf.roll(x, 1, 1), X),
    "saturate_cast": (lambda x: tf.saturate_cast(x, tf.float64), X),
    "scatter_nd": (lambda x: tf.scatter_nd([[1], [1]], x, [3, 3]), X),
    "slice": (lambda x: tf.slice(x, [0, 1], [2, 2]), X),
    "split": (lambda x: tf.split(x, [1, 2], axis=1), X),
    "squeeze": (lambda x: tf.squeeze(x), X[None]),
    "stack": (lambda x, y: tf.stack([x, y], axis=1), X, Y),
    "strided_slice": (lambda x: tf.strided_slice(x, [0, 0], [2, 3], [1, 2]), X),
    "tensor_scatter_nd_add": (lambda x, y: tf.tensor_scatter_nd_add(x, [[1], [0]], y), X, Y),
    "tensor_scatter_nd_max": (lambda x, y: tf.tensor_scatter_nd_max(x, [[1], [0]], y), X, Y),
    "tensor_scatter_nd_min": (lambda x, y: tf.tensor_scatter_nd_min(x, [[1], [0]], y), X, Y),
    "tensor_scatter_nd_sub": (lambda x, y: tf.tensor_scatter_nd_sub(x, [[1], [0]], y), X, Y),
    "tensor_scatter_nd_update": (lambda x, y: tf.tensor_scatter_nd_update(x, [[1], [0]], y), X, Y),
    "tile": (lambda x: tf.tile(x, [2, 1]), X),
    "transpose": (lambda x: tf.transpose(x, [1, 0]), X),
    "unstack": (lambda x: tf.unstack(x, axis=1), X),
    "where": (lambda x, y: tf.where([True, False, True], x, y), X, Y),
    "vectorized_map": (lambda x: tf.vectorized_map(lambda row: row * tf.reduce_sum(row), x), X),
    "map_fn": (lambda x: tf.map_fn(lambda row: row * tf.reduce_sum(row), x), X),
    "scan": (lambda x: tf.scan(lambda a, row: tf.sin(a) * row, x), X),
    # linear algebra
    "linalg.adjoint": (la.adjoint, X),
    "linalg.band_part": (lambda x: la.band_part(x, 1, 0), SQUARE),
    "linalg.banded_triangular_solve": (
        lambda b, x: la.banded_triangular_solve(b, x), np.abs(draw(2, 3)) + 1.0, draw(3, 2)),
    "linalg.cholesky": (lambda x: la.cholesky((x + la.adjoint(x)) / 2.0), POSITIVE),
    "linalg.cholesky_solve": (lambda c, x: la.cholesky_solve(la.band_part(c, -1, 0), x), LOWER, draw(3, 2)),
    "linalg.cross": (la.cross, X, Y),
    "linalg.det": (la.det, SQUARE),
    "linalg.diag": (la.diag, X),
    "linalg.diag_part": (la.diag_part, SQUARE),
    "linalg.eigh": (lambda x: la.eigh((x + la.adjoint(x)) / 2.0)[0], POSITIVE),
    "linalg.eigvalsh": (lambda x: la.eigvalsh((x + la.adjoint(x)) / 2.0), POSITIVE),
    "linalg.einsum": (lambda x, y: tf.einsum("ij,kj->ik", x, y), X, Y),
    "linalg.expm": (la.expm, SQUARE / 3.0),
    "linalg.global_norm": (lambda x, y: la.global_norm([x, y]), X, Y),
    "linalg.inv": (la.inv, SQUARE),
    "linalg.logdet": (lambda x: la.logdet((x + la.adjoint(x)) / 2.0), POSITIVE),
    "linalg.lstsq": (lambda a, b: la.lstsq(a, b), draw(4, 2), draw(4, 1, low=-1.0)),
    "linalg.lu": (lambda x: la.lu(x)[0], SQUARE),
    "linalg.lu_reconstruct": (lambda x: la.lu_reconstruct(x, [0, 1, 2]), SQUARE),
    "linalg.lu_matrix_inverse": (lambda x: la.lu_matrix_inverse(x, [0, 1, 2]), SQUARE),
    "linalg.lu_solve": (lambda x, b: la.lu_solve(x, [0, 1, 2], b), SQUARE, draw(3, 2)),
    "linalg.matmul": (lambda x, y: tf.matmul(x, y, transpose_b=True), X, Y),
    "linalg.matrix_transpose": (la.matrix_transpose, X),
    "linalg.matvec": (la.matvec, X, draw(3)),
    "linalg.norm": (lambda x: tf.norm(x, axis=1), X),
    "linalg.normalize": (lambda x: la.normalize(x, axis=1)[0], X),
    "linalg.pinv": (la.pinv, draw(3, 2)),
    "linalg.qr": (lambda x: list(la.qr(x)), SQUARE),
    "linalg.set_diag": (la.set_diag, SQUARE, draw(3)),
    "linalg.slogdet": (lambda x: la.slogdet(x)[1], SQUARE),
    "linalg.solve": (la.solve, SQUARE, draw(3, 2)),
    "linalg.sqrtm": (la.sqrtm, POSITIVE),
    "linalg.svd": (lambda x: la.svd(x, compute_uv=False), draw(3, 2)),
    "linalg.tensor_diag": (la.tensor_diag, draw(3)),
    "linalg.tensor_diag_part": (la.tensor_diag_part, SQUARE),
    "linalg.tensordot": (lambda x, y: tf.tensordot(x, y, [[1], [1]]), X, Y),
    "linalg.trace": (la.trace, SQUARE),
    "linalg.triangular_solve": (lambda t, b: la.triangular_solve(t, b), LOWER, draw(3, 2)),
    "linalg.tridiagonal_matmul": (lambda d, x: la.tridiagonal_matmul(d, x, "compact"), draw(3, 3), draw(3, 2)),
    "linalg.tridiagonal_solve": (
        lambda d, x: la.tridiagonal_solve(d, x), draw(3, 3) + [[0.0], [6.0], [0.0]], draw(3, 2)),
    # networks
    **{
        f"nn.{name}": (getattr(nn, name), X)
        for name in "crelu elu gelu l2_loss leaky_relu log_softmax relu relu6 selu silu softmax softsign".split()
    },
    "nn.atrous_conv2d": (lambda x, k: nn.atrous_conv2d(x, k, 2, "SAME"), PICTURE, draw(2, 2, 2, 1)),
    "nn.atrous_conv2d_transpose": (
        lambda x, k: nn.atrous_conv2d_transpose(x, k, [1, 5, 4, 3], 2, "SAME"), PICTURE, draw(2, 2, 3, 2)),
    "nn.avg_pool": (lambda x: nn.avg_pool(x, 2, 2, "SAME"), PICTURE),
    "nn.avg_pool1d": (lambda x: nn.avg_pool1d(x, 2, 1, "VALID"), LINE),
    "nn.avg_pool2d": (lambda x: nn.avg_pool2d(x, 2, 1, "SAME"), PICTURE),
    "nn.avg_pool3d": (lambda x: nn.avg_pool3d(tf.cast(x, tf.float32), 2, 2, "SAME"), CUBE),
    "nn.batch_normalization": (
        lambda x, mean, v, o, s: nn.batch_normalization(x, mean, v, o, s, 1e-3),
        X, draw(3), draw(3, low=0.5), draw(3), draw(3)),
    "nn.batch_norm_with_global_normalization": (
        lambda x, v: nn.batch_norm_with_global_normalization(x, v, v, v, v, 1e-3, True), PICTURE, draw(2, low=0.5)),
    "nn.bias_add": (nn.bias_add, X, draw(3)),
    "nn.compute_average_loss": (lambda x: nn.compute_average_loss(x, global_batch_size=4), draw(3)),
    "nn.conv1d": (lambda x, k: nn.conv1d(x, k, 2, "SAME"), LINE, draw(3, 2, 2)),
    "nn.conv1d_transpose": (lambda x, k: nn.conv1d_transpose(x, k, [2, 14, 3], 2), LINE, draw(3, 3, 2)),
    "nn.conv2d": (lambda x, k: nn.conv2d(x, k, 1, "VALID"), PICTURE, draw(3, 2, 2, 2)),
    "nn.conv2d_transpose": (lambda x, k: nn.conv2d_transpose(x, k, [1, 10, 8, 3], 2), PICTURE, draw(2, 2, 3, 2)),
    "nn.conv3d": (lambda x, k: nn.conv3d(x, k, [1, 1, 1, 1, 1], "SAME"), CUBE, draw(2, 2, 2, 1, 1)),
    "nn.conv3d_transpose": (
        lambda x, k: nn.conv3d_transpose(x, k, [1, 8, 8, 8, 1], 2), CUBE, draw(2, 2, 2, 1, 1)),
    "nn.conv_transpose": (lambda x, k: nn.conv_transpose(x, k, [1, 10, 8, 3], 2), PICTURE, draw(2, 2, 3, 2)),
    "nn.convolution": (lambda x, k: nn.convolution(x, k), PICTURE, draw(3, 2, 2, 2)),
    "nn.ctc_loss": (
        lambda x: nn.ctc_loss([[1, 2]], x, [2], [4], logits_time_major=False), draw(1, 4, 3)),
    "nn.depth_to_space": (lambda x: nn.depth_to_space(x, 2), draw(1, 2, 2, 4)),
    "nn.depthwise_conv2d": (
        lambda x, k: nn.depthwise_conv2d(x, k, [1, 1, 1, 1], "SAME"), PICTURE, draw(2, 2, 2, 2)),
    "nn.depthwise_conv2d_backprop_filter": (
        lambda x, g: nn.depthwise_conv2d_backprop_filter(x, [2, 2, 2, 1], g, [1, 1, 1, 1], "SAME"), PICTURE, PICTURE),
    "nn.depthwise_conv2d_backprop_input": (
        lambda k, g: nn.depthwise_conv2d_backprop_input([1, 5, 4, 2], k, g, [1, 1, 1, 1], "SAME"),
        draw(2, 2, 2, 1), PICTURE),
    "nn.dilation2d": (
        lambda x, k: nn.dilation2d(x, k, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]), PICTURE, draw(2, 2, 2)),
    "nn.embedding_lookup": (lambda x: nn.embedding_lookup(x, [2, 0, 2]), draw(3, 2)),
    "nn.erosion2d": (
        lambda x, k: nn.erosion2d(x, k, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]), PICTURE, draw(2, 2, 2)),
    "nn.fractional_avg_pool": (lambda x: fractional(nn.fractional_avg_pool, x), PICTURE),
    "nn.fractional_max_pool": (lambda x: fractional(nn.fractional_max_pool, x), PICTURE),
    "nn.isotonic_regression": (lambda x: nn.isotonic_regression(x)[0], np.array([[0.5, 1.2, -0.3], [1.0, 0.2, 0.9]])),
    "nn.local_response_normalization": (lambda x: nn.lrn(tf.cast(x, tf.float32)), PICTURE),
    "nn.log_poisson_loss": (nn.log_poisson_loss, PLUS, X),
    "nn.max_pool": (lambda x: nn.max_pool(x, 2, 2, "SAME"), PICTURE),
    "nn.max_pool1d": (lambda x: nn.max_pool1d(x, 2, 1, "VALID"), LINE),
    "nn.max_pool2d": (lambda x: nn.max_pool2d(x, 2, 1, "SAME"), PICTURE),
    "nn.max_pool3d": (lambda x: nn.max_pool3d(tf.cast(x, tf.float32), 2, 2, "SAME"), CUBE),
    "nn.max_pool_with_argmax": (lambda x: nn.max_pool_with_argmax(x, 2, 2, "SAME")[0], PICTURE),
    "nn.moments": (lambda x: list(nn.moments(x, [0])), X),
    "nn.normalize_moments": (
        lambda x, y: list(nn.normalize_moments(tf.constant(4.0, tf.float64), x, y, None)), X, PLUS),
    "nn.pool": (lambda x: nn.pool(x, [2, 2], "AVG"), PICTURE),
    "nn.scale_regularization_loss": (nn.scale_regularization_loss, draw(3)),
    "nn.separable_conv2d": (
        lambda x, d, p: nn.separable_conv2d(x, d, p, [1, 1, 1, 1], "SAME"),
        PICTURE, draw(2, 2, 2, 1), draw(1, 1, 2, 3)),
    "nn.sigmoid_cross_entropy_with_logits": (nn.sigmoid_cross_entropy_with_logits, PLUS / 3.0, X),
    "nn.softmax_cross_entropy_with_logits": (
        lambda x: nn.softmax_cross_entropy_with_logits(PLUS / PLUS.sum(-1, keepdims=True), x), X),  # sums of 1
    "nn.space_to_batch": (lambda x: nn.space_to_batch(x, [2, 2], [[0, 1], [0, 0]]), PICTURE),
    "nn.space_to_depth": (lambda x: nn.space_to_depth(x, 2), draw(1, 4, 4, 1)),
    "nn.sparse_softmax_cross_entropy_with_logits": (
        lambda x: nn.sparse_softmax_cross_entropy_with_logits([2, 0], x), X),
    "nn.sufficient_statistics": (lambda x: list(nn.sufficient_statistics(x, [0])[1:3]), X),
    "nn.weighted_cross_entropy_with_logits": (
        lambda x, y: nn.weighted_cross_entropy_with_logits(x, y, 1.7), PLUS / 3.0, X),
    "nn.weighted_moments": (lambda x, w: list(nn.weighted_moments(x, [0], w)), X, PLUS),
    "nn.with_space_to_batch": (
        lambda x: nn.with_space_to_batch(x, [2, 2], "VALID", lambda each, *_: each * 2.0, [1, 1]), PICTURE),
    # pictures
    **{
        f"image.{name}": (getattr(im, name), COLOURS)
        for name in (
            "flip_left_right flip_up_down hsv_to_rgb per_image_standardization rgb_to_grayscale rgb_to_hsv rgb_to_yiq "
            "rgb_to_yuv rot90 transpose yiq_to_rgb yuv_to_rgb sobel_edges total_variation image_gradients"
        ).split()
    },
    "image.adjust_brightness": (lambda x: im.adjust_brightness(x, 0.2), COLOURS),
    "image.adjust_contrast": (lambda x: im.adjust_contrast(x, 1.3), COLOURS),
    "image.adjust_gamma": (lambda x: im.adjust_gamma(x, 1.3), COLOURS),
    "image.adjust_hue": (lambda x: im.adjust_hue(x, 0.1), COLOURS),
    "image.adjust_saturation": (lambda x: im.adjust_saturation(x, 0.7), COLOURS),
    "image.central_crop": (lambda x: im.central_crop(x, 0.5), COLOURS),
    "image.crop_and_resize": (
        lambda x: im.crop_and_resize(x, tf.constant([[0.1, 0.1, 0.8, 0.9]]), [0], [3, 3]), COLOURS),
    "image.crop_to_bounding_box": (lambda x: im.crop_to_bounding_box(x, 1, 1, 3, 2), COLOURS),
    "image.extract_patches": (
        lambda x: im.extract_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME"), PICTURE),
    "extract_volume_patches": (
        lambda x: tf.extract_volume_patches(x, [1, 2, 2, 2, 1], [1, 2, 1, 2, 1], "SAME"), CUBE),
    "image.grayscale_to_rgb": (im.grayscale_to_rgb, LARGE),
    "image.pad_to_bounding_box": (lambda x: im.pad_to_bounding_box(x, 1, 1, 9, 8), COLOURS),
    "image.psnr": (lambda x, y: im.psnr(x, y, 1.0), COLOURS, draw(1, 6, 5, 3, low=0.2, high=0.8)),
    "image.resize": (lambda x: im.resize(x, [4, 7], "bicubic", antialias=True), COLOURS),
    "image.resize_with_crop_or_pad": (lambda x: im.resize_with_crop_or_pad(x, 4, 8), COLOURS),
    "image.resize_with_pad": (lambda x: im.resize_with_pad(x, 4, 8), COLOURS),
    "image.ssim": (lambda x, y: im.ssim(x, y, 1.0, 5), LARGE, LARGE[:, ::-1].copy()),
    "image.ssim_multiscale": (
        lambda x, y: im.ssim_multiscale(x, y, 1.0, [0.5, 0.5], 3), LARGE, LARGE * 0.8 + 0.1),
    # signals
    "signal.dct": (sg.dct, SIGNAL),
    "signal.idct": (sg.idct, SIGNAL),
    "signal.fft": (lambda x: parts(sg.fft(wave(x))), SIGNAL),
    "signal.fft2d": (lambda x: parts(sg.fft2d(wave(x))), SIGNAL),
    "signal.fft3d": (lambda x: parts(sg.fft3d(wave(x))), SIGNAL[None]),
    "signal.fftnd": (lambda x: parts(sg.fftnd(wave(x), [2, 8], [0, 1])), SIGNAL),
    "signal.fftshift": (sg.fftshift, SIGNAL),
    "signal.frame": (lambda x: sg.frame(x, 4, 2), SIGNAL),
    "signal.ifft": (lambda x: parts(sg.ifft(wave(x))), SIGNAL),
    "signal.ifft2d": (lambda x: parts(sg.ifft2d(wave(x))), SIGNAL),
    "signal.ifft3d": (lambda x: parts(sg.ifft3d(wave(x))), SIGNAL[None]),
    "signal.ifftnd": (lambda x: parts(sg.ifftnd(wave(x), [2, 8], [0, 1])), SIGNAL),
    "signal.ifftshift": (sg.ifftshift, SIGNAL),
    "signal.inverse_mdct": (sg.inverse_mdct, draw(3, 4)),
    "signal.inverse_stft": (lambda x: sg.inverse_stft(wave(x), 8, 4), draw(3, 5)),
    "signal.irfft": (lambda x: sg.irfft(wave(x)), draw(2, 5)),
    "signal.irfft2d": (lambda x: sg.irfft2d(wave(x)), draw(2, 5)),
    "signal.irfft3d": (lambda x: sg.irfft3d(wave(x)), draw(2, 2, 3)),
    "signal.irfftnd": (lambda x: sg.irfftnd(wave(x), [2, 8], [0, 1]), draw(2, 5)),
    "signal.mdct": (lambda x: sg.mdct(x, 4), SIGNAL),
    "signal.mfccs_from_log_mel_spectrograms": (sg.mfccs_from_log_mel_spectrograms, SIGNAL),
    "signal.overlap_and_add": (lambda x: sg.overlap_and_add(x, 2), draw(3, 4)),
    "signal.rfft": (lambda x: parts(sg.rfft(x)), SIGNAL),
    "signal.rfft2d": (lambda x: parts(sg.rfft2d(x)), SIGNAL),
    "signal.rfft3d": (lambda x: parts(sg.rfft3d(x)), SIGNAL[None]),
    "signal.rfftnd": (lambda x: parts(sg.rfftnd(x, [2, 8], [0, 1])), SIGNAL),
    "signal.stft": (lambda x: parts(sg.stft(x, 4, 2)), SIGNAL),
}  # fmt: skip

# Public ops in the differentiable sense of the dispatcher that have no slope to compare.
WITHOUT = {
    "bool results": (
        "math.equal math.greater math.greater_equal math.is_finite math.is_inf math.is_nan math.is_non_decreasing "
        "math.is_strictly_increasing math.less math.less_equal math.logical_and math.logical_not math.logical_or "
        "math.logical_xor math.not_equal math.reduce_all math.reduce_any"
    ),
    "integer results": "argsort math.argmax math.argmin bitcast nn.ctc_unique_labels",
    "neighbours of a number": "math.nextafter",
    "a straight-through gradient on purpose": (
        "quantization.fake_quant_with_min_max_args quantization.fake_quant_with_min_max_args_gradient "
        "quantization.fake_quant_with_min_max_vars quantization.fake_quant_with_min_max_vars_per_channel"
    ),
}


def weights_of(outputs):
    """Weights that differ for every element of the outputs."""
    return [np.cos(np.arange(each.size) + 0.5).reshape(each.shape) for each in outputs]


SINGLE = {"image.rgb_to_grayscale"} | {
    f"image.adjust_{what}" for what in ("brightness", "contrast", "gamma", "hue", "saturation")
}


@pytest.mark.parametrize("name", OPS)
def test_the_gradient_is_the_slope(name):
    function, *arrays = OPS[name]
    points = [tf.constant(array, tf.float64) for array in arrays]

    def outputs(points):
        return tf.nest.flatten(function(*points))

    with tf.GradientTape() as tape:
        tape.watch(points)
        values = outputs(points)
    weights = weights_of([each.numpy() for each in values])
    given = [tf.constant(weight, value.dtype) for weight, value in zip(weights, values, strict=True)]
    gradients = tape.gradient(values, points, given, unconnected_gradients="zero")
    gradients = [np.asarray(tf.convert_to_tensor(each)) for each in gradients]
    assert name == "math.sign" or any(np.any(each != 0) for each in gradients)
    # Some pictures are computed in float32, as TensorFlow computes them.
    single = name in SINGLE or any(each.dtype == tf.float32 for each in values)
    step, tolerance = (3e-3, 5e-3) if single else (1e-6, 2e-5)
    pushes = [np.sin(np.arange(array.size) * 1.7 + 0.4).reshape(array.shape) for array in arrays]
    ends = []
    for sign in (1.0, -1.0):
        moved = [tf.constant(a + sign * step * push, tf.float64) for a, push in zip(arrays, pushes, strict=True)]
        ends.append(sum(np.sum(each.numpy() * w) for each, w in zip(outputs(moved), weights, strict=True)))
    slope = (ends[0] - ends[1]) / (2 * step)
    found = sum(float(np.sum(g * push)) for g, push in zip(gradients, pushes, strict=True))
    np.testing.assert_allclose(found, slope, rtol=tolerance, atol=tolerance * max(1.0, float(np.abs(ends).max())))


def _public_ops():
    """The public functions of single ops through which the dispatcher lets gradients pass, by all their names."""
    found = {}
    for space in ("", "math", "nn", "linalg", "image", "signal", "quantization"):
        module = getattr(tf, space) if space else tf
        for name in dir(module):
            each = vars(module).get(name)
            op = getattr(each, "op", None)
            if not name.startswith("_") and inspect.isfunction(each) and op is not None and op.differentiable:
                found.setdefault(id(each), set()).add(f"{space}.{name}" if space else name)
    return list(found.values())


def test_every_differentiable_op_is_in_the_table():
    known = {name.partition(",")[0] for name in OPS} | {n for names in WITHOUT.values() for n in names.split()}
    assert sorted(min(names) for names in _public_ops() if not names & known) == []
