"""Legacy optimizers: names, hyperparameters, decay, optimizers of one's own."""

import copy

import numpy as np
import pytest

import addax as tf
from addax.core.indexed_slices import IndexedSlices
from addax.keras import optimizers
from addax.keras.optimizers import legacy

ALL = ["SGD", "RMSprop", "Adam", "Adamax", "Nadam", "Adagrad", "Adadelta", "Ftrl"]


def variables():
    return [
        tf.Variable(np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3), name="a"),
        tf.Variable([0.5, -2.0], name="b"),
    ]


def gradients(step):
    rng = np.random.default_rng(step)
    return [tf.constant(rng.normal(size=shape).astype(np.float32)) for shape in ((2, 3), (2,))]


def train(optimizer, variables, steps, apply=None):
    apply = apply or (lambda grads: optimizer.apply_gradients(zip(grads, variables, strict=True)))
    for step in range(steps):
        apply(gradients(step))
    return [variable.numpy() for variable in variables]


@pytest.mark.parametrize("options", [{}, {"clipnorm": 0.5, "clipvalue": 0.4}, {"decay": 0.5}])
@pytest.mark.parametrize("name", ALL)
def test_traced_steps_are_the_eager_ones(name, options):
    if name == "Nadam" and "decay" in options:
        options = {"schedule_decay": 0.5}
    eager, traced = (getattr(legacy, name)(learning_rate=0.1, **options) for _ in range(2))
    mine = variables()

    @tf.function
    def apply(grads):
        traced.apply_gradients(zip(grads, mine, strict=True))

    for a, b in zip(train(eager, variables(), 3), train(traced, mine, 3, apply), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)
    assert int(traced.iterations) == 3


@pytest.mark.parametrize("name", ALL)
def test_one_variable_at_a_time_is_the_same(name):
    whole = getattr(legacy, name)(learning_rate=0.1)
    seen = []

    class Watched(getattr(legacy, name)):
        def _resource_apply_dense(self, grad, var, apply_state=None):
            seen.append(apply_state is not None)
            return super()._resource_apply_dense(grad, var, apply_state)

    for a, b in zip(train(whole, variables(), 3), train(Watched(learning_rate=0.1), variables(), 3), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert seen == [True] * 6


@pytest.mark.parametrize("name", ALL)
def test_configs_and_copies(name):
    optimizer, mine = getattr(legacy, name)(learning_rate=0.1, clipvalue=2.0), variables()
    config = optimizer.get_config()
    assert config["learning_rate"] == 0.1 and config["clipvalue"] == 2.0
    if name != "Nadam":
        assert getattr(legacy, name).from_config(config).get_config() == config
    train(optimizer, mine, 2)
    described = optimizers.serialize(optimizer)
    assert described["module"] == "keras.optimizers.legacy"
    pair = copy.deepcopy((optimizer, mine))
    np.testing.assert_array_equal(train(optimizer, mine, 1)[0], train(*pair, 1)[0])


def test_names_of_variables_and_slots():
    optimizer, (a, b) = legacy.Adam(0.1), variables()
    train(optimizer, [a, b], 1)
    assert [v.name for v in optimizer.variables()] == [
        "Adam/iter:0",
        "Adam/a/m:0",
        "Adam/b/m:0",
        "Adam/a/v:0",
        "Adam/b/v:0",
    ]
    assert optimizer.get_slot_names() == ["m", "v"]
    assert optimizer.get_slot(a, "v") is optimizer.weights[3]
    with pytest.raises(KeyError):
        optimizer.get_slot(a, "x")
    assert [v.name for v in legacy.Nadam(0.1).weights] == []


def test_hyperparameters_are_attributes():
    optimizer = legacy.SGD(learning_rate=0.5, momentum=0.9)
    assert float(optimizer.lr) == 0.5 == float(optimizer.learning_rate)
    optimizer.lr = 0.25
    optimizer.learning_rate.assign(optimizer.lr / 2)
    optimizer.momentum = 0.5
    assert (float(optimizer.lr), float(optimizer.momentum)) == (0.125, 0.5)
    assert "lr" in dir(optimizer) and "momentum" in dir(optimizer)
    with pytest.raises(AttributeError, match="rho"):
        _ = optimizer.rho
    with pytest.warns(UserWarning, match="deprecated"):
        assert float(legacy.SGD(lr=0.5).learning_rate) == 0.5


def test_decay_and_schedules():
    v = tf.Variable([10.0])
    optimizer = legacy.SGD(1.0, decay=1.0)
    for _ in range(3):
        optimizer.apply_gradients([(tf.constant([1.0]), v)])
    np.testing.assert_allclose(v.numpy(), [10 - 1 - 1 / 2 - 1 / 3], rtol=1e-6)
    optimizer, v = legacy.SGD(optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.5])), tf.Variable([10.0])
    for _ in range(2):
        optimizer.apply_gradients([(tf.constant([1.0]), v)])
    np.testing.assert_allclose(v.numpy(), [8.5])
    assert optimizer.get_config()["learning_rate"]["class_name"] == "PiecewiseConstantDecay"
    with pytest.raises(ValueError, match="Nadam"):
        legacy.Nadam(optimizers.schedules.CosineDecay(0.1, 10))


