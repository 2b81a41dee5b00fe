"""J: the JSON that describes a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import bases
from attempts import Attempt, Box, case
from bases import (
    L,
    deliver,
    deliver_layer,
    dense_with,
    h5_file,
    keras,
    keras_file,
    layer,
    object_of,
    saved_model,
    whole_config,
    with_layer,
)

load, tf = keras.models.load_model, bases.tf


def functional(*layers: Any, inputs: Any = None, outputs: Any = None, **more: Any) -> dict[str, Any]:
    """The description of a functional model: an input `i` and some layers."""
    first = layer(
        "InputLayer", {"batch_input_shape": [None, 3], "dtype": "float32", "name": "i"}, name="i", inbound_nodes=[]
    )
    return {
        "module": "keras",
        "class_name": "Functional",
        "registered_name": None,
        "config": {
            "name": "hostile",
            "layers": [first, *layers],
            "input_layers": inputs or [["i", 0, 0]],
            "output_layers": outputs or [["a", 0, 0]],
        },
        **more,
    }


def dense(name: str, nodes: Any, **settings: Any) -> dict[str, Any]:
    """A Dense layer of a functional model."""
    return layer("Dense", {"units": 2, **settings, "name": name}, name=name, inbound_nodes=nodes)


def from_input(name: str = "i") -> list[Any]:
    """A call on the first output of a layer."""
    return [[[name, 0, 0, {}]]]


@case("J1")
def not_utf8(box: Box) -> Iterator[Attempt]:
    text = json.dumps(whole_config()).encode().replace(b'"net"', b'"n\xff\xfet"')
    path = keras_file(box, text)
    yield Attempt("load_model .keras", lambda: load(path), ("m.keras", "config.json"))
    where = h5_file(box, text)
    yield Attempt("load_model .h5", lambda: load(where), ("m.h5", "model_config"))
    folder = saved_model(box, b'{"name": "\xff\xfe"}')
    yield Attempt("load_model SavedModel", lambda: load(folder), ("keras_metadata.pb", "root"))
    yield Attempt("model_from_json bytes", lambda: keras.models.model_from_json(text), ("<json_string>",))


@case("J2")
def not_numbers(box: Box) -> Iterator[Attempt]:
    for word in ("NaN", "Infinity", "-Infinity", "1e999"):
        text = json.dumps(dense_with()).replace('"units": 2', f'"units": {word}').encode()
        yield from deliver(box, text, word)


@case("J3")
def deep(box: Box) -> Iterator[Attempt]:
    for label, text in (
        ("lists", b"[" * 100_000 + b"]" * 100_000),
        ("dicts", b'{"config":' * 100_000 + b"1" + b"}" * 100_000),
        ("250 levels", b'{"config":' * 250 + b"1" + b"}" * 250),
    ):
        yield from deliver(box, text, label)
    config: Any = {"class_name": "Dense", "config": {"units": 2}}
    for _ in range(5000):
        config = layer("TimeDistributed", {"layer": config})
    for name, take in (
        ("layers.deserialize", L.deserialize),
        ("model_from_config", keras.models.model_from_config),
        ("deserialize_keras_object", keras.saving.deserialize_keras_object),
    ):
        yield Attempt(f"{name} 5000 wrappers", lambda t=take: t(config))


@case("J4")
def long_string(box: Box) -> Iterator[Attempt]:
    from zip_cases import bomb

    path = box.file(bomb("config.json", 500 << 20), "m.keras")
    yield Attempt("load_model .keras", lambda: load(path), ("m.keras", "config.json"))
    text = b'{"class_name": "' + b"x" * (70 << 20) + b'", "config": {}}'
    yield Attempt("model_from_json", lambda: keras.models.model_from_json(text), ("<json_string>",))
    quotes = b'"' + b'\\"' * (1 << 20)
    yield from deliver(box, quotes, "a string of escaped quotes without an end")
    flat = b"[" + b"[]," * (1 << 22) + b"[]]"
    yield from deliver(box, flat, "four million lists", peak=700)
    many = b"[" + b"1," * (1 << 24) + b"1]"
    yield from deliver(box, many, "sixteen million numbers", peak=700)


@case("J5")
def repeated_keys(box: Box) -> Iterator[Attempt]:
    text = json.dumps(dense_with()).replace('"units": 2', '"units": 2, "units": 3').encode()
    yield from deliver(box, text)
    wide = b'{"class_name": "x", ' + b", ".join(b'"k%d": 1' % i for i in range(100_000)) + b', "k99999": 2}'
    yield from deliver(box, wide, "the last of a hundred thousand")


@case("J6")
def long_number(box: Box) -> Iterator[Attempt]:
    for label, digits in (("a million digits", 1_000_000), ("4000 digits", 4000)):
        text = json.dumps(dense_with()).replace('"units": 2', f'"units": {"9" * digits}').encode()
        yield from deliver(box, text, label)


WRONG = (["x"], None, 7, {"a": {"b": 1}}, True, 1.5)


@case("J7")
def wrong_types(box: Box) -> Iterator[Attempt]:
    good = dense_with()
    for key in ("class_name", "config", "module"):
        for value in WRONG:
            if (key, value) == ("module", None):
                continue  # the older form
            for one in deliver(box, {**good, key: value}, f"{key}={value!r} of the model"):
                if key != "module" or "SavedModel" not in one.name and "from_config" not in one.name:
                    yield one  # those two do not look at it
    for key in ("class_name", "config", "module"):
        for value in (["x"], 7, {"a": 1}):
            yield from deliver_layer(box, {**layer("Dense", {"units": 2}), key: value}, f"{key}={value!r} of a layer")
    for value in ([], "text", 5, None, [1], {}):
        config = functional(dense("a", from_input()))
        config["config"]["layers"] = value
        yield from deliver(box, config, f"layers={value!r}")
        config = functional(dense("a", value))
        if value != []:
            yield from deliver(box, config, f"inbound_nodes={value!r}")
    for key in ("input_layers", "output_layers"):
        for value in (5, "text", [["i"]], [["nobody", 0, 0]], {"a": 1}, [[["i", 0, 0], 5]]):
            config = functional(dense("a", from_input()))
            config["config"][key] = value
            yield from deliver(box, config, f"{key}={value!r}")
    for text in (b"7", b"[]", b'"text"', b"null", b"{}", b'{"class_name": "Sequential"}'):
        yield from deliver(box, text, text.decode())


@case("J8")
def unknown_class(box: Box) -> Iterator[Attempt]:
    yield from deliver(box, {**dense_with(), "class_name": "NoSuchModel"}, "of the model")
    yield from deliver_layer(box, layer("NoSuchLayer", {}))
    yield from deliver(box, dense_with(activation="no_such_function"), "activation")
    yield from deliver(box, dense_with(kernel_initializer=object_of("keras.initializers", "NoSuch")), "initializer")


@case("J9")
def no_module(box: Box) -> Iterator[Attempt]:
    older = {
        "class_name": "Sequential",
        "config": {
            "name": "old",
            "layers": [
                {"class_name": "Dense", "config": {"units": 4, "batch_input_shape": [None, 3], "name": "first"}},
                {"class_name": "Dense", "config": {"units": 2, "name": "last"}},
            ],
        },
    }
    path, where, folder = keras_file(box, older), h5_file(box, older), saved_model(box, older)
    for label, place in ((".keras", path), (".h5", where), ("SavedModel", folder)):
        yield Attempt(f"load_model {label}, harmless", lambda p=place: load(p).count_params() == 26, loads=True)
    yield Attempt("model_from_json, harmless", lambda: keras.models.model_from_json(json.dumps(older)), loads=True)
    for name in ("os.system", "builtins.eval", "subprocess.Popen", "Sequential.__init__", "get_file", "load_model"):
        yield from deliver(box, {"class_name": name, "config": {}}, name)
        yield from deliver_layer(box, {"class_name": name, "config": {"command": "true"}}, name)


@case("J10")
def registered_names(box: Box) -> Iterator[Attempt]:
    for name in ("builtins>eval", "os>system", "keras>get_file", "addax.keras.files>get_file", "Custom>eval"):
        yield from deliver_layer(box, object_of(None, "Dense2", {"units": 2}, name), name)
        yield from deliver_layer(box, object_of("builtins", "eval", "1", name), f"{name} eval")
    known = set(keras.saving.get_custom_objects())
    collides = layer("Dense", {"units": 2})
    collides["registered_name"] = "Custom>Dense"
    path = keras_file(box, with_layer(collides))
    yield Attempt(
        "a registered name that nobody registered is Keras' own class",
        lambda: type(load_config(path).layers[0]) is L.Dense and set(keras.saving.get_custom_objects()) == known,
        loads=True,
    )


def load_config(path: str) -> Any:
    """The model of a `.keras` archive without its weights."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return keras.models.model_from_json(archive.read("config.json"))


