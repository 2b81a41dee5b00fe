"""What belongs to an object with variables is found in its attributes."""

import addax as tf
from addax.keras.layers import Layer
from addax.keras.layers.tracking import Tracked, unique


def test_attributes_are_noted_in_order():
    holder, inner = Tracked(), Tracked()
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    holder.number, holder.text, holder.z = 3, "x", b
    holder.parts = [{"k": (a, 1)}, inner]
    assert [each is wanted for each, wanted in zip(holder._members(), (b, a, inner), strict=True)] == [True] * 3
    holder.parts.append(a)
    assert len(list(holder._members())) == 3
    holder.z = None
    assert len(list(holder._members())) == 2
    del holder.parts
    assert list(holder._members()) == []


def test_loops_end():
    holder = Tracked()
    holder.me, holder.list = holder, []
    holder.list.append(holder.list)
    assert len(list(holder._members())) <= 1


def test_unique_is_by_identity():
    a, b = [], []
    assert [each is wanted for each, wanted in zip(unique([a, b, a]), (a, b), strict=True)] == [True, True]


def test_variables_of_attributes_stand_among_the_weights():
    class Mixed(Layer):
        def __init__(self):
            super().__init__()
            self.first = tf.Variable(1.0, name="first")

        def build(self, input_shape):
            self.second = self.add_weight("second", shape=())
            self.third = [tf.Variable(1.0, name="third")]
            self.fourth = self.add_weight("fourth", shape=())

    layer = Mixed()
    layer.build(None)
    assert [each.name.partition(":")[0] for each in layer.weights] == ["first", "second", "third", "fourth"]


def test_a_weight_goes_with_its_last_attribute():
    class Shares(Layer):
        def build(self, input_shape):
            self.a = self.b = self.add_weight("a", (2,))
            self.c = [self.add_weight("c", (2,))]
            self.add_weight("free", (1,))

    layer = Shares()
    layer.build(None)
    layer.a = None
    assert [weight.name for weight in layer.weights] == ["a:0", "c:0", "free:0"]
    layer.b, layer.c = 3, []
    assert [weight.name for weight in layer.weights] == ["c:0", "free:0"]
    layer = tf.keras.layers.Dense(2)
    layer.build((None, 3))
    layer.kernel = tf.Variable(tf.ones((3, 2)), name="new")
    assert {weight.name for weight in layer.weights} == {"new:0", "bias:0"}
    del layer.bias
    assert [weight.name for weight in layer.weights] == ["new:0"]
