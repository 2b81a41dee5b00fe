"""Iterators go on from any position: random pipelines, restored at every element."""

import contextlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import addax as tf
from addax.data.iterator_state import from_bytes, to_bytes

Dataset = tf.data.Dataset


def plain(value):
    """An element as something that == compares."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    return np.asarray(value).tolist()


def first(value):
    while isinstance(value, tuple):
        value = value[0]
    return value


def numbers(n):
    yield from range(n)


def sources(rng):
    n = rng.choice([0, 1, 5, 9])
    return rng.choice(
        [
            lambda: Dataset.range(n),
            lambda: Dataset.from_tensor_slices((np.arange(n), np.arange(n) * 1.5)),
            lambda: Dataset.from_generator(numbers, args=(n,), output_signature=tf.TensorSpec((), tf.int64)),
            lambda: Dataset.from_tensors(np.int64(n)).repeat(n),
            lambda: Dataset.zip(Dataset.range(n), Dataset.range(3, 3 + 2 * n)),
        ]
    )()


def steps(rng, batched):
    """Transformations; those after the bar need scalars."""
    k = rng.choice([1, 2, 3, 7])
    found = [
        lambda d: d.shuffle(k, seed=5),
        lambda d: d.shuffle(k),
        lambda d: d.repeat(2),
        lambda d: d.take(k + 2),
        lambda d: d.skip(k),
        lambda d: d.shard(2, 1),
        lambda d: d.prefetch(2),
        lambda d: d.cache(),
        lambda d: d.concatenate(d.take(2)),
        lambda d: d.take_while(lambda *e: np.bool_(True)),
        lambda d: d.interleave(lambda *e: Dataset.from_tensors(e).repeat(2), cycle_length=k),
        lambda d: Dataset.choose_from_datasets([d, d], Dataset.range(20).map(lambda v: v % 2)),
        lambda d: Dataset.sample_from_datasets([d, d], seed=3),
        lambda d: d.map(lambda *e: tf.cast(tf.reduce_sum(tf.cast(first(e), tf.int64)), tf.int64)).unique(),
        lambda d: d.ignore_errors(),
    ]
    if not batched:
        found += [
            lambda d: d.enumerate(),
            lambda d: d.window(k, shift=2).flat_map(lambda *w: Dataset.zip(w)),
            lambda d: d.filter(lambda *e: first(e) % 2 == 0),
            lambda d: d.map(lambda *e: (first(e) * 2, tf.random.uniform([]))),
            lambda d: d.map(
                lambda *e: tf.numpy_function(lambda v: v + 1, [tf.cast(first(e), tf.int64)], tf.int64),
                num_parallel_calls=2,
            ),
            lambda d: d.map(lambda *e: first(e) + 1),
            lambda d: d.scan(np.int64(0), lambda s, e: (s + tf.cast(first(e), tf.int64), (s, e))),
            lambda d: d.group_by_window(lambda *e: first(e) % 2, lambda key, g: g.repeat(1), window_size=2),
            lambda d: d.rejection_resample(lambda *e: tf.cast(first(e) % 2, tf.int32), [0.3, 0.7], seed=2),
        ]
    return rng.choice(found)


def pipeline(seed):
    rng = random.Random(seed)
    data = sources(rng)
    batched = False
    for _ in range(rng.randint(1, 4)):
        with contextlib.suppress(ValueError):  # a step that does not fit the elements is left out
            if not batched and rng.random() < 0.2:
                data, batched = data.batch(2), True
            elif batched and rng.random() < 0.2:
                data, batched = data.unbatch(), False
            else:
                data = steps(rng, batched)(data)
    return data


def check_every_position(data, most=24, through_bytes=False):
    """Go through a dataset; from each position on, an iterator made anew gives exactly the rest."""
    states, seen = [], []
    iterator = iter(data)
    for _ in range(most):
        state = iterator.get_state()
        if through_bytes:
            with contextlib.suppress(TypeError):  # a window waits, which is a dataset
                state = from_bytes(to_bytes(state))
        states.append(state)
        element = next(iterator, None)
        if element is None:
            break
        seen.append(plain(element))
    for position, state in enumerate(states):
        again = iter(data)
        again.set_state(state)
        tail = [plain(element) for element, _ in zip(again, range(len(seen) - position), strict=False)]
        assert tail == seen[position:], position


def test_elements_of_open_shapes_stay_so_where_they_are_waiting():
    data = Dataset.range(4).map(lambda v: tf.numpy_function(lambda v: v + 1, [v], tf.int64))
    check_every_position(data.interleave(lambda v: Dataset.from_tensors((v,)).repeat(2), cycle_length=2))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), through_bytes=st.booleans())
def test_every_position(seed, through_bytes):
    check_every_position(pipeline(seed), through_bytes=through_bytes)


@settings(max_examples=12, deadline=None)
@given(
    size=st.integers(1, 60), buffer=st.integers(1, 70), batch=st.integers(1, 4), repeats=st.integers(1, 3),
    ahead=st.booleans(), mapped=st.booleans(),
)  # fmt: skip
def test_every_position_of_pipelines_over_arrays(size, buffer, batch, repeats, ahead, mapped):
    data = Dataset.from_tensor_slices((np.arange(size), np.arange(size) * 0.5)).shuffle(buffer)
    data = data.map(doubled) if mapped else data
    data = data.repeat(repeats).batch(batch)
    check_every_position(data.prefetch(2) if ahead else data, most=60)


def doubled(x, y):
    return x * 2, y


def test_checkpoint_of_an_iterator(tmp_path):
    def build():
        data = Dataset.range(40).shuffle(10, seed=4).map(lambda v: (v, tf.random.uniform([])))
        return data.filter(lambda v, r: v % 3 > 0).shuffle(5, seed=2).batch(2)

    data = build()
    iterator, step = iter(data), tf.Variable(1)
    for _ in range(5):
        next(iterator)
    path = tf.train.Checkpoint(iterator=iterator, step=step).save(str(tmp_path / "state"))
    rest = [plain(element) for element in iterator]
    again = iter(build())
    tf.train.Checkpoint(iterator=again, step=tf.Variable(0)).restore(path).assert_consumed()
    assert [plain(element) for element in again] == rest and rest


def test_states_as_bytes():
    state = {
        "a": [1, None, True, "text", 2**63 + 5], 3: (np.arange(4, dtype=np.int8), np.float32(1.5)),
        "strings": np.array([b"x", b""], object), "ragged": tf.ragged.constant([[1], [2, 3]]),
    }  # fmt: skip
    again = from_bytes(to_bytes(state))
    assert again["a"] == state["a"] and again["ragged"].to_list() == [[1], [2, 3]]
    assert again[3][0].dtype == np.int8 and again[3][1] == np.float32(1.5) and type(again[3]) is tuple
    assert again["strings"].tolist() == [b"x", b""]
    with pytest.raises(TypeError, match="Dataset"):
        to_bytes({"waiting": Dataset.range(1)})


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 400), flip=st.integers(0, 255))
def test_damaged_states_are_refused(cut, flip):
    good = to_bytes({"child": {"position": 3}, "slots": [np.arange(5), np.array([b"ab"], object)]})
    for bad in (good[: cut % len(good)], bytes(b ^ flip if i == cut % len(good) else b for i, b in enumerate(good))):
        try:
            from_bytes(bad)
        except tf.errors.DataLossError:
            pass


def test_state_in_another_program(tmp_path):
    """The state of a pipeline holds for an equal pipeline that is made anew, with its random seeds."""

    def build():
        return Dataset.range(50).shuffle(10).map(lambda v: (v, tf.random.uniform([]))).repeat(3).batch(4)

    iterator = iter(build())
    for _ in range(17):
        next(iterator)
    state = iterator.get_state()
    rest = [plain(element) for element in iterator]
    again = iter(build())
    again.set_state(state)
    assert [plain(element) for element in again] == rest


def test_numpy_iterator_saves_and_restores():
    iterator = Dataset.range(5).as_numpy_iterator()
    next(iterator)
    state = iterator.save()
    assert list(iterator) == [1, 2, 3, 4]
    iterator.restore(state)
    assert list(iterator) == [1, 2, 3, 4]


def _shuffled_inside(v):
    return Dataset.range(5).shuffle(5).map(lambda i: i + 10 * v)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dataset.range(4).flat_map(_shuffled_inside),
        lambda: Dataset.range(4).interleave(_shuffled_inside, cycle_length=2, num_parallel_calls=2).prefetch(1),
        lambda: Dataset.range(3).interleave(lambda v: Dataset.range(2).flat_map(_shuffled_inside), cycle_length=2),
        lambda: Dataset.range(12).group_by_window(lambda v: v % 2, lambda k, d: d.shuffle(6), window_size=6),
        lambda: Dataset.range(3).flat_map(lambda v: Dataset.random().take(2)),
    ],
)
def test_seeds_that_functions_draw_for_their_datasets_are_restored(make):
    data = make()
    iterator = iter(data)
    states, taken = [], []
    for _ in range(8):
        states.append(iterator.get_state())
        value = next(iterator, None)
        taken.append(None if value is None else int(value))
    for position in (0, 3, 5):
        again = iter(data)
        again.set_state(states[position])
        found = [next(again, None) for _ in range(8 - position)]
        assert [None if v is None else int(v) for v in found] == taken[position:]


def test_random_numbers_of_functions_that_run_in_python_are_restored():
    data = Dataset.from_tensor_slices(["a", "b", "c"]).map(lambda s: (s, tf.random.uniform([])))
    assert data.element_spec[1].dtype == tf.float32  # the function was tried: that it draws is known
    iterator = iter(data)
    states, taken = [], []
    for _ in range(3):
        states.append(iterator.get_state())
        taken.append(float(next(iterator)[1]))
    for position, state in enumerate(states):
        again = iter(data)
        again.set_state(state)
        assert [float(v) for _, v in again] == taken[position:]
    assert len(set(taken)) == 3 and [float(v) for _, v in data] != taken
