"""tf.fingerprint: eight bytes for each row of a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.ops.hashing import fingerprint64


def fingerprint(data: Any, method: str = "farmhash64", name: str | None = None) -> Tensor:
    """Eight bytes for each entry along the first axis, equal for equal entries; the same on every machine.

    Args:
        data: a tensor with at least one axis. Strings are hashed one by one, other values as their bytes.
        method: "farmhash64".
        name: ignored.

    Returns:
        A uint8 tensor of shape (data.shape[0], 8): the fingerprints, lowest byte first.

    Raises:
        InvalidArgumentError: a scalar, or an unknown method.

    >>> import addax as tf
    >>> tf.fingerprint(["abc", "d"]).numpy().tolist()[1]
    [33, 154, 125, 149, 99, 228, 10, 62]
    """
    value = convert.value_of(convert.convert_to_tensor(data))
    if isinstance(value, Tracer):
        raise NotCompilable("tf.fingerprint hashes bytes on the host, and its argument is symbolic")
    if method != "farmhash64":
        raise errors.InvalidArgumentError(
            errors.message("tf.fingerprint", expected="method 'farmhash64'", received=f"Unsupported method: {method!r}")
        )
    if not value.ndim:
        raise errors.InvalidArgumentError(
            errors.message("tf.fingerprint", expected="data of at least one dimension", received={"data": data})
        )
    array = np.asarray(value)
    hashed = [_of_strings(row) if array.dtype.kind == "O" else fingerprint64(row.tobytes()) for row in array]
    return convert.convert_to_tensor(np.asarray(hashed, "<u8").view(np.uint8).reshape(len(array), 8))


def _of_strings(row: Any) -> int:
    """One fingerprint of the strings of a row: that of a single string, or of all of their fingerprints' bytes."""
    if isinstance(row, bytes):
        return fingerprint64(row)
    each = [fingerprint64(text) for text in row.reshape(-1).tolist()]
    return each[0] if len(each) == 1 else fingerprint64(np.asarray(each, "<u8").tobytes())
