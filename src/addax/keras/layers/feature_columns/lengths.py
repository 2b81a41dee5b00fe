"""How long the sequences of a batch are."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert
from addax.core.static_arguments import concrete
from addax.ops.arithmetic import multiply
from addax.ops.casting import cast
from addax.ops.reductions import reduce_max


def of_sparse(value: Any, elements: int = 1) -> Any:
    """The lengths of a sparse tensor's rows, in steps of so many elements; int64."""
    who = "feature_column"
    indices = concrete(value.indices, who)
    rows = int(concrete(value.dense_shape, who)[0])
    lengths = np.zeros(rows, np.int64)
    np.maximum.at(lengths, indices[:, 0], -(-(indices[:, 1] + 1) // elements))
    return convert.convert_to_tensor(lengths)


def of_present(present: Any) -> Any:
    """The lengths of rows of which (batch, steps, ...) are present; int64."""
    if len(present.shape) > 2:
        present = reduce_max(cast(present, "int64"), axis=list(range(2, len(present.shape))))
    steps = np.arange(1, present.shape[1] + 1, dtype=np.int64)
    return reduce_max(multiply(cast(present, "int64"), steps), axis=1)
