"""How `fit` scales: seconds an epoch by samples, data that streams past a bound of memory, memory that stays flat.

    python -m benchmarks.scaling             # all three; --only names some of: samples streaming memory

Each part prints its numbers and whether it keeps its bound; the exit status is 1 if one does not.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import statistics
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.work import timed

SAMPLES = (1_000, 10_000, 100_000, 1_000_000)
LINEAR = 1.25  # an epoch's time may grow this much faster than its samples, from one number of samples to the next
STREAMED = 1.15  # a streaming epoch beside one in memory
BOUND = 64 << 20  # bytes that streaming may hold, beside data four times as large
FLAT = 19.0  # MiB


def resident() -> float:
    """The memory of this process, in MiB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def _model(width: int, units: int) -> Any:
    from addax import keras

    model = keras.Sequential([keras.layers.Dense(units, "relu", input_shape=(width,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    return model


def _median(run: Callable[[], float], rounds: int) -> float:
    run()  # compiles, and learns the pace
    return statistics.median(run() for _ in range(rounds))


def samples(rounds: int, largest: int = SAMPLES[-1]) -> bool:
    """Seconds an epoch from 1,000 to 1,000,000 samples; whether they are linear in the samples."""
    seconds: list[tuple[int, float]] = []
    for count in (each for each in SAMPLES if each <= largest):
        x, y = np.ones((count, 16), "float32"), np.ones((count, 1), "float32")
        model = _model(16, 64)
        run = timed(lambda m=model, a=x, b=y: m.fit(a, b, batch_size=100, verbose=0))
        seconds.append((count, _median(run, rounds)))
        print(f"  {count:9,} samples {seconds[-1][1]:9.4f} s   {1e6 * seconds[-1][1] / count:7.3f} us a sample")
    good = True
    for (few, short), (many, long) in zip(seconds, seconds[1:], strict=False):
        growth = (long / short) / (many / few)
        good &= growth <= LINEAR  # the fixed cost of a call makes small data dearer, never cheaper
        print(f"  {few:,} to {many:,}: {growth:.2f} times linear")
    return good


def streaming(rounds: int, megabytes: int = 4 * BOUND >> 20) -> bool:
    """An epoch of data that never lies in memory as a whole, beside one of arrays that do."""
    import addax as tf

    batch, width = 256, 256
    batches = (megabytes << 20) // (batch * width * 4)
    block = np.random.default_rng(0).normal(size=(16, batch, width)).astype("float32")
    target = np.ones((batch, 1), "float32")

    def rows() -> Any:
        for number in range(batches):
            yield block[number % 16].copy(), target

    like = (tf.TensorSpec((batch, width), tf.float32), tf.TensorSpec((batch, 1), tf.float32))
    streamed = tf.data.Dataset.from_generator(rows, output_signature=like).prefetch(2)
    model = _model(width, 1024)
    through = timed(lambda: model.fit(streamed, epochs=1, verbose=0))
    through(), through()  # memory that is kept for the next block counts once
    before = resident()
    through()
    held = resident() - before
    x, y = np.concatenate([block] * -(-batches // 16))[:batches].reshape(-1, width), np.tile(target, (batches, 1))
    whole = timed(lambda: model.fit(x, y, batch_size=batch, shuffle=False, verbose=0))
    whole()
    pairs = [(through(), whole()) for _ in range(rounds)]  # alternated: what else runs disturbs both
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"  {megabytes} MiB of data: streamed {statistics.median(a for a, _ in pairs):.3f} s, "
          f"in memory {statistics.median(b for _, b in pairs):.3f} s, {ratio:.3f} times; "
          f"{held:.1f} MiB more held after a streamed epoch")  # fmt: skip
    return ratio <= STREAMED and held * 2**20 <= BOUND


def memory(
    rounds: int, predicts: int = 10_000, fits: int = 1_000, models: int = 200, steps: int = 100_000,
    numbers: int = 10_000,
) -> bool:  # fmt: skip
    """Memory after many calls, and after models that were built and dropped."""
    import addax as tf
    from addax import keras

    warnings.filterwarnings("ignore", ".*was traced")
    x, y = np.ones((32, 64), "float32"), np.ones((32, 1), "float32")
    model = _model(64, 256)
    weight, product, number = tf.Variable(tf.ones([8, 8])), tf.function(lambda x, k: x * k), itertools.count()

    def steps_of(count: int) -> None:
        for _ in range(count):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.square(weight))
            weight.assign_sub(1e-6 * tape.gradient(loss, weight))

    def numbers_of(count: int) -> None:
        for _ in range(count):
            product(y, next(number) + 0.5)

    def dropped(count: int) -> None:
        for _ in range(count):
            _model(64, 256).train_on_batch(x, y)
            keras.backend.clear_session()

    works: list[tuple[str, Callable[[int], Any], int]] = [
        ("predict calls", lambda n: [model.predict(x, verbose=0) for _ in range(n)], predicts),
        ("fit calls", lambda n: [model.fit(x, y, verbose=0) for _ in range(n)], fits),
        ("models built and dropped", dropped, models),
        ("eager steps", steps_of, steps),
        ("calls with other numbers", numbers_of, numbers),
    ]
    good = True
    for name, work, count in works:
        work(max(16, count // 100 if work is not dropped else count // 4))  # programs compile, malloc's arenas fill
        before = resident()
        work(count)
        more = resident() - before
        good &= more < FLAT
        print(f"  {count:,} {name}: {more:+.1f} MiB")
    return good


PARTS: dict[str, Callable[[int], bool]] = {"samples": samples, "streaming": streaming, "memory": memory}


def main(argv: list[str] | None = None) -> int:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    bad = []
    for name in options.only:
        print(f"{name}: {(PARTS[name].__doc__ or '').splitlines()[0]}")
        if not PARTS[name](options.rounds):
            bad.append(name)
    print("All bounds kept." if not bad else f"Out of bounds: {', '.join(bad)}.")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
