"""Runs in a process with four CPU devices: what several replicas compute, printed as JSON."""

import json
import os
import sys
import tempfile
import warnings

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
import numpy as np  # noqa: E402

import addax as tf  # noqa: E402

warnings.simplefilter("ignore")
D, K = tf.distribute, tf.keras
four, two = D.MirroredStrategy(), D.MirroredStrategy(["/CPU:0", "/CPU:1"])
rng = np.random.RandomState(0)
X, Y = rng.rand(22, 2).astype("float32"), rng.rand(22, 1).astype("float32")


def plain(value):
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, D.DistributedValues) and not isinstance(value, tf.Variable):
        return [plain(part) for part in value.values]
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return np.asarray(value).tolist() if hasattr(value, "shape") else value


def number():
    return tf.cast(D.get_replica_context().replica_id_in_sync_group, tf.float32)


def variables(call):
    """A variable of each kind, assigned to in replicas, and what is read then."""
    kinds, found = tf.VariableAggregation, {}
    for name, kind in (("sum", kinds.SUM), ("mean", kinds.MEAN), ("first", kinds.ONLY_FIRST_REPLICA), ("none", None)):
        for sync in (tf.VariableSynchronization.AUTO, tf.VariableSynchronization.ON_READ):
            if kind is None and sync is tf.VariableSynchronization.ON_READ:
                continue
            with two.scope():
                v = tf.Variable(1.0, aggregation=kind or kinds.NONE, synchronization=sync)
            inside = call(lambda v=v: two.run(lambda: (v.assign_add(number() + 1.0), v.read_value())[1]))
            found[f"{name} {sync.name}"] = [plain(inside), float(v)]
    return found