@case("J11")
def nodes(box: Box) -> Iterator[Attempt]:
    yield from deliver(box, functional(dense("a", from_input("b")), dense("b", from_input("a"))), "circle")
    yield from deliver(box, functional(dense("a", from_input("a"))), "itself")
    yield from deliver(box, functional(dense("a", from_input("nobody"))), "missing layer")
    for place in (
        ["i", 5, 0],
        ["i", -1, 0],
        ["i", 0, 7],
        ["i", 0, -1],
        ["i", 1 << 40, 0],
        ["i", 0, 1.5],
        ["i", None, 0],
    ):
        if place[0] == "i" and place[2] == 0 and isinstance(place[1], int):
            continue  # an input has one call, whatever its number says
        yield from deliver(box, functional(dense("a", [[[*place, {}]]])), f"place {place}")
    for place in (["a", 5, 0], ["a", -1, 0], ["a", 0, 7], ["a", 0, -1]):
        last = dense("z", [[[*place, {}]]])
        yield from deliver(box, functional(dense("a", from_input()), last, outputs=[["z", 0, 0]]), f"place {place}")
    yield from deliver(box, functional(dense("a", from_input()), outputs=[["a", 9, 0]]), "output of a call that is not")
    constant = [[["_CONSTANT_VALUE", -1, [10**11], {}]]]
    called = layer("TFOpLambda", {"function": "zeros", "name": "a"}, name="a", inbound_nodes=constant)
    yield from deliver(box, functional(called), "an op called on a constant")
    chain = [dense(f"d{n}", from_input(f"d{n + 1}")) for n in range(300)]
    chain.append(dense("d300", from_input("nobody")))
    yield from deliver(box, functional(*chain), "a long way to a layer that is missing")


