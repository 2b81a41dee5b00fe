"""Functions of the API that call the user's own."""

import inspect

import pytest

import addax as tf
from addax.core import interception
from addax.experimental import dispatch


class Deg(tf.experimental.ExtensionType):
    """Degrees."""

    x: tf.Tensor

    def __add__(self, other):
        return tf.add(self, other)


@pytest.fixture
def registered():
    targets = []
    yield lambda decorator: lambda target: targets.append(target) or decorator(target)
    for target in targets:
        if target in dispatch._registered:
            tf.experimental.unregister_dispatch_for(target)


def test_every_name_is_a_function():
    for names in (dispatch._UNARY, dispatch._BINARY, dispatch._BINARY_ASSERT):
        assert all(interception.can_intercept(function) for function in dispatch._found(names))


def test_one_function(registered):
    code = tf.concat.__code__

    @registered(tf.experimental.dispatch_for_api(tf.concat, {"values": list[Deg]}))
    def concat_deg(values, axis, name="concat"):
        return Deg(tf.concat([value.x for value in values], axis))

    assert tf.concat([Deg([1.0]), Deg([2.0])], 0).x.numpy().tolist() == [1.0, 2.0]
    assert tf.concat([Deg([1.0]), Deg([2.0])], axis=0).x.shape == (2,)
    assert tf.concat([[1.0], [2.0]], 0).numpy().tolist() == [1.0, 2.0]
    assert list(inspect.signature(tf.concat).parameters) == ["values", "axis", "name"]
    traced = tf.function(lambda a: tf.concat([a, a], 0))(Deg([3.0]))
    assert traced.x.numpy().tolist() == [3.0, 3.0]
    tf.experimental.unregister_dispatch_for(concat_deg)
    assert tf.concat.__code__ is code
    with pytest.raises((TypeError, ValueError)):
        tf.concat([Deg([1.0])], 0)


def test_annotations_say_the_types(registered):
    @registered(tf.experimental.dispatch_for_api(tf.shape))
    def shape_of(input: Deg, out_type=tf.int32, name=None):
        return tf.shape(input.x, out_type)

    assert tf.shape(Deg([[1.0]])).numpy().tolist() == [1, 1]
    assert tf.shape(Deg([1.0]), out_type=tf.int64).dtype == tf.int64
    assert tf.shape([1.0]).numpy().tolist() == [1]


def test_the_name_may_be_left_out(registered):
    @registered(tf.experimental.dispatch_for_api(tf.math.add))
    def add(x: Deg, y: Deg | tf.Tensor):
        return Deg(x.x + (y.x if isinstance(y, Deg) else y))

    assert float(tf.add(Deg(1.0), Deg(2.0), name="sum").x) == 3.0
    assert float((Deg(1.0) + tf.constant(4.0)).x) == 5.0


def test_elementwise(registered):
    @registered(tf.experimental.dispatch_for_unary_elementwise_apis(Deg))
    def unary(api, x):
        return Deg(api(x.x))

    @registered(tf.experimental.dispatch_for_binary_elementwise_apis(Deg, Deg))
    def binary(api, x, y):
        return Deg(api(x.x, y.x))

    @registered(tf.experimental.dispatch_for_binary_elementwise_assert_apis(Deg, Deg))
    def check(api, x, y):
        return api(x.x, y.x)

    assert float(tf.abs(Deg(-2.0)).x) == 2.0
    assert tf.cast(Deg(1.5), tf.int32).x.dtype == tf.int32
    assert float(tf.clip_by_value(Deg(9.0), clip_value_min=0.0, clip_value_max=2.0).x) == 2.0
    assert tf.nn.relu(Deg([-1.0, 1.0])).x.numpy().tolist() == [0.0, 1.0]
    assert float(tf.math.maximum(Deg(1.0), Deg(2.0)).x) == 2.0
    assert float((Deg(1.0) + Deg(2.0)).x) == 3.0
    assert float(tf.abs(tf.constant(-3.0))) == 3.0
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.debugging.assert_less(Deg(2.0), Deg(1.0))
    with pytest.raises(ValueError, match="unsupported type"):
        tf.add(Deg(1.0), 1.0)
    with pytest.raises(ValueError, match="already been registered"):
        tf.experimental.dispatch_for_unary_elementwise_apis(Deg)(lambda api, x: x)
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = tf.square(Deg(x.value())).x
    assert float(tape.gradient(y, x)) == 6.0
    tf.experimental.unregister_dispatch_for(unary)
    with pytest.raises(ValueError):
        tf.abs(Deg(1.0))


def test_refused():
    with pytest.raises(ValueError, match="does not support dispatch"):
        tf.experimental.dispatch_for_api(lambda x: x)
    with pytest.raises(ValueError, match="unknown parameter 'foo'"):
        tf.experimental.dispatch_for_api(tf.shape, {"foo": Deg})
    with pytest.raises(ValueError, match="does not match API's signature"):
        tf.experimental.dispatch_for_api(tf.shape, {"input": Deg})(lambda x: x)
    with pytest.raises(ValueError, match="at least one signature"):
        tf.experimental.dispatch_for_api(tf.shape)(lambda input, out_type=None, name=None: input)
    with pytest.raises(ValueError, match="not currently supported by dispatch"):
        tf.experimental.dispatch_for_api(tf.shape, {"input": 3})(lambda input, out_type=None, name=None: input)
    with pytest.raises(ValueError, match="was not registered"):
        tf.experimental.unregister_dispatch_for(print)
    assert not interception._intercepted
