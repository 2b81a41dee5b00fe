"""What is said about a name Addax lacks."""

import copy
import pickle
import sys
import types

import pytest

from addax.core.names import missing_name, missing_text, nearest_name


@pytest.fixture
def module():
    made = types.ModuleType("addax.fake_names")
    made.relu, made.elu, made._hidden = max, min, abs
    made.__getattr__ = missing_name("addax.fake_names", vars(made))
    sys.modules["addax.fake_names"] = made
    yield made
    del sys.modules["addax.fake_names"]


def test_a_missing_name_is_named_with_the_nearest(module):
    with pytest.raises(AttributeError) as caught:
        module.relux  # noqa: B018
    assert str(caught.value) == (
        "module 'addax.fake_names' (as tensorflow.fake_names) has no attribute 'relux'. "
        "Addax does not have it; did you mean 'relu'?"
    )
    assert caught.value.name == "relux"


def test_nothing_is_suggested_where_nothing_resembles(module):
    with pytest.raises(AttributeError, match=r"'quantum'\. Addax does not have it\.$"):
        module.quantum  # noqa: B018


def test_names_added_later_are_known(module):
    module.quanta = 1
    with pytest.raises(AttributeError, match="did you mean 'quanta'"):
        module.quantas  # noqa: B018


def test_import_from_says_the_same(module):
    with pytest.raises(ImportError, match="cannot import name 'relux' from .*did you mean 'relu'"):
        from addax.fake_names import relux  # noqa: F401


def test_import_from_still_finds_a_module_that_is_not_an_attribute_yet(module):
    submodule = types.ModuleType("addax.fake_names.late")
    sys.modules["addax.fake_names.late"] = submodule
    try:
        from addax.fake_names import late
    finally:
        del sys.modules["addax.fake_names.late"]
    assert late is submodule


def test_probing_stays_plain(module):
    assert not hasattr(module, "relux")
    assert not hasattr(module, "__wrapped__")
    assert getattr(module, "nosuch", 3) == 3
    with pytest.raises(AttributeError, match="has no attribute '__path__'$"):
        module.__path__  # noqa: B018
    assert copy.deepcopy(module.relu) is max
    assert pickle.loads(pickle.dumps(module.elu)) is min


def test_nearest_name_ignores_case_and_underscores():
    assert nearest_name("RELU", ["relu", "elu"]) == "relu"
    assert nearest_name("categoricalCrossentropy", ["categorical_crossentropy"]) == "categorical_crossentropy"
    assert nearest_name("hidden", ["_hidden"]) is None


def test_a_name_that_lives_in_a_submodule_is_found_there():
    math = types.ModuleType("addax.math")
    math.log = abs
    assert missing_text("log", {"math": math, "lot": 1}) == "Addax does not have it; did you mean 'math.log'?"
