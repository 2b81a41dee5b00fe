"""G: descriptions that name what would run code, read files or reach the network."""

from __future__ import annotations

import base64
import json
import marshal
import os
import pickle
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
from attempts import Attempt, Box, case
from bases import (
    L,
    deliver,
    deliver_layer,
    dense_with,
    edited,
    good,
    h5_file,
    keras,
    keras_file,
    layer,
    object_of,
    saved_model,
    tf,
    victim,
    whole_config,
    with_layer,
)

from addax.formats import protobuf

load = keras.models.load_model
# Every place in a layer's config where an object may stand.
SLOTS = ("activation", "kernel_initializer", "kernel_constraint", "kernel_regularizer", "activity_regularizer")


def gadget(box: Box, described: dict[str, Any], label: str = "") -> Iterator[Attempt]:
    """A description of something that is no layer: as the layer, in the slots of one, alone, as the model."""
    yield from deliver_layer(box, described, f"{label} as a layer")
    for slot in SLOTS:
        yield from deliver(box, dense_with(**{slot: described}), f"{label} as {slot}", (None,))
    yield from deliver(box, described, f"{label} as the model", (None,))
    for name in ("initializers", "regularizers", "constraints", "activations", "losses", "metrics", "optimizers"):
        take = getattr(keras, name)
        yield Attempt(f"{name}.deserialize {label}", lambda t=take: t.deserialize(dict(described)))
        yield Attempt(f"{name}.get {label}", lambda t=take: t.get(dict(described)))
    schedules = keras.optimizers.schedules
    yield Attempt(f"schedules.deserialize {label}", lambda: schedules.deserialize(dict(described)))


