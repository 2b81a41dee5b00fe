"""ReduceOp: how the values of replicas become one."""

from __future__ import annotations

import enum
from typing import Any

from addax.core.variable import VariableAggregation


class ReduceOp(enum.Enum):
    """How the values of replicas become one: `SUM` or `MEAN`.

    >>> import addax as tf
    >>> tf.distribute.ReduceOp("SUM")
    <ReduceOp.SUM: 'SUM'>
    """

    SUM = "SUM"
    MEAN = "MEAN"

    @staticmethod
    def from_variable_aggregation(aggregation: Any) -> ReduceOp:
        """The reduction that an aggregation of variables stands for.

        Raises:
            ValueError: it stands for none.
        """
        name = VariableAggregation(getattr(aggregation, "value", aggregation)).name
        if name in ("SUM", "MEAN"):
            return ReduceOp[name]
        raise ValueError(
            f"Could not convert from `tf.VariableAggregation` VariableAggregation.{name} to`tf.distribute.ReduceOp` "
            "type\n  To do: make the variable with aggregation=tf.VariableAggregation.SUM, MEAN or ONLY_FIRST_REPLICA."
        )


def as_reduce_op(reduce_op: Any) -> ReduceOp:
    """A `ReduceOp`, or its name in any case.

    Raises:
        ValueError: no such reduction.
    """
    return ReduceOp(reduce_op.upper()) if isinstance(reduce_op, str) else ReduceOp(reduce_op)
