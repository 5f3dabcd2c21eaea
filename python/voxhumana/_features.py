"""Waveforms to spectral matrices."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Dict, Mapping, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _voxhumana
from ._errors import InvalidArgumentError
from ._samples import as_float32, as_mono, as_rate


@dataclasses.dataclass(frozen=True)
class FrontEnd:
    """A complete description of a spectral front end: two equal values give equal features.

    Parameters
    ----------
    kind : str
        ``"log_linear"``, ``"log_mel"`` (log of triangular filter energies on a linear or the mel axis), ``"lfcc"``,
        ``"mfcc"`` (orthonormal DCT-II of those), ``"log_spectrum"`` (log of the power spectrum), or ``"phase"``: the
        cosine and the sine of how far each phase turns from frame to frame, less what its bin's frequency turns it by,
        then those of how far it turns from the bin below, less what a click in the middle of the frame gives; four
        blocks of ``fft_length / 2`` bins, a row for every two neighbouring frames. What is quiet fades: a pair is divided
        by 1 + ``log_floor`` / p, where p is the root of the product of the two powers.
    sample_rate_hz : int
        Sample rate of the waveforms it takes.
    frame_length, frame_shift, fft_length : int
        In samples; frames are padded with zeros to ``fft_length``.
    window : str
        ``"hann"`` or ``"hamming"``, periodic, or ``"povey"``, Kaldi's.
    pre_emphasis : float
        Coefficient a of ``y[n] = x[n] - a x[n-1]``, 0 for none.
    bands : int
        Number of filters.
    low_hz, high_hz : float
        Edges of the filter bank.
    coefficients : int
        Number of cepstral coefficients, c0 included.
    delta_order : int
        0, 1 (with deltas) or 2 (with delta-deltas), stacked along the bins.
    log_floor : float
        Added to each power before the log, relative to full scale 1; the least power in the other conventions.
    normalisation : str
        ``"none"``, ``"mean"`` or ``"mean_variance"``, per bin over the frames.
    level_rms : float, optional
        Root mean square that the waveform is brought to before all else; None for the waveform as it is.
    convention : str
        Whose conventions the steps follow: ``"plain"``, ``"librosa"``, ``"kaldi"`` or ``"torchaudio"``; see the methods
        of those names. Logs are natural with ``"plain"`` and ``"kaldi"``, decibels with the other two, which also put
        half an ``fft_length`` before and after the waveform.
    """

    kind: str
    sample_rate_hz: int
    frame_length: int
    frame_shift: int
    fft_length: int
    window: str = "hann"
    pre_emphasis: float = 0.97
    bands: int = 60
    low_hz: float = 0.0
    high_hz: float = 8000.0
    coefficients: int = 20
    delta_order: int = 0
    log_floor: float = 1e-8
    normalisation: str = "none"
    level_rms: Optional[float] = None
    convention: str = "plain"

    @classmethod
    def preset(cls, kind: str, sample_rate_hz: int = 16000) -> "FrontEnd":
        """The usual settings of a kind: 20 ms (LFCC) or 25 ms frames every 10 ms, 16 ms every 8 ms of phases.

        LFCC are those of the ASVspoof baselines (20 coefficients, deltas, delta-deltas), MFCC those of HTK. See also
        :meth:`librosa`, :meth:`kaldi` and :meth:`torchaudio`.

        Parameters
        ----------
        kind : str
            ``"log_linear"``, ``"log_mel"``, ``"lfcc"``, ``"mfcc"``, ``"log_spectrum"`` or ``"phase"``.
        sample_rate_hz : int
            Sample rate of the waveforms, Hz.

        Returns
        -------
        FrontEnd

        Raises
        ------
        InvalidArgumentError

        Examples
        --------
        >>> voxhumana.FrontEnd.preset("lfcc", 8000).frame_length
        160
        """
        rate = as_rate(sample_rate_hz, "sample_rate_hz")
        return cls(**json.loads(_voxhumana.preset(kind, rate)))

    @classmethod
    def librosa(
        cls,
        sample_rate_hz: int = 22050,
        *,
        n_fft: int = 2048,
        hop_length: int = 512,
        win_length: Optional[int] = None,
        n_mels: int = 128,
        fmin: float = 0.0,
        fmax: Optional[float] = None,
        n_mfcc: Optional[int] = None,
        amin: float = 1e-10,
    ) -> "FrontEnd":
        """The mel spectrogram of librosa in dB, or its MFCC, to 1e-4.

        ``power_to_db(feature.melspectrogram(y=y, sr=rate, ...), top_db=None).T`` in double precision, and with
        ``n_mfcc`` ``feature.mfcc(S=..., n_mfcc=n_mfcc).T`` of that. The names of the parameters are librosa's. Where
        librosa warns of an empty filter, the extractor refuses it.

        Parameters
        ----------
        sample_rate_hz : int
            Sample rate of the waveforms.
        n_fft, hop_length, win_length : int
            Length of the FFT, distance of the frames and length of the window (default: ``n_fft``), samples.
        n_mels : int
            Number of filters.
        fmin, fmax : float
            Edges of the filter bank, Hz; default: up to half the sample rate.
        n_mfcc : int, optional
            That many cepstral coefficients in place of decibels.
        amin : float
            Least power that the decibels are taken of.

        Returns
        -------
        FrontEnd

        Raises
        ------
        InvalidArgumentError
            Of the sample rate; the other fields are checked by :class:`FeatureExtractor`.

        Examples
        --------
        >>> front_end = voxhumana.FrontEnd.librosa(16000, n_fft=512, hop_length=160, n_mels=40)
        >>> voxhumana.extract_features(np.zeros(16000), 16000, front_end).shape
        (101, 40)
        """
        front_end = cls.preset("librosa", sample_rate_hz)
        return front_end.replace(
            kind="log_mel" if n_mfcc is None else "mfcc",
            frame_length=n_fft if win_length is None else win_length,
            frame_shift=hop_length,
            fft_length=n_fft,
            bands=n_mels,
            low_hz=float(fmin),
            high_hz=front_end.high_hz if fmax is None else float(fmax),
            coefficients=front_end.coefficients if n_mfcc is None else n_mfcc,
            log_floor=amin,
        )

    @classmethod
    def kaldi(
        cls,
        sample_rate_hz: int = 16000,
        *,
        num_mel_bins: int = 80,
        low_freq: float = 20.0,
        high_freq: float = 0.0,
        frame_length_ms: float = 25.0,
        frame_shift_ms: float = 10.0,
        preemph_coeff: float = 0.97,
    ) -> "FrontEnd":
        """The log mel filter banks of Kaldi and kaldi-native-fbank without dither, to 1e-3, the single precision of theirs.

        Theirs are often taken of samples on the scale of 16 bits: each value is then ``2 * log(32768)`` higher. The
        names of the parameters are Kaldi's.

        Parameters
        ----------
        sample_rate_hz : int
            Sample rate of the waveforms.
        num_mel_bins : int
            Number of filters.
        low_freq, high_freq : float
            Edges of the filter bank, Hz; a ``high_freq`` of 0 or less is counted from half the sample rate.
        frame_length_ms, frame_shift_ms : float
            Length and distance of the frames, milliseconds.
        preemph_coeff : float
            Coefficient of the pre-emphasis within each frame, 0 to 1.

        Returns
        -------
        FrontEnd

        Raises
        ------
        InvalidArgumentError
            Of the sample rate; the other fields are checked by :class:`FeatureExtractor`.

        Examples
        --------
        >>> voxhumana.extract_features(np.zeros(16000), 16000, voxhumana.FrontEnd.kaldi()).shape
        (98, 80)
        """
        front_end = cls.preset("kaldi", sample_rate_hz)
        length = int(sample_rate_hz * 0.001 * frame_length_ms)
        return front_end.replace(
            frame_length=length,
            frame_shift=int(sample_rate_hz * 0.001 * frame_shift_ms),
            fft_length=1 << max(length - 1, 0).bit_length(),
            bands=num_mel_bins,
            low_hz=float(low_freq),
            high_hz=high_freq if high_freq > 0 else sample_rate_hz / 2 + high_freq,
            pre_emphasis=preemph_coeff,
        )

    @classmethod
    def torchaudio(
        cls,
        sample_rate_hz: int = 16000,
        *,
        n_fft: int = 400,
        win_length: Optional[int] = None,
        hop_length: Optional[int] = None,
        n_mels: int = 128,
        f_min: float = 0.0,
        f_max: Optional[float] = None,
        n_mfcc: Optional[int] = None,
    ) -> "FrontEnd":
        """The mel spectrogram of torchaudio 2 in dB, or its MFCC, to 1e-4.

        ``AmplitudeToDB()(MelSpectrogram(rate, ...)(x)).T`` in double precision, and with ``n_mfcc`` ``MFCC(rate, n_mfcc,
        melkwargs=...)(x).T``, of recordings in which nothing lies more than 80 dB below the loudest: there torchaudio
        cuts. The names of the parameters are torchaudio's. Where it warns of an empty filter, the extractor refuses it.

        Parameters
        ----------
        sample_rate_hz : int
            Sample rate of the waveforms.
        n_fft, win_length, hop_length : int
            Length of the FFT, length of the window (default: ``n_fft``) and distance of the frames (default: half of the
            window), samples.
        n_mels : int
            Number of filters.
        f_min, f_max : float
            Edges of the filter bank, Hz; default: up to half the sample rate.
        n_mfcc : int, optional
            That many cepstral coefficients in place of decibels.

        Returns
        -------
        FrontEnd

        Raises
        ------
        InvalidArgumentError
            Of the sample rate; the other fields are checked by :class:`FeatureExtractor`.

        Examples
        --------
        >>> front_end = voxhumana.FrontEnd.torchaudio(16000, n_fft=512, hop_length=160, n_mels=40)
        >>> voxhumana.extract_features(np.zeros(16000), 16000, front_end).shape
        (101, 40)
        """
        front_end = cls.preset("torchaudio", sample_rate_hz)
        length = n_fft if win_length is None else win_length
        return front_end.replace(
            kind="log_mel" if n_mfcc is None else "mfcc",
            frame_length=length,
            frame_shift=length // 2 if hop_length is None else hop_length,
            fft_length=n_fft,
            bands=n_mels,
            low_hz=float(f_min),
            high_hz=front_end.high_hz if f_max is None else float(f_max),
            coefficients=front_end.coefficients if n_mfcc is None else n_mfcc,
        )

    def to_dict(self) -> Dict[str, Any]:
        """The fields, as in a model's metadata.

        Returns
        -------
        dict

        Examples
        --------
        >>> voxhumana.FrontEnd.preset("lfcc").to_dict()["kind"]
        'lfcc'
        """
        absent = {"level_rms": None, "convention": "plain"}
        fields = dataclasses.asdict(self).items()
        return {k: v for k, v in fields if k not in absent or v != absent[k]}

    def replace(self, **changes: Any) -> "FrontEnd":
        """A copy with some fields changed.

        Parameters
        ----------
        **changes
            The fields and their new values.

        Returns
        -------
        FrontEnd

        Raises
        ------
        TypeError
            There is no such field; values are checked by :class:`FeatureExtractor`.

        Examples
        --------
        >>> voxhumana.FrontEnd.preset("lfcc").replace(coefficients=30, bands=30).bands
        30
        """
        return dataclasses.replace(self, **changes)


class FeatureExtractor:
    """Turns waveforms into the spectral matrices of one front end; plans are made once.

    Threads may share an extractor: calls release the GIL and work on their own buffers.

    Parameters
    ----------
    front_end : FrontEnd, mapping or str
        The front end, its fields, those as JSON, or the name of a preset at 16 kHz.

    Raises
    ------
    InvalidArgumentError
        A field is unknown, missing or out of range; the message names it.

    Examples
    --------
    >>> import numpy as np, voxhumana
    >>> extractor = voxhumana.FeatureExtractor(voxhumana.FrontEnd.preset("lfcc"))
    >>> extractor.extract(np.zeros(16000, np.float32)).shape
    (99, 60)
    """

    __slots__ = ("_inner", "_json")

    def __init__(self, front_end: Union[FrontEnd, Mapping[str, Any], str]) -> None:
        if isinstance(front_end, str) and not front_end.lstrip().startswith("{"):
            front_end = FrontEnd.preset(front_end)
        if isinstance(front_end, FrontEnd):
            front_end = front_end.to_dict()
        try:
            self._json = front_end if isinstance(front_end, str) else json.dumps(dict(front_end))
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(f"front end: {error}") from None
        self._inner = _voxhumana.FeatureExtractor(self._json)

    @property
    def front_end(self) -> FrontEnd:
        """The front end this extractor computes."""
        return FrontEnd(**json.loads(self._json))

    @property
    def bins(self) -> int:
        """Features per frame, deltas included."""
        return self._inner.bins

    def frames(self, n_samples: int) -> int:
        """Frames that ``n_samples`` samples give, padding counted where the front end's convention has it.

        Parameters
        ----------
        n_samples : int
            At least 0.

        Returns
        -------
        int

        Raises
        ------
        OverflowError
            A negative number.

        Examples
        --------
        >>> voxhumana.FeatureExtractor(voxhumana.FrontEnd.preset("mfcc")).frames(16000)
        98
        """
        return self._inner.frames(n_samples)

    def extract(self, samples: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """The spectral matrix of one waveform.

        Parameters
        ----------
        samples : array of shape (n,)
            float32 or float64 with full scale 1, or int16, at the front end's sample rate.

        Returns
        -------
        array of shape (frames, bins), float32
            Logs, natural or in decibels as the convention has them, or cepstral coefficients of these. Row t starts at
            sample ``t * frame_shift``; with the conventions of librosa and torchaudio its middle lies there.

        Raises
        ------
        InvalidArgumentError
            Too few samples for a frame (:meth:`frames` is 0), or one that is not finite.

        Examples
        --------
        >>> extractor = voxhumana.FeatureExtractor(voxhumana.FrontEnd.preset("mfcc"))
        >>> extractor.extract(np.zeros(16000)).shape
        (98, 39)
        """
        return self._inner.extract(as_mono(samples))

    def extract_batch(self, samples: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """The spectral matrices of n waveforms of one length, (n, samples) to (n, frames, bins).

        Parameters
        ----------
        samples : array of shape (n, samples)
            As for :meth:`extract`.

        Returns
        -------
        array of shape (n, frames, bins), float32

        Raises
        ------
        InvalidArgumentError
            As :meth:`extract`, and for another shape.

        Examples
        --------
        >>> extractor = voxhumana.FeatureExtractor(voxhumana.FrontEnd.preset("mfcc"))
        >>> extractor.extract_batch(np.zeros((3, 16000))).shape
        (3, 98, 39)
        """
        array = as_float32(samples)
        if array.ndim != 2:
            raise InvalidArgumentError(f"samples have shape {array.shape}; accepted: (n, samples)")
        return self._inner.extract_batch(array)

    def __repr__(self) -> str:
        return f"FeatureExtractor({self.front_end!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeatureExtractor) and self.front_end == other.front_end

    def __hash__(self) -> int:
        return hash(self.front_end)

    def __reduce__(self) -> Any:
        return FeatureExtractor, (self._json,)


def extract_features(
    samples: npt.ArrayLike,
    sample_rate: int,
    front_end: Union[str, FrontEnd, Mapping[str, Any]] = "log_linear",
) -> npt.NDArray[np.float32]:
    """The spectral matrix (frames, bins) of one waveform by a front end or the name of a preset.

    Parameters
    ----------
    samples : array of shape (n,)
        One waveform, full scale that of its type, 1 for floats.
    sample_rate : int
        Hz; that of the front end.
    front_end : FrontEnd, mapping or str
        A front end, its fields, or the name of a preset.

    Returns
    -------
    array of shape (frames, bins), float32

    Raises
    ------
    InvalidArgumentError

    Examples
    --------
    >>> voxhumana.extract_features(np.zeros(16000), 16000, "lfcc").shape
    (99, 60)
    """
    rate = as_rate(sample_rate)
    if isinstance(front_end, str):
        front_end = FrontEnd.preset(front_end, rate)
    extractor = FeatureExtractor(front_end)
    if extractor.front_end.sample_rate_hz != rate:
        raise InvalidArgumentError(
            f"sample_rate is {rate}; accepted: {extractor.front_end.sample_rate_hz}, the front end's"
        )
    return extractor.extract(samples)
