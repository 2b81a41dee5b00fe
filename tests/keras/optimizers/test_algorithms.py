"""Every built-in optimizer: slots, configs, eager steps equal to traced ones."""

import copy

import numpy as np
import pytest

import addax as tf
from addax.core.indexed_slices import IndexedSlices
from addax.keras import optimizers
from addax.keras.optimizers import schedules

ALL = ["SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta", "Ftrl", "Adafactor", "Lion"]
ALL += ["Lamb", "Muon", "ScheduleFreeAdamW"]
OPTIONS = [
    {},
    {"clipnorm": 0.5},
    {"global_clipnorm": 0.5, "weight_decay": 0.1},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    {"learning_rate": schedules.ExponentialDecay(0.1, 2, 0.5)},
    {"gradient_accumulation_steps": 2},
]
SLOTS = {
    "SGD": ["m/a", "m/b"],
    "RMSprop": ["velocity/a", "velocity/b"],
    "Adam": ["m/a", "v/a", "m/b", "v/b"],
    "AdamW": ["m/a", "v/a", "m/b", "v/b"],
    "Adamax": ["m/a", "u/a", "m/b", "u/b"],
    "Nadam": ["m/a", "v/a", "m/b", "v/b"],
    "Adagrad": ["accumulator/a", "accumulator/b"],
    "Adadelta": [
        "accumulated_grad/a", "accumulated_delta_var/a", "accumulated_grad/b", "accumulated_delta_var/b",
    ],
    "Ftrl": ["accumulator/a", "linear/a", "accumulator/b", "linear/b"],
    "Adafactor": ["r/a", "c/a", "v/a", "v/b"],
    "Lion": ["m/a", "m/b"],
    "Lamb": ["momentum/a", "velocity/a", "momentum/b", "velocity/b"],
    "Muon": ["momentum/a", "momentum/b", "velocity/b"],
    "ScheduleFreeAdamW": ["momentum/a", "velocity/a", "momentum/b", "velocity/b"],
}  # fmt: skip


def make(name, /, **options):
    return getattr(optimizers, name)(**{"learning_rate": 0.1, **options})


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


@pytest.mark.parametrize("name", ALL)
def test_slots_have_kerass_names_in_its_order(name):
    optimizer = make(name)
    optimizer.build(variables())
    assert [each.name for each in optimizer.variables] == ["iteration:0", *(slot + ":0" for slot in SLOTS[name])]
    assert optimizer.variables() == optimizer.variables
    optimizer = make(name)
    train(optimizer, variables(), 1)
    assert optimizer.variables[1].name == f"{name}/{SLOTS[name][0]}:0"
    assert optimizer.iterations.dtype.name == "int64"


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "+".join(options) or "plain")
@pytest.mark.parametrize("name", [name for name in ALL if name != "Nadam"])  # Keras 2 multiplies more there, see below
def test_traced_steps_are_the_eager_ones(name, options):
    eager, traced = make(name, **options), make(name, **options)
    expected = train(eager, variables(), 4)
    mine = variables()

    @tf.function
    def apply(grads):
        traced.apply_gradients(zip(grads, mine, strict=True))

    found = train(traced, mine, 4, apply)
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)
    for a, b in zip(eager.variables, traced.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-6, atol=1e-6)
    assert int(traced.iterations) == int(eager.iterations) == (2 if "gradient_accumulation_steps" in options else 4)


