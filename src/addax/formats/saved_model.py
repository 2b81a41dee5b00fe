"""SavedModel files: `saved_model.pb` with its graph, functions and objects, and `fingerprint.pb`.

What is read here is data: dicts, lists, numbers. Which operations of a graph are run is decided elsewhere, by a closed
table. Format: tensorflow/core/protobuf/{saved_model,meta_graph,saved_object_graph,struct,fingerprint}.proto and
tensorflow/core/framework/{graph,function,op_def,attr_value,tensor,tensor_shape}.proto.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from addax.formats import tensor_bundle
from addax.formats.errors import CorruptFileError, TooLargeError, UnsupportedFormatError
from addax.formats.limits import check_member_name, open_regular
from addax.formats.protobuf import WireError
from addax.formats.protobuf_schema import Codec

__all__ = [
    "ASSETS",
    "CODEC",
    "FILE",
    "VARIABLES",
    "array_of",
    "asset_path",
    "dtype_number",
    "numpy_dtype",
    "read_message",
    "shape_message",
    "shape_of",
    "tensor_message",
]

FILE = "saved_model.pb"
ASSETS = "assets"
VARIABLES = os.path.join("variables", "variables")
STRING, RESOURCE, VARIANT = 7, 20, 21
_MAX_BYTES = 1 << 31  # protobuf's own limit
_MAX_CONSTANT = 1 << 31

CODEC = Codec(
    {
        "SavedModel": {1: "saved_model_schema_version int", 2: "meta_graphs MetaGraphDef*"},
        "MetaGraphDef": {
            1: "meta_info_def MetaInfoDef", 2: "graph_def GraphDef", 3: "saver_def SaverDef",
            5: "signature_def map SignatureDef", 6: "asset_file_def AssetFileDef*",
            7: "object_graph_def SavedObjectGraph",
        },
        "MetaInfoDef": {
            4: "tags str*", 5: "tensorflow_version str", 6: "tensorflow_git_version str",
            7: "stripped_default_attrs bool", 8: "function_aliases map str",
        },
        "SaverDef": {
            1: "filename_tensor_name str", 2: "save_tensor_name str", 3: "restore_op_name str", 7: "version int",
        },
        "GraphDef": {1: "node NodeDef*", 2: "library FunctionDefLibrary", 4: "versions VersionDef"},
        "VersionDef": {1: "producer int", 2: "min_consumer int"},
        "NodeDef": {1: "name str", 2: "op str", 3: "input str*", 4: "device str", 5: "attr map AttrValue"},
        "AttrValue": {
            1: "list ListValue", 2: "s bytes", 3: "i int", 4: "f float", 5: "b bool", 6: "type int",
            7: "shape TensorShape", 8: "tensor Tensor", 10: "func NameAttrList",
        },
        "ListValue": {
            2: "s bytes*", 3: "i int*", 4: "f float*", 5: "b bool*", 6: "type int*", 7: "shape TensorShape*",
            8: "tensor Tensor*", 9: "func NameAttrList*",
        },
        "NameAttrList": {1: "name str", 2: "attr map AttrValue"},
        "TensorShape": {2: "dim Dim*", 3: "unknown_rank bool"},
        "Dim": {1: "size int", 2: "name str"},
        "Tensor": {
            1: "dtype int", 2: "tensor_shape TensorShape", 4: "tensor_content bytes", 5: "float_val float*",
            6: "double_val double*", 7: "int_val int*", 8: "string_val bytes*", 9: "scomplex_val float*",
            10: "int64_val int*", 11: "bool_val bool*", 12: "dcomplex_val double*", 13: "half_val int*",
            16: "uint32_val int*", 17: "uint64_val int*",
        },
        "FunctionDefLibrary": {1: "function FunctionDef*"},
        "FunctionDef": {
            1: "signature OpDef", 3: "node_def NodeDef*", 4: "ret map str", 5: "attr map AttrValue",
            6: "control_ret map str",
        },
        "OpDef": {
            1: "name str", 2: "input_arg ArgDef*", 3: "output_arg ArgDef*", 17: "is_stateful bool",
            20: "control_output str*",
        },
        "ArgDef": {1: "name str", 3: "type int", 7: "handle_data DtypeAndShape*"},
        "DtypeAndShape": {1: "dtype int", 2: "shape TensorShape"},
        "SignatureDef": {1: "inputs map TensorInfo", 2: "outputs map TensorInfo", 3: "method_name str"},
        "TensorInfo": {1: "name str", 2: "dtype int", 3: "tensor_shape TensorShape"},
        "AssetFileDef": {1: "tensor_info TensorInfo", 2: "filename str"},
        "SavedObjectGraph": {1: "nodes SavedObject*", 2: "concrete_functions map SavedConcreteFunction"},
        "SavedObject": {
            1: "children ObjectReference*", 3: "slot_variables SlotVariable*", 4: "user_object SavedUserObject",
            5: "asset SavedAsset", 6: "function SavedFunction", 7: "variable SavedVariable",
            8: "bare_concrete_function SavedBareConcreteFunction", 9: "constant SavedConstant",
            10: "resource SavedResource", 12: "captured_tensor CapturedTensor", 13: "registered_name str",
            15: "dependencies ObjectReference*",
        },
        "ObjectReference": {1: "node_id int", 2: "local_name str"},
        "SlotVariable": {1: "original_variable_node_id int", 2: "slot_name str", 3: "slot_variable_node_id int"},
        "SavedUserObject": {1: "identifier str", 2: "version VersionDef", 3: "metadata str"},
        "SavedAsset": {1: "asset_file_def_index int"},
        "SavedFunction": {1: "concrete_functions str*", 2: "function_spec FunctionSpec"},
        "FunctionSpec": {1: "fullargspec Value", 2: "is_method bool", 5: "input_signature Value"},
        "SavedVariable": {
            1: "dtype int", 2: "shape TensorShape", 3: "trainable bool", 4: "synchronization int",
            5: "aggregation int", 6: "name str", 7: "device str",
        },
        "SavedBareConcreteFunction": {
            1: "concrete_function_name str", 2: "argument_keywords str*", 3: "allowed_positional_arguments int",
            4: "function_spec FunctionSpec",
        },
        "SavedConstant": {1: "operation str"},
        "SavedResource": {1: "device str"},
        "CapturedTensor": {1: "name str", 2: "concrete_function str"},
        "SavedConcreteFunction": {
            2: "bound_inputs int*", 3: "canonicalized_input_signature Value", 4: "output_signature Value",
        },
        "Value": {
            1: "none_value Empty", 11: "float64_value double", 12: "int64_value sint", 13: "string_value str",
            14: "bool_value bool", 31: "tensor_shape_value TensorShape", 32: "tensor_dtype_value int",
            33: "tensor_spec_value TensorSpec", 34: "type_spec_value TypeSpec",
            35: "bounded_tensor_spec_value TensorSpec",
            51: "list_value Values", 52: "tuple_value Values", 53: "dict_value DictValue",
            54: "named_tuple_value NamedTuple", 55: "tensor_value Tensor", 56: "numpy_value Tensor",
        },
        "Empty": {},
        "TensorSpec": {1: "name str", 2: "shape TensorShape", 3: "dtype int"},
        "TypeSpec": {1: "type_spec_class int", 2: "type_state Value", 3: "type_spec_class_name str"},
        "Values": {1: "values Value*"},
        "DictValue": {1: "fields map Value"},
        "NamedTuple": {1: "name str", 2: "values Pair*"},
        "Pair": {1: "key str", 2: "value Value"},
        "Fingerprint": {
            1: "saved_model_checksum int", 2: "graph_def_program_hash int", 3: "signature_def_hash int",
            4: "saved_object_graph_hash int", 5: "checkpoint_hash int", 6: "version VersionDef", 7: "uuid str",
        },
        "SavedMetadata": {1: "nodes KerasObject*"},
        "KerasObject": {
            2: "node_id int", 3: "node_path str", 4: "identifier str", 5: "metadata str", 6: "version VersionDef",
        },
    }
)  # fmt: skip


def read_message(path: str, message: str, max_bytes: int = _MAX_BYTES) -> dict[str, Any]:
    """The message that a file holds.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: it is not such a message, or too large.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            raise TooLargeError(path, "too large", expected=f"at most {max_bytes} bytes", received=f"{size} bytes")
        data = file.read()
    try:
        return CODEC.decode(message, data)
    except (WireError, RecursionError) as error:
        raise CorruptFileError(path, f"damaged ({error})") from None


