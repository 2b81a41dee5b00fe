"""tf.get_logger."""

from __future__ import annotations

import logging


def get_logger() -> logging.Logger:
    """The logger "tensorflow", under the name that programs configure; what Addax logs goes there.

    Returns:
        A `logging.Logger` with a handler that writes to standard error, unless it has one of its own.

    >>> import addax as tf
    >>> tf.get_logger().name
    'tensorflow'
    """
    logger = logging.getLogger("tensorflow")
    if not logger.handlers and not logging.getLogger().handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
        logger.addHandler(handler)
    return logger