@case("J12")
def shared_ids(box: Box) -> Iterator[Attempt]:
    loop = layer(
        "TimeDistributed", {"layer": {**layer("Dense", {"units": 2}), "shared_object_id": 1}}, shared_object_id=1
    )
    good = functional(
        dense("a", from_input()),
    )
    good["config"]["layers"][1]["shared_object_id"] = 7
    good["config"]["layers"][0]["shared_object_id"] = 7
    text = json.dumps(good)
    yield Attempt(
        "one number for two layers says nothing: two layers",
        lambda: len(keras.models.model_from_json(text).layers) == 2,
        loads=True,
    )
    yield from deliver_layer(
        box, {"class_name": "shared", "config": {"shared_object_id": 1}, "shared_object_id": 1}, "alone"
    )
    for one in deliver_layer(box, loop, "inside itself"):
        yield one if "layer" in one.name and "of the layer" not in one.name else _either(one)


def _either(one: Attempt) -> Attempt:
    """An attempt that may load or be refused, but must do either in good order."""
    run = one.run

    def tried() -> bool:
        try:
            run()
        except (ValueError, TypeError, tf.errors.OpError):
            pass
        return True

    return Attempt(one.name, tried, loads=True)


def sizes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Layers whose weights would take all memory."""
    for units in (10**12, 10**18, 1 << 63, -1, "many", [4], None):
        yield f"units={units!r}", layer("Dense", {"units": units})
    yield "Embedding", layer("Embedding", {"input_dim": 10**12, "output_dim": 4})
    yield "Embedding of sides 10**6", layer("Embedding", {"input_dim": 10**6, "output_dim": 10**6})
    yield "EinsumDense", layer("EinsumDense", {"equation": "ab,bc->ac", "output_shape": [10**12]})
    yield "RandomFourierFeatures", layer("RandomFourierFeatures", {"output_dim": 10**12})
    for name in ("LSTM", "GRU", "SimpleRNN"):
        yield name, layer(name, {"units": 10**9})
    yield "Conv2D", layer("Conv2D", {"filters": 10**9, "kernel_size": [3, 3]})
    yield "Conv2D kernel", layer("Conv2D", {"filters": 4, "kernel_size": [10**6, 10**6]})


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Layers of huge outputs or odd arguments; where there is no file to compare with, they may be made."""
    for units in (0, 2.5, True):
        yield f"units={units!r}", layer("Dense", {"units": units})
    huge = 10**12
    yield "RepeatVector", layer("RepeatVector", {"n": huge})
    yield "Resizing", layer("Resizing", {"height": 10**9, "width": 10**9})
    yield "CenterCrop", layer("CenterCrop", {"height": -5, "width": huge})
    yield "UpSampling1D", layer("UpSampling1D", {"size": huge})
    yield "UpSampling2D", layer("UpSampling2D", {"size": [huge, huge]})
    yield "ZeroPadding2D", layer("ZeroPadding2D", {"padding": [[huge, 0], [0, huge]]})
    yield "Cropping2D", layer("Cropping2D", {"cropping": [[huge, 0], [0, -huge]]})
    yield "CategoryEncoding", layer("CategoryEncoding", {"num_tokens": huge, "output_mode": "one_hot"})
    yield "ngrams", layer("TextVectorization", {"ngrams": huge, "max_tokens": 10, "output_mode": "multi_hot"})
    yield "Permute", layer("Permute", {"dims": list(range(1, 100_000))})
    yield "Reshape", layer("Reshape", {"target_shape": [huge, -7]})
    yield "MaxPooling2D", layer("MaxPooling2D", {"pool_size": [huge, huge], "strides": [-1, 0]})
    yield "StackedRNNCells", layer("RNN", {"cell": object_of("keras.layers", "LSTMCell", {"units": huge})})
    for named in ("tile", "one_hot", "zeros", "range", "eye", "linspace", "math.sobol_sample"):
        yield f"TFOpLambda {named}", layer("TFOpLambda", {"function": named})


