"""The op decorator: signatures, dtypes, plans, symbolic and host arguments, errors."""

import inspect

import numpy as np
import pytest

import addax as tf
from addax.core import dispatch, static_arguments
from addax.core.convert import FreeLike, TensorLike, TensorList
from addax.core.dispatch import op
from addax.core.tensor import NotCompilable, Tensor


@op(kinds="fc")
def scaled_sum(x: "TensorLike", y: "TensorLike" = 1.0, axis=None, *, times=1, name: "str | None" = None):
    """The sum, scaled."""
    return (x + y).sum(axis) * times


@op
def picked(params: "TensorLike", indices: "FreeLike", axis=0):
    """Entries by number."""
    import jax.numpy as jnp

    return jnp.take(params, indices, axis=axis)


@op
def joined(values: "TensorList", axis=0):
    """A list as one array, and its length."""
    import jax.numpy as jnp

    return {"whole": jnp.concatenate(values, axis), "count": len(values)}["whole"], jnp.asarray(len(values))


@op(host=lambda x, y: np.char.add(x.astype(str), y.astype(str)).astype(object))
def glued(x: "TensorLike", y: "TensorLike"):
    """A sum, or strings in a row."""
    return x + y


@op(differentiable=False)
def whole(x: "TensorLike"):
    """Without a gradient."""
    return x * 1.0


def test_the_public_signature_is_the_bodys():
    parameters = inspect.signature(scaled_sum).parameters
    assert list(parameters) == ["x", "y", "axis", "times", "name"]
    assert parameters["times"].kind is inspect.Parameter.KEYWORD_ONLY and parameters["y"].default == 1.0
    assert scaled_sum.__doc__ == "The sum, scaled." and scaled_sum.op.name == "scaled_sum"
    assert float(scaled_sum(tf.constant([1.0, 2.0]), times=2, name="n")) == 10.0
    assert scaled_sum(x=[[1.0], [2.0]], y=[[0.0], [0.0]], axis=[0]).numpy().tolist() == [3.0]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        scaled_sum()


def test_numbers_take_the_dtype_of_the_tensor_beside_them():
    for dtype in ("float16", "float32", "float64", "bfloat16", "complex64"):
        x = tf.cast([1.0, 2.0], dtype)
        assert scaled_sum(x, 2).dtype == x.dtype and scaled_sum(x, 2.5).dtype == x.dtype
        assert scaled_sum(2, x).dtype == x.dtype
    assert scaled_sum(tf.constant([1.0]), np.float64(1)).dtype == tf.float32
    assert glued(tf.constant([1], tf.int64), 2).dtype == tf.int64
    with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
        glued(tf.constant([1]), 2.5)


def test_mixed_and_refused_dtypes():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"x float32, y float64(.|\n)*tf.cast\(y, tf.float32\)"):
        scaled_sum(tf.constant([1.0]), tf.constant([1.0], tf.float64))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"x of a floating, complex dtype(.|\n)*x int32 \(1,\)"):
        scaled_sum(tf.constant([1]), tf.constant([1]))
    assert picked(tf.constant([1.0, 2.0]), tf.constant(1, tf.int64)).numpy() == 2.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="float32"):
        joined([tf.constant([1.0]), tf.constant([1])])


def test_one_plan_per_static_arguments():
    x = tf.constant([[1.0, 2.0]])
    scaled_sum(x, x, axis=1)
    before = len(scaled_sum.op.plans)
    for axis in (1, np.int64(1), tf.constant(1)):
        scaled_sum(x, x, axis=axis)
    assert len(scaled_sum.op.plans) == before
    plan = scaled_sum.op.plan((1, 1))
    assert plan is scaled_sum.op.plan((1, 1)) and plan.pullback((True, False)) is plan.pullback((True, False))


def test_static_arguments_become_hashable():
    assert static_arguments.hashable([1, [2, (3,)]]) == (1, (2, (3,)))
    assert static_arguments.hashable({"b": 1, "a": [2]}) == (("a", (2,)), ("b", 1))
    assert static_arguments.hashable(np.array([[1, 2]])) == ((1, 2),)
    assert static_arguments.hashable(tf.constant([1, 2])) == (1, 2) and static_arguments.hashable(tf.Variable(3)) == 3
    assert static_arguments.hashable(tf.TensorShape([1, None])) == (1, None)
    assert static_arguments.hashable(slice(1, None)) == ("slice", 1, None, None)
    assert type(static_arguments.hashable(np.float32(1.5))) is float


