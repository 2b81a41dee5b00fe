"""Examples in docstrings: none may change what the next one meets."""

import pytest

import addax as tf
from addax.keras.layers import current_calls


def global_settings() -> dict:
    """What an example could leave behind, by name."""
    keras = tf.keras
    return {
        "learning phase": current_calls.global_learning_phase(),
        "floatx": keras.backend.floatx(),
        "epsilon": keras.backend.epsilon(),
        "image_data_format": keras.backend.image_data_format(),
        "global policy": keras.mixed_precision.global_policy().name,
        "functions run eagerly": tf.config.functions_run_eagerly(),
        "soft device placement": tf.config.get_soft_device_placement(),
        "traceback filtering": tf.debugging.is_traceback_filtering_enabled(),
        "interactive logging": keras.utils.is_interactive_logging_enabled(),
    }


@pytest.fixture(autouse=True)
def examples_leave_no_settings_behind():
    """An example that changes a setting puts it back."""
    before = global_settings()
    yield
    after = global_settings()
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert not changed, f"the example changed what the next one meets (before, after): {changed}"
