"""What a tf.function takes and returns, and what it refuses as TensorFlow does."""

import dataclasses
from typing import Any

import numpy as np
import pytest

import addax as tf


@dataclasses.dataclass
class Scaled:
    x: Any
    by: int

    def __tf_flatten__(self):
        return (self.by,), (self.x,)

    @classmethod
    def __tf_unflatten__(cls, metadata, parts):
        return cls(parts[0], metadata[0])


def test_metadata_of_dataclasses_stays_what_it_is():
    traces = []

    @tf.function
    def f(given):
        traces.append(given.by)
        return Scaled(given.x * given.by, given.by)

    found = f(Scaled(tf.constant(2.0), 5))
    assert found.x.numpy() == 10.0 and found.by == 5 and type(found.by) is int
    f(Scaled(tf.constant(3.0), 5))
    f(Scaled(tf.constant(3.0), 6))
    assert traces == [5, 6]


class Plain:
    pass


@pytest.mark.parametrize("result", [Plain(), tf.float32, {1, 2}, len, Plain])
def test_results_that_are_no_tensors_are_refused(result):
    with pytest.raises(TypeError, match="not a Tensor or ExtensionType"):
        tf.function(lambda x: [x, result])(tf.constant(1.0))


def test_arguments_that_cannot_be_told_apart_are_refused():
    for given in ({1, 2}, bytearray(b"a")):
        with pytest.raises(TypeError, match="not hashable"):
            tf.function(lambda x, y: x)(tf.constant(1.0), given)


@pytest.mark.parametrize(
    "change",
    [lambda a, d: a.append(a[0]), lambda a, d: d.pop("k"), lambda a, d: d.update(k=a[0] + 1), lambda a, d: a.clear()],
)
def test_arguments_are_not_to_be_modified(change):
    @tf.function
    def f(a, d):
        change(a, d)
        return a

    with pytest.raises(ValueError, match=r"should not modify its Python input arguments.*\s+Modified: [ad]"):
        f([tf.constant(1)], {"k": tf.constant(2)})


def test_copies_of_arguments_may_be_modified():
    @tf.function
    def f(a, **more):
        a = [*a, 3]
        more = dict(more, z=1)
        return a, more

    assert len(f([tf.constant(1)], y=2)[0]) == 2


def test_declared_signatures():
    specs = [{"a": tf.TensorSpec([None]), "b": [tf.TensorSpec([])]}]
    f = tf.function(lambda d: d["a"] * d["b"][0], input_signature=specs)
    assert f({"a": [1.0, 2.0], "b": [2.0]}).numpy().tolist() == [2.0, 4.0]
    for given in ({"a": [1.0]}, {"a": [1.0], "b": []}, {"a": [1.0], "b": 2.0}, [1.0]):
        with pytest.raises(TypeError, match="input_signature"):
            f(given)
    with pytest.raises(TypeError, match="possibly nested sequence of TensorSpec"):
        tf.function(lambda x: x, input_signature=[3])
    with pytest.raises(ValueError, match="not supported as an attribute"):
        tf.function(lambda x: x, experimental_attributes={"mine": 1})


def test_concrete_functions():
    scale, offset = tf.constant(3.0), tf.Variable(1.0)
    f = tf.function(lambda x: x * scale + offset)
    concrete = f.get_concrete_function(tf.TensorSpec([], name="alpha"))
    assert concrete(2).numpy() == 7.0 and concrete(np.float32(2)).numpy() == 7.0
    names = [each.name for each in concrete.inputs]  # what is captured comes after the arguments
    assert names[0] == "alpha:0" and len(names) == 3 and names[2].endswith("resource:0")
    assert any(each is scale for each in concrete.captured_inputs)
    assert any(each is offset for each in concrete.captured_inputs) and len(concrete.captured_inputs) == 2


def test_what_xla_makes_of_it():
    program = tf.function(lambda x: tf.sin(x) + 1.0).experimental_get_compiler_ir(tf.TensorSpec([3]))
    assert "sine" in program() and "HloModule" in program(stage="optimized_hlo") and "sine" in program("stablehlo")
    assert isinstance(program(stage="hlo_serialized"), bytes)
    assert isinstance(program(stage="optimized_hlo_serialized"), bytes)
    with pytest.raises(ValueError, match="a stage of"):
        program(stage="nonsense")


def test_the_end_of_an_iterator_is_an_error_of_the_program():
    iterator = iter(tf.data.Dataset.range(1))
    step = tf.function(lambda: next(iterator))
    with pytest.warns(UserWarning, match="runs eagerly"):
        step()
    with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
        step()


def test_a_tensor_out_of_a_loop_is_refused():
    class Sum:
        total = tf.constant(0)

        def step(self, i):
            self.total = self.total + i

        def run(self, n):
            for i in tf.range(n):
                self.step(i)
            return self.total

    with pytest.raises(ValueError, match="out of scope: it belongs to the body of a loop"):
        tf.function(Sum().run)(tf.constant(3))


def test_an_index_that_is_not_there_is_a_value_error_in_a_function():
    with pytest.raises(ValueError, match="slice index 5 of dimension 0 out of bounds"):
        tf.function(lambda x: x[5])(tf.constant([1, 2]))
