"""Signatures of functions as objects; texts are TensorFlow 2.21's (recorded)."""

import collections

import addax as tf


@tf.function(jit_compile=True)
def several(x, y=3, *args, z=5, **kw):
    return x


@tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="u"), tf.TensorSpec([], tf.int32)])
def declared(x, y):
    return x * 2, {"k": y}


def test_before_a_call():
    assert str(several.function_type) == (
        "(x, y=<captured_default_value>, *args, z=<captured_default_value>, **kw)"
    )  # fmt: skip
    spec = several.function_spec
    assert (spec.arg_names, spec.default_values, spec.jit_compile) == (["x", "y"], {"y": 3, "z": 5}, True)
    assert spec.fullargspec.varargs == "args" and spec.fullargspec.kwonlydefaults == {"z": 5}
    assert spec.input_signature is None and spec.flat_input_signature == (None,) and several.name == "several"
    assert spec.signature_summary(default_values=True).splitlines() == [
        "Input Parameters:", "  x (POSITIONAL_OR_KEYWORD): None", "  y (POSITIONAL_OR_KEYWORD): None",
        "  args (VAR_POSITIONAL): None", "  z (KEYWORD_ONLY): None", "  kw (VAR_KEYWORD): None", "Output Type:",
        "  None", "Captures:", "  None", "Defaults:", "  y: 3", "  z: 5",
    ]  # fmt: skip
    assert str(declared.function_type) == (
        "(x: TensorSpec(shape=(None, 2), dtype=tf.float32, name='u'), y: TensorSpec(shape=(), dtype=tf.int32, "
        "name=None))"
    )
    optional = several.function_type.parameters["y"]
    assert optional.optional and optional.type_constraint is None
    assert repr(optional) == "Parameter(name=y, kind=POSITIONAL_OR_KEYWORD, optional=True, type_constraint=None)"


def test_of_methods():
    class Module(tf.Module):
        @tf.function
        def add(self, a, b=2):
            return a + b

    module = Module()
    assert str(module.add.function_type) == "(a, b=<captured_default_value>)"
    assert module.add.function_spec.arg_names == ["a", "b"] and Module.add.function_spec.arg_names == ["self", "a", "b"]


def test_of_concrete_functions():
    concrete = declared.get_concrete_function()
    output = (
        "Tuple[TensorSpec(shape=(None, 2), dtype=tf.float32, name=None), Dict[['k', TensorSpec(shape=(), "
        "dtype=tf.int32, name=None)]]]"
    )
    assert str(concrete.function_type) == f"{declared.function_type} -> {output}"
    assert [each.name for each in concrete.inputs] == ["u:0", "y:0"]
    assert [each.name for each in concrete.outputs] == ["Identity:0", "Identity_1:0"]
    assert concrete.name.startswith(b"__inference_declared_") and concrete.name == concrete.name
    for rows in (1, 2, 3):
        declared(tf.ones([rows, 2]), 1)
    assert declared.pretty_printed_concrete_signatures() == repr(concrete.function_type)  # one trace, one text

    v = tf.Variable(2.0)
    scaled = tf.function(lambda x: x * v).get_concrete_function(tf.TensorSpec([]))
    found = scaled.function_type
    spec = tf.TensorSpec([], tf.float32)
    assert (found.flat_inputs[0].shape.rank, found.flat_outputs, found.output) == (0, [spec], spec)
    assert list(found.captures) == [id(v)] and found.flat_captures == [tf.TensorSpec([], tf.resource)]


def test_texts_of_structures():
    mixed = several.get_concrete_function(tf.constant([1.0, 2.0]), 4, z=[tf.constant(1), "s", None, {"q": 1.5}])
    assert str(mixed.function_type) == (
        "(x: TensorSpec(shape=(2,), dtype=tf.float32, name=None), y: Literal[4], /, *, z: List[TensorSpec(shape=(), "
        "dtype=tf.int32, name=None), Literal['s'], Literal[None], Dict[['q', Literal[1.5]]]]) -> "
        "TensorSpec(shape=(2,), dtype=tf.float32, name=None)"
    )
    P = collections.namedtuple("P", "a b")
    pair = tf.function(lambda p: p).get_concrete_function(P(tf.TensorSpec([2]), 1))
    text = "P[['a', TensorSpec(shape=(2,), dtype=tf.float32, name=None)], ['b', "
    assert str(pair.function_type).startswith(f"(p: {text}Literal[1]]]) -> {text}")
    assert str(tf.function(lambda: None).get_concrete_function().function_type) == "() -> Literal[None]"


def test_variables_come_in_the_order_in_which_code_names_them():
    names = ["zulu", "alpha", "mike", "yankee", "bravo"]
    space = {name: tf.Variable(1.0, name=name) for name in sorted(names)}
    exec("def f(x): return zulu * x + alpha - mike * yankee + bravo", space)
    concrete = tf.function(space["f"], autograph=False).get_concrete_function(tf.TensorSpec([]))
    assert [each.name for each in concrete.variables] == [f"{name}:0" for name in names]