def function(name: str, module: str = "builtins") -> dict[str, Any]:
    """The description of a function by name."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": "function"}


def touch(box: Box) -> str:
    """A command that leaves a trace."""
    return f"touch {os.path.join(box.outside, 'ran')}"


@case("G1")
def os_system(box: Box) -> Iterator[Attempt]:
    yield from gadget(box, object_of("os", "system", {"command": touch(box)}), "class")
    yield from gadget(box, function("system", "os"), "function")
    yield from gadget(box, {"class_name": "os.system", "config": {"command": touch(box)}}, "older")


@case("G2")
def builtins(box: Box) -> Iterator[Attempt]:
    code = f"open({os.path.join(box.outside, 'ran')!r}, 'w')"
    for name in ("eval", "exec", "__import__"):
        yield from gadget(box, object_of("builtins", name, {"source": code}), f"class {name}")
        yield from gadget(box, function(name), f"function {name}")


@case("G3")
def popen(box: Box) -> Iterator[Attempt]:
    yield from gadget(box, object_of("subprocess", "Popen", {"args": touch(box).split()}))


@case("G4")
def import_module(box: Box) -> Iterator[Attempt]:
    yield from gadget(box, object_of("importlib", "import_module", {"name": "threat_canary"}), "class")
    yield from gadget(box, function("import_module", "importlib"), "function")


@case("G5")
def get_file(box: Box) -> Iterator[Attempt]:
    settings = {"fname": os.path.join(box.outside, "got"), "origin": f"file://{box.secret}"}
    for module in ("keras.utils", "keras", "keras.src.utils.file_utils", "addax.keras.files"):
        yield from gadget(box, object_of(module, "get_file", settings), module)
    yield from gadget(box, function("get_file", "keras.utils"), "function")


@case("G6")
def load_model_gadget(box: Box) -> Iterator[Attempt]:
    settings = {"filepath": good("keras"), "safe_mode": False}
    for module in ("keras.models", "keras.saving", "keras", "addax.keras.saving"):
        yield from gadget(box, object_of(module, "load_model", settings), module)


@case("G7")
def unsafe_switch(box: Box) -> Iterator[Attempt]:
    code = bytecode(box)
    for name in ("enable_unsafe_deserialization", "SafeModeScope", "in_safe_mode"):
        config = with_layer(object_of("keras.config", name))
        config["config"]["layers"].append(layer("Lambda", lambda_of(code)))
        yield from deliver(box, config, name)
    nested = with_layer(layer("Lambda", {**lambda_of(code), "safe_mode": False}, safe_mode=False))
    nested["safe_mode"] = nested["config"]["safe_mode"] = False
    yield from deliver(box, nested, "safe_mode in the description")
    path = keras_file(box, dense_with())
    yield Attempt("there is no switch for the process", lambda: no_switch(path), loads=True)


def no_switch(path: str) -> bool:
    """Loading without safety leaves no trace in what comes after."""
    from addax.keras import registry

    try:
        load(path, safe_mode=False)
    except ValueError:
        pass
    return registry.in_safe_mode() and not hasattr(keras.config, "enable_unsafe_deserialization")


@case("G8")
def writers(box: Box) -> Iterator[Attempt]:
    target = os.path.join(box.outside, "written.h5")
    for module, name, settings in (
        ("keras.models", "save_model", {"filepath": target}),
        ("keras.utils", "save_img", {"path": target, "x": [[[1.0]]]}),
        ("keras.utils", "model_to_dot", {"to_file": target}),
        ("keras.utils", "plot_model", {"to_file": target}),
        ("keras.utils", "array_to_img", {"x": [[[1.0]]]}),
    ):
        yield from gadget(box, object_of(module, name, settings), name)
        yield from gadget(box, function(name, module), f"function {name}")
    for op, settings in (
        ("print", {"output_stream": f"file://{target}"}),
        ("io.write_file", {"filename": target, "contents": "x"}),
        ("io.read_file", {"filename": box.secret}),
        ("py_function", {"func": "eval"}),
        ("numpy_function", {"func": "eval"}),
        ("load_op_library", {"library_filename": target}),
        ("nn.fixed_unigram_candidate_sampler", {"vocab_file": box.secret}),
        ("raw_ops.WriteFile", {"filename": target}),
        ("io.gfile.remove", {"path": box.secret}),
        ("load_library", {}),
        ("data.Dataset.load", {"path": box.outside}),
        ("keras.utils.get_file", {}),
        ("math.__loader__", {}),
        ("os", {}),
        (["print"], {}),
        (None, {}),
        ({"class_name": "function", "config": "eval"}, {}),
    ):
        described = layer("TFOpLambda", {"function": op})
        yield from deliver_layer(box, described, f"op {op}")
        config = with_layer({**described, "name": "gadget", "inbound_nodes": [[["i", 0, 0, settings]]]})
        config["class_name"] = "Functional"
        config["config"]["layers"][0].update(name="i", inbound_nodes=[])
        config["config"].update(input_layers=[["i", 0, 0]], output_layers=[["gadget", 0, 0]])
        yield from deliver(box, config, f"op {op} called")
        yield from deliver_layer(
            box,
            layer("Lambda", {"function": op, "function_type": "function", "arguments": settings}),
            f"Lambda of {op}",
        )


# ---------------------------------------------------------------------------- byte code


def bytecode(box: Box) -> str:
    """Byte code of a function that leaves a trace, as files hold it."""
    trace = os.path.join(box.outside, "ran")
    space: dict[str, Any] = {}
    exec(f"def f(x):\n    open({trace!r}, 'w').close()\n    return x", space)
    return base64.b64encode(marshal.dumps(space["f"].__code__)).decode()


def lambda_of(code: Any) -> dict[str, Any]:
    """The settings of a Lambda layer in files of Keras 2."""
    return {
        "function": [code, None, None],
        "function_type": "lambda",
        "module": "__main__",
        "output_shape": None,
        "output_shape_type": "raw",
        "output_shape_module": None,
        "arguments": {},
    }


def encodings(box: Box) -> Iterator[tuple[str, Any]]:
    """Byte code in every way that it is written."""
    code = bytecode(box)
    raw = base64.b64decode(code)
    yield "base64", code
    yield "base64 in lines", base64.encodebytes(raw).decode()
    yield "codecs", raw.decode("latin-1")
    yield "hexadecimal", raw.hex()
    yield "another Python", base64.b64encode(b"\xe3" + bytes(60)).decode()


@case("G9")
def marshalled(box: Box) -> Iterator[Attempt]:
    for label, code in encodings(box):
        yield from deliver_layer(box, layer("Lambda", lambda_of(code)), label)
    code = bytecode(box)
    described = {"class_name": "__lambda__", "config": {"value": [code, None, None]}}
    yield from deliver_layer(box, layer("Lambda", {"function": described}), "described")
    for key in ("output_shape", "mask"):
        settings = {
            "function": "math.abs",
            "function_type": "function",
            key: [code, None, None],
            f"{key}_type": "lambda",
        }
        yield from deliver_layer(box, layer("Lambda", settings), key)
    path = keras_file(box, with_layer(layer("Lambda", lambda_of(code))))
    yield Attempt("a safe load inside of nothing", lambda: load(path, safe_mode=None), ("m.keras", "config.json"))
    folder = saved_model(box, with_layer(layer("Lambda", lambda_of(code))))
    yield Attempt("load_weights does not look at it", lambda: victim().load_weights(folder), loads=True)


@case("G10")
def function_by_name(box: Box) -> Iterator[Attempt]:
    for name in (
        "os.system",
        "eval",
        "builtins.eval",
        "numpy.load",
        "keras.utils.get_file",
        "load_model",
        "threat_canary.Gadget",
    ):
        settings = {"function": name, "function_type": "function", "module": name.rpartition(".")[0] or "builtins"}
        yield from deliver_layer(box, layer("Lambda", settings), name)
        yield from deliver_layer(box, layer("Lambda", {"function": function(name)}), f"described {name}")
        yield from deliver(box, dense_with(activation=name), f"activation {name}")


@case("G11")
def tfsm(box: Box) -> Iterator[Attempt]:
    folder = saved_model(box, whole_config())
    described = object_of("keras.layers", "TFSMLayer", {"filepath": folder, "call_endpoint": "serving_default"})
    yield from gadget(box, described)
    if hasattr(L, "TFSMLayer"):
        yield Attempt("TFSMLayer.from_config", lambda: L.TFSMLayer.from_config(dict(described["config"])))


@case("G12")
def pickled_layers(box: Box) -> Iterator[Attempt]:
    payload = base64.b64encode(pickle.dumps(Trap(os.path.join(box.outside, "ran")))).decode()
    for name, key in (("TorchModuleWrapper", "module"), ("JaxLayer", "call_fn"), ("FlaxLayer", "module")):
        yield from gadget(box, object_of("keras.layers", name, {key: payload}), name)


class Trap:
    """Unpickled, it would leave a trace."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


