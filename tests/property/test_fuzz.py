"""Any input to an op: a result, or an exception that Addax explains; never one of JAX or XLA alone."""

import functools
import inspect
import os
import random
import traceback

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import addax as tf

SOURCE = os.path.dirname(tf.__file__)
SPACES = ("", "math", "nn", "linalg", "image", "signal", "strings", "bitwise", "sets", "random", "ragged", "sparse")
# These do something other than computing: they call functions, change settings, write files, or run for long.
LEFT_OUT = frozenset(
    (
        "py_function numpy_function function print while_loop register_tensor_conversion_function init_scope device "
        "custom_gradient recompute_grad install_alias missing_name set_global_generator set_seed"
    ).split()
)
SHAPES = [(), (0,), (1,), (2,), (3,), (0, 3), (2, 3), (3, 3), (2, 2, 2), (1, 4, 4, 2), (3, 3, 2, 2), (1, 4, 4, 4, 1)]
DTYPES = "float32 float32 float32 float64 int32 int64 bool complex64 uint8 float16 bfloat16 int8 string".split()


def functions():
    found = {}
    for space in SPACES:
        module = getattr(tf, space) if space else tf
        for name in sorted(dir(module)):
            each = getattr(module, name)
            if inspect.isfunction(each) and not name.startswith("_") and name not in LEFT_OUT:
                found.setdefault(id(each), (f"{space}.{name}".strip("."), each))
    return list(found.values())


FUNCTIONS = functions()


def tensor(rng):
    shape, dtype = rng.choice(SHAPES), rng.choice(DTYPES)
    values = np.asarray(np.random.default_rng(rng.randrange(10**6)).normal(size=shape)) * rng.choice([1, 1, 5, 100])
    if dtype == "string":
        return tf.constant(np.full(shape, b"ab", object))
    if dtype[0] in "ui":
        return tf.constant(np.abs(values).astype(dtype))
    if dtype == "bool":
        return tf.constant(values > 0)
    if rng.random() < 0.1:
        values = values * rng.choice([np.nan, np.inf])
    return tf.constant(values, dtype)


def anything(rng, depth=0):
    kind = rng.random()
    if kind < 0.55:
        return tensor(rng)
    if kind < 0.9 or depth:
        return rng.choice(
            [0, 1, 2, -1, -3, 7, 2**40, 0.5, -1.0, float("nan"), True, False, None, "SAME", "nope", "NHWC", "float32",
             [], [1, 1, 1, 1], [2, -1], [[1, 1], [0, 0]], (2, 1, 0), tf.int32, tf.float64, tf.string]
        )  # fmt: skip
    return [anything(rng, depth + 1) for _ in range(rng.randrange(4))]


def arguments(function, rng):
    """Arguments for each parameter: of the kind of its default, mostly."""
    made = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.name == "name":
            continue
        default = parameter.default
        if default is not parameter.empty and rng.random() < 0.6:
            continue
        if rng.random() < 0.1 or default is parameter.empty:
            made[parameter.name] = anything(rng)
        elif isinstance(default, bool):
            made[parameter.name] = rng.random() < 0.5
        elif isinstance(default, int | float):
            made[parameter.name] = rng.choice([0, 1, 2, -1, 3, 0.5, default, float("nan")])
        else:
            made[parameter.name] = anything(rng)
    return made


