"""Batches of pictures from arrays, folders and data frames, changed at random by an ImageDataGenerator."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator as Iteration
from typing import Any

import numpy as np

from addax.keras.config import floatx, image_data_format
from addax.keras.data_sequence import Sequence
from addax.keras.image_files import img_to_array, load_img, save_img
from addax.keras.progress import print_message

_CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}
_SUBSETS = ("training", "validation")


class Iterator(Sequence):
    """Batches of samples by number, for ever; a subclass makes them.

    Args:
        n: the number of samples.
        batch_size: samples in a batch.
        shuffle: another order in each round.
        seed: of orders and changes.

    >>> import numpy as np
    >>> from addax import keras
    >>> maker = keras.preprocessing.image.ImageDataGenerator()
    >>> isinstance(maker.flow(np.zeros((5, 8, 8, 3))), keras.preprocessing.image.Iterator)
    True
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None) -> None:
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: np.ndarray | None = None

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def __getitem__(self, idx: int) -> Any:
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        self._seed()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        return self._get_batches_of_transformed_samples(self._rows(idx * self.batch_size))

    def _rows(self, first: int) -> np.ndarray:
        return self.index_array[first : first + self.batch_size]  # type: ignore[index]

    def _seed(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def on_epoch_end(self) -> None:
        """Take another order."""
        self._set_index_array()

    def reset(self) -> None:
        """Start over."""
        self.batch_index = 0

    def __iter__(self) -> Iteration[Any]:
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self) -> Any:
        """The next batch; after the last of a round the first of the next."""
        with self.lock:
            self._seed()
            if self.batch_index == 0:
                self._set_index_array()
            first = (self.batch_index * self.batch_size) % self.n if self.n else 0
            self.batch_index = self.batch_index + 1 if self.n > first + self.batch_size else 0
            self.total_batches_seen += 1
            rows = self._rows(first)
        return self._get_batches_of_transformed_samples(rows)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        raise NotImplementedError(f"{type(self).__name__}: define _get_batches_of_transformed_samples(index_array).")

    def _save(self, batch: np.ndarray, rows: np.ndarray, data_format: str) -> None:
        """Write the pictures of a batch, to be looked at."""
        if not self.save_to_dir:  # type: ignore[attr-defined]
            return
        for row, picture in zip(rows, batch, strict=True):
            name = f"{self.save_prefix}_{row}_{np.random.randint(10**7)}.{self.save_format}"  # type: ignore[attr-defined]
            save_img(os.path.join(self.save_to_dir, name), picture, data_format=data_format)  # type: ignore[attr-defined]


def _changed(generator: Any, x: np.ndarray, dtype: Any) -> np.ndarray:
    x = generator.apply_transform(x.astype(dtype), generator.get_random_transform(x.shape))
    return generator.standardize(x)


class NumpyArrayIterator(Iterator):
    """Batches of pictures in an array; what `ImageDataGenerator.flow` returns.

    >>> import numpy as np
    >>> from addax import keras
    >>> batches = keras.preprocessing.image.ImageDataGenerator().flow(np.zeros((5, 8, 8, 3)), batch_size=2)
    >>> len(batches), next(batches).shape
    (3, (2, 8, 8, 3))
    """

    def __init__(
        self, x: Any, y: Any, image_data_generator: Any, batch_size: int = 32, shuffle: bool = False,
        sample_weight: Any = None, seed: int | None = None, data_format: str | None = None, save_to_dir: Any = None,
        save_prefix: str = "", save_format: str = "png", subset: str | None = None, ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        self.dtype = dtype or floatx()
        self.data_format = data_format or image_data_format()
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        others: list[np.ndarray] = []
        if isinstance(x, list | tuple):
            others = [np.asarray(part) for part in (x[1] if isinstance(x[1], list) else [x[1]])]
            x = x[0]
        for name, value in [("x[1]", part) for part in others] + [("y", y), ("sample_weight", sample_weight)]:
            if value is not None and len(value) != len(x):
                raise ValueError(
                    f"`x` (images tensor) and `{name}` should have the same length. Found: {len(x)} and {len(value)}"
                )
        part = self._part(len(x), y, subset, ignore_class_split)
        self.x = np.asarray(x[part], dtype=self.dtype)
        self.x_misc = [each[part] for each in others]
        self.y = None if y is None else np.asarray(y)[part]
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[part]
        if self.x.ndim != 4:
            raise ValueError(
                f"Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape {self.x.shape}"
            )
        axis = 3 if self.data_format == "channels_last" else 1
        if self.x.shape[axis] not in (1, 3, 4):
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels there; the array has shape {self.x.shape}."
            )
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _part(self, count: int, y: Any, subset: str | None, ignore_classes: bool) -> slice:
        if subset is None:
            return slice(None)
        if subset not in _SUBSETS:
            raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
        border = int(count * self.image_data_generator._validation_split)
        if y is not None and not ignore_classes and not np.array_equal(np.unique(y[:border]), np.unique(y[border:])):
            raise ValueError(
                "Training and validation subsets have different number of classes after the split. If your numpy "
                "arrays are sorted by the label, you might want to shuffle them."
            )
        return slice(None, border) if subset == "validation" else slice(border, None)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        batch = np.zeros((len(index_array), *self.x.shape[1:]), self.dtype)
        for i, row in enumerate(index_array):
            batch[i] = _changed(self.image_data_generator, self.x[row], self.dtype)
        self._save(batch, index_array, self.data_format)
        x = [batch, *[part[index_array] for part in self.x_misc]] if self.x_misc else batch
        if self.y is None:
            return x
        if self.sample_weight is None:
            return x, self.y[index_array]
        return x, self.y[index_array], self.sample_weight[index_array]


