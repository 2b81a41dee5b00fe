import pytest

from addax.keras import config


def test_defaults():
    assert (config.floatx(), config.epsilon(), config.image_data_format()) == ("float32", 1e-7, "channels_last")


def test_set_and_restore():
    config.set_floatx("float64")
    config.set_epsilon(1e-3)
    config.set_image_data_format("channels_first")
    try:
        assert (config.floatx(), config.epsilon(), config.image_data_format()) == ("float64", 1e-3, "channels_first")
        assert config.rounded(0.01) == 0.01
    finally:
        config.set_floatx("float32")
        config.set_epsilon(1e-7)
        config.set_image_data_format("channels_last")


def test_refuses_unknown_names():
    with pytest.raises(ValueError, match="int8"):
        config.set_floatx("int8")
    with pytest.raises(ValueError, match="sideways"):
        config.set_image_data_format("sideways")
    assert config.floatx() == "float32"


def test_rounded_is_as_the_float_type_holds_it():
    assert config.rounded(0.01) == 0.009999999776482582
    config.set_floatx("bfloat16")
    try:
        assert config.rounded(0.01) == 0.010009765625
    finally:
        config.set_floatx("float32")


def test_names_of_keras_3():
    from addax import keras

    assert keras.config.backend() == "jax"
    assert keras.config.dtype_policy().name == "float32"
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    finally:
        keras.config.set_dtype_policy(None)
    keras.config.disable_interactive_logging()
    try:
        assert not keras.config.is_interactive_logging_enabled()
    finally:
        keras.config.enable_interactive_logging()
    assert keras.config.is_traceback_filtering_enabled() in (True, False)
    with pytest.raises(AttributeError, match="epsilon"):
        keras.config.epsylon  # noqa: B018


def test_limits_of_training():
    import numpy as np

    from addax import keras

    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((8, 2)), np.ones((8, 1))
    keras.config.set_max_epochs(2)
    keras.config.set_max_steps_per_epoch(3)
    try:
        assert (keras.config.max_epochs(), keras.config.max_steps_per_epoch()) == (2, 3)
        history = model.fit(x, y, epochs=5, batch_size=2, verbose=0)
        assert len(history.epoch) == 2 and int(model.optimizer.iterations) == 6
        assert model.predict(x, batch_size=2, verbose=0).shape == (6, 1)
    finally:
        keras.config.set_max_epochs(None)
        keras.config.set_max_steps_per_epoch(None)
    with pytest.raises(ValueError, match="positive"):
        keras.config.set_max_epochs(0)