def with_input(described: dict[str, Any], shape: list[Any]) -> dict[str, Any]:
    """A model of one layer on an input of this shape."""
    config = with_layer(described)
    config["config"]["layers"][0]["config"]["batch_input_shape"] = shape
    return config


_SHAPES = {
    "LSTM": [None, 5, 3],
    "GRU": [None, 5, 3],
    "SimpleRNN": [None, 5, 3],
    "RNN": [None, 5, 3],
    "UpSampling1D": [None, 5, 3],
}


@case("J13")
def out_of_proportion(box: Box) -> Iterator[Attempt]:
    for label, described in sizes():
        pictures = "2D" in described["class_name"]
        shape = [None, 8, 8, 3] if pictures else _SHAPES.get(described["class_name"], [None, 3])
        yield from deliver(box, with_input(described, shape), label)
        for one in deliver_layer(box, described, label):
            if "of the layer" in one.name or "clone_model" in one.name:
                yield _either(one)  # a layer that is not built yet has allocated nothing
    for label, described in steps():
        pictures = "2D" in described["class_name"] or described["class_name"] in ("Resizing", "CenterCrop")
        shape = [None, 8, 8, 3] if pictures else _SHAPES.get(described["class_name"], [None, 3])
        for one in deliver(box, with_input(described, shape), label):
            yield _either(one)
    wide = with_input(layer("Dense", {"units": 10**6}), [None, 10**6])
    yield from deliver(box, wide, "kernel (10**6, 10**6)")
    rows = layer("LocallyConnected1D", {"filters": 1000, "kernel_size": [3]})
    yield from deliver(box, with_input(rows, [None, 10**7, 3]), "LocallyConnected1D")
    heads = layer(
        "MultiHeadAttention",
        {"num_heads": 10**6, "key_dim": 10**6},
        build_config={"query_shape": [None, 4, 8], "value_shape": [None, 4, 8]},
    )
    for one in deliver(box, heads, "MultiHeadAttention"):
        yield one if one.name.startswith("load_model") else _either(one)  # a file holds a model, not a layer
    many = with_layer(layer("Dense", {"units": 3, "name": "d"}))
    many["config"]["layers"] += [layer("Dense", {"units": 2000, "name": f"d{n}"}) for n in range(100)]
    path = keras_file(box, many)
    yield Attempt("load_model .keras many medium layers", lambda: load(path), ("m.keras",))
    measured = layer("Dense", {"units": 2})
    where = keras_file(box, measured)
    yield Attempt("load_model .keras a layer alone", lambda: load(where), ("m.keras",))


