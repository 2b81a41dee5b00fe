"""The guides' networks on random data of MNIST's shapes: by `fit`, by an eager loop, by a compiled loop."""

from __future__ import annotations

import functools

import numpy as np

from benchmarks.work import Work, tensorflow, timed

mlp_fit = Work("mlp_fit", "fit: MLP 784-64-64-10, RMSprop, 50,000 samples, batch 64, 1 epoch + validation on 10,000")
eager_loop = Work("eager_loop", "eager loop: 784-256-256-10, Adam, 60,000 samples, batch 64, 1 epoch")
function_loop = Work("function_loop", "the same loop under tf.function (JAX: jit, PyTorch: eager)")
WORKS = [mlp_fit, eager_loop, function_loop]


def images(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Random pixels (samples, 784) and labels (samples,), float32 as the guides have them."""
    rng = np.random.default_rng(0)
    return rng.random((samples, 784), dtype="float32"), rng.integers(10, size=samples).astype("float32")


def fit_data(scale: float) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    x, y = images(int(60_000 * scale))
    cut = int(50_000 * scale)
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])


# ---------------------------------------------------------------- fit


def guide_model(keras):
    """The model of guide 4, for any Keras."""
    inputs = keras.Input(shape=(784,), name="digits")
    x = keras.layers.Dense(64, activation="relu", name="dense_1")(inputs)
    x = keras.layers.Dense(64, activation="relu", name="dense_2")(x)
    outputs = keras.layers.Dense(10, activation="softmax", name="predictions")(x)
    model = keras.Model(inputs=inputs, outputs=outputs)
    model.compile(
        optimizer=keras.optimizers.RMSprop(),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    return model


def keras_of(framework: str):
    if framework == "keras-jax":
        import keras

        return keras
    return tensorflow(framework).keras


@mlp_fit.by("addax", "tf", "keras-jax")
def _fit_keras(framework: str, scale: float):
    (x, y), validation = fit_data(scale)
    model = guide_model(keras_of(framework))
    return timed(lambda: model.fit(x, y, batch_size=64, epochs=1, validation_data=validation, verbose=0))


@mlp_fit.by("torch")
def _fit_torch(framework: str, scale: float):
    import torch

    (x, y), (x_val, y_val) = fit_data(scale)
    x, x_val = torch.from_numpy(x), torch.from_numpy(x_val)
    y, y_val = torch.from_numpy(y).long(), torch.from_numpy(y_val).long()
    linear, relu = torch.nn.Linear, torch.nn.ReLU
    model = torch.nn.Sequential(linear(784, 64), relu(), linear(64, 64), relu(), linear(64, 10))
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)

    def epoch():
        order = torch.randperm(len(x))
        total, right = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for rows in order.split(64):
            labels = y[rows]
            logits = model(x[rows])
            loss = loss_of(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            right += (logits.argmax(1) == labels).sum()
        with torch.no_grad():
            for pixels, labels in zip(x_val.split(64), y_val.split(64), strict=True):
                logits = model(pixels)
                total += loss_of(logits, labels) * len(labels)
                right += (logits.argmax(1) == labels).sum()
        return float(total), int(right)

    return timed(epoch)


@mlp_fit.by("jax", "jax-bare")
def _fit_jax(framework: str, scale: float):
    """Hand-written: an epoch is one program, `lax.scan` over shuffled batches on the device.

    "jax" does the work of `fit`: the last, smaller batch, accuracy, validation. "jax-bare" trains only.
    """
    import jax
    import jax.numpy as jnp

    (x, y), (x_val, y_val) = fit_data(scale)
    x, y, x_val, y_val = (jnp.asarray(a) for a in (x, y.astype("int32"), x_val, y_val.astype("int32")))
    steps, rest = len(x) // 64, len(x) % 64
    complete = framework == "jax"
    keys = jax.random.split(jax.random.key(0), 3)
    sizes = [(784, 64), (64, 64), (64, 10)]
    parameters = [
        (jax.nn.initializers.glorot_uniform()(k, s), jnp.zeros(s[1])) for k, s in zip(keys, sizes, strict=True)
    ]

    def logits_of(parameters, pixels):
        for w, b in parameters[:-1]:
            pixels = jax.nn.relu(pixels @ w + b)
        return pixels @ parameters[-1][0] + parameters[-1][1]

    def loss_of(parameters, pixels, labels):
        logits = logits_of(parameters, pixels)
        loss = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1).mean()
        return loss, (logits.argmax(1) == labels).sum() if complete else 0

    def step(carry, rows):
        parameters, squares, total, right = carry
        (loss, hits), gradients = jax.value_and_grad(loss_of, has_aux=True)(parameters, x[rows], y[rows])
        squares = jax.tree.map(lambda s, g: 0.9 * s + 0.1 * g * g, squares, gradients)
        update = lambda p, g, s: p - 1e-3 * g * jax.lax.rsqrt(s + 1e-7)  # noqa: E731
        parameters = jax.tree.map(update, parameters, gradients, squares)
        return (parameters, squares, total + loss * len(rows), right + hits), None

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def epoch(parameters, squares, key):
        order = jax.random.permutation(key, len(x))
        carry = (parameters, squares, jnp.zeros(()), 0)
        carry, _ = jax.lax.scan(step, carry, order[: steps * 64].reshape(steps, 64))
        if complete and rest:
            carry, _ = step(carry, order[steps * 64 :])
        validation = loss_of(carry[0], x_val, y_val) if complete else 0.0
        return carry, validation

    state = [parameters, jax.tree.map(jnp.zeros_like, parameters)]
    key = [jax.random.key(1)]

    def run():
        key[0], now = jax.random.split(key[0])
        carry, validation = epoch(*state, now)
        state[:] = carry[:2]
        jax.block_until_ready((carry, validation))

    return timed(run)


# ---------------------------------------------------------------- loops


@eager_loop.by("addax", "tf")
def _loop_eager(framework: str, scale: float):
    return _loop(tensorflow(framework), scale, compiled=False)


@function_loop.by("addax", "tf")
def _loop_function(framework: str, scale: float):
    return _loop(tensorflow(framework), scale, compiled=True)


def _loop(tf, scale: float, compiled: bool):
    """Guide 3's loop: dataset, tape, optimizer, metric."""
    dataset = tf.data.Dataset.from_tensor_slices(images(int(60_000 * scale)))
    dataset = dataset.shuffle(buffer_size=1024).batch(64)
    layers = tf.keras.layers
    model = tf.keras.Sequential(
        [layers.Dense(256, activation=tf.nn.relu), layers.Dense(256, activation=tf.nn.relu), layers.Dense(10)]
    )
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy = tf.keras.metrics.SparseCategoricalAccuracy()
    optimizer = tf.keras.optimizers.Adam()

    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x)
            loss_value = loss(y, logits)
        gradients = tape.gradient(loss_value, model.trainable_weights)
        optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
        accuracy.update_state(y, logits)
        return loss_value

    if compiled:
        step = tf.function(step)

    def epoch():
        for number, (x, y) in enumerate(dataset):
            loss_value = step(x, y)
            if number % 100 == 0:
                float(loss_value), float(accuracy.result())
        return float(loss_value), float(accuracy.result())

    return timed(epoch)


@eager_loop.by("torch")
@function_loop.by("torch")
def _loop_torch(framework: str, scale: float):
    import torch

    pixels, labels = images(int(60_000 * scale))
    pixels, labels = torch.from_numpy(pixels), torch.from_numpy(labels).long()
    linear, relu = torch.nn.Linear, torch.nn.ReLU
    model = torch.nn.Sequential(linear(784, 256), relu(), linear(256, 256), relu(), linear(256, 10))
    loss_of, optimizer = torch.nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters())

    def epoch():
        right = torch.zeros((), dtype=torch.long)
        for rows in torch.randperm(len(pixels)).split(64):
            y = labels[rows]
            logits = model(pixels[rows])
            loss = loss_of(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            right += (logits.argmax(1) == y).sum()
        return float(loss), int(right)

    return timed(epoch)
