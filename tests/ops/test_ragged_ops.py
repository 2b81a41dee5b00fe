"""Ops on ragged tensors: numbers recorded from TensorFlow 2.21."""

# ruff: noqa: E501  (a table of expressions)

import numpy as np
import pytest

import addax as tf

R, RT = tf.ragged.constant, tf.RaggedTensor
r = R([[1.0, 2.0], [], [3.0]])
ri = R([[1, 2], [], [3]])
rb = R([[True, False], [], [True]])
rs = R([["a", "B c"], [], ["dd"]])
r3 = R([[[1.0, 2.0], [3.0]], [], [[4.0], [], [5.0, 6.0]]])
ri3 = R([[[1, 2], [3]], [], [[4], [], [5, 6]]])
ru = RT.from_row_splits(tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [0, 2, 2, 3])
r32 = R([[1.0, 2.0], [], [3.0]], row_splits_dtype=tf.int32)
re0 = R([[], []], dtype=tf.float32)
uni = RT.from_uniform_row_length(R([[1], [2, 3], [4], [5]]), 2)
ST = tf.SparseTensor


def plain(x):
    """(values, dtype, shape) of a tensor or ragged tensor."""
    if isinstance(x, list | tuple):
        return [plain(each) for each in x]
    if isinstance(x, RT):
        return x.to_list(), x.dtype.name, str(x.shape)
    value = x.numpy()
    return value if isinstance(value, bytes) else value.tolist(), x.dtype.name, str(x.shape)


def close(have, want):
    if isinstance(want, list | tuple):
        return len(have) == len(want) and all(close(a, b) for a, b in zip(have, want, strict=True))
    return have == pytest.approx(want, rel=1e-4, abs=1e-5) if isinstance(want, float | complex) else have == want


