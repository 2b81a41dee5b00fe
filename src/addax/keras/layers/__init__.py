"""Layers."""

from addax.core.names import missing_name
from addax.keras import registry
from addax.keras.layers.activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU
from addax.keras.layers.adaptive_pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from addax.keras.layers.attention import AdditiveAttention, Attention
from addax.keras.layers.base import Layer
from addax.keras.layers.batch_normalization import BatchNormalization
from addax.keras.layers.bidirectional import Bidirectional
from addax.keras.layers.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from addax.keras.layers.convolution import Conv1D, Conv2D, Conv3D
from addax.keras.layers.convolution_transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from addax.keras.layers.core import Activation, ActivityRegularization, Identity, Masking
from addax.keras.layers.dense import Dense
from addax.keras.layers.depthwise_convolution import DepthwiseConv1D, DepthwiseConv2D
from addax.keras.layers.dropout import (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from addax.keras.layers.einsum_dense import EinsumDense
from addax.keras.layers.embedding import Embedding
from addax.keras.layers.group_query_attention import GroupQueryAttention
from addax.keras.layers.gru import GRU, GRUCell
from addax.keras.layers.input_layer import Input, InputLayer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.lambda_layer import Lambda
from addax.keras.layers.layer_normalization import (
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from addax.keras.layers.locally_connected import LocallyConnected1D, LocallyConnected2D
from addax.keras.layers.lookup import deserialize, serialize
from addax.keras.layers.lstm import LSTM, LSTMCell
from addax.keras.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from addax.keras.layers.multi_head_attention import MultiHeadAttention
from addax.keras.layers.op_layer import TFOpLambda
from addax.keras.layers.padding import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from addax.keras.layers.pipeline import Pipeline
from addax.keras.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from addax.keras.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from addax.keras.layers.reversible_embedding import ReversibleEmbedding
from addax.keras.layers.rnn import RNN, AbstractRNNCell
from addax.keras.layers.separable_convolution import SeparableConv1D, SeparableConv2D
from addax.keras.layers.simple_rnn import SimpleRNN, SimpleRNNCell
from addax.keras.layers.spectral_normalization import SpectralNormalization
from addax.keras.layers.stacked_cells import StackedRNNCells
from addax.keras.layers.time_distributed import TimeDistributed
from addax.keras.layers.upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from addax.keras.layers.wrapper import Wrapper

AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
)
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D
Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
Convolution1DTranspose, Convolution2DTranspose, Convolution3DTranspose = (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D

# They take a fifth of the time of an import, and few programs need them.
_PREPARING = (
    "AugMix", "AutoContrast", "CategoryEncoding", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization",
    "CutMix", "Discretization", "Equalization", "HashedCrossing", "Hashing", "IntegerLookup", "MaxNumBoundingBoxes",
    "MelSpectrogram", "MixUp", "Normalization", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomWidth", "RandomZoom", "Rescaling", "Resizing", "Solarization", "STFTSpectrogram",
    "StringLookup", "TextVectorization",
)  # fmt: skip
_LATER = {name: f"addax.keras.layers.preprocessing:{name}" for name in _PREPARING} | {
    "TFSMLayer": "addax.keras.layers.saved_model_layer:TFSMLayer",
    "FlaxLayer": "addax.keras.layers.flax_layer:FlaxLayer",
    "JaxLayer": "addax.keras.layers.jax_layer:JaxLayer",
    "DenseFeatures": "addax.keras.layers.feature_columns.layers:DenseFeatures",
    "experimental": "addax.keras.layers.experimental",
}
__getattr__ = missing_name(__name__, globals(), _LATER)
registry.when_missing(lambda: [__getattr__(name) for name in _LATER])
