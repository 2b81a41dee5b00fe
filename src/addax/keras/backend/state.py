"""Variables, sessions, the learning phase and symbolic functions of keras.backend."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.core import context, convert
from addax.core.graph_gradients import gradients as tf_gradients
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.keras import distribution, naming
from addax.keras.backend import arrays
from addax.keras.config import floatx
from addax.keras.graph import KerasTensor
from addax.keras.layers import current_calls
from addax.keras.layers.input_layer import Input
from addax.ops import casting, conditionals


def backend() -> str:
    """The name of the backend that programs written for Keras 2 expect: "tensorflow".

    >>> from addax.keras import backend as K
    >>> K.backend()
    'tensorflow'
    """
    return "tensorflow"


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """A variable of the default float type unless another dtype is given.

    >>> import addax as tf
    >>> tf.keras.backend.variable([1, 2]).dtype
    tf.float32
    """
    return Variable(value, dtype=dtype or floatx(), name=name, constraint=constraint)


def placeholder(
    shape: Any = None, ndim: int | None = None, dtype: Any = None, sparse: bool = False, name: str | None = None,
    ragged: bool = False,
) -> KerasTensor:  # fmt: skip
    """A symbolic tensor, as `keras.Input` makes them; the shape has the batch dimension.

    >>> from addax.keras import backend as K
    >>> K.placeholder((None, 3)).shape
    TensorShape([None, 3])
    """
    if shape is None:
        shape = (None,) * (ndim or 0)
    elif isinstance(shape, int):
        shape = (shape,)
    return Input(batch_shape=tuple(shape), dtype=dtype or floatx(), sparse=sparse, ragged=ragged, name=name)


def eval(x: Any) -> np.ndarray:  # noqa: A001
    """The value as a NumPy array.

    >>> from addax.keras import backend as K
    >>> K.eval(K.constant([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    return get_value(arrays.to_dense(x))


def get_value(x: Any) -> Any:
    """The value of a variable or tensor as a NumPy array.

    >>> import addax as tf
    >>> tf.keras.backend.get_value(tf.constant([1.0])).tolist()
    [1.0]
    """
    if not convert.is_tensor(x):
        return x
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def batch_get_value(tensors: Any) -> list[Any]:
    """The values of several variables or tensors.

    >>> from addax.keras import backend as K
    >>> K.batch_get_value([K.variable(1.0), K.variable(2.0)])
    [np.float32(1.0), np.float32(2.0)]
    """
    return [get_value(each) for each in tensors]


def set_value(x: Variable, value: Any) -> None:
    """Set a variable from an array or number.

    >>> from addax.keras import backend as K
    >>> x = K.variable(1.0)
    >>> K.set_value(x, 5.0)
    >>> K.get_value(x)
    np.float32(5.0)
    """
    x.assign(np.asarray(value, dtype=x.dtype.np))


def batch_set_value(tuples: Any) -> None:
    """Set several variables from (variable, value).

    >>> from addax.keras import backend as K
    >>> x, y = K.variable(1.0), K.variable(2.0)
    >>> K.batch_set_value([(x, 5.0), (y, 6.0)])
    >>> K.batch_get_value([x, y])
    [np.float32(5.0), np.float32(6.0)]
    """
    for each, value in tuples:
        set_value(each, value)


def update(x: Variable, new_x: Any) -> Any:
    """Set a variable.

    >>> from addax.keras import backend as K
    >>> x = K.variable(1.0)
    >>> K.update(x, 5.0).numpy()
    np.float32(5.0)
    """
    return x.assign(new_x)


def update_add(x: Variable, increment: Any) -> Any:
    """Add to a variable.

    >>> from addax.keras import backend as K
    >>> x = K.variable(1.0)
    >>> K.update_add(x, 5.0).numpy()
    np.float32(6.0)
    """
    return x.assign_add(increment)


def update_sub(x: Variable, decrement: Any) -> Any:
    """Subtract from a variable.

    >>> from addax.keras import backend as K
    >>> x = K.variable(1.0)
    >>> K.update_sub(x, 5.0).numpy()
    np.float32(-4.0)
    """
    return x.assign_sub(decrement)


def moving_average_update(x: Variable, value: Any, momentum: float) -> Any:
    """Move a variable towards a value: x = x * momentum + value * (1 - momentum).

    >>> from addax.keras import backend as K
    >>> x = K.variable(1.0)
    >>> K.moving_average_update(x, 5.0, momentum=0.75).numpy()
    np.float32(2.0)
    """
    value = casting.cast(value, x.dtype)
    return x.assign(x * momentum + value * (1.0 - momentum))


def clear_session(free_memory: bool = False) -> None:
    """Forget the counts behind layers' names, the learning phase, and what `keras.distribution` was set to.

    Args:
        free_memory: whether to let Python look for objects that nothing refers to; it takes about 0.1 s.

    >>> import addax as tf
    >>> tf.keras.backend.clear_session()
    >>> tf.keras.layers.Dense(1).name
    'dense'
    """
    naming.reset_uids()
    current_calls.set_learning_phase(None)
    distribution.set_distribution(None)
    if free_memory:
        gc.collect()


def get_uid(prefix: str = "") -> int:
    """A number that counts up for each prefix, from 1.

    >>> from addax.keras import backend as K
    >>> first = K.get_uid("part")
    >>> K.get_uid("part") - first
    1
    """
    return naming.get_uid(prefix)


def reset_uids() -> None:
    """Start the counts of `get_uid` and of layers' names over.

    >>> from addax.keras import backend as K
    >>> K.reset_uids()
    >>> K.get_uid("part")
    1
    """
    naming.reset_uids()


def manual_variable_initialization(value: bool) -> None:
    """Whether variables are initialized by hand. Variables always hold a value here: only False is possible.

    Raises:
        ValueError: True.

    >>> from addax.keras import backend as K
    >>> K.manual_variable_initialization(False)
    """
    if value:
        raise ValueError("manual_variable_initialization(True) belongs to TensorFlow 1; variables always hold a value.")


def name_scope(name: str) -> context.name_scope:
    """A `tf.name_scope`.

    >>> from addax.keras import backend as K
    >>> with K.name_scope("outer"):
    ...     name = K.variable(1.0, name="x").name
    >>> name
    'outer/x:0'
    """
    return context.name_scope(name)


# ---------------------------------------------------------------------------- learning phase


def learning_phase() -> int:
    """What `set_learning_phase` set; 0 if nothing did. What a layer's call is given as `training` is not asked for.

    >>> from addax.keras import backend as K
    >>> K.learning_phase()
    0
    """
    return int(current_calls.global_learning_phase() or 0)


def set_learning_phase(value: int) -> None:
    """What `training` is where nobody says: 0 or 1.

    Raises:
        ValueError: another value.

    >>> from addax.keras import backend as K
    >>> K.set_learning_phase(1)
    >>> K.learning_phase()
    1
    >>> K.clear_session()  # nothing is said any more: layers go by `training` alone
    """
    if value not in (0, 1):
        raise ValueError("Expected learning phase to be 0 or 1.")
    current_calls.set_learning_phase(value)


@contextlib.contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """Within the scope, `set_learning_phase(value)` holds.

    >>> from addax.keras import backend as K
    >>> with K.learning_phase_scope(1):
    ...     phase = K.learning_phase()
    >>> phase
    1
    """
    if value not in (0, 1):
        raise ValueError("Expected learning phase to be 0 or 1.")
    before = current_calls.global_learning_phase()
    current_calls.set_learning_phase(value)
    try:
        yield
    finally:
        current_calls.set_learning_phase(before)


def _value(x: Any) -> Any:
    return x() if callable(x) and not convert.is_tensor(x) else x


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` in training, `alt` otherwise; both may be functions without arguments.

    >>> from addax.keras import backend as K
    >>> K.in_train_phase("x", "alt", training=True)
    'x'
    """
    phase = current_calls.learning_phase() if training is None else training
    if isinstance(phase, bool | int | np.bool_):
        return _value(x) if phase else _value(alt)
    return switch(phase, x, alt)


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """`x` outside of training, `alt` in it; both may be functions without arguments.

    >>> from addax.keras import backend as K
    >>> K.in_test_phase("x", "alt", training=True)
    'alt'
    """
    return in_train_phase(alt, x, training)


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """One of two values: by a scalar condition the whole, by a tensor element by element.

    >>> import addax as tf
    >>> float(tf.keras.backend.switch(tf.constant(False), tf.constant(1.0), tf.constant(2.0)))
    2.0
    """
    from addax.ops import array  # only for conditions that are tensors

    condition = casting.cast(condition, "bool")
    if not len(condition.shape):

        def branch(each: Any) -> Callable[[], Any]:
            return each if callable(each) and not convert.is_tensor(each) else lambda: each

        return conditionals.cond(condition, branch(then_expression), branch(else_expression))
    then, other = convert.convert_to_tensor(_value(then_expression)), convert.convert_to_tensor(_value(else_expression))
    missing = len(then.shape) - len(condition.shape)
    if missing < 0:
        raise ValueError(
            "Rank of `condition` should be less than or equal to rank of `then_expression` and `else_expression`. "
            f"ndim(condition)={len(condition.shape)}, ndim(then_expression)={len(then.shape)}"
        )
    if missing:
        condition = array.reshape(condition, (*condition.shape.as_list(), *([1] * missing)))
    return array.where(condition, then, other)


# ---------------------------------------------------------------------------- functions


def function(inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """A function from the values of symbolic tensors to the values of others.

    Args:
        inputs: a KerasTensor or a list of them.
        outputs: KerasTensors computed from them, in any structure.
        updates: must be empty; layers update their own variables.
        name: of the function.
        **kwargs: nothing else is taken.

    Returns:
        A function of arrays that returns arrays, in the structure of `outputs`.

    >>> import addax as tf
    >>> x = tf.keras.Input((2,))
    >>> double = tf.keras.backend.function([x], x * 2.0)
    >>> double([[[1.0, 2.0]]]).tolist()
    [[2.0, 4.0]]
    """
    if kwargs:
        raise ValueError(f"Session keyword arguments are not supported during eager execution. You passed: {kwargs}")
    if updates:
        raise ValueError(f"`updates` argument is not supported during eager execution. You passed: {updates}")
    from addax.core import trees  # only where such functions are made
    from addax.keras.models import Model

    model = Model(inputs, outputs, name=name)
    one = isinstance(outputs, list) and len(outputs) == 1

    def run(values: Any) -> Any:
        if isinstance(inputs, list | tuple) and isinstance(values, list | tuple):  # one each, lists of numbers too
            values = [convert.convert_to_tensor(value) for value in values]
            values = values[0] if len(values) == 1 else values
        found = trees.map_structure(lambda leaf: leaf.numpy() if isinstance(leaf, Tensor) else leaf, model(values))
        return [found] if one else found

    return run


def gradients(loss: Any, variables: Any) -> Any:
    """The derivatives of a loss by tensors or variables, in a function that is being traced.

    Args:
        loss: a tensor, or several, whose sum is derived.
        variables: what to derive by: one, or a list.

    Returns:
        A list with a tensor for each, None where the loss does not depend on it.

    Raises:
        RuntimeError: outside of a `tf.function`, where `tf.GradientTape` is the way.

    >>> import addax as tf
    >>> square = tf.function(lambda x: tf.keras.backend.gradients(x * x, x))
    >>> square(tf.constant([3.0]))[0].numpy().tolist()
    [6.0]
    """
    return tf_gradients(loss, variables)
