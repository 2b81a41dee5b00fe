"""DatasetCreator: a function that makes the dataset which `fit` reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.data import Dataset
from addax.distribute.input import InputOptions

__all__ = ["DatasetCreator"]


class DatasetCreator:
    """Stands for a dataset in `fit`, `evaluate` and `predict`, which call the function; they need to know the steps.

    Args:
        dataset_fn: takes a `tf.distribute.InputContext` and returns a `tf.data.Dataset`.
        input_options: a `tf.distribute.InputOptions`; the function is called once, in this process.

    Raises:
        TypeError: arguments of other kinds; a function that returns something else.

    >>> import addax as tf
    >>> creator = tf.keras.utils.experimental.DatasetCreator(lambda context: tf.data.Dataset.range(2))
    >>> len(creator(None))
    2
    """

    def __init__(self, dataset_fn: Callable[..., Any], input_options: Any = None) -> None:
        if not callable(dataset_fn):
            raise TypeError(f"`dataset_fn` for `DatasetCreator` must be a `callable`. Received: {dataset_fn}")
        if input_options and not isinstance(input_options, InputOptions):
            raise TypeError(
                "`input_options` for `DatasetCreator` must be a `tf.distribute.InputOptions`. "
                f"Received: {input_options}"
            )
        self.dataset_fn = dataset_fn
        self.input_options = input_options

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The dataset of these arguments."""
        dataset = self.dataset_fn(*args, **kwargs)
        if not isinstance(dataset, Dataset):
            raise TypeError(
                f'The `callable` provided to `DatasetCreator` must return a Dataset. It returns "{dataset}"'
            )
        return dataset
