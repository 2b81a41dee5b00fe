"""tf.data.Dataset: elements, specs and sizes of pipelines."""

import collections

import numpy as np
import pytest

import addax as tf

Dataset = tf.data.Dataset
Point = collections.namedtuple("Point", ["x", "y"])


def values(data):
    return [tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element) for element in data]


@pytest.mark.parametrize(
    "made, expected",
    [
        (lambda: Dataset.range(5), [0, 1, 2, 3, 4]),
        (lambda: Dataset.range(5, 0, -2), [5, 3, 1]),
        (lambda: Dataset.range(3, output_type=tf.float32), [0.0, 1.0, 2.0]),
        (lambda: Dataset.from_tensor_slices(([1, 2], ["a", "b"])), [(1, b"a"), (2, b"b")]),
        (lambda: Dataset.from_tensor_slices({"b": [1, 2], "a": [3, 4]}), [{"b": 1, "a": 3}, {"b": 2, "a": 4}]),
        (lambda: Dataset.from_tensor_slices(Point([1, 2], [3, 4])), [Point(1, 3), Point(2, 4)]),
        (lambda: Dataset.from_tensors(([1, 2], "a")), [([1, 2], b"a")]),
        (lambda: Dataset.range(7).batch(3), [[0, 1, 2], [3, 4, 5], [6]]),
        (lambda: Dataset.range(7).batch(3, drop_remainder=True), [[0, 1, 2], [3, 4, 5]]),
        (lambda: Dataset.range(8).batch(2).batch(3), [[[0, 1], [2, 3], [4, 5]], [[6, 7]]]),
        (lambda: Dataset.range(3).repeat(2).batch(4), [[0, 1, 2, 0], [1, 2]]),
        (lambda: Dataset.range(3).batch(2).repeat(2), [[0, 1], [2], [0, 1], [2]]),
        (lambda: Dataset.range(3).repeat().take(7), [0, 1, 2, 0, 1, 2, 0]),
        (lambda: Dataset.range(0).repeat().take(7), []),
        (lambda: Dataset.range(3).shuffle(2).repeat(0), []),
        (lambda: Dataset.range(5).skip(3), [3, 4]),
        (lambda: Dataset.range(5).skip(-1), []),
        (lambda: Dataset.range(5).take(-1), [0, 1, 2, 3, 4]),
        (lambda: Dataset.range(10).shard(3, 1), [1, 4, 7]),
        (lambda: Dataset.range(10).shuffle(1).shard(3, 1).batch(2), [[1, 4], [7]]),
        (lambda: Dataset.range(2).concatenate(Dataset.range(5, 7)).batch(3), [[0, 1, 5], [6]]),
        (lambda: Dataset.zip({"a": Dataset.range(2), "b": (Dataset.range(3),)}),
         [{"a": 0, "b": (0,)}, {"a": 1, "b": (1,)}]),
        (lambda: Dataset.range(4).batch(2).unbatch(), [0, 1, 2, 3]),
        (lambda: Dataset.range(7).batch(3).rebatch([2, 1]), [[0, 1], [2], [3, 4], [5], [6]]),
        (lambda: Dataset.range(4).map(lambda v: [v, "text", 1.5, None]), [(v, b"text", 1.5, None) for v in range(4)]),
        (lambda: Dataset.range(4).map(lambda v: {"v": v, "w": (v * 2, v)}),
         [{"v": v, "w": (v * 2, v)} for v in range(4)]),
        (lambda: Dataset.from_tensor_slices(Point([1, 2], [3, 4])).map(lambda p: p.x + p.y), [4, 6]),
        (lambda: Dataset.range(9).filter(lambda v: v % 4 == 0).batch(2), [[0, 4], [8]]),
        (lambda: Dataset.range(7).window(3, shift=2, drop_remainder=True).flat_map(lambda w: w.batch(3)),
         [[0, 1, 2], [2, 3, 4], [4, 5, 6]]),
        (lambda: Dataset.counter(3, 2).take_while(lambda v: v < 8), [3, 5, 7]),
        (lambda: Dataset.from_tensor_slices(["b", "a", "b"]).unique(), [b"b", b"a"]),
    ],
)  # fmt: skip
def test_elements(made, expected):
    data = made()
    found = values(data)
    assert found == expected
    assert values(data) == expected, "a second pass"
    size = int(data.cardinality())
    assert size == len(expected) or size == tf.data.UNKNOWN_CARDINALITY
    for element in data:
        tf.nest.map_structure(lambda spec, leaf: spec.is_compatible_with(leaf), data.element_spec, element)


