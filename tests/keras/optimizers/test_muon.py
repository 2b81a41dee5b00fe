"""Muon from configs: what a file may ask of its patterns."""

import pytest

import addax as tf


def test_a_config_s_patterns_are_simple():
    made = tf.keras.optimizers.Muon(0.1, exclude_layers=["head$", "block_[0-9]+"])
    assert tf.keras.optimizers.Muon.from_config(made.get_config()).exclude_layers == ["head$", "block_[0-9]+"]
    for pattern in ("(a+)+$", "a*b*c*d*e", 3):
        with pytest.raises(ValueError, match="simple patterns only"):
            tf.keras.optimizers.Muon.from_config({"exclude_layers": [pattern]})
