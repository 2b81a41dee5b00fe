"""Functions of elements: traced once, compiled, vectorised where that changes nothing."""

import numpy as np
import pytest

import addax as tf

Dataset = tf.data.Dataset


def values(data):
    return [tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element) for element in data]


def test_traced_once():
    calls, eager = [], []

    def f(v):
        calls.append(1)
        eager.append(tf.executing_eagerly())
        return v + 1

    data = Dataset.range(100).map(f)
    assert values(data) == values(data) == list(range(1, 101))
    assert len(calls) == 1 and eager == [False]


@pytest.mark.parametrize(
    "f",
    [
        lambda v: v * 2 + 1,
        lambda v: (tf.cast(v, tf.float32) / 3.0, tf.one_hot(v, 4)),
        lambda v: tf.reduce_sum(tf.range(5, dtype=tf.int64) * v),
        lambda v: {"a": tf.reshape(tf.fill([4], v), [2, 2]), "b": 7},
        lambda v: (v, "constant", None),
    ],
)
def test_many_at_once_and_one_by_one_agree(f):
    together = values(Dataset.range(37).map(f).batch(8).unbatch())
    singly = values(Dataset.range(37).map(f))
    streamed = values(Dataset.range(37).filter(lambda v: v >= 0).shuffle(1).map(f))
    from_python = values(Dataset.from_generator(lambda: range(37), output_signature=tf.TensorSpec((), tf.int64)).map(f))
    assert together == singly == streamed == from_python


def test_batches_of_many_sizes_are_right():
    for size in (1, 3, 10, 11, 64):
        rows = [row for batch in Dataset.range(33).map(lambda v: v * 3).batch(size) for row in batch.numpy().tolist()]
        assert rows == list(range(0, 99, 3))


def test_variables_are_read_when_elements_are_made():
    v = tf.Variable(5, dtype=tf.int64)
    data = Dataset.range(3).map(lambda t: t + v)
    v.assign(100)
    iterator = iter(data)
    assert int(next(iterator)) == 100
    v.assign(200)
    assert int(next(iterator)) == 201


def test_variables_are_written_element_by_element():
    count = tf.Variable(0, dtype=tf.int64)
    data = Dataset.range(4).map(lambda t: count.assign_add(t + 1) * 10)
    assert values(data) == [10, 30, 60, 100]
    assert int(count) == 10


def test_random_draws_differ_by_element_and_pass_and_do_not_depend_on_batching():
    def draws(finish):
        tf.random.set_seed(7)
        data = finish(Dataset.range(20).map(lambda v: tf.random.uniform([])))
        return [np.concatenate([np.reshape(b, [-1]) for b in data.as_numpy_iterator()]).tolist() for _ in range(2)]

    one_by_one = draws(lambda d: d)
    assert len(set(one_by_one[0])) == 20 and one_by_one[0] != one_by_one[1]
    assert draws(lambda d: d.batch(8)) == one_by_one
    assert draws(lambda d: d.batch(20).prefetch(1)) == one_by_one


def test_unknown_dimensions_stay_unknown():
    data = Dataset.range(7).batch(3).map(lambda b: (b * 2, tf.reduce_sum(b), tf.expand_dims(b, 1)))
    assert [spec.shape.as_list() for spec in data.element_spec] == [[None], [], [None, 1]]
    assert [part[0] for part in values(data)] == [[0, 2, 4], [6, 8, 10], [12]]


def test_what_cannot_be_compiled_is_called():
    data = Dataset.range(4).map(lambda v: tf.numpy_function(lambda a: a * 10, [v], tf.int64)).map(lambda v: v + 1)
    assert values(data) == [1, 11, 21, 31]
    words = Dataset.from_tensor_slices(["a b", "c"]).map(
        lambda s: tf.numpy_function(lambda b: b + b"!", [s], tf.string)
    )
    assert values(words) == [b"a b!", b"c!"]
    growing = Dataset.range(4).map(lambda v: tf.range(v))
    assert values(growing) == [[], [0], [0, 1], [0, 1, 2]]
    assert growing.element_spec.shape.as_list() == [None]


