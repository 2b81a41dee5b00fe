"""Values and gradients of converted control flow: eagerly, compiled, and with the tape inside."""

from __future__ import annotations

import numpy as np
import pytest

import addax as tf

F32 = np.float32


def outcomes(function, *args):
    """[value, gradients of the floating arguments]: eagerly, compiled under a tape, and with the tape inside."""
    args = [tf.constant(arg) for arg in args]
    floats = [arg for arg in args if arg.dtype.is_floating]

    def run(callee):
        with tf.GradientTape() as tape:
            for each in floats:
                tape.watch(each)
            value = callee(*args)
        return [value, *tape.gradient(value, floats)]

    @tf.function
    def inside(*args):
        floats = [arg for arg in args if arg.dtype.is_floating]
        with tf.GradientTape() as tape:
            for each in floats:
                tape.watch(each)
            value = function(*args)
        return [value, *tape.gradient(value, floats)]

    return [[each.numpy() for each in result] for result in (run(function), run(tf.function(function)), inside(*args))]


# ---------------------------------------------------------------------------- functions with gradients


def branches(x):
    if x > 0:
        y = x * x
    elif x < -1:
        y = tf.sin(x)
    else:
        y = -x
    return y


def nested_branches(x):
    y = x
    if x > 0:
        if x > 2:
            y = x * 3.0
        z = y * y
    else:
        z = y - 1.0
    return z + y


def ternaries(x):
    return x * 2.0 if 0 < x < 5 else (x * 3.0 if x < -3 or x > 10 else x * x)


def logic(x):
    if not (x > 3) and (x > 1 or x < -1):
        return x * x
    return x


def range_of_tensor(x, n):
    y = x
    for _ in tf.range(n):
        y = tf.sin(y) * x
    return y


def known_range(x):
    y = x
    for i in tf.range(4):
        y = tf.sin(y) * x + tf.cast(i, tf.float32)
    return y


def rows(x):
    total = tf.zeros(())
    for row in x:
        if tf.reduce_sum(row) > 3.0:
            continue
        total += tf.reduce_sum(row * row)
    return total


def rows_until(x):
    total = tf.zeros(())
    for each in x:
        if each < 0.0:
            break
        total += each * each
    return total


def first_large(x):
    for each in x:
        if each > 2.5:
            return each * each
    return tf.reduce_sum(x)


def doubling(x):
    while tf.reduce_sum(x) < 100.0:
        x = x * 1.5
    return tf.reduce_sum(x)


def endless(x, n):
    i, y = tf.constant(0), x
    while True:
        if i >= n:
            break
        i += 1
        if i == 2:
            continue
        y = y * x
    return y


def loops_in_loops(x, n):
    y = x
    for i in tf.range(n):
        j = tf.constant(0)
        while j < i:
            if tf.reduce_sum(y) > 5.0:
                y = y * 0.5
            else:
                y = y + x
            j += 1
    return tf.reduce_sum(y)


def list_of_results(x):
    collected = []
    for i in tf.range(3):
        collected.append(x * tf.cast(i, tf.float32))
    return tf.reduce_sum(tf.stack(collected))


def array_of_results(x):
    array = tf.TensorArray(tf.float32, size=4)
    for i in tf.range(4):
        array = array.write(i, x * tf.cast(i, tf.float32))
    return tf.reduce_sum(array.stack())


def python_loop_until(x):
    for i in range(4):
        if x > 10.0:
            break
        x = x * x + float(i)
    return x


def counted(x):
    total = tf.zeros(())
    for i, (a, b) in enumerate(zip(x, x * 2.0, strict=True)):
        total += tf.cast(i, tf.float32) * a * b
    return total


@pytest.mark.parametrize(
    ("function", "args"),
    [
        *[(branches, (F32(v),)) for v in (2.0, -0.5, -3.0)],
        *[(nested_branches, (F32(v),)) for v in (1.0, 3.0, -1.0)],
        *[(ternaries, (F32(v),)) for v in (1.0, 6.0, 11.0, -4.0, -1.0)],
        *[(logic, (F32(v),)) for v in (4.0, 2.0, 0.5, -2.0)],
        *[(range_of_tensor, (F32(0.7), n)) for n in (5, 0)],
        (known_range, (F32(0.7),)),
        (rows, (F32([[1, 2], [3, 4], [0.5, 0.1]]),)),
        (rows_until, (F32([1, 2, -3, 4]),)),
        (first_large, (F32([1, 2, 3, 4]),)),
        (first_large, (F32([1, 2]),)),
        (doubling, (F32([1, 2]),)),
        (endless, (F32(1.5), 4)),
        (loops_in_loops, (F32([1, 2]), 4)),
        (list_of_results, (F32(2.0),)),
        (array_of_results, (F32(2.0),)),
        (python_loop_until, (F32(1.2),)),
        (counted, (F32([1, 2, 3]),)),
    ],
)
def test_value_and_gradient(function, args):
    eager, compiled, inside = outcomes(function, *args)
    for result in (compiled, inside):
        for want, got in zip(eager, result, strict=True):
            assert want.dtype == got.dtype
            np.testing.assert_allclose(got, want, rtol=1e-5)


def test_gradient_of_a_long_while():
    # More iterations than are kept, so that states are computed again on the way back.
    def wave(x, n):
        i = tf.constant(0)
        y = x
        while i < n:
            y = tf.sin(y * x) + x
            i += 1
        return y

    eager, compiled, _ = outcomes(wave, F32(0.9), 300)
    np.testing.assert_allclose(compiled, eager, rtol=1e-4)


def test_second_order():
    @tf.function
    def power(x, n):
        y = tf.ones(())
        for _ in tf.range(n):
            y = y * x
        return y

    x, n = tf.constant(3.0), tf.constant(4)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = power(x, n)
        slope = inner.gradient(y, x)
    assert slope.numpy() == pytest.approx(108.0)
    assert outer.gradient(slope, x).numpy() == pytest.approx(108.0)


def test_forward_mode_through_a_loop():
    @tf.function
    def f(x, n):
        y = x
        for _ in tf.range(n):
            y = tf.sin(y) * x
        return y

    x, n = tf.constant(0.7), tf.constant(5)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as forward:
        y = f(x, n)
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = f(x, n)
    assert forward.jvp(y).numpy() == pytest.approx(tape.gradient(z, x).numpy())
