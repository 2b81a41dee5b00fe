"""Tensors that behave like NumPy's arrays, in each dtype conversion mode."""

import numpy as np
import pytest

import addax as tf
from addax.core import weak
from addax.core.dtypes import as_dtype
from addax.ops.tnp.behavior import disable_numpy_behavior

tnp = tf.experimental.numpy


@pytest.fixture
def enter():
    yield tnp.experimental_enable_numpy_behavior
    disable_numpy_behavior()


def _kind(tensor):
    return tensor.dtype.name + "*" * isinstance(tensor, weak.WeakTensor)


def test_tensors_are_as_before_afterwards():
    tnp.experimental_enable_numpy_behavior()
    disable_numpy_behavior()
    assert round(tf.constant(1.26), 1) == np.float32(1.3)
    with pytest.raises(AttributeError, match="experimental_enable_numpy_behavior"):
        tf.constant(1.0).tolist()


def test_methods_are_missing_before():
    for name in ("T", "reshape", "astype", "item"):
        with pytest.raises(AttributeError, match="experimental_enable_numpy_behavior"):
            getattr(tf.constant([1]), name)
    assert not hasattr(tf.constant(1), "ravel")
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.constant(1) + tf.constant(2.0)


def test_methods(enter):
    enter()
    x = tf.constant([[1, -2, 3], [4, 0, 6]])
    assert x.T.numpy().tolist() == [[1, 4], [-2, 0], [3, 6]]
    assert x.reshape(3, 2, order="F").numpy().tolist() == [[1, 0], [4, 3], [-2, 6]]
    assert x.reshape((3, -1)).shape == (3, 2)
    assert x.astype(np.float16).dtype == tf.float16
    assert x.ravel().shape == x.flatten().shape == (6,)
    assert x.clip(0, 2).numpy().tolist() == [[1, 0, 2], [2, 0, 2]]
    assert x.transpose((1, 0)).shape == (3, 2)
    assert (x.size, x.item(2), x.tolist()[1], int(x.max()), int(x.min())) == (6, 3, [4, 0, 6], 6, -2)
    assert float(x.mean()) == 2.0
    assert x.data is x
    assert (+x) is x


LEGACY = [
    ("i + 1.5", "float64"), ("1 / i", "float64"), ("i + f", "float64"), ("f + 1", "float32"), ("i8 + u8", "int16"),
    ("f + np.arange(3.0)", "float64"), ("np.arange(3) + i", "int64"), ("i + [0.5, 1, 2]", "float64"),
    ("i < 2.5", "bool"), ("b * b", "bool"), ("i @ i", "int32"), ("f + 1j", "complex64"), ("i8 / 2", "float32"),
    ("v + i", "float64"), ("i == 2.0", "bool"),
]  # fmt: skip


def _operands():
    i, f = tf.constant([1, 2, 3]), tf.constant([1.0, 2.0, 3.0])
    made = {"i": i, "f": f, "b": i > 1, "v": tf.Variable(f), "np": np, "tf": tf}
    made |= {"i8": tf.cast(i, tf.int8), "u8": tf.cast(i, tf.uint8), "h": tf.cast(i, tf.float16)}
    return made


def test_operators_promote_by_numpy_rules(enter):
    enter()
    assert [(case, eval(case, _operands()).dtype.name) for case, _ in LEGACY] == LEGACY
    assert (tf.constant([1]) == None) is False  # noqa: E711
    with pytest.raises(TypeError, match="float16, bfloat16"):
        tf.constant(1.0, tf.float16) + tf.constant(1.0, tf.bfloat16)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.add(tf.constant(1), tf.constant(1.0))


def test_prefer_float32(enter):
    enter(prefer_float32=True)
    assert tnp.array(1.5).dtype == tnp.add(1, 2.5).dtype == tf.float32
    assert tnp.array(1).dtype == tf.int64
    assert tnp.array(1j).dtype == tf.complex64
    assert tnp.sqrt(2.0).dtype == tf.float32


def test_off_leaves_operators_alone(enter):
    enter(dtype_conversion_mode="off")
    assert tf.constant([1, 2]).T.shape == (2,)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.constant(1) + tf.constant(2.0)
    with pytest.raises(ValueError, match="one of off, legacy, safe, all"):
        enter(dtype_conversion_mode="numpy")