def test_a_python_function_is_not_run_before_its_elements_are_asked_for():
    seen = []

    def note(a):
        seen.append(int(a))
        return a

    data = (
        Dataset.range(5).map(lambda v: tf.numpy_function(note, [v], tf.int64)).map(lambda v: v * 2).batch(2).prefetch(1)
    )
    assert seen == []
    assert values(data) == [[0, 2], [4, 6], [8]]
    assert seen == [0, 1, 2, 3, 4]


def test_reduce_and_scan():
    assert int(Dataset.range(5).reduce(np.int64(0), lambda s, v: s + v)) == 10
    total = Dataset.range(5).reduce(
        {"n": 0, "s": 0.0}, lambda s, v: {"n": s["n"] + 1, "s": s["s"] + tf.cast(v, tf.float32)}
    )
    assert (int(total["n"]), float(total["s"])) == (5, 10.0)
    pairs = Dataset.range(4).scan((np.int64(0), 1.0), lambda s, v: ((s[0] + v, s[1] * 2.0), (s[0] + v, s[1])))
    assert values(pairs) == [(0, 1.0), (1, 2.0), (3, 4.0), (6, 8.0)]
    with pytest.raises(TypeError, match="new state"):
        Dataset.range(3).reduce(np.int64(0), lambda s, v: (s, v))
    with pytest.raises(TypeError, match="scan_func"):
        Dataset.range(3).scan(0, lambda s, v: v)


def test_debug_mode():
    tf.data.experimental.enable_debug_mode()
    try:
        kinds = []
        list(Dataset.range(2).map(lambda v: kinds.append(tf.executing_eagerly()) or v))
        assert kinds == [True, True]
    finally:
        from addax.data.functions import set_debug_mode

        set_debug_mode(False)


def test_padded_batch():
    data = Dataset.range(1, 4).map(lambda v: (tf.fill([v], v), tf.cast(v, tf.float32)))
    batch = data.padded_batch(3, padded_shapes=([None], []), padding_values=(np.int64(9), 0.0))
    assert values(batch) == [([[1, 9, 9], [2, 2, 9], [3, 3, 3]], [1.0, 2.0, 3.0])]
    with pytest.raises(tf.errors.DataLossError, match="smaller size"):
        list(Dataset.range(1, 4).map(lambda v: tf.fill([v], v)).padded_batch(3, padded_shapes=[2]))
    with pytest.raises(ValueError, match="not compatible"):
        Dataset.range(2).padded_batch(2, padded_shapes=[3])


def test_groups():
    groups = Dataset.range(12).group_by_window(
        lambda v: v % 3, lambda key, d: d.batch(4), window_size_func=lambda k: k + 1
    )
    assert sorted(sum(values(groups), [])) == list(range(12))
    items = [[n] * n for n in (1, 4, 2, 3)]
    data = Dataset.from_generator(lambda: iter(items), output_signature=tf.TensorSpec([None], tf.int32))
    buckets = data.bucket_by_sequence_length(tf.size, [3, 5], [2, 2, 2], pad_to_bucket_boundary=True, padding_values=-1)
    assert values(buckets) == [[[1, -1], [2, 2]], [[4, 4, 4, 4], [3, 3, 3, -1]]]
    reducer = tf.data.experimental.Reducer(lambda k: np.int64(0), lambda s, v: s + v, lambda s: s)
    assert values(Dataset.range(10).apply(tf.data.experimental.group_by_reducer(lambda v: v % 3, reducer))) == [
        18,
        12,
        15,
    ]


def test_sampling():
    a, b = Dataset.range(100), Dataset.range(1000, 1100)
    data = Dataset.sample_from_datasets([a, b], weights=[0.8, 0.2], seed=3, stop_on_empty_dataset=True)
    found = values(data)
    share = np.mean([v < 1000 for v in found])
    assert 0.65 < share < 0.95 and values(data) == found
    assert values(Dataset.sample_from_datasets([a, b], weights=[1.0, 0.0])) == list(range(100))
    balanced = Dataset.from_tensor_slices([0] * 900 + [1] * 100).shuffle(1000, seed=1)
    kept = [c for c, _ in values(balanced.rejection_resample(lambda v: v, [0.5, 0.5], [0.9, 0.1], seed=1))]
    assert 0.35 < np.mean(kept) < 0.65 and kept.count(1) == 100
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
        list(Dataset.choose_from_datasets([a], Dataset.from_tensors(np.int64(5))))


