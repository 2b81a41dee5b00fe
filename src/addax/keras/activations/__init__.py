"""Activation functions."""

from addax.core.names import missing_name
from addax.keras.activations.functions import (
    celu,
    elu,
    exponential,
    gelu,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    linear,
    log_sigmoid,
    log_softmax,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    swish,
    tanh,
)
from addax.keras.activations.lookup import deserialize, get, serialize
from addax.keras.activations.sparse import (
    glu,
    hard_shrink,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh_shrink,
    threshold,
)

silu = swish
hard_swish = hard_silu

__getattr__ = missing_name(__name__, globals())
