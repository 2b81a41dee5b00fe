"""`tf.train.Example` and its parts: records of named features, byte for byte as TensorFlow's protocol buffers.

Schema: tensorflow/core/example/example.proto and feature.proto.
"""

from __future__ import annotations

from addax.formats.declared_message import DecodeError, Message

__all__ = [
    "BytesList",
    "DecodeError",
    "Example",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
]


class BytesList(Message):
    """A list of byte strings: `BytesList(value=[b"a"])`.

    >>> import addax as tf
    >>> tf.train.BytesList(value=[b"a"]).value
    [b'a']
    """

    _fields = {"value": (1, "bytes")}


class FloatList(Message):
    """A list of float32: `FloatList(value=[0.5])`.

    >>> import addax as tf
    >>> tf.train.FloatList(value=[0.5]).value
    [0.5]
    """

    _fields = {"value": (1, "float")}


class Int64List(Message):
    """A list of int64: `Int64List(value=[1])`.

    >>> import addax as tf
    >>> tf.train.Int64List(value=[1, 2]).value
    [1, 2]
    """

    _fields = {"value": (1, "int64")}


class Feature(Message):
    """One feature: exactly one of `bytes_list`, `float_list` and `int64_list`.

    >>> import addax as tf
    >>> tf.train.Feature(int64_list=tf.train.Int64List(value=[1])).WhichOneof("kind")
    'int64_list'
    """

    _fields = {"bytes_list": (1, BytesList), "float_list": (2, FloatList), "int64_list": (3, Int64List)}
    _oneof = "kind"


class Features(Message):
    """Features by name: `Features(feature={"label": Feature(...)})`.

    >>> import addax as tf
    >>> label = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    >>> tf.train.Features(feature={"label": label}).feature["label"].int64_list.value
    [1]
    """

    _fields = {"feature": (1, ("map", Feature))}


class Example(Message):
    """A record of named features.

    Args:
        features: a Features message.

    Example:
        >>> from addax.formats.example import Example, Feature, Features, Int64List
        >>> example = Example(features=Features(feature={"label": Feature(int64_list=Int64List(value=[3]))}))
        >>> data = example.SerializeToString()
        >>> Example.FromString(data).features.feature["label"].int64_list.value
        [3]
    """

    _fields = {"features": (1, Features)}


class FeatureList(Message):
    """Features in sequence: `FeatureList(feature=[Feature(...), ...])`.

    >>> import addax as tf
    >>> words = tf.train.FeatureList(feature=[tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"a"]))])
    >>> len(words.feature)
    1
    """

    _fields = {"feature": (1, ("repeated", Feature))}


class FeatureLists(Message):
    """Sequences of features by name: `FeatureLists(feature_list={"words": FeatureList(...)})`.

    >>> import addax as tf
    >>> words = tf.train.FeatureList(feature=[tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"a"]))])
    >>> list(tf.train.FeatureLists(feature_list={"words": words}).feature_list)
    ['words']
    """

    _fields = {"feature_list": (1, ("map", FeatureList))}


class SequenceExample(Message):
    """A record of features of the whole (`context`) and of features at each step (`feature_lists`).

    >>> import addax as tf
    >>> label = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    >>> record = tf.train.SequenceExample(context=tf.train.Features(feature={"label": label}))
    >>> tf.train.SequenceExample.FromString(record.SerializeToString()) == record
    True
    """

    _fields = {"context": (1, Features), "feature_lists": (2, FeatureLists)}
