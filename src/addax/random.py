"""`tf.random`: random numbers."""

from types import SimpleNamespace as _Namespace

from addax.core.names import missing_name
from addax.ops import random as _draws
from addax.ops.candidate_sampling import all_candidate_sampler as all_candidate_sampler
from addax.ops.candidate_sampling import fixed_unigram_candidate_sampler as fixed_unigram_candidate_sampler
from addax.ops.candidate_sampling import learned_unigram_candidate_sampler as learned_unigram_candidate_sampler
from addax.ops.candidate_sampling import log_uniform_candidate_sampler as log_uniform_candidate_sampler
from addax.ops.candidate_sampling import uniform_candidate_sampler as uniform_candidate_sampler
from addax.ops.random import categorical as categorical
from addax.ops.random import gamma as gamma
from addax.ops.random import normal as normal
from addax.ops.random import poisson as poisson
from addax.ops.random import set_seed as set_seed
from addax.ops.random import shuffle as shuffle
from addax.ops.random import stateless_binomial as stateless_binomial
from addax.ops.random import stateless_categorical as stateless_categorical
from addax.ops.random import stateless_gamma as stateless_gamma
from addax.ops.random import stateless_normal as stateless_normal
from addax.ops.random import stateless_parameterized_truncated_normal as stateless_parameterized_truncated_normal
from addax.ops.random import stateless_poisson as stateless_poisson
from addax.ops.random import stateless_truncated_normal as stateless_truncated_normal
from addax.ops.random import stateless_uniform as stateless_uniform
from addax.ops.random import truncated_normal as truncated_normal
from addax.ops.random import uniform as uniform
from addax.ops.random_generator import Algorithm as Algorithm
from addax.ops.random_generator import Generator as Generator
from addax.ops.random_generator import create_rng_state as create_rng_state
from addax.ops.random_generator import get_global_generator as get_global_generator
from addax.ops.random_generator import set_global_generator as set_global_generator
from addax.ops.random_seeds import fold_in as fold_in
from addax.ops.random_seeds import split as split

experimental = _Namespace(
    Algorithm=Algorithm,
    Generator=Generator,
    create_rng_state=create_rng_state,
    get_global_generator=get_global_generator,
    index_shuffle=_draws.index_shuffle,
    set_global_generator=set_global_generator,
    stateless_fold_in=fold_in,
    stateless_shuffle=_draws.stateless_shuffle,
    stateless_split=split,
)

__getattr__ = missing_name(__name__, globals())