def test_dtypes_and_shapes_of_elements():
    data = Dataset.from_tensor_slices((np.arange(3.0), [1.5, 2.5, 3.5], np.zeros((3, 2), np.uint8)))
    assert [spec.dtype for spec in data.element_spec] == [tf.float64, tf.float32, tf.uint8]
    assert data.batch(2).element_spec[2].shape.as_list() == [None, 2]
    assert data.repeat().batch(2).element_spec[2].shape.as_list() == [None, 2]
    assert repr(Dataset.range(3).batch(2)) == (
        "<_BatchDataset element_spec=TensorSpec(shape=(None,), dtype=tf.int64, name=None)>"
    )


def test_arrays_are_the_datasets_own():
    array = np.arange(4)
    data = Dataset.from_tensor_slices(array)
    array[:] = 7
    assert values(data) == [0, 1, 2, 3]
    for element in data.batch(2).as_numpy_iterator():
        element[:] = 9
    assert values(data) == [0, 1, 2, 3]


def test_len_and_bool():
    assert len(Dataset.range(5).batch(2)) == 3
    assert bool(Dataset.range(0))
    with pytest.raises(TypeError, match="infinite"):
        len(Dataset.range(5).repeat())
    with pytest.raises(TypeError, match="unknown"):
        len(Dataset.range(5).filter(lambda v: v > 2))


def test_iterators():
    iterator = iter(Dataset.range(2))
    assert int(next(iterator)) == 0
    assert int(iterator.get_next_as_optional().get_value()) == 1
    assert not bool(iterator.get_next_as_optional().has_value())
    with pytest.raises(tf.errors.OutOfRangeError):
        iterator.get_next()
    with pytest.raises(StopIteration):
        next(iterator)


# ---------------------------------------------------------------------------- shuffle


def order(data):
    return [int(v) for v in data.as_numpy_iterator()]


def test_shuffle_draws_what_the_buffer_algorithm_draws():
    """Every slot is equally likely: compared with a plain simulation, by counts of positions."""
    n, size, times = 6, 3, 4000
    data = Dataset.range(n).shuffle(size, seed=1)
    counts = np.zeros((n, n))
    for _ in range(times):
        for position, value in enumerate(order(data)):
            counts[position, value] += 1
    rng = np.random.default_rng(0)
    expected = np.zeros((n, n))
    for _ in range(times):
        buffer, rest = list(range(size)), list(range(size, n))
        for position in range(n):
            slot = rng.integers(len(buffer))
            expected[position, buffer[slot]] += 1
            if rest:
                buffer[slot] = rest.pop(0)
            else:
                buffer.pop(slot)
    assert np.abs(counts - expected).max() < 6 * np.sqrt(times * 0.25)
    assert not counts[np.tril_indices(n, -size)[::-1]].any(), "nothing comes before position i - size + 1"


@pytest.mark.parametrize("source", [lambda n: Dataset.range(n), lambda n: Dataset.range(n).filter(lambda v: v >= 0)])
def test_shuffle_orders(source):
    data = source(300).shuffle(40, seed=3)
    first, second = order(data), order(data)
    assert first != second and sorted(first) == sorted(second) == list(range(300))
    assert all(value - position < 40 for position, value in enumerate(first))
    again = source(300).shuffle(40, seed=3)
    assert [order(again), order(again)] == [first, second], "the same program draws the same"
    fixed = source(300).shuffle(40, seed=3, reshuffle_each_iteration=False)
    assert order(fixed) == order(fixed)
    twice = order(source(30).shuffle(30, seed=3).repeat(2))
    assert twice[:30] != twice[30:]


def test_shuffle_over_indices_and_over_elements_agree():
    by_index = Dataset.range(500).shuffle(64, seed=9)
    by_element = Dataset.from_generator(lambda: range(500), output_signature=tf.TensorSpec((), tf.int64)).shuffle(
        64, seed=9
    )
    assert order(by_index) == order(by_element)


def test_global_seed():
    def orders():
        tf.random.set_seed(4)
        return [order(Dataset.range(50).shuffle(50)), order(Dataset.range(50).shuffle(50))]

    first = orders()
    assert first[0] != first[1]
    assert orders() == first


# ---------------------------------------------------------------------------- the plan for training


def test_index_plan_gives_the_rows_of_the_batches():
    x, y = np.arange(40.0).reshape(20, 2), np.arange(20)

    def build():
        return Dataset.from_tensor_slices((x, y)).shuffle(7, seed=2).repeat(2).skip(3).batch(6).prefetch(2)

    rows = [element[1].tolist() for element in build().as_numpy_iterator()]
    plan = build()._index_plan()
    assert [indices.tolist() for indices in plan.batches()] == rows
    assert (plan.batch_size, plan.drop_remainder, plan.cardinality) == (6, False, len(rows))
    np.testing.assert_array_equal(plan.arrays[0], x)
    second = build()._index_plan()
    run, blocks = second.batches(), []
    while (block := run.block(4)) is not None:
        assert block.ndim == 2 and 1 <= len(block) <= 4
        blocks += block.tolist()
    assert blocks == rows


