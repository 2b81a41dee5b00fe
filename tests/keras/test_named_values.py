"""keras.utils.Config."""

import pickle

import pytest

from addax import keras


def test_is_a_dict_with_attributes():
    config = keras.utils.Config(b=2, a=1)
    config.c, config["d"] = 3, 4
    assert list(config) == ["a", "b", "c", "d"] and len(config) == 4 and "c" in config
    assert config.as_dict() == {"b": 2, "a": 1, "c": 3, "d": 4} and config.get("x", 5) == 5
    config.update(a=9)
    assert config.pop("a") == 9 and repr(config) == "<Config {'b': 2, 'c': 3, 'd': 4}>"
    del config["b"]
    assert list(config.items()) == [("c", 3), ("d", 4)] and list(config.keys()) == ["c", "d"]
    with pytest.raises(AttributeError, match="Did you mean 'learning_rate'"):
        keras.utils.Config(learning_rate=1).learning_rat  # noqa: B018
    with pytest.raises(AttributeError, match="method"):
        config.items = 3


def test_frozen():
    config = keras.utils.Config(a=1)
    config.freeze()
    for change in (lambda: setattr(config, "b", 1), lambda: config.pop("a"), lambda: config.update(a=2)):
        with pytest.raises(ValueError, match="frozen"):
            change()
    assert pickle.loads(pickle.dumps(config)).frozen and config.a == 1
    config.unfreeze()
    config.a = 2
    assert config["a"] == 2
