"""`tf.profiler`: record what the machine does, for TensorBoard's profile view."""

from types import SimpleNamespace

from addax.core import profiler as _profiler
from addax.core.names import missing_name

experimental = SimpleNamespace(
    Profile=_profiler.Profile,
    ProfilerOptions=_profiler.ProfilerOptions,
    Trace=_profiler.Trace,
    server=SimpleNamespace(start=_profiler.start_server),
    start=_profiler.start,
    stop=_profiler.stop,
)

__getattr__ = missing_name(__name__, globals())