@case("J14")
def many_layers(box: Box) -> Iterator[Attempt]:
    one = json.dumps(layer("Dense", {"units": 2}))
    text = json.dumps(with_layer("@")).replace('"@"', ",".join([one.replace("gadget", "g")] * 400_000)).encode()
    path = keras_file(box, b" ") if len(text) > 60 << 20 else keras_file(box, text)
    yield Attempt("load_model .keras", lambda: load(path), ("m.keras", "config.json"), peak=900)
    yield Attempt("model_from_json", lambda: keras.models.model_from_json(text), peak=900)
    small = ",".join(['{"class_name":"Dense","config":{}}'] * 1_000_000)
    million = ('{"class_name":"Sequential","config":{"layers":[' + small + "]}}").encode()
    yield from deliver(box, million, "a million", peak=900)


@case("J15")
def layer_names(box: Box) -> Iterator[Attempt]:
    for name in ("../../escape", "/abs", "a/b", "..", ".", "a\\b", "a\0b", "", "con", "x" * 1_000_000):
        described = with_layer(layer("Dense", {"units": 2, "name": name}))
        for one in deliver(box, described, f"name {name[:20]!r}"):
            yield _either(one)
    for name in (7, ["a"], {"a": 1}, True):
        for one in deliver_layer(box, layer("Dense", {"units": 2, "name": name}), f"name {name!r}"):
            yield _either(one)
    yield from deliver(box, functional(dense("a", from_input()), dense("a", from_input())), "one name twice")
    for name in ("../../escape", "a/b", "a\0b"):
        yield Attempt(f"save with a layer named {name!r}", lambda n=name: _saved(box, n), loads=True, writes=box.folder)


def _saved(box: Box, name: str) -> bool:
    """Save models whose layers have odd names; all that is written stands in the folder."""
    import os

    vocabulary = L.StringLookup(name=name)
    vocabulary.adapt(["a", "b"])
    model = keras.Sequential([L.Input((1,), dtype="string"), vocabulary, L.Dense(2, name=name + "2")])
    folder = os.path.dirname(box.path())
    for form in ("m.keras", "m.weights.h5"):
        try:
            model.save(os.path.join(folder, form)) if form == "m.keras" else model.save_weights(
                os.path.join(folder, form)
            )
        except ValueError:
            continue
    return True


