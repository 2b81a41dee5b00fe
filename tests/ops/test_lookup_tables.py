"""`tf.lookup`: numbers recorded from TensorFlow 2.21."""

import numpy as np
import pytest

import addax as tf

KV, TI = tf.lookup.KeyValueTensorInitializer, tf.lookup.TextFileInitializer
WHOLE, NUMBER = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
Static, Vocabulary = tf.lookup.StaticHashTable, tf.lookup.StaticVocabularyTable
Mutable, Dense = tf.lookup.experimental.MutableHashTable, tf.lookup.experimental.DenseHashTable


@pytest.fixture
def files(tmp_path):
    (tmp_path / "words").write_text("apple\nbanana\ncherry\n")
    (tmp_path / "columns").write_text("a\tx\t1\t2.5\nb\ty\t2\t3.5\nc\tz\t3\t4.5\n")
    return tmp_path


def _ints(*values):
    return tf.constant(values, tf.int64)


def test_static_table():
    table = Static(KV(["a", "b", "c"], [1, 2, 3]), -1)
    assert table.lookup(tf.constant(["a", "z", "c"])).numpy().tolist() == [1, -1, 3]
    assert table[tf.constant([["a"], ["q"]])].shape == (2, 1)
    assert (table.key_dtype, table.value_dtype, int(table.size())) == (tf.string, tf.int32, 3)
    sparse = table.lookup(tf.SparseTensor([[0, 1]], ["b"], [1, 2]))
    assert sparse.values.numpy().tolist() == [2] and sparse.shape == (1, 2)
    assert table.lookup(tf.ragged.constant([["a"], ["z", "b"]])).to_list() == [[1], [-1, 2]]
    keys, values = table.export()
    assert dict(zip(keys.numpy(), values.numpy(), strict=True)) == {b"a": 1, b"b": 2, b"c": 3}
    assert Static(KV(["a", "a"], [1, 1]), 0).size().numpy() == 1


def test_numbers_are_looked_up_in_compiled_functions():
    table = Static(KV([7, 1, 4], [70.0, 10.0, 40.0]), 0.5)
    function = tf.function(lambda keys: table.lookup(keys) * 2.0, jit_compile=True)
    assert function(tf.constant([4, 5, 7, 0, 9])).numpy().tolist() == [80, 1, 140, 1, 1]
    words = tf.function(lambda x: Static(KV(["a"], [1]), 0).lookup(x))
    with pytest.warns(UserWarning, match="runs eagerly.*StaticHashTable.lookup"):
        assert words(tf.constant(["a", "b"])).numpy().tolist() == [1, 0]


def test_text_files(files):
    words, columns = str(files / "words"), str(files / "columns")
    by_word = Static(TI(words, tf.string, WHOLE, tf.int64, NUMBER), -1)
    assert by_word.lookup(tf.constant(["banana", "x"])).numpy().tolist() == [1, -1]
    shorter = Static(TI(words, tf.string, WHOLE, tf.int64, NUMBER, vocab_size=2, value_index_offset=10), -1)
    assert shorter.lookup(tf.constant(["banana", "cherry"])).numpy().tolist() == [11, -1]
    by_number = Static(TI(words, tf.int64, NUMBER, tf.string, WHOLE), "?")
    assert by_number.lookup(_ints(0, 5)).numpy().tolist() == [b"apple", b"?"]
    assert Static(TI(columns, tf.string, 1, tf.float32, 3), -1.0)[tf.constant(["z"])].numpy().tolist() == [4.5]
    assert Static(TI(columns, tf.int64, 2, tf.string, 0), "")[_ints(2)].numpy().tolist() == [b"b"]