@pytest.mark.parametrize("name", ALL)
def test_one_variable_at_a_time_is_the_same(name):
    """A subclass that extends update_step goes the general way and gets the same numbers."""
    whole = make(name, clipvalue=1.0, weight_decay=0.1, use_ema=True, ema_overwrite_frequency=3)
    seen = []

    class Watched(getattr(optimizers, name)):
        def update_step(self, gradient, variable):
            seen.append(variable._shared_name)
            super().update_step(gradient, variable)

    single = Watched(learning_rate=0.1, clipvalue=1.0, weight_decay=0.1, use_ema=True, ema_overwrite_frequency=3)
    for a, b in zip(train(whole, variables(), 4), train(single, variables(), 4), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert seen == ["a", "b"] * 4


@pytest.mark.parametrize("name", ALL)
def test_accumulated_steps_are_those_of_the_mean_gradients(name):
    accumulating, plain = make(name, gradient_accumulation_steps=2), make(name)
    found = train(accumulating, variables(), 4)
    mine = variables()

    def mean(step):
        return [(a + b) / 2 for a, b in zip(gradients(2 * step), gradients(2 * step + 1), strict=True)]

    for step in range(2):
        plain.apply_gradients(zip(mean(step), mine, strict=True))
    for a, b in zip(found, mine, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_sparse_gradients_are_those_of_the_dense_ones(name):
    dense, sparse = make(name), make(name)
    (a, _), (b, _) = variables(), variables()
    rows = tf.constant([[1.0, 2.0, 3.0], [0.5, 0.5, 0.5]])
    whole = tf.constant([[0.0, 0.0, 0.0], [1.5, 2.5, 3.5]])
    for _ in range(2):
        dense.apply_gradients([(whole, a)])
        sparse.apply_gradients([(IndexedSlices(rows, tf.constant([1, 1]), tf.constant([2, 3])), b)])
    np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_config_round_trip(name):
    optimizer = make(name, clipnorm=1.0, name="mine", gradient_accumulation_steps=4)
    config = optimizer.get_config()
    again = type(optimizer).from_config(config)
    assert again.get_config() == config
    described = optimizers.serialize(optimizer)
    assert described["module"] == "keras.optimizers" and described["class_name"] == name
    assert optimizers.deserialize(described).get_config() == config
    assert type(optimizers.get(name.lower())) is type(optimizer)


@pytest.mark.parametrize("name", ALL)
def test_a_copy_goes_on_by_itself(name):
    optimizer, mine = make(name), variables()
    train(optimizer, mine, 2)
    pair = copy.deepcopy((optimizer, mine))
    a, b = train(optimizer, mine, 1), train(*pair, 1)
    np.testing.assert_array_equal(a[0], b[0])
    train(*pair, 1)
    np.testing.assert_array_equal(mine[0].numpy(), a[0])
    assert int(pair[0].iterations) == 4 and int(optimizer.iterations) == 3


def test_slots_read_before_a_step_stay_what_they_were():
    optimizer, mine = make("Adam"), variables()
    train(optimizer, mine, 2)
    held, value = optimizer.variables[1].value(), optimizer.variables[1].numpy()
    weight, before = mine[0].value(), mine[0].numpy()
    train(optimizer, mine, 2)
    np.testing.assert_array_equal(held.numpy(), value)
    np.testing.assert_array_equal(weight.numpy(), before)


def test_hyperparameters_may_be_variables():
    momentum = tf.Variable(0.9)
    optimizer, mine = optimizers.SGD(0.1, momentum=momentum), variables()
    expected = train(optimizers.SGD(0.1, momentum=0.9), variables(), 3)
    np.testing.assert_allclose(train(optimizer, mine, 3)[0], expected[0], rtol=1e-6)
    assert optimizer.get_config()["momentum"] == np.float32(0.9)


def test_amsgrad_centered_and_momentum_make_their_slots():
    optimizer = make("Adam", amsgrad=True)
    optimizer.build(variables())
    assert [v.name for v in optimizer.variables][-2:] == ["vhat/a:0", "vhat/b:0"]
    optimizer = make("RMSprop", centered=True, momentum=0.5)
    optimizer.build(variables())
    names = [v.name for v in optimizer.variables][3:]
    assert names == ["momentum/a:0", "momentum/b:0", "average_gradient/a:0", "average_gradient/b:0"]


@pytest.mark.parametrize(
    "name, options",
    [
        ("SGD", {"momentum": 1.5}),
        ("Lion", {"beta_1": 0.0}),
        ("AdamW", {"weight_decay": None}),
        ("Ftrl", {"l1_regularization_strength": -1.0}),
        ("Ftrl", {"learning_rate_power": 0.5}),
    ],
)
def test_wrong_hyperparameters_are_refused(name, options):
    with pytest.raises(ValueError):
        make(name, **options)


def test_the_product_of_nadam_in_compiled_steps_is_that_of_keras():
    x = np.linspace(-1, 1, 40, dtype="float32").reshape(8, 5)
    for eagerly, product in ((None, 3.792585169526408e-12), (True, 0.0007533970638178289)):
        model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(5,)), tf.keras.layers.Dense(1)])
        model.compile(tf.keras.optimizers.Nadam(0.01), "mse", run_eagerly=eagerly)
        model.fit(x, x[:, :1], batch_size=8, epochs=12, verbose=0)
        np.testing.assert_allclose(model.optimizer._u_product.numpy(), product, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [("Adam", {"learning_rate": 0.02}, 1.68900906641), ("Adamax", {"learning_rate": 0.02}, 1.70247968956)],
)
def test_decay_rates_are_rounded_to_float32_in_float64_too(name, options, expected):
    """Numbers of TensorFlow, whose `tf.cast` makes a Python number a float32 first."""
    draws = np.random.RandomState(0)
    variable = tf.Variable(draws.randn(3, 2))
    optimizer = getattr(optimizers, name)(**options)
    for _ in range(4):
        optimizer.apply_gradients([(tf.constant(draws.randn(3, 2)), variable)])
    np.testing.assert_allclose(variable[0, 0], expected, rtol=1e-9)


def test_the_older_format_names_newer_optimizers_as_those_of_users():
    described = optimizers.serialize(optimizers.Adam(0.5), use_legacy_format=True)
    assert described["class_name"] == "Custom>Adam"
    again = optimizers.deserialize(described, use_legacy_format=True)
    assert type(again) is optimizers.Adam and float(again.learning_rate) == 0.5
    assert optimizers.serialize(optimizers.legacy.Adam(), use_legacy_format=True)["class_name"] == "Adam"


@pytest.mark.parametrize("name", ["Adam", "Adagrad", "RMSprop", "Ftrl", "Nadam"])
def test_whole_numbers_are_refused(name):
    v = tf.Variable([1, 2])
    with pytest.raises((TypeError, tf.errors.InvalidArgumentError), match="floating dtype"):
        getattr(tf.keras.optimizers, name)(0.5).apply_gradients([(tf.constant([1, 1]), v)])