def test_a_symbolic_static_argument_cannot_be_compiled():
    @tf.function(autograph=False)
    def f(x, n):
        with pytest.raises(NotCompilable, match=r"tf.picked: expected shapes and options(.|\n)*To do: "):
            picked(x, 0, axis=n)
        return x

    f(tf.constant([1.0]), tf.constant(0))


def test_plans_do_not_pile_up():
    for n in range(3000):
        scaled_sum.op.plan((None, n))
    assert len(scaled_sum.op.plans) <= 2048 + 1


def test_strings_run_on_the_host():
    assert glued(tf.constant(["a", "b"]), "c").numpy().tolist() == [b"ac", b"bc"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="tf.scaled_sum.*numbers or bools"):
        scaled_sum(tf.constant("a"), tf.constant("b"))


def test_symbolic_arguments_are_handed_over():
    class Symbol:
        __array_priority__ = 1000
        calls = []

        def __symbolic_call__(self, public, arrays, static, made):
            self.calls.append((public, made.name, static))
            return "symbolic"

    symbol = Symbol()
    assert scaled_sum(symbol, 1.0) == scaled_sum(1.0, symbol, axis=0) == joined([1.0, symbol]) == "symbolic"
    assert scaled_sum(tf.constant(1.0), 1.0, axis=symbol) == "symbolic"
    assert symbol.calls[1] == (scaled_sum, "scaled_sum", (0, 1))


def test_jax_errors_are_explained():
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        scaled_sum(tf.ones([2, 3]), tf.ones([4]))
    text = str(caught.value)
    assert text.startswith("tf.scaled_sum: ") and "x float32 (2, 3), y float32 (4,)" in text


def test_gradients_of_lists_none_and_non_differentiable():
    a, b = tf.Variable([1.0]), tf.Variable([2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        out, count = joined([a, b * b])
        y, z = tf.reduce_sum(out * out), tf.reduce_sum(whole(b))
    ga, gb = tape.gradient(y, [a, b])
    assert ga.numpy().tolist() == [2.0] and gb.numpy().tolist() == [32.0, 108.0]
    assert tape.gradient(z, b) is None and int(count) == 2


def test_constants_in_a_trace_are_computed_now():
    seen = []

    @tf.function
    def f(x):
        small = scaled_sum(tf.constant([1.0, 2.0]), 1.0)
        seen.append((small.is_symbolic, float(small.numpy())))
        return x + small

    assert float(f(tf.constant(1.0))) == 6.0 and seen == [(False, 5.0)]


def test_results_are_tensors_in_their_structure():
    out = joined([tf.constant([1.0]), [2.0]])
    assert type(out) is tuple and all(type(each) is Tensor for each in out)
    assert dispatch.from_host([b"a", (np.float32(1),)])[1][0].dtype == tf.float32


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (1.5, np.float64(1.5), np.float32(3)), (2, np.array([2.5]), np.int32([4])),
        (np.float64(1.5), np.array([3], np.int32), np.float64([4.5])), (np.uint8(3), np.int64(2), np.uint8(5)),
        ([1.5, 2], np.int64(2), np.float32([3.5, 4])), (1 + 2j, np.float32(2.5), np.complex128(3.5 + 2j)),
        (np.array([1.5], np.float32), [np.int64(3)], np.float32([4.5])),
    ],
)  # fmt: skip
def test_with_no_tensor_the_first_argument_decides_the_dtype(x, y, expected):
    found = tf.add(x, y).numpy()
    assert found.dtype == expected.dtype and found.tolist() == expected.tolist()


def test_with_no_tensor_in_a_list_its_first_item_decides():
    assert tf.concat([[1.5], np.array([2])], 0).dtype == tf.float32
    assert tf.concat([np.array([2]), np.array([1.5])], 0).numpy().tolist() == [2, 1]
    assert tf.stack([1.5, np.float64(2)], axis=-1).dtype == tf.float32
    with pytest.raises(TypeError, match="int32"):
        tf.concat([[1], [2.5]], 0)


@pytest.mark.parametrize("kind", [tf.errors.InvalidArgumentError, TypeError, ValueError])
@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.nn.gelu(tf.constant(1)),
        lambda: tf.math.divide_no_nan(tf.constant(1.0), tf.constant(1.0, tf.float64)),
        lambda: tf.constant("a") - tf.constant("b"),
        lambda: tf.constant(1) + 2.5,
    ],
)
def test_dtypes_that_do_not_fit_raise_what_any_part_of_tensorflow_raises(call, kind):
    with pytest.raises(kind, match="Received|received|Cast"):
        call()
