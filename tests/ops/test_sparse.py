"""`tf.sparse`: numbers recorded from TensorFlow 2.21."""

# ruff: noqa: E501  (a table of expressions)

import numpy as np
import pytest

import addax as tf

f, ST = tf.sparse, tf.SparseTensor
s = ST([[0, 0], [1, 2]], [1.0, 2.0], [2, 3])
t = ST([[0, 0], [0, 1], [1, 2]], [5.0, -3.0, -2.0], [2, 3])
u = ST([[2, 1], [0, 3]], [7, 8], [4, 5])
e = ST(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), [2, 3])
c = ST([[0, 0, 1], [0, 2, 0], [1, 1, 1]], [1.0, -2.0, 3.0], [2, 3, 2])
one = ST([[1], [3]], [4.0, 5.0], [5])
st = ST([[0, 0], [1, 1]], ["a", "bb"], [2, 2])
i64 = ST([[0, 0], [1, 2]], np.array([1, 2]), [2, 3])
bo = ST([[0, 0], [1, 2]], [True, False], [2, 3])
d23 = tf.constant(np.arange(6, dtype="float32").reshape(2, 3))
d34 = tf.constant(np.arange(12, dtype="float32").reshape(3, 4))
d24 = tf.constant(np.arange(8, dtype="float32").reshape(2, 4))
cplx = ST([[0, 0], [1, 2]], np.array([1 + 2j, 2 - 1j], "complex64"), [2, 3])


def plain(x):
    """A result as what the table holds: sparse (indices, values, shape, dtype), tensors (values, dtype)."""
    if isinstance(x, list | tuple):
        return [plain(each) for each in x]
    if isinstance(x, tf.IndexedSlices):
        return x.values.numpy().tolist(), x.indices.numpy().tolist()
    if isinstance(x, ST):
        return x.indices.numpy().tolist(), x.values.numpy().tolist(), x.dense_shape.numpy().tolist(), x.dtype.name
    if isinstance(x, tf.RaggedTensor):
        return x.to_list(), x.dtype.name
    value = x.numpy()
    return value if isinstance(value, bytes) else value.tolist(), x.dtype.name


def close(have, want):
    if isinstance(want, list | tuple):
        return len(have) == len(want) and all(close(a, b) for a, b in zip(have, want, strict=True))
    return have == pytest.approx(want, rel=1e-4, abs=1e-5) if isinstance(want, float | complex) else have == want


