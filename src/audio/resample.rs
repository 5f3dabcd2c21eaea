//! From the recording's rate to the model's.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use super::limits::{MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
use crate::{Error, Result};

/// Length of rubato's FFT block at the lower of the two rates, samples, at least. The anti-alias
/// filter has this length: its transition band is about 8 bins wide (Blackman-Harris squared), so
/// that 1366 samples at 16 kHz pass 7.8 kHz unchanged and block 8 kHz. Shorter blocks cut the top
/// of the band, and differently for every source rate: a trace of the recorder that a detector
/// could learn.
const MIN_FFT_LEN: usize = 2_048;

/// Resamples one channel, block by block. The output is the same whatever the sizes of the blocks,
/// starts at the input's first sample (the filter's delay is taken out), and holds
/// round(n * to / from) samples for n samples in.
///
/// ```
/// let mut resampler = voxhumana::audio::Resampler::new(44_100, 16_000)?;
/// let mut out = Vec::new();
/// for block in vec![0.25_f32; 44_100].chunks(1_000) {
///     resampler.push(block, &mut out);
/// }
/// resampler.finish(&mut out);
/// assert_eq!(out.len(), 16_000);
/// assert!((out[8_000] - 0.25).abs() < 1e-4);
/// # Ok::<_, voxhumana::Error>(())
/// ```
pub struct Resampler {
    /// `None` when both rates are equal.
    fft: Option<Fft<f32>>,
    from_hz: u32,
    to_hz: u32,
    pending: Vec<f32>,
    chunk_out: Vec<f32>,
    to_skip: usize,
    taken_in: u64,
    given_out: u64,
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampler")
            .field("from_hz", &self.from_hz)
            .field("to_hz", &self.to_hz)
            .finish_non_exhaustive()
    }
}

impl Resampler {
    /// A resampler from `from_hz` to `to_hz`, both
    /// [`MIN_SAMPLE_RATE_HZ`](super::MIN_SAMPLE_RATE_HZ) to
    /// [`MAX_SAMPLE_RATE_HZ`](super::MAX_SAMPLE_RATE_HZ).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a rate outside that range.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self> {
        for (name, rate) in [("from_hz", from_hz), ("to_hz", to_hz)] {
            if !(MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ).contains(&rate) {
                return Err(Error::InvalidArgument {
                    name,
                    value: rate.to_string(),
                    accepted: format!("{MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ} Hz"),
                });
            }
        }
        let fft = (from_hz != to_hz)
            .then(|| plan(from_hz as usize, to_hz as usize))
            .transpose()?;
        let to_skip = fft.as_ref().map_or(0, |f| f.output_delay());
        let out_len = fft.as_ref().map_or(0, |f| f.output_frames_max());
        Ok(Self {
            fft,
            from_hz,
            to_hz,
            pending: Vec::new(),
            chunk_out: vec![0.0; out_len],
            to_skip,
            taken_in: 0,
            given_out: 0,
        })
    }

    /// Takes `samples` and appends what is ready to `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.taken_in += samples.len() as u64;
        let Some(fft) = &self.fft else {
            out.extend_from_slice(samples);
            self.given_out += samples.len() as u64;
            return;
        };
        let chunk = fft.input_frames_max();
        self.pending.extend_from_slice(samples);
        let whole = self.pending.len() / chunk * chunk;
        for start in (0..whole).step_by(chunk) {
            self.process(start, chunk, u64::MAX, out);
        }
        self.pending.drain(..whole);
    }

    /// Ends the input: appends the rest to `out`, and is ready for another channel.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if let Some(fft) = &self.fft {
            let chunk = fft.input_frames_max();
            let total = (u128::from(self.taken_in) * u128::from(self.to_hz)
                + u128::from(self.from_hz) / 2)
                / u128::from(self.from_hz);
            let total = u64::try_from(total).unwrap_or(u64::MAX);
            self.pending.resize(chunk, 0.0);
            while self.given_out < total {
                self.process(0, chunk, total, out);
                self.pending.fill(0.0);
            }
        }
        if let Some(fft) = &mut self.fft {
            fft.reset();
            self.to_skip = fft.output_delay();
        }
        self.pending.clear();
        self.taken_in = 0;
        self.given_out = 0;
    }

    /// One FFT block, `pending[start..start + chunk]`.
    fn process(&mut self, start: usize, chunk: usize, total: u64, out: &mut Vec<f32>) {
        let Some(fft) = &mut self.fft else { return };
        let len = self.chunk_out.len();
        let input = InterleavedSlice::new(&self.pending[start..start + chunk], 1, chunk);
        let output = InterleavedSlice::new_mut(&mut self.chunk_out, 1, len);
        let (Ok(input), Ok(mut output)) = (input, output) else {
            unreachable!("both slices have the lengths given");
        };
        let written = fft
            .process_into_buffer(&input, &mut output, None)
            .map_or(0, |(_, written)| written);
        debug_assert_eq!(written, len);
        let skip = self.to_skip.min(written);
        self.to_skip -= skip;
        let room = usize::try_from(total - self.given_out).unwrap_or(usize::MAX);
        let take = (written - skip).min(room);
        out.extend_from_slice(&self.chunk_out[skip..skip + take]);
        self.given_out += take as u64;
    }
}