@case("G13")
def inner_types(box: Box) -> Iterator[Attempt]:
    code = bytecode(box)
    inner = (
        ("lambda", {"class_name": "__lambda__", "config": {"value": [code, None, None]}}),
        ("lambda without its value", {"class_name": "__lambda__", "config": {}}),
        ("typespec", {"class_name": "__typespec__", "spec_name": "os.system", "module": "os", "config": [touch(box)]}),
        ("class", {"class_name": "__class__", "module": "subprocess", "config": "Popen", "registered_name": "Popen"}),
        ("unknown", {"class_name": "__reduce__", "config": {"value": "x"}}),
        ("eval", function("eval")),
    )
    for label, described in inner:
        yield from gadget(box, described, label)
        for settings in ({"optimizer": described}, {"loss": described}, {"metrics": [described]}):
            path = keras_file(
                box, {**whole_config(), "compile_config": {"optimizer": "adam", "loss": "mse", **settings}}
            )
            yield Attempt(
                f"load_model .keras {label} in compile {next(iter(settings))}", lambda p=path: load(p), ("m.keras",)
            )
        yield from deliver(box, dense_with(dtype=described), f"{label} as dtype")


@case("G14")
def vocabularies(box: Box) -> Iterator[Attempt]:
    for place in (box.secret, "http://127.0.0.1:9/words", "file://" + box.secret, "gs://bucket/words", "../secret.txt"):
        for name in ("StringLookup", "IntegerLookup", "TextVectorization"):
            described = layer(
                name, {"vocabulary": place, "max_tokens": 10, "dtype": "int64" if name == "IntegerLookup" else "string"}
            )
            yield from deliver_layer(box, described, f"{name} {place[:12]}")
            cls = getattr(L, name)
            yield Attempt(
                f"{name}.from_config {place[:12]}", lambda c=cls, d=described: c.from_config(dict(d["config"]))
            )
        described = layer("TextVectorization", {"vocabulary": ["a"], "idf_weights": place, "output_mode": "tf_idf"})
        yield from deliver_layer(box, described, f"idf_weights {place[:12]}")
        for name, key in (
            ("Hashing", "vocabulary_file"),
            ("WordPieceTokenizer", "vocabulary"),
            ("BytePairTokenizer", "merges"),
        ):
            yield from deliver_layer(box, layer(name, {key: place, "num_bins": 3}), f"{name} {place[:12]}")
    words = box.file(b"one\ntwo\n", "words.txt")
    own = L.StringLookup(vocabulary=words)
    yield Attempt(
        "a path of one's own is kept as its words",
        lambda: L.StringLookup.from_config(own.get_config()).get_vocabulary() == ["[UNK]", "one", "two"],
        loads=True,
    )


