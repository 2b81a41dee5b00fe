"""tf.train.Checkpoint: names, matching, waiting for what comes later, checks; and readers by name."""

import os
import pickle

import numpy as np
import pytest

import addax as tf
from addax.formats.errors import CorruptFileError

L = tf.keras.layers


def test_save_and_restore(tmp_path):
    step, w = tf.Variable(3, dtype=tf.int64), tf.Variable([1.0, 2.0])
    text, half = tf.Variable("hi"), tf.Variable([1.5], dtype=tf.bfloat16)
    parts = {"step": step, "nested": {"w": w, "list": [text, half]}}
    checkpoint = tf.train.Checkpoint(**parts)
    path = checkpoint.save(str(tmp_path / "ck"))
    assert path == str(tmp_path / "ck-1")
    step.assign(0), w.assign([0.0, 0.0]), text.assign(""), half.assign([0.0])
    status = tf.train.Checkpoint(**parts).restore(path)
    status.assert_consumed().assert_existing_objects_matched().assert_nontrivial_match()
    assert (int(step), w.numpy().tolist(), text.numpy(), float(half[0])) == (3, [1.0, 2.0], b"hi", 1.5)
    assert [name for name, _ in tf.train.list_variables(path)] == [
        "_CHECKPOINTABLE_OBJECT_GRAPH",
        "nested/list/0/.ATTRIBUTES/VARIABLE_VALUE",
        "nested/list/1/.ATTRIBUTES/VARIABLE_VALUE",
        "nested/w/.ATTRIBUTES/VARIABLE_VALUE",
        "save_counter/.ATTRIBUTES/VARIABLE_VALUE",
        "step/.ATTRIBUTES/VARIABLE_VALUE",
    ]


