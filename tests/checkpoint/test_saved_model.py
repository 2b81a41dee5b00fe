"""tf.saved_model: saving, loading, signatures, options, and what is refused."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import addax as tf
from addax.formats import saved_model as files
from addax.formats.errors import CorruptFileError


class Scale(tf.Module):
    """Variables in containers, an asset, functions of several kinds."""

    def __init__(self, asset=None):
        super().__init__()
        self.by = tf.Variable([2.0, 3.0], name="by")
        self.calls = tf.Variable(0, trainable=False)
        self.parts = [tf.Variable(1.0), {"a.b/c": tf.Variable(5)}]
        self.pair = (tf.Variable(7.0),)
        if asset:
            self.words = tf.saved_model.Asset(asset)

    @tf.function
    def times(self, x, twice=False):
        self.calls.assign_add(1)
        return {"y": x * self.by * (2.0 if twice else 1.0), "none": None}

    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2])])
    def both(self, a, b):
        return a + b, a - b

    @tf.function(input_signature=[tf.TensorSpec([None, 2])])
    def total(self, x):
        return tf.reduce_sum(x * self.by)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved_model")
    (folder / "words.txt").write_text("one two")
    module = Scale(str(folder / "words.txt"))
    module.times(tf.constant([1.0, 1.0]))
    module.times(tf.constant([1.0, 1.0]), twice=True)
    module.times.get_concrete_function(tf.TensorSpec([None, 2]))
    tf.saved_model.save(module, str(folder / "saved"), signatures={"both": module.both, "total": module.total})
    (folder / "words.txt").unlink()
    return folder / "saved"


@pytest.fixture
def saved(original, tmp_path):
    shutil.copytree(original, tmp_path / "saved")
    return str(tmp_path / "saved")


def test_objects_come_back(saved):
    folder = saved
    assert sorted(os.listdir(folder)) == ["assets", "fingerprint.pb", "saved_model.pb", "variables"]
    assert tf.saved_model.contains_saved_model(folder)
    loaded = tf.saved_model.load(folder)
    assert loaded.by.numpy().tolist() == [2.0, 3.0] and loaded.by.name == "by:0" and loaded.by.trainable
    assert not loaded.calls.trainable and int(loaded.calls) == 2
    assert float(loaded.parts[0]) == 1.0 and int(loaded.parts[1]["a.b/c"]) == 5 and float(loaded.pair[0]) == 7.0
    assert Path(loaded.words.asset_path.numpy().decode()).read_text() == "one two"
    assert len(loaded.variables) == 5 and len(loaded.trainable_variables) == 4
    names = [name for name, _ in tf.train.list_variables(folder + "/variables/variables")]
    assert "parts/1/a..b.Sc/.ATTRIBUTES/VARIABLE_VALUE" in names
    with pytest.raises(AttributeError, match="The SavedModel has: .*both"):
        loaded.nothing


def test_functions_take_the_calls_they_were_saved_with(saved):
    folder = saved
    loaded = tf.saved_model.load(folder)
    calls = int(loaded.calls)
    assert loaded.times(tf.constant([1.0, 1.0]))["y"].numpy().tolist() == [2.0, 3.0]
    assert loaded.times([1.0, 1.0], twice=True)["y"].numpy().tolist() == [4.0, 6.0]
    found = loaded.times(np.ones((3, 2), np.float32), False)
    assert found["y"].shape == (3, 2) and found["none"] is None
    assert int(loaded.calls) == calls + 3
    with pytest.raises(ValueError, match="(?s)Could not find matching concrete function.*3 option"):
        loaded.times(tf.constant([1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match="Could not find matching"):
        loaded.times(tf.constant([[1, 1]]), twice=True)
    concrete = loaded.times.get_concrete_function(tf.TensorSpec([4, 2]))
    assert concrete.structured_outputs["y"] == tf.TensorSpec([None, 2]) and concrete.output_dtypes["y"] == tf.float32
    assert {variable.name for variable in concrete.variables} == {"by:0", "Variable:0"}


def test_signatures(saved):
    folder = saved
    signatures = tf.saved_model.load(folder, tags="serve").signatures
    assert sorted(signatures) == ["both", "total"] and len(signatures) == 2
    both = signatures["both"]
    found = both(a=tf.ones([1, 2]), b=tf.ones([1, 2]))
    assert sorted(found) == ["output_0", "output_1"] and found["output_0"].numpy().tolist() == [[2.0, 2.0]]
    assert both.structured_input_signature == (
        (),
        {"a": tf.TensorSpec([None, 2], name="a"), "b": tf.TensorSpec([None, 2], name="b")},
    )
    assert float(signatures["total"](tf.ones([1, 2]))["output_0"]) == 5.0
    with pytest.raises(TypeError, match="missing a required argument: 'b'"):
        both(a=tf.ones([1, 2]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="cast or reshape"):
        signatures["total"](tf.constant([[1, 2]]))
    with pytest.raises(TypeError):
        signatures["new"] = both


def test_gradients_and_training(saved):
    folder = saved
    loaded = tf.saved_model.load(folder)
    x = tf.constant([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = loaded.total(x)
    by, inputs = tape.gradient(total, [loaded.by, x])
    assert by.numpy().tolist() == [1.0, 2.0] and inputs.numpy().tolist() == [[2.0, 3.0]]
    optimizer = tf.keras.optimizers.SGD(0.5)
    optimizer.apply_gradients([(by, loaded.by)])
    assert float(loaded.total(x)) == 1.5 + 2 * 2.0


def test_saved_again(saved, tmp_path):
    folder = saved
    loaded = tf.saved_model.load(folder)
    loaded.by.assign([1.0, 1.0])
    tf.saved_model.save(loaded, str(tmp_path / "again"), signatures=loaded.signatures["total"])
    again = tf.saved_model.load(str(tmp_path / "again"))
    assert float(again.signatures["serving_default"](x=tf.ones([2, 2]))["output_0"]) == 4.0
    assert again.times([1.0, 1.0])["y"].numpy().tolist() == [1.0, 1.0]
    assert sorted(os.listdir(tmp_path / "again" / "assets")) == ["words.txt"]


def test_inside_another_module_and_function(saved):
    folder = saved
    outer = tf.Module()
    outer.inner = tf.saved_model.load(folder)
    double = tf.function(lambda x: outer.inner.total(x) * 2.0)
    assert float(double(tf.ones([1, 2]))) == 10.0
    checkpoint = tf.train.Checkpoint(outer=outer.inner)
    assert "by" in checkpoint._checkpoint_children()["outer"]._checkpoint_children()


def test_random_numbers_and_strings(tmp_path):
    module = tf.Module()
    module.noise = tf.function(lambda x: x + tf.random.normal(tf.shape(x)), input_signature=[tf.TensorSpec([None])])
    module.named = tf.function(lambda x: {"x": x, "what": tf.constant(["text"])}, input_signature=[tf.TensorSpec([])])
    tf.saved_model.save(module, str(tmp_path / "m"))
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    first, second = loaded.noise(tf.zeros([3])), loaded.noise(tf.zeros([3]))
    assert not np.array_equal(first, second)
    assert loaded.named(tf.constant(1.0))["what"].numpy().tolist() == [b"text"]


def test_what_cannot_be_compiled(tmp_path):
    module = tf.Module()
    module.words = tf.function(lambda x: tf.strings.upper(x), input_signature=[tf.TensorSpec([], tf.string)])
    module.fine = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec([])])
    with pytest.warns(UserWarning, match="'lambda' is left out; it cannot be compiled: .*strings stay in Python"):
        tf.saved_model.save(module, str(tmp_path / "m"))
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    assert float(loaded.fine(tf.constant(1.0))) == 2.0
    with pytest.raises(ValueError, match="what no compiled program can"):
        loaded.words(tf.constant("a"))
    with pytest.raises(tf.errors.UnimplementedError, match="strings stay in Python"):
        tf.saved_model.save(module, str(tmp_path / "n"), signatures=module.words)
    assert not os.path.exists(tmp_path / "n")


def test_calls_that_ran_eagerly_are_told_of_when_they_are_left_out(tmp_path):
    module = tf.Module()

    @tf.function
    def grow(x):
        return tf.boolean_mask(x, x > 0.0)

    module.grow = grow
    module.fine = tf.function(lambda x: x + 1.0)
    module.fine(tf.constant(1.0))
    with pytest.warns(UserWarning, match="'grow' runs eagerly"):
        grow(tf.constant([1.0, -1.0]))
    with pytest.warns(UserWarning, match="calls of 'grow' that ran eagerly are left out"):
        tf.saved_model.save(module, str(tmp_path / "m"))
    assert float(tf.saved_model.load(str(tmp_path / "m")).fine(tf.constant(1.0))) == 2.0


def test_what_cannot_be_saved(tmp_path):
    path = str(tmp_path / "m")
    with pytest.raises(ValueError, match="Expected an object of type `Trackable`"):
        tf.saved_model.save(3, path)
    module, hidden = tf.Module(), tf.Variable(1.0)
    module.uses = tf.function(lambda x: x * hidden, input_signature=[tf.TensorSpec([])])
    with pytest.raises(AssertionError, match="references an 'untracked' resource"):
        tf.saved_model.save(module, path)
    module = Scale()
    with pytest.raises(ValueError, match="Only `tf.functions` with an input signature"):
        tf.saved_model.save(module, path, signatures=module.times)
    module.bad = tf.function(lambda x: [x, [x]], input_signature=[tf.TensorSpec([])])
    with pytest.raises(ValueError, match="Got a non-Tensor value"):
        tf.saved_model.save(module, path, signatures=module.bad)
    assert not os.path.exists(path)


def test_a_failed_save_leaves_the_old_one(saved, monkeypatch):
    folder = saved
    from addax.checkpoint.saved_model import save as room

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(room, "write_fingerprint", fail)
    module = tf.Module()
    module.by = tf.Variable([9.0, 9.0])
    with pytest.raises(OSError, match="disk full"):
        tf.saved_model.save(module, folder)
    assert tf.saved_model.load(folder).by.numpy().tolist() == [2.0, 3.0]
    assert sorted(os.listdir(os.path.dirname(folder))) == ["saved"]


def test_options_of_saving(tmp_path):
    module, path = Scale(), str(tmp_path / "m")
    options = tf.saved_model.SaveOptions(
        save_debug_info=True, function_aliases={"sum": module.total}, experimental_custom_gradients=False,
        experimental_variable_policy="save_variable_devices", extra_tags=["mine"], namespace_whitelist=["x"],
    )  # fmt: skip
    tf.saved_model.save(module, path, options=options)
    assert any("stablehlo" in each.read_text() for each in Path(path, "debug").iterdir())
    loaded = tf.saved_model.load(
        path, ["mine", "serve"], tf.saved_model.LoadOptions(experimental_load_function_aliases=True)
    )
    assert float(loaded.function_aliases["sum"](tf.ones([1, 2]))) == 5.0
    with tf.GradientTape() as tape, pytest.raises(LookupError, match="No gradient defined"):
        tape.gradient(loaded.total(tf.ones([1, 2])), loaded.by)
    model = files.read_message(os.path.join(path, files.FILE), "SavedModel")
    nodes = model["meta_graphs"][0]["object_graph_def"]["nodes"]
    assert all("CPU" in node["variable"]["device"] for node in nodes if "variable" in node)
    with pytest.raises(ValueError, match="incompatible argument to `tags`"):
        tf.saved_model.load(path, tags="train")
    with pytest.raises(tf.errors.UnimplementedError):
        tf.saved_model.SaveOptions(experimental_image_format=True)
    with pytest.raises(ValueError, match="Whitelisted namespaces"):
        tf.saved_model.SaveOptions(namespace_whitelist=[1])
    with pytest.raises(ValueError, match="variable policy"):
        tf.saved_model.SaveOptions(experimental_variable_policy="all")
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.saved_model.LoadOptions(experimental_io_device="/job:worker/device:CPU:0")


def test_options_of_loading(saved):
    folder = saved
    options = tf.saved_model.LoadOptions
    zeros = tf.saved_model.load(folder, options=options(experimental_skip_checkpoint=True))
    assert zeros.by.numpy().tolist() == [0.0, 0.0]
    for name in os.listdir(folder + "/variables"):
        os.unlink(os.path.join(folder, "variables", name))
    with pytest.raises(CorruptFileError, match="variables are missing"):
        tf.saved_model.load(folder)
    partial = tf.saved_model.load(folder, options=options(allow_partial_checkpoint=True))
    assert partial.by.numpy().tolist() == [0.0, 0.0]


def test_fingerprints(tmp_path):
    module, folder = tf.Module(), str(tmp_path / "m")
    module.v = tf.Variable(1.0)
    experimental = tf.saved_model.experimental
    tf.saved_model.save(module, folder)
    first = experimental.read_fingerprint(folder)
    assert first.singleprint().count("/") == 3 and "checkpoint_hash" in str(first)
    module.v.assign(2.0)
    tf.saved_model.save(module, folder)
    second = experimental.read_fingerprint(folder)
    assert first != second and first.saved_object_graph_hash == second.saved_object_graph_hash
    assert first.checkpoint_hash != second.checkpoint_hash
    with pytest.raises(FileNotFoundError, match="Could not find fingerprint"):
        experimental.read_fingerprint(str(tmp_path))
    with pytest.raises(ValueError, match="could not be deserialized"):
        experimental.Fingerprint.from_proto(object())


def test_damaged(saved):
    folder = saved
    path = os.path.join(folder, files.FILE)
    whole = Path(path).read_bytes()
    with pytest.raises(OSError, match="does not exist at"):
        tf.saved_model.load(folder + "x")
    with open(path, "wb") as file:
        file.write(whole[: len(whole) // 2])
    with pytest.raises(CorruptFileError, match="damaged"):
        tf.saved_model.load(folder)
    model = files.CODEC.decode("SavedModel", whole)
    meta = model["meta_graphs"][0]

    def load_changed(change):
        changed = files.CODEC.decode("SavedModel", whole)
        change(changed["meta_graphs"][0])
        with open(path, "wb") as file:
            file.write(files.CODEC.encode("SavedModel", changed))
        return tf.saved_model.load(folder)

    def shrunk(meta):
        meta["object_graph_def"]["nodes"] = meta["object_graph_def"]["nodes"][:2]

    def other_shape(meta):
        next(node for node in meta["object_graph_def"]["nodes"] if "variable" in node)["variable"]["shape"] = {
            "dim": [{"size": 9}]
        }

    def outside(meta):
        meta["asset_file_def"][0]["filename"] = "../../words.txt"

    def no_function(meta):
        meta["graph_def"]["library"]["function"] = []

    assert "function" in meta["graph_def"]["library"]
    for change, message in (
        (shrunk, "not there"), (other_shape, "does not fit the variable"), (outside, "leaves the archive"),
        (no_function, "which it does not have"),
    ):  # fmt: skip
        with pytest.raises(CorruptFileError, match=message):
            load_changed(change)


def test_resources():
    made = []

    class Box(tf.saved_model.experimental.TrackableResource):
        def _create_resource(self):
            made.append("created")
            return 7

        def _initialize(self):
            made.append("filled")

        def _destroy_resource(self):
            made.append("gone")

    box = Box()
    assert box.resource_handle == 7 and box.resource_handle == 7 and made == ["created", "filled"]
    del box
    assert made[-1] == "gone"
    with pytest.raises(FileNotFoundError):
        tf.saved_model.Asset("/nothing/here")


def test_functions_of_tensors_of_any_rank(tmp_path):
    module = tf.Module()
    module.by = tf.Variable(2.0)
    module.any = tf.function(lambda x: x * module.by, input_signature=[tf.TensorSpec(None)])
    module.rows = tf.function(lambda x: tf.matmul(x, x, transpose_b=True), input_signature=[tf.TensorSpec(None)])
    tf.saved_model.save(module, str(tmp_path / "m"))
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    for value in (3.0, [1.0, 2.0], [[[1.0]]]):
        np.testing.assert_allclose(loaded.any(tf.constant(value)), np.multiply(value, 2.0))
    np.testing.assert_allclose(loaded.rows(tf.eye(2) * 3.0), np.eye(2) * 9.0)
    with pytest.raises(ValueError, match="could not find|Could not find"):
        loaded.rows(tf.constant([1.0]))


def test_steps_of_optimizers_with_slot_variables(tmp_path):
    class Trainer(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable([[1.0], [2.0]], name="w")
            self.optimizer = tf.keras.optimizers.legacy.Adam(0.1)

        @tf.function(input_signature=[tf.TensorSpec([None, 2])])
        def train(self, x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.matmul(x, self.w) ** 2)
            self.optimizer.apply_gradients([(tape.gradient(loss, self.w), self.w)])
            return loss

    trainer, x = Trainer(), tf.ones((3, 2))
    trainer.train(x)
    tf.saved_model.save(trainer, tmp_path / "model")
    loaded = tf.saved_model.load(tmp_path / "model")
    wanted = [float(trainer.train(x)) for _ in range(3)]
    assert [float(loaded.train(x)) for _ in range(3)] == wanted
    assert wanted[2] < wanted[0]
    tf.saved_model.save(loaded, tmp_path / "again")
    assert float(tf.saved_model.load(tmp_path / "again").train(x)) == float(trainer.train(x))
