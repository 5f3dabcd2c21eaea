"""Faults of recorders keep the length, leave finite samples, and do what their names say."""

import numpy as np
import pytest

from voxhumana_train.clips import RATE
from voxhumana_train.shipped import faults

TONE = (0.2 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


def crossings(x: np.ndarray) -> int:
    return int(np.sum((x[:-1] < 0) != (x[1:] < 0)))


@pytest.mark.parametrize("x", [TONE, np.zeros(RATE, np.float32), TONE[:1], TONE[:400]])
def test_each_fault_keeps_the_length(x):
    rng = np.random.default_rng(3)
    kinds = set()
    for _ in range(60):
        fault = faults.Fault.draw(rng, 1.0)
        kinds.add(fault.step[0])
        y = fault.apply(x)
        assert y.shape == x.shape and y.dtype == np.float32 and np.isfinite(y).all()
    assert kinds == {faults.crackle, faults.fast_start, faults.phasing}
    assert faults.Fault.draw(rng, 0.0).apply(x) is x


def test_a_fast_start_is_higher_at_first():
    y = faults.fast_start(TONE, 0.5, 0.1)
    assert crossings(y[:1600]) > 1.2 * crossings(y[-1600:])


def test_crackle_is_clicks():
    assert np.abs(np.diff(faults.crackle(TONE, 30, 0.1, 1.0, 7))).max() > 3 * np.abs(np.diff(TONE)).max()


def test_phasing_moves_a_comb():
    noise = np.random.default_rng(0).standard_normal(RATE)
    y = faults.phasing(noise, 0.9, 2.0, 0.0, 1.0, 0.0)
    spectrum = np.abs(np.fft.rfft(y)) ** 2
    band = lambda hz: spectrum[hz - 60 : hz + 60].mean()
    # Two milliseconds: the first notch lies at 250 Hz, the first peak at 500 Hz.
    assert band(500) > 10 * band(250)


def test_two_parties_take_turns_at_their_levels():
    other = np.random.default_rng(1).standard_normal(RATE).astype(np.float32) * 3
    y = faults.turns(TONE, other, 6000, 6.0)
    np.testing.assert_array_equal(y[:6000], TONE[:6000])
    rms = lambda x: np.sqrt(np.mean(x**2))
    assert abs(20 * np.log10(rms(y[6000:]) / rms(TONE)) - 6) < 0.5
