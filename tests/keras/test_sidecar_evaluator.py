"""Evaluation beside training, and the export of the best checkpoint."""

import os

import numpy as np
import pytest

import addax as tf
from addax.keras import Sequential, callbacks, layers, utils


def make():
    model = Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


def data():
    return tf.data.Dataset.from_tensors((tf.ones((4, 2)), tf.ones((4, 1))))


def test_each_checkpoint_is_evaluated_and_the_best_exported(tmp_path, capsys):
    trained, beside = make(), make()
    trained.fit(data(), verbose=0)
    folder = str(tmp_path / "ckpts")
    tf.train.CheckpointManager(
        tf.train.Checkpoint(model=trained, optimizer=trained.optimizer), folder, max_to_keep=3
    ).save()
    export = callbacks.SidecarEvaluatorModelExport(
        str(tmp_path / "out" / "m-{epoch}"), os.path.join(folder, "ckpt-{epoch}"), monitor="loss", mode="min",
        save_weights_only=True,
    )  # fmt: skip
    utils.SidecarEvaluator(beside, data(), folder, steps=1, max_evaluations=1, callbacks=[export]).start()
    assert np.array_equal(trained.get_weights()[0], beside.get_weights()[0])
    assert int(beside.optimizer.iterations.numpy()) == 1
    assert "m-1.index" in os.listdir(tmp_path / "out")


def test_a_file_that_is_no_checkpoint_is_passed_by(tmp_path, monkeypatch):
    from addax.keras import sidecar_evaluator

    model = make()
    good = tf.train.Checkpoint(model=model).save(str(tmp_path / "ckpt"))
    monkeypatch.setattr(sidecar_evaluator, "checkpoints_iterator", lambda *_, **__: iter([str(tmp_path / "x-1"), good]))
    assert sidecar_evaluator.SidecarEvaluatorExperimental(model, data(), tmp_path, 1, 1).start() is None


def test_a_function_that_makes_the_dataset():
    creator = utils.experimental.DatasetCreator(lambda context: data().repeat())
    assert list(make().fit(creator, steps_per_epoch=2, verbose=0).history) == ["loss"]
    with pytest.raises(ValueError, match="steps"):
        make().fit(creator, verbose=0)
    with pytest.raises(TypeError, match="must be a `callable`"):
        utils.experimental.DatasetCreator(3)
    with pytest.raises(TypeError, match="must return a Dataset"):
        utils.experimental.DatasetCreator(lambda context: 1)(None)
    with pytest.raises(TypeError, match="InputOptions"):
        utils.experimental.DatasetCreator(lambda context: 1, input_options=4)
