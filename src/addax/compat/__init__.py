"""``tf.compat``, and what lets programs written for TensorFlow run on Addax (`alias`, `launcher`)."""

import addax as v2  # `import tensorflow.compat.v2 as tf` is Addax itself
from addax.compat.text import as_bytes, as_str, as_str_any, as_text, path_to_str
from addax.core.names import missing_name

bytes_or_text_types = (bytes, str)

__getattr__ = missing_name(__name__, globals(), {"v1": "addax.compat.v1"})
