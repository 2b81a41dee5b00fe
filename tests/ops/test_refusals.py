"""What ops refuse, with the exception types that TensorFlow 2.21 raises; and what it takes although it is odd."""

import numpy as np
import pytest

import addax as tf

Bad = tf.errors.InvalidArgumentError
X = tf.ones((4, 5))
TEXT = tf.constant([["a", "b"], ["c", "d"]])
IMAGE, FILTER = tf.ones((1, 5, 5, 1)), tf.ones((2, 2, 1, 1))
VOLUME, VOLUME_FILTER = tf.ones((1, 3, 3, 3, 1)), tf.ones((2, 2, 2, 1, 1))
PAIRS = [[0, 0], [1, 0], [1, 0], [1, 0], [0, 0]]
HALF = tf.ones((3, 3), tf.float16)
COMPLEX = tf.constant([[1.0 + 0j, 0.0], [0.0, 1.0]])
IMAGES, BOX = tf.ones((2, 4, 5, 3)), [[0.0, 0.0, 0.5, 0.7]]
NAN = float("nan")

REFUSED = {
    "band below": (lambda: tf.linalg.band_part(X, 5, 5), Bad),
    "band above": (lambda: tf.linalg.band_part(X, 4, 6), Bad),
    "band of nothing": (lambda: tf.linalg.band_part(tf.ones((0, 0)), 1, 0), Bad),
    "band of a float": (lambda: tf.linalg.band_part(X, 1, 2.5), TypeError),
    "where of a scalar": (lambda: tf.where(tf.constant(True)), Bad),
    "where of text": (lambda: tf.where(TEXT), Bad),
    "sequence longer": (lambda: tf.reverse_sequence(X, [1, 2, 3, 6], 1), Bad),
    "sequence negative": (lambda: tf.reverse_sequence(X, [1, 2, 3, -1], 1), Bad),
    "sequences fewer": (lambda: tf.reverse_sequence(X, [1, 2, 3], 1), Bad),
    "sequence of floats": (lambda: tf.reverse_sequence(X, [1.0, 2, 3, 4], 1), Bad),
    "sequence axis negative": (lambda: tf.reverse_sequence(X, [1, 2, 3, 4], -1), Bad),
    "conv padding": (lambda: tf.nn.conv2d(IMAGE, FILTER, 1, "same"), Bad),
    "conv stride 0": (lambda: tf.nn.conv2d(IMAGE, FILTER, 0, "SAME"), Bad),
    "conv dilation 0": (lambda: tf.nn.conv2d(IMAGE, FILTER, 1, "SAME", dilations=0), Bad),
    "conv format": (lambda: tf.nn.conv2d(IMAGE, FILTER, 1, "SAME", data_format="nhwc"), Bad),
    "convolution padding": (lambda: tf.nn.convolution(IMAGE, FILTER, padding="same"), Bad),
    "atrous padding": (lambda: tf.nn.atrous_conv2d(IMAGE, FILTER, 2, "same"), ValueError),
    "transpose padding": (lambda: tf.nn.conv2d_transpose(IMAGE, FILTER, [1, 10, 10, 1], 2, "same"), Bad),
    "depthwise padding": (lambda: tf.nn.depthwise_conv2d(IMAGE, FILTER, [1] * 4, "same"), Bad),
    "conv3d one stride": (lambda: tf.nn.conv3d(VOLUME, VOLUME_FILTER, 1, "SAME"), TypeError),
    "conv3d pairs": (lambda: tf.nn.conv3d(VOLUME, VOLUME_FILTER, [1] * 5, PAIRS), TypeError),
    "max_pool padding": (lambda: tf.nn.max_pool2d(IMAGE, 2, 1, "same"), Bad),
    "max_pool window 0": (lambda: tf.nn.max_pool2d(IMAGE, 0, 1, "SAME"), Bad),
    "max_pool3d pairs": (lambda: tf.nn.max_pool3d(VOLUME, 2, 1, PAIRS), TypeError),
    "avg_pool padding": (lambda: tf.nn.avg_pool2d(IMAGE, 2, 1, "same"), Bad),
    "avg_pool pairs": (lambda: tf.nn.avg_pool2d(IMAGE, 2, 1, PAIRS[1:]), TypeError),
    "patches padding": (lambda: tf.image.extract_patches(IMAGE, [1, 2, 2, 1], [1] * 4, [1] * 4, "same"), Bad),
    "patches stride 0": (lambda: tf.image.extract_patches(IMAGE, [1, 2, 2, 1], [1, 0, 0, 1], [1] * 4, "SAME"), Bad),
    "gather uint8": (lambda: tf.gather(X, tf.constant([1], tf.uint8)), Bad),
    "gather int8": (lambda: tf.gather(X, tf.constant([1], tf.int8)), Bad),
    "gather_nd uint8": (lambda: tf.gather_nd(X, tf.constant([[1]], tf.uint8)), Bad),
    "gather_nd text": (lambda: tf.gather_nd(X, TEXT), Bad),
    "gather_nd batch": (lambda: tf.gather_nd(X, [[1]], batch_dims=-1), ValueError),
    "scatter uint8": (lambda: tf.scatter_nd(tf.constant([[1]], tf.uint8), [1.0], [4]), Bad),
    "scatter text": (lambda: tf.tensor_scatter_nd_update(TEXT, [[0]], tf.constant(["a"])), Bad),
    "boolean_mask text": (lambda: tf.boolean_mask(X, tf.constant(["a"] * 4)), Bad),
    "boolean_mask axis": (lambda: tf.boolean_mask(tf.ones((5, 5)), [True] * 5, axis=-1), ValueError),
    "partition int64": (lambda: tf.dynamic_partition(X, tf.constant([0] * 4, tf.int64), 2), Bad),
    "partition shape": (lambda: tf.dynamic_partition(X, [0, 1], 2), Bad),
    "partition count": (lambda: tf.dynamic_partition(X, [0] * 4, [1]), TypeError),
    "stitch float": (lambda: tf.dynamic_stitch([tf.constant([0.0])], [[1.0]]), Bad),
    "stitch shape": (lambda: tf.dynamic_stitch([[0, 1]], [[1.0]]), Bad),
    "stitch nothing": (lambda: tf.dynamic_stitch([], []), Bad),
    "crop of no image": (lambda: tf.image.crop_and_resize(IMAGES, BOX, [7], [3, 2]), tf.errors.OutOfRangeError),
    "crop of image -1": (lambda: tf.image.crop_and_resize(IMAGES, BOX, [-1], [3, 2]), tf.errors.OutOfRangeError),
    "crops and indices": (lambda: tf.image.crop_and_resize(IMAGES, BOX, [0, 1], [3, 2]), Bad),
    "crop of 3 numbers": (lambda: tf.image.crop_and_resize(IMAGES, [[0.0, 0.0, 0.5]], [0], [3, 2]), Bad),
    "resize to a part": (lambda: tf.image.resize(IMAGES, [2.5, 3]), ValueError),
    "hsv of 5 channels": (lambda: tf.image.rgb_to_hsv(X), tf.errors.FailedPreconditionError),
    "rgb of 5 channels": (lambda: tf.image.hsv_to_rgb(X), tf.errors.FailedPreconditionError),
    "rgb of ints": (lambda: tf.image.hsv_to_rgb(tf.ones((2, 3), tf.int32)), Bad),
    "pad text rank": (lambda: tf.pad(TEXT, [[1, 1]]), Bad),
    "pad text negative": (lambda: tf.pad(TEXT, [[-1, 1], [0, 0]]), Bad),
    "pad text reflect": (lambda: tf.pad(TEXT, [[5, 1], [0, 0]], "REFLECT"), Bad),
    "pad text with 1": (lambda: tf.pad(TEXT, [[1, 1], [0, 0]], constant_values=1), TypeError),
    "pad with text": (lambda: tf.pad(X, [[1, 1], [0, 0]], constant_values="z"), TypeError),
    "pad pairs": (lambda: tf.pad(X, [1, 1]), Bad),
    "pinv complex": (lambda: tf.linalg.pinv(COMPLEX), TypeError),
    "rank complex": (lambda: tf.linalg.matrix_rank(COMPLEX), TypeError),
    "norm complex": (lambda: tf.linalg.global_norm([COMPLEX]), Bad),
    "band matrix half": (lambda: tf.linalg.tridiagonal_matmul(HALF, HALF), Bad),
    "band solve half": (lambda: tf.linalg.tridiagonal_solve(HALF, HALF), Bad),
    "det half": (lambda: tf.linalg.det(HALF), tf.errors.NotFoundError),
    "sqrtm half": (lambda: tf.linalg.sqrtm(HALF), tf.errors.NotFoundError),
    "cross of 4": (lambda: tf.linalg.cross(X[:, :4], X[:, :4]), tf.errors.FailedPreconditionError),
    "cross of shapes": (lambda: tf.linalg.cross(tf.ones((2, 3)), tf.ones((3, 3))), Bad),
    "dct complex": (lambda: tf.signal.dct(COMPLEX), AssertionError),
    "range of a bool": (lambda: tf.range(True), AssertionError),
    "range of text": (lambda: tf.range("a"), AssertionError),
    "range to NaN": (lambda: tf.range(0.0, NAN), Bad),
    "eye of a float": (lambda: tf.eye(2.0), TypeError),
    "eye of 2 floats": (lambda: tf.eye(2, 2.0), TypeError),
    "zeros of text": (lambda: tf.zeros("a"), TypeError),
    "zeros of None": (lambda: tf.zeros([None, 2]), ValueError),
    "bins text": (lambda: tf.histogram_fixed_width([1.0], "ab"), TypeError),
    "bins empty": (lambda: tf.histogram_fixed_width([1.0], []), Bad),
    "bins turned": (lambda: tf.histogram_fixed_width([1.0], [1.0, 0.0]), Bad),
    "bins int8": (lambda: tf.histogram_fixed_width([1.0], [0.0, 1.0], dtype=tf.int8), Bad),
    "bins NaN": (lambda: tf.histogram_fixed_width([NAN], [0.0, 1.0]), Bad),
    "bins float": (lambda: tf.histogram_fixed_width([1.0], [0.0, 1.0], nbins=1.5), TypeError),
    "sum of a scalar": (lambda: tf.reduce_sum(1.0, axis=0), Bad),
    "any of a scalar": (lambda: tf.reduce_any(True, axis=0), Bad),
    "norm of a scalar": (lambda: tf.norm(1.0, axis=0), Bad),
    "identity of None": (lambda: tf.identity(None), ValueError),
    "fraction of None": (lambda: tf.math.zero_fraction(None), ValueError),
    "no identities": (lambda: tf.identity_n([]), Bad),
    "repeat half": (lambda: tf.repeat(X, 1.5, axis=0), TypeError),
    "repeat matrix": (lambda: tf.repeat(X, [[1, 2], [1, 1]], axis=0), ValueError),
    "roll sizes": (lambda: tf.roll(X, 1, [0, 1]), Bad),
    "roll list": (lambda: tf.roll(X, [1], 0), Bad),
    "places int8": (lambda: tf.searchsorted([1.0], [1.5], out_type=tf.int8), Bad),
    "unique places": (lambda: tf.unique([1], out_idx=tf.float32), Bad),
    "top_k places": (lambda: tf.math.top_k([1.0, 2.0], 1, index_type=tf.int8), Bad),
    "top_k float64": (lambda: tf.math.in_top_k([1], tf.constant([[1.0, 2.0]], tf.float64), 1), ValueError),
    "top_k uint8": (lambda: tf.math.in_top_k(tf.constant([1], tf.uint8), [[1.0, 2.0]], 1), Bad),
    "betainc shapes": (lambda: tf.math.betainc([0.5], [0.5, 0.5], [0.5, 0.5]), Bad),
    "segments uint8": (lambda: tf.math.segment_sum(X, tf.constant([0] * 4, tf.uint8)), Bad),
    "segments float": (lambda: tf.math.unsorted_segment_sum(X, [0] * 4, 2.0), Bad),
    "mean complex": (lambda: tf.math.unsorted_segment_mean(COMPLEX, [0, 1], 2), Bad),
    "root of ints": (lambda: tf.math.unsorted_segment_sqrt_n([1, 2], [0, 1], 2), Bad),
    "mask length": (lambda: tf.sequence_mask([1, 3], -1), Bad),
    "linspace count": (lambda: tf.linspace(0.0, 1.0, -1), Bad),
    "linspace float": (lambda: tf.linspace(0.0, 1.0, 2.5), TypeError),
    "linspace shapes": (lambda: tf.linspace(tf.ones(2), tf.ones(3), 2), Bad),
    "one_hot value": (lambda: tf.one_hot([1], 3, on_value=[1.0]), Bad),
    "one_hot values": (lambda: tf.one_hot([1], 3, on_value=1.0, off_value=0), TypeError),
    "one_hot int16": (lambda: tf.one_hot(tf.constant([1], tf.int16), 3), Bad),
    "diag of a scalar": (lambda: tf.linalg.tensor_diag(1.0), Bad),
    "diag of uint8": (lambda: tf.linalg.tensor_diag(tf.constant([1], tf.uint8)), Bad),
    "trace of bools": (lambda: tf.linalg.trace([[True]]), Bad),
    "text and number": (lambda: tf.equal(X, "a"), TypeError),
    "number and text": (lambda: tf.not_equal("a", 1.0), TypeError),
    "order of complex": (lambda: tf.sort(COMPLEX), Bad),
    "order of bools": (lambda: tf.argsort([True, False]), Bad),
    "digits of ints": (lambda: tf.strings.as_string([1], precision=2), Bad),
    "scientific ints": (lambda: tf.strings.as_string([1], scientific=True), Bad),
    "clip complex": (lambda: tf.clip_by_norm(COMPLEX, 1.0), Bad),
    "strides of one": (lambda: tf.strided_slice(X, [0, 0], [1]), Bad),
    "slice of numbers": (lambda: tf.strided_slice(X, 0, 1), Bad),
    "bits that do not fit": (lambda: tf.bitcast(X, tf.complex64), Bad),
    "sobol dimensions": (lambda: tf.math.sobol_sample(99999, 2), Bad),
    "sobol dtype": (lambda: tf.math.sobol_sample(2, 3, dtype=tf.int32), Bad),
    "blocks format": (lambda: tf.nn.depth_to_space(tf.ones((1, 2, 2, 4)), 2, data_format="bogus"), Bad),
    "shape of floats": (lambda: tf.broadcast_dynamic_shape([1.0, 2.0], [2, 3]), Bad),
    "substr shapes": (lambda: tf.strings.substr(["abc", "def"], [1], [1, 2]), Bad),
    "substr floats": (lambda: tf.strings.substr(["abc"], 1.5, 0), Bad),
    "join of segment -1": (lambda: tf.strings.unsorted_segment_join(["a", "b"], [0, -1], 2), Bad),
    "join of half segments": (lambda: tf.strings.unsorted_segment_join(["a", "b"], [0.5, 1.5], 2), Bad),
    "join of fewer segments": (lambda: tf.strings.unsorted_segment_join(["a", "b"], [0], 2), Bad),
    "padding of nothing": (lambda: tf.strings.ngrams(["a", "b"], 2, padding_width=1), ValueError),
    "padding of -1": (lambda: tf.strings.ngrams(["a", "b"], 2, pad_values="p", padding_width=-1), ValueError),
    "text to half": (lambda: tf.strings.to_number(["1"], tf.float16), Bad),
    "key of 3": (lambda: tf.strings.to_hash_bucket_strong(["a"], 10, [1, 2, 3]), Bad),
    "replacement -1": (lambda: tf.strings.unicode_decode(["a"], "UTF-8", replacement_char=-1), Bad),
    "errors unknown": (lambda: tf.strings.unicode_encode([65], "UTF-8", errors="bogus"), Bad),
    "code points int64": (lambda: tf.strings.unicode_encode(tf.constant([65], tf.int64), "UTF-8"), Bad),
    "script of floats": (lambda: tf.strings.unicode_script([65.0]), Bad),
    "ragged mask of ints": (lambda: tf.ragged.boolean_mask([1, 2], [1, 0]), TypeError),
    "ragged lengths": (lambda: tf.RaggedTensor.from_row_lengths([1, 2], [1.0, 1.0]), ValueError),
    "ragged starts": (lambda: tf.RaggedTensor.from_row_starts([1, 2], [0.0, 1.0]), ValueError),
    "ragged rows": (lambda: tf.RaggedTensor.from_value_rowids([1, 2], [0.5, 1.5]), ValueError),
    "sparse eye": (lambda: tf.sparse.eye(1.5), TypeError),
    "sparse eye of -1": (lambda: tf.sparse.eye(3, -1), Bad),
    "sparse segments": (lambda: tf.sparse.segment_sum(X, [0.5], [0]), Bad),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    call, kind = REFUSED[name]
    with pytest.raises(kind) as caught:
        call()
    assert len(str(caught.value)) > 20  # who, what was expected, what was received


def test_edges_that_tensorflow_takes():
    assert tf.linalg.band_part(X, 4, 5).numpy().sum() == 20
    assert tf.range([3]).numpy().tolist() == [0, 1, 2]
    norm = tf.linalg.global_norm([])
    assert norm.dtype == tf.float32 and norm.numpy() == 0 and tf.clip_by_global_norm([], 1.0)[0] == []
    assert tf.boolean_mask([1, 2, 3], [1, 0, 2]).numpy().tolist() == [1, 3]
    assert tf.boolean_mask([1, 2, 3], tf.constant([1.0, 0.0, 1.0])).numpy().tolist() == [1, 3]
    assert tf.dynamic_partition([1, 2], np.array([1, 0]), 2)[1].numpy().tolist() == [1]
    assert tf.pad(TEXT, [[1, 0], [0, 0]]).numpy()[0].tolist() == [b"", b""]
    assert tf.gather(tf.constant([5, 6]), tf.constant([1], tf.int16)).numpy().tolist() == [6]
    assert tf.nn.max_pool1d(tf.ones((1, 5, 1)), 2, 1, [[0, 0], [1, 0], [0, 0]]).shape == (1, 5, 1)
    assert tf.clip_by_norm([3.0, 4.0], -1.0).numpy().tolist() == [0.0, 0.0]
    assert tf.math.bincount([1.5, 2.0]).numpy().tolist() == [0, 1, 1]
    assert tf.math.confusion_matrix([1.5], [1]).numpy().tolist() == [[0, 0], [0, 1]]
    assert tf.strings.as_string(["abc"], precision=2, width=4).numpy().tolist() == [b"  ab"]
    assert tf.strings.as_string([True], width=7).numpy().tolist() == [b"true"]


def test_no_strings_are_strings_and_no_separator_is_empty():
    for call in (tf.strings.lower, tf.strings.strip):
        assert call([]).dtype == tf.string
    assert tf.strings.length([]).numpy().tolist() == []
    assert tf.strings.to_hash_bucket_fast([], 10).dtype == tf.int64
    assert tf.strings.join([["a"], ["b"]], separator=None).numpy().tolist() == [b"ab"]
    assert tf.strings.reduce_join(["a", "b"], separator=None).numpy() == b"ab"
    assert tf.strings.ngrams(["a", "b"], 2, separator=b"x").numpy().tolist() == [b"axb"]


def test_nothing_is_refused_of_what_is_empty():
    none = tf.zeros((1, 0), tf.int8)
    assert tf.pow(none, tf.constant([[-1], [2]], tf.int8)).shape == (2, 0)
    assert tf.truncatediv(none, tf.constant([[0], [2]], tf.int8)).shape == (2, 0)
    assert tf.reverse(none, [7]).shape == (1, 0) and tf.reverse(tf.constant(1), [0]).numpy() == 1


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: tf.sort([[1.0]], axis=[0]), ValueError), (lambda: tf.argsort([1.0], axis=None), ValueError),
        (lambda: tf.expand_dims([1.0], None), ValueError),
        (lambda: tf.reverse([1.0], 0), tf.errors.InvalidArgumentError),
        (lambda: tf.scan(lambda a, b: a + b, tf.zeros((0, 2))), tf.errors.OutOfRangeError),
        (lambda: tf.math.segment_max(tf.constant([1j]), [0]), tf.errors.InvalidArgumentError),
    ],
)  # fmt: skip
def test_axes_and_rows_that_are_none(call, error):
    with pytest.raises(error):
        call()
