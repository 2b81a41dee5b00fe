"""Extension types: fields, specs, and the ways of tensors."""

import typing

import numpy as np
import pytest

import addax as tf


class Masked(tf.experimental.BatchableExtensionType):
    """Numbers, some of which count."""

    values: tf.Tensor
    mask: tf.Tensor
    unit: str = "m"
    sizes: tuple[int, ...] = (1, 2)

    def filled(self):
        return tf.where(self.mask, self.values, tf.zeros_like(self.values))


class Both(tf.experimental.ExtensionType):
    """One in another, beside a ragged tensor and a mapping."""

    first: Masked
    rows: tf.RaggedTensor
    more: typing.Mapping[str, tf.Tensor]
    maybe: tf.Tensor | None = None


def made(values=(1.0, 2.0), mask=(True, False)):
    return Masked(list(values), list(mask))


def both():
    return Both(made(), tf.ragged.constant([[1], [2, 3]]), {"b": 1, "a": 2.5})


def test_fields_are_converted_and_stay():
    m = made()
    assert m.values.dtype == tf.float32 and m.mask.dtype == tf.bool
    assert (m.unit, m.sizes) == ("m", (1, 2))
    assert repr(Masked([1], [True])).startswith("Masked(values=<tf.Tensor: shape=(1,), dtype=int32")
    with pytest.raises(AttributeError, match="Cannot mutate attribute `values`"):
        m.values = 3
    with pytest.raises(AttributeError, match="Cannot mutate"):
        del m.mask
    with pytest.raises(TypeError, match="unhashable"):
        hash(m)


def fields(**annotations):
    return type("Made", (tf.experimental.ExtensionType,), {"__annotations__": annotations})


REFUSED = [
    (lambda: Masked(3), TypeError, "missing a required argument: 'mask'"),
    (lambda: Masked([1], [True], unit=3), TypeError, "unit: expected 'str', got 'int'"),
    (lambda: Masked([1], [True], colour=3), TypeError, "unexpected keyword argument 'colour'"),
    (lambda: fields(a=tf.RaggedTensor)([[1]]), TypeError, "a: expected 'RaggedTensor', got 'list'"),
    (lambda: fields(a=float)(1), TypeError, "a: expected 'float', got 'int'"),
    (lambda: fields(a=int)(True), TypeError, "a: expected 'int', got 'bool'"),
    (lambda: fields(a=tuple[int, int])((1,)), TypeError, "a: expected 2 items, got 1"),
    (lambda: fields(a=int | str)(1.5), TypeError, "got 'float'"),
    (lambda: fields(a=list[int]), TypeError, "In field 'a': Unsupported type annotation"),
    (lambda: fields(a=typing.Any), TypeError, "In field 'a': Unsupported type annotation"),
    (lambda: fields(a=dict), TypeError, "Unsupported type annotation 'dict'"),
    (lambda: fields(self=int), ValueError, "Field 'self' is reserved"),
    (lambda: fields(_tf_extension_type_a=int), ValueError, "is reserved"),
    (lambda: tf.experimental.ExtensionType(), AssertionError, "abstract base class"),
    (lambda: tf.experimental.ExtensionTypeSpec(), TypeError, "abstract"),
    (lambda: Masked.Spec(tf.TensorSpec([2]), 3, "m", ()), TypeError, "mask: expected 'TensorSpec', got 'int'"),
    (lambda: Masked.Spec(tf.TensorSpec([2])), TypeError, "missing a required argument"),
]


@pytest.mark.parametrize(("action", "error", "text"), REFUSED, ids=[text for _, _, text in REFUSED])
def test_refused(action, error, text):
    with pytest.raises(error, match=text):
        action()


def test_what_fields_take():
    assert fields(a=tf.DType)("float32").a is tf.float32
    assert fields(a=tf.TensorShape)([1, None]).a == tf.TensorShape([1, None])
    assert fields(a=tf.Tensor | None)(None).a is None
    assert fields(a=tf.Tensor | int)(3).a == 3
    assert fields(a=tf.Tensor | int)(3.5).a.dtype == tf.float32
    assert fields(a=tuple[int, tf.Tensor])((1, 2.0)).a[1].dtype == tf.float32
    value = both()
    assert list(value.more) == ["b", "a"] and value.more["a"].dtype == tf.float32
    with pytest.raises(TypeError):
        value.more["c"] = 1


