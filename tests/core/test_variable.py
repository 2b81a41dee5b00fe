"""Variables: creation, assignment, what is refused, copies and pickles."""

import copy
import pickle

import jax
import numpy as np
import pytest

import addax as tf
from addax.core.tensor import Tensor


def test_what_it_is():
    v = tf.Variable([[1.0, 2.0]], name="w")
    assert (v.name, v.dtype, v.shape, v.ndim, v.trainable) == ("w:0", tf.float32, (1, 2), 2, True)
    assert repr(v) == "<tf.Variable 'w:0' shape=(1, 2) dtype=float32, numpy=array([[1., 2.]], dtype=float32)>"
    assert v.get_shape() == [1, 2] and v.device.endswith("CPU:0") or "GPU" in v.device
    assert tf.Variable(1).dtype == tf.int32 and tf.Variable(1, dtype="float64").dtype == tf.float64
    assert tf.Variable(lambda: tf.ones([2])).numpy().tolist() == [1.0, 1.0]
    assert tf.Variable(np.float64(2)).dtype == tf.float64
    assert tf.Variable("text").numpy() == b"text"
    assert not tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ).trainable


def test_the_initial_array_is_copied():
    array = np.ones(3, "float32")
    v = tf.Variable(array)
    array[:] = 7.0
    v.numpy()[:] = 9.0
    assert v.numpy().tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "expected an initial_value"),
        ({"initial_value": 1.0, "constraint": 3}, "constraint must be callable"),
        ({"initial_value": [1.0], "shape": [2]}, r"shape \(1,\) does not fit"),
        ({"initial_value": 1.0, "import_scope": "x"}, "TensorFlow 1"),
    ],
)
def test_refused_arguments(arguments, text):
    with pytest.raises(ValueError, match=text):
        tf.Variable(**arguments)


def test_assignments():
    v = tf.Variable([1.0, 2.0])
    assert v.assign([3.0, 4.0]) is v and v.assign([3.0, 4.0], read_value=False) is None
    assert v.assign_add([1.0, 1.0]).numpy().tolist() == [4.0, 5.0]
    assert v.assign_sub([2.0, 2.0]).numpy().tolist() == [2.0, 3.0]
    other = tf.Variable([9.0, 9.0])
    v.assign(other)
    other.assign_add([1.0, 1.0])
    assert v.numpy().tolist() == [9.0, 9.0]
    v.assign(np.array([1.0, 2.0]))  # float64 data of the same kind
    assert v.dtype == tf.float32 and v.numpy().tolist() == [1.0, 2.0]


def test_a_tensor_is_a_value_of_its_time():
    v = tf.Variable([1.0])
    before, doubled = v.value(), v * 2.0
    v.assign_add([1.0])
    v.assign_sub([5.0])
    assert before.numpy().tolist() == [1.0] and doubled.numpy().tolist() == [2.0]


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ([1.0, 2.0, 3.0], ValueError, r"expected shape \(2,\).*\n.*shape \(3,\)(.|\n)*To do: reshape"),
        (
            tf.constant([1, 2]),
            ValueError,
            r"float32(.|\n)*int32 \(2,\)(.|\n)*To do: cast it: tf.cast\(value, tf.float32\)",
        ),
        ("text", (TypeError, ValueError), "'w:0', assign"),
        (None, ValueError, "'w:0', assign.*None"),
    ],
)
def test_refused_values_change_nothing(value, error, text):
    v = tf.Variable([1.0, 2.0], name="w")
    with pytest.raises(error, match=text) as caught:
        v.assign(value)
    assert "'w:0'" in str(caught.value)
    assert v.numpy().tolist() == [1.0, 2.0]