def test_functions_in_python_return_elements_of_unknown_shape():
    def plus_one(value):
        return tf.numpy_function(lambda x: np.int64(x + 1), [value], tf.int64)

    def said(value):
        found = plus_one(value)
        found.set_shape([])
        return found

    data = tf.data.Dataset.range(3)
    assert data.map(plus_one).element_spec == tf.TensorSpec(None, tf.int64)
    assert data.map(plus_one).batch(2).element_spec == tf.TensorSpec(None, tf.int64)
    assert [x.tolist() for x in data.map(plus_one).batch(2).as_numpy_iterator()] == [[1, 2], [3]]
    both = data.map(lambda v: tf.py_function(lambda a: [a + 1, a], [v], [tf.int64, tf.int64])).element_spec
    assert both[0] == tf.TensorSpec(None, tf.int64)
    assert data.map(said).element_spec == tf.TensorSpec([], tf.int64)
    assert data.map(lambda v: (v, plus_one(v))).element_spec == (
        tf.TensorSpec([], tf.int64),
        tf.TensorSpec(None, tf.int64),
    )
    assert data.map(lambda v: tf.ensure_shape(plus_one(v), [])).element_spec == tf.TensorSpec([], tf.int64)
    with pytest.raises(ValueError, match="padded_shapes"):
        data.map(plus_one).padded_batch(2)


