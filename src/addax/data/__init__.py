"""tf.data: pipelines that feed training."""

from addax.core.names import missing_name as _missing_name
from addax.data.arguments import AUTOTUNE as AUTOTUNE
from addax.data.dataset import INFINITE_CARDINALITY as INFINITE_CARDINALITY
from addax.data.dataset import UNKNOWN_CARDINALITY as UNKNOWN_CARDINALITY
from addax.data.dataset import Dataset as Dataset
from addax.data.iterator import Iterator as Iterator
from addax.data.iterator import NumpyIterator as NumpyIterator
from addax.data.spec import DatasetSpec as DatasetSpec
from addax.data.spec import IteratorSpec as IteratorSpec

__getattr__ = _missing_name(__name__, globals())