def test_minimize():
    v, optimizer = tf.Variable([1.0, -2.0]), legacy.SGD(0.1)
    optimizer.minimize(lambda: tf.reduce_sum(v * v), [v])
    np.testing.assert_allclose(v.numpy(), [0.8, -1.6], rtol=1e-6)
    with pytest.raises(ValueError, match="tape"):
        optimizer.minimize(tf.constant(1.0), [v])


@pytest.mark.parametrize("cls, lazy", [("SGD", True), ("Adam", False), ("Adamax", True), ("Ftrl", True)])
def test_sparse_gradients_leave_momenta_of_other_rows_alone_where_keras_does(cls, lazy):
    options = {"momentum": 0.9} if cls == "SGD" else {}
    optimizer, v = getattr(legacy, cls)(0.1, **options), tf.Variable([[1.0], [1.0]])
    for row in (0, 1):
        optimizer.apply_gradients([(IndexedSlices(tf.constant([[1.0]]), tf.constant([row]), tf.constant([2, 1])), v)])
        if row == 0:
            first = float(v[0, 0])
    assert (float(v[0, 0]) == first) == lazy


def test_an_optimizer_of_ones_own():
    class Mine(legacy.Optimizer):
        def __init__(self, learning_rate=0.5, name="Mine", **kwargs):
            super().__init__(name, **kwargs)
            self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))

        def _create_slots(self, var_list):
            for var in var_list:
                self.add_slot(var, "sum")

        def _resource_apply_dense(self, grad, var, apply_state=None):
            coefficients = apply_state[var.device, var.dtype.base_dtype]
            self.get_slot(var, "sum").assign_add(grad)
            return var.assign_sub(coefficients["lr_t"] * grad)

        def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
            var.scatter_sub(IndexedSlices(grad, indices))

        def get_config(self):
            return {**super().get_config(), "learning_rate": self._serialize_hyperparameter("learning_rate")}

    v = tf.Variable([1.0, 2.0], name="v")
    optimizer = Mine(clipvalue=1.0)
    optimizer.apply_gradients([(tf.constant([3.0, 0.5]), v)])
    np.testing.assert_allclose(v.numpy(), [0.5, 1.75])
    np.testing.assert_allclose(optimizer.get_slot(v, "sum").numpy(), [1.0, 0.5])
    optimizer.apply_gradients([(IndexedSlices(tf.constant([0.25, 0.25]), tf.constant([1, 1])), v)])
    np.testing.assert_allclose(v.numpy(), [0.5, 1.25])
    assert Mine.from_config(optimizer.get_config()).get_config()["learning_rate"] == 0.5
    with pytest.raises(NotImplementedError):
        legacy.Optimizer("bare")._resource_apply_dense(None, None)


def test_transformers_and_aggregator():
    v = tf.Variable([1.0])
    seen = []
    optimizer = legacy.SGD(
        1.0,
        gradient_aggregator=lambda pairs: seen.append("aggregated") or pairs,
        gradient_transformers=[lambda pairs: [(grad * 2.0, var) for grad, var in pairs]],
    )
    optimizer.apply_gradients([(tf.constant([1.0]), v)])
    optimizer.apply_gradients([(tf.constant([1.0]), v)], experimental_aggregate_gradients=False)
    assert float(v[0]) == -3.0 and seen == ["aggregated"]


def test_weights():
    a, mine = legacy.Adam(0.1), variables()
    train(a, mine, 2)
    b, other = legacy.Adam(0.1), variables()
    train(b, other, 1)
    b.set_weights(a.get_weights())
    assert int(b.iterations) == 2
    with pytest.raises(ValueError, match="length 1"):
        b.set_weights([0])
    with pytest.raises(RuntimeError):
        b.iterations = 3


@pytest.mark.parametrize(
    "make, error",
    [
        (lambda: legacy.SGD(momentum=2.0), ValueError),
        (lambda: legacy.SGD(clipnorm=1.0, global_clipnorm=1.0), ValueError),
        (lambda: legacy.SGD(clipnorm=-1.0), ValueError),
        (lambda: legacy.SGD(clipnorm=1.0, gradient_transformers=[print]), ValueError),
        (lambda: legacy.SGD(epsilon=1.0), TypeError),
        (lambda: legacy.Adagrad(initial_accumulator_value=-1.0), ValueError),
        (lambda: legacy.Ftrl(learning_rate_power=1.0), ValueError),
    ],
)
def test_wrong_arguments(make, error):
    with pytest.raises(error):
        make()