def test_index_plan_and_iteration_share_their_passes():
    x = np.arange(30)
    a, b = (Dataset.from_tensor_slices(x).shuffle(30, seed=5).batch(10) for _ in range(2))
    passes = [[row for batch in a.as_numpy_iterator() for row in batch.tolist()] for _ in range(3)]
    plan = b._index_plan()
    first = [row for batch in plan.batches() for row in batch.tolist()]
    second = [row for batch in b.as_numpy_iterator() for row in batch.tolist()]
    third = [row for batch in b._index_plan().batches() for row in batch.tolist()]
    assert [first, second, third] == passes


@pytest.mark.parametrize(
    "made, planned",
    [
        (lambda d: d.batch(4), True),
        (lambda d: d.cache().batch(4, drop_remainder=True).repeat(), True),
        (lambda d: d.with_options(tf.data.Options()).batch(4).take(2), True),
        (lambda d: Dataset.zip(d, d).shuffle(10).batch(4), True),
        (lambda d: d, False),
        (lambda d: d.batch(2).batch(2), False),
        (lambda d: d.map(lambda v: v).batch(4), False),
        (lambda d: d.filter(lambda v: v > 1).batch(4), False),
        (lambda d: d.padded_batch(4), False),
        (lambda d: Dataset.from_tensor_slices(["a", "b"]).batch(2), False),
    ],
)
def test_which_datasets_have_a_plan(made, planned):
    assert (made(Dataset.from_tensor_slices(np.arange(10)))._index_plan() is not None) == planned