def test_refused_updates_change_nothing():
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match=r"assign_add: expected shape \(2,\)"):
        v.assign_add([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match="assign_sub"):
        v.assign_sub([1.0, 2.0, 3.0])
    assert v.numpy().tolist() == [1.0, 2.0]


def test_variables_of_open_shape():
    v = tf.Variable([1.0], shape=tf.TensorShape([None]))
    assert v.assign([1.0, 2.0, 3.0]).value().shape == [3] and v.shape.as_list() == [None]
    with pytest.raises(ValueError, match="expected shape"):
        v.assign([[1.0]])
    free = tf.Variable([1.0], validate_shape=False)
    assert free.assign([[1.0, 2.0]]).value().shape == [1, 2]


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_scatters(wrap):
    v = tf.Variable(np.zeros((4, 2), "float32"))

    def f():
        rows = tf.IndexedSlices(tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([0, 2]))
        v.scatter_add(rows)
        v.scatter_add(rows)
        v.scatter_update(tf.IndexedSlices(tf.constant([[9.0, 9.0]]), tf.constant([3])))
        v.scatter_nd_update([[0, 1]], [7.0])
        v.scatter_sub(tf.IndexedSlices(tf.constant([[1.0, 1.0]]), tf.constant([1])))

    wrap(f)()
    assert v.numpy().tolist() == [[2.0, 7.0], [-1.0, -1.0], [6.0, 8.0], [9.0, 9.0]]
    assert v.sparse_read([3, 0]).numpy().tolist() == [[9.0, 9.0], [2.0, 7.0]]
    assert v.gather_nd([[0, 1], [2, 0]]).numpy().tolist() == [7.0, 6.0]


def test_count_up_to():
    v = tf.Variable(0)
    assert [int(v.count_up_to(2)) for _ in range(2)] == [0, 1]
    with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
        v.count_up_to(2)


def test_python_and_numpy_faces():
    v = tf.Variable([1.0, 2.0, 3.0])
    assert len(v) == 3 and [float(each) for each in v] == [1.0, 2.0, 3.0]
    assert (v + 1.0).numpy().tolist() == (1.0 + v).numpy().tolist() == [2.0, 3.0, 4.0]
    assert v[1:].numpy().tolist() == [2.0, 3.0]
    assert np.asarray(v, "float64").dtype == np.float64 and isinstance(np.ones(3, "float32") * v, Tensor)
    assert float(tf.Variable(2.5)) == 2.5 and int(tf.Variable(3)) == 3 and bool(tf.Variable(0)) is False
    assert [10, 20, 30][tf.Variable(1)] == 20 and f"{tf.Variable(2.0):.2f}" == "2.00"
    with pytest.raises(TypeError, match=r"use variable.ref\(\)"):
        hash(v)
    assert v.ref() == v.ref() and v.ref() != tf.Variable(1.0).ref() and v.ref().deref() is v


def test_copies_and_pickles():
    v = tf.Variable([1.0, 2.0], name="w", trainable=False)
    for other in (copy.copy(v), copy.deepcopy(v), pickle.loads(pickle.dumps(v)), copy.deepcopy({"a": [v, v]})["a"][0]):
        assert (other.name, other.dtype, other.trainable) == ("w:0", tf.float32, False)
        other.assign([5.0, 5.0])
        tf.function(lambda other=other: other.assign_add([1.0, 1.0]))()
        assert v.numpy().tolist() == [1.0, 2.0] and other.numpy().tolist() == [6.0, 6.0]
    both = copy.deepcopy([v, v])
    assert both[0] is both[1]


def test_names_in_scopes():
    with tf.name_scope("a"), tf.name_scope("b"):
        assert tf.Variable(1.0, name="c").name == "a/b/c:0"
    assert tf.Variable(1.0).name == "Variable:0"


def test_a_creator_scope_makes_variables():
    made = []

    def creator(next_creator, **kwargs):
        variable = next_creator(**kwargs)
        made.append(variable.name)
        return variable

    with tf.variable_creator_scope(creator):
        tf.Variable(1.0, name="x")
        tf.keras.layers.Dense(1).build((None, 2))
    tf.Variable(1.0, name="y")
    assert "x:0" in made and "y:0" not in made


def test_numbers_of_numpy_are_cast_when_assigned():
    v = tf.Variable(1.0)
    v.assign(np.array(3))
    v.assign_add(np.int64(2))
    assert v.numpy() == 5.0


@pytest.mark.parametrize("change", ["assign_add", "assign_sub"])
def test_an_update_has_the_variables_shape(change):
    v = tf.Variable([1.0, 2.0])
    for value in (1.0, [1.0], [[1.0, 2.0]]):
        with pytest.raises(tf.errors.InvalidArgumentError, match="shapes are incompatible"):
            getattr(v, change)(value)
    assert v.numpy().tolist() == [1.0, 2.0]


def test_python_numbers_of_another_kind():
    for call in (lambda: tf.Variable(1).assign_add(1.5), lambda: tf.Variable([1, 2]).assign([1.5, 2.5])):
        with pytest.raises(TypeError, match="a value of dtype int32"):
            call()
    with pytest.raises(ValueError, match="a value of dtype int32"):
        tf.Variable(1).assign(tf.constant(1.5))


def test_rows_that_do_not_exist():
    v = tf.Variable([1.0, 2.0, 3.0])
    rows = tf.IndexedSlices([9.0], [7])
    for call in (
        lambda: v.scatter_update(rows),
        lambda: v.scatter_add(tf.IndexedSlices([9.0], [-1])),
        lambda: v.scatter_nd_update([[5]], [7.0]),
        lambda: v.batch_scatter_update(rows),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
            call()
    with pytest.raises(TypeError, match="tf.IndexedSlices"):
        v.scatter_mul([2.0])
    assert v.numpy().tolist() == [1.0, 2.0, 3.0] and v.is_initialized().numpy()
    assert v.batch_scatter_update(tf.IndexedSlices([9.0], [1])).numpy().tolist() == [1.0, 9.0, 3.0]
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    assert w.batch_scatter_update(tf.IndexedSlices([[9.0], [8.0]], [[1], [0]])).numpy().tolist() == [[1, 9], [8, 4]]


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "**"])
def test_what_looks_like_an_update_is_refused(sign):
    names = {"v": tf.Variable(1.0)}
    with pytest.raises(RuntimeError, match="is not supported"):
        exec(f"v {sign}= 2.0", names)


def test_aggregations_are_tensorflows():
    with pytest.raises(ValueError, match="VariableAggregation"):
        tf.Variable(1.0, aggregation="sum")


def test_value_is_called_or_taken():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        taken, called = tf.reduce_sum(v.value**2), tf.reduce_sum(v.value() ** 3)
    np.testing.assert_allclose(tape.gradient(taken, v), [2.0, 4.0])
    np.testing.assert_allclose(tape.gradient(called, v), [3.0, 12.0])
    kept = v.value
    v.assign([5.0, 6.0])
    np.testing.assert_allclose(kept, [1.0, 2.0])
    assert isinstance(kept, tf.Tensor) and type(kept()) is tf.Tensor
    np.testing.assert_allclose(jax.jit(lambda x: x + 1)(v.value), [6.0, 7.0])
    np.testing.assert_allclose(tf.function(lambda: v.value + v.value())(), [10.0, 12.0])
    with tf.Graph().as_default():
        assert tf.Variable(1.0).value().shape == ()
