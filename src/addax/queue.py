"""`tf.queue`: queues that threads share."""

from addax.core.names import missing_name
from addax.ops.queues import FIFOQueue, PaddingFIFOQueue, PriorityQueue, QueueBase, RandomShuffleQueue

__getattr__ = missing_name(__name__, globals())
