"""load_weights that fails, in every format: it says what did not fit, and the model is as it was bit for bit."""

import os
import shutil

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
FORMS = (".keras", ".h5", ".weights.h5", "_plain.h5", ".safetensors", "_checkpoint", "_folder")


def net(units=3, last=2, step=True):
    model = tf.keras.Sequential(
        [L.Dense(units, input_shape=(4,), name="first"), L.BatchNormalization(name="norm"), L.Dense(last, name="last")],
        name="net",
    )
    model.compile("adam", "mse")
    if step:
        model.optimizer.build(model.trainable_variables)
    for number, variable in enumerate(state(model)):
        variable.assign(np.full(variable.shape, number + units, variable.dtype.np))
    return model


def state(model):
    return [*model.variables, *model.optimizer.variables]


def bits(model):
    return [(variable.name, variable.numpy().tobytes()) for variable in state(model)]


def save(model, path):
    if path.endswith(("_plain.h5", ".weights.h5", ".safetensors", "_checkpoint")):
        model.save_weights(path)
    else:
        model.save(path)
    return path


pytestmark = pytest.mark.xdist_group("failed_loads")  # what the fixture makes is made once


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths by form: of the same model with other numbers, of a wider one, and of one with a layer less."""
    folder = tmp_path_factory.mktemp("files")
    small = tf.keras.Sequential([L.Dense(3, input_shape=(4,), name="first"), L.Dense(2, name="last")])
    small.compile("adam", "mse")
    made = {"same": net(), "wide": net(5), "small": small}
    made["same"].optimizer.iterations.assign(7)
    for number, variable in enumerate(state(made["same"])):
        variable.assign(np.full(variable.shape, number + 50, variable.dtype.np))
    return {(kind, form): save(model, str(folder / f"{kind}{form}")) for kind, model in made.items() for form in FORMS}


def refused(path, *says, step=True):
    """Load into a model, which must fail and change nothing."""
    model = net(step=step)
    before = bits(model)
    with pytest.raises((ValueError, OSError)) as caught:
        model.load_weights(path)
    assert bits(model) == before
    text = str(caught.value)
    for each in (os.path.basename(path), *says):
        assert each in text, text


@pytest.mark.parametrize("form", FORMS)
def test_what_fits_is_loaded(form, files):
    model = net()
    model.load_weights(files["same", form])
    assert model.get_layer("first").kernel.numpy().min() == 50.0


@pytest.mark.parametrize("step", [True, False], ids=["with state", "without"])
@pytest.mark.parametrize("form", FORMS)
def test_other_shapes(form, step, files):
    refused(files["wide", form], "first/kernel", "(4, 3)", "(4, 5)", "others do not fit either", step=step)


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("_checkpoint", "_folder")])
def test_variables_that_are_missing(form, files):
    refused(files["small", form])


@pytest.mark.parametrize("form", ["_checkpoint", "_folder"])
def test_variables_that_checkpoints_miss_are_told_when_asked(form, files):
    with pytest.raises(AssertionError, match="norm.gamma|layer_with_weights-1.gamma"):
        net().load_weights(files["small", form]).assert_existing_objects_matched()


def copy_of(path, folder):
    """A copy of what was saved; the files of it that hold numbers."""
    if os.path.isdir(path):
        copy = shutil.copytree(path, folder / os.path.basename(path))
        inside = os.path.join(copy, "variables", "variables")
    else:
        copy = inside = str(folder / os.path.basename(path))
        for name in os.listdir(os.path.dirname(path)):
            if name.startswith(os.path.basename(path)):
                shutil.copy(os.path.join(os.path.dirname(path), name), folder)
    if os.path.exists(inside + ".index"):
        return str(copy), [f"{inside}{end}" for end in (".index", ".data-00000-of-00001")]
    return str(copy), [inside]


@pytest.mark.parametrize("step", [True, False], ids=["with state", "without"])
@pytest.mark.parametrize("form", FORMS)
def test_cut_and_damaged_files(form, step, files, tmp_path):
    copy, parts = copy_of(files["same", form], tmp_path)
    for part in parts:
        with open(part, "rb") as file:
            whole = file.read()
        spoiled = [whole[: int(len(whole) * share)] for share in (0, 0.3, 0.6, 0.97)] + [whole[:-1], b"\x89PNG" * 40]
        if ".data-" in part:
            spoiled.append(whole[:-3] + b"\x01\x02\x03")
        for data in spoiled:
            with open(part, "wb") as file:
                file.write(data)
            model = net(step=step)
            before = bits(model)
            try:
                model.load_weights(copy)
            except (ValueError, OSError) as error:
                assert os.path.basename(copy) in str(error)
                assert bits(model) == before, (part, len(data))
            else:
                pytest.fail(f"{part}: {len(data)} of {len(whole)} bytes were accepted")
        with open(part, "wb") as file:
            file.write(whole)


@pytest.mark.parametrize("form", [".keras", ".weights.h5"])
def test_a_class_that_fails_after_others_loaded(form, tmp_path):
    @tf.keras.utils.register_keras_serializable("failing")
    class Picky(L.Dense):
        refuses = False

        def load_own_variables(self, store):
            self.kernel.assign(store["0"])
            if Picky.refuses:
                raise ValueError("not today")
            self.bias.assign(store["1"])

    def make(value):
        model = tf.keras.Sequential([Picky(3, input_shape=(4,)), Picky(3), L.Dense(1)])
        model.set_weights([np.full(w.shape, value) for w in model.get_weights()])
        return model

    path = str(tmp_path / f"a{form}")
    (make(1.0).save if form == ".keras" else make(1.0).save_weights)(path)
    model = make(2.0)
    Picky.refuses = True
    with pytest.raises(ValueError, match="not today"):
        model.load_weights(path)
    assert {float(each) for w in model.get_weights() for each in w.flat} == {2.0}
    Picky.refuses = False
    model.load_weights(path)
    assert {float(each) for w in model.get_weights() for each in w.flat} == {1.0}
