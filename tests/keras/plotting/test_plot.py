"""Pictures of models: the graph they show, their layout, their text and their files."""

import io
import os
import sys
import types

import numpy as np
import pytest

from addax import keras
from addax.keras.plotting import model_to_dot, plot_model
from addax.keras.plotting.diagram import Box, Diagram, Options, describe, model_edges
from addax.keras.plotting.layout import place

sys.path.insert(0, os.path.dirname(__file__))
from fakes import Functional, Layer, guide_model, input_tensor  # noqa: E402

sys.path.pop(0)


def nested_model():
    a = input_tensor("inner_in", (None, 8))
    hidden = Layer("hidden", activation=np.tanh)(a, (None, 8))
    inner = Functional([a], [Layer("add", "Add")([a, hidden], (None, 8))], name="block")
    x = input_tensor("x", (None, 8))
    y = Layer("out")(inner(x, (None, 8)), (None, 1))
    return Functional([x], [y], name="outer")


def names(model):
    layers, edges = model_edges(model)
    return [layer.name for layer in layers], [(a.name, b.name) for a, b in edges]


def test_the_graph_of_the_guide():
    layers, edges = names(guide_model())
    assert set(edges) == {
        ("img_input", "conv2d"),
        ("conv2d", "global_max_pooling2d"),
        ("ts_input", "conv1d"),
        ("conv1d", "global_max_pooling1d"),
        ("global_max_pooling2d", "concatenate"),
        ("global_max_pooling1d", "concatenate"),
        ("concatenate", "score_output"),
        ("concatenate", "class_output"),
    }
    assert len(layers) == 9 and layers[:2] == ["img_input", "ts_input"]


def test_calls_outside_the_model_are_left_out():
    x = input_tensor("x", (None, 4))
    shared = Layer("shared")
    y = shared(x, (None, 4))
    other = input_tensor("other", (None, 4))
    shared(other, (None, 4))
    assert names(Functional([x], [y]))[1] == [("x", "shared")]
    assert names(Functional({"x": x}, {"y": y}))[1] == [("x", "shared")]
    # a layer that is called twice is one box
    twice = shared(shared(x, (None, 4)), (None, 4))
    assert names(Functional([x], [twice]))[1] == [("x", "shared"), ("shared", "shared")]


def test_sequential_and_other_models():
    class Sequential:
        name, built = "chain", True
        layers = [Layer("a"), Layer("b"), Layer("c")]

    assert names(Sequential())[1] == [("a", "b"), ("b", "c")]

    class Mine:
        name, built = "mine", True

    assert model_edges(Mine()) == ([], [])
    diagram = describe(Mine(), Options())
    assert [(b.title, b.kind) for b in diagram.boxes()] == [("mine", "Mine")]
    Mine.built = False
    with pytest.raises(ValueError, match="'mine' has not been built yet.*build"):
        describe(Mine(), Options())


def test_what_boxes_say():
    model = nested_model()
    everything = Options(shapes=True, dtype=True, activations=True, trainable=True, expand_nested=True)
    boxes = {box.title: box for box in describe(model, everything).boxes()}
    assert boxes["hidden"].rows == [
        ("activation", "tanh"),
        ("dtype", "float32"),
        ("trainable", "yes"),
        ("input", "(None, 8)"),
        ("output", "(None, 8)"),
    ]
    assert boxes["add"].rows[2] == ("input", "[(None, 8), (None, 8)]") and boxes["add"].kind == "Add"
    assert describe(model, Options()).boxes()[0].rows == []
    plain = describe(model, Options(names=False)).boxes()
    assert [(box.title, box.kind) for box in plain] == [("InputLayer", ""), ("Functional", ""), ("Dense", "")]


def test_nested_models():
    closed = describe(nested_model(), Options())
    assert [box.title for box in closed.boxes()] == ["x", "block", "out"]
    opened = describe(nested_model(), Options(expand_nested=True))
    assert [type(item) for item in opened.items] == [Box, Diagram, Box]
    assert {(a.title, b.title) for a, b in opened.arrows()} == {
        ("x", "inner_in"),
        ("inner_in", "hidden"),
        ("hidden", "add"),
        ("inner_in", "add"),
        ("add", "out"),
    }
    keys = [box.key for box in opened.boxes()]
    assert len(set(keys)) == len(keys)


