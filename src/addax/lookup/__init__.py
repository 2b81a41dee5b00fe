"""`tf.lookup`: tables of values by key."""

from addax.core.names import missing_name
from addax.lookup import experimental as experimental
from addax.ops.lookup_tables import KeyValueTensorInitializer as KeyValueTensorInitializer
from addax.ops.lookup_tables import StaticHashTable as StaticHashTable
from addax.ops.lookup_tables import StaticVocabularyTable as StaticVocabularyTable
from addax.ops.lookup_tables import TextFileIndex as TextFileIndex
from addax.ops.lookup_tables import TextFileInitializer as TextFileInitializer

__getattr__ = missing_name(__name__, globals())