def test_vocabulary_table():
    table = Vocabulary(KV(["a", "b", "c"], _ints(0, 1, 2)), 3)
    assert table.lookup(tf.constant(["a", "zz", "y", "hello"])).numpy().tolist() == [0, 4, 5, 4]
    assert table.size().numpy() == 6 and table.value_dtype is tf.int64
    numbers = Vocabulary(KV(_ints(5, 6), _ints(0, 1)), 10)
    assert numbers.lookup(_ints(5, 7, 8, 100)).numpy().tolist() == [0, 10, 9, 7]
    narrow = Vocabulary(KV(_ints(5, 6), _ints(0, 1)), 10, lookup_key_dtype=tf.int32)
    assert narrow.lookup(tf.constant([5, 7])).numpy().tolist() == [0, 10]
    hashed = Vocabulary(None, 5, lookup_key_dtype=tf.string)
    assert hashed.lookup(tf.constant(["a", "b", "c"])).numpy().tolist() == [4, 2, 2]
    data = tf.data.Dataset.from_tensor_slices(["a", "q"]).map(Vocabulary(KV(["a"], _ints(0)), 3).lookup)
    assert [int(each) for each in data] == [0, 3]


def test_mutable_table():
    table = Mutable(tf.string, tf.int64, -1)
    table.insert(tf.constant(["a", "b"]), _ints(1, 2))
    table.insert(["a"], [9])
    table.remove(tf.constant(["b", "q"]))
    assert table["a"].numpy() == 9 and table.size().numpy() == 1
    spare = table.lookup(tf.constant(["a", "z"]), dynamic_default_values=_ints(7, 8))
    assert spare.numpy().tolist() == [9, 8]
    rows = Mutable(tf.int64, tf.float32, [0.0, -1.0])
    rows.insert(_ints(3), [[1.0, 2.0]])
    assert rows.lookup(_ints(3, 4)).numpy().tolist() == [[1, 2], [0, -1]]


def test_dense_table():
    table = Dense(tf.int64, tf.int64, -1, empty_key=0, deleted_key=-9)
    table.insert(_ints(5, 6), _ints(50, 60))
    table.insert_or_assign(_ints(6), _ints(61))
    table.erase(_ints(5, 77))
    assert table.lookup(_ints(5, 6)).numpy().tolist() == [-1, 61] and table.size().numpy() == 1
    pairs = Dense(tf.int64, tf.int64, -1, [0, 0], [-1, -1])
    pairs.insert([[1, 2], [3, 4]], [1, 2])
    assert pairs.lookup(tf.constant([[3, 4], [5, 6]], tf.int64)).numpy().tolist() == [2, -1]