def test_numbers_go_on(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    for expected in (1, 2):
        assert checkpoint.save(str(tmp_path / "ck")).endswith(f"-{expected}")
    again = tf.train.Checkpoint(v=tf.Variable(0.0))
    again.restore(tf.train.latest_checkpoint(tmp_path))
    assert again.save(str(tmp_path / "ck")).endswith("-3")


def test_partial(tmp_path):
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    path = tf.train.Checkpoint(a=a).write(str(tmp_path / "p"))
    a.assign(9.0)
    status = tf.train.Checkpoint(a=a, b=b).read(path)
    assert (float(a), float(b)) == (1.0, 2.0)
    assert status.expect_partial() is status
    with pytest.raises(AssertionError, match=r"\(root\)\.b"):
        status.assert_existing_objects_matched()
    path = tf.train.Checkpoint(a=a, b=b).write(str(tmp_path / "q"))
    with pytest.raises(AssertionError, match="b/.ATTRIBUTES"):
        tf.train.Checkpoint(a=a).read(path).assert_consumed()
    with pytest.raises(AssertionError, match="Nothing to load"):
        tf.train.Checkpoint(other=a).read(path).assert_nontrivial_match()


def test_what_comes_later(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable(4.0)).save(str(tmp_path / "d"))
    empty = tf.train.Checkpoint()
    status = empty.restore(path)
    empty.v = late = tf.Variable(0.0)
    assert float(late) == 4.0
    status.assert_consumed()
    saved, module = tf.Module(), tf.Module()
    saved.parts, saved.w = [tf.Variable(5.0)], tf.Variable(6.0)
    path = tf.train.Checkpoint(module=saved).write(str(tmp_path / "m"))
    status = tf.train.Checkpoint(module=module).read(path)
    module.w = tf.Variable(0.0)
    module.name_of_it, module.parts = "text", [tf.Variable(0.0)]
    assert float(module.w) == 6.0 and float(module.parts[0]) == 5.0
    status.assert_consumed()


def test_modules(tmp_path):
    class Inner(tf.Module):
        def __init__(self, value):
            super().__init__()
            self.w = tf.Variable(value)

    class Outer(tf.Module):
        def __init__(self, value):
            super().__init__()
            self.first, self.both = Inner(value), {"a": Inner(value + 1), "b": [Inner(value + 2)]}

    path = tf.train.Checkpoint(Outer(1.0)).write(str(tmp_path / "m"))
    other = Outer(0.0)
    tf.train.Checkpoint(other).read(path).assert_consumed()
    assert [float(v) for v in (other.first.w, other.both["a"].w, other.both["b"][0].w)] == [1.0, 2.0, 3.0]
    names = [name for name, _ in tf.train.list_variables(path)]
    assert "both/b/0/w/.ATTRIBUTES/VARIABLE_VALUE" in names


def net():
    model = tf.keras.Sequential([L.Dense(3, activation="relu", input_shape=(4,)), L.BatchNormalization(), L.Dense(2)])
    model.compile(tf.keras.optimizers.Adam(0.01), "mse")
    return model


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")


def train(model):
    return model.fit(*data(), epochs=1, batch_size=4, shuffle=False, verbose=0).history["loss"]


@pytest.mark.parametrize("built", [True, False])
def test_models_and_optimizers(built, tmp_path):
    """Also an optimizer that has no variables yet when it is restored, with its model or without."""
    first = net()
    train(first)
    path = tf.train.Checkpoint(model=first, optimizer=first.optimizer).save(str(tmp_path / "c"))
    second = net()
    if built:
        second.optimizer.build(second.trainable_variables)
    tf.train.Checkpoint(model=second, optimizer=second.optimizer).restore(path).assert_consumed()
    np.testing.assert_allclose(train(second), train(first), rtol=1e-6)
    third = net()
    tf.train.Checkpoint(optimizer=third.optimizer).restore(path)
    third.set_weights(second.get_weights())
    third.optimizer._build_scoped(third.trainable_variables, None)
    np.testing.assert_array_equal(third.optimizer.variables[1].numpy().shape, (4, 3))
    assert int(third.optimizer.iterations) == 2
    assert np.abs(third.optimizer.variables[1].numpy()).max() > 0


def test_layers_that_are_built_later(tmp_path):
    class Twin(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.rest = L.Dense(2), [L.LSTM(3)]
            self.scale = tf.Variable(1.0)

        def call(self, inputs):
            return self.a(self.rest[0](inputs)) * self.scale

    x = tf.ones((2, 5, 3))
    first = Twin()
    expected = first(x)
    first.scale.assign(2.0)
    prefix = str(tmp_path / "folder" / "weights")
    first.save_weights(prefix)
    second = Twin()
    status = second.load_weights(prefix)
    np.testing.assert_allclose(second(x), 2 * expected, rtol=1e-6)
    status.assert_consumed()
    third = Twin()
    third.load_weights(tmp_path / "folder").expect_partial()
    np.testing.assert_allclose(third(x), 2 * expected, rtol=1e-6)


def test_save_weights_names_layers_as_keras_2_does(tmp_path):
    model = net()
    train(model)
    model.save_weights(str(tmp_path / "w"))
    names = dict(tf.train.list_variables(str(tmp_path / "w")))
    assert names["layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"] == [4, 3]
    assert names["layer_with_weights-1/moving_mean/.ATTRIBUTES/VARIABLE_VALUE"] == [3]
    assert names["optimizer/_iterations/.ATTRIBUTES/VARIABLE_VALUE"] == []
    assert names["optimizer/_variables/1/.ATTRIBUTES/VARIABLE_VALUE"] == [4, 3]
    assert (tmp_path / "checkpoint").read_text().startswith('model_checkpoint_path: "w"\n')
    copy = net()
    copy.load_weights(str(tmp_path / "w")).assert_consumed()
    assert int(copy.optimizer.iterations) == 2
    np.testing.assert_allclose(train(copy), train(model), rtol=1e-6)


def test_layers_that_learned_vocabularies_count_among_those_with_weights_as_in_keras_2(tmp_path):
    layers = tf.keras.layers
    learned, bins = layers.IntegerLookup(), layers.Discretization(num_bins=2)
    learned.adapt([[3], [5]])
    bins.adapt([[1.0], [2.0], [3.0]])
    x = tf.keras.Input((1,), dtype="int64")
    found = [learned(x), layers.IntegerLookup(vocabulary=[3, 5])(x), bins(x)]
    model = tf.keras.Model(x, layers.Dense(2)(tf.cast(layers.Concatenate()(found), "float32")))
    model.save_weights(str(tmp_path / "w"))
    names = dict(tf.train.list_variables(str(tmp_path / "w")))
    assert names["layer_with_weights-2/kernel/.ATTRIBUTES/VARIABLE_VALUE"] == [3, 2]


def test_a_value_that_does_not_fit_changes_nothing(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable([1.0]), b=tf.Variable([1.0, 2.0])).write(str(tmp_path / "c"))
    a, b = tf.Variable([0.0]), tf.Variable([0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match=r"b/\.ATTRIBUTES.*expected shape \(3,\) float32; received shape \(2,\)"):
        tf.train.Checkpoint(a=a, b=b).read(path)
    assert float(a[0]) == 0.0
    with pytest.raises(ValueError, match="string"):
        tf.train.Checkpoint(a=tf.Variable(["x"])).read(path)


def test_missing_and_damaged(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="nothing"):
        tf.train.Checkpoint(v=tf.Variable(1.0)).read(str(tmp_path / "nothing"))
    assert tf.train.Checkpoint(v=tf.Variable(1.0)).restore(None).assert_consumed()
    path = tf.train.Checkpoint(v=tf.Variable(1.0)).write(str(tmp_path / "c"))
    with open(path + ".index", "wb") as file:
        file.write(b"text")
    with pytest.raises(CorruptFileError, match="not the index"):
        tf.train.Checkpoint(v=tf.Variable(1.0)).read(path)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="trackable"):
        tf.train.Checkpoint(v=3)


def test_readers(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0])).save(str(tmp_path / "l"))
    reader = tf.train.load_checkpoint(str(tmp_path))
    name = "v/.ATTRIBUTES/VARIABLE_VALUE"
    assert reader.has_tensor(name) and not reader.has_tensor("v")
    assert reader.get_variable_to_shape_map()[name] == [2]
    assert reader.get_variable_to_dtype_map()[name] == tf.float32
    assert tf.train.load_variable(path, name).tolist() == [1.0, 2.0]
    with pytest.raises(tf.errors.NotFoundError, match="not found in checkpoint"):
        reader.get_tensor("v")
    with pytest.raises(ValueError, match="Couldn't find"):
        tf.train.load_checkpoint(str(tmp_path / ".."))


