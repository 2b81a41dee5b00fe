"""Circulant operators: convolutions with wrap-around, diagonal after a Fourier transform."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import arithmetic, casting, elementwise, reductions
from addax.ops.fourier import fftnd, ifftnd
from addax.ops.linear_operator import LinearOperator, batch_of, given, parameter
from addax.ops.shaping import broadcast_to, reshape, transpose

__all__ = ["LinearOperatorCirculant", "LinearOperatorCirculant2D", "LinearOperatorCirculant3D"]


class _Circulant(LinearOperator):
    """The operators that a spectrum describes: A x = IFFT(spectrum * FFT(x))."""

    block_depth = 1  #: over how many dimensions the blocks are circulant

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any,
        hints: tuple[bool | None, bool | None, bool | None],
        name: str | None,
        parameters: dict[str, Any],
    ) -> None:
        self._spectrum = parameter(spectrum, type(self).__name__, "spectrum", floating=False)
        if self._spectrum.shape.rank < self.block_depth:
            raise ValueError(
                f"{type(self).__name__}: spectrum must have {self.block_depth} dimensions or more, not "
                f"{self._spectrum.shape}."
            )
        if not self._spectrum.dtype.is_complex:
            if hints[1] is False:
                raise ValueError(f"{type(self).__name__}: a real spectrum always means a self-adjoint operator.")
            hints = (hints[0], True, hints[2])
        super().__init__(dtypes.as_dtype(input_output_dtype), None, *hints, True, name, parameters)

    @property
    def spectrum(self) -> Any:
        """The eigenvalues, laid out as blocks."""
        return self._spectrum

    @property
    def block_shape(self) -> TensorShape:
        """The shape of a block."""
        return self._spectrum.shape[-self.block_depth :]

    def block_shape_tensor(self) -> Tensor:
        """The shape of a block as an int32 tensor."""
        from addax.core.convert import convert_to_tensor

        return convert_to_tensor(np.array(self.block_shape.as_list(), np.int32))

    def _shape(self) -> list[int]:
        n = int(np.prod(self.block_shape.as_list()))
        return [*self._spectrum.shape.as_list()[: -self.block_depth], n, n]

    def _complex_spectrum(self) -> Tensor:
        wide = dtypes.complex128 if self._spectrum.dtype.real_dtype == dtypes.float64 else dtypes.complex64
        return casting.cast(self._spectrum, wide)

    def _through_spectrum(self, x: Any, factor: Tensor) -> Tensor:
        block, columns = self.block_shape.as_list(), x.shape[-1]
        batch = batch_of(self._shape()[:-2], x.shape[:-2])
        # Columns first, so that the blocks are the last dimensions.
        rank = len(batch)
        x = transpose(broadcast_to(x, [*batch, *x.shape[-2:]]), [*range(rank), rank + 1, rank])
        blocks = casting.cast(reshape(x, [*batch, columns, *block]), factor.dtype)
        axes = list(range(-self.block_depth, 0))
        shaped = reshape(factor, [*factor.shape.as_list()[: -self.block_depth], 1, *block])
        moved = ifftnd(arithmetic.multiply(shaped, fftnd(blocks, axes=axes)), axes=axes)
        back = transpose(reshape(moved, [*batch, columns, int(np.prod(block))]), [*range(rank), rank + 1, rank])
        return casting.cast(back, self.dtype)

    def _matmul(self, x: Any, is_adjoint: bool = False) -> Tensor:
        spectrum = self._complex_spectrum()
        return self._through_spectrum(x, casting.conj(spectrum) if is_adjoint else spectrum)

    def _solve(self, rhs: Any, is_adjoint: bool = False) -> Tensor:
        spectrum = self._complex_spectrum()
        return self._through_spectrum(rhs, elementwise.reciprocal(casting.conj(spectrum) if is_adjoint else spectrum))

    def convolution_kernel(self, name: str = "convolution_kernel") -> Tensor:
        """The kernel of the convolution: the inverse Fourier transform of the spectrum."""
        axes = list(range(-self.block_depth, 0))
        return casting.cast(ifftnd(self._complex_spectrum(), axes=axes), self.dtype)

    def assert_hermitian_spectrum(self, name: str = "assert_hermitian_spectrum") -> None:
        """Check that the operator is real: its spectrum is Hermitian.

        Raises:
            InvalidArgumentError: it is not.
        """
        kernel = np.asarray(
            concrete(ifftnd(self._complex_spectrum(), axes=list(range(-self.block_depth, 0))), self.name)
        )
        size = np.prod(self.block_shape.as_list())
        if np.abs(kernel.imag).max(initial=0) > size * np.finfo(kernel.real.dtype).eps * 5:
            raise errors.InvalidArgumentError(f"{self.name}: Spectrum was not Hermitian.")

    def _flat(self) -> Tensor:
        return reshape(self._spectrum, self._shape()[:-1])

    def _determinant(self) -> Tensor:
        return casting.cast(reductions.reduce_prod(self._flat(), -1), self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        log = reductions.reduce_sum(elementwise.log(elementwise.abs(self._flat())), -1)
        return casting.cast(log, self.dtype)

    def _trace(self) -> Tensor:
        return casting.cast(reductions.reduce_sum(self._flat(), -1), self.dtype)

    def _eigvals(self) -> Tensor:
        return self._flat()  # in the spectrum's dtype, as are the sizes

    def _cond(self) -> Tensor:
        size = elementwise.abs(self._flat())
        return arithmetic.divide(reductions.reduce_max(size, -1), reductions.reduce_min(size, -1))

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> None:
        """Check that the spectrum is real.

        Raises:
            InvalidArgumentError: it is not.
        """
        if np.any(np.imag(concrete(self._spectrum, self.name))):
            raise errors.InvalidArgumentError(f"{self.name}: The spectrum of a self-adjoint operator is real.")

    def _adjoint(self) -> LinearOperator:
        return type(self)(casting.conj(self._spectrum), self.dtype, self.is_non_singular)  # type: ignore[call-arg]

    def _inverse(self) -> LinearOperator:
        return type(self)(elementwise.reciprocal(self._spectrum), self.dtype, True)  # type: ignore[call-arg]


class LinearOperatorCirculant(_Circulant):
    """A circulant matrix: each row is the row above, moved by one place.

    Args:
        spectrum: the eigenvalues, a floating or complex tensor of shape (..., n).
        input_output_dtype: the dtype of what it takes and makes; a real one takes the real part.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`; with a real spectrum it always is.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorCirculant([3.0, 1.0], tf.float32).to_dense().numpy().tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    """

    _matrix_dimensions = {"spectrum": 1}

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = "LinearOperatorCirculant",
    ) -> None:
        parameters = given(locals())
        hints = (is_non_singular, is_self_adjoint, is_positive_definite)
        super().__init__(spectrum, input_output_dtype, hints, name, parameters)


class LinearOperatorCirculant2D(_Circulant):
    """A block circulant matrix with circulant blocks: a 2-D convolution with wrap-around.

    Args:
        spectrum: the eigenvalues, a floating or complex tensor of shape (..., n0, n1).
        input_output_dtype: the dtype of what it takes and makes; a real one takes the real part.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`; with a real spectrum it always is.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorCirculant2D(tf.ones([2, 2]), tf.float32).trace().numpy()
    np.float32(4.0)
    """

    _matrix_dimensions = {"spectrum": 2}
    block_depth = 2

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = "LinearOperatorCirculant2D",
    ) -> None:
        parameters = given(locals())
        hints = (is_non_singular, is_self_adjoint, is_positive_definite)
        super().__init__(spectrum, input_output_dtype, hints, name, parameters)


class LinearOperatorCirculant3D(_Circulant):
    """A nested block circulant matrix: a 3-D convolution with wrap-around.

    Args:
        spectrum: the eigenvalues, a floating or complex tensor of shape (..., n0, n1, n2).
        input_output_dtype: the dtype of what it takes and makes; a real one takes the real part.
        is_non_singular: a promise, or None; likewise the next three.
        is_self_adjoint: as in `LinearOperator`; with a real spectrum it always is.
        is_positive_definite: as in `LinearOperator`.
        is_square: it is.
        name: a name.

    >>> import addax as tf
    >>> tf.linalg.LinearOperatorCirculant3D(tf.ones([2, 2, 2]), tf.float32).trace().numpy()
    np.float32(8.0)
    """

    _matrix_dimensions = {"spectrum": 3}
    block_depth = 3

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = dtypes.complex64,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = "LinearOperatorCirculant3D",
    ) -> None:
        parameters = given(locals())
        hints = (is_non_singular, is_self_adjoint, is_positive_definite)
        super().__init__(spectrum, input_output_dtype, hints, name, parameters)
