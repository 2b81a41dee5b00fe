"""keras.random; the numbers are Keras 3's own, on JAX."""

import numpy as np

from addax import keras

random = keras.random


def test_numbers_of_keras_3():
    assert np.allclose(random.normal(3, seed=1), [-1.0975, 0.475, 0.8631], atol=1e-4)  # the shape may be one number
    assert random.randint((3,), -5, 100, seed=3).numpy().tolist() == [31, 84, 68]
    assert random.shuffle(np.arange(12).reshape(3, 4), axis=1, seed=2).numpy().tolist() == [
        [0, 1, 2, 3], [4, 7, 6, 5], [8, 11, 10, 9]
    ]  # fmt: skip


def test_a_generator_counts_its_draws():
    generator = random.SeedGenerator(7)
    assert generator.next().numpy().tolist() == [7, 0]
    assert generator.state.numpy().tolist() == [7, 1]
    again = random.SeedGenerator.from_config(random.SeedGenerator(3, name="s").get_config())
    assert (again.name, again.get_config()) == ("s", {"seed": 3, "name": "s"})