@case("G15")
def paths(box: Box) -> Iterator[Attempt]:
    target = os.path.join(box.outside, "log")
    for module, name, settings in (
        ("keras.callbacks", "CSVLogger", {"filename": target}),
        ("keras.callbacks", "TensorBoard", {"log_dir": target}),
        ("keras.callbacks", "ModelCheckpoint", {"filepath": target}),
        ("keras.callbacks", "BackupAndRestore", {"backup_dir": target}),
        ("tf.lookup", "TextFileInitializer", {"filename": box.secret}),
        ("tf.lookup", "StaticHashTable", {"filename": box.secret}),
        ("keras.utils", "image_dataset_from_directory", {"directory": box.outside}),
        ("tf.summary", "create_file_writer", {"logdir": target}),
        ("keras.callbacks", "RemoteMonitor", {"root": "http://127.0.0.1:9"}),
        ("tf.data", "TextLineDataset", {"filenames": box.secret}),
    ):
        yield from gadget(box, object_of(module, name, settings), name)


@case("G16")
def none_is_safe(box: Box) -> Iterator[Attempt]:
    code = bytecode(box)
    config = with_layer(layer("Lambda", lambda_of(code)))
    for form, path, member in (
        ("keras", keras_file(box, config), "config.json"),
        ("h5", h5_file(box, config), "model_config"),
    ):
        yield Attempt(f"load_model .{form}", lambda p=path: load(p, safe_mode=None), (member, "safe_mode"))
        yield Attempt(
            f"saving.load_model .{form}", lambda p=path: keras.saving.load_model(p, safe_mode=None), (member,)
        )
    folder = saved_model(box, config)
    yield Attempt("load_model SavedModel", lambda: load(folder, safe_mode=None), ("keras_metadata.pb",))
    described = {"class_name": "__lambda__", "config": {"value": [code, None, None]}}
    for safe in (None, True, 0, "", "False"):
        yield Attempt(
            f"deserialize_keras_object safe_mode={safe!r}",
            lambda s=safe: keras.saving.deserialize_keras_object(dict(described), safe_mode=s),
        )
    yield Attempt("model_from_json", lambda: keras.models.model_from_json(json.dumps(config)))
    yield Attempt("Lambda.from_config", lambda: L.Lambda.from_config(lambda_of(code)))
    yield Attempt("layers.deserialize", lambda: L.deserialize(layer("Lambda", lambda_of(code))))
    yield Attempt("activations.get", lambda: keras.activations.get(dict(described)))

    def allowed() -> bool:
        again = load(good_lambda, safe_mode=False)
        return float(again.predict(np.ones((1, 3), "float32"), verbose=0)[0, 0]) == 2.0

    model = keras.Sequential([L.Lambda(lambda x: x * 2, input_shape=(3,))])
    good_lambda = box.path("lambda.keras")
    model.save(good_lambda)
    yield Attempt("the same file, safe", lambda: load(good_lambda), ("lambda.keras", "config.json"))
    yield Attempt("a lambda of one's own with safe_mode=False", allowed, loads=True, runs_code=True)
    copied = keras.models.clone_model(model)
    yield Attempt(
        "clone_model of a lambda in this process",
        lambda: float(copied(np.ones((1, 3), "float32"))[0, 0]) == 2.0,
        loads=True,
    )