def test_checkpoints_keep_mutable_tables(tmp_path):
    def tables():
        return {
            "words": Mutable(tf.string, tf.int64, -1), "numbers": Dense(tf.int64, tf.float32, -1.0, 0, -9),
            "pairs": Dense(tf.int64, tf.int64, [-1, -1], [0, 0], [-1, -1]),
            "texts": Dense(tf.string, tf.int64, -1, "", "$"),
            "fixed": Static(KV(["a"], [1]), 0), "vocabulary": Vocabulary(KV(["a"], _ints(0)), 1),
        }  # fmt: skip

    made, again = tables(), tables()
    made["words"].insert(["a", "b"], [1, 2])
    made["numbers"].insert([5, 9, 1], [0.5, 0.9, 0.1])
    made["pairs"].insert([[1, 2], [3, 4]], [[5, 6], [7, 8]])
    made["texts"].insert([f"k{i}" for i in range(9)], range(9))
    path = tf.train.Checkpoint(**made).save(str(tmp_path / "tables"))
    shapes = dict(tf.train.list_variables(path))
    assert shapes["words/.ATTRIBUTES/table-keys"] == [2] and shapes["pairs/.ATTRIBUTES/table-values"] == [4, 2]
    keys = tf.train.load_checkpoint(path).get_tensor("numbers/.ATTRIBUTES/table-keys")
    assert keys.tolist() == [[1], [5], [9], [0]]  # in TensorFlow's buckets, where all three want the second
    again["words"].insert(["gone"], [3])
    tf.train.Checkpoint(**again).restore(path).assert_consumed()
    assert again["words"].lookup(tf.constant(["a", "b", "gone"])).numpy().tolist() == [1, 2, -1]
    assert again["numbers"][_ints(5, 1, 7)].numpy().tolist() == [0.5, np.float32(0.1), -1.0]
    assert again["pairs"].lookup(tf.constant([[3, 4], [9, 9]], tf.int64)).numpy().tolist() == [[7, 8], [-1, -1]]
    assert again["texts"].lookup(tf.constant(["k7", "?"])).numpy().tolist() == [7, -1]
    nodes = tf.train.load_checkpoint(path).get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH")
    assert b"words/.ATTRIBUTES/table" in nodes and b"table-keys" not in nodes and b"_initializer" in nodes


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda p: Static(KV(["a", "a"], [1, 2]), 0), tf.errors.FailedPreconditionError),
        (lambda p: Static(KV(["a", "b"], [1]), 0), tf.errors.InvalidArgumentError),
        (lambda p: Static(KV(["a"], [1]), 0.5), TypeError),
        (lambda p: Static(KV(["a"], [1]), 0).lookup(tf.constant([1])), TypeError),
        (lambda p: Static(TI(str(p / "none"), tf.string, WHOLE, tf.int64, NUMBER), -1), tf.errors.NotFoundError),
        (lambda p: Static(TI(str(p / "columns"), tf.string, 0, tf.int64, 1), -1), tf.errors.InvalidArgumentError),
        (lambda p: Static(TI(str(p / "columns"), tf.string, 7, tf.int64, 2), -1), tf.errors.InvalidArgumentError),
        (
            lambda p: Static(TI(str(p / "words"), tf.string, WHOLE, tf.int64, NUMBER, 5), 0),
            tf.errors.InvalidArgumentError,
        ),
        (lambda p: TI("f", tf.string, -3, tf.int64, NUMBER), ValueError),
        (lambda p: TI("f", tf.string, NUMBER, tf.int64, NUMBER), ValueError),
        (lambda p: TI("f", tf.float32, WHOLE, tf.int64, NUMBER), ValueError),
        (lambda p: Vocabulary(KV(["a"], [0]), 1), TypeError),
        (lambda p: Vocabulary(KV(["a"], _ints(0)), 0), ValueError),
        (lambda p: Vocabulary(KV(["a"], _ints(0)), 2, lookup_key_dtype=tf.int64), TypeError),
        (lambda p: Mutable(tf.string, tf.int64, -1).insert(["a"], tf.constant([1.0])), ValueError),
        (lambda p: Mutable(tf.string, tf.int64, -1).insert(["a", "b"], [1]), tf.errors.InvalidArgumentError),
        (lambda p: Mutable(tf.string, tf.int64, -1).remove(tf.constant([1])), TypeError),
        (lambda p: Dense(tf.int64, tf.int64, -1, 0, 0), tf.errors.InvalidArgumentError),
        (lambda p: Dense(tf.int64, tf.int64, -1, 0, -9).lookup(_ints(0)), tf.errors.InvalidArgumentError),
        (lambda p: Dense(tf.int64, tf.int64, -1, 0, -9).insert(_ints(-9), _ints(1)), tf.errors.InvalidArgumentError),
    ],
)
def test_refusals(call, error, files):
    with pytest.raises(error):
        call(files)


def test_mutable_tables_run_functions_eagerly():
    table = Mutable(tf.string, tf.int64, -1)
    table.insert(["a"], [1])

    @tf.function
    def ask(keys):
        return table.lookup(keys)

    with pytest.warns(Warning, match="eager"):
        assert ask(tf.constant(["a"])).numpy().tolist() == [1]
    table.insert(["a"], [33])
    np.testing.assert_array_equal(ask(tf.constant(["a"])), [33])