def test_wrappers():
    x = input_tensor("x", (None, 4))
    wrapped = Layer("every_step", "TimeDistributed", layer=Layer("inner"))
    boxes = describe(Functional([x], [wrapped(x, (None, 4))]), Options()).boxes()
    assert (boxes[1].title, boxes[1].kind) == ("every_step(inner)", "TimeDistributed(Dense)")


def test_layer_range():
    model = guide_model()

    def shown(*layer_range):
        diagram = describe(model, Options(), layer_range)
        return [box.title for box in diagram.boxes()], len(diagram.arrows())

    assert shown("concatenate", "class_output")[1] >= 1 and "img_input" not in shown("concatenate", "class_output")[0]
    assert shown("concatenate", "class_output") == shown("class_output", "concatenate")
    assert shown(".*input", "class.*")[0][-1] == "class_output"
    with pytest.raises(ValueError, match="two names"):
        shown("concatenate")
    with pytest.raises(ValueError, match="img_input"):
        shown("none", "class_output")


def test_text_for_graphviz(tmp_path):
    text = model_to_dot(guide_model(), show_shapes=True, rankdir="LR", dpi=200).to_string()
    assert text.startswith("digraph G {") and "rankdir=LR;" in text and "dpi=200;" in text
    assert text.count("->") == 8 and "{{concatenate|Concatenate}|{input:|output:}|" in text.replace('"', "{")
    nested = model_to_dot(nested_model(), expand_nested=True).to_string()
    assert nested.count("subgraph cluster_") == 1 and "label=block" in nested
    assert model_to_dot(nested_model(), subgraph=True).to_string().startswith("subgraph cluster_")
    plot_model(guide_model(), tmp_path / "m.dot")
    assert (tmp_path / "m.dot").read_text().count("->") == 8
    odd = Layer('odd "name" {x}|<y>')
    x = input_tensor("x", (None, 1))
    text = model_to_dot(Functional([x], [odd(x, (None, 1))])).to_string()
    assert r"odd \"name\" \{x\}\|\<y\>" in text


def test_labels_are_those_of_keras():
    x = keras.Input((3,), name="x")
    hidden = keras.layers.Dense(2, "relu", name="hidden", trainable=False)(x)
    model = keras.Model(x, keras.layers.Concatenate(name="both")([hidden, x]), name="m")

    def labels(**options):
        text = model_to_dot(model, **options).to_string()
        return [line.partition("[label=")[2][:-2] for line in text.splitlines() if "[label=" in line]

    assert labels() == ['"x|InputLayer"', '"hidden|Dense"', '"both|Concatenate"']
    assert labels(show_layer_names=False) == ["InputLayer", "Dense", "Concatenate"]
    assert labels(show_layer_activations=True, show_trainable=True)[1] == '"NT|hidden|{Dense|relu}"'
    assert labels(show_shapes=True, show_dtype=True) == [
        '"{x|InputLayer|float32}|{input:|output:}|{{[(None, 3)]}|{[(None, 3)]}}"',
        '"{hidden|Dense|float32}|{input:|output:}|{{(None, 3)}|{(None, 2)}}"',
        '"{both|Concatenate|float32}|{input:|output:}|{{[(None, 2), (None, 3)]}|{(None, 5)}}"',
    ]
    cluster = model_to_dot(model, subgraph=True).to_string().splitlines()
    assert cluster[:4] == ["subgraph cluster_m {", "  style=dashed;", "  label=m;", "  labeljust=l;"]


