"""keras.distribution: variables and batches over a mesh of devices."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.keras import distribution as D

X = np.random.default_rng(0).random((32, 4)).astype("float32")


@pytest.fixture
def mesh():
    return D.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])


def axes(value):
    """The mesh's axis of each axis of a tensor or variable."""
    return tuple(value._value.sharding.spec)


def test_meshes():
    with pytest.raises(ValueError, match="must not be empty"):
        D.DeviceMesh((), [])
    with pytest.raises(ValueError, match="a name for each axis"):
        D.DeviceMesh((2, 2), ["a"])
    with pytest.raises(ValueError, match="takes 6 devices, received 1"):
        D.DeviceMesh((2, 3), ["a", "b"], ["cpu:0"])
    with pytest.raises(ValueError, match="no device 'cpu:77'"):
        _ = D.DeviceMesh((1,), ["a"], ["cpu:77"]).backend_mesh
    assert D.get_device_count() == len(D.list_devices()) and D.list_devices("CPU")[0] == "cpu:0"


def test_layouts(mesh):
    layout = D.TensorLayout(("model",))
    with pytest.raises(ValueError, match="without a device mesh"):
        _ = layout.backend_layout
    layout.device_mesh = mesh
    assert tuple(layout.backend_layout.spec) == ("model",)
    with pytest.raises(ValueError, match="cannot be replaced"):
        layout.device_mesh = mesh
    with pytest.raises(ValueError, match="the mesh has the axes"):
        D.TensorLayout(("x",), mesh)
    np.testing.assert_array_equal(D.distribute_tensor(X, D.TensorLayout(("batch", None), mesh)), X)


def test_maps_as_in_keras_3(mesh):
    layouts = D.LayoutMap(mesh)
    layouts["dense.*kernel"] = D.TensorLayout((None, "model"), mesh)
    layouts["dense.*bias"] = ("model",)
    assert layouts["dense_1/kernel"].axes == (None, "model") and layouts["dense/bias"].device_mesh is mesh
    assert layouts["a/dense/bias"] is None and layouts["x"] is None and layouts.get("x") is None
    assert list(layouts) == ["dense.*kernel", "dense.*bias"] and "dense_1/kernel" in layouts
    with pytest.raises(ValueError, match="there already"):
        layouts["dense.*bias"] = ("model",)
    with pytest.raises(ValueError, match="expected a TensorLayout"):
        layouts["q"] = 3
    layouts["den.*"] = (None,)
    with pytest.raises(ValueError, match="several patterns"):
        _ = layouts["dense_1/kernel"]
    assert layouts.pop("den.*").axes == (None,) and len(layouts) == 2


def test_models_in_a_scope(mesh):
    layouts = D.LayoutMap(mesh)
    layouts["dense.*kernel"] = (None, "model")
    spread = D.ModelParallel(layout_map=layouts, batch_dim_name="batch")
    assert spread.get_data_layout((4, 2)).axes == ("batch", None) and spread.num_model_replicas == 1
    with spread.scope():
        assert D.distribution() is spread
        layer = keras.layers.Dense(2, name="dense")
        layer.build((None, 4))
    assert D.distribution() is None
    assert axes(layer.kernel) == (None, "model") == spread.get_variable_layout(layer.kernel).axes
    assert axes(layer.bias) == (None,) and spread.get_tensor_layout("dense/kernel").axes == (None, "model")
    optimizer = keras.optimizers.SGD(momentum=0.9)
    optimizer.build([layer.kernel])
    assert axes(optimizer.variables[-1]) == (None, "model")
    layer.kernel.assign(tf.ones((4, 2)))
    assert axes(layer.kernel) == (None, "model")


def test_variables_with_a_layout_of_their_own(mesh):
    assert axes(keras.Variable(X, layout=D.TensorLayout(("batch", "model"), mesh))) == ("batch", "model")
    with pytest.raises(ValueError, match="the layout of"):
        keras.Variable(X[0], layout=D.TensorLayout((None, "batch"), mesh))


def test_what_is_set_is_forgotten_with_the_session():
    D.set_distribution(D.DataParallel(devices=["cpu:0"]))
    keras.backend.clear_session()
    assert D.distribution() is None
    with pytest.raises(TypeError, match="expected a Distribution"):
        D.set_distribution(3)
    with pytest.raises(ValueError, match="layout_map is needed"):
        D.ModelParallel()
    with pytest.warns(UserWarning, match="a mesh with one axis"):
        D.DataParallel(D.DeviceMesh((1, 1), ["a", "b"], ["cpu:0"]))


def test_one_process():
    D.initialize()
    D.initialize("127.0.0.1:1", 1, 0)
    with pytest.raises(tf.errors.UnimplementedError, match="one process"):
        D.initialize("a:1,b:1", 2, 0)
