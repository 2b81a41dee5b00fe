"""A process that saves small models over and over; driven by test_never_lost.py over its standard input."""

import os
import resource
import select
import signal
import sys
import warnings

import numpy as np

import addax as tf

WHOLE = ("m.keras", "m.h5", "folder")
LIMITS = (0, 700, 9000, 30000)
folder = sys.argv[1]


def net(value):
    layers = [tf.keras.layers.Dense(60, name=f"d{index}") for index in range(4)]
    model = tf.keras.Sequential([tf.keras.Input((60,)), *layers], name="net")
    model.compile("sgd", "mse")
    model.set_weights([np.full(each.shape, value) for each in model.get_weights()])
    return model


def save(model, form):
    path = os.path.join(folder, form)
    (model.save if form in WHOLE else model.save_weights)(path)


def contents():
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                found[os.path.join(where, name)] = file.read()
    return found


def full(model, form, limit):
    """What a save does that may write no file of more than `limit` bytes."""
    before = contents()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        save(model, form)
        found = "saved"
    except OSError as error:
        found = "refused" if str(error) else "no text"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return found if contents() == before else "changed"


def main():
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    models = [net(1.0), net(2.0)]
    for line in sys.stdin:
        form = line.strip()
        save(models[0], form)
        print("full", *[full(models[1], form, limit) for limit in LIMITS], flush=True)
        turn = 0
        while not select.select([sys.stdin], [], [], 0)[0]:
            turn += 1
            save(models[turn % 2], form)
            print("saved", flush=True)


main()