def overlaps(first, second):
    (l1, t1, w1, h1), (l2, t2, w2, h2) = first, second
    return l1 < l2 + w2 and l2 < l1 + w1 and t1 < t2 + h2 and t2 < t1 + h1


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
@pytest.mark.parametrize("make", [guide_model, nested_model])
def test_layout(make, rankdir):
    diagram = describe(make(), Options(shapes=True, expand_nested=True))
    placement = place(diagram, {box: (100.0, 40.0) for box in diagram.boxes()}, rankdir)
    areas = [area for _, area in placement.boxes]
    assert all(area[2:] == (100.0, 40.0) for area in areas)
    assert not any(overlaps(a, b) for i, a in enumerate(areas) for b in areas[:i])
    for left, top, width, height in [*areas, *(area for _, area in placement.groups)]:
        assert left >= 0 and top >= 0
        assert left + width <= placement.width + 1e-6 and top + height <= placement.height + 1e-6
    middle = {box: (left + width / 2, top + height / 2) for box, (left, top, width, height) in placement.boxes}
    axis, sign = {"TB": (1, 1), "BT": (1, -1), "LR": (0, 1), "RL": (0, -1)}[rankdir]
    for start, end in diagram.arrows():
        assert sign * (middle[end][axis] - middle[start][axis]) > 0
    assert len(placement.arrows) == len(diagram.arrows())
    for group, area in placement.groups:
        inside = [middle[box] for box in group.boxes()]
        assert all(area[0] < x < area[0] + area[2] and area[1] < y < area[1] + area[3] for x, y in inside)
        outside = [b for b in diagram.boxes() if b not in group.boxes()]
        assert not any(overlaps(area, a) for box, a in placement.boxes if box in outside)


def test_order_of_the_model_is_kept():
    diagram = describe(guide_model(), Options())
    placement = place(diagram, {box: (100.0, 40.0) for box in diagram.boxes()})
    left = {box.title: area[0] for box, area in placement.boxes}
    assert left["img_input"] < left["ts_input"] and left["score_output"] < left["class_output"]


@pytest.mark.parametrize(
    "suffix, start", [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("jpg", b"\xff\xd8")]
)
def test_files(tmp_path, suffix, start):
    assert plot_model(guide_model(), tmp_path / f"m.{suffix}", show_shapes=True) is None
    assert (tmp_path / f"m.{suffix}").read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [f"m.{suffix}"]


def test_the_picture_of_the_guide(tmp_path):
    from PIL import Image

    plot_model(guide_model(), str(tmp_path / "m"), show_shapes=True)
    picture = np.asarray(Image.open(tmp_path / "m.png").convert("RGB")).astype(int)
    assert picture.shape[0] > 300 and picture.shape[1] > 500
    header = (np.abs(picture - [0x3B, 0x4B, 0x5E]).sum(-1) < 30).mean()
    inputs = (np.abs(picture - [0x1B, 0x7A, 0x6B]).sum(-1) < 30).mean()
    assert 0.03 < header < 0.5 and 0.005 < inputs < 0.2
    assert (picture[0] == 255).all() and (picture[-1] == 255).all()  # nothing is cut off
    assert (picture[:, 0] == 255).all() and (picture[:, -1] == 255).all()
    large = Image.open(io.BytesIO(model_to_dot(guide_model(), show_shapes=True, dpi=192).create_png()))
    assert abs(large.size[0] - 2 * picture.shape[1]) <= 2


def test_no_figure_of_the_program_is_touched(tmp_path):
    code = "matplotlib.pyplot"
    had = code in sys.modules
    plot_model(guide_model(), tmp_path / "m.png")
    assert (code in sys.modules) == had


def test_bad_arguments(tmp_path):
    for call in (
        lambda: plot_model(guide_model(), tmp_path / "m.bmp2"),
        lambda: plot_model(guide_model(), tmp_path / "m.png", rankdir="UP"),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("missing", ["grandalf", "matplotlib"])
def test_missing_extra(tmp_path, monkeypatch, missing):
    for name in [n for n in sys.modules if n.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=r"pip install addax\[plot\]"):
        plot_model(guide_model(), tmp_path / "m.png")
    assert os.listdir(tmp_path) == []


def test_in_a_notebook(tmp_path, monkeypatch):
    notebook = types.ModuleType("IPython")
    notebook.get_ipython = lambda: object()
    notebook.display = types.SimpleNamespace(Image=lambda filename: ("image", filename), SVG=lambda filename: "svg")
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    path = str(tmp_path / "m.png")
    assert plot_model(guide_model(), path) == ("image", path)
    notebook.get_ipython = lambda: None
    assert plot_model(guide_model(), path) is None