def asset_path(folder: str, filename: str) -> str:
    """The path of an asset, which lies inside the folder.

    Raises:
        UnsafeFileError: the name leads elsewhere.
    """
    check_member_name(filename, os.path.join(folder, FILE))
    return os.path.join(folder, ASSETS, filename)


# ---------------------------------------------------------------------------- tensors


def numpy_dtype(number: int, file: str = FILE) -> np.dtype | None:
    """The NumPy dtype of a number of types.proto; None for strings.

    Raises:
        UnsupportedFormatError: a dtype that is not read.
    """
    if number == STRING:
        return None
    found = tensor_bundle.DTYPES.get(number)
    if found is None:
        raise UnsupportedFormatError(file, "has a dtype that is not read", received=f"type {number}")
    return found


def dtype_number(dtype: Any) -> int:
    """The number in types.proto of a NumPy dtype; of objects and text, that of strings."""
    dtype = np.dtype(dtype)
    return STRING if dtype.kind in "OSU" else tensor_bundle.NUMBERS[dtype.newbyteorder("=")]


def shape_of(message: dict[str, Any] | None) -> list[int | None] | None:
    """The dimensions of a TensorShapeProto, None where they are open; None for an unknown rank."""
    if message is None or message.get("unknown_rank"):
        return None
    sizes = [dim.get("size", 0) for dim in message.get("dim", [])]
    return [None if size < 0 else size for size in sizes]