fn plan(from: usize, to: usize) -> Result<Fft<f32>> {
    // The block is a whole number of the shortest stretches in which both rates meet, and an even
    // one: the filter of an odd block has its middle between two samples, and the output would lie
    // a fraction of a sample off.
    let unit = from / gcd(from, to);
    let units = (MIN_FFT_LEN * from)
        .div_ceil(from.min(to))
        .div_ceil(unit)
        .next_multiple_of(2);
    let chunk = units * unit;
    Fft::new_custom(
        from,
        to,
        chunk,
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|e| Error::InvalidArgument {
        name: "resampling rates",
        value: format!("{from} to {to} Hz"),
        accepted: e.to_string(),
    })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sine(hz: f64, rate: u32, n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| (TAU * hz * i as f64 / f64::from(rate)).sin() as f32)
            .collect()
    }

    fn resample(x: &[f32], from: u32, to: u32, block: usize) -> Vec<f32> {
        let mut r = Resampler::new(from, to).unwrap();
        let mut y = Vec::new();
        for part in x.chunks(block) {
            r.push(part, &mut y);
        }
        r.finish(&mut y);
        y
    }

    /// Level of `hz` in the middle of `x` relative to a full-scale sine, dB, by correlation with
    /// a Hann-windowed complex exponential.
    fn level_db(x: &[f32], hz: f64, rate: u32) -> f64 {
        let middle = &x[x.len() / 4..x.len() * 3 / 4];
        let n = middle.len() as f64;
        let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
        for (i, &v) in middle.iter().enumerate() {
            let w = 0.5 - 0.5 * (TAU * i as f64 / n).cos();
            let phase = TAU * hz * i as f64 / f64::from(rate);
            re += w * f64::from(v) * phase.cos();
            im += w * f64::from(v) * phase.sin();
            sum += w;
        }
        20.0 * (2.0 * re.hypot(im) / sum).max(1e-12).log10()
    }

    #[test]
    fn the_band_is_flat_and_what_lies_above_is_gone() {
        for from in [48_000_u32, 44_100, 32_000, 22_050, 11_025, 8_000, 96_000] {
            let n = from as usize * 2;
            let nyquist = f64::from(from.min(16_000)) / 2.0;
            for share in [0.01, 0.2, 0.5, 0.8, 0.9, 0.9375] {
                let hz = nyquist * share;
                let y = resample(&sine(hz, from, n), from, 16_000, 4_000);
                let db = level_db(&y, hz, 16_000);
                assert!(db.abs() < 0.5, "{from} Hz: {db:.2} dB at {hz:.0} Hz");
            }
            if from > 16_000 {
                for hz in [8_100.0, 9_000.0, f64::from(from) / 2.0 * 0.98] {
                    let y = resample(&sine(hz, from, n), from, 16_000, 4_000);
                    let alias = (hz - 16_000.0 * (hz / 16_000.0).round()).abs();
                    let db = level_db(&y, alias, 16_000);
                    assert!(db < -80.0, "{from} Hz: {hz} Hz comes back at {db:.1} dB");
                }
            }
        }
    }

    #[test]
    fn the_output_lies_where_the_input_lay_and_has_the_promised_length() {
        for (from, to) in [
            (48_000, 16_000),
            (8_000, 16_000),
            (44_100, 16_000),
            (11_127, 16_000),
        ] {
            for n in [0_usize, 1, 2, 1_000, 50_001] {
                let x = sine(440.0, from, n);
                let y = resample(&x, from, to, 777);
                let expected = (n as f64 * f64::from(to) / f64::from(from)).round() as usize;
                assert_eq!(y.len(), expected, "{from} to {to}, {n} samples");
                let want = sine(440.0, to, expected);
                if n > 50_000 {
                    let margin = expected / 4;
                    let worst = y[margin..expected - margin]
                        .iter()
                        .zip(&want[margin..])
                        .map(|(a, b)| (a - b).abs())
                        .fold(0.0_f32, f32::max);
                    assert!(worst < 1e-3, "{from} to {to}: off by {worst}");
                }
            }
        }
    }

    #[test]
    fn block_sizes_leave_no_trace() {
        let x = sine(1_234.5, 44_100, 60_000);
        let whole = resample(&x, 44_100, 16_000, 60_000);
        for block in [1, 7, 160, 4_096, 44_100] {
            assert_eq!(
                resample(&x, 44_100, 16_000, block),
                whole,
                "blocks of {block}"
            );
        }
    }

    #[test]
    fn a_finished_resampler_starts_afresh() {
        let mut r = Resampler::new(8_000, 16_000).unwrap();
        let x = sine(300.0, 8_000, 5_000);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        r.push(&x, &mut first);
        r.finish(&mut first);
        r.push(&x, &mut second);
        r.finish(&mut second);
        assert_eq!(first, second);
    }

    #[test]
    fn rates_outside_the_limits_are_refused() {
        for (from, to) in [(1, 16_000), (0, 16_000), (1_000_000, 16_000), (16_000, 0)] {
            let e = Resampler::new(from, to).unwrap_err().to_string();
            assert!(e.contains("1000 to 384000 Hz"), "{e}");
        }
        assert!(Resampler::new(MIN_SAMPLE_RATE_HZ, 16_000).is_ok());
        assert!(Resampler::new(MAX_SAMPLE_RATE_HZ, 16_000).is_ok());
    }
}
