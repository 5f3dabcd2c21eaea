//! Front ends that the field uses, as starting points.

use super::{Convention, FrontEnd, FrontEndKind, Normalisation, WindowShape};

impl FrontEnd {
    /// LFCC as in the baselines of ASVspoof 2019 to 2021 (Wang and Yamagishi 2021): 20 ms Hamming
    /// frames every 10 ms, 20 linear filters up to half the rate, 20 coefficients with deltas and
    /// delta-deltas: 60 bins.
    #[must_use]
    pub fn lfcc(sample_rate_hz: u32) -> Self {
        Self {
            kind: FrontEndKind::Lfcc,
            window: WindowShape::Hamming,
            bands: 20,
            coefficients: 20,
            delta_order: 2,
            ..Self::framed(sample_rate_hz, 20)
        }
    }

    /// MFCC as in the HTK book: 25 ms Hamming frames every 10 ms, 26 mel filters, 13 coefficients
    /// with deltas and delta-deltas: 39 bins.
    #[must_use]
    pub fn mfcc(sample_rate_hz: u32) -> Self {
        Self {
            kind: FrontEndKind::Mfcc,
            window: WindowShape::Hamming,
            bands: 26,
            coefficients: 13,
            delta_order: 2,
            ..Self::framed(sample_rate_hz, 25)
        }
    }

    /// Log linear filter bank: 25 ms Hann frames every 10 ms, 60 filters up to half the rate.
    #[must_use]
    pub fn log_linear(sample_rate_hz: u32) -> Self {
        Self {
            bands: 60,
            ..Self::framed(sample_rate_hz, 25)
        }
    }

    /// Log mel filter bank: 25 ms Hann frames every 10 ms, 40 filters up to half the rate.
    #[must_use]
    pub fn log_mel(sample_rate_hz: u32) -> Self {
        Self {
            kind: FrontEndKind::LogMel,
            bands: 40,
            ..Self::framed(sample_rate_hz, 25)
        }
    }

    /// Log power spectrum: 25 ms Hann frames every 10 ms, all bins of the FFT.
    #[must_use]
    pub fn log_spectrum(sample_rate_hz: u32) -> Self {
        Self {
            kind: FrontEndKind::LogSpectrum,
            ..Self::framed(sample_rate_hz, 25)
        }
    }

    /// How phases move: 16 ms Hann frames every 8 ms, brought to one level, what lies more than 30
    /// dB below it faded.
    #[must_use]
    pub fn phase(sample_rate_hz: u32) -> Self {
        let frame_length = (sample_rate_hz / 125).max(2) as usize * 2;
        Self {
            kind: FrontEndKind::Phase,
            level_rms: Some(1.0),
            frame_length,
            frame_shift: frame_length / 2,
            fft_length: frame_length.next_power_of_two(),
            log_floor: 1e-3,
            ..Self::framed(sample_rate_hz, 16)
        }
    }

    /// The mel spectrogram of librosa in dB, `power_to_db(feature.melspectrogram(y, sr),
    /// amin=1e-10, top_db=None)`, with its defaults: frames of 2048 samples every 512, 128 filters
    /// up to half the rate. As [`FrontEndKind::Mfcc`], `feature.mfcc(S=...)` of it.
    #[must_use]
    pub fn librosa(sample_rate_hz: u32) -> Self {
        Self {
            convention: Convention::Librosa,
            frame_length: 2048,
            frame_shift: 512,
            fft_length: 2048,
            pre_emphasis: 0.0,
            bands: 128,
            log_floor: 1e-10,
            ..Self::log_mel(sample_rate_hz)
        }
    }

    /// The mel spectrogram of torchaudio in dB, `AmplitudeToDB()(MelSpectrogram(rate))`, with its
    /// defaults: frames of 400 samples every 200, 128 filters up to half the rate. As
    /// [`FrontEndKind::Mfcc`], its DCT; torchaudio's own `MFCC` first raises what lies more than 80
    /// dB below the loudest.
    #[must_use]
    pub fn torchaudio(sample_rate_hz: u32) -> Self {
        Self {
            convention: Convention::Torchaudio,
            frame_length: 400,
            frame_shift: 200,
            fft_length: 400,
            ..Self::librosa(sample_rate_hz)
        }
    }

    /// The filter banks of Kaldi, and of kaldi-native-fbank, with the defaults of their recipes: 25
    /// ms frames every 10 ms, 80 filters from 20 Hz to half the rate, no dither; of samples with
    /// full scale 1, as everywhere here. Where theirs are scaled as 16-bit numbers, each value is
    /// `2 ln 32768` higher.
    #[must_use]
    pub fn kaldi(sample_rate_hz: u32) -> Self {
        Self {
            convention: Convention::Kaldi,
            window: WindowShape::Povey,
            bands: 80,
            low_hz: 20.0,
            // `std::numeric_limits<float>::epsilon()`.
            log_floor: f32::EPSILON,
            ..Self::log_mel(sample_rate_hz)
        }
    }

    /// `frame_ms` frames every 10 ms, zero-padded to the next power of two, which is where FFTs are
    /// fastest.
    fn framed(sample_rate_hz: u32, frame_ms: u64) -> Self {
        // In u64 and clamped, so that no rate overflows or divides to nothing; `validate` judges
        // the rate itself.
        let samples = |ms: u64| (u64::from(sample_rate_hz) * ms / 1000).max(1) as usize;
        let frame_length = samples(frame_ms);
        Self {
            kind: FrontEndKind::LogLinear,
            sample_rate_hz,
            level_rms: None,
            frame_length,
            frame_shift: samples(10),
            fft_length: frame_length.next_power_of_two(),
            window: WindowShape::Hann,
            pre_emphasis: 0.97,
            bands: 1,
            low_hz: 0.0,
            high_hz: sample_rate_hz as f32 / 2.0,
            coefficients: 1,
            delta_order: 0,
            // -80 dB re full scale: just above the idle noise of G.711 (steps of 8/32768, so -83
            // dB), so that digital silence and an idle telephone line look alike.
            log_floor: 1e-8,
            normalisation: Normalisation::None,
            convention: Convention::Plain,
        }
    }
}