# ---------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: Dataset.range(3).batch(0), tf.errors.InvalidArgumentError, "greater than zero"),
        (lambda: Dataset.range(3).batch("a"), TypeError, "batch_size"),
        (lambda: Dataset.range(3).take(2.5), TypeError, "count"),
        (lambda: Dataset.range(3).shuffle(0), tf.errors.InvalidArgumentError, "buffer_size"),
        (lambda: Dataset.range(3).shard(2, 5), tf.errors.InvalidArgumentError, "between 0 and 1"),
        (lambda: Dataset.range(3).prefetch(-2), tf.errors.InvalidArgumentError, "buffer_size"),
        (lambda: Dataset.range(), ValueError, "between 1 and 3"),
        (lambda: Dataset.range(1, 5, 0), tf.errors.InvalidArgumentError, "step"),
        (lambda: Dataset.from_tensor_slices(3), ValueError, "rank >= 1"),
        (lambda: Dataset.from_tensor_slices(([1], [1, 2])), ValueError, "one length"),
        (lambda: Dataset.zip(Dataset.range(3), [Dataset.range(3)]), TypeError, "list"),
        (lambda: Dataset.range(3).concatenate(Dataset.from_tensors("a")), TypeError, "Incompatible"),
        (lambda: Dataset.range(3).map(3), ValueError, "callable"),
        (lambda: Dataset.range(3).map(lambda v: object()), TypeError, "Unsupported return value"),
        (lambda: Dataset.range(3).map(lambda v: 1 / 0), ZeroDivisionError, "division"),
        (lambda: Dataset.range(3).filter(lambda v: v), ValueError, "tf.bool"),
        (lambda: Dataset.range(3).apply(lambda d: 3), TypeError, "transformation_func"),
        (lambda: Dataset.range(3).with_options(3), TypeError, "Options"),
        (lambda: Dataset.range(3).get_single_element(), tf.errors.InvalidArgumentError, "more than one"),
        (lambda: Dataset.range(0).get_single_element(), tf.errors.InvalidArgumentError, "empty"),
        (lambda: Dataset.choose_from_datasets([], Dataset.range(3)), ValueError, "empty"),
        (lambda: Dataset.sample_from_datasets([Dataset.range(3)], weights=[1, 2]), ValueError, "weights"),
        (lambda: Dataset.from_generator(3, tf.int32), TypeError, "callable"),
        (lambda: Dataset.from_generator(lambda: iter([1])), TypeError, "output signature"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_batch_of_unequal_shapes_names_them():
    data = Dataset.from_generator(lambda: iter([[1], [1, 2]]), output_signature=tf.TensorSpec([None], tf.int32)).batch(
        2
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"element 0 has shape \[1\](.|\n)*\[2\] for element 1"):
        list(data)


# ---------------------------------------------------------------------------- in tf.function


def test_a_traced_function_never_takes_elements_as_constants():
    data = Dataset.range(6).batch(2)

    @tf.function
    def total(d):
        found = tf.constant(0, tf.int64)
        for batch in d:
            found += tf.reduce_sum(batch)
        return found

    @tf.function
    def double(it):
        return next(it) * 2

    iterator = iter(data)
    assert int(total(data)) == 15
    with pytest.warns(UserWarning, match="runs eagerly"):
        assert double(iterator).numpy().tolist() == [0, 2]
    assert double(iterator).numpy().tolist() == [4, 6]
    assert int(total(data)) == 15


# ---------------------------------------------------------------------------- explain


def test_explain_says_how_each_node_runs(capsys):
    data = Dataset.from_tensor_slices(np.zeros((100, 4))).shuffle(50, seed=1).map(lambda v: v * 2).batch(10).prefetch(2)
    before = data.batch(1).shuffle(1)
    reports = data.explain()
    printed = capsys.readouterr().out
    assert [report.name.removesuffix("Dataset") for report in reports] == [
        "Prefetch", "Batch", "Map", "Shuffle", "TensorSlice"
    ]  # fmt: skip
    assert [report.elements for report in reports[:4]] == [10, 10, 100, 100]
    assert reports[3].held == 50 and reports[3].held_bytes == 400, "row numbers, not copies of rows"
    for words in ("on a thread", "compiled, many elements at once", "on row numbers", "10 elements in"):
        assert words in printed
    assert len(list(before)) == 10
    python = Dataset.range(20).map(lambda v: tf.numpy_function(lambda a: a, [v], tf.int64), num_parallel_calls=2)
    assert python.explain(steps=5)[0].how == "in Python, element by element on 2 threads"


def test_explain_does_not_change_what_comes_after():
    data = Dataset.range(30).shuffle(30, seed=4)
    twin = Dataset.range(30).shuffle(30, seed=4)
    data.explain()
    assert order(data) == order(twin)


# ---------------------------------------------------------------------------- ragged elements


def test_ragged_elements():
    ragged = tf.ragged.constant([[1, 2], [], [3]])
    data = Dataset.from_tensor_slices(ragged)
    assert [row.numpy().tolist() for row in data] == [[1, 2], [], [3]]
    assert [batch.to_list() for batch in data.batch(2)] == [[[1, 2], []], [[3]]]
    assert [row.numpy().tolist() for row in data.batch(2).unbatch()] == [[1, 2], [], [3]]
    splits = [tf.constant([0, 2, 2, 3], tf.int64), tf.constant([0, 1, 3, 4], tf.int64)]
    deep = Dataset.from_tensor_slices(tf.RaggedTensor.from_nested_row_splits(tf.constant([1, 2, 3, 4]), splits))
    assert [row.to_list() for row in deep] == [[[1], [2, 3]], [], [[4]]]
    assert [batch.to_list() for batch in deep.batch(3)] == [[[[1], [2, 3]], [], [[4]]]]
    wide = Dataset.range(3).map(lambda v: tf.ones([v, 2])).ragged_batch(3)
    assert wide.element_spec == tf.RaggedTensorSpec([None, None, 2], tf.float32, 1)
    (batch,) = wide
    assert batch.to_list() == [[], [[1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]]


def test_ragged_elements_are_saved(tmp_path):
    path = str(tmp_path / "saved")
    Dataset.from_tensor_slices(tf.ragged.constant([[1, 2], [], [3]])).batch(2).save(path)
    assert [batch.to_list() for batch in Dataset.load(path)] == [[[1, 2], []], [[3]]]


def test_numbers_of_elements_that_are_known(tmp_path):
    Dataset.range(6).save(str(tmp_path / "kept"), shard_func=lambda v: v % 2)
    loaded = Dataset.load(str(tmp_path / "kept"))
    assert len(loaded) == 6 and sorted(int(v) for v in loaded) == [0, 1, 2, 3, 4, 5]
    one = Dataset.sample_from_datasets([Dataset.range(3), Dataset.range(5)], [1.0, 0.0])
    assert [int(v) for v in one] == [0, 1, 2] and len(one) == 3


def test_peek_is_no_pass():
    def orders(looking):
        tf.random.set_seed(3)
        data = Dataset.range(8).shuffle(8).batch(3)
        found = []
        for _ in range(2):
            if looking:
                first = data.peek().numpy().tolist()
            found.append([batch.numpy().tolist() for batch in data])
            assert not looking or found[-1][0] == first
        return found

    assert orders(True) == orders(False)
    with pytest.raises(tf.errors.OutOfRangeError, match="peek"):
        Dataset.range(0).peek()
