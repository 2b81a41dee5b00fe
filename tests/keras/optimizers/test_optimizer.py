"""The base class: steps, learning rate, options, errors, saving, optimizers of one's own."""

import numpy as np
import pytest

import addax as tf
from addax.core import errors
from addax.keras import optimizers


@pytest.fixture(autouse=True)
def fresh_warnings():
    errors.forget_warnings()


class Signed(optimizers.Optimizer):
    """As users write them: no `_built`, no rule."""

    def __init__(self, learning_rate=0.25, name="Signed", **kwargs):
        super().__init__(name=name, **kwargs)
        self._learning_rate = self._build_learning_rate(learning_rate)

    def build(self, var_list):
        super().build(var_list)
        if getattr(self, "_built", False):
            return
        self.counts = [self.add_variable_from_reference(v, "count") for v in var_list]
        self._built = True

    def update_step(self, gradient, variable):
        self.counts[self._index_dict[self._var_key(variable)]].assign_add(tf.abs(gradient))
        variable.assign_sub(tf.cast(self.learning_rate, variable.dtype) * tf.sign(gradient))


def one(value=1.0):
    return tf.Variable([value], name="w")


def step(optimizer, variable, grad=1.0):
    return optimizer.apply_gradients([(tf.constant([grad]), variable)])


# ---------------------------------------------------------------------------- learning rate


def test_learning_rate_is_a_variable_that_can_be_set():
    optimizer, v = optimizers.SGD(1.0), one(10.0)
    step(optimizer, v)
    optimizer.learning_rate = 0.5
    step(optimizer, v)
    optimizer.lr = 0.25
    step(optimizer, v)
    optimizer.learning_rate.assign(0.125)
    step(optimizer, v)
    assert v.numpy() == 10 - 1 - 0.5 - 0.25 - 0.125
    assert float(optimizer.lr) == 0.125 and optimizer.learning_rate.dtype.name == "float32"


def test_a_schedule_decides_and_is_not_settable():
    schedule = optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.5])
    optimizer, v = optimizers.SGD(schedule), one(10.0)
    step(optimizer, v)
    step(optimizer, v)
    assert v.numpy() == 8.5 and float(optimizer.learning_rate) == 0.5
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = optimizers.schedules.PiecewiseConstantDecay([9], [2.0, 0.5])
    step(optimizer, v)
    assert v.numpy() == 6.5


def test_a_function_gives_the_learning_rate_once():
    assert float(optimizers.SGD(lambda: 0.5).learning_rate) == 0.5


def test_old_names():
    with pytest.warns(UserWarning, match="learning_rate"):
        assert float(optimizers.SGD(lr=0.5).learning_rate) == np.float32(0.01)  # so it is in Keras 2.11 and later
    with pytest.raises(ValueError, match="legacy.SGD"):
        optimizers.SGD(decay=0.1)
    with pytest.raises(TypeError, match="did you mean 'clipnorm'"):
        optimizers.SGD(clipnrm=1.0)


def test_an_optimizer_without_learning_rate_says_so():
    with pytest.raises(ValueError, match="Missing learning rate"):
        _ = optimizers.Optimizer("bare").learning_rate


# ---------------------------------------------------------------------------- gradients


def test_minimize_and_compute_gradients():
    v, optimizer = tf.Variable([1.0, -2.0]), optimizers.SGD(0.1)
    assert optimizer.minimize(lambda: tf.reduce_sum(v * v), [v]) is None
    np.testing.assert_allclose(v.numpy(), [0.8, -1.6], rtol=1e-6)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(v)
    ((gradient, variable),) = optimizer.compute_gradients(loss, [v], tape)
    assert variable is v and gradient.numpy().tolist() == [1, 1]
    made = []
    optimizer.minimize(lambda: tf.reduce_sum(made.append(v) or v), lambda: made)
    with pytest.raises(ValueError, match="tape"):
        optimizer.minimize(tf.constant(1.0), [v])


