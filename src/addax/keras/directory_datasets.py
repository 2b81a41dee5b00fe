"""Datasets of the files in a folder, one folder inside for each class."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.data import Dataset
from addax.formats.limits import open_regular
from addax.keras.config import image_data_format
from addax.ops import host_function, image_codecs, image_geometry, image_resize


class MissingFolderError(errors.NotFoundError, NotADirectoryError):
    """There is no such folder: TensorFlow's error, and Python's."""

    def __init__(self, message: str) -> None:
        super().__init__(None, None, message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self),)


_PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_LABEL_MODES = ("int", "categorical", "binary", None)


# ---------------------------------------------------------------------------- what is there


class _Listing:
    """The files of a folder and their labels."""

    def __init__(self, paths: list[str], labels: list[Any] | None, class_names: list[str]) -> None:
        self.paths, self.labels, self.class_names = paths, labels, class_names

    def part(self, first: int, end: int) -> _Listing:
        labels = None if self.labels is None else self.labels[first:end]
        return _Listing(self.paths[first:end], labels, self.class_names)


def _list(
    directory: str, labels: Any, endings: Sequence[str], class_names: Any, shuffle: bool, seed: int | None, links: bool,
    verbose: bool = True,
) -> _Listing:  # fmt: skip
    if not os.path.isdir(directory):
        raise MissingFolderError(f"Could not find directory {directory}")
    if labels == "inferred":
        seen = (name for name in os.listdir(directory) if not name.startswith("."))
        found = sorted(name for name in seen if os.path.isdir(os.path.join(directory, name)))
        if class_names is not None and set(class_names) - set(found):
            raise ValueError(
                "The `class_names` passed did not match the names of the subdirectories of the target directory. "
                f"Expected: {found}, but received: {list(class_names)}"
            )
        names = list(class_names) if class_names is not None else found
        # Folders are read in the order of their names, whatever order their numbers have.
        groups = [(names.index(name), _files(os.path.join(directory, name), endings, links)) for name in sorted(names)]
        paths = [path for _, group in groups for path in group]
        numbers: list[Any] | None = [index for index, group in groups for _ in group]
    else:
        names, paths, numbers = [""], _files(directory, endings, links), None
        if labels is not None:
            if len(labels) != len(paths):
                raise ValueError(
                    "Expected the lengths of `labels` to match the number of files in the target directory. "
                    f"len(labels) is {len(labels)} while we found {len(paths)} files in directory {directory}."
                )
            numbers = list(labels)
            names = sorted(set(labels))
    if verbose:
        print(f"Found {len(paths)} files belonging to {len(names)} classes.")
    if not paths:
        raise ValueError(f"No files found in directory {directory}. Allowed formats: {tuple(endings)}")
    if shuffle:
        order = np.random.RandomState(seed).permutation(len(paths))
        paths = [paths[i] for i in order]
        numbers = None if numbers is None else [numbers[i] for i in order]
    return _Listing(paths, numbers, names)


def _files(folder: str, endings: Sequence[str], links: bool) -> list[str]:
    found = []
    for place, folders, names in os.walk(folder, followlinks=links):
        folders.sort()
        found += [os.path.join(place, name) for name in sorted(names) if name.lower().endswith(tuple(endings))]
    return found


def _check(label_mode: Any, labels: Any, class_names: Any, split: Any, subset: Any, shuffle: bool, seed: Any) -> None:
    if label_mode not in _LABEL_MODES:
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. '
            f"Received: label_mode={label_mode}"
        )
    if labels not in ("inferred", None) and not isinstance(labels, list | tuple):
        raise ValueError(
            "`labels` argument should be a list/tuple of integer labels, of the same size as the number of files in "
            f'the target directory, or "inferred", or None. Received: labels={labels}'
        )
    if class_names is not None and labels not in ("inferred", None):
        raise ValueError('You can only pass `class_names` if `labels="inferred"`.')
    if (split is None) != (subset is None):
        raise ValueError("If `subset` is set, `validation_split` must be set, and inversely.")
    if split is not None and not 0 < split < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1, received: {split}")
    if subset not in (None, "training", "validation", "both"):
        raise ValueError(f'`subset` must be either "training", "validation" or "both", received: {subset}')
    if split and shuffle and seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` argument, to make sure that "
            "there is no overlap between the training and validation subset."
        )


def _datasets(listing: _Listing, make: Callable[[_Listing], Dataset], split: float | None, subset: str | None) -> Any:
    if split is None:
        return make(listing)
    count = int(split * len(listing.paths))
    border = len(listing.paths) - count
    parts = {"training": listing.part(0, border), "validation": listing.part(border, len(listing.paths))}
    chosen = ["training", "validation"] if subset == "both" else [subset]
    for name in chosen:
        print(f"Using {len(parts[name].paths)} files for {name}.")
        if not parts[name].paths:
            raise ValueError(f"The {name} subset is empty: {len(listing.paths)} files, validation_split={split}.")
    made = [make(parts[name]) for name in chosen]
    return tuple(made) if subset == "both" else made[0]


def _labelled(listing: _Listing, values: Dataset, label_mode: str | None) -> Dataset:
    if listing.labels is None or label_mode is None:
        return values
    numbers = np.asarray(listing.labels)
    if label_mode == "binary":
        numbers = numbers.astype("float32")[:, None]
    elif label_mode == "categorical":
        numbers = np.eye(len(listing.class_names), dtype="float32")[numbers]
    elif numbers.dtype.kind in "iuf":
        numbers = numbers.astype("float32" if numbers.dtype.kind == "f" else "int32")
    return Dataset.zip((values, Dataset.from_tensor_slices(numbers)))


def _finish(
    listing: _Listing, make: Callable[[Any], Any], label_mode: Any, shuffle: bool, seed: Any, batch_size: int | None
) -> Dataset:
    """Files in their order of the epoch, read and batched. Shuffling moves names, not contents."""
    made = _labelled(listing, Dataset.from_tensor_slices(np.array(listing.paths)), label_mode)
    labelled = listing.labels is not None and label_mode is not None
    if shuffle:
        made = made.shuffle(buffer_size=(batch_size or 128) * 8, seed=seed)
    made = made.map((lambda path, label: (make(path), label)) if labelled else make)
    if batch_size is not None:
        made = made.batch(batch_size)
    made = made.prefetch(-1)
    made.class_names = listing.class_names
    made.file_paths = listing.paths
    return made


def _seed(shuffle: bool, seed: int | None) -> int | None:
    return int(np.random.randint(1_000_000)) if shuffle and seed is None else seed


# ---------------------------------------------------------------------------- pictures


def image_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int", class_names: Any = None,
    color_mode: str = "rgb", batch_size: int | None = 32, image_size: Any = (256, 256), shuffle: bool = True,
    seed: int | None = None, validation_split: float | None = None, subset: str | None = None,
    interpolation: str = "bilinear", follow_links: bool = False, crop_to_aspect_ratio: bool = False, *,
    pad_to_aspect_ratio: bool = False, data_format: str | None = None, verbose: bool = True, **kwargs: Any,
) -> Any:  # fmt: skip
    """A dataset of the pictures in a folder.

    Args:
        directory: the folder, with one folder for each class in it if `labels` is "inferred".
        labels: "inferred", None, or a list of numbers (or names) in the files' order.
        label_mode: "int", "categorical" (one-hot), "binary" (0 or 1 as float), or None for pictures alone.
        class_names: the folders in the order of their numbers; by default sorted.
        color_mode: "grayscale", "rgb" or "rgba".
        batch_size: None for single pictures.
        image_size: (rows, columns) to resize to.
        shuffle: draw the files in random order, each epoch another.
        seed: of the order.
        validation_split: the share of the files that are kept for validation.
        subset: "training", "validation" or "both".
        interpolation: of `tf.image.resize`.
        follow_links: whether to look into linked folders.
        crop_to_aspect_ratio: crop the middle before resizing, so that nothing is distorted.
        pad_to_aspect_ratio: put zeros around before resizing, for the same reason.
        data_format: "channels_last" or "channels_first"; by default the global setting.
        verbose: whether to print how many files there are.
        **kwargs: nothing else is taken.

    Returns:
        A dataset of float32 pictures (batch, rows, columns, channels), uint8 by "nearest", with labels; it has
        `class_names` and `file_paths`. For subset "both" two of them.

    Raises:
        NotImplementedError: an unknown interpolation.
        ValueError: arguments that do not fit together, or no files.

    >>> import os, tempfile, numpy as np, addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> os.mkdir(os.path.join(folder, "cat"))
    >>> tf.keras.utils.save_img(os.path.join(folder, "cat", "a.png"), np.ones((2, 2, 3)))
    >>> tf.keras.utils.image_dataset_from_directory(folder, image_size=(4, 4)).element_spec[0].shape
    Found 1 files belonging to 1 classes.
    TensorShape([None, 4, 4, 3])
    """
    if kwargs:
        raise TypeError(f"Unknown keywords argument(s): {tuple(kwargs)}")
    _check(label_mode, labels, class_names, validation_split, subset, shuffle, seed)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`.")
    first = (data_format or image_data_format()) == "channels_first"
    channels = {"grayscale": 1, "rgb": 3, "rgba": 4}.get(color_mode)
    if channels is None:
        raise ValueError(
            f'`color_mode` must be one of {{"grayscale", "rgb", "rgba"}}. Received: color_mode={color_mode}'
        )
    interpolation = _interpolation(interpolation)
    if labels is None or label_mode is None:
        labels = label_mode = None
    seed = _seed(shuffle, seed)
    listing = _list(os.fspath(directory), labels, _PICTURES, class_names, shuffle, seed, follow_links, verbose)
    if label_mode == "binary" and len(listing.class_names) != 2:
        raise ValueError(
            f'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: {listing.class_names}'
        )
    size = tuple(int(n) for n in image_size)
    dtype = "uint8" if interpolation == "nearest" else "float32"  # what is only picked stays as it is

    def read(path: Any) -> np.ndarray:
        name = path.decode() if isinstance(path, bytes) else str(path)
        with open_regular(name) as file:
            content = file.read()
        try:
            picture = image_codecs.decode_image(
                convert.convert_to_tensor(content), channels=channels, expand_animations=False
            )
        except errors.InvalidArgumentError as error:
            raise errors.InvalidArgumentError(f"{name}: {error}") from None
        if crop_to_aspect_ratio:
            picture = _cropped(picture, size)
        if pad_to_aspect_ratio:
            picture = _padded(picture, size)
        pixels = np.asarray(image_resize.resize(picture, size, method=interpolation).numpy(), dtype)
        return np.ascontiguousarray(pixels.transpose(2, 0, 1)) if first else pixels

    def load(path: Any) -> Any:
        picture = host_function.numpy_function(read, [path], dtype)
        picture.set_shape((channels, *size) if first else (*size, channels))
        return picture

    return _datasets(
        listing, lambda part: _finish(part, load, label_mode, shuffle, seed, batch_size), validation_split, subset
    )


def _interpolation(value: str) -> str:
    from addax.keras.layers.preprocessing.rescaling import check_interpolation  # layers wait until they are needed

    return check_interpolation(value)


def _cropped(picture: Any, size: tuple[int, ...]) -> Any:
    """The largest middle part with the proportions of `size`."""
    rows, columns = (int(n) for n in picture.shape[:2])
    height = min(rows, int(columns * size[0] / size[1]))
    width = min(columns, int(rows * size[1] / size[0]))
    top, left = (rows - height) // 2, (columns - width) // 2
    return image_geometry.crop_to_bounding_box(picture, top, left, height, width)


def _padded(picture: Any, size: tuple[int, ...]) -> Any:
    """The picture in the middle of the smallest one with the proportions of `size`, black around it."""
    rows, columns = (int(n) for n in picture.shape[:2])
    height = max(rows, int(columns * size[0] / size[1]))
    width = max(columns, int(rows * size[1] / size[0]))
    top, left = (height - rows) // 2, (width - columns) // 2
    return image_geometry.pad_to_bounding_box(picture, top, left, height, width)


# ---------------------------------------------------------------------------- texts


def text_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int", class_names: Any = None,
    batch_size: int | None = 32, max_length: int | None = None, shuffle: bool = True, seed: int | None = None,
    validation_split: float | None = None, subset: str | None = None, follow_links: bool = False, verbose: bool = True,
) -> Any:  # fmt: skip
    """A dataset of the `.txt` files in a folder, as strings.

    Args:
        directory: the folder, with one folder for each class in it if `labels` is "inferred".
        labels: "inferred", None, or a list of numbers in the files' order.
        label_mode: "int", "categorical" (one-hot), "binary" (0 or 1 as float), or None for texts alone.
        class_names: the folders in the order of their numbers; by default sorted.
        batch_size: None for single texts.
        max_length: bytes of a text that are kept.
        shuffle: draw the files in random order, each epoch another.
        seed: of the order.
        validation_split: the share of the files that are kept for validation.
        subset: "training", "validation" or "both".
        follow_links: whether to look into linked folders.
        verbose: whether to print how many files there are.

    Returns:
        A dataset of strings, with labels; it has `class_names` and `file_paths`. For subset "both" two of them.

    Raises:
        ValueError: arguments that do not fit together, or no files.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a/1.txt", "words")
    >>> tf.io.write_file(folder + "/b/1.txt", "more words")
    >>> data = tf.keras.utils.text_dataset_from_directory(folder, verbose=False)
    >>> data.class_names
    ['a', 'b']
    """
    _check(label_mode, labels, class_names, validation_split, subset, shuffle, seed)
    if labels is None or label_mode is None:
        labels = label_mode = None
    seed = _seed(shuffle, seed)
    listing = _list(os.fspath(directory), labels, (".txt",), class_names, shuffle, seed, follow_links, verbose)
    if label_mode == "binary" and len(listing.class_names) != 2:
        raise ValueError(
            f'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: {listing.class_names}'
        )

    def read(path: Any) -> Any:
        with open_regular(path.decode() if isinstance(path, bytes) else str(path)) as file:
            content = file.read()
        return np.array(content if max_length is None else content[:max_length], object)

    def load(path: Any) -> Any:
        text = host_function.numpy_function(read, [path], "string")
        text.set_shape(())
        return text

    return _datasets(
        listing, lambda part: _finish(part, load, label_mode, shuffle, seed, batch_size), validation_split, subset
    )
