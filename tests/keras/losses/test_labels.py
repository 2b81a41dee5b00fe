import numpy as np
import pytest

from addax.core import errors
from addax.core.convert import constant
from addax.core.function import function
from addax.keras import losses


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "float32"])
def test_good_labels_pass(dtype):
    losses.check_labels(np.array([[0], [2]], dtype), 3)
    losses.check_labels(np.zeros((0,), dtype), 3)


@pytest.mark.parametrize(
    ("labels", "value"), [([0, 3], "3"), ([-1, 0], "-1"), ([0.0, float("nan")], "nan"), ([0.0, np.inf], "inf")]
)
def test_bad_labels_are_named(labels, value):
    with pytest.raises(errors.InvalidArgumentError) as caught:
        losses.check_labels(labels, 3, who="tf.keras.Model.fit (y)")
    text = str(caught.value)
    assert f"a label value of {value} " in text and "[0, 3)" in text and "tf.keras.Model.fit (y)" in text
    assert "To do" in text


def test_ignored_class_passes():
    losses.check_labels([0, 255], 3, ignore_class=255)
    with pytest.raises(errors.InvalidArgumentError, match="-1"):
        losses.check_labels([0, -1, 255], 3, ignore_class=255)


def test_eager_losses_refuse_and_compiled_ones_give_nan():
    scores = constant(np.zeros((2, 3), np.float32))
    with pytest.raises(errors.InvalidArgumentError, match="label value of 7"):
        losses.sparse_categorical_crossentropy([0, 7], scores, from_logits=True)
    with pytest.raises(errors.InvalidArgumentError, match="label value of 7"):
        losses.SparseCategoricalCrossentropy()([0, 7], scores)
    compiled = function(losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none"))
    out = compiled(constant([0, 7]), scores).numpy()
    assert np.isfinite(out[0]) and np.isnan(out[1])
    assert np.isnan(compiled(constant([0.0, float("nan")]), scores).numpy()[1])
