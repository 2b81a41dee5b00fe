"""ExportArchive: a SavedModel with the functions of one's own choice, for serving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from addax.checkpoint import graph
from addax.checkpoint.saved_model import traces
from addax.checkpoint.saved_model.save import DEFAULT_SIGNATURE, save
from addax.core import random, trees
from addax.core.function import Function, function
from addax.core.spec import TensorSpec
from addax.core.trace import reachable
from addax.core.variable import Variable
from addax.keras.config import floatx
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.served import call_specs
from addax.keras.progress import print_message

TENSORFLOW_VERSION = "2.21.0"
_LISTS = ("variables", "trainable_variables", "non_trainable_variables")


class ExportArchive:
    """Collects functions of layers and models, and writes them as a SavedModel.

    What `tf.saved_model.load` gives back has each endpoint as a method, and the lists `variables`,
    `trainable_variables` and `non_trainable_variables` of what was tracked. The first endpoint is the signature
    "serving_default" too.

    >>> import addax as tf, tempfile
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(3,), kernel_initializer="ones")])
    >>> archive = tf.keras.export.ExportArchive()
    >>> archive.track(model)
    >>> archive.add_endpoint("serve", model.call, input_signature=[tf.TensorSpec((None, 3))])
    >>> folder = tempfile.mkdtemp()
    >>> archive.write_out(folder)
    >>> tf.saved_model.load(folder).serve([[1.0, 2.0, 3.0]]).numpy().tolist()
    [[6.0]]
    """

    def __init__(self) -> None:
        self._endpoints: dict[str, Any] = {}
        self._tracked: list[Any] = []
        self._collections: dict[str, list[Variable]] = {}
        self.tensorflow_version = TENSORFLOW_VERSION
        self.variables: list[Variable] = []
        self.trainable_variables: list[Variable] = []
        self.non_trainable_variables: list[Variable] = []

    def track(self, resource: Any) -> None:
        """Keep the variables of a layer, model or module, and list them.

        Args:
            resource: a layer or model that is built, or a `tf.Module`.

        Raises:
            ValueError: it is neither, or not built.
        """
        if not graph.holds_state(resource):
            raise ValueError(
                "Invalid resource type. Expected an instance of a TensorFlow `Trackable` (such as a Keras `Layer` or "
                f"`Model`). Received instead an object of type '{type(resource)}'. Object received: {resource!r:.200}"
            )
        if isinstance(resource, Layer):
            if not resource.built:
                raise ValueError("The layer provided has not yet been built. It must be built before export.")
            self.variables += resource.variables
            self.trainable_variables += resource.trainable_variables
            self.non_trainable_variables += resource.non_trainable_variables
        self._tracked.append(resource)

    def add_endpoint(self, name: str, fn: Callable[..., Any], input_signature: Sequence[Any] | None = None) -> None:
        """Add a function.

        Args:
            name: its name in the SavedModel.
            fn: the function.
            input_signature: its arguments as `tf.TensorSpec`s or `keras.InputSpec`s, in lists and dicts as it takes
                them; not needed for a `tf.function` that was called.

        Raises:
            ValueError: the name is taken, or the arguments are not known.
        """
        if name in self._endpoints:
            raise ValueError(f"Endpoint name '{name}' is already taken.")
        if input_signature:
            fn = function(fn, input_signature=_specs(input_signature))
        elif not isinstance(fn, Function):
            raise ValueError(
                "If the `fn` argument provided is not a `tf.function`, you must provide an `input_signature` argument "
                "to specify the shape and dtype of the function arguments. Example:\n\n"
                f"archive.add_endpoint({name!r}, fn, input_signature=[tf.TensorSpec((None, 224, 224, 3), tf.float32)])"
            )
        elif not traces.traces_of(fn):
            raise ValueError(
                f"The provided tf.function '{fn}' has never been called. To specify the expected shape and dtype of "
                "the function's arguments, you must either provide a function that has been called at least once, or "
                "alternatively pass an `input_signature` argument in `add_endpoint()`."
            )
        self._endpoints[name] = fn
        setattr(self, name, fn)

    def track_and_add_endpoint(
        self, name: str, resource: Any, input_signature: Sequence[Any] | None = None
    ) -> Callable[..., Any]:
        """Track a layer or model, and add its call.

        Args:
            name: of the endpoint.
            resource: the layer or model, which is built.
            input_signature: as for `add_endpoint`; by default the inputs that it was built for.

        Returns:
            The function that was added.
        """
        signature = input_signature or _inputs_of(resource)
        self.track(resource)
        self.add_endpoint(name, resource.__call__, signature)
        return self._endpoints[name]

    def add_variable_collection(self, name: str, variables: Any) -> None:
        """Add a list of variables that the loaded object has under this name.

        Raises:
            ValueError: they are not a list, tuple or set of variables.
        """
        if not isinstance(variables, list | tuple | set):
            raise ValueError(
                f"Expected `variables` to be a list/tuple/set. Received instead object of type '{type(variables)}'."
            )
        if not all(isinstance(variable, Variable) for variable in variables):
            raise ValueError(
                "Expected all elements in `variables` to be `tf.Variable` instances. Found instead the following "
                f"types: {list({type(variable) for variable in variables})}"
            )
        self._collections[name] = list(variables)
        setattr(self, name, list(variables))

    def write_out(self, filepath: Any, options: Any = None, verbose: bool = False) -> None:
        """Write the SavedModel.

        Args:
            filepath: the folder.
            options: a `tf.saved_model.SaveOptions`.
            verbose: whether to print where it was written, and the endpoints.

        Raises:
            ValueError: no endpoint was added.
        """
        if not self._endpoints:
            raise ValueError("No endpoints have been set yet. Call add_endpoint().")
        signatures: dict[str, Any] = {}
        for name, fn in self._endpoints.items():
            found = traces.traces_of(fn)
            signatures[name] = fn if fn.input_signature is not None else _OneCall(found[0])
        signatures.setdefault(DEFAULT_SIGNATURE, next(iter(signatures.values())))
        save(self, filepath, signatures=signatures, options=options)
        if verbose:
            print_message(f"Saved artifact at {filepath!r}, with the endpoints {', '.join(self._endpoints)}.")

    # ------------------------------------------------------------------ what is written

    def _checkpoint_children(self) -> dict[str, Any]:
        known = {id(variable) for variable in self.variables}
        others = [v for fn in self._endpoints.values() for v in reachable([fn._function, fn._bound])]
        generators = {id(variable) for variable in random.variables()}
        used = {id(v): v for v in others if id(v) not in known | generators}
        found: dict[str, Any] = {name: getattr(self, name) for name in _LISTS}
        found["_misc_variables"] = self.__dict__.setdefault("_others", list(used.values()))
        return {**found, **self._collections}

    def _saved_model_parts(self) -> dict[str, Any]:
        lists = {name: getattr(self, name) for name in _LISTS}  # empty ones too
        return {**lists, **self._collections, **self._endpoints}


class _OneCall:
    """The first call of a function, as a signature."""

    def __init__(self, trace: traces.Trace) -> None:
        self._trace = trace

    def _saved_traces(self) -> list[traces.Trace]:
        return [self._trace]


def _specs(signature: Sequence[Any]) -> list[Any]:
    """A signature with `tf.TensorSpec`s for Keras's own specs."""

    def spec(leaf: Any) -> Any:
        if not isinstance(leaf, InputSpec):
            return leaf
        shape = leaf.shape if leaf.shape is not None else [None] * leaf.ndim if leaf.ndim is not None else None
        return TensorSpec(shape, leaf.dtype or floatx(), leaf.name)

    return [trees.map_structure(spec, each) for each in signature]


def _inputs_of(model: Any) -> list[Any]:
    specs = call_specs(model)
    if specs is None or not all(isinstance(leaf, TensorSpec) for leaf in trees.flatten(specs)):
        raise ValueError("The model provided has never called. It must be called at least once before export.")
    return [specs[0] if isinstance(specs, list) and len(specs) == 1 else specs]


def export_model(model: Any, filepath: Any, format: str, verbose: Any, input_signature: Any) -> None:
    """Write a model's predictions as the endpoint "serve"; see `Model.export`."""
    if format != "tf_saved_model":
        raise ValueError(
            f'Model.export: format must be "tf_saved_model". Received: format={format!r}\n  To do: write that, and '
            "convert the folder with the other format's own tools."
        )
    archive = ExportArchive()
    archive.track_and_add_endpoint("serve", model, input_signature)
    archive.write_out(filepath, verbose=bool(verbose))
