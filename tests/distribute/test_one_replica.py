"""Strategies of one replica: scopes, run, reduce, datasets, and Keras as without a strategy."""

import numpy as np
import pytest

import addax as tf

D = tf.distribute
WORDS = "Method requires being in cross-replica context"


def mirrored():
    return D.MirroredStrategy(["/CPU:0"])


def test_scopes_say_who_is_in_charge():
    strategy = mirrored()
    assert (D.has_strategy(), D.in_cross_replica_context()) == (False, False)
    assert D.get_replica_context().replica_id_in_sync_group == 0
    with strategy.scope() as opened, strategy.scope():
        assert opened is strategy and D.get_strategy() is strategy and D.in_cross_replica_context()
        assert D.get_replica_context() is None
        with pytest.raises(RuntimeError, match="Mixing different tf.distribute.Strategy objects"):
            mirrored().scope().__enter__()
    assert not D.has_strategy()
    D.experimental_set_strategy(strategy)
    assert D.get_strategy() is strategy
    D.experimental_set_strategy(None)
    assert not D.has_strategy()


def test_run_calls_in_replica_context():
    strategy = mirrored()

    def inside(x, y=0):
        context = D.get_replica_context()
        assert context.strategy is strategy and D.get_strategy() is strategy and not D.in_cross_replica_context()
        assert context.replica_id_in_sync_group.numpy() == 0
        assert context.merge_call(lambda s, v: (s is strategy, D.in_cross_replica_context()), args=(x,)) == (True, True)
        return context.all_reduce("MEAN", [x, {"y": y}])

    result = strategy.run(inside, args=(tf.constant(2.0),), kwargs={"y": tf.constant(3.0)})
    assert float(result[0]) == 2.0 and float(result[1]["y"]) == 3.0
    assert strategy.run(lambda: None) is None
    for again in (lambda: strategy.run(lambda: 1), lambda: strategy.scope().__enter__()):
        with pytest.raises(RuntimeError, match=WORDS):
            strategy.run(again)
    with pytest.raises(TypeError):
        strategy.run(3)
    with pytest.raises(ZeroDivisionError):
        strategy.run(lambda: 1 / 0)


def test_reduce():
    strategy = mirrored()
    x = tf.constant([1.0, 2.0])
    assert strategy.reduce("sum", x, axis=None).numpy().tolist() == [1.0, 2.0]
    assert strategy.reduce(D.ReduceOp.MEAN, x, axis=0).numpy() == 1.5
    assert strategy.reduce("MEAN", tf.constant([[0], [1]]), axis=0).dtype == tf.float64
    assert strategy.experimental_local_results(5) == (5,)
    with pytest.raises(ValueError, match="'MAX' is not a valid ReduceOp"):
        strategy.reduce("MAX", x, axis=None)


def test_variables_of_a_scope():
    strategy = mirrored()
    with strategy.scope():
        v = tf.Variable(1.0)
        counted = tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ)
    assert repr(v) == "MirroredVariable:{\n  0: <tf.Variable 'Variable:0' shape=() dtype=float32, numpy=1.0>\n}"
    assert repr(counted).startswith("SyncOnReadVariable:{") and not counted.trainable
    assert strategy.extended.variable_created_in_scope(v)
    assert not strategy.extended.variable_created_in_scope(tf.Variable(1.0))
    assert isinstance(v, D.DistributedValues) and isinstance(v, tf.types.experimental.distributed.Mirrored)
    assert strategy.run(lambda: v.assign_add(2.0)).numpy() == 3.0
    strategy.extended.update(v, lambda each, x: each.assign(x), args=(2.5,))
    assert v.numpy() == 2.5
    with D.OneDeviceStrategy("/CPU:0").scope():
        assert repr(tf.Variable(1.0)) == "<tf.Variable 'Variable:0' shape=() dtype=float32, numpy=1.0>"


def test_datasets():
    strategy = mirrored()
    dataset = strategy.experimental_distribute_dataset(tf.data.Dataset.range(5).batch(2))
    assert [b.numpy().tolist() for b in dataset] == [[0, 1], [2, 3], [4]]
    assert dataset.element_spec == tf.TensorSpec((None,), tf.int64)
    iterator = iter(dataset)
    for _ in range(3):
        iterator.get_next()
    assert not bool(iterator.get_next_as_optional().has_value())
    with pytest.raises(tf.errors.OutOfRangeError):
        iterator.get_next()
    made = strategy.distribute_datasets_from_function(
        lambda c: tf.data.Dataset.range(4).batch(c.get_per_replica_batch_size(4))
    )
    assert [b.numpy().tolist() for b in made] == [[0, 1, 2, 3]]
    with pytest.raises(ValueError, match="not divisible"):
        D.InputContext(2, 1, 4).get_per_replica_batch_size(6)
    assert str(D.InputContext(2, 1, 4)) == "tf.distribute.InputContext(input pipeline id 1, total: 2)"


def test_losses_must_say_what_they_divide_by():
    one = tf.ones((2, 1))
    with mirrored().scope():
        with pytest.raises(ValueError, match="Please use `tf.keras.losses.Reduction.SUM`"):
            tf.keras.losses.MeanSquaredError()(one, one)
        assert tf.keras.losses.MeanSquaredError(reduction="none")(one, one).shape == (2,)
        with pytest.raises(RuntimeError, match="in cross replica context"):
            tf.nn.compute_average_loss(one)
        assert tf.nn.compute_average_loss(one, global_batch_size=8).numpy() == 0.25


