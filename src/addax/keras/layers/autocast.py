"""Variables of mixed-precision layers: kept in one dtype, seen by the layer's own computations in another."""

from __future__ import annotations

import threading
from typing import Any

from addax.core import dtypes, operators
from addax.core.dispatch import run_plan
from addax.core.plans import Plan
from addax.core.row_gradients import passed
from addax.core.variable import Variable


class _Scope(threading.local):
    """The dtype that the layer this thread is in computes in; None where variables are seen as they are."""

    dtype: Any = None


scope = _Scope()
_plans: dict[Any, Plan] = {}


@operators.operand
class AutoCastVariable(Variable):
    """A variable that ops inside its layer's call read in the layer's compute dtype.

    Gradients arrive in the variable's own dtype: the cast is an op like any other.
    """

    def __tf_operand__(self) -> Any:
        """What an op takes in this variable's place."""
        want = scope.dtype
        if want is None or want == self._value.dtype:
            return self
        plan = _plans.get(want)
        if plan is None:
            plan = _plans[want] = Plan("cast", lambda array: array.astype(want))
            plan.rows = passed
        return run_plan(plan, (self,))

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype in which it is seen here."""
        return dtypes.from_numpy(self._value.dtype if scope.dtype is None else scope.dtype)

    @property
    def true_dtype(self) -> dtypes.DType:
        """The dtype in which it is kept."""
        return dtypes.from_numpy(self._value.dtype)

    def read_value(self) -> Any:
        """The current value, as it is seen here."""
        seen = self.__tf_operand__()
        return super().read_value() if seen is self else seen