CASES = [
    ("f.add(s,t)", ([[0, 0], [0, 1], [1, 2]], [6.0, -3.0, 0.0], [2, 3], "float32")),
    ("f.add(s,t,0.5)", ([[0, 0], [0, 1]], [6.0, -3.0], [2, 3], "float32")),
    ("f.maximum(s,t)", ([[0, 0], [0, 1], [1, 2]], [5.0, 0.0, 2.0], [2, 3], "float32")),
    ("f.minimum(s,t)", ([[0, 0], [0, 1], [1, 2]], [1.0, -3.0, -2.0], [2, 3], "float32")),
    ("f.maximum(i64,i64)", ([[0, 0], [1, 2]], [1, 2], [2, 3], "int64")),
    ("f.minimum(s,e)", ([[0, 0], [1, 2]], [0.0, 0.0], [2, 3], "float32")),
    ("f.reduce_sum(s)", (3.0, "float32")),
    ("f.reduce_sum(c)", (2.0, "float32")),
    ("f.reduce_sum(c,0)", ([[0.0, 1.0], [0.0, 3.0], [-2.0, 0.0]], "float32")),
    ("f.reduce_max(c,0)", ([[0.0, 1.0], [0.0, 3.0], [-2.0, 0.0]], "float32")),
    ("f.reduce_max(c,1)", ([[-2.0, 1.0], [0.0, 3.0]], "float32")),
    ("f.reduce_max(c)", (3.0, "float32")),
    ("f.sparse_dense_matmul(s,d34)", ([[0.0, 1.0, 2.0, 3.0], [16.0, 18.0, 20.0, 22.0]], "float32")),
    (
        "f.sparse_dense_matmul(s,d24,adjoint_a=True)",
        ([[0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0], [8.0, 10.0, 12.0, 14.0]], "float32"),
    ),
    ("f.softmax(s)", ([[0, 0], [1, 2]], [1.0, 1.0], [2, 3], "float32")),
    ("f.softmax(c)", ([[0, 0, 1], [0, 2, 0], [1, 1, 1]], [1.0, 1.0, 1.0], [2, 3, 2], "float32")),
    ("f.transpose(s)", ([[0, 0], [2, 1]], [1.0, 2.0], [3, 2], "float32")),
    ("f.transpose(c)", ([[0, 2, 0], [1, 0, 0], [1, 1, 1]], [-2.0, 1.0, 3.0], [2, 3, 2], "float32")),
    ("f.reshape(s,[3,2])", ([[0, 0], [2, 1]], [1.0, 2.0], [3, 2], "float32")),
    ("f.reshape(s,[-1])", ([[0], [5]], [1.0, 2.0], [6], "float32")),
    ("f.reshape(s,[6])", ([[0], [5]], [1.0, 2.0], [6], "float32")),
    ("f.expand_dims(s)", ([[0, 0, 0], [1, 2, 0]], [1.0, 2.0], [2, 3, 1], "float32")),
    ("f.expand_dims(s,0)", ([[0, 0, 0], [0, 1, 2]], [1.0, 2.0], [1, 2, 3], "float32")),
    ("f.slice(s,[0,1],[2,2])", ([[1, 1]], [2.0], [2, 2], "float32")),
    ("f.slice(s,[0,0],[1,3])", ([[0, 0]], [1.0], [1, 3], "float32")),
    ("f.slice(c,[0,1,0],[2,2,2])", ([[0, 1, 0], [1, 0, 1]], [-2.0, 3.0], [2, 2, 2], "float32")),
    ("f.concat(1,[s,t])", ([[0, 0], [0, 3], [0, 4], [1, 2], [1, 5]], [1.0, 5.0, -3.0, 2.0, -2.0], [2, 6], "float32")),
    ("f.concat(0,[s,t])", ([[0, 0], [1, 2], [2, 0], [2, 1], [3, 2]], [1.0, 2.0, 5.0, -3.0, -2.0], [4, 3], "float32")),
    (
        "f.concat(-1,[s,t,s])",
        (
            [[0, 0], [0, 3], [0, 4], [0, 6], [1, 2], [1, 5], [1, 8]],
            [1.0, 5.0, -3.0, 1.0, 2.0, -2.0, 2.0],
            [2, 9],
            "float32",
        ),
    ),
    (
        "f.split(s,3,1)",
        [([[0, 0]], [1.0], [2, 1], "float32"), ([], [], [2, 1], "float32"), ([[1, 0]], [2.0], [2, 1], "float32")],
    ),
    ("f.split(s,2,1)", [([[0, 0]], [1.0], [2, 2], "float32"), ([[1, 0]], [2.0], [2, 1], "float32")]),
    ("f.split(s,2,0)", [([[0, 0]], [1.0], [1, 3], "float32"), ([[0, 2]], [2.0], [1, 3], "float32")]),
    ("f.retain(s,[True,False])", ([[0, 0]], [1.0], [2, 3], "float32")),
    ("f.retain(s,[False,False])", ([], [], [2, 3], "float32")),
    ("f.reset_shape(u)", ([[2, 1], [0, 3]], [7, 8], [3, 4], "int32")),
    ("f.reset_shape(u,[6,7])", ([[2, 1], [0, 3]], [7, 8], [6, 7], "int32")),
    (
        "f.fill_empty_rows(u,0)",
        [([[0, 3], [1, 0], [2, 1], [3, 0]], [8, 0, 7, 0], [4, 5], "int32"), ([False, True, False, True], "bool")],
    ),
    ("f.fill_empty_rows(s,9.)", [([[0, 0], [1, 2]], [1.0, 2.0], [2, 3], "float32"), ([False, False], "bool")]),
    (
        "f.to_indicator(ST([[0,0],[0,1],[1,0]],np.array([1,3,1]),[2,2]),5)",
        ([[False, True, False, True, False], [False, True, False, False, False]], "bool"),
    ),
    (
        "f.to_indicator(ST([[0,0,0],[0,1,1],[1,0,0]],np.array([1,3,1]),[2,2,2]),5)",
        (
            [
                [[False, True, False, False, False], [False, False, False, True, False]],
                [[False, True, False, False, False], [False, False, False, False, False]],
            ],
            "bool",
        ),
    ),
    ("f.eye(2)", ([[0, 0], [1, 1]], [1.0, 1.0], [2, 2], "float32")),
    ("f.eye(2,3)", ([[0, 0], [1, 1]], [1.0, 1.0], [2, 3], "float32")),
    (
        "f.mask(tf.IndexedSlices(tf.constant([[1.,1.],[2.,2.],[3.,3.]]),tf.constant([1,3,2]),tf.constant([4,2])),[3])",
        ([[1.0, 1.0], [3.0, 3.0]], [1, 2]),
    ),
    (
        "f.mask(tf.IndexedSlices(tf.constant([[1.,1.],[2.,2.],[3.,3.]]),tf.constant([1,3,2])),[1,2])",
        ([[2.0, 2.0]], [3]),
    ),
    ("f.map_values(tf.abs,t)", ([[0, 0], [0, 1], [1, 2]], [5.0, 3.0, 2.0], [2, 3], "float32")),
    ("f.map_values(tf.add,s,s)", ([[0, 0], [1, 2]], [2.0, 4.0], [2, 3], "float32")),
    ("f.bincount([[1,1,3],[0,0,2]],axis=-1)", ([[0, 1], [0, 3], [1, 0], [1, 2]], [2, 1, 2, 1], [2, 4], "int32")),
    ("f.bincount([1,1,3])", ([[1], [3]], [2, 1], [4], "int32")),
    ("f.bincount([1,1,3],axis=-1)", ([[1], [3]], [2, 1], [4], "int32")),
    ("f.segment_sum(d34,[0,1,2],[0,0,1])", ([[4.0, 6.0, 8.0, 10.0], [8.0, 9.0, 10.0, 11.0]], "float32")),
    (
        "f.segment_sum(d34,[0,1,2],[0,0,2])",
        ([[4.0, 6.0, 8.0, 10.0], [0.0, 0.0, 0.0, 0.0], [8.0, 9.0, 10.0, 11.0]], "float32"),
    ),
    (
        "f.segment_mean(d34,[0,1,2],[0,0,2])",
        ([[2.0, 3.0, 4.0, 5.0], [0.0, 0.0, 0.0, 0.0], [8.0, 9.0, 10.0, 11.0]], "float32"),
    ),
    (
        "f.segment_sqrt_n(d34,[0,1,2],[0,0,2])",
        ([[2.82843, 4.24264, 5.65685, 7.07107], [0.0, 0.0, 0.0, 0.0], [8.0, 9.0, 10.0, 11.0]], "float32"),
    ),
    (
        "f.segment_mean(d34,[0,1,2],[0,0,2],num_segments=5)",
        (
            [
                [2.0, 3.0, 4.0, 5.0],
                [0.0, 0.0, 0.0, 0.0],
                [8.0, 9.0, 10.0, 11.0],
                [0.0, 0.0, 0.0, 0.0],
                [0.0, 0.0, 0.0, 0.0],
            ],
            "float32",
        ),
    ),
    (
        "f.segment_sqrt_n(d34,[0,1,2],[0,0,2],num_segments=5)",
        (
            [
                [2.82843, 4.24264, 5.65685, 7.07107],
                [0.0, 0.0, 0.0, 0.0],
                [8.0, 9.0, 10.0, 11.0],
                [0.0, 0.0, 0.0, 0.0],
                [0.0, 0.0, 0.0, 0.0],
            ],
            "float32",
        ),
    ),
    (
        "f.cross([tf.constant([['a'],['b']]),tf.constant([['x'],['y']])])",
        ([[0, 0], [1, 0]], [b"a_X_x", b"b_X_y"], [2, 1], "string"),
    ),
    (
        "f.cross([tf.constant([['a','b'],['c','d']]),tf.constant([['x'],['y']])])",
        ([[0, 0], [0, 1], [1, 0], [1, 1]], [b"a_X_x", b"b_X_x", b"c_X_y", b"d_X_y"], [2, 2], "string"),
    ),
    (
        "f.cross_hashed([tf.constant([['a'],['b']]),tf.constant([['x'],['y']])])",
        ([[0, 0], [1, 0]], [1484974617627318892, 5470948523078679805], [2, 1], "int64"),
    ),
    (
        "f.cross_hashed([tf.constant([['a'],['b']]),tf.constant([['x'],['y']])],100)",
        ([[0, 0], [1, 0]], [92, 5], [2, 1], "int64"),
    ),
    ("f.to_dense(s)", ([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]], "float32")),
    ("f.to_dense(s,-1.)", ([[1.0, -1.0, -1.0], [-1.0, -1.0, 2.0]], "float32")),
    ("f.from_dense([[0,3],[4,0]])", ([[0, 1], [1, 0]], [3, 4], [2, 2], "int32")),
    ("f.from_dense([['a',''],['','b']])", ([[0, 0], [1, 1]], [b"a", b"b"], [2, 2], "string")),
    ("f.reorder(u)", ([[0, 3], [2, 1]], [8, 7], [4, 5], "int32")),
    ("f.reorder(ST([[0,1],[0,0],[0,1]],[1,2,3],[2,2]))", ([[0, 0], [0, 1], [0, 1]], [2, 1, 3], [2, 2], "int32")),
    ("s*2.", ([[0, 0], [1, 2]], [2.0, 4.0], [2, 3], "float32")),
    ("s*d23", ([[0, 0], [1, 2]], [0.0, 10.0], [2, 3], "float32")),
    ("d23*s", ([[0, 0], [1, 2]], [0.0, 10.0], [2, 3], "float32")),
    ("i64*2", ([[0, 0], [1, 2]], [2, 4], [2, 3], "int64")),
    ("i64/2", ([[0, 0], [1, 2]], [0.5, 1.0], [2, 3], "float64")),
    ("tf.abs(t)", ([[0, 0], [0, 1], [1, 2]], [5.0, 3.0, 2.0], [2, 3], "float32")),
    ("tf.square(t)", ([[0, 0], [0, 1], [1, 2]], [25.0, 9.0, 4.0], [2, 3], "float32")),
    ("tf.cast(s,tf.int32)", ([[0, 0], [1, 2]], [1, 2], [2, 3], "int32")),
    ("tf.shape(s)", ([2, 3], "int32")),
    ("tf.rank(s)", (2, "int32")),
    ("tf.size(s)", (6, "int32")),
    ("tf.divide(s,2.)", ([[0, 0], [1, 2]], [0.5, 1.0], [2, 3], "float32")),
    ("tf.math.bincount(ST([[0,0],[0,1],[1,1]],np.array([2,2,1]),[2,3]))", ([0, 1, 2], "int32")),
    ("tf.math.bincount(ST([[0,0],[0,1],[1,1]],np.array([2,2,1]),[2,3]),axis=-1)", ([[0, 0, 2], [0, 1, 0]], "int32")),
    ("ST.from_value(s)", ([[0, 0], [1, 2]], [1.0, 2.0], [2, 3], "float32")),
    (
        "tf.edit_distance(ST([[0,0,0],[1,0,1]],['a','b'],[2,1,2]),ST([[0,0,0],[0,0,1],[1,0,0]],['a','c','b'],[2,1,2]))",
        ([[0.5], [0.0]], "float32"),
    ),
    (
        "tf.edit_distance(ST([[0,0],[0,1],[0,2]],['a','b','c'],[1,3]),ST([[0,0],[0,1]],['a','c'],[1,2]))",
        ([0.5], "float32"),
    ),
    (
        "tf.ragged.cross([tf.ragged.constant([['a'],['b','c']]),tf.ragged.constant([['d'],['e']]),tf.ragged.constant([['f'],['g']])])",
        ([[b"a_X_d_X_f"], [b"b_X_e_X_g", b"c_X_e_X_g"]], "string"),
    ),
    (
        "tf.ragged.cross([tf.constant([['x'],['y']]),tf.ragged.constant([['d'],['e']])])",
        ([[b"x_X_d"], [b"y_X_e"]], "string"),
    ),
    (
        "tf.ragged.cross_hashed([tf.ragged.constant([['a'],['b','c']]),tf.ragged.constant([['d'],['e']])],100)",
        ([[82], [61, 41]], "int64"),
    ),
    (
        "tf.ragged.cross_hashed([tf.ragged.constant([['a'],['b','c']]),tf.ragged.constant([['d'],['e']])])",
        ([[1584069791037555375], [4171697120956746554, 1746051686049959641]], "int64"),
    ),
    (
        "f.sampled_addmm([[0,1],[1,0]],[1.,2.],[2,2],tf.eye(2),tf.constant([[1.,2.],[3.,4.]]))",
        [([[0, 1], [1, 0]], "int32"), ([3.0, 5.0], "float32"), ([2, 2], "int32")],
    ),
    (
        "f.sampled_addmm([[0,1],[1,0]],[1.,2.],[2,2],tf.eye(2),tf.constant([[1.,2.],[3.,4.]]),2.,3.)",
        [([[0, 1], [1, 0]], "int32"), ([8.0, 13.0], "float32"), ([2, 2], "int32")],
    ),
]

