"""CheckpointManager."""

import os

import pytest

import addax as tf


def manager(folder, v, **options):
    return tf.train.CheckpointManager(tf.train.Checkpoint(v=v), folder, **({"max_to_keep": 2} | options))


def test_old_ones_go(tmp_path):
    v = tf.Variable(0)
    made = manager(tmp_path, v)
    for i in range(4):
        v.assign(i)
        made.save()
    assert [os.path.basename(path) for path in made.checkpoints] == ["ckpt-3", "ckpt-4"]
    assert sorted(os.listdir(tmp_path)) == [
        "checkpoint", "ckpt-3.data-00000-of-00001", "ckpt-3.index", "ckpt-4.data-00000-of-00001", "ckpt-4.index",
    ]  # fmt: skip
    v.assign(9)
    assert made.restore_or_initialize() == made.latest_checkpoint
    assert int(v) == 3


def test_another_process_goes_on(tmp_path):
    first = manager(tmp_path, tf.Variable(1.0), max_to_keep=3)
    first.save(), first.save()
    second = manager(tmp_path, tf.Variable(0.0), max_to_keep=3)
    assert second.checkpoints == first.checkpoints
    second.restore_or_initialize()
    assert second.save().endswith("ckpt-3")


def test_intervals(tmp_path):
    step = tf.Variable(0, dtype=tf.int64)
    made = manager(tmp_path, tf.Variable(0.0), step_counter=step, checkpoint_interval=2)
    saved = []
    for _ in range(5):
        saved.append(made.save() is not None)
        step.assign_add(1)
    assert saved == [True, False, True, False, True]
    assert made.save(check_interval=False) is not None
    assert made.checkpoint_interval == 2


def test_names_numbers_and_hours(tmp_path):
    made = manager(
        tmp_path, tf.Variable(0.0), checkpoint_name="model", max_to_keep=1, keep_checkpoint_every_n_hours=0.0
    )
    assert made.save(checkpoint_number=7) == str(tmp_path / "model-7")
    made.save(8)
    assert os.path.exists(tmp_path / "model-7.index")  # kept for good, but no longer counted
    assert made.checkpoints == [str(tmp_path / "model-8")]


def test_initialize(tmp_path):
    called = []
    made = manager(tmp_path, tf.Variable(0.0), init_fn=lambda: called.append(1))
    assert made.restore_or_initialize() is None
    assert called == [1]
    assert made.latest_checkpoint is None and made.checkpoints == [] and made.directory == str(tmp_path)


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match="max_to_keep"):
        manager(tmp_path, tf.Variable(0.0), max_to_keep=0)
    with pytest.raises(ValueError, match="step_counter"):
        manager(tmp_path, tf.Variable(0.0), checkpoint_interval=3)
