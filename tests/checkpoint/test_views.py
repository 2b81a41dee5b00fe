"""tf.train: views of objects and checkpoints, state in Python, waiting for checkpoints."""

import os

import pytest

import addax as tf


def _module():
    module = tf.Module()
    module.a, module.b = tf.Variable(1.0), tf.Module()
    module.b.c, module.l = tf.Variable([2.0]), [tf.Variable(3.0)]
    return module


def test_objects():
    module = _module()
    view = tf.train.TrackableView(module)
    assert view.root is module and list(view.children(module)) == ["a", "b", "l"]
    assert view.descendants()[:3] == [module, module.a, module.b] and len(view.descendants()) == 6


def test_checkpoints(tmp_path):
    module = _module()
    path = tf.train.Checkpoint(m=module).save(str(tmp_path / "m"))
    view = tf.train.CheckpointView(path)
    assert view.children(0) == {"m": 1, "save_counter": 2} and view.children(1) == {"a": 3, "b": 4, "l": 5}
    assert list(view.descendants()) == list(range(8))
    again = tf.train.Checkpoint(m=module)
    assert list(view.match(again)) == [0, 1, 3, 4, 5, 6, 7] and view.match(again)[3] is module.a
    other = tf.Module()
    other.new = tf.Variable(0.0)
    matches, missing, without = view.diff(tf.train.Checkpoint(m=other))
    assert sorted(matches) == [0, 1] and missing == [2, 3, 4, 5, 6, 7] and any(item is other.new for item in without)
    with pytest.raises(IndexError):
        view.children(8)
    with pytest.raises(tf.errors.NotFoundError):
        tf.train.CheckpointView(str(tmp_path / "none"))


class Number(tf.train.experimental.PythonState):
    value = 0

    def serialize(self):
        return str(self.value)

    def deserialize(self, string_value):
        self.value = int(string_value)


def test_state_in_python(tmp_path):
    number = Number()
    number.value = 7
    checkpoint = tf.train.Checkpoint(n=number)
    path = checkpoint.save(str(tmp_path / "py"))
    number.value = 1
    checkpoint.restore(path)
    assert number.value == 7 and tf.train.load_variable(path, "n/.ATTRIBUTES/py_state") == b"7"
    with pytest.raises(TypeError):
        tf.train.experimental.PythonState()


def test_checkpoints_as_they_come(tmp_path):
    assert list(tf.train.checkpoints_iterator(str(tmp_path), timeout=0)) == []
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    checkpoint.save(str(tmp_path / "a"))
    asked = []

    def more():
        asked.append(1)
        if len(asked) == 1:
            checkpoint.save(str(tmp_path / "a"))
        return len(asked) > 1

    found = [os.path.basename(p) for p in tf.train.checkpoints_iterator(str(tmp_path), timeout=0, timeout_fn=more)]
    assert found == ["a-1", "a-2"]