REFUSALS = [
    ("f.add(d23,d23)", "TypeError"),
    ("f.reduce_sum(c,5)", "InvalidArgumentError"),
    ("tf.matmul(s,d34)", "ValueError"),
    ("f.softmax(i64)", "InvalidArgumentError"),
    ("f.reshape(c,[7])", "InvalidArgumentError"),
    ("f.slice(s,[0],[1])", "InvalidArgumentError"),
    ("f.split(s,4,1)", "InvalidArgumentError"),
    ("f.retain(d23,[True])", "TypeError"),
    ("f.fill_empty_rows(s,[1.,2.])", "InvalidArgumentError"),
    ("f.map_values(tf.add,tf.constant(1.),2.)", "ValueError"),
    ("f.segment_sum(d34,[0,1,2],[0,0,2],num_segments=2)", "InvalidArgumentError"),
    ("f.cross([tf.constant(['a','b'])])", "InvalidArgumentError"),
    ("f.to_dense(ST([[0,0],[0,0]],[1,2],[2,2]))", "InvalidArgumentError"),
    ("2.*s", "TypeError"),
    ("s+1.", "TypeError"),
    ("i64/i64", "ValueError"),
    ("tf.ones_like(s)", "ValueError"),
    ("tf.add(s,d23)", "ValueError"),
    ("tf.strings.to_number(ST([[0,0]],['1.5'],[1,1]))", "ValueError"),
    ("tf.convert_to_tensor(s)", "ValueError"),
    ("tf.concat([s,s],0)", "ValueError"),
    ("s.with_values([3.])", "ValueError"),
    ("len(s)", "TypeError"),
    ("tf.tile(s,[1,2])", "ValueError"),
    ("tf.edit_distance(tf.constant([1]),ST([[0,0],[1,0]],[1,2],[4,1]))", "TypeError"),
    ("tf.ragged.cross([tf.ragged.constant([[[1]],[[2,3]]])])", "ValueError"),
]


