"""Making, joining and reshaping tensors in keras.backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, dtypes
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.keras import naming
from addax.keras.config import floatx, image_data_format
from addax.keras.graph import KerasTensor
from addax.ops import array, mapping, math, sparse_shaping


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = "int32") -> Tensor:
    """Numbers from start to before stop; of one argument, from 0.

    >>> import addax as tf
    >>> tf.keras.backend.arange(3).numpy().tolist()
    [0, 1, 2]
    """
    if stop is None:
        start, stop = 0, start if isinstance(start, Tensor) or start > 0 else 0
    made = array.range(start, limit=stop, delta=step)
    return made if dtype == "int32" else math.cast(made, dtype)  # the default leaves floats and int64 as they are


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor of the default float type unless another dtype is given.

    >>> from addax.keras import backend as K
    >>> K.constant([1, 2]).numpy().tolist()
    [1.0, 2.0]
    """
    return convert.constant(value, dtype=dtype or floatx(), shape=shape, name=name or "Const")


def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """A variable with an identity matrix.

    >>> from addax.keras import backend as K
    >>> K.eye(2).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    from addax.keras.backend.state import variable  # variables are the concern of that file

    return variable(array.eye(size, dtype=dtype or floatx()), dtype, name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of ones.

    >>> from addax.keras import backend as K
    >>> K.ones((2,)).numpy().tolist()
    [1.0, 1.0]
    """
    from addax.keras.backend.state import variable  # as above

    made = array.ones(_sizes(shape), dtypes.as_dtype(dtype or floatx()))
    return variable(made, dtype, name) if all(made.shape) else made  # nothing to keep: no variable, as in Keras


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A variable of zeros.

    >>> from addax.keras import backend as K
    >>> K.zeros((2,)).numpy().tolist()
    [0.0, 0.0]
    """
    from addax.keras.backend.state import variable  # as above

    made = array.zeros(_sizes(shape), dtypes.as_dtype(dtype or floatx()))
    return variable(made, dtype, name) if all(made.shape) else made  # nothing to keep: no variable, as in Keras


def _sizes(shape: Any) -> Any:
    return tuple(TensorShape(shape).as_list()) if isinstance(shape, TensorShape | list | tuple | int) else shape


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Ones in the shape of `x`.

    >>> from addax.keras import backend as K
    >>> K.ones_like([[1.0, 2.0]]).numpy().tolist()
    [[1.0, 1.0]]
    """
    return array.ones_like(x, dtype=dtype)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Zeros in the shape of `x`.

    >>> from addax.keras import backend as K
    >>> K.zeros_like([[1.0, 2.0]]).numpy().tolist()
    [[0.0, 0.0]]
    """
    return array.zeros_like(x, dtype=dtype)


def one_hot(indices: Any, num_classes: int) -> Tensor:
    """Indices as rows with a 1.

    Args:
        indices: integers.
        num_classes: the length of a row.

    >>> from addax.keras import backend as K
    >>> K.one_hot([0, 2], 3).numpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return array.one_hot(indices, depth=num_classes, axis=-1)


def concatenate(tensors: Any, axis: int = -1) -> Tensor:
    """Tensors joined along an axis.

    >>> from addax.keras import backend as K
    >>> K.concatenate([[[1, 2]], [[3]]]).numpy().tolist()
    [[1, 2, 3]]
    """
    parts = list(tensors)
    sparse = [is_sparse(each) and not isinstance(each, KerasTensor) for each in parts]
    if parts and all(sparse):
        return sparse_shaping.concat(axis, parts)
    return array.concat([to_dense(each) for each in parts] if any(sparse) else parts, axis)


def stack(x: Any, axis: int = 0) -> Tensor:
    """Tensors of one shape joined along a new axis.

    >>> from addax.keras import backend as K
    >>> K.stack([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    return array.stack(x, axis=axis)


def reshape(x: Any, shape: Any) -> Tensor:
    """`x` in another shape.

    >>> from addax.keras import backend as K
    >>> K.reshape([1, 2, 3, 4], (2, 2)).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    return array.reshape(x, shape)