CASES = [
    ("R([[[1],[2,3]],[],[[4]]])", ([[[1], [2, 3]], [], [[4]]], "int32", "(3, None, None)")),
    ("R([])", ([], "float32", "(0,)")),
    ("RT.from_value_rowids([3,1,4],[0,2,2])", ([[3], [], [1, 4]], "int32", "(3, None)")),
    ("RT.from_row_starts([3,1,4],[0,1,1])", ([[3], [], [1, 4]], "int32", "(3, None)")),
    ("RT.from_uniform_row_length([],0,nrows=5)", ([[], [], [], [], []], "float32", "(5, 0)")),
    ("RT.from_nested_value_rowids([1,2,3],[[0,1],[0,0,1]])", ([[[1, 2]], [[3]]], "int32", "(2, None, None)")),
    ("RT.from_tensor([[1,2,0],[3,0,0]],lengths=[2,1])", ([[1, 2], [3]], "int32", "(2, None)")),
    ("RT.from_sparse(ST([[0,0],[0,1],[2,0]],[1,2,3],[3,3]))", ([[1, 2], [], [3]], "int32", "(3, None)")),
    (
        "r3.to_tensor()",
        (
            [
                [[1.0, 2.0], [3.0, 0.0], [0.0, 0.0]],
                [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
                [[4.0, 0.0], [0.0, 0.0], [5.0, 6.0]],
            ],
            "float32",
            "(3, 3, 2)",
        ),
    ),
    ("re0.to_tensor()", ([[], []], "float32", "(2, 0)")),
    ("r3.bounding_shape(out_type=tf.int32)", ([3, 3, 2], "int32", "(3,)")),
    ("r.row_lengths(axis=-1)", ([2, 0, 1], "int64", "(3,)")),
    ("r.nrows(tf.int32)", (3, "int32", "()")),
    ("r3.flat_values", ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "float32", "(6,)")),
    ("r.with_row_splits_dtype(tf.int32)", ([[1.0, 2.0], [], [3.0]], "float32", "(3, None)")),
    ("ru.merge_dims(1,2)", ([[1.0, 2.0, 3.0, 4.0], [], [5.0, 6.0]], "float32", "(3, None)")),
    ("r[0]", ([1.0, 2.0], "float32", "(2,)")),
    ("r[0,1]", (2.0, "float32", "()")),
    ("r[:,-1:]", ([[2.0], [], [3.0]], "float32", "(3, None)")),
    ("r[::2]", ([[1.0, 2.0], [3.0]], "float32", "(2, None)")),
    ("r[...,:1]", ([[1.0], [], [3.0]], "float32", "(3, None)")),
    ("r[...,tf.newaxis]", ([[[1.0], [2.0]], [], [[3.0]]], "float32", "(3, None, 1)")),
    ("r3[0,0,1]", (2.0, "float32", "()")),
    ("r3[2,:,:1]", ([[4.0], [], [5.0]], "float32", "(3, None)")),
    ("ru[:,:,0]", ([[1.0, 3.0], [], [5.0]], "float32", "(3, None)")),
    ("uni[:,1]", ([[2, 3], [5]], "int32", "(2, None)")),
    ("r[1:1]", ([], "float32", "(0, None)")),
    ("(r==1.)", ([[True, False], [], [False]], "bool", "(3, None)")),
    ("1.+r", ([[2.0, 3.0], [], [4.0]], "float32", "(3, None)")),
    (
        "r3+tf.constant([[[1.]],[[2.]],[[3.]]])",
        ([[[2.0, 3.0], [4.0]], [], [[7.0], [], [8.0, 9.0]]], "float32", "(3, None, None)"),
    ),
    ("ru+r[:,:,tf.newaxis]", ([[[2.0, 3.0], [5.0, 6.0]], [], [[8.0, 9.0]]], "float32", "(3, None, 2)")),
    ("abs(-r)", ([[1.0, 2.0], [], [3.0]], "float32", "(3, None)")),
    ("rb|True", ([[True, True], [], [True]], "bool", "(3, None)")),
    ("r>=r", ([[True, True], [], [True]], "bool", "(3, None)")),
    ("ri/2", ([[0.5, 1.0], [], [1.5]], "float64", "(3, None)")),
    ("2./r", ([[2.0, 1.0], [], [0.66667]], "float32", "(3, None)")),
    ("True&rb", ([[True, False], [], [True]], "bool", "(3, None)")),
    ("rs=='a'", ([[True, False], [], [False]], "bool", "(3, None)")),
    ("tf.reduce_sum(r,1)", ([3.0, 0.0, 3.0], "float32", "(3,)")),
    ("tf.reduce_mean(r3,1)", ([[2.0, 2.0], [], [4.5, 6.0]], "float32", "(3, None)")),
    ("tf.reduce_min(r,1)", ([1.0, 3.4028234663852886e38, 3.0], "float32", "(3,)")),
    ("tf.reduce_prod(r3,0)", ([[4.0, 2.0], [3.0], [5.0, 6.0]], "float32", "(3, None)")),
    ("tf.reduce_all(rb)", (False, "bool", "()")),
    ("tf.math.reduce_variance(r,0)", ([1.0, 0.0], "float32", "(2,)")),
    ("tf.cumsum(r,1)", ([[1.0, 3.0], [], [3.0]], "float32", "(3, None)")),
    ("tf.concat([r,r],0)", ([[1.0, 2.0], [], [3.0], [1.0, 2.0], [], [3.0]], "float32", "(6, None)")),
    (
        "tf.concat([r3,r3],1)",
        (
            [[[1.0, 2.0], [3.0], [1.0, 2.0], [3.0]], [], [[4.0], [], [5.0, 6.0], [4.0], [], [5.0, 6.0]]],
            "float32",
            "(3, None, None)",
        ),
    ),
    ("tf.stack([r,r],2)", ([[[1.0, 1.0], [2.0, 2.0]], [], [[3.0, 3.0]]], "float32", "(3, None, 2)")),
    ("tf.ragged.stack([[1,2],[3,4]])", ([[1, 2], [3, 4]], "int32", "(2, None)")),
    ("tf.tile(r,[2,1])", ([[1.0, 2.0], [], [3.0], [1.0, 2.0], [], [3.0]], "float32", "(6, None)")),
    (
        "tf.tile(r3,[1,2,1])",
        (
            [[[1.0, 2.0], [3.0], [1.0, 2.0], [3.0]], [], [[4.0], [], [5.0, 6.0], [4.0], [], [5.0, 6.0]]],
            "float32",
            "(3, None, None)",
        ),
    ),
    ("tf.expand_dims(r,2)", ([[[1.0], [2.0]], [], [[3.0]]], "float32", "(3, None, 1)")),
    ("tf.squeeze(tf.expand_dims(r,2),2)", ([[1.0, 2.0], [], [3.0]], "float32", "(3, None)")),
    ("tf.reverse(r,[0])", ([[3.0], [], [1.0, 2.0]], "float32", "(3, None)")),
    ("tf.reverse(r3,[2])", ([[[2.0, 1.0], [3.0]], [], [[4.0], [], [6.0, 5.0]]], "float32", "(3, None, None)")),
    ("tf.gather(r,[[2,0],[1,1]])", ([[[3.0], [1.0, 2.0]], [[], []]], "float32", "(2, None, None)")),
    ("tf.gather_nd(r,[[0],[2]])", ([[1.0, 2.0], [3.0]], "float32", "(2, None)")),
    ("tf.where(rb)", ([[0, 0], [2, 0]], "int64", "(2, 2)")),
    ("tf.where(rb,r,tf.zeros_like(r))", ([[1.0, 0.0], [], [3.0]], "float32", "(3, None)")),
    (
        "tf.ragged.boolean_mask(r3,R([[True,False],[],[True,True,False]]))",
        ([[[1.0, 2.0]], [], [[4.0], []]], "float32", "(3, None, None)"),
    ),
    (
        "tf.one_hot(ri,4,on_value=5.,off_value=-1.)",
        (
            [[[-1.0, 5.0, -1.0, -1.0], [-1.0, -1.0, 5.0, -1.0]], [], [[-1.0, -1.0, -1.0, 5.0]]],
            "float32",
            "(3, None, 4)",
        ),
    ),
    ("tf.zeros_like(r,dtype=tf.int32)", ([[0, 0], [], [0]], "int32", "(3, None)")),
    ("tf.stop_gradient(r)", ([[1.0, 2.0], [], [3.0]], "float32", "(3, None)")),
    ("tf.size(r)", (3, "int32", "()")),
    ("tf.rank(r3)", (3, "int32", "()")),
    ("tf.clip_by_value(r,1.5,2.5)", ([[1.5, 2.0], [], [2.5]], "float32", "(3, None)")),
    (
        "tf.split(ru,2,axis=2)",
        [
            ([[[1.0], [3.0]], [], [[5.0]]], "float32", "(3, None, 1)"),
            ([[[2.0], [4.0]], [], [[6.0]]], "float32", "(3, None, 1)"),
        ],
    ),
    ("tf.math.unsorted_segment_sum(r,R([[0,1],[],[0]]),2)", ([4.0, 2.0], "float32", "(2,)")),
    ("tf.nn.softmax(r)", ([[0.26894, 0.73106], [], [1.0]], "float32", "(3, None)")),
    ("tf.nn.sigmoid_cross_entropy_with_logits(r,r)", ([[0.31326, -1.87307], [], [-5.95141]], "float32", "(3, None)")),
    ("tf.nn.gelu(r)", ([[0.84134, 1.9545], [], [2.99595]], "float32", "(3, None)")),
    ("tf.matmul(ru,tf.ones([3,2,2]))", ([[[3.0, 3.0], [7.0, 7.0]], [], [[11.0, 11.0]]], "float32", "(3, None, 2)")),
    ("tf.reshape(r,[3])", ([1.0, 2.0, 3.0], "float32", "(3,)")),
    (
        "tf.map_fn(lambda x: tf.range(x),tf.constant([2,0,3]),fn_output_signature=tf.RaggedTensorSpec([None],tf.int32))",
        ([[0, 1], [], [0, 1, 2]], "int32", "(3, None)"),
    ),
    ("tf.ragged.map_flat_values(tf.add,r,r)", ([[2.0, 4.0], [], [6.0]], "float32", "(3, None)")),
    ("tf.ragged.range([3,0,2])", ([[0, 1, 2], [], [0, 1]], "int32", "(3, None)")),
    ("tf.ragged.range([0,5,8],[3,3,12],[1,-1,2])", ([[0, 1, 2], [5, 4], [8, 10]], "int32", "(3, None)")),
    ("tf.ragged.row_splits_to_segment_ids([0,2,2,5],out_type=tf.int32)", ([0, 0, 2, 2, 2], "int32", "(5,)")),
    ("tf.ragged.segment_ids_to_row_splits(tf.constant([0,0,2]),out_type=tf.int32)", ([0, 2, 2, 3], "int32", "(4,)")),
    (
        "tf.ragged.stack_dynamic_partitions(tf.constant([1,2,3,4]),tf.constant([1,0,1,1],tf.int64),3)",
        ([[2], [1, 3, 4], []], "int32", "(3, None)"),
    ),
    ("tf.strings.length(rs)", ([[1, 3], [], [2]], "int32", "(3, None)")),
    ("tf.strings.strip(rs)", ([[b"a", b"B c"], [], [b"dd"]], "string", "(3, None)")),
    ("tf.strings.split(rs)", ([[[b"a"], [b"B", b"c"]], [], [[b"dd"]]], "string", "(3, None, None)")),
    ("tf.strings.regex_replace(rs,'a','z')", ([[b"z", b"B c"], [], [b"dd"]], "string", "(3, None)")),
    ("tf.strings.to_hash_bucket_strong(rs,10,[1,2])", ([[6, 8], [], [3]], "int64", "(3, None)")),
    ("tf.strings.as_string(r)", ([[b"1.000000", b"2.000000"], [], [b"3.000000"]], "string", "(3, None)")),
    (
        "tf.strings.unicode_split(rs,'UTF-8')",
        ([[[b"a"], [b"B", b" ", b"c"]], [], [[b"d", b"d"]]], "string", "(3, None, None)"),
    ),
    (
        "tf.strings.unicode_transcode(rs,'UTF-8','UTF-16-BE')",
        ([[b"\x00a", b"\x00B\x00 \x00c"], [], [b"\x00d\x00d"]], "string", "(3, None)"),
    ),
    ("tf.io.decode_base64(R([['YQ']]))", ([[b"a"]], "string", "(1, None)")),
    ("tf.bitwise.bitwise_and(ri,ri)", ([[1, 2], [], [3]], "int32", "(3, None)")),
    ("tf.math.real(tf.complex(r,r))", ([[1.0, 2.0], [], [3.0]], "float32", "(3, None)")),
    ("tf.math.subtract(r,1.)", ([[0.0, 1.0], [], [2.0]], "float32", "(3, None)")),
    ("tf.math.minimum(r,2.)", ([[1.0, 2.0], [], [2.0]], "float32", "(3, None)")),
    ("tf.math.pow(r,2.)", ([[1.0, 4.0], [], [9.0]], "float32", "(3, None)")),
    ("tf.math.xlogy(r,r)", ([[0.0, 1.38629], [], [3.29584]], "float32", "(3, None)")),
    ("tf.math.zeta(r+1,r)", ([[1.64493, 0.20206], [], [0.01982]], "float32", "(3, None)")),
    ("tf.math.is_nan(r)", ([[False, False], [], [False]], "bool", "(3, None)")),
    ("tf.math.ndtri(r/4)", ([[-0.67449, 0.0], [], [0.67449]], "float32", "(3, None)")),
    ("tf.math.lgamma(r)", ([[0.0, 0.0], [], [0.69315]], "float32", "(3, None)")),
    ("tf.math.rsqrt(r)", ([[1.0, 0.70711], [], [0.57735]], "float32", "(3, None)")),
    ("tf.math.log_sigmoid(r)", ([[-0.31326, -0.12693], [], [-0.04859]], "float32", "(3, None)")),
    ("tf.math.angle(r)", ([[0.0, 0.0], [], [0.0]], "float32", "(3, None)")),
    ("tf.math.expm1(r)", ([[1.71828, 6.38906], [], [19.08554]], "float32", "(3, None)")),
    ("tf.math.equal(r,r)", ([[True, True], [], [True]], "bool", "(3, None)")),
    ("tf.debugging.check_numerics(r,'x')", ([[1.0, 2.0], [], [3.0]], "float32", "(3, None)")),
]