def test_gradients_may_be_numpy_and_python():
    v = tf.Variable([1.0, 2.0])
    optimizers.SGD(1.0).apply_gradients([(np.array([1.0, 1.0]), v)])
    assert v.numpy().tolist() == [0, 1]
    optimizers.SGD(1.0).apply_gradients([([0.5, 0.5], v)])
    assert v.numpy().tolist() == [-0.5, 0.5]


def test_variables_without_gradients_are_named_in_a_warning():
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    with pytest.warns(UserWarning, match=r"\['b:0'\]"):
        optimizers.SGD(0.5).apply_gradients([(tf.constant(1.0), a), (None, b)])
    assert (float(a), float(b)) == (0.5, 2.0)
    with pytest.raises(ValueError, match="No gradients provided for any variable.*b:0"):
        optimizers.SGD(0.5).apply_gradients([(None, b)])


def test_nothing_to_apply_is_no_step():
    optimizer = optimizers.SGD()
    assert int(optimizer.apply_gradients([])) == 0


def test_apply_is_keras_3s_name():
    optimizer, v = optimizers.SGD(0.5), one()
    with pytest.raises(ValueError, match="build the optimizer first"):
        optimizer.apply([tf.constant([1.0])])
    optimizer.apply([tf.constant([1.0])], [v])
    optimizer.apply([tf.constant([1.0])])
    assert float(v[0]) == 0.0 and int(optimizer.iterations) == 2
    with pytest.raises(ValueError, match="each of 1 variables"):
        optimizer.apply([tf.constant([1.0])] * 2)


def test_malformed_pairs():
    with pytest.raises(TypeError, match="pairs"):
        optimizers.SGD().apply_gradients([tf.constant(1.0)])
    with pytest.raises(TypeError, match="not an argument"):
        optimizers.SGD().apply_gradients([], global_step=3)


@pytest.mark.parametrize("cls", [optimizers.SGD, Signed])
def test_a_variable_that_was_not_built_for(cls):
    optimizer, v, other = cls(), one(), tf.Variable(1.0, name="other")
    step(optimizer, v)
    with pytest.raises(KeyError, match="cannot recognize variable other:0"):
        optimizer.apply_gradients([(tf.constant([1.0]), v), (tf.constant(1.0), other)])
    assert int(optimizer.iterations) == 1 and float(v[0]) < 1.0


def test_a_gradient_of_another_shape_changes_nothing():
    optimizer, v = optimizers.Adam(), one()
    step(optimizer, v)
    before = v.numpy(), optimizer.get_weights()
    with pytest.raises(errors.InvalidArgumentError, match=r"'w'.*float32 \(1,\)(.|\n)*\(3,\)"):
        optimizer.apply_gradients([(tf.constant([1.0, 2.0, 3.0]), v)])
    np.testing.assert_array_equal(v.numpy(), before[0])
    for a, b in zip(optimizer.get_weights(), before[1], strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(errors.InvalidArgumentError, match="float64"):
        optimizer.apply_gradients([(tf.constant([1.0], tf.float64), v)])
    step(optimizer, v)
    assert int(optimizer.iterations) == 2


def test_constraints_are_applied_after_the_update():
    v = tf.Variable([1.0], constraint=lambda w: tf.maximum(w, 0.0))
    optimizers.SGD(5.0).apply_gradients([(tf.constant([1.0]), v)])
    assert float(v[0]) == 0.0


# ---------------------------------------------------------------------------- options


def test_weight_decay_with_exclusions():
    kernel, bias = tf.Variable([1.0], name="kernel"), tf.Variable([1.0], name="bias")
    third = tf.Variable([1.0], name="third")
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[third], var_names=["bias"])
    optimizer.apply_gradients([(tf.constant([0.0]), v) for v in (kernel, bias, third)])
    np.testing.assert_allclose([float(v[0]) for v in (kernel, bias, third)], [0.95, 1.0, 1.0])
    with pytest.raises(ValueError, match="before"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])