def test_no_gradients():
    v = tf.Variable(1.0, name="lonely")
    with pytest.raises(ValueError, match="lonely"):
        legacy.SGD().apply_gradients([(None, v)])


def test_get_updates_and_get_gradients_in_a_function():
    v, optimizer = tf.Variable([1.0, 2.0]), legacy.Adam(0.1, clipvalue=3.0)

    @tf.function
    def gradients():
        return optimizer.get_gradients(tf.reduce_sum(v * v), [v])

    @tf.function
    def step():
        updates = optimizer.get_updates(tf.reduce_sum(v * v), [v])
        assert len(updates) == 1
        return tf.constant(0)

    np.testing.assert_allclose(gradients()[0].numpy(), [2, 3])
    step()
    np.testing.assert_allclose(v.numpy(), [0.9, 1.9], rtol=1e-6)
    assert int(optimizer.iterations) == 1
    with pytest.raises(ValueError, match="`None` for gradient"):
        optimizer.get_updates(tf.reduce_sum(v * v), [v])
    assert int(optimizer.iterations) == 1


@pytest.mark.parametrize("name", ["RMSprop", "Adagrad", "Adadelta"])
def test_weights_without_the_counter_of_steps_as_keras_1_saved_them(name):
    v, optimizer = tf.Variable([1.0, 2.0]), getattr(legacy, name)(0.1)
    optimizer.apply_gradients([(tf.constant([1.0, 1.0]), v)])
    optimizer.set_weights([np.full(2, 0.5, "f4") for _ in optimizer.weights[1:]])
    assert int(optimizer.iterations) == 0
    assert [w.tolist() for w in optimizer.get_weights()[1:]] == [[0.5, 0.5]] * (len(optimizer.weights) - 1)


def test_adam_drops_the_third_slots_that_keras_1_saved():
    v, optimizer = tf.Variable(1.0), legacy.Adam(0.1)
    optimizer.apply_gradients([(tf.constant(1.0), v)])
    optimizer.set_weights([np.int64(4), np.float32(2), np.float32(3), np.float32(9)])
    assert [w.tolist() for w in optimizer.get_weights()] == [4, 2, 3]


def test_a_rule_that_is_a_tf_function():
    class Plain(tf.keras.optimizers.legacy.Optimizer):
        @tf.function
        def _resource_apply_dense(self, grad, var, apply_state=None):
            return var.assign_sub(0.5 * grad)

    variable = tf.Variable(1.0)
    Plain("plain").apply_gradients([(tf.constant(1.0), variable)])
    assert float(variable) == 0.5


def test_scattering_helpers_of_optimizers_of_ones_own():
    class Rows(legacy.Optimizer):
        def _resource_apply_sparse(self, grad, handle, indices):
            return self._resource_scatter_add(handle, indices, -grad)

        def get_config(self):
            return super().get_config()

    variable = tf.Variable(np.ones((3, 2), np.float32))
    optimizer = Rows("Rows")
    slices = IndexedSlices(tf.ones((2, 2)), tf.constant([1, 1]), tf.constant([3, 2]))
    optimizer.apply_gradients([(slices, variable)])
    assert variable.numpy()[:, 0].tolist() == [1.0, -1.0, 1.0]
    optimizer._resource_scatter_update(variable, [0], [[5.0, 6.0]])
    assert variable.numpy()[0].tolist() == [5.0, 6.0]


def test_nothing_to_do_gives_nothing():
    assert legacy.SGD().apply_gradients([]) is None


def test_ftrl_has_no_effect_of_lr():
    with pytest.warns(Warning, match="lr"):
        optimizer = legacy.Ftrl(lr=0.3)
    assert float(optimizer.learning_rate) == pytest.approx(0.001)


def test_adam_of_half_precision():
    """One minus beta_2 is rounded as beta_2 is; numbers measured from TensorFlow."""
    variable, optimizer = tf.Variable([1.0, -2.0], dtype=tf.float16), legacy.Adam(0.1)
    for second in (2.0, 3.0):
        optimizer.apply_gradients([(tf.constant([0.5, second], tf.float16), variable)])
    np.testing.assert_allclose(variable.numpy(), [0.7998046875, -2.19921875])


def test_optimizers_of_ones_own_may_ask_for_locking():
    class Plain(tf.keras.optimizers.legacy.Optimizer):
        def _resource_apply_dense(self, grad, var, apply_state=None):
            return var.assign_sub(grad, use_locking=self._use_locking)

        def get_config(self):
            return super().get_config()

    v = tf.Variable([1.0])
    Plain("plain").apply_gradients([(tf.constant([0.5]), v)])
    assert v.numpy().tolist() == [0.5]