REFUSALS = [
    ("R([[1],['a']])", "ValueError"),
    ("RT.from_row_lengths([3,1,4],[1,-1,3])", "InvalidArgumentError"),
    ("RT.from_row_starts([3,1,4],[1,1])", "InvalidArgumentError"),
    ("RT.from_tensor([1,2])", "ValueError"),
    ("r.to_tensor(shape=[2])", "InvalidArgumentError"),
    ("len(r)", "TypeError"),
    ("ru[:,0]", "ValueError"),
    ("r+ru", "InvalidArgumentError"),
    ("+r", "TypeError"),
    ("tf.math.reduce_euclidean_norm(r,1)", "ValueError"),
    ("tf.math.cumprod(r,1)", "ValueError"),
    ("tf.tile(r,[2])", "IndexError"),
    ("tf.gather(r,[5])", "InvalidArgumentError"),
    ("tf.ragged.boolean_mask([1,2],[1,0])", "TypeError"),
    ("tf.split(r,2)", "InvalidArgumentError"),
    ("tf.math.segment_sum(r,[0,1,1])", "ValueError"),
    ("tf.nn.crelu(r)", "ValueError"),
    ("tf.random.shuffle(r,seed=1).shape", "ValueError"),
    ("tf.transpose(r)", "ValueError"),
    ("tf.map_fn(tf.reduce_sum,r)", "InvalidArgumentError"),
    ("tf.ragged.range([1,2],[3,4,5])", "InvalidArgumentError"),
    ("tf.math.igammac(r,r)", "ValueError"),
    ("tf.math.in_top_k([0],r,1)", "ValueError"),
]


