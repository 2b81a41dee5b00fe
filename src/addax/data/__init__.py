"""tf.data: pipelines that feed training."""

from addax.core.names import missing_name as _missing_name
from addax.data.arguments import AUTOTUNE as AUTOTUNE
from addax.data.dataset import Dataset as Dataset
from addax.data.file_datasets import FixedLengthRecordDataset as FixedLengthRecordDataset
from addax.data.file_datasets import TextLineDataset as TextLineDataset
from addax.data.file_datasets import TFRecordDataset as TFRecordDataset
from addax.data.iterator import Iterator as Iterator
from addax.data.iterator import NumpyIterator as NumpyIterator
from addax.data.node import INFINITE as INFINITE_CARDINALITY
from addax.data.node import UNKNOWN as UNKNOWN_CARDINALITY
from addax.data.options import Options as Options
from addax.data.options import ThreadingOptions as ThreadingOptions
from addax.data.spec import DatasetSpec as DatasetSpec
from addax.data.spec import IteratorSpec as IteratorSpec

__getattr__ = _missing_name(__name__, globals(), {"experimental": "addax.data.experimental"})