@pytest.mark.parametrize(("what", "expected"), CASES, ids=[case[0] for case in CASES])
def test_numbers(what, expected):
    assert close(plain(eval(what)), expected)


@pytest.mark.parametrize(("what", "error"), REFUSALS, ids=[case[0] for case in REFUSALS])
def test_refusals(what, error):
    with pytest.raises((getattr(tf.errors, error, None) or __builtins__[error],)):
        eval(what)


PLACES = np.array([[0, 0], [0, 2], [1, 1]])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: f.to_dense(x), [1, 9, 25]),
        (lambda x: f.add(x, t).values, [1, 9, 16]),
        (lambda x: f.reduce_sum(x, 1), [1, 1, 4]),
        (lambda x: f.softmax(x).values, [-0.58984, 0.58984, 0.0]),
        (lambda x: f.transpose(x).values, [1, 9, 4]),
        (lambda x: f.slice(x, [0, 0], [1, 3]).values, [1, 4, 0]),
        (lambda x: f.fill_empty_rows(x, 0.0)[0].values, [1, 4, 9]),
        (lambda x: (x * tf.constant([[1.0, 2.0, 3.0]])).values, [1, 12, 18]),
        (lambda x: f.sparse_dense_matmul(x, tf.ones([2, 2]), adjoint_a=True), [5, 61, 25]),
    ],
)
def test_gradients(function, expected):
    values = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        y = function(ST(PLACES, values, [2, 3]))
        weights = tf.cast(tf.reshape(tf.range(1, tf.size(y) + 1), y.shape), tf.float32) ** 2
        loss = tf.reduce_sum(y * weights)
    np.testing.assert_allclose(tape.gradient(loss, values), expected, rtol=1e-4)