def train(strategy):
    tf.keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    x, y = rng.random((22, 2), np.float32), rng.random((22, 1), np.float32)
    with strategy.scope():
        layers = tf.keras.layers
        model = tf.keras.Sequential(
            [layers.Dense(3, input_shape=(2,), kernel_regularizer="l2"), layers.BatchNormalization(),
             layers.Dropout(0.5), layers.Dense(1)]
        )  # fmt: skip
        model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(x, y, epochs=2, batch_size=8, verbose=0, validation_split=0.2).history
    assert model.distribute_strategy is strategy
    return [*history.values(), *model.get_weights(), model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)]


def test_one_replica_trains_as_without_a_strategy():
    plain = train(D.get_strategy())
    for found, wanted in zip(train(mirrored()), plain, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_cluster_resolvers(monkeypatch):
    resolvers = D.cluster_resolver
    cluster = tf.train.ClusterSpec({"worker": ["a:1", "b:2"], "ps": ["c:3"]})
    simple = resolvers.SimpleClusterResolver(cluster, master="m:9", task_type="worker", task_id=1, rpc_layer="grpc")
    assert simple.master() == "grpc://m:9" and simple.master("worker", 0, rpc_layer="x") == "x://a:1"
    with pytest.raises(TypeError):
        resolvers.SimpleClusterResolver({"worker": ["a"]})
    other = resolvers.SimpleClusterResolver(tf.train.ClusterSpec({"worker": ["d:1"]}))
    union = resolvers.UnionResolver(simple, other)
    assert union.cluster_spec().as_dict()["worker"] == ["a:1", "b:2", "d:1"] and union.task_id == 1
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert resolvers.TFConfigClusterResolver().master() == "" and D.MultiWorkerMirroredStrategy()
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["h:1", "h:2"]}, "task": {"type": "worker", "index": 1}}')
    found = resolvers.TFConfigClusterResolver()
    assert (found.task_type, found.task_id, found.master()) == ("worker", 1, "h:2")
    with pytest.raises(tf.errors.UnimplementedError, match="one process"):
        D.MultiWorkerMirroredStrategy()


def test_cross_device_ops():
    value = mirrored().experimental_distribute_values_from_function(lambda c: tf.constant(2.0))
    assert repr(value).startswith("PerReplica:{\n  0: <tf.Tensor")
    assert D.NcclAllReduce(2).reduce("MEAN", value, "/CPU:0").numpy() == 2.0
    assert D.ReductionToOneDevice(accumulation_fn=lambda all_: all_[0] * 3).reduce("SUM", value, "").numpy() == 6.0
    with pytest.raises(ValueError):
        D.HierarchicalCopyAllReduce(-1)
    with pytest.raises(ValueError, match="using a PerReplica object while not inside"):
        tf.add(value, 1.0)
    assert D.InputOptions().experimental_per_replica_buffer_size == 1
    assert D.RunOptions().experimental_enable_dynamic_batch_size


def test_fit_on_distributed_data():
    strategy = mirrored()
    rows = tf.data.Dataset.from_tensor_slices((np.ones((6, 2), np.float32), np.ones((6, 1), np.float32))).batch(2)

    def train(data, **options):
        with strategy.scope():
            model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,), kernel_initializer="ones")])
            model.compile("sgd", "mse")
        return model.fit(data, verbose=0, **options).history["loss"]

    data = strategy.experimental_distribute_dataset(rows)
    assert train(data, steps_per_epoch=3) == train(rows)
    with pytest.raises(ValueError, match="you must specify the number of steps"):
        train(data)


def test_parts_of_other_scopes_are_refused():
    outside = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
    metric = tf.keras.metrics.Mean()
    with mirrored().scope():
        with pytest.raises(ValueError, match="was not created in the distribution strategy scope"):
            outside.compile("sgd", "mse")
        inside = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
        with pytest.raises(ValueError, match="passed to `model.compile` was created inside a different distribution"):
            inside.compile("sgd", "mse", metrics=[metric])


def test_older_strategies():
    central = D.experimental.CentralStorageStrategy(["/CPU:0"], "/CPU:0")
    with central.scope():
        v = tf.Variable(1.0)
    assert repr(v) == "<tf.Variable 'Variable:0' shape=() dtype=float32, numpy=1.0>"
    assert central.run(lambda: v.assign_add(1.0)).numpy() == 2.0
    assert central.extended.parameter_devices == central.extended.worker_devices
    assert D.experimental.MultiWorkerMirroredStrategy().num_replicas_in_sync == 1
    for strategy in (D.TPUStrategy, D.experimental.TPUStrategy):
        with pytest.raises(ValueError, match="Please provide a TPU Name to connect to"):
            strategy()


def test_partitioners():
    parts, shape = D.experimental.partitioners, tf.TensorShape
    assert parts.FixedShardsPartitioner(5)(shape([3, 3]), tf.float32, 1) == [1, 3]
    small = [parts.MinSizePartitioner(4, 3), parts.MinSizePartitioner(8, max_shards=2), parts.MinSizePartitioner()]
    assert [each(shape([6, 1]), tf.float32) for each in small] == [[3, 1], [2, 1], [1, 1]]
    large = [parts.MaxSizePartitioner(20), parts.MaxSizePartitioner(20, 2)]
    assert [each(shape([6, 3]), tf.float32) for each in large] == [[6, 1], [2, 1]]
    assert parts.MaxSizePartitioner(8)(shape([6, 1]), tf.float32) == [3, 1]
    assert parts.MaxSizePartitioner(1024)(shape([6, 3]), tf.string) == [1, 1]
    with pytest.raises(ValueError, match="Argument `max_shard_bytes` must be positive"):
        parts.MaxSizePartitioner(0)