class _Files(Iterator):
    """Batches of pictures in files."""

    class_mode: str | None
    classes: Any
    class_indices: dict[str, int]
    filenames: list[str]
    _filepaths: list[str]
    _sample_weight: Any = None

    def set_processing_attrs(
        self, image_data_generator: Any, target_size: Any, color_mode: str, data_format: str, save_to_dir: Any,
        save_prefix: str, save_format: str, subset: str | None, interpolation: str, keep_aspect_ratio: bool,
    ) -> None:  # fmt: skip
        """Set how pictures are read and changed."""
        if color_mode not in _CHANNELS:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        if subset is not None and subset not in _SUBSETS:
            raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation"')
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.color_mode, self.data_format = color_mode, data_format
        channels = (_CHANNELS[color_mode],)
        last = data_format == "channels_last"
        self.image_shape = self.target_size + channels if last else channels + self.target_size
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.interpolation, self.keep_aspect_ratio, self.subset = interpolation, keep_aspect_ratio, subset
        share = image_data_generator._validation_split if subset else 0.0
        self.split = None if subset is None else (0.0, share) if subset == "validation" else (share, 1.0)

    @property
    def filepaths(self) -> list[str]:
        """The paths of all files."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """The label of each file."""
        return self.classes

    @property
    def sample_weight(self) -> Any:
        """The weight of each file, or None."""
        return self._sample_weight

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        batch = np.zeros((len(index_array), *self.image_shape), self.dtype)  # type: ignore[attr-defined]
        for i, row in enumerate(index_array):
            picture = load_img(
                self.filepaths[row], color_mode=self.color_mode, target_size=self.target_size,
                interpolation=self.interpolation, keep_aspect_ratio=self.keep_aspect_ratio,
            )  # fmt: skip
            x = img_to_array(picture, data_format=self.data_format)
            batch[i] = x if self.image_data_generator is None else _changed(self.image_data_generator, x, x.dtype)
        self._save(batch, index_array, self.data_format)
        if self.class_mode is None:
            return batch
        y = self._targets_of(index_array, batch)
        weights = self.sample_weight
        return (batch, y) if weights is None else (batch, y, weights[index_array])

    def _targets_of(self, rows: np.ndarray, batch: np.ndarray) -> Any:
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode == "multi_output":
            return [output[rows] for output in self.labels]
        if self.class_mode == "raw":
            return self.labels[rows]
        if self.class_mode == "categorical":
            made = np.zeros((len(batch), len(self.class_indices)), self.dtype)  # type: ignore[attr-defined]
            for i, row in enumerate(rows):
                made[i, self.classes[row]] = 1.0
            return made
        return np.array([self.classes[row] for row in rows], self.dtype)  # type: ignore[attr-defined]


class DirectoryIterator(_Files):
    """Batches of pictures in a folder with a folder for each class; what `flow_from_directory` returns."""

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self, directory: Any, image_data_generator: Any, target_size: Any = (256, 256), color_mode: str = "rgb",
        classes: Any = None, class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True,
        seed: int | None = None, data_format: str | None = None, save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png", follow_links: bool = False, subset: str | None = None, interpolation: str = "nearest",
        keep_aspect_ratio: bool = False, dtype: Any = None,
    ) -> None:  # fmt: skip
        self.set_processing_attrs(
            image_data_generator, target_size, color_mode, data_format or image_data_format(), save_to_dir, save_prefix,
            save_format, subset, interpolation, keep_aspect_ratio,
        )  # fmt: skip
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}")
        self.directory, self.class_mode, self.dtype = os.fspath(directory), class_mode, dtype or floatx()
        names = list(classes or [])
        if not names:
            inside = sorted(os.listdir(self.directory))
            names = [name for name in inside if os.path.isdir(os.path.join(self.directory, name))]
        self.num_classes = len(names)
        self.class_indices = dict(zip(names, range(len(names)), strict=True))
        self.filenames, numbers = [], []
        for name in names:
            found = self._files_of(os.path.join(self.directory, name), follow_links)
            self.filenames += found
            numbers += [self.class_indices[name]] * len(found)
        self.samples = len(self.filenames)
        self.classes = np.array(numbers, np.int32)
        print_message(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files_of(self, folder: str, follow_links: bool) -> list[str]:
        """The pictures below a class's folder, by name; of a subset, its share of them."""
        found = []
        for place, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0]):
            for name in sorted(names):
                if name.lower().endswith(self.white_list_formats):
                    found.append(os.path.relpath(os.path.join(place, name), self.directory))
        if self.split is not None:
            found = found[int(self.split[0] * len(found)) : int(self.split[1] * len(found))]
        return found