def test_in_functions():
    product = tf.function(lambda x: f.sparse_dense_matmul(x, d34))
    np.testing.assert_allclose(product(s), f.sparse_dense_matmul(s, d34))
    np.testing.assert_allclose(product(t), f.sparse_dense_matmul(t, d34))
    turned = tf.function(lambda x: f.transpose(x))(c)
    assert plain(turned) == plain(f.transpose(c))
    assert plain(tf.function(lambda x: f.softmax(x))(s)) == plain(f.softmax(s))
    assert plain(tf.function(lambda x: f.to_dense(x))(e)) == plain(f.to_dense(e))


def test_printed():
    assert str(s) == (
        "SparseTensor(indices=tf.Tensor(\n[[0 0]\n [1 2]], shape=(2, 2), dtype=int64), values=tf.Tensor([1. 2.], "
        "shape=(2,), dtype=float32), dense_shape=tf.Tensor([2 3], shape=(2,), dtype=int64))"
    )


def test_batches():
    rows = list(tf.data.Dataset.from_tensor_slices(ST([[0, 0], [1, 2], [4, 1]], [1.0, 2.0, 3.0], [5, 3])).batch(2))
    assert [plain(each)[0] for each in rows] == [[[0, 0], [1, 2]], [], [[0, 1]]]
    assert [each.shape.as_list() for each in rows] == [[2, 3], [2, 3], [1, 3]]


