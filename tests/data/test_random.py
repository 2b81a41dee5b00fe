"""Random integers and choices by odds: the numbers were recorded from TensorFlow 2.21."""

import numpy as np
import pytest

import addax as tf

Dataset = tf.data.Dataset


@pytest.fixture(autouse=True)
def no_seed(monkeypatch):
    """No seed of the program's, whatever ran before."""
    for name in ("_global_seed", "_operations"):
        monkeypatch.setattr(f"addax.core.random.{name}", None)


def numbers(data, count=3):
    return [int(v) for v in data.take(count)]


def test_integers_of_a_seed():
    assert numbers(Dataset.random(seed=1), 4) == [2870909127, 3455438759, 4052121393, 1279227022]
    assert numbers(Dataset.random(seed=-3), 4) == [294563667, 1210049117, 3537244607, 2973154932]
    once = [3128586565, 2023892699, 452966358]
    same = Dataset.random(seed=4)
    assert numbers(same) == numbers(same) == once == numbers(Dataset.random(seed=4).skip(0))
    assert numbers(same.skip(5), 2) == [119868753, 232524883]
    other = Dataset.random(seed=4, rerandomize_each_iteration=True)
    assert numbers(other) == [1905554911, 4215726141, 1283758208]
    assert numbers(other) == [1683472663, 2279948892, 2709632186]
    for seed in (1.5, "a", [1, 2]):
        with pytest.raises(TypeError, match="integer"):
            Dataset.random(seed=seed)


def test_integers_of_a_program_with_a_seed():
    tf.random.set_seed(7)
    assert numbers(Dataset.random(seed=4)) == [3004760025, 2982476881, 1015416266]
    tf.random.set_seed(7)
    assert numbers(Dataset.random()) == [1105907554, 2543705845, 1425053807]
    tf.random.set_seed(0)
    assert numbers(Dataset.random(seed=0)) == [92440422, 3674269378, 538463675]
    again = Dataset.random(seed=4, rerandomize_each_iteration=True).take(3).repeat(2)
    assert [int(v) for v in again] == [111940370, 2268916389, 1777365633, 1176362179, 2774015184, 3327992473]


def sampled(count=15, **options):
    datasets = [Dataset.range(100 * i, 100 * i + 40) for i in range(3)]
    return [int(v) // 100 for v in Dataset.sample_from_datasets(datasets, **options).take(count)]


def test_choices_by_odds():
    tf.random.set_seed(5)
    assert sampled(seed=1) == [1, 1, 1, 0, 0, 2, 2, 2, 2, 2, 0, 1, 2, 0, 2]
    drawn = [1, 2, 0, 0, 0, 2, 0, 1, 2, 0, 1, 2, 0, 0, 1]
    assert sampled(seed=9, weights=[0.5, 0.2, 0.3]) == drawn
    assert sampled(seed=9, weights=Dataset.from_tensors([0.5, 0.2, 0.3]).repeat()) == drawn
    assert sampled(seed=9, weights=[0.5, 0.0, 0.5]) == [2, 2, 0, 0, 0, 2, 0, 2, 2, 0, 2, 2, 0, 0, 2]
    assert sampled(weights=[0.1, 0.2, 0.7]) == [2, 1, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 0, 0]
    assert sampled(weights=[0.0, 0.0, 0.0]) == []
    with pytest.raises(TypeError, match="tf.float32"):
        sampled(weights=[1, 2, 3])


def test_passes_over_choices():
    tf.random.set_seed(1)
    two = [Dataset.range(5), Dataset.range(10, 20)]
    data = Dataset.sample_from_datasets(two, seed=3, rerandomize_each_iteration=True)
    passes = [np.array([int(v) >= 10 for v in data]).nonzero()[0].tolist() for _ in range(2)]
    assert passes[0] != passes[1]
    iterator = iter(data)
    for _ in range(4):
        next(iterator)
    state, rest = iterator.get_state(), [int(v) for v in iterator]
    again = iter(data)
    again.set_state(state)
    assert [int(v) for v in again] == rest