@case("J16")
def slow_patterns(box: Box) -> Iterator[Attempt]:
    pattern = "(a+)+$"
    policy = object_of(
        "keras.dtype_policies", "DTypePolicyMap", {"default_policy": None, "policy_map": {pattern: "float16"}}
    )
    yield from deliver_layer(
        box, layer("Dense", {"units": 2, "dtype": policy, "name": "a" * 40 + "!"}), "DTypePolicyMap"
    )
    for name in ("Muon", "AdamW"):
        settings = {"learning_rate": 0.1, "exclude_layers": [pattern], "exclude_embeddings": pattern}
        compiled = {"optimizer": object_of("keras.optimizers", name, settings), "loss": "mse"}
        path = keras_file(box, {**whole_config(), "compile_config": compiled})
        yield Attempt(f"load_model .keras {name}", lambda p=path: load(p), ("m.keras", "config.json"))


@case("J17")
def build_config(box: Box) -> Iterator[Attempt]:
    for shape in ([None, 10**12], [10**6, 10**12], [None, 1 << 63], [None, -5], "text", [["a"]], {"a": [None, 3]}):
        described = layer("Dense", {"units": 1000}, build_config={"input_shape": shape})
        for one in deliver_layer(box, described, f"input_shape {str(shape)[:30]}"):
            yield _either(one) if "clone_model" in one.name else one  # a wrapper builds its layer for its own input
    config = dense_with(units=100)
    config["config"]["layers"] = config["config"]["layers"][1:]
    config["config"]["build_input_shape"] = [None, 10**12]
    yield from deliver(box, config, "build_input_shape")


