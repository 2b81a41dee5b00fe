"""EinsumDense: what it says of its shapes; numbers measured from Keras 2."""

import pytest

import addax as tf

L = tf.keras.layers


@pytest.mark.parametrize(
    ("equation", "sizes", "given", "noted"),
    [
        ("abc,cd->abd", (None, 4), (2, 3, 5), [2, None, 4]),
        ("abc,cd->abd", (3, 4), (2, 3, 5), [2, 3, 4]),
        ("...x,xy->...y", 4, (2, 2, 3, 5), [2, 3, 2, 4]),
        ("...abx,xy->...aby", (None, None, 4), (6, 7, 2, 3, 5), [6, 7, None, None, 4]),
        ("abx...,xy->aby...", (None, 4), (6, 7, 5, 2, 3), [6, None, 4, 2, 3]),
        ("ab,bc->ac", (4, 2), (3, 5), [3, 4, 2]),
    ],
)
def test_the_output_shape_is_the_one_noted_when_the_layer_was_built(equation, sizes, given, noted):
    layer = L.EinsumDense(equation, sizes)
    out = layer(tf.ones(given))
    assert layer.full_output_shape == noted
    assert layer.compute_output_shape((9, 9, 9)).as_list() == noted
    assert out.shape[-1] == 4 or equation == "abx...,xy->aby..."


def test_integers_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="kernel"):
        L.EinsumDense("ab,bc->ac", 4)(tf.constant([[1, 2]]))