@case("G17")
def other_packages(box: Box) -> Iterator[Attempt]:
    for module in (
        "keras_evil",
        "threat_canary",
        "keras_evil.layers",
        "keras.src.layers.threat_canary",
        "keras.src.utils",
        "tensorflow.python.ops.gen_io_ops",
        "tf_keras.src.threat_canary",
        "numpy",
        "addax.keras.layers.threat_canary",
    ):
        yield from gadget(box, object_of(module, "Gadget"), module)
        yield from gadget(box, object_of(module, "Gadget", {}, f"{module}>Gadget"), f"registered {module}")


@case("G18")
def dotted(box: Box) -> Iterator[Attempt]:
    for name in (
        "Dense.__init__.__globals__",
        "Dense.from_config",
        "__class__.__base__",
        "__subclasses__",
        "Dense.__mro__",
        "layers.Dense",
        "__builtins__",
        "..Dense",
        "Dense\0",
        "keras.layers.Dense()",
        "mro",
    ):
        yield from gadget(box, object_of("keras.layers", name), name)


@case("G19")
def graph_ops(box: Box) -> Iterator[Attempt]:
    """A SavedModel whose graph reads and writes files: its graph is not run, whatever it holds."""
    for op in ("ReadFile", "WriteFile", "PyFunc", "LoadLibrary", "MatchingFiles", "PrintV2"):
        node = protobuf.bytes_field(1, "gadget") + protobuf.bytes_field(2, op) + protobuf.bytes_field(3, box.secret)
        graph = protobuf.bytes_field(1, node)
        library = protobuf.bytes_field(2, protobuf.bytes_field(1, protobuf.bytes_field(3, node)))
        meta = protobuf.bytes_field(2, graph + library)
        folder = saved_model(box, whole_config())
        with open(os.path.join(folder, "saved_model.pb"), "wb") as out:
            out.write(protobuf.varint_field(1, 1) + protobuf.bytes_field(2, meta))
        yield Attempt(
            f"load_model {op}: made from its config", lambda f=folder: load(f).count_params() == 26, loads=True
        )
        os.remove(os.path.join(folder, "keras_metadata.pb"))
        plain = shutil.copytree(folder, box.path("plain") + "/saved")
        yield Attempt(f"load_model {op} without Keras' description", lambda f=plain: load(f), ("saved",))
        if hasattr(tf, "saved_model"):
            yield Attempt(f"saved_model.load {op}", lambda f=plain: tf.saved_model.load(f), ("saved",))


@case("G20")
def pickled_state(box: Box) -> Iterator[Attempt]:
    payload = np.void(pickle.dumps(Trap(os.path.join(box.outside, "ran"))))

    def into(file: Any) -> None:
        group = file["optimizer_weights"]
        first = group.attrs["weight_names"][0]
        del group[first]
        group[first] = payload

    path = edited(box, "h5", into)
    yield Attempt("load_model .h5 pickled optimizer state", lambda: load(path), ("m.h5", "optimizer_weights"))

    def attribute(file: Any) -> None:
        file.attrs["training_config"] = payload

    where = edited(box, "h5", attribute)
    yield Attempt("load_model .h5 pickled settings", lambda: load(where), ("m.h5", "training_config"))
    text = base64.b64encode(payload.tobytes()).decode()
    optimizer = object_of("keras.optimizers", "Adam", {"learning_rate": 0.1, "weights": text, "__setstate__": text})
    whole = keras_file(box, {**whole_config(), "compile_config": {"optimizer": optimizer, "loss": "mse"}})
    yield Attempt("load_model .keras pickled optimizer state", lambda: load(whole), ("m.keras", "config.json"))
