"""Spoofs made here from the human training clips: copies that keep the words, the speaker and the room.

Each maker draws its parameters anew for every clip, so that no single setting can be learnt by heart:
- `griffin_lim`: mel spectrogram (random size) back to a linear one, phases by fast Griffin-Lim (Perraudin et al. 2013);
- `world`: WORLD (Morise et al. 2016) with a coded envelope, shifted pitch and shifted formants, as voice conversion does;
- `phase`: true magnitudes, invented phases above a random frequency, or smoothed magnitudes, as magnitude-only models leave them;
- `lpc`: linear prediction with a pulse/noise excitation;
- `fargan`, `fargan_coded`, `fargan_converted`: FARGAN, the neural vocoder inside Opus 1.5 and later (Valin et al. 2024), fed with
  its own features of the clip: as they are; thinned, smoothed or quantised as codecs and acoustic models leave them; or with
  another pitch, vocal tract and spectral tilt, as voice conversion does. Built by `fargan.sh`, which fetches the Opus sources;
- `neural`, `neural_changed`, `neural_codec`: the vocoder and the codec that `vocoder.py` trains, by a random checkpoint: the true mel
  spectrogram; a smoothed, noisy, coarse or warped one, as acoustic models and voice conversion leave it; 50 quantised frames a second.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pyworld
import scipy.fft
import scipy.ndimage
import scipy.signal
import torch

import channels
import corpus
import vocoder
from corpus import RATE, Clips

# Where fargan.sh leaves its program.
FARGAN = Path("../../runs/fargan/fargan_demo")
# Where vocoder.py leaves its checkpoints.
VOCODERS = Path("../../runs/vocoders")
# FARGAN's features of a 10 ms frame: 18 cepstra of log band energies, log2 pitch, voicing.
CEPSTRA = 18


def _stft(x, n, hop):
    return scipy.signal.stft(x, RATE, "hann", n, n - hop, boundary="zeros", padded=True)[2]


def _istft(s, n, hop, length):
    x = scipy.signal.istft(s, RATE, "hann", n, n - hop, boundary=True)[1]
    return np.pad(x, (0, max(0, length - len(x))))[:length]


def griffin_lim(x, rng):
    n = int(rng.choice([512, 800, 1024]))
    hop = n // int(rng.choice([3, 4, 5]))
    magnitude = np.abs(_stft(x, n, hop))
    bands = int(rng.integers(48, 129))
    m = vocoder.mel_filters(bands, n, rng.uniform(0, 80), 8000.0)
    weight = m / np.maximum(m.sum(0, keepdims=True), 1e-9)
    magnitude = weight.T @ (m @ magnitude)
    phase = np.exp(2j * np.pi * rng.random(magnitude.shape))
    s, before = magnitude * phase, 0
    for _ in range(int(rng.integers(4, 33))):
        y = _stft(_istft(s, n, hop, len(x)), n, hop)
        y = y[:, : magnitude.shape[1]]
        if y.shape[1] < magnitude.shape[1]:
            y = np.pad(y, ((0, 0), (0, magnitude.shape[1] - y.shape[1])))
        step = y + 0.9 * (y - before)
        before = y
        s = magnitude * step / (np.abs(step) + 1e-9)
    return _istft(s, n, hop, len(x))


def world(x, rng):
    x = x.astype(np.float64)
    f0, t = pyworld.dio(x, RATE, frame_period=5.0)
    f0 = pyworld.stonemask(x, f0, t, RATE)
    envelope = pyworld.cheaptrick(x, f0, t, RATE)
    aperiodicity = pyworld.d4c(x, f0, t, RATE)
    fft = pyworld.get_cheaptrick_fft_size(RATE)
    if rng.random() < 0.7:
        coded = pyworld.code_spectral_envelope(envelope, RATE, int(rng.integers(24, 61)))
        envelope = pyworld.decode_spectral_envelope(coded, RATE, fft)
    if rng.random() < 0.6:
        f0 = f0 * rng.uniform(0.75, 1.35)
        warp = rng.uniform(0.88, 1.14)
        bins = np.arange(envelope.shape[1])
        envelope = np.stack([np.interp(bins / warp, bins, e) for e in envelope])
    if rng.random() < 0.4:  # over-smoothed trajectories of statistical parametric synthesis
        kernel = np.hanning(int(rng.integers(5, 15)))
        envelope = np.exp(scipy.signal.fftconvolve(np.log(envelope), kernel[:, None] / kernel.sum(), "same", axes=0))
    y = pyworld.synthesize(f0, np.maximum(envelope, 1e-16), aperiodicity, RATE, 5.0)
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


def phase(x, rng):
    n = int(rng.choice([320, 512, 1024]))
    hop = n // 4
    s = _stft(x, n, hop)
    hz = np.fft.rfftfreq(n, 1 / RATE)
    edge = 1 / (1 + np.exp(-(hz - rng.uniform(0, 4500)) / 200))[:, None]
    magnitude, angle = np.abs(s), np.angle(s)
    kind = rng.integers(3)
    if kind == 0:  # invented phases
        angle = angle + edge * rng.uniform(0.6, 3.1) * rng.uniform(-1, 1, s.shape)
    elif kind == 1:  # phases that run on at each bin's centre frequency, set true again now and then
        every = int(rng.integers(3, 12))
        anchor = (np.arange(s.shape[1]) // every) * every
        run = angle[:, anchor] + 2 * np.pi * hz[:, None] * hop / RATE * (np.arange(s.shape[1]) - anchor)
        angle = np.where(edge > rng.random(), run, angle)
    else:  # magnitudes smoothed over time and frequency, true phases
        size = (int(rng.integers(2, 6)), int(rng.integers(2, 5)))
        smooth = scipy.ndimage.uniform_filter(np.log(magnitude + 1e-7), size)
        magnitude = np.exp(edge * smooth + (1 - edge) * np.log(magnitude + 1e-7))
    return _istft(magnitude * np.exp(1j * angle), n, hop, len(x))


def lpc(x, rng):
    order, n, hop = int(rng.integers(12, 28)), 480, 160
    f0, t = pyworld.dio(x.astype(np.float64), RATE, frame_period=10.0)
    shift = rng.uniform(0.8, 1.3) if rng.random() < 0.5 else 1.0
    window = np.hanning(n)
    y = np.zeros(len(x) + n)
    position = 0.0
    for k in range((len(x) - n) // hop):
        frame = x[k * hop : k * hop + n] * window
        r = np.correlate(frame, frame, "full")[n - 1 : n + order]
        r[0] = r[0] * 1.0001 + 1e-9
        a = scipy.linalg.solve_toeplitz(r[:-1], r[1:])
        gain = np.sqrt(max(r[0] - a @ r[1:], 1e-12))
        excitation = rng.standard_normal(n) * 0.3
        pitch = f0[min(k, len(f0) - 1)] * shift
        if pitch > 50:
            period = RATE / pitch
            at = np.arange((position - k * hop) % period, n, period).astype(int)
            excitation[at[at < n]] += np.sqrt(period)
        else:
            excitation *= 3
        frame = scipy.signal.lfilter([gain / np.sqrt(n)], np.concatenate([[1], -a]), excitation)
        y[k * hop : k * hop + n] += frame * window
    return y[: len(x)]


def _fargan(x, change):
    with tempfile.TemporaryDirectory() as folder:
        pcm, features = Path(folder) / "a.pcm", Path(folder) / "a.f32"
        # Its features are made for speech near full scale, as are most corpora it was trained on.
        level = 0.5 / (np.abs(x).max() + 1e-6)
        np.clip(np.rint(x * level * 32767), -32768, 32767).astype(np.int16).tofile(pcm)
        subprocess.run([FARGAN, "-features", pcm, features], check=True, capture_output=True)
        f = np.fromfile(features, np.float32).reshape(-1, CEPSTRA + 2)
        change(f).astype(np.float32).tofile(features)
        subprocess.run([FARGAN, "-fargan-synthesis", features, pcm], check=True, capture_output=True)
        y = np.fromfile(pcm, np.int16) / 32768
    return np.pad(y, (0, max(0, len(x) - len(y))))[: len(x)]


def fargan(x, rng):
    return _fargan(x, lambda f: f)


def fargan_coded(x, rng):
    def change(f):
        c = f[:, :CEPSTRA]
        kind = rng.integers(4)
        if kind == 0:  # a frame now and then, straight lines between
            every = int(rng.integers(2, 5))
            at = np.arange(0, len(f), every)
            f = np.stack([np.interp(np.arange(len(f)), at, f[at, k]) for k in range(f.shape[1])], 1)
        elif kind == 1:  # over-smoothed trajectories
            kernel = np.hanning(int(rng.integers(5, 12)))
            f[:, :CEPSTRA] = scipy.ndimage.convolve1d(c, kernel / kernel.sum(), axis=0)
        elif kind == 2:  # coarse steps
            step = rng.uniform(0.2, 0.7)
            f[:, :CEPSTRA] = np.rint(c / step) * step
        else:  # what an uncertain model adds
            f[:, :CEPSTRA] += rng.normal(0, rng.uniform(0.05, 0.25), c.shape)
            f[:, CEPSTRA] += scipy.ndimage.gaussian_filter1d(rng.normal(0, 0.2, len(f)), 4)
        return f

    return _fargan(x, change)


def fargan_converted(x, rng):
    def change(f):
        bands = scipy.fft.idct(f[:, :CEPSTRA], norm="ortho")
        at = np.arange(CEPSTRA)
        warp = rng.uniform(0.88, 1.14)
        bands = np.stack([np.interp(at / warp, at, b) for b in bands]) + np.linspace(-1, 1, CEPSTRA) * rng.normal(0, 0.3)
        f[:, :CEPSTRA] = scipy.fft.dct(bands, norm="ortho")
        f[:, CEPSTRA] = np.clip(f[:, CEPSTRA] + np.log2(rng.uniform(0.7, 1.45)), -1.5, 1.5)
        return f

    return _fargan(x, change)


@functools.cache
def _network(kind: str, step: int):
    torch.set_num_threads(1)
    return vocoder.load(kind, VOCODERS / f"{kind}-{step}.pt")


def _neural(x, kind, rng, run):
    """`run(network, waveform)` at the level that the networks were trained at, by one of the checkpoints."""
    network = _network(kind, int(rng.choice(vocoder.KEPT[kind])))
    x = np.pad(x, (0, -len(x) % vocoder.HOP + vocoder.HOP))
    level = rng.uniform(0.3, 0.8) / (np.abs(x).max() + 1e-6)
    with torch.inference_mode():
        y = run(network, torch.from_numpy((x * level).astype(np.float32))[None])[0].numpy() / level
    return np.pad(y, (0, max(0, len(x) - len(y))))


def neural(x, rng):
    return _neural(x, "vocoder", rng, lambda net, w: net(w))[: len(x)]


def neural_changed(x, rng):
    def change(mel):
        kind = rng.integers(5)
        if kind == 0:  # over-smoothed trajectories
            kernel = np.hanning(int(rng.integers(5, 12)))
            return scipy.ndimage.convolve1d(mel, kernel / kernel.sum(), axis=1)
        if kind == 1:  # too few bands
            return scipy.ndimage.gaussian_filter1d(mel, rng.uniform(0.8, 2.5), axis=0)
        if kind == 2:  # what an uncertain model adds
            return mel + scipy.ndimage.gaussian_filter(rng.normal(0, 1, mel.shape), 1.0) * rng.uniform(0.4, 1.5)
        if kind == 3:  # coarse steps, every other frame
            step = rng.uniform(0.4, 1.2)
            return np.repeat(np.rint(mel[:, ::2] / step) * step, 2, axis=1)[:, : mel.shape[1]]
        at = np.arange(len(mel))  # another vocal tract
        warp = rng.uniform(0.88, 1.14)
        return np.stack([np.interp(at / warp, at, m) for m in mel.T], 1)

    def run(net, w):
        mel = change(net.condition(w)[0].numpy().astype(np.float64))
        return net.decoder(torch.from_numpy(mel.astype(np.float32))[None])

    return _neural(x, "vocoder", rng, run)[: len(x)]


def neural_codec(x, rng):
    return _neural(x, "codec", rng, lambda net, w: net(w, vocoder.draw_levels(rng)))[: len(x)]


MAKERS = {
    "griffin_lim": griffin_lim, "world": world, "phase": phase, "lpc": lpc,
    "fargan": fargan, "fargan_coded": fargan_coded, "fargan_converted": fargan_converted,
    "neural": neural, "neural_changed": neural_changed, "neural_codec": neural_codec,
}  # fmt: skip


def _make(job):
    x, name, seed = job
    rng = np.random.default_rng(seed)
    if len(x) < RATE // 4:
        return x
    y = np.nan_to_num(MAKERS[name](x.astype(np.float64), rng))
    level = np.sqrt(np.mean(x**2)) / (np.sqrt(np.mean(y**2)) + 1e-9)
    return np.clip(y * level, -1, 1).astype(np.float32)


def prepare(table, clips: Clips, cache: Path, names: list[str], coded: int, workers: int) -> None:
    """One file per maker, holding a copy of every human clip in the manifest's order; and the same through the channels that the human
    clips of the first `coded` coded copies went through."""
    human = np.flatnonzero(table.label == "bonafide")
    for name in names:
        jobs = [(clips[i], name, (list(MAKERS).index(name), int(i))) for i in human]

        def make():
            with multiprocessing.Pool(workers) as pool:
                return Clips.of(list(pool.imap(_make, jobs, chunksize=16)))

        copies = Clips.cached(cache / f"made-{name}.npz", make)
        for k in range(coded):
            drawn = channels.draw(table, k)[human]
            Clips.cached(cache / f"made-{name}-channel{k}.npz", lambda: channels.coded_copy(copies, drawn, k))
        print(f"made {len(human)} copies by {name}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config.toml")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=sorted(MAKERS), help="only these makers")
    arguments = parser.parse_args()
    config = corpus.read_config(arguments.config)["data"]
    cache = Path(config["cache"])
    table = corpus.training_table(config)
    prepare(table, corpus.load(table, cache / "train.npz"), cache, arguments.only or config["made"], config["coded_made"], arguments.workers)


if __name__ == "__main__":
    main()