@pytest.mark.parametrize(("what", "expected"), CASES, ids=[case[0] for case in CASES])
def test_numbers(what, expected):
    assert close(plain(eval(what)), expected)


@pytest.mark.parametrize(("what", "error"), REFUSALS, ids=[case[0] for case in REFUSALS])
def test_refusals(what, error):
    with pytest.raises((getattr(tf.errors, error, None) or __builtins__[error],)):
        eval(what)


def test_printed():
    assert repr(ru) == "<tf.RaggedTensor [[[1.0, 2.0],\n  [3.0, 4.0]], [], [[5.0, 6.0]]]>"
    assert str(uni) == "<tf.RaggedTensor [[[1], [2, 3]],\n [[4], [5]]]>"
    assert str(rs) == "<tf.RaggedTensor [[b'a', b'B c'], [], [b'dd']]>"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.cumsum(x, 1),
        lambda x: tf.reduce_prod(x, 1),
        lambda x: tf.nn.softmax(x),
        lambda x: tf.map_fn(lambda row: row * row, x),
        lambda x: tf.math.unsorted_segment_sum(x, [0, 1, 0], 2),
    ],
)
def test_gradients(function):
    values = np.array([1.0, 2.0, 3.0, 4.0])

    def total(numbers):
        out = function(RT.from_row_lengths(numbers, [2, 0, 2]))
        flat = out.flat_values if isinstance(out, RT) else out
        return tf.reduce_sum(flat * tf.range(1.0, flat.shape[0] + 1.0, dtype=tf.float64) ** 2)

    x = tf.Variable(values)
    with tf.GradientTape() as tape:
        y = total(x)
    found = tf.convert_to_tensor(tape.gradient(y, x)).numpy()
    for i in range(4):
        step = np.eye(4)[i] * 1e-5
        slope = (total(tf.constant(values + step)) - total(tf.constant(values - step))) / 2e-5
        np.testing.assert_allclose(found[i], slope, rtol=1e-4, atol=1e-6)


