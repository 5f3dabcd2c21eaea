"""Writes torchaudio_matrices.json, on a machine where `import torchaudio` works beside its torch:

    pip install numpy torch==2.5.1 torchaudio==2.5.1
    python torchaudio_matrices.py

In double precision: in single, bins far below the loudest are the rounding of the FFT.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torchaudio

# Sample rate, and the parameters of FrontEnd.torchaudio().
CASES = [
    (16000, {"n_mels": 23}),
    (8000, {"n_fft": 256, "win_length": 200, "hop_length": 80, "n_mels": 26, "f_min": 100.0, "f_max": 3400.0}),
    (16000, {"n_fft": 512, "hop_length": 160, "n_mels": 40, "n_mfcc": 13}),
]


def main() -> None:
    torch.set_default_dtype(torch.float64)
    # A glide over the band, and noise: nothing lies 80 dB below the loudest.
    t = np.arange(1000)
    noise = np.random.default_rng(0).standard_normal(t.size)
    samples = np.round(9000 * np.sin(2 * np.pi * (0.02 * t + 0.0002 * t**2)) + 300 * noise).astype(int)
    x = torch.tensor(samples / 32768)
    cases = []
    for rate, options in CASES:
        mel = dict(options)
        n_mfcc = mel.pop("n_mfcc", None)
        if n_mfcc is None:
            made = torchaudio.transforms.AmplitudeToDB()(torchaudio.transforms.MelSpectrogram(rate, **mel)(x))
        else:
            made = torchaudio.transforms.MFCC(rate, n_mfcc, melkwargs=mel)(x)
        cases.append({"sample_rate_hz": rate, "options": options, "features": made.T.numpy().round(6).tolist()})
    versions = {"torch": torch.__version__, "torchaudio": torchaudio.__version__}
    stored = {"made_by": Path(__file__).name, "versions": versions, "samples": samples.tolist(), "cases": cases}
    Path(__file__).with_suffix(".json").write_text(json.dumps(stored) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
