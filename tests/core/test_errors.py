"""The exception types of TensorFlow and the form of the project's messages."""

import pickle
import warnings

import numpy as np
import pytest

from addax.core import dtypes, errors
from addax.core.shapes import TensorShape

CODES = {
    "CancelledError": 1,
    "UnknownError": 2,
    "InvalidArgumentError": 3,
    "DeadlineExceededError": 4,
    "NotFoundError": 5,
    "AlreadyExistsError": 6,
    "PermissionDeniedError": 7,
    "ResourceExhaustedError": 8,
    "FailedPreconditionError": 9,
    "AbortedError": 10,
    "OutOfRangeError": 11,
    "UnimplementedError": 12,
    "InternalError": 13,
    "UnavailableError": 14,
    "DataLossError": 15,
    "UnauthenticatedError": 16,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_types(name, code):
    cls = getattr(errors, name)
    assert issubclass(cls, errors.OpError) and not issubclass(cls, (ValueError, TypeError))
    error = cls(None, None, "what went wrong", {"key": b"detail"})
    assert (str(error), error.message, error.error_code) == ("what went wrong", "what went wrong", code)
    assert (error.node_def, error.op, error.experimental_payloads) == (None, None, {"key": b"detail"})
    assert errors.exception_type_from_error_code(code) is cls and errors.error_code_from_exception_type(cls) == code
    short = cls("only text")
    assert (short.message, short.error_code, short.node_def) == ("only text", code, None)
    for each in (error, short):
        again = pickle.loads(pickle.dumps(each))
        assert (type(again), again.message, again.error_code, again.experimental_payloads) == (
            cls,
            each.message,
            code,
            each.experimental_payloads,
        )


def test_codes_and_base():
    assert (errors.OK, errors.CANCELLED, errors.DATA_LOSS, errors.UNAUTHENTICATED) == (0, 1, 15, 16)
    base = pickle.loads(pickle.dumps(errors.OpError(None, None, "m", 7)))
    assert (base.error_code, base.message) == (7, "m")
    assert errors.UnknownError(None, None, "m", 7).error_code == 7
    assert errors.OperatorNotAllowedInGraphError.__mro__[1] is TypeError
    assert issubclass(errors.AddaxWarning, UserWarning)
    assert errors.error_code_from_exception_type(KeyError) is None


class _Symbolic:
    dtype = dtypes.float32
    shape = TensorShape([None, 3])


class _Broken:
    def __repr__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (np.zeros((2, 3), np.float32), "float32 (2, 3)"),
        (np.float64(1), "float64 ()"),
        (_Symbolic(), "float32 (None, 3)"),
        (3, "3 (int)"),
        (True, "True (bool)"),
        ("abc", "'abc'"),
        ([1, 2], "[1, 2] (list)"),
        ([np.zeros(2), np.zeros(3)], "[float64 (2,), float64 (3,)]"),
        ((np.zeros(2),), "(float64 (2,))"),
        ({"a": np.zeros(2)}, "{'a': float64 (2,)}"),
        (dict, "the class dict"),
        (_Broken(), "an object (_Broken)"),
    ],
)
def test_describe(value, text):
    assert errors.describe(value) == text


def test_describe_shortens():
    text = errors.describe(list(range(1000)))
    assert len(text) < 100 and text.endswith("... (list)")
    assert errors.describe([np.zeros(1)] * 9).endswith(", ...]")

    class Unknown:
        dtype, shape = dtypes.int32, TensorShape(None)

    assert errors.describe(Unknown()) == "int32 of unknown shape"


def test_message():
    x, y = np.zeros((2, 3), np.float32), np.zeros((4, 5), np.float32)
    text = errors.message(
        "tf.matmul (x @ y)", expected="the inner dimensions to agree", received={"x": x, "y": y}, hint="transpose one"
    )
    assert text == (
        "tf.matmul (x @ y): expected the inner dimensions to agree.\n"
        "  Received: x float32 (2, 3), y float32 (4, 5).\n"
        "  To do: transpose one."
    )
    assert errors.message("a", expected="b.", received="as it is") == "a: expected b.\n  Received: as it is."
    assert errors.message("Everything is said.") == "Everything is said."
    assert errors.message("a", received=3).endswith("Received: 3 (int).")


def test_suggest():
    names = ["adam", "adamax", "sgd", "RMSprop", "sparse_categorical_crossentropy"]
    assert errors.suggest("adm", names) == "did you mean 'adam'?"
    assert errors.suggest("rmsprop", names) == "did you mean 'RMSprop'?"
    assert errors.suggest("SparseCategoricalCrossentropy", names).count("sparse_categorical_crossentropy") == 1
    assert errors.suggest("zzz", names) == ""
    assert errors.nearest("adamx", names)[:2] == ["adamax", "adam"]


def test_warn_once():
    errors.forget_warnings()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert errors.warn_once(("a", 1), "first")
        assert not errors.warn_once(("a", 1), "again")
        assert errors.warn_once(("a", 2), "other", DeprecationWarning)
    assert [(str(w.message), w.category) for w in seen] == [
        ("first", errors.AddaxWarning),
        ("other", DeprecationWarning),
    ]


def test_warn_once_points_at_its_caller():
    errors.forget_warnings()

    def library():
        errors.warn_once("here", "text")  # stacklevel 2: whoever called library

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        library()
    assert seen[0].filename == __file__


def test_warn_once_forgets_the_oldest():
    errors.forget_warnings()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for key in range(1100):
            errors.warn_once(key, "x")
        assert not errors.warn_once(1099, "x")
        assert errors.warn_once(0, "x")
    assert len(seen) == 1101
    errors.forget_warnings()
