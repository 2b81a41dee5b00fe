"""Which generator layers draw from (tf.keras.backend.experimental)."""

from __future__ import annotations


def is_tf_random_generator_enabled() -> bool:
    """Whether layers draw from counter-based generators: always.

    >>> from addax.keras import backend as K
    >>> K.experimental.is_tf_random_generator_enabled()
    True
    """
    return True


def enable_tf_random_generator() -> None:
    """Draw from counter-based generators, which layers do in any case.

    >>> from addax.keras import backend as K
    >>> K.experimental.enable_tf_random_generator()
    """


def disable_tf_random_generator() -> None:
    """Draw from stateful operations of TensorFlow 1, which there are none of.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("Layers draw from counter-based generators only; there is no other kind to go back to.")
