"""Layers that prepare data: numbers, categories, texts, images."""

from addax.keras.layers.preprocessing.augmentation_policies import AugMix, RandAugment
from addax.keras.layers.preprocessing.base import PreprocessingLayer
from addax.keras.layers.preprocessing.bounding_box_count import MaxNumBoundingBoxes
from addax.keras.layers.preprocessing.category_encoding import CategoryEncoding
from addax.keras.layers.preprocessing.color_adjustments import (
    RandomColorDegeneration,
    RandomColorJitter,
    RandomGrayscale,
    RandomHue,
    RandomSaturation,
)
from addax.keras.layers.preprocessing.color_images import (
    AutoContrast,
    RandomInvert,
    RandomPosterization,
    Solarization,
)
from addax.keras.layers.preprocessing.discretization import Discretization
from addax.keras.layers.preprocessing.filtered_images import (
    ContrastLimitedAdaptiveHistogramEqualization,
    Equalization,
    RandomGaussianBlur,
    RandomSharpness,
)
from addax.keras.layers.preprocessing.hashing import HashedCrossing, Hashing
from addax.keras.layers.preprocessing.mixed_images import CutMix, MixUp, RandomErasing
from addax.keras.layers.preprocessing.normalization import Normalization
from addax.keras.layers.preprocessing.random_images import (
    RandomBrightness,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomHeight,
    RandomRotation,
    RandomTranslation,
    RandomWidth,
    RandomZoom,
)
from addax.keras.layers.preprocessing.rescaling import CenterCrop, Rescaling, Resizing
from addax.keras.layers.preprocessing.spectrograms import MelSpectrogram, STFTSpectrogram
from addax.keras.layers.preprocessing.string_lookup import IntegerLookup, StringLookup
from addax.keras.layers.preprocessing.text_vectorization import TextVectorization
from addax.keras.layers.preprocessing.warped_images import RandomElasticTransform, RandomPerspective, RandomShear
