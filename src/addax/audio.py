"""`tf.audio`: WAV files in memory."""

from addax.core.names import missing_name
from addax.ops.audio import decode_wav as decode_wav
from addax.ops.audio import encode_wav as encode_wav

__getattr__ = missing_name(__name__, globals())
