"""`train_step(self, state, data)`, as users override it for Keras 3 on JAX."""

import jax
import numpy as np

import addax as tf

keras = tf.keras


class Custom(keras.Model):
    def compute(self, trainable, fixed, x, y):
        y_pred, fixed = self.stateless_call(trainable, fixed, x, training=True)
        return self.compute_loss(x, y, y_pred), (y_pred, fixed)

    def measured(self, variables, y, y_pred, loss):
        after, logs = [], {}
        for metric in self.metrics:
            own = variables[len(after) : len(after) + len(metric.variables)]
            given = (loss,) if metric.name == "loss" else (y, y_pred)
            own = metric.stateless_update_state(own, *given)
            logs[metric.name] = metric.stateless_result(own)
            after += own
        return logs, after

    def train_step(self, state, data):
        trainable, fixed, own, measured = state
        x, y = data
        grad_fn = jax.value_and_grad(self.compute, has_aux=True)
        (loss, (y_pred, fixed)), grads = grad_fn(trainable, fixed, x, y)
        trainable, own = self.optimizer.stateless_apply(own, grads, trainable)
        logs, measured = self.measured(measured, y, y_pred, loss)
        return logs, (trainable, fixed, own, measured)

    def test_step(self, state, data):
        trainable, fixed, measured = state
        x, y = data
        y_pred, fixed = self.stateless_call(trainable, fixed, x, training=False)
        logs, measured = self.measured(measured, y, y_pred, self.compute_loss(x, y, y_pred))
        return logs, (trainable, fixed, measured)

    def predict_step(self, state, data):
        outputs, fixed = self.stateless_call(*state, data, training=False)
        return 2 * outputs, fixed


def trained(cls, eager=False):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((3,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(4)(inputs))
    model = cls(inputs, keras.layers.Dense(1)(hidden))
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"], run_eagerly=eager)
    rng = np.random.default_rng(0)
    x, y = rng.random((12, 3), np.float32), rng.random((12, 1), np.float32)
    history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    return model, history, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)


def test_it_trains_as_the_usual_steps_do():
    plain, *rest = trained(keras.Model)
    for eager in (False, True):
        model, history, evaluated, predicted = trained(Custom, eager)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), (history, evaluated), tuple(rest[:2]))
        np.testing.assert_allclose(predicted, 2 * rest[2], rtol=1e-4)
        for mine, other in zip(model.get_weights(), plain.get_weights(), strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


def test_dropout_draws_anew_in_each_step():
    seen = []

    class Noting(Custom):
        def train_step(self, state, data):
            outputs = [self.stateless_call(*state[:2], data[0], training=True)[0] for _ in range(2)]
            return {"first": outputs[0].sum(), "second": outputs[1].sum()}, state

    inputs = keras.Input((32,))
    model = Noting(inputs, keras.layers.Dropout(0.5)(inputs))
    model.compile("sgd", "mse")
    noting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(tuple(logs.values())))
    model.fit(np.random.rand(16, 32), np.ones((16, 32)), batch_size=4, verbose=0, callbacks=[noting])
    assert len({value for pair in seen for value in pair}) == 8
