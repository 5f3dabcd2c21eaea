//! From the recording's rate to the model's.

use std::sync::Arc;

use super::engines::{Engines, Owner};
use super::limits::{MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ, is_sample};
use crate::{Error, Result};

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
    engines: Option<Arc<Engines>>,
    owner: Owner,
    from_hz: u32,
    to_hz: u32,
    /// The last block that was resampled, if there is one, and what came after it.
    recent: Vec<f32>,
    /// Samples of that block.
    done: usize,
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
        let engines = (from_hz != to_hz)
            .then(|| Engines::between(from_hz as usize, to_hz as usize))
            .transpose()?;
        Ok(Self {
            to_skip: engines.as_ref().map_or(0, |engines| engines.delay()),
            engines,
            owner: Owner::new(),
            from_hz,
            to_hz,
            recent: Vec::new(),
            done: 0,
            taken_in: 0,
            given_out: 0,
        })
    }

    /// Takes `samples` and appends what is ready to `out`. What can be no sample, NaN or beyond
    /// [`MAX_SAMPLE`](super::MAX_SAMPLE), counts as 0.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.taken_in += samples.len() as u64;
        let Some(engines) = &self.engines else {
            out.extend(samples.iter().map(|&x| sound(x)));
            self.given_out += samples.len() as u64;
            return;
        };
        let block = engines.block();
        // All that it ever holds.
        self.recent.reserve_exact(2 * block - self.recent.len());
        let mut rest = samples;
        while !rest.is_empty() {
            let missing = self.done + block - self.recent.len();
            let (now, later) = rest.split_at(missing.min(rest.len()));
            self.recent.extend(now.iter().map(|&x| sound(x)));
            rest = later;
            if now.len() == missing {
                self.process(u64::MAX, out);
            }
        }
    }

    /// Ends the input: appends the rest to `out`, and is ready for another channel.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if let Some(engines) = &self.engines {
            let (block, delay) = (engines.block(), engines.delay());
            let total = (u128::from(self.taken_in) * u128::from(self.to_hz)
                + u128::from(self.from_hz) / 2)
                / u128::from(self.from_hz);
            let total = u64::try_from(total).unwrap_or(u64::MAX);
            while self.given_out < total {
                self.recent.resize(self.done + block, 0.0);
                self.process(total, out);
            }
            self.to_skip = delay;
        }
        self.recent = Vec::new();
        self.done = 0;
        self.taken_in = 0;
        self.given_out = 0;
    }

    /// Resamples the block behind the last one, and appends what belongs to the first `total`
    /// samples.
    fn process(&mut self, total: u64, out: &mut Vec<f32>) {
        let Some(engines) = &self.engines else { return };
        let (before, block) = self.recent.split_at(self.done);
        let (to_skip, given_out) = (&mut self.to_skip, &mut self.given_out);
        let resampled = engines.process(self.owner, before, block, |resampled| {
            let skip = (*to_skip).min(resampled.len());
            *to_skip -= skip;
            let room = usize::try_from(total - *given_out).unwrap_or(usize::MAX);
            let take = (resampled.len() - skip).min(room);
            out.extend_from_slice(&resampled[skip..skip + take]);
            *given_out += take as u64;
        });
        debug_assert!(resampled.is_ok(), "the same rates were planned before");
        self.recent.drain(..self.done);
        self.done = self.recent.len();
    }
}

/// The sample; 0 for what can be none.
fn sound(value: f32) -> f32 {
    if is_sample(value) { value } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn broken_values_count_as_silence() {
        for to in [16_000, 8_000] {
            let resampled = |samples: &[f32]| {
                let mut out = Vec::new();
                let mut resampler = Resampler::new(8_000, to).unwrap();
                resampler.push(samples, &mut out);
                resampler.finish(&mut out);
                out
            };
            let mut samples = sine(440.0, 8_000, 8_000);
            samples[4_000..4_004].fill(0.0);
            let expected = resampled(&samples);
            samples[4_000..4_004].copy_from_slice(&[f32::NAN, f32::INFINITY, f32::MAX, -3e38]);
            assert_eq!(resampled(&samples), expected);
        }
    }

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
