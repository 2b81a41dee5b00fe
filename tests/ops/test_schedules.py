"""Schedules against their formulas in Python."""

import math

import numpy as np
import pytest

from addax.ops import schedules


def rates(function, *args):
    return [float(function(step, *args, "float32")) for step in range(10)]


@pytest.mark.parametrize("staircase", [False, True])
def test_exponential_and_inverse_time(staircase):
    part = (lambda s: s // 3) if staircase else (lambda s: s / 3)
    np.testing.assert_allclose(
        rates(schedules.exponential_decay, 0.1, 3, 0.5, staircase), [0.1 * 0.5 ** part(s) for s in range(10)], rtol=1e-6
    )
    np.testing.assert_allclose(
        rates(schedules.inverse_time_decay, 0.1, 3, 0.5, staircase),
        [0.1 / (1 + 0.5 * part(s)) for s in range(10)],
        rtol=1e-6,
    )


def test_piecewise_constant():
    found = rates(schedules.piecewise_constant, (2, 5), (1.0, 0.5, 0.25))
    assert found == [1.0] * 3 + [0.5] * 3 + [0.25] * 4


def test_polynomial():
    found = rates(schedules.polynomial_decay, 0.1, 4, 0.02, 2.0, False)
    np.testing.assert_allclose(found, [0.08 * (1 - min(s, 4) / 4) ** 2 + 0.02 for s in range(10)], rtol=1e-6)
    found = rates(schedules.polynomial_decay, 0.1, 4, 0.02, 1.0, True)
    ends = [4 * max(1, math.ceil(s / 4)) for s in range(10)]
    np.testing.assert_allclose(found, [0.08 * (1 - s / end) + 0.02 for s, end in enumerate(ends)], rtol=1e-5)


def test_cosine_with_and_without_warmup():
    def half(s, start, alpha=0.1):
        return start * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * min(s, 6) / 6)) + alpha)

    np.testing.assert_allclose(
        rates(schedules.cosine_decay, 0.1, 6, 0.1, None, 0), [half(s, 0.1) for s in range(10)], rtol=1e-5
    )
    expected = [0.1 + 0.2 * s / 4 if s < 4 else half(s - 4, 0.3) for s in range(10)]
    np.testing.assert_allclose(rates(schedules.cosine_decay, 0.1, 6, 0.1, 0.3, 4), expected, rtol=1e-5)


def test_cosine_restarts():
    found = rates(schedules.cosine_decay_restarts, 1.0, 2, 2.0, 0.5, 0.0)
    # Periods of 2, 4, 8 steps that start at 1, 0.5, 0.25.
    expected = [1, 0.5, 0.5, 0.5 * (1 + math.cos(math.pi / 4)) / 2, 0.25]
    np.testing.assert_allclose(found[:5], expected, rtol=1e-4)
    assert found[6] == pytest.approx(0.25, rel=1e-4)
    found = rates(schedules.cosine_decay_restarts, 1.0, 2, 1.0, 1.0, 0.0)
    np.testing.assert_allclose(found, [1, 0.5] * 5, rtol=1e-5)


def test_the_dtype_of_the_rate():
    assert schedules.exponential_decay(1, 0.1, 3, 0.5, False, "float64").dtype.name == "float64"
