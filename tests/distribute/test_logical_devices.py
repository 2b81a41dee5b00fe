"""A CPU divided into several devices, in a process of its own."""

import subprocess
import sys

PROGRAM = """
import addax as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
assert len(tf.config.list_physical_devices("CPU")) == 1 and len(tf.config.list_logical_devices("CPU")) == 2
assert len(tf.config.get_logical_device_configuration(cpu)) == 2
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
ones = strategy.run(lambda: tf.constant(1.0))
assert strategy.reduce("SUM", ones, axis=None).numpy() == 2.0
try:
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 4)
except RuntimeError as error:
    assert "Virtual devices cannot be modified after being initialized" in str(error)
else:
    raise AssertionError("divided anew")
"""


def test_a_divided_cpu():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