def test_own_constructor_and_validation():
    class Doubled(tf.experimental.ExtensionType):
        x: tf.Tensor
        log: str = "none"

        def __init__(self, half):
            self.x = tf.constant(half) * 2

        def __validate__(self):
            tf.debugging.assert_positive(self.x)

    class Empty(tf.experimental.ExtensionType):
        x: tf.Tensor

        def __init__(self):
            pass

    assert int(Doubled(3).x) == 6 and Doubled(3).log == "none"
    with pytest.raises(tf.errors.InvalidArgumentError, match="x > 0"):
        Doubled(-1)
    with pytest.raises(ValueError, match="Missing required fields: {'x'}"):
        Empty()


def test_inherited_fields_come_first():
    class More(Masked):
        extra: tf.Tensor = 5

    assert [field.name for field in More._fields] == ["values", "mask", "unit", "sizes", "extra"]
    assert int(More([1], [True]).extra) == 5
    assert More([1], [True])._type_spec.extra == tf.TensorSpec([], tf.int32)
    with pytest.raises(ValueError, match="without a default stand before"):
        type("Late", (Masked,), {"__annotations__": {"late": int}})


def test_equality():
    assert bool(made() == made()) and not bool(made() != made())
    assert not bool(made() == made((1.0, 3.0)))
    assert (made() == 3) is False and (made() == Masked([1.0, 2.0], [True, False], "s")) is False
    assert (both() == both()).dtype == tf.bool


def test_specs():
    spec = made()._type_spec
    assert repr(spec) == (
        "Masked.Spec(values=TensorSpec(shape=(2,), dtype=tf.float32, name=None), "
        "mask=TensorSpec(shape=(2,), dtype=tf.bool, name=None), unit='m', sizes=(1, 2))"
    )
    assert spec.is_compatible_with(made()) and not spec.is_compatible_with(made((1.0,), (True,)))
    assert (
        spec.value_type is Masked and Masked.Spec.from_value(made()) == spec and hash(spec) == hash(made()._type_spec)
    )
    open_spec = Masked.Spec(tf.TensorSpec([None]), tf.TensorSpec([None], tf.bool), "m", (1, 2))
    assert open_spec.is_compatible_with(made()) and spec.is_subtype_of(open_spec)
    assert spec.most_specific_common_supertype([made((1.0,), (True,))._type_spec]) == open_spec
    assert tf.type_spec_from_value(made()) == spec
    assert isinstance(both()._type_spec.rows, tf.RaggedTensorSpec)


def test_own_spec_class():
    class Grid(tf.experimental.ExtensionType):
        cells: tf.Tensor

        class Spec:
            def __init__(self, shape, dtype=tf.float32):
                self.cells = tf.TensorSpec(shape, dtype)

            @property
            def shape(self):
                return self.cells.shape

    assert Grid.Spec([2, 3]).shape == (2, 3)
    assert Grid.Spec([2]) == Grid([1.0, 2.0])._type_spec
    assert isinstance(Grid.Spec([2]), tf.experimental.ExtensionTypeSpec)


def test_nest():
    value = both()
    assert tf.nest.flatten(value) == [value]
    assert len(tf.nest.flatten(value, expand_composites=True)) == 6
    doubled = tf.nest.map_structure(lambda x: x * 2 if x.dtype != tf.bool else x, made(), expand_composites=True)
    assert isinstance(doubled, Masked) and doubled.values.numpy().tolist() == [2.0, 4.0]
    assert list(tf.experimental.extension_type.as_dict(made())) == ["values", "mask", "unit", "sizes"]
    assert not tf.is_tensor(made())