def offence(error, function):
    """What is wrong with an exception; None if it is Addax's own."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, jax.errors.JAXTypeError | jax.errors.JaxRuntimeError):
        return "an exception of JAX"
    if type(error).__module__.partition(".")[0] in ("jax", "jaxlib"):
        return "an exception of JAX"
    if f"{os.sep}jax{os.sep}" in frames[-1].filename or f"{os.sep}jaxlib{os.sep}" in frames[-1].filename:
        return "raised by JAX, and not explained"
    own = tf.errors.OpError | TypeError | ValueError
    if not isinstance(error, own if hasattr(function, "op") else own | RuntimeError | NotImplementedError | OSError):
        return "not one of TensorFlow's exceptions"
    return None


def check(name, function, rng):
    given = arguments(function, rng)
    try:
        function(**given)
    except Exception as error:
        wrong = offence(error, function)
        if wrong:
            shown = {key: getattr(value, "dtype", value) for key, value in given.items()}
            pytest.fail(f"tf.{name}: {wrong}: {type(error).__name__}: {error}\n  arguments: {shown}", pytrace=False)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_no_input_ends_in_an_exception_of_jax(seed):
    rng = random.Random(seed)
    check(*rng.choice(FUNCTIONS), rng)


# Objects whose methods are called; made anew each time, since methods change them.
OBJECTS = {
    "Variable": lambda: tf.Variable([[1.0, 2.0], [3.0, 4.0]]),
    "TensorArray": lambda: tf.TensorArray(tf.float32, 3),
    "RaggedTensor": lambda: tf.ragged.constant([[1.0, 2.0], [3.0]]),
    "SparseTensor": lambda: tf.sparse.from_dense([[1.0, 0.0], [0.0, 2.0]]),
    "TensorShape": lambda: tf.TensorShape([2, None, 3]),
    "TensorSpec": lambda: tf.TensorSpec([2, None]),
    "GradientTape": lambda: tf.GradientTape(persistent=True),
    "random.Generator": lambda: tf.random.Generator.from_seed(1),
    "linalg.LinearOperatorDiag": lambda: tf.linalg.LinearOperatorDiag([1.0, 2.0]),
    "data.Dataset": lambda: tf.data.Dataset.range(3),
    "keras.Sequential": lambda: tf.keras.Sequential(),
    "keras.optimizers.Adam": lambda: tf.keras.optimizers.Adam(),
    "keras.metrics.Mean": lambda: tf.keras.metrics.Mean(),
    "keras.losses.Huber": lambda: tf.keras.losses.Huber(),
}
# These write files, run for long or until somebody stops them, or belong to the package itself.
METHODS_LEFT_OUT = frozenset(
    (
        "save save_weights load load_weights export fit predict evaluate as_numpy_iterator list_files random snapshot "
        "record cut left follow knows inputs_of add_weight call repeat explain fit_generator evaluate_generator "
        "predict_generator"
    ).split()
)


def methods():
    found = []
    for name in OBJECTS:
        cls = functools.reduce(getattr, name.split("."), tf)
        for each in sorted(dir(cls)):
            method = getattr(cls, each, None)
            if not each.startswith("_") and each not in METHODS_LEFT_OUT and callable(method):
                found.append((name, each))
    return found


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_no_method_ends_in_an_exception_of_jax(seed):
    rng = random.Random(seed)
    name, method = rng.choice(METHODS)
    check(f"{name}.{method}", getattr(OBJECTS[name](), method), rng)


METHODS = methods()


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (
            lambda: tf.reshape(tf.ones([2, 2]), [[1, 1], [0, 0]]),
            tf.errors.InvalidArgumentError,
            r"tf.reshape(?s:.*)shape=[\[(]{2}1, 1",
        ),
        (lambda: tf.random.normal([[0, 1], [1, 0]]), tf.errors.InvalidArgumentError, "random.normal"),
        (lambda: tf.random.uniform([-1]), (ValueError, tf.errors.OpError), "random"),
        (lambda: tf.linalg.pinv(tf.ones([2, 2], tf.float16)), (TypeError, ValueError, tf.errors.OpError), "pinv"),
        (lambda: tf.nn.gelu(None), ValueError, "tf.nn.gelu: expected a tensor for features"),
        (lambda: tf.linalg.set_diag(None, [1.0]), ValueError, "None values not supported"),
        (lambda: bool(tf.ones([2])), ValueError, "a tensor as a Python bool: .*ambiguous"),
        (lambda: int(tf.ones([2])), TypeError, "a tensor as a Python int: expected one number"),
        (lambda: [1][tf.constant(0.5)], TypeError, "a tensor as a Python index"),
    ],
)
def test_what_the_search_found(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
