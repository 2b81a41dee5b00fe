"""tf.train.ExponentialMovingAverage: averages of variables over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.ops import arithmetic, casting

_FLOATS = (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.bfloat16)


class ExponentialMovingAverage:
    """Averages of variables in which the past counts less and less: average = decay * average + (1 - decay) * value.

    Args:
        decay: how much of the average is kept, close to 1.
        num_updates: how often was updated so far (a number or a variable); the decay is then at most
            (1 + num_updates) / (10 + num_updates), so that averages move faster at the beginning.
        zero_debias: for averages of tensors in graphs; averages of variables begin at their values and have no bias.
        name: the end of the averages' names.

    >>> import addax as tf
    >>> v = tf.Variable(1.0)
    >>> averages = tf.train.ExponentialMovingAverage(0.9)
    >>> averages.apply([v])
    >>> _ = v.assign(2.0)
    >>> averages.apply([v])
    >>> round(float(averages.average(v)), 4)
    1.1
    """

    def __init__(
        self, decay: Any, num_updates: Any = None, zero_debias: bool = False, name: str = "ExponentialMovingAverage"
    ) -> None:
        self._decay, self._num_updates, self._zero_debias, self._name = decay, num_updates, zero_debias, name
        self._averages: dict[int, tuple[Variable, Variable]] = {}

    @property
    def name(self) -> str:
        """The end of the averages' names."""
        return self._name

    def _rate(self, kind: dtypes.DType) -> Tensor:
        """1 - decay."""
        decay = convert.convert_to_tensor(self._decay)
        decay = casting.cast(decay, kind)
        if self._num_updates is not None:
            count = casting.cast(self._num_updates, kind)
            decay = arithmetic.minimum(decay, (1 + count) / (10 + count))
        return 1 - decay

    def apply(self, var_list: Sequence[Variable] | None = None) -> None:
        """Take the present values of variables into their averages, making those that are new.

        Args:
            var_list: floating variables; by default those that have averages.

        Raises:
            TypeError: something else.
        """
        variables = [variable for variable, _ in self._averages.values()] if var_list is None else list(var_list)
        for variable in variables:
            if not isinstance(variable, Variable):
                raise TypeError(
                    "tf.train.ExponentialMovingAverage does not support non-Variable tensors: "
                    f"received {type(variable).__name__}."
                )
            if variable.dtype not in _FLOATS:
                raise TypeError(f"The variables must be half, float, or double: {variable.name} ({self._name})")
        for variable in variables:
            if id(variable) not in self._averages:
                with context.init_scope():
                    start = np.asarray(variable.numpy())
                    average = Variable(start, dtype=variable.dtype, trainable=False, name=self.average_name(variable))
                self._averages[id(variable)] = (variable, average)
            average = self._averages[id(variable)][1]
            average.assign_sub((average - variable) * self._rate(variable.dtype))

    def average(self, var: Variable) -> Variable | None:
        """The average of a variable; None if it has none."""
        found = self._averages.get(id(var))
        return None if found is None else found[1]

    def average_name(self, var: Variable) -> str:
        """The name of a variable's average, whether there is one or not."""
        return f"{var.name.split(':')[0]}/{self._name}"

    def variables_to_restore(self, moving_avg_variables: Sequence[Variable] | None = None) -> dict[str, Variable]:
        """The variables by the names of their averages, for restoring averages into them.

        Args:
            moving_avg_variables: which; by default those that have averages.
        """
        chosen = moving_avg_variables
        if chosen is None:
            chosen = [variable for variable, _ in self._averages.values()]
        return {self.average_name(variable): variable for variable in chosen}

    def _checkpoint_children(self) -> dict[str, Any]:
        return {average.name.split(":")[0]: average for _, average in self._averages.values()}