@pytest.mark.parametrize(
    "call",
    [
        lambda s: tf.sparse.slice(s, [0.0, 1.0], [2, 2]),
        lambda s: tf.sparse.slice(s, [[0, 0]], [1, 2]),
        lambda s: tf.sparse.slice(s, ["a", "b"], [2, 2]),
        lambda s: tf.sparse.slice(tf.eye(2), [0, 1], [2, 2]),
        lambda s: tf.sparse.concat(0.0, [s, s]),
        lambda s: tf.sparse.split(s, 1.5, 0),
        lambda s: tf.sparse.expand_dims(s, 1.0),
        lambda s: tf.sparse.transpose(s, [0, 5]),
        lambda s: tf.sparse.transpose(s, [1.0, 0.0]),
        lambda s: tf.sparse.reshape(s, 6),
        lambda s: tf.sparse.reshape(s, [[6]]),
        lambda s: tf.sparse.reduce_sum(s, 0.0),
        lambda s: tf.sparse.mask(tf.IndexedSlices(tf.ones((2, 1)), tf.constant([0, 3])), [0.0]),
        lambda s: tf.sparse.eye(2, 3, dtype=tf.string),
        lambda s: tf.sparse.segment_sum(tf.ones(()), [0], [0]),
        lambda s: tf.sparse.cross_hashed([tf.constant([["a"]])], num_buckets=-1),
        lambda s: tf.SparseTensor([["a", 0]], [1.0], [2, 2]),
        lambda s: tf.SparseTensor([[0, 0]], [1.0], [-2, 2]),
        lambda s: tf.SparseTensor(None, [1.0], [2, 2]),
    ],
)
def test_arguments_that_are_no_places(call):
    with pytest.raises((tf.errors.InvalidArgumentError, TypeError, ValueError), match=r"tf\.[Ss]parse"):
        call(tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1.0, 2.0, 3.0], [2, 3]))
