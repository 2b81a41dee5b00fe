"""The functions that layers are made of, under Keras' names (tf.keras.backend)."""

from addax.core.names import missing_name
from addax.keras.backend import experimental
from addax.keras.backend.arrays import (
    arange, batch_flatten, concatenate, constant, count_params, dtype, expand_dims, eye, flatten, foldl, foldr, gather,
    int_shape, is_keras_tensor, is_sparse, map_fn, ndim, one_hot, ones, ones_like, permute_dimensions, print_tensor,
    repeat, repeat_elements, reshape, resize_images, resize_volumes, reverse, shape, spatial_2d_padding,
    spatial_3d_padding, squeeze, stack, stop_gradient, temporal_padding, tile, to_dense, transpose, zeros, zeros_like,
)
from addax.keras.backend.elementwise import (
    abs, cast, cast_to_floatx, clip, cos, elu, equal, exp, greater, greater_equal, hard_sigmoid, less, less_equal, log,
    maximum, minimum, not_equal, pow, relu, round, sigmoid, sign, sin, softmax, softplus, softsign, sqrt, square, tanh,
)
from addax.keras.backend.layers import (
    batch_dot, batch_normalization, bias_add, binary_crossentropy, binary_focal_crossentropy, categorical_crossentropy,
    categorical_focal_crossentropy, conv1d, conv2d, conv2d_transpose, conv3d, depthwise_conv2d, dot, dropout, in_top_k,
    local_conv1d, local_conv2d, normalize_batch_in_training, pool2d, pool3d, separable_conv2d,
    sparse_categorical_crossentropy,
)
from addax.keras.backend.random import (
    random_bernoulli, random_binomial, random_normal, random_normal_variable, random_uniform, random_uniform_variable,
    truncated_normal,
)
from addax.keras.backend.reductions import (
    all, any, argmax, argmin, cumprod, cumsum, l2_normalize, max, mean, min, prod, std, sum, var,
)
from addax.keras.backend.rnn import rnn
from addax.keras.backend.state import (
    backend, batch_get_value, batch_set_value, clear_session, eval, function, get_uid, get_value, gradients,
    in_test_phase, in_train_phase, learning_phase, learning_phase_scope, manual_variable_initialization,
    moving_average_update, name_scope, placeholder, reset_uids, set_learning_phase, set_value, switch, update,
    update_add, update_sub, variable,
)
from addax.keras.config import (
    epsilon, floatx, image_data_format, set_epsilon, set_floatx, set_image_data_format,
)

__getattr__ = missing_name(__name__, globals())