def test_indexing(enter):
    enter()
    x = tf.constant(np.arange(24).reshape(2, 3, 4))
    n = x.numpy()
    keys = [
        [0, 1], ([0, 1], [1, 2]), (slice(None), [0, 2]), ([0, 1], 1), ([0, 1], slice(None), [0, 1]), (Ellipsis, [3, 1]),
        (0, [0, 2]), (None, [1]), ([[0], [1]], [0, 1]), ([0, 1], slice(1, 3)), (slice(None, None, -1), [1, 0]),
        np.array([1, 0]), ([True, False], slice(None), [True, False, True, False]), ([-1, 0], None), n > 5,
    ]  # fmt: skip
    for key in keys:
        np.testing.assert_array_equal(x[key], n[key])
    assert x[[tf.constant([[0], [1]]), tf.constant([[0, 2]])]].shape == (2, 2, 4)
    assert x[x > 20].numpy().tolist() == [21, 22, 23]
    assert x[0, 1].numpy().tolist() == n[0, 1].tolist()
    for key, error in [("a", IndexError), (1.5, IndexError), (True, ValueError)]:
        with pytest.raises(error):
            x[key]
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of bounds"):
        x[[5]]


def test_indexing_has_gradients_and_is_traced(enter):
    enter()
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tnp.sum(x[[0, 0], [1, 1]] ** 2)
    assert tape.gradient(y, x).numpy().tolist() == [[0.0, 8.0], [0.0, 0.0]]
    assert tf.function(lambda t: t[:, [1, 0]].T)(x).numpy().tolist() == [[2.0, 4.0], [1.0, 3.0]]


WEAK = [
    ("tf.constant(1)", "int32*"), ("tf.constant([1.5])", "float32*"), ("tf.constant(1, tf.int8)", "int8"),
    ("tf.constant(True)", "bool"), ("tf.convert_to_tensor(1)", "int32"), ("k + 1.5", "float64*"),
    ("k8 + u8", "int16"), ("tf.constant(1) + k8", "int8"), ("tf.constant(1.5) + h", "float16"), ("k + h", "float16"),
    ("tf.add(k, g)", "float32"), ("tf.abs(-2)", "int32*"), ("tf.reshape(tf.constant([1, 2]), [2, 1])", "int32*"),
    ("tf.maximum(k, 1.5)", "float64"), ("tnp.sqrt(2)", "float32*"), ("tnp.array([1, 2.5])", "float32*"),
    ("tnp.zeros(2)", "float32"), ("tnp.sum(k8)", "int32"), ("tnp.add(k, g)", "float64"), ("2 - g", "float32"),
    ("tf.constant(5) / 2", "float64*"), ("tf.cast(tf.constant(1), tf.float32)", "float32"),
]  # fmt: skip


def _strong():
    k = tf.constant([1, 2], tf.int32)
    casts = {"k": "int32", "g": "float32", "k8": "int8", "u8": "uint8", "h": "float16"}
    return {name: tf.cast(k, dtype) for name, dtype in casts.items()} | {"tf": tf, "tnp": tnp}


def test_mode_all(enter):
    enter(dtype_conversion_mode="all")
    assert [(case, _kind(eval(case, _strong()))) for case, _ in WEAK] == WEAK


def test_mode_safe_refuses_what_loses_bits(enter):
    enter(dtype_conversion_mode="safe")
    strong = _strong()
    assert _kind(strong["k8"] + strong["h"]) == "float16"
    for case in ("k + g", "k + 1.5", "k8 + u8", "tf.multiply(k, g)"):
        with pytest.raises(TypeError, match="mode 'safe'"):
            eval(case, strong)


def test_weak_tensors_on_a_tape(enter):
    enter(dtype_conversion_mode="all")
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x * x) * 2
    np.testing.assert_allclose(tape.gradient(y, x), 4 * 3.0 * np.cos(9.0), rtol=1e-5)


def test_everything_is_as_before_afterwards(enter):
    add = tf.add
    enter(dtype_conversion_mode="all")
    disable_numpy_behavior()
    assert tf.add is add
    assert type(tf.constant(1)) is tf.Tensor
    assert not hasattr(tf.constant(1), "T")
    with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
        tf.add(tf.constant(1), 2.5)


