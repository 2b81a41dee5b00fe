"""Discretization: numbers to the number of the bin they lie in."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.core.variable import Variable
from addax.keras import config, graph
from addax.keras.layers.arguments import register
from addax.keras.layers.preprocessing import encoding
from addax.keras.layers.preprocessing.base import PreprocessingLayer, as_tensor, is_ragged, is_sparse
from addax.ops import categorical as ops

_EMPTY = np.zeros((2, 0), np.float32)


class Discretization(PreprocessingLayer):
    """The bin of each number, by given boundaries or by quantiles of data that `adapt` looks at.

    Args:
        bin_boundaries: sorted boundaries; bin i holds what is at least boundary i - 1 and less than boundary i.
        num_bins: how many bins `adapt` is to find.
        epsilon: the error of the quantiles, as a share.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: whether the encoded modes give SparseTensors.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Discretization([0.0, 1.0])(tf.constant([-1.0, 0.5, 2.0])).numpy().tolist()
    [0, 1, 2]
    """

    def __init__(
        self, bin_boundaries: Any = None, num_bins: int | None = None, epsilon: float = 0.01, output_mode: str = "int",
        sparse: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        mode = encoding.check_mode(
            output_mode, (encoding.INT, encoding.ONE_HOT, encoding.MULTI_HOT, encoding.COUNT), "Discretization"
        )
        encoding.check_sparse(sparse, mode)
        dtype = kwargs.pop("dtype", None)
        if dtype is None or (mode == encoding.INT and not _integer(dtype)):
            dtype = "int64" if mode == encoding.INT else config.floatx()
        super().__init__(dtype=dtype, **{"autocast": False, **kwargs})
        if num_bins is not None and num_bins < 0:
            raise ValueError(f"`num_bins` must be greater than or equal to 0. You passed `num_bins={num_bins}`")
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError(
                "Both `num_bins` and `bin_boundaries` should not be set. You passed "
                f"`num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`"
            )
        self.input_bin_boundaries = None if bin_boundaries is None else np.asarray(bin_boundaries).tolist()
        self.bin_boundaries = self.input_bin_boundaries or []
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = mode
        self.sparse = sparse

    def build(self, input_shape: Any) -> None:
        """Make the summary of the values that `adapt` looks at: (2, n) values and their weights."""
        super().build(input_shape)
        if self.input_bin_boundaries is None:
            self.summary = Variable(_EMPTY, trainable=False, name="summary", shape=TensorShape([2, None]))

    def update_state(self, data: Any) -> None:
        """Take a batch into the summary of the values."""
        if self.input_bin_boundaries is not None:
            raise ValueError(
                "Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use `num_bins` "
                f"instead. You passed `bin_boundaries={self.input_bin_boundaries}`."
            )
        if not self.built:
            raise RuntimeError(f"Layer {self.name}: `build` must be called before `update_state`.")
        values = np.sort(np.asarray(as_tensor(data)).astype(np.float32).reshape(-1))
        first = int(values.size * self.epsilon)
        step = max(first, 1)
        picked = values[first::step]
        summary = np.stack([picked, np.full(picked.shape, step, np.float32)])
        merged = np.concatenate([summary, self.summary.numpy()], 1)
        self.summary.assign(_compressed(merged[:, np.argsort(merged[0], kind="stable")], self.epsilon))

    def finalize_state(self) -> None:
        """Make boundaries of the summary."""
        if self.input_bin_boundaries is None and self.built and self.num_bins:
            self.bin_boundaries = _boundaries_of(self.summary.numpy(), self.num_bins)

    def reset_state(self) -> None:
        """Forget the values."""
        if self.input_bin_boundaries is None and self.built:
            self.summary.assign(_EMPTY)

    def call(self, inputs: Any) -> Any:
        """The bins."""
        if is_ragged(inputs):
            found = inputs.with_flat_values(self._bins(inputs.flat_values))
        elif is_sparse(inputs):
            found = type(inputs)(inputs.indices, self._bins(inputs.values), inputs.dense_shape)
        else:
            found = self._bins(as_tensor(inputs))
        if self.output_mode == encoding.INT:
            return found
        depth = len(self.bin_boundaries) + 1
        return encoding.encode(found, self.output_mode, depth, self.compute_dtype, self.sparse)

    def _bins(self, inputs: Any) -> Any:
        wide = "float64" if inputs.dtype.name in ("float64", "int64") else "float32"
        if any(low > high for low, high in itertools.pairwise(self.bin_boundaries)):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"Layer {self.name} (Discretization)",
                    expected="Expected sorted boundaries",
                    received=self.bin_boundaries,
                    hint="bin_boundaries=sorted(...)",
                )
            )
        boundaries = convert.convert_to_tensor(np.asarray(self.bin_boundaries, wide))
        return ops.bucketize(inputs, boundaries, "int32" if self.output_mode != encoding.INT else self.compute_dtype)

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self.sparse:
            return super()._infer(args, kwargs)
        shape = encoding.symbolic_shape(args[0].shape, self.output_mode, len(self.bin_boundaries) + 1)
        return graph.SparseKerasTensor(shape, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, as Keras has it."""
        return input_shape

    def compute_output_signature(self, input_signature: Any) -> TensorSpec:
        """Shape and dtype of the output."""
        return TensorSpec(TensorShape(input_signature.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(),
            "bin_boundaries": self.input_bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }

    def get_state(self) -> list[float]:
        """The boundaries in use."""
        return list(self.bin_boundaries)


def _integer(dtype: Any) -> bool:
    try:
        return dtypes.as_dtype(dtype).is_integer
    except TypeError:
        return False


def _boundaries_of(summary: np.ndarray, num_bins: int) -> list[float]:
    """The boundaries of bins that hold about as many of the values in a summary each."""
    return _compressed(summary, 1.0 / num_bins)[0, :-1].tolist() if summary.size else []


def _compressed(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """A summary (values, weights) cut down to about 1 / epsilon entries, by interpolated weights."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    running = summary[1].cumsum()
    values = np.interp(shares, running / running[-1], summary[0])
    weights = np.interp(shares, running / running[-1], running)
    return np.stack([values, np.diff(weights, prepend=0.0)]).astype(np.float32)


register(Discretization)
