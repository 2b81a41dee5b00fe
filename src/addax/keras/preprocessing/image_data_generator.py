"""ImageDataGenerator: batches of pictures, standardized and changed at random."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.keras.config import floatx, image_data_format
from addax.keras.preprocessing.image_iterators import DataFrameIterator, DirectoryIterator, NumpyArrayIterator
from addax.keras.preprocessing.image_transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
)


class ImageDataGenerator:
    """Batches of pictures from arrays, folders or data frames, changed at random as they are read.

    Args:
        featurewise_center: take the mean of the data (of `fit`) away.
        samplewise_center: take each picture's mean away.
        featurewise_std_normalization: divide by the deviation of the data (of `fit`).
        samplewise_std_normalization: divide by each picture's deviation.
        zca_whitening: whiten by ZCA (of `fit`).
        zca_epsilon: for whitening.
        rotation_range: degrees of rotations either way.
        width_shift_range: shifts: a share of the width (below 1), columns, or a list of columns to choose from.
        height_shift_range: the same for rows.
        brightness_range: two factors of the brightness.
        shear_range: degrees of shears either way.
        zoom_range: two factors, or one number z for 1 - z to 1 + z.
        channel_shift_range: the largest number added or taken away.
        fill_mode: "constant", "nearest", "reflect" or "wrap", for places outside of the picture.
        cval: what is outside, for "constant".
        horizontal_flip: flip half of the pictures left to right.
        vertical_flip: flip half of the pictures upside down.
        rescale: a factor of all values.
        preprocessing_function: called with each picture before it is standardized.
        data_format: "channels_last" or "channels_first"; by default the setting.
        validation_split: the share of the samples kept for subset="validation".
        interpolation_order: of the spline of transforms.
        dtype: of the batches; `floatx()` by default.

    Raises:
        ValueError: a value out of range.

    >>> import numpy as np, addax as tf
    >>> generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=0.5)
    >>> x, y = next(generator.flow(np.ones((4, 2, 2, 1)), np.arange(4), batch_size=3, shuffle=False))
    >>> x.shape, float(x.max()), y.tolist()
    ((3, 2, 2, 1), 0.5, [0, 1, 2])
    """

    def __init__(
        self, featurewise_center: bool = False, samplewise_center: bool = False,
        featurewise_std_normalization: bool = False, samplewise_std_normalization: bool = False,
        zca_whitening: bool = False, zca_epsilon: float = 1e-6, rotation_range: float = 0,
        width_shift_range: Any = 0.0, height_shift_range: Any = 0.0, brightness_range: Any = None,
        shear_range: float = 0.0, zoom_range: Any = 0.0, channel_shift_range: float = 0.0, fill_mode: str = "nearest",
        cval: float = 0.0, horizontal_flip: bool = False, vertical_flip: bool = False, rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None, data_format: str | None = None,
        validation_split: float = 0.0, interpolation_order: int = 1, dtype: Any = None,
    ) -> None:  # fmt: skip
        data_format = data_format or image_data_format()
        if data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` '
                f"(channel before row and column). Received: {data_format}"
            )
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be strictly between 0 and 1.  Received: {validation_split}")
        if brightness_range is not None and (
            not isinstance(brightness_range, tuple | list) or len(brightness_range) != 2
        ):
            raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
        self.featurewise_center, self.samplewise_center = featurewise_center, samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range, self.channel_shift_range = (
            rotation_range,
            shear_range,
            channel_shift_range,
        )
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.brightness_range = brightness_range
        self.zoom_range = _two(zoom_range)
        self.fill_mode, self.cval, self.interpolation_order = fill_mode, cval, interpolation_order
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.dtype = dtype or floatx()
        self.data_format = data_format
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if data_format == "channels_first" else (3, 1, 2)
        self._validation_split = validation_split
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None
        self._settle()

    def _settle(self) -> None:
        """Settings that bring others with them."""
        if self.zca_whitening:
            self._override("zca_whitening", "featurewise_center", True)
            self._override("zca_whitening", "featurewise_std_normalization", False)
        if self.featurewise_std_normalization:
            self._override("featurewise_std_normalization", "featurewise_center", True)
        if self.samplewise_std_normalization:
            self._override("samplewise_std_normalization", "samplewise_center", True)

    def _override(self, setting: str, other: str, value: bool) -> None:
        if getattr(self, other) != value:
            setattr(self, other, value)
            warnings.warn(f"This ImageDataGenerator specifies `{setting}`, which overrides setting of `{other}`.")

    # ------------------------------------------------------------------ batches

    def flow(
        self, x: Any, y: Any = None, batch_size: int = 32, shuffle: bool = True, sample_weight: Any = None,
        seed: int | None = None, save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png",
        ignore_class_split: bool = False, subset: str | None = None,
    ) -> NumpyArrayIterator:  # fmt: skip
        """Batches of pictures in an array.

        Args:
            x: (samples, rows, columns, channels), or channels first; or (pictures, other inputs).
            y: the targets.
            batch_size: samples in a batch.
            shuffle: another order in each round.
            sample_weight: the weights.
            seed: of orders and changes.
            save_to_dir: a folder for the changed pictures.
            save_prefix: of their names.
            save_format: their suffix.
            ignore_class_split: do not check that both subsets have all classes.
            subset: "training" or "validation", by `validation_split`.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size=batch_size, shuffle=shuffle, sample_weight=sample_weight, seed=seed,
            data_format=self.data_format, save_to_dir=save_to_dir, save_prefix=save_prefix, save_format=save_format,
            ignore_class_split=ignore_class_split, subset=subset, dtype=self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self, directory: Any, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png", follow_links: bool = False,
        subset: str | None = None, interpolation: str = "nearest", keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:  # fmt: skip
        """Batches of the pictures in a folder with one folder for each class.

        Args:
            directory: the folder.
            target_size: (rows, columns) to resize to.
            color_mode: "rgb", "rgba" or "grayscale".
            classes: the folders in the order of their numbers; by default sorted.
            class_mode: "categorical" (one-hot), "binary" or "sparse" (numbers), "input" (the pictures), or None.
            batch_size: samples in a batch.
            shuffle: another order in each round.
            seed: of orders and changes.
            save_to_dir: a folder for the changed pictures.
            save_prefix: of their names.
            save_format: their suffix.
            follow_links: whether to look into linked folders.
            subset: "training" or "validation", by `validation_split`.
            interpolation: of Pillow.
            keep_aspect_ratio: crop the middle before resizing.
        """
        return DirectoryIterator(
            directory, self, target_size=target_size, color_mode=color_mode, classes=classes, class_mode=class_mode,
            batch_size=batch_size, shuffle=shuffle, seed=seed, data_format=self.data_format, save_to_dir=save_to_dir,
            save_prefix=save_prefix, save_format=save_format, follow_links=follow_links, subset=subset,
            interpolation=interpolation, keep_aspect_ratio=keep_aspect_ratio, dtype=self.dtype,
        )  # fmt: skip

    def flow_from_dataframe(
        self, dataframe: Any, directory: Any = None, x_col: str = "filename", y_col: Any = "class",
        weight_col: str | None = None, target_size: Any = (256, 256), color_mode: str = "rgb", classes: Any = None,
        class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        save_to_dir: Any = None, save_prefix: str = "", save_format: str = "png", subset: str | None = None,
        interpolation: str = "nearest", validate_filenames: bool = True, *, keep_aspect_ratio: bool = False,
        **kwargs: Any,
    ) -> DataFrameIterator:  # fmt: skip
        """Batches of pictures whose names and targets stand in a pandas data frame.

        Args:
            dataframe: the data frame.
            directory: where the names lead from; None for whole paths.
            x_col: the column of names.
            y_col: the column (or columns) of targets.
            weight_col: the column of weights.
            target_size: (rows, columns) to resize to.
            color_mode: "rgb", "rgba" or "grayscale".
            classes: the classes that are wanted, in the order of their numbers.
            class_mode: as for `flow_from_directory`, or "raw" (the column as it is) or "multi_output" (several).
            batch_size: samples in a batch.
            shuffle: another order in each round.
            seed: of orders and changes.
            save_to_dir: a folder for the changed pictures.
            save_prefix: of their names.
            save_format: their suffix.
            subset: "training" or "validation", by `validation_split`.
            interpolation: of Pillow.
            validate_filenames: leave rows out whose file is missing.
            keep_aspect_ratio: crop the middle before resizing, so that nothing is distorted.
            **kwargs: `has_ext`, `sort` and `drop_duplicates` of older versions, which do nothing any more.
        """
        for name in kwargs:
            if name not in ("has_ext", "sort", "drop_duplicates"):
                raise TypeError(f"flow_from_dataframe() got an unexpected keyword argument {name!r}")
            warnings.warn(f"flow_from_dataframe: `{name}` does nothing any more.", DeprecationWarning)
        return DataFrameIterator(
            dataframe, directory, self, x_col=x_col, y_col=y_col, weight_col=weight_col, target_size=target_size,
            color_mode=color_mode, classes=classes, class_mode="raw" if class_mode == "other" else class_mode,
            batch_size=batch_size, shuffle=shuffle, seed=seed, data_format=self.data_format, save_to_dir=save_to_dir,
            save_prefix=save_prefix, save_format=save_format, subset=subset, interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio, validate_filenames=validate_filenames, dtype=self.dtype,
        )  # fmt: skip

    # ------------------------------------------------------------------ changes

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """A picture (or batch) with the standardizations applied; the array itself is changed."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x -= self.mean
        if self.featurewise_std_normalization and self._fitted("featurewise_std_normalization", self.std):
            x /= self.std + 1e-6
        if self.zca_whitening and self._fitted("zca_whitening", self.zca_whitening_matrix):
            x = (x.reshape(-1, int(np.prod(x.shape[-3:]))) @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    @staticmethod
    def _fitted(setting: str, value: Any) -> bool:
        if value is None:
            warnings.warn(
                f"This ImageDataGenerator specifies `{setting}`, but it hasn't been fit on any training data. Fit it "
                "first by calling `.fit(numpy_data)`."
            )
        return value is not None

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """Numbers for `apply_transform`, drawn at random for a picture of this shape."""
        if seed is not None:
            np.random.seed(seed)
        rows, columns = img_shape[self.row_axis - 1], img_shape[self.col_axis - 1]
        made: dict[str, Any] = {"theta": _either_way(self.rotation_range)}
        made["tx"] = _shift(self.height_shift_range, rows)
        made["ty"] = _shift(self.width_shift_range, columns)
        made["shear"] = _either_way(self.shear_range)
        low, high = self.zoom_range
        made["zx"], made["zy"] = (1, 1) if low == high == 1 else np.random.uniform(low, high, 2)
        made["flip_horizontal"] = int((np.random.random() < 0.5) * self.horizontal_flip)
        made["flip_vertical"] = int((np.random.random() < 0.5) * self.vertical_flip)
        shift = self.channel_shift_range
        made["channel_shift_intensity"] = np.random.uniform(-shift, shift) if shift else None
        made["brightness"] = np.random.uniform(*self.brightness_range) if self.brightness_range is not None else None
        return made

    def apply_transform(self, x: np.ndarray, transform_parameters: dict[str, Any]) -> np.ndarray:
        """A picture changed by given numbers.

        Args:
            x: a picture of three axes.
            transform_parameters: "theta", "tx", "ty", "shear", "zx", "zy", "flip_horizontal", "flip_vertical",
                "channel_shift_intensity" and "brightness"; what is missing changes nothing.
        """
        get = transform_parameters.get
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x, get("theta", 0), get("tx", 0), get("ty", 0), get("shear", 0), get("zx", 1), get("zy", 1), row_axis=rows,
            col_axis=columns, channel_axis=channels, fill_mode=self.fill_mode, cval=self.cval,
            order=self.interpolation_order,
        )  # fmt: skip
        if get("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, get("channel_shift_intensity"), channels)  # type: ignore[arg-type]
        if get("flip_horizontal", False):
            x = flip_axis(x, columns)
        if get("flip_vertical", False):
            x = flip_axis(x, rows)
        if get("brightness") is not None:
            x = apply_brightness_shift(x, get("brightness"), False)  # type: ignore[arg-type]
        return x

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """A picture changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Take mean, deviation and whitening from data, as far as the settings ask for them.

        Args:
            x: pictures (samples, rows, columns, channels), or channels first.
            augment: whether to change them at random first.
            rounds: how often all are changed, if so.
            seed: of the changes.

        Raises:
            ValueError: not four axes.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        if x.shape[self.channel_axis] not in (1, 3, 4):
            warnings.warn(
                f'Expected input to be images following the data format convention "{self.data_format}" (channels on '
                f"axis {self.channel_axis}), i.e. expected either 1, 3 or 4 channels there; it has shape {x.shape}."
            )
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([self.random_transform(picture) for _ in range(rounds) for picture in x])
        axes = (0, self.row_axis, self.col_axis)
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = x.shape[self.channel_axis]
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes).reshape(shape)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes).reshape(shape)
            x /= self.std + 1e-6
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))) @ u.T


def _two(zoom_range: Any) -> list[float]:
    if isinstance(zoom_range, int | float):
        return [1 - zoom_range, 1 + zoom_range]
    if len(zoom_range) == 2 and all(isinstance(value, int | float) for value in zoom_range):
        return list(zoom_range)
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}")


def _either_way(most: float) -> float:
    return np.random.uniform(-most, most) if most else 0


def _shift(given: Any, size: int) -> float:
    """A shift: chosen from a list or from whole numbers, or drawn; shares below 1 are of `size`."""
    if isinstance(given, int | float) and not given:
        return 0
    if isinstance(given, float):
        made = np.random.uniform(-given, given)
    else:
        made = np.random.choice(given) * np.random.choice([-1, 1])
    return made * size if np.max(given) < 1 else made