def test_an_error_in_the_data_is_no_error_of_the_spec():
    def limited(word):
        return tf.py_function(lambda w: 1 // (len(w.numpy()) - 3), [word], tf.int64)

    words = tf.data.Dataset.from_tensor_slices(["a", "bb", "ccc", "d"])
    assert words.map(limited).element_spec.dtype == tf.int64
    first = tf.data.Dataset.from_tensor_slices(["ccc", "a"]).map(limited)
    assert first.element_spec.dtype == tf.int64, "learnt from a made-up element"
    iterator = iter(first)
    with pytest.raises(tf.errors.UnknownError, match="ZeroDivisionError"):
        next(iterator)
    assert int(next(iterator)) == 1 // (1 - 3)


def test_what_cannot_be_traced_raises_as_while_tracing():
    windows = tf.data.Dataset.range(4).window(2)
    with pytest.raises(AttributeError, match="dtype"):
        _ = windows.map(lambda part: part.dtype).element_spec


@pytest.mark.parametrize("make", [lambda v: tf.ragged.range([1, 2]), lambda v: tf.sparse.from_dense([0, v])])
def test_specs_of_empty_datasets_of_composite_tensors(make):
    full = tf.data.Dataset.range(1, 3, output_type=tf.int32).map(make)
    empty = full.take(0).map(lambda element: element * 2)
    assert type(empty.element_spec) is type(full.element_spec)
    assert empty.element_spec.dtype == full.element_spec.dtype


def test_padded_batches_of_strings_hold_strings():
    words = tf.data.Dataset.from_tensor_slices(["ab", "c"]).padded_batch(2)
    assert next(iter(words)).numpy().tolist() == [b"ab", b"c"]
    lengths = words.map(lambda batch: tf.strings.length(tf.strings.reduce_join(batch)))
    assert [int(length) for length in lengths] == [3]


def test_an_unknown_cardinality_is_asserted_in_vain():
    data = tf.data.Dataset.range(1).apply(tf.data.experimental.assert_cardinality(tf.data.UNKNOWN_CARDINALITY))
    iterator = iter(data)
    for found in ("at least 1 element", "1 element"):  # as TensorFlow: at every element, and at the end
        with pytest.raises(tf.errors.FailedPreconditionError, match=f"contained {found}"):
            next(iterator)


def test_specs_say_only_what_is_sure_of_every_element():
    plus_one = lambda v: tf.numpy_function(lambda x: np.int64(x + 1), [v], tf.int64)  # noqa: E731
    data = tf.data.Dataset.range(3)
    flat = data.map(plus_one).map(lambda v: tf.nn.softmax(tf.reshape(tf.cast(v, tf.float32), [-1])))
    assert flat.element_spec == tf.TensorSpec([None], tf.float32)
    assert data.map(plus_one).map(lambda v: v * 2).element_spec == tf.TensorSpec(None, tf.int64)
    for some in (data, data.take(0)):
        found = some.map(plus_one).map(lambda v: {"s": tf.reduce_sum(v)}).element_spec
        assert found == {"s": tf.TensorSpec([], tf.int64)}
    zeros = tf.data.Dataset.from_tensor_slices(["", ""]).map(lambda s: tf.range(tf.strings.length(s)))
    assert zeros.element_spec == tf.TensorSpec([None], tf.int32), "two empty ones do not make all empty"
    batches = data.batch(2).flat_map(lambda b: tf.data.Dataset.from_tensors(b))
    assert batches.element_spec == tf.TensorSpec([None], tf.int64)


def test_specs_do_not_call_python_functions_of_empty_datasets():
    called = []

    def noted(v):
        called.append(v)
        return v

    data = tf.data.Dataset.range(0).map(lambda v: tf.py_function(noted, [v], tf.int64))
    assert data.element_spec == tf.TensorSpec(None, tf.int64) and not called


def test_programs_that_cannot_be_are_refused_where_the_data_is_empty():
    empty = tf.data.Dataset.range(0)
    with pytest.raises(ValueError, match="rank >= 1"):
        _ = empty.flat_map(lambda v: tf.data.Dataset.from_tensor_slices(v)).element_spec
    with pytest.raises(AttributeError, match="dtype"):
        _ = empty.window(2).map(lambda part: part.dtype).element_spec
    sparse = empty.map(lambda v: tf.sparse.from_dense([0, v]))
    for kind in (ValueError, TypeError):
        with pytest.raises(kind, match="SparseTensor"):
            _ = sparse.map(lambda s: tf.reduce_sum(s)).element_spec


def test_rebatch_of_sparse_and_ragged():
    sparse = tf.data.Dataset.range(1, 6).map(lambda v: tf.sparse.from_dense([0, v])).batch(3)
    dense = [tf.sparse.to_dense(s).numpy().tolist() for s in sparse.rebatch(2)]
    assert dense == [[[0, 1], [0, 2]], [[0, 3], [0, 4]], [[0, 5]]]
    ragged = tf.data.Dataset.range(4).map(lambda v: tf.range(v)).ragged_batch(3).rebatch(2)
    assert [r.to_list() for r in ragged] == [[[], [0]], [[0, 1], [0, 1, 2]]]


def test_a_shard_gives_an_element_before_the_error_after_it():
    data = tf.data.Dataset.range(0, 5, 2).apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
    iterator = iter(data.shard(2, 0))
    assert [int(next(iterator)), int(next(iterator))] == [0, 4]
    with pytest.raises(tf.errors.FailedPreconditionError):
        next(iterator)


def test_a_layer_with_several_variables_in_a_map():
    layer = tf.keras.layers.Dense(3, bias_initializer="ones")
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    expected = layer(rows).numpy()
    data = tf.data.Dataset.from_tensor_slices(rows).map(lambda row: layer(row[None])[0])
    np.testing.assert_allclose([row.numpy() for row in data], expected, rtol=1e-6)


def test_what_generators_yield_is_cast_as_tensorflow_does():
    def made(value, dtype):
        return next(iter(Dataset.from_generator(lambda: iter([value]), dtype))).numpy()

    assert made(3000000000, tf.int32) == -1294967296 and made(300, tf.uint8) == 44 and made(-1, tf.uint8) == 255
    assert made(1, tf.float32) == 1.0 and made(True, tf.int32) == 1 and made(np.float64(2.5), tf.int64) == 2
    wrong = [(2.5, tf.int32), ([1.5, 2], tf.int64), (0, tf.bool), (True, tf.uint8), (2**70, tf.int64)]
    for value, dtype in [*wrong, (tf.constant(1.0), tf.float64), (tf.constant(1), tf.int64)]:
        with pytest.raises(tf.errors.InvalidArgumentError, match="could not be converted"):
            made(value, dtype)