def test_in_functions():
    doubled = tf.function(lambda x: x * 2.0)
    assert doubled(r).to_list() == [[2, 4], [], [6]] and doubled(R([[1.0], [2.0, 3.0]])).to_list() == [[2], [4, 6]]
    summed = tf.function(lambda x: tf.reduce_sum(x, 1), input_signature=[tf.RaggedTensorSpec([None, None], tf.float32)])
    assert summed(r).numpy().tolist() == [3, 0, 3]


def test_softmax_over_values_own_axis_and_bools_as_tensors():
    rows = tf.RaggedTensor.from_row_lengths([[0.0, 1.0], [2.0, 3.0]], [2, 0])
    np.testing.assert_allclose(tf.nn.softmax(rows).flat_values, [[0.26894143, 0.7310586]] * 2, rtol=1e-6)
    assert tf.ragged.constant([[True], [False, True]]).to_tensor().numpy().tolist() == [[True, False], [False, True]]


def test_activations_of_keras_go_to_the_values():
    rows = tf.ragged.constant([[1.0, -1.0], [2.0]])
    for function, expected in (
        (tf.keras.activations.hard_sigmoid, [0.7, 0.3, 0.9]),
        (tf.keras.activations.mish, [0.8650984, -0.3034015, 1.9439590]),
    ):
        np.testing.assert_allclose(function(rows).flat_values.numpy(), expected, rtol=1e-6)


def test_a_mean_over_several_axes_is_that_of_the_numbers():
    # the mean of the rows' means would be NaN where a row is empty
    rows = tf.ragged.constant([[3.0, 1.0], [], [4.0, 1.0, 5.0]])
    deep = tf.ragged.constant([[[1], [2, 3]], [], [[4, 5, 6], []]])
    assert tf.reduce_mean(rows, axis=[0, 1]).numpy() == np.float32(2.8)
    assert tf.reduce_mean(rows, axis=[0, 1], keepdims=True).numpy().tolist() == [[np.float32(2.8)]]
    np.testing.assert_allclose(tf.math.reduce_variance(rows, axis=[0, 1]), 2.56, 1e-5)
    assert tf.reduce_mean(deep, axis=[0, 2]).numpy().tolist() == [4.0, 2.5]
    assert tf.math.reduce_variance(deep, axis=[0, 2]).numpy().tolist() == [3.5, 0.25]
    np.testing.assert_allclose(tf.math.reduce_std(deep, axis=[0, 2]), [1.87082869, 0.5])
