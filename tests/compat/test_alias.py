"""Names of TensorFlow resolve to the modules of Addax."""

import importlib
import sys
import types

import pytest

from addax.compat.alias import AliasFinder, install_alias, uninstall_alias

PACKAGE = {
    "__init__.py": "from fakeaddax import compat, keras, nn\nimport os\nVALUE = 1\n",
    "nn.py": "relu = max\n",
    "compat/__init__.py": "",
    "keras/__init__.py": "from fakeaddax.keras import layers, preprocessing\nclass Model: pass\n",
    "keras/layers/__init__.py": "from fakeaddax.keras.layers.core import Dense\n",
    "keras/layers/core.py": "class Dense: pass\n",
    "keras/late.py": "",
    "keras/broken.py": "import nosuchpackage\n",
    "keras/preprocessing.py": "import sys\nfrom fakeaddax import nn as image\n",
}


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A package laid out as Addax is, and a finder that calls it faketf."""
    for name, text in PACKAGE.items():
        path = tmp_path / "fakeaddax" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    finder = AliasFinder(
        {
            "faketf": "fakeaddax",
            "faketf.compat.v2": "fakeaddax",
            "faketf.python.keras": "fakeaddax.keras",
            "fakekeras": "fakeaddax.keras",
        }
    )
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    yield importlib.import_module("fakeaddax")
    for name in list(sys.modules):
        if name.partition(".")[0] in ("fakeaddax", "faketf", "fakekeras"):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("alias", "own"),
    [
        ("faketf", "fakeaddax"),
        ("faketf.nn", "fakeaddax.nn"),
        ("faketf.keras", "fakeaddax.keras"),
        ("faketf.keras.layers", "fakeaddax.keras.layers"),
        ("faketf.keras.layers.core", "fakeaddax.keras.layers.core"),
        ("faketf.keras.preprocessing.image", "fakeaddax.nn"),
        ("faketf.keras.late", "fakeaddax.keras.late"),
        ("faketf.compat", "fakeaddax.compat"),
        ("faketf.compat.v2", "fakeaddax"),
        ("faketf.compat.v2.keras.layers", "fakeaddax.keras.layers"),
        ("faketf.python.keras", "fakeaddax.keras"),
        ("faketf.python.keras.layers", "fakeaddax.keras.layers"),
        ("fakekeras", "fakeaddax.keras"),
        ("fakekeras.layers", "fakeaddax.keras.layers"),
    ],
)
def test_a_name_gives_the_module_itself(fake, alias, own):
    module = importlib.import_module(alias)
    assert module is sys.modules[own]
    assert sys.modules[alias] is module
    assert module.__name__ == own
    assert module.__spec__.name == own


def test_every_form_of_import(fake):
    import faketf.compat.v2 as tf
    import faketf.keras.layers as layers
    from fakekeras import layers as by_keras
    from faketf import keras
    from faketf.keras.layers import Dense

    assert tf is fake
    assert keras is fake.keras
    assert layers is by_keras is fake.keras.layers
    assert Dense is fake.keras.layers.Dense


def test_missing_modules_are_named_with_the_nearest(fake):
    with pytest.raises(
        ModuleNotFoundError, match="No module named 'faketf.keras.layer' .* did you mean 'layers'"
    ) as caught:
        importlib.import_module("faketf.keras.layer")
    assert caught.value.name == "faketf.keras.layer"
    with pytest.raises(
        ModuleNotFoundError, match=r"'faketf.nn.relu' .*not a module; write `from faketf.nn import relu`"
    ):
        importlib.import_module("faketf.nn.relu")
    with pytest.raises(ModuleNotFoundError, match=r"'faketf.python.framework'.*Addax does not have it"):
        importlib.import_module("faketf.python.framework")
    with pytest.raises(ModuleNotFoundError, match=r"'faketf.os'"):
        importlib.import_module("faketf.os")


def test_a_failing_import_inside_keeps_its_own_error(fake):
    with pytest.raises(ModuleNotFoundError, match="nosuchpackage"):
        importlib.import_module("faketf.keras.broken")


def test_other_names_are_left_alone(fake):
    assert AliasFinder().find_spec("tensorflow_datasets") is None
    assert AliasFinder().find_spec("kerastuner") is None


def test_a_tensorflow_imported_before_is_refused(monkeypatch):
    real = types.ModuleType("tensorflow")
    real.__version__, real.__file__ = "2.21.0", "/somewhere/tensorflow/__init__.py"
    monkeypatch.setitem(sys.modules, "tensorflow", real)
    before = list(sys.meta_path)
    with pytest.raises(RuntimeError, match=r"`tensorflow` 2\.21\.0 from /somewhere.* is already imported.*addax run"):
        install_alias()
    assert sys.meta_path == before


@pytest.fixture
def alias():
    install_alias()
    yield importlib.import_module("addax")
    uninstall_alias()


def test_the_names_of_tensorflow_and_keras(alias):
    import keras
    import tensorflow as tf
    import tensorflow.compat.v1 as tf1
    import tensorflow.compat.v2 as tf2
    import tensorflow.keras.layers
    import tensorflow.python.keras as private_keras
    import tf_keras
    from tensorflow.keras import layers
    from tensorflow.keras.layers import Dense

    assert tf is tf2 is alias and tf1 is tf.compat.v1 and tf1.Tensor is tf.Tensor
    assert keras is tf_keras is private_keras is tf.keras is alias.keras
    assert layers is tensorflow.keras.layers is sys.modules["tensorflow.keras.layers"] is alias.keras.layers
    assert Dense is alias.keras.layers.Dense
    assert alias.__spec__.name == "addax"
    assert alias.keras.__spec__.name == "addax.keras"


def test_installing_twice_is_once(alias):
    before = list(sys.meta_path)
    install_alias()
    assert sys.meta_path == before


def test_missing_names_of_addax(alias):
    import tensorflow as tf

    with pytest.raises(AttributeError, match=r"'addax\.nn' \(as tensorflow\.nn\) has no attribute 'relux'.*'relu'"):
        tf.nn.relux  # noqa: B018
    with pytest.raises(ImportError, match=r"'nosuch' from 'addax\.keras' \(as tensorflow\.keras\).*does not have it"):
        from tensorflow.keras import nosuch  # noqa: F401
    with pytest.raises(ModuleNotFoundError, match=r"'tensorflow\.keras\.layerz'.*did you mean 'layers'"):
        import tensorflow.keras.layerz  # noqa: F401


def test_the_alias_comes_off():
    install_alias()
    import tensorflow

    assert tensorflow is sys.modules["addax"]
    uninstall_alias()
    assert "tensorflow" not in sys.modules
    assert not any(isinstance(finder, AliasFinder) for finder in sys.meta_path)
    assert "addax" in sys.modules
