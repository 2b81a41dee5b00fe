"""The order of configs' entries, as files of Keras 2 have it."""

import pytest

from addax import keras

L = keras.layers
CONV = (
    "filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer "
    "bias_initializer kernel_regularizer bias_regularizer activity_regularizer kernel_constraint bias_constraint"
)
DEPTHWISE = (
    "kernel_size strides padding data_format dilation_rate groups activation use_bias bias_initializer "
    "bias_regularizer activity_regularizer bias_constraint depth_multiplier depthwise_initializer "
    "depthwise_regularizer depthwise_constraint"
)
RNN = "return_sequences return_state go_backwards stateful unroll time_major"
CELL = (
    "kernel_initializer recurrent_initializer bias_initializer{} kernel_regularizer recurrent_regularizer "
    "bias_regularizer{} kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout"
)
ORDERS = [
    (lambda: L.Dense(1), "units activation use_bias " + CONV.partition("use_bias ")[2]),
    (lambda: L.Conv2D(1, 1), CONV),
    (lambda: L.Conv1DTranspose(1, 1), CONV + " output_padding"),
    (lambda: L.DepthwiseConv2D(1), DEPTHWISE),
    (
        lambda: L.SeparableConv1D(1, 1),
        CONV + " depth_multiplier depthwise_initializer pointwise_initializer depthwise_regularizer "
        "pointwise_regularizer depthwise_constraint pointwise_constraint",
    ),
    (
        lambda: L.LSTM(1),
        f"{RNN} units activation recurrent_activation use_bias "
        + CELL.format(" unit_forget_bias", " activity_regularizer")
        + " implementation",
    ),
    (
        lambda: L.GRUCell(1),
        "units activation recurrent_activation use_bias " + CELL.format("", "") + " implementation reset_after",
    ),
    (
        lambda: L.ConvLSTM2D(1, 1),
        f"{RNN} filters kernel_size strides padding data_format dilation_rate activation recurrent_activation use_bias "
        + CELL.format(" unit_forget_bias", " activity_regularizer"),
    ),
    (
        lambda: L.BatchNormalization(),
        "axis momentum epsilon center scale beta_initializer gamma_initializer moving_mean_initializer "
        "moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint",
    ),
    (
        lambda: L.GroupNormalization(),
        "groups axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer "
        "beta_constraint gamma_constraint",
    ),
    (lambda: L.MaxPooling2D(), "pool_size padding strides data_format"),
    (lambda: L.AveragePooling1D(), "strides pool_size padding data_format"),
    (
        lambda: L.MultiHeadAttention(1, 1),
        "num_heads key_dim value_dim dropout use_bias output_shape attention_axes kernel_initializer bias_initializer "
        "kernel_regularizer bias_regularizer activity_regularizer kernel_constraint bias_constraint query_shape "
        "key_shape value_shape softmax_robust_masking",
    ),
    (lambda: L.RandomZoom(0.1), "rng_type height_factor width_factor fill_mode fill_value interpolation seed"),
    (lambda: L.RandomFlip(), "rng_type mode seed"),
    (
        lambda: L.IntegerLookup(),
        "invert max_tokens num_oov_indices oov_token mask_token output_mode sparse pad_to_max_tokens vocabulary_dtype "
        "idf_weights vocabulary vocabulary_size",
    ),
]


@pytest.mark.parametrize(("make", "expected"), ORDERS, ids=[order.partition(" ")[2][:30] for _, order in ORDERS])
def test_layers(make, expected):
    layer = make()
    assert list(layer.get_config()) == ["name", "trainable", "dtype", *expected.split()]
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_metrics_and_older_optimizers():
    assert list(keras.metrics.MeanIoU(2).get_config())[:3] == ["num_classes", "name", "dtype"]
    one_hot = keras.metrics.OneHotIoU(2, [0]).get_config()
    assert list(one_hot)[:4] == ["num_classes", "target_class_ids", "name", "dtype"]
    older = list(keras.optimizers.legacy.Ftrl().get_config())
    assert older[3:5] == ["initial_accumulator_value", "learning_rate_power"] and older[-2] == "beta"