def train(strategy, normal):
    with strategy.scope():
        layers = [
            K.layers.Dense(3, input_shape=(2,), kernel_initializer=K.initializers.Constant(0.1), activation="tanh")
        ]
        if normal is not None:
            layers.append(K.layers.BatchNormalization(momentum=0.5, **normal))
        layers.append(K.layers.Dense(1, kernel_initializer=K.initializers.Constant(0.2)))
        model = K.Sequential(layers)
        model.compile(K.optimizers.SGD(0.1), "mse", metrics=["mae"])
    history = model.fit(X, Y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
    return [history["loss"], history["mae"], plain(model.evaluate(X, Y, batch_size=8, verbose=0))]


def loop(strategy):
    """A training loop of the user's own."""
    with strategy.scope():
        model = K.Sequential([K.layers.Dense(1, input_shape=(2,), kernel_initializer="ones")])
        optimizer, mean = K.optimizers.Adam(0.1), K.metrics.Mean()
        loss_of = K.losses.MeanSquaredError(reduction="none")

    def step(batch):
        weights = model.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.nn.compute_average_loss(loss_of(batch[1], model(batch[0], training=True)), global_batch_size=8)
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        mean.update_state(loss)
        return loss

    whole = tf.function(lambda batch: strategy.reduce("SUM", strategy.run(step, args=(batch,)), axis=None))
    batches = strategy.experimental_distribute_dataset(tf.data.Dataset.from_tensor_slices((X, Y)).batch(8))
    losses = [float(whole(batch)) for batch in batches]
    losses += [float(strategy.reduce("SUM", strategy.run(step, args=(batch,)), axis=None)) for batch in batches]
    return [losses, float(mean.result()), plain(model.get_weights()), int(optimizer.iterations)]


def together():
    values = two.experimental_distribute_values_from_function(
        lambda c: tf.reshape(tf.range(2 * (1 + c.replica_id_in_sync_group)), (-1, 1))
    )
    ours = two.run(lambda x: D.get_replica_context().all_gather(x, axis=0), args=(values,))
    summed = two.run(lambda: D.get_replica_context().all_reduce("SUM", number() + 1.0))
    merged = two.run(
        lambda: D.get_replica_context().merge_call(lambda s, x: s.reduce("SUM", x, None), args=(number(),))
    )
    mean = two.reduce("MEAN", values, axis=0)
    return [plain(x) for x in (values, two.gather(values, 0), ours, summed, merged, mean)]


def slope(x):
    def inside(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = D.get_replica_context().all_reduce("SUM", x * x)
        return tape.gradient(y, x)

    return two.run(inside, args=(x,))


def error_of(function):
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:160]
    return None


def errors():
    with two.scope():
        counted = tf.Variable(
            1.0, synchronization=tf.VariableSynchronization.ON_READ, aggregation=tf.VariableAggregation.SUM
        )
        total = tf.Variable(1.0, aggregation=tf.VariableAggregation.SUM)
    one = tf.constant(1.0)
    nested = tf.function(lambda: D.get_replica_context().all_reduce("SUM", one))
    return [
        error_of(lambda: counted.assign_add(1.0)), error_of(lambda: two.run(lambda: total.assign_add(1.0))),
        error_of(lambda: two.reduce("SUM", one, axis=None)),
        error_of(lambda: two.run(lambda: nested())), error_of(lambda: two.run(lambda: 1 / 0)),
    ]  # fmt: skip


ten = two.experimental_distribute_dataset(tf.data.Dataset.range(9).batch(4))
pairs = two.experimental_distribute_values_from_function(
    lambda c: tf.constant([1.0, 2.0]) * (c.replica_id_in_sync_group + 1)
)


def saved():
    """What a model with running statistics says after it was saved and loaded, without a strategy."""
    with two.scope():
        layers = [K.layers.Dense(2, input_shape=(2,), dtype="mixed_bfloat16"), K.layers.BatchNormalization()]
        model = K.Sequential(layers)
        model.compile("sgd", "mse")
    model.fit(X, np.ones((22, 2), "float32"), batch_size=8, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder + "/a")
        loaded = K.models.load_model(folder + "/a")
    return plain(abs(loaded(X) - model(X)).numpy().max())


def unusual():
    """Layers that are built in the step, prints, and Python that asks for its replica's number."""
    with two.scope():
        model = K.Sequential([K.layers.Dense(2), K.layers.BatchNormalization(), K.layers.Dense(1)])
        model.compile("adam", "mse")
    model.fit(tf.data.Dataset.from_tensor_slices((X, Y)).batch(7), verbose=0)
    count = len(model.weights)

    def talk(x):
        tf.print("replica", x, output_stream=sys.stderr)
        return x + 1.0

    def ask(x):
        return x * 10.0 if D.get_replica_context().replica_id_in_sync_group == 1 else x

    said = tf.function(lambda x: two.run(talk, args=(x,)))(pairs)
    asked = [tf.function(lambda x: two.run(ask, args=(x,)), autograph=on)(pairs) for on in (True, False)]
    return [count, plain(said), plain(asked)]


def parts(value):
    """The shapes of a value's parts on the devices, and on how many these are."""
    shards = value._value.addressable_shards
    return [sorted({shard.data.shape for shard in shards}), len(shards)]


def small():
    K.utils.set_random_seed(1)
    layers = [K.layers.Dense(8, "relu", name="dense_1"), K.layers.Dense(2, name="dense_2")]
    model = K.Sequential([K.Input((2,)), *layers])
    model.compile("adam", "mse")
    return model, model.fit(X[:20], X[:20], batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]


def spread():
    """keras.distribution: parts of tensors, variables and batches, and what a model in parts learns."""
    S = K.distribution
    mesh = S.DeviceMesh((2, 2), ["batch", "model"])
    layouts, found = S.LayoutMap(mesh), {"whole": small()[1]}
    layouts["dense.*kernel"] = (None, "model")
    found["tensor"] = parts(S.distribute_tensor(X, S.TensorLayout(("batch", None), mesh)))
    with S.ModelParallel(layout_map=layouts, batch_dim_name="batch").scope():
        model, found["in parts"] = small()
        kernel = model.layers[0].kernel
        moment = next(each for each in model.optimizer.variables if each.shape == kernel.shape)
        found["variables"] = [parts(kernel), parts(moment)]
        found["predict"] = model.predict(X[:7], verbose=0).shape
    seen = []
    with S.DataParallel(devices=S.list_devices()[:2]).scope():
        model = K.Sequential([K.layers.Dense(1, input_shape=(2,))])
        model.train_step = lambda data: seen.append(parts(data)) or {"loss": tf.reduce_sum(data)}
        model.compile(run_eagerly=True)
        model.fit(X[:9], batch_size=6, verbose=0, shuffle=False)
    found["batches"] = seen
    return found


print(json.dumps({
    "spread": spread(),
    "eager variables": variables(lambda f: f()), "traced variables": variables(lambda f: tf.function(f)()),
    "dataset": [plain(batch) for batch in ten], "together": together(), "errors": errors(),
    "slope": [plain(slope(pairs)), plain(tf.function(slope)(pairs))],
    "saved": saved(), "unusual": unusual(),
    "fit": train(four, None), "batch norm": train(four, {}), "sync": train(two, {"synchronized": True}),
    "renorm": train(two, {"synchronized": True, "renorm": True}),
    "loop": loop(two),
}))  # fmt: skip
