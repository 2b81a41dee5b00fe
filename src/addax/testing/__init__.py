"""Harnesses for testing layers, optimizers, datasets and gradients of one's own, as Addax tests its own.

Each runs many checks and raises one AssertionError that lists all that failed; what is returned are the names of the
checks that were made.
"""

from addax.testing.datasets import check_dataset
from addax.testing.gradients import check_gradients
from addax.testing.layers import check_layer
from addax.testing.optimizers import check_optimizer
from addax.testing.tracing import trace_count
