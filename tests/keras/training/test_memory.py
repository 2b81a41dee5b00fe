"""Memory stays flat over many calls of predict and fit, and over models that are built and dropped."""

import subprocess
import sys

SCRIPT = """
import gc
import numpy as np
from addax import keras

def rss():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

def made():
    model = keras.Sequential([keras.layers.Dense(256, input_shape=(64,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model

x, y = np.ones((32, 64), "float32"), np.ones((32, 1), "float32")
model = made()

def calls(predict, fit):
    for _ in range(predict):
        model.predict(x, verbose=0)
    for _ in range(fit):
        model.fit(x, y, verbose=0)

def models(count):
    for _ in range(count):
        other = made()
        other.train_on_batch(x, y)
        keras.backend.clear_session()

calls(50, 20)
before = rss()
calls(1500, 150)
after_calls = rss()
models(16)  # the allocator's arenas fill
before_models = rss()
models(12)
print(after_calls - before, rss() - before_models)
"""


def test_memory_stays_flat():
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    of_calls, of_models = map(float, ran.stdout.split())
    assert of_calls < 8, f"{of_calls:.1f} MiB more after 1,500 predict and 150 fit calls"
    assert of_models < 8, f"{of_models:.1f} MiB more after 12 models"