class DataFrameIterator(_Files):
    """Batches of pictures whose names and targets stand in a data frame; what `flow_from_dataframe` returns."""

    allowed_class_modes = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    def __init__(
        self, dataframe: Any, directory: Any = None, image_data_generator: Any = None, x_col: str = "filename",
        y_col: Any = "class", weight_col: str | None = None, target_size: Any = (256, 256), color_mode: str = "rgb",
        classes: Any = None, class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True,
        seed: int | None = None, data_format: str = "channels_last", save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png", subset: str | None = None, interpolation: str = "nearest",
        keep_aspect_ratio: bool = False, dtype: Any = "float32", validate_filenames: bool = True,
    ) -> None:  # fmt: skip
        self.set_processing_attrs(
            image_data_generator, target_size, color_mode, data_format, save_to_dir, save_prefix, save_format, subset,
            interpolation, keep_aspect_ratio,
        )  # fmt: skip
        self.directory, self.class_mode, self.dtype = os.fspath(directory or ""), class_mode, dtype
        self._check(dataframe, x_col, y_col, weight_col, classes)
        rows = dataframe.copy()
        if validate_filenames:
            rows = self._existing(rows, x_col)
        by_class = class_mode in ("binary", "categorical", "sparse")
        if by_class:
            rows, names = _of_classes(rows, y_col, classes)
            self.class_indices = dict(zip(names, range(len(names)), strict=True))
        if self.split is not None:
            rows = rows.iloc[int(self.split[0] * len(rows)) : int(self.split[1] * len(rows))]
        if by_class:
            self.classes = [
                [self.class_indices[each] for each in label]
                if isinstance(label, list | tuple)
                else self.class_indices[label]
                for label in rows[y_col]
            ]
        elif class_mode == "multi_output":
            self.classes = [np.array(rows[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self.classes = rows[y_col].to_numpy()
        self.filenames = rows[x_col].tolist()
        self._sample_weight = rows[weight_col].to_numpy() if weight_col else None
        self.samples = len(self.filenames)
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        ending = f" belonging to {len(self.class_indices)} classes." if by_class else "."
        kind = "validated" if validate_filenames else "non-validated"
        print_message(f"Found {self.samples} {kind} image filenames{ending}")
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _check(self, rows: Any, x_col: str, y_col: Any, weight_col: str | None, classes: Any) -> None:
        mode = self.class_mode
        if mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {mode}; expected one of: {self.allowed_class_modes}")
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.')
        if not all(isinstance(name, str) for name in rows[x_col]):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")
        kinds = {"binary": (str,), "sparse": (str,), "categorical": (str, list, tuple)}.get(mode or "")
        if kinds and not all(isinstance(label, kinds) for label in rows[y_col]):
            words = ", ".join(kind.__name__ for kind in kinds)
            raise TypeError(f'If class_mode="{mode}", y_col="{y_col}" column values must be of type {words}.')
        if mode == "binary":
            count = len(set(classes)) if classes else rows[y_col].nunique()
            if count != 2:
                raise ValueError(f'If class_mode="binary" there must be 2 classes. Found {count} classes.')
        if classes and kinds is None:
            warnings.warn(f'`classes` will be ignored given the class_mode="{mode}"')
        if weight_col and rows[weight_col].dtype.kind not in "iuf":
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")

    def _existing(self, rows: Any, x_col: str) -> Any:
        paths = [os.path.join(self.directory, name) for name in rows[x_col]]
        good = np.array([p.lower().endswith(self.white_list_formats) and os.path.isfile(p) for p in paths], bool)
        if not good.all():
            warnings.warn(
                f'Found {(~good).sum()} invalid image filename(s) in x_col="{x_col}". These filename(s) will be '
                "ignored."
            )
        return rows[good]


def _of_classes(rows: Any, y_col: str, classes: Any) -> tuple[Any, list[str]]:
    """The rows of the classes that are wanted, and the classes in order."""
    if not classes:
        labels = [each for label in rows[y_col] for each in (label if isinstance(label, list | tuple) else [label])]
        return rows.dropna(subset=[y_col]), sorted(set(labels))
    wanted = list(dict.fromkeys(classes))

    def kept(label: Any) -> Any:
        if isinstance(label, list | tuple):
            return [each for each in label if each in wanted] or None
        return label if label in wanted else None

    rows[y_col] = [kept(label) for label in rows[y_col]]
    return rows.dropna(subset=[y_col]), wanted
