"""The package has TensorFlow's names, or says why not; calls written for TensorFlow's parameters work."""

import importlib.util
import os

_spec = importlib.util.spec_from_file_location("listing", os.path.join(os.path.dirname(__file__), "listing.py"))
listing = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(listing)


def test_names_and_parameters():
    absent, differs = listing.reasons(listing.ABSENT), listing.reasons(listing.DIFFERS)
    wrong = [f"{each.name} {text}" for each in listing.names() if (text := listing.problem(each, absent, differs))]
    assert not wrong, "\n".join([*wrong, "See scripts/api_names.py on the lists of reasons."])


def test_names_of_keras_3():
    absent, differs = listing.reasons(listing.ABSENT), listing.reasons(listing.KERAS_3_DIFFERS)
    wrong = [text for each in listing.names(listing.KERAS_3) for text in listing.refused(each, absent, differs)]
    assert not wrong, "\n".join([*wrong, "See absent.txt and keras3_differs.txt."])


def test_reasons_are_of_names():
    known = {each.name for each in (*listing.names(), *listing.names(listing.KERAS_3))}
    for path in (listing.ABSENT, listing.DIFFERS):
        for pattern, text in listing.reasons(path).items():
            assert text and any(listing.reason(name, {pattern: text}) for name in known), pattern


def test_differences_are_found():
    assert listing.difference(["x", "axis="], ["x", "axis=", "more="]) is None
    assert listing.difference(["x", "axis="], ["x"]) == "no parameter axis"
    assert listing.difference(["x", "axis="], ["axis=", "x"]) == "x is parameter 1, not 0"
    assert listing.difference(["x="], ["x"]) == "x has no default"
    assert listing.difference(["x"], ["x", "y"]) == "needs y too"
    assert listing.problem(listing.Name("tf.nothing_like_it", "function", ()), {}, {}) == "is missing"
    assert "listed as absent" in listing.problem(listing.Name("tf.add", "function", ()), {"tf.add": "why"}, {})