# Rows and columns in one order; what is safe stands bare, "!" is for mode "all" alone.
ORDER = "bool int32* int64* float32* float64* complex128* uint8 uint16 uint32 uint64 int8 int16 int32 int64 bfloat16 float16 float32 float64 complex64 complex128".split()  # noqa: E501
SHORT = dict(
    zip("b i4* i8* f4* f8* c16* u8 u16 u32 u64 i8 i16 i32 i64 bf f16 f32 f64 c64 c128".split(), ORDER, strict=True)
)
TABLE = """
b i4* i8* f4* f8* c16* u8 u16 u32 u64 i8 i16 i32 i64 bf f16 f32 f64 c64 c128
i4* i4* i8* f4* f8* c16* u8 u16 u32 u64 i8 i16 i32 i64 bf f16 f32 f64 c64 c128
i8* i8* i8* f4* f8* c16* u8 u16 u32 u64 i8 i16 i32 i64 bf f16 f32 f64 c64 c128
f4* f4* f4* f4* f8* c16* f8*! f8*! f8*! f8*! f8*! f8*! f8*! f8*! bf f16 f32 f64 c64 c128
f8* f8* f8* f8* f8* c16* f8* f8* f8* f8*! f8* f8* f8* f8*! bf f16 f32 f64 c64 c128
c16* c16* c16* c16* c16* c16* c16* c16* c16* c16*! c16* c16* c16* c16*! c64! c64! c64! c128 c64 c128
u8 u8 u8 f8*! f8* c16* u8 u16 u32 u64 i16! i16 i32 i64 bf f16 f32 f64 c64 c128
u16 u16 u16 f8*! f8* c16* u16 u16 u32 u64 i32! i32! i32 i64 bf! f16! f32 f64 c64 c128
u32 u32 u32 f8*! f8* c16* u32 u32 u32 u64 i64! i64! i64! i64 bf! f16! f32! f64 c64! c128
u64 u64 u64 f8*! f8*! c16*! u64 u64 u64 u64 f8*! f8*! f8*! f8*! bf! f16! f32! f64! c64! c128!
i8 i8 i8 f8*! f8* c16* i16! i32! i64! f8*! i8 i16 i32 i64 bf f16 f32 f64 c64 c128
i16 i16 i16 f8*! f8* c16* i16 i32! i64! f8*! i16 i16 i32 i64 bf! f16! f32 f64 c64 c128
i32 i32 i32 f8*! f8* c16* i32 i32 i64! f8*! i32 i32 i32 i64 bf! f16! f32! f64 c64! c128
i64 i64 i64 f8*! f8*! c16*! i64 i64 i64 f8*! i64 i64 i64 i64 bf! f16! f32! f64! c64! c128!
bf bf bf bf bf c64! bf bf! bf! bf! bf bf! bf! bf! bf f32! f32 f64 c64 c128
f16 f16 f16 f16 f16 c64! f16 f16! f16! f16! f16 f16! f16! f16! f32! f16 f32 f64 c64 c128
f32 f32 f32 f32 f32 c64! f32 f32 f32! f32! f32 f32 f32! f32! f32 f32 f32 f64 c64 c128
f64 f64 f64 f64 f64 c128 f64 f64 f64 f64! f64 f64 f64 f64! f64 f64 f64 f64 c128! c128
c64 c64 c64 c64 c64 c64 c64 c64 c64! c64! c64 c64 c64! c64! c64 c64 c64 c128! c64 c128
c128 c128 c128 c128 c128 c128 c128 c128 c128 c128! c128 c128 c128 c128! c128 c128 c128 c128 c128 c128
"""


def test_every_pair_of_dtypes():
    def kind(name):
        return weak.Kind(as_dtype(name.rstrip("*")), name.endswith("*"))

    for first, row in zip(ORDER, TABLE.strip().splitlines(), strict=True):
        for second, cell in zip(ORDER, row.split(), strict=True):
            made, safe = weak.combined(kind(first), kind(second))
            assert (made, safe) == (kind(SHORT[cell.rstrip("!")]), not cell.endswith("!")), (first, second)
