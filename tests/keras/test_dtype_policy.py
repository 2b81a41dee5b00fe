import pytest

from addax.core import dtypes
from addax.keras import dtype_policy
from addax.keras.dtype_policy import Policy


@pytest.fixture(autouse=True)
def _restore():
    yield
    dtype_policy.set_global_policy(None)


@pytest.mark.parametrize(
    ("name", "compute", "variable"),
    [
        ("float32", "float32", "float32"),
        ("mixed_float16", "float16", "float32"),
        ("mixed_bfloat16", "bfloat16", "float32"),
        ("float64", "float64", "float64"),
        ("int32", "int32", "int32"),
        ("_infer", None, None),
    ],
)
def test_dtypes_of_a_policy(name, compute, variable):
    policy = Policy(name)
    assert (policy.name, policy.compute_dtype, policy.variable_dtype) == (name, compute, variable)
    assert Policy.from_config(policy.get_config()) == policy
    assert repr(policy) == f'<Policy "{name}">'


def test_refuses_what_is_no_policy():
    with pytest.raises(ValueError, match="foo"):
        Policy("foo")
    with pytest.raises(TypeError, match="must be a string"):
        Policy(dtypes.float32)
    with pytest.raises(TypeError, match="must be a string"):
        Policy(3)


def test_global_policy():
    assert dtype_policy.global_policy().name == "float32"
    dtype_policy.set_global_policy("mixed_bfloat16")
    assert dtype_policy.global_policy().compute_dtype == "bfloat16"
    with pytest.raises(ValueError, match="int32"):
        dtype_policy.set_global_policy("int32")
    assert dtype_policy.global_policy().name == "mixed_bfloat16"


def test_get_and_serialize():
    assert dtype_policy.get(dtypes.float64).name == "float64"
    assert dtype_policy.get("mixed_float16").compute_dtype == "float16"
    described = {"module": "keras.mixed_precision", "class_name": "Policy", "config": {"name": "mixed_float16"},
                 "registered_name": None}  # fmt: skip
    assert dtype_policy.get(described) == Policy("mixed_float16")
    assert dtype_policy.serialize(Policy("float32")) == "float32"


def test_the_older_form_of_a_policy():
    assert dtype_policy.get({"class_name": "Policy", "config": {"name": "mixed_float16"}}) == Policy("mixed_float16")