def hostile_settings() -> Iterator[tuple[str, dict[str, Any]]]:
    """Compile settings that name what they must not."""
    gadget = object_of("os", "system", {"command": "true"})
    function = {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"}
    code = {"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}
    for value, label in ((gadget, "os.system"), (function, "eval"), (code, "code")):
        yield f"optimizer {label}", {"optimizer": value, "loss": "mse"}
        yield f"loss {label}", {"optimizer": "adam", "loss": value}
        yield f"metrics {label}", {"optimizer": "adam", "loss": "mse", "metrics": [value]}
    yield "schedule", {"optimizer": object_of("keras.optimizers", "Adam", {"learning_rate": gadget}), "loss": "mse"}
    yield (
        "get_file",
        {"optimizer": object_of("keras.utils", "get_file", {"origin": "http://127.0.0.1/x"}), "loss": "mse"},
    )
    yield (
        "thresholds",
        {
            "optimizer": "adam",
            "loss": "mse",
            "metrics": [object_of("keras.metrics", "AUC", {"num_thresholds": 10**11})],
        },
    )
    yield (
        "classes",
        {
            "optimizer": "adam",
            "loss": "mse",
            "metrics": [object_of("keras.metrics", "MeanIoU", {"num_classes": 10**7})],
        },
    )
    yield "a list", {"optimizer": ["adam"], "loss": "mse"}
    yield "a number", {"optimizer": 7, "loss": 7}


@case("J18")
def compile_config(box: Box) -> Iterator[Attempt]:
    for label, settings in hostile_settings():
        path = keras_file(box, {**whole_config(), "compile_config": settings})
        yield Attempt(f"load_model .keras {label}", lambda p=path: load(p), ("m.keras", "config.json"))
        older = {"optimizer_config": settings["optimizer"], **{k: v for k, v in settings.items() if k != "optimizer"}}
        if isinstance(older["optimizer_config"], str):
            older["optimizer_config"] = {"class_name": "Adam", "config": {}}
        where = h5_file(box, whole_config(), older)
        yield Attempt(f"load_model .h5 {label}", lambda p=where: load(p), ("m.h5", "training_config"))
        folder = saved_model(box, whole_config(), older)
        yield Attempt(f"load_model SavedModel {label}", lambda p=folder: load(p), ("keras_metadata.pb",))
        yield (
            Attempt(f"optimizers.deserialize {label}", lambda s=settings: keras.optimizers.deserialize(s["optimizer"]))
            if (label.startswith(("optimizer", "schedule", "get_file")) and isinstance(settings["optimizer"], dict))
            else Attempt(f"losses/metrics.deserialize {label}", lambda s=settings: _parts(s))
        )


def _parts(settings: dict[str, Any]) -> Any:
    for metric in settings.get("metrics", []):
        keras.metrics.deserialize(metric)
    if not isinstance(settings["optimizer"], str):
        keras.optimizers.deserialize(settings["optimizer"])
    return keras.losses.deserialize(settings["loss"])


@case("J19")
def policies(box: Box) -> Iterator[Attempt]:
    for dtype in (
        "object",
        "V100",
        "no_such",
        "resource",
        "variant",
        "O",
        7,
        [],
        {"a": 1},
        "float32; import os",
        "S10",
        object_of("os", "system", {"command": "true"}),
        object_of("keras.mixed_precision", "Policy", {"name": "x" * 10}),
    ):
        for one in deliver_layer(box, layer("Dense", {"units": 2, "dtype": dtype}), f"dtype {str(dtype)[:30]!r}"):
            yield _either(one) if "of the layer" in one.name and dtype in ("resource", "variant", 7) else one


@case("J20")
def values(box: Box) -> Iterator[Attempt]:
    deep: Any = 1.0
    for _ in range(80):
        deep = [deep]
    for kind in ("__tensor__", "__numpy__"):
        for label, inner in (
            ("objects", {"value": [{"a": 1}], "dtype": "object"}),
            ("ragged", {"value": [[1], [1, 2]], "dtype": "float32"}),
            ("deep", {"value": deep, "dtype": "float32"}),
            ("unknown dtype", {"value": [1], "dtype": "evil"}),
            ("resource", {"value": [1], "dtype": "resource"}),
            ("no value", {"dtype": "float32"}),
            ("text", {"value": "x", "dtype": "float32"}),
        ):
            described = {"class_name": kind, "config": inner}
            constant = object_of("keras.initializers", "Constant", {"value": described})
            yield from deliver(box, dense_with(kernel_initializer=constant), f"{kind} {label}")
            yield Attempt(
                f"deserialize_keras_object {kind} {label}", lambda d=described: keras.saving.deserialize_keras_object(d)
            )


@case("J21")
def versions(box: Box) -> Iterator[Attempt]:
    import shutil

    from bases import good, members, zipped

    for version in (None, "99.0.0", "3.99", 7, "", "not a version"):
        text = b"{}" if version is None else json.dumps({"keras_version": version}).encode()
        path = box.file(zipped({**members(), "metadata.json": text}), "m.keras")
        yield Attempt(f"load_model .keras {version!r}", lambda p=path: load(p).count_params() == 26, loads=True)
        where = box.path("m.h5")
        shutil.copyfile(good("h5"), where)
        import h5py

        with h5py.File(where, "r+") as file:
            for place in (file, file["model_weights"]):
                place.attrs["keras_version"] = "" if version is None else version
                if version is None:
                    del place.attrs["keras_version"]
        if isinstance(version, str) and not version[:1].isdigit():
            yield Attempt(f"load_model .h5 {version!r}", lambda p=where: _in_order(p), loads=True)
        else:
            yield Attempt(f"load_model .h5 {version!r}", lambda p=where: _in_order(p), loads=True)


def _in_order(path: str) -> bool:
    """Whether a file loads, or is refused in good order."""
    try:
        return load(path).count_params() == 26
    except ValueError as error:
        return "m.h5" in str(error)