def shape_message(dims: Any) -> dict[str, Any]:
    """The TensorShapeProto of dimensions (None: open) or of an unknown rank (None)."""
    if dims is None:
        return {"unknown_rank": True}
    return {"dim": [{"size": -1 if size is None else int(size)} for size in dims]} if len(dims) else {}


def tensor_message(array: Any) -> dict[str, Any]:
    """The TensorProto of an array."""
    array = np.asarray(array)
    made: dict[str, Any] = {"dtype": dtype_number(array.dtype), "tensor_shape": shape_message(array.shape)}
    if made["dtype"] == STRING:
        made["string_val"] = [
            part if isinstance(part, bytes) else str(part).encode() for part in array.ravel().tolist()
        ]
    else:
        made["tensor_content"] = np.ascontiguousarray(array).tobytes()
    return made


_LISTS = {
    "f4": "float_val", "f8": "double_val", "i4": "int_val", "i2": "int_val", "i1": "int_val", "u1": "int_val",
    "u2": "int_val", "i8": "int64_val", "b1": "bool_val", "u4": "uint32_val", "u8": "uint64_val",
}  # fmt: skip


def array_of(message: dict[str, Any], file: str = FILE, member: str | None = None) -> np.ndarray:
    """The array of a TensorProto; strings as objects.

    Raises:
        CorruptFileError: its numbers do not fill its shape.
    """
    dtype = numpy_dtype(message.get("dtype", 0), file)
    shape = shape_of(message.get("tensor_shape", {}))
    if shape is None or None in shape:
        raise CorruptFileError(file, "a constant of open shape", member=member)
    count = math.prod(shape)  # type: ignore[arg-type]
    if count * (dtype.itemsize if dtype is not None else 8) > _MAX_CONSTANT:
        raise TooLargeError(file, "a constant too large", member=member, received=f"{count} elements")
    content = message.get("tensor_content")
    if dtype is not None and content:
        if len(content) != count * dtype.itemsize:
            raise CorruptFileError(
                file, "a constant of another size than its shape", member=member,
                expected=f"{count * dtype.itemsize} bytes", received=f"{len(content)} bytes",
            )  # fmt: skip
        return np.frombuffer(content, dtype).reshape(shape).copy()
    return _filled(_listed(message, dtype), count, dtype, file, member).reshape(shape)  # type: ignore[arg-type]


def _listed(message: dict[str, Any], dtype: np.dtype | None) -> Any:
    if dtype is None:
        return message.get("string_val", [])
    if dtype.kind == "c":
        flat = message.get("scomplex_val" if dtype.itemsize == 8 else "dcomplex_val", [])
        return [complex(*pair) for pair in zip(flat[::2], flat[1::2], strict=False)]
    if dtype.itemsize == 2 and dtype.kind in "fV":  # bits of float16 and bfloat16
        return np.array([each & 0xFFFF for each in message.get("half_val", [])], np.uint16).view(dtype)
    return message.get(_LISTS[dtype.str[1:]], [])


def _filled(values: Any, count: int, dtype: np.dtype | None, file: str, member: str | None) -> np.ndarray:
    """`count` values of a list; the last one is repeated, and an empty list means zeros."""
    if len(values) > count:
        raise CorruptFileError(file, "more values than its shape has", member=member, received=f"{len(values)}")
    if dtype is None:
        made = np.empty(count, object)
        made[:] = [*values, *([values[-1] if len(values) else b""] * (count - len(values)))]
        return made
    made = np.zeros(count, dtype)
    if len(values):
        made[: len(values)] = np.asarray(values).astype(dtype)
        made[len(values) :] = made[len(values) - 1]
    return made
