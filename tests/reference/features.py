"""Reference values for tests/features.rs, computed with numpy and scipy and none of voxhumana's code.

    python tests/reference/features.py > tests/data/features.json

Each step is a library routine that shares no formula with the crate where one exists: windows from scipy.signal, deltas
as a Savitzky-Golay slope, filters as interpolated triangles, the DCT from scipy.fft.
"""

import json

import numpy as np
import scipy.fft
import scipy.signal

BASE = dict(
    kind="log_linear", sample_rate_hz=16000, frame_length=400, frame_shift=160, fft_length=512,
    window="hann", pre_emphasis=0.97, bands=40, low_hz=0.0, high_hz=8000.0, coefficients=0,
    delta_order=0, log_floor=1e-8, normalisation="none",
)
CASES = {
    "log_linear": {},
    "log_linear_mean": dict(low_hz=50.0, high_hz=7600.0, bands=60, normalisation="mean"),
    "log_mel": dict(kind="log_mel", bands=24, low_hz=20.0, high_hz=7600.0, window="hamming"),
    "lfcc_deltas": dict(kind="lfcc", bands=20, coefficients=20, delta_order=2, frame_length=320),
    "mfcc_mean_variance": dict(kind="mfcc", bands=26, coefficients=13, delta_order=1, pre_emphasis=0.0,
                               normalisation="mean_variance"),
    "log_spectrum": dict(kind="log_spectrum", sample_rate_hz=8000, frame_length=200, frame_shift=80,
                         fft_length=200, log_floor=1e-6),
    "at_a_level": dict(level_rms=0.1, log_floor=1e-6, bands=30, normalisation="mean"),
    "odd_fft": dict(frame_length=301, fft_length=405, bands=16),
    "phase": dict(kind="phase", frame_length=64, frame_shift=96, fft_length=64, log_floor=1e-3, level_rms=1.0),
}


def waveform():
    """A chirp over noise, then digital silence: strong, weak and empty bins."""
    rng = np.random.default_rng(20261124)
    t = np.arange(1400) / 16000
    x = 0.4 * scipy.signal.chirp(t, 200, t[-1], 6000) + 0.02 * rng.standard_normal(t.size)
    x[900:1320] = 0
    return np.round(x * 32767).astype(int)


def hz_to_mel(hz):
    return 1127.01048 * np.log1p(np.asarray(hz) / 700)


def edges(c):
    if c["kind"] in ("log_mel", "mfcc"):
        low, high = hz_to_mel([c["low_hz"], c["high_hz"]])
        return 700 * np.expm1(np.linspace(low, high, c["bands"] + 2) / 1127.01048)
    return np.linspace(c["low_hz"], c["high_hz"], c["bands"] + 2)


def filter_bank(c):
    hz = np.fft.rfftfreq(c["fft_length"], 1 / c["sample_rate_hz"])
    e = edges(c)
    return np.stack([np.interp(hz, e[m:m + 3], [0, 1, 0]) for m in range(c["bands"])])


def features(x, c):
    if "level_rms" in c:
        x = x * (c["level_rms"] * np.sqrt(len(x)) / np.linalg.norm(x))
    x = scipy.signal.lfilter([1, -c["pre_emphasis"]], [1], x)
    frames = np.lib.stride_tricks.sliding_window_view(x, c["frame_length"])[:: c["frame_shift"]]
    window = scipy.signal.get_window(c["window"], c["frame_length"], fftbins=True)
    spectrum = np.fft.rfft(frames * window, c["fft_length"])
    if c["kind"] == "phase":
        return phases(spectrum, np.sum(window**2), c)
    spectrum = np.abs(spectrum) ** 2 / np.sum(window**2)
    if c["kind"] != "log_spectrum":
        spectrum = spectrum @ filter_bank(c).T
    y = np.log(spectrum + c["log_floor"])
    if c["kind"] in ("lfcc", "mfcc"):
        y = scipy.fft.dct(y, type=2, norm="ortho", axis=1)[:, : c["coefficients"]]
    stack = [y]
    for _ in range(c["delta_order"]):
        stack.append(scipy.signal.savgol_filter(
            np.pad(stack[-1], ((2, 2), (0, 0)), mode="edge"), 5, 1, deriv=1, axis=0)[2:-2])
    y = np.concatenate(stack, axis=1)
    if c["normalisation"] != "none":
        y = y - y.mean(axis=0)
    if c["normalisation"] == "mean_variance":
        y = y / np.maximum(y.std(axis=0), 1e-5)
    return y


def phases(spectrum, energy, c):
    """By angles: what each turns by beside a steady tone of the bin's frequency, and beside a click in the middle of the frame."""
    size, angle = np.abs(spectrum) / np.sqrt(energy), np.angle(spectrum)
    hz = np.fft.rfftfreq(c["fft_length"], 1 / c["sample_rate_hz"])
    over_time = np.diff(angle, axis=0) - 2 * np.pi * hz * c["frame_shift"] / c["sample_rate_hz"]
    over_frequency = np.diff(angle, axis=1) + np.pi * c["frame_length"] / c["fft_length"]
    planes = []
    for turn, p in ((over_time[:, 1:], size[1:, 1:] * size[:-1, 1:]), (over_frequency[1:], size[1:, 1:] * size[1:, :-1])):
        planes += [f(turn) / (1 + c["log_floor"] / np.maximum(p, 1e-300)) for f in (np.cos, np.sin)]
    return np.concatenate(planes, axis=1)


def rounded(a):
    return [[round(float(v), 6) for v in row] for row in np.atleast_2d(a)]


def main():
    x = waveform()
    cases = []
    for name, changes in CASES.items():
        c = {**BASE, **changes}
        cases.append(dict(name=name, front_end=c, features=rounded(features(x / 32768, c))))
    small = {**BASE, "kind": "mfcc", "bands": 6, "fft_length": 64, "sample_rate_hz": 8000, "low_hz": 100.0, "high_hz": 3800.0}
    steps = dict(
        hann=rounded(scipy.signal.get_window("hann", 15)),
        hamming=rounded(scipy.signal.get_window("hamming", 16)),
        mel_bank=rounded(filter_bank(small)),
        dct=rounded(scipy.fft.dct(np.eye(6), type=2, norm="ortho", axis=0)[:4]),
        pre_emphasis=rounded(scipy.signal.lfilter([1, -0.97], [1], x[:40] / 32768)),
    )
    print(json.dumps(dict(samples=x.tolist(), steps=steps, cases=cases), separators=(",", ":")))


if __name__ == "__main__":
    main()