def flatten(x: Any) -> Tensor:
    """`x` as a vector.

    >>> from addax.keras import backend as K
    >>> K.flatten([[1, 2], [3, 4]]).numpy().tolist()
    [1, 2, 3, 4]
    """
    return array.reshape(x, [-1])


def batch_flatten(x: Any) -> Tensor:
    """`x` with all axes but the first as one.

    >>> import addax as tf
    >>> tf.keras.backend.batch_flatten(tf.ones((2, 3, 4))).shape
    TensorShape([2, 12])
    """
    x = x if hasattr(x, "shape") else convert.convert_to_tensor(x)
    return array.reshape(x, (-1, int(np.prod([int(n) for n in x.shape[1:]]))))


def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """`x` with a new axis of size 1.

    >>> from addax.keras import backend as K
    >>> K.expand_dims([1, 2]).numpy().tolist()
    [[1], [2]]
    """
    return array.expand_dims(x, axis)


def squeeze(x: Any, axis: int) -> Tensor:
    """`x` without an axis of size 1.

    >>> from addax.keras import backend as K
    >>> K.squeeze([[1], [2]], 1).numpy().tolist()
    [1, 2]
    """
    return array.squeeze(x, [axis])


def permute_dimensions(x: Any, pattern: Any) -> Tensor:
    """The axes in another order.

    >>> from addax.keras import backend as K
    >>> K.permute_dimensions([[1, 2], [3, 4]], (1, 0)).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    return array.transpose(x, perm=pattern)


def transpose(x: Any) -> Tensor:
    """The axes in reverse order.

    >>> from addax.keras import backend as K
    >>> K.transpose([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    return array.transpose(x)


def repeat(x: Any, n: int) -> Tensor:
    """A matrix (samples, dim) as (samples, n, dim).

    >>> from addax.keras import backend as K
    >>> K.repeat(K.constant([[1.0, 2.0]]), 2).numpy().tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]
    """
    if len(x.shape) != 2:
        raise ValueError(f"keras.backend.repeat: expected a matrix, received shape {tuple(x.shape)}.")
    return array.tile(array.expand_dims(x, 1), [1, n, 1])


def repeat_elements(x: Any, rep: int, axis: int) -> Tensor:
    """Each element `rep` times along an axis.

    >>> from addax.keras import backend as K
    >>> K.repeat_elements(K.constant([1.0, 2.0]), 2, 0).numpy().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    return array.repeat(x, rep, axis=axis)


def tile(x: Any, n: Any) -> Tensor:
    """`x` side by side, n times (for each axis).

    >>> from addax.keras import backend as K
    >>> K.tile([[1, 2]], [2, 1]).numpy().tolist()
    [[1, 2], [1, 2]]
    """
    return array.tile(x, [n] if isinstance(n, int) else list(n))


def reverse(x: Any, axes: Any) -> Tensor:
    """`x` back to front along axes.

    >>> from addax.keras import backend as K
    >>> K.reverse([[1, 2], [3, 4]], axes=1).numpy().tolist()
    [[2, 1], [4, 3]]
    """
    return array.reverse(x, [axes] if isinstance(axes, int) else list(axes))


def gather(reference: Any, indices: Any) -> Tensor:
    """Rows by index.

    >>> from addax.keras import backend as K
    >>> K.gather([[1, 2], [3, 4]], [1]).numpy().tolist()
    [[3, 4]]
    """
    return array.gather(reference, indices)


def shape(x: Any) -> Tensor:
    """The shape as a tensor.

    >>> from addax.keras import backend as K
    >>> K.shape([[1, 2]]).numpy().tolist()
    [1, 2]
    """
    return array.shape(x)


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """The shape as a tuple, None where it is not known.

    >>> import addax as tf
    >>> tf.keras.backend.int_shape(tf.keras.Input((3,)))
    (None, 3)
    """
    found = getattr(x, "shape", None)
    if found is None:
        return None
    return tuple(found.as_list()) if isinstance(found, TensorShape) else tuple(found)


def ndim(x: Any) -> int:
    """The number of axes.

    >>> from addax.keras import backend as K
    >>> K.ndim(K.constant([[1.0, 2.0]]))
    2
    """
    return len(x.shape)


def dtype(x: Any) -> str:
    """The dtype's name.

    >>> from addax.keras import backend as K
    >>> K.dtype(K.constant([1.0]))
    'float32'
    """
    return dtypes.as_dtype(x.dtype).name


def is_sparse(tensor: Any) -> bool:
    """Whether a tensor is sparse.

    >>> from addax.keras import backend as K
    >>> import addax as tf
    >>> K.is_sparse(tf.constant([1])), K.is_sparse(tf.sparse.eye(2))
    (False, True)
    """
    if isinstance(tensor, KerasTensor):
        return bool(tensor.sparse)
    return type(tensor).__name__ in ("SparseTensor", "SparseTensorValue")


def to_dense(tensor: Any) -> Any:
    """A sparse tensor as a dense one; others as they are.

    >>> from addax.keras import backend as K
    >>> import addax as tf
    >>> K.to_dense(tf.sparse.eye(2)).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if not is_sparse(tensor):
        return tensor
    indices, values, size = (
        convert.convert_to_tensor(getattr(tensor, key)) for key in ("indices", "values", "dense_shape")
    )
    return array.scatter_nd(indices, values, size)


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbolic tensor made by `keras.Input` or a layer.

    Raises:
        ValueError: `x` is no tensor at all.

    >>> from addax.keras import backend as K
    >>> from addax import keras
    >>> K.is_keras_tensor(keras.Input((2,))), K.is_keras_tensor(K.constant([1.0]))
    (True, False)
    """
    if not isinstance(x, KerasTensor) and not convert.is_tensor(x):
        raise ValueError(f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance.")
    return isinstance(x, KerasTensor)


def count_params(x: Any) -> np.integer:
    """The number of scalars in a tensor.

    >>> from addax.keras import backend as K
    >>> int(K.count_params(K.zeros((2, 3))))
    6
    """
    return np.prod(tuple(x.shape), dtype=np.int64)


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Tensor:
    """Zeros before and after the middle axis of (batch, time, channels).

    >>> from addax.keras import backend as K
    >>> K.temporal_padding(K.constant([[[5.0]]])).numpy().tolist()
    [[[0.0], [5.0], [0.0]]]
    """
    return array.pad(x, [[0, 0], [padding[0], padding[1]], [0, 0]])


def _spatial_padding(x: Any, padding: Any, data_format: str | None) -> Tensor:
    data_format = image_data_format() if data_format is None else data_format
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(f"Unknown data_format: {data_format}")
    sides = [list(pair) for pair in padding]
    around = [[0, 0], [0, 0], *sides] if data_format == "channels_first" else [[0, 0], *sides, [0, 0]]
    return array.pad(x, around)


def spatial_2d_padding(x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None) -> Tensor:
    """Zeros around rows and columns of images.

    >>> from addax.keras import backend as K
    >>> K.spatial_2d_padding(K.zeros((1, 2, 3, 1))).shape
    TensorShape([1, 4, 5, 1])
    """
    return _spatial_padding(x, padding, data_format)


def spatial_3d_padding(x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None) -> Tensor:
    """Zeros around volumes.

    >>> from addax.keras import backend as K
    >>> K.spatial_3d_padding(K.zeros((1, 2, 3, 4, 1))).shape
    TensorShape([1, 4, 5, 6, 1])
    """
    return _spatial_padding(x, padding, data_format)


def resize_images(
    x: Any, height_factor: int, width_factor: int, data_format: str, interpolation: str = "nearest"
) -> Tensor:
    """Images larger by whole factors.

    Args:
        x: (batch, rows, columns, channels), or channels before rows.
        height_factor: a positive integer.
        width_factor: a positive integer.
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest", "bilinear", "area", "bicubic", "gaussian", "lanczos3", "lanczos5" or "mitchellcubic".

    >>> from addax.keras import backend as K
    >>> K.resize_images(K.zeros((1, 2, 3, 1)), 2, 2, "channels_last").shape
    TensorShape([1, 4, 6, 1])
    """
    from addax.keras.layers import UpSampling2D  # has the resizing of every kind

    try:
        layer = UpSampling2D(
            (int(height_factor), int(width_factor)), data_format=data_format, interpolation=interpolation,
            name=naming.unique_name("tf.image.resize"), autocast=False,
        )  # fmt: skip
    except NotImplementedError as error:  # which it is for a layer
        raise ValueError(str(error)) from None
    return layer(x)


def resize_volumes(x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: str) -> Tensor:
    """Volumes larger by whole factors, values repeated.

    >>> from addax.keras import backend as K
    >>> K.resize_volumes(K.zeros((1, 2, 3, 4, 1)), 2, 2, 2, "channels_last").shape
    TensorShape([1, 4, 6, 8, 1])
    """
    first = 2 if data_format == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), first):
        x = repeat_elements(x, factor, axis)
    return x


def map_fn(fn: Any, elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """`fn` of each row.

    Args:
        fn: a function of one row.
        elems: a tensor; its first axis is that of the rows.
        name: has no effect.
        dtype: of what `fn` returns, where it is not that of the rows.

    >>> from addax.keras import backend as K
    >>> K.map_fn(lambda row: row * 2, K.constant([1.0, 2.0])).numpy().tolist()
    [2.0, 4.0]
    """
    return mapping.map_fn(fn, elems, dtype=dtype, name=name)


def foldl(fn: Any, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Rows combined from first to last.

    Args:
        fn: a function of what has been combined and the next row.
        elems: a tensor; its first axis is that of the rows.
        initializer: what the first row is combined with; by default the first row itself is the beginning.
        name: has no effect.

    >>> from addax.keras import backend as K
    >>> K.foldl(lambda total, row: total - row, K.constant([1.0, 2.0, 3.0])).numpy()
    np.float32(-4.0)
    """
    return mapping.foldl(fn, elems, initializer=initializer, name=name)


def foldr(fn: Any, elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Rows combined from last to first.

    Args:
        fn: a function of what has been combined and the next row.
        elems: a tensor; its first axis is that of the rows.
        initializer: what the last row is combined with; by default the last row itself is the beginning.
        name: has no effect.

    >>> from addax.keras import backend as K
    >>> K.foldr(lambda total, row: total - row, K.constant([1.0, 2.0, 3.0])).numpy()
    np.float32(0.0)
    """
    return mapping.foldr(fn, elems, initializer=initializer, name=name)


def stop_gradient(variables: Any) -> Any:
    """Values that gradients do not pass; of a list, each.

    >>> from addax.keras import backend as K
    >>> import addax as tf
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * K.stop_gradient(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(3.0)
    """
    if isinstance(variables, list | tuple):
        return [array.stop_gradient(each) for each in variables]
    return array.stop_gradient(variables)


def print_tensor(x: Any, message: str = "", summarize: int = 3) -> Any:
    """Print a tensor's value and return it; of a symbolic one, whenever the model computes it.

    >>> from addax.keras import backend as K
    >>> K.print_tensor(K.constant([1.0, 2.0]), message="x is").shape  # on sys.stderr: x is [1 2]
    TensorShape([2])
    """
    from addax.ops.printing import print_  # where tf.print lives

    if isinstance(x, KerasTensor):
        raise TypeError(f"print_tensor: {x!r} has no value yet.")  # a layer takes over
    print_(message, x, summarize=summarize)
    return x