def test_averages_are_put_in_at_the_end():
    optimizer, v = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), one(0.0)
    step(optimizer, v)
    step(optimizer, v)
    assert float(v[0]) == -2
    optimizer.finalize_variable_values([v])
    assert float(v[0]) == -1.25
    assert optimizer.variables[1].name == "SGD/average/w:0"


def test_averages_built_inside_a_function():
    optimizer, v = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), one(4.0)

    @tf.function
    def train():
        step(optimizer, v)

    for _ in range(3):
        train()
    optimizer.finalize_variable_values([v])
    # 4 -> 3, 2, 1; averages 4 -> 3.5, 2.75, 1.875
    assert float(v[0]) == 1.875
    assert len(optimizer.variables) == 3


@pytest.mark.parametrize(
    "options",
    [
        {"use_ema": True, "ema_momentum": 2.0},
        {"use_ema": True, "ema_overwrite_frequency": -1},
        {"clipnorm": 1.0, "global_clipnorm": 1.0},
        {"gradient_accumulation_steps": 1},
    ],
)
def test_options_that_cannot_be(options):
    with pytest.raises(ValueError):
        optimizers.SGD(**options)


# ---------------------------------------------------------------------------- one's own


@pytest.mark.parametrize("options", [{}, {"clipvalue": 0.5, "weight_decay": 0.1}, {"gradient_accumulation_steps": 2}])
@pytest.mark.parametrize("traced", [False, True])
def test_an_optimizer_of_ones_own(traced, options):
    optimizer, v = Signed(**options), tf.Variable([1.0, -1.0], name="w")

    def apply(grads):
        optimizer.apply_gradients([(grads, v)])

    apply = tf.function(apply) if traced else apply
    for _ in range(2):
        apply(tf.constant([3.0, -0.25]))
    if "gradient_accumulation_steps" in options:
        expected, counts = [0.75, -0.75], [3.0, 0.25]
    elif options:
        expected, counts = [(0.975 - 0.25) * 0.975 - 0.25, -((0.975 - 0.25) * 0.975 - 0.25)], [1.0, 0.5]
    else:
        expected, counts = [0.5, -0.5], [6.0, 0.5]
    np.testing.assert_allclose(v.numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(optimizer.counts[0].numpy(), counts)
    assert int(optimizer.iterations) == (1 if "gradient_accumulation_steps" in options else 2)


def test_update_step_has_to_be_written():
    with pytest.raises(NotImplementedError, match="update_step"):
        optimizers.Optimizer("bare").update_step(None, None)


def test_add_variable():
    optimizer = optimizers.Optimizer("bare")
    made = optimizer.add_variable((2,), "float64", name="mine")
    assert made.dtype.name == "float64" and made.numpy().tolist() == [0, 0]
    assert optimizer.variables[-1] is made
    assert float(optimizer.add_variable(None, initializer=lambda shape, dtype: tf.ones(shape, dtype))) == 1.0


# ---------------------------------------------------------------------------- saving


def test_weights_and_stores_round_trip():
    a, v = optimizers.Adam(0.1), one()
    for _ in range(3):
        step(a, v)
    b, w = optimizers.Adam(0.1), one(float(v[0]))
    b.build([w])
    b.set_weights(a.get_weights())
    step(a, v)
    step(b, w)
    np.testing.assert_array_equal(v.numpy(), w.numpy())
    store = {}
    a.save_own_variables(store)
    assert list(store) == ["0", "1", "2"]
    c = optimizers.Adam(0.1)
    c.build([w])
    c.load_own_variables(store)
    assert int(c.iterations) == 4
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        optimizers.SGD().load_own_variables(store)


def test_set_weights_refuses_before_it_changes_anything():
    optimizer, v = optimizers.Adam(), one()
    with pytest.raises(ValueError, match="not yet been built"):
        optimizer.set_weights([])
    step(optimizer, v)
    with pytest.raises(ValueError, match="3 variables"):
        optimizer.set_weights([np.int64(9)])
    with pytest.raises(ValueError, match="shape"):
        optimizer.set_weights([np.int64(9), np.zeros(1), np.zeros(2)])
    assert int(optimizer.iterations) == 1


def test_iterations_can_be_set_before_the_first_step():
    counter = tf.Variable(5, dtype="int64", name="mine", trainable=False)
    optimizer, v = optimizers.SGD(), one()
    optimizer.iterations = counter
    step(optimizer, v)
    assert int(counter) == 6 and optimizer.variables[0] is counter
    with pytest.raises(RuntimeError, match="iterations"):
        optimizer.iterations = counter


# ---------------------------------------------------------------------------- names


def test_get():
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    for name, cls in [("adam", "Adam"), ("Adam", "Adam"), ("RMSPROP", "RMSprop"), ("adamw", "AdamW"), ("lion", "Lion")]:
        assert type(optimizers.get(name)).__name__ == cls
    found = optimizers.get({"class_name": "SGD", "config": {"learning_rate": 0.3, "is_legacy_optimizer": False}})
    assert isinstance(found, optimizers.SGD) and float(found.learning_rate) == np.float32(0.3)
    assert isinstance(optimizers.get("sgd", use_legacy_optimizer=True), optimizers.legacy.SGD)
    legacy = optimizers.get({"class_name": "SGD", "config": {"learning_rate": 0.3, "decay": 0.1}})
    assert isinstance(legacy, optimizers.legacy.SGD)


@pytest.mark.parametrize("name, near", [("adamm", "adam"), ("rmsprob", "rmsprop"), ("sdg", "sgd")])
def test_unknown_names_suggest_the_nearest(name, near):
    with pytest.raises(ValueError, match=f"(?i){name}(.|\n)*{near}"):
        optimizers.get(name)


def test_other_things_are_no_optimizers():
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier: 3"):
        optimizers.get(3)
    with pytest.raises(ValueError, match=r"pass an instance: Adam\(\)"):
        optimizers.get(optimizers.Adam)


def test_user_optimizers_are_found_by_name():
    from addax.keras import registry

    with registry.CustomObjectScope({"Signed": Signed}):
        assert isinstance(optimizers.get("Signed"), Signed)
    with pytest.raises(ValueError, match="Unknown optimizer"):
        optimizers.get("Signed")


def test_scaled_losses_as_keras_3_has_them():
    optimizer = optimizers.SGD(0.1, loss_scale_factor=4.0)
    v = tf.Variable([1.0, 2.0])
    assert optimizer.scale_loss(2.0) == 8.0 and optimizer.get_config()["loss_scale_factor"] == 4.0
    optimizer.apply_gradients([(tf.constant([4.0, 4.0]), v)])
    np.testing.assert_allclose(v, [0.9, 1.9], rtol=1e-6)
    optimizer.apply_gradients([(tf.IndexedSlices(tf.constant([4.0]), tf.constant([1]), (2,)), v)])
    np.testing.assert_allclose(v, [0.9, 1.8], rtol=1e-6)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(v * 3.0)
    optimizer.minimize(loss, [v], tape=tape)
    tf.function(lambda: optimizer.minimize(lambda: tf.reduce_sum(v * 3.0), [v]))()
    np.testing.assert_allclose(v, [0.3, 1.2], rtol=1e-5)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones", input_shape=(1,))])
    model.compile(optimizers.SGD(0.1, loss_scale_factor=1024.0), "mse")
    assert model.fit(tf.ones((4, 1)), tf.zeros((4, 1)), verbose=0).history["loss"] == [1.0]
    np.testing.assert_allclose(model.get_weights()[0], [[0.8]], rtol=1e-6)


def test_what_optimizers_of_keras_3_call():
    class Heavy(optimizers.Optimizer):
        def build(self, variables):
            if not getattr(self, "_built", False):
                super().build(variables)
                self.slots, self.others = self.add_optimizer_variables(variables, ["a", "b"], ["zeros", "ones"])
                self._built = True

        def update_step(self, gradient, variable):
            slot = self.slots[self._index_dict[self._var_key(variable)]]
            self.assign_add(slot, gradient)
            self.assign_sub(variable, slot * 0.1)
            self.assign(self.others[0], variable)

    v = tf.Variable([1.0], name="v")
    optimizer = Heavy("Heavy")
    for _ in range(2):
        optimizer.apply_gradients([(tf.constant([1.0]), v)])
    np.testing.assert_allclose([v, *optimizer.variables[1:]], [[0.7], [2.0], [0.7]], rtol=1e-6)
    assert [each.name for each in optimizer.variables[1:]] == ["Heavy/a/v:0", "Heavy/b/v:0"]
    assert len(optimizer.add_optimizer_variables([v], "q")) == 1


class _Momentum(tf.keras.optimizers.Optimizer):
    """As one writes an optimizer for Keras 3."""

    def __init__(self, learning_rate=0.1, momentum=0.9, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.sums = [
            self.add_variable_from_reference(reference_variable=v, name="sum", initializer="ones") for v in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        total = self.sums[self._get_variable_index(variable)]
        self.assign(total, self.momentum * total + gradient)
        self.assign_sub(variable, learning_rate * total)


def test_optimizers_of_keras_3():
    v = tf.Variable([1.0, 2.0])
    optimizer = _Momentum(0.5)
    optimizer.build([v])
    for _ in range(2):
        optimizer.apply([tf.constant([1.0, 0.0])], [v])
    np.testing.assert_allclose(v, [1 - 0.5 * 1.9 - 0.5 * 2.71, 2 - 0.5 * 0.9 - 0.5 * 0.81], rtol=1e-6)
    assert len(optimizer.variables) == 2 and optimizer.built and optimizer.name == "_Momentum"
    assert _Momentum.from_config(optimizer.get_config()).learning_rate.numpy() == 0.5

    class Slow(tf.keras.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate / 2)

    w = tf.Variable(1.0)
    Slow(0.5).apply([tf.constant(1.0)], [w])
    assert float(w) == 0.75


def test_a_variable_twice_is_changed_by_one_gradient_after_the_other():
    first, second = tf.constant([1.0, 1.0]), tf.constant([2.0, 2.0])
    cases = [
        (optimizers.SGD(0.1), [0.7, 1.7]), (optimizers.SGD(0.1, momentum=0.9), [0.61, 1.61]),
        (optimizers.Adam(0.1), [0.7703, 1.7703]), (optimizers.SGD(0.1, global_clipnorm=1.0), [0.90513, 1.90513]),
        (optimizers.legacy.SGD(0.1, momentum=0.9), [0.61, 1.61]), (optimizers.legacy.Adam(0.1), [0.7703, 1.7703]),
    ]  # fmt: skip
    for optimizer, expected in cases:
        variable = tf.Variable([1.0, 2.0])
        optimizer.apply_gradients([(first, variable), (second, variable)])
        np.testing.assert_allclose(variable.numpy(), expected, atol=1e-4)
        assert optimizer.iterations.numpy() == 1


def test_a_variable_twice_in_minimize_and_in_a_function():
    variable, optimizer = tf.Variable([1.0, 2.0]), optimizers.SGD(0.1, momentum=0.9)
    for _ in range(2):
        optimizer.minimize(lambda: tf.reduce_sum(variable * variable), [variable, variable])
    np.testing.assert_allclose(variable.numpy(), [-0.4734, -0.9468], atol=1e-4)
    variable, optimizer = tf.Variable([1.0, 2.0]), optimizers.SGD(0.1, momentum=0.9)

    @tf.function
    def step():
        optimizer.apply_gradients([(tf.constant([1.0, 1.0]), variable), (tf.constant([2.0, 2.0]), variable)])

    step(), step()
    np.testing.assert_allclose(variable.numpy(), [-0.2759, 0.7241], atol=1e-4)
