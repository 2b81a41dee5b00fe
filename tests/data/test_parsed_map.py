"""Functions that begin by parsing a record: many at once, and never to be told from one at a time."""

import numpy as np
import pytest

import addax as tf

F = tf.io.FixedLenFeature
SPEC = {"a": F([], tf.int64), "v": F([2], tf.float32), "w": F([], tf.string), "z": F([], tf.int64, 9)}


def example(number, **more):
    features = {
        "a": tf.train.Feature(int64_list=tf.train.Int64List(value=[number])),
        "v": tf.train.Feature(float_list=tf.train.FloatList(value=[number, 0.5])),
        "w": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"w" * number])),
    } | more
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


RECORDS = [example(number) for number in range(7)]
BAD = example(100, v=tf.train.Feature(float_list=tf.train.FloatList(value=[1.0])))


def dataset(records=RECORDS):
    return tf.data.Dataset.from_tensor_slices(np.array(records, object))


def parsed(record):
    found = tf.io.parse_single_example(record, SPEC)
    return found["v"] * 2.0, {"label": found["a"] + found["z"], "word": found["w"]}


def plain(element):
    return tf.nest.map_structure(lambda leaf: np.asarray(leaf).tolist(), element)


def by_hand(records):
    return [plain(parsed(tf.constant(record))) for record in records]


def how(data):
    return str(data._node.how())


def test_equal_to_one_at_a_time():
    data = dataset().map(parsed)
    assert how(data) == "many records parsed at once, then compiled"
    assert data.element_spec == (
        tf.TensorSpec([2], tf.float32),
        {"label": tf.TensorSpec([], tf.int64), "word": tf.TensorSpec([], tf.string)},
    )
    expected = by_hand(RECORDS)
    assert [plain(element) for element in data] == expected
    batches = [plain(element) for element in data.batch(3)]
    assert [label for _, rest in batches for label in rest["label"]] == [rest["label"] for _, rest in expected]
    assert [word for _, rest in batches for word in rest["word"]] == [rest["word"] for _, rest in expected]
    shuffled = [plain(element) for element in dataset().shuffle(7, seed=1).map(parsed, num_parallel_calls=2)]
    assert sorted(shuffled, key=str) == sorted(expected, key=str)


def test_state_at_every_position():
    data = dataset(RECORDS[:3] + [BAD] + RECORDS[3:]).map(parsed).ignore_errors()
    expected = by_hand(RECORDS)
    for position in range(8):
        iterator = iter(data)
        for _ in range(position):
            next(iterator)
        state = iterator.get_state()
        again = iter(data)
        again.set_state(state)
        assert [plain(element) for element in again] == expected[position:]


def test_a_bad_record():
    data = dataset(RECORDS[:3] + [BAD] + RECORDS[3:]).map(parsed)
    read = []
    with pytest.raises(tf.errors.InvalidArgumentError, match="Number of float values != expected") as caught:
        for element in data:
            read.append(plain(element))
    assert read == by_hand(RECORDS[:3]) and "element 3" in "".join(caught.value.__notes__)
    assert [plain(element) for element in data.ignore_errors()] == by_hand(RECORDS)
    broken = dataset([b"abc", *RECORDS, b"abc"]).map(parsed).ignore_errors()
    assert [plain(element) for element in broken] == by_hand(RECORDS)


def test_random_numbers_do_not_depend_on_blocks():
    def noisy(record):
        return tf.cast(tf.io.parse_single_example(record, {"a": F([], tf.int64)})["a"], tf.float32) + tf.random.uniform(
            []
        )

    tf.random.set_seed(3)
    singly = [float(value) for value in dataset().map(noisy)]
    tf.random.set_seed(3)
    together = np.concatenate([value.numpy() for value in dataset().map(noisy).batch(2)]).tolist()
    assert singly == together and len(set(np.mod(singly, 1).round(6))) == 7


def raw(record):
    return tf.io.decode_raw(tf.io.parse_single_example(record, {"w": F([], tf.string)})["w"], tf.uint8)


def sparse(record):
    return tf.io.parse_single_example(record, {"v": tf.io.VarLenFeature(tf.float32)})["v"].values


def joined(record):
    return tf.strings.join([tf.io.parse_single_example(record, {"w": F([], tf.string)})["w"], "!"])


def reading(record, factor=tf.Variable(2.0)):  # noqa: B008
    return tf.io.parse_single_example(record, {"v": F([2], tf.float32)})["v"] * factor


@pytest.mark.parametrize("function", [raw, sparse, joined, reading])
def test_what_cannot_be_parsed_first_is_called_for_each(function, recwarn):
    data = dataset(RECORDS[1:]).map(function)
    assert "in Python, element by element" in how(data)
    expected = [plain(function(tf.constant(record))) for record in RECORDS[1:]]
    assert [plain(element) for element in data] == expected and not recwarn.list


def test_a_generator_is_not_read_ahead():
    taken = []

    def records():
        for record in RECORDS:
            taken.append(1)
            yield record

    data = tf.data.Dataset.from_generator(records, output_signature=tf.TensorSpec([], tf.string)).map(parsed)
    next(iter(data))
    assert len(taken) <= 2
