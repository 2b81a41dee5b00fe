import pytest

from addax import keras


def test_descriptions():
    policies = keras.dtype_policies
    policy = policies.DTypePolicy("mixed_float16")
    assert policies.deserialize(policies.serialize(policy)) == policy

    class Own(policies.DTypePolicy):
        pass

    description = policies.serialize(Own("float32"))
    assert type(policies.deserialize(description, {"Own": Own})) is Own
    with pytest.raises((TypeError, ValueError)):
        policies.deserialize(description)
    assert policies.get("bfloat16").variable_dtype == "bfloat16"
    assert keras.version() == keras.__version__