def test_the_checkpoint_file_leads_nowhere_else(tmp_path):
    outside = tf.train.Checkpoint(v=tf.Variable(1.0)).write(str(tmp_path / "outside"))
    folder = tmp_path / "inside"
    folder.mkdir()
    for text in (outside, "../outside", "missing"):
        (folder / "checkpoint").write_text(f'model_checkpoint_path: "{text}"\n')
        assert tf.train.latest_checkpoint(folder) is None
    (folder / "checkpoint").write_bytes(os.urandom(100))
    assert tf.train.latest_checkpoint(folder) is None


def test_a_generator_keeps_its_place(tmp_path):
    generator = tf.random.Generator.from_seed(1)
    checkpoint = tf.train.Checkpoint(generator=generator)
    path = checkpoint.write(str(tmp_path / "c"))
    first = generator.normal([3]).numpy()
    checkpoint.restore(path).assert_consumed()
    assert (generator.normal([3]).numpy() == first).all()
    assert "generator/_state_var/.ATTRIBUTES/VARIABLE_VALUE" in dict(tf.train.list_variables(path))


def test_values_wait_for_what_is_put_into_lists_and_dicts_later(tmp_path):
    class Parts(tf.Module):
        def __init__(self):
            super().__init__()
            self.many, self.named = [], {}

    def part():
        return tf.Variable(0.0)

    saved = Parts()
    saved.many += [tf.Variable(1.0), [tf.Variable(2.0)], {"deep": tf.Variable(3.0)}]
    saved.named.update(a=tf.Variable(4.0), b=tf.Variable(5.0), c=tf.Variable(6.0))
    path = tf.train.Checkpoint(parts=saved, late=[tf.Variable(7.0), tf.Variable(8.0)]).save(str(tmp_path / "c"))
    parts = Parts()
    checkpoint = tf.train.Checkpoint(parts=parts)
    status = checkpoint.restore(path)
    parts.many.append(part())
    parts.many += [[]]
    parts.many[1].append(part())
    parts.many.insert(2, {})
    parts.many[2]["deep"] = part()
    parts.named["a"] = part()
    parts.named.update(b=part())
    parts.named.setdefault("c", part())
    with pytest.raises(AssertionError, match="not bound"):
        status.assert_consumed()
    checkpoint.late = []
    checkpoint.late.extend([part(), part()])
    values = [parts.many[0], parts.many[1][0], parts.many[2]["deep"], *parts.named.values(), *checkpoint.late]
    assert [float(v) for v in values] == [1, 2, 3, 4, 5, 6, 7, 8]
    status.assert_existing_objects_matched()
    assert pickle.loads(pickle.dumps(type(checkpoint.late)([1]))) == [1]


def test_layers_appended_later_take_what_a_checkpoint_has(tmp_path):
    class Stack(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.stack = []

        def call(self, x):
            for layer in self.stack:
                x = layer(x)
            return x

    first, x = Stack(), tf.ones((1, 4))
    first.stack += [tf.keras.layers.Dense(2), tf.keras.layers.Dense(3)]
    wanted = first(x)
    path = tf.train.Checkpoint(model=first).save(str(tmp_path / "c"))
    second = Stack()
    tf.train.Checkpoint(model=second).restore(path)
    second.stack.append(tf.keras.layers.Dense(2))
    second.stack.append(tf.keras.layers.Dense(3))
    np.testing.assert_array_equal(second(x), wanted)
    assert len(second.trainable_variables) == 4
