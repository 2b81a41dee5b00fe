"""Layers that join several inputs: Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot."""

from __future__ import annotations

from typing import Any

from addax.core import context
from addax.core.shapes import TensorShape
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.shape_rules import by_rule
from addax.ops import array
from addax.ops import math as ops_math
from addax.ops import merging as ops


class _Merge(Layer):
    """Joins a list of inputs, broadcast against each other."""

    _kind = ""
    _exactly: int | None = None
    _other_batch: Any = None  # the shapes the layer was built for, where one has a single row and another several

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Check that the shapes can be joined."""
        shapes = _shapes(input_shape, self)
        if len(shapes) < 1:
            raise IndexError(f"A `{type(self).__name__}` layer should be called on a list of at least 1 input.")
        if self._exactly is not None and len(shapes) != self._exactly:
            raise ValueError(
                f"A `{type(self).__name__}` layer should be called on exactly {self._exactly} inputs. "
                f"Received: input_shape={shapes}"
            )
        sizes = {shape[0] for shape in shapes if shape and shape[0] is not None}
        self._other_batch = shapes if len(sizes) > 1 else None
        if len(sizes - {1}) > 1:
            self._refuse_other_batch()
        _joined(shapes)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The joined inputs."""
        if not isinstance(inputs, list | tuple):
            raise ValueError(
                f"A merge layer should be called on a list of inputs. Received: inputs={inputs} (not a list)"
            )
        if self._other_batch is not None:
            if context.executing_eagerly():  # in a function Keras does not know the batch: one row for all is fine
                self._refuse_other_batch()
            self._other_batch = None
        return ops.merge(list(inputs), self._kind)

    def _refuse_other_batch(self) -> None:
        raise ValueError(
            f"Cannot merge tensors with different batch sizes. Received tensors with shapes {self._other_batch}"
        )

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The broadcast shape."""
        return TensorShape(_joined(_shapes(input_shape, self)))

    def _symbolic_shape(self, input_shape: Any) -> TensorShape:
        shapes = _shapes(input_shape, self)
        found = _joined(shapes)
        if len({len(shape) for shape in shapes}) > 1:
            return TensorShape(found)
        return TensorShape([_said(shapes, axis) for axis in range(len(found))])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """False where any input's mask is."""
        masks = [each for each in _masks(inputs, mask) or () if each is not None]
        if not masks:
            return None
        together = masks[0]
        for other in masks[1:]:
            together = ops_math.logical_and(together, other)
        return together


def _shapes(input_shape: Any, layer: Layer) -> list[tuple[int | None, ...]]:
    """The shapes of a list of inputs, as tuples."""
    parts = input_shape if isinstance(input_shape, list | tuple) else None
    if parts is None or not all(isinstance(part, list | tuple | TensorShape) for part in parts):
        raise ValueError(
            f"A `{type(layer).__name__}` layer should be called on a list of inputs. "
            f"Received: input_shape={input_shape} (not a list of shapes)"
        )
    return [tuple(TensorShape(part).as_list()) for part in parts]