def test_functions():
    traces = []

    @tf.function
    def twice(m):
        traces.append(m.unit)
        return Masked(m.values * 2, m.mask, m.unit), m.filled()

    out, filled = twice(made())
    assert isinstance(out, Masked) and out.values.numpy().tolist() == [2.0, 4.0]
    assert filled.numpy().tolist() == [1.0, 0.0]
    twice(made((5.0, 6.0)))
    assert traces == ["m"]
    twice(Masked([1.0, 2.0], [True, False], "s"))
    assert traces == ["m", "s"]
    spec = Masked.Spec(tf.TensorSpec([2]), tf.TensorSpec([2], tf.bool), "m", (1, 2))
    concrete = twice.get_concrete_function(spec)
    assert concrete.structured_outputs[0] == spec
    nested = tf.function(lambda b: Both(b.first, b.rows, {"a": b.more["b"] + 1, "b": b.first.values}))(both())
    assert int(nested.more["a"]) == 2 and nested.rows.to_list() == [[1], [2, 3]]
    limited = tf.function(lambda m: m.filled(), input_signature=[spec])
    assert limited(made()).numpy().tolist() == [1.0, 0.0]
    with pytest.raises(TypeError, match="by its input_signature"):
        limited(made((1.0,), (True,)))


def test_gradients_reach_the_fields():
    m = made()
    with tf.GradientTape() as tape:
        tape.watch(m.values)
        y = tf.reduce_sum(tf.function(lambda m: Masked(m.values**2, m.mask))(m).filled())
    assert tape.gradient(y, m.values).numpy().tolist() == [2.0, 0.0]


def test_control_flow():
    m = tf.cond(tf.constant(True), lambda: made(), lambda: made((0.0, 0.0)))
    assert m.values.numpy().tolist() == [1.0, 2.0]

    @tf.function
    def grown(m):
        for _ in tf.range(3):
            m = Masked(m.values + 1.0, m.mask)
        return m

    assert grown(made()).values.numpy().tolist() == [4.0, 5.0]


def test_datasets():
    data = tf.data.Dataset.from_tensor_slices(Masked([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[True, False]] * 3))
    assert data.element_spec == Masked.Spec(tf.TensorSpec([2]), tf.TensorSpec([2], tf.bool), "m", (1, 2))
    batches = list(data.map(lambda m: Masked(m.values * 2, m.mask)).batch(2))
    assert [each.values.numpy().tolist() for each in batches] == [[[2.0, 4.0], [6.0, 8.0]], [[10.0, 12.0]]]
    assert [each.numpy().tolist() for each in data.batch(2).unbatch().map(lambda m: m.filled())][2] == [5.0, 0.0]
    with pytest.raises(TypeError, match="BatchableExtensionType"):
        tf.data.Dataset.from_tensor_slices(fields(a=tf.Tensor)([1, 2]))
    whole = tf.data.Dataset.from_tensors(both())
    assert next(iter(whole)).rows.to_list() == [[1], [2, 3]]


def test_own_batch_encoder():
    class Flat(tf.experimental.ExtensionTypeBatchEncoder):
        """Tensors of any shape, in one row beside their shape."""

        def batch(self, spec, batch_size):
            return Stack.Spec(tf.TensorSpec([batch_size, *spec.x.shape]))

        def unbatch(self, spec):
            return Stack.Spec(tf.TensorSpec(spec.x.shape[1:]))

        def encode(self, spec, value, minimum_rank=0):
            return {"flat": tf.reshape(value.x, [*value.x.shape[:minimum_rank], -1])}

        def decode(self, spec, encoded_value):
            return Stack(tf.reshape(encoded_value["flat"], spec.x.shape))

        def encoding_specs(self, spec):
            return {"flat": tf.TensorSpec([None])}

    class Stack(tf.experimental.BatchableExtensionType):
        x: tf.Tensor

        __batch_encoder__ = Flat()

    data = tf.data.Dataset.from_tensor_slices(Stack(np.arange(12.0, dtype=np.float32).reshape(3, 2, 2)))
    batch = next(iter(data.batch(3)))
    assert batch.x.shape == (3, 2, 2) and batch.x.numpy()[2].tolist() == [[8.0, 9.0], [10.0, 11.0]]


def test_layers_take_them():
    class Fill(tf.keras.layers.Layer):
        def call(self, inputs):
            return inputs.filled()

    assert Fill()(made()).numpy().tolist() == [1.0, 0.0]

    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf.keras.layers.Dense(1, kernel_initializer="ones")

        def call(self, inputs):
            return self.dense(inputs.filled())

    assert Net()(Masked([[1.0, 2.0]], [[True, False]])).numpy().tolist() == [[1.0]]
    with pytest.raises(ValueError, match="only supports TypeSpecs that have a shape"):
        tf.keras.Input(type_spec=made()._type_spec)
