"""keras.ops.rearrange."""

import numpy as np
import pytest

from addax import keras

X = np.arange(48).reshape(2, 4, 3, 2)


@pytest.mark.parametrize(
    ("pattern", "lengths", "wanted"),
    [
        ("b h w c -> b c h w", {}, X.transpose(0, 3, 1, 2)),
        ("b h w c -> (b h) w c", {}, X.reshape(8, 3, 2)),
        ("b h w c -> h (b w) c", {}, X.transpose(1, 0, 2, 3).reshape(4, 6, 2)),
        (
            "b (h1 h) w c -> (b h1) h w c",
            {"h1": 2},
            X.reshape(4, 2, 3, 2),
        ),
        ("b (h p) w c->b h w (c p)", {"p": 2}, X.reshape(2, 2, 2, 3, 2).transpose(0, 1, 3, 4, 2).reshape(2, 2, 3, 4)),
        ("a b c d -> a b 1 (c d)", {}, X.reshape(2, 4, 1, 6)),
    ],
)
def test_axes(pattern, lengths, wanted):
    np.testing.assert_array_equal(keras.ops.rearrange(X, pattern, **lengths), wanted)


def test_in_a_model():
    inputs = keras.Input((4, 6))
    model = keras.Model(inputs, keras.ops.rearrange(inputs, "b (h p) c -> b h (p c)", p=2))
    assert tuple(model.output_shape) == (None, 2, 12)
    again = keras.Model.from_config(model.get_config())
    x = np.random.default_rng(0).normal(size=(3, 4, 6)).astype("float32")
    np.testing.assert_array_equal(again(x), x.reshape(3, 2, 12))


@pytest.mark.parametrize(
    ("pattern", "match"),
    [
        ("a b c d", "expected a pattern"),
        ("a b -> b a", "2 axes"),
        ("a b c d -> a b c", "same names"),
        ("a b c (d e) -> a b c d e", "does not fit"),
        ("(a b c d -> a", "brackets"),
        ("a b c ! -> a", "not a name"),
    ],
)
def test_refusals(pattern, match):
    with pytest.raises(ValueError, match=match):
        keras.ops.rearrange(X, pattern)