def _joined(shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
    """The broadcast shape; batches go with batches."""
    found: list[int | None] = list(shapes[0])
    for shape in shapes[1:]:
        if len(shape) > len(found):
            found, shape = list(shape), tuple(found)
        for i in range(1, len(shape) + 1):
            if i == len(shape):
                continue  # a batch
            a, b = found[-i], shape[-i]
            if a is None or b is None:
                found[-i] = None
            elif a == 1 or b == 1 or a == b:
                found[-i] = max(a, b)
            else:
                raise ValueError(f"Inputs have incompatible shapes. Received shapes {tuple(found)[1:]} and {shape[1:]}")
    batches = {shape[0] for shape in shapes if shape and shape[0] is not None}
    if found:
        found[0] = batches.pop() if len(batches) == 1 else None
    return tuple(found)


def _said(shapes: list[tuple[int | None, ...]], axis: int) -> int | None:
    """The size of an axis that broadcast shapes of one rank have: one that is said goes for those that are open."""
    sizes = {shape[axis] for shape in shapes}
    return next((size for size in sizes if size not in (None, 1)), None if None in sizes else 1)


def _masks(inputs: Any, mask: Any) -> list[Any] | None:
    if mask is None:
        return None
    if not isinstance(mask, list | tuple):
        raise ValueError(f"`mask` should be a list. Received: mask={mask}")
    if not isinstance(inputs, list | tuple):
        raise ValueError(f"`inputs` should be a list. Received: inputs={inputs}")
    if len(mask) != len(inputs):
        raise ValueError(
            "The lists `inputs` and `mask` should have the same length. "
            f"Received: inputs={inputs} of length {len(inputs)}, and mask={mask} of length {len(mask)}"
        )
    return list(mask)


class Add(_Merge):
    """The sum of a list of inputs.

    >>> import addax as tf
    >>> tf.keras.layers.Add()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy().tolist()
    [[3.0]]
    """

    _kind = "add"


class Subtract(_Merge):
    """The first input minus the second.

    >>> import addax as tf
    >>> tf.keras.layers.Subtract()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy().tolist()
    [[-1.0]]
    """

    _kind = "subtract"
    _exactly = 2


class Multiply(_Merge):
    """The product of a list of inputs.

    >>> import addax as tf
    >>> tf.keras.layers.Multiply()([tf.constant([[3.0]]), tf.constant([[2.0]])]).numpy().tolist()
    [[6.0]]
    """

    _kind = "multiply"


class Average(_Merge):
    """The mean of a list of inputs.

    >>> import addax as tf
    >>> tf.keras.layers.Average()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy().tolist()
    [[1.5]]
    """

    _kind = "average"


class Maximum(_Merge):
    """The largest of a list of inputs, element by element.

    >>> import addax as tf
    >>> tf.keras.layers.Maximum()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy().tolist()
    [[2.0]]
    """

    _kind = "maximum"


class Minimum(_Merge):
    """The smallest of a list of inputs, element by element.

    >>> import addax as tf
    >>> tf.keras.layers.Minimum()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy().tolist()
    [[1.0]]
    """

    _kind = "minimum"


def _sparse_concat(inputs: Any, axis: int) -> Any:
    """Sparse tensors along an axis; dense if one of them is."""
    from addax.ops import sparse_shaping, sparse_tensor  # few models have sparse inputs

    if all(hasattr(each, "known_shape") for each in inputs):
        return sparse_shaping.concat(axis, list(inputs))
    return array.concat(
        [sparse_tensor.to_dense(each) if hasattr(each, "known_shape") else each for each in inputs], axis=axis
    )


class Concatenate(_Merge):
    """A list of inputs, one after another along an axis.

    Args:
        axis: the axis; the inputs agree in all others.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Concatenate()([tf.ones((2, 3)), tf.ones((2, 1))]).shape
    TensorShape([2, 4])
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Check that the shapes agree but for the axis."""
        shapes = _shapes(input_shape, self)
        if len(shapes) < 1:
            raise ValueError(
                "A `Concatenate` layer should be called on a list of at least 1 input. "
                f"Received: input_shape={input_shape}"
            )
        ranks = {len(shape) for shape in shapes}
        rest = [[n for i, n in enumerate(shape) if i != self._place(shape)] for shape in shapes]
        fits = len(ranks) == 1 and all(
            len({n for n in column if n is not None}) <= 1 for column in zip(*rest, strict=True)
        )
        if not fits:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. "
                f"Received: input_shape={[tuple(shape) for shape in shapes]}"
            )
        Layer.build(self, input_shape)

    def _place(self, shape: Any) -> int:
        """The axis counted from 0."""
        if not -len(shape) <= self.axis < len(shape):
            raise IndexError(
                f"A `Concatenate` layer with axis={self.axis} needs inputs with this axis. "
                f"Received: shape {tuple(shape)}"
            )
        return self.axis % len(shape)

    def call(self, inputs: Any) -> Any:
        """The inputs along the axis."""
        if any(hasattr(each, "known_shape") for each in inputs):
            return _sparse_concat(inputs, self.axis)
        return array.concat(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The first shape with the sum of the sizes at the axis."""
        shapes = _shapes(input_shape, self)
        found = list(shapes[0])
        axis = self._place(found)
        sizes = [shape[axis] for shape in shapes]
        found[axis] = None if None in sizes else sum(sizes)  # type: ignore[arg-type]
        return TensorShape(found)

    def _symbolic_shape(self, input_shape: Any) -> TensorShape:
        shapes = _shapes(input_shape, self)
        found = self.compute_output_shape(input_shape).as_list()
        for i in range(len(found)):
            if i != self._place(found):  # all are equal there
                found[i] = next((shape[i] for shape in shapes if shape[i] is not None), None)
        return TensorShape(found)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks along the same axis; inputs without one count as kept."""
        masks = _masks(inputs, mask)
        if masks is None or all(m is None for m in masks):
            return None
        full = [ops.full_mask(x, m) for x, m in zip(inputs, masks, strict=True)]
        return ops_math.reduce_all(array.concat(full, axis=self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "axis": self.axis}


class Dot(_Merge):
    """The dot product of two inputs, example by example.

    Args:
        axes: the axis of both inputs that is summed over, or one axis for each.
        normalize: whether inputs are normalized along it first, which gives cosines.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Dot(axes=1)([tf.constant([[1.0, 2.0]]), tf.constant([[3.0, 4.0]])]).numpy().tolist()
    [[11.0]]
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        pair = [axes, axes] if isinstance(axes, int) else axes
        if not isinstance(pair, list | tuple):
            raise TypeError(f"Invalid type for argument `axes`: it should be a list or an int. Received: axes={axes}")
        if len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
            raise ValueError(f"Invalid format for argument `axes`: it should contain two ints. Received: axes={axes}")
        self.axes = axes
        self.normalize = normalize

    def _pair(self, a: Any, b: Any) -> tuple[int, int]:
        axes = [self.axes] * 2 if isinstance(self.axes, int) else list(self.axes)
        for axis, shape in zip(axes, (a, b), strict=True):
            if axis >= len(shape):
                raise IndexError(
                    f"A `Dot` layer with axes={self.axes} needs inputs with these axes. Received: shapes "
                    f"{tuple(a)} and {tuple(b)}"
                )
        return axes[0] % len(a), axes[1] % len(b)

    def build(self, input_shape: Any) -> None:
        """Check that the axes have one size."""
        shapes = _shapes(input_shape, self)
        if len(shapes) != 2:
            raise ValueError(f"A `Dot` layer should be called on a list of 2 inputs. Received: input_shape={shapes}")
        a, b = shapes
        i, j = self._pair(a, b)
        if a[i] is not None and b[j] is not None and a[i] != b[j]:
            raise ValueError(
                f"Incompatible input shapes: axis values {a[i]} (at axis {i}) != {b[j]} (at axis {j}). "
                f"Full input shapes: {a}, {b}"
            )
        Layer.build(self, input_shape)

    def call(self, inputs: Any) -> Any:
        """The products."""
        if len(inputs) != 2:
            raise ValueError(f"A `Dot` layer should be called on exactly 2 inputs. Received: inputs={inputs}")
        a, b = inputs
        return ops.batch_dot(a, b, self._pair(a.shape, b.shape), self.normalize)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The batch, then what is left of both."""
        a, b = _shapes(input_shape, self)
        i, j = self._pair(a, b)
        rest = [n for k, n in enumerate(a) if k != i] + [n for k, n in enumerate(b) if k not in (0, j)]
        return TensorShape(rest if len(rest) > 1 else [*rest, 1])

    def _symbolic_shape(self, input_shape: Any) -> TensorShape:
        if 0 in self._pair(*_shapes(input_shape, self)):
            raise ValueError(f"A `Dot` layer cannot sum over axis 0, the examples. Received: axes={self.axes}")
        found = self.compute_output_shape(input_shape).as_list()
        batches = [part[0] for part in _shapes(input_shape, self)]
        return TensorShape([next((size for size in batches if size is not None), None), *found[1:]])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """None: masks end here."""
        return None

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


register(Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot)
by_rule(Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot)


# ---------------------------------------------------------------------------- as functions


def add(inputs: Any, **kwargs: Any) -> Any:
    """The sum of a list of tensors, as a layer; see `Add`.

    >>> import addax as tf
    >>> tf.keras.layers.add([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy().tolist()
    [[3.0]]
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """The difference of two tensors, as a layer; see `Subtract`.

    >>> import addax as tf
    >>> tf.keras.layers.subtract([tf.constant([5.0]), tf.constant([2.0])]).numpy().tolist()
    [3.0]
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """The product of a list of tensors, as a layer; see `Multiply`.

    >>> import addax as tf
    >>> tf.keras.layers.multiply([tf.constant([5.0]), tf.constant([2.0])]).numpy().tolist()
    [10.0]
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """The mean of a list of tensors, as a layer; see `Average`.

    >>> import addax as tf
    >>> tf.keras.layers.average([tf.constant([5.0]), tf.constant([2.0])]).numpy().tolist()
    [3.5]
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """The maximum of a list of tensors, as a layer; see `Maximum`.

    >>> import addax as tf
    >>> tf.keras.layers.maximum([tf.constant([5.0]), tf.constant([2.0])]).numpy().tolist()
    [5.0]
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """The minimum of a list of tensors, as a layer; see `Minimum`.

    >>> import addax as tf
    >>> tf.keras.layers.minimum([tf.constant([5.0]), tf.constant([2.0])]).numpy().tolist()
    [2.0]
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """A list of tensors along an axis, as a layer; see `Concatenate`.

    >>> import addax as tf
    >>> tf.keras.layers.concatenate([tf.ones((2, 3)), tf.ones((2, 1))]).shape
    TensorShape([2, 4])
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """The dot product of two tensors, as a layer; see `Dot`.

    Args:
        inputs: two tensors.
        axes: the axis (or axes) of both that are summed along.
        normalize: whether both are scaled to length 1 along these axes first.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.dot([tf.constant([[1.0, 2.0]]), tf.constant([[3.0, 4.0]])], axes=1).numpy().tolist()
    [[11.0]]
    """
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
