"""validation_split of arrays, datasets and Sequences."""

import numpy as np
import pandas as pd
import pytest

import addax as tf
from addax import keras
from addax.keras.training.held_out import split

X = np.arange(40, dtype="float32")[:, None]
Y = X % 3


class Parts(keras.utils.PyDataset):
    """Ten batches of four rows."""

    ends = 0

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return X[index * 4 : index * 4 + 4], Y[index * 4 : index * 4 + 4]

    def on_epoch_end(self):
        self.ends += 1


def history(x, y=None, **options):
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros", input_shape=(1,))])
    model.compile(keras.optimizers.SGD(1e-4), "mse")
    return model.fit(x, y, validation_split=0.3, epochs=2, shuffle=False, verbose=0, **options).history


def test_every_kind_is_cut_at_the_same_place():
    expected = history(X, Y, batch_size=4)
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4)
    parts = Parts()
    assert history(dataset) == history(dataset.map(lambda x, y: (x, y))) == expected
    assert history(parts) == history(Parts(workers=2)) == expected and parts.ends == 0
    assert history(pd.DataFrame(X), pd.Series(Y[:, 0]), batch_size=4) == expected


def test_refused():
    dataset = tf.data.Dataset.from_tensor_slices((X, Y))
    for data in (dataset.batch(40), dataset.batch(4).repeat(), dataset.batch(4).filter(lambda x, y: True)):
        with pytest.raises(ValueError, match="so many batches that both parts have some"):
            split(data, None, None, 0.3)
    with pytest.raises(ValueError, match="shuffled anew in every pass"):
        split(dataset.shuffle(40).batch(4), None, None, 0.3)
    with pytest.raises(ValueError, match="between 0 and 1"):
        split(Parts(), None, None, 1.5)
    (train, _, _), rest = split(dataset.shuffle(40, reshuffle_each_iteration=False).batch(4), None, None, 0.3)
    seen = [float(value) for part in (train, rest) for x, _ in part for value in x.numpy()[:, 0]]
    assert sorted(seen) == X[:, 0].tolist()
